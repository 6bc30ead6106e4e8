"""Events of texts and calls, as recorded, and what is made of them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.sms_voice_receipts import KINDS, read_inbound, read_receipt
from regua.application.inbound import InboundText
from regua.application.record_receipt import Receipt
from regua.domain.delivery import EventKind
from regua.domain.errors import InvalidInput
from regua.domain.ruler import Channel
from tests.shared_data import shared_data_path

MILLISECONDS = 1_794_312_000_377
AT = datetime(2026, 11, 10, 12, 0, 0, 377_000, tzinfo=UTC)
CONTEXT = {"dispatch_id": "d" * 32, "creditor_id": "aurora", "step": "vencida-3"}
NUMBER = "+5511987654321"
INBOUND = {
    "originationNumber": NUMBER,
    "destinationNumber": "+551140000000",
    "messageKeyword": "KEYWORD_123456789012",
    "messageBody": "SAIR",
    "inboundMessageId": "in-1",
    "previousPublishedMessageId": "sms-1",
}
RECORDED = {
    "sms.config_set.successful": EventKind.SENT,
    "sms.config_set.text_queued": EventKind.SENT,
    "sms.config_set.text_sent": EventKind.SENT,
    "sms.config_set.text_pending": EventKind.SENT,
    "sms.config_set.text_delivered": EventKind.DELIVERED,
    "sms.config_set.text_invalid": EventKind.HARD_BOUNCED,
    "sms.config_set.text_invalid_message": EventKind.REJECTED,
    "sms.config_set.text_unreachable": EventKind.UNDELIVERED,
    "sms.config_set.text_carrier_unreachable": EventKind.UNDELIVERED,
    "sms.config_set.text_blocked": EventKind.REJECTED,
    "sms.config_set.text_carrier_blocked": EventKind.REJECTED,
    "sms.config_set.text_spam": EventKind.REJECTED,
    "sms.config_set.text_unknown": EventKind.UNKNOWN,
    "sms.config_set.text_ttl_expired": EventKind.UNDELIVERED,
    "sms.config_set.text_protect_blocked": EventKind.REJECTED,
    "sms.eventbridge.successful": EventKind.SENT,
    "voice.config_set.voice_initiated": EventKind.SENT,
    "voice.config_set.voice_ringing": EventKind.SENT,
    "voice.config_set.voice_answered": EventKind.ANSWERED,
    "voice.config_set.voice_completed": EventKind.DELIVERED,
    "voice.config_set.voice_busy": EventKind.UNDELIVERED,
    "voice.config_set.voice_no_answer": EventKind.UNDELIVERED,
    "voice.config_set.voice_failed": EventKind.UNDELIVERED,
    "voice.config_set.voice_ttl_expired": EventKind.UNDELIVERED,
}


def event(name: str = "TEXT_DELIVERED", **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {
        "eventType": name,
        "eventVersion": "1.0",
        "eventTimestamp": MILLISECONDS,
        "isFinal": True,
        "originationPhoneNumber": "REGUA",
        "destinationPhoneNumber": NUMBER,
        "messageId": "sms-1",
        "messageStatus": name.partition("_")[2],
        "context": CONTEXT,
        **fields,
    }


def envelope(message: Any) -> str:  # noqa: ANN401 - any JSON
    text = json.dumps(message)
    stamp = "2026-11-10T12:00:05.000Z"
    return json.dumps({"Type": "Notification", "Message": text, "Timestamp": stamp})


def bridged(detail: dict[str, Any]) -> dict[str, Any]:
    return {
        "detail-type": "Text Message Delivery Status Updated",
        "source": "aws.sms-voice",
        "detail": detail,
    }


def read(body: str) -> Receipt:
    receipt = read_receipt(body)
    assert receipt is not None
    return receipt


@pytest.mark.shared_data
def test_every_recorded_event_is_read() -> None:
    recorded = json.loads(shared_data_path("wa_sms_events.json").read_text())
    events = [
        r for r in recorded if r.get("channel") in {"sms", "voice"} and r.get("kind") == "status"
    ]
    assert {e["name"] for e in events} == set(RECORDED)
    for found in events:
        payload = found["payload"]
        bodies = [envelope(payload)]
        if "detail" in payload:
            bodies.append(json.dumps(payload))
        for body in bodies:
            receipt = read(body)
            assert receipt.kind is RECORDED[found["name"]], found["name"]
            assert receipt.at.tzinfo is not None
            detail = payload.get("detail", payload)
            assert receipt.facts["provider_message_id"] == detail["messageId"]
            assert receipt.facts["provider_event"] == detail["eventType"]
            assert receipt.facts["is_final"] == str(detail["isFinal"]).lower()
            assert receipt.dispatch_id is None, "no recorded message was ours"
            number = detail.get("destinationPhoneNumber")
            assert receipt.recipients == ((number,) if number else ())


@pytest.mark.shared_data
def test_the_recorded_price_and_parts_are_facts() -> None:
    recorded = json.loads(shared_data_path("wa_sms_events.json").read_text())
    payload = next(r["payload"] for r in recorded if r.get("name") == "sms.config_set.successful")
    facts = read(envelope(payload)).facts
    assert (facts["price_usd"], facts["parts"]) == ("0.095820", "1")


@pytest.mark.shared_data
def test_the_recorded_reply_is_read() -> None:
    recorded = json.loads(shared_data_path("wa_sms_events.json").read_text())
    payload = next(r["payload"] for r in recorded if r.get("name") == "sms.inbound.two_way")
    found = read_inbound(envelope(payload))
    assert (found.from_number, found.text) == ("+5511999999999", "SAIR")
    assert found.event_id == payload["inboundMessageId"]
    assert found.previous_provider_message_id == payload["previousPublishedMessageId"]


def test_every_event_type_of_texts_and_calls_is_known() -> None:
    """The provider's own list, but for the subscriptions to all of a kind."""
    import botocore.session  # noqa: PLC0415 - the oracle of this test only

    model = botocore.session.get_session().get_service_model("pinpoint-sms-voice-v2")
    shape: Any = model.shape_for("EventType")
    names = set(shape.enum)
    ours = {n for n in names if n.startswith(("TEXT_", "VOICE_")) and not n.endswith("_ALL")}
    assert set(KINDS) == ours


