"""A boleto that carries a Pix code is paid once and told of twice: which of the two counts.

The payer of such a boleto scans its code; the PSP tells of a Pix, and the bank's return file of a
boleto that was settled. Both are the same money. The Pix counts, because only it can be refunded by
its own id; the boleto's entry stays visible, taken back with the reason `SAME_AS_PIX`.
"""

from regua.domain.invoice import Invoice, Payment, PaymentMethod
from regua.domain.negotiation.agreement import is_carried
from regua.domain.payoff import business_date
from regua.domain.rules import Rule

SAME_AS_PIX = "same_as_pix"


def told_once(invoice: Invoice) -> Invoice:
    """Return an invoice whose boleto carries a Pix code with each payment counted once.

    An invoice that has only one of the two, or a code of ours beside a boleto of the bank's, can
    be paid twice: there both payments count. Money that an agreement carried over was paid by the
    code of an instalment, and is nobody's twin.
    """
    options = invoice.payment
    if options.boleto_line is None or options.pix_copy_paste is None:
        return invoice
    standing = [
        p for p in invoice.payments if p.reversed_at is None and not is_carried(p.payment_id)
    ]
    unpaired = [p for p in standing if p.method is PaymentMethod.PIX]
    for boleto in (p for p in standing if p.method is PaymentMethod.BOLETO):
        twin = next((p for p in unpaired if _is_same(p, boleto)), None)
        if twin is not None:
            unpaired.remove(twin)
            at = max(twin.paid_at, boleto.paid_at)
            invoice = invoice.with_reversal(boleto.payment_id, at, SAME_AS_PIX)
    return invoice


def _is_same(pix: Payment, boleto: Payment) -> bool:
    is_one_day = business_date(pix.paid_at) == business_date(boleto.paid_at)
    return is_one_day and pix.amount == boleto.amount


RULES = (
    Rule(
        "pix.same_money",
        "Where a creditor's boleto carries a Pix code, a boleto payment of the same amount on the "
        "same day as a Pix is the same money: the Pix counts, once.",
        "our convention: banks tell of a hybrid boleto paid by Pix in both ways, and no field "
        "connects the two",
    ),
)
