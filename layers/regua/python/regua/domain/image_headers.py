"""What kind of picture some bytes are, and how large, told from their headers.

Only what browsers have shown for many years: PNG, JPEG and WebP, none of them moving. Nothing is
decoded; a picture that is broken further on is still measured here.
"""

from collections.abc import Callable
from typing import NamedTuple

from regua.domain.errors import InvalidInput

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_BARE_MARKERS = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
"""JPEG markers that have no length: TEM, SOI, RST0 to RST7."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers that start a frame and so tell its size: SOF0 to SOF15 but DHT, JPG and DAC."""
_ANIMATED = 0x02


class Measured(NamedTuple):
    """What a picture's own bytes say of it; sizes in pixels."""

    media_type: str
    width: int
    height: int


def measure(content: bytes) -> Measured:
    """Tell the kind and size of a picture.

    Raises:
        InvalidInput: it is no PNG, JPEG or WebP, moves, or is cut short before its size.

    Source: PNG (W3C, third edition) section 11.2.1; JPEG (ITU-T T.81) annex B.2.2; WebP Container
    Specification (RFC 9649) section 2.
    """
    for starts, read in _KINDS:
        if starts(content):
            found = read(content)
            if found is None or not (found.width and found.height):
                raise InvalidInput.at("content", "cut short or broken before its size")
            return found
    raise InvalidInput.at("content", "not a PNG, JPEG or WebP picture")


def _png(content: bytes) -> Measured | None:
    if content[12:16] != b"IHDR" or len(content) < len(_PNG) + 25:
        return None
    if b"acTL" in content:
        raise InvalidInput.at("content", "a picture that moves")
    return Measured("image/png", _big(content[16:20]), _big(content[20:24]))


def _jpeg(content: bytes) -> Measured | None:
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:  # noqa: PLR2004 - what every marker begins with
        marker = content[at + 1]
        if marker == 0xFF or marker in _BARE_MARKERS:  # noqa: PLR2004 - a fill byte
            at += 1 if marker == 0xFF else 2  # noqa: PLR2004 - a fill byte
            continue
        if marker in _FRAMES:
            size = content[at + 5 : at + 9]
            whole = len(size) == 4  # noqa: PLR2004 - height and width, two bytes each
            return Measured("image/jpeg", _big(size[2:]), _big(size[:2])) if whole else None
        at += 2 + max(2, _big(content[at + 2 : at + 4]))
    return None


def _webp(content: bytes) -> Measured | None:
    kind, body = content[12:16], content[20:30]
    if len(body) < 10:  # noqa: PLR2004 - the longest of the three headers
        return None
    if kind == b"VP8X":
        if body[0] & _ANIMATED:
            raise InvalidInput.at("content", "a picture that moves")
        return Measured("image/webp", _little(body[4:7]) + 1, _little(body[7:10]) + 1)
    if kind == b"VP8L" and body[0] == 0x2F:  # noqa: PLR2004 - its signature
        bits = _little(body[1:5])
        return Measured("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        return Measured("image/webp", _little(body[6:8]) & 0x3FFF, _little(body[8:10]) & 0x3FFF)
    return None


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _big(digits: bytes) -> int:
    return int.from_bytes(digits, "big")


def _little(digits: bytes) -> int:
    return int.from_bytes(digits, "little")


_Kind = tuple[Callable[[bytes], bool], Callable[[bytes], Measured | None]]
_KINDS: tuple[_Kind, ...] = (
    (lambda content: content.startswith(_PNG), _png),
    (lambda content: content.startswith(_JPEG), _jpeg),
    (_is_webp, _webp),
)
