"""Receipts of payment ("obrigado"): who is thanked, for what, and until when.

A receipt is no step of the ruler: nothing moves on it, and no cap counts it or holds it back.
Hours, opt-outs, addresses, consents and holds count as for any message. One settlement of an
invoice is thanked for once; an invoice that was paid, reversed and paid again is settled anew.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from regua.domain.account import Account
from regua.domain.contact_policy import ContactRequest
from regua.domain.decision import contact_request, ending_of, first_open
from regua.domain.dispatch import Dispatch, DispatchState, Ending, InvoiceStep, Purpose
from regua.domain.holds import HoldKind, stopping
from regua.domain.ids import DispatchId, InvoiceId, receipt_dispatch_id
from regua.domain.invoice import Invoice, InvoiceStatus, PaymentReceipt
from regua.domain.payoff import business_date
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, ReceiptOptions, Ruler, Tone, phase_of
from regua.domain.rulers import Rulers
from regua.domain.rules import Rule
from regua.domain.schedule import channels_in_order
from regua.domain.steps import Look

STEP_ID = "recibo"
"""Stands where a step of the ruler would; no step may have this name beside receipts."""
MAX_INVOICES = 40
"""How many invoices one receipt lists; more are another receipt's."""
THANKED_WITHIN = timedelta(days=5)
_STOPS = frozenset({HoldKind.HELD, HoldKind.DISPUTED})
"""Holds that a receipt respects; who promised to pay, or is paying, may well be thanked."""

TIMELY = Rule(
    "receipt.timely",
    "A payment is thanked for within days, or not at all: history that is imported thanks nobody.",
    "our convention: thanks that come late puzzle more than they please",
    f"{THANKED_WITHIN.days} days from the payment",
)
STILL_SETTLED = Rule(
    "receipt.still_settled",
    "A receipt goes out only while the invoice is settled.",
    "our convention: a receipt for money that was taken back would be untrue",
)
UNCAPPED = Rule(
    "receipt.uncapped",
    "No cap on contacts counts a receipt or holds it back; hours, opt-outs and addresses hold.",
    "our convention: CDC art. 42 is about collecting, and a receipt asks for nothing",
)
RULES = (TIMELY, STILL_SETTLED, UNCAPPED)


class Refusal(NamedTuple):
    """Why a paid invoice is not thanked for, and by which rule where there is one."""

    reason: Reason
    rule: Rule | None = None


class _Group(NamedTuple):
    """What invoices have in common that one receipt lists."""

    ruler: str
    refusal: Refusal | None
    after: DispatchId | None
    """The receipt that was put off before this one."""


def thanks_anybody(rulers: Rulers) -> bool:
    """Tell whether any ruler of a creditor has receipts switched on."""
    return any(line.current.receipt is not None for line in rulers.lines.values())


def ruler_in_force(rulers: Rulers, account: Account, invoice: Invoice) -> Ruler:
    """Return the version in force of the ruler that an invoice follows, whichever it is on."""
    line = rulers.lines.get((invoice.place.ruler or "").rpartition("@")[0])
    return line.current if line else rulers.followed(account, invoice)


def asks_for_contact(look: Look, invoice: Invoice) -> bool:
    """Tell whether only who got a message about an invoice is thanked for paying it."""
    options = ruler_in_force(look.rulers, look.account, invoice).receipt
    return options is not None and options.only_if_contacted


def is_too_late(invoice: Invoice, now: datetime) -> bool:
    """Tell whether an invoice was settled too long ago to be thanked for."""
    return invoice.settled_at is None or now - invoice.settled_at > THANKED_WITHIN


def why_not_thanked(invoice: Invoice, dispatch: Dispatch, look: Look) -> Refusal | None:
    """Tell why a planned receipt must not list an invoice after all; None when it still may."""
    if invoice.status is InvoiceStatus.CANCELLED:
        return Refusal(Reason.CANCELLED)
    if invoice.status is not InvoiceStatus.SETTLED:
        return Refusal(Reason.CONDITION_NOT_MET, STILL_SETTLED)
    if invoice.receipt != PaymentReceipt(invoice.settled_at or look.now, dispatch.dispatch_id):
        return Refusal(Reason.SUPERSEDED)  # paid anew since: that settlement has its own receipt
    return _refusal(invoice, look)


