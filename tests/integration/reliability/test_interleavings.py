"""Two workers on one account at once, stopped and resumed at every port call."""

from collections.abc import Callable
from datetime import date

import pytest

from tests.integration.reliability.law import assert_safe, assert_settled
from tests.integration.reliability.stepping import every_interleaving
from tests.integration.reliability.stories import (
    MONDAY,
    address_of,
    customer_data,
    evaluate,
    issue,
    pay,
    three_days_late,
)
from tests.integration.reliability.world import World

Story = tuple[World, Callable[[], object], Callable[[], object]]


def work(world: World, name: str) -> Callable[[], object]:
    """Return one invocation of a worker that takes one message."""
    return lambda: world.work(name, at_most=1)


def two_evaluations() -> Story:
    world = three_days_late("fat-1", "fat-2")
    world.tick()
    world.tick()
    return world, work(world, "shards"), work(world, "shards")


def evaluation_and(tell: Callable[[World], None]) -> Callable[[], Story]:
    def story() -> Story:
        world = three_days_late("fat-1", "fat-2")
        world.tick()
        tell(world)
        return world, work(world, "shards"), work(world, "ingest")

    return story


def evaluation_and_sender() -> Story:
    world = three_days_late("fat-1", "fat-2")
    world.tick()
    return world, work(world, "shards"), work(world, "email")


def two_senders() -> Story:
    world = three_days_late("fat-1")
    evaluate(world)
    (record,) = world.queues["email"].waiting
    world.queues["email"].put(record.body, world.now)
    return world, work(world, "email"), work(world, "email")


def sender_and_payment() -> Story:
    world = three_days_late("fat-1")
    evaluate(world)
    pay(world, "fat-1")
    return world, work(world, "email"), work(world, "ingest")


def sender_and_receipts() -> Story:
    world = three_days_late("fat-1")
    world.provider.bounces.add(address_of("maria"))
    evaluate(world)
    return world, work(world, "email"), lambda: world.work("receipts")


def changed_address(world: World) -> None:
    world.tell("CustomerChanged", customer_data("maria", emails=["nova@cliente.example.com.br"]))


STORIES: dict[str, Callable[[], Story]] = {
    "two evaluations": two_evaluations,
    "evaluation and payment of one invoice": evaluation_and(lambda w: pay(w, "fat-1")),
    "evaluation and a new invoice that is late already": evaluation_and(
        lambda w: issue(w, "fat-9", due_date="2026-11-12")
    ),
    "evaluation and a moved due date": evaluation_and(
        lambda w: issue(w, "fat-1", due_date="2026-11-19")
    ),
    "evaluation and a cancellation": evaluation_and(
        lambda w: w.tell("InvoiceCancelled", {"external_id": "fat-1", "reason": "duplicada"})
    ),
    "evaluation and a change of address": evaluation_and(changed_address),
    "evaluation and its sender": evaluation_and_sender,
    "two senders of one contact": two_senders,
    "sender and payment": sender_and_payment,
    "sender and a bounce": sender_and_receipts,
}


@pytest.mark.parametrize("story", STORIES)
def test_whatever_the_order_of_two_workers(story: str) -> None:
    seen = 0
    for how, world in every_interleaving(STORIES[story]):
        seen += 1
        try:
            assert_safe(world)
            world.live_until(date(2026, 11, 24))
            assert_settled(world)
        except AssertionError as exc:
            raise AssertionError(f"{how}: {exc}") from exc
    assert seen > 20
    assert world.now.date() > MONDAY
