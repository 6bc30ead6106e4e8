from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.application.ruler_document import read_ruler
from regua.domain.calendar import BusinessDays, is_business_day, roll
from regua.domain.invoice import Place
from regua.domain.ruler import (
    DEFAULT_RULER,
    Anchor,
    Channel,
    Phase,
    Ruler,
    Step,
    phase_of,
)
from tests.builders import DUE, any_invoice

DEFAULT = read_ruler(DEFAULT_RULER)
due_dates = st.dates(min_value=date(2021, 1, 1), max_value=date(2030, 12, 31))


def step(name: str, offset: int, anchor: Anchor = Anchor.DUE_DATE) -> Step:
    return Step(name, offset, (Channel.EMAIL,), "lembrete", anchor=anchor)


def ruler(*steps: Step, business_days: BusinessDays = BusinessDays.FOLLOWING) -> Ruler:
    return Ruler("teste", steps, business_days=business_days)


def dates(of: Ruler, due: date) -> dict[str, date]:
    invoice = any_invoice(issue_date=due - timedelta(days=20), due_date=due)
    return {s.id: on for on, s in of.dates_of(invoice)}


@pytest.mark.parametrize(
    ("due", "expected", "why"),
    [
        (
            date(2026, 11, 10),
            "2026-11-09 2026-11-10 2026-11-13 2026-11-17 2026-11-25 2026-12-10",
            "a Tuesday: the reminder of Saturday the 7th comes on Monday",
        ),
        (
            date(2026, 11, 7),
            "2026-11-04 2026-11-09 2026-11-12 2026-11-16 2026-11-24 2026-12-09",
            "a Saturday: due on Monday the 9th, and late days count from there",
        ),
        (
            date(2026, 2, 14),
            "2026-02-11 2026-02-18 2026-02-23 2026-02-25 2026-03-05 2026-03-20",
            "Carnival's Saturday: due on Ash Wednesday",
        ),
    ],
)
def test_the_default_rulers_dates(due: date, expected: str, why: str) -> None:
    assert [d.isoformat() for d in dates(DEFAULT, due).values()] == expected.split(), why


def test_the_default_ruler_is_the_promised_one() -> None:
    assert [s.offset_days for s in DEFAULT.steps] == [-3, 0, 3, 7, 15, 30]
    assert {c for s in DEFAULT.steps for c in s.channels} == {Channel.EMAIL}
    assert (DEFAULT.caps.per_day, DEFAULT.caps.per_week) == (1, 3)


@given(due_dates)
def test_nobody_is_chased_before_it_is_late(due: date) -> None:
    invoice = any_invoice(issue_date=due - timedelta(days=20), due_date=due)
    for on, each in DEFAULT.dates_of(invoice):
        assert is_business_day(on)
        assert (on > roll(due)) is (each.offset_days > 0), each.id


@given(due_dates, st.sampled_from(BusinessDays), st.integers(1, 9))
def test_an_overdue_step_is_never_rolled_back_to_a_day_that_is_in_time(
    due: date, convention: BusinessDays, offset: int
) -> None:
    (on,) = dates(ruler(step("vencida", offset), business_days=convention), due).values()
    assert on > roll(due)


def test_steps_come_in_the_order_of_their_dates_whatever_the_document_says() -> None:
    shuffled = ruler(step("c", 7), step("a", -3), step("b", 0))
    assert list(dates(shuffled, DUE)) == ["a", "b", "c"]
    assert all(one <= other for one, other in pairwise(dates(shuffled, DUE).values()))


def test_the_other_anchors_count_from_issue_and_from_the_step_before() -> None:
    anchored = ruler(
        step("emissao", 1, Anchor.ISSUE_DATE),
        step("vencida", 3),
        step("de-novo", 4, Anchor.PREVIOUS_STEP),
    )
    assert dates(anchored, DUE) == {
        "emissao": date(2026, 10, 22),
        "vencida": date(2026, 11, 13),
        "de-novo": date(2026, 11, 17),
    }


def test_preceding_and_no_roll_are_the_documents_choice() -> None:
    saturday = DUE + timedelta(days=4)
    for convention, expected in (
        (BusinessDays.PRECEDING, saturday - timedelta(days=1)),
        (BusinessDays.NONE, saturday),
        (BusinessDays.FOLLOWING, saturday + timedelta(days=2)),
    ):
        assert dates(ruler(step("x", 4), business_days=convention), DUE)["x"] == expected


def test_a_notice_on_the_due_date_itself_may_be_rolled_back() -> None:
    """Only what speaks of a delay must wait: a Saturday's notice may come on Friday."""
    saturday = date(2026, 11, 14)
    preceding = ruler(step("hoje", 0), business_days=BusinessDays.PRECEDING)
    assert dates(preceding, saturday) == {"hoje": date(2026, 11, 13)}


def test_what_was_dealt_with_is_not_pending() -> None:
    invoice = any_invoice(place=Place("vencida-3", date(2026, 11, 13)))
    assert [s.id for _, s in DEFAULT.pending(invoice)] == ["vencida-7", "vencida-15", "vencida-30"]
    done = replace(invoice, place=Place("vencida-30", date(2026, 12, 10)))
    assert not DEFAULT.pending(done)
    assert len(DEFAULT.pending(any_invoice())) == 6


def test_a_place_on_a_step_that_left_the_ruler_counts_by_its_date() -> None:
    invoice = any_invoice(place=Place("antiga", date(2026, 11, 14)))
    assert [s.id for _, s in DEFAULT.pending(invoice)] == ["vencida-7", "vencida-15", "vencida-30"]
    undated = any_invoice(place=Place("antiga"))
    assert len(DEFAULT.pending(undated)) == 6


def test_the_step_of_a_ruler_is_found_by_its_id() -> None:
    found = DEFAULT.step("vencida-7")
    assert found is not None
    assert found.template == "em_atraso"
    assert DEFAULT.step("nenhum") is None


@pytest.mark.parametrize(
    ("days", "phase"),
    [
        (-30, Phase.PREVENTIVE),
        (-1, Phase.PREVENTIVE),
        (0, Phase.DUE),
        (1, Phase.SOFT),
        (14, Phase.SOFT),
        (15, Phase.FIRM),
        (29, Phase.FIRM),
        (30, Phase.PRE_LISTING),
        (400, Phase.PRE_LISTING),
    ],
)
def test_the_phase_follows_from_the_days_after_the_due_date(days: int, phase: Phase) -> None:
    assert phase_of(days) is phase


def test_remembered_dates_are_forgotten_before_they_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("regua.domain.ruler._DATES_KEPT", 2)
    small = ruler(step("a", 1))
    for n in range(5):
        due = DUE + timedelta(days=n)
        (on,) = dates(small, due).values()
        assert on == roll(roll(due) + timedelta(days=1))
    assert len(small._dates) <= 2
