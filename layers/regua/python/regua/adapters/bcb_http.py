"""HTTP as the API Pix of the Banco Central wants it: OAuth2, mutual TLS, problems by name.

`BcbHttp.ask` is the whole of it: one request with a creditor's token over a creditor's certificate,
answered with JSON or with one of this application's errors (`regua.adapters.bcb_answers`). What
the paths mean is for those who call (`regua.adapters.bcb_pix` and whoever else speaks this API).

A creditor's access (`regua.adapters.psp_access`) is read again after a minute, so that a new
certificate needs no new deployment.

Source: BCB, API Pix 2.9.0 (securitySchemes); RFC 6749 §4.4 (client credentials), RFC 8705 (mutual
TLS).
"""

import json
import os
import ssl
import tempfile
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from regua.adapters.bcb_answers import LONGEST_BYTES, Answer, refusal
from regua.adapters.private_way import NoRedirects
from regua.adapters.psp_access import PspAccess
from regua.application.pix_ports import PspShut, PspUnavailable

if TYPE_CHECKING:
    from regua.domain.ids import CreditorId

ACCESS_SECONDS = 60.0
"""How long a creditor's secret is believed before it is read again."""
TIMEOUT_SECONDS = 10.0
_EARLIER_SECONDS = 60.0
"""A token is not used for its last minute."""
_USUAL_SECONDS = 300.0
"""How long a token lives whose PSP does not say."""
_NOT_ALLOWED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
"""How a token is refused."""


@dataclass(slots=True)
class _Line:
    """An open line to one creditor's PSP: its access, its certificate loaded, its token."""

    access: PspAccess
    read_at: float
    opener: urllib.request.OpenerDirector = field(repr=False)
    token: str | None = field(default=None, repr=False)
    token_until: float = 0.0


