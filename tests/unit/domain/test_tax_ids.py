import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.br import cnpj, cpf
from validate_docbr import CNPJ, CPF

from regua.domain.tax_ids import RULES, document_check_digit, is_cnpj, is_cpf, is_tax_id, normalise
from tests.shared_data import shared_data_path

DIGITS = "0123456789"
ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
digits = st.text(DIGITS, min_size=11, max_size=11)
roots = st.text(ALPHANUMERIC, min_size=12, max_size=12)
MISLABELLED = {"8C7FGYLBVHBH02"}
"""Marked invalid in the reference, a mutation that keeps the sum modulo 11: all three agree."""


def _with_check_digits_of_cpf(root: str) -> str:
    return root + cpf._calc_check_digits(root)


def _with_check_digits_of_cnpj(root: str) -> str:
    return root + cnpj.calc_check_digits(root)


@given(st.text(DIGITS, min_size=9, max_size=9))
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
def test_validity_of_a_cpf_agrees_with_two_independent_libraries(text: str) -> None:
    assume(len(set(text)) > 1)
    assert is_cpf(text) == cpf.is_valid(text) == CPF().validate(text)


@given(st.text(DIGITS, min_size=9, max_size=9), st.integers(0, 9), st.integers(0, 9))
def test_right_and_wrong_check_digits_of_a_cpf_agree_with_two_independent_libraries(
    root: str, first: int, second: int
) -> None:
    assume(len(set(root)) > 1)
    for text in (f"{root}{first}{second}", _with_check_digits_of_cpf(root)):
        assert is_cpf(text) == cpf.is_valid(text) == CPF().validate(text)


@given(roots, st.text(DIGITS, min_size=2, max_size=2))
def test_validity_of_a_cnpj_agrees_with_two_independent_libraries(root: str, check: str) -> None:
    assume(len(set(root)) > 1)
    for text in (root + check, _with_check_digits_of_cnpj(root)):
        assert is_cnpj(text) == cnpj.is_valid(text) == CNPJ().validate(text)


@given(roots, st.integers(0, 11), st.sampled_from(ALPHANUMERIC))
def test_a_changed_character_is_missed_where_it_weighs_alike_modulo_11(
    root: str, place: int, to: str
) -> None:
    """The blind spot of letters: 0, F and Q weigh the same, and so do 6, A, L and W."""
    assume(len(set(root)) > 1)
    whole = _with_check_digits_of_cnpj(root)
    changed = whole[:place] + to + whole[place + 1 :]
    if (ord(whole[place]) - ord(to)) % 11 == 0:
        assert is_cnpj(changed)
    else:
        assert is_cnpj(changed) == cnpj.is_valid(changed)


def _rows(group: str, field: str) -> list[tuple[str, bool]]:
    known = json.loads(shared_data_path("cpf_cnpj.json").read_text())
    return [(row[field], row.get("valid", row["brutils"])) for row in known[group]]


@pytest.mark.shared_data
def test_the_reference_documents() -> None:
    """Unlabelled rows are spellings; the strictest of three libraries says which is canonical."""
    rows = _rows("cnpj", "cnpj") + _rows("cnpj_negative_or_format", "cnpj")
    assert len(rows) == 65
    for text, is_valid in rows:
        assert is_cnpj(text) is (is_valid or text in MISLABELLED), text
    for text in MISLABELLED:
        assert cnpj.is_valid(text)
        assert CNPJ().validate(text)
        assert (text, False) in rows
    people = _rows("cpf", "cpf")
    assert len(people) == 27
    for text, is_valid in people:
        assert is_cpf(text) is is_valid, text


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
    "text",
    ["\uff15\uff12\uff1998224725", "12ÁBC34501DE35", "5299822472\uff15", "", "52998224725\n"],
)
def test_only_ascii_is_read(text: str) -> None:
    assert normalise(text) == text
    assert not is_tax_id(normalise(text))


@pytest.mark.parametrize("body", ["\uff11\uff12345678\u0669", "\uff11\uff12345678\uff10001"])
def test_check_digits_that_fit_other_scripts_make_no_document(body: str) -> None:
    heaviest = 11 if len(body) == 9 else 9
    first = document_check_digit(body, heaviest)
    assert not is_tax_id(body + first + document_check_digit(body + first, heaviest))


@pytest.mark.parametrize("character", "0123456789A")
def test_a_repeated_character_is_nobody(character: str) -> None:
    assert not is_tax_id(character * 11)
    assert not is_tax_id(character * 14)


@pytest.mark.parametrize(
    ("text", "accepts", "why"),
    [
        ("11111111111", cpf.is_valid, "python-stdnum has no rule against repeated digits"),
        ("1234567890", CPF().validate, "validate-docbr gives back a leading zero"),
        ("12abc34501de35", cnpj.is_valid, "python-stdnum and validate-docbr make capitals"),
        (
            "\uff11\uff12ABC34501DE35",
            cnpj.is_valid,
            "python-stdnum converts digits of other scripts",
        ),
    ],
)
def test_where_we_are_stricter_than_the_libraries(text: str, accepts: object, why: str) -> None:
    assert callable(accepts)
    assert accepts(text), f"{why} no longer: the note is out of date"
    assert not is_tax_id(text), why


@given(st.text(max_size=40))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    assert is_tax_id(normalise(text)) in {True, False}


def test_the_check_digit_is_zero_where_the_sum_leaves_ten_or_eleven() -> None:
    digit = {root: document_check_digit(f"{root:09d}", 11) for root in range(12)}
    assert (digit[0], digit[5]) == ("0", "1")
    assert set(digit.values()) <= set(DIGITS)


def test_rules_are_named_once() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert all(code.startswith("tax_id.") for code in codes)
