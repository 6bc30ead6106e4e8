"""What one invoice comes to on a day: the same in a message and on the customer's page."""

from dataclasses import replace
from datetime import date

from regua.application.message_content import InvoiceLine
from regua.application.ports import Creditor
from regua.domain.account import Account
from regua.domain.invoice import Invoice
from regua.domain.money import Money
from regua.domain.payoff import PayoffQuote, business_date


def invoice_line(
    creditor: Creditor, account: Account, invoice: Invoice, on: date, pay_url: str | None
) -> InvoiceLine:
    """Return an invoice that is still owed, with its payoff of a day and its breakdown.

    Raises:
        LegalRateMissing: the terms apply the legal rate and its table lacks a month.
    """
    terms = account.late_charges(creditor.rulers.followed(account, invoice))
    quote = invoice.payoff(on, terms)
    return replace(
        _line(invoice, quote, paid=quote.paid, total=quote.total),
        last_day=quote.valid_until,
        pay_url=pay_url,
        pix_copy_paste=invoice.pix_code,
        boleto_line=invoice.payment.boleto_line,
    )


def closed_line(creditor: Creditor, account: Account, invoice: Invoice) -> InvoiceLine:
    """Return an invoice that nobody has to pay any more, as it stood when it was closed.

    What is left of late charges after a settlement is its total; it asks for nothing, and offers
    no way to pay. What was paid beyond what was owed is not shown as paid for it.

    Raises:
        LegalRateMissing: the terms apply the legal rate and its table lacks a month.
    """
    at = invoice.cancelled_at or invoice.settled_at
    on = invoice.due_date if at is None else business_date(at)
    terms = account.late_charges(creditor.rulers.followed(account, invoice))
    quote = invoice.payoff(on, terms)
    left = invoice.late_charges_left(terms) if invoice.is_settled else quote.total
    owed = quote.amount - quote.rebate - quote.discount + quote.late_fine + quote.late_interest
    return replace(_line(invoice, quote, paid=owed - left, total=left), last_day=on)


def _line(invoice: Invoice, quote: PayoffQuote, *, paid: Money, total: Money) -> InvoiceLine:
    """Return an invoice without any way to pay it."""
    return InvoiceLine(
        number=invoice.number,
        description=invoice.description,
        due_date=invoice.due_date,
        effective_due_date=invoice.effective_due_date,
        days_late=quote.days_late,
        original_centavos=invoice.amount.centavos,
        paid_centavos=paid.centavos,
        late_fine_centavos=quote.late_fine.centavos,
        late_interest_centavos=quote.late_interest.centavos,
        rebate_centavos=quote.rebate.centavos,
        discount_centavos=quote.discount.centavos,
        total_centavos=total.centavos,
    )
