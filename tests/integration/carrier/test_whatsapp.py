"""A boto3 client sends WhatsApp messages through the carrier as it would through AWS."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.integration.carrier.harness import eventually, running_carrier
from tests.shared_data import shared_data_path
from tests.unit.carrier.phone_messages import (
    ANA_PHONE,
    CALLBACK,
    DEFINITION,
    DISPATCH,
    LINK,
    any_template,
    any_whatsapp,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.carrier.harness import RunningCarrier

FREE: dict[str, Any] = {"type": "text", "text": {"body": "Posso ajudar?"}, "template": None}


def values(carrier: RunningCarrier) -> list[dict[str, Any]]:
    """Return the values of Meta's entries that were published."""
    entries = [json.loads(d["whatsAppWebhookEntry"]) for d in carrier.publisher.documents()]
    return [entry["changes"][0]["value"] for entry in entries]


def statuses(carrier: RunningCarrier) -> list[dict[str, Any]]:
    return [status for value in values(carrier) for status in value.get("statuses", [])]


def register(carrier: RunningCarrier, definition: dict[str, Any]) -> Any:  # noqa: ANN401
    return carrier.client("socialmessaging").create_whatsapp_message_template(
        id="waba-1", templateDefinition=json.dumps(definition).encode()
    )


def test_a_message_is_in_the_inbox_to_the_byte(carrier: RunningCarrier) -> None:
    message_id = carrier.send_whatsapp()
    raw = json.dumps(any_whatsapp())
    (message,) = carrier.call("GET", "/messages?channel=whatsapp")
    assert message["provider_message_id"] == message_id
    assert (message["to"], message["dispatch_id"]) == (ANA_PHONE, DISPATCH)
    assert (message["raw"], message["text"]) == (raw, "Ana\nF-1\n\n[tok]\n[paid:1]")
    assert message["raw_sha256"] == hashlib.sha256(raw.encode()).hexdigest()
    assert message["details"]["template"] == "fatura_lembrete_v1"
    assert carrier.exchange("GET", f"/messages/{message_id}/raw") == (200, raw.encode())


def test_a_registered_template_gives_a_message_its_words_and_links(carrier: RunningCarrier) -> None:
    answer = register(carrier, DEFINITION)
    assert (answer["templateStatus"], answer["category"]) == ("APPROVED", "UTILITY")
    listed = carrier.client("socialmessaging").list_whatsapp_message_templates(id="waba-1")
    assert [t["templateName"] for t in listed["templates"]] == [DEFINITION["name"]]
    assert listed["templates"][0]["metaTemplateId"] == answer["metaTemplateId"]
    carrier.send_whatsapp()
    (message,) = carrier.call("GET", "/messages?channel=whatsapp&fields=text,links")
    assert "Olá, Ana. Sua fatura F-1 vence amanhã." in message["text"]
    assert message["links"] == [LINK]


@pytest.mark.parametrize(
    ("behaviour", "events"),
    [
        ({"outcome": "deliver"}, ["sent", "delivered"]),
        ({"outcome": "read"}, ["sent", "delivered", "read"]),
        ({"outcome": "not_on_whatsapp"}, ["sent", "failed"]),
        ({"outcome": "invalid_number"}, ["sent", "failed"]),
        ({"outcome": "undeliverable"}, ["sent", "failed"]),
        ({"outcome": "bounce"}, ["sent", "failed"]),
        ({"outcome": "reject", "how": "event"}, ["sent", "failed"]),
        ({"outcome": "number_changed"}, ["sent", "failed", "system"]),
        ({"outcome": "delay", "seconds": 0.05}, ["sent", "delivered"]),
        ({"outcome": "no_receipt"}, []),
        ({"outcome": "no_receipt", "then": "read", "events": ["delivered"]}, ["sent", "read"]),
        ({"outcome": "duplicate_receipt", "count": 3, "events": ["sent"]},
         ["sent", "sent", "sent", "delivered"]),
        ({"outcome": "late_receipt", "seconds": 0.05}, ["sent", "delivered"]),
        ({"outcome": "out_of_order", "seconds": 0.05, "then": "read"},
         ["read", "delivered", "sent"]),
        ({"outcome": "no_answer"}, ["sent", "delivered"]),
    ],
)  # fmt: skip
def test_a_behaviour_decides_what_is_told(
    carrier: RunningCarrier, behaviour: dict[str, Any], events: list[str]
) -> None:
    carrier.behave(**behaviour)
    carrier.send_whatsapp()
    assert carrier.settle() == events


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ({"outcome": "not_on_whatsapp"}, 131026),
        ({"outcome": "invalid_number"}, 131026),
        ({"outcome": "undeliverable"}, 131000),
        ({"outcome": "undeliverable", "code": "131049"}, 131049),
        ({"outcome": "bounce"}, 131026),
        ({"outcome": "bounce", "bounce_type": "Transient"}, 131000),
        ({"outcome": "reject", "how": "event"}, 131048),
        ({"outcome": "reject", "how": "event", "code": "131050"}, 131050),
    ],
)
def test_a_failure_has_metas_code(
    carrier: RunningCarrier, behaviour: dict[str, Any], code: int
) -> None:
    carrier.behave(**behaviour)
    carrier.send_whatsapp()
    carrier.settle()
    (error,) = statuses(carrier)[-1]["errors"]
    assert error["code"] == code
    assert error["title"]
    assert error["error_data"]["details"]


