"""What a portfolio is before the system knows it: people, papers, money that moves, habits.

Plain data. Who reads it from a file is `portfolio`, who invents it is `generate`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def local(day: date, at: time) -> datetime:
    """Return the instant of a wall-clock time in São Paulo, where the money's dates live."""
    return datetime.combine(day, at, tzinfo=SAO_PAULO)


class Payer(StrEnum):
    """When a customer pays what the file does not already say."""

    EARLY = "early"
    ON_REMINDER = "on_reminder"
    ON_DUE_DATE = "on_due_date"
    AFTER_MESSAGES = "after_messages"
    PARTIALLY = "partially"
    NEVER = "never"
    BY_FILE = "by_file"


class Reader(StrEnum):
    """What answers when a message arrives."""

    PERSON = "person"
    IMAGE_PROXY = "image_proxy"
    PRIVACY_PREFETCH = "privacy_prefetch"
    CORPORATE_SCANNER = "corporate_scanner"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A customer's hidden habits, drawn once from the seed."""

    payer: Payer = Payer.BY_FILE
    reader: Reader = Reader.NOBODY
    after_messages: int = 0
    clicks: bool = False
    unsubscribes: bool = False
    pays_by: str = "pix"
    stops: bool = False
    """Whether they write back that they want no more, on a channel where one can write back."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Who owes."""

    external_id: str
    name: str
    document: str
    kind: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    uf: str | None = None
    preferred_channel: str | None = None
    behaviour: Behaviour = Behaviour()


@dataclass(frozen=True, slots=True)
class Invoice:
    """One receivable, as the creditor's own books would send it."""

    external_id: str
    number: str
    customer_id: str
    issue_date: date
    due_date: date
    amount_centavos: int
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received, at an instant; the creditor learns of it at ``known_at`` or later."""

    payment_id: str
    invoice_id: str
    amount_centavos: int
    paid_at: datetime
    known_at: datetime
    method: str = "boleto"


@dataclass(frozen=True, slots=True)
class Abatement:
    """The creditor lowers an amount so that a shorter payment settles the invoice."""

    invoice_id: str
    amount_centavos: int
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Reversal:
    """A payment that was undone."""

    payment_id: str
    invoice_id: str
    amount_centavos: int
    known_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An invoice that left collection without being paid."""

    invoice_id: str
    known_at: datetime
    reason: str


Movement = Payment | Abatement | Reversal | Withdrawal


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A creditor's receivables and what the future holds for them.

    ``movements`` are what the file already knows; an empty tuple with
    ``payments_are_simulated`` leaves payment to the customers' habits.
    ``shift_days`` is how far the dates were moved from the file's own.
    """

    name: str
    first_day: date
    customers: Mapping[str, Customer]
    invoices: tuple[Invoice, ...]
    movements: tuple[Movement, ...] = ()
    payments_are_simulated: bool = True
    shift_days: int = 0
    notes: tuple[str, ...] = field(default=())

    def shifted(self, days: int) -> "Portfolio":
        """Return the same portfolio with every date moved by ``days``."""
        delta = timedelta(days=days)
        return replace(
            self,
            first_day=self.first_day + delta,
            invoices=tuple(
                replace(i, issue_date=i.issue_date + delta, due_date=i.due_date + delta)
                for i in self.invoices
            ),
            movements=tuple(_moved(m, delta) for m in self.movements),
            shift_days=self.shift_days + days,
        )


def _moved(movement: Movement, delta: timedelta) -> Movement:
    # Brazil has had no daylight saving time since 2019: adding days keeps the wall clock.
    if isinstance(movement, Payment):
        return replace(
            movement, paid_at=movement.paid_at + delta, known_at=movement.known_at + delta
        )
    return replace(movement, known_at=movement.known_at + delta)


def frozen(customers: dict[str, Customer]) -> Mapping[str, Customer]:
    """Return a read-only view, sorted by nothing: insertion order is the file's."""
    return MappingProxyType(customers)
