"""An account as it was known at an instant, rebuilt from what is kept of it.

Kept with their instants, and so rebuilt exactly: dispatches and their reports, payments and
reversals, cancellations, opt-outs, holds, promises and what agreements carried over (from their
notes), the ruler followed, the versions in force, and from these the place on the ruler.

Kept only as they are now, and so taken as they are: how customer and invoice were described
(addresses, tags, amounts, a due date that has moved since), who followed which ruler by assignment,
addresses that bounced since, how the customer has paid so far, arms of experiments, next channels
that were tried since, and agreements, of which those that ended are gone. Payments count from when
they were made, not from when they were reported. An unclaimed contact that its sender ended counts
as ended from its decision on. A deferred account counts as to be looked at again when its deferral
ends, though a change in between may have brought that forward. Other invoices settled or cancelled
since are only known where the caller gives them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from regua.domain.account import Account
from regua.domain.contact_policy import Contact
from regua.domain.contact_results import EFFECTS, ResultCode
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import Dispatch, DispatchRecord, DispatchState, Purpose
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import DispatchId, InvoiceId
from regua.domain.invoice import Invoice, Payment, Place
from regua.domain.money import ZERO, Money
from regua.domain.negotiation.agreement import carried_payment_prefix
from regua.domain.notes import Note, NoteKind
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel
from regua.domain.rulers import InFlight, Line, Rulers, moved

_HOLD_ENDS = frozenset({NoteKind.HOLD_ENDED, NoteKind.PROMISE_KEPT, NoteKind.PROMISE_BROKEN})
_MOVES = frozenset({NoteKind.STEP_LEFT_OUT, NoteKind.RULER_CHANGED, NoteKind.RULER_ENDED})
_FAILURES = frozenset({EventKind.HARD_BOUNCED, EventKind.SOFT_BOUNCED, EventKind.REJECTED})
_RESTS = frozenset(kind.reason for kind in HoldKind)
_AGREEMENT_ENDS = frozenset(
    {
        NoteKind.AGREEMENT_FULFILLED,
        NoteKind.AGREEMENT_BREACHED,
        NoteKind.AGREEMENT_CANCELLED,
    }
)
_COUNTED = frozenset({DispatchState.PLANNED, DispatchState.CLAIMED, DispatchState.SENT})
_CONTACTS_KEPT = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of an account at an instant: nothing in it is later than ``at``.

    ``records`` are oldest first, each in the state it had. ``account`` has every invoice asked
    about that was open then; rebuilt, it does not say when it is looked at next.
    """

    account: Account
    rulers: Rulers
    records: Sequence[DispatchRecord]
    facts: Mapping[DispatchId, Sequence[MessageEvent]]
    notes: Sequence[Note]
    at: datetime
    waits_until: datetime | None = None
    """Until when the latest contact was deferred, if it was, and the account was rebuilt."""

    def notes_of(self, invoice_id: InvoiceId) -> Sequence[Note]:
        """Return the notes about an invoice, or about the whole account."""
        return [n for n in self.notes if n.invoice_id in (None, invoice_id)]

    def round_of(self, invoice_id: InvoiceId) -> datetime | None:
        """Return when the invoice last began its ruler again by a new version's order, if ever."""
        return next(self._restarts(invoice_id), None)

    def _restarts(self, invoice_id: InvoiceId) -> Iterator[datetime]:
        for note in reversed(self.notes):
            if note.kind is NoteKind.RULER_CHANGED and note.invoice_id == invoice_id:
                name, _, was = note.facts["from"].rpartition("@")
                to, _, version = note.facts["to"].rpartition("@")
                line = self.rulers.lines.get(name)
                if to == name and line and _restarted(line, int(was), int(version)):
                    yield note.at


