"""HTTP API events (payload format 2.0) as API Gateway sends them, and keys to sign tokens with."""

from datetime import UTC, datetime
from typing import Any

from regua.domain.tokens import HitKind, TrackingKeys, issue

SECRET = {"current": "k1", "k1": "an invented random string"}
KEYS = TrackingKeys.from_secret(SECRET)
DISPATCH = "0123456789abcdef" * 2
AT = datetime(2026, 3, 4, 12, 30, 5, 250_000, tzinfo=UTC)
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36"
)
ONE_CLICK = "List-Unsubscribe=One-Click"


def any_token(kind: HitKind | str = "open", *, link: int = 0, keys: TrackingKeys = KEYS) -> str:
    """Sign a token of the message that every test is about."""
    return issue(kind, DISPATCH, link, AT, keys)


def any_request(path: str, method: str = "GET", **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Build an event; ``headers``, ``body``, ``ip`` and ``agent`` may be given."""
    agent = changes.pop("agent", PHONE)
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"user-agent": agent, "host": "r.example.com.br", **changes.pop("headers", {})},
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": changes.pop("ip", "187.10.20.30"),
                "userAgent": agent,
            },
            "requestId": "request-1",
            "timeEpoch": int(AT.timestamp() * 1000),
        },
        "isBase64Encoded": False,
        **changes,
    }
