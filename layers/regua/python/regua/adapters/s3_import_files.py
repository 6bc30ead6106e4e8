"""The bucket of files: put by presigned address, read in ranges, written in parts."""

import base64
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from regua.application.import_ports import FileChanged, StoredFile, UploadTicket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

UPLOAD_SECONDS = 3600
DOWNLOAD_SECONDS = 900
_PART_BYTES = 8 * 1024 * 1024
"""Above the 5 MiB that S3 asks of every part but the last."""
_READERS = 8
"""Files that are fetched at a time; the client keeps ten connections."""
_GONE = frozenset({"404", "NoSuchKey", "NotFound", "412", "PreconditionFailed"})
_BEYOND = frozenset({"416", "InvalidRange"})


class S3ImportFiles:
    """Files on S3."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def upload_ticket(
        self, key: str, size: int, now: datetime, sha256: str | None = None
    ) -> UploadTicket:
        """Let a file of exactly this size (and SHA-256, in hex) be put under this key."""
        asked: dict[str, Any] = {"Bucket": self._bucket, "Key": key, "ContentLength": size}
        headers = {"Content-Length": str(size)}
        if sha256 is not None:
            sum_ = base64.b64encode(bytes.fromhex(sha256)).decode()
            asked["ChecksumSHA256"] = headers["x-amz-checksum-sha256"] = sum_
        url = self._client.generate_presigned_url(
            "put_object", Params=asked, ExpiresIn=UPLOAD_SECONDS, HttpMethod="PUT"
        )
        return UploadTicket(url, headers, now + timedelta(seconds=UPLOAD_SECONDS))

    def download_url(self, key: str, filename: str) -> str:
        """Return an address from which a file can be fetched for fifteen minutes."""
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ResponseContentDisposition": f'attachment; filename="{filename}"',
            },
            ExpiresIn=DOWNLOAD_SECONDS,
        )

    def stat(self, key: str) -> StoredFile | None:
        """Say whether a file is there, and which."""
        try:
            answer = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as exc:
            if exc.response["Error"]["Code"] in _GONE:
                return None
            raise
        return StoredFile(answer["ContentLength"], answer["ETag"])

    def read(self, key: str, start: int, end: int, etag: str | None = None) -> bytes:
        """Return bytes from ``start`` up to, not including, ``end``."""
        if end <= start:
            return b""
        asked: dict[str, Any] = {"Bucket": self._bucket, "Key": key}
        if etag is not None:
            asked["IfMatch"] = etag
        try:
            answer = self._client.get_object(Range=f"bytes={start}-{end - 1}", **asked)
        except ClientError as exc:
            code = exc.response["Error"]["Code"]
            if code in _BEYOND:
                return b""
            if code in _GONE:
                raise FileChanged(key) from exc
            raise
        return answer["Body"].read()

    def write(self, key: str, pieces: Iterable[bytes]) -> StoredFile:
        """Write a file from pieces, never holding more than a few megabytes of it."""
        parts = _parts(pieces)
        first = next(parts, b"")
        second = next(parts, None)
        if second is None:
            answer = self._client.put_object(Bucket=self._bucket, Key=key, Body=first)
            return StoredFile(len(first), answer["ETag"])
        return self._in_parts(key, first, second, parts)

    def _in_parts(
        self, key: str, first: bytes, second: bytes, others: Iterator[bytes]
    ) -> StoredFile:
        here: Any = {"Bucket": self._bucket, "Key": key}
        upload = self._client.create_multipart_upload(**here)["UploadId"]
        try:
            done: list[Any] = []
            size = 0
            for body in _chain(first, second, others):
                number = len(done) + 1
                answer = self._client.upload_part(
                    **here, UploadId=upload, PartNumber=number, Body=body
                )
                done.append({"ETag": answer["ETag"], "PartNumber": number})
                size += len(body)
            whole = self._client.complete_multipart_upload(
                **here, UploadId=upload, MultipartUpload={"Parts": done}
            )
        except BaseException:
            self._client.abort_multipart_upload(**here, UploadId=upload)
            raise
        return StoredFile(size, whole["ETag"])

    def parts(self, keys: Iterable[str]) -> Iterator[bytes]:
        """Yield the content of files, one after the other; one that is not there is left out.

        A few are fetched at a time: thousands of small files one by one would take an hour.
        """
        left = iter(keys)
        with ThreadPoolExecutor(_READERS) as pool:
            while some := list(islice(left, _READERS)):
                yield from (body for body in pool.map(self._whole, some) if body is not None)

    def _whole(self, key: str) -> bytes | None:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as exc:
            if exc.response["Error"]["Code"] in _GONE:
                return None
            raise
        return answer["Body"].read()


def _parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _PART_BYTES:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def _chain(first: bytes, second: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield second
    yield from others
