"""How many calls, how large, in what form: what is refused before anybody looks further."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.api import context, handler
from regua.adapters.memory import FixedClock
from regua.adapters.memory_calls import MemoryCalls
from regua.runtime.calls import BODY_BYTES, CALLS_PER_MINUTE
from tests.builders import invoice_data
from tests.integration.api_client import NOW, Api, assert_problem, wired
from tests.integration.conftest import World
from tests.integration.lambdas import Context, Printed, recorded

INVOICE = "/v1/invoices/{external_id}"
RULER = "/v1/rulers/{name}"


@pytest.fixture
def parts(world: World) -> context.Wired:
    return wired(world)


@pytest.fixture(autouse=True)
def _wired(parts: context.Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "wire", lambda: parts)
    monkeypatch.setattr(context, "clock", FixedClock(NOW))


@pytest.fixture
def api() -> Api:
    return Api()


# ── how many ────────────────────────────────────────────────────────────────────────────────────


def test_every_answer_tells_what_is_left_of_the_minute(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "clock", FixedClock(NOW + timedelta(seconds=20)))
    first, second = api.put_invoice(), api.get_invoice("nenhuma")
    assert first.headers["ratelimit-limit"] == str(CALLS_PER_MINUTE)
    assert first.headers["ratelimit-remaining"] == str(CALLS_PER_MINUTE - 1)
    assert first.headers["ratelimit-reset"] == "40"
    assert second.headers["ratelimit-remaining"] == str(CALLS_PER_MINUTE - 2)


def test_a_client_beyond_its_limit_waits_for_the_next_minute(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch, printed: Callable[[], Printed]
) -> None:
    world.directory.limits["cliente-aurora"] = 2
    monkeypatch.setattr(context, "clock", FixedClock(NOW + timedelta(seconds=50)))
    assert [api.put_invoice(f"fat-{n}").status for n in range(3)] == [201, 201, 429]
    refused = api.put_invoice("fat-4")
    assert_problem(refused, 429)
    assert refused.headers["retry-after"] == "10"
    assert refused.headers["ratelimit-limit"] == "2"
    assert refused.headers["ratelimit-remaining"] == "0"
    assert printed().metrics["http_4xx"] == 2
    assert Api("cliente-boreal").get_invoice().status == 404, "another client has its own"
    monkeypatch.setattr(context, "clock", FixedClock(NOW + timedelta(seconds=60)))
    assert api.get_invoice("fat-1").status == 200
    assert api.get_invoice("fat-2").status == 404, "what was refused was not done"


def test_a_client_with_a_limit_of_nothing_is_shut_out(api: Api, world: World) -> None:
    world.directory.limits["cliente-aurora"] = 0
    assert api.get_invoice().status == 429


def test_what_is_open_to_all_is_not_counted(api: Api, parts: context.Wired) -> None:
    event = recorded("http_request")
    del event["requestContext"]["authorizer"]
    answer = handler.lambda_handler(event, Context())
    assert answer["statusCode"] == 200
    assert "RateLimit-Limit" not in answer["headers"]
    assert isinstance(parts.calls, MemoryCalls)
    assert not parts.calls.minutes
    api.get_invoice()
    assert sum(parts.calls.minutes.values()) == 1


def test_a_store_that_fails_in_front_of_the_routes_is_a_problem_document(
    api: Api,
    parts: context.Wired,
    monkeypatch: pytest.MonkeyPatch,
    printed: Callable[[], Printed],
) -> None:
    def broken(*_: object) -> int:
        raise RuntimeError("defeito")

    monkeypatch.setattr(parts.calls, "count", broken)
    failed = api.get_invoice()
    assert_problem(failed, 500)
    assert "defeito" not in json.dumps(failed.body)
    assert printed().metrics["api_defects"] == 1


# ── how large and in what form ──────────────────────────────────────────────────────────────────


def send(api: Api, text: str, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401
    return api.call("PUT", INVOICE, "fat-1", text, headers=headers)


def sized(size: int) -> str:
    """Return an invoice as JSON of so many bytes."""
    text = json.dumps({k: v for k, v in invoice_data().items() if k != "external_id"})
    return text + " " * (size - len(text))


def test_a_body_may_be_as_large_as_the_limit_and_no_larger(api: Api) -> None:
    assert send(api, sized(BODY_BYTES)).status == 201
    refused = send(api, sized(BODY_BYTES + 1))
    assert_problem(refused, 413)
    assert str(BODY_BYTES) in refused.body["detail"]


def test_a_body_is_measured_in_bytes(api: Api) -> None:
    assert send(api, '{"number": "' + "ç" * (BODY_BYTES // 2) + '"}').status == 413


def test_a_batch_may_be_larger(api: Api) -> None:
    body = json.dumps({"invoices": [invoice_data("fat-1")]}) + " " * BODY_BYTES
    assert api.call("POST", "/v1/invoices/batch", body=body).status == 200
    most = context.BODY_BYTES["POST /v1/invoices/batch"]
    assert api.call("POST", "/v1/invoices/batch", body=body + " " * most).status == 413


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("Application/JSON", 201),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain", 415),
        ("application/jsonp", 415),
        ("", 201),
    ],
)
def test_a_body_is_json_or_is_refused(api: Api, kind: str, status: int) -> None:
    answer = send(api, sized(0), {"content-type": kind})
    assert answer.status == status
    if status == 415:
        assert_problem(answer, 415)


def test_what_has_no_body_needs_no_form(api: Api) -> None:
    api.put_invoice()
    read = api.call("GET", INVOICE, "fat-1", headers={"content-type": "text/plain"})
    assert read.status == 200


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "lixo",
        '{"amount_centavos": NaN}',
        '{"amount_centavos": -Infinity}',
        '{"amount_centavos": 1e999}',
        '{"amount_centavos": ' + "9" * 5000 + "}",
        '{"number": "\\ud800"}',
        "[" * 100_000,
        '{"a":' * 5_000,
    ],
)
def test_what_no_json_of_ours_can_be_is_refused(api: Api, text: str) -> None:
    refused = send(api, text)
    assert_problem(refused, 422)
    assert refused.errors[0].startswith("body")


@pytest.mark.parametrize("resource", ["invoices", "customers", "batch"])
def test_a_consent_of_the_future_is_told_by_its_path_in_the_body(api: Api, resource: str) -> None:
    consent = {"channel": "whatsapp", "given": True, "at": "2026-12-01T12:00:00Z", "origin": "x"}
    data = {**invoice_data()["customer"], "consents": [consent]}
    if resource == "invoices":
        answer = api.put_invoice(customer=data)
        assert answer.errors == ["body.customer.consents.0.at"]
    elif resource == "customers":
        del data["external_id"]
        answer = api.call("PUT", "/v1/customers/{external_id}", "cli-1", data)
        assert answer.errors == ["body.consents.0.at"]
    else:
        body = {"invoices": [invoice_data(customer=data)]}
        (result,) = api.call("POST", "/v1/invoices/batch", body=body).body["results"]
        (error,) = result["problem"]["errors"]
        assert error["path"] == "body.invoices.0.customer.consents.0.at"


def test_a_document_that_nobody_could_write_again_is_refused(api: Api) -> None:
    """A ruler's document is kept as it came."""
    text = '{"name": "padrao", "steps": [], "timezone": "\\udfff"}'
    query = {"in_flight": "migrate", "backfill": "deserved_level"}
    refused = api.call("PUT", RULER, "padrao", text, query=query)
    assert (refused.status, refused.errors) == (422, ["body"])


