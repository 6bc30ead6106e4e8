"""What a row says, cell by cell: taken, left out and told, or refused by its column."""

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.application.imports.mapping import ImportMapping, read_mapping
from regua.application.imports.merging import merged_invoice
from regua.application.imports.rows import BadRow, FileRow, RowReader, TotalsRow
from regua.domain.customer import CustomerKind
from regua.domain.errors import InvalidInput
from regua.domain.late_charges import DiscountTier
from regua.domain.money import ZERO, Money
from tests.builders import DUE, any_invoice

AT = datetime(2026, 11, 13, 12, tzinfo=UTC)
GOOD = {
    "external_id": "fat-1",
    "number": "NF 1",
    "customer_id": "cli-1",
    "customer_name": "Maria da Silva",
    "document": "529.982.247-25",
    "email": "maria@cliente.example.com.br",
    "phone": "(11) 98765-4321",
    "uf": "SP",
    "issue_date": "01/11/2026",
    "due_date": "10/12/2026",
    "amount": "1.234,56",
    "paid_on": "",
    "paid_amount": "",
    "status": "",
    "boleto_number": "",
    "boleto_line": "",
    "pix_copy_paste": "",
    "payment_url": "",
    "description": "",
}


PAID = {"status": "pago", "paid_on": "10/11/2026"}


def reader(without: str = "", **mapping: object) -> RowReader:
    columns = {name: f"col {name}" for name in GOOD if name not in without.split()}
    document = {"columns": columns, **mapping}
    return RowReader(read_mapping(document), [f"col {name}" for name in GOOD], ",", AT)


def read(without: str = "", mapping: Any = None, **cells: str) -> FileRow:  # noqa: ANN401 - any mapping
    return reader(without, **(mapping or {})).read(2, list({**GOOD, **cells}.values()))


def test_a_whole_row() -> None:
    row = read(description="Mensalidade", payment_url="https://pague.example.com.br/1")
    assert (row.invoice.external_id, row.invoice.number) == ("fat-1", "NF 1")
    assert (row.invoice.issue_date, row.invoice.due_date) == (date(2026, 11, 1), date(2026, 12, 10))
    assert (row.invoice.amount, row.invoice.description) == (Money(123456), "Mensalidade")
    assert row.invoice.payment.url == "https://pague.example.com.br/1"
    assert row.invoice.issued_at == row.customer.changed_at == AT
    assert (row.customer.external_id, row.customer.document) == ("cli-1", "52998224725")
    assert row.customer.kind is CustomerKind.PERSON
    assert (row.customer.emails, row.customer.phones) == (
        ("maria@cliente.example.com.br",),
        ("+5511987654321",),
    )
    assert (row.paid, row.withdrawn, row.settles_at, row.warnings) == (ZERO, None, None, ())


def test_the_first_of_all_days_is_no_due_date() -> None:
    """Programs write it where they know none."""
    with pytest.raises(BadRow) as caught:
        read(without="issue_date", due_date="01/01/0001")
    assert "1990" in caught.value.problems[-1].reason


CELL = st.text(max_size=30) | st.text("0123456789,.-/%eE+() R$", max_size=40)


@given(st.lists(CELL, min_size=len(GOOD), max_size=len(GOOD)), st.sets(st.sampled_from([*GOOD])))
@settings(deadline=None)
def test_any_cells_are_a_row_or_reasons(cells: list[str], replaced: set[str]) -> None:
    drawn = dict(zip(GOOD, cells, strict=True))
    with suppress(BadRow, TotalsRow):
        assert isinstance(read(**{name: drawn[name] for name in replaced}), FileRow)


