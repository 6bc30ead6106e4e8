"""What the use cases need from the outside, as roles. Every port has an in-memory twin."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from regua.application.lists import (
    AgreementPage,
    AgreementQuery,
    CustomerPage,
    InvoicePage,
    InvoiceQuery,
    Position,
)
from regua.application.message_content import MessageContent, RenderedEmail, Sender
from regua.domain.access import Person
from regua.domain.account import Account
from regua.domain.circumstances import SENDERS, Circumstances
from regua.domain.consent import NEEDS_OPT_IN
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import Claim, Dispatch, DispatchRecord, DispatchState, Ending
from regua.domain.errors import Problem
from regua.domain.evidence import Entry
from regua.domain.exact import Kept
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId, PaymentId
from regua.domain.invoice import Invoice, Payment
from regua.domain.negotiation.agreement import Agreement
from regua.domain.negotiation.rules import NO_OFFERS, OfferRules
from regua.domain.notes import Note
from regua.domain.pix.setup import PixSetup
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Ruler
from regua.domain.rulers import Backfill, InFlight, Rulers

if TYPE_CHECKING:  # senders load no statistics
    from regua.domain.uplift import ArmResult


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """A fact for the bus. ``data`` holds ids and codes, never personal data."""

    detail_type: str
    creditor_id: CreditorId
    occurred_at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EventSource:
    """Who may speak for a creditor on the bus: an AWS account and an event source name."""

    account: str
    source: str


@dataclass(frozen=True, slots=True)
class ChannelSetup:
    """How a creditor sends on a channel besides e-mail.

    ``origin`` is the number, sender id or pool of text messages and calls, or the provider's id of
    the WhatsApp number. ``options`` are the channel's own: ``opt_out_word`` (SMS), ``voice``
    (calls), ``opt_in`` (WhatsApp: where its customers agreed to be written to).
    """

    origin: str
    options: Mapping[str, str] = field(default_factory=dict)
    per_minute: int | None = None
    """How many messages go out in a minute at the most; None is as many as the provider takes."""


@dataclass(frozen=True, slots=True)
class Dkim:
    """Which key of which domain signs a creditor's e-mails."""

    selector: str
    domain: str


@dataclass(frozen=True, slots=True)
class Creditor:
    """A tenant: who it is on a message, whose events count as its own, which ruler it follows."""

    creditor_id: CreditorId
    sender: Sender
    rulers: Rulers
    event_sources: frozenset[EventSource] = frozenset()
    paused: bool = False
    channels: Mapping[Channel, ChannelSetup] = field(default_factory=dict)
    """Channels besides e-mail that the creditor has set up."""
    dkim: Dkim | None = None
    """What signs its e-mails; None is the provider's signature alone."""
    pix: PixSetup | None = None
    """How it is paid by Pix; None makes no charges and asks for no payments."""
    offers: OfferRules = NO_OFFERS
    """What it offers to settle overdue debts; without rules, nothing."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Its own words in the place of ours, by key: of the page and of e-mails."""
    ruler_document: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The ruler it came with (version 0), as it was written."""

    @property
    def circumstances(self) -> Circumstances:
        """What deciding for this creditor needs to know besides accounts and rulers."""
        agreed = {c for c, setup in self.channels.items() if setup.options.get("opt_in")}
        return Circumstances(
            creditor_paused=self.paused,
            senders=SENDERS | self.channels.keys(),
            opt_in_needed=NEEDS_OPT_IN - agreed,
        )

    @property
    def has_psp(self) -> bool:
        """Whether its PSP makes charges for us and tells of what is paid."""
        return self.pix is not None and self.pix.has_psp

    @property
    def ruler(self) -> Ruler:
        """The ruler that is followed when nothing says otherwise; its clock is the creditor's."""
        return self.rulers.default


@dataclass(frozen=True, slots=True)
class WrittenRuler:
    """One immutable version of a ruler, as it was written, and what was chosen with it.

    ``version`` counts from 1; the ruler that came with the creditor is version 0.
    """

    name: str
    version: int
    document: Mapping[str, Any]
    at: datetime
    in_flight: InFlight
    backfill: Backfill


