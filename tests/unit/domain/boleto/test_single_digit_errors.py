"""Which single wrong digits a boleto's own check digits can see, and exactly which they cannot.

Modulo 10 sees every one. Modulo 11 has eleven remainders and ten digits, or nine: the bank's
barcode writes remainders 0, 1 and 10 all as 1, a utility's writes 0 and 1 both as 0. A wrong digit
moves the remainder by weight x difference, which is never 0 modulo 11, so the remainder always
changes; the error passes only when both the old and the new remainder are written alike.

In a bank's line the first three fields are also under modulo 10, so that leaves the due factor and
the amount. In a utility's line each digit is under its block's sum and under the whole's, and an
error passes only when both are written alike. A first digit that becomes an 8, or stops being one,
makes the number another kind of document, judged by the other kind's rules.
"""

from collections.abc import Callable, Iterator

import pytest

from regua.domain.boleto.barcode import barcode_of, line_of
from regua.domain.errors import InvalidInput
from tests.unit.domain.boleto.vectors import (
    bank_rows,
    digits_of,
    is_bank_barcode,
    is_utility_barcode,
    is_utility_line,
    remainder,
    rows,
)

Slip = tuple[int, str]
"""A place, counted from 0, and the digit written there by mistake."""
BANK_ALIKE = frozenset({0, 1, 10})
UTILITY_ALIKE = frozenset({0, 1})


def slips(digits: str) -> Iterator[Slip]:
    for place, right in enumerate(digits):
        yield from ((place, wrong) for wrong in "0123456789" if wrong != right)


def with_slip(digits: str, slip: Slip) -> str:
    place, wrong = slip
    return digits[:place] + wrong + digits[place + 1 :]


def accepted(digits: str, read: Callable[[str], str]) -> set[Slip]:
    passed = set()
    for slip in slips(digits):
        try:
            read(with_slip(digits, slip))
        except InvalidInput:
            continue
        passed.add(slip)
    return passed


def written_alike(digits: str, slip: Slip, alike: frozenset[int]) -> bool:
    """Tell by arithmetic alone whether a slip leaves the check digit of ``digits`` as it is."""
    place, wrong = slip
    weight = 2 + (len(digits) - 1 - place) % 8
    before = remainder(digits)
    after = (before + weight * (int(wrong) - int(digits[place]))) % 11
    assert after != before
    return {before, after} <= alike


def unseen_in_bank_barcode(barcode: str) -> set[Slip]:
    unseen = set()
    for place, wrong in slips(barcode):
        if place in {3, 4}:  # the currency, and the check digit itself
            continue
        if place == 0 and wrong == "8":
            is_other_kind = is_utility_barcode(with_slip(barcode, (place, wrong)))
            unseen |= {(place, wrong)} if is_other_kind else set()
            continue
        summed = barcode[:4] + barcode[5:]
        if written_alike(summed, (place - (place > 4), wrong), BANK_ALIKE):
            unseen.add((place, wrong))
    return unseen


def unseen_in_bank_line(barcode: str) -> set[Slip]:
    """Places 33 to 46 of the line are 5 to 18 of the barcode."""
    in_barcode = unseen_in_bank_barcode(barcode)
    return {(place + 28, wrong) for place, wrong in in_barcode if 5 <= place <= 18}


def unseen_in_utility_barcode(barcode: str) -> set[Slip]:
    unseen = set()
    for slip in slips(barcode):
        place, _ = slip
        if place in {0, 1, 2}:  # another document, segment or modulus: the rules anew
            wrong = with_slip(barcode, slip)
            if is_bank_barcode(wrong) or is_utility_barcode(wrong):
                unseen.add(slip)
        elif place != 3 and barcode[2] in "89":
            summed = barcode[:3] + barcode[4:]
            if written_alike(summed, (place - 1, slip[1]), UTILITY_ALIKE):
                unseen.add(slip)
    return unseen


def unseen_in_utility_line(line: str, barcode: str) -> set[Slip]:
    """A digit of block n stands n places further right than in the barcode."""
    unseen = set()
    for place, wrong in unseen_in_utility_barcode(barcode):
        block, within = divmod(place, 11)
        slip = (place + block, wrong)
        if place == 2:  # another modulus, for every block
            if is_utility_line(with_slip(line, slip)):
                unseen.add(slip)
        elif place and barcode[2] in "89":
            digits = barcode[block * 11 : block * 11 + 11]
            if written_alike(digits, (within, wrong), UTILITY_ALIKE):
                unseen.add(slip)
    return unseen


@pytest.mark.shared_data
def test_in_a_banks_barcode_only_remainders_written_alike_escape() -> None:
    unseen = [unseen_in_bank_barcode(row["barcode"]) for row in bank_rows()]
    for row, expected in zip(bank_rows(), unseen, strict=True):
        assert accepted(row["barcode"], line_of) == expected, row
    assert any(unseen), "the vectors show the scheme's limit"


@pytest.mark.shared_data
def test_in_a_banks_line_only_the_factor_and_the_amount_can_hide_an_error() -> None:
    for row in bank_rows():
        line = digits_of(row["linha"])
        expected = unseen_in_bank_line(row["barcode"])
        assert accepted(line, barcode_of) == expected, row
        assert not expected or row["barcode"][4] == "1", "any other check digit hides nothing"


@pytest.mark.shared_data
def test_in_a_utility_bill_only_remainders_written_alike_escape() -> None:
    known = {
        (row["barcode"], row["linha"])
        for row in rows("arrecadacao_valid.json")
        if row["kind"] == "arrecadacao"
    }
    assert known
    for barcode, line in known:
        assert accepted(barcode, line_of) == unseen_in_utility_barcode(barcode), barcode
        assert accepted(line, barcode_of) == unseen_in_utility_line(line, barcode), line
