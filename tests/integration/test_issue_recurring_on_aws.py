"""The function that bills plans, wired as it is deployed, on AWS as moto knows it."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.issue_recurring import handler
from regua.adapters.dynamodb_creditors import DynamoCreditors
from regua.adapters.dynamodb_plans import DynamoPlans
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.adapters.memory import MemoryPublisher
from regua.application.ingest import Ingest
from regua.application.manage_plans import ManagePlans
from regua.domain.ids import InvoiceId
from regua.domain.plans import PlanId
from regua.runtime import batch
from tests.builders import (
    CREDITOR,
    DUE,
    ISSUED_AT,
    any_customer,
    creditor_document,
    nine_o_clock,
)
from tests.integration.contract.tables import create_tables
from tests.integration.lambdas import Context, failures, sqs_event
from tests.unit.domain.test_plans import any_plan

NOW = nine_o_clock(DUE)
SHARDS = 4


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Put AWS there, with what the function is told of it; return its queue."""
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        boto3.client("events").create_event_bus(Name="regua")
        sqs = boto3.resource("sqs")
        found = sqs.create_queue(QueueName="recurring")
        environment = {
            "PORTFOLIO_TABLE": "portfolio",
            "MESSAGES_TABLE": "messages",
            "EXCHANGE_TABLE": "exchange",
            "BUS_NAME": "regua",
            "SHARDS": str(SHARDS),
            "CHARGE_QUEUE_URL": sqs.create_queue(QueueName="charges").url,
            "RECURRING_QUEUE_URL": found.url,
            "PSP_PREFIX": "regua",
            "ALLOW_AS_OF": "true",
        }
        for name, value in environment.items():
            monkeypatch.setenv(f"REGUA_{name}", value)
        _forget()
        yield found
        _forget()


def _forget() -> None:
    handler.wire.cache_clear()
    batch._sqs.cache_clear()
    batch._queue_url.cache_clear()


def received(queue: Any) -> list[str]:  # noqa: ANN401 - moto's queue
    bodies: list[str] = []
    while found := queue.receive_messages(MaxNumberOfMessages=10):
        bodies += [message.body for message in found]
        for message in found:
            message.delete()
    return bodies


def test_from_the_tick_to_the_invoice(queue: Any) -> None:  # noqa: ANN401 - moto's queue
    dynamodb = boto3.client("dynamodb")
    directory = DynamoCreditors(dynamodb, "portfolio")
    directory.put(creditor_document())
    creditor = directory.get(CREDITOR)
    portfolio = DynamoPortfolio(
        dynamodb, table="portfolio", messages_table="messages", shards=SHARDS
    )
    Ingest(portfolio, MemoryPublisher()).change_customer(creditor, any_customer(), now=ISSUED_AT)
    plans = DynamoPlans(dynamodb, "exchange", SHARDS)
    plan = any_plan(starts_on=DUE, bills_from=DUE, day=DUE.day)
    ManagePlans(plans, portfolio).put(creditor, plan, now=NOW)

    as_of = NOW.isoformat().replace("+00:00", "Z")
    tick = {"kind": "recurring", "as_of": as_of}
    assert handler.lambda_handler(tick, Context()) == {"shards": SHARDS}
    bodies = received(queue)
    for _ in range(2):  # every message is delivered twice
        answer: Any = handler.lambda_handler(sqs_event(*bodies), Context())
        assert failures(answer) == []

    invoice = portfolio.find_invoice(CREDITOR, InvoiceId("contrato-7-202611"))
    assert invoice is not None
    assert invoice.due_date == DUE
    (month,) = plans.billed(CREDITOR, PlanId("contrato-7"), None, 9).billed
    assert month.period == "202611"
    shards = [plans.waiting(f"{n:02d}", NOW, None, 9).waiting for n in range(SHARDS)]
    assert shards == [[]] * SHARDS, "it waits for its next month"
