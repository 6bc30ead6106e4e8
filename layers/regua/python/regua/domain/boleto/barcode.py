"""Read a boleto from what people paste: a barcode or a line, grouped or not.

Bank boletos and utility bills are told apart by the number of digits and the first one; each has
its own module. Nothing that fails a check digit gets through, and no check digit ever corrects
anything. Digits are counted from 1 in messages, characters of the text likewise.

Source: BCB Carta-Circular 2.926/2000, annex; FEBRABAN, Layout Padrão de Arrecadação v4.
"""

from datetime import date

from regua.domain.boleto import bank_boleto, utility_bill
from regua.domain.boleto.bank_boleto import BankBoleto
from regua.domain.boleto.utility_bill import UtilityBill
from regua.domain.errors import InvalidInput
from regua.domain.rules import Rule

MAX_CHARACTERS = 100
"""A line of 48 digits with a separator after every one still fits."""

_SEPARATORS = ". -"
_DROP_SEPARATORS = str.maketrans("", "", _SEPARATORS)
_READABLE = frozenset("0123456789" + _SEPARATORS)
_BARCODE = bank_boleto.BARCODE_DIGITS


def parse(text: str, *, today: date) -> BankBoleto | UtilityBill:
    """Read a barcode or a line; dots, spaces and hyphens may stand anywhere.

    >>> parse("34191.09008 22335.021238 45678.900007 1 71950000060000", today=date(2017, 6, 1))
    ... # doctest: +NORMALIZE_WHITESPACE
    BankBoleto(bank='341', amount=Money(centavos=60000), due_date=datetime.date(2017, 6, 19),
               free_field='1090022335021234567890000')

    Args:
        text: as pasted; ASCII digits only.
        today: the day of reading, which decides what the due factor stands for.

    Raises:
        InvalidInput: naming the character (``position 17``), the field (``field 2``) or the part
            (``general_check_digit``, ``due_factor`` …) that is wrong.
    """
    digits = _digits(text)
    if len(digits) == _BARCODE:
        _check(digits)
        barcode = digits
    else:
        barcode = _barcode_of(digits)
    if barcode[0] == utility_bill.PRODUCT:
        return utility_bill.read(barcode)
    return bank_boleto.read(barcode, today)


def parse_bank_boleto(text: str, *, today: date) -> BankBoleto:
    """Read like `parse`, and refuse a utility bill.

    Raises:
        InvalidInput: as `parse`, or it is a utility bill.
    """
    boleto = parse(text, today=today)
    if isinstance(boleto, UtilityBill):
        raise InvalidInput.at("position 1", "starts with 8: a utility bill, not a bank boleto")
    return boleto


def line_of(barcode: str) -> str:
    """Return the digits people type for a barcode, without separators.

    >>> line_of("84630000000299902962020041013600000200644114")
    '846300000003299902962024004101360008002006441147'

    Raises:
        InvalidInput: it is not a barcode of 44 digits with a right check digit.
    """
    digits = _digits(barcode)
    if len(digits) != _BARCODE:
        raise InvalidInput.at("barcode", f"has {len(digits)} digits instead of {_BARCODE}")
    _check(digits)
    if digits[0] == utility_bill.PRODUCT:
        return utility_bill.line_of(digits)
    return bank_boleto.line_of(digits)


def barcode_of(line: str) -> str:
    """Return the 44 digits that a line spells.

    >>> barcode_of("34191.09008 22335.021238 45678.900007 1 71950000060000")
    '34191719500000600001090022335021234567890000'

    Raises:
        InvalidInput: it is not a line, or one of its check digits is wrong.
    """
    return _barcode_of(_digits(line))


def formatted(text: str) -> str:
    """Return the line of a barcode or of a line, grouped as it is printed.

    >>> formatted("34191719500000600001090022335021234567890000")
    '34191.09008 22335.021238 45678.900007 1 71950000060000'

    Raises:
        InvalidInput: as `line_of` and `barcode_of`.
    """
    line = plain_line(text)
    if line[0] == utility_bill.PRODUCT:
        return utility_bill.formatted(line)
    return bank_boleto.formatted(line)


def plain_line(text: str) -> str:
    """Return the digits of the line of a barcode or of a line, grouped or not.

    >>> plain_line("34191.09008 22335.021238 45678.900007 1 71950000060000")
    '34191090082233502123845678900007171950000060000'

    Raises:
        InvalidInput: as `line_of` and `barcode_of`.
    """
    digits = _digits(text)
    return line_of(digits if len(digits) == _BARCODE else _barcode_of(digits))


def _digits(text: str) -> str:
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput.at("text", f"is longer than {MAX_CHARACTERS} characters")
    digits = text.translate(_DROP_SEPARATORS)
    if not (digits.isascii() and digits.isdigit()):
        for position, character in enumerate(text, 1):
            if character not in _READABLE:
                raise InvalidInput.at(
                    f"position {position}", "is not a digit, a dot, a space or a hyphen"
                )
    return digits


def _barcode_of(line: str) -> str:
    if len(line) == bank_boleto.LINE_DIGITS:
        barcode = bank_boleto.barcode_of(line)
    elif len(line) == utility_bill.LINE_DIGITS:
        barcode = utility_bill.barcode_of(line)
    else:
        raise InvalidInput.at(
            "line",
            f"has {len(line)} digits; a bank boleto has {bank_boleto.LINE_DIGITS},"
            f" a utility bill {utility_bill.LINE_DIGITS}, a barcode {_BARCODE}",
        )
    _check(barcode)
    return barcode


def _check(barcode: str) -> None:
    if barcode[0] == utility_bill.PRODUCT:
        utility_bill.check(barcode)
    else:
        bank_boleto.check(barcode)


RULES = (
    Rule(
        "boleto.text.readable",
        "A boleto is read from ASCII digits with dots, spaces and hyphens anywhere, at most"
        f" {MAX_CHARACTERS} characters; its kind follows from the number of digits and the first.",
        "our convention: people paste what banks, apps and e-mails group in different ways",
    ),
)
