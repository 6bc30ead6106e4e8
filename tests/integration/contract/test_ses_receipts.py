"""SES's published events, inside SNS's envelope, and what is made of them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.ses_receipts import read_receipt
from regua.application.record_receipt import Receipt
from regua.domain.delivery import EventKind
from regua.domain.errors import InvalidInput
from tests.shared_data import shared_data_path

TAGS = {"dispatch_id": ["d" * 32], "creditor_id": ["aurora"], "ses:source-ip": ["127.0.0.1"]}


def body(event: Any) -> str:  # noqa: ANN401 - any JSON
    return json.dumps({"Type": "Notification", "Message": json.dumps(event)})


def event(name: str, section: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    mail = {"messageId": "ses-1", "timestamp": "2026-11-10T12:00:00.000Z", "tags": TAGS}
    return {"eventType": name, "mail": mail, section: fields}


def read(found: dict[str, Any]) -> Receipt:
    receipt = read_receipt(body(found))
    assert receipt is not None
    return receipt


@pytest.mark.shared_data
def test_every_published_example_is_read() -> None:
    examples = json.loads(shared_data_path("ses_events.json").read_text())
    read_as = {
        e["eventType"]: read_receipt(body(e["payload"]))
        for e in examples
        if e.get("transport") == "sns_event_publishing"
    }
    kinds = {name: r.kind for name, r in read_as.items() if r is not None}
    assert kinds == {
        "Send": EventKind.SENT,
        "Delivery": EventKind.DELIVERED,
        "Bounce": EventKind.HARD_BOUNCED,
        "Complaint": EventKind.COMPLAINED,
        "Reject": EventKind.REJECTED,
        "DeliveryDelay": EventKind.DELAYED,
    }
    ignored = {name for name, r in read_as.items() if r is None}
    assert ignored == {"Open", "Click", "Rendering Failure", "Subscription"}
    for receipt in filter(None, read_as.values()):
        assert receipt.event_id
        assert receipt.facts["provider_message_id"]
        assert receipt.at.tzinfo is not None
    bounce, complaint = read_as["Bounce"], read_as["Complaint"]
    assert bounce is not None
    assert complaint is not None
    assert bounce.recipients
    assert complaint.recipients
    assert bounce.facts["bounce_type"] == "Permanent"


def test_the_tags_say_whose_message_it_was() -> None:
    receipt = read(event("Send", "send"))
    assert (receipt.dispatch_id, receipt.creditor_id) == ("d" * 32, "aurora")
    assert (receipt.kind, receipt.event_id) == (EventKind.SENT, "ses-1")


@pytest.mark.parametrize("tags", [{}, {"dispatch_id": []}, {"outro": ["x"]}])
def test_a_message_of_another_sender_is_read_and_belongs_to_nobody(tags: dict[str, Any]) -> None:
    found = event("Delivery", "delivery", timestamp="2026-11-10T12:00:05.000Z")
    found["mail"]["tags"] = tags
    receipt = read(found)
    assert (receipt.dispatch_id, receipt.creditor_id) == (None, None)


@pytest.mark.parametrize(
    ("bounce_type", "kind"),
    [
        ("Permanent", EventKind.HARD_BOUNCED),
        ("Transient", EventKind.SOFT_BOUNCED),
        ("Undetermined", EventKind.SOFT_BOUNCED),
    ],
)
def test_only_a_permanent_bounce_is_hard(bounce_type: str, kind: EventKind) -> None:
    receipt = read(
        event(
            "Bounce",
            "bounce",
            bounceType=bounce_type,
            bounceSubType="General",
            feedbackId="fb-1",
            timestamp="2026-11-10T12:00:05.000Z",
            bouncedRecipients=[
                {"emailAddress": "maria@cliente.example.com.br", "status": "5.1.1"},
                {"emailAddress": "ana@cliente.example.com.br"},
            ],
        )
    )
    assert (receipt.kind, receipt.event_id) == (kind, "fb-1")
    assert receipt.recipients == ("maria@cliente.example.com.br", "ana@cliente.example.com.br")
    assert receipt.facts["status_code"] == "5.1.1"
    assert receipt.facts["bounce_sub_type"] == "General"


def test_a_complaint_names_who_complained_and_how() -> None:
    receipt = read(
        event(
            "Complaint",
            "complaint",
            complainedRecipients=[{"emailAddress": "maria@cliente.example.com.br"}],
            complaintFeedbackType="abuse",
            feedbackId="fb-2",
            timestamp="2026-11-10T12:00:05.000Z",
        )
    )
    assert receipt.recipients == ("maria@cliente.example.com.br",)
    assert receipt.facts["complaint_feedback_type"] == "abuse"


def test_the_facts_of_a_receipt_hold_no_address() -> None:
    receipt = read(
        event(
            "Bounce",
            "bounce",
            bounceType="Permanent",
            timestamp="2026-11-10T12:00:05.000Z",
            bouncedRecipients=[
                {
                    "emailAddress": "maria@cliente.example.com.br",
                    "status": "5.1.1 <maria@cliente.example.com.br>",
                    "diagnosticCode": "smtp; 550 5.1.1 <maria@cliente.example.com.br> unknown",
                }
            ],
            smtpResponse="550 <maria@cliente.example.com.br> unknown",
        )
    )
    assert "maria" not in json.dumps([receipt.event_id, *receipt.facts.values()])
    assert receipt.facts["smtp_code"] == "550"
    assert receipt.private == {
        "smtp_response": "550 <maria@cliente.example.com.br> unknown",
        "diagnostic_code": "smtp; 550 5.1.1 <maria@cliente.example.com.br> unknown",
        "recipients": "maria@cliente.example.com.br",
    }


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("250 2.6.0 Message received", "250 2.6.0"),
        ("250 ok dirdel", "250"),
        ("250-8BITMIME", "250"),
        ("451", "451"),
        ("550 5.1.1 <maria@cliente.example.com.br> unknown", "550 5.1.1"),
        ("2500 ok", None),
        ("ok 250", None),
        ("", None),
    ],
)
def test_of_a_server_s_answer_only_the_code_is_a_fact(words: str, code: str | None) -> None:
    found = event(
        "Delivery",
        "delivery",
        timestamp="2026-11-10T12:00:05.000Z",
        smtpResponse=words,
        recipients=["maria@cliente.example.com.br"],
        remoteMtaIp="192.0.2.7",
    )
    receipt = read(found)
    assert receipt.facts.get("smtp_code") == code
    assert receipt.facts["remote_mta_ip"] == "192.0.2.7"
    assert receipt.private["smtp_response"] == words
    assert receipt.private["recipients"] == "maria@cliente.example.com.br"
    assert receipt.recipients == (), "a delivery ends no address"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"x"',
        "{}",
        '{"Message": 7}',
        '{"Message": "não é JSON"}',
        '{"Message": "[]"}',
        '{"Message": "{}"}',
        body({"eventType": "Delivery"}),
        body({"eventType": "Delivery", "mail": {"messageId": "x"}, "delivery": {}}),
        body({"eventType": "Delivery", "mail": [], "delivery": {}}),
        body({"eventType": "Bounce", "mail": {"messageId": "x"}, "bounce": {}}),
        body(event("Delivery", "delivery", timestamp="ontem")),
    ],
)
def test_what_is_no_ses_event_is_refused_and_nothing_else_breaks(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_receipt(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(json_values, st.sampled_from(["Send", "Delivery", "Bounce", "Complaint", "DeliveryDelay"]))
def test_any_json_is_a_receipt_or_refused(value: Any, name: str) -> None:  # noqa: ANN401
    sections = {"send": value, "delivery": value, "bounce": value, "complaint": value}
    for found in (value, {"eventType": name, "mail": value, **sections}):
        try:
            read_receipt(body(found))
        except InvalidInput:
            continue
