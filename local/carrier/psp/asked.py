"""What requests say, read once for every section: objects, days, instants, a receiver's address."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from local.carrier.instants import from_wire
from local.carrier.psp.gate import body_of, invalid
from local.carrier.web import HttpProblem

if TYPE_CHECKING:
    from datetime import datetime

    from local.carrier.web import Request

_THIS_MACHINE = ("http://127.0.0.1:", "http://localhost:")


def object_of(request: Request) -> dict[str, Any]:
    """Return the body of a request that steers the provider.

    Raises:
        HttpProblem: it is no object.
    """
    said = request.json()
    if not isinstance(said, dict):
        raise HttpProblem(HTTPStatus.BAD_REQUEST, "send a JSON object")
    return said


def day_of(text: object) -> date:
    """Read a day; what is none is the first there is, which is before any other."""
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return date.min


def instant_of(kind: str, text: str, name: str) -> datetime:
    """Read an instant of a query; ``kind`` is how the API Pix calls the refusal.

    Raises:
        PspProblem: it is none.
    """
    try:
        return from_wire(text)
    except ValueError:
        raise invalid(kind, "Não respeita RFC 3339.", name) from None


def webhook_url_of(request: Request) -> str:
    """Return where a receiver wants to be told: on this machine, or the provider would call others.

    Raises:
        PspProblem: it is elsewhere, or no address.
    """
    url = body_of(request).get("webhookUrl")
    if not isinstance(url, str) or not url.startswith(_THIS_MACHINE):
        raise invalid("WebhookOperacaoInvalida", "Somente esta máquina.", "webhook.webhookUrl")
    return url
