"""Utility and tax bills (arrecadação): 44 digits that start with 8, or 48 as people type them.

::

    barcode  1 product 8 · 2 segment · 3 value kind · 4 check digit · 5-15 value · 16-44 whose
    line     four blocks of 11 digits of the barcode, each followed by its check digit

Such bills are recognised, never issued: a customer who pastes one where a boleto belongs gets a
name for it. The value kind also chooses between modulo 10 and modulo 11 for all five check digits.
Modulo 11 gives 0 for the remainders 0 and 1, so a wrong digit that turns one into the other in
every sum it takes part in passes; the tests list exactly those.

Source: FEBRABAN, Layout Padrão de Arrecadação/Recebimento com Utilização do Código de Barras, v4.
"""

from dataclasses import dataclass
from enum import StrEnum

from regua.domain.boleto.check_digits import ONE_BECOMES_ZERO, modulo_10, modulo_11
from regua.domain.errors import InvalidInput, Problem
from regua.domain.money import Money
from regua.domain.rules import Rule

PRODUCT = "8"
BARCODE_DIGITS = 44
LINE_DIGITS = 48

_BLOCK = 11
_CNPJ_ROOT = 8
_COMPANY_CODE = 4


class UtilitySegment(StrEnum):
    """Who collects."""

    MUNICIPALITY = "1"
    SANITATION = "2"
    ENERGY_AND_GAS = "3"
    TELECOM = "4"
    GOVERNMENT = "5"
    COMPANY_BY_CNPJ = "6"
    TRAFFIC_FINE = "7"
    BANK = "9"


class ValueKind(StrEnum):
    """What the value field holds, and which modulus guards the bill."""

    AMOUNT_MODULO_10 = "6"
    REFERENCE_MODULO_10 = "7"
    AMOUNT_MODULO_11 = "8"
    REFERENCE_MODULO_11 = "9"

    @property
    def is_amount(self) -> bool:
        """Whether the value is centavos; otherwise it is a quantity of some index."""
        return self in {ValueKind.AMOUNT_MODULO_10, ValueKind.AMOUNT_MODULO_11}

    def check_digit(self, digits: str) -> str:
        """Return the check digit of a block, or of the whole bill without its own."""
        if self in {ValueKind.AMOUNT_MODULO_10, ValueKind.REFERENCE_MODULO_10}:
            return modulo_10(digits)
        return modulo_11(digits, ONE_BECOMES_ZERO)


_SEGMENTS = frozenset(UtilitySegment)
_VALUE_KINDS = frozenset(ValueKind)


@dataclass(frozen=True, slots=True)
class UtilityBill:
    """What a utility bill's barcode says; `read` makes one, and nothing here issues any.

    ``company`` is the collector's code of four digits or, in segment 6, the first eight digits of
    its CNPJ. ``free_field`` is the collector's own.
    """

    segment: UtilitySegment
    value_kind: ValueKind
    value: int
    company: str
    free_field: str

    @property
    def amount(self) -> Money | None:
        """The amount to pay, or None where the value is a reference."""
        return Money(self.value) if self.value_kind.is_amount else None

    @property
    def reference(self) -> int | None:
        """The quantity to be turned into an amount, or None where the value is one."""
        return None if self.value_kind.is_amount else self.value

    @property
    def barcode(self) -> str:
        """The 44 digits, check digit included."""
        head = PRODUCT + self.segment + self.value_kind
        tail = f"{self.value:011}{self.company}{self.free_field}"
        return head + self.value_kind.check_digit(head + tail) + tail

    @property
    def line(self) -> str:
        """The 48 digits people type, without separators."""
        return line_of(self.barcode)


def read(barcode: str) -> UtilityBill:
    """Take apart 44 digits that `check` has accepted."""
    segment = UtilitySegment(barcode[1])
    company = _CNPJ_ROOT if segment is UtilitySegment.COMPANY_BY_CNPJ else _COMPANY_CODE
    return UtilityBill(
        segment=segment,
        value_kind=ValueKind(barcode[2]),
        value=int(barcode[4:15]),
        company=barcode[15 : 15 + company],
        free_field=barcode[15 + company :],
    )


def check(barcode: str) -> None:
    """Refuse 44 digits whose segment, value kind or check digit is wrong.

    Raises:
        InvalidInput: naming ``segment``, ``value_kind`` or ``general_check_digit``.
    """
    if barcode[1] not in _SEGMENTS:
        raise InvalidInput.at("segment", "is none that FEBRABAN has given out")
    if barcode[3] != _value_kind(barcode).check_digit(barcode[:3] + barcode[4:]):
        raise InvalidInput.at("general_check_digit", "does not match the other digits")


def line_of(barcode: str) -> str:
    """Return the 48 digits of the line; nothing but the value kind is checked."""
    kind = _value_kind(barcode)
    blocks = (barcode[start : start + _BLOCK] for start in range(0, BARCODE_DIGITS, _BLOCK))
    return "".join(block + kind.check_digit(block) for block in blocks)


def barcode_of(line: str) -> str:
    """Return the 44 digits that 48 digits spell, the four blocks' check digits verified.

    Raises:
        InvalidInput: naming every block whose check digit is wrong (``field 1`` to ``field 4``).
    """
    if line[0] != PRODUCT:
        raise InvalidInput.at("position 1", "a line of 48 digits starts with 8")
    kind = _value_kind(line)
    blocks = [line[start : start + _BLOCK + 1] for start in range(0, LINE_DIGITS, _BLOCK + 1)]
    wrong = tuple(
        Problem(f"field {number}", "its check digit does not match the digits before it")
        for number, block in enumerate(blocks, 1)
        if block[-1] != kind.check_digit(block[:-1])
    )
    if wrong:
        raise InvalidInput(wrong)
    return "".join(block[:-1] for block in blocks)


def formatted(line: str) -> str:
    """Group 48 digits into the four blocks that collectors print.

    >>> formatted("846300000003299902962024004101360008002006441147")
    '84630000000-3 29990296202-4 00410136000-8 00200644114-7'
    """
    blocks = (line[start : start + _BLOCK + 1] for start in range(0, LINE_DIGITS, _BLOCK + 1))
    return " ".join(f"{block[:-1]}-{block[-1]}" for block in blocks)


def _value_kind(digits: str) -> ValueKind:
    if digits[2] not in _VALUE_KINDS:
        raise InvalidInput.at("value_kind", "is not 6, 7, 8 or 9")
    return ValueKind(digits[2])


RULES = (
    Rule(
        "boleto.utility.layout",
        f"A bill that starts with {PRODUCT} is a utility's or a tax: {BARCODE_DIGITS} digits in"
        f" the barcode, {LINE_DIGITS} in the line. It is recognised, never issued.",
        "FEBRABAN, Layout Padrão de Arrecadação v4, section 5",
    ),
    Rule(
        "boleto.utility.check_digits",
        "Value kinds 6 and 7 use modulo 10, 8 and 9 modulo 11 with the remainders 0 and 1 giving 0,"
        " for each of the four blocks and for the whole. A bill with a wrong one is refused.",
        "FEBRABAN, Layout Padrão de Arrecadação v4, sections 7 to 10",
    ),
    Rule(
        "boleto.utility.value",
        "Value kinds 6 and 8 state an amount in centavos, 7 and 9 a reference that is no amount.",
        "FEBRABAN, Layout Padrão de Arrecadação v4, section 5",
    ),
)
