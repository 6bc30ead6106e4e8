"""The heart: what to do about one account now, and when to look at it again.

For every open invoice the latest step that has come up counts; earlier ones it overtook are
superseded, so a missed run or an old invoice never brings a pile of reminders (a stepwise ruler
makes them one by one instead). All invoices with a step now share one contact; the furthest along
sets template and tone. What is held, disputed, promised or being paid is left out and waits. The
contact policy has the last word: allowed, deferred (the steps wait) or denied (the steps are dealt
with, unsent).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from regua.domain import contact_policy
from regua.domain.account import Account
from regua.domain.circumstances import USUAL, Circumstances
from regua.domain.contact_policy import Allowed, Contact, ContactRequest, Deferred, Denied, Verdict
from regua.domain.dispatch import (
    Attempt,
    Dispatch,
    DispatchState,
    Ending,
    InvoiceStep,
    LeftOut,
)
from regua.domain.experiments import HOLD_OUT_ARM, Variant, is_held_out, variant_for
from regua.domain.history import History
from regua.domain.holds import stopping
from regua.domain.ids import DispatchId, InvoiceId, dispatch_id
from regua.domain.invoice import Invoice, Place
from regua.domain.notes import Note, NoteKind
from regua.domain.reasons import Reason
from regua.domain.ruler import Anchor, Channel, OffsetUnit, Ruler, Step, phase_of, written_id
from regua.domain.rulers import Rulers, on_their_rulers
from regua.domain.schedule import channels_in_order, end_of, next_evaluation
from regua.domain.steps import Look, come_up

MAX_INVOICES = 200
"""How many invoices one contact speaks of; the others come up again and wait for the caps."""
FAILURES_AWAITED = timedelta(hours=72)
"""How long a failure may still bring the next channel, where nothing else does."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from looking at an account.

    ``dispatch`` is None when nothing has come up. A dispatch without an ending is to be published;
    one with an ending was deferred or suppressed by the decision itself. ``account`` is the account
    as it stands afterwards, its ``version`` untouched.
    """

    account: Account
    dispatch: Dispatch | None = None
    newly_overdue: tuple[InvoiceId, ...] = ()
    notes: tuple[Note, ...] = ()
    exposed: tuple[str, ...] = ()
    """Arms of experiments that the customer is newly in (``ruler/step/arm``)."""
    receipts: tuple[InvoiceId, ...] = ()
    """Paid invoices whose receipt has waited long enough."""

    @property
    def to_publish(self) -> Dispatch | None:
        """The dispatch that a sender must carry out, if there is one."""
        return self.dispatch if self.dispatch and self.dispatch.ending is None else None


class _Due(NamedTuple):
    """An invoice whose step has come up, and where it stands once that is dealt with."""

    invoice: Invoice
    ruler: Ruler
    on: date
    step: Step
    late: int
    up_to: tuple[date | None, str | None]
    """The last step dealt with by it: its day and its id."""
    variant: Variant | None = None
    arm: str = ""
    """What the customer is counted under in the step's experiment."""


@dataclass(slots=True)
class _Found:
    """What a look at an account's invoices brought up."""

    places: dict[InvoiceId, Place] = field(default_factory=dict)
    due: list[_Due] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    overdue: list[InvoiceId] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    trials: dict[str, InvoiceId] = field(default_factory=dict)
    """Arms of experiments that the customer is newly in, each with its first invoice."""
    receipts: tuple[InvoiceId, ...] = ()


def decide(
    account: Account, rulers: Rulers, now: datetime, given: Circumstances = USUAL
) -> Decision:
    """Decide one account at an instant. Pure: the same arguments give the same decision."""
    found = _Found()
    if account.holds:
        account = _after_holds(account, now, found)
    if account.receipts_due:
        found.receipts = tuple(i for i, at in account.receipts_due.items() if at <= now)
        account = account.without_receipts_due(found.receipts)
    look = Look(account, rulers, now, given)
    account = _on_their_rulers(look, found)
    for invoice in account.invoices.values():
        _look_at(invoice, look, found)
    case = _Case(account, look, found)
    if found.due:
        return case.contact()
    return case.next_channel() or case.decided(account.attempts)


