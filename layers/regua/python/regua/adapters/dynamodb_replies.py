"""Whose a number is, on the ``messages`` table: remembered with each text that goes out."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from regua.application.wire import instant_text
from regua.domain.dispatch import Dispatch
from regua.domain.ids import CreditorId, CustomerId
from regua.domain.phones import whatsapp_key
from regua.domain.ruler import Channel

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoReplyIndex:
    """One partition per number and channel; one item per account that was written to there."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def remember(self, dispatch: Dispatch, number: str, at: datetime) -> None:
        """Note that an account was written to at a number; a later note replaces an earlier one."""
        owner = f"{dispatch.creditor_id}#{dispatch.customer_id}"
        self._client.update_item(
            TableName=self._table,
            Key={"pk": {"S": _key(number, dispatch.channel)}, "sk": {"S": owner}},
            UpdateExpression="SET written_at = :at, dispatch_id = :dispatch",
            ExpressionAttributeValues={
                ":at": {"S": instant_text(at)},
                ":dispatch": {"S": dispatch.dispatch_id},
            },
        )

    def customers_of(
        self, number: str, channel: Channel
    ) -> Sequence[tuple[CreditorId, CustomerId]]:
        """Return everybody who was written to at a number on a channel, each once, in order."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": _key(number, channel)}},
        )
        owners = [item["sk"]["S"].partition("#") for page in pages for item in page["Items"]]
        return [(CreditorId(creditor), CustomerId(customer)) for creditor, _, customer in owners]


def _key(number: str, channel: Channel) -> str:
    digits = number.lstrip("+")
    spelling = whatsapp_key(number) if channel is Channel.WHATSAPP else None
    return f"REPLY#{channel}#{spelling or digits}"
