"""A linter for any text sent to a customer: what it may not say, and where.

The law forbids threats, coercion, deceit, ridicule and exposure to third parties (CDC art. 42 and
71); Meta refuses templates for reasons of its own. The words are data in
`regua.domain.forbidden_words`; this module knows where each group counts, and checks what no list
of words can: shouting, and templates that hide their purpose. Pure, and linear in the text.

It reads words, not intentions: a negated threat is still found, and a threat in words nobody
listed is not. Lint a template with its placeholders and once more as rendered, because a
customer's own data (the description of an invoice) may carry such words as well.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from regua.domain.errors import InvalidInput
from regua.domain.forbidden_words import (
    DISCLOSED_DETAIL,
    GROUPS,
    HARMLESS,
    HELP_WORDS,
    OPT_OUT_WORDS,
    PURPOSE_WORDS,
    Seen,
    WordGroup,
)
from regua.domain.phrases import PhraseBook, places_of, words_of
from regua.domain.ruler import Channel
from regua.domain.rules import Rule

MAX_CHARACTERS = 400_000
"""More than a text about the two hundred invoices of one contact."""
MAX_EXCLAMATIONS = 3
MIN_FIXED_WORDS_PER_VARIABLE = 3
_SHOUTED_LETTERS = 12
_SHOUTED_WORDS = 4
_SHOUTED_PER_CENT = 60

_VARIABLE = re.compile(r"\{\{[^{}]{1,80}\}\}")
_JOINED_VARIABLES = re.compile(r"\}\}\s{0,9}\{\{")
_EXCLAMATIONS = re.compile(r"!!+")
_AMOUNT = re.compile(r"R\$\s{0,3}\d")
_CAPITALS = re.compile(r"[A-ZÀ-ÖØ-Þ]{2,}")
_LETTERS = re.compile(r"[^\W\d_]{2,}")

SHOUTING = Rule(
    "wording.shouting",
    "No message shouts: capitals do not prevail, exclamation marks are few.",
    "our convention (courtesy; spam filters and Meta's reviewers count both)",
    f"at most {MAX_EXCLAMATIONS} exclamation marks; capitals below {_SHOUTED_PER_CENT} % of the "
    f"words, a warning from {_SHOUTED_WORDS} words in a row",
)
WHATSAPP_OPT_OUT = Rule(
    "wording.whatsapp.opt_out",
    "A WhatsApp template says how to stop the messages.",
    "Meta's opt-in policy (honour a request to stop); refused without it (ajuda.vya.digital)",
)
WHATSAPP_HELP = Rule(
    "wording.whatsapp.help",
    "A WhatsApp template offers a way to get help.",
    "Meta refuses dunning templates without one (ajuda.vya.digital, secondary)",
)
WHATSAPP_VARIABLES = Rule(
    "wording.whatsapp.variables",
    "A template neither starts nor ends with a variable, joins none, and is mainly fixed text.",
    "WhatsApp template guidelines, as quoted for Twilio error 63040; the ratio is our convention",
    f"at least {MIN_FIXED_WORDS_PER_VARIABLE} fixed words for each variable",
)
WHATSAPP_PURPOSE = Rule(
    "wording.whatsapp.purpose",
    "The fixed text of a UTILITY template names the transaction: no variable hides the purpose.",
    "Meta's template categories, as quoted by YCloud (vague drafts fail)",
)
RULES = (
    *(group.rule for group in GROUPS),
    SHOUTING,
    WHATSAPP_OPT_OUT,
    WHATSAPP_HELP,
    WHATSAPP_VARIABLES,
    WHATSAPP_PURPOSE,
)


class Severity(StrEnum):
    """What a finding means for the message."""

    ERROR = "error"
    """The message is refused."""
    WARNING = "warning"
    """Somebody should read it again."""


class TemplateCategory(StrEnum):
    """Meta's category of a WhatsApp template."""

    UTILITY = "utility"
    MARKETING = "marketing"


