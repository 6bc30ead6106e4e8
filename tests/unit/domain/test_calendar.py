import json
from datetime import date, timedelta
from functools import cache

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.calendar import (
    NO_DATES,
    RULES,
    SUNDAY,
    BusinessDays,
    add_business_days,
    bank_holidays,
    business_days_between,
    easter,
    is_business_day,
    month_length,
    national_holidays,
    roll,
)
from tests.shared_data import shared_data_path

YEARS = range(1990, 2079)
days = st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 12, 31))
counts = st.integers(min_value=-900, max_value=900)
extras = st.frozensets(st.dates(min_value=date(2026, 1, 1), max_value=date(2027, 12, 31)))
days_near_extras = st.dates(min_value=date(2025, 12, 1), max_value=date(2028, 1, 31))


@cache
def public_holidays() -> frozenset[date]:
    return frozenset(holidays.country_holidays("BR", years=YEARS))


@cache
def carnival_and_corpus_christi() -> frozenset[date]:
    optional = holidays.country_holidays(
        "BR", years=YEARS, categories=("public", "optional"), language="pt_BR"
    )
    moving = ("Carnaval", "Corpus Christi")
    return frozenset(day for day, name in optional.items() if any(word in name for word in moving))


def test_national_holidays_agree_with_an_independent_calendar() -> None:
    """In every year: it too counts All Souls' Day before the law of 2002 named it."""
    ours = {day for year in YEARS for day in national_holidays(year)}
    assert ours == public_holidays()


def test_banks_also_rest_on_carnival_and_corpus_christi() -> None:
    """Optional days in the independent calendar, whose bank variants close two days too many."""
    moving = carnival_and_corpus_christi()
    assert len(moving) == 3 * len(YEARS)
    for year in YEARS:
        of_year = {day for day in moving if day.year == year}
        assert bank_holidays(year) == national_holidays(year) | of_year


def test_easter_is_a_sunday_of_spring_in_every_year_of_the_gregorian_calendar() -> None:
    for year in range(1583, 4100):
        assert easter(year).weekday() == SUNDAY
        assert date(year, 3, 22) <= easter(year) <= date(year, 4, 25)


@pytest.mark.shared_data
def test_bank_holidays_agree_with_the_published_calendar() -> None:
    known = json.loads(shared_data_path("bank_calendar.json").read_text())
    assert sorted(known["bank_holidays"]) == [str(year) for year in range(2024, 2031)]
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
        (date(1979, 10, 12), "a holiday only since 1980"),
        (date(2026, 7, 9), "a state holiday of São Paulo"),
    ],
)
def test_days_that_only_look_like_holidays_are_business_days(day: date, why: str) -> None:
    assert is_business_day(day), why


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2024, 11, 20), "the first year of Lei 14.759/2023"),
        (date(1982, 10, 12), "Lei 6.802/1980"),
        (date(2001, 11, 2), "All Souls' Day before the law named it: banks were closed"),
        (date(2026, 2, 16), "Carnival Monday"),
        (date(2026, 6, 4), "Corpus Christi"),
        (date(2026, 4, 3), "Good Friday"),
        (date(2026, 11, 21), "a Saturday"),
    ],
)
def test_days_on_which_banks_do_not_settle(day: date, why: str) -> None:
    assert not is_business_day(day), why


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


def walked(day: date, count: int, extra: frozenset[date]) -> date:
    """Count the slow way: one day after the other."""
    step = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while not is_business_day(day, extra=extra):
            day += step
    return day


@given(days, st.integers(min_value=-60, max_value=60))
def test_adding_business_days_is_what_walking_them_gives(day: date, count: int) -> None:
    assert add_business_days(day, count) == walked(day, count, NO_DATES)


@given(days_near_extras, st.integers(min_value=-30, max_value=30), extras)
def test_extra_holidays_are_walked_over_too(day: date, count: int, extra: frozenset[date]) -> None:
    end = add_business_days(day, count, extra=extra)
    assert end == walked(day, count, extra)
    assert is_business_day(end, extra=extra) or count == 0
    assert roll(day, extra=extra) == walked(day - timedelta(days=1), 1, extra)


