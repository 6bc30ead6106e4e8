"""Hooks on the ``exchange`` table.

| item | pk | sk |
|---|---|---|
| what a key opens | ``HOOK#{sha256 of the key}`` | ``HOOK`` |
| a creditor's hooks | ``HOOKS#{creditor}`` | ``{hook}`` |

A listed hook names the hashes of the keys that open it, so that all of them can be shut.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_transactions import transact
from regua.adapters.dynamodb_values import key_of, seconds_of
from regua.application.hook_ports import Hook
from regua.domain.errors import Conflict, NotFound, VersionConflict
from regua.domain.ids import CreditorId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]
_HOOK = "HOOK"


class DynamoHooks:
    """The hooks."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def find(self, key_hash: str) -> Hook | None:
        """Return the hook that a key opens; one whose time is over is still returned."""
        item = self._get(keys.hook(key_hash), _HOOK)
        return None if item is None else _read(item)

    def put(self, key_hash: str, hook: Hook) -> None:
        """Let a key open a hook, which is listed with its creditor."""
        self._write(self._opening(key_hash, hook), self._listing(hook, {key_hash}, hook.made_at))

    def of(self, creditor_id: CreditorId) -> Sequence[Hook]:
        """Return a creditor's hooks."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": keys.hooks_of(creditor_id)}},
            ConsistentRead=True,
        )
        found = [_read(item) for page in pages for item in page["Items"]]
        return sorted(found, key=lambda hook: (hook.made_at, hook.hook_id))

    def get(self, creditor_id: CreditorId, hook_id: str) -> Hook:
        """Return one of a creditor's hooks."""
        item = self._get(keys.hooks_of(creditor_id), hook_id)
        if item is None:
            raise NotFound(hook_id)
        return _read(item)

    def replace_key(self, hook: Hook, key_hash: str, until: datetime) -> None:
        """Let another key open a hook, and the one before it until an instant only."""
        named, changed_at = self._opened_by(hook)
        opening = {each: found for each in named if (found := self.find(each)) is not None}
        ending = [self._ending(each, until) for each, h in opening.items() if h.ends_at is None]
        listing = self._listing(hook, {*opening, key_hash}, hook.made_at)
        listing["Put"] |= {
            "ConditionExpression": "changed_at = :seen",
            "ExpressionAttributeValues": {":seen": changed_at},
        }
        listing["Put"]["Item"]["changed_at"] = {"S": f"{until.isoformat()} {key_hash[:8]}"}
        self._write(self._opening(key_hash, hook), listing, *ending)

    def delete(self, hook: Hook) -> None:
        """Shut a hook."""
        opened_by, _ = self._opened_by(hook)
        pairs = [(keys.hook(each), _HOOK) for each in opened_by]
        pairs.append((keys.hooks_of(hook.creditor_id), hook.hook_id))
        self._write(
            *({"Delete": {"TableName": self._table, "Key": key_of(*pair)}} for pair in pairs)
        )

    def _opened_by(self, hook: Hook) -> tuple[list[str], Any]:
        item = self._get(keys.hooks_of(hook.creditor_id), hook.hook_id)
        if item is None:
            raise NotFound(hook.hook_id)
        return sorted(item["opened_by"]["SS"]), item["changed_at"]

    def _opening(self, key_hash: str, hook: Hook) -> dict[str, Any]:
        item = {**key_of(keys.hook(key_hash), _HOOK), "document": {"S": _document(hook)}}
        condition = "attribute_not_exists(pk)"
        return {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": condition}}

    def _listing(self, hook: Hook, opened_by: set[str], at: datetime) -> dict[str, Any]:
        item: dict[str, Any] = {
            **key_of(keys.hooks_of(hook.creditor_id), hook.hook_id),
            "document": {"S": _document(hook)},
            "opened_by": {"SS": sorted(opened_by)},
            "changed_at": {"S": at.isoformat()},
        }
        return {"Put": {"TableName": self._table, "Item": item}}

    def _ending(self, key_hash: str, until: datetime) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table,
                "Key": key_of(keys.hook(key_hash), _HOOK),
                "UpdateExpression": "SET #ttl = :ends",
                "ConditionExpression": "attribute_exists(pk)",
                "ExpressionAttributeNames": {"#ttl": "ttl"},
                "ExpressionAttributeValues": {":ends": seconds_of(until)},
            }
        }

    def _write(self, *writes: dict[str, Any]) -> None:
        try:
            transact(self._client, writes)
        except VersionConflict as exc:
            raise Conflict("the hook was changed by somebody else; read it again") from exc

    def _get(self, pk: str, sk: str) -> Item | None:
        answer = self._client.get_item(
            TableName=self._table, Key=key_of(pk, sk), ConsistentRead=True
        )
        return answer.get("Item")


def _document(hook: Hook) -> str:
    return json.dumps(
        {
            "hook_id": hook.hook_id,
            "creditor_id": hook.creditor_id,
            "kind": hook.kind,
            "name": hook.name,
            "made_at": hook.made_at.isoformat(),
            "settings": dict(hook.settings),
            "second": None if hook.second is None else dict(hook.second),
        },
        ensure_ascii=False,
    )


def _read(item: Item) -> Hook:
    read = json.loads(item["document"]["S"])
    ends = item.get("ttl")
    return Hook(
        hook_id=read["hook_id"],
        creditor_id=CreditorId(read["creditor_id"]),
        kind=read["kind"],
        name=read["name"],
        made_at=datetime.fromisoformat(read["made_at"]),
        settings=read["settings"],
        second=read["second"],
        ends_at=None if ends is None else datetime.fromtimestamp(int(ends["N"]), UTC),
    )