class BcbHttp:
    """Speaks to every creditor's PSP; tokens and certificates are kept while they are good."""

    def __init__(
        self,
        access: Callable[["CreditorId"], PspAccess],
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._access = access
        self._timeout_seconds = timeout_seconds
        self._monotonic = monotonic
        self._lines: dict[CreditorId, _Line] = {}

    def access(self, creditor_id: "CreditorId") -> PspAccess:
        """Return a creditor's access as it is used.

        Raises:
            PspShut: there is none.
        """
        return self._line(creditor_id).access

    def ask(
        self,
        creditor_id: "CreditorId",
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever JSON was answered
        """Make one request and return the JSON that was answered; numbers with a point are text.

        Args:
            creditor_id: whose PSP is asked.
            method: such as ``PUT``.
            path: below the base address, such as ``cobv/abc``; the caller quotes what others wrote
                (`segment`).
            query: parameters.
            body: sent as JSON.

        Raises:
            NotFound: there is no such thing at the PSP.
            PspRefused: the PSP refuses what was asked.
            ProviderThrottled: the PSP asks us to slow down.
            PspUnavailable: it does not answer, or cannot now; what was asked may have been done.
            PspShut: it does not let us in.
        """
        line = self._line(creditor_id)
        is_new = line.token is None or self._monotonic() >= line.token_until
        answer = self._with_token(line, method, path, query, body)
        if answer.status == HTTPStatus.UNAUTHORIZED and not is_new:
            line.token = None  # it was withdrawn before its time
            answer = self._with_token(line, method, path, query, body)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            line.token = None
        return answer.document()

    def _with_token(
        self,
        line: _Line,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
    ) -> Answer:
        headers = {
            **line.access.headers,
            "Authorization": f"Bearer {self._token(line)}",
            "Accept": "application/json",
        }
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body, ensure_ascii=False).encode()
        asked = urlencode({**line.access.query, **(query or {})})
        url = f"{line.access.base_url.rstrip('/')}/{path}" + (f"?{asked}" if asked else "")
        return self._send(line, method, url, headers, data)

    def _token(self, line: _Line) -> str:
        if line.token is not None and self._monotonic() < line.token_until:
            return line.token
        headers, data = _token_request(line.access)
        answer = self._send(line, "POST", line.access.token_url, headers, data)
        if answer.status in _NOT_ALLOWED:
            raise PspShut("the PSP gives no token: credentials or certificate are wrong")
        document = answer.document()
        token = document.get("access_token") if isinstance(document, dict) else None
        if (
            not isinstance(token, str)
            or not token
            or not token.isascii()
            or not token.isprintable()
        ):
            raise PspUnavailable("the PSP answered no token")
        line.token, line.token_until = token, self._monotonic() + _life(document)
        return token

    def _send(
        self, line: _Line, method: str, url: str, headers: Mapping[str, str], data: bytes | None
    ) -> Answer:
        asked = urllib.request.Request(url, data, dict(headers), method=method)  # noqa: S310 - checked by read_access
        try:
            with line.opener.open(asked, timeout=self._timeout_seconds) as found:
                return Answer(found.status, found.read(LONGEST_BYTES + 1))
        except urllib.error.HTTPError as exc:
            with exc:
                return refusal(exc)
        except ssl.SSLError as exc:
            raise PspShut("no secure line to the PSP") from exc
        except urllib.error.URLError as exc:
            if isinstance(exc.reason, ssl.SSLError):
                raise PspShut("no secure line to the PSP") from exc
            raise PspUnavailable("the PSP does not answer") from exc
        except (OSError, HTTPException) as exc:
            raise PspUnavailable("the PSP does not answer") from exc

    def _line(self, creditor_id: "CreditorId") -> _Line:
        now = self._monotonic()
        line = self._lines.get(creditor_id)
        if line is not None and now - line.read_at < ACCESS_SECONDS:
            return line
        access = self._access(creditor_id)
        if line is not None and access == line.access:
            line.read_at = now
            return line
        line = _Line(access, now, _opener(access))
        self._lines[creditor_id] = line
        return line


def segment(text: str) -> str:
    """Quote what others wrote as one segment of a path.

    >>> segment("../cob?x")
    '..%2Fcob%3Fx'
    """
    return quote(text, safe="")


def _token_request(access: PspAccess) -> tuple[dict[str, str], bytes]:
    fields = {"grant_type": "client_credentials", "scope": access.scopes}
    fields = {name: value for name, value in fields.items() if value}
    headers = {"Accept": "application/json"}
    if "token_credentials_in_body" in access.quirks:
        fields |= {"client_id": access.client_id, "client_secret": access.client_secret}
    else:
        pair = b64encode(f"{access.client_id}:{access.client_secret}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    if "token_as_json" in access.quirks:
        headers["Content-Type"] = "application/json"
        return headers, json.dumps(fields).encode()
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return headers, urlencode(fields).encode()


def _life(document: Mapping[str, Any]) -> float:
    """Return for how many seconds a token is used."""
    said = document.get("expires_in")
    text = str(said) if isinstance(said, int | str) and not isinstance(said, bool) else ""
    seconds = float(text) if text.isascii() and text.isdigit() else _USUAL_SECONDS
    return max(seconds - _EARLIER_SECONDS, 0.0)


# ── the line ───────────────────────────────────────────────────────────────────────────────────


def _opener(access: PspAccess) -> urllib.request.OpenerDirector:
    """Return what opens addresses with this access's certificate, and with no proxy."""
    try:
        context = ssl.create_default_context()
        if access.ca_pem:
            context.load_verify_locations(cadata=access.ca_pem)
        if access.certificate_pem:
            with _as_file(access.certificate_pem + "\n" + (access.key_pem or "")) as path:
                context.load_cert_chain(path)
    except (ssl.SSLError, ValueError) as exc:
        raise PspShut("the certificate for the PSP cannot be used") from exc
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=context),
        NoRedirects,
    )


@contextmanager
def _as_file(pem: str) -> Iterator[str]:
    """Write a certificate and its key where only this process reads, for as long as it takes."""
    descriptor, path = tempfile.mkstemp(suffix=".pem")  # 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(pem)
        yield path
    finally:
        Path(path).unlink()
