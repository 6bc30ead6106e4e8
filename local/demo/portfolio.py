"""A user's own CSV becomes a `Portfolio`; what cannot be read is listed, never dropped.

One bad row costs one row: it is reported with line, column and reason, and written back to a
file of rejected rows. A file that makes no sense as a whole is refused with what to do about it.
"""

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from pathlib import Path

from pydantic import ValidationError

from local.demo.dialect import Sheet, read_sheet
from local.demo.documents import cnpj_from, cpf_from
from local.demo.events import invoice_data
from local.demo.mapping import Mapping, known_mappings, load_mapping, mapping_for
from local.demo.model import (
    Abatement,
    Customer,
    Invoice,
    Movement,
    Payer,
    Payment,
    Portfolio,
    Withdrawal,
    frozen,
    local,
)
from local.demo.oracle import last_punctual_day
from local.demo.people import DOMAIN, behaviour_of, fate_of_mailbox
from local.demo.seeds import rng, share
from regua.application.facts_in import InvoiceData
from regua.domain.imports.cells import (
    UnreadableCellError,
    blank,
    day,
    document,
    emails,
    money,
    phones,
)
from regua.domain.imports.columns import as_id, plain, require
from regua.domain.imports.dialect import DECIMAL_MARKS, UnreadableFileError, guess_decimal_mark
from regua.domain.time_zones import ZONE_OF_UF

_LONGEST_ID = 120
_ABATED_AT, _RECEIVED_AT = time(7, 30), time(8, 0)
_USUAL_TERM = timedelta(days=30)
_WEEK, _WEEKS_SEARCHED = 7, 104
_SHORT_NUMBER, _LONG_ID = 12, 40
_CPF_LENGTH = 11
_WITHOUT_EMAIL = 0.01


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row, or one cell of a kept row, was not used."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"linha {self.line}, coluna {self.column}: {self.reason}"


