"""Titles of a bank's return file (CNAB retorno) become payments of the invoices they name.

A title names an invoice by what the creditor had printed on it. Tried in this order: the control
number (the creditor's own use field) as `external_id`; the document number ("seu número") as
`external_id`; the document number, then the bank's number ("nosso número"), as an earlier import
told them. Leading zeros may be missing. A title that is found by anything but its control number
must also be of the invoice's amount. Nothing is searched for: what is not found is told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from regua.application.import_ports import BulkReads, TitleKind, TitleName, TitleNames
from regua.application.imports.apply_rows import OutOfTime
from regua.application.imports.row_news import NEW, SAME
from regua.application.imports.rows import noon
from regua.application.ingest import Ingest
from regua.application.ports import Creditor
from regua.application.validation import CLOCK_SKEW
from regua.application.wire import MAX_CENTAVOS, YEARS
from regua.domain.cnab.occurrences import Effect
from regua.domain.cnab.titles import RetornoTitle
from regua.domain.errors import InvalidInput, Problem
from regua.domain.ids import InvoiceId, PaymentId
from regua.domain.imports.columns import LONGEST_ID, as_id, short_id
from regua.domain.imports.job import RowOutcome, RowResult
from regua.domain.invoice import Invoice, Payment, PaymentMethod
from regua.domain.money import ZERO, Money

COLUMNS = (
    "linha",
    "banco",
    "nosso_numero",
    "numero_documento",
    "numero_controle",
    "ocorrencia",
    "efeito",
    "significado",
    "motivos",
    "data_ocorrencia",
    "data_credito",
    "valor_titulo",
    "valor_pago",
)
"""A title as one row of text; amounts in centavos, days as in 2026-11-30."""


@dataclass(frozen=True, slots=True)
class TitleRow:
    """One title's news."""

    number: int
    bank: str
    bank_number: str
    document_number: str
    control_number: str
    occurrence: str
    effect: Effect
    meaning: str
    reasons: str
    on: date | None
    amount: Money
    paid: Money

    @property
    def payment_id(self) -> PaymentId:
        """The identity under which this news is applied once, in whichever file it comes."""
        title = self.bank_number if self.bank_number.strip("0") else self.document_number
        on = self.on.isoformat() if self.on else "-"
        parts = (self.bank, title, self.occurrence, on, str(self.paid.centavos))
        return PaymentId(short_id(as_id(f"boleto:{':'.join(parts)}")))

    @property
    def paid_at(self) -> datetime:
        """The instant that stands for the day it was paid on."""
        return noon(self.on or date.min)

    @property
    def candidates(self) -> Iterator[tuple[str, InvoiceId]]:
        """Yield what the invoice may be called, and which column says so; best first."""
        for column, text in (
            ("numero_controle", self.control_number),
            ("numero_documento", self.document_number),
        ):
            for name in _spellings(text):
                yield column, InvoiceId(name)

    @property
    def names(self) -> Iterator[tuple[str, TitleName]]:
        """Yield the names an earlier import may have told, and which column says so."""
        for column, kind, text in (
            ("numero_documento", TitleKind.DOCUMENT, self.document_number),
            ("nosso_numero", TitleKind.BANK, self.bank_number),
        ):
            for name in _spellings(text):
                yield column, (kind, name)


def title_cells(title: RetornoTitle) -> tuple[str, ...]:
    """Write a title as one row of text."""
    occurrence = title.occurrence
    return (
        str(title.line_number),
        title.bank,
        title.nosso_numero,
        title.document_number,
        title.control_number,
        occurrence.code,
        occurrence.effect.value,
        occurrence.meaning,
        " ".join(title.reasons),
        title.occurrence_date.isoformat() if title.occurrence_date else "",
        title.credit_date.isoformat() if title.credit_date else "",
        str(title.amount.centavos),
        str(title.paid.centavos),
    )


def read_title_row(number: int, cells: Sequence[str]) -> TitleRow:
    """Read a row that `title_cells` wrote.

    Raises:
        InvalidInput: somebody changed it into something else.
    """
    said = dict(zip(COLUMNS, cells, strict=False))
    try:
        on = said["data_ocorrencia"]
        return TitleRow(
            number=number,
            bank=said["banco"],
            bank_number=said["nosso_numero"],
            document_number=said["numero_documento"],
            control_number=said["numero_controle"],
            occurrence=said["ocorrencia"],
            effect=Effect(said["efeito"]),
            meaning=said["significado"],
            reasons=said["motivos"],
            on=date.fromisoformat(on) if on else None,
            amount=Money(int(said["valor_titulo"])),
            paid=Money(int(said["valor_pago"])),
        )
    except (KeyError, ValueError) as exc:
        raise InvalidInput.at("linha", "não é um título de um retorno") from exc


