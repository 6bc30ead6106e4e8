"""Routes that list invoices and customers, a page at a time."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from regua.application.lists import (
    ALL,
    ANY_ID,
    CUSTOMERS,
    InvoiceQuery,
    Listed,
    Position,
    cursor_text,
    last_overdue,
    read_cursor,
)
from regua.application.ports import Creditor
from regua.application.views import View, customer_view, invoice_view
from regua.application.wire import Date, ExternalId
from regua.domain.errors import InvalidInput
from regua.domain.ids import CustomerId
from regua.domain.invoice import InvoiceStatus
from regua.runtime.http import respond

from . import context
from .context import Cursor, Limit, app, caller, today

_ONE_DAY = timedelta(days=1)


class StatusFilter(StrEnum):
    """A status, or `overdue`: open or partially paid, and late today."""

    OPEN = "open"
    PARTIALLY_PAID = "partially_paid"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    OVERDUE = "overdue"


Status = Annotated[
    StatusFilter | None,
    Query(description="All by default; `overdue` is open or partially paid, and late today"),
]
DueBefore = Annotated[Date | None, Query(description="Due on an earlier day")]
DueAfter = Annotated[Date | None, Query(description="Due on a later day")]
OfCustomer = Annotated[
    ExternalId | None,
    Query(description="Your own id of a customer: only theirs, open ones first, by their ids"),
]


@app.get("/v1/invoices", tags=["invoices"], summary="List invoices")
def get_invoices(  # noqa: PLR0917 - one parameter per filter
    status: Status = None,
    due_before: DueBefore = None,
    due_after: DueAfter = None,
    customer: OfCustomer = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[Any]:
    """Answer a page of invoices, by status and then by due date, and where to go on.

    Statuses come in the order open, partially paid, settled, cancelled. A page may hold fewer than
    asked for, and even none, while it has a cursor: go on until one has none. The list is no
    snapshot: what changes meanwhile may be met twice or not at all.
    """
    creditor = caller()
    asked = _asked(creditor, status, (due_after, due_before), customer)
    words = {
        "list": "invoices",
        "status": status or "",
        "due_before": str(due_before or ""),
        "due_after": str(due_after or ""),
        "customer": customer or "",
    }
    start = _start(creditor, words, cursor, asked.parts, asked.bounds)
    portfolio = context.wire().stores.portfolio
    page = portfolio.list_invoices(creditor.creditor_id, asked, start, limit)
    lines = [_line(listed, creditor) for listed in page.found]
    return _page("invoices", lines, creditor, words, page.rest)


@app.get("/v1/customers", tags=["customers"], summary="List customers")
def get_customers(limit: Limit = 50, cursor: Cursor = None) -> Response[Any]:
    """Answer a page of customers, by your own ids, and where to go on.

    They are described as alone, less their open invoices.
    """
    creditor = caller()
    words = {"list": CUSTOMERS}
    start = _start(creditor, words, cursor, (CUSTOMERS,), ANY_ID)
    page = context.wire().stores.portfolio.list_customers(
        creditor.creditor_id, None if start is None else CustomerId(start.place), limit
    )
    lines = []
    for account in page.found:
        if account.customer is not None:
            view = customer_view(account, account.customer)
            lines.append({name: v for name, v in view.items() if name != "open_invoices"})
    rest = None if page.rest is None else Position(CUSTOMERS, page.rest)
    return _page("customers", lines, creditor, words, rest)


def _asked(
    creditor: Creditor,
    status: StatusFilter | None,
    due_between: tuple[date | None, date | None],
    customer: str | None,
) -> InvoiceQuery:
    """Return what is asked for; the two days between are the caller's, and not included."""
    after, before = due_between
    if after is not None and before is not None and before <= after:
        raise InvalidInput.at("query.due_before", "is not later than due_after")
    until = None if before is None else before - _ONE_DAY
    statuses = ALL
    if status is StatusFilter.OVERDUE:
        statuses = (InvoiceStatus.OPEN, InvoiceStatus.PARTIALLY_PAID)
        late = last_overdue(today(creditor))
        until = late if until is None else min(until, late)
    elif status is not None:
        statuses = (InvoiceStatus(status.value),)
    return InvoiceQuery(
        statuses=statuses,
        due_from=None if after is None else after + _ONE_DAY,
        due_until=until,
        customer_id=None if customer is None else CustomerId(customer),
    )


def _line(listed: Listed, creditor: Creditor) -> View:
    """Describe an invoice as it is described alone."""
    ruler = creditor.rulers.followed(listed.account, listed.invoice)
    terms = listed.account.late_charges(ruler)
    return invoice_view(listed.invoice, creditor, today(creditor), terms)


def _start(
    creditor: Creditor,
    words: Mapping[str, str],
    cursor: str | None,
    parts: tuple[str, ...],
    bounds: tuple[str, str],
) -> Position | None:
    if cursor is None:
        return None
    return read_cursor(creditor.creditor_id, words, cursor, parts, bounds)


def _page(
    name: str,
    lines: Sequence[View],
    creditor: Creditor,
    words: Mapping[str, str],
    rest: Position | None,
) -> Response[Any]:
    cursor = None if rest is None else cursor_text(creditor.creditor_id, words, rest)
    return respond({name: lines, "cursor": cursor})