def _after_holds(account: Account, now: datetime, found: _Found) -> Account:
    """End the holds whose time has come, and judge promises by the money that came in."""
    ended = [h for h in account.holds if h.until is not None and h.until <= now]
    if not ended:
        return account
    history = account.history
    for hold in ended:
        is_owed = hold.invoice_id is None or hold.invoice_id in account.invoices
        is_kept = hold.judged(is_owed=is_owed)
        if is_kept is not None:
            history = _judged(history, is_kept=is_kept)
        facts = {"hold_id": hold.hold_id, "kind": hold.kind.value}
        found.notes.append(Note(now, _ENDED_AS[is_kept], hold.invoice_id, facts))
    return replace(account.without_holds(ended), history=history)


_ENDED_AS = {
    None: NoteKind.HOLD_ENDED,
    True: NoteKind.PROMISE_KEPT,
    False: NoteKind.PROMISE_BROKEN,
}


def _judged(history: History, *, is_kept: bool) -> History:
    if is_kept:
        return replace(history, promises_kept=history.promises_kept + 1)
    return replace(history, promises_broken=history.promises_broken + 1)


def _on_their_rulers(look: Look, found: _Found) -> Account:
    account = look.account
    invoices = on_their_rulers(account, look.rulers, look.segment, look.today)
    if invoices is account.invoices:
        return account
    for invoice_id, invoice in invoices.items():
        was, ref = account.invoices[invoice_id].place.ruler, invoice.place.ruler
        if was is not None and ref is not None and ref != was:
            facts = {"from": was, "to": ref}
            found.notes.append(Note(look.now, NoteKind.RULER_CHANGED, invoice_id, facts))
    return replace(account, invoices=invoices)


def _look_at(invoice: Invoice, look: Look, found: _Found) -> None:
    """Note what an invoice brings up today: announcements, steps left out, a step to make."""
    account = look.account
    ruler = look.rulers.followed(account, invoice)
    place = invoice.place
    today, _ = look.days(ruler)
    late = (today - invoice.effective_due_date).days
    if late > 0 and not place.overdue_announced:
        found.overdue.append(invoice.external_id)
        place = place.announced()
    if not place.ended and (ends_on := end_of(invoice, ruler)) and ends_on <= today:
        facts = {"ruler": ruler.ref}
        found.notes.append(Note(look.now, NoteKind.RULER_ENDED, invoice.external_id, facts))
        place = replace(place, ended=True)
    if place is not invoice.place:
        invoice = invoice.at_place(place)
        found.places[invoice.external_id] = place
    if look.segment.excluded or _rests(account, invoice, look.now):
        return
    coming = come_up(invoice, ruler, look)
    if coming is None:
        return
    found.left_out += coming.left_out
    if coming.step is None:
        found.places[invoice.external_id] = place.after(coming.up_to[1].id, coming.up_to[0])
        return
    up_to = coming.up_to[0], coming.up_to[1].id
    due = _Due(invoice, ruler, coming.on, coming.step, late, up_to)
    found.due.append(_in_experiment(due, look) if coming.step.variants else due)


def _rests(account: Account, invoice: Invoice, now: datetime) -> bool:
    return bool(account.holds) and stopping(account.holds, invoice.external_id, now) is not None


def _in_experiment(due: _Due, look: Look) -> _Due:
    who = look.account.creditor_id, look.account.customer_id
    percent = look.rulers.assignment.hold_out_percent
    experiment = f"{due.ruler.name}/{written_id(due.step.id)}"
    variant = variant_for(*who, experiment, due.step.variants, percent)
    arm = HOLD_OUT_ARM if is_held_out(*who, percent) else variant.name
    return due._replace(variant=variant, arm=f"{experiment}/{arm}")


