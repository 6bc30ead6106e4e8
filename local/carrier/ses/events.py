"""The JSON SES publishes about a message, for the events the carrier plays.

Source: "Contents of event data that Amazon SES publishes to Amazon SNS" in the SES developer
guide. One clock tells one message's life: every instant is the message's own plus a delta.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from local.carrier.instants import to_wire
from local.carrier.planning import Event, jitter

if TYPE_CHECKING:
    from local.carrier.behaviours import Behaviour
    from local.carrier.ses.call import SendCall

ACCOUNT_ID = "000000000000"
REGION = "us-east-1"
MAX_HEADER_BYTES = 10 * 1024
DELIVERY_ATTEMPTS_HOURS = 14
_BOUNCE_DETAILS = {
    ("Permanent", "General"): ("failed", "5.1.1", "smtp; 550 5.1.1 user unknown"),
    ("Permanent", "NoEmail"): ("failed", "5.1.1", "smtp; 550 5.1.1 mailbox does not exist"),
    ("Permanent", "Suppressed"): (
        "failed", "5.1.1", "Amazon SES has suppressed sending to this address",
    ),
    ("Permanent", "OnAccountSuppressionList"): (
        "failed", "5.1.1", "Amazon SES did not send: the address is on the account's list",
    ),
    ("Transient", "General"): ("failed", "4.4.7", "smtp; 421 4.4.7 message expired"),
    ("Transient", "MailboxFull"): ("failed", "4.2.2", "smtp; 452 4.2.2 mailbox full"),
    ("Transient", "MessageTooLarge"): ("failed", "5.3.4", "smtp; 552 5.3.4 message too large"),
    ("Transient", "ContentRejected"): ("failed", "5.7.1", "smtp; 554 5.7.1 content rejected"),
    ("Transient", "AttachmentRejected"): ("failed", "5.7.1", "smtp; 552 5.7.1 attachment blocked"),
    ("Undetermined", "Undetermined"): ("failed", "5.0.0", "smtp; 550 5.0.0 undetermined failure"),
}  # fmt: skip
_DELAY_DETAILS = {
    "MailboxFull": ("4.2.2", "smtp; 452 4.2.2 mailbox full"),
    "SpamDetected": ("4.7.1", "smtp; 421 4.7.1 deferred due to unusual volume"),
    "RecipientServerError": ("4.3.0", "smtp; 451 4.3.0 temporary failure"),
}
_OTHER_DELAY = ("4.4.1", "smtp; 421 4.4.1 Unable to connect to remote host")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A call that was accepted, with its identity and its own instant."""

    call: SendCall
    provider_message_id: str
    at: datetime


def accepted_instant(dated: datetime, provider_message_id: str) -> datetime:
    """Return when SES took a message: within the second after the one its Date header names."""
    return dated + timedelta(milliseconds=jitter(provider_message_id, "accepted", 5, 900))


def send_event(accepted: Accepted) -> Event:
    """SES took the message and will try to deliver it."""
    return _event("Send", accepted, accepted.at, {"send": {}})


def reject_event(accepted: Accepted) -> Event:
    """SES took the message, then found a virus in it and dropped it."""
    return _event("Reject", accepted, accepted.at, {"reject": {"reason": "Bad content"}})


def delivery_event(accepted: Accepted, recipient: str, later: timedelta) -> Event:
    """Tell that the recipient's server took the message, `later` than an undisturbed one."""
    took = _delta(accepted, f"delivery {recipient}", 300, 4000) + later
    at = accepted.at + took
    domain = recipient.rpartition("@")[2]
    delivery = {
        "timestamp": to_wire(at),
        "processingTimeMillis": took // timedelta(milliseconds=1),
        "recipients": [recipient],
        "smtpResponse": f"250 2.0.0 OK {accepted.provider_message_id[:16]} {domain}",
        "reportingMTA": "a8-50.smtp-out.amazonses.com",
    }
    return _event("Delivery", accepted, at, {"delivery": delivery})


def bounce_event(accepted: Accepted, recipient: str, behaviour: Behaviour) -> Event:
    """Tell that the message came back."""
    waited = timedelta(minutes=7) if behaviour.after_delivery else timedelta()
    at = accepted.at + waited + _delta(accepted, f"bounce {recipient}", 500, 6000)
    pair = (behaviour.bounce_type, behaviour.bounce_sub_type)
    action, status, diagnostic = _BOUNCE_DETAILS[pair]
    bounce = {
        "bounceType": pair[0],
        "bounceSubType": pair[1],
        "bouncedRecipients": [
            {
                "emailAddress": recipient,
                "action": action,
                "status": status,
                "diagnosticCode": diagnostic,
            }
        ],
        "timestamp": to_wire(at),
        "feedbackId": _feedback_id(accepted, f"bounce {recipient}"),
        "reportingMTA": "dns; a8-50.smtp-out.amazonses.com",
    }
    return _event("Bounce", accepted, at, {"bounce": bounce})


