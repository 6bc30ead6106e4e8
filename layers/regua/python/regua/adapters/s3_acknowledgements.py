"""Acknowledgements in S3, for a system that reads what became of what it told us."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from regua.domain.ids import CreditorId

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Acknowledgements:
    """One object each: ``inbound/{creditor}/acknowledgements/{hash of the name}.json``."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, creditor_id: CreditorId, name: str, acknowledgement: Mapping[str, Any]) -> None:
        """Put an acknowledgement; the same name again replaces it."""
        self._client.put_object(
            Bucket=self._bucket,
            Key=acknowledgement_key(creditor_id, name),
            Body=json.dumps(acknowledgement, ensure_ascii=False).encode(),
            ContentType="application/json",
        )

    def find(self, creditor_id: CreditorId, name: str) -> Mapping[str, Any] | None:
        """Return the acknowledgement under a name."""
        key = acknowledgement_key(creditor_id, name)
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except self._client.exceptions.NoSuchKey:
            return None
        found: dict[str, Any] = json.loads(answer["Body"].read())
        return found


def acknowledgement_key(creditor_id: CreditorId, name: str) -> str:
    """Return where an acknowledgement is; a name from outside names no path.

    >>> acknowledgement_key(CreditorId("aurora"), "../x")[:32]
    'inbound/aurora/acknowledgements/'
    """
    hashed = sha256(name.encode()).hexdigest()[:32]
    return f"inbound/{quote(creditor_id, safe='')}/acknowledgements/{hashed}.json"
