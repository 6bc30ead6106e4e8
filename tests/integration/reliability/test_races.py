"""What happens between two steps of one contact: money, receipts, refusals and closing time."""

from datetime import date, timedelta

import pytest

from regua.domain.dispatch import DispatchRecord, DispatchState
from regua.domain.reasons import Reason
from tests.integration.reliability.faults import Point
from tests.integration.reliability.law import assert_settled, records_of
from tests.integration.reliability.queues import Order, first_in_first_out, last_in_first_out
from tests.integration.reliability.stories import (
    FRIDAY,
    MONDAY,
    address_of,
    evaluate,
    issue,
    lawful,
    on_due_date,
    pay,
    reverse,
    steps_spoken,
    three_days_late,
)
from tests.integration.reliability.world import DOUBT, World, unanswered

CLOSED = timedelta(hours=11, minutes=5)
"""From nine in the morning to five past eight in the evening."""
AFTER_CLAIM = Point("email", "after", "ledger.claim")
AFTER_SEND = Point("email", "after", "provider.send")


def planned_on(world: World, day: date) -> DispatchRecord:
    """Return the only dispatch planned on a day."""
    (record,) = [r for r in records_of(world).values() if r.dispatch.decided_on == day]
    return record


def todays(world: World) -> DispatchRecord:
    """Return the only dispatch planned on `FRIDAY`."""
    return planned_on(world, FRIDAY)


def received_today(world: World) -> int:
    return sum(r.at.date() == FRIDAY for r in world.provider.received)


@pytest.mark.parametrize("order", [first_in_first_out, last_in_first_out])
def test_everything_delivered_three_times_is_done_once(order: Order) -> None:
    world = lawful(World(date(2026, 11, 9), order=order))
    issue(world, "fat-1", copies=3)
    issue(world, "fat-2", copies=3)
    world.live_until(date(2026, 11, 12))
    evaluate(world)
    for record in list(world.queues["email"].waiting):
        world.queues["email"].put(record.body, world.now)
        world.queues["email"].put(record.body, world.now)
    world.provider.is_holding = True
    world.drain()
    world.provider.held *= 3
    world.provider.let_go()
    pay(world, "fat-1", copies=3)
    world.live_until(date(2026, 11, 17))
    assert steps_spoken(world, "fat-1") == ["lembrete", "vencimento"]
    assert steps_spoken(world, "fat-2") == ["lembrete", "vencimento", "vencida-3"]
    assert_settled(world)


def test_a_payment_between_decision_and_send_stops_the_message() -> None:
    world = on_due_date("fat-1")
    evaluate(world)
    pay(world, "fat-1")
    world.work("ingest")
    world.settle()
    assert received_today(world) == 0
    assert todays(world).reason is Reason.SETTLED
    assert_settled(world)


def test_a_payment_of_one_of_two_invoices_before_the_send_leaves_the_other() -> None:
    world = on_due_date("fat-1", "fat-2")
    evaluate(world)
    pay(world, "fat-1")
    world.work("ingest")
    world.settle()
    assert world.provider.received[-1].numbers == ("FAT-2",)
    assert_settled(world)


def test_a_payment_after_the_senders_look_cannot_stop_the_message_and_stops_the_next() -> None:
    """The one window that stays open: between the look at the account and the provider's answer."""
    world = on_due_date("fat-1")

    def paid() -> None:
        pay(world, "fat-1")
        world.work("ingest")

    world.faults.arm(AFTER_CLAIM, action=paid)
    world.live_until(date(2026, 11, 17))
    assert steps_spoken(world, "fat-1") == ["lembrete", "vencimento"]
    assert_settled(world)


def test_a_due_date_moved_between_decision_and_send_stops_the_message() -> None:
    world = three_days_late("fat-1")
    evaluate(world)
    issue(world, "fat-1", due_date="2026-11-30")
    world.work("ingest")
    world.live_until(date(2026, 11, 17))
    assert planned_on(world, MONDAY).reason is Reason.SUPERSEDED
    assert steps_spoken(world, "fat-1") == ["lembrete", "vencimento"]


def test_a_contact_that_lay_in_a_queue_for_days_does_not_repeat_an_earlier_step() -> None:
    world = three_days_late("fat-1")
    world.provider.throttling = 5
    world.settle()
    assert len(world.queues["email"].dead) == 1
    world.live_until(date(2026, 11, 23))
    world.redrive()
    world.live_until(date(2026, 11, 24))
    assert steps_spoken(world, "fat-1") == ["lembrete", "vencimento", "vencida-7"]
    assert_settled(world)


