"""Deadlines of a protest at the notary's, and who cancels it after payment.

Source: Lei 9.492/1997 art. 12 to 14, as amended by Lei 14.711/2023. The notary counts days on which
banks serve the public at their usual hours (art. 12 §2, and art. 14 §6): Ash Wednesday, Christmas
Eve and the last business day of the year settle payments and yet do not count here. Days off of a
single town are not known to us, so a real deadline may be later, never earlier. Some states' rules
count from the summons instead of the filing; again, that is later.
"""

from datetime import MAXYEAR, date, timedelta

from regua.domain.calendar import (
    BusinessDays,
    add_business_days,
    easter,
    is_business_day,
    roll,
)
from regua.domain.errors import InvalidInput
from regua.domain.rules import Rule

REGISTRATION_DAYS = 3
ELECTRONIC_SUMMONS_DAYS = 3
PAPER_SUMMONS_DAYS = 7
NEGOTIATION_DAYS = 30
CONSENT_LETTER_DAYS = 1

_ASH_WEDNESDAY = timedelta(days=-46)
_ONE_DAY = timedelta(days=1)

REGISTRATION = Rule(
    "protest.registration",
    f"A protest is registered within {REGISTRATION_DAYS} counter days of its filing; summoned on "
    "the last of them or later, on the first one after the summons.",
    "Lei 9.492/1997 art. 12 and art. 13",
)
COUNTER_DAY = Rule(
    "protest.counter_day",
    "Only days on which banks serve the public at their usual hours count.",
    "Lei 9.492/1997 art. 12 §2 and art. 14 §6; which days those are: Febraban's practice",
    "bank business days without Ash Wednesday, 24 December and the last one of the year",
)
ELECTRONIC_SUMMONS = Rule(
    "protest.summons.electronic",
    "A summons by e-mail or messenger counts once receipt is confirmed; without that, after "
    f"{ELECTRONIC_SUMMONS_DAYS} counter days the debtor is summoned on paper.",
    "Lei 9.492/1997 art. 14 §3 and §4 (Lei 14.711/2023)",
)
PAPER_SUMMONS = Rule(
    "protest.summons.paper",
    f"Without its proof of delivery after {PAPER_SUMMONS_DAYS} counter days, the debtor is "
    "summoned by public notice.",
    "Lei 9.492/1997 art. 14 §5 (Lei 14.711/2023)",
)
NEGOTIATION = Rule(
    "protest.negotiation",
    f"The creditor may first have the notary propose a settlement, for at most {NEGOTIATION_DAYS} "
    "days; without an answer it becomes a protest of the original amount.",
    "Lei 9.492/1997 art. 11-A (Lei 14.711/2023)",
)
CANCELLATION = Rule(
    "protest.cancellation",
    "After payment it is for the debtor to have the protest cancelled, unless agreed otherwise.",
    "STJ Tema 725; Lei 9.492/1997 art. 26",
)
CONSENT_LETTER = Rule(
    "protest.consent_letter",
    "The creditor issues the letter of consent at once: without it the debtor cannot cancel.",
    "Lei 9.492/1997 art. 26 §1; the deadline is our convention (the law names none)",
    f"{CONSENT_LETTER_DAYS} business day",
)
RULES = (
    REGISTRATION,
    COUNTER_DAY,
    ELECTRONIC_SUMMONS,
    PAPER_SUMMONS,
    NEGOTIATION,
    CANCELLATION,
    CONSENT_LETTER,
)


def is_counter_day(day: date) -> bool:
    """Tell whether banks serve the public at their usual hours, as far as the nation knows.

    >>> is_counter_day(date(2026, 2, 18)), is_counter_day(date(2026, 2, 19))
    (False, True)
    """
    shortened = (
        easter(day.year) + _ASH_WEDNESDAY,
        date(day.year, 12, 24),
        roll(date(day.year, 12, 31), BusinessDays.PRECEDING),
    )
    return is_business_day(day) and day not in shortened


def registered_on(filed_on: date, summoned_on: date | None = None) -> date:
    """Return the day on which a protest is registered, unless it was paid or withdrawn until then.

    Without a summons yet, the day is the earliest there can be.

    >>> registered_on(date(2026, 11, 18)), registered_on(date(2026, 11, 18), date(2026, 11, 24))
    (datetime.date(2026, 11, 24), datetime.date(2026, 11, 25))

    Raises:
        InvalidInput: the summons precedes the filing, or the calendar ends first.
    """
    last = _counter_days_after("filed_on", filed_on, REGISTRATION_DAYS)
    if summoned_on is None:
        return last
    if summoned_on < filed_on:
        raise InvalidInput.at("summoned_on", "before the filing")
    if summoned_on < last:
        return last
    return _counter_days_after("summoned_on", summoned_on, 1)


def electronic_summons_lapses(sent_on: date) -> date:
    """Return until when receipt must be confirmed; after that day a paper summons follows."""
    return _counter_days_after("sent_on", sent_on, ELECTRONIC_SUMMONS_DAYS)


def paper_summons_lapses(sent_on: date) -> date:
    """Return until when proof of delivery must be back; after that day a public notice follows."""
    return _counter_days_after("sent_on", sent_on, PAPER_SUMMONS_DAYS)


def consent_letter_due(paid_on: date) -> date:
    """Return until when the creditor issues the letter of consent: the customer waits for it."""
    return add_business_days(countable("paid_on", paid_on), CONSENT_LETTER_DAYS)


def countable(path: str, day: date) -> date:
    """Return a day from which days can be counted; refuse the last year of the calendar."""
    if day.year == MAXYEAR:
        raise InvalidInput.at(path, "at the end of the calendar")
    return day


def _counter_days_after(path: str, day: date, count: int) -> date:
    """Return the ``count``-th counter day after a day, which does not count (art. 12 §1)."""
    day = countable(path, day)
    for _ in range(count):
        day += _ONE_DAY
        while not is_counter_day(day):
            day += _ONE_DAY
    return day
