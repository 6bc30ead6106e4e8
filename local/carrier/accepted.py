"""What a channel of numbers shares once a call is accepted: its own clock and what it remembers."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from local.carrier.behaviours import Outcome
from local.carrier.instants import from_wire
from local.carrier.message import Message
from local.carrier.planning import jitter, receipts_of
from local.carrier.web import Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.carrier.behaviours import Behaviour
    from local.carrier.planning import Planned
    from local.carrier.receipts import ReceiptQueue

NO_TOPIC = "Sem tópico para este canal: o provedor não publica recibos desta mensagem."
WRONG_INSTANT = "O instante informado na mensagem não é ISO 8601; vale o relógio real."


def own_instant(text: str | None, now: datetime, provider_message_id: str) -> datetime:
    """Return when the provider took a message, in the message's own clock.

    That is within the second after the instant it names, or after the real one when it names none.
    """
    try:
        named = from_wire(text) if text else now
    except ValueError:
        named = now
    return named + timedelta(milliseconds=jitter(provider_message_id, "accepted", 5, 900))


def names_no_instant(text: str | None) -> bool:
    """Tell whether a message names an instant that cannot be read."""
    try:
        if text:
            from_wire(text)
    except ValueError:
        return True
    return False


def new_uuid() -> str:
    """Return an identifier in the form of a UUID.

    >>> len(new_uuid())
    36
    """
    random = secrets.token_hex(16)
    return "-".join((random[:8], random[8:12], random[12:16], random[16:20], random[20:]))


def derived_uuid(*parts: str) -> str:
    """Return an identifier that depends on nothing but its arguments.

    >>> derived_uuid("m1", "reply") == derived_uuid("m1", "reply")
    True
    """
    digest = hashlib.sha256("|".join(parts).encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


def phone_message(
    channel: str,
    provider_message_id: str,
    *,
    to: str,
    sender: str,
    raw: bytes,
    dispatch_id: str | None,
    at: datetime,
    now: datetime,
    behaviour: Behaviour,
    notes: Sequence[str],
    details: Mapping[str, Any],
) -> Message:
    """Return what the inbox keeps of a message to a number."""
    return Message(
        channel=channel,
        provider_message_id=provider_message_id,
        recipients=(to,),
        sender=sender,
        subject="",
        dispatch_id=dispatch_id,
        received_at=at,
        accepted_at=now,
        raw_sha256=hashlib.sha256(raw).hexdigest(),
        behaviour=behaviour.outcome.value,
        notes=tuple(notes),
        details=details,
    )


def publish(
    queue: ReceiptQueue, channel: str, provider_message_id: str, planned: Sequence[Planned]
) -> None:
    """Schedule receipts, if the channel has a topic: without one the provider has nowhere to go."""
    if queue.is_heard(channel):
        queue.schedule(receipts_of(channel, provider_message_id, planned))


def answered(behaviour: Behaviour, response: Response) -> Response:
    """Return the answer to an accepted call, or a dropped connection when the rule says so."""
    is_crash = behaviour.outcome is Outcome.CRASH_AFTER_ACCEPT
    return Response(drops_connection=True) if is_crash else response