@dataclass(frozen=True, slots=True)
class Tally:
    """What to add to the counts of an experiment's arm; money taken back is subtracted."""

    exposed: int = 0
    settled: int = 0
    recovered_centavos: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.exposed + other.exposed,
            self.settled + other.settled,
            self.recovered_centavos + other.recovered_centavos,
        )


@dataclass(frozen=True, slots=True)
class OrphanFacts:
    """What arrived about an invoice before the invoice itself."""

    payments: tuple[Payment, ...] = ()
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    seq: int = 0
    """How many facts were kept; a new invoice is refused when one more came in meanwhile."""


@dataclass(frozen=True, slots=True)
class AccountKey:
    """Where an account is, as the due index names it."""

    creditor_id: CreditorId
    customer_id: CustomerId


@dataclass(frozen=True, slots=True)
class DuePage:
    """Accounts that are due, earliest first, and where to go on."""

    accounts: Sequence[AccountKey]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One atomic write of an account.

    ``account`` is the new state at the version that was read; the store writes ``version + 1`` and
    refuses when somebody else already did. ``invoices`` are the invoices whose own facts changed
    (a new place on the ruler lives in the header and needs no entry). ``new`` are those among them
    seen for the first time, with the orphan sequence that was read. ``payments`` are payment ids
    that now belong to an invoice. ``planned`` records a dispatch, ``ended`` ends one unsent.
    ``notes`` are added to the account's timeline; ``tallies`` count arms of experiments
    (``ruler/step/arm``). ``agreements`` are those whose state changed: each is kept as an item of
    its own, for whoever looks one up, beside the live ones in the account.
    """

    account: Account
    invoices: tuple[Invoice, ...] = ()
    new: Mapping[InvoiceId, int] = field(default_factory=dict)
    payments: Mapping[PaymentId, InvoiceId] = field(default_factory=dict)
    planned: Dispatch | None = None
    ended: tuple[Dispatch, Ending] | None = None
    notes: tuple[Note, ...] = ()
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    agreements: tuple[Agreement, ...] = ()


class Portfolio(Protocol):
    """Accounts and invoices: the system of record."""

    def load_account(self, creditor_id: CreditorId, customer_id: CustomerId) -> Account:
        """Read an account and its open invoices; one never seen has version 0."""
        ...

    def find_invoice(self, creditor_id: CreditorId, invoice_id: InvoiceId) -> Invoice | None:
        """Read an invoice, open or not."""
        ...

    def list_invoices(
        self, creditor_id: CreditorId, asked: InvoiceQuery, start: Position | None, limit: int
    ) -> InvoicePage:
        """Return a page of the invoices that are asked for, from a position of the list on."""
        ...

    def list_customers(
        self, creditor_id: CreditorId, start: CustomerId | None, limit: int
    ) -> CustomerPage:
        """Return a page of a creditor's customers by their ids, from one id on."""
        ...

    def find_agreement(self, creditor_id: CreditorId, agreement_id: str) -> Agreement | None:
        """Read an agreement, live or ended, as it was written last."""
        ...

    def list_agreements(
        self, creditor_id: CreditorId, asked: AgreementQuery, start: Position | None, limit: int
    ) -> AgreementPage:
        """Return a page of the agreements that are asked for, from a position of the list on."""
        ...

    def find_payment(self, creditor_id: CreditorId, payment_id: PaymentId) -> InvoiceId | None:
        """Tell which invoice a payment belongs to."""
        ...

    def commit(self, change: Change) -> None:
        """Write a change, whole or not at all.

        Raises:
            VersionConflict: somebody else changed the account, or added an orphan fact, since.
            PlanTaken: the dispatch to record is known with another plan, or is under way.
            AlreadyClaimed: the dispatch to end was claimed, has ended, or has another plan.
            AccountTooLarge: the account has outgrown its item.
        """
        ...

    def orphans(self, creditor_id: CreditorId, invoice_id: InvoiceId) -> OrphanFacts:
        """Return what arrived about an invoice before the invoice itself."""
        ...

    def keep_orphan_payment(
        self, creditor_id: CreditorId, invoice_id: InvoiceId, payment: Payment
    ) -> None:
        """Keep a payment whose invoice is not known yet; the same payment again changes nothing.

        Raises:
            VersionConflict: the invoice has arrived meanwhile.
        """
        ...

    def keep_orphan_cancellation(
        self, creditor_id: CreditorId, invoice_id: InvoiceId, at: datetime, reason: str
    ) -> None:
        """Keep a cancellation whose invoice is not known yet.

        Raises:
            VersionConflict: the invoice has arrived meanwhile.
        """
        ...

    def keep_orphan_reversal(
        self, creditor_id: CreditorId, payment_id: PaymentId, at: datetime, reason: str
    ) -> None:
        """Keep a reversal whose payment is not known yet.

        Raises:
            VersionConflict: the payment has arrived meanwhile.
        """
        ...

    def orphan_reversal(
        self, creditor_id: CreditorId, payment_id: PaymentId
    ) -> tuple[datetime, str] | None:
        """Return the reversal that arrived before its payment, if any."""
        ...

    def due_accounts(self, shard: str, now: datetime, cursor: str | None, limit: int) -> DuePage:
        """Return a page of the accounts of a shard whose evaluation is due."""
        ...

    def open_accounts(
        self, creditor_id: CreditorId, shard: str, cursor: str | None, limit: int
    ) -> DuePage:
        """Return a page of a creditor's accounts in a shard that have open invoices."""
        ...

    def notes(self, creditor_id: CreditorId, customer_id: CustomerId) -> Sequence[Note]:
        """Return what happened to an account besides messages, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class DayEntry:
    """How one dispatch of a day stands."""

    dispatch_id: DispatchId
    state: DispatchState
    reason: Reason | None
    resent_in_doubt: bool
    channel: Channel = Channel.EMAIL
    step_id: str = ""
    cost: Decimal = Decimal(0)
    """What its message cost, in centavos: estimated, or as the provider said."""


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One entry of a chain, the hash recorded for it, and where what it binds is kept."""

    entry: Entry
    recorded_hash: str
    ref: str | None


