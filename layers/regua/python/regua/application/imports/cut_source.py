"""A source is cut into chunks of whole rows, in steps: each goes on where the one before ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from regua.application.import_ports import Chunk
from regua.application.imports.work import ImportWork
from regua.domain.imports.job import Source
from regua.domain.imports.records import RecordCutter

CHUNK_ROWS = 400
CHUNK_BYTES = 524_288
PART_CHUNKS = 250
"""Chunks in one part of the plan: reading goes on by message only after a whole part."""
_BLANK = b' \t\r\n;,|"'


@dataclass(frozen=True, slots=True)
class Part:
    """Some chunks of the plan, and what to go on with after them.

    ``position`` and ``row`` are where the next chunk begins; ``rows`` counts what was cut so far,
    and ``digest`` and ``is_utf8`` tell of all of it.
    """

    chunks: list[Chunk]
    next_number: int
    position: int
    row: int
    rows: int
    digest: str
    is_utf8: bool
    is_last: bool


class SourceCut:
    """A source on its way through the cutter, from a message's state on."""

    def __init__(self, source: Source, message: ImportWork) -> None:
        self._source = source
        self.position = message.start or source.data_start
        self._row = message.first_row or source.header_row + 1
        self._number, self._rows = message.number, message.rows
        header = sha256(repr(source.header).encode()).hexdigest()
        self._digest = message.digest or header
        self._is_utf8 = message.is_utf8
        self._begin()

    def _begin(self) -> None:
        self._start, self._first_row = self.position, self._row
        self._held: list[bytes] = []
        self._bytes = 0

    def parts(self, pieces: Iterator[bytes]) -> Iterator[Part]:
        """Yield the plan part by part; the last one is yielded whether or not it has chunks."""
        chunks: list[Chunk] = []
        for chunk in self._chunks(pieces):
            chunks.append(chunk)
            if len(chunks) == PART_CHUNKS:
                yield self._part(chunks, is_last=False)
                chunks = []
        yield self._part(chunks, is_last=True)

    def _part(self, chunks: list[Chunk], *, is_last: bool) -> Part:
        return Part(
            chunks,
            self._number,
            self._start,
            self._first_row,
            self._rows,
            self._digest,
            self._is_utf8,
            is_last,
        )

    def _chunks(self, pieces: Iterator[bytes]) -> Iterator[Chunk]:
        cutter = RecordCutter(self._source.delimiter)
        for piece in pieces:
            for record in cutter.feed(piece):
                yield from self._take(record.raw)
        for record in cutter.feed(b"", is_last=True):
            yield from self._take(record.raw)
        if self._held:
            yield self._chunk()

    def _take(self, raw: bytes) -> Iterator[Chunk]:
        self._held.append(raw)
        self._bytes += len(raw)
        self.position += len(raw)
        self._row += 1
        self._rows += not is_blank(raw)
        if len(self._held) == CHUNK_ROWS or self._bytes >= CHUNK_BYTES:
            yield self._chunk()

    def _chunk(self) -> Chunk:
        data = b"".join(self._held)
        self._digest = sha256(self._digest.encode() + sha256(data).digest()).hexdigest()
        self._is_utf8 = self._is_utf8 and _is_utf8(data)
        chunk = Chunk(self._number, self._start, self.position, self._first_row)
        self._number += 1
        self._begin()
        return chunk


def is_blank(raw: bytes) -> bool:
    """Tell whether a row holds nothing but delimiters."""
    return not raw.strip(_BLANK)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
