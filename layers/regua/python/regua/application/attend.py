"""What people tell us stops contact, or lets it go on: holds, promises, disputes, results.

Each use case reads an account, decides on pure values and writes one conditional change: the
account, its notes, and the end of a contact that was planned about it and not sent yet. What that
contact spoke about comes up again: the other invoices at once, this one after the hold. The same
thing said twice is one hold; its event is told again, for the first telling may have been lost.

Every problem's path begins with ``body``: it is about the fields that came with the request.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from regua.application.attended import (
    Case,
    disputed,
    ended_event,
    is_trusted,
    known_after,
    not_pausing,
    placed_event,
    placed_note,
    promised,
    recorded_event,
    rests,
    result_note,
    to_the_millisecond,
    with_effects,
)
from regua.application.outgoing import contact_ended
from regua.application.ports import (
    Change,
    Creditor,
    DispatchLedger,
    EventPublisher,
    OutgoingEvent,
    Portfolio,
)
from regua.application.retrying import retried
from regua.application.validation import not_ahead
from regua.domain.account import Account
from regua.domain.contact_results import ContactResult, check
from regua.domain.dispatch import Dispatch, DispatchState, Ending
from regua.domain.errors import AlreadyClaimed, Conflict, InvalidInput, NotFound, VersionConflict
from regua.domain.holds import (
    DisputeOutcome,
    Hold,
    HoldKind,
    check_in_transit,
    check_until,
    in_transit_until,
)
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.invoice import Invoice, PaymentMethod
from regua.domain.money import Money
from regua.domain.notes import Note, NoteKind
from regua.domain.schedule import scheduled
from regua.domain.second_look import made_again, reopened

RELEASED = "released"
"""The outcome of a hold that somebody ended before its time."""
_PENDING = frozenset({DispatchState.PLANNED, DispatchState.CLAIMED})


@dataclass(frozen=True, slots=True)
class OneInvoice:
    """The subject is one invoice."""

    invoice_id: InvoiceId


@dataclass(frozen=True, slots=True)
class WholeAccount:
    """The subject is everything of a customer's, what is issued later included."""

    customer_id: CustomerId


About = OneInvoice | WholeAccount


@dataclass(frozen=True, slots=True)
class Recorded:
    """What followed from a contact's result."""

    hold: Hold | None
    """What lets contact rest now, if anything does."""
    sends_again: bool
    """Whether the last message about the invoice comes once more."""


