"""Every part as it is deployed, the cloud apart: functions, tables, queues, secret and a PSP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from functions.make_charges import handler as make_charges
from functions.process_webhook import handler as process_webhook
from functions.receive_webhook import handler as receive_webhook
from local.carrier.instants import utc_now
from regua.adapters.dynamodb_creditors import DynamoCreditors
from regua.adapters.dynamodb_hooks import DynamoHooks
from regua.adapters.dynamodb_pix import DynamoPixRecords
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.adapters.memory import MemoryPublisher
from regua.adapters.pix_queues import SqsChargeQueue
from regua.adapters.psp_access import secret_name
from regua.application.hook_proof import second_of
from regua.application.hooks import Hooks
from regua.application.ingest import Ingest
from regua.application.pix_ports import ChargeStatus
from regua.domain.invoice import InvoiceStatus
from tests.builders import CREDITOR, CUSTOMER, any_customer, any_invoice, creditor_document
from tests.integration.contract.tables import create_tables
from tests.integration.lambdas import Context, failures, recorded, sqs_event
from tests.pix_world import BEFORE, FAT_1, KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regua.domain.invoice import Invoice
    from tests.integration.carrier.harness import RunningCarrier

HOOK_KEY, SECRET = "h" * 43, "segredo-do-webhook"


@dataclass
class Deployed:
    """What is deployed, and the PSP beside it."""

    psp: RunningCarrier
    queues: dict[str, str]
    portfolio: DynamoPortfolio
    records: DynamoPixRecords

    def work(self) -> None:
        """Let the workers carry out everything that is queued."""
        handlers = {"charges": make_charges, "inbound": process_webhook}
        is_busy = True
        while is_busy:
            is_busy = False
            for name, handler in handlers.items():
                bodies = self.taken(name)
                is_busy = is_busy or bool(bodies)
                if bodies:
                    answer = handler.lambda_handler(sqs_event(*bodies), Context())
                    assert "batchItemFailures" in answer
                    assert failures(answer) == []

    def taken(self, name: str) -> list[str]:
        """Take messages from a queue."""
        sqs = boto3.client("sqs")
        answer = sqs.receive_message(QueueUrl=self.queues[name], MaxNumberOfMessages=10)
        messages = answer.get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=self.queues[name], ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages]

    def post(self, body: object) -> int:
        """Post to the hook as the PSP does."""
        event = recorded("http_request")
        event["rawPath"] = f"/hooks/{HOOK_KEY}/pix"
        event["requestContext"]["http"]["method"] = "POST"
        event["headers"]["x-psp-secret"] = SECRET
        event["body"] = json.dumps(body)
        status: int = receive_webhook.lambda_handler(event, Context())["statusCode"]
        return status

    def admin(self, act: str, **said: object) -> Any:  # noqa: ANN401 - JSON
        """Make the PSP act."""
        return self.psp.call("POST", f"/psp/admin/{act}", said)

    def invoice(self) -> Invoice:
        """Return the invoice."""
        found = self.portfolio.find_invoice(CREDITOR, FAT_1)
        assert found is not None
        return found


@pytest.fixture
def deployed(carrier: RunningCarrier, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    """Return everything deployed, with one creditor and one open invoice."""
    with mock_aws():
        dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
        create_tables(dynamodb)
        boto3.client("s3").create_bucket(Bucket="files")
        boto3.client("events").create_event_bus(Name="regua")
        queues = {n: sqs.create_queue(QueueName=n)["QueueUrl"] for n in ("charges", "inbound")}
        for name, value in {
            "PORTFOLIO_TABLE": "portfolio",
            "MESSAGES_TABLE": "messages",
            "EXCHANGE_TABLE": "exchange",
            "FILES_BUCKET": "files",
            "BUS_NAME": "regua",
            "SHARDS": "4",
            "CHARGE_QUEUE_URL": queues["charges"],
            "INBOUND_QUEUE_URL": queues["inbound"],
            "PSP_PREFIX": "regua",
            "ALLOW_AS_OF": "true",
        }.items():
            monkeypatch.setenv(f"REGUA_{name}", value)
        for handler in (make_charges, process_webhook, receive_webhook):
            handler.wire.cache_clear()
        found = Deployed(
            carrier,
            queues,
            DynamoPortfolio(dynamodb, table="portfolio", messages_table="messages", shards=4),
            DynamoPixRecords(dynamodb, "portfolio"),
        )
        _register(found)
        yield found
        for handler in (make_charges, process_webhook, receive_webhook):
            handler.wire.cache_clear()


def _register(found: Deployed) -> None:
    """Register the creditor, its access, its hook, and issue its invoice."""
    dynamodb = boto3.client("dynamodb")
    directory = DynamoCreditors(dynamodb, "portfolio")
    directory.put(creditor_document(pix={"key": KEY}))
    access = {
        "base_url": f"{found.psp.url}/psp/api/v2",
        "token_url": f"{found.psp.url}/psp/oauth/token",
        "client_id": CREDITOR,
        "client_secret": "segredo",
        "pix_key": KEY,
    }
    boto3.client("secretsmanager").create_secret(
        Name=secret_name("regua", CREDITOR), SecretString=json.dumps(access)
    )
    found.admin(
        "accounts",
        client_id=CREDITOR,
        client_secret="segredo",
        key=KEY,
        name="Aurora",
        document="11222333000181",
    )
    Hooks(DynamoHooks(dynamodb, "exchange"), new_key=lambda: HOOK_KEY).make(
        CREDITOR,
        kind="pix",
        name="PSP",
        settings={},
        second=second_of("X-Psp-Secret", SECRET, None, None),
        now=BEFORE,
    )
    charges = SqsChargeQueue(boto3.client("sqs"), found.queues["charges"], with_as_of=True)
    ingest = Ingest(found.portfolio, MemoryPublisher(), charges)
    ingest.issue_invoice(directory.get(CREDITOR), any_invoice(), any_customer(), now=BEFORE)
    found.work()


def test_an_invoice_is_charged_paid_refunded_and_charged_again(deployed: Deployed) -> None:
    code = deployed.invoice().charge_code
    assert code is not None
    paid = deployed.admin("pay", brcode=code, notify=False)
    assert deployed.post([paid]) == deployed.post({"pix": [paid]}) == 200
    deployed.work()
    assert deployed.invoice().status is InvoiceStatus.SETTLED
    assert len(deployed.invoice().payments) == 1
    account = deployed.portfolio.load_account(CREDITOR, CUSTOMER)
    assert (account.invoices, account.next_evaluation_at) == ({}, None)
    deployed.admin("refund", end_to_end_id=paid["endToEndId"], amount="49.90", notify=False)
    deployed.post(paid)
    deployed.work()
    assert deployed.invoice().status is InvoiceStatus.PARTIALLY_PAID
    assert deployed.invoice().charge_code not in {None, code}
    record = deployed.records.charge(CREDITOR, FAT_1)
    assert record is not None
    assert (record.status, record.revision) == (ChargeStatus.ACTIVE, 1)


def test_a_payment_that_nobody_told_of_is_found_by_the_clock(deployed: Deployed) -> None:
    at = utc_now()
    deployed.admin("pay", brcode=deployed.invoice().charge_code, at=at.isoformat(), notify=False)
    started = process_webhook.lambda_handler({"kind": "sweep_pix"}, Context())
    assert started == {"creditors": 1}
    deployed.work()
    assert deployed.invoice().status is InvoiceStatus.SETTLED


def test_a_psp_that_comes_back_is_asked_for_what_waited(deployed: Deployed) -> None:
    paid = deployed.admin("pay", brcode=deployed.invoice().charge_code, notify=False)
    deployed.admin("behave", is_down=True)
    deployed.post([paid])
    bodies = deployed.taken("inbound")
    answer = process_webhook.lambda_handler(sqs_event(*bodies), Context())
    assert failures(answer) == ["m0"]
    deployed.admin("behave", is_down=False)
    answer = process_webhook.lambda_handler(sqs_event(*bodies), Context())
    assert failures(answer) == []
    assert deployed.invoice().status is InvoiceStatus.SETTLED
