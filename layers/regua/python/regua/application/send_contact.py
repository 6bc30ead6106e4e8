"""One planned contact becomes one message on its channel, or a reason why not.

The order matters: look again (money may have arrived), claim, send, record. What ends without a
send is written only while nobody has claimed the dispatch; whoever finds it claimed looks at what
became of the earlier attempt instead (architecture D4, D5).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from math import ceil

from regua.application.invoice_lines import invoice_line
from regua.application.message_content import InvoiceLine, MessageContent, PaidPart, ReceiptLine
from regua.application.messages import ContactDue
from regua.application.outgoing import contact_ended
from regua.application.ports import (
    Accepted,
    AccountKey,
    Change,
    Composer,
    Creditor,
    CreditorDirectory,
    DispatchLedger,
    EventPublisher,
    FactKeeper,
    MessageSender,
    OutgoingMessage,
    Portfolio,
    RateLimiter,
    TrackingLinks,
)
from regua.application.retrying import change_account
from regua.domain import contact_policy
from regua.domain.account import Account
from regua.domain.contact_policy import Deferred, Denied
from regua.domain.decision import contact_request
from regua.domain.delivery import ACCEPTED_BY_PROVIDER, EventKind, MessageEvent
from regua.domain.dispatch import (
    Claim,
    Dispatch,
    DispatchRecord,
    DispatchState,
    Ending,
    Purpose,
)
from regua.domain.errors import (
    AlreadyClaimed,
    DispatchInDoubt,
    ProviderThrottled,
    RecipientRejected,
    TemplateError,
)
from regua.domain.exact import Kept
from regua.domain.holds import HoldKind
from regua.domain.ids import InvoiceId
from regua.domain.invoice import Invoice, InvoiceStatus
from regua.domain.payment_receipts import Refusal, suppressed, why_not_thanked, with_receipt
from regua.domain.payoff import business_date
from regua.domain.prices import DEFAULT_COSTS
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Ruler
from regua.domain.second_look import reopened, why_not_any_more
from regua.domain.steps import Look
from regua.domain.tokens import HONEYPOT

LONG_THROTTLE = timedelta(minutes=15)
"""A provider that is shut for longer defers the contact; a shorter pause the queue waits out."""
_SPREAD_MINUTES = 10
_REFUSED = "refused"
"""Names the fact that the provider refused our call; its own reports have other ids."""
LONG_CLOSURE = timedelta(hours=24)
"""Twice the longest time that SQS hides a message: a doubt cannot wait longer in a queue."""


_RESTS = frozenset(kind.reason for kind in HoldKind)
"""Reasons that pass: what rests now is due again afterwards."""


class Outcome(StrEnum):
    """How one record ended; also the name of its metric."""

    SENT = "sent"
    RESENT_IN_DOUBT = "resent_in_doubt"
    SETTLED_BY_RECEIPT = "settled_by_receipt"
    DUPLICATE = "duplicate"
    DEFERRED = "deferred"
    SHUT = "shut"
    """Put off because the provider takes nothing for a while: a spending limit, a pause."""
    SUPPRESSED = "suppressed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a second look says: an ending, or whom to write to about what."""

    ending: Ending | None
    invoices: Sequence[Invoice] = ()
    address: str = ""
    expires_at: datetime | None = None
    """When the hours end in which the message may arrive."""


