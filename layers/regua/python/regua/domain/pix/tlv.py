"""The frame of a BR Code: tag, length, value, and the checksum at the end.

Two digits of tag, two of length, then as many characters. Lengths count characters, the checksum
bytes of UTF-8. Positions are those of a text editor: the first character is 1.

Source: EMV QRCPS Merchant-Presented Mode 1.1, sections 3 and 4.
"""

from binascii import crc_hqx
from collections.abc import Mapping
from typing import NamedTuple

from regua.domain.errors import InvalidInput

MAX_VALUE = 99
_HEAD = 4


class Field(NamedTuple):
    """A value and the position of its first character in the whole code."""

    value: str
    position: int


def crc(text: str) -> str:
    """Return CRC-16/CCITT-FALSE as four capital hexadecimal digits, leading zeros kept.

    >>> crc("123456789")
    '29B1'
    """
    return f"{crc_hqx(text.encode(), 0xFFFF):04X}"


def write(fields: Mapping[str, str]) -> str:
    """Write fields in ascending order of tag; every value has 1 to 99 characters.

    >>> write({"60": "BRASILIA", "58": "BR"})
    '5802BR6008BRASILIA'
    """
    return "".join(f"{tag}{len(value):02d}{value}" for tag, value in sorted(fields.items()))


def read(text: str, position: int = 1) -> dict[str, Field]:
    """Read one level of fields, in the order written; ``position`` is that of the first character.

    Raises:
        InvalidInput: at the position of a head that is not four digits, of an empty value, of a
            value that the text is too short for, or of a tag met before.
    """
    fields: dict[str, Field] = {}
    at = 0
    while at < len(text):
        head = text[at : at + _HEAD]
        if len(head) < _HEAD or not (head.isascii() and head.isdigit()):
            raise _problem(position + at, "a tag and a length of two digits each are expected")
        tag, length = head[:2], int(head[2:])
        value = text[at + _HEAD : at + _HEAD + length]
        if length == 0 or len(value) < length:
            raise _problem(position + at, f"tag {tag} is empty or longer than what is left")
        if tag in fields:
            raise _problem(position + at, f"tag {tag} comes twice")
        fields[tag] = Field(value, position + at + _HEAD)
        at += _HEAD + length
    return fields


def _problem(position: int, reason: str) -> InvalidInput:
    return InvalidInput.at(f"position {position}", reason)
