"""Whether somebody may come in through a hook. Standard library only: it is asked at every post."""

import hashlib
import hmac
import re
from collections.abc import Mapping

from regua.application.hook_ports import Hook
from regua.domain.errors import InvalidInput

_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
VALUE_PATTERN = r"^[!-~]([ -~]*[!-~])?$"
"""What a header can carry: visible ASCII, with spaces inside only (RFC 9110 §5.5)."""
_VALUE = re.compile(VALUE_PATTERN)
_HEADER = re.compile(r"[A-Za-z0-9-]{1,100}")
_SHORTEST_SECRET = 16
_LONGEST_SECRET = 500


def key_hash(key: str) -> str:
    """Return what is kept of a key: it is random enough for a plain hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def is_key(text: str) -> bool:
    """Tell whether a text has the form of our keys (256 bits in base64url)."""
    return _KEY.fullmatch(text) is not None


def second_of(
    header: str | None, value: str | None, hmac_header: str | None, hmac_secret: str | None
) -> Mapping[str, str] | None:
    """Return a second proof as it is kept: a header's value, or the key of an HMAC.

    Raises:
        InvalidInput: one without its other half, both kinds, or what no header can be.
    """
    named = {
        "header": header,
        "value": value,
        "hmac_header": hmac_header,
        "hmac_secret": hmac_secret,
    }
    given = {name: text for name, text in named.items() if text is not None}
    if not given:
        return None
    if given.keys() not in ({"header", "value"}, {"hmac_header", "hmac_secret"}):
        raise InvalidInput.at(
            "second_secret", "either header and value, or hmac_header and hmac_secret"
        )
    name, secret = given.values()
    if not _HEADER.fullmatch(name):
        raise InvalidInput.at("second_secret.header", "not a header's name")
    if not _SHORTEST_SECRET <= len(secret) <= _LONGEST_SECRET:
        reason = f"{_SHORTEST_SECRET} to {_LONGEST_SECRET} characters are expected"
        raise InvalidInput.at("second_secret", reason)
    if header is not None:
        if not _VALUE.fullmatch(secret):
            raise InvalidInput.at("second_secret.value", "no header can carry it: visible ASCII")
        return {"header": name.lower(), "value_sha256": key_hash(secret)}
    return {"hmac_header": name.lower(), "hmac_secret": secret}


def is_proven(hook: Hook, headers: Mapping[str, str], body: bytes) -> bool:
    """Tell whether a request carries a hook's second proof, if it asks for one.

    Args:
        hook: what it was posted to.
        headers: in lower case.
        body: the exact bytes.
    """
    second = hook.second
    if second is None:
        return True
    if "hmac_secret" in second:
        given = headers.get(second["hmac_header"], "").removeprefix("sha256=").lower()
        wanted = hmac.new(second["hmac_secret"].encode(), body, hashlib.sha256).hexdigest()
    else:
        given = key_hash(headers.get(second["header"], ""))
        wanted = second["value_sha256"]
    return hmac.compare_digest(given.encode(), wanted.encode())
