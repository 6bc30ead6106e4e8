"""A plan and its months as they are shown."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from regua.application.plan_ports import Billed
from regua.application.wire import instant_text
from regua.domain.automatic_debit import Debit, Mandate
from regua.domain.invoice import Invoice
from regua.domain.plans import Plan, PlanId, invoice_id_of, issue_at, next_instalment


def plan_view(plan: Plan, zone: ZoneInfo, mandate: Mandate | None = None) -> Mapping[str, Any]:
    """Describe a plan, and what it bills next."""
    following = next_instalment(plan)
    automatic = None
    if plan.automatic:
        automatic = {
            "retries": plan.retries,
            "authorisation": None if mandate is None else mandate.status.value,
            "pix_copy_paste": None if mandate is None else mandate.code,
        }
    return {
        "external_id": plan.external_id,
        "status": plan.status.value,
        "customer_external_id": plan.customer_id,
        "amount_centavos": plan.amount.centavos,
        "day": plan.day,
        "starts_on": plan.starts_on.isoformat(),
        "ends_on": None if plan.ends_on is None else plan.ends_on.isoformat(),
        "instalments": plan.instalments,
        "description": plan.description,
        "number_prefix": plan.number_prefix,
        "issue_days_before": plan.issue_days_before,
        "ruler": plan.ruler,
        "automatic_pix": automatic,
        "changed_at": instant_text(plan.changed_at),
        "next": None
        if following is None
        else {
            "invoice_external_id": invoice_id_of(plan.external_id, following.period),
            "period": following.period,
            "number": following.number,
            "due_date": following.due_date.isoformat(),
            "issued_at": instant_text(issue_at(plan, following, zone)),
        },
    }


def billed_view(
    plan_id: PlanId, billed: Billed, invoice: Invoice | None, debits: Mapping[str, Debit]
) -> Mapping[str, Any]:
    """Describe a month that was billed, and how its invoice and its debit stand."""
    debit = debits.get(billed.period)
    return {
        "invoice_external_id": invoice_id_of(plan_id, billed.period),
        "period": billed.period,
        "issued_at": instant_text(billed.at),
        "due_date": (invoice.due_date if invoice else billed.due_date).isoformat(),
        "amount_centavos": (invoice.amount if invoice else billed.amount).centavos,
        "status": None if invoice is None else invoice.status.value,
        "automatic_debit": None if debit is None else debit.status.value,
    }
