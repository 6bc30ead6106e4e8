"""What providers tell on their topics, whichever provider it is: reports, and what customers wrote.

Each provider's own module reads its shapes; here only the shape is recognised.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from regua.adapters import ses_receipts, sms_voice_receipts, whatsapp_receipts
from regua.adapters.whatsapp_receipts import NumberChanged
from regua.application.inbound import InboundText
from regua.application.record_receipt import Receipt

Report = Receipt | InboundText | NumberChanged


def read_reports(body: str) -> Sequence[Report]:
    """Read one SQS body: what it tells, in its order; nothing when it tells nothing of ours.

    Raises:
        InvalidInput: the body is no provider's.
    """
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
