"""The store keeps messages and their receipts over a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from local.carrier.message import Message
from local.carrier.receipts import Receipt
from local.carrier.ses.mime import read_content
from local.carrier.store import MessageStore, Selection
from tests.unit.carrier.mail import any_mail

if TYPE_CHECKING:
    from pathlib import Path

LINE_SEPARATOR = "\u2028"  # a line break for str, not for the journal
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def open_store(directory: Path) -> MessageStore:
    return MessageStore(directory, {"email": read_content})


def any_message(number: int = 1, *, to: str = "ana@a.example.com.br") -> Message:
    return Message(
        channel="email",
        provider_message_id=f"m{number}",
        recipients=(to,),
        sender="Credor <c@credor.example.com.br>",
        subject=f"Fatura{LINE_SEPARATOR}1",
        dispatch_id=f"d{number}",
        received_at=NOON + timedelta(days=number),
        accepted_at=NOON,
        raw_sha256="00",
        notes=("nota",),
    )


def any_receipt(of: str = "m1") -> Receipt:
    return Receipt("email", of, "Delivery", "2026-03-01T12:00:00.000Z", '{"delivery":{}}')


def ids(store: MessageStore, selection: Selection | None = None) -> list[str]:
    return [s.message.provider_message_id for s in store.select(selection or Selection())]


def test_messages_receipts_and_bytes_survive_a_restart(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.add(any_message(), any_mail())
    store.record_receipt(any_receipt(), "2026-03-01T12:00:01.000Z")
    store.close()
    again = open_store(tmp_path)
    stored = again.get("m1")
    assert stored is not None
    assert stored.message == any_message()
    assert again.raw(stored.message) == any_mail()
    assert [receipt.event for receipt in again.receipts("m1")] == ["Delivery"]
    assert again.add(any_message(2), b"").seq == 2
    again.close()


def test_a_journal_torn_by_a_crash_loses_only_the_torn_line(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.add(any_message(1), any_mail())
    store.close()
    journal = tmp_path / "journal.jsonl"
    journal.write_text(journal.read_text() + '{"message": {"chan', encoding="utf-8")
    again = open_store(tmp_path)
    again.add(any_message(2), any_mail())
    again.close()
    assert ids(open_store(tmp_path)) == ["m1", "m2"]


def test_messages_are_selected_by_every_criterion(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    for number in (1, 2, 3):
        to = "ana@a.example.com.br" if number < 3 else "bia@a.example.com.br"
        store.add(any_message(number, to=to), any_mail())
    assert ids(store) == ["m1", "m2", "m3"]
    assert ids(store, Selection(to="BIA@a.example.com.br")) == ["m3"]
    assert ids(store, Selection(since=NOON + timedelta(days=2))) == ["m2", "m3"]
    assert ids(store, Selection(dispatch_id="d2")) == ["m2"]
    assert ids(store, Selection(after=2)) == ["m3"]
    assert ids(store, Selection(channel="sms")) == []
    store.close()


def test_a_cleared_inbox_is_empty_and_a_late_receipt_does_not_revive_it(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.add(any_message(1), any_mail())
    assert store.clear() == 1
    store.record_receipt(any_receipt(), "2026-03-01T12:00:01.000Z")
    assert store.add(any_message(2), any_mail()).seq == 2
    store.close()
    assert ids(open_store(tmp_path)) == ["m2"]