def test_a_contact_about_an_earlier_due_date_does_not_speak_for_the_new_one() -> None:
    """Its step may be due again by then, but that is for the next contact to say."""
    world = three_days_late("fat-1")
    world.provider.throttling = 5
    world.settle()
    issue(world, "fat-1", due_date="2026-11-17")
    world.settle()
    world.live_until(date(2026, 11, 22))
    world.redrive()
    world.drain()
    world.live_until(date(2026, 11, 23))
    assert steps_spoken(world, "fat-1") == ["lembrete", "vencimento", "vencimento", "vencida-3"]


def test_an_invoice_reopened_by_a_reversal_goes_on_where_it_stood() -> None:
    world = on_due_date("fat-1")
    pay(world, "fat-1")
    world.live_until(date(2026, 11, 13))
    assert received_today(world) == 0
    reverse(world)
    world.live_until(date(2026, 11, 17))
    assert steps_spoken(world, "fat-1") == ["lembrete", "vencida-3"]
    assert_settled(world)


@pytest.mark.parametrize("bounces", [False, True], ids=["delivered", "bounced"])
def test_receipts_recorded_before_the_send_is_end_in_the_right_state(*, bounces: bool) -> None:
    world = on_due_date("fat-1")
    if bounces:
        world.provider.bounces.add(address_of("maria"))

    def receipts_first() -> None:
        while world.work("receipts"):
            pass

    world.faults.arm(AFTER_SEND, action=receipts_first)
    world.settle()
    assert world.faults.fired == 1
    assert todays(world).state is (DispatchState.FAILED if bounces else DispatchState.SENT)
    assert todays(world).sent_at is not None
    assert_settled(world)


@pytest.mark.parametrize("point", [AFTER_CLAIM, AFTER_SEND], ids=["not-sent", "sent"])
@pytest.mark.parametrize("is_silent", [False, True], ids=["receipts", "no-receipts"])
def test_a_doubt_ends_by_a_receipt_or_by_one_counted_resend(
    point: Point, *, is_silent: bool
) -> None:
    world = on_due_date("fat-1")
    world.provider.is_silent = is_silent
    world.faults.arm(point)
    started = world.now
    world.settle()
    was_sent, by_receipt = point is AFTER_SEND, not is_silent and point is AFTER_SEND
    assert received_today(world) == (1 if by_receipt or not was_sent else 2)
    assert todays(world).resent_in_doubt is not by_receipt
    assert (world.now - started >= DOUBT) is not by_receipt
    assert todays(world).state is DispatchState.SENT
    assert_settled(world)


def test_a_late_receipt_after_a_resend_changes_nothing() -> None:
    world = on_due_date("fat-1")
    world.provider.is_holding = True
    world.faults.arm(AFTER_SEND)
    world.settle()
    assert received_today(world) == 2
    world.provider.let_go()
    world.settle()
    assert todays(world).state is DispatchState.SENT
    assert_settled(world)


@pytest.mark.parametrize(
    "point", [AFTER_SEND, Point("email", "after", "ledger.take_over")], ids=str
)
@pytest.mark.parametrize("is_silent", [False, True], ids=["receipts", "no-receipts"])
def test_a_crash_during_the_resend_is_not_followed_by_a_third_message(
    point: Point, *, is_silent: bool
) -> None:
    world = on_due_date("fat-1")
    world.provider.is_silent = is_silent
    world.faults.arm(AFTER_CLAIM)
    world.faults.arm(point)
    world.settle()
    assert world.faults.fired == 2
    assert received_today(world) == (1 if point is AFTER_SEND else 0)
    settled_by_receipt = point is AFTER_SEND and not is_silent
    assert todays(world).reason is (None if settled_by_receipt else Reason.UNDELIVERABLE)
    assert_settled(world)


def test_a_throttled_send_waits_and_is_made_once() -> None:
    world = on_due_date("fat-1")
    world.provider.throttling = 2
    world.settle()
    assert received_today(world) == 1
    assert not todays(world).resent_in_doubt
    assert_settled(world)


def test_a_provider_that_throttles_for_long_leaves_visible_dead_letters() -> None:
    world = on_due_date("fat-1")
    world.provider.throttling = 99
    world.settle()
    assert todays(world).state is DispatchState.PLANNED
    assert len(world.queues["email"].dead) == 1
    assert_settled(world)
    world.provider.throttling = 0
    world.redrive()
    world.settle()
    assert received_today(world) == 1
    assert_settled(world)


