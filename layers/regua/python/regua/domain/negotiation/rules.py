"""What a creditor offers to settle overdue debts: rules by delay, amount and segment."""

from dataclasses import dataclass
from decimal import Decimal

from regua.domain.conditions import ALWAYS, Conditions
from regua.domain.money import ZERO, Money

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Option:
    """A way to settle: for so many instalments, so much is taken off. Rates are per cent.

    The numbers of instalments include both ends, and do not count the down payment.
    """

    min_instalments: int
    max_instalments: int
    principal_discount_percent: Decimal = _NOTHING
    charges_discount_percent: Decimal = _NOTHING
    """Of late fine and interest."""
    down_payment_percent: Decimal = _NOTHING
    """Of the total: the least that is paid first."""


@dataclass(frozen=True, slots=True)
class OfferRule:
    """One rule of a creditor's; the first whose conditions hold is the one that is offered."""

    name: str
    options: tuple[Option, ...]
    conditions: Conditions = ALWAYS
    """``min_days_late`` and ``max_days_late`` look at the oldest overdue invoice, amounts at what
    all of them come to."""
    min_instalment: Money = ZERO
    """No instalment and no down payment is less; everything at once may be."""
    first_due_days: int = 5
    """The latest day for the first payment, in calendar days from the acceptance."""
    valid_days: int = 3
    """How long what was offered stands, in calendar days after the one it was made on."""
    breach_after_days: int = 10
    """Calendar days after an unpaid instalment's effective due date that break the agreement."""
    needs_approval: bool = False
    """Whether the creditor approves each agreement."""
    approval_days: int = 2
    """How many times 24 hours a proposed agreement waits for it."""
    ruler: str | None = None
    """The ruler that the instalments follow; None is the one that assignment gives."""


@dataclass(frozen=True, slots=True)
class ReagreementLimits:
    """How often a customer who broke agreements may settle again."""

    max_breaches: int = 2
    """After so many within ``window_days`` nothing is offered any more."""
    window_days: int = 365
    """For so many times 24 hours a breach counts."""
    wait_days: int = 0
    """Times 24 hours after a breach before anything is offered again."""


@dataclass(frozen=True, slots=True)
class OfferRules:
    """Everything a creditor offers; rules in the order in which they are tried."""

    rules: tuple[OfferRule, ...] = ()
    limits: ReagreementLimits = ReagreementLimits()


NO_OFFERS = OfferRules()
"""A creditor that offers nothing."""
