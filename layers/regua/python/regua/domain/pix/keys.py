"""Pix keys: which of the five kinds a key is, in the spelling the directory (DICT) holds.

A key is compared by the directory character by character, so only the canonical spelling counts:
digits without punctuation, letters of an e-mail and of a random key in lower case, a telephone
with its ``+55``. Whether a key exists, and whose it is, only the PSP can tell.
"""

import re
from collections.abc import Callable
from enum import StrEnum

from regua.domain.errors import InvalidInput
from regua.domain.rules import Rule
from regua.domain.tax_ids import is_cnpj, is_cpf, normalise

MAX_KEY = 77
_PHONE = re.compile(r"\+55[1-9]{2}\d{8,9}", re.ASCII)
_EVP = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"[a-z0-9.!#$&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})+")
_PHONE_PUNCTUATION = str.maketrans("", "", " ()-.")


class PixKeyKind(StrEnum):
    """What a key is made of."""

    CPF = "cpf"
    CNPJ = "cnpj"
    EMAIL = "email"
    PHONE = "phone"
    EVP = "evp"
    """The random key, a UUID in lower case."""


_IS_OF_KIND: dict[PixKeyKind, Callable[[str], object]] = {
    PixKeyKind.EVP: _EVP.fullmatch,
    PixKeyKind.PHONE: _PHONE.fullmatch,
    PixKeyKind.EMAIL: _EMAIL.fullmatch,
    PixKeyKind.CPF: is_cpf,
    PixKeyKind.CNPJ: is_cnpj,
}


def kind_of(key: str) -> PixKeyKind | None:
    """Tell the kind of a key in canonical spelling; None where the directory can hold no such key.

    >>> kind_of("+5561912345678"), kind_of("12ABC34501DE35"), kind_of("61912345678")
    (<PixKeyKind.PHONE: 'phone'>, <PixKeyKind.CNPJ: 'cnpj'>, None)
    """
    if len(key) > MAX_KEY:
        return None
    return next((kind for kind, is_of_kind in _IS_OF_KIND.items() if is_of_kind(key)), None)


def canonical_key(written: str) -> str:
    """Respell a key as people write it; never guess a missing ``+55`` or correct a digit.

    >>> canonical_key(" 529.982.247-25 "), canonical_key("+55 (61) 91234-5678")
    ('52998224725', '+5561912345678')

    Raises:
        InvalidInput: when no spelling of it is a key.
    """
    text = written.strip() if len(written) <= 2 * MAX_KEY else ""
    spellings = (text.lower(), text.translate(_PHONE_PUNCTUATION), normalise(text))
    for spelling in spellings:
        if kind_of(spelling):
            return spelling
    raise InvalidInput.at("key", "not a CPF, CNPJ, e-mail, +55 telephone or random key (EVP)")


RULES = (
    Rule(
        "pix.key.kinds",
        f"A Pix key is one of {', '.join(PixKeyKind)}, of at most {MAX_KEY} characters.",
        "API Pix 2.9.0, schema CobBase.chave; CNPJ with letters: IN RFB 2.229/2024",
    ),
    Rule(
        "pix.key.spelling",
        "Only the canonical spelling is a key: no punctuation, lower case, a telephone with +55.",
        "our convention: the directory compares keys character by character, and a bare telephone "
        "of eleven digits cannot be told from a CPF",
    ),
)
