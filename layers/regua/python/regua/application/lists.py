"""Lists of invoices, customers and agreements: what may be asked for, in which order.

A list is no snapshot. What changes while somebody walks it may be met twice or not at all, and a
page may be shorter than asked for; the walk ends when a page comes without a cursor.

A cursor is opaque to its holder and worth nothing to anybody else: it says where to go on, never
in whose data. It is bound to the creditor and to what was asked for, so that one of another
creditor's, or of another list, is refused.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from regua.application.wire import instant_text
from regua.domain.account import Account
from regua.domain.calendar import roll
from regua.domain.cursors import cursor_to
from regua.domain.cursors import read_cursor as read_place
from regua.domain.errors import InvalidInput
from regua.domain.ids import CreditorId, CustomerId
from regua.domain.invoice import Invoice, InvoiceStatus
from regua.domain.negotiation.agreement import Agreement, AgreementStatus

ALL = tuple(InvoiceStatus)
CUSTOMERS = "customers"
"""The one part of a list of customers."""
_PATH = "query.cursor"
_BETWEEN = "\0"
"""Between a part's name and a place in it."""
_ONE_DAY = timedelta(days=1)
ANY_ID = (" ", "\U0010ffff")
"""Ids lie between the two: none begins with a space, and the last is no character."""
_ANY_DAY = ("0", "9~")
_AFTER_DAY = "$"
"""Just after the ``#`` that ends a day in a place."""
AGREEMENTS = "agreements"
"""The one part of a list of one customer's agreements."""
OPEN_PART, CLOSED_PART = "open", "closed"
"""The two parts of one customer's invoices."""


class Position(NamedTuple):
    """Where a list goes on: in which of its parts, and from which place in it, included."""

    part: str
    place: str


@dataclass(frozen=True, slots=True)
class InvoiceQuery:
    """Which invoices are asked for.

    All of a creditor's are listed by status in the order of ``statuses``, then by due date; those
    of one customer by whether they are open, then by their ids. Both days are included.
    """

    statuses: tuple[InvoiceStatus, ...] = ALL
    due_from: date | None = None
    due_until: date | None = None
    customer_id: CustomerId | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts to walk through, in their order."""
        if self.customer_id is None:
            return tuple(s.value for s in self.statuses)
        is_open = {s in (InvoiceStatus.OPEN, InvoiceStatus.PARTIALLY_PAID) for s in self.statuses}
        names = ((OPEN_PART, True), (CLOSED_PART, False))
        return tuple(name for name, wanted in names if wanted in is_open)

    @property
    def is_empty(self) -> bool:
        """Whether no invoice can be meant."""
        ends = (self.due_from, self.due_until)
        return ends[0] is not None and ends[1] is not None and ends[0] > ends[1]

    @property
    def bounds(self) -> tuple[str, str]:
        """The first and the last place that a part may be read at."""
        if self.customer_id is not None:
            return ANY_ID
        low = _ANY_DAY[0] if self.due_from is None else self.due_from.isoformat()
        high = _ANY_DAY[1] if self.due_until is None else f"{self.due_until}{_AFTER_DAY}"
        return low, high

    def position_of(self, invoice: Invoice) -> Position:
        """Return where an invoice is in such a list, if it is asked for."""
        if self.customer_id is None:
            return Position(invoice.status.value, place_of(invoice))
        part = OPEN_PART if invoice.is_open else CLOSED_PART
        return Position(part, invoice.external_id)

    def takes(self, invoice: Invoice) -> bool:
        """Tell whether an invoice is asked for, as it is now."""
        due = invoice.due_date
        return (
            invoice.status in self.statuses
            and (self.due_from is None or due >= self.due_from)
            and (self.due_until is None or due <= self.due_until)
            and self.customer_id in (None, invoice.customer_id)
        )


@dataclass(frozen=True, slots=True)
class AgreementQuery:
    """Which agreements are asked for.

    All of a creditor's are listed by status in the order of ``statuses``, then by when they were
    proposed, oldest first; those of one customer by their ids.
    """

    statuses: tuple[AgreementStatus, ...] = tuple(AgreementStatus)
    customer_id: CustomerId | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts to walk through, in their order."""
        if self.customer_id is None:
            return tuple(s.value for s in self.statuses)
        return (AGREEMENTS,)

    def position_of(self, agreement: Agreement) -> Position:
        """Return where an agreement is in such a list, if it is asked for."""
        if self.customer_id is None:
            return Position(agreement.status.value, agreement_place(agreement))
        return Position(AGREEMENTS, agreement.agreement_id)

    def takes(self, agreement: Agreement) -> bool:
        """Tell whether an agreement is asked for, as it is now."""
        is_theirs = self.customer_id in (None, agreement.customer_id)
        return is_theirs and agreement.status in self.statuses


class Listed(NamedTuple):
    """An invoice, and the account it belongs to without its other invoices."""

    account: Account
    invoice: Invoice


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """A part of a list of invoices, and where it goes on; None when this is the end."""

    found: Sequence[Listed]
    rest: Position | None = None


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Accounts with a customer, without their invoices, by id, and where the list goes on."""

    found: Sequence[Account]
    rest: CustomerId | None = None


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """A part of a list of agreements, and where it goes on; None when this is the end."""

    found: Sequence[Agreement]
    rest: Position | None = None


def agreement_place(agreement: Agreement) -> str:
    """Return an agreement's place among those of its status: by when it was proposed."""
    return f"{instant_text(agreement.proposed_at)}#{agreement.agreement_id}"


def place_of(invoice: Invoice) -> str:
    """Return an invoice's place among those of its status: by due date, then by id."""
    return f"{invoice.due_date.isoformat()}#{invoice.external_id}"


def last_overdue(today: date) -> date:
    """Return the latest due date that is overdue: its business day has passed.

    >>> last_overdue(date(2026, 11, 16)), last_overdue(date(2026, 11, 17))
    (datetime.date(2026, 11, 13), datetime.date(2026, 11, 16))
    """
    due = today - _ONE_DAY
    while roll(due) >= today:
        due -= _ONE_DAY
    return due


def cursor_text(creditor_id: CreditorId, asked: Mapping[str, str], rest: Position) -> str:
    """Write a cursor for whoever asked: the creditor, and its own words for the list."""
    return cursor_to(_scope(creditor_id, asked), _BETWEEN.join(rest))


def read_cursor(
    creditor_id: CreditorId,
    asked: Mapping[str, str],
    cursor: str,
    parts: Sequence[str],
    bounds: tuple[str, str],
) -> Position:
    """Read a cursor that was written for the same creditor and list.

    Raises:
        InvalidInput: it was not, or no list of ours has that place.
    """
    part, _, place = read_place(_scope(creditor_id, asked), cursor, _PATH).partition(_BETWEEN)
    if part not in parts or not bounds[0] <= place <= bounds[1]:
        raise InvalidInput.at(_PATH, "is not a cursor of this list")
    return Position(part, place)


def _scope(creditor_id: CreditorId, asked: Mapping[str, str]) -> str:
    return json.dumps([creditor_id, sorted(asked.items())])
