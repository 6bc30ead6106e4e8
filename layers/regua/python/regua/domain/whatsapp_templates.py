"""WhatsApp message templates as values, and a linter for what Meta refuses.

Meta reviews the fixed text of a template once; a message then names the template and fills its
numbered parameters. `lint_template` finds what a reviewer, or the API when the message is sent,
would refuse, each finding with its rule and where that rule comes from. What may be said to a
debtor at all is `regua.domain.wording`'s to judge, and it is asked here too. Pure, and linear in
the text.

Stricter than Meta where Meta is vague: between two parameters, before the first and after the last
stands a word, not only a sign.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from regua.domain.errors import InvalidInput
from regua.domain.ids import CreditorId, DispatchId
from regua.domain.phrases import words_of
from regua.domain.ruler import Channel
from regua.domain.rules import Rule
from regua.domain.wording import (
    WHATSAPP_VARIABLES,
    Finding,
    MessageText,
    Severity,
    TemplateCategory,
    lint,
)

LANGUAGE = "pt_BR"
MAX_NAME = 512
MAX_HEADER = 60
MAX_BODY = 1024
MAX_FOOTER = 60
MAX_BUTTON_TEXT = 25
MAX_BUTTONS = 10
MAX_URL_BUTTONS = 2
MAX_URL = 2000
MAX_PAYLOAD = 128
MAX_CALLBACK_DATA = 512
"""What Meta echoes in every status (``biz_opaque_callback_data``)."""
MAX_SPACES = 4
MAX_LINE_BREAKS = 2
WORDS_PER_PARAMETER = 3
"""A body with n parameters needs at least 3n + 1 words of fixed text."""
_FOREIGN_TEXT_WORDS = 4

_META_GUIDE = "Meta, message template guidelines"
_META_COMPONENTS = "Meta, template components"

_PARAMETER = re.compile(r"\{\{([1-9]\d?)\}\}", re.ASCII)
_BRACES = re.compile(r"[{}]+[^{}]*[{}]*")
_OTHER_PLACEHOLDER = re.compile(r"%[sd]\b|\$\w+|<%|\[\[")
_NAME = re.compile(r"[a-z0-9_]+", re.ASCII)
_HOST = re.compile(r"https://((?:[a-z0-9-]+\.)+[a-z]{2,}|localhost)(:\d{1,5})?/", re.ASCII)
_SHORTENER_HOSTS = (
    *("bit.ly", "bitly.com", "tinyurl.com", "goo.gl", "t.co", "ow.ly", "is.gd", "buff.ly"),
    *("cutt.ly", "rb.gy", "t.ly", "encr.pw", "encurtador.com.br", "l1nq.com", "abre.ai"),
    *("wa.me", "chat.whatsapp.com"),
)
_SHORTENER = re.compile(
    rf"(?<![\w.-])(?:www\.)?(?:{'|'.join(map(re.escape, _SHORTENER_HOSTS))})(?![\w-]|\.\w)",
    re.IGNORECASE,
)
_UNFIT = re.compile(rf"[\n\r\t\v\f\u2028\u2029]| {{{MAX_SPACES + 1},}}")
_WIDE_GAP = re.compile(rf"\t| {{{MAX_SPACES + 1},}}|\n{{{MAX_LINE_BREAKS + 1},}}")

_PORTUGUESE = frozenset(
    (
        *("ao", "ate", "com", "da", "das", "de", "dos", "em", "esta", "fatura", "na", "nao"),
        *("ou", "para", "pela", "pelo", "se", "seu", "sua", "um", "uma", "voce"),
    )
)
_FOREIGN = frozenset(
    (
        *("and", "are", "by", "for", "from", "has", "have", "is", "of", "our", "please"),
        *("the", "this", "to", "was", "with", "you", "your", "al", "con", "del", "el", "en"),
        *("gracias", "hola", "la", "las", "los", "por", "su", "sus", "tu", "usted", "y"),
    )
)

NAME = Rule(
    "whatsapp.template.name",
    "A template's name is lower-case letters, digits and underscores.",
    f"{_META_COMPONENTS} (name)",
    f"at most {MAX_NAME} characters",
)
NAME_TAKEN = Rule(
    "whatsapp.template.name.taken",
    "No two templates of one account have the same name and language.",
    f"{_META_COMPONENTS} (name); names differ by more than capitals (doc.bouncer.my)",
)
TEMPLATE_LANGUAGE = Rule(
    "whatsapp.template.language",
    f"Our templates are in {LANGUAGE}, and so are their words.",
    f"{_META_GUIDE} (the language selected must be that of the text; mixtures are refused)",
)
CATEGORY = Rule(
    "whatsapp.template.category",
    "A template about an agreed transaction is of the category UTILITY.",
    "Meta's template categories; our convention: a marketing template costs about nine times more",
)
LENGTH = Rule(
    "whatsapp.template.length",
    "No part of a template is empty or longer than Meta allows, with its samples filled in.",
    f"{_META_COMPONENTS}; error 132005 (translated text too long) when it is sent",
    f"header {MAX_HEADER}, body {MAX_BODY}, footer {MAX_FOOTER}, button {MAX_BUTTON_TEXT}"
    " characters",
)
GAPS = Rule(
    "whatsapp.template.gaps",
    f"A template has no tab, no more than {MAX_SPACES} spaces and no more than {MAX_LINE_BREAKS}"
    " line breaks in a row.",
    f"{_META_GUIDE}, as quoted by docs.ezpulze.com and easysocial.io",
)
PLACEHOLDER = Rule(
    "whatsapp.template.placeholder",
    "The only placeholder is a number in two braces at each side; footers and buttons have none.",
    f"{_META_GUIDE} (mismatched braces; characters such as #, $ and % in a placeholder)",
)
SEQUENCE = Rule(
    "whatsapp.template.sequence",
    "Parameters are numbered from 1 in the order in which they stand, each used once.",
    f"{_META_GUIDE} (parameters are sequential); once and in order is our convention",
)
POSITION = Rule(
    "whatsapp.template.position",
    "A word stands before the first parameter, after the last and between any two.",
    f"{_META_GUIDE}; error subcode 2388299 (leading or trailing parameters); Meta speaks of text,"
    " a word is our convention",
)
RATIO = Rule(
    "whatsapp.template.ratio",
    "A template is mainly fixed text.",
    "Meta, error subcode 2388293 (parameters words ratio exceeds limit); the figure is as"
    " observed, not published",
    f"more than {WORDS_PER_PARAMETER} words for each parameter",
)
SAMPLES = Rule(
    "whatsapp.template.samples",
    "Every parameter has a sample that says what it will hold.",
    f"{_META_GUIDE} (a template is refused when a parameter's purpose is unknown)",
)
PARAMETER_TEXT = Rule(
    "whatsapp.parameter.text",
    "A parameter's text is one line, never empty, without tabs or wide gaps.",
    "Meta, error 132018 (no new-line or tab characters or more than 4 consecutive spaces)",
    f"at most {MAX_SPACES} spaces in a row",
)
SHORTENER = Rule(
    "whatsapp.template.shortener",
    "No link hides where it leads: no URL shorteners, no wa.me.",
    f"{_META_GUIDE} (URL shorteners obscure the destination; wa.me is refused in buttons)",
)
URL = Rule(
    "whatsapp.template.url",
    "A button's address is https on a fixed host; its one parameter is the end of the path.",
    f"{_META_COMPONENTS} (URL buttons); a host in a parameter is refused by our convention",
    f"at most {MAX_URL} characters",
)
BUTTONS = Rule(
    "whatsapp.template.buttons",
    "Buttons have different texts, quick replies stand side by side, and there are not too many.",
    f"{_META_COMPONENTS} (buttons)",
    f"at most {MAX_BUTTONS}, {MAX_URL_BUTTONS} of them with an address",
)
RULES = (
    NAME,
    NAME_TAKEN,
    TEMPLATE_LANGUAGE,
    CATEGORY,
    LENGTH,
    GAPS,
    PLACEHOLDER,
    SEQUENCE,
    POSITION,
    RATIO,
    SAMPLES,
    PARAMETER_TEXT,
    SHORTENER,
    URL,
    BUTTONS,
)


class ApprovalState(StrEnum):
    """Where a template stands with Meta; only an approved one can be sent."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAUSED = "paused"
    """Approved, and stopped by Meta for a time because recipients complained of it."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A template's state with Meta, and Meta's reason where it refuses or pauses."""

    state: ApprovalState = ApprovalState.DRAFT
    reason: str | None = None

    def __post_init__(self) -> None:
        has_reason = bool(self.reason and self.reason.strip())
        needs_reason = self.state is ApprovalState.REJECTED
        may_have = self.state in {ApprovalState.REJECTED, ApprovalState.PAUSED}
        if needs_reason and not has_reason:
            raise InvalidInput.at("reason", "a rejected template has a reason")
        if self.reason is not None and not may_have:
            raise InvalidInput.at("reason", "only a rejected or paused template has one")

    @classmethod
    def from_meta(cls, status: str, reason: str | None = None) -> "Approval":
        """Read Meta's status of a template; its reason NONE is none.

        >>> Approval.from_meta("REJECTED", "INCORRECT_CATEGORY").state.value
        'rejected'

        Raises:
            InvalidInput: Meta has no such status.
        """
        state = _OF_META.get(status.upper())
        if state is None:
            raise InvalidInput.at("status", "not a status of a template")
        said = None if reason in {None, "", "NONE"} else reason
        if state is ApprovalState.REJECTED:
            return cls(state, said or status.upper())
        return cls(state, said if state is ApprovalState.PAUSED else None)

    @property
    def can_be_sent(self) -> bool:
        """Whether Meta takes messages with the template now."""
        return self.state is ApprovalState.APPROVED


