from dataclasses import replace
from datetime import date

import pytest

from regua.application.boleto_page import (
    MAX_INSTRUCTION,
    MAX_INSTRUCTIONS,
    MAX_PIX,
    BoletoPage,
    Party,
)
from regua.domain.boleto.bank_boleto import BankBoleto
from regua.domain.errors import InvalidInput
from regua.domain.money import ZERO, Money

DUE = date(2026, 11, 10)
BOLETO = BankBoleto("341", Money(14990), DUE, "1090022335021234567890000")
OPEN = BankBoleto("341", ZERO, None, "1090022335021234567890000")
SHOP = Party("Padaria Pão Dourado Ltda.", "11.222.333/0001-81", "Rua das Acácias, 120")
PAYER = Party("Maria da Conceição", "529.982.247-25", "Av. Brasil, 1500")
PAGE = BoletoPage(
    boleto=BOLETO,
    amount=Money(14990),
    due_date=DUE,
    bank_name="Banco Inventado",
    beneficiary=SHOP,
    payer=PAYER,
)
NOBODY = Party(" ", "11111111111", "")


@pytest.mark.parametrize(
    ("changes", "paths", "why"),
    [
        ({"amount": Money(14991)}, ["amount"], "the invoice says another amount than the line"),
        ({"amount": None}, ["amount"], "the line states one"),
        ({"due_date": date(2026, 11, 11)}, ["due_date"], "another day than in the line"),
        ({"due_date": None}, ["due_date"], "the line states one"),
        ({"boleto": OPEN, "amount": Money(-1)}, ["amount"], "negative"),
        ({"boleto": OPEN, "amount": Money(10**10)}, ["amount"], "eleven digits"),
        ({"discount": Money(-1)}, ["discount"], "negative"),
        ({"charged": Money(14990), "discount": Money(90)}, ["charged"], "does not add up"),
        ({"payer": NOBODY}, ["payer.name", "payer.document"], "both; an address may be unknown"),
        ({"beneficiary": replace(SHOP, address="")}, ["beneficiary.address"], "CDC art. 42-A"),
        ({"guarantor": NOBODY}, ["guarantor.name", "guarantor.document"], "as the payer"),
        ({"payer": replace(PAYER, name="a" * 121)}, ["payer.name"], "too long"),
        ({"bank_name": ""}, ["bank_name"], "missing"),
        ({"bank_name": "b" * 41}, ["bank_name"], "too long"),
        ({"payment_place": ""}, ["payment_place"], "missing"),
        ({"document_number": "1" * 26}, ["document_number"], "too long"),
        ({"nosso_numero": "1" * 26}, ["nosso_numero"], "too long"),
        ({"agency_and_code": "1" * 31}, ["agency_and_code"], "too long"),
        ({"portfolio": "1" * 9}, ["portfolio"], "too long"),
        ({"species": "1" * 9}, ["species"], "too long"),
        ({"acceptance": "X"}, ["acceptance"], "S, N or nothing"),
        ({"bank_code_digit": "12"}, ["bank_code_digit"], "two"),
        ({"bank_code_digit": "-"}, ["bank_code_digit"], "no digit"),
        ({"bank_code_digit": "²"}, ["bank_code_digit"], "not ASCII"),
        ({"instructions": ("a",) * (MAX_INSTRUCTIONS + 1)}, ["instructions"], "too many"),
        (
            {"instructions": ("a", "b" * (MAX_INSTRUCTION + 1))},
            ["instructions[1]"],
            "the second is too long",
        ),
        (
            {"document_date": date(2026, 10, 2), "processing_date": date(2026, 10, 1)},
            ["processing_date"],
            "processed before it existed",
        ),
        ({"pix_copy_paste": ""}, ["pix_copy_paste"], "empty"),
        ({"pix_copy_paste": "https://example.com.br"}, ["pix_copy_paste"], "an address"),
        ({"pix_copy_paste": "000201\n"}, ["pix_copy_paste"], "a line feed"),
        ({"pix_copy_paste": "000201ç"}, ["pix_copy_paste"], "not ASCII"),
        ({"pix_copy_paste": "000201" + "1" * MAX_PIX}, ["pix_copy_paste"], "too long"),
        ({"amount": Money(1), "acceptance": "?"}, ["amount", "acceptance"], "all at once"),
    ],
)
def test_a_contradiction_or_a_gap_is_named(
    changes: dict[str, object], paths: list[str], why: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        replace(PAGE, **changes)  # type: ignore[arg-type]
    assert [p.path for p in refused.value.problems] == paths, why


def test_an_open_amount_and_due_date_take_what_the_invoice_says_or_stay_blank() -> None:
    stated = replace(PAGE, boleto=OPEN, amount=Money(5000), due_date=DUE)
    assert (stated.amount, stated.due_date) == (Money(5000), DUE)
    blank = replace(PAGE, boleto=OPEN, amount=None, due_date=None)
    assert (blank.amount, blank.due_date) == (None, None)


def test_what_is_charged_is_the_amount_less_deductions_plus_additions() -> None:
    page = replace(
        PAGE,
        discount=Money(1000),
        other_deductions=Money(90),
        late_charges=Money(300),
        other_additions=Money(50),
        charged=Money(14250),
    )
    assert page.charged == Money(14250)


def test_the_banks_code_is_completed_unless_the_bank_says_otherwise() -> None:
    assert PAGE.bank_code == "341-7"
    unknown = BankBoleto("099", Money(14990), DUE, "0" * 25)
    assert replace(PAGE, boleto=unknown).bank_code == "099"
    assert replace(PAGE, boleto=unknown, bank_code_digit="1").bank_code == "099-1"


def test_no_personal_value_is_repeated_in_a_refusal() -> None:
    with pytest.raises(InvalidInput) as refused:
        replace(PAGE, payer=Party("Fulano de Tal" * 20, "12345678900", ""))
    assert not any("Fulano" in p.reason or "12345" in p.reason for p in refused.value.problems)
