"""The open invoices of a portfolio file as accounts, a few at a time, however long the file is.

Two passes: the first reads the file once and lays its rows into piles on disk, one customer's
always on the same pile; the second takes pile by pile, so that a customer's rows meet without the
whole file in memory. Spellings and mappings are those of the demo (`local.demo.mapping`). What
cannot be read is told with line, column and reason, never dropped in silence.
"""

import codecs
import csv
import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise, repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self, TextIO

from local.demo.mapping import Mapping, known_mappings, load_mapping, mapping_for
from local.demo.portfolio import RowProblem, generated_emails
from regua.domain.account import Account
from regua.domain.customer import Customer, CustomerKind
from regua.domain.ids import CreditorId, CustomerId, InvoiceId, PaymentId
from regua.domain.imports.cells import (
    UnreadableCellError,
    blank,
    day,
    document,
    emails,
    money,
    phones,
)
from regua.domain.imports.columns import FIELDS, as_id, plain
from regua.domain.imports.columns import require as require_columns
from regua.domain.imports.dialect import (
    Dialect,
    UnreadableFileError,
    guess_decimal_mark,
    guess_delimiter,
)
from regua.domain.invoice import Invoice, Payment, PaymentMethod
from regua.domain.money import Money
from regua.domain.time_zones import ZONE_OF_UF

CREDITOR = CreditorId("simulado")
_PILES = 64
_SAMPLE = 1 << 16
_CHUNK = 1 << 20
_LONGEST_ID = 120
_CPF_LENGTH = 11
_USUAL_TERM = timedelta(days=30)
_DESCRIBED_AT = datetime(2000, 1, 1, tzinfo=UTC)
_DIGITS = str.maketrans("012345678", "9" * 9)
_AT = {name: index for index, name in enumerate(FIELDS)}
_EXTERNAL_ID, _NUMBER, _CUSTOMER_ID = _AT["external_id"], _AT["number"], _AT["customer_id"]
_CUSTOMER_NAME, _DOCUMENT, _DUE_DATE = _AT["customer_name"], _AT["document"], _AT["due_date"]

Cells = Sequence[str]
"""The cells of one row, in the order of FIELDS."""


@dataclass(slots=True)
class Counts:
    """What became of a file's rows: ``rows = open + closed + totals + rejected``."""

    rows: int = 0
    open: int = 0
    closed: int = 0
    """Paid or withdrawn already."""
    totals: int = 0
    rejected: int = 0
    warnings: int = 0
    """Cells of kept rows that were not used."""


class _BadCellError(Exception):
    def __init__(self, field_name: str, reason: str) -> None:
        super().__init__(reason)
        self.field_name, self.reason = field_name, reason


