"""When an account must be looked at again: steps, ends of holds, next channels, agreements."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from regua.domain import contact_policy
from regua.domain.account import Account
from regua.domain.circumstances import USUAL, Circumstances
from regua.domain.holds import stopping
from regua.domain.invoice import Invoice
from regua.domain.negotiation.life import looked_at
from regua.domain.ruler import Channel, Dated, Ruler, Step
from regua.domain.rulers import Rulers, on_their_rulers
from regua.domain.steps import Look

_MIDNIGHT = time()
_NEVER = datetime.max.replace(tzinfo=UTC)
_ONE_DAY = timedelta(days=1)


def scheduled(
    account: Account, rulers: Rulers, now: datetime, given: Circumstances = USUAL
) -> Account:
    """Put new invoices on their ruler and set when the account must be looked at again.

    None when nothing can come up. Invoices that are to move to another ruler or version count as
    moved; they move when the account is decided, which also notes it.
    """
    look = Look(account, rulers, now, given)
    invoices = on_their_rulers(account, rulers, look.segment, look.today)
    at = next_evaluation(replace(account, invoices=invoices), look)
    new = {k: invoices[k] for k, i in account.invoices.items() if i.place.ruler is None}
    kept = {**account.invoices, **new} if new else account.invoices
    return replace(account, invoices=kept, next_evaluation_at=at)


def next_evaluation(
    account: Account, look: Look, waits_until: datetime | None = None
) -> datetime | None:
    """Return the earliest instant at which something may come up, now at the earliest.

    Args:
        account: as it stands after the look at it.
        look: the instant, the rulers and the segment.
        waits_until: the end of a deferral: no step comes up before it.
    """
    instants = [h.until for h in account.holds if h.until is not None]
    instants += [a.check_at for a in account.attempts]
    instants += account.receipts_due.values()
    if account.agreements:
        zone, now = look.rulers.default.zone, look.now
        looks = (looked_at(a, account, zone, now) for a in account.agreements)
        instants += [at for at in looks if at is not None]
    if waits_until is not None:
        instants.append(waits_until)
    first = min(instants, default=_NEVER)
    steps_may_come = not look.segment.excluded and waits_until is None
    for invoice in account.invoices.values():
        ruler = look.rulers.followed(account, invoice)
        pending = ruler.pending(invoice)
        for days in look.rulers.turning_points:
            on = invoice.effective_due_date + timedelta(days=days)
            if look.today < on <= first.date():
                first = min(first, _start(on, ruler))
        day = _announced_on(invoice, ruler, pending)
        if day is not None and day <= first.date():
            first = min(first, _start(day, ruler))
        if pending and steps_may_come and pending[0][0] <= first.date():
            first = min(first, _step(account, invoice, ruler, pending, look))
    return None if first is _NEVER else first


def _announced_on(invoice: Invoice, ruler: Ruler, pending: Dated) -> date | None:
    """Return the day an invoice becomes overdue, or else is at the end of its ruler."""
    place = invoice.place
    if not place.overdue_announced:
        return invoice.effective_due_date + _ONE_DAY
    if not pending and not place.ended:
        return _ends_on(invoice, ruler)
    return None


def end_of(invoice: Invoice, ruler: Ruler) -> date | None:
    """Return the day an invoice is at the end of its ruler; None while steps are to come."""
    return None if ruler.pending(invoice) else _ends_on(invoice, ruler)


def _ends_on(invoice: Invoice, ruler: Ruler) -> date:
    place = invoice.place
    last = place.contacted_on or place.step_on or ruler.dates_of(invoice)[-1][0]
    return max(last, invoice.effective_due_date) + timedelta(days=ruler.end_after_days)


def _start(day: date, ruler: Ruler) -> datetime:
    return datetime.combine(day, _MIDNIGHT, ruler.zone).astimezone(UTC)


def _step(
    account: Account,
    invoice: Invoice,
    ruler: Ruler,
    pending: Dated,
    look: Look,
) -> datetime:
    """Tell when the first of the steps to come may be made.

    A later one may come first where its channel opens earlier: those before it may be overtaken,
    or not be meant any more.
    """
    given, now = look.given, look.now
    if account.holds and stopping(account.holds, invoice.external_id, now):
        return _NEVER  # the end of the hold is an instant of its own
    hour, hours = given.best_hour(account, ruler), ruler.contact_hours
    first = _NEVER
    for on, step in pending:
        if on > first.date():
            break
        at = datetime.combine(on, hour, ruler.zone).astimezone(UTC)
        channel = likely_channel(account, step, given)
        opens = contact_policy.next_allowed(channel, account.ufs, max(at, now), hours)
        first = min(first, opens)
    return first


def likely_channel(account: Account, step: Step, given: Circumstances) -> Channel:
    """Return the channel a step would use now: the first that can reach the customer."""
    for channel in channels_in_order(account, step.channels):
        if channel not in given.senders or given.lacks_opt_in(account, channel):
            continue
        if account.is_reachable(channel):
            return channel
    return next((c for c in step.channels if c in given.senders), step.channels[0])


def channels_in_order(account: Account, channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
    """Return a step's channels, the one the customer prefers first if it is among them."""
    wished = account.preferred_channel
    if wished is None or wished not in channels or channels[0] is wished:
        return channels
    return (wished, *(c for c in channels if c is not wished))
