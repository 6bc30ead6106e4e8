"""Which receipts an accepted message causes, in which order and how late, by its behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from local.carrier.behaviours import Behaviour, Outcome
from local.carrier.receipts import Receipt
from local.carrier.ses import events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.carrier.ses.events import Accepted, Event

CHANNEL = "email"
DEFAULT_DELAY_SECONDS = 30.0
DEFAULT_LATE_SECONDS = 3600.0
OUT_OF_ORDER_GAP_SECONDS = 0.3
_SIMULATOR_DOMAIN = "simulator.amazonses.com"
_SIMULATOR = {
    "bounce": Behaviour(Outcome.BOUNCE),
    "complaint": Behaviour(Outcome.COMPLAINT),
    "suppressionlist": Behaviour(Outcome.BOUNCE, bounce_sub_type="Suppressed"),
}


def default_behaviour(recipient: str) -> Behaviour:
    """Return what happens without a rule: delivery, except for SES's mailbox simulator.

    `success@` and `ooto@` are delivered (the out-of-office reply causes no event); `+label` is
    ignored, as on SES.
    """
    local, _, domain = recipient.lower().rpartition("@")
    if domain != _SIMULATOR_DOMAIN:
        return Behaviour()
    return _SIMULATOR.get(local.partition("+")[0], Behaviour())


@dataclass(frozen=True, slots=True)
class _Planned:
    event: Event
    delay_seconds: float = 0.0


def plan_receipts(accepted: Accepted, behaviours: Sequence[tuple[str, Behaviour]]) -> list[Receipt]:
    """Return the receipts to schedule: one Send, then what each recipient's behaviour says.

    SES publishes nothing for a message without a configuration set, and neither does this.
    """
    if accepted.call.configuration_set is None:
        return []
    receipts: list[Receipt] = []
    for position, (recipient, behaviour) in enumerate(behaviours):
        planned = [_Planned(events.send_event(accepted))] if position == 0 else []
        planned += _story(accepted, recipient, behaviour)
        receipts += _receipts(accepted, _disturbed(planned, behaviour))
    return receipts


def _story(accepted: Accepted, recipient: str, behaviour: Behaviour) -> list[_Planned]:
    """Return what happens to the message on its way to one recipient."""
    if accepted.call.envelope.carries_virus or _outcome(behaviour) is Outcome.REJECT:
        return [_Planned(events.reject_event(accepted))]
    match _outcome(behaviour):
        case Outcome.BOUNCE:
            return _bounced(accepted, recipient, behaviour)
        case Outcome.COMPLAINT:
            return [
                _delivered(accepted, recipient),
                _Planned(events.complaint_event(accepted, recipient, behaviour)),
            ]
        case Outcome.DELAY:
            return _delayed(accepted, recipient, behaviour)
        case _:
            return [_delivered(accepted, recipient)]


def _outcome(behaviour: Behaviour) -> Outcome:
    is_crash = behaviour.outcome is Outcome.CRASH_AFTER_ACCEPT
    return behaviour.then if is_crash else behaviour.outcome


def _delivered(accepted: Accepted, recipient: str) -> _Planned:
    return _Planned(events.delivery_event(accepted, recipient, timedelta()))


def _bounced(accepted: Accepted, recipient: str, behaviour: Behaviour) -> list[_Planned]:
    bounce = _Planned(events.bounce_event(accepted, recipient, behaviour))
    return [_delivered(accepted, recipient), bounce] if behaviour.after_delivery else [bounce]


def _delayed(accepted: Accepted, recipient: str, behaviour: Behaviour) -> list[_Planned]:
    real = DEFAULT_DELAY_SECONDS if behaviour.seconds is None else behaviour.seconds
    virtual = real if behaviour.virtual_seconds is None else behaviour.virtual_seconds
    later = timedelta(seconds=5) + timedelta(seconds=virtual)
    return [
        _Planned(events.delay_event(accepted, recipient, behaviour)),
        _Planned(events.delivery_event(accepted, recipient, later), real),
    ]


def _disturbed(planned: list[_Planned], behaviour: Behaviour) -> list[_Planned]:
    """Lose, repeat, hold back or reverse receipts; what they say stays true."""
    match _outcome(behaviour):
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
                _Planned(item.event, late if behaviour.touches(item.event.name) else 0.0)
                for item in planned
            ]
        case Outcome.OUT_OF_ORDER:
            gap = OUT_OF_ORDER_GAP_SECONDS if behaviour.seconds is None else behaviour.seconds
            return [
                _Planned(item.event, gap * position)
                for position, item in enumerate(reversed(planned))
            ]
        case _:
            return planned


def _receipts(accepted: Accepted, planned: list[_Planned]) -> list[Receipt]:
    return [
        Receipt(
            channel=CHANNEL,
            provider_message_id=accepted.provider_message_id,
            event=item.event.name,
            occurred_at=item.event.occurred_at,
            payload=item.event.payload,
            delay_seconds=item.delay_seconds,
        )
        for item in planned
    ]
