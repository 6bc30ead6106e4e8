"""What a row of a file says that is not known yet: a pure comparison, nothing is written here."""

from dataclasses import dataclass
from datetime import datetime

from regua.application.imports.merging import (
    is_same_customer,
    is_same_invoice,
    merged_customer,
    merged_invoice,
)
from regua.application.imports.rows import FileRow, payment_name
from regua.domain.customer import Customer
from regua.domain.ids import PaymentId
from regua.domain.imports.columns import short_id
from regua.domain.invoice import Invoice, InvoiceStatus, Payment, PaymentMethod
from regua.domain.same_money import told_once

NEW, OTHER, SAME = "N", "O", "S"
"""What was known of a row's invoice at first sight: nothing, something else, just that."""


@dataclass(frozen=True, slots=True)
class RowNews:
    """Compares rows of one file with what is known.

    ``at`` is the instant that they describe; ``given`` are the fields that the file tells.
    """

    at: datetime
    given: frozenset[str]

    def merged(self, row: FileRow, known: Invoice | None) -> Invoice:
        """Return the invoice as the row describes it, laid over what is known."""
        return merged_invoice(known, row.invoice, self.given)

    def merged_customer(self, row: FileRow, known: Customer | None) -> Customer:
        """Return the customer as the row describes it, laid over what is known."""
        return merged_customer(known, row.customer, self.given)

    def is_any(self, row: FileRow, known: Invoice, who: Customer | None) -> bool:
        """Tell whether a row says anything new about a known invoice or its customer."""
        return (
            self.redescribes(row, known)
            or self.payment(row, known) is not None
            or (row.withdrawn is not None and known.cancelled_at is None)
            or self.customer(row, who) is not None
        )

    def redescribes(self, row: FileRow, known: Invoice) -> bool:
        """Tell whether a row describes a known invoice anew, and otherwise."""
        told = self.merged(row, known)
        return told.issued_at > known.issued_at and not is_same_invoice(told, known)

    def contradicts(self, row: FileRow, known: Invoice) -> bool:
        """Tell whether another row of the same file has described the invoice differently."""
        return known.issued_at == self.at and not is_same_invoice(self.merged(row, known), known)

    def customer(self, row: FileRow, known: Customer | None) -> Customer | None:
        """Return the customer as the row changes it, or None when it does not."""
        if known is None:
            return row.customer
        if known.changed_at >= row.customer.changed_at:
            return None
        told = self.merged_customer(row, known)
        return None if is_same_customer(known, told) else told

    def payment(self, row: FileRow, invoice: Invoice) -> Payment | None:
        """Return what a row tells of money that is not known yet."""
        missing = row.paid - invoice.paid
        if row.paid_on is None or row.withdrawn is not None or missing.centavos <= 0:
            return None
        if invoice.status is InvoiceStatus.SETTLED:
            return None
        name = short_id(payment_name(invoice.external_id, row.paid_on, row.paid))
        payment = Payment(PaymentId(name), missing, self.settles_at(row), PaymentMethod.OTHER)
        return None if invoice.find_payment(payment.payment_id) else payment

    def standing(self, row: FileRow, known: Invoice | None) -> Invoice:
        """Return an invoice as it stands once a row is applied to it."""
        told = self.merged(row, known)
        invoice = told
        if known is not None:
            invoice = known if is_same_invoice(told, known) else known.updated(told)
        payment = self.payment(row, invoice)
        if payment is not None:
            invoice = told_once(invoice.with_payment(payment))
        if row.withdrawn is not None:
            invoice = invoice.cancelled(self.settles_at(row), row.withdrawn)
        return invoice

    def settles_at(self, row: FileRow) -> datetime:
        """Return the instant of what a row tells of payment or withdrawal."""
        return row.settles_at or self.at
