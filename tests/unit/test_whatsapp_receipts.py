"""WhatsApp's webhooks inside AWS's message inside SNS's envelope, and what is made of them."""

import hashlib
import json
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.carrier.behaviours import FAILURE_CODES
from regua.adapters.whatsapp_receipts import (
    FAILURES,
    NumberChanged,
    WhatsAppReport,
    read_report,
)
from regua.application.inbound import InboundText
from regua.application.record_receipt import Receipt
from regua.domain.delivery import EventKind
from regua.domain.errors import InvalidInput
from regua.domain.ids import CreditorId, DispatchId
from regua.domain.phones import same_whatsapp
from regua.domain.ruler import Channel
from regua.domain.whatsapp_templates import (
    ReplyButton,
    join_key,
    read_reply_payload,
    reply_payload,
)
from tests.shared_data import shared_data_path

CREDITOR, DISPATCH = CreditorId("aurora"), DispatchId("d" * 32)
WAMID = "wamid.HBgNNTUxMTk4NzY1NDMyMRUCABEYEjQ"
NAMED = f"wamid-{hashlib.sha256(WAMID.encode()).hexdigest()[:32]}"
NAMED_IN = f"wamid-{hashlib.sha256(b'wamid.IN').hexdigest()[:32]}"
AWS_ID = "6d69f07a-c317-4278-9d5c-6a84078419ec"
NUMBER_ARN = "arn:aws:social-messaging:sa-east-1:000000000000:phone-number-id/976c72a7example"
ORIGIN = "phone-number-id-976c72a7example"
AT = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
TIMESTAMP = str(int(AT.timestamp()))


def status(name: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    fields: dict[str, Any] = {
        "id": WAMID,
        "status": name,
        "timestamp": TIMESTAMP,
        "recipient_id": "5511987654321",
        "biz_opaque_callback_data": join_key(CREDITOR, DISPATCH),
    }
    return {**fields, **changes}


def failed(code: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    error = {"code": code, "title": "x", "error_data": {"details": "+55 11 98765-4321"}}
    return status("failed", errors=[error], **changes)


def message(kind: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    fields: dict[str, Any] = {
        "from": "5511987654321",
        "id": "wamid.IN",
        "timestamp": TIMESTAMP,
        "type": kind,
    }
    return {**fields, **changes}


def entry(
    statuses: list[Any] | None = None,
    messages: list[Any] | None = None,
    field: str = "messages",
) -> dict[str, Any]:
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "551140001234", "phone_number_id": "4627"},
    }
    if statuses is not None:
        value["statuses"] = statuses
    if messages is not None:
        value["messages"] = messages
    return {"id": "5031", "changes": [{"value": value, "field": field}]}


def envelope(payload: Any) -> str:  # noqa: ANN401 - any JSON
    return json.dumps({"Type": "Notification", "Message": json.dumps(payload)})


def body(found: Any, **changes: Any) -> str:  # noqa: ANN401 - any JSON
    fields: dict[str, Any] = {
        "context": {
            "MetaWabaIds": [],
            "MetaPhoneNumberIds": [{"metaPhoneNumberId": "4627", "arn": NUMBER_ARN}],
        },
        "whatsAppWebhookEntry": json.dumps(found),
        "aws_account_id": "000000000000",
        "message_timestamp": "2026-11-10T12:00:00.271279391Z",
        "messageId": AWS_ID,
    }
    return envelope({**fields, **changes})


def receipt(found: dict[str, Any]) -> Receipt:
    (read,) = read_report(body(entry([found]))).receipts
    return read


def text(found: dict[str, Any]) -> InboundText:
    (read,) = read_report(body(entry(messages=[found]))).texts
    return read


@pytest.mark.shared_data
def test_every_recorded_payload_of_whatsapp_is_read_or_known_to_be_something_else() -> None:
    recorded = json.loads(shared_data_path("wa_sms_events.json").read_text())
    events = [e for e in recorded if e.get("channel") == "whatsapp"]
    read: dict[str, WhatsAppReport] = {}
    refused: set[str] = set()
    for event in events:
        try:
            read[event["name"]] = read_report(envelope(event["payload"]))
        except InvalidInput:
            refused.add(event["name"])
    kinds = {name: r.receipts[0].kind for name, r in read.items() if r.receipts}
    assert kinds == {
        "wa.sns.status.sent": EventKind.SENT,
        "wa.sns.status.delivered": EventKind.DELIVERED,
        "wa.sns.status.read": EventKind.READ,
        "wa.sns.status.failed": EventKind.HARD_BOUNCED,
    }
    said = {name: (r.texts[0].text, r.texts[0].payload) for name, r in read.items() if r.texts}
    assert said == {
        "wa.sns.inbound.image": ("", None),
        "wa.sns.inbound.text": ("Does it come in another color?", None),
        "wa.sns.inbound.template_button": ("Quero negociar", "NEGOCIAR:01J9ZK3"),
    }
    # EventBridge names neither recipient nor our key, and a raw webhook is not signed by SNS.
    assert refused == {e["name"] for e in events if not e["name"].startswith("wa.sns.")}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("accepted", EventKind.SENT),
        ("sent", EventKind.SENT),
        ("delivered", EventKind.DELIVERED),
        ("read", EventKind.READ),
    ],
)
def test_a_status_says_whose_message_it_was_when_and_what_became_of_it(
    name: str, kind: EventKind
) -> None:
    assert receipt(status(name)) == Receipt(
        dispatch_id=DISPATCH,
        creditor_id=CREDITOR,
        kind=kind,
        at=AT,
        event_id=f"{NAMED}:{name}",
        recipients=(),
        facts={"status": name, "provider_message_id": NAMED, "aws_message_id": AWS_ID},
        channel=Channel.WHATSAPP,
        private={"wamid": WAMID, "recipients": "+5511987654321"},
    )


