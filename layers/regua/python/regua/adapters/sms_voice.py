"""AWS End User Messaging: hand over text messages and calls, and read its refusals.

The client must not retry by itself: a retry after a timeout could be a second message. Every
refusal mapped here means that nothing was sent; anything else, the provider's own failure
included, leaves the dispatch in doubt, until a receipt with its ``Context`` settles it.

Source: pinpoint-sms-voice-v2, SendTextMessage and SendVoiceMessage (errors and their ``Reason``,
botocore model 2022-03-31). A context has at most five entries, of 100 characters for the key and
800 for the value. ``TimeToLive`` is 5 to 259 200 seconds, 72 hours where it is left out.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

from regua.adapters.answers import accepted
from regua.application.ports import Accepted, OutgoingMessage
from regua.application.wire import instant_text
from regua.domain.errors import FinalError, ProviderThrottled, RecipientRejected, TemporaryError
from regua.domain.ids import CreditorId

BUSY = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    }
)
"""Turned away at the door: gone in a minute or so."""
SHUT = frozenset(
    {
        "ServiceQuotaExceededException",
        "AccessDeniedException",
        "ResourceNotFoundException",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
"""The spending limit, and faults of our set-up that an operator mends: not the recipient's."""
IN_DOUBT = frozenset({"InternalServerException", "InternalFailure", "InternalServerError"})
"""The provider failed, and does not say before or after it sent: never mapped, always raised."""
BY_REASON = frozenset({"ConflictException", "ValidationException"})
"""These refuse the request; the reason tells whether the recipient or our set-up is at fault."""
REJECTED_REASONS = frozenset(
    {
        "DESTINATION_PHONE_NUMBER_OPTED_OUT",
        "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
        "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
        "DESTINATION_COUNTRY_BLOCKED",
        "INTERNATIONAL_SENDING_NOT_SUPPORTED",
        "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY",
        "PRICE_OVER_THRESHOLD",
        "MAXIMUM_SIZE_EXCEEDED",
    }
)
"""This recipient or this text will never do. Every reason that is not here is of our set-up."""
PARAMETER_REASONS = frozenset(
    {"CANNOT_PARSE", "FIELD_VALIDATION_FAILED", "INVALID_PARAMETER", "INVALID_REQUEST"}
)
"""A field is wrong, and ``Fields`` says which; without it, the number and the text are suspected,
for they are what changes from one message to the next."""
_OF_THE_MESSAGE = frozenset({"destinationphonenumber", "messagebody"})
DAILY_LIMIT_REASON = "DAILY_DESTINATION_CALL_LIMIT"
"""One number was called too often today."""
BUSY_SECONDS = 60
SHUT_SECONDS = 3600
DAY_SECONDS = 86_400
SMS_TIME_TO_LIVE = 4 * 3600
"""How long a text is tried at most (seconds); where its hours end sooner, until they do."""
CALL_TIME_TO_LIVE = 900
"""How long a call is tried at most (seconds); where its hours end sooner, until they do."""
SHORTEST_TIME_TO_LIVE = 5
"""What the provider takes; so much may a message be late whose hours end in less (seconds)."""
DEFAULT_VOICE = "CAMILA"
"""A Brazilian voice of Amazon Polly's."""


