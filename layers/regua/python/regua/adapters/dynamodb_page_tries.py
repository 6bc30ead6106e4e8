"""How often the question of the customer's page was answered, on the ``messages`` table."""

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.application.customer_page.ports import Tries, TryLimits
from regua.application.ports import AccountKey
from regua.domain.ids import DispatchId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_DAY_KEPT = timedelta(days=3)
"""A day's count ends by itself some time after the day is over in every zone."""


class DynamoPageTries:
    """Two counts: of a customer's day, and of a link. They hold numbers and nothing of who tried.

    Each is counted by a write of its own, on condition; what the second refuses the first gives
    back. A crash between the two leaves a try used, never one free. The link comes first: with one
    that is used up nobody touches the customer's day, not for a moment.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def take(
        self, account: AccountKey, dispatch_id: DispatchId, day: date, limits: TryLimits
    ) -> Tries:
        """Use one of a customer's tries of a day and one of a link's, or none of either."""
        on_link = self._add(_link_key(account, dispatch_id), limits.per_link, None)
        if on_link is None:
            return Tries(is_taken=False, left_today=limits.per_day, left_on_link=0)
        today = self._add(_day_key(account, day), limits.per_day, _ends(day))
        if today is None:
            self._less(_link_key(account, dispatch_id))
            left = limits.per_link - on_link + 1
            return Tries(is_taken=False, left_today=0, left_on_link=left)
        return Tries(
            is_taken=True,
            left_today=limits.per_day - today,
            left_on_link=limits.per_link - on_link,
        )

    def give_back(self, account: AccountKey, dispatch_id: DispatchId, day: date) -> None:
        """Give a try back that was none: the answer was right."""
        self._less(_day_key(account, day))
        self._less(_link_key(account, dispatch_id))

    def _add(self, key: dict[str, Any], most: int, ttl: int | None) -> int | None:
        """Count one more and return how many there are; None when there are as many as may be."""
        values: dict[str, Any] = {":one": {"N": "1"}, ":most": {"N": str(most)}}
        expression, more = "ADD tries :one", dict[str, Any]()
        if ttl is not None:
            expression += " SET #ttl = :ttl"
            values[":ttl"] = {"N": str(ttl)}
            more["ExpressionAttributeNames"] = {"#ttl": "ttl"}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression=expression,
                ConditionExpression="attribute_not_exists(tries) OR tries < :most",
                ExpressionAttributeValues=values,
                ReturnValues="UPDATED_NEW",
                **more,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return int(answer["Attributes"]["tries"]["N"])

    def _less(self, key: dict[str, Any]) -> None:
        self._client.update_item(
            TableName=self._table,
            Key=key,
            UpdateExpression="ADD tries :less",
            ExpressionAttributeValues={":less": {"N": "-1"}},
        )


def _day_key(account: AccountKey, day: date) -> dict[str, Any]:
    return _key(account, f"PAGE_DAY#{day.isoformat()}")


def _link_key(account: AccountKey, dispatch_id: DispatchId) -> dict[str, Any]:
    return _key(account, f"PAGE_LINK#{dispatch_id}")


def _key(account: AccountKey, sort: str) -> dict[str, Any]:
    return {
        "pk": {"S": keys.account(account.creditor_id, account.customer_id)},
        "sk": {"S": sort},
    }


def _ends(day: date) -> int:
    """Return when a day's count may go, in epoch seconds."""
    return int((datetime.combine(day, time(), UTC) + _DAY_KEPT).timestamp())
