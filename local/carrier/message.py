"""What the carrier remembers of a message, whatever its channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.carrier.instants import from_wire, to_wire

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One accepted message.

    `received_at` is the instant in the message's own clock (it may be a travelled one);
    `accepted_at` is when this program took it. `notes` are remarks for the person reading.
    `details` are what the call said beside the message, as JSON values in the channel's own names.
    """

    channel: str
    provider_message_id: str
    recipients: tuple[str, ...]
    sender: str
    subject: str
    dispatch_id: str | None
    received_at: datetime
    accepted_at: datetime
    raw_sha256: str
    behaviour: str = "deliver"
    notes: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values, the way the journal keeps them."""
        return {
            "channel": self.channel,
            "provider_message_id": self.provider_message_id,
            "recipients": list(self.recipients),
            "sender": self.sender,
            "subject": self.subject,
            "dispatch_id": self.dispatch_id,
            "received_at": to_wire(self.received_at),
            "accepted_at": to_wire(self.accepted_at),
            "raw_sha256": self.raw_sha256,
            "behaviour": self.behaviour,
            "notes": list(self.notes),
            "details": dict(self.details),
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Message:
        """Read back what `to_document` wrote."""
        return cls(
            **{
                **document,
                "recipients": tuple(document["recipients"]),
                "received_at": from_wire(document["received_at"]),
                "accepted_at": from_wire(document["accepted_at"]),
                "notes": tuple(document["notes"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Content:
    """What a person reads in a message; links and images in order of appearance, unique."""

    text: str = ""
    html: str = ""
    links: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    unsubscribe_url: str | None = None


ContentReader = Callable[[bytes], Content]
"""Reads a channel's raw message; each provider registers its own."""
