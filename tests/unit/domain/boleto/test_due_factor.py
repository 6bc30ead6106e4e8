from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.domain.boleto.due_factor import (
    CYCLE_DAYS,
    DAY_ZERO,
    DAYS_AHEAD,
    DAYS_BACK,
    RESET,
    RULES,
    decode,
    encode,
)
from regua.domain.errors import InvalidInput
from tests.unit.domain.boleto.vectors import rows

NOW = date(2026, 11, 22)
days = st.dates(min_value=DAY_ZERO + timedelta(days=1))
readings = st.dates(min_value=date(2009, 1, 1), max_value=date(2200, 1, 1))
offsets = st.integers(min_value=-DAYS_BACK, max_value=DAYS_AHEAD)


@pytest.mark.shared_data
def test_the_published_factors() -> None:
    for row in rows("fator_vencimento.json", "encode"):
        assert encode(date.fromisoformat(row["due"])) == row["fator"], row


@pytest.mark.shared_data
def test_the_published_dates_except_one_outside_the_window() -> None:
    """7600 on 2026-11-22 gives 2043-03-20 there, 5,962 days ahead: the file has no upper bound."""
    refused = []
    for row in rows("fator_vencimento.json", "decode"):
        today, due = date.fromisoformat(row["today"]), date.fromisoformat(row["due"])
        if (due - today).days > DAYS_AHEAD:
            refused.append((row["fator"], row["today"]))
            with pytest.raises(InvalidInput):
                decode(row["fator"], today)
        else:
            assert decode(row["fator"], today) == due, row
    assert refused == [(7600, "2026-11-22")]


@pytest.mark.parametrize(
    ("factor", "today", "due", "why"),
    [
        (3000, date(2014, 3, 12), date(2005, 12, 24), "the comunicado's example: 3,000 back"),
        (2500, date(2014, 3, 12), date(2029, 4, 2), "and 5,500 ahead"),
        (9999, date(2025, 2, 22), date(2025, 2, 21), "yesterday, before the reset"),
        (1000, date(2025, 2, 21), RESET, "tomorrow, after it"),
        (1000, date(2049, 10, 14), date(2049, 10, 14), "the second reset"),
        (9999, date(2049, 10, 14), date(2049, 10, 13), "the day before it"),
        (1, date(1997, 10, 8), date(1997, 10, 8), "before the published cycle"),
        (0, NOW, None, "no due date"),
    ],
)
def test_the_day_of_reading_decides(factor: int, today: date, due: date | None, why: str) -> None:
    assert decode(factor, today) == due, why


_FAR = (date.max - DAY_ZERO).days % CYCLE_DAYS + 365


@pytest.mark.parametrize(
    ("factor", "today", "why"),
    [
        (2999, date(2014, 3, 12), "one day too old"),
        (2501, date(2014, 3, 12), "one day too far"),
        (999, NOW, "stood for 2000-07-02 only, and must not become the day of 9999"),
        (1, NOW, "long past"),
        (10000, NOW, "five digits"),
        (-1, NOW, "no digits"),
        (_FAR, date.max, "a date a year after the last there is"),
        (5000, date.min, "further ahead than the window"),
    ],
)
def test_a_factor_outside_the_window_is_refused(factor: int, today: date, why: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        decode(factor, today)
    assert refused.value.problems[0].path == "due_factor", why


@pytest.mark.parametrize("due", [DAY_ZERO, date(1990, 1, 1), date.min])
def test_nothing_is_due_on_day_zero_or_before(due: date) -> None:
    with pytest.raises(InvalidInput, match="due_date"):
        encode(due)


@given(readings, offsets)
def test_a_date_in_the_window_survives_the_round_trip(today: date, offset: int) -> None:
    due = today + timedelta(days=offset)
    assert decode(encode(due), today) == due


@settings(max_examples=20)
@given(readings, st.integers(min_value=1000, max_value=9999))
def test_a_factor_is_read_as_its_only_date_in_the_window_or_refused(
    today: date, factor: int
) -> None:
    window = (today + timedelta(days=n) for n in range(-DAYS_BACK, DAYS_AHEAD + 1))
    inside = [day for day in window if encode(day) == factor]
    found = []
    with suppress(InvalidInput):
        found = [decode(factor, today)]
    assert found == inside


@given(days)
def test_the_factor_grows_by_one_a_day_and_starts_over_at_1000(due: date) -> None:
    if due == date.max:
        return
    today, tomorrow = encode(due), encode(due + timedelta(days=1))
    assert tomorrow == (today + 1 if today < 9999 else 1000)


@given(st.integers(min_value=-20000, max_value=20000), st.dates())
def test_any_number_on_any_day_is_read_or_refused(factor: int, today: date) -> None:
    with suppress(InvalidInput):
        due = decode(factor, today)
        assert due is None or -DAYS_BACK <= (due - today).days <= DAYS_AHEAD


def test_the_rules_state_the_reset_that_the_code_computes() -> None:
    assert date(2025, 2, 22) == RESET
    assert any(str(RESET) in rule.says and str(CYCLE_DAYS) in rule.says for rule in RULES)
