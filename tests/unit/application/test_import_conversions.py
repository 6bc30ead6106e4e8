"""Spreadsheets, NF-e, zips and return files become rows; what is hostile is refused unopened."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from random import Random
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.adapters.xlsx_rows import read_sheet
from regua.application.import_ports import StoredFile
from regua.application.imports import convert
from regua.application.imports.apply_titles import COLUMNS, read_title_row, title_cells
from regua.application.imports.inspect_source import Inspected, NeedsMapping, inspect
from regua.application.imports.mapping import read_mapping
from regua.domain.cnab.retorno import parse_retorno
from regua.domain.errors import InvalidInput
from regua.domain.imports.dialect import UnreadableFileError
from regua.domain.imports.job import FileKind
from tests.shared_data import SHARED_DATA, shared_data_path

OWN = "11222333000181"


def workbook(*rows: Sequence[object], sheets: int = 1) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for _ in range(sheets - 1):
        sheet = book.create_sheet()
    for row in rows:
        sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def rezipped(data: bytes, **changes: bytes) -> bytes:
    """Return a workbook with parts replaced, named without slashes or dots."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    keys = {name: name.replace("/", "_").replace(".", "_") for name in files}
    return zipped({name: changes.get(keys[name], body) for name, body in files.items()})


# ── XLSX ────────────────────────────────────────────────────────────────────────────────────────


def test_cells_are_what_a_person_would_type() -> None:
    day, moment = date(2026, 11, 30), datetime(2026, 11, 30, 8, 15)  # noqa: DTZ001 - as Excel has it
    data = workbook(["a", 1, 1234.5, 11987654321.0, None, True, day, moment, time(8, 15)])
    assert list(read_sheet(data)) == [
        [
            "a",
            "1",
            "1234.5",
            "11987654321",
            "",
            "sim",
            "2026-11-30",
            "2026-11-30T08:15:00",
            "08:15:00",
        ]
    ]


def test_the_first_filled_sheet_is_read() -> None:
    rows = [row for row in read_sheet(workbook(["x", "y"], sheets=3)) if any(row)]
    assert rows == [["x", "y"]]


def test_a_sheet_that_opens_into_much_more_than_it_weighs_is_refused() -> None:
    bomb = rezipped(workbook(["x"]), xl_worksheets_sheet1_xml=b" " * 60_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(UnreadableFileError, match="mais do que pesa"):
        list(read_sheet(bomb))


@pytest.mark.parametrize(
    ("limit", "part"),
    [
        ("MAX_HELD_BYTES", "xl/sharedStrings.xml"),
        ("MAX_STYLE_BYTES", "xl/styles.xml"),
        ("MAX_SHEET_BYTES", "xl/worksheets/sheet1.xml"),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    monkeypatch: pytest.MonkeyPatch, limit: str, part: str
) -> None:
    book = zipped({part: b"<a></a>"})
    monkeypatch.setattr(f"regua.adapters.xlsx_rows.{limit}", 6)
    with pytest.raises(UnreadableFileError, match="partes grandes"):
        list(read_sheet(book))


@pytest.mark.parametrize("part", ["xl/media/foto.png", "xl/pivotCache/pivotCacheRecords1.xml"])
def test_parts_that_nobody_reads_may_be_large(part: str) -> None:
    data = workbook(["x"])
    noise = b"<a>" + Random(7).randbytes(5 * 1024 * 1024)  # noqa: S311 - noise
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert list(read_sheet(zipped({**files, part: noise}))) == [["x"]]


SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1"><v>1</v></c></row>%s</sheetData></worksheet>'
)


@pytest.mark.parametrize(
    "far",
    [
        b'<row r="2000000000"><c r="A2000000000"><v>1</v></c></row>',
        b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(2, 62)),
    ],
)
def test_a_few_bytes_that_name_far_cells_are_refused(
    monkeypatch: pytest.MonkeyPatch, far: bytes
) -> None:
    monkeypatch.setattr("regua.adapters.xlsx_rows.MAX_ROWS", 1_000)
    monkeypatch.setattr("regua.adapters.xlsx_rows.MAX_CELLS", 50 * 16_384)
    with pytest.raises(UnreadableFileError, match="linhas ou colunas demais"):
        list(read_sheet(rezipped(workbook(["x"]), xl_worksheets_sheet1_xml=SHEET % far)))


