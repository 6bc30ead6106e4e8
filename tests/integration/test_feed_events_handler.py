"""Events from the bus: each creditor's in one feed, once, and none that is not told outside."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.feed_events import handler
from regua.adapters.memory import FixedClock
from regua.adapters.memory_feed import MemoryFeed
from regua.application.feed_events import read_event
from regua.application.feed_ports import MOST_EVENTS
from regua.application.outgoing import EVENTS_OUT, PUBLIC_EVENTS
from regua.domain.errors import InvalidInput, VersionConflict
from regua.domain.feed import Event, FedEvent
from regua.domain.ids import CreditorId
from regua.domain.webhook_delivery import DeliveryStatus
from tests.integration.conftest import Visibility
from tests.integration.lambdas import Context, Printed, failures, sqs_event
from tests.webhook_worlds import AURORA, BOREAL, START, WebhookWorld


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> WebhookWorld:
    found = WebhookWorld()
    monkeypatch.setattr(handler, "wire", lambda: found.take)
    monkeypatch.setattr(handler, "clock", FixedClock(START))
    return found


def told(number: int = 1, kind: str = "InvoicePaid", creditor_id: str = "aurora") -> dict[str, Any]:
    """Return an event as the bus hands it to the queue."""
    return {
        "version": "0",
        "id": f"00000000-0000-0000-0000-{number:012d}",
        "detail-type": kind,
        "source": "regua",
        "account": "123456789012",
        "time": "2026-11-26T11:00:01Z",
        "region": "sa-east-1",
        "resources": [],
        "detail": {
            "version": "1",
            "creditor_id": creditor_id,
            "occurred_at": f"2026-11-26T11:00:{number % 60:02d}.000Z",
            "data": {"external_id": f"fat-{number}", "customer_id": "cli-1"},
        },
    }


def run(*bodies: object) -> list[str]:
    return failures(handler.lambda_handler(sqs_event(*bodies), Context()))


def names(world: WebhookWorld, creditor_id: CreditorId = AURORA) -> list[str]:
    return [fed.event.data["external_id"] for fed in world.feed.fed[creditor_id]]


def test_a_batch_is_fed_to_each_creditor_in_the_order_of_what_happened(
    world: WebhookWorld, printed: Callable[[], Printed]
) -> None:
    assert run(told(3), told(1), told(2, creditor_id="boreal"), told(2)) == []
    assert names(world) == ["fat-1", "fat-2", "fat-3"]
    assert names(world, BOREAL) == ["fat-2"]
    assert printed().metrics["events_fed"] == 4


def test_copies_are_fed_once_whatever_the_bus_calls_them(world: WebhookWorld) -> None:
    copy = {**told(1), "id": "outro", "time": "2026-11-26T11:09:00Z"}
    assert run(told(1), copy) == []
    assert run(copy) == []
    assert names(world) == ["fat-1"]


def test_more_events_than_one_addition_takes_are_all_fed(world: WebhookWorld) -> None:
    count = 2 * MOST_EVENTS + 3
    assert run(*(told(n) for n in range(count))) == []
    assert len(set(names(world))) == count


def test_large_events_are_added_a_few_at_a_time(world: WebhookWorld) -> None:
    class Weighing(MemoryFeed):
        parts: ClassVar[list[int]] = []

        def append(
            self, creditor_id: CreditorId, events: Sequence[Event], now: datetime
        ) -> Sequence[FedEvent]:
            self.parts.append(len(events))
            return MemoryFeed.append(self, creditor_id, events, now)

    world.feed = Weighing()
    big = [told(n) for n in range(24)]
    for each in big:
        each["detail"]["data"]["nota"] = "ç" * 100_000
    assert run(*big) == []
    assert len(names(world)) == 24
    assert max(Weighing.parts) < 15


@pytest.mark.parametrize(
    "changes",
    [
        {"detail-type": "contactdue"},
        {"detail-type": "InvoiceIssued"},
        {"detail-type": ["InvoicePaid"]},
        {"source": "erp.aurora"},
        {"detail": None},
        {"detail": {"creditor_id": "aurora"}},
        {"detail": {**told(1)["detail"], "data": {"nota": "\ud800"}}},
        {"detail": {**told(1)["detail"], "data": {"nota": float("nan")}}},
    ],
)
def test_what_is_no_event_of_ours_is_put_aside_and_blocks_nothing(
    world: WebhookWorld, changes: dict[str, Any]
) -> None:
    assert run({**told(1), **changes}, told(2)) == ["m0"]
    assert names(world) == ["fat-2"]


def test_work_for_ourselves_and_what_is_nobodys_is_in_no_feed(world: WebhookWorld) -> None:
    assert run(told(3, "ContactDue"), told(1, "IngestRejected", "unknown"), told(2)) == []
    assert names(world) == ["fat-2"]
    assert list(world.feed.fed) == [AURORA]


def test_one_creditors_crowd_gives_back_its_own_events_only(
    world: WebhookWorld, sqs: Visibility
) -> None:
    class Crowded(MemoryFeed):
        def append(
            self, creditor_id: CreditorId, events: Sequence[Event], now: datetime
        ) -> Sequence[FedEvent]:
            if creditor_id == AURORA:
                raise VersionConflict
            return MemoryFeed.append(self, creditor_id, events, now)

    world.feed = Crowded()
    assert run(told(1), told(2, creditor_id="boreal"), told(3)) == ["m0", "m2"]
    assert names(world, BOREAL) == ["fat-2"]
    assert set(sqs.hidden) == {"r0", "r2"}


def test_endpoints_get_what_was_fed_and_again_after_a_crash_between_the_two(
    world: WebhookWorld,
) -> None:
    key = world.subscribe()
    world.feed.append(AURORA, [read_event(json.dumps(told(1)))], START)
    assert run(told(1)) == []
    assert [(d.seq, d.status) for d in world.of(key)] == [(1, DeliveryStatus.PENDING)]
    assert world.queue.sent == [(key, 0)]


def test_every_event_but_work_for_ourselves_is_told_outside() -> None:
    assert frozenset(EVENTS_OUT) - PUBLIC_EVENTS == {"ContactDue", "PaymentReceiptDue"}
    for kind in PUBLIC_EVENTS:
        assert read_event(json.dumps(told(1, kind))).type == kind


@given(
    st.text(max_size=80)
    | st.builds(
        lambda detail, kind: json.dumps({**told(1), "detail": detail, "detail-type": kind}),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["version", "creditor_id", "occurred_at", "data", "x"]), inner
                )
            ),
            max_leaves=8,
        ),
        st.sampled_from(["InvoicePaid", "x", 7, None]),
    )
)
def test_any_body_is_an_event_or_is_refused(body: str) -> None:
    try:
        assert read_event(body).type in EVENTS_OUT
    except InvalidInput:
        return
