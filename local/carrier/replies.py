"""What customers write back: an inbound event in the provider's shape, over the channel's topic.

Sources: "Example of a two-way SMS message payload for Amazon SNS topics" in the AWS End User
Messaging SMS user guide; the `messages` webhook (text, button, interactive) of Meta's Cloud API.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from local.carrier.accepted import derived_uuid, new_uuid
from local.carrier.instants import from_wire, to_wire, utc_now
from local.carrier.numbers import e164
from local.carrier.receipts import Receipt
from local.carrier.sms_voice.events import POOL_NUMBER
from local.carrier.store import MessageStore, Selection, StoredMessage
from local.carrier.web import HttpProblem, Request, Response, Route, json_response
from local.carrier.whatsapp.events import DISPLAY_PHONE_NUMBER, entry, wa_id, wamid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.carrier.receipts import ReceiptQueue
    from local.carrier.whatsapp.templates import TemplateBook
    from local.carrier.whatsapp.windows import ServiceWindows

CHANNELS = ("sms", "whatsapp")
EVENT = "reply"
MAX_TEXT_CHARACTERS = 4096
AFTER = timedelta(minutes=1)
"""How much later than the message it answers a reply is dated that names no instant."""
_FIELDS = frozenset({"channel", "from", "text", "button", "in_reply_to", "at", "id"})
_NUMBER = re.compile(r"\+?[1-9][0-9]{7,14}")
_FORM = "application/x-www-form-urlencoded"
_ANY_PHONE_NUMBER_ID = "phone-number-id-local"


@dataclass(frozen=True, slots=True)
class Reply:
    """A customer's message; `answers` is the one it follows, when there is one."""

    channel: str
    sender: str
    text: str
    button: str
    at: datetime
    answers: StoredMessage | None
    is_quoted: bool
    message_id: str

    @property
    def answered_id(self) -> str:
        """Return the provider's id of the message it follows; empty when there is none."""
        return self.answers.message.provider_message_id if self.answers else ""


@dataclass(frozen=True, slots=True)
class Replies:
    """The route that lets a customer write."""

    store: MessageStore
    receipts: ReceiptQueue
    templates: TemplateBook
    windows: ServiceWindows

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route("POST", re.compile("/replies"), self.take)]

    def take(self, request: Request) -> Response:
        """Publish what a customer wrote; a form of the inbox page is sent back to the page."""
        is_form = _is_form(request)
        document = dict(parse_qsl(request.body.decode())) if is_form else request.json()
        reply = self._read(document)
        if not self.receipts.is_heard(reply.channel):
            raise HttpProblem(HTTPStatus.CONFLICT, f"{reply.channel} has no topic to publish to")
        payload = self._payload(reply)
        if reply.channel == "whatsapp":
            self.windows.wrote(reply.sender, reply.at)
        receipt = Receipt(
            channel=reply.channel,
            provider_message_id=reply.answered_id or reply.message_id,
            event=EVENT,
            occurred_at=to_wire(reply.at),
            payload=payload,
        )
        self.receipts.schedule([receipt])
        if is_form:
            location = f"/?m={reply.answered_id}#m-{reply.answered_id}"
            return Response(HTTPStatus.SEE_OTHER, headers={"Location": location})
        return json_response(
            {"inbound_message_id": reply.message_id, "payload": json.loads(payload)},
            status=HTTPStatus.ACCEPTED,
        )

    def _read(self, document: object) -> Reply:
        errors = list(_problems(document))
        if errors or not isinstance(document, dict):
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "the reply is not valid", errors)
        sender = e164(document["from"])
        answers = self._answered(document, sender)
        name = document.get("id")
        return Reply(
            channel=document["channel"],
            sender=sender,
            text=document.get("text", ""),
            button=document.get("button", ""),
            at=_instant(document.get("at"), answers),
            answers=answers,
            is_quoted="in_reply_to" in document or "button" in document,
            message_id=derived_uuid("reply", name) if name else new_uuid(),
        )

    def _answered(self, document: Mapping[str, Any], sender: str) -> StoredMessage | None:
        """Return the message in question: the one named, else the last one to this number."""
        channel, named = document["channel"], document.get("in_reply_to")
        if named is None:
            written = self.store.select(Selection(channel=channel, to=sender))
            return written[-1] if written else None
        found = self.store.get(named)
        if found is not None and found.message.channel == channel:
            return found
        errors = [{"path": "in_reply_to", "reason": f"there is no such message on {channel}"}]
        raise HttpProblem(HTTPStatus.BAD_REQUEST, "the reply is not valid", errors)

    def _payload(self, reply: Reply) -> str:
        if reply.channel == "sms":
            return json.dumps(_sms(reply))
        phone_number_id = _ANY_PHONE_NUMBER_ID
        if reply.answers:
            phone_number_id = reply.answers.message.details["phone_number_id"]
        message = {
            "from": wa_id(reply.sender),
            "id": wamid(reply.message_id, EVENT),
            "timestamp": str(int(reply.at.timestamp())),
            **self._context(reply),
            **self._words(reply),
        }
        contact = {"profile": {"name": "Cliente"}, "wa_id": wa_id(reply.sender)}
        value = {"contacts": [contact], "messages": [message]}
        return entry(phone_number_id, value, reply.message_id, reply.at)

    def _context(self, reply: Reply) -> dict[str, Any]:
        if reply.answers is None or not reply.is_quoted:
            return {}
        return {"context": {"from": DISPLAY_PHONE_NUMBER, "id": wamid(reply.answered_id)}}

    def _words(self, reply: Reply) -> dict[str, Any]:
        """Return a text, or the button that was pressed in the shape of the message it is on."""
        if not reply.button:
            return {"type": "text", "text": {"body": reply.text}}
        if reply.answers is None:
            return {"type": "button", "button": {"payload": reply.button, "text": reply.button}}
        sent = {"type": "text", **json.loads(self.store.raw(reply.answers.message))}
        buttons = [b for b in self.templates.chat(sent).buttons if b.is_reply]
        pressed = next((b for b in buttons if reply.button in (b.text, b.target)), None)
        if pressed is None:
            errors = [{"path": "button", "reason": "the message has no such quick reply"}]
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "the reply is not valid", errors)
        if sent["type"] == "interactive":
            answer = {"id": pressed.target, "title": pressed.text}
            return {
                "type": "interactive",
                "interactive": {"type": "button_reply", "button_reply": answer},
            }
        return {"type": "button", "button": {"payload": pressed.target, "text": pressed.text}}


