"""The End User Messaging Social endpoint: sending, registering templates, and clear refusals."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.carrier.accepted import (
    NO_TOPIC,
    WRONG_INSTANT,
    answered,
    names_no_instant,
    new_uuid,
    own_instant,
    phone_message,
    publish,
)
from local.carrier.behaviours import Behaviour, BehaviourBook, Outcome
from local.carrier.instants import utc_now
from local.carrier.message import Content
from local.carrier.numbers import default_behaviour
from local.carrier.text import web_addresses
from local.carrier.web import Request, Response, Route, json_response
from local.carrier.whatsapp.call import SendCall, read_call, read_document
from local.carrier.whatsapp.errors import RE_ENGAGEMENT, SocialError, invalid
from local.carrier.whatsapp.events import DISPLAY_PHONE_NUMBER, Accepted
from local.carrier.whatsapp.plan import plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from local.carrier.message import ContentReader
    from local.carrier.receipts import ReceiptQueue
    from local.carrier.store import MessageStore
    from local.carrier.whatsapp.templates import TemplateBook
    from local.carrier.whatsapp.windows import ServiceWindows

CHANNEL = "whatsapp"
_TEMPLATE_MEMBERS = ("name", "language", "category", "components")


@dataclass(frozen=True, slots=True)
class WhatsAppProvider:
    """Takes WhatsApp messages and schedules what Meta would report about them."""

    store: MessageStore
    behaviours: BehaviourBook
    receipts: ReceiptQueue
    templates: TemplateBook
    windows: ServiceWindows

    def routes(self) -> list[Route]:
        """Return what the service answers to."""
        return [
            Route("POST", re.compile("/v1/whatsapp/send"), self.send),
            Route("POST", re.compile("/v1/whatsapp/template/put"), self.register_template),
            Route("GET", re.compile("/v1/whatsapp/template/list"), self.list_templates),
            Route("*", re.compile("/v1/whatsapp/.*"), self.refuse),
        ]

    def send(self, request: Request) -> Response:
        """Accept a message, or refuse it as AWS would."""
        try:
            call = read_call(request.body)
            behaviour = self.behaviours.resolve(
                CHANNEL, call.to, default_behaviour(CHANNEL, call.to)
            )
            _refuse_if_told(behaviour)
        except SocialError as error:
            return error.response()
        provider_message_id = self._accept(call, behaviour)
        return answered(behaviour, json_response({"messageId": provider_message_id}))

    def register_template(self, request: Request) -> Response:
        """Register a template and approve it at once."""
        try:
            document = read_document("CreateWhatsAppMessageTemplate", request.body)
            definition = _definition(base64.b64decode(document["templateDefinition"]))
        except SocialError as error:
            return error.response()
        self.templates.add(definition)
        return json_response(
            {
                "metaTemplateId": _template_id(definition),
                "templateStatus": "APPROVED",
                "category": definition["category"],
            }
        )

    def list_templates(self, request: Request) -> Response:  # noqa: ARG002 - a handler's signature
        """List the registered templates."""
        summaries = [
            {
                "templateName": definition["name"],
                "metaTemplateId": _template_id(definition),
                "templateStatus": "APPROVED",
                "templateLanguage": definition["language"],
                "templateCategory": definition["category"],
            }
            for definition in self.templates.all()
        ]
        return json_response({"templates": summaries})

    def refuse(self, request: Request) -> Response:
        """Answer the operations that the carrier does not play."""
        return SocialError(
            "UnknownOperationException",
            f"The carrier does not play {request.method} {request.path}.",
        ).response()

    def _accept(self, call: SendCall, behaviour: Behaviour) -> str:
        now = utc_now()
        provider_message_id = new_uuid()
        at = own_instant(call.instant, now, provider_message_id)
        message = phone_message(
            CHANNEL,
            provider_message_id,
            to=call.to,
            sender=f"+{DISPLAY_PHONE_NUMBER}",
            raw=call.raw,
            dispatch_id=call.dispatch_id,
            at=at,
            now=now,
            behaviour=behaviour,
            notes=tuple(self._notes(call)),
            details=_details(call),
        )
        self.store.add(message, call.raw)
        is_open = self.windows.is_open(call.to, at)
        category = self.templates.category(call.message)
        is_free = is_open and category in ("utility", "service")
        accepted = Accepted(call, provider_message_id, at, category, is_billable=not is_free)
        failure = self._failure(call, is_open=is_open)
        publish(self.receipts, CHANNEL, provider_message_id, plan(accepted, behaviour, failure))
        return provider_message_id

    def _failure(self, call: SendCall, *, is_open: bool) -> str | None:
        """Return the code Meta fails a message with that its own rules do not allow."""
        if call.kind != "template":
            return None if is_open else RE_ENGAGEMENT
        return self.templates.failure(call.message)

    def _notes(self, call: SendCall) -> Iterator[str]:
        if not self.receipts.is_heard(CHANNEL):
            yield NO_TOPIC
        if names_no_instant(call.instant):
            yield WRONG_INSTANT


def _refuse_if_told(behaviour: Behaviour) -> None:
    if behaviour.outcome is Outcome.THROTTLE:
        raise SocialError("ThrottledRequestException", behaviour.reason)
    if behaviour.outcome is Outcome.ERROR:
        raise SocialError(behaviour.code or "InternalServiceException", behaviour.reason)
    if behaviour.outcome is Outcome.REJECT and behaviour.how == "api":
        raise SocialError("InvalidParametersException", behaviour.reason)


def _details(call: SendCall) -> dict[str, Any]:
    template = call.message.get("template", {})
    return {
        "phone_number_id": call.phone_number_id,
        "type": call.kind,
        "template": template.get("name"),
        "language": template.get("language", {}).get("code"),
        "biz_opaque_callback_data": call.callback_data or None,
    }


def _definition(raw: bytes) -> dict[str, Any]:
    try:
        definition = json.loads(raw)
    except ValueError as exc:
        raise invalid("The template is not JSON.") from exc
    missing = [
        name
        for name in _TEMPLATE_MEMBERS
        if not isinstance(definition, dict) or not definition.get(name)
    ]
    if missing:
        raise invalid(f"(#100) The template lacks {', '.join(missing)}.")
    if definition["category"] not in ("UTILITY", "MARKETING", "AUTHENTICATION"):
        raise invalid("(#100) category must be UTILITY, MARKETING or AUTHENTICATION.")
    components = definition["components"]
    if not isinstance(components, list) or not all(isinstance(c, dict) for c in components):
        raise invalid("(#100) components must be a list of objects.")
    return dict(definition)


def _template_id(definition: dict[str, Any]) -> str:
    digest = hashlib.sha256(f"{definition['name']}/{definition['language']}".encode()).digest()
    return str(int.from_bytes(digest[:6], "big"))


def content_reader(templates: TemplateBook) -> ContentReader:
    """Return what reads a message with the registered templates' words."""

    def read(raw: bytes) -> Content:
        chat = templates.chat({"type": "text", **json.loads(raw)})
        links = [button.target for button in chat.buttons if button.is_link]
        text = chat.text
        return Content(text=text, links=tuple(dict.fromkeys((*web_addresses(text), *links))))

    return read