def test_the_price_category_is_kept_as_it_was_billed() -> None:
    pricing = {
        "billable": False,
        "pricing_model": "PMP",
        "type": "free_customer_service",
        "category": "utility",
    }
    facts = receipt(status("sent", pricing=pricing)).facts
    assert {k: v for k, v in facts.items() if k.startswith("pricing_")} == {
        "pricing_billable": "false",
        "pricing_model": "PMP",
        "pricing_type": "free_customer_service",
        "pricing_category": "utility",
    }


def test_the_second_copy_of_a_status_is_the_same_fact_and_another_status_is_another() -> None:
    """SNS and Meta repeat; AWS gives each copy a new id of its own."""
    (one,) = read_report(body(entry([status("read")]))).receipts
    (copy,) = read_report(body(entry([status("read")]), messageId="another")).receipts
    assert copy.event_id == one.event_id
    ids = {receipt(status(n)).event_id for n in ("accepted", "sent", "delivered", "read")}
    assert len(ids) == 4


def test_several_statuses_of_one_entry_are_all_read_in_order() -> None:
    statuses = [
        status("delivered"),
        status("deleted"),
        failed(131026, id="wamid.2"),
        status("read"),
    ]
    report = read_report(body(entry(statuses)))
    assert [(r.kind, r.private["wamid"]) for r in report.receipts] == [
        (EventKind.DELIVERED, WAMID),
        (EventKind.HARD_BOUNCED, "wamid.2"),
        (EventKind.READ, WAMID),
    ]


@pytest.mark.parametrize("name", ["deleted", "warning", "something_new"])
def test_a_status_that_says_nothing_of_delivery_is_left_out(name: str) -> None:
    assert read_report(body(entry([status(name)]))) == WhatsAppReport()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (131026, EventKind.HARD_BOUNCED),
        (131021, EventKind.HARD_BOUNCED),
        (131050, EventKind.REJECTED),
        (131049, EventKind.REJECTED),
        (131048, EventKind.REJECTED),
        (131047, EventKind.REJECTED),
        (131031, EventKind.REJECTED),
        (368, EventKind.REJECTED),
        (132001, EventKind.REJECTED),
        (132015, EventKind.REJECTED),
        (130472, EventKind.UNDELIVERED),
        (131000, EventKind.UNDELIVERED),
        (131056, EventKind.UNDELIVERED),
        (999999, EventKind.UNDELIVERED),
    ],
)
def test_a_failures_code_decides_what_it_means(code: int, kind: EventKind) -> None:
    read = receipt(failed(code))
    assert (read.kind, read.facts["error_code"]) == (kind, str(code))


def test_only_a_dead_number_ends_an_address() -> None:
    dead = {code for code, kind in FAILURES.items() if kind is EventKind.HARD_BOUNCED}
    assert dead == {131026, 131021}


def test_every_failure_that_the_carrier_plays_is_in_the_table() -> None:
    assert {int(code) for code in FAILURE_CODES["whatsapp"]} <= set(FAILURES)


