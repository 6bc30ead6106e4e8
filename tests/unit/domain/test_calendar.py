import json
from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.calendar import (
    BusinessDays,
    add_business_days,
    bank_holidays,
    easter,
    is_business_day,
    national_holidays,
    roll,
)
from tests.shared_data import shared_data_path

YEARS = range(2020, 2041)
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 12, 31))


@pytest.mark.parametrize("year", YEARS)
def test_national_holidays_agree_with_an_independent_calendar(year: int) -> None:
    assert national_holidays(year) == set(holidays.country_holidays("BR", years=year))


@pytest.mark.parametrize("year", YEARS)
def test_banks_also_rest_on_carnival_and_corpus_christi(year: int) -> None:
    public = holidays.country_holidays(
        "BR", years=year, categories=("public", "optional"), language="pt_BR"
    )
    moving = {
        day
        for day, name in public.items()
        if any(word in name for word in ("Carnaval", "Corpus Christi"))
    }
    assert len(moving) == 3
    assert bank_holidays(year) == national_holidays(year) | moving


@pytest.mark.shared_data
def test_bank_holidays_agree_with_the_published_calendar() -> None:
    known = json.loads(shared_data_path("bank_calendar.json").read_text())
    for year, rows in known["bank_holidays"].items():
        assert bank_holidays(int(year)) == {date.fromisoformat(r["date"]) for r in rows}
    for row in known["roll_forward"]:
        assert roll(date.fromisoformat(row["date"])).isoformat() == row["next_business"]
    for row in known["sumula548_5_business_days"]:
        fifth = add_business_days(date.fromisoformat(row["paid"]), 5)
        assert fifth.isoformat() == row["deadline_5bd"]


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 2, 18), "Ash Wednesday: banks open at noon and settle"),
        (date(2026, 12, 24), "Christmas Eve"),
        (date(2026, 12, 31), "New Year's Eve"),
        (date(2023, 11, 20), "a holiday only since 2024"),
        (date(2026, 7, 9), "a state holiday of São Paulo"),
    ],
)
def test_days_that_only_look_like_holidays_are_business_days(day: date, why: str) -> None:
    assert is_business_day(day), why


@given(days, st.sampled_from(BusinessDays))
def test_rolling_reaches_the_nearest_business_day_of_its_direction(
    day: date, convention: BusinessDays
) -> None:
    rolled = roll(day, convention)
    if convention is BusinessDays.NONE:
        assert rolled == day
        return
    assert is_business_day(rolled)
    between = (min(day, rolled), max(day, rolled))
    passed = [between[0] + timedelta(days=n) for n in range((between[1] - between[0]).days + 1)]
    assert not any(is_business_day(d) for d in passed if d != rolled)
    assert (rolled >= day) is (convention is BusinessDays.FOLLOWING or rolled == day)


@given(days, days)
def test_rolling_keeps_the_order_of_two_dates(one: date, other: date) -> None:
    first, second = sorted((one, other))
    assert roll(first) <= roll(second)


@given(days, st.integers(min_value=0, max_value=40))
def test_business_days_are_counted_one_by_one(day: date, count: int) -> None:
    end = add_business_days(day, count)
    passed = [day + timedelta(days=n + 1) for n in range((end - day).days)]
    assert sum(is_business_day(d) for d in passed) == count


def test_easter_of_the_extreme_years() -> None:
    """22 March and 25 April are the earliest and latest there can be."""
    assert [easter(y) for y in (1818, 1943, 2038)] == [
        date(1818, 3, 22),
        date(1943, 4, 25),
        date(2038, 4, 25),
    ]