class OpenInvoices:
    """A portfolio file whose first pass is done; use it in a ``with`` block, it keeps piles."""

    def __init__(
        self,
        path: Path,
        *,
        mapping_file: Path | None = None,
        on_problem: Callable[[RowProblem, bool], None] = lambda _problem, _is_rejected: None,
        on_rows: Callable[[int], None] = lambda _rows: None,
    ) -> None:
        """Read the file once.

        Args:
            path: a delimited text file in any of the demo's spellings.
            mapping_file: wins over the known mappings and the usual column names.
            on_problem: told each problem; whether the whole row is left out, or one cell of it.
            on_rows: told now and then how many more rows were read.

        Raises:
            UnreadableFileError: when nothing can be made of the file or of the mapping.
        """
        self.counts = Counts()
        self.first_due: date | None = None
        self.last_due: date | None = None
        self._meanings: dict[str, str] = {}
        self._on_problem, self._on_rows = on_problem, on_rows
        given = load_mapping(mapping_file) if mapping_file else None
        self._resources = ExitStack()
        try:
            folder = Path(self._resources.enter_context(TemporaryDirectory(prefix="regua-")))
            self._piles = [folder / f"{n:02d}" for n in range(_PILES)]
            self._lay_out(path, given)
        except BaseException:
            self._resources.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._resources.close()

    # ── first pass ─────────────────────────────────────────────────────────────────────────────

    def _lay_out(self, path: Path, given: Mapping | None) -> None:
        try:
            encoding = (given and given.encoding) or _encoding_of(path)
            with path.open(encoding=encoding, errors=_ERRORS.get(encoding), newline="") as stream:
                delimiter = (given and given.delimiter) or guess_delimiter(stream.read(_SAMPLE))
            self.dialect = Dialect(encoding, delimiter)
            with path.open(encoding=encoding, errors=_ERRORS.get(encoding), newline="") as stream:
                self._lay_rows(path.name, stream, given)
        except (OSError, UnicodeDecodeError, LookupError) as exc:
            raise UnreadableFileError(f"não consegui ler {path}: {exc}") from exc
        except csv.Error as exc:
            raise UnreadableFileError(
                f"{path.name} não é texto delimitado ({exc}); exporte a planilha como CSV"
            ) from exc

    def _lay_rows(self, name: str, stream: TextIO, given: Mapping | None) -> None:
        reader = csv.reader(stream, delimiter=self.dialect.delimiter)
        filled = (cells for cells in reader if any(cell.strip() for cell in cells))
        header = [cell.strip().strip("\ufeff") for cell in next(filled, ())]
        if not header:
            raise UnreadableFileError(f"{name} está vazio")
        self.mapping = given or mapping_for(header, known_mappings())
        require_columns(self.mapping.columns, header)
        columns = self.mapping.columns
        index = [header.index(columns[f]) if f in columns else -1 for f in FIELDS]
        amounts: Counter[str] = Counter()
        identities, lines = array("q"), array("L")
        with ExitStack() as open_piles:
            writers: list[Any] = [
                csv.writer(open_piles.enter_context(pile.open("w", encoding="utf-8", newline="")))
                for pile in self._piles
            ]
            for cells in filled:
                row = self._chosen(cells, index)
                amounts.update(
                    row[_AT[f]].translate(_DIGITS) for f in ("amount", "paid_amount") if row[_AT[f]]
                )
                identities.append(hash(row[_EXTERNAL_ID]))
                lines.append(reader.line_num)
                key = zlib.crc32(_customer_of(row).encode(errors="replace"))
                writers[key % _PILES].writerow((reader.line_num, *row))
                self._one_more_row()
        if not self.counts.rows:
            raise UnreadableFileError(f"{name} não tem linhas abaixo do cabeçalho")
        shapes = [text for shape, n in amounts.items() for text in repeat(shape, n)]
        self.decimal_mark = self.mapping.decimal or guess_decimal_mark(
            shapes, self.dialect.delimiter
        )
        self._first_line = _first_lines_of_repeated(identities, lines)

    def _one_more_row(self) -> None:
        self.counts.rows += 1
        if self.counts.rows % 1000 == 0:
            self._on_rows(1000)

    def _chosen(self, cells: Sequence[str], index: Sequence[int]) -> list[str]:
        """Return the cells that are fields, stripped; defaults stand in for empty ones.

        The invoice's id, which may be its number, and the customer's are as the contract has them.
        """
        defaults, width = self.mapping.defaults, len(cells)
        row = [cells[at].strip() if 0 <= at < width else "" for at in index]
        for at, cell in enumerate(row):
            if blank(cell):
                row[at] = defaults.get(FIELDS[at], "")
        row[_EXTERNAL_ID] = as_id(row[_EXTERNAL_ID] or row[_NUMBER])
        row[_CUSTOMER_ID] = as_id(row[_CUSTOMER_ID])
        return row

    # ── second pass ────────────────────────────────────────────────────────────────────────────

    def accounts(self) -> Iterator[Account]:
        """Yield each customer's open invoices as one account; pile by pile, so in no useful order.

        A customer whose invoices are all paid is not yielded. Call it once.
        """
        for pile in self._piles:
            with pile.open(encoding="utf-8", newline="") as stream:
                found: dict[str, _Gathered] = {}
                for line, *row in csv.reader(stream):
                    self._read(int(line), row, found)
                for customer_id, gathered in found.items():
                    yield gathered.account(customer_id)

    def _read(self, line: int, row: Cells, found: "dict[str, _Gathered]") -> None:
        if _is_totals(row):
            self.counts.totals += 1
            self._on_problem(RowProblem(line, self._column("due_date"), "linha de total"), True)
            return
        try:
            self._require_first(line, row)
            invoice, payment = self._invoice(row)
            kind = self._kind(row)
        except _BadCellError as bad:
            self.counts.rejected += 1
            self._on_problem(RowProblem(line, self._column(bad.field_name), bad.reason), True)
            return
        if invoice is None:
            self.counts.closed += 1
            return
        self.counts.open += 1
        if payment is not None:
            invoice = invoice.with_payment(payment)
        due = invoice.due_date
        self.first_due = min(self.first_due or due, due)
        self.last_due = max(self.last_due or due, due)
        gathered = found.setdefault(invoice.customer_id, _Gathered(kind))
        gathered.invoices[invoice.external_id] = invoice
        gathered.uf = gathered.uf or self._uf(line, row)
        gathered.emails = gathered.emails or self._emails(line, row, invoice.customer_id)
        gathered.phones = gathered.phones or self._phones(line, row)

    def _require_first(self, line: int, row: Cells) -> None:
        first = self._first_line.get(hash(row[_EXTERNAL_ID]), line)
        if first != line:
            name = "external_id" if "external_id" in self.mapping.columns else "number"
            raise _BadCellError(name, f"repete o título da linha {first}")

    def _column(self, field_name: str) -> str:
        return self.mapping.columns.get(field_name, field_name)

    def _invoice(self, row: Cells) -> tuple[Invoice | None, Payment | None]:
        """Return the invoice, None when it is closed, and what was paid of it so far."""
        external_id = InvoiceId(_checked_id("external_id", row[_EXTERNAL_ID]))
        customer_id = CustomerId(_checked_id("customer_id", _customer_of(row)))
        due_date = self._date("due_date", row)
        issue_date = due_date - _USUAL_TERM
        if "issue_date" in self.mapping.columns:
            issue_date = self._date("issue_date", row)
        if issue_date > due_date:
            raise _BadCellError("issue_date", "emissão depois do vencimento")
        invoice = Invoice(
            external_id=external_id,
            customer_id=customer_id,
            number=row[_AT["number"]],
            issue_date=issue_date,
            due_date=due_date,
            amount=self._money("amount", row),
            issued_at=_DESCRIBED_AT,
        )
        is_open, payment = self._standing(row, invoice)
        return (invoice if is_open else None), payment

    def _standing(self, row: Cells, invoice: Invoice) -> tuple[bool, Payment | None]:
        """Tell whether an invoice is open, and what was paid of it."""
        paid_cell = row[_AT["paid_on"]]
        meaning = "paid" if paid_cell else "open"
        if "status" in self.mapping.columns:
            meaning = self._meaning(row[_AT["status"]])
        if meaning == "open":
            if paid_cell:
                raise _BadCellError("paid_on", "em aberto, mas com data de pagamento")
            return True, None
        on = self._date("paid_on", row)
        if on < invoice.issue_date:
            raise _BadCellError("paid_on", "data anterior à emissão")
        if meaning == "withdrawn" or not row[_AT["paid_amount"]]:
            return False, None
        paid = self._money("paid_amount", row)
        if paid >= invoice.amount or self.mapping.short_payment == "settles":
            return False, None
        at = datetime.combine(on, time(12), UTC)
        return True, Payment(PaymentId("PG"), paid, at, PaymentMethod.OTHER)

    def _meaning(self, word: str) -> str:
        found = self._meanings.get(word)
        if found is None:
            known = self.mapping.status.meaning_of(word)
            if known is None:
                raise _BadCellError("status", f"situação desconhecida: {word!r}")
            found = self._meanings[word] = known[0]
        return found

    def _date(self, name: str, row: Cells) -> date:
        try:
            return _day(_needed(name, row), self.mapping.date_formats)
        except UnreadableCellError as exc:
            raise _BadCellError(name, str(exc)) from exc

    def _money(self, name: str, row: Cells) -> Money:
        try:
            centavos = money(_needed(name, row), self.decimal_mark)
        except UnreadableCellError as exc:
            raise _BadCellError(name, str(exc)) from exc
        if centavos <= 0:
            raise _BadCellError(name, "valor zero ou negativo não é uma cobrança")
        return Money(centavos)

    def _kind(self, row: Cells) -> CustomerKind:
        """Tell a person from a company by the document; refuse a row with a wrong one."""
        known = CustomerKind(self.mapping.kind) if self.mapping.kind else None
        text = row[_AT["document"]]
        if not text and (self.mapping.generate_documents or "document" not in self.mapping.columns):
            return known or CustomerKind.COMPANY
        try:
            paper = _document(_needed("document", row))
        except UnreadableCellError as exc:
            raise _BadCellError("document", str(exc)) from exc
        is_person = len(paper) == _CPF_LENGTH
        return known or (CustomerKind.PERSON if is_person else CustomerKind.COMPANY)

    # ── cells that a row can do without ────────────────────────────────────────────────────────

    def _uf(self, line: int, row: Cells) -> str | None:
        uf = row[_AT["uf"]].upper()
        if uf and uf not in ZONE_OF_UF:
            self._warn(line, "uf", f"UF desconhecida: {uf!r}")
            return None
        return uf or None

    def _emails(self, line: int, row: Cells, customer_id: str) -> tuple[str, ...]:
        text, columns = row[_AT["email"]], self.mapping.columns
        if not text:
            is_invented = self.mapping.generate_emails or "email" not in columns
            return generated_emails(customer_id) if is_invented else ()
        try:
            return emails(text)
        except UnreadableCellError as exc:
            self._warn(line, "email", str(exc))
            return ()

    def _phones(self, line: int, row: Cells) -> tuple[str, ...]:
        text = row[_AT["phone"]]
        try:
            return phones(text) if text else ()
        except UnreadableCellError as exc:
            self._warn(line, "phone", str(exc))
            return ()

    def _warn(self, line: int, field_name: str, reason: str) -> None:
        self.counts.warnings += 1
        self._on_problem(RowProblem(line, self._column(field_name), reason), False)


