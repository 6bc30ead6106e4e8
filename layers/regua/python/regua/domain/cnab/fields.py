"""One field of a fixed-width record: its columns, what it holds, and how it is read.

Columns are counted from 1 and include both ends, as the banks' manuals write them. A field that
does not hold what its kind says is refused with its line and columns; what it held is not
repeated, for it may be somebody's data.

Source: FEBRABAN, Layout Padrão CNAB 240, "picture" of numeric and alphanumeric fields; the banks'
CNAB 400 manuals write amounts and dates alike.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from regua.domain.errors import InvalidInput
from regua.domain.money import ZERO, Money
from regua.domain.rules import Rule

CENTURY_PIVOT = 80
"""Two-digit years from here on belong to the twentieth century."""


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    CODE = "code"
    """Text with few distinct values, kept once however often it occurs."""
    NUMBER = "number"
    CENTAVOS = "centavos"
    DDMMAA = "ddmmaa"
    DDMMAAAA = "ddmmaaaa"
    AAAAMMDD = "aaaammdd"


class Line(NamedTuple):
    """A line as received, and the record in it: Latin-1, padded to the format's width."""

    number: int
    raw: bytes
    record: bytes


@dataclass(frozen=True, slots=True)
class Field:
    """The columns of a field; ``part`` is 1 for what a title's second record (segment U) says."""

    first: int
    last: int
    kind: Kind = Kind.TEXT
    part: int = 0
    may_be_blank: bool = False
    """An amount that the bank leaves blank when there is none."""

    def of(self, line: Line) -> bytes:
        """Return the columns of one record."""
        return line.record[self.first - 1 : self.last]

    def refuse(self, line: Line, reason: str) -> InvalidInput:
        """Build the error that names this field on a line."""
        return refusal(line.number, self.first, self.last, reason)


def refusal(number: int, first: int, last: int, reason: str) -> InvalidInput:
    """Build the error for columns of a line.

    >>> str(refusal(12, 153, 165, "is not digits"))
    'line 12, columns 153-165: is not digits'
    """
    columns = f"column {first}" if first == last else f"columns {first}-{last}"
    return InvalidInput.at(f"line {number}, {columns}", reason)


def text(line: Line, field: Field) -> str:
    """Read a text as `as_text` does."""
    columns = field.of(line)
    return _shared_text(columns) if field.kind is Kind.CODE else as_text(columns)


def number(line: Line, field: Field) -> int | None:
    """Read a number; None where the field is blank.

    Raises:
        InvalidInput: it is neither blank nor ASCII digits.
    """
    digits = field.of(line)
    if digits.isdigit():
        return int(digits)
    if digits.strip():
        raise field.refuse(line, f"is not {len(digits)} digits")
    return None


def money(line: Line, field: Field) -> Money:
    """Read an amount in centavos.

    A blank is refused unless the field may be blank: a line cut short must not read as zero.

    Raises:
        InvalidInput: it is not ASCII digits all the way.
    """
    digits = field.of(line)
    if digits.isdigit():
        centavos = int(digits)
        return Money(centavos) if centavos else ZERO
    if field.may_be_blank and not digits.strip():
        return ZERO
    raise field.refuse(line, f"is not an amount of {field.last - field.first + 1} digits")


def day(line: Line, field: Field) -> date | None:
    """Read a date; None where it is blank or zeros.

    Raises:
        InvalidInput: there is no such day.
    """
    try:
        return _date(field.of(line), field.kind)
    except ValueError as exc:
        raise field.refuse(line, f"is no date written {field.kind.upper()}") from exc


def as_text(columns: bytes) -> str:
    r"""Decode columns without the blanks around them; control characters become blanks.

    >>> as_text(b"  A\xc7\xc3O\x07 ")
    'AÇÃO'
    """
    read = columns.decode("latin-1").strip()
    if read.isprintable():
        return read
    return "".join(c if c.isprintable() else " " for c in read).strip()


_shared_text = lru_cache(maxsize=4096)(as_text)


@lru_cache(maxsize=4096)
def _date(digits: bytes, kind: Kind) -> date | None:
    if not digits.strip(b" 0"):
        return None
    if not digits.isdigit():
        msg = "not digits"
        raise ValueError(msg)
    if kind is Kind.AAAAMMDD:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    year = int(digits[4:])
    if kind is Kind.DDMMAA:
        year += 1900 if year >= CENTURY_PIVOT else 2000
    return date(year, int(digits[2:4]), int(digits[:2]))


RULES = (
    Rule(
        "cnab.no_date",
        "A date of zeros or blanks is no date; any other that the calendar does not know refuses"
        " the file.",
        "FEBRABAN CNAB 240, dates (zeros when not used); brcobranca's samples use both",
    ),
    Rule(
        "cnab.two_digit_years",
        f"Two-digit years below {CENTURY_PIVOT} are 20xx, the others 19xx.",
        "our convention: no retorno of the 1970s is left to import",
        f"{CENTURY_PIVOT}",
    ),
    Rule(
        "cnab.amounts_are_digits",
        "An amount is digits all the way, the last two of them centavos; a blank one is refused"
        " except where the bank is known to leave it blank.",
        "FEBRABAN CNAB 240 (numeric fields are zero-filled); our convention for the refusal: a"
        " line cut short must not read as a payment of zero",
    ),
)