def complaint_event(accepted: Accepted, recipient: str, behaviour: Behaviour) -> Event:
    """Tell that the recipient called the message spam."""
    at = accepted.at + _delta(accepted, f"complaint {recipient}", 45_000, 240_000)
    complaint = {
        "complainedRecipients": [{"emailAddress": recipient}],
        "timestamp": to_wire(at),
        "feedbackId": _feedback_id(accepted, f"complaint {recipient}"),
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": behaviour.complaint_type,
        "arrivalDate": to_wire(at),
    }
    return _event("Complaint", accepted, at, {"complaint": complaint})


def delay_event(accepted: Accepted, recipient: str, behaviour: Behaviour) -> Event:
    """Tell that the recipient's server does not take the message yet."""
    at = accepted.at + _delta(accepted, f"delay {recipient}", 1000, 5000)
    status, diagnostic = _DELAY_DETAILS.get(behaviour.delay_type, _OTHER_DELAY)
    delay = {
        "timestamp": to_wire(at),
        "delayType": behaviour.delay_type,
        "expirationTime": to_wire(accepted.at + timedelta(hours=DELIVERY_ATTEMPTS_HOURS)),
        "delayedRecipients": [
            {"emailAddress": recipient, "status": status, "diagnosticCode": diagnostic}
        ],
    }
    return _event("DeliveryDelay", accepted, at, {"deliveryDelay": delay})


def _event(name: str, accepted: Accepted, at: datetime, details: dict[str, Any]) -> Event:
    mail = _mail(accepted, with_headers=name != "DeliveryDelay")
    if name == "Delivery":
        mail["tags"]["ses:outgoing-ip"] = ["192.0.2.50"]
    document = {"eventType": name, "mail": mail, **details}
    return Event(name, to_wire(at), json.dumps(document))


def _mail(accepted: Accepted, *, with_headers: bool) -> dict[str, Any]:
    call = accepted.call
    domain = parseaddr(call.sender)[1].rpartition("@")[2]
    headers, truncated = _headers(call)
    mail: dict[str, Any] = {
        "timestamp": to_wire(accepted.at),
        "source": call.sender,
        "sourceArn": f"arn:aws:ses:{REGION}:{ACCOUNT_ID}:identity/{domain}",
        "sendingAccountId": ACCOUNT_ID,
        "messageId": accepted.provider_message_id,
        "destination": list(call.recipients),
        "headersTruncated": truncated,
        "tags": _tags(call, domain),
    }
    if with_headers:
        mail["headers"] = headers
        mail["commonHeaders"] = _common_headers(accepted)
    return mail


def _headers(call: SendCall) -> tuple[list[dict[str, str]], bool]:
    """Return the original headers up to 10 KB, and whether some were left out."""
    headers: list[dict[str, str]] = []
    size = 0
    for name, value in call.envelope.headers:
        size += len(name) + len(value.encode()) + 4
        if size > MAX_HEADER_BYTES:
            return headers, True
        headers.append({"name": name, "value": value})
    return headers, False


def _common_headers(accepted: Accepted) -> dict[str, Any]:
    call = accepted.call
    common: dict[str, Any] = {
        "from": [call.envelope.sender or call.sender],
        "to": list(call.envelope.to or call.recipients),
        "messageId": accepted.provider_message_id,
        "subject": call.envelope.subject,
    }
    if call.envelope.cc:
        common["cc"] = list(call.envelope.cc)
    return common


def _tags(call: SendCall, domain: str) -> dict[str, list[str]]:
    tags = {
        "ses:operation": ["SendEmail"],
        "ses:configuration-set": [call.configuration_set or ""],
        "ses:source-ip": ["127.0.0.1"],
        "ses:from-domain": [domain],
        "ses:caller-identity": ["local"],
    }
    for name, value in call.tags:
        tags.setdefault(name, []).append(value)
    return tags


def _delta(accepted: Accepted, label: str, low_ms: int, high_ms: int) -> timedelta:
    return timedelta(milliseconds=jitter(accepted.provider_message_id, label, low_ms, high_ms))


def _feedback_id(accepted: Accepted, label: str) -> str:
    digest = hashlib.sha256(f"{accepted.provider_message_id}|{label}".encode()).hexdigest()
    return f"{digest[:16]}-{digest[16:24]}-{digest[24:28]}-{digest[28:32]}-{digest[32:44]}-000000"
