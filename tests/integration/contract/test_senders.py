"""What every sender owes the use case, whatever its provider: one suite over all of them.

A final refusal is each provider's own affair, and stands with what else is its own in the files
beside this one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.stub import Stubber

from regua.adapters import ses, sms_voice, whatsapp_sender
from regua.adapters.answers import accepted
from regua.application.ports import Accepted, MessageSender, OutgoingMessage
from regua.domain.errors import ProviderThrottled
from regua.domain.ids import CreditorId, DispatchId
from regua.domain.ruler import Channel
from regua.runtime import clients


@dataclass(frozen=True)
class Provider:
    """One channel's provider: its client as the functions make it, and what its codes mean."""

    channel: Channel
    operation: str
    make_client: Callable[[], Any]
    make_sender: Callable[[Any], MessageSender]
    busy: frozenset[str]
    shut: frozenset[str]
    others: frozenset[str]
    """Codes that reject the recipient, or leave a doubt."""


_TEXTS_AND_CALLS: dict[str, Any] = {
    "make_client": clients.sms_voice,
    "busy": sms_voice.BUSY,
    "shut": sms_voice.SHUT,
    "others": frozenset(sms_voice.BY_REASON) | sms_voice.IN_DOUBT,
}
PROVIDERS = (
    Provider(
        Channel.EMAIL,
        "send_email",
        clients.sesv2,
        lambda client: ses.SesEmailSender(client, "regua"),
        ses.BUSY,
        ses.SHUT,
        ses.REJECTED,
    ),
    Provider(
        Channel.SMS,
        "send_text_message",
        make_sender=lambda client: sms_voice.SmsSender(client, "regua"),
        **_TEXTS_AND_CALLS,
    ),
    Provider(
        Channel.VOICE,
        "send_voice_message",
        make_sender=lambda client: sms_voice.VoiceSender(client, "regua"),
        **_TEXTS_AND_CALLS,
    ),
    Provider(
        Channel.WHATSAPP,
        "send_whatsapp_message",
        clients.social_messaging,
        whatsapp_sender.WhatsAppSender,
        whatsapp_sender.BUSY,
        whatsapp_sender.SHUT,
        whatsapp_sender.REJECTED | whatsapp_sender.IN_DOUBT,
    ),
)
EVERY = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.channel.value)
TURNED_AWAY = [
    pytest.param(provider, code, seconds, id=f"{provider.channel.value}-{code}")
    for provider in PROVIDERS
    for codes, seconds in ((provider.busy, 60), (provider.shut, 3600))
    for code in sorted(codes)
]
ADDRESSES = {
    Channel.EMAIL: ("financeiro@aurora.example.com.br", "maria@cliente.example.com.br"),
    Channel.SMS: ("REGUA", "+5511987654321"),
    Channel.VOICE: ("+551140000000", "+5511987654321"),
    Channel.WHATSAPP: ("phone-number-id-1example", "+5511987654321"),
}


def message_of(provider: Provider) -> OutgoingMessage:
    origin, recipient = ADDRESSES[provider.channel]
    return OutgoingMessage(
        channel=provider.channel,
        sender=origin,
        recipient=recipient,
        raw=b"<speak>Ol\xc3\xa1</speak>",
        dispatch_id=DispatchId("d" * 32),
        creditor_id=CreditorId("aurora"),
        step_id="vencida-3",
    )


def refused_with(provider: Provider, code: str) -> Exception:
    message, client = message_of(provider), provider.make_client()
    with Stubber(client) as stub:
        stub.add_client_error(provider.operation, code, f"{message.recipient} refused")
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what is asked
            provider.make_sender(client).send(message)
        return caught.value


class Taken:
    """The answer of a provider that took a message, as botocore reads it from the wire."""

    status_code = 200
    content = b'{"MessageId": "id-1", "messageId": "id-1"}'
    raw = None
    headers: ClassVar = {
        "x-amzn-requestid": "9f2d1c9e-0000-4000-8000-000000000001",
        "date": "Thu, 05 Nov 2026 12:00:01 GMT",
    }


@EVERY
def test_an_acceptance_carries_what_the_answer_proves(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", lambda *_: Taken())
    taken = provider.make_sender(provider.make_client()).send(message_of(provider))
    assert taken.message_id == "id-1"
    assert taken.facts == {
        "request_id": "9f2d1c9e-0000-4000-8000-000000000001",
        "http_date": "Thu, 05 Nov 2026 12:00:01 GMT",
        "http_status": "200",
    }


@pytest.mark.parametrize("answer", [{}, {"ResponseMetadata": {"RetryAttempts": 0}}])
def test_an_answer_that_proves_nothing_is_an_acceptance_all_the_same(
    answer: dict[str, Any],
) -> None:
    assert accepted("id-1", answer) == Accepted("id-1")


def test_every_channel_has_its_provider() -> None:
    assert {provider.channel for provider in PROVIDERS} == set(Channel)


@pytest.mark.parametrize(("provider", "code", "seconds"), TURNED_AWAY)
def test_a_refusal_for_now_says_when_to_come_back_and_names_no_recipient(
    provider: Provider, code: str, seconds: int
) -> None:
    error = refused_with(provider, code)
    assert isinstance(error, ProviderThrottled)
    assert (str(error), error.retry_after_seconds) == (code, seconds)


@EVERY
@pytest.mark.parametrize("code", ["SomethingNewException", "AnotherFault"])
def test_an_unknown_code_goes_through_untouched_and_leaves_a_doubt(
    provider: Provider, code: str
) -> None:
    assert isinstance(refused_with(provider, code), ClientError)


@EVERY
def test_every_error_of_the_operation_is_known(provider: Provider) -> None:
    """A code that a later SDK adds is seen here, and not first in the dead-letter queue."""
    meta = provider.make_client().meta
    name = meta.method_to_api_mapping[provider.operation]
    shapes = {shape.name for shape in meta.service_model.operation_model(name).error_shapes}
    assert shapes <= provider.busy | provider.shut | provider.others


@EVERY
@pytest.mark.parametrize(
    "failure",
    [EndpointConnectionError(endpoint_url="https://x"), ConnectTimeoutError(endpoint_url="x")],
    ids=["refused", "timed out"],
)
def test_a_request_that_never_left_leaves_no_doubt(
    provider: Provider, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", fail)
    with pytest.raises(ProviderThrottled):
        provider.make_sender(provider.make_client()).send(message_of(provider))


@EVERY
def test_a_time_out_after_the_request_leaves_a_doubt_and_no_second_try(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def time_out(*_: object, **__: object) -> None:
        tries.append(1)
        raise ReadTimeoutError(endpoint_url="https://x")

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", time_out)
    with pytest.raises(ReadTimeoutError):
        provider.make_sender(provider.make_client()).send(message_of(provider))
    assert len(tries) == 1