def known_at(
    account: Account,
    rulers: Rulers,
    records: Sequence[DispatchRecord],
    facts: Mapping[DispatchId, Sequence[MessageEvent]],
    notes: Sequence[Note],
    *,
    at: datetime,
    now: datetime,
    invoices: Iterable[Invoice] = (),
) -> Known:
    """Return what was known at ``at``; the account is the one of ``now``, ``at`` no later.

    ``invoices`` are those asked about besides the account's open ones: settled or cancelled since.
    """
    told = {k: heard for k, events in facts.items() if (heard := [e for e in events if e.at <= at])}
    then = Known(
        account,
        _rulers_then(rulers, at) if at < now else rulers,
        [_record_then(r, facts, at) for r in records if r.dispatch.decided_at <= at],
        told,
        [n for n in notes if n.at <= at],
        at,
    )
    if at >= now:
        return then
    asked = {i.external_id: i for i in invoices} | dict(account.invoices)
    standing = [invoice_then(i, then, records, notes) for i in asked.values() if is_known(i, then)]
    return replace(then, account=_account_then(then, standing), waits_until=_waits_until(then))


def is_known(invoice: Invoice, then: Known) -> bool:
    """Tell whether an invoice had been heard of."""
    return (
        invoice.issued_at <= then.at
        or any(concerns(r.dispatch, invoice.external_id) for r in then.records)
        or any(n.invoice_id == invoice.external_id for n in then.notes)
        or any(p.paid_at <= then.at for p in invoice.payments)
    )


def concerns(dispatch: Dispatch, invoice_id: InvoiceId) -> bool:
    """Tell whether a dispatch spoke about an invoice, or left a step of it out."""
    spoken_of = {i.external_id for i in dispatch.invoices}
    return invoice_id in spoken_of | {i.external_id for i in dispatch.left_out}


def of_the_ruler(records: Iterable[DispatchRecord]) -> Sequence[DispatchRecord]:
    """Return the contacts that steps of the ruler brought: a receipt of payment is none."""
    return [r for r in records if r.dispatch.purpose is Purpose.COLLECTION]


def leaves_pending(record: DispatchRecord) -> bool:
    """Tell whether a dispatch ended so that its steps come up again."""
    if record.state is DispatchState.DEFERRED:
        return True
    return record.state is DispatchState.SUPPRESSED and record.reason in _RESTS


# ── dispatches ──────────────────────────────────────────────────────────────────────────────────


def _record_then(
    record: DispatchRecord, facts: Mapping[DispatchId, Sequence[MessageEvent]], at: datetime
) -> DispatchRecord:
    state = _state_then(record, facts.get(record.dispatch.dispatch_id, ()), at)
    if state is record.state:
        return record
    was_sent, was_claimed = state is DispatchState.SENT, state is not DispatchState.PLANNED
    return DispatchRecord(
        record.dispatch,
        state,
        claimed_at=record.claimed_at if was_claimed else None,
        sent_at=record.sent_at if was_sent else None,
        provider_message_id=record.provider_message_id if was_sent else None,
    )


def _state_then(
    record: DispatchRecord, events: Sequence[MessageEvent], at: datetime
) -> DispatchState:
    if record.claimed_at is not None and record.claimed_at > at:
        return DispatchState.PLANNED
    if record.state is DispatchState.SENT and record.sent_at is not None and record.sent_at > at:
        return DispatchState.CLAIMED if record.claimed_at else DispatchState.PLANNED
    failures = [e.at for e in events if e.kind in _FAILURES]
    if record.state is DispatchState.FAILED and failures and min(failures) > at:
        is_sent = record.sent_at is not None and record.sent_at <= at
        return DispatchState.SENT if is_sent else DispatchState.CLAIMED
    return record.state


# ── rulers ──────────────────────────────────────────────────────────────────────────────────────


def _rulers_then(rulers: Rulers, at: datetime) -> Rulers:
    lines = {name: _line_then(line, rulers, at) for name, line in rulers.lines.items()}
    return replace(rulers, lines=lines)


def _line_then(line: Line, rulers: Rulers, at: datetime) -> Line:
    """Return a ruler as its versions stood; one without a version then stays as it is."""
    made = tuple(a for a in line.activations if a.at <= at)
    if len(made) == len(line.activations):
        return line
    version = made[-1].version if made else line.activations[0].version - 1
    return Line(rulers.at(f"{line.current.name}@{version}") or line.current, made)