class DispatchLedger(Protocol):
    """Every planned contact, how it ended, and what was reported about it."""

    def claim(
        self,
        dispatch: Dispatch,
        links: Sequence[InvoiceId],
        at: datetime,
        content: Kept | None = None,
    ) -> tuple[Claim, DispatchRecord]:
        """Ask to send. GRANTED at most once until released; the record says what is known.

        ``content`` is what is about to be handed over. A record with another plan than the
        dispatch's is never granted.
        """
        ...

    def take_over(self, record: DispatchRecord, at: datetime, content: Kept | None = None) -> bool:
        """Claim a dispatch in doubt for its one recorded resend; False when somebody else did."""
        ...

    def release(self, dispatch_id: DispatchId, *, in_doubt_since: datetime | None = None) -> None:
        """Give a claim back: nothing was sent by it.

        ``in_doubt_since`` is the claim that it took over, if any: that doubt is as open as before.
        """
        ...

    def end_unclaimed(self, dispatch: Dispatch, ending: Ending) -> bool:
        """End a dispatch; False when it was claimed, has ended, or is known with another plan."""
        ...

    def mark_sent(
        self,
        dispatch: Dispatch,
        *,
        provider_message_id: str,
        at: datetime,
        cost: Decimal = Decimal(0),
        facts: Sequence[MessageEvent] = (),
    ) -> None:
        """Record that the provider took the message; a failure already recorded stands.

        ``cost`` is estimated, in centavos. ``facts`` about it are added in the same write.
        """
        ...

    def correct_cost(self, dispatch_id: DispatchId, cost: Decimal) -> None:
        """Put the provider's own price, in centavos, in the place of the estimate."""
        ...

    def end_claimed(self, dispatch_id: DispatchId, ending: Ending) -> None:
        """End a claimed dispatch without a send; stands against a later ``mark_sent``."""
        ...

    def confirm_sent(
        self,
        dispatch_id: DispatchId,
        *,
        provider_message_id: str,
        at: datetime,
        has_arrived: bool = False,
        cost: Decimal = Decimal(0),
    ) -> None:
        """Correct a doubt that was given up: a receipt proves that the message went out.

        Only a claimed dispatch that ended as suppressed or undeliverable, without a send on
        record, is changed; when the message ``has_arrived``, an undeliverable one with a send too.
        ``cost`` is estimated, in centavos, for want of a better figure.
        """
        ...

    def append(self, events: Sequence[MessageEvent]) -> None:
        """Add facts to the chains of their messages; the same fact again changes nothing."""
        ...

    def chain(self, dispatch_id: DispatchId) -> Sequence[ChainLink]:
        """Return a message's chain, from its first entry."""
        ...

    def accounts_of(self, dispatch_ids: Collection[DispatchId]) -> Mapping[DispatchId, AccountKey]:
        """Tell whose dispatches these are; unknown ones are left out."""
        ...

    def find(self, dispatch_id: DispatchId) -> tuple[DispatchRecord, Sequence[MessageEvent]] | None:
        """Read a dispatch and its facts, oldest first."""
        ...

    def of_account(
        self, creditor_id: CreditorId, customer_id: CustomerId
    ) -> Sequence[DispatchRecord]:
        """Return an account's dispatches, oldest first."""
        ...

    def of_day(self, creditor_id: CreditorId, day: date) -> Iterable[DayEntry]:
        """Return how the dispatches planned on a business day stand, in any order."""
        ...