@dataclass(frozen=True, slots=True)
class _Job:
    """One dispatch under way, with the two clocks (see ``SendContact.__call__``)."""

    dispatch: Dispatch
    creditor: Creditor
    account: Account
    now: datetime
    clock_now: datetime

    @property
    def account_key(self) -> AccountKey:
        """Whose contact it is."""
        return AccountKey(self.dispatch.creditor_id, self.dispatch.customer_id)

    @property
    def ruler(self) -> Ruler:
        """The version that leads the contact; before rulers had versions, the creditor's."""
        rulers = self.creditor.rulers
        return rulers.at(self.dispatch.ruler) or rulers.default

    @property
    def look(self) -> Look:
        """The account at the instant of the message."""
        return Look(self.account, self.creditor.rulers, self.now, self.creditor.circumstances)

    @property
    def is_receipt(self) -> bool:
        """Whether the contact thanks for a payment, and collects nothing."""
        return self.dispatch.purpose is Purpose.RECEIPT

    @property
    def today(self) -> date:
        """The day of the message, by the leading ruler's clock."""
        return self.now.astimezone(self.ruler.zone).date()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A dispatch looked at again: the message to hand over, or how it ends without one."""

    job: _Job
    wanted: OutgoingMessage | Ending
    links: Sequence[InvoiceId] = ()
    composed: MessageEvent | None = None
    """The fact that the message was composed, once its bytes are kept."""
    outcome: Outcome | None = None
    """What an ending without a send is counted as, if not as what it is."""

    @property
    def facts(self) -> Sequence[MessageEvent]:
        """What is stated about the message, once its bytes are kept."""
        return () if self.composed is None else (self.composed,)

    @property
    def content(self) -> Kept | None:
        """What is known of the message's exact bytes."""
        return self.composed.kept if self.composed else None


_MEDIA_TYPES = {
    Channel.EMAIL: "message/rfc822",
    Channel.SMS: "text/plain",
    Channel.WHATSAPP: "application/json",
    Channel.VOICE: "application/ssml+xml",
}


def _what_for(dispatch: Dispatch) -> Mapping[str, str]:
    """Name the ruler's step that a message makes, or what else it is for."""
    if dispatch.purpose is Purpose.COLLECTION:
        return {"step": dispatch.step_id}
    return {"purpose": dispatch.purpose.value}


def _composed(job: _Job, message: OutgoingMessage) -> MessageEvent:
    """State what is about to be handed over, with its exact bytes."""
    dispatch = job.dispatch
    return MessageEvent(
        dispatch.dispatch_id,
        EventKind.COMPOSED,
        job.now,
        sha256(message.raw).hexdigest()[:16],
        {
            "channel": message.channel.value,
            "template": dispatch.template,
            **_what_for(dispatch),
            "parts": str(message.parts),
            **message.evidence,
        },
        private={"sender": message.sender, "recipient": message.recipient},
        raw=message.raw,
        media_type=_MEDIA_TYPES[message.channel],
    )


def _accepted(job: _Job, accepted: Accepted) -> MessageEvent:
    """State that the provider took the message, as its own answer says."""
    facts = {"provider_message_id": accepted.message_id, **accepted.facts}
    event_id = accepted.message_id or "-"
    dispatch_id = job.dispatch.dispatch_id
    return MessageEvent(dispatch_id, EventKind.ACCEPTED, job.now, event_id, facts)


def _refused(job: _Job, refusal: RecipientRejected) -> MessageEvent:
    """State that the provider refused the message for good: an attempt, and its end."""
    facts = {"provider_reason": str(refusal)}
    dispatch_id = job.dispatch.dispatch_id
    return MessageEvent(dispatch_id, EventKind.REJECTED, job.now, _REFUSED, facts)


def _known_content(dispatch: Dispatch, record: DispatchRecord) -> Sequence[MessageEvent]:
    """State what an earlier attempt was about to hand over, as its claim remembers it.

    The same claim is stated the same way, however often.
    """
    content, at = record.content, record.claimed_at
    if content is None or content.raw is None or at is None:
        return ()
    facts = {"channel": dispatch.channel.value, "template": dispatch.template, "stated": "later"}
    event_id = content.raw.sha256[:16]
    return (
        MessageEvent(dispatch.dispatch_id, EventKind.COMPOSED, at, event_id, facts, kept=content),
    )


def _receipt_line(job: _Job, invoice: Invoice) -> ReceiptLine:
    ruler = job.creditor.rulers.followed(job.account, invoice)
    standing = sorted(
        (p for p in invoice.payments if p.reversed_at is None),
        key=lambda p: (p.paid_at, p.payment_id),
    )
    return ReceiptLine(
        number=invoice.number,
        description=invoice.description,
        due_date=invoice.due_date,
        payments=tuple(
            PaidPart(p.amount.centavos, business_date(p.paid_at), p.method.value) for p in standing
        ),
        is_clear=not invoice.late_charges_left(job.account.late_charges(ruler)),
    )


