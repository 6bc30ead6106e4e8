"""Each function builds its adapters from the environment it is given, and says what is missing."""

import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pydantic import ValidationError

from functions.api import context as api
from functions.confirm_reading import handler as confirm_reading
from functions.customer_page import handler as customer_page
from functions.evaluate_ruler import handler as evaluate_ruler
from functions.ingest import handler as ingest
from functions.issue_recurring import handler as issue_recurring
from functions.issue_report import handler as issue_report
from functions.make_charges import handler as make_charges
from functions.process_webhook import handler as process_webhook
from functions.record_hits import handler as record_hits
from functions.render_boleto import handler as render_boleto
from functions.run_import import handler as run_import
from functions.send_email import handler as send_email
from functions.send_sms import handler as send_sms
from functions.send_voice import handler as send_voice
from functions.send_whatsapp import handler as send_whatsapp
from functions.thank_payer import handler as thank_payer
from functions.track_delivery import handler as track_delivery
from regua.domain.errors import NotFound
from regua.domain.ids import CreditorId, DispatchId
from regua.runtime import batch, clients
from tests.builders import DUE, nine_o_clock
from tests.integration.contract.tables import create_tables

HANDLERS = [
    evaluate_ruler,
    send_email,
    send_sms,
    send_voice,
    send_whatsapp,
    record_hits,
    track_delivery,
    ingest,
    api,
    render_boleto,
    confirm_reading,
    customer_page,
    issue_report,
    run_import,
    process_webhook,
    make_charges,
    issue_recurring,
    thank_payer,
]
ENVIRONMENT = {
    "PORTFOLIO_TABLE": "portfolio",
    "MESSAGES_TABLE": "messages",
    "BUS_NAME": "regua",
    "SHARDS": "64",
    "SHARD_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/shards",
    "CONFIGURATION_SET": "regua",
    "TRACKING_BASE_URL": "https://t.example.com.br/",
    "DOUBT_SECONDS": "900",
    "QUARANTINE_BUCKET": "rejeitados",
    "ALLOW_AS_OF": "false",
    "SNS_SIGNATURES": "required",
    "TOPIC_ARNS": "arn:aws:sns:us-east-1:123456789012:recibos",
    "DKIM_PREFIX": "regua",
    "EVIDENCE_BUCKET": "provas",
    "EVIDENCE_KEY_ARN": "arn:aws:kms:us-east-1:123456789012:key/provas",
    "SIGNING_KEY_ARN": "arn:aws:kms:us-east-1:123456789012:key/assina",
    "TSA_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:carimbo",
    "EXCHANGE_TABLE": "exchange",
    "PAGE_DAYS": "90",
    "FILES_BUCKET": "arquivos",
    "WEBHOOK_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/webhooks",
    "IMPORT_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/imports",
    "CHARGE_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/charges",
    "INBOUND_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/inbound",
    "RECURRING_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/recurring",
    "HOOKS_BASE_URL": "https://ganchos.example.com.br",
    "PRIVATE_TARGETS": "false",
    "PSP_PREFIX": "regua",
    "SIGNER_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:certificado",
}


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Leave no adapter of one test to the next."""

    def forget() -> None:
        for handler in HANDLERS:
            handler.wire.cache_clear()
        render_boleto.wire_page.cache_clear()
        batch._sqs.cache_clear()
        batch._queue_url.cache_clear()

    forget()
    yield
    forget()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        secret = boto3.client("secretsmanager").create_secret(
            Name="tracking", SecretString=json.dumps({"current": "k1", "k1": "segredo"})
        )
        for name, value in {**ENVIRONMENT, "TRACKING_SECRET_ARN": secret["ARN"]}.items():
            monkeypatch.setenv(f"REGUA_{name}", value)
        yield


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("handler", HANDLERS, ids=lambda h: h.__name__)
def test_a_function_is_wired_once_from_its_environment(handler: ModuleType) -> None:
    assert handler.wire() is handler.wire()


@pytest.mark.usefixtures("environment")
def test_what_only_the_page_needs_is_wired_once_and_reads_the_same_stores() -> None:
    page = render_boleto.wire_page()
    assert render_boleto.wire_page() is page
    assert page.boleto.render is render_boleto.wire().render
    assert page.boleto(DispatchId("d" * 32), "0" * 12, now=nine_o_clock(DUE)) is None
    assert (page.page_days, page.allow_as_of) == (90, False)
    assert page.keyring.keys_for("k1").current == "k1"


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda h: h.__name__)
def test_every_missing_variable_is_named_at_once(
    handler: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*ENVIRONMENT, "TRACKING_SECRET_ARN"):
        monkeypatch.delenv(f"REGUA_{name}", raising=False)
    with pytest.raises(ValidationError) as caught:
        handler.wire()
    missing = {error["loc"][0] for error in caught.value.errors()}
    assert {"portfolio_table", "messages_table", "shards"} <= missing
    assert ("bus_name" in missing) is (handler not in {render_boleto, issue_report})


@pytest.mark.usefixtures("environment")
def test_the_wired_stores_reach_the_tables_they_were_told() -> None:
    stores = api.wire().stores
    with pytest.raises(NotFound):
        stores.directory.get(CreditorId("aurora"))
    assert stores.ledger.find(DispatchId("d" * 32)) is None


@pytest.mark.usefixtures("environment")
def test_the_wired_sender_signs_its_links_under_the_given_address() -> None:
    links = send_email.wire().send.links
    at = nine_o_clock(DUE)
    for url, path in (
        (links.pixel(DispatchId("d" * 32), at), "o/k1"),
        (links.click(DispatchId("d" * 32), 1, at), "c/k1"),
        (links.unsubscribe(DispatchId("d" * 32), at), "u/k1"),
        (links.confirm(DispatchId("d" * 32), at), "r/k1"),
    ):
        assert url.startswith(f"https://t.example.com.br/{path}")


@pytest.mark.usefixtures("environment")
def test_a_queue_is_found_by_the_name_in_its_records_arn() -> None:
    url = boto3.client("sqs").create_queue(QueueName="email")["QueueUrl"]
    assert batch._queue_url("email") == url


def test_clients_give_up_before_their_function_does() -> None:
    """Short time-outs, few tries; and none at all for what would be a second message."""
    for make in (clients.dynamodb, clients.events, clients.s3, clients.sqs, clients.secretsmanager):
        config: Any = make().meta.config
        assert config.read_timeout <= 5
        assert config.retries["total_max_attempts"] <= 3
    once: Any = clients.sesv2().meta.config
    assert once.retries["total_max_attempts"] == 1
