"""Creditors and their API clients on the ``portfolio`` table, read through a short cache."""

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from regua.adapters import dynamodb_keys as keys
from regua.application.creditor_document import read_creditor
from regua.application.ports import Creditor
from regua.domain.errors import NotFound
from regua.domain.ids import CreditorId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_T = TypeVar("_T")
CACHE_SECONDS = 30.0
"""How long a change of a creditor's document may take to be seen everywhere."""


class DynamoCreditors:
    """The directory and the registry of tenants."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._cache: dict[tuple[str, str], tuple[float, Any]] = {}

    def get(self, creditor_id: CreditorId) -> Creditor:
        """Return a creditor."""
        return self._cached(
            keys.creditor(creditor_id),
            keys.CREDITOR,
            lambda item: read_creditor(json.loads(item["document"]["S"])),
        )

    def of_client(self, client_id: str) -> CreditorId:
        """Return whose API client this is."""
        return self._cached(
            keys.client(client_id), keys.CLIENT, lambda item: CreditorId(item["creditor_id"]["S"])
        )

    def _cached(self, pk: str, sk: str, read: Callable[[Mapping[str, Any]], _T]) -> _T:
        known = self._cache.get((pk, sk))
        if known is not None and time.monotonic() - known[0] < CACHE_SECONDS:
            return known[1]  # type: ignore[no-any-return]  # stored by this same method
        answer = self._client.get_item(
            TableName=self._table, Key={"pk": {"S": pk}, "sk": {"S": sk}}
        )
        if "Item" not in answer:
            raise NotFound(pk)
        value = read(answer["Item"])
        self._cache[pk, sk] = (time.monotonic(), value)
        return value

    def put(self, document: Mapping[str, Any]) -> None:
        """Write a creditor's document, checked by the caller."""
        self._put(
            keys.creditor(document["creditor_id"]),
            keys.CREDITOR,
            "document",
            json.dumps(document, ensure_ascii=False),
        )

    def put_client(self, client_id: str, creditor_id: CreditorId) -> None:
        """Let an API client act for a creditor."""
        self._put(keys.client(client_id), keys.CLIENT, "creditor_id", creditor_id)

    def _put(self, pk: str, sk: str, name: str, value: str) -> None:
        self._cache.clear()
        self._client.put_item(
            TableName=self._table, Item={"pk": {"S": pk}, "sk": {"S": sk}, name: {"S": value}}
        )
