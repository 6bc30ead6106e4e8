"""The Pix code that asks for what an invoice comes to today.

A static code carries its amount, so one that was written before the due date asks for too little
afterwards: it is written again, for the same key, name, city and txid. A dynamic code names a
charge whose amount the PSP works out on the day it is paid: it is shown as it is.
"""

import hashlib
from dataclasses import dataclass, field, replace

from regua.domain.errors import InvalidInput
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.money import Money
from regua.domain.pix import br_code
from regua.domain.pix.br_code import BrCode
from regua.domain.pix.setup import PixSetup
from regua.domain.rules import Rule


@dataclass(frozen=True, slots=True)
class TodayCode:
    """A code to pay with today. ``text`` is what is copied, and what the QR code shows."""

    text: str = field(repr=False)
    is_amount_fixed: bool
    """Whether it carries the amount of the day; else the payer's app asks the PSP, or the payer."""
    txid: str | None = None
    """That of a code of our own, by which its money finds the invoice."""


def static_txid(creditor_id: CreditorId, invoice_id: InvoiceId) -> str:
    """Name the money of an invoice in a static code of ours: 25 hexadecimal digits.

    >>> static_txid(CreditorId("acme"), InvoiceId("fat-1"))
    '4861529eacc0c4492bd17868c'
    """
    named = f"{len(creditor_id)}:{creditor_id}{invoice_id}"
    digest = hashlib.sha256(b"regua.pix.static.v1\0" + named.encode()).hexdigest()
    return digest[: br_code.MAX_TXID]


def today_code(
    creditor_id: CreditorId, invoice: Invoice, total: Money, setup: PixSetup | None, name: str
) -> TodayCode | None:
    """Return the code to pay an open invoice with, the creditor's own first.

    Args:
        creditor_id: whose invoice it is.
        invoice: what is owed, with the creditor's own code and that of the charge we made.
        total: what it comes to today; more than zero.
        setup: the creditor's Pix key, if it has told us one.
        name: the creditor's, as it stands in a code.

    Returns:
        None when there is no code, or none that asks for what is owed.
    """
    own = invoice.payment.pix_copy_paste
    if own is not None:
        found = _of_the_creditor(own, total)
        if found is not None:
            return found
    elif invoice.charge_code is not None:
        return TodayCode(invoice.charge_code, is_amount_fixed=False)
    return None if setup is None else _ours(creditor_id, invoice, total, setup, name)


def _of_the_creditor(text: str, total: Money) -> TodayCode | None:
    try:
        code = br_code.decode(text)
    except InvalidInput:  # written before codes were checked: it may ask for anything
        return None
    if code.key is None:
        return TodayCode(text, is_amount_fixed=False)
    if code.amount == total:
        return TodayCode(text, is_amount_fixed=True)
    try:
        again = br_code.encode(replace(code, amount=total))
    except InvalidInput:  # it says something that we do not write
        return None if code.amount is not None else TodayCode(text, is_amount_fixed=False)
    return TodayCode(again, is_amount_fixed=True)


def _ours(
    creditor_id: CreditorId, invoice: Invoice, total: Money, setup: PixSetup, name: str
) -> TodayCode | None:
    txid = static_txid(creditor_id, invoice.external_id)
    code = BrCode(
        name=name[: br_code.MAX_NAME].strip(),
        city=setup.city,
        key=setup.key,
        amount=total,
        txid=txid,
    )
    try:
        return TodayCode(br_code.encode(code), is_amount_fixed=True, txid=txid)
    except InvalidInput:  # a name without an ASCII form, an amount beyond what a code carries
        return None


RULES = (
    Rule(
        "pix.today",
        "The customer's page shows a code for what is owed that day: the creditor's own static code"
        " written again with the amount, a dynamic one as it is, else one of ours.",
        "BCB, Manual do BR Code: the amount in a static code is binding",
    ),
)