class _BadCellError(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


@dataclass(frozen=True, slots=True)
class Reading:
    """What came out of a file: ``rows = accepted + rejected + totals_rows``."""

    portfolio: Portfolio
    mapping: Mapping
    dialect: str
    rows: int
    rejected: tuple[RowProblem, ...]
    warnings: tuple[RowProblem, ...]
    totals_rows: tuple[RowProblem, ...]
    rejected_file: Path | None


@dataclass(frozen=True, slots=True)
class _Row:
    invoice: Invoice
    customer: Customer
    movements: tuple[Movement, ...]


@dataclass(slots=True)
class _RowReader:
    """Turns the cells of one line into a row, or says which cell stands in the way."""

    mapping: Mapping
    index: dict[str, int]
    decimal_mark: str
    warnings: list[RowProblem] = field(default_factory=list)
    line_of: dict[str, int] = field(default_factory=dict)

    def claim(self, external_id: str, line: int) -> None:
        """Keep the first row of an identity; a later one is an error of its own."""
        first = self.line_of.setdefault(external_id, line)
        if first != line:
            raise _BadCellError(self._identity, f"repete o título da linha {first}")

    def text(self, name: str, cells: Sequence[str]) -> str:
        """Return a field's cell, its default when the cell is empty, or an empty string."""
        at = self.index.get(name)
        cell = cells[at] if at is not None and at < len(cells) else ""
        return self.mapping.defaults.get(name, "") if blank(cell) else cell.strip()

    @property
    def _identity(self) -> str:
        return self.column("external_id" if "external_id" in self.index else "number")

    def column(self, name: str) -> str:
        return self.mapping.columns.get(name, name)

    def needed(self, name: str, cells: Sequence[str]) -> str:
        text = self.text(name, cells)
        if not text:
            raise _BadCellError(self.column(name), "vazio")
        return text

    def date_of(self, name: str, cells: Sequence[str]) -> date:
        try:
            return day(self.needed(name, cells), self.mapping.date_formats)
        except UnreadableCellError as exc:
            raise _BadCellError(self.column(name), str(exc)) from exc

    def money_of(self, name: str, cells: Sequence[str]) -> int:
        try:
            centavos = money(self.needed(name, cells), self.decimal_mark)
        except UnreadableCellError as exc:
            raise _BadCellError(self.column(name), str(exc)) from exc
        if centavos <= 0:
            raise _BadCellError(self.column(name), "valor zero ou negativo não é uma cobrança")
        return centavos

    def is_totals(self, cells: Sequence[str]) -> bool:
        """Tell whether a line sums others up: no due date, and no identity or the word total."""
        if self.text("due_date", cells):
            return False
        identity = [self.text(name, cells) for name in ("external_id", "number", "customer_id")]
        return any("total" in plain(cell) for cell in cells) or not any(identity)

    def row(self, line: int, cells: Sequence[str]) -> _Row:
        invoice = self._invoice(cells)
        customer = self._customer(line, cells, invoice.customer_id)
        _require_contract(invoice, customer)
        return _Row(invoice, customer, self._movements(cells, invoice))

    def _invoice(self, cells: Sequence[str]) -> Invoice:
        number = self.text("number", cells)
        external_id = as_id(self.text("external_id", cells) or number)
        if not external_id:
            raise _BadCellError(self._identity, "vazio")
        due_date = self.date_of("due_date", cells)
        issued = "issue_date" in self.index
        issue_date = self.date_of("issue_date", cells) if issued else due_date - _USUAL_TERM
        if issue_date > due_date:
            raise _BadCellError(self.column("issue_date"), "emissão depois do vencimento")
        return Invoice(
            external_id=external_id,
            number=number or _short(external_id),
            customer_id=self._customer_id(cells),
            issue_date=issue_date,
            due_date=due_date,
            amount_centavos=self.money_of("amount", cells),
            description=self.text("description", cells) or None,
        )

    def _customer_id(self, cells: Sequence[str]) -> str:
        known = self.text("customer_id", cells)
        if known:
            return as_id(known)
        if self.text("document", cells):
            return self._document(cells, "")
        name = plain(self.text("customer_name", cells)).upper()
        if name:
            return name[:_LONGEST_ID]
        raise _BadCellError(self.column("customer_id"), "sem cliente")

    def _customer(self, line: int, cells: Sequence[str], customer_id: str) -> Customer:
        paper = self._document(cells, customer_id)
        uf = self.text("uf", cells).upper()
        if uf and uf not in ZONE_OF_UF:
            self.warnings.append(RowProblem(line, self.column("uf"), f"UF desconhecida: {uf!r}"))
            uf = ""
        kind = self.mapping.kind or ("person" if len(paper) == _CPF_LENGTH else "company")
        return Customer(
            external_id=customer_id,
            name=self.text("customer_name", cells) or f"Pagador {customer_id[:8]}",
            document=paper,
            kind=kind,
            emails=self._emails(line, cells, customer_id),
            phones=self._phones(line, cells),
            uf=uf or None,
        )

    def _document(self, cells: Sequence[str], customer_id: str) -> str:
        text = self.text("document", cells)
        if not text and (self.mapping.generate_documents or "document" not in self.index):
            is_person = self.mapping.kind == "person"
            return cpf_from(customer_id) if is_person else cnpj_from(customer_id)
        try:
            return document(self.needed("document", cells))
        except UnreadableCellError as exc:
            raise _BadCellError(self.column("document"), str(exc)) from exc

    def _emails(self, line: int, cells: Sequence[str], customer_id: str) -> tuple[str, ...]:
        text = self.text("email", cells)
        if not text and (self.mapping.generate_emails or "email" not in self.index):
            return generated_emails(customer_id)
        try:
            return emails(text)
        except UnreadableCellError as exc:
            self.warnings.append(RowProblem(line, self.column("email"), str(exc)))
            return ()

    def _phones(self, line: int, cells: Sequence[str]) -> tuple[str, ...]:
        try:
            return phones(self.text("phone", cells))
        except UnreadableCellError as exc:
            self.warnings.append(RowProblem(line, self.column("phone"), str(exc)))
            return ()

    def _movements(self, cells: Sequence[str], invoice: Invoice) -> tuple[Movement, ...]:
        paid_cell = self.text("paid_on", cells)
        if "status" in self.index:
            found = self.mapping.status.meaning_of(self.text("status", cells))
            if found is None:
                word = self.text("status", cells)
                raise _BadCellError(self.column("status"), f"situação desconhecida: {word!r}")
            meaning, reason = found
        else:
            meaning, reason = ("paid" if paid_cell else "open"), ""
        if meaning == "open":
            if paid_cell:
                raise _BadCellError(self.column("paid_on"), "em aberto, mas com data de pagamento")
            return ()
        on = self.date_of("paid_on", cells)
        if on < invoice.issue_date:
            raise _BadCellError(self.column("paid_on"), "data anterior à emissão")
        if meaning == "withdrawn":
            return (Withdrawal(invoice.external_id, local(on, _RECEIVED_AT), reason),)
        return self._paid(cells, invoice, on)

    def _paid(self, cells: Sequence[str], invoice: Invoice, on: date) -> tuple[Movement, ...]:
        has_amount = bool(self.text("paid_amount", cells))
        paid = self.money_of("paid_amount", cells) if has_amount else invoice.amount_centavos
        at = local(on, _RECEIVED_AT)
        payment = Payment(_payment_id(invoice), invoice.external_id, paid, at, at)
        if paid < invoice.amount_centavos and self.mapping.short_payment == "settles":
            return (Abatement(invoice.external_id, paid, local(on, _ABATED_AT)), payment)
        return (payment,)


def _require_contract(invoice: Invoice, customer: Customer) -> None:
    """Refuse what the system would refuse, while the line is still known."""
    try:
        InvoiceData.model_validate(invoice_data(invoice, customer))
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise _BadCellError(where, f"fora do contrato de eventos: {first['msg']}") from exc


def generated_emails(customer_id: str) -> tuple[str, ...]:
    """Return an invented address for a customer whose file has none; a few bounce or lack one."""
    label = hashlib.sha256(customer_id.encode()).hexdigest()[:_SHORT_NUMBER]
    draw = share(f"mailbox:{customer_id}")
    if draw > 1 - _WITHOUT_EMAIL:
        return ()
    return (fate_of_mailbox(draw, label) or f"pagador-{label}@{DOMAIN}",)


def _short(external_id: str) -> str:
    return external_id if len(external_id) <= _LONG_ID // 2 else external_id[:_SHORT_NUMBER]


def _payment_id(invoice: Invoice) -> str:
    key = invoice.external_id
    if len(key) > _LONG_ID:
        key = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"PG-{key}"


def read_portfolio(
    path: Path,
    *,
    earliest_day: date | None = None,
    mapping_file: Path | None = None,
    rejected_folder: Path | None = None,
    seed: int = 1,
) -> Reading:
    """Read a delimited file and move its dates so that life can start at ``earliest_day``.

    Args:
        path: the user's file.
        earliest_day: the first lived day is this one or a later one; None moves nothing.
        mapping_file: wins over the known mappings and the usual column names.
        rejected_folder: where the rows that were not accepted are written.
        seed: draws the habits of the customers.

    Raises:
        UnreadableFileError: when nothing can be made of the file or of the mapping.
    """
    given = load_mapping(mapping_file) if mapping_file else None
    sheet = read_sheet(
        path,
        encoding=given.encoding if given else None,
        delimiter=given.delimiter if given else None,
    )
    mapping = given or mapping_for(sheet.header, known_mappings())
    require(mapping.columns, sheet.header)
    reader = _reader(mapping, sheet)
    rows, rejected, totals = _read_rows(reader, sheet)
    if not rows:
        raise UnreadableFileError(
            f"nenhuma linha de {path.name} pôde ser lida; "
            f"a primeira: {rejected[0] if rejected else 'não há linhas'}"
        )
    known = mapping.columns.keys() & {"paid_on", "status"}
    portfolio = Portfolio(
        name=path.name,
        first_day=earliest_day or date.min,
        customers=frozen(_customers(rows, seed, by_file=bool(known))),
        invoices=tuple(row.invoice for row in rows),
        movements=tuple(m for row in rows for m in row.movements),
        payments_are_simulated=not known,
        notes=_notes(mapping),
    )
    return Reading(
        portfolio=_moved_to(portfolio, mapping, earliest_day),
        mapping=mapping,
        dialect=f"{sheet.dialect}, decimais com {DECIMAL_MARKS[reader.decimal_mark]}",
        rows=len(sheet.rows),
        rejected=tuple(rejected),
        warnings=tuple(reader.warnings),
        totals_rows=tuple(totals),
        rejected_file=_write_rejected(sheet, rejected, path, rejected_folder),
    )


def _reader(mapping: Mapping, sheet: Sheet) -> _RowReader:
    index = {name: sheet.header.index(column) for name, column in mapping.columns.items()}
    amounts = [
        cells[index[name]]
        for _, cells in sheet.rows
        for name in ("amount", "paid_amount")
        if name in index and index[name] < len(cells)
    ]
    mark = mapping.decimal or guess_decimal_mark(amounts, sheet.dialect.delimiter)
    return _RowReader(mapping, index, mark)


def _read_rows(
    reader: _RowReader, sheet: Sheet
) -> tuple[list[_Row], list[RowProblem], list[RowProblem]]:
    rows: list[_Row] = []
    rejected: list[RowProblem] = []
    totals: list[RowProblem] = []
    for line, cells in sheet.rows:
        if reader.is_totals(cells):
            totals.append(RowProblem(line, reader.column("due_date"), "linha de total"))
            continue
        try:
            row = reader.row(line, cells)
            reader.claim(row.invoice.external_id, line)
        except _BadCellError as bad:
            rejected.append(RowProblem(line, bad.column, bad.reason))
        else:
            rows.append(row)
    return rows, rejected, totals


def _customers(rows: list[_Row], seed: int, *, by_file: bool) -> dict[str, Customer]:
    """Return one customer per id: the first row names them, later ones only fill gaps."""
    found: dict[str, Customer] = {}
    for row in rows:
        key = row.customer.external_id
        known = found.get(key)
        if known is None:
            habits = behaviour_of(rng(seed, key), payer=Payer.BY_FILE if by_file else None)
            found[key] = replace(row.customer, behaviour=habits)
        else:
            found[key] = replace(
                known,
                emails=known.emails or row.customer.emails,
                phones=known.phones or row.customer.phones,
            )
    return found


def _moved_to(portfolio: Portfolio, mapping: Mapping, earliest_day: date | None) -> Portfolio:
    """Move whole weeks, so that weekdays hold and the first due date falls N days into life."""
    dues = {invoice.due_date for invoice in portfolio.invoices}
    first_due = min(dues)
    if earliest_day is None:
        return replace(portfolio, first_day=first_due)
    lead = timedelta(days=mapping.shift.first_due_to_day)
    weeks = -(-(earliest_day + lead - first_due).days // _WEEK)
    default = "weekdays" if portfolio.payments_are_simulated else "bank_calendar"
    if (mapping.shift.keep or default) == "bank_calendar":
        weeks = _weeks_with_the_same_holidays(dues, weeks)
    return replace(portfolio, first_day=first_due - lead).shifted(weeks * _WEEK)


def _weeks_with_the_same_holidays(dues: set[date], at_least: int) -> int:
    """Return the next number of weeks after which every due date rolls as it did.

    A file whose due dates meet no such weeks in two years moves by ``at_least``.
    """
    rolls = {due: last_punctual_day(due) - due for due in dues}
    for weeks in range(at_least, at_least + _WEEKS_SEARCHED):
        moved = timedelta(days=weeks * _WEEK)
        if all(last_punctual_day(due + moved) - due - moved == roll for due, roll in rolls.items()):
            return weeks
    return at_least


def _notes(mapping: Mapping) -> tuple[str, ...]:
    notes = []
    if mapping.generate_documents or "document" not in mapping.columns:
        notes.append("CPF/CNPJ inventados (válidos) a partir do código do cliente")
    if mapping.generate_emails or "email" not in mapping.columns:
        notes.append(f"e-mails inventados em {DOMAIN}; alguns devolvem ou reclamam")
    if "issue_date" not in mapping.columns:
        notes.append("sem data de emissão: considerei 30 dias antes do vencimento")
    return tuple(notes)


def _write_rejected(
    sheet: Sheet, rejected: list[RowProblem], path: Path, folder: Path | None
) -> Path | None:
    if not rejected or folder is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{path.stem}.rejeitadas.csv"
    cells_at = dict(sheet.rows)
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=sheet.dialect.delimiter)
        writer.writerow(["linha", "coluna", "motivo", *sheet.header])
        for problem in rejected:
            writer.writerow([problem.line, problem.column, problem.reason, *cells_at[problem.line]])
    return target
