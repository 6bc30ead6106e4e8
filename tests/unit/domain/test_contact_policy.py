"""The gate that nothing passes: hours in every zone, caps, opt-outs and addresses."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain import contact_hours, contact_policy
from regua.domain.block_lists import BlockList, BlockListEntry
from regua.domain.calendar import national_holidays
from regua.domain.contact_hours import LAWS
from regua.domain.contact_policy import (
    Allowed,
    Contact,
    ContactRequest,
    Deferred,
    Denied,
    check,
    next_allowed,
    open_until,
)
from regua.domain.ids import DispatchId
from regua.domain.reasons import Reason
from regua.domain.ruler import Caps, Channel, Hours
from regua.domain.state_holidays import state_holidays
from regua.domain.time_zones import SAO_PAULO, ZONE_OF_UF, possible_zones
from tests.shared_data import shared_data_path

RIO_BRANCO = "America/Rio_Branco"
ANYWHERE: frozenset[str] = frozenset()
instants = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2028, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
states = st.frozensets(st.sampled_from(sorted(ZONE_OF_UF)), max_size=3)
channels = st.sampled_from(Channel)
times = st.integers(0, 23 * 60 + 59).map(lambda n: time(n // 60, n % 60))
spans = st.tuples(times, times).filter(lambda span: span[0] < span[1])
chosen_hours = st.builds(Hours, spans, st.none() | spans, st.none() | spans)


def at(text: str, zone: str = SAO_PAULO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def contacts(*instants_: datetime) -> Sequence[Contact]:
    return [Contact(i, Channel.EMAIL, DispatchId(f"{n:032x}")) for n, i in enumerate(instants_)]


def request(**changes: Any) -> ContactRequest:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "channel": Channel.EMAIL,
        "ufs": frozenset({"SP"}),
        "address": "maria@cliente.example.com.br",
        "has_any_address": True,
        "opted_out": False,
        "contacts": (),
        "caps": Caps(),
        "cap_zone": SAO_PAULO,
    }
    return ContactRequest(**{**fields, **changes})


# What the laws say, written down a second time: (from, until) and Saturday's, by telephone.
BY_LAW = {
    "SP": ((8, 20), (8, 14)),
    "AL": ((8, 20), (8, 14)),
    "RJ": ((9, 19), None),
    "ES": ((8, 19), None),
    "AM": ((8, 19), None),
}
OURS = ((9, 19), None)


def is_polite(channel: Channel, uf: str, local: datetime) -> bool:
    """Say, from our own hours alone, whether a person may be contacted at a local time."""
    is_email = channel is Channel.EMAIL
    if local.weekday() == 6 or local.date() in national_holidays(local.year):
        return False
    if not is_email and uf and local.date() in state_holidays(uf, local.year):
        return False
    if local.weekday() == 5:
        return is_email and time(8) <= local.time() < time(14)
    first, last = (8, 20) if is_email else (9, 19)
    return time(first) <= local.time() < time(last)


def is_lawful(uf: str, local: datetime) -> bool:
    """Say, from the laws alone, whether a telephone may ring at a local time."""
    if local.weekday() == 6 or local.date() in national_holidays(local.year):
        return False
    if uf and local.date() in state_holidays(uf, local.year):
        return False
    weekday, saturday = BY_LAW.get(uf, OURS)
    span = saturday if local.weekday() == 5 else weekday
    return span is not None and time(span[0]) <= local.time() < time(span[1])


def locals_of(ufs: frozenset[str], now: datetime) -> list[tuple[str, datetime]]:
    """Return what every clock in those states shows."""
    places = [(uf, zone) for uf in ufs for zone in possible_zones(uf)] or [("", SAO_PAULO)]
    return [(uf, now.astimezone(ZoneInfo(zone))) for uf, zone in places]


@given(channels, states, instants)
def test_nobody_is_ever_contacted_outside_the_hours_of_any_place_they_may_be_in(
    channel: Channel, ufs: frozenset[str], now: datetime
) -> None:
    polite = all(is_polite(channel, uf, local) for uf, local in locals_of(ufs, now))
    verdict = check(request(channel=channel, ufs=ufs), now)
    assert isinstance(verdict, Allowed) is polite


@given(
    states, instants, chosen_hours, st.sampled_from([Channel.SMS, Channel.WHATSAPP, Channel.VOICE])
)
def test_no_hours_that_a_creditor_chooses_go_beyond_the_law(
    ufs: frozenset[str], now: datetime, chosen: Hours, channel: Channel
) -> None:
    asked = request(channel=channel, ufs=ufs, hours={channel: chosen})
    try:
        verdict = check(asked, now)
    except AssertionError:  # hours that the ruler's document refuses: no place is ever open
        return
    if isinstance(verdict, Allowed):
        assert all(is_lawful(uf, local) for uf, local in locals_of(ufs, now))


@pytest.mark.parametrize("uf", sorted(ZONE_OF_UF))
@pytest.mark.parametrize("channel", Channel)
def test_every_half_hour_of_a_month_in_every_state(uf: str, channel: Channel) -> None:
    asked = request(channel=channel, ufs=frozenset({uf}))
    for n in range(0, 31 * 48, 5):  # 5 and 48 share no factor: every half hour comes up
        now = datetime(2026, 10, 12, tzinfo=UTC) + timedelta(minutes=30 * n)
        polite = all(is_polite(channel, uf, at_) for _, at_ in locals_of(asked.ufs, now))
        assert isinstance(check(asked, now), Allowed) is polite, now


@given(channels, states, instants)
def test_the_next_allowed_instant_is_allowed_and_none_before_it_is(
    channel: Channel, ufs: frozenset[str], after: datetime
) -> None:
    found = next_allowed(channel, ufs, after)
    asked = request(channel=channel, ufs=ufs)
    assert found >= after
    assert isinstance(check(asked, found), Allowed)
    waiting = found - after
    earlier = [after + waiting * n / 24 for n in range(24)]
    if waiting:
        earlier.append(found - timedelta(seconds=1))
    assert not any(isinstance(check(asked, e), Allowed) for e in earlier if after <= e < found)


@given(channels, states, instants)
def test_a_deferral_ends_when_contact_is_allowed_again_and_names_its_rule(
    channel: Channel, ufs: frozenset[str], now: datetime
) -> None:
    asked = request(channel=channel, ufs=ufs)
    verdict = check(asked, now)
    if isinstance(verdict, Deferred):
        assert verdict.until > now
        assert isinstance(check(asked, verdict.until), Allowed)
        assert verdict.rule in contact_hours.RULES
        assert verdict.rule.source


SMS_AT = [
    # state, local time, may it go with hours of 8-20 and Saturday 8-14, rule when not, why
    ("SP", "2026-11-10T08:00", True, "", "the law of São Paulo opens at eight"),
    ("SP", "2026-11-10T20:00", False, "hours.sp", "and closes at twenty"),
    ("SP", "2026-11-14T13:59", True, "", "on Saturday until fourteen"),
    ("SP", "2026-07-09T10:00", False, "hours.state_holiday", "Revolução Constitucionalista"),
    ("RJ", "2026-11-10T08:30", False, "hours.rj", "Rio opens at nine"),
    ("RJ", "2026-11-14T10:00", False, "hours.rj", "and never on Saturday"),
    ("ES", "2026-11-10T08:00", True, "", "Espírito Santo opens at eight"),
    ("ES", "2026-11-10T19:00", False, "hours.es", "and closes at nineteen"),
    ("MG", "2026-11-10T08:30", False, "hours.telephone", "no law known: our own hours"),
    ("MG", "2026-11-14T10:00", False, "hours.telephone", "no Saturday without a law"),
    ("MG", "2026-11-20T10:00", False, "hours.holiday", "Consciência Negra"),
]


@pytest.mark.parametrize(("uf", "now", "is_open", "code", "why"), SMS_AT)
def test_a_creditor_is_laxer_only_where_a_law_allows_it(
    uf: str,
    now: str,
    is_open: bool,  # noqa: FBT001 - a table's column
    code: str,
    why: str,
) -> None:
    lax = Hours((time(8), time(20)), (time(8), time(14)))
    asked = request(channel=Channel.SMS, ufs=frozenset({uf}), hours={Channel.SMS: lax})
    verdict = check(asked, at(now))
    assert isinstance(verdict, Allowed) is is_open, why
    if isinstance(verdict, Deferred):
        assert verdict.rule.code == code, why


def test_a_creditor_may_be_stricter_anywhere() -> None:
    strict = Hours((time(10), time(16)))
    asked = request(hours={Channel.EMAIL: strict})
    assert check(asked, at("2026-11-10T09:59")) == Deferred(
        at("2026-11-10T10:00").astimezone(UTC), Reason.OUTSIDE_WINDOW, contact_hours.OUR_EMAIL_HOURS
    )
    assert isinstance(check(asked, at("2026-11-14T10:00")), Deferred), "no Saturday"


def test_e_mail_may_go_on_sundays_where_a_creditor_wants_it_and_never_at_night() -> None:
    always = Hours(*[(time(0), time(23, 59))] * 3)
    asked = request(hours={Channel.EMAIL: always})
    assert check(asked, at("2026-11-15T10:00")) == Allowed()
    assert isinstance(check(asked, at("2026-11-15T22:00")), Deferred)


@pytest.mark.parametrize(
    ("ufs", "now", "is_open", "why"),
    [
        ({"RJ", "SP"}, "2026-11-10T09:30", True, "open in both"),
        ({"RO", "SP"}, "2026-11-10T09:30", False, "half past eight in Porto Velho"),
        ({"AM"}, "2026-11-10T10:30", False, "half past eight in Eirunepé"),
        ({"AM"}, "2026-11-10T11:00", True, "nine there"),
        (set(), "2026-11-10T09:00", True, "nobody knows where: Brasília"),
    ],
)
def test_the_strictest_of_all_places_holds(
    ufs: set[str],
    now: str,
    is_open: bool,  # noqa: FBT001 - a table's column
    why: str,
) -> None:
    asked = request(channel=Channel.VOICE, ufs=frozenset(ufs))
    assert isinstance(check(asked, at(now)), Allowed) is is_open, why


def test_the_laws_are_those_written_down_here() -> None:
    def hour(span: tuple[time, time] | None) -> tuple[int, int] | None:
        return None if span is None else (span[0].hour, span[1].hour)

    read = {uf: (hour(law.hours.weekday), hour(law.hours.saturday)) for uf, law in LAWS.items()}
    assert read == BY_LAW


@pytest.mark.shared_data
def test_the_laws_are_those_of_the_reference() -> None:
    rows = json.loads(shared_data_path("contact_hours_uf.json").read_text())["rows"]
    laws = {row["uf"]: row for row in rows if "weekday" in row}
    assert set(laws) == set(LAWS)
    for uf, row in laws.items():
        hours = LAWS[uf].hours
        first, last = row["weekday"]
        assert last == f"{hours.weekday[1]:%H:%M}"
        assert first in (None, f"{hours.weekday[0]:%H:%M}")  # AM fixes no first hour
        assert (row["saturday"] is None) is (hours.saturday is None)
        number = row["law"].removeprefix("Lei ")
        assert number in LAWS[uf].rule.source


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
    verdict = check(request(), at(now))
    assert isinstance(verdict, Deferred)
    assert (verdict.until, verdict.reason) == (at(until), reason), why


SEVEN_TO_SEVEN = Hours(weekday=(time(7), time(19)))
UNTIL_TEN = Hours(weekday=(time(9), time(22)))


@pytest.mark.parametrize(
    ("changes", "now", "until", "why"),
    [
        ({}, "2026-11-10T08:00", "2026-11-10T20:00", "e-mail, from the first minute on"),
        ({}, "2026-11-10T19:59", "2026-11-10T20:00", "to the last"),
        ({}, "2026-11-10T20:00", None, "the closing minute is closed"),
        ({}, "2026-11-10T07:59", None, "not open yet"),
        ({}, "2026-11-14T10:00", "2026-11-14T14:00", "Saturday"),
        ({}, "2026-11-15T10:00", None, "Sunday"),
        ({"channel": Channel.SMS}, "2026-11-10T18:59", "2026-11-10T19:00", "by telephone"),
        ({"channel": Channel.SMS}, "2026-11-20T10:00", None, "a holiday"),
        (
            {"channel": Channel.VOICE, "hours": {Channel.VOICE: UNTIL_TEN}},
            "2026-11-10T18:59",
            "2026-11-10T20:00",
            "the law of São Paulo ends hours that a creditor chose",
        ),
        (
            {"hours": {Channel.EMAIL: SEVEN_TO_SEVEN}},
            "2026-11-10T10:00",
            "2026-11-10T19:00",
            "a creditor's own hours",
        ),
        (
            {"channel": Channel.WHATSAPP, "ufs": frozenset({"SP", "AC"})},
            "2026-11-10T18:00",
            "2026-11-10T19:00",
            "our hours in the creditor's choice, the easternmost place ends first",
        ),
        (
            {"channel": Channel.SMS, "ufs": frozenset({"AC"})},
            "2026-11-10T18:00",
            "2026-11-10T21:00",
            "two hours behind",
        ),
    ],
)
def test_until_when_what_is_sent_now_may_arrive(
    changes: dict[str, Any], now: str, until: str | None, why: str
) -> None:
    expected = None if until is None else at(until)
    assert open_until(request(**changes), at(now)) == expected, why


@given(channels, states, instants)
def test_a_channel_is_open_until_its_end_and_not_after(
    channel: Channel, ufs: frozenset[str], now: datetime
) -> None:
    until = open_until(request(channel=channel, ufs=ufs), now)
    assert (until is not None) is (next_allowed(channel, ufs, now) == now)
    if until is not None:
        last = until - timedelta(minutes=1)
        assert next_allowed(channel, ufs, max(now, last)) == max(now, last)
        assert next_allowed(channel, ufs, until) > until


@pytest.mark.parametrize("now", ["2026-02-16T10:00", "2026-06-04T10:00"])
def test_bank_holidays_that_are_no_public_holidays_do_not_close_the_window(now: str) -> None:
    """Carnival and Corpus Christi."""
    assert check(request(), at(now)) == Allowed()


def test_a_customer_of_two_zones_is_contacted_when_both_are_awake() -> None:
    both = frozenset({"SP", "AC"})
    verdict = check(request(ufs=both), at("2026-11-10T09:00"))
    assert isinstance(verdict, Deferred)
    assert verdict.until == at("2026-11-10T08:00", RIO_BRANCO)
    six_in_rio_branco = at("2026-11-10T18:00", RIO_BRANCO)
    assert isinstance(check(request(ufs=both), six_in_rio_branco), Deferred), "20h in São Paulo"


@pytest.mark.parametrize(
    ("changes", "reason", "code"),
    [
        ({"opted_out": True}, Reason.OPTED_OUT, "contact.opt_out"),
        ({"address": None, "has_any_address": False}, Reason.NO_ADDRESS, "contact.no_address"),
        ({"address": None}, Reason.ADDRESS_SUPPRESSED, "contact.suppressed_address"),
        (
            {
                "channel": Channel.SMS,
                "block_lists": [BlockListEntry(BlockList.NAO_ME_LIGUE_SP, date(2026, 10, 1))],
            },
            Reason.POLICY_DENIED,
            "block_list.nao_me_ligue_sp",
        ),
    ],
)
def test_who_cannot_or_will_not_be_reached_is_never_deferred_but_denied(
    changes: dict[str, Any], reason: Reason, code: str
) -> None:
    midnight = at("2026-11-15T00:00")
    verdict = check(request(**changes), midnight)
    assert isinstance(verdict, Denied)
    assert (verdict.reason, verdict.rule.code) == (reason, code)
    assert verdict.rule.source


def test_a_list_that_is_not_in_force_yet_or_protects_another_state_stops_nobody() -> None:
    entry = BlockListEntry(BlockList.NAO_ME_LIGUE_SP, date(2026, 11, 1))
    asked = request(channel=Channel.SMS, block_lists=[entry])
    assert check(asked, at("2026-11-10T10:00")) == Allowed()
    elsewhere = asked._replace(ufs=frozenset({"RJ"}))
    assert check(elsewhere, at("2026-12-10T10:00")) == Allowed()


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
        assert isinstance(verdict, Deferred)
        assert (verdict.until, verdict.reason) == (at(until), reason), why
        assert verdict.rule in (contact_policy.DAILY_CAP, contact_policy.WEEKLY_CAP)


def test_a_contact_late_yesterday_does_not_count_as_todays() -> None:
    yesterday_evening = at("2026-11-10T19:59")
    assert check(request(contacts=contacts(yesterday_evening)), NOW) == Allowed()
    elsewhere = request(contacts=contacts(yesterday_evening), cap_zone="Asia/Tokyo")
    assert isinstance(check(elsewhere, NOW), Deferred), "in Tokyo both were on the 11th"


def test_a_cap_that_ends_on_a_sunday_waits_for_the_window() -> None:
    saturday = at("2026-11-14T10:00")
    verdict = check(request(contacts=contacts(saturday)), saturday)
    assert isinstance(verdict, Deferred)
    assert (verdict.until, verdict.reason) == (at("2026-11-16T08:00"), Reason.DAILY_CAP)


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
        again = check(asked._replace(contacts=made), verdict.until)
        assert again == Allowed(), "one wait is enough"


def test_there_is_always_a_window_within_days() -> None:
    longest = max(
        next_allowed(channel, frozenset(ZONE_OF_UF), datetime.combine(day, time(), UTC))
        - datetime.combine(day, time(), UTC)
        for channel in Channel
        for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(3 * 365))
    )
    assert longest < timedelta(days=8), "every state's holidays at once, around a weekend"


def test_a_window_that_never_opens_is_a_defect_and_not_an_endless_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("regua.domain.contact_hours.window", lambda *_: None)
    with pytest.raises(AssertionError, match="no contact window"):
        next_allowed(Channel.EMAIL, ANYWHERE, NOW)
