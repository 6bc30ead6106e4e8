"""The frame of every page: templates, look, headers, and what a browser may do with the answer.

Nothing is loaded from anywhere: style and script stand in the page and are allowed by their hashes,
the logo is part of it. Whatever a creditor or a customer wrote is shown as text.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from regua.adapters import pt_br
from regua.adapters.page_texts import Language, Texts
from regua.application.customer_page.views import InvoiceView
from regua.application.message_content import Sender
from regua.application.page_document import data_uri
from regua.domain.page_look import OUR_LOOK, Look
from regua.runtime.public_http import NOT_STORED, Response, response

_FOLDER = Path(__file__).parent
_CODES: Mapping[Language, str] = {"pt": "pt-BR", "en": "en"}
_OTHER: Mapping[Language, Language] = {"pt": "en", "en": "pt"}
_WEB_URL = re.compile(r"https?://[!#-;=?-Z_a-z~%\[\]]+", re.ASCII)
_KEPT_IN_SWITCH = ("parcelas", "entrada", "primeiro")


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around one answer."""

    language: Language
    texts: Texts
    asked_language: Language | None = None
    """Chosen in the address: every link of the page goes on with it."""
    token: str = ""
    """A verified one; without it the page links to no other."""
    depth: int = 0
    """How many levels the page's address lies below the link's own place."""
    sender: Sender | None = None
    look: Look = OUR_LOOK
    query: Mapping[str, str] = field(default_factory=dict)
    form_value: Callable[[str], str] = lambda _: ""
    """Returns what the form of an act carries."""
    is_preview: bool = False

    def href(self, rest: str = "", query: Mapping[str, object] | None = None) -> str:
        """Return the address of a page of this link's, with the language that was asked for.

        It is relative (RFC 3986, 4.2): it stays on the same host and below the same stage.
        """
        asked = {"lang": self.asked_language} if self.asked_language else {}
        values = urlencode({**(query or {}), **asked})
        path = f"{self.place}/{rest}" if rest else self.place
        return f"{path}?{values}" if values else path

    @property
    def place(self) -> str:
        """The address of the link itself, without a query."""
        return "../" * self.depth + self.token

    @property
    def switch(self) -> str:
        """The address of the same page in the other language."""
        kept = {name: self.query[name] for name in _KEPT_IN_SWITCH if name in self.query}
        return f"?{urlencode({**kept, 'lang': _OTHER[self.language]})}"

    @property
    def title(self) -> str:
        """What tabs, histories and link previews show: nothing of a debt."""
        if self.sender is None:
            return ""
        return self.texts("frame.title", credor=self.sender.name)

    def answer(self, status: HTTPStatus, template: str, **values: object) -> Response:
        """Render a page; a ``title`` among the values goes before the usual one."""
        page = _environment().get_template(f"{template}.html.j2")
        colours, runs = _colours(self.look), bool(values.pop("runs", True))
        shown: dict[str, Any] = {
            "t": self.texts,
            "language": _CODES[self.language],
            "other_language": _CODES[_OTHER[self.language]],
            "lang": self.asked_language,
            "switch": self.switch,
            "href": self.href,
            "place": self.place,
            "csrf": self.form_value,
            "sender": self.sender,
            "logo": _logo(self.look),
            "is_preview": self.is_preview,
            "title": self.title,
            "style": _style(),
            "colours": colours,
            "script": _script(),
            "runs": runs,
            "logs": True,
            **values,
        }
        return response(status, _headers(colours, _CODES[self.language]), page.render(shown))


def prepare() -> None:
    """Compile every template: while a function is loaded it has a whole core, and nobody waits."""
    environment = _environment()
    for name in environment.list_templates():
        environment.get_template(name)


def amount(centavos: int) -> str:
    """Write an amount in reais that no line break takes apart.

    >>> amount(123456) == "R$\u00a01.234,56"
    True
    """
    return pt_br.brl(centavos).replace("R$ ", "R$\u00a0")


def named(invoices: Sequence[InvoiceView], texts: Texts) -> list[tuple[str, str]]:
    """Return invoices as the choices of a field."""
    return [
        (i.ref, f"{invoice_title(i, texts)} – {amount(i.line.total_centavos)}") for i in invoices
    ]


def invoice_title(view: InvoiceView, texts: Texts) -> str:
    """Name an invoice for its customer: an instalment by its place in the agreement."""
    if view.instalment_number is None:
        return texts("show.invoice", fatura=view.line.number)
    if view.instalment_number == 0:
        return texts("show.down_payment")
    return texts("show.instalment", numero=view.instalment_number)


def _web_url(url: str | None) -> str | None:
    """Let only absolute web addresses become links, in spite of the autoescape's blind spot."""
    return url if url and _WEB_URL.fullmatch(url) else None


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        brl=amount,
        person_name=pt_br.person_name,
        tax_id=pt_br.tax_id,
        phone=pt_br.phone,
        boleto_line=pt_br.boleto_line,
        web_url=_web_url,
        named=named,
    )
    return environment


@cache
def _style() -> str:
    return (_FOLDER / "page.css").read_text("utf-8")


@cache
def _script() -> str:
    return (_FOLDER / "page.js").read_text("utf-8")


def _colours(look: Look) -> str:
    """Return a creditor's colours as the one piece of style that differs; they are checked."""
    return (
        f":root{{--accent:{look.accent};--on-accent:{look.label}}}"
        "@media (prefers-color-scheme:dark){:root{"
        f"--accent:{look.accent_dark};--on-accent:{look.label_dark}}}}}"
    )


def _logo(look: Look) -> Mapping[str, object] | None:
    logo = look.logo
    if logo is None:
        return None
    return {"uri": data_uri(logo), "alt": logo.alt, "width": logo.width, "height": logo.height}


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _headers(colours: str, language: str) -> Mapping[str, str]:
    return MappingProxyType(
        {
            "content-type": "text/html; charset=utf-8",
            "content-language": language,
            "content-security-policy": (
                f"default-src 'none'; style-src {_hash(_style())} {_hash(colours)}; "
                f"script-src {_hash(_script())}; img-src data:; form-action 'self'; "
                "base-uri 'none'; frame-ancestors 'none'"
            ),
            "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "x-frame-options": "DENY",
            "vary": "accept-language, cookie",
            **NOT_STORED,
        }
    )
