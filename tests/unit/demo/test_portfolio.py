"""Files as Brazilian systems export them: every spelling read, every bad row told, none lost."""

from datetime import date
from pathlib import Path

import pytest

from local.demo.model import Payment, Withdrawal
from local.demo.portfolio import Reading, read_portfolio
from regua.domain.imports.dialect import UnreadableFileError

FIRST = date(2026, 11, 23)
HEADER = (
    "Título;Cliente;CPF/CNPJ;E-mail;Telefone;Emissão;Vencimento;Valor;Data Pagamento;Valor Pago"
)


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "carteira.csv"
    path.write_bytes(text.encode(encoding))
    return path


def row(
    number: str = "1001",
    *,
    document: str = "529.982.247-25",
    phone: str = "(11) 98765-4321",
    issued: str = "01/12/2026",
    due: str = "31/12/2026",
    amount: str = "1.234,56",
    paid: str = ";",
) -> str:
    return (
        f"{number};José Ção;{document};jose@example.com.br;{phone};{issued};{due};{amount};{paid}"
    )


def read(tmp_path: Path, *rows: str, encoding: str = "utf-8") -> Reading:
    path = written(tmp_path, "\r\n".join([HEADER, *rows, ""]), encoding)
    return read_portfolio(path, rejected_folder=tmp_path / "out")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_accents_survive_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    reading = read(tmp_path, row(), encoding=encoding)
    (customer,) = reading.portfolio.customers.values()
    assert customer.name == "José Ção"
    (invoice,) = reading.portfolio.invoices
    assert (invoice.amount_centavos, invoice.due_date) == (123456, date(2026, 12, 31))
    assert customer.phones == ("+5511987654321",)


@pytest.mark.parametrize(
    ("delimiter", "name"),
    [(";", "ponto e vírgula"), (",", "vírgula"), ("\t", "tabulação"), ("|", "barra vertical")],
)
def test_the_delimiter_is_guessed_and_said(tmp_path: Path, delimiter: str, name: str) -> None:
    fields = ["numero", "cliente", "vencimento", "valor"]
    lines = [fields, ["1", "Ana", "31/12/2026", '"1.234,56"'], ["2", "Bia", "30/12/2026", "10"]]
    text = "\n".join(delimiter.join(cells) for cells in lines)
    reading = read_portfolio(written(tmp_path, text))
    assert name in reading.dialect
    assert [i.amount_centavos for i in reading.portfolio.invoices] == [123456, 1000]


@pytest.mark.parametrize(
    ("spelling", "centavos"),
    [
        ("1.234,56", 123456),
        ("R$ 1.234,56", 123456),
        ("R$\u00a01.234,5", 123450),
        ("1234,5", 123450),
        ("1.234", 123400),
        ("12", 1200),
        ("0,01", 1),
        ("1.234.567,89", 123456789),
    ],
)
def test_comma_decimals(tmp_path: Path, spelling: str, centavos: int) -> None:
    reading = read(tmp_path, row(amount=spelling), row("2", amount="9,99"))
    assert reading.portfolio.invoices[0].amount_centavos == centavos


@pytest.mark.parametrize(
    ("spelling", "centavos"),
    [("1234.56", 123456), ("1,234.56", 123456), ("42500.0", 4250000), ("R$ 10.00", 1000)],
)
def test_dot_decimals(tmp_path: Path, spelling: str, centavos: int) -> None:
    reading = read(tmp_path, row(amount=spelling), row("2", amount="9.99"))
    assert reading.portfolio.invoices[0].amount_centavos == centavos


def test_a_column_that_mixes_marks_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="decimal:"):
        read(tmp_path, row(amount="10,50"), row("2", amount="10.50"))


@pytest.mark.parametrize(
    "spelling",
    ["31/12/2026", "31-12-2026", "31.12.2026", "2026-12-31", "2026-12-31 00:00:00", "31/12/26"],
)
def test_dates(tmp_path: Path, spelling: str) -> None:
    reading = read(tmp_path, row(due=spelling))
    assert reading.portfolio.invoices[0].due_date == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("spelling", "document"),
    [
        ("529.982.247-25", "52998224725"),
        ("191", "00000000191"),
        ("191.0", "00000000191"),
        ("11222333000181", "11222333000181"),
        ("12.ABC.345/01DE-35", "12ABC34501DE35"),
        ("12abc34501de35", "12ABC34501DE35"),
    ],
)
def test_documents_get_their_lost_zeros_back(tmp_path: Path, spelling: str, document: str) -> None:
    reading = read(tmp_path, row(document=spelling))
    (customer,) = reading.portfolio.customers.values()
    assert customer.document == document


