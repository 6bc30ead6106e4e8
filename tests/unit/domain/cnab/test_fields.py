from datetime import date
from itertools import pairwise
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.cnab import fields
from regua.domain.cnab.fields import Field, Kind, Line
from regua.domain.cnab.layouts import (
    COLUMNS_240,
    COLUMNS_400,
    COLUMNS_444,
    LAYOUTS_240,
    LAYOUTS_400,
    Layout240,
    Layout400,
)
from regua.domain.errors import InvalidInput
from regua.domain.money import Money

NUMERIC = {Kind.CENTAVOS, Kind.DDMMAA, Kind.DDMMAAAA, Kind.AAAAMMDD, Kind.NUMBER}


def _line(text: str) -> Line:
    record = text.encode("latin-1")
    return Line(7, record, record)


def _whole(text: str, kind: Kind, *, may_be_blank: bool = False) -> tuple[Line, Field]:
    return _line(text), Field(1, len(text), kind, may_be_blank=may_be_blank)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("230127", Kind.DDMMAA, date(2027, 1, 23)),
        ("010179", Kind.DDMMAA, date(2079, 1, 1)),
        ("010180", Kind.DDMMAA, date(1980, 1, 1)),
        ("290224", Kind.DDMMAA, date(2024, 2, 29)),
        ("23012027", Kind.DDMMAAAA, date(2027, 1, 23)),
        ("20270123", Kind.AAAAMMDD, date(2027, 1, 23)),
        ("000000", Kind.DDMMAA, None),
        ("      ", Kind.DDMMAA, None),
        ("00000000", Kind.DDMMAAAA, None),
        ("        ", Kind.AAAAMMDD, None),
    ],
)
def test_dates_in_three_orders_and_none_at_all(
    text: str, kind: Kind, expected: date | None
) -> None:
    assert fields.day(*_whole(text, kind)) == expected


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        ("290225", Kind.DDMMAA, "no leap year"),
        ("310427", Kind.DDMMAA, "April has thirty days"),
        ("001327", Kind.DDMMAA, "neither day nor month"),
        ("23/127", Kind.DDMMAA, "a slash"),
        (" 30127", Kind.DDMMAA, "a blank for a zero"),
        ("999999", Kind.DDMMAA, "filling that is no date"),
        ("01010000", Kind.DDMMAAAA, "there is no year zero"),
        ("23012027", Kind.AAAAMMDD, "the other order"),
        ("\xb23012\xb9", Kind.DDMMAA, "superscripts are digits to Unicode only"),
    ],
)
def test_a_day_that_is_none_is_refused(text: str, kind: Kind, why: str) -> None:
    line, field = _whole(text, kind)
    with pytest.raises(InvalidInput) as refused:
        fields.day(line, field)
    assert refused.value.problems[0].path == f"line 7, columns 1-{len(text)}", why
    assert text not in str(refused.value), "what it held may be somebody's"


@pytest.mark.parametrize(
    ("text", "may_be_blank", "centavos"),
    [
        ("0000000012345", False, 12345),
        ("0000000000000", False, 0),
        ("9999999999999", False, 9999999999999),
        ("             ", True, 0),
    ],
)
def test_amounts_are_centavos(text: str, *, may_be_blank: bool, centavos: int) -> None:
    line, field = _whole(text, Kind.CENTAVOS, may_be_blank=may_be_blank)
    assert fields.money(line, field) == Money(centavos)


@pytest.mark.parametrize(
    "text",
    ["             ", "000000003", "00000000344  ", "-000000012345", "1_000", "12,34", "1\xb2"],
)
def test_an_amount_cut_short_or_dressed_up_is_refused(text: str) -> None:
    field = Field(1, 13, Kind.CENTAVOS)
    with pytest.raises(InvalidInput, match=r"^line 7, columns 1-13: is not an amount of 13 digits"):
        fields.money(_line(text.ljust(13)), field)


@pytest.mark.parametrize(("text", "number"), [("00025", 25), ("     ", None), ("00000", 0)])
def test_a_number_may_be_missing(text: str, number: int | None) -> None:
    assert fields.number(*_whole(text, Kind.NUMBER)) == number


@pytest.mark.parametrize("text", ["1 2", "12 ", "+12", "1_2"])
def test_half_a_number_is_none(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not 3 digits"):
        fields.number(*_whole(text, Kind.NUMBER))


@given(st.binary(max_size=40))
def test_text_is_printable_and_stripped_whatever_the_bytes(columns: bytes) -> None:
    text = fields.as_text(columns)
    assert text == text.strip()
    assert text.isprintable()


def test_one_column_is_named_in_the_singular() -> None:
    assert Field(1, 1).refuse(_line("x"), "is odd").problems == (("line 7, column 1", "is odd"),)


def _fields_of(layout: Layout400 | Layout240) -> dict[str, Field]:
    return {
        name: found
        for name in get_type_hints(type(layout.title))
        if isinstance(found := getattr(layout.title, name), Field)
    }


@pytest.mark.parametrize("layout", LAYOUTS_400.values(), ids=lambda layout: layout.name)
def test_fields_lie_inside_a_400_column_record(layout: Layout400) -> None:
    found = _fields_of(layout)
    assert all(1 < field.first <= field.last < 395 for field in found.values())
    assert all(field.part == 0 for field in found.values())
    if layout.nfe_key:
        assert (layout.nfe_key.first, layout.nfe_key.last) == (COLUMNS_400 + 1, COLUMNS_444)
    _assert_numbers_do_not_overlap(found)


@pytest.mark.parametrize("layout", LAYOUTS_240.values(), ids=lambda layout: layout.name)
def test_fields_lie_inside_a_240_column_record(layout: Layout240) -> None:
    found = _fields_of(layout)
    assert all(14 < field.first <= field.last <= COLUMNS_240 for field in found.values())
    assert all(field.part in {0, 1} for field in found.values())
    _assert_numbers_do_not_overlap(found)


def _assert_numbers_do_not_overlap(found: dict[str, Field]) -> None:
    """A slip of one column shows as two amounts, or an amount and a date, that share it."""
    numeric = sorted(
        (field.part, field.first, field.last) for field in found.values() if field.kind in NUMERIC
    )
    for (part, _, last), (following_part, first, _) in pairwise(numeric):
        assert part != following_part or last < first


@pytest.mark.parametrize("bank", [*LAYOUTS_400, *LAYOUTS_240])
def test_amounts_and_dates_are_as_wide_as_the_format_says(bank: str) -> None:
    for layouts, widths in ((LAYOUTS_400, {7, 13}), (LAYOUTS_240, {13, 15})):
        if bank not in layouts:
            continue
        found = _fields_of(layouts[bank]).values()
        amounts = {f.last - f.first + 1 for f in found if f.kind is Kind.CENTAVOS}
        assert amounts <= widths
        assert all(
            f.last - f.first + 1 == (6 if f.kind is Kind.DDMMAA else 8)
            for f in found
            if f.kind in {Kind.DDMMAA, Kind.DDMMAAAA, Kind.AAAAMMDD}
        )
