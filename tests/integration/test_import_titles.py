"""A bank's return file pays the invoices it names, and tells of everything else."""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime

import pytest

from regua.adapters.memory_imports import MemoryBulkReads
from regua.application.imports.apply_titles import COLUMNS
from regua.domain.ids import CreditorId, InvoiceId, PaymentId
from regua.domain.imports.job import Counts, FileKind, JobState
from regua.domain.invoice import InvoiceStatus, PaymentMethod
from regua.domain.money import Money
from tests.builders import any_customer, any_invoice
from tests.integration.importing import ImportWorld, csv_file, csv_row
from tests.shared_data import shared_data_path


@pytest.fixture
def imports() -> ImportWorld:
    return ImportWorld()


def title(**changes: str) -> str:
    """Return a settled title of R$ 149,90 as one row."""
    said = {
        "linha": "2",
        "banco": "237",
        "nosso_numero": "000012345678",
        "numero_documento": "",
        "numero_controle": "",
        "ocorrencia": "06",
        "efeito": "settled",
        "significado": "Liquidação normal",
        "motivos": "",
        "data_ocorrencia": "2026-11-12",
        "data_credito": "2026-11-13",
        "valor_titulo": "14990",
        "valor_pago": "14990",
    }
    return ";".join({**said, **changes}.values())


def retorno(*titles: str) -> bytes:
    return "\n".join([";".join(COLUMNS), *titles, ""]).encode()


@pytest.mark.parametrize(
    "names",
    [
        {"numero_controle": "fat-1"},
        {"numero_documento": "fat-1"},
        {"numero_documento": "000fat-1"},
        {"numero_controle": "desconhecido", "numero_documento": "fat-1"},
    ],
    ids=["control number", "document number", "leading zeros", "second choice"],
)
def test_a_settled_title_pays_its_invoice(imports: ImportWorld, names: dict[str, str]) -> None:
    imports.world.issue(any_invoice())
    job = imports.imported(retorno(title(**names)))
    assert job.counts == Counts(read=1, created=1)
    invoice = imports.invoice("fat-1")
    assert invoice.status is InvoiceStatus.SETTLED
    (payment,) = invoice.payments
    assert payment.method is PaymentMethod.BOLETO
    assert payment.paid_at == datetime(2026, 11, 12, 15, tzinfo=UTC)
    assert len(imports.world.publisher.of("InvoicePaid")) == 1


@pytest.mark.parametrize(
    "names", [{"numero_documento": "NF 77/1"}, {"nosso_numero": "000000998"}], ids=["own", "bank's"]
)
def test_numbers_that_an_import_told_are_known(imports: ImportWorld, names: dict[str, str]) -> None:
    header = "id_titulo;numero;nosso_numero;cpf;vencimento;valor"
    row = "erp-7;NF 77/1;998;52998224725;10/12/2026;149,90"
    imports.imported(csv_file(row, header=header))
    job = imports.imported(retorno(title(**{"nosso_numero": "1", **names})))
    assert job.counts == Counts(read=1, created=1)
    assert imports.invoice("erp-7").paid == Money(14990)


def test_a_row_that_is_rejected_gives_its_numbers_to_nobody(imports: ImportWorld) -> None:
    header = "id_titulo;numero;nosso_numero;cpf;vencimento;valor"
    taken = "erp-7;NF 77/1;998;52998224725;10/12/2026;149,90"
    imports.imported(csv_file(taken, header=header))
    another = "erp-7;NF 77/2;999;11144477735;10/12/2026;149,90"
    job = imports.imported(csv_file(another, header=header))
    assert job.counts == Counts(read=1, rejected=1)
    job = imports.imported(retorno(title(nosso_numero="999"), title(nosso_numero="998")))
    assert job.counts == Counts(read=2, rejected=1, created=1)


def test_the_same_news_in_another_file_changes_nothing(imports: ImportWorld) -> None:
    imports.world.issue(any_invoice())
    paid = title(numero_controle="fat-1")
    imports.imported(retorno(paid))
    other = title(numero_controle="outra", nosso_numero="9")
    job = imports.imported(retorno(paid, other))
    assert job.counts == Counts(read=2, duplicate=1, rejected=1)
    assert len(imports.invoice("fat-1").payments) == 1


def test_the_same_news_twice_in_one_file_counts_once(imports: ImportWorld) -> None:
    imports.world.issue(any_invoice())
    paid = title(numero_controle="fat-1")
    assert imports.imported(retorno(paid, paid)).counts == Counts(read=2, created=1, duplicate=1)


def test_a_number_of_another_amount_is_not_taken_for_the_invoice(imports: ImportWorld) -> None:
    imports.world.issue(any_invoice())
    job = imports.imported(retorno(title(numero_documento="fat-1", valor_titulo="99")))
    assert job.counts == Counts(read=1, rejected=1)
    assert "pode ser outro título" in imports.reasons(job)[2]
    assert imports.invoice("fat-1").paid == Money(0)


def test_a_control_number_is_trusted_whatever_the_amount(imports: ImportWorld) -> None:
    imports.world.issue(any_invoice())
    paid = title(numero_controle="fat-1", valor_titulo="99", valor_pago="99")
    assert imports.imported(retorno(paid)).counts == Counts(read=1, created=1)
    assert imports.invoice("fat-1").status is InvoiceStatus.PARTIALLY_PAID


