"""A creditor changes its look and words: read, written, and looked at before anybody else does."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Protocol

from regua.application.customer_page.views import PageView
from regua.application.message_content import RenderedEmail
from regua.application.page_document import PageDocument, read_look, read_page_document
from regua.application.page_lint import Findings, PageLinter
from regua.application.page_ports import DRAFT_LIFE, Draft, DraftStore, LookStore, WrittenPage
from regua.application.page_samples import SAMPLED, sample_contents, sample_view
from regua.application.ports import Creditor, CreditorDirectory
from regua.application.preconditions import NO_EXPECTATION, Expectation, tag_of
from regua.domain.errors import InvalidInput, NotFound, PreconditionFailed, Problem, VersionConflict
from regua.domain.ids import CreditorId
from regua.domain.page_look import OUR_LOOK, Look

UNWRITTEN = PageDocument()
"""What stands for a creditor's document before one is written: all is ours."""


class PreviewLinks(Protocol):
    """Makes the addresses where drafts are looked at."""

    def preview(self, draft_id: str, at: datetime) -> str:
        """Return a draft's signed address."""
        ...


@dataclass(frozen=True, slots=True)
class PageInForce:
    """A creditor's document and the tag that names it."""

    document: PageDocument
    tag: str


@dataclass(frozen=True, slots=True)
class Put:
    """What became of a document: in force, with what should be read again."""

    page: PageInForce
    findings: Findings


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft that can be looked at, whatever was found in it."""

    draft_id: str
    url: str
    expires_at: datetime
    findings: Findings


@dataclass(frozen=True, slots=True)
class ManagePage:
    """Read, write and try out a creditor's look and words."""

    looks: LookStore
    drafts: DraftStore
    lint: PageLinter
    links: PreviewLinks

    def read_page(self, creditor: Creditor) -> PageInForce:
        """Return what is in force; before anything is written, the empty document."""
        return _in_force(self.looks.find(creditor.creditor_id))

    def put_page(
        self, creditor: Creditor, document: object, expected: Expectation = NO_EXPECTATION
    ) -> Put:
        """Put a document in force; functions see it within half a minute.

        Raises:
            InvalidInput: with the path and reason of every error found.
            PreconditionFailed: what is written now is not as ``expected``.
            VersionConflict: somebody else wrote at the same moment, and nothing was expected.
        """
        read = read_page_document(document)
        findings = self.lint(read, creditor)
        if findings.errors:
            raise InvalidInput(
                tuple(Problem(f.path, f"{f.reason} [{f.rule.code}]") for f in findings.errors)
            )
        known = self.looks.find(creditor.creditor_id)
        expected.check(lambda: _in_force(known).tag)
        written = WrittenPage(read.style(), read.own_texts(), _tag(read))
        try:
            before = None if known is None else known.tag
            self.looks.put(creditor.creditor_id, written, before=before)
        except VersionConflict as exc:
            if expected:
                raise PreconditionFailed from exc
            raise
        return Put(PageInForce(read, written.tag), findings)

    def preview(self, creditor: Creditor, document: object, *, now: datetime) -> Preview:
        """Keep a draft for a day, and tell what is wrong with it.

        Raises:
            InvalidInput: it cannot be read, so there is nothing to look at.
        """
        read = read_page_document(document)
        findings = self.lint(read, creditor)
        draft = Draft(
            draft_id=_draft_id(creditor.creditor_id, read),
            creditor_id=creditor.creditor_id,
            document=read.written(),
            expires_at=now + DRAFT_LIFE,
        )
        self.drafts.put(draft)
        url = self.links.preview(draft.draft_id, now)
        return Preview(draft.draft_id, url, draft.expires_at, findings)

    def sample_emails(
        self, creditor: Creditor, document: object, on: date
    ) -> Mapping[str, tuple[RenderedEmail, ...]]:
        """Write the e-mails a document changes, each for one invoice and for three.

        Raises:
            InvalidInput: the document cannot be read.
        """
        read = read_page_document(document)
        templates = [name for name in read.emails if name in SAMPLED]
        return {name: self._samples(creditor, read, name, on) for name in templates}

    def _samples(
        self, creditor: Creditor, document: PageDocument, template: str, on: date
    ) -> tuple[RenderedEmail, ...]:
        contents = sample_contents(creditor.sender, template, on)
        return tuple(self.lint.renderer.render(c, document.own_texts()) for c in contents)


@dataclass(frozen=True, slots=True)
class ShownDraft:
    """A page with a draft's look and words, about a customer who does not exist."""

    creditor: Creditor
    """With the draft's texts in the place of those in force."""
    look: Look
    view: PageView
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ShowLook:
    """What the page needs to know of looks: the one in force, or a draft's."""

    looks: LookStore
    drafts: DraftStore
    directory: CreditorDirectory

    def look(self, creditor_id: CreditorId) -> Look:
        """Return a creditor's colours and logo, or ours."""
        style = self.looks.style(creditor_id)
        return OUR_LOOK if style is None else read_look(style)

    def draft(self, draft_id: str, *, on: date, now: datetime) -> ShownDraft:
        """Return the sample page of a draft.

        Args:
            draft_id: from a genuine preview token.
            on: the business day the page is looked at.
            now: the instant.

        Raises:
            NotFound: there is no such draft, or no longer.
        """
        draft = self.drafts.find(draft_id, now)
        if draft is None:
            raise NotFound(draft_id)
        document = read_page_document(draft.document)
        in_force = self.directory.get(draft.creditor_id)
        creditor = replace(in_force, texts=document.own_texts())
        view = sample_view(creditor, draft_id, on)
        return ShownDraft(creditor, document.look(), view, draft.expires_at)


def put_together(page: WrittenPage) -> PageDocument:
    """Put a document together from what is kept of it."""
    texts: dict[str, dict[str, str]] = {"pt": {}, "en": {}}
    emails: dict[str, dict[str, str]] = {}
    for full_key, text in page.texts.items():
        kind, place, key = full_key.split(".", 2)
        into = texts if kind == "page" else emails
        into.setdefault(place, {})[key] = text
    return PageDocument.model_validate({**page.style, "texts": texts, "emails": emails})


def _in_force(page: WrittenPage | None) -> PageInForce:
    document = UNWRITTEN if page is None else put_together(page)
    return PageInForce(document, _tag(document))


def _tag(document: PageDocument) -> str:
    return tag_of({"style": document.style(), "texts": document.own_texts()})


def _draft_id(creditor_id: CreditorId, document: PageDocument) -> str:
    """Name a draft by what it says: looking at the same document again keeps one draft."""
    said: Any = [creditor_id, document.written()]
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return sha256(b"regua.draft.v1\0" + text.encode()).hexdigest()[:32]
