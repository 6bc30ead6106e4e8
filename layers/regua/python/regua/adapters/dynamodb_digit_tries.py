"""How often somebody has tried a customer's digits, on the ``messages`` table."""

from typing import TYPE_CHECKING

from regua.adapters import dynamodb_keys as keys
from regua.application.ports import AccountKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SORT_KEY = "DIGITS"


class DynamoDigitTries:
    """One item per customer; it holds a number and nothing of who tried."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def take(self, account: AccountKey, most: int) -> bool:
        """Use one of the tries; False when all are used."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(account),
                UpdateExpression="ADD tries :one",
                ConditionExpression="attribute_not_exists(tries) OR tries < :most",
                ExpressionAttributeValues={":one": {"N": "1"}, ":most": {"N": str(most)}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def give_back(self, account: AccountKey) -> None:
        """Give a try back that was taken."""
        self._client.update_item(
            TableName=self._table,
            Key=_key(account),
            UpdateExpression="ADD tries :less",
            ExpressionAttributeValues={":less": {"N": "-1"}},
        )


def _key(account: AccountKey) -> dict[str, dict[str, str]]:
    return {
        "pk": {"S": keys.account(account.creditor_id, account.customer_id)},
        "sk": {"S": _SORT_KEY},
    }
