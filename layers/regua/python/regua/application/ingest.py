"""What creditors tell us becomes state: once, in any order, with nothing lost.

The same use cases serve the bus and the HTTP API. Each reads, decides on pure values, and writes
one conditional change; a conflict means reading again. Facts that arrive before what they are
about are kept with the missing invoice or payment and applied when it comes.

A fact's own date says when it happened and orders descriptions; ``now``, the caller's clock, says
from when the account is scheduled. No date that a creditor writes can postpone a contact.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from regua.application.end_agreements import EndAgreements
from regua.application.pix_ports import ChargeQueue
from regua.application.ports import (
    Change,
    Creditor,
    EventPublisher,
    OutgoingEvent,
    Portfolio,
)
from regua.application.preconditions import (
    NO_EXPECTATION,
    Expectation,
    customer_tag,
    invoice_tag,
)
from regua.application.retrying import retried
from regua.application.tallying import tallied
from regua.domain.account import Account
from regua.domain.customer import Customer
from regua.domain.errors import Conflict, InvalidInput, NotFound, UnknownRuler
from regua.domain.ids import CreditorId, InvoiceId, PaymentId
from regua.domain.invoice import Invoice, InvoiceStatus, Payment
from regua.domain.negotiation.agreement import is_carried
from regua.domain.negotiation.life import check_description
from regua.domain.same_money import told_once
from regua.domain.schedule import scheduled


class Ingested(StrEnum):
    """What a command did."""

    CREATED = "created"
    UPDATED = "updated"
    KEPT = "kept"
    """Kept for an invoice or payment that has not arrived yet."""


@dataclass(frozen=True, slots=True)
class Ingest:
    """The use cases, with what they need."""

    portfolio: Portfolio
    publisher: EventPublisher
    charges: ChargeQueue | None = None
    """Where invoices are named whose Pix charge may have to change; None makes no charges."""

    def issue_invoice(
        self,
        creditor: Creditor,
        invoice: Invoice,
        customer: Customer,
        *,
        now: datetime,
        expected: Expectation = NO_EXPECTATION,
    ) -> tuple[Ingested, Invoice]:
        """Create or update an invoice. An older description never overwrites a newer one.

        Raises:
            PreconditionFailed: it is not as ``expected``.
            Conflict: the invoice belongs to another customer.
            InvalidInput: it is an instalment, told otherwise than it was agreed.
        """
        return retried(lambda: self._issue(creditor, invoice, customer, now, expected))

    def _issue(
        self,
        creditor: Creditor,
        invoice: Invoice,
        customer: Customer,
        now: datetime,
        expected: Expectation,
    ) -> tuple[Ingested, Invoice]:
        account = self.portfolio.load_account(creditor.creditor_id, invoice.customer_id)
        known = account.invoices.get(invoice.external_id) or self.portfolio.find_invoice(
            creditor.creditor_id, invoice.external_id
        )
        expected.check(lambda: None if known is None else invoice_tag(known))
        if known is not None and known.customer_id != invoice.customer_id:
            msg = (
                f"invoice {invoice.external_id} belongs to another customer; "
                "cancel it and issue a new one"
            )
            raise Conflict(msg)
        check_description(known, invoice)
        account = account.with_customer(customer)
        if known is None:
            return Ingested.CREATED, self._create(creditor, account, invoice, now)
        now_stands = known.updated(invoice)
        is_again = now_stands is known  # what was announced at the first time may be lost
        before = replace(known, payments=()) if is_again else known
        self._write(
            creditor, account, now_stands, invoice.issued_at, now, stored=known, before=before
        )
        return Ingested.UPDATED, now_stands

    def _create(
        self, creditor: Creditor, account: Account, invoice: Invoice, now: datetime
    ) -> Invoice:
        met = met_by_orphans(self.portfolio, creditor.creditor_id, invoice)
        self._write(
            creditor,
            account,
            met.invoice,
            invoice.issued_at,
            now,
            stored=None,
            before=invoice,
            new={invoice.external_id: met.seq},
            payments=dict.fromkeys(met.payments, invoice.external_id),
        )
        return met.invoice

    def change_customer(
        self,
        creditor: Creditor,
        customer: Customer,
        *,
        now: datetime,
        expected: Expectation = NO_EXPECTATION,
    ) -> Ingested:
        """Create or update a customer; an older description changes nothing.

        Raises:
            PreconditionFailed: it is not as ``expected``.
        """

        def once() -> Ingested:
            account = self.portfolio.load_account(creditor.creditor_id, customer.external_id)
            expected.check(lambda: customer_tag(account))
            known = account.customer is not None
            account = account.with_customer(customer)
            since = min(now, customer.changed_at)
            self.portfolio.commit(
                Change(scheduled(account, creditor.rulers, since, creditor.circumstances))
            )
            return Ingested.UPDATED if known else Ingested.CREATED

        return retried(once)

    def cancel_invoice(
        self,
        creditor: Creditor,
        invoice_id: InvoiceId,
        at: datetime,
        reason: str,
        *,
        now: datetime,
        expected: Expectation = NO_EXPECTATION,
    ) -> Ingested:
        """Withdraw an invoice; known or not yet known.

        Raises:
            PreconditionFailed: it is neither as ``expected`` nor withdrawn already.
        """

        def once() -> Ingested:
            found = self._find(creditor.creditor_id, invoice_id)
            if found is None:
                self.portfolio.keep_orphan_cancellation(
                    creditor.creditor_id, invoice_id, at, reason
                )
                return Ingested.KEPT
            account, invoice = found
            if invoice.cancelled_at is None:
                expected.check(lambda: invoice_tag(invoice))
            cancelled = invoice.cancelled(at, reason)
            self._write(creditor, account, cancelled, at, now, stored=invoice, before=invoice)
            return Ingested.UPDATED

        return retried(once)

    def receive_payment(
        self,
        creditor: Creditor,
        invoice_id: InvoiceId,
        payment: Payment,
        *,
        now: datetime,
        expected: Expectation = NO_EXPECTATION,
    ) -> Ingested:
        """Record money, whatever the invoice's state; the same payment again changes nothing.

        Raises:
            InvalidInput: the payment id was used for another invoice, or is one of ours.
            PreconditionFailed: the invoice is not as ``expected``, and the money is new.
        """
        _check_ours(payment.payment_id)

        def once() -> Ingested:
            owner = self.portfolio.find_payment(creditor.creditor_id, payment.payment_id)
            if owner is not None and owner != invoice_id:
                raise InvalidInput.at("payment_id", f"already used for invoice {owner}")
            found = self._find(creditor.creditor_id, invoice_id)
            if found is None:
                self.portfolio.keep_orphan_payment(creditor.creditor_id, invoice_id, payment)
                return Ingested.KEPT
            account, invoice = found
            if invoice.find_payment(payment.payment_id) is None:
                expected.check(lambda: invoice_tag(invoice))
            return self._pay(creditor, account, invoice, payment, now)

        return retried(once)

    def _pay(
        self,
        creditor: Creditor,
        account: Account,
        invoice: Invoice,
        payment: Payment,
        now: datetime,
    ) -> Ingested:
        if invoice.find_payment(payment.payment_id):
            before = replace(invoice, payments=())  # what was announced may be lost
            self.announce(creditor.creditor_id, before, invoice, payment.paid_at)
            self.ask_for_charge(creditor, invoice, invoice, now)
            self.follow_agreement(creditor, invoice, now)
            return Ingested.UPDATED
        paid = invoice.with_payment(payment)
        reversal = self.portfolio.orphan_reversal(creditor.creditor_id, payment.payment_id)
        if reversal is not None:
            paid = paid.with_reversal(payment.payment_id, *reversal)
        self._write(
            creditor,
            account,
            told_once(paid),
            payment.paid_at,
            now,
            stored=invoice,
            before=invoice,
            payments={payment.payment_id: invoice.external_id},
        )
        return Ingested.CREATED

    def reverse_payment(
        self,
        creditor: Creditor,
        payment_id: PaymentId,
        at: datetime,
        reason: str,
        *,
        now: datetime,
    ) -> Ingested:
        """Take a payment back; the invoice opens again where it stood on the ruler.

        Raises:
            InvalidInput: the payment id is one of ours.
        """
        _check_ours(payment_id)

        def once() -> Ingested:
            invoice_id = self.portfolio.find_payment(creditor.creditor_id, payment_id)
            found = None if invoice_id is None else self._find(creditor.creditor_id, invoice_id)
            if found is None:
                self.portfolio.keep_orphan_reversal(creditor.creditor_id, payment_id, at, reason)
                return Ingested.KEPT
            account, invoice = found
            reversed_ = invoice.with_reversal(payment_id, at, reason)
            before = invoice.without_reversal(payment_id, at)
            self._write(creditor, account, reversed_, at, now, stored=invoice, before=before)
            return Ingested.UPDATED

        return retried(once)

    def _find(
        self, creditor_id: CreditorId, invoice_id: InvoiceId
    ) -> tuple[Account, Invoice] | None:
        """Read an invoice with its account; the account first, so that its version guards both."""
        pointed = self.portfolio.find_invoice(creditor_id, invoice_id)
        if pointed is None:
            return None
        account = self.portfolio.load_account(creditor_id, pointed.customer_id)
        invoice = account.invoices.get(invoice_id) or self.portfolio.find_invoice(
            creditor_id, invoice_id
        )
        if invoice is None:  # pragma: no cover - invoices are never deleted
            raise NotFound(invoice_id)
        return account, invoice

    def _write(
        self,
        creditor: Creditor,
        account: Account,
        invoice: Invoice,
        at: datetime,
        now: datetime,
        *,
        stored: Invoice | None,
        before: Invoice,
        new: dict[InvoiceId, int] | None = None,
        payments: dict[PaymentId, InvoiceId] | None = None,
    ) -> None:
        """Write an invoice and what follows from it for its account.

        ``stored`` is the invoice as it was counted so far; ``before`` as it was announced.
        """
        invoice = placed(invoice, account, creditor, now)
        # Where time travels, facts may lie before or after the clock; too early does no harm.
        account = account.with_invoice(invoice).having_followed(stored, invoice, at)
        account = scheduled(account, creditor.rulers, min(now, at), creditor.circumstances)
        tallies = tallied(account, stored, invoice)
        self.portfolio.commit(
            Change(account, (invoice,), new or {}, payments or {}, tallies=tallies)
        )
        self.announce(creditor.creditor_id, before, invoice, at)
        self.ask_for_charge(creditor, stored, invoice, now)
        self.follow_agreement(creditor, invoice, now)

    def follow_agreement(self, creditor: Creditor, invoice: Invoice, now: datetime) -> None:
        """Bring what happened to an instalment of an agreement that has ended to its debts.

        Raises:
            VersionConflict: the account changes all the time; telling the fact again does it.
        """
        EndAgreements(self.portfolio, self.publisher, self.charges).follow(creditor, invoice, now)

    def ask_for_charge(
        self, creditor: Creditor, stored: Invoice | None, invoice: Invoice, now: datetime
    ) -> None:
        """Name an invoice whose Pix charge may have to change; when told again, once more.

        Raises:
            TemporaryError: it was not named; what was written stands, and telling it again asks.
        """
        if self.charges is None or creditor.pix is None:
            return
        was = None if stored is None else _asked(stored)
        if was != _asked(invoice) or stored == invoice:
            self.charges.ask(creditor.creditor_id, invoice.external_id, now=now)

    def announce(
        self, creditor_id: CreditorId, before: Invoice, after: Invoice, at: datetime
    ) -> None:
        """Tell that an invoice was paid, or opened again; nothing else is news to anybody."""
        events = _facts(creditor_id, before, after, at)
        if events:
            self.publisher.publish(events)


def _check_ours(payment_id: PaymentId) -> None:
    """Refuse the id of money that an agreement carried over: it moves with the instalment's own."""
    if is_carried(payment_id):
        raise InvalidInput.at("payment_id", "is ours: name the payment of the instalment itself")