def _restarted(line: Line, was: int, version: int) -> bool:
    return any(
        was < a.version <= version and a.in_flight is InFlight.RESTART for a in line.activations
    )


# ── invoices ────────────────────────────────────────────────────────────────────────────────────


def invoice_then(
    invoice: Invoice, then: Known, records: Sequence[DispatchRecord], notes: Sequence[Note]
) -> Invoice:
    """Return an invoice with what had happened to it, at the place it had reached.

    ``records`` and ``notes`` are all there are, those later than the instant among them.
    """
    at = then.at
    to_come = _ended_later(notes, at)
    paid = [
        replace(p, reversed_at=None, reversal_reason=None)
        if p.reversed_at is not None and p.reversed_at > at
        else p
        for p in invoice.payments
        if p.paid_at <= at and not _is_carried_by(p, to_come)
    ]
    was_cancelled = invoice.cancelled_at is not None and invoice.cancelled_at <= at
    is_conceded = invoice.kept_agreement is not None and invoice.kept_agreement not in to_come
    stood = replace(
        invoice,
        payments=tuple(paid),
        conceded=invoice.conceded if is_conceded else ZERO,
        kept_agreement=invoice.kept_agreement if is_conceded else None,
        cancelled_at=invoice.cancelled_at if was_cancelled else None,
        cancel_reason=invoice.cancel_reason if was_cancelled else None,
    )
    return replace(stood, place=_place_then(stood, then, records, notes))


def _ended_later(notes: Sequence[Note], at: datetime) -> frozenset[str]:
    """Return the agreements that ended after an instant: nothing was carried over before."""
    ends: dict[str, datetime] = {}
    for note in notes:
        if note.kind in _AGREEMENT_ENDS:
            ends.setdefault(note.facts["agreement_id"], note.at)
    return frozenset(name for name, ended_at in ends.items() if ended_at > at)


def _is_carried_by(payment: Payment, agreements: frozenset[str]) -> bool:
    return any(payment.payment_id.startswith(carried_payment_prefix(name)) for name in agreements)


def _place_then(
    invoice: Invoice, then: Known, records: Sequence[DispatchRecord], notes: Sequence[Note]
) -> Place:
    """Return where an invoice stood: the furthest step that had been dealt with, and by whom."""
    mine, at, place = invoice.external_id, then.at, invoice.place
    about = [n for n in notes if n.invoice_id == mine]
    later = [n for n in about if n.at > at and n.kind in _MOVES]
    is_moved = any(r.dispatch.decided_at > at and concerns(r.dispatch, mine) for r in records)
    is_lost = place.step_id is None and not place.ruler  # closed: its place is not kept
    if not (is_moved or later or is_lost):
        return place
    changes = [n for n in about if n.kind is NoteKind.RULER_CHANGED]
    start = Place(
        overdue_announced=place.overdue_announced and at.date() > invoice.effective_due_date,
        ruler=changes[0].facts["from"] if changes else place.ruler,
        from_on=None if changes else place.from_on,
        stepwise=False if changes else place.stepwise,
        ended=place.ended and not any(n.kind is NoteKind.RULER_ENDED for n in later),
    )
    return _lived_again(invoice.at_place(start), then).place


def _lived_again(invoice: Invoice, then: Known) -> Invoice:
    """Lead an invoice from ruler to ruler and step by step to where it stood."""
    changes = [
        n
        for n in then.notes
        if n.kind is NoteKind.RULER_CHANGED and n.invoice_id == invoice.external_id
    ]
    for told in _dealt_with(invoice.external_id, then):
        while changes and changes[0].at <= told.at:
            invoice = _changed(invoice, changes.pop(0), then)
        invoice = _led_on(invoice, told, then)
    for change in changes:
        invoice = _changed(invoice, change, then)
    return invoice


