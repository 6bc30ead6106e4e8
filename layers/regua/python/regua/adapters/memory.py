"""In-memory twins of every port, with the same promises as the real adapters.

The contract suite in ``tests/integration/contract`` runs on these and on the AWS adapters, so a
twin cannot promise what the real one does not keep.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from regua.adapters.clock import SystemClock
from regua.adapters.dynamodb_chain import sort_key
from regua.application.creditor_document import read_creditor
from regua.application.lists import (
    AgreementPage,
    AgreementQuery,
    CustomerPage,
    InvoicePage,
    InvoiceQuery,
    Listed,
    Position,
)
from regua.application.ports import (
    Accepted,
    AccountKey,
    ChainLink,
    Change,
    Creditor,
    DayEntry,
    DuePage,
    OrphanFacts,
    OutgoingEvent,
    OutgoingMessage,
    Tally,
)
from regua.domain.access import Person
from regua.domain.account import Account
from regua.domain.delivery import MessageEvent
from regua.domain.dispatch import Claim, Dispatch, DispatchRecord, DispatchState, Ending
from regua.domain.errors import AlreadyClaimed, NotFound, PlanTaken, Problem, VersionConflict
from regua.domain.evidence import Entry, genesis, level_of
from regua.domain.exact import Kept
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId, PaymentId, shard_of
from regua.domain.invoice import Invoice, Payment
from regua.domain.negotiation.agreement import Agreement
from regua.domain.notes import Note
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel

_PRESENT = SystemClock().now


class MemoryLedger:
    """The dispatch ledger in a dictionary."""

    def __init__(self, clock: Callable[[], datetime] = _PRESENT) -> None:
        self.records: dict[DispatchId, DispatchRecord] = {}
        self.links: dict[DispatchId, tuple[InvoiceId, ...]] = {}
        self.events: dict[DispatchId, dict[str, MessageEvent]] = defaultdict(dict)
        self.chains: dict[DispatchId, list[ChainLink]] = defaultdict(list)
        self._clock = clock
        self._costs: dict[DispatchId, Decimal] = {}

    def plan(self, dispatch: Dispatch) -> bool:
        """Record a plan; False when another one has its id, or it was to end and is under way."""
        if dispatch.ending is not None:
            return self.end_unclaimed(dispatch, dispatch.ending)
        known = self.records.setdefault(
            dispatch.dispatch_id, DispatchRecord(dispatch, DispatchState.PLANNED)
        )
        return known.dispatch.plan_key == dispatch.plan_key

    def claim(
        self,
        dispatch: Dispatch,
        links: Sequence[InvoiceId],
        at: datetime,
        content: Kept | None = None,
    ) -> tuple[Claim, DispatchRecord]:
        """Ask to send."""
        is_this_plan = self.plan(replace(dispatch, ending=None))
        record = self.records[dispatch.dispatch_id]
        if is_this_plan and record.state is DispatchState.PLANNED:
            content = content or record.content
            record = replace(record, state=DispatchState.CLAIMED, claimed_at=at, content=content)
            self.records[dispatch.dispatch_id] = record
            self.links[dispatch.dispatch_id] = tuple(links)
            return Claim.GRANTED, record
        return (Claim.DONE if record.ended else Claim.IN_DOUBT), record

    def take_over(self, record: DispatchRecord, at: datetime, content: Kept | None = None) -> bool:
        """Claim a dispatch in doubt for its one resend."""
        dispatch_id = record.dispatch.dispatch_id
        present = self.records[dispatch_id]
        if present.state is not DispatchState.CLAIMED or present.claimed_at != record.claimed_at:
            return False
        if present.resent_in_doubt:
            return False
        content = content or present.content
        self.records[dispatch_id] = replace(
            present, claimed_at=at, resent_in_doubt=True, content=content
        )
        return True

    def release(self, dispatch_id: DispatchId, *, in_doubt_since: datetime | None = None) -> None:
        """Give a claim back."""
        record = self.records[dispatch_id]
        if record.state is not DispatchState.CLAIMED:
            return
        if in_doubt_since is None:
            record = replace(record, state=DispatchState.PLANNED, claimed_at=None)
        else:
            record = replace(record, claimed_at=in_doubt_since, resent_in_doubt=False)
        self.records[dispatch_id] = record

    def end_unclaimed(self, dispatch: Dispatch, ending: Ending) -> bool:
        """End a dispatch that was never claimed."""
        known = self.records.get(dispatch.dispatch_id)
        if known is not None and known.state is not DispatchState.PLANNED:
            return False
        if not self.plan(replace(dispatch, ending=None)):
            return False
        record = self.records[dispatch.dispatch_id]
        self.records[dispatch.dispatch_id] = _ended(record, ending)
        return True

    def mark_sent(
        self,
        dispatch: Dispatch,
        *,
        provider_message_id: str,
        at: datetime,
        cost: Decimal = Decimal(0),
        facts: Sequence[MessageEvent] = (),
    ) -> None:
        """Record that the provider took the message."""
        dispatch_id = dispatch.dispatch_id
        record = self.records[dispatch_id]
        self.append(facts)
        state = record.state if record.state is DispatchState.FAILED else DispatchState.SENT
        self.records[dispatch_id] = replace(
            record,
            state=state,
            sent_at=at,
            provider_message_id=provider_message_id,
            cost=self._estimate(dispatch_id, cost),
        )

    def correct_cost(self, dispatch_id: DispatchId, cost: Decimal) -> None:
        """Put the provider's own price in the place of the estimate."""
        record = self.records.get(dispatch_id)
        if record is not None:
            self._costs[dispatch_id] = cost
            self.records[dispatch_id] = replace(record, cost=cost)

    def end_claimed(self, dispatch_id: DispatchId, ending: Ending) -> None:
        """End a claimed dispatch without a send."""
        record = self.records.get(dispatch_id)
        if record is not None:
            self.records[dispatch_id] = _ended(record, ending)

    def confirm_sent(
        self,
        dispatch_id: DispatchId,
        *,
        provider_message_id: str,
        at: datetime,
        has_arrived: bool = False,
        cost: Decimal = Decimal(0),
    ) -> None:
        """Correct a doubt that was given up."""
        record = self.records.get(dispatch_id)
        if record is None or record.claimed_at is None:
            return
        undeliverable = record.reason is Reason.UNDELIVERABLE
        suppressed = record.state is DispatchState.SUPPRESSED
        if record.sent_at is None and (suppressed or undeliverable):
            self._estimate(dispatch_id, cost)
            sent = replace(record, sent_at=at, provider_message_id=provider_message_id)
        elif has_arrived and undeliverable:
            sent = record
        else:
            return
        known = self._costs.get(dispatch_id, sent.cost)
        self.records[dispatch_id] = replace(
            sent, state=DispatchState.SENT, reason=None, rule=None, cost=known
        )

    def _estimate(self, dispatch_id: DispatchId, cost: Decimal) -> Decimal:
        """Keep the first figure: an estimate never replaces the provider's own price."""
        return self._costs.setdefault(dispatch_id, cost)

    def append(self, events: Sequence[MessageEvent]) -> None:
        """Add facts about messages; what the table would know as a copy is one here too."""
        for event in events:
            known, name = self.events[event.dispatch_id], sort_key(event)
            if name not in known:
                known[name] = self._linked(event)

    def _linked(self, event: MessageEvent) -> MessageEvent:
        """Add a fact to its message's chain, if the dispatch is known."""
        record, chain = self.records.get(event.dispatch_id), self.chains[event.dispatch_id]
        if record is None:
            return event
        creditor_id, kept = record.dispatch.creditor_id, event.kept or Kept()
        observed_at = event.observed_at or self._clock()
        entry = Entry(
            creditor_id=creditor_id,
            dispatch_id=event.dispatch_id,
            seq=len(chain) + 1,
            kind=event.kind,
            level=level_of(event.kind, event.facts),
            at=event.at,
            observed_at=observed_at,
            source=event.source,
            event_id=event.event_id,
            prev=chain[-1].recorded_hash if chain else genesis(creditor_id, event.dispatch_id),
            facts=event.facts,
            private=kept.private,
            raw=kept.raw,
        )
        chain.append(ChainLink(entry, entry.hash, kept.ref))
        return replace(event, observed_at=observed_at)

    def chain(self, dispatch_id: DispatchId) -> Sequence[ChainLink]:
        """Read a message's chain."""
        return list(self.chains[dispatch_id])

    def accounts_of(self, dispatch_ids: Collection[DispatchId]) -> Mapping[DispatchId, AccountKey]:
        """Tell whose dispatches these are."""
        found = {each: self.records[each].dispatch for each in dispatch_ids if each in self.records}
        return {each: AccountKey(d.creditor_id, d.customer_id) for each, d in found.items()}

    def find(self, dispatch_id: DispatchId) -> tuple[DispatchRecord, Sequence[MessageEvent]] | None:
        """Read a dispatch and its facts."""
        record = self.records.get(dispatch_id)
        if record is None:
            return None
        return record, sorted(self.events[dispatch_id].values(), key=lambda e: (e.at, e.kind))

    def of_account(
        self, creditor_id: CreditorId, customer_id: CustomerId
    ) -> Sequence[DispatchRecord]:
        """Return an account's dispatches."""
        mine = (
            r
            for r in self.records.values()
            if (r.dispatch.creditor_id, r.dispatch.customer_id) == (creditor_id, customer_id)
        )
        return sorted(mine, key=lambda r: r.dispatch.decided_at)

    def of_day(self, creditor_id: CreditorId, day: date) -> Iterable[DayEntry]:
        """Return how the dispatches planned on a day stand."""
        return [
            DayEntry(
                r.dispatch.dispatch_id,
                r.state,
                r.reason,
                r.resent_in_doubt,
                r.dispatch.channel,
                r.dispatch.step_id,
                r.cost,
            )
            for r in self.records.values()
            if (r.dispatch.creditor_id, r.dispatch.decided_on) == (creditor_id, day)
        ]


