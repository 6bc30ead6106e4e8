"""CPF and CNPJ, the alphanumeric CNPJ included.

Strict: ASCII only, repeated characters refused, the canonical form has no separators. A check
digit tells that something is wrong and never what would be right: it corrects nothing.

Source: check digits modulo 11; IN RFB 2.229/2024 for letters in the CNPJ (value = code − 48).
"""

import re

from regua.domain.rules import Rule

_SEPARATORS = str.maketrans("", "", "./- ")
_CPF = re.compile(r"\d{11}", re.ASCII)
_CNPJ = re.compile(r"[0-9A-Z]{12}\d{2}", re.ASCII)
_CPF_HEAVIEST = 11
_CNPJ_HEAVIEST = 9
_ZERO = ord("0")
_NO_SINGLE_DIGIT = 10


def normalise(document: str) -> str:
    """Drop dots, slashes, hyphens and spaces; letters become capitals (ASCII input only)."""
    return document.translate(_SEPARATORS).upper() if document.isascii() else document


def document_check_digit(body: str, heaviest: int) -> str:
    """Return the check digit modulo 11 of ASCII digits and capitals.

    Weights run from 2 at the right to ``heaviest`` and begin again. A letter weighs its character
    code less that of zero (A is 17, Z is 42), so digits weigh themselves. What would be 10 or 11
    is written 0.

    >>> document_check_digit("12ABC34501DE", 9), document_check_digit("529982247", 11)
    ('3', '2')
    """
    total = sum(
        (ord(character) - _ZERO) * (2 + place % (heaviest - 1))
        for place, character in enumerate(reversed(body))
    )
    digit = 11 - total % 11
    return str(digit) if digit < _NO_SINGLE_DIGIT else "0"


def is_cpf(document: str) -> bool:
    """Tell whether a normalised document is a valid CPF.

    >>> is_cpf("52998224725"), is_cpf("11111111111")
    (True, False)
    """
    return bool(_CPF.fullmatch(document)) and _is_checked(document, _CPF_HEAVIEST)


def is_cnpj(document: str) -> bool:
    """Tell whether a normalised document is a valid CNPJ, letters included.

    >>> is_cnpj("12ABC34501DE35"), is_cnpj("12ABC34501DE36")
    (True, False)
    """
    return bool(_CNPJ.fullmatch(document)) and _is_checked(document, _CNPJ_HEAVIEST)


def is_tax_id(document: str) -> bool:
    """Tell whether a normalised document is a valid CPF or CNPJ."""
    return is_cpf(document) or is_cnpj(document)


def _is_checked(document: str, heaviest: int) -> bool:
    """Tell whether the last two characters are the check digits of those before them."""
    if len(set(document)) == 1:
        return False
    body = document[:-2]
    first = document_check_digit(body, heaviest)
    return document[-2:] == first + document_check_digit(body + first, heaviest)


RULES = (
    Rule(
        "tax_id.cpf",
        "A CPF is 11 digits; the last two are check digits modulo 11 with weights 2 to"
        f" {_CPF_HEAVIEST}.",
        "Receita Federal's numbering; no text of the norm was read, the rule agrees with"
        " python-stdnum and validate-docbr",
    ),
    Rule(
        "tax_id.cnpj",
        "A CNPJ is 14 characters; the last two are check digits modulo 11 with weights 2 to"
        f" {_CNPJ_HEAVIEST}, then from 2 again.",
        "IN RFB 2.229/2024, annex",
    ),
    Rule(
        "tax_id.cnpj.letters",
        "The first 12 characters of a CNPJ may be capital letters; a letter weighs its ASCII code"
        f" less {_ZERO} (A is {ord('A') - _ZERO}, Z is {ord('Z') - _ZERO}). All 26 are accepted.",
        "IN RFB 2.229/2024; Nota Técnica Conjunta DF-e 2025.001 ([A-Z0-9]{12}[0-9]{2})",
    ),
    Rule(
        "tax_id.repeated",
        "A document of one repeated character is nobody's, though its check digits may be right.",
        "our convention: 111.111.111-11 passes modulo 11 and is what people type into forms",
    ),
    Rule(
        "tax_id.ascii",
        "Only ASCII is read: digits of other scripts are refused, never converted.",
        "our convention: one document, one spelling; a look-alike is no second customer",
    ),
    Rule(
        "tax_id.no_correction",
        "A wrong document is refused, never repaired from its check digits.",
        "our convention: values alike modulo 11 (0, F and Q; 6, A, L and W) share check digits",
    ),
)
"""What this module holds to be right, for docs/rules.md."""
