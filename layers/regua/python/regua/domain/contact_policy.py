"""When a channel may be used, as one pure function: law is data here, and a hard gate.

E-mail: no law fixes hours; the common collection hours are kept (Monday to Friday 8–20, Saturday
8–14, never on Sundays or national holidays), in every time zone the customer may live in.
Text and voice keep the intersection of the known state laws: Monday to Friday 9–19 (SP Lei
15.426/2014, AL Lei 7.782/2016, RJ Lei 7.868/2018, ES Lei 10.626/2017, AM Lei 306/2016).
Caps: "excessive" contact is judged, not numbered (CDC art. 42), so a ruler states its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from regua.domain.calendar import SUNDAY, national_holidays
from regua.domain.ids import DispatchId
from regua.domain.reasons import Reason
from regua.domain.ruler import Caps, Channel

_SATURDAY = 5
_WEEK = timedelta(days=7)
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


@dataclass(frozen=True, slots=True)
class Denied:
    """Do not make this contact."""

    reason: Reason


Verdict = Allowed | Deferred | Denied


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact that was planned or made; what caps count."""

    at: datetime
    channel: Channel
    dispatch_id: DispatchId


@dataclass(frozen=True, slots=True)
class ContactRequest:
    """What the policy needs to know of one contact."""

    channel: Channel
    zones: frozenset[str]
    address: str | None
    """Where it would go; None when the customer has no usable address."""
    has_any_address: bool
    """Whether there is an address at all, usable or not: tells two reasons apart."""
    opted_out: bool
    contacts: Sequence[Contact]
    caps: Caps
    cap_zone: str
    """The ruler's zone: caps count its days."""


@dataclass(frozen=True, slots=True)
class _Hours:
    weekday: tuple[time, time]
    saturday: tuple[time, time] | None


_EMAIL = _Hours((time(8), time(20)), (time(8), time(14)))
_STRICT = _Hours((time(9), time(19)), None)
_HOURS = {
    Channel.EMAIL: _EMAIL,
    Channel.SMS: _STRICT,
    Channel.WHATSAPP: _STRICT,
    Channel.VOICE: _STRICT,
}


def check(request: ContactRequest, now: datetime) -> Verdict:
    """Decide whether a contact may be made at ``now`` (an aware instant)."""
    if request.opted_out:
        return Denied(Reason.OPTED_OUT)
    if request.address is None:
        missing = Reason.ADDRESS_SUPPRESSED if request.has_any_address else Reason.NO_ADDRESS
        return Denied(missing)
    capped = _capped(request, now)
    if capped is not None:
        until = next_allowed(request.channel, request.zones, capped.until)
        return Deferred(until, capped.reason)
    start = next_allowed(request.channel, request.zones, now)
    if start > now:
        today = {now.astimezone(ZoneInfo(zone)).date() for zone in request.zones}
        closed = any(d.weekday() == SUNDAY or d in national_holidays(d.year) for d in today)
        return Deferred(start, Reason.HOLIDAY if closed else Reason.OUTSIDE_WINDOW)
    return Allowed()


def next_allowed(channel: Channel, zones: Iterable[str], after: datetime) -> datetime:
    """Return the first instant not before ``after`` inside the window of every zone."""
    zone_infos = [ZoneInfo(zone) for zone in zones]
    first = min(after.astimezone(zone).date() for zone in zone_infos)
    for ahead in range(_HORIZON_DAYS):
        day = first + timedelta(days=ahead)
        windows = [_window(channel, day, zone) for zone in zone_infos]
        if None in windows:
            continue
        opens = max(w[0] for w in windows if w)
        closes = min(w[1] for w in windows if w)
        candidate = max(opens, after)
        if candidate < closes:
            return candidate.astimezone(UTC)
    msg = f"no contact window for {channel} within {_HORIZON_DAYS} days"
    raise AssertionError(msg)


@lru_cache(maxsize=4096)
def _window(channel: Channel, day: date, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    if day.weekday() == SUNDAY or day in national_holidays(day.year):
        return None
    hours = _HOURS[channel]
    span = hours.saturday if day.weekday() == _SATURDAY else hours.weekday
    if span is None:
        return None
    opens, closes = (datetime.combine(day, at, zone).astimezone(UTC) for at in span)
    return opens, closes


def _capped(request: ContactRequest, now: datetime) -> Deferred | None:
    """Return until when a cap is exhausted, at the start of a day in the ruler's zone."""
    zone = ZoneInfo(request.cap_zone)
    today = now.astimezone(zone).date()
    days = sorted(c.at.astimezone(zone).date() for c in request.contacts)
    week = [d for d in days if d > today - _WEEK]
    if len(week) >= request.caps.per_week:
        free = week[-request.caps.per_week] + _WEEK
        return Deferred(datetime.combine(free, time(), zone), Reason.WEEKLY_CAP)
    if sum(d == today for d in days) >= request.caps.per_day:
        tomorrow = today + timedelta(days=1)
        return Deferred(datetime.combine(tomorrow, time(), zone), Reason.DAILY_CAP)
    return None