class Met(NamedTuple):
    """A new invoice with what had arrived about it before; ``seq`` says how much had."""

    invoice: Invoice
    seq: int
    payments: Sequence[PaymentId]


def met_by_orphans(portfolio: Portfolio, creditor_id: CreditorId, invoice: Invoice) -> Met:
    """Apply to a new invoice what arrived about it before the invoice itself."""
    orphans = portfolio.orphans(creditor_id, invoice.external_id)
    mine = [
        p for p in orphans.payments if portfolio.find_payment(creditor_id, p.payment_id) is None
    ]
    for payment in mine:
        invoice = invoice.with_payment(payment)
        reversal = portfolio.orphan_reversal(creditor_id, payment.payment_id)
        if reversal is not None:
            invoice = invoice.with_reversal(payment.payment_id, *reversal)
    if orphans.cancelled_at is not None:
        invoice = invoice.cancelled(orphans.cancelled_at, orphans.cancel_reason or "")
    return Met(told_once(invoice), orphans.seq, [p.payment_id for p in mine])


def _asked(invoice: Invoice) -> tuple[object, ...]:
    """Return what of an invoice its Pix charge depends on."""
    return (
        invoice.due_date,
        invoice.amount,
        invoice.rebate,
        invoice.discounts,
        invoice.payment.pix_copy_paste,
        invoice.status,
        invoice.paid,
    )