@pytest.mark.parametrize(
    ("before", "encoding"),
    [
        ("", "utf-8"),
        ("<!-- <worksheet> -->", "utf-8"),
        (f"<!--{' ' * 100_000}-->", "utf-8"),
        ("<?oi <x> ?>" * 40, "utf-8"),
        ("", "utf-16"),
    ],
)
def test_entities_are_refused_before_any_parser_sees_them(before: str, encoding: str) -> None:
    laughs = (
        f"<?xml version='1.0' encoding='{encoding}'?>{before}"
        '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    ).encode(encoding)
    with pytest.raises(UnreadableFileError, match="tipo de documento"):
        list(read_sheet(rezipped(workbook(["x"]), xl_worksheets_sheet1_xml=laughs)))


@given(st.binary(max_size=200), st.integers(min_value=0), st.booleans())
@settings(deadline=None, max_examples=60)
def test_any_damage_to_a_workbook_is_a_refusal(noise: bytes, place: int, is_raw: bool) -> None:  # noqa: FBT001 - drawn
    data = noise if is_raw else _damaged(workbook(["numero", "valor"], ["1", 2.5]), noise, place)
    with suppress(InvalidInput):
        for row in read_sheet(data):
            assert all(isinstance(cell, str) for cell in row)


def _damaged(data: bytes, noise: bytes, place: int) -> bytes:
    at = place % len(data)
    return data[:at] + noise + data[at + len(noise) :]


# ── zips and NF-e ───────────────────────────────────────────────────────────────────────────────


def test_a_zip_bomb_is_refused_unopened() -> None:
    with pytest.raises(UnreadableFileError, match="mais do que pesa"):
        list(convert.nfe_files("x.zip", zipped({"a.xml": b"\0" * 50_000_000})))


def test_a_zip_of_too_many_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "MAX_ENTRIES", 2)
    data = zipped({f"{n}.xml": b"x" for n in range(3)})
    with pytest.raises(UnreadableFileError, match="demais"):
        list(convert.nfe_files("x.zip", data))


def test_only_xml_is_read_and_one_too_large_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "MAX_NFE_BYTES", 10)
    data = zipped({"leia-me.txt": b"x", "a.xml": b"<a/>", "pasta/b.XML": b"<b>01234567890</b>"})
    files = dict(convert.nfe_files("x.zip", data))
    assert files == {"a.xml": b"<a/>", "pasta/b.XML": b""}
    _, first, second = convert.nfe_rows(files.items(), OWN)
    assert first[0] == "a.xml"
    assert "ilegível" in first[convert.REFUSAL]
    assert "ilegível" in second[convert.REFUSAL]


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_are_a_zip_or_a_refusal(data: bytes) -> None:
    for candidate in (data, b"PK\x03\x04" + data):
        with suppress(InvalidInput):
            files = list(convert.nfe_files("x", candidate))
            rows = list(convert.nfe_rows(files, OWN))
            assert all(len(row) == len(convert.NFE_COLUMNS) for row in rows)