def _changed(invoice: Invoice, change: Note, then: Known) -> Invoice:
    """Return an invoice after it came to another ruler or version, as was chosen then."""
    was, ref = change.facts["from"], change.facts["to"]
    name, _, version = ref.rpartition("@")
    to, line = then.rulers.at(ref), then.rulers.lines.get(name)
    place = invoice.place
    if to is None or line is None:
        return invoice.at_place(replace(place, ruler=ref, from_on=None, stepwise=False))
    if name != was.rpartition("@")[0]:
        on = change.at.astimezone(then.rulers.default.zone).date()
        return invoice.at_place(moved(place, to, then.rulers.assignment.backfill, on))
    if _restarted(line, int(was.rpartition("@")[2]), int(version)):
        place = Place(overdue_announced=place.overdue_announced)
    made = next((a for a in line.activations if a.version == int(version)), None)
    if made is None:
        return invoice.at_place(replace(place, ruler=ref))
    return invoice.at_place(moved(place, to, made.backfill, made.on))


def _led_on(invoice: Invoice, told: "_Dealt", then: Known) -> Invoice:
    """Return an invoice after steps of it were dealt with; those of an earlier due date are none.

    Another channel of the contact before renews that contact.
    """
    place, ruler = invoice.place, then.rulers.followed(then.account, invoice)
    day = told.at.astimezone(ruler.zone).date()
    reached = [
        (on, step.id)
        for on, step in ruler.pending(invoice)
        if step.id in told.step_ids and on <= day
    ]
    if reached:
        on, step_id = reached[-1]
        return invoice.at_place(place.after(step_id, on, told.dispatch_id, told.contacted_on))
    if told.is_next_channel and told.contacted_on:
        renewed = place.after(place.step_id, place.step_on, told.dispatch_id, told.contacted_on)
        return invoice.at_place(renewed)
    return invoice


@dataclass(frozen=True, slots=True)
class _Dealt:
    """Steps of one invoice that were dealt with at once."""

    at: datetime
    step_ids: Sequence[str]
    dispatch_id: DispatchId | None = None
    contacted_on: date | None = None
    is_next_channel: bool = False


def _dealt_with(invoice_id: InvoiceId, then: Known) -> Sequence[_Dealt]:
    found = []
    for record in then.records:
        dispatch = record.dispatch
        spoken_of = [i.step_id for i in dispatch.invoices if i.external_id == invoice_id]
        left = [i.step_id for i in dispatch.left_out if i.external_id == invoice_id]
        if leaves_pending(record):
            spoken_of = []
        is_made = bool(spoken_of) and record.state is not DispatchState.SUPPRESSED
        found.append(
            _Dealt(
                dispatch.decided_at,
                [*spoken_of, *left],
                dispatch.dispatch_id if spoken_of else None,
                dispatch.decided_on if is_made else None,
                is_made and dispatch.fallback_of is not None,
            )
        )
    found += [
        _Dealt(n.at, [n.facts["step_id"]])
        for n in then.notes
        if n.kind is NoteKind.STEP_LEFT_OUT and n.invoice_id == invoice_id
    ]
    return sorted((d for d in found if d.step_ids), key=lambda d: d.at)


# ── the account ─────────────────────────────────────────────────────────────────────────────────


def _account_then(then: Known, invoices: Sequence[Invoice]) -> Account:
    account, at = then.account, then.at
    sequence = max((r.dispatch.schedule_seq + 1 for r in then.records), default=0)
    known = {r.dispatch.dispatch_id for r in then.records}
    return replace(
        account,
        schedule_seq=sequence,
        next_evaluation_at=None,
        invoices={i.external_id: i for i in invoices if i.is_open},
        contacts=tuple(_contacts_then(then)),
        opt_outs={c: since for c, since in account.opt_outs.items() if since <= at},
        wishes=account.wishes if account.wishes and account.wishes.at <= at else None,
        holds=tuple(_holds_then(then, invoices)),
        agreements=tuple(a for a in account.agreements if a.proposed_at <= at),
        attempts=tuple(a for a in account.attempts if a.dispatch_id in known),
    )


