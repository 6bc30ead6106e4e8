"""What a portfolio would be sent: counts against a calendar by hand and against a plain loop."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.application.ruler_document import read_ruler
from regua.application.simulate import (
    MAX_DAYS,
    Comparison,
    PlannedContact,
    Simulation,
    StepOfRuler,
    as_document,
    compare,
    comparison_document,
    simulate,
)
from regua.domain.account import Account
from regua.domain.circumstances import Circumstances
from regua.domain.conditions import Conditions
from regua.domain.decision import decide
from regua.domain.errors import InvalidInput
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import CustomerId
from regua.domain.money import Money
from regua.domain.prices import DEFAULT_COSTS, LIST_PRICES
from regua.domain.reasons import Reason
from regua.domain.ruler import DEFAULT_RULER, Channel, Fallback, Ruler, Seen, Step, Thresholds
from regua.domain.rulers import Assignment, Line, Rulers, Segment
from regua.domain.schedule import scheduled
from tests.builders import DUE, any_account, any_customer, any_invoice

RULER = read_ruler(DEFAULT_RULER)
RULERS = Rulers.only(RULER)
FIRST = date(2026, 11, 2)
START = datetime(2026, 11, 2, 3, tzinfo=UTC)
"""Midnight in São Paulo."""
EVERY_CHANNEL = Circumstances(senders=frozenset(Channel), opt_in_needed=frozenset())
EMAIL = Channel.EMAIL


def owner(number: int, *dues: date, **changes: Any) -> Account:  # noqa: ANN401 - any field
    """Return a customer of their own with one invoice per due date."""
    key = CustomerId(f"cli-{number}")
    invoices = [
        any_invoice(
            f"fat-{number}-{n}", customer_id=key, due_date=due, issue_date=due - timedelta(days=30)
        )
        for n, due in enumerate(dues)
    ]
    fields: dict[str, Any] = {"customer_id": key, "customer": any_customer(external_id=key)}
    return any_account(*invoices, **{**fields, **changes})


def volume(simulation: Simulation) -> dict[date, int]:
    return {day: n for (day, _), n in simulation.volume.items()}


# ── by hand ────────────────────────────────────────────────────────────────────────────────────


def test_three_customers_by_hand() -> None:
    """The days are written from a calendar of 2026: 2, 15 and 20 November are holidays."""
    found = simulate(
        [
            owner(1, date(2026, 11, 10)),
            owner(2, date(2026, 11, 10), date(2026, 11, 10)),  # one contact for both
            owner(3, date(2026, 11, 20)),  # effectively Monday 23rd
        ],
        RULERS,
        START,
        30,
    )
    assert volume(found) == {
        date(2026, 11, 9): 2,  # lembrete, of Saturday 7
        date(2026, 11, 10): 2,  # vencimento
        date(2026, 11, 13): 2,  # vencida-3
        date(2026, 11, 17): 3,  # vencida-7; lembrete of the third
        date(2026, 11, 23): 1,  # vencimento of Friday 20, a holiday
        date(2026, 11, 25): 2,  # vencida-15
        date(2026, 11, 26): 1,  # vencida-3, counted from the 23rd
        date(2026, 11, 30): 1,  # vencida-7
    }
    assert {(s.step_id, c): n for (s, c), n in found.steps.items()} == {
        ("lembrete", EMAIL): 3,
        ("vencimento", EMAIL): 3,
        ("vencida-3", EMAIL): 3,
        ("vencida-7", EMAIL): 3,
        ("vencida-15", EMAIL): 2,
    }
    assert (found.accounts, found.invoices, found.contacts) == (3, 4, 14)
    assert found.contacts_per_customer == Counter({5: 2, 4: 1})
    assert found.most_contacts == 5
    assert found.hours == Counter({9: 14})
    assert found.peak == (date(2026, 11, 17), 3)
    assert found.rulers_ended == 0
    assert found.last_day == date(2026, 12, 1)


def test_the_days_are_those_of_the_ruler_to_their_last_instant() -> None:
    accounts = [owner(1, date(2026, 11, 10))]
    assert simulate(accounts, RULERS, START, 7).contacts == 0  # until Sunday the 8th
    assert simulate(accounts, RULERS, START, 8).contacts == 1  # Monday the 9th


def test_a_start_in_the_middle_of_a_day_leaves_its_days_whole() -> None:
    noon = datetime(2026, 11, 9, 15, tzinfo=UTC)
    found = simulate([owner(1, date(2026, 11, 10))], RULERS, noon, 1)
    assert (found.start, found.last_day, found.hours) == (
        date(2026, 11, 9),
        date(2026, 11, 9),
        Counter({12: 1}),
    )


def test_an_invoice_open_at_the_end_of_its_ruler_is_counted() -> None:
    found = simulate([owner(1, date(2026, 11, 10))], RULERS, START, 60)
    assert (found.contacts, found.rulers_ended) == (6, 1)


def test_who_gets_what_is_told_in_ids() -> None:
    told: list[PlannedContact] = []
    simulate([owner(1, DUE, DUE)], RULERS, START, 8, on_contact=told.append)
    assert told == [
        PlannedContact(
            date(2026, 11, 9), time(9), EMAIL, "lembrete", "cli-1", ("fat-1-0", "fat-1-1")
        )
    ]


# ── against a plain loop ───────────────────────────────────────────────────────────────────────


def naive(accounts: Iterable[Account], rulers: Rulers, days: int) -> Counter[tuple[date, Channel]]:
    """Decide every account every time it asks for it, and count what is published."""
    end = START + timedelta(days=days)
    found: Counter[tuple[date, Channel]] = Counter()
    for account in accounts:
        now = START
        current = scheduled(account, rulers, now)
        while current.next_evaluation_at is not None:
            now = max(now, current.next_evaluation_at)
            if now >= end:
                break
            decision = decide(current, rulers, now)
            if decision.to_publish is not None:
                found[decision.to_publish.decided_on, decision.to_publish.channel] += 1
            current = decision.account
    return found


days_after_start = st.integers(-50, 70).map(lambda n: FIRST + timedelta(days=n))
portfolios = st.lists(st.lists(days_after_start, min_size=1, max_size=4), max_size=5).map(
    lambda customers: [owner(n, *dues) for n, dues in enumerate(customers)]
)


@given(portfolios, st.integers(1, 60))
def test_the_counts_are_those_of_deciding_one_after_the_other(
    accounts: list[Account], days: int
) -> None:
    found = simulate(accounts, RULERS, START, days)
    assert found.volume == naive(accounts, RULERS, days)
    assert found.contacts == found.hours.total() == found.steps.total()
    assert found.contacts_per_customer.total() == found.accounts == len(accounts)
    assert sum(n * who for n, who in found.contacts_per_customer.items()) == found.contacts


@given(portfolios, st.randoms(use_true_random=False))
def test_the_order_of_the_accounts_does_not_matter(accounts: list[Account], draw: Any) -> None:  # noqa: ANN401 - hypothesis' random
    shuffled = list(accounts)
    draw.shuffle(shuffled)
    assert simulate(shuffled, RULERS, START, 45) == simulate(accounts, RULERS, START, 45)


@given(portfolios)
def test_caps_and_hours_hold_for_everybody(accounts: list[Account]) -> None:
    """The bounds are those of docs/rules.md: one a day, three in seven days, 8 to 20, 14 on Sat."""
    told: list[PlannedContact] = []
    simulate(accounts, RULERS, START, 60, on_contact=told.append)
    for customer in {c.customer_id for c in told}:
        days = sorted(c.on for c in told if c.customer_id == customer)
        assert len(set(days)) == len(days)
        assert all(
            later - day > timedelta(days=6) for day, later in zip(days, days[3:], strict=False)
        )
    for contact in told:
        assert contact.on.weekday() != 6
        assert time(8) <= contact.at < (time(14) if contact.on.weekday() == 5 else time(20))


# ── why not ────────────────────────────────────────────────────────────────────────────────────

HOLD = Hold("h", HoldKind.DISPUTED, START - timedelta(days=1), None, "contestada", "atendimento")


@pytest.mark.parametrize(
    ("account", "rulers", "why"),
    [
        (owner(1, DUE, customer=any_customer(emails=())), RULERS, Reason.NO_ADDRESS),
        (owner(1, DUE, opt_outs={EMAIL: START}), RULERS, Reason.OPTED_OUT),
        (owner(1, DUE, holds=(HOLD,)), RULERS, Reason.DISPUTED),
        (owner(1, date(2027, 11, 10)), RULERS, None),
        (
            owner(1, DUE),
            Rulers.only(replace(RULER, thresholds=Thresholds(invoice=Money(15000)))),
            Reason.BELOW_THRESHOLD,
        ),
        (
            owner(1, DUE),
            Rulers(
                {RULER.name: Line(RULER)}, Assignment(RULER.name, (Segment("x", excluded=True),))
            ),
            Reason.EXCLUDED,
        ),
        (
            owner(1, DUE),
            Rulers.only(Ruler("so-voz", (Step("ligar", 3, (Channel.VOICE,), "x"),))),
            Reason.POLICY_DENIED,
        ),
    ],
)
def test_who_is_not_contacted_has_a_reason(
    account: Account, rulers: Rulers, why: Reason | None
) -> None:
    found = simulate([account], rulers, START, 45)
    assert (found.contacts, found.accounts_contacted) == (0, 0)
    assert found.not_contacted == Counter({why: 1})


def test_who_is_contacted_once_is_not_among_those_who_are_not() -> None:
    found = simulate([owner(1, DUE)], RULERS, START, 8)
    assert (found.accounts_contacted, found.not_contacted) == (1, Counter())


def test_a_deferral_is_counted_with_its_reason_and_the_contact_still_made() -> None:
    dues = [date(2026, 11, 10), date(2026, 11, 11), date(2026, 11, 12), date(2026, 11, 13)]
    found = simulate([owner(1, *dues)], RULERS, START, 60)
    assert found.deferrals[Reason.WEEKLY_CAP] > 0
    assert found.deferrals.keys() <= {Reason.WEEKLY_CAP, Reason.DAILY_CAP}
    assert found.rulers_ended == 4


def test_steps_that_are_overtaken_are_counted_as_left_out() -> None:
    found = simulate([owner(1, FIRST - timedelta(days=20))], RULERS, START, 5)
    assert found.contacts == 1
    assert found.left_out == Counter({Reason.SUPERSEDED: 4})


def test_a_step_not_meant_for_anybody_is_counted_as_left_out() -> None:
    rich = Step("vencida", 3, (EMAIL,), "x", when=Conditions(min_amount=Money(10**6)))
    found = simulate([owner(1, DUE)], Rulers.only(Ruler("ricos", (rich,))), START, 45)
    assert found.left_out == found.not_contacted == Counter({Reason.BELOW_THRESHOLD: 1})


# ── channels, prices, errors ───────────────────────────────────────────────────────────────────

TWO_CHANNELS = Rulers.only(
    Ruler(
        "dois-canais",
        (Step("v", 3, (Channel.WHATSAPP, EMAIL), "x", fallback=Fallback(4, Seen.OPENED)),),
    )
)


@pytest.mark.parametrize(
    ("seen_percent", "channels", "next_channels"),
    [(0, {Channel.WHATSAPP: 1, EMAIL: 1}, 1), (100, {Channel.WHATSAPP: 1}, 0)],
)
def test_the_next_channel_counts_apart(
    seen_percent: int, channels: dict[Channel, int], next_channels: int
) -> None:
    account = owner(1, DUE, customer=any_customer(phones=("+5511987654321",)))
    found = simulate(
        [account], TWO_CHANNELS, START, 45, given=EVERY_CHANNEL, seen_percent=seen_percent
    )
    assert (found.by_channel, found.next_channels) == (channels, next_channels)


def test_the_cost_is_exact() -> None:
    costs = {EMAIL: Decimal("0.055"), Channel.WHATSAPP: Decimal("6.49")}
    account = owner(1, DUE, customer=any_customer(phones=("+5511987654321",)))
    given_both = Circumstances(senders=frozenset(costs), opt_in_needed=frozenset())
    found = simulate([account], TWO_CHANNELS, START, 45, given=given_both, costs=costs)
    assert found.cost_of(Channel.WHATSAPP) == Decimal("6.49")
    assert found.cost == Decimal("6.545")


def test_our_prices_are_their_dollars_at_the_stated_rate() -> None:
    """US$ 0.10 per thousand e-mails at R$ 5.50: 55 centavos per thousand."""
    assert DEFAULT_COSTS[EMAIL] * 1000 == Decimal(55)
    assert DEFAULT_COSTS[Channel.WHATSAPP] == Decimal("6.49")
    assert LIST_PRICES.keys() == set(Channel)
    assert all(price.source for price in LIST_PRICES.values())


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"days": 0}, "days"),
        ({"days": MAX_DAYS + 1}, "days"),
        ({"seen_percent": 101}, "seen_percent"),
        ({"seen_percent": -1}, "seen_percent"),
        ({"costs": {}}, "costs.email"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        simulate([], RULERS, START, **{"days": 5, **wrong})
    assert [p.path for p in refused.value.problems] == [path]


def test_an_empty_portfolio_is_sent_nothing() -> None:
    found = simulate([], RULERS, START, 5)
    assert (found.contacts, found.peak, found.most_contacts) == (0, None, 0)
    assert found.cost == Decimal(0)
    assert as_document(found)["peak"] is None


# ── two rulers ─────────────────────────────────────────────────────────────────────────────────

ONLY_ONCE = Rulers.only(Ruler("uma-vez", (Step("vencida", 3, (EMAIL,), "x"),)))


def both(days: int = 60) -> Comparison:
    accounts = [owner(1, DUE), owner(2, date(2026, 12, 20))]
    return compare(
        simulate(accounts, RULERS, START, days), simulate(accounts, ONLY_ONCE, START, days)
    )


def test_a_comparison_is_the_candidate_less_the_current() -> None:
    """Until 31 December the first customer gets 6 and 1, the second 4 (17, 21, 24, 28) and 1."""
    found = both()
    assert (found.current.contacts, found.candidate.contacts) == (10, 2)
    assert found.contacts == -8
    assert found.by_channel == {EMAIL: -8}
    assert found.cost == -8 * DEFAULT_COSTS[EMAIL]
    assert found.accounts_contacted == 0
    assert found.rulers_ended == 1
    assert sum(found.by_day.values()) == found.contacts
    assert found.by_day[date(2026, 11, 13)] == 0


@pytest.mark.parametrize(
    "other",
    [
        simulate([owner(1, DUE)], RULERS, START, 6),
        simulate([owner(1, DUE)], RULERS, START + timedelta(days=1), 5),
        simulate([owner(1, DUE, DUE)], RULERS, START, 5),
        simulate([owner(1, DUE), owner(2)], RULERS, START, 5),
    ],
)
def test_only_like_is_compared_with_like(other: Simulation) -> None:
    with pytest.raises(InvalidInput, match="candidate"):
        compare(simulate([owner(1, DUE)], RULERS, START, 5), other)


def test_the_document_is_plain_json() -> None:
    document = comparison_document(both())
    assert json.loads(json.dumps(document)) == document
    assert document["difference"]["contacts"] == -8
    current = document["current"]
    assert current["by_channel"] == {"email": 10}
    assert current["cost_centavos"] == "0.550000"
    assert current["by_day"][0] == {"day": "2026-11-09", "channel": "email", "contacts": 1}
    assert {s["step_id"]: s["contacts"] for s in current["by_step"]}["lembrete"] == 2
    assert current["contacts_per_customer"] == {"4": 1, "6": 1}


def test_who_gets_nothing_because_nothing_comes_up_has_a_word_in_the_document() -> None:
    document = as_document(simulate([owner(1, date(2027, 11, 10))], RULERS, START, 5))
    assert document["not_contacted"] == {"nothing_came_up": 1}


def test_what_is_suppressed_is_neither_deferred_nor_made() -> None:
    found = simulate([owner(1, DUE, opt_outs={EMAIL: START})], RULERS, START, 60)
    assert (found.contacts, found.deferrals) == (0, Counter())
    assert found.suppressions == Counter({Reason.OPTED_OUT: 6})


def test_a_step_is_counted_under_its_ruler_and_version() -> None:
    found = simulate([owner(1, DUE)], RULERS, START, 8)
    assert found.steps == Counter({(StepOfRuler("padrao@0", "lembrete"), EMAIL): 1})
