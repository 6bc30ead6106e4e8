"""Where creditors' looks and words are kept, and drafts of them for a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from regua.domain.ids import CreditorId

DRAFT_LIFE = timedelta(hours=24)
"""For how long a draft can be looked at."""


@dataclass(frozen=True, slots=True)
class WrittenPage:
    """What a creditor wrote.

    ``style`` is colours and logo, ``texts`` its words by full key, as
    `regua.application.page_document.PageDocument` takes them apart.
    """

    style: Mapping[str, Any]
    texts: Mapping[str, str]
    tag: str
    """Names this content: what a later writer may expect to find."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that nobody but its creditor sees, until it expires."""

    draft_id: str
    creditor_id: CreditorId
    document: Mapping[str, Any]
    expires_at: datetime


class LookStore(Protocol):
    """Looks and words in force: the words come with the creditor, the look when a page asks."""

    def find(self, creditor_id: CreditorId) -> WrittenPage | None:
        """Return what a creditor wrote; None when it has not."""
        ...

    def put(self, creditor_id: CreditorId, page: WrittenPage, *, before: str | None) -> None:
        """Write a creditor's look and words, both or neither.

        Args:
            creditor_id: whose.
            page: what is written.
            before: the tag of what was read; None when nothing was.

        Raises:
            VersionConflict: something else is written now.
        """
        ...

    def style(self, creditor_id: CreditorId) -> Mapping[str, Any] | None:
        """Return colours and logo; None when the creditor has written none."""
        ...


class DraftStore(Protocol):
    """Drafts, each for a day."""

    def put(self, draft: Draft) -> None:
        """Keep a draft until it expires; the same id takes its place."""
        ...

    def find(self, draft_id: str, now: datetime) -> Draft | None:
        """Return a draft; None when there is none, or no longer."""
        ...