def _waits_until(then: Known) -> datetime | None:
    until = then.records[-1].until if then.records else None
    return until if until is not None and until > then.at else None


def _contacts_then(then: Known) -> Iterator[Contact]:
    """Yield what the caps counted: messages, and what people reported of their own contacts."""
    since = then.at - _CONTACTS_KEPT
    for record in then.records:
        dispatch = record.dispatch
        is_counted = record.state in _COUNTED or record.claimed_at is not None
        if is_counted and dispatch.decided_at > since:
            yield Contact(dispatch.decided_at, dispatch.channel, dispatch.dispatch_id)
    for number, note in enumerate(then.notes):
        if note.kind is NoteKind.CONTACT_RESULT and note.at > since and _is_contact(note):
            channel = Channel(note.facts.get("channel", Channel.VOICE))
            yield Contact(note.at, channel, DispatchId(f"note-{number}"))


def _is_contact(note: Note) -> bool:
    code = note.facts["code"]
    return code in EFFECTS and EFFECTS[ResultCode(code)].is_contact


def _holds_then(then: Known, invoices: Sequence[Invoice]) -> Iterable[Hold]:
    holds: dict[str, Hold] = {}
    noted = set()
    for note in then.notes:
        if note.kind is NoteKind.HOLD_PLACED:
            holds[note.facts["hold_id"]] = _hold(note, invoices)
            noted.add(note.facts["hold_id"])
        elif note.kind in _HOLD_ENDS:
            holds.pop(note.facts["hold_id"], None)
    unnoted = (h for h in then.account.holds if h.hold_id not in noted and h.since <= then.at)
    return [*holds.values(), *unnoted]


def _hold(note: Note, invoices: Sequence[Invoice]) -> Hold:
    facts = note.facts
    covered = [i for i in invoices if note.invoice_id in (None, i.external_id)]
    until, promised_on = facts.get("until"), facts.get("promised_on")
    received = [
        p.amount.centavos
        for i in covered
        for p in i.payments
        if p.paid_at >= note.at and p.reversed_at is None
    ]
    return Hold(
        hold_id=facts["hold_id"],
        kind=HoldKind(facts["kind"]),
        since=note.at,
        until=datetime.fromisoformat(until) if until else None,
        reason=facts.get("reason", ""),
        by=facts.get("by", ""),
        invoice_id=note.invoice_id,
        promised=Money(int(facts.get("promised_centavos", "0"))),
        promised_on=date.fromisoformat(promised_on) if promised_on else None,
        received=Money(sum(received)) if received else ZERO,
    )


def holds_over(notes: Sequence[Note], invoice_id: InvoiceId) -> Sequence[tuple[Hold, datetime]]:
    """Return the holds that covered an invoice and have ended, each with when it really ended."""
    standing: dict[str, Hold] = {}
    over = []
    for note in notes:
        if note.kind is NoteKind.HOLD_PLACED and note.invoice_id in (None, invoice_id):
            standing[note.facts["hold_id"]] = _hold(note, ())
        elif note.kind in _HOLD_ENDS and (ended := standing.pop(note.facts["hold_id"], None)):
            over.append((ended, note.at))
    return over


def left_out_of(then: Known, invoice_id: InvoiceId) -> Iterator[tuple[datetime, str, Reason, str]]:
    """Yield when a step of an invoice was left out, which, why, and for which step instead.

    The last is empty where no other step was made.
    """
    for record in then.records:
        dispatch = record.dispatch
        made = next((i.step_id for i in dispatch.invoices if i.external_id == invoice_id), "")
        for left in dispatch.left_out:
            if left.external_id == invoice_id:
                yield dispatch.decided_at, left.step_id, left.reason, made
    for note in then.notes:
        if note.kind is NoteKind.STEP_LEFT_OUT and note.invoice_id == invoice_id:
            yield note.at, note.facts["step_id"], Reason(note.facts["reason"]), ""
