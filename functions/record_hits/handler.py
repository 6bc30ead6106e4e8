"""Hits of recipients and machines to the ledger. Decisions: `regua.application.record_hit`."""

from functools import cache
from secrets import token_hex
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.adapters.dynamodb_visitors import DynamoRecentVisitors
from regua.adapters.tracking_links import read_keys
from regua.application.buffers import BatchBuffer
from regua.application.messages import Hit
from regua.application.record_hit import RecordHit
from regua.runtime import clients
from regua.runtime.batch import Response, run_batch
from regua.runtime.envelopes import from_queue
from regua.runtime.settings import RecordHitsSettings
from regua.runtime.stores import connect_with_evidence

logger = Logger()
metrics = Metrics()


@cache
def wire() -> tuple[RecordHit, BatchBuffer]:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = RecordHitsSettings.from_environment()
    stores = connect_with_evidence(settings)
    keys = read_keys(clients.secretsmanager(), settings.tracking_secret_arn)
    visitors = DynamoRecentVisitors(
        clients.dynamodb(), settings.messages_table, keys.keys[keys.current]
    )
    buffer = BatchBuffer(stores.publisher, stores.facts)
    record = RecordHit(
        portfolio=stores.portfolio,
        ledger=stores.ledger,
        append=buffer.append,
        publish=buffer.publish,
        visitors=visitors,
        nonce=lambda: token_hex(16),
        pending=buffer.pending,
    )
    return record, buffer


def handle(hit: Hit) -> None:
    """Record one hit and count it by its label."""
    recorded = wire()[0](hit)
    metrics.add_metric(recorded.outcome, MetricUnit.Count, 1)
    metrics.add_metric(f"hit_by_{recorded.label}", MetricUnit.Count, 1)
    if recorded.relabelled:
        metrics.add_metric("hit_relabelled", MetricUnit.Count, recorded.relabelled)
    logger.info("hit recorded", outcome=recorded.outcome, label=recorded.label)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer which records must be given again."""
    del context
    return run_batch(
        event, from_queue(Hit), handle, logger=logger, metrics=metrics, flush=wire()[1].flush
    )
