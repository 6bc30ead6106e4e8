"""The refusals of AWS End User Messaging Social, and the failures Meta reports later.

Sources: the service model of `socialmessaging` in botocore; "Error codes" of Meta's WhatsApp Cloud
API (failures come as a `failed` status with such a code).
"""

from __future__ import annotations

from local.carrier.web import Response, json_response

NOT_ON_WHATSAPP = "131026"
SOMETHING_WENT_WRONG = "131000"
RE_ENGAGEMENT = "131047"
SPAM_RATE_LIMIT = "131048"
PARAMETER_COUNT = "132000"
NO_SUCH_TEMPLATE = "132001"
FAILURES = {
    NOT_ON_WHATSAPP: ("Message undeliverable", "Message undeliverable"),
    SOMETHING_WENT_WRONG: ("Something went wrong", "The message could not be sent"),
    "130472": ("User's number is part of an experiment", "The message was held back"),
    "131031": ("Business account has been locked", "The business account is locked"),
    RE_ENGAGEMENT: (
        "Re-engagement message",
        "More than 24 hours have passed since the customer last replied to this number",
    ),
    SPAM_RATE_LIMIT: ("Spam rate limit hit", "Too many messages were blocked or reported"),
    "131049": (
        "Healthy ecosystem engagement",
        "Not delivered to maintain healthy ecosystem engagement",
    ),
    "131050": ("User has stopped marketing messages", "The user opted out of marketing messages"),
    PARAMETER_COUNT: (
        "Number of parameters does not match the expected number of params",
        "The template has another number of parameters",
    ),
    NO_SUCH_TEMPLATE: (
        "Template name does not exist in the translation",
        "The template is not registered in this language",
    ),
}
_STATUS_OF = {
    "AccessDeniedException": 403,
    "ResourceNotFoundException": 404,
    "ThrottledRequestException": 429,
    "InternalServiceException": 500,
    "DependencyException": 502,
    "UnknownOperationException": 404,
}
_MESSAGE_OF = {
    "AccessDeniedException": "You do not have sufficient access to perform this action.",
    "InvalidParametersException": "One or more parameters provided to the action are not valid.",
    "ResourceNotFoundException": "The resource was not found.",
    "ThrottledRequestException": "Your request was denied due to request throttling.",
    "InternalServiceException": "The request failed because of an internal service error.",
    "DependencyException": "The request failed because of an error in a dependency.",
}


class SocialError(Exception):
    """A refused call; a code the service does not know is a 400."""

    def __init__(self, code: str, message: str | None = None) -> None:
        self.code = code
        self.message = message or _MESSAGE_OF.get(code, code)
        super().__init__(f"{code}: {self.message}")

    def response(self) -> Response:
        """Return the answer as an AWS SDK reads it."""
        return json_response(
            {"message": self.message},
            status=_STATUS_OF.get(self.code, 400),
            headers={"x-amzn-ErrorType": self.code},
        )


def invalid(message: str) -> SocialError:
    """Return the refusal of a message that Meta's format does not allow."""
    return SocialError("InvalidParametersException", message)
