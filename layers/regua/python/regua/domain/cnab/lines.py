"""A return file's lines: where it begins and ends, in which charset, how wide.

Files arrive with CRLF or LF, with or without a last line end, padded or with the blanks at the
right cut off, with the end-of-file mark of CP/M, and now and then saved again by an editor: with a
byte-order mark, or in UTF-8, where every accent takes two bytes and shifts the columns after it.
All that is undone line by line; the line itself is kept as it came.

Source: FEBRABAN CNAB 240 and the banks' CNAB 400 manuals (fixed width, ASCII or Latin-1, CRLF);
the published files of brcobranca and laravel-boleto for what happens in practice.
"""

import codecs
from collections.abc import Iterator

from regua.domain.cnab.fields import Line, refusal
from regua.domain.errors import InvalidInput

_FILL = b"\r\n \x1a\x00"
_CHUNK = 1 << 16


class FileLines:
    """The lines of one file, ready to be walked once or more; nothing is copied ahead."""

    __slots__ = ("_data", "_end", "_start", "is_utf8")

    def __init__(self, data: bytes) -> None:
        """Find both ends of the text and its charset.

        Raises:
            InvalidInput: there is nothing between them.
        """
        self._data = data
        self._start = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
        self._end = _end_of(data)
        if self._end <= self._start:
            raise InvalidInput.at("file", "is empty")
        self.is_utf8 = not data.isascii() and _is_utf8(data)

    def head(self) -> bytes:
        """Return the first record, not padded, as Latin-1."""
        return self._latin1(next(self._raw_lines()))

    def walk(self, width: int, wider: int) -> Iterator[Line]:
        """Yield every line with its record, padded to ``width``, or to ``wider`` when longer.

        Raises:
            InvalidInput: a line is blank or longer than any record.
        """
        for number, raw in enumerate(self._raw_lines(), start=1):
            record = self._latin1(raw) if self.is_utf8 else raw
            if len(record) != width:
                record = _fit(record, number, width, wider)
            yield Line(number, raw, record)

    def _raw_lines(self) -> Iterator[bytes]:
        data, position, end = self._data, self._start, self._end
        while position < end:
            stop = data.find(b"\n", position, end)
            stop = end if stop < 0 else stop
            yield data[position:stop].rstrip(b"\r")
            position = stop + 1

    def _latin1(self, raw: bytes) -> bytes:
        return raw.decode().encode("latin-1", "replace") if self.is_utf8 else raw


def _fit(record: bytes, number: int, width: int, wider: int) -> bytes:
    record = record.rstrip(b" ")
    if not record:
        raise refusal(number, 1, width, "are blank in the middle of the file")
    if len(record) > wider:
        raise refusal(number, wider + 1, len(record), f"go beyond the record's {wider} columns")
    return record.ljust(width if len(record) <= width else wider)


def _end_of(data: bytes) -> int:
    """Return where the last character that is no filling ends, looking from behind."""
    end = len(data)
    while end:
        chunk = data[max(0, end - _CHUNK) : end]
        kept = len(chunk.rstrip(_FILL))
        if kept:
            return end - len(chunk) + kept
        end -= len(chunk)
    return 0


def _is_utf8(data: bytes) -> bool:
    """Tell whether bytes beyond ASCII are UTF-8; Latin-1 text practically never is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(data[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
