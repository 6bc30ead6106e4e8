"""A settlement in instalments: the debts it suspends, the instalments that take their place.

An agreement replaces no debt (no novation: Código Civil art. 361): it suspends the debts it covers.
Kept, it settles them; broken, they are as they were, less what was paid meanwhile.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId, PaymentId
from regua.domain.money import ZERO, Money

_INSTALMENT = re.compile(r"acordo-([0-9a-f]{20})-[0-9]{2,}")
_CARRIED = re.compile(r"acordo\.([0-9a-f]{20})\.[0-9]+\.[0-9]+")


class AgreementStatus(StrEnum):
    """Where an agreement stands."""

    PROPOSED = "proposed"
    """The customer asked for it; the creditor has to approve. The debts rest meanwhile."""
    ACTIVE = "active"
    FULFILLED = "fulfilled"
    BREACHED = "breached"
    REFUSED = "refused"
    LAPSED = "lapsed"
    """Nobody approved it in time."""
    CANCELLED = "cancelled"
    """Ended by the creditor; like a breach, except that it does not count as one."""

    @property
    def is_live(self) -> bool:
        """Whether the debts it covers rest."""
        return self in (AgreementStatus.PROPOSED, AgreementStatus.ACTIVE)


@dataclass(frozen=True, slots=True)
class CoveredDebt:
    """An invoice that an agreement covers: what it came to that day, and its share of the deal."""

    invoice_id: InvoiceId
    owed: Money
    """The payoff on the day of the agreement, late charges included."""
    agreed: Money
    """Its share of the agreement's total; never more than ``owed``."""


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of an agreement; ``number`` 0 is the down payment (entrada)."""

    number: int
    invoice_id: InvoiceId
    due_date: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Agreement:
    """A settlement: immutable terms, and where it stands.

    ``debts`` are sorted by due date, oldest first; ``instalments`` by number. The agreed shares and
    the instalments add up to the same total.
    """

    agreement_id: str
    customer_id: CustomerId
    rule: str
    """The offer rule it follows, by name."""
    status: AgreementStatus
    proposed_at: datetime
    debts: tuple[CoveredDebt, ...]
    instalments: tuple[Instalment, ...]
    breach_after_days: int
    """Days after an unpaid instalment's effective due date after which the agreement is broken."""
    ruler: str | None = None
    """The ruler that the instalments follow; None is the one that assignment gives."""
    expires_at: datetime | None = None
    """Until when a proposed one can be approved."""
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str = ""
    origin: str = "page"
    """``page`` or ``api``."""
    dispatch_id: DispatchId | None = None
    """The message whose page it was accepted on."""
    terms_sha256: str = ""
    """Of the terms as they were shown, in UTF-8."""
    by: str = ""
    """Who accepted it for the customer: a role or a system's name; empty is the customer."""
    quoted_on: date | None = None
    """The day its debts were quoted for; None is the one on which it was proposed."""
    approved_by: str = ""
    """Who approved it; empty where nobody had to."""
    ended_by: str = ""
    """Who refused or cancelled it; empty where it ended by itself."""

    @property
    def total(self) -> Money:
        """What the instalments come to."""
        return Money(sum(i.amount.centavos for i in self.instalments))

    @property
    def owed(self) -> Money:
        """What the debts came to on the day of the agreement."""
        return Money(sum(d.owed.centavos for d in self.debts))

    @property
    def discount(self) -> Money:
        """What keeping it saves."""
        return self.owed - self.total

    @property
    def down_payment(self) -> Money:
        """What is paid first, apart from the instalments; zero without one."""
        return next((i.amount for i in self.instalments if i.number == 0), ZERO)

    def covers(self, invoice_id: InvoiceId) -> bool:
        """Tell whether an invoice rests because of it."""
        return any(d.invoice_id == invoice_id for d in self.debts)


def agreement_id(creditor_id: CreditorId, customer_id: CustomerId, made: int) -> str:
    """Name a customer's next agreement: 20 hexadecimal digits, the same when tried again.

    Args:
        creditor_id: whose customer.
        customer_id: who settles.
        made: how many agreements the account has had so far.

    >>> agreement_id(CreditorId("acme"), CustomerId("c1"), 0)
    '7b2f15ca7c5a7c105e96'
    """
    named = f"{len(creditor_id)}:{creditor_id}{len(customer_id)}:{customer_id}{made}"
    return hashlib.sha256(b"regua.agreement.v1\0" + named.encode()).hexdigest()[:20]


def instalment_invoice_id(agreement: str, number: int) -> InvoiceId:
    """Name the invoice of an instalment.

    >>> instalment_invoice_id("7b2f15ca7c5a7c105e96", 3)
    'acordo-7b2f15ca7c5a7c105e96-03'
    """
    return InvoiceId(f"acordo-{agreement}-{number:02d}")


def agreement_of(invoice_id: InvoiceId) -> str | None:
    """Return the id of the agreement that an invoice is an instalment of, by the invoice's id.

    >>> agreement_of(InvoiceId("acordo-7b2f15ca7c5a7c105e96-03")), agreement_of(InvoiceId("fat-1"))
    ('7b2f15ca7c5a7c105e96', None)
    """
    named = _INSTALMENT.fullmatch(invoice_id)
    return None if named is None else named[1]


def carried_payment_prefix(agreement: str) -> str:
    """Return how the name of all money begins that an agreement carried over."""
    return f"acordo.{agreement}."


def carried_payment_id(agreement: str, number: int, part: int) -> PaymentId:
    """Name money of an instalment where it counts for a debt: part by part, the same every time.

    >>> carried_payment_id("7b2f15ca7c5a7c105e96", 3, 0)
    'acordo.7b2f15ca7c5a7c105e96.3.0'
    """
    return PaymentId(f"{carried_payment_prefix(agreement)}{number}.{part}")


def is_carried(payment_id: PaymentId) -> bool:
    """Tell whether a payment is money of an instalment, counted for a debt once more.

    >>> is_carried(PaymentId("acordo.7b2f15ca7c5a7c105e96.3.0")), is_carried(PaymentId("acordo.1"))
    (True, False)
    """
    return carried_from(payment_id) is not None


def carried_from(payment_id: PaymentId) -> str | None:
    """Return the id of the agreement that carried a payment over; None when it is no such money.

    >>> carried_from(PaymentId("acordo.7b2f15ca7c5a7c105e96.3.0")), carried_from(PaymentId("pag-1"))
    ('7b2f15ca7c5a7c105e96', None)
    """
    named = _CARRIED.fullmatch(payment_id)
    return None if named is None else named[1]
