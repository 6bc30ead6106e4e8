"""Rows of one customer are written together: an account with many invoices in one commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from regua.application.imports.announce_rows import AnnounceRows, ChangedInvoice
from regua.application.imports.row_news import SAME, RowNews
from regua.application.imports.rows import FileRow
from regua.application.ingest import placed
from regua.application.ports import Change, Creditor, Portfolio, Tally
from regua.application.tallying import tallied
from regua.domain.account import Account
from regua.domain.ids import InvoiceId, PaymentId
from regua.domain.invoice import Invoice
from regua.domain.schedule import scheduled

MOST_TOGETHER = 20
"""Invoices in one write: four items each at the most, of the hundred a transaction takes."""


@dataclass(frozen=True, slots=True)
class ApplyTogether:
    """Applies rows about which nothing is special, for one creditor."""

    portfolio: Portfolio
    creditor: Creditor
    news: RowNews
    announce: AnnounceRows

    def apply(
        self, account: Account, rows: Sequence[FileRow], letters: Mapping[int, str], now: datetime
    ) -> Account:
        """Write what is new in rows of one account; return it as it stands then.

        Args:
            account: as it was read.
            rows: up to ``MOST_TOGETHER`` of its rows.
            letters: by row, what was known of its invoice at first sight.
            now: the caller's clock.

        Raises:
            VersionConflict: somebody else wrote meanwhile; nothing was written.
            AccountTooLarge: it cannot hold them; nothing was written.
        """
        draft = Draft(account)
        for row in rows:
            customer = self.news.customer(row, draft.account.customer)
            if customer is not None:
                draft.account = draft.account.with_customer(customer)
                draft.is_changed = True
            known = draft.account.invoices.get(row.invoice.external_id)
            stands = self.news.standing(row, known)
            if known is None or stands != known:
                self._lay(row, known, stands, draft, now)
            elif letters[row.number] != SAME:
                self.announce.again(known, letters[row.number], now)
        if not draft.is_changed:
            return account
        creditor, at = self.creditor, min(now, self.news.at)
        draft.account = scheduled(draft.account, creditor.rulers, at, creditor.circumstances)
        self.portfolio.commit(draft.change)
        self.announce.changes(draft.changed, now)
        return replace(draft.account, version=draft.account.version + 1)

    def _lay(
        self,
        row: FileRow,
        known: Invoice | None,
        stands: Invoice,
        draft: "Draft",
        now: datetime,
    ) -> None:
        """Lay one row over the draft of its account."""
        at = self.news.settles_at(row)
        stands = placed(stands, draft.account, self.creditor, now)
        account = draft.account.with_invoice(stands).having_followed(known, stands, at)
        tallies = tallied(account, known, stands)
        draft.take(account, ChangedInvoice(known, stands, at), tallies)


@dataclass(slots=True)
class Draft:
    """An account on its way to its next version."""

    account: Account
    is_changed: bool = False
    changed: list[ChangedInvoice] = field(default_factory=list)
    _payments: dict[PaymentId, InvoiceId] = field(default_factory=dict)
    _tallies: dict[str, Tally] = field(default_factory=dict)

    def take(self, account: Account, changed: ChangedInvoice, tallies: Mapping[str, Tally]) -> None:
        """Take an account with one invoice changed."""
        self.account, self.is_changed = account, True
        self.changed.append(changed)
        before, after, _ = changed
        mine = {p.payment_id for p in before.payments} if before else set()
        for payment in after.payments:
            if payment.payment_id not in mine:
                self._payments[payment.payment_id] = after.external_id
        for arm, tally in tallies.items():
            self._tallies[arm] = self._tallies.get(arm, Tally()) + tally

    @property
    def change(self) -> Change:
        """What is to be written."""
        return Change(
            self.account,
            tuple(after for _, after, _ in self.changed),
            {after.external_id: 0 for before, after, _ in self.changed if before is None},
            self._payments,
            tallies=self._tallies,
        )
