"""The customer's page as a use case: what is shown, and what can be done on it.

Whoever has the link sees who wrote. Details are shown, and acts taken, from whoever answered the
question: the caller sees to it (`regua.domain.page_session`). Only `NotMe` needs no answer, for it
is said by somebody who is not the customer.

An act's effect comes first, then its evidence in the message's chain, then its note, which says
that all is done, then its events. Every step is the same when it is done again.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from regua.application.agreements import Agreements
from regua.application.attend import Attend
from regua.application.attended import to_the_millisecond
from regua.application.customer_page.acts import (
    Act,
    Acting,
    ActKind,
    ConfirmReading,
    NotMe,
    SayPaid,
    Settle,
)
from regua.application.customer_page.case import Cases, PageCase
from regua.application.customer_page.doing import Doing, Done, ShownTerms, on_the_form
from regua.application.customer_page.evidence import (
    TERMS_TYPE,
    act_event,
    exact_form,
    exact_sha256,
    form_of,
    kind_of,
    sent_by,
)
from regua.application.customer_page.identify import Identified, Identify, Refused
from regua.application.customer_page.offering import standing_offer, standing_offers
from regua.application.customer_page.ports import AddressOf, PageTries
from regua.application.customer_page.protocols import is_protocol, protocol_of, said_by
from regua.application.customer_page.showing import Showing
from regua.application.customer_page.terms import Parties, masked, sha256_of, terms_text
from regua.application.customer_page.views import (
    DealView,
    InstalmentView,
    Landing,
    PageView,
    Receipt,
)
from regua.application.outgoing import ActFact, message_event
from regua.application.pix_ports import PixRecords
from regua.application.ports import (
    Change,
    CreditorDirectory,
    DispatchLedger,
    EventPublisher,
    FactLog,
    OutgoingEvent,
    Portfolio,
)
from regua.application.render_boleto import Instructions
from regua.application.retrying import retried
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.errors import Conflict, InvalidInput, NotFound
from regua.domain.ids import DispatchId
from regua.domain.negotiation.deal import Choice, Deal
from regua.domain.negotiation.offers import deal_for
from regua.domain.notes import Note, NoteKind

MOST_ACTS = 100
"""Of one message: a link is no way to fill the ledger."""
_IN_THE_CHAIN = {"method": "paid_by", "status": "agreement_status"}
"""Facts whose names mean something else in a chain: a request's method, a provider's status."""
_OURS = frozenset({"act", "protocol", "dispatch_id", "key"})
"""Facts of a note that a receipt does not repeat."""


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """The use cases, with what they need."""

    portfolio: Portfolio
    ledger: DispatchLedger
    directory: CreditorDirectory
    facts: FactLog
    publisher: EventPublisher
    tries: PageTries
    pix: PixRecords
    agreements: Agreements
    instructions: Instructions
    address_of: AddressOf
    nonce: Callable[[], str]
    """Returns 32 random hexadecimal digits: what is personal cannot be guessed from a hash."""

    # ── what is shown ──────────────────────────────────────────────────────────────────────────

    def land(self, dispatch_id: DispatchId) -> Landing | None:
        """Return what anybody who has the link sees; None when there is no such message."""
        case = self._cases.find(dispatch_id, None)
        return None if case is None else case.landing

    def identify(
        self, dispatch_id: DispatchId, typed: str, acting: Acting, *, now: datetime
    ) -> Identified | Refused:
        """Take an answer to the question; a right one is recorded in the message's chain.

        Raises:
            NotFound: there is no such message.
            TemporaryError: a right answer could not be recorded; answering again is safe.
        """
        identify = Identify(self._cases, self.facts, self.tries, self.nonce)
        return identify(dispatch_id, typed, acting, now)

    def show(self, dispatch_id: DispatchId, *, now: datetime) -> PageView | None:
        """Return everything a customer who answered the question sees.

        None when there is no such message, or nothing but who wrote may be shown (`land`).

        Raises:
            LegalRateMissing: a payoff needs the legal rate of a month that is not known yet.
        """
        try:
            case = self._cases.shown(dispatch_id, now)
        except NotFound:
            return None
        return self._showing.page(case)

    def simulate(self, dispatch_id: DispatchId, choice: Choice, *, now: datetime) -> DealView:
        """Return what a choice comes to today, with the terms in words.

        Raises:
            NotFound: nothing may be shown.
            Conflict: nothing is offered.
            InvalidInput: at ``instalments``, ``down_payment`` or ``first_due``.
        """
        case = self._cases.shown(dispatch_id, now)
        deal = self._deal(case, choice)
        return DealView(
            key=deal.key(case.creditor.creditor_id, case.account.customer_id),
            choice=choice,
            owed=deal.owed,
            total=deal.total,
            discount=deal.discount,
            instalments=[InstalmentView(p.number, p.due_date, p.amount) for p in deal.parts],
            breach_after_days=deal.breach_after_days,
            needs_approval=deal.needs_approval,
            terms=terms_text(deal, _parties(case)),
        )

    def receipt(self, dispatch_id: DispatchId, protocol: str) -> Receipt | None:
        """Return the receipt of an act on this page; None when there is none of that number.

        Where nothing may be shown any more (`land`), that of a wrong person is the only one.
        """
        case = self._cases.find(dispatch_id, None) if is_protocol(protocol) else None
        note = None if case is None else self._noted(self._notes(case), dispatch_id, protocol)
        if case is None or note is None:
            return None
        is_shut = case.landing.question is None and note.facts["act"] != ActKind.NOT_ME
        return None if is_shut else self._receipt(case, note)

    # ── what is done ───────────────────────────────────────────────────────────────────────────

    def act(self, dispatch_id: DispatchId, act: Act, acting: Acting, *, now: datetime) -> Receipt:
        """Do something; the same act again changes nothing and has the same receipt.

        Raises:
            NotFound: there is no such message, or nothing may be done on its page.
            InvalidInput: a field of the form (``on``, ``reason``, ``channel`` …) cannot be so.
            Conflict: it was paid meanwhile, the terms are others by now, or too much was done.
            VersionConflict: the account was changed by too many others meanwhile.
            TemporaryError: something could not be written or told; doing it again is safe.
        """
        case = self._case_for(dispatch_id, act, now)
        notes, form = self._notes(case), form_of(act)
        kind = kind_of(act)
        protocol = protocol_of(dispatch_id, kind.value, said_by(case, act, form, notes))
        known = self._noted(notes, dispatch_id, protocol)
        if known is not None:
            self._tell(case, known)  # the first time, it may have failed
            return self._receipt(case, known)
        _require_room(case)
        terms = self._terms_kept(case, act, protocol) if isinstance(act, Settle) else None
        done = self._doing(case, act, notes, terms)
        note = Note(
            to_the_millisecond(now),
            NoteKind.CUSTOMER_ACTED,
            done.invoice_id,
            {"act": kind.value, "protocol": protocol, "dispatch_id": dispatch_id, **done.facts},
        )
        self._prove(case, act, acting, done, note)
        self._note(case, note)
        self._tell(case, note)
        return self._receipt(case, note)

    def _case_for(self, dispatch_id: DispatchId, act: Act, now: datetime) -> PageCase:
        if not isinstance(act, NotMe):
            return self._cases.shown(dispatch_id, now)
        case = self._cases.find(dispatch_id, now)
        if case is None:
            raise NotFound(dispatch_id)
        return case

    def _deal(self, case: PageCase, choice: Choice) -> Deal:
        offer = standing_offer(case)
        if offer is None:
            raise Conflict("nothing is offered")
        try:
            return deal_for(offer, choice)
        except InvalidInput as exc:
            raise on_the_form(exc) from exc

    # ── what is proven, noted and told ─────────────────────────────────────────────────────────

    def _terms_kept(self, case: PageCase, act: Settle, protocol: str) -> ShownTerms:
        """Keep the terms as they were shown before they are accepted.

        After a crash they are there already, and the offer may be taken.
        """
        event_id = f"{protocol}-terms"
        known = next((e for e in case.events if _is(e, EventKind.ACTED, event_id)), None)
        if known is not None:
            quoted_on = date.fromisoformat(known.facts["quoted_on"])
            return ShownTerms(exact_sha256(known) or "", quoted_on)
        deal = self._shown_deal(case, act)
        text = terms_text(deal, _parties(case))
        facts = {
            "act": kind_of(act).value,
            "protocol": protocol,
            "part": "terms",
            "quoted_on": deal.on.isoformat(),
        }
        event = act_event(
            case.dispatch.dispatch_id,
            event_id,
            facts,
            case.now,
            raw=text.encode(),
            media_type=TERMS_TYPE,
        )
        self.facts.append([event])
        return ShownTerms(sha256_of(text), deal.on)

    def _shown_deal(self, case: PageCase, act: Settle) -> Deal:
        """Return the deal whose terms were shown: of any offer that still stands.

        Raises:
            Conflict: nothing is offered, or not on those terms.
            InvalidInput: the choice is outside what is offered.
        """
        creditor_id, customer_id = case.creditor.creditor_id, case.account.customer_id
        for offer in standing_offers(case):
            with suppress(InvalidInput):  # another one may take it
                deal = deal_for(offer, act.choice)
                if deal.key(creditor_id, customer_id) == act.key:
                    return deal
        self._deal(case, act.choice)  # says what is wrong with the choice, if anything is
        raise Conflict("the terms are others by now")

    def _prove(self, case: PageCase, act: Act, acting: Acting, done: Done, note: Note) -> None:
        """Add an act to the chain of the message whose page it was done on, once."""
        dispatch_id, protocol = case.dispatch.dispatch_id, note.facts["protocol"]
        facts = {
            _IN_THE_CHAIN.get(name, name): text
            for name, text in note.facts.items()
            if name not in {"dispatch_id", "key"}
        }
        if note.invoice_id is not None:
            facts["external_id"] = note.invoice_id
        kind, event_id = EventKind.ACTED, protocol
        if isinstance(act, ConfirmReading):
            kind, event_id = EventKind.CONFIRMED, EventKind.CONFIRMED.value
            facts = {"document_digits": "matched", **done.facts}
        raw = exact_form(dispatch_id, kind_of(act).value, form_of(act), acting, self.nonce())
        private = {**sent_by(acting), **done.private}
        events = [
            act_event(dispatch_id, event_id, facts, case.now, private=private, raw=raw, kind=kind)
        ]
        if isinstance(act, SayPaid) and act.proof is not None:
            events.append(
                act_event(
                    dispatch_id,
                    f"{protocol}-proof",
                    {"act": kind_of(act).value, "protocol": protocol, "part": "proof"},
                    case.now,
                    raw=act.proof.content,
                    media_type=act.proof.media_type,
                )
            )
        known = {(e.kind, e.event_id) for e in case.events}
        missing = [e for e in events if (e.kind, e.event_id) not in known]
        if missing:
            self.facts.append(missing)

    def _note(self, case: PageCase, note: Note) -> None:
        dispatch = case.dispatch

        def once() -> None:
            account = self.portfolio.load_account(dispatch.creditor_id, dispatch.customer_id)
            notes = self._notes(case)
            if self._noted(notes, dispatch.dispatch_id, note.facts["protocol"]) is None:
                self.portfolio.commit(Change(account, notes=(note,)))

        retried(once)

    def _tell(self, case: PageCase, note: Note) -> None:
        """Tell what was done; what followed from it was told with its effect."""
        dispatch, facts = case.dispatch, note.facts
        data = ActFact(
            customer_id=dispatch.customer_id,
            dispatch_id=dispatch.dispatch_id,
            act=facts["act"],
            protocol=facts["protocol"],
        )
        if note.invoice_id is not None:
            data["external_id"] = note.invoice_id
        if "agreement_id" in facts:
            data["agreement_id"] = facts["agreement_id"]
        events = [OutgoingEvent("CustomerActed", dispatch.creditor_id, note.at, data)]
        if facts["act"] == kind_of(ConfirmReading()):
            read = message_event(
                EventKind.CONFIRMED, dispatch.creditor_id, dispatch.dispatch_id, note.at, {}
            )
            events += [] if read is None else [read]
        self.publisher.publish(events)

    def _notes(self, case: PageCase) -> Sequence[Note]:
        return self.portfolio.notes(case.dispatch.creditor_id, case.dispatch.customer_id)

    @staticmethod
    def _noted(notes: Sequence[Note], dispatch_id: DispatchId, protocol: str) -> Note | None:
        """Return the note of an act on this page."""
        return next(
            (
                n
                for n in notes
                if n.kind is NoteKind.CUSTOMER_ACTED
                and n.facts.get("protocol") == protocol
                and n.facts.get("dispatch_id") == dispatch_id
            ),
            None,
        )

    def _receipt(self, case: PageCase, note: Note) -> Receipt:
        invoice = None
        if note.invoice_id is not None:
            invoice = self.portfolio.find_invoice(case.dispatch.creditor_id, note.invoice_id)
        return Receipt(
            protocol=note.facts["protocol"],
            act=note.facts["act"],
            at=note.at,
            sender=case.creditor.sender,
            invoice_number=None if invoice is None else invoice.number,
            facts={k: v for k, v in note.facts.items() if k not in _OURS},
        )

    # ── parts ──────────────────────────────────────────────────────────────────────────────────

    @property
    def _cases(self) -> Cases:
        return Cases(self.portfolio, self.ledger, self.directory)

    @property
    def _showing(self) -> Showing:
        return Showing(self.portfolio, self.pix, self.instructions)

    @property
    def _doing(self) -> Doing:
        attend = Attend(self.portfolio, self.ledger, self.publisher)
        return Doing(self.portfolio, attend, self.agreements, self.address_of)


def _is(event: MessageEvent, kind: EventKind, event_id: str) -> bool:
    return event.kind is kind and event.event_id == event_id


def _require_room(case: PageCase) -> None:
    if sum(e.kind is EventKind.ACTED for e in case.events) >= MOST_ACTS:
        raise Conflict("too much was done on this page")


def _parties(case: PageCase) -> Parties:
    customer = case.account.customer
    return Parties(
        sender=case.creditor.sender,
        customer_name=customer.name if customer else "",
        masked_document=masked(case.document),
        debts={i.external_id: (i.number, i.due_date) for i in case.account.invoices.values()},
    )
