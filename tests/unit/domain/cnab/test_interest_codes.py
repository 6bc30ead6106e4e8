import pytest

from regua.domain.cnab.interest_codes import BoletoInterest, from_cnab_240, from_registry
from regua.domain.errors import InvalidInput

PIX_VALOR_JUROS = {
    # Bacen API Pix 2.9.0, valor.juros.modalidade.
    "1": BoletoInterest.AMOUNT_PER_DAY,
    "2": BoletoInterest.PERCENT_PER_DAY,
    "3": BoletoInterest.PERCENT_PER_MONTH,
    "4": BoletoInterest.PERCENT_PER_YEAR,
    "5": BoletoInterest.AMOUNT_PER_BUSINESS_DAY,
    "6": BoletoInterest.PERCENT_PER_BUSINESS_DAY,
    "7": BoletoInterest.PERCENT_PER_MONTH_OF_BUSINESS_DAYS,
    "8": BoletoInterest.PERCENT_PER_YEAR_OF_BUSINESS_DAYS,
}


def test_from_5_on_the_registry_and_pix_never_mean_the_same() -> None:
    for code, of_pix in PIX_VALOR_JUROS.items():
        assert (from_registry(code) is of_pix) is (code < "5"), code


def test_the_two_lists_of_boletos_agree_on_1_only() -> None:
    assert [code for code in "123" if from_cnab_240(code) is from_registry(code)] == ["1"]


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("1", BoletoInterest.AMOUNT_PER_DAY),
        ("2", BoletoInterest.PERCENT_PER_MONTH),
        ("3", BoletoInterest.EXEMPT),
    ],
)
def test_codes_of_cnab_240(code: str, meaning: BoletoInterest) -> None:
    assert from_cnab_240(code) is meaning


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("5", BoletoInterest.EXEMPT),
        ("6", BoletoInterest.AMOUNT_PER_BUSINESS_DAY),
        ("7", BoletoInterest.PERCENT_PER_BUSINESS_DAY),
        ("8", BoletoInterest.PERCENT_PER_MONTH_OF_BUSINESS_DAYS),
        ("9", BoletoInterest.PERCENT_PER_YEAR_OF_BUSINESS_DAYS),
    ],
)
def test_codes_of_the_registry(code: str, meaning: BoletoInterest) -> None:
    assert from_registry(code) is meaning


@pytest.mark.parametrize("code", ["", "0", "4", "01", "\u0661", "10"])
def test_a_code_outside_cnab_240s_list_is_refused(code: str) -> None:
    with pytest.raises(InvalidInput, match=r"^interest_code: is not in CNAB 240"):
        from_cnab_240(code)


@pytest.mark.parametrize("code", ["", "0", "\u0665", "10", "A"])
def test_a_code_outside_the_registrys_list_is_refused(code: str) -> None:
    with pytest.raises(InvalidInput, match="registry"):
        from_registry(code)
