"""The bank's code as boletos print it beside the line: three digits and a check digit.

Where the remainder of the sum is 1 each bank chose for itself between 0, 1 and X, so those are
data; for such a bank that is not listed the digit is left out rather than guessed.

Source: BCB Carta-Circular 2.926/2000, annex (the code and its digit head the compensation slip);
banks' own boletos as in brcobranca (read November 2026).
"""

from collections.abc import Mapping

from regua.domain.boleto.check_digits import modulo_11
from regua.domain.errors import InvalidInput
from regua.domain.rules import Rule

_DIGITS = 3
_CHOSEN: Mapping[str, str] = {"037": "1", "085": "1", "104": "0", "748": "X"}
_UNDECIDED = "?"
_BECOMES = "0?987654321"


def printed_code(bank: str) -> str:
    """Return the code with its check digit, or alone where only the bank could tell.

    >>> printed_code("341"), printed_code("001"), printed_code("748"), printed_code("099")
    ('341-7', '001-9', '748-X', '099')

    Raises:
        InvalidInput: it is not three digits.
    """
    if not (len(bank) == _DIGITS and bank.isascii() and bank.isdigit()):
        raise InvalidInput.at("bank", f"is not {_DIGITS} digits")
    digit = _CHOSEN.get(bank) or modulo_11(bank, _BECOMES)
    return bank if digit == _UNDECIDED else f"{bank}-{digit}"


RULES = (
    Rule(
        "boleto.bank.printed_code",
        "The bank's code is printed with a check digit modulo 11; where the remainder is 1 the bank"
        " chose it itself, known for "
        + ", ".join(f"{bank}-{digit}" for bank, digit in _CHOSEN.items())
        + ", and left out for any other unless the caller states it.",
        "BCB Carta-Circular 2.926/2000, annex; boletos of those banks",
    ),
)
