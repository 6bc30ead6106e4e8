"""Forms with files (RFC 7578), read from bytes whose length was checked before.

Written out because the standard library's e-mail parser would decode a file line by line.
"""

from collections.abc import Iterator
from email.message import Message
from typing import NamedTuple

MULTIPART = "multipart/form-data"
_MAX_HEADER = 2_000
_MAX_BOUNDARY = 70
"""RFC 2046 §5.1.1."""


class Part(NamedTuple):
    """One field. ``file_name`` is None for a field that is no file, empty for none chosen."""

    name: str
    content: bytes
    file_name: str | None = None


class NotMultipart(ValueError):
    """It is no form with files, or more of one than is taken."""


def read_parts(content_type: str, body: bytes, *, most: int) -> Iterator[Part]:
    """Yield the fields in the order in which they were sent.

    Args:
        content_type: the request's header, which names the boundary.
        body: as it was sent.
        most: so many fields are read, and no form with more.

    Raises:
        NotMultipart: it cannot be read.
    """
    boundary = _parameter(content_type, "boundary") or ""
    if not 0 < len(boundary) <= _MAX_BOUNDARY:
        raise NotMultipart
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("ascii", "replace"), most + 2)
    if len(pieces) - 2 not in range(1, most + 1) or not pieces[-1].startswith(b"--"):
        raise NotMultipart
    for piece in pieces[1:-1]:
        head, blank, content = piece.partition(b"\r\n\r\n")
        if not blank or len(head) > _MAX_HEADER:
            raise NotMultipart
        yield _part(head, content)


def _part(head: bytes, content: bytes) -> Part:
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            field = _parameter(value, "name")
            if field is not None:
                return Part(field, content, _parameter(value, "filename"))
    raise NotMultipart


def _parameter(value: str, name: str) -> str | None:
    header = Message()
    header["content-type"] = f"x/x;{value.partition(';')[2]}".replace("\r", "").replace("\n", "")
    found = header.get_param(name)
    return found if isinstance(found, str) else None
