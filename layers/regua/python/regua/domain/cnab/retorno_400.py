"""A return file of 400 columns: header, titles with what follows each, trailer.

Every record numbers itself in columns 395-400, so a missing or repeated line shows whatever the
bank's trailer totals.
"""

from collections.abc import Iterator

from regua.domain.cnab.audit import Audit, Notice, Tally, compare_totals
from regua.domain.cnab.fields import Field, Line, number, refusal, text
from regua.domain.cnab.layouts import (
    BANK_400,
    COLUMNS_400,
    COLUMNS_444,
    LAYOUTS_400,
    RECORD_SEQUENCE_400,
    TRAILER_BANK_400,
    Layout400,
)
from regua.domain.cnab.lines import FileLines
from regua.domain.cnab.occurrences import occurrence_400
from regua.domain.cnab.titles import PixOfTitle, Reader, RetornoTitle, read_pix, read_title

_RECORD_TYPE = Field(1, 1)
_TRAILER = b"9"


class Retorno400:
    """Walks one file once, title by title."""

    def __init__(self, lines: FileLines, audit: Audit) -> None:
        """Take the file's header.

        Raises:
            InvalidInput: the bank has no layout here.
        """
        self._audit = audit
        self.records = 0
        head = lines.head()
        self.layout = _layout_of(Line(1, head, head))
        widest = COLUMNS_444 if self.layout.nfe_key else COLUMNS_400
        self._lines = self._numbered(lines.walk(COLUMNS_400, widest))
        self.header_line = next(self._lines)
        self.first_title: Line | None = None
        self._tally = Tally()

    def read(self) -> Iterator[RetornoTitle]:
        """Yield the titles, then compare the trailer.

        Raises:
            InvalidInput: a record or a field cannot be read, or an enforced check fails.
        """
        group: list[Line] = []
        for line in self._lines:
            kind = line.record[:1]
            if kind in {self.layout.title_type, _TRAILER}:
                if group:
                    yield self._title(group)
                group = [line]
            else:
                self._attach(group, line)
            if kind == _TRAILER:
                self._close(line)
                return
        raise refusal(self.records, 1, 1, "is not a trailer: the file ends too early")

    def _numbered(self, lines: Iterator[Line]) -> Iterator[Line]:
        for line in lines:
            self.records = line.number
            self._audit.sequence(line, RECORD_SEQUENCE_400, line.number)
            yield line

    def _attach(self, group: list[Line], line: Line) -> None:
        kind = line.record[:1]
        if kind not in self.layout.pix and kind not in self.layout.ignored_types:
            raise _RECORD_TYPE.refuse(line, f"is no record type read for {self.layout.name}")
        if not group:
            raise _RECORD_TYPE.refuse(line, "belongs to a title and there is none before it")
        group.append(line)

    def _title(self, group: list[Line]) -> RetornoTitle:
        first, layout = group[0], self.layout
        code = text(first, layout.title.occurrence)
        if not code:
            raise layout.title.occurrence.refuse(first, "hold no occurrence")
        title = read_title(
            layout.bank,
            (first,),
            layout.title,
            occurrence=occurrence_400(layout.bank, code),
            pix=self._pix(group[1:]),
            nfe_key=text(first, layout.nfe_key) if layout.nfe_key else "",
            paid_is_credited=layout.paid_is_credited,
            raw_lines=tuple(line.raw for line in group),
        )
        self._audit.title(title, first)
        self._tally.add(title)
        self.first_title = self.first_title or first
        return title

    def _pix(self, following: list[Line]) -> PixOfTitle | None:
        found = None
        for line in following:
            spots = self.layout.pix.get(line.record[:1])
            if spots:
                found = read_pix(line, spots)
            else:
                self._audit.warn(line, Notice.RECORD_NOT_READ, "says nothing about a payment")
        return found

    def _close(self, trailer: Line) -> None:
        audit, layout = self._audit, self.layout
        if audit.is_in_sequence:
            audit.matched["sequence of records"] = None
        bank = text(trailer, TRAILER_BANK_400)
        if bank.strip("0") and bank != layout.bank:
            audit.mismatch(trailer, TRAILER_BANK_400, "name another bank than the header")
        compare_totals(audit, trailer, layout.totals, self._tally)
        self._compare_file_sequence(trailer)
        extra = next(self._lines, None)
        if extra:
            raise _RECORD_TYPE.refuse(extra, "stands after the trailer")

    def _compare_file_sequence(self, trailer: Line) -> None:
        again = self.layout.file_sequence_again
        stated = number(trailer, again) if again else None
        first = Reader((self.header_line,)).number(self.layout.header.file_sequence)
        if not again or not stated or first is None:
            return
        self._audit.count(trailer, again, "file sequence", first)


def _layout_of(header: Line) -> Layout400:
    layout = LAYOUTS_400.get(text(header, BANK_400))
    if layout is None:
        raise BANK_400.refuse(header, "name a bank whose CNAB 400 is not known here")
    return layout
