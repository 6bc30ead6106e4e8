"""The queues behind the door of Pix: charges to make, and what came in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from regua.adapters.sqs import QueueRefused, send_all
from regua.application.inbound_pix import ChargeAsked
from regua.domain.ids import CreditorId, InvoiceId

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsChargeQueue:
    """Names invoices to those who make charges."""

    def __init__(self, client: "SQSClient", queue_url: str, *, with_as_of: bool) -> None:
        self._client = client
        self._queue_url = queue_url
        self._with_as_of = with_as_of

    def ask(self, creditor_id: CreditorId, invoice_id: InvoiceId, *, now: datetime) -> None:
        """Name an invoice; where time travels, with the instant."""
        as_of = now if self._with_as_of else None
        asked = ChargeAsked(creditor=creditor_id, invoice=invoice_id, as_of=as_of)
        try:
            self._client.send_message(
                QueueUrl=self._queue_url, MessageBody=asked.model_dump_json(exclude_none=True)
            )
        except (ClientError, BotoCoreError) as exc:
            raise QueueRefused("charges") from exc


class SqsInboundQueue:
    """Names what came in to those who read it."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Queue every message."""
        try:
            send_all(self._client, self._queue_url, messages)
        except (ClientError, BotoCoreError) as exc:
            raise QueueRefused("inbound") from exc
