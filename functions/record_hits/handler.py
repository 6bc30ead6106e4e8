"""Hits of recipients and machines to the ledger. Decisions: `regua.application.record_hit`."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.application.buffers import BatchBuffer
from regua.application.messages import Hit
from regua.application.record_hit import RecordHit
from regua.runtime.batch import Response, run_batch
from regua.runtime.envelopes import from_queue
from regua.runtime.settings import RecordHitsSettings
from regua.runtime.stores import connect

logger = Logger()
metrics = Metrics()


@cache
def wire() -> tuple[RecordHit, BatchBuffer]:
    """Build the adapters once per cold start; tests replace this one function."""
    stores = connect(RecordHitsSettings.from_environment())
    buffer = BatchBuffer(stores.publisher, stores.ledger)
    return RecordHit(stores.portfolio, stores.ledger, buffer.append, buffer.publish), buffer


def handle(hit: Hit) -> None:
    """Record one hit and count it by its label."""
    outcome = wire()[0](hit)
    metrics.add_metric(outcome, MetricUnit.Count, 1)
    metrics.add_metric(f"hit_by_{hit.label}", MetricUnit.Count, 1)
    logger.info("hit recorded", outcome=outcome, label=hit.label)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer which records must be given again."""
    del context
    return run_batch(
        event, from_queue(Hit), handle, logger=logger, metrics=metrics, flush=wire()[1].flush
    )