class SmsVoiceClient(Protocol):
    """The part of boto3's ``pinpoint-sms-voice-v2`` client that is used."""

    def send_text_message(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 - botocore's
        """Send a text message."""
        ...

    def send_voice_message(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 - botocore's
        """Make a call."""
        ...


class SmsSender:
    """Sends text messages; the text is ``raw`` in UTF-8."""

    def __init__(
        self,
        client: SmsVoiceClient,
        configuration_set: str,
        *,
        time_to_live_seconds: int = SMS_TIME_TO_LIVE,
    ) -> None:
        self._client = client
        self._configuration_set = configuration_set
        self._time_to_live_seconds = time_to_live_seconds

    def send(self, message: OutgoingMessage) -> Accepted:
        """Hand over a message and return what the provider answered."""
        request = {
            **_addressed(message, self._configuration_set, self._time_to_live_seconds),
            "MessageBody": message.raw.decode(),
            "MessageType": "TRANSACTIONAL",
        }
        return _handed_over(self._client.send_text_message, request)


class VoiceSender:
    """Makes calls; the script is ``raw``, SSML in UTF-8.

    ``voice_of`` tells which voice reads a creditor's scripts; None is `DEFAULT_VOICE`.
    """

    def __init__(
        self,
        client: SmsVoiceClient,
        configuration_set: str,
        *,
        voice_of: Callable[[CreditorId], str | None] = lambda _: None,
        time_to_live_seconds: int = CALL_TIME_TO_LIVE,
    ) -> None:
        self._client = client
        self._configuration_set = configuration_set
        self._voice_of = voice_of
        self._time_to_live_seconds = time_to_live_seconds

    def send(self, message: OutgoingMessage) -> Accepted:
        """Hand over a call and return what the provider answered."""
        request = {
            **_addressed(message, self._configuration_set, self._time_to_live_seconds),
            "MessageBody": message.raw.decode(),
            "MessageBodyTextType": "SSML",
            "VoiceId": (self._voice_of(message.creditor_id) or DEFAULT_VOICE).upper(),
        }
        return _handed_over(self._client.send_voice_message, request)


def _addressed(message: OutgoingMessage, configuration_set: str, seconds: int) -> dict[str, Any]:
    """Return what both requests share; the context comes back in every receipt."""
    return {
        "DestinationPhoneNumber": message.recipient,
        "OriginationIdentity": message.sender,
        "ConfigurationSetName": configuration_set,
        "TimeToLive": _time_to_live(message, seconds),
        "Context": {
            "dispatch_id": message.dispatch_id,
            "creditor_id": message.creditor_id,
            "step": message.step_id,
            **({} if message.at is None else {"at": instant_text(message.at)}),
        },
    }


def _time_to_live(message: OutgoingMessage, longest: int) -> int:
    """Return for how many seconds it may be tried: no longer than its hours last."""
    if message.at is None or message.expires_at is None:
        return longest
    left = int((message.expires_at - message.at).total_seconds())
    return max(SHORTEST_TIME_TO_LIVE, min(longest, left))


def _handed_over(call: Callable[..., Mapping[str, Any]], request: dict[str, Any]) -> Accepted:
    try:
        answer = call(**request)
    except ClientError as exc:
        refusal = _refusal(exc)
        if refusal is None:
            raise
        raise refusal from exc
    except (ConnectTimeoutError, EndpointConnectionError) as exc:  # it never got the request
        raise ProviderThrottled("no connection", retry_after_seconds=BUSY_SECONDS) from exc
    return accepted(str(answer["MessageId"]), answer)


def _refusal(error: ClientError) -> FinalError | TemporaryError | None:
    """Read an error: a refusal for good or for now, or None when something may have been sent."""
    answer: Mapping[str, Any] = error.response
    code = answer["Error"]["Code"]
    reason = answer.get("Reason")
    name = f"{code} {reason}" if reason else code
    if code in BUSY:
        return ProviderThrottled(name, retry_after_seconds=BUSY_SECONDS)
    if code in BY_REASON and _is_of_the_message(reason, answer.get("Fields") or ()):
        return RecipientRejected(name)
    if code in SHUT or code in BY_REASON:
        seconds = DAY_SECONDS if reason == DAILY_LIMIT_REASON else SHUT_SECONDS
        return ProviderThrottled(name, retry_after_seconds=seconds)
    return None


def _is_of_the_message(reason: str | None, fields: Any) -> bool:  # noqa: ANN401 - the wire's
    """Tell whether the recipient or the text is refused, and not how we are set up."""
    named = {str(field.get("Name", "")).lower() for field in fields}
    if reason in PARAMETER_REASONS:
        return not named or not named.isdisjoint(_OF_THE_MESSAGE)
    return reason in REJECTED_REASONS
