"""What providers and recipients report about a message; the same picture in any order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from regua.domain.ids import DispatchId
from regua.domain.ruler import Seen


class EventKind(StrEnum):
    """A fact about a message."""

    SENT = "sent"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    SOFT_BOUNCED = "soft_bounced"
    HARD_BOUNCED = "hard_bounced"
    REJECTED = "rejected"
    COMPLAINED = "complained"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"


_RANK = {
    EventKind.SENT: 1,
    EventKind.DELAYED: 2,
    EventKind.SOFT_BOUNCED: 3,
    EventKind.DELIVERED: 4,
    EventKind.COMPLAINED: 5,
    EventKind.HARD_BOUNCED: 6,
    EventKind.REJECTED: 7,
}
"""Delivery facts from weakest to strongest.

A hard bounce may follow a delivery; a soft one that does is an automatic reply.
"""

ACCEPTED_BY_PROVIDER = frozenset(_RANK)
"""Any of these proves that the provider took the message."""


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """One fact, named so that its second copy is the same item.

    ``facts`` are short texts without personal data beyond what evidence needs.
    """

    dispatch_id: DispatchId
    kind: EventKind
    at: datetime
    event_id: str
    facts: Mapping[str, str] = field(default_factory=dict)


def delivery_state(events: Iterable[MessageEvent]) -> EventKind | None:
    """Fold delivery facts into the strongest one; order and copies do not matter."""
    known = [e.kind for e in events if e.kind in _RANK]
    return max(known, key=_RANK.__getitem__, default=None)


_BY_PEOPLE = frozenset({"person", "image_proxy"})
"""Labels of hits that a person most probably caused; a machine's open is no reading."""


def seen_as(events: Iterable[MessageEvent]) -> frozenset[Seen]:
    """Tell how far a message got, as far as a fallback asks: clicked is opened is delivered."""
    events = list(events)
    human = {e.kind for e in events if e.facts.get("label") in _BY_PEOPLE}
    if EventKind.CLICKED in human:
        return frozenset(Seen)
    if EventKind.OPENED in human:
        return frozenset({Seen.OPENED, Seen.DELIVERED})
    is_delivered = delivery_state(events) in {EventKind.DELIVERED, EventKind.COMPLAINED}
    return frozenset({Seen.DELIVERED}) if is_delivered else frozenset()
