"""AWS End User Messaging Social: hand over WhatsApp messages, and read the refusals.

The client must not retry by itself: AWS marks its own failures as retryable, but a call that broke
between AWS and Meta may have been a message already. Such answers go through untouched and leave
the dispatch in doubt, to be settled by the receipt; every code in the tables below means that
nothing was sent.
Source: botocore's model of socialmessaging 2024-01-01, SendWhatsAppMessage (errors), read 2026-11.
"""

from typing import Protocol, TypedDict

from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

from regua.adapters.answers import accepted
from regua.application.ports import Accepted, OutgoingMessage
from regua.domain.errors import InvalidInput, ProviderThrottled, RecipientRejected
from regua.domain.evidence import canonical

META_API_VERSION = "v20.0"
"""The version in AWS's own examples; message JSON has not changed since."""
MAX_TEXT = 4096
"""Source: Meta Cloud API, text messages."""

REJECTED = frozenset({"ValidationException", "InvalidParametersException"})
BUSY = frozenset(
    {
        "ThrottledRequestException",
        "ThrottlingException",
        "Throttling",
        "TooManyRequestsException",
        "ServiceUnavailable",
    }
)
SHUT = frozenset(
    {
        "ResourceNotFoundException",
        "AccessDeniedException",
        "AccessDeniedByMetaException",
        "LimitExceededException",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
"""Faults of our set-up that an operator mends: not the recipient's."""
IN_DOUBT = frozenset({"InternalServiceException", "InternalFailure", "DependencyException"})
"""AWS failed, or Meta did behind it: the message may be on its way."""
BUSY_SECONDS = 60
SHUT_SECONDS = 3600


class Sent(TypedDict):
    """AWS's answer. Its id is not Meta's (``wamid``), which only receipts carry."""

    messageId: str


class SocialMessagingClient(Protocol):
    """What is used of boto3's ``socialmessaging`` client."""

    def send_whatsapp_message(
        self,
        *,
        originationPhoneNumberId: str,  # noqa: N803 - boto3's names
        message: bytes,
        metaApiVersion: str,  # noqa: N803
    ) -> Sent:
        """Hand over one message."""
        ...


class WhatsAppSender:
    """Sends messages from a creditor's WhatsApp number."""

    def __init__(
        self, client: SocialMessagingClient, meta_api_version: str = META_API_VERSION
    ) -> None:
        self._client = client
        self._meta_api_version = meta_api_version

    def send(self, message: OutgoingMessage) -> Accepted:
        """Hand over a template message and return what AWS answered."""
        return self._hand_over(message.sender, message.raw)

    def send_text(self, number: str, text: str, *, origin: str) -> Accepted:
        """Answer in free words, which WhatsApp allows for 24 hours after the customer's last.

        Args:
            number: the customer's, E.164 or as WhatsApp writes it.
            text: what to say; its wording is the caller's to check.
            origin: AWS's id of our number.

        Raises:
            InvalidInput: the text is empty or longer than WhatsApp takes.
            RecipientRejected: refused for good; nothing was sent.
            ProviderThrottled: refused for now; nothing was sent.
        """
        if not text.strip() or len(text) > MAX_TEXT:
            raise InvalidInput.at("text", f"empty, or longer than {MAX_TEXT} characters")
        message = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": number if number.startswith("+") else f"+{number}",
            "type": "text",
            "text": {"body": text, "preview_url": False},
        }
        return self._hand_over(origin, canonical(message))

    def _hand_over(self, origin: str, raw: bytes) -> Accepted:
        try:
            answer = self._client.send_whatsapp_message(
                originationPhoneNumberId=origin,
                message=raw,
                metaApiVersion=self._meta_api_version,
            )
        except ClientError as exc:
            code = exc.response["Error"]["Code"]
            if code in REJECTED:
                raise RecipientRejected(code) from exc
            if code in BUSY:
                raise ProviderThrottled(code, retry_after_seconds=BUSY_SECONDS) from exc
            if code in SHUT:
                raise ProviderThrottled(code, retry_after_seconds=SHUT_SECONDS) from exc
            raise
        except (ConnectTimeoutError, EndpointConnectionError) as exc:  # it never got the request
            raise ProviderThrottled("no connection", retry_after_seconds=BUSY_SECONDS) from exc
        return accepted(answer["messageId"], answer)
