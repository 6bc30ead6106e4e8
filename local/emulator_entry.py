"""Run the emulator, corrected where it differs from AWS to our cost.

- Each Lambda worker unpacks its layers for itself: thirty megabytes and a thousand files a worker,
  in the emulator's one process. On AWS a layer is unpacked once; so it is here.
- With IAM enforced, queue, bucket and topic policies refuse requests that do not come over TLS, and
  on the loopback interface there is none. So every request says what a TLS proxy would say.
- SQS has no permission for a batch: the one for the single operation allows it.
- A poller that finds every slot of a function taken rests 50 ms after each wake, so a finished
  batch waits that long for the next one; here it rests 2 ms.

Run by the emulator's own Python, where nothing of this project can be imported.
"""

import hashlib
import tempfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack import app as server  # type: ignore[import-not-found] # another environment
from ministack.core import iam_actions, lambda_runtime  # type: ignore[import-not-found]
from ministack.services import lambda_svc  # type: ignore[import-not-found]

TLS = (b"x-forwarded-proto", b"https")

SINGLE_OPERATION = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
"""Source: Amazon SQS Developer Guide, "Amazon SQS API permissions: Actions and resource"."""

POLLER_REST_SECONDS = 0.002

unpacking = threading.Lock()


class SharedZipFile(zipfile.ZipFile):
    """A layer's archive, unpacked once and linked to from then on."""

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:  # noqa: ANN401 - as in the base
        """Unpack as usual, except a whole layer: link to where it is unpacked already."""
        target = Path(path or ".")
        if not target.name.startswith("layer_") or self.filename is None:
            super().extractall(path, members, pwd)
            return
        with Path(self.filename).open("rb") as archive:
            digest = hashlib.file_digest(archive, "sha256").hexdigest()
        shared = Path(tempfile.gettempdir()) / "layers" / digest
        with unpacking:
            if not shared.exists():
                partial = shared.with_suffix(".partial")
                super().extractall(partial)
                partial.rename(shared)
        target.rmdir()
        target.symlink_to(shared)


class SharedZips:
    """What the emulator uses of the module `zipfile`."""

    ZipFile = SharedZipFile
    BadZipFile = zipfile.BadZipFile
    LargeFileError = zipfile.LargeZipFile


def with_tls(application: Callable[..., Any]) -> Callable[..., Any]:
    """Return an ASGI application whose requests look as if they came through a TLS proxy."""

    async def handle(scope: dict[str, Any], *channels: object) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [*scope["headers"], TLS]}
        await application(scope, *channels)

    return handle


def with_aws_names(extract: Callable[..., str | None]) -> Callable[..., str | None]:
    """Return a finder of a request's IAM action that gives it the name that AWS checks."""

    def find(*arguments: object, **named: object) -> str | None:
        action = extract(*arguments, **named)
        return SINGLE_OPERATION.get(action, action) if action else None

    return find


if __name__ == "__main__":
    lambda_runtime.zipfile = SharedZips
    lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = POLLER_REST_SECONDS  # noqa: SLF001 - nothing else sets it
    if server.AUTH:
        server.app = with_tls(server.app)
        iam_actions.extract_iam_action = with_aws_names(iam_actions.extract_iam_action)
    server.main()