_OF_META: Mapping[str, ApprovalState] = {
    "PENDING": ApprovalState.SUBMITTED,
    "IN_APPEAL": ApprovalState.SUBMITTED,
    "APPROVED": ApprovalState.APPROVED,
    "REINSTATED": ApprovalState.APPROVED,
    "FLAGGED": ApprovalState.APPROVED,
    "REJECTED": ApprovalState.REJECTED,
    "DISABLED": ApprovalState.REJECTED,
    "PAUSED": ApprovalState.PAUSED,
    "LIMIT_EXCEEDED": ApprovalState.REJECTED,
}
"""Statuses as the API lists them and as webhooks report their change."""


@dataclass(frozen=True, slots=True)
class UrlButton:
    """A button that opens ``url``, whose last part ``{{1}}`` each message fills.

    ``sample`` is a whole address, as Meta's reviewers want it.
    """

    text: str
    url: str
    sample: str


@dataclass(frozen=True, slots=True)
class QuickReply:
    """A button that answers with its own text and a payload of ours."""

    text: str


Button = UrlButton | QuickReply


@dataclass(frozen=True, slots=True)
class WhatsAppTemplate:
    """One template: fixed text with parameters ``{{1}}`` to ``{{n}}``.

    ``samples`` are one text for each parameter of the body, ``header_sample`` that of the header.
    """

    name: str
    body: str
    samples: tuple[str, ...] = ()
    header: str | None = None
    header_sample: str | None = None
    footer: str | None = None
    buttons: tuple[Button, ...] = ()
    language: str = LANGUAGE
    category: TemplateCategory = TemplateCategory.UTILITY
    approval: Approval = Approval()

    @property
    def parameters(self) -> int:
        """How many parameters the body has."""
        return len({match[1] for match in _PARAMETER.finditer(self.body)})

    def with_approval(self, approval: Approval) -> "WhatsAppTemplate":
        """Return the template in another state."""
        return replace(self, approval=approval)

    def filled(self, values: Sequence[str]) -> str:
        """Return the body as its reader sees it.

        Raises:
            InvalidInput: not one value for each parameter.
        """
        if len(values) != self.parameters:
            raise InvalidInput.at("parameters", f"{self.parameters} are needed, not {len(values)}")
        return _fill(self.body, values)

    def read_as(self, values: Sequence[str]) -> str:
        """Return the whole message as text: header, body, footer and the words on its buttons.

        Raises:
            InvalidInput: not one value for each parameter.
        """
        header = _fill(self.header or "", (self.header_sample or "",))
        texts = (button.text for button in self.buttons)
        parts = (header, self.filled(values), self.footer or "", *texts)
        return "\n\n".join(part for part in parts if part)


