"""Facts and events collected while a batch is handled, written together at its end.

Safe because both are idempotent: when the write fails the whole batch comes back, and what was
written before is written over.
"""

from collections.abc import Sequence

from regua.application.ports import EventPublisher, FactLog, OutgoingEvent
from regua.domain.delivery import MessageEvent
from regua.domain.ids import DispatchId


class BatchBuffer:
    """Collects facts for the ledger and events for the bus."""

    def __init__(self, publisher: EventPublisher, facts: FactLog | None = None) -> None:
        self._publisher = publisher
        self._log = facts
        self._facts: list[MessageEvent] = []
        self._events: list[OutgoingEvent] = []

    def append(self, fact: MessageEvent) -> None:
        """Collect a fact about a message."""
        self._facts.append(fact)

    def pending(self, dispatch_id: DispatchId) -> list[MessageEvent]:
        """Return the collected facts about one message."""
        return [fact for fact in self._facts if fact.dispatch_id == dispatch_id]

    def publish(self, events: Sequence[OutgoingEvent]) -> None:
        """Collect events; a buffer stands where a publisher does."""
        self._events.extend(events)

    def flush(self) -> None:
        """Write the facts first, then tell the bus; forget both whatever happens."""
        facts, events = self._facts, self._events
        self._facts, self._events = [], []
        if facts and self._log is not None:
            self._log.append(facts)
        if events:
            self._publisher.publish(events)
