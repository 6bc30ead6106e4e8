"""A customer answered: find out who, read what they mean, and do what follows from it.

What protects the customer (stop, wrong number) is done for everybody whom the number may belong
to; what speaks of a debt (paid, second copy) only when it can be but one, for anything else would
change one customer's account at another's word. What no rule can do is left to a person, by a note
and by ``needs_person`` in the event. The text itself stands in no event; of a request to stop it is
kept with the consent, as its proof, and all of it with the evidence of the message that it answers.

Each account's effects come first, its note last: the note, named by the provider's id of the
message, tells the next copy that all is done. Every effect before it is the same one when done
again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from regua.application.attend import Attend, OneInvoice
from regua.application.attended import to_the_millisecond
from regua.application.inbound import InboundText, ReplyIndex
from regua.application.leave_number import spellings
from regua.application.outgoing import ReplyFact
from regua.application.ports import (
    Change,
    Creditor,
    CreditorDirectory,
    DispatchLedger,
    EventPublisher,
    FactLog,
    OutgoingEvent,
    Portfolio,
)
from regua.application.retrying import change_account, retried
from regua.application.validation import not_ahead
from regua.domain.account import Account
from regua.domain.consent import Consent
from regua.domain.contact_results import ContactResult, ResultCode
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import Dispatch
from regua.domain.errors import Conflict, FinalError
from regua.domain.holds import in_transit_until
from regua.domain.ids import CreditorId, CustomerId, InvoiceId
from regua.domain.invoice import PaymentMethod
from regua.domain.notes import Note, NoteKind
from regua.domain.reply_intents import Confidence, Intent, Reading, read_reply
from regua.domain.ruler import Channel
from regua.domain.whatsapp_templates import read_reply_payload

BY = "reply"
"""Who asked for a hold, a second copy or a stop: the customer, by answering."""
SERVICE_WINDOW = timedelta(hours=24)
"""How long after a customer's message WhatsApp takes a free answer.