class ReplyButton(StrEnum):
    """What a quick reply of our own templates means; the first part of its payload."""

    PAID = "paid"
    HUMAN = "human"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class ButtonReply:
    """A tapped button, and the message that it stood under."""

    button: ReplyButton
    creditor_id: CreditorId
    dispatch_id: DispatchId


_JOIN_KEY = re.compile(r"(.+?):([0-9a-f]{32})(?::\d{4}-[0-9T:.Z-]{6,20})?(?::[0-9a-f]{16})?")


def join_key(
    creditor_id: CreditorId, dispatch_id: DispatchId, at: str | None = None, secret: str = ""
) -> str:
    """Return what WhatsApp echoes in each status of a message: whose it is, and when it was made.

    ``secret`` (16 hex characters) is nothing but hard to guess, so that the message's hash tells
    nobody who tries all numbers to whom it went.

    >>> join_key(CreditorId("aurora"), DispatchId("d" * 32))
    'aurora:dddddddddddddddddddddddddddddddd'

    Raises:
        InvalidInput: longer than WhatsApp echoes.
    """
    key = ":".join((creditor_id, dispatch_id, *([at] if at else ()), *([secret] if secret else ())))
    if len(key) > MAX_CALLBACK_DATA:
        raise InvalidInput.at("creditor_id", f"does not fit into {MAX_CALLBACK_DATA} characters")
    return key


