"""The in-memory twins of `regua.adapters.dynamodb_looks`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from regua.adapters.memory import MemoryDirectory
from regua.application.page_ports import Draft, WrittenPage
from regua.domain.errors import VersionConflict
from regua.domain.ids import CreditorId


class MemoryLooks:
    """Looks and words in a dictionary; the words count at once in the directory."""

    def __init__(self, directory: MemoryDirectory | None = None) -> None:
        self.pages: dict[CreditorId, WrittenPage] = {}
        self._directory = directory

    def find(self, creditor_id: CreditorId) -> WrittenPage | None:
        """Return what a creditor wrote."""
        return self.pages.get(creditor_id)

    def put(self, creditor_id: CreditorId, page: WrittenPage, *, before: str | None) -> None:
        """Write a creditor's look and words."""
        known = self.pages.get(creditor_id)
        if (None if known is None else known.tag) != before:
            raise VersionConflict(creditor_id)
        self.pages[creditor_id] = page
        if self._directory is not None:
            self._directory.texts[creditor_id] = page.texts

    def style(self, creditor_id: CreditorId) -> Mapping[str, Any] | None:
        """Return colours and logo."""
        page = self.pages.get(creditor_id)
        return None if page is None else page.style


class MemoryDrafts:
    """Drafts in a dictionary."""

    def __init__(self) -> None:
        self.drafts: dict[str, Draft] = {}

    def put(self, draft: Draft) -> None:
        """Keep a draft."""
        self.drafts[draft.draft_id] = draft

    def find(self, draft_id: str, now: datetime) -> Draft | None:
        """Return a draft that has not expired."""
        draft = self.drafts.get(draft_id)
        return draft if draft is not None and now < draft.expires_at else None
