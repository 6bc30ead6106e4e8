"""The vault on S3: one object per batch, written once, under the bucket's Object Lock."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from regua.adapters.sealed_blobs import Place, pack, unseal
from regua.application.ports import Blob, DataKey
from regua.domain.errors import NotFound, TemporaryError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RETRY_SECONDS = 60
"""A store of evidence that is away holds messages back; they go out when it is there again."""


class S3Vault:
    """Keeps exact bytes in a bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, blobs: Sequence[Blob]) -> Sequence[str]:
        """Keep blobs together in one object; return where each is."""
        if not blobs:
            return []
        name, content, places = pack(blobs)
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=name,
                Body=content,
                ContentType="application/octet-stream",
                IfNoneMatch="*",
                ChecksumAlgorithm="SHA256",
            )
        except (ClientError, BotoCoreError) as exc:
            msg = "the vault did not take the evidence"
            raise TemporaryError(msg, retry_after_seconds=RETRY_SECONDS) from exc
        return [str(place) for place in places]

    def read(self, ref: str, key: DataKey, bound_to: str) -> bytes:
        """Read one blob."""
        place = Place.of(ref)
        if place.key_id != key.key_id:
            raise NotFound
        last = place.offset + place.length - 1
        try:
            answer = self._client.get_object(
                Bucket=self._bucket, Key=place.name, Range=f"bytes={place.offset}-{last}"
            )
        except self._client.exceptions.NoSuchKey as exc:
            raise NotFound from exc
        return unseal(answer["Body"].read(), key, bound_to)
