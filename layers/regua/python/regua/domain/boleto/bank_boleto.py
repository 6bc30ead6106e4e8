"""A bank's boleto: 44 digits in bars, the same in the 47 digits that people type.

::

    barcode  1-3 bank · 4 currency · 5 check digit · 6-9 due factor · 10-19 centavos · 20-44 free
    line     1-4 + 20-24 · dv    25-34 · dv    35-44 · dv    5    6-19

The free field belongs to the bank and is not taken apart here. The functions of this module take
digits; text as people write it goes through `regua.domain.boleto.barcode`.

The three fields of the line are guarded modulo 10, which sees every single wrong digit. The rest
of the line, and the whole barcode, rely on the check digit at position 5, modulo 11: it becomes 1
for the remainders 0, 1 and 10, so a single wrong digit that turns one of these into another
passes. That is the scheme's own limit; the tests list exactly those.

Source: BCB Carta-Circular 2.926/2000, annex; FEBRABAN, boleto barcode specification.
"""

from dataclasses import dataclass
from datetime import date

from regua.domain.boleto import due_factor
from regua.domain.boleto.check_digits import ZERO_BECOMES_ONE, modulo_10, modulo_11
from regua.domain.errors import InvalidInput, Problem
from regua.domain.money import ZERO, Money
from regua.domain.rules import Rule

BARCODE_DIGITS = 44
LINE_DIGITS = 47
REAL = "9"
UTILITY_PRODUCT = "8"
MAX_AMOUNT = Money(9_999_999_999)

_FREE_DIGITS = 25
_BANK_DIGITS = 3
_FIELDS = (slice(0, 10), slice(10, 21), slice(21, 32))


@dataclass(frozen=True, slots=True)
class BankBoleto:
    """What a bank boleto's barcode says; an amount of zero is open, decided by the payer.

    Raises:
        InvalidInput: the values fit into no barcode.
    """

    bank: str
    amount: Money
    due_date: date | None
    free_field: str

    def __post_init__(self) -> None:
        if not _is_digits(self.bank, _BANK_DIGITS) or self.bank[0] == UTILITY_PRODUCT:
            raise InvalidInput.at("bank", "is not three digits, or starts with 8 as utilities do")
        if not ZERO <= self.amount <= MAX_AMOUNT:
            raise InvalidInput.at("amount", "does not fit into ten digits of centavos")
        if not _is_digits(self.free_field, _FREE_DIGITS):
            raise InvalidInput.at("free_field", f"is not {_FREE_DIGITS} digits")
        if self.due_date is not None:
            due_factor.encode(self.due_date)

    @property
    def currency(self) -> str:
        """The currency's code; reais are the only one read."""
        return REAL

    @property
    def factor(self) -> int:
        """The due factor, 0 without a due date."""
        return due_factor.encode(self.due_date) if self.due_date else 0

    @property
    def barcode(self) -> str:
        """The 44 digits, check digit included.

        >>> BankBoleto("341", Money(60000), date(2017, 6, 19), "1090022335021234567890000").barcode
        '34191719500000600001090022335021234567890000'
        """
        head = self.bank + REAL
        tail = f"{self.factor:04}{self.amount.centavos:010}{self.free_field}"
        return head + modulo_11(head + tail, ZERO_BECOMES_ONE) + tail

    @property
    def line(self) -> str:
        """The 47 digits people type, without separators."""
        return line_of(self.barcode)


def read(barcode: str, today: date) -> BankBoleto:
    """Take apart 44 digits that `check` has accepted.

    Raises:
        InvalidInput: the due factor stands for no date in the window around today.
    """
    return BankBoleto(
        bank=barcode[:3],
        amount=Money(int(barcode[9:19])),
        due_date=due_factor.decode(int(barcode[5:9]), today),
        free_field=barcode[19:],
    )


def check(barcode: str) -> None:
    """Refuse 44 digits whose check digit or currency is wrong.

    Raises:
        InvalidInput: naming ``general_check_digit`` or ``currency``.
    """
    if barcode[4] != modulo_11(barcode[:4] + barcode[5:], ZERO_BECOMES_ONE):
        raise InvalidInput.at("general_check_digit", "does not match the other digits")
    if barcode[3] != REAL:
        raise InvalidInput.at("currency", f"is not {REAL}, the code of the real")


def line_of(barcode: str) -> str:
    """Return the 47 digits of the line; nothing is checked."""
    parts = (barcode[:4] + barcode[19:24], barcode[24:34], barcode[34:])
    fields = "".join(part + modulo_10(part) for part in parts)
    return fields + barcode[4:19]


def barcode_of(line: str) -> str:
    """Return the 44 digits that 47 digits spell, the three fields' check digits verified.

    Raises:
        InvalidInput: naming every field whose check digit is wrong (``field 1`` to ``field 3``).
    """
    if line[0] == UTILITY_PRODUCT:
        raise InvalidInput.at("position 1", "a line that starts with 8 has 48 digits")
    fields = [line[where] for where in _FIELDS]
    wrong = tuple(
        Problem(f"field {number}", "its check digit does not match the digits before it")
        for number, field in enumerate(fields, 1)
        if field[-1] != modulo_10(field[:-1])
    )
    if wrong:
        raise InvalidInput(wrong)
    first, second, third = (field[:-1] for field in fields)
    return first[:4] + line[32:] + first[4:] + second + third


def formatted(line: str) -> str:
    """Group 47 digits into the five fields that banks print.

    >>> formatted("34191090082233502123845678900007171950000060000")
    '34191.09008 22335.021238 45678.900007 1 71950000060000'
    """
    first, second, third = (line[where] for where in _FIELDS)
    fields = " ".join(f"{field[:5]}.{field[5:]}" for field in (first, second, third))
    return f"{fields} {line[32]} {line[33:]}"


def _is_digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdigit()


RULES = (
    Rule(
        "boleto.bank.layout",
        f"A bank boleto has {BARCODE_DIGITS} digits in the barcode and {LINE_DIGITS} in the line;"
        " its free field belongs to the bank and is not interpreted.",
        "BCB Carta-Circular 2.926/2000, annex",
    ),
    Rule(
        "boleto.bank.check_digits",
        "Fields 1 to 3 of the line end in a check digit modulo 10; position 5 of the barcode is one"
        " modulo 11, where remainders 0, 1 and 10 give 1. A boleto with a wrong one is refused.",
        "BCB Carta-Circular 2.926/2000, annex",
    ),
    Rule(
        "boleto.bank.currency",
        f"Only currency code {REAL}, the real, is read.",
        "our convention: amounts are centavos, and another currency would be shown as reais",
    ),
    Rule(
        "boleto.bank.open_amount",
        "An amount of zero is open: the payer or the bank's registry decides it.",
        "BCB Carta-Circular 2.926/2000, annex",
    ),
)
