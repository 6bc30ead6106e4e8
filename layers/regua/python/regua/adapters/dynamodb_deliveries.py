"""Deliveries on the ``exchange`` table: one partition per endpoint.

A delivery is one item, and while it waits a pointer sorts it by when it is due. The two change in
one transaction, so what waits is found by a consistent query. The endpoint's own item holds the
lease, how the endpoint has behaved and, on the index ``waiting``, when to look at it again; that
index is late by moments, which only makes a look late.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_batches import get_all
from regua.adapters.dynamodb_transactions import transact
from regua.adapters.dynamodb_values import key_of, seconds_of
from regua.adapters.records import instant
from regua.adapters.webhook_records import delivery_document, read_delivery
from regua.application.feed_ports import MOST_EVENTS
from regua.application.retrying import retried
from regua.application.webhook_ports import (
    LEASE_SECONDS,
    DeliveryPage,
    EndpointKey,
    Lease,
    wake_shard,
)
from regua.application.wire import instant_text
from regua.domain.errors import VersionConflict
from regua.domain.webhook_delivery import KEPT, Circuit, Delivery, DeliveryStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]
_STATE = "STATE"
_RECORD = "L#"
_POINTER = "Q#"
_END = "~"
"""After every digit, letter and ``#``."""
_STATE_KEPT = timedelta(days=60)
_FILTERED_PAGES = 10
_FILTERED_AT_ONCE = 200
_MOST_TO_LOOK_AT = 5_000


