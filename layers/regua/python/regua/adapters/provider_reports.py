"""What providers tell on their topics, whichever provider it is: reports, and what customers wrote.

Each provider's own module reads its shapes; here only the shape is recognised, and the envelope
kept with what it told.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from regua.adapters import ses_receipts, sms_voice_receipts, whatsapp_receipts
from regua.adapters.whatsapp_receipts import NumberChanged
from regua.application.inbound import InboundText
from regua.application.record_receipt import Receipt

_UNCHECKED: Mapping[str, str] = MappingProxyType({})
Report = Receipt | InboundText | NumberChanged


def read_reports(body: str, envelope: Mapping[str, str] = _UNCHECKED) -> Sequence[Report]:
    """Read one SQS body: what it tells, in its order; nothing when it tells nothing of ours.

    Every receipt and every text carries the body's exact bytes as its ``raw``. A body that speaks
    of several people is nobody's evidence: it would show one's number in another's report, and
    only its hash is kept.

    Args:
        body: what the queue handed over.
        envelope: facts about who signed it, to stand with what it tells.

    Raises:
        InvalidInput: the body is no provider's.
    """
    reports, raw = _read(body), body.encode()
    if len(set(map(_whose, reports))) > 1:
        shared = {**envelope, "shared_envelope_sha256": sha256(raw).hexdigest()}
        return tuple(_with(report, b"", shared) for report in reports)
    return tuple(_with(report, raw, envelope) for report in reports)


def _whose(report: Report) -> str | None:
    """Return who is spoken of: a number by its digits, or what stands for somebody."""
    match report:
        case Receipt(dispatch_id=dispatch_id, private=private):
            return private.get("recipients", "").lstrip("+") or dispatch_id
        case InboundText(from_number=number) | NumberChanged(old_number=number):
            return number.lstrip("+")


def _with(report: Report, raw: bytes, envelope: Mapping[str, str]) -> Report:
    match report:
        case Receipt(facts=facts):
            return replace(report, raw=raw or None, facts={**facts, **envelope})
        case InboundText():
            return replace(report, raw=raw, envelope=envelope)
        case NumberChanged():
            return report


def _read(body: str) -> Sequence[Report]:
    told = _told(body)
    if "whatsAppWebhookEntry" in told:
        report = whatsapp_receipts.read_report(body)
        return (*report.receipts, *report.texts, *report.changed_numbers)
    if "messageBody" in told and "originationNumber" in told:
        return (sms_voice_receipts.read_inbound(body),)
    is_text_or_call = str(told.get("eventType", "")).startswith(("TEXT_", "VOICE_"))
    read = sms_voice_receipts.read_receipt if is_text_or_call else ses_receipts.read_receipt
    receipt = read(body)
    return () if receipt is None else (receipt,)


def _told(body: str) -> Mapping[str, Any]:
    """Return what an envelope carries, as far as it can be read; its reader says what is wrong."""
    try:
        message = json.loads(json.loads(body)["Message"])
    except (KeyError, TypeError, ValueError):
        return {}
    return message if isinstance(message, dict) else {}
