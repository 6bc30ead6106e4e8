"""The feed of a creditor's events: what names an event, and where a reader stands.

The same fact told twice has one name, so a reader that keeps names reads everything once.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from regua.domain.cursors import cursor_to, read_cursor
from regua.domain.errors import FinalError, InvalidInput
from regua.domain.ids import CreditorId

KEPT = timedelta(days=30)
"""How long an event stays in the feed."""
_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Event:
    """A fact as it is told outside.

    Attributes:
        type: its detail type, such as ``InvoicePaid``.
        version: the version of its shape.
        occurred_at: when it happened, UTC, as the wire writes it.
        data: what the published schema of the type says.
    """

    creditor_id: CreditorId
    type: str
    version: str
    occurred_at: str
    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Return the event's name, derived from what it says and nothing else.

        >>> paid = Event(CreditorId("aurora"), "InvoicePaid", "1", "2026-11-22T12:00:00.000Z", {})
        >>> paid.id
        'evt_5fce3e6a77febae724714bb2219617f0'
        """
        said = [self.type, self.creditor_id, self.occurred_at, self.data]
        text = json.dumps(said, sort_keys=True, separators=(",", ":"))
        return f"evt_{hashlib.sha256(text.encode()).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class FedEvent:
    """An event in the feed: its number there, from 1 and without gaps, and since when."""

    event: Event
    seq: int
    fed_at: datetime

    @property
    def expires_at(self) -> datetime:
        """Return from when on the feed does not tell it any more."""
        return self.fed_at + KEPT


class ExpiredCursor(FinalError):
    """Events after the cursor are not kept any more; ``oldest`` is where reading can go on."""

    def __init__(self, oldest: str) -> None:
        super().__init__("events after this cursor are kept no more")
        self.oldest = oldest


def cursor_text(creditor_id: CreditorId, seq: int) -> str:
    """Write a place in a creditor's feed: after the event of that number.

    >>> read_feed_cursor(CreditorId("aurora"), cursor_text(CreditorId("aurora"), 42))
    42
    """
    return cursor_to(_scope(creditor_id), str(seq))


def read_feed_cursor(creditor_id: CreditorId, text: str, path: str = "query.after") -> int:
    """Read a place in a creditor's feed.

    Raises:
        InvalidInput: at ``path``; it is none of ours, or another creditor's.
    """
    place = read_cursor(_scope(creditor_id), text, path)
    if not (place.isascii() and place.isdigit() and len(place) <= _DIGITS):
        raise InvalidInput.at(path, "is not a cursor of this list")
    return int(place)


def _scope(creditor_id: CreditorId) -> str:
    return f"feed#{creditor_id}"
