"""The messages the carrier accepted: an index in memory, raw bytes and a journal on disk."""

from __future__ import annotations

import json
import shutil
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.carrier.message import Content, Message

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from local.carrier.message import ContentReader
    from local.carrier.receipts import Receipt

CACHED_CONTENTS = 2048


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message and its place in the order of acceptance (from 1)."""

    seq: int
    message: Message


@dataclass(frozen=True, slots=True)
class PublishedReceipt:
    """A receipt that was handed to the topic, and when; the payload is its JSON text."""

    event: str
    occurred_at: str
    published_at: str
    payload: str

    def document(self) -> dict[str, Any]:
        """Return the receipt with its payload read."""
        return {
            "event": self.event,
            "occurred_at": self.occurred_at,
            "published_at": self.published_at,
            "payload": json.loads(self.payload),
        }


@dataclass(frozen=True, slots=True)
class Selection:
    """Which messages to list; what is None does not select."""

    channel: str | None = None
    to: str | None = None
    since: datetime | None = None
    dispatch_id: str | None = None
    after: int | None = None

    def holds(self, stored: StoredMessage) -> bool:
        """Tell whether a message is selected."""
        message = stored.message
        return (
            (self.after is None or stored.seq > self.after)
            and (self.channel is None or message.channel == self.channel)
            and (self.dispatch_id is None or message.dispatch_id == self.dispatch_id)
            and (self.since is None or message.received_at >= self.since)
            and (self.to is None or self.to.lower() in (r.lower() for r in message.recipients))
        )


@dataclass(slots=True)
class _Record:
    stored: StoredMessage
    receipts: list[PublishedReceipt] = field(default_factory=list)


class MessageStore:
    """Keeps messages over a restart; every method may be called from any thread."""

    def __init__(self, directory: Path, readers: Mapping[str, ContentReader]) -> None:
        self._readers = readers
        self._raw = directory / "raw"
        self._journal_path = directory / "journal.jsonl"
        self._records: dict[str, _Record] = {}
        self._contents: OrderedDict[str, Content] = OrderedDict()
        self._last_seq = 0
        self._lock = threading.RLock()
        self._raw.mkdir(parents=True, exist_ok=True)
        self._replay()
        self._journal = self._journal_path.open("a", encoding="utf-8")

    def add(self, message: Message, raw: bytes) -> StoredMessage:
        """Keep a message; it is listed only once its bytes are on disk."""
        (self._raw / message.provider_message_id).write_bytes(raw)
        with self._lock:
            stored = self._index(message)
            self._write({"message": message.to_document()})
            return stored

    def record_receipt(self, receipt: Receipt, published_at: str) -> None:
        """Remember that a receipt went out; a message that was cleared is not revived."""
        with self._lock:
            record = self._records.get(receipt.provider_message_id)
            if record is None:
                return
            document = {
                "event": receipt.event,
                "occurred_at": receipt.occurred_at,
                "published_at": published_at,
                "payload": receipt.payload,
            }
            record.receipts.append(PublishedReceipt(**document))
            self._write({"receipt": {**document, "of": receipt.provider_message_id}})

    def select(self, selection: Selection) -> list[StoredMessage]:
        """Return the selected messages, oldest first."""
        with self._lock:
            everything = [record.stored for record in self._records.values()]
        return [stored for stored in everything if selection.holds(stored)]

    def get(self, provider_message_id: str) -> StoredMessage | None:
        """Return one message."""
        with self._lock:
            record = self._records.get(provider_message_id)
            return record.stored if record else None

    def receipts(self, provider_message_id: str) -> list[PublishedReceipt]:
        """Return the published receipts of a message, in order of publication."""
        with self._lock:
            record = self._records.get(provider_message_id)
            return list(record.receipts) if record else []

    def raw(self, message: Message) -> bytes:
        """Return the exact bytes; empty when the inbox was cleared meanwhile."""
        try:
            return (self._raw / message.provider_message_id).read_bytes()
        except FileNotFoundError:
            return b""

    def content(self, message: Message) -> Content:
        """Return what a person reads; the most recent ones are kept parsed."""
        key = message.provider_message_id
        with self._lock:
            if key in self._contents:
                self._contents.move_to_end(key)
                return self._contents[key]
        content = self._readers[message.channel](self.raw(message))
        with self._lock:
            self._contents[key] = content
            if len(self._contents) > CACHED_CONTENTS:
                self._contents.popitem(last=False)
        return content

    def clear(self) -> int:
        """Empty the inbox; return how many messages it held. Positions keep growing."""
        with self._lock:
            held = len(self._records)
            self._records.clear()
            self._contents.clear()
            self._journal.seek(0)
            self._journal.truncate()
            self._write({"last_seq": self._last_seq})
            shutil.rmtree(self._raw, ignore_errors=True)
            self._raw.mkdir(exist_ok=True)
            return held

    def close(self) -> None:
        """Close the journal."""
        with self._lock:
            self._journal.close()

    def _index(self, message: Message) -> StoredMessage:
        self._last_seq += 1
        stored = StoredMessage(self._last_seq, message)
        self._records[message.provider_message_id] = _Record(stored)
        return stored

    def _write(self, line: dict[str, Any]) -> None:
        if not self._journal.closed:
            self._journal.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
            self._journal.flush()

    def _replay(self) -> None:
        """Read the journal back; a line torn by a crash was never answered and is skipped."""
        if not self._journal_path.exists():
            return
        journal = self._journal_path.read_bytes()
        whole, _, torn = journal.rpartition(b"\n")
        if torn:
            with self._journal_path.open("rb+") as file:
                file.truncate(len(journal) - len(torn))
        for line in whole.split(b"\n") if whole else []:
            self._replay_line(json.loads(line))

    def _replay_line(self, line: dict[str, Any]) -> None:
        if "message" in line:
            self._index(Message.from_document(line["message"]))
        elif "receipt" in line:
            document = line["receipt"]
            record = self._records.get(document.pop("of"))
            if record:
                record.receipts.append(PublishedReceipt(**document))
        else:
            self._last_seq = line["last_seq"]