def _is_form(request: Request) -> bool:
    """Tell a form from JSON, which some clients send under a form's type."""
    kind = request.header("Content-Type").partition(";")[0].strip()
    return kind == _FORM and not request.body.lstrip().startswith(b"{")


def _sms(reply: Reply) -> dict[str, str]:
    destination = reply.answers.message.sender if reply.answers else POOL_NUMBER
    document = {
        "originationNumber": reply.sender,
        "destinationNumber": destination,
        "messageKeyword": f"KEYWORD_{re.sub(r'[^0-9]', '', destination)}",
        "messageBody": reply.text,
        "inboundMessageId": reply.message_id,
    }
    if reply.answers:
        document["previousPublishedMessageId"] = reply.answered_id
    return document


def _problems(document: object) -> list[dict[str, str]]:
    if not isinstance(document, dict):
        return [{"path": "", "reason": "must be an object"}]
    unknown = document.keys() - _FIELDS
    problems = [{"path": name, "reason": "unknown field"} for name in sorted(unknown)]
    if document.get("channel") not in CHANNELS:
        reason = f"must be one of {', '.join(CHANNELS)}"
        problems.append({"path": "channel", "reason": reason})
    if not _NUMBER.fullmatch(str(document.get("from", ""))):
        problems.append({"path": "from", "reason": "must be a number in E.164"})
    return problems + _content_problems(document)


def _content_problems(document: Mapping[str, Any]) -> list[dict[str, str]]:
    given = [name for name in ("text", "button") if name in document]
    if len(given) != 1:
        return [{"path": "text", "reason": "give either a text or a button"}]
    problems = []
    words = document[given[0]]
    if not isinstance(words, str) or not 0 < len(words) <= MAX_TEXT_CHARACTERS:
        reason = f"must have 1 to {MAX_TEXT_CHARACTERS} characters"
        problems.append({"path": given[0], "reason": reason})
    if given == ["button"] and document.get("channel") == "sms":
        problems.append({"path": "button", "reason": "an SMS has no buttons"})
    problems += [
        {"path": name, "reason": "must be a text"}
        for name in ("in_reply_to", "id")
        if not isinstance(document.get(name, ""), str)
    ]
    try:
        from_wire(document.get("at", "2026-01-01"))
    except (TypeError, ValueError):
        problems.append({"path": "at", "reason": "must be an ISO 8601 instant"})
    return problems


def _instant(text: str | None, answers: StoredMessage | None) -> datetime:
    if text is not None:
        return from_wire(text)
    return answers.message.received_at + AFTER if answers else utc_now()
