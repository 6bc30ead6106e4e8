"""Transactions on DynamoDB, all or nothing: a lost race is told apart from a defect."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from regua.domain.errors import VersionConflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LOST_RACES = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
"""Codes of cancellation that say somebody else was faster."""


def transact(client: "DynamoDBClient", writes: Sequence[Any]) -> None:
    """Carry out every write, at most a hundred, or none.

    Raises:
        VersionConflict: a condition does not hold, or another transaction was at the same item.
    """
    try:
        client.transact_write_items(TransactItems=writes)
    except client.exceptions.TransactionCanceledException as exc:
        if LOST_RACES & set(cancellation_codes(exc)):
            raise VersionConflict from exc
        raise


def cancellation_codes(error: ClientError) -> Sequence[str]:
    """Return why a transaction was cancelled, write by write; ``None`` is a write without fault."""
    reasons: Any = error.response.get("CancellationReasons", [])
    return [str(reason.get("Code")) for reason in reasons]
