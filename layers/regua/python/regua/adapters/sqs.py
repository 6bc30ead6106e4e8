"""Queues on SQS: messages in batches, and the queue of the shard evaluators."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from regua.domain.errors import TemporaryError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_PER_CALL = 10


class QueueRefused(TemporaryError):
    """A queue did not take every message; sending all of them again is safe."""


def send_all(
    client: "SQSClient",
    queue_url: str,
    messages: Sequence[Mapping[str, Any]],
    *,
    delay_seconds: int = 0,
) -> None:
    """Queue every message, ten at a time, to be seen after a delay of up to 15 minutes.

    Raises:
        QueueRefused: the queue did not take all.
    """
    for start in range(0, len(messages), _PER_CALL):
        part = messages[start : start + _PER_CALL]
        answer = client.send_message_batch(
            QueueUrl=queue_url,
            Entries=[
                {"Id": str(n), "MessageBody": json.dumps(m), "DelaySeconds": delay_seconds}
                for n, m in enumerate(part)
            ],
        )
        if answer.get("Failed"):
            raise QueueRefused(f"the queue {queue_url.rpartition('/')[2]} refused messages")


class SqsShardQueue:
    """The shard queue."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, messages: Sequence[Mapping[str, Any]], *, delay_seconds: int = 0) -> None:
        """Queue every message, to be seen after a delay of up to 15 minutes.

        Raises:
            QueueRefused: the queue refused some; evaluating a shard twice is harmless.
        """
        send_all(self._client, self._queue_url, messages, delay_seconds=delay_seconds)
