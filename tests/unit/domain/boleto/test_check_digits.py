from hypothesis import given
from hypothesis import strategies as st

from regua.domain.boleto.check_digits import (
    ONE_BECOMES_ZERO,
    ZERO_BECOMES_ONE,
    modulo_10,
    modulo_11,
)
from tests.unit.domain.boleto.vectors import bank_digit, tens, utility_digit

numbers = st.text("0123456789", min_size=1, max_size=48)


@given(numbers)
def test_modulo_10_agrees_with_an_independent_library(digits: str) -> None:
    assert modulo_10(digits) == tens(digits)


@given(numbers)
def test_modulo_11_agrees_with_the_sum_written_out(digits: str) -> None:
    assert modulo_11(digits, ZERO_BECOMES_ONE) == bank_digit(digits)
    assert modulo_11(digits, ONE_BECOMES_ZERO) == utility_digit("8", digits)
