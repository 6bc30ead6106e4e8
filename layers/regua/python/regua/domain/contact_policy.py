"""Whether one contact may be made now, as one pure function: law is data here, and a hard gate.

Opt-outs, lists, addresses, caps and hours. Every deferral and every denial names its rule, and the
rule names its source. What is said is judged in `regua.domain.wording`; whether a debt may still
be collected, in `regua.domain.prescription`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from regua.domain import contact_hours
from regua.domain.block_lists import BlockListEntry, blocking
from regua.domain.consent import OPT_IN
from regua.domain.contact_hours import DEFAULT_HOURS
from regua.domain.ids import DispatchId
from regua.domain.reasons import Reason
from regua.domain.ruler import Caps, Channel, Hours
from regua.domain.rules import Rule
from regua.domain.time_zones import SAO_PAULO, possible_zones

_WEEK = timedelta(days=7)
_SATURDAY = 5
_ONE_DAY = timedelta(days=1)
_WESTERNMOST = timedelta(hours=5)
"""How far behind UTC the day begins last: America/Rio_Branco."""
_HORIZON_DAYS = 30
"""Longer than any run of closed days; a guard, never reached."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Contact now."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Contact later: not before ``until``."""

    until: datetime
    reason: Reason
    rule: Rule = field(compare=False)


@dataclass(frozen=True, slots=True)
class Denied:
    """Do not make this contact."""

    reason: Reason
    rule: Rule = field(compare=False)


Verdict = Allowed | Deferred | Denied


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact that was planned or made; what caps count."""

    at: datetime
    channel: Channel
    dispatch_id: DispatchId


class ContactRequest(NamedTuple):
    """What the policy needs to know of one contact."""

    channel: Channel
    ufs: frozenset[str]
    """Every state the customer may be in, by address and by telephone; empty when none is known."""
    address: str | None
    """Where it would go; None when the customer has no usable address."""
    has_any_address: bool
    """Whether there is an address at all, usable or not: tells two reasons apart."""
    opted_out: bool
    contacts: Sequence[Contact]
    caps: Caps
    cap_zone: str
    """The ruler's zone: caps count its days."""
    hours: Mapping[Channel, Hours] = MappingProxyType({})
    """The creditor's own hours; a channel that is missing keeps ours."""
    block_lists: Sequence[BlockListEntry] = ()
    """Public lists on which the customer's line stands."""
    lacks_opt_in: bool = False
    """Whether the channel asks for a consent that the customer did not give."""


def check(request: ContactRequest, now: datetime) -> Verdict:
    """Decide whether a contact may be made at ``now`` (an aware instant)."""
    denied = _denied(request, now)
    if denied is not None:
        return denied
    capped = _capped(request, now)
    if capped is not None:
        until = next_allowed(request.channel, request.ufs, capped.until, request.hours)
        return Deferred(until, capped.reason, capped.rule)
    start = next_allowed(request.channel, request.ufs, now, request.hours)
    return Deferred(start, *_why_closed(request, now)) if start > now else Allowed()


def _denied(request: ContactRequest, now: datetime) -> Denied | None:
    if request.opted_out:
        return Denied(Reason.OPTED_OUT, OPT_OUT)
    if request.lacks_opt_in:
        return Denied(Reason.POLICY_DENIED, OPT_IN)
    if request.address is None:
        if request.has_any_address:
            return Denied(Reason.ADDRESS_SUPPRESSED, SUPPRESSED_ADDRESS)
        return Denied(Reason.NO_ADDRESS, NO_ADDRESS)
    today = now.astimezone(ZoneInfo(SAO_PAULO)).date()
    for uf in sorted(request.ufs):
        listed = blocking(request.block_lists, request.channel, uf, today)
        if listed is not None:
            return Denied(Reason.POLICY_DENIED, listed)
    return None


def next_allowed(
    channel: Channel,
    ufs: frozenset[str],
    after: datetime,
    hours: Mapping[Channel, Hours] | None = None,
) -> datetime:
    """Return the first instant not before ``after`` inside the hours of every state and zone."""
    return max(_window(channel, ufs, after, hours)[0], after.astimezone(UTC))


def open_until(request: ContactRequest, now: datetime) -> datetime | None:
    """Return when the hours end that ``now`` is in; None when the channel is closed.

    What is handed over now and arrives later (a telephone that is off) must not arrive after it.
    """
    opens, closes = _window(request.channel, request.ufs, now, request.hours)
    return closes if opens <= now else None