def test_a_throttled_resend_stays_in_doubt_and_is_resent_when_the_provider_answers() -> None:
    world = on_due_date("fat-1")
    world.provider.is_silent = True
    world.faults.arm(AFTER_SEND)
    world.faults.arm(Point("email", "after", "ledger.take_over"), action=lambda: throttle(world))
    world.settle()
    assert received_today(world) == 2
    assert todays(world).resent_in_doubt
    assert_settled(world)


def throttle(world: World) -> None:
    world.provider.throttling = 1


def test_a_doubt_after_a_throttled_resend_is_not_deferred_into_a_second_contact() -> None:
    """The first attempt may have arrived, so the dispatch must not be planned anew."""
    world = three_days_late("fat-1")
    world.provider.is_silent = True

    def throttle_until_closed() -> None:
        world.provider.throttling = 1
        world.now += CLOSED

    world.faults.arm(AFTER_SEND)
    world.faults.arm(Point("email", "after", "ledger.take_over"), action=throttle_until_closed)
    world.live_until(date(2026, 11, 17))
    assert_settled(world)


@pytest.mark.parametrize("point", [AFTER_CLAIM, AFTER_SEND], ids=["not-sent", "sent"])
def test_a_doubt_that_meets_closing_time_is_resolved_when_the_window_opens(point: Point) -> None:
    world = three_days_late("fat-1")
    world.provider.is_silent = True
    world.now += timedelta(hours=10, minutes=58)  # two minutes to eight
    world.faults.arm(point)
    world.live_until(date(2026, 11, 18))
    assert "vencida-3" in steps_spoken(world, "fat-1")
    assert_settled(world)


def test_what_is_settled_while_in_doubt_is_not_sent_again() -> None:
    world = on_due_date("fat-1")
    world.faults.arm(AFTER_CLAIM)
    evaluate(world)
    world.work("email")
    pay(world, "fat-1")
    world.settle()
    assert received_today(world) == 0
    assert todays(world).reason is Reason.SETTLED
    assert_settled(world)


@pytest.mark.parametrize("times", [0, 1, 2])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_contact_deferred_by_its_sender_comes_up_again_once(moment: str, times: int) -> None:
    world = three_days_late("fat-1")
    point = Point("email", "before" if moment == "before" else "after", "portfolio.commit")
    world.faults.arm(point, times=times)
    evaluate(world)
    world.now += CLOSED
    world.live_until(date(2026, 11, 17))
    assert world.faults.fired == times or moment == "after"
    assert planned_on(world, MONDAY).state is DispatchState.DEFERRED
    assert steps_spoken(world, "fat-1") == ["lembrete", "vencimento", "vencida-3"]
    assert_settled(world)


def test_an_opt_out_before_the_send_stops_it() -> None:
    world = on_due_date("fat-1")
    evaluate(world)
    world.opt_out(world.provider.received[0].dispatch_id)
    world.work("hits")
    world.live_until(date(2026, 11, 17))
    assert received_today(world) == 0
    assert_settled(world)


def test_a_refusing_bus_delays_and_loses_nothing() -> None:
    world = on_due_date("fat-1")
    world.refusing = 5
    world.live_until(date(2026, 11, 17))
    assert steps_spoken(world, "fat-1") == ["lembrete", "vencimento", "vencida-3"]
    assert_settled(world)


def test_an_answer_that_never_comes_is_a_doubt_like_a_crash() -> None:
    world = on_due_date("fat-1")
    world.faults.arm(Point("email", "before", "provider.send"), action=unanswered)
    world.settle()
    assert received_today(world) == 1
    assert todays(world).resent_in_doubt
    assert_settled(world)


@pytest.mark.parametrize("what", ["InvoicePaid", "InvoiceReopened"])
def test_money_is_announced_even_if_the_worker_dies_right_after_writing_it(what: str) -> None:
    world = lawful(World(date(2026, 11, 9)))
    world.faults.arm(Point("ingest", "before", f"bus.{what}"), times=2)
    pay(world, "fat-1")  # known before its invoice: announced when that arrives
    world.settle()
    issue(world, "fat-1")
    world.settle()
    reverse(world)
    world.settle()
    assert world.faults.fired == 2
    assert_settled(world)


def test_a_payment_too_many_does_not_swallow_what_was_not_announced() -> None:
    world = lawful(World(date(2026, 11, 9)))
    issue(world, "fat-1")
    pay(world, "fat-1", "pag-1")
    pay(world, "fat-1", "pag-2")
    world.refusing = 3
    world.settle()
    assert_settled(world)
