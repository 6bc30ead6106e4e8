import builtins
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from regua.adapters.boleto_pdf import BARCODE_BOTTOM, BARCODE_LEFT, SLIP_HEIGHT, render_boleto
from regua.adapters.pdf_sheet import LEFT, PAPER_WIDTH, RIGHT, printable
from regua.application.boleto_page import (
    MAX_INSTRUCTION,
    MAX_INSTRUCTIONS,
    MAX_PIX,
    BoletoPage,
    Party,
)
from regua.domain.boleto.bank_boleto import MAX_AMOUNT, BankBoleto
from regua.domain.money import ZERO, Money

DUE = date(2026, 11, 10)
BOLETO = BankBoleto("341", Money(14990), DUE, "1090022335021234567890000")
PIX = (
    "00020126850014br.gov.bcb.pix2563pix.example.com.br/qr/v2/cobv/9d36b84fc70b478fb95c12729b90ca"
    "255204000053039865406149.905802BR5925PADARIA PAO DOURADO  LTDA6009SAO PAULO62070503***63041D3D"
)
PAGE = BoletoPage(
    boleto=BOLETO,
    amount=Money(14990),
    due_date=DUE,
    bank_name="Banco Inventado S.A.",
    beneficiary=Party(
        "Padaria Pão Dourado Ltda.", "11222333000181", "Rua das Acácias, 120 - São Paulo/SP"
    ),
    payer=Party(
        "Maria Aparecida da Conceição", "52998224725", "Av. Brasil, 1500 - Ribeirão Preto/SP"
    ),
    guarantor=Party("Distribuidora Três Irmãos S/A", "12ABC34501DE35", "Rua Sete, 7 - Niterói/RJ"),
    document_number="NF 1234/001",
    document_date=date(2026, 10, 20),
    processing_date=date(2026, 10, 21),
    species="DM",
    acceptance="N",
    agency_and_code="1234 / 56789-0",
    nosso_numero="109/00223350-2",
    portfolio="109",
    instructions=(
        "Após o vencimento, multa de 2,00% e juros de 1,00% ao mês.",
        "Não aceitar cheque.",
    ),
    discount=Money(1001),
    late_charges=Money(302),
    other_deductions=Money(203),
    other_additions=Money(404),
    charged=Money(14492),
    pix_copy_paste=PIX,
)
BARE = BoletoPage(
    boleto=BankBoleto("001", ZERO, None, "0" * 25),
    amount=None,
    due_date=None,
    bank_name="Banco",
    beneficiary=PAGE.beneficiary,
    payer=PAGE.payer,
)
W = "W" * 1000
CROWDED = BoletoPage(
    boleto=BankBoleto("748", MAX_AMOUNT, DUE, "9" * 25),
    amount=MAX_AMOUNT,
    due_date=DUE,
    bank_name=W[:40],
    beneficiary=Party(W[:120], "11222333000181", "Ww " * 66),
    payer=Party("Ação e Reação " * 8, "52998224725", W[:200]),
    guarantor=Party("M" * 120, "12ABC34501DE35", "q" * 200),
    payment_place=W[:120],
    document_number=W[:25],
    species=W[:8],
    agency_and_code=W[:30],
    nosso_numero=W[:25],
    portfolio=W[:8],
    instructions=(W[:MAX_INSTRUCTION],) * MAX_INSTRUCTIONS,
    discount=MAX_AMOUNT,
    late_charges=MAX_AMOUNT,
    charged=MAX_AMOUNT,
    pix_copy_paste="000201" + "0 b" * 168,
)
TENTHS_PER_POINT = 254 / 72


class Mark(NamedTuple):
    """A drawn thing and where it is, in tenths of a millimetre from the lower left corner."""

    left: float
    bottom: float
    right: float
    top: float


def opened(pdf: bytes) -> pypdfium2.PdfPage:
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    return document[0]


def text_of(pdf: bytes) -> str:
    found: str = opened(pdf).get_textpage().get_text_range()
    return " ".join(found.split())


def image_of(pdf: bytes) -> Image.Image:
    image: Image.Image = opened(pdf).render(scale=4).to_pil()
    return image


def letters(pdf: bytes) -> list[tuple[str, Mark]]:
    """Return every visible character with its place."""
    text = opened(pdf).get_textpage()
    whole: str = text.get_text_range()
    found = []
    for index, character in enumerate(whole):
        if character.strip():
            box = text.get_charbox(index)
            found.append((character, Mark(*(side * TENTHS_PER_POINT for side in box))))
    return found


@pytest.mark.parametrize("page", [PAGE, BARE, CROWDED], ids=["usual", "bare", "crowded"])
def test_a_scanner_reads_the_barcode_and_the_pix_code(page: BoletoPage) -> None:
    read = {
        code.format: code.text for code in zxingcpp.read_barcodes(image_of(render_boleto(page)))
    }
    expected = {zxingcpp.BarcodeFormat.ITF: page.boleto.barcode}
    if page.pix_copy_paste:
        expected[zxingcpp.BarcodeFormat.QRCode] = page.pix_copy_paste
    assert read == expected


