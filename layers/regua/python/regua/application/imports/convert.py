"""Whatever is no delimited text in bytes of ASCII becomes such a text, one row at a time.

A spreadsheet's rows stay what they were. An NF-e becomes a row per instalment (duplicata), a
return file a row per title; an NF-e that gives no receivables becomes a row that says why. All of
these then go the one way of a delimited file. Files may be hostile: whatever opens into much more
than it weighs is refused before it is opened.
"""

import codecs
import csv
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from regua.application.imports.apply_titles import COLUMNS as TITLE_COLUMNS
from regua.application.imports.apply_titles import title_cells
from regua.application.imports.mapping import ImportMapping
from regua.domain.cnab.retorno import parse_retorno
from regua.domain.errors import InvalidInput
from regua.domain.imports.dialect import BYTE_ORDER_MARKS, UnreadableFileError
from regua.domain.imports.job import FileKind
from regua.domain.nfe import NfeDuplicatas, NoReceivables, parse_nfes
from regua.domain.nfe_xml import MAX_BYTES as MAX_NFE_BYTES

DELIMITER = ";"
MAX_WHOLE_BYTES = 64 * 1024 * 1024
"""What is read into memory whole: a workbook, a zip, a return file."""
MAX_ENTRIES = 20_000
MAX_OPENED_BYTES = 512 * 1024 * 1024
MAX_RATIO = 200
"""How many times its weight a zip may open into; XML and text seldom shrink to a twentieth."""
_ZIP = b"PK\x03\x04"
"""How a zip begins, and so a workbook."""
_PIECE_ROWS = 2_000
_CNPJ_LENGTH, _CNPJ_ROOT = 14, 8
"""Of a CNPJ, the first characters are the company's, whatever the branch."""
_SHORTEST_RECORD = 100
"""A file header of CNAB 240 whose blanks at the right were cut off is still longer."""

NFE_COLUMNS = (
    "arquivo",
    "external_id",
    "numero",
    "id_cliente",
    "cliente",
    "documento",
    "email",
    "telefone",
    "uf",
    "emissao",
    "vencimento",
    "valor",
    "descricao",
    "recusa",
)
NFE_MAPPING = ImportMapping(
    columns={
        "external_id": "external_id",
        "number": "numero",
        "customer_id": "id_cliente",
        "customer_name": "cliente",
        "document": "documento",
        "email": "email",
        "phone": "telefone",
        "uf": "uf",
        "issue_date": "emissao",
        "due_date": "vencimento",
        "amount": "valor",
        "description": "descricao",
    },
    encoding="utf-8",
    delimiter=";",
    decimal=".",
    date_formats=("%Y-%m-%d",),
)
REFUSAL = NFE_COLUMNS.index("recusa")

_NO_RECEIVABLES = {
    NoReceivables.NO_DUPLICATAS: "a nota não tem duplicatas",
    NoReceivables.INCOMING: "a nota é de entrada: nada é devido ao emitente",
    NoReceivables.CREDIT: "a nota é de devolução ou de crédito",
    NoReceivables.TEST: "a nota é do ambiente de testes, sem valor fiscal",
    NoReceivables.NOT_AUTHORISED: "a nota não está autorizada",
}


def kind_of(head: bytes) -> FileKind:
    """Tell what a file is from its first bytes; what nothing says otherwise of is delimited text.

    >>> kind_of(b"02RETORNO01COBRANCA".ljust(400)), kind_of(b"<?xml version='1.0'?>")
    (<FileKind.CNAB: 'cnab'>, <FileKind.NFE: 'nfe'>)
    """
    if head.startswith(_ZIP):
        return FileKind.XLSX if b"[Content_Types].xml" in head else FileKind.NFE
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if text.startswith(b"<"):
        return FileKind.NFE
    first = text.partition(b"\n")[0].rstrip(b"\r")
    if text.startswith((b"02RETORNO", b"01REMESSA")):
        return FileKind.CNAB
    is_record = len(first) >= _SHORTEST_RECORD and first[:8].isdigit()
    return FileKind.CNAB if is_record and not _has_delimiters(first) else FileKind.CSV


def _has_delimiters(line: bytes) -> bool:
    return any(line.count(mark) > 1 for mark in (b";", b",", b"\t", b"|"))


def needs_conversion(head: bytes) -> bool:
    """Tell whether delimited text must be written anew before it can be cut by bytes."""
    if any(head.startswith(m) for m, name in BYTE_ORDER_MARKS if name == "utf-16"):
        return True
    return b"\r" in head and b"\n" not in head


