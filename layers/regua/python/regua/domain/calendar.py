"""The Brazilian bank calendar, by rule, for any year; due-date roll; business-day arithmetic.

Holidays of a state or a town do not move a due date (`regua.domain.state_holidays` is for contact
hours). A creditor whose contracts say otherwise passes the dates as ``extra``.

Source: Res. CMN 4.880/2020 and ANBIMA's holiday note: Saturdays, Sundays, national holidays,
Carnival Monday and Tuesday, and Corpus Christi are not business days; Ash Wednesday, 24 and 31
December are. 20 November is national since 2024 (Lei 14.759/2023).
"""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from regua.domain.rules import Rule

_FIXED = ((1, 1), (4, 21), (5, 1), (9, 7), (11, 2), (11, 15), (12, 25))
_SINCE = ((1980, 10, 12), (2024, 11, 20))
"""(first year, month, day) of national holidays younger than the others."""
_GOOD_FRIDAY = -2
CARNIVAL_MONDAY = -48
CARNIVAL_TUESDAY = -47
CORPUS_CHRISTI = 60
_BANKS_ONLY = (CARNIVAL_MONDAY, CARNIVAL_TUESDAY, CORPUS_CHRISTI)
"""Days from Easter on which banks do not settle although no federal law says so."""
_ONE_DAY = timedelta(days=1)
_SATURDAY = 5
SUNDAY = 6
NO_DATES: frozenset[date] = frozenset()


class BusinessDays(StrEnum):
    """Where a date that is not a business day moves to."""

    FOLLOWING = "following"
    PRECEDING = "preceding"
    NONE = "none"


