"""WhatsApp's webhooks, as AWS publishes them over SNS: receipts, replies and changed numbers.

JSON in three layers: SNS's envelope, AWS's message, and in it one entry of Meta's webhook as text.
An entry may hold several statuses and messages. Receipts come in any order and any number of
copies; the id of a fact is Meta's id of the message and the status, so a copy is the same fact.
Meta's ids (``wamid``) spell the customer's number in base64, so a digest stands for them.

Source: AWS End User Messaging Social user guide, "Message and event format"; Meta, messages
webhook reference (status, text, button, interactive, system), read 2026-11.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from regua.application.inbound import InboundText
from regua.application.record_receipt import Receipt
from regua.domain.delivery import EventKind
from regua.domain.errors import InvalidInput
from regua.domain.ruler import Channel
from regua.domain.whatsapp_templates import read_join_key

_KINDS = {
    "accepted": EventKind.SENT,
    "sent": EventKind.SENT,
    "delivered": EventKind.DELIVERED,
    "read": EventKind.READ,
}
"""``deleted`` and ``warning`` say nothing about delivery."""

FAILURES: Mapping[int, EventKind] = {
    # The number: nothing of ours will ever arrive there.
    131026: EventKind.HARD_BOUNCED,  # not on WhatsApp, or with an app or terms too old for it
    131021: EventKind.HARD_BOUNCED,  # the number is the sender's own
    # Refused: by the recipient, by Meta's protection, or for our template, account or window.
    131050: EventKind.REJECTED,  # the user stopped the business's marketing messages
    131049: EventKind.REJECTED,  # not delivered, to keep the ecosystem healthy
    131048: EventKind.REJECTED,  # too many earlier messages were blocked or reported as spam
    368: EventKind.REJECTED,  # temporarily blocked for policy violations
    130497: EventKind.REJECTED,  # may not message this country
    131031: EventKind.REJECTED,  # account locked
    131042: EventKind.REJECTED,  # payment issue of the business
    131047: EventKind.REJECTED,  # more than 24 hours since the customer's last message
    131051: EventKind.REJECTED,  # unsupported message type
    131008: EventKind.REJECTED,  # required parameter missing
    131009: EventKind.REJECTED,  # parameter value not valid
    100: EventKind.REJECTED,  # invalid parameter
    132000: EventKind.REJECTED,  # number of parameters does not match the template
    132001: EventKind.REJECTED,  # no such template in this language, or not approved
    132005: EventKind.REJECTED,  # text too long once filled
    132007: EventKind.REJECTED,  # format or character policy violated
    132012: EventKind.REJECTED,  # parameter format does not match
    132015: EventKind.REJECTED,  # template paused for low quality
    132016: EventKind.REJECTED,  # template disabled for good
    132018: EventKind.REJECTED,  # something is wrong with the parameters
    # Not this time: another time, or another channel, it may be.
    130472: EventKind.UNDELIVERED,  # the number is part of an experiment of Meta's
    131000: EventKind.UNDELIVERED,  # something went wrong
    131016: EventKind.UNDELIVERED,  # service unavailable
    131056: EventKind.UNDELIVERED,  # too many messages to one recipient in a short time
    131057: EventKind.UNDELIVERED,  # account in maintenance
    130429: EventKind.UNDELIVERED,  # throughput limit
    80007: EventKind.UNDELIVERED,  # account rate limit
    4: EventKind.UNDELIVERED,  # too many calls
    2: EventKind.UNDELIVERED,  # service down or overloaded
    1: EventKind.UNDELIVERED,  # unknown error
}
"""What a failure's code means. A code that is not here leaves the address alone: undelivered.