def csv_pieces(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Write rows as delimited UTF-8, a piece at a time."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=DELIMITER)
    for count, row in enumerate(rows, start=1):
        writer.writerow([_unbroken(cell) for cell in row])
        if count % _PIECE_ROWS == 0:
            yield _utf8(buffer.getvalue())
            buffer.seek(0)
            buffer.truncate()
    yield _utf8(buffer.getvalue())


def _unbroken(cell: str) -> str:
    return cell.replace("\0", "")


def text_pieces(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Write delimited text anew in UTF-8 with line ends of LF, a piece at a time.

    Raises:
        UnreadableFileError: it is not in this encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    ends = io.IncrementalNewlineDecoder(None, translate=True)
    try:
        for piece in pieces:
            yield _utf8(ends.decode(decoder.decode(piece)))
        yield _utf8(ends.decode(decoder.decode(b"", True), final=True))
    except UnicodeError as exc:
        raise UnreadableFileError(f"o arquivo não está em {encoding}") from exc


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def title_rows(data: bytes) -> Iterator[Sequence[str]]:
    """Yield a return file's titles as rows, a header first.

    Raises:
        InvalidInput: it is refused whole, with line, columns and reason.
    """
    titles = parse_retorno(data).titles
    yield TITLE_COLUMNS
    for title in titles:
        yield title_cells(title)


def nfe_rows(files: Iterable[tuple[str, bytes]], creditor_document: str) -> Iterator[Sequence[str]]:
    """Yield the instalments of NF-es as rows, a header first.

    The issuer must be the creditor: its CNPJ, or another branch of the same company (the first
    eight characters are the company's).
    """
    yield NFE_COLUMNS
    for name, read in parse_nfes(files):
        if isinstance(read, InvalidInput):
            told = "; ".join(f"{p.path}: {p.reason}" for p in read.problems[:5])
            yield _refused(name, f"NF-e ilegível: {told}")
        elif not _is_own(read.issuer.document, creditor_document):
            yield _refused(name, "o emitente da nota não é a sua empresa", read)
        elif read.why_none is not None:
            yield _refused(name, _NO_RECEIVABLES[read.why_none], read)
        elif read.recipient.document is None:
            yield _refused(name, "o destinatário não tem CPF ou CNPJ", read)
        else:
            yield from _instalments(name, read)


def _is_own(issuer: str, creditor: str) -> bool:
    if issuer == creditor:
        return True
    are_companies = len(issuer) == len(creditor) == _CNPJ_LENGTH
    return are_companies and issuer[:_CNPJ_ROOT] == creditor[:_CNPJ_ROOT]


def _refused(name: str, reason: str, read: NfeDuplicatas | None = None) -> Sequence[str]:
    row = dict.fromkeys(NFE_COLUMNS, "")
    row |= {"arquivo": name, "recusa": reason}
    if read is not None:
        row |= {"external_id": read.key.text, "cliente": read.recipient.name}
    return tuple(row.values())


def _instalments(name: str, read: NfeDuplicatas) -> Iterator[Sequence[str]]:
    who = read.recipient
    for one in read.duplicatas:
        yield (
            name,
            one.import_key,
            f"{read.key.number}/{one.number}",
            who.document or "",
            who.name,
            who.document or "",
            who.email or "",
            who.phone or "",
            who.uf or "",
            min(read.issued_at.date(), one.due_date).isoformat(),
            one.due_date.isoformat(),
            f"{one.amount.centavos // 100}.{one.amount.centavos % 100:02d}",
            f"NF-e {read.key.number}, duplicata {one.number}",
            "",
        )


def nfe_files(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the NF-es of a file: itself, or what a zip holds.

    Raises:
        InvalidInput: the zip is broken, encrypted, or opens into too much.
    """
    if not data.startswith(_ZIP):
        yield name, data
        return
    with opened_zip(data) as archive:
        for entry in archive.infolist():
            if entry.is_dir() or not entry.filename.lower().endswith(".xml"):
                continue
            if entry.file_size > MAX_NFE_BYTES:
                yield entry.filename, b""
                continue
            yield entry.filename, _content(archive, entry)


def opened_zip(
    data: bytes, *, is_large: Callable[[zipfile.ZipInfo], bool] | None = None
) -> zipfile.ZipFile:
    """Open a zip whose directory says that it is harmless; no entry opens into more than it says.

    Args:
        data: the zip.
        is_large: whether one entry is larger than its reader takes.

    Raises:
        InvalidInput: it is broken, encrypted, or opens into too much.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, UnicodeError) as exc:
        raise UnreadableFileError("o zip está danificado") from exc
    opened = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or opened > MAX_OPENED_BYTES:
        raise UnreadableFileError("o zip abre em arquivos demais, ou grandes demais")
    if opened > max(MAX_RATIO * len(data), 1024 * 1024):
        raise UnreadableFileError("o zip abre em muito mais do que pesa")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableFileError("o zip está protegido por senha")
    if is_large is not None and any(is_large(entry) for entry in entries):
        raise UnreadableFileError("a planilha tem partes grandes demais")
    return archive


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(entry)
    except _BROKEN as exc:
        raise UnreadableFileError(f"o zip está danificado em {entry.filename}") from exc


_BROKEN = (
    zipfile.BadZipFile,
    ValueError,
    NotImplementedError,
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
)
"""How reading an entry of a broken zip ends."""
