"""What a creditor's ERP would put on the bus, from the demo's own data."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import quote

from local.demo.model import (
    Abatement,
    Customer,
    Invoice,
    Movement,
    Payment,
    Reversal,
    Withdrawal,
    local,
)
from local.demo.people import DOMAIN

Event = tuple[str, Mapping[str, Any]]

ISSUED_AT = time(7, 0)
_MAX_EMAILS = 10


def issued(creditor_id: str, invoice: Invoice, customer: Customer) -> Event:
    """Return `InvoiceIssued`, as of the morning of the issue date."""
    at = local(invoice.issue_date, ISSUED_AT)
    return "InvoiceIssued", _envelope(creditor_id, at, invoice_data(invoice, customer))


def moved(creditor_id: str, movement: Movement, invoice: Invoice, customer: Customer) -> Event:
    """Return the event that tells of a movement."""
    kind, data = _told(movement, invoice, customer)
    return kind, _envelope(creditor_id, movement.known_at, data)


def _told(
    movement: Movement, invoice: Invoice, customer: Customer
) -> tuple[str, Mapping[str, Any]]:
    match movement:
        case Payment():
            return "PaymentReceived", _payment_data(movement)
        case Withdrawal(invoice_id=key, reason=reason):
            return "InvoiceCancelled", {"external_id": key, "reason": reason}
        case Reversal(payment_id=key, reason=reason):
            return "PaymentReversed", {"payment_id": key, "reason": reason}
        case Abatement(amount_centavos=lowered):
            changed = replace(invoice, amount_centavos=lowered)
            return "InvoiceIssued", invoice_data(changed, customer)


def _envelope(creditor_id: str, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    instant = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"version": "1", "creditor_id": creditor_id, "occurred_at": instant, "data": data}


def invoice_data(invoice: Invoice, customer: Customer) -> dict[str, Any]:
    """Return the data of `InvoiceIssued`."""
    return {
        "external_id": invoice.external_id,
        "number": invoice.number,
        "issue_date": invoice.issue_date.isoformat(),
        "due_date": invoice.due_date.isoformat(),
        "amount_centavos": invoice.amount_centavos,
        "customer": _customer_data(customer),
        "payment": {"url": f"https://pague.{DOMAIN}/{quote(invoice.external_id, safe='')}"},
        **({"description": invoice.description} if invoice.description else {}),
    }


def _customer_data(customer: Customer) -> dict[str, Any]:
    return {
        "external_id": customer.external_id,
        "name": customer.name,
        "document": customer.document,
        "kind": customer.kind,
        "emails": list(customer.emails[:_MAX_EMAILS]),
        "phones": list(customer.phones[:_MAX_EMAILS]),
        **({"uf": customer.uf} if customer.uf else {}),
        **({"preferred_channel": customer.preferred_channel} if customer.preferred_channel else {}),
    }


def _payment_data(payment: Payment) -> dict[str, Any]:
    instant = payment.paid_at.astimezone(UTC).isoformat(timespec="milliseconds")
    return {
        "invoice_external_id": payment.invoice_id,
        "payment_id": payment.payment_id,
        "amount_centavos": payment.amount_centavos,
        "paid_at": instant.replace("+00:00", "Z"),
        "method": payment.method,
    }
