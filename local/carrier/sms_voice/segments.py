"""How a text travels: its alphabet and how many SMS the network makes of it.

Source: 3GPP TS 23.038 §6.2.1 (GSM 7-bit default alphabet and its extension table) and
TS 23.040 §9.2.3.24 (a concatenated part loses six octets to its header).
"""

from __future__ import annotations

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_GSM_LIMITS = (160, 153)
_UNICODE_LIMITS = (70, 67)
_TWO_UNITS = 0x10000


@dataclass(frozen=True, slots=True)
class Segments:
    """The encoding as receipts name it, the number of parts, and the units used of all of them."""

    encoding: str
    parts: int
    units: int


def segments(text: str) -> Segments:
    """Count the parts of a text; a character of two units is never cut in two.

    >>> segments("a" * 160), segments("ação")
    (Segments(encoding='GSM', parts=1, units=160), Segments(encoding='Unicode', parts=1, units=4))
    """
    is_gsm = all(letter in _BASIC or letter in _EXTENDED for letter in text)
    widths = [_gsm_width(letter) if is_gsm else _unicode_width(letter) for letter in text]
    alone, joined = _GSM_LIMITS if is_gsm else _UNICODE_LIMITS
    units = sum(widths)
    parts = 1 if units <= alone else _packed(widths, joined)
    return Segments("GSM" if is_gsm else "Unicode", parts, units)


def _gsm_width(letter: str) -> int:
    return 2 if letter in _EXTENDED else 1


def _unicode_width(letter: str) -> int:
    return 2 if ord(letter) >= _TWO_UNITS else 1


def _packed(widths: list[int], limit: int) -> int:
    parts, used = 1, 0
    for width in widths:
        if used + width > limit:
            parts, used = parts + 1, 0
        used += width
    return parts
