"""What was paid to receipts of payment. Decisions live in `regua.application.thank_payer`."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.adapters.clock import SystemClock
from regua.application.messages import PaymentSettled
from regua.application.thank_payer import ThankBatch, Thanked, ThankPayer, Trip
from regua.runtime.batch import Response, run_batch
from regua.runtime.settings import ThankPayerSettings
from regua.runtime.stores import connect

logger = Logger()
metrics = Metrics()
clock = SystemClock()


@cache
def wire() -> tuple[ThankPayer, ThankPayerSettings]:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = ThankPayerSettings.from_environment()
    stores = connect(settings)
    thank = ThankPayer(stores.portfolio, stores.directory, stores.ledger, stores.publisher)
    return thank, settings


def read(record: Mapping[str, Any]) -> PaymentSettled:
    """Read ``InvoicePaid``, or ``PaymentReceiptDue``, which names several, from the bus."""
    detail = json.loads(record["body"])["detail"]
    data = detail["data"]
    return PaymentSettled(
        creditor_id=detail["creditor_id"],
        customer_id=data["customer_id"],
        invoices=data["external_ids"] if "external_ids" in data else (data["external_id"],),
        at=detail["occurred_at"],
    )


def trip(at: datetime, context: LambdaContext) -> Trip:
    """Tell the present instant; where time travels, that of what is told if it is later."""
    _, settings = wire()
    now = clock.now()
    travels = settings.allow_as_of and at > now
    return Trip(at if travels else now, context.aws_request_id, at if travels else None)


def count(outcomes: tuple[Thanked, ...]) -> None:
    """Count what became of one record."""
    for outcome in outcomes:
        metrics.add_metric(outcome, MetricUnit.Count, 1)
    logger.info("payment thanked for", outcomes=[outcome.value for outcome in outcomes])


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer which records must be given again."""
    batch = ThankBatch(wire()[0], lambda at: trip(at, context))
    return run_batch(
        event,
        read,
        lambda settled: count(tuple(batch.handle(settled))),
        logger=logger,
        metrics=metrics,
        before=batch.gather,
    )
