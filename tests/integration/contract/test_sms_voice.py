"""Every way the SMS and voice service can refuse, by its real codes, and what a sender is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
)
from botocore.stub import Stubber

from regua.adapters.sms_voice import (
    BY_REASON,
    DEFAULT_VOICE,
    IN_DOUBT,
    PARAMETER_REASONS,
    REJECTED_REASONS,
    SHORTEST_TIME_TO_LIVE,
    SmsSender,
    SmsVoiceClient,
    VoiceSender,
)
from regua.application.creditor_document import VoiceDocument
from regua.application.ports import MessageSender, OutgoingMessage
from regua.domain.errors import ProviderThrottled, RecipientRejected
from regua.domain.ids import CreditorId, DispatchId
from regua.domain.ruler import Channel
from regua.runtime import clients

TEXT = OutgoingMessage(
    Channel.SMS,
    sender="REGUA",
    recipient="+5511987654321",
    raw=b"Sol: fatura de 03/11: https://x.example.com.br/a SAIR p/ parar",
    dispatch_id=DispatchId("d" * 32),
    creditor_id=CreditorId("aurora"),
    step_id="vencida-3",
    at=datetime(2026, 11, 6, 12, tzinfo=UTC),
)
CALL = replace(
    TEXT, channel=Channel.VOICE, sender="+551140000000", raw=b"<speak>Ol\xc3\xa1</speak>"
)
CONTEXT = {
    "dispatch_id": "d" * 32,
    "creditor_id": "aurora",
    "step": "vencida-3",
    "at": "2026-11-06T12:00:00.000Z",
}


def text_sender(client: SmsVoiceClient) -> tuple[MessageSender, OutgoingMessage]:
    return SmsSender(client, "regua"), TEXT


def voice_sender(client: SmsVoiceClient) -> tuple[MessageSender, OutgoingMessage]:
    return VoiceSender(client, "regua"), CALL


Build = Callable[[SmsVoiceClient], tuple[MessageSender, OutgoingMessage]]
BOTH = pytest.mark.parametrize(
    ("build", "operation"),
    [(text_sender, "send_text_message"), (voice_sender, "send_voice_message")],
    ids=["sms", "voice"],
)


def client() -> Any:  # noqa: ANN401 - no stubs for this service
    return boto3.client("pinpoint-sms-voice-v2")


def stubbed(stub: Stubber) -> Any:  # noqa: ANN401 - as above
    return stub.client


def model() -> Any:  # noqa: ANN401 - botocore's service model
    return client().meta.service_model


def reasons_of(shape: str) -> list[str]:
    return sorted(model().shape_for(f"{shape}Reason").enum)


def test_a_text_goes_out_with_the_context_that_settles_doubts() -> None:
    with Stubber(client()) as stub:
        stub.add_response(
            "send_text_message",
            {"MessageId": "sms-1"},
            {
                "DestinationPhoneNumber": "+5511987654321",
                "OriginationIdentity": "REGUA",
                "MessageBody": TEXT.raw.decode(),
                "MessageType": "TRANSACTIONAL",
                "ConfigurationSetName": "regua",
                "TimeToLive": 14400,
                "Context": CONTEXT,
            },
        )
        assert SmsSender(stubbed(stub), "regua").send(TEXT).message_id == "sms-1"
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(("voice", "told"), [(None, "CAMILA"), ("Ricardo", "RICARDO")])
def test_a_call_goes_out_as_ssml_in_the_creditors_voice(voice: str | None, told: str) -> None:
    with Stubber(client()) as stub:
        stub.add_response(
            "send_voice_message",
            {"MessageId": "voz-1"},
            {
                "DestinationPhoneNumber": "+5511987654321",
                "OriginationIdentity": "+551140000000",
                "MessageBody": "<speak>Olá</speak>",
                "MessageBodyTextType": "SSML",
                "VoiceId": told,
                "ConfigurationSetName": "regua",
                "TimeToLive": 600,
                "Context": CONTEXT,
            },
        )
        asked: list[str] = []

        def voice_of(creditor_id: CreditorId) -> str | None:
            asked.append(creditor_id)
            return voice

        sender = VoiceSender(stubbed(stub), "regua", voice_of=voice_of, time_to_live_seconds=600)
        assert sender.send(CALL).message_id == "voz-1"
        assert asked == ["aurora"]


class Recorder:
    """Takes every request and keeps its time to live."""

    def __init__(self) -> None:
        self.seconds: list[int] = []

    def send_text_message(self, **request: Any) -> dict[str, str]:  # noqa: ANN401 - botocore's
        self.seconds.append(request["TimeToLive"])
        return {"MessageId": "m-1"}

    send_voice_message = send_text_message


@BOTH
@pytest.mark.parametrize(
    ("left", "longest", "why"),
    [
        (timedelta(hours=9), (14_400, 900), "its hours last longer than it is tried"),
        (timedelta(hours=1), (3600, 900), "a text is tried until its hours end"),
        (timedelta(seconds=60), (60, 60), "so is a call"),
        (timedelta(seconds=59.9), (59, 59), "and not a second longer"),
        (timedelta(seconds=2), (5, 5), "less than this the provider refuses"),
        (None, (14_400, 900), "nobody said when its hours end"),
    ],
)
def test_nothing_is_tried_for_longer_than_its_hours_last(
    build: Build, operation: str, left: timedelta | None, longest: tuple[int, int], why: str
) -> None:
    recorder = Recorder()
    sender, message = build(recorder)
    assert message.at is not None
    expires_at = None if left is None else message.at + left
    sender.send(replace(message, expires_at=expires_at))
    assert recorder.seconds == [longest[operation == "send_voice_message"]], why


@pytest.mark.parametrize("operation", ["SendTextMessage", "SendVoiceMessage"])
def test_the_shortest_time_to_live_is_the_providers(operation: str) -> None:
    shape = model().operation_model(operation).input_shape.members["TimeToLive"]
    assert shape.metadata["min"] == SHORTEST_TIME_TO_LIVE


def refused_with(build: Build, operation: str, code: str, **fields: Any) -> Exception:  # noqa: ANN401 - any JSON
    with Stubber(client()) as stub:
        stub.add_client_error(
            operation,
            code,
            service_message="+5511987654321 recusado",
            modeled_fields=fields or None,
        )
        sender, message = build(stubbed(stub))
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what is asked
            sender.send(message)
        return caught.value


@BOTH
@pytest.mark.parametrize("reason", reasons_of("ServiceQuotaExceededException"))
def test_a_quota_is_a_refusal_for_now(build: Build, operation: str, reason: str) -> None:
    error = refused_with(build, operation, "ServiceQuotaExceededException", Reason=reason)
    assert isinstance(error, ProviderThrottled)
    a_day = reason == "DAILY_DESTINATION_CALL_LIMIT"
    assert error.retry_after_seconds == (86_400 if a_day else 3600)


@BOTH
@pytest.mark.parametrize("reason", reasons_of("AccessDeniedException"))
def test_an_account_that_may_not_send_is_a_refusal_for_now(
    build: Build, operation: str, reason: str
) -> None:
    error = refused_with(build, operation, "AccessDeniedException", Reason=reason)
    assert isinstance(error, ProviderThrottled)


FINAL = {
    "DESTINATION_PHONE_NUMBER_OPTED_OUT",
    "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
    "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
    "DESTINATION_COUNTRY_BLOCKED",
    "INTERNATIONAL_SENDING_NOT_SUPPORTED",
    "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY",
    "PRICE_OVER_THRESHOLD",
    "MAXIMUM_SIZE_EXCEEDED",
    "CANNOT_PARSE",
    "FIELD_VALIDATION_FAILED",
    "INVALID_PARAMETER",
    "INVALID_REQUEST",
}


@BOTH
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        *(("ConflictException", r) for r in reasons_of("ConflictException")),
        *(("ValidationException", r) for r in reasons_of("ValidationException")),
    ],
)
def test_the_reason_tells_the_recipients_fault_from_ours(
    build: Build, operation: str, code: str, reason: str
) -> None:
    error = refused_with(build, operation, code, Reason=reason)
    assert str(error) == f"{code} {reason}", "the number is not told"
    if reason in FINAL:
        assert isinstance(error, RecipientRejected)
    else:
        assert isinstance(error, ProviderThrottled)
        assert error.retry_after_seconds == 3600


@BOTH
@pytest.mark.parametrize("reason", sorted(PARAMETER_REASONS))
@pytest.mark.parametrize(
    ("fields", "is_final"),
    [
        (["DestinationPhoneNumber"], True),
        (["destinationPhoneNumber"], True),
        (["MessageBody"], True),
        (["OriginationIdentity"], False),
        (["ConfigurationSetName", "VoiceId"], False),
        (["VoiceId", "MessageBody"], True),
    ],
)
def test_the_field_tells_whose_fault_a_wrong_parameter_is(
    build: Build,
    operation: str,
    reason: str,
    fields: list[str],
    *,
    is_final: bool,
) -> None:
    named = [{"Name": name, "Message": "x"} for name in fields]
    error = refused_with(build, operation, "ValidationException", Reason=reason, Fields=named)
    assert isinstance(error, RecipientRejected if is_final else ProviderThrottled)


@BOTH
@pytest.mark.parametrize("code", sorted(BY_REASON))
def test_a_refusal_without_a_reason_rejects_nobody(build: Build, operation: str, code: str) -> None:
    assert isinstance(refused_with(build, operation, code), ProviderThrottled)


@BOTH
@pytest.mark.parametrize("code", sorted(IN_DOUBT))
def test_what_may_have_been_sent_goes_through_untouched_and_leaves_a_doubt(
    build: Build, operation: str, code: str
) -> None:
    assert isinstance(refused_with(build, operation, code), ClientError)


def test_every_reason_that_rejects_is_one_of_the_providers() -> None:
    known = {*reasons_of("ConflictException"), *reasons_of("ValidationException")}
    ours = REJECTED_REASONS | PARAMETER_REASONS
    assert ours == FINAL
    assert known >= ours


def test_the_default_voice_is_one_of_the_providers() -> None:
    chosen = get_args(VoiceDocument.model_fields["voice"].annotation)
    assert {"CAMILA", "RICARDO", "VITORIA"} == set(chosen)
    assert {DEFAULT_VOICE, *chosen} <= set(model().shape_for("VoiceId").enum)


class Answer:
    """An HTTP answer, as botocore's session gives it."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status_code = status
        self.content = body
        self.headers = {"x-amzn-requestid": "r"}


