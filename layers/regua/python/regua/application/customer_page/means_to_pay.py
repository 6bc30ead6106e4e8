"""How an invoice is paid today: the Pix code, the boleto, the creditor's own link."""

from dataclasses import dataclass, replace

from regua.application.customer_page.case import PageCase
from regua.application.customer_page.views import InvoiceView
from regua.application.message_content import InvoiceLine
from regua.application.pix_ports import PixRecords
from regua.application.render_boleto import Instructions, boleto_page
from regua.domain.boleto.barcode import parse_bank_boleto
from regua.domain.errors import InvalidInput
from regua.domain.invoice import Invoice
from regua.domain.money import ZERO, Money
from regua.domain.pix.today_code import TodayCode, today_code


@dataclass(frozen=True, slots=True)
class _Boleto:
    """What is shown of an invoice's boleto today."""

    line: str | None = None
    has_pdf: bool = False
    does_bank_add_charges: bool = False


@dataclass(frozen=True, slots=True)
class MeansToPay:
    """Finds means to pay, with what it has to look up."""

    pix: PixRecords
    instructions: Instructions

    def added(self, case: PageCase, invoice: Invoice, view: InvoiceView) -> InvoiceView:
        """Return a view with the means to pay what is owed today."""
        code, boleto = self._code(case, invoice, view.line), self._boleto(case, invoice, view.line)
        line = replace(
            view.line,
            pix_copy_paste=None if code is None else code.text,
            boleto_line=boleto.line,
            pay_url=invoice.payment.url,
        )
        return replace(
            view,
            line=line,
            has_boleto_pdf=boleto.has_pdf,
            does_bank_add_charges=boleto.does_bank_add_charges,
            is_pix_amount_fixed=code is not None and code.is_amount_fixed,
        )

    def _code(self, case: PageCase, invoice: Invoice, line: InvoiceLine) -> TodayCode | None:
        """Return the Pix code of the day; one of our own is told to those who look for its money.

        That is written once: a view of what was shown before only reads.
        """
        creditor, total = case.creditor, Money(line.total_centavos)
        if total <= ZERO:
            return None
        code = today_code(creditor.creditor_id, invoice, total, creditor.pix, creditor.sender.name)
        if code is not None and code.txid is not None:
            known = self.pix.invoice_of(creditor.creditor_id, code.txid)
            if known is None:
                self.pix.claim_txid(creditor.creditor_id, code.txid, invoice.external_id)
        return code

    def _boleto(self, case: PageCase, invoice: Invoice, line: InvoiceLine) -> _Boleto:
        """Return what is shown of the boleto: only one that asks for what is owed.

        A boleto is registered with its amount, and with the fine and the interest that the bank
        adds when it is paid late: the ones that our second copy prints for the teller as well. So
        its line is right after the due date too, though it carries less than the total, and the
        page says so. One of another amount or due date is not shown, nor is any after a payment in
        part: it asks for the whole once more. What cannot be read here (a utility's bill) is shown
        while it is in time: who collects it bills charges later, or takes no late payment.
        """
        text = invoice.payment.boleto_line
        if text is None:
            return _Boleto()
        try:
            boleto = parse_bank_boleto(text, today=case.today)
        except InvalidInput:
            is_current = not line.is_late and not invoice.paid
            return _Boleto(text) if is_current else _Boleto()
        try:
            boleto_page(case.creditor, case.account, invoice, boleto, self.instructions)
        except InvalidInput:  # it says something else than the invoice
            return _Boleto()
        charges = line.late_fine_centavos + line.late_interest_centavos
        return _Boleto(text, has_pdf=True, does_bank_add_charges=charges > 0)
