"""What will happen to an account: decisions taken one after the other, dates written by hand."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.application.ruler_document import read_ruler
from regua.domain import projection
from regua.domain.account import Account
from regua.domain.circumstances import Circumstances
from regua.domain.decision import Decision
from regua.domain.ids import DispatchId
from regua.domain.notes import NoteKind
from regua.domain.projection import is_seen, project
from regua.domain.ruler import DEFAULT_RULER, Channel, Fallback, Ruler, Seen, Step
from regua.domain.rulers import Rulers
from regua.domain.schedule import scheduled
from tests.builders import DUE, any_account, any_customer, any_invoice, nine_o_clock

RULERS = Rulers.only(read_ruler(DEFAULT_RULER))
START = nine_o_clock(date(2026, 11, 1))
END = nine_o_clock(date(2027, 2, 1))
EVERY_CHANNEL = Circumstances(senders=frozenset(Channel), opt_in_needed=frozenset())
WITH_FALLBACK = Rulers.only(
    Ruler(
        "com-alternativa",
        (
            Step(
                "vencida",
                3,
                (Channel.WHATSAPP, Channel.EMAIL),
                "vencida",
                fallback=Fallback(4, Seen.DELIVERED),
            ),
        ),
    )
)


def ready(account: Account, rulers: Rulers = RULERS, start: datetime = START) -> Account:
    return scheduled(account, rulers, start)


def reached_by_telephone(*invoices: Any) -> Account:  # noqa: ANN401 - as the builder
    return any_account(*invoices, customer=any_customer(phones=("+5511987654321",)))


def contacts(decisions: Sequence[Decision]) -> list[tuple[date, str, str]]:
    made = [d.to_publish for d in decisions if d.to_publish is not None]
    return [(m.decided_on, m.step_id, m.channel.value) for m in made]


def test_an_unpaid_invoice_goes_down_the_whole_ruler_on_the_days_of_the_calendar() -> None:
    decisions = list(project(ready(any_account(any_invoice())), RULERS, START, END))
    assert contacts(decisions) == [
        (date(2026, 11, 9), "lembrete", "email"),  # the 7th is a Saturday
        (date(2026, 11, 10), "vencimento", "email"),
        (date(2026, 11, 13), "vencida-3", "email"),
        (date(2026, 11, 17), "vencida-7", "email"),
        (date(2026, 11, 25), "vencida-15", "email"),
        (date(2026, 12, 10), "vencida-30", "email"),
    ]
    assert [d.newly_overdue for d in decisions if d.newly_overdue] == [("fat-1",)]
    assert [n.kind for d in decisions for n in d.notes] == [NoteKind.RULER_ENDED]
    assert decisions[-1].account.next_evaluation_at is None


def test_each_decision_goes_on_from_the_one_before() -> None:
    decisions = list(project(ready(any_account(any_invoice())), RULERS, START, END))
    planned = [d.dispatch.schedule_seq for d in decisions if d.dispatch is not None]
    assert planned == list(range(len(planned)))


@pytest.mark.parametrize(("end", "expected"), [(0, 1), (-1, 0)])
def test_the_end_is_the_last_instant_that_is_looked_at(end: int, expected: int) -> None:
    last = nine_o_clock(date(2026, 11, 9)) + timedelta(microseconds=end)
    decisions = list(project(ready(any_account(any_invoice())), RULERS, START, last))
    assert len(contacts(decisions)) == expected


def test_what_is_late_already_is_looked_at_at_the_start() -> None:
    account = ready(any_account(any_invoice()), start=START)
    start = nine_o_clock(DUE + timedelta(days=20))
    first = next(iter(project(account, RULERS, start, END)))
    assert first.to_publish is not None
    assert (first.to_publish.decided_at, first.to_publish.step_id) == (start, "vencida-15")


@pytest.mark.parametrize("account", [any_account(), any_account(any_invoice())])
def test_an_account_that_nothing_wakes_is_left_alone(account: Account) -> None:
    assert list(project(account, RULERS, START, END)) == []


def test_nobody_pays_meanwhile() -> None:
    account = ready(any_account(any_invoice()))
    last = list(project(account, RULERS, START, END))[-1].account
    assert [i.balance for i in last.invoices.values()] == [any_invoice().amount]


# ── the next channel ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("seen_percent", "expected"), [(0, ["whatsapp", "email"]), (100, ["whatsapp"])]
)
def test_the_next_channel_follows_a_contact_that_nobody_saw(
    seen_percent: int, expected: list[str]
) -> None:
    account = ready(reached_by_telephone(any_invoice()), WITH_FALLBACK)
    decisions = list(
        project(account, WITH_FALLBACK, START, END, EVERY_CHANNEL, seen_percent=seen_percent)
    )
    assert [channel for _, _, channel in contacts(decisions)] == expected


def test_what_is_known_to_be_seen_needs_no_assumption() -> None:
    account = ready(reached_by_telephone(any_invoice()), WITH_FALLBACK)
    steps = project(account, WITH_FALLBACK, START, END, EVERY_CHANNEL)
    first = next(d for d in steps if d.to_publish is not None)
    assert first.to_publish is not None
    known = {first.to_publish.dispatch_id: frozenset({Seen.DELIVERED})}
    given_seen = Circumstances(senders=frozenset(Channel), opt_in_needed=frozenset(), seen=known)
    later = list(project(first.account, WITH_FALLBACK, START, END, given_seen))
    assert contacts(later) == []


def test_what_is_known_not_to_be_seen_wins_over_the_assumption() -> None:
    account = ready(reached_by_telephone(any_invoice()), WITH_FALLBACK)
    steps = project(account, WITH_FALLBACK, START, END, EVERY_CHANNEL)
    first = next(d for d in steps if d.to_publish is not None)
    assert first.to_publish is not None
    known = {first.to_publish.dispatch_id: frozenset[Seen]()}
    given_seen = Circumstances(senders=frozenset(Channel), opt_in_needed=frozenset(), seen=known)
    later = project(first.account, WITH_FALLBACK, START, END, given_seen, seen_percent=100)
    assert [channel for _, _, channel in contacts(list(later))] == ["email"]


ids = st.text("0123456789abcdef", min_size=32, max_size=32).map(DispatchId)


@given(ids, st.integers(0, 99))
def test_who_sees_at_a_share_sees_at_a_larger_one(dispatch_id: DispatchId, percent: int) -> None:
    assert not is_seen(dispatch_id, 0)
    assert is_seen(dispatch_id, 100)
    assert is_seen(dispatch_id, percent) <= is_seen(dispatch_id, percent + 1)


def test_a_share_of_the_ids_is_seen() -> None:
    """Of evenly spread ids, as a hash makes them, exactly the share counts as seen."""
    spread = [DispatchId(f"{n << 24:08x}" + "0" * 24) for n in range(256)]
    assert sum(is_seen(i, 25) for i in spread) == 64


# ── time only goes forward ─────────────────────────────────────────────────────────────────────


def test_a_decision_that_does_not_advance_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    account = ready(any_account(any_invoice()))
    monkeypatch.setattr(projection, "decide", lambda account, *_: Decision(account))
    with pytest.raises(AssertionError, match="did not advance"):
        list(project(account, RULERS, START, END))


due_dates = st.lists(st.integers(-40, 60), min_size=1, max_size=4)


@given(due_dates, st.integers(0, 92))
def test_two_stretches_of_time_give_what_one_gives(dues: list[int], days: int) -> None:
    invoices = [
        any_invoice(f"fat-{n}", due_date=DUE + timedelta(days=d), issue_date=date(2026, 6, 1))
        for n, d in enumerate(dues)
    ]
    account = ready(any_account(*invoices))
    whole = list(project(account, RULERS, START, END))
    until = START + timedelta(days=days)
    first = list(project(account, RULERS, START, until))
    middle = first[-1].account if first else account
    second = list(project(middle, RULERS, until, END))
    assert [*first, *second] == whole


@given(due_dates)
def test_time_never_goes_back(dues: list[int]) -> None:
    invoices = [
        any_invoice(f"fat-{n}", due_date=DUE + timedelta(days=d), issue_date=date(2026, 6, 1))
        for n, d in enumerate(dues)
    ]
    decisions = project(ready(any_account(*invoices)), RULERS, START, END)
    instants = [d.dispatch.decided_at for d in decisions if d.dispatch is not None]
    assert instants == sorted(instants)
