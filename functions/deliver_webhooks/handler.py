"""Events to endpoints: a message names one endpoint to visit; the clock's tick wakes the others.

Decisions live in `regua.application.deliver_webhooks`.
"""

import secrets
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
from regua.adapters.webhook_sender import HttpWebhookSender, SafeTargets
from regua.application.deliver_webhooks import DeliverWebhooks
from regua.application.webhook_messages import EndpointDue
from regua.runtime import clients
from regua.runtime.batch import Response, run_batch
from regua.runtime.settings import DeliverWebhooksSettings

BUDGET_SECONDS = 20.0
"""How long a visit goes on; then others have their turn."""
_LAST_SEND_SECONDS = 15.0
"""What has to be left of the function's time to begin another request and record its result."""

logger = Logger()
metrics = Metrics()
clock = SystemClock()


@cache
def wire() -> DeliverWebhooks:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = DeliverWebhooksSettings.from_environment()
    dynamodb, table = clients.dynamodb(), settings.exchange_table
    return DeliverWebhooks(
        endpoints=DynamoEndpoints(dynamodb, table),
        deliveries=DynamoDeliveries(dynamodb, table),
        feed=DynamoFeed(dynamodb, table),
        sender=HttpWebhookSender(SafeTargets(private=settings.private_targets)),
        queue=SqsEndpointQueue(clients.sqs(), settings.webhook_queue_url),
        clock=clock.now,
        token=lambda: secrets.token_hex(16),
    )


def tick() -> dict[str, int]:
    """Have the endpoints visited whose time has come."""
    woken = wire().tick()
    metrics.add_metric("endpoints_woken", MetricUnit.Count, woken)
    logger.info("endpoints woken", endpoints=woken)
    return {"endpoints": woken}


def read(record: Mapping[str, Any]) -> EndpointDue:
    """Read a record of the queue: an endpoint to visit."""
    return EndpointDue.model_validate_json(record["body"])


def handle(message: EndpointDue, context: LambdaContext) -> None:
    """Visit one endpoint, and count what came of it."""
    start = context.get_remaining_time_in_millis() / 1000
    # Where a function has little time at all, half of it: a send that is cut off is made again.
    until = max(start - BUDGET_SECONDS, min(_LAST_SEND_SECONDS, start / 2))
    visit = wire()(
        message.key, has_time=lambda: context.get_remaining_time_in_millis() / 1000 > until
    )
    for name, count in (
        ("webhook_delivered", visit.delivered),
        ("webhook_failed", visit.failed),
        ("webhook_dead", visit.dead),
        ("webhook_disabled", int(visit.was_disabled)),
    ):
        metrics.add_metric(name, MetricUnit.Count, count)
    log = logger.warning if visit.dead or visit.was_disabled else logger.info
    log(
        "endpoint visited",
        creditor_id=message.creditor_id,
        endpoint_id=message.endpoint_id,
        busy=visit.was_busy,
        delivered=visit.delivered,
        failed=visit.failed,
        dead=visit.dead,
        disabled=visit.was_disabled,
        failures_in_a_row=visit.circuit.failures,
    )


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response | dict[str, int]:
    """Wake endpoints on a tick; visit those that messages name."""
    if "Records" not in event:
        return tick()
    return run_batch(
        event, read, lambda message: handle(message, context), logger=logger, metrics=metrics
    )
