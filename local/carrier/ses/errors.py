"""The refusals of SES v2, on the wire as its REST JSON protocol writes them.

Source: the service model of `sesv2` in botocore (operation SendEmail, its error shapes).
"""

from local.carrier.web import Response, json_response

STATUS_OF = {
    "TooManyRequestsException": 429,
    "LimitExceededException": 400,
    "AccountSuspendedException": 400,
    "SendingPausedException": 400,
    "MessageRejected": 400,
    "MailFromDomainNotVerifiedException": 400,
    "NotFoundException": 404,
    "AlreadyExistsException": 400,
    "BadRequestException": 400,
    "InternalFailure": 500,
    "ServiceUnavailable": 503,
    "UnknownOperationException": 404,
}
MESSAGE_OF = {
    "TooManyRequestsException": "Maximum sending rate exceeded.",
    "LimitExceededException": "Daily message quota exceeded.",
    "AccountSuspendedException": "The account's ability to send email has been suspended.",
    "SendingPausedException": "Email sending is paused for this account or configuration set.",
    "MessageRejected": "Email address is not verified.",
    "MailFromDomainNotVerifiedException": "The MAIL FROM domain is not verified.",
    "InternalFailure": "The request processing has failed because of an unknown error.",
    "ServiceUnavailable": "The request has failed due to a temporary failure of the server.",
}


class SesError(Exception):
    """A refused call; the code is the provider's own, a code SES does not know is a 400."""

    def __init__(self, code: str, message: str | None = None) -> None:
        self.code = code
        self.message = message or MESSAGE_OF.get(code, code)
        super().__init__(f"{code}: {self.message}")

    def response(self) -> Response:
        """Return the answer as an AWS SDK reads it."""
        return json_response(
            {"message": self.message},
            status=STATUS_OF.get(self.code, 400),
            headers={"x-amzn-ErrorType": self.code},
        )


def bad_request(message: str) -> SesError:
    """Return the refusal of a call whose parameters are wrong."""
    return SesError("BadRequestException", message)
