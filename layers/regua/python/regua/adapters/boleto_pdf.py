"""Draw one boleto on an A4 sheet: the payer's receipt above the cut, the bank's slip below it.

Nothing is decided here: `regua.application.boleto_page` has checked every value. How things are
drawn, and the units, are in `regua.adapters.pdf_sheet`; this module is the form.

Source: BCB Carta-Circular 2.926/2000, annex, and Banco do Brasil, Especificações Técnicas para
Confecção de Boleto: slip of 95 to 108 mm by 170 to 216 mm at the foot of the sheet; bank code in
bold characters of 5 mm; line in five fields, characters of 3.5 to 4 mm; interleaved 2 of 5 of
103 by 13 mm, at least 5 mm from the left edge, its centre at least 12 mm from the lower one.
"""

from collections.abc import Sequence
from datetime import date

from regua.adapters.pdf_sheet import (
    BOLD,
    LABEL_SIZE,
    LEFT,
    MONO,
    RIGHT,
    THICK,
    WIDTH,
    Box,
    Cell,
    Sheet,
    leading,
)
from regua.adapters.pt_br import brl, full_date, tax_id
from regua.application.boleto_page import BoletoPage, Party
from regua.domain.boleto import bank_boleto
from regua.domain.money import Money

SLIP_HEIGHT = 1070
BARCODE_LEFT = LEFT + 50
BARCODE_BOTTOM = 65

_SIDE = 480
"""Width of the slip's right column; the rest is the left one."""
_MAIN = WIDTH - _SIDE
_CODE_LEFT = LEFT + 300
_LINE_LEFT = LEFT + 525
_HEADER = 85
_ADJUSTMENT = 60
_CODE_SIZE = 200
_LINE_SIZE = 140
"""Bold digits of 14 points are 3.5 mm high, those of 20 points 5 mm."""
_RECEIPT_TOP = 2895
_QR_SIZE = 450
_PIX_SIZE = 75
_PIX_COLUMNS = 92

_ON_PRESENTATION = "Contra apresentação"
_PIX_STEPS = (
    "1. Abra o aplicativo do seu banco e escolha pagar com Pix.",
    "2. Leia o QR Code ao lado ou use o código copia e cola abaixo.",
    "3. Confira o nome do beneficiário e o valor antes de confirmar.",
    "Pague só uma vez: por Pix ou pelo código de barras.",
)


def render_boleto(page: BoletoPage) -> bytes:
    """Return the PDF of a page; equal pages give equal bytes."""
    sheet = Sheet(title="Boleto de cobrança", author=page.beneficiary.name)
    bottom = _draw_receipt(sheet, page)
    if page.pix_copy_paste:
        _draw_pix(sheet, page.pix_copy_paste, bottom - 90)
    sheet.dashes(SLIP_HEIGHT)
    cut = "Corte na linha tracejada"
    sheet.text(RIGHT, SLIP_HEIGHT + 10, cut, size=LABEL_SIZE, align="right")
    _draw_slip(sheet, page)
    return sheet.finish()


def _draw_receipt(sheet: Sheet, page: BoletoPage) -> int:
    """Draw the payer's part; return where it ends."""
    top = _draw_header(sheet, page, _RECEIPT_TOP)
    sheet.text(RIGHT, top + 18, "Recibo do Pagador", size=120, font=BOLD, align="right")
    quarter, fifth = WIDTH // 4, WIDTH // 5
    y = _draw_beneficiary(sheet, page, top)
    y = sheet.row(
        y,
        70,
        Cell("Nosso número", page.nosso_numero, quarter),
        Cell("Número do documento", page.document_number, quarter),
        Cell("Vencimento", _due(page), quarter, "right", is_strong=True),
        Cell("Valor do documento (R$)", _money(page.amount), quarter, "right", is_strong=True),
    )
    cells = (Cell(label, value, fifth, "right") for label, value in _adjustments(page))
    y = sheet.row(y, 70, *cells)
    y = sheet.row(y, 100, Cell("Pagador", _party(page.payer), WIDTH))
    y = sheet.row(y, 70, Cell("Linha digitável", _line(page), WIDTH))
    y = sheet.row(y, 330, Cell("Informações do beneficiário", page.instructions, WIDTH))
    sheet.frame(top, y)
    sheet.text(RIGHT, y - 28, "Autenticação mecânica", size=LABEL_SIZE, align="right")
    return y


def _draw_pix(sheet: Sheet, code: str, top: int) -> None:
    """Draw the QR code with what to do, and the same code to be copied."""
    sheet.qr_code(code, LEFT, top, _QR_SIZE)
    left = LEFT + _QR_SIZE + 20
    sheet.text(left, top - 62, "Pague com Pix", size=_LINE_SIZE, font=BOLD)
    sheet.block(Box(left, top - 80, RIGHT - left, 150), _PIX_STEPS)
    sheet.text(left, top - 254, "Pix copia e cola", size=LABEL_SIZE)
    y = top - 256
    for piece in _pix_lines(code):
        y -= leading(_PIX_SIZE)
        sheet.text(left, y, piece, size=_PIX_SIZE, font=MONO)


