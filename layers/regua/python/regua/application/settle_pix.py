"""A Pix that came in becomes payments of the invoice it is for: once, however often it is told of.

What somebody posted is only a reason to ask: the PSP's own answer is what counts. The payment is
known by its endToEndId, so a webhook twice, a webhook and a sweep, or an assignment by hand are one
payment; refunds are entries of their own (`regua.domain.pix.entries`).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from regua.application.ingest import Ingest
from regua.application.pix_ports import PixProvider, PixRecords, SeenPix
from regua.application.ports import Creditor, EventPublisher, OutgoingEvent, Portfolio
from regua.domain.errors import Conflict, InvalidInput, NotFound
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.pix.entries import PixMoney, money_of, reversals, standing, whole


class Settled(StrEnum):
    """What became of a Pix; also the name of its metric."""

    SETTLED = "pix_settled"
    UNMATCHED = "pix_unmatched"
    UNCONFIRMED = "pix_unconfirmed"
    """The PSP knows no such Pix: whoever told of it is not believed. A sweep finds a late one."""


@dataclass(frozen=True, slots=True)
class CountPix:
    """The use cases that need no PSP: what it said is known."""

    records: PixRecords
    ingest: Ingest
    portfolio: Portfolio
    publisher: EventPublisher

    def count(self, creditor: Creditor, money: PixMoney, *, now: datetime) -> Settled:
        """Count a Pix that was read at the PSP; the same again changes nothing."""
        creditor_id = creditor.creditor_id
        known = self.records.find_seen(creditor_id, money.end_to_end_id)
        invoice_id = None if known is None else known.invoice_id
        if invoice_id is None:
            invoice_id = self._invoice_named(creditor_id, money)
        if invoice_id is None:
            self.records.save_seen(creditor_id, SeenPix(money=money, invoice_id=None))
            invoice_id = self._invoice_named(creditor_id, money)  # meanwhile, perhaps
        if invoice_id is None:
            self._announce(creditor_id, money, now)
            return Settled.UNMATCHED
        self._enter(creditor, invoice_id, money, now)
        self.records.save_seen(creditor_id, SeenPix(money=money, invoice_id=invoice_id))
        return Settled.SETTLED

    def assign(
        self, creditor: Creditor, end_to_end_id: str, invoice_id: InvoiceId, *, now: datetime
    ) -> None:
        """Count a Pix that belonged to no invoice for this one; the same again changes nothing.

        Raises:
            NotFound: no such Pix.
            Conflict: it was counted for another invoice.
            InvalidInput: there is no such invoice.
        """
        creditor_id = creditor.creditor_id
        seen = self.records.find_seen(creditor_id, end_to_end_id)
        if seen is None:
            raise NotFound(end_to_end_id)
        if seen.invoice_id not in (None, invoice_id):
            raise Conflict(f"already counted for invoice {seen.invoice_id}")
        if self.portfolio.find_invoice(creditor_id, invoice_id) is None:
            raise InvalidInput.at("body.invoice_external_id", "no such invoice")
        self._enter(creditor, invoice_id, seen.money, now)
        self.records.save_seen(creditor_id, SeenPix(money=seen.money, invoice_id=invoice_id))

    def is_news(self, creditor_id: CreditorId, money: PixMoney) -> bool:
        """Tell whether a Pix, or a refund of it, was not seen yet."""
        seen = self.records.find_seen(creditor_id, money.end_to_end_id)
        return seen is None or len(seen.money.refunds) < len(money.refunds)

    def _invoice_named(self, creditor_id: CreditorId, money: PixMoney) -> InvoiceId | None:
        """Return where a Pix was counted already under its own id, or whose its txid is."""
        counted = self.portfolio.find_payment(creditor_id, whole(money).payment_id)
        if counted is not None or money.txid is None:
            return counted
        return self.records.invoice_of(creditor_id, money.txid)

    def _enter(
        self, creditor: Creditor, invoice_id: InvoiceId, money: PixMoney, now: datetime
    ) -> None:
        """Write what stands first: what a refund leaves is never missing for a moment."""
        stands = standing(money)
        if stands is not None:
            self.ingest.receive_payment(creditor, invoice_id, stands, now=now)
        for payment_id, at, reason in reversals(money):
            self.ingest.reverse_payment(creditor, payment_id, at, reason, now=now)
        first = whole(money)
        known = self.portfolio.find_payment(creditor.creditor_id, first.payment_id)
        if money.refunds and known is None:  # it shows, taken back
            self.ingest.receive_payment(creditor, invoice_id, first, now=now)

    def _announce(self, creditor_id: CreditorId, money: PixMoney, now: datetime) -> None:
        data = {"payment_id": money.end_to_end_id}
        self.publisher.publish([OutgoingEvent("PaymentUnmatched", creditor_id, now, data)])


@dataclass(frozen=True, slots=True)
class SettlePix:
    """Asks the PSP for a Pix that somebody told of, and counts what it answers."""

    provider: PixProvider
    counting: CountPix

    def __call__(self, creditor: Creditor, end_to_end_id: str, *, now: datetime) -> Settled:
        """Ask the PSP for a Pix, and count it.

        Raises:
            TemporaryError: the PSP cannot answer now, or an account was busy; ask again.
        """
        pix = self.provider.find_pix(creditor.creditor_id, end_to_end_id)
        if pix is None:
            return Settled.UNCONFIRMED
        return self.counting.count(creditor, money_of(pix), now=now)