@dataclass(frozen=True, slots=True)
class _Case:
    """An account with what was found about it."""

    account: Account
    look: Look
    found: _Found

    def decided(
        self,
        attempts: tuple[Attempt, ...],
        dispatch: Dispatch | None = None,
        contact: Contact | None = None,
        wake_up: datetime | None = None,
    ) -> Decision:
        """Move the account to its new state, and on to its next evaluation.

        ``wake_up`` is the end of a deferral: what was deferred comes up then, not before.
        """
        found, account = self.found, self.account
        if dispatch is None:  # with a dispatch, its record tells
            found.notes += [
                Note(
                    self.look.now,
                    NoteKind.STEP_LEFT_OUT,
                    left.external_id,
                    {"step_id": left.step_id, "reason": left.reason.value},
                )
                for left in found.left_out
            ]
        after = Account(
            creditor_id=account.creditor_id,
            customer_id=account.customer_id,
            version=account.version,
            schedule_seq=account.schedule_seq + (dispatch is not None),
            customer=account.customer,
            invoices=placed(account.invoices, found.places),
            contacts=account.contacts_and(contact) if contact else account.contacts,
            opt_outs=account.opt_outs,
            suppressed_addresses=account.suppressed_addresses,
            history=account.history,
            holds=account.holds,
            attempts=attempts,
            consents=account.consents,
            trials={**account.trials, **found.trials} if found.trials else account.trials,
            receipts_due=account.receipts_due,
            agreements=account.agreements,
            agreements_made=account.agreements_made,
            breaches=account.breaches,
            wishes=account.wishes,
        )
        at = next_evaluation(after, self.look, wake_up)
        object.__setattr__(after, "next_evaluation_at", at)  # not shared with anybody yet
        return Decision(
            after,
            dispatch,
            tuple(found.overdue),
            tuple(found.notes),
            tuple(found.trials),
            found.receipts,
        )

    # ── steps that have come up ────────────────────────────────────────────────────────────────

    def contact(self) -> Decision:
        """Make one contact about everything that has come up, or tell why not."""
        found = self.found
        if len(found.due) > 1:
            found.due.sort(key=_worst_first)
        self._leave_out_the_silent()
        if not found.due:
            return self.decided(self.account.attempts)
        later = {d.invoice.external_id for d in found.due[MAX_INVOICES:]}
        found.due = found.due[:MAX_INVOICES]
        found.left_out = [left for left in found.left_out if left.external_id not in later]
        lead = found.due[0]
        channel, verdict, rest = self._channel(lead)
        if isinstance(verdict, Deferred):  # these steps come up again, with what they overtook
            waiting = {d.invoice.external_id for d in found.due}
            found.left_out = [left for left in found.left_out if left.external_id not in waiting]
            dispatch = self._dispatch(lead, channel, ending_of(verdict))
            attempts = self._attempts_from(verdict.until)
            return self.decided(attempts, dispatch, wake_up=verdict.until)
        dispatch = self._dispatch(lead, channel, ending_of(verdict))
        for due in found.due:
            self._deal_with(due, lead, dispatch, is_made=isinstance(verdict, Allowed))
        attempts = self._attempts_left(found.due)
        if not isinstance(verdict, Allowed):
            return self.decided(attempts, dispatch)
        attempts += self._attempt(lead, dispatch, rest)
        return self.decided(
            attempts, dispatch, Contact(self.look.now, channel, dispatch.dispatch_id)
        )

    def _leave_out_the_silent(self) -> None:
        """Deal with the steps that an experiment leaves unmade for this customer."""
        found = self.found
        for due in found.due:
            if due.variant is not None and due.variant.silent:
                left = LeftOut(due.invoice.external_id, due.step.id, Reason.HELD_OUT)
                found.left_out.append(left)
                place = due.invoice.place.after(due.up_to[1], due.up_to[0])
                found.places[due.invoice.external_id] = place
                self._count_in(due)
        found.due = [d for d in found.due if d.variant is None or not d.variant.silent]

    def _count_in(self, due: _Due) -> None:
        """Count the customer into a step's experiment, once: by the first invoice of it."""
        if due.arm and due.arm not in self.account.trials:
            self.found.trials.setdefault(due.arm, due.invoice.external_id)

    def _deal_with(self, due: _Due, lead: _Due, dispatch: Dispatch, *, is_made: bool) -> None:
        made_on = dispatch.decided_on if is_made else None
        place = due.invoice.place.after(due.up_to[1], due.up_to[0], dispatch.dispatch_id, made_on)
        self.found.places[due.invoice.external_id] = place
        if is_made and due.arm and written_id(due.step.id) == written_id(lead.step.id):
            self._count_in(due)

    def _channel(self, lead: _Due) -> tuple[Channel, Verdict, tuple[Channel, ...]]:
        """Choose the first channel on which the policy does not deny the contact."""
        variant = lead.variant
        wished = variant.channels if variant and variant.channels else lead.step.channels
        return self._first_open(channels_in_order(self.account, wished), lead.ruler)

    def _first_open(
        self, channels: tuple[Channel, ...], ruler: Ruler
    ) -> tuple[Channel, Verdict, tuple[Channel, ...]]:
        account, given = self.account, self.look.given
        return first_open(
            channels,
            lambda channel: contact_request(account, ruler, channel, given),
            given,
            self.look.now,
        )

    def _dispatch(self, lead: _Due, channel: Channel, ending: Ending | None) -> Dispatch:
        variant, (today, _) = lead.variant, self.look.days(lead.ruler)
        return Dispatch(
            dispatch_id=self._id(channel),
            creditor_id=self.account.creditor_id,
            customer_id=self.account.customer_id,
            schedule_seq=self.account.schedule_seq,
            channel=channel,
            step_id=lead.step.id,
            phase=phase_of(_days_after_due(lead.step, lead.on, lead.invoice)),
            template=(variant and variant.template) or lead.step.template,
            tone=(variant and variant.tone) or lead.step.tone,
            invoices=tuple(InvoiceStep(d.invoice.external_id, d.step.id) for d in self.found.due),
            decided_at=self.look.now,
            decided_on=today,
            ruler=lead.ruler.ref,
            variant=variant.name if variant else None,
            left_out=tuple(self.found.left_out),
            ending=ending,
        )

    def _id(self, channel: Channel) -> DispatchId:
        account = self.account
        return dispatch_id(account.creditor_id, account.customer_id, account.schedule_seq, channel)

    # ── the next channel of a contact that did not reach the customer ──────────────────────────

    def _attempts_left(self, due: Iterable[_Due]) -> tuple[Attempt, ...]:
        """Return the attempts that a newer contact about their invoices has not overtaken."""
        if not self.account.attempts:
            return ()
        overtaken = {d.invoice.external_id for d in due}
        return tuple(
            a
            for a in self.account.attempts
            if not any(i.external_id in overtaken for i in a.invoices)
        )

    def _attempt(
        self, lead: _Due, dispatch: Dispatch, rest: tuple[Channel, ...]
    ) -> tuple[Attempt, ...]:
        rest = tuple(c for c in rest if c in self.look.given.senders)
        if not rest:
            return ()
        fallback = lead.step.fallback
        after = timedelta(hours=fallback.after_hours) if fallback else FAILURES_AWAITED
        return (
            Attempt(
                dispatch.dispatch_id,
                dispatch.step_id,
                rest,
                dispatch.invoices,
                self.look.now + after,
                fallback.unless if fallback else None,
            ),
        )

    def _attempts_from(self, until: datetime) -> tuple[Attempt, ...]:
        """Return the attempts, none to be looked at before a deferral that comes first ends."""
        return tuple(
            replace(a, check_at=until) if a.check_at < until else a for a in self.account.attempts
        )

    def next_channel(self) -> Decision | None:
        """Try the next channel of the first contact whose time for it has come."""
        due = [a for a in self.account.attempts if a.check_at <= self.look.now]
        if not due:
            return None
        attempt, others = due[0], tuple(a for a in self.account.attempts if a is not due[0])
        lead = self._lead_of(attempt)
        if lead is None or not self._is_wanted(attempt):
            return self.decided(others)
        channel, verdict, rest = self._first_open(attempt.channels, lead.ruler)
        if isinstance(verdict, Denied) and verdict == _NO_SENDER:
            return self.decided(others)
        dispatch = replace(
            self._dispatch(lead, channel, ending_of(verdict)), fallback_of=attempt.dispatch_id
        )
        if isinstance(verdict, Deferred):
            waits = replace(attempt, check_at=verdict.until, failed=True)
            return self.decided((*others, waits), dispatch)
        if isinstance(verdict, Denied):
            return self.decided(others, dispatch)
        for d in self.found.due:
            self._deal_with(d, lead, dispatch, is_made=True)
        others += self._attempt(lead, dispatch, rest)
        return self.decided(others, dispatch, Contact(self.look.now, channel, dispatch.dispatch_id))

    def _is_wanted(self, attempt: Attempt) -> bool:
        if attempt.failed:
            return True
        seen = self.look.given.seen.get(attempt.dispatch_id, frozenset())
        return attempt.unless is not None and attempt.unless not in seen

    def _lead_of(self, attempt: Attempt) -> _Due | None:
        """Gather what the earlier contact spoke about and still stands; its lead comes first."""
        for planned in attempt.invoices:
            invoice = self.account.invoices.get(planned.external_id)
            if invoice is None or invoice.place.dispatch_id != attempt.dispatch_id:
                continue
            if self.look.segment.excluded or _rests(self.account, invoice, self.look.now):
                continue
            ruler = self.look.rulers.followed(self.account, invoice)
            step = ruler.step(planned.step_id)
            if step is None:
                continue
            today = self.look.now.astimezone(ruler.zone).date()
            late = (today - invoice.effective_due_date).days
            place = self.found.places.get(invoice.external_id, invoice.place)
            invoice = invoice.at_place(place)
            on, up_to = place.step_on or today, (place.step_on, place.step_id)
            due = _Due(invoice, ruler, on, step, late, up_to)
            self.found.due.append(_in_experiment(due, self.look) if step.variants else due)
        return self.found.due[0] if self.found.due else None


