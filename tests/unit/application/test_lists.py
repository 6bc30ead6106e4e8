"""Cursors of lists: ours are read back, anybody else's are refused; what is overdue."""

import base64
import json
from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.application.lists import (
    ANY_ID,
    InvoiceQuery,
    Position,
    cursor_text,
    last_overdue,
    place_of,
    read_cursor,
)
from regua.domain.calendar import roll
from regua.domain.cursors import MAX_CURSOR
from regua.domain.errors import InvalidInput
from regua.domain.ids import CreditorId, CustomerId, InvoiceId
from regua.domain.invoice import InvoiceStatus
from tests.builders import CREDITOR, CUSTOMER, DUE, any_invoice, any_payment

QUERY = InvoiceQuery()
WORDS = {"list": "invoices", "status": "open"}
IDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="#%", min_codepoint=33),
    min_size=1,
    max_size=120,
)


def read(
    cursor: str,
    creditor_id: CreditorId = CREDITOR,
    words: Mapping[str, str] = WORDS,
    query: InvoiceQuery = QUERY,
) -> Position:
    return read_cursor(creditor_id, words, cursor, query.parts, query.bounds)


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@settings(deadline=None)
@given(IDS, st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.sampled_from(InvoiceStatus))
def test_a_cursor_is_read_back_and_short_enough_to_be_asked_with(
    external_id: str, due: date, status: InvoiceStatus
) -> None:
    position = Position(status.value, place_of(any_invoice(external_id, due_date=due)))
    cursor = cursor_text(CREDITOR, WORDS, position)
    assert read(cursor) == position
    assert len(cursor) <= MAX_CURSOR


@settings(deadline=None)
@given(IDS)
def test_a_customers_id_is_a_place_between_the_first_and_the_last(external_id: str) -> None:
    assert ANY_ID[0] < external_id < ANY_ID[1]


def test_a_cursor_is_worth_nothing_to_anybody_else() -> None:
    cursor = cursor_text(CREDITOR, WORDS, Position("open", "2026-11-10#fat-1"))
    with pytest.raises(InvalidInput) as refused:
        read(cursor, creditor_id=CreditorId("boreal"))
    assert [p.path for p in refused.value.problems] == ["query.cursor"]


@pytest.mark.parametrize("words", [{}, {**WORDS, "status": "settled"}, {**WORDS, "more": "x"}])
def test_a_cursor_is_worth_nothing_for_another_list(words: Mapping[str, str]) -> None:
    cursor = cursor_text(CREDITOR, WORDS, Position("open", "2026-11-10#fat-1"))
    with pytest.raises(InvalidInput):
        read(cursor, words=words)


@pytest.mark.parametrize(
    "position",
    [
        Position("customers", "2026-11-10#fat-1"),
        Position("open", ""),
        Position("open", "~"),
        Position("", "2026-11-10#fat-1"),
        Position("settled\0open", "2026-11-10#fat-1"),
    ],
)
def test_a_place_that_is_none_of_the_list_is_refused(position: Position) -> None:
    """Anybody can work out a cursor's mark: it guards nothing by itself."""
    with pytest.raises(InvalidInput):
        read(cursor_text(CREDITOR, WORDS, position), query=InvoiceQuery((InvoiceStatus.OPEN,)))


def test_a_cursor_does_not_lead_out_of_the_days_that_are_asked_for() -> None:
    query = InvoiceQuery(due_from=DUE, due_until=DUE)
    for place in ("2026-11-09#fat-1", "2026-11-11#fat-1"):
        with pytest.raises(InvalidInput):
            read(cursor_text(CREDITOR, WORDS, Position("open", place)), query=query)
    position = Position("open", "2026-11-10#fat-1")
    assert read(cursor_text(CREDITOR, WORDS, position), query=query) == position


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda parts: (
        st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=4), parts, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.text(max_size=60) | JSON.map(encoded) | st.binary(max_size=60).map(lambda b: str(b)[2:]))
def test_any_text_is_a_cursor_of_ours_or_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read(text)


# ── what is asked for ───────────────────────────────────────────────────────────────────────────


@settings(deadline=None)
@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(-20, 20))
def test_what_is_overdue_is_what_has_passed_its_business_day(today: date, days: int) -> None:
    due = today + timedelta(days=days)
    assert (due <= last_overdue(today)) == (roll(due) < today)


@pytest.mark.parametrize(
    ("statuses", "parts"),
    [
        (tuple(InvoiceStatus), ("open", "closed")),
        ((InvoiceStatus.OPEN,), ("open",)),
        ((InvoiceStatus.PARTIALLY_PAID, InvoiceStatus.OPEN), ("open",)),
        ((InvoiceStatus.SETTLED,), ("closed",)),
        ((InvoiceStatus.CANCELLED, InvoiceStatus.OPEN), ("open", "closed")),
    ],
)
def test_of_a_customer_only_the_parts_that_can_hold_what_is_asked_for_are_read(
    statuses: tuple[InvoiceStatus, ...], parts: tuple[str, ...]
) -> None:
    assert InvoiceQuery(statuses, customer_id=CUSTOMER).parts == parts


def test_an_invoice_is_taken_as_it_is_now() -> None:
    asked = InvoiceQuery((InvoiceStatus.OPEN,), DUE, DUE, CUSTOMER)
    invoice = any_invoice()
    assert asked.takes(invoice)
    assert not asked.takes(invoice.with_payment(any_payment()))
    assert not asked.takes(any_invoice(due_date=DUE + timedelta(days=1)))
    assert not asked.takes(any_invoice(due_date=DUE - timedelta(days=1)))
    assert not asked.takes(any_invoice(customer_id=CustomerId("outra")))
    assert asked.position_of(invoice) == Position("open", InvoiceId("fat-1"))
