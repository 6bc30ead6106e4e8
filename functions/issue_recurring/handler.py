"""The clock's tick plans the shards; a shard's message bills what its plans have due.

Decisions live in `regua.application.issue_recurring` and `regua.application.automatic_pix`.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from regua.adapters.clock import SystemClock
from regua.adapters.records import instant
from regua.adapters.sqs import SqsShardQueue
from regua.application.issue_recurring import IssueRecurring, RecurringDue, plan_recurring
from regua.runtime import clients
from regua.runtime.batch import Response, run_batch
from regua.runtime.pix import connect_pix
from regua.runtime.settings import IssueRecurringSettings
from regua.runtime.stores import connect

logger = Logger()
metrics = Metrics()
clock = SystemClock()


@cache
def wire() -> tuple[IssueRecurring, IssueRecurringSettings]:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = IssueRecurringSettings.from_environment()
    stores = connect(settings)
    pix = connect_pix(settings, stores)
    queue = SqsShardQueue(clients.sqs(), settings.recurring_queue_url)
    issue = IssueRecurring(pix.plans, pix.ingest, stores.directory, queue, pix.automatic)
    return issue, settings


def tick(event: Mapping[str, Any]) -> dict[str, int]:
    """Queue one message per shard."""
    issue, settings = wire()
    asked = event.get("as_of") if settings.allow_as_of else None
    as_of = instant(asked) if asked else None
    planned = plan_recurring(issue.queue, shards=settings.shards, as_of=as_of)
    metrics.add_metric("recurring_shards_planned", MetricUnit.Count, planned)
    logger.info("recurring shards planned", shards=planned)
    return {"shards": planned}


def read(record: Mapping[str, Any]) -> RecurringDue:
    """Read a record of the queue."""
    return RecurringDue.model_validate_json(record["body"])


def handle(due: RecurringDue, context: LambdaContext) -> None:
    """Bill what a shard's plans have due, and count it; fail visibly when a plan is broken."""
    issue, settings = wire()
    now = due.as_of if settings.allow_as_of and due.as_of else clock.now()
    done = issue.shard(
        due, now=now, seconds_left=lambda: context.get_remaining_time_in_millis() / 1000
    )
    metrics.add_metric("plans_looked_at", MetricUnit.Count, done.plans)
    metrics.add_metric("plan_invoices_issued", MetricUnit.Count, done.issued)
    metrics.add_metric("plans_failed", MetricUnit.Count, len(done.broken))
    metrics.add_metric("plan_debits_postponed", MetricUnit.Count, done.postponed)
    logger.info(
        "recurring shard done",
        plans=done.plans,
        issued=done.issued,
        failed=len(done.broken),
        postponed=done.postponed,
        drained=done.drained,
    )
    if done.broken:
        raise done.broken[0]


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response | dict[str, int]:
    """Plan on a tick; bill on shard messages."""
    if "Records" not in event:
        return tick(event)
    return run_batch(
        event,
        read,
        lambda due: handle(due, context),
        logger=logger,
        metrics=metrics,
    )
