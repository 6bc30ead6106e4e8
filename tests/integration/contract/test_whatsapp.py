"""What goes to WhatsApp, and its own ways to refuse; the rest is in test_senders.py."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
)
from botocore.stub import Stubber

from regua.adapters.whatsapp_sender import (
    BUSY,
    IN_DOUBT,
    MAX_TEXT,
    META_API_VERSION,
    REJECTED,
    SHUT,
    WhatsAppSender,
)
from regua.application.ports import MessageSender, OutgoingMessage
from regua.domain.errors import InvalidInput, RecipientRejected
from regua.domain.ids import CreditorId, DispatchId
from regua.domain.ruler import Channel
from regua.runtime import clients

ORIGIN = "phone-number-id-976c72a700aac43eaf573ae050example"
PHONE = "+5511987654321"
MESSAGE = OutgoingMessage(
    channel=Channel.WHATSAPP,
    sender=ORIGIN,
    recipient=PHONE,
    raw='{"to":"+5511987654321","x":"olá"}'.encode(),
    dispatch_id=DispatchId("d" * 32),
    creditor_id=CreditorId("aurora"),
    step_id="vencida-3",
)


def sender(stub: Stubber) -> WhatsAppSender:
    client: Any = stub.client
    return WhatsAppSender(client)


def test_the_exact_bytes_go_out_from_the_creditors_number() -> None:
    with Stubber(boto3.client("socialmessaging")) as stub:
        stub.add_response(
            "send_whatsapp_message",
            {"messageId": "aws-1"},
            {
                "originationPhoneNumberId": ORIGIN,
                "message": MESSAGE.raw,
                "metaApiVersion": META_API_VERSION,
            },
        )
        to_provider: MessageSender = sender(stub)
        assert to_provider.send(MESSAGE).message_id == "aws-1"
        stub.assert_no_pending_responses()


@pytest.mark.parametrize("number", [PHONE, PHONE.removeprefix("+")])
def test_an_answer_in_free_words_is_a_text_message(number: str) -> None:
    expected = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": PHONE,
        "type": "text",
        "text": {"body": "Olá, Maria.\nRecebemos.", "preview_url": False},
    }
    calls: list[dict[str, Any]] = []

    class Client:
        def send_whatsapp_message(self, **call: Any) -> dict[str, str]:  # noqa: ANN401 - boto3's
            calls.append(call)
            return {"messageId": "aws-2"}

    client: Any = Client()
    whatsapp = WhatsAppSender(client, "v23.0")
    answer = whatsapp.send_text(number, "Olá, Maria.\nRecebemos.", origin=ORIGIN)
    assert answer.message_id == "aws-2"
    (call,) = calls
    assert json.loads(call["message"]) == expected
    assert (call["originationPhoneNumberId"], call["metaApiVersion"]) == (ORIGIN, "v23.0")


@pytest.mark.parametrize("text", ["", " \n", "x" * (MAX_TEXT + 1)])
def test_an_answer_without_words_or_without_end_is_never_handed_over(text: str) -> None:
    with Stubber(boto3.client("socialmessaging")) as stub, pytest.raises(InvalidInput):
        sender(stub).send_text(PHONE, text, origin=ORIGIN)


def refused_with(code: str) -> Exception:
    with Stubber(boto3.client("socialmessaging")) as stub:
        stub.add_client_error("send_whatsapp_message", code, f"cannot write to {PHONE}")
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what is asked
            sender(stub).send(MESSAGE)
        return caught.value


@pytest.mark.parametrize("code", sorted(REJECTED))
def test_a_final_refusal_names_the_code_and_not_the_recipient(code: str) -> None:
    error = refused_with(code)
    assert isinstance(error, RecipientRejected)
    assert str(error) == code


@pytest.mark.parametrize("code", sorted(IN_DOUBT))
def test_a_failure_behind_aws_goes_through_untouched_and_leaves_a_doubt(code: str) -> None:
    assert isinstance(refused_with(code), ClientError)


def test_every_error_of_the_operation_is_mapped_once() -> None:
    """A code that a later SDK adds is seen here, and not first in the dead-letter queue."""
    model = boto3.client("socialmessaging").meta.service_model
    shapes = {s.name for s in model.operation_model("SendWhatsAppMessage").error_shapes}
    tables = (REJECTED, BUSY, SHUT, IN_DOUBT)
    assert shapes <= frozenset().union(*tables)
    assert sum(map(len, tables)) == len(frozenset().union(*tables))


class Answered:
    """An HTTP answer of AWS's, as botocore reads it."""

    def __init__(self, status_code: int, code: str) -> None:
        self.status_code = status_code
        self.headers = {"x-amzn-errortype": code}
        self.content = b"{}"
        self.raw = None


@pytest.mark.parametrize(
    ("code", "status_code"),
    [("InternalServiceException", 500), ("DependencyException", 502)],
)
def test_what_aws_calls_retryable_is_never_tried_again_by_the_client(
    code: str, status_code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def answer(*_: object, **__: object) -> Answered:
        tries.append(1)
        return Answered(status_code, code)

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", answer)
    with pytest.raises(ClientError, match=code):
        WhatsAppSender(clients.social_messaging()).send(MESSAGE)
    assert len(tries) == 1
