"""A boto3 client sends texts and calls through the carrier as it would through AWS."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.integration.carrier.harness import ListeningPublisher, eventually, running_carrier
from tests.shared_data import shared_data_path
from tests.unit.carrier.phone_messages import ANA_PHONE, CONTEXT, DISPATCH

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.carrier.harness import RunningCarrier

SERVICE = "pinpoint-sms-voice-v2"
TEXT_DELIVERED = ["TEXT_QUEUED", "TEXT_SUCCESSFUL", "TEXT_DELIVERED"]
CALL_ANSWERED = ["VOICE_INITIATED", "VOICE_RINGING", "VOICE_ANSWERED", "VOICE_COMPLETED"]


def refused(carrier: RunningCarrier, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    with pytest.raises(ClientError) as failure:
        carrier.send_text(**changes)
    return dict(failure.value.response)


def test_a_text_is_in_the_inbox_to_the_byte_with_what_it_costs(carrier: RunningCarrier) -> None:
    body = "Credor: fatura €. Pague: https://t.example.com.br/c/1."
    message_id = carrier.send_text(MessageBody=body)
    (message,) = carrier.call("GET", "/messages?channel=sms")
    assert message["provider_message_id"] == message_id
    assert (message["to"], message["from"]) == (ANA_PHONE, "+551140040001")
    assert (message["text"], message["raw"], message["subject"]) == (body, body, "")
    assert message["raw_sha256"] == hashlib.sha256(body.encode()).hexdigest()
    assert message["links"] == ["https://t.example.com.br/c/1"]
    assert message["dispatch_id"] == DISPATCH
    details = message["details"]
    assert (details["encoding"], details["parts"], details["units"]) == ("GSM", 1, len(body) + 1)
    assert details["context"] == CONTEXT
    assert carrier.exchange("GET", f"/messages/{message_id}/raw") == (200, body.encode())
    assert carrier.call("GET", f"/messages?to={ANA_PHONE}&fields=channel") == [{"channel": "sms"}]


def test_a_call_is_in_the_inbox_as_what_is_heard(carrier: RunningCarrier) -> None:
    carrier.send_call()
    (message,) = carrier.call("GET", "/messages?channel=voice")
    assert message["text"] == "Olá.\nTecle 1 se você é a Ana."
    assert message["raw"].startswith("<speak>")
    assert (message["details"]["voice_id"], message["details"]["text_type"]) == ("CAMILA", "SSML")


@pytest.mark.parametrize(
    ("behaviour", "events"),
    [
        ({"outcome": "deliver"}, TEXT_DELIVERED),
        ({"outcome": "undeliverable"}, ["TEXT_QUEUED", "TEXT_UNREACHABLE"]),
        ({"outcome": "undeliverable", "code": "TEXT_UNKNOWN"}, ["TEXT_QUEUED", "TEXT_UNKNOWN"]),
        ({"outcome": "undeliverable", "code": "VOICE_FAILED"}, ["TEXT_QUEUED", "TEXT_UNREACHABLE"]),
        ({"outcome": "invalid_number"}, ["TEXT_QUEUED", "TEXT_INVALID"]),
        ({"outcome": "bounce"}, ["TEXT_QUEUED", "TEXT_INVALID"]),
        ({"outcome": "bounce", "bounce_type": "Transient"}, ["TEXT_QUEUED", "TEXT_UNREACHABLE"]),
        ({"outcome": "reject", "how": "event"}, ["TEXT_QUEUED", "TEXT_BLOCKED"]),
        ({"outcome": "reject", "how": "event", "code": "TEXT_SPAM"}, ["TEXT_QUEUED", "TEXT_SPAM"]),
        ({"outcome": "delay", "seconds": 0.05}, ["TEXT_PENDING", "TEXT_DELIVERED"]),
        ({"outcome": "no_receipt"}, []),
        ({"outcome": "no_receipt", "events": ["TEXT_DELIVERED"]}, TEXT_DELIVERED[:2]),
        ({"outcome": "duplicate_receipt", "events": ["TEXT_DELIVERED"]},
         [*TEXT_DELIVERED, "TEXT_DELIVERED"]),
        ({"outcome": "late_receipt", "seconds": 0.05}, TEXT_DELIVERED),
        ({"outcome": "out_of_order", "seconds": 0.05}, TEXT_DELIVERED[::-1]),
        ({"outcome": "out_of_order", "seconds": 0.05, "then": "invalid_number"},
         ["TEXT_INVALID", "TEXT_QUEUED"]),
        ({"outcome": "busy"}, TEXT_DELIVERED),
    ],
)  # fmt: skip
def test_a_behaviour_decides_what_is_told_of_a_text(
    carrier: RunningCarrier, behaviour: dict[str, Any], events: list[str]
) -> None:
    carrier.behave(**behaviour)
    carrier.send_text()
    assert carrier.settle() == events


@pytest.mark.parametrize(
    ("behaviour", "events"),
    [
        ({"outcome": "deliver"}, CALL_ANSWERED),
        ({"outcome": "answered"}, CALL_ANSWERED),
        ({"outcome": "busy"}, ["VOICE_INITIATED", "VOICE_BUSY"]),
        ({"outcome": "no_answer"}, ["VOICE_INITIATED", "VOICE_RINGING", "VOICE_NO_ANSWER"]),
        ({"outcome": "undeliverable"}, ["VOICE_INITIATED", "VOICE_FAILED"]),
        ({"outcome": "undeliverable", "code": "VOICE_TTL_EXPIRED"},
         ["VOICE_INITIATED", "VOICE_TTL_EXPIRED"]),
        ({"outcome": "invalid_number"}, ["VOICE_INITIATED", "VOICE_FAILED"]),
        ({"outcome": "reject", "how": "event"}, ["VOICE_INITIATED", "VOICE_FAILED"]),
        ({"outcome": "delay", "seconds": 0.05}, CALL_ANSWERED),
        ({"outcome": "out_of_order", "seconds": 0.05, "then": "busy"},
         ["VOICE_BUSY", "VOICE_INITIATED"]),
        ({"outcome": "read"}, CALL_ANSWERED),
    ],
)  # fmt: skip
def test_a_behaviour_decides_what_is_told_of_a_call(
    carrier: RunningCarrier, behaviour: dict[str, Any], events: list[str]
) -> None:
    carrier.behave(**behaviour)
    carrier.send_call()
    assert carrier.settle() == events


@pytest.mark.parametrize(
    ("behaviour", "code", "status", "reason"),
    [
        ({"outcome": "throttle"}, "ThrottlingException", 400, None),
        ({"outcome": "reject"}, "ConflictException", 400, "DESTINATION_PHONE_NUMBER_OPTED_OUT"),
        ({"outcome": "error"}, "InternalServerException", 500, None),
        ({"outcome": "error", "code": "ResourceNotFoundException"},
         "ResourceNotFoundException", 400, None),
        ({"outcome": "error", "code": "ServiceQuotaExceededException"},
         "ServiceQuotaExceededException", 400, "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"),
        ({"outcome": "error", "code": "AccessDeniedException"},
         "AccessDeniedException", 400, "ACCOUNT_DISABLED"),
    ],
)  # fmt: skip
def test_a_refused_send_carries_the_providers_error_and_leaves_no_trace(
    carrier: RunningCarrier, behaviour: dict[str, str], code: str, status: int, reason: str | None
) -> None:
    carrier.behave(**behaviour)
    answer = refused(carrier)
    assert answer["Error"]["Code"] == code
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert answer.get("Reason") == reason
    assert carrier.call("GET", "/messages") == []
    assert carrier.settle() == []


def test_a_wrong_call_says_which_field(carrier: RunningCarrier) -> None:
    answer = refused(carrier, MessageBody="a" * 1601)
    assert answer["Error"]["Code"] == "ValidationException"
    assert answer["Reason"] == "FIELD_VALIDATION_FAILED"
    assert [field["Name"] for field in answer["Fields"]] == ["MessageBody"]


def test_errors_are_the_clients_own_exception_classes(carrier: RunningCarrier) -> None:
    client = carrier.client(SERVICE)
    carrier.behave("throttle")
    with pytest.raises(client.exceptions.ThrottlingException):
        client.send_text_message(DestinationPhoneNumber=ANA_PHONE, MessageBody="oi")


def test_other_operations_are_refused_clearly(carrier: RunningCarrier) -> None:
    with pytest.raises(ClientError) as failure:
        carrier.client(SERVICE).describe_phone_numbers()
    assert failure.value.response["Error"]["Code"] == "UnknownOperationException"
    assert "DescribePhoneNumbers" in failure.value.response["Error"]["Message"]


def test_a_dry_run_is_checked_and_not_sent(carrier: RunningCarrier) -> None:
    carrier.behave("reject")
    assert carrier.send_text(DryRun=True)
    assert refused(carrier, DryRun=True, MessageBody=" ")["Error"]["Code"] == "ValidationException"
    assert carrier.call("GET", "/messages") == []
    assert carrier.settle() == []


def test_a_crash_after_the_accept_leaves_the_client_in_doubt_and_the_text_delivered(
    carrier: RunningCarrier,
) -> None:
    carrier.behave("crash_after_accept", times=1)
    with pytest.raises(ConnectionClosedError):
        carrier.send_text()
    assert len(carrier.call("GET", f"/messages?dispatch_id={DISPATCH}")) == 1
    assert carrier.settle() == TEXT_DELIVERED


@pytest.mark.parametrize(("channel", "send"), [("sms", "send_text"), ("voice", "send_call")])
def test_a_message_lives_in_the_time_its_context_names(
    carrier: RunningCarrier, channel: str, send: str
) -> None:
    getattr(carrier, send)()
    carrier.settle()
    (message,) = carrier.call("GET", f"/messages?channel={channel}")
    assert message["received_at"].startswith("2026-03-01T12:00:0")
    assert message["accepted_at"] != message["received_at"]
    told = carrier.publisher.documents()
    instants = [document["eventTimestamp"] for document in told]
    assert instants == sorted(instants)
    noon = 1_772_366_400_000
    assert all(noon < instant < noon + 180_000 for instant in instants)
    assert {document["messageRequestTimestamp"] for document in told} < set(
        range(noon, noon + 1000)
    )


@pytest.mark.parametrize(("at", "is_noted"), [({}, False), ({"at": "amanhã"}, True)])
def test_a_message_that_names_no_instant_or_a_wrong_one_lives_now(
    carrier: RunningCarrier, at: dict[str, str], *, is_noted: bool
) -> None:
    message_id = carrier.send_text(Context={"dispatch_id": "a", **at})
    message = carrier.call("GET", f"/messages/{message_id}")
    received, accepted = (
        datetime.fromisoformat(message[name]) for name in ("received_at", "accepted_at")
    )
    assert timedelta() < received - accepted < timedelta(seconds=1)
    page = carrier.exchange("GET", f"/?m={message_id}")[1].decode()
    assert ("não é ISO 8601" in page) is is_noted


def test_an_unknown_end_is_told_after_72_hours_and_an_expired_one_after_its_time_to_live(
    carrier: RunningCarrier,
) -> None:
    carrier.behave("undeliverable", code="TEXT_TTL_EXPIRED", times=1)
    carrier.send_text(TimeToLive=14_400)
    carrier.behave("undeliverable", code="TEXT_UNKNOWN", times=1)
    carrier.send_text()
    carrier.settle()
    took = {
        d["eventType"]: (d["eventTimestamp"] - d["messageRequestTimestamp"]) / 1000
        for d in carrier.publisher.documents()
    }
    assert (took["TEXT_TTL_EXPIRED"], took["TEXT_UNKNOWN"]) == (14_400, 72 * 3600)


def test_the_copies_of_a_receipt_are_equal_to_the_byte(carrier: RunningCarrier) -> None:
    carrier.behave("duplicate_receipt", count=3)
    carrier.send_text()
    carrier.settle()
    payloads = [receipt.payload for receipt in carrier.publisher.published]
    assert (len(payloads), len(set(payloads))) == (9, 3)


def test_late_receipts_wait_until_they_are_released(carrier: RunningCarrier) -> None:
    carrier.send_text("+5511900000108")
    assert carrier.call("GET", "/admin/pending") == {"pending": 3}
    assert carrier.call("POST", "/admin/release") == {"released": 3}
    assert carrier.settle() == TEXT_DELIVERED


def test_without_a_configuration_set_nothing_is_told(carrier: RunningCarrier) -> None:
    client = carrier.client(SERVICE)
    answer = client.send_text_message(DestinationPhoneNumber=ANA_PHONE, MessageBody="oi")
    assert carrier.settle() == []
    page = carrier.exchange("GET", f"/?m={answer['MessageId']}")[1].decode()
    assert "Sem configuration set" in page


@pytest.mark.enable_socket
def test_without_a_topic_nothing_is_told_and_nothing_waits(tmp_path: Path) -> None:
    deaf = ListeningPublisher()
    deaf.is_listening = False
    with running_carrier(tmp_path, deaf) as carrier:
        message_id = carrier.send_text()
        assert carrier.call("GET", "/admin/pending") == {"pending": 0}
        page = carrier.exchange("GET", f"/?m={message_id}")[1].decode()
        assert "Sem tópico para este canal" in page


def test_the_state_of_a_message_is_its_most_final_receipt(carrier: RunningCarrier) -> None:
    told = {
        "+5511900000100": "delivered",
        "+5511900000101": "undelivered",
        "+5511900000102": "bounced",
        "+5511900000110": "delivered",
        "+5511900000111": "accepted",
    }
    for number in told:
        carrier.send_text(number)
    carrier.send_call("+5511900000104")
    carrier.settle()
    eventually(lambda: _states(carrier) == {**told, "+5511900000104": "undelivered"})


def _states(carrier: RunningCarrier) -> dict[str, str]:
    return {m["to"]: m["state"] for m in carrier.call("GET", "/messages?fields=to,state")}


def test_messages_and_their_details_survive_a_restart(
    tmp_path: Path,
    socket_enabled: None,  # noqa: ARG001 - lets the server listen
) -> None:
    with running_carrier(tmp_path) as first:
        message_id = first.send_text()
        first.settle()
        before = first.call("GET", f"/messages/{message_id}")
    with running_carrier(tmp_path) as second:
        assert second.call("GET", f"/messages/{message_id}") == before


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "behaviour"),
    [
        ("sms.config_set.successful", {"outcome": "deliver"}),
        ("sms.config_set.text_queued", {"outcome": "deliver"}),
        ("sms.config_set.text_delivered", {"outcome": "deliver"}),
        ("sms.config_set.text_invalid", {"outcome": "invalid_number"}),
        ("sms.config_set.text_unreachable", {"outcome": "undeliverable"}),
        ("sms.config_set.text_unknown", {"outcome": "undeliverable", "code": "TEXT_UNKNOWN"}),
        ("voice.config_set.voice_answered", {"outcome": "answered"}),
        ("voice.config_set.voice_busy", {"outcome": "busy"}),
        ("voice.config_set.voice_no_answer", {"outcome": "no_answer"}),
        ("voice.config_set.voice_failed", {"outcome": "undeliverable"}),
    ],
)
def test_receipts_have_the_documented_shape(
    carrier: RunningCarrier, name: str, behaviour: dict[str, Any]
) -> None:
    examples = json.loads(shared_data_path("wa_sms_events.json").read_text(encoding="utf-8"))
    (documented,) = (e["payload"] for e in examples if e.get("name") == name)
    carrier.behave(**behaviour)
    (carrier.send_call if name.startswith("voice") else carrier.send_text)()
    carrier.settle()
    (ours,) = (
        d for d in carrier.publisher.documents() if d["eventType"] == documented["eventType"]
    )
    assert documented.keys() <= ours.keys() <= documented.keys() | {"isoCountryCode"}
    for key in documented.keys() - {"context"}:
        assert type(ours[key]) is type(documented[key]), key
    for key in ("eventVersion", "isFinal", "messageStatus"):
        assert ours[key] == documented[key]
