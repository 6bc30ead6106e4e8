"""The codes (``modalidade``) of a Pix charge's fine, interest, rebate and discount.

These are plain `Enum` members and no integers, on purpose: CNAB numbers its kinds of interest
differently (5 is "exempt" there and an amount per business day here), and a code of one table must
never equal a code of the other.

Source: BCB, API Pix 2.9.0, schema CobVValor.
"""

from enum import Enum


class PixFine(Enum):
    """``multa``: once, from the day after the due date."""

    FIXED = 1
    PERCENT = 2


class PixInterest(Enum):
    """``juros``: for every day, month or year late."""

    VALUE_PER_CALENDAR_DAY = 1
    PERCENT_PER_CALENDAR_DAY = 2
    PERCENT_PER_CALENDAR_MONTH = 3
    PERCENT_PER_CALENDAR_YEAR = 4
    VALUE_PER_BUSINESS_DAY = 5
    PERCENT_PER_BUSINESS_DAY = 6
    PERCENT_PER_BUSINESS_MONTH = 7
    PERCENT_PER_BUSINESS_YEAR = 8


class PixRebate(Enum):
    """``abatimento``: whenever the charge is paid."""

    FIXED = 1
    PERCENT = 2


class PixDiscount(Enum):
    """``desconto``: for paying early, until a date or for every day of it."""

    FIXED_UNTIL_DATES = 1
    PERCENT_UNTIL_DATES = 2
    VALUE_PER_CALENDAR_DAY = 3
    VALUE_PER_BUSINESS_DAY = 4
    PERCENT_PER_CALENDAR_DAY = 5
    PERCENT_PER_BUSINESS_DAY = 6


UNTIL_DATES = frozenset((PixDiscount.FIXED_UNTIL_DATES, PixDiscount.PERCENT_UNTIL_DATES))

PixMode = PixFine | PixInterest | PixRebate | PixDiscount


def is_percent(mode: PixMode) -> bool:
    """Tell whether the value beside a code is a percentage and not an amount.

    >>> [mode.value for mode in PixInterest if not is_percent(mode)]
    [1, 5]
    """
    return mode.name.startswith("PERCENT")
