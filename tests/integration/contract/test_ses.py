"""Every way SES can refuse, by its real error codes, and what a sender is told."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.stub import Stubber

from regua.adapters.ses import BUSY, REJECTED, SHUT, SesEmailSender
from regua.application.ports import OutgoingMessage
from regua.domain.errors import ProviderThrottled, RecipientRejected
from regua.domain.ids import CreditorId, DispatchId
from regua.domain.ruler import Channel
from regua.runtime import clients

EMAIL = OutgoingMessage(
    channel=Channel.EMAIL,
    sender="financeiro@aurora.example.com.br",
    recipient="maria@cliente.example.com.br",
    raw=b"From: x\r\n\r\nol\xc3\xa1",
    dispatch_id=DispatchId("d" * 32),
    creditor_id=CreditorId("aurora"),
    step_id="vencida-3",
)


def sender(stub: Stubber) -> SesEmailSender:
    client: Any = stub.client
    return SesEmailSender(client, "regua")


def test_the_exact_bytes_go_out_with_the_tags_that_settle_doubts() -> None:
    with Stubber(boto3.client("sesv2")) as stub:
        stub.add_response(
            "send_email",
            {"MessageId": "ses-1"},
            {
                "FromEmailAddress": EMAIL.sender,
                "Destination": {"ToAddresses": [EMAIL.recipient]},
                "Content": {"Raw": {"Data": EMAIL.raw}},
                "ConfigurationSetName": "regua",
                "EmailTags": [
                    {"Name": "dispatch_id", "Value": "d" * 32},
                    {"Name": "creditor_id", "Value": "aurora"},
                    {"Name": "step", "Value": "vencida-3"},
                ],
            },
        )
        assert sender(stub).send(EMAIL) == "ses-1"


def refused_with(code: str, message: str = "Address is on the suppression list") -> Exception:
    with Stubber(boto3.client("sesv2")) as stub:
        stub.add_client_error("send_email", code, message)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what is asked
            sender(stub).send(EMAIL)
        return caught.value


@pytest.mark.parametrize("code", sorted(REJECTED))
def test_a_final_refusal_names_the_code_and_not_the_recipient(code: str) -> None:
    error = refused_with(code)
    assert isinstance(error, RecipientRejected)
    assert str(error) == code


@pytest.mark.parametrize(
    ("code", "seconds"), [*((c, 60) for c in sorted(BUSY)), *((c, 3600) for c in sorted(SHUT))]
)
def test_a_refusal_for_now_says_when_to_come_back(code: str, seconds: int) -> None:
    error = refused_with(code)
    assert isinstance(error, ProviderThrottled)
    assert error.retry_after_seconds == seconds


def test_an_identity_of_ours_that_is_not_verified_is_not_the_recipients_fault() -> None:
    error = refused_with("MessageRejected", "Email address is not verified.")
    assert isinstance(error, ProviderThrottled)


@pytest.mark.parametrize(
    "failure",
    [EndpointConnectionError(endpoint_url="https://email"), ConnectTimeoutError(endpoint_url="x")],
)
def test_a_request_that_never_left_leaves_no_doubt(
    failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", fail)
    with pytest.raises(ProviderThrottled):
        SesEmailSender(clients.sesv2(), "regua").send(EMAIL)


@pytest.mark.parametrize("code", ["SomethingNewException", "AnotherFault"])
def test_an_unknown_code_goes_through_untouched_and_leaves_a_doubt(code: str) -> None:
    assert isinstance(refused_with(code), ClientError)


def test_every_error_of_the_operation_is_mapped() -> None:
    """A code that a later SDK adds is seen here, and not first in the dead-letter queue."""
    shapes = boto3.client("sesv2").meta.service_model.operation_model("SendEmail").error_shapes
    assert {s.name for s in shapes} <= REJECTED | BUSY | SHUT


def test_the_client_never_sends_twice_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    client = clients.sesv2()
    tries = []

    def time_out(*_: object, **__: object) -> None:
        tries.append(1)
        raise ReadTimeoutError(endpoint_url="https://email")

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", time_out)
    with pytest.raises(ReadTimeoutError):
        SesEmailSender(client, "regua").send(EMAIL)
    assert len(tries) == 1
