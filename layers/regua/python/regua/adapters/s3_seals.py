"""Seals in S3: two objects each, written once, kept from change by the bucket's Object Lock."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from regua.application.seal_document import read_leaves, read_seal, seal_document
from regua.domain.errors import NotFound, TemporaryError
from regua.domain.merkle import Head
from regua.domain.seals import Seal

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "seals/"
_TAKEN = "PreconditionFailed"
_RACE = "ConditionalRequestConflict"


def seal_key(number: int) -> str:
    """Return the name of a seal's object."""
    return f"{PREFIX}{number:012d}.json"


def leaves_key(number: int) -> str:
    """Return the name of the object with a seal's heads."""
    return f"{PREFIX}{number:012d}.leaves"


class S3Seals:
    """The seals in the bucket of the evidence."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep_leaves(self, number: int, leaves: bytes) -> bytes:
        """Keep a seal's heads, or return those that an earlier run kept."""
        key = leaves_key(number)
        if self._put_once(key, leaves, "text/plain"):
            return leaves
        kept = self._get(key)
        if kept is None:
            raise TemporaryError("the heads are there and cannot be read")
        return kept

    def put(self, seal: Seal) -> bool:
        """Write a seal; False when its number is taken."""
        key = seal_key(seal.statement.seal)
        return self._put_once(key, seal_document(seal), "application/json")

    def find(self, number: int) -> Seal | None:
        """Return a seal; None when it was not written."""
        document = self._get(seal_key(number))
        return None if document is None else read_seal(document)

    def leaves(self, number: int) -> Sequence[Head]:
        """Return a seal's heads, in the order of the tree's leaves."""
        kept = self._get(leaves_key(number))
        if kept is None:
            raise NotFound(f"heads of seal {number}")
        return read_leaves(kept)

    def _put_once(self, key: str, body: bytes, media_type: str) -> bool:
        try:
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=body, ContentType=media_type, IfNoneMatch="*"
            )
        except ClientError as exc:
            code = exc.response["Error"]["Code"]
            if code == _RACE:
                raise TemporaryError("another run writes the same object") from exc
            if code != _TAKEN:
                raise
            return False
        return True

    def _get(self, key: str) -> bytes | None:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except self._client.exceptions.NoSuchKey:
            return None
