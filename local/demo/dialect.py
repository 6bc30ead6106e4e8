"""A user's delimited file on this machine, read whole; its spelling is guessed by the domain."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from regua.domain.imports.dialect import Dialect, UnreadableFileError, decode, guess_delimiter


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's cells: ``rows`` holds (line number in the file, cells) below the header."""

    dialect: Dialect
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_sheet(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Sheet:
    """Read a delimited file; given arguments win over guesses.

    Raises:
        UnreadableFileError: when it is missing, empty or not delimited text.
    """
    try:
        text, used = decode(path.read_bytes(), encoding)
    except (OSError, UnicodeDecodeError, LookupError) as exc:
        raise UnreadableFileError(f"não consegui ler {path}: {exc}") from exc
    if "\0" in text:
        raise UnreadableFileError(f"{path.name} não é texto; exporte a planilha como CSV")
    mark = delimiter or guess_delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    lines = [(reader.line_num, tuple(cells)) for cells in reader]
    filled = [(number, cells) for number, cells in lines if any(c.strip() for c in cells)]
    if not filled:
        raise UnreadableFileError(f"{path.name} está vazio")
    header = tuple(name.strip().strip("\ufeff") for name in filled[0][1])
    return Sheet(Dialect(used, mark), header, tuple(filled[1:]))