def read_join_key(key: str) -> tuple[CreditorId, DispatchId] | None:
    """Return whose message an echoed key names, or None when it is none of ours."""
    found = _JOIN_KEY.fullmatch(key)
    return None if found is None else (CreditorId(found[1]), DispatchId(found[2]))


def reply_payload(button: ReplyButton, creditor_id: CreditorId, dispatch_id: DispatchId) -> str:
    """Return what a tapped button sends back.

    >>> reply_payload(ReplyButton.STOP, CreditorId("aurora"), DispatchId("d" * 32))
    'stop:aurora:dddddddddddddddddddddddddddddddd'

    Raises:
        InvalidInput: longer than WhatsApp carries.
    """
    payload = f"{button}:{join_key(creditor_id, dispatch_id)}"
    if len(payload) > MAX_PAYLOAD:
        raise InvalidInput.at("creditor_id", f"does not fit into {MAX_PAYLOAD} characters")
    return payload


def read_reply_payload(payload: str) -> ButtonReply | None:
    """Return which of our buttons was tapped, or None for a payload of another make."""
    button, _, key = payload.partition(":")
    message = read_join_key(key)
    if message is None or button not in set(ReplyButton):
        return None
    return ButtonReply(ReplyButton(button), *message)


def lint_template(template: WhatsAppTemplate) -> tuple[Finding, ...]:
    """Find what Meta would refuse, and what no message to a customer may say.

    >>> bad = WhatsAppTemplate("aviso", "{{1}}, sua fatura venceu. Ajuda? Ou responda PARAR.", ("Ana",))
    >>> [(f.rule.code, f.path, f.start, f.end) for f in lint_template(bad)]
    [('whatsapp.template.position', 'body', 0, 5)]
    """  # noqa: E501 - one line of a session
    return (
        *_named(template),
        *_language(template),
        *_lengths(template),
        *_gaps(template),
        *_placeholders(template),
        *_parameters(template),
        *_samples(template),
        *_links(template),
        *_buttons(template),
        *_words(template),
    )


def lint_registry(templates: Sequence[WhatsAppTemplate]) -> tuple[Finding, ...]:
    """Lint every template and what they share; paths begin with the template's place."""
    findings: list[Finding] = []
    seen: set[tuple[str, str]] = set()
    for index, template in enumerate(templates):
        at = f"templates[{index}]"
        findings += (f._replace(path=f"{at}.{f.path}") for f in lint_template(template))
        key = (template.name.lower(), template.language)
        if key in seen:
            findings.append(Finding(NAME_TAKEN, Severity.ERROR, f"{at}.name"))
        seen.add(key)
    return tuple(findings)


