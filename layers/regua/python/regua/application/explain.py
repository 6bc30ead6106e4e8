"""For any invoice or customer and any instant: what happened at every step and why, and what next.

What happened is read from dispatches, reports and notes; what comes next is found by projecting
the engine itself from the account as it was known at the instant (`regua.application.known_then`
says what of it can be rebuilt). Only ids and codes: no names, no addresses, nothing that somebody
wrote. The words are in `regua.adapters.explain_words`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from regua.application.explanation import (
    Because,
    CustomerExplanation,
    Explanation,
    Followed,
    Happening,
    NextContact,
    NextWhy,
    Outcome,
    Resting,
    RulerWhy,
    Silence,
    StepLine,
    Told,
)
from regua.application.known_then import (
    Known,
    concerns,
    holds_over,
    invoice_then,
    is_known,
    known_at,
    leaves_pending,
    left_out_of,
    of_the_ruler,
)
from regua.domain import contact_policy, holds
from regua.domain.account import Account
from regua.domain.circumstances import USUAL, Circumstances
from regua.domain.conditions import Conditions, Facts
from regua.domain.contact_policy import Deferred
from regua.domain.decision import Decision, contact_request
from regua.domain.delivery import MessageEvent, seen_as, told_of
from regua.domain.dispatch import Dispatch, DispatchRecord, DispatchState, Ending
from regua.domain.holds import Hold, HoldKind, stopping
from regua.domain.ids import DispatchId, InvoiceId
from regua.domain.invoice import Invoice, InvoiceStatus
from regua.domain.money import Money
from regua.domain.negotiation import life
from regua.domain.negotiation.agreement import is_carried
from regua.domain.notes import Note, NoteKind
from regua.domain.prescription import TERM_RULES, DebtKind
from regua.domain.projection import project
from regua.domain.reasons import Reason
from regua.domain.ruler import Dated, Ruler
from regua.domain.rulers import Rulers, Segment, facts_of, on_their_rulers
from regua.domain.schedule import next_evaluation, scheduled
from regua.domain.steps import Look, is_prescribed

HORIZON = timedelta(days=6 * 365)
"""How far is looked ahead: longer than any debt is collected."""
MAX_DECISIONS = 1000
"""How many decisions are taken ahead at the most; what lies beyond stays without an instant."""
_TOLD_FACTS = frozenset(
    {
        "hold_id",
        "kind",
        "until",
        "promised_on",
        "promised_centavos",
        "agreement_id",
        "total_centavos",
        "act",
        "from",
        "to",
        "ruler",
        "code",
        "channel",
        "outcome",
    }
)
"""What of a note is told; ``reason`` is what somebody wrote, and may name anybody."""


def explain_invoice(
    invoice: Invoice,
    account: Account,
    rulers: Rulers,
    *,
    records: Sequence[DispatchRecord],
    facts: Mapping[DispatchId, Sequence[MessageEvent]],
    notes: Sequence[Note],
    at: datetime,
    now: datetime,
    given: Circumstances = USUAL,
    closed: Sequence[Invoice] = (),
) -> Explanation:
    """Explain an invoice at an instant, from what is known now.

    Args:
        invoice: as it stands now, open or not; its place counts from ``account`` when it is there.
        account: as it stands now.
        rulers: the creditor's rulers as they stand now.
        records: the account's dispatches, oldest first.
        facts: what was reported about each of them.
        notes: the account's, oldest first.
        at: the instant asked about; one later than ``now`` is answered for ``now``, whose
            explanation tells what will happen.
        now: an aware instant.
        given: what else is known now.
        closed: the customer's other invoices that were settled or cancelled, where the caller has
            them: at an earlier instant they may have shared a contact, or been the next one.
    """
    records = of_the_ruler(records)
    then = known_at(
        account,
        rulers,
        records,
        facts,
        notes,
        at=min(at, now),
        now=now,
        invoices=(*closed, invoice),
    )
    return _Explaining(then, given).invoice(_as_known(invoice, then, records, notes))


def explain_customer(
    account: Account,
    rulers: Rulers,
    *,
    records: Sequence[DispatchRecord],
    facts: Mapping[DispatchId, Sequence[MessageEvent]],
    notes: Sequence[Note],
    at: datetime,
    now: datetime,
    given: Circumstances = USUAL,
    closed: Sequence[Invoice] = (),
) -> CustomerExplanation:
    """Explain a customer at an instant: the open invoices, and those of ``closed`` as well.

    The other arguments are those of `explain_invoice`.
    """
    records = of_the_ruler(records)
    then = known_at(
        account, rulers, records, facts, notes, at=min(at, now), now=now, invoices=closed
    )
    asked = {i.external_id: i for i in closed} | dict(account.invoices)
    explaining = _Explaining(then, given)
    return explaining.customer(
        [_as_known(i, then, records, notes) for i in asked.values() if is_known(i, then)]
    )


_HOLD_RULES = {
    HoldKind.HELD: holds.HOLD_ENDS,
    HoldKind.DISPUTED: holds.DISPUTE,
    HoldKind.PROMISED: holds.PROMISE_LIMIT,
    HoldKind.PAYMENT_IN_TRANSIT: holds.IN_TRANSIT,
    HoldKind.IN_AGREEMENT: life.RESTS,
}


def _as_known(
    invoice: Invoice, then: Known, records: Sequence[DispatchRecord], notes: Sequence[Note]
) -> Invoice:
    """Return an invoice as it was known; an open one as the account has it."""
    found = then.account.invoices.get(invoice.external_id)
    return invoice_then(invoice, then, records, notes) if found is None else found


@dataclass(frozen=True, slots=True)
class _Foreseen:
    """What the projection brings for one step: made at an instant, or not made and why."""

    at: datetime
    dispatch: Dispatch | None = None
    reason: Reason | None = None
    rule_code: str | None = None
    overtaken_by: str | None = None


class _Explaining:
    """One account at one instant; looked ahead from once, however many invoices are asked about."""

    def __init__(self, then: Known, given: Circumstances) -> None:
        self.then = then
        self.at = then.at
        self.rulers = then.rulers
        self.today = then.at.astimezone(then.rulers.default.zone).date()
        self.segment: Segment = then.rulers.segment_of(then.account, self.today)
        invoices = on_their_rulers(then.account, then.rulers, self.segment, self.today)
        self.account = replace(then.account, invoices=invoices)
        known = {a.dispatch_id: seen_as(self._facts(a.dispatch_id)) for a in then.account.attempts}
        self.given = replace(given, seen={**known, **given.seen})
        self.ahead = self._look_ahead()

    def _facts(self, dispatch_id: DispatchId) -> Sequence[MessageEvent]:
        return self.then.facts.get(dispatch_id, ())

    def _look_ahead(self) -> Sequence[Decision]:
        """Decide on from here: every contact is made and seen, nobody pays."""
        account = self.then.account
        if account.next_evaluation_at is None:
            account = scheduled(account, self.rulers, self.at, self.given)
            account = self._waiting(account, self.then.waits_until)
        decisions = project(
            account, self.rulers, self.at, self.at + HORIZON, self.given, seen_percent=100
        )
        return list(islice(decisions, MAX_DECISIONS))

    def _waiting(self, account: Account, until: datetime | None) -> Account:
        """Return an account that was to be looked at again when its deferral was over."""
        if until is None:
            return account
        look = Look(account, self.rulers, self.at, self.given)
        at = next_evaluation(account, look, waits_until=until)
        return replace(account, next_evaluation_at=at)

    # ── the customer ───────────────────────────────────────────────────────────────────────────

    def customer(self, invoices: Sequence[Invoice]) -> CustomerExplanation:
        explained = [self.invoice(i) for i in invoices]
        following = min((e.next for e in explained if e.next), key=lambda n: n.at, default=None)
        silence, reason = (None, None) if following else self._customer_silence(explained)
        account = self.account
        return CustomerExplanation(
            at=self.at,
            timezone=self.rulers.default.timezone,
            creditor_id=account.creditor_id,
            customer_id=account.customer_id,
            segment=self.segment.name,
            excluded=self.segment.excluded,
            opted_out=sorted(account.opt_outs),
            resting=[
                _resting(h) for h in account.holds if h.invoice_id is None and h.stands(self.at)
            ],
            invoices=explained,
            happenings=[_happening(n) for n in self.then.notes if _is_of_all(n)],
            next=following,
            silence=silence,
            silence_reason=reason,
        )

    def _customer_silence(self, explained: Sequence[Explanation]) -> tuple[Silence, Reason | None]:
        owed = [e for e in explained if e.invoice_id in self.account.invoices]
        if not owed:
            return Silence.NOTHING_OPEN, None
        return owed[0].silence or Silence.NONE_MEANT, owed[0].silence_reason

    # ── one invoice ────────────────────────────────────────────────────────────────────────────

    def invoice(self, invoice: Invoice) -> Explanation:
        invoice = self.account.invoices.get(invoice.external_id, invoice)
        ruler = self.rulers.followed(self.account, invoice)
        mine = _Invoice(self, invoice, ruler)
        steps = mine.lines()
        following = mine.next_contact() if invoice.is_open else None
        silence, reason = (None, None) if following else mine.silence(steps)
        late = (self.at.astimezone(ruler.zone).date() - invoice.effective_due_date).days
        return Explanation(
            at=self.at,
            timezone=ruler.timezone,
            creditor_id=self.account.creditor_id,
            customer_id=self.account.customer_id,
            invoice_id=invoice.external_id,
            status=invoice.status,
            days_late=max(0, late) if invoice.is_open else 0,
            follows=self._follows(invoice, ruler),
            resting=mine.resting if invoice.is_open else None,
            steps=steps,
            earlier=mine.earlier(),
            happenings=_happenings(invoice, self.then),
            next=following,
            silence=silence,
            silence_reason=reason,
        )

    def _follows(self, invoice: Invoice, ruler: Ruler) -> Followed:
        name = self.rulers.name_for(self.account, invoice, self.segment)
        customer = self.account.customer
        because: Sequence[Because] = ()
        if ruler.name != name:
            why = RulerWhy.EARLIER
        elif invoice.ruler == name:
            why = RulerWhy.INVOICE
        elif customer is not None and customer.ruler == name:
            why = RulerWhy.CUSTOMER
        elif self.segment.ruler == name:
            why = RulerWhy.SEGMENT
            because = reasons_for(self.segment.when, facts_of(self.account, self.today))
        else:
            why = RulerWhy.DEFAULT
        return Followed(ruler.name, ruler.version, why, self.segment.name, because)


class _Invoice:
    """One invoice, being explained."""

    def __init__(self, explaining: _Explaining, invoice: Invoice, ruler: Ruler) -> None:
        self.explaining = explaining
        self.then = explaining.then
        self.at = explaining.at
        self.invoice = invoice
        self.ruler = ruler
        self.today = explaining.at.astimezone(ruler.zone).date()
        self.dated: Dated = ruler.dates_of(invoice)
        self.pending = {step.id: on for on, step in ruler.pending(invoice)}
        stops = stopping(explaining.account.holds, invoice.external_id, explaining.at)
        self.resting = _resting(stops) if stops else None
        self.rested = [
            replace(_resting(hold), until=ended)
            for hold, ended in holds_over(self.then.notes, invoice.external_id)
        ]
        self.contacts = self._contacts()
        self.left = {s: (at, why, by) for at, s, why, by in self._left_out()}
        self.foreseen = self._foreseen() if invoice.is_open else {}

    # ── what happened ──────────────────────────────────────────────────────────────────────────

    def _about(self) -> Iterator[tuple[str, DispatchRecord]]:
        for record in self.then.records:
            for planned in record.dispatch.invoices:
                if planned.external_id == self.invoice.external_id:
                    yield planned.step_id, record

    def _is_of_this_round(self, step_id: str, at: datetime) -> bool:
        """Tell whether something counts for a step as it is planned now."""
        since = self.then.round_of(self.invoice.external_id)
        if since is not None and at < since:
            return False
        on = next((on for on, step in self.dated if step.id == step_id), None)
        return on is not None and on <= at.astimezone(self.ruler.zone).date()

    def _counts(self, step_id: str, record: DispatchRecord) -> bool:
        """Tell whether a dispatch says how a step stands.

        Of a step that comes up (again), only those that left it pending do, and one that the
        account has not caught up with.
        """
        if not self._is_of_this_round(step_id, record.dispatch.decided_at):
            return False
        if step_id not in self.pending or leaves_pending(record):
            return True
        return record.dispatch.schedule_seq >= self.then.account.schedule_seq

    def _contacts(self) -> Mapping[str, Sequence[Told]]:
        found: dict[str, list[Told]] = {}
        for step_id, record in self._about():
            if self._counts(step_id, record):
                found.setdefault(step_id, []).append(self._told(record))
        return found

    def _told(self, record: DispatchRecord) -> Told:
        dispatch = record.dispatch
        events = self.then.facts.get(dispatch.dispatch_id, ())
        return Told(
            dispatch.dispatch_id,
            dispatch.channel,
            record.state,
            record.sent_at or dispatch.decided_at,
            record.reason,
            record.rule,
            record.until,
            told_of(events, record.sent_at, self.at),
            seen_as(events),
            dispatch.fallback_of,
        )

    def _left_out(self) -> Iterator[tuple[datetime, str, Reason, str]]:
        for at, step_id, why, instead in left_out_of(self.then, self.invoice.external_id):
            if step_id not in self.pending and self._is_of_this_round(step_id, at):
                yield at, step_id, why, instead

    def earlier(self) -> Sequence[StepLine]:
        """Return the contacts that belong to no step of the ruler as it stands."""
        return [
            StepLine(
                step_id,
                record.dispatch.decided_on,
                _OUTCOMES[record.state],
                told.at,
                told.channel,
                told.reason,
                told.rule_code,
                told.until,
                told,
                (told,),
            )
            for step_id, record in self._about()
            if not self._counts(step_id, record) and not leaves_pending(record)
            for told in (self._told(record),)
        ]

    # ── step by step ───────────────────────────────────────────────────────────────────────────

    def lines(self) -> Sequence[StepLine]:
        """Return one line per step, in the order of their days."""
        found = [
            self._ahead_of(step.id, self.pending[step.id])
            if step.id in self.pending
            else self._behind(step.id, on)
            for on, step in self.dated
        ]
        return sorted(found, key=lambda line: line.planned_on)

    def _behind(self, step_id: str, on: date) -> StepLine:
        """Describe a step that has been dealt with."""
        contacts = self.contacts.get(step_id, ())
        deciding = _deciding(contacts)
        if deciding is not None:
            return _line(step_id, on, contacts, deciding)
        if step_id in self.left:
            at, why, instead = self.left[step_id]
            line = StepLine(step_id, on, Outcome.LEFT_OUT, at, reason=why, contacts=contacts)
            if why is Reason.SUPERSEDED:
                held = next((r for r in self.rested if _rested_on(r, on, self.ruler)), None)
                line = replace(line, overtaken_by=instead or None, resting=held)
            return replace(line, rule_code=_code_of(why))
        return StepLine(step_id, on, self._unrecorded(on), contacts=contacts)

    def _unrecorded(self, on: date) -> Outcome:
        """Name what became of a step that nothing is on record about."""
        from_on = self.invoice.place.from_on
        is_new_here = any(
            n.kind is NoteKind.RULER_CHANGED for n in self.then.notes_of(self.invoice.external_id)
        )
        if is_new_here or (from_on is not None and on < from_on):
            return Outcome.BEFORE_ACTIVATION
        return Outcome.LEFT_OUT

    def _ahead_of(self, step_id: str, on: date) -> StepLine:
        """Describe a step that is still to be dealt with."""
        contacts = self.contacts.get(step_id, ())
        foreseen = self.foreseen.get(step_id)
        line = StepLine(step_id, on, Outcome.UPCOMING, contacts=contacts)
        if not self.invoice.is_open:
            reason = _CLOSED[self.invoice.status]
            return replace(line, outcome=Outcome.NOT_MEANT, reason=reason)
        under_way = next((c for c in reversed(contacts) if c.state not in _LEFT_PENDING), None)
        if under_way is not None:
            return _line(step_id, on, contacts, under_way)
        if self.explaining.segment.excluded:
            return replace(line, outcome=Outcome.NOT_MEANT, reason=Reason.EXCLUDED)
        if self.resting and (on <= self.today or self.resting.until is None):
            return _held(line, foreseen, self.resting)
        if contacts and contacts[-1].state is DispatchState.DEFERRED:
            last = contacts[-1]
            if last.until is not None and last.until > self.at:
                return _dropped(_line(step_id, on, contacts, last), foreseen)
        return self._foretold(line, foreseen)

    def _foretold(self, line: StepLine, foreseen: _Foreseen | None) -> StepLine:
        is_up = line.planned_on <= self.today
        if foreseen is None:
            return replace(line, outcome=Outcome.WAITING if is_up else Outcome.UPCOMING)
        if foreseen.reason is not None:
            return replace(
                line,
                outcome=Outcome.NOT_MEANT,
                reason=foreseen.reason,
                rule_code=foreseen.rule_code or _code_of(foreseen.reason),
                overtaken_by=foreseen.overtaken_by,
            )
        return replace(
            line,
            outcome=Outcome.WAITING if is_up else Outcome.UPCOMING,
            at=foreseen.at,
            channel=foreseen.dispatch.channel if foreseen.dispatch else None,
        )

    # ── what comes next ────────────────────────────────────────────────────────────────────────

    def _foreseen(self) -> Mapping[str, _Foreseen]:
        """Read from the projection what becomes of each pending step, the first that decides it."""
        mine, found = self.invoice.external_id, dict[str, _Foreseen]()
        for decision in self.explaining.ahead:
            for note in decision.notes:
                if note.kind is NoteKind.STEP_LEFT_OUT and note.invoice_id == mine:
                    reason = Reason(note.facts["reason"])
                    found.setdefault(note.facts["step_id"], _Foreseen(note.at, reason=reason))
            dispatch = decision.dispatch
            if dispatch is None:
                continue
            at = dispatch.decided_at
            made = next((i.step_id for i in dispatch.invoices if i.external_id == mine), None)
            for left in dispatch.left_out:
                if left.external_id == mine:
                    by = made if left.reason is Reason.SUPERSEDED else None
                    found.setdefault(
                        left.step_id, _Foreseen(at, None, left.reason, overtaken_by=by)
                    )
            ending = dispatch.ending
            if made is None or (ending and ending.state is DispatchState.DEFERRED):
                continue
            found.setdefault(
                made,
                _Foreseen(at, dispatch, ending.reason, ending.rule)
                if ending
                else _Foreseen(at, dispatch),
            )
        return found

    def next_contact(self) -> NextContact | None:
        """Return the first contact to come that speaks about the invoice, and why then."""
        deferral = self._standing_deferral()
        for decision in self.explaining.ahead:
            dispatch = decision.dispatch
            if dispatch is None or not concerns(dispatch, self.invoice.external_id):
                continue
            step_id = next(
                (i.step_id for i in dispatch.invoices if i.external_id == self._id), None
            )
            if step_id is None:
                continue
            ending = dispatch.ending
            if ending is None:
                return self._why_then(dispatch, step_id, deferral)
            if ending.state is DispatchState.DEFERRED:
                deferral = _longer(deferral, dispatch, ending)
            else:
                deferral = None
        return None

    @property
    def _id(self) -> InvoiceId:
        return self.invoice.external_id

    def _standing_deferral(self) -> Told | None:
        """Return the deferral that the whole account waits for, if it does."""
        newest = self.then.records[-1] if self.then.records else None
        if newest is None or newest.until is None or newest.until <= self.at:
            return None
        return self._told(newest)

    def _why_then(self, dispatch: Dispatch, step_id: str, deferral: Told | None) -> NextContact:
        at = dispatch.decided_at
        contact = NextContact(
            step_id,
            dispatch.channel,
            at,
            NextWhy.PLANNED,
            [i.external_id for i in dispatch.invoices],
            is_preferred_channel=dispatch.channel is self.explaining.account.preferred_channel,
        )
        if dispatch.fallback_of is not None:
            return replace(contact, why=NextWhy.NEXT_CHANNEL)
        planned = self._planned_instant(step_id)
        if deferral is not None and _waited_for(deferral, planned, at):
            is_window = deferral.reason in _CLOSED_HOURS
            return replace(
                contact,
                why=NextWhy.WINDOW if is_window else NextWhy.DEFERRAL,
                reason=deferral.reason,
                rule_code=deferral.rule_code,
            )
        until = self.resting.until if self.resting else None
        if planned is not None and until is not None and planned < until <= at:
            return replace(contact, why=NextWhy.HOLD_END, resting=self.resting)
        return self._by_the_clock(contact, planned)

    def _planned_instant(self, step_id: str) -> datetime | None:
        """Return the hour of a pending step's day; None when it is none of this ruler's."""
        on = self.pending.get(step_id)
        if on is None:
            return None
        hour = self.explaining.given.best_hour(self.explaining.account, self.ruler)
        return datetime.combine(on, hour, self.ruler.zone).astimezone(UTC)

    def _by_the_clock(self, contact: NextContact, planned: datetime | None) -> NextContact:
        """Tell the step's own hour from the channel's opening, and both from right now."""
        if planned is None:  # a step of a ruler that the invoice is yet to come to
            return contact
        if contact.at <= planned:
            moved = self.pending.get(contact.step_id) != next(
                (on for on, step in self.dated if step.id == contact.step_id), None
            )
            if moved:
                return replace(contact, why=NextWhy.GAP)
            return replace(contact, why=NextWhy.WISHED) if self._is_wished(planned) else contact
        uncapped = replace(self.explaining.account, contacts=())
        request = contact_request(uncapped, self.ruler, contact.channel, self.explaining.given)
        closed = contact_policy.check(request, max(planned, self.at))
        if isinstance(closed, Deferred):
            return replace(
                contact, why=NextWhy.WINDOW, reason=closed.reason, rule_code=closed.rule.code
            )
        return replace(contact, why=NextWhy.NOW)

    def _is_wished(self, planned: datetime) -> bool:
        """Tell whether an instant is at the hour that the customer prefers."""
        return planned.astimezone(self.ruler.zone).hour == self.explaining.account.preferred_hour

    def silence(self, steps: Sequence[StepLine]) -> tuple[Silence, Reason | None]:
        """Tell why no contact is to come."""
        invoice = self.invoice
        if not is_known(invoice, self.then):
            return Silence.NOT_YET_KNOWN, None
        if not invoice.is_open:
            return Silence(invoice.status.value), None
        if self.explaining.segment.excluded:
            return Silence.EXCLUDED, Reason.EXCLUDED
        return self._silence_of_the_open(steps)

    def _silence_of_the_open(self, steps: Sequence[StepLine]) -> tuple[Silence, Reason | None]:
        if is_prescribed(self.invoice, self.today):
            return Silence.PRESCRIBED, Reason.PRESCRIBED
        if not self.pending:
            return Silence.RULER_ENDED, None
        if self.resting is not None and self.resting.until is None:
            is_agreed = self.resting.kind is HoldKind.IN_AGREEMENT
            silence = Silence.IN_AGREEMENT if is_agreed else Silence.DISPUTED
            return silence, self.resting.kind.reason
        refused = [line.reason for line in steps if line.step_id in self.pending]
        named = [reason for reason in refused if reason not in {None, Reason.SUPERSEDED}]
        return Silence.NONE_MEANT, next(iter(named), Reason.SUPERSEDED)


_OUTCOMES = {
    DispatchState.PLANNED: Outcome.WAITING,
    DispatchState.CLAIMED: Outcome.WAITING,
    DispatchState.SENT: Outcome.MADE,
    DispatchState.DEFERRED: Outcome.DEFERRED,
    DispatchState.SUPPRESSED: Outcome.SUPPRESSED,
    DispatchState.FAILED: Outcome.FAILED,
}
_CLOSED_HOURS = frozenset({Reason.OUTSIDE_WINDOW, Reason.HOLIDAY})
_LEFT_PENDING = frozenset({DispatchState.DEFERRED, DispatchState.SUPPRESSED})
_CLOSED = {
    InvoiceStatus.SETTLED: Reason.SETTLED,
    InvoiceStatus.CANCELLED: Reason.CANCELLED,
}


def _deciding(contacts: Sequence[Told]) -> Told | None:
    """Return the contact that says how a step ended: the last that was sent, else the last end."""
    sent = [c for c in contacts if c.state is DispatchState.SENT]
    ended = [c for c in contacts if c.state is not DispatchState.DEFERRED]
    return sent[-1] if sent else ended[-1] if ended else None


def _line(step_id: str, on: date, contacts: Sequence[Told], told: Told) -> StepLine:
    return StepLine(
        step_id,
        on,
        _OUTCOMES[told.state],
        told.at,
        told.channel,
        told.reason,
        told.rule_code or (_code_of(told.reason) if told.reason else None),
        told.until,
        told,
        contacts,
    )


def _longer(deferral: Told | None, dispatch: Dispatch, ending: Ending) -> Told:
    """Return a deferral after another one; the hours that a cap's end falls into change no why."""
    found = Told(
        dispatch.dispatch_id,
        dispatch.channel,
        ending.state,
        dispatch.decided_at,
        ending.reason,
        ending.rule,
        ending.until,
    )
    if deferral is None or ending.reason not in _CLOSED_HOURS:
        return found
    return replace(found, reason=deferral.reason, rule_code=deferral.rule_code)


