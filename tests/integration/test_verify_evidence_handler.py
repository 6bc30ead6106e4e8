"""The public verification as deployed, on memory twins: the right, the forged and the junk."""

import hashlib
import json
import re
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from pydantic import ValidationError

from functions.verify_evidence import handler, pages, request
from regua.adapters.evidence_checks import checkers
from regua.adapters.memory_report_archive import MemoryReportArchive
from regua.adapters.report_store import DynamoReports
from regua.adapters.signed_report import open_report
from regua.application.report_ports import ReportRecord
from regua.application.verify_bundle import Anchors
from regua.application.verify_file import VerifyFile
from regua.application.verify_report import VerifyReport
from regua.domain.errors import TemporaryError
from regua.domain.report_codes import code_sha256, report_code
from regua.runtime.settings import VerifyEvidenceSettings
from tests.builders import CREDITOR
from tests.evidence_bundles import (
    EMAIL,
    ISSUED_AT,
    REPORT,
    SMS,
    anchors,
    authority,
    dossiers,
    erased,
    listing,
    packed,
    rechained,
    rows,
    unpacked,
    with_rows,
    zipped,
)
from tests.integration.contract.tables import create_tables
from tests.integration.lambdas import Context, Printed
from tests.signed_reports import (
    report,
    report_of_another_certificate,
    strangers_report,
    unsigned_pdf,
)

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
"""An event loop, which pyHanko starts, makes itself a pair of sockets."""

CODE = report_code(bytes(range(15)))
NOW = ISSUED_AT + timedelta(days=1)


@dataclass
class Clock:
    """Says what the test says."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@dataclass
class World:
    """The page with one report in its archive."""

    archive: MemoryReportArchive = field(default_factory=MemoryReportArchive)
    clock: Clock = field(default_factory=Clock)

    def keep(self, pdf: bytes, number: str = REPORT) -> None:
        self.archive.files[number] = pdf
        self.archive.records[number] = ReportRecord(
            number=number,
            creditor_id=CREDITOR,
            code_sha256=code_sha256(CODE) or "",
            pdf_sha256=hashlib.sha256(pdf).hexdigest(),
            issued_at=ISSUED_AT,
            dispatch_ids=(EMAIL, SMS),
        )


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    made.keep(report())
    verify = VerifyFile(checkers(), open_report)
    monkeypatch.setattr(handler, "wire", lambda: VerifyReport(made.archive, verify, anchors))
    monkeypatch.setattr(handler, "clock", made.clock)
    return made


def event(
    method: str = "POST",
    *,
    body: bytes = b"",
    content_type: str = "application/x-www-form-urlencoded",
    accept: str = "text/html",
    path: str = "/verify",
    encoded: bool = True,
) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": {"Content-Type": content_type, "accept": accept},
        "requestContext": {
            "http": {"method": method, "sourceIp": "192.0.2.1"},
            "requestId": "r-1",
            "timeEpoch": 1_794_000_000_000,
        },
        "body": b64encode(body).decode() if encoded else body.decode(),
        "isBase64Encoded": encoded,
    }


def call(asked: dict[str, Any]) -> dict[str, Any]:
    response: dict[str, Any] = handler.lambda_handler(asked, Context())
    return response


def by_code(number: str = REPORT, code: str = CODE, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return call(event(body=urlencode({"number": number, "code": code}).encode(), **more))


def by_file(data: bytes, name: str = "laudo.pdf", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    boundary = "----limite7MA4YWxkTrZu0gW"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    body = head + data + f"\r\n--{boundary}--\r\n".encode()
    kind = f"multipart/form-data; boundary={boundary}"
    return call(event(body=body, content_type=kind, **more))


def raw(data: bytes, kind: str = "application/zip", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return call(event(body=data, content_type=kind, **more))


def conclusion(response: dict[str, Any]) -> str:
    found = re.search(r'class="headline (\w+)"', response["body"])
    assert found is not None
    return found[1]


# The form ---------------------------------------------------------------------------------------


def test_the_form_is_shown_and_asks_for_a_number_or_a_file(world: World) -> None:
    del world
    response = call(event("GET"))
    assert response["statusCode"] == 200
    assert 'action="/verify" enctype="multipart/form-data"' in response["body"]
    assert 'value=""' in response["body"]


def test_the_link_in_a_report_fills_in_the_number_and_opens_nothing(world: World) -> None:
    del world
    response = call(event("GET", path=f"/verificar/{REPORT}"))
    assert f'value="{REPORT}"' in response["body"]
    assert "aurora" not in response["body"].lower()


def test_no_page_loads_runs_frames_or_keeps_anything(world: World) -> None:
    del world
    answers = [call(event("GET")), by_code(), by_code(code="x"), by_file(b"x"), call(event("PUT"))]
    for response in answers:
        headers = response["headers"]
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "script" not in policy
        assert "unsafe" not in policy
        assert "no-store" in headers["cache-control"]
        assert headers["x-robots-tag"] == "noindex, nofollow"
        assert headers["referrer-policy"] == "no-referrer"
        assert Page.of(response).problems == []
        assert "http" not in response["body"].replace("https://openssl", "")


class Page(HTMLParser):
    """What a page would load or run, and whether it is well made."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.open: list[str] = []
        self.labels: set[str] = set()
        self.inputs: set[str] = set()

    @classmethod
    def of(cls, response: dict[str, Any]) -> "Page":
        page = cls()
        page.feed(response["body"])
        page.close()
        page.problems += page.open
        page.problems += page.inputs - page.labels
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"script", "img", "link", "iframe", "object", "embed"}:
            self.problems.append(tag)
        self.problems += [name for name in given if name.startswith("on") or name == "style"]
        if tag not in {"meta", "input", "br"}:
            self.open.append(tag)
        if tag == "label":
            self.labels.add(given["for"] or "")
        if tag == "input":
            self.inputs.add(given["id"] or "")
        if tag == "html" and given.get("lang") != "pt-BR":
            self.problems.append("lang")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"/{tag}")


