"""From the bus to somebody's server: both functions on AWS as moto knows it, over real HTTP."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from standardwebhooks import Webhook

from functions.deliver_webhooks import handler
from functions.feed_events import handler as feeder
from regua.adapters.dynamodb_deliveries import DynamoDeliveries
from regua.adapters.dynamodb_endpoints import DynamoEndpoints
from regua.adapters.dynamodb_feed import DynamoFeed
from regua.adapters.webhook_queue import SqsEndpointQueue
from regua.adapters.webhook_sender import SafeTargets
from regua.application.manage_webhooks import ManageWebhooks, Wanted
from regua.application.webhook_ports import EndpointKey
from regua.domain.webhook_delivery import DeliveryStatus
from regua.runtime import clients
from tests.integration.contract.tables import create_tables
from tests.integration.lambdas import Context, Printed, failures, sqs_event
from tests.integration.receivers import Receiver, in_turn, receiver, says
from tests.integration.test_feed_events_handler import told
from tests.webhook_worlds import AURORA

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
OK = b"HTTP/1.1 204 X\r\nContent-Length: 0\r\n\r\n"
GONE = b"HTTP/1.1 410 X\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Cloud:
    """The queue of endpoints, and what manages them."""

    manage: ManageWebhooks
    sqs: "SQSClient"
    queue_url: str

    def subscribe(self, port: int) -> EndpointKey:
        self.manage.targets.check(f"http://127.0.0.1:{port}/regua")
        wanted = Wanted(f"http://127.0.0.1:{port}/regua", ("*",), "")
        return EndpointKey(AURORA, self.manage.subscribe(AURORA, wanted, handler.clock.now()).id)

    def queued(self) -> list[str]:
        """Return the bodies that are to be seen in the queue now, and take them out."""
        found = []
        while messages := self.sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10
        ).get("Messages"):
            for each in messages:
                found.append(each["Body"])
                self.sqs.delete_message(
                    QueueUrl=self.queue_url, ReceiptHandle=each["ReceiptHandle"]
                )
        return found


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with mock_aws():
        create_tables(clients.dynamodb())
        sqs = boto3.client("sqs")
        url = sqs.create_queue(QueueName="webhooks")["QueueUrl"]
        monkeypatch.setenv("REGUA_EXCHANGE_TABLE", "exchange")
        monkeypatch.setenv("REGUA_WEBHOOK_QUEUE_URL", url)
        monkeypatch.setenv("REGUA_PRIVATE_TARGETS", "true")
        for module in (handler, feeder):
            module.wire.cache_clear()
        dynamodb = clients.dynamodb()
        numbers = iter(range(1, 1_000))
        yield Cloud(
            ManageWebhooks(
                DynamoEndpoints(dynamodb, "exchange"),
                DynamoDeliveries(dynamodb, "exchange"),
                DynamoFeed(dynamodb, "exchange"),
                SqsEndpointQueue(sqs, url),
                SafeTargets(private=True),
                lambda count: next(numbers).to_bytes(count, "big"),
            ),
            sqs,
            url,
        )
        for module in (handler, feeder):
            module.wire.cache_clear()


def visit(*bodies: str) -> list[str]:
    answer = handler.lambda_handler(sqs_event(*bodies), Context())
    assert "batchItemFailures" in answer
    return failures(answer)


def test_events_of_the_bus_arrive_signed_and_are_recorded(
    cloud: Cloud, printed: Callable[[], Printed]
) -> None:
    with receiver(says(OK)) as found:
        key = cloud.subscribe(found.port)
        assert failures(feeder.lambda_handler(sqs_event(told(1), told(2)), Context())) == []
        queued = cloud.queued()
        assert [json.loads(q) for q in queued] == [key._asdict()]
        assert visit(*queued) == []
        bodies = [_verified(cloud, key, found, n) for n in range(2)]
    assert [b["data"]["external_id"] for b in bodies] == ["fat-1", "fat-2"]
    page = cloud.manage.deliveries.page(key, DeliveryStatus.DELIVERED, None, 9)
    assert len(page.deliveries) == 2
    output = printed()
    assert output.metrics["webhook_delivered"] == 2
    assert output.metrics["webhook_dead"] == output.metrics["webhook_failed"] == 0
    endpoint = cloud.manage.get(key)
    output.assert_no_personal_data(endpoint.secrets[0].text, endpoint.url)


def _verified(cloud: Cloud, key: EndpointKey, found: Receiver, number: int) -> Any:  # noqa: ANN401 - JSON
    head, _, body = found.requests[number].partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return Webhook(cloud.manage.get(key).secrets[0].text).verify(body, headers)


def test_the_same_messages_again_send_nothing(cloud: Cloud) -> None:
    with receiver(says(OK)) as found:
        cloud.subscribe(found.port)
        for _ in range(2):
            feeder.lambda_handler(sqs_event(told(1)), Context())
            queued = cloud.queued()
            visit(*queued, *queued)
        assert found.connections == 1


def test_a_tick_wakes_what_no_message_told_of(cloud: Cloud, printed: Callable[[], Printed]) -> None:
    with receiver(says(OK)) as found:
        key = cloud.subscribe(found.port)
        feeder.lambda_handler(sqs_event(told(1)), Context())
        cloud.queued()
        assert handler.lambda_handler({"kind": "tick"}, Context()) == {"endpoints": 1}
        visit(*cloud.queued())
        assert found.connections == 1
        assert handler.lambda_handler({"kind": "tick"}, Context()) == {"endpoints": 0}
    assert cloud.manage.deliveries.next_due(key) is None
    assert printed().metrics["endpoints_woken"] == 1


def test_an_endpoint_that_is_gone_is_disabled_and_counted(
    cloud: Cloud, printed: Callable[[], Printed]
) -> None:
    with receiver(in_turn(says(GONE), says(OK))) as found:
        key = cloud.subscribe(found.port)
        feeder.lambda_handler(sqs_event(told(1)), Context())
        visit(*cloud.queued())
    assert cloud.manage.get(key).disabled == "gone"
    output = printed()
    assert output.metrics["webhook_disabled"] == 1
    assert [line["level"] for line in output.logs if line["message"] == "endpoint visited"] == [
        "WARNING"
    ]


def test_a_visit_keeps_time_to_record_what_it_sends(cloud: Cloud) -> None:
    with receiver(says(OK)) as found:
        cloud.subscribe(found.port)
        feeder.lambda_handler(sqs_event(*(told(n) for n in range(5))), Context())
        event = sqs_event(*cloud.queued())
        # the start, then a look before the visit's loop and before every delivery
        late = Context(remaining_milliseconds=[60_000, 59_000, 58_000, 45_000, 39_000])
        handler.lambda_handler(event, late)
        assert found.connections == 2
        visit(*cloud.queued())
        assert found.connections == 5


def test_a_message_that_names_no_endpoint_goes_back(cloud: Cloud) -> None:
    assert visit("{}", json.dumps({"creditor_id": "aurora", "endpoint_id": "we_1"})) == ["m0"]
    assert cloud.queued() == []