@dataclass(slots=True)
class _Gathered:
    """One customer's rows: the first tells the kind, later ones fill gaps."""

    kind: CustomerKind
    invoices: dict[InvoiceId, Invoice] = field(default_factory=dict)
    uf: str | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()

    def account(self, customer_id: str) -> Account:
        key = CustomerId(customer_id)
        customer = Customer(
            external_id=key,
            name="",
            document="",
            changed_at=_DESCRIBED_AT,
            kind=self.kind,
            emails=self.emails,
            phones=self.phones,
            uf=self.uf,
        )
        return Account(CREDITOR, key, version=1, customer=customer, invoices=self.invoices)


_ERRORS = {"cp1252": "replace"}
"""Five bytes mean nothing in Windows-1252; a replacement shows where they were."""
_day = lru_cache(maxsize=8192)(day)
_document = lru_cache(maxsize=8192)(document)


def _encoding_of(path: Path) -> str:
    """Return what a file is encoded in, as `decode` does, a piece at a time.

    Raises:
        UnreadableFileError: when it holds what no text does.
    """
    with path.open("rb") as stream:
        piece = stream.read(_CHUNK)
        for mark, name in _MARKS:
            if piece.startswith(mark):
                return name
        utf_8, encoding = codecs.getincrementaldecoder("utf-8")(), "utf-8"
        while piece:
            if b"\0" in piece:
                raise UnreadableFileError(f"{path.name} não é texto; exporte a planilha como CSV")
            if encoding == "utf-8":
                encoding = "utf-8" if _is_text(utf_8, piece) else "cp1252"
            piece = stream.read(_CHUNK)
    return encoding if _is_text(utf_8, b"", is_last=True) else "cp1252"


