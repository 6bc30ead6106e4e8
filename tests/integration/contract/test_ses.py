"""What goes to SES, and its own ways to refuse for good; the rest is in test_senders.py."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from regua.adapters.ses import REJECTED, SesEmailSender
from regua.application.ports import OutgoingMessage
from regua.domain.errors import ProviderThrottled, RecipientRejected
from regua.domain.ids import CreditorId, DispatchId
from regua.domain.ruler import Channel

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
        assert sender(stub).send(EMAIL).message_id == "ses-1"


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


def test_an_identity_of_ours_that_is_not_verified_is_not_the_recipients_fault() -> None:
    error = refused_with("MessageRejected", "Email address is not verified.")
    assert isinstance(error, ProviderThrottled)
