"""The clock's tick plans the shards; a shard's message drains it.

Decisions live in `regua.application.evaluate_ruler`.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import TypeAdapter

from regua.adapters.clock import SystemClock
from regua.adapters.pix_queues import SqsChargeQueue
from regua.adapters.records import instant
from regua.adapters.sqs import SqsShardQueue
from regua.application.activate_ruler import Reschedule
from regua.application.evaluate_ruler import EvaluateRuler, plan_shards
from regua.application.messages import RescheduleDue, ShardDue
from regua.runtime import clients
from regua.runtime.batch import Response, run_batch
from regua.runtime.settings import EvaluateRulerSettings
from regua.runtime.stores import connect

_WORK: TypeAdapter[ShardDue | RescheduleDue] = TypeAdapter(ShardDue | RescheduleDue)
logger = Logger()
metrics = Metrics()
clock = SystemClock()


@cache
def wire() -> tuple[EvaluateRuler, EvaluateRulerSettings]:
    """Build the adapters once per cold start; tests replace this one function."""
    settings = EvaluateRulerSettings.from_environment()
    stores = connect(settings)
    queue = SqsShardQueue(clients.sqs(), settings.shard_queue_url)
    charges = SqsChargeQueue(
        clients.sqs(), settings.charge_queue_url, with_as_of=settings.allow_as_of
    )
    use_case = EvaluateRuler(
        stores.portfolio, stores.directory, stores.publisher, queue, stores.ledger, charges
    )
    return use_case, settings


def tick(event: dict[str, Any]) -> dict[str, int]:
    """Queue one message per shard."""
    evaluate, settings = wire()
    asked = event.get("as_of") if settings.allow_as_of else None
    as_of = instant(asked) if asked else None
    planned = plan_shards(evaluate.queue, shards=settings.shards, as_of=as_of)
    metrics.add_metric("shards_planned", MetricUnit.Count, len(planned))
    logger.info("shards planned", shards=len(planned))
    return {"shards": len(planned)}


def read(record: Mapping[str, Any]) -> ShardDue | RescheduleDue:
    """Read a record of the queue: work for a shard, of one of two kinds."""
    return _WORK.validate_json(record["body"])


def handle(message: ShardDue | RescheduleDue, context: LambdaContext) -> None:
    """Do the work of one message."""
    evaluate, settings = wire()
    now = message.as_of if settings.allow_as_of and message.as_of else clock.now()
    if isinstance(message, ShardDue):
        drain(evaluate, message, now, context)
        return
    reschedule = Reschedule(evaluate.portfolio, evaluate.directory, evaluate.queue)
    moved = reschedule(message, now=now)
    metrics.add_metric("accounts_rescheduled", MetricUnit.Count, moved)
    logger.info("accounts rescheduled", accounts=moved)


def drain(
    evaluate: EvaluateRuler, message: ShardDue, now: datetime, context: LambdaContext
) -> None:
    """Drain one shard and count what was decided; fail visibly when an account is broken."""
    done = evaluate.shard(
        message,
        now=now,
        correlation_id=context.aws_request_id,
        seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    metrics.add_metric("contacts_planned", MetricUnit.Count, done.contacts)
    metrics.add_metric("contacts_deferred", MetricUnit.Count, done.deferred)
    metrics.add_metric("contacts_suppressed", MetricUnit.Count, done.suppressed)
    metrics.add_metric("accounts_evaluated", MetricUnit.Count, done.accounts)
    logger.info(
        "shard evaluated", accounts=done.accounts, contacts=done.contacts, drained=done.drained
    )
    if done.broken:
        raise done.broken[0]


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response | dict[str, int]:
    """Plan on a tick; drain on shard messages."""
    if "Records" not in event:
        return tick(event)
    return run_batch(
        event,
        read,
        lambda message: handle(message, context),
        logger=logger,
        metrics=metrics,
    )
