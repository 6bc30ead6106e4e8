"""A contact that was published by an evaluation which never got to write it down.

The next evaluation decides again under the same dispatch id, and by then the answer may be another
one: other invoices, a later step, a closed window, nothing at all.
"""

from datetime import date, timedelta

import pytest

from regua.domain.dispatch import DispatchState
from tests.integration.reliability.faults import Point
from tests.integration.reliability.law import assert_settled, records_of
from tests.integration.reliability.stories import (
    MONDAY,
    issue,
    on_due_date,
    pay,
    steps_spoken,
    three_days_late,
)
from tests.integration.reliability.world import World

BEFORE_ADVANCE = Point("shards", "before", "portfolio.commit")
SENDERS_COPY = ["sent", "still in the queue"]


def stop_the_evaluator(world: World) -> None:
    """Let an evaluation die between publishing and advancing, and none follow it."""
    world.faults.arm(BEFORE_ADVANCE)
    world.tick()
    world.work("shards")
    assert world.faults.fired == 1
    world.queues["shards"].waiting.clear()


def test_a_payment_that_wins_the_race_does_not_silence_the_customers_next_contact() -> None:
    """What was published about the paid invoice used up the id of the next contact."""
    world = three_days_late("fat-1")

    def paid() -> None:
        pay(world, "fat-1")
        world.work("ingest")

    world.faults.arm(BEFORE_ADVANCE, action=paid)
    world.settle()
    issue(world, "fat-2", due_date="2026-11-24")
    world.live_until(date(2026, 11, 25))
    assert steps_spoken(world, "fat-2") == ["lembrete", "vencimento"]
    assert_settled(world)


@pytest.mark.parametrize("copy", SENDERS_COPY)
def test_a_step_that_came_up_while_no_evaluation_ran_is_spoken_about(copy: str) -> None:
    world = on_due_date("fat-1")
    stop_the_evaluator(world)
    if copy == "sent":
        world.drain()
    world.now += timedelta(days=3)
    world.live_until(MONDAY + timedelta(days=1))
    assert "vencida-3" in steps_spoken(world, "fat-1")


@pytest.mark.parametrize("copy", SENDERS_COPY)
def test_an_invoice_that_came_in_between_is_spoken_about(copy: str) -> None:
    world = three_days_late("fat-1")
    stop_the_evaluator(world)
    if copy == "sent":
        world.drain()
    issue(world, "fat-9", due_date="2026-11-12")
    world.live_until(date(2026, 11, 18))
    assert "vencida-3" in steps_spoken(world, "fat-9")
    assert_settled(world)


@pytest.mark.parametrize("copy", SENDERS_COPY)
def test_a_window_that_closed_in_between_does_not_repeat_the_contact(copy: str) -> None:
    world = three_days_late("fat-1")
    stop_the_evaluator(world)
    if copy == "sent":
        world.drain()
    world.now += timedelta(hours=11, minutes=5)
    world.live_until(date(2026, 11, 18))
    assert steps_spoken(world, "fat-1").count("vencida-3") == 1
    assert_settled(world)


@pytest.mark.parametrize("evaluated", ["that evening", "the next morning"])
def test_a_contact_deferred_by_its_sender_before_the_advance_comes_up_again(
    evaluated: str,
) -> None:
    world = three_days_late("fat-1")
    stop_the_evaluator(world)
    world.now += timedelta(hours=11, minutes=5)
    world.drain()
    if evaluated == "the next morning":
        world.now += timedelta(hours=13)
    world.live_until(date(2026, 11, 18))
    assert steps_spoken(world, "fat-1").count("vencida-3") == 1


@pytest.mark.parametrize("copy", SENDERS_COPY)
def test_a_due_date_moved_in_between_starts_anew_from_its_first_step(copy: str) -> None:
    """The step that was spoken about belonged to the old date; the new one has it still to come."""
    world = three_days_late("fat-1")
    stop_the_evaluator(world)
    if copy == "sent":
        world.drain()
    issue(world, "fat-1", due_date="2026-11-25")
    world.live_until(date(2026, 11, 26))
    assert steps_spoken(world, "fat-1")[-2:] == ["lembrete", "vencimento"]


def test_a_doubt_about_an_earlier_copy_is_not_resolved_by_a_later_one() -> None:
    world = three_days_late("fat-1")
    world.provider.is_silent = True
    stop_the_evaluator(world)
    world.faults.arm(Point("email", "after", "ledger.claim"))
    world.work("email")
    issue(world, "fat-9", due_date="2026-11-12")
    world.live_until(date(2026, 11, 18))
    assert steps_spoken(world, "fat-9").count("vencida-3") == 1
    assert_settled(world)


def test_an_evaluation_that_dies_again_while_it_accepts_what_was_published_is_repeated() -> None:
    world = on_due_date("fat-1")
    stop_the_evaluator(world)
    world.drain()
    world.now += timedelta(days=3)
    world.faults.arm(BEFORE_ADVANCE, times=2)
    world.live_until(MONDAY + timedelta(days=1))
    assert steps_spoken(world, "fat-1") == ["lembrete", "vencimento", "vencida-3"]
    assert_settled(world)


def test_what_was_published_and_is_not_due_any_more_ends_visibly() -> None:
    world = three_days_late("fat-1")

    def paid() -> None:
        pay(world, "fat-1")
        world.work("ingest")

    world.faults.arm(BEFORE_ADVANCE, action=paid)
    world.settle()
    (record,) = [r for r in records_of(world).values() if r.dispatch.decided_on == MONDAY]
    assert record.state is DispatchState.SUPPRESSED
    assert_settled(world)
