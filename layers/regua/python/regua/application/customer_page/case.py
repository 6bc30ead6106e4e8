"""One message's page at one instant: what was read, and what follows from it without writing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from regua.application.customer_page.acts import ActKind
from regua.application.customer_page.views import Landing, Question
from regua.application.ports import (
    AccountKey,
    Creditor,
    CreditorDirectory,
    DispatchLedger,
    Portfolio,
)
from regua.domain.account import Account
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import Dispatch, DispatchRecord, Purpose
from regua.domain.document_digits import LENGTH, kind_of
from regua.domain.errors import InvalidInput, NotFound
from regua.domain.ids import CreditorId, DispatchId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.ruler import Ruler
from regua.domain.tax_ids import normalise

REF_DIGITS = 12
MOST_OTHERS = 20
"""So many open invoices are shown besides those of the message, the earliest due first."""


@dataclass(frozen=True, slots=True)
class PageCase:
    """A message, its chain, and the account behind it."""

    record: DispatchRecord
    events: Sequence[MessageEvent]
    creditor: Creditor
    account: Account
    concerned: Sequence[Invoice]
    """The invoices the message is about, open or not, the earliest due first."""
    now: datetime

    @property
    def dispatch(self) -> Dispatch:
        """What was planned."""
        return self.record.dispatch

    @property
    def account_key(self) -> AccountKey:
        """Whose page it is."""
        return AccountKey(self.dispatch.creditor_id, self.dispatch.customer_id)

    @property
    def ruler(self) -> Ruler:
        """The version that led the contact; its clock is the page's, as it was the message's."""
        rulers = self.creditor.rulers
        return rulers.at(self.dispatch.ruler) or rulers.default

    @property
    def today(self) -> date:
        """The day by that clock."""
        return self.now.astimezone(self.ruler.zone).date()

    @property
    def document(self) -> str:
        """The customer's CPF or CNPJ, normalised; empty when none is known."""
        customer = self.account.customer
        return normalise(customer.document) if customer else ""

    @property
    def is_disowned(self) -> bool:
        """Whether somebody said on this page that the address is not the customer's."""
        return any(
            e.kind is EventKind.ACTED and e.facts.get("act") == ActKind.NOT_ME for e in self.events
        )

    @property
    def is_collection(self) -> bool:
        """Whether the message asks for something, and does not thank."""
        return self.dispatch.purpose is Purpose.COLLECTION

    @property
    def landing(self) -> Landing:
        """What anybody who has the link sees."""
        kind = kind_of(self.document)
        is_shut = self.creditor.paused or self.is_disowned
        return Landing(
            dispatch_id=self.dispatch.dispatch_id,
            creditor_id=self.dispatch.creditor_id,
            sender=self.creditor.sender,
            channel=self.dispatch.channel,
            question=None if is_shut or kind is None else Question(kind.value, LENGTH),
            is_disowned=self.is_disowned,
        )

    @property
    def others(self) -> Sequence[Invoice]:
        """Open invoices of the same customer that the message is not about.

        A message that thanks for a payment leads to no other debt.
        """
        if not self.is_collection:
            return ()
        mine = {i.external_id for i in self.concerned}
        rest = [i for i in self.account.invoices.values() if i.external_id not in mine]
        return by_due_date(rest)

    def ruler_of(self, invoice: Invoice) -> Ruler:
        """Return the ruler that an invoice follows."""
        return self.creditor.rulers.followed(self.account, invoice)

    def ref(self, invoice_id: InvoiceId) -> str:
        """Name an invoice in a form."""
        return ref_of(self.dispatch.creditor_id, invoice_id)

    def invoice_of(self, ref: str) -> Invoice:
        """Return the invoice that a form names.

        Raises:
            InvalidInput: at ``ref``: it is none of this page's.
        """
        for invoice in (*self.concerned, *self.others):
            if self.ref(invoice.external_id) == ref:
                return invoice
        raise InvalidInput.at("ref", "is none of this page's invoices")


def ref_of(creditor_id: CreditorId, invoice_id: InvoiceId) -> str:
    """Name an invoice in addresses and forms without its number: 12 hexadecimal digits.

    >>> ref_of(CreditorId("acme"), InvoiceId("fat-1"))
    '0df7be365cc1'
    """
    named = f"{len(creditor_id)}:{creditor_id}{invoice_id}"
    return hashlib.sha256(b"regua.page.ref.v1\0" + named.encode()).hexdigest()[:REF_DIGITS]


def by_due_date(invoices: Sequence[Invoice]) -> Sequence[Invoice]:
    """Sort invoices, the earliest due first."""
    return sorted(invoices, key=lambda i: (i.due_date, i.number, i.external_id))


@dataclass(frozen=True, slots=True)
class Cases:
    """Reads cases."""

    portfolio: Portfolio
    ledger: DispatchLedger
    directory: CreditorDirectory

    def find(self, dispatch_id: DispatchId, now: datetime | None) -> PageCase | None:
        """Read a message's case; None when there is no such message, or its creditor is gone.

        Without an instant it is as when the message was decided: who wrote depends on none.
        """
        found = self.ledger.find(dispatch_id)
        if found is None:
            return None
        record, events = found
        dispatch = record.dispatch
        try:
            creditor = self.directory.get(dispatch.creditor_id)
        except NotFound:
            return None
        account = self.portfolio.load_account(dispatch.creditor_id, dispatch.customer_id)
        planned = (self._invoice(account, i.external_id) for i in dispatch.invoices)
        concerned = by_due_date([i for i in planned if i is not None])
        at = dispatch.decided_at if now is None else now
        return PageCase(record, events, creditor, account, concerned, at)

    def shown(self, dispatch_id: DispatchId, now: datetime) -> PageCase:
        """Read a case of which details may be shown to who answered the question.

        Raises:
            NotFound: none may be, or there is no such message.
        """
        case = self.find(dispatch_id, now)
        if case is None or case.landing.question is None:
            raise NotFound(dispatch_id)
        return case

    def _invoice(self, account: Account, invoice_id: InvoiceId) -> Invoice | None:
        """Return an invoice of this customer's, open or not; one of another's is none."""
        known = account.invoices.get(invoice_id)
        found = known or self.portfolio.find_invoice(account.creditor_id, invoice_id)
        return found if found is not None and found.customer_id == account.customer_id else None