def _waited_for(deferral: Told, planned: datetime | None, at: datetime) -> bool:
    """Tell whether a contact at an instant, planned for an earlier one, waited for a deferral."""
    until = deferral.until
    return until is not None and until <= at and (planned is None or planned < until)


def _dropped(line: StepLine, foreseen: _Foreseen | None) -> StepLine:
    """Add to a step that waits why it will not be made when its time comes."""
    if foreseen is None or foreseen.reason is None:
        return line
    return replace(line, dropped=foreseen.reason, overtaken_by=foreseen.overtaken_by)


def _code_of(reason: Reason) -> str | None:
    """Return the rule behind a reason that comes without one."""
    if reason is Reason.PRESCRIBED:
        return TERM_RULES[DebtKind.INSTRUMENT].code
    by_reason = {kind.reason: rule.code for kind, rule in _HOLD_RULES.items()}
    return by_reason.get(reason)


def _resting(hold: Hold) -> Resting:
    return Resting(hold.hold_id, hold.kind, hold.since, hold.until, _HOLD_RULES[hold.kind])


def _rested_on(resting: Resting, day: date, ruler: Ruler) -> bool:
    """Tell whether a hold that is over stood on a day."""
    end = resting.until or resting.since
    return resting.since.astimezone(ruler.zone).date() <= day <= end.astimezone(ruler.zone).date()