def easter(year: int) -> date:
    """Return Easter Sunday (Gregorian), by the anonymous algorithm of 1876.

    >>> easter(2026)
    datetime.date(2026, 4, 5)
    """
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), f = divmod(b, 4), (b + 8) // 25
    h = (19 * a + b - d - (b - f + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    ell = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * ell) // 451
    month, day = divmod(h + ell - 7 * m + 114, 31)
    return date(year, month, day + 1)


def from_easter(year: int, days: int) -> date:
    """Return the date so many days after (or before) Easter Sunday.

    >>> from_easter(2026, CORPUS_CHRISTI)
    datetime.date(2026, 6, 4)
    """
    return easter(year) + timedelta(days=days)


def month_length(year: int, month: int) -> int:
    """Return how many days a month has.

    >>> month_length(2026, 2), month_length(2028, 2)
    (28, 29)
    """
    return monthrange(year, month)[1]


@lru_cache(maxsize=256)
def bank_holidays(year: int) -> frozenset[date]:
    """Return the days of a year, weekends included, on which banks do not settle."""
    return national_holidays(year) | {from_easter(year, days) for days in _BANKS_ONLY}


@lru_cache(maxsize=256)
def national_holidays(year: int) -> frozenset[date]:
    """Return the national public holidays, weekends included."""
    fixed = {date(year, month, day) for month, day in _FIXED}
    younger = {date(year, month, day) for since, month, day in _SINCE if year >= since}
    return frozenset(fixed | younger | {from_easter(year, _GOOD_FRIDAY)})


def is_business_day(day: date, *, extra: frozenset[date] = NO_DATES) -> bool:
    """Tell whether banks settle on ``day`` and it is none of the ``extra`` holidays."""
    return day.weekday() < _SATURDAY and day not in bank_holidays(day.year) and day not in extra


@lru_cache(maxsize=4096)
def roll(
    day: date,
    convention: BusinessDays = BusinessDays.FOLLOWING,
    *,
    extra: frozenset[date] = NO_DATES,
) -> date:
    """Move a date that is not a business day, as the convention says.

    >>> roll(date(2026, 2, 14)), roll(date(2026, 2, 14), BusinessDays.PRECEDING)
    (datetime.date(2026, 2, 18), datetime.date(2026, 2, 13))
    >>> roll(date(2026, 7, 9), extra=frozenset({date(2026, 7, 9)}))
    datetime.date(2026, 7, 10)
    """
    if convention is BusinessDays.NONE:
        return day
    step = _ONE_DAY if convention is BusinessDays.FOLLOWING else -_ONE_DAY
    while not is_business_day(day, extra=extra):
        day += step
    return day


def add_business_days(day: date, count: int, *, extra: frozenset[date] = NO_DATES) -> date:
    """Return the ``count``-th business day after ``day`` (the day itself does not count).

    A negative count goes back; 0 returns ``day`` as it is, business day or not.

    >>> add_business_days(date(2026, 11, 19), 5), add_business_days(date(2026, 11, 21), -1)
    (datetime.date(2026, 11, 27), datetime.date(2026, 11, 19))

    Raises:
        ValueError: when the answer lies outside the years 1 to 9999.
    """
    if count == 0:
        return day
    year = day.year
    days = _business_days(year, extra)
    passed = bisect_right(days, day) - 1 if count > 0 else bisect_left(days, day)
    place = passed + count
    while place >= len(days):
        place -= len(days)
        year += 1
        days = _business_days(year, extra)
    while place < 0:
        year -= 1
        days = _business_days(year, extra)
        place += len(days)
    return days[place]


def business_days_between(after: date, until: date, *, extra: frozenset[date] = NO_DATES) -> int:
    """Count the business days after one day until another, the last one included.

    Negative when the second day comes first, so that counts of adjoining spans always add up.

    >>> business_days_between(date(2026, 11, 19), date(2026, 11, 27))
    5
    >>> business_days_between(date(2026, 11, 27), date(2026, 11, 19))
    -5
    """
    if until < after:
        return -business_days_between(until, after, extra=extra)
    whole_years = sum(len(_business_days(year, extra)) for year in range(after.year, until.year))
    passed = bisect_right(_business_days(after.year, extra), after)
    return whole_years + bisect_right(_business_days(until.year, extra), until) - passed


@lru_cache(maxsize=256)
def _business_days(year: int, extra: frozenset[date]) -> tuple[date, ...]:
    """Return the business days of a year in order: counting is then a search, not a walk."""
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    days = map(date.fromordinal, range(first, last + 1))
    return tuple(day for day in days if is_business_day(day, extra=extra))


RULES = (
    Rule(
        "calendar.bank",
        "Banks do not settle on Saturdays, Sundays, national holidays, Carnival Monday and Tuesday"
        f" ({-CARNIVAL_MONDAY} and {-CARNIVAL_TUESDAY} days before Easter) and Corpus Christi"
        f" ({CORPUS_CHRISTI} days after it).",
        "Res. CMN 4.880/2020; ANBIMA, feriados bancários",
        "the bank calendar; a creditor may pass extra dates",
    ),
    Rule(
        "calendar.bank.open",
        "Ash Wednesday, 24 and 31 December are business days.",
        "Res. CMN 4.880/2020; BCB API Pix, cobv examples D and E (31 December 2020)",
    ),
    Rule(
        "calendar.national",
        "National holidays: "
        + ", ".join(f"{day:02d}/{month:02d}" for month, day in _FIXED)
        + "".join(f", {day:02d}/{month:02d} since {since}" for since, month, day in _SINCE)
        + " and Good Friday.",
        "Lei 662/1949 as amended by Lei 10.607/2002; Lei 6.802/1980 (12/10); Lei 14.759/2023"
        " (20/11); Lei 9.093/1995, art. 2 (Good Friday)",
    ),
    Rule(
        "calendar.national.all_souls",
        "2 November counts in every year, though federal law names it only since Lei 10.607/2002.",
        "our convention: a religious holiday everywhere before, and closed in ANBIMA's table",
    ),
    Rule(
        "calendar.roll",
        "A due date that is no business day moves to one.",
        "Lei 7.089/1983, art. 1",
        BusinessDays.FOLLOWING.value,
    ),
    Rule(
        "calendar.count",
        "Business days are counted after the first day until the last one, which is included.",
        "CPC art. 224 (the first day is left out, the last is counted)",
    ),
)
"""What this module holds to be right, for docs/rules.md."""