class CreditorDirectory(Protocol):
    """The tenants."""

    def get(self, creditor_id: CreditorId) -> Creditor:
        """Return a creditor.

        Raises:
            NotFound: no such creditor.
        """
        ...

    def forget(self) -> None:
        """Read every creditor anew from now on: something was written a moment ago, perhaps."""
        ...

    def of_client(self, client_id: str) -> CreditorId:
        """Return whose API client this is.

        Raises:
            NotFound: the client belongs to no creditor.
        """
        ...

    def person(self, subject: str) -> Person:
        """Return for whom somebody who signed in acts, and as what.

        Raises:
            NotFound: for nobody.
        """
        ...

    def requests_per_minute(self, client_id: str) -> int | None:
        """Return how often an API client may call in a minute; None is as often as any."""
        ...


class RulerStore(Protocol):
    """Rulers in all their versions, who follows which, what experiments brought; and offers."""

    def put_version(self, creditor_id: CreditorId, written: WrittenRuler) -> None:
        """Add the next version of a ruler.

        Raises:
            VersionConflict: that version exists, or the one before it does not.
        """
        ...

    def versions(self, creditor_id: CreditorId, name: str) -> Sequence[WrittenRuler]:
        """Return every version of a ruler, oldest first; none when there is no such ruler."""
        ...

    def put_assignment(self, creditor_id: CreditorId, document: Mapping[str, Any]) -> None:
        """Write who follows which ruler, checked by the caller."""
        ...

    def replace_assignment(
        self,
        creditor_id: CreditorId,
        before: Mapping[str, Any] | None,
        document: Mapping[str, Any],
    ) -> None:
        """Write who follows which ruler in the place of what was read; None is nothing yet.

        Raises:
            VersionConflict: something else is written there now.
        """
        ...

    def find_assignment(self, creditor_id: CreditorId) -> Mapping[str, Any] | None:
        """Return who follows which ruler as it was written, if it was."""
        ...

    def put_offers(self, creditor_id: CreditorId, document: Mapping[str, Any]) -> None:
        """Write what is offered to settle overdue debts, checked by the caller."""
        ...

    def replace_offers(
        self,
        creditor_id: CreditorId,
        before: Mapping[str, Any] | None,
        document: Mapping[str, Any],
    ) -> None:
        """Write what is offered in the place of what was read; None is nothing yet.

        Raises:
            VersionConflict: something else is written there now.
        """
        ...

    def find_offers(self, creditor_id: CreditorId) -> Mapping[str, Any] | None:
        """Return what is offered as it was written, if it was."""
        ...

    def results(self, creditor_id: CreditorId, name: str) -> "Mapping[str, ArmResult]":
        """Return what each arm of a ruler's experiments brought, by ``ruler/step/arm``."""
        ...