def test_a_holiday_passed_as_data_is_no_business_day() -> None:
    wednesday, state_holiday, friday = (date(2026, 7, day) for day in (8, 9, 10))
    extra = frozenset({state_holiday})
    assert not is_business_day(state_holiday, extra=extra)
    assert roll(state_holiday, BusinessDays.PRECEDING, extra=extra) == wednesday
    assert add_business_days(wednesday, 1, extra=extra) == friday
    assert business_days_between(wednesday, friday, extra=extra) == 1
    assert business_days_between(wednesday, friday) == 2, "unless it is passed, it changes nothing"


@given(days, days)
def test_business_days_between_are_counted_one_by_one(one: date, other: date) -> None:
    first, second = min(one, other), min(max(one, other), min(one, other) + timedelta(days=1500))
    passed = (first + timedelta(days=n + 1) for n in range((second - first).days))
    counted = sum(is_business_day(day) for day in passed)
    assert business_days_between(first, second) == counted
    assert business_days_between(second, first) == -counted


@given(days, days, days)
def test_counts_of_adjoining_spans_add_up(one: date, two: date, three: date) -> None:
    whole = business_days_between(one, three)
    assert whole == business_days_between(one, two) + business_days_between(two, three)


@given(days, counts)
def test_counting_undoes_adding(day: date, count: int) -> None:
    start = roll(day)
    assert business_days_between(start, add_business_days(start, count)) == count
    assert add_business_days(add_business_days(start, count), -count) == start


@given(days)
def test_no_business_days_leave_a_date_where_it_is(day: date) -> None:
    assert add_business_days(day, 0) == day
    assert business_days_between(day, day) == 0


@pytest.mark.parametrize(
    ("after", "until", "count", "why"),
    [
        (date(2026, 11, 19), date(2026, 11, 23), 1, "a holiday and a weekend count nothing"),
        (date(2026, 11, 20), date(2026, 11, 21), 0, "from a holiday to a Saturday"),
        (date(2025, 12, 31), date(2026, 12, 31), 249, "261 weekdays of 2026 less 12 holidays"),
        (
            date(2023, 12, 31),
            date(2024, 12, 31),
            253,
            "a leap year with 20 November, new that year",
        ),
    ],
)
def test_business_days_of_known_spans(after: date, until: date, count: int, why: str) -> None:
    assert business_days_between(after, until) == count, why


def test_counting_over_a_century_is_a_matter_of_years_not_of_days() -> None:
    total = business_days_between(date(1990, 1, 1), date(2090, 1, 1))
    assert add_business_days(date(1990, 1, 1), total) <= date(2090, 1, 1)
    assert 250 <= total / 100 <= 252


def test_beyond_the_calendar_is_an_error_that_is_documented() -> None:
    with pytest.raises(ValueError, match="year"):
        add_business_days(date(9999, 12, 1), 60)
    with pytest.raises(ValueError, match="year"):
        add_business_days(date(1, 1, 10), -60)


def test_the_length_of_every_month() -> None:
    for year in range(1990, 2101):
        lengths = [month_length(year, month) for month in range(1, 13)]
        assert sum(lengths) == (date(year + 1, 1, 1) - date(year, 1, 1)).days
        assert lengths[1] == (date(year, 3, 1) - date(year, 2, 1)).days


def test_easter_of_the_extreme_years() -> None:
    """22 March and 25 April are the earliest and latest there can be."""
    assert [easter(y) for y in (1818, 1943, 2038)] == [
        date(1818, 3, 22),
        date(1943, 4, 25),
        date(2038, 4, 25),
    ]


def test_rules_are_named_once_and_state_the_default() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert all(code.startswith("calendar.") for code in codes)
    assert {rule.default for rule in RULES if rule.code == "calendar.roll"} == {"following"}
