"""SES event-publishing JSON, inside its SNS envelope, becomes a receipt.

A server's own words may quote an address: only their codes are facts, the words are private.

Source: SES developer guide, "Examples of event data that Amazon SES publishes to Amazon SNS".
"""

import json
import re
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
    "reportingMTA": "reporting_mta",
    "remoteMtaIp": "remote_mta_ip",
    "processingTimeMillis": "processing_time_millis",
    "bounceType": "bounce_type",
    "bounceSubType": "bounce_sub_type",
    "complaintFeedbackType": "complaint_feedback_type",
    "delayType": "delay_type",
}
_PRIVATE = {"smtpResponse": "smtp_response", "reason": "provider_reason"}
_SMTP_CODE = re.compile(r"[245]\d\d(?: [245]\.\d{1,3}\.\d{1,3})?(?=[ -]|$)", re.ASCII)
"""A reply code, and an enhanced status code when there is one (RFC 5321 §4.2, RFC 3463)."""
_STATUS_CODE = re.compile(r"[245]\.\d{1,3}\.\d{1,3}", re.ASCII)
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
    dispatch_id = _tag(tags, "dispatch_id")
    creditor_id = _tag(tags, "creditor_id")
    return Receipt(
        dispatch_id=None if dispatch_id is None else DispatchId(dispatch_id),
        creditor_id=None if creditor_id is None else CreditorId(creditor_id),
        kind=kind,
        at=instant(section.get("timestamp") or mail["timestamp"]),
        event_id=section.get("feedbackId") or mail["messageId"],
        recipients=_recipients(section, mail),
        facts=facts | _codes(section),
        channel=Channel.EMAIL,
        private=_private(section, mail),
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


def _codes(section: Mapping[str, Any]) -> dict[str, str]:
    """Return what a server's answer comes to without its words."""
    answer = _SMTP_CODE.match(str(section.get("smtpResponse", "")))
    status = str(_bounced(section).get("status", ""))
    return {
        **({} if answer is None else {"smtp_code": answer[0]}),
        **({"status_code": status} if _STATUS_CODE.fullmatch(status) else {}),
    }


def _private(section: Mapping[str, Any], mail: Mapping[str, Any]) -> dict[str, str]:
    """Return what names people, or may: addresses, and other servers' own words."""
    words = {ours: str(section[theirs]) for theirs, ours in _PRIVATE.items() if theirs in section}
    diagnostic = _bounced(section).get("diagnosticCode")
    if diagnostic is not None:
        words["diagnostic_code"] = str(diagnostic)
    reached = _recipients(section, mail) or (
        *(section.get("recipients") or ()),
        *(mail.get("destination") or ()),
    )
    if reached:
        words["recipients"] = ",".join(dict.fromkeys(map(str, reached)))
    return words


def _bounced(section: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the first recipient of a bounce; empty when there is none."""
    return next((r for r in section.get("bouncedRecipients") or () if isinstance(r, Mapping)), {})
