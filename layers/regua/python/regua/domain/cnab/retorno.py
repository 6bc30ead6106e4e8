"""Read a bank's return file (retorno), CNAB 400 or 240, or refuse it whole.

A file is read to its end before anything is returned: header, every title's news, and the trailers
against what was counted on the way; its titles are then read again as they are asked for. What
cannot be read is refused with line, columns and reason; a file meant for the bank (remessa) is
refused as such. The result says under which key the file, and each title's news, is applied once.

Source: FEBRABAN CNAB 240; the banks' CNAB 400 manuals through the libraries named in
`regua.domain.cnab.layouts`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from regua.domain.cnab.audit import Audit, Mismatches, Notice, RetornoWarning
from regua.domain.cnab.fields import Line, refusal
from regua.domain.cnab.layouts import (
    BANK_240,
    FILE_CODE_240,
    OPERATION_240,
    RECORD_TYPE_240,
    Layout240,
    Layout400,
)
from regua.domain.cnab.lines import FileLines
from regua.domain.cnab.retorno_240 import Retorno240
from regua.domain.cnab.retorno_400 import Retorno400
from regua.domain.cnab.titles import Reader, RetornoTitle
from regua.domain.errors import InvalidInput
from regua.domain.rules import Rule

MAX_BYTES = 64 * 1024 * 1024

_REMESSA = "this is a remessa, a file for the bank; a retorno comes from it"
_REMESSA_400 = (b"01REMESSA", b"DCB")
"""The second is BRB's, which begins like no other."""
_RETORNO_400 = b"02RETORNO"
_FILE_HEADER, _LOT_HEADER = b"0", b"1"
_TO_THE_BANK = b"R"


class CnabFormat(StrEnum):
    """How many columns a file has."""

    CNAB_400 = "cnab_400"
    CNAB_240 = "cnab_240"


class FileKey(NamedTuple):
    """What makes a file the same file when it arrives again."""

    bank: str
    convenio: str
    file_sequence: int | None
    file_date: date | None
    sha256: str


@dataclass(frozen=True, slots=True)
class RetornoHeader:
    """Whose file it is. Fields that the layout lacks are empty or None."""

    bank: str
    bank_name: str
    format: CnabFormat
    convenio: str
    agency: str
    account: str
    beneficiary_name: str
    beneficiary_document: str
    file_sequence: int | None
    file_date: date | None
    credit_date: date | None


@dataclass(frozen=True, slots=True)
class Titles:
    """The titles of a file that was accepted, read from it anew each time they are walked.

    So a file of any length costs the memory of its bytes, not that of its titles.
    """

    _data: bytes = field(repr=False)
    _count: int

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[RetornoTitle]:
        _, reading = _open(FileLines(self._data), Audit(Mismatches.REPORTED))
        return reading.read()


@dataclass(frozen=True, slots=True)
class RetornoFile:
    """A return file, checked to its end; ``matched`` names what it states of itself and holds."""

    header: RetornoHeader
    titles: Titles
    warnings: tuple[RetornoWarning, ...]
    matched: tuple[str, ...]
    record_count: int
    sha256: str

    @property
    def key(self) -> FileKey:
        """The identity under which this file is applied once."""
        header = self.header
        return FileKey(
            header.bank, header.convenio, header.file_sequence, header.file_date, self.sha256
        )


def parse_retorno(
    data: bytes, *, mismatches: Mismatches = Mismatches.REFUSED, max_bytes: int = MAX_BYTES
) -> RetornoFile:
    """Read a return file.

    Args:
        data: The file as received.
        mismatches: Whether counts, sums and sequences that do not match refuse the file, or are
            reported so that a person can look into it.
        max_bytes: What is refused unread for its size.

    Raises:
        InvalidInput: naming the line, the columns and the reason.
    """
    if len(data) > max_bytes:
        raise InvalidInput.at("file", f"is longer than {max_bytes} bytes")
    lines, audit = FileLines(data), Audit(mismatches)
    found, reading = _open(lines, audit)
    if lines.is_utf8:
        audit.warn(reading.header_line, Notice.UTF8, "the file was saved in UTF-8 on its way")
    header = _header(reading.header_line, reading.layout, found)
    count = sum(1 for _ in reading.read())
    if isinstance(reading, Retorno400):
        header = _with_first_title(header, reading)
    return RetornoFile(
        header=header,
        titles=Titles(data, count),
        warnings=tuple(audit.warnings),
        matched=tuple(audit.matched),
        record_count=reading.records,
        sha256=sha256(data).hexdigest(),
    )


