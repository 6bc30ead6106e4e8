"""The account: one creditor's one customer, with what is open between them.

The unit of evaluation and of concurrency (architecture D1): whoever changes anything in an
account writes its next ``version``, on condition that nobody else did.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from regua.domain.contact_policy import Contact
from regua.domain.customer import Customer, CustomerKind
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.late_charges import LateChargeTerms
from regua.domain.ruler import Channel, Ruler

_CONTACTS_KEPT = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class Account:
    """A customer's header and open invoices. ``version`` 0 has never been stored."""

    creditor_id: CreditorId
    customer_id: CustomerId
    version: int = 0
    schedule_seq: int = 0
    next_evaluation_at: datetime | None = None
    customer: Customer | None = None
    invoices: Mapping[InvoiceId, Invoice] = field(default_factory=dict)
    contacts: tuple[Contact, ...] = ()
    opt_outs: Mapping[Channel, datetime] = field(default_factory=dict)
    suppressed_addresses: frozenset[str] = frozenset()

    def with_customer(self, customer: Customer) -> "Account":
        """Take a newer description of the customer; an older one changes nothing."""
        if self.customer is not None and customer.changed_at <= self.customer.changed_at:
            return self
        return replace(self, customer=customer)

    def with_invoice(self, invoice: Invoice) -> "Account":
        """Put an invoice in its present state; one that is no longer open leaves the range."""
        others = {k: v for k, v in self.invoices.items() if k != invoice.external_id}
        if invoice.is_open:
            others[invoice.external_id] = invoice
        return replace(self, invoices=others)

    def with_contact(self, contact: Contact) -> "Account":
        """Remember a planned contact for the caps; old ones are forgotten."""
        kept = [
            c
            for c in self.contacts
            if c.dispatch_id != contact.dispatch_id and c.at > contact.at - _CONTACTS_KEPT
        ]
        return replace(self, contacts=(*kept, contact))

    def without_contact(self, dispatch_id: DispatchId) -> "Account":
        """Forget a contact that was not made after all."""
        return replace(
            self, contacts=tuple(c for c in self.contacts if c.dispatch_id != dispatch_id)
        )

    def opted_out(self, channel: Channel, at: datetime) -> "Account":
        """Stop a channel at the customer's wish; the first time stands."""
        if channel in self.opt_outs:
            return self
        return replace(self, opt_outs={**self.opt_outs, channel: at})

    def with_suppressed(self, address: str) -> "Account":
        """Never use an address again."""
        return replace(self, suppressed_addresses=self.suppressed_addresses | {address.lower()})

    def late_charges(self, ruler: Ruler) -> LateChargeTerms:
        """Return the ruler's terms as the law lets them apply to this customer.

        Who is not known to be a company is protected as a consumer.
        """
        is_company = self.customer is not None and self.customer.kind is CustomerKind.COMPANY
        return ruler.late_charges if is_company else ruler.late_charges.for_consumers()

    def addresses(self, channel: Channel) -> tuple[str, ...]:
        """Return what the customer can be reached at on a channel, usable or not."""
        if self.customer is None:
            return ()
        return self.customer.emails if channel is Channel.EMAIL else self.customer.phones

    def usable_address(self, channel: Channel) -> str | None:
        """Return the first address that is not suppressed."""
        usable = (a for a in self.addresses(channel) if a.lower() not in self.suppressed_addresses)
        return next(usable, None)
