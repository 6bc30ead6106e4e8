"""What is owed on a date: fine, simple interest pro rata, and the breakdown shown to the payer.

Source: CDC art. 52 §1 (fine of at most 2 % for consumers); Lei 7.089/1983 (nothing is late when
paid on the first business day after a due date that is none); simple interest per calendar day of
a 30-day month; each component is rounded once. ``basis`` chooses where the days count from once
the payment is late: ``postponed`` (the moved due date, as Pix and boleto apps show it) or
``original`` (the printed one, as STJ REsp 1.954.924).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from regua.domain.calendar import roll
from regua.domain.money import ZERO, Money, Rounding

DAYS_IN_MONTH = 30


class Basis(StrEnum):
    """Which due date the days late count from."""

    POSTPONED = "postponed"
    ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class LateChargeTerms:
    """What the contract says: rates in per cent, the fine once, the interest per month."""

    fine_percent: Decimal = Decimal(2)
    interest_percent_month: Decimal = Decimal(1)
    rounding: Rounding = Rounding.HALF_UP
    basis: Basis = Basis.POSTPONED


CONSUMER_TERMS = LateChargeTerms()
"""2 % once and 1 % a month: the common consumer contract."""


@dataclass(frozen=True, slots=True)
class PayoffQuote:
    """The amount owed on ``valid_on`` and how it is made up."""

    principal: Money
    late_fine: Money
    late_interest: Money
    days_late: int
    valid_on: date

    @property
    def total(self) -> Money:
        """Principal, fine and interest together."""
        return self.principal + self.late_fine + self.late_interest


def quote_payoff(
    principal: Money, *, due_date: date, on: date, terms: LateChargeTerms
) -> PayoffQuote:
    """Quote what ``principal`` has become on a day.

    >>> q = quote_payoff(Money(14990), due_date=date(2026, 11, 2), on=date(2026, 11, 18),
    ...                  terms=LateChargeTerms())
    >>> (q.late_fine.centavos, q.late_interest.centavos, q.total.centavos, q.days_late)
    (300, 75, 15365, 15)
    """
    effective = roll(due_date)
    if on <= effective or principal <= ZERO:
        return PayoffQuote(principal, ZERO, ZERO, 0, on)
    start = effective if terms.basis is Basis.POSTPONED else due_date
    days = (on - start).days
    interest = principal.percent(
        terms.interest_percent_month * days, terms.rounding, per=DAYS_IN_MONTH
    )
    return PayoffQuote(
        principal, principal.percent(terms.fine_percent, terms.rounding), interest, days, on
    )
