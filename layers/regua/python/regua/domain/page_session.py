"""Signed values of the customer's page: its session, and what its forms prove.

The link leads to the page and proves nothing about who follows it. A session belongs to one message
and one browser, says whether the question was answered in it, and ends by itself. Every visitor
has one, so that no form can be sent from another site; a right answer begins another, so that
nobody can be made to use one that somebody else knows.

Layout of a session: key id (2 characters) + base64url without padding of ``payload + mac`` (52
characters). ``payload`` is whether it is identified (1 byte), the instant (uint32, epoch seconds)
and 16 random bytes; ``mac`` is the first 18 bytes of HMAC-SHA256 over dispatch id and payload. 39
bytes fill 52 characters exactly, so every session has one spelling.
"""

import hashlib
import hmac
import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from regua.domain.ids import DispatchId
from regua.domain.tokens import HitKind, TrackingKeys, verify

SESSION_LASTS = timedelta(minutes=30)
NONCE_BYTES = 16
_SESSION_CONTEXT = b"regua.page.session.v1\0"
_FORM_CONTEXT = b"regua.page.form.v1\0"
_PAYLOAD = struct.Struct(">BI16s")
_MAC_BYTES = 18
_FORM_MAC_CHARACTERS = 32
_SESSION = re.compile(r"[0-9A-Za-z]{2}[0-9A-Za-z_-]{52}", re.ASCII)
_FORM_VALUE = re.compile(r"[0-9a-f]{32}", re.ASCII)
_CLOCKS_DIFFER = timedelta(seconds=60)
"""A session is taken from a little before it begins: the machines' clocks differ."""


@dataclass(frozen=True, slots=True)
class Expired:
    """A genuine link of ours whose time is over: who wrote may still be shown."""

    dispatch_id: DispatchId


@dataclass(frozen=True, slots=True)
class Session:
    """What a genuine session says. ``text`` is the cookie's value."""

    dispatch_id: DispatchId
    is_identified: bool
    """Whether the question was answered in it: only then are details shown."""
    at: datetime
    text: str = field(repr=False)


def read_page_token(
    text: str, keys: TrackingKeys, now: datetime, page_days: int
) -> DispatchId | Expired | None:
    """Return whose page a link leads to; None when it is no link of ours to a page. Never raises.

    Args:
        text: the token in the address, as it came.
        keys: the tracking keys.
        now: an aware instant.
        page_days: days after its issue on which the link still leads to the page.
    """
    token = verify(text, keys)
    if token is None or token.kind is not HitKind.PAGE:
        return None
    dispatch_id = DispatchId(token.dispatch_id)
    is_over = now - token.issued_at > timedelta(days=page_days)
    return Expired(dispatch_id) if is_over else dispatch_id


def sign_session(
    dispatch_id: DispatchId,
    at: datetime,
    nonce: bytes,
    keys: TrackingKeys,
    *,
    is_identified: bool,
) -> str:
    """Begin a session with the current key.

    Args:
        dispatch_id: the message whose page it is.
        at: an aware instant; seconds are kept.
        nonce: 16 random bytes: no two sessions are one.
        keys: the tracking keys.
        is_identified: whether the question was answered.

    Raises:
        ValueError: the nonce is not of 16 bytes.
    """
    if len(nonce) != NONCE_BYTES:
        raise ValueError("a session's nonce is 16 bytes")
    payload = _PAYLOAD.pack(is_identified, int(at.timestamp()), nonce)
    mac = _session_mac(keys.keys[keys.current], dispatch_id, payload)
    return keys.current + urlsafe_b64encode(payload + mac).decode()


def read_session(
    text: str,
    dispatch_id: DispatchId,
    now: datetime,
    keys: TrackingKeys,
    lasts: timedelta = SESSION_LASTS,
) -> Session | None:
    """Return what a session says; None when it is none of ours, another message's, or over.

    Never raises, whatever the text.
    """
    key = keys.keys.get(text[:2])
    if key is None or not _SESSION.fullmatch(text):
        return None
    raw = urlsafe_b64decode(text[2:])
    payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if not hmac.compare_digest(mac, _session_mac(key, dispatch_id, payload)):
        return None
    identified, seconds, _ = _PAYLOAD.unpack(payload)
    at = datetime.fromtimestamp(seconds, UTC)
    if not -_CLOCKS_DIFFER <= now - at <= lasts:
        return None
    return Session(dispatch_id, bool(identified), at, text)


def form_value(session: Session, act: str, keys: TrackingKeys) -> str:
    """Return what a form of a session carries: 32 hexadecimal digits, others for every act.

    Args:
        session: the one in whose page the form stands.
        act: the form's own name (`regua.application.customer_page.acts.ActKind`, or any other).
        keys: the tracking keys; the session's own signs, so that a rotation breaks no open page.
    """
    return _form_mac(keys.keys[session.text[:2]], session, act)


def is_form_value(text: str, session: Session, act: str, keys: TrackingKeys) -> bool:
    """Tell whether a form was ours, in this session and for this act. Never raises."""
    key = keys.keys.get(session.text[:2])
    if key is None or not _FORM_VALUE.fullmatch(text):
        return False
    return hmac.compare_digest(text, _form_mac(key, session, act))


def _session_mac(key: bytes, dispatch_id: DispatchId, payload: bytes) -> bytes:
    signed = _SESSION_CONTEXT + dispatch_id.encode() + b"\0" + payload
    return hmac.digest(key, signed, hashlib.sha256)[:_MAC_BYTES]


def _form_mac(key: bytes, session: Session, act: str) -> str:
    said = f"{session.dispatch_id}\0{session.text}\0{act}"
    return hmac.digest(key, _FORM_CONTEXT + said.encode(), hashlib.sha256).hex()[
        :_FORM_MAC_CHARACTERS
    ]
