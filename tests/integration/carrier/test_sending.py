"""A boto3 client sends through the carrier as it would through SES."""

from __future__ import annotations

import hashlib
import http.client
import re
import threading
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.unit.carrier.mail import any_mail

if TYPE_CHECKING:
    from tests.integration.carrier.harness import RunningCarrier

ANA = "ana@cliente.example.com.br"


def refused(carrier: RunningCarrier, **options: Any) -> tuple[str, int, str]:  # noqa: ANN401
    with pytest.raises(ClientError) as failure:
        carrier.send(**options)
    answer = failure.value.response
    return (
        answer["Error"]["Code"],
        answer["ResponseMetadata"]["HTTPStatusCode"],
        answer["Error"]["Message"],
    )


def test_what_was_sent_is_in_the_inbox_to_the_byte(carrier: RunningCarrier) -> None:
    raw = any_mail()
    message_id = carrier.send(raw=raw)
    (message,) = carrier.call("GET", "/messages")
    assert {**message, "state": None, "accepted_at": None, "received_at": None, "html": None} == {
        "seq": 1,
        "channel": "email",
        "to": ANA,
        "from": "Credor Exemplo <cobranca@credor.example.com.br>",
        "subject": "Sua fatura vence amanhã",
        "text": "Olá, Ana!\nPague em https://credor.example.com.br/f/1\n",
        "html": None,
        "raw": raw.decode(),
        "raw_sha256": hashlib.sha256(raw).hexdigest(),
        "links": ["https://credor.example.com.br/c/t", "https://credor.example.com.br/f/1"],
        "images": [],
        "unsubscribe_url": "https://credor.example.com.br/u/t",
        "dispatch_id": "0f" * 16,
        "provider_message_id": message_id,
        "received_at": None,
        "accepted_at": None,
        "behaviour": "deliver",
        "details": {},
        "state": None,
    }
    assert carrier.exchange("GET", f"/messages/{message_id}.eml") == (200, raw)


def test_a_message_lives_in_the_time_of_its_date_header(carrier: RunningCarrier) -> None:
    carrier.send()
    carrier.settle()
    (message,) = carrier.call("GET", "/messages")
    instants = [message["received_at"]]
    for document in carrier.publisher.documents():
        instants.append(document["mail"]["timestamp"])
        if "delivery" in document:
            instants.append(document["delivery"]["timestamp"])
    assert all(re.fullmatch(r"2026-03-01T12:00:0\d\.\d{3}Z", instant) for instant in instants)
    assert instants == sorted(instants)
    assert message["accepted_at"] != message["received_at"]


def test_a_simple_message_is_accepted_too(carrier: RunningCarrier) -> None:
    answer = carrier.ses().send_email(
        FromEmailAddress="cobranca@credor.example.com.br",
        Destination={"ToAddresses": [ANA]},
        Content={
            "Simple": {
                "Subject": {"Data": "Olá"},
                "Body": {"Text": {"Data": "texto"}, "Html": {"Data": "<p>html</p>"}},
            }
        },
    )
    message = carrier.call("GET", f"/messages/{answer['MessageId']}")
    assert (message["subject"], message["text"], message["html"]) == (
        "Olá", "texto\n", "<p>html</p>\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        ({"outcome": "throttle"}, ("TooManyRequestsException", 429)),
        ({"outcome": "reject"}, ("MessageRejected", 400)),
        ({"outcome": "error"}, ("InternalFailure", 500)),
        ({"outcome": "error", "code": "ServiceUnavailable"}, ("ServiceUnavailable", 503)),
        ({"outcome": "error", "code": "AccountSuspendedException"},
         ("AccountSuspendedException", 400)),
        ({"outcome": "error", "code": "SendingPausedException"}, ("SendingPausedException", 400)),
        ({"outcome": "error", "code": "LimitExceededException"}, ("LimitExceededException", 400)),
        ({"outcome": "error", "code": "MailFromDomainNotVerifiedException"},
         ("MailFromDomainNotVerifiedException", 400)),
        ({"outcome": "error", "code": "SomethingNewException"}, ("SomethingNewException", 400)),
    ],
)  # fmt: skip
def test_a_refused_send_carries_the_providers_error_and_leaves_no_trace(
    carrier: RunningCarrier, behaviour: dict[str, str], expected: tuple[str, int]
) -> None:
    carrier.behave(to=ANA, **behaviour)
    assert refused(carrier)[:2] == expected
    assert carrier.call("GET", "/messages") == []
    assert carrier.settle() == []


