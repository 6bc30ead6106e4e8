"""Which statuses an accepted WhatsApp message causes, by its behaviour."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from local.carrier.behaviours import Outcome
from local.carrier.numbers import e164
from local.carrier.planning import Planned, delays, disturbed, story_of
from local.carrier.whatsapp import errors
from local.carrier.whatsapp.events import failed_event, number_changed_event, status_event

if TYPE_CHECKING:
    from local.carrier.behaviours import Behaviour
    from local.carrier.whatsapp.events import Accepted

NO_SUCH_NUMBER = "Recipient phone number is not a valid number"
DEAD = "Permanent"


def plan(accepted: Accepted, behaviour: Behaviour, failure: str | None) -> list[Planned]:
    """Return the statuses in the order they come.

    `failure` is what Meta fails the message with whatever happens on its way.
    """
    if failure is not None:
        story = [Planned(failed_event(failure, accepted))]
    elif story_of(behaviour) is Outcome.DELAY:
        story = _delayed(accepted, behaviour)
    else:
        story = [_sent(accepted), *_end(accepted, behaviour)]
    return disturbed(story, behaviour)


def other_number(number: str) -> str:
    """Return where a customer went who left no address: the last digit, plus one.

    >>> other_number("+5511900000119")
    '+5511900000110'
    """
    return f"{number[:-1]}{(int(number[-1]) + 1) % 10}"


def _end(accepted: Accepted, behaviour: Behaviour) -> list[Planned]:
    code = _failure(behaviour)
    outcome = story_of(behaviour)
    if code is None:
        read = [Planned(status_event("read", accepted))] if outcome is Outcome.READ else []
        return [Planned(status_event("delivered", accepted)), *read]
    details = NO_SUCH_NUMBER if outcome is Outcome.INVALID_NUMBER else None
    failed = Planned(failed_event(code, accepted, details))
    if outcome is not Outcome.NUMBER_CHANGED:
        return [failed]
    new = behaviour.new_number or other_number(accepted.call.to)
    return [failed, Planned(number_changed_event(accepted, e164(new)))]


def _failure(behaviour: Behaviour) -> str | None:
    """Return the code the message fails with, if it does; Meta has one for every dead number."""
    match story_of(behaviour):
        case Outcome.NOT_ON_WHATSAPP | Outcome.INVALID_NUMBER | Outcome.NUMBER_CHANGED:
            return errors.NOT_ON_WHATSAPP
        case Outcome.UNDELIVERABLE:
            return behaviour.failure_code("whatsapp", errors.SOMETHING_WENT_WRONG)
        case Outcome.REJECT:
            return behaviour.failure_code("whatsapp", errors.SPAM_RATE_LIMIT)
        case Outcome.BOUNCE:
            is_dead = behaviour.bounce_type == DEAD
            return errors.NOT_ON_WHATSAPP if is_dead else errors.SOMETHING_WENT_WRONG
        case _:
            return None


def _sent(accepted: Accepted) -> Planned:
    return Planned(status_event("sent", accepted))


def _delayed(accepted: Accepted, behaviour: Behaviour) -> list[Planned]:
    real, virtual = delays(behaviour)
    later = timedelta(seconds=virtual)
    return [_sent(accepted), Planned(status_event("delivered", accepted, later), real)]