class CreditorRegistry(Protocol):
    """Where tenants are registered."""

    def put(self, document: Mapping[str, Any]) -> None:
        """Write a creditor's document, checked by the caller."""
        ...

    def put_client(self, client_id: str, creditor_id: CreditorId) -> None:
        """Let an API client act for a creditor."""
        ...


class EventPublisher(Protocol):
    """The bus."""

    def publish(self, events: Sequence[OutgoingEvent]) -> None:
        """Publish every event.

        Raises:
            PublishFailed: some were not taken; publishing all of them again is safe.
        """
        ...


class ShardQueue(Protocol):
    """Work for the shard evaluators."""

    def send(self, messages: Sequence[Mapping[str, Any]], *, delay_seconds: int = 0) -> None:
        """Queue every message, to be seen after a delay of up to 15 minutes."""
        ...


class EmailRenderer(Protocol):
    """Turns content into a message."""

    def render(
        self, content: MessageContent, texts: Mapping[str, str] | None = None
    ) -> RenderedEmail:
        """Render a message, with a creditor's own words by key where there are any.

        Raises:
            TemplateError: the template cannot be rendered with this content.
        """
        ...


class MimeBuilder(Protocol):
    """Builds the exact bytes of a message."""

    def __call__(
        self,
        *,
        rendered: RenderedEmail,
        sender: Sender,
        recipient: str,
        unsubscribe_url: str,
        date: datetime,
        message_id_domain: str,
        dispatch_id: str,
    ) -> bytes:
        """Return the message: same arguments, same bytes."""
        ...


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """The exact bytes for one recipient on one channel, and what to tag them with.

    ``raw`` is the MIME message, the text in UTF-8, the template message as Meta's JSON, or the
    call's SSML. ``sender`` is an address, a number, or a provider's id of one. ``parts`` is how
    many the provider bills. ``at`` is when it was made, on channels whose messages have no date of
    their own: it travels with the dispatch id. ``expires_at`` is the end of the recipient's hours:
    a provider that takes a limit keeps trying no longer.
    """

    channel: Channel
    sender: str
    recipient: str
    raw: bytes
    dispatch_id: DispatchId
    creditor_id: CreditorId
    step_id: str
    parts: int = 1
    at: datetime | None = None
    expires_at: datetime | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)
    """Facts about the bytes that belong to the evidence: the DKIM record at that moment."""


class Composer(Protocol):
    """Turns content into one channel's message."""

    def __call__(
        self,
        content: MessageContent,
        *,
        creditor: Creditor,
        recipient: str,
        dispatch: Dispatch,
        at: datetime,
    ) -> OutgoingMessage:
        """Compose a message: same arguments, same bytes.

        Raises:
            TemplateError: the template cannot be rendered with this content.
            RecipientRejected: the address cannot be written to.
        """
        ...


@dataclass(frozen=True, slots=True)
class Accepted:
    """A provider's answer that it took a message.

    ``facts`` are what its answer proves: the request's id, the date of the answer, the HTTP status.
    """

    message_id: str
    facts: Mapping[str, str] = field(default_factory=dict)


class MessageSender(Protocol):
    """A channel's provider."""

    def send(self, message: OutgoingMessage) -> Accepted:
        """Hand over a message and return what the provider answered.

        Raises:
            RecipientRejected: refused for good; nothing was sent.
            ProviderThrottled: refused for now; nothing was sent.
        """
        ...


class RateLimiter(Protocol):
    """Counts a creditor's messages of a channel, minute by minute."""

    def take(
        self, creditor_id: CreditorId, channel: Channel, per_minute: int, at: datetime
    ) -> bool:
        """Use one message of a minute's; False when all are used."""
        ...


