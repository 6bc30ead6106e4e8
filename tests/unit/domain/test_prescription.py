from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.errors import InvalidInput
from regua.domain.prescription import (
    RULES,
    TERM_RULES,
    WARN_DAYS,
    Current,
    DebtKind,
    Prescribed,
    Warned,
    executable_until,
    prescribes_on,
    standing,
)
from regua.domain.steps import is_prescribed
from tests.builders import any_invoice

DUE = date(2021, 11, 10)
kinds = st.sampled_from(DebtKind)
dues = st.dates(min_value=date(1990, 1, 1), max_value=date(2040, 12, 31))
waits = st.integers(min_value=-400, max_value=4200)


@pytest.mark.parametrize(
    ("kind", "years", "article"),
    [
        (DebtKind.INSTRUMENT, 5, "206 §5 I"),
        (DebtKind.RENT, 3, "206 §3 I"),
        (DebtKind.LODGING, 1, "206 §1 I"),
        (DebtKind.ALIMONY, 2, "206 §2"),
        (DebtKind.OTHER, 10, "205"),
    ],
)
def test_every_kind_has_the_term_of_its_article(kind: DebtKind, years: int, article: str) -> None:
    assert prescribes_on(DUE, kind) == DUE.replace(year=DUE.year + years)
    assert f"art. {article}" in TERM_RULES[kind].source
    assert f" {years} year" in TERM_RULES[kind].says


@pytest.mark.parametrize(
    ("due", "kind", "end", "why"),
    [
        (date(2020, 2, 29), DebtKind.INSTRUMENT, date(2025, 2, 28), "a day early, never late"),
        (date(2024, 2, 29), DebtKind.LODGING, date(2025, 2, 28), "the same"),
        (date(2023, 2, 28), DebtKind.LODGING, date(2024, 2, 28), "not the 29th"),
        (date(2021, 12, 31), DebtKind.RENT, date(2024, 12, 31), "the last day of a year"),
        (date(2026, 11, 7), DebtKind.LODGING, date(2027, 11, 7), "a Sunday moves nothing"),
    ],
)
def test_the_term_ends_on_the_same_day_of_the_month(
    due: date, kind: DebtKind, end: date, why: str
) -> None:
    assert prescribes_on(due, kind) == end, why


@pytest.mark.parametrize(
    ("interrupted_on", "end", "why"),
    [
        (None, date(2026, 11, 10), "nothing happened"),
        (date(2021, 11, 10), date(2026, 11, 10), "on the due date itself"),
        (date(2023, 5, 2), date(2028, 5, 2), "the term starts again"),
        (date(2024, 2, 29), date(2029, 2, 28), "on a leap day"),
        (date(2026, 11, 10), date(2031, 11, 10), "on the last day"),
        (date(2026, 11, 11), date(2026, 11, 10), "too late: what is prescribed stays so"),
    ],
)
def test_one_interruption_starts_the_term_again(
    interrupted_on: date | None, end: date, why: str
) -> None:
    assert prescribes_on(DUE, DebtKind.INSTRUMENT, interrupted_on) == end, why


@pytest.mark.parametrize(
    ("left", "expected"),
    [(91, None), (90, 90), (31, 90), (30, 30), (1, 30), (0, 30)],
)
def test_somebody_is_warned_before_the_end(left: int, expected: int | None) -> None:
    end = prescribes_on(DUE, DebtKind.INSTRUMENT)
    found = standing(DUE, end - timedelta(days=left), DebtKind.INSTRUMENT)
    if expected is None:
        assert found == Current(end)
    else:
        assert isinstance(found, Warned)
        assert (found.until, found.within_days) == (end, expected)
    assert expected in (None, *WARN_DAYS)


def test_a_prescribed_debt_names_its_rule_and_the_ruling_against_any_collection() -> None:
    found = standing(DUE, date(2026, 11, 11), DebtKind.INSTRUMENT)
    assert found == Prescribed(date(2026, 11, 10), TERM_RULES[DebtKind.INSTRUMENT])
    assert "2.088.100" in TERM_RULES[DebtKind.INSTRUMENT].source


@given(st.dates(), waits)
def test_the_line_lies_where_years_months_and_days_have_all_passed(due: date, days: int) -> None:
    """The oracle compares calendar fields, and was the ruler's own test before this module."""
    today = min(date.max.toordinal(), max(1, due.toordinal() + days))
    on = date.fromordinal(today)
    passed = (on.year - due.year, on.month, on.day) > (5, due.month, due.day)
    assert isinstance(standing(due, on, DebtKind.INSTRUMENT), Prescribed) is passed
    assert is_prescribed(any_invoice(issue_date=due, due_date=due), on) is passed


@given(dues, waits, kinds)
def test_once_prescribed_always_prescribed(due: date, days: int, kind: DebtKind) -> None:
    today = due + timedelta(days=days)
    order = [Current, Warned, Prescribed]
    now = order.index(type(standing(due, today, kind)))
    assert now <= order.index(type(standing(due, today + timedelta(days=1), kind)))


@given(dues, dues, kinds, st.integers(min_value=0, max_value=4000))
def test_order_of_due_dates_and_interruptions_is_kept(
    one: date, other: date, kind: DebtKind, days: int
) -> None:
    first, second = sorted((one, other))
    assert prescribes_on(first, kind) <= prescribes_on(second, kind)
    interrupted = prescribes_on(one, kind, one + timedelta(days=days))
    assert interrupted >= prescribes_on(one, kind)


def test_an_interruption_before_the_due_date_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        prescribes_on(DUE, DebtKind.RENT, date(2021, 11, 9))
    assert [problem.path for problem in refused.value.problems] == ["interrupted_on"]


@given(st.dates(), st.dates(), kinds, st.none() | st.dates())
def test_any_dates_give_a_standing_or_that_refusal(
    due: date, today: date, kind: DebtKind, interrupted_on: date | None
) -> None:
    try:
        assert isinstance(standing(due, today, kind, interrupted_on), (Current, Warned, Prescribed))
    except InvalidInput:
        assert interrupted_on is not None
        assert interrupted_on < due


def test_a_term_that_outlasts_the_calendar_ends_with_it() -> None:
    assert prescribes_on(date(9998, 5, 1), DebtKind.INSTRUMENT) == date.max


def test_a_duplicata_is_executable_for_three_years() -> None:
    assert executable_until(DUE) == date(2024, 11, 10)


def test_rules_have_one_code_each_and_a_source() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert all(rule.source and rule.says.endswith(".") for rule in RULES)
