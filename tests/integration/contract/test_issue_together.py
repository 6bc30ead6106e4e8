"""Invoices of one customer in one write: the usual ones at once, what is unusual left alone."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from regua.adapters.dynamodb_bulk import DynamoBulkReads
from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.adapters.memory import MemoryLedger, MemoryPortfolio, MemoryPublisher
from regua.adapters.memory_imports import MemoryBulkReads
from regua.application.ingest import Ingest, Ingested
from regua.application.issue_together import MOST_TOGETHER, Described, Issued, IssueTogether
from regua.domain.errors import VersionConflict
from regua.domain.ids import CustomerId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.money import Money
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    ISSUED_AT,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
)
from tests.integration.contract.conftest import SHARDS
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LATER = ISSUED_AT + timedelta(days=1)


@pytest.fixture(params=["memory", "dynamodb"])
def together(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> IssueTogether:
    if request.param == "memory":
        twin = MemoryPortfolio(MemoryLedger(), SHARDS)
        return IssueTogether(Ingest(twin, MemoryPublisher()), MemoryBulkReads(twin))
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    store = DynamoPortfolio(dynamodb, table="portfolio", messages_table="messages", shards=SHARDS)
    bulk = DynamoBulkReads(dynamodb, "portfolio", store)
    return IssueTogether(Ingest(store, MemoryPublisher()), bulk)


def issue(
    together: IssueTogether, *invoices: Invoice, known: Collection[InvoiceId] | None = None
) -> Sequence[Issued | None]:
    told = [Described(i, any_customer(external_id=i.customer_id)) for i in invoices]
    if known is None:
        known = together.known(CREDITOR, [i.external_id for i in invoices])
    return together(any_creditor(), told, known, now=LATER)


def outcomes(issued: Sequence[Issued | None]) -> list[Ingested | None]:
    return [None if one is None else one.done for one in issued]


def test_as_many_as_one_write_takes_are_written_at_once(together: IssueTogether) -> None:
    invoices = [any_invoice(f"fat-{n}") for n in range(MOST_TOGETHER)]
    assert outcomes(issue(together, *invoices)) == [Ingested.CREATED] * MOST_TOGETHER
    newer = [any_invoice(f"fat-{n}", issued_at=LATER, amount=Money(7)) for n in range(20)]
    assert outcomes(issue(together, *newer)) == [Ingested.UPDATED] * MOST_TOGETHER
    account = together.ingest.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.version == 2
    assert {i.amount for i in account.invoices.values()} == {Money(7)}
    assert account.customer is not None
    assert account.next_evaluation_at is not None


def test_what_is_answered_is_what_is_kept(together: IssueTogether) -> None:
    issued = issue(together, any_invoice("a"), any_invoice("b"))
    for one in issued:
        assert one is not None
        found = together.ingest.portfolio.find_invoice(CREDITOR, one.invoice.external_id)
        assert found == one.invoice


def test_new_and_known_ones_are_told_apart(together: IssueTogether) -> None:
    issue(together, any_invoice("a"))
    assert outcomes(issue(together, any_invoice("a"), any_invoice("b"))) == [
        Ingested.UPDATED,
        Ingested.CREATED,
    ]


def test_what_is_unusual_is_left_alone_and_keeps_no_other_back(together: IssueTogether) -> None:
    creditor, ingest = any_creditor(), together.ingest
    other = any_invoice("alheia", customer_id=CustomerId("cli-9"))
    issue(together, other)
    issue(together, any_invoice("paga"))
    ingest.receive_payment(creditor, InvoiceId("paga"), any_payment("p1"), now=LATER)
    ingest.receive_payment(creditor, InvoiceId("cedo"), any_payment("p2"), now=LATER)
    names = ("alheia", "paga", "cedo", "nova")
    issued = issue(together, *(any_invoice(name) for name in names))
    assert outcomes(issued) == [None, None, None, Ingested.CREATED]
    alone = issue(together, any_invoice("alheia"))
    assert outcomes(alone) == [None], "and nothing is written for nothing"


@pytest.mark.parametrize("event", ["issued", "paid"])
def test_what_came_in_between_stops_the_write_whole(together: IssueTogether, event: str) -> None:
    creditor, ingest = any_creditor(), together.ingest
    if event == "issued":
        owner = any_customer(external_id=CustomerId("cli-9"))
        other = any_invoice("b", customer_id=CustomerId("cli-9"))
        ingest.issue_invoice(creditor, other, owner, now=LATER)
    else:
        ingest.receive_payment(creditor, InvoiceId("b"), any_payment("p1"), now=LATER)
    with pytest.raises(VersionConflict):
        issue(together, any_invoice("a"), any_invoice("b"), known=())
    assert ingest.portfolio.find_invoice(CREDITOR, InvoiceId("a")) is None


def test_an_older_description_changes_nothing(together: IssueTogether) -> None:
    issue(together, any_invoice("a", issued_at=LATER, amount=Money(7)))
    (again,) = issue(together, any_invoice("a", amount=Money(9)))
    assert again is not None
    assert again.invoice.amount == Money(7)