class Finding(NamedTuple):
    """One rule a text breaks, and where: ``path`` names the field, as in an error's problems.

    Something that is missing stands nowhere: ``start`` and ``end`` are zero.
    """

    rule: Rule
    severity: Severity
    path: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class MessageText:
    """The words of one message, as its reader or listener gets them.

    ``body`` is plain text: an HTML part is given as its visible text, a call as its script.
    ``category`` is that of a WhatsApp template; None for a free reply in an open conversation.
    """

    channel: Channel
    body: str
    subject: str | None = None
    sender_name: str | None = None
    buttons: tuple[str, ...] = ()
    is_voicemail: bool = False
    category: TemplateCategory | None = None

    def __post_init__(self) -> None:
        if self.is_voicemail and self.channel is not Channel.VOICE:
            raise InvalidInput.at("is_voicemail", "only a voice message can be one")
        if self.category and self.channel is not Channel.WHATSAPP:
            raise InvalidInput.at("category", "only WhatsApp templates have one")
        for path, text in self.parts():
            if len(text) > MAX_CHARACTERS:
                raise InvalidInput.at(path, f"longer than {MAX_CHARACTERS} characters")

    def parts(self) -> Iterator[tuple[str, str]]:
        """Yield every text the message has, with its path."""
        if self.sender_name is not None:
            yield "sender_name", self.sender_name
        if self.subject is not None:
            yield "subject", self.subject
        yield "body", self.body
        for index, button in enumerate(self.buttons):
            yield f"buttons[{index}]", button


class _Needed(StrEnum):
    """What some messages must say."""

    OPT_OUT = "opt_out"
    HELP = "help"
    PURPOSE = "purpose"


@cache
def _forbidden_phrases() -> PhraseBook[WordGroup]:
    """Build the book on the first text: whoever only reads the rules need not wait for it."""
    return PhraseBook(((group, group.phrases) for group in GROUPS), harmless=HARMLESS)


@cache
def _needed_phrases() -> PhraseBook[_Needed]:
    return PhraseBook(
        (
            (_Needed.OPT_OUT, OPT_OUT_WORDS),
            (_Needed.HELP, HELP_WORDS),
            (_Needed.PURPOSE, PURPOSE_WORDS),
        )
    )


def lint(text: MessageText) -> tuple[Finding, ...]:
    """Find every rule a message breaks; it may be sent when no finding is an error.

    >>> found = lint(MessageText(Channel.EMAIL, "Pague, CALOTEIRO!", subject="Sua fatura"))
    >>> [(f.rule.code, f.severity.value, f.path, f.start, f.end) for f in found]
    [('wording.ridicule', 'error', 'body', 7, 16)]
    """
    findings: list[Finding] = []
    said: set[_Needed] = set()
    for path, part in text.parts():
        findings += _forbidden(text, path, part)
        findings += _details(text, path, part)
        if path != "sender_name":  # a company's name is often written in capitals
            findings += _shouting(path, part)
        if text.category:
            said.update(need for need, _, _ in _needed_phrases().find(_fixed_words(part)))
    if text.category:
        findings += _template(text, said)
    return tuple(findings)


