"""Who touched messages in the same ten minutes: one item per address, under a pseudonym.

The item's key is an HMAC of creditor and address, so that neither the table nor its backups hold an
address; customers are pseudonyms too. Items end by themselves (``ttl``).
"""

import hashlib
import hmac
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from regua.application.ports import AccountKey, Touch
from regua.domain.delivery import EventKind
from regua.domain.ids import DispatchId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BUCKET_SECONDS = 600
MOST = 32
"""Touches that an address is followed for: far more than a judgement needs, and a small item."""
_KEPT_SECONDS = 3600
_SORT_KEY = "TOUCHES"
_ADDRESS, _RECIPIENT = b"regua.visitor.v1\0", b"regua.recipient.v1\0"


class Pseudonyms:
    """Names addresses and customers so that nobody without the key can tell whose they are."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of_address(self, account: AccountKey, ip: str) -> str:
        """Return an address's name among one creditor's messages: 64 hex characters."""
        text = f"{account.creditor_id}\0{ip}".encode()
        return hmac.digest(self._key, _ADDRESS + text, hashlib.sha256).hex()

    def of_recipient(self, account: AccountKey) -> str:
        """Return a customer's name: 16 hex characters."""
        text = f"{account.creditor_id}\0{account.customer_id}".encode()
        return hmac.digest(self._key, _RECIPIENT + text, hashlib.sha256).hex()[:16]


class DynamoRecentVisitors:
    """Touches on the ``messages`` table; one request each."""

    def __init__(self, client: "DynamoDBClient", table: str, key: bytes) -> None:
        self._client = client
        self._table = table
        self._pseudonyms = Pseudonyms(key)

    def touch(
        self, account: AccountKey, ip: str, hit: tuple[DispatchId, EventKind, str], at: datetime
    ) -> Collection[Touch]:
        """Add a hit; return all of this address's in these ten minutes."""
        bucket = int(at.timestamp()) // BUCKET_SECONDS
        name = self._pseudonyms.of_address(account, ip)
        text = "#".join((self._pseudonyms.of_recipient(account), *hit))
        ends_at = (bucket + 1) * BUCKET_SECONDS + _KEPT_SECONDS
        try:
            answer: Any = self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": f"IP#{name}#{bucket}"}, "sk": {"S": _SORT_KEY}},
                UpdateExpression="ADD touches :new SET #ttl = :ends",
                ConditionExpression="attribute_not_exists(touches) OR size(touches) < :most",
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues={
                    ":new": {"SS": [text]},
                    ":ends": {"N": str(ends_at)},
                    ":most": {"N": str(MOST)},
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
            item = answer["Attributes"]
        except self._client.exceptions.ConditionalCheckFailedException as full:
            found: Any = full.response
            item = found["Item"]
        return [_read(touch) for touch in sorted(item["touches"]["SS"])]


def _read(text: str) -> Touch:
    recipient, dispatch_id, kind, event_id = text.split("#", 3)
    return Touch(recipient, DispatchId(dispatch_id), EventKind(kind), event_id)
