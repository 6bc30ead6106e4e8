"""Valid, invented CPF and CNPJ numbers, the alphanumeric CNPJ included.

Deterministic: the same seed text gives the same document. They identify nobody on purpose, but
nothing in the numbering reserves a range for tests, so treat a demo's documents as data.

Source: check digits modulo 11; IN RFB 2.229/2024 (value of a letter = its code minus 48).
"""

import hashlib

_DIGITS = "0123456789"
_ALPHANUMERIC = _DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CPF_BODY, _CNPJ_ROOT, _HEADQUARTERS = 9, 8, "0001"


def _spelled(text: str, length: int, alphabet: str) -> str:
    number = int.from_bytes(hashlib.sha256(text.encode()).digest())
    symbols = []
    for _ in range(length):
        number, rest = divmod(number, len(alphabet))
        symbols.append(alphabet[rest])
    return "".join(symbols)


def _with_check_digits(body: str, weights: tuple[int, ...]) -> str:
    for start in (1, 0):
        total = sum((ord(c) - 48) * w for c, w in zip(body, weights[start:], strict=True))
        rest = total % 11
        body += "0" if rest < 2 else str(11 - rest)  # noqa: PLR2004 - the rule's own number
    return body


def cpf_from(text: str) -> str:
    """Return a valid CPF derived from any text.

    >>> cpf_from("cliente-1") == cpf_from("cliente-1")
    True
    """
    body = _spelled(f"cpf:{text}", _CPF_BODY, _DIGITS)
    return _with_check_digits(body, (11, 10, 9, 8, 7, 6, 5, 4, 3, 2))


def cnpj_from(text: str, *, alphanumeric: bool = False) -> str:
    """Return a valid headquarters CNPJ derived from any text."""
    alphabet = _ALPHANUMERIC if alphanumeric else _DIGITS
    body = _spelled(f"cnpj:{text}", _CNPJ_ROOT, alphabet) + _HEADQUARTERS
    return _with_check_digits(body, (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))
