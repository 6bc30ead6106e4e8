"""The number of an evidence report, and the code that proves one holds the report.

The number is read over the telephone; the code is printed on the report alone. Only the code's
hash is stored, so whoever reads the record cannot open the report with it.
"""

import hashlib
import re
from base64 import b32encode

NUMBER_BYTES = 5
CODE_BYTES = 15
"""120 bits: nobody finds a code by trying."""
_GROUP = 4
_NUMBER = re.compile(r"LD-\d{4}-[A-Z2-7]{8}", re.ASCII)
_CODE = re.compile(r"[A-Z2-7]{24}", re.ASCII)
_SEPARATORS = re.compile(r"[\s.\-\u2010-\u2015\u2212]+")


def report_number(year: int, random: bytes) -> str:
    """Spell a report's number.

    Args:
        year: of the issue, four digits.
        random: five random bytes; they make numbers unguessable and never equal in practice.

    Raises:
        ValueError: not five bytes.

    >>> report_number(2026, bytes(5))
    'LD-2026-AAAAAAAA'
    """
    if len(random) != NUMBER_BYTES:
        raise ValueError("a report's number takes five random bytes")
    return f"LD-{year:04d}-{b32encode(random).decode()}"


def is_report_number(text: str) -> bool:
    """Tell whether a text is spelled as a report's number.

    >>> is_report_number("LD-2026-AAAAAAAA"), is_report_number("../x")
    (True, False)
    """
    return _NUMBER.fullmatch(text) is not None


def report_code(random: bytes) -> str:
    """Spell a verification code, in groups of four.

    Args:
        random: fifteen random bytes.

    Raises:
        ValueError: not fifteen bytes.

    >>> report_code(bytes(15))
    'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA'
    """
    if len(random) != CODE_BYTES:
        raise ValueError("a verification code takes fifteen random bytes")
    text = b32encode(random).decode()
    return "-".join(text[i : i + _GROUP] for i in range(0, len(text), _GROUP))


def code_sha256(typed: str) -> str | None:
    """Hash a code as it was typed: case, spaces and hyphens do not matter.

    Returns:
        64 lowercase hex characters; None when it cannot be a code.

    >>> code_sha256("aaaa aaaa-aaaaaaaa AAAAAAAA") == code_sha256(report_code(bytes(15)))
    True
    >>> code_sha256("0000") is None
    True
    """
    code = _SEPARATORS.sub("", typed).upper()
    if _CODE.fullmatch(code) is None:
        return None
    return hashlib.sha256(f"regua.report.code.v1\n{code}".encode()).hexdigest()
