"""Domain values as JSON texts and back: what the DynamoDB adapters store.

Reading is lenient about fields that are missing (older items) and never about values.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from regua.application.wire import instant_text
from regua.domain.account import Account
from regua.domain.contact_policy import Contact
from regua.domain.customer import Customer, CustomerKind
from regua.domain.dispatch import Dispatch, InvoiceStep, LeftOut
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId, PaymentId
from regua.domain.invoice import Invoice, Payment, PaymentMethod, PaymentOptions, Place
from regua.domain.late_charges import DiscountTier
from regua.domain.money import Money
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Phase, Tone

Json = dict[str, Any]


def dumps(value: Mapping[str, Any]) -> str:
    """Write compact JSON without the fields that say nothing."""
    said = {k: v for k, v in value.items() if v not in (None, [], {}, "")}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def instant(text: str) -> datetime:
    """Read an instant of the wire form."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else instant(text)


def _text(value: datetime | None) -> str | None:
    return None if value is None else instant_text(value)


def account_document(account: Account) -> str:
    """Write an account's header: everything but its keys, version and schedule."""
    customer = account.customer
    return dumps(
        {
            "customer": None if customer is None else _customer(customer),
            "places": {k: p for k, i in account.invoices.items() if (p := _place(i.place))},
            "contacts": [
                [instant_text(c.at), c.channel.value, c.dispatch_id] for c in account.contacts
            ],
            "opt_outs": {c.value: instant_text(at) for c, at in account.opt_outs.items()},
            "suppressed": sorted(account.suppressed_addresses),
        }
    )


def read_account(account: Account, document: str, invoices: Mapping[InvoiceId, Invoice]) -> Account:
    """Complete an account (its keys, version and schedule) from its header and open invoices."""
    read = json.loads(document)
    places = read.get("places", {})
    return Account(
        creditor_id=account.creditor_id,
        customer_id=account.customer_id,
        version=account.version,
        schedule_seq=account.schedule_seq,
        next_evaluation_at=account.next_evaluation_at,
        customer=_read_customer(account.customer_id, read["customer"])
        if "customer" in read
        else None,
        invoices={k: _at(i, places.get(k)) for k, i in invoices.items()},
        contacts=tuple(
            Contact(instant(at), Channel(channel), DispatchId(dispatch_id))
            for at, channel, dispatch_id in read.get("contacts", ())
        ),
        opt_outs={Channel(c): instant(at) for c, at in read.get("opt_outs", {}).items()},
        suppressed_addresses=frozenset(read.get("suppressed", ())),
    )


def _customer(customer: Customer) -> Json:
    return {
        "name": customer.name,
        "document": customer.document,
        "changed_at": instant_text(customer.changed_at),
        "kind": customer.kind.value,
        "emails": customer.emails,
        "phones": customer.phones,
        "uf": customer.uf,
        "preferred_channel": customer.preferred_channel,
        "preferred_hour": customer.preferred_hour,
        "tags": customer.tags,
    }


def _read_customer(customer_id: CustomerId, read: Json) -> Customer:
    return Customer(
        external_id=customer_id,
        name=read["name"],
        document=read["document"],
        changed_at=instant(read["changed_at"]),
        kind=CustomerKind(read["kind"]),
        emails=tuple(read["emails"]),
        phones=tuple(read["phones"]),
        uf=read["uf"],
        preferred_channel=read["preferred_channel"],
        preferred_hour=read["preferred_hour"],
        tags=tuple(read["tags"]),
    )


def _place(place: Place) -> Json:
    written = {
        "step": place.step_id,
        "on": None if place.step_on is None else place.step_on.isoformat(),
        "dispatch": place.dispatch_id,
        "overdue": place.overdue_announced or None,
    }
    return {k: v for k, v in written.items() if v is not None}


def _read_place(read: Json) -> Place:
    on = read.get("on")
    return Place(
        step_id=read.get("step"),
        step_on=None if on is None else date.fromisoformat(on),
        dispatch_id=read.get("dispatch"),
        overdue_announced=read.get("overdue", False),
    )


def at_its_place(invoice: Invoice, document: str) -> Invoice:
    """Put an open invoice where its account's header says it stands on the ruler."""
    return _at(invoice, json.loads(document).get("places", {}).get(invoice.external_id))


def _at(invoice: Invoice, place: Json | None) -> Invoice:
    fields = {name: getattr(invoice, name) for name in Invoice.__slots__}
    return Invoice(**{**fields, "place": _read_place(place or {})})


