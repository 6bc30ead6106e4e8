"""What the API tells about invoices and customers: amounts, places and timelines, in plain data."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from regua.application.ports import Creditor, DispatchLedger
from regua.application.wire import instant_text
from regua.domain.account import Account
from regua.domain.customer import Customer
from regua.domain.delivery import MessageEvent, judgements, told_of
from regua.domain.dispatch import DispatchRecord
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.late_charges import DiscountTier, LateChargeTerms
from regua.domain.money import ZERO
from regua.domain.negotiation.agreement import carried_from
from regua.domain.notes import Note
from regua.domain.payoff import PayoffQuote, business_date
from regua.domain.prescription import Current, DebtKind, Prescribed, Warned, standing
from regua.domain.ruler import Ruler
from regua.domain.time_zones import SAO_PAULO
from regua.domain.wishes import Wishes

View = Mapping[str, Any]
_PUBLIC_FACTS = (
    "label",
    "score",
    "reasons",
    "of_kind",
    "link",
    "dwell_seconds",
    "document_digits",
    "content_sha256",
    "act",
    "protocol",
    "bounce_type",
    "bounce_sub_type",
    "smtp_code",
    "status_code",
)


def invoice_view(invoice: Invoice, creditor: Creditor, on: date, terms: LateChargeTerms) -> View:
    """Describe an invoice, with what it takes to pay it on a day and its next step.

    ``terms`` are the ruler's as they apply to the invoice's customer.
    """
    settled_at = invoice.settled_at
    until = on if settled_at is None else business_date(settled_at)
    quote = invoice.payoff(on, terms)
    ruler = creditor.rulers.followed(Account(creditor.creditor_id, invoice.customer_id), invoice)
    return {
        "external_id": invoice.external_id,
        "number": invoice.number,
        "description": invoice.description,
        "customer_external_id": invoice.customer_id,
        "issue_date": invoice.issue_date.isoformat(),
        "due_date": invoice.due_date.isoformat(),
        "effective_due_date": invoice.effective_due_date.isoformat(),
        "status": invoice.status.value,
        "amount_centavos": invoice.amount.centavos,
        "paid_centavos": invoice.paid.centavos,
        "balance_centavos": invoice.balance.centavos,
        "rebate_centavos": invoice.rebate.centavos,
        "conceded_centavos": invoice.conceded.centavos,
        "discounts": [_discount_view(d) for d in invoice.discounts],
        **_after_settlement(invoice, until, terms),
        "settled_at": None if settled_at is None else instant_text(settled_at),
        "was_late": until > invoice.effective_due_date,
        "cancelled_at": None
        if invoice.cancelled_at is None
        else instant_text(invoice.cancelled_at),
        "cancel_reason": invoice.cancel_reason,
        "payoff": _payoff_view(quote) if invoice.is_open else None,
        "payments": [
            {
                "payment_id": p.payment_id,
                "amount_centavos": p.amount.centavos,
                "paid_at": instant_text(p.paid_at),
                "method": p.method.value,
                "reversed_at": None if p.reversed_at is None else instant_text(p.reversed_at),
                "reversal_reason": p.reversal_reason,
                "agreement_id": carried_from(p.payment_id),
            }
            for p in invoice.payments
        ],
        "prescription": _prescription_view(invoice, on),
        "ruler": ruler.ref,
        "next_step": _next_step(invoice, ruler),
        "metadata": dict(invoice.metadata),
    }


def _payoff_view(quote: PayoffQuote) -> View:
    return {
        "valid_on": quote.valid_on.isoformat(),
        "valid_until": quote.valid_until.isoformat(),
        "days_late": quote.days_late,
        "principal_centavos": quote.principal.centavos,
        "rebate_centavos": quote.rebate.centavos,
        "discount_centavos": quote.discount.centavos,
        "late_fine_centavos": quote.late_fine.centavos,
        "late_interest_centavos": quote.late_interest.centavos,
        "paid_centavos": quote.paid.centavos,
        "total_centavos": quote.total.centavos,
        "rules": [{"code": r.code, "says": r.says, "source": r.source} for r in quote.rules],
    }


def _prescription_view(invoice: Invoice, on: date) -> View:
    """Tell until when the debt may be collected, and whether that is near."""
    match standing(invoice.due_date, on, DebtKind.INSTRUMENT):
        case Prescribed(after, rule):
            return {"until": after.isoformat(), "standing": "prescribed", "source": rule.source}
        case Warned(until, within_days):
            return {"until": until.isoformat(), "standing": f"within_{within_days}_days"}
        case Current(until):
            return {"until": until.isoformat(), "standing": "current"}


def _after_settlement(invoice: Invoice, settled_on: date, terms: LateChargeTerms) -> View:
    """Tell what fine and interest remain once the invoiced amount came in, or what is too much.

    Nothing accrues after that day; later money pays what remained, and the rest is credit.
    """
    quote = invoice.payoff(settled_on, terms)
    later = invoice.paid - quote.paid
    left = invoice.late_charges_left(terms)
    excess = quote.credit + max(ZERO, later - quote.total)
    return {"excess_centavos": excess.centavos, "late_charges_left_centavos": left.centavos}


def _discount_view(discount: DiscountTier) -> View:
    is_amount = bool(discount.amount)
    return {
        "until": discount.until.isoformat(),
        "percent": None if is_amount else str(discount.percent),
        "amount_centavos": discount.amount.centavos if is_amount else None,
    }


def _next_step(invoice: Invoice, ruler: Ruler) -> View | None:
    pending = ruler.pending(invoice) if invoice.is_open else []
    if not pending:
        return None
    on, step = pending[0]
    return {"step_id": step.id, "on": on.isoformat(), "channels": [c.value for c in step.channels]}


def _wishes_view(wishes: Wishes) -> View:
    channel = None if wishes.channel is None else wishes.channel.value
    return {"at": instant_text(wishes.at), "channel": channel, "hour": wishes.hour}


def customer_view(account: Account, customer: Customer) -> View:
    """Describe a customer and how contact with them stands."""
    next_at = account.next_evaluation_at
    return {
        "external_id": customer.external_id,
        "name": customer.name,
        "document": customer.document,
        "kind": customer.kind.value,
        "emails": list(customer.emails),
        "phones": list(customer.phones),
        "uf": customer.uf,
        "preferred_channel": customer.preferred_channel,
        "preferred_hour": customer.preferred_hour,
        "wishes": None if account.wishes is None else _wishes_view(account.wishes),
        "tags": list(customer.tags),
        "ruler": customer.ruler,
        "risk": customer.risk,
        "changed_at": instant_text(customer.changed_at),
        "open_invoices": sorted(account.invoices),
        "opt_outs": {c.value: instant_text(at) for c, at in account.opt_outs.items()},
        "consents": [
            {
                "channel": c.channel.value,
                "given": c.is_given,
                "at": instant_text(c.at),
                "origin": c.origin,
                "text": c.text,
            }
            for c in account.consents.values()
        ],
        "suppressed_addresses": sorted(account.suppressed_addresses),
        "history": {
            "paid": account.history.paid,
            "paid_late": account.history.paid_late,
            "late_share_percent": account.history.late_share_percent,
            "worst_days_late": account.history.worst_days_late,
            "promises_kept": account.history.promises_kept,
            "promises_broken": account.history.promises_broken,
        },
        "holds": [hold_view(h) for h in account.holds],
        "next_evaluation_at": None if next_at is None else instant_text(next_at),
    }


def hold_view(hold: Hold) -> View:
    """Describe what lets contact rest."""
    is_promise = hold.kind is HoldKind.PROMISED
    return {
        "hold_id": hold.hold_id,
        "kind": hold.kind.value,
        "invoice_external_id": hold.invoice_id,
        "since": instant_text(hold.since),
        "until": None if hold.until is None else instant_text(hold.until),
        "reason": hold.reason,
        "by": hold.by,
        "promised_on": None if hold.promised_on is None else hold.promised_on.isoformat(),
        "promised_centavos": hold.promised.centavos if is_promise else None,
        "received_centavos": hold.received.centavos if is_promise else None,
    }


def invoice_timeline(
    invoice: Invoice,
    ledger: DispatchLedger,
    creditor: Creditor,
    notes: Iterable[Note],
    now: datetime,
) -> Sequence[View]:
    """Tell everything that was planned, sent, suppressed, reported and paid, oldest first.

    ``notes`` are those of the invoice's account.
    """
    lines = list(_invoice_lines(invoice))
    lines += [_note_line(n) for n in notes if n.invoice_id in (None, invoice.external_id)]
    for record in ledger.of_account(creditor.creditor_id, invoice.customer_id):
        if _concerns(record, invoice.external_id):
            found = ledger.find(record.dispatch.dispatch_id)
            facts = found[1] if found else ()
            lines += _dispatch_lines(record, facts, invoice.external_id, now)
    return sorted(lines, key=lambda line: line["at"])  # at one instant, cause before effect


def customer_timeline(
    account: Account, ledger: DispatchLedger, notes: Iterable[Note], now: datetime
) -> Sequence[View]:
    """Tell every contact with a customer and everything noted about them, oldest first."""
    lines = [_note_line(n) for n in notes]
    for record in ledger.of_account(account.creditor_id, account.customer_id):
        found = ledger.find(record.dispatch.dispatch_id)
        lines += _contact_lines(record, found[1] if found else (), now)
    return sorted(lines, key=lambda line: line["at"])


def message_view(record: DispatchRecord, facts: Iterable[MessageEvent], now: datetime) -> View:
    """Describe one contact: what was planned, and everything reported about it, oldest first."""
    dispatch = record.dispatch
    facts = list(facts)
    lines = _contact_lines(record, facts, now)
    return {
        "dispatch_id": dispatch.dispatch_id,
        "channel": dispatch.channel.value,
        "step_id": dispatch.step_id,
        "purpose": dispatch.purpose.value,
        "customer_external_id": dispatch.customer_id,
        "invoices": [i.external_id for i in dispatch.invoices],
        "state": record.state.value,
        "reason": None if record.reason is None else record.reason.value,
        "sent_at": None if record.sent_at is None else instant_text(record.sent_at),
        "provider_message_id": record.provider_message_id,
        "delivery": told_of(facts, record.sent_at, now),
        "timeline": sorted(lines, key=lambda line: line["at"]),
    }


def _note_line(note: Note) -> View:
    return {
        "at": instant_text(note.at),
        "type": note.kind.value,
        "invoice_external_id": note.invoice_id,
        **note.facts,
    }


def _concerns(record: DispatchRecord, invoice_id: InvoiceId) -> bool:
    dispatch = record.dispatch
    spoken_of = {i.external_id for i in dispatch.invoices}
    return invoice_id in spoken_of | {i.external_id for i in dispatch.left_out}


def _invoice_lines(invoice: Invoice) -> Iterator[View]:
    yield {"at": instant_text(invoice.issued_at), "type": "issued"}
    if invoice.cancelled_at is not None:
        yield {
            "at": instant_text(invoice.cancelled_at),
            "type": "cancelled",
            "reason": invoice.cancel_reason,
        }
    for payment in invoice.payments:
        agreement = carried_from(payment.payment_id)
        paid = {
            "payment_id": payment.payment_id,
            "amount_centavos": payment.amount.centavos,
            **({} if agreement is None else {"agreement_id": agreement}),
        }
        yield {
            "at": instant_text(payment.paid_at),
            "type": "payment",
            "method": payment.method.value,
            **paid,
        }
        if payment.reversed_at is not None:
            yield {
                "at": instant_text(payment.reversed_at),
                "type": "payment_reversed",
                "reason": payment.reversal_reason,
                **paid,
            }
    if invoice.place.overdue_announced:
        start = datetime.combine(invoice.effective_due_date, time.max, ZoneInfo(SAO_PAULO))
        yield {"at": instant_text(start.astimezone(UTC)), "type": "overdue"}


def _dispatch_lines(
    record: DispatchRecord, facts: Iterable[MessageEvent], invoice_id: InvoiceId, now: datetime
) -> Iterator[View]:
    dispatch = record.dispatch
    common = {
        "dispatch_id": dispatch.dispatch_id,
        "channel": dispatch.channel.value,
        "step_id": dispatch.step_id,
    }
    decided_at = instant_text(dispatch.decided_at)
    for left in dispatch.left_out:
        if left.external_id == invoice_id:
            yield {
                "at": decided_at,
                "type": "step_left_out",
                **common,
                "step_id": left.step_id,
                "reason": left.reason.value,
            }
    if any(i.external_id == invoice_id for i in dispatch.invoices):
        yield from _contact_lines(record, facts, now)


def _contact_lines(
    record: DispatchRecord, facts: Iterable[MessageEvent], now: datetime
) -> Iterator[View]:
    """Tell one contact: planned, how it ended, and what was reported about it."""
    dispatch = record.dispatch
    common = {
        "dispatch_id": dispatch.dispatch_id,
        "channel": dispatch.channel.value,
        "step_id": dispatch.step_id,
    }
    decided_at = instant_text(dispatch.decided_at)
    yield {
        "at": decided_at,
        "type": "planned",
        **common,
        "purpose": dispatch.purpose.value,
        "ruler": dispatch.ruler or None,
        "variant": dispatch.variant,
        "fallback_of": dispatch.fallback_of,
    }
    facts = list(facts)
    if record.ended:
        yield {
            "at": instant_text(record.sent_at) if record.sent_at else decided_at,
            "type": record.state.value,
            **common,
            "reason": None if record.reason is None else record.reason.value,
            "until": None if record.until is None else instant_text(record.until),
            "rule": record.rule,
            "resent_in_doubt": record.resent_in_doubt,
            "delivery": told_of(facts, record.sent_at, now),
        }
    judged = judgements(facts)
    for fact in facts:
        known = {**fact.facts, **judged.get((fact.kind, fact.event_id), {})}
        told = {name: known[name] for name in _PUBLIC_FACTS if name in known}
        yield {"at": instant_text(fact.at), "type": fact.kind.value, **common, **told}
