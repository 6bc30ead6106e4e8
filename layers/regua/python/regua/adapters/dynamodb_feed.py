"""The feed on the ``exchange`` table: one partition per creditor, numbered by its head.

Events, their markers and the head are written in one transaction, so numbers have no gaps. A query
may see a part of a transaction, so what is read is cut before a number that is missing. A marker
per event, in a partition of its own, keeps an event that comes twice from being fed twice.

Source: Amazon DynamoDB developer guide, "Transaction isolation levels" (a transaction and a single
GetItem are serializable, a transaction and a Query are not); read 2026-11.
"""

import json
import random
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_batches import get_all
from regua.adapters.dynamodb_transactions import transact
from regua.adapters.dynamodb_values import key_of, seconds_of
from regua.adapters.records import instant
from regua.application.feed_ports import Consumer, FeedPart
from regua.application.wire import instant_text
from regua.domain.errors import VersionConflict
from regua.domain.feed import Event, FedEvent
from regua.domain.ids import CreditorId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]
_HEAD = "HEAD"
_EVENT = "E#"
_CONSUMER = "C#"
_END = "~"
"""After every digit and ``#``."""
_ONE_SECOND = timedelta(seconds=1)
"""Added to what is cut to whole seconds: nothing goes before its time."""
_TRIES = 8
_LONGEST_PAUSE_SECONDS = 0.2


class DynamoFeed:
    """Every creditor's events, numbered from 1."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._heads: dict[CreditorId, int] = {}

    def append(
        self, creditor_id: CreditorId, events: Sequence[Event], now: datetime
    ) -> Sequence[FedEvent]:
        """Add events in one transaction; what was fed before is only looked for when it fails."""
        fed: dict[str, FedEvent] = {}
        for attempt in range(_TRIES):
            fresh = {each.id: each for each in events if each.id not in fed}
            if not fresh:
                break
            head = self._heads.pop(creditor_id, None)
            if head is None:
                head = self.last(creditor_id)
            new = [FedEvent(e, head + n, now) for n, e in enumerate(fresh.values(), start=1)]
            try:
                transact(self._client, self._writes(creditor_id, head, new))
            except VersionConflict:
                _pause(attempt)
                fed |= self._known(creditor_id, list(fresh.values()))
                continue
            self._heads[creditor_id] = head + len(new)
            fed |= {each.event.id: each for each in new}
        else:
            raise VersionConflict(creditor_id)
        return [fed[each.id] for each in events]

    def _writes(self, creditor_id: CreditorId, head: int, new: Sequence[FedEvent]) -> Sequence[Any]:
        advance: dict[str, Any] = {
            "TableName": self._table,
            "Key": key_of(keys.feed(creditor_id), _HEAD),
            "UpdateExpression": "SET seq = :after",
            "ConditionExpression": "seq = :before" if head else "attribute_not_exists(pk)",
            "ExpressionAttributeValues": {":after": {"N": str(head + len(new))}},
        }
        if head:
            advance["ExpressionAttributeValues"][":before"] = {"N": str(head)}
        writes: list[Any] = [{"Update": advance}]
        for each in new:
            for item in (_event_item(each), _marker_item(each)):
                put = {
                    "TableName": self._table,
                    "Item": item,
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
                writes.append({"Put": put})
        return writes

    def _known(self, creditor_id: CreditorId, events: Sequence[Event]) -> Mapping[str, FedEvent]:
        """Return which events are in the feed already, as they were fed."""
        asked = [key_of(keys.feed_marker(creditor_id, each.id), _HEAD) for each in events]
        found = get_all(self._client, self._table, asked, ConsistentRead=True)
        markers = {item["id"]["S"]: item for item in found}
        return {
            each.id: FedEvent(each, int(marker["seq"]["N"]), instant(marker["fed_at"]["S"]))
            for each in events
            if (marker := markers.get(each.id)) is not None
        }

    def read(self, creditor_id: CreditorId, after: int, limit: int, now: datetime) -> FeedPart:
        """Return events after a number, without a gap between them."""
        items, is_whole = self._query(creditor_id, after, limit + 1)
        found = [_read_event(creditor_id, item) for item in items]
        if found and now >= found[0].expires_at:  # the table forgets what has expired days later
            first = self._first_kept(creditor_id, found[0].seq, now)
            items, is_whole = self._query(creditor_id, first - 1, limit + 1)
            found = [_read_event(creditor_id, item) for item in items]
        kept = [each for each in found if now < each.expires_at]
        run = [
            each
            for _, each in takewhile(
                lambda pair: pair[1].seq == kept[0].seq + pair[0], enumerate(kept)
            )
        ]
        return FeedPart(run[:limit], has_more=len(kept) > min(len(run), limit) or not is_whole)

    def _query(
        self, creditor_id: CreditorId, after: int, limit: int
    ) -> tuple[Sequence[Item], bool]:
        """Return one page of events, and whether nothing comes after it."""
        page = self._client.query(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :end",
            ExpressionAttributeValues={
                ":pk": {"S": keys.feed(creditor_id)},
                ":first": {"S": _event(after + 1)},
                ":end": {"S": _EVENT + _END},
            },
            Limit=limit,
        )
        is_whole = "LastEvaluatedKey" not in page or len(page["Items"]) == limit
        return page["Items"], is_whole

    def _first_kept(self, creditor_id: CreditorId, low: int, now: datetime) -> int:
        """Return the number of the oldest event that is kept, by bisection; or one past the end."""
        high = self.last(creditor_id) + 1
        while low < high:
            middle = (low + high) // 2
            if self.find(creditor_id, middle, now) is None:
                low = middle + 1
            else:
                high = middle
        return low

    def find(self, creditor_id: CreditorId, seq: int, now: datetime) -> FedEvent | None:
        """Return one event, if it is still kept."""
        item = self._get(creditor_id, _event(seq))
        found = None if item is None else _read_event(creditor_id, item)
        return found if found is not None and now < found.expires_at else None

    def last(self, creditor_id: CreditorId) -> int:
        """Return the number of the newest event."""
        item = self._get(creditor_id, _HEAD)
        return 0 if item is None else int(item["seq"]["N"])

    def _get(self, creditor_id: CreditorId, sk: str) -> Item | None:
        answer = self._client.get_item(
            TableName=self._table, Key=key_of(keys.feed(creditor_id), sk), ConsistentRead=True
        )
        return answer.get("Item")

    def consumers(self, creditor_id: CreditorId) -> Sequence[Consumer]:
        """Return everybody who reads by name."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :consumer)",
            ExpressionAttributeValues={
                ":pk": {"S": keys.feed(creditor_id)},
                ":consumer": {"S": _CONSUMER},
            },
        )
        return [_read_consumer(item) for page in pages for item in page["Items"]]

    def find_consumer(self, creditor_id: CreditorId, name: str) -> Consumer | None:
        """Return one of them."""
        item = self._get(creditor_id, _CONSUMER + name)
        return None if item is None else _read_consumer(item)

    def acknowledge(
        self, creditor_id: CreditorId, name: str, seq: int, now: datetime, *, rewind: bool
    ) -> Consumer:
        """Move a consumer on, and back only with ``rewind``, in one request."""
        update: dict[str, Any] = {
            "TableName": self._table,
            "Key": key_of(keys.feed(creditor_id), _CONSUMER + name),
            "UpdateExpression": "SET seq = :seq, acked_at = :now",
            "ExpressionAttributeValues": {
                ":seq": {"N": str(seq)},
                ":now": {"S": instant_text(now)},
            },
            "ReturnValues": "ALL_NEW",
        }
        if not rewind:
            update["ConditionExpression"] = "attribute_not_exists(pk) OR seq < :seq"
        try:
            return _read_consumer(self._client.update_item(**update)["Attributes"])
        except self._client.exceptions.ConditionalCheckFailedException as exc:
            present = self.find_consumer(creditor_id, name)
            if present is None:  # forgotten between the two
                raise VersionConflict(name) from exc
            return present

    def forget_consumer(self, creditor_id: CreditorId, name: str) -> bool:
        """Forget where a consumer stands."""
        answer = self._client.delete_item(
            TableName=self._table,
            Key=key_of(keys.feed(creditor_id), _CONSUMER + name),
            ReturnValues="ALL_OLD",
        )
        return "Attributes" in answer


