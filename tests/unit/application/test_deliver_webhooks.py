"""Visits to endpoints: what is sent, recorded, tried again and given up, whatever breaks down."""

import itertools
import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from regua.adapters.memory_webhooks import MemoryDeliveries
from regua.application.deliver_webhooks import ENDPOINT_DOWN, EXPIRED, GONE
from regua.application.manage_webhooks import Wanted
from regua.application.webhook_ports import EndpointKey
from regua.domain.errors import VersionConflict
from regua.domain.feed import KEPT
from regua.domain.webhook_delivery import (
    FAILURES_TO_OPEN,
    GIVEN_UP_AFTER,
    Answer,
    Delivery,
    DeliveryStatus,
    Result,
)
from tests.webhook_worlds import (
    AURORA,
    BOREAL,
    START,
    URL,
    Crash,
    Crashing,
    Scripted,
    WebhookWorld,
    any_event,
)

OTHER = "https://bi.aurora.example.com.br/"
OK = Answer(Result.DELIVERED, 200, 5)
BROKEN = Answer(Result.STATUS, 500, 5)
REFUSED = Answer(Result.REFUSED, None, 2)


@pytest.fixture
def world() -> WebhookWorld:
    return WebhookWorld()


def ids(*numbers: int) -> list[str]:
    return [any_event(n).id for n in numbers]


def test_what_was_fed_is_posted_in_order_signed_and_recorded(world: WebhookWorld) -> None:
    key = world.subscribe()
    world.fed(any_event(1), any_event(2))
    world.forward(seconds=3)
    visit = world.visit(key)
    assert (visit.delivered, visit.failed, visit.dead) == (2, 0, 0)
    assert world.arrived() == ids(1, 2)
    assert [(d.status, d.tries) for d in world.of(key)] == [(DeliveryStatus.DELIVERED, 1)] * 2
    first = world.sender.posted[0]
    assert json.loads(first.body) == {
        "id": any_event(1).id,
        "type": "InvoicePaid",
        "version": "1",
        "timestamp": "2026-11-26T11:00:00.000Z",
        "creditor_id": "aurora",
        "data": {"external_id": "fat-1", "customer_id": "cli-1"},
    }
    endpoint = world.endpoints.find(key)
    assert endpoint is not None
    signer = Webhook(endpoint.secrets[0].text)
    assert first.headers["webhook-timestamp"] == str(int(world.now.timestamp()))
    expected = signer.sign(any_event(1).id, world.now, first.body.decode())
    assert first.headers["webhook-signature"] == expected
    with pytest.raises(WebhookVerificationError):
        signer.verify(first.body, {**first.headers, "webhook-id": "evt_outro"})


def test_an_endpoint_hears_what_it_asked_for_and_of_its_own_creditor_only(
    world: WebhookWorld,
) -> None:
    chosen = world.subscribe(events=("MessageSent",))
    every = world.subscribe(OTHER)
    theirs = world.subscribe("https://boreal.example.com.br/", creditor_id=BOREAL)
    world.fed(any_event(1), any_event(2, "MessageSent"))
    for key in (chosen, every, theirs):
        world.visit(key)
    assert world.arrived(URL) == [any_event(2, "MessageSent").id]
    assert len(world.arrived(OTHER)) == 2
    assert world.arrived("https://boreal.example.com.br/") == []


def test_the_same_facts_again_are_delivered_once(world: WebhookWorld) -> None:
    key = world.subscribe()
    world.fed(any_event(1))
    world.visit(key)
    world.fed(any_event(1), any_event(2))
    world.visit(key)
    assert world.arrived() == ids(1, 2)


def test_a_failure_waits_and_the_others_go_on(world: WebhookWorld) -> None:
    key = world.subscribe()
    world.fed(any_event(1), any_event(2))
    world.sender.answers[URL] = BROKEN
    visit = world.visit(key)
    assert (visit.delivered, visit.failed) == (0, 2)
    assert world.arrived() == ids(1, 2)
    world.sender.answers[URL] = OK
    world.forward(seconds=13)
    assert world.visit(key).delivered == 2
    (first, _) = world.of(key)
    assert [a.answer.status for a in first.attempts] == [500, 200]


