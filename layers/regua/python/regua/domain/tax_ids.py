"""CPF and CNPJ, the alphanumeric CNPJ included.

Source: check digits modulo 11; IN RFB 2.229/2024 for letters in the CNPJ (value = code − 48).
Strict: ASCII only, repeated characters refused. A check digit never corrects a value.
"""

import re

_SEPARATORS = str.maketrans("", "", "./- ")
_CPF = re.compile(r"\d{11}", re.ASCII)
_CNPJ = re.compile(r"[0-9A-Z]{12}\d{2}", re.ASCII)


def normalise(document: str) -> str:
    """Drop dots, slashes, hyphens and spaces; letters become capitals (ASCII input only)."""
    return document.translate(_SEPARATORS).upper() if document.isascii() else document


def _digit(body: str, heaviest: int) -> str:
    weights = [2 + (i % (heaviest - 1)) for i in range(len(body))]
    total = sum((ord(c) - 48) * w for c, w in zip(reversed(body), weights, strict=True))
    rest = total % 11
    return "0" if rest < 2 else str(11 - rest)  # noqa: PLR2004 - the rule's own number


def is_cpf(document: str) -> bool:
    """Tell whether a normalised document is a valid CPF.

    >>> is_cpf("52998224725"), is_cpf("11111111111")
    (True, False)
    """
    if not _CPF.fullmatch(document) or len(set(document)) == 1:
        return False
    first = _digit(document[:9], 11)
    return document[9:] == first + _digit(document[:9] + first, 11)


def is_cnpj(document: str) -> bool:
    """Tell whether a normalised document is a valid CNPJ, letters included.

    >>> is_cnpj("12ABC34501DE35"), is_cnpj("12ABC34501DE36")
    (True, False)
    """
    if not _CNPJ.fullmatch(document) or len(set(document)) == 1:
        return False
    first = _digit(document[:12], 9)
    return document[12:] == first + _digit(document[:12] + first, 9)


def is_tax_id(document: str) -> bool:
    """Tell whether a normalised document is a valid CPF or CNPJ."""
    return is_cpf(document) or is_cnpj(document)