_NO_SENDER = Denied(Reason.POLICY_DENIED, contact_policy.NO_SENDER)


def first_open(
    channels: tuple[Channel, ...],
    request: Callable[[Channel], ContactRequest],
    given: Circumstances,
    now: datetime,
) -> tuple[Channel, Verdict, tuple[Channel, ...]]:
    """Return the first channel that is not denied, what the policy says of it, and those after.

    When all are denied, the first one that the creditor has set up tells why.
    """
    denied: tuple[Channel, Verdict] | None = None
    for place, channel in enumerate(channels):
        verdict = _verdict(channel, request, given, now)
        if not isinstance(verdict, Denied):
            return channel, verdict, channels[place + 1 :]
        if denied is None or denied[1] == _NO_SENDER:
            denied = (channel, verdict)
    assert denied is not None, "there is a channel"  # noqa: S101 - held by the document
    return (*denied, ())


def _verdict(
    channel: Channel,
    request: Callable[[Channel], ContactRequest],
    given: Circumstances,
    now: datetime,
) -> Verdict:
    if given.creditor_paused:
        return Denied(Reason.CREDITOR_PAUSED, contact_policy.PAUSED)
    if channel not in given.senders:
        return _NO_SENDER
    return contact_policy.check(request(channel), now)


def placed(
    invoices: Mapping[InvoiceId, Invoice], places: Mapping[InvoiceId, Place]
) -> Mapping[InvoiceId, Invoice]:
    """Return invoices at their new places."""
    if not places:
        return invoices
    return {k: i.at_place(places[k]) if k in places else i for k, i in invoices.items()}


