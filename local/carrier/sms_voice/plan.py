"""Which receipts an accepted text or call causes, by its behaviour."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from local.carrier.behaviours import Outcome
from local.carrier.planning import Planned, delays, disturbed, story_of
from local.carrier.sms_voice.events import event

if TYPE_CHECKING:
    from local.carrier.behaviours import Behaviour
    from local.carrier.sms_voice.events import Accepted

DEAD = "Permanent"
_RINGS = ("VOICE_INITIATED", "VOICE_RINGING")
_TALKS = ("VOICE_ANSWERED", "VOICE_COMPLETED")


def plan(accepted: Accepted, behaviour: Behaviour) -> list[Planned]:
    """Return the receipts in the order they come.

    AWS publishes to the destinations of a configuration set: without one there is nothing.
    """
    if accepted.call.configuration_set is None:
        return []
    story = _text_story if accepted.call.channel == "sms" else _call_story
    return disturbed(story(accepted, behaviour), behaviour)


def _text_story(accepted: Accepted, behaviour: Behaviour) -> list[Planned]:
    names: tuple[str, ...]
    match story_of(behaviour):
        case Outcome.DELAY:
            return _delayed(accepted, behaviour, ("TEXT_PENDING",), ("TEXT_DELIVERED",))
        case Outcome.UNDELIVERABLE:
            names = (behaviour.failure_code("sms", "TEXT_UNREACHABLE"),)
        case Outcome.REJECT:
            names = (behaviour.failure_code("sms", "TEXT_BLOCKED"),)
        case Outcome.INVALID_NUMBER:
            names = ("TEXT_INVALID",)
        case Outcome.BOUNCE:
            is_dead = behaviour.bounce_type == DEAD
            names = ("TEXT_INVALID" if is_dead else "TEXT_UNREACHABLE",)
        case _:
            names = ("TEXT_SUCCESSFUL", "TEXT_DELIVERED")
    return _told(accepted, ("TEXT_QUEUED", *names))


def _call_story(accepted: Accepted, behaviour: Behaviour) -> list[Planned]:
    match story_of(behaviour):
        case Outcome.DELAY:
            return _delayed(accepted, behaviour, _RINGS[:1], (_RINGS[1], *_TALKS))
        case Outcome.BUSY:
            return _told(accepted, ("VOICE_INITIATED", "VOICE_BUSY"))
        case Outcome.NO_ANSWER:
            return _told(accepted, (*_RINGS, "VOICE_NO_ANSWER"))
        case Outcome.UNDELIVERABLE | Outcome.REJECT:
            failure = behaviour.failure_code("voice", "VOICE_FAILED")
            return _told(accepted, ("VOICE_INITIATED", failure))
        case Outcome.INVALID_NUMBER | Outcome.BOUNCE:
            return _told(accepted, ("VOICE_INITIATED", "VOICE_FAILED"))
        case _:
            return _told(accepted, (*_RINGS, *_TALKS))


def _told(accepted: Accepted, names: tuple[str, ...]) -> list[Planned]:
    return [Planned(event(name, accepted)) for name in names]


def _delayed(
    accepted: Accepted, behaviour: Behaviour, soon: tuple[str, ...], late: tuple[str, ...]
) -> list[Planned]:
    real, virtual = delays(behaviour)
    later = timedelta(seconds=virtual)
    return [
        *_told(accepted, soon),
        *(Planned(event(name, accepted, later), real) for name in late),
    ]
