import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.money import Money
from regua.domain.pix.amounts import AMOUNT, MAX_AMOUNT, read_reais, reais


@given(st.integers(0, MAX_AMOUNT.centavos).map(Money))
def test_what_is_written_has_the_strict_form_and_is_read_back(amount: Money) -> None:
    assert AMOUNT.fullmatch(reais(amount))
    assert read_reais(reais(amount)) == amount


@pytest.mark.parametrize("centavos", [-1, -100, MAX_AMOUNT.centavos + 1])
def test_what_pix_cannot_say_does_not_have_the_strict_form(centavos: int) -> None:
    assert not AMOUNT.fullmatch(reais(Money(centavos)))


@pytest.mark.parametrize(
    ("text", "centavos"),
    [
        ("5", 500),
        ("5.", 500),
        ("5.8", 580),
        ("5,80", 580),
        ("005.80", 580),
        ("1.234", None),
        ("1.234,56", None),
        (".50", None),
        ("", None),
        ("-5.80", None),
        ("5.80\n", None),
        ("\uff15.80", None),
        ("12345678901", None),
    ],
)
def test_other_forms_are_read_where_they_have_one_reading(text: str, centavos: int | None) -> None:
    assert read_reais(text) == (None if centavos is None else Money(centavos))


@given(st.text(max_size=20))
def test_any_text_is_an_amount_or_none(text: str) -> None:
    amount = read_reais(text)
    assert amount is None or amount <= MAX_AMOUNT
