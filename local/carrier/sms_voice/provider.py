"""The SMS and Voice v2 endpoint: two ways to send, and a clear refusal of everything else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.carrier.accepted import (
    NO_TOPIC,
    WRONG_INSTANT,
    answered,
    names_no_instant,
    new_uuid,
    own_instant,
    phone_message,
    publish,
)
from local.carrier.behaviours import Behaviour, BehaviourBook, Outcome
from local.carrier.instants import utc_now
from local.carrier.message import Content
from local.carrier.numbers import default_behaviour
from local.carrier.sms_voice.call import CHANNEL_OF, TARGET, SendCall, read_call
from local.carrier.sms_voice.errors import CONTENT_TYPE, SmsVoiceError
from local.carrier.sms_voice.events import Accepted, origination_number
from local.carrier.sms_voice.plan import plan
from local.carrier.sms_voice.speech import spoken_text
from local.carrier.text import web_addresses
from local.carrier.web import Request, Response, Route, json_response

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from local.carrier.receipts import ReceiptQueue
    from local.carrier.store import MessageStore

NO_CONFIGURATION_SET = "Sem configuration set: a AWS não publica recibos desta mensagem."


@dataclass(frozen=True, slots=True)
class SmsVoiceProvider:
    """Takes texts and calls and schedules what AWS would report about them."""

    store: MessageStore
    behaviours: BehaviourBook
    receipts: ReceiptQueue

    def routes(self) -> list[Route]:
        """Return the one address of an AWS JSON service."""
        return [Route("POST", re.compile("/"), self.serve)]

    def serve(self, request: Request) -> Response:
        """Accept a message, or refuse it as AWS would."""
        target = request.header("X-Amz-Target")
        operation = target.removeprefix(TARGET)
        if not target.startswith(TARGET) or operation not in CHANNEL_OF:
            message = f"The carrier plays {' and '.join(CHANNEL_OF)} only, not {target or 'this'}."
            return SmsVoiceError("UnknownOperationException", message).response()
        try:
            call = read_call(operation, request.body)
            behaviour = self._behaviour(call)
        except SmsVoiceError as error:
            return error.response()
        provider_message_id = new_uuid()
        if not call.is_dry_run:
            self._accept(call, behaviour, provider_message_id)
        return answered(
            behaviour,
            json_response({"MessageId": provider_message_id}, content_type=CONTENT_TYPE),
        )

    def _behaviour(self, call: SendCall) -> Behaviour:
        if call.is_dry_run:
            return Behaviour()
        default = default_behaviour(call.channel, call.destination)
        behaviour = self.behaviours.resolve(call.channel, call.destination, default)
        _refuse_if_told(behaviour)
        return behaviour

    def _accept(self, call: SendCall, behaviour: Behaviour, provider_message_id: str) -> None:
        now = utc_now()
        at = own_instant(call.context.get("at"), now, provider_message_id)
        message = phone_message(
            call.channel,
            provider_message_id,
            to=call.destination,
            sender=origination_number(call.origination),
            raw=call.body.encode(),
            dispatch_id=call.dispatch_id,
            at=at,
            now=now,
            behaviour=behaviour,
            notes=tuple(self._notes(call)),
            details=_details(call),
        )
        self.store.add(message, call.body.encode())
        accepted = Accepted(call, provider_message_id, at)
        publish(self.receipts, call.channel, provider_message_id, plan(accepted, behaviour))

    def _notes(self, call: SendCall) -> Iterator[str]:
        if call.configuration_set is None:
            yield NO_CONFIGURATION_SET
        elif not self.receipts.is_heard(call.channel):
            yield NO_TOPIC
        if names_no_instant(call.context.get("at")):
            yield WRONG_INSTANT


def _refuse_if_told(behaviour: Behaviour) -> None:
    if behaviour.outcome is Outcome.THROTTLE:
        raise SmsVoiceError("ThrottlingException", behaviour.reason)
    if behaviour.outcome is Outcome.ERROR:
        raise SmsVoiceError(behaviour.code or "InternalServerException", behaviour.reason)
    if behaviour.outcome is Outcome.REJECT and behaviour.how == "api":
        raise SmsVoiceError("ConflictException", behaviour.reason)


def _details(call: SendCall) -> dict[str, Any]:
    details: dict[str, Any] = {
        "origination": call.origination,
        "configuration_set": call.configuration_set,
        "context": dict(call.context),
        "time_to_live_seconds": call.ttl_seconds,
    }
    if call.channel == "voice":
        return {**details, "text_type": call.text_type, "voice_id": call.voice_id}
    travel = call.segments
    return {
        **details,
        "message_type": call.message_type,
        "encoding": travel.encoding,
        "parts": travel.parts,
        "units": travel.units,
    }


def read_text(raw: bytes) -> Content:
    """Read a text message."""
    text = raw.decode()
    return Content(text=text, links=web_addresses(text))


def read_call_text(raw: bytes) -> Content:
    """Read a call: what is heard of it."""
    return Content(text=spoken_text(raw.decode()))