def _ended(record: DispatchRecord, ending: Ending) -> DispatchRecord:
    return replace(
        record, state=ending.state, reason=ending.reason, until=ending.until, rule=ending.rule
    )


class MemoryPortfolio:
    """Accounts and invoices in dictionaries; copies in and out, versions checked."""

    def __init__(self, ledger: MemoryLedger, shards: int = 64) -> None:
        self.ledger = ledger
        self.shards = shards
        self.accounts: dict[tuple[CreditorId, CustomerId], Account] = {}
        self.closed: dict[tuple[CreditorId, InvoiceId], Invoice] = {}
        self.owners: dict[tuple[CreditorId, InvoiceId], CustomerId] = {}
        self.payments: dict[tuple[CreditorId, PaymentId], InvoiceId] = {}
        self.orphan_facts: dict[tuple[CreditorId, InvoiceId], OrphanFacts] = {}
        self.reversals: dict[tuple[CreditorId, PaymentId], tuple[datetime, str]] = {}
        self.kept_notes: dict[tuple[CreditorId, CustomerId], list[Note]] = defaultdict(list)
        self.tallies: dict[tuple[CreditorId, str], Tally] = defaultdict(Tally)
        self.agreements: dict[tuple[CreditorId, str], Agreement] = {}

    def load_account(self, creditor_id: CreditorId, customer_id: CustomerId) -> Account:
        """Read an account and its open invoices."""
        key = (creditor_id, customer_id)
        return self.accounts.get(key) or Account(creditor_id, customer_id)

    def find_invoice(self, creditor_id: CreditorId, invoice_id: InvoiceId) -> Invoice | None:
        """Read an invoice, open or not."""
        customer_id = self.owners.get((creditor_id, invoice_id))
        if customer_id is None:
            return None
        account = self.load_account(creditor_id, customer_id)
        return account.invoices.get(invoice_id) or self.closed.get((creditor_id, invoice_id))

    def list_invoices(
        self, creditor_id: CreditorId, asked: InvoiceQuery, start: Position | None, limit: int
    ) -> InvoicePage:
        """Return a page of the invoices that are asked for."""
        accounts = {k: a for (c, k), a in self.accounts.items() if c == creditor_id}
        mine = [i for a in accounts.values() for i in a.invoices.values()]
        mine += [i for (c, _), i in self.closed.items() if c == creditor_id]
        parts = asked.parts
        places = sorted(
            ((parts.index(p.part), p.place), i)
            for i in mine
            if asked.customer_id in (None, i.customer_id)
            and (p := asked.position_of(i)).part in parts
            and asked.bounds[0] <= p.place <= asked.bounds[1]
        )
        first = (0, "") if start is None else (parts.index(start.part), start.place)
        page = [(place, i) for place, i in places if place >= first]
        rest = None if len(page) <= limit else Position(parts[page[limit][0][0]], page[limit][0][1])
        return InvoicePage(
            [
                Listed(replace(accounts[i.customer_id], invoices={}), i)
                for _, i in page[:limit]
                if asked.takes(i)
            ],
            rest,
        )

    def list_customers(
        self, creditor_id: CreditorId, start: CustomerId | None, limit: int
    ) -> CustomerPage:
        """Return a page of a creditor's customers, by their ids."""
        mine = sorted(
            k
            for (c, k), a in self.accounts.items()
            if c == creditor_id and a.customer is not None and k >= (start or "")
        )
        found = [replace(self.accounts[creditor_id, k], invoices={}) for k in mine[:limit]]
        return CustomerPage(found, mine[limit] if len(mine) > limit else None)

    def find_agreement(self, creditor_id: CreditorId, agreement_id: str) -> Agreement | None:
        """Read an agreement, live or ended, as it was written last."""
        return self.agreements.get((creditor_id, agreement_id))

    def list_agreements(
        self, creditor_id: CreditorId, asked: AgreementQuery, start: Position | None, limit: int
    ) -> AgreementPage:
        """Return a page of the agreements that are asked for."""
        parts = asked.parts
        places = sorted(
            ((parts.index(p.part), p.place), name)
            for (creditor, name), a in self.agreements.items()
            if creditor == creditor_id
            and asked.customer_id in (None, a.customer_id)
            and (p := asked.position_of(a)).part in parts
        )
        first = (0, "") if start is None else (parts.index(start.part), start.place)
        page = [(place, name) for place, name in places if place >= first]
        rest = None if len(page) <= limit else Position(parts[page[limit][0][0]], page[limit][0][1])
        found = (self.agreements[creditor_id, name] for _, name in page[:limit])
        return AgreementPage([a for a in found if asked.takes(a)], rest)

    def find_payment(self, creditor_id: CreditorId, payment_id: PaymentId) -> InvoiceId | None:
        """Tell which invoice a payment belongs to."""
        return self.payments.get((creditor_id, payment_id))

    def commit(self, change: Change) -> None:
        """Write a change, whole or not at all."""
        account = change.account
        creditor_id = account.creditor_id
        self._check(change)
        if change.ended is not None and not self.ledger.end_unclaimed(*change.ended):
            raise AlreadyClaimed(change.ended[0].dispatch_id)
        if change.planned is not None and not self.ledger.plan(change.planned):
            raise PlanTaken(change.planned.dispatch_id)
        for invoice in change.invoices:
            key = (creditor_id, invoice.external_id)
            self.owners[key] = account.customer_id
            self.closed.pop(key, None)
            if not invoice.is_open:
                self.closed[key] = invoice
        for payment_id, invoice_id in change.payments.items():
            self.payments[creditor_id, payment_id] = invoice_id
        for agreement in change.agreements:
            self.agreements[creditor_id, agreement.agreement_id] = agreement
        self.kept_notes[creditor_id, account.customer_id] += change.notes
        for arm, tally in change.tallies.items():
            known = self.tallies[creditor_id, arm]
            self.tallies[creditor_id, arm] = Tally(
                known.exposed + tally.exposed,
                known.settled + tally.settled,
                known.recovered_centavos + tally.recovered_centavos,
            )
        stored = replace(account, version=account.version + 1)
        self.accounts[creditor_id, account.customer_id] = stored

    def _check(self, change: Change) -> None:
        account = change.account
        creditor_id = account.creditor_id
        stored = self.load_account(creditor_id, account.customer_id)
        if stored.version != account.version:
            raise VersionConflict(account.customer_id)
        for invoice_id, seq in change.new.items():
            known = (creditor_id, invoice_id) in self.owners
            if known or self.orphans(creditor_id, invoice_id).seq != seq:
                raise VersionConflict(invoice_id)
        for payment_id, invoice_id in change.payments.items():
            if (creditor_id, payment_id) in self.payments:
                raise VersionConflict(payment_id)
            owner = next(i for i in change.invoices if i.external_id == invoice_id)
            payment = owner.find_payment(payment_id)
            unseen = payment is not None and payment.reversed_at is None
            if unseen and (creditor_id, payment_id) in self.reversals:
                raise VersionConflict(payment_id)

    def orphans(self, creditor_id: CreditorId, invoice_id: InvoiceId) -> OrphanFacts:
        """Return what arrived before the invoice."""
        return self.orphan_facts.get((creditor_id, invoice_id), OrphanFacts())

    def keep_orphan_payment(
        self, creditor_id: CreditorId, invoice_id: InvoiceId, payment: Payment
    ) -> None:
        """Keep a payment whose invoice is not known yet."""
        known = self._orphans_of_missing(creditor_id, invoice_id)
        if payment.payment_id not in {p.payment_id for p in known.payments}:
            self.orphan_facts[creditor_id, invoice_id] = replace(
                known, payments=(*known.payments, payment), seq=known.seq + 1
            )

    def keep_orphan_cancellation(
        self, creditor_id: CreditorId, invoice_id: InvoiceId, at: datetime, reason: str
    ) -> None:
        """Keep a cancellation whose invoice is not known yet."""
        known = self._orphans_of_missing(creditor_id, invoice_id)
        self.orphan_facts[creditor_id, invoice_id] = replace(
            known, cancelled_at=at, cancel_reason=reason, seq=known.seq + 1
        )

    def _orphans_of_missing(self, creditor_id: CreditorId, invoice_id: InvoiceId) -> OrphanFacts:
        if (creditor_id, invoice_id) in self.owners:
            raise VersionConflict(invoice_id)
        return self.orphans(creditor_id, invoice_id)

    def keep_orphan_reversal(
        self, creditor_id: CreditorId, payment_id: PaymentId, at: datetime, reason: str
    ) -> None:
        """Keep a reversal whose payment is not known yet."""
        if (creditor_id, payment_id) in self.payments:
            raise VersionConflict(payment_id)
        self.reversals[creditor_id, payment_id] = (at, reason)

    def orphan_reversal(
        self, creditor_id: CreditorId, payment_id: PaymentId
    ) -> tuple[datetime, str] | None:
        """Return the reversal that arrived before its payment."""
        return self.reversals.get((creditor_id, payment_id))

    def open_accounts(
        self, creditor_id: CreditorId, shard: str, cursor: str | None, limit: int
    ) -> DuePage:
        """Return a page of a creditor's accounts in a shard that have open invoices."""
        mine = sorted(
            a.customer_id
            for a in self.accounts.values()
            if a.creditor_id == creditor_id
            and a.invoices
            and shard_of(creditor_id, a.customer_id, self.shards) == shard
        )
        rest = [c for c in mine if cursor is None or c > cursor]
        page = rest[:limit]
        found = [AccountKey(creditor_id, c) for c in page]
        return DuePage(found, page[-1] if len(rest) > limit else None)

    def notes(self, creditor_id: CreditorId, customer_id: CustomerId) -> Sequence[Note]:
        """Return what happened to an account besides messages."""
        return sorted(self.kept_notes[creditor_id, customer_id], key=lambda n: n.at)

    def due_accounts(self, shard: str, now: datetime, cursor: str | None, limit: int) -> DuePage:
        """Return a page of the accounts of a shard that are due."""
        due = sorted(
            (a.next_evaluation_at, a.creditor_id, a.customer_id)
            for a in self.accounts.values()
            if a.next_evaluation_at is not None
            and a.next_evaluation_at <= now
            and shard_of(a.creditor_id, a.customer_id, self.shards) == shard
        )
        names = [(f"{at.isoformat()}|{c}|{k}", AccountKey(c, k)) for at, c, k in due]
        rest = [n for n in names if cursor is None or n[0] > cursor]
        page = rest[:limit]
        return DuePage([k for _, k in page], page[-1][0] if len(rest) > limit else None)


