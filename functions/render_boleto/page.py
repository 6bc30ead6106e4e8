"""One request for a boleto from the customer's page: which page, which invoice, whose browser."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

from aws_lambda_powertools.event_handler import Response

from regua.application.render_boleto import PrintedBoleto
from regua.domain.ids import DispatchId
from regua.domain.page_session import Expired, read_page_token, read_session
from regua.domain.tokens import TrackingKeys
from regua.runtime.public_http import NOT_STORED, PAGE_COOKIE, Caller, cookies

ROUTE = "GET /p/{token}/boleto/{file}"
_PDF = ".pdf"


class Visit(NamedTuple):
    """Who asks for which file of which page; no more of the request is used."""

    token: str
    ref: str
    sessions: Sequence[str]
    """Every value of the page's cookie: of which page each is, its signature says."""
    at: datetime

    @classmethod
    def of(cls, event: Mapping[str, Any], token: str, file: str, *, allow_as_of: bool) -> "Visit":
        """Read a request; where the stage allows it, the request may say when it happens."""
        caller = Caller.of(event, kept=(), allow_as_of=allow_as_of)
        ref = file.removesuffix(_PDF) if file.endswith(_PDF) else ""
        return cls(token, ref, tuple(cookies(event, PAGE_COOKIE)), caller.at)

    def identified(self, keys: TrackingKeys, page_days: int) -> DispatchId | None:
        """Return whose page is open in this browser; None when its question was not answered."""
        page = read_page_token(self.token, keys, self.at, page_days)
        if page is None or isinstance(page, Expired):
            return None
        found = (read_session(text, page, self.at, keys) for text in self.sessions)
        return page if any(session and session.is_identified for session in found) else None


def back_to_page(token: str) -> Response[str]:
    """Lead to the page, which asks its question or says what has become of the invoice.

    The place is relative (RFC 3986, 4.2): it stays on the same host and below the same stage.
    """
    location = f"../../{quote(token, safe='')}"
    return Response(
        status_code=HTTPStatus.SEE_OTHER, headers={"location": location, **NOT_STORED}, body=""
    )


def shown(printed: PrintedBoleto) -> Response[bytes]:
    """Show the boleto in the browser, which keeps no copy."""
    return Response(
        status_code=HTTPStatus.OK,
        content_type="application/pdf",
        headers={"content-disposition": f'inline; filename="{printed.file_name}"', **NOT_STORED},
        body=printed.pdf,
    )
