"""The authority over HTTP (RFC 3161 §3.4), and how to make it fail."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from local.carrier.instants import utc_now
from local.carrier.tsa.authority import load_or_make
from local.carrier.tsa.tokens import reply_to
from local.carrier.web import HttpProblem, Request, Response, Route, json_response

if TYPE_CHECKING:
    from pathlib import Path

    from local.carrier.tsa.authority import Authority

QUERY = "application/timestamp-query"
REPLY = "application/timestamp-reply"
PEM = "application/x-pem-file"
_SERIAL_BITS = 64


@dataclass(slots=True)
class TsaProvider:
    """Stamps whatever it is sent, until it is told to be down."""

    authority: Authority
    is_down: bool = False

    @classmethod
    def at(cls, directory: Path) -> TsaProvider:
        """Return the authority of a directory, made now if there is none."""
        return cls(load_or_make(directory, utc_now()))

    def routes(self) -> list[Route]:
        """Return what it answers."""
        return [
            Route("POST", re.compile(r"/tsa"), self.stamp),
            Route("GET", re.compile(r"/tsa/ca\.pem"), self.ca),
            Route("POST", re.compile(r"/admin/tsa"), self.behave),
        ]

    def stamp(self, request: Request) -> Response:
        """Answer a query."""
        if self.is_down:
            raise HttpProblem(HTTPStatus.SERVICE_UNAVAILABLE, "the authority was told to be down")
        if request.header("Content-Type").partition(";")[0].strip().lower() != QUERY:
            raise HttpProblem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send {QUERY}")
        serial = secrets.randbits(_SERIAL_BITS) or 1
        reply = reply_to(request.body, self.authority, serial, utc_now())
        return Response(body=reply, content_type=REPLY)

    def ca(self, request: Request) -> Response:  # noqa: ARG002 - the signature of a handler
        """Return the certificate that has to be trusted."""
        return Response(body=self.authority.ca_pem.encode(), content_type=PEM)

    def behave(self, request: Request) -> Response:
        """Go down, or come back."""
        document = request.json()
        is_down = document.get("is_down") if isinstance(document, dict) else None
        if not isinstance(is_down, bool):
            raise HttpProblem(HTTPStatus.BAD_REQUEST, 'send {"is_down": true} or false')
        self.is_down = is_down
        return json_response({"is_down": is_down})
