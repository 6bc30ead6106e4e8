"""Charges, txids, Pix and sweeps on the ``portfolio`` table.

| item | pk | sk |
|---|---|---|
| an invoice's charge | ``C#{creditor}#I#{invoice}`` | ``CHARGE`` |
| whose a txid is | ``C#{creditor}#X#{txid}`` | ``REF`` |
| unmatched Pix with a txid | ``C#{creditor}#X#{txid}`` | ``U#{e2eid}`` |
| a Pix that was seen | ``C#{creditor}#E#{e2eid}`` | ``PIX`` |
| unmatched Pix, to list | ``C#{creditor}#UNMATCHED`` | ``{received_at}#{e2eid}`` |
| creditors with a PSP | ``PSP`` | ``{creditor}`` |
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_transactions import cancellation_codes
from regua.adapters.dynamodb_values import if_version, key_of
from regua.adapters.records import dumps, instant
from regua.application.pix_ports import (
    ChargeRecord,
    ChargeStatus,
    SeenPix,
    SweepState,
    UnmatchedPage,
)
from regua.application.wire import instant_text
from regua.domain.cursors import cursor_to, read_cursor
from regua.domain.errors import InvalidInput, VersionConflict
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.money import Money
from regua.domain.pix.entries import PixMoney, SettledRefund

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]
_SEEN = "PIX"
_UNMATCHED = "U#"
_PATH = "query.cursor"


class DynamoPixRecords:
    """What is known about charges and Pix."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    # ── charges ────────────────────────────────────────────────────────────────────────────────

    def charge(self, creditor_id: CreditorId, invoice_id: InvoiceId) -> ChargeRecord | None:
        """Return the record of an invoice's charge."""
        item = self._get(keys.invoice(creditor_id, invoice_id), keys.CHARGE)
        if item is None:
            return None
        read = json.loads(item["document"]["S"])
        return ChargeRecord(
            txid=read["txid"],
            revision=read.get("revision", 0),
            status=ChargeStatus(read["status"]),
            made_at=instant(read["made_at"]),
            due_date=read.get("due_date"),
            copy_paste=read.get("code"),
            refused=read.get("refused"),
            version=int(item["version"]["N"]),
        )

    def save_charge(
        self, creditor_id: CreditorId, invoice_id: InvoiceId, record: ChargeRecord
    ) -> None:
        """Write the next version of a record."""
        document = {
            "txid": record.txid,
            "revision": record.revision,
            "status": record.status.value,
            "made_at": instant_text(record.made_at),
            "due_date": record.due_date,
            "code": record.copy_paste,
            "refused": record.refused,
        }
        item = {
            **key_of(keys.invoice(creditor_id, invoice_id), keys.CHARGE),
            "version": {"N": str(record.version + 1)},
            "document": {"S": dumps(document)},
        }
        try:
            self._client.put_item(TableName=self._table, Item=item, **if_version(record.version))
        except self._client.exceptions.ConditionalCheckFailedException as exc:
            raise VersionConflict(invoice_id) from exc

    # ── txids ──────────────────────────────────────────────────────────────────────────────────

    def claim_txid(self, creditor_id: CreditorId, txid: str, invoice_id: InvoiceId) -> None:
        """Say that money with a txid is for an invoice; of two invoices it is for neither."""
        pk = keys.txid(creditor_id, txid)
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key_of(pk, keys.REFERENCE),
                UpdateExpression="SET invoice_id = :invoice",
                ConditionExpression="attribute_not_exists(invoice_id) OR invoice_id = :invoice",
                ExpressionAttributeValues={":invoice": {"S": invoice_id}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            self._client.update_item(
                TableName=self._table,
                Key=key_of(pk, keys.REFERENCE),
                UpdateExpression="SET is_shared = :yes",
                ExpressionAttributeValues={":yes": {"BOOL": True}},
            )

    def invoice_of(self, creditor_id: CreditorId, txid: str) -> InvoiceId | None:
        """Tell which invoice money with a txid is for."""
        item = self._get(keys.txid(creditor_id, txid), keys.REFERENCE)
        if item is None or "is_shared" in item:
            return None
        return InvoiceId(item["invoice_id"]["S"])

    def waiting_for(self, creditor_id: CreditorId, txid: str) -> Sequence[str]:
        """Return the endToEndIds of unmatched Pix with a txid."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :unmatched)",
            ExpressionAttributeValues={
                ":pk": {"S": keys.txid(creditor_id, txid)},
                ":unmatched": {"S": _UNMATCHED},
            },
            ConsistentRead=True,
        )
        return [item["sk"]["S"].removeprefix(_UNMATCHED) for item in answer["Items"]]

    # ── Pix ────────────────────────────────────────────────────────────────────────────────────

    def find_seen(self, creditor_id: CreditorId, end_to_end_id: str) -> SeenPix | None:
        """Return a Pix that was seen."""
        item = self._get(keys.pix(creditor_id, end_to_end_id), _SEEN)
        return None if item is None else _read_seen(item)

    def save_seen(self, creditor_id: CreditorId, seen: SeenPix) -> None:
        """Remember a Pix; one without an invoice waits among the unmatched."""
        writes: list[Any] = [{"Update": self._seen_update(creditor_id, seen)}]
        waiting = _waiting_keys(creditor_id, seen.money)
        if seen.invoice_id is None:
            document = {"document": {"S": _document(seen.money)}}
            writes += [
                {"Put": {"TableName": self._table, "Item": {**key, **document}}} for key in waiting
            ]
        else:
            writes += [{"Delete": {"TableName": self._table, "Key": key}} for key in waiting]
        try:
            self._client.transact_write_items(TransactItems=writes)
        except self._client.exceptions.TransactionCanceledException as exc:
            codes = cancellation_codes(exc)
            if "TransactionConflict" in codes:
                raise VersionConflict(seen.money.end_to_end_id) from exc
            if list(codes[:1]) != ["ConditionalCheckFailed"]:
                raise
            # An invoice was found meanwhile, or a later look at the refunds is there: it stands.

    def _seen_update(self, creditor_id: CreditorId, seen: SeenPix) -> dict[str, Any]:
        refunds = {"N": str(len(seen.money.refunds))}
        values: dict[str, Any] = {":document": {"S": _document(seen.money)}, ":refunds": refunds}
        sets = "SET document = :document, refunds = :refunds"
        condition = "(attribute_not_exists(refunds) OR refunds <= :refunds)"
        if seen.invoice_id is None:
            condition += " AND attribute_not_exists(invoice_id)"
        else:
            sets += ", invoice_id = :invoice"
            condition += " AND (attribute_not_exists(invoice_id) OR invoice_id = :invoice)"
            values[":invoice"] = {"S": seen.invoice_id}
        return {
            "TableName": self._table,
            "Key": key_of(keys.pix(creditor_id, seen.money.end_to_end_id), _SEEN),
            "UpdateExpression": sets,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }

    def unmatched(self, creditor_id: CreditorId, cursor: str | None, limit: int) -> UnmatchedPage:
        """Return a page of the Pix that belong to no invoice."""
        pk = keys.unmatched(creditor_id)
        query: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
            "Limit": limit,
        }
        if cursor is not None:
            query["ExclusiveStartKey"] = key_of(pk, _read_cursor(creditor_id, cursor))
        answer = self._client.query(TableName=self._table, **query)
        items = [_read_money(item["document"]["S"]) for item in answer["Items"]]
        last = answer.get("LastEvaluatedKey")
        rest = None if last is None else cursor_to(_scope(creditor_id), last["sk"]["S"])
        return UnmatchedPage(items, rest)

    # ── sweeps ─────────────────────────────────────────────────────────────────────────────────

    def creditors(self) -> Sequence[CreditorId]:
        """Return the creditors that are paid through a PSP."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            FilterExpression="is_registered = :yes",
            ExpressionAttributeValues={":pk": {"S": keys.PSP}, ":yes": {"BOOL": True}},
        )
        return [CreditorId(item["sk"]["S"]) for page in pages for item in page["Items"]]

    def sweep_state(self, creditor_id: CreditorId) -> SweepState:
        """Return how far a creditor's sweeps came."""
        item = self._get(keys.PSP, creditor_id) or {}
        return SweepState(*(_instant_in(item, name) for name in ("swept_until", "at_length")))

    def save_sweep(self, creditor_id: CreditorId, state: SweepState) -> None:
        """Remember how far a creditor's sweeps came."""
        said = {"swept_until": state.until, "at_length": state.at_length}
        sets = {name: at for name, at in said.items() if at is not None}
        self._client.update_item(
            TableName=self._table,
            Key=key_of(keys.PSP, creditor_id),
            UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in sets),
            ExpressionAttributeValues={f":{n}": {"S": instant_text(at)} for n, at in sets.items()},
        )

    def _get(self, pk: str, sk: str) -> Item | None:
        answer = self._client.get_item(
            TableName=self._table, Key=key_of(pk, sk), ConsistentRead=True
        )
        return answer.get("Item")


