"""Rows are where Python's csv says they are, however the bytes arrive and wherever they are cut."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.domain.imports import records
from regua.domain.imports.dialect import DELIMITERS, UnreadableFileError
from regua.domain.imports.records import (
    MAX_RECORD_BYTES,
    MAX_RECORD_LINES,
    Record,
    RecordCutter,
    cells_of,
    decoded,
    ends_inside_quotes,
)

CELLS = st.text(st.sampled_from('ab;,"\n\r çé|\t'), max_size=8)
TABLES = st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=8)
RAW = st.text(st.sampled_from('a;,"\n'), max_size=60).map(str.encode)


def cut(data: bytes, delimiter: str = ";", *, pieces: int = 10**9) -> list[Record]:
    cutter = RecordCutter(delimiter)
    found: list[Record] = []
    for start in range(0, len(data), pieces):
        found += cutter.feed(data[start : start + pieces])
    return [*found, *cutter.feed(b"", is_last=True)]


@given(TABLES, st.sampled_from(sorted(DELIMITERS)), st.booleans())
@settings(deadline=None)
def test_a_written_table_is_read_as_it_was(
    table: list[list[str]],
    delimiter: str,
    is_quoted: bool,  # noqa: FBT001 - drawn
) -> None:
    stream = io.StringIO(newline="")
    if is_quoted:
        csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(table)
    else:
        csv.writer(stream, delimiter=delimiter).writerows(table)
    found = cut(stream.getvalue().encode(), delimiter)
    assert [list(cells_of(decoded(r.raw), delimiter)) for r in found] == table
    assert not any(r.is_broken for r in found)


@given(RAW, st.integers(min_value=1, max_value=9))
@settings(deadline=None)
def test_pieces_change_nothing_and_nothing_is_lost(data: bytes, pieces: int) -> None:
    whole = cut(data)
    assert cut(data, pieces=pieces) == whole
    assert b"".join(r.raw for r in whole) == data


@given(RAW)
@settings(deadline=None)
def test_a_range_of_whole_rows_read_by_itself_has_the_same_rows(data: bytes) -> None:
    whole = cut(data)
    for first in range(len(whole)):
        for last in range(first, len(whole) + 1):
            part = whole[first:last]
            assert cut(b"".join(r.raw for r in part)) == part


@given(RAW)
@settings(deadline=None)
def test_rows_are_those_of_python_where_every_quote_closes(data: bytes) -> None:
    found = cut(data)
    if any(r.is_broken for r in found):
        return
    expected = list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=";"))
    assert [list(cells_of(r.raw.decode(), ";")) for r in found] == expected


@given(RAW, st.integers(min_value=4, max_value=20), st.integers(min_value=1, max_value=9))
@settings(deadline=None)
def test_long_rows_are_cut_the_same_whatever_the_pieces(
    data: bytes, longest: int, pieces: int
) -> None:
    before, records.MAX_RECORD_BYTES = records.MAX_RECORD_BYTES, longest
    try:
        whole = cut(data)
        assert cut(data, pieces=pieces) == whole
        assert b"".join(r.raw for r in whole) == data
    finally:
        records.MAX_RECORD_BYTES = before


@pytest.mark.parametrize(
    ("line", "is_inside", "expected"),
    [
        (b'a;"b', False, True),
        (b'a;"b"', False, False),
        (b'a;"b""', False, True),
        (b'a;"b""c"', False, False),
        (b'polegada 5";x', False, False),
        (b'"a"b";"c', False, True),
        (b'x";y', True, False),
        (b"sem aspas", True, True),
        (b'x";"y', True, True),
        (b'"', False, True),
        (b"", False, False),
        (b"", True, True),
    ],
)
def test_whether_a_row_goes_on(line: bytes, is_inside: bool, expected: bool) -> None:  # noqa: FBT001 - a table
    assert ends_inside_quotes(line, ";", is_inside=is_inside) is expected


@given(RAW, st.integers(min_value=1, max_value=4))
@settings(deadline=None)
def test_rows_of_many_lines_are_cut_the_same_in_ranges(data: bytes, most: int) -> None:
    before, records.MAX_RECORD_LINES = records.MAX_RECORD_LINES, most
    try:
        whole = cut(data)
        assert cut(data, pieces=3) == whole
        for first in range(len(whole)):
            part = whole[first : first + 3]
            assert cut(b"".join(r.raw for r in part)) == part
    finally:
        records.MAX_RECORD_LINES = before


def test_rows_none_of_which_closes_are_each_read_again_a_few_times_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = 0

    def counted(line: bytes, delimiter: str, *, is_inside: bool) -> bool:
        nonlocal looks
        looks += 1
        return ends_inside_quotes(line, delimiter, is_inside=is_inside)

    monkeypatch.setattr(records, "ends_inside_quotes", counted)
    rows = 1_000
    assert len(cut(b'x";"\n' * rows)) == rows
    assert looks <= rows * (MAX_RECORD_LINES + 2)


def test_a_quote_that_never_closes_costs_its_line_alone() -> None:
    rows = b"".join(b"linha;%d\n" % n for n in range(20_000))
    assert len(rows) > MAX_RECORD_BYTES
    found = cut(b'"aberta;1\n' + rows + b"fim;1\n")
    assert found[0] == Record(b'"aberta;1\n', is_broken=True)
    assert len(found) == 20_002
    assert not any(r.is_broken for r in found[1:])


def test_a_line_without_end_is_broken_and_not_held_in_memory() -> None:
    found = cut(b"x" * (3 * MAX_RECORD_BYTES) + b"\na;b\n", pieces=1000)
    assert [r.is_broken for r in found] == [True, True, True, False, False]


def test_a_lone_return_in_the_middle_of_a_row_is_told() -> None:
    with pytest.raises(UnreadableFileError, match="quebra de linha"):
        cells_of("a\rb;c", ";")


def test_a_row_is_read_in_the_encoding_that_fits_it() -> None:
    assert decoded("São".encode()) == decoded("São".encode("cp1252")) == "São"
    for encoding in ("cp1252", "utf-8-sig"):
        assert decoded("São".encode("cp1252"), encoding) == "São"
        assert decoded("São".encode(), encoding) == "São"
    assert decoded(b"S\xc3\xa3o", "latin-1") == "SÃ£o"
