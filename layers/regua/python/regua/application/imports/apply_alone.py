"""A row about which something is special goes the way of a single invoice, by itself."""

from dataclasses import dataclass
from datetime import datetime

from regua.application.imports.announce_rows import AnnounceRows
from regua.application.imports.row_news import SAME, RowNews
from regua.application.imports.rows import FileRow
from regua.application.ingest import Ingest
from regua.application.ports import Creditor
from regua.domain.customer import Customer
from regua.domain.errors import AccountTooLarge, InvalidInput, Problem
from regua.domain.invoice import Invoice
from regua.domain.negotiation.life import check_description


@dataclass(frozen=True, slots=True)
class ApplyAlone:
    """Applies one row at a time by the use cases of the bus and the API, for one creditor."""

    ingest: Ingest
    creditor: Creditor
    news: RowNews
    announce: AnnounceRows

    def apply(self, row: FileRow, letter: str, now: datetime) -> Problem | None:
        """Apply a row; return why it cannot be.

        Raises:
            TemporaryError: something was busy; the same row may be given again.
        """
        try:
            return self._apply(row, letter, now)
        except AccountTooLarge:
            return Problem("", "o cliente tem mais títulos em aberto do que uma conta comporta")
        except InvalidInput as exc:
            return Problem("", "; ".join(p.reason for p in exc.problems))

    def _apply(self, row: FileRow, letter: str, now: datetime) -> Problem | None:
        creditor_id, portfolio = self.creditor.creditor_id, self.ingest.portfolio
        known = portfolio.find_invoice(creditor_id, row.invoice.external_id)
        who = portfolio.load_account(creditor_id, row.invoice.customer_id).customer
        customer = self.news.merged_customer(row, who)
        problem = self._why_not(row, known, customer)
        if problem is None:
            self._write(row, known, who, customer, letter=letter, now=now)
        return problem

    def _why_not(self, row: FileRow, known: Invoice | None, customer: Customer) -> Problem | None:
        """Say why a row cannot be applied to what is known."""
        if known is not None and known.customer_id != row.invoice.customer_id:
            return Problem("", "o título já existe para outro cliente; cancele-o e emita outro")
        if not customer.document:
            return Problem("", "cliente novo sem CPF ou CNPJ")
        if known is not None and self.news.contradicts(row, known):
            return Problem("", "o título se repete neste arquivo com outros dados")
        try:
            check_description(known, self.news.merged(row, known))
        except InvalidInput:
            return Problem("", "é parcela de acordo, e o arquivo diz outro valor ou vencimento")
        return None

    def _write(
        self,
        row: FileRow,
        known: Invoice | None,
        who: Customer | None,
        customer: Customer,
        *,
        letter: str,
        now: datetime,
    ) -> None:
        creditor, ingest, key = self.creditor, self.ingest, row.invoice.external_id
        if known is None or self.news.redescribes(row, known):
            told = self.news.merged(row, known)
            _, known = ingest.issue_invoice(creditor, told, customer, now=now)
        elif self.news.customer(row, who) is not None:
            ingest.change_customer(creditor, customer, now=now)
        payment = self.news.payment(row, known)
        if payment is not None:
            ingest.receive_payment(creditor, key, payment, now=now)
        elif letter != SAME:
            self.announce.again(known, letter, now)
        if row.withdrawn is not None:
            at = self.news.settles_at(row)
            ingest.cancel_invoice(creditor, key, at, row.withdrawn, now=now)
