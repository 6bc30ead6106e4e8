"""A message as a telephone shows it: an SMS, a WhatsApp chat, or what a call says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.carrier.inbox import wording
from local.carrier.inbox.markup import Markup, escaped, joined, render
from local.carrier.inbox.state import State, state_of
from local.carrier.instants import from_wire
from local.carrier.replies import CHANNELS as ANSWERABLE
from local.carrier.replies import EVENT as REPLY
from local.carrier.text import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.carrier.message import Message
    from local.carrier.store import MessageStore, PublishedReceipt
    from local.carrier.whatsapp.templates import Button, TemplateBook

PHONE_CHANNELS = frozenset({"sms", "whatsapp", "voice"})
_TICKS = {State.ACCEPTED: "🕓", State.SENT: "✓", State.DELIVERED: "✓✓", State.READ: "✓✓"}
_NOT_SENT = "⚠"
NOTHING = Markup()


@dataclass(frozen=True, slots=True)
class PhoneView:
    """Renders a message of a channel of numbers."""

    store: MessageStore
    templates: TemplateBook

    def body(self, message: Message) -> Markup:
        """Return the handset with the message and what the customer answered."""
        receipts = self.store.receipts(message.provider_message_id)
        can_answer = message.channel in ANSWERABLE
        return render(
            "phone_body",
            channel=message.channel,
            sender=message.sender,
            content=self._content(message, receipts),
            meta=_meta(message),
            replies=joined([_reply(r) for r in receipts if r.event == REPLY]),
            form=_form("answer_form", message) if can_answer else "",
        )

    def _content(self, message: Message, receipts: Sequence[PublishedReceipt]) -> Markup:
        text = self.store.content(message).text
        if message.channel == "voice":
            return render("call", words=text, voice=message.details["voice_id"].capitalize())
        if message.channel == "sms":
            return _chat(message, state_of(receipts), linked(text))
        chat = self.templates.chat({"type": "text", **json.loads(self.store.raw(message))})
        return _chat(
            message,
            state_of(receipts),
            linked(chat.body),
            header=_part("strong", chat.header),
            footer=_part("small", chat.footer),
            buttons=joined([self._button(button, message) for button in chat.buttons]),
        )

    def _button(self, button: Button, message: Message) -> Markup:
        if button.is_link:
            return render("chat_link", url=button.target, text=button.text)
        if button.is_reply:
            return _form("quick_reply", message, target=button.target, text=button.text)
        return render("tag", name=Markup("span"), css="choice", text=button.text)


def linked(text: str) -> Markup:
    """Return text whose web addresses can be followed.

    >>> linked("<b> https://a.example.com.br/c/1.")[:16]
    '&lt;b&gt; <a hre'
    """
    parts: list[Markup] = []
    end = 0
    for match in ADDRESS.finditer(text):
        parts += [Markup(escaped(text[end : match.start()])), render("address", url=match[0])]
        end = match.end()
    return Markup("".join([*parts, escaped(text[end:])]))


def _chat(  # noqa: PLR0917 - the parts of one bubble
    message: Message,
    state: State,
    body: Markup,
    header: Markup = NOTHING,
    footer: Markup = NOTHING,
    buttons: Markup = NOTHING,
) -> Markup:
    return render(
        "chat",
        header=header,
        body=body,
        footer=footer,
        buttons=buttons,
        time=wording.clock_time(message.received_at),
        state=state.value,
        state_label=wording.STATE_LABELS[state],
        ticks=_TICKS.get(state, _NOT_SENT),
    )


def _part(name: str, text: str) -> Markup:
    return render("tag", name=Markup(name), css="words", text=text) if text else NOTHING


def _meta(message: Message) -> str:
    if message.channel == "sms":
        return wording.segments_label(message.details)
    if message.channel == "voice":
        return "Ligação automática"
    template = message.details.get("template")
    return f"Modelo {template} ({message.details['language']})" if template else "Mensagem livre"


def _form(template: str, message: Message, **values: Any) -> Markup:  # noqa: ANN401
    return render(
        template,
        **{"from": message.recipients[0]},
        channel=message.channel,
        message_id=message.provider_message_id,
        **values,
    )


def _reply(receipt: PublishedReceipt) -> Markup:
    payload = json.loads(receipt.payload)
    if "messageBody" in payload:
        text = payload["messageBody"]
    else:
        value = json.loads(payload["whatsAppWebhookEntry"])["changes"][0]["value"]
        text = wording.inbound_words(value["messages"][0])
    instant = from_wire(receipt.occurred_at)
    return render("inbound", text=text, time=wording.clock_time(instant))
