"""What became of a message, read from the receipts that were published."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.carrier.store import PublishedReceipt


class State(StrEnum):
    """From the least to the most final."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    READ = "read"
    UNKNOWN = "unknown"
    UNDELIVERED = "undelivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    REJECTED = "rejected"


_STATE_OF_EVENT = {
    "Send": State.SENT,
    "DeliveryDelay": State.DELAYED,
    "Delivery": State.DELIVERED,
    "Bounce": State.BOUNCED,
    "Complaint": State.COMPLAINED,
    "Reject": State.REJECTED,
    "TEXT_QUEUED": State.SENT,
    "TEXT_PENDING": State.DELAYED,
    "TEXT_SUCCESSFUL": State.SENT,
    "TEXT_DELIVERED": State.DELIVERED,
    "TEXT_INVALID": State.BOUNCED,
    "TEXT_INVALID_MESSAGE": State.REJECTED,
    "TEXT_UNREACHABLE": State.UNDELIVERED,
    "TEXT_CARRIER_UNREACHABLE": State.UNDELIVERED,
    "TEXT_TTL_EXPIRED": State.UNDELIVERED,
    "TEXT_UNKNOWN": State.UNKNOWN,
    "TEXT_BLOCKED": State.REJECTED,
    "TEXT_CARRIER_BLOCKED": State.REJECTED,
    "TEXT_SPAM": State.REJECTED,
    "TEXT_PROTECT_BLOCKED": State.REJECTED,
    "VOICE_INITIATED": State.SENT,
    "VOICE_RINGING": State.SENT,
    "VOICE_ANSWERED": State.DELIVERED,
    "VOICE_COMPLETED": State.DELIVERED,
    "VOICE_BUSY": State.UNDELIVERED,
    "VOICE_NO_ANSWER": State.UNDELIVERED,
    "VOICE_TTL_EXPIRED": State.UNDELIVERED,
    "VOICE_FAILED": State.UNDELIVERED,
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "read": State.READ,
    "failed": State.UNDELIVERED,
}


def state_of(receipts: Sequence[PublishedReceipt]) -> State:
    """Return the most final state any receipt tells, whatever their order."""
    states = [_STATE_OF_EVENT.get(receipt.event, State.ACCEPTED) for receipt in receipts]
    return max(states, key=list(State).index, default=State.ACCEPTED)