# By number and code -------------------------------------------------------------------------------


def test_number_and_code_open_a_report_and_recompute_it(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    del world
    response = by_code()
    assert response["statusCode"] == 200
    assert conclusion(response) == "partly_proven"
    body = response["body"]
    assert "Este laudo foi emitido aqui" in body
    assert "A assinatura do laudo em PDF é válida" in body
    assert "O selo nº 2 abrange os fatos de 1 a 4" in body
    assert "10/11/2026 às 14:00:00 (UTC)" in body
    assert rows(unpacked(packed()), EMAIL)[0]["hash"] in body
    assert "openssl ts -verify -data seals/000000000001/signature.der" in body
    printed = Printed(capsys.readouterr().out)
    assert printed.metrics["verification_valid"] == 1
    printed.assert_no_personal_data(REPORT, CODE)


def test_the_page_shows_nothing_personal_even_to_whoever_has_the_code(world: World) -> None:
    del world
    for response in (by_code(), by_code(accept="application/json"), by_file(packed())):
        for text in ("maria", "192.0.2", "+55119", "Mozilla", "Fatura – ção", "149,90", "250 2."):
            assert text.lower() not in response["body"].lower()


@pytest.mark.parametrize("typed", [CODE.lower(), CODE.replace("-", " "), f" {CODE} "])
def test_a_code_may_be_typed_in_any_way(world: World, typed: str) -> None:
    del world
    assert by_code(f" {REPORT.lower()} ", typed)["statusCode"] == 200


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (REPORT, report_code(bytes(15))),
        (REPORT, ""),
        (REPORT, "0000"),
        ("LD-2026-BBBBBBBB", CODE),
        ("../x", CODE),
        ("", ""),
    ],
)
def test_a_wrong_number_and_a_wrong_code_get_one_answer(
    world: World, number: str, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del world
    response = by_code(number, code)
    unknown = by_code("LD-2026-CCCCCCCC", CODE)
    assert response["statusCode"] == 404
    entered = re.compile(r'value="[^"]*"')
    assert entered.sub("", response["body"]) == entered.sub("", unknown["body"])
    assert response["headers"] == unknown["headers"]
    assert Printed(capsys.readouterr().out).metrics["verification_refused"] == 2


def test_whoever_knows_a_number_cannot_lock_it(world: World) -> None:
    before = dict(world.archive.records)
    assert {by_code(code="0000")["statusCode"] for _ in range(50)} == {404}
    assert by_code()["statusCode"] == 200
    assert world.archive.records == before


def test_an_archived_file_that_is_not_as_issued_is_told(world: World) -> None:
    record = world.archive.records[REPORT]
    world.archive.records[REPORT] = replace(record, pdf_sha256="0" * 64)
    assert "não é o que foi emitido" in by_code()["body"]


# By file ------------------------------------------------------------------------------------------


def test_a_report_that_is_brought_is_recognised(world: World) -> None:
    del world
    response = by_file(report())
    assert conclusion(response) == "partly_proven"
    assert "exatamente este conteúdo foi emitido aqui" in response["body"]
    assert "Nenhum laudo" not in response["body"]
    assert raw(report(), "application/pdf")["body"] == response["body"]


def test_a_bundle_that_is_brought_is_verified_but_is_no_report(world: World) -> None:
    del world
    response = by_file(packed(), "evidencias.zip")
    assert conclusion(response) == "partly_proven"
    assert "Nenhum laudo com exatamente este conteúdo foi emitido aqui" in response["body"]


def test_an_erased_bundle_is_still_proven(world: World) -> None:
    del world
    response = raw(packed([erased(each) for each in dossiers()]))
    assert conclusion(response) == "partly_proven"
    assert "eliminados (LGPD)" in response["body"]


def test_a_forged_file_is_called_invalid_and_the_place_is_shown(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    del world
    files = unpacked(packed())
    changed = rows(files, EMAIL)
    changed[2]["entry"]["facts"] = {"forged": "yes"}
    response = raw(zipped(listing(with_rows(files, EMAIL, changed))))
    assert conclusion(response) == "invalid"
    assert "rompida no nº 3" in response["body"]
    facts = re.findall(r'class="mark (\w+)">[^<]*</span> (\d)\. ', response["body"])
    assert facts[:5] == [
        ("ok", "1"),
        ("ok", "2"),
        ("failed", "3"),
        ("failed", "4"),
        ("failed", "5"),
    ]
    assert Printed(capsys.readouterr().out).metrics["verification_invalid"] == 1


def test_a_report_that_was_not_signed_is_called_invalid(world: World) -> None:
    del world
    assert conclusion(by_file(unsigned_pdf(packed()))) == "invalid"


def test_the_right_bundle_in_a_report_that_a_stranger_signed_is_called_invalid(
    world: World,
) -> None:
    del world
    assert conclusion(by_file(packed(), "evidencias.zip")) == "partly_proven"
    response = by_file(strangers_report())
    assert conclusion(response) == "invalid"
    assert "não foi este emissor quem o assinou" in response["body"]
    assert "está protegido pela assinatura" not in response["body"]


def test_a_report_of_before_the_certificate_was_renewed_is_still_proven(world: World) -> None:
    del world
    assert conclusion(by_file(report_of_another_certificate())) == "partly_proven"


def test_without_an_authority_set_up_here_nothing_is_called_proven(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = VerifyFile(checkers(), open_report)
    nobody = VerifyReport(world.archive, verify, Anchors)
    monkeypatch.setattr(handler, "wire", lambda: nobody)
    assert conclusion(by_file(report())) == "consistent"


# As JSON ------------------------------------------------------------------------------------------


def test_programs_get_the_same_as_json(world: World) -> None:
    del world
    accept = "application/json"
    response = by_code(accept=accept)
    assert response["headers"]["content-type"] == "application/json; charset=utf-8"
    document = json.loads(response["body"])
    assert document["valid"]
    assert document["conclusion"] == "partly_proven"
    assert document["issued_here"]
    assert document["sha256"] == hashlib.sha256(report()).hexdigest()
    assert document["time_stamps"]["1"] == "2026-11-10T13:00:00.000Z"
    assert document["messages"][SMS]["facts"] == 3
    assert {"code", "subject", "outcome", "sentence"} == set(document["checks"][0])
    body = json.dumps({"number": REPORT, "code": CODE}).encode()
    assert call(event(body=body, content_type=accept, accept=accept)) == response
    assert call(event(body=body, content_type=accept, accept=accept, encoded=False)) == response


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (event(body=b"{}", content_type="application/json"), 400),
        (event(body=b"x", content_type="application/zip"), 422),
        (event(body=b"number=x&code=y"), 404),
        (event(body=b"0" * (request.MAX_UPLOAD + 1), content_type="application/zip"), 413),
    ],
)
def test_programs_get_problem_documents(world: World, asked: dict[str, Any], status: int) -> None:
    del world
    asked["headers"]["accept"] = "application/json"
    response = call(asked)
    assert response["statusCode"] == status
    assert response["headers"]["content-type"] == "application/problem+json"
    assert json.loads(response["body"])["status"] == status


# Junk ---------------------------------------------------------------------------------------------

SCRIPT = '"><script>alert(1)</script>'


def test_nothing_that_is_sent_can_become_markup(world: World) -> None:
    del world
    files = unpacked(packed())
    creditor = {"creditor_id": CREDITOR, "name": SCRIPT, "document": SCRIPT}
    named = raw(zipped(listing(files, creditor=creditor, report=SCRIPT)))
    changed = rows(files, EMAIL)
    for name in ("kind", "level", "source", "at", "observed_at"):
        changed[4]["entry"][name] = SCRIPT
    changed[0]["entry"]["facts"]["dkim_name"] = f"x._domainkey.{SCRIPT}"
    forged = raw(zipped(listing(with_rows(files, EMAIL, rechained(EMAIL, changed)))))
    statement = "seals/000000000001/statement.json"
    rooted = raw(zipped(listing({**files, statement: json.dumps({"root": SCRIPT}).encode()})))
    asked = by_code(SCRIPT, SCRIPT)
    linked = call(event("GET", path=f"/verificar/{SCRIPT}"))
    for response in (named, forged, rooted, asked, linked):
        assert "<script>" not in response["body"]
        assert Page.of(response).problems == []
    for response in (named, forged, rooted, asked):
        assert "&lt;script&gt;" in response["body"]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", b"x", 400),
        ("", b"x", 400),
        ("application/json", b"[" * 100_000, 400),
        ("application/json", b'{"number": 1, "code": 2}', 400),
        ("application/json", b"\xff", 400),
        ("application/x-www-form-urlencoded", b"\xff", 400),
        ("application/x-www-form-urlencoded", b"a=1&" * 100, 400),
        ("application/x-www-form-urlencoded", b"", 404),
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=", b"x", 400),
        ("multipart/form-data; boundary=b", b"x", 400),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx", 400),
        ("multipart/form-data; boundary=b", b"--b\r\nno blank line\r\n--b--", 400),
        ("multipart/form-data; boundary=b", b"--b\r\nX: y\r\n\r\nx\r\n--b--", 400),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n" * 50 + b"--b--", 400),
        (f"multipart/form-data; boundary={'b' * 100}", b"x", 400),
        ("application/zip", b"x", 422),
        ("application/zip", b"PK\x05\x06" + b"\0" * 18, 422),
        ("application/pdf", b"%PDF-1.7", 422),
        ("application/octet-stream", b"\0" * 1_000_000, 422),
    ],
)
def test_junk_is_answered_with_a_page_and_never_with_a_defect(
    world: World, kind: str, body: bytes, status: int
) -> None:
    del world
    response = call(event(body=body, content_type=kind))
    assert response["statusCode"] == status
    assert Page.of(response).problems == []


