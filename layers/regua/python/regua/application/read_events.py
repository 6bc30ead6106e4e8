"""The feed as its creditor reads it: a part at a time, by cursor or by name, acknowledged."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regua.application.feed_ports import Consumer, Feed, FeedPart
from regua.application.wire import instant_text
from regua.domain.errors import Conflict, InvalidInput, NotFound
from regua.domain.feed import ExpiredCursor, FedEvent, cursor_text, read_feed_cursor
from regua.domain.ids import CreditorId

MOST_CONSUMERS = 50
MOST_LOOKED_AT = 500
"""Events that one request looks at, when it wants only some types."""
_LOOKS = 3

View = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be read: after a cursor, or after what a consumer acknowledged, or all."""

    limit: int
    after: str | None = None
    consumer: str | None = None
    types: AbstractSet[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ReadEvents:
    """Read feeds."""

    feed: Feed

    def __call__(self, creditor_id: CreditorId, wish: Wish, now: datetime) -> View:
        """Return events, where they end, and whether there are more.

        Raises:
            InvalidInput: both a cursor and a consumer were named, or the cursor is none.
            ExpiredCursor: events after it are kept no more.
        """
        start = self._start(creditor_id, wish)
        wanted = MOST_LOOKED_AT if wish.types else wish.limit
        if start is None:
            place, part = self._oldest_part(creditor_id, wanted, now)
        else:
            place, part = start, self._part(creditor_id, start, wanted, now)
        chosen: list[FedEvent] = []
        for fed in part.events:
            if len(chosen) == wish.limit:
                break
            place = fed.seq
            if not wish.types or fed.event.type in wish.types:
                chosen.append(fed)
        is_cut = bool(part.events) and place < part.events[-1].seq
        return {
            "events": [event_view(fed) for fed in chosen],
            "next": cursor_text(creditor_id, place),
            "has_more": is_cut or part.has_more,
        }

    def _start(self, creditor_id: CreditorId, wish: Wish) -> int | None:
        """Return after which number to read; None is from the oldest there is."""
        if wish.after is not None and wish.consumer is not None:
            raise InvalidInput.at("query.after", "cannot be given together with a consumer")
        if wish.after is not None:
            return read_feed_cursor(creditor_id, wish.after)
        if wish.consumer is None:
            return None
        found = self.feed.find_consumer(creditor_id, wish.consumer)
        return None if found is None else found.seq

    def _oldest_part(
        self, creditor_id: CreditorId, limit: int, now: datetime
    ) -> tuple[int, FeedPart]:
        """Read from the oldest kept event; also return the number before it.

        What is fed at this moment may be seen in part: that is no beginning of the kept ones.
        """
        for _ in range(_LOOKS):
            last = self.feed.last(creditor_id)
            part = self.feed.read(creditor_id, 0, limit, now)
            before = part.events[0].seq - 1 if part.events else last
            if before == 0 or self.feed.find(creditor_id, before, now) is None:
                return before, part
        return 0, FeedPart((), has_more=True)

    def _part(self, creditor_id: CreditorId, after: int, limit: int, now: datetime) -> FeedPart:
        """Read on from a place; one whose next event is gone is expired."""
        for _ in range(_LOOKS):
            part = self.feed.read(creditor_id, after, limit, now)
            if part.events and part.events[0].seq == after + 1:
                return part
            if not part.events:
                last = self.feed.last(creditor_id)
                if after == last:
                    return part
                if after > last:
                    raise InvalidInput.at("query.after", "is not a cursor of this list")
            if self.feed.find(creditor_id, after + 1, now) is None:
                raise ExpiredCursor(self._oldest(creditor_id, now))
        return FeedPart((), has_more=True)

    def _oldest(self, creditor_id: CreditorId, now: datetime) -> str:
        """Return the cursor before the oldest event that is kept."""
        return cursor_text(creditor_id, self._oldest_part(creditor_id, 1, now)[0])

    def acknowledge(
        self, creditor_id: CreditorId, name: str, cursor: str, now: datetime, *, rewind: bool
    ) -> View:
        """Note up to where a consumer has everything; return where it stands.

        Raises:
            InvalidInput: the cursor is none.
            Conflict: there are too many consumers.
        """
        seq = read_feed_cursor(creditor_id, cursor, "body.cursor")
        last = self.feed.last(creditor_id)
        if seq > last:
            raise InvalidInput.at("body.cursor", "is not a cursor of this list")
        if self.feed.find_consumer(creditor_id, name) is None:
            self._check_room(creditor_id)
        consumer = self.feed.acknowledge(creditor_id, name, seq, now, rewind=rewind)
        return _consumer_view(creditor_id, consumer, last)

    def _check_room(self, creditor_id: CreditorId) -> None:
        if len(self.feed.consumers(creditor_id)) >= MOST_CONSUMERS:
            raise Conflict(f"there are {MOST_CONSUMERS} consumers already; delete one first")

    def consumers(self, creditor_id: CreditorId) -> Sequence[View]:
        """Return every consumer, and how far behind it is."""
        last = self.feed.last(creditor_id)
        return [_consumer_view(creditor_id, c, last) for c in self.feed.consumers(creditor_id)]

    def forget(self, creditor_id: CreditorId, name: str) -> None:
        """Forget a consumer.

        Raises:
            NotFound: there is none of that name.
        """
        if not self.feed.forget_consumer(creditor_id, name):
            raise NotFound(name)


def event_view(fed: FedEvent) -> View:
    """Describe an event the way the feed tells it."""
    event = fed.event
    return {
        "id": event.id,
        "seq": fed.seq,
        "type": event.type,
        "version": event.version,
        "occurred_at": event.occurred_at,
        "data": event.data,
        "cursor": cursor_text(event.creditor_id, fed.seq),
    }


def _consumer_view(creditor_id: CreditorId, consumer: Consumer, last: int) -> View:
    return {
        "consumer": consumer.name,
        "cursor": cursor_text(creditor_id, consumer.seq),
        "acknowledged_at": instant_text(consumer.acked_at),
        "lag": max(last - consumer.seq, 0),
    }