def test_an_event_that_an_endpoint_never_takes_blocks_no_other(world: WebhookWorld) -> None:
    key = world.subscribe()
    poison = any_event(1).id
    world.sender = Scripted(script=lambda name: BROKEN if name == poison else None)
    for n in range(1, 30):
        world.fed(any_event(n))
        world.live(world.now + timedelta(minutes=2))
    standing = {d.event_id: d.status for d in world.of(key)}
    assert standing.pop(poison) is DeliveryStatus.PENDING
    assert set(standing.values()) == {DeliveryStatus.DELIVERED}


def test_a_dead_endpoint_is_left_alone_but_for_probes_and_its_events_die_after_72_hours(
    world: WebhookWorld,
) -> None:
    key = world.subscribe()
    world.sender.answers[URL] = REFUSED
    world.fed(*(any_event(n) for n in range(1, 41)))
    world.live(START + timedelta(hours=1))
    in_the_first_hour = len(world.sender.posted)
    assert FAILURES_TO_OPEN < in_the_first_hour <= FAILURES_TO_OPEN + 10
    world.live(START + GIVEN_UP_AFTER - timedelta(minutes=1))
    assert len(world.sender.posted) <= in_the_first_hour + 71 * 4
    assert {d.status for d in world.of(key)} == {DeliveryStatus.PENDING}
    world.live(START + GIVEN_UP_AFTER + timedelta(hours=1))
    assert {d.status for d in world.of(key)} == {DeliveryStatus.DEAD}
    assert {d.reason for d in world.of(key)} <= {ENDPOINT_DOWN, "refused"}
    assert len(world.feed.fed[AURORA]) == 40


def test_an_endpoint_that_comes_back_gets_everything_within_minutes(world: WebhookWorld) -> None:
    key = world.subscribe()
    world.sender.answers[URL] = REFUSED
    for n in range(1, 41):
        world.fed(any_event(n))
        world.live(world.now + timedelta(minutes=30))
    world.sender.answers[URL] = OK
    world.live(world.now + timedelta(minutes=20))
    delivered = [d for d in world.of(key) if d.status is DeliveryStatus.DELIVERED]
    assert len(delivered) >= 35
    world.live(world.now + timedelta(hours=5))
    assert {d.status for d in world.of(key)} == {DeliveryStatus.DELIVERED}


def test_one_dead_endpoint_delays_no_other(world: WebhookWorld) -> None:
    dead, well = world.subscribe(), world.subscribe(OTHER)
    world.sender.answers[URL] = Answer(Result.TIMEOUT, None, 10_000)
    world.fed(*(any_event(n) for n in range(1, 21)))
    world.serve()
    assert world.arrived(OTHER) == ids(*range(1, 21))
    assert {d.status for d in world.of(well)} == {DeliveryStatus.DELIVERED}
    assert len(world.arrived(URL)) == FAILURES_TO_OPEN
    assert {d.status for d in world.of(dead)} == {DeliveryStatus.PENDING}


def test_an_endpoint_that_is_gone_is_disabled_until_somebody_enables_it(
    world: WebhookWorld,
) -> None:
    key = world.subscribe()
    world.sender.answers[URL] = Answer.of_status(410, 5)
    world.fed(any_event(1), any_event(2))
    visit = world.visit(key)
    assert visit.was_disabled
    assert world.arrived() == ids(1)
    endpoint = world.endpoints.find(key)
    assert endpoint is not None
    assert endpoint.disabled == GONE
    world.fed(any_event(3))
    world.live(world.now + timedelta(hours=2))
    assert world.arrived() == ids(1)
    world.sender.answers[URL] = OK
    world.manage.enable(key, world.now)
    world.live(world.now + timedelta(minutes=2))
    assert sorted(world.arrived()) == sorted(ids(1, 1, 2))


def test_a_secret_that_changes_while_an_endpoint_says_it_is_gone_loses_nothing(
    world: WebhookWorld,
) -> None:
    key = world.subscribe()

    def rotating(_: str) -> Answer:
        world.manage.rotate_secret(key, world.now)
        return Answer.of_status(410, 5)

    world.sender = Scripted(script=rotating)
    world.fed(any_event(1), any_event(2))
    assert world.visit(key).was_disabled
    endpoint = world.endpoints.find(key)
    assert endpoint is not None
    assert (endpoint.disabled, len(endpoint.secrets)) == (GONE, 2)


