"""The question before anything of a debt is shown: a few characters of the customer's document."""

import hmac
from enum import StrEnum

from regua.domain.rules import Rule
from regua.domain.tax_ids import is_cnpj, is_cpf, normalise

LENGTH = 4
_CNPJ_BEFORE_SLASH = slice(4, 8)


class DocumentKind(StrEnum):
    """Which document is asked for."""

    CPF = "cpf"
    CNPJ = "cnpj"


def kind_of(document: str) -> DocumentKind | None:
    """Tell which document a normalised one is; None is neither, so that nothing can be asked.

    >>> kind_of("52998224725"), kind_of("12ABC34501DE35"), kind_of("")
    (<DocumentKind.CPF: 'cpf'>, <DocumentKind.CNPJ: 'cnpj'>, None)
    """
    if is_cpf(document):
        return DocumentKind.CPF
    return DocumentKind.CNPJ if is_cnpj(document) else None


def asked_of(document: str) -> str | None:
    """Return the characters that are asked for: always four.

    Of a CPF the last four. Its ninth digit is the fiscal region, so known to whoever knows the
    state, and the last two are check digits, computed from the others: with the last three, 100
    guesses are left to who knows the state; with four, 1,000. Of a CNPJ the four before the slash:
    what follows is 0001 and check digits for almost everybody, and those are computed as well.

    Args:
        document: normalised: digits and capitals.

    >>> asked_of("52998224725"), asked_of("11222333000181"), asked_of("12ABC34501DE35")
    ('4725', '2333', 'C345')
    >>> asked_of("123") is None
    True
    """
    match kind_of(document):
        case DocumentKind.CPF:
            return document[-LENGTH:]
        case DocumentKind.CNPJ:
            return document[_CNPJ_BEFORE_SLASH]
        case None:
            return None


def read_typed(text: str) -> str | None:
    """Return what somebody typed without separators; None when it can be no answer at all.

    >>> read_typed(" 47-25 "), read_typed("c345"), read_typed("472"), read_typed("4725é")
    ('4725', 'C345', None, None)
    """
    typed = normalise(text.strip()) if len(text) <= 4 * LENGTH else ""
    is_answer = len(typed) == LENGTH and typed.isascii() and typed.isalnum()
    return typed if is_answer else None


def is_right(typed: str, document: str) -> bool:
    """Compare an answer (`read_typed`) with a normalised document, in constant time."""
    asked = asked_of(document)
    return asked is not None and hmac.compare_digest(typed, asked)


RULES = (
    Rule(
        "page.question",
        "Before the customer's page shows anything of a debt it asks for four characters of the"
        " document: the last four of a CPF, the four before the slash of a CNPJ.",
        "our convention; LGPD (Lei 13.709/2018) art. 46 (unauthorised access), CDC (Lei 8.078/1990)"
        " art. 42 (nobody is exposed for a debt)",
    ),
)
