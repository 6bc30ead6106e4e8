"""The body of an HTTP API request (payload format 2.0), no longer than a page takes."""

from base64 import b64decode


class TooLarge(Exception):
    """More was sent than can be taken."""


class Unreadable(Exception):
    """The body is none of the forms that are understood."""


def read_body(text: str, *, is_base64: bool, most: int) -> bytes:
    """Return a body's bytes, ``most`` at the most; what must be longer is not decoded first.

    Raises:
        TooLarge: it is longer.
        Unreadable: it is not what it says it is.
    """
    if len(text) > most * 4 // 3 + 4:
        raise TooLarge
    try:
        data = b64decode(text, validate=True) if is_base64 else text.encode()
    except ValueError as exc:
        raise Unreadable from exc
    if len(data) > most:
        raise TooLarge
    return data