def _window(
    channel: Channel,
    ufs: frozenset[str],
    after: datetime,
    hours: Mapping[Channel, Hours] | None,
) -> tuple[datetime, datetime]:
    """Return the first window that ends after ``after``, in UTC."""
    chosen = (hours or {}).get(channel, DEFAULT_HOURS[channel])
    day = (after.astimezone(UTC) - _WESTERNMOST).date()
    for _ in range(_HORIZON_DAYS):
        window = contact_hours.window(channel, ufs, chosen, day)
        if window is not None and after < window[1]:
            return window
        day += _ONE_DAY
    msg = f"no contact window for {channel} within {_HORIZON_DAYS} days"
    raise AssertionError(msg)


def _why_closed(request: ContactRequest, now: datetime) -> tuple[Reason, Rule]:
    """Name the reason and the rule that close the channel now: a holiday, a law, or our hours."""
    places = [(uf, zone) for uf in sorted(request.ufs) for zone in sorted(possible_zones(uf))]
    locals_ = [(uf, now.astimezone(ZoneInfo(zone))) for uf, zone in places]
    locals_ = locals_ or [("", now.astimezone(ZoneInfo(SAO_PAULO)))]
    for uf, local in locals_:
        holiday = contact_hours.holiday_rule(request.channel, uf or None, local.date())
        if holiday is not None:
            return Reason.HOLIDAY, holiday
    for uf, local in locals_:
        law = contact_hours.law_of(request.channel, uf)
        if law is not None and not _is_open(law.hours, local):
            return Reason.OUTSIDE_WINDOW, law.rule
    return Reason.OUTSIDE_WINDOW, contact_hours.default_rule(request.channel)


def _is_open(hours: Hours, local: datetime) -> bool:
    span = hours.saturday if local.weekday() == _SATURDAY else hours.weekday
    return span is not None and span[0] <= local.time() < span[1]


def _capped(request: ContactRequest, now: datetime) -> Deferred | None:
    """Return until when a cap is exhausted, at the start of a day in the ruler's zone."""
    if not request.contacts:
        return None
    zone = ZoneInfo(request.cap_zone)
    today = now.astimezone(zone).date()
    days = sorted(c.at.astimezone(zone).date() for c in request.contacts)
    week = [d for d in days if d > today - _WEEK]
    if len(week) >= request.caps.per_week:
        free = week[-request.caps.per_week] + _WEEK
        return Deferred(_start(free, zone), Reason.WEEKLY_CAP, WEEKLY_CAP)
    if sum(d == today for d in days) >= request.caps.per_day:
        return Deferred(_start(today + timedelta(days=1), zone), Reason.DAILY_CAP, DAILY_CAP)
    return None


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


OPT_OUT = Rule(
    "contact.opt_out",
    "Who asked a channel to stop is not contacted on it again; the debt stays.",
    "CDC art. 42; RFC 8058 for e-mail; Meta's and carriers' rules for WhatsApp and SMS",
)
NO_ADDRESS = Rule(
    "contact.no_address",
    "Without an address on the channel there is nobody to contact.",
    "follows from the facts",
)
SUPPRESSED_ADDRESS = Rule(
    "contact.suppressed_address",
    "An address that bounced, complained or belongs to somebody else is not used again.",
    "CDC art. 42 (no exposure to third parties); providers' sending rules",
)
DAILY_CAP = Rule(
    "contact.daily_cap",
    "A customer gets so many contacts a day at the most, over all channels and invoices.",
    "our convention: CDC art. 42 forbids excess and fixes no number",
    f"{Caps().per_day} a day",
)
WEEKLY_CAP = Rule(
    "contact.weekly_cap",
    "A customer gets so many contacts in seven days at the most, over all channels and invoices.",
    "our convention: CDC art. 42 forbids excess and fixes no number",
    f"{Caps().per_week} in seven days",
)
PAUSED = Rule(
    "contact.creditor_paused",
    "A creditor that paused its collection contacts nobody.",
    "the creditor's own order",
    "not paused",
)
NO_SENDER = Rule(
    "contact.no_sender",
    "A channel that the creditor has not set up is not used.",
    "our convention: nothing is planned that cannot be sent",
)
RULES = (OPT_OUT, NO_ADDRESS, SUPPRESSED_ADDRESS, DAILY_CAP, WEEKLY_CAP, PAUSED, NO_SENDER)
