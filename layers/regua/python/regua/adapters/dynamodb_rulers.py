"""Rulers on the ``portfolio`` table: immutable versions, who follows which, tallies, offers."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_versions import Item, choice_text, get_own, read_written
from regua.application.ports import WrittenRuler
from regua.domain.errors import VersionConflict
from regua.domain.ids import CreditorId
from regua.domain.uplift import ArmResult

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_LOST_RACES = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class DynamoRulers:
    """Every version of every ruler, who follows which, what experiments brought; and offers."""

    def __init__(self, client: "DynamoDBClient", table: str, shards: int) -> None:
        self._client = client
        self._table = table
        self._shards = shards

    def put_version(self, creditor_id: CreditorId, written: WrittenRuler) -> None:
        """Add the next version of a ruler."""
        pk, version = {"S": keys.creditor(creditor_id)}, written.version
        document = {"S": _text(written.document)}
        choice = {"S": choice_text(written)}
        sk = keys.ruler_version(written.name, version)
        item = {"pk": pk, "sk": {"S": sk}, "document": document, "choice": choice}
        values: dict[str, Any] = {
            ":version": {"N": str(version)},
            ":document": document,
            ":choice": {"L": [choice]},
            ":none": {"L": []},
        }
        if version == 1:
            unchanged = "attribute_not_exists(pk)"
        else:
            unchanged = "version = :before"
            values[":before"] = {"N": str(version - 1)}
        head = {
            "TableName": self._table,
            "Key": {"pk": pk, "sk": {"S": keys.ruler(written.name)}},
            "UpdateExpression": "SET version = :version, document = :document, "
            "choices = list_append(if_not_exists(choices, :none), :choice)",
            "ConditionExpression": unchanged,
            "ExpressionAttributeValues": values,
        }
        put = {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        writes: Any = [{"Put": put}, {"Update": head}]
        try:
            self._client.transact_write_items(TransactItems=writes)
        except self._client.exceptions.TransactionCanceledException as exc:
            reasons: Any = exc.response.get("CancellationReasons", [])
            if any(reason.get("Code") in _LOST_RACES for reason in reasons):
                raise VersionConflict(written.name) from exc
            raise

    def versions(self, creditor_id: CreditorId, name: str) -> Sequence[WrittenRuler]:
        """Return every version of a ruler, oldest first."""
        first = keys.ruler_version(name, 0)[: -len("000000")]
        items = self._query(keys.creditor(creditor_id), first)
        return [
            read_written(name, item["choice"]["S"], json.loads(item["document"]["S"]))
            for item in items
        ]

    def put_assignment(self, creditor_id: CreditorId, document: Mapping[str, Any]) -> None:
        """Write who follows which ruler, checked by the caller."""
        self._put(creditor_id, keys.ASSIGNMENT, document)

    def replace_assignment(
        self,
        creditor_id: CreditorId,
        before: Mapping[str, Any] | None,
        document: Mapping[str, Any],
    ) -> None:
        """Write who follows which ruler in the place of what was read."""
        self._replace(creditor_id, keys.ASSIGNMENT, before, document)

    def find_assignment(self, creditor_id: CreditorId) -> Mapping[str, Any] | None:
        """Return who follows which ruler as it was written, if it was."""
        return self._find(creditor_id, keys.ASSIGNMENT)

    def put_offers(self, creditor_id: CreditorId, document: Mapping[str, Any]) -> None:
        """Write what is offered to settle overdue debts, checked by the caller."""
        self._put(creditor_id, keys.OFFERS, document)

    def replace_offers(
        self,
        creditor_id: CreditorId,
        before: Mapping[str, Any] | None,
        document: Mapping[str, Any],
    ) -> None:
        """Write what is offered in the place of what was read."""
        self._replace(creditor_id, keys.OFFERS, before, document)

    def find_offers(self, creditor_id: CreditorId) -> Mapping[str, Any] | None:
        """Return what is offered as it was written, if it was."""
        return self._find(creditor_id, keys.OFFERS)

    def _put(self, creditor_id: CreditorId, sk: str, document: Mapping[str, Any]) -> None:
        self._client.put_item(TableName=self._table, Item=_item(creditor_id, sk, document))

    def _replace(
        self,
        creditor_id: CreditorId,
        sk: str,
        before: Mapping[str, Any] | None,
        document: Mapping[str, Any],
    ) -> None:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if before is not None:
            condition = {
                "ConditionExpression": "document = :before",
                "ExpressionAttributeValues": {":before": {"S": _text(before)}},
            }
        try:
            self._client.put_item(
                TableName=self._table, Item=_item(creditor_id, sk, document), **condition
            )
        except self._client.exceptions.ConditionalCheckFailedException as exc:
            raise VersionConflict(creditor_id) from exc

    def _find(self, creditor_id: CreditorId, sk: str) -> Mapping[str, Any] | None:
        item = get_own(self._client, self._table, creditor_id, sk)
        return None if item is None else json.loads(item["document"]["S"])

    def results(self, creditor_id: CreditorId, name: str) -> Mapping[str, ArmResult]:
        """Return what each arm of a ruler's experiments brought, summed over the shards."""
        found: dict[str, ArmResult] = {}
        for number in range(self._shards):
            for item in self._query(keys.tallies(creditor_id, f"{number:02d}"), f"{name}/"):
                arm = item["sk"]["S"]
                counts = (int(item[n]["N"]) for n in ("exposed", "settled", "recovered"))
                found[arm] = found.get(arm, ArmResult()) + ArmResult(*counts)
        return found

    def _query(self, pk: str, prefix: str) -> Iterator[Item]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": {"S": pk}, ":prefix": {"S": prefix}},
        )
        for page in pages:
            yield from page["Items"]


def _item(creditor_id: CreditorId, sk: str, document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "pk": {"S": keys.creditor(creditor_id)},
        "sk": {"S": sk},
        "document": {"S": _text(document)},
    }


def _text(document: Mapping[str, Any]) -> str:
    """Write a document; what was read is written the same again."""
    return json.dumps(document, ensure_ascii=False)