@given(
    st.binary(min_size=1, max_size=40),
    st.integers(min_value=0),
    st.sampled_from(
        [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
    ),
)
@settings(deadline=None)
def test_any_damage_to_a_zip_is_a_refusal(noise: bytes, place: int, method: int) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("a.xml", b"<a>" + b"texto " * 40 + b"</a>")
        archive.writestr("b.xml", b"<b/>")
    with suppress(InvalidInput):
        files = list(convert.nfe_files("x.zip", _damaged(stream.getvalue(), noise, place)))
        assert len(list(convert.nfe_rows(files, OWN))) == 1 + len(files)


@pytest.mark.shared_data
def test_published_nfes_of_another_issuer_are_told_one_by_one() -> None:
    shared_data_path("nfe")
    files = [(p.name, p.read_bytes()) for p in sorted((SHARED_DATA / "nfe").glob("*.xml"))]
    rows = list(convert.nfe_rows(files, OWN))[1:]
    assert len(rows) == len(files)
    assert all(row[convert.REFUSAL] for row in rows)


@pytest.mark.shared_data
def test_published_nfes_become_their_instalments() -> None:
    shared_data_path("nfe")
    for path in sorted((SHARED_DATA / "nfe").glob("*.xml")):
        data = path.read_bytes()
        issuer = data.partition(b"<emit>")[2].partition(b"<CNPJ>")[2][:14].decode()
        (_, *rows) = convert.nfe_rows([(path.name, data)], issuer)
        numbers = data.count(b"<dup>")
        accepted = [row for row in rows if not row[convert.REFUSAL]]
        assert len(accepted) == numbers or rows[0][convert.REFUSAL]
        branch = f"{issuer[:8]}0002{issuer[12:]}"
        assert list(convert.nfe_rows([(path.name, data)], branch))[1:] == rows


# ── return files ────────────────────────────────────────────────────────────────────────────────


def _retornos() -> Iterator[str]:
    names = (SHARED_DATA / "cnab").glob("*") if SHARED_DATA.exists() else ()
    yield from sorted(p.name for p in names if p.suffix.lower() != ".rem")


@pytest.mark.shared_data
@pytest.mark.parametrize("name", list(_retornos()) or ["cnab"])
def test_every_published_retorno_becomes_its_titles_or_its_refusal(name: str) -> None:
    data = shared_data_path(f"cnab/{name}").read_bytes()
    try:
        titles = list(parse_retorno(data).titles)
    except InvalidInput:
        with pytest.raises(InvalidInput):
            list(convert.title_rows(data))
        return
    text = b"".join(convert.csv_pieces(convert.title_rows(data))).decode()
    _, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    assert [tuple(row) for row in rows] == [title_cells(t) for t in titles]
    for title, row in zip(titles, rows, strict=True):
        read = read_title_row(2, row)
        assert (read.paid, read.effect) == (title.paid, title.occurrence.effect)
    assert convert.kind_of(data[:4096]) is FileKind.CNAB


@given(st.binary(max_size=900))
@settings(deadline=None)
def test_any_bytes_are_a_retorno_or_a_refusal(data: bytes) -> None:
    for head in (b"", b"02RETORNO01COBRANCA       "):
        with suppress(InvalidInput):
            first, *_ = convert.title_rows(head + data)
            assert first == COLUMNS


@given(st.lists(st.text(max_size=20), max_size=15))
@settings(deadline=None)
def test_any_cells_are_a_title_or_a_refusal(cells: list[str]) -> None:
    with suppress(InvalidInput):
        assert read_title_row(2, cells).number == 2


# ── what a file is ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xef\xbb\xbf<?xml version='1.0'?><nfeProc>", FileKind.NFE),
        (b"  <NFe>", FileKind.NFE),
        (b"02RETORNO01COBRANCA" + b" " * 381, FileKind.CNAB),
        (b"00100000" + b"0" * 232 + b"\r\n", FileKind.CNAB),
        (b"numero;valor\r\n1;2\r\n", FileKind.CSV),
        (b"", FileKind.CSV),
        (b"12345678;" * 26 + b"123456\r\n", FileKind.CSV),
        (zipped({"a.xml": b"x"}), FileKind.NFE),
        (workbook(["a"]), FileKind.XLSX),
    ],
    ids=["nfe", "bare nfe", "400", "240", "csv", "empty", "wide csv", "zip", "xlsx"],
)
def test_a_file_is_known_by_its_first_bytes(head: bytes, kind: FileKind) -> None:
    assert convert.kind_of(head) is kind