def test_an_address_that_is_gone_says_nothing_about_the_one_that_took_its_place(
    world: WebhookWorld,
) -> None:
    key = world.subscribe()

    def moving(_: str) -> Answer:
        world.manage.change(key, Wanted(OTHER, ("*",), ""), world.now)
        return Answer.of_status(410, 5)

    world.sender = Scripted(script=moving)
    world.fed(any_event(1), any_event(2))
    assert not world.visit(key).was_disabled
    assert world.arrived() == ids(1), "nothing more goes to the old address"
    world.sender = Scripted(posted=world.sender.posted)
    world.live(world.now + timedelta(minutes=2))
    assert sorted(world.arrived(OTHER)) == sorted(ids(1, 2))


def test_what_the_feed_keeps_no_more_is_given_up_and_says_so(world: WebhookWorld) -> None:
    key = world.subscribe()
    world.fed(any_event(1))
    world.now = START + KEPT
    assert world.visit(key).dead == 1
    assert [d.reason for d in world.of(key)] == [EXPIRED]
    assert world.arrived() == []


def test_a_visit_ends_when_its_time_is_up_and_another_follows(world: WebhookWorld) -> None:
    key = world.subscribe()
    world.fed(*(any_event(n) for n in range(1, 6)))
    world.queue.sent.clear()
    looks = iter([True] * 4 + [False] * 9)
    assert world.visit(key, has_time=lambda: next(looks)).delivered == 3
    assert world.queue.sent == [(key, 0)]
    world.serve()
    assert world.arrived() == ids(1, 2, 3, 4, 5)


def test_the_next_visit_is_asked_for_when_it_is_due_soon(world: WebhookWorld) -> None:
    key = world.subscribe()
    world.sender.answers[URL] = BROKEN
    world.fed(any_event(1))
    world.queue.sent.clear()
    world.visit(key)
    ((queued, delay),) = world.queue.sent
    assert (queued, 10 <= delay <= 13) == (key, True)
    world.forward(seconds=delay)
    assert world.visit(key).failed == 1


def test_who_calls_while_a_visit_ends_is_visited_at_once(world: WebhookWorld) -> None:
    class Called(MemoryDeliveries):
        calls_to_come = 1

        def next_due(self, key: EndpointKey) -> datetime | None:
            found = MemoryDeliveries.next_due(self, key)
            if Called.calls_to_come:
                Called.calls_to_come -= 1
                self.call(key, START)
            return found

    world.deliveries = Called()
    key = world.subscribe()
    world.fed(any_event(1))
    world.queue.sent.clear()
    world.visit(key)
    assert world.queue.sent == [(key, 0)]
    world.serve()
    assert world.deliver.tick() == 0


def test_a_visitor_who_finds_another_one_there_does_nothing(world: WebhookWorld) -> None:
    key = world.subscribe()
    world.fed(any_event(1))
    assert world.deliveries.lease(key, "outro", world.now) is not None
    assert world.visit(key).was_busy
    assert world.arrived() == []


def test_a_deleted_endpoint_is_sent_nothing_and_forgotten(world: WebhookWorld) -> None:
    key = world.subscribe()
    world.fed(any_event(1))
    world.manage.remove(key)
    world.serve()
    world.live(world.now + timedelta(minutes=5))
    assert world.arrived() == []
    assert world.queue.sent == []


def test_what_is_asked_for_while_it_is_sent_is_recorded_with_what_came_of_it(
    world: WebhookWorld,
) -> None:
    """Somebody asks for a redelivery between the request and its record."""
    key = world.subscribe()
    world.fed(any_event(1))
    (delivery,) = world.of(key)

    def meanwhile(_: str) -> None:
        world.manage.redeliver(key, delivery.id, world.now)

    world.sender = Scripted(script=meanwhile)
    world.visit(key)
    world.sender.script = lambda _: None
    (after,) = world.of(key)
    assert (after.status, after.tries) == (DeliveryStatus.DELIVERED, 1)
    world.serve()
    assert world.arrived() == ids(1)


