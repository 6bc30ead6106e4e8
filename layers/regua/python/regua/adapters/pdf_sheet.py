"""A sheet of A4 to draw a form on: rules, labelled boxes, text that stays inside, two codes.

Lengths are whole tenths of a millimetre, from the lower left corner of the sheet, and type sizes
whole tenths of a point; they become points only where the canvas is called. Only the standard
Helvetica and Courier are used, so no font is read or embedded: a character they lack is written
without its accent, or as a question mark. Dates and identifiers in the file are fixed: the same
drawing always gives the same bytes.

Source: PDF 32000-1:2008, 9.6.2.2 (standard fonts) and annex D (WinAnsiEncoding); ISO/IEC 18004
(a QR code stands in a margin of four modules).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from unicodedata import combining, normalize

import segno
from reportlab.graphics.barcode.common import I2of5  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.lib.units import mm  # type: ignore[import-untyped]
from reportlab.pdfbase.pdfmetrics import stringWidth  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from regua.adapters.pt_br import one_line

PAPER_WIDTH = 2100
LEFT = 80
WIDTH = PAPER_WIDTH - 2 * LEFT
RIGHT = LEFT + WIDTH
"""Forms reach from the left margin to the right one."""
SANS, BOLD, MONO = "Helvetica", "Helvetica-Bold", "Courier"
THIN, THICK = 2, 6
LABEL_SIZE = 60

_VALUE_SIZE = 90
_STRONG_SIZE = 110
_SMALLEST = 50
_STEP = 5
_PADDING = 12
_LABEL_BASELINE = 21
_LABEL_HEIGHT = 28
_FOOT = 4
_QUIET_MODULES = 4


@dataclass(frozen=True, slots=True)
class Box:
    """A place for text: where its upper left corner is, and its size."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A labelled box of a row; a strong one stands out, as what is paid and when.

    A value of one text stands at the foot of the box, one of several lines starts at its top.
    """

    label: str
    value: str | Sequence[str]
    width: int
    align: str = "left"
    is_strong: bool = False


class Sheet:
    """One page being drawn."""

    def __init__(self, *, title: str, author: str) -> None:
        self._target = BytesIO()
        canvas = Canvas(self._target, pagesize=A4, invariant=1, pageCompression=1, lang="pt-BR")
        canvas.setTitle(title)
        canvas.setAuthor(printable(author))
        canvas.setCreator("Régua")
        self._canvas = canvas

    def finish(self) -> bytes:
        """End the page and return the file."""
        self._canvas.showPage()
        self._canvas.save()
        return self._target.getvalue()

    def rule(self, start: tuple[int, int], end: tuple[int, int], width: int = THIN) -> None:
        """Draw a straight line."""
        self._canvas.setLineWidth(_points(width))
        self._canvas.line(*map(_points, start + end))

    def dashes(self, y: int) -> None:
        """Draw a dashed line from edge to edge."""
        self._canvas.saveState()
        self._canvas.setDash(3, 2)
        self.rule((0, y), (PAPER_WIDTH, y))
        self._canvas.restoreState()

    def text(
        self, x: int, y: int, text: str, *, size: int, font: str = SANS, align: str = "left"
    ) -> None:
        """Write one line as it is; ``x`` is its left end, its right end or its centre."""
        draw = {
            "left": self._canvas.drawString,
            "right": self._canvas.drawRightString,
            "centre": self._canvas.drawCentredString,
        }[align]
        self._canvas.setFont(font, size / 10)
        draw(_points(x), _points(y), text)

    def block(
        self,
        box: Box,
        lines: Sequence[str],
        *,
        size: int = _VALUE_SIZE,
        font: str = SANS,
        align: str = "left",
        is_low: bool = False,
    ) -> None:
        """Write lines into a box, wrapped and made smaller until they fit; low: at its foot."""
        size, fitted = _fit([printable(line) for line in lines], box, size, font)
        x = box.left + box.width if align == "right" else box.left
        y = box.top + size // 10
        if is_low:
            y -= box.height - len(fitted) * leading(size)
        for line in fitted:
            y -= leading(size)
            self.text(x, y, line, size=size, font=font, align=align)

    def cell(self, left: int, top: int, height: int, cell: Cell) -> None:
        """Draw a cell with its left side, except at the margin, where `frame` draws it."""
        if cell.is_strong:
            self._shade(Box(left + THIN, top - THIN, cell.width - 2 * THIN, height - 2 * THIN))
        if left > LEFT:
            self.rule((left, top), (left, top - height))
        self.text(left + _PADDING, top - _LABEL_BASELINE, cell.label, size=LABEL_SIZE)
        lines, is_low = cell.value, False
        if isinstance(cell.value, str):
            lines, is_low = (cell.value,), True
        inside = Box(
            left + _PADDING,
            top - _LABEL_HEIGHT,
            cell.width - 2 * _PADDING,
            height - _LABEL_HEIGHT - _FOOT,
        )
        size, font = (_STRONG_SIZE, BOLD) if cell.is_strong else (_VALUE_SIZE, SANS)
        self.block(inside, lines, size=size, font=font, align=cell.align, is_low=is_low)

    def row(self, top: int, height: int, *cells: Cell) -> int:
        """Draw cells side by side from the left margin; return where the next row starts."""
        left = LEFT
        for cell in cells:
            self.cell(left, top, height, cell)
            left += cell.width
        self.rule((LEFT, top - height), (RIGHT, top - height))
        return top - height

    def frame(self, top: int, bottom: int) -> None:
        """Close the sides of the rows between two heights."""
        self.rule((LEFT, top), (LEFT, bottom))
        self.rule((RIGHT, top), (RIGHT, bottom))

    def barcode(self, digits: str, x: int, y: int) -> None:
        """Draw an interleaved 2 of 5 of 13 mm; 44 digits take 103 mm.

        A check digit of the symbology would be read as part of the number, so there is none.
        """
        bars = I2of5(
            digits,
            barWidth=254 * mm / 1000,
            ratio=3,
            barHeight=13 * mm,
            checksum=0,
            bearers=0,
            quiet=0,
        )
        bars.drawOn(self._canvas, _points(x), _points(y))

    def qr_code(self, content: str, x: int, top: int, size: int) -> None:
        """Draw a QR code, its margin included, in a square."""
        matrix = segno.make_qr(content, error="m", boost_error=False).matrix
        module = _points(size) / (len(matrix) + 2 * _QUIET_MODULES)
        for number, modules in enumerate(matrix):
            y = _points(top) - (number + _QUIET_MODULES + 1) * module
            column = _QUIET_MODULES
            for is_dark, run in groupby(modules):
                length = len(tuple(run))
                if is_dark:
                    left = _points(x) + column * module
                    self._canvas.rect(left, y, length * module, module, stroke=0, fill=1)
                column += length

    def _shade(self, box: Box) -> None:
        self._canvas.saveState()
        self._canvas.setFillGray(9 / 10)
        corner = (box.left, box.top - box.height, box.width, box.height)
        self._canvas.rect(*map(_points, corner), stroke=0, fill=1)
        self._canvas.restoreState()


def printable(text: str) -> str:
    """Write text on one line with the characters of the standard fonts.

    >>> printable("São João, ½ de Škoda – Łódź 日")
    'São João, ½ de Škoda – ?ódz ?'
    """
    return "".join(map(_in_font, normalize("NFC", one_line(text))))


def leading(size: int) -> int:
    """Return the distance between lines in tenths of a millimetre: 1.16 times the type size."""
    return size * 41 // 100


def _points(tenths: int) -> float:
    return float(tenths * mm / 10)


def _fit(lines: Sequence[str], box: Box, size: int, font: str) -> tuple[int, Sequence[str]]:
    """Return the largest size, down to the smallest readable, at which the text fits its box.

    What does not fit even then ends in an ellipsis: a box never overflows.
    """
    while True:
        wrapped = [piece for line in lines for piece in _wrap(line, box.width, size, font)]
        room = box.height // leading(size)
        if len(wrapped) <= room:
            return size, wrapped
        if size <= _SMALLEST:
            break
        size -= _STEP
    last = wrapped[room - 1]
    while _width(f"{last}…", size, font) > box.width:
        last = last[:-1]
    return size, [*wrapped[: room - 1], f"{last}…"]


def _wrap(line: str, width: int, size: int, font: str) -> Sequence[str]:
    """Break a line between words, and inside a word only when it alone is too wide."""
    pieces: list[str] = []
    current = ""
    for word in line.split():
        joined = f"{current} {word}" if current else word
        if _width(joined, size, font) <= width:
            current = joined
            continue
        if current:
            pieces.append(current)
        *full, current = _broken(word, width, size, font)
        pieces.extend(full)
    return [*pieces, current] if current else pieces


def _broken(word: str, width: int, size: int, font: str) -> Sequence[str]:
    """Cut a word into pieces that fit; every box is wider than a character."""
    pieces = []
    while _width(word, size, font) > width:
        end = len(word) - 1
        while _width(word[:end], size, font) > width:
            end -= 1
        pieces.append(word[:end])
        word = word[end:]
    return [*pieces, word]


def _width(text: str, size: int, font: str) -> int:
    """Return the width of text in tenths of a millimetre, rounded up."""
    return int(stringWidth(text, font, size / 10) * 10 / mm) + 1


def _in_font(character: str) -> str:
    if _is_in_font(character):
        return character
    plain = "".join(c for c in normalize("NFKD", character) if not combining(c))
    return plain if _is_in_font(plain) else "?"


def _is_in_font(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True
