"""How many messages a creditor may send on a channel in a minute, counted on ``messages``."""

from datetime import datetime
from typing import TYPE_CHECKING

from regua.application.wire import instant_text
from regua.domain.ids import CreditorId
from regua.domain.ruler import Channel

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, dict[str, str]]
_COUNTER = "COUNTER"


class DynamoRateLimiter:
    """One item per creditor and channel holds the minute and what was used of it."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def take(
        self, creditor_id: CreditorId, channel: Channel, per_minute: int, at: datetime
    ) -> bool:
        """Use one message of a minute's; False when all are used."""
        minute: dict[str, str] = {"S": instant_text(at.replace(second=0, microsecond=0))}
        key = {"pk": {"S": f"RATE#{creditor_id}#{channel}"}, "sk": {"S": _COUNTER}}
        values = {":minute": minute, ":one": {"N": "1"}}
        if self._change(
            key,
            "ADD used :one",
            "this_minute = :minute AND used < :limit",
            {**values, ":limit": {"N": str(per_minute)}},
        ):
            return True
        return self._change(
            key,
            "SET this_minute = :minute, used = :one",
            "attribute_not_exists(pk) OR this_minute < :minute",
            values,
        )

    def _change(
        self,
        key: dict[str, dict[str, str]],
        update: str,
        condition: str,
        values: dict[str, dict[str, str]],
    ) -> bool:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True