class MemoryDirectory:
    """The directory and the registry of tenants."""

    def __init__(self, *creditors: Creditor) -> None:
        self.creditors = {c.creditor_id: c for c in creditors}
        self.with_rulers: Callable[[Creditor], Creditor] = lambda creditor: creditor
        """Adds what was written since: the rulers' twin takes its place here."""
        self.texts: dict[CreditorId, Mapping[str, str]] = {}
        """Creditors' own words: the looks' twin writes them here."""
        self.clients: dict[str, CreditorId] = {}
        self.people: dict[str, Person] = {}
        self.limits: dict[str, int] = {}
        """How often clients with a limit of their own may call in a minute."""

    def put(self, document: Mapping[str, Any]) -> None:
        """Write a creditor's document, checked by the caller."""
        creditor = read_creditor(document)
        self.creditors[creditor.creditor_id] = creditor

    def put_client(self, client_id: str, creditor_id: CreditorId) -> None:
        """Let an API client act for a creditor."""
        self.clients[client_id] = creditor_id

    def get(self, creditor_id: CreditorId) -> Creditor:
        """Return a creditor."""
        if creditor_id not in self.creditors:
            raise NotFound(creditor_id)
        creditor = self.with_rulers(self.creditors[creditor_id])
        texts = self.texts.get(creditor_id)
        return creditor if texts is None else replace(creditor, texts=texts)

    def of_client(self, client_id: str) -> CreditorId:
        """Return whose API client this is."""
        if client_id not in self.clients:
            raise NotFound(client_id)
        return self.clients[client_id]

    def requests_per_minute(self, client_id: str) -> int | None:
        """Return how often an API client may call in a minute."""
        return self.limits.get(client_id)

    def person(self, subject: str) -> Person:
        """Return for whom a person acts, and as what."""
        if subject not in self.people:
            raise NotFound(subject)
        return self.people[subject]

    def forget(self) -> None:
        """Read everything anew from now on; in memory nothing is read twice."""


