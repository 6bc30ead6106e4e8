"""Amounts in integer centavos. Percentages are exact until they are rounded, once."""

import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Self

_PLAIN = re.compile(r"-?\d+(\.\d{1,2})?", re.ASCII)


class Rounding(StrEnum):
    """How one component of a charge becomes centavos."""

    HALF_UP = "half_up"
    DOWN = "down"

    @property
    def mode(self) -> str:
        """The ``decimal`` module's name for it."""
        return ROUND_HALF_UP if self is Rounding.HALF_UP else ROUND_DOWN


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of Brazilian reais, held as integer centavos.

    >>> Money.parse("149.90") + Money(10)
    Money(centavos=15000)
    """

    centavos: int

    def __post_init__(self) -> None:
        if type(self.centavos) is not int:
            msg = f"centavos must be an int, not {type(self.centavos).__name__}"
            raise TypeError(msg)

    @classmethod
    def parse(cls, amount: Decimal | str) -> Self:
        """Read reais written with a dot and at most two places; refuse anything else.

        Raises:
            ValueError: for a third decimal place, a comma, an exponent or a non-number.
        """
        text = f"{amount:f}" if isinstance(amount, Decimal) else amount
        if not _PLAIN.fullmatch(text):
            msg = f"not an amount with at most two decimal places: {text!r}"
            raise ValueError(msg)
        return cls(int(Decimal(text) * 100))

    def __add__(self, other: "Money") -> "Money":
        return Money(self.centavos + other.centavos)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.centavos - other.centavos)

    def __bool__(self) -> bool:
        return self.centavos != 0

    @classmethod
    def rounded(cls, centavos: Fraction, rounding: Rounding) -> Self:
        """Round an exact amount of centavos, zero or more, once.

        >>> Money.rounded(Fraction(33, 2), Rounding.HALF_UP)
        Money(centavos=17)
        """
        whole, part = centavos.numerator, centavos.denominator
        if rounding is Rounding.HALF_UP:
            return cls((2 * whole + part) // (2 * part))
        return cls(whole // part)

    def percent(
        self, rate: Decimal, rounding: Rounding = Rounding.HALF_UP, *, per: int = 1
    ) -> "Money":
        """Take a ``per``-th of ``rate`` per cent of the amount, rounded once to centavos.

        The division comes last: a third of one per cent has no exact decimal of its own.

        >>> Money(14990).percent(Decimal("2"))
        Money(centavos=300)
        >>> Money(30000).percent(Decimal(1), Rounding.DOWN, per=3)
        Money(centavos=100)
        """
        exact = Decimal(self.centavos) * rate / (100 * per)
        return Money(int(exact.quantize(Decimal(1), rounding=rounding.mode)))


ZERO = Money(0)
