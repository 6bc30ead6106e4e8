"""How a report spells what comes from outside: visibly, and never as anything but text.

The report's fonts draw a closed set of characters. Whatever is not among them, such as an emoji, a
control character or one that turns the reading direction, is shown by its code point: a document
made for a court hides nothing and breaks at nothing.
"""

import re
import unicodedata
from datetime import UTC, datetime
from itertools import chain
from zoneinfo import ZoneInfo

from regua.adapters.pt_br import tax_id
from regua.domain.time_zones import SAO_PAULO

_SOFT_HYPHEN = 0xAD
_DRAWN = frozenset(
    chr(code)
    for code in chain(
        range(0x20, 0x7F),
        range(0xA0, 0x180),
        range(0x2010, 0x2016),
        range(0x2018, 0x2023),
        (0x2026, 0x202F, 0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x20AC, 0x2116, 0x2122),
        (0x2190, 0x2191, 0x2192, 0x2193, 0x2212, 0x221E, 0x2248, 0x2260, 0x2264, 0x2265),
        (0x25A0, 0x25AA, 0x25CF, 0x2713, 0x2714, 0x2717, 0xFFFD),
    )
    if code != _SOFT_HYPHEN
)
"""What the fonts that come with the typesetter draw; a test holds that they do."""
_CPF_SHOWN = re.compile(r"\b\d{3}\.(\d{3})\.(\d{3})-\d{2}\b", re.ASCII)


def shown(text: str) -> str:
    r"""Return text on one line in characters that can be drawn.

    >>> shown("José\u202e 📎\tfim")
    'José[U+202E] [U+1F4CE] fim'
    """
    return _drawn(" ".join(text.split()))


def shown_lines(text: str, most: int) -> tuple[str, bool]:
    r"""Return text with its lines, and whether it was cut.

    Args:
        text: any text.
        most: how many characters are shown at the most.

    >>> shown_lines("a\r\nb\tc", 3)
    ('a\nb', True)
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
    drawn = "\n".join(_drawn(line.rstrip()) for line in lines[:most].split("\n"))
    return drawn.strip("\n"), len(lines) > most


def _drawn(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    return "".join(c if c in _DRAWN else f"[U+{ord(c):04X}]" for c in composed)


def utc(at: datetime) -> str:
    """Write an instant in UTC, to the millisecond.

    >>> utc(datetime(2026, 11, 10, 12, 0, 0, 123000, tzinfo=UTC))
    '2026-11-10 12:00:00.123'
    """
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.") + f"{at.microsecond // 1000:03d}"


def local(at: datetime) -> str:
    """Write an instant in the legal time of Brasília.

    >>> local(datetime(2026, 11, 10, 12, tzinfo=UTC))
    '10/11/2026 09:00:00 (UTC−03:00)'
    """
    here = at.astimezone(ZoneInfo(SAO_PAULO))
    offset = here.strftime("%z")
    sign = "−" if offset.startswith("-") else "+"
    return f"{here:%d/%m/%Y %H:%M:%S} (UTC{sign}{offset[1:3]}:{offset[3:]})"


def masked_tax_id(document: str) -> str:
    """Write a CPF without its first and last digits; a CNPJ, which is public, whole.

    >>> masked_tax_id("529.982.247-25"), masked_tax_id("11222333000181")
    ('CPF ***.982.247-**', 'CNPJ 11.222.333/0001-81')
    """
    return _CPF_SHOWN.sub(r"***.\1.\2-**", tax_id(document))


def size_text(size: int) -> str:
    """Write a length in bytes, in groups of three digits.

    >>> size_text(1234567)
    '1.234.567 bytes'
    """
    return f"{size:,} bytes".replace(",", ".")
