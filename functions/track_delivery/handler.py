"""Providers' receipts to the ledger. Decisions live in `regua.application.record_receipt`."""

from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.adapters.clock import SystemClock
from regua.adapters.ses_receipts import read_receipt
from regua.application.buffers import BatchBuffer
from regua.application.record_receipt import Receipt, RecordReceipt
from regua.runtime.batch import Response, run_batch
from regua.runtime.settings import TrackDeliverySettings
from regua.runtime.stores import connect

logger = Logger()
metrics = Metrics()
clock = SystemClock()


@cache
def wire() -> tuple[RecordReceipt, BatchBuffer]:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = TrackDeliverySettings.from_environment()
    stores = connect(settings)
    buffer = BatchBuffer(stores.publisher, stores.ledger)
    doubt = timedelta(seconds=settings.doubt_seconds)
    use_case = RecordReceipt(
        portfolio=stores.portfolio,
        ledger=stores.ledger,
        append=buffer.append,
        publish=buffer.publish,
        is_late=lambda at: clock.now() - at >= doubt,
    )
    return use_case, buffer


def handle(receipt: Receipt | None) -> None:
    """Record one receipt and count what it was."""
    outcome = "receipt_ignored" if receipt is None else wire()[0](receipt)
    metrics.add_metric(outcome, MetricUnit.Count, 1)
    dispatch_id = receipt.dispatch_id if receipt else None
    logger.info("receipt recorded", outcome=outcome, dispatch_id=dispatch_id)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer which records must be given again."""
    del context
    return run_batch(
        event,
        lambda record: read_receipt(record["body"]),
        handle,
        logger=logger,
        metrics=metrics,
        flush=wire()[1].flush,
    )
