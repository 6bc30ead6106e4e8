"""Facts as links of a chain: each is written once, bound to the one before, or not at all.

One transaction adds the facts of many messages: every fact's own item if it is not there yet, each
message's CHAIN item if its length is still the one that was read, and a marker of what is not
sealed yet. A second copy of a fact, a race, a transaction in the way: what was lost says so, and
the rest is tried again. There is no moment between a fact and its chain in which a crash could
fall.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_batches import get_all
from regua.adapters.records import instant
from regua.application.wire import instant_text
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.errors import TemporaryError
from regua.domain.evidence import Entry, Level, genesis, level_of
from regua.domain.exact import Exact, Kept
from regua.domain.ids import CreditorId, DispatchId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]
MOST_WRITES = 100
"""As many as one transaction takes (DynamoDB, TransactWriteItems)."""
_TRIES = 12
_TRIES_TOGETHER = 2
"""After that each message is tried alone: one that is fought over delays no other."""
_FIRST_PAUSE_SECONDS = 0.01
_LONGEST_PAUSE_SECONDS = 0.5
_REFUSED = "ConditionalCheckFailed"
_PASSING = frozenset(
    {_REFUSED, "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
)
"""Reasons to cancel a transaction after which another try may succeed; the SDK makes none."""
_FACTS_AT_ONCE = 90
"""Of one message: a transaction takes a hundred writes, and a head and a marker are among them."""


@dataclass(frozen=True, slots=True)
class _Head:
    """Where a message's chain ends; ``seq`` 0 is a message without any fact."""

    creditor_id: CreditorId
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class _Write:
    """One write of a transaction; ``event`` is the fact that it is the item of, if it is one."""

    write: Mapping[str, Any]
    event: MessageEvent | None = None


