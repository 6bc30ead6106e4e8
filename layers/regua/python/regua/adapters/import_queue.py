"""The queue of the importer."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from regua.adapters.sqs import send_all

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsImportQueue:
    """Work of the importer on SQS."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Queue every message.

        Raises:
            QueueRefused: some were not taken; doing a thing twice is harmless.
        """
        send_all(self._client, self._queue_url, messages)
