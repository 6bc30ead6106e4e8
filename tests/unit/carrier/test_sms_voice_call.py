"""What the carrier accepts as a text or a call and what it refuses, as AWS does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.carrier.sms_voice.call import SendCall, read_call
from local.carrier.sms_voice.errors import SmsVoiceError
from tests.unit.carrier.phone_messages import ANA_PHONE, CONTEXT, DISPATCH

DROP = object()


def any_call(**changes: object) -> bytes:
    document: dict[str, Any] = {
        "DestinationPhoneNumber": ANA_PHONE,
        "OriginationIdentity": "+551140040001",
        "MessageBody": "Olá",
        "Context": CONTEXT,
        "ConfigurationSetName": "regua",
        **changes,
    }
    return json.dumps({key: value for key, value in document.items() if value is not DROP}).encode()


def text(**changes: object) -> SendCall:
    return read_call("SendTextMessage", any_call(**changes))


def refusal(operation: str = "SendTextMessage", **changes: object) -> SmsVoiceError:
    with pytest.raises(SmsVoiceError) as refused:
        read_call(operation, any_call(**changes))
    return refused.value


def test_a_text_is_read_with_what_comes_back_in_its_receipts() -> None:
    call = text(MessageType="PROMOTIONAL", TimeToLive=600)
    assert (call.channel, call.destination, call.body) == ("sms", ANA_PHONE, "Olá")
    assert (call.dispatch_id, call.context) == (DISPATCH, CONTEXT)
    assert (call.message_type, call.ttl_seconds, call.is_dry_run) == ("PROMOTIONAL", 600, False)


def test_a_number_without_its_plus_sign_is_the_same_number() -> None:
    assert text(DestinationPhoneNumber="5511987654321").destination == ANA_PHONE


@pytest.mark.parametrize("body", ["a" * 1600, "ã" * 1600, " a "])
def test_a_text_may_have_1600_characters(body: str) -> None:
    assert text(MessageBody=body).body == body


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"MessageBody": "a" * 1601}, "MessageBody"),
        ({"MessageBody": "   "}, "MessageBody"),
        ({"MessageBody": ""}, "MessageBody"),
        ({"DestinationPhoneNumber": "(11) 98765-4321"}, "DestinationPhoneNumber"),
        ({"DestinationPhoneNumber": "+0511987654321"}, "DestinationPhoneNumber"),
        ({"DestinationPhoneNumber": "+" + "1" * 20}, "DestinationPhoneNumber"),
        ({"OriginationIdentity": "Credor Exemplo"}, "OriginationIdentity"),
        ({"MessageType": "URGENT"}, "MessageType"),
        ({"TimeToLive": 4}, "TimeToLive"),
        ({"TimeToLive": 259_201}, "TimeToLive"),
        ({"MaxPrice": "um"}, "MaxPrice"),
        ({"ConfigurationSetName": "a b"}, "ConfigurationSetName"),
        ({"Context": {str(number): "x" for number in range(6)}}, "Context"),
        ({"Context": {"k" * 101: "x"}}, "Context.key"),
        ({"Context": {"a b": "x"}}, "Context.key"),
        ({"Context": {"k": "x" * 801}}, "Context.k.member"),
        ({"Context": {"k": " x"}}, "Context.k.member"),
        ({"Context": {"k": ""}}, "Context.k.member"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, Any], field: str) -> None:
    error = refusal(**changes)
    assert (error.code, error.details["Reason"]) == (
        "ValidationException",
        "FIELD_VALIDATION_FAILED",
    )
    assert {each["Name"] for each in error.details["Fields"]} == {field}
    assert f"Value at '{field}' failed to satisfy constraint" in error.message


@pytest.mark.parametrize(
    ("operation", "missing"),
    [
        ("SendTextMessage", "DestinationPhoneNumber"),
        ("SendTextMessage", "MessageBody"),
        ("SendVoiceMessage", "OriginationIdentity"),
    ],
)
def test_a_missing_field_is_named(operation: str, missing: str) -> None:
    error = refusal(operation, **{missing: DROP})
    assert error.details["Reason"] == "MISSING_PARAMETER"
    assert [field["Name"] for field in error.details["Fields"]] == [missing]


@pytest.mark.parametrize(
    "changes",
    [
        {"TimeToLive": "600"},
        {"TimeToLive": True},
        {"DryRun": "yes"},
        {"Context": ["a"]},
        {"Context": {"a": 1}},
        {"MessageBody": 3},
    ],
)
def test_a_wrong_json_type_cannot_be_read(changes: dict[str, Any]) -> None:
    assert refusal(**changes).code == "SerializationException"


def test_what_is_not_json_cannot_be_read() -> None:
    for body in (b"{", b"[]", b"\xff"):
        with pytest.raises(SmsVoiceError) as refused:
            read_call("SendTextMessage", body)
        assert refused.value.code == "SerializationException"


def test_a_call_has_6000_characters_a_known_voice_and_valid_ssml() -> None:
    call = read_call("SendVoiceMessage", any_call(MessageBody="a" * 6000, VoiceId="VITORIA"))
    assert (call.channel, call.voice_id, call.text_type) == ("voice", "VITORIA", "TEXT")
    assert refusal("SendVoiceMessage", MessageBody="a" * 6001).code == "ValidationException"
    assert refusal("SendVoiceMessage", VoiceId="ZE").code == "ValidationException"
    error = refusal("SendVoiceMessage", MessageBody="<speak>", MessageBodyTextType="SSML")
    assert error.details["Reason"] == "INVALID_PARAMETER"
    assert error.message.startswith("Invalid SSML")