def invoice_document(invoice: Invoice) -> str:
    """Write an invoice and the facts about it; its place too, which counts once it is closed."""
    return dumps(
        {
            "customer_id": invoice.customer_id,
            "number": invoice.number,
            "issue_date": invoice.issue_date.isoformat(),
            "due_date": invoice.due_date.isoformat(),
            "amount": invoice.amount.centavos,
            "issued_at": instant_text(invoice.issued_at),
            "rebate": invoice.rebate.centavos or None,
            "discounts": [_discount(d) for d in invoice.discounts],
            "description": invoice.description,
            "pix": invoice.payment.pix_copy_paste,
            "boleto": invoice.payment.boleto_line,
            "url": invoice.payment.url,
            "ruler": invoice.ruler,
            "metadata": dict(invoice.metadata),
            "payments": [payment_record(p) for p in invoice.payments],
            "cancelled_at": _text(invoice.cancelled_at),
            "cancel_reason": invoice.cancel_reason,
            "place": _place(invoice.place),
        }
    )


def read_invoice(external_id: str, document: str) -> Invoice:
    """Read an invoice."""
    read = json.loads(document)
    return Invoice(
        external_id=InvoiceId(external_id),
        customer_id=CustomerId(read["customer_id"]),
        number=read["number"],
        issue_date=date.fromisoformat(read["issue_date"]),
        due_date=date.fromisoformat(read["due_date"]),
        amount=Money(read["amount"]),
        issued_at=instant(read["issued_at"]),
        rebate=Money(read.get("rebate", 0)),
        discounts=tuple(_read_discount(d) for d in read.get("discounts", ())),
        description=read.get("description"),
        payment=PaymentOptions(read.get("pix"), read.get("boleto"), read.get("url")),
        ruler=read.get("ruler"),
        metadata=read.get("metadata", {}),
        payments=tuple(read_payment(p) for p in read.get("payments", ())),
        cancelled_at=_instant(read.get("cancelled_at")),
        cancel_reason=read.get("cancel_reason"),
        place=_read_place(read.get("place", {})),
    )


def _discount(discount: DiscountTier) -> Json:
    return {
        "until": discount.until.isoformat(),
        "percent": str(discount.percent),
        "amount": discount.amount.centavos,
    }


def _read_discount(read: Json) -> DiscountTier:
    until = date.fromisoformat(read["until"])
    return DiscountTier(until, Decimal(read["percent"]), Money(read["amount"]))


def payment_record(payment: Payment) -> Json:
    """Write a payment."""
    return {
        "id": payment.payment_id,
        "amount": payment.amount.centavos,
        "paid_at": instant_text(payment.paid_at),
        "method": payment.method.value,
        "reversed_at": _text(payment.reversed_at),
        "reversal_reason": payment.reversal_reason,
    }


def read_payment(read: Json) -> Payment:
    """Read a payment."""
    return Payment(
        payment_id=PaymentId(read["id"]),
        amount=Money(read["amount"]),
        paid_at=instant(read["paid_at"]),
        method=PaymentMethod(read["method"]),
        reversed_at=_instant(read.get("reversed_at")),
        reversal_reason=read.get("reversal_reason"),
    )


def dispatch_document(dispatch: Dispatch) -> str:
    """Write a dispatch's plan."""
    return dumps(
        {
            "seq": dispatch.schedule_seq,
            "phase": dispatch.phase.value,
            "template": dispatch.template,
            "tone": dispatch.tone.value,
            "invoices": [[i.external_id, i.step_id] for i in dispatch.invoices],
            "left_out": [[i.external_id, i.step_id, i.reason.value] for i in dispatch.left_out],
            "decided_on": dispatch.decided_on.isoformat(),
        }
    )


def read_dispatch(keys: Mapping[str, str], document: str) -> Dispatch:
    """Read a dispatch from its plan and the attributes stored beside it."""
    read = json.loads(document)
    return Dispatch(
        dispatch_id=DispatchId(keys["dispatch_id"]),
        creditor_id=CreditorId(keys["creditor_id"]),
        customer_id=CustomerId(keys["customer_id"]),
        schedule_seq=read.get("seq", 0),
        channel=Channel(keys["channel"]),
        step_id=keys["step_id"],
        phase=Phase(read["phase"]),
        template=read["template"],
        tone=Tone(read["tone"]),
        invoices=tuple(InvoiceStep(InvoiceId(i), s) for i, s in read["invoices"]),
        left_out=tuple(LeftOut(InvoiceId(i), s, Reason(r)) for i, s, r in read.get("left_out", ())),
        decided_at=instant(keys["decided_at"]),
        decided_on=date.fromisoformat(read["decided_on"]),
    )
