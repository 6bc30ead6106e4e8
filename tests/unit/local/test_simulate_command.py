"""`regua simulate`: every row of the file is accounted for, and the numbers come out everywhere."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from local.cli import main
from local.commands import simulate
from local.demo.portfolio import RowProblem, read_portfolio
from local.open_invoices import OpenInvoices
from regua.domain.account import Account
from regua.domain.customer import CustomerKind
from regua.domain.imports.dialect import UnreadableFileError

HEADER = "Número;ID cliente;CPF/CNPJ;E-mail;Telefone;UF;Emissão;Vencimento;Valor"
ANA = "cli-ana;529.982.247-25;ana@cliente.example.com.br;(11) 98765-4321;SP"
SOL = "cli-sol;11.222.333/0001-81;sol@cliente.example.com.br;;RJ"
ROWS = (
    f"F-1;{ANA};10/10/2026;10/11/2026;149,90",
    f"F-2;{SOL};20/10/2026;20/11/2026;1.149,90",
    f"F-3;{ANA};10/10/2026;10/11/2026;50,00",
)
FROM = ("--from", "2026-11-02")

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REGUA_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
        path = tmp_path / "carteira.csv"
        path.write_text("\n".join((header, *rows)) + "\n", encoding=encoding)
        return path

    return write


def simulated(path: Path, *options: str) -> Mapping[str, Any]:
    """Run the command and return its JSON."""
    out = path.parent / "out.json"
    assert main(["simulate", str(path), *FROM, "--json", str(out), *options]) == 0
    found: Mapping[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True)
class Read:
    accounts: Mapping[str, Account]
    problems: Mapping[int, tuple[RowProblem, bool]]
    counts: Any


def read(path: Path, mapping: Path | None = None) -> Read:
    problems: dict[int, tuple[RowProblem, bool]] = {}

    def note(problem: RowProblem, is_rejected: bool) -> None:  # noqa: FBT001 - the reader's call
        problems[problem.line] = (problem, is_rejected)

    with OpenInvoices(path, mapping_file=mapping, on_problem=note) as opened:
        accounts = {account.customer_id: account for account in opened.accounts()}
    return Read({str(k): v for k, v in accounts.items()}, problems, opened.counts)


# ── the command ────────────────────────────────────────────────────────────────────────────────


def test_our_ruler_on_a_file_by_hand(write: Write) -> None:
    """9, 10 and 13 November for Ana's two invoices together; the 17th for Ana and for Sol."""
    found = simulated(write(*ROWS), "--days", "16")
    assert {d["day"]: d["contacts"] for d in found["by_day"]} == {
        "2026-11-09": 1,
        "2026-11-10": 1,
        "2026-11-13": 1,
        "2026-11-17": 2,
    }
    assert (found["accounts"], found["invoices"], found["accounts_contacted"]) == (2, 3, 2)


def test_a_candidate_is_compared_with_our_ruler(write: Write, tmp_path: Path) -> None:
    ruler = tmp_path / "uma-vez.yaml"
    ruler.write_text(
        "name: uma-vez\nsteps: [{id: v, offset_days: 3, channels: [sms, email], template: vencida}]"
    )
    found = simulated(write(*ROWS), "--ruler", str(ruler), "--days", "16")
    assert found["current"]["by_channel"] == {"email": 5}
    assert found["candidate"]["by_channel"] == {"sms": 1}
    assert found["difference"]["by_channel"] == {"email": -5, "sms": 1}


def test_against_names_the_current_ruler(write: Write, tmp_path: Path) -> None:
    ruler = tmp_path / "r.yaml"
    ruler.write_text(
        "name: sms\nsteps: [{id: v, offset_days: 3, channels: [sms, email], template: vencida}]"
    )
    both = ("--ruler", str(ruler), "--against", str(ruler))
    assert simulated(write(*ROWS), *both)["difference"]["contacts"] == 0