@dataclass(frozen=True, slots=True)
class ApplyTitles:
    """Applies titles for one creditor."""

    ingest: Ingest
    bulk: BulkReads
    names: TitleNames
    creditor: Creditor

    def plan(self, rows: Sequence[TitleRow]) -> str:
        """Return one letter per row: whether its payment is known."""
        paying = {row.payment_id for row in rows if row.effect.is_payment}
        known = self.bulk.payments(self.creditor.creditor_id, paying)
        seen: set[PaymentId] = set()
        letters = []
        for row in rows:
            is_known = row.payment_id in known or row.payment_id in seen
            letters.append(SAME if is_known else NEW)
            seen.add(row.payment_id)
        return "".join(letters)

    def apply(
        self,
        rows: Sequence[TitleRow],
        plan: str,
        *,
        now: datetime,
        has_time: Callable[[], bool] = lambda: True,
    ) -> list[RowResult]:
        """Apply the titles; return what became of each, in their order.

        Raises:
            OutOfTime: before a title was begun.
            TemporaryError: something was busy; the same titles may be given again.
        """
        paying = [row for row in rows if row.effect.is_payment]
        found = self._found(paying)
        results = []
        for row, letter in zip(rows, plan, strict=True):
            if not row.effect.is_payment:
                results.append(_told(row))
                continue
            if not has_time():
                raise OutOfTime
            results.append(self._pay(row, letter, found.get(row.number), now))
        return results

    def _found(self, rows: Sequence[TitleRow]) -> Mapping[int, tuple[str, InvoiceId]]:
        """Return, by row, which invoice it names and which column said so."""
        creditor_id = self.creditor.creditor_id
        ids = {key for row in rows for _, key in row.candidates}
        there = self.bulk.pointers(creditor_id, ids)
        real = {key for key, pointer in there.items() if pointer.customer_id is not None}
        found: dict[int, tuple[str, InvoiceId]] = {}
        for row in rows:
            match = next(((c, key) for c, key in row.candidates if key in real), None)
            if match is not None:
                found[row.number] = match
        left = [row for row in rows if row.number not in found]
        told = self.names.named(creditor_id, {name for row in left for _, name in row.names})
        for row in left:
            named = next(((c, told[name]) for c, name in row.names if name in told), None)
            if named is not None:
                found[row.number] = named
        return found

    def _pay(
        self, row: TitleRow, letter: str, match: tuple[str, InvoiceId] | None, now: datetime
    ) -> RowResult:
        if match is None:
            return _refused(row, "numero_documento", _NOT_FOUND)
        column, key = match
        if letter == SAME:
            return RowResult(row.number, RowOutcome.DUPLICATE, key)
        problem = self._doubt(row, column, key, now)
        if problem is not None:
            return RowResult(row.number, RowOutcome.REJECTED, key, (problem,))
        payment = Payment(row.payment_id, row.paid, row.paid_at, PaymentMethod.BOLETO)
        try:
            self.ingest.receive_payment(self.creditor, key, payment, now=now)
        except InvalidInput:
            return _refused(row, column, "este pagamento já foi lançado em outro título", key)
        return RowResult(row.number, RowOutcome.CREATED, key)

    def _doubt(self, row: TitleRow, column: str, key: InvoiceId, now: datetime) -> Problem | None:
        """Say why a payment cannot be taken for that of an invoice."""
        if row.paid <= ZERO or row.on is None:
            return Problem("valor_pago", "liquidação sem valor pago ou sem data")
        if row.paid.centavos > MAX_CENTAVOS:
            return Problem("valor_pago", "valor grande demais")
        if row.on.year not in YEARS:
            return Problem("data_ocorrencia", "data de outra época")
        if row.paid_at > now + CLOCK_SKEW:
            return Problem("data_ocorrencia", "data no futuro")
        invoice = self.ingest.portfolio.find_invoice(self.creditor.creditor_id, key)
        if invoice is None:
            return Problem(column, _NOT_FOUND)
        reason = _is_another(row, invoice, column)
        return None if reason is None else Problem("valor_titulo", reason)


_NOT_FOUND = "nenhum título seu tem este número"


def _is_another(row: TitleRow, invoice: Invoice, column: str) -> str | None:
    """Say why a title may be about another invoice of the same number."""
    if column == "numero_controle" or not row.amount:
        return None
    if row.amount in {invoice.amount, invoice.amount - invoice.rebate}:
        return None
    return "o número confere e o valor do título não: pode ser outro título"


def _spellings(text: str) -> Iterator[str]:
    """Yield a number as written and without its leading zeros, never an empty one."""
    name = as_id(text)[:LONGEST_ID]
    bare = name.lstrip("0")
    if bare:
        yield name
        if bare != name:
            yield bare


_WORDS: Mapping[Effect, str] = {
    Effect.REJECTED: "o banco recusou o registro ou a instrução",
    Effect.REVERSED: "o banco desfez um pagamento: confira e registre a reversão",
    Effect.UNKNOWN: "ocorrência desconhecida para este banco: nada foi feito",
}
"""What a person has to look at."""


def _told(row: TitleRow) -> RowResult:
    """Tell what is no payment: a notice, or something that a person has to look at."""
    said = " ".join(filter(None, (row.meaning, row.reasons and f"(motivos {row.reasons})")))
    words = _WORDS.get(row.effect)
    if words is not None:
        return _refused(row, "ocorrencia", f"{row.occurrence}: {words}. {said}".strip())
    note = Problem("ocorrencia", f"{row.occurrence}: {said}".strip())
    return RowResult(row.number, RowOutcome.IGNORED, None, (note,))


def _refused(row: TitleRow, column: str, reason: str, external_id: str | None = None) -> RowResult:
    return RowResult(row.number, RowOutcome.REJECTED, external_id, (Problem(column, reason),))