class TrackingLinks(Protocol):
    """Makes the addresses that report back."""

    def pixel(self, dispatch_id: DispatchId, at: datetime) -> str:
        """Return the open pixel's address."""
        ...

    def click(self, dispatch_id: DispatchId, link: int, at: datetime) -> str:
        """Return a tracked link's address."""
        ...

    def unsubscribe(self, dispatch_id: DispatchId, at: datetime) -> str:
        """Return the one-click unsubscribe address."""
        ...

    def confirm(self, dispatch_id: DispatchId, at: datetime) -> str:
        """Return the address of the page where reading is confirmed."""
        ...


@dataclass(frozen=True, slots=True)
class DataKey:
    """A customer's own key for evidence: 32 secret bytes, named by ``key_id``."""

    key_id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes to keep under a customer's key, bound to what they belong to."""

    key: DataKey
    bound_to: str
    """Authenticated with the bytes: they cannot be read as another's."""
    data: bytes = field(repr=False)


class KeyEraser(Protocol):
    """Destroys customers' keys for evidence."""

    def destroy(self, account: AccountKey) -> None:
        """Destroy a customer's key: nothing kept under it can be read again (LGPD)."""
        ...


class CustomerKeys(KeyEraser, Protocol):
    """Every customer's own key for evidence."""

    def find(self, accounts: Collection[AccountKey]) -> Mapping[AccountKey, DataKey]:
        """Return the keys that exist."""
        ...

    def make(self, account: AccountKey) -> DataKey:
        """Return a customer's key, made now if there is none."""
        ...


class EvidenceVault(Protocol):
    """Where exact bytes are kept, encrypted, written once."""

    def keep(self, blobs: Sequence[Blob]) -> Sequence[str]:
        """Keep blobs together, in as few objects as possible; return where each is.

        Raises:
            TemporaryError: they are not kept.
        """
        ...

    def read(self, ref: str, key: DataKey, bound_to: str) -> bytes:
        """Read one blob.

        Raises:
            NotFound: it is not there, or was kept under another key.
        """
        ...


class CertificateStore(Protocol):
    """Certificates that signed what others told us, kept as evidence."""

    def keep(self, sha256: str, pem: str) -> None:
        """Keep a certificate by its fingerprint (hex); the same again changes nothing."""
        ...

    def find(self, sha256: str) -> str | None:
        """Return a certificate (PEM), if it was kept."""
        ...


class Touch(NamedTuple):
    """A hit of somebody's on a message. ``recipient`` is a pseudonym, equal for equal customers."""

    recipient: str
    dispatch_id: DispatchId
    kind: EventKind
    event_id: str


class RecentVisitors(Protocol):
    """Who touched messages in the same ten minutes, without keeping anybody's address."""

    def touch(
        self,
        account: AccountKey,
        ip: str,
        hit: tuple[DispatchId, EventKind, str],
        at: datetime,
    ) -> Collection[Touch]:
        """Add a hit; return all of this address's on the creditor's messages, this one too.

        The same hit again adds nothing. An address with very many is not followed further.
        """
        ...


class FactLog(Protocol):
    """Where facts about messages are added."""

    def append(self, events: Sequence[MessageEvent]) -> None:
        """Add facts; the same fact again changes nothing."""
        ...


class FactKeeper(Protocol):
    """Keeps what facts bind before anything relies on them."""

    def secure(self, events: Sequence[tuple[AccountKey, MessageEvent]]) -> Sequence[MessageEvent]:
        """Keep what facts about these customers' messages bind; return them ready for the ledger.

        Raises:
            TemporaryError: it is not kept.
        """
        ...


class DigitTries(Protocol):
    """What lets a customer's digits be tried a few times only, however many messages there are."""

    def take(self, account: AccountKey, most: int) -> bool:
        """Use one of a customer's tries; False when all are used."""
        ...

    def give_back(self, account: AccountKey) -> None:
        """Give a try back that was none: the digits were right."""
        ...


class Quarantine(Protocol):
    """Where bad input is kept whole until it is corrected."""

    def keep(self, event_id: str, raw: str, problems: Sequence[Problem], at: datetime) -> None:
        """Keep an input and why it was refused; the same id again overwrites."""
        ...
