"""Reports over HTTP: issued once asked, found by their creditor, and nobody named in a log."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from functions.issue_report import handler
from regua.adapters.memory import FixedClock
from regua.application.report_ports import SignerMissing
from regua.domain.errors import TemporaryError
from tests import report_samples as samples
from tests.integration.api_client import entrance
from tests.integration.conformity import assert_answer_as_described
from tests.integration.conftest import World
from tests.integration.lambdas import Context, Printed, recorded
from tests.report_worlds import BASE_URL, ReportWorld

pytestmark = pytest.mark.enable_socket
"""Signing runs an event loop, whose wake-up is a pair of local sockets."""
MESSAGE = "/v1/messages/{dispatch_id}/report"
INVOICE = "/v1/invoices/{external_id}/report"
REPORT = "/v1/reports/{number}"
EVIDENCE = "/v1/messages/{dispatch_id}/evidence"


@pytest.fixture
def reports(world: World, monkeypatch: pytest.MonkeyPatch) -> ReportWorld:
    made = ReportWorld()
    front = entrance(world.directory, samples.ISSUED_AT)
    wired = handler.Wired(world.directory, made.dossiers, made.issue, front)
    monkeypatch.setattr(handler, "wire", lambda: wired)
    monkeypatch.setattr(handler, "clock", FixedClock(samples.ISSUED_AT))
    return made


def call(
    method: str, template: str, value: str, client_id: str = "cliente-aurora", **headers: str
) -> dict[str, Any]:
    """Send one request as API Gateway passes it on."""
    event = recorded("http_request")
    name = template.partition("{")[2].partition("}")[0]
    event["routeKey"] = event["requestContext"]["routeKey"] = f"{method} {template}"
    path = template.replace(f"{{{name}}}", value)
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["requestContext"]["http"]["method"] = method
    event["requestContext"]["authorizer"]["jwt"]["claims"]["client_id"] = client_id
    event["pathParameters"] = {name: value}
    event["headers"] |= {name.replace("_", "-"): text for name, text in headers.items()}
    event.pop("body", None)
    answer: dict[str, Any] = handler.lambda_handler(event, Context())
    assert_answer_as_described(method, template, answer)
    return answer


def body(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the document of an answer."""
    document: dict[str, Any] = json.loads(answer["body"])
    return document


@pytest.mark.parametrize(
    ("template", "value"),
    [(MESSAGE, samples.EMAIL), (INVOICE, "NF-2026%2F000481"), (INVOICE, "NF-2026%252F000481")],
)
def test_a_report_is_issued_and_found_again(
    template: str, value: str, reports: ReportWorld
) -> None:
    answer = call("POST", template, value)
    assert answer["statusCode"] == 201, answer
    assert "no-store" in str(answer)
    issued = body(answer)
    pdf = reports.store.files[issued["number"]]
    assert issued["sha256"] == hashlib.sha256(pdf).hexdigest()
    assert issued["size"] == len(pdf)
    assert issued["verification_url"] == f"{BASE_URL}/verificar/{issued['number']}"
    assert len(issued["code"].replace("-", "")) * 5 >= 80
    found = body(call("GET", REPORT, issued["number"]))
    assert found["sha256"] == issued["sha256"]
    assert found["download_url"] == issued["download_url"]
    assert found["issued_at"] == "2026-11-16T12:00:00.123Z"
    assert samples.EMAIL in found["dispatch_ids"]
    assert "code" not in found, "it is told once"


def test_the_evidence_is_told_without_exact_bytes(reports: ReportWorld) -> None:
    answer = call("GET", EVIDENCE, samples.EMAIL)
    assert answer["statusCode"] == 200
    view = body(answer)
    known = reports.dossiers.known[samples.EMAIL]
    assert [e["hash"] for e in view["entries"]] == [e.recorded_hash for e in known.entries]
    assert view["entries"][0]["private"]["facts"]["recipient"] == samples.TO
    assert view["seals"][0]["seal"] == 7


