"""The check digit of a nosso número, the number by which a bank knows a boleto.

Each bank has its own sum; each is a row of data here, proved against published boletos for the
portfolios it lists and refused for every other. Since 2018 banks register each boleto and hand its
number out, so this verifies what was typed or imported; it numbers nothing.

Left out on purpose: Itaú's portfolio 112, whose published examples include the account's check
digit while another library's rule does not (126, 131, 146, 150 and 168 have a rule but no
example); and the banks for which there are examples but no published rule.

Source: fixtures of BoletoNetCore, for every row; rules as in brcobranca and the banks' manuals
quoted there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from regua.domain.boleto.check_digits import ONE_BECOMES_ZERO, TWO_TO_NINE, modulo_10, modulo_11
from regua.domain.errors import InvalidInput, Problem
from regua.domain.rules import Rule


@dataclass(frozen=True, slots=True)
class NumberScheme:
    """How one bank guards its numbers.

    ``parts`` names, in order, what is summed and with how many digits: any of ``agency``,
    ``account``, ``portfolio`` and ``number``. ``becomes`` gives the check digit for each remainder
    modulo 11; None means modulo 10. ``has_check_digit`` is False where the number stands alone.
    """

    bank: str
    portfolios: frozenset[str]
    parts: tuple[tuple[str, int], ...]
    becomes: str | None = None
    weights: tuple[int, ...] = tuple(TWO_TO_NINE)
    has_check_digit: bool = True


SCHEMES = (
    NumberScheme(
        bank="001",
        portfolios=frozenset({"11", "17"}),
        parts=(("number", 17),),
        has_check_digit=False,
    ),
    NumberScheme(
        bank="033",
        portfolios=frozenset({"101"}),
        parts=(("number", 12),),
        becomes=ONE_BECOMES_ZERO,
    ),
    NumberScheme(
        bank="104",
        portfolios=frozenset({"14"}),
        parts=(("portfolio", 2), ("number", 15)),
        becomes=ONE_BECOMES_ZERO,
    ),
    NumberScheme(
        bank="237",
        portfolios=frozenset({"04", "09", "19"}),
        parts=(("portfolio", 2), ("number", 11)),
        becomes="0P987654321",
        weights=(2, 3, 4, 5, 6, 7),
    ),
    NumberScheme(
        bank="341",
        portfolios=frozenset({"109", "138"}),
        parts=(("agency", 4), ("account", 5), ("portfolio", 3), ("number", 8)),
    ),
    NumberScheme(
        bank="748",
        portfolios=frozenset({"1"}),
        parts=(("agency", 6), ("account", 5), ("number", 8)),
        becomes=ONE_BECOMES_ZERO,
    ),
    NumberScheme(
        bank="756",
        portfolios=frozenset({"1"}),
        parts=(("agency", 4), ("account", 10), ("number", 7)),
        becomes=ONE_BECOMES_ZERO,
        weights=(3, 7, 9, 1),
    ),
)
"""Ordered by bank. Bradesco's P is its own. Sicredi's agency is followed by the unit's two digits
(posto), its number by year, origin and sequence; Sicoob's account is the client's code with its
check digit; Banco do Brasil's number starts with the seven digits of the agreement (convênio)."""

_BY_BANK: Mapping[str, NumberScheme] = {scheme.bank: scheme for scheme in SCHEMES}


def check_digit(
    bank: str, *, portfolio: str, number: str, agency: str = "", account: str = ""
) -> str:
    """Return the check digit of a number, empty for a bank that gives it none.

    >>> check_digit("341", portfolio="109", number="223350", agency="1234", account="56789")
    '2'

    Args:
        bank: compensation code, three digits.
        portfolio: the bank's name for the kind of collection (carteira).
        number: without its check digit; leading zeros may be missing, here as in the rest.
        agency: where the bank's rule asks for it.
        account: without its check digit, where the bank's rule asks for it.

    Raises:
        InvalidInput: no verified rule covers the bank and portfolio, or a part that the rule needs
            is missing, too long or not digits.
    """
    scheme = _BY_BANK.get(bank)
    if scheme is None:
        raise InvalidInput.at("bank", "has no verified rule for its numbers")
    if portfolio not in scheme.portfolios:
        raise InvalidInput.at("portfolio", "has no verified rule for its numbers at this bank")
    given = {"portfolio": portfolio, "number": number, "agency": agency, "account": account}
    wrong = tuple(
        Problem(name, f"is not 1 to {length} digits")
        for name, length in scheme.parts
        if not _is_number(given[name], length)
    )
    if wrong:
        raise InvalidInput(wrong)
    if not scheme.has_check_digit:
        return ""
    digits = "".join(given[name].zfill(length) for name, length in scheme.parts)
    if scheme.becomes is None:
        return modulo_10(digits)
    return modulo_11(digits, scheme.becomes, scheme.weights)


def _is_number(text: str, length: int) -> bool:
    return 0 < len(text) <= length and text.isascii() and text.isdigit()


RULES = (
    Rule(
        "boleto.nosso_numero.verified",
        "The check digit of a nosso número is verified for "
        + "; ".join(f"{s.bank} ({', '.join(sorted(s.portfolios))})" for s in SCHEMES)
        + ". Any other bank or portfolio is refused, never guessed.",
        "fixtures of BoletoNetCore, each row reproduced",
    ),
    Rule(
        "boleto.nosso_numero.from_bank",
        "The number itself comes from the bank that registered the boleto; none is ever made up.",
        "our convention: every boleto is registered since 2018 (FEBRABAN, Nova Plataforma de"
        " Cobrança), and only the bank knows which numbers are free",
    ),
)