def check_parameters(values: Sequence[str]) -> tuple[Finding, ...]:
    """Find what WhatsApp would refuse in the parameters of one message."""
    return tuple(_unfit("parameters", values))


def _fill(text: str, values: Sequence[str]) -> str:
    """Put values where the parameters stand; a value is never read as a template."""

    def value(found: re.Match[str]) -> str:
        index = int(found[1]) - 1
        return values[index] if index < len(values) else found[0]

    return _PARAMETER.sub(value, text)


def _error(rule: Rule, path: str, start: int = 0, end: int = 0) -> Finding:
    return Finding(rule, Severity.ERROR, path, start, end)


def _texts(template: WhatsAppTemplate) -> Iterator[tuple[str, str]]:
    """Yield every text a reader sees, with its path."""
    if template.header is not None:
        yield "header", template.header
    yield "body", template.body
    if template.footer is not None:
        yield "footer", template.footer
    for index, button in enumerate(template.buttons):
        yield f"buttons[{index}].text", button.text


def _named(template: WhatsAppTemplate) -> Iterator[Finding]:
    if not _NAME.fullmatch(template.name) or len(template.name) > MAX_NAME:
        yield _error(NAME, "name", 0, len(template.name))
    if template.category is not TemplateCategory.UTILITY:
        yield _error(CATEGORY, "category")


def _language(template: WhatsAppTemplate) -> Iterator[Finding]:
    """Check the declared language, and that the small words are not another one's."""
    if template.language != LANGUAGE:
        yield _error(TEMPLATE_LANGUAGE, "language", 0, len(template.language))
    words = words_of(_PARAMETER.sub(" ", template.body))
    ours = sum(word in _PORTUGUESE for word in words)
    foreign = sum(word in _FOREIGN for word in words)
    if foreign >= _FOREIGN_TEXT_WORDS and foreign > ours:
        yield _error(TEMPLATE_LANGUAGE, "body", 0, len(template.body))


def _lengths(template: WhatsAppTemplate) -> Iterator[Finding]:
    """Measure every part with its samples, as Meta does."""
    filled = {
        "header": _fill(template.header or "", (template.header_sample or "",)),
        "body": _fill(template.body, template.samples),
    }
    limits = {"header": MAX_HEADER, "body": MAX_BODY, "footer": MAX_FOOTER}
    for path, text in _texts(template):
        limit = limits.get(path, MAX_BUTTON_TEXT)
        if not text.strip():
            yield _error(LENGTH, path)
        elif len(filled.get(path, text)) > limit or len(text) > limit:
            yield _error(LENGTH, path, limit, max(limit, len(text)))


def _gaps(template: WhatsAppTemplate) -> Iterator[Finding]:
    for path, text in _texts(template):
        for gap in _WIDE_GAP.finditer(text):
            yield _error(GAPS, path, *gap.span())
        if path != "body" and "\n" in text:
            yield _error(GAPS, path, text.index("\n"), text.index("\n") + 1)


def _placeholders(template: WhatsAppTemplate) -> Iterator[Finding]:
    """Find braces that are no parameter, other templates' marks, and parameters out of place."""
    for path, text in _texts(template):
        takes_parameters = path in {"header", "body"}
        left = _PARAMETER.sub(_blank, text) if takes_parameters else text
        for pattern in (_BRACES, _OTHER_PLACEHOLDER):
            for found in pattern.finditer(left):
                if not (pattern is _OTHER_PLACEHOLDER and _is_amount(left, found)):
                    yield _error(PLACEHOLDER, path, *found.span())


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _is_amount(text: str, found: re.Match[str]) -> bool:
    """Tell whether a dollar sign is that of reais: ``R$10``."""
    return found[0].startswith("$") and text[: found.start()].endswith("R")


def _parameters(template: WhatsAppTemplate) -> Iterator[Finding]:
    """Check where parameters stand, in which order, and that there is text around them."""
    for path, text in (("header", template.header or ""), ("body", template.body)):
        found = list(_PARAMETER.finditer(text))
        if [int(match[1]) for match in found] != list(range(1, len(found) + 1)):
            yield _error(SEQUENCE, path, found[0].start(), found[-1].end())
        yield from _positions(path, text, found)
    if template.header and len(_PARAMETER.findall(template.header)) > 1:
        yield _error(SEQUENCE, "header", 0, len(template.header))
    yield from _ratio(template.body)


