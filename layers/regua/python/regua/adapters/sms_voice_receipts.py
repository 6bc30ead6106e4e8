"""AWS End User Messaging's events about texts and calls become receipts, and texts received.

The same fact may arrive twice: as the configuration set's event inside an SNS envelope, and as an
EventBridge event, with or without one. Both name it alike, so they are one receipt. EventBridge
leaves out the recipient's number, and may leave out the context that says whose message it was.

Source: AWS End User Messaging SMS user guide, "Event types for SMS, MMS, and voice", "Example event
data", "Monitoring with EventBridge", "Example of a two-way SMS message payload".
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from regua.adapters.records import instant
from regua.application.inbound import InboundText
from regua.application.record_receipt import Receipt
from regua.domain.delivery import EventKind
from regua.domain.errors import InvalidInput
from regua.domain.ids import CreditorId, DispatchId
from regua.domain.ruler import Channel

KINDS: Mapping[str, EventKind] = {
    "TEXT_QUEUED": EventKind.SENT,
    "TEXT_PENDING": EventKind.SENT,
    "TEXT_SENT": EventKind.SENT,
    "TEXT_SUCCESSFUL": EventKind.SENT,
    "TEXT_DELIVERED": EventKind.DELIVERED,
    "TEXT_INVALID": EventKind.HARD_BOUNCED,
    "TEXT_INVALID_MESSAGE": EventKind.REJECTED,
    "TEXT_BLOCKED": EventKind.REJECTED,
    "TEXT_CARRIER_BLOCKED": EventKind.REJECTED,
    "TEXT_SPAM": EventKind.REJECTED,
    "TEXT_PROTECT_BLOCKED": EventKind.REJECTED,
    "TEXT_UNREACHABLE": EventKind.UNDELIVERED,
    "TEXT_CARRIER_UNREACHABLE": EventKind.UNDELIVERED,
    "TEXT_TTL_EXPIRED": EventKind.UNDELIVERED,
    "TEXT_UNKNOWN": EventKind.UNKNOWN,
    "VOICE_INITIATED": EventKind.SENT,
    "VOICE_RINGING": EventKind.SENT,
    "VOICE_ANSWERED": EventKind.ANSWERED,
    "VOICE_COMPLETED": EventKind.DELIVERED,
    "VOICE_BUSY": EventKind.UNDELIVERED,
    "VOICE_NO_ANSWER": EventKind.UNDELIVERED,
    "VOICE_FAILED": EventKind.UNDELIVERED,
    "VOICE_TTL_EXPIRED": EventKind.UNDELIVERED,
}
"""What each event says, and no more than it says.

``TEXT_SUCCESSFUL`` is the carrier's acceptance and proves no delivery, though in some countries it
is all there will be; its name stays in the facts. A call that was answered reached the line and
nobody for certain, a completed one was played to the end: either perhaps to a machine.
"""
_FACTS = {
    "messageId": "provider_message_id",
    "eventType": "provider_event",
    "messageStatus": "provider_status",
    "messageEncoding": "encoding",
    "totalMessageParts": "parts",
}
_PRIVATE = {
    "destinationPhoneNumber": "recipients",
    "carrierName": "carrier",
    "messageStatusDescription": "provider_reason",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_DOLLARS = 1000
_MICRODOLLAR = Decimal("0.000001")
"""Prices come with five decimals."""
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)


def read_receipt(body: str) -> Receipt | None:
    """Read one SQS body: an event in an SNS envelope, or an EventBridge event.

    The facts ``price_usd`` (the message's whole price with the carrier's fee, so far) and ``parts``
    are there when the event has them. Each event repeats the price: the latest counts, never the
    sum. ``is_final`` says whether another event is to be expected.

    Returns:
        The receipt, or None for an event type that says nothing about a text or a call.

    Raises:
        InvalidInput: the body is no such event.
    """
    try:
        return _receipt(_event(body))
    except _MALFORMED as exc:
        raise InvalidInput.at("Message", f"not an SMS or voice event: {_name(exc)}") from exc


def read_inbound(body: str) -> InboundText:
    """Read one SQS body: a text that a customer wrote, in an SNS envelope, whose time it bears.

    Raises:
        InvalidInput: the body is no such message.
    """
    try:
        envelope = json.loads(body)
        text = json.loads(envelope["Message"])
        return InboundText(
            channel=Channel.SMS,
            from_number=_words(text["originationNumber"]),
            to_number=_words(text["destinationNumber"]),
            text=_words(text["messageBody"]),
            at=instant(envelope["Timestamp"]),
            event_id=_words(text["inboundMessageId"]),
            previous_provider_message_id=_entry(text, "previousPublishedMessageId"),
        )
    except _MALFORMED as exc:
        raise InvalidInput.at("Message", f"not an incoming SMS: {_name(exc)}") from exc


def _event(body: str) -> Mapping[str, Any]:
    """Unwrap an event; its numbers are read exactly."""
    event = _read(body)
    if "Message" in event:
        event = _read(event["Message"])
    unwrapped: Mapping[str, Any] = event.get("detail", event)
    return unwrapped


def _read(text: str) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(text, parse_float=Decimal, parse_constant=Decimal)


def _receipt(event: Mapping[str, Any]) -> Receipt | None:
    kind = KINDS.get(_words(event["eventType"]))
    if kind is None:
        return None
    at = _instant(event["eventTimestamp"])
    context = event.get("context") or {}
    dispatch_id, creditor_id = _entry(context, "dispatch_id"), _entry(context, "creditor_id")
    recipient = event.get("destinationPhoneNumber")
    return Receipt(
        dispatch_id=None if dispatch_id is None else DispatchId(dispatch_id),
        creditor_id=None if creditor_id is None else CreditorId(creditor_id),
        kind=kind,
        at=at,
        event_id=_event_id(event),
        recipients=() if recipient is None else (_words(recipient),),
        facts=_facts(event),
        channel=Channel.SMS if event["eventType"].startswith("TEXT_") else Channel.VOICE,
        private={
            ours: str(event[theirs]) for theirs, ours in _PRIVATE.items() if event.get(theirs)
        },
    )


def _event_id(event: Mapping[str, Any]) -> str:
    """Name a fact by what it says of which message and when: there is no id that copies share."""
    named = (event["messageId"], event["eventType"], str(event["eventTimestamp"]))
    digest = hashlib.sha256("\0".join(("regua.sms-voice.v1", *named)).encode())
    return digest.hexdigest()[:32]


def _instant(milliseconds: object) -> datetime:
    if not isinstance(milliseconds, int) or isinstance(milliseconds, bool):
        raise TypeError("not an instant")
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _entry(told: Mapping[str, Any], name: str) -> str | None:
    value = told.get(name)
    return _words(value) if value else None


def _words(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _facts(event: Mapping[str, Any]) -> dict[str, str]:
    facts = {ours: str(event[theirs]) for theirs, ours in _FACTS.items() if event.get(theirs)}
    if "isFinal" in event:
        facts["is_final"] = "true" if event["isFinal"] is True else "false"
    if event.get("totalMessagePrice") is not None:
        facts["price_usd"] = _price(event)
    return facts


def _price(event: Mapping[str, Any]) -> str:
    """Add up what the message cost, in dollars."""
    price = Decimal(event["totalMessagePrice"]) + Decimal(event.get("totalCarrierFee") or 0)
    if not 0 <= price < _MAX_DOLLARS:
        raise ValueError("not a price")
    return f"{price.quantize(_MICRODOLLAR):f}"


def _name(error: Exception) -> str:
    return type(error).__name__
