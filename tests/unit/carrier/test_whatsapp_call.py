"""What the carrier accepts as a WhatsApp message and what it refuses, as AWS and Meta do."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from local.carrier.whatsapp.call import SendCall, read_call
from local.carrier.whatsapp.errors import SocialError
from tests.unit.carrier.phone_messages import (
    ANA_PHONE,
    AT,
    CALLBACK,
    DISPATCH,
    any_template,
    any_whatsapp,
)

PHONE_ID = "phone-number-id-0a1b2c"


def any_call(message: bytes, /, **changes: object) -> bytes:
    document = {
        "originationPhoneNumberId": PHONE_ID,
        "message": base64.b64encode(message).decode(),
        "metaApiVersion": "v20.0",
        **changes,
    }
    return json.dumps(document).encode()


def read(message: dict[str, Any]) -> SendCall:
    return read_call(any_call(json.dumps(message).encode()))


def refusal(body: bytes) -> SocialError:
    with pytest.raises(SocialError) as refused:
        read_call(body)
    return refused.value


def template_with(**changes: object) -> dict[str, Any]:
    return any_whatsapp(template={**any_template(), **changes})


def component(**changes: object) -> dict[str, Any]:
    return template_with(components=[{"type": "body", **changes}])


def test_a_message_is_kept_to_the_byte() -> None:
    raw = json.dumps(any_whatsapp(), indent=1).encode()
    call = read_call(any_call(raw))
    assert call.raw == raw
    assert (call.to, call.kind, call.callback_data) == (ANA_PHONE, "template", CALLBACK)


@pytest.mark.parametrize(
    ("callback", "dispatch", "instant"),
    [
        (CALLBACK, DISPATCH, AT),
        (f"{CALLBACK}:0123456789abcdef", DISPATCH, AT),
        (f"credor:{DISPATCH}", DISPATCH, None),
        ("anything", None, None),
        (None, None, None),
    ],
)
def test_the_callback_data_names_the_dispatch_and_its_instant(
    callback: str | None, dispatch: str | None, instant: str | None
) -> None:
    call = read(any_whatsapp(biz_opaque_callback_data=callback))
    assert (call.dispatch_id, call.instant) == (dispatch, instant)


@pytest.mark.parametrize("to", ["5511987654321", "+5511987654321"])
def test_a_recipient_is_the_same_with_and_without_the_plus_sign(to: str) -> None:
    assert read(any_whatsapp(to)).to == ANA_PHONE


@pytest.mark.parametrize(
    "changes",
    [
        {"originationPhoneNumberId": "+551140040001"},
        {"originationPhoneNumberId": None},
        {"message": ""},
        {"metaApiVersion": None},
    ],
)
def test_the_service_model_is_checked(changes: dict[str, object]) -> None:
    assert refusal(any_call(b"{}", **changes)).code == "ValidationException"


def test_what_is_no_blob_cannot_be_read() -> None:
    assert refusal(any_call(b"{}", message="%%%")).code == "SerializationException"
    assert refusal(b"{").code == "SerializationException"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (any_whatsapp(messaging_product="sms"), "messaging_product"),
        (any_whatsapp(recipient_type="group"), "recipient_type"),
        (any_whatsapp("11 98765-4321"), "to must be"),
        (any_whatsapp(type="sticker"), "type"),
        (any_whatsapp(template=None), "template is required"),
        (any_whatsapp(biz_opaque_callback_data="x" * 513), "512"),
        (any_whatsapp(biz_opaque_callback_data=1), "512"),
        (template_with(name="Fatura"), "template.name"),
        (template_with(language={"code": "português"}), "language"),
        (template_with(language="pt_BR"), "language"),
        (template_with(components={}), "must be a list"),
        (component(type="footer"), "header, body and button"),
        (component(type="button"), "index"),
        (component(parameters=["Ana"]), "list of objects"),
        (component(parameters=[{"type": "text", "text": ""}]), "131008"),
        (component(parameters=[{"type": "text", "text": "a\nb"}]), "132018"),
        (component(parameters=[{"type": "text", "text": "a     b"}]), "132018"),
        (any_whatsapp(type="text", text={"body": ""}), "text.body"),
        (any_whatsapp(type="text", text={"body": "a" * 4097}), "text.body"),
        (any_whatsapp(type="interactive", interactive={"type": "button"}), "interactive.body"),
        (
            any_whatsapp(type="interactive", interactive={"type": "button", "body": {"text": "a"}}),
            "buttons",
        ),
    ],
)
def test_metas_format_is_checked(message: dict[str, Any], reason: str) -> None:
    error = refusal(any_call(json.dumps(message).encode()))
    assert error.code == "InvalidParametersException"
    assert reason in error.message


@pytest.mark.parametrize("raw", [b"text", b"[]", b"\xff"])
def test_a_message_that_is_no_json_object_is_refused(raw: bytes) -> None:
    assert refusal(any_call(raw)).code == "InvalidParametersException"


def test_a_version_that_meta_never_had_is_refused() -> None:
    raw = json.dumps(any_whatsapp()).encode()
    assert refusal(any_call(raw, metaApiVersion="20")).code == "InvalidParametersException"
