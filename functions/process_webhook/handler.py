"""What came in, and the clock of sweeps. Decisions live in `regua.application.process_inbound`."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import TypeAdapter

from regua.adapters.clock import SystemClock
from regua.adapters.dynamodb_hooks import DynamoHooks
from regua.adapters.pix_queues import SqsInboundQueue
from regua.adapters.s3_acknowledgements import S3Acknowledgements
from regua.adapters.s3_bodies import S3Bodies
from regua.adapters.s3_quarantine import S3Quarantine
from regua.application.inbound_pix import INBOUND, OpenCharges, PixTold, Posted, Sweep
from regua.application.process_inbound import ProcessInbound
from regua.application.sweep_pix import SweepPix
from regua.application.wire import Instant
from regua.runtime import clients
from regua.runtime.batch import Response, run_batch
from regua.runtime.pix import connect_pix
from regua.runtime.settings import ProcessWebhookSettings
from regua.runtime.stores import connect

logger = Logger()
metrics = Metrics()
clock = SystemClock()
SWEEP = "sweep_pix"
_INSTANT = TypeAdapter(Instant)


class Wired(NamedTuple):
    """What the worker works with."""

    process: ProcessInbound
    allow_as_of: bool


@cache
def wire() -> Wired:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = ProcessWebhookSettings.from_environment()
    stores = connect(settings)
    pix = connect_pix(settings, stores)
    inbound = SqsInboundQueue(clients.sqs(), settings.inbound_queue_url)
    sweeps = SweepPix(
        pix.provider,
        pix.records,
        pix.counting,
        stores.portfolio,
        inbound,
        pix.charges,
        settings.shards,
    )
    process = ProcessInbound(
        directory=stores.directory,
        hooks=DynamoHooks(clients.dynamodb(), settings.exchange_table),
        bodies=S3Bodies(clients.s3(), settings.files_bucket),
        inbound=inbound,
        settle=pix.settle,
        sweeps=sweeps,
        ingest=pix.ingest,
        publisher=stores.publisher,
        quarantine=S3Quarantine(clients.s3(), settings.files_bucket),
        allow_future=settings.allow_as_of,
        automatic=pix.automatic,
        acknowledger=S3Acknowledgements(clients.s3(), settings.files_bucket),
    )
    return Wired(process, settings.allow_as_of)


def read(record: Mapping[str, Any]) -> Posted | PixTold | Sweep | OpenCharges:
    """Read one message of the queue."""
    return INBOUND.validate_json(record["body"])


def handle(message: Posted | PixTold | Sweep | OpenCharges) -> None:
    """Carry out one message, and count what was done."""
    wired = wire()
    now = message.as_of if message.as_of is not None and wired.allow_as_of else clock.now()
    counts = wired.process(message, now=now)
    for name, number in counts.items():
        metrics.add_metric(name, MetricUnit.Count, number)
    logger.info("inbound processed", kind=message.kind, counts=dict(counts))


def tick(event: dict[str, Any]) -> dict[str, int]:
    """Start a sweep for every creditor with a PSP; where time travels, as of an instant."""
    wired = wire()
    said = event.get("as_of")
    as_of = _INSTANT.validate_python(said) if said and wired.allow_as_of else None
    started = wired.process.sweeps.start(as_of)
    metrics.add_metric("pix_sweeps_started", MetricUnit.Count, started)
    logger.info("sweeps started", creditors=started)
    return {"creditors": started}


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response | dict[str, int]:
    """Answer which records must be given again, or how many sweeps a tick started."""
    del context
    if event.get("kind") == SWEEP:
        return tick(event)
    return run_batch(event, read, handle, logger=logger, metrics=metrics)
