"""How long a text message is on the air, in how many pieces it travels, and how to keep it short.

A text of the 7-bit alphabet alone has room for 160 septets, or 153 in each piece of a longer one;
a single character from elsewhere turns all of it into UCS-2, with room for 70 or 67. So texts are
written plainly first: accents go ("ação" is read as "acao"), also those few that the alphabet has.
An alphabet with é but without ã, ê or ç (its Ç is a capital only) spells no Portuguese sentence
whole, half of the accents look like a fault, and gateways are known to mistake them for other
letters. What has no plain letter stays what it is: a dearer message is better than a wrong name.
Sentences of ours avoid the words that an accent tells apart (é and e, está and esta).

Source: 3GPP TS 23.038 §6.2.1 (default alphabet and its extension table, behind an escape), TS
23.040 §9.2.3.24.1 (the header of a concatenated message takes seven septets or six octets).
"""

import unicodedata
from enum import StrEnum

from regua.domain.errors import InvalidInput

SINGLE_SEPTETS = 160
JOINED_SEPTETS = 153
SINGLE_UNITS = 70
JOINED_UNITS = 67
"""UTF-16 code units, for UCS-2 is what phones take UTF-16 for."""

GSM7_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet: a character's place is its code. Code 27 is the escape, and no text."""
GSM7_EXTENSION = "\f^{}\\[~]|€"
"""Characters behind an escape: two septets each."""
_TWO_SEPTETS = frozenset(GSM7_EXTENSION)
_ALPHABET = frozenset(GSM7_BASIC) - {"\x1b"} | _TWO_SEPTETS
_SPELT = {
    **dict.fromkeys("`\u00b4\u2018\u2019\u201a\u201b\u2032", "'"),
    **dict.fromkeys("«»\u201c\u201d\u201e\u201f\u2033", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00b7\u2022", "-"),
    "\u2044": "/",
    **dict.fromkeys(map(chr, range(0xFE00, 0xFE10)), ""),
}
"""Signs written otherwise: quotation marks, dashes, minus, dots, the stroke of ½, and not at all:
marks that choose how a picture looks."""
_ORNAMENTS = frozenset({"So", "Sk", "Zs", "Zl", "Zp", "Cc"})
"""Categories that say nothing a space does not: pictures, modifiers, blanks, controls."""
_UNSEEN = frozenset({"Cf", "Cs"})


class SmsEncoding(StrEnum):
    """How a text travels, in the provider's words."""

    GSM = "GSM"
    UNICODE = "UNICODE"


def plain_text(text: str) -> str:
    """Write a text on one line, without accents and typographer's signs, keeping what it says.

    >>> plain_text("Não há acréscimo até 10/11 — “José & Irmãos” nº 7")
    'Nao ha acrescimo ate 10/11 - "Jose & Irmaos" no 7'
    """
    if text.isascii() and text.isprintable() and "`" not in text:
        return " ".join(text.split())
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(map(_plain, composed)).split())


def encoding_of(text: str) -> SmsEncoding:
    """Tell whether a text fits the 7-bit alphabet.

    >>> encoding_of("Olá").value, encoding_of("Ola [1]").value
    ('UNICODE', 'GSM')
    """
    return SmsEncoding.GSM if _ALPHABET.issuperset(text) else SmsEncoding.UNICODE


def septets(text: str) -> int:
    """Count the septets of a text of the 7-bit alphabet.

    Raises:
        InvalidInput: a character is not in the alphabet.

    >>> septets("a{b}"), septets("R$ 10,00")
    (6, 8)
    """
    if encoding_of(text) is not SmsEncoding.GSM:
        raise InvalidInput.at("text", "has a character that the 7-bit alphabet has not")
    return len(text) + sum(map(text.count, _TWO_SEPTETS))


def is_single(text: str) -> bool:
    """Tell whether a text travels in one piece.

    >>> is_single("a" * 160), is_single("a" * 159 + "{"), is_single("ã" * 71)
    (True, False, False)
    """
    if len(text) > SINGLE_SEPTETS:
        return False
    if encoding_of(text) is SmsEncoding.GSM:
        return septets(text) <= SINGLE_SEPTETS
    return sum(map(_units_of, text)) <= SINGLE_UNITS


def segments(text: str) -> tuple[str, ...]:
    """Divide a text into the pieces it travels in, each as long as it may be.

    No piece ends between an escape and its character, or inside a character of two code units. A
    text without characters is one empty piece.

    >>> [len(piece) for piece in segments("a" * 161)], [len(piece) for piece in segments("ã" * 70)]
    ([153, 8], [70])
    """
    if is_single(text):
        return (text,)
    if encoding_of(text) is SmsEncoding.GSM:
        return _pieces(text, list(map(_septets_of, text)), JOINED_SEPTETS)
    return _pieces(text, list(map(_units_of, text)), JOINED_UNITS)


def _pieces(text: str, sizes: list[int], room: int) -> tuple[str, ...]:
    pieces: list[str] = []
    first = taken = 0
    for place, size in enumerate(sizes):
        if taken + size > room:
            pieces.append(text[first:place])
            first, taken = place, 0
        taken += size
    return (*pieces, text[first:])


def _septets_of(character: str) -> int:
    return 2 if character in _TWO_SEPTETS else 1


def _units_of(character: str) -> int:
    return len(character.encode("utf-16-le", "surrogatepass")) // 2


def _plain(character: str) -> str:
    """Return how one character is written: plain, as a space, not at all, or as it is."""
    if character in _SPELT:
        return _SPELT[character]
    if character.isascii() and character.isprintable():
        return character
    decomposed = unicodedata.normalize("NFKD", character)
    bare = "".join(_SPELT.get(c, c) for c in decomposed if not unicodedata.combining(c))
    if bare.isascii() and bare.isprintable() and bare:
        return bare
    category = unicodedata.category(character)
    if category in _UNSEEN:
        return ""
    return " " if category in _ORNAMENTS else character