@pytest.mark.parametrize(
    ("changes", "outcome", "why"),
    [
        ({"efeito": "entered", "significado": "Entrada"}, "ignored", "Entrada"),
        ({"efeito": "written_off"}, "ignored", "06"),
        ({"efeito": "payment_pending"}, "ignored", "06"),
        ({"efeito": "rejected", "motivos": "48"}, "rejected", "recusou o registro"),
        ({"efeito": "reversed"}, "rejected", "registre a reversão"),
        ({"efeito": "unknown"}, "rejected", "ocorrência desconhecida"),
        ({"valor_pago": "0"}, "rejected", "sem valor pago"),
        ({"data_ocorrencia": ""}, "rejected", "sem data"),
        ({"data_ocorrencia": "0001-01-01"}, "rejected", "outra época"),
        ({"valor_pago": "9" * 20}, "rejected", "grande demais"),
        ({"valor_pago": "9" * 6_000}, "rejected", "não é um título"),
        ({"efeito": "pago"}, "rejected", "não é um título"),
        ({"numero_controle": "x"}, "rejected", "nenhum título seu"),
    ],
)
def test_everything_else_is_told(
    imports: ImportWorld, changes: dict[str, str], outcome: str, why: str
) -> None:
    imports.world.issue(any_invoice())
    job = imports.imported(retorno(title(**{"numero_controle": "fat-1", **changes})))
    (row,) = imports.results(job)
    assert row["outcome"] == outcome
    assert why in imports.reasons(job)[2]
    assert imports.invoice("fat-1").payments == ()


def test_unmatched_titles_come_back_and_can_be_sent_again_with_the_right_number(
    imports: ImportWorld,
) -> None:
    imports.world.issue(any_invoice())
    first = imports.imported(retorno(title(numero_controle="velho")))
    corrected = imports.files.files[first.error_key].replace(b"velho", b"fat-1")
    second = imports.imported(corrected)
    assert second.counts == Counts(read=1, created=1)
    assert imports.invoice("fat-1").status is InvoiceStatus.SETTLED


def test_leading_zeros_and_nothing_else_are_left_out(imports: ImportWorld) -> None:
    imports.world.issue(any_invoice("123"), any_invoice("0123", amount=Money(14990)))
    imports.imported(retorno(title(numero_documento="0123")))
    assert imports.invoice("0123").paid == Money(14990)
    assert imports.invoice("123").paid == Money(0)


@pytest.mark.shared_data
def test_a_published_retorno_from_its_bytes_to_payments(imports: ImportWorld) -> None:
    """The 51 settled titles of Itaú's file, issued beforehand under their document numbers."""
    from regua.domain.cnab.retorno import parse_retorno  # noqa: PLC0415 - one test

    data = shared_data_path("cnab/brcobranca-CNAB400ITAU.RET").read_bytes()
    titles = list(parse_retorno(data).titles)
    settled = [t for t in titles if t.occurrence.effect.is_payment]
    numbers = [t.control_number or t.document_number for t in settled]
    for number, one in zip(numbers, settled, strict=True):
        if number:
            invoice = any_invoice(number, amount=one.amount, due_date=date(2026, 11, 10))
            imports.world.issue(invoice, customer=any_customer())
    job = imports.imported(data, filename="CB.RET")
    assert (job.state, job.kind) == (JobState.DONE, FileKind.CNAB)
    assert job.counts.read == len(titles)
    assert job.counts.created + job.counts.rejected + job.counts.duplicate >= len(settled)
    assert job.counts.created == len({n for n in numbers if n})


def test_rows_of_invoices_are_no_titles(imports: ImportWorld) -> None:
    assert imports.imported(csv_file(csv_row())).kind is FileKind.CSV


def test_a_name_of_a_row_that_was_rejected_leads_nowhere(imports: ImportWorld) -> None:
    header = "id_titulo;numero;id_cliente;vencimento;valor"
    rejected = imports.imported(csv_file("erp-9;NF 9;novo;10/12/2026;149,90", header=header))
    assert rejected.counts == Counts(read=1, rejected=1)
    job = imports.imported(retorno(title(numero_documento="NF 9")))
    assert "nenhum título seu" in imports.reasons(job)[2]


def test_news_from_the_future_and_long_names(imports: ImportWorld) -> None:
    imports.world.issue(any_invoice())
    later = title(numero_controle="fat-1", data_ocorrencia="2027-01-01")
    long = title(numero_controle="fat-1", nosso_numero="9" * 130)
    job = imports.imported(retorno(later, long))
    assert job.counts == Counts(read=2, created=1, rejected=1)
    assert "data no futuro" in imports.reasons(job)[2]
    (payment,) = imports.invoice("fat-1").payments
    assert len(payment.payment_id) == len("boleto:") + 32


def test_a_payment_that_another_invoice_took_meanwhile(imports: ImportWorld) -> None:
    imports.world.issue(any_invoice(), any_invoice("fat-2"))
    imports.imported(retorno(title(numero_controle="fat-2")))

    class Blind(MemoryBulkReads):
        def payments(
            self, creditor_id: CreditorId, payment_ids: Collection[PaymentId]
        ) -> Mapping[PaymentId, InvoiceId]:
            del creditor_id, payment_ids
            return {}

    imports.run = imports.wired(bulk=Blind(imports.world.portfolio))
    job = imports.imported(retorno(title(numero_controle="fat-1")))
    assert "lançado em outro título" in imports.reasons(job)[2]


def test_titles_without_time_are_given_again(imports: ImportWorld) -> None:
    imports.world.issue(any_invoice())
    job_id = imports.begin(retorno(title(numero_controle="fat-1"), '"aberta'))
    imports.arrive(job_id)
    imports.step(imports.queue.messages.pop(0))
    imports.step(imports.queue.messages.pop(0))
    imports.has_time = lambda: False
    imports.step(imports.queue.messages.pop(0))
    assert imports.invoice("fat-1").payments == ()
    imports.has_time = lambda: True
    imports.drain()
    assert imports.job(job_id).counts == Counts(read=2, created=1, rejected=1)