def test_a_pair_of_surrogates_is_one_character(api: Api) -> None:
    body = {k: v for k, v in invoice_data(number="\U0001f9fe").items() if k != "external_id"}
    text = json.dumps(body)
    assert "\\ud83e\\uddfe" in text
    assert send(api, text).body["number"] == "\U0001f9fe"


def call_raw(body: str, *, is_encoded: bool) -> dict[str, Any]:
    """Send a body as API Gateway forwards it, encoded or not."""
    event = recorded("http_request")
    event["routeKey"] = event["requestContext"]["routeKey"] = f"PUT {INVOICE}"
    event["requestContext"]["http"]["method"] = "PUT"
    event["pathParameters"] = {"external_id": "fat-1"}
    event |= {"rawPath": "/v1/invoices/fat-1", "body": body, "isBase64Encoded": is_encoded}
    answer: dict[str, Any] = handler.lambda_handler(event, Context())
    return answer


def call_encoded(data: bytes, *, is_encoded: bool = True) -> dict[str, Any]:
    text = base64.b64encode(data).decode() if is_encoded else data.decode("latin-1")
    return call_raw(text, is_encoded=is_encoded)


def test_a_body_that_the_gateway_encoded_is_read() -> None:
    assert call_encoded(sized(0).encode())["statusCode"] == 201
    assert call_encoded(b"\xff\xfe{}")["statusCode"] == 422
    assert call_encoded(sized(BODY_BYTES + 1).encode())["statusCode"] == 413


@pytest.mark.parametrize("body", ["não", "a", "\ud800", "{}{}"])
def test_a_body_that_is_said_to_be_encoded_and_is_not_is_refused(body: str) -> None:
    assert call_raw(body, is_encoded=True)["statusCode"] == 422


def test_a_body_that_is_no_unicode_is_refused() -> None:
    assert call_raw('{"number": "\ud800"}', is_encoded=False)["statusCode"] == 422


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=200), is_encoded=st.booleans())
def test_any_bytes_are_refused_and_break_nothing(data: bytes, *, is_encoded: bool) -> None:
    answer = call_encoded(data or b"?", is_encoded=is_encoded)
    assert answer["statusCode"] == 422
    assert answer["headers"]["Content-Type"] == "application/problem+json"
