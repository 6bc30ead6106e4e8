"""A signed instant in a form: when the page was shown, so that only our own pages are answered.

It says how long the page was before somebody's eyes, and that whoever answers has loaded it: a
request forged elsewhere has none. It belongs to one message and lasts an hour.

Layout: key id (2 characters), epoch seconds, and the first 32 hex characters of HMAC-SHA256 over
message and instant, with dots between.
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

from regua.domain.ids import DispatchId
from regua.domain.tokens import TrackingKeys

LASTS = timedelta(hours=1)
_CONTEXT = b"regua.shown.v1\0"
_MAC_CHARACTERS = 32
_TEXT = re.compile(r"([0-9A-Za-z]{2})\.([0-9]{1,11})\.([0-9a-f]{32})", re.ASCII)


def sign_shown_at(dispatch_id: DispatchId, at: datetime, keys: TrackingKeys) -> str:
    """Sign when a message's page is shown.

    Args:
        dispatch_id: the message.
        at: an aware instant; seconds are kept.
        keys: the tracking keys; the current one signs.
    """
    seconds = int(at.timestamp())
    mac = _mac(keys.keys[keys.current], dispatch_id, seconds)
    return f"{keys.current}.{seconds}.{mac}"


def read_shown_at(
    text: str, dispatch_id: DispatchId, now: datetime, keys: TrackingKeys
) -> datetime | None:
    """Return when the page was shown; None when we did not sign it, or it is over."""
    found = _TEXT.fullmatch(text)
    key = keys.keys.get(found[1]) if found else None
    if found is None or key is None:
        return None
    seconds = int(found[2])
    if not hmac.compare_digest(found[3], _mac(key, dispatch_id, seconds)):
        return None
    at = datetime.fromtimestamp(seconds, UTC)
    return at if timedelta(0) <= now - at <= LASTS else None


def _mac(key: bytes, dispatch_id: DispatchId, seconds: int) -> str:
    text = f"{dispatch_id}\0{seconds}".encode()
    return hmac.digest(key, _CONTEXT + text, hashlib.sha256).hex()[:_MAC_CHARACTERS]
