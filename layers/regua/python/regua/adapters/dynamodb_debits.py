"""Authorisations and debits of Pix Automático on the ``exchange`` table.

| item | pk | sk |
|---|---|---|
| a plan's authorisation | ``C#{creditor}#PLAN#{plan}`` | ``MANDATE`` |
| whose an authorisation is | ``C#{creditor}#REC#{idRec}`` | ``REF`` |
| the debit of a month | ``C#{creditor}#PLAN#{plan}`` | ``DEBIT#{yyyymm}`` |
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.debit_records import read_debit, read_mandate, write_debit, write_mandate
from regua.adapters.dynamodb_transactions import transact
from regua.adapters.dynamodb_values import if_version, key_of
from regua.domain.automatic_debit import Debit, Mandate
from regua.domain.ids import CreditorId
from regua.domain.plans import PlanId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]


class DynamoDebits:
    """Authorisations and debits, by plan."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def mandate(self, creditor_id: CreditorId, plan_id: PlanId) -> Mandate | None:
        """Return a plan's present authorisation."""
        item = self._get(keys.plan(creditor_id, plan_id), keys.MANDATE)
        return None if item is None else read_mandate(item["document"]["S"], _version(item))

    def save_mandate(self, creditor_id: CreditorId, plan_id: PlanId, mandate: Mandate) -> None:
        """Write the next version of an authorisation, found by its ``rec_id`` from now on."""
        pk = keys.plan(creditor_id, plan_id)
        writes = [self._put(pk, keys.MANDATE, write_mandate(mandate), mandate.version)]
        if mandate.rec_id is not None:
            pointer = {
                **key_of(keys.mandate(creditor_id, mandate.rec_id), keys.REFERENCE),
                "plan_id": {"S": plan_id},
            }
            writes.append({"Put": {"TableName": self._table, "Item": pointer}})
        transact(self._client, writes)

    def plan_of_mandate(self, creditor_id: CreditorId, rec_id: str) -> PlanId | None:
        """Tell which plan an authorisation is for."""
        item = self._get(keys.mandate(creditor_id, rec_id), keys.REFERENCE)
        return None if item is None else PlanId(item["plan_id"]["S"])

    def debit(self, creditor_id: CreditorId, plan_id: PlanId, period: str) -> Debit | None:
        """Return the debit of a month."""
        item = self._get(keys.plan(creditor_id, plan_id), keys.DEBIT + period)
        return None if item is None else _read(item)

    def debits(self, creditor_id: CreditorId, plan_id: PlanId, limit: int) -> Sequence[Debit]:
        """Return a plan's debits, the latest month first."""
        if limit < 1:
            return []
        answer = self._client.query(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={
                ":pk": {"S": keys.plan(creditor_id, plan_id)},
                ":prefix": {"S": keys.DEBIT},
            },
            ScanIndexForward=False,
            Limit=limit,
        )
        return [_read(item) for item in answer["Items"]]

    def save_debit(self, creditor_id: CreditorId, plan_id: PlanId, debit: Debit) -> None:
        """Write the next version of a debit."""
        pk, sk = keys.plan(creditor_id, plan_id), keys.DEBIT + debit.period
        transact(self._client, [self._put(pk, sk, write_debit(debit), debit.version)])

    def _get(self, pk: str, sk: str) -> Item | None:
        answer = self._client.get_item(
            TableName=self._table, Key=key_of(pk, sk), ConsistentRead=True
        )
        return answer.get("Item")

    def _put(self, pk: str, sk: str, document: str, version: int) -> dict[str, Any]:
        item = {
            **key_of(pk, sk),
            "version": {"N": str(version + 1)},
            "document": {"S": document},
        }
        return {"Put": {"TableName": self._table, "Item": item, **if_version(version)}}


def _version(item: Item) -> int:
    return int(item["version"]["N"])


def _read(item: Item) -> Debit:
    period = str(item["sk"]["S"]).removeprefix(keys.DEBIT)
    return read_debit(period, item["document"]["S"], _version(item))
