"""The question before the page: what is asked, what is an answer, which is right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.document_digits import LENGTH, asked_of, is_right, kind_of, read_typed
from regua.domain.tax_ids import document_check_digit, is_cpf

CPF, CNPJ, LETTERS = "52998224725", "11222333000181", "12ABC34501DE35"


@pytest.mark.parametrize(
    ("document", "asked"),
    [(CPF, "4725"), (CNPJ, "2333"), (LETTERS, "C345"), ("", None), ("1" * 11, None)],
)
def test_four_characters_are_asked_for(document: str, asked: str | None) -> None:
    assert asked_of(document) == asked
    assert (kind_of(document) is None) is (asked is None)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("4725", "4725"),
        (" 47-25 ", "4725"),
        ("47 25", "4725"),
        ("c345", "C345"),
        ("472", None),
        ("47255", None),
        ("", None),
        ("47_5", None),
        ("٤٧٢٥", None),
        ("4725" + " " * 40, None),
        ("47\n25", None),
    ],
)
def test_what_is_typed_is_read_without_separators_or_is_no_answer(
    typed: str, read: str | None
) -> None:
    assert read_typed(typed) == read


@given(st.text(max_size=30))
def test_any_text_is_read(text: str) -> None:
    read = read_typed(text)
    assert read is None or (len(read) == LENGTH and read.isascii())


@given(st.from_regex(r"[0-9]{4}", fullmatch=True))
def test_only_the_right_answer_is_right(typed: str) -> None:
    assert is_right(typed, CPF) is (typed == "4725")
    assert not is_right(typed, "")


def cpf(body: int, region: int) -> str:
    first_nine = f"{body:08d}{region}"
    first = document_check_digit(first_nine, 11)
    return first_nine + first + document_check_digit(first_nine + first, 11)


def test_a_thousand_guesses_are_left_to_who_knows_the_state() -> None:
    """Counted over many documents of one region: three digits would leave a hundred."""
    documents = [cpf(body, 8) for body in range(10_000_000, 10_010_000)]
    assert all(map(is_cpf, documents))
    assert len({d[-3:] for d in documents}) == 100
    assert len({asked_of(d) for d in documents}) == 1000