Source: Meta, WhatsApp Business Platform error codes (developers.facebook.com/documentation/
business-messaging/whatsapp/support/error-codes); the same table at docs.360dialog.com. Which class
a code falls into is our reading of Meta's descriptions.
"""

_PRICING = ("category", "pricing_model", "type", "billable")
_NUMBER_CHANGED = frozenset({"user_changed_number", "customer_changed_number"})
_NO_REPLY = frozenset({"reaction", "request_welcome", "system"})
_OLD_MOBILE = 12
_FIRST_OF_MOBILE = frozenset("6789")
_LIST = "a list"


@dataclass(frozen=True, slots=True)
class NumberChanged:
    """A customer's WhatsApp account has moved to another number; personal data."""

    old_number: str
    new_number: str
    at: datetime
    event_id: str


@dataclass(frozen=True, slots=True)
class WhatsAppReport:
    """What one entry of the webhook tells, each in the order of the entry."""

    receipts: tuple[Receipt, ...] = ()
    texts: tuple[InboundText, ...] = ()
    changed_numbers: tuple[NumberChanged, ...] = ()


def read_report(body: str) -> WhatsAppReport:
    """Read one SQS body: SNS's envelope around AWS's message.

    Returns:
        What it tells; nothing for an entry about something else, as a template's approval.

    Raises:
        InvalidInput: the body is not such an envelope.
    """
    try:
        message = json.loads(json.loads(body)["Message"])
        return _report(json.loads(message["whatsAppWebhookEntry"]), message)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as exc:
        raise InvalidInput.at("Message", f"not a WhatsApp event: {type(exc).__name__}") from exc


def _report(entry: Mapping[str, Any], message: Mapping[str, Any]) -> WhatsAppReport:
    receipts: list[Receipt] = []
    texts: list[InboundText] = []
    changed: list[NumberChanged] = []
    for change in _items(entry["changes"]):
        if change["field"] != "messages":
            continue
        value = change["value"]
        statuses = _items(value.get("statuses", []))
        receipts += filter(None, (_receipt(status, message) for status in statuses))
        origin = _origin(value, message)
        for inbound in _items(value.get("messages", [])):
            texts += _text(inbound, origin)
            changed += _changed(inbound)
    return WhatsAppReport(tuple(receipts), tuple(texts), tuple(changed))


def _items(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(_LIST)
    return value


def _receipt(status: Mapping[str, Any], message: Mapping[str, Any]) -> Receipt | None:
    """Read one status, or return None for one that says nothing about delivery."""
    name = _string(status["status"])
    wamid = _string(status["id"])
    errors = _items(status.get("errors", []))
    kind = _failure(errors) if name == "failed" else _KINDS.get(name)
    if kind is None:
        return None
    ours = read_join_key(_string(status.get("biz_opaque_callback_data", "")))
    creditor_id, dispatch_id = ours or (None, None)
    facts = {
        "status": name,
        "provider_message_id": _name(wamid),
        **_pricing(status),
        **_codes(errors),
    }
    if message.get("messageId"):
        facts["aws_message_id"] = _string(message["messageId"])
    return Receipt(
        dispatch_id=dispatch_id,
        creditor_id=creditor_id,
        kind=kind,
        at=_instant(status["timestamp"]),
        event_id=f"{_name(wamid)}:{name}",
        recipients=_spellings(status) if name == "failed" else (),
        facts=facts,
        channel=Channel.WHATSAPP,
        private={"wamid": wamid, **_private(status, errors)},
    )


def _name(wamid: str) -> str:
    """Name a message without the number that Meta's id spells."""
    return f"wamid-{hashlib.sha256(wamid.encode()).hexdigest()[:32]}"


def _private(status: Mapping[str, Any], errors: list[Any]) -> dict[str, str]:
    """Return the number written to, and Meta's words, which may quote it."""
    error = errors[0] if errors else {}
    data = error.get("error_data")
    told = {
        "recipients": _e164(status.get("recipient_id", "")),
        "error_title": error.get("title"),
        "error_details": data.get("details") if isinstance(data, Mapping) else None,
    }
    return {name: str(value) for name, value in told.items() if value}


def _failure(errors: list[Any]) -> EventKind:
    codes = [int(error["code"]) for error in errors]
    return FAILURES.get(codes[0], EventKind.UNDELIVERED) if codes else EventKind.UNDELIVERED


def _codes(errors: list[Any]) -> dict[str, str]:
    """Return the failure's code; its words may quote the number."""
    return {"error_code": str(int(errors[0]["code"]))} if errors else {}


def _pricing(status: Mapping[str, Any]) -> dict[str, str]:
    """Return how Meta bills the message: ``pricing_category``, ``pricing_billable`` and so on."""
    pricing = status.get("pricing") or {}
    told = ((f"pricing_{name.removeprefix('pricing_')}", pricing.get(name)) for name in _PRICING)
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in told
        if value is not None
    }