@BOTH
@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Answer(500, b'{"__type":"InternalServerException"}'), ClientError),
        (Answer(400, b'{"__type":"ThrottlingException"}'), ProviderThrottled),
        (Answer(503, b'{"__type":"ServiceUnavailable"}'), ProviderThrottled),
    ],
    ids=["500", "throttled", "503"],
)
def test_the_client_never_sends_twice_by_itself(
    build: Build,
    operation: str,
    outcome: Answer,
    expected: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    del operation
    tries: list[int] = []

    def answer(*_: object, **__: object) -> Answer:
        tries.append(1)
        return outcome

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", answer)
    sender, message = build(clients.sms_voice())
    with pytest.raises(expected):
        sender.send(message)
    assert len(tries) == 1


def test_a_reason_on_the_wire_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"""{"__type":"com.amazonaws.sms#ConflictException","Message":"+5511987654321 opted out",
        "Reason":"DESTINATION_PHONE_NUMBER_OPTED_OUT","ResourceType":"opted-out-number"}"""
    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", lambda *_: Answer(400, body))
    with pytest.raises(
        RecipientRejected, match=r"^ConflictException DESTINATION_PHONE_NUMBER_OPTED_OUT$"
    ):
        SmsSender(clients.sms_voice(), "regua").send(TEXT)
