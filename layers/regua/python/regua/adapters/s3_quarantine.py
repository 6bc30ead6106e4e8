"""Refused input in S3: whole, with its reasons, until somebody corrects and replays it."""

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from regua.application.wire import instant_text
from regua.domain.errors import Problem

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Quarantine:
    """A bucket of refused events, one object each, named by day and event."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, event_id: str, raw: str, problems: Sequence[Problem], at: datetime) -> None:
        """Keep an input and why it was refused; the same id again overwrites."""
        name = sha256(event_id.encode()).hexdigest()[:32]
        document = {
            "id": event_id,
            "received_at": instant_text(at),
            "reasons": [{"path": p.path, "reason": p.reason} for p in problems],
            "event": raw,
        }
        self._client.put_object(
            Bucket=self._bucket,
            Key=f"rejected/{at.date().isoformat()}/{name}.json",
            Body=json.dumps(document, ensure_ascii=False).encode(),
            ContentType="application/json",
        )
