"""What the functions that anybody may call have in common: who called, and how they are answered.

Standard library only: a recipient waits for the import on every cold start of ``track_open``.
"""

from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple

Response = dict[str, Any]
"""As an HTTP API (payload format 2.0) takes it."""
NOT_STORED: Mapping[str, str] = MappingProxyType(
    {
        "cache-control": "no-store, no-cache, must-revalidate, max-age=0, private",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex, nofollow",
    }
)
"""Headers of every answer: nothing is kept on the way, and no other site is told."""
RETRY_AFTER_SECONDS = 30
PAGE_COOKIE = "__Secure-regua"
"""Holds the session of a customer's page; its path is the page's own."""
_MAX_CHARACTERS = 1000
"""Of each kept value: a visit always fits into a queue message."""


class Caller(NamedTuple):
    """Who called, as far as one request shows, and when."""

    at: datetime
    as_of: datetime | None
    """When the request says that it happens, where the stage allows it."""
    ip: str
    user_agent: str
    headers: Mapping[str, str]
    request_id: str

    @classmethod
    def of(cls, event: Mapping[str, Any], *, kept: Collection[str], allow_as_of: bool) -> "Caller":
        """Read who made a request; of its headers, those in ``kept`` and ``sec-fetch-*``."""
        context = event["requestContext"]
        headers = {str(k).lower(): clean(v) for k, v in (event.get("headers") or {}).items()}
        as_of = _instant(headers.get("x-regua-as-of", "")) if allow_as_of else None
        ip = str(context["http"].get("sourceIp", ""))
        if allow_as_of:
            # The emulator calls everybody 127.0.0.1. The last address is the one that the nearest
            # proxy saw, which on AWS is the source address itself.
            ip = headers.get("x-forwarded-for", ip).rpartition(",")[2].strip()
        return cls(
            at=as_of or datetime.fromtimestamp(context["timeEpoch"] / 1000, UTC),
            as_of=as_of,
            ip=clean(ip),
            user_agent=clean(context["http"].get("userAgent") or headers.get("user-agent", "")),
            headers={
                name: value
                for name, value in headers.items()
                if name in kept or name.startswith("sec-fetch-")
            },
            request_id=str(context["requestId"]),
        )


def html_headers(style: str) -> Mapping[str, str]:
    """Return the headers of a page with this one style: it loads nothing and runs nothing."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return {
        "content-type": "text/html; charset=utf-8",
        "content-language": "pt-BR",
        "content-security-policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "x-frame-options": "DENY",
        **NOT_STORED,
    }


def response(status: int, headers: Mapping[str, str], body: str) -> Response:
    """Answer with text."""
    return {
        "statusCode": int(status),
        "headers": dict(headers),
        "body": body,
        "isBase64Encoded": False,
    }


def cookies(event: Mapping[str, Any], name: str) -> Iterator[str]:
    """Yield every value of a cookie, as API Gateway lists them or as the header has them."""
    headers = {str(k).lower(): str(v) for k, v in (event.get("headers") or {}).items()}
    for each in event.get("cookies") or headers.get("cookie", "").split(";"):
        said, _, value = str(each).strip().partition("=")
        if said == name:
            yield value


def clean(value: object) -> str:
    """Return text of bounded length that every JSON reader accepts."""
    return str(value)[:_MAX_CHARACTERS].encode("utf-8", "replace").decode()


def _instant(text: str) -> datetime | None:
    """Read an aware instant; anything else is no instant."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else None