def test_what_changes_before_it_is_sent_is_left_to_the_next_look(world: WebhookWorld) -> None:
    class Contested(MemoryDeliveries):
        lost = 0

        def save(self, key: EndpointKey, before: Delivery, after: Delivery) -> Delivery:
            Contested.lost += 1
            if Contested.lost == 1:
                raise VersionConflict
            return MemoryDeliveries.save(self, key, before, after)

    world.deliveries = Contested()
    key = world.subscribe()
    world.fed(any_event(1))
    assert world.visit(key).delivered == 1
    assert world.arrived() == ids(1)


def test_a_tick_finds_what_no_message_told_of(world: WebhookWorld) -> None:
    key = world.subscribe()
    world.fed(any_event(1))
    world.queue.sent.clear()
    assert world.deliver.tick() == 1
    assert world.queue.sent == [(key, 0)]
    world.serve()
    assert world.deliver.tick() == 0


# Whatever breaks down ----------------------------------------------------------------------------


def _crashing(world: WebhookWorld, at: int | None, *, after: bool) -> Iterator[int]:
    """Put ports in the world that die once, all at the same count of calls."""
    counter = itertools.count()
    for name in ("feed", "endpoints", "deliveries", "queue", "sender"):
        setattr(world, name, Crashing(getattr(world, name), counter, at, after))
    return counter


def _story(world: WebhookWorld, crashed: list[bool]) -> None:
    """Feed three events and deliver them; whoever dies is started again, as Lambda does."""

    def survive(step: object) -> None:
        assert callable(step)
        for _ in range(3):
            try:
                step()
            except Crash:
                crashed.append(True)
            else:
                return

    survive(lambda: world.fed(any_event(1), any_event(2)))
    survive(lambda: world.fed(any_event(3)))
    for _ in range(6):
        survive(world.deliver.tick)
        survive(world.serve)
        world.forward(minutes=1)


def _calls_of_the_story() -> int:
    world = WebhookWorld()
    world.subscribe()
    counter = _crashing(world, None, after=False)
    _story(world, [])
    return next(counter)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_call_loses_nothing_and_the_record_is_true(after: bool) -> None:  # noqa: FBT001 - a column
    count = _calls_of_the_story()
    assert count > 30
    for at in range(count):
        world = WebhookWorld()
        key = world.subscribe()
        kept, sender = world.deliveries, world.sender
        _crashing(world, at, after=after)
        crashed: list[bool] = []
        _story(world, crashed)
        posted = [p.headers["webhook-id"] for p in sender.posted]
        told = [
            (d.event_id, d.status, [a.answer.result for a in d.attempts])
            for d in kept.kept[key].values()
        ]
        assert crashed, at
        assert set(posted) == set(ids(1, 2, 3)), at
        assert {status for _, status, _ in told} == {DeliveryStatus.DELIVERED}, at
        for event_id, _, results in told:
            assert len(results) >= posted.count(event_id), at
            assert results[-1] is Result.DELIVERED, at
            assert set(results[:-1]) <= {Result.UNKNOWN}, at
        assert [e.seq for e in world.feed.read(AURORA, 0, 9, world.now).events] == [1, 2, 3]


def test_any_two_crashes_lose_nothing() -> None:
    count = _calls_of_the_story()
    for at in range(0, count, 3):
        for further in range(at + 1, count, 7):
            world = WebhookWorld()
            key = world.subscribe()
            kept, sender = world.deliveries, world.sender
            _crashing(world, at, after=False)
            counter = world.feed.counter  # type: ignore[attr-defined]  # as it was made above
            for name in ("feed", "endpoints", "deliveries", "queue", "sender"):
                first = getattr(world, name)
                setattr(world, name, Crashing(first, itertools.count(), further, after=True))
            _story(world, [])
            assert next(counter) > 0
            posted = {p.headers["webhook-id"] for p in sender.posted}
            assert posted == set(ids(1, 2, 3)), (at, further)
            standing = {d.status for d in kept.kept[key].values()}
            assert standing == {DeliveryStatus.DELIVERED}, (at, further)
