"""The few HTTP notions that routes share; sockets live in `server`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import re

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, its body already read."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return a header whatever the case of its name; empty when it is absent."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")

    def json(self) -> Any:  # noqa: ANN401 - whatever the caller sent
        """Return the decoded body.

        Raises:
            HttpProblem: 400, when the body is not JSON.
        """
        try:
            return json.loads(self.body)
        except ValueError as exc:
            raise HttpProblem(HTTPStatus.BAD_REQUEST, f"the body is not JSON: {exc}") from exc


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer; `drops_connection` closes the socket without a byte of it."""

    status: int = HTTPStatus.OK
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    drops_connection: bool = False


Handler = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a pattern of the whole path; named groups become handler arguments."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler


class HttpProblem(Exception):
    """A request that cannot be served, told as RFC 9457 problem details."""

    def __init__(
        self, status: HTTPStatus, detail: str, errors: list[dict[str, str]] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors or []

    def response(self) -> Response:
        """Return the answer to send."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": int(self.status),
            "detail": self.detail,
        }
        if self.errors:
            document["errors"] = self.errors
        return json_response(document, status=self.status, content_type=PROBLEM_JSON)


def json_response(
    document: object,
    *,
    status: int = HTTPStatus.OK,
    content_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return `document` as compact UTF-8 JSON."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, body, content_type, headers or {})
