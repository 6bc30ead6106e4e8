"""From end to end: what is issued verifies on the public page, at the shell and with OpenSSL."""

import json
import shutil
import subprocess
import zipfile
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pypdf import PdfReader

from functions.verify_evidence import handler
from local.cli import main
from regua.adapters.evidence_checks import checkers
from regua.adapters.memory import FixedClock
from regua.adapters.memory_report_archive import MemoryReportArchive
from regua.adapters.signed_report import open_report
from regua.application.verify_bundle import Anchors
from regua.application.verify_file import VerifyFile
from regua.application.verify_report import VerifyReport
from tests import evidence_bundles as made
from tests import report_samples as samples
from tests.integration.lambdas import Context
from tests.report_worlds import ReportWorld

pytestmark = pytest.mark.enable_socket
"""Signing runs an event loop, whose wake-up is a pair of local sockets."""


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> ReportWorld:
    world = ReportWorld()
    archive = MemoryReportArchive()
    archive.records, archive.files = world.store.records, world.store.files
    verify = VerifyReport(archive, VerifyFile(checkers(), open_report), anchors)
    monkeypatch.setattr(handler, "wire", lambda: verify)
    monkeypatch.setattr(handler, "clock", FixedClock(samples.ISSUED_AT))
    return world


def anchors() -> Anchors:
    return Anchors(made.public_pem(made.seal_key()), made.authority().ca_pem)


def post(body: bytes, content_type: str) -> dict[str, Any]:
    answer: dict[str, Any] = handler.lambda_handler(
        {
            "rawPath": "/verify",
            "headers": {"content-type": content_type, "accept": "application/json"},
            "requestContext": {"http": {"method": "POST"}},
            "body": b64encode(body).decode(),
            "isBase64Encoded": True,
        },
        Context(),
    )
    document: dict[str, Any] = json.loads(answer["body"])
    return document


def failed(document: dict[str, Any]) -> list[str]:
    return [check["sentence"] for check in document["checks"] if check["outcome"] == "failed"]


def test_a_report_that_was_just_issued_opens_with_its_number_and_code(
    reports: ReportWorld,
) -> None:
    issued = reports.of_message()
    asked = urlencode({"number": issued.number, "code": issued.code}).encode()
    document = post(asked, "application/x-www-form-urlencoded")
    assert failed(document) == []
    assert (document["conclusion"], document["issued_here"]) == ("partly_proven", True)
    assert document["sha256"] == issued.sha256
    assert {"dkim", "provider_signatures", "pdf_signature", "pdf_key"} <= {
        check["code"] for check in document["checks"] if check["outcome"] == "ok"
    }


@pytest.mark.parametrize("kind", ["message", "invoice", "erased"])
def test_every_kind_of_report_verifies_when_it_is_brought(reports: ReportWorld, kind: str) -> None:
    document = post(getattr(reports, kind)(), "application/pdf")
    assert failed(document) == []
    assert (document["conclusion"], document["issued_here"]) == ("partly_proven", True)


def test_a_report_and_its_attachment_verify_at_the_shell(
    reports: ReportWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = anchors()
    options = []
    for option, text in (("--seal-key", known.seal_key_pem), ("--tsa-ca", known.tsa_ca_pem)):
        path = tmp_path / f"{option}.pem"
        path.write_text(text or "")
        options += [option, str(path)]
    pdf = reports.invoice()
    (attached,) = PdfReader(BytesIO(pdf)).attachments["evidencias.zip"]
    for name, data in (("laudo.pdf", pdf), ("evidencias.zip", attached)):
        (tmp_path / name).write_bytes(data)
        assert main(["evidence", "verify", str(tmp_path / name), *options]) == 0
    assert "NÃO CONFERE" not in capsys.readouterr().out


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs OpenSSL")
def test_openssl_accepts_every_seal_in_a_report(reports: ReportWorld, tmp_path: Path) -> None:
    (attached,) = PdfReader(BytesIO(reports.invoice())).attachments["evidencias.zip"]
    with zipfile.ZipFile(BytesIO(attached)) as archive:
        archive.extractall(tmp_path)
    page = (tmp_path / "COMO-VERIFICAR.txt").read_text(encoding="utf-8")
    commands = [line.strip() for line in page.splitlines() if line.startswith("  openssl ")]
    assert len(commands) == 9
    for command in commands:
        done = subprocess.run(
            command.split(), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30
        )
        assert done.returncode == 0, done.stderr
