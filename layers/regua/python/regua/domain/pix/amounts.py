"""Amounts as Pix writes them: reais with a point, two decimal places, at most ten digits before."""

import re
from typing import Final

from regua.domain.money import Money

AMOUNT: Final = re.compile(r"\d{1,10}\.\d{2}", re.ASCII)
"""The only form we write. Source: API Pix 2.9.0, ``valor`` in every schema."""
MAX_AMOUNT: Final = Money(999_999_999_999)

_READABLE = re.compile(r"(\d{1,10})(?:[.,](\d{0,2}))?", re.ASCII)


def reais(amount: Money) -> str:
    """Write an amount for a BR Code or a JSON body.

    >>> reais(Money(12345)), reais(Money(5))
    ('123.45', '0.05')
    """
    whole, centavos = divmod(amount.centavos, 100)
    return f"{whole}.{centavos:02d}"


def read_reais(text: str) -> Money | None:
    """Read an amount with no, one or two decimal places; None where there is another reading.

    A comma counts as a point (the specification's own signed sample has one). Separators of
    thousands, signs and a third decimal place are refused: guessing there is a factor of a hundred.

    >>> read_reais("140,45"), read_reais("10."), read_reais("1.234")
    (Money(centavos=14045), Money(centavos=1000), None)
    """
    match = _READABLE.fullmatch(text)
    if match is None:
        return None
    return Money(int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")))
