"""The crash table: wherever a worker dies, the law holds and nobody is contacted twice.

Each row of `POINTS` is a place where a process can end. It is tried once and twice in a row, with
messages and receipts in order and out of order. docs/reliability.md says what happens in each row,
and a test below keeps the page and this table the same.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from regua.domain.ruler import Channel
from tests.integration.reliability.faults import Action, Point, crash
from tests.integration.reliability.law import assert_settled
from tests.integration.reliability.queues import (
    Order,
    first_in_first_out,
    last_in_first_out,
)
from tests.integration.reliability.stories import issue, lawful, pay, reached_at
from tests.integration.reliability.world import WORKERS, World, unanswered

PAGE = Path(__file__).parents[3] / "docs" / "reliability.md"
START, END = date(2026, 11, 9), date(2026, 11, 17)
DUE = "2026-11-13"
"""A Friday: the steps at −3, 0 and +3 days fall on business days before `END`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One crash point, named as docs/reliability.md names it."""

    name: str
    point: Point
    skip: int = 0
    action: Action = crash


def _row(name: str, worker: str, moment: str, call: str, **more: object) -> Row:
    return Row(name, Point(worker, moment, call), **more)  # type: ignore[arg-type]  # a table


POINTS = [
    _row("ingest: before the write", "ingest", "before", "portfolio.commit"),
    _row("ingest: written, not announced", "ingest", "after", "portfolio.commit"),
    _row("ingest: payment written, not announced", "ingest", "before", "bus.InvoicePaid"),
    _row("evaluator: account read", "shards", "after", "portfolio.load_account"),
    _row("evaluator: in the middle of PutEvents", "shards", "after", "bus.ContactDue"),
    _row("evaluator: published, not advanced", "shards", "before", "portfolio.commit"),
    _row("evaluator: between two advances", "shards", "after", "portfolio.commit"),
    _row("sender: composed, bytes not kept", "email", "before", "vault.keep"),
    _row("sender: bytes kept, not claimed", "email", "after", "vault.keep"),
    _row("sender: looked again, not claimed", "email", "before", "ledger.claim"),
    _row("sender: claimed, not sent", "email", "after", "ledger.claim"),
    _row("sender: sent, not recorded", "email", "after", "provider.send"),
    _row(
        "sender: no answer from the provider", "email", "after", "provider.send", action=unanswered
    ),
    _row("sender: in the middle of a batch", "email", "after", "provider.send", skip=1),
    _row("sender: recorded, not announced", "email", "after", "ledger.mark_sent"),
    _row("sender: batch done, nothing announced", "email", "before", "bus.MessageSent"),
    _row("sender: announced, not acknowledged", "email", "after", "bus.MessageSent"),
    _row("receipt: bounce recorded, address in use", "receipts", "after", "ledger.end_claimed"),
    _row("receipt: before the address is suppressed", "receipts", "before", "portfolio.commit"),
    _row("receipt: address suppressed, facts in memory", "receipts", "after", "portfolio.commit"),
    _row("receipt: before its envelope is kept", "receipts", "before", "vault.keep"),
    _row("receipt: envelope kept, not chained", "receipts", "after", "vault.keep"),
    _row("receipt: before the facts are written", "receipts", "before", "ledger.append"),
    _row("receipt: facts written, not announced", "receipts", "after", "ledger.append"),
    _row("receipt: announced, not acknowledged", "receipts", "after", "bus.MessageDelivered"),
]
ORDERS: dict[str, tuple[Order, tuple[str, ...]]] = {
    "in-order": (first_in_first_out, WORKERS),
    "out-of-order": (last_in_first_out, WORKERS[::-1]),
}


def small_portfolio(world: World) -> None:
    """Issue five invoices of four customers, two of whom have an address that bounces."""
    world.provider.bounces |= {reached_at(world, "ana"), reached_at(world, "rui")}
    for name, who in (
        ("fat-1", "maria"),
        ("fat-2", "maria"),
        ("fat-3", "joao"),
        ("fat-4", "ana"),
        ("fat-5", "rui"),
    ):
        issue(world, name, who, due_date=DUE)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
@pytest.mark.parametrize("row", POINTS, ids=lambda row: row.name)
def test_crash(row: Row, times: int, order: str) -> None:
    _dies(lawful(World(START)), row, times, order)


OF_DEAD_ADDRESSES = {
    "receipt: before the address is suppressed",
    "receipt: address suppressed, facts in memory",
}
"""A call that failed says nothing against the number: these points exist on other channels only."""
ON_OTHER_CHANNELS = [
    pytest.param(row, channel, id=f"{row.name}-{channel}")
    for channel in Channel
    for row in POINTS
    if channel is not Channel.EMAIL
    and not (channel is Channel.VOICE and row.name in OF_DEAD_ADDRESSES)
]


@pytest.mark.parametrize(("row", "channel"), ON_OTHER_CHANNELS)
def test_crash_on_every_other_channel(row: Row, channel: Channel) -> None:
    """One use case sends on all channels; reports come in each provider's own shapes."""
    _dies(lawful(World(START, channel=channel)), row, 1, "out-of-order")


def _dies(world: World, row: Row, times: int, order: str) -> None:
    world.order, world.workers = ORDERS[order]
    world.faults.arm(row.point, times=times, skip=row.skip, action=row.action)
    small_portfolio(world)
    world.live_until(date(2026, 11, 13))
    pay(world, "fat-3")
    world.live_until(END)
    assert world.faults.fired == times, "the point was never reached: this cell shows nothing"
    assert_settled(world)


def test_the_page_describes_every_crash_point_and_no_other() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = lines.index("| the worker dies | what happens next |")
    rows = lines[start + 2 : lines.index("", start)]
    assert [row.split("|")[1].strip() for row in rows] == [row.name for row in POINTS]
