"""One row of a file becomes an invoice with its customer, or the reasons why it cannot.

Held to the contract that the bus and the API hold invoices to; nothing is invented where the file
is silent. What a row says of a payment is the total paid so far.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from regua.application.facts_in import InvoiceData, Phone
from regua.application.imports.mapping import ColumnMapping
from regua.application.validation import CLOCK_SKEW
from regua.application.wire import MAX_CENTAVOS, EmailAddress
from regua.domain.customer import Customer, CustomerKind
from regua.domain.errors import Problem
from regua.domain.ids import InvoiceId
from regua.domain.imports.cells import (
    UnreadableCellError,
    blank,
    day,
    document,
    emails,
    money,
    phones,
)
from regua.domain.imports.columns import LONGEST_ID, as_id, plain
from regua.domain.invoice import Invoice
from regua.domain.money import ZERO, Money
from regua.domain.time_zones import ZONE_OF_UF

_NOON = time(15, tzinfo=UTC)
"""Noon in Brasília."""
_USUAL_TERM_DAYS = 30
_CPF_LENGTH = 11
_UNNAMED = "00000000191"
"""A valid CPF that stands in while the rest of a row is checked; it goes nowhere."""
_MOST_ADDRESSES = 10
_OPTIONS = {
    "pix_copy_paste": "pix_copy_paste",
    "boleto_line": "boleto_line",
    "url": "payment_url",
}
"""By way to pay in the contract, the field of a file that tells it."""
_FIELD_OF = {
    "amount_centavos": "amount",
    "name": "customer_name",
    "emails": "email",
    "phones": "phone",
    "url": "payment_url",
}
"""By the contract's name, the field of a file where that is called otherwise."""
_EMAIL, _PHONE = TypeAdapter[str](EmailAddress), TypeAdapter[str](Phone)


def noon(day: date) -> datetime:
    """Return the instant that stands for a day: whatever the time, it is that day's in Brazil."""
    return datetime.combine(day, _NOON)


def _usual_issue(due_date: date) -> date:
    """Return when an invoice was issued that does not say so; never before there were dates."""
    return date.fromordinal(max(1, due_date.toordinal() - _USUAL_TERM_DAYS))


_day = lru_cache(maxsize=8192)(day)
_document = lru_cache(maxsize=8192)(document)


