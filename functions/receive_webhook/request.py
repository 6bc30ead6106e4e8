"""One post to a hook (payload format 2.0), reduced to what is kept of it."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, NamedTuple

from regua.application.hook_proof import is_key
from regua.runtime.public_http import clean

MAX_BODY = 1024 * 1024
_PREFIX = "/hooks/"
_ADDED = frozenset({"", "pix", "rec", "cobr"})
"""What the API Pix adds to a webhook's address, by what it tells of."""


class BodyTooLarge(Exception):
    """More than we take."""


class Post(NamedTuple):
    """Which key was used, and what was posted with it."""

    method: str
    key: str | None
    """None is no key of ours."""
    headers: Mapping[str, str]
    """In lower case. They prove who posts, and go no further."""
    body: bytes

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> "Post":
        """Read a request.

        Raises:
            BodyTooLarge: it is.
        """
        method = str(event["requestContext"]["http"].get("method", "")).upper()
        return cls(method, _key(str(event.get("rawPath", ""))), _headers(event), _body(event))


def _key(path: str) -> str | None:
    """Return the key in ``…/hooks/{key}``, with what a PSP adds to the address behind it."""
    _, found, rest = path.partition(_PREFIX)
    key, _, added = rest.removesuffix("/").partition("/")
    if added not in _ADDED:
        return None
    return key if found and is_key(key) else None


def _headers(event: Mapping[str, Any]) -> Mapping[str, str]:
    return {str(k).lower(): clean(v) for k, v in (event.get("headers") or {}).items()}


def _body(event: Mapping[str, Any]) -> bytes:
    text = str(event.get("body") or "")
    if len(text) > MAX_BODY * 4 // 3 + 4:
        raise BodyTooLarge
    body = text.encode("utf-8", "surrogatepass")
    if event.get("isBase64Encoded"):
        try:
            body = b64decode(text)
        except (binascii.Error, ValueError):
            body = text.encode("utf-8", "replace")
    if len(body) > MAX_BODY:
        raise BodyTooLarge
    return body
