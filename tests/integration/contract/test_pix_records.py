"""What is known about charges and Pix: the same promises in memory and on DynamoDB."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from regua.adapters.dynamodb_creditors import DynamoCreditors
from regua.adapters.dynamodb_pix import DynamoPixRecords, register_psp
from regua.adapters.memory_pix import MemoryPixRecords
from regua.application.pix_ports import (
    ChargeRecord,
    ChargeStatus,
    PixRecords,
    SeenPix,
    SweepState,
)
from regua.domain.cursors import cursor_to
from regua.domain.errors import InvalidInput, VersionConflict
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.money import Money
from regua.domain.pix.entries import PixMoney, SettledRefund
from tests.builders import CREDITOR, ISSUED_AT, creditor_document
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BOREAL = CreditorId("boreal")
FAT_1 = InvoiceId("fat-1")
TXID = "86619f2afd37157b49092f74ca8a13b5"


@pytest.fixture(params=["memory", "dynamodb"])
def records(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> PixRecords:
    """Return empty records of one kind."""
    if request.param == "memory":
        return MemoryPixRecords()
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return DynamoPixRecords(dynamodb, "portfolio")


def any_record(**changes: object) -> ChargeRecord:
    """Return the record of an active charge."""
    fields = {
        "txid": TXID,
        "revision": 1,
        "status": ChargeStatus.ACTIVE,
        "made_at": ISSUED_AT,
        "due_date": "2026-11-10",
        "copy_paste": "000201",
    }
    return ChargeRecord(**{**fields, **changes})  # type: ignore[arg-type]  # any field


def money(number: int = 1, *, txid: str | None = None, refunds: int = 0) -> PixMoney:
    """Return a Pix of an hour's own."""
    at = ISSUED_AT + timedelta(hours=number)
    return PixMoney(
        end_to_end_id=f"E{number:031d}",
        amount=Money(1000 + number),
        received_at=at,
        txid=txid,
        refunds=tuple(
            SettledRefund(Money(n), at + timedelta(days=n), "devolucao")
            for n in range(1, refunds + 1)
        ),
    )


# ── charges ────────────────────────────────────────────────────────────────────────────────────


def test_a_record_comes_back_as_it_was_written(records: PixRecords) -> None:
    assert records.charge(CREDITOR, FAT_1) is None
    records.save_charge(CREDITOR, FAT_1, any_record())
    found = records.charge(CREDITOR, FAT_1)
    assert found == any_record(version=1)
    refused = any_record(version=1, refused="interest", due_date=None, copy_paste=None)
    records.save_charge(CREDITOR, FAT_1, refused)
    assert records.charge(CREDITOR, FAT_1) == replace(refused, version=2)
    assert records.charge(BOREAL, FAT_1) is None


@pytest.mark.parametrize("seen", [0, 2])
def test_whoever_wrote_in_between_wins(records: PixRecords, seen: int) -> None:
    records.save_charge(CREDITOR, FAT_1, any_record())
    with pytest.raises(VersionConflict):
        records.save_charge(CREDITOR, FAT_1, any_record(version=seen, revision=9))
    assert records.charge(CREDITOR, FAT_1) == any_record(version=1)


# ── txids ──────────────────────────────────────────────────────────────────────────────────────


def test_a_txid_is_of_one_invoice_of_one_creditor(records: PixRecords) -> None:
    assert records.invoice_of(CREDITOR, TXID) is None
    for _ in range(2):
        records.claim_txid(CREDITOR, TXID, FAT_1)
    assert records.invoice_of(CREDITOR, TXID) == FAT_1
    assert records.invoice_of(BOREAL, TXID) is None


def test_a_txid_of_two_invoices_is_of_neither_for_ever(records: PixRecords) -> None:
    records.claim_txid(CREDITOR, TXID, FAT_1)
    records.claim_txid(CREDITOR, TXID, InvoiceId("fat-2"))
    assert records.invoice_of(CREDITOR, TXID) is None
    records.claim_txid(CREDITOR, TXID, FAT_1)
    assert records.invoice_of(CREDITOR, TXID) is None


# ── Pix ────────────────────────────────────────────────────────────────────────────────────────


def test_a_pix_without_an_invoice_waits_until_it_has_one(records: PixRecords) -> None:
    one = SeenPix(money=money(txid=TXID, refunds=2), invoice_id=None)
    records.save_seen(CREDITOR, one)
    assert records.find_seen(CREDITOR, one.money.end_to_end_id) == one
    assert records.unmatched(CREDITOR, None, 10).items == [one.money]
    assert records.waiting_for(CREDITOR, TXID) == [one.money.end_to_end_id]
    assert not records.unmatched(BOREAL, None, 10).items
    records.save_seen(CREDITOR, replace(one, invoice_id=FAT_1))
    assert records.find_seen(CREDITOR, one.money.end_to_end_id) == replace(one, invoice_id=FAT_1)
    assert not records.unmatched(CREDITOR, None, 10).items
    assert not records.waiting_for(CREDITOR, TXID)