def _refusal(invoice: Invoice, look: Look) -> Refusal | None:
    if look.segment.excluded:
        return Refusal(Reason.EXCLUDED)
    holds = [h for h in look.account.holds if h.kind in _STOPS]
    resting = stopping(holds, invoice.external_id, look.now)
    if resting is not None:
        return Refusal(resting.kind.reason)
    return Refusal(Reason.CONDITION_NOT_MET, TIMELY) if is_too_late(invoice, look.now) else None


def receipt_request(account: Account, ruler: Ruler, channel: Channel, look: Look) -> ContactRequest:
    """Describe a receipt to the policy: as any contact, but for the caps."""
    return contact_request(account, ruler, channel, look.given, is_capped=False)


def plan_receipt(
    invoices: Sequence[Invoice], look: Look, put_off: Mapping[InvoiceId, DispatchId]
) -> tuple[Dispatch, Sequence[Invoice]] | None:
    """Plan one receipt for paid invoices of an account: it lists those that it can.

    Args:
        invoices: settled ones, not thanked for yet. Nobody else's, and none twice.
        look: the account, its creditor's rulers and the instant.
        put_off: the receipts of theirs that were put off before.

    Returns:
        The dispatch, with an ending when the plan itself is the end, and the invoices that it is
        about, as they stand with it. The others need a receipt of their own. None when nobody
        switched receipts on, or all were paid too long ago.
    """
    groups: dict[_Group, list[Invoice]] = {}
    for invoice in sorted(invoices, key=lambda i: (i.due_date, i.number, i.external_id)):
        ruler = ruler_in_force(look.rulers, look.account, invoice)
        after = put_off.get(invoice.external_id)
        if ruler.receipt is None or (after is None and is_too_late(invoice, look.now)):
            continue
        refusal = _refusal(invoice, look)
        groups.setdefault(_Group(ruler.ref, refusal, after), []).append(invoice)
    for group, members in groups.items():
        listed = members[:MAX_INVOICES]
        dispatch = _dispatch(listed, group, look)
        return dispatch, [_thanked(i, dispatch) for i in listed]
    return None


def _thanked(invoice: Invoice, dispatch: Dispatch) -> Invoice:
    settled_at = invoice.settled_at or dispatch.decided_at
    return replace(invoice, receipt=PaymentReceipt(settled_at, dispatch.dispatch_id))


def _dispatch(invoices: Sequence[Invoice], group: _Group, look: Look) -> Dispatch:
    account, first = look.account, invoices[0]
    ruler = ruler_in_force(look.rulers, account, first)
    options = ruler.receipt or ReceiptOptions()
    channels = channels_in_order(account, options.channels)
    channel, verdict, _ = first_open(
        channels, lambda c: receipt_request(account, ruler, c, look), look.given, look.now
    )
    ending = ending_of(verdict) if group.refusal is None else suppressed(group.refusal)
    settled = [(i.external_id, i.settled_at or look.now) for i in invoices]
    paid_on = business_date(settled[0][1])
    return Dispatch(
        dispatch_id=receipt_dispatch_id(
            account.creditor_id, account.customer_id, settled, group.after
        ),
        creditor_id=account.creditor_id,
        customer_id=account.customer_id,
        schedule_seq=account.schedule_seq,
        channel=channel,
        step_id=STEP_ID,
        phase=phase_of((paid_on - first.effective_due_date).days),
        template=options.template,
        tone=Tone.FRIENDLY,
        invoices=tuple(InvoiceStep(i.external_id, STEP_ID) for i in invoices),
        decided_at=look.now,
        decided_on=look.now.astimezone(ruler.zone).date(),
        ruler=ruler.ref,
        ending=ending,
        purpose=Purpose.RECEIPT,
    )


def suppressed(refusal: Refusal) -> Ending:
    """Return how a receipt ends that must not be sent."""
    rule = None if refusal.rule is None else refusal.rule.code
    return Ending(DispatchState.SUPPRESSED, refusal.reason, rule=rule)


def with_receipt(account: Account, dispatch: Dispatch, ending: Ending | None) -> Account:
    """Return an account once a receipt is planned or has ended: what is put off waits on it."""
    about: Collection[InvoiceId] = {i.external_id for i in dispatch.invoices}
    if ending is not None and ending.until is not None:
        return account.with_receipts_due(about, ending.until)
    return account.without_receipts_due(about)
