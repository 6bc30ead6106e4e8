"""A provider of e-mail that knows what people really received, and reports it as SES does."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from regua.application.message_content import MessageContent
from regua.application.ports import Accepted, Creditor, OutgoingMessage
from regua.application.wire import instant_text
from regua.domain.dispatch import Dispatch
from regua.domain.errors import ProviderThrottled, RecipientRejected
from regua.domain.ids import DispatchId
from regua.domain.ruler import Channel

RETRY_AFTER_SECONDS = 60


def plainly(
    content: MessageContent, *, creditor: Creditor, recipient: str, dispatch: Dispatch, at: datetime
) -> OutgoingMessage:
    """Compose the invoice numbers, to be read back, and the instant: no two attempts are equal."""
    del creditor
    lines = content.receipts or content.lines
    raw = f"{','.join(line.number for line in lines)} {at.isoformat()}".encode()
    return OutgoingMessage(
        dispatch.channel,
        "origem",
        recipient,
        raw,
        dispatch.dispatch_id,
        dispatch.creditor_id,
        dispatch.step_id,
    )


@dataclass(frozen=True, slots=True)
class Received:
    """A message in somebody's mailbox."""

    dispatch_id: DispatchId
    recipient: str
    numbers: tuple[str, ...]
    at: datetime
    sha256: str
    """Of the exact bytes that were handed over."""


@dataclass(slots=True)
class Provider:
    """Takes messages; the lists say how it treats them."""

    now: Callable[[], datetime]
    report: Callable[[str], None]
    """Where receipts go."""
    channel: Channel = Channel.EMAIL
    """In whose provider's shapes it reports."""
    received: list[Received] = field(default_factory=list)
    throttling: int = 0
    """How many of the next sends are refused for now."""
    rejects: set[str] = field(default_factory=set)
    bounces: set[str] = field(default_factory=set)
    is_silent: bool = False
    """Whether receipts never come."""
    is_holding: bool = False
    """Whether receipts are kept until `let_go`."""
    held: list[str] = field(default_factory=list)
    is_prompt: bool = True
    """Whether every receipt came before a doubt grows old: then none is given up wrongly."""

    def send(self, email: OutgoingMessage) -> Accepted:
        """Take a message, or refuse it."""
        if self.throttling:
            self.throttling -= 1
            raise ProviderThrottled(retry_after_seconds=RETRY_AFTER_SECONDS)
        if email.recipient in self.rejects:
            raise RecipientRejected("MessageRejected")
        message_id = f"ses-{len(self.received) + 1:06d}"
        numbers = tuple(email.raw.decode().partition(" ")[0].split(","))
        digest = sha256(email.raw).hexdigest()
        received = Received(email.dispatch_id, email.recipient, numbers, self.now(), digest)
        self.received.append(received)
        self._report_on(email, message_id, bounced=email.recipient in self.bounces)
        return Accepted(message_id)

    def _report_on(self, email: OutgoingMessage, message_id: str, *, bounced: bool) -> None:
        """Report that a message was taken, and what became of it, as its provider does."""
        if self.channel is not Channel.EMAIL:
            for told in _TOLD[self.channel](email, message_id, self.now(), bounced=bounced):
                self._tell(told)
            return
        self._receipt("Send", email, message_id, {})
        if bounced:
            section = {
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": [{"emailAddress": email.recipient, "status": "5.1.1"}],
                "feedbackId": f"bounce-{message_id}",
                "timestamp": instant_text(self.now()),
            }
            self._receipt("Bounce", email, message_id, {"bounce": section})
        else:
            delivered = {"timestamp": instant_text(self.now()), "smtpResponse": "250 ok"}
            self._receipt("Delivery", email, message_id, {"delivery": delivered})

    def _receipt(
        self, kind: str, email: OutgoingMessage, message_id: str, section: dict[str, Any]
    ) -> None:
        tags = {"dispatch_id": [email.dispatch_id], "creditor_id": [email.creditor_id]}
        mail = {"messageId": message_id, "timestamp": instant_text(self.now()), "tags": tags}
        self._tell({"eventType": kind, "mail": mail, **section})

    def _tell(self, event: dict[str, Any]) -> None:
        if self.is_silent or self.is_holding:
            self.is_prompt = False
        if self.is_silent:
            return
        body = json.dumps({"Type": "Notification", "Message": json.dumps(event)})
        if self.is_holding:
            self.held.append(body)
        else:
            self.report(body)

    def let_go(self) -> None:
        """Report what was held, and hold nothing more."""
        self.is_holding = False
        held, self.held = self.held, []
        for body in held:
            self.report(body)


Event = dict[str, Any]


def _text_events(
    message: OutgoingMessage, message_id: str, at: datetime, *, bounced: bool
) -> list[Event]:
    ends = "TEXT_INVALID" if bounced else "TEXT_DELIVERED"
    return [_line_event(kind, message, message_id, at) for kind in ("TEXT_SENT", ends)]


def _call_events(
    message: OutgoingMessage, message_id: str, at: datetime, *, bounced: bool
) -> list[Event]:
    ends = ("VOICE_FAILED",) if bounced else ("VOICE_ANSWERED", "VOICE_COMPLETED")
    return [_line_event(kind, message, message_id, at) for kind in ("VOICE_INITIATED", *ends)]


def _line_event(kind: str, message: OutgoingMessage, message_id: str, at: datetime) -> Event:
    return {
        "eventType": kind,
        "eventVersion": "1.0",
        "eventTimestamp": int(at.timestamp() * 1000),
        "isFinal": not kind.endswith(("SENT", "INITIATED")),
        "originationPhoneNumber": "+551140000000",
        "destinationPhoneNumber": message.recipient,
        "messageId": message_id,
        "messageRequestTimestamp": int(at.timestamp() * 1000),
        "messageStatus": kind.partition("_")[2],
        "context": {"dispatch_id": message.dispatch_id, "creditor_id": message.creditor_id},
    }


def _whatsapp_events(
    message: OutgoingMessage, message_id: str, at: datetime, *, bounced: bool
) -> list[Event]:
    failed = {"errors": [{"code": 131026, "title": "Message undeliverable"}]}
    ends: list[tuple[str, Event]] = [("failed", failed)] if bounced else [("delivered", {})]
    return [_status(kind, more, message, message_id, at) for kind, more in [("sent", {}), *ends]]


_ARN = "arn:aws:social-messaging:us-east-1:000000000000"


def _status(
    kind: str, more: Event, message: OutgoingMessage, message_id: str, at: datetime
) -> Event:
    status = {
        "id": f"wamid.{message_id}",
        "status": kind,
        "timestamp": str(int(at.timestamp())),
        "recipient_id": message.recipient.lstrip("+"),
        "biz_opaque_callback_data": f"{message.creditor_id}:{message.dispatch_id}",
        **more,
    }
    metadata = {"display_phone_number": "551140000000", "phone_number_id": "1"}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": [status]}
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    return {
        "context": {
            "MetaWabaIds": [],
            "MetaPhoneNumberIds": [
                {
                    "metaPhoneNumberId": "1",
                    "arn": f"{_ARN}:phone-number-id/origem-1",
                }
            ],
        },
        "whatsAppWebhookEntry": json.dumps(entry),
        "message_timestamp": instant_text(at),
        "messageId": message_id,
    }


_TOLD = {
    Channel.SMS: _text_events,
    Channel.VOICE: _call_events,
    Channel.WHATSAPP: _whatsapp_events,
}
