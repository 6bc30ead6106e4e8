"""Creditors, their rulers and API clients on the ``portfolio`` table, through a short cache."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_pix import has_psp, register_psp
from regua.adapters.dynamodb_tenants import read_person
from regua.adapters.dynamodb_versions import VersionsOf, read_head
from regua.application.creditor_document import read_creditor
from regua.application.creditor_rulers import with_rulers
from regua.application.ports import Creditor
from regua.domain.access import Person
from regua.domain.errors import NotFound
from regua.domain.ids import CreditorId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_T = TypeVar("_T")
CACHE_SECONDS = 30.0
"""How long a change of a creditor's document or rulers may take to be seen everywhere."""


class DynamoCreditors:
    """The directory and the registry of tenants."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._cache: dict[str, tuple[float, Any]] = {}
        self._versions: dict[CreditorId, VersionsOf] = {}

    def get(self, creditor_id: CreditorId) -> Creditor:
        """Return a creditor."""
        return self._cached(keys.creditor(creditor_id), lambda: self._read(creditor_id))

    def _read(self, creditor_id: CreditorId) -> Creditor:
        """Read a creditor, its rulers in force, who follows which, offers and words: one Query."""
        pk = keys.creditor(creditor_id)
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": {"S": pk},
                ":first": {"S": keys.ASSIGNMENT},
                ":last": {"S": keys.END_OF_RULERS},
            },
        )
        items = {item["sk"]["S"]: item for page in pages for item in page["Items"]}
        own = items.get(keys.CREDITOR)
        if own is None:
            raise NotFound(pk)
        written = {
            sk: json.loads(items[sk]["document"]["S"])
            for sk in (keys.ASSIGNMENT, keys.OFFERS)
            if sk in items
        }
        versions = self._versions.setdefault(
            creditor_id, VersionsOf(self._client, self._table, creditor_id)
        )
        creditor = with_rulers(
            read_creditor(json.loads(own["document"]["S"])),
            {
                sk.removeprefix(keys.RULER): read_head(item)
                for sk, item in items.items()
                if sk.startswith(keys.RULER)
            },
            written.get(keys.ASSIGNMENT),
            versions,
            offers=written.get(keys.OFFERS),
        )
        look = items.get(keys.LOOK)
        return creditor if look is None else replace(creditor, texts=json.loads(look["texts"]["S"]))

    def of_client(self, client_id: str) -> CreditorId:
        """Return whose API client this is."""
        return CreditorId(self._api_client(client_id)["creditor_id"]["S"])

    def requests_per_minute(self, client_id: str) -> int | None:
        """Return how often an API client may call in a minute."""
        try:
            limit = self._api_client(client_id).get("requests_per_minute")
        except NotFound:
            return None
        return None if limit is None else int(limit["N"])

    def _api_client(self, client_id: str) -> Mapping[str, Any]:
        pk = keys.client(client_id)

        def read() -> Mapping[str, Any]:
            answer = self._client.get_item(
                TableName=self._table, Key={"pk": {"S": pk}, "sk": {"S": keys.CLIENT}}
            )
            if "Item" not in answer:
                raise NotFound(pk)
            return answer["Item"]

        return self._cached(pk, read)

    def person(self, subject: str) -> Person:
        """Return for whom a person acts, and as what."""
        pk = keys.user(subject)
        return self._cached(pk, lambda: read_person(self._client, self._table, subject))

    def _cached(self, pk: str, read: Callable[[], _T]) -> _T:
        known = self._cache.get(pk)
        if known is not None and time.monotonic() - known[0] < CACHE_SECONDS:
            return known[1]  # type: ignore[no-any-return]  # stored by this same method
        value = read()
        self._cache[pk] = (time.monotonic(), value)
        return value

    def forget(self) -> None:
        """Read everything anew from now on."""
        self._cache.clear()

    def put(self, document: Mapping[str, Any]) -> None:
        """Write a creditor's document, checked by the caller."""
        self._put(
            keys.creditor(document["creditor_id"]),
            keys.CREDITOR,
            "document",
            json.dumps(document, ensure_ascii=False),
        )
        creditor_id = CreditorId(document["creditor_id"])
        register_psp(self._client, self._table, creditor_id, is_registered=has_psp(document))

    def put_client(self, client_id: str, creditor_id: CreditorId) -> None:
        """Let an API client act for a creditor."""
        self._put(keys.client(client_id), keys.CLIENT, "creditor_id", creditor_id)

    def _put(self, pk: str, sk: str, name: str, value: str) -> None:
        self.forget()
        self._client.put_item(
            TableName=self._table, Item={"pk": {"S": pk}, "sk": {"S": sk}, name: {"S": value}}
        )