# ── segments ────────────────────────────────────────────────────────────────────────────────────

_FOUND_BY = {
    "min_amount": "open_amount",
    "max_amount": "open_amount",
    "min_days_late": "days_late",
    "max_days_late": "days_late",
    "segments": "segment",
    "tags_any": "tags",
    "tags_none": "tags",
    "kinds": "kind",
    "risks": "risk",
    "reachable_by": "reachable",
    "not_reachable_by": "reachable",
    "min_open_amount": "open_amount",
    "max_open_amount": "open_amount",
    "min_overdue_invoices": "overdue_invoices",
    "max_overdue_invoices": "overdue_invoices",
    "min_times_late": "times_late",
    "max_times_late": "times_late",
    "min_late_share_percent": "late_share_percent",
    "max_late_share_percent": "late_share_percent",
    "min_worst_days_late": "worst_days_late",
    "max_worst_days_late": "worst_days_late",
    "min_broken_promises": "broken_promises",
    "max_broken_promises": "broken_promises",
}
"""Which fact each condition looks at."""


def reasons_for(when: Conditions, facts: Facts) -> Sequence[Because]:
    """Return what conditions ask, each with the fact that meets it."""
    unset = Conditions()
    return [
        Because(name, _code(getattr(when, name)), _code(getattr(facts, fact)))
        for name, fact in _FOUND_BY.items()
        if getattr(when, name) != getattr(unset, name)
    ]


