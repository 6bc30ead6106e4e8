"""Endpoints on the ``exchange`` table: one partition per creditor.

Their secrets are in the items: the table is encrypted with the deployment's own key.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_values import if_version, key_of
from regua.adapters.webhook_records import endpoint_document, read_endpoint
from regua.application.webhook_ports import EndpointKey
from regua.domain.errors import VersionConflict
from regua.domain.ids import CreditorId
from regua.domain.webhook_endpoint import Endpoint

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]


class DynamoEndpoints:
    """The addresses that creditors registered."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def put(self, endpoint: Endpoint) -> None:
        """Write an endpoint, or the next version of one."""
        item = {
            **_key(EndpointKey(endpoint.creditor_id, endpoint.id)),
            "version": {"N": str(endpoint.version)},
            "document": {"S": endpoint_document(endpoint)},
        }
        try:
            self._client.put_item(
                TableName=self._table, Item=item, **if_version(endpoint.version - 1)
            )
        except self._client.exceptions.ConditionalCheckFailedException as exc:
            raise VersionConflict(endpoint.id) from exc

    def find(self, key: EndpointKey) -> Endpoint | None:
        """Return an endpoint."""
        answer = self._client.get_item(TableName=self._table, Key=_key(key), ConsistentRead=True)
        return _read(key.creditor_id, answer["Item"]) if "Item" in answer else None

    def of(self, creditor_id: CreditorId) -> Sequence[Endpoint]:
        """Return a creditor's endpoints, oldest first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": keys.endpoints(creditor_id)}},
        )
        found = [_read(creditor_id, item) for page in pages for item in page["Items"]]
        return sorted(found, key=lambda each: (each.created_at, each.id))

    def delete(self, key: EndpointKey) -> bool:
        """Remove an endpoint; say whether there was one."""
        answer = self._client.delete_item(
            TableName=self._table, Key=_key(key), ReturnValues="ALL_OLD"
        )
        return "Attributes" in answer


def _key(key: EndpointKey) -> dict[str, Any]:
    return key_of(keys.endpoints(key.creditor_id), key.endpoint_id)


def _read(creditor_id: CreditorId, item: Item) -> Endpoint:
    version, document = int(item["version"]["N"]), item["document"]["S"]
    return read_endpoint(creditor_id, item["sk"]["S"], version, document)