def test_a_failure_without_a_code_leaves_the_address_alone() -> None:
    read = receipt(status("failed"))
    assert read.kind is EventKind.UNDELIVERED
    assert "error_code" not in read.facts


@pytest.mark.parametrize(
    ("wa_id", "spellings"),
    [
        ("5511987654321", ("+5511987654321",)),
        ("553187654321", ("+553187654321", "+5531987654321")),
        ("551134567890", ("+551134567890",)),
        ("351912345678", ("+351912345678",)),
        ("", ()),
    ],
)
def test_a_dead_number_is_named_in_every_spelling_it_may_be_stored_in(
    wa_id: str, spellings: tuple[str, ...]
) -> None:
    assert receipt(failed(131026, recipient_id=wa_id)).recipients == spellings
    assert all(same_whatsapp(spellings[0], other) for other in spellings[1:])


def test_the_facts_of_a_receipt_hold_no_number() -> None:
    found = receipt(failed(131026))
    facts = json.dumps([found.event_id, *found.facts.values()])
    assert "98765" not in facts
    spelled = WAMID.removeprefix("wamid.")
    assert b"5511987654321" in b64decode(spelled + "="), "Meta's id spells the number"
    assert spelled not in facts
    assert found.private == {
        "wamid": WAMID,
        "recipients": "+5511987654321",
        "error_title": "x",
        "error_details": "+55 11 98765-4321",
    }


@pytest.mark.parametrize("key", [None, "", "msg_01J9ZK3", "aurora:curto"])
def test_a_message_of_another_sender_is_read_and_belongs_to_nobody(key: str | None) -> None:
    found = status("sent")
    del found["biz_opaque_callback_data"]
    read = receipt(found if key is None else {**found, "biz_opaque_callback_data": key})
    assert (read.dispatch_id, read.creditor_id) == (None, None)


def test_a_text_says_who_wrote_what_to_which_number_and_when() -> None:
    context = {"from": "551140001234", "id": WAMID}
    assert text(message("text", text={"body": "já paguei"}, context=context)) == InboundText(
        channel=Channel.WHATSAPP,
        from_number="+5511987654321",
        to_number=ORIGIN,
        text="já paguei",
        at=AT,
        event_id=NAMED_IN,
        previous_provider_message_id=NAMED,
        payload=None,
    )


def test_a_tapped_button_brings_back_the_message_it_stood_under() -> None:
    payload = reply_payload(ReplyButton.PAID, CREDITOR, DISPATCH)
    read = text(message("button", button={"text": "Já paguei", "payload": payload}))
    assert read.text == "Já paguei"
    assert read.payload is not None
    reply = read_reply_payload(read.payload)
    assert reply is not None
    assert (reply.button, reply.dispatch_id) == (ReplyButton.PAID, DISPATCH)


@pytest.mark.parametrize("kind", ["button_reply", "list_reply"])
def test_a_choice_of_an_interactive_message_is_a_button_too(kind: str) -> None:
    chosen = {"type": kind, kind: {"id": "stop", "title": "Parar"}}
    read = text(message("interactive", interactive=chosen))
    assert (read.text, read.payload) == ("Parar", "stop")


@pytest.mark.parametrize(
    ("kind", "part", "said"),
    [
        ("image", {"id": "53", "mime_type": "image/jpeg"}, ""),
        ("image", {"id": "53", "caption": "segue o comprovante"}, "segue o comprovante"),
        ("document", {"id": "53", "caption": "parar"}, "parar"),
        ("audio", {"id": "53", "voice": True}, ""),
        ("sticker", {"id": "53"}, ""),
        ("location", {"latitude": -23.5}, ""),
        ("contacts", [{"name": {}}], ""),
        ("unsupported", None, ""),
    ],
)
def test_media_is_a_message_without_words_but_its_caption(
    kind: str, part: object, said: str
) -> None:
    read = text(message(kind, **({kind: part} if part else {})))
    assert (read.text, read.event_id) == (said, NAMED_IN)


@pytest.mark.parametrize("kind", ["reaction", "request_welcome"])
def test_what_nobody_wrote_is_no_message(kind: str) -> None:
    assert read_report(body(entry(messages=[message(kind)]))) == WhatsAppReport()


def test_a_sender_whom_whatsapp_does_not_name_has_no_number() -> None:
    found = message("text", text={"body": "oi"})
    del found["from"]
    assert text(found).from_number == ""


