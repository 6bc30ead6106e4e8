"""What the handler tests share: the system in memory and the lines a function prints."""

import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aws_lambda_powertools import Metrics
from botocore.exceptions import ClientError

from regua.adapters.memory import (
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryPublisher,
    MemoryQuarantine,
    MemoryShardQueue,
)
from regua.adapters.memory_evidence import MemoryKeys
from regua.adapters.memory_rulers import MemoryRulers
from regua.application.ingest import Ingest
from regua.domain.account import Account
from regua.domain.customer import Customer
from regua.domain.ids import CreditorId
from regua.domain.invoice import Invoice
from regua.runtime import batch
from tests.builders import CREDITOR, CUSTOMER, ISSUED_AT, any_creditor, any_customer
from tests.integration.lambdas import Printed

BOREAL = CreditorId("boreal")


@dataclass
class World:
    """Every store in memory, with two creditors and an API client each."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    quarantine: MemoryQuarantine = field(default_factory=MemoryQuarantine)
    keys: MemoryKeys = field(default_factory=MemoryKeys)
    queue: MemoryShardQueue = field(default_factory=MemoryShardQueue)
    directory: MemoryDirectory = field(
        default_factory=lambda: MemoryDirectory(any_creditor(), any_creditor(creditor_id=BOREAL))
    )

    def __post_init__(self) -> None:
        self.portfolio = MemoryPortfolio(self.ledger, shards=1)
        self.ingest = Ingest(self.portfolio, self.publisher)
        self.rulers = MemoryRulers(self.directory, self.portfolio)
        self.directory.put_client("cliente-aurora", CREDITOR)
        self.directory.put_client("cliente-boreal", BOREAL)

    def issue(self, *invoices: Invoice, customer: Customer | None = None) -> Account:
        """Take invoices in as the ERP would send them."""
        who = customer or any_customer()
        for invoice in invoices:
            self.ingest.issue_invoice(self.directory.get(CREDITOR), invoice, who, now=ISSUED_AT)
        return self.portfolio.load_account(CREDITOR, CUSTOMER)


@pytest.fixture(autouse=True)
def _no_metrics_of_others() -> Iterator[None]:
    """Leave no metric to the next test: they are counted in one place until they are written."""
    yield
    Metrics(namespace="tests", service="tests").clear_metrics()


@pytest.fixture
def world() -> World:
    """Return an empty system."""
    return World()


class _PresentStdout:
    """Whatever standard output is when a line is written: pytest changes it between phases."""

    def write(self, text: str) -> int:
        """Pass it on."""
        return sys.stdout.write(text)

    def flush(self) -> None:
        """Pass it on."""
        sys.stdout.flush()


@pytest.fixture
def printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Printed]:
    """Return what was printed since the last time it was asked."""
    for handler in logging.getLogger("tests").handlers:
        monkeypatch.setattr(handler, "stream", _PresentStdout())
    return lambda: Printed(capsys.readouterr().out)


class Visibility:
    """The SQS client as far as a retry hint needs it."""

    def __init__(self) -> None:
        self.hidden: dict[str, int] = {}
        self.refuses = False

    def get_queue_url(self, *, QueueName: str) -> dict[str, str]:  # noqa: N803 - AWS's spelling
        """Name the queue's address after it."""
        return {"QueueUrl": f"https://sqs/{QueueName}"}

    def change_message_visibility(self, **asked: Any) -> None:  # noqa: ANN401 - AWS's own
        """Keep for how long the record is hidden, or refuse."""
        if self.refuses:
            raise ClientError({"Error": {"Code": "MessageNotInflight"}}, "ChangeMessageVisibility")
        self.hidden[asked["ReceiptHandle"]] = asked["VisibilityTimeout"]


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Visibility:
    """Return what stands where the queue's client would be."""
    found = Visibility()
    monkeypatch.setattr(batch, "_sqs", lambda: found)
    batch._queue_url.cache_clear()
    return found
