"""Spreadsheets (XLSX) as rows of text, streamed; the one module that knows openpyxl.

A workbook is a zip of XML and may be hostile: it is opened only when its directory is harmless
(`regua.application.imports.convert.opened_zip`), the parts that are held are small enough for it,
and no part declares a document type.
"""

import codecs
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any

from regua.application.imports.convert import opened_zip
from regua.domain.imports.dialect import UnreadableFileError

MAX_HELD_BYTES = 48 * 1024 * 1024
"""Of a part that is read into memory whole; sheets are streamed."""
MAX_SHEET_BYTES = 448 * 1024 * 1024
MAX_STYLE_BYTES = 4 * 1024 * 1024
"""Of styles and the like: each few bytes of them become an object of half a kilobyte."""
MAX_ROWS, MAX_CELLS = 1_048_576, 50_000_000
"""Rows that a program can write, and cells between the first and the last of each, empty or not:
a few bytes may name a row or a column that is very far away."""
MAX_COLUMNS = 300
_HEAD_BYTES = 65_536
_XML = (".xml", ".rels")
_SHEETS = "xl/worksheets/"
_NOT_STYLES = ("xl/sharedStrings.xml", "xl/pivotCache/", "xl/externalLinks/")
"""Parts that may be large: they are held as text, or never read."""
_PROLOGUE = re.compile(rb"(?>\s*(?:<\?(?>.*?\?>)|<!--(?>.*?-->)))*+\s*<[A-Za-z_]", re.DOTALL)
"""What may stand before a document's first element, and its beginning; never a DOCTYPE."""
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DAMAGED = "a planilha está danificada ou não é um XLSX"


def read_sheet(data: bytes) -> Iterator[Sequence[str]]:
    """Yield the first filled sheet's rows as text.

    Raises:
        UnreadableFileError: it is no workbook that may be read.
    """
    with opened_zip(data, is_large=_is_large) as archive:
        _require_no_document_types(archive)
    rows = _rows(data)
    while True:
        try:
            row = next(rows, None)
        except UnreadableFileError:
            raise
        except Exception as exc:  # openpyxl raises whatever its parsers stumble over
            raise UnreadableFileError(_DAMAGED) from exc
        if row is None:
            return
        yield row


def _is_large(entry: zipfile.ZipInfo) -> bool:
    name, most = entry.filename, MAX_HELD_BYTES
    if name.startswith(_SHEETS):
        most = MAX_SHEET_BYTES
    elif name.endswith(_XML) and not name.startswith(_NOT_STYLES):
        most = MAX_STYLE_BYTES
    return entry.file_size > most


def _require_no_document_types(archive: zipfile.ZipFile) -> None:
    """Refuse XML that could define entities; no program writes such a workbook."""
    for entry in archive.infolist():
        if not entry.filename.endswith(_XML):
            continue
        try:
            with archive.open(entry) as part:
                head = part.read(_HEAD_BYTES)
        except Exception as exc:  # as above, and what a broken zip raises
            raise UnreadableFileError(_DAMAGED) from exc
        if not _begins_with_an_element(head):
            raise UnreadableFileError("a planilha declara um tipo de documento")


def _begins_with_an_element(head: bytes) -> bool:
    """Tell whether XML has nothing before its first element but comments and instructions.

    >>> _begins_with_an_element(b"<?xml version='1.0'?><!-- oi --><a/>")
    True
    >>> _begins_with_an_element(b"<!-- <a> --><!DOCTYPE a><a/>")
    False
    """
    for mark in _MARKS:
        head = head.removeprefix(mark)
    return _PROLOGUE.match(head.replace(b"\0", b"")) is not None


def _rows(data: bytes) -> Iterator[Sequence[str]]:
    import openpyxl  # noqa: PLC0415 - only the importer has it, and only a workbook needs it

    book: Any = openpyxl.load_workbook(
        BytesIO(data), read_only=True, data_only=True, keep_links=False
    )
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what a file says of its own size is often wrong
            is_filled, seen = False, 0
            for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                seen += len(cells)
                if number > MAX_ROWS or seen > MAX_CELLS:
                    raise UnreadableFileError("a planilha tem linhas ou colunas demais")
                row = [_text(cell) for cell in cells[:MAX_COLUMNS]]
                if is_filled or any(row):
                    is_filled = True
                yield row
            if is_filled:
                return
    finally:
        book.close()


def _text(cell: object) -> str:
    """Write a cell as a person would type it into a delimited file with decimal dots."""
    if cell is None or isinstance(cell, str):
        return cell or ""
    if isinstance(cell, bool):
        return "sim" if cell else "não"
    if isinstance(cell, float):
        return _number(cell)
    if isinstance(cell, datetime) and cell.time() == time():
        cell = cell.date()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _number(value: float) -> str:
    """Write a number without exponent, as it was typed: 1234.5, 11987654321.

    >>> _number(1234.5), _number(11987654321.0), _number(1e-7)
    ('1234.5', '11987654321', '0.0000001')
    """
    if value.is_integer():
        return str(int(value))
    return f"{Decimal(repr(value)):f}"