@pytest.mark.parametrize(
    ("printed", "times", "why"),
    [
        ("34191.09008 22335.021238 45678.900007 1 16260000014990", 2, "the line, in five fields"),
        ("341-7", 2, "the bank's code and its digit"),
        ("Banco Inventado S.A.", 2, "the bank"),
        ("Recibo do Pagador", 1, "the receipt's name"),
        ("FICHA DE COMPENSAÇÃO", 1, "the slip's name"),
        ("Local de pagamento Pagável em qualquer banco", 1, "where"),
        ("Padaria Pão Dourado Ltda. - CNPJ 11.222.333/0001-81", 2, "who is owed"),
        ("Rua das Acácias, 120 - São Paulo/SP", 2, "CDC art. 42-A: and where they are"),
        ("Maria Aparecida da Conceição - CPF 529.982.247-25", 2, "who owes"),
        ("Av. Brasil, 1500 - Ribeirão Preto/SP", 2, "and where they are"),
        (
            "Sacador/Avalista: Distribuidora Três Irmãos S/A - CNPJ 12.ABC.345/01DE-35",
            1,
            "who else",
        ),
        ("1234 / 56789-0", 2, "agency and code"),
        ("109/00223350-2", 2, "nosso número"),
        ("NF 1234/001", 2, "the document"),
        ("20/10/2026", 1, "its date"),
        ("21/10/2026", 1, "when it was processed"),
        ("Espécie doc. DM", 1, "species"),
        ("Aceite N", 1, "acceptance"),
        ("Carteira 109", 1, "portfolio"),
        ("Espécie moeda R$", 1, "currency"),
        ("10/11/2026", 2, "when it is due"),
        ("149,90", 2, "the amount"),
        ("10,01", 2, "discount"),
        ("2,03", 2, "other deductions"),
        ("3,02", 2, "late charges"),
        ("4,04", 2, "other additions"),
        ("144,92", 2, "what is charged"),
        ("Após o vencimento, multa de 2,00% e juros de 1,00% ao mês.", 2, "instructions"),
        ("Autenticação mecânica", 2, "room for the teller"),
        ("Corte na linha tracejada", 1, "the cut"),
        ("Pague com Pix", 1, "the other way to pay"),
    ],
)
def test_what_must_be_printed_can_be_read_as_text(printed: str, times: int, why: str) -> None:
    assert text_of(render_boleto(PAGE)).count(printed) == times, why


def test_the_pix_code_stands_there_to_be_copied() -> None:
    """Compared without spaces: an extractor may write two as one."""
    copied = opened(render_boleto(PAGE)).get_textpage().get_text_range()
    assert "".join(PIX.split()) in "".join(copied.split())


def test_what_is_unknown_is_blank_and_its_box_still_there() -> None:
    text = text_of(render_boleto(replace(BARE, amount=ZERO, discount=ZERO)))
    for label in (
        "Nosso número",
        "Agência / Código do beneficiário",
        "Carteira",
        "Sacador/Avalista",
    ):
        assert label in text
    assert text.count("Contra apresentação") == 2
    assert "None" not in text
    assert "Pix" not in text
    assert "0,00" not in text


def test_the_same_page_gives_the_same_bytes_and_another_page_others() -> None:
    assert render_boleto(PAGE) == render_boleto(replace(PAGE))
    assert render_boleto(PAGE) != render_boleto(replace(PAGE, nosso_numero="109/00223351-0"))


def test_the_file_says_what_it_is_and_not_when_it_was_made() -> None:
    document = pypdfium2.PdfDocument(render_boleto(PAGE))
    about = document.get_metadata_dict()
    assert about["Title"] == "Boleto de cobrança"
    assert about["Author"] == "Padaria Pão Dourado Ltda."
    assert about["CreationDate"].startswith("D:20000101")


def test_drawing_opens_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    render_boleto(PAGE)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr(builtins, "open", refuse)
    assert render_boleto(PAGE).startswith(b"%PDF-")


