"""The JSON AWS publishes about a text or a call, for the events the carrier plays.

Source: "Example event data" and "Event types for SMS, MMS, and voice" in the AWS End User Messaging
SMS user guide. The guide shows a text's event; a call's is the same envelope without what only
texts have. Prices are this program's own: of the right order, from no list.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from local.carrier.instants import to_wire
from local.carrier.planning import Event, jitter

if TYPE_CHECKING:
    from local.carrier.sms_voice.call import SendCall

PRICE_PER_PART = 0.02
POOL_NUMBER = "+551140040100"
"""The number a pool or the account chooses when the call names none."""
FINAL_UNKNOWN_HOURS = 72
_BRAZILIAN_NETWORK = {"mcc": "724", "mnc": "05"}
_MESSAGE_OF = {
    "TEXT_QUEUED": "Message queued for delivery",
    "TEXT_PENDING": "Message is pending",
    "TEXT_SUCCESSFUL": "Message has been accepted by phone carrier",
    "TEXT_DELIVERED": "Message has been accepted by phone",
    "TEXT_INVALID": "Destination number is invalid",
    "TEXT_INVALID_MESSAGE": "Message body is invalid",
    "TEXT_UNREACHABLE": "Recipient unreachable",
    "TEXT_CARRIER_UNREACHABLE": "Carrier unreachable",
    "TEXT_BLOCKED": "Recipient blocked messages",
    "TEXT_CARRIER_BLOCKED": "Blocked by carrier",
    "TEXT_SPAM": "Flagged as spam by carrier",
    "TEXT_UNKNOWN": "No final event was received",
    "TEXT_TTL_EXPIRED": "Time to live expired before delivery",
    "TEXT_PROTECT_BLOCKED": "Blocked by protect configuration",
}
_NOT_FINAL = frozenset(
    {"TEXT_QUEUED", "TEXT_PENDING", "VOICE_INITIATED", "VOICE_RINGING", "VOICE_ANSWERED"}
)
_TOOK_MS = {
    "TEXT_QUEUED": (50, 400),
    "TEXT_PENDING": (1_000, 2_000),
    "TEXT_SUCCESSFUL": (500, 1_500),
    "TEXT_DELIVERED": (2_000, 9_000),
    "VOICE_INITIATED": (100, 600),
    "VOICE_RINGING": (1_000, 4_000),
    "VOICE_ANSWERED": (8_000, 19_000),
    "VOICE_BUSY": (4_000, 6_000),
    "VOICE_NO_ANSWER": (45_000, 60_000),
    "VOICE_COMPLETED": (30_000, 75_000),
}
_FAILED_MS = (2_000, 12_000)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A call that was accepted, with its identity and its own instant."""

    call: SendCall
    provider_message_id: str
    at: datetime


def event(name: str, accepted: Accepted, later: timedelta = timedelta()) -> Event:
    """Return one event of `EventType`, dated by the message's own clock, `later` than usual."""
    at = accepted.at + _took(name, accepted) + later
    document = {
        "eventType": name,
        "eventVersion": "1.0",
        "eventTimestamp": _milliseconds(at),
        "isFinal": name not in _NOT_FINAL,
        "originationPhoneNumber": origination_number(accepted.call.origination),
        "destinationPhoneNumber": accepted.call.destination,
        **({"isoCountryCode": "BR"} if _is_in_brazil(accepted.call) else {}),
        "messageId": accepted.provider_message_id,
        "messageRequestTimestamp": _milliseconds(accepted.at),
        "messageStatus": name.partition("_")[2],
        "context": dict(accepted.call.context),
        **_of_a_text(name, accepted.call),
    }
    return Event(name, to_wire(at), json.dumps(document))


def origination_number(identity: str) -> str:
    """Return what the recipient sees as the sender of an origination identity.

    >>> origination_number("+551140040001"), origination_number("arn:aws:sms-voice:x:1:pool/p")
    ('+551140040001', '+551140040100')
    """
    is_resource = not identity or identity.startswith(("arn:", "pool-", "phone-"))
    return POOL_NUMBER if is_resource else identity


def _took(name: str, accepted: Accepted) -> timedelta:
    if name == "TEXT_UNKNOWN":
        return timedelta(hours=FINAL_UNKNOWN_HOURS)
    if name.endswith("_TTL_EXPIRED"):
        return timedelta(seconds=accepted.call.ttl_seconds)
    low, high = _TOOK_MS.get(name, _FAILED_MS)
    return timedelta(milliseconds=jitter(accepted.provider_message_id, name, low, high))


def _is_in_brazil(call: SendCall) -> bool:
    return call.destination.startswith("+55")


def _of_a_text(name: str, call: SendCall) -> dict[str, Any]:
    """Return the fields that only a text's event has."""
    if call.channel != "sms":
        return {}
    travel = call.segments
    return {
        "isInternationalSend": False,
        **(_BRAZILIAN_NETWORK if _is_in_brazil(call) else {}),
        "messageEncoding": travel.encoding,
        "messageType": call.message_type,
        "messageStatusDescription": _MESSAGE_OF[name],
        "totalMessageParts": travel.parts,
        "totalMessagePrice": round(PRICE_PER_PART * travel.parts, 5),
        "totalCarrierFee": 0.0,
    }


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