def register_psp(
    client: "DynamoDBClient", table: str, creditor_id: CreditorId, *, is_registered: bool
) -> None:
    """Let a creditor's Pix be swept for from now on, or not any more."""
    condition: dict[str, Any] = {}
    if not is_registered:  # most creditors never were
        condition = {"ConditionExpression": "attribute_exists(pk)"}
    with suppress(client.exceptions.ConditionalCheckFailedException):
        client.update_item(
            **psp_registration(table, creditor_id, is_registered=is_registered), **condition
        )


def psp_registration(table: str, creditor_id: CreditorId, *, is_registered: bool) -> dict[str, Any]:
    """Return the update that says whether a creditor's Pix is swept for."""
    return {
        "TableName": table,
        "Key": key_of(keys.PSP, creditor_id),
        "UpdateExpression": "SET is_registered = :registered",
        "ExpressionAttributeValues": {":registered": {"BOOL": is_registered}},
    }


def has_psp(document: Mapping[str, Any]) -> bool:
    """Tell from a creditor's document whether its Pix is to be swept for."""
    pix = document.get("pix")
    return pix is not None and bool(pix.get("psp", True))


def _waiting_keys(creditor_id: CreditorId, money: PixMoney) -> list[dict[str, Any]]:
    """Return where an unmatched Pix waits: in the list, and with its txid."""
    e2eid = money.end_to_end_id
    listed = key_of(keys.unmatched(creditor_id), f"{instant_text(money.received_at)}#{e2eid}")
    if money.txid is None:
        return [listed]
    return [listed, key_of(keys.txid(creditor_id, money.txid), _UNMATCHED + e2eid)]