def test_a_waiting_pix_is_no_invoice_of_its_txid(records: PixRecords) -> None:
    records.save_seen(CREDITOR, SeenPix(money=money(txid=TXID), invoice_id=None))
    assert records.invoice_of(CREDITOR, TXID) is None
    records.claim_txid(CREDITOR, TXID, FAT_1)
    assert records.waiting_for(CREDITOR, TXID) == [money().end_to_end_id]


def test_an_invoice_that_was_found_is_never_forgotten(records: PixRecords) -> None:
    found = SeenPix(money=money(refunds=1), invoice_id=FAT_1)
    records.save_seen(CREDITOR, found)
    records.save_seen(CREDITOR, SeenPix(money=money(refunds=1), invoice_id=None))
    records.save_seen(CREDITOR, SeenPix(money=money(refunds=1), invoice_id=InvoiceId("fat-2")))
    records.save_seen(CREDITOR, SeenPix(money=money(), invoice_id=FAT_1))
    assert records.find_seen(CREDITOR, found.money.end_to_end_id) == found
    assert not records.unmatched(CREDITOR, None, 10).items


def test_unmatched_pix_come_in_pages_oldest_first(records: PixRecords) -> None:
    for number in (3, 1, 2):
        records.save_seen(CREDITOR, SeenPix(money=money(number), invoice_id=None))
    records.save_seen(BOREAL, SeenPix(money=money(4), invoice_id=None))
    listed: list[PixMoney] = []
    cursor: str | None = None
    while True:
        page = records.unmatched(CREDITOR, cursor, 2)
        listed += page.items
        cursor = page.cursor
        if cursor is None:
            break
    assert listed == [money(1), money(2), money(3)]


@pytest.mark.parametrize("cursor", ["", "ç", "%%%", "x" * 500, "AAAA\n"])
def test_a_made_up_cursor_is_refused_or_leads_nowhere_else(
    records: PixRecords, cursor: str
) -> None:
    records.save_seen(BOREAL, SeenPix(money=money(4), invoice_id=None))
    found: list[PixMoney] = []
    with suppress(InvalidInput):
        found += records.unmatched(CREDITOR, cursor, 10).items
    assert not found


def test_another_creditors_cursor_is_refused(records: PixRecords) -> None:
    for number in (1, 2, 3):
        records.save_seen(BOREAL, SeenPix(money=money(number), invoice_id=None))
    theirs = records.unmatched(BOREAL, None, 1).cursor
    assert theirs is not None
    with pytest.raises(InvalidInput):
        records.unmatched(CREDITOR, theirs, 10)


@pytest.mark.parametrize("place", ["", "ç", "a\n"])
def test_a_cursor_to_no_place_of_ours_is_refused(records: PixRecords, place: str) -> None:
    with pytest.raises(InvalidInput):
        records.unmatched(CREDITOR, cursor_to(f"unmatched#{CREDITOR}", place), 10)


# ── sweeps ─────────────────────────────────────────────────────────────────────────────────────


def test_a_sweep_is_remembered(records: PixRecords) -> None:
    assert records.sweep_state(CREDITOR) == SweepState()
    state = SweepState(ISSUED_AT, None)
    records.save_sweep(CREDITOR, state)
    assert records.sweep_state(CREDITOR) == state
    whole = SweepState(ISSUED_AT, ISSUED_AT - timedelta(days=1))
    records.save_sweep(CREDITOR, whole)
    assert records.sweep_state(CREDITOR) == whole
    assert not records.creditors(), "remembering is not registering"


@pytest.mark.usefixtures("aws")
def test_a_creditors_document_says_whether_it_is_swept(dynamodb: "DynamoDBClient") -> None:
    create_tables(dynamodb)
    directory, records = (
        DynamoCreditors(dynamodb, "portfolio"),
        DynamoPixRecords(dynamodb, "portfolio"),
    )
    pix = {"key": "5f84a4c5-c5cb-4599-9f13-7eb4d419dacc"}
    directory.put(creditor_document(pix=pix))
    directory.put(creditor_document(creditor_id=BOREAL))
    assert records.creditors() == [CREDITOR]
    assert directory.get(CREDITOR).pix is not None
    records.save_sweep(CREDITOR, SweepState(ISSUED_AT, None))
    directory.put(creditor_document())
    assert records.creditors() == []
    assert records.sweep_state(BOREAL) == SweepState()
    register_psp(dynamodb, "portfolio", CREDITOR, is_registered=True)
    assert records.sweep_state(CREDITOR).until == ISSUED_AT
