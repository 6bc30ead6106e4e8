"""How a delimited file was written: its encoding, its delimiter, its decimal mark.

Guessed from the file itself and said to the user; a mapping overrides each guess.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from regua.domain.errors import InvalidInput, Problem
from regua.domain.imports.cells import COMMA, DOT

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DELIMITERS = {";": "ponto e vírgula", ",": "vírgula", "\t": "tabulação", "|": "barra vertical"}
DECIMAL_MARKS = {COMMA: "vírgula", DOT: "ponto"}
_SAMPLE_ROWS = 60
_STRAYS = 0.1
_COMMA_DECIMALS = re.compile(r",\d{1,2}\D*$")
_DOT_DECIMALS = re.compile(r"\.\d{1,2}\D*$")


class UnreadableFileError(InvalidInput):
    """The file as a whole cannot be read; the text says what to do, in Portuguese."""

    def __init__(self, reason: str) -> None:
        super().__init__((Problem("file", reason),))

    def __str__(self) -> str:
        return self.problems[0].reason


@dataclass(frozen=True, slots=True)
class Dialect:
    """The spelling of one file."""

    encoding: str
    delimiter: str

    def __str__(self) -> str:
        name = DELIMITERS.get(self.delimiter, repr(self.delimiter))
        return f"codificação {self.encoding}, separador {name}"


def decode(raw: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Return the text and the encoding it was in: by its mark, else UTF-8, else Windows-1252.

    >>> decode("São".encode("cp1252"))
    ('São', 'cp1252')

    Raises:
        UnicodeDecodeError: it is not in the encoding that was asked for, or that its mark says.
    """
    if encoding:
        return raw.decode(encoding), encoding
    for mark, name in BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return raw.decode(name), name
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        # Five bytes mean nothing in Windows-1252; a replacement shows where they were.
        return raw.decode("cp1252", errors="replace"), "cp1252"


def guess_delimiter(text: str) -> str:
    """Return the delimiter that cuts the first rows into the most columns, evenly.

    Raises:
        UnreadableFileError: when none makes at least two columns.
    """
    best, most = "", 1
    for candidate in DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=candidate)
        filled = (row for row in reader if any(cell.strip() for cell in row))
        widths = [len(row) for row in islice(filled, _SAMPLE_ROWS)]
        width = widths[0] if widths else 0
        even = sum(w == width for w in widths) / max(1, len(widths))
        if width > most and even > 0.5:  # noqa: PLR2004 - most rows, ragged ends allowed
            best, most = candidate, width
    if not best:
        raise UnreadableFileError(
            "não encontrei colunas separadas por ponto e vírgula, vírgula ou tabulação"
        )
    return best


def guess_decimal_mark(cells: Iterable[str], delimiter: str) -> str:
    """Return the decimal mark a whole column agrees on.

    A column of whole numbers says nothing: `;` files are then read the Brazilian way. A few
    cells that disagree with the rest become errors of their own rows.

    Raises:
        UnreadableFileError: when many cells say comma and many say dot.
    """
    values = [cell.strip() for cell in cells]
    commas = sum(bool(_COMMA_DECIMALS.search(v)) for v in values)
    dots = sum(bool(_DOT_DECIMALS.search(v)) for v in values)
    if min(commas, dots) > _STRAYS * (commas + dots):
        raise UnreadableFileError(
            "valores com vírgula e com ponto decimal na mesma coluna; "
            "diga qual vale com `decimal:` no arquivo de mapeamento"
        )
    if commas or dots:
        return COMMA if commas > dots else DOT
    return DOT if delimiter == "," else COMMA
