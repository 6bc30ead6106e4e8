"""Brazilian spellings of numbers, dates, documents and telephones, read one cell at a time.

Every function either understands the cell or raises `UnreadableCellError` with a reason in
Portuguese. What a whole column says together (comma or dot) is decided in `dialect`.
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from regua.domain.tax_ids import is_cnpj, is_cpf, normalise

COMMA, DOT = ",", "."

_MONEY_NOISE = re.compile(r"(?i)r\$|brl|[\s\u00a0\u202f]")
_GROUPED = {
    COMMA: re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d+))?", re.ASCII),
    DOT: re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?", re.ASCII),
}
_MOST_DIGITS = 30
"""Of an amount: far beyond any that is taken, and few enough to reckon with."""
_WHOLE_FLOAT = re.compile(r"(\d+)[.,]0+", re.ASCII)
_SCIENTIFIC = re.compile(r"(?i)\d+([.,]\d+)?e\+?\d+", re.ASCII)
_DATE_FORMATS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d/%m/%y",
    "%Y/%m/%d",
    "%Y%m%d",
)
_SPREADSHEET_DAY = re.compile(r"[3-6]\d{4}(?:[.,]\d+)?", re.ASCII)
_SPREADSHEET_EPOCH = date(1899, 12, 30)
_EMAIL = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>().]{2,}")
_CPF_DIGITS, _CNPJ_DIGITS = 11, 14
_PHONE_DIGITS = (10, 11)
_NAMED_EMPTY = {"", "-", "n/a", "na", "nan", "null", "none", "nat", "nd"}


class UnreadableCellError(ValueError):
    """The cell cannot be understood; the text says why, in Portuguese."""


def blank(cell: str | None) -> bool:
    """Tell whether a cell is empty, however the exporter spelt that.

    >>> blank(" NaN "), blank("0")
    (True, False)
    """
    return cell is None or cell.strip().lower() in _NAMED_EMPTY


def money(cell: str, decimal_mark: str) -> int:
    """Return centavos; parentheses or a minus sign, before or after, make the amount negative.

    >>> money("R$ 1.234,56", COMMA), money("(1.234,56)", COMMA), money("42500.0", DOT)
    (123456, -123456, 4250000)

    Raises:
        UnreadableCellError: for anything that is not one amount with at most two decimal places.
    """
    text = _MONEY_NOISE.sub("", cell).replace("\u2212", "-")
    negative = text.startswith(("-", "(")) or text.endswith("-")
    plain = text.strip("()-+")
    found = _GROUPED[decimal_mark].fullmatch(plain)
    if not found:
        raise UnreadableCellError(f"valor não reconhecido: {cell.strip()!r}")
    if len(plain) > _MOST_DIGITS:
        raise UnreadableCellError("valor grande demais")
    if len((found[1] or "").rstrip("0")) > 2:  # noqa: PLR2004 - centavos have two places
        raise UnreadableCellError(f"mais de duas casas decimais: {cell.strip()!r}")
    other = DOT if decimal_mark == COMMA else COMMA
    reais = Decimal(plain.replace(other, "").replace(decimal_mark, "."))
    return int(reais * 100) * (-1 if negative else 1)


def day(cell: str, formats: tuple[str, ...] = ()) -> date:
    """Return the date in a cell: as `31/12/2026`, ISO, with a time after it, or a spreadsheet day.

    >>> day("31/12/2026"), day("2026-12-31 00:00:00"), day("46387")
    (datetime.date(2026, 12, 31), datetime.date(2026, 12, 31), datetime.date(2026, 12, 31))

    Raises:
        UnreadableCellError: when no format matches; an ambiguous order is never guessed.
    """
    text = cell.strip()
    for candidate in formats or _DATE_FORMATS:
        for spelling in (text, re.split(r"[T ]", text, maxsplit=1)[0]):
            try:
                return datetime.strptime(spelling, candidate).date()  # noqa: DTZ007 - a date
            except ValueError:
                continue
    if not formats and _SPREADSHEET_DAY.fullmatch(text):
        return _SPREADSHEET_EPOCH + timedelta(days=int(re.split(r"[.,]", text)[0]))
    raise UnreadableCellError(f"data não reconhecida: {text!r}")


def _whole(cell: str) -> str:
    """Undo what a spreadsheet did to a long number: `11987654321.0` is `11987654321`."""
    text = cell.strip().lstrip("'")
    if _SCIENTIFIC.fullmatch(text):
        raise UnreadableCellError(f"a planilha perdeu algarismos (notação científica): {text!r}")
    found = _WHOLE_FLOAT.fullmatch(text)
    return found[1] if found else text


def document(cell: str) -> str:
    """Return a valid CPF or CNPJ, giving back the leading zeros a spreadsheet took.

    >>> document("191.0"), document("12.ABC.345/01DE-35")
    ('00000000191', '12ABC34501DE35')

    Raises:
        UnreadableCellError: when neither a CPF nor a CNPJ with right check digits comes out of it.
    """
    text = normalise(_whole(cell))
    for length, is_valid in ((_CPF_DIGITS, is_cpf), (_CNPJ_DIGITS, is_cnpj)):
        if len(text) <= length and is_valid(text.zfill(length)):
            return text.zfill(length)
    raise UnreadableCellError(f"CPF ou CNPJ inválido: {cell.strip()!r}")


def phones(cell: str) -> tuple[str, ...]:
    """Return the telephones of a cell as digits with country code.

    >>> phones("(11) 98765-4321 / 1133334444.0")
    ('+5511987654321', '+551133334444')

    Raises:
        UnreadableCellError: when one of them is not ten or eleven digits after the country code.
    """
    found = []
    for part in re.split(r"[;/|]", cell):
        if blank(part):
            continue
        digits = re.sub(r"\D", "", _whole(part))
        if digits.startswith("55") and len(digits) - 2 in _PHONE_DIGITS:
            digits = digits[2:]
        digits = digits.lstrip("0")
        if len(digits) not in _PHONE_DIGITS:
            raise UnreadableCellError(f"telefone não reconhecido: {part.strip()!r}")
        found.append(f"+55{digits}")
    return tuple(found)


def emails(cell: str) -> tuple[str, ...]:
    """Return the addresses of a cell, separated by semicolon, comma or space.

    >>> emails("ana@example.com.br; BIA@example.com.br")
    ('ana@example.com.br', 'BIA@example.com.br')

    Raises:
        UnreadableCellError: when a part is not an address.
    """
    parts = [part for part in re.split(r"[;,\s]+", cell.strip()) if not blank(part)]
    for part in parts:
        if not _EMAIL.fullmatch(part):
            raise UnreadableCellError(f"e-mail inválido: {part!r}")
    return tuple(dict.fromkeys(parts))