_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _is_text(decoder: codecs.IncrementalDecoder, piece: bytes, *, is_last: bool = False) -> bool:
    try:
        decoder.decode(piece, is_last)
    except UnicodeDecodeError:
        return False
    return True


def _first_lines_of_repeated(identities: "array[int]", lines: "array[int]") -> dict[int, int]:
    """Return the first line of each identity that more than one row has."""
    in_order = sorted(identities)
    repeated = {one for one, other in pairwise(in_order) if one == other}
    first: dict[int, int] = {}
    if repeated:
        for identity, line in zip(identities, lines, strict=True):
            if identity in repeated:
                first.setdefault(identity, line)
    return first


def _customer_of(row: Cells) -> str:
    """Return whom a row is about: by id, else by document, else by name; empty for nobody."""
    if row[_CUSTOMER_ID]:
        return row[_CUSTOMER_ID]
    if row[_DOCUMENT]:
        try:
            return _document(row[_DOCUMENT])
        except UnreadableCellError:  # told once the row is read
            return row[_DOCUMENT]
    return plain(row[_CUSTOMER_NAME]).upper()[:_LONGEST_ID]


def _is_totals(row: Cells) -> bool:
    """Tell whether a row sums others up: no due date, and no identity or the word total."""
    if row[_DUE_DATE]:
        return False
    has_identity = any((row[_EXTERNAL_ID], row[_NUMBER], row[_CUSTOMER_ID]))
    return not has_identity or any("total" in plain(cell) for cell in row)


def _checked_id(field_name: str, text: str) -> str:
    if not text:
        raise _BadCellError(field_name, "vazio")
    if len(text) > _LONGEST_ID:
        raise _BadCellError(field_name, f"mais de {_LONGEST_ID} caracteres")
    return text


def _needed(field_name: str, row: Cells) -> str:
    text = row[_AT[field_name]]
    if not text:
        raise _BadCellError(field_name, "vazio")
    return text
