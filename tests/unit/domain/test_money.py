from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.money import ZERO, Money, Rounding

amounts = st.integers(min_value=0, max_value=10**13)
rates = st.decimals(min_value=0, max_value=20, places=4)


@pytest.mark.parametrize(
    ("text", "centavos"),
    [("149.90", 14990), ("0", 0), ("7", 700), ("1.5", 150), ("-3.21", -321)],
)
def test_reais_are_read_without_a_float_on_the_way(text: str, centavos: int) -> None:
    assert Money.parse(text) == Money(centavos)
    assert Money.parse(Decimal(text)) == Money(centavos)


def test_a_decimal_in_exponent_form_is_the_number_it_stands_for() -> None:
    assert Money.parse(Decimal("1E+2")) == Money(10000)


@pytest.mark.parametrize(
    "text", ["1,50", "1.505", "1e2", "", "R$ 1", "NaN", "\uff11.\uff15\uff10", "1.50 ", ".5", "1."]
)
def test_anything_else_is_refused_rather_than_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        Money.parse(text)


@pytest.mark.parametrize("value", [1.5, True, "1", Decimal(1)])
def test_centavos_are_an_int_and_nothing_that_looks_like_one(value: object) -> None:
    with pytest.raises(TypeError, match="centavos must be an int"):
        Money(value)  # type: ignore[arg-type]  # what is tested


@given(amounts)
def test_what_is_written_in_reais_is_read_back(centavos: int) -> None:
    assert Money.parse(f"{centavos // 100}.{centavos % 100:02d}") == Money(centavos)


@given(amounts, amounts)
def test_sums_and_differences_are_exact(one: int, other: int) -> None:
    assert Money(one) + Money(other) - Money(other) == Money(one)
    assert (Money(one) < Money(other)) == (one < other)


@given(amounts, rates)
def test_a_percentage_is_rounded_once_and_half_a_centavo_goes_up(
    centavos: int, rate: Decimal
) -> None:
    exact = Fraction(centavos) * Fraction(rate) / 100
    assert Money(centavos).percent(rate) == Money(int(exact + Fraction(1, 2)))
    assert Money(centavos).percent(rate, Rounding.DOWN) == Money(int(exact))


def test_only_zero_is_nothing() -> None:
    assert not ZERO
    assert Money(1)
    assert Money(-1)
