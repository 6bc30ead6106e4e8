"""Lists on the ``portfolio`` table: a Query on keys, then the items that it names, read together.

The index ``listed`` holds keys alone, written where an invoice or a customer is: evaluating an
account changes neither, so the index is not written by it (see ADR 0021). An item that moved
since the index was last written is left out of the page.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_batches import get_all
from regua.adapters.dynamodb_items import Item, read_account_item, read_invoice_item
from regua.adapters.records import read_agreement
from regua.application.lists import (
    ANY_ID,
    OPEN_PART,
    AgreementPage,
    AgreementQuery,
    CustomerPage,
    InvoicePage,
    InvoiceQuery,
    Listed,
    Position,
)
from regua.domain.ids import CreditorId, CustomerId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from regua.domain.invoice import Invoice


class DynamoLists:
    """Reads lists of one creditor's."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def invoices(
        self, creditor_id: CreditorId, asked: InvoiceQuery, start: Position | None, limit: int
    ) -> InvoicePage:
        """Return a page of a creditor's invoices by status and due date."""
        entries, rest = self._walk(creditor_id, asked, start, limit)
        named = [(entry["pk"]["S"], entry["sk"]["S"]) for entry in entries]
        headers = dict.fromkeys((pk, keys.HEADER) for pk, _ in named)
        read = self._read([*named, *headers])
        items = [read[name] for name in named if name in read]
        return InvoicePage(self._listed(items, read, asked), rest)

    def of_customer(
        self,
        creditor_id: CreditorId,
        customer_id: CustomerId,
        asked: InvoiceQuery,
        start: Position | None,
        limit: int,
    ) -> InvoicePage:
        """Return a page of a customer's invoices, from the account's own partition."""
        pk = keys.account(creditor_id, customer_id)
        found: list[Item] = []
        rest: Position | None = None
        for position in _parts(asked, start):
            prefix = keys.OPEN if position.part == OPEN_PART else keys.CLOSED
            first, last = prefix + position.place, prefix + asked.bounds[1]
            left = limit + 1 - len(found)
            found += self._query(left, "pk", pk, "sk", (first, last), ConsistentRead=True)
            if len(found) > limit:
                rest = Position(position.part, _id_of(found.pop()))
                break
        header = self._read([(pk, keys.HEADER)]) if found else {}
        return InvoicePage(self._listed(found, header, asked), rest)

    def customers(
        self, creditor_id: CreditorId, start: CustomerId | None, limit: int
    ) -> CustomerPage:
        """Return a page of a creditor's customers, by their ids."""
        key = keys.listed_customers(creditor_id)
        entries = self._listing(key, (start or ANY_ID[0], ANY_ID[1]), limit + 1)
        rest = CustomerId(entries.pop()["list_sort"]["S"]) if len(entries) > limit else None
        named = [(entry["pk"]["S"], keys.HEADER) for entry in entries]
        read = self._read(named)
        found = (read_account_item(read[name]) for name in named if name in read)
        return CustomerPage([a for a in found if a.customer is not None], rest)

    def agreements(
        self, creditor_id: CreditorId, asked: AgreementQuery, start: Position | None, limit: int
    ) -> AgreementPage:
        """Return a page of a creditor's agreements by status, or of one customer's by their ids."""
        found: list[Item] = []
        rest: Position | None = None
        for position in _from(start, asked.parts, ANY_ID[0]):
            left = limit + 1 - len(found)
            found += self._agreements(creditor_id, asked.customer_id, position, left)
            if len(found) > limit:
                item = found.pop()
                rest = Position(position.part, _agreement_place(item, asked.customer_id))
                break
        if asked.customer_id is None:  # the index holds keys alone
            named = [(item["pk"]["S"], item["sk"]["S"]) for item in found]
            read = self._read(named)
            found = [dict(read[name]) for name in named if name in read]
        agreements = (read_agreement(json.loads(item["document"]["S"])) for item in found)
        return AgreementPage([a for a in agreements if asked.takes(a)], rest)

    def _agreements(
        self,
        creditor_id: CreditorId,
        customer_id: CustomerId | None,
        position: Position,
        most: int,
    ) -> list[Item]:
        if customer_id is None:
            key = keys.listed_agreements(creditor_id, position.part)
            return self._listing(key, (position.place, ANY_ID[1]), most)
        pk = keys.account(creditor_id, customer_id)
        first, last = keys.AGREEMENT + position.place, keys.AGREEMENT + ANY_ID[1]
        return self._query(most, "pk", pk, "sk", (first, last), ConsistentRead=True)

    def _walk(
        self, creditor_id: CreditorId, asked: InvoiceQuery, start: Position | None, limit: int
    ) -> tuple[list[Item], Position | None]:
        """Read the index from a position on, status by status, for one entry more than a page."""
        found: list[Item] = []
        for position in _parts(asked, start):
            key = keys.listed_invoices(creditor_id, position.part)
            range_ = (position.place, asked.bounds[1])
            found += self._listing(key, range_, limit + 1 - len(found))
            if len(found) > limit:
                return found[:limit], Position(position.part, found[limit]["list_sort"]["S"])
        return found, None

    def _listing(self, key: str, range_: tuple[str, str], most: int) -> list[Item]:
        return self._query(most, "list_key", key, "list_sort", range_, IndexName=keys.LISTED_INDEX)

    def _query(
        self,
        most: int,
        key_name: str,
        key: str,
        sort_name: str,
        range_: tuple[str, str],
        **options: Any,  # noqa: ANN401 - boto3's own keywords
    ) -> list[Item]:
        """Read a range up to a number of items, over the 1 MB that one answer holds at the most."""
        found: list[Item] = []
        start: Mapping[str, Any] = {}
        condition = f"{key_name} = :key AND {sort_name} BETWEEN :first AND :last"
        while len(found) < most:
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression=condition,
                ExpressionAttributeValues={
                    ":key": {"S": key},
                    ":first": {"S": range_[0]},
                    ":last": {"S": range_[1]},
                },
                Limit=most - len(found),
                **options,
                **start,
            )
            found += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                break
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        return found

    def _read(self, names: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Item]:
        """Read items by their keys, each once, as they are at this moment."""
        wanted = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in names]
        found = get_all(self._client, self._table, wanted, ConsistentRead=True)
        return {(item["pk"]["S"], item["sk"]["S"]): item for item in found}

    def _listed(
        self, items: Sequence[Item], read: Mapping[tuple[str, str], Item], asked: InvoiceQuery
    ) -> list[Listed]:
        """Put invoices in their places on the ruler, which their accounts' headers know."""
        invoices = [(item["pk"]["S"], read_invoice_item(item)) for item in items]
        of_account: dict[str, list[Invoice]] = {}
        for pk, invoice in invoices:
            of_account.setdefault(pk, []).append(invoice)
        accounts = {
            pk: read_account_item(read[pk, keys.HEADER], mine) for pk, mine in of_account.items()
        }
        bare = {pk: replace(account, invoices={}) for pk, account in accounts.items()}
        return [
            Listed(bare[pk], accounts[pk].invoices[i.external_id] if i.is_open else i)
            for pk, i in invoices
            if asked.takes(i)
        ]


def _parts(asked: InvoiceQuery, start: Position | None) -> Iterator[Position]:
    """Yield where each part is to be read from, from a position on."""
    return _from(start, asked.parts, asked.bounds[0])


def _from(start: Position | None, names: Sequence[str], first: str) -> Iterator[Position]:
    if start is not None:
        yield start
        names = names[names.index(start.part) + 1 :]
    for name in names:
        yield Position(name, first)


def _agreement_place(item: Item, customer_id: CustomerId | None) -> str:
    return _id_of(item) if customer_id is not None else str(item["list_sort"]["S"])


def _id_of(item: Item) -> str:
    return str(item["sk"]["S"].partition("#")[2])
