"""A second copy of an invoice's boleto, printed: for whoever still owes it, and nobody else."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from regua.application.boleto_page import MAX_NAME, MAX_NUMBER, BoletoPage, Party
from regua.application.ports import Creditor, Portfolio
from regua.domain.account import Account
from regua.domain.boleto.bank_boleto import BankBoleto
from regua.domain.boleto.barcode import parse_bank_boleto
from regua.domain.errors import Conflict, NotFound
from regua.domain.ids import InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.late_charges import DiscountTier, LateChargeTerms

Instructions = Callable[[LateChargeTerms, Sequence[DiscountTier]], tuple[str, ...]]
"""Puts a contract's terms into words for the bank's teller."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 60

BANK_NAMES = {
    "001": "Banco do Brasil",
    "004": "Banco do Nordeste",
    "033": "Santander",
    "041": "Banrisul",
    "070": "BRB",
    "077": "Inter",
    "085": "Ailos",
    "104": "Caixa",
    "208": "BTG Pactual",
    "237": "Bradesco",
    "336": "C6 Bank",
    "341": "Itaú",
    "422": "Safra",
    "707": "Daycoval",
    "748": "Sicredi",
    "756": "Sicoob",
}
"""Banks by their clearing code (BCB, participants of the STR); any other is named by its code."""


class NoBoleto(NotFound):
    """The invoice cannot be paid with a boleto."""


@dataclass(frozen=True, slots=True)
class PrintedBoleto:
    """A page as a PDF, and the invoice's number as its sender writes it."""

    number: str
    pdf: bytes

    @property
    def file_name(self) -> str:
        """Return a name that any system and any HTTP header takes.

        >>> PrintedBoleto('NF "12"/2026', b"").file_name
        'boleto-NF-12-2026.pdf'
        """
        return f"boleto-{_UNSAFE.sub('-', self.number)[:_LONGEST_NAME]}.pdf"


@dataclass(frozen=True, slots=True)
class RenderBoleto:
    """Print the boleto of an open invoice.

    It collects what is still missing: after a payment in part the line of the whole amount is
    refused, because whoever pays it pays that part twice.
    """

    portfolio: Portfolio
    draw: Callable[[BoletoPage], bytes]
    instructions: Instructions

    def __call__(self, creditor: Creditor, invoice_id: InvoiceId, today: date) -> PrintedBoleto:
        """Return the page as a PDF.

        Raises:
            NotFound: no such invoice of this creditor, or (`NoBoleto`) it has no boleto.
            Conflict: it is settled or withdrawn: nobody should pay it.
            InvalidInput: the line contradicts the invoice, or what must be printed is missing.
        """
        invoice = self.portfolio.find_invoice(creditor.creditor_id, invoice_id)
        if invoice is None:
            raise NotFound(invoice_id)
        line = invoice.payment.boleto_line
        if line is None:
            raise NoBoleto(invoice_id)
        if not invoice.is_open:
            msg = f"The invoice is {invoice.status.value}; there is nothing to pay."
            raise Conflict(msg)
        account = self.portfolio.load_account(creditor.creditor_id, invoice.customer_id)
        boleto = parse_bank_boleto(line, today=today)
        page = boleto_page(creditor, account, invoice, boleto, self.instructions)
        return PrintedBoleto(invoice.number, self.draw(page))


def boleto_page(
    creditor: Creditor,
    account: Account,
    invoice: Invoice,
    boleto: BankBoleto,
    instructions: Instructions,
) -> BoletoPage:
    """Return what the boleto of an open invoice says when it is printed.

    Raises:
        NotFound: the customer is not known.
        InvalidInput: the line contradicts the invoice, or what must be printed is missing.
    """
    sender, customer = creditor.sender, account.customer
    if customer is None:  # pragma: no cover - an invoice is taken together with its customer
        raise NotFound(invoice.customer_id)
    terms = _enforceable(account.late_charges(creditor.rulers.followed(account, invoice)), invoice)
    unpaid = invoice.amount - invoice.paid
    is_net = boleto.amount == unpaid - invoice.rebate  # the bank may have taken it off already
    return BoletoPage(
        boleto=boleto,
        amount=unpaid - invoice.rebate if is_net else unpaid,
        other_deductions=None if is_net or not invoice.rebate else invoice.rebate,
        due_date=invoice.due_date,
        bank_name=BANK_NAMES.get(boleto.bank, f"Banco {boleto.bank}"),
        beneficiary=Party(sender.name[:MAX_NAME], sender.document, sender.address_line),
        payer=Party(customer.name[:MAX_NAME], customer.document, customer.uf or ""),
        document_number=invoice.number[:MAX_NUMBER],
        document_date=invoice.issue_date,
        instructions=instructions(terms, invoice.discounts),
        pix_copy_paste=invoice.pix_code,
    )


def _enforceable(terms: LateChargeTerms, invoice: Invoice) -> LateChargeTerms:
    """Return terms whose fixed fine, if any, is no more than the law lets this invoice bear."""
    if not terms.fine_amount:
        return terms
    return replace(terms, fine_amount=terms.fine_on(invoice.debt.base))
