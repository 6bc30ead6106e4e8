"""Rows of a file become state: a customer's together, in as few requests as the store allows.

The usual case is written at once: a customer's account with all of the chunk's invoices
(`apply_together`). Whatever is unusual (somebody else wrote meanwhile, facts that came before the
invoice, an invoice closed long ago) goes the way of a single invoice, one row at a time
(`apply_alone`). Both are idempotent: a chunk that is begun again writes only what is missing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from regua.application.import_ports import BulkReads, Pointer
from regua.application.imports.announce_rows import AnnounceRows
from regua.application.imports.apply_alone import ApplyAlone
from regua.application.imports.apply_together import MOST_TOGETHER, ApplyTogether
from regua.application.imports.row_news import NEW, OTHER, SAME, RowNews
from regua.application.imports.rows import FileRow
from regua.application.ingest import Ingest
from regua.application.ports import Creditor
from regua.domain.account import Account
from regua.domain.errors import AccountTooLarge, Problem, TemporaryError, VersionConflict
from regua.domain.ids import CustomerId, InvoiceId
from regua.domain.imports.job import RowOutcome, RowResult
from regua.domain.invoice import Invoice
from regua.domain.negotiation.agreement import agreement_of


class OutOfTime(TemporaryError):
    """The time is up before all rows are applied; those that were stay applied."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the store said about a chunk's invoices and customers."""

    pointers: Mapping[InvoiceId, Pointer]
    accounts: Mapping[CustomerId, Account]
    closed: Mapping[InvoiceId, Invoice]

    def invoice(self, row: FileRow) -> Invoice | None:
        """Return the invoice as it was seen, when it is its customer's."""
        key = row.invoice.external_id
        return self.account(row).invoices.get(key) or self.closed.get(key)

    def account(self, row: FileRow) -> Account:
        """Return the account of a row's customer as it was seen."""
        return self.accounts[row.invoice.customer_id]


class _Way(Enum):
    """How a row is applied."""

    TOGETHER = auto()
    ALONE = auto()
    NOTHING = auto()
    """It is about an invoice that is closed, and says nothing new."""


@dataclass(frozen=True, slots=True)
class ApplyRows:
    """Applies rows of one file for one creditor.

    ``at`` is the instant that they describe; ``given`` are the fields that the file tells.
    """

    ingest: Ingest
    bulk: BulkReads
    creditor: Creditor
    at: datetime
    given: frozenset[str]

    def look(self, rows: Sequence[FileRow]) -> Seen:
        """Read what is known about the rows' invoices and customers."""
        creditor_id = self.creditor.creditor_id
        pointers = self.bulk.pointers(creditor_id, {r.invoice.external_id for r in rows})
        accounts = self.bulk.accounts(creditor_id, {r.invoice.customer_id for r in rows})
        elsewhere = {}
        for row in rows:
            key, owner = row.invoice.external_id, row.invoice.customer_id
            pointer = pointers.get(key)
            is_theirs = pointer is not None and pointer.customer_id == owner
            if is_theirs and key not in accounts[owner].invoices:
                elsewhere[key] = owner
        closed = self.bulk.closed(creditor_id, elsewhere) if elsewhere else {}
        return Seen(pointers, accounts, closed)

    def plan(self, rows: Sequence[FileRow], seen: Seen) -> str:
        """Return one letter per row: what was known of it."""
        return "".join(self._letter(row, seen) for row in rows)

    def _letter(self, row: FileRow, seen: Seen) -> str:
        pointer = seen.pointers.get(row.invoice.external_id)
        if pointer is None or pointer.customer_id is None:
            return NEW
        known = seen.invoice(row)
        return SAME if known is not None and not self._is_news(row, known, seen) else OTHER

    def _is_news(self, row: FileRow, known: Invoice, seen: Seen) -> bool:
        return self._news.is_any(row, known, seen.accounts[known.customer_id].customer)

    @property
    def _news(self) -> RowNews:
        return RowNews(self.at, self.given)

    def apply(
        self,
        rows: Sequence[FileRow],
        seen: Seen,
        plan: str,
        *,
        now: datetime,
        has_time: Callable[[], bool] = lambda: True,
    ) -> list[RowResult]:
        """Apply the rows; return what became of each, in their order.

        Raises:
            OutOfTime: before a customer's rows were begun.
            TemporaryError: something was busy; the same rows may be given again.
        """
        letters = dict(zip((r.number for r in rows), plan, strict=True))
        groups: dict[CustomerId, list[FileRow]] = {}
        for row in rows:
            groups.setdefault(row.invoice.customer_id, []).append(row)
        problems: dict[int, Problem] = {}
        for group in groups.values():
            if not has_time():
                raise OutOfTime
            problems |= self._group(group, seen, letters, now)
        return [_result(row, letters[row.number], problems.get(row.number)) for row in rows]

    def _group(
        self, rows: Sequence[FileRow], seen: Seen, letters: Mapping[int, str], now: datetime
    ) -> dict[int, Problem]:
        """Apply one customer's rows; return why some cannot be."""
        announce = AnnounceRows(self.ingest, self.creditor, self.at)
        together = ApplyTogether(self.ingest.portfolio, self.creditor, self._news, announce)
        alone = ApplyAlone(self.ingest, self.creditor, self._news, announce)
        ways = {row.number: self._way(row, seen, letters[row.number]) for row in rows}
        usual = [row for row in rows if ways[row.number] is _Way.TOGETHER]
        left = [row for row in rows if ways[row.number] is _Way.ALONE]
        account = seen.account(rows[0])
        try:
            for start in range(0, len(usual), MOST_TOGETHER):
                some = usual[start : start + MOST_TOGETHER]
                account = together.apply(account, some, letters, now)
        except (VersionConflict, AccountTooLarge):
            left = [row for row in rows if ways[row.number] is not _Way.NOTHING]
        found = ((row.number, alone.apply(row, letters[row.number], now)) for row in left)
        return {number: problem for number, problem in found if problem is not None}

    def _way(self, row: FileRow, seen: Seen, letter: str) -> _Way:
        """Tell whether a row may be written with others, or something about it is special."""
        key, account = row.invoice.external_id, seen.account(row)
        pointer, closed = seen.pointers.get(key), seen.closed.get(key)
        if agreement_of(key) is not None:
            return _Way.ALONE
        if account.customer is None and not row.customer.document:
            return _Way.ALONE
        if pointer is None:
            return _Way.TOGETHER
        known = seen.invoice(row)
        if known is None or self._news.contradicts(row, known):
            return _Way.ALONE
        if closed is not None:
            is_told = letter == SAME and not self._is_news(row, closed, seen)
            return _Way.NOTHING if is_told else _Way.ALONE
        return _Way.ALONE if pointer.has_orphans else _Way.TOGETHER


def _result(row: FileRow, letter: str, problem: Problem | None) -> RowResult:
    key = row.invoice.external_id
    if problem is not None:
        return RowResult(row.number, RowOutcome.REJECTED, key, (problem,))
    outcome = {NEW: RowOutcome.CREATED, SAME: RowOutcome.DUPLICATE}.get(letter, RowOutcome.UPDATED)
    return RowResult(row.number, outcome, key, row.warnings)


def unrepeated(rows: Sequence[FileRow]) -> Iterator[tuple[FileRow, int | None]]:
    """Yield each row with the number of the first that has its identity, when it is another."""
    first: dict[InvoiceId, int] = {}
    for row in rows:
        number = first.setdefault(row.invoice.external_id, row.number)
        yield row, None if number == row.number else number
