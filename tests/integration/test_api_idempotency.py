"""`Idempotency-Key`: the same call is done once and answered alike for a day."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from functions.api import context
from regua.adapters.memory import FixedClock
from regua.adapters.memory_calls import MemoryAnswers
from regua.application.calls_ports import ANSWER_HOURS, RUN_SECONDS, CallKey
from regua.domain.errors import VersionConflict
from regua.runtime import calls
from tests.builders import CREDITOR, invoice_data
from tests.integration import api_client
from tests.integration.api_client import NOW, Answer, Api, assert_problem, wired
from tests.integration.conftest import BOREAL, World
from tests.integration.desks import open_doors
from tests.integration.lambdas import Context

PAYMENTS = "/v1/invoices/{external_id}/payments"
CANCEL = "/v1/invoices/{external_id}/cancel"
PAYMENT = {
    "payment_id": "pag-1",
    "amount_centavos": 100,
    "paid_at": "2026-11-09T15:30:00Z",
    "method": "pix",
}
KEY = {"idempotency-key": "chave-1"}


@pytest.fixture
def parts(world: World) -> context.Wired:
    return wired(world)


@pytest.fixture(autouse=True)
def _wired(parts: context.Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "wire", lambda: parts)
    monkeypatch.setattr(context, "clock", FixedClock(NOW))


@pytest.fixture
def api() -> Api:
    api = Api()
    api.put_invoice()
    return api


@pytest.fixture
def answers(parts: context.Wired) -> MemoryAnswers:
    assert isinstance(parts.answers, MemoryAnswers)
    return parts.answers


def pay(api: Api, headers: Mapping[str, str] = KEY, **changes: Any) -> Answer:  # noqa: ANN401
    return api.call("POST", PAYMENTS, "fat-1", {**PAYMENT, **changes}, headers=headers)


def test_the_same_call_is_answered_as_the_first_time(api: Api) -> None:
    first = pay(api)
    again = pay(api)
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["etag"] == first.headers["etag"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert pay(api, headers={}).status == 200, "without the key it is a payment that is known"


def test_an_answer_is_repeated_even_when_the_resource_has_changed_since(api: Api) -> None:
    first = pay(api)
    api.cancel()
    assert pay(api).body == first.body
    assert api.get_invoice().body["status"] == "cancelled"


@pytest.mark.parametrize("changes", [{"amount_centavos": 101}, {"payment_id": "pag-2"}])
def test_a_key_used_for_another_body_is_refused(api: Api, changes: dict[str, Any]) -> None:
    pay(api)
    refused = pay(api, **changes)
    assert_problem(refused, 422)
    assert refused.errors == ["header.idempotency-key"]
    assert len(api.get_invoice().body["payments"]) == 1


def test_a_key_used_for_another_route_or_invoice_is_refused(api: Api) -> None:
    api.put_invoice("fat-2")
    pay(api)
    other = api.call("POST", PAYMENTS, "fat-2", PAYMENT, headers=KEY)
    assert (other.status, other.errors) == (422, ["header.idempotency-key"])
    cancelled = api.call("POST", CANCEL, "fat-1", {"reason": "erro"}, headers=KEY)
    assert (cancelled.status, cancelled.errors) == (422, ["header.idempotency-key"])


def test_a_copy_that_comes_while_the_first_is_at_work_is_to_come_back(
    api: Api, answers: MemoryAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "finish", lambda *_: None)  # the first never came back
    assert pay(api).status == 201
    busy = pay(api)
    assert_problem(busy, 409)
    assert int(busy.headers["retry-after"]) > 0
    monkeypatch.setattr(context, "clock", FixedClock(NOW + timedelta(seconds=RUN_SECONDS)))
    assert pay(api).status == 200, "it is done again, and known by its id"


def test_a_key_is_free_after_a_day(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    pay(api)
    monkeypatch.setattr(context, "clock", FixedClock(NOW + timedelta(hours=ANSWER_HOURS)))
    assert pay(api, payment_id="pag-2").status == 201


def test_keys_of_two_creditors_and_of_two_clients_are_their_own(
    api: Api, world: World, answers: MemoryAnswers
) -> None:
    world.directory.put_client("cliente-aurora-2", CREDITOR)
    first = pay(api)
    boreal, second = Api("cliente-boreal"), Api("cliente-aurora-2")
    boreal.put_invoice()
    assert pay(boreal).body["external_id"] == first.body["external_id"]
    assert pay(second).status == 200
    assert {key.creditor_id for key in answers.calls} == {CREDITOR, BOREAL}
    assert len(answers.calls) == 3


# ── what is not kept ────────────────────────────────────────────────────────────────────────────


def test_a_refusal_frees_the_key_for_the_corrected_call(api: Api) -> None:
    assert pay(api, amount_centavos="cem").status == 422
    assert pay(api).status == 201


def test_a_call_that_failed_is_done_when_it_comes_again(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_: object) -> None:
        raise VersionConflict("cli-1")

    with monkeypatch.context() as patch:
        patch.setattr(world.portfolio, "commit", busy)
        assert pay(api).status == 503
    assert pay(api).status == 201


def test_an_answer_that_is_too_large_is_given_anew(
    api: Api, answers: MemoryAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "KEPT_BYTES", 100)
    assert pay(api).status == 201
    again = pay(api)
    assert (again.status, again.body["paid_centavos"]) == (200, 100)
    assert pay(api, payment_id="pag-2").status == 422, "the key is taken all the same"
    (kept,) = answers.calls.values()
    assert kept.is_done
    assert kept.answer is None


def test_a_batch_that_was_not_done_whole_goes_on_under_the_same_key(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {**invoice_data()["customer"], "external_id": "cli-2"}
    body = {"invoices": [invoice_data("a"), invoice_data("b", customer=other)]}
    left = [9_000, 1_000]
    monkeypatch.setattr(api_client, "Context", lambda: Context(remaining_milliseconds=left))
    first = api.call("POST", "/v1/invoices/batch", body=body, headers=KEY)
    assert [r["status"] for r in first.body["results"]] == [201, 503]
    monkeypatch.setattr(api_client, "Context", Context)
    again = api.call("POST", "/v1/invoices/batch", body=body, headers=KEY)
    assert [r["status"] for r in again.body["results"]] == [200, 201]
    assert "idempotency-replayed" not in again.headers


# ── keys ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", ["", "x" * 256, "ação", "a\tb", "a\x00"])
def test_a_key_that_is_none_is_refused(api: Api, key: str) -> None:
    refused = pay(api, headers={"idempotency-key": key})
    assert_problem(refused, 422)
    assert refused.errors == ["header.idempotency-key"]
    assert api.get_invoice().body["payments"] == []


@pytest.mark.parametrize("key", ["x", "x" * 255, '"8e03978e-40d5-43e8-bc93-6894a57f9324"'])
def test_any_printable_text_is_a_key(api: Api, key: str) -> None:
    assert pay(api, headers={"idempotency-key": key}).status == 201


def test_a_key_on_what_is_no_post_is_ignored(api: Api, answers: MemoryAnswers) -> None:
    read = api.call("GET", "/v1/invoices/{external_id}", "fat-1", headers=KEY)
    assert read.status == 200
    assert answers.calls == {}


def test_a_client_of_nobody_keeps_no_key(api: Api, answers: MemoryAnswers) -> None:
    del api
    assert_problem(pay(Api("cliente-de-ninguém")), 403)
    assert answers.calls == {}


def test_what_is_kept_is_named_by_creditor_and_client(api: Api, answers: MemoryAnswers) -> None:
    pay(api)
    assert list(answers.calls) == [CallKey(CREDITOR, "cliente-aurora\nchave-1")]


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("/v1/webhooks", {"url": "https://erp.aurora.example.com.br/regua"}),
        ("/v1/hooks", {"kind": "pix", "name": "PSP"}),
    ],
)
def test_a_secret_is_kept_nowhere_and_a_copy_of_the_call_makes_nothing(
    route: str,
    body: dict[str, str],
    world: World,
    answers: MemoryAnswers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_doors(world, monkeypatch)
    first, again = (Api().call("POST", route, body=body, headers=KEY) for _ in range(2))
    assert (first.status, first.headers["cache-control"]) == (201, "no-store")
    assert_problem(again, 409)
    assert "retry-after" not in again.headers, "it is no use to ask again"
    assert [call.answer for call in answers.calls.values()] == [None]
    (listed,) = Api().call("GET", route).body.values()
    assert len(listed) == 1


def test_a_secret_is_rotated_once_under_a_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_doors(world, monkeypatch)
    body = {"url": "https://erp.aurora.example.com.br/regua"}
    endpoint = Api().call("POST", "/v1/webhooks", body=body).body
    rotate = "/v1/webhooks/{webhook_id}/rotate-secret"
    first, again = (Api().call("POST", rotate, endpoint["id"], headers=KEY) for _ in range(2))
    assert (first.status, again.status) == (200, 409)
    assert first.body["secret"] != endpoint["secret"]
