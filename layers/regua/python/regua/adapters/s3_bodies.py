"""What was posted to us, as it came, in the bucket of files."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from regua.domain.errors import NotFound, TemporaryError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class BodyNotKept(TemporaryError):
    """The body could not be kept; whoever posted it should post it again."""


class S3Bodies:
    """A bucket of bodies, one object each."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, ref: str, body: bytes) -> None:
        """Keep a body under its name."""
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=ref,
                Body=body,
                ContentType="application/octet-stream",
            )
        except (ClientError, BotoCoreError) as exc:
            raise BodyNotKept(ref) from exc

    def read(self, ref: str) -> bytes:
        """Return a body."""
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=ref)
        except self._client.exceptions.NoSuchKey as exc:
            raise NotFound(ref) from exc
        return found["Body"].read()
