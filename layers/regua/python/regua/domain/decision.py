"""The heart: what to do about one account now, and when to look at it again.

For every open invoice the latest step that has come up counts; earlier ones it overtook are
superseded, so a missed run or an old invoice never brings a pile of reminders. All invoices with
a step now share one contact; the furthest along sets template and tone. The contact policy has the
last word: allowed, deferred (the steps wait) or denied (the steps are dealt with, unsent).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from regua.domain import contact_policy
from regua.domain.account import Account
from regua.domain.contact_policy import Allowed, Contact, ContactRequest, Deferred, Denied
from regua.domain.dispatch import (
    Dispatch,
    DispatchRecord,
    DispatchState,
    Ending,
    InvoiceStep,
    LeftOut,
)
from regua.domain.ids import DispatchId, InvoiceId, dispatch_id
from regua.domain.invoice import Invoice, Place
from regua.domain.prescription import DebtKind, prescribes_on
from regua.domain.reasons import Reason
from regua.domain.ruler import Anchor, Channel, Ruler, Step, phase_of

DEFAULT_SEGMENT = "padrao"
DEFAULT_CONTACT_HOUR = 9
MAX_INVOICES = 200
"""How many invoices one contact speaks of; the others come up again and wait for the caps."""
SENDERS = frozenset({Channel.EMAIL})
"""Channels that have a sender deployed."""


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

    @property
    def to_publish(self) -> Dispatch | None:
        """The dispatch that a sender must carry out, if there is one."""
        return self.dispatch if self.dispatch and self.dispatch.ending is None else None


@dataclass(frozen=True, slots=True)
class _Due:
    """An invoice whose step has come up."""

    invoice: Invoice
    on: date
    step: Step


def decide(
    account: Account, ruler: Ruler, now: datetime, *, creditor_paused: bool = False
) -> Decision:
    """Decide one account at an instant. Pure: the same arguments give the same decision."""
    today = now.astimezone(ZoneInfo(ruler.timezone)).date()
    newly_overdue = _newly_overdue(account, today)
    due, left_out, places = _come_up(account, ruler, now)
    for invoice_id in newly_overdue:
        place = places.get(invoice_id, account.invoices[invoice_id].place)
        places[invoice_id] = replace(place, overdue_announced=True)
    if not due:
        return Decision(_advanced(account, ruler, now, places), None, newly_overdue)
    due = sorted(due, key=lambda d: (today - d.invoice.effective_due_date, d.on), reverse=True)
    later = {d.invoice.external_id for d in due[MAX_INVOICES:]}
    due = due[:MAX_INVOICES]
    left_out = [left for left in left_out if left.external_id not in later]
    lead = due[0]
    channel = _channel(lead.step)
    verdict = _verdict(account, ruler, channel, now, creditor_paused=creditor_paused)
    if isinstance(verdict, Deferred):  # these steps come up again, with what they overtook
        waiting_ids = {d.invoice.external_id for d in due}
        left_out = [left for left in left_out if left.external_id not in waiting_ids]
    dispatch = _dispatch(
        account,
        lead,
        channel=channel,
        due=due,
        left_out=left_out,
        now=now,
        today=today,
        ending=_ending(verdict),
    )
    if isinstance(verdict, Deferred):
        waiting = _advanced(account, ruler, now, places, dispatch)
        wake_up = min((verdict.until, *_announcements(waiting.invoices.values(), ruler)))
        return Decision(replace(waiting, next_evaluation_at=wake_up), dispatch, newly_overdue)
    for d in due:
        place = places.get(d.invoice.external_id, d.invoice.place)
        places[d.invoice.external_id] = Place(
            d.step.id, d.on, dispatch.dispatch_id, place.overdue_announced
        )
    advanced = _advanced(account, ruler, now, places, dispatch)
    if isinstance(verdict, Allowed):
        advanced = advanced.with_contact(Contact(now, channel, dispatch.dispatch_id))
    return Decision(advanced, dispatch, newly_overdue)


def _newly_overdue(account: Account, today: date) -> tuple[InvoiceId, ...]:
    return tuple(
        i.external_id
        for i in account.invoices.values()
        if not i.place.overdue_announced and i.effective_due_date < today
    )


def _advanced(
    account: Account,
    ruler: Ruler,
    now: datetime,
    places: Mapping[InvoiceId, Place],
    dispatch: Dispatch | None = None,
) -> Account:
    """Move invoices to their new places, and on to the next evaluation."""
    invoices = _placed(account.invoices, places)
    return replace(
        account,
        invoices=invoices,
        schedule_seq=account.schedule_seq + (dispatch is not None),
        next_evaluation_at=_next_evaluation(account, invoices.values(), ruler, now),
    )


def _placed(
    invoices: Mapping[InvoiceId, Invoice], places: Mapping[InvoiceId, Place]
) -> Mapping[InvoiceId, Invoice]:
    if not places:
        return invoices
    return {k: replace(i, place=places[k]) if k in places else i for k, i in invoices.items()}


def _come_up(
    account: Account, ruler: Ruler, now: datetime
) -> tuple[list[_Due], list[LeftOut], dict[InvoiceId, Place]]:
    """Sort the open invoices into those to speak about, and steps left out with their reasons.

    A step of today has come up from its hour on, whatever else woke the account before.
    """
    local = now.astimezone(ZoneInfo(ruler.timezone))
    today = local.date()
    last_day = today if local.time() >= _contact_time(account) else today - timedelta(days=1)
    due: list[_Due] = []
    left_out: list[LeftOut] = []
    places: dict[InvoiceId, Place] = {}
    for invoice in account.invoices.values():
        reached = [(on, step) for on, step in ruler.pending(invoice) if on <= last_day]
        if not reached:
            continue
        on, step = reached[-1]
        refused = _refusal(invoice, step, today)
        if refused:
            places[invoice.external_id] = replace(invoice.place, step_id=step.id, step_on=on)
        else:
            due.append(_Due(invoice, on, step))
            reached = reached[:-1]
        left_out += [
            LeftOut(invoice.external_id, s.id, refused or Reason.SUPERSEDED) for _, s in reached
        ]
    return due, left_out, places


def _refusal(invoice: Invoice, step: Step, today: date) -> Reason | None:
    if is_prescribed(invoice, today):
        return Reason.PRESCRIBED
    if _is_too_late_for(step, invoice, today):
        return Reason.SUPERSEDED
    return step.when.refusal(invoice, DEFAULT_SEGMENT)


def why_not_any_more(
    invoice: Invoice,
    step_id: str,
    dispatch_id: DispatchId,
    ruler: Ruler,
    today: date,
    *,
    is_advanced: bool = False,
) -> Reason | None:
    """Tell why a planned step must not be spoken about after all; None when it still may.

    Between decision and send a due date may have moved, most of it may have been paid, or another
    contact may have spoken about the invoice while this one lay in a queue. Once the account
    ``is_advanced`` past the dispatch, only invoices whose place names it are still its own.
    """
    pending = {step.id for _, step in ruler.pending(invoice)}
    is_ours = invoice.place.dispatch_id == dispatch_id
    if not is_ours and (is_advanced or step_id not in pending):
        return Reason.SUPERSEDED
    for on, step in ruler.dates_of(invoice):
        if step.id == step_id:
            return Reason.SUPERSEDED if on > today else _refusal(invoice, step, today)
    return Reason.PRESCRIBED if is_prescribed(invoice, today) else None


def _is_too_late_for(step: Step, invoice: Invoice, today: date) -> bool:
    """Tell whether a step that speaks of a date to come would now speak of a date gone by."""
    before_due = step.anchor is Anchor.DUE_DATE and step.offset_days <= 0
    return before_due and today > invoice.effective_due_date


def is_prescribed(invoice: Invoice, today: date) -> bool:
    """Tell whether the debt must not be collected any more, not even out of court."""
    return today > prescribes_on(invoice.due_date, DebtKind.INSTRUMENT)


def _channel(step: Step) -> Channel:
    return next((c for c in step.channels if c in SENDERS), step.channels[0])


def _verdict(
    account: Account, ruler: Ruler, channel: Channel, now: datetime, *, creditor_paused: bool
) -> contact_policy.Verdict:
    if creditor_paused:
        return Denied(Reason.CREDITOR_PAUSED, contact_policy.PAUSED)
    if channel not in SENDERS:
        return Denied(Reason.POLICY_DENIED, contact_policy.NO_SENDER)
    return contact_policy.check(contact_request(account, ruler, channel), now)


def contact_request(
    account: Account, ruler: Ruler, channel: Channel, *, ignoring: DispatchId | None = None
) -> ContactRequest:
    """Describe a contact to the policy; ``ignoring`` leaves that dispatch out of the caps."""
    return ContactRequest(
        channel=channel,
        ufs=ufs(account),
        address=account.usable_address(channel),
        has_any_address=bool(account.addresses(channel)),
        opted_out=channel in account.opt_outs,
        contacts=[c for c in account.contacts if c.dispatch_id != ignoring],
        caps=ruler.caps,
        cap_zone=ruler.timezone,
        hours=ruler.contact_hours,
    )


def ufs(account: Account) -> frozenset[str]:
    """Return every state the customer may be in; empty when none is known."""
    return account.customer.ufs if account.customer else frozenset()


def _dispatch(
    account: Account,
    lead: _Due,
    *,
    channel: Channel,
    due: Iterable[_Due],
    left_out: Iterable[LeftOut],
    now: datetime,
    today: date,
    ending: Ending | None,
) -> Dispatch:
    return Dispatch(
        dispatch_id=dispatch_id(
            account.creditor_id, account.customer_id, account.schedule_seq, channel
        ),
        creditor_id=account.creditor_id,
        customer_id=account.customer_id,
        schedule_seq=account.schedule_seq,
        channel=channel,
        step_id=lead.step.id,
        phase=phase_of(_days_after_due(lead)),
        template=lead.step.template,
        tone=lead.step.tone,
        invoices=tuple(InvoiceStep(d.invoice.external_id, d.step.id) for d in due),
        decided_at=now,
        decided_on=today,
        left_out=tuple(left_out),
        ending=ending,
    )


def _days_after_due(due: _Due) -> int:
    if due.step.anchor is Anchor.DUE_DATE:
        return due.step.offset_days
    return (due.on - due.invoice.effective_due_date).days


def _ending(verdict: contact_policy.Verdict) -> Ending | None:
    if isinstance(verdict, Deferred):
        return Ending(DispatchState.DEFERRED, verdict.reason, verdict.until, verdict.rule.code)
    if isinstance(verdict, Denied):
        return Ending(DispatchState.SUPPRESSED, verdict.reason, rule=verdict.rule.code)
    return None


def scheduled(account: Account, ruler: Ruler, now: datetime) -> Account:
    """Set when the account must be looked at again: None when nothing can come up."""
    at = _next_evaluation(account, account.invoices.values(), ruler, now)
    return replace(account, next_evaluation_at=at)


def _next_evaluation(
    account: Account, invoices: Iterable[Invoice], ruler: Ruler, now: datetime
) -> datetime | None:
    instants = (at for i in invoices for at in _wake_ups(account, i, ruler, now))
    return min(instants, default=None)


def _wake_ups(
    account: Account, invoice: Invoice, ruler: Ruler, now: datetime
) -> Iterator[datetime]:
    zone = ZoneInfo(ruler.timezone)
    yield from _announcements((invoice,), ruler)
    pending = ruler.pending(invoice)
    if not pending:
        return
    on, step = pending[0]
    wished = datetime.combine(on, _contact_time(account), zone).astimezone(UTC)
    channel = _channel(step)
    yield contact_policy.next_allowed(channel, ufs(account), max(wished, now), ruler.contact_hours)


def _contact_time(account: Account) -> time:
    """Return the hour of day from which a step may be made: the customer's, or the usual one."""
    hour = account.customer.preferred_hour if account.customer else None
    return time(DEFAULT_CONTACT_HOUR if hour is None else hour)


