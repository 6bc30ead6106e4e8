"""Creditors' looks and words on the ``portfolio`` table, and drafts of them on ``exchange``.

The words (``LOOK``) lie where the creditor is read, so a sender has them without asking; colours
and logo (``STYLE``) lie beside, where only a page asks. Both are written in one transaction.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_values import key_of, seconds_of
from regua.adapters.dynamodb_versions import get_own
from regua.adapters.records import instant
from regua.application.page_ports import Draft, WrittenPage
from regua.application.wire import instant_text
from regua.domain.errors import VersionConflict
from regua.domain.ids import CreditorId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_LOST_RACES = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_DRAFT = "DRAFT"


class DynamoLooks:
    """Looks and words in force."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def find(self, creditor_id: CreditorId) -> WrittenPage | None:
        """Return what a creditor wrote; both items carry the tag, so halves are never mixed."""
        look = get_own(self._client, self._table, creditor_id, keys.LOOK)
        style = get_own(self._client, self._table, creditor_id, keys.STYLE)
        if look is None or style is None:
            return None
        if look["look_tag"] != style["look_tag"]:
            raise VersionConflict(creditor_id)
        texts, read = json.loads(look["texts"]["S"]), json.loads(style["document"]["S"])
        return WrittenPage(read, texts, look["look_tag"]["S"])

    def put(self, creditor_id: CreditorId, page: WrittenPage, *, before: str | None) -> None:
        """Write a creditor's look and words, both or neither."""
        said = {keys.LOOK: ("texts", page.texts), keys.STYLE: ("document", page.style)}
        writes: Any = [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": {
                        **key_of(keys.creditor(creditor_id), sk),
                        name: {"S": json.dumps(document, ensure_ascii=False)},
                        "look_tag": {"S": page.tag},
                    },
                    **_if_still(before),
                }
            }
            for sk, (name, document) in said.items()
        ]
        try:
            self._client.transact_write_items(TransactItems=writes)
        except self._client.exceptions.TransactionCanceledException as exc:
            reasons: Any = exc.response.get("CancellationReasons", [])
            if any(reason.get("Code") in _LOST_RACES for reason in reasons):
                raise VersionConflict(creditor_id) from exc
            raise

    def style(self, creditor_id: CreditorId) -> Mapping[str, Any] | None:
        """Return colours and logo."""
        item = get_own(self._client, self._table, creditor_id, keys.STYLE)
        return None if item is None else json.loads(item["document"]["S"])


class DynamoDrafts:
    """Drafts, gone after their time; the table itself forgets them later."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def put(self, draft: Draft) -> None:
        """Keep a draft until it expires."""
        self._client.put_item(
            TableName=self._table,
            Item={
                **key_of(keys.draft(draft.draft_id), _DRAFT),
                "creditor_id": {"S": draft.creditor_id},
                "document": {"S": json.dumps(draft.document, ensure_ascii=False)},
                "expires_at": {"S": instant_text(draft.expires_at)},
                "ttl": seconds_of(draft.expires_at),
            },
        )

    def find(self, draft_id: str, now: datetime) -> Draft | None:
        """Return a draft."""
        found = self._client.get_item(
            TableName=self._table, Key=key_of(keys.draft(draft_id), _DRAFT), ConsistentRead=True
        )
        item = found.get("Item")
        if item is None:
            return None
        draft = Draft(
            draft_id,
            CreditorId(item["creditor_id"]["S"]),
            json.loads(item["document"]["S"]),
            instant(item["expires_at"]["S"]),
        )
        return draft if now < draft.expires_at else None


def _if_still(before: str | None) -> dict[str, Any]:
    """Return the condition to write: what is there is what was read."""
    if before is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "look_tag = :before",
        "ExpressionAttributeValues": {":before": {"S": before}},
    }
