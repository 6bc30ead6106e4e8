"""The calls SendTextMessage and SendVoiceMessage: read and checked the way AWS checks them.

Source: the service model of `pinpoint-sms-voice-v2` in botocore, and the API reference for what the
model does not say: a body and a type are asked for although they are not marked as required.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.carrier.aws_model import WrongTypeError, input_violations
from local.carrier.numbers import e164
from local.carrier.sms_voice.errors import SmsVoiceError, invalid
from local.carrier.sms_voice.segments import Segments, segments
from local.carrier.sms_voice.speech import read_ssml

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE = "pinpoint-sms-voice-v2"
TARGET = "PinpointSMSVoiceV2."
CHANNEL_OF = {"SendTextMessage": "sms", "SendVoiceMessage": "voice"}
DEFAULT_TEXT_VOICE = "MATTHEW"
LONGEST_TTL_SECONDS = 259_200


@dataclass(frozen=True, slots=True)
class SendCall:
    """A valid call on one of the two channels; `destination` is in E.164."""

    channel: str
    destination: str
    origination: str
    body: str
    context: Mapping[str, str] = field(default_factory=dict)
    configuration_set: str | None = None
    message_type: str = "TRANSACTIONAL"
    text_type: str = "TEXT"
    voice_id: str = DEFAULT_TEXT_VOICE
    ttl_seconds: int = LONGEST_TTL_SECONDS
    is_dry_run: bool = False

    @property
    def segments(self) -> Segments:
        """Return how the text travels as SMS."""
        return segments(self.body)

    @property
    def dispatch_id(self) -> str | None:
        """Return the context's `dispatch_id`."""
        return self.context.get("dispatch_id")


def read_call(operation: str, body: bytes) -> SendCall:
    """Read and check a request body of one of `CHANNEL_OF`'s operations.

    Raises:
        SmsVoiceError: the refusal AWS would give.
    """
    document = _document(operation, body)
    text = document.get("MessageBody")
    if text is None:
        raise invalid("MISSING_PARAMETER", "MessageBody", "MessageBody is required.")
    call = SendCall(
        channel=CHANNEL_OF[operation],
        destination=e164(document["DestinationPhoneNumber"]),
        origination=document.get("OriginationIdentity") or "",
        body=text,
        context=document.get("Context") or {},
        configuration_set=document.get("ConfigurationSetName"),
        message_type=document.get("MessageType") or "TRANSACTIONAL",
        text_type=document.get("MessageBodyTextType") or "TEXT",
        voice_id=document.get("VoiceId") or DEFAULT_TEXT_VOICE,
        ttl_seconds=document.get("TimeToLive") or LONGEST_TTL_SECONDS,
        is_dry_run=bool(document.get("DryRun")),
    )
    _check_speech(call)
    return call


def _document(operation: str, body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
        violations = input_violations(SERVICE, operation, document)
    except (ValueError, WrongTypeError) as exc:
        raise SmsVoiceError("SerializationException", str(exc), {}) from exc
    if not violations:
        return dict(document)
    is_missing = all(violation.is_missing for violation in violations)
    count = len(violations)
    raise SmsVoiceError(
        "ValidationException",
        f"{count} validation error{'' if count == 1 else 's'} detected: "
        + "; ".join(map(str, violations)),
        {
            "Reason": "MISSING_PARAMETER" if is_missing else "FIELD_VALIDATION_FAILED",
            "Fields": [{"Name": v.path, "Message": v.constraint} for v in violations],
        },
    )


def _check_speech(call: SendCall) -> None:
    if call.channel != "voice" or call.text_type != "SSML":
        return
    try:
        read_ssml(call.body)
    except ValueError as exc:
        raise invalid("INVALID_PARAMETER", "MessageBody", f"Invalid SSML: {exc}") from exc
