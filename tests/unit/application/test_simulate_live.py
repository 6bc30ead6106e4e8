"""Simulating on the live portfolio: a part at a time, the parts add up, and nothing is written."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from regua.adapters.memory import MemoryLedger, MemoryPortfolio
from regua.application import simulate_live
from regua.application.ports import Change, Creditor
from regua.application.ruler_document import read_ruler
from regua.application.simulate import as_document, simulate
from regua.application.simulate_live import Question, SimulateLive, candidate
from regua.domain.circumstances import SENDERS
from regua.domain.errors import InvalidInput
from regua.domain.ids import CustomerId, shard_of
from regua.domain.invoice import Place
from regua.domain.ruler import DEFAULT_RULER, Channel, Ruler
from regua.domain.rulers import Activation, Assignment, Backfill, InFlight, Rulers
from regua.domain.schedule import scheduled
from tests.builders import (
    CREDITOR,
    DUE,
    any_account,
    any_creditor,
    any_customer,
    any_invoice,
    nine_o_clock,
)

NOW = nine_o_clock(DUE - timedelta(days=8))
AURORA = any_creditor()
SHARDS = 3
CUSTOMERS = 11
QUESTION = Question(days=60, channels=SENDERS)


def ruler_with(*more: int, name: str = "padrao") -> Ruler:
    """Return the default ruler with more steps after it."""
    steps: Any = DEFAULT_RULER["steps"]
    added = [
        {"id": f"vencida-{d}", "offset_days": d, "channels": ["email"], "template": "vencida"}
        for d in more
    ]
    return read_ruler({**DEFAULT_RULER, "name": name, "steps": [*steps, *added]})


def with_candidate(
    ruler: Ruler,
    in_flight: InFlight = InFlight.MIGRATE,
    backfill: Backfill = Backfill.DESERVED_LEVEL,
) -> Rulers:
    return candidate(AURORA.rulers, ruler, in_flight, backfill, NOW)


@pytest.fixture
def portfolio() -> MemoryPortfolio:
    """Return eleven customers, over all shards, with one invoice each and three with two."""
    found = MemoryPortfolio(MemoryLedger(), SHARDS)
    for n in range(CUSTOMERS):
        name = CustomerId(f"cli-{n:02d}")
        invoices = [
            any_invoice(f"fat-{n}-{m}", customer_id=name, due_date=DUE + timedelta(days=n + m))
            for m in range(2 if n < 3 else 1)
        ]
        account = any_account(
            *invoices, version=0, customer_id=name, customer=any_customer(external_id=name)
        )
        new = {i.external_id: 0 for i in invoices}
        account = scheduled(account, AURORA.rulers, NOW)
        found.commit(Change(account, tuple(account.invoices.values()), new))
    shards = {shard_of(CREDITOR, CustomerId(f"cli-{n:02d}"), SHARDS) for n in range(CUSTOMERS)}
    assert len(shards) == SHARDS
    return found


def ask(
    portfolio: MemoryPortfolio,
    rulers: Rulers,
    question: Question = QUESTION,
    creditor: Creditor = AURORA,
    **more: Any,  # noqa: ANN401 - what is left
) -> Mapping[str, Any]:
    given: dict[str, Any] = {"now": NOW, "seconds_left": lambda: 60.0, **more}
    return SimulateLive(portfolio, SHARDS)(creditor, rulers, question, **given)


def parts(portfolio: MemoryPortfolio, rulers: Rulers, accounts: int) -> Iterator[Mapping[str, Any]]:
    """Ask for one part after the other."""
    cursor = None
    for _ in range(2 * CUSTOMERS):
        part = ask(portfolio, rulers, replace(QUESTION, accounts=accounts, cursor=cursor))
        yield part
        cursor = part["cursor"]
        if cursor is None:
            return
    raise AssertionError("the cursor leads nowhere")


# ── the whole ───────────────────────────────────────────────────────────────────────────────────


def test_both_are_what_a_simulation_of_all_accounts_counts(portfolio: MemoryPortfolio) -> None:
    rulers = with_candidate(ruler_with(40))
    found = ask(portfolio, rulers)
    accounts = sorted(portfolio.accounts.values(), key=lambda a: a.customer_id)
    assert found["current"] == as_document(simulate(accounts, AURORA.rulers, NOW, 60))
    assert found["candidate"] == as_document(simulate(accounts, rulers, NOW, 60))
    assert found["cursor"] is None


def test_one_step_more_is_one_contact_more_for_each_invoice(portfolio: MemoryPortfolio) -> None:
    """Forty days after the due date nothing else is to be said; customers 3 to 10 have one each."""
    found = ask(portfolio, with_candidate(ruler_with(40)), replace(QUESTION, days=90))
    told = Counter(
        c["customer_external_id"] for c in found["contacts"] if c["step_id"] == "vencida-40"
    )
    assert {name: n for name, n in told.items() if name > "cli-02"} == {
        f"cli-{n:02d}": 1 for n in range(3, CUSTOMERS)
    }
    assert found["difference"]["contacts"] == told.total()
    assert found["current"]["accounts"] == found["candidate"]["accounts"] == CUSTOMERS
    assert found["current"]["invoices"] == CUSTOMERS + 3


def test_nothing_is_written_and_nothing_is_sent(portfolio: MemoryPortfolio) -> None:
    before = dict(portfolio.accounts)
    ask(portfolio, with_candidate(ruler_with(20), InFlight.RESTART))
    assert portfolio.accounts == before
    assert not any(portfolio.kept_notes.values())
    assert (portfolio.ledger.records, portfolio.tallies) == ({}, {})


def test_who_gets_what_is_listed_with_ids_only(portfolio: MemoryPortfolio) -> None:
    found = ask(portfolio, with_candidate(ruler_with(40)))
    assert len(found["contacts"]) == found["candidate"]["contacts"]
    first = min(found["contacts"], key=lambda c: (c["on"], c["customer_external_id"]))
    assert first == {
        "on": "2026-11-09",
        "at": "09:00",
        "channel": "email",
        "step_id": "lembrete",
        "customer_external_id": "cli-00",
        "invoices": ["fat-0-0", "fat-0-1"],
    }
    assert "Maria" not in str(found)


def test_a_long_list_is_cut_and_its_count_is_not(
    portfolio: MemoryPortfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulate_live, "CONTACTS_LISTED", 5)
    found = ask(portfolio, with_candidate(ruler_with(40)))
    assert len(found["contacts"]) == 5
    assert found["candidate"]["contacts"] > 5


def test_a_creditor_that_is_paused_contacts_nobody(portfolio: MemoryPortfolio) -> None:
    found = ask(portfolio, AURORA.rulers, creditor=replace(AURORA, paused=True))
    assert (found["current"]["contacts"], found["candidate"]["contacts"]) == (0, 0)
    assert found["current"]["suppressions"]["creditor_paused"] > 0


def test_prices_and_channels_are_the_callers(portfolio: MemoryPortfolio) -> None:
    sms = {Channel.EMAIL: Decimal("0.5"), Channel.SMS: Decimal(7)}
    question = replace(QUESTION, costs=sms)
    found = ask(portfolio, AURORA.rulers, question)
    contacts = found["current"]["contacts"]
    assert Decimal(found["current"]["cost_centavos"]) == contacts * Decimal("0.5")
    only_sms = ask(portfolio, AURORA.rulers, replace(question, channels=frozenset({Channel.SMS})))
    assert only_sms["current"]["contacts"] == 0, "the ruler's steps are e-mails"


# ── a part at a time ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", [1, 2, 50])
@pytest.mark.parametrize("accounts", [1, 2, 4, CUSTOMERS, 100])
def test_parts_add_up_to_the_whole(
    portfolio: MemoryPortfolio, monkeypatch: pytest.MonkeyPatch, accounts: int, page: int
) -> None:
    monkeypatch.setattr(simulate_live, "PAGE", page)
    rulers = with_candidate(ruler_with(20, 40))
    whole = ask(portfolio, rulers)
    found = list(parts(portfolio, rulers, accounts))
    assert len(found) == -(-CUSTOMERS // accounts)
    assert all(p["current"]["accounts"] <= accounts for p in found)
    for side in ("current", "candidate"):
        for count in ("accounts", "invoices", "contacts", "accounts_contacted", "rulers_ended"):
            assert sum(p[side][count] for p in found) == whole[side][count], (side, count)
        cost = sum(Decimal(p[side]["cost_centavos"]) for p in found)
        assert cost == Decimal(whole[side]["cost_centavos"])
        assert _by_day(*(p[side] for p in found)) == _by_day(whole[side])
    listed = [c for p in found for c in p["contacts"]]
    assert listed == whole["contacts"]


def _by_day(*simulations: Mapping[str, Any]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for simulation in simulations:
        for line in simulation["by_day"]:
            found[line["day"], line["channel"]] += line["contacts"]
    return found


def test_time_that_runs_out_leaves_the_rest_for_the_next_call(portfolio: MemoryPortfolio) -> None:
    left = iter([9.0, 8.0, 7.0, 0.0])
    first = ask(portfolio, AURORA.rulers, seconds_left=lambda: next(left))
    assert first["current"]["accounts"] == 3
    rest = ask(portfolio, AURORA.rulers, replace(QUESTION, cursor=first["cursor"]))
    assert (rest["current"]["accounts"], rest["cursor"]) == (CUSTOMERS - 3, None)


def test_one_account_is_simulated_alone(portfolio: MemoryPortfolio) -> None:
    account = portfolio.load_account(CREDITOR, CustomerId("cli-03"))
    found = ask(portfolio, with_candidate(ruler_with(40)), only=account)
    assert found["candidate"]["accounts"] == 1
    assert {c["customer_external_id"] for c in found["contacts"]} == {"cli-03"}
    assert found["candidate"]["contacts"] == found["current"]["contacts"] + 1
    assert found["cursor"] is None


def test_a_portfolio_without_anything_open_is_nothing() -> None:
    found = ask(MemoryPortfolio(MemoryLedger(), SHARDS), AURORA.rulers)
    assert (found["current"]["accounts"], found["contacts"], found["cursor"]) == (0, [], None)


@pytest.mark.parametrize(
    "cursor", ["", "x", "1", "0.1", "3.0.", "-1.0.", "0.-1.", "a.0.", "..", "0.²."]
)
def test_a_cursor_that_is_not_ours_is_refused(portfolio: MemoryPortfolio, cursor: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        ask(portfolio, AURORA.rulers, replace(QUESTION, cursor=cursor))
    assert [p.path for p in caught.value.problems] == ["cursor"]


@pytest.mark.parametrize("days", [0, -1, 731])
def test_days_out_of_range_are_refused(portfolio: MemoryPortfolio, days: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        ask(portfolio, AURORA.rulers, replace(QUESTION, days=days))
    assert [p.path for p in caught.value.problems] == ["days"]


# ── the candidate ───────────────────────────────────────────────────────────────────────────────


def test_a_candidate_is_the_next_version_and_those_before_stay_reachable() -> None:
    rulers = with_candidate(ruler_with(40), InFlight.KEEP, Backfill.FROM_NOW)
    line = rulers.lines["padrao"]
    assert (line.current.ref, rulers.default.ref) == ("padrao@1", "padrao@1")
    assert line.activations == (
        Activation(1, NOW, date(2026, 11, 2), InFlight.KEEP, Backfill.FROM_NOW),
    )
    assert rulers.at("padrao@0") == AURORA.ruler
    assert rulers.at("padrao@2") is None
    again = candidate(rulers, ruler_with(50), InFlight.MIGRATE, Backfill.DESERVED_LEVEL, NOW)
    refs = ["padrao@0", "padrao@1", "padrao@2"]
    assert [r.ref for ref in refs if (r := again.at(ref)) is not None] == refs
    assert AURORA.rulers.lines["padrao"].current.version == 0, "the creditor's own are untouched"


def test_a_candidate_of_a_new_name_is_followed_by_whom_it_is_assigned_to(
    portfolio: MemoryPortfolio,
) -> None:
    rulers = with_candidate(ruler_with(40, name="nova"))
    assert (rulers.lines["nova"].current.ref, rulers.default.ref) == ("nova@1", "padrao@0")
    nobody = ask(portfolio, rulers)
    assert nobody["candidate"] == nobody["current"]
    everybody = ask(portfolio, replace(rulers, assignment=Assignment("nova")))
    assert {s["ruler"] for s in everybody["candidate"]["by_step"]} == {"nova@1"}


@pytest.mark.parametrize(
    ("in_flight", "refs"),
    [
        (InFlight.KEEP, {"padrao@0"}),
        (InFlight.MIGRATE, {"padrao@1"}),
        (InFlight.RESTART, {"padrao@1"}),
    ],
)
def test_what_is_under_way_follows_the_choice(
    portfolio: MemoryPortfolio, in_flight: InFlight, refs: set[str]
) -> None:
    found = ask(portfolio, with_candidate(ruler_with(40), in_flight))
    assert {s["ruler"] for s in found["candidate"]["by_step"]} == refs


def test_a_restart_says_again_what_was_said() -> None:
    portfolio = MemoryPortfolio(MemoryLedger(), SHARDS)
    place = Place("vencida-3", DUE + timedelta(days=3), ruler="padrao@0", contacted_on=DUE)
    invoice = any_invoice(place=place)
    account = any_account(invoice, version=0)
    portfolio.commit(Change(account, (invoice,), {invoice.external_id: 0}))
    after = nine_o_clock(DUE + timedelta(days=4))
    steps = {}
    for choice in (InFlight.MIGRATE, InFlight.RESTART):
        rulers = candidate(AURORA.rulers, ruler_with(40), choice, Backfill.DESERVED_LEVEL, after)
        found = ask(portfolio, rulers, now=after)
        steps[choice] = {c["step_id"] for c in found["contacts"]}
    assert steps[InFlight.RESTART] - steps[InFlight.MIGRATE] == {"vencida-3"}
