"""Bring a name, a city or a description to the ASCII that every reader of a BR Code takes."""

import unicodedata
from collections.abc import Iterator

from regua.domain.errors import InvalidInput

MAX_TEXT = 512
_TYPOGRAPHY = str.maketrans(
    "\u2010\u2011\u2012\u2013\u2014\u2018\u2019\u201c\u201d\u2212", "-----''\"\"-"
)


def fold(text: str, limit: int | None = None) -> str:
    """Return ``text`` in printable ASCII, trimmed, and cut to ``limit`` where one is given.

    Accents fall off; typographic dashes and quotes become plain. A character without an ASCII form
    is refused, not dropped: a name with a hole is a wrong name on a payment screen.

    >>> fold("São José – Manutenção"), fold("Companhia de Águas do Sertão", 25)
    ('Sao Jose - Manutencao', 'Companhia de Aguas do Ser')

    Raises:
        InvalidInput: at the position of the first character without an ASCII form.
    """
    if len(text) > MAX_TEXT:
        raise InvalidInput.at(f"position {MAX_TEXT + 1}", f"longer than {MAX_TEXT} characters")
    plain = text if text.isascii() and text.isprintable() else "".join(_plain(text))
    return plain.strip()[:limit].rstrip()


def _plain(text: str) -> Iterator[str]:
    for position, character in enumerate(text.translate(_TYPOGRAPHY), 1):
        parts = unicodedata.normalize("NFKD", character)
        plain = "".join(part for part in parts if not unicodedata.combining(part))
        if not (plain.isascii() and plain.isprintable()):
            raise InvalidInput.at(f"position {position}", "a character without an ASCII form")
        yield plain
