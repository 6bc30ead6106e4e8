import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.br import cnpj, cpf

from regua.domain.tax_ids import is_cnpj, is_cpf, is_tax_id, normalise
from tests.shared_data import shared_data_path

digits = st.text("0123456789", min_size=11, max_size=11)
ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
roots = st.text(ALPHANUMERIC, min_size=12, max_size=12)


def _with_check_digits_of_cpf(root: str) -> str:
    return root + cpf._calc_check_digits(root)


def _with_check_digits_of_cnpj(root: str) -> str:
    return root + cnpj.calc_check_digits(root)


@given(st.text("0123456789", min_size=9, max_size=9))
def test_a_cpf_that_an_independent_library_completes_is_valid(root: str) -> None:
    assume(len(set(root)) > 1)
    assert is_cpf(_with_check_digits_of_cpf(root))


@given(roots)
def test_a_cnpj_that_an_independent_library_completes_is_valid(root: str) -> None:
    assume(len(set(root)) > 1)
    whole = _with_check_digits_of_cnpj(root)
    assert is_cnpj(whole)
    assert is_tax_id(whole)


@given(digits)
def test_validity_of_a_cpf_agrees_with_an_independent_library(text: str) -> None:
    assume(len(set(text)) > 1)
    assert is_cpf(text) == cpf.is_valid(text)


@given(roots, st.text("0123456789", min_size=2, max_size=2))
def test_validity_of_a_cnpj_agrees_with_an_independent_library(root: str, check: str) -> None:
    assume(len(set(root)) > 1)
    assert is_cnpj(root + check) == cnpj.is_valid(root + check)


@pytest.mark.shared_data
def test_the_reference_documents() -> None:
    """The strictest of three libraries says what the canonical form admits."""
    known = json.loads(shared_data_path("cpf_cnpj.json").read_text())
    for row in known["cnpj"] + known["cnpj_negative_or_format"]:
        assert is_cnpj(row["cnpj"]) is row["brutils"], row
    for row in known["cpf"]:
        assert is_cpf(row["cpf"]) is row["brutils"], row


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("529.982.247-25", "52998224725"),
        ("12.abc.345/01de-35", "12ABC34501DE35"),
        (" 11.222.333/0001-81 ", "11222333000181"),
    ],
)
def test_the_usual_spellings_have_one_canonical_form(written: str, canonical: str) -> None:
    assert normalise(written) == canonical
    assert is_tax_id(canonical)


@pytest.mark.parametrize(
    "text", ["\uff15\uff12\uff1998224725", "12ÁBC34501DE35", "5299822472\uff15", ""]
)
def test_only_ascii_is_read(text: str) -> None:
    assert normalise(text) == text
    assert not is_tax_id(normalise(text))


@pytest.mark.parametrize("character", "0123456789A")
def test_a_repeated_character_is_nobody(character: str) -> None:
    assert not is_tax_id(character * 11)
    assert not is_tax_id(character * 14)
