"""What is wrong with a creditor's own look and words, before any customer sees them.

Every text is read on its own, and every e-mail it changes is written once more, for one invoice
and for three, and must still pass what our own messages pass. An error refuses the document; a
warning asks somebody to read again. Placeholders are left out of what is read for words.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NamedTuple

from regua.application.message_content import MessageContent, RenderedEmail
from regua.application.page_document import ColoursDocument, PageDocument
from regua.application.page_samples import SAMPLED, sample_contents
from regua.application.ports import Creditor, EmailRenderer
from regua.domain import page_rules as rules
from regua.domain import wording
from regua.domain.english_words import EXPOSING, FORBIDDEN
from regua.domain.forbidden_words import PURPOSE_WORDS
from regua.domain.identification import StatedFacts, check_identification
from regua.domain.money import Money
from regua.domain.own_words import (
    FIRM,
    PAGE_CHARACTERS,
    PARTS,
    RECEIPTS,
    SUBJECT_CHARACTERS,
    placeholders_for,
)
from regua.domain.page_look import DARK_SURFACE, LIGHT_SURFACE, MIN_CONTRAST, contrast
from regua.domain.phrases import PhraseBook, contains, words_of
from regua.domain.placeholders import filled, is_well_formed, names_in
from regua.domain.ruler import Channel
from regua.domain.rules import Rule
from regua.domain.wording import MessageText, Severity

_SAMPLE_DAY = date(2026, 11, 18)
"""A Wednesday; the day does not matter to what is found."""
_MARKUP = re.compile(r"[<>]|&#?\w{1,30};")
_ADDRESS = re.compile(r"https?:|www\.|@|\b[^\W_][\w-]+\.[^\W\d_]{2,}", re.IGNORECASE)
_AMOUNT = re.compile(r"R\$|\b\d{1,3}(?:\.\d{3})*,\d\d\b|\breais\b", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\d(?:[\s./()-]{0,3}\d){7,}")
_NOT_IN_A_SUBJECT = re.compile(
    r"!|\b(?:cr[ée]ditos?|cadastros?|restri\w+|importantes?)\b", re.IGNORECASE
)
_ONE_OF_THEM = re.compile(
    r"\b(?:fatura|boleto|mensalidade|parcela|conta|cobran[çc]a)\b", re.IGNORECASE
)
_MIN_SHOUTED = 6
_MIN_NAME_WORDS = 2
_LONGEST_EXCERPT = 60
"""In characters: what fits on a line beside its reason."""


class PageFinding(NamedTuple):
    """One rule a document breaks: where, as a dotted path, and why, in words for its author."""

    path: str
    reason: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, in the order of the document; ``errors`` refuse it."""

    errors: tuple[PageFinding, ...] = ()
    warnings: tuple[PageFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class PageWords:
    """Which texts of the page a creditor may word itself.

    ``replaceable`` has our own texts by language and key; a creditor's may use their placeholders.
    ``discreet`` are the keys that anybody sees who has the link, before showing who they are.
    """

    replaceable: Mapping[str, Mapping[str, str]]
    discreet: frozenset[str] = frozenset()


class _Text(NamedTuple):
    """A text of a document, where it stands, and what holds there."""

    path: str
    text: str
    language: str
    longest: int
    allowed: frozenset[str]
    is_discreet: bool

    @property
    def bare(self) -> str:
        """The text without its placeholders."""
        return filled(self.text, dict.fromkeys(names_in(self.text), "…")) or ""


_Found = Iterator[tuple[Severity, PageFinding]]
_ERROR, _WARNING = Severity.ERROR, Severity.WARNING


@dataclass(frozen=True, slots=True)
class PageLinter:
    """Finds what a document breaks.

    Args:
        renderer: writes the e-mails that customers would get.
        page: the texts of the page that may be replaced.
    """

    renderer: EmailRenderer
    page: PageWords

    def __call__(self, document: PageDocument, creditor: Creditor) -> Findings:
        """Find every rule that a creditor's document breaks, each once per place."""
        found = [
            *_colours(document.colours),
            *self._texts(document, creditor),
            *self._emails(document, creditor),
        ]
        seen = dict.fromkeys(found)
        return Findings(
            errors=tuple(f for severity, f in seen if severity is _ERROR),
            warnings=tuple(f for severity, f in seen if severity is _WARNING),
        )

    def _texts(self, document: PageDocument, creditor: Creditor) -> _Found:
        for language in ("pt", "en"):
            ours = self.page.replaceable.get(language, {})
            for key, text in getattr(document.texts, language).items():
                path = f"texts.{language}.{key}"
                if key not in ours:
                    yield _error(path, "not a text of the page that may be changed", rules.KEY)
                    continue
                allowed = names_in(ours[key])
                discreet = key in self.page.discreet
                place = _Text(path, text, language, PAGE_CHARACTERS, allowed, discreet)
                yield from _checked(place, creditor)
                yield from _dropped(place)

    def _emails(self, document: PageDocument, creditor: Creditor) -> _Found:
        for template, words in document.emails.items():
            path = f"emails.{template}"
            if template not in SAMPLED:
                yield _error(path, "not an e-mail whose words may be changed", rules.KEY)
                continue
            before: set[str] = set()
            for part, text in words.said():
                allowed = placeholders_for(template, part)
                is_subject = part == "subject"
                at = f"{path}.{part}"
                place = _Text(at, text, "pt", PARTS[part], allowed, is_subject)
                told = [*_checked(place, creditor), *_manners(place, template, part, creditor)]
                before |= {finding.rule.code for _, finding in told}
                yield from told
            rendered = self._rendered(template, document.own_texts(), creditor)
            yield from (f for f in rendered if f[1].rule.code not in before)

    def _rendered(self, template: str, texts: Mapping[str, str], creditor: Creditor) -> _Found:
        """Write the e-mails, and find what their own words broke that ours do not."""
        for content in sample_contents(creditor.sender, template, _SAMPLE_DAY):
            ours = {f.rule for f in _of_message(self.renderer.render(content), content)}
            email = self.renderer.render(content, texts)
            for found in _of_message(email, content):
                if found.rule not in ours:
                    reason = f"{_excerpt(_part_of(email, found), found)}{found.rule.says}"
                    told = PageFinding(f"emails.{template}", reason, found.rule)
                    yield found.severity, told
            if len(email.subject) > SUBJECT_CHARACTERS:
                reason = f"{len(email.subject)} characters once filled, not {SUBJECT_CHARACTERS}"
                yield _error(f"emails.{template}.subject", reason, rules.LENGTH)


def _error(path: str, reason: str, rule: Rule) -> tuple[Severity, PageFinding]:
    return _ERROR, PageFinding(path, reason, rule)


def _warning(path: str, reason: str, rule: Rule) -> tuple[Severity, PageFinding]:
    return _WARNING, PageFinding(path, reason, rule)


# ── colours ─────────────────────────────────────────────────────────────────────────────────────


def _colours(colours: ColoursDocument) -> _Found:
    yield from _contrast("colours.accent", colours.accent, LIGHT_SURFACE, rules.CONTRAST)
    if colours.accent_dark is not None:
        path = "colours.accent_dark"
        yield from _contrast(path, colours.accent_dark, DARK_SURFACE, rules.CONTRAST_DARK)


def _contrast(path: str, accent: str, surface: str, rule: Rule) -> _Found:
    ratio = contrast(accent, surface)
    if ratio < MIN_CONTRAST:
        reason = f"{accent} on {surface} has a contrast of {ratio:.2f} to 1, not {MIN_CONTRAST}"
        yield _error(path, reason, rule)


# ── one text ────────────────────────────────────────────────────────────────────────────────────


def _checked(place: _Text, creditor: Creditor) -> _Found:
    """Check what holds for every text, wherever it stands."""
    yield from _form(place)
    yield from _data(place)
    yield from _words(place)
    yield from _name(place, creditor)


def _form(place: _Text) -> _Found:
    path, text = place.path, place.text
    if len(text) > place.longest:
        yield _error(path, f"{len(text)} characters, not {place.longest}", rules.LENGTH)
    if not text.isprintable():
        yield _error(path, "a line break, or characters that nobody sees", rules.PLAIN)
    if _MARKUP.search(text):
        yield _error(path, "markup is shown as it is written: write plain text", rules.PLAIN)
    if not is_well_formed(text):
        yield _error(path, "a brace that belongs to no placeholder", rules.BRACES)
    unknown = sorted(names_in(text) - place.allowed)
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in sorted(place.allowed)) or "none"
        names = ", ".join(f"{{{name}}}" for name in unknown)
        yield _error(path, f"{names} cannot stand here; there are: {known}", rules.PLACEHOLDER)


