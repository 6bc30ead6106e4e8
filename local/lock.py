"""One command at a time may change a local cloud."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.console import say
from local.place import LocalError

WAIT_SECONDS = 300.0
POLL_SECONDS = 0.1


@contextmanager
def exclusive(directory: Path) -> Iterator[None]:
    """Hold the state directory, made if need be, against other commands.

    The directory itself is locked, so there is no lock file to leave behind, and the system lets
    go of the lock however the holder ends.

    Raises:
        LocalError: Another command held it for too long.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    is_told = False
    while (handle := _try(directory)) is None:
        if not is_told:
            say("Waiting for another regua command to end ...")
            is_told = True
        if time.monotonic() > deadline:
            raise LocalError("another regua command is still at work on this cloud; stop it first")
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        os.close(handle)


def _try(directory: Path) -> int | None:
    """Lock the directory that the path names at this moment; None when somebody else has it."""
    directory.mkdir(parents=True, exist_ok=True)
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_same = os.path.samestat(os.fstat(handle), directory.stat())
    except OSError:
        is_same = False
    if is_same:
        return handle
    os.close(handle)
    return None
