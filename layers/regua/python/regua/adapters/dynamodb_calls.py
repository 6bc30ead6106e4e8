"""What the HTTP API remembers about calls, on the ``exchange`` table.

An answer may hold personal data: the table is encrypted with the deployment's own key, and an
answer is gone after a day. The key's text is only kept as its hash.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_values import key_of, seconds_of
from regua.application.calls_ports import (
    ANSWER_HOURS,
    RUN_SECONDS,
    CallKey,
    CallState,
    KeptAnswer,
    Known,
)
from regua.application.wire import instant_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

COUNT_SECONDS = 300
"""For how long a minute's count is kept."""
_ANSWER = "ANSWER"
_IS_MINE = "run = :run AND attribute_exists(run_until)"
"""Whether an attempt is still the one at work on a call."""


class DynamoAnswers:
    """One item per key: who is at work on it, then what was answered."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def start(self, key: CallKey, fingerprint: str, run: str, now: datetime) -> Known:
        """Claim a key for a call, in one request; one that is taken is told by the same request."""
        refused = self._client.exceptions.ConditionalCheckFailedException
        try:
            self._client.put_item(
                TableName=self._table,
                Item={
                    **_key(key),
                    "fingerprint": {"S": fingerprint},
                    "run": {"S": run},
                    "run_until": {"S": instant_text(now + timedelta(seconds=RUN_SECONDS))},
                    "ttl": seconds_of(now + timedelta(hours=ANSWER_HOURS)),
                },
                ConditionExpression=(
                    "attribute_not_exists(pk) OR #ttl <= :seconds "
                    "OR (fingerprint = :fingerprint AND run_until <= :now)"
                ),
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues={
                    ":seconds": seconds_of(now),
                    ":fingerprint": {"S": fingerprint},
                    ":now": {"S": instant_text(now)},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except refused as exc:
            told: Any = exc.response
            return _known(told.get("Item") or self._get(key), fingerprint)
        return Known(CallState.STARTED)

    def finish(self, key: CallKey, run: str, answer: KeptAnswer | None, now: datetime) -> None:
        """Keep an answer."""
        kept = None if answer is None else [answer.status, answer.headers, answer.body]
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            # Otherwise another attempt has it now, and answers for itself.
            self._client.update_item(
                TableName=self._table,
                Key=_key(key),
                UpdateExpression="SET answer = :answer, #ttl = :ttl REMOVE run_until",
                ConditionExpression=_IS_MINE,
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues={
                    ":run": {"S": run},
                    ":answer": {"S": json.dumps(kept, ensure_ascii=False)},
                    ":ttl": seconds_of(now + timedelta(hours=ANSWER_HOURS)),
                },
            )

    def forget(self, key: CallKey, run: str) -> None:
        """Give a key back."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            # Otherwise another attempt has it now.
            self._client.delete_item(
                TableName=self._table,
                Key=_key(key),
                ConditionExpression=_IS_MINE,
                ExpressionAttributeValues={":run": {"S": run}},
            )

    def _get(self, key: CallKey) -> Mapping[str, Any]:
        answer = self._client.get_item(TableName=self._table, Key=_key(key), ConsistentRead=True)
        return answer.get("Item", {})


class DynamoCallCounter:
    """One item per client and minute; it goes a few minutes later."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def count(self, client_id: str, now: datetime) -> int:
        """Add one call to this minute's, in one request."""
        minute = instant_text(now.replace(second=0, microsecond=0))
        answer = self._client.update_item(
            TableName=self._table,
            Key=key_of(keys.calls(client_id), minute),
            UpdateExpression="ADD calls :one SET #ttl = :ttl",
            ExpressionAttributeNames={"#ttl": "ttl"},
            ExpressionAttributeValues={
                ":one": {"N": "1"},
                ":ttl": seconds_of(now + timedelta(seconds=COUNT_SECONDS)),
            },
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["calls"]["N"])


def _key(key: CallKey) -> dict[str, Any]:
    hashed = sha256(key.key.encode()).hexdigest()
    return key_of(keys.answer(key.creditor_id, hashed), _ANSWER)


def _known(item: Mapping[str, Any], fingerprint: str) -> Known:
    """Read what is known; a call that ended a moment ago without a trace counts as running."""
    if "fingerprint" in item and item["fingerprint"]["S"] != fingerprint:
        return Known(CallState.OTHER)
    if "answer" not in item:
        return Known(CallState.RUNNING)
    kept = json.loads(item["answer"]["S"])
    if kept is None:
        return Known(CallState.DONE)
    status, headers, body = kept
    return Known(CallState.DONE, KeptAnswer(status, tuple((n, v) for n, v in headers), body))