def test_a_telephone_that_became_a_float_is_read(tmp_path: Path) -> None:
    reading = read(tmp_path, row(phone="11987654321.0"))
    (customer,) = reading.portfolio.customers.values()
    assert customer.phones == ("+5511987654321",)


@pytest.mark.parametrize(
    ("bad", "column", "reason"),
    [
        (row("9", due="31/02/2026"), "Vencimento", "data não reconhecida"),
        (row("9", due=""), "Vencimento", "vazio"),
        (row("9", amount="(1.234,56)"), "Valor", "negativo"),
        (row("9", amount="-10,00"), "Valor", "negativo"),
        (row("9", amount="dez"), "Valor", "valor não reconhecido"),
        (row("9", amount="1,234"), "Valor", "casas decimais"),
        (row("9", document="529.982.247-26"), "CPF/CNPJ", "inválido"),
        (row("9", document="1,12223E+13"), "CPF/CNPJ", "notação científica"),
        (row("9", issued="31/12/2027"), "Emissão", "depois do vencimento"),
        (row("1001"), "Título", "repete o título da linha 2"),
        (row("9", paid="30/11/2026;1,00"), "Data Pagamento", "anterior à emissão"),
        (row("9", paid="30/12/2026;0,00"), "Valor Pago", "zero ou negativo"),
    ],
)
def test_a_bad_row_is_told_with_line_column_and_reason(
    tmp_path: Path, bad: str, column: str, reason: str
) -> None:
    reading = read(tmp_path, row("1001"), bad, row("1003"))
    (problem,) = reading.rejected
    assert (problem.line, problem.column) == (3, column)
    assert reason in problem.reason
    assert [i.external_id for i in reading.portfolio.invoices] == ["1001", "1003"]


def test_an_identity_with_a_mark_of_the_keys_is_told_without_it_and_still_printed_with_it(
    tmp_path: Path,
) -> None:
    (invoice,) = read(tmp_path, row("A#1")).portfolio.invoices
    assert (invoice.external_id, invoice.number) == ("A_1", "A#1")


def test_a_customer_known_by_document_alone_is_one_customer_however_it_is_spelt(
    tmp_path: Path,
) -> None:
    text = "numero;cpf;vencimento;valor\n1;000.000.001-91;31/12/2026;1,00\n2;191;31/12/2026;2,00\n"
    reading = read_portfolio(written(tmp_path, text))
    assert list(reading.portfolio.customers) == ["00000000191"]


def test_an_unknown_state_costs_the_cell_and_not_the_row(tmp_path: Path) -> None:
    text = "numero;cliente;uf;vencimento;valor\n1;Ana;XX;31/12/2026;1,00\n"
    reading = read_portfolio(written(tmp_path, text))
    assert "UF desconhecida" in reading.warnings[0].reason
    assert len(reading.portfolio.invoices) == 1


def test_what_the_system_would_refuse_is_refused_by_line(tmp_path: Path) -> None:
    reading = read(tmp_path, row("1001"), row("9" * 130))
    (problem,) = reading.rejected
    assert problem.line == 3
    assert "contrato" in problem.reason


def test_rejected_rows_are_written_back_with_their_reasons(tmp_path: Path) -> None:
    reading = read(tmp_path, row("1001"), row("9", amount="dez"))
    assert reading.rejected_file is not None
    lines = reading.rejected_file.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("linha;coluna;motivo;Título")
    assert lines[1].startswith("3;Valor;valor não reconhecido: 'dez';9;José Ção")


def test_a_totals_row_is_counted_apart_and_not_an_invoice(tmp_path: Path) -> None:
    reading = read(tmp_path, row(), "Total;;;;;;;1.234,56;;")
    assert len(reading.totals_rows) == 1
    assert reading.rows == 2
    assert not reading.rejected


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    reading = read(tmp_path, row(), row("2", amount="x"), row("3"), "Total geral;;;;;;;9,99;;")
    parts = len(reading.portfolio.invoices) + len(reading.rejected) + len(reading.totals_rows)
    assert parts == reading.rows == 4