def _document(money: PixMoney) -> str:
    return dumps(
        {
            "id": money.end_to_end_id,
            "amount": money.amount.centavos,
            "received_at": instant_text(money.received_at),
            "txid": money.txid,
            "refunds": [[r.amount.centavos, instant_text(r.at), r.reason] for r in money.refunds],
        }
    )


def _read_money(document: str) -> PixMoney:
    read = json.loads(document)
    return PixMoney(
        end_to_end_id=read["id"],
        amount=Money(read["amount"]),
        received_at=instant(read["received_at"]),
        txid=read.get("txid"),
        refunds=tuple(
            SettledRefund(Money(amount), instant(at), reason)
            for amount, at, reason in read.get("refunds", ())
        ),
    )


def _read_seen(item: Item) -> SeenPix:
    invoice_id = item.get("invoice_id")
    return SeenPix(
        money=_read_money(item["document"]["S"]),
        invoice_id=None if invoice_id is None else InvoiceId(invoice_id["S"]),
    )


def _instant_in(item: Item, name: str) -> datetime | None:
    return instant(item[name]["S"]) if name in item else None


def _scope(creditor_id: CreditorId) -> str:
    """Name the list of unmatched Pix, for its cursors."""
    return f"unmatched#{creditor_id}"


def _read_cursor(creditor_id: CreditorId, cursor: str) -> str:
    sk = read_cursor(_scope(creditor_id), cursor, _PATH)
    if not sk or not sk.isascii() or not sk.isprintable():
        raise InvalidInput.at(_PATH, "is not a cursor of this list")
    return sk
