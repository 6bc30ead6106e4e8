"""The whole way on AWS as moto knows it: facts are kept, a report is issued from them and opens."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
import pypdf
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from moto import mock_aws

from functions.issue_report import handler
from regua.adapters.kms_signer import KmsSigner
from regua.adapters.memory import FixedClock
from regua.adapters.signer_secret import install_signer
from regua.application.bundle import read_bundle
from regua.application.ports import AccountKey, Change
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.evidence import broken_at
from regua.domain.ids import InvoiceId
from regua.domain.ruler import Channel
from regua.runtime import stores
from regua.runtime.settings import EvidenceSettings
from tests import evidence_bundles as made
from tests import report_samples as samples
from tests.builders import CREDITOR, any_account, any_customer, any_invoice, creditor_document
from tests.integration.contract.facts import NOW, any_dispatch
from tests.integration.contract.tables import create_tables
from tests.integration.test_issue_report_handler import EVIDENCE, INVOICE, REPORT, body, call
from tests.report_worlds import LocalStamper

pytestmark = pytest.mark.enable_socket
"""Signing runs an event loop, whose wake-up is a pair of local sockets."""
BUCKET = "evidencias"
DISPATCH = any_dispatch()


def _keys() -> tuple[str, str]:
    kms = boto3.client("kms")
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    wrapping = kms.create_key()
    return signing["KeyMetadata"]["Arn"], wrapping["KeyMetadata"]["Arn"]


def _secret(name: str, value: dict[str, str]) -> str:
    client = boto3.client("secretsmanager")
    return client.create_secret(Name=name, SecretString=json.dumps(value))["ARN"]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[stores.EvidenceStores]:
    """Deploy what the function needs, with one message in it that was delivered."""
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        boto3.client("s3").create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
        signing, wrapping = _keys()
        tsa = _secret(
            "tsa", {"url": "https://tsa.example.com.br", "ca_pem": made.authority().ca_pem}
        )
        signer = _secret("signer", {})
        public = load_pem_public_key(
            KmsSigner(boto3.client("kms"), signing).public_key_pem().encode()
        )
        assert isinstance(public, ec.EllipticCurvePublicKey)
        certificate = samples.signer_certificate(public)
        install_signer(boto3.client("secretsmanager"), signer, certificate)
        environment = {
            "PORTFOLIO_TABLE": "portfolio",
            "MESSAGES_TABLE": "messages",
            "EXCHANGE_TABLE": "exchange",
            "SHARDS": "4",
            "EVIDENCE_BUCKET": BUCKET,
            "EVIDENCE_KEY_ARN": wrapping,
            "SIGNING_KEY_ARN": signing,
            "TSA_SECRET_ARN": tsa,
            "SIGNER_SECRET_ARN": signer,
            "TRACKING_BASE_URL": "https://t.example.com.br",
        }
        for name, value in environment.items():
            monkeypatch.setenv(f"REGUA_{name}", value)
        monkeypatch.setattr(handler, "HttpTimeStamper", lambda _: LocalStamper())
        monkeypatch.setattr(handler, "clock", FixedClock(samples.ISSUED_AT))
        handler.wire.cache_clear()
        settings = EvidenceSettings(
            portfolio_table="portfolio",
            messages_table="messages",
            shards=4,
            bus_name="b",
            evidence_bucket=BUCKET,
            evidence_key_arn=wrapping,
        )
        connected = stores.connect_with_evidence(settings)
        _live(connected)
        yield connected
        handler.wire.cache_clear()


def _live(connected: stores.EvidenceStores) -> None:
    """Let one e-mail be sent and delivered."""
    connected.directory.put(creditor_document())
    connected.directory.put_client("cliente-aurora", CREDITOR)
    invoice = any_invoice()
    whose = any_account(invoice, version=0, customer=any_customer())
    connected.portfolio.commit(Change(whose, invoices=(invoice,), new={invoice.external_id: 0}))
    connected.ledger.claim(DISPATCH, [InvoiceId("fat-1")], NOW)
    sent = samples.composed(Channel.EMAIL, samples.email_bytes(), "message/rfc822", samples.TO)
    facts = [
        MessageEvent(
            DISPATCH.dispatch_id,
            sent.kind,
            NOW,
            "c-1",
            sent.facts,
            private=sent.private,
            raw=sent.raw,
            media_type=sent.media_type,
        ),
        MessageEvent(
            DISPATCH.dispatch_id,
            EventKind.DELIVERED,
            NOW + timedelta(seconds=3),
            "d-1",
            {"smtp_code": "250 2.0.0"},
            private={"smtp_response": "250 2.0.0 OK"},
            raw=b'{"Type":"Notification"}',
            source="aws.ses",
        ),
    ]
    key = AccountKey(CREDITOR, DISPATCH.customer_id)
    secured = connected.facts.secure([(key, fact) for fact in facts])
    connected.ledger.append(secured)


def _fetched(url: str) -> bytes:
    """Return what the address opens; moto answers no request but through boto3."""
    key = urlsplit(url).path.removeprefix("/").removeprefix(f"{BUCKET}/")
    return boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()


@pytest.mark.usefixtures("account")
def test_a_report_is_issued_from_what_was_kept_and_proves_it() -> None:
    answer = call("POST", INVOICE, "fat-1")
    assert answer["statusCode"] == 201, answer
    issued = body(answer)
    pdf = _fetched(issued["download_url"])
    attached = pypdf.PdfReader(io.BytesIO(pdf)).attachments
    assert attached["mensagem-1.eml"][0] == samples.email_bytes()
    (message,) = read_bundle(attached["evidencias.zip"][0]).messages
    chain = [(entry.document, entry.recorded_hash) for entry in message.entries]
    assert broken_at(CREDITOR, DISPATCH.dispatch_id, chain) is None
    assert message.entries[-1].raw == b'{"Type":"Notification"}'
    found = body(call("GET", REPORT, issued["number"]))
    assert found["sha256"] == issued["sha256"]


@pytest.mark.usefixtures("account")
def test_the_evidence_is_read_back_as_it_was_told() -> None:
    view: dict[str, Any] = body(call("GET", EVIDENCE, DISPATCH.dispatch_id))
    assert [e["entry"]["kind"] for e in view["entries"]] == ["composed", "delivered"]
    assert view["entries"][1]["private"]["facts"] == {"smtp_response": "250 2.0.0 OK"}
    assert view["seals"] == []


def test_after_the_customers_key_is_destroyed_a_report_says_so(
    account: stores.EvidenceStores,
) -> None:
    account.keys.destroy(AccountKey(CREDITOR, DISPATCH.customer_id))
    issued = body(call("POST", INVOICE, "fat-1"))
    reader = pypdf.PdfReader(io.BytesIO(_fetched(issued["download_url"])))
    text = " ".join(page.extract_text() for page in reader.pages)
    assert "Dados eliminados" in text
    assert "Maria da Silva" not in text
    assert list(reader.attachments) == ["evidencias.zip"]
