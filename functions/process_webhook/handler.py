"""What came in, and the clock of sweeps. Decisions live in `regua.application.process_inbound`."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import TypeAdapter

from regua.adapters.bcb_automatic_pix import BcbAutomaticPix
from regua.adapters.bcb_http import BcbHttp
from regua.adapters.bcb_pix import BcbPixProvider
from regua.adapters.clock import SystemClock
from regua.adapters.dynamodb_debits import DynamoDebits
from regua.adapters.dynamodb_hooks import DynamoHooks
from regua.adapters.dynamodb_pix import DynamoPixRecords
from regua.adapters.dynamodb_plans import DynamoPlans
from regua.adapters.pix_queues import SqsChargeQueue, SqsInboundQueue
from regua.adapters.psp_access import PspSecrets
from regua.adapters.s3_acknowledgements import S3Acknowledgements
from regua.adapters.s3_bodies import S3Bodies
from regua.adapters.s3_quarantine import S3Quarantine
from regua.application.attend import Attend
from regua.application.automatic_pix import AutomaticDebits
from regua.application.inbound_pix import INBOUND, OpenCharges, PixTold, Posted, Sweep
from regua.application.ingest import Ingest
from regua.application.process_inbound import ProcessInbound
from regua.application.settle_pix import CountPix, SettlePix
from regua.application.sweep_pix import SweepPix
from regua.application.wire import Instant
from regua.runtime import clients
from regua.runtime.batch import Response, run_batch
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
    dynamodb = clients.dynamodb()
    psp = BcbHttp(PspSecrets(clients.secretsmanager, settings.psp_prefix))
    provider = BcbPixProvider(psp)
    records = DynamoPixRecords(dynamodb, settings.portfolio_table)
    inbound = SqsInboundQueue(clients.sqs(), settings.inbound_queue_url)
    charges = SqsChargeQueue(
        clients.sqs(), settings.charge_queue_url, with_as_of=settings.allow_as_of
    )
    ingest = Ingest(stores.portfolio, stores.publisher, charges)
    counting = CountPix(records, ingest, stores.portfolio, stores.publisher)
    sweeps = SweepPix(
        provider, records, counting, stores.portfolio, inbound, charges, settings.shards
    )
    settle = SettlePix(provider, counting)
    automatic = AutomaticDebits(
        provider=BcbAutomaticPix(psp),
        debits=DynamoDebits(dynamodb, settings.exchange_table),
        plans=DynamoPlans(dynamodb, settings.exchange_table, settings.shards),
        index=records,
        settle=settle,
        attend=Attend(stores.portfolio, stores.ledger, stores.publisher),
        portfolio=stores.portfolio,
        publisher=stores.publisher,
        charges=charges,
    )
    process = ProcessInbound(
        directory=stores.directory,
        hooks=DynamoHooks(dynamodb, settings.exchange_table),
        bodies=S3Bodies(clients.s3(), settings.files_bucket),
        inbound=inbound,
        settle=settle,
        sweeps=sweeps,
        ingest=ingest,
        publisher=stores.publisher,
        quarantine=S3Quarantine(clients.s3(), settings.files_bucket),
        allow_future=settings.allow_as_of,
        automatic=automatic,
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