def test_only_the_channels_in_use_are_planned(write: Write, tmp_path: Path) -> None:
    ruler = tmp_path / "r.yaml"
    ruler.write_text(
        "name: sms\nsteps: [{id: v, offset_days: 3, channels: [sms, email], template: vencida}]"
    )
    options = ("--against", str(ruler), "--channels", "email, whatsapp", "--days", "30")
    assert simulated(write(*ROWS), *options)["by_channel"] == {"email": 2}


def test_the_users_prices_count(write: Write, tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text('email: 0.5\nsms: "9.25"')
    found = simulated(write(*ROWS), "--days", "16", "--prices", str(prices))
    assert found["cost_centavos"] == "2.5"
    assert found["price_centavos"]["sms"] == "9.25"


def test_who_gets_what_is_a_file_of_ids(write: Write, tmp_path: Path) -> None:
    who = tmp_path / "quem.csv"
    simulated(write(*ROWS), "--days", "8", "--who", str(who))
    text = who.read_text(encoding="utf-8-sig")
    assert list(csv.reader(text.splitlines(), delimiter=";")) == [
        ["data", "hora", "canal", "passo", "cliente", "faturas"],
        ["2026-11-09", "09:00", "email", "lembrete", "cli-ana", "F-1 | F-3"],
    ]
    assert "example.com" not in text


def test_the_calendar_is_a_picture(write: Write, tmp_path: Path) -> None:
    svg = tmp_path / "new" / "calendar.svg"
    simulated(write(*ROWS), "--days", "16", "--svg", str(svg))
    root = ET.fromstring(svg.read_text(encoding="utf-8"))  # noqa: S314 - ours
    told = [t.text or "" for t in root.iter("{http://www.w3.org/2000/svg}title")]
    assert "17/11/2026: 2 contatos (E-mail 2)" in told


def test_people_see_tables(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    simulated(write(*ROWS), "--days", "16")
    said = capsys.readouterr().out
    for expected in (
        "3 linhas lidas",
        "3 em aberto",
        "De 02/11/2026 a 17/11/2026",
        "2 de 2",
        "vencida-3",
        "Ninguém paga durante a simulação",
    ):
        assert expected in said


def test_a_bad_row_is_told_kept_and_answered_with_1(
    write: Write, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(*ROWS, f"F-4;{SOL};10/10/2026;31/02/2026;1,00")
    assert main(["simulate", str(path), *FROM]) == 1
    said = capsys.readouterr().out
    assert "linha 5, coluna Vencimento: data não reconhecida" in said
    assert "1 rejeitadas" in said
    kept = (state / "simulate" / "carteira.problemas.csv").read_text(encoding="utf-8-sig")
    assert kept.splitlines()[1].startswith("5;Vencimento;data não reconhecida")


@pytest.mark.parametrize(
    ("options", "content", "said"),
    [
        (("--days", "0"), "", "days: is not between 1 and 730"),
        (("--seen", "101"), "", "seen_percent: is not between 0 and 100"),
        (("--prices", "FILE"), "email: caro", "email is no price in centavos"),
        (("--prices", "FILE"), "email: -1", "email is no price in centavos"),
        (("--prices", "FILE"), "pombo: 1", "no such channel: pombo"),
        (("--prices", "FILE"), "caro", "is no table of prices"),
        (("--ruler", "FILE"), "name: x", "is not a valid ruler"),
        (("--ruler", "nenhum.yaml"), "", "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    write: Write,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, str],
    content: str,
    said: str,
) -> None:
    path = write(*ROWS)
    document = path.with_suffix(".yaml")
    document.write_text(content)
    chosen = [str(document) if o == "FILE" else o for o in options]
    assert main(["simulate", str(path), *FROM, *chosen]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("options", [("--channels", "pombo"), ("--from", "hoje")])
def test_a_word_that_is_no_option_is_refused(write: Write, options: tuple[str, str]) -> None:
    with pytest.raises(SystemExit):
        main(["simulate", str(write(*ROWS)), *options])


def test_a_file_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(tmp_path / "nada.csv"), *FROM]) == 1
    assert "não consegui ler" in capsys.readouterr().err


def test_progress_is_a_bar_on_a_terminal_and_lines_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(simulate, "_PLAIN_EVERY", 2000)
    said = {}
    for is_terminal in (True, False):
        out = io.StringIO()
        screen = Console(file=out, force_terminal=is_terminal, width=100)
        with simulate._progress(screen, "lendo", 5000) as on_rows:
            for _ in range(5):
                on_rows(1000)
        said[is_terminal] = out.getvalue()
    assert "5000/5000" in said[True]
    assert said[False].splitlines() == [
        "  lendo: 2000 de 5000 linhas",
        "  lendo: 4000 de 5000 linhas",
    ]


# ── reading ────────────────────────────────────────────────────────────────────────────────────


def test_rows_of_one_customer_are_one_account_wherever_they_stand(write: Write) -> None:
    between = [f"G-{n};cli-{n};529.982.247-25;;;SP;10/10/2026;10/11/2026;1,00" for n in range(200)]
    found = read(write(ROWS[0], *between, ROWS[2]))
    assert found.accounts["cli-ana"].invoices.keys() == {"F-1", "F-3"}
    assert len(found.accounts) == 201


def test_without_an_id_the_document_says_who_it_is_however_it_is_written(write: Write) -> None:
    header = "Número;CPF;Vencimento;Valor"
    found = read(
        write(
            "F-1;529.982.247-25;10/11/2026;1,00", "F-2;52998224725;10/11/2026;1,00", header=header
        )
    )
    assert [a.invoices.keys() for a in found.accounts.values()] == [{"F-1", "F-2"}]


def test_later_rows_fill_what_the_first_one_lacks(write: Write) -> None:
    first = "F-0;cli-ana;529.982.247-25;;;;10/10/2026;10/11/2026;1,00"
    customer = read(write(first, ROWS[0])).accounts["cli-ana"].customer
    assert customer is not None
    assert (customer.emails, customer.phones, customer.uf) == (
        ("ana@cliente.example.com.br",),
        ("+5511987654321",),
        "SP",
    )


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (f"F-9;{SOL};10/10/2026;;1,00", "Vencimento", "vazio"),
        (f"F-9;{SOL};10/10/2026;10/11/2026;", "Valor", "vazio"),
        (f"F-9;{SOL};10/10/2026;10/11/2026;0,00", "Valor", "valor zero ou negativo"),
        (f"F-9;{SOL};10/10/2026;10/11/2026;1,005", "Valor", "mais de duas casas"),
        (f"F-9;{SOL};10/12/2026;10/11/2026;1,00", "Emissão", "emissão depois do vencimento"),
        (f";{SOL};10/10/2026;10/11/2026;1,00", "external_id", "vazio"),
        (f"{'9' * 121};{SOL};10/10/2026;10/11/2026;1,00", "external_id", "mais de 120"),
        ("F-9;c;11.222.333/0001-82;;;SP;10/10/2026;10/11/2026;1,00", "CPF/CNPJ", "inválido"),
        ("F-9;;;;;SP;10/10/2026;10/11/2026;1,00", "ID cliente", "vazio"),
        (f"F-1;{SOL};10/10/2026;10/11/2026;1,00", "Número", "repete o título da linha 2"),
    ],
)
def test_a_bad_row_costs_one_row_and_is_told(
    write: Write, row: str, column: str, reason: str
) -> None:
    found = read(write(*ROWS, row))
    problem, is_rejected = found.problems[5]
    assert (problem.column, is_rejected) == (column, True)
    assert reason in problem.reason
    assert (found.counts.rows, found.counts.open, found.counts.rejected) == (4, 3, 1)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("F-9;c;529.982.247-25;sem arroba;;SP;10/10/2026;10/11/2026;1,00", "E-mail"),
        ("F-9;c;529.982.247-25;;123;SP;10/10/2026;10/11/2026;1,00", "Telefone"),
        ("F-9;c;529.982.247-25;;;XX;10/10/2026;10/11/2026;1,00", "UF"),
    ],
)
def test_a_bad_address_costs_one_cell_and_is_told(write: Write, row: str, column: str) -> None:
    found = read(write(*ROWS, row))
    assert (found.problems[5][0].column, found.problems[5][1]) == (column, False)
    assert (found.counts.open, found.counts.rejected, found.counts.warnings) == (4, 0, 1)


