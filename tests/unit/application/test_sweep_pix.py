"""Payments that nobody told of are found, and a sweep that fails starts where it did."""

from datetime import datetime, timedelta
from typing import NoReturn

import pytest

from regua.application.inbound_pix import Sweep
from regua.application.pix_ports import PixPage, PspUnavailable, SweepState
from regua.application.sweep_pix import AT_LENGTH, OVERLAP, REFUNDABLE
from regua.domain.errors import Problem
from regua.domain.ids import CreditorId
from regua.domain.invoice import InvoiceStatus
from regua.domain.money import Money
from tests.builders import CREDITOR, DUE, any_creditor, nine_o_clock
from tests.pix_world import AMOUNT, PixWorld, any_pix, refunded

NOW = nine_o_clock(DUE) + timedelta(minutes=30)


def swept_world() -> PixWorld:
    """Return a world with an invoice, swept until now."""
    world = PixWorld()
    world.issue()
    world.now = NOW - timedelta(hours=1)
    world.sweep()
    world.now = NOW
    return world


def test_a_payment_that_nobody_told_of_is_found() -> None:
    world = swept_world()
    world.receive(any_pix())
    world.sweep()
    assert world.invoice().status is InvoiceStatus.SETTLED


def test_every_page_is_read() -> None:
    world = swept_world()
    for number in range(7):  # the provider shows two at a time
        world.receive(any_pix(number, amount=Money(100 + number)), external_id=None)
    world.sweep()
    assert len(world.records.unmatched(CREDITOR, None, 100).items) == 7


def test_pages_beyond_one_messages_worth_go_on_in_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("regua.application.sweep_pix.MAX_PAGES", 1)
    world = swept_world()
    for number in range(5):
        world.receive(any_pix(number, amount=Money(100 + number)), external_id=None)
    world.sweep()
    assert len(world.records.unmatched(CREDITOR, None, 100).items) == 5


def test_what_was_seen_is_not_named_again() -> None:
    world = swept_world()
    world.receive(any_pix())
    world.sweep()
    asked = Sweep(creditor=CREDITOR)
    assert world.sweeps.sweep(world.creditor, asked, now=world.now) == (0, 0)
    assert world.events("InvoicePaid") == 1


def asked_times(world: PixWorld) -> list[tuple[datetime, datetime, bool]]:
    """Run a sweep, and return the times that were asked for."""
    asked = []
    received = world.provider.received

    def listen(
        creditor_id: CreditorId,
        start: datetime,
        end: datetime,
        page: int,
        *,
        only_refunded: bool = False,
    ) -> object:
        asked.append((start, end, only_refunded))
        return received(creditor_id, start, end, page, only_refunded=only_refunded)

    world.provider.received = listen  # type: ignore[method-assign, assignment]
    world.sweep()
    return asked


def test_the_first_sweep_of_a_day_is_at_length() -> None:
    world = swept_world()
    world.now = NOW + timedelta(days=1)
    assert asked_times(world) == [
        (world.now - AT_LENGTH, world.now, False),
        (world.now - REFUNDABLE, world.now, True),
    ]


def test_the_others_ask_since_the_last_and_an_hour_more() -> None:
    world = swept_world()
    assert asked_times(world) == [(NOW - timedelta(hours=1) - OVERLAP, NOW, False)]


def test_after_days_of_silence_nothing_is_left_out() -> None:
    world = swept_world()
    world.now = NOW + timedelta(days=9)
    assert asked_times(world)[0][0] == NOW - timedelta(hours=1) - OVERLAP


def test_a_refund_of_weeks_later_is_found() -> None:
    world = swept_world()
    world.receive(any_pix())
    world.sweep()
    world.now = NOW + timedelta(days=40)
    world.receive(refunded(any_pix(txid=world.txid()), AMOUNT.centavos), external_id=None)
    world.sweep()
    assert world.invoice().status is InvoiceStatus.OPEN


def test_a_sweep_that_fails_starts_where_it_did() -> None:
    world = swept_world()
    before = world.records.sweep_state(CREDITOR)
    world.receive(any_pix())
    received = world.provider.received

    def away(*_: object, **__: object) -> NoReturn:
        raise PspUnavailable

    world.provider.received = away  # type: ignore[method-assign]
    with pytest.raises(PspUnavailable):
        world.sweep()
    assert world.records.sweep_state(CREDITOR) == before
    world.provider.received = received  # type: ignore[method-assign]
    world.inbound.messages.clear()
    world.sweep()
    assert world.invoice().status is InvoiceStatus.SETTLED


def test_a_creditor_that_got_its_psp_gets_charges_for_what_is_open() -> None:
    world = PixWorld()
    world.ingest = type(world.ingest)(world.portfolio, world.publisher)  # nobody asks for charges
    world.issue()
    world.issue("fat-2")
    assert not world.provider.charges
    world.sweep()
    assert len(world.provider.charges) == 2
    world.sweep()
    assert len(world.provider.charges) == 2


def test_a_creditor_whose_pix_ended_is_not_swept() -> None:
    world = PixWorld(creditor=any_creditor())
    world.sweep()
    assert world.records.sweep_state(CREDITOR) == SweepState()


def test_a_sweep_at_the_time_of_a_webhook_counts_once() -> None:
    world = swept_world()
    world.receive(any_pix())
    world.records.registered[CREDITOR] = True
    world.sweeps.start(None)
    world.tell()  # the webhook is first, and the sweep's message is still in the queue
    world.work()
    assert len(world.invoice().payments) == 1


def test_what_a_psp_lists_and_nobody_can_read_is_counted() -> None:
    world = swept_world()
    page = PixPage((), (Problem("[0].valor", "an amount"),), None)
    world.provider.received = lambda *_, **__: page  # type: ignore[method-assign]
    counts = world.process(Sweep(creditor=CREDITOR), now=world.now)
    assert counts == {"pix_found": 0, "pix_unreadable": 1}
