"""What stands in front of the functions on AWS: routes, tokens, and requests made into events.

A WSGI application and a server on loopback, for programs that speak HTTP. Source: Amazon API
Gateway, "Create AWS Lambda proxy integrations for HTTP APIs", payload format 2.0.
"""

import base64
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from infra.constructs.http_api import ROUTES, Route
from regua.domain.access import TENANT_SCOPES, scope_name
from tests.integration.lambdas import Context, recorded

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
_BYTES_TAKEN = 10 * 1024 * 1024
_TEXTS = ("text/", "application/json", "application/javascript", "application/xml")
_PARAMETER = re.compile(r"\{(\w+)\}")


class Reply(NamedTuple):
    """What goes back over the wire."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class Gateway:
    """Answers HTTP requests as API Gateway does with functions behind it.

    ``tokens`` tell which client a token speaks for; every token has every scope of a tenant.
    """

    functions: Mapping[str, Handler]
    tokens: Mapping[str, str]
    context: Callable[[], Any] = Context
    lock: threading.Lock = field(default_factory=threading.Lock)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Reply:
        """Answer one request; ``target`` is the path as it was sent, with its query."""
        path, _, query = target.partition("?")
        found = _route_of(method, path)
        if found is None or found[0].function not in self.functions:
            return _own(404, "Not Found")
        route, parameters = found
        sent = {name.lower(): value for name, value in headers.items()}
        client = self.tokens.get(sent.get("authorization", "").removeprefix("Bearer "))
        if route.scope is not None and client is None:
            return _own(401, "Unauthorized")
        if route.scope is not None and route.scope not in TENANT_SCOPES:
            return _own(403, "Forbidden")
        if len(body) > _BYTES_TAKEN:
            return _own(413, "Request Entity Too Large")
        event = self._event(f"{method} {route.path}", path, client if route.scope else None)
        event |= _sent(query, sent, body)
        if parameters:
            event["pathParameters"] = {n: unquote(v) for n, v in parameters.items()}
        with self.lock:  # as with one execution environment: one request at a time
            return _reply(self.functions[route.function](event, self.context()))

    def _event(self, route_key: str, path: str, client: str | None) -> dict[str, Any]:
        """Return an event without what only some requests have."""
        event = recorded("http_request")
        asked = event["requestContext"]
        asked["requestId"] = f"pedido-{next(self._numbers)}"
        event["routeKey"] = asked["routeKey"] = route_key
        event["rawPath"] = asked["http"]["path"] = unquote(path)
        asked["http"]["method"] = route_key.partition(" ")[0]
        if client is None:
            del asked["authorizer"]
        else:
            scopes = " ".join(scope_name(scope) for scope in sorted(TENANT_SCOPES))
            asked["authorizer"]["jwt"]["claims"] |= {"client_id": client, "scope": scopes}
        return event

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer as a WSGI application."""
        headers = {
            name.removeprefix("HTTP_").replace("_", "-"): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        }
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        path, query = environ["REQUEST_URI"], environ["QUERY_STRING"]
        target = f"{path}?{query}" if query else path
        reply = self.answer(environ["REQUEST_METHOD"], target, headers, body)
        start_response(f"{reply.status} -", reply.headers)
        return [reply.body]

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve on loopback, and yield the address."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_OverHttp, self))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _OverHttp(BaseHTTPRequestHandler):
    """Hands requests over, whatever their method."""

    def __init__(self, gateway: Gateway, *connection: Any) -> None:  # noqa: ANN401 - the server's
        self._gateway = gateway
        super().__init__(*connection)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a method for each method
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply = self._gateway.answer(self.command, self.path, dict(self.headers), body)
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        del format, args


def _route_of(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the route that API Gateway chooses: a path without parameters wins."""
    for route in sorted(ROUTES, key=lambda r: r.path.count("{")):
        pattern = _PARAMETER.sub(r"(?P<\1>[^/]+)", route.path.replace(".", r"\."))
        found = re.fullmatch(pattern, path)
        if found and method in {m.value for m in route.methods}:
            return route, found.groupdict()
    return None


def _sent(query: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return what a request brings, in an event's words; what it does not bring is left out.

    Cookies are a list of their own and no header.
    """
    cookies = headers.get("cookie")
    kept = {name: value for name, value in headers.items() if name != "cookie"}
    sent: dict[str, Any] = {"rawQueryString": query, "headers": kept}
    if cookies:
        sent["cookies"] = cookies.split("; ")
    if query:
        sent["queryStringParameters"] = _query(query)
    if body:
        sent |= _body(body, headers.get("content-type", ""))
    return sent


def _query(query: str) -> dict[str, str]:
    """Return a query's parameters; the values of one that comes twice are joined by a comma."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _body(body: bytes, media_type: str) -> dict[str, Any]:
    if media_type.startswith(_TEXTS) or not media_type:
        return {"body": body.decode("utf-8", "replace"), "isBase64Encoded": False}
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _own(status: int, message: str) -> Reply:
    """Answer with the gateway's own words."""
    body = json.dumps({"message": message}).encode()
    return Reply(status, [("Content-Type", "application/json")], body)


def _reply(answer: Mapping[str, Any]) -> Reply:
    headers = [(n, str(v)) for n, v in answer.get("headers", {}).items()]
    several = answer.get("multiValueHeaders", {})
    headers += [(n, str(v)) for n, values in several.items() for v in values]
    headers += [("Set-Cookie", str(cookie)) for cookie in answer.get("cookies", ())]
    text = answer.get("body") or ""
    body = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
    return Reply(answer["statusCode"], headers, body)