def _later(job: _Job) -> Ending:
    """Put a contact off by some minutes, each by others, so that they do not come back at once."""
    spread = int(job.dispatch.dispatch_id[:8], 16) % (60 * _SPREAD_MINUTES)
    until = job.now + timedelta(seconds=60 + spread)
    return Ending(DispatchState.DEFERRED, Reason.PROVIDER_THROTTLED, until)


@dataclass(frozen=True, slots=True)
class SendContact:
    """Send planned contacts of one channel: what differs is composing and handing over."""

    portfolio: Portfolio
    directory: CreditorDirectory
    ledger: DispatchLedger
    publisher: EventPublisher
    compose: Composer
    sender: MessageSender
    keeper: FactKeeper
    links: TrackingLinks
    doubt: timedelta
    limiter: RateLimiter | None = None
    """Holds back what a creditor wants sent more slowly than the provider would."""
    remember: Callable[[Dispatch, str, datetime], None] | None = None
    """Notes whose number was written to, on channels where customers answer."""

    def __call__(self, due: ContactDue, *, now: datetime, clock_now: datetime) -> Outcome:
        """Carry out one dispatch: prepare it, keep its evidence, finish it."""
        prepared = self.prepare(due, now=now, clock_now=clock_now)
        (kept,) = self.keep([prepared])
        return self.finish(kept)

    def prepare(self, due: ContactDue, *, now: datetime, clock_now: datetime) -> Prepared:
        """Look again, and compose what is still to be sent; nothing is written yet.

        Args:
            due: the planned contact.
            now: the instant that decides (the message's own in a time-travelling stage).
            clock_now: the real instant, by which doubts age.
        """
        dispatch = due.to_domain()
        job = _Job(
            dispatch,
            self.directory.get(dispatch.creditor_id),
            self.portfolio.load_account(dispatch.creditor_id, dispatch.customer_id),
            now,
            clock_now,
        )
        plan = self._look_again(job)
        if plan.ending is not None:
            return Prepared(job, plan.ending)
        try:
            message = self._compose(job, plan)
        except TemplateError:
            return Prepared(job, Ending(DispatchState.FAILED, Reason.TEMPLATE_ERROR))
        except RecipientRejected:  # the address cannot be written in a header
            return Prepared(job, Ending(DispatchState.FAILED, Reason.REJECTED_BY_PROVIDER))
        except ProviderThrottled as exc:  # something of ours is missing: a key, a record
            wait = timedelta(seconds=exc.retry_after_seconds or 0)
            shut = Ending(DispatchState.DEFERRED, Reason.PROVIDER_THROTTLED, job.now + wait)
            return Prepared(job, shut, outcome=Outcome.SHUT)
        linked = () if job.is_receipt else plan.invoices  # nobody pays what is paid
        return Prepared(job, message, tuple(i.external_id for i in linked))

    def keep(self, prepared: Sequence[Prepared]) -> Sequence[Prepared]:
        """Keep the exact bytes of messages before any of them goes out, all in one object.

        Raises:
            TemporaryError: they are not kept, so none may be sent.
        """
        composed = [
            (each.job.account_key, _composed(each.job, each.wanted))
            for each in prepared
            if isinstance(each.wanted, OutgoingMessage)
        ]
        kept = iter(self.keeper.secure(composed) if composed else ())
        return [
            replace(each, composed=next(kept)) if isinstance(each.wanted, OutgoingMessage) else each
            for each in prepared
        ]

    def finish(self, prepared: Prepared) -> Outcome:
        """Claim, send and record what was prepared and kept, or end it without a send.

        Raises:
            DispatchInDoubt: an earlier attempt left no result yet; try again later.
            ProviderThrottled: nothing was sent; try again later.
        """
        job = prepared.job
        if isinstance(prepared.wanted, Ending):
            return self._finish(job, prepared.wanted, prepared.outcome)
        if self._is_over_its_rate(job):
            return self._finish(job, _later(job))
        answer, record = self.ledger.claim(
            job.dispatch, prepared.links, job.clock_now, prepared.content
        )
        if answer is Claim.GRANTED:
            return self._hand_over(prepared, prepared.wanted, Outcome.SENT)
        return self._settle(job, record, prepared)

    def _is_over_its_rate(self, job: _Job) -> bool:
        """Tell whether the creditor's messages of this minute are used up."""
        dispatch = job.dispatch
        setup = job.creditor.channels.get(dispatch.channel)
        if self.limiter is None or setup is None or setup.per_minute is None:
            return False
        return not self.limiter.take(
            dispatch.creditor_id, dispatch.channel, setup.per_minute, job.clock_now
        )

    def _look_again(self, job: _Job) -> _Plan:
        dispatch, account = job.dispatch, job.account
        invoices, refusals = self._paid(job) if job.is_receipt else self._owed(job)
        if not invoices:
            refused = refusals[0] if refusals else Refusal(self._why_closed(dispatch))
            return _Plan(suppressed(refused))
        if job.creditor.paused:
            return _Plan(suppressed(Refusal(Reason.CREDITOR_PAUSED, contact_policy.PAUSED)))
        request = contact_request(
            account,
            job.ruler,
            dispatch.channel,
            job.creditor.circumstances,
            ignoring=dispatch.dispatch_id,
            is_capped=not job.is_receipt,
        )
        match contact_policy.check(request, job.now):
            case Deferred(until, reason, rule):
                return _Plan(Ending(DispatchState.DEFERRED, reason, until, rule.code))
            case Denied(reason, rule):
                return _Plan(Ending(DispatchState.SUPPRESSED, reason, rule=rule.code))
        invoices.sort(key=lambda i: (i.due_date, i.number))
        closes = contact_policy.open_until(request, job.now)
        return _Plan(None, invoices, request.address or "", closes)

    def _owed(self, job: _Job) -> tuple[list[Invoice], list[Refusal]]:
        """Return the invoices whose step may still be spoken about, and why others may not."""
        look, invoices, refusals = job.look, list[Invoice](), list[Refusal]()
        for planned in job.dispatch.invoices:
            invoice = job.account.invoices.get(planned.external_id)
            if invoice is None:
                continue
            refused = why_not_any_more(invoice, planned.step_id, job.dispatch, look)
            if refused is None:
                invoices.append(invoice)
            else:
                refusals.append(Refusal(refused))
        return invoices, refusals

    def _paid(self, job: _Job) -> tuple[list[Invoice], list[Refusal]]:
        """Return the invoices that may still be thanked for, and why others may not."""
        look, invoices, refusals = job.look, list[Invoice](), list[Refusal]()
        for planned in job.dispatch.invoices:
            invoice = self.portfolio.find_invoice(job.dispatch.creditor_id, planned.external_id)
            if invoice is None:  # pragma: no cover - invoices are never deleted
                continue
            refused = why_not_thanked(invoice, job.dispatch, look)
            if refused is None:
                invoices.append(invoice)
            else:
                refusals.append(refused)
        return invoices, refusals

    def _why_closed(self, dispatch: Dispatch) -> Reason:
        first = self.portfolio.find_invoice(dispatch.creditor_id, dispatch.invoices[0].external_id)
        cancelled = first is not None and first.status is InvoiceStatus.CANCELLED
        return Reason.CANCELLED if cancelled else Reason.SETTLED

    def _finish(self, job: _Job, ending: Ending, outcome: Outcome | None = None) -> Outcome:
        """End a dispatch without a send, unless an earlier attempt has claimed it."""
        try:
            self._end_unclaimed(job, ending)
        except AlreadyClaimed:
            found = self.ledger.find(job.dispatch.dispatch_id)
            if found is None:  # pragma: no cover - a claimed dispatch has a record
                raise
            return self._settle(job, found[0], Prepared(job, ending))
        return self._tell(job, ending, outcome)

    def _end_unclaimed(self, job: _Job, ending: Ending) -> None:
        dispatch = job.dispatch
        if job.is_receipt:
            account = with_receipt(job.account, dispatch, ending)
        elif ending.until is not None:
            account = reopened(job.account, job.creditor.rulers, dispatch, ending.until)
        elif ending.reason in _RESTS:  # once the hold ends, the step comes up again
            account = reopened(job.account, job.creditor.rulers, dispatch, job.now)
        else:
            account = job.account.without_contact(dispatch.dispatch_id)
            if ending.state is DispatchState.FAILED:
                account = account.with_failed_attempt(dispatch.dispatch_id, job.now)
        if account != job.account:
            self.portfolio.commit(Change(account, ended=(dispatch, ending)))
        elif not self.ledger.end_unclaimed(dispatch, ending):
            raise AlreadyClaimed(dispatch.dispatch_id)

    def _tell(
        self, job: _Job, ending: Ending, outcome: Outcome | None = None, at: datetime | None = None
    ) -> Outcome:
        self.publisher.publish([contact_ended(job.dispatch, ending, at or job.now)])
        return outcome or Outcome(ending.state.value)

    def _settle(self, job: _Job, record: DispatchRecord, prepared: Prepared) -> Outcome:
        """Look at what became of an earlier attempt: done, settled by a receipt, or in doubt.

        ``prepared`` is what should happen now: the message, or an ending without one.
        """
        wanted = prepared.wanted
        dispatch_id = job.dispatch.dispatch_id
        if record.dispatch.plan_key != job.dispatch.plan_key:
            return Outcome.DUPLICATE  # an older copy: what its id is about was decided since
        if record.ended:
            if record.state is DispatchState.FAILED:  # whoever ended it may have stopped here
                self._try_next_channel(job)
            done = Ending(record.state, record.reason, record.until, record.rule)
            return self._tell(job, done, Outcome.DUPLICATE, record.sent_at)
        found = self.ledger.find(dispatch_id)
        known = found[1] if found else ()
        if any(e.kind is EventKind.REJECTED and e.event_id == _REFUSED for e in known):
            return self._end_refused(job)  # the provider's answer was written, its end was not
        receipts = [e for e in known if e.kind in ACCEPTED_BY_PROVIDER]
        if not receipts:
            return self._resolve(job, record, prepared)
        first = receipts[0]
        parts = wanted.parts if isinstance(wanted, OutgoingMessage) else 1
        self.ledger.mark_sent(
            job.dispatch,
            provider_message_id=first.facts.get("provider_message_id", ""),
            at=first.at,
            cost=DEFAULT_COSTS[job.dispatch.channel] * parts,
            facts=_known_content(job.dispatch, record),
        )
        return self._tell(job, Ending(DispatchState.SENT), Outcome.SETTLED_BY_RECEIPT, first.at)

    def _resolve(self, job: _Job, record: DispatchRecord, prepared: Prepared) -> Outcome:
        """Resolve a doubt that has grown old: one recorded resend, or an end without one."""
        wanted = prepared.wanted
        dispatch_id = job.dispatch.dispatch_id
        left = self.doubt - (job.clock_now - (record.claimed_at or job.clock_now))
        if left > timedelta():
            raise DispatchInDoubt(dispatch_id, retry_after_seconds=ceil(left.total_seconds()))
        if record.resent_in_doubt:  # once more would be one contact too many
            return self._give_up(job, record, Ending(DispatchState.FAILED, Reason.UNDELIVERABLE))
        if isinstance(wanted, Ending):
            if wanted.until is None:
                return self._give_up(job, record, wanted)
            # Planned anew it might arrive twice, ended it might never: it waits for the window.
            wait = wanted.until - job.now
            if wait <= LONG_CLOSURE:
                raise DispatchInDoubt(dispatch_id, retry_after_seconds=ceil(wait.total_seconds()))
            return self._plan_anew(job, record, wanted)
        self._state_earlier(job, record)  # first: the resend's bytes take the place of these
        if not self.ledger.take_over(record, job.clock_now, prepared.content):
            raise DispatchInDoubt(dispatch_id)
        return self._hand_over(
            prepared, wanted, Outcome.RESENT_IN_DOUBT, in_doubt_since=record.claimed_at
        )

    def _state_earlier(self, job: _Job, record: DispatchRecord) -> None:
        """State the bytes of an attempt that may have gone out, before anything replaces them."""
        self.ledger.append(_known_content(job.dispatch, record))

    def _plan_anew(self, job: _Job, record: DispatchRecord, ending: Ending) -> Outcome:
        """Let the next contact be the one recorded resend: no queue keeps a doubt for days."""
        self._state_earlier(job, record)
        if not self.ledger.take_over(record, job.clock_now):
            raise DispatchInDoubt(job.dispatch.dispatch_id)
        self.ledger.release(job.dispatch.dispatch_id)
        self._end_unclaimed(job, ending)
        return self._tell(job, ending)

    def _give_up(self, job: _Job, record: DispatchRecord, ending: Ending) -> Outcome:
        """End an old doubt without another send; what may have gone out stays on record."""
        self._state_earlier(job, record)
        self.ledger.end_claimed(job.dispatch.dispatch_id, ending)
        return self._tell(job, ending)

    def _hand_over(
        self,
        prepared: Prepared,
        message: OutgoingMessage,
        outcome: Outcome,
        *,
        in_doubt_since: datetime | None = None,
    ) -> Outcome:
        job = prepared.job
        dispatch_id = job.dispatch.dispatch_id
        if self.remember is not None:  # first: an answer may come faster than a crash is mended
            self.remember(job.dispatch, message.recipient, job.now)
        try:
            accepted = self.sender.send(message)
        except RecipientRejected as exc:
            self.ledger.append([*prepared.facts, _refused(job, exc)])
            return self._end_refused(job)
        except ProviderThrottled as exc:
            self.ledger.release(dispatch_id, in_doubt_since=in_doubt_since)
            wait = timedelta(seconds=exc.retry_after_seconds or 0)
            if in_doubt_since is not None or wait < LONG_THROTTLE:
                raise
            later = Ending(DispatchState.DEFERRED, Reason.PROVIDER_THROTTLED, job.now + wait)
            self._end_unclaimed(job, later)
            return self._tell(job, later, Outcome.SHUT)
        self.ledger.mark_sent(
            job.dispatch,
            provider_message_id=accepted.message_id,
            at=job.now,
            cost=DEFAULT_COSTS[message.channel] * message.parts,
            facts=[*prepared.facts, _accepted(job, accepted)],
        )
        return self._tell(job, Ending(DispatchState.SENT), outcome)

    def _end_refused(self, job: _Job) -> Outcome:
        """End a dispatch that the provider refused for good, and let the next channel be tried."""
        refused = Ending(DispatchState.FAILED, Reason.REJECTED_BY_PROVIDER)
        self.ledger.end_claimed(job.dispatch.dispatch_id, refused)
        self._try_next_channel(job)
        return self._tell(job, refused)

    def _try_next_channel(self, job: _Job) -> None:
        """Let the next channel be tried at once: the provider refused this one for good."""
        dispatch = job.dispatch
        change_account(
            self.portfolio,
            dispatch.creditor_id,
            dispatch.customer_id,
            lambda account: account.with_failed_attempt(dispatch.dispatch_id, job.now),
        )

    def _compose(self, job: _Job, plan: _Plan) -> OutgoingMessage:
        message = self.compose(
            self._content(job, plan),
            creditor=job.creditor,
            recipient=plan.address,
            dispatch=job.dispatch,
            at=job.now,
        )
        return replace(message, expires_at=plan.expires_at)

    def _content(self, job: _Job, plan: _Plan) -> MessageContent:
        dispatch, customer = job.dispatch, job.account.customer
        today = job.today
        return MessageContent(
            sender=job.creditor.sender,
            customer_name=customer.name if customer else "",
            customer_kind=customer.kind if customer else None,
            phase=dispatch.phase,
            template=dispatch.template,
            tone=dispatch.tone,
            on=today,
            lines=()
            if job.is_receipt
            else tuple(self._line(job, i, n, today) for n, i in enumerate(plan.invoices)),
            receipts=tuple(_receipt_line(job, i) for i in plan.invoices) if job.is_receipt else (),
            pixel_url=self.links.pixel(dispatch.dispatch_id, job.now),
            unsubscribe_url=self.links.unsubscribe(dispatch.dispatch_id, job.now),
            confirm_url=self.links.confirm(dispatch.dispatch_id, job.now),
            honeypot_url=self.links.click(dispatch.dispatch_id, HONEYPOT, job.now),
        )

    def _line(self, job: _Job, invoice: Invoice, link: int, today: date) -> InvoiceLine:
        url = self.links.click(job.dispatch.dispatch_id, link, job.now)
        return invoice_line(job.creditor, job.account, invoice, today, url)