def placed(invoice: Invoice, account: Account, creditor: Creditor, now: datetime) -> Invoice:
    """Put an invoice that is new on the ruler it follows, whether it is still open or not."""
    if invoice.place.ruler is not None:
        return invoice
    rulers = creditor.rulers
    today = now.astimezone(rulers.default.zone).date()
    segment = rulers.segment_of(account, today)
    return invoice.at_place(rulers.placed(account, invoice, segment, today)[1])


def check_ruler(creditor: Creditor, name: str | None, path: str = "ruler") -> None:
    """Refuse a ruler that the creditor does not have: nobody would follow it.

    Raises:
        UnknownRuler: naming the rulers that there are.
    """
    if name is not None and name not in creditor.rulers.lines:
        there = ", ".join(sorted(creditor.rulers.lines))
        raise UnknownRuler.at(path, f"no such ruler; there are: {there}")


def _facts(
    creditor_id: CreditorId, before: Invoice, after: Invoice, at: datetime
) -> Sequence[OutgoingEvent]:
    settled = InvoiceStatus.SETTLED
    data = {"external_id": after.external_id, "customer_id": after.customer_id}
    if before.status is not settled and after.status is settled:
        return [OutgoingEvent("InvoicePaid", creditor_id, at, data)]
    if before.status is settled and after.is_open:
        return [OutgoingEvent("InvoiceReopened", creditor_id, at, data)]
    return []
