"""What providers and recipients report about a message; the same picture in any order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from regua.domain.exact import Kept
from regua.domain.ids import DispatchId
from regua.domain.ruler import Seen


class EventKind(StrEnum):
    """A fact about a message."""

    COMPOSED = "composed"
    """Its exact bytes, before it is handed over."""
    ACCEPTED = "accepted"
    """The provider took it: the answer to our own call."""
    SENT = "sent"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    READ = "read"
    ANSWERED = "answered"
    """A call was picked up: by a person, or by a machine that nobody listens to."""
    UNDELIVERED = "undelivered"
    """Not reached: unreachable, busy, no answer, expired. Another time it may be."""
    UNKNOWN = "unknown"
    """No final report within the provider's limit (72 hours for text messages)."""
    SOFT_BOUNCED = "soft_bounced"
    HARD_BOUNCED = "hard_bounced"
    REJECTED = "rejected"
    COMPLAINED = "complained"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"
    RELABELLED = "relabelled"
    """Who caused an earlier hit, as later evidence shows it; the earlier fact stands."""
    CONFIRMED = "confirmed"
    """A person confirmed the reading, by a deliberate act."""
    REPLIED = "replied"
    IDENTIFIED = "identified"
    """Somebody showed on the customer's page that they know digits of the customer's document."""
    ACTED = "acted"
    """The customer did something on the page: promised, disputed, accepted an agreement …"""


_RANK = {
    EventKind.SENT: 1,
    EventKind.DELAYED: 2,
    EventKind.UNKNOWN: 3,
    EventKind.SOFT_BOUNCED: 4,
    EventKind.UNDELIVERED: 4,
    EventKind.DELIVERED: 5,
    EventKind.READ: 6,
    EventKind.ANSWERED: 6,
    EventKind.COMPLAINED: 7,
    EventKind.HARD_BOUNCED: 8,
    EventKind.REJECTED: 9,
}
"""Delivery facts from weakest to strongest, the same for all channels.

A hard bounce may follow a delivery; a soft one that does is an automatic reply.
"""

ACCEPTED_BY_PROVIDER = frozenset(_RANK)
"""Any of these proves that the provider took the message."""


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """One fact, named so that its second copy is the same item.

    ``facts`` are short texts without personal data; ``private`` are those with, and ``raw`` the
    exact bytes behind the fact. Both are taken out of the event once they are kept (``kept``).
    """

    dispatch_id: DispatchId
    kind: EventKind
    at: datetime
    event_id: str
    facts: Mapping[str, str] = field(default_factory=dict)
    private: Mapping[str, str] = field(default_factory=dict, repr=False)
    raw: bytes | None = field(default=None, repr=False)
    media_type: str = "application/json"
    source: str = "regua"
    kept: Kept | None = None
    observed_at: datetime | None = field(default=None, compare=False)
    """When we learned of it; the ledger's own clock serves when it is not said."""


def delivery_state(events: Iterable[MessageEvent]) -> EventKind | None:
    """Fold delivery facts into the strongest one; order and copies do not matter."""
    known = [e.kind for e in events if e.kind in _RANK]
    return max(known, key=lambda kind: (_RANK[kind], kind), default=None)


REPORTS_AWAITED = timedelta(hours=72)
"""How long a last report may take (AWS End User Messaging: then the state is UNKNOWN)."""
_PASSING = frozenset({None, EventKind.SENT, EventKind.DELAYED})


def told_of(
    events: Iterable[MessageEvent], sent_at: datetime | None, now: datetime
) -> EventKind | None:
    """Return the strongest fact of a message; UNKNOWN when the last report is overdue.

    That nothing was told proves no delivery and no failure, on any channel.
    """
    state = delivery_state(events)
    is_overdue = sent_at is not None and now - sent_at >= REPORTS_AWAITED
    return EventKind.UNKNOWN if is_overdue and state in _PASSING else state


BY_PEOPLE = frozenset({"person", "image_proxy"})
"""Labels of hits that a person most probably caused; a machine's open is no reading."""

_READ_BY_A_PERSON = frozenset({EventKind.CONFIRMED, EventKind.IDENTIFIED})
_JUDGEMENT = ("label", "score", "reasons", "ruleset")
HitKey = tuple[EventKind, str]
"""One hit of a message: its kind and event id."""


def judgements(events: Iterable[MessageEvent]) -> Mapping[HitKey, Mapping[str, str]]:
    """Return how every labelled fact of a message is judged by now, in any order of the events.

    Each value holds ``label``, ``score``, ``reasons`` and ``ruleset``: the fact's own, or those of
    the last `EventKind.RELABELLED` about it, by instant and then by event id.
    """
    events = list(events)
    later = [e for e in events if e.kind is EventKind.RELABELLED]
    own = (e for e in events if e.kind is not EventKind.RELABELLED and "label" in e.facts)
    found = {(e.kind, e.event_id): _judgement(e) for e in own}
    for e in sorted(later, key=lambda e: (e.at, e.event_id)):
        found[EventKind(e.facts["of_kind"]), e.facts["of_event_id"]] = _judgement(e)
    return found


def _judgement(event: MessageEvent) -> Mapping[str, str]:
    return {name: event.facts[name] for name in _JUDGEMENT if name in event.facts}


def effective_labels(events: Iterable[MessageEvent]) -> Mapping[HitKey, str]:
    """Return who caused every labelled fact of a message, as it is known by now."""
    return {key: facts["label"] for key, facts in judgements(events).items()}


def seen_as(events: Iterable[MessageEvent]) -> frozenset[Seen]:
    """Tell how far a message got, as far as a fallback asks: clicked is opened is delivered.

    A reading that was confirmed is more than a click, and so is the customer's page once somebody
    answered its question. A call that was answered is delivered and no
    more: a one-way call never proves a listener.
    """
    events = list(events)
    labels = effective_labels(events)
    human = {kind for (kind, _), label in labels.items() if label in BY_PEOPLE}
    if EventKind.CLICKED in human or any(e.kind in _READ_BY_A_PERSON for e in events):
        return frozenset(Seen)
    state = delivery_state(events)
    if EventKind.OPENED in human or state is EventKind.READ:
        return frozenset({Seen.OPENED, Seen.DELIVERED})
    is_delivered = state in {EventKind.DELIVERED, EventKind.ANSWERED, EventKind.COMPLAINED}
    return frozenset({Seen.DELIVERED}) if is_delivered else frozenset()
