"""The independent calendar agrees with the reference one, and with the product's own rule."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from local.demo.oracle import (
    clock_of,
    is_banking_day,
    is_late,
    kind_of_day,
    last_punctual_day,
)
from regua.domain.calendar import is_business_day
from regua.domain.contact_hours import NATIONAL_HOLIDAY, holiday_rule
from regua.domain.ruler import Channel
from regua.domain.time_zones import ZONE_OF_UF
from tests.shared_data import shared_data_path


@pytest.mark.shared_data
def test_closed_weekdays_are_those_of_the_reference_calendar() -> None:
    reference = json.loads(shared_data_path("bank_calendar.json").read_text())["bank_holidays"]
    closed = {
        date.fromisoformat(entry["date"]) for entries in reference.values() for entry in entries
    }
    day = date(min(map(int, reference)), 1, 1)
    while day.year <= max(map(int, reference)):
        assert is_banking_day(day) == (day.weekday() < 5 and day not in closed), day
        day += timedelta(days=1)


def test_two_independent_implementations_agree_for_years() -> None:
    day = date(2024, 1, 1)
    while day.year < 2032:
        assert is_banking_day(day) == is_business_day(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("due", "paid", "late", "why"),
    [
        ("2024-05-04", "2024-05-06", False, "due on Saturday, paid on Monday"),
        ("2024-05-04", "2024-05-07", True, "due on Saturday, paid on Tuesday"),
        ("2024-05-01", "2024-05-02", False, "due on Labour Day"),
        ("2024-05-02", "2024-05-03", True, "due on a business day"),
        ("2026-02-14", "2026-02-18", False, "Carnival: up to Ash Wednesday"),
        ("2026-12-31", "2026-12-31", False, "31 December is a banking day"),
    ],
)
def test_paid_on_the_next_banking_day_is_on_time(
    *, due: str, paid: str, late: bool, why: str
) -> None:
    assert is_late(date.fromisoformat(due), date.fromisoformat(paid)) is late, why


def test_a_banking_day_is_its_own_last_punctual_day() -> None:
    assert last_punctual_day(date(2026, 11, 23)) == date(2026, 11, 23)


def test_days_of_rest_are_those_on_which_nobody_is_contacted() -> None:
    day = date(2024, 1, 1)
    while day.year < 2032:
        rests = holiday_rule(Channel.EMAIL, None, day) is NATIONAL_HOLIDAY
        assert (kind_of_day(day) == "sunday_and_holiday") == rests, day
        day += timedelta(days=1)


def test_a_state_s_clock_is_the_one_the_product_keeps_for_it() -> None:
    noon = datetime(2026, 11, 27, 12, tzinfo=UTC)
    for uf, zone in ZONE_OF_UF.items():
        assert noon.astimezone(clock_of(uf)).hour == noon.astimezone(ZoneInfo(zone)).hour, uf
    assert clock_of(None) == clock_of("SP")
