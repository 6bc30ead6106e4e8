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
}


def state_of(receipts: Sequence[PublishedReceipt]) -> State:
    """Return the most final state any receipt tells, whatever their order."""
    states = [_STATE_OF_EVENT.get(receipt.event, State.ACCEPTED) for receipt in receipts]
    return max(states, key=list(State).index, default=State.ACCEPTED)
