"""What a behaviour does to the receipts of a message, whatever the channel.

A channel tells the story of a message as events in order. Here the story's receipts are lost,
repeated, held back or reversed; what they say stays true.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from local.carrier.behaviours import DISTURBANCES, Behaviour, Outcome
from local.carrier.receipts import Receipt

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_DELAY_SECONDS = 30.0
DEFAULT_LATE_SECONDS = 3600.0
OUT_OF_ORDER_GAP_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Event:
    """One event, ready to publish."""

    name: str
    occurred_at: str
    payload: str


@dataclass(frozen=True, slots=True)
class Planned:
    """An event and how long its receipt really waits."""

    event: Event
    delay_seconds: float = 0.0


def story_of(behaviour: Behaviour) -> Outcome:
    """Return what happens to the message itself, below crashes and disturbed receipts."""
    outcome = _after_crash(behaviour)
    if outcome not in DISTURBANCES:
        return outcome
    return behaviour.then if behaviour.outcome in DISTURBANCES else Outcome.DELIVER


def disturbed(planned: Sequence[Planned], behaviour: Behaviour) -> list[Planned]:
    """Lose, repeat, hold back or reverse receipts."""
    match _after_crash(behaviour):
        case Outcome.NO_RECEIPT:
            return [item for item in planned if not behaviour.touches(item.event.name)]
        case Outcome.DUPLICATE_RECEIPT:
            return [
                item
                for item in planned
                for _ in range(behaviour.count if behaviour.touches(item.event.name) else 1)
            ]
        case Outcome.LATE_RECEIPT:
            late = DEFAULT_LATE_SECONDS if behaviour.seconds is None else behaviour.seconds
            return [
                replace(item, delay_seconds=late) if behaviour.touches(item.event.name) else item
                for item in planned
            ]
        case Outcome.OUT_OF_ORDER:
            gap = OUT_OF_ORDER_GAP_SECONDS if behaviour.seconds is None else behaviour.seconds
            return [
                replace(item, delay_seconds=gap * position)
                for position, item in enumerate(reversed(planned))
            ]
        case _:
            return list(planned)


def delays(behaviour: Behaviour) -> tuple[float, float]:
    """Return how long a delayed delivery really waits, and how much later it is dated; seconds."""
    real = DEFAULT_DELAY_SECONDS if behaviour.seconds is None else behaviour.seconds
    return real, real if behaviour.virtual_seconds is None else behaviour.virtual_seconds


def receipts_of(
    channel: str, provider_message_id: str, planned: Sequence[Planned]
) -> list[Receipt]:
    """Return the receipts to schedule."""
    return [
        Receipt(
            channel=channel,
            provider_message_id=provider_message_id,
            event=item.event.name,
            occurred_at=item.event.occurred_at,
            payload=item.event.payload,
            delay_seconds=item.delay_seconds,
        )
        for item in planned
    ]


def jitter(seed: str, label: str, low: int, high: int) -> int:
    """Return a number in [low, high) that depends on nothing but its arguments.

    >>> jitter("m1", "sent", 5, 900) == jitter("m1", "sent", 5, 900)
    True
    """
    digest = hashlib.sha256(f"{seed}|{label}".encode()).digest()
    return low + int.from_bytes(digest[:8], "big") % (high - low)


def _after_crash(behaviour: Behaviour) -> Outcome:
    is_crash = behaviour.outcome is Outcome.CRASH_AFTER_ACCEPT
    return behaviour.then if is_crash else behaviour.outcome
