"""Events from the bus to the portfolio. Decisions live in `regua.application.accept_event`."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.adapters.clock import SystemClock
from regua.adapters.pix_queues import SqsChargeQueue
from regua.adapters.s3_quarantine import S3Quarantine
from regua.application.accept_event import AcceptEvent
from regua.application.ingest import Ingest
from regua.runtime import clients
from regua.runtime.batch import Response, run_batch
from regua.runtime.settings import IngestSettings
from regua.runtime.stores import connect

logger = Logger()
metrics = Metrics()
clock = SystemClock()


@cache
def wire() -> AcceptEvent:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = IngestSettings.from_environment()
    stores = connect(settings)
    charges = SqsChargeQueue(
        clients.sqs(), settings.charge_queue_url, with_as_of=settings.allow_as_of
    )
    return AcceptEvent(
        ingest=Ingest(stores.portfolio, stores.publisher, charges),
        directory=stores.directory,
        quarantine=S3Quarantine(clients.s3(), settings.quarantine_bucket),
        publisher=stores.publisher,
        allow_future=settings.allow_as_of,
    )


def handle(record: dict[str, Any]) -> None:
    """Accept one event, or put it aside, and count which."""
    accepted = wire()(record["body"], message_id=record["messageId"], now=clock.now())
    metrics.add_metric(accepted, MetricUnit.Count, 1)
    logger.info("event ingested", outcome=accepted)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer which records must be given again."""
    del context
    return run_batch(event, dict, handle, logger=logger, metrics=metrics)
