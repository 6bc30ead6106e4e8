"""SQS semantics, in one place: records are isolated, failures go back alone, hints are obeyed.

Powertools' batch processor does the same and costs every sender some 65 ms of cold start (see
docs/adr/0007-batches.md), so the forty lines are ours.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import BotoCoreError, ClientError

from regua.application.wire import Message
from regua.domain.errors import ProviderThrottled, ReguaError, TemporaryError
from regua.runtime.clients import sqs

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_M = TypeVar("_M")
Response = dict[str, list[dict[str, str]]]
MAX_VISIBILITY_SECONDS = 43_200
"""The longest visibility SQS grants (12 hours)."""
_LAST_DOUBLING = 5
"""As often as a queue gives a record before it is a dead letter."""


def run_batch(
    event: Mapping[str, Any],
    parse: Callable[[Mapping[str, Any]], _M],
    handle: Callable[[_M], None],
    *,
    logger: Logger,
    metrics: Metrics,
    flush: Callable[[], None] = lambda: None,
) -> Response:
    """Handle every record of an SQS event and answer which of them failed.

    Args:
        event: what Lambda received.
        parse: one raw record to a message; raising means the record is unreadable.
        handle: one message; raising returns the record, and only it, to the queue.
        logger: gets one line per failed record, with the record's own ids.
        metrics: counts ``records_failed`` and ``records_handled``.
        flush: writes what the handlers buffered; raising returns the whole batch.
    """
    failed = []
    for record in event["Records"]:
        keys = {"message_id": record["messageId"]}
        try:
            message = parse(record)
            keys |= _log_keys(message)
            with logger.append_context_keys(**keys):
                handle(message)
        except Exception as exc:  # noqa: BLE001 - the boundary: one record never fails another
            with logger.append_context_keys(**keys):
                _log(logger, exc)
            _obey_hint(record, exc)
            failed.append(record["messageId"])
    flush()
    metrics.add_metric("records_handled", MetricUnit.Count, len(event["Records"]) - len(failed))
    metrics.add_metric("records_failed", MetricUnit.Count, len(failed))
    return {"batchItemFailures": [{"itemIdentifier": m} for m in failed]}


def _log_keys(message: object) -> dict[str, str]:
    return dict(message.log_keys()) if isinstance(message, Message) else {}


def _log(logger: Logger, exc: Exception) -> None:
    if isinstance(exc, ReguaError):
        logger.warning("record failed", error=type(exc).__name__)
    else:
        logger.error("record failed", exc_info=exc)


def _obey_hint(record: Mapping[str, Any], exc: Exception) -> None:
    """Hide the record for as long as the error asks; SQS's own timeout serves when this fails."""
    if not isinstance(exc, TemporaryError) or exc.retry_after_seconds is None:
        return
    name = record["eventSourceARN"].rpartition(":")[2]
    with suppress(ClientError, BotoCoreError):
        _sqs().change_message_visibility(
            QueueUrl=_queue_url(name),
            ReceiptHandle=record["receiptHandle"],
            VisibilityTimeout=min(_pause(record, exc), MAX_VISIBILITY_SECONDS),
        )


def _pause(record: Mapping[str, Any], exc: TemporaryError) -> int:
    """Return for how many seconds to hide a record.

    A provider that asks us to slow down is left alone twice as long each time, and what it refused
    together comes back apart. Any other wait is for something that has its own time.
    """
    asked = max(exc.retry_after_seconds or 0, 0)
    if not isinstance(exc, ProviderThrottled):
        return asked
    tries = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
    asked <<= min(tries, _LAST_DOUBLING) - 1
    return asked + crc32(record["messageId"].encode()) % (asked // 2 + 1)


@cache
def _sqs() -> "SQSClient":
    return sqs()


@cache
def _queue_url(name: str) -> str:
    return _sqs().get_queue_url(QueueName=name)["QueueUrl"]
