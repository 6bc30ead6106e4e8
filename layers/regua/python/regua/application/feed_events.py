"""Facts from the bus into the feed of their creditor, and to the endpoints that want them.

A fact that comes twice is in the feed once. Deliveries are named after the event, so a crash
between the feed and the endpoints is made good when the same facts come again.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from regua.application.feed_ports import MOST_EVENTS, Feed
from regua.application.outgoing import EVENTS_OUT, PUBLIC_EVENTS
from regua.application.validation import invalid_input, json_object
from regua.application.webhook_ports import Deliveries, EndpointKey, EndpointQueue, Endpoints
from regua.application.wire import Envelope, instant_text
from regua.domain.errors import InvalidInput, TemporaryError
from regua.domain.feed import Event, FedEvent
from regua.domain.ids import CreditorId
from regua.domain.webhook_delivery import Delivery

SOURCE = "regua"
NOBODY = CreditorId("unknown")
"""Whose a refused event is when nobody proved it theirs: it is in no feed."""
_BYTES_AT_ONCE = 2_000_000
"""Well under the 4 MB that a transaction takes."""


def read_event(body: str) -> Event:
    """Read an event of ours as the bus delivers it.

    Raises:
        InvalidInput: it is none that is known.
    """
    event = json_object(body)
    kind = event.get("detail-type")
    if event.get("source") != SOURCE or not isinstance(kind, str) or kind not in EVENTS_OUT:
        raise InvalidInput.at("detail-type", "is not an event of ours")
    try:
        envelope = Envelope.model_validate(event.get("detail"))
    except ValidationError as exc:
        raise invalid_input(exc, under="detail") from exc
    _check_json(envelope.data)
    at = instant_text(envelope.occurred_at)
    return Event(CreditorId(envelope.creditor_id), kind, envelope.version, at, envelope.data)


def _check_json(data: Mapping[str, Any]) -> None:
    """Refuse what can be read but not written: half a character, a number that is none."""
    try:
        json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        raise InvalidInput.at("detail.data", "cannot be written as JSON") from None


@dataclass(frozen=True, slots=True)
class FeedEvents:
    """Take events into the feed."""

    feed: Feed
    endpoints: Endpoints
    deliveries: Deliveries
    queue: EndpointQueue

    def __call__(self, creditor_id: CreditorId, events: Sequence[Event], now: datetime) -> None:
        """Take one creditor's events, all of them, and have them delivered.

        Raises:
            TemporaryError: something was busy; all may be given again.
        """
        fed: list[FedEvent] = []
        for part in _parts(sorted(events, key=lambda event: event.occurred_at)):
            fed += self.feed.append(creditor_id, part, now)
        self._deliver(creditor_id, fed, now)

    def _deliver(self, creditor_id: CreditorId, fed: Sequence[FedEvent], now: datetime) -> None:
        told = []
        for endpoint in self.endpoints.of(creditor_id):
            wanted = [each for each in fed if endpoint.wants(each.event.type)]
            if not wanted:
                continue
            key = EndpointKey(creditor_id, endpoint.id)
            self.deliveries.add(key, [delivery_of(each, now) for each in wanted])
            self.deliveries.call(key, now)
            told.append(key)
        if told:
            self.queue.send(told)


def delivery_of(fed: FedEvent, now: datetime) -> Delivery:
    """Plan the delivery of an event from the feed for now."""
    return Delivery.new(fed.event.id, fed.event.type, fed.seq, fed.fed_at, now)


@dataclass(slots=True)
class FeedBatch:
    """Events that came together: each creditor's are taken, and fail, by themselves."""

    take: FeedEvents
    clock: Callable[[], datetime]
    _failed: dict[CreditorId, TemporaryError] = field(default_factory=dict)

    def before(self, events: Sequence[Event]) -> None:
        """Take all events; what failed is raised for each of them by `settle`."""
        by_creditor: Mapping[CreditorId, dict[str, Event]] = defaultdict(dict)
        for event in events:
            if event.type in PUBLIC_EVENTS and event.creditor_id != NOBODY:
                by_creditor[event.creditor_id][event.id] = event
        for creditor_id, unique in by_creditor.items():
            try:
                self.take(creditor_id, list(unique.values()), self.clock())
            except TemporaryError as exc:
                self._failed[creditor_id] = exc

    def settle(self, event: Event) -> None:
        """Say what became of one event.

        Raises:
            TemporaryError: it has to come again.
        """
        failed = self._failed.get(event.creditor_id)
        if failed is not None:
            raise failed


def _parts(events: Sequence[Event]) -> Sequence[Sequence[Event]]:
    """Divide events by count and by size; one that is large alone is a part alone."""
    parts: list[list[Event]] = []
    size = 0
    for event in events:
        weight = _weight(event.data)
        if not parts or len(parts[-1]) == MOST_EVENTS or size + weight > _BYTES_AT_ONCE:
            parts.append([])
            size = 0
        parts[-1].append(event)
        size += weight
    return parts


def _weight(data: Mapping[str, Any]) -> int:
    return len(repr(data).encode("utf-8", "replace"))
