import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.boleto.bank_code import printed_code
from regua.domain.errors import InvalidInput


@pytest.mark.parametrize(
    "printed",
    [
        "001-9", "003-5", "004-3", "021-3", "033-7", "037-1", "041-8", "047-7", "070-1", "077-9",
        "085-1", "097-3", "104-0", "136-8", "237-2", "260-7", "341-7", "389-1", "399-9", "422-7",
        "707-2", "745-5", "748-X", "756-0",
    ],
)  # fmt: skip
def test_the_codes_as_banks_print_them(printed: str) -> None:
    assert printed_code(printed[:3]) == printed


def test_the_digit_is_left_out_where_only_the_bank_could_tell() -> None:
    assert printed_code("099") == "099"


@given(st.text(max_size=5).filter(lambda text: len(text) != 3 or not text.isascii()))
def test_what_is_not_three_digits_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="bank"):
        printed_code(text)


@given(st.text("0123456789", min_size=3, max_size=3))
def test_any_three_digits_head_their_code(bank: str) -> None:
    code, _, digit = printed_code(bank).partition("-")
    assert code == bank
    assert len(digit) <= 1
