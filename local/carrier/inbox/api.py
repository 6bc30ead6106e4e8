"""The inbox for tools: `/messages` and what hangs below it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from local.carrier.inbox.state import state_of
from local.carrier.instants import from_wire, to_wire
from local.carrier.store import MessageStore, Selection, StoredMessage
from local.carrier.web import HttpProblem, Request, Response, Route, json_response

if TYPE_CHECKING:
    from collections.abc import Callable

HTML_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src {images}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
_RAW_TYPES = {
    "email": ("message/rfc822", "eml"),
    "sms": ("text/plain; charset=utf-8", "txt"),
    "voice": ("text/plain; charset=utf-8", "txt"),
    "whatsapp": ("application/json", "json"),
}
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_NEW_TAB = '<base target="_blank">'


@dataclass(frozen=True, slots=True)
class InboxApi:
    """Lists and hands out messages."""

    store: MessageStore

    def routes(self) -> list[Route]:
        """Return the routes below /messages."""
        one = "/messages/(?P<provider_message_id>[A-Za-z0-9_-]+)"
        return [
            Route("GET", re.compile("/messages"), self.list_messages),
            Route("DELETE", re.compile("/messages"), self.clear),
            Route("GET", re.compile(one), self.show),
            Route("GET", re.compile(one + r"\.eml"), self.download),
            Route("GET", re.compile(one + "/raw"), self.raw),
            Route("GET", re.compile(one + "/html"), self.html),
        ]

    def list_messages(self, request: Request) -> Response:
        """List messages, newest last.

        Query: channel, to, since (the message's own clock), dispatch_id, after (a `seq`), limit
        (the newest so many), fields (comma separated; what is not asked for is not read).
        """
        selected = self.store.select(_selection(request))
        limit = _integer(request, "limit")
        if limit is not None:
            selected = selected[-limit:] if limit else []
        fields = _fields(request)
        return json_response([self._document(stored, fields) for stored in selected])

    def show(self, request: Request, provider_message_id: str) -> Response:  # noqa: ARG002
        """Show one message with its receipts as published."""
        stored = self._find(provider_message_id)
        receipts = [receipt.document() for receipt in self.store.receipts(provider_message_id)]
        return json_response({**self._document(stored, tuple(_FIELDS)), "receipts": receipts})

    def download(self, request: Request, provider_message_id: str) -> Response:  # noqa: ARG002
        """Hand out the exact bytes."""
        raw = self.store.raw(self._find(provider_message_id).message)
        disposition = f'attachment; filename="{provider_message_id}.eml"'
        return Response(HTTPStatus.OK, raw, "message/rfc822", {"Content-Disposition": disposition})

    def raw(self, request: Request, provider_message_id: str) -> Response:  # noqa: ARG002
        """Hand out the exact bytes in their own type."""
        message = self._find(provider_message_id).message
        kind, suffix = _RAW_TYPES[message.channel]
        disposition = f'attachment; filename="{provider_message_id}.{suffix}"'
        headers = {"Content-Disposition": disposition}
        return Response(HTTPStatus.OK, self.store.raw(message), kind, headers)

    def html(self, request: Request, provider_message_id: str) -> Response:
        """Hand out the HTML body, fenced in; remote images only with `?images=1`."""
        content = self.store.content(self._find(provider_message_id).message)
        if not content.html:
            raise HttpProblem(HTTPStatus.NOT_FOUND, "the message has no HTML body")
        images = "http: https: data:" if request.query.get("images") == "1" else "data:"
        head = _HEAD.search(content.html)
        cut = head.end() if head else 0
        page = (
            content.html[:cut] + _NEW_TAB + content.html[cut:]
            if head
            else (f"<!doctype html><head>{_NEW_TAB}</head>{content.html}")
        )
        headers = {
            "Content-Security-Policy": HTML_POLICY.format(images=images),
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        return Response(HTTPStatus.OK, page.encode(), "text/html; charset=utf-8", headers)

    def clear(self, request: Request) -> Response:  # noqa: ARG002 - the signature of a handler
        """Empty the inbox; receipts that are on their way still arrive."""
        return json_response({"cleared": self.store.clear()})

    def _find(self, provider_message_id: str) -> StoredMessage:
        stored = self.store.get(provider_message_id)
        if stored is None:
            raise HttpProblem(HTTPStatus.NOT_FOUND, f"there is no message {provider_message_id}")
        return stored

    def _document(self, stored: StoredMessage, fields: tuple[str, ...]) -> dict[str, Any]:
        return {name: _FIELDS[name](self.store, stored) for name in fields}


def _raw_text(store: MessageStore, stored: StoredMessage) -> str:
    """Return the raw message as text; `.eml` has the bytes when they are not UTF-8."""
    raw = store.raw(stored.message)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


_FIELDS: dict[str, Callable[[MessageStore, StoredMessage], Any]] = {
    "seq": lambda _, stored: stored.seq,
    "channel": lambda _, stored: stored.message.channel,
    "to": lambda _, stored: ", ".join(stored.message.recipients),
    "from": lambda _, stored: stored.message.sender,
    "subject": lambda _, stored: stored.message.subject,
    "text": lambda store, stored: store.content(stored.message).text,
    "html": lambda store, stored: store.content(stored.message).html,
    "raw": _raw_text,
    "raw_sha256": lambda _, stored: stored.message.raw_sha256,
    "links": lambda store, stored: list(store.content(stored.message).links),
    "images": lambda store, stored: list(store.content(stored.message).images),
    "unsubscribe_url": lambda store, stored: store.content(stored.message).unsubscribe_url,
    "dispatch_id": lambda _, stored: stored.message.dispatch_id,
    "provider_message_id": lambda _, stored: stored.message.provider_message_id,
    "received_at": lambda _, stored: to_wire(stored.message.received_at),
    "accepted_at": lambda _, stored: to_wire(stored.message.accepted_at),
    "behaviour": lambda _, stored: stored.message.behaviour,
    "details": lambda _, stored: dict(stored.message.details),
    "state": lambda store, stored: (
        state_of(store.receipts(stored.message.provider_message_id)).value
    ),
}


def _selection(request: Request) -> Selection:
    query = request.query
    try:
        since = from_wire(query["since"]) if query.get("since") else None
    except ValueError as exc:
        errors = [{"path": "since", "reason": "must be an ISO 8601 instant"}]
        raise HttpProblem(HTTPStatus.BAD_REQUEST, "the query is not valid", errors) from exc
    return Selection(
        channel=query.get("channel") or None,
        to=(query.get("to") or "").replace(" ", "+") or None,  # a label's "+", typed as it is
        since=since,
        dispatch_id=query.get("dispatch_id") or None,
        after=_integer(request, "after"),
    )


def _integer(request: Request, name: str) -> int | None:
    text = request.query.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        errors = [{"path": name, "reason": "must be an integer, 0 or more"}]
        raise HttpProblem(HTTPStatus.BAD_REQUEST, "the query is not valid", errors)
    return int(text)


def _fields(request: Request) -> tuple[str, ...]:
    asked = [name for name in request.query.get("fields", "").split(",") if name]
    unknown = [name for name in asked if name not in _FIELDS]
    if unknown:
        errors = [{"path": "fields", "reason": f"unknown field {name}"} for name in unknown]
        raise HttpProblem(HTTPStatus.BAD_REQUEST, "the query is not valid", errors)
    return tuple(asked) or tuple(_FIELDS)
