"""Signed tokens of the tracking links: who was written to, about which link, and nothing else.

A token carries no address and no destination. Where it leads is decided on the server, so a forged
or altered one leads nowhere. A token ends when its key leaves the secret; whether it ends by time
as well, as that of the customer's page does, is for its reader to say (`page_session`).

Layout: key id (2 characters) + base64url without padding of ``payload + mac`` (52 characters).
``payload`` is kind (1 byte) + dispatch id (16) + link index (uint16) + issue time (uint32, epoch
seconds), big endian; ``mac`` is the first 16 bytes of HMAC-SHA256 over it. 39 bytes fill 52
characters exactly, so every token has one spelling. Programs that look for addresses in plain text
may leave out a ``-`` or ``_`` at the end of one; a token is read without it as well.

Named tuples, here and wherever ``track_open`` imports from: data classes would cost its cold start
a sixth of its budget.
"""

import hashlib
import hmac
import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

_CONTEXT = b"regua.track.v1"
_PAYLOAD = struct.Struct(">c16sHI")
_MAC_BYTES = 16
_KEY_ID = re.compile(r"[0-9A-Za-z]{2}")
_TOKEN = re.compile(r"[0-9A-Za-z]{2}[0-9A-Za-z_-]{51,52}")
_CHARACTERS = 54
_LEFT_OUT = "-_"
_DISPATCH_ID = re.compile(r"[0-9a-f]{32}")


class HitKind(StrEnum):
    """What a link is for, and what a recipient's program did by it."""

    OPEN = "open"
    CLICK = "click"
    UNSUBSCRIBE = "unsubscribe"
    CONFIRM = "confirm"
    """The page where reading is confirmed."""
    PAGE = "page"
    """The page where the customer pays, promises, disputes or settles."""
    PREVIEW = "preview"
    """A page shown to its creditor: in the place of the dispatch it names a draft."""


HONEYPOT = 0xFFFF
"""The place of the link that no person sees: whoever follows it is a program."""

_CODE_OF = {
    HitKind.OPEN: b"o",
    HitKind.CLICK: b"c",
    HitKind.UNSUBSCRIBE: b"u",
    HitKind.CONFIRM: b"r",
    HitKind.PAGE: b"p",
    HitKind.PREVIEW: b"v",
}
_KIND_OF = {code: kind for kind, code in _CODE_OF.items()}


class TrackingToken(NamedTuple):
    """What a genuine token says."""

    kind: HitKind
    dispatch_id: str
    link: int | None
    """Place of the link in the message, from 0; None unless the token is a click's."""
    issued_at: datetime
    key_id: str


class TrackingKeys:
    """The signing keys: one signs, every one verifies; a rotation breaks no message sent before.

    Printing it shows no key.
    """

    __slots__ = ("current", "keys")

    def __init__(self, current: str, keys: Mapping[str, bytes]) -> None:
        self.current = current
        self.keys = keys
        if current not in keys:
            raise ValueError("the current tracking key is not among the keys")
        if not all(_KEY_ID.fullmatch(key_id) for key_id in keys):
            raise ValueError("a tracking key id is two letters or digits")
        if not all(keys.values()):
            raise ValueError("a tracking key is empty")

    @classmethod
    def from_secret(cls, secret: object) -> "TrackingKeys":
        """Read the parsed JSON of the secret: ``{"current": "k1", "k1": "<random string>"}``.

        Raises:
            ValueError: When the secret has another shape; its values are never part of the message.
        """
        if not isinstance(secret, Mapping):
            raise ValueError("the tracking secret is not a JSON object")  # noqa: TRY004
        if not all(isinstance(value, str) for value in secret.values()):
            raise ValueError("every value of the tracking secret is a string")
        keys = {str(k): v.encode() for k, v in secret.items() if k != "current"}
        return cls(current=secret.get("current", ""), keys=keys)

    def knows_key_of(self, token: str) -> bool:
        """Return whether the token names one of these keys, genuine or not."""
        return token[:2] in self.keys


def is_well_formed(token: str) -> bool:
    """Return whether the text has the shape of a token, whole or cut: worth a look at the keys."""
    return _TOKEN.fullmatch(token) is not None


def issue(
    kind: HitKind | str, dispatch_id: str, link: int | None, issued_at: datetime, keys: TrackingKeys
) -> str:
    """Sign a token with the current key.

    Args:
        kind: A `HitKind` or its value.
        dispatch_id: 32 lowercase hex characters.
        link: Place of the link in the message, 0 to 65535; ignored unless the kind is a click.
        issued_at: An aware instant; seconds are kept.
        keys: The keys of the tracking secret.

    Raises:
        ValueError: When a part does not fit into a token.

    >>> keys = TrackingKeys("k1", {"k1": b"a random string"})
    >>> issue("click", "00" * 16, 3, datetime(2026, 1, 2, tzinfo=UTC), keys)
    'k1YwAAAAAAAAAAAAAAAAAAAAAAA2lXCoBhC9QeX93SIg1ESe0V_G1I'
    """
    hit_kind = HitKind(kind)
    if not _DISPATCH_ID.fullmatch(dispatch_id):
        raise ValueError("a dispatch id is 32 lowercase hex characters")
    if hit_kind is HitKind.CLICK and link is None:
        raise ValueError("a click token names its link")
    index = link if hit_kind is HitKind.CLICK and link is not None else 0
    try:
        payload = _PAYLOAD.pack(
            _CODE_OF[hit_kind], bytes.fromhex(dispatch_id), index, int(issued_at.timestamp())
        )
    except struct.error as exc:
        raise ValueError("the link index or the issue time does not fit into a token") from exc
    mac = _mac(keys.keys[keys.current], payload)
    return keys.current + urlsafe_b64encode(payload + mac).decode()


def verify(token: str, keys: TrackingKeys) -> TrackingToken | None:
    """Return what the token says, or None when it is not ours. Never raises, whatever the text."""
    key = keys.keys.get(token[:2])
    if key is None or not is_well_formed(token):
        return None
    if len(token) < _CHARACTERS:
        found = (verify(token + last, keys) for last in _LEFT_OUT)
        return next((whole for whole in found if whole is not None), None)
    raw = urlsafe_b64decode(token[2:])
    payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(key, payload)):
        return None
    code, dispatch, link, issued = _PAYLOAD.unpack(payload)
    kind = _KIND_OF.get(code)
    if kind is None:
        return None
    return TrackingToken(
        kind=kind,
        dispatch_id=dispatch.hex(),
        link=link if kind is HitKind.CLICK else None,
        issued_at=datetime.fromtimestamp(issued, UTC),
        key_id=token[:2],
    )


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, _CONTEXT + payload, hashlib.sha256)[:_MAC_BYTES]
