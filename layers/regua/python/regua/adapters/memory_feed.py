"""The in-memory twin of the feed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from regua.application.feed_ports import Consumer, FeedPart
from regua.domain.feed import Event, FedEvent
from regua.domain.ids import CreditorId


@dataclass(slots=True)
class MemoryFeed:
    """Every creditor's events, numbered from 1."""

    fed: dict[CreditorId, list[FedEvent]] = field(default_factory=lambda: defaultdict(list))
    names: dict[tuple[CreditorId, str], Consumer] = field(default_factory=dict)

    def append(
        self, creditor_id: CreditorId, events: Sequence[Event], now: datetime
    ) -> Sequence[FedEvent]:
        """Add events that are new, and return all of them as they are in the feed."""
        feed = self.fed[creditor_id]
        known = {each.event.id: each for each in feed}
        for event in events:
            if event.id not in known:
                known[event.id] = FedEvent(event, len(feed) + 1, now)
                feed.append(known[event.id])
        return [known[event.id] for event in events]

    def read(self, creditor_id: CreditorId, after: int, limit: int, now: datetime) -> FeedPart:
        """Return events after a number that are still kept."""
        kept = [e for e in self.fed[creditor_id] if e.seq > after and now < e.expires_at]
        return FeedPart(kept[:limit], has_more=len(kept) > limit)

    def find(self, creditor_id: CreditorId, seq: int, now: datetime) -> FedEvent | None:
        """Return one event, if it is still kept."""
        found = (e for e in self.fed[creditor_id] if e.seq == seq and now < e.expires_at)
        return next(found, None)

    def last(self, creditor_id: CreditorId) -> int:
        """Return the number of the newest event."""
        return len(self.fed[creditor_id])

    def consumers(self, creditor_id: CreditorId) -> Sequence[Consumer]:
        """Return everybody who reads by name."""
        return [c for (whose, _), c in sorted(self.names.items()) if whose == creditor_id]

    def find_consumer(self, creditor_id: CreditorId, name: str) -> Consumer | None:
        """Return one of them."""
        return self.names.get((creditor_id, name))

    def acknowledge(
        self, creditor_id: CreditorId, name: str, seq: int, now: datetime, *, rewind: bool
    ) -> Consumer:
        """Move a consumer on, and back only with ``rewind``."""
        present = self.names.get((creditor_id, name))
        if present is None or rewind or seq > present.seq:
            present = Consumer(name, seq, now)
            self.names[creditor_id, name] = present
        return present

    def forget_consumer(self, creditor_id: CreditorId, name: str) -> bool:
        """Forget where a consumer stands."""
        return self.names.pop((creditor_id, name), None) is not None
