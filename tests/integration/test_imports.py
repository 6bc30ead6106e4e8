"""Files from upload to invoices: every row told once, whatever breaks on the way."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest

from regua.application.imports import cut_source, manage_imports, read_source
from regua.application.imports.announce_rows import ChangedInvoice
from regua.application.imports.apply_together import Draft
from regua.application.imports.mapping import read_mapping
from regua.application.ports import Change, Tally
from regua.domain.cursors import cursor_to
from regua.domain.errors import AccountTooLarge, Conflict, InvalidInput, NotFound, VersionConflict
from regua.domain.ids import CreditorId, CustomerId, InvoiceId, PaymentId
from regua.domain.imports.job import Counts, FileKind, JobId, JobState
from regua.domain.invoice import InvoiceStatus
from regua.domain.money import Money
from regua.domain.tax_ids import normalise
from tests.builders import CREDITOR, any_account, any_customer, any_invoice, any_payment
from tests.integration.importing import HEADER, NOW, ImportWorld, csv_file, csv_row, nfe

CPFS = ("529.982.247-25", "111.444.777-35", "123.456.789-09")
PAID_HEADER = f"{HEADER};data pagamento;valor pago"


@pytest.fixture
def imports() -> ImportWorld:
    return ImportWorld()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cut_source, "CHUNK_ROWS", 3)
    monkeypatch.setattr(cut_source, "PART_CHUNKS", 2)


def test_rows_become_invoices_with_their_customers(imports: ImportWorld) -> None:
    job = imports.imported(csv_file(csv_row(1), csv_row(2, valor="10,00")))
    assert (job.state, job.kind) == (JobState.DONE, FileKind.CSV)
    assert job.counts == Counts(read=2, created=2)
    invoice = imports.invoice("T-1")
    assert (invoice.amount, invoice.due_date) == (Money(123456), date(2026, 12, 10))
    account = imports.world.portfolio.load_account(CREDITOR, CustomerId("52998224725"))
    assert account.customer is not None
    assert account.customer.name == "Maria da Silva"
    assert set(account.invoices) == {"T-1", "T-2"}
    assert account.next_evaluation_at is not None
    assert not job.has_error_file
    with pytest.raises(NotFound):
        imports.desk.error_file(CREDITOR, job.job_id)


def test_how_the_file_is_read_is_shown(imports: ImportWorld) -> None:
    job = imports.imported(csv_file(csv_row(), encoding="cp1252", header=HEADER.upper()))
    assert job.source is not None
    assert (job.source.delimiter, job.source.decimal) == (";", ",")
    assert job.mapping_name == "usual"
    assert job.mapping is not None
    assert job.mapping["columns"]["due_date"] == "VENCIMENTO"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_accents_survive_every_usual_encoding(imports: ImportWorld, encoding: str) -> None:
    rows = (csv_row(1, cliente="José Ção"), csv_row(2, cliente="José Ção"))
    job = imports.imported(csv_file(*rows, encoding=encoding))
    assert job.counts.created == 2
    account = imports.world.portfolio.load_account(CREDITOR, CustomerId("52998224725"))
    assert account.customer is not None
    assert account.customer.name == "José Ção"


def test_a_file_of_carriage_returns_is_read(imports: ImportWorld) -> None:
    job = imports.imported(csv_file(csv_row(1), csv_row(2)).replace(b"\r\n", b"\r"))
    assert job.counts.created == 2


def test_each_row_is_read_in_its_own_encoding(imports: ImportWorld) -> None:
    rows = [csv_row(n, cliente=f"José Ção {n}", cpf=cpf) for n, cpf in enumerate(CPFS)]
    lines = csv_file(*rows).splitlines(keepends=True)
    lines[1] = lines[1].decode().encode("cp1252")
    job = imports.imported(b"".join(lines))
    assert job.counts.created == len(CPFS)
    for number, cpf in enumerate(CPFS):
        account = imports.world.portfolio.load_account(CREDITOR, CustomerId(normalise(cpf)))
        assert account.customer is not None
        assert account.customer.name == f"José Ção {number}"


COLUMNS = {
    "number": "numero",
    "customer_name": "cliente",
    "document": "cpf",
    "due_date": "vencimento",
    "amount": "valor",
}
BY_ANOTHER_PROGRAM = read_mapping(
    {"columns": COLUMNS, "encoding": "cp1252", "delimiter": "|", "decimal": ","}
)


def test_a_mapping_says_nothing_of_how_we_write_a_spreadsheet(imports: ImportWorld) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(COLUMNS.values()))
    sheet.append(["X-1", "José Ção", "529.982.247-25", date(2026, 12, 10), 149.9])
    stream = io.BytesIO()
    book.save(stream)
    job = imports.imported(stream.getvalue(), mapping=BY_ANOTHER_PROGRAM)
    assert job.counts == Counts(read=1, created=1), imports.reasons(job)
    assert imports.invoice("X-1").amount == Money(14990)


def test_a_mapping_says_nothing_of_the_encoding_of_a_copy(imports: ImportWorld) -> None:
    mapping = BY_ANOTHER_PROGRAM.model_copy(update={"delimiter": ";"})
    data = csv_file(csv_row(1, cliente="José Ção"), encoding="cp1252").replace(b"\r\n", b"\r")
    assert imports.imported(data, mapping=mapping).counts.created == 1
    account = imports.world.portfolio.load_account(CREDITOR, CustomerId("52998224725"))
    assert account.customer is not None
    assert account.customer.name == "José Ção"


@pytest.mark.usefixtures("small_chunks")
def test_a_file_of_too_many_rows_is_refused_before_one_is_applied(
    imports: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_source, "MOST_CHUNKS", 3)
    job = imports.imported(csv_file(csv_row(1)) + b"\r\n" * 10)
    assert job.state is JobState.FAILED
    assert "linhas demais" in job.problems[0].reason
    assert imports.world.portfolio.find_invoice(CREDITOR, InvoiceId("T-1")) is None


@pytest.mark.usefixtures("small_chunks")
def test_results_of_a_stopped_import_are_looked_for_a_few_at_a_time(
    imports: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manage_imports, "MOST_LOOKS", 2)
    job_id = imports.begin(csv_file(*(csv_row(n) for n in range(20))))
    imports.arrive(job_id)
    while imports.queue.messages[0]["kind"] != "chunk":
        imports.step(imports.queue.messages.pop(0))
    imports.step(imports.queue.messages[-1])
    imports.desk.cancel(CREDITOR, job_id, imports.now)
    pages, cursor = [], None
    while True:
        page, cursor = imports.desk.results(CREDITOR, job_id, cursor)
        pages.append(len(page))
        if cursor is None:
            break
    assert sum(pages) == len(imports.results(imports.job(job_id))) > 0
    assert pages[0] == 0


def test_the_speed_is_that_of_the_clock_whatever_day_the_file_is_for(imports: ImportWorld) -> None:
    job_id = imports.begin(csv_file(csv_row(1)))
    job = imports.imports.jobs[CREDITOR, job_id]
    imports.imports.jobs[CREDITOR, job_id] = replace(job, as_of=NOW + timedelta(days=9))
    imports.arrive(job_id)
    imports.drain()
    job = imports.job(job_id)
    assert job.at == NOW + timedelta(days=9)
    assert job.running_at == job.finished_at == imports.now


def test_what_cannot_be_used_is_told_by_row_and_comes_back_in_a_file(imports: ImportWorld) -> None:
    job = imports.imported(
        csv_file(
            csv_row(1),
            csv_row(2, vencimento="amanhã"),
            csv_row(3, cpf="111.111.111-11"),
            csv_row(4, valor="-5,00"),
            csv_row(1, valor="9,99"),
            csv_row(6, email="sem arroba"),
        )
    )
    assert job.counts == Counts(read=6, created=2, rejected=4)
    told = imports.reasons(job)
    assert told[3] == "vencimento: data não reconhecida: 'amanhã'"
    assert told[4].startswith("cpf: CPF ou CNPJ inválido")
    assert told[5] == "valor: valor zero ou negativo não é uma cobrança"
    assert "repete o título da linha 2" in told[6]
    assert told[7].startswith("email: e-mail inválido")
    header, *rows = imports.errors(job)
    assert header == [*HEADER.split(";"), "regua_linha", "regua_motivo"]
    assert [row[0] for row in rows] == ["T-2", "T-3", "T-4", "T-1"]
    assert rows[0][-2:] == ["3", "vencimento: data não reconhecida: 'amanhã'"]


def test_the_file_of_errors_can_be_corrected_and_sent_as_it_is(imports: ImportWorld) -> None:
    first = imports.imported(csv_file(csv_row(1), csv_row(2, vencimento="amanhã")))
    corrected = imports.files.files[first.error_key].replace("amanhã".encode(), b"11/12/2026")
    second = imports.imported(corrected)
    assert second.counts == Counts(read=1, created=1)
    assert imports.invoice("T-2").due_date == date(2026, 12, 11)


def test_errors_of_errors_have_the_reasons_once(imports: ImportWorld) -> None:
    first = imports.imported(csv_file(csv_row(2, vencimento="amanhã")))
    second = imports.imported(imports.files.files[first.error_key], is_again=True)
    assert imports.errors(second)[0] == imports.errors(first)[0]
    assert imports.errors(second)[1][:-2] == imports.errors(first)[1][:-2]


def test_formulas_of_the_file_come_back_untouched_and_ours_are_harmless(
    imports: ImportWorld,
) -> None:
    row = csv_row(1, cliente="=HYPERLINK(1)", vencimento="=1+1")
    job = imports.imported(csv_file(row))
    _, errors = imports.errors(job)
    assert errors[1] == "=HYPERLINK(1)"
    assert not errors[-1].startswith(("=", "+", "-", "@"))


def test_the_same_file_again_is_a_repetition(imports: ImportWorld) -> None:
    data = csv_file(csv_row(1))
    first = imports.imported(data)
    again = imports.imported(data)
    assert (again.state, again.duplicate_of) == (JobState.DONE, first.job_id)
    assert again.counts == Counts()
    insisted = imports.imported(data, is_again=True)
    assert insisted.duplicate_of is None
    assert insisted.counts == Counts(read=1, duplicate=1)


def test_a_cancelled_import_does_not_make_its_file_a_repetition(imports: ImportWorld) -> None:
    data = csv_file(csv_row(1))
    job_id = imports.begin(data)
    imports.arrive(job_id)
    imports.step(imports.queue.messages.pop(0))
    imports.desk.cancel(CREDITOR, job_id, imports.now)
    imports.drain()
    assert imports.job(job_id).counts == Counts()
    assert imports.imported(data).counts == Counts(read=1, created=1)


def test_what_is_known_stays_when_a_file_is_silent_about_it(imports: ImportWorld) -> None:
    customer = any_customer(
        external_id=CustomerId("52998224725"), phones=("+5511987654321",), tags=("vip",)
    )
    known = any_invoice("T-1", customer_id=customer.external_id, metadata={"contrato": "7"})
    imports.world.issue(known, customer=customer)
    job = imports.imported(csv_file(csv_row(1, email="", valor="200,00")))
    assert job.counts == Counts(read=1, updated=1)
    account = imports.world.portfolio.load_account(CREDITOR, customer.external_id)
    assert account.customer is not None
    assert account.customer.emails == customer.emails
    assert account.customer.phones == customer.phones
    assert account.customer.tags == ("vip",)
    changed = account.invoices[InvoiceId("T-1")]
    assert changed.amount == Money(20000)
    assert (changed.metadata, changed.payment) == ({"contrato": "7"}, known.payment)


def test_a_customer_who_is_known_needs_no_document(imports: ImportWorld) -> None:
    imports.world.issue(any_invoice("outra"))
    header = "numero;id_cliente;vencimento;valor"
    job = imports.imported(
        csv_file("A;cli-1;10/12/2026;5,00", "B;novo;10/12/2026;5,00", header=header)
    )
    assert job.counts == Counts(read=2, created=1, rejected=1)
    assert "cliente novo sem CPF ou CNPJ" in imports.reasons(job)[3]


def test_an_invoice_of_another_customer_is_not_taken_over(imports: ImportWorld) -> None:
    imports.world.issue(any_invoice("T-1"))
    job = imports.imported(csv_file(csv_row(1)))
    assert job.counts == Counts(read=1, rejected=1)
    assert "já existe para outro cliente" in imports.reasons(job)[2]


def test_paid_rows_settle_and_tell_nobody_of_history(imports: ImportWorld) -> None:
    job = imports.imported(
        csv_file(f"{csv_row(1)};12/11/2026;1.234,56", f"{csv_row(2)};;", header=PAID_HEADER)
    )
    assert job.counts == Counts(read=2, created=2)
    paid = imports.invoice("T-1")
    assert paid.status is InvoiceStatus.SETTLED
    assert paid.settled_at == datetime(2026, 11, 12, 15, tzinfo=UTC)
    assert imports.world.publisher.of("InvoicePaid") == []


def test_a_payment_of_a_known_invoice_is_announced_and_counts_once(imports: ImportWorld) -> None:
    imports.imported(csv_file(csv_row(1)))
    half = csv_file(f"{csv_row(1)};12/11/2026;1.000,00", header=PAID_HEADER)
    assert imports.imported(half).counts == Counts(read=1, updated=1)
    whole = csv_file(f"{csv_row(1)};13/11/2026;1.234,56", header=PAID_HEADER)
    assert imports.imported(whole).counts == Counts(read=1, updated=1)
    assert imports.imported(whole, is_again=True).counts == Counts(read=1, duplicate=1)
    invoice = imports.invoice("T-1")
    assert [p.amount for p in invoice.payments] == [Money(100000), Money(23456)]
    assert len(imports.world.publisher.of("InvoicePaid")) == 1


def test_money_that_came_another_way_is_not_counted_again(imports: ImportWorld) -> None:
    imports.imported(csv_file(csv_row(1)))
    creditor = imports.world.directory.get(CREDITOR)
    payment = any_payment(amount=Money(123456))
    imports.world.ingest.receive_payment(creditor, InvoiceId("T-1"), payment, now=imports.now)
    told = csv_file(f"{csv_row(1)};12/11/2026;1.234,56", header=PAID_HEADER)
    assert imports.imported(told).counts == Counts(read=1, duplicate=1)
    assert len(imports.invoice("T-1").payments) == 1


def test_a_closed_invoice_that_changes_goes_its_own_way(imports: ImportWorld) -> None:
    imports.imported(csv_file(f"{csv_row(1)};12/11/2026;1.234,56", header=PAID_HEADER))
    job = imports.imported(csv_file(csv_row(1, valor="2.000,00")))
    assert job.counts == Counts(read=1, updated=1)
    assert imports.invoice("T-1").status is InvoiceStatus.PARTIALLY_PAID


def test_withdrawn_rows_are_cancelled(imports: ImportWorld) -> None:
    header = f"{HEADER};situacao;data baixa"
    rows = (f"{csv_row(1)};Cancelado;12/11/2026", f"{csv_row(2)};aberto;")
    job = imports.imported(csv_file(*rows, header=header))
    assert job.counts == Counts(read=2, created=2)
    assert imports.invoice("T-1").status is InvoiceStatus.CANCELLED
    assert imports.invoice("T-1").cancel_reason == "título cancelado"


def test_a_payment_that_came_before_its_invoice_is_found(imports: ImportWorld) -> None:
    creditor = imports.world.directory.get(CREDITOR)
    early = any_payment(amount=Money(123456))
    imports.world.ingest.receive_payment(creditor, InvoiceId("T-1"), early, now=imports.now)
    job = imports.imported(csv_file(csv_row(1), csv_row(2)))
    assert job.counts == Counts(read=2, created=2)
    assert imports.invoice("T-1").status is InvoiceStatus.SETTLED


def test_lines_of_totals_are_ignored_and_blank_ones_are_no_rows(imports: ImportWorld) -> None:
    job = imports.imported(csv_file(csv_row(1), ";;;;;;", "", "Total;;;;;;1.234,56"))
    assert job.counts == Counts(read=2, created=1, ignored=1)
    assert imports.results(job)[1]["row"] == 5


def test_quotes_that_never_close_cost_one_row(imports: ImportWorld) -> None:
    job = imports.imported(csv_file(csv_row(1), '"aberta;x;y', csv_row(3)))
    assert job.counts == Counts(read=3, created=2, rejected=1)
    assert "aspas que não fecham" in imports.reasons(job)[3]


# ── mappings ────────────────────────────────────────────────────────────────────────────────────

ODD = csv_file("1;Maria da Silva;52998224725;10/12/2026;5,00", header="a;b;c;d;e")
ODD_MAPPING = {
    "columns": {
        "number": "a",
        "customer_name": "b",
        "document": "c",
        "due_date": "d",
        "amount": "e",
    }
}


def test_a_header_that_says_nothing_waits_for_a_mapping(imports: ImportWorld) -> None:
    job = imports.imported(ODD)
    assert (job.state, job.header) == (JobState.NEEDS_MAPPING, ("a", "b", "c", "d", "e"))
    assert "due_date" in job.problems[0].reason
    mapping = read_mapping(ODD_MAPPING)
    imports.desk.map(CREDITOR, job.job_id, mapping)
    imports.drain()
    assert imports.job(job.job_id).counts == Counts(read=1, created=1)
    with pytest.raises(Conflict):
        imports.desk.map(CREDITOR, job.job_id, mapping)


def test_a_mapping_must_fit_the_file_that_waits_for_it(imports: ImportWorld) -> None:
    job = imports.imported(ODD)
    wrong = {"columns": {**ODD_MAPPING["columns"], "amount": "valor"}}
    with pytest.raises(InvalidInput, match="valor"):
        imports.desk.map(CREDITOR, job.job_id, read_mapping(wrong))


def test_a_mapping_that_was_kept_is_found_by_the_header(imports: ImportWorld) -> None:
    mapping = read_mapping(ODD_MAPPING)
    imports.desk.keep_mapping(CREDITOR, "sistema-x", mapping, imports.now)
    job = imports.imported(ODD)
    assert (job.state, job.mapping_name) == (JobState.DONE, "sistema-x")


def test_another_creditors_mapping_is_not_used(imports: ImportWorld) -> None:
    mapping = read_mapping(ODD_MAPPING)
    imports.desk.keep_mapping(CreditorId("boreal"), "sistema-x", mapping, imports.now)
    assert imports.imported(ODD).state is JobState.NEEDS_MAPPING
    with pytest.raises(InvalidInput, match="no mapping"):
        imports.begin(ODD, mapping="sistema-x")


def test_a_mapping_by_name_wins_over_a_guess(imports: ImportWorld) -> None:
    document = {
        "columns": {
            "number": "cliente",
            "document": "cpf",
            "due_date": "vencimento",
            "amount": "valor",
        }
    }
    mapping = read_mapping(document)
    imports.desk.keep_mapping(CREDITOR, "outro", mapping, imports.now)
    imports.imported(csv_file(csv_row(1)), mapping="outro")
    assert imports.invoice("Maria da Silva").amount == Money(123456)


def test_commas_and_dots_in_one_column_are_asked_about(imports: ImportWorld) -> None:
    job = imports.imported(csv_file(csv_row(1, valor="10,50"), csv_row(2, valor="10.50")))
    assert job.state is JobState.NEEDS_MAPPING
    assert "vírgula e com ponto" in job.problems[0].reason


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"   ", "vazio"),
        (HEADER.encode() + b"\r\n", "não há linhas"),
        (b"texto corrido\r\nsem colunas\r\n", "colunas"),
        (b"a;b\0c\r\n1;2\r\n", "não é texto"),
        (b"PK\x03\x04 nada", "zip está danificado"),
        (b"02RETORNO01COBRANCA".ljust(400) + b"\r\n", ""),
    ],
    ids=["blank", "only a header", "prose", "binary", "broken zip", "broken retorno"],
)
def test_a_file_that_makes_no_sense_fails_with_a_reason(
    imports: ImportWorld, data: bytes, why: str
) -> None:
    job = imports.imported(data)
    assert job.state is JobState.FAILED
    assert why in job.problems[0].reason
    assert job.finished_at is not None


# ── breaking off ────────────────────────────────────────────────────────────────────────────────


class _CrashError(BaseException):
    """The process is gone."""


class _Fragile:
    """Calls another object, and dies at a given call, before or after it."""

    def __init__(self, real: object, fuse: "_Fuse") -> None:
        self._real, self._fuse = real, fuse

    def __getattr__(self, name: str) -> object:
        found = getattr(self._real, name)
        if not callable(found):
            return found

        def call(*args: object, **named: object) -> object:
            self._fuse.burn()
            answer = found(*args, **named)
            self._fuse.burn()
            return answer

        return call


class _Fuse:
    def __init__(self, length: int) -> None:
        self.left = length

    def burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise _CrashError


MIXED = csv_file(
    *(
        f"{csv_row(n, cpf='529.982.247-25' if n % 2 else '11.222.333/0001-81')};{paid}"
        for n, paid in enumerate(
            [";", "12/11/2026;1.234,56", ";", "12/11/2026;100,00", ";", ";", ";"], start=1
        )
    ),
    f"{csv_row(8, valor='x')};;",
    header=PAID_HEADER,
)


def known_before(imports: ImportWorld) -> None:
    """Let four of the invoices be known: one the same, one otherwise, two unpaid."""
    imports.imported(
        csv_file(
            csv_row(1),
            csv_row(2, cpf="11.222.333/0001-81"),
            csv_row(3, valor="1,00"),
            csv_row(4, cpf="11.222.333/0001-81"),
        )
    )


@pytest.mark.usefixtures("small_chunks")
def test_dying_anywhere_changes_no_total() -> None:
    calm = ImportWorld()
    known_before(calm)
    expected = calm.imported(MIXED)
    assert expected.counts == Counts(read=8, created=3, updated=3, duplicate=1, rejected=1)
    for length in range(1, 400):
        imports = ImportWorld()
        known_before(imports)
        job_id = imports.begin(MIXED)
        fuse = _Fuse(length)
        fragile = imports.wired(
            jobs=_Fragile(imports.imports, fuse),
            names=_Fragile(imports.imports, fuse),
            files=_Fragile(imports.files, fuse),
            queue=_Fragile(imports.queue, fuse),
            portfolio=_Fragile(imports.world.portfolio, fuse),
            publisher=_Fragile(imports.world.publisher, fuse),
        )
        safe, imports.run = imports.run, fragile
        try:
            imports.arrive(job_id)
        except _CrashError:
            imports.run = safe
            imports.arrive(job_id)
        while imports.queue.messages:
            message = imports.queue.messages[0]
            try:
                imports.step(message)
            except _CrashError:
                imports.run = safe
                continue
            imports.queue.messages.remove(message)
        job = imports.job(job_id)
        assert (job.state, job.counts) == (JobState.DONE, expected.counts), length
        assert imports.results(job) == calm.results(expected), length
        assert imports.errors(job) == calm.errors(expected), length
        assert {e.data["external_id"] for e in imports.world.publisher.of("InvoicePaid")} == {"T-2"}
        for n in range(1, 8):
            assert imports.invoice(f"T-{n}").paid == calm.invoice(f"T-{n}").paid, length
        if fuse.left > 0:
            return
    pytest.fail("the fuse was never long enough")


@pytest.mark.usefixtures("small_chunks")
def test_every_message_twice_and_in_any_order_counts_once(imports: ImportWorld) -> None:
    job_id = imports.begin(MIXED)
    imports.arrive(job_id)
    imports.arrive(job_id)
    while imports.queue.messages:
        message = imports.queue.messages.pop()
        imports.step(message)
        imports.step(message)
    job = imports.job(job_id)
    assert job.state is JobState.DONE
    assert job.counts == Counts(read=8, created=7, rejected=1)


@pytest.mark.usefixtures("small_chunks")
def test_reading_goes_on_by_message_when_its_time_is_up(imports: ImportWorld) -> None:
    imports.has_time = lambda: False
    rows = [csv_row(n) for n in range(1, 30)]
    job_id = imports.begin(csv_file(*rows))
    imports.arrive(job_id)
    reads = 0
    while imports.queue.messages and imports.queue.messages[0]["kind"] != "send":
        imports.step(imports.queue.messages.pop(0))
        reads += 1
    assert reads == 6  # five parts of two chunks, and the end
    job = imports.job(job_id)
    assert (job.rows_total, job.chunks_total) == (29, 10)
    imports.has_time = lambda: True
    imports.drain()
    assert imports.job(job_id).counts == Counts(read=29, created=29)


def test_a_chunk_without_time_is_given_again(imports: ImportWorld) -> None:
    answers = iter([True, False])
    rows = [csv_row(1), csv_row(2, cpf="11.222.333/0001-81")]
    job_id = imports.begin(csv_file(*rows))
    imports.arrive(job_id)
    imports.step(imports.queue.messages.pop(0))
    imports.step(imports.queue.messages.pop(0))
    (chunk,) = imports.queue.messages
    imports.has_time = lambda: next(answers)
    imports.step(imports.queue.messages.pop(0))
    assert imports.queue.messages == [chunk]
    assert imports.job(job_id).counts == Counts()
    imports.has_time = lambda: True
    imports.drain()
    assert imports.job(job_id).counts == Counts(read=2, created=2)


def test_a_lost_race_is_settled_row_by_row(imports: ImportWorld) -> None:
    class Racing:
        """Lets somebody else write first, once."""

        def __init__(self) -> None:
            self.is_lost = False

        def __getattr__(self, name: str) -> object:
            return getattr(imports.world.portfolio, name)

        def commit(self, change: Change) -> None:
            if not self.is_lost:
                self.is_lost = True
                raise VersionConflict(change.account.customer_id)
            imports.world.portfolio.commit(change)

    imports.run = imports.wired(portfolio=Racing())
    assert imports.imported(csv_file(csv_row(1), csv_row(2))).counts == Counts(read=2, created=2)


def test_the_same_title_in_two_chunks_with_other_data_is_told(
    imports: ImportWorld, small_chunks: None
) -> None:
    del small_chunks
    rows = [csv_row(1), csv_row(2), csv_row(3), csv_row(1, valor="5,00"), csv_row(2)]
    job = imports.imported(csv_file(*rows))
    assert job.counts == Counts(read=5, created=3, duplicate=1, rejected=1)
    assert "se repete neste arquivo" in imports.reasons(job)[5]


def test_a_file_that_is_changed_while_it_is_read_is_given_up(imports: ImportWorld) -> None:
    job_id = imports.begin(csv_file(csv_row(1)))
    imports.arrive(job_id)
    imports.files.files[imports.job(job_id).upload_key] = csv_file(csv_row(9))
    imports.drain()
    job = imports.job(job_id)
    assert job.state is JobState.FAILED
    assert "mudou enquanto era lido" in job.problems[0].reason


def test_a_second_file_under_the_same_key_is_not_read(imports: ImportWorld) -> None:
    job = imports.imported(csv_file(csv_row(1)))
    imports.files.files[job.upload_key] = csv_file(csv_row(9))
    imports.arrive(job.job_id)
    imports.drain()
    assert imports.job(job.job_id).counts == Counts(read=1, created=1)


def test_a_cancelled_import_stops_where_it_is(imports: ImportWorld, small_chunks: None) -> None:
    del small_chunks
    job_id = imports.begin(csv_file(*(csv_row(n) for n in range(1, 10))))
    imports.arrive(job_id)
    for _ in range(3):
        imports.step(imports.queue.messages.pop(0))
    assert imports.desk.cancel(CREDITOR, job_id, imports.now).state is JobState.CANCELLED
    imports.drain()
    job = imports.job(job_id)
    assert (job.state, job.counts) == (JobState.CANCELLED, Counts(read=3, created=3))
    assert [row["row"] for row in imports.results(job)] == [2, 3, 4]
    assert imports.desk.cancel(CREDITOR, job_id, imports.now) == job
    done = imports.imported(csv_file(csv_row(20)))
    with pytest.raises(Conflict):
        imports.desk.cancel(CREDITOR, done.job_id, imports.now)


# ── lists and cursors ───────────────────────────────────────────────────────────────────────────


def test_jobs_are_listed_newest_first_a_page_at_a_time(imports: ImportWorld) -> None:
    ids = [imports.begin(csv_file(csv_row(n))) for n in range(5)]
    found: list[JobId] = []
    cursor: str | None = None
    for _ in range(3):
        page, cursor = imports.desk.page(CREDITOR, cursor, 2)
        found += [job.job_id for job in page]
    assert cursor is None
    assert found == ids[::-1]
    assert imports.desk.page(CreditorId("boreal"), None, 10) == ([], None)


@pytest.mark.parametrize(
    "cursor", ["", "x", "é", cursor_to(f"imports#{CREDITOR}", "../../"), "r" * 99]
)
def test_a_cursor_that_somebody_made_up_is_refused(imports: ImportWorld, cursor: str) -> None:
    job = imports.imported(csv_file(csv_row(1)))
    with pytest.raises(InvalidInput) as refused:
        imports.desk.page(CREDITOR, cursor, 10)
    assert refused.value.problems[0].path == "query.cursor"
    with pytest.raises(InvalidInput) as refused:
        imports.desk.results(CREDITOR, job.job_id, cursor)
    assert refused.value.problems[0].path == "query.cursor"


def test_results_of_a_job_that_runs_end_where_it_is(
    imports: ImportWorld, small_chunks: None
) -> None:
    del small_chunks
    job_id = imports.begin(csv_file(*(csv_row(n) for n in range(1, 8))))
    assert imports.desk.results(CREDITOR, job_id, None)[0] == []
    imports.arrive(job_id)
    for _ in range(3):
        imports.step(imports.queue.messages.pop(0))
    page, cursor = imports.desk.results(CREDITOR, job_id, None)
    assert len(page) == 3
    assert cursor is not None
    assert imports.desk.results(CREDITOR, job_id, cursor) == ([], cursor)
    imports.drain()
    assert len(imports.desk.results(CREDITOR, job_id, cursor)[0]) == 3


def test_another_creditors_job_is_none(imports: ImportWorld) -> None:
    job = imports.imported(csv_file(csv_row(1)))
    with pytest.raises(NotFound):
        imports.desk.get(CreditorId("boreal"), job.job_id)


def test_a_written_error_file_is_of_the_files_own_dialect(imports: ImportWorld) -> None:
    header = HEADER.replace(";", "\t")
    rows = [csv_row(1).replace(";", "\t"), csv_row(2, valor="x").replace(";", "\t")]
    data = "\r\n".join([header, *rows, ""]).encode("cp1252")
    job = imports.imported(data.replace(b"Maria", "José".encode("cp1252")))
    text = imports.files.files[job.error_key].decode("cp1252")
    found = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t"))
    assert found[1][1] == "José da Silva"


def test_days_and_payments_have_the_ids_of_their_rows(imports: ImportWorld) -> None:
    imports.imported(csv_file(f"{csv_row(1)};12/11/2026;1.234,56", header=PAID_HEADER))
    (payment,) = imports.invoice("T-1").payments
    assert payment.payment_id == PaymentId("arquivo:T-1:2026-11-12:123456")
    assert imports.now - timedelta(days=2) < payment.paid_at < imports.now


# ── other kinds ─────────────────────────────────────────────────────────────────────────────────


def test_a_workbook_is_imported_as_it_looks(imports: ImportWorld) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Título", "Cliente", "CPF", "Vencimento", "Valor"])
    sheet.append(["T-1", "José Ção", "529.982.247-25", date(2026, 12, 10), 1234.5])
    sheet.append(["T-2", "José Ção", 52998224725, "11/12/2026", 10])
    sheet.append(["T-3", "José Ção", "52998224725", "amanhã", 10])
    stream = io.BytesIO()
    book.save(stream)
    job = imports.imported(stream.getvalue(), filename="titulos.xlsx")
    assert (job.kind, job.counts) == (FileKind.XLSX, Counts(read=3, created=2, rejected=1))
    assert imports.invoice("T-1").amount == Money(123450)
    assert imports.errors(job)[1][0] == "T-3"
    assert imports.imported(stream.getvalue()).duplicate_of == job.job_id


def test_nfes_in_a_zip_become_their_instalments_and_their_refusals(imports: ImportWorld) -> None:
    own = nfe(issuer="11222333000181")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("propria.xml", own)
        archive.writestr("alheia.xml", nfe(issuer="12ABC34501DE35"))
        archive.writestr("ruim.xml", b"<x/>")
    job = imports.imported(stream.getvalue(), filename="notas.zip")
    assert job.kind is FileKind.NFE
    assert job.counts == Counts(read=4, created=2, rejected=2)
    told = "; ".join(imports.reasons(job).values())
    assert "não é a sua empresa" in told
    assert "NF-e ilegível" in told
    single = imports.imported(own, filename="propria.xml")
    assert single.counts == Counts(read=2, duplicate=2)


def test_a_workbook_that_is_none_is_refused(imports: ImportWorld) -> None:
    job = imports.imported(csv_file(csv_row(1)), kind=FileKind.XLSX)
    assert job.state is JobState.FAILED
    assert "XLSX" in job.problems[0].reason


def test_a_file_beyond_the_limit_is_refused_unread(
    imports: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_source, "MAX_CSV_BYTES", 10)
    job = imports.imported(csv_file(csv_row(1)))
    assert job.state is JobState.FAILED
    assert "passa de" in job.problems[0].reason


# ── what happens seldom ─────────────────────────────────────────────────────────────────────────


class _Portfolio:
    """The twin, with calls replaced."""

    def __init__(self, imports: ImportWorld, **replaced: object) -> None:
        self._real, self._replaced = imports.world.portfolio, replaced

    def __getattr__(self, name: str) -> object:
        return self._replaced.get(name) or getattr(self._real, name)


def _too_large(change: Change) -> None:
    raise AccountTooLarge(change.account.customer_id)


def _of_another(creditor_id: CreditorId, payment_id: PaymentId) -> InvoiceId:
    del creditor_id, payment_id
    return InvoiceId("outra")


def test_an_account_that_cannot_hold_more_refuses_its_rows(imports: ImportWorld) -> None:
    imports.run = imports.wired(portfolio=_Portfolio(imports, commit=_too_large))
    job = imports.imported(csv_file(csv_row(1), csv_row(2)))
    assert job.counts == Counts(read=2, rejected=2)
    assert "do que uma conta comporta" in imports.reasons(job)[2]


def test_a_payment_id_that_another_invoice_has_is_told(imports: ImportWorld) -> None:
    creditor = imports.world.directory.get(CREDITOR)
    imports.world.ingest.cancel_invoice(
        creditor, InvoiceId("T-1"), imports.now, "antes", now=imports.now
    )
    imports.run = imports.wired(portfolio=_Portfolio(imports, find_payment=_of_another))
    paid = csv_file(f"{csv_row(1)};12/11/2026;1.234,56", header=PAID_HEADER)
    job = imports.imported(paid)
    assert job.counts == Counts(read=1, rejected=1)
    assert "already used for invoice outra" in imports.reasons(job)[2]


def test_a_long_id_makes_a_short_payment_id(imports: ImportWorld) -> None:
    name = "x" * 115
    row = f"{csv_row(1, numero=name)};12/11/2026;1.234,56"
    assert imports.imported(csv_file(row, header=PAID_HEADER)).counts.created == 1
    (payment,) = imports.invoice(name).payments
    assert len(payment.payment_id) == len("arquivo:") + 32


def test_many_invoices_of_one_customer_are_written_in_several_commits(
    imports: ImportWorld,
) -> None:
    commits: list[int] = []

    def counted(change: Change) -> None:
        commits.append(len(change.invoices))
        imports.world.portfolio.commit(change)

    imports.run = imports.wired(portfolio=_Portfolio(imports, commit=counted))
    job = imports.imported(csv_file(*(csv_row(n) for n in range(1, 51))))
    assert job.counts == Counts(read=50, created=50)
    assert commits == [20, 20, 10]


def test_tallies_of_experiments_add_up_over_the_rows_of_a_customer() -> None:
    draft = Draft(any_account())
    for number in (1, 2):
        invoice = any_invoice(f"fat-{number}")
        changed = ChangedInvoice(None, invoice, NOW)
        draft.take(any_account(invoice), changed, {"a/b/c": Tally(1, 1, 500)})
    assert draft.change.tallies == {"a/b/c": Tally(2, 2, 1000)}


def test_an_older_file_takes_nothing_back(imports: ImportWorld) -> None:
    customer = any_customer(external_id=CustomerId("52998224725"))
    newer = any_invoice(
        "T-1", customer_id=customer.external_id, issued_at=imports.now + timedelta(hours=1)
    )
    imports.world.issue(newer, customer=customer)
    job = imports.imported(csv_file(csv_row(1)))
    assert job.counts == Counts(read=1, duplicate=1)
    assert imports.invoice("T-1").amount == newer.amount


def test_a_customers_new_address_is_taken_with_nothing_else_new(imports: ImportWorld) -> None:
    imports.imported(csv_file(csv_row(1)))
    job = imports.imported(csv_file(csv_row(1, email="nova@cliente.example.com.br")))
    assert job.counts == Counts(read=1, updated=1)
    account = imports.world.portfolio.load_account(CREDITOR, CustomerId("52998224725"))
    assert account.customer is not None
    assert account.customer.emails == ("nova@cliente.example.com.br",)


def test_a_closed_invoices_customer_may_change(imports: ImportWorld) -> None:
    paid = f"{csv_row(1)};12/11/2026;1.234,56"
    imports.imported(csv_file(paid, header=PAID_HEADER))
    other = paid.replace("maria@", "nova@")
    assert imports.imported(csv_file(other, header=PAID_HEADER)).counts == Counts(read=1, updated=1)


@pytest.mark.usefixtures("small_chunks")
def test_chunks_are_handed_out_by_message_when_time_is_up(imports: ImportWorld) -> None:
    job_id = imports.begin(csv_file(*(csv_row(n) for n in range(1, 20))))
    imports.arrive(job_id)
    imports.step(imports.queue.messages.pop(0))
    imports.has_time = lambda: False
    sends = 0
    waiting = [imports.queue.messages.pop(0)]
    chunks = []
    while waiting:
        imports.step(waiting.pop(0))
        sends += 1
        waiting = [m for m in imports.queue.messages if m["kind"] == "send"]
        chunks += [m for m in imports.queue.messages if m["kind"] == "chunk"]
        imports.queue.messages.clear()
    assert sends == 4
    assert [m.get("number", 0) for m in chunks] == list(range(7))


def test_a_chunk_that_is_shorter_than_it_was_is_given_up(imports: ImportWorld) -> None:
    job_id = imports.begin(csv_file(csv_row(1)))
    imports.arrive(job_id)
    imports.step(imports.queue.messages.pop(0))
    imports.step(imports.queue.messages.pop(0))
    chunk = dict(imports.queue.messages.pop(0))
    imports.step({**chunk, "end": int(str(chunk["end"])) + 5})
    assert imports.job(job_id).state is JobState.FAILED


def test_a_file_that_is_gone_before_it_is_looked_at(imports: ImportWorld) -> None:
    job_id = imports.begin(csv_file(csv_row(1)))
    imports.files.files.clear()
    imports.arrive(job_id)
    assert imports.job(job_id).state is JobState.FAILED


def test_a_file_that_goes_between_two_looks(imports: ImportWorld) -> None:
    job_id = imports.begin(csv_file(csv_row(1)))
    imports.arrive(job_id)
    imports.files.files.clear()
    imports.drain()
    assert imports.job(job_id).state is JobState.FAILED


def test_a_mapping_given_early_is_used_when_the_file_comes(imports: ImportWorld) -> None:
    job_id = imports.begin(ODD)
    imports.desk.map(CREDITOR, job_id, read_mapping(ODD_MAPPING))
    imports.arrive(job_id)
    imports.drain()
    assert imports.job(job_id).counts == Counts(read=1, created=1)


def test_there_are_only_so_many_mappings(
    imports: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manage_imports, "MOST_MAPPINGS", 1)
    mapping = read_mapping(ODD_MAPPING)
    imports.desk.keep_mapping(CREDITOR, "a", mapping, imports.now)
    imports.desk.keep_mapping(CREDITOR, "a", mapping, imports.now)
    with pytest.raises(Conflict):
        imports.desk.keep_mapping(CREDITOR, "b", mapping, imports.now)


def test_legacy_bytes_after_the_sample_are_said_in_the_dialect(
    imports: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_source, "SAMPLE_BYTES", 200)
    rows = [csv_row(n) for n in range(1, 20)]
    data = csv_file(*rows) + csv_row(20, cliente="José").encode("cp1252") + b"\r\n"
    job = imports.imported(data)
    assert job.source is not None
    assert (job.source.encoding, job.counts.created) == ("cp1252", 20)


def test_a_lone_return_in_a_row_costs_that_row(imports: ImportWorld) -> None:
    job = imports.imported(csv_file(*map(csv_row, range(9)), csv_row(9).replace("da", "d\ra")))
    assert job.counts == Counts(read=10, created=9, rejected=1)
    assert "quebra de linha" in imports.reasons(job)[11]


def test_a_reason_is_never_longer_than_anybody_reads(imports: ImportWorld) -> None:
    job = imports.imported(csv_file(csv_row(1, valor="x" * 9_000)))
    assert len(imports.reasons(job)[2]) < 600


def test_a_withdrawn_row_of_an_invoice_that_was_paid_before_it_came(imports: ImportWorld) -> None:
    creditor = imports.world.directory.get(CREDITOR)
    early = any_payment(amount=Money(1))
    imports.world.ingest.receive_payment(creditor, InvoiceId("T-1"), early, now=imports.now)
    header = f"{HEADER};situacao;data baixa"
    job = imports.imported(csv_file(f"{csv_row(1)};cancelado;12/11/2026", header=header))
    assert job.counts == Counts(read=1, created=1)
    assert imports.invoice("T-1").status is InvoiceStatus.CANCELLED


def test_what_was_the_same_before_a_lost_race_is_the_same_after_it(imports: ImportWorld) -> None:
    imports.imported(csv_file(csv_row(1)))
    lost: list[Change] = []

    def racing(change: Change) -> None:
        if not lost:
            lost.append(change)
            raise VersionConflict
        imports.world.portfolio.commit(change)

    imports.run = imports.wired(portfolio=_Portfolio(imports, commit=racing))
    job = imports.imported(csv_file(csv_row(1), csv_row(2)))
    assert job.counts == Counts(read=2, created=1, duplicate=1)


def test_an_invoice_that_a_rebate_settled_is_not_paid_again(imports: ImportWorld) -> None:
    customer = any_customer(external_id=CustomerId("52998224725"))
    known = any_invoice(
        "T-1", customer_id=customer.external_id, amount=Money(123456), rebate=Money(3456)
    )
    imports.world.issue(known, customer=customer)
    creditor = imports.world.directory.get(CREDITOR)
    paid = any_payment(amount=Money(120000))
    imports.world.ingest.receive_payment(creditor, InvoiceId("T-1"), paid, now=imports.now)
    told = f"{csv_row(1)};12/11/2026;1.234,56"
    imports.imported(csv_file(told, header=PAID_HEADER))
    assert imports.invoice("T-1").paid == Money(120000)