@dataclass(frozen=True, slots=True)
class Attend:
    """The use cases, with what they need."""

    portfolio: Portfolio
    ledger: DispatchLedger
    publisher: EventPublisher

    # ── holds ──────────────────────────────────────────────────────────────────────────────────

    def hold(
        self,
        creditor: Creditor,
        about: About,
        *,
        until: datetime,
        reason: str,
        by: str,
        now: datetime,
    ) -> Hold:
        """Let contact rest until an instant; several holds last until the latest of their ends.

        Raises:
            InvalidInput: ``until`` has passed, or is too far away.
            NotFound: no such invoice or customer.
            Conflict: the invoice is not open any more.
        """

        def held(case: Case) -> Hold:
            check_until("body.until", until, now)
            return case.hold(HoldKind.HELD, until, reason, by)

        return self._place(creditor, about, now, held)

    def payment_in_transit(
        self,
        creditor: Creditor,
        invoice_id: InvoiceId,
        *,
        on: date,
        method: PaymentMethod,
        by: str,
        now: datetime,
    ) -> Hold:
        """Let contact rest while a payment that was made is on its way.

        Raises:
            InvalidInput: ``on`` is still to come, or so long ago that it must have arrived.
            NotFound: no such invoice.
            Conflict: the invoice is not open any more.
        """

        def in_transit(case: Case) -> Hold:
            check_in_transit("body.on", on, now, case.zone)
            until = in_transit_until(on, case.zone)
            return case.hold(HoldKind.PAYMENT_IN_TRANSIT, until, method.value, by)

        return self._place(creditor, OneInvoice(invoice_id), now, in_transit)

    def debit_scheduled(
        self, creditor: Creditor, invoice_id: InvoiceId, *, until: datetime, by: str, now: datetime
    ) -> Hold:
        """Let contact rest until the money of a scheduled debit has had time to arrive.

        Raises:
            InvalidInput: ``until`` has passed, or is too far away.
            NotFound: no such invoice.
            Conflict: the invoice is not open any more.
        """

        def in_transit(case: Case) -> Hold:
            check_until("body.until", until, now)
            return case.hold(HoldKind.PAYMENT_IN_TRANSIT, until, PaymentMethod.DEBIT.value, by)

        return self._place(creditor, OneInvoice(invoice_id), now, in_transit)

    def release(
        self,
        creditor: Creditor,
        about: About,
        *,
        now: datetime,
        kind: HoldKind = HoldKind.HELD,
        by: str | None = None,
    ) -> Sequence[Hold]:
        """End the holds of one kind before their time, and return them; none is no error.

        Those of an invoice leave one of the whole account standing, and the other way round. A
        promise that is released counts neither as kept nor as broken. With ``by``, only those end
        that it asked for.

        Raises:
            InvalidInput: ``kind`` is a dispute, which is resolved instead, or an agreement's.
            NotFound: no such invoice or customer.
        """
        if kind is HoldKind.DISPUTED:
            raise InvalidInput.at("body.kind", "a dispute is resolved, not released")
        if kind is HoldKind.IN_AGREEMENT:
            raise InvalidInput.at("body.kind", "goes when its agreement ends")
        return retried(lambda: self._end(self._find(creditor, about, now), kind, RELEASED, by))

    # ── promises ───────────────────────────────────────────────────────────────────────────────

    def promise(
        self,
        creditor: Creditor,
        invoice_id: InvoiceId,
        *,
        on: date,
        amount: Money | None,
        by: str,
        now: datetime,
    ) -> Hold | None:
        """Note a promise to pay, and let contact rest until it is judged.

        A later promise does not lift an earlier one: each is judged on its own day, so that a
        debt is not put off promise by promise. After as many broken ones as the ruler allows, it
        is noted and pauses nothing: the answer is None.

        Args:
            creditor: whose invoice it is.
            invoice_id: what the promise is about.
            on: the promised day, by the ruler's clock.
            amount: None is whatever settles the invoice on that day.
            by: who noted it.
            now: when.

        Raises:
            InvalidInput: ``on`` or ``amount`` is outside the limits.
            NotFound: no such invoice.
            Conflict: the invoice is not open any more.
        """

        def once() -> Hold | None:
            case = self._find(creditor, OneInvoice(invoice_id), now)
            invoice = case.owed()
            hold = promised(case, invoice, on, amount, by, path="body.on")
            if is_trusted(case):
                return self._put(case, hold)
            note = not_pausing(case, on)
            if not self._is_noted(case, note):
                self._write(case, case.account, [note])
            self._tell(case.event("PromiseMade", now, note.facts))
            return None

        return retried(once)

    # ── disputes ───────────────────────────────────────────────────────────────────────────────

    def open_dispute(
        self, creditor: Creditor, invoice_id: InvoiceId, *, reason: str, by: str, now: datetime
    ) -> Hold:
        """Leave an invoice out of every contact until the dispute is resolved.

        Raises:
            NotFound: no such invoice.
            Conflict: the invoice is not open any more.
        """
        about = OneInvoice(invoice_id)
        return self._place(creditor, about, now, lambda case: disputed(case, reason, by))

    def resolve_dispute(
        self,
        creditor: Creditor,
        invoice_id: InvoiceId,
        *,
        outcome: DisputeOutcome,
        now: datetime,
    ) -> Sequence[Hold]:
        """End every dispute of an invoice, and return them.

        Either way contact may go on at once. To withdraw or change an invoice whose dispute was
        upheld is the creditor's own act, and comes first.

        Raises:
            NotFound: no such invoice.
            Conflict: no dispute is open, and the last one was not resolved so.
        """

        def once() -> Sequence[Hold]:
            case = self._find(creditor, OneInvoice(invoice_id), now)
            kind = HoldKind.DISPUTED
            if not self._standing(case, kind) and not self._ended_before(case, kind, outcome):
                msg = f"no dispute about invoice {invoice_id} is open"
                raise Conflict(msg)
            return self._end(case, kind, outcome)

        return retried(once)

    # ── contacts made by people ────────────────────────────────────────────────────────────────

    def record_result(
        self, creditor: Creditor, about: About, result: ContactResult, *, now: datetime
    ) -> Recorded:
        """Note what came of a contact made by a person, and do what follows from it.

        A rest that would be over already is not begun. A result that changes nothing about the
        debt (a voicemail, a wrong number) is noted about a closed invoice as well.

        Raises:
            InvalidInput: the code lacks what it needs, or comes with what says nothing of it.
            NotFound: no such invoice or customer.
            Conflict: the invoice is not open any more, and the result is about what is owed.
        """
        told = replace(result, at=to_the_millisecond(result.at))
        recorded = retried(lambda: self._record(self._find(creditor, about, now), told))
        if recorded.hold is not None and recorded.hold.invoice_id is None:
            self.stop_unsent(creditor, about, recorded.hold, now)
        return recorded

    def _record(self, case: Case, result: ContactResult) -> Recorded:
        not_ahead("body.at", result.at, case.now)
        check(result, case.zone)
        effect = result.effect
        if effect.needs_invoice and case.invoice is None:
            raise InvalidInput.at("body.code", f"{result.code} is about one invoice: name it")
        note = result_note(case, result)
        told = recorded_event(case, result)
        if self._is_noted(case, note):
            return self._recorded_before(case, result, told)
        if effect.is_about_a_debt and case.invoice is not None:
            case.owed()
        account, notes, events = with_effects(case, result), [note], [told]
        hold, unheeded = rests(case, result)
        if unheeded is not None:
            notes.append(unheeded)
            events.append(case.event("PromiseMade", case.now, unheeded.facts))
        if hold is not None:
            events.append(placed_event(case, hold))
        if hold is not None and hold not in account.holds:
            account = account.with_hold(hold)
            notes.append(placed_note(hold))
        again = self._again(case) if effect.sends_again else None
        if again is not None:
            account = replace(account, invoices={**account.invoices, again.external_id: again})
        self._write(case, account, notes, hold, events)
        return Recorded(hold, again is not None)

    def _recorded_before(self, case: Case, result: ContactResult, told: OutgoingEvent) -> Recorded:
        """Tell again what was noted; what followed from it has followed."""
        known = known_after(case, result)
        self._tell(told, *([] if known is None else [placed_event(case, known)]))
        return Recorded(known, sends_again=False)

    def _again(self, case: Case) -> Invoice | None:
        """Return the invoice where its last message comes up again; None when none needs to."""
        invoice = case.owed()
        found = self._found(invoice.place.dispatch_id)
        if found is not None and found[1] in _PENDING:
            return None  # it is on its way
        again = made_again(invoice, case.ruler, case.today)
        return None if again is invoice else again

    # ── reading ────────────────────────────────────────────────────────────────────────────────

    def _find(self, creditor: Creditor, about: About, now: datetime) -> Case:
        """Read the account; before the invoice, so that its version guards both."""
        creditor_id = creditor.creditor_id
        if isinstance(about, WholeAccount):
            account = self.portfolio.load_account(creditor_id, about.customer_id)
            if account.version == 0:
                raise NotFound(about.customer_id)
            return Case(creditor, account, None, now)
        pointed = self._invoice(creditor_id, about.invoice_id)
        account = self.portfolio.load_account(creditor_id, pointed.customer_id)
        open_now = account.invoices.get(about.invoice_id)
        return Case(
            creditor, account, open_now or self._invoice(creditor_id, about.invoice_id), now
        )

    def _invoice(self, creditor_id: CreditorId, invoice_id: InvoiceId) -> Invoice:
        found = self.portfolio.find_invoice(creditor_id, invoice_id)
        if found is None:
            raise NotFound(invoice_id)
        return found

    def _found(self, dispatch_id: DispatchId | None) -> tuple[Dispatch, DispatchState] | None:
        found = None if dispatch_id is None else self.ledger.find(dispatch_id)
        return None if found is None else (found[0].dispatch, found[0].state)

    def _is_noted(self, case: Case, note: Note) -> bool:
        """Tell whether an account has a note; of a promise that pauses nothing, at any instant."""
        is_promise = note.kind is NoteKind.PROMISE_NOT_PAUSING
        return any(
            note == (replace(n, at=note.at) if is_promise else n)
            for n in self.portfolio.notes(case.creditor.creditor_id, case.account.customer_id)
        )

    def _unsent(self, account: Account, hold: Hold) -> Dispatch | None:
        """Return a contact about what is held that was planned and that nobody has sent yet.

        One that tries the next channel is left to its sender: its step was made before.
        """
        recent = {c.dispatch_id for c in account.contacts}
        spoken_of = {
            i.place.dispatch_id for i in account.invoices.values() if hold.covers(i.external_id)
        }
        for dispatch_id in sorted(d for d in spoken_of if d is not None and d in recent):
            found = self._found(dispatch_id)
            if found is None or found[1] is not DispatchState.PLANNED:
                continue
            if found[0].fallback_of is None:
                return found[0]
        return None

    # ── writing ────────────────────────────────────────────────────────────────────────────────

    def _place(
        self, creditor: Creditor, about: About, now: datetime, make: Callable[[Case], Hold]
    ) -> Hold:
        def once() -> Hold:
            case = self._find(creditor, about, now)
            if case.invoice is not None:
                case.owed()
            return self._put(case, make(case))

        placed = retried(once)
        if placed.invoice_id is None:
            self.stop_unsent(creditor, about, placed, now)
        return placed

    def _put(self, case: Case, hold: Hold) -> Hold:
        known = case.known(hold.hold_id)
        if known is not None:
            self._tell(placed_event(case, known))
            return known
        event = placed_event(case, hold)
        self._write(case, case.account.with_hold(hold), [placed_note(hold)], hold, [event])
        return hold

    def stop_unsent(self, creditor: Creditor, about: About, hold: Hold, now: datetime) -> None:
        """End whatever else was planned about what is held and is not sent: one write for each."""

        def once() -> bool:
            case = self._find(creditor, about, now)
            stands = case.known(hold.hold_id) is not None
            if not stands or self._unsent(case.account, hold) is None:
                return False
            self._write(case, case.account, [], hold)
            return True

        while retried(once):
            pass

    def _end(
        self, case: Case, kind: HoldKind, outcome: str, by: str | None = None
    ) -> Sequence[Hold]:
        ended = [hold for hold in self._standing(case, kind) if by in (None, hold.by)]
        notes = [
            Note(
                case.now,
                NoteKind.HOLD_ENDED,
                hold.invoice_id,
                {"hold_id": hold.hold_id, "kind": kind.value, "outcome": outcome},
            )
            for hold in ended
        ]
        if ended:
            self._write(case, case.account.without_holds(ended), notes)
        else:
            notes = self._ended_before(case, kind, outcome)
        self._tell(*(ended_event(case, note) for note in notes))
        return ended

    def _standing(self, case: Case, kind: HoldKind) -> Sequence[Hold]:
        """Return the holds that stand; one whose time has come ends, and is judged, by itself."""
        return [
            h
            for h in case.account.holds
            if h.kind is kind and h.invoice_id == case.invoice_id and h.stands(case.now)
        ]

    def _ended_before(self, case: Case, kind: HoldKind, outcome: str) -> list[Note]:
        """Return the notes of the last time that holds of a kind were ended with this outcome."""
        notes = [
            n
            for n in self.portfolio.notes(case.creditor.creditor_id, case.account.customer_id)
            if n.kind is NoteKind.HOLD_ENDED
            and n.invoice_id == case.invoice_id
            and n.facts["kind"] == kind
        ]
        last = [n for n in notes if n.at == notes[-1].at]
        return [n for n in last if n.facts.get("outcome") == outcome]

    def _write(
        self,
        case: Case,
        account: Account,
        notes: Sequence[Note],
        hold: Hold | None = None,
        events: Sequence[OutgoingEvent] = (),
    ) -> None:
        """Write an account; with a hold, end what was planned about it and is not sent yet."""
        rulers, told, ended = case.creditor.rulers, list(events), None
        unsent = None if hold is None else self._unsent(account, hold)
        if unsent is not None and hold is not None:
            ended = unsent, Ending(DispatchState.SUPPRESSED, hold.kind.reason)
            account = reopened(account, rulers, unsent, case.now)
            told.append(contact_ended(*ended, case.now))
        account = scheduled(account, rulers, case.now, case.creditor.circumstances)
        try:
            self.portfolio.commit(Change(account, notes=tuple(notes), ended=ended))
        except AlreadyClaimed as exc:  # it is being sent after all: look again
            raise VersionConflict(account.customer_id) from exc
        self._tell(*told)

    def _tell(self, *events: OutgoingEvent) -> None:
        if events:
            self.publisher.publish(events)
