"""SES event-publishing JSON, inside its SNS envelope, becomes a receipt.

Source: SES developer guide, "Examples of event data that Amazon SES publishes to Amazon SNS".
"""

import json
from collections.abc import Mapping
from typing import Any

from regua.adapters.records import instant
from regua.application.record_receipt import Receipt
from regua.domain.delivery import EventKind
from regua.domain.errors import InvalidInput
from regua.domain.ids import CreditorId, DispatchId
from regua.domain.ruler import Channel

_KINDS = {
    "Send": EventKind.SENT,
    "Delivery": EventKind.DELIVERED,
    "DeliveryDelay": EventKind.DELAYED,
    "Reject": EventKind.REJECTED,
    "Complaint": EventKind.COMPLAINED,
}
_SECTIONS = {
    "Send": "send",
    "Delivery": "delivery",
    "DeliveryDelay": "deliveryDelay",
    "Reject": "reject",
    "Complaint": "complaint",
    "Bounce": "bounce",
}
_FACTS = {
    "smtpResponse": "smtp_response",
    "reportingMTA": "reporting_mta",
    "remoteMtaIp": "remote_mta_ip",
    "processingTimeMillis": "processing_time_millis",
    "bounceType": "bounce_type",
    "bounceSubType": "bounce_sub_type",
    "complaintFeedbackType": "complaint_feedback_type",
    "delayType": "delay_type",
    "reason": "provider_reason",
}
_RECIPIENTS = ("bouncedRecipients", "complainedRecipients", "delayedRecipients")


def read_receipt(body: str) -> Receipt | None:
    """Read one SQS body: an SNS envelope around an SES event.

    Returns:
        The receipt, or None for an event type that says nothing about delivery.

    Raises:
        InvalidInput: the body is not such an envelope.
    """
    try:
        return _receipt(json.loads(json.loads(body)["Message"]))
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise InvalidInput.at("Message", f"not an SES event: {type(exc).__name__}") from exc


def _receipt(event: Mapping[str, Any]) -> Receipt | None:
    name = event["eventType"]
    if name not in _SECTIONS:
        return None
    mail = event["mail"]
    section = event.get(_SECTIONS[name]) or {}
    kind = _KINDS.get(name) or _bounce_kind(section)
    tags = mail.get("tags", {})
    facts = {ours: str(section[theirs]) for theirs, ours in _FACTS.items() if theirs in section}
    facts["provider_message_id"] = mail["messageId"]
    facts |= _diagnostic(section)
    dispatch_id = _tag(tags, "dispatch_id")
    creditor_id = _tag(tags, "creditor_id")
    return Receipt(
        dispatch_id=None if dispatch_id is None else DispatchId(dispatch_id),
        creditor_id=None if creditor_id is None else CreditorId(creditor_id),
        kind=kind,
        at=instant(section.get("timestamp") or mail["timestamp"]),
        event_id=section.get("feedbackId") or mail["messageId"],
        recipients=_recipients(section, mail),
        facts=facts,
        channel=Channel.EMAIL,
    )


def _bounce_kind(bounce: Mapping[str, Any]) -> EventKind:
    permanent = bounce["bounceType"] == "Permanent"
    return EventKind.HARD_BOUNCED if permanent else EventKind.SOFT_BOUNCED


def _tag(tags: Mapping[str, Any], name: str) -> str | None:
    values = tags.get(name)
    return values[0] if values else None


def _recipients(section: Mapping[str, Any], mail: Mapping[str, Any]) -> tuple[str, ...]:
    """Return whom the report speaks of, and whom we wrote to: forwarding makes them differ."""
    listed = (section.get(name) for name in _RECIPIENTS)
    spoken_of = [r["emailAddress"] for recipients in listed for r in recipients or ()]
    return tuple(dict.fromkeys([*spoken_of, *mail.get("destination", ())])) if spoken_of else ()


def _diagnostic(section: Mapping[str, Any]) -> dict[str, str]:
    for recipient in section.get("bouncedRecipients", ()):
        names = (("status", "status_code"), ("diagnosticCode", "diagnostic_code"))
        return {ours: recipient[theirs] for theirs, ours in names if theirs in recipient}
    return {}
