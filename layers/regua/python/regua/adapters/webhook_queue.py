"""The queue of endpoints to look at."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from regua.adapters.sqs import send_all
from regua.application.webhook_ports import EndpointKey

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_DELAY_SECONDS = 900


class SqsEndpointQueue:
    """Who looks at endpoints reads this queue, one endpoint per message."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, keys: Sequence[EndpointKey], *, delay_seconds: int = 0) -> None:
        """Queue endpoints to be looked at, after a delay of up to 15 minutes."""
        delay = min(delay_seconds, LONGEST_DELAY_SECONDS)
        messages = [key._asdict() for key in keys]
        send_all(self._client, self._queue_url, messages, delay_seconds=delay)