@pytest.mark.parametrize(
    "system",
    [
        {"type": "user_changed_number", "wa_id": "5511912345678", "body": "x"},
        {"type": "customer_changed_number", "new_wa_id": "5511912345678"},
    ],
)
def test_a_changed_number_is_told_with_the_old_one_and_is_no_text(system: dict[str, str]) -> None:
    report = read_report(body(entry(messages=[message("system", system=system)])))
    changed = NumberChanged("+5511987654321", "+5511912345678", AT, "wamid.IN")
    assert report == WhatsAppReport(changed_numbers=(changed,))


def test_another_system_message_tells_nothing() -> None:
    found = message("system", system={"type": "user_changed_user_id"})
    assert read_report(body(entry(messages=[found]))) == WhatsAppReport()


@pytest.mark.parametrize(
    ("numbers", "to"),
    [
        ([{"metaPhoneNumberId": "4627", "arn": NUMBER_ARN}], ORIGIN),
        ([{"metaPhoneNumberId": "other", "arn": NUMBER_ARN}], ORIGIN),
        (
            [
                {"metaPhoneNumberId": "1", "arn": "arn:x:phone-number-id/first"},
                {"metaPhoneNumberId": "4627", "arn": NUMBER_ARN},
            ],
            ORIGIN,
        ),
        ([], "+551140001234"),
        (
            [{"metaPhoneNumberId": "1", "arn": "x"}, {"metaPhoneNumberId": "2", "arn": "y"}],
            "+551140001234",
        ),
    ],
)
def test_our_number_is_named_as_the_creditors_set_up_names_it(
    numbers: list[dict[str, str]], to: str
) -> None:
    found = entry(messages=[message("text", text={"body": "oi"})])
    (read,) = read_report(body(found, context={"MetaPhoneNumberIds": numbers})).texts
    assert read.to_number == to


def test_statuses_and_messages_of_one_entry_are_both_read() -> None:
    found = entry([status("read")], [message("text", text={"body": "oi"}), message("audio")])
    report = read_report(body(found))
    assert (len(report.receipts), len(report.texts)) == (1, 2)


def test_an_entry_about_something_else_tells_nothing() -> None:
    found = entry(field="message_template_status_update")
    assert read_report(body(found)) == WhatsAppReport()


@pytest.mark.parametrize(
    "found",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"Message": 7}',
        '{"Message": "não é JSON"}',
        '{"Message": "{}"}',
        envelope({"whatsAppWebhookEntry": {"changes": []}}),
        envelope({"whatsAppWebhookEntry": "{}"}),
        envelope({"whatsAppWebhookEntry": "não é JSON"}),
        body({"changes": {}}),
        body(entry([{"status": "sent"}])),
        body(entry([status("sent", timestamp="ontem")])),
        body(entry([status("sent", timestamp="9" * 30)])),
        body(entry([status("sent", timestamp=1)])),
        body(entry([status("failed", errors=[{}])])),
        body(entry([status("sent", id=None)])),
        body(entry(messages=[message("text")])),
        body(entry(messages=[message("text", text={"body": 7})])),
    ],
)
def test_what_is_no_whatsapp_event_is_refused_and_nothing_else_breaks(found: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_report(found)
    assert "98765" not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
STATUS_FIELDS = sorted({*status("sent"), "errors", "pricing"})
MESSAGE_FIELDS = sorted({*message("text"), "button", "image", "context"})


@given(json_values, st.sampled_from(STATUS_FIELDS), st.sampled_from(MESSAGE_FIELDS))
def test_any_json_in_any_place_is_read_or_refused(
    value: Any,  # noqa: ANN401 - any JSON
    status_field: str,
    message_field: str,
) -> None:
    tapped = message("button", button={"text": "x", "payload": "y"})
    for found in (
        value,
        entry([{**failed(131026), status_field: value}]),
        entry(messages=[{**tapped, message_field: value}]),
        entry(messages=[{**tapped, "context": {"id": value}}]),
        entry(messages=[message("button", button={"text": "x", "payload": value})]),
        entry(messages=[{**message("interactive"), "interactive": value}]),
        entry(messages=[{**message("system"), "system": value}]),
    ):
        try:
            report = read_report(body(found))
        except InvalidInput:
            continue
        assert all(isinstance(v, str) for r in report.receipts for v in r.facts.values())
        assert all(isinstance(t.payload, str | None) for t in report.texts)
        assert all(isinstance(t.previous_provider_message_id, str | None) for t in report.texts)