class DynamoDeliveries:
    """Deliveries, and who is at them."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    # ── deliveries ─────────────────────────────────────────────────────────────────────────────

    def add(self, key: EndpointKey, deliveries: Sequence[Delivery]) -> None:
        """Add deliveries, many per transaction."""
        for start in range(0, len(deliveries), MOST_EVENTS):
            part = deliveries[start : start + MOST_EVENTS]
            retried(partial(self._add, key, part))

    def _add(self, key: EndpointKey, deliveries: Sequence[Delivery]) -> None:
        """Add deliveries at once; when one exists, look which, and add the others.

        Raises:
            VersionConflict: others add the same ones at this moment.
        """
        try:
            transact(self._client, self._additions(key, deliveries))
        except VersionConflict:
            known = self.find_all(key, [each.id for each in deliveries])
            left = [each for each in deliveries if each.id not in known]
            if left:
                transact(self._client, self._additions(key, left))

    def _additions(self, key: EndpointKey, deliveries: Sequence[Delivery]) -> Sequence[Any]:
        writes: list[Any] = []
        for each in deliveries:
            put: dict[str, Any] = {
                "TableName": self._table,
                "Item": _record(key, replace(each, version=1)),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
            writes += [{"Put": put}, *self._put_pointer(key, each)]
        return writes

    def _put_pointer(self, key: EndpointKey, delivery: Delivery) -> Sequence[Any]:
        if delivery.due is None:
            return ()
        item = {
            **_key(key, _pointer(delivery)),
            "id": {"S": delivery.id},
            "ttl": seconds_of(delivery.since + KEPT),
        }
        return ({"Put": {"TableName": self._table, "Item": item}},)

    def _delete_pointer(self, key: EndpointKey, delivery: Delivery) -> Sequence[Any]:
        if delivery.due is None:
            return ()
        return ({"Delete": {"TableName": self._table, "Key": _key(key, _pointer(delivery))}},)

    def save(self, key: EndpointKey, before: Delivery, after: Delivery) -> Delivery:
        """Write a change: one item, and its pointer where that changes too."""
        written = replace(after, version=before.version + 1)
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": _record(key, written),
            "ConditionExpression": "version = :before",
            "ExpressionAttributeValues": {":before": {"N": str(before.version)}},
        }
        if _pointer(before) == _pointer(after):
            try:
                self._client.put_item(**put)
            except self._client.exceptions.ConditionalCheckFailedException as exc:
                raise VersionConflict(before.id) from exc
        else:
            pointers = (*self._delete_pointer(key, before), *self._put_pointer(key, after))
            transact(self._client, [{"Put": put}, *pointers])
        return written

    def find(self, key: EndpointKey, delivery_id: str) -> Delivery | None:
        """Return one delivery."""
        item = self._get(key, _RECORD + delivery_id)
        return None if item is None else _read(item)

    def find_all(self, key: EndpointKey, ids: Sequence[str]) -> Mapping[str, Delivery]:
        """Return those that there are."""
        asked = [_key(key, _RECORD + each) for each in ids]
        found = get_all(self._client, self._table, asked, ConsistentRead=True) if asked else ()
        return {each.id: each for each in map(_read, found)}

    def due(self, key: EndpointKey, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return what is to be sent now; a pointer to what is kept no more is removed."""
        pointers = self._pointers(key, instant_text(now) + _END, limit)
        found = self.find_all(key, [item["id"]["S"] for item in pointers])
        for item in pointers:
            if item["id"]["S"] not in found:
                stale = _key(key, item["sk"]["S"])
                self._client.delete_item(TableName=self._table, Key=stale)
        return [found[i] for item in pointers if (i := item["id"]["S"]) in found]

    def next_due(self, key: EndpointKey) -> datetime | None:
        """Return when the next one is to be sent."""
        pointers = self._pointers(key, _END, 1)
        return instant(pointers[0]["sk"]["S"].split("#")[1]) if pointers else None

    def _pointers(self, key: EndpointKey, until: str, limit: int) -> Sequence[Item]:
        page = self._client.query(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :until",
            ExpressionAttributeValues={
                ":pk": {"S": _partition(key)},
                ":first": {"S": _POINTER},
                ":until": {"S": _POINTER + until},
            },
            Limit=limit,
        )
        return page["Items"]

    def page(
        self, key: EndpointKey, status: DeliveryStatus | None, before: str | None, limit: int
    ) -> DeliveryPage:
        """Return deliveries, newest first; of one status, from as far back as one request looks."""
        query: dict[str, Any] = {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :record)",
            "ExpressionAttributeValues": {
                ":pk": {"S": _partition(key)},
                ":record": {"S": _RECORD},
            },
            "ScanIndexForward": False,
            "Limit": limit + 1,
        }
        if status is not None:
            query["FilterExpression"] = "#status = :status"
            query["ExpressionAttributeNames"] = {"#status": "status"}
            query["ExpressionAttributeValues"][":status"] = {"S": status.value}
            query["Limit"] = _FILTERED_AT_ONCE
        if before is not None:
            query["ExclusiveStartKey"] = _key(key, _RECORD + before)
        found: list[Delivery] = []
        last: str | None = None
        for answer in self._pages(query):
            found += map(_read, answer["Items"])
            last = answer.get("LastEvaluatedKey", {}).get("sk", {}).get("S")
            if len(found) > limit or last is None:
                break
        if len(found) > limit:
            return DeliveryPage(found[:limit], found[limit - 1].id)
        return DeliveryPage(found, last and last.removeprefix(_RECORD))

    def _pages(self, query: dict[str, Any]) -> Iterator[Any]:
        for _ in range(_FILTERED_PAGES):
            answer = self._client.query(**query)
            yield answer
            query["ExclusiveStartKey"] = answer.get("LastEvaluatedKey")

    # ── the endpoint ───────────────────────────────────────────────────────────────────────────

    def call(self, key: EndpointKey, now: datetime) -> None:
        """Note that there is something to do: count it, and put it on the index."""
        self._update(
            key,
            "ADD calls :one SET wait_key = :wake, wait_until = :now, #ttl = :ttl",
            {
                ":one": {"N": "1"},
                ":wake": {"S": keys.wake(wake_shard(key))},
                ":now": {"S": instant_text(now)},
                ":ttl": seconds_of(now + _STATE_KEPT),
            },
        )

    def lease(self, key: EndpointKey, token: str, now: datetime) -> Lease | None:
        """Take the right to send, in one request; if nobody gives it back, it runs out."""
        until = instant_text(now + timedelta(seconds=LEASE_SECONDS))
        state = self._update(
            key,
            "SET lease_token = :token, leased_until = :until, calls = if_not_exists(calls, :zero), "
            "wait_key = :wake, wait_until = :until, #ttl = :ttl",
            {
                ":token": {"S": token},
                ":until": {"S": until},
                ":now": {"S": instant_text(now)},
                ":zero": {"N": "0"},
                ":wake": {"S": keys.wake(wake_shard(key))},
                ":ttl": seconds_of(now + _STATE_KEPT),
            },
            condition="attribute_not_exists(leased_until) OR leased_until <= :now",
        )
        if state is None:
            return None
        return Lease(key, token, _circuit(state), int(state["calls"]["N"]))

    def calls(self, key: EndpointKey) -> int:
        """Return how often anybody has asked."""
        state = self._get(key, _STATE)
        return int(state["calls"]["N"]) if state is not None and "calls" in state else 0

    def release(
        self, lease: Lease, circuit: Circuit, look_again_at: datetime | None, *, calls: int
    ) -> bool:
        """Give the right back if nobody called meanwhile; otherwise leave the call standing."""
        given: dict[str, Any] = {
            ":token": {"S": lease.token},
            ":failures": {"N": str(circuit.failures)},
        }
        sets, removes = "failures = :failures", "lease_token, leased_until"
        if circuit.resume_at is None:
            removes += ", resume_at"
        else:
            sets += ", resume_at = :resume"
            given[":resume"] = {"S": instant_text(circuit.resume_at)}
        mine = "lease_token = :token"
        wake = {":calls": {"N": str(calls)}}
        if look_again_at is None:
            quiet = f"SET {sets} REMOVE {removes}, wait_key, wait_until"
        else:
            quiet = f"SET {sets}, wait_until = :again REMOVE {removes}"
            wake[":again"] = {"S": instant_text(look_again_at)}
        done = self._update(lease.key, quiet, given | wake, condition=f"{mine} AND calls = :calls")
        if done is not None:
            return True
        called = self._update(lease.key, f"SET {sets} REMOVE {removes}", given, condition=mine)
        return called is None

    def circuit(self, key: EndpointKey) -> Circuit:
        """Return how an endpoint has behaved."""
        state = self._get(key, _STATE)
        return Circuit() if state is None else _circuit(state)

    def mend(self, key: EndpointKey) -> None:
        """Forget how an endpoint has behaved, and who is at it: that one knows it as it was."""
        self._update(key, "REMOVE failures, resume_at, lease_token, leased_until", {})

    def to_look_at(self, shard: int, now: datetime) -> Sequence[EndpointKey]:
        """Return the endpoints that it is time to look at, the longest waiting first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=keys.WAITING_INDEX,
            KeyConditionExpression="wait_key = :wake AND wait_until <= :now",
            ExpressionAttributeValues={
                ":wake": {"S": keys.wake(shard)},
                ":now": {"S": instant_text(now)},
            },
            PaginationConfig={"MaxItems": _MOST_TO_LOOK_AT},
        )
        return [
            EndpointKey(*keys.of_deliveries(item["pk"]["S"]))
            for page in pages
            for item in page["Items"]
        ]

    def _get(self, key: EndpointKey, sk: str) -> Item | None:
        answer = self._client.get_item(
            TableName=self._table, Key=_key(key, sk), ConsistentRead=True
        )
        return answer.get("Item")

    def _update(
        self,
        key: EndpointKey,
        expression: str,
        values: Mapping[str, Any],
        *,
        condition: str | None = None,
    ) -> Item | None:
        """Change the endpoint's own item and return it; None when the condition does not hold."""
        options: dict[str, Any] = {}
        if values:
            options["ExpressionAttributeValues"] = values
        if condition is not None:
            options["ConditionExpression"] = condition
        if "#ttl" in expression:
            options["ExpressionAttributeNames"] = {"#ttl": "ttl"}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(key, _STATE),
                UpdateExpression=expression,
                ReturnValues="ALL_NEW",
                **options,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return answer["Attributes"]


