"""What we answer a system that told us something, and how it gets to where it is read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from regua.application.connect.apply import Applied, Outcome
from regua.application.connect.facts import Told
from regua.application.connect.odoo import number_of
from regua.application.ports import Portfolio
from regua.application.validation import told
from regua.application.wire import instant_text
from regua.domain.ids import CreditorId, InvoiceId

Acknowledgement = Mapping[str, Any]


class Acknowledger(Protocol):
    """Where acknowledgements are put for a system that pulls them."""

    def put(self, creditor_id: CreditorId, name: str, acknowledgement: Acknowledgement) -> None:
        """Put an acknowledgement under a name; the same name again replaces it."""
        ...

    def find(self, creditor_id: CreditorId, name: str) -> Acknowledgement | None:
        """Return the acknowledgement under a name, if there is one."""
        ...


def acknowledge(
    creditor_id: CreditorId, applied: Sequence[Applied], portfolio: Portfolio, *, at: datetime
) -> Acknowledgement:
    """Say what became of every fact, and how the invoices stand that they were about.

    The same facts applied again are acknowledged in the same form: ``status`` is the invoice's
    present one, whatever the fact did.
    """
    statuses: dict[str, str | None] = {}
    for done in applied:
        invoice_id = done.invoice_id
        if invoice_id is not None and invoice_id not in statuses:
            statuses[invoice_id] = _status(portfolio, creditor_id, invoice_id)
    results = [_result(done, statuses) for done in applied]
    counts = {o.value: sum(d.outcome is o for d in applied) for o in Outcome}
    return {"acknowledged_at": instant_text(at), "counts": counts, "results": results}


def odoo_acknowledgement(acknowledgement: Acknowledgement) -> Sequence[Mapping[str, Any]]:
    """Return what a scheduled action of Odoo's writes back to each ``account.move``.

    One line per move: its id, our status of it (``refused`` when anything about it was refused)
    and why. A move that tells us nothing has no line.
    """
    lines: dict[Any, dict[str, Any]] = {}
    for result in acknowledgement["results"]:
        number = number_of(result["external_id"])
        line = lines.setdefault(number, {"id": number, "x_regua_status": "", "x_regua_reasons": ""})
        reasons = "; ".join(f"{r['path']}: {r['reason']}" for r in result.get("reasons", ()))
        if reasons:
            line["x_regua_status"] = Outcome.REFUSED.value
            line["x_regua_reasons"] = "; ".join(filter(None, (line["x_regua_reasons"], reasons)))
        elif line["x_regua_status"] != Outcome.REFUSED:
            line["x_regua_status"] = result.get("status") or result["outcome"]
    return list(lines.values())


def _status(portfolio: Portfolio, creditor_id: CreditorId, invoice_id: InvoiceId) -> str | None:
    found = portfolio.find_invoice(creditor_id, invoice_id)
    return None if found is None else found.status.value


def _result(done: Applied, statuses: Mapping[str, str | None]) -> dict[str, Any]:
    fact = done.fact
    result: dict[str, Any] = {
        "external_id": fact.ref,
        "fact": fact.name if isinstance(fact, Told) else None,
        "outcome": done.outcome.value,
        "source": fact.source,
    }
    status = statuses.get(done.invoice_id) if done.invoice_id else None
    if status is not None:
        result["status"] = status
    if done.reasons:
        result["reasons"] = [{"path": p.path, "reason": p.reason} for p in told(done.reasons)]
    return result
