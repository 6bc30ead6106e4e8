"""What Brazilian systems call their columns, and how files are written."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.domain.errors import InvalidInput
from regua.domain.imports.cells import (
    COMMA,
    DOT,
    UnreadableCellError,
    day,
    document,
    emails,
    money,
    phones,
)
from regua.domain.imports.columns import (
    ALIASES,
    FIELDS,
    as_id,
    plain,
    require,
    usual_columns,
)
from regua.domain.imports.dialect import (
    Dialect,
    UnreadableFileError,
    decode,
    guess_decimal_mark,
    guess_delimiter,
)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Nº Título", None),
        ("TÍTULO", "number"),
        ("Nosso Número", "external_id"),
        ("Duplicata", "number"),
        ("Sacado", "customer_name"),
        ("Razão Social", "customer_name"),
        ("CPF/CNPJ", "document"),
        ("cnpj_cpf", "document"),
        ("E-mail", "email"),
        ("Celular", "phone"),
        ("Dt. Emissão", "issue_date"),
        ("DATA DE VENCIMENTO", "due_date"),
        ("Vlr. Nominal", "amount"),
        ("Valor Título", "amount"),
        ("Data Baixa", "paid_on"),
        ("Valor Recebido", "paid_amount"),
        ("Situação", "status"),
        ("Linha Digitável", "boleto_line"),
        ("Pix Copia e Cola", "pix_copy_paste"),
        ("Link de Pagamento", "payment_url"),
    ],
)
def test_usual_names(name: str, field: str | None) -> None:
    found = usual_columns([name])
    assert found == ({} if field is None else {field: name})


def test_the_banks_number_is_an_identity_only_where_there_is_no_other() -> None:
    assert usual_columns(["nosso_numero"]) == {"external_id": "nosso_numero"}
    both = usual_columns(["id_titulo", "nosso_numero"])
    assert both == {"external_id": "id_titulo", "boleto_number": "nosso_numero"}


def test_every_field_has_names_and_no_name_is_two_fields_first_choice() -> None:
    assert set(ALIASES) == set(FIELDS)
    assert all(plain(alias) == alias for names in ALIASES.values() for alias in names.split())


def test_what_is_missing_is_listed_with_what_there_is() -> None:
    with pytest.raises(UnreadableFileError) as refused:
        require({"amount": "x"}, ["valor"])
    said = str(refused.value)
    for text in ("due_date", "external_id (ou number)", "customer_id", "x", "valor"):
        assert text in said
    assert isinstance(refused.value, InvalidInput)


@pytest.mark.parametrize(
    ("cells", "delimiter", "mark"),
    [
        (["1,50", "2,00"], ";", COMMA),
        (["1.50", "2.00"], ";", DOT),
        (["10", "20"], ";", COMMA),
        (["10", "20"], ",", DOT),
        (["1.234,56"], ";", COMMA),
        (["1,234.56"], ",", DOT),
        (["1,50"] * 20 + ["1.50"], ";", COMMA),
    ],
)
def test_a_column_agrees_on_its_mark(cells: list[str], delimiter: str, mark: str) -> None:
    assert guess_decimal_mark(cells, delimiter) == mark


def test_a_column_that_does_not_agree_is_asked_about() -> None:
    with pytest.raises(UnreadableFileError):
        guess_decimal_mark(["1,50", "1.50"], ";")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_usual_encoding(encoding: str) -> None:
    text, found = decode("São;João".encode(encoding))
    assert (text, found) == ("São;João", encoding)
    assert str(Dialect(found, ";")) == f"codificação {encoding}, separador ponto e vírgula"


def test_ids_hold_nothing_that_the_contract_refuses() -> None:
    assert as_id(" A#1\x00% ") == "A_1__"


@given(st.text(max_size=300))
@settings(deadline=None)
def test_any_text_has_a_delimiter_or_none(text: str) -> None:
    with suppress(InvalidInput):
        assert guess_delimiter(text) in ";,\t|"


@given(st.text(max_size=60))
@settings(deadline=None)
def test_any_cell_is_understood_or_told(cell: str) -> None:
    for read in (
        lambda: money(cell, COMMA),
        lambda: money(cell, DOT),
        lambda: day(cell),
        lambda: document(cell),
        lambda: phones(cell),
        lambda: emails(cell),
    ):
        with suppress(UnreadableCellError):
            assert read() is not None
