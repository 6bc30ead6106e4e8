"""Until when a debt may be collected at all, by kind of debt.

The term counts from the due date as printed, and ends on the day of the same number: the debt is
prescribed from the day after. Once it is, nobody asks for it any more, neither in court nor by
message (STJ 3ª Turma, REsp 2.088.100/SP; 4ª Turma, REsp 2.104.168). The repetitive Tema 1.264 was
undecided when this was written; forbidding is the safe side.

A debt due on 29 February ends on 28 February, a day before CC art. 132 §3 would have it (the day
that follows, where there is no such day): the error is on the customer's side, and
`regua.domain.decision` draws the same line.
"""

from calendar import isleap
from dataclasses import dataclass
from datetime import MAXYEAR, date
from enum import StrEnum

from regua.domain.errors import InvalidInput
from regua.domain.rules import Rule

WARN_DAYS = (30, 90)
"""How many days before the end somebody is told, nearest first."""
DUPLICATA_EXECUTION_YEARS = 3
_LEAP_DAY = (2, 29)


class DebtKind(StrEnum):
    """What a debt is for, as far as its prescription differs."""

    INSTRUMENT = "instrument"
    """A liquid debt in a public or private instrument: contract, invoice, boleto."""
    RENT = "rent"
    LODGING = "lodging"
    """Hotels, and food and drink served on the spot."""
    ALIMONY = "alimony"
    OTHER = "other"
    """Whatever no shorter term is written for."""


_YEARS = {
    DebtKind.INSTRUMENT: 5,
    DebtKind.RENT: 3,
    DebtKind.LODGING: 1,
    DebtKind.ALIMONY: 2,
    DebtKind.OTHER: 10,
}


def _term(kind: DebtKind, what: str, source: str) -> Rule:
    years = _YEARS[kind]
    return Rule(
        f"prescription.{kind}",
        f"{what} prescribes in {years} year{'s' if years > 1 else ''}; then nobody collects it, "
        "in court or out of it.",
        f"{source}; STJ REsp 2.088.100/SP (no extrajudicial collection either)",
    )


TERM_RULES = {
    DebtKind.INSTRUMENT: _term(
        DebtKind.INSTRUMENT,
        "A liquid debt in an instrument, a boleto included,",
        "Código Civil art. 206 §5 I; STJ REsp 1.763.160 (boleto)",
    ),
    DebtKind.RENT: _term(DebtKind.RENT, "Rent", "Código Civil art. 206 §3 I"),
    DebtKind.LODGING: _term(DebtKind.LODGING, "Lodging", "Código Civil art. 206 §1 I"),
    DebtKind.ALIMONY: _term(DebtKind.ALIMONY, "Alimony", "Código Civil art. 206 §2"),
    DebtKind.OTHER: _term(DebtKind.OTHER, "A debt without a shorter term", "Código Civil art. 205"),
}
BOUNDARY = Rule(
    "prescription.boundary",
    "A debt is prescribed from the day after the same day of the month, years later; one due on "
    "29 February from 1 March.",
    "Código Civil art. 132; our convention for 29 February (a day earlier than art. 132 §3)",
)
INTERRUPTION = Rule(
    "prescription.interruption",
    "The term starts again once: on the day of a protest, an acknowledgment or a court's order.",
    "Código Civil art. 202",
)
WARNING = Rule(
    "prescription.warning",
    "Somebody is told before a debt prescribes.",
    "our convention (time to choose between a protest, an agreement and a lawsuit)",
    " and ".join(f"{days}" for days in reversed(WARN_DAYS)) + " days before",
)
EXECUTION = Rule(
    "prescription.duplicata_execution",
    f"A duplicata can be executed against who owes it for {DUPLICATA_EXECUTION_YEARS} years; it is "
    "still collected after that, until the debt itself prescribes.",
    "Lei 5.474/1968 art. 18 I (from memory of the statute: information, nothing depends on it)",
)
RULES = (*TERM_RULES.values(), BOUNDARY, INTERRUPTION, WARNING, EXECUTION)


@dataclass(frozen=True, slots=True)
class Current:
    """The debt may be collected; the end is not near."""

    until: date


@dataclass(frozen=True, slots=True)
class Warned:
    """The debt may be collected, and prescribes within ``within_days``: `WARN_DAYS` or less."""

    until: date
    within_days: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class Prescribed:
    """The debt must not be collected any more, since a day and by a rule."""

    after: date
    rule: Rule


Standing = Current | Warned | Prescribed


def prescribes_on(due: date, kind: DebtKind, interrupted_on: date | None = None) -> date:
    """Return the day on which the term ends: the last on which the debt may be collected.

    Only one interruption counts: give the first. One after the end revives nothing.

    >>> prescribes_on(date(2021, 11, 10), DebtKind.INSTRUMENT)
    datetime.date(2026, 11, 10)
    >>> prescribes_on(date(2021, 11, 10), DebtKind.RENT, interrupted_on=date(2023, 5, 2))
    datetime.date(2026, 5, 2)

    Raises:
        InvalidInput: the interruption precedes the due date.
    """
    end = years_after(due, _YEARS[kind])
    if interrupted_on is None or interrupted_on > end:
        return end
    if interrupted_on < due:
        raise InvalidInput.at("interrupted_on", "before the due date: nothing to interrupt yet")
    return years_after(interrupted_on, _YEARS[kind])


def standing(
    due: date, today: date, kind: DebtKind, interrupted_on: date | None = None
) -> Standing:
    """Tell how a debt stands on a day.

    >>> standing(date(2021, 11, 10), date(2026, 11, 11), DebtKind.INSTRUMENT).rule.code
    'prescription.instrument'
    """
    end = prescribes_on(due, kind, interrupted_on)
    if today > end:
        return Prescribed(end, TERM_RULES[kind])
    left = (end - today).days
    for days in WARN_DAYS:
        if left <= days:
            return Warned(end, days, WARNING)
    return Current(end)


def executable_until(due: date) -> date:
    """Return until when a duplicata can be executed in court. Information only."""
    return years_after(due, DUPLICATA_EXECUTION_YEARS)


def years_after(day: date, years: int) -> date:
    """Return the same day years later: 28 February where there is no 29, the last where none is.

    >>> years_after(date(2020, 2, 29), 5), years_after(date(9998, 1, 1), 5)
    (datetime.date(2025, 2, 28), datetime.date(9999, 12, 31))
    """
    year = day.year + years
    if year > MAXYEAR:
        return date.max
    if (day.month, day.day) == _LEAP_DAY and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)
