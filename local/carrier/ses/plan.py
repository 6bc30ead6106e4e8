"""Which receipts an accepted message causes, in which order and how late, by its behaviour."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from local.carrier.behaviours import Behaviour, Outcome
from local.carrier.planning import Planned, delays, disturbed, receipts_of, story_of
from local.carrier.ses import events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.carrier.receipts import Receipt
    from local.carrier.ses.events import Accepted

CHANNEL = "email"
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


def plan_receipts(accepted: Accepted, behaviours: Sequence[tuple[str, Behaviour]]) -> list[Receipt]:
    """Return the receipts to schedule: one Send, then what each recipient's behaviour says.

    SES publishes nothing for a message without a configuration set, and neither does this.
    """
    if accepted.call.configuration_set is None:
        return []
    receipts: list[Receipt] = []
    for position, (recipient, behaviour) in enumerate(behaviours):
        planned = [Planned(events.send_event(accepted))] if position == 0 else []
        planned += _story(accepted, recipient, behaviour)
        receipts += receipts_of(
            CHANNEL, accepted.provider_message_id, disturbed(planned, behaviour)
        )
    return receipts


def _story(accepted: Accepted, recipient: str, behaviour: Behaviour) -> list[Planned]:
    """Return what happens to the message on its way to one recipient."""
    if accepted.call.envelope.carries_virus or story_of(behaviour) is Outcome.REJECT:
        return [Planned(events.reject_event(accepted))]
    match story_of(behaviour):
        case Outcome.BOUNCE:
            return _bounced(accepted, recipient, behaviour)
        case Outcome.COMPLAINT:
            return [
                _delivered(accepted, recipient),
                Planned(events.complaint_event(accepted, recipient, behaviour)),
            ]
        case Outcome.DELAY:
            return _delayed(accepted, recipient, behaviour)
        case _:
            return [_delivered(accepted, recipient)]


def _delivered(accepted: Accepted, recipient: str) -> Planned:
    return Planned(events.delivery_event(accepted, recipient, timedelta()))


def _bounced(accepted: Accepted, recipient: str, behaviour: Behaviour) -> list[Planned]:
    bounce = Planned(events.bounce_event(accepted, recipient, behaviour))
    return [_delivered(accepted, recipient), bounce] if behaviour.after_delivery else [bounce]


def _delayed(accepted: Accepted, recipient: str, behaviour: Behaviour) -> list[Planned]:
    real, virtual = delays(behaviour)
    later = timedelta(seconds=5) + timedelta(seconds=virtual)
    return [
        Planned(events.delay_event(accepted, recipient, behaviour)),
        Planned(events.delivery_event(accepted, recipient, later), real),
    ]
