"""Pix Automático: a customer's authorisation (mandate), and the debit of one invoice under it.

What the payment provider says decides; these are our words for it, and what follows. While a debit
is expected, contact about its invoice rests; when it fails, the ruler goes on.

Source: BCB, API Pix 2.9.0, tags Rec and CobR: statuses, the violations of ``PATCH /cobr/{txid}``
(no cancellation on or after the day of the first attempt) and of ``POST
/cobr/{txid}/retentativa/{data}``; ``politicaRetentativa`` PERMITE_3R_7D.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.money import Money

BY = "pix automatico"
"""Who asked for the rest of contact while a debit is scheduled."""
RETRIES = 3
RETRY_DAYS = 7
"""After a first failure, so many more attempts within so many days of the due date."""
BETWEEN_TRIES = timedelta(days=2)
_MAX_CONTRACT = 35
_TXID_LENGTH = 32


class MandateStatus(StrEnum):
    """Where an authorisation stands."""

    ASKED = "asked"
    """We asked the provider for it, and have no answer on record."""
    WAITING = "waiting"
    """The customer has not decided."""
    AUTHORISED = "authorised"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more comes of it; another one may be asked for."""
        return self in (MandateStatus.REFUSED, MandateStatus.EXPIRED, MandateStatus.CANCELLED)


class DebitStatus(StrEnum):
    """Where the debit of one invoice stands."""

    PLANNED = "planned"
    """It is too early to ask for it."""
    REQUESTED = "requested"
    SCHEDULED = "scheduled"
    """The customer's institution took it: it is made on its day."""
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LEFT_OUT = "left_out"
    """It was too late to ask for it, or the provider refused: the ruler does its work."""

    @property
    def is_expected(self) -> bool:
        """Whether money may still come of it."""
        return self in (DebitStatus.REQUESTED, DebitStatus.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Mandate:
    """A plan's authorisation. ``rec_id`` is the provider's id of it; ``code`` what is scanned."""

    contract: str
    status: MandateStatus
    asked_at: datetime
    retries: bool = False
    rec_id: str | None = None
    code: str | None = None
    refusal: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Debit:
    """The debit of a plan's month. ``try_on`` is the day of the attempt that is expected."""

    period: str
    invoice_id: InvoiceId
    due_date: date
    amount: Money
    txid: str
    status: DebitStatus
    try_on: date
    tries: int = 0
    refusal: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt as the provider tells it, by its own words (``AGENDADA``, ``REJEITADA``)."""

    on: date
    status: str
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class DebitTold:
    """A debit as the provider holds it."""

    txid: str
    status: str
    attempts: Sequence[Attempt] = ()
    received: Sequence[str] = ()
    """The endToEndIds of the Pix that paid it."""
    refusal: str | None = None


_MANDATES = {
    "CRIADA": MandateStatus.WAITING,
    "APROVADA": MandateStatus.AUTHORISED,
    "REJEITADA": MandateStatus.REFUSED,
    "EXPIRADA": MandateStatus.EXPIRED,
    "CANCELADA": MandateStatus.CANCELLED,
}
_DEBITS = {
    "CRIADA": DebitStatus.REQUESTED,
    "ATIVA": DebitStatus.SCHEDULED,
    "CONCLUIDA": DebitStatus.PAID,
    "EXPIRADA": DebitStatus.FAILED,
    "REJEITADA": DebitStatus.FAILED,
    "CANCELADA": DebitStatus.CANCELLED,
}
_ENDED_BADLY = frozenset({"REJEITADA", "EXPIRADA", "CANCELADA"})


def mandate_status(told: str) -> MandateStatus | None:
    """Return our word for the provider's; None for one of tomorrow's."""
    return _MANDATES.get(told)


def debit_status(told: DebitTold) -> DebitStatus | None:
    """Return our word for where a debit stands; None for one of tomorrow's.

    A debit that is active still and whose every attempt ended badly has failed until it is tried
    again.
    """
    status = _DEBITS.get(told.status)
    has_failed = bool(told.attempts) and all(a.status in _ENDED_BADLY for a in told.attempts)
    return DebitStatus.FAILED if status is DebitStatus.SCHEDULED and has_failed else status


def refusal_of(told: DebitTold) -> str | None:
    """Return the provider's code for why a debit failed, as far as it says."""
    last = max((a for a in told.attempts if a.refusal), key=lambda a: a.on, default=None)
    return told.refusal or (last.refusal if last else None)


def is_scheduled(holds: Iterable[Hold], invoice_id: InvoiceId, now: datetime) -> bool:
    """Tell whether an invoice is about to be debited: then nothing else asks for the same money."""
    return any(
        hold.kind is HoldKind.PAYMENT_IN_TRANSIT
        and hold.by == BY
        and hold.covers(invoice_id)
        and hold.stands(now)
        for hold in holds
    )


def retry_on(debit: Debit, today: date) -> date | None:
    """Return the day of the next attempt of a debit that failed; None when there is none left.

    >>> from regua.domain.ids import InvoiceId
    >>> debit = Debit("202702", InvoiceId("p-202702"), date(2027, 2, 10), Money(1), "t",
    ...               DebitStatus.FAILED, date(2027, 2, 10))
    >>> retry_on(debit, date(2027, 2, 10))
    datetime.date(2027, 2, 12)
    >>> retry_on(debit, date(2027, 2, 17)) is None
    True
    """
    if debit.status is not DebitStatus.FAILED or debit.tries >= RETRIES:
        return None
    day = max(debit.try_on + BETWEEN_TRIES, today + timedelta(days=1))
    return day if day <= debit.due_date + timedelta(days=RETRY_DAYS) else None


def contract_of(creditor_id: CreditorId, plan_id: str, asked: int) -> str:
    """Name a plan's authorisation for the customer's institution: the plan's id where it fits.

    >>> contract_of(CreditorId("acme"), "contrato-7", 0)
    'contrato-7'
    """
    name = plan_id if asked == 0 else f"{plan_id}/{asked + 1}"
    if len(name) <= _MAX_CONTRACT:
        return name
    digest = hashlib.sha256(f"regua.contract.v1\0{creditor_id}\0{name}".encode())
    return digest.hexdigest()[:_MAX_CONTRACT]


def debit_txid(creditor_id: CreditorId, invoice_id: InvoiceId) -> str:
    """Name the debit of an invoice: the same one, however often it is asked for.

    >>> debit_txid(CreditorId("acme"), InvoiceId("p-202702"))
    '26dbea6204da54506c4dd9923be1eeef'
    """
    digest = hashlib.sha256(f"regua.cobr.v1\0{creditor_id}\0{invoice_id}".encode())
    return digest.hexdigest()[:_TXID_LENGTH]
