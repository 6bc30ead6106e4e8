import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.cnab.lines import FileLines
from regua.domain.errors import InvalidInput

WIDTH, WIDER = 10, 14


def _records(data: bytes) -> list[bytes]:
    return [line.record for line in FileLines(data).walk(WIDTH, WIDER)]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"0123456789\nabcdefghij", "LF, none at the end"),
        (b"0123456789\nabcdefghij\n", "LF"),
        (b"0123456789\r\nabcdefghij\r\n", "CRLF"),
        (b"0123456789\r\r\nabcdefghij\r\r\n", "CRLF twice converted"),
        (b"0123456789\r\nabcdefghij\r\n\x1a", "the end-of-file mark of CP/M"),
        (b"0123456789\nabcdefghij\n\n \r\n\n\x1a\x1a", "blank lines and marks at the end"),
        (b"0123456789\nabcdefghij\n\x00\x00", "a block filled up with zeros"),
        (b"\xef\xbb\xbf0123456789\nabcdefghij\n", "a byte-order mark"),
        (b"0123456789   \nabcdefghij", "blanks beyond the record"),
    ],
)
def test_however_the_lines_end_they_are_the_same(data: bytes, why: str) -> None:
    assert _records(data) == [b"0123456789", b"abcdefghij"], why


def test_blanks_cut_off_at_the_right_are_put_back() -> None:
    assert _records(b"01234\nabc\n") == [b"01234     ", b"abc       "]


def test_a_record_with_the_wider_part_keeps_it() -> None:
    assert _records(b"0123456789\n0123456789abc\n")[1] == b"0123456789abc "


def test_accents_in_utf_8_take_one_column_again() -> None:
    latin, utf8 = "AÇÃO456789\nX\n".encode("latin-1"), "AÇÃO456789\nX\n".encode()
    assert _records(utf8) == _records(latin)
    assert FileLines(utf8).is_utf8
    assert not FileLines(latin).is_utf8
    assert _records("A\u20ac\u201456789\n".encode()) == [b"A??56789  "], "one column each"


def test_the_line_is_kept_as_it_came() -> None:
    (line,) = FileLines("AÇÃO\r\n".encode()).walk(WIDTH, WIDER)
    assert (line.number, line.raw) == (1, "AÇÃO".encode())


@pytest.mark.parametrize("data", [b"", b"\n", b" \r\n\x1a", b"\xef\xbb\xbf", b"\x00" * 200_000])
def test_nothing_is_no_file(data: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"^file: is empty$"):
        FileLines(data)


@pytest.mark.parametrize("blank", [b"", b"   ", b"\r"])
def test_a_blank_line_between_records_is_refused(blank: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"^line 2, columns 1-10: are blank"):
        _records(b"0123456789\n" + blank + b"\nabc\n")


def test_a_line_too_long_is_refused_where_it_becomes_so() -> None:
    with pytest.raises(InvalidInput, match=r"^line 2, columns 15-16: go beyond the record's 14"):
        _records(b"0123456789\n0123456789abcdef\n")


@given(
    st.lists(
        st.binary(min_size=1, max_size=WIDTH).map(lambda b: b.strip(b"\r\n \x1a\x00")), min_size=1
    )
)
def test_records_come_back_padded_and_numbered(records: list[bytes]) -> None:
    written = [record.replace(b"\n", b".").replace(b"\r", b".") or b"." for record in records]
    data = b"\r\n".join(written) + b"\r\n"
    if data.startswith(b"\xef\xbb\xbf") or FileLines(data).is_utf8:
        return
    lines = list(FileLines(data).walk(WIDTH, WIDER))
    assert [line.raw for line in lines] == written
    assert [line.record for line in lines] == [record.ljust(WIDTH) for record in written]
    assert [line.number for line in lines] == list(range(1, len(written) + 1))
