"""Values as DynamoDB takes them: keys, instants in whole seconds, conditions on a version."""

from datetime import datetime
from typing import Any


def key_of(pk: str, sk: str) -> dict[str, Any]:
    """Return an item's primary key."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def seconds_of(at: datetime) -> dict[str, str]:
    """Return an instant as ``ttl`` has it: whole seconds since 1970.

    >>> from datetime import UTC
    >>> seconds_of(datetime(2026, 11, 22, tzinfo=UTC))
    {'N': '1795305600'}
    """
    return {"N": str(int(at.timestamp()))}


def if_version(version: int) -> dict[str, Any]:
    """Return the condition to write ``version + 1`` of an item: nobody has since it was read.

    Args:
        version: the one that was read; 0 is an item that is not stored yet.
    """
    if not version:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "version = :seen",
        "ExpressionAttributeValues": {":seen": {"N": str(version)}},
    }