def _spellings(status: Mapping[str, Any]) -> tuple[str, ...]:
    """Return every spelling of the number written to: WhatsApp may leave the ninth digit out."""
    number = _e164(status.get("recipient_id", ""))
    digits = number[1:]
    is_old = len(digits) == _OLD_MOBILE and digits.startswith("55")
    if is_old and digits[4] in _FIRST_OF_MOBILE:
        return number, f"+{digits[:4]}9{digits[4:]}"
    return (number,) if number else ()


def _text(message: Mapping[str, Any], origin: str) -> Iterator[InboundText]:
    """Yield what a customer wrote or tapped; media and the like have no text but a caption."""
    kind = _string(message["type"])
    if kind in _NO_REPLY:
        return
    part = message.get(kind) or {}
    text, payload = _said(kind, part if isinstance(part, Mapping) else {})
    previous = _optional((message.get("context") or {}).get("id"))
    yield InboundText(
        channel=Channel.WHATSAPP,
        from_number=_e164(message.get("from", "")),
        to_number=origin,
        text=text,
        at=_instant(message["timestamp"]),
        event_id=_name(_string(message["id"])),
        previous_provider_message_id=None if previous is None else _name(previous),
        payload=payload,
    )


def _said(kind: str, part: Mapping[str, Any]) -> tuple[str, str | None]:
    if kind == "text":
        return _string(part["body"]), None
    if kind == "button":
        return _string(part["text"]), _optional(part.get("payload"))
    if kind == "interactive":
        chosen = part.get(_string(part["type"])) or {}
        return _string(chosen.get("title", "")), _optional(chosen.get("id"))
    return _string(part.get("caption", "")), None


def _changed(message: Mapping[str, Any]) -> Iterator[NumberChanged]:
    """Yield the new number of a customer who moved; older versions of the API name it otherwise."""
    if message["type"] != "system":
        return
    system = message["system"]
    new = system.get("wa_id") or system.get("new_wa_id")
    if system.get("type") in _NUMBER_CHANGED and new:
        yield NumberChanged(
            old_number=_e164(message["from"]),
            new_number=_e164(new),
            at=_instant(message["timestamp"]),
            event_id=_string(message["id"]),
        )


def _origin(value: Mapping[str, Any], message: Mapping[str, Any]) -> str:
    """Return AWS's id of our number, as a creditor's set-up names it; else the number itself."""
    metadata = value["metadata"]
    known = _items((message.get("context") or {}).get("MetaPhoneNumberIds", []))
    named = [n for n in known if n.get("metaPhoneNumberId") == metadata.get("phone_number_id")]
    one = named or (known if len(known) == 1 else [])
    if one:
        return f"phone-number-id-{_string(one[0]['arn']).rpartition('/')[2]}"
    return _e164(metadata["display_phone_number"])


def _e164(digits: object) -> str:
    """Write a WhatsApp id as a number; empty where WhatsApp keeps it to itself."""
    bare = _string(digits).lstrip("+")
    return f"+{bare}" if bare else ""


def _instant(timestamp: object) -> datetime:
    """Read epoch seconds, which WhatsApp writes as text."""
    return datetime.fromtimestamp(int(_string(timestamp)), UTC)


def _optional(value: object) -> str | None:
    return None if value is None else _string(value)


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value