def test_a_line_of_totals_is_no_invoice(write: Write) -> None:
    found = read(write(*ROWS, ";Total;;;;;;;1.349,80"))
    assert (found.counts.totals, found.counts.rejected, found.counts.open) == (1, 0, 3)
    assert found.problems[5][0].reason == "linha de total"


STATUS = "Número;ID cliente;Vencimento;Valor;Situação;Data pagamento;Valor pago"


@pytest.mark.parametrize(
    ("cells", "open_centavos"),
    [
        ("aberto;;", 10000),
        (";;", 10000),
        ("pago;05/11/2026;", None),
        ("pago;05/11/2026;100,00", None),
        ("pago;05/11/2026;40,00", 6000),
        ("cancelado;05/11/2026;", None),
    ],
)
def test_what_is_paid_or_withdrawn_is_left_out(
    write: Write, tmp_path: Path, cells: str, open_centavos: int | None
) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "name: teste\n"
        "columns: {number: Número, customer_id: ID cliente, due_date: Vencimento, amount: Valor,\n"
        "  status: Situação, paid_on: Data pagamento, paid_amount: Valor pago}\n"
        "status: {paid: [pago], open: [aberto], withdrawn: {cancelado: cancelada}}\n"
    )
    found = read(write(f"F-1;c;10/11/2026;100,00;{cells}", header=STATUS), mapping)
    balances = [i.balance.centavos for a in found.accounts.values() for i in a.invoices.values()]
    assert balances == ([] if open_centavos is None else [open_centavos])
    assert found.counts.open + found.counts.closed == 1


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("sei lá;;", "Situação"),
        ("aberto;05/11/2026;", "Data pagamento"),
        ("pago;;", "Data pagamento"),
        ("pago;05/11/2020;", "Data pagamento"),
        ("pago;05/11/2026;x", "Valor pago"),
    ],
)
def test_a_standing_that_makes_no_sense_is_told(
    write: Write, tmp_path: Path, cells: str, column: str
) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "name: teste\n"
        "columns: {number: Número, customer_id: ID cliente, due_date: Vencimento, amount: Valor,\n"
        "  status: Situação, paid_on: Data pagamento, paid_amount: Valor pago}\n"
        "status: {paid: [pago], open: [aberto]}\n"
    )
    found = read(write(f"F-1;c;10/11/2026;100,00;{cells}", header=STATUS), mapping)
    assert found.problems[2][0].column == column
    assert found.counts.rejected == 1


