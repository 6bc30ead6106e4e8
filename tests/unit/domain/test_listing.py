"""Listing with a bureau and protest at the notary's: when, and what follows payment."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain import listing, protest
from regua.domain.calendar import is_business_day, roll
from regua.domain.errors import InvalidInput
from regua.domain.listing import (
    Act,
    Actor,
    Listable,
    ListingFacts,
    Never,
    NotYet,
    duties_after_payment,
    listing_ends_on,
    may_list,
    removal_due,
)
from regua.domain.money import ZERO, Money
from regua.domain.prescription import TERM_RULES, DebtKind
from regua.domain.protest import (
    consent_letter_due,
    electronic_summons_lapses,
    is_counter_day,
    paper_summons_lapses,
    registered_on,
)
from regua.domain.rules import Rule
from tests.shared_data import shared_data_path

DUE = date(2026, 9, 1)  # a Tuesday
LISTABLE_ON = date(2026, 10, 26)
READY = ListingFacts(
    due_date=DUE,
    balance=Money(14990),
    notice_sent_on=date(2026, 10, 10),
    notice_delivered_on=date(2026, 10, 13),
)
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 12, 31))
facts = st.builds(
    lambda due, kind, balance, notice, promise, held: ListingFacts(
        due_date=due,
        balance=balance,
        kind=kind,
        notice_sent_on=due + timedelta(days=notice[0]) if notice else None,
        notice_delivered_on=due + timedelta(days=sum(notice)) if notice else None,
        promised_until=due + timedelta(days=promise) if promise else None,
        is_disputed=held == 1,
        is_in_agreement=held == 2,
        is_over_indebted=held == 3,
        is_payment_in_transit=held == 4,
    ),
    days,
    st.sampled_from(DebtKind),
    st.integers(min_value=-5, max_value=10**7).map(Money),
    st.none() | st.tuples(st.integers(-10, 90), st.integers(0, 20)),
    st.none() | st.integers(1, 120),
    st.integers(0, 8),
)


def test_a_debt_is_listable_once_everything_holds() -> None:
    assert may_list(READY, LISTABLE_ON) == Listable()


@pytest.mark.parametrize(
    ("changes", "on", "rule", "why"),
    [
        ({"is_disputed": True}, None, listing.DISPUTED, "not certain"),
        ({"is_in_agreement": True}, None, listing.IN_AGREEMENT, "a new debt replaces it"),
        ({"is_over_indebted": True}, None, listing.OVER_INDEBTED, "Lei 14.181/2021"),
        ({"is_payment_in_transit": True}, None, listing.IN_TRANSIT, "it may be paid"),
        (
            {"promised_until": LISTABLE_ON},
            LISTABLE_ON + timedelta(days=1),
            listing.PROMISED,
            "the day of the promise still counts",
        ),
        ({"promised_until": LISTABLE_ON - timedelta(days=1)}, None, None, "a promise not kept"),
        (
            {"notice_sent_on": None, "notice_delivered_on": None},
            None,
            listing.NOTICE,
            "the bureau has not written",
        ),
        (
            {"notice_sent_on": DUE, "notice_delivered_on": DUE + timedelta(days=2)},
            None,
            listing.NOTICE,
            "a notice of what was not late is none",
        ),
        ({"notice_delivered_on": None}, None, listing.DELIVERY, "sent is not delivered"),
        (
            {"notice_delivered_on": date(2026, 10, 16)},
            date(2026, 10, 27),
            listing.WAIT,
            "ten days after a Friday end on a Monday; the day after is the first",
        ),
        (
            {"notice_delivered_on": date(2026, 10, 14)},
            date(2026, 10, 27),
            listing.WAIT,
            "ten days that end on a Saturday last until Monday",
        ),
        (
            {"due_date": date(2026, 9, 28)},
            date(2026, 10, 28),
            listing.DELAY,
            "thirty days late first",
        ),
    ],
)
def test_what_stands_in_the_way_is_named_with_its_date(
    changes: dict[str, Any],
    on: date | None,
    rule: Rule | None,
    why: str,
) -> None:
    found = may_list(replace(READY, **changes), LISTABLE_ON)
    assert found == (NotYet(on, rule) if rule else Listable()), why


@pytest.mark.parametrize(
    ("changes", "today", "rule", "why"),
    [
        ({"balance": ZERO}, LISTABLE_ON, listing.OWED, "paid"),
        ({"balance": Money(-1)}, LISTABLE_ON, listing.OWED, "paid twice"),
        ({"is_cancelled": True}, LISTABLE_ON, listing.OWED, "cancelled"),
        ({}, date(2031, 9, 2), TERM_RULES[DebtKind.INSTRUMENT], "prescribed"),
        ({"kind": DebtKind.RENT}, date(2029, 9, 2), TERM_RULES[DebtKind.RENT], "prescribed"),
        ({"kind": DebtKind.OTHER}, date(2031, 9, 2), listing.AGE, "owed, yet too old to list"),
        (
            {"interrupted_on": date(2030, 1, 1)},
            date(2031, 9, 2),
            listing.AGE,
            "an interruption keeps the debt alive and not the listing",
        ),
    ],
)
def test_what_no_waiting_mends_is_never_listed(
    changes: dict[str, Any],
    today: date,
    rule: Rule,
    why: str,
) -> None:
    assert may_list(replace(READY, **changes), today) == Never(rule), why


@pytest.mark.parametrize(
    ("today", "verdict"),
    [
        (date(2026, 10, 23), NotYet(LISTABLE_ON, listing.WAIT)),
        (date(2026, 10, 25), NotYet(LISTABLE_ON, listing.WAIT)),
        (LISTABLE_ON, Listable()),
        (date(2031, 9, 1), Listable()),
    ],
)
def test_the_notice_gives_ten_days_and_the_listing_starts_on_a_business_day(
    today: date, verdict: listing.Verdict
) -> None:
    """Delivered on Tuesday 13 October: the tenth day is Friday 23, the first day is Monday 26."""
    assert may_list(READY, today) == verdict


def test_a_delay_counts_from_the_moved_due_date() -> None:
    saturday = ListingFacts(date(2026, 2, 14), Money(1))  # Carnival: effective on 18 February
    assert may_list(saturday, date(2026, 3, 19)) == NotYet(date(2026, 3, 20), listing.DELAY)
    assert may_list(saturday, date(2026, 3, 20)) == NotYet(None, listing.NOTICE)


@given(facts, st.integers(min_value=-40, max_value=4000))
def test_listing_needs_every_condition_at_once(case: ListingFacts, after: int) -> None:
    today = case.due_date + timedelta(days=after)
    if may_list(case, today) != Listable():
        return
    assert case.balance > ZERO
    assert today <= listing_ends_on(case.due_date, case.kind)
    assert (today - roll(case.due_date)).days >= listing.MIN_DAYS_LATE
    assert case.notice_delivered_on is not None
    assert (today - case.notice_delivered_on).days > listing.NOTICE_DAYS
    assert case.promised_until is None or today > case.promised_until
    held = (case.is_disputed, case.is_in_agreement, case.is_over_indebted)
    assert not any((*held, case.is_payment_in_transit, case.is_cancelled))


@given(facts, st.integers(min_value=-40, max_value=4000))
def test_the_date_named_lies_ahead_and_nothing_is_listable_before_it(
    case: ListingFacts, after: int
) -> None:
    today = case.due_date + timedelta(days=after)
    found = may_list(case, today)
    if isinstance(found, NotYet) and found.on:
        assert found.on > today
        assert may_list(case, found.on - timedelta(days=1)) != Listable()
    if isinstance(found, Never):
        assert isinstance(may_list(case, today + timedelta(days=400)), Never)


@pytest.mark.parametrize(
    ("build", "path"),
    [
        (lambda: replace(READY, notice_sent_on=None), "notice_delivered_on"),
        (lambda: replace(READY, notice_delivered_on=date(2026, 10, 9)), "notice_delivered_on"),
        (lambda: replace(READY, due_date=date.max), "due_date"),
        (lambda: replace(READY, promised_until=date.max), "promised_until"),
        (lambda: may_list(replace(READY, interrupted_on=date(2026, 8, 1)), DUE), "interrupted_on"),
        (lambda: removal_due(date.max), "paid_on"),
        (lambda: registered_on(date.max), "filed_on"),
        (lambda: registered_on(DUE, date(2026, 8, 1)), "summoned_on"),
        (lambda: consent_letter_due(date.max), "paid_on"),
        (lambda: electronic_summons_lapses(date.max), "sent_on"),
        (lambda: paper_summons_lapses(date.max), "sent_on"),
    ],
)
def test_what_cannot_be_is_refused_with_its_path(build: Any, path: str) -> None:  # noqa: ANN401 - a function
    with pytest.raises(InvalidInput) as refused:
        build()
    assert [problem.path for problem in refused.value.problems] == [path]


@given(st.dates(), st.dates(), st.none() | st.dates(), st.none() | st.dates())
def test_any_dates_give_a_verdict_or_a_refusal(
    due: date, today: date, sent: date | None, delivered: date | None
) -> None:
    try:
        case = ListingFacts(due, Money(1), notice_sent_on=sent, notice_delivered_on=delivered)
        assert isinstance(may_list(case, today), (Listable, NotYet, Never))
    except InvalidInput:
        assert 9999 in {d.year for d in (due, sent, delivered) if d} or delivered is not None


# ── after payment ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.shared_data
def test_removal_is_due_as_in_the_reference() -> None:
    known = json.loads(shared_data_path("bank_calendar.json").read_text())
    for row in known["sumula548_5_business_days"]:
        assert removal_due(date.fromisoformat(row["paid"])).isoformat() == row["deadline_5bd"]


@pytest.mark.parametrize(
    ("paid", "due", "why"),
    [
        (date(2026, 11, 19), date(2026, 11, 27), "20 November is a holiday: day one is the 23rd"),
        (date(2026, 11, 21), date(2026, 11, 27), "a Saturday: day one is Monday"),
        (date(2026, 2, 13), date(2026, 2, 24), "Carnival: day one is Ash Wednesday"),
        (date(2026, 3, 2), date(2026, 3, 9), "a common week"),
    ],
)
def test_removal_counts_from_the_first_business_day_after_payment(
    paid: date, due: date, why: str
) -> None:
    assert removal_due(paid) == due, why


def test_the_creditor_removes_a_listing_and_the_customer_cancels_a_protest() -> None:
    paid = date(2026, 11, 19)
    duties = duties_after_payment(paid, is_listed=True, is_protested=True)
    assert [(d.act, d.by, d.due_on) for d in duties] == [
        (Act.REMOVE_LISTING, Actor.CREDITOR, date(2026, 11, 27)),
        (Act.ISSUE_CONSENT_LETTER, Actor.CREDITOR, date(2026, 11, 23)),
        (Act.CANCEL_PROTEST, Actor.CUSTOMER, None),
    ]
    assert "725" in duties[2].rule.source
    assert "548" in duties[0].rule.source
    assert duties_after_payment(paid) == ()


@pytest.mark.parametrize(
    ("kind", "interrupted_on", "ends", "why"),
    [
        (DebtKind.INSTRUMENT, None, date(2031, 9, 1), "five years"),
        (DebtKind.OTHER, None, date(2031, 9, 1), "Súmula 323, though the debt lives on"),
        (DebtKind.RENT, None, date(2029, 9, 1), "CDC art. 43 §5: prescribed"),
        (DebtKind.RENT, date(2028, 1, 1), date(2031, 1, 1), "interrupted once"),
        (DebtKind.INSTRUMENT, date(2030, 1, 1), date(2031, 9, 1), "nothing prolongs a listing"),
    ],
)
def test_a_listing_ends_after_five_years_or_with_the_debt(
    kind: DebtKind, interrupted_on: date | None, ends: date, why: str
) -> None:
    assert listing_ends_on(DUE, kind, interrupted_on) == ends, why


# ── protest ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("day", "counts", "why"),
    [
        (date(2026, 2, 18), False, "Ash Wednesday: banks open at noon"),
        (date(2026, 12, 24), False, "Christmas Eve: banks close early"),
        (date(2026, 12, 31), False, "the last business day: no service at the counter"),
        (date(2022, 12, 30), False, "the last business day, for the 31st was a Saturday"),
        (date(2026, 12, 30), True, "a common Wednesday"),
        (date(2026, 11, 20), False, "a national holiday"),
        (date(2026, 11, 22), False, "a Sunday"),
    ],
)
def test_the_notary_counts_days_of_usual_bank_hours(*, day: date, counts: bool, why: str) -> None:
    assert is_counter_day(day) is counts, why


@pytest.mark.parametrize(
    ("filed", "summoned", "registered", "why"),
    [
        (date(2026, 11, 9), None, date(2026, 11, 12), "three days, the first not counted"),
        (date(2026, 11, 9), date(2026, 11, 10), date(2026, 11, 12), "summoned in time"),
        (date(2026, 11, 9), date(2026, 11, 12), date(2026, 11, 13), "art. 13: on the last day"),
        (date(2026, 11, 9), date(2026, 11, 18), date(2026, 11, 19), "art. 13: beyond it"),
        (date(2026, 2, 13), None, date(2026, 2, 23), "Carnival and Ash Wednesday do not count"),
        (date(2026, 12, 23), None, date(2026, 12, 30), "nor do the days of the feasts"),
    ],
)
def test_a_protest_is_registered_on_the_third_day_or_after_a_late_summons(
    filed: date, summoned: date | None, registered: date, why: str
) -> None:
    assert registered_on(filed, summoned) == registered, why


def test_summonses_lapse_after_three_and_seven_days() -> None:
    friday = date(2026, 11, 6)
    assert electronic_summons_lapses(friday) == date(2026, 11, 11)
    assert paper_summons_lapses(friday) == date(2026, 11, 17)


@given(days)
def test_deadlines_fall_on_business_days_after_the_start(start: date) -> None:
    for deadline in (
        removal_due(start),
        consent_letter_due(start),
        registered_on(start),
        electronic_summons_lapses(start),
        paper_summons_lapses(start),
    ):
        assert deadline > start
        assert is_business_day(deadline)
    assert registered_on(start, start) == registered_on(start)
    assert registered_on(start, start + timedelta(days=30)) > registered_on(start)


@pytest.mark.parametrize("module", [listing, protest])
def test_rules_have_one_code_each_and_a_source(module: Any) -> None:  # noqa: ANN401 - a module
    assert len({rule.code for rule in module.RULES}) == len(module.RULES)
    assert all(rule.source and rule.says.endswith(".") for rule in module.RULES)
