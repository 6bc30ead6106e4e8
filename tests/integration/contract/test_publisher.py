"""The bus: every event or an error, in the envelope of the public contract."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from regua.adapters.eventbridge import EventBridgePublisher
from regua.adapters.memory import MemoryPublisher
from regua.application.buffers import BatchBuffer
from regua.application.ports import EventPublisher, OutgoingEvent
from regua.domain.errors import PublishFailed
from tests.builders import CREDITOR
from tests.integration.contract.facts import NOW


def events(count: int) -> list[OutgoingEvent]:
    data = {"external_id": "fat-1", "customer_id": "cli-1", "motivo": "não pago"}
    return [OutgoingEvent("InvoicePaid", CREDITOR, NOW, {**data, "n": n}) for n in range(count)]


class Bus:
    """A bus and what arrived on it: a queue behind a rule, as it is deployed."""

    def __init__(self) -> None:
        self._sqs = boto3.client("sqs")
        self._url = self._sqs.create_queue(QueueName="todos")["QueueUrl"]
        client = boto3.client("events")
        client.create_event_bus(Name="regua")
        client.put_rule(
            Name="todos", EventBusName="regua", EventPattern=json.dumps({"source": ["regua"]})
        )
        arn = "arn:aws:sqs:us-east-1:123456789012:todos"
        client.put_targets(Rule="todos", EventBusName="regua", Targets=[{"Id": "fila", "Arn": arn}])
        self.publisher = EventBridgePublisher(client, "regua")

    def arrived(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
            if not answer.get("Messages"):
                return found
            for message in answer["Messages"]:
                found.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])


@pytest.mark.usefixtures("aws")
def test_every_event_arrives_in_the_public_envelope() -> None:
    bus = Bus()
    bus.publisher.publish(events(23))
    arrived = bus.arrived()
    assert sorted(e["detail"]["data"]["n"] for e in arrived) == list(range(23))
    (first,) = [e for e in arrived if e["detail"]["data"]["n"] == 0]
    assert (first["source"], first["detail-type"]) == ("regua", "InvoicePaid")
    assert first["detail"] == {
        "version": "1",
        "creditor_id": CREDITOR,
        "occurred_at": "2026-11-10T12:00:00.123Z",
        "data": {
            "external_id": "fat-1",
            "customer_id": "cli-1",
            "motivo": "não pago",
            "n": 0,
        },
    }


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("kind", ["memory", "eventbridge"])
def test_nothing_to_publish_is_no_error(kind: str) -> None:
    publisher: EventPublisher = MemoryPublisher() if kind == "memory" else Bus().publisher
    publisher.publish([])


@pytest.fixture
def stub() -> Iterator[Stubber]:
    with Stubber(boto3.client("events")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def publisher(stub: Stubber) -> EventBridgePublisher:
    client: Any = stub.client
    return EventBridgePublisher(client, "regua")


def _answer(*codes: str | None) -> dict[str, Any]:
    entries = [{"EventId": "e"} if c is None else {"ErrorCode": c} for c in codes]
    return {"FailedEntryCount": sum(c is not None for c in codes), "Entries": entries}


def test_only_the_entries_the_bus_refused_are_given_again(stub: Stubber) -> None:
    refused = {"Entries": [ANY]}
    stub.add_response("put_events", _answer(None, "ThrottlingException", None))
    stub.add_response("put_events", _answer("InternalFailure"), refused)
    stub.add_response("put_events", _answer(None), refused)
    publisher(stub).publish(events(3))


def test_an_entry_the_bus_never_takes_is_an_error_and_not_a_loss(stub: Stubber) -> None:
    stub.add_response("put_events", _answer(None, "ThrottlingException"))
    for _ in range(2):
        stub.add_response("put_events", _answer("ThrottlingException"))
    with pytest.raises(PublishFailed, match="refused 1 event"):
        publisher(stub).publish(events(2))


def test_a_buffer_tells_the_bus_at_the_end_of_the_batch_and_only_once() -> None:
    bus = MemoryPublisher()
    buffer = BatchBuffer(bus)
    buffer.publish(events(2))
    buffer.publish(events(1))
    assert bus.events == []
    buffer.flush()
    buffer.flush()
    assert len(bus.events) == 3


def test_a_call_holds_no_more_bytes_than_the_bus_takes() -> None:
    """Ten events of 60 KB are 600 KB: the bus refuses more than 256 KB in a call."""
    sizes: list[int] = []

    class Weighing:
        def put_events(self, *, Entries: list[dict[str, str]]) -> dict[str, int]:  # noqa: N803 - boto3's name
            sizes.append(sum(len(e["Detail"].encode()) for e in Entries))
            return {"FailedEntryCount": 0}

    client: Any = Weighing()
    heavy = OutgoingEvent("InvoicePaid", CREDITOR, NOW, {"x": "é" * 30_000})
    EventBridgePublisher(client, "grande").publish([heavy] * 10)
    assert max(sizes) <= 256_000
    assert len(sizes) == 4