@pytest.mark.parametrize(
    ("behaviour", "code", "status"),
    [
        ({"outcome": "throttle"}, "ThrottledRequestException", 429),
        ({"outcome": "reject"}, "InvalidParametersException", 400),
        ({"outcome": "error"}, "InternalServiceException", 500),
        ({"outcome": "error", "code": "DependencyException"}, "DependencyException", 502),
        ({"outcome": "error", "code": "ResourceNotFoundException"}, "ResourceNotFoundException",
         404),
        ({"outcome": "error", "code": "AccessDeniedException"}, "AccessDeniedException", 403),
    ],
)  # fmt: skip
def test_a_refused_send_carries_the_providers_error_and_leaves_no_trace(
    carrier: RunningCarrier, behaviour: dict[str, str], code: str, status: int
) -> None:
    carrier.behave(**behaviour)
    with pytest.raises(ClientError) as failure:
        carrier.send_whatsapp()
    answer = failure.value.response
    assert answer["Error"]["Code"] == code
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert carrier.call("GET", "/messages") == []
    assert carrier.settle() == []


def test_a_wrong_message_is_an_exception_of_the_clients_own(carrier: RunningCarrier) -> None:
    client = carrier.client("socialmessaging")
    with pytest.raises(client.exceptions.InvalidParametersException, match="must be a phone"):
        client.send_whatsapp_message(
            originationPhoneNumberId="phone-number-id-0a1b2c",
            message=json.dumps(any_whatsapp("Ana")).encode(),
            metaApiVersion="v20.0",
        )


def test_other_operations_are_refused_clearly(carrier: RunningCarrier) -> None:
    with pytest.raises(ClientError) as failure:
        carrier.client("socialmessaging").list_linked_whatsapp_business_accounts()
    assert failure.value.response["Error"]["Code"] == "UnknownOperationException"


def test_a_template_that_lacks_something_is_not_registered(carrier: RunningCarrier) -> None:
    for wrong in ({**DEFINITION, "components": []}, {**DEFINITION, "category": "DEBT"}):
        with pytest.raises(ClientError) as failure:
            register(carrier, wrong)
        assert failure.value.response["Error"]["Code"] == "InvalidParametersException"


def test_a_crash_after_the_accept_leaves_the_client_in_doubt_and_the_message_delivered(
    carrier: RunningCarrier,
) -> None:
    carrier.behave("crash_after_accept", then="read")
    with pytest.raises(ConnectionClosedError):
        carrier.send_whatsapp()
    assert len(carrier.call("GET", f"/messages?dispatch_id={DISPATCH}")) == 1
    assert carrier.settle() == ["sent", "delivered", "read"]


def test_a_status_brings_back_what_joins_it_and_lives_in_the_messages_time(
    carrier: RunningCarrier,
) -> None:
    carrier.behave("read")
    message_id = carrier.send_whatsapp()
    carrier.settle()
    told = statuses(carrier)
    assert {s["biz_opaque_callback_data"] for s in told} == {CALLBACK}
    assert {d["messageId"] for d in carrier.publisher.documents()} == {message_id}
    assert len({s["id"] for s in told}) == 1
    assert told[0]["id"].startswith("wamid.")
    assert {s["recipient_id"] for s in told} == {"5511987654321"}
    instants = [int(s["timestamp"]) - 1_772_366_400 for s in told]
    assert instants == sorted(instants)
    assert 0 <= instants[0] <= instants[-1] < 1_300
    assert carrier.publisher.documents()[0]["message_timestamp"].startswith("2026-03-01T12:00:0")