class BadRow(Exception):
    """The row cannot be used."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


class TotalsRow(Exception):
    """The row sums others up."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """What a row says. ``customer.document`` is empty where the file does not tell it."""

    number: int
    invoice: Invoice
    customer: Customer
    paid: Money = ZERO
    """In total, as far as the file knows."""
    paid_on: date | None = None
    withdrawn: str | None = None
    """Why it is withdrawn; None when it is not."""
    boleto_number: str = ""
    warnings: tuple[Problem, ...] = ()

    @property
    def settles_at(self) -> datetime | None:
        """The instant that counts for the day it was paid or withdrawn on."""
        return None if self.paid_on is None else noon(self.paid_on)


@dataclass(slots=True)
class RowReader:
    """Reads rows of one file."""

    mapping: ColumnMapping
    header: Sequence[str]
    decimal: str
    at: datetime
    _index: dict[str, int] = field(init=False)
    _meanings: dict[str, tuple[str, str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        places = {name: at for at, name in reversed(list(enumerate(self.header)))}
        self._index = {f: places[column] for f, column in self.mapping.columns.items()}

    @property
    def given(self) -> frozenset[str]:
        """The fields that the file tells."""
        return frozenset(self._index)

    def read(self, number: int, cells: Sequence[str]) -> FileRow:
        """Read one row.

        Raises:
            TotalsRow: it sums others up.
            BadRow: with every reason found, in Portuguese; paths are the file's columns.
        """
        if self._is_totals(cells):
            raise TotalsRow
        warnings: list[Problem] = []
        data, paper = self._invoice(cells), self._document(cells)
        data["customer"] = self._customer(cells, paper, warnings)
        try:
            read = InvoiceData.model_validate(data)
        except ValidationError as exc:
            raise BadRow(*(self._outside(found) for found in exc.errors())) from exc
        customer = replace(
            read.customer.to_domain(read.customer.external_id, self.at),
            document=paper,
            emails=self._addresses("email", cells, warnings),
            phones=self._addresses("phone", cells, warnings),
        )
        row = FileRow(
            number,
            read.to_domain(read.external_id, self.at),
            customer,
            boleto_number=self._text("boleto_number", cells),
            warnings=tuple(warnings),
        )
        return self._with_standing(row, cells)

    def column(self, name: str) -> str:
        """Return what the file calls a field."""
        return self.mapping.columns.get(name, name)

    def _bad(self, name: str, reason: str) -> BadRow:
        return BadRow(Problem(self.column(name), reason))

    def _outside(self, found: Mapping[str, Any]) -> Problem:
        """Name the column behind a field of the contract, where there is one."""
        names = [_FIELD_OF.get(str(part), str(part)) for part in found["loc"]]
        known = [n for n in reversed(names) if n in self._index]
        where = self.column(known[0]) if known else ".".join(names)
        return Problem(where, f"fora do contrato de eventos: {found['msg']}")

    def _text(self, name: str, cells: Sequence[str]) -> str:
        """Return a field's cell, its default when the cell is empty, or an empty string."""
        at = self._index.get(name)
        cell = cells[at] if at is not None and at < len(cells) else ""
        return self.mapping.defaults.get(name, "") if blank(cell) else cell.strip()

    def _needed(self, name: str, cells: Sequence[str]) -> str:
        text = self._text(name, cells)
        if not text:
            raise self._bad(name, "vazio")
        return text

    def _date(self, name: str, cells: Sequence[str]) -> date:
        try:
            return _day(self._needed(name, cells), self.mapping.date_formats)
        except UnreadableCellError as exc:
            raise self._bad(name, str(exc)) from exc

    def _money(self, name: str, cells: Sequence[str]) -> int:
        try:
            centavos = money(self._needed(name, cells), self.decimal)
        except UnreadableCellError as exc:
            raise self._bad(name, str(exc)) from exc
        if centavos <= 0:
            raise self._bad(name, "valor zero ou negativo não é uma cobrança")
        if centavos > MAX_CENTAVOS:
            raise self._bad(name, "valor grande demais")
        return centavos

    def _is_totals(self, cells: Sequence[str]) -> bool:
        """Tell whether a row has no due date, and no identity or the word total."""
        if self._text("due_date", cells):
            return False
        identity = [self._text(n, cells) for n in ("external_id", "number", "customer_id")]
        return any("total" in plain(cell) for cell in cells) or not any(identity)

    def _invoice(self, cells: Sequence[str]) -> dict[str, Any]:
        number = self._text("number", cells)
        external_id = as_id(self._text("external_id", cells) or number)
        if not external_id:
            raise self._bad("external_id" if "external_id" in self._index else "number", "vazio")
        due_date = self._date("due_date", cells)
        issued = "issue_date" in self._index
        issue_date = self._date("issue_date", cells) if issued else _usual_issue(due_date)
        if issue_date > due_date:
            raise self._bad("issue_date", "emissão depois do vencimento")
        payment = {
            name: text
            for name, column in _OPTIONS.items()
            if column in self._index and (text := self._text(column, cells))
        }
        return {
            "external_id": external_id,
            "number": number or external_id,
            "issue_date": issue_date,
            "due_date": due_date,
            "amount_centavos": self._money("amount", cells),
            "description": self._text("description", cells) or None,
            "payment": payment or None,
        }

    def _customer(
        self, cells: Sequence[str], paper: str, warnings: list[Problem]
    ) -> dict[str, Any]:
        """Return the customer less what was checked by itself: its document and addresses."""
        name = self._text("customer_name", cells)
        customer_id = as_id(self._text("customer_id", cells)) or paper
        customer_id = customer_id or plain(name).upper()[:LONGEST_ID]
        if not customer_id:
            raise self._bad("customer_id", "sem cliente")
        is_person = len(paper) == _CPF_LENGTH or not paper
        kind = CustomerKind.PERSON if is_person else CustomerKind.COMPANY
        uf = self._text("uf", cells).upper()
        if uf and uf not in ZONE_OF_UF:
            warnings.append(Problem(self.column("uf"), f"UF desconhecida: {uf!r}"))
            uf = ""
        return {
            "external_id": customer_id,
            "name": name or customer_id,
            "document": _UNNAMED,
            "kind": CustomerKind(self.mapping.kind) if self.mapping.kind else kind,
            "uf": uf or None,
        }

    def _document(self, cells: Sequence[str]) -> str:
        text = self._text("document", cells)
        try:
            return _document(text) if text else ""
        except UnreadableCellError as exc:
            raise self._bad("document", str(exc)) from exc

    def _addresses(
        self, name: str, cells: Sequence[str], warnings: list[Problem]
    ) -> tuple[str, ...]:
        """Return the addresses of a cell; one that cannot be used is told and left out."""
        text = self._text(name, cells)
        if not text:
            return ()
        read, contract = (emails, _EMAIL) if name == "email" else (phones, _PHONE)
        found = []
        try:
            for address in read(text):
                try:
                    found.append(contract.validate_python(address))
                except ValidationError:
                    warnings.append(Problem(self.column(name), f"não serve: {address!r}"))
        except UnreadableCellError as exc:
            warnings.append(Problem(self.column(name), str(exc)))
        return tuple(found[:_MOST_ADDRESSES])

    def _with_standing(self, row: FileRow, cells: Sequence[str]) -> FileRow:
        """Add what the row says of payment and withdrawal."""
        paid_cell = self._text("paid_on", cells)
        meaning, reason = ("paid" if paid_cell else "open"), ""
        if "status" in self._index:
            meaning, reason = self._meaning(self._text("status", cells))
        if meaning == "open":
            if paid_cell:
                raise self._bad("paid_on", "em aberto, mas com data de pagamento")
            return row
        on = self._date("paid_on", cells)
        invoice = row.invoice
        if on < invoice.issue_date:
            raise self._bad("paid_on", "data anterior à emissão")
        if noon(on) > self.at + CLOCK_SKEW:
            raise self._bad("paid_on", "data no futuro")
        if meaning == "withdrawn":
            return replace(row, withdrawn=reason, paid_on=on)
        has_amount = bool(self._text("paid_amount", cells))
        paid = Money(self._money("paid_amount", cells)) if has_amount else invoice.amount
        if paid < invoice.amount and self.mapping.short_payment == "settles":
            row = replace(row, invoice=replace(invoice, rebate=invoice.amount - paid))
        return replace(row, paid=paid, paid_on=on)

    def _meaning(self, word: str) -> tuple[str, str]:
        found = self._meanings.get(word)
        if found is None:
            found = self.mapping.status.meaning_of(word)
            if found is None:
                raise self._bad("status", f"situação desconhecida: {word!r}")
            self._meanings[word] = found
        return found


def amount_cells(
    mapping: ColumnMapping, header: Sequence[str], rows: Sequence[Sequence[str]]
) -> list[str]:
    """Return the cells of a sample that hold amounts."""
    places = [
        list(header).index(mapping.columns[name])
        for name in ("amount", "paid_amount")
        if mapping.columns.get(name) in header
    ]
    return [cells[at] for cells in rows for at in places if at < len(cells)]


def payment_name(invoice_id: InvoiceId, on: date, total: Money) -> str:
    """Return the part of a payment's id that tells it from others of its invoice.

    >>> from datetime import date
    >>> payment_name(InvoiceId("fat-1"), date(2026, 11, 10), Money(14990))
    'arquivo:fat-1:2026-11-10:14990'
    """
    return f"arquivo:{invoice_id}:{on.isoformat()}:{total.centavos}"
