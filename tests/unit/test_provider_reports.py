"""Whatever a provider tells carries its envelope, byte for byte."""

import json
from hashlib import sha256

from regua.adapters.provider_reports import read_reports
from regua.adapters.whatsapp_receipts import NumberChanged
from regua.application.record_receipt import Receipt
from regua.domain.ids import CreditorId, DispatchId
from regua.domain.whatsapp_templates import join_key
from tests.unit import test_sms_voice_receipts as sms_voice
from tests.unit import test_whatsapp_receipts as whatsapp

EMAIL = json.dumps(
    {
        "Type": "Notification",
        "Signature": "RkFLRQ==",
        "Message": json.dumps(
            {
                "eventType": "Send",
                "mail": {"messageId": "ses-1", "timestamp": "2026-11-10T12:00:00.000Z"},
                "send": {},
                "olá": "é",
            },
            ensure_ascii=False,
        ),
    },
    ensure_ascii=False,
    indent=1,
)


def test_every_receipt_and_every_text_carries_the_exact_envelope() -> None:
    entry = whatsapp.entry(
        [whatsapp.status("sent"), whatsapp.status("read")],
        messages=[whatsapp.message("text", text={"body": "olá"})],
    )
    bodies = [
        EMAIL,
        sms_voice.envelope(sms_voice.event()),
        sms_voice.envelope(sms_voice.INBOUND),
        whatsapp.body(entry),
    ]
    told = [(body, report) for body in bodies for report in read_reports(body)]
    assert len(told) == 6
    for body, report in told:
        assert not isinstance(report, NumberChanged)
        assert report.raw == body.encode()
        assert "raw" not in repr(report)


def test_what_tells_nothing_of_ours_is_no_report() -> None:
    assert read_reports(json.dumps({"Message": json.dumps({"eventType": "Open"})})) == ()


def test_a_body_that_speaks_of_several_people_is_in_nobodys_evidence() -> None:
    """One customer's number must not be shown in another's report."""
    other = whatsapp.status(
        "read",
        recipient_id="5521999990000",
        biz_opaque_callback_data=join_key(CreditorId("boreal"), DispatchId("e" * 32)),
    )
    body = whatsapp.body(whatsapp.entry([whatsapp.status("sent"), other]))
    digest = sha256(body.encode()).hexdigest()
    for report in read_reports(body, {"envelope": "verified"}):
        assert isinstance(report, Receipt)
        assert report.raw is None
        assert report.facts["shared_envelope_sha256"] == digest
        assert report.facts["envelope"] == "verified"
