"""The picture of a code says the code: read back by a decoder that is not the encoder's."""

import re

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from functions.customer_page.qr import qr_svg
from tests.unit.customer_page.markup import Markup
from tests.unit.customer_page.samples import PIX

QR_CODE = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
"""All that a bank's app looks for: rows of dark and light can be taken for bars of other codes."""
_SCALE = 4
_STEP = re.compile(r"([Mm]) ?(-?[\d.]+) (-?[\d.]+)|h(\d+)")


def drawn(svg: str) -> Image.Image:
    """Draw the strokes of a picture of ours: rows of modules, each one unit high."""
    (size,) = re.findall(r'viewBox="0 0 (\d+) \d+"', svg)
    (strokes,) = re.findall(r'stroke="#000" d="([^"]+)"', svg)
    image = Image.new("L", (int(size) * _SCALE, int(size) * _SCALE), 255)
    pen, x, y = ImageDraw.Draw(image), 0.0, 0.0
    for found in _STEP.finditer(strokes):
        if found[4]:
            row = (y - 0.5) * _SCALE
            end = x + int(found[4])
            pen.rectangle((x * _SCALE, row, end * _SCALE - 1, row + _SCALE - 1), fill=0)
            x = end
        elif found[1] == "M":
            x, y = float(found[2]), float(found[3])
        else:
            x, y = x + float(found[2]), y + float(found[3])
    return image


@pytest.mark.parametrize("is_quick", [False, True])
def test_a_camera_reads_the_code(*, is_quick: bool) -> None:
    found = zxingcpp.read_barcodes(drawn(qr_svg(PIX, "t", "d", is_quick=is_quick)), formats=QR_CODE)
    assert [code.text for code in found] == [PIX]
    assert found[0].ec_level == "M"


@settings(max_examples=25)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=60, max_size=400))
def test_every_code_can_be_read_however_quickly_it_is_drawn(code: str) -> None:
    found = zxingcpp.read_barcodes(drawn(qr_svg(code, "t", "d", is_quick=True)), formats=QR_CODE)
    assert [each.text for each in found] == [code]


def test_who_does_not_see_it_is_told_what_it_is() -> None:
    svg = qr_svg(PIX, "QR <b>", "R$ & mais")
    markup = Markup(f"<h1>x</h1>{svg}")
    assert markup.faults == []
    assert markup.all("svg")[0]["role"] == "img"
    assert "QR <b>" in markup.text
    assert "R$ & mais" in markup.text
    assert "style" not in svg
