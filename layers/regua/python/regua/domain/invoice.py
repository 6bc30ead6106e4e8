"""An invoice: what was issued, what was paid, and what follows from both.

State is never stored as a flag that somebody must remember to flip: it follows from the facts
(latest issue, cancellation, payments, reversals), so facts may arrive in any order.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

from regua.domain.calendar import roll
from regua.domain.ids import CustomerId, DispatchId, InvoiceId, PaymentId
from regua.domain.late_charges import DiscountTier, LateChargeTerms
from regua.domain.money import ZERO, Money
from regua.domain.payoff import Debt, PayoffQuote, Received, business_date, quote


class InvoiceStatus(StrEnum):
    """Where an invoice stands."""

    OPEN = "open"
    PARTIALLY_PAID = "partially_paid"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class PaymentMethod(StrEnum):
    """How money arrived."""

    PIX = "pix"
    BOLETO = "boleto"
    CARD = "card"
    DEBIT = "debit"
    CASH = "cash"
    TRANSFER = "transfer"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received for an invoice; reversed money stays visible and counts for nothing."""

    payment_id: PaymentId
    amount: Money
    paid_at: datetime
    method: PaymentMethod
    reversed_at: datetime | None = None
    reversal_reason: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentOptions:
    """What the customer can pay with."""

    pix_copy_paste: str | None = None
    boleto_line: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an invoice stands on the ruler: the last step dealt with, and by which contact."""

    step_id: str | None = None
    step_on: date | None = None
    """The day the ruler planned that step for."""
    dispatch_id: DispatchId | None = None
    overdue_announced: bool = False
    """Whether ``InvoiceOverdue`` went out for the present due date."""
    ruler: str | None = None
    """The ruler and version that it follows (``padrao@3``); None before it was first looked at."""
    contacted_on: date | None = None
    """The day that step was really made."""
    from_on: date | None = None
    """Steps planned for an earlier day are not made."""
    stepwise: bool = False
    """Whether missed steps are made one by one, each after its own gap."""
    ended: bool = False
    """Whether ``RulerEnded`` went out."""

    def announced(self) -> "Place":
        """Return the place once ``InvoiceOverdue`` went out."""
        return replace(self, overdue_announced=True)

    def after(
        self,
        step_id: str | None,
        step_on: date | None,
        dispatch_id: DispatchId | None = None,
        contacted_on: date | None = None,
    ) -> "Place":
        """Return the place once a step is dealt with: by a contact, or without one."""
        return Place(
            step_id,
            step_on,
            dispatch_id,
            self.overdue_announced,
            self.ruler,
            contacted_on,
            self.from_on,
            self.stepwise,
            self.ended,
        )


@dataclass(frozen=True, slots=True)
class PaymentReceipt:
    """The receipt that was planned for an invoice: for which settlement, and under which id."""

    settled_at: datetime
    dispatch_id: DispatchId


@dataclass(frozen=True, slots=True)
class Invoice:
    """An amount with a due date, and everything that happened to it."""

    external_id: InvoiceId
    customer_id: CustomerId
    number: str
    issue_date: date
    due_date: date
    amount: Money
    issued_at: datetime
    """When the creditor's system last described the invoice; orders updates."""
    rebate: Money = ZERO
    """What the creditor takes off whenever it is paid (abatimento)."""
    conceded: Money = ZERO
    """What an agreement that was kept took off; a newer description does not undo it."""
    kept_agreement: str | None = None
    """The agreement that settled it by being kept: no late charges of it are left."""
    discounts: tuple[DiscountTier, ...] = ()
    """What paying early takes off; at most three."""
    description: str | None = None
    payment: PaymentOptions = PaymentOptions()
    ruler: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    charge_code: str | None = None
    """Copy-and-paste code of the Pix charge that we made; the creditor's own code goes first."""
    payments: tuple[Payment, ...] = ()
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    receipt: PaymentReceipt | None = None
    """The latest receipt of payment planned for it; says nothing of where it stands."""
    place: Place = Place()

    @property
    def effective_due_date(self) -> date:
        """The due date moved to a business day: nothing is late before it has passed."""
        return roll(self.due_date)

    @property
    def pix_code(self) -> str | None:
        """The Pix code to pay with: the creditor's own, else that of the charge we made."""
        return self.payment.pix_copy_paste or self.charge_code

    @property
    def paid(self) -> Money:
        """What was received and not reversed."""
        if not self.payments:
            return ZERO
        return Money(sum(p.amount.centavos for p in self.payments if p.reversed_at is None))

    @property
    def taken_off(self) -> Money:
        """What is taken off whenever it is paid: the rebate, and what an agreement conceded.

        Never more than the amount, which a newer description may have lowered since.
        """
        if not self.conceded:
            return self.rebate
        return min(self.amount, self.rebate + self.conceded)

    @property
    def balance(self) -> Money:
        """What is missing from the invoiced amount, late charges aside; never negative."""
        return ZERO if self.is_settled else self.amount - self.taken_off - self.paid

    @property
    def is_settled(self) -> bool:
        """Whether the invoiced amount was received, less the discount it was paid in time for."""
        if self.paid >= self.amount - self.taken_off:
            return True
        return bool(self.discounts) and self.settled_at is not None

    @property
    def status(self) -> InvoiceStatus:
        """Follow from the facts. A cancellation is final: bill again under a new id."""
        if self.cancelled_at is not None:
            return InvoiceStatus.CANCELLED
        if self.is_settled:
            return InvoiceStatus.SETTLED
        return InvoiceStatus.PARTIALLY_PAID if self.paid else InvoiceStatus.OPEN

    @property
    def is_open(self) -> bool:
        """Whether somebody still owes it."""
        return self.status in (InvoiceStatus.OPEN, InvoiceStatus.PARTIALLY_PAID)

    @property
    def settled_at(self) -> datetime | None:
        """When the payments, in the order they were made, first covered what was due that day."""
        debt = self.debt
        total = ZERO
        for payment in self._standing:
            total += payment.amount
            if total >= debt.base - debt.discount_on(business_date(payment.paid_at)):
                return payment.paid_at
        return None

    @property
    def _standing(self) -> list[Payment]:
        """Payments that were not reversed, in the order they were made."""
        standing = [p for p in self.payments if p.reversed_at is None]
        return sorted(standing, key=lambda p: (p.paid_at, p.payment_id))

    @property
    def debt(self) -> Debt:
        """The invoice as something that charges accrue on."""
        return Debt(
            amount=self.amount,
            due_date=self.due_date,
            rebate=self.taken_off,
            discounts=self.discounts,
            payments=[Received(business_date(p.paid_at), p.amount) for p in self._standing],
        )

    def at_place(self, place: Place) -> "Invoice":
        """Return the invoice at another place on the ruler."""
        return _MAKE(*_DESCRIBED(self), place)

    def payoff(self, on: date, terms: LateChargeTerms) -> PayoffQuote:
        """Quote what settles the invoice on a day, late charges included."""
        return quote(self.debt, on, terms)

    def late_charges_left(self, terms: LateChargeTerms) -> Money:
        """Return the fine and interest that a settled invoice's payments did not cover.

        Nothing accrues after the day it was settled; later money pays what remained. An agreement
        that was kept settled everything.
        """
        if self.settled_at is None or not self.is_settled or self.kept_agreement is not None:
            return ZERO
        then = self.payoff(business_date(self.settled_at), terms)
        return max(ZERO, then.total - (self.paid - then.paid))

    def find_payment(self, payment_id: PaymentId) -> Payment | None:
        """Return the payment with this id, if it was received."""
        return next((p for p in self.payments if p.payment_id == payment_id), None)

    def updated(self, newer: "Invoice") -> "Invoice":
        """Take a newer description; payments, cancellation and place on the ruler stay.

        A due date moved to a later day puts the invoice back at the start of the ruler: what was
        said about the old date is no longer true.
        """
        if newer.issued_at <= self.issued_at:
            return self
        moved = newer.due_date > self.due_date
        place = Place(ruler=self.place.ruler) if moved else self.place
        return replace(
            newer,
            conceded=self.conceded,
            kept_agreement=self.kept_agreement,
            charge_code=self.charge_code,
            payments=self.payments,
            cancelled_at=self.cancelled_at,
            cancel_reason=self.cancel_reason,
            receipt=self.receipt,
            place=place,
        )

    def cancelled(self, at: datetime, reason: str) -> "Invoice":
        """Withdraw the invoice; the first cancellation stands."""
        if self.cancelled_at is not None:
            return self
        return replace(self, cancelled_at=at, cancel_reason=reason)

    def with_payment(self, payment: Payment) -> "Invoice":
        """Record money once, whatever the state; the same payment id again changes nothing."""
        if self.find_payment(payment.payment_id):
            return self
        return replace(self, payments=(*self.payments, payment))

    def without_reversal(self, payment_id: PaymentId, at: datetime) -> "Invoice":
        """Return the invoice as it was before the reversal made at that instant, if it was made."""
        return replace(
            self,
            payments=tuple(
                replace(p, reversed_at=None, reversal_reason=None)
                if (p.payment_id, p.reversed_at) == (payment_id, at)
                else p
                for p in self.payments
            ),
        )

    def with_reversal(self, payment_id: PaymentId, at: datetime, reason: str) -> "Invoice":
        """Take a payment back; it stays visible. An unknown or reversed payment changes nothing."""
        return replace(
            self,
            payments=tuple(
                replace(p, reversed_at=at, reversal_reason=reason)
                if p.payment_id == payment_id and p.reversed_at is None
                else p
                for p in self.payments
            ),
        )


_MAKE: Callable[..., Invoice] = Invoice
_DESCRIBED: Callable[[Invoice], tuple[Any, ...]] = attrgetter(
    *[name for name in Invoice.__slots__ if name != "place"]
)
