"""Queues as SQS keeps its word: at least once, hidden while in work, given up after five times."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

MAX_RECEIVES = 5
VISIBILITY = timedelta(minutes=3)
"""Six times the workers' timeout, as deployed."""

Order = Callable[[Sequence["Record"]], Sequence["Record"]]


def first_in_first_out(records: Sequence["Record"]) -> Sequence["Record"]:
    """Keep the order of arrival."""
    return records


def last_in_first_out(records: Sequence["Record"]) -> Sequence["Record"]:
    """Turn the order of arrival round: as far from it as an order can be."""
    return records[::-1]


@dataclass(slots=True)
class Record:
    """One message of a queue."""

    message_id: str
    body: str
    put_at: datetime
    visible_at: datetime
    received: int = 0


@dataclass(slots=True)
class Queue:
    """One queue with its dead-letter queue."""

    name: str
    waiting: list[Record] = field(default_factory=list)
    dead: list[Record] = field(default_factory=list)
    _count: int = 0

    def put(self, body: str, now: datetime) -> None:
        """Add a message."""
        self._count += 1
        self.waiting.append(Record(f"{self.name}-{self._count}", body, now, now))

    def receive(self, now: datetime, at_most: int, order: Order) -> list[Record]:
        """Take visible messages and hide them; what was taken too often is a dead letter."""
        taken: list[Record] = []
        for record in list(order([r for r in self.waiting if r.visible_at <= now])):
            if len(taken) == at_most:
                break
            if record.received == MAX_RECEIVES:
                self.waiting.remove(record)
                self.dead.append(record)
                continue
            record.received += 1
            record.visible_at = now + VISIBILITY
            taken.append(record)
        return taken

    def delete(self, record: Record) -> None:
        """Forget a message that was dealt with."""
        self.waiting.remove(record)

    def redrive(self, now: datetime) -> None:
        """Give dead letters another five tries."""
        dead, self.dead = self.dead, []
        for record in dead:
            self.put(record.body, now)

    @property
    def next_visible_at(self) -> datetime | None:
        """Return when there is something to take; None when the queue is empty."""
        return min((r.visible_at for r in self.waiting), default=None)


@dataclass(slots=True)
class SqsClient:
    """What a batch runner asks of SQS: to hide one record for as long as its error wants."""

    taken: dict[str, Callable[[timedelta], None]] = field(default_factory=dict)

    def event(
        self, queue: Queue, records: Sequence[Record], now: Callable[[], datetime]
    ) -> dict[str, Any]:
        """Return the event that a function receives."""
        return {
            "Records": [
                {
                    "messageId": r.message_id,
                    "receiptHandle": self._handle(r, now),
                    "body": r.body,
                    "attributes": {"ApproximateReceiveCount": str(r.received)},
                    "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{queue.name}",
                }
                for r in records
            ]
        }

    def _handle(self, record: Record, now: Callable[[], datetime]) -> str:
        def hide(time: timedelta) -> None:
            record.visible_at = now() + time

        self.taken[str(id(record))] = hide
        return str(id(record))

    def forget(self, records: Sequence[Record]) -> None:
        """Let the receipt handles of an invocation end with it."""
        for record in records:
            self.taken.pop(str(id(record)), None)

    def get_queue_url(self, *, QueueName: str) -> dict[str, str]:  # noqa: N803 - SQS's own names
        """Return where a queue is."""
        return {"QueueUrl": QueueName}

    def change_message_visibility(
        self,
        *,
        QueueUrl: str,  # noqa: N803 - SQS's own names
        ReceiptHandle: str,  # noqa: N803
        VisibilityTimeout: int,  # noqa: N803
    ) -> None:
        """Hide a record for another while."""
        del QueueUrl
        self.taken[ReceiptHandle](timedelta(seconds=VisibilityTimeout))


SQS = SqsClient()
"""The client that the batch runner gets in these tests."""