def _code(value: object) -> str:
    if isinstance(value, Money):
        return str(value.centavos)
    if isinstance(value, frozenset):
        return ",".join(sorted(str(v) for v in value))
    return "" if value is None else str(value)


# ── what happened besides ───────────────────────────────────────────────────────────────────────


def _is_of_all(note: Note) -> bool:
    return note.invoice_id is None and note.kind is not NoteKind.STEP_LEFT_OUT


def _happening(note: Note) -> Happening:
    told = {k: v for k, v in note.facts.items() if k in _TOLD_FACTS}
    return Happening(note.at, note.kind.value, note.invoice_id, told)


def _happenings(invoice: Invoice, then: Known) -> Sequence[Happening]:
    """Return what happened to an invoice besides its steps, oldest first."""
    mine = invoice.external_id
    found = [_happening(n) for n in then.notes_of(mine) if n.kind is not NoteKind.STEP_LEFT_OUT]
    for payment in invoice.payments:
        paid = {"centavos": str(payment.amount.centavos)}
        code = "payment_carried" if is_carried(payment.payment_id) else "payment"
        found.append(Happening(payment.paid_at, code, mine, paid))
        if payment.reversed_at is not None:
            found.append(Happening(payment.reversed_at, "payment_reversed", mine, paid))
    if invoice.cancelled_at is not None:
        found.append(Happening(invoice.cancelled_at, "cancelled", mine))
    return sorted(found, key=lambda h: h.at)


def _held(line: StepLine, foreseen: _Foreseen | None, by: Resting) -> StepLine:
    """Say that a step waits for the end of what rests."""
    comes = foreseen.at if foreseen and foreseen.dispatch and foreseen.reason is None else None
    held = replace(
        line,
        outcome=Outcome.HELD,
        reason=by.kind.reason,
        rule_code=by.rule.code,
        until=comes,
        resting=by,
    )
    return _dropped(held, foreseen)
