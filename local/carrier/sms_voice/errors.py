"""The refusals of the SMS and Voice API v2, on the wire as AWS JSON 1.0 writes them.

Source: the service model of `pinpoint-sms-voice-v2` in botocore (error shapes and their reasons).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.carrier.web import Response, json_response

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTENT_TYPE = "application/x-amz-json-1.0"
_NAMESPACE = "com.amazonaws.pinpointsmsvoicev2"
_STATUS_OF = {"InternalServerException": 500, "ServiceUnavailableException": 503}
_MESSAGE_OF = {
    "ThrottlingException": "Rate exceeded",
    "ConflictException": "The destination phone number is opted out.",
    "ResourceNotFoundException": "The requested resource was not found.",
    "AccessDeniedException": "The account is not allowed to do this.",
    "ServiceQuotaExceededException": "The monthly spend limit was reached.",
    "InternalServerException": "The request failed because of an internal error.",
}
_DETAILS_OF: Mapping[str, Mapping[str, Any]] = {
    "ConflictException": {
        "Reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT",
        "ResourceType": "opted-out-number",
    },
    "ResourceNotFoundException": {"ResourceType": "configuration-set"},
    "AccessDeniedException": {"Reason": "ACCOUNT_DISABLED"},
    "ServiceQuotaExceededException": {"Reason": "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"},
    "ValidationException": {"Reason": "OTHER"},
}


class SmsVoiceError(Exception):
    """A refused call; a code the service does not know is a 400."""

    def __init__(
        self, code: str, message: str | None = None, details: Mapping[str, Any] | None = None
    ) -> None:
        self.code = code
        self.message = message or _MESSAGE_OF.get(code, code)
        self.details = details if details is not None else _DETAILS_OF.get(code, {})
        super().__init__(f"{code}: {self.message}")

    def response(self) -> Response:
        """Return the answer as an AWS SDK reads it."""
        return json_response(
            {"__type": f"{_NAMESPACE}#{self.code}", "Message": self.message, **self.details},
            status=_STATUS_OF.get(self.code, 400),
            content_type=CONTENT_TYPE,
        )


def invalid(reason: str, field: str, message: str) -> SmsVoiceError:
    """Return the refusal of a call whose field is wrong."""
    fields = [{"Name": field, "Message": message}]
    return SmsVoiceError("ValidationException", message, {"Reason": reason, "Fields": fields})