@pytest.mark.parametrize(
    ("method", "template", "value"),
    [
        ("POST", MESSAGE, samples.EMAIL),
        ("POST", INVOICE, "NF-2026%2F000481"),
        ("GET", EVIDENCE, samples.EMAIL),
    ],
)
def test_what_is_another_creditors_is_no_different_from_nothing(
    method: str, template: str, value: str, reports: ReportWorld
) -> None:
    others = call(method, template, value, client_id="cliente-boreal")
    unknown = call(method, template, "0" * 32)
    assert others["statusCode"] == unknown["statusCode"] == 404
    assert others["body"].replace(value, "") == unknown["body"].replace("0" * 32, "")
    assert call(method, template, value, client_id="ninguem")["statusCode"] == 403
    assert not reports.store.records


def test_another_creditors_report_is_no_different_from_none(reports: ReportWorld) -> None:
    number = body(call("POST", MESSAGE, samples.EMAIL))["number"]
    assert reports.store.find(number)
    assert call("GET", REPORT, number, client_id="cliente-boreal")["statusCode"] == 404
    assert call("GET", REPORT, "LD-2026-AAAAAAAA")["statusCode"] == 404


@pytest.mark.parametrize("bad", ["abc", "A" * 32, "%2e%2e", samples.EMAIL + "0"])
def test_what_is_no_message_is_not_found(bad: str, reports: ReportWorld) -> None:
    assert call("POST", MESSAGE, bad)["statusCode"] == 404
    assert call("GET", EVIDENCE, bad)["statusCode"] == 404
    assert not reports.store.records


@pytest.mark.parametrize(
    ("error", "status", "is_counted"),
    [
        (TemporaryError("away"), 503, True),
        (SignerMissing("No certificate of the signing key is installed."), 409, True),
        (RuntimeError("a defect"), 500, True),
    ],
)
@pytest.mark.usefixtures("reports")
def test_a_report_that_cannot_be_issued_is_counted(
    error: Exception,
    status: int,
    is_counted: bool,  # noqa: FBT001 - a case
    printed: Callable[[], Printed],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wired = handler.wire()

    class Failing:
        identity = wired.issue.signer.identity

        def sign(self, pdf: bytes) -> bytes:  # noqa: ARG002 - the port's
            raise error

    broken = wired._replace(issue=replace(wired.issue, signer=Failing()))
    monkeypatch.setattr(handler, "wire", lambda: broken)
    assert call("POST", MESSAGE, samples.EMAIL)["statusCode"] == status
    assert ("report_failed" in printed().metrics) is is_counted


@pytest.mark.usefixtures("reports")
def test_what_happened_is_counted_and_nobody_is_named(printed: Callable[[], Printed]) -> None:
    issued = body(call("POST", MESSAGE, samples.EMAIL))
    call("GET", EVIDENCE, samples.EMAIL)
    call("GET", REPORT, "LD-2026-AAAAAAAA")
    seen = printed()
    counts = {k: v for k, v in seen.metrics.items() if k != "ColdStart"}
    assert counts == {"report_issued": 1, "http_2xx": 2, "http_4xx": 1}
    seen.assert_no_personal_data(issued["code"], samples.TO, "Maria", "2001:db8")


def test_one_call_issues_one_report_however_often_it_comes(reports: ReportWorld) -> None:
    first, again = (call("POST", MESSAGE, samples.EMAIL, idempotency_key="laudo-1") for _ in "ab")
    assert (first["statusCode"], again["statusCode"]) == (201, 201)
    assert body(again) == body(first)
    assert again["headers"]["Idempotency-Replayed"] == "true"
    assert len(reports.store.files) == 1


@pytest.mark.usefixtures("reports")
def test_reports_are_counted_among_the_calls_of_the_minute(world: World) -> None:
    world.directory.limits["cliente-aurora"] = 1
    assert call("GET", EVIDENCE, samples.EMAIL)["headers"]["RateLimit-Remaining"] == "0"
    assert call("POST", MESSAGE, samples.EMAIL)["statusCode"] == 429