def _announcements(invoices: Iterable[Invoice], ruler: Ruler) -> Iterator[datetime]:
    """Yield when invoices become overdue; a deferred contact does not hold this back."""
    for invoice in invoices:
        if not invoice.place.overdue_announced:
            morning_after = invoice.effective_due_date + timedelta(days=1)
            yield datetime.combine(morning_after, time(), ZoneInfo(ruler.timezone)).astimezone(UTC)


def accepted(account: Account, record: DispatchRecord, ruler: Ruler, now: datetime) -> Account:
    """Advance an account past a dispatch that was published before and is under way or has ended.

    The evaluation that published it never wrote it down. What it spoke about counts as spoken
    about, unless its sender deferred it; the account is looked at again at once.
    """
    taken = record.dispatch
    today = now.astimezone(ZoneInfo(ruler.timezone)).date()
    account = replace(
        account,
        schedule_seq=max(account.schedule_seq, taken.schedule_seq + 1),
        next_evaluation_at=now,
    )
    if record.state is DispatchState.DEFERRED:
        return account
    places = {
        planned.external_id: replace(
            account.invoices[planned.external_id].place,
            step_id=planned.step_id,
            step_on=on,
            dispatch_id=taken.dispatch_id,
        )
        for planned in taken.invoices
        if planned.external_id in account.invoices
        for on, step in ruler.pending(account.invoices[planned.external_id])
        if step.id == planned.step_id and on <= today  # else the due date has moved since
    }
    account = replace(account, invoices=_placed(account.invoices, places))
    if record.state is DispatchState.SUPPRESSED:
        return account
    return account.with_contact(Contact(taken.decided_at, taken.channel, taken.dispatch_id))


def reopened(account: Account, ruler: Ruler, dispatch: Dispatch, until: datetime) -> Account:
    """Undo a dispatch that its sender deferred: its steps come up again at ``until``.

    Its id is used up, even when the evaluation that published it never advanced.
    """
    dispatch_id = dispatch.dispatch_id
    places = {
        k: _step_before(invoice, ruler)
        for k, invoice in account.invoices.items()
        if invoice.place.dispatch_id == dispatch_id
    }
    earliest = min((t for t in (account.next_evaluation_at, until) if t), default=until)
    return replace(
        account.without_contact(dispatch_id),
        invoices=_placed(account.invoices, places),
        schedule_seq=max(account.schedule_seq, dispatch.schedule_seq + 1),
        next_evaluation_at=earliest,
    )


def _step_before(invoice: Invoice, ruler: Ruler) -> Place:
    dated = ruler.dates_of(invoice)
    index = next((i for i, (_, s) in enumerate(dated) if s.id == invoice.place.step_id), 0)
    if index == 0:
        return replace(invoice.place, step_id=None, step_on=None, dispatch_id=None)
    on, step = dated[index - 1]
    return replace(invoice.place, step_id=step.id, step_on=on, dispatch_id=None)
