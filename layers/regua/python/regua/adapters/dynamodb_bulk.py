"""The portfolio read for many rows at once: a hundred keys per request where one would do."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_batches import get_all
from regua.adapters.records import read_invoice
from regua.application.import_ports import Pointer
from regua.application.ports import Portfolio
from regua.domain.account import Account
from regua.domain.ids import CreditorId, CustomerId, InvoiceId, PaymentId
from regua.domain.invoice import Invoice

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]


class DynamoBulkReads:
    """Reads the ``portfolio`` table in batches. Every answer is consistent, each by itself."""

    def __init__(self, client: "DynamoDBClient", table: str, portfolio: Portfolio) -> None:
        self._client = client
        self._table = table
        self._portfolio = portfolio

    def pointers(
        self, creditor_id: CreditorId, invoice_ids: Collection[InvoiceId]
    ) -> Mapping[InvoiceId, Pointer]:
        """Return what is known of these ids."""
        by_pk = {keys.invoice(creditor_id, key): key for key in invoice_ids}
        return {
            by_pk[item["pk"]["S"]]: Pointer(
                CustomerId(item["customer_id"]["S"]) if "customer_id" in item else None,
                "orphan_seq" in item,
            )
            for item in self._all([(pk, keys.REFERENCE) for pk in by_pk])
        }

    def accounts(
        self, creditor_id: CreditorId, customer_ids: Collection[CustomerId]
    ) -> Mapping[CustomerId, Account]:
        """Return each account with its open invoices; only one that exists costs a Query."""
        by_pk = {keys.account(creditor_id, key): key for key in customer_ids}
        there = self._all([(pk, keys.HEADER) for pk in by_pk], ProjectionExpression="pk")
        known = {by_pk[item["pk"]["S"]] for item in there}
        return {
            key: self._portfolio.load_account(creditor_id, key)
            if key in known
            else Account(creditor_id, key)
            for key in customer_ids
        }

    def closed(
        self, creditor_id: CreditorId, wanted: Mapping[InvoiceId, CustomerId]
    ) -> Mapping[InvoiceId, Invoice]:
        """Return those of the invoices that are not open any more."""
        asked = [
            (keys.account(creditor_id, owner), keys.CLOSED + key) for key, owner in wanted.items()
        ]
        found = {}
        for item in self._all(asked):
            key = InvoiceId(item["sk"]["S"].removeprefix(keys.CLOSED))
            found[key] = read_invoice(key, item["document"]["S"])
        return found

    def payments(
        self, creditor_id: CreditorId, payment_ids: Collection[PaymentId]
    ) -> Mapping[PaymentId, InvoiceId]:
        """Return whose each payment is."""
        by_pk = {keys.payment(creditor_id, key): key for key in payment_ids}
        found = self._all([(pk, keys.REFERENCE) for pk in by_pk])
        return {
            by_pk[item["pk"]["S"]]: InvoiceId(item["invoice_id"]["S"])
            for item in found
            if "invoice_id" in item
        }

    def _all(self, asked: Collection[tuple[str, str]], **options: Any) -> Collection[Item]:  # noqa: ANN401 - boto3's own keywords
        if not asked:
            return ()
        wanted = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in asked]
        return get_all(self._client, self._table, wanted, ConsistentRead=True, **options)