def is_refused(findings: Sequence[Finding]) -> bool:
    """Tell whether any finding forbids sending."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def _without_variables(text: str) -> str:
    """Blank out the placeholders of a template, keeping every position."""
    return _VARIABLE.sub(lambda variable: " " * len(variable[0]), text)


def _fixed_words(template: str) -> list[str]:
    return words_of(_without_variables(template))


def _forbidden(text: MessageText, path: str, part: str) -> Iterator[Finding]:
    seen = _seen(text, path)
    fixed = _without_variables(part) if text.category else part
    found = [hit for hit in _forbidden_phrases().find(words_of(fixed)) if hit[0].seen in seen]
    places = places_of(fixed) if found else []
    for group, first, last in found:
        severity = Severity.ERROR if group.refuses else Severity.WARNING
        yield Finding(group.rule, severity, path, places[first][0], places[last - 1][1])


def _seen(text: MessageText, path: str) -> set[Seen]:
    """Return which groups of words count in one part of a message."""
    seen = {Seen.ANYWHERE}
    if _is_discreet(text, path):
        seen |= {Seen.EXPOSED, Seen.DISCREET}
    if text.channel is Channel.SMS:
        seen.add(Seen.EXPOSED)
    if text.category:
        seen.add(Seen.WHATSAPP)
    if text.category is TemplateCategory.UTILITY:
        seen.add(Seen.UTILITY)
    return seen


def _is_discreet(text: MessageText, path: str) -> bool:
    """Tell whether others read or hear a part before the customer opens anything."""
    return path in {"subject", "sender_name"} or text.is_voicemail


def _details(text: MessageText, path: str, part: str) -> Iterator[Finding]:
    """Find amounts where nothing of the debt may show."""
    if _is_discreet(text, path):
        for amount in _AMOUNT.finditer(part):
            yield Finding(DISCLOSED_DETAIL, Severity.ERROR, path, amount.start(), amount.end())


def _shouting(path: str, part: str) -> Iterator[Finding]:
    for marks in _EXCLAMATIONS.finditer(part):
        yield Finding(SHOUTING, Severity.ERROR, path, marks.start(), marks.end())
    if part.count("!") > MAX_EXCLAMATIONS:
        yield Finding(SHOUTING, Severity.ERROR, path, 0, len(part))
    words = _words_in_capitals(part)
    for start, end, count in _runs(part, words):
        if count >= _SHOUTED_WORDS:  # it may be somebody's name
            yield Finding(SHOUTING, Severity.WARNING, path, start, end)
    if _prevail(part, sum(end - start for start, end in words)):
        yield Finding(SHOUTING, Severity.ERROR, path, 0, len(part))


def _words_in_capitals(part: str) -> list[tuple[int, int]]:
    """Return where whole words of two capitals and more stand."""
    found = (letters.span() for letters in _CAPITALS.finditer(part))
    return [(start, end) for start, end in found if _is_whole(part, start, end)]


def _is_whole(part: str, start: int, end: int) -> bool:
    """Tell whether letters are a word of their own: no letter or digit at either side."""
    around = part[max(0, start - 1) : start] + part[end : end + 1]
    return not any(map(str.isalnum, around))


def _runs(part: str, words: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Yield where words stand side by side, nothing but signs between them, and how many."""
    count, first, last = 0, 0, 0
    for start, end in words:
        if count and not any(map(str.isalnum, part[last:start])):
            count, last = count + 1, end
            continue
        yield first, last, count
        count, first, last = 1, start, end
    yield first, last, count


def _prevail(part: str, shouted: int) -> bool:
    """Tell whether so many letters in capitals are most of a text; stop once they cannot be."""
    if shouted < _SHOUTED_LETTERS:
        return False
    letters = 0
    for word in _LETTERS.finditer(part):
        letters += word.end() - word.start()
        if letters * _SHOUTED_PER_CENT > shouted * 100:
            return False
    return True


def _template(text: MessageText, said: set[_Needed]) -> Iterator[Finding]:
    """Check what Meta's reviewers look for in a WhatsApp template."""
    if _Needed.OPT_OUT not in said:
        yield Finding(WHATSAPP_OPT_OUT, Severity.ERROR, "body")
    if _Needed.HELP not in said:
        yield Finding(WHATSAPP_HELP, Severity.ERROR, "body")
    if text.category is TemplateCategory.UTILITY and _Needed.PURPOSE not in said:
        yield Finding(WHATSAPP_PURPOSE, Severity.ERROR, "body")
    for start, end in _variable_faults(text.body):
        yield Finding(WHATSAPP_VARIABLES, Severity.ERROR, "body", start, end)


def _variable_faults(body: str) -> Iterator[tuple[int, int]]:
    """Yield where variables stand that should not stand there, or all of them when too many."""
    variables = [match.span() for match in _VARIABLE.finditer(body)]
    if not variables:
        return
    first, last = variables[0], variables[-1]
    if not body[: first[0]].strip():
        yield first
    if not body[last[1] :].strip():
        yield last
    for joined in _JOINED_VARIABLES.finditer(body):
        yield joined.span()
    if len(_fixed_words(body)) < MIN_FIXED_WORDS_PER_VARIABLE * len(variables):
        yield first[0], last[1]