def _event(seq: int) -> str:
    return f"{_EVENT}{seq:015d}"


def _event_item(fed: FedEvent) -> Item:
    event = fed.event
    return {
        **key_of(keys.feed(event.creditor_id), _event(fed.seq)),
        "type": {"S": event.type},
        "version": {"S": event.version},
        "occurred_at": {"S": event.occurred_at},
        "data": {"S": json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))},
        "fed_at": {"S": instant_text(fed.fed_at)},
        "ttl": _ttl(fed),
    }


def _marker_item(fed: FedEvent) -> Item:
    return {
        **key_of(keys.feed_marker(fed.event.creditor_id, fed.event.id), _HEAD),
        "id": {"S": fed.event.id},
        "seq": {"N": str(fed.seq)},
        "fed_at": {"S": instant_text(fed.fed_at)},
        "ttl": _ttl(fed),
    }


def _ttl(fed: FedEvent) -> dict[str, str]:
    return seconds_of(fed.expires_at + _ONE_SECOND)


def _read_event(creditor_id: CreditorId, item: Item) -> FedEvent:
    event = Event(
        creditor_id,
        item["type"]["S"],
        item["version"]["S"],
        item["occurred_at"]["S"],
        json.loads(item["data"]["S"]),
    )
    seq = int(item["sk"]["S"].removeprefix(_EVENT))
    return FedEvent(event, seq, instant(item["fed_at"]["S"]))


def _read_consumer(item: Item) -> Consumer:
    name = item["sk"]["S"].removeprefix(_CONSUMER)
    return Consumer(name, int(item["seq"]["N"]), instant(item["acked_at"]["S"]))


def _pause(attempt: int) -> None:
    """Let whoever was faster finish."""
    longest = min(0.01 * 2**attempt, _LONGEST_PAUSE_SECONDS)
    time.sleep(random.uniform(0, longest))  # noqa: S311 - it spreads retries
