"""Lists of invoices and customers: each once, in order, never another creditor's."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from regua.adapters.dynamodb_portfolio import DynamoPortfolio
from regua.adapters.memory import MemoryPublisher
from regua.application.ingest import Ingest
from regua.application.lists import (
    CLOSED_PART,
    OPEN_PART,
    InvoicePage,
    InvoiceQuery,
    Listed,
    Position,
    place_of,
)
from regua.application.ports import Change, Portfolio
from regua.domain.decision import decide
from regua.domain.ids import CreditorId, CustomerId, InvoiceId
from regua.domain.invoice import Invoice, InvoiceStatus, Place
from regua.domain.money import Money
from regua.domain.notes import Note, NoteKind
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    DUE,
    ISSUED_AT,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)
from tests.integration.contract.conftest import SHARDS
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BOREAL = CreditorId("boreal")
OPEN, PARTIALLY, SETTLED, CANCELLED = InvoiceStatus
LATER = DUE + timedelta(days=30)


@pytest.fixture
def ingest(portfolio: Portfolio) -> Ingest:
    return Ingest(portfolio, MemoryPublisher())


def issue(
    ingest: Ingest,
    external_id: str = "fat-1",
    customer_id: str = CUSTOMER,
    creditor_id: CreditorId = CREDITOR,
    **changes: Any,  # noqa: ANN401 - any field
) -> None:
    customer = any_customer(external_id=CustomerId(customer_id))
    invoice = any_invoice(external_id, customer_id=CustomerId(customer_id), **changes)
    creditor = any_creditor(creditor_id=creditor_id)
    ingest.issue_invoice(creditor, invoice, customer, now=ISSUED_AT)


def pay(ingest: Ingest, external_id: str, centavos: int = 14990) -> None:
    payment = any_payment(f"pag-{external_id}", amount=Money(centavos), paid_at=ISSUED_AT)
    ingest.receive_payment(any_creditor(), InvoiceId(external_id), payment, now=ISSUED_AT)


def cancel(ingest: Ingest, external_id: str) -> None:
    ingest.cancel_invoice(any_creditor(), InvoiceId(external_id), ISSUED_AT, "erro", now=ISSUED_AT)


def pages(
    portfolio: Portfolio,
    asked: InvoiceQuery = InvoiceQuery(),  # noqa: B008 - frozen
    limit: int = 2,
    creditor_id: CreditorId = CREDITOR,
) -> Iterator[InvoicePage]:
    start: Position | None = None
    while True:
        page = portfolio.list_invoices(creditor_id, asked, start, limit)
        yield page
        if page.rest is None:
            return
        start = page.rest


def listed(
    portfolio: Portfolio,
    asked: InvoiceQuery = InvoiceQuery(),  # noqa: B008 - frozen
    limit: int = 2,
    creditor_id: CreditorId = CREDITOR,
) -> list[str]:
    found = pages(portfolio, asked, limit, creditor_id)
    return [one.invoice.external_id for page in found for one in page.found]


def mixture(ingest: Ingest) -> None:
    """Issue invoices of every status, of two customers, due on different days."""
    issue(ingest, "c", due_date=DUE)
    issue(ingest, "a", due_date=LATER)
    issue(ingest, "b", "cli-2", due_date=DUE)
    for external_id in ("parte", "paga", "fora"):
        issue(ingest, external_id, "cli-2")
    pay(ingest, "parte", 100)
    pay(ingest, "paga")
    cancel(ingest, "fora")


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_every_invoice_is_listed_once_by_status_and_due_date(
    portfolio: Portfolio, ingest: Ingest, limit: int
) -> None:
    mixture(ingest)
    assert listed(portfolio, limit=limit) == ["b", "c", "a", "parte", "paga", "fora"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (InvoiceQuery((OPEN,)), ["b", "c", "a"]),
        (InvoiceQuery((PARTIALLY,)), ["parte"]),
        (InvoiceQuery((SETTLED,)), ["paga"]),
        (InvoiceQuery((CANCELLED,)), ["fora"]),
        (InvoiceQuery((OPEN, PARTIALLY)), ["b", "c", "a", "parte"]),
        (InvoiceQuery((OPEN,), due_until=DUE), ["b", "c"]),
        (InvoiceQuery((OPEN,), due_from=DUE + timedelta(days=1)), ["a"]),
        (InvoiceQuery((OPEN,), due_from=DUE, due_until=DUE), ["b", "c"]),
        (InvoiceQuery((OPEN,), due_until=DUE - timedelta(days=1)), []),
        (InvoiceQuery((OPEN,), due_from=LATER, due_until=DUE), []),
        (InvoiceQuery(customer_id=CustomerId("cli-2")), ["b", "parte", "fora", "paga"]),
        (InvoiceQuery((SETTLED,), customer_id=CustomerId("cli-2")), ["paga"]),
        (InvoiceQuery((OPEN,), customer_id=CustomerId("cli-2")), ["b"]),
        (InvoiceQuery(due_from=LATER, customer_id=CUSTOMER), ["a"]),
        (InvoiceQuery(customer_id=CustomerId("ninguém")), []),
    ],
)
@pytest.mark.parametrize("limit", [1, 50])
def test_filters_choose_invoices(
    portfolio: Portfolio, ingest: Ingest, asked: InvoiceQuery, expected: list[str], limit: int
) -> None:
    mixture(ingest)
    assert listed(portfolio, asked, limit) == expected


def test_an_invoice_that_changes_is_listed_where_it_belongs_now(
    portfolio: Portfolio, ingest: Ingest
) -> None:
    issue(ingest)
    moved = any_invoice(due_date=LATER, issued_at=ISSUED_AT + timedelta(days=1))
    ingest.issue_invoice(any_creditor(), moved, any_customer(), now=ISSUED_AT)
    assert listed(portfolio, InvoiceQuery((OPEN,), due_until=DUE)) == []
    pay(ingest, "fat-1")
    assert (listed(portfolio), listed(portfolio, InvoiceQuery((OPEN,)))) == (["fat-1"], [])
    ingest.reverse_payment(
        any_creditor(), any_payment("pag-fat-1").payment_id, ISSUED_AT, "contestada", now=ISSUED_AT
    )
    assert listed(portfolio, InvoiceQuery((OPEN,))) == ["fat-1"]
    assert listed(portfolio, InvoiceQuery((SETTLED,))) == []


@pytest.mark.parametrize("customer_id", [None, CUSTOMER])
def test_listed_invoices_are_as_they_are_read_alone(
    portfolio: Portfolio, ingest: Ingest, customer_id: CustomerId | None
) -> None:
    issue(ingest, "fat-1")
    issue(ingest, "fat-2")
    pay(ingest, "fat-2")
    account = portfolio.load_account(CREDITOR, CUSTOMER)
    place = Place("vencida-3", DUE, ruler="padrao@0", contacted_on=DUE)
    moved = account.invoices[InvoiceId("fat-1")].at_place(place)
    portfolio.commit(Change(account.with_invoice(moved)))  # the header alone
    (page,) = pages(portfolio, InvoiceQuery(customer_id=customer_id))
    for one in page.found:
        assert one.invoice == portfolio.find_invoice(CREDITOR, one.invoice.external_id)
    assert page.found[0].invoice.place == place


@pytest.mark.parametrize("customer_id", [None, CUSTOMER])
def test_listed_invoices_come_with_their_account_without_its_invoices(
    portfolio: Portfolio, ingest: Ingest, customer_id: CustomerId | None
) -> None:
    issue(ingest)
    (page,) = pages(portfolio, InvoiceQuery(customer_id=customer_id))
    account = replace(portfolio.load_account(CREDITOR, CUSTOMER), invoices={})
    assert [one.account for one in page.found] == [account]
    assert isinstance(page.found[0], Listed)


def test_another_creditors_invoices_and_customers_are_in_no_list(
    portfolio: Portfolio, ingest: Ingest
) -> None:
    issue(ingest, "minha")
    issue(ingest, "alheia", creditor_id=BOREAL)
    assert listed(portfolio) == ["minha"]
    assert listed(portfolio, InvoiceQuery(customer_id=CUSTOMER)) == ["minha"]
    assert listed(portfolio, creditor_id=BOREAL) == ["alheia"]
    found = portfolio.list_customers(BOREAL, None, 10).found
    assert [(a.creditor_id, a.customer_id) for a in found] == [(BOREAL, CUSTOMER)]


def test_a_creditor_whose_name_begins_like_anothers_is_another(
    portfolio: Portfolio, ingest: Ingest
) -> None:
    issue(ingest, "longe", creditor_id=CreditorId("aurora-2"))
    assert listed(portfolio) == []
    assert portfolio.list_customers(CREDITOR, None, 10).found == []


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_every_customer_is_listed_once_by_id(
    portfolio: Portfolio, ingest: Ingest, limit: int
) -> None:
    for customer_id in ("cli-2", "cli-10", "ímpar", "\U0001f9fe", "A b"):
        customer = any_customer(external_id=CustomerId(customer_id))
        ingest.change_customer(any_creditor(), customer, now=ISSUED_AT)
    found: list[str] = []
    start: CustomerId | None = None
    while True:
        page = portfolio.list_customers(CREDITOR, start, limit)
        found += [a.customer_id for a in page.found]
        if page.rest is None:
            break
        start = page.rest
    assert found == ["A b", "cli-10", "cli-2", "ímpar", "\U0001f9fe"]


def test_listed_customers_are_as_they_are_read_alone_without_invoices(
    portfolio: Portfolio, ingest: Ingest
) -> None:
    issue(ingest)
    page = portfolio.list_customers(CREDITOR, None, 10)
    account = portfolio.load_account(CREDITOR, CUSTOMER)
    assert list(page.found) == [replace(account, invoices={})]
    assert page.rest is None


def test_an_account_about_whose_customer_nothing_is_known_is_not_listed(
    portfolio: Portfolio,
) -> None:
    portfolio.commit(Change(portfolio.load_account(CREDITOR, CUSTOMER)))
    assert portfolio.list_customers(CREDITOR, None, 10).found == []


def test_a_list_goes_on_at_a_place_whose_invoice_has_gone(
    portfolio: Portfolio, ingest: Ingest
) -> None:
    for number in range(4):
        issue(ingest, f"fat-{number}")
    first = portfolio.list_invoices(CREDITOR, InvoiceQuery((OPEN,)), None, 2)
    pay(ingest, "fat-2")
    rest = portfolio.list_invoices(CREDITOR, InvoiceQuery((OPEN,)), first.rest, 2)
    assert [one.invoice.external_id for one in rest.found] == ["fat-3"]


def test_notes_between_open_and_closed_invoices_are_no_invoices(
    portfolio: Portfolio, ingest: Ingest
) -> None:
    """They lie between the two in the account's partition."""
    mixture(ingest)
    account = portfolio.load_account(CREDITOR, CustomerId("cli-2"))
    portfolio.commit(Change(account, notes=(Note(ISSUED_AT, NoteKind.HOLD_ENDED),)))
    asked = InvoiceQuery(customer_id=CustomerId("cli-2"))
    (page,) = pages(portfolio, asked, 50)
    parts = [asked.position_of(one.invoice).part for one in page.found]
    assert parts == [OPEN_PART, OPEN_PART, CLOSED_PART, CLOSED_PART]


