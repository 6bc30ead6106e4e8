"""Who may ask the provider, and how it says no: as the API Pix does (OAuth2, RFC 7807)."""

from __future__ import annotations

import binascii
import secrets
import threading
import time
from base64 import b64decode
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from local.carrier.web import HttpProblem, Request, Response, json_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.carrier.psp.book import Account, Book

PROBLEMS = "https://pix.bcb.gov.br/api/v2/error"
TOKEN_SECONDS = 3600
Violations = list[dict[str, str]]


class PspProblem(HttpProblem):
    """A refusal with the type, title and violations of the API Pix."""

    def __init__(
        self, status: HTTPStatus, kind: str, detail: str, violations: Violations | None = None
    ) -> None:
        super().__init__(status, detail)
        self.kind = kind
        self.violations = violations or []

    def response(self) -> Response:
        """Return the answer to send."""
        document: dict[str, Any] = {
            "type": f"{PROBLEMS}/{self.kind}",
            "title": self.kind,
            "status": int(self.status),
            "detail": self.detail,
        }
        if self.violations:
            document["violacoes"] = self.violations
        return json_response(document, status=self.status, content_type="application/problem+json")


def invalid(kind: str, razao: str, propriedade: str) -> PspProblem:
    """Return the refusal of one property."""
    violation = {"razao": razao, "propriedade": propriedade}
    return PspProblem(HTTPStatus.BAD_REQUEST, kind, razao, [violation])


def not_found() -> PspProblem:
    """Return the refusal of what is not there, or is another's."""
    detail = "Entidade não encontrada."
    return PspProblem(HTTPStatus.NOT_FOUND, "NaoEncontrado", detail)


@dataclass(slots=True)
class Gate:
    """Gives tokens, and lets in whom they were given to."""

    book: Book
    is_down: bool = False
    """Told to be: everything answers 503."""
    _tokens: dict[str, tuple[str, frozenset[str], float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def token(self, request: Request) -> Response:
        """Answer a token for client credentials, in the header or in the body."""
        self.open()
        form = _form(request)
        client_id, client_secret = _basic(request) or (
            form.get("client_id", ""),
            form.get("client_secret", ""),
        )
        account = self.book.accounts.get(client_id)
        if account is None or account.client_secret != client_secret:
            return json_response({"error": "invalid_client"}, status=HTTPStatus.UNAUTHORIZED)
        if form.get("grant_type") != "client_credentials":
            return json_response({"error": "unsupported_grant_type"}, status=HTTPStatus.BAD_REQUEST)
        token, scopes = secrets.token_urlsafe(24), frozenset(form.get("scope", "").split())
        with self._lock:
            self._tokens[token] = client_id, scopes, time.monotonic() + TOKEN_SECONDS
        return json_response(
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
                "scope": " ".join(sorted(scopes)),
            }
        )

    def withdraw(self) -> None:
        """Let no token that was given count any more."""
        with self._lock:
            self._tokens.clear()

    def open(self) -> None:
        """Refuse everything while the provider is down."""
        if self.is_down:
            raise PspProblem(
                HTTPStatus.SERVICE_UNAVAILABLE, "ServicoIndisponivel", "Serviço indisponível."
            )

    def account(self, request: Request, scope: str) -> Account:
        """Return whose token a request carries.

        Raises:
            PspProblem: 401 without a token that counts, 403 without the scope.
        """
        self.open()
        token = request.header("Authorization").removeprefix("Bearer ")
        with self._lock:
            known = self._tokens.get(token)
        if known is None or known[2] < time.monotonic():
            raise PspProblem(HTTPStatus.UNAUTHORIZED, "AcessoNegado", "Token inválido.")
        if scope not in known[1]:
            raise PspProblem(HTTPStatus.FORBIDDEN, "AcessoNegado", f"Sem o escopo {scope}.")
        return self.book.accounts[known[0]]

    def only(self, scope: str, serve: Callable[..., Response]) -> Callable[..., Response]:
        """Return a handler that gets the caller's account first, if its token has the scope."""

        def served(request: Request, **named: str) -> Response:
            return serve(self.account(request, scope), request, **named)

        return served


def body_of(request: Request) -> dict[str, Any]:
    """Return a body that is an object.

    Raises:
        PspProblem: it is none.
    """
    try:
        document = request.json()
    except HttpProblem:
        document = None
    if not isinstance(document, dict):
        raise invalid("RequisicaoInvalida", "O corpo não é um objeto JSON.", "$")
    return document


def _form(request: Request) -> dict[str, str]:
    if request.header("Content-Type").startswith("application/json"):
        return {str(k): str(v) for k, v in body_of(request).items()}
    fields = parse_qs(request.body.decode("utf-8", "replace"))
    return {name: values[-1] for name, values in fields.items()}


def _basic(request: Request) -> tuple[str, str] | None:
    kind, _, text = request.header("Authorization").partition(" ")
    if kind != "Basic":
        return None
    try:
        name, _, secret = b64decode(text).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return name, secret
