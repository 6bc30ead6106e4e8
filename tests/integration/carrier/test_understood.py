"""What the carrier tells is what the product understands: its own readers read the receipts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from regua.adapters.provider_reports import read_reports
from regua.application.inbound import InboundText
from regua.application.record_receipt import Receipt
from regua.domain.delivery import EventKind
from tests.unit.carrier.phone_messages import ANA_PHONE, DISPATCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regua.adapters.whatsapp_receipts import NumberChanged
    from tests.integration.carrier.harness import RunningCarrier

SENT, DELIVERED = EventKind.SENT, EventKind.DELIVERED


def reports(carrier: RunningCarrier) -> list[Receipt | InboundText | NumberChanged]:
    """Read what was published, each in SNS's envelope."""
    carrier.settle()
    stamp = "2026-03-01T12:00:00.000Z"
    envelopes = [
        json.dumps({"Type": "Notification", "Message": receipt.payload, "Timestamp": stamp})
        for receipt in carrier.publisher.published
    ]
    return [report for envelope in envelopes for report in read_reports(envelope)]


@pytest.mark.parametrize(
    ("send", "outcome", "kinds"),
    [
        ("send_text", "deliver", [SENT, SENT, DELIVERED]),
        ("send_text", "undeliverable", [SENT, EventKind.UNDELIVERED]),
        ("send_text", "invalid_number", [SENT, EventKind.HARD_BOUNCED]),
        ("send_call", "answered", [SENT, SENT, EventKind.ANSWERED, DELIVERED]),
        ("send_call", "busy", [SENT, EventKind.UNDELIVERED]),
        ("send_call", "no_answer", [SENT, SENT, EventKind.UNDELIVERED]),
        ("send_whatsapp", "deliver", [SENT, DELIVERED]),
        ("send_whatsapp", "read", [SENT, DELIVERED, EventKind.READ]),
        ("send_whatsapp", "undeliverable", [SENT, EventKind.UNDELIVERED]),
        ("send_whatsapp", "not_on_whatsapp", [SENT, EventKind.HARD_BOUNCED]),
    ],
)
def test_every_end_is_understood(
    carrier: RunningCarrier, send: str, outcome: str, kinds: Sequence[EventKind]
) -> None:
    carrier.behave(outcome)
    callback = f"credor-exemplo:{DISPATCH}"
    changes = {"biz_opaque_callback_data": callback} if send == "send_whatsapp" else {}
    getattr(carrier, send)(**changes)
    told = [report for report in reports(carrier) if isinstance(report, Receipt)]
    assert [receipt.kind for receipt in told] == kinds
    assert {(r.creditor_id, r.dispatch_id) for r in told} == {("credor-exemplo", DISPATCH)}
    assert [receipt.at for receipt in told] == sorted(receipt.at for receipt in told)


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_what_a_customer_writes_is_understood(carrier: RunningCarrier, channel: str) -> None:
    (carrier.send_text if channel == "sms" else carrier.send_whatsapp)()
    carrier.call("POST", "/replies", {"channel": channel, "from": ANA_PHONE, "text": "PARAR"})
    (told,) = (report for report in reports(carrier) if isinstance(report, InboundText))
    assert (told.channel, told.from_number, told.text) == (channel, ANA_PHONE, "PARAR")
