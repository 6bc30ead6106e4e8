"""What is told of rows once they are written: facts that are news, and charges that may change."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from regua.application.imports.row_news import OTHER
from regua.application.ingest import Ingest
from regua.application.ports import Creditor
from regua.domain.invoice import Invoice


class ChangedInvoice(NamedTuple):
    """An invoice as it was, as it stands, and the instant of what changed it."""

    before: Invoice | None
    after: Invoice
    at: datetime


@dataclass(frozen=True, slots=True)
class AnnounceRows:
    """Announces what rows of one file changed, for one creditor."""

    ingest: Ingest
    creditor: Creditor
    at: datetime
    """The instant that the file's rows describe."""

    def changes(self, changed: Iterable[ChangedInvoice], now: datetime) -> None:
        """Announce what became of invoices that were known; one that comes in paid is history."""
        for before, after, at in changed:
            if before is not None:
                self.ingest.announce(self.creditor.creditor_id, before, after, at)
                self.ingest.follow_agreement(self.creditor, after, now)
            self.ingest.ask_for_charge(self.creditor, before, after, now)

    def again(self, known: Invoice, letter: str, now: datetime) -> None:
        """Announce what an attempt that broke off wrote, and may not have announced."""
        if letter == OTHER:
            before = replace(known, payments=())
            at = known.settled_at or self.at
            self.ingest.announce(self.creditor.creditor_id, before, known, at)
        self.ingest.ask_for_charge(self.creditor, known, known, now)
        self.ingest.follow_agreement(self.creditor, known, now)
