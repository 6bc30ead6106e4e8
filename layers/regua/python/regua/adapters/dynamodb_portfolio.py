"""Accounts and invoices on DynamoDB: one partition per account, every write conditional.

Loading an account with k open invoices is one Query that reads the header and those k items;
settled invoices lie outside the range. Committing is one request: a plain conditional Put when only
the header changes, a transaction otherwise.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.customer_keys import salt_update
from regua.adapters.dynamodb_items import Item, read_account_item, read_invoice_item
from regua.adapters.dynamodb_ledger import ended_update, planned_update
from regua.adapters.dynamodb_lists import DynamoLists
from regua.adapters.records import (
    account_document,
    agreement_record,
    at_its_place,
    dumps,
    instant,
    invoice_document,
    notes_document,
    payment_record,
    read_agreement,
    read_notes,
    read_payment,
)
from regua.application.lists import (
    AgreementPage,
    AgreementQuery,
    CustomerPage,
    InvoicePage,
    InvoiceQuery,
    Position,
    agreement_place,
    place_of,
)
from regua.application.ports import AccountKey, Change, DuePage, OrphanFacts, Tally
from regua.application.wire import instant_text
from regua.domain.account import Account
from regua.domain.errors import AccountTooLarge, AlreadyClaimed, PlanTaken, VersionConflict
from regua.domain.ids import CreditorId, CustomerId, InvoiceId, PaymentId, shard_of
from regua.domain.invoice import Invoice, Payment
from regua.domain.negotiation.agreement import Agreement
from regua.domain.notes import Note

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Write = dict[str, Any]
_MOST_WRITES = 100
"""What one transaction takes."""
_END_OF_OPEN = "I$"
"""Just after every ``I#…``; ``A`` sorts before them, ``S#…`` after."""