Source: WhatsApp Business Platform, customer service window.
"""
MAX_KEPT_CHARACTERS = 300
"""How much of a request to stop is kept as its proof."""
_SOURCES = {Channel.SMS: "aws.sms-voice", Channel.WHATSAPP: "aws.social-messaging"}
_UNREADABLE = (FinalError, ValueError, LookupError)
"""A creditor that is gone, or whose document nobody can read; any other error may pass."""
_PROTECTIVE = frozenset({Intent.STOP, Intent.NOT_ME})

ANSWERS: Mapping[Intent, str] = {
    Intent.STOP: (
        "Recebemos o seu pedido. Você não receberá mais mensagens nossas por este canal, nem"
        " ligações. Agradecemos o aviso."
    ),
    Intent.NOT_ME: (
        "Agradecemos o aviso e pedimos desculpas pelo incômodo. Este número não será mais usado."
    ),
    Intent.PAID: (
        "Agradecemos o aviso. Vamos conferir o pagamento, que pode levar até três dias úteis para"
        " ser identificado."
    ),
    Intent.NEGOTIATE: (
        "Recebemos a sua mensagem. Uma pessoa da nossa equipe entrará em contato para conversar"
        " sobre as condições."
    ),
    Intent.HUMAN: "Recebemos a sua mensagem. Uma pessoa da nossa equipe falará com você.",
    Intent.SECOND_COPY: (
        "Recebemos o seu pedido. Os dados de pagamento serão enviados novamente assim que possível."
    ),
    Intent.OTHER: "Recebemos a sua mensagem. Uma pessoa da nossa equipe vai ler e responder.",
}
"""What is written back at once. None of it says more than the customer has."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of an inbound text.

    ``customers`` are those it was recorded for. ``answer`` is what to write back; None when the
    channel takes no free answer, the window has passed, or nobody new was found. ``held`` and
    ``sent_again`` count invoices. ``unreadable`` are creditors it may have been for as well, but
    who are gone or whose document cannot be read: a person must look.
    """

    reading: Reading
    customers: tuple[tuple[CreditorId, CustomerId], ...] = ()
    answer: str | None = None
    is_duplicate: bool = False
    needs_person: bool = False
    held: int = 0
    sent_again: int = 0
    unreadable: tuple[CreditorId, ...] = ()

    @property
    def is_unknown(self) -> bool:
        """Whether nobody was found whom the text may be from, so that nothing was done."""
        return not self.customers and not self.unreadable


@dataclass(frozen=True, slots=True)
class _Owner:
    """An account the text may be from, and the contact it answers, where that is known."""

    creditor: Creditor
    customer_id: CustomerId
    answered: Dispatch | None


@dataclass(frozen=True, slots=True)
class _Done:
    """What was done for one account."""

    needs_person: bool
    held: int = 0
    sent_again: int = 0
    is_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class ReceiveReply:
    """The use case, with what it needs."""

    portfolio: Portfolio
    ledger: DispatchLedger
    directory: CreditorDirectory
    index: ReplyIndex
    publisher: EventPublisher
    facts: FactLog

    def __call__(self, inbound: InboundText, *, now: datetime) -> Received:
        """Take one text; the same one again is told again, and changes and answers nothing.

        Raises:
            InvalidInput: it is dated ahead of us.
            VersionConflict: the account was changed by too many others meanwhile.
            PublishFailed: the event was not taken; receiving the text again is safe.
        """
        not_ahead("at", inbound.at, now)
        reading = read_reply(inbound.text, inbound.payload)
        owners, unreadable = self._owners(inbound, reading)
        is_only = len(owners) == 1 and (not unreadable or owners[0].answered is not None)
        done = [self._receive(o, inbound, reading, now, is_only=is_only) for o in owners]
        is_duplicate = bool(done) and all(d.is_duplicate for d in done)
        needs_person = bool(unreadable) or any(d.needs_person for d in done)
        can_answer = bool(done) and not is_duplicate
        return Received(
            reading,
            tuple((o.creditor.creditor_id, o.customer_id) for o in owners),
            _answer(inbound, reading, now, done) if can_answer else None,
            is_duplicate,
            needs_person,
            sum(d.held for d in done),
            sum(d.sent_again for d in done),
            unreadable,
        )

    # ── whose it is ────────────────────────────────────────────────────────────────────────────

    def _owners(
        self, inbound: InboundText, reading: Reading
    ) -> tuple[Sequence[_Owner], tuple[CreditorId, ...]]:
        """Return whom the text may be from, and creditors of whom nobody can tell.

        The contact that it answers names the account; or, for what protects, the creditor. Failing
        that, the number of ours that it was sent to names creditors; failing that, it may be
        anybody's who was written to at the customer's number.
        """
        found: list[_Owner] = []
        unreadable: list[CreditorId] = []
        for creditor_id, customer_id, answered in self._candidates(inbound):
            if self.portfolio.load_account(creditor_id, customer_id).version == 0:
                continue
            try:
                creditor = self.directory.get(creditor_id)
            except _UNREADABLE:
                unreadable.append(creditor_id)
                continue
            found.append(_Owner(creditor, customer_id, answered))
        return _meant(found, inbound, reading), tuple(dict.fromkeys(unreadable))

    def _candidates(
        self, inbound: InboundText
    ) -> Sequence[tuple[CreditorId, CustomerId, Dispatch | None]]:
        """Return everybody written to at the number, and whoever a button names besides."""
        known = self.index.customers_of(inbound.from_number, inbound.channel)
        named = self._named(inbound)
        if named is None:
            return [(*owner, self._answered(*owner, inbound)) for owner in known]
        owner = (named.creditor_id, named.customer_id)
        return [*((*o, None) for o in known if o != owner), (*owner, named)]

    def _named(self, inbound: InboundText) -> Dispatch | None:
        """Return the contact whose button was pressed, whoever pressed it."""
        tapped = None if inbound.payload is None else read_reply_payload(inbound.payload)
        record = None if tapped is None else self.ledger.find(tapped.dispatch_id)
        if tapped is None or record is None:
            return None
        dispatch = record[0].dispatch
        return dispatch if dispatch.creditor_id == tapped.creditor_id else None

    def _answered(
        self, creditor_id: CreditorId, customer_id: CustomerId, inbound: InboundText
    ) -> Dispatch | None:
        """Return the contact whose message the provider says a text answers."""
        previous = inbound.previous_provider_message_id
        if previous is None:
            return None
        records = self.ledger.of_account(creditor_id, customer_id)
        for record in records:
            if record.provider_message_id == previous:
                return record.dispatch
        sent = (r.dispatch for r in reversed(records) if r.dispatch.channel is inbound.channel)
        return next((d for d in sent if self._was_called(d, previous)), None)

    def _was_called(self, dispatch: Dispatch, provider_message_id: str) -> bool:
        """Tell whether receipts call a message so.

        AWS's answer to a send has an id of its own; Meta's, which replies name, is in receipts.
        """
        found = self.ledger.find(dispatch.dispatch_id)
        events = () if found is None else found[1]
        return any(e.facts.get("provider_message_id") == provider_message_id for e in events)

    # ── what follows ───────────────────────────────────────────────────────────────────────────

    def _receive(
        self, owner: _Owner, inbound: InboundText, reading: Reading, now: datetime, *, is_only: bool
    ) -> _Done:
        """Do what follows for one account, note it, and tell it."""
        known = self._noted(owner, inbound)
        if known is not None:
            needs_person = known.facts.get("needs_person") == "yes"
            self._tell(owner, inbound, reading, needs_person=needs_person)
            return _Done(needs_person, is_duplicate=True)
        done = self._follow(owner, inbound, reading, now, is_only=is_only)
        if is_only or owner.answered is not None:
            self._prove(owner, inbound, reading)
        self._note(owner, inbound, reading, done)
        self._tell(owner, inbound, reading, needs_person=done.needs_person)
        return done

    def _follow(
        self, owner: _Owner, inbound: InboundText, reading: Reading, now: datetime, *, is_only: bool
    ) -> _Done:
        held = sent_again = 0
        if reading.intent in _PROTECTIVE:
            self._protect(owner, inbound, reading.intent, now)
        also_paid = reading.intent is Intent.STOP and Intent.PAID in reading.also
        if (reading.intent is Intent.PAID or also_paid) and is_only:
            held = self._hold(owner, inbound, now)
        if reading.intent is Intent.SECOND_COPY and is_only:
            sent_again = self._send_again(owner, inbound, now)
        was_done = {
            Intent.STOP: True,
            Intent.NOT_ME: True,
            Intent.PAID: held > 0,
            Intent.SECOND_COPY: sent_again > 0,
        }
        is_unsure = reading.confidence is Confidence.DOUBTFUL
        needs_person = is_unsure or not was_done.get(reading.intent, False)
        return _Done(needs_person, held, sent_again)

    def _protect(self, owner: _Owner, inbound: InboundText, intent: Intent, now: datetime) -> None:
        """Stop the channel and calls, which take no answer, or never use the number again."""

        def stopped(account: Account) -> Account:
            for channel in (inbound.channel, Channel.VOICE):
                account = account.with_consent(_no(account, channel, inbound))
            return account

        def forgotten(account: Account) -> Account:
            for address in spellings(account, inbound.from_number, inbound.channel):
                account = account.with_suppressed(address)
            if owner.answered is None:
                return account
            return account.with_failed_attempt(owner.answered.dispatch_id, now)

        change = stopped if intent is Intent.STOP else forgotten
        change_account(self.portfolio, owner.creditor.creditor_id, owner.customer_id, change)

    def _hold(self, owner: _Owner, inbound: InboundText, now: datetime) -> int:
        """Let contact rest while the payment is looked for; return about how many invoices."""
        zone = owner.creditor.ruler.zone
        on = min(inbound.at, now).astimezone(zone).date()
        if in_transit_until(on, zone) <= now:
            return 0  # it has had time to arrive: somebody must look for it
        held = 0
        for invoice_id in self._spoken_of(owner):
            try:
                self._attend.payment_in_transit(
                    owner.creditor,
                    invoice_id,
                    on=on,
                    method=PaymentMethod.OTHER,
                    by=BY,
                    now=now,
                )
            except Conflict:
                continue  # it was settled meanwhile
            held += 1
        return held

    def _send_again(self, owner: _Owner, inbound: InboundText, now: datetime) -> int:
        """Let the last message about each invoice come once more; return about how many."""
        result = ContactResult(
            ResultCode.INVOICE_NOT_RECEIVED, inbound.at, BY, channel=inbound.channel
        )
        sent_again = 0
        for invoice_id in self._spoken_of(owner):
            try:
                recorded = self._attend.record_result(
                    owner.creditor, OneInvoice(invoice_id), result, now=now
                )
            except Conflict:
                continue
            sent_again += recorded.sends_again
        return sent_again

    @property
    def _attend(self) -> Attend:
        return Attend(self.portfolio, self.ledger, self.publisher)

    def _spoken_of(self, owner: _Owner) -> Sequence[InvoiceId]:
        """Return the open invoices of the contact that was answered; all of them when unknown."""
        account = self.portfolio.load_account(owner.creditor.creditor_id, owner.customer_id)
        if owner.answered is None:
            return sorted(account.invoices)
        planned = (i.external_id for i in owner.answered.invoices)
        return [i for i in planned if i in account.invoices]

    # ── what is proven, noted and told ─────────────────────────────────────────────────────────

    def _prove(self, owner: _Owner, inbound: InboundText, reading: Reading) -> None:
        """Add the answer to the evidence of the message it answers, or else of the latest one.

        Where it may be another customer's, it is nobody's evidence.
        """
        dispatch = owner.answered or self._latest(owner, inbound)
        if dispatch is None:
            return
        facts = {
            "channel": inbound.channel.value,
            "intent": reading.intent.value,
            "confidence": reading.confidence.value,
            "matched": "latest" if owner.answered is None else "named",
            **inbound.envelope,
        }
        event = MessageEvent(
            dispatch.dispatch_id,
            EventKind.REPLIED,
            to_the_millisecond(inbound.at),
            inbound.event_id,
            facts,
            private={"text": inbound.text, "from_number": inbound.from_number},
            raw=inbound.raw or None,
            source=_SOURCES.get(inbound.channel, "regua"),
        )
        self.facts.append([event])

    def _latest(self, owner: _Owner, inbound: InboundText) -> Dispatch | None:
        """Return the last contact that went out before a text came, on its channel."""
        records = self.ledger.of_account(owner.creditor.creditor_id, owner.customer_id)
        sent = [
            (record.sent_at, record.dispatch)
            for record in records
            if record.dispatch.channel is inbound.channel
            and record.sent_at is not None
            and record.sent_at <= inbound.at
        ]
        return max(sent, key=lambda found: found[0])[1] if sent else None

    def _noted(self, owner: _Owner, inbound: InboundText) -> Note | None:
        """Return the note of an earlier copy."""
        notes = self.portfolio.notes(owner.creditor.creditor_id, owner.customer_id)
        return next(
            (
                note
                for note in notes
                if note.kind is NoteKind.REPLY and note.facts.get("event_id") == inbound.event_id
            ),
            None,
        )

    def _note(self, owner: _Owner, inbound: InboundText, reading: Reading, done: _Done) -> None:
        facts = {
            "event_id": inbound.event_id,
            "channel": inbound.channel.value,
            "intent": reading.intent.value,
            "confidence": reading.confidence.value,
            "needs_person": "yes" if done.needs_person else "no",
        }
        if reading.words:
            facts["words"] = "; ".join(reading.words)[:MAX_KEPT_CHARACTERS]
        if owner.answered is not None:
            facts["dispatch_id"] = owner.answered.dispatch_id
        note = Note(to_the_millisecond(inbound.at), NoteKind.REPLY, facts=facts)

        def once() -> None:
            account = self.portfolio.load_account(owner.creditor.creditor_id, owner.customer_id)
            if self._noted(owner, inbound) is None:
                self.portfolio.commit(Change(account, notes=(note,)))

        retried(once)

    def _tell(
        self, owner: _Owner, inbound: InboundText, reading: Reading, *, needs_person: bool
    ) -> None:
        data = ReplyFact(
            customer_id=owner.customer_id,
            channel=inbound.channel.value,
            intent=reading.intent.value,
            confidence=reading.confidence.value,
            needs_person=needs_person,
        )
        if owner.answered is not None:
            data["dispatch_id"] = owner.answered.dispatch_id
        event = OutgoingEvent("MessageReplied", owner.creditor.creditor_id, inbound.at, data)
        self.publisher.publish([event])


def _origin(creditor: Creditor, channel: Channel) -> str | None:
    setup = creditor.channels.get(channel)
    return None if setup is None else setup.origin


def _meant(found: Sequence[_Owner], inbound: InboundText, reading: Reading) -> Sequence[_Owner]:
    """Return those of whom the text speaks, as far as it can be told."""
    answered = [o for o in found if o.answered is not None]
    if answered and reading.intent not in _PROTECTIVE:
        return answered
    creditors = {o.creditor.creditor_id for o in answered}
    theirs = [o for o in found if o.creditor.creditor_id in creditors]
    written_to = [o for o in found if _origin(o.creditor, inbound.channel) == inbound.to_number]
    return theirs or written_to or found


def _no(account: Account, channel: Channel, inbound: InboundText) -> Consent:
    """Return the customer's no, dated so that no yes we knew of before outlives it."""
    at, known = to_the_millisecond(inbound.at), account.consents.get(channel)
    if known is not None and known.is_given:
        at = max(at, known.at)
    text = inbound.text[:MAX_KEPT_CHARACTERS]
    return Consent(channel, is_given=False, at=at, origin=BY, text=text)


def _answer(
    inbound: InboundText, reading: Reading, now: datetime, done: Sequence[_Done]
) -> str | None:
    """Return what to write back, where a free answer is allowed; never more than was done."""
    if inbound.channel is not Channel.WHATSAPP or now - inbound.at >= SERVICE_WINDOW:
        return None
    is_undone = reading.intent is Intent.SECOND_COPY and not any(d.sent_again for d in done)
    return ANSWERS[Intent.OTHER if is_undone else reading.intent]
