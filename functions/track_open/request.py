"""One HTTP API request (payload format 2.0), reduced to what tracking may use.

Nothing of the query string is read: where a click leads is not the caller's to say.
"""

from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from regua.domain.source_port import VIEWER_ADDRESS
from regua.domain.tokens import HitKind
from regua.runtime.public_http import Caller

_KIND_OF_PATH = {"o": HitKind.OPEN, "c": HitKind.CLICK, "u": HitKind.UNSUBSCRIBE}
_KEPT_HEADERS = frozenset(
    {
        "accept",
        "accept-language",
        VIEWER_ADDRESS,
        "purpose",
        "referer",
        "sec-purpose",
        "x-moz",
        "x-purpose",
    }
)


class Route(NamedTuple):
    """Which of the three links was called: what is known even of a request we cannot serve."""

    kind: HitKind | None
    method: str
    token: str
    request_id: str
    epoch_ms: int
    """When the request arrived; 0 for an event that does not say."""

    @classmethod
    def of(cls, event: object) -> "Route":
        """Read the route of any event at all: what is not ours has no kind. Never raises."""
        context = _mapping(_mapping(event).get("requestContext"))
        http = _mapping(context.get("http"))
        epoch_ms = context.get("timeEpoch")
        path = _mapping(event).get("rawPath") or http.get("path") or ""
        *_, folder, name = ("", "", *str(path).split("/"))
        return cls(
            kind=_KIND_OF_PATH.get(folder),
            method=str(http.get("method", "")).upper(),
            token=name.removesuffix(".gif"),
            request_id=str(context.get("requestId", "")),
            epoch_ms=epoch_ms if isinstance(epoch_ms, int) else 0,
        )


class Visit(NamedTuple):
    """One call of a link: who made it, and whether it is a deliberate act."""

    caller: Caller
    is_one_click: bool
    """Whether a mailbox provider's button was pressed, or our own form, which sends the same."""

    @classmethod
    def of(cls, event: Mapping[str, Any], *, allow_as_of: bool) -> "Visit":
        """Read a visit; where the stage allows it, the request may say when it happens."""
        caller = Caller.of(event, kept=_KEPT_HEADERS, allow_as_of=allow_as_of)
        return cls(caller, _is_one_click(event))


def wire_instant(instant: datetime) -> str:
    """Spell an aware instant as messages carry it: UTC, milliseconds, ``Z``."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_one_click(event: Mapping[str, Any]) -> bool:
    """Return whether the body is a form, of either encoding, that says One-Click (RFC 8058)."""
    body = str(event.get("body") or "").encode()
    if event.get("isBase64Encoded"):
        try:
            body = b64decode(body)
        except ValueError:
            return False
    return b"List-Unsubscribe" in body and b"One-Click" in body


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
