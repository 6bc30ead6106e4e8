"""Whether the last message about an invoice can come once more, and how often it may."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from regua.application.customer_page.acts import BY, ActKind
from regua.application.customer_page.case import PageCase
from regua.domain.contact_results import ResultCode
from regua.domain.holds import stopping
from regua.domain.invoice import Invoice
from regua.domain.notes import Note, NoteKind
from regua.domain.ruler import Channel, Step
from regua.domain.schedule import channels_in_order
from regua.domain.second_look import made_again

MOST_COPIES = 3
"""Within `COPIES_WITHIN`, whatever they are about: a link is no way to fill somebody's inbox."""
COPIES_WITHIN = timedelta(days=30)


def can_be_sent_again(case: PageCase, invoice: Invoice) -> bool:
    """Tell whether the invoice's last step can be made again, and would go out by e-mail.

    A copy is the ruler's own step made once more, so that hours, caps and the look before sending
    hold for it: where that step would go out on another channel first, or contact rests, there is
    no copy.
    """
    ruler = case.ruler_of(invoice)
    step = None if invoice.place.step_id is None else ruler.step(invoice.place.step_id)
    if step is None or not invoice.is_open or _first_channel(case, step) is not Channel.EMAIL:
        return False
    if stopping(case.account.holds, invoice.external_id, case.now) is not None:
        return False
    today = case.now.astimezone(ruler.zone).date()
    return made_again(invoice, ruler, today) is not invoice


def _first_channel(case: PageCase, step: Step) -> Channel | None:
    """Return the channel that a step goes out on, as far as it is known beforehand."""
    account, given = case.account, case.creditor.circumstances
    usable = (
        c
        for c in channels_in_order(account, step.channels)
        if c in given.senders
        and account.is_reachable(c)
        and (c not in given.opt_in_needed or account.has_opted_in(c))
    )
    return next(usable, None)


def copies_of(case: PageCase, notes: Sequence[Note]) -> int:
    """Count the second copies that were asked for on the page of late."""
    return sum(
        n.kind is NoteKind.CUSTOMER_ACTED
        and n.facts.get("act") == ActKind.SEND_AGAIN
        and n.at > case.now - COPIES_WITHIN
        for n in notes
    )


def asked_today(case: PageCase, invoice: Invoice, notes: Sequence[Note]) -> datetime | None:
    """Return when a copy was asked for on a page today, whether or not the act's note is there."""
    code = ResultCode.INVOICE_NOT_RECEIVED.value
    return next(
        (
            n.at
            for n in notes
            if n.kind is NoteKind.CONTACT_RESULT
            and n.invoice_id == invoice.external_id
            and (n.facts.get("code"), n.facts.get("by")) == (code, BY)
            and n.at.astimezone(case.ruler.zone).date() == case.today
        ),
        None,
    )
