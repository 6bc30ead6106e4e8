"""A return file of 240 columns: header, lots of titles in segments T and U, trailers.

The file's trailer counts lots and records, each lot's trailer its own records; details number
themselves within the lot. A title is a segment T, the U that must follow with the same movement,
and any Y after it.
"""

from collections.abc import Iterator

from regua.domain.cnab.audit import Audit, Notice, Tally
from regua.domain.cnab.fields import Line, number, refusal, text
from regua.domain.cnab.layouts import (
    BANK_240,
    COLUMNS_240,
    FILE_LOTS_240,
    FILE_RECORDS_240,
    LAYOUTS_240,
    LOT_240,
    LOT_RECORDS_240,
    LOT_WALLETS_240,
    LOT_WALLETS_COLUMNS_240,
    MOVEMENT_240,
    OPERATION_240,
    OPTIONAL_REGISTER_240,
    RECORD_SEQUENCE_240,
    RECORD_TYPE_240,
    SEGMENT_240,
    SERVICE_240,
    Layout240,
    LotTotals,
    Sums,
)
from regua.domain.cnab.lines import FileLines
from regua.domain.cnab.occurrences import occurrence_240
from regua.domain.cnab.titles import PixOfTitle, RetornoTitle, read_pix, read_title

_LOT_HEADER, _DETAIL, _LOT_TRAILER, _FILE_TRAILER = b"1", b"3", b"5", b"9"
_COLLECTION = b"01"
_TO_THE_CLIENT = b"T"
_PIX_REGISTER = b"03"
_FIRST_SEGMENT = b"T"
_SEGMENTS = (_FIRST_SEGMENT, b"U", b"Y")


