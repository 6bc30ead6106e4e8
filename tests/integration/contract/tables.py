"""The tables as they are deployed; tests/infrastructure/test_storage.py holds the other end."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Index = tuple[str, str, tuple[str, ...] | None]
"""Partition, sort key, and what is projected: None for all, nothing for keys only."""

TABLES: Mapping[str, Mapping[str, Index]] = {
    "portfolio": {
        "due": ("due_shard", "due_at", ()),
        "open": ("open_key", "pk", ()),
        "listed": ("list_key", "list_sort", ()),
    },
    "messages": {
        "by_day": (
            "day_key",
            "dispatch_id",
            ("state", "reason", "channel", "step_id", "resent_in_doubt", "cost"),
        ),
        "by_account": ("account_key", "decided_at", None),
    },
    "exchange": {"waiting": ("wait_key", "wait_until", ())},
}


def create_tables(client: "DynamoDBClient") -> None:
    """Create the tables with their keys and indexes."""
    for name, indexes in TABLES.items():
        keys = {"pk", "sk", *(key for index in indexes.values() for key in index[:2])}
        client.create_table(
            TableName=name,
            KeySchema=_schema("pk", "sk"),
            AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in sorted(keys)],
            GlobalSecondaryIndexes=[_index(n, index) for n, index in indexes.items()],
            BillingMode="PAY_PER_REQUEST",
        )


def _schema(partition: str, sort: str) -> Any:  # noqa: ANN401 - boto3's own shape
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def _index(name: str, index: Index) -> Any:  # noqa: ANN401 - boto3's own shape
    partition, sort, projected = index
    projection: dict[str, Any] = {"ProjectionType": "KEYS_ONLY"}
    if projected is None:
        projection = {"ProjectionType": "ALL"}
    elif projected:
        projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(projected)}
    return {"IndexName": name, "KeySchema": _schema(partition, sort), "Projection": projection}