@given(st.binary(max_size=400), st.booleans())
@settings(deadline=None, max_examples=300)
def test_any_bytes_are_inspected_or_refused(data: bytes, has_header: bool) -> None:  # noqa: FBT001 - drawn
    if has_header:
        data = b"numero;cpf;vencimento;valor\n" + data
    assert convert.kind_of(data) in FileKind
    stored = StoredFile(len(data), "e")
    saved = {"velho": {"columns": 3}}
    with suppress(InvalidInput):
        found = inspect(data, "x", stored, given=None, given_name=None, saved=saved)
        assert found.source.data_start <= len(data)
        assert read_mapping(found.mapping).columns


def inspected(data: bytes, **given: Any) -> Inspected:  # noqa: ANN401 - a mapping's fields
    mapping = read_mapping(given) if given else None
    stored = StoredFile(len(data), "e")
    return inspect(data, "x", stored, given=mapping, given_name=None, saved={})


def test_a_header_after_blank_lines_is_found() -> None:
    found = inspected(b"\r\n;;\r\nnumero;cpf;vencimento;valor\r\n1;2;3;4\r\n").source
    assert (found.header_row, found.data_start) == (3, 35)
    assert found.header == ("numero", "cpf", "vencimento", "valor")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ((";".join("abc" for _ in range(301)) + "\n").encode() * 3, "cabe"),
        (b'"numero;valor\n' + b"1;2\n" * 3, "colunas"),
        (b"a;b\nc;d;e\nf\ng\n", "larguras"),
    ],
)
def test_what_is_no_header(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableFileError, match=why):
        inspected(data)


def test_a_mapping_decides_encoding_delimiter_and_mark() -> None:
    columns = {"number": "n", "document": "c", "due_date": "v", "amount": "x"}
    data = b"n|c|v|x\n1|2|3|4\n"
    found = inspected(data, columns=columns, encoding="cp1252", delimiter="|", decimal=".").source
    assert (found.encoding, found.delimiter, found.decimal) == ("cp1252", "|", ".")


def test_long_tables_are_written_in_pieces_and_other_encodings_whole_or_not() -> None:
    pieces = list(convert.csv_pieces(["a", "b"] for _ in range(5_000)))
    assert len(pieces) == 3
    assert b"".join(pieces).count(b"\n") == 5_000
    utf_16 = "é;b\r\n".encode("utf-16")
    assert b"".join(convert.text_pieces([utf_16[:3], utf_16[3:]], "utf-16")) == "é;b\n".encode()
    with pytest.raises(UnreadableFileError, match="não está em"):
        list(convert.text_pieces([b"\xff\xfe\x00"], "utf-16"))


def test_a_locked_zip_and_a_torn_one_are_refused() -> None:
    data = bytearray(zipped({"a.xml": b"<a/>" * 50}))
    torn = bytearray(data)
    torn[45:60] = b"x" * 15
    with pytest.raises(UnreadableFileError, match="danificado"):
        list(convert.nfe_files("x.zip", bytes(torn)))
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UnreadableFileError, match="senha"):
        list(convert.nfe_files("x.zip", bytes(data)))


def test_folders_of_a_zip_are_no_files() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.mkdir("pasta.xml")
    assert list(convert.nfe_files("x.zip", stream.getvalue())) == []


def test_a_file_of_delimiters_alone_is_empty() -> None:
    with pytest.raises(UnreadableFileError, match="vazio"):
        inspected(b";;\n;;\n", columns={"amount": "x"}, delimiter=";")


def test_a_mapping_that_does_not_fit_is_asked_about() -> None:
    with pytest.raises(NeedsMapping, match="não tem: x") as refused:
        inspected(b"a;b\n1;2\n", columns={"amount": "x"})
    assert refused.value.header == ("a", "b")


def test_a_workbook_with_pictures_is_read_and_a_torn_one_is_not() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(["x"]))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert [row for row in read_sheet(zipped({**files, "xl/media/a.png": b"x"})) if any(row)] == [
        ["x"]
    ]
    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
        with pytest.raises(UnreadableFileError, match="danificada"):
            list(read_sheet(zipped({**files, part: b"<x"})))
