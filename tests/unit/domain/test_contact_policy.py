"""The gate that nothing passes: hours in every zone, caps, opt-outs and addresses."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.calendar import national_holidays
from regua.domain.contact_policy import (
    Allowed,
    Contact,
    ContactRequest,
    Deferred,
    Denied,
    check,
    next_allowed,
)
from regua.domain.ids import DispatchId
from regua.domain.reasons import Reason
from regua.domain.ruler import Caps, Channel
from regua.domain.time_zones import SAO_PAULO, ZONE_OF_UF

RIO_BRANCO = "America/Rio_Branco"
instants = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2028, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
zones = st.frozensets(st.sampled_from(sorted(ZONE_OF_UF.values())), min_size=1, max_size=3)
channels = st.sampled_from(Channel)


def at(text: str, zone: str = SAO_PAULO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def contacts(*instants_: datetime) -> Sequence[Contact]:
    return [Contact(i, Channel.EMAIL, DispatchId(f"{n:032x}")) for n, i in enumerate(instants_)]


def request(**changes: Any) -> ContactRequest:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "channel": Channel.EMAIL,
        "zones": frozenset({SAO_PAULO}),
        "address": "maria@cliente.example.com.br",
        "has_any_address": True,
        "opted_out": False,
        "contacts": (),
        "caps": Caps(),
        "cap_zone": SAO_PAULO,
    }
    return ContactRequest(**{**fields, **changes})


def is_polite(channel: Channel, local: datetime) -> bool:
    """Say, from the laws alone, whether a person may be contacted at a local time."""
    if local.weekday() == 6 or local.date() in national_holidays(local.year):
        return False
    if local.weekday() == 5:
        return channel is Channel.EMAIL and time(8) <= local.time() < time(14)
    first, last = (8, 20) if channel is Channel.EMAIL else (9, 19)
    return time(first) <= local.time() < time(last)


@given(channels, zones, instants)
def test_nobody_is_ever_contacted_outside_the_hours_of_any_zone_they_may_live_in(
    channel: Channel, where: frozenset[str], now: datetime
) -> None:
    polite = all(is_polite(channel, now.astimezone(ZoneInfo(zone))) for zone in where)
    verdict = check(request(channel=channel, zones=where), now)
    assert isinstance(verdict, Allowed) is polite


@pytest.mark.parametrize("uf", sorted(ZONE_OF_UF))
@pytest.mark.parametrize("channel", Channel)
def test_every_half_hour_of_a_month_in_every_state(uf: str, channel: Channel) -> None:
    zone = ZoneInfo(ZONE_OF_UF[uf])
    asked = request(channel=channel, zones=frozenset({ZONE_OF_UF[uf]}))
    for n in range(0, 31 * 48, 5):  # 5 and 48 share no factor: every half hour comes up
        now = datetime(2026, 10, 12, tzinfo=UTC) + timedelta(minutes=30 * n)
        allowed = isinstance(check(asked, now), Allowed)
        assert allowed is is_polite(channel, now.astimezone(zone)), now


@given(channels, zones, instants)
def test_the_next_allowed_instant_is_allowed_and_none_before_it_is(
    channel: Channel, where: frozenset[str], after: datetime
) -> None:
    found = next_allowed(channel, where, after)
    asked = request(channel=channel, zones=where)
    assert found >= after
    assert isinstance(check(asked, found), Allowed)
    waiting = found - after
    earlier = [after + waiting * n / 24 for n in range(24)]
    if waiting:
        earlier.append(found - timedelta(seconds=1))
    assert not any(isinstance(check(asked, e), Allowed) for e in earlier if after <= e < found)


@given(channels, zones, instants)
def test_a_deferral_ends_when_contact_is_allowed_again(
    channel: Channel, where: frozenset[str], now: datetime
) -> None:
    asked = request(channel=channel, zones=where)
    verdict = check(asked, now)
    if isinstance(verdict, Deferred):
        assert verdict.until > now
        assert isinstance(check(asked, verdict.until), Allowed)


@pytest.mark.parametrize(
    ("now", "until", "reason", "why"),
    [
        ("2026-11-10T07:59", "2026-11-10T08:00", Reason.OUTSIDE_WINDOW, "a minute too early"),
        ("2026-11-10T20:00", "2026-11-11T08:00", Reason.OUTSIDE_WINDOW, "eight in the evening"),
        ("2026-11-14T14:00", "2026-11-16T08:00", Reason.OUTSIDE_WINDOW, "Saturday afternoon"),
        ("2026-11-15T10:00", "2026-11-16T08:00", Reason.HOLIDAY, "a Sunday"),
        ("2026-11-20T10:00", "2026-11-21T08:00", Reason.HOLIDAY, "Consciência Negra, a Friday"),
        ("2026-12-25T10:00", "2026-12-26T08:00", Reason.HOLIDAY, "Christmas, then Saturday"),
    ],
)
def test_a_closed_window_opens_again_at_its_first_minute(
    now: str, until: str, reason: Reason, why: str
) -> None:
    assert check(request(), at(now)) == Deferred(at(until).astimezone(UTC), reason), why


@pytest.mark.parametrize("now", ["2026-02-16T10:00", "2026-06-04T10:00"])
def test_bank_holidays_that_are_no_public_holidays_do_not_close_the_window(now: str) -> None:
    """Carnival and Corpus Christi."""
    assert check(request(), at(now)) == Allowed()


def test_a_customer_of_two_zones_is_contacted_when_both_are_awake() -> None:
    both = frozenset({SAO_PAULO, RIO_BRANCO})
    nine_in_sao_paulo = at("2026-11-10T09:00")
    eight_in_rio_branco = at("2026-11-10T08:00", RIO_BRANCO).astimezone(UTC)
    assert check(request(zones=both), nine_in_sao_paulo) == Deferred(
        eight_in_rio_branco, Reason.OUTSIDE_WINDOW
    )
    six_in_rio_branco = at("2026-11-10T18:00", RIO_BRANCO)
    assert isinstance(check(request(zones=both), six_in_rio_branco), Deferred), "20h in São Paulo"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"opted_out": True}, Reason.OPTED_OUT),
        ({"address": None, "has_any_address": False}, Reason.NO_ADDRESS),
        ({"address": None}, Reason.ADDRESS_SUPPRESSED),
    ],
)
def test_who_cannot_or_will_not_be_reached_is_never_deferred_but_denied(
    changes: dict[str, Any], reason: Reason
) -> None:
    midnight = at("2026-11-15T00:00")
    assert check(request(**changes), midnight) == Denied(reason)


NOW = at("2026-11-11T10:00")  # a Wednesday


@pytest.mark.parametrize(
    ("days_ago", "until", "reason", "why"),
    [
        ([], None, None, "nobody wrote"),
        ([1, 2], None, None, "two of three a week"),
        ([0], "2026-11-12T08:00", Reason.DAILY_CAP, "one a day: tomorrow"),
        ([1, 3, 5], "2026-11-13T08:00", Reason.WEEKLY_CAP, "free when the 6th is a week ago"),
        ([1, 3, 6], "2026-11-12T08:00", Reason.WEEKLY_CAP, "free when the 5th is a week ago"),
        ([1, 3, 7], None, None, "a week ago today counts no more"),
        ([0, 1, 2], "2026-11-16T08:00", Reason.WEEKLY_CAP, "the 9th plus a week"),
        ([1, 1, 1, 5], "2026-11-17T08:00", Reason.WEEKLY_CAP, "more than the cap: all must age"),
    ],
)
def test_caps_count_days_of_the_rulers_zone(
    days_ago: list[int], until: str | None, reason: Reason | None, why: str
) -> None:
    made = contacts(*(NOW - timedelta(days=n) for n in days_ago))
    verdict = check(request(contacts=made), NOW)
    if until is None or reason is None:
        assert verdict == Allowed(), why
    else:
        assert verdict == Deferred(at(until).astimezone(UTC), reason), why


def test_a_contact_late_yesterday_does_not_count_as_todays() -> None:
    yesterday_evening = at("2026-11-10T19:59")
    assert check(request(contacts=contacts(yesterday_evening)), NOW) == Allowed()
    elsewhere = request(contacts=contacts(yesterday_evening), cap_zone="Asia/Tokyo")
    assert isinstance(check(elsewhere, NOW), Deferred), "in Tokyo both were on the 11th"


def test_a_cap_that_ends_on_a_sunday_waits_for_the_window() -> None:
    saturday = at("2026-11-14T10:00")
    verdict = check(request(contacts=contacts(saturday)), saturday)
    assert verdict == Deferred(at("2026-11-16T08:00").astimezone(UTC), Reason.DAILY_CAP)


@given(
    st.lists(st.integers(0, 14 * 24), max_size=12),
    st.builds(Caps, per_day=st.integers(1, 3), per_week=st.integers(3, 8)),
    instants,
)
def test_no_day_and_no_week_ever_exceeds_its_cap(
    hours_ago: list[int], caps: Caps, now: datetime
) -> None:
    made = contacts(*(now - timedelta(hours=n) for n in hours_ago))
    asked = request(contacts=made, caps=caps)
    verdict = check(asked, now)
    today = now.astimezone(ZoneInfo(SAO_PAULO)).date()
    days = [c.at.astimezone(ZoneInfo(SAO_PAULO)).date() for c in made]
    if isinstance(verdict, Allowed):
        assert days.count(today) < caps.per_day
        assert sum(d > today - timedelta(days=7) for d in days) < caps.per_week
    else:
        assert isinstance(verdict, Deferred)
        again = check(replace(asked, contacts=made), verdict.until)
        assert again == Allowed(), "one wait is enough"


def test_there_is_always_a_window_within_days() -> None:
    longest = max(
        next_allowed(channel, ZONE_OF_UF.values(), datetime.combine(day, time(), UTC))
        - datetime.combine(day, time(), UTC)
        for channel in Channel
        for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(3 * 365))
    )
    assert longest < timedelta(days=5)


def test_a_window_that_never_opens_is_a_defect_and_not_an_endless_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("regua.domain.contact_policy._window", lambda *_: None)
    with pytest.raises(AssertionError, match="no contact window"):
        next_allowed(Channel.EMAIL, [SAO_PAULO], NOW)
