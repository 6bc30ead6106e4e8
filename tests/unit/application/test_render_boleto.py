"""Whose boleto is printed, what the page says, and when printing is refused."""

from datetime import date
from typing import Any

import pytest

from regua.adapters.memory import MemoryLedger, MemoryPortfolio
from regua.application.boleto_page import BoletoPage
from regua.application.ports import Change
from regua.application.render_boleto import NoBoleto, PrintedBoleto, RenderBoleto
from regua.domain.boleto.bank_boleto import BankBoleto
from regua.domain.customer import CustomerKind
from regua.domain.errors import Conflict, InvalidInput, NotFound
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.invoice import Invoice, PaymentOptions
from regua.domain.money import Money
from tests.builders import (
    DUE,
    ISSUED_AT,
    any_account,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
)

LINE = BankBoleto("341", Money(14990), DUE, "1090022335021234567890000").line
PIX = "00020126360014br.gov.bcb.pix"
FIXED_FINE = {"late_charges": {"fine_percent": "0", "fine_amount_centavos": 5000}}


class Printer:
    """A portfolio with one invoice, and what was drawn and said of it."""

    def __init__(self, invoice: Invoice, **customer: Any) -> None:  # noqa: ANN401 - any field
        self.pages: list[BoletoPage] = []
        self.terms: list[Any] = []
        self.portfolio = MemoryPortfolio(MemoryLedger())
        account = any_account(invoice, version=0, customer=any_customer(**customer))
        self.portfolio.commit(
            Change(account.with_invoice(invoice), (invoice,), {invoice.external_id: 0})
        )
        self.render = RenderBoleto(self.portfolio, self._draw, self._say)

    def _draw(self, page: BoletoPage) -> bytes:
        self.pages.append(page)
        return b"%PDF"

    def _say(self, terms: Any, _discounts: Any) -> tuple[str, ...]:  # noqa: ANN401 - kept
        self.terms.append(terms)
        return ("Multa.",)

    def __call__(self, **creditor: Any) -> PrintedBoleto:  # noqa: ANN401 - any field
        return self.render(any_creditor(**creditor), InvoiceId("fat-1"), DUE)


def payable(**changes: Any) -> Invoice:  # noqa: ANN401 - any field
    options = PaymentOptions(boleto_line=LINE, pix_copy_paste=PIX)
    return any_invoice(**{"payment": options, **changes})


def test_the_page_says_who_owes_what_to_whom() -> None:
    printer = Printer(payable())
    printed = printer()
    (page,) = printer.pages
    assert (printed.pdf, printed.file_name) == (b"%PDF", "boleto-FAT-1.pdf")
    assert (page.beneficiary.name, page.payer.name) == ("Aurora Energia Ltda", "Maria da Silva")
    assert (page.bank_name, page.bank_code) == ("Itaú", "341-7")
    assert (page.amount, page.due_date) == (Money(14990), DUE)
    assert (page.document_number, page.document_date) == ("FAT-1", date(2026, 10, 1))
    assert (page.instructions, page.pix_copy_paste) == (("Multa.",), PIX)


def test_an_unknown_bank_is_named_by_its_code() -> None:
    line = BankBoleto("099", Money(14990), DUE, "0" * 25).line
    printer = Printer(payable(payment=PaymentOptions(boleto_line=line)))
    printer()
    assert printer.pages[0].bank_name == "Banco 099"


@pytest.mark.parametrize(
    ("changes", "error", "why"),
    [
        ({"payment": PaymentOptions()}, NoBoleto, "nothing to print"),
        ({"payments": (any_payment(),)}, Conflict, "settled: nobody should pay twice"),
        ({"cancelled_at": ISSUED_AT, "cancel_reason": "erro"}, Conflict, "withdrawn"),
        ({"payments": (any_payment(amount=Money(1)),)}, InvalidInput, "the centavo again"),
        ({"payment": PaymentOptions(boleto_line="123")}, InvalidInput, "no line"),
        ({"due_date": date(2026, 11, 11)}, InvalidInput, "the line has another due date"),
    ],
)
def test_what_should_not_be_paid_is_not_drawn(
    changes: dict[str, Any], error: type[Exception], why: str
) -> None:
    printer = Printer(payable(**changes))
    with pytest.raises(error):
        printer()
    assert printer.pages == [], why


def test_another_creditors_invoice_is_not_found() -> None:
    with pytest.raises(NotFound):
        Printer(payable())(creditor_id=CreditorId("boreal"))


@pytest.mark.parametrize(
    ("profile", "kind", "centavos", "why"),
    [
        ("consumer", CustomerKind.PERSON, 299, "2 % of 149.90, cut"),
        ("company", CustomerKind.COMPANY, 1499, "10 %"),
        ("company", CustomerKind.PERSON, 299, "a person is a consumer whatever the ruler says"),
    ],
)
def test_no_fixed_fine_is_announced_above_what_the_law_allows(
    profile: str, kind: CustomerKind, centavos: int, why: str
) -> None:
    printer = Printer(payable(), kind=kind)
    charges = {**FIXED_FINE["late_charges"], "profile": profile}
    step = {"id": "a", "offset_days": 0, "channels": ["email"], "template": "vencimento"}
    printer(ruler={"name": "fixa", "steps": [step], "late_charges": charges})
    assert printer.terms[0].fine_amount == Money(centavos), why


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("NF 12/34", "boleto-NF-12-34.pdf"),
        ('a"\r\nX: y', "boleto-a-X-y.pdf"),
        ("º" * 9, "boleto--.pdf"),
        ("9" * 200, f"boleto-{'9' * 60}.pdf"),
    ],
)
def test_a_number_becomes_a_harmless_file_name(number: str, name: str) -> None:
    assert PrintedBoleto(number, b"").file_name == name


@pytest.mark.parametrize(
    ("in_the_line", "amount", "deduction", "why"),
    [
        (14990, 14990, 990, "registered in full: the rebate is printed beside it"),
        (14000, 14000, None, "the bank took it off already"),
        (0, 14990, 990, "an open amount"),
    ],
)
def test_a_rebate_is_taken_off_once(
    in_the_line: int, amount: int, deduction: int | None, why: str
) -> None:
    line = BankBoleto("341", Money(in_the_line), DUE, "1090022335021234567890000").line
    printer = Printer(payable(rebate=Money(990), payment=PaymentOptions(boleto_line=line)))
    printer()
    (page,) = printer.pages
    expected = None if deduction is None else Money(deduction)
    assert (page.amount, page.other_deductions) == (Money(amount), expected), why
