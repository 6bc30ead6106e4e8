"""The JSON AWS publishes about a WhatsApp message, for the events the carrier plays.

One SNS message carries one entry of Meta's webhook as a JSON text within the JSON. `messageId` is
the id that SendWhatsAppMessage answered; Meta's own `wamid` is in the entry.

Sources: "Message and event format" in the AWS End User Messaging Social user guide; the `messages`
webhook in the reference of Meta's WhatsApp Cloud API (statuses, text, button, interactive, system).
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from local.carrier.instants import to_wire
from local.carrier.planning import Event, jitter
from local.carrier.whatsapp.errors import FAILURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.carrier.whatsapp.call import SendCall

ACCOUNT_ID = "000000000000"
REGION = "us-east-1"
WABA_ID = "100000000000001"
META_PHONE_NUMBER_ID = "200000000000001"
DISPLAY_PHONE_NUMBER = "551140040100"
WINDOW_HOURS = 24
_TOOK_MS = {
    "sent": (400, 1_500),
    "delivered": (2_500, 9_000),
    "read": (60_000, 1_200_000),
    "failed": (2_500, 8_000),
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A call that was accepted, with its identity and its own instant.

    `is_billable` is false for what Meta does not charge: an answer within an open window.
    """

    call: SendCall
    provider_message_id: str
    at: datetime
    category: str = "utility"
    is_billable: bool = True


def status_event(status: str, accepted: Accepted, later: timedelta = timedelta()) -> Event:
    """Tell what became of a message, `later` than usual."""
    return _status(status, accepted, later, _charged(accepted))


def failed_event(code: str, accepted: Accepted, details: str | None = None) -> Event:
    """Tell that a message will not arrive, by Meta's code."""
    title, usual = FAILURES[code]
    error = {
        "code": int(code),
        "title": title,
        "message": title,
        "error_data": {"details": details or usual},
    }
    return _status("failed", accepted, timedelta(), {"errors": [error]})


def number_changed_event(accepted: Accepted, new_number: str) -> Event:
    """Tell that the customer moved to another number, as Meta's system message does."""
    at = accepted.at + timedelta(minutes=1)
    old, new = wa_id(accepted.call.to), wa_id(new_number)
    message = {
        "from": old,
        "id": wamid(accepted.provider_message_id, "system"),
        "timestamp": _seconds(at),
        "type": "system",
        "system": {
            "body": f"User changed from {old} to {new}",
            "wa_id": new,
            "type": "user_changed_number",
        },
    }
    payload = entry(
        accepted.call.phone_number_id, {"messages": [message]}, accepted.provider_message_id, at
    )
    return Event("system", to_wire(at), payload)


def entry(phone_number_id: str, value: Mapping[str, Any], message_id: str, at: datetime) -> str:
    """Return the SNS message that carries one webhook entry of a business number."""
    webhook_entry = {
        "id": WABA_ID,
        "changes": [
            {
                "value": {
                    "messaging_product": "whatsapp",
                    "metadata": {
                        "display_phone_number": DISPLAY_PHONE_NUMBER,
                        "phone_number_id": META_PHONE_NUMBER_ID,
                    },
                    **value,
                },
                "field": "messages",
            }
        ],
    }
    arn = f"arn:aws:social-messaging:{REGION}:{ACCOUNT_ID}"
    short_id = phone_number_id.rpartition("/")[2].removeprefix("phone-number-id-")
    document = {
        "context": {
            "MetaWabaIds": [{"wabaId": WABA_ID, "arn": f"{arn}:waba/{WABA_ID}"}],
            "MetaPhoneNumberIds": [
                {
                    "metaPhoneNumberId": META_PHONE_NUMBER_ID,
                    "arn": f"{arn}:phone-number-id/{short_id}",
                }
            ],
        },
        "whatsAppWebhookEntry": json.dumps(webhook_entry),
        "aws_account_id": ACCOUNT_ID,
        "message_timestamp": to_wire(at),
        "messageId": message_id,
    }
    return json.dumps(document)


def wa_id(number: str) -> str:
    """Return a number as Meta writes it."""
    return number.removeprefix("+")


def wamid(provider_message_id: str, label: str = "sent") -> str:
    """Return Meta's id of a message, which depends on nothing but its arguments."""
    digest = hashlib.sha256(f"{provider_message_id}|{label}".encode()).digest()
    return "wamid." + base64.b64encode(b"\x1c\x18\x0d" + digest).decode()


def _status(status: str, accepted: Accepted, later: timedelta, details: Mapping[str, Any]) -> Event:
    low, high = _TOOK_MS[status]
    took = timedelta(milliseconds=jitter(accepted.provider_message_id, status, low, high))
    at = accepted.at + took + later
    document: dict[str, Any] = {
        "id": wamid(accepted.provider_message_id),
        "status": status,
        "timestamp": _seconds(at),
        "recipient_id": wa_id(accepted.call.to),
        **details,
    }
    if accepted.call.callback_data:
        document["biz_opaque_callback_data"] = accepted.call.callback_data
    payload = entry(
        accepted.call.phone_number_id, {"statuses": [document]}, accepted.provider_message_id, at
    )
    return Event(status, to_wire(at), payload)


def _charged(accepted: Accepted) -> dict[str, Any]:
    digest = hashlib.sha256(f"{accepted.provider_message_id}|conversation".encode()).hexdigest()
    return {
        "conversation": {
            "id": digest[:32],
            "expiration_timestamp": _seconds(accepted.at + timedelta(hours=WINDOW_HOURS)),
            "origin": {"type": accepted.category},
        },
        "pricing": {
            "billable": accepted.is_billable,
            "pricing_model": "PMP",
            "category": accepted.category,
        },
    }


def _seconds(instant: datetime) -> str:
    return str(int(instant.timestamp()))