def test_what_is_too_large_is_told_so(world: World) -> None:
    del world
    response = raw(b"\0" * (request.MAX_UPLOAD + 1))
    assert response["statusCode"] == 413
    assert "4,5 MB" in response["body"]
    text = event(body=b"", content_type="application/zip")
    text["body"] = "A" * (request.MAX_UPLOAD * 4 // 3 + 100)
    assert call(text)["statusCode"] == 413


def test_a_body_that_is_no_base64_is_told_so(world: World) -> None:
    del world
    asked = event(body=b"")
    asked["body"] = "?"
    assert call(asked)["statusCode"] == 400


def test_a_zip_bomb_is_refused(world: World) -> None:
    del world
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("manifest.json", b"\0" * (200 << 20))
    assert len(data.getvalue()) < 300_000
    assert raw(data.getvalue())["statusCode"] == 422


def test_a_bomb_inside_a_pdf_is_refused(world: World) -> None:
    del world
    assert raw(unsigned_pdf(b"\0" * (65 << 20)), "application/pdf")["statusCode"] == 422


def test_another_method_is_refused(world: World) -> None:
    del world
    response = call(event("DELETE"))
    assert response["statusCode"] == 405
    assert response["headers"]["allow"] == "GET, POST"


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=400),
    st.sampled_from(
        [
            "application/zip",
            "application/pdf",
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=b",
            "multipart/form-data; boundary*=x''%",
        ]
    ),
    st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04", b"--b\r\n"]),
)
def test_no_body_is_a_defect(world: World, body: bytes, kind: str, start: bytes) -> None:
    del world
    assert call(event(body=start + body, content_type=kind))["statusCode"] in {400, 404, 422}


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=0, max_size=2000))
def test_a_form_hands_a_file_over_byte_for_byte(world: World, content: bytes) -> None:
    del world
    boundary = "----limite7MA4YWxkTrZu0gW"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    kind = f"multipart/form-data; boundary={boundary}"
    assert request.read(event(body=body, content_type=kind)).file == content


