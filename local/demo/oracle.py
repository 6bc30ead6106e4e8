"""The bank-business-day rule by an independent source, to judge the system's answers.

The product computes holidays by rule (`regua.domain.calendar`); this module asks the PyPI
package `holidays` instead, so that an error in one shows as a difference in the report.

Source: Res. CMN 4.880/2020: Saturdays, Sundays, national holidays, Carnival Monday and Tuesday
and Corpus Christi are not banking days. Lei 7.089/1983: paid on the next one is on time.
"""

from datetime import date, timedelta
from functools import cache

import holidays

_SATURDAY = 5
_BANKS_CLOSED_BY_CUSTOM = ("Carnaval", "Corpus Christi")


@cache
def _closed_days(year: int) -> frozenset[date]:
    public = holidays.country_holidays("BR", years=year)
    optional = holidays.country_holidays(
        "BR", years=year, categories=("optional",), language="pt_BR"
    )
    custom = {day for day, name in optional.items() if name in _BANKS_CLOSED_BY_CUSTOM}
    return frozenset(public) | custom


def is_banking_day(day: date) -> bool:
    """Tell whether banks settle on ``day``.

    >>> is_banking_day(date(2024, 5, 1)), is_banking_day(date(2026, 2, 18))
    (False, True)
    """
    return day.weekday() < _SATURDAY and day not in _closed_days(day.year)


def last_punctual_day(due_date: date) -> date:
    """Return the last day on which paying is still on time.

    >>> last_punctual_day(date(2026, 2, 14))
    datetime.date(2026, 2, 18)
    """
    day = due_date
    while not is_banking_day(day):
        day += timedelta(days=1)
    return day


def is_late(due_date: date, paid_on: date) -> bool:
    """Tell whether a payment on ``paid_on`` was late by the bank-business-day rule."""
    return paid_on > last_punctual_day(due_date)