class DynamoPortfolio:
    """The system of record on the ``portfolio`` table."""

    def __init__(
        self, client: "DynamoDBClient", *, table: str, messages_table: str, shards: int
    ) -> None:
        self._client = client
        self._table = table
        self._messages = messages_table
        self._shards = shards
        self._lists = DynamoLists(client, table)
        refused = client.exceptions
        self._lost_races = (
            refused.ConditionalCheckFailedException,
            refused.TransactionConflictException,
        )

    def load_account(self, creditor_id: CreditorId, customer_id: CustomerId) -> Account:
        """Read an account and its open invoices in one consistent Query."""
        header: Item | None = None
        invoices: list[Invoice] = []
        for item in self._query(
            KeyConditionExpression="pk = :pk AND sk BETWEEN :header AND :end",
            ExpressionAttributeValues={
                ":pk": {"S": keys.account(creditor_id, customer_id)},
                ":header": {"S": keys.HEADER},
                ":end": {"S": _END_OF_OPEN},
            },
            ConsistentRead=True,
        ):
            if item["sk"]["S"] == keys.HEADER:
                header = item
            else:
                invoices.append(read_invoice_item(item))
        if header is None:
            return Account(creditor_id, customer_id)
        return read_account_item(header, invoices)

    def find_invoice(self, creditor_id: CreditorId, invoice_id: InvoiceId) -> Invoice | None:
        """Read an invoice, open or not."""
        pointer = self._get(keys.invoice(creditor_id, invoice_id), keys.REFERENCE)
        if pointer is None or "customer_id" not in pointer:
            return None
        pk = keys.account(creditor_id, CustomerId(pointer["customer_id"]["S"]))
        item = self._get(pk, keys.OPEN + invoice_id)
        header = None if item is None else self._get(pk, keys.HEADER)
        if item is not None and header is not None:
            return at_its_place(read_invoice_item(item), header["document"]["S"])
        closed = self._get(pk, keys.CLOSED + invoice_id)
        return None if closed is None else read_invoice_item(closed)

    def list_invoices(
        self, creditor_id: CreditorId, asked: InvoiceQuery, start: Position | None, limit: int
    ) -> InvoicePage:
        """Return a page of the invoices that are asked for."""
        if asked.is_empty:
            return InvoicePage(())
        if asked.customer_id is None:
            return self._lists.invoices(creditor_id, asked, start, limit)
        return self._lists.of_customer(creditor_id, asked.customer_id, asked, start, limit)

    def list_customers(
        self, creditor_id: CreditorId, start: CustomerId | None, limit: int
    ) -> CustomerPage:
        """Return a page of a creditor's customers, by their ids."""
        return self._lists.customers(creditor_id, start, limit)

    def find_agreement(self, creditor_id: CreditorId, agreement_id: str) -> Agreement | None:
        """Read an agreement, live or ended, as it was written last."""
        pointer = self._get(keys.agreement(creditor_id, agreement_id), keys.REFERENCE)
        if pointer is None:
            return None
        pk = keys.account(creditor_id, CustomerId(pointer["customer_id"]["S"]))
        item = self._get(pk, keys.AGREEMENT + agreement_id)
        return None if item is None else read_agreement(json.loads(item["document"]["S"]))

    def list_agreements(
        self, creditor_id: CreditorId, asked: AgreementQuery, start: Position | None, limit: int
    ) -> AgreementPage:
        """Return a page of the agreements that are asked for."""
        return self._lists.agreements(creditor_id, asked, start, limit)

    def find_payment(self, creditor_id: CreditorId, payment_id: PaymentId) -> InvoiceId | None:
        """Tell which invoice a payment belongs to."""
        pointer = self._get(keys.payment(creditor_id, payment_id), keys.REFERENCE)
        if pointer is None or "invoice_id" not in pointer:
            return None
        return InvoiceId(pointer["invoice_id"]["S"])

    def commit(self, change: Change) -> None:
        """Write a change, whole or not at all, in one request.

        Where that is more than a transaction takes, the pointers of new invoices go before it: a
        pointer to an invoice that is not there finds none, and the same change again takes it.
        """
        writes: list[Any] = list(self._writes(change))
        if len(writes) == 1:
            self._put_header(writes[0]["Put"])
            return
        if len(writes) > _MOST_WRITES:
            writes = self._without_pointers(change, writes)
        try:
            self._client.transact_write_items(TransactItems=writes)
        except self._client.exceptions.TransactionCanceledException as exc:
            self._explain(change, writes, exc.response.get("CancellationReasons", []))
            raise

    def _without_pointers(self, change: Change, writes: list[Any]) -> list[Any]:
        """Write the pointers of a change's new invoices; return what is left to write."""
        creditor_id, customer_id = change.account.creditor_id, change.account.customer_id
        new = [i for i in change.invoices if i.external_id in change.new]
        pointers = [self._invoice_pointer(creditor_id, i, change.new[i.external_id]) for i in new]
        for pointer in pointers:
            condition = f"({pointer['ConditionExpression']}) OR customer_id = :customer"
            try:
                self._client.update_item(**{**pointer, "ConditionExpression": condition})
            except self._lost_races as exc:
                raise VersionConflict(customer_id) from exc
        return [write for write in writes if write.get("Update") not in pointers]

    def _put_header(self, put: Write) -> None:
        try:
            self._client.put_item(**put)
        except self._lost_races as exc:
            raise VersionConflict(put["Item"]["pk"]["S"]) from exc

    def _explain(self, change: Change, writes: list[Write], reasons: list[Any]) -> None:
        """Raise the domain's error for a lost race or a grown account, if it was one."""
        if any(reason.get("Code") == "ValidationError" for reason in reasons):
            raise AccountTooLarge(change.account.customer_id)
        lost = [
            write
            for write, reason in zip(writes, reasons, strict=False)
            if reason.get("Code") in ("ConditionalCheckFailed", "TransactionConflict")
        ]
        if not lost:
            return
        only_the_dispatch = all(self._is_dispatch(write) for write in lost)
        if only_the_dispatch and change.ended is not None:
            raise AlreadyClaimed(change.ended[0].dispatch_id)
        if only_the_dispatch and change.planned is not None:
            raise PlanTaken(change.planned.dispatch_id)
        raise VersionConflict(change.account.customer_id)

    def _is_dispatch(self, write: Write) -> bool:
        return bool(write.get("Update", {}).get("TableName") == self._messages)

    def _writes(self, change: Change) -> Iterator[Write]:
        account = change.account
        creditor_id = account.creditor_id
        pk = keys.account(creditor_id, account.customer_id)
        yield from self._header_writes(account, pk)
        for invoice in change.invoices:
            seq = change.new.get(invoice.external_id)
            yield from self._invoice_writes(account, invoice, is_new=seq is not None)
            if seq is not None:
                yield {"Update": self._invoice_pointer(creditor_id, invoice, seq)}
        for payment_id, invoice_id in change.payments.items():
            owner = next(i for i in change.invoices if i.external_id == invoice_id)
            yield {"Update": self._payment_pointer(creditor_id, payment_id, owner)}
        yield from self._dispatch_writes(change)
        for agreement in change.agreements:
            yield from self._agreement_writes(account, agreement)
        for at in sorted({instant_text(note.at) for note in change.notes}):
            yield {"Put": self._notes(account, pk, at, change.notes)}
        for arm, tally in change.tallies.items():
            yield {"Update": self._tally(account, arm, tally)}

    def _dispatch_writes(self, change: Change) -> Iterator[Write]:
        """Record the dispatch that was planned, and end the one that is not sent."""
        if change.planned is not None:
            dispatch = change.planned
            write = (
                planned_update(dispatch)
                if dispatch.ending is None
                else ended_update(dispatch, dispatch.ending)
            )
            yield {"Update": {"TableName": self._messages, **write}}
        if change.ended is not None:
            yield {"Update": {"TableName": self._messages, **ended_update(*change.ended)}}

    def _header_writes(self, account: Account, pk: str) -> Iterator[Write]:
        """Write the header; a new account also gets its part of the key for evidence."""
        yield {"Put": self._header(account, pk)}
        if account.version == 0:
            yield {"Update": salt_update(self._table, pk)}

    def _notes(self, account: Account, pk: str, at: str, notes: Sequence[Note]) -> Write:
        """Write the notes of one instant as one item: a transaction takes a hundred at most.

        It is named by the version that brings it: the same change is the same item.
        """
        then = [note for note in notes if instant_text(note.at) == at]
        item = {
            "pk": {"S": pk},
            "sk": {"S": f"{keys.NOTE}{at}#{account.version + 1:08d}"},
            "document": {"S": notes_document(then)},
        }
        return {"TableName": self._table, "Item": item}

    def _tally(self, account: Account, arm: str, tally: Tally) -> Write:
        shard = shard_of(account.creditor_id, account.customer_id, self._shards)
        return {
            "TableName": self._table,
            "Key": {"pk": {"S": keys.tallies(account.creditor_id, shard)}, "sk": {"S": arm}},
            "UpdateExpression": "ADD exposed :exposed, settled :settled, recovered :recovered",
            "ExpressionAttributeValues": {
                ":exposed": {"N": str(tally.exposed)},
                ":settled": {"N": str(tally.settled)},
                ":recovered": {"N": str(tally.recovered_centavos)},
            },
        }

    def _header(self, account: Account, pk: str) -> Write:
        item: dict[str, Any] = {
            "pk": {"S": pk},
            "sk": {"S": keys.HEADER},
            "version": {"N": str(account.version + 1)},
            "schedule_seq": {"N": str(account.schedule_seq)},
            "document": {"S": account_document(account)},
        }
        if account.customer is not None:
            item["list_key"] = {"S": keys.listed_customers(account.creditor_id)}
            item["list_sort"] = {"S": account.customer_id}
        shard = shard_of(account.creditor_id, account.customer_id, self._shards)
        if account.invoices:
            item["open_key"] = {"S": keys.open_accounts(account.creditor_id, shard)}
        if account.next_evaluation_at is not None:
            item["due_shard"] = {"S": shard}
            item["due_at"] = {"S": instant_text(account.next_evaluation_at)}
        put: Write = {"TableName": self._table, "Item": item}
        if account.version == 0:
            return {**put, "ConditionExpression": "attribute_not_exists(pk)"}
        return {
            **put,
            "ConditionExpression": "version = :seen",
            "ExpressionAttributeValues": {":seen": {"N": str(account.version)}},
        }

    def _invoice_writes(
        self, account: Account, invoice: Invoice, *, is_new: bool
    ) -> Iterator[Write]:
        """Write an invoice where it belongs and remove it from where it may have been."""
        pk = keys.account(account.creditor_id, account.customer_id)
        here, there = (keys.OPEN, keys.CLOSED) if invoice.is_open else (keys.CLOSED, keys.OPEN)
        item = {
            "pk": {"S": pk},
            "sk": {"S": here + invoice.external_id},
            "status": {"S": invoice.status.value},
            "document": {"S": invoice_document(invoice)},
            "list_key": {"S": keys.listed_invoices(account.creditor_id, invoice.status)},
            "list_sort": {"S": place_of(invoice)},
        }
        yield {"Put": {"TableName": self._table, "Item": item}}
        never_closed = (
            invoice.is_open and not invoice.payments and not account.agreements_made
        )  # an agreement may have closed it without a payment
        if not is_new and not never_closed:
            old = {"pk": {"S": pk}, "sk": {"S": there + invoice.external_id}}
            yield {"Delete": {"TableName": self._table, "Key": old}}

    def _agreement_writes(self, account: Account, agreement: Agreement) -> Iterator[Write]:
        """Write an agreement beside its account, and the pointer that finds it by its id."""
        creditor_id, name = account.creditor_id, agreement.agreement_id
        customer_id = {"S": account.customer_id}
        item = {
            "pk": {"S": keys.account(creditor_id, account.customer_id)},
            "sk": {"S": keys.AGREEMENT + name},
            "document": {"S": dumps(agreement_record(agreement))},
            "list_key": {"S": keys.listed_agreements(creditor_id, agreement.status)},
            "list_sort": {"S": agreement_place(agreement)},
        }
        yield {"Put": {"TableName": self._table, "Item": item}}
        pointer = {**_reference(keys.agreement(creditor_id, name)), "customer_id": customer_id}
        yield {"Put": {"TableName": self._table, "Item": pointer}}

    def _invoice_pointer(self, creditor_id: CreditorId, invoice: Invoice, seq: int) -> Write:
        unchanged = "attribute_not_exists(pk)" if seq == 0 else "orphan_seq = :seq"
        values: dict[str, Any] = {":customer": {"S": invoice.customer_id}}
        if seq:
            values[":seq"] = {"N": str(seq)}
        return {
            "TableName": self._table,
            "Key": _reference(keys.invoice(creditor_id, invoice.external_id)),
            "UpdateExpression": "SET customer_id = :customer",
            "ConditionExpression": f"attribute_not_exists(customer_id) AND {unchanged}",
            "ExpressionAttributeValues": values,
        }

    def _payment_pointer(
        self, creditor_id: CreditorId, payment_id: PaymentId, invoice: Invoice
    ) -> Write:
        """Claim a payment id; a reversal that came in unseen meanwhile makes this fail."""
        payment = invoice.find_payment(payment_id)
        seen_reversal = payment is not None and payment.reversed_at is not None
        unchanged = "attribute_exists(reversed_at)" if seen_reversal else "attribute_not_exists(pk)"
        return {
            "TableName": self._table,
            "Key": _reference(keys.payment(creditor_id, payment_id)),
            "UpdateExpression": "SET invoice_id = :invoice",
            "ConditionExpression": f"attribute_not_exists(invoice_id) AND {unchanged}",
            "ExpressionAttributeValues": {":invoice": {"S": invoice.external_id}},
        }

    def orphans(self, creditor_id: CreditorId, invoice_id: InvoiceId) -> OrphanFacts:
        """Return what arrived about an invoice before the invoice itself."""
        item = self._get(keys.invoice(creditor_id, invoice_id), keys.REFERENCE)
        if item is None or "orphan_seq" not in item:
            return OrphanFacts()
        payments = item.get("orphan_payments", {}).get("M", {})
        cancelled_at = item.get("cancelled_at")
        return OrphanFacts(
            payments=tuple(read_payment(json.loads(p["S"])) for p in payments.values()),
            cancelled_at=instant(cancelled_at["S"]) if cancelled_at else None,
            cancel_reason=item["cancel_reason"]["S"] if cancelled_at else None,
            seq=int(item["orphan_seq"]["N"]),
        )

    def keep_orphan_payment(
        self, creditor_id: CreditorId, invoice_id: InvoiceId, payment: Payment
    ) -> None:
        """Keep a payment whose invoice is not known yet."""
        seen = self.orphans(creditor_id, invoice_id)
        known = {p.payment_id: p for p in seen.payments}
        if payment.payment_id in known:
            return
        known[payment.payment_id] = payment
        texts = {k: {"S": dumps(payment_record(p))} for k, p in known.items()}
        self._keep_orphan(
            keys.invoice(creditor_id, invoice_id),
            "orphan_payments = :payments",
            {":payments": {"M": texts}},
            seen.seq,
        )

    def keep_orphan_cancellation(
        self, creditor_id: CreditorId, invoice_id: InvoiceId, at: datetime, reason: str
    ) -> None:
        """Keep a cancellation whose invoice is not known yet."""
        self._keep_orphan(
            keys.invoice(creditor_id, invoice_id),
            "cancelled_at = :at, cancel_reason = :reason",
            {":at": {"S": instant_text(at)}, ":reason": {"S": reason}},
            self.orphans(creditor_id, invoice_id).seq,
        )

    def _keep_orphan(self, pk: str, sets: str, values: Mapping[str, Any], seen: int) -> None:
        unchanged = "orphan_seq = :seen" if seen else "attribute_not_exists(orphan_seq)"
        counters = {":next": {"N": str(seen + 1)}} | ({":seen": {"N": str(seen)}} if seen else {})
        self._update_reference(
            pk,
            f"SET {sets}, orphan_seq = :next",
            f"attribute_not_exists(customer_id) AND {unchanged}",
            {**values, **counters},
        )

    def keep_orphan_reversal(
        self, creditor_id: CreditorId, payment_id: PaymentId, at: datetime, reason: str
    ) -> None:
        """Keep a reversal whose payment is not known yet."""
        self._update_reference(
            keys.payment(creditor_id, payment_id),
            "SET reversed_at = :at, reversal_reason = :reason",
            "attribute_not_exists(invoice_id)",
            {":at": {"S": instant_text(at)}, ":reason": {"S": reason}},
        )

    def orphan_reversal(
        self, creditor_id: CreditorId, payment_id: PaymentId
    ) -> tuple[datetime, str] | None:
        """Return the reversal that arrived before its payment, if any."""
        item = self._get(keys.payment(creditor_id, payment_id), keys.REFERENCE)
        if item is None or "reversed_at" not in item:
            return None
        return instant(item["reversed_at"]["S"]), item["reversal_reason"]["S"]

    def _update_reference(
        self, pk: str, update: str, condition: str, values: Mapping[str, Any]
    ) -> None:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_reference(pk),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except self._lost_races as exc:
            raise VersionConflict(pk) from exc

    def due_accounts(self, shard: str, now: datetime, cursor: str | None, limit: int) -> DuePage:
        """Return a page of the accounts of a shard whose evaluation is due, earliest first."""
        query: dict[str, Any] = {
            "IndexName": keys.DUE_INDEX,
            "KeyConditionExpression": "due_shard = :shard AND due_at <= :now",
            "ExpressionAttributeValues": {
                ":shard": {"S": shard},
                ":now": {"S": instant_text(now)},
            },
            "Limit": limit,
        }
        if cursor is not None:
            query["ExclusiveStartKey"] = json.loads(base64.urlsafe_b64decode(cursor))
        answer = self._client.query(TableName=self._table, **query)
        found = [AccountKey(*keys.of_account(item["pk"]["S"])) for item in answer["Items"]]
        last = answer.get("LastEvaluatedKey")
        rest = None if last is None else base64.urlsafe_b64encode(json.dumps(last).encode())
        return DuePage(found, None if rest is None else rest.decode())

    def open_accounts(
        self, creditor_id: CreditorId, shard: str, cursor: str | None, limit: int
    ) -> DuePage:
        """Return a page of a creditor's accounts in a shard that have open invoices.

        The cursor is the last customer's id: whoever makes one up stays in his own part.
        """
        key = {"S": keys.open_accounts(creditor_id, shard)}
        query: dict[str, Any] = {
            "IndexName": keys.OPEN_INDEX,
            "KeyConditionExpression": "open_key = :key",
            "ExpressionAttributeValues": {":key": key},
            "Limit": limit,
        }
        if cursor is not None:
            pk = keys.account(creditor_id, CustomerId(cursor))
            start = {"open_key": key, "pk": {"S": pk}, "sk": {"S": keys.HEADER}}
            query["ExclusiveStartKey"] = start
        answer = self._client.query(TableName=self._table, **query)
        found = [AccountKey(*keys.of_account(item["pk"]["S"])) for item in answer["Items"]]
        last = answer.get("LastEvaluatedKey")
        return DuePage(found, None if last is None else keys.of_account(last["pk"]["S"])[1])

    def notes(self, creditor_id: CreditorId, customer_id: CustomerId) -> Sequence[Note]:
        """Return what happened to an account besides messages, oldest first."""
        items = self._query(
            KeyConditionExpression="pk = :pk AND begins_with(sk, :note)",
            ExpressionAttributeValues={
                ":pk": {"S": keys.account(creditor_id, customer_id)},
                ":note": {"S": keys.NOTE},
            },
        )
        return [
            note
            for item in items
            for note in read_notes(item["sk"]["S"].split("#")[1], item["document"]["S"])
        ]

    def _get(self, pk: str, sk: str) -> Item | None:
        answer = self._client.get_item(
            TableName=self._table, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
        )
        return answer.get("Item")

    def _query(self, **query: Any) -> Iterator[Item]:  # noqa: ANN401 - boto3's own keywords
        pages = self._client.get_paginator("query").paginate(TableName=self._table, **query)
        for page in pages:
            yield from page["Items"]


def _reference(pk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": keys.REFERENCE}}