class MemoryPublisher:
    """The bus as a list."""

    def __init__(self) -> None:
        self.events: list[OutgoingEvent] = []

    def publish(self, events: Sequence[OutgoingEvent]) -> None:
        """Publish every event."""
        self.events.extend(events)

    def of(self, detail_type: str) -> list[OutgoingEvent]:
        """Return the events of one type."""
        return [e for e in self.events if e.detail_type == detail_type]


class MemoryShardQueue:
    """The shard queue as a list."""

    def __init__(self) -> None:
        self.messages: list[Mapping[str, Any]] = []

    def send(self, messages: Sequence[Mapping[str, Any]], *, delay_seconds: int = 0) -> None:
        """Queue every message; in memory nobody waits."""
        del delay_seconds
        self.messages.extend(messages)


class MemorySender:
    """A provider that takes everything, and lists it."""

    def __init__(self) -> None:
        self.sent: list[OutgoingMessage] = []

    def send(self, message: OutgoingMessage) -> Accepted:
        """Take a message."""
        self.sent.append(message)
        return Accepted(f"memory-{len(self.sent):06d}")


class MemoryRateLimiter:
    """A minute's messages in a dictionary."""

    def __init__(self) -> None:
        self.used: dict[tuple[CreditorId, Channel], tuple[datetime, int]] = {}

    def take(
        self, creditor_id: CreditorId, channel: Channel, per_minute: int, at: datetime
    ) -> bool:
        """Use one message of a minute's; False when all are used."""
        minute = at.replace(second=0, microsecond=0)
        known, used = self.used.get((creditor_id, channel), (minute, 0))
        if known > minute or (known == minute and used >= per_minute):
            return False
        self.used[creditor_id, channel] = (minute, used + 1 if known == minute else 1)
        return True


