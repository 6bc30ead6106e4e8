"""What a late payment costs by contract, and how far the law lets a contract go.

Terms only: `regua.domain.payoff` applies them to a debt on a date.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from regua.domain.calendar import roll
from regua.domain.interest import (
    MONTH_BUSINESS_DAYS,
    MONTH_DAYS,
    DayCount,
    Interest,
    InterestRate,
    RatePeriod,
    days_between,
)
from regua.domain.money import ZERO, Money, Rounding
from regua.domain.rules import Rule

MAX_DISCOUNT_TIERS = 3
_HUNDRED = Decimal(100)


class Basis(StrEnum):
    """Which due date the days late count from, once a payment is late."""

    POSTPONED = "postponed"
    ORIGINAL = "original"


class Profile(StrEnum):
    """Whose law limits the contract."""

    CONSUMER = "consumer"
    COMPANY = "company"


class Component(StrEnum):
    """What money received can pay off."""

    COSTS = "costs"
    INTEREST = "interest"
    FINE = "fine"
    PRINCIPAL = "principal"


ALLOCATION_ORDER = (Component.COSTS, Component.INTEREST, Component.FINE, Component.PRINCIPAL)
MAX_FINE_PERCENT = {Profile.CONSUMER: Decimal(2), Profile.COMPANY: Decimal(10)}
CUSTOMARY_INTEREST_PERCENT_MONTH = Decimal(1)
CUSTOMARY_INTEREST = InterestRate(CUSTOMARY_INTEREST_PERCENT_MONTH)


@dataclass(frozen=True, slots=True)
class ComponentRounding:
    """How each component becomes centavos, once."""

    fine: Rounding = Rounding.HALF_UP
    interest: Rounding = Rounding.HALF_UP
    discount: Rounding = Rounding.HALF_UP

    @classmethod
    def same(cls, rounding: Rounding) -> "ComponentRounding":
        """Round every component the same way."""
        return cls(rounding, rounding, rounding)


@dataclass(frozen=True, slots=True)
class LateChargeTerms:
    """What the contract says; the defaults are the common consumer contract.

    ``fine_percent`` (of the principal) or ``fine_amount`` is charged once; ``grace_days`` are
    calendar days after the effective due date in which nothing is charged at all.
    """

    fine_percent: Decimal = MAX_FINE_PERCENT[Profile.CONSUMER]
    interest: Interest = CUSTOMARY_INTEREST
    rounding: ComponentRounding = ComponentRounding()
    basis: Basis = Basis.POSTPONED
    profile: Profile = Profile.CONSUMER
    fine_amount: Money = ZERO
    grace_days: int = 0
    allocation: tuple[Component, ...] = ALLOCATION_ORDER

    def __post_init__(self) -> None:
        if sorted(self.allocation) != sorted(Component):
            raise ValueError("the order of allocation names every component once")

    def for_consumers(self) -> "LateChargeTerms":
        """Return these terms with the fine no higher than the law allows against a consumer.

        A ruler written for companies may meet a natural person.
        """
        if self.profile is Profile.CONSUMER:
            return self
        limit = MAX_FINE_PERCENT[Profile.CONSUMER]
        return replace(self, fine_percent=min(self.fine_percent, limit), profile=Profile.CONSUMER)

    def fine_on(self, principal: Money) -> Money:
        """Return the fine on a principal; a fixed one never exceeds the profile's limit."""
        if not self.fine_amount:
            return principal.percent(self.fine_percent, self.rounding.fine)
        limit = principal.percent(MAX_FINE_PERCENT[self.profile], Rounding.DOWN)
        return min(self.fine_amount, limit)


CONSUMER_TERMS = LateChargeTerms()
"""2 % once and 1 % a month: the common consumer contract."""


@dataclass(frozen=True, slots=True)
class Excess:
    """Terms that go beyond a rule: refused where the law forbids it, told where it is unusual."""

    rule: Rule
    field: str
    is_forbidden: bool


def excesses(terms: LateChargeTerms) -> tuple[Excess, ...]:
    """Return where terms go beyond what the law or custom allows against their profile.

    >>> [e.rule.code for e in excesses(LateChargeTerms(fine_percent=Decimal(3)))]
    ['charges.fine.consumer']
    """
    found = []
    if terms.fine_percent > MAX_FINE_PERCENT[terms.profile]:
        rule = FINE_CONSUMER if terms.profile is Profile.CONSUMER else FINE_COMPANY
        found.append(Excess(rule, "fine_percent", is_forbidden=True))
    if terms.profile is Profile.CONSUMER and _monthly(terms) > CUSTOMARY_INTEREST_PERCENT_MONTH:
        found.append(Excess(INTEREST_CONSUMER, "interest", is_forbidden=False))
    return tuple(found)


def _monthly(terms: LateChargeTerms) -> Decimal:
    """Return what the agreed rate comes to in a month; nothing for other kinds of interest."""
    interest = terms.interest
    if not isinstance(interest, InterestRate):
        return Decimal(0)
    if interest.per is RatePeriod.MONTH:
        return interest.percent
    if interest.per is RatePeriod.YEAR:
        return interest.percent / 12
    is_calendar = interest.days is DayCount.CALENDAR
    return interest.percent * (MONTH_DAYS if is_calendar else MONTH_BUSINESS_DAYS)


class Discount(Protocol):
    """What paying on a day, before or on the due date, takes off."""

    def on(self, day: date, due: date, base: Money, rounding: Rounding) -> Money:
        """Return the discount for paying on ``day`` what is due on ``due``; nothing later."""
        ...


