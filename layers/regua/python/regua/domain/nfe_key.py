"""The access key of an NF-e: 44 characters that name one invoice of one issuer.

Source: Manual de Orientação do Contribuinte (MOC), visão geral, item 5.4; letters, which can only
be the issuer's CNPJ, by Nota Técnica Conjunta DF-e 2025.001.
"""

import re
from dataclasses import dataclass

from regua.domain.errors import InvalidInput
from regua.domain.rules import Rule
from regua.domain.tax_ids import document_check_digit

KEY_LENGTH = 44
_HEAVIEST = 9
_CPF_PADDING = "000"
_CPF_SERIES = range(920, 970)
_KEY = re.compile(r"\d{6}[0-9A-Z]{12}\d{26}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AccessKey:
    """What a valid access key says. ``year_month`` is YYMM, as printed."""

    text: str
    state_code: str
    year_month: str
    issuer: str
    model: str
    series: int
    number: int


def parse_access_key(text: str, *, path: str = "access_key") -> AccessKey:
    """Read an access key of 44 characters without separators.

    >>> key = parse_access_key("35260811222333000181550010000000421123456780")
    >>> key.issuer, key.model, key.number
    ('11222333000181', '55', 42)

    Raises:
        InvalidInput: at ``path``, for a wrong length, a letter out of place or a wrong check digit.
    """
    if len(text) != KEY_LENGTH:
        raise InvalidInput.at(path, f"an access key has {KEY_LENGTH} characters, not {len(text)}")
    if not _KEY.fullmatch(text):
        raise InvalidInput.at(path, "an access key is digits, with capitals only in the CNPJ")
    if text[-1] != document_check_digit(text[:-1], _HEAVIEST):
        raise InvalidInput.at(path, "the check digit of the access key is wrong")
    issuer, series = text[6:20], int(text[22:25])
    if series in _CPF_SERIES:
        issuer = issuer.removeprefix(_CPF_PADDING)
    return AccessKey(text, text[:2], text[2:6], issuer, text[20:22], series, int(text[25:34]))


RULES = (
    Rule(
        "nfe.key",
        f"The access key of an NF-e has {KEY_LENGTH} characters; the last is a check digit modulo"
        f" 11 with weights 2 to {_HEAVIEST}.",
        "MOC, visão geral, item 5.4",
    ),
    Rule(
        "nfe.key.letters",
        "Capitals may stand in characters 7 to 18 of the key, the first 12 of the issuer's CNPJ,"
        " and weigh as they do in a CNPJ.",
        "Nota Técnica Conjunta DF-e 2025.001; IN RFB 2.229/2024",
    ),
    Rule(
        "nfe.key.person",
        f"In series {_CPF_SERIES[0]} to {_CPF_SERIES[-1]} the issuer is a person: a CPF after"
        f" {len(_CPF_PADDING)} zeros.",
        "MOC, anexo I (series reserved for issuers with a CPF)",
    ),
)
"""What this module holds to be right, for docs/rules.md."""
