"""Jinja2 in a sandbox: from `MessageContent` to subject, HTML and plain text.

The words of a template live once, in ``templates/email/copy/<template>.j2``, as macros that both
``message.html.j2`` and ``message.txt.j2`` call: the two parts cannot say different things. What
the words are about is decided elsewhere; MIME is built in `regua.adapters.mime`. A creditor's own
words (`regua.adapters.own_words`) take the place of some of them, as text and never as markup.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, FileSystemLoader, StrictUndefined, TemplateError
from jinja2.environment import TemplateModule
from jinja2.ext import Extension
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

from regua.adapters import pt_br
from regua.adapters.own_words import NO_WORDS, OwnWords, own_words
from regua.application.message_content import (
    InvoiceLine,
    MessageContent,
    PaidPart,
    ReceiptLine,
    RenderedEmail,
    Sender,
)
from regua.domain import errors

_FOLDER = Path(__file__).parent / "templates" / "email"
_TEMPLATE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_WEB_URL = re.compile(r"https?://[!#-;=?-Z_a-z~%\[\]]+", re.ASCII)
_PIECE = re.compile(r"\{# @(\w+): (.*) #\}")
_PIECE_USE = re.compile(r"@(\w+)@")
_BLANK_LINES = re.compile(r"\n{3,}")


def _web_url(url: str) -> str:
    """Let only absolute web addresses become links, in spite of the autoescape's blind spot."""
    if not _WEB_URL.fullmatch(url):
        raise ValueError("a link must be an absolute http or https address")
    return url


_FILTERS: Mapping[str, Callable[..., str]] = {
    "brl": pt_br.brl,
    "full_date": pt_br.full_date,
    "due_day": pt_br.due_day,
    "tax_id": pt_br.tax_id,
    "phone": pt_br.phone,
    "boleto_line": pt_br.boleto_line,
    "person_name": pt_br.person_name,
    "greeting_name": pt_br.greeting_name,
    "one_line": pt_br.one_line,
    "paid_by": pt_br.paid_by,
    "web_url": _web_url,
    "subject_name": partial(pt_br.shortened, length=40),
    "subject_number": partial(pt_br.shortened, length=24),
}


def template_loader() -> BaseLoader:
    """Return where templates come from; a creditor's own ones would be looked up first, here."""
    return FileSystemLoader(_FOLDER)


class _NamedPieces(Extension):
    """Writes named pieces of text out before a template is compiled (see ``layout.html.j2``)."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Replace each ``@name@`` by what ``{# @name: … #}`` says above it."""
        del name, filename
        pieces: dict[str, str] = {}

        def written_out(text: str) -> str:
            return _PIECE_USE.sub(lambda use: pieces.get(use[1], use[0]), text)

        for key, text in _PIECE.findall(source):
            pieces[key] = written_out(text)
        return written_out(source)


_READABLE = {
    kind: frozenset(name for name in dir(kind) if not name.startswith("_"))
    for kind in (MessageContent, InvoiceLine, ReceiptLine, PaidPart, Sender, OwnWords)
}


class _Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox, with a short way for what it would allow anyway.

    Nine in ten look-ups of a message are public attributes of our own immutable classes, or
    macros of another template; the checks for those cost more than the rest of the rendering.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - jinja2's signature
        """Read an attribute as the sandbox does."""
        kind = type(obj)
        if attribute in _READABLE.get(kind, ()):
            return getattr(obj, attribute)
        if kind is TemplateModule and not attribute.startswith("_"):
            return obj.__dict__.get(attribute) or super().getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Call a macro at once, and anything else after the sandbox's checks."""
        if type(obj) is Macro:
            return context.call(obj, *args, **kwargs)
        return super().call(context, obj, *args, **kwargs)


@dataclass(frozen=True, slots=True)
class _Environments:
    html: _Sandbox
    text: _Sandbox


@cache
def _environments() -> _Environments:
    """Build both environments once per process; Jinja2 keeps the compiled templates in them."""
    return _Environments(html=_environment(autoescape=True), text=_environment(autoescape=False))


def _environment(*, autoescape: bool) -> _Sandbox:
    environment = _Sandbox(
        loader=template_loader(),
        autoescape=autoescape,
        undefined=StrictUndefined,
        extensions=(_NamedPieces,),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(_FILTERS)
    return environment


class JinjaEmailRenderer:
    """Renders the packaged templates; holds no state of its own."""

    def render(
        self, content: MessageContent, texts: Mapping[str, str] | None = None
    ) -> RenderedEmail:
        """Return the message for this content: same content and texts, same characters.

        Args:
            content: what is said.
            texts: the creditor's own words by key (``email.<template>.<part>``), which take the
                place of ours where they are true of this content.

        Raises:
            TemplateError: the template does not exist, or cannot be rendered with this content.
        """
        if not _TEMPLATE_NAME.fullmatch(content.template):
            raise errors.TemplateError("the template's name is not one")
        environments = _environments()
        try:
            cleaned = _cleaned(content)
            own = own_words(cleaned, texts) if texts else NO_WORDS
            context = {"c": cleaned, "own": own}
            subject = environments.text.get_template("subject.j2").render(context)
            html = environments.html.get_template("message.html.j2").render(context)
            part = "receipt.txt.j2" if content.receipts else "message.txt.j2"
            text = environments.text.get_template(part).render(context)
        except (TemplateError, TypeError, ValueError, ArithmeticError) as exc:
            msg = f"template {content.template} cannot be rendered: {type(exc).__name__}"
            raise errors.TemplateError(msg) from exc
        return RenderedEmail(
            subject=pt_br.one_line(subject),
            html=html.strip() + "\n",
            text=_BLANK_LINES.sub("\n\n", text).strip() + "\n",
        )


def _cleaned(content: MessageContent) -> MessageContent:
    """Bring every free text of the content to one visible line, before any template sees it."""
    return replace(
        content,
        sender=replace(content.sender, **_one_lined(content.sender)),
        lines=tuple(_cleaned_line(line) for line in content.lines),
        receipts=tuple(replace(line, **_one_lined(line)) for line in content.receipts),
        customer_name=pt_br.one_line(content.customer_name),
    )


def _cleaned_line(line: InvoiceLine) -> InvoiceLine:
    """Clean a line but for its Pix code, whose checksum covers every character it has."""
    code = (line.pix_copy_paste or "").strip()
    if not code.isprintable():
        raise ValueError("a Pix code is one line of printable characters")
    return replace(line, **{**_one_lined(line), "pix_copy_paste": code or None})


def _one_lined(record: Sender | InvoiceLine | ReceiptLine) -> dict[str, Any]:
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: pt_br.one_line(v) for name, v in values.items() if isinstance(v, str)}
