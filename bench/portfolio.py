"""Invented creditors, customers and invoices for the benchmarks."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from regua.application.creditor_document import read_creditor
from regua.application.ports import Creditor
from regua.domain.account import Account
from regua.domain.customer import Customer
from regua.domain.ids import CreditorId, CustomerId, InvoiceId
from regua.domain.invoice import Invoice, PaymentOptions
from regua.domain.money import Money

CREDITOR = CreditorId("bancada")
ISSUED_AT = datetime(2026, 10, 1, 12, tzinfo=UTC)


def creditor() -> Creditor:
    """Return a creditor that follows the default ruler."""
    return read_creditor(DOCUMENT)


DOCUMENT = {
    "creditor_id": CREDITOR,
    "name": "Bancada Serviços Ltda",
    "document": "11222333000181",
    "address_line": "Rua das Medidas, 1, São Paulo, SP",
    "email": "financeiro@bancada.example.com.br",
    "event_sources": [{"account": "000000000000", "source": "bench.erp"}],
}


def customer(number: int) -> Customer:
    """Return a person with one e-mail address."""
    return Customer(
        external_id=CustomerId(f"cli-{number:06d}"),
        name="Maria da Silva",
        document="52998224725",
        changed_at=ISSUED_AT,
        emails=(f"cliente-{number:06d}@cliente.example.com.br",),
        uf="SP",
    )


def invoice(number: int, due_date: date) -> Invoice:
    """Return an open invoice of the customer with the same number."""
    return Invoice(
        external_id=InvoiceId(f"fat-{number:06d}-{due_date:%m%d}"),
        customer_id=CustomerId(f"cli-{number:06d}"),
        number=f"{number:06d}",
        issue_date=due_date - timedelta(days=30),
        due_date=due_date,
        amount=Money(14990),
        issued_at=ISSUED_AT,
        payment=PaymentOptions(url="https://pague.bancada.example.com.br/x"),
    )


def account(due_dates: Sequence[date], number: int = 1) -> Account:
    """Return an account with one invoice per due date."""
    who = customer(number)
    invoices = [invoice(number, due) for due in due_dates]
    return Account(
        CREDITOR,
        who.external_id,
        version=1,
        customer=who,
        invoices={i.external_id: i for i in invoices},
    )
