"""The bank-business-day rule by an independent source, to judge the system's answers.

The product computes holidays by rule (`regua.domain.calendar`); this module asks the PyPI
package `holidays` instead, so that an error in one shows as a difference in the report.

Source: Res. CMN 4.880/2020: Saturdays, Sundays, national holidays, Carnival Monday and Tuesday
and Corpus Christi are not banking days. Lei 7.089/1983: paid on the next one is on time.
"""

from datetime import date, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

_SATURDAY, _SUNDAY = 5, 6
_CAPITALS_ELSEWHERE = {
    "AC": "Rio_Branco",
    "AM": "Manaus",
    "MS": "Campo_Grande",
    "MT": "Cuiaba",
    "RO": "Porto_Velho",
    "RR": "Boa_Vista",
}
_BANKS_CLOSED_BY_CUSTOM = ("Carnaval", "Corpus Christi")


@cache
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("BR", years=year))


@cache
def _closed_days(year: int) -> frozenset[date]:
    optional = holidays.country_holidays(
        "BR", years=year, categories=("optional",), language="pt_BR"
    )
    custom = {day for day, name in optional.items() if name in _BANKS_CLOSED_BY_CUSTOM}
    return _public_holidays(year) | custom


def is_banking_day(day: date) -> bool:
    """Tell whether banks settle on ``day``.

    >>> is_banking_day(date(2024, 5, 1)), is_banking_day(date(2026, 2, 18))
    (False, True)
    """
    return day.weekday() < _SATURDAY and day not in _closed_days(day.year)


def kind_of_day(day: date) -> str:
    """Return which of a ruler's hours hold: those of a weekday, a Saturday, or a day of rest.

    >>> kind_of_day(date(2026, 11, 20)), kind_of_day(date(2026, 11, 21))
    ('sunday_and_holiday', 'saturday')
    """
    if day.weekday() == _SUNDAY or day in _public_holidays(day.year):
        return "sunday_and_holiday"
    return "saturday" if day.weekday() == _SATURDAY else "weekday"


def clock_of(uf: str | None) -> ZoneInfo:
    """Return the clock of a state's capital; Brasília's where the state is not known.

    Source: the IANA time zone database, which names zones by their largest towns.
    """
    return ZoneInfo(f"America/{_CAPITALS_ELSEWHERE.get(uf or '', 'Sao_Paulo')}")


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