def test_trouble_behind_the_page_asks_for_another_try(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for trouble in (TemporaryError("away"), RuntimeError("defect")):

        def away(trouble: Exception = trouble) -> Anchors:
            raise trouble

        verify = VerifyFile(checkers(), open_report)
        broken = VerifyReport(world.archive, verify, away)
        monkeypatch.setattr(handler, "wire", lambda broken=broken: broken)
        response = by_code()
        assert response["statusCode"] == 503
        assert response["headers"]["retry-after"] == "30"
    assert Printed(capsys.readouterr().out).metrics["verification_failed"] == 2


def test_long_chains_are_shown_in_part_and_counted_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    del world
    monkeypatch.setattr(pages, "MAX_SHOWN", 3)
    body = raw(packed())["body"]
    assert "Há mais 2 fatos" in body
    assert "Sequência de fatos (5)" in body


# As it is wired ----------------------------------------------------------------------------------


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Make what the function is told of, and return the key that seals there."""
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        s3, secrets = boto3.client("s3"), boto3.client("secretsmanager")
        s3.create_bucket(Bucket="provas")
        document = {"url": "https://tsa.example.com.br", "ca_pem": authority().ca_pem}
        secret = secrets.create_secret(Name="TSA", SecretString=json.dumps(document))
        arns = {"TSA_SECRET_ARN": secret["ARN"]}
        key = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
        arns["SIGNING_KEY_ARN"] = key["KeyMetadata"]["Arn"]
        told = {**arns, "MESSAGES_TABLE": "messages", "EVIDENCE_BUCKET": "provas"}
        for name, value in told.items():
            monkeypatch.setenv(f"REGUA_{name}", value)
        handler.wire.cache_clear()
        yield told
        handler.wire.cache_clear()


def test_the_deployment_itself_says_whom_to_trust(deployed: dict[str, str]) -> None:
    known = handler.known_anchors(VerifyEvidenceSettings.from_environment())
    assert known.tsa_ca_pem == authority().ca_pem
    assert (known.seal_key_pem or "").startswith("-----BEGIN PUBLIC KEY-----")
    secrets = boto3.client("secretsmanager")
    secrets.put_secret_value(SecretId=deployed["TSA_SECRET_ARN"], SecretString="{}")
    nobody = handler.known_anchors(VerifyEvidenceSettings.from_environment())
    assert nobody == Anchors(known.seal_key_pem, None)


@pytest.mark.usefixtures("deployed")
def test_an_issued_report_that_does_not_verify_is_counted_for_the_alarm(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Here it was sealed by another key than the deployment's own."""
    record = ReportRecord(
        number=REPORT,
        creditor_id=CREDITOR,
        code_sha256=code_sha256(CODE) or "",
        pdf_sha256=hashlib.sha256(report()).hexdigest(),
        issued_at=ISSUED_AT,
        dispatch_ids=(EMAIL, SMS),
    )
    clients = boto3.client("dynamodb"), boto3.client("s3")
    DynamoReports(clients[0], "messages", clients[1], "provas").keep(record, report())
    assert by_code(code="0000")["statusCode"] == 404
    response = by_code()
    assert conclusion(response) == "invalid"
    assert "A chave que assinou o selo não é" in response["body"]
    printed = Printed(capsys.readouterr().out)
    assert printed.metrics["issued_report_invalid"] == printed.metrics["verification_invalid"] == 1


def test_every_missing_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VerifyEvidenceSettings.model_fields:
        monkeypatch.delenv(f"REGUA_{name.upper()}", raising=False)
    handler.wire.cache_clear()
    with pytest.raises(ValidationError) as caught:
        handler.wire()
    assert {error["loc"][0] for error in caught.value.errors()} == set(
        VerifyEvidenceSettings.model_fields
    )