def _data(place: _Text) -> _Found:
    """Find what would lead a customer elsewhere, or ask for another amount than is owed."""
    if _ADDRESS.search(place.bare):
        yield _error(place.path, "reads as an address of the web or of an e-mail", rules.LINK)
    if _AMOUNT.search(place.bare):
        reason = "names an amount; where one may be named, write {total}"
        yield _error(place.path, reason, rules.PAYMENT_DATA)
    if _LONG_NUMBER.search(place.bare):
        yield _error(place.path, "has a number of eight digits or more", rules.PAYMENT_DATA)


def _words(place: _Text) -> _Found:
    """Find words that no message may say, and shouting that a short text can do as well."""
    if place.language == "en":
        yield from _english(place)
    else:
        subject = place.bare if place.is_discreet else None
        body = "" if place.is_discreet else place.bare
        for found in wording.lint(MessageText(Channel.EMAIL, body, subject=subject)):
            reason = f"{_excerpt(place.bare, found)}{found.rule.says}"
            yield found.severity, PageFinding(place.path, reason, found.rule)
    letters = sum(map(str.isalpha, place.bare))
    if letters >= _MIN_SHOUTED and place.bare.isupper():
        yield _error(place.path, wording.SHOUTING.says, wording.SHOUTING)


@cache
def _english_book() -> PhraseBook[bool]:
    """Build the book of English words; True are those that only may not be exposed."""
    return PhraseBook(((False, FORBIDDEN), (True, EXPOSING)), harmless="")


