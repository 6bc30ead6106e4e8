"""The reference boletos, and the check digits in the words of the specification."""

import json
from datetime import date
from typing import Any

from stdnum import luhn

from regua.domain.boleto.due_factor import DAY_ZERO
from tests.shared_data import shared_data_path

Row = dict[str, Any]


def rows(name: str, key: str = "vectors") -> list[Row]:
    found: list[Row] = json.loads(shared_data_path(name).read_text())[key]
    return found


def bank_rows() -> list[Row]:
    """Every valid bank boleto: published ones, then those constructed for the new cycle."""
    return rows("boletos_valid.json") + rows("boletos_post_reset_constructed.json")


def reading_day(row: Row) -> date:
    """Return a day near the due date, on which the boleto could be read."""
    if row.get("due"):
        return date.fromisoformat(row["due"])
    return date.fromordinal(DAY_ZERO.toordinal() + row["fator"] + 1)


def digits_of(text: str) -> str:
    return "".join(c for c in text if c in "0123456789")


def tens(digits: str) -> str:
    """Modulo 10, by an independent library."""
    return luhn.calc_check_digit(digits)


def remainder(digits: str) -> int:
    """The weighted sum modulo 11, as written on paper: 2 to 9 from the right."""
    return sum(int(d) * (2 + place % 8) for place, d in enumerate(reversed(digits))) % 11


def bank_digit(digits: str) -> str:
    result = 11 - remainder(digits)
    return "1" if result in {0, 10, 11} else str(result)


def utility_digit(kind: str, digits: str) -> str:
    if kind in "67":
        return tens(digits)
    result = 11 - remainder(digits)
    return "0" if result in {10, 11} else str(result)


def is_bank_barcode(digits: str) -> bool:
    return (
        digits[0] != "8" and digits[3] == "9" and digits[4] == bank_digit(digits[:4] + digits[5:])
    )


def is_utility_barcode(digits: str) -> bool:
    return (
        digits[0] == "8"
        and digits[1] in "12345679"
        and digits[2] in "6789"
        and digits[3] == utility_digit(digits[2], digits[:3] + digits[4:])
    )


def is_utility_line(digits: str) -> bool:
    blocks = [digits[start : start + 12] for start in range(0, 48, 12)]
    return all(block[-1] == utility_digit(digits[2], block[:-1]) for block in blocks) and (
        is_utility_barcode("".join(block[:-1] for block in blocks))
    )
