"""The four digits of a barcode that say when a boleto is due.

A factor counts days from 7 October 1997 and, since it has only four digits, starts over at 1000
every 9,000 days: first on 22 February 2025. So one factor stands for many dates, and the day of
reading decides. The window a factor may be read in is narrower than the cycle: between its two
ends lie 499 days to which no readable factor belongs, and those are refused rather than guessed.

Factors below 1000 exist once, for the dates before 3 July 2000.

Source: BCB Carta-Circular 2.926/2000 (factor; 0000 is none); Comunicado FEBRABAN 082/2012 (reset
and window; its example: on 12 March 2014, factor 6000, from factor 3000 to 2500), as quoted in
boletonet and brcobranca (read November 2026).
"""

from datetime import date

from regua.domain.errors import InvalidInput
from regua.domain.rules import Rule

DAYS_BACK = 3000
DAYS_AHEAD = 5500
CYCLE_DAYS = 9000
FIRST_OF_CYCLE = 1000
LAST_OF_CYCLE = FIRST_OF_CYCLE + CYCLE_DAYS - 1
DAY_ZERO = date(1997, 10, 7)

_ZERO = DAY_ZERO.toordinal()
RESET = date.fromordinal(_ZERO + LAST_OF_CYCLE + 1)
_LAST_DAY = date.max.toordinal()


def encode(due: date) -> int:
    """Return the factor of a due date; only dates after 7 October 1997 have one.

    >>> encode(date(2025, 2, 21)), encode(date(2025, 2, 22)), encode(date(2026, 11, 22))
    (9999, 1000, 1638)

    Raises:
        InvalidInput: the date is on or before day zero.
    """
    days = due.toordinal() - _ZERO
    if days <= 0:
        raise InvalidInput.at("due_date", f"boletos cannot be due before {DAY_ZERO}, or on it")
    if days <= LAST_OF_CYCLE:
        return days
    return (days - FIRST_OF_CYCLE) % CYCLE_DAYS + FIRST_OF_CYCLE


def decode(factor: int, today: date) -> date | None:
    """Return the due date a factor stands for on the day it is read; factor 0 is no due date.

    >>> decode(9999, date(2026, 11, 22)), decode(1000, date(2025, 2, 21))
    (datetime.date(2025, 2, 21), datetime.date(2025, 2, 22))

    Raises:
        InvalidInput: it is not four digits, or no date it stands for is in the window.
    """
    if not 0 <= factor <= LAST_OF_CYCLE:
        raise InvalidInput.at("due_factor", f"is not between 0 and {LAST_OF_CYCLE}")
    if factor == 0:
        return None
    earliest = today.toordinal() - DAYS_BACK
    due = _ZERO + factor
    if factor >= FIRST_OF_CYCLE and due < earliest:
        due += -(-(earliest - due) // CYCLE_DAYS) * CYCLE_DAYS
    if not earliest <= due <= min(earliest + DAYS_BACK + DAYS_AHEAD, _LAST_DAY):
        raise InvalidInput.at(
            "due_factor",
            f"stands for no date from {DAYS_BACK} days before to {DAYS_AHEAD} days after today",
        )
    return date.fromordinal(due)


RULES = (
    Rule(
        "boleto.due_factor.cycle",
        f"The due factor counts days from {DAY_ZERO}; after {LAST_OF_CYCLE} it starts over at"
        f" {FIRST_OF_CYCLE}, first on {RESET}, and again every {CYCLE_DAYS} days.",
        "BCB Carta-Circular 2.926/2000; Comunicado FEBRABAN 082/2012",
    ),
    Rule(
        "boleto.due_factor.window",
        f"A due factor is read as a date from {DAYS_BACK} days before to {DAYS_AHEAD} days after"
        " the day of reading; outside that window it is refused.",
        "Comunicado FEBRABAN 082/2012",
    ),
    Rule(
        "boleto.due_factor.none",
        "Factor 0000 means that the boleto states no due date.",
        "BCB Carta-Circular 2.926/2000",
    ),
    Rule(
        "boleto.due_factor.before_cycle",
        f"A factor from 1 to {FIRST_OF_CYCLE - 1} stands only for its date before 2000-07-03,"
        " never for one of a later cycle.",
        "our convention: the published cycle starts at 1000, and the older reading of a leading"
        " zero, no factor and a 14-digit amount, cannot be told from a typing error",
    ),
)
