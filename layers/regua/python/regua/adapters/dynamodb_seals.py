"""What waits for a seal, and where each message's seals are, on the ``messages`` table.

The markers are written by the ledger in the transaction that appends an entry; here they are read
and forgotten. Pointers are written before the markers they answer for are deleted, so a crash
between the two leaves work to repeat and nothing to miss.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_batches import MOST_WRITES, write_all
from regua.adapters.records import instant
from regua.application.seal_evidence import Marker, Pointer
from regua.domain.ids import DispatchId
from regua.domain.merkle import Head

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]
_WRITERS = 8
"""Batches are written side by side: one after the other, a great seal would take minutes."""


class DynamoSealIndex:
    """Markers, pointers and the number of the last seal."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def pending(self, limit: int, turn: int) -> Sequence[Marker]:
        """Return markers, from one partition after the other; the first one goes by the turn."""
        found: list[Marker] = []
        for step in range(keys.UNSEALED_SHARDS):
            for item in self._query(
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={
                    ":pk": {"S": keys.unsealed_shard((turn + step) % keys.UNSEALED_SHARDS)}
                },
            ):
                found.append(_read_marker(item))
                if len(found) == limit:
                    return found
        return found

    def last(self) -> int:
        """Return the number of the last seal whose bookkeeping is done."""
        answer = self._client.get_item(
            TableName=self._table,
            Key={"pk": {"S": keys.SEALS}, "sk": {"S": keys.LAST}},
            ConsistentRead=True,
        )
        return int(answer["Item"]["seal"]["N"]) if "Item" in answer else 0

    def finish(self, seal: int, heads: Sequence[Head], covered: Sequence[Marker]) -> None:
        """Write every pointer, then delete markers, then count the seal as done."""
        self._write([_put(_pointer(seal, index, head)) for index, head in enumerate(heads)])
        self._write([_delete(head) for head in _spread(marker.head for marker in covered)])
        self._write(
            [
                _put(
                    {
                        "pk": {"S": keys.SEALS},
                        "sk": {"S": keys.LAST},
                        "seal": {"N": str(seal)},
                    }
                )
            ]
        )

    def pointers(self, dispatch_id: DispatchId) -> Sequence[Pointer]:
        """Return where a message's seals are, oldest first."""
        items = self._query(
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sealed)",
            ExpressionAttributeValues={
                ":pk": {"S": dispatch_id},
                ":sealed": {"S": keys.SEALED},
            },
        )
        return [
            Pointer(
                int(item["sk"]["S"].removeprefix(keys.SEALED)),
                int(item["seq"]["N"]),
                int(item["index"]["N"]),
            )
            for item in items
        ]

    def _query(self, **query: Any) -> Iterator[Item]:  # noqa: ANN401 - boto3's own keywords
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table, ConsistentRead=True, **query
        )
        for page in pages:
            yield from page["Items"]

    def _write(self, requests: Sequence[Any]) -> None:
        """Write all requests, several batches at once; return when the table has every one."""
        if len(requests) <= MOST_WRITES:
            self._write_batch(requests)
            return
        starts = range(0, len(requests), MOST_WRITES)
        batches = (requests[start : start + MOST_WRITES] for start in starts)
        with ThreadPoolExecutor(_WRITERS) as pool:
            for _ in pool.map(self._write_batch, batches):
                pass

    def _write_batch(self, requests: Sequence[Any]) -> None:
        write_all(self._client, self._table, requests)


def _spread(heads: Iterable[Head]) -> list[Head]:
    """Return heads in an order that has all sixteen partitions in every batch, always the same."""
    return sorted(heads, key=lambda head: hashlib.sha256(_sort_key(head).encode()).digest())


def _sort_key(head: Head) -> str:
    return keys.marker(head.dispatch_id, head.seq)


def _read_marker(item: Item) -> Marker:
    dispatch_id, _, seq = item["sk"]["S"].rpartition("#")
    head = Head(DispatchId(dispatch_id), int(seq), item["hash"]["S"])
    return Marker(head, instant(item["observed_at"]["S"]))


def _pointer(seal: int, index: int, head: Head) -> Item:
    return {
        "pk": {"S": head.dispatch_id},
        "sk": {"S": keys.sealed(seal)},
        "seq": {"N": str(head.seq)},
        "index": {"N": str(index)},
    }


def _put(item: Item) -> dict[str, Any]:
    return {"PutRequest": {"Item": item}}


def _delete(head: Head) -> dict[str, Any]:
    key = {
        "pk": {"S": keys.unsealed(head.dispatch_id)},
        "sk": {"S": _sort_key(head)},
    }
    return {"DeleteRequest": {"Key": key}}