class MemoryQuarantine:
    """Refused input in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, tuple[Problem, ...]]] = {}

    def keep(self, event_id: str, raw: str, problems: Sequence[Problem], at: datetime) -> None:
        """Keep an input and why it was refused."""
        del at
        self.kept[event_id] = (raw, tuple(problems))


class FixedLinks:
    """Tracked addresses without keys, for rendering tests."""

    def __init__(self, base: str = "https://t.example.com.br") -> None:
        self.base = base

    def pixel(self, dispatch_id: DispatchId, at: datetime) -> str:
        """Return the open pixel's address."""
        del at
        return f"{self.base}/o/{dispatch_id}.gif"

    def click(self, dispatch_id: DispatchId, link: int, at: datetime) -> str:
        """Return a tracked link's address."""
        del at
        return f"{self.base}/c/{dispatch_id}-{link}"

    def unsubscribe(self, dispatch_id: DispatchId, at: datetime) -> str:
        """Return the one-click unsubscribe address."""
        del at
        return f"{self.base}/u/{dispatch_id}"

    def confirm(self, dispatch_id: DispatchId, at: datetime) -> str:
        """Return the address of the page where reading is confirmed."""
        del at
        return f"{self.base}/r/{dispatch_id}"


class FixedClock:
    """A clock that stands where it is put."""

    def __init__(self, now: datetime) -> None:
        self.present = now

    def now(self) -> datetime:
        """Return where the clock stands."""
        return self.present
