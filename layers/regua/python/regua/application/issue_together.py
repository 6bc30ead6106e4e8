"""Invoices of one customer that come together are written together: one read, one write.

What is unusual (an invoice that is closed, that another customer owes, or about which something
came before itself) is left to be issued alone, by `regua.application.ingest`.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from regua.application.import_ports import BulkReads
from regua.application.ingest import Ingest, Ingested, placed
from regua.application.ports import Change, Creditor, Tally
from regua.application.tallying import tallied
from regua.domain.account import Account
from regua.domain.customer import Customer
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.negotiation.agreement import agreement_of
from regua.domain.schedule import scheduled

MOST_TOGETHER = 20
"""Invoices in one write: up to four items each, of the hundred that a transaction takes."""


class Described(NamedTuple):
    """An invoice and its customer, as they are told together."""

    invoice: Invoice
    customer: Customer


class Issued(NamedTuple):
    """What became of an invoice."""

    done: Ingested
    invoice: Invoice


class _Laid(NamedTuple):
    """An invoice as it was and as it stands now."""

    known: Invoice | None
    stands: Invoice
    at: datetime


@dataclass(frozen=True, slots=True)
class IssueTogether:
    """Creates and updates invoices of one customer in one write."""

    ingest: Ingest
    bulk: BulkReads

    def known(
        self, creditor_id: CreditorId, invoice_ids: Collection[InvoiceId]
    ) -> frozenset[InvoiceId]:
        """Return the invoices about which something is known, if only that they were paid."""
        return frozenset(self.bulk.pointers(creditor_id, invoice_ids))

    def __call__(
        self,
        creditor: Creditor,
        told: Sequence[Described],
        known: Collection[InvoiceId],
        *,
        now: datetime,
    ) -> Sequence[Issued | None]:
        """Issue what is usual; None is an invoice that was left to be issued alone.

        Args:
            creditor: whose they are.
            told: up to ``MOST_TOGETHER`` invoices of one customer, each once.
            known: what ``known`` has said about them.
            now: the caller's clock.

        Raises:
            VersionConflict: somebody wrote meanwhile; nothing was written.
            AccountTooLarge: the account cannot hold them; nothing was written.
        """
        customer_id = told[0].invoice.customer_id
        account = self.ingest.portfolio.load_account(creditor.creditor_id, customer_id)
        there = account.invoices
        usual = [one for one in told if _is_usual(one.invoice.external_id, there, known)]
        laid = self._write(creditor, account, usual, now) if usual else {}
        return [_issued(laid.get(one.invoice.external_id)) for one in told]

    def _write(
        self, creditor: Creditor, account: Account, told: Sequence[Described], now: datetime
    ) -> Mapping[InvoiceId, _Laid]:
        laid: dict[InvoiceId, _Laid] = {}
        tallies: dict[str, Tally] = defaultdict(Tally)
        for invoice, customer in told:
            account = account.with_customer(customer)
            known = account.invoices.get(invoice.external_id)
            stands = invoice if known is None else known.updated(invoice)
            stands = placed(stands, account, creditor, now)
            at = invoice.issued_at
            account = account.with_invoice(stands).having_followed(known, stands, at)
            laid[invoice.external_id] = _Laid(known, stands, at)
            for arm, tally in tallied(account, known, stands).items():
                tallies[arm] += tally
        since = min(now, *(one.at for one in laid.values()))
        account = scheduled(account, creditor.rulers, since, creditor.circumstances)
        new = {key: 0 for key, one in laid.items() if one.known is None}
        invoices = tuple(one.stands for one in laid.values())
        self.ingest.portfolio.commit(Change(account, invoices, new, tallies=tallies))
        for one in laid.values():
            self._tell(creditor, one, now)
        return laid

    def _tell(self, creditor: Creditor, one: _Laid, now: datetime) -> None:
        """Announce what became of an invoice; when it is told again, once more."""
        known, stands, at = one
        is_again = known is not None and known.issued_at >= at
        before = stands if known is None else replace(known, payments=()) if is_again else known
        self.ingest.announce(creditor.creditor_id, before, stands, at)
        self.ingest.ask_for_charge(creditor, known, stands, now)


def _is_usual(key: InvoiceId, there: Collection[InvoiceId], known: Collection[InvoiceId]) -> bool:
    """Tell whether an invoice is new, or open; what may be said of an instalment is looked at."""
    return agreement_of(key) is None and (key in there or key not in known)


def _issued(one: _Laid | None) -> Issued | None:
    if one is None:
        return None
    return Issued(Ingested.CREATED if one.known is None else Ingested.UPDATED, one.stands)
