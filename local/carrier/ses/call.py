"""The SendEmail call: read, checked the way SES checks it, and turned into one raw message.

Source: the SendEmail reference of the Amazon SES API v2 and "Service quotas in Amazon SES".
The carrier allows 10 message tags, which keeps a sender far from any quota of AWS.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from local.carrier.ses.errors import SesError, bad_request
from local.carrier.ses.mime import Envelope, build_simple, read_envelope

if TYPE_CHECKING:
    from datetime import datetime

MAX_RAW_BYTES = 40 * 1024 * 1024
MAX_RECIPIENTS = 50
MAX_TAGS = 10
MAX_TAG_CHARACTERS = 256
MAX_HEADERS = 15
_TAG = re.compile(r"[A-Za-z0-9_-]+")
_TAG_NAME = re.compile(r"[A-Za-z0-9_-]+|ses:feedback-id-[ab]")
_CONFIGURATION_SET = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HEADER_NAME = re.compile(r"[!-9;-@A-~]{1,126}")
_HEADER_VALUE = re.compile(r"[ -~]{1,995}")


@dataclass(frozen=True, slots=True)
class SendCall:
    """A valid call."""

    raw: bytes
    envelope: Envelope
    sender: str
    recipients: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    configuration_set: str | None

    @property
    def dispatch_id(self) -> str | None:
        """Return the value of the tag `dispatch_id`."""
        return dict(self.tags).get("dispatch_id")


def read_call(body: bytes, now: datetime) -> SendCall:
    """Read and check a SendEmail request body.

    Raises:
        SesError: the refusal SES would give.
    """
    document = _document(body)
    raw = _raw_message(document, now)
    envelope = _envelope(raw)
    sender = _text(document, "FromEmailAddress") or envelope.sender
    _check_address(sender)
    recipients = _recipients(document, envelope)
    configuration_set = _configuration_set(document, envelope)
    return SendCall(raw, envelope, sender, recipients, _tags(document, envelope), configuration_set)


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError as exc:
        raise SesError("SerializationException", "The request body is not valid JSON.") from exc
    if not isinstance(document, dict):
        raise SesError("SerializationException", "The request body is not a structure.")
    return document


def _structure(document: dict[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    if value is not None and not isinstance(value, dict):
        raise SesError("SerializationException", f"{name} is not a structure.")
    return value or {}


def _list(document: dict[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    if value is not None and not isinstance(value, list):
        raise SesError("SerializationException", f"{name} is not a list.")
    return value or []


def _text(document: dict[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is not None and not isinstance(value, str):
        raise SesError("SerializationException", f"{name} is not a string.")
    return value


def _raw_message(document: dict[str, Any], now: datetime) -> bytes:
    content = _structure(document, "Content")
    kinds = [kind for kind in ("Raw", "Simple", "Template") if content.get(kind) is not None]
    if len(kinds) != 1:
        raise bad_request("Content must hold exactly one of Raw, Simple and Template.")
    if kinds == ["Template"]:
        name = _text(_structure(content, "Template"), "TemplateName")
        raise SesError("NotFoundException", f"Template {name} does not exist.")
    if kinds == ["Raw"]:
        return _decoded(_text(_structure(content, "Raw"), "Data"))
    return _composed(document, _structure(content, "Simple"), now)


def _decoded(data: str | None) -> bytes:
    try:
        raw = base64.b64decode(data or "", validate=True)
    except (binascii.Error, ValueError) as exc:
        raise SesError("SerializationException", "Raw.Data is not base64.") from exc
    if not raw:
        raise bad_request("Raw.Data is empty.")
    if len(raw) > MAX_RAW_BYTES:
        raise bad_request(f"Message length is more than {MAX_RAW_BYTES} bytes long: '{len(raw)}'.")
    return raw


def _composed(document: dict[str, Any], simple: dict[str, Any], now: datetime) -> bytes:
    _check_simple(simple)
    destination = _structure(document, "Destination")
    sender = _text(document, "FromEmailAddress")
    if not sender:
        raise bad_request("FromEmailAddress is required for a Simple message.")
    try:
        return build_simple(
            simple,
            sender=sender,
            to=_list(destination, "ToAddresses"),
            cc=_list(destination, "CcAddresses"),
            reply_to=_list(document, "ReplyToAddresses"),
            now=now,
        )
    except (ValueError, KeyError, TypeError) as exc:
        raise bad_request(f"The message cannot be composed: {exc}") from exc


def _check_simple(simple: dict[str, Any]) -> None:
    if _text(_structure(simple, "Subject"), "Data") is None:
        raise bad_request("Simple.Subject.Data is required.")
    body = _structure(simple, "Body")
    texts = [_text(_structure(body, kind), "Data") for kind in ("Text", "Html") if kind in body]
    if not texts or None in texts:
        raise bad_request("Simple.Body must hold Text.Data, Html.Data or both.")
    headers = _list(simple, "Headers")
    if len(headers) > MAX_HEADERS:
        raise bad_request(f"A message may have at most {MAX_HEADERS} additional headers.")
    for header in headers:
        name, value = _text(header, "Name") or "", _text(header, "Value") or ""
        if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
            raise bad_request(f"Invalid header <{name}>.")


def _envelope(raw: bytes) -> Envelope:
    try:
        return read_envelope(raw)
    except ValueError as exc:
        raise bad_request(f"The raw message cannot be parsed. {exc}") from exc


def _check_address(address: object) -> None:
    """Refuse what SES refuses, in its words."""
    local, at, domain = parseaddr(str(address))[1].rpartition("@")
    if not (at and local and domain):
        raise bad_request("Missing final '@domain'")
    if re.search(r"[\s\x00-\x1f]", domain):
        raise bad_request("Domain contains control or whitespace")
    if re.search(r"[\x00-\x1f]", local):
        raise bad_request("Local address contains control or whitespace")
    if not local.isascii():
        raise bad_request("Local address contains non-ASCII characters")
    if domain.startswith(".") or domain.endswith(".") or ".." in domain:
        raise bad_request("Domain starts or ends with dot, or contains dot-dot")


def _recipients(document: dict[str, Any], envelope: Envelope) -> tuple[str, ...]:
    destination = _structure(document, "Destination")
    named = [
        address
        for kind in ("ToAddresses", "CcAddresses", "BccAddresses")
        for address in _list(destination, kind)
    ]
    recipients = named or [*envelope.to, *envelope.cc, *envelope.bcc]
    if not recipients:
        raise bad_request("Missing required destination.")
    if len(recipients) > MAX_RECIPIENTS:
        raise bad_request(f"Recipient count exceeds {MAX_RECIPIENTS}.")
    for recipient in recipients:
        _check_address(recipient)
    return tuple(dict.fromkeys(parseaddr(recipient)[1] for recipient in recipients))


def _configuration_set(document: dict[str, Any], envelope: Envelope) -> str | None:
    name = _text(document, "ConfigurationSetName") or envelope.header("X-SES-CONFIGURATION-SET")
    if name is not None and not _CONFIGURATION_SET.fullmatch(name):
        raise bad_request(f"Configuration set name <{name}> is invalid.")
    return name


def _tags(document: dict[str, Any], envelope: Envelope) -> tuple[tuple[str, str], ...]:
    """Return the message tags; those of the call win over those of the header."""
    listed = _list(document, "EmailTags")
    tags = [(_text(tag, "Name") or "", _text(tag, "Value") or "") for tag in listed]
    header = envelope.header("X-SES-MESSAGE-TAGS")
    if not tags and header:
        pairs = [pair.strip().partition("=") for pair in header.split(",")]
        tags = [(name, value) for name, _, value in pairs]
    if len(tags) > MAX_TAGS:
        raise bad_request(f"A message may have at most {MAX_TAGS} tags.")
    for name, value in tags:
        _check_tag("name", name, _TAG_NAME)
        _check_tag("value", value, _TAG)
    return tuple(tags)


def _check_tag(kind: str, text: str, allowed: re.Pattern[str]) -> None:
    if len(text) > MAX_TAG_CHARACTERS:
        raise bad_request(f"The tag {kind} is longer than {MAX_TAG_CHARACTERS} characters.")
    if not allowed.fullmatch(text):
        raise bad_request(
            f"Invalid tag {kind} <{text}>: only alphanumeric ASCII characters, '_', "
            "and '-' are allowed."
        )