def test_the_context_says_whose_message_it_was() -> None:
    receipt = read(envelope(event()))
    assert (receipt.dispatch_id, receipt.creditor_id) == ("d" * 32, "aurora")
    assert (receipt.kind, receipt.at) == (EventKind.DELIVERED, AT)
    assert receipt.recipients == (NUMBER,)


@pytest.mark.parametrize("context", [None, {}, {"dispatch_id": ""}, {"tenant": "x"}])
def test_a_message_of_another_sender_belongs_to_nobody(context: dict[str, str] | None) -> None:
    receipt = read(envelope(event(context=context)))
    assert (receipt.dispatch_id, receipt.creditor_id) == (None, None)


def test_copies_of_one_fact_have_one_name_whichever_way_they_came() -> None:
    told = event(totalMessagePrice=0.01)
    short = {k: v for k, v in told.items() if k not in {"destinationPhoneNumber", "context"}}
    copies = [envelope(told), json.dumps(bridged(short)), envelope(bridged(short)), envelope(told)]
    assert len({read(body).event_id for body in copies}) == 1


@pytest.mark.parametrize(
    "changes",
    [{"eventTimestamp": MILLISECONDS + 1}, {"messageId": "sms-2"}, {"eventType": "TEXT_SENT"}],
)
def test_another_fact_has_another_name(changes: dict[str, Any]) -> None:
    assert read(envelope(event())).event_id != read(envelope({**event(), **changes})).event_id


@pytest.mark.parametrize(
    ("price", "fee", "told"),
    [
        (0.09582, 0.0, "0.095820"),
        (0.00581, 0.00302, "0.008830"),
        (1, None, "1.000000"),
        (0, 0, "0.000000"),
        (0.1, 0.2, "0.300000"),
        (0.0000015, 0, "0.000002"),  # as binary floating point it is a little less
    ],
)
def test_the_price_is_exact_and_includes_the_carriers_fee(
    price: float, fee: float | None, told: str
) -> None:
    receipt = read(envelope(event(totalMessagePrice=price, totalCarrierFee=fee)))
    assert receipt.facts["price_usd"] == told


