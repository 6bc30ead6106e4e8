"""Receipts to SNS, and which topic listens to which channel (kept across restarts)."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import PublishBatchRequestEntryTypeDef

    from local.carrier.receipts import Receipt

SUBJECTS = {"email": "Amazon SES Email Event Notification"}


def _entry(channel: str, position: int, payload: str) -> PublishBatchRequestEntryTypeDef:
    """Return one entry of a batch; most providers write no subject over their events."""
    entry: PublishBatchRequestEntryTypeDef = {"Id": str(position), "Message": payload}
    if channel in SUBJECTS:
        entry["Subject"] = SUBJECTS[channel]
    return entry


class Topics:
    """The topic of each channel, in a file of the state directory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._arns: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def get(self, channel: str) -> str | None:
        """Return the channel's topic, if one was set."""
        return self._arns.get(channel)

    def set(self, channel: str, topic_arn: str) -> None:
        """Remember the topic; the file is replaced whole, so a crash leaves the old or the new."""
        self._arns = {**self._arns, channel: topic_arn}
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps(self._arns))
        draft.replace(self._path)


class SnsPublisher:
    """Publishes batches to the channel's topic."""

    def __init__(self, topics: Topics, endpoint_url: str | None) -> None:
        self._topics = topics
        self._endpoint_url = endpoint_url
        self._clients: dict[str, SNSClient] = {}
        self._lock = threading.Lock()

    def is_ready(self, channel: str) -> bool:
        """Tell whether the channel has a topic."""
        return self._topics.get(channel) is not None

    def publish(self, channel: str, receipts: Sequence[Receipt]) -> list[int]:
        """Publish one batch; return the positions SNS refused."""
        topic_arn = self._topics.get(channel)
        if topic_arn is None:
            return list(range(len(receipts)))
        entries = [
            _entry(channel, position, receipt.payload) for position, receipt in enumerate(receipts)
        ]
        answer = self._client(topic_arn).publish_batch(
            TopicArn=topic_arn, PublishBatchRequestEntries=entries
        )
        return [int(failure["Id"]) for failure in answer.get("Failed", [])]

    def _client(self, topic_arn: str) -> SNSClient:
        """Return the client of the topic's own region."""
        region = topic_arn.split(":")[3]
        with self._lock:
            if region not in self._clients:
                self._clients[region] = boto3.client(
                    "sns",
                    region_name=region,
                    endpoint_url=self._endpoint_url,
                    aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "test"),
                    aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
                    config=Config(
                        connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}
                    ),
                )
            return self._clients[region]