def test_an_unusable_telephone_costs_the_cell_and_not_the_row(tmp_path: Path) -> None:
    reading = read(tmp_path, row(phone="123"))
    assert len(reading.portfolio.invoices) == 1
    assert "telefone" in reading.warnings[0].reason


def test_payments_are_events_of_their_day_and_replace_simulation(tmp_path: Path) -> None:
    reading = read(tmp_path, row(paid="30/12/2026;1.234,56"), row("2"))
    portfolio = reading.portfolio
    assert not portfolio.payments_are_simulated
    (payment,) = portfolio.movements
    assert isinstance(payment, Payment)
    assert (payment.paid_at.date(), payment.amount_centavos) == (date(2026, 12, 30), 123456)


def test_a_file_that_does_not_say_who_paid_leaves_it_to_the_simulation(tmp_path: Path) -> None:
    text = "numero;cliente;vencimento;valor\n1;Ana;31/12/2026;10,00\n"
    reading = read_portfolio(written(tmp_path, text))
    assert reading.portfolio.payments_are_simulated
    (customer,) = reading.portfolio.customers.values()
    assert customer.emails, "an address is invented when the file has none"


def test_dates_move_by_whole_weeks_to_the_earliest_day(tmp_path: Path) -> None:
    path = written(tmp_path, "\n".join([HEADER, row(issued="02/05/2024", due="09/05/2024")]))
    portfolio = read_portfolio(path, earliest_day=FIRST).portfolio
    (invoice,) = portfolio.invoices
    assert portfolio.shift_days % 7 == 0
    assert invoice.due_date.weekday() == date(2024, 5, 9).weekday()
    assert FIRST <= portfolio.first_day < date(2026, 11, 30)
    assert (invoice.due_date - portfolio.first_day).days == 5


def test_a_mapping_file_names_columns_words_and_defaults(tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        """
name: meu-erp
delimiter: ","
decimal: "."
date_formats: ["%m/%d/%Y"]
columns: {external_id: Doc, customer_id: Cust, due_date: Due, amount: Amt, paid_on: Cleared,
          status: State}
defaults: {uf: SP}
kind: company
status:
  paid: [CLEARED]
  open: [OPEN]
  withdrawn: {VOID: nota cancelada}
shift: {first_due_to_day: 9}
""",
        encoding="utf-8",
    )
    text = (
        "Doc,Cust,Due,Amt,Cleared,State\n"
        "A,C1,12/31/2026,10.50,01/04/2027,CLEARED\n"
        "B,C1,12/31/2026,20.00,12/30/2026,VOID\n"
        "C,C1,12/31/2026,30.00,,OPEN\n"
        "D,C1,12/31/2026,30.00,,LOST\n"
    )
    reading = read_portfolio(written(tmp_path, text), mapping_file=mapping)
    assert [i.external_id for i in reading.portfolio.invoices] == ["A", "B", "C"]
    assert "situação desconhecida" in reading.rejected[0].reason
    payment, withdrawal = reading.portfolio.movements
    assert isinstance(payment, Payment)
    assert isinstance(withdrawal, Withdrawal)
    assert withdrawal.reason == "nota cancelada"
    (customer,) = reading.portfolio.customers.values()
    assert (customer.uf, customer.kind) == ("SP", "company")


def test_a_misspelt_mapping_is_refused_by_name(tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text("name: x\ncolumns: {valor: Valor}\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="campos desconhecidos valor"):
        read_portfolio(written(tmp_path, HEADER + "\n" + row()), mapping_file=mapping)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "vazio|separadas"),
        ("numero;cliente;valor\n1;Ana;10,00\n", "due_date"),
        ("a;b\n1;2\n", "O arquivo tem: a, b"),
        ("só uma coluna\n1\n", "separadas por"),
        ("numero;cliente;vencimento;valor\n1;Ana;x;10,00\n", "nenhuma linha"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_with_what_to_do(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(UnreadableFileError, match=message):
        read_portfolio(written(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="não consegui ler"):
        read_portfolio(tmp_path / "nada.csv")