def test_errors_are_the_clients_own_exception_classes(carrier: RunningCarrier) -> None:
    client = carrier.ses()
    carrier.behave("throttle")
    with pytest.raises(client.exceptions.TooManyRequestsException):
        client.send_email(
            FromEmailAddress="c@credor.example.com.br",
            Destination={"ToAddresses": [ANA]},
            Content={"Raw": {"Data": any_mail()}},
        )


def test_a_throttle_can_end_after_some_sends(carrier: RunningCarrier) -> None:
    carrier.behave("throttle", to="*@cliente.example.com.br", times=2)
    assert [refused(carrier)[1] for _ in range(2)] == [429, 429]
    assert carrier.send()
    assert carrier.call("GET", "/behaviours") == []


def test_a_wrong_call_is_a_bad_request(carrier: RunningCarrier) -> None:
    code, status, message = refused(carrier, raw=b"no message")
    assert (code, status) == ("BadRequestException", 400)
    assert "cannot be parsed" in message


def test_a_crash_after_the_accept_leaves_the_client_in_doubt_and_the_mail_delivered(
    carrier: RunningCarrier,
) -> None:
    carrier.behave("crash_after_accept", times=1)
    with pytest.raises(ConnectionClosedError):
        carrier.send()
    (message,) = carrier.call("GET", f"/messages?dispatch_id={'0f' * 16}")
    assert message["behaviour"] == "crash_after_accept"
    assert carrier.settle() == ["Send", "Delivery"]


def test_a_crash_can_lose_its_receipts_as_well(carrier: RunningCarrier) -> None:
    carrier.behave("crash_after_accept", then="no_receipt")
    with pytest.raises(ConnectionClosedError):
        carrier.send()
    assert len(carrier.call("GET", "/messages")) == 1
    assert carrier.settle() == []


def test_other_operations_of_ses_are_refused_clearly(carrier: RunningCarrier) -> None:
    with pytest.raises(ClientError) as failure:
        carrier.ses().get_account()
    assert failure.value.response["Error"]["Code"] == "UnknownOperationException"
    assert failure.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert "/v2/email/account" in failure.value.response["Error"]["Message"]


def test_concurrent_senders_get_their_own_answers_and_every_receipt(
    carrier: RunningCarrier,
) -> None:
    client = carrier.ses()
    ids: list[str] = []

    def send(worker: int) -> None:
        for number in range(20):
            to = f"c{worker}-{number}@cliente.example.com.br"
            answer = client.send_email(
                FromEmailAddress="c@credor.example.com.br",
                Destination={"ToAddresses": [to]},
                Content={"Raw": {"Data": any_mail(to)}},
                ConfigurationSetName="regua",
            )
            ids.append(answer["MessageId"])

    senders = [threading.Thread(target=send, args=(worker,)) for worker in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(set(ids)) == 160
    listed = carrier.call("GET", "/messages?fields=seq,provider_message_id")
    assert {message["provider_message_id"] for message in listed} == set(ids)
    assert [message["seq"] for message in listed] == list(range(1, 161))
    events = carrier.settle()
    assert (events.count("Send"), events.count("Delivery")) == (160, 160)


def test_a_connection_serves_many_requests_and_bad_ones_do_not_break_it(
    carrier: RunningCarrier,
) -> None:
    connection = http.client.HTTPConnection(carrier.url.removeprefix("http://"), timeout=10)
    statuses = []
    for method, path, body in (
        ("GET", "/health", None),
        ("POST", "/behaviours", b"{"),
        ("GET", "/nowhere", None),
        ("PUT", "/health", b"x"),
        ("GET", "/health", None),
    ):
        connection.request(method, path, body)
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
    connection.close()
    assert statuses == [200, 400, 404, 405, 200]
