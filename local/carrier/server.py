"""HTTP/1.1 on the loopback interface: sockets in, `Request` and `Response` out."""

from __future__ import annotations

import logging
import socket
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from local.carrier.web import HttpProblem, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
MAX_BODY_BYTES = 64 * 1024 * 1024
IDLE_SECONDS = 120


class CarrierServer(ThreadingHTTPServer):
    """One thread per connection; connections that are idle do not keep the program alive."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, handle: Callable[[Request], Response]) -> None:
        self.handle = handle
        super().__init__((LOOPBACK, port), _Handler)

    @property
    def url(self) -> str:
        """Return where the server listens."""
        return f"http://{LOOPBACK}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002
        """Stay quiet when a client went away; that is its right."""
        log.debug("connection ended early: %s", sys.exc_info()[1])


class _Handler(BaseHTTPRequestHandler):
    """Reads one request after the other from a connection."""

    protocol_version = "HTTP/1.1"
    server_version = "ReguaCarrier"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    timeout = IDLE_SECONDS
    server: CarrierServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401
        """Keep the terminal quiet; the inbox shows what happened."""
        log.debug(format, *args)

    def _serve(self) -> None:
        response = self._answer()
        if response.drops_connection:
            self._drop()
            return
        self.send_response(response.status)
        if response.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(response.body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815

    def _answer(self) -> Response:
        try:
            body = self._body()
        except HttpProblem as problem:
            self.close_connection = True  # the body was not read: the next request is lost in it
            return problem.response()
        parts = urlsplit(self.path)
        request = Request(
            method="GET" if self.command == "HEAD" else self.command,
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers=dict(self.headers.items()),
            body=body,
        )
        try:
            return self.server.handle(request)
        except Exception:
            log.exception("request failed: %s %s", request.method, request.path)
            detail = "the carrier failed; its log has the traceback"
            return HttpProblem(HTTPStatus.INTERNAL_SERVER_ERROR, detail).response()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding"):
            raise HttpProblem(HTTPStatus.LENGTH_REQUIRED, "send Content-Length, not chunks")
        length = self.headers.get("Content-Length", "0")
        if not length.isascii() or not length.isdigit():
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "Content-Length is not a number")
        if int(length) > MAX_BODY_BYTES:
            raise HttpProblem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "the body ended early")
        return body

    def _drop(self) -> None:
        """End the connection without an answer, as a crash between accept and answer would."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)