def test_a_document_tells_a_person_from_a_company(write: Write) -> None:
    kinds = {k: a.customer and a.customer.kind for k, a in read(write(*ROWS)).accounts.items()}
    assert kinds == {"cli-ana": CustomerKind.PERSON, "cli-sol": CustomerKind.COMPANY}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_encoding_of_the_demo_is_read(write: Write, encoding: str) -> None:
    assert read(write(*ROWS, encoding=encoding)).counts.open == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "colunas"),
        (b"a;b\n", "sem coluna para"),
        ("Número;ID cliente;Vencimento;Valor\n".encode(), "não tem linhas"),
        (b"PK\x03\x04\x00\x00;;", "não é texto"),
        (b'N\xfamero;Vencimento;Valor\n1;2;"' + b"x" * 200_000, "sem coluna"),
        (b'Numero;Cliente;Vencimento;Valor\n1;a;2;"' + b"x" * 200_000, "não é texto delimitado"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=said):
        OpenInvoices(path)


@pytest.mark.parametrize("name", ["Romã", "Bia Sá"])
def test_a_file_cut_inside_a_letter_is_read_like_the_demo_does(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.csv"
    text = f"Vencimento;Valor;Numero;Cliente\n10/11/2026;1,00;F-1;{name}"
    path.write_bytes(text.encode()[:-1])
    assert read(path).accounts.keys() == read_portfolio(path).portfolio.customers.keys()


def test_how_far_the_first_pass_has_come_is_told(write: Write) -> None:
    told: list[int] = []
    rows = [f"G-{n};c-{n};529.982.247-25;;;SP;10/10/2026;10/11/2026;1,00" for n in range(2500)]
    with OpenInvoices(write(*rows), on_rows=told.append) as opened:
        assert (told, opened.counts.rows) == ([1000, 1000], 2500)
        assert sum(len(a.invoices) for a in opened.accounts()) == 2500


def test_many_bad_rows_are_all_written_down_and_some_shown(
    write: Write, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = [f"B-{n};c;529.982.247-25;;;SP;10/10/2026;x;1,00" for n in range(25)]
    assert main(["simulate", str(write(*ROWS, *bad)), *FROM, "--days", "3"]) == 1
    assert "… e mais 5." in capsys.readouterr().out
    kept = (state / "simulate" / "carteira.problemas.csv").read_text(encoding="utf-8-sig")
    lines = [int(line.partition(";")[0]) for line in kept.splitlines()[1:]]
    assert lines == list(range(5, 30))


@pytest.mark.parametrize("option", ["--json", "--svg", "--who"])
def test_what_cannot_be_written_is_said(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    assert main(["simulate", str(write(*ROWS)), *FROM, "--days", "3", option, str(tmp_path)]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_nothing_is_left_on_disk(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piles = tmp_path / "piles"
    piles.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(piles))
    with OpenInvoices(write(*ROWS)) as opened:
        assert list(piles.iterdir())
        list(opened.accounts())
    assert not list(piles.iterdir())
    with pytest.raises(UnreadableFileError):
        OpenInvoices(write("x", header="a;b"))
    assert not list(piles.iterdir())


documents = ("529.982.247-25", "11.222.333/0001-81", "123", "")
rows = st.tuples(
    st.integers(1, 6).map(lambda n: f"F-{n}"),
    st.sampled_from(("cli-1", "cli-2", "cli-3")),
    st.sampled_from(documents),
    st.sampled_from(("a@cliente.example.com.br", "sem arroba", "")),
    st.sampled_from(("(11) 98765-4321", "12", "")),
    st.sampled_from(("SP", "AC", "??", "")),
    st.sampled_from(("10/10/2026", "2026-10-10", "10/12/2026", "x", "")),
    st.sampled_from(("10/11/2026", "2026-11-20", "31/02/2026", "")),
    st.sampled_from(("1,00", "1.234,56", "0,00", "R$ 5,00", "x", "")),
).map(";".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(rows, min_size=1, max_size=8, unique_by=lambda row: row[:3]))
def test_the_demos_reader_finds_the_same_invoices(write: Write, lines: list[str]) -> None:
    """The demo reads with other code, row by row through the contract of events."""
    path = write(*lines)
    found = read(path)
    counts = found.counts
    assert counts.rows == counts.open + counts.closed + counts.totals + counts.rejected
    try:
        expected = read_portfolio(path)
    except UnreadableFileError:
        assert counts.open == 0
        return
    assert {p.line for p, is_rejected in found.problems.values() if is_rejected} == {
        p.line for p in (*expected.rejected, *expected.totals_rows)
    }
    assert _described(found.accounts) == {
        (i.external_id, i.customer_id, i.issue_date, i.due_date, i.amount_centavos)
        for i in expected.portfolio.invoices
    }
    for key, account in found.accounts.items():
        customer, known = account.customer, expected.portfolio.customers[key]
        assert customer is not None
        assert (customer.emails, customer.phones) == (known.emails, known.phones)
        assert customer.kind.value == known.kind


def _described(accounts: Mapping[str, Account]) -> set[tuple[str, str, date, date, int]]:
    return {
        (i.external_id, i.customer_id, i.issue_date, i.due_date, i.amount.centavos)
        for account in accounts.values()
        for i in account.invoices.values()
    }
