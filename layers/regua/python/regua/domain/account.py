"""The account: one creditor's one customer, with what is open between them.

The unit of evaluation and of concurrency (architecture D1): whoever changes anything in an
account writes its next ``version``, on condition that nobody else did.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from regua.domain.addresses import takes_messages
from regua.domain.consent import Consent
from regua.domain.contact_policy import Contact
from regua.domain.customer import Customer, CustomerKind
from regua.domain.dispatch import Attempt
from regua.domain.history import NO_HISTORY, History
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.late_charges import LateChargeTerms
from regua.domain.money import ZERO
from regua.domain.negotiation.agreement import Agreement
from regua.domain.ruler import Channel, Ruler
from regua.domain.wishes import Wishes

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
    history: History = NO_HISTORY
    holds: tuple[Hold, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    consents: Mapping[Channel, Consent] = field(default_factory=dict)
    trials: Mapping[str, InvoiceId] = field(default_factory=dict)
    """Arms of experiments the customer is in, each with the first invoice it was applied to."""
    receipts_due: Mapping[InvoiceId, datetime] = field(default_factory=dict)
    """Paid invoices whose receipt waits, each until when: for the hours, or for the provider."""
    agreements: tuple[Agreement, ...] = ()
    """Those that are proposed or active, in the order they were made."""
    agreements_made: int = 0
    """How many there have been, live ones included."""
    breaches: tuple[datetime, ...] = ()
    """When agreements were broken, oldest first; the latest ten."""
    wishes: Wishes | None = None
    """What the customer wishes about channel and hour; None was never said."""

    def with_customer(self, customer: Customer) -> "Account":
        """Take a newer description of the customer; an older one changes nothing.

        What it tells of consents has dates of its own, and counts by them.
        """
        account = self
        for consent in customer.consents:
            account = account.with_consent(consent)
        if self.customer is not None and customer.changed_at <= self.customer.changed_at:
            return account
        return replace(account, customer=replace(customer, consents=()))

    def with_invoice(self, invoice: Invoice) -> "Account":
        """Put an invoice in its present state; one that is no longer open leaves the range."""
        others = {k: v for k, v in self.invoices.items() if k != invoice.external_id}
        if invoice.is_open:
            others[invoice.external_id] = invoice
        return replace(self, invoices=others)

    def with_contact(self, contact: Contact) -> "Account":
        """Remember a planned contact for the caps."""
        return replace(self, contacts=self.contacts_and(contact))

    def contacts_and(self, contact: Contact) -> tuple[Contact, ...]:
        """Return the contacts with another one; old ones are forgotten."""
        since = contact.at - _CONTACTS_KEPT
        kept = (c for c in self.contacts if c.dispatch_id != contact.dispatch_id and c.at > since)
        return (*kept, contact)

    def without_contact(self, dispatch_id: DispatchId) -> "Account":
        """Forget a contact that was not made after all."""
        return replace(
            self, contacts=tuple(c for c in self.contacts if c.dispatch_id != dispatch_id)
        )

    def with_consent(self, consent: Consent) -> "Account":
        """Take what the customer said about a channel; what was said last counts.

        Of a yes and a no of one instant the no counts.
        """
        known = self.consents.get(consent.channel)
        if known is not None and (known.at, not known.is_given) >= (
            consent.at,
            not consent.is_given,
        ):
            return self
        opt_outs = {c: at for c, at in self.opt_outs.items() if c is not consent.channel}
        stopped_at = self.opt_outs.get(consent.channel)
        if not consent.is_given or (stopped_at is not None and stopped_at >= consent.at):
            opt_outs[consent.channel] = stopped_at or consent.at
        consents = {**self.consents, consent.channel: consent}
        return replace(self, opt_outs=opt_outs, consents=consents)

    def has_opted_in(self, channel: Channel) -> bool:
        """Tell whether the customer agreed to be written to on a channel, and still does."""
        consent = self.consents.get(channel)
        return consent is not None and consent.is_given and channel not in self.opt_outs

    def opted_out(self, channel: Channel, at: datetime) -> "Account":
        """Stop a channel at the customer's wish; the first time stands."""
        if channel in self.opt_outs:
            return self
        return replace(self, opt_outs={**self.opt_outs, channel: at})

    def with_suppressed(self, address: str, channel: Channel | None = None) -> "Account":
        """Never use an address again."""
        name = _named(address, channel)
        return replace(self, suppressed_addresses=self.suppressed_addresses | {name})

    def is_suppressed(self, address: str, channel: Channel) -> bool:
        """Tell whether an address is not used any more, on any channel or on this one."""
        gone = self.suppressed_addresses
        return bool(gone) and (_named(address) in gone or _named(address, channel) in gone)

    def with_hold(self, hold: Hold) -> "Account":
        """Add a hold; one with the same id is replaced."""
        others = (h for h in self.holds if h.hold_id != hold.hold_id)
        return replace(self, holds=(*others, hold))

    def without_holds(self, ended: Collection[Hold]) -> "Account":
        """Let contact go on: these holds have ended."""
        return replace(self, holds=tuple(h for h in self.holds if h not in ended))

    def having_followed(self, before: Invoice | None, after: Invoice, at: datetime) -> "Account":
        """Count what changed about one invoice: how it was paid, and towards which promise.

        ``before`` is the invoice as it was counted so far; ``at`` when the change happened.
        """
        history = self.history.followed(before, after)
        money = after.paid - (before.paid if before else ZERO)
        holds = self.holds
        if money and holds:
            holds = tuple(
                replace(h, received=h.received + money)
                if h.kind is HoldKind.PROMISED and h.covers(after.external_id) and h.since <= at
                else h
                for h in holds
            )
        if history is self.history and holds is self.holds:
            return self
        return replace(self, history=history, holds=holds)

    def with_failed_attempt(self, dispatch_id: DispatchId, at: datetime) -> "Account":
        """Let the next channel be tried at once: this contact did not reach the customer."""
        if not any(a.dispatch_id == dispatch_id for a in self.attempts):
            return self
        attempts = tuple(
            replace(a, failed=True, check_at=at) if a.dispatch_id == dispatch_id else a
            for a in self.attempts
        )
        wake_up = min(at, self.next_evaluation_at or at)
        forgotten = self.without_contact(dispatch_id)  # nobody was contacted: no cap counts it
        return replace(forgotten, attempts=attempts, next_evaluation_at=wake_up)

    def with_receipts_due(self, invoices: Collection[InvoiceId], until: datetime) -> "Account":
        """Put the receipts of paid invoices off until an instant, and wake up then."""
        waiting = {**self.receipts_due, **dict.fromkeys(invoices, until)}
        wake_up = min(until, self.next_evaluation_at or until)
        return replace(self, receipts_due=waiting, next_evaluation_at=wake_up)

    def without_receipts_due(self, invoices: Collection[InvoiceId]) -> "Account":
        """Let the receipts of these invoices wait no longer."""
        waiting = {i: at for i, at in self.receipts_due.items() if i not in invoices}
        return replace(self, receipts_due=waiting)

    def late_charges(self, ruler: Ruler) -> LateChargeTerms:
        """Return the ruler's terms as the law lets them apply to this customer.

        Who is not known to be a company is protected as a consumer.
        """
        is_company = self.customer is not None and self.customer.kind is CustomerKind.COMPANY
        return ruler.late_charges if is_company else ruler.late_charges.for_consumers()

    @property
    def ufs(self) -> frozenset[str]:
        """Every state the customer may be in; empty when none is known."""
        return self.customer.ufs if self.customer else frozenset()

    @property
    def preferred_channel(self) -> Channel | None:
        """The channel to try first: the customer's own word, else the creditor's."""
        if self.wishes is not None and self.wishes.channel is not None:
            return self.wishes.channel
        known = self.customer.preferred_channel if self.customer else None
        return None if known is None else Channel(known)

    @property
    def preferred_hour(self) -> int | None:
        """The hour to be written to: the customer's own word, else the creditor's."""
        if self.wishes is not None and self.wishes.hour is not None:
            return self.wishes.hour
        return self.customer.preferred_hour if self.customer else None

    def addresses(self, channel: Channel) -> tuple[str, ...]:
        """Return what the customer can be reached at on a channel, usable or not."""
        if self.customer is None:
            return ()
        if channel is Channel.EMAIL:
            return self.customer.emails
        if channel is Channel.VOICE:
            return self.customer.phones
        return tuple(p for p in self.customer.phones if takes_messages(p))

    def is_reachable(self, channel: Channel) -> bool:
        """Tell whether a channel has a usable address and was not stopped."""
        return channel not in self.opt_outs and self.usable_address(channel) is not None

    def usable_address(self, channel: Channel) -> str | None:
        """Return the first address that is not suppressed."""
        usable = (a for a in self.addresses(channel) if not self.is_suppressed(a, channel))
        return next(usable, None)


def _named(address: str, channel: Channel | None = None) -> str:
    return address.lower() if channel is None else f"{channel}:{address.lower()}"
