"""Amazon SES v2: hand over exact bytes, and read its refusals.

The client must not retry by itself: a retry after a timeout could be a second e-mail. Every code
below means that SES did not take the message; anything else leaves the dispatch in doubt.
Source: SES v2 API reference, SendEmail (errors), read 2026-11.
"""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

from regua.adapters.answers import accepted
from regua.application.ports import Accepted, OutgoingMessage
from regua.domain.errors import ProviderThrottled, RecipientRejected

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

REJECTED = frozenset({"MessageRejected", "BadRequestException"})
BUSY = frozenset(
    {
        "TooManyRequestsException",
        "ThrottlingException",
        "Throttling",
        "InternalServiceErrorException",
        "InternalFailure",
        "ServiceUnavailable",
    }
)
"""Throttling and SES's own failures: gone in a minute or so."""
SHUT = frozenset(
    {
        "LimitExceededException",
        "AccountSuspendedException",
        "SendingPausedException",
        "MailFromDomainNotVerifiedException",
        "NotFoundException",
        "AccessDeniedException",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
"""The daily quota, and faults of our set-up that an operator mends: not the recipient's."""
_NOT_VERIFIED = "not verified"
"""SES answers ``MessageRejected`` for an identity of ours, too; only the text tells them apart."""
BUSY_SECONDS = 60
SHUT_SECONDS = 3600


class SesEmailSender:
    """Sends raw messages through SES."""

    def __init__(self, client: "SESV2Client", configuration_set: str) -> None:
        self._client = client
        self._configuration_set = configuration_set

    def send(self, message: OutgoingMessage) -> Accepted:
        """Hand over a message and return what SES answered."""
        try:
            answer = self._client.send_email(
                FromEmailAddress=message.sender,
                Destination={"ToAddresses": [message.recipient]},
                Content={"Raw": {"Data": message.raw}},
                ConfigurationSetName=self._configuration_set,
                EmailTags=[
                    {"Name": "dispatch_id", "Value": message.dispatch_id},
                    {"Name": "creditor_id", "Value": message.creditor_id},
                    {"Name": "step", "Value": message.step_id},
                ],
            )
        except ClientError as exc:
            code = exc.response["Error"]["Code"]
            ours = code in REJECTED and _NOT_VERIFIED in exc.response["Error"].get("Message", "")
            if code in SHUT or ours:
                raise ProviderThrottled(code, retry_after_seconds=SHUT_SECONDS) from exc
            if code in REJECTED:
                raise RecipientRejected(code) from exc
            if code in BUSY:
                raise ProviderThrottled(code, retry_after_seconds=BUSY_SECONDS) from exc
            raise
        except (ConnectTimeoutError, EndpointConnectionError) as exc:  # it never got the request
            raise ProviderThrottled("no connection", retry_after_seconds=BUSY_SECONDS) from exc
        return accepted(answer["MessageId"], answer)