def contact_request(
    account: Account,
    ruler: Ruler,
    channel: Channel,
    given: Circumstances = USUAL,
    *,
    ignoring: DispatchId | None = None,
    is_capped: bool = True,
) -> ContactRequest:
    """Describe a contact to the policy.

    ``ignoring`` leaves that dispatch out of the caps; what collects nothing is not capped.
    """
    contacts = account.contacts if is_capped else ()
    return ContactRequest(
        channel=channel,
        ufs=account.ufs,
        address=account.usable_address(channel),
        has_any_address=bool(account.addresses(channel)),
        opted_out=channel in account.opt_outs,
        lacks_opt_in=given.lacks_opt_in(account, channel),
        contacts=[c for c in contacts if c.dispatch_id != ignoring],
        caps=ruler.caps,
        cap_zone=ruler.timezone,
        hours=ruler.contact_hours,
    )


def _days_after_due(step: Step, on: date, invoice: Invoice) -> int:
    if step.anchor is Anchor.DUE_DATE and step.unit is OffsetUnit.CALENDAR_DAYS:
        return step.offset_days
    return (on - invoice.effective_due_date).days


def _worst_first(due: _Due) -> tuple[int, int, int, InvoiceId]:
    """Order by how far along the step is, then by delay; never by the order invoices came in."""
    level = _days_after_due(due.step, due.on, due.invoice)
    return -level, -due.late, -due.on.toordinal(), due.invoice.external_id


def ending_of(verdict: Verdict) -> Ending | None:
    """Return how a contact ends that the policy does not allow now; None when it does."""
    if isinstance(verdict, Deferred):
        return Ending(DispatchState.DEFERRED, verdict.reason, verdict.until, verdict.rule.code)
    if isinstance(verdict, Denied):
        return Ending(DispatchState.SUPPRESSED, verdict.reason, rule=verdict.rule.code)
    return None
