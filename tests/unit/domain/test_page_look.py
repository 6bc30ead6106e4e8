"""Colours that can be read: the ratio of WCAG 2.2, and what is chosen by it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.errors import InvalidInput
from regua.domain.page_look import (
    BLACK,
    DARK_SURFACE,
    LIGHT_SURFACE,
    MIN_CONTRAST,
    OUR_LOOK,
    WHITE,
    Look,
    colour,
    contrast,
    label_on,
    luminance,
    readable_on,
)
from tests.unit.email import reading

COLOURS = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        # Published by WebAIM's contrast checker and by WCAG's techniques G18 and G145.
        ("#000000", "#ffffff", "21.00"),
        ("#777777", "#ffffff", "4.48"),
        ("#767676", "#ffffff", "4.54"),
        ("#949494", "#ffffff", "3.03"),
        ("#0000ff", "#ffffff", "8.59"),
        ("#ff0000", "#ffffff", "4.00"),
        ("#00ff00", "#ffffff", "1.37"),
        ("#ffffff", "#ffffff", "1.00"),
    ],
)
def test_a_contrast_is_what_the_specification_makes_it(one: str, other: str, ratio: str) -> None:
    assert contrast(one, other).quantize(Decimal("0.01")) == Decimal(ratio)


@given(COLOURS, COLOURS)
def test_a_contrast_agrees_with_another_reading_of_the_specification(one: str, other: str) -> None:
    assert float(contrast(one, other)) == pytest.approx(reading.contrast(one, other), rel=1e-9)
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21


def test_the_primary_colours_weigh_what_the_eye_makes_of_them() -> None:
    weights = [luminance(c) for c in ("#ff0000", "#00ff00", "#0000ff")]
    assert weights == [Decimal("0.2126"), Decimal("0.7152"), Decimal("0.0722")]


@given(COLOURS)
def test_a_label_can_be_read_on_any_colour(background: str) -> None:
    chosen = label_on(background)
    assert contrast(chosen, background) >= MIN_CONTRAST
    other = WHITE if chosen == BLACK else BLACK
    assert contrast(chosen, background) >= contrast(other, background)


@given(COLOURS)
def test_a_colour_is_lightened_until_it_can_be_read_in_the_dark_and_no_further(wish: str) -> None:
    found = readable_on(DARK_SURFACE, wish)
    assert contrast(found, DARK_SURFACE) >= MIN_CONTRAST
    if contrast(wish, DARK_SURFACE) >= MIN_CONTRAST:
        assert found == wish
    else:
        assert contrast(found, DARK_SURFACE) < MIN_CONTRAST + Decimal("0.6")


def test_our_own_look_can_be_read_by_day_and_by_night() -> None:
    assert contrast(OUR_LOOK.accent, LIGHT_SURFACE) >= MIN_CONTRAST
    assert contrast(OUR_LOOK.accent_dark, DARK_SURFACE) >= MIN_CONTRAST
    assert (OUR_LOOK.label, OUR_LOOK.label_dark) == (WHITE, BLACK)
    assert Look(accent="#ffd400").label == BLACK


@pytest.mark.parametrize(
    "written",
    ["", "#fff", "0b5a4c", "#0b5a4", "#0b5a4c00", "#0b5a4g", "red", "#0b5a4c;", "#\u0660b5a4c"],
)
def test_anything_but_six_digits_is_no_colour(written: str) -> None:
    with pytest.raises(InvalidInput):
        colour(written)
