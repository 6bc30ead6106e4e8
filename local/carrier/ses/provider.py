"""The SES v2 endpoint: SendEmail, and a clear refusal of what nobody here plays."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.carrier.behaviours import Behaviour, BehaviourBook, Outcome
from local.carrier.instants import utc_now
from local.carrier.message import Message
from local.carrier.ses.call import SendCall, read_call
from local.carrier.ses.errors import SesError
from local.carrier.ses.events import Accepted, accepted_instant
from local.carrier.ses.plan import CHANNEL, default_behaviour, plan_receipts
from local.carrier.web import Request, Response, Route, json_response

if TYPE_CHECKING:
    from datetime import datetime

    from local.carrier.receipts import ReceiptQueue
    from local.carrier.store import MessageStore

NO_CONFIGURATION_SET = "Sem configuration set: o SES não publica recibos desta mensagem."


@dataclass(frozen=True, slots=True)
class SesProvider:
    """Takes e-mail and schedules what SES would report about it."""

    store: MessageStore
    behaviours: BehaviourBook
    receipts: ReceiptQueue

    def routes(self) -> list[Route]:
        """Return what SES answers to."""
        return [
            Route("POST", re.compile("/v2/email/outbound-emails"), self.send_email),
            Route("*", re.compile("/v2/.*"), self.refuse),
        ]

    def send_email(self, request: Request) -> Response:
        """Accept a message, or refuse it as SES would."""
        now = utc_now()
        try:
            call = read_call(request.body, now)
            chosen = [
                (to, self.behaviours.resolve(CHANNEL, to, default_behaviour(to)))
                for to in call.recipients
            ]
            for _, behaviour in chosen:
                _refuse_if_told(behaviour)
        except SesError as error:
            return error.response()
        provider_message_id = self._accept(call, chosen, now)
        if any(behaviour.outcome is Outcome.CRASH_AFTER_ACCEPT for _, behaviour in chosen):
            return Response(drops_connection=True)
        return json_response({"MessageId": provider_message_id})

    def refuse(self, request: Request) -> Response:
        """Answer the operations that the carrier does not play."""
        return SesError(
            "UnknownOperationException",
            f"The carrier plays SendEmail and identities, not {request.method} {request.path}.",
        ).response()

    def _accept(self, call: SendCall, chosen: list[tuple[str, Behaviour]], now: datetime) -> str:
        provider_message_id = new_message_id(now)
        at = accepted_instant(call.envelope.dated or now, provider_message_id)
        self.store.add(
            Message(
                channel=CHANNEL,
                provider_message_id=provider_message_id,
                recipients=call.recipients,
                sender=call.envelope.sender or call.sender,
                subject=call.envelope.subject,
                dispatch_id=call.dispatch_id,
                received_at=at,
                accepted_at=now,
                raw_sha256=hashlib.sha256(call.raw).hexdigest(),
                behaviour=", ".join(dict.fromkeys(rule.outcome.value for _, rule in chosen)),
                notes=() if call.configuration_set else (NO_CONFIGURATION_SET,),
            ),
            call.raw,
        )
        accepted = Accepted(call, provider_message_id, at)
        self.receipts.schedule(plan_receipts(accepted, chosen))
        return provider_message_id


def _refuse_if_told(behaviour: Behaviour) -> None:
    if behaviour.outcome is Outcome.THROTTLE:
        raise SesError("TooManyRequestsException", behaviour.reason)
    if behaviour.outcome is Outcome.ERROR:
        raise SesError(behaviour.code or "InternalFailure", behaviour.reason)
    if behaviour.outcome is Outcome.REJECT and behaviour.how == "api":
        raise SesError("MessageRejected", behaviour.reason)


def new_message_id(now: datetime) -> str:
    """Return an identifier in the form of SES: the instant in hexadecimal, then randomness."""
    milliseconds = int(now.timestamp() * 1000)
    random = secrets.token_hex(16)
    uuid = "-".join((random[:8], random[8:12], random[12:16], random[16:20], random[20:]))
    return f"0100{milliseconds:012x}-{uuid}-000000"
