"""The Brazilian bank calendar, by rule, for any year; due-date roll; business-day arithmetic.

Source: Res. CMN 4.880/2020 and ANBIMA's holiday note: Saturdays, Sundays, national holidays,
Carnival Monday and Tuesday, and Corpus Christi are not business days; Ash Wednesday, 24 and 31
December are. 20 November is national since 2024 (Lei 14.759/2023).
"""

from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

_FIXED = ((1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (12, 25))
_ONE_DAY = timedelta(days=1)
_FIRST_YEAR_OF_BLACK_AWARENESS_DAY = 2024
_SATURDAY = 5
SUNDAY = 6


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


@lru_cache(maxsize=64)
def bank_holidays(year: int) -> frozenset[date]:
    """Return the days of a year, weekends included, on which banks do not settle."""
    days = {date(year, month, day) for month, day in _FIXED}
    if year >= _FIRST_YEAR_OF_BLACK_AWARENESS_DAY:
        days.add(date(year, 11, 20))
    sunday = easter(year)
    days |= {sunday + timedelta(days=n) for n in (-48, -47, -2, 60)}
    return frozenset(days)


@lru_cache(maxsize=64)
def national_holidays(year: int) -> frozenset[date]:
    """Return the national public holidays: the bank's, less Carnival and Corpus Christi."""
    sunday = easter(year)
    return bank_holidays(year) - {sunday + timedelta(days=n) for n in (-48, -47, 60)}


def is_business_day(day: date) -> bool:
    """Tell whether banks settle on ``day``."""
    return day.weekday() < _SATURDAY and day not in bank_holidays(day.year)


@lru_cache(maxsize=4096)
def roll(day: date, convention: BusinessDays = BusinessDays.FOLLOWING) -> date:
    """Move a date that is not a business day, as the convention says.

    >>> roll(date(2026, 2, 14)), roll(date(2026, 2, 14), BusinessDays.PRECEDING)
    (datetime.date(2026, 2, 18), datetime.date(2026, 2, 13))
    """
    if convention is BusinessDays.NONE:
        return day
    step = _ONE_DAY if convention is BusinessDays.FOLLOWING else -_ONE_DAY
    while not is_business_day(day):
        day += step
    return day


def add_business_days(day: date, count: int) -> date:
    """Return the ``count``-th business day after ``day`` (the day itself does not count).

    >>> add_business_days(date(2026, 11, 19), 5)
    datetime.date(2026, 11, 27)
    """
    for _ in range(count):
        day = roll(day + _ONE_DAY)
    return day
