"""How boletos name default interest in codes: CNAB 240 and the registry of boletos (Núclea).

Two lists with the same digits and other meanings: 2 is a rate per month in one and per day in the
other, 3 exempts in one and charges in the other. Pix has a third list (`regua.domain.pix`), where
5 is an amount and not an exemption. They share nothing here, neither codes nor an enumeration.

Source: FEBRABAN CNAB 240, field C018 (segment P, column 118); Núclea's list, 1 to 9, as the
screens of factoring systems print it in public code (read November 2026).
"""

from collections.abc import Mapping
from enum import StrEnum

from regua.domain.errors import InvalidInput
from regua.domain.rules import Rule


class BoletoInterest(StrEnum):
    """How a boleto's default interest is stated. Never to be exchanged with a Pix modality."""

    AMOUNT_PER_DAY = "amount_per_day"
    PERCENT_PER_DAY = "percent_per_day"
    PERCENT_PER_MONTH = "percent_per_month"
    PERCENT_PER_YEAR = "percent_per_year"
    AMOUNT_PER_BUSINESS_DAY = "amount_per_business_day"
    PERCENT_PER_BUSINESS_DAY = "percent_per_business_day"
    PERCENT_PER_MONTH_OF_BUSINESS_DAYS = "percent_per_month_of_business_days"
    PERCENT_PER_YEAR_OF_BUSINESS_DAYS = "percent_per_year_of_business_days"
    EXEMPT = "exempt"


_CNAB_240: Mapping[str, BoletoInterest] = {
    "1": BoletoInterest.AMOUNT_PER_DAY,
    "2": BoletoInterest.PERCENT_PER_MONTH,
    "3": BoletoInterest.EXEMPT,
}
_REGISTRY: Mapping[str, BoletoInterest] = {
    "1": BoletoInterest.AMOUNT_PER_DAY,
    "2": BoletoInterest.PERCENT_PER_DAY,
    "3": BoletoInterest.PERCENT_PER_MONTH,
    "4": BoletoInterest.PERCENT_PER_YEAR,
    "5": BoletoInterest.EXEMPT,
    "6": BoletoInterest.AMOUNT_PER_BUSINESS_DAY,
    "7": BoletoInterest.PERCENT_PER_BUSINESS_DAY,
    "8": BoletoInterest.PERCENT_PER_MONTH_OF_BUSINESS_DAYS,
    "9": BoletoInterest.PERCENT_PER_YEAR_OF_BUSINESS_DAYS,
}


def from_cnab_240(code: str) -> BoletoInterest:
    """Read the code of segment P.

    >>> from_cnab_240("3"), from_registry("3")
    (<BoletoInterest.EXEMPT: 'exempt'>, <BoletoInterest.PERCENT_PER_MONTH: 'percent_per_month'>)

    Raises:
        InvalidInput: the list has no such code.
    """
    return _look_up(_CNAB_240, code, "CNAB 240, field C018")


def from_registry(code: str) -> BoletoInterest:
    """Read the code under which the registry of boletos holds one.

    Raises:
        InvalidInput: the list has no such code.
    """
    return _look_up(_REGISTRY, code, "the registry's list")


def _look_up(codes: Mapping[str, BoletoInterest], code: str, name: str) -> BoletoInterest:
    found = codes.get(code)
    if found is None:
        raise InvalidInput.at("interest_code", f"is not in {name}")
    return found


RULES = (
    Rule(
        "cnab.interest_codes.cnab_240",
        "In CNAB 240, "
        + "; ".join(f"{code} is {meaning.value}" for code, meaning in _CNAB_240.items())
        + ".",
        "FEBRABAN CNAB 240, field C018",
    ),
    Rule(
        "cnab.interest_codes.registry",
        "In the registry of boletos, "
        + "; ".join(f"{code} is {meaning.value}" for code, meaning in _REGISTRY.items())
        + ".",
        "Núclea's list as printed in public code; the manual itself was not at hand",
    ),
)
