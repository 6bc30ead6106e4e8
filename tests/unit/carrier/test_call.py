"""What the carrier accepts as a SendEmail call and what it refuses, as SES does."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from local.carrier.ses.call import SendCall, read_call
from local.carrier.ses.errors import SesError
from tests.unit.carrier.mail import any_mail

NOW = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)
DROP = object()


def any_call(**changes: object) -> bytes:
    document: dict[str, Any] = {
        "FromEmailAddress": "Credor <cobranca@credor.example.com.br>",
        "Destination": {"ToAddresses": ["ana@cliente.example.com.br"]},
        "Content": raw_content(any_mail()),
        "EmailTags": [{"Name": "dispatch_id", "Value": "abc"}],
        "ConfigurationSetName": "regua",
        **changes,
    }
    return json.dumps({key: value for key, value in document.items() if value is not DROP}).encode()


def raw_content(raw: bytes) -> dict[str, Any]:
    return {"Raw": {"Data": base64.b64encode(raw).decode()}}


def simple_content(**changes: object) -> dict[str, Any]:
    return {
        "Simple": {
            "Subject": {"Data": "Olá"},
            "Body": {"Text": {"Data": "texto"}, "Html": {"Data": "<p>html</p>"}},
            **changes,
        }
    }


def refusal(body: bytes) -> SesError:
    with pytest.raises(SesError) as refused:
        read_call(body, NOW)
    return refused.value


def read(body: bytes) -> SendCall:
    return read_call(body, NOW)


def test_a_raw_message_is_kept_to_the_byte() -> None:
    raw = any_mail()
    call = read(any_call(Content=raw_content(raw)))
    assert call.raw == raw
    assert call.dispatch_id == "abc"
    assert call.recipients == ("ana@cliente.example.com.br",)
    assert call.envelope.subject == "Sua fatura vence amanhã"
    assert call.envelope.dated == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_without_a_destination_the_recipients_are_those_of_the_headers() -> None:
    raw = any_mail("Ana <ana@a.example.com.br>, bia@b.example.com.br")
    call = read(any_call(Content=raw_content(raw), Destination=DROP))
    assert call.recipients == ("ana@a.example.com.br", "bia@b.example.com.br")


def test_a_simple_message_is_composed_with_headers_and_attachments() -> None:
    content = simple_content(
        Headers=[{"Name": "List-Unsubscribe", "Value": "<https://x.example.com.br/u>"}],
        Attachments=[
            {
                "FileName": "boleto.pdf",
                "ContentType": "application/pdf",
                "RawContent": base64.b64encode(b"%PDF").decode(),
            }
        ],
    )
    call = read(any_call(Content=content))
    assert call.envelope.subject == "Olá"
    assert call.envelope.header("list-unsubscribe") == "<https://x.example.com.br/u>"
    assert b"boleto.pdf" in call.raw
    assert call.envelope.dated == NOW


def test_tags_of_the_call_win_over_those_of_the_header() -> None:
    raw = b"X-SES-MESSAGE-TAGS: a=1, b=2\r\nX-SES-CONFIGURATION-SET: outro\r\n" + any_mail()
    from_header = read(
        any_call(Content=raw_content(raw), EmailTags=DROP, ConfigurationSetName=DROP)
    )
    assert from_header.tags == (("a", "1"), ("b", "2"))
    assert from_header.configuration_set == "outro"
    assert read(any_call(Content=raw_content(raw))).tags == (("dispatch_id", "abc"),)


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"Content": DROP}, "BadRequestException", "exactly one of"),
        ({"Content": {**raw_content(b"x"), **simple_content()}}, "BadRequestException", "exactly"),
        ({"Content": {"Template": {"TemplateName": "t"}}}, "NotFoundException", "Template t"),
        ({"Content": raw_content(b"not a message at all")}, "BadRequestException", "parsed"),
        ({"Content": {"Raw": {"Data": "***"}}}, "SerializationException", "base64"),
        ({"Content": {"Raw": {"Data": ""}}}, "BadRequestException", "empty"),
        ({"Content": simple_content(Body={})}, "BadRequestException", "Body"),
        ({"Content": simple_content(Subject={})}, "BadRequestException", "Subject"),
        ({"Content": simple_content(Headers=[{"Name": "A B", "Value": "x"}])},
         "BadRequestException", "Invalid header <A B>"),
        ({"Destination": {"ToAddresses": ["ana"]}}, "BadRequestException", "@domain"),
        ({"Destination": {"ToAddresses": ["joão@a.br"]}}, "BadRequestException", "non-ASCII"),
        ({"Destination": {"ToAddresses": ["a@b..br"]}}, "BadRequestException", "dot-dot"),
        ({"Destination": {"ToAddresses": [f"a{n}@b.br" for n in range(51)]}},
         "BadRequestException", "exceeds 50"),
        ({"Destination": {"ToAddresses": "ana@a.br"}}, "SerializationException", "not a list"),
        ({"FromEmailAddress": "credor"}, "BadRequestException", "@domain"),
        ({"ConfigurationSetName": "a b"}, "BadRequestException", "Configuration set"),
        ({"EmailTags": [{"Name": "step", "Value": "a:b"}]}, "BadRequestException",
         "Invalid tag value <a:b>"),
        ({"EmailTags": [{"Name": "passo é", "Value": "a"}]}, "BadRequestException", "tag name"),
        ({"EmailTags": [{"Name": "step", "Value": ""}]}, "BadRequestException", "tag value"),
        ({"EmailTags": [{"Name": "n", "Value": "v" * 257}]}, "BadRequestException", "longer"),
        ({"EmailTags": [{"Name": f"n{n}", "Value": "v"} for n in range(11)]},
         "BadRequestException", "at most 10 tags"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_refused_with_the_code_and_the_reason(
    changes: dict[str, Any], code: str, says: str
) -> None:
    error = refusal(any_call(**changes))
    assert (error.code, says in error.message) == (code, True), error.message


@pytest.mark.parametrize("body", [b"", b"{", b"[]"])
def test_a_body_that_is_no_structure_is_refused(body: bytes) -> None:
    assert refusal(body).code == "SerializationException"


def test_a_message_over_the_size_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.carrier.ses.call.MAX_RAW_BYTES", 100)
    assert "more than 100 bytes" in refusal(any_call()).message
