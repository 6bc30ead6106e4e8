"""Pix charges: made, changed and removed. Decisions live in `regua.application.make_charge`."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.adapters.bcb_http import BcbHttp
from regua.adapters.bcb_pix import BcbPixProvider
from regua.adapters.clock import SystemClock
from regua.adapters.dynamodb_pix import DynamoPixRecords
from regua.adapters.psp_access import PspSecrets
from regua.application.inbound_pix import ChargeAsked
from regua.application.ingest import Ingest
from regua.application.make_charge import MakeCharge
from regua.application.ports import CreditorDirectory
from regua.application.settle_pix import CountPix, SettlePix
from regua.domain.errors import NotFound
from regua.domain.ids import CreditorId, InvoiceId
from regua.runtime import clients
from regua.runtime.batch import Response, run_batch
from regua.runtime.settings import MakeChargesSettings
from regua.runtime.stores import connect

logger = Logger()
metrics = Metrics()
clock = SystemClock()


class Wired(NamedTuple):
    """What the worker works with."""

    make: MakeCharge
    directory: CreditorDirectory
    allow_as_of: bool


@cache
def wire() -> Wired:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = MakeChargesSettings.from_environment()
    stores = connect(settings)
    provider = BcbPixProvider(BcbHttp(PspSecrets(clients.secretsmanager, settings.psp_prefix)))
    records = DynamoPixRecords(clients.dynamodb(), settings.portfolio_table)
    ingest = Ingest(stores.portfolio, stores.publisher)
    counting = CountPix(records, ingest, stores.portfolio, stores.publisher)
    make = MakeCharge(provider, records, stores.portfolio, SettlePix(provider, counting))
    return Wired(make, stores.directory, settings.allow_as_of)


def read(record: Mapping[str, Any]) -> ChargeAsked:
    """Read one message of the queue."""
    return ChargeAsked.model_validate_json(record["body"])


def handle(asked: ChargeAsked) -> None:
    """Make one invoice's charge what the invoice asks, and count what was done."""
    wired = wire()
    now = asked.as_of if asked.as_of is not None and wired.allow_as_of else clock.now()
    try:
        creditor = wired.directory.get(CreditorId(asked.creditor))
    except NotFound:  # it was deleted since
        logger.info("charge asked", outcome="charge_dropped")
        return
    made = wired.make(creditor, InvoiceId(asked.invoice), now=now)
    metrics.add_metric(made, MetricUnit.Count, 1)
    logger.info("charge asked", outcome=made)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer which records must be given again."""
    del context
    return run_batch(event, read, handle, logger=logger, metrics=metrics)