@pytest.mark.parametrize("spelling", ["%Y%Y", "%Q", "%d/%m", "", "%", "%d/%m/%Y %d"])
def test_a_date_format_that_reads_no_date_is_refused(spelling: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        reader(date_formats=[spelling])
    assert caught.value.problems[0].path == "mapping.date_formats"


@pytest.mark.parametrize("spelling", ["%m/%d/%Y", "%d-%b-%y", "%Y%m%d%H%M%S"])
def test_other_date_formats_are_taken(spelling: str) -> None:
    assert reader(date_formats=[spelling]).mapping.date_formats == (spelling,)


@pytest.mark.parametrize(
    ("cells", "column", "why"),
    [
        (PAID | {"paid_amount": "9" * 6_000}, "paid_amount", "grande demais"),
        (PAID | {"paid_amount": "9" * 20}, "paid_amount", "grande demais"),
        ({"external_id": "", "number": ""}, "external_id", "vazio"),
        ({"due_date": "31/02/2026"}, "due_date", "data não reconhecida"),
        ({"issue_date": "11/12/2026"}, "issue_date", "emissão depois do vencimento"),
        ({"issue_date": ""}, "issue_date", "vazio"),
        ({"amount": "dez"}, "amount", "valor não reconhecido"),
        ({"amount": ""}, "amount", "vazio"),
        ({"amount": "0,00"}, "amount", "zero ou negativo"),
        ({"document": "123"}, "document", "inválido"),
        ({"customer_id": "", "document": "", "customer_name": ""}, "customer_id", "sem cliente"),
        ({"boleto_line": "123"}, "boleto_line", "fora do contrato"),
        ({"pix_copy_paste": "abc"}, "pix_copy_paste", "fora do contrato"),
        ({"payment_url": "javascript:x"}, "payment_url", "fora do contrato"),
        ({"external_id": "x" * 121}, "external_id", "fora do contrato"),
        ({"customer_name": "x" * 201}, "customer_name", "fora do contrato"),
        ({"due_date": "10/12/2150"}, "due_date", "fora do contrato"),
        ({"status": "talvez"}, "status", "situação desconhecida"),
        ({"status": "aberto", "paid_on": "02/11/2026"}, "paid_on", "em aberto"),
        ({"status": "pago"}, "paid_on", "vazio"),
        ({"status": "pago", "paid_on": "31/10/2026"}, "paid_on", "anterior à emissão"),
        ({"status": "pago", "paid_on": "15/11/2026"}, "paid_on", "no futuro"),
        ({"status": "pago", "paid_on": "02/11/2026", "paid_amount": "x"}, "paid_amount", "valor"),
    ],
)
def test_a_bad_cell_refuses_its_row_by_column(cells: dict[str, str], column: str, why: str) -> None:
    with pytest.raises(BadRow) as refused:
        read(**cells)
    problem = refused.value.problems[0]
    assert problem.path == f"col {column}"
    assert why in problem.reason


@pytest.mark.parametrize(
    ("cells", "column", "why"),
    [
        ({"uf": "XX"}, "uf", "UF desconhecida"),
        ({"email": "maria"}, "email", "e-mail inválido"),
        ({"email": "a@b..com"}, "email", "não serve"),
        ({"phone": "123"}, "phone", "telefone não reconhecido"),
        ({"phone": "(11) 8765-4321"}, "phone", "não serve"),
    ],
)
def test_a_cell_that_a_row_can_do_without_is_told(
    cells: dict[str, str], column: str, why: str
) -> None:
    row = read(**cells)
    (warning,) = row.warnings
    assert warning.path == f"col {column}"
    assert why in warning.reason


@pytest.mark.parametrize(
    ("cells", "is_totals"),
    [
        ({"due_date": "", "customer_name": "TOTAL GERAL"}, True),
        ({"due_date": "", "external_id": "", "number": "", "customer_id": ""}, True),
        ({"customer_name": "Total Ltda"}, False),
    ],
)
def test_lines_of_totals_are_no_invoices(cells: dict[str, str], is_totals: bool) -> None:  # noqa: FBT001 - a table
    if not is_totals:
        assert read(**cells).customer.name == "Total Ltda"
        return
    with pytest.raises(TotalsRow):
        read(**cells)


def test_a_customer_is_named_by_id_else_document_else_name() -> None:
    assert read("customer_id").customer.external_id == "52998224725"
    assert read("customer_id document").customer.external_id == "MARIA_DA_SILVA"
    assert read("customer_id document").customer.document == ""
    assert read("customer_name").customer.name == "cli-1"


def test_companies_are_known_by_their_document_unless_the_mapping_says() -> None:
    assert read(document="11.222.333/0001-81").customer.kind is CustomerKind.COMPANY
    person = read(mapping={"kind": "person"}, document="11.222.333/0001-81")
    assert person.customer.kind is CustomerKind.PERSON


def test_what_status_and_payment_say_of_an_invoice() -> None:
    paid = read(status="Pago", paid_on="02/11/2026")
    assert (paid.paid, paid.paid_on) == (Money(123456), date(2026, 11, 2))
    assert paid.settles_at == datetime(2026, 11, 2, 15, tzinfo=UTC)
    part = read("status", paid_on="02/11/2026", paid_amount="1.000,00")
    assert (part.paid, part.invoice.rebate) == (Money(100000), ZERO)
    abated = read(
        mapping={"short_payment": "settles"},
        status="pago",
        paid_on="02/11/2026",
        paid_amount="1.000,00",
    )
    assert (abated.paid, abated.invoice.rebate) == (Money(100000), Money(23456))
    gone = read(status="Protestado", paid_on="02/11/2026")
    assert (gone.withdrawn, gone.paid) == ("enviado a protesto", ZERO)
    assert read(status="Em aberto").withdrawn is None


def test_codes_defaults_and_dates_of_a_mapping() -> None:
    mapping: dict[str, object] = {
        "status": {"read": "code", "paid": ["0"], "withdrawn": {"5": "a pedido"}},
        "date_formats": ["%m/%d/%Y"],
        "defaults": {"uf": "RJ"},
    }
    row = read(
        mapping=mapping,
        status="0 - Baixa integral",
        paid_on="11/02/2026",
        issue_date="11/01/2026",
        due_date="12/10/2026",
        uf="-",
    )
    assert (row.paid_on, row.customer.uf) == (date(2026, 11, 2), "RJ")


def test_without_a_date_of_issue_it_is_thirty_days_before() -> None:
    assert read("issue_date").invoice.issue_date == date(2026, 11, 10)


def test_a_mapping_says_every_wrong_key() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_mapping({"columns": {"vencimento": "x"}, "decimal": ";", "outra": 1})
    assert {p.path for p in refused.value.problems} >= {"mapping.decimal", "mapping.outra"}
    with pytest.raises(InvalidInput, match="unknown fields"):
        read_mapping({"columns": {"vencimento": "x"}})
    assert ImportMapping(columns={}).misspelt() == []


def test_what_is_taken_off_stays_while_it_fits() -> None:
    tiers = (DiscountTier(DUE, amount=Money(100)),)
    known = any_invoice(rebate=Money(1000), discounts=tiers)
    same = merged_invoice(known, any_invoice(), {"number"})
    assert (same.rebate, same.discounts) == (Money(1000), tiers)
    other = merged_invoice(known, any_invoice(amount=Money(2000)), {"number"})
    assert (other.rebate, other.discounts) == (Money(1000), ())
    small = merged_invoice(known, any_invoice(amount=Money(900)), {"number"})
    assert small.rebate == ZERO
