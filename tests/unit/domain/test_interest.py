from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.interest import (
    DayCount,
    Interest,
    InterestAmount,
    InterestRate,
    LegalRate,
    LegalRateMissing,
    MonthLength,
    RatePeriod,
    legal_rate_of_month,
)
from regua.domain.money import ZERO, Money

FRIDAY = date(2026, 11, 27)
HUNDRED = Money(10_000)
CALENDAR, BUSINESS = DayCount.CALENDAR, DayCount.BUSINESS
DAY, MONTH, YEAR = RatePeriod.DAY, RatePeriod.MONTH, RatePeriod.YEAR
days = st.dates(min_value=date(2021, 1, 1), max_value=date(2030, 12, 31))
rates: st.SearchStrategy[Interest] = st.one_of(
    st.builds(
        InterestRate,
        st.decimals(min_value=0, max_value=20, places=4),
        st.sampled_from(RatePeriod),
        st.sampled_from(DayCount),
    ),
    st.builds(
        lambda percent: InterestRate(percent, month=MonthLength.ACTUAL),
        st.decimals(min_value=0, max_value=20, places=4),
    ),
    st.builds(InterestAmount, st.integers(0, 10_000).map(Money), st.sampled_from(DayCount)),
)


@pytest.mark.parametrize(
    ("interest", "centavos", "why"),
    [
        (InterestAmount(Money(10)), 30, "Pix 1: an amount per calendar day: Sat, Sun, Mon"),
        (InterestRate(Decimal(1), DAY), 300, "Pix 2: per cent per calendar day"),
        (InterestRate(Decimal(1), MONTH), 10, "Pix 3: per cent per month, 3 of 30 days"),
        (InterestRate(Decimal("36.5"), YEAR), 30, "Pix 4: per cent per year, 3 of 365 days"),
        (InterestAmount(Money(10), BUSINESS), 10, "Pix 5: an amount per business day: Monday"),
        (InterestRate(Decimal(1), DAY, BUSINESS), 100, "Pix 6: per cent per business day"),
        (InterestRate(Decimal(21), MONTH, BUSINESS), 100, "Pix 7: 1 of 21 business days"),
        (InterestRate(Decimal(252), YEAR, BUSINESS), 100, "Pix 8: 1 of 252 business days"),
    ],
)
def test_the_eight_ways_to_state_default_interest(
    interest: Interest, centavos: int, why: str
) -> None:
    monday = FRIDAY + timedelta(days=3)
    assert interest.accrued(HUNDRED, FRIDAY, monday) == centavos, why


@pytest.mark.parametrize(
    ("after", "until", "exact", "why"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), Fraction(100), "all of February, whatever its days"),
        (date(2026, 2, 28), date(2026, 3, 31), Fraction(100), "all of March"),
        (date(2026, 1, 30), date(2026, 2, 1), Fraction(100, 31) + Fraction(100, 28), "a day each"),
        (date(2024, 1, 31), date(2024, 2, 29), Fraction(100), "a leap February"),
    ],
)
def test_the_actual_month_has_its_own_number_of_days(
    after: date, until: date, exact: Fraction, why: str
) -> None:
    actual = InterestRate(Decimal(1), month=MonthLength.ACTUAL)
    assert actual.accrued(HUNDRED, after, until) == exact, why


@pytest.mark.parametrize(
    ("per", "days_counted"), [(DAY, CALENDAR), (YEAR, CALENDAR), (MONTH, BUSINESS)]
)
def test_only_a_month_of_calendar_days_can_be_actual(
    per: RatePeriod, days_counted: DayCount
) -> None:
    with pytest.raises(ValueError, match="actual month"):
        InterestRate(Decimal(1), per, days_counted, MonthLength.ACTUAL)


def test_the_legal_rate_is_each_months_own_and_never_compounds() -> None:
    legal = LegalRate({date(2026, 1, 1): Decimal("0.62"), date(2026, 2, 1): Decimal("0.56")})
    assert legal.accrued(HUNDRED, date(2025, 12, 31), date(2026, 2, 28)) == 118
    assert legal.accrued(HUNDRED, date(2026, 1, 30), date(2026, 2, 14)) == 2 + 28


def test_a_month_without_a_legal_rate_is_named() -> None:
    legal = LegalRate({date(2026, 1, 1): Decimal("0.62")})
    with pytest.raises(LegalRateMissing, match="2026-02"):
        legal.accrued(HUNDRED, date(2026, 1, 30), date(2026, 2, 1))


@pytest.mark.parametrize(
    ("selic", "ipca", "percent", "why"),
    [
        ("1.01000000", "1.00000000", "1.000000", "no inflation"),
        ("1.00900000", "1.00200000", "0.698603", "the quotient, not the difference"),
        ("1.00100000", "1.00500000", "0.000000", "never negative (Código Civil art. 406 §3)"),
    ],
)
def test_the_legal_rate_follows_from_two_factors(
    selic: str, ipca: str, percent: str, why: str
) -> None:
    assert legal_rate_of_month(Decimal(selic), Decimal(ipca)) == Decimal(percent), why


@given(rates, st.integers(0, 10**9).map(Money), days, st.integers(0, 400), st.integers(0, 400))
def test_interest_of_two_stretches_is_the_interest_of_both(
    interest: Interest, base: Money, start: date, first: int, second: int
) -> None:
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    whole = interest.accrued(base, start, end)
    assert whole == interest.accrued(base, start, middle) + interest.accrued(base, middle, end)
    assert whole >= 0
    assert interest.accrued(ZERO, start, end) == 0
