"""Batches on DynamoDB, which may leave a part undone: what is left is given again, a little later.

Source: Amazon DynamoDB developer guide, "Error handling with DynamoDB", batch operations and error
handling (exponential backoff is asked for; the SDK repeats no part of a batch); read 2026-11.
"""

import random
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from regua.domain.errors import TemporaryError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]
MOST_WRITES = 25
"""As many as one BatchWriteItem takes."""
MOST_KEYS = 100
"""As many as one BatchGetItem takes."""
_TRIES = 8
_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 1.0


def write_all(client: "DynamoDBClient", table: str, requests: Sequence[Any]) -> None:
    """Put and delete items, batch by batch; return when the table has taken every one.

    Raises:
        TemporaryError: it has not taken all, after a few seconds; what it took stays.
    """
    for start in range(0, len(requests), MOST_WRITES):
        left = requests[start : start + MOST_WRITES]
        for attempt in range(_TRIES):
            _pause_before(attempt)
            answer = client.batch_write_item(RequestItems={table: left})
            left = answer.get("UnprocessedItems", {}).get(table, [])
            if not left:
                break
        else:
            raise TemporaryError("the table did not take everything")


def get_all(
    client: "DynamoDBClient",
    table: str,
    keys: Sequence[Mapping[str, Any]],
    **options: Any,  # noqa: ANN401 - boto3's own keywords
) -> Sequence[Item]:
    """Read the items that exist, in no order; ``keys`` names each once.

    ``options`` say how to read, as ``KeysAndAttributes`` has it (``ConsistentRead`` …).

    Raises:
        TemporaryError: not all could be read, after a few seconds.
    """
    found: list[Item] = []
    for start in range(0, len(keys), MOST_KEYS):
        asked: Any = {table: {"Keys": keys[start : start + MOST_KEYS], **options}}
        for attempt in range(_TRIES):
            _pause_before(attempt)
            answer = client.batch_get_item(RequestItems=asked)
            found += answer["Responses"].get(table, ())
            asked = answer.get("UnprocessedKeys")
            if not asked:
                break
        else:
            raise TemporaryError("the table did not read everything")
    return found


def _pause_before(attempt: int) -> None:
    """Wait before a try but the first, up to twice as long each time."""
    if attempt:
        longest = min(_FIRST_PAUSE_SECONDS * 2**attempt, _LONGEST_PAUSE_SECONDS)
        time.sleep(random.uniform(0, longest))  # noqa: S311 - it spreads retries
