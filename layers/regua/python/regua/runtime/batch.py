"""SQS semantics, in one place: records are isolated, failures go back alone, hints are obeyed.

Powertools' batch processor does the same and costs every sender some 65 ms of cold start (see
docs/adr/0007-batches.md), so the forty lines are ours.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
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
    before: Callable[[Sequence[_M]], None] = lambda _: None,
) -> Response:
    """Handle every record of an SQS event and answer which of them failed.

    Args:
        event: what Lambda received.
        parse: one raw record to a message; raising means the record is unreadable.
        handle: one message; raising returns the record, and only it, to the queue.
        logger: gets one line per failed record, with the record's own ids.
        metrics: counts ``records_failed`` and ``records_handled``.
        flush: writes what the handlers buffered; raising returns the whole batch.
        before: prepares all readable messages together; raising returns each of them.
    """
    back = _GivenBack(logger)
    readable = []
    for record in event["Records"]:
        with back.if_it_fails(record):
            readable.append((record, parse(record)))
    if not back.all_if_it_fails(readable, before):
        readable = []
    for record, message in readable:
        with back.if_it_fails(record, message):
            handle(message)
    flush()
    handled, failed = len(event["Records"]) - len(back.failed), len(back.failed)
    metrics.add_metric("records_handled", MetricUnit.Count, handled)
    metrics.add_metric("records_failed", MetricUnit.Count, failed)
    return {"batchItemFailures": [{"itemIdentifier": m} for m in back.failed]}


class _GivenBack:
    """The records that go back to the queue, each logged with its own ids and hidden as asked."""

    def __init__(self, logger: Logger) -> None:
        self.failed: list[str] = []
        self._logger = logger

    @contextmanager
    def if_it_fails(self, record: Mapping[str, Any], message: object = None) -> Iterator[None]:
        """Give the record back if what is done with it fails."""
        with self._logger.append_context_keys(message_id=record["messageId"], **_log_keys(message)):
            try:
                yield
            except Exception as exc:  # noqa: BLE001 - the boundary: one record never fails another
                self._give_back(record, exc)

    def _give_back(self, record: Mapping[str, Any], exc: Exception) -> None:
        _log(self._logger, exc)
        _obey_hint(record, exc)
        self.failed.append(record["messageId"])

    def all_if_it_fails(
        self,
        readable: Sequence[tuple[Mapping[str, Any], _M]],
        prepare: Callable[[Sequence[_M]], None],
    ) -> bool:
        """Prepare all messages together; give each record back if that fails."""
        try:
            prepare([message for _, message in readable])
        except Exception as exc:  # noqa: BLE001 - the boundary: each record is given back by itself
            for record, message in readable:
                ids = {"message_id": record["messageId"], **_log_keys(message)}
                with self._logger.append_context_keys(**ids):
                    self._give_back(record, exc)
            return False
        return True


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
