"""Plans on the ``exchange`` table.

| item | pk | sk | waits as |
|---|---|---|---|
| a plan | ``C#{creditor}#PLANS`` | ``PLAN#{plan}`` | ``PLAN#{shard}`` |
| a month that was billed | ``C#{creditor}#PLAN#{plan}`` | ``BILLED#{yyyymm}`` | |

A plan that is never to be looked at again has no ``wait_key`` and is not in the index.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_transactions import transact
from regua.adapters.dynamodb_values import if_version, key_of
from regua.adapters.plan_records import read_billed, read_plan, write_billed, write_plan
from regua.application.plan_ports import Billed, BilledPage, PlanPage, Waiting, WaitingPage
from regua.application.wire import instant_text
from regua.domain.ids import CreditorId, shard_of
from regua.domain.plans import Plan, PlanId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]


class DynamoPlans:
    """Plans, their months, and when each is to be looked at."""

    def __init__(self, client: "DynamoDBClient", table: str, shards: int) -> None:
        self._client = client
        self._table = table
        self._shards = shards

    def find(self, creditor_id: CreditorId, plan_id: PlanId) -> Plan | None:
        """Return a plan."""
        key = key_of(keys.plans(creditor_id), keys.PLAN + plan_id)
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        item = answer.get("Item")
        return None if item is None else _read(item)

    def save(
        self,
        creditor_id: CreditorId,
        plan: Plan,
        *,
        look_at: datetime | None,
        billed: Billed | None = None,
    ) -> None:
        """Write the next version of a plan, and with it the month that was billed."""
        item: dict[str, Any] = {
            **key_of(keys.plans(creditor_id), keys.PLAN + plan.external_id),
            "version": {"N": str(plan.version + 1)},
            "document": {"S": write_plan(plan)},
        }
        if look_at is not None:
            shard = shard_of(creditor_id, plan.customer_id, self._shards)
            item["wait_key"] = {"S": keys.PLAN + shard}
            item["wait_until"] = {"S": instant_text(look_at)}
        put = {"TableName": self._table, "Item": item, **if_version(plan.version)}
        writes = [{"Put": put}]
        if billed is not None:
            month = {
                **key_of(keys.plan(creditor_id, plan.external_id), keys.BILLED + billed.period),
                "document": {"S": write_billed(billed)},
            }
            writes.append({"Put": {"TableName": self._table, "Item": month}})
        transact(self._client, writes)

    def page(self, creditor_id: CreditorId, after: PlanId | None, limit: int) -> PlanPage:
        """Return a page of a creditor's plans, by id."""
        pk = keys.plans(creditor_id)
        start = None if after is None else key_of(pk, keys.PLAN + after)
        answer = self._query(pk, keys.PLAN, start, limit, forward=True)
        rest = answer.get("LastEvaluatedKey")
        return PlanPage([_read(i) for i in answer["Items"]], PlanId(_tail(rest)) if rest else None)

    def billed(
        self, creditor_id: CreditorId, plan_id: PlanId, after: str | None, limit: int
    ) -> BilledPage:
        """Return a page of a plan's months, the latest first."""
        pk = keys.plan(creditor_id, plan_id)
        start = None if after is None else key_of(pk, keys.BILLED + after)
        answer = self._query(pk, keys.BILLED, start, limit, forward=False)
        found = [read_billed(_tail(i), i["document"]["S"]) for i in answer["Items"]]
        rest = answer.get("LastEvaluatedKey")
        return BilledPage(found, _tail(rest) if rest else None)

    def waiting(self, shard: str, now: datetime, cursor: str | None, limit: int) -> WaitingPage:
        """Return a page of the plans of a shard whose time has come."""
        asked: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": keys.WAITING_INDEX,
            "KeyConditionExpression": "wait_key = :shard AND wait_until <= :now",
            "ExpressionAttributeValues": {
                ":shard": {"S": keys.PLAN + shard},
                ":now": {"S": instant_text(now)},
            },
            "Limit": limit,
        }
        if cursor is not None:
            asked["ExclusiveStartKey"] = json.loads(cursor)
        answer = self._client.query(**asked)
        found = [
            Waiting(keys.creditor_of_plans(i["pk"]["S"]), PlanId(_tail(i))) for i in answer["Items"]
        ]
        rest = answer.get("LastEvaluatedKey")
        return WaitingPage(found, json.dumps(rest) if rest else None)

    def _query(
        self, pk: str, prefix: str, start: Item | None, limit: int, *, forward: bool
    ) -> Mapping[str, Any]:
        asked: dict[str, Any] = {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
            "ExpressionAttributeValues": {":pk": {"S": pk}, ":prefix": {"S": prefix}},
            "ScanIndexForward": forward,
            "Limit": limit,
        }
        if start is not None:
            asked["ExclusiveStartKey"] = start
        return self._client.query(**asked)


def _tail(item: Item) -> str:
    """Return what a sort key names, after its prefix."""
    return str(item["sk"]["S"]).partition("#")[2]


def _read(item: Item) -> Plan:
    return read_plan(_tail(item), item["document"]["S"], int(item["version"]["N"]))
