"""What SES would publish about a message, under every behaviour."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from local.carrier.publisher import SnsPublisher, Topics
from local.carrier.receipts import Receipt
from local.carrier.ses.mime import EICAR
from tests.integration.carrier.harness import (
    ListeningPublisher,
    eventually,
    running_carrier,
)
from tests.shared_data import shared_data_path
from tests.unit.carrier.mail import any_mail

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.carrier.harness import RunningCarrier

ANA = "ana@cliente.example.com.br"
TOPIC = "arn:aws:sns:us-east-1:000000000000:receipts"


@pytest.mark.parametrize(
    ("behaviour", "events"),
    [
        ({"outcome": "deliver"}, ["Send", "Delivery"]),
        ({"outcome": "bounce"}, ["Send", "Bounce"]),
        ({"outcome": "bounce", "after_delivery": True}, ["Send", "Delivery", "Bounce"]),
        ({"outcome": "complaint"}, ["Send", "Delivery", "Complaint"]),
        ({"outcome": "reject", "how": "event"}, ["Send", "Reject"]),
        ({"outcome": "delay", "seconds": 0.05}, ["Send", "DeliveryDelay", "Delivery"]),
        ({"outcome": "no_receipt"}, []),
        ({"outcome": "no_receipt", "events": ["Delivery"]}, ["Send"]),
        ({"outcome": "duplicate_receipt"}, ["Send", "Send", "Delivery", "Delivery"]),
        ({"outcome": "duplicate_receipt", "count": 3, "events": ["Delivery"]},
         ["Send", "Delivery", "Delivery", "Delivery"]),
        ({"outcome": "late_receipt", "seconds": 0.05}, ["Send", "Delivery"]),
        ({"outcome": "out_of_order", "seconds": 0.05}, ["Delivery", "Send"]),
    ],
)  # fmt: skip
def test_a_behaviour_decides_which_receipts_come_in_which_order(
    carrier: RunningCarrier, behaviour: dict[str, Any], events: list[str]
) -> None:
    carrier.behave(to=ANA, **behaviour)
    carrier.send()
    assert carrier.settle() == events


@pytest.mark.parametrize(
    ("local_part", "events", "bounce"),
    [
        ("success", ["Send", "Delivery"], None),
        ("ooto", ["Send", "Delivery"], None),
        ("bounce", ["Send", "Bounce"], ("Permanent", "General")),
        ("bounce+fatura-1", ["Send", "Bounce"], ("Permanent", "General")),
        ("complaint", ["Send", "Delivery", "Complaint"], None),
        ("suppressionlist", ["Send", "Bounce"], ("Permanent", "Suppressed")),
        ("anyone", ["Send", "Delivery"], None),
    ],
)
def test_the_mailbox_simulator_behaves_as_on_ses(
    carrier: RunningCarrier, local_part: str, events: list[str], bounce: tuple[str, str] | None
) -> None:
    carrier.send(f"{local_part}@simulator.amazonses.com")
    assert carrier.settle() == events
    last = carrier.publisher.documents()[-1].get("bounce", {})
    assert (last.get("bounceType"), last.get("bounceSubType")) == (bounce or (None, None))


def test_a_bounce_has_the_type_that_was_asked_for(carrier: RunningCarrier) -> None:
    carrier.behave("bounce", bounce_type="Transient", sub_type="MailboxFull")
    carrier.send()
    carrier.settle()
    bounce = carrier.publisher.documents()[1]["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Transient", "MailboxFull")
    assert bounce["bouncedRecipients"][0]["emailAddress"] == ANA


def test_an_infected_attachment_is_rejected_after_the_accept(carrier: RunningCarrier) -> None:
    mail = (
        b"From: c@credor.example.com.br\r\nTo: ana@cliente.example.com.br\r\n"
        b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\n" + EICAR
    )
    carrier.send(raw=mail)
    assert carrier.settle() == ["Send", "Reject"]


def test_the_message_tags_come_back_with_every_receipt(carrier: RunningCarrier) -> None:
    message_id = carrier.send()
    carrier.settle()
    for document in carrier.publisher.documents():
        assert document["mail"]["tags"]["dispatch_id"] == ["0f" * 16]
        assert document["mail"]["tags"]["ses:configuration-set"] == ["regua"]
        assert document["mail"]["messageId"] == message_id
        assert document["mail"]["destination"] == [ANA]


def test_without_a_configuration_set_ses_publishes_nothing(carrier: RunningCarrier) -> None:
    carrier.ses().send_email(
        FromEmailAddress="c@credor.example.com.br",
        Destination={"ToAddresses": [ANA]},
        Content={"Raw": {"Data": any_mail()}},
    )
    assert carrier.settle() == []
    assert (
        "Sem configuration set" in carrier.exchange("GET", "/?m=" + _only_id(carrier))[1].decode()
    )


def _only_id(carrier: RunningCarrier) -> str:
    (message,) = carrier.call("GET", "/messages?fields=provider_message_id")
    return str(message["provider_message_id"])


def test_each_recipient_of_a_message_has_an_own_fate(carrier: RunningCarrier) -> None:
    carrier.behave("bounce", to="bia@*")
    carrier.ses().send_email(
        FromEmailAddress="c@credor.example.com.br",
        Destination={"ToAddresses": [ANA], "CcAddresses": ["bia@cliente.example.com.br"]},
        Content={"Raw": {"Data": any_mail()}},
        ConfigurationSetName="regua",
    )
    assert carrier.settle() == ["Send", "Delivery", "Bounce"]


def test_late_receipts_wait_until_they_are_released(carrier: RunningCarrier) -> None:
    carrier.behave("late_receipt", events=["Delivery"])
    carrier.send()
    eventually(lambda: carrier.publisher.events() == ["Send"])
    assert carrier.call("GET", "/admin/pending") == {"pending": 1}
    assert carrier.call("POST", "/admin/release") == {"released": 1}
    assert carrier.settle() == ["Send", "Delivery"]


def test_a_delayed_delivery_is_dated_later_without_waiting_for_it(carrier: RunningCarrier) -> None:
    carrier.behave("delay", seconds=0, virtual_seconds=7200)
    carrier.send()
    carrier.settle()
    delivery = carrier.publisher.documents()[2]["delivery"]
    assert delivery["timestamp"].startswith("2026-03-01T14:00:")
    assert delivery["processingTimeMillis"] > 7_200_000


def test_a_topic_that_fails_gets_every_receipt_once_it_is_back(carrier: RunningCarrier) -> None:
    carrier.publisher.failures_left = 2
    for _ in range(5):
        carrier.send()
    events = carrier.settle()
    assert (events.count("Send"), events.count("Delivery")) == (5, 5)


def test_the_inbox_remembers_the_receipts_it_published(carrier: RunningCarrier) -> None:
    carrier.behave("bounce")
    message_id = carrier.send()
    carrier.settle()
    message = carrier.call("GET", f"/messages/{message_id}")
    assert message["state"] == "bounced"
    assert [receipt["event"] for receipt in message["receipts"]] == ["Send", "Bounce"]
    assert message["receipts"][1]["payload"]["eventType"] == "Bounce"


@pytest.mark.enable_socket
def test_receipts_that_are_not_due_survive_a_restart(tmp_path: Path) -> None:
    with running_carrier(tmp_path) as first:
        first.behave("late_receipt")
        message_id = first.send()
        assert first.call("GET", "/admin/pending") == {"pending": 2}
    with running_carrier(tmp_path) as second:
        assert second.call("POST", "/admin/release") == {"released": 2}
        assert second.settle() == ["Send", "Delivery"]
        assert second.call("GET", f"/messages/{message_id}")["state"] == "delivered"


@pytest.mark.enable_socket
def test_receipts_wait_for_a_topic_and_the_topic_survives_a_restart(tmp_path: Path) -> None:
    deaf = ListeningPublisher()
    deaf.is_listening = False
    with running_carrier(tmp_path, deaf) as first:
        first.send()
        assert first.call("GET", "/admin/pending") == {"pending": 2}
        first.call("POST", "/admin/topic", {"topic_arn": TOPIC})
    with running_carrier(tmp_path) as second:
        assert second.call("GET", "/health") == {"status": "ok", "topics": {"email": TOPIC}}
        assert second.settle() == ["Send", "Delivery"]


@mock_aws
def test_sns_gets_the_payload_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    sqs, sns = boto3.client("sqs"), boto3.client("sns")
    queue_url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    topic_arn = sns.create_topic(Name="receipts")["TopicArn"]
    sns.subscribe(
        TopicArn=topic_arn, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:heard"
    )
    topics = Topics(tmp_path / "topics.json")
    publisher = SnsPublisher(topics, endpoint_url=None)
    sent = [
        Receipt("email", "m", "Send", "2026-03-01T12:00:00.000Z", json.dumps({"n": number}))
        for number in range(3)
    ]
    assert not publisher.is_ready("email")
    assert publisher.publish("email", sent) == [0, 1, 2]
    topics.set("email", topic_arn)
    assert publisher.publish("email", sent) == []
    got = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)["Messages"]
    envelopes = [json.loads(message["Body"]) for message in got]
    assert [json.loads(envelope["Message"])["n"] for envelope in envelopes] == [0, 1, 2]
    assert {envelope["Subject"] for envelope in envelopes} == {
        "Amazon SES Email Event Notification"
    }
    topics.set("sms", topic_arn)
    assert publisher.publish("sms", [replace(sent[0], channel="sms")]) == []
    (text,) = sqs.receive_message(QueueUrl=queue_url)["Messages"]
    assert json.loads(text["Body"]).get("Subject") is None


def _shape(value: object) -> object:
    """Return the keys and types of a document; free text maps are left alone."""
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items() if key != "tags"}
    if isinstance(value, list):
        return [_shape(value[0])] if value else []
    return type(value).__name__


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("event", "behaviour"),
    [
        ("Send", {"outcome": "deliver"}),
        ("Delivery", {"outcome": "deliver"}),
        ("Bounce", {"outcome": "bounce"}),
        ("Complaint", {"outcome": "complaint"}),
        ("Reject", {"outcome": "reject", "how": "event"}),
        ("DeliveryDelay", {"outcome": "delay", "seconds": 0}),
    ],
)
def test_receipts_have_the_documented_shape(
    carrier: RunningCarrier, event: str, behaviour: dict[str, Any]
) -> None:
    examples = json.loads(shared_data_path("ses_events.json").read_text(encoding="utf-8"))
    (documented,) = (
        example["payload"]
        for example in examples
        if example.get("transport") == "sns_event_publishing" and example["eventType"] == event
    )
    carrier.behave(**behaviour)
    carrier.send()
    carrier.settle()
    (ours,) = (d for d in carrier.publisher.documents() if d["eventType"] == event)
    assert _shape(ours) == _shape(documented)
    assert documented["mail"]["tags"].keys() - ours["mail"]["tags"].keys() <= {
        "myCustomTag1",
        "myCustomTag2",
    }
    assert all(isinstance(values, list) for values in ours["mail"]["tags"].values())