@dataclass(frozen=True, slots=True)
class DiscountTier:
    """A discount for paying until a day: an amount, or per cent of what is due."""

    until: date
    percent: Decimal = Decimal(0)
    amount: Money = ZERO

    def __post_init__(self) -> None:
        _check_discount(self.percent, self.amount)

    def on(self, day: date, due: date, base: Money, rounding: Rounding) -> Money:
        """Return the discount; one that ends on no business day lasts until the next."""
        if day > min(roll(self.until), due):
            return ZERO
        return self.amount or base.percent(self.percent, rounding)


@dataclass(frozen=True, slots=True)
class DailyDiscount:
    """A discount for every day that a payment comes before the due date."""

    percent: Decimal = Decimal(0)
    amount: Money = ZERO
    days: DayCount = DayCount.CALENDAR

    def __post_init__(self) -> None:
        _check_discount(self.percent, self.amount)

    def on(self, day: date, due: date, base: Money, rounding: Rounding) -> Money:
        """Return the discount for the days from ``day`` to ``due``."""
        if day >= due:
            return ZERO
        early = days_between(self.days, day, due)
        if self.amount:
            return Money(self.amount.centavos * early)
        return base.percent(self.percent * early, rounding)


def _check_discount(percent: Decimal, amount: Money) -> None:
    is_one_of_them = (percent > 0) != bool(amount)
    if not is_one_of_them or not 0 <= percent < _HUNDRED or amount < ZERO:
        raise ValueError("a discount is either an amount or less than 100 per cent")


CHARGED_ONCE = Rule(
    "charges.fine.once",
    "The fine is charged once, on the principal that is outstanding when the payment becomes late.",
    "Código Civil arts. 408-409; Manual de Padrões para Iniciação do Pix (multa: k is 0 or 1)",
    f"{CONSUMER_TERMS.fine_percent} %",
)
FINE_CONSUMER = Rule(
    "charges.fine.consumer",
    f"Against a consumer the fine is at most {MAX_FINE_PERCENT[Profile.CONSUMER]} %"
    " of the instalment.",
    "CDC (Lei 8.078/1990) art. 52 §1",
    f"{MAX_FINE_PERCENT[Profile.CONSUMER]} % at most",
)
FINE_COMPANY = Rule(
    "charges.fine.company",
    f"Between companies the contract decides, up to {MAX_FINE_PERCENT[Profile.COMPANY]} %.",
    "Decreto 22.626/1933 art. 9",
    f"{MAX_FINE_PERCENT[Profile.COMPANY]} % at most",
)
INTEREST_CONSUMER = Rule(
    "charges.interest.consumer",
    f"More than {CUSTOMARY_INTEREST_PERCENT_MONTH} % a month against a consumer is unusual:"
    " accepted, with a warning.",
    "consumer practice; Código Civil art. 406. Between companies Lei 14.905/2024 art. 3 lifts the"
    " usury limits",
    f"{CUSTOMARY_INTEREST_PERCENT_MONTH} % a month, simple",
)
NEXT_BUSINESS_DAY = Rule(
    "charges.next_business_day",
    "Nothing is charged when a due date that is no business day is met on the next one.",
    "Lei 7.089/1983 art. 1",
)
BASIS = Rule(
    "charges.basis",
    "Once late, days count from the postponed due date, or from the printed one where agreed.",
    "postponed: text of cobv in bacen/pix-api 2.9.0 and issue 347; original: STJ REsp 1.954.924",
    CONSUMER_TERMS.basis.value,
)
ROUNDING = Rule(
    "charges.rounding",
    "Each component is rounded to centavos once, half up or down; totals are sums of components.",
    "published practice differs: Núclea half up (QI Tech), Kobana down; no norm fixes it",
    CONSUMER_TERMS.rounding.interest.value,
)
GRACE = Rule(
    "charges.grace",
    "Days of grace after the effective due date bear no charge; once they pass, all days count.",
    "our convention; contracts differ",
    f"{CONSUMER_TERMS.grace_days} days",
)
REBATE = Rule(
    "charges.rebate",
    "A rebate (abatimento) lessens the principal before fine, interest and discount.",
    "Manual de Padrões para Iniciação do Pix: Vj = (Vo − Va) × …, quoted in bacen/pix-api 607",
    "none",
)
DISCOUNT = Rule(
    "charges.discount",
    f"Up to {MAX_DISCOUNT_TIERS} discounts for paying early; the best that applies on the day"
    " counts, and never together with charges.",
    "bacen/pix-api 2.9.0 (descontoDataFixa: up to three dates, none after the due date)",
    "none",
)
ALLOCATION = Rule(
    "charges.allocation",
    "Money received pays costs, then interest, then the fine, then the principal.",
    "Código Civil art. 354 (interest before capital) and 379; the order is configurable",
    " → ".join(ALLOCATION_ORDER),
)
INTEREST_SURVIVES = Rule(
    "charges.interest_survives",
    "Interest that was not paid stays owed when the principal is paid, and bears no interest.",
    "Código Civil arts. 323 and 354; Decreto 22.626/1933 art. 4",
)
SETTLED_BY_PRINCIPAL = Rule(
    "charges.settled_by_principal",
    "An invoice whose invoiced amount was received counts as settled and is not chased for what"
    " late charges remain; they are shown.",
    "our convention: a boleto or Pix accepted at face value ended the contact (goodwill)",
)
RULES = (
    CHARGED_ONCE,
    FINE_CONSUMER,
    FINE_COMPANY,
    INTEREST_CONSUMER,
    NEXT_BUSINESS_DAY,
    BASIS,
    ROUNDING,
    GRACE,
    REBATE,
    DISCOUNT,
    ALLOCATION,
    INTEREST_SURVIVES,
    SETTLED_BY_PRINCIPAL,
)
