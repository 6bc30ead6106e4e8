"""The two sums behind every check digit of a boleto: modulo 10 and modulo 11.

Callers pass digits they have already proved to be ASCII. What a remainder modulo 11 becomes
differs from use to use, so it is data: eleven characters, one per remainder.

Source: FEBRABAN, barcode of the bank boleto and Layout Padrão de Arrecadação v4, sections 7 to 10;
BCB Carta-Circular 2.926/2000, annex.
"""

from collections.abc import Iterable
from itertools import cycle
from operator import mul

TWO_TO_NINE = range(2, 10)
ZERO_BECOMES_ONE = "11987654321"
"""The bank barcode: remainders 0, 1 and 10 all give 1, so its check digit is never 0."""
ONE_BECOMES_ZERO = "00987654321"
"""The utility barcode and most bank numbers: remainders 0 and 1 both give 0."""

_DOUBLED = str.maketrans("0123456789", "0246813579")
"""Each digit times two, the digits of the product added together."""


def modulo_10(digits: str) -> str:
    """Return the digit that brings the sum, every second digit from the right doubled, to tens.

    >>> modulo_10("341910900")
    '8'
    """
    doubled = digits[::-2].translate(_DOUBLED)
    total = sum(map(int, doubled)) + sum(map(int, digits[-2::-2]))
    return str(-total % 10)


def modulo_11(digits: str, becomes: str, weights: Iterable[int] = TWO_TO_NINE) -> str:
    """Return what the remainder of the weighted sum becomes; weights repeat from the right.

    >>> modulo_11("3419719500000600001090022335021234567890000", ZERO_BECOMES_ONE)
    '1'
    """
    total = sum(map(mul, map(int, reversed(digits)), cycle(weights)))
    return becomes[total % 11]
