"""What the feed of events works with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from regua.domain.feed import Event, FedEvent
from regua.domain.ids import CreditorId


@dataclass(frozen=True, slots=True)
class Consumer:
    """Somebody who reads a feed by name, and the last event that they acknowledged."""

    name: str
    seq: int
    acked_at: datetime


@dataclass(frozen=True, slots=True)
class FeedPart:
    """Events one after the other, and whether there are more after them."""

    events: Sequence[FedEvent]
    has_more: bool


class Feed(Protocol):
    """Every creditor's events, numbered."""

    def append(
        self, creditor_id: CreditorId, events: Sequence[Event], now: datetime
    ) -> Sequence[FedEvent]:
        """Add events of a creditor's in order, all at once or not at all, and return all of them.

        One that is in the feed already is returned as it was fed. At most `MOST_EVENTS` at once.

        Raises:
            VersionConflict: others were adding to the same feed at the same time, again and again.
        """
        ...

    def read(self, creditor_id: CreditorId, after: int, limit: int, now: datetime) -> FeedPart:
        """Return events after a number in order, without a gap between them, perhaps fewer.

        What is kept no more is left out; so the first one may not be the next number.
        """
        ...

    def find(self, creditor_id: CreditorId, seq: int, now: datetime) -> FedEvent | None:
        """Return one event, if it is still kept."""
        ...

    def last(self, creditor_id: CreditorId) -> int:
        """Return the number of the newest event; 0 when there was none yet."""
        ...

    def consumers(self, creditor_id: CreditorId) -> Sequence[Consumer]:
        """Return everybody who reads by name, by name."""
        ...

    def find_consumer(self, creditor_id: CreditorId, name: str) -> Consumer | None:
        """Return one of them."""
        ...

    def acknowledge(
        self, creditor_id: CreditorId, name: str, seq: int, now: datetime, *, rewind: bool
    ) -> Consumer:
        """Move a consumer on, and back only with ``rewind``; return where it stands."""
        ...

    def forget_consumer(self, creditor_id: CreditorId, name: str) -> bool:
        """Forget where a consumer stands; say whether there was one."""
        ...


MOST_EVENTS = 45
"""In one addition: two items each and the head, under the hundred that a transaction takes."""
