"""When a person may be contacted, as data: our own hours, the laws of the states, and their meet.

A creditor may choose hours of its own. They hold as far as the law of every state that the
customer may be in allows; where no law is known, no further than our own hours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from regua.domain.calendar import SUNDAY, national_holidays
from regua.domain.ruler import Channel, Hours, Span
from regua.domain.rules import Rule
from regua.domain.state_holidays import state_holidays
from regua.domain.time_zones import SAO_PAULO, possible_zones

_SATURDAY = 5
_BY_TELEPHONE = frozenset({Channel.SMS, Channel.WHATSAPP, Channel.VOICE})

EMAIL_HOURS = Hours(weekday=(time(8), time(20)), saturday=(time(8), time(14)))
TELEPHONE_HOURS = Hours(weekday=(time(9), time(19)))
DEFAULT_HOURS: Mapping[Channel, Hours] = {
    Channel.EMAIL: EMAIL_HOURS,
    **dict.fromkeys(_BY_TELEPHONE, TELEPHONE_HOURS),
}
_EMAIL_CEILING = (time(6), time(22))


def _span(span: Span | None) -> str:
    return "closed" if span is None else f"{span[0]:%H:%M}-{span[1]:%H:%M}"


def _written(hours: Hours) -> str:
    return (
        f"Monday to Friday {_span(hours.weekday)}, Saturday {_span(hours.saturday)},"
        f" Sunday and holidays {_span(hours.sunday_and_holiday)}"
    )


OUR_EMAIL_HOURS = Rule(
    "hours.email",
    "E-mail goes out in the customary hours of collection, in every zone the customer may live in.",
    "our convention: CDC arts. 42 and 71 protect rest and leisure and fix no hour",
    _written(EMAIL_HOURS),
)
OUR_TELEPHONE_HOURS = Rule(
    "hours.telephone",
    "SMS, WhatsApp and calls keep to the hours that every known state law allows.",
    "our convention: the intersection of the state laws below; CDC arts. 42 and 71",
    _written(TELEPHONE_HOURS),
)
EMAIL_CEILING = Rule(
    "hours.email.ceiling",
    "A creditor may choose other hours for e-mail, Sundays included, within a ceiling of ours.",
    "our convention: no law fixes hours for e-mail; CDC art. 71 protects rest",
    _span(_EMAIL_CEILING),
)
NATIONAL_HOLIDAY = Rule(
    "hours.holiday",
    "Nobody is contacted on a Sunday or a national holiday.",
    "state laws below; for e-mail our convention",
    "closed",
)
STATE_HOLIDAY = Rule(
    "hours.state_holiday",
    "No SMS, WhatsApp or call on a holiday of a state the customer may be in.",
    "state laws below name holidays without saying whose; the stricter reading",
    "closed",
)
STRICTEST = Rule(
    "hours.strictest",
    "Hours hold in the state of the address and in that of every telephone, in all their zones.",
    "our convention: an area code is no proof of where a person is",
)


@dataclass(frozen=True, slots=True)
class HoursLaw:
    """What one state's law allows at most, for every channel that rings or vibrates."""

    uf: str
    hours: Hours
    rule: Rule


def _law(uf: str, hours: Hours, source: str) -> HoursLaw:
    says = f"In {uf}, by telephone: {_written(hours)}."
    return HoursLaw(uf, hours, Rule(f"hours.{uf.lower()}", says, source))


_MORNING = time(8)
"""Where a law fixes no first hour (AM), the earliest that any other allows."""
LAWS: Mapping[str, HoursLaw] = {
    law.uf: law
    for law in (
        _law(
            "AL",
            Hours((time(8), time(20)), (time(8), time(14))),
            "Lei AL 7.782/2016 (text messages included), Procon Arapiraca quoted in the press",
        ),
        _law(
            "AM",
            Hours((_MORNING, time(19))),
            "Lei AM 306/2016 (until 19:00; secondary source efic.com.br)",
        ),
        _law("ES", Hours((time(8), time(19))), "Lei ES 10.626/2017 (secondary source efic.com.br)"),
        _law("RJ", Hours((time(9), time(19))), "Lei RJ 7.868/2018 (secondary source efic.com.br)"),
        _law(
            "SP",
            Hours((time(8), time(20)), (time(8), time(14))),
            "Lei SP 15.426/2014 arts. 1-4",
        ),
    )
}
_CEILING = Hours(_EMAIL_CEILING, _EMAIL_CEILING, _EMAIL_CEILING)


def limit(channel: Channel, uf: str | None) -> Hours:
    """Return the widest hours a creditor may choose for a channel in a state."""
    if channel not in _BY_TELEPHONE:
        return _CEILING
    law = LAWS.get(uf or "")
    return law.hours if law else TELEPHONE_HOURS


def law_of(channel: Channel, uf: str) -> HoursLaw | None:
    """Return the law that fixes a channel's hours in a state, where one is known."""
    return LAWS.get(uf) if channel in _BY_TELEPHONE else None


def default_rule(channel: Channel) -> Rule:
    """Return the rule of our own hours for a channel."""
    return OUR_TELEPHONE_HOURS if channel in _BY_TELEPHONE else OUR_EMAIL_HOURS


def holiday_rule(channel: Channel, uf: str | None, day: date) -> Rule | None:
    """Return why a day is a holiday for a channel in a state; None when it is none."""
    if day.weekday() == SUNDAY or day in national_holidays(day.year):
        return NATIONAL_HOLIDAY
    if uf and channel in _BY_TELEPHONE and day in state_holidays(uf, day.year):
        return STATE_HOLIDAY
    return None


@lru_cache(maxsize=8192)
def window(
    channel: Channel, ufs: frozenset[str], chosen: Hours, day: date
) -> tuple[datetime, datetime] | None:
    """Return when a channel is open on a day of the calendar, in UTC; None when it is closed.

    Args:
        channel: the channel.
        ufs: every state the customer may be in; none is known when it is empty.
        chosen: the creditor's hours.
        day: the same date in every state.
    """
    spans = [
        _open(channel, uf, chosen, day, zone)
        for uf in (ufs or {None})
        for zone in (possible_zones(uf) if uf else {SAO_PAULO})
    ]
    known = [span for span in spans if span is not None]
    if len(known) < len(spans):
        return None
    opens, closes = max(s[0] for s in known), min(s[1] for s in known)
    return (opens, closes) if opens < closes else None


def _open(
    channel: Channel, uf: str | None, chosen: Hours, day: date, zone: str
) -> tuple[datetime, datetime] | None:
    span = meet(_of(chosen, channel, uf, day), _of(limit(channel, uf), channel, uf, day))
    if span is None:
        return None
    clock = ZoneInfo(zone)
    opens, closes = (datetime.combine(day, at, clock).astimezone(UTC) for at in span)
    return opens, closes


def _of(hours: Hours, channel: Channel, uf: str | None, day: date) -> Span | None:
    if holiday_rule(channel, uf, day):
        return hours.sunday_and_holiday
    return hours.saturday if day.weekday() == _SATURDAY else hours.weekday


def meet(*spans: Span | None) -> Span | None:
    """Return the hours that all have in common; None when there are none."""
    known = [span for span in spans if span is not None]
    if len(known) < len(spans):
        return None
    opens, closes = max(s[0] for s in known), min(s[1] for s in known)
    return (opens, closes) if opens < closes else None


RULES = (
    OUR_EMAIL_HOURS,
    EMAIL_CEILING,
    OUR_TELEPHONE_HOURS,
    NATIONAL_HOLIDAY,
    STATE_HOLIDAY,
    STRICTEST,
    *(law.rule for law in LAWS.values()),
)
