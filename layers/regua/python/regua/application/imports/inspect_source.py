"""The beginning of a delimited file says how to read the rest: dialect, header, mapping."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from regua.application.import_ports import StoredFile
from regua.application.imports.apply_titles import COLUMNS as TITLE_COLUMNS
from regua.application.imports.convert import DELIMITER, NFE_COLUMNS, NFE_MAPPING
from regua.application.imports.mapping import (
    USUAL,
    ImportMapping,
    by_usual_names,
    fitting,
    read_mapping,
)
from regua.application.imports.rows import amount_cells
from regua.domain.errors import InvalidInput
from regua.domain.imports.columns import require
from regua.domain.imports.dialect import (
    DELIMITERS,
    UnreadableFileError,
    decode,
    guess_decimal_mark,
    guess_delimiter,
)
from regua.domain.imports.job import Source
from regua.domain.imports.records import RecordCutter, cells_of, decoded

SAMPLE_BYTES = 262_144
MAX_COLUMNS = 300
_MAX_NAME = 200
_GUESSED_FROM = 65_536
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Format(StrEnum):
    """What a row of a delimited file is."""

    INVOICES = "invoices"
    NFE = "nfe"
    TITLES = "titles"


class Written(StrEnum):
    """Who wrote the text that is looked at."""

    BY_THEM = "by_them"
    ANEW = "anew"
    """Theirs in every cell, written by us in UTF-8."""
    BY_US = "by_us"
    """Made of a spreadsheet, of NF-es or of a return file."""


class NeedsMapping(UnreadableFileError):
    """The file is read, and nobody but its owner can say which column is which."""

    def __init__(self, reason: str, header: Sequence[str]) -> None:
        super().__init__(reason)
        self.header = tuple(header)


@dataclass(frozen=True, slots=True)
class Inspected:
    """How a file is to be read, and by which mapping."""

    source: Source
    mapping: Mapping[str, Any]
    mapping_name: str


def format_of(header: Sequence[str]) -> Format:
    """Tell what rows under a header are: ours have headers that nobody else writes."""
    if tuple(header[: len(TITLE_COLUMNS)]) == TITLE_COLUMNS:
        return Format.TITLES
    if tuple(header[: len(NFE_COLUMNS)]) == NFE_COLUMNS:
        return Format.NFE
    return Format.INVOICES


def inspect(
    sample: bytes,
    key: str,
    stored: StoredFile,
    *,
    given: ImportMapping | None,
    given_name: str | None,
    saved: Mapping[str, Mapping[str, Any]],
    written: Written = Written.BY_THEM,
) -> Inspected:
    """Look at the first bytes of a delimited file.

    Args:
        sample: the first bytes, at the most ``SAMPLE_BYTES``.
        key: where the file is.
        stored: which file it is.
        given: the mapping that was asked for; it wins over every guess.
        given_name: what it is called.
        saved: the creditor's own mappings, of which one may fit.
        written: who wrote it as it is; of what we wrote, no mapping says how.

    Raises:
        NeedsMapping: the header is read and does not say enough.
        UnreadableFileError: nothing can be made of the file.
    """
    is_whole = stored.size <= len(sample)
    said = None if written is not Written.BY_THEM or given is None else given.encoding
    encoding, mark_bytes = _encoding(sample, said, is_whole=is_whole)
    text = sample[mark_bytes:]
    if b"\0" in text:
        raise UnreadableFileError("o arquivo não é texto; exporte a planilha como CSV")
    asked = None if given is None else given.delimiter
    delimiter = _delimiter(text, encoding, DELIMITER if written is Written.BY_US else asked)
    offset, number = mark_bytes, 0
    header: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    for record in RecordCutter(delimiter).feed(text, is_last=is_whole):
        if not header:
            offset, number = offset + len(record.raw), number + 1
            cells = cells_of(decoded(record.raw, encoding), delimiter)
            if any(cell.strip() for cell in cells):
                header = _header(cells, is_broken=record.is_broken)
        elif not record.is_broken:
            rows.append(_cells(record.raw, encoding, delimiter))
    if not header:
        raise UnreadableFileError("o arquivo está vazio")
    mapping, name = _mapping(header, given, given_name, saved)
    try:
        decimal = _decimal(mapping, amount_cells(mapping, header, rows), delimiter, written)
    except UnreadableFileError as exc:
        raise NeedsMapping(str(exc), header) from exc
    source = Source(
        key=key,
        size=stored.size,
        etag=stored.etag,
        encoding=encoding,
        delimiter=delimiter,
        header=header,
        header_row=number,
        data_start=offset,
        decimal=decimal,
    )
    document = mapping.model_dump(mode="json", exclude_defaults=True)
    return Inspected(source, document, name)


def _decimal(
    mapping: ImportMapping, amounts: Sequence[str], delimiter: str, written: Written
) -> str:
    """Return the decimal mark; a spreadsheet's numbers have dots, whatever a mapping says.

    Raises:
        UnreadableFileError: amounts disagree, and no mapping says which mark counts.
    """
    if mapping.decimal is not None and written is not Written.BY_US:
        return mapping.decimal
    try:
        return guess_decimal_mark(amounts, delimiter)
    except UnreadableFileError:
        if mapping.decimal is None:
            raise
        return mapping.decimal


def _encoding(sample: bytes, said: str | None, *, is_whole: bool) -> tuple[str, int]:
    """Return the encoding, and how many bytes its mark takes."""
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", len(codecs.BOM_UTF8)
    if said in {"cp1252", "latin-1"}:
        return said, 0
    lines = sample if is_whole else sample[: sample.rfind(b"\n") + 1]
    return decode(lines)[1] if not lines.startswith(_UTF_16) else "utf-8", 0


def _delimiter(text: bytes, encoding: str, said: str | None) -> str:
    if said is not None:
        return said
    head = text[:_GUESSED_FROM]
    try:
        return guess_delimiter(decoded(head[: head.rfind(b"\n") + 1] or head, encoding))
    except UnreadableFileError as exc:
        first = decoded(text.lstrip().partition(b"\n")[0], encoding).strip()
        if first and not any(mark in first for mark in DELIMITERS):
            raise
        raise UnreadableFileError(f"{exc}; as linhas têm larguras diferentes") from exc


def _header(cells: Sequence[str], *, is_broken: bool) -> tuple[str, ...]:
    if is_broken or len(cells) > MAX_COLUMNS:
        raise UnreadableFileError("o cabeçalho não é uma linha de nomes de colunas")
    return tuple(cell.strip().strip("\ufeff")[:_MAX_NAME] for cell in cells)


def _cells(raw: bytes, encoding: str, delimiter: str) -> tuple[str, ...]:
    try:
        return cells_of(decoded(raw, encoding), delimiter)
    except UnreadableFileError:
        return ()


def _mapping(
    header: tuple[str, ...],
    given: ImportMapping | None,
    given_name: str | None,
    saved: Mapping[str, Mapping[str, Any]],
) -> tuple[ImportMapping, str]:
    found = format_of(header)
    if found is not Format.INVOICES:
        return NFE_MAPPING, found.value
    if given is not None:
        _require(given, header)
        return given, given_name or "given"
    known = {name: _usable(document) for name, document in saved.items()}
    fits = fitting(header, [m for m in known.values() if m is not None])
    if fits is not None:
        return fits, next(name for name, m in known.items() if m == fits)
    try:
        return by_usual_names(header), USUAL
    except UnreadableFileError as exc:
        raise NeedsMapping(str(exc), header) from exc


def _usable(document: Mapping[str, Any]) -> ImportMapping | None:
    try:
        return read_mapping(document)
    except InvalidInput:  # kept by an earlier version of ours
        return None


def _require(mapping: ImportMapping, header: tuple[str, ...]) -> None:
    try:
        require(mapping.columns, header)
    except UnreadableFileError as exc:
        raise NeedsMapping(str(exc), header) from exc