def _draw_slip(sheet: Sheet, page: BoletoPage) -> None:
    """Draw the ficha de compensação, from the cut to the foot of the sheet."""
    top = _draw_header(sheet, page, SLIP_HEIGHT - 10)
    sheet.text(RIGHT, top + 20, _line(page), size=_LINE_SIZE, font=BOLD, align="right")
    y = sheet.row(
        top,
        72,
        Cell("Local de pagamento", page.payment_place, _MAIN),
        Cell("Vencimento", _due(page), _SIDE, "right", is_strong=True),
    )
    y = _draw_beneficiary(sheet, page, y)
    y = sheet.row(
        y,
        68,
        Cell("Data do documento", _date(page.document_date), 280),
        Cell("Número do documento", page.document_number, 430),
        Cell("Espécie doc.", page.species, 180),
        Cell("Aceite", page.acceptance, 150),
        Cell("Data do processamento", _date(page.processing_date), 420),
        Cell("Nosso número", page.nosso_numero, _SIDE, "right"),
    )
    y = sheet.row(
        y,
        68,
        Cell("Uso do banco", "", 280),
        Cell("Carteira", page.portfolio, 250),
        Cell("Espécie moeda", "R$", 180),
        Cell("Quantidade", "", 330),
        Cell("(x) Valor", "", 420),
        Cell("(=) Valor do documento", _money(page.amount), _SIDE, "right", is_strong=True),
    )
    y = _draw_instructions(sheet, page, y)
    y = sheet.row(
        y, 140, Cell("Pagador", _payer(page), _MAIN), Cell("Código de baixa", "", _SIDE, "right")
    )
    sheet.frame(top, y)
    foot = "Autenticação mecânica - FICHA DE COMPENSAÇÃO"
    sheet.text(RIGHT, y - 28, foot, size=LABEL_SIZE, align="right")
    sheet.barcode(page.boleto.barcode, BARCODE_LEFT, BARCODE_BOTTOM)


def _draw_header(sheet: Sheet, page: BoletoPage, top: int) -> int:
    """Draw the bank's name and code; return where the first row starts."""
    bottom = top - _HEADER
    name = Box(LEFT, top - 10, _CODE_LEFT - LEFT - 20, _HEADER - 15)
    sheet.block(name, (page.bank_name,), size=120, font=BOLD, is_low=True)
    middle = (_CODE_LEFT + _LINE_LEFT) // 2
    sheet.text(middle, bottom + 16, page.bank_code, size=_CODE_SIZE, font=BOLD, align="centre")
    for x in (_CODE_LEFT, _LINE_LEFT):
        sheet.rule((x, bottom), (x, top - 10), THICK)
    sheet.rule((LEFT, bottom), (RIGHT, bottom), THICK)
    return bottom


def _draw_beneficiary(sheet: Sheet, page: BoletoPage, top: int) -> int:
    return sheet.row(
        top,
        100,
        Cell("Beneficiário", _party(page.beneficiary), _MAIN),
        Cell("Agência / Código do beneficiário", page.agency_and_code, _SIDE, "right"),
    )


def _draw_instructions(sheet: Sheet, page: BoletoPage, top: int) -> int:
    """Draw the instructions beside the five boxes of what changes the amount."""
    left, y = LEFT + _MAIN, top
    for label, value in _adjustments(page):
        sheet.rule((left, y), (RIGHT, y))
        sheet.cell(left, y, _ADJUSTMENT, Cell(label, value, _SIDE, "right"))
        y -= _ADJUSTMENT
    label = "Instruções (texto de responsabilidade do beneficiário)"
    return sheet.row(top, top - y, Cell(label, page.instructions, _MAIN))


def _adjustments(page: BoletoPage) -> Sequence[tuple[str, str]]:
    return (
        ("(-) Desconto / Abatimento", _money(page.discount)),
        ("(-) Outras deduções", _money(page.other_deductions)),
        ("(+) Mora / Multa", _money(page.late_charges)),
        ("(+) Outros acréscimos", _money(page.other_additions)),
        ("(=) Valor cobrado", _money(page.charged)),
    )


def _pix_lines(code: str) -> Sequence[str]:
    """Break a code so that no line begins or ends with a space, which copying could lose.

    >>> [len(line) for line in _pix_lines("7" * 91 + "P 1")], _pix_lines("0 2")
    ([91, 3], ['0 2'])
    """
    lines = []
    while len(code) > _PIX_COLUMNS:
        end = _PIX_COLUMNS
        while end > 1 and " " in code[end - 1 : end + 1]:
            end -= 1
        lines.append(code[:end])
        code = code[end:]
    return [*lines, code]


def _payer(page: BoletoPage) -> Sequence[str]:
    guarantor = " - ".join(_party(page.guarantor)) if page.guarantor else ""
    return (*_party(page.payer), f"Sacador/Avalista: {guarantor}")


def _party(party: Party) -> Sequence[str]:
    return (f"{party.name} - {tax_id(party.document)}", party.address)


def _line(page: BoletoPage) -> str:
    return bank_boleto.formatted(page.boleto.line)


def _due(page: BoletoPage) -> str:
    return _date(page.due_date) or _ON_PRESENTATION


def _date(day: date | None) -> str:
    return full_date(day) if day else ""


def _money(amount: Money | None) -> str:
    """Write an amount without the currency, which the form states; none or zero is blank."""
    return brl(amount.centavos).removeprefix("R$ ") if amount else ""