def test_no_price_is_made_up_where_the_event_has_none() -> None:
    assert "price_usd" not in read(envelope(event())).facts


def test_an_event_that_does_not_say_whether_it_is_the_last_is_not_made_to() -> None:
    told = event()
    del told["isFinal"]
    assert "is_final" not in read(envelope(told)).facts


def test_the_facts_of_a_receipt_hold_no_number() -> None:
    words = f"blocked {NUMBER}"
    found = read(envelope(event(messageStatusDescription=words, carrierName="Operadora")))
    assert "98765" not in json.dumps(dict(found.facts))
    assert found.private == {
        "recipients": NUMBER,
        "carrier": "Operadora",
        "provider_reason": words,
    }


@pytest.mark.parametrize(
    "name", ["TEXT_ALL", "MEDIA_DELIVERED", "RCS_READ", "REGISTRATION_UPDATED", "TEXT_TELEPATHIC"]
)
def test_an_event_type_that_says_nothing_of_texts_or_calls_is_passed_over(name: str) -> None:
    assert read_receipt(envelope(event(name))) is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        '"x"',
        "{}",
        "7",
        '{"Message": 7}',
        '{"Message": "não é JSON"}',
        '{"Message": "[]"}',
        '{"Message": "{}"}',
        '{"detail": 7}',
        envelope({"eventType": "TEXT_SENT"}),
        envelope(event(eventTimestamp="ontem")),
        envelope(event(eventTimestamp=True)),
        envelope(event(eventTimestamp=10**30)),
        envelope(event(messageId=7)),
        envelope(event(context=["x"])),
        envelope(event(context={"dispatch_id": 7})),
        envelope(event(destinationPhoneNumber=7)),
        envelope(event(totalMessagePrice="caro")),
        envelope(event(totalMessagePrice=-1)),
        envelope(event(totalMessagePrice=float("nan"))),
        envelope(event(totalMessagePrice=float("inf"))),
        envelope(event()).replace("1794312000377", "1e999999"),
        envelope(INBOUND),
    ],
)
def test_what_is_no_such_event_is_refused_and_nothing_else_breaks(body: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_receipt(body)
    assert "98765" not in str(caught.value)


def test_a_reply_is_read_with_the_time_of_its_envelope() -> None:
    assert read_inbound(envelope(INBOUND)) == InboundText(
        channel=Channel.SMS,
        from_number=NUMBER,
        to_number="+551140000000",
        text="SAIR",
        at=datetime(2026, 11, 10, 12, 0, 5, tzinfo=UTC),
        event_id="in-1",
        previous_provider_message_id="sms-1",
    )


@pytest.mark.parametrize("previous", [None, ""])
def test_a_text_out_of_the_blue_answers_nothing(previous: str | None) -> None:
    found = read_inbound(envelope({**INBOUND, "previousPublishedMessageId": previous}))
    assert found.previous_provider_message_id is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        json.dumps(INBOUND),
        json.dumps({"Message": json.dumps(INBOUND)}),
        json.dumps({"Message": json.dumps(INBOUND), "Timestamp": "ontem"}),
        envelope({**INBOUND, "messageBody": None}),
        envelope({**INBOUND, "originationNumber": 5511987654321}),
        envelope({**INBOUND, "previousPublishedMessageId": 7}),
        envelope({k: v for k, v in INBOUND.items() if k != "inboundMessageId"}),
        envelope(event()),
    ],
)
def test_what_is_no_reply_is_refused(body: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_inbound(body)
    assert "98765" not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(json_values, st.sampled_from(sorted(event(totalMessagePrice=1, totalCarrierFee=0))))
def test_any_json_is_a_receipt_or_refused(value: Any, field: str) -> None:  # noqa: ANN401
    for found in (value, bridged(value), {**event(totalMessagePrice=1), field: value}):
        for body in (envelope(found), json.dumps(found)):
            for reader in (read_receipt, read_inbound):
                try:
                    reader(body)
                except InvalidInput:
                    continue
