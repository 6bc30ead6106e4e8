"""Receipts of payment: wherever a worker dies, who paid is thanked once, and no cap counts it."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from regua.application.wire import instant_text
from regua.domain.dispatch import DispatchState, Purpose
from regua.domain.ids import DispatchId, InvoiceId
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel
from tests.integration.reliability.faults import Point, crash
from tests.integration.reliability.law import assert_settled, records_of
from tests.integration.reliability.stories import (
    customer_data,
    issue,
    lawful,
    pay,
    reverse,
    steps_spoken,
)
from tests.integration.reliability.test_crash_table import ORDERS, Row
from tests.integration.reliability.test_on_dynamodb import on_tables
from tests.integration.reliability.world import World, unanswered

PAGE = Path(__file__).parents[3] / "docs" / "reliability.md"
START, DUE = date(2026, 11, 9), "2026-11-13"
HEADER = "| a worker dies on the way to a receipt of payment | what happens next |"


def _row(name: str, worker: str, moment: str, call: str, **more: object) -> Row:
    return Row(name, Point(worker, moment, call), **more)  # type: ignore[arg-type]  # a table


POINTS = [
    _row("thanks: what was paid is read", "thanks", "after", "portfolio.find_invoice"),
    _row("thanks: before the plan is written", "thanks", "before", "portfolio.commit"),
    _row("thanks: plan written, not published", "thanks", "after", "portfolio.commit"),
    _row("thanks: published, not acknowledged", "thanks", "after", "bus.ContactDue"),
    _row("sender: receipt composed, bytes not kept", "email", "before", "vault.keep"),
    _row("sender: receipt claimed, not sent", "email", "after", "ledger.claim"),
    _row("sender: receipt sent, not recorded", "email", "after", "provider.send"),
    _row("sender: no answer about a receipt", "email", "after", "provider.send", action=unanswered),
    _row("sender: receipt recorded, not announced", "email", "after", "ledger.mark_sent"),
]
"""Reached while what was paid is thanked for at once."""
PUT_OFF = [
    _row("thanks: put off, before it is written", "thanks", "before", "portfolio.commit"),
    _row("thanks: put off, not announced", "thanks", "after", "portfolio.commit"),
    _row("thanks: put off and announced", "thanks", "after", "bus.ContactDeferred"),
    _row("evaluator: waited enough, not named", "shards", "before", "bus.PaymentReceiptDue"),
    _row("evaluator: named, not advanced", "shards", "before", "portfolio.commit"),
    _row("evaluator: named and advanced", "shards", "after", "portfolio.commit"),
]
"""Reached when the money comes in at night."""


def thankful(day: date = START, channel: Channel = Channel.EMAIL) -> World:
    """Return a world whose creditor thanks."""
    return lawful(World(day, channel=channel, thanks=True))


def thanks_of(world: World, invoice: str) -> set[DispatchId]:
    """Return the receipts that somebody received about an invoice."""
    return {
        s.dispatch_id
        for s in world.spoken
        if s.invoice_id == invoice and s.purpose is Purpose.RECEIPT
    }


def pay_now(world: World, invoice: str, payment: str = "pag-1", **more: int) -> None:
    """Let the bank report an invoice as paid in full a moment ago."""
    pay(world, invoice, payment, paid_at=instant_text(world.now), **more)


def _paid_by_two(world: World) -> None:
    """Let two customers pay, one of them two invoices at once."""
    for name, who in (("fat-1", "maria"), ("fat-2", "maria"), ("fat-3", "joao")):
        issue(world, name, who, due_date=DUE)
    world.live_until(date(2026, 11, 11))
    for number, name in enumerate(("fat-1", "fat-2", "fat-3")):
        pay_now(world, name, f"pag-{number}", copies=2)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
@pytest.mark.parametrize("row", POINTS, ids=lambda row: row.name)
def test_crash(row: Row, times: int, order: str) -> None:
    _dies_thanking(thankful(), row, times, order)


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP])
@pytest.mark.parametrize("row", POINTS, ids=lambda row: row.name)
def test_crash_on_other_channels(row: Row, channel: Channel) -> None:
    _dies_thanking(thankful(channel=channel), row, 1, "out-of-order")


def _dies_thanking(world: World, row: Row, times: int, order: str) -> None:
    world.order, world.workers = ORDERS[order]
    _paid_by_two(world)
    world.faults.arm(row.point, times=times, skip=row.skip, action=row.action)
    world.live_until(date(2026, 11, 17))
    assert world.faults.fired == times, "the point was never reached: this cell shows nothing"
    assert_settled(world)
    for name in ("fat-1", "fat-2", "fat-3"):
        assert len(thanks_of(world, name)) == 1, name


AFTER_WHICH_NOTHING_IS_DUE = "evaluator: named and advanced"
OF_THE_MORNING = [
    pytest.param(row, times, id=f"{row.name}-{said}")
    for row in PUT_OFF
    for times, said in ((1, "once"), (2, "twice"))
    if times == 1 or row.name != AFTER_WHICH_NOTHING_IS_DUE
]


@pytest.mark.parametrize(("row", "times"), OF_THE_MORNING)
def test_crash_while_it_waits_for_the_morning(row: Row, times: int) -> None:
    _paid_at_night(thankful(), row, times)


def _paid_at_night(world: World, row: Row, times: int) -> None:
    issue(world, "fat-1", due_date=DUE)
    world.live_until(date(2026, 11, 10))
    world.now += timedelta(hours=12)
    pay_now(world, "fat-1")
    world.faults.arm(row.point, times=times, action=crash)
    world.settle()
    assert thanks_of(world, "fat-1") == set()
    world.now += timedelta(hours=11)
    world.live_until(date(2026, 11, 13))
    assert world.faults.fired == times, "the point was never reached: this cell shows nothing"
    assert_settled(world)
    assert len(thanks_of(world, "fat-1")) == 1
    states = [r.state for r in records_of(world).values() if r.dispatch.purpose is Purpose.RECEIPT]
    assert sorted(states) == [DispatchState.DEFERRED, DispatchState.SENT]


@pytest.mark.parametrize(
    "name",
    [
        "thanks: plan written, not published",
        "thanks: published, not acknowledged",
        "sender: receipt sent, not recorded",
    ],
)
def test_crash_on_dynamodb(name: str) -> None:
    row = next(r for r in POINTS if r.name == name)
    with on_tables(thanks=True) as world:
        _dies_thanking(world, row, 2, "out-of-order")


def test_a_night_is_waited_out_on_dynamodb() -> None:
    with on_tables(thanks=True) as world:
        _paid_at_night(world, PUT_OFF[1], 2)


def test_the_page_describes_every_crash_point_and_no_other() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = lines.index(HEADER)
    rows = lines[start + 2 : lines.index("", start)]
    assert [row.split("|")[1].strip() for row in rows] == [r.name for r in (*POINTS, *PUT_OFF)]


# ── stories ─────────────────────────────────────────────────────────────────────────────────────


def test_what_one_customer_paid_together_is_one_receipt() -> None:
    world = thankful()
    _paid_by_two(world)
    world.live_until(date(2026, 11, 17))
    assert thanks_of(world, "fat-1") == thanks_of(world, "fat-2")
    assert thanks_of(world, "fat-1") != thanks_of(world, "fat-3")


def test_on_the_day_of_a_reminder_who_pays_is_thanked_all_the_same() -> None:
    """The cap of one contact a day does not count the receipt, nor stop it."""
    world = thankful()
    issue(world, "fat-1", due_date=DUE)
    issue(world, "fat-2", due_date=DUE)
    world.live_until(date(2026, 11, 12))
    world.settle()  # the reminder of the due date goes out
    pay_now(world, "fat-1")
    world.settle()
    assert steps_spoken(world, "fat-1") == ["lembrete", "vencimento", "recibo"]
    world.live_until(date(2026, 11, 17))
    assert steps_spoken(world, "fat-2") == ["lembrete", "vencimento", "vencida-3"]


def test_reversed_before_it_leaves_nobody_is_thanked_and_the_ruler_goes_on() -> None:
    world = thankful()
    issue(world, "fat-1", due_date=DUE)
    world.live_until(date(2026, 11, 12))
    pay_now(world, "fat-1")
    while world.work("ingest") or world.work("thanks"):
        pass
    reverse(world)
    while world.work("ingest"):
        pass
    world.live_until(date(2026, 11, 17))
    assert thanks_of(world, "fat-1") == set()
    (record,) = [r for r in records_of(world).values() if r.dispatch.purpose is Purpose.RECEIPT]
    assert (record.reason, record.rule) == (Reason.CONDITION_NOT_MET, "receipt.still_settled")
    assert steps_spoken(world, "fat-1") == ["lembrete", "vencimento", "vencida-3"]


def test_paid_reversed_and_paid_again_is_thanked_for_twice_in_all() -> None:
    world = thankful()
    issue(world, "fat-1", due_date=DUE)
    world.live_until(date(2026, 11, 9))
    pay_now(world, "fat-1", copies=3)
    world.settle()
    reverse(world)
    world.settle()
    world.now += timedelta(minutes=5)
    pay_now(world, "fat-1", "pag-2", copies=3)
    world.settle()
    assert_settled(world)
    assert len(thanks_of(world, "fat-1")) == 2


def test_history_that_is_imported_thanks_nobody() -> None:
    world = thankful()
    issue(world, "fat-1", due_date="2026-10-09")
    pay(world, "fat-1", paid_at="2026-10-20T12:00:00Z")
    world.settle()
    assert_settled(world)
    assert world.spoken == []
    assert all(r.dispatch.purpose is Purpose.COLLECTION for r in records_of(world).values())


def test_who_opts_out_by_the_receipt_gets_no_other_message() -> None:
    world = thankful()
    issue(world, "fat-1", due_date=DUE)
    issue(world, "fat-2", due_date="2026-11-16")
    world.live_until(date(2026, 11, 9))
    pay_now(world, "fat-1")
    world.settle()
    (receipt,) = thanks_of(world, "fat-1")
    world.opt_out(receipt)
    world.live_until(date(2026, 11, 17))
    assert steps_spoken(world, "fat-2") == []


def test_an_address_that_bounced_a_receipt_is_not_used_again() -> None:
    world = thankful()
    world.provider.bounces.add(customer_data("maria")["emails"][0])
    issue(world, "fat-1", due_date=DUE)
    issue(world, "fat-2", due_date="2026-11-16")
    world.live_until(date(2026, 11, 9))
    pay_now(world, "fat-1")
    world.settle()
    world.live_until(date(2026, 11, 17))
    assert len(world.provider.received) == 1
    found = world.portfolio.find_invoice(world.creditor_id, InvoiceId("fat-2"))
    assert found is not None
    assert found.is_open


def test_a_weekend_is_waited_out() -> None:
    world = thankful()
    issue(world, "fat-1", due_date="2026-11-30")
    world.live_until(date(2026, 11, 13))
    world.now = datetime.fromisoformat("2026-11-14T18:00:00Z")  # a Saturday afternoon
    pay_now(world, "fat-1")
    world.settle()
    assert thanks_of(world, "fat-1") == set()
    world.live_until(date(2026, 11, 16))
    assert len(thanks_of(world, "fat-1")) == 1
    (spoken,) = [s for s in world.spoken if s.purpose is Purpose.RECEIPT]
    assert spoken.at.date() == date(2026, 11, 16)
