"""Where the rows of a delimited file begin and end, byte by byte, however the file arrives.

A row may hold line ends inside quotes, so a file cannot be cut at just any line end. The cutter
follows quotes exactly as Python's `csv` does (a quote opens a cell only where the cell begins), on
bytes, so that a chunk of a file is a range of its bytes. It works for every encoding in which
quote, delimiter and line end are the bytes of ASCII: UTF-8 and Windows-1252, not UTF-16.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from regua.domain.imports.dialect import UnreadableFileError

MAX_RECORD_BYTES = 65_536
"""A longer row is one whose quote never closes: its first line is taken for the whole of it."""
MAX_RECORD_LINES = 200
"""Likewise one of more lines: each row that never closes is read again as often."""


class Record(NamedTuple):
    """One row as it stands in the file, its line end included."""

    raw: bytes
    is_broken: bool = False
    """Whether a quote opens in it and never closes."""


@dataclass(slots=True)
class RecordCutter:
    """Cuts a stream of bytes into rows, keeping what is not complete yet.

    How the stream is divided changes nothing, and a range of whole rows, read again by itself, has
    the same rows.
    """

    delimiter: str
    _rest: bytes = b""
    _open: list[bytes] = field(default_factory=list)
    _open_bytes: int = 0

    def feed(self, data: bytes, *, is_last: bool = False) -> Iterator[Record]:
        """Yield the rows that are complete now; after the last piece, whatever is left."""
        data = self._rest + data
        position, length = 0, len(data)
        while position < length:
            stop = data.find(b"\n", position, position + MAX_RECORD_BYTES) + 1
            if not stop:
                stop = position + MAX_RECORD_BYTES
                if stop >= length and not is_last:
                    break
            yield from self._line(data[position:stop])
            position = stop
        self._rest = data[position:]
        while is_last and self._open:
            yield from self._give_up()

    def _line(self, line: bytes) -> Iterator[Record]:
        if not self._open and b'"' not in line:
            yield Record(line, is_broken=_is_cut_by_force(line))
            return
        is_inside = bool(self._open)
        self._open.append(line)
        self._open_bytes += len(line)
        if not ends_inside_quotes(line, self.delimiter, is_inside=is_inside):
            whole, is_broken = b"".join(self._open), _is_cut_by_force(line)
            self._open, self._open_bytes = [], 0
            yield Record(whole, is_broken)
        elif self._open_bytes > MAX_RECORD_BYTES or len(self._open) > MAX_RECORD_LINES:
            yield from self._give_up()

    def _give_up(self) -> Iterator[Record]:
        """Take the first line of an open row for a broken row, and read the others anew."""
        first, *others = self._open
        self._open, self._open_bytes = [], 0
        yield Record(first, is_broken=True)
        for line in others:
            yield from self._line(line)


def _is_cut_by_force(line: bytes) -> bool:
    return len(line) >= MAX_RECORD_BYTES and not line.endswith(b"\n")


def ends_inside_quotes(line: bytes, delimiter: str, *, is_inside: bool) -> bool:
    """Tell whether a row goes on after this line, because a quoted cell is still open.

    >>> ends_inside_quotes(b'1;"dois', ";", is_inside=False)
    True
    >>> ends_inside_quotes(b'cano de 5" ;x', ";", is_inside=False)
    False
    """
    mark, position = delimiter.encode(), 0
    while True:
        if not is_inside:
            if line[position : position + 1] != b'"':
                position = line.find(mark, position) + 1
                if not position:
                    return False
                continue
            position += 1
        position = _closing(line, position)
        if position < 0:
            return True
        is_inside = False
        position = line.find(mark, position) + 1
        if not position:
            return False


def _closing(line: bytes, position: int) -> int:
    """Return where a quoted cell's quote has closed, or -1; a doubled quote does not close it."""
    while True:
        position = line.find(b'"', position) + 1
        if not position:
            return -1
        if line[position : position + 1] != b'"':
            return position
        position += 1


def cells_of(text: str, delimiter: str) -> tuple[str, ...]:
    """Return the cells of one row.

    Raises:
        UnreadableFileError: the row is no delimited text.
    """
    try:
        rows = list(csv.reader([text], delimiter=delimiter))
    except csv.Error as exc:
        raise UnreadableFileError("quebra de linha fora de aspas") from exc
    return tuple(rows[0]) if rows else ()


def decoded(raw: bytes, encoding: str | None = None) -> str:
    """Return a row's text: UTF-8 where it is that, else Windows-1252, or Latin-1 if that is said.

    A file that several programs added to holds both; each row is read in the one that fits it, and
    hardly any text of Windows-1252 happens to be UTF-8.
    """
    if encoding != "latin-1":
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("cp1252", errors="replace")
    return raw.decode(encoding)
