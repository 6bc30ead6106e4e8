"""How a plan and its months are written: JSON of plain values, nothing that is empty."""

import json
from datetime import date
from typing import Any

from regua.adapters.records import dumps, instant
from regua.application.plan_ports import Billed
from regua.application.wire import instant_text
from regua.domain.ids import CustomerId
from regua.domain.money import Money
from regua.domain.plans import Plan, PlanId, PlanStatus


def write_plan(plan: Plan) -> str:
    """Write a plan, without its id and version."""
    return dumps(
        {
            "customer": plan.customer_id,
            "amount": plan.amount.centavos,
            "day": plan.day,
            "starts_on": plan.starts_on.isoformat(),
            "changed_at": instant_text(plan.changed_at),
            "bills_from": plan.bills_from.isoformat(),
            "ends_on": None if plan.ends_on is None else plan.ends_on.isoformat(),
            "instalments": plan.instalments,
            "description": plan.description,
            "prefix": plan.number_prefix,
            "before": plan.issue_days_before,
            "ruler": plan.ruler,
            "automatic": plan.automatic,
            "retries": plan.retries,
            "status": plan.status.value,
            "dealt_with": plan.dealt_with,
        }
    )


def read_plan(plan_id: str, document: str, version: int) -> Plan:
    """Read a plan as it was written."""
    read: dict[str, Any] = json.loads(document)
    ends_on = read.get("ends_on")
    return Plan(
        external_id=PlanId(plan_id),
        customer_id=CustomerId(read["customer"]),
        amount=Money(read["amount"]),
        day=read["day"],
        starts_on=date.fromisoformat(read["starts_on"]),
        changed_at=instant(read["changed_at"]),
        bills_from=date.fromisoformat(read["bills_from"]),
        ends_on=None if ends_on is None else date.fromisoformat(ends_on),
        instalments=read.get("instalments"),
        description=read.get("description"),
        number_prefix=read.get("prefix", ""),
        issue_days_before=read.get("before", 0),
        ruler=read.get("ruler"),
        automatic=read.get("automatic", False),
        retries=read.get("retries", False),
        status=PlanStatus(read["status"]),
        dealt_with=read.get("dealt_with", ""),
        version=version,
    )


def write_billed(billed: Billed) -> str:
    """Write a month that was billed, without its name."""
    return dumps(
        {
            "due_date": billed.due_date.isoformat(),
            "amount": billed.amount.centavos,
            "at": instant_text(billed.at),
        }
    )


def read_billed(period: str, document: str) -> Billed:
    """Read a month as it was written."""
    read: dict[str, Any] = json.loads(document)
    return Billed(
        period,
        date.fromisoformat(read["due_date"]),
        Money(read["amount"]),
        instant(read["at"]),
    )
