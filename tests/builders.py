"""Values for tests: every builder hides what does not matter and lets the test say what does."""

from datetime import UTC, date, datetime
from typing import Any

from regua.application.creditor_document import read_creditor
from regua.application.ports import Creditor
from regua.domain.account import Account
from regua.domain.customer import Customer
from regua.domain.ids import CreditorId, CustomerId, InvoiceId, PaymentId
from regua.domain.invoice import Invoice, Payment, PaymentMethod, PaymentOptions
from regua.domain.money import Money

CREDITOR = CreditorId("aurora")
CUSTOMER = CustomerId("cli-1")
ISSUED_AT = datetime(2026, 10, 1, 12, tzinfo=UTC)
DUE = date(2026, 11, 10)
"""A Tuesday, as are the business days around it."""


def nine_o_clock(day: date) -> datetime:
    """Return 9:00 in São Paulo (UTC−3) on a day."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def creditor_document(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """Return a creditor's document."""
    return {
        "creditor_id": CREDITOR,
        "name": "Aurora Energia Ltda",
        "document": "11222333000181",
        "address_line": "Rua das Laranjeiras, 100, São Paulo, SP, 01000-000",
        "email": "financeiro@aurora.example.com.br",
        "event_sources": [{"account": "000000000000", "source": "demo.erp"}],
        **changes,
    }


def any_creditor(**changes: Any) -> Creditor:  # noqa: ANN401 - any field
    """Return a creditor that follows the default ruler."""
    return read_creditor(creditor_document(**changes))


def any_customer(**changes: Any) -> Customer:  # noqa: ANN401 - any field
    """Return a person in São Paulo with one e-mail address."""
    fields: dict[str, Any] = {
        "external_id": CUSTOMER,
        "name": "Maria da Silva",
        "document": "52998224725",
        "changed_at": ISSUED_AT,
        "emails": ("maria@cliente.example.com.br",),
        "uf": "SP",
    }
    return Customer(**{**fields, **changes})


def any_invoice(external_id: str = "fat-1", **changes: Any) -> Invoice:  # noqa: ANN401 - any field
    """Return an open invoice of R$ 149,90."""
    fields: dict[str, Any] = {
        "external_id": InvoiceId(external_id),
        "customer_id": CUSTOMER,
        "number": external_id.upper(),
        "issue_date": date(2026, 10, 1),
        "due_date": DUE,
        "amount": Money(14990),
        "issued_at": ISSUED_AT,
        "payment": PaymentOptions(url="https://pague.aurora.example.com.br/fat-1"),
    }
    return Invoice(**{**fields, **changes})


def any_payment(payment_id: str = "pag-1", **changes: Any) -> Payment:  # noqa: ANN401 - any field
    """Return a payment of R$ 149,90 by Pix."""
    fields: dict[str, Any] = {
        "payment_id": PaymentId(payment_id),
        "amount": Money(14990),
        "paid_at": nine_o_clock(date(2026, 11, 12)),
        "method": PaymentMethod.PIX,
    }
    return Payment(**{**fields, **changes})


def any_account(*invoices: Invoice, **changes: Any) -> Account:  # noqa: ANN401 - any field
    """Return an account with a customer and open invoices."""
    fields: dict[str, Any] = {
        "creditor_id": CREDITOR,
        "customer_id": CUSTOMER,
        "version": 1,
        "customer": any_customer(),
        "invoices": {i.external_id: i for i in invoices},
    }
    return Account(**{**fields, **changes})


def invoice_data(external_id: str = "fat-1", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """Return an invoice as an ERP sends it."""
    return {
        "external_id": external_id,
        "number": external_id.upper(),
        "issue_date": "2026-10-01",
        "due_date": DUE.isoformat(),
        "amount_centavos": 14990,
        "customer": {
            "external_id": CUSTOMER,
            "name": "Maria da Silva",
            "document": "529.982.247-25",
            "emails": ["maria@cliente.example.com.br"],
            "phones": ["(11) 98765-4321"],
            "uf": "SP",
        },
        "payment": {"url": "https://pague.aurora.example.com.br/fat-1"},
        **changes,
    }