class DynamoChain:
    """The chains in the ``messages`` table."""

    def __init__(self, client: "DynamoDBClient", table: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._dice = random.Random()  # noqa: S311 - it spreads retries

    def add(self, events: Sequence[MessageEvent]) -> Sequence[MessageEvent]:
        """Add facts about any number of messages, in their order; known ones change nothing.

        Returns:
            Facts about dispatches that the table does not know: they have no chain to be added to.

        Raises:
            TemporaryError: others kept writing to the same messages.
        """
        unknown: list[MessageEvent] = []
        for part in _parts(_without_copies(events)):
            unknown += self._add(part)
        return unknown

    def _add(self, waiting: list[MessageEvent]) -> Sequence[MessageEvent]:
        unknown: list[MessageEvent] = []
        for attempt in range(_TRIES):
            heads = self._heads({e.dispatch_id for e in waiting})
            unknown += [e for e in waiting if e.dispatch_id not in heads]
            waiting = [e for e in waiting if e.dispatch_id in heads]
            most = MOST_WRITES if attempt < _TRIES_TOGETHER else 1
            waiting = [
                event
                for batch in _batches(self._writes(waiting, heads), most)
                for event in self._left_of(batch)
            ]
            if not waiting:
                return unknown
            self._pause(attempt)
        msg = "others keep writing to the same messages"
        raise TemporaryError(msg)

    def add_with(
        self, creditor_id: CreditorId, events: Sequence[MessageEvent], update: Mapping[str, Any]
    ) -> bool:
        """Add facts about one message together with an update that they depend on.

        The message is taken to have no fact yet, which saves reading its head.

        Returns:
            False when the update's own condition does not hold; nothing was written then.

        Raises:
            TemporaryError: others kept writing to the same message.
        """
        dispatch_id = events[0].dispatch_id
        head = _Head(creditor_id, 0, genesis(creditor_id, dispatch_id))
        left: Sequence[MessageEvent] = _without_copies(events)
        for attempt in range(_TRIES):
            batch = [_Write({"Update": update})]
            for writes in self._writes(left, {dispatch_id: head}):
                batch += writes
            reasons = self._refusals(batch)
            if reasons is None:
                return True
            if reasons[0] == _REFUSED:
                return False
            left = _still_to_add(batch, reasons)
            self._pause(attempt)
            head = self._heads([dispatch_id])[dispatch_id]
        msg = "others keep writing to the same message"
        raise TemporaryError(msg)

    def _left_of(self, batch: Sequence[_Write]) -> Sequence[MessageEvent]:
        """Write a batch, whole or not at all; return the facts that are still to be added."""
        reasons = self._refusals(batch)
        return () if reasons is None else _still_to_add(batch, reasons)

    def _refusals(self, batch: Sequence[_Write]) -> Sequence[str] | None:
        """Write a batch; None when it is written, else why not, write by write."""
        lost = self._client.exceptions.TransactionCanceledException
        try:
            self._client.transact_write_items(TransactItems=[dict(w.write) for w in batch])  # type: ignore[misc]  # built as the stubs want it
        except lost as exc:
            reasons = exc.response.get("CancellationReasons", [])
            codes = [str(reason.get("Code")) for reason in reasons]
            if not _PASSING.intersection(codes):
                raise
            return codes
        return None

    def _writes(
        self, events: Sequence[MessageEvent], heads: Mapping[DispatchId, _Head]
    ) -> Iterator[list[_Write]]:
        """Return the writes that add each message's facts, message by message."""
        now = self._clock()
        for dispatch_id in dict.fromkeys(e.dispatch_id for e in events):
            head, writes = heads[dispatch_id], []
            end = head
            for event in events:
                if event.dispatch_id == dispatch_id:
                    entry = _entry(event, end, event.observed_at or now)
                    end = _Head(end.creditor_id, entry.seq, entry.hash)
                    writes.append(_Write(self._put_new(_event_item(event, entry)), event))
            writes.append(_Write(self._move(dispatch_id, head, end)))
            writes.append(_Write({"Put": self._table_item(_marker(dispatch_id, end, now))}))
            yield writes

    def _put_new(self, item: Item) -> dict[str, Any]:
        return {
            "Put": {**self._table_item(item), "ConditionExpression": "attribute_not_exists(pk)"}
        }

    def _move(self, dispatch_id: DispatchId, head: _Head, end: _Head) -> dict[str, Any]:
        item = {
            "pk": {"S": dispatch_id},
            "sk": {"S": keys.CHAIN},
            "creditor_id": {"S": end.creditor_id},
            "seq": {"N": str(end.seq)},
            "hash": {"S": end.hash},
        }
        if head.seq == 0:
            return self._put_new(item)
        return {
            "Put": {
                **self._table_item(item),
                "ConditionExpression": "seq = :seq",
                "ExpressionAttributeValues": {":seq": {"N": str(head.seq)}},
            }
        }

    def _table_item(self, item: Item) -> dict[str, Any]:
        return {"TableName": self._table, "Item": item}

    def _heads(self, dispatch_ids: Collection[DispatchId]) -> dict[DispatchId, _Head]:
        """Read where chains end; a dispatch without facts ends at its beginning."""
        chains = self._get_all(dispatch_ids, keys.CHAIN, "pk, creditor_id, seq, #hash")
        rest = set(dispatch_ids) - chains.keys()
        heads = self._get_all(rest, keys.HEAD, "pk, creditor_id, #plan")
        found = {
            each: _Head(
                CreditorId(item["creditor_id"]["S"]), int(item["seq"]["N"]), item["hash"]["S"]
            )
            for each, item in chains.items()
        }
        for each, item in heads.items():
            if "plan" in item:
                creditor_id = CreditorId(item["creditor_id"]["S"])
                found[each] = _Head(creditor_id, 0, genesis(creditor_id, each))
        return found

    def _get_all(
        self, dispatch_ids: Collection[DispatchId], sk: str, names: str
    ) -> dict[DispatchId, Item]:
        items = get_all(
            self._client,
            self._table,
            [{"pk": {"S": each}, "sk": {"S": sk}} for each in sorted(dispatch_ids)],
            ConsistentRead=True,
            ProjectionExpression=names,
            ExpressionAttributeNames={
                f"#{name}": name for name in ("hash", "plan") if f"#{name}" in names
            },
        )
        return {DispatchId(item["pk"]["S"]): item for item in items}

    def _pause(self, attempt: int) -> None:
        longest = min(_FIRST_PAUSE_SECONDS * 2**attempt, _LONGEST_PAUSE_SECONDS)
        time.sleep(self._dice.uniform(0, longest))


def _still_to_add(batch: Sequence[_Write], reasons: Sequence[str]) -> list[MessageEvent]:
    """Return the facts of a lost batch but those that are there already."""
    return [
        write.event
        for write, reason in zip(batch, reasons, strict=True)
        if write.event is not None and reason != _REFUSED
    ]


def _batches(groups: Iterator[list[_Write]], most: int) -> Iterator[list[_Write]]:
    """Put whole groups together as long as they are at most so many writes; never split one."""
    batch: list[_Write] = []
    for group in groups:
        if batch and len(batch) + len(group) > most:
            yield batch
            batch = []
        batch += group
    if batch:
        yield batch


def _parts(events: Sequence[MessageEvent]) -> Iterator[list[MessageEvent]]:
    """Divide facts, in their order, so that no part has more of one message than fit at once."""
    seen: Counter[DispatchId] = Counter()
    parts: list[list[MessageEvent]] = []
    for event in events:
        place = seen[event.dispatch_id] // _FACTS_AT_ONCE
        seen[event.dispatch_id] += 1
        if place == len(parts):
            parts.append([])
        parts[place].append(event)
    yield from parts


def _without_copies(events: Sequence[MessageEvent]) -> list[MessageEvent]:
    """Return the facts, each once; the first copy counts."""
    first: dict[tuple[DispatchId, str], MessageEvent] = {}
    for event in events:
        first.setdefault((event.dispatch_id, sort_key(event)), event)
    return list(first.values())


def sort_key(event: MessageEvent) -> str:
    """Return what names a fact within its message: its content, so that a copy is the same item."""
    return f"{keys.EVENT}{instant_text(event.at)}#{event.kind.value}#{event.event_id}"


def _entry(event: MessageEvent, head: _Head, observed_at: datetime) -> Entry:
    kept = event.kept or Kept()
    return Entry(
        creditor_id=head.creditor_id,
        dispatch_id=event.dispatch_id,
        seq=head.seq + 1,
        kind=event.kind,
        level=level_of(event.kind, event.facts),
        at=event.at,
        observed_at=observed_at,
        source=event.source,
        event_id=event.event_id,
        prev=head.hash,
        facts=event.facts,
        private=kept.private,
        raw=kept.raw,
    )


def unchained_item(event: MessageEvent) -> dict[str, Any]:
    """Return the item of a fact that belongs to no chain."""
    return {
        "pk": {"S": event.dispatch_id},
        "sk": {"S": sort_key(event)},
        "kind": {"S": event.kind.value},
        "at": {"S": instant_text(event.at)},
        "event_id": {"S": event.event_id},
        "facts": {"M": {k: {"S": v} for k, v in event.facts.items()}},
    }


def _event_item(event: MessageEvent, entry: Entry) -> dict[str, Any]:
    item = unchained_item(event) | {
        "creditor_id": {"S": entry.creditor_id},
        "seq": {"N": str(entry.seq)},
        "level": {"S": entry.level.value},
        "observed_at": {"S": instant_text(entry.observed_at)},
        "source": {"S": entry.source},
        "prev": {"S": entry.prev},
        "hash": {"S": entry.hash},
    }
    return item | kept_attributes(event.kept)


def kept_attributes(kept: Kept | None) -> dict[str, Any]:
    """Return the attributes that say what is kept elsewhere."""
    if kept is None:
        return {}
    attributes: dict[str, Any] = {}
    if kept.raw is not None:
        attributes["raw_sha256"] = {"S": kept.raw.sha256}
        attributes["raw_size"] = {"N": str(kept.raw.size)}
        attributes["raw_type"] = {"S": kept.raw.media_type}
    if kept.private is not None:
        attributes["private"] = {"S": kept.private}
    if kept.ref is not None:
        attributes["ref"] = {"S": kept.ref}
    return attributes


def read_kept(item: Item) -> Kept | None:
    """Read what `kept_attributes` writes."""
    raw = None
    if "raw_sha256" in item:
        size, media_type = int(item["raw_size"]["N"]), item["raw_type"]["S"]
        raw = Exact(item["raw_sha256"]["S"], size, media_type)
    private, ref = item.get("private", {}).get("S"), item.get("ref", {}).get("S")
    return Kept(raw, private, ref) if raw or private or ref else None


def read_event(item: Item) -> MessageEvent:
    """Read a fact."""
    observed_at = item.get("observed_at", {}).get("S")
    event = MessageEvent(
        DispatchId(item["pk"]["S"]),
        EventKind(item["kind"]["S"]),
        instant(item["at"]["S"]),
        item["event_id"]["S"],
        {k: v["S"] for k, v in item["facts"]["M"].items()},
    )
    if observed_at is None:
        return event
    kept = read_kept(item)
    source = item["source"]["S"]
    return replace(event, source=source, kept=kept, observed_at=instant(observed_at))


def read_entry(item: Item) -> tuple[Entry, str, str | None] | None:
    """Read a fact as an entry, its recorded hash and where its bytes are; None if unchained."""
    if "seq" not in item:
        return None
    event = read_event(item)
    kept = event.kept or Kept()
    entry = Entry(
        creditor_id=CreditorId(item["creditor_id"]["S"]),
        dispatch_id=event.dispatch_id,
        seq=int(item["seq"]["N"]),
        kind=event.kind,
        level=Level(item["level"]["S"]),
        at=event.at,
        observed_at=instant(item["observed_at"]["S"]),
        source=event.source,
        event_id=event.event_id,
        prev=item["prev"]["S"],
        facts=event.facts,
        private=kept.private,
        raw=kept.raw,
    )
    return entry, item["hash"]["S"], kept.ref


def _marker(dispatch_id: DispatchId, end: _Head, now: datetime) -> dict[str, Any]:
    """Return the item that says that a chain has grown since it was sealed."""
    return {
        "pk": {"S": keys.unsealed(dispatch_id)},
        "sk": {"S": f"{dispatch_id}#{end.seq:06d}"},
        "hash": {"S": end.hash},
        "observed_at": {"S": instant_text(now)},
    }
