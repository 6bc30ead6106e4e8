"""Places in lists, as they are shown: opaque, and good for the list that they came from only."""

import base64
import binascii
import hashlib

from regua.domain.errors import InvalidInput

MAX_CURSOR = 1_000
"""As long as a cursor may be: its place has an id of the creditor's in it at the most."""
_MARK = 10


def cursor_to(scope: str, place: str) -> str:
    """Write a place in a list.

    Args:
        scope: names the list and whose it is; never shown.
        place: where in the list.

    >>> read_cursor("aurora", cursor_to("aurora", "42"), "query.cursor")
    '42'
    """
    return base64.urlsafe_b64encode(f"{_mark(scope, place)}{place}".encode()).decode().rstrip("=")


def read_cursor(scope: str, text: str, path: str) -> str:
    """Read a place in a list.

    Raises:
        InvalidInput: at ``path``; it is no cursor, or one of another list.
    """
    try:
        padded = text[:MAX_CURSOR] + "=" * (-len(text[:MAX_CURSOR]) % 4)
        raw = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raw = ""
    place = raw[_MARK:]
    if raw[:_MARK] != _mark(scope, place) or len(text) > MAX_CURSOR:
        raise InvalidInput.at(path, "is not a cursor of this list")
    return place


def _mark(scope: str, place: str) -> str:
    """Return what tells one list's cursors from another's; it guards nothing by itself."""
    return hashlib.sha256(f"regua.cursor.v1\0{scope}\0{place}".encode()).hexdigest()[:_MARK]