def _partition(key: EndpointKey) -> str:
    return keys.deliveries(key.creditor_id, key.endpoint_id)


def _key(key: EndpointKey, sk: str) -> dict[str, Any]:
    return key_of(_partition(key), sk)


def _pointer(delivery: Delivery) -> str:
    """Return where a delivery waits; nowhere when nothing is to be done."""
    if delivery.due is None:
        return ""
    return f"{_POINTER}{instant_text(delivery.due)}#{delivery.seq:015d}#{delivery.id}"


def _record(key: EndpointKey, delivery: Delivery) -> dict[str, Any]:
    return {
        **_key(key, _RECORD + delivery.id),
        "version": {"N": str(delivery.version)},
        "status": {"S": delivery.status.value},
        "document": {"S": delivery_document(delivery)},
        "ttl": seconds_of(delivery.since + KEPT),
    }


def _read(item: Item) -> Delivery:
    name = item["sk"]["S"].removeprefix(_RECORD)
    return read_delivery(name, int(item["version"]["N"]), item["document"]["S"])


def _circuit(state: Item) -> Circuit:
    resume_at = state.get("resume_at", {}).get("S")
    failures = int(state.get("failures", {}).get("N", "0"))
    return Circuit(failures, None if resume_at is None else instant(resume_at))
