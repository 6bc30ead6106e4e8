"""What the API tells about offers and agreements, in plain data."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from regua.application.wire import instant_text
from regua.domain.calendar import roll
from regua.domain.ids import CreditorId, CustomerId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.money import ZERO
from regua.domain.negotiation.agreement import Agreement, CoveredDebt, Instalment
from regua.domain.negotiation.deal import Deal, Part
from regua.domain.negotiation.offers import NoOffer, Offer, OfferedOption, QuotedDebt

View = Mapping[str, Any]


def offered_view(customer_id: CustomerId, found: Offer | NoOffer) -> View:
    """Describe what a customer is offered, or why nothing is."""
    told: View
    if isinstance(found, NoOffer):
        told = {"reason": found.reason.value, "until": _instant(found.until), "offer": None}
    else:
        told = {"reason": None, "until": None, "offer": _offer_view(found)}
    return {"customer_external_id": customer_id, **told}


def deal_view(deal: Deal, creditor_id: CreditorId, customer_id: CustomerId, terms: str) -> View:
    """Describe what a choice comes to, with the key that accepts exactly these terms."""
    return {
        "key": deal.key(creditor_id, customer_id),
        "instalments": deal.choice.instalments,
        "down_payment_centavos": deal.choice.down_payment.centavos,
        "first_due": deal.choice.first_due.isoformat(),
        "owed_centavos": deal.owed.centavos,
        "total_centavos": deal.total.centavos,
        "discount_centavos": deal.discount.centavos,
        "debts": [_debt_view(debt) for debt in deal.debts],
        "parts": [_part_view(part) for part in deal.parts],
        "breach_after_days": deal.breach_after_days,
        "needs_approval": deal.needs_approval,
        "approval_days": deal.approval_days if deal.needs_approval else None,
        "ruler": deal.ruler,
        "terms": terms,
    }


def listed_agreement_view(agreement: Agreement) -> View:
    """Describe an agreement by its terms and where it stands, less what was paid."""
    return {
        "agreement_id": agreement.agreement_id,
        "customer_external_id": agreement.customer_id,
        "status": agreement.status.value,
        "rule": agreement.rule,
        "origin": agreement.origin,
        "dispatch_id": agreement.dispatch_id,
        "by": agreement.by or None,
        "approved_by": agreement.approved_by or None,
        "proposed_at": instant_text(agreement.proposed_at),
        "expires_at": _instant(agreement.expires_at),
        "accepted_at": _instant(agreement.accepted_at),
        "ended_at": _instant(agreement.ended_at),
        "end_reason": agreement.end_reason or None,
        "ended_by": agreement.ended_by or None,
        "owed_centavos": agreement.owed.centavos,
        "total_centavos": agreement.total.centavos,
        "discount_centavos": agreement.discount.centavos,
        "down_payment_centavos": agreement.down_payment.centavos,
        "breach_after_days": agreement.breach_after_days,
        "ruler": agreement.ruler,
        "terms_sha256": agreement.terms_sha256 or None,
        "debts": [_debt_view(debt) for debt in agreement.debts],
        "instalments": [_instalment_view(part) for part in agreement.instalments],
    }


def agreement_view(agreement: Agreement, invoices: Mapping[InvoiceId, Invoice]) -> View:
    """Describe an agreement with what was paid of each instalment.

    ``invoices`` are its instalments by id, as far as they are invoices: those of a proposed one,
    or of one that was refused or lapsed, never are.
    """
    made = [i.invoice_id for i in agreement.instalments if i.invoice_id in invoices]
    return {
        **listed_agreement_view(agreement),
        "paid_centavos": sum(invoices[each].paid.centavos for each in made),
        "instalments": [
            {**_instalment_view(part), **_state_view(invoices.get(part.invoice_id))}
            for part in agreement.instalments
        ],
    }


def _offer_view(offer: Offer) -> View:
    rule = offer.rule
    return {
        "rule": rule.name,
        "on": offer.on.isoformat(),
        "valid_until": offer.valid_until.isoformat(),
        "owed_centavos": offer.owed.centavos,
        "days_late": offer.days_late,
        "first_due_from": offer.first_due_from.isoformat(),
        "first_due_until": offer.first_due_until.isoformat(),
        "min_instalment_centavos": rule.min_instalment.centavos,
        "breach_after_days": rule.breach_after_days,
        "needs_approval": rule.needs_approval,
        "ruler": rule.ruler,
        "debts": [_quoted_view(debt) for debt in offer.debts],
        "options": [_option_view(option) for option in offer.options],
    }


def _quoted_view(debt: QuotedDebt) -> View:
    return {
        "invoice_external_id": debt.invoice_id,
        "due_date": debt.due_date.isoformat(),
        "days_late": debt.days_late,
        "principal_centavos": debt.principal.centavos,
        "late_charges_centavos": debt.charges.centavos,
        "owed_centavos": debt.owed.centavos,
    }


def _option_view(offered: OfferedOption) -> View:
    option = offered.option
    first = offered.down_payments(offered.max_instalments)
    return {
        "min_instalments": offered.min_instalments,
        "max_instalments": offered.max_instalments,
        "total_centavos": offered.total.centavos,
        "discount_centavos": offered.discount.centavos,
        "principal_discount_percent": str(option.principal_discount_percent),
        "charges_discount_percent": str(option.charges_discount_percent),
        "down_payment": {
            "is_required": first.is_required,
            "least_centavos": first.least.centavos,
            "greatest_centavos": first.greatest.centavos,
        },
    }


def _debt_view(debt: CoveredDebt) -> View:
    return {
        "invoice_external_id": debt.invoice_id,
        "owed_centavos": debt.owed.centavos,
        "agreed_centavos": debt.agreed.centavos,
    }


def _part_view(part: Part | Instalment) -> View:
    return {
        "number": part.number,
        "due_date": part.due_date.isoformat(),
        "effective_due_date": roll(part.due_date).isoformat(),
        "amount_centavos": part.amount.centavos,
    }


def _instalment_view(instalment: Instalment) -> View:
    return {"invoice_external_id": instalment.invoice_id, **_part_view(instalment)}


def _state_view(invoice: Invoice | None) -> View:
    """Tell how an instalment's invoice stands; None when there is none (yet)."""
    return {
        "status": None if invoice is None else invoice.status.value,
        "paid_centavos": (ZERO if invoice is None else invoice.paid).centavos,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)