def _english(place: _Text) -> _Found:
    words = words_of(place.bare)
    for is_exposing, first, last in _english_book().find(words):
        if place.is_discreet or not is_exposing:
            said = " ".join(words[first:last])
            yield _error(place.path, f"“{said}”: {rules.ENGLISH.says}", rules.ENGLISH)


def _name(place: _Text, creditor: Creditor) -> _Found:
    name = creditor.sender.name
    spelt = words_of(name)
    if len(spelt) < _MIN_NAME_WORDS or name in place.text:
        return
    if contains(words_of(place.text), spelt):
        reason = f"the name is spelt {name}; write {{credor}} where it may stand"
        yield _error(place.path, reason, rules.CREDITOR_NAME)


def _dropped(place: _Text) -> _Found:
    dropped = sorted(place.allowed - names_in(place.text))
    if dropped:
        names = ", ".join(f"{{{name}}}" for name in dropped)
        yield _warning(place.path, f"our text names {names}", rules.DROPPED)


# ── what holds for e-mails only ─────────────────────────────────────────────────────────────────


def _manners(place: _Text, template: str, part: str, creditor: Creditor) -> _Found:
    if template in FIRM and "!" in place.text:
        yield _error(place.path, "an exclamation mark in a firm message", rules.FIRM)
    if part == "subject":
        yield from _subject(place, creditor)
    if part == "lead" and template not in RECEIPTS:
        yield from _lead(place)
    is_singular = _ONE_OF_THEM.search(place.bare) and "fatura" not in names_in(place.text)
    if is_singular and "fatura" in place.allowed:
        reason = "is used for several invoices as well; name one by {fatura}, or speak of several"
        yield _warning(place.path, reason, rules.PLURAL)


def _subject(place: _Text, creditor: Creditor) -> _Found:
    found = _NOT_IN_A_SUBJECT.search(place.bare)
    if found:
        yield _error(place.path, f"“{found[0]}” does not belong in a subject", rules.SUBJECT)
    if "credor" not in names_in(place.text) and creditor.sender.name not in place.text:
        yield _warning(place.path, "does not say who writes: {credor}", rules.SUBJECT_NAME)


def _lead(place: _Text) -> _Found:
    is_named = names_in(place.text) & {"fatura", "vencimento", "total"}
    if not is_named and next(_purpose_book().find(words_of(place.bare)), None) is None:
        reason = "does not say what the message is about: {fatura}, {vencimento} or {total}"
        yield _warning(place.path, reason, rules.ABOUT)


@cache
def _purpose_book() -> PhraseBook[bool]:
    return PhraseBook(((True, PURPOSE_WORDS),), harmless="")


# ── a whole message ─────────────────────────────────────────────────────────────────────────────


def _of_message(email: RenderedEmail, content: MessageContent) -> Iterator[wording.Finding]:
    """Find what a message breaks that is about to be sent."""
    name = content.sender.name
    yield from wording.lint(MessageText(Channel.EMAIL, email.text, email.subject, name))
    if content.lines:
        yield from check_identification(Channel.EMAIL, email.text, _facts(content))


def _facts(content: MessageContent) -> StatedFacts:
    return StatedFacts(
        name=content.sender.name,
        document=content.sender.document,
        address_line=content.sender.address_line,
        original=Money(content.original_centavos),
        late_fine=Money(content.late_fine_centavos),
        late_interest=Money(content.late_interest_centavos),
        total=Money(content.total_centavos),
        valid_until=content.valid_until,
        opt_out=content.unsubscribe_url,
    )


def _part_of(email: RenderedEmail, found: wording.Finding) -> str:
    return email.subject if found.path == "subject" else email.text


def _excerpt(text: str, found: wording.Finding) -> str:
    """Quote what was found, where it is a few words; what is missing cannot be quoted."""
    said = text[found.start : found.end]
    return f"“{said}”: " if 0 < len(said) <= _LONGEST_EXCERPT else ""