def _open(lines: FileLines, audit: Audit) -> tuple[CnabFormat, Retorno400 | Retorno240]:
    found = _format_of(lines.head())
    if found is CnabFormat.CNAB_400:
        return found, Retorno400(lines, audit)
    return found, Retorno240(lines, audit)


def _format_of(head: bytes) -> CnabFormat:
    """Tell the format from the first record.

    Raises:
        InvalidInput: it is a remessa, or no header of either format.
    """
    line = Line(1, head, head)
    if head.startswith(_RETORNO_400):
        return CnabFormat.CNAB_400
    if head.startswith(_REMESSA_400):
        raise refusal(1, 1, 9, _REMESSA)
    if not BANK_240.of(line).isdigit():
        raise refusal(1, 1, 9, "begin neither a CNAB 400 retorno nor a CNAB 240 file")
    record_type = RECORD_TYPE_240.of(line)
    if record_type == _LOT_HEADER and OPERATION_240.of(line) == _TO_THE_BANK:
        raise OPERATION_240.refuse(line, _REMESSA)
    if record_type != _FILE_HEADER:
        raise RECORD_TYPE_240.refuse(line, "is not 0: the file has no header")
    return _direction_of(line)


def _direction_of(header: Line) -> CnabFormat:
    code = FILE_CODE_240.of(header)
    if code == b"2":
        return CnabFormat.CNAB_240
    reason = _REMESSA if code == b"1" else "is neither 1 (remessa) nor 2 (retorno)"
    raise FILE_CODE_240.refuse(header, reason)


def _header(line: Line, layout: Layout240 | Layout400, found: CnabFormat) -> RetornoHeader:
    reader, spots = Reader((line,)), layout.header
    return RetornoHeader(
        bank=layout.bank,
        bank_name=layout.name,
        format=found,
        convenio=reader.text(spots.convenio),
        agency=reader.text(spots.agency),
        account=reader.text(spots.account),
        beneficiary_name=reader.text(spots.beneficiary_name),
        beneficiary_document=reader.text(spots.beneficiary_document),
        file_sequence=reader.number(spots.file_sequence),
        file_date=reader.day(spots.file_date),
        credit_date=reader.day(spots.credit_date),
    )


def _with_first_title(header: RetornoHeader, reading: Retorno400) -> RetornoHeader:
    """Fill in what CNAB 400 says of the beneficiary only beside each title."""
    if reading.first_title is None:
        return header
    reader, spots = Reader((reading.first_title,)), reading.layout.title
    document = reader.text(spots.beneficiary_document)
    return replace(
        header,
        agency=header.agency or reader.text(spots.agency),
        account=header.account or reader.text(spots.account),
        beneficiary_document=header.beneficiary_document
        or (document if document.strip("0") else ""),
    )


RULES = (
    Rule(
        "cnab.retorno.whole_or_refused",
        "A retorno is read whole or refused whole, with line, columns and reason.",
        "our convention: half a file hides what the other half said",
    ),
    Rule(
        "cnab.retorno.totals",
        "Counts, sums and sequence numbers that a file states must match what it holds.",
        "FEBRABAN CNAB 240, trailers of lot and file; the banks' CNAB 400 manuals; our convention"
        " for the refusal",
        Mismatches.REFUSED.value,
    ),
    Rule(
        "cnab.retorno.remessa",
        "A file meant for the bank (remessa) is refused as such.",
        "CNAB 400 header, columns 1-9; FEBRABAN CNAB 240 header, column 143",
    ),
    Rule(
        "cnab.retorno.applied_once",
        "A file is applied once by bank, agreement, sequence, date and content; a title's news by"
        " bank, number, occurrence, day and amount paid.",
        "our convention: banks send files again, and news again in other files",
    ),
    Rule(
        "cnab.retorno.size",
        "A longer file is refused unread.",
        "our convention",
        f"{MAX_BYTES} bytes",
    ),
)
