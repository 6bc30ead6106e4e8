"""The inbox for people: a webmail page rendered here, readable without a line of script."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from email.utils import parseaddr
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from local.carrier.inbox import wording
from local.carrier.inbox.markup import Markup, joined, render
from local.carrier.inbox.phone import PHONE_CHANNELS, PhoneView
from local.carrier.inbox.state import state_of
from local.carrier.instants import from_wire, to_wire
from local.carrier.store import MessageStore, Selection, StoredMessage
from local.carrier.web import Request, Response, Route

if TYPE_CHECKING:
    from local.carrier.behaviours import BehaviourBook
    from local.carrier.receipts import ReceiptQueue
    from local.carrier.store import PublishedReceipt
    from local.carrier.whatsapp.templates import TemplateBook

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE_MESSAGES = 50
SNIPPET_CHARACTERS = 140
SOURCE_CHARACTERS = 300_000
REFRESH_SECONDS = 4
SUGGESTED_ADDRESSES = 200
TABS = {"mensagem": "Mensagem", "texto": "Texto", "fonte": "Fonte", "recibos": "Recibos"}
_STYLE = Path(__file__).parent / "inbox.css"


@dataclass(frozen=True, slots=True)
class View:
    """What the address of the page asks for."""

    to: str = ""
    channel: str = ""
    message_id: str = ""
    tab: str = ""
    page: int = 1
    shows_images: bool = False
    is_phone: bool = False
    is_automatic: bool = False

    @classmethod
    def of(cls, request: Request) -> View:
        """Read the query; what makes no sense is ignored."""
        query = request.query
        page, channel = query.get("pagina", ""), query.get("canal", "")
        return cls(
            to=query.get("para", "").strip().replace(" ", "+"),
            channel=channel if channel in wording.CHANNEL_LABELS else "",
            message_id=query.get("m", ""),
            tab=query.get("aba", ""),
            page=int(page) if re.fullmatch("[1-9][0-9]{0,5}", page) else 1,
            shows_images=query.get("imagens") == "1",
            is_phone=query.get("largura") == "celular",
            is_automatic=query.get("auto") == "1",
        )

    def lists(self, stored: StoredMessage) -> bool:
        """Tell whether a message is in the list."""
        is_of_channel = self.channel in ("", stored.message.channel)
        return is_of_channel and self.to.lower() in _recipients(stored).lower()

    @property
    def url(self) -> str:
        """Return the address of this view, which keeps the open message in sight in the list."""
        return f"{self.reload_url}#m-{self.message_id}" if self.message_id else self.reload_url

    @property
    def reload_url(self) -> str:
        """Return the address without a fragment: a browser reloads it when it is there already."""
        query = {
            "para": self.to,
            "canal": self.channel,
            "m": self.message_id,
            "aba": self.tab,
            "pagina": str(self.page) if self.page > 1 else "",
            "imagens": "1" if self.shows_images else "",
            "largura": "celular" if self.is_phone else "",
            "auto": "1" if self.is_automatic else "",
        }
        text = urlencode({key: value for key, value in query.items() if value})
        return f"/?{text}" if text else "/"


@dataclass(frozen=True, slots=True)
class InboxPages:
    """Renders the page and its style sheet."""

    store: MessageStore
    behaviours: BehaviourBook
    receipts: ReceiptQueue
    templates: TemplateBook

    def routes(self) -> list[Route]:
        """Return the page's routes."""
        return [
            Route("GET", re.compile("/"), self.page),
            Route("GET", re.compile(r"/inbox\.css"), self.style),
        ]

    def style(self, request: Request) -> Response:  # noqa: ARG002 - the signature of a handler
        """Hand out the style sheet."""
        return Response(HTTPStatus.OK, _STYLE.read_bytes(), "text/css; charset=utf-8")

    def page(self, request: Request) -> Response:
        """Show the list and, when one is asked for, a message."""
        view = View.of(request)
        everything = self.store.select(Selection())
        listed = [stored for stored in reversed(everything) if view.lists(stored)]
        opened = self.store.get(view.message_id)
        html = render(
            "page",
            title=f"{_subject(opened) if opened else 'Mensagens'} · Régua",
            channel=view.channel,
            channels=_channels(view),
            mode="reading" if view.message_id else "listing",
            to=view.to,
            addresses=_options(everything),
            refresh=Markup(f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}">')
            if view.is_automatic
            else "",
            clear_filter=_link(replace(view, to="", page=1), "Limpar") if view.to else "",
            reload_url=view.reload_url,
            auto_url=replace(view, is_automatic=not view.is_automatic).url,
            auto_label="Parar atualização automática"
            if view.is_automatic
            else "Atualizar automaticamente",
            auto_class="on" if view.is_automatic else "",
            count=wording.count_label(len(listed), "mensagem", "mensagens"),
            rules=self._rules(),
            items=self._items(listed, view),
            pager=_pager(len(listed), view),
            pane=self._pane(opened, view),
        )
        headers = {
            "Content-Security-Policy": PAGE_POLICY,
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        return Response(HTTPStatus.OK, html.encode(), "text/html; charset=utf-8", headers)

    def _rules(self) -> Markup:
        labels = [wording.rule_label(document) for document in self.behaviours.documents()]
        if not labels:
            return Markup()
        count = wording.count_label(len(labels), "comportamento ativo", "comportamentos ativos")
        return render("rules", count=count, items=joined([_tag("li", text) for text in labels]))

    def _items(self, listed: list[StoredMessage], view: View) -> Markup:
        if not listed and view.to:
            return render(
                "empty",
                title="Nenhuma mensagem para este destinatário",
                hint=f"Não há mensagem cujo destinatário contenha “{view.to}”.",
            )
        if not listed:
            return render(
                "empty",
                title="Nenhuma mensagem ainda",
                hint="As mensagens aparecem aqui assim que a régua as envia.",
            )
        first = (view.page - 1) * PAGE_MESSAGES
        shown = listed[first : first + PAGE_MESSAGES]
        return Markup(f"<ul>{joined([self._item(stored, view) for stored in shown])}</ul>")

    def _item(self, stored: StoredMessage, view: View) -> Markup:
        message = stored.message
        state = state_of(self.store.receipts(message.provider_message_id))
        is_open = message.provider_message_id == view.message_id
        text = " ".join(self.store.content(message).text.split())
        opened = View(
            to=view.to,
            channel=view.channel,
            page=view.page,
            message_id=message.provider_message_id,
            is_phone=view.is_phone,
        )
        return render(
            "item",
            url=opened.url,
            anchor=f"m-{message.provider_message_id}",
            current=Markup('aria-current="true"') if is_open else "",
            who=parseaddr(message.sender)[0] or message.sender,
            instant=to_wire(message.received_at),
            date=wording.short_date(message.received_at),
            subject=_subject(stored),
            snippet=text[:SNIPPET_CHARACTERS],
            to=", ".join(message.recipients),
            behaviour=_behaviour_chip(message.behaviour),
            channel=_chip(wording.CHANNEL_LABELS[message.channel]),
            state=state.value,
            state_label=wording.STATE_LABELS[state],
        )

    def _pane(self, opened: StoredMessage | None, view: View) -> Markup:
        if opened is None and view.message_id:
            return render(
                "empty",
                title="Mensagem não encontrada",
                hint="Ela pode ter sido apagada da caixa de entrada.",
            )
        if opened is None:
            return render(
                "empty",
                title="Escolha uma mensagem",
                hint="Ela será mostrada aqui como o cliente a vê.",
            )
        return self._reading(opened, view)

    def _reading(self, opened: StoredMessage, view: View) -> Markup:
        message = opened.message
        receipts = self.store.receipts(message.provider_message_id)
        state = state_of(receipts)
        is_phone = message.channel in PHONE_CHANNELS
        has_view = is_phone or bool(self.store.content(message).html)
        tabs = [name for name in TABS if has_view or name != "mensagem"]
        tab = view.tab if view.tab in tabs else tabs[0]
        return render(
            "reading",
            back_url=replace(view, message_id="", tab="").url,
            subject=_subject(opened),
            sender=message.sender,
            to=", ".join(message.recipients),
            instant=to_wire(message.received_at),
            date=wording.long_date(message.received_at),
            state=state.value,
            state_label=wording.STATE_LABELS[state],
            behaviour=_behaviour_chip(message.behaviour, "comportamento: "),
            channel=_chip(wording.CHANNEL_LABELS[message.channel]),
            notes=joined([_tag("p", note, css="note") for note in message.notes]),
            tabs=joined([_tab(view, name, is_current=name == tab) for name in tabs]),
            download_url=f"/messages/{message.provider_message_id}{'/raw' if is_phone else '.eml'}",
            download_label="Baixar original" if is_phone else "Baixar .eml",
            body=self._body(opened, tab, view),
        )

    def _body(self, opened: StoredMessage, tab: str, view: View) -> Markup:
        message = opened.message
        if tab == "mensagem" and message.channel in PHONE_CHANNELS:
            return PhoneView(self.store, self.templates).body(message)
        if tab == "mensagem":
            return _html_body(message.provider_message_id, view)
        if tab == "texto":
            text = self.store.content(message).text
            return render("text_body", text=text or "A mensagem não tem versão em texto.")
        if tab == "fonte":
            raw = self.store.raw(message)
            source = raw.decode("utf-8", "replace")
            return render(
                "source_body",
                size=wording.count_label(len(raw), "byte", "bytes"),
                sha256=message.raw_sha256,
                source=source[:SOURCE_CHARACTERS],
            )
        return self._receipts_body(opened)

    def _receipts_body(self, opened: StoredMessage) -> Markup:
        message = opened.message
        receipts = self.store.receipts(message.provider_message_id)
        waiting = self.receipts.pending_of(message.provider_message_id)
        count = wording.count_label(waiting, "recibo ainda a caminho", "recibos ainda a caminho")
        if waiting:
            closing = f"{count}."
        elif receipts:
            closing = "Nenhum outro recibo a caminho."
        else:
            closing = "O provedor não publicou recibo desta mensagem."
        return render(
            "receipts_body",
            provider_message_id=message.provider_message_id,
            dispatch_id=message.dispatch_id or "não informado",
            accepted=wording.long_date(message.accepted_at),
            items=joined([_receipt(receipt) for receipt in receipts]),
            pending=_tag("p", closing, css="soft"),
        )


def _html_body(provider_message_id: str, view: View) -> Markup:
    source = f"/messages/{provider_message_id}/html"
    return render(
        "html_body",
        source=f"{source}?images=1" if view.shows_images else source,
        width="phone" if view.is_phone else "wide",
        images_url=replace(view, shows_images=not view.shows_images).url,
        images_label="Ocultar imagens" if view.shows_images else "Mostrar imagens",
        images_text="As imagens foram carregadas: isso conta como abertura."
        if view.shows_images
        else "As imagens externas estão bloqueadas.",
        width_url=replace(view, is_phone=not view.is_phone).url,
        width_label="Ver em largura normal" if view.is_phone else "Ver como no celular",
    )


def _receipt(receipt: PublishedReceipt) -> Markup:
    payload = json.loads(receipt.payload)
    return render(
        "receipt",
        event=receipt.event,
        label=wording.EVENT_LABELS.get(receipt.event, receipt.event),
        instant=receipt.occurred_at,
        date=wording.long_date(from_wire(receipt.occurred_at)),
        summary=wording.receipt_summary(payload),
        published=wording.long_date(from_wire(receipt.published_at)),
        payload=json.dumps(payload, ensure_ascii=False, indent=2),
    )


def _subject(stored: StoredMessage) -> str:
    return stored.message.subject or wording.NO_SUBJECT[stored.message.channel]


def _channels(view: View) -> Markup:
    """Return the ways to see one channel, or all."""
    labels = {"": "Todos", **wording.CHANNEL_LABELS}
    return joined(
        [
            render(
                "link",
                url=replace(view, channel=channel, page=1, message_id="", tab="").url,
                current=Markup('aria-current="true"') if channel == view.channel else "",
                text=label,
            )
            for channel, label in labels.items()
        ]
    )


def _recipients(stored: StoredMessage) -> str:
    return ", ".join(stored.message.recipients)


def _options(everything: list[StoredMessage]) -> Markup:
    addresses = sorted({r for stored in everything for r in stored.message.recipients})
    return joined([_option(address) for address in addresses[:SUGGESTED_ADDRESSES]])


def _option(address: str) -> Markup:
    return render("option", address=address)


def _tag(name: str, text: str, css: str = "") -> Markup:
    return render("tag", name=Markup(name), css=css, text=text)


def _link(view: View, text: str) -> Markup:
    return render("link", url=view.url, current="", text=text)


def _tab(view: View, name: str, *, is_current: bool) -> Markup:
    return render(
        "link",
        url=replace(view, tab=name).url,
        current=Markup('aria-current="page"') if is_current else "",
        text=TABS[name],
    )


def _chip(text: str, css: str = "") -> Markup:
    return _tag("span", text, css=f"chip {css}".strip())


def _behaviour_chip(behaviour: str, prefix: str = "") -> Markup:
    if behaviour == "deliver":
        return Markup()
    return _chip(prefix + wording.behaviour_label(behaviour), "behaviour")


def _pager(total: int, view: View) -> Markup:
    """Return the way to newer and older messages, when there is more than one page."""
    if total <= PAGE_MESSAGES:
        return Markup()
    has_older = view.page * PAGE_MESSAGES < total
    newer = _link(replace(view, page=view.page - 1), "← Mais novas") if view.page > 1 else ""
    older = _link(replace(view, page=view.page + 1), "Mais antigas →") if has_older else ""
    return render("pager", newer=newer, older=older)
