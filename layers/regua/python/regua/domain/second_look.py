"""What became of a plan: looked at again before sending, taken over after a crash, or undone."""

from dataclasses import replace
from datetime import date, datetime

from regua.domain.account import Account
from regua.domain.contact_policy import Contact
from regua.domain.decision import placed
from regua.domain.dispatch import Attempt, Dispatch, DispatchRecord, DispatchState
from regua.domain.holds import stopping
from regua.domain.invoice import Invoice, Place
from regua.domain.reasons import Reason
from regua.domain.ruler import Ruler
from regua.domain.rulers import Rulers
from regua.domain.steps import Look, is_prescribed, refusal


def why_not_any_more(
    invoice: Invoice, step_id: str, dispatch: Dispatch, look: Look
) -> Reason | None:
    """Tell why a planned step must not be spoken about after all; None when it still may.

    Between decision and send a due date may have moved, most of it may have been paid, a dispute
    may have begun, or another contact may have spoken about the invoice while this one lay in a
    queue. Once the account has advanced past the dispatch, only invoices whose place names it are
    still its own.
    """
    account = look.account
    if look.segment.excluded:
        return Reason.EXCLUDED
    resting = stopping(account.holds, invoice.external_id, look.now)
    if resting is not None:
        return resting.kind.reason
    ruler = look.rulers.followed(account, invoice)
    today, _ = look.days(ruler)
    pending = {step.id for _, step in ruler.pending(invoice)}
    is_ours = invoice.place.dispatch_id == dispatch.dispatch_id
    is_advanced = account.schedule_seq > dispatch.schedule_seq
    is_next_channel = (
        dispatch.fallback_of is not None and invoice.place.dispatch_id == dispatch.fallback_of
    )
    if not is_ours and (is_advanced or not (is_next_channel or step_id in pending)):
        return Reason.SUPERSEDED
    for on, step in ruler.dates_of(invoice):
        if step.id == step_id:
            return Reason.SUPERSEDED if on > today else refusal(step, invoice, ruler, today, look)
    return Reason.PRESCRIBED if is_prescribed(invoice, today) else None


def accepted(account: Account, record: DispatchRecord, rulers: Rulers, now: datetime) -> Account:
    """Advance an account past a dispatch that was published before and is under way or has ended.

    The evaluation that published it never wrote it down. What it spoke about counts as spoken
    about, unless its sender deferred it; the account is looked at again at once.
    """
    taken = record.dispatch
    account = replace(
        account,
        schedule_seq=max(account.schedule_seq, taken.schedule_seq + 1),
        next_evaluation_at=now,
    )
    if record.state is DispatchState.DEFERRED:
        return account
    places = {}
    for planned in taken.invoices:
        invoice = account.invoices.get(planned.external_id)
        if invoice is None:
            continue
        ruler = rulers.followed(account, invoice)
        today = now.astimezone(ruler.zone).date()
        for on, step in ruler.pending(invoice):
            if step.id == planned.step_id and on <= today:  # else the due date has moved since
                places[planned.external_id] = replace(
                    invoice.place,
                    step_id=planned.step_id,
                    step_on=on,
                    dispatch_id=taken.dispatch_id,
                    contacted_on=taken.decided_on,
                )
    account = replace(account, invoices=placed(account.invoices, places))
    if record.state is DispatchState.SUPPRESSED:
        return account
    return account.with_contact(Contact(taken.decided_at, taken.channel, taken.dispatch_id))


def reopened(account: Account, rulers: Rulers, dispatch: Dispatch, until: datetime) -> Account:
    """Undo a dispatch that its sender deferred: its steps come up again at ``until``.

    Its id is used up, even when the evaluation that published it never advanced. When it was the
    next channel of an earlier contact, the steps were made by that one and stay so; the channel
    is tried again at ``until``.
    """
    ours = [i for i in account.invoices.values() if i.place.dispatch_id == dispatch.dispatch_id]
    steps = {i.external_id: i.step_id for i in dispatch.invoices}
    places = {
        i.external_id: replace(i.place, dispatch_id=dispatch.fallback_of)
        if dispatch.fallback_of
        else _step_before(i, steps.get(i.external_id), rulers.followed(account, i))
        for i in ours
    }
    earliest = min((t for t in (account.next_evaluation_at, until) if t), default=until)
    return replace(
        account.without_contact(dispatch.dispatch_id),
        invoices=placed(account.invoices, places),
        schedule_seq=max(account.schedule_seq, dispatch.schedule_seq + 1),
        next_evaluation_at=earliest,
        attempts=_tried_again(account.attempts, dispatch, until),
    )


def _tried_again(
    attempts: tuple[Attempt, ...], dispatch: Dispatch, until: datetime
) -> tuple[Attempt, ...]:
    """Return the attempts without the undone contact's own; its channel waits until an instant."""
    undone = (dispatch.dispatch_id, dispatch.fallback_of)
    others = tuple(a for a in attempts if a.dispatch_id not in undone)
    if dispatch.fallback_of is None:
        return others
    rest = [c for a in attempts if a.dispatch_id == dispatch.dispatch_id for c in a.channels]
    again = Attempt(
        dispatch.fallback_of,
        dispatch.step_id,
        (dispatch.channel, *rest),
        dispatch.invoices,
        until,
        failed=True,
    )
    return (*others, again)


def put_back(invoice: Invoice, step_id: str, ruler: Ruler) -> Invoice:
    """Return the invoice just before a step, so that this step is made again, or after all."""
    return invoice.at_place(_step_before(invoice, step_id, ruler))


def made_again(invoice: Invoice, ruler: Ruler, today: date) -> Invoice:
    """Return the invoice placed so that its last step comes up again; itself when none can.

    Nothing can be made again before the first step, once the ruler has lost the step, when it
    spoke of a date that has gone by, or when going back would bring a later step instead.
    """
    last = None if invoice.place.step_id is None else ruler.step(invoice.place.step_id)
    if last is None or (last.speaks_of_a_date_to_come and today > invoice.effective_due_date):
        return invoice
    back = put_back(invoice, last.id, ruler)
    reached = [step for on, step in ruler.pending(back) if on <= today]
    if not reached:
        return invoice
    comes_up = reached[0] if ruler.is_stepwise(back.place) else reached[-1]
    return back if comes_up.id == last.id else invoice


def _step_before(invoice: Invoice, step_id: str | None, ruler: Ruler) -> Place:
    """Return the place just before a step was made."""
    dated = ruler.dates_of(invoice)
    index = next((i for i, (_, s) in enumerate(dated) if s.id == step_id), 0)
    place = replace(invoice.place, dispatch_id=None, contacted_on=None, ended=False)
    if index == 0:
        return replace(place, step_id=None, step_on=None)
    on, step = dated[index - 1]
    return replace(place, step_id=step.id, step_on=on)