class Requests:
    """The DynamoDB client, with the names of the calls made through it."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self.exceptions = client.exceptions
        self._client = client
        self.made: list[str] = []

    def __getattr__(self, name: str) -> object:
        self.made.append(name)
        return getattr(self._client, name)


@pytest.mark.parametrize("customers", [1, 20])
def test_a_page_is_one_query_and_one_read_whoever_owes(
    dynamodb: "DynamoDBClient", request: pytest.FixtureRequest, customers: int
) -> None:
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    client = Requests(dynamodb)
    store = DynamoPortfolio(
        client,  # type: ignore[arg-type]  # by shape
        table="portfolio",
        messages_table="messages",
        shards=SHARDS,
    )
    ingest = Ingest(store, MemoryPublisher())
    for number in range(21):
        issue(ingest, f"fat-{number:02d}", f"cli-{number % customers}")
    client.made.clear()
    page = store.list_invoices(CREDITOR, InvoiceQuery((OPEN,)), None, 20)
    assert (len(page.found), client.made) == (20, ["query", "batch_get_item"])
    client.made.clear()
    assert len(store.list_customers(CREDITOR, None, 50).found) == customers
    assert client.made == ["query", "batch_get_item"]


def test_evaluating_an_account_leaves_what_the_index_holds_as_it_was(
    dynamodb: "DynamoDBClient", request: pytest.FixtureRequest
) -> None:
    """The index would be written with the account otherwise, at every contact."""
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    store = DynamoPortfolio(dynamodb, table="portfolio", messages_table="messages", shards=SHARDS)
    ingest = Ingest(store, MemoryPublisher())
    issue(ingest)

    def indexed() -> dict[str, tuple[str, str]]:
        items = dynamodb.scan(TableName="portfolio")["Items"]
        return {
            item["sk"]["S"]: (item["list_key"]["S"], item["list_sort"]["S"])
            for item in items
            if "list_key" in item
        }

    before = indexed()
    account = store.load_account(CREDITOR, CUSTOMER)
    decision = decide(account, any_creditor().rulers, nine_o_clock(DUE + timedelta(days=3)))
    assert decision.dispatch is not None
    store.commit(Change(decision.account, planned=decision.dispatch))
    assert before == indexed()
    assert before == {
        "A": ("aurora#customers", "cli-1"),
        "I#fat-1": ("aurora#open", "2026-11-10#fat-1"),
    }


def test_places_are_ordered_by_day_and_then_by_id() -> None:
    early, late = any_invoice("b", due_date=date(2026, 9, 30)), any_invoice("a")
    assert sorted([late, early], key=place_of) == [early, late]
    assert place_of(early) == "2026-09-30#b"
    assert isinstance(early, Invoice)