def _positions(path: str, text: str, found: Sequence[re.Match[str]]) -> Iterator[Finding]:
    """Find parameters with no word between them and the next one, or the text's ends."""
    if not found:
        return
    if not words_of(text[: found[0].start()]):
        yield _error(POSITION, path, *found[0].span())
    for one, other in pairwise(found):
        if not words_of(text[one.end() : other.start()]):
            yield _error(POSITION, path, one.start(), other.end())
    if not words_of(text[found[-1].end() :]):
        yield _error(POSITION, path, *found[-1].span())


def _ratio(body: str) -> Iterator[Finding]:
    count = len(_PARAMETER.findall(body))
    words = len(words_of(_PARAMETER.sub(" ", body)))
    if count and words <= WORDS_PER_PARAMETER * count:
        yield _error(RATIO, "body", 0, len(body))


def _samples(template: WhatsAppTemplate) -> Iterator[Finding]:
    if len(template.samples) != template.parameters:
        yield _error(SAMPLES, "samples")
    if template.header and _PARAMETER.search(template.header) and not template.header_sample:
        yield _error(SAMPLES, "header_sample")
    yield from _unfit("samples", template.samples)


def _unfit(path: str, values: Sequence[str]) -> Iterator[Finding]:
    for index, value in enumerate(values):
        if not value.strip():
            yield _error(PARAMETER_TEXT, f"{path}[{index}]", 0, len(value))
        for found in _UNFIT.finditer(value):
            yield _error(PARAMETER_TEXT, f"{path}[{index}]", *found.span())


def _links(template: WhatsAppTemplate) -> Iterator[Finding]:
    """Find shortened links in texts, samples and buttons, and buttons that lead anywhere."""
    urls = [(i, b) for i, b in enumerate(template.buttons) if isinstance(b, UrlButton)]
    samples = ((f"samples[{i}]", sample) for i, sample in enumerate(template.samples))
    addresses = ((f"buttons[{i}].url", button.url) for i, button in urls)
    for path, text in (*_texts(template), *samples, *addresses):
        for found in _SHORTENER.finditer(text):
            yield _error(SHORTENER, path, *found.span())
    for index, button in urls:
        if not _is_good_address(button.url):
            yield _error(URL, f"buttons[{index}].url", 0, len(button.url))
        elif not _is_sample_of(button.sample, button.url):
            yield _error(SAMPLES, f"buttons[{index}].sample", 0, len(button.sample))


def _is_good_address(url: str) -> bool:
    """Tell whether an address has a fixed host, and at most one parameter at its very end."""
    fixed = url.removesuffix("{{1}}")
    is_fixed = _HOST.match(fixed) is not None and fixed.isascii() and fixed.isprintable()
    return is_fixed and not re.search(r"[{}\s]", fixed) and len(url) <= MAX_URL


def _is_sample_of(sample: str, url: str) -> bool:
    fixed = url.removesuffix("{{1}}")
    return sample == url if fixed == url else sample.startswith(fixed) and sample != fixed


def _buttons(template: WhatsAppTemplate) -> Iterator[Finding]:
    texts = [button.text.strip().lower() for button in template.buttons]
    kinds = [isinstance(button, UrlButton) for button in template.buttons]
    changes = sum(one != other for one, other in pairwise(kinds))
    is_grouped = changes <= 1
    too_many = len(texts) > MAX_BUTTONS or sum(kinds) > MAX_URL_BUTTONS
    if len(set(texts)) != len(texts) or not is_grouped or too_many:
        yield _error(BUTTONS, "buttons")


def _words(template: WhatsAppTemplate) -> Iterator[Finding]:
    """Ask what may be said; where parameters stand is judged here, and more strictly."""
    body = template.body if template.footer is None else f"{template.body}\n{template.footer}"
    said = MessageText(
        Channel.WHATSAPP,
        body,
        subject=template.header,
        buttons=tuple(button.text for button in template.buttons),
        category=template.category,
    )
    yield from (finding for finding in lint(said) if finding.rule is not WHATSAPP_VARIABLES)
