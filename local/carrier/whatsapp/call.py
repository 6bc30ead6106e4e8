"""The SendWhatsAppMessage call: read, and its message checked against Meta's format.

Sources: the service model of `socialmessaging` in botocore; "Messages" and "Template messages" in
the reference of Meta's WhatsApp Cloud API.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from local.carrier.aws_model import WrongTypeError, input_violations
from local.carrier.numbers import e164
from local.carrier.whatsapp.errors import SocialError, invalid

SERVICE = "socialmessaging"
TYPES = ("template", "text", "interactive")
MAX_CALLBACK_CHARACTERS = 512
MAX_TEXT_CHARACTERS = 4096
_TO = re.compile(r"\+?[1-9][0-9]{7,14}")
_INSTANT = re.compile(r":(\d{4}-[0-9T:.Z+-]{6,26})(?::[0-9a-f]{16})?$")
_API_VERSION = re.compile(r"v\d{1,2}\.\d")
_TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_FORBIDDEN_IN_PARAMETER = re.compile(r"[\n\t]| {5,}")


@dataclass(frozen=True, slots=True)
class SendCall:
    """A valid call; `raw` is the message as it was handed over, `to` is in E.164."""

    phone_number_id: str
    raw: bytes
    message: dict[str, Any]

    @property
    def to(self) -> str:
        """Return the recipient in E.164."""
        return e164(self.message["to"])

    @property
    def kind(self) -> str:
        """Return the message's type."""
        return str(self.message["type"])

    @property
    def callback_data(self) -> str:
        """Return what every status brings back."""
        return str(self.message.get("biz_opaque_callback_data") or "")

    @property
    def dispatch_id(self) -> str | None:
        """Return the second part of `<creditor>:<dispatch>[:<instant>][:<secret>]`."""
        parts = self.callback_data.split(":", 2)
        return parts[1] if len(parts) > 1 else None

    @property
    def instant(self) -> str | None:
        """Return the message's own instant, if it stands there."""
        found = _INSTANT.search(self.callback_data)
        return None if found is None else found[1]


def read_call(body: bytes) -> SendCall:
    """Read and check a request body.

    Raises:
        SocialError: the refusal AWS would give.
    """
    document = read_document("SendWhatsAppMessage", body)
    if not _API_VERSION.fullmatch(document["metaApiVersion"]):
        raise invalid("metaApiVersion is not a version of Meta's API.")
    raw = base64.b64decode(document["message"])
    return SendCall(document["originationPhoneNumberId"], raw, _message(raw))


def read_document(operation: str, body: bytes) -> dict[str, Any]:
    """Read a request body and check it against the service model.

    Raises:
        SocialError: it breaks the model.
    """
    try:
        document = json.loads(body)
        violations = input_violations(SERVICE, operation, document)
    except (ValueError, WrongTypeError) as exc:
        raise SocialError("SerializationException", str(exc)) from exc
    if violations:
        count = len(violations)
        raise SocialError(
            "ValidationException",
            f"{count} validation error{'' if count == 1 else 's'} detected: "
            + "; ".join(map(str, violations)),
        )
    return dict(document)


def _message(raw: bytes) -> dict[str, Any]:
    try:
        message = json.loads(raw)
    except ValueError as exc:
        raise invalid("The message is not JSON.") from exc
    if not isinstance(message, dict):
        raise invalid("The message is not an object.")
    if message.get("messaging_product") != "whatsapp":
        raise invalid("(#100) messaging_product must be whatsapp.")
    if message.get("recipient_type", "individual") != "individual":
        raise invalid("(#100) recipient_type must be individual.")
    if not _TO.fullmatch(str(message.get("to", ""))):
        raise invalid("(#100) to must be a phone number.")
    callback = message.get("biz_opaque_callback_data", "")
    if not isinstance(callback, str) or len(callback) > MAX_CALLBACK_CHARACTERS:
        raise invalid(
            "(#100) biz_opaque_callback_data must be at most "
            f"{MAX_CALLBACK_CHARACTERS} characters long."
        )
    return _checked_body({"type": "text", **message})


def _checked_body(message: dict[str, Any]) -> dict[str, Any]:
    kind = message["type"]
    if kind not in TYPES:
        raise invalid(f"(#100) The carrier plays messages of type {', '.join(TYPES)} only.")
    body = message.get(kind)
    if not isinstance(body, dict):
        raise invalid(f"(#100) {kind} is required and must be an object.")
    if kind == "template":
        _check_template(body)
    elif kind == "text":
        _check_text(body.get("body"), "text.body")
    else:
        _check_interactive(body)
    return message


def _check_text(text: object, path: str) -> None:
    if not isinstance(text, str) or not 0 < len(text) <= MAX_TEXT_CHARACTERS:
        raise invalid(f"(#100) {path} must have 1 to {MAX_TEXT_CHARACTERS} characters.")


def _check_interactive(body: dict[str, Any]) -> None:
    _check_text(_below(body, "body").get("text"), "interactive.body.text")
    if body.get("type") == "button" and not _below(body, "action").get("buttons"):
        raise invalid("(#100) interactive.action.buttons is required.")


def _check_template(template: dict[str, Any]) -> None:
    if not _TEMPLATE_NAME.fullmatch(str(template.get("name", ""))):
        raise invalid("(#100) template.name must be lower-case letters, digits and underscores.")
    if not _LANGUAGE.fullmatch(str(_below(template, "language").get("code", ""))):
        raise invalid("(#100) template.language.code must be a locale.")
    components = template.get("components", [])
    if not isinstance(components, list):
        raise invalid("(#100) template.components must be a list.")
    for component in components:
        _check_component(component)


def _check_component(component: object) -> None:
    kind = component.get("type") if isinstance(component, dict) else None
    if not isinstance(component, dict) or kind not in ("header", "body", "button"):
        raise invalid("(#100) template.components holds header, body and button only.")
    if kind == "button" and not str(component.get("index", "")).isdigit():
        raise invalid("(#131008) Required parameter is missing: the button's index.")
    parameters = component.get("parameters", [])
    if not isinstance(parameters, list) or not all(isinstance(p, dict) for p in parameters):
        raise invalid("(#100) template.components.parameters must be a list of objects.")
    for parameter in parameters:
        _check_parameter(parameter)


def _check_parameter(parameter: dict[str, Any]) -> None:
    if parameter.get("type") != "text":
        return
    text = parameter.get("text")
    if not isinstance(text, str) or not text:
        raise invalid("(#131008) Required parameter is missing: the parameter's text.")
    if _FORBIDDEN_IN_PARAMETER.search(text):
        raise invalid(
            "(#132018) Param text cannot have new-line/tab characters "
            "or more than 4 consecutive spaces."
        )


def _below(document: dict[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}