def test_the_barcode_has_the_size_and_the_place_that_banks_ask_for() -> None:
    """Measured in pixels of 1/288 inch: 103 ± 2 mm by 13 mm, 5 mm from the form's edge."""
    image = (
        image_of(render_boleto(BARE)).convert("L").point(lambda level: 0 if level > 128 else 255)
    )
    pixels_per_tenth = 72 * 4 / 254
    above_foot = image.height - round(198 * pixels_per_tenth)
    foot = image.crop((0, above_foot, image.width * 2 // 3, image.height))
    box = foot.getbbox()
    assert box is not None
    left, top, right, bottom = (side / pixels_per_tenth for side in box)
    assert left == pytest.approx(BARCODE_LEFT, abs=4)
    assert right - left == pytest.approx(1030, abs=20)
    assert bottom - top == pytest.approx(130, abs=4)
    centre = (foot.height / pixels_per_tenth) - (top + bottom) / 2
    assert centre >= 120
    assert BARCODE_LEFT - LEFT >= 50
    assert BARCODE_BOTTOM > 50
    assert 950 <= SLIP_HEIGHT <= 1080
    assert 1700 <= RIGHT - LEFT <= 2160


def test_the_line_and_the_banks_code_are_large_enough() -> None:
    """3.5 to 4 mm for the line above the slip, 5 mm for the code."""
    heights = {
        round(mark.top - mark.bottom)
        for character, mark in letters(render_boleto(PAGE))
        if character == "1" and SLIP_HEIGHT - 95 < mark.bottom < SLIP_HEIGHT
    }
    assert max(heights) >= 49, "the code"
    assert 35 <= min(heights) <= 40, "the line"


@pytest.mark.parametrize("page", [PAGE, BARE, CROWDED], ids=["usual", "bare", "crowded"])
def test_no_character_leaves_the_sheet_or_lies_on_another(page: BoletoPage) -> None:
    found = letters(render_boleto(page))
    assert all(mark.left > 0 and mark.right <= RIGHT + 1 for _, mark in found)
    assert all(mark.bottom > BARCODE_BOTTOM and mark.top < 2970 for _, mark in found)
    ordered = sorted(found, key=lambda item: item[1].left)
    for index, (character, mark) in enumerate(ordered):
        for other, place in ordered[index + 1 :]:
            if place.left >= mark.right - 1:
                break
            overlap = min(mark.top, place.top) - max(mark.bottom, place.bottom)
            assert overlap <= 1, (character, other, mark, place)


def test_no_text_crosses_a_line_of_the_form() -> None:
    page = opened(render_boleto(CROWDED))
    rules = [
        Mark(*(side * TENTHS_PER_POINT for side in thing.get_bounds()))
        for thing in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_PATH])
    ]
    upright = [m for m in rules if m.right - m.left < 15 and m.top - m.bottom > 50]
    flat = [m for m in rules if m.top - m.bottom < 15 and m.right - m.left > 300]
    assert upright
    assert flat
    for character, mark in letters(render_boleto(CROWDED)):
        if mark.top < BARCODE_BOTTOM + 131:
            continue
        for rule in (*upright, *flat):
            is_crossed = (
                mark.left < rule.left < rule.right < mark.right
                and mark.bottom < rule.top
                and rule.bottom < mark.top
            ) or (
                mark.bottom < rule.bottom < rule.top < mark.top
                and mark.left < rule.right
                and rule.left < mark.right
            )
            assert not is_crossed, (character, mark, rule)


def test_a_usual_name_and_address_are_printed_whole_however_long() -> None:
    name = "Associação dos Moradores e Comerciantes da Região Metropolitana de Belo Horizonte S/A"
    address = (
        "Av. Presidente Juscelino Kubitschek de Oliveira, 12345, bloco B, conj. 1203 - Itajaí/SC"
    )
    page = replace(
        PAGE,
        beneficiary=Party(name, "11222333000181", address),
        payer=Party(name, "11222333000181", address),
    )
    text = text_of(render_boleto(page))
    assert text.count(name) == 4
    assert text.count(address) == 4
    assert "…" not in text


@pytest.mark.parametrize(
    ("text", "printed", "why"),
    [
        (
            "Conceição & Irmãos – Nº 1ª “Çá” € ½",
            "Conceição & Irmãos – Nº 1ª “Çá” € ½",
            "Latin-1 and more",
        ),
        ("Conceic\u0327a\u0303o", "Conceição", "accents written apart"),
        ("Dvořák", "Dvorák", "without the accent that is missing"),
        ("日本 \u0416", "?? ?", "nothing close"),
        ("a\r\nb\tc\u202e\x00", "a b c", "one line, nothing invisible"),
        ("\ud800", "", "half a surrogate pair"),
        ("ﬁm", "fim", "a ligature"),
    ],
)
def test_text_is_written_with_the_characters_of_the_standard_fonts(
    text: str, printed: str, why: str
) -> None:
    assert printable(text) == printed, why


@settings(max_examples=30)
@given(
    st.text(min_size=1, max_size=120).filter(str.strip),
    st.text(min_size=1, max_size=200).filter(str.strip),
    st.lists(st.text(max_size=MAX_INSTRUCTION), max_size=MAX_INSTRUCTIONS),
)
def test_any_text_that_the_page_accepts_is_drawn_inside_the_sheet(
    name: str, address: str, instructions: list[str]
) -> None:
    party = Party(name, "52998224725", address)
    page = replace(BARE, payer=party, beneficiary=party, instructions=tuple(instructions))
    assert all(
        mark.left >= 0 and mark.right <= PAPER_WIDTH - LEFT + 1
        for _, mark in letters(render_boleto(page))
    )


def test_the_longest_pix_code_fits_and_is_read() -> None:
    code = "000201" + "Az09 -/" * 100
    page = replace(PAGE, pix_copy_paste=code[:MAX_PIX].rstrip())
    read = {code.text for code in zxingcpp.read_barcodes(image_of(render_boleto(page)))}
    assert page.pix_copy_paste in read