def test_a_customer_who_moved_is_told_with_the_new_number(carrier: RunningCarrier) -> None:
    carrier.behave("number_changed", new_number="+5521912345678")
    carrier.send_whatsapp()
    carrier.settle()
    (message,) = values(carrier)[-1]["messages"]
    assert (message["from"], message["type"]) == ("5511987654321", "system")
    assert message["system"]["type"] == "user_changed_number"
    assert message["system"]["wa_id"] == "5521912345678"


def test_a_template_that_is_not_registered_or_does_not_fit_fails(carrier: RunningCarrier) -> None:
    register(carrier, DEFINITION)
    carrier.send_whatsapp(template={**any_template(), "name": "outro_v1"})
    carrier.send_whatsapp(template=any_template("Ana"))
    assert carrier.settle() == ["failed", "failed"]
    assert [s["errors"][0]["code"] for s in statuses(carrier)] == [132001, 132000]


def test_free_words_are_delivered_only_within_a_day_of_the_customers(
    carrier: RunningCarrier,
) -> None:
    carrier.send_whatsapp(**FREE)
    assert carrier.settle() == ["failed"]
    assert statuses(carrier)[0]["errors"][0]["code"] == 131047
    reply = {"channel": "whatsapp", "from": ANA_PHONE, "text": "Oi"}
    carrier.call("POST", "/replies", {**reply, "at": "2026-03-01T09:00:00Z"})
    carrier.send_whatsapp(**FREE)
    assert carrier.settle() == ["failed", "reply", "sent", "delivered"]
    assert statuses(carrier)[-1]["pricing"] == {
        "billable": False, "pricing_model": "PMP", "category": "service",
    }  # fmt: skip
    carrier.send_whatsapp(
        **FREE, biz_opaque_callback_data=f"credor:{DISPATCH}:2026-03-02T09:00:01Z"
    )
    assert carrier.settle()[-1] == "failed"


def test_templates_survive_a_restart(
    tmp_path: Path,
    socket_enabled: None,  # noqa: ARG001 - lets the server listen
) -> None:
    with running_carrier(tmp_path) as first:
        register(first, DEFINITION)
        first.send_whatsapp()
    with running_carrier(tmp_path) as second:
        (message,) = second.call("GET", "/messages?fields=text")
        assert "Sua fatura F-1 vence amanhã." in message["text"]


def test_reserved_numbers_end_as_they_say(carrier: RunningCarrier) -> None:
    told = {
        "+5511900000101": "undelivered",
        "+5511900000103": "undelivered",
        "+5511900000107": "read",
        "+5511900000109": "delivered",
        "+5511900000110": "delivered",
        "+5511900000111": "accepted",
        "+5511900000114": "undelivered",
    }
    for number in told:
        carrier.send_whatsapp(number)
    carrier.settle()
    for number, code in (("12", "ThrottledRequestException"), ("13", "InvalidParametersException")):
        with pytest.raises(ClientError) as failure:
            carrier.send_whatsapp(f"+55119000001{number}")
        assert failure.value.response["Error"]["Code"] == code
    eventually(
        lambda: (
            {m["to"]: m["state"] for m in carrier.call("GET", "/messages?fields=to,state")} == told
        )
    )


def shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("status", "behaviour"),
    [
        ("sent", {"outcome": "deliver"}),
        ("delivered", {"outcome": "deliver"}),
        ("read", {"outcome": "read"}),
        ("failed", {"outcome": "not_on_whatsapp"}),
    ],
)
def test_statuses_have_the_documented_shape(
    carrier: RunningCarrier, status: str, behaviour: dict[str, Any]
) -> None:
    examples = json.loads(shared_data_path("wa_sms_events.json").read_text(encoding="utf-8"))
    name = f"wa.sns.status.{status}"
    (documented,) = (e["payload"] for e in examples if e.get("name") == name)
    carrier.behave(**behaviour)
    carrier.send_whatsapp(biz_opaque_callback_data=None)
    carrier.settle()
    told = dict(zip(carrier.publisher.events(), carrier.publisher.documents(), strict=True))
    ours = told[status]
    assert shape(ours) == shape(documented)
    entries = [json.loads(each["whatsAppWebhookEntry"]) for each in (ours, documented)]
    assert shape(entries[0]) == shape(entries[1])
