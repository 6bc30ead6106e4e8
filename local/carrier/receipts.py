"""Receipts on their way: kept in order of due time and published until the publisher takes them."""

from __future__ import annotations

import heapq
import logging
import threading
import time
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

BATCH_RECEIPTS = 10
BATCH_CHARACTERS = 200_000  # an SNS batch holds 256 KB; our payloads are ASCII
FIRST_REST_SECONDS = 0.1
LONGEST_REST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's report about a message, as the JSON text that will be published."""

    channel: str
    provider_message_id: str
    event: str
    occurred_at: str
    payload: str
    delay_seconds: float = 0.0

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


class Publisher(Protocol):
    """Takes receipts to whoever listens."""

    def is_ready(self, channel: str) -> bool:
        """Tell whether somebody is known to listen to the channel."""

    def publish(self, channel: str, receipts: Sequence[Receipt]) -> list[int]:
        """Publish at most `BATCH_RECEIPTS`; return the positions that must be tried again.

        Any exception means that all of them must.
        """


@dataclass(order=True, slots=True)
class _Entry:
    due: float
    position: int
    receipt: Receipt


class ReceiptQueue:
    """A due-time queue with one publishing thread; nothing leaves it before it is published."""

    def __init__(
        self, publisher: Publisher, on_published: Callable[[Receipt], None] = lambda _: None
    ) -> None:
        self._publisher = publisher
        self._on_published = on_published
        self._waiting: dict[str, list[_Entry]] = {}
        self._in_flight = 0
        self._positions = count()
        self._changed = threading.Condition()
        self._stopping = False
        self._backoff_seconds = 0.0
        self._resume_at = 0.0
        self._thread = threading.Thread(target=self._run, name="receipts", daemon=True)

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def is_heard(self, channel: str) -> bool:
        """Tell whether somebody listens to the channel now."""
        return self._publisher.is_ready(channel)

    def schedule(self, receipts: Sequence[Receipt]) -> None:
        """Take receipts; those with equal delays keep their order."""
        now = time.monotonic()
        with self._changed:
            for receipt in receipts:
                self._push(_Entry(now + receipt.delay_seconds, next(self._positions), receipt))
            self._changed.notify_all()

    def pending(self) -> int:
        """Return how many receipts are not published yet."""
        with self._changed:
            return len(self._entries()) + self._in_flight

    def pending_of(self, provider_message_id: str) -> int:
        """Return how many receipts of one message still wait for their time."""
        with self._changed:
            waiting = (entry.receipt.provider_message_id for entry in self._entries())
            return sum(waits == provider_message_id for waits in waiting)

    def release(self) -> int:
        """Make every waiting receipt due now, in the order it was due; return how many waited."""
        now = time.monotonic()
        with self._changed:
            entries = self._entries()
            self._waiting.clear()
            for entry in entries:
                self._push(_Entry(min(entry.due, now), next(self._positions), entry.receipt))
            self._changed.notify_all()
            return sum(entry.due > now for entry in entries)

    def forget(self) -> None:
        """Drop every receipt that is not being published right now."""
        with self._changed:
            self._waiting.clear()

    def wake(self) -> None:
        """Try again at once: a listener may have appeared."""
        with self._changed:
            self._resume_at = 0.0
            self._changed.notify_all()

    def stop(self, timeout_seconds: float) -> list[Receipt]:
        """Publish what is due, stop, and return what is left with the delay that remained."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)
        now = time.monotonic()
        with self._changed:
            return [
                replace(entry.receipt, delay_seconds=max(0.0, entry.due - now))
                for entry in self._entries()
            ]

    def _push(self, entry: _Entry) -> None:
        heapq.heappush(self._waiting.setdefault(entry.receipt.channel, []), entry)

    def _entries(self) -> list[_Entry]:
        return sorted(entry for heap in self._waiting.values() for entry in heap)

    def _run(self) -> None:
        while batch := self._next_batch():
            self._publish(batch)

    def _next_batch(self) -> list[_Entry]:
        """Wait for due receipts; empty when it is time to stop."""
        with self._changed:
            while True:
                resting = time.monotonic() < self._resume_at
                batch = [] if resting else self._take_due()
                if batch or self._stopping:
                    self._in_flight = len(batch)
                    return batch
                self._changed.wait(self._rest_seconds())

    def _rest_seconds(self) -> float | None:
        """Return how long nothing can happen by itself; None when only a call can wake us."""
        due = [heap[0].due for heap in self._heard_heaps()]
        if not due:
            return None
        return max(0.0, max(min(due), self._resume_at) - time.monotonic())

    def _heard_heaps(self) -> list[list[_Entry]]:
        return [
            heap
            for channel, heap in self._waiting.items()
            if heap and self._publisher.is_ready(channel)
        ]

    def _take_due(self) -> list[_Entry]:
        """Pop one batch of the channel whose receipt is due first."""
        now = time.monotonic()
        heap = min(self._heard_heaps(), default=[], key=lambda heap: heap[0])
        batch: list[_Entry] = []
        size = 0
        while heap and heap[0].due <= now and len(batch) < BATCH_RECEIPTS:
            size += len(heap[0].receipt.payload)
            if batch and size > BATCH_CHARACTERS:
                break
            batch.append(heapq.heappop(heap))
        return batch

    def _publish(self, batch: list[_Entry]) -> None:
        receipts = [entry.receipt for entry in batch]
        try:
            failed = set(self._publisher.publish(receipts[0].channel, receipts))
        except Exception:
            log.warning("receipts not published, they will be tried again", exc_info=True)
            failed = set(range(len(batch)))
        for position, receipt in enumerate(receipts):
            if position not in failed:
                self._on_published(receipt)
        with self._changed:
            for position in failed:
                self._push(batch[position])
            self._in_flight = 0
            self._rest(after_failure=bool(failed))

    def _rest(self, *, after_failure: bool) -> None:
        """Back off after a failure, twice as long each time; go on at once after a success."""
        if not after_failure:
            self._backoff_seconds = self._resume_at = 0.0
            return
        self._backoff_seconds = min(
            LONGEST_REST_SECONDS, max(FIRST_REST_SECONDS, self._backoff_seconds * 2)
        )
        self._resume_at = time.monotonic() + self._backoff_seconds
