"""Simple interest between two days, exact until rounded: rates, daily amounts, the legal rate.

One model for every way contracts, Pix and boletos express default interest; the codes that Pix and
the banks use for them are kept apart, with the documents they belong to (`domain.pix.charge`,
`domain.cnab.interest_codes`). Nothing here compounds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from fractions import Fraction

from regua.domain.calendar import business_days_between
from regua.domain.money import Money
from regua.domain.rules import Rule

MONTH_DAYS = 30
YEAR_DAYS = 365
MONTH_BUSINESS_DAYS = 21
YEAR_BUSINESS_DAYS = 252
_LEGAL_RATE_PLACES = Decimal("0.000001")
_PER_CENT = 100


class RatePeriod(StrEnum):
    """What a rate is stated for."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class DayCount(StrEnum):
    """Which days bear interest."""

    CALENDAR = "calendar"
    BUSINESS = "business"


class MonthLength(StrEnum):
    """How many days a month's rate is spread over."""

    THIRTY = "30"
    ACTUAL = "actual"


_DAYS_OF = {
    (RatePeriod.DAY, DayCount.CALENDAR): 1,
    (RatePeriod.MONTH, DayCount.CALENDAR): MONTH_DAYS,
    (RatePeriod.YEAR, DayCount.CALENDAR): YEAR_DAYS,
    (RatePeriod.DAY, DayCount.BUSINESS): 1,
    (RatePeriod.MONTH, DayCount.BUSINESS): MONTH_BUSINESS_DAYS,
    (RatePeriod.YEAR, DayCount.BUSINESS): YEAR_BUSINESS_DAYS,
}


@dataclass(frozen=True, slots=True)
class InterestRate:
    """Per cent of the principal per day, month or year, pro rata by the day."""

    percent: Decimal
    per: RatePeriod = RatePeriod.MONTH
    days: DayCount = DayCount.CALENDAR
    month: MonthLength = MonthLength.THIRTY

    def __post_init__(self) -> None:
        is_monthly = (self.per, self.days) == (RatePeriod.MONTH, DayCount.CALENDAR)
        if self.month is MonthLength.ACTUAL and not is_monthly:
            msg = "only a rate per month of calendar days can follow the actual month"
            raise ValueError(msg)

    def accrued(self, base: Money, after: date, until: date) -> Fraction:
        """Return the exact interest, in centavos, of the days after one day until another."""
        if self.month is MonthLength.ACTUAL:
            share = sum((Fraction(n, length) for _, n, length in _months(after, until)), Fraction())
        else:
            share = Fraction(days_between(self.days, after, until), _DAYS_OF[self.per, self.days])
        above, below = self.percent.as_integer_ratio()
        return Fraction(
            base.centavos * above * share.numerator, _PER_CENT * below * share.denominator
        )


@dataclass(frozen=True, slots=True)
class InterestAmount:
    """A fixed amount for every day, whatever the principal."""

    per_day: Money
    days: DayCount = DayCount.CALENDAR

    def accrued(self, base: Money, after: date, until: date) -> Fraction:
        """Return the interest, in centavos, of the days after one day until another."""
        if not base:
            return Fraction()
        return Fraction(self.per_day.centavos * days_between(self.days, after, until))


class LegalRateMissing(ValueError):
    """The table of the legal rate has no entry for a month that bears interest."""


@dataclass(frozen=True, slots=True)
class LegalRate:
    """The legal rate of each month, for debts whose contract states none.

    ``table`` maps the first day of a month to that month's rate in per cent, as the central bank
    publishes it (SGS series 29543); months bear simple interest, a part of one pro rata.
    """

    table: Mapping[date, Decimal]

    @property
    def days(self) -> DayCount:
        """Every calendar day bears interest."""
        return DayCount.CALENDAR

    def accrued(self, base: Money, after: date, until: date) -> Fraction:
        """Return the exact interest, in centavos, of the days after one day until another.

        Raises:
            LegalRateMissing: the table lacks a month of the period.
        """
        total = Fraction()
        for month, days, length in _months(after, until):
            rate = self.table.get(month)
            if rate is None:
                msg = f"no legal rate for {month:%Y-%m}"
                raise LegalRateMissing(msg)
            total += Fraction(rate) * Fraction(days, length)
        return base.centavos * total / _PER_CENT


Interest = InterestRate | InterestAmount | LegalRate


def legal_rate_of_month(selic_factor: Decimal, ipca_factor: Decimal) -> Decimal:
    """Work out a month's legal rate, in per cent with six places, from last month's two factors.

    >>> legal_rate_of_month(Decimal("1.00900000"), Decimal("1.00200000"))
    Decimal('0.698603')
    >>> legal_rate_of_month(Decimal("1.00100000"), Decimal("1.00500000"))
    Decimal('0.000000')
    """
    exact = (selic_factor / ipca_factor - 1) * _PER_CENT
    return max(Decimal(0), exact).quantize(_LEGAL_RATE_PLACES, rounding=ROUND_HALF_EVEN)


def days_between(days: DayCount, after: date, until: date) -> int:
    """Count the days after one day until another, the last one included."""
    if days is DayCount.BUSINESS:
        return business_days_between(after, until)
    return (until - after).days


def _months(after: date, until: date) -> Iterator[tuple[date, int, int]]:
    """Yield each month touched by the days after one day until another: first, days, length."""
    day = after + timedelta(days=1)
    while day <= until:
        first = day.replace(day=1)
        following = (first + timedelta(days=31)).replace(day=1)
        last = min(until, following - timedelta(days=1))
        yield first, (last - day).days + 1, (following - first).days
        day = following


RULES = (
    Rule(
        "interest.simple",
        "Default interest is simple: it is worked out on the principal and never on interest.",
        "Código Civil art. 406; Decreto 22.626/1933 art. 4 (no interest on interest)",
    ),
    Rule(
        "interest.month_of_30_days",
        "A rate per month is spread over thirty days, or over the actual month where agreed.",
        "Manual de Padrões para Iniciação do Pix (n = 30), quoted in bacen/pix-api issue 607",
        f"{MONTH_DAYS} days",
    ),
    Rule(
        "interest.year",
        "A rate per year is spread over the days of a year, calendar or business.",
        "our convention, customary in Brazilian finance; the Pix manual's own n was not at hand",
        f"{YEAR_DAYS} calendar days or {YEAR_BUSINESS_DAYS} business days",
    ),
    Rule(
        "interest.month_of_business_days",
        "A rate per month of business days is spread over a twelfth of the business year.",
        "our convention (252 / 12); the Pix manual's own n was not at hand",
        f"{MONTH_BUSINESS_DAYS} days",
    ),
    Rule(
        "interest.exact_until_rounded",
        "The daily factor is never rounded; only the final amount of the component is.",
        "bacen/pix-api issue 607 (30,000.00 at 1 % a month is 10.00 a day)",
    ),
    Rule(
        "interest.legal_rate",
        "Where nothing was agreed, SELIC less IPCA applies, never below zero, month by month.",
        "Código Civil art. 406 (Lei 14.905/2024); Res. CMN 5.171/2024 art. 6; SGS series 29543",
        "off: the contract's rate applies",
    ),
)
