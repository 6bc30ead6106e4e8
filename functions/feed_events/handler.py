"""Events from the bus to their creditor's feed; decisions: `regua.application.feed_events`."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.adapters.clock import SystemClock
from regua.adapters.dynamodb_deliveries import DynamoDeliveries
from regua.adapters.dynamodb_endpoints import DynamoEndpoints
from regua.adapters.dynamodb_feed import DynamoFeed
from regua.adapters.webhook_queue import SqsEndpointQueue
from regua.application.feed_events import FeedBatch, FeedEvents, read_event
from regua.domain.feed import Event
from regua.runtime import clients
from regua.runtime.batch import Response, run_batch
from regua.runtime.settings import FeedEventsSettings

logger = Logger()
metrics = Metrics()
clock = SystemClock()


@cache
def wire() -> FeedEvents:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = FeedEventsSettings.from_environment()
    dynamodb, table = clients.dynamodb(), settings.exchange_table
    return FeedEvents(
        feed=DynamoFeed(dynamodb, table),
        endpoints=DynamoEndpoints(dynamodb, table),
        deliveries=DynamoDeliveries(dynamodb, table),
        queue=SqsEndpointQueue(clients.sqs(), settings.webhook_queue_url),
    )


def read(record: Mapping[str, Any]) -> Event:
    """Read a record of the queue: an event of the bus."""
    return read_event(record["body"])


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:  # noqa: ARG001 - Lambda's own
    """Feed all events of a batch, each creditor's together; answer which must be given again."""
    batch = FeedBatch(wire(), clock.now)
    answer = run_batch(
        event, read, batch.settle, before=batch.before, logger=logger, metrics=metrics
    )
    fed = len(event["Records"]) - len(answer["batchItemFailures"])
    metrics.add_metric("events_fed", MetricUnit.Count, fed)
    logger.info("events fed", events=fed)
    return answer
