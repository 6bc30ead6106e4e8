"""The queue of receipts: order, patience, and nothing lost."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from local.carrier.receipts import BATCH_RECEIPTS, Receipt, ReceiptQueue

if TYPE_CHECKING:
    from collections.abc import Sequence


class Listener:
    """Takes receipts, refuses the positions it is told to, and may not be there yet."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.channels: list[str] = []
        self.refusals: list[list[int]] = []
        self.is_there = True

    def is_ready(self, channel: str) -> bool:  # noqa: ARG002 - one listener for all
        return self.is_there

    def publish(self, channel: str, receipts: Sequence[Receipt]) -> list[int]:
        refused = self.refusals.pop(0) if self.refusals else []
        accepted = [r.event for position, r in enumerate(receipts) if position not in refused]
        self.batches.append(accepted)
        self.channels.append(channel)
        return refused

    def heard(self) -> list[str]:
        return [event for batch in self.batches for event in batch]


def receipt(event: str, *, delay: float = 0.0, channel: str = "email", of: str = "m1") -> Receipt:
    return Receipt(channel, of, event, "2026-03-01T12:00:00.000Z", "{}", delay)


def wait_until_empty(queue: ReceiptQueue) -> None:
    deadline = time.monotonic() + 5
    while queue.pending():
        assert time.monotonic() < deadline, "receipts were left over"
        time.sleep(0.005)


def test_receipts_are_published_in_the_order_they_are_due() -> None:
    listener = Listener()
    queue = ReceiptQueue(listener)
    queue.schedule([receipt("c", delay=0.1), receipt("a"), receipt("b")])
    queue.start()
    wait_until_empty(queue)
    assert listener.heard() == ["a", "b", "c"]
    assert queue.stop(1) == []


def test_a_crowd_is_published_in_full_batches() -> None:
    listener = Listener()
    queue = ReceiptQueue(listener)
    queue.schedule([receipt(str(number)) for number in range(25)])
    queue.start()
    wait_until_empty(queue)
    assert [len(batch) for batch in listener.batches] == [BATCH_RECEIPTS, BATCH_RECEIPTS, 5]
    queue.stop(1)


def test_channels_do_not_share_a_batch() -> None:
    listener = Listener()
    queue = ReceiptQueue(listener)
    queue.schedule([receipt("a"), receipt("b", channel="sms"), receipt("c")])
    queue.start()
    wait_until_empty(queue)
    assert sorted(listener.channels) == ["email", "sms"]
    queue.stop(1)


def test_a_refused_receipt_is_tried_again_and_the_others_are_not_repeated() -> None:
    listener = Listener()
    listener.refusals = [[1], [0]]
    queue = ReceiptQueue(listener)
    queue.schedule([receipt("a"), receipt("b"), receipt("c")])
    queue.start()
    wait_until_empty(queue)
    assert listener.heard() == ["a", "c", "b"]
    queue.stop(1)


def test_without_a_listener_receipts_wait_and_cost_nothing() -> None:
    listener = Listener()
    listener.is_there = False
    queue = ReceiptQueue(listener)
    queue.start()
    queue.schedule([receipt("a")])
    time.sleep(0.05)
    assert (queue.pending(), listener.heard()) == (1, [])
    listener.is_there = True
    queue.wake()
    wait_until_empty(queue)
    assert listener.heard() == ["a"]
    queue.stop(1)


def test_release_publishes_late_receipts_in_the_order_they_were_due() -> None:
    listener = Listener()
    queue = ReceiptQueue(listener)
    queue.start()
    queue.schedule([receipt("b", delay=3600), receipt("a", delay=60)])
    assert queue.pending_of("m1") == 2
    assert queue.release() == 2
    wait_until_empty(queue)
    assert listener.heard() == ["a", "b"]
    queue.stop(1)


def test_what_is_not_due_at_the_end_is_handed_back_with_the_rest_of_its_delay() -> None:
    queue = ReceiptQueue(Listener())
    queue.start()
    queue.schedule([receipt("late", delay=100)])
    (left,) = queue.stop(1)
    assert left.event == "late"
    assert 90 < left.delay_seconds <= 100


def test_concurrent_senders_lose_nothing() -> None:
    listener = Listener()
    listener.refusals = [[0, 3]] * 5
    queue = ReceiptQueue(listener)
    queue.start()

    def send(worker: int) -> None:
        for number in range(50):
            queue.schedule([receipt(f"{worker}-{number}")])

    senders = [threading.Thread(target=send, args=(worker,)) for worker in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    wait_until_empty(queue)
    assert sorted(listener.heard()) == sorted(f"{w}-{n}" for w in range(4) for n in range(50))
    queue.stop(1)