class Retorno240:
    """Walks one file once, title by title."""

    def __init__(self, lines: FileLines, audit: Audit) -> None:
        """Take the file's header.

        Raises:
            InvalidInput: the bank has no layout here.
        """
        self._audit = audit
        self._lines = self._of_one_bank(lines.walk(COLUMNS_240, COLUMNS_240))
        self.header_line = next(self._lines)
        self.layout = _layout_of(self.header_line)
        self.records = 1
        self._lots = 0

    def read(self) -> Iterator[RetornoTitle]:
        """Yield the titles of every lot, comparing each trailer as it comes.

        Raises:
            InvalidInput: a record or a field cannot be read, or an enforced check fails.
        """
        for line in self._lines:
            kind = RECORD_TYPE_240.of(line)
            if kind == _LOT_HEADER:
                yield from self._read_lot(line)
            elif kind == _FILE_TRAILER:
                self._close(line)
                return
            else:
                raise RECORD_TYPE_240.refuse(line, "is neither a lot's header nor a trailer")
        raise refusal(self.records, 8, 8, "is not the file's trailer: the file ends too early")

    def _of_one_bank(self, lines: Iterator[Line]) -> Iterator[Line]:
        bank = b""
        for line in lines:
            bank = bank or BANK_240.of(line)
            self.records = line.number
            if BANK_240.of(line) != bank:
                raise BANK_240.refuse(line, "name another bank than the header")
            yield line

    def _read_lot(self, header: Line) -> Iterator[RetornoTitle]:
        if OPERATION_240.of(header) != _TO_THE_CLIENT:
            raise OPERATION_240.refuse(header, "is not T: the lot is no retorno")
        if SERVICE_240.of(header) != _COLLECTION:
            raise SERVICE_240.refuse(header, "are not 01: the lot is not of collection (cobrança)")
        tally, group = Tally(), list[Line]()
        lot = LOT_240.of(header) if self.layout.lot_header_is_numbered else b""
        for details, line in enumerate(self._lines):
            lot = lot or LOT_240.of(line)
            if LOT_240.of(line) != lot:
                raise LOT_240.refuse(line, "name another lot")
            kind = RECORD_TYPE_240.of(line)
            is_trailer = kind == _LOT_TRAILER
            if not is_trailer and kind != _DETAIL:
                raise RECORD_TYPE_240.refuse(line, "is neither a detail nor the lot's trailer")
            if group and (is_trailer or SEGMENT_240.of(line) == _FIRST_SEGMENT):
                yield self._title(group, tally)
                group = []
            if is_trailer:
                self._close_lot(line, details, tally)
                return
            self._audit.sequence(line, RECORD_SEQUENCE_240, details + 1)
            _follow(group, line)
        raise refusal(self.records, 8, 8, "is not the lot's trailer: the file ends too early")

    def _title(self, group: list[Line], tally: Tally) -> RetornoTitle:
        first, bank = group[0], self.layout.bank
        if len(group) == 1:
            raise SEGMENT_240.refuse(first, "is a T without a U after it")
        code = text(first, MOVEMENT_240)
        if not code:
            raise MOVEMENT_240.refuse(first, "hold no movement code")
        title = read_title(
            bank,
            group[:2],
            self.layout.title,
            occurrence=occurrence_240(bank, code),
            pix=self._pix(group[2:]),
            raw_lines=tuple(line.raw for line in group),
        )
        self._audit.title(title, first)
        tally.add(title)
        return title

    def _pix(self, optional: list[Line]) -> PixOfTitle | None:
        found = None
        for line in optional:
            if self.layout.pix and OPTIONAL_REGISTER_240.of(line) == _PIX_REGISTER:
                found = read_pix(line, self.layout.pix)
            else:
                self._audit.warn(line, Notice.RECORD_NOT_READ, "an optional segment")
        return found

    def _close_lot(self, trailer: Line, details: int, tally: Tally) -> None:
        self._lots += 1
        layout = self.layout
        self._audit.count(
            trailer,
            LOT_RECORDS_240,
            "count of the lot's records",
            *(details + extra for extra in layout.lot_counts),
            enforced=layout.counts_enforced,
        )
        if layout.lot_totals is not LotTotals.NOT_OF_THE_LOT:
            self._compare_wallets(trailer, tally)

    def _compare_wallets(self, trailer: Line, tally: Tally) -> None:
        titles = sum(number(trailer, count) or 0 for count, _ in LOT_WALLETS_240)
        amounts = sum(number(trailer, total) or 0 for _, total in LOT_WALLETS_240)
        found = tally.of(Sums.TITLES), tally.of(Sums.AMOUNTS)
        if (titles, amounts) == found:
            self._audit.matched["count and sum of the lot's titles"] = None
        elif not titles and not amounts:
            self._audit.warn(trailer, Notice.TOTALS_NOT_STATED, "the lot states no totals")
        else:
            self._audit.mismatch(
                trailer,
                LOT_WALLETS_COLUMNS_240,
                "are not the count and sum of the lot's titles",
                enforced=self.layout.lot_totals is LotTotals.ENFORCED,
            )

    def _close(self, trailer: Line) -> None:
        audit = self._audit
        audit.count(trailer, FILE_LOTS_240, "count of lots", self._lots)
        audit.count(
            trailer,
            FILE_RECORDS_240,
            "count of records",
            trailer.number,
            enforced=self.layout.counts_enforced,
        )
        if audit.is_in_sequence:
            audit.matched["sequence of details"] = None
        extra = next(self._lines, None)
        if extra:
            raise RECORD_TYPE_240.refuse(extra, "stands after the file's trailer")


def _follow(group: list[Line], line: Line) -> None:
    """Put a segment to its title: T begins one, U must follow, Y may."""
    expected = _SEGMENTS[min(len(group), len(_SEGMENTS) - 1)]
    if SEGMENT_240.of(line) != expected:
        raise SEGMENT_240.refuse(
            line, f"is not the segment that may follow here ({expected.decode()})"
        )
    if len(group) == 1 and MOVEMENT_240.of(line) != MOVEMENT_240.of(group[0]):
        raise MOVEMENT_240.refuse(line, "are not the movement of the T before")
    group.append(line)


def _layout_of(header: Line) -> Layout240:
    layout = LAYOUTS_240.get(text(header, BANK_240))
    if layout is None:
        raise BANK_240.refuse(header, "name a bank whose CNAB 240 is not known here")
    return layout
