"""A creditor's look on the page that its customers land on: an accent colour and a logo.

The contrast of two colours is worked out as WCAG 2.2 defines it. Text in the accent colour stands
on `LIGHT_SURFACE` or `DARK_SURFACE`; text on the accent colour is black or white, whichever is
easier to read: one of the two always reaches 4.5 to 1.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from functools import cache

from regua.domain.errors import InvalidInput

LIGHT_SURFACE = "#ffffff"
"""What text in the accent colour stands on by day."""
DARK_SURFACE = "#19211e"
"""What text in the accent colour stands on in dark mode; the e-mails' dark card has it as well."""
BLACK, WHITE = "#000000", "#ffffff"
MIN_CONTRAST = Decimal("4.5")
"""Source: WCAG 2.2, success criterion 1.4.3, level AA, for text of any size."""
OUR_ACCENT = "#0b5a4c"
OUR_DARK_ACCENT = "#84d6c0"

_COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII)
_DIGITS = 28
_STEPS = 64


def colour(text: str) -> str:
    """Return a colour as we write it: ``#`` and six lower-case hexadecimal digits.

    Raises:
        InvalidInput: it is written otherwise.

    >>> colour("#0B5A4C")
    '#0b5a4c'
    """
    read = text.lower()
    if not _COLOUR.fullmatch(read):
        raise InvalidInput.at("colour", "not # and six hexadecimal digits, such as #0b5a4c")
    return read


@cache
def _linear(level: int) -> Decimal:
    """Return the light of one channel, 0 to 255, as a part of one."""
    with localcontext() as context:
        context.prec = _DIGITS
        part = Decimal(level) / 255
        if part <= Decimal("0.04045"):
            return part / Decimal("12.92")
        return ((part + Decimal("0.055")) / Decimal("1.055")) ** Decimal("2.4")


def luminance(of: str) -> Decimal:
    """Return the relative luminance of a colour: 0 for black, 1 for white.

    Source: WCAG 2.2, definition of relative luminance.

    >>> luminance("#000000") == 0, luminance("#ffffff") == 1
    (True, True)
    """
    red, green, blue = (_linear(int(of[at : at + 2], 16)) for at in (1, 3, 5))
    return Decimal("0.2126") * red + Decimal("0.7152") * green + Decimal("0.0722") * blue


def contrast(one: str, other: str) -> Decimal:
    """Return the contrast ratio of two colours, from 1 to 21, whichever is lighter.

    Source: WCAG 2.2, definition of contrast ratio: (L1 + 0.05) / (L2 + 0.05).

    >>> contrast("#000000", "#ffffff") == 21
    True
    """
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + Decimal("0.05")) / (darker + Decimal("0.05"))


def label_on(background: str) -> str:
    """Return the colour of a label on a background: black or white, whichever is easier to read.

    >>> label_on("#0b5a4c"), label_on("#84d6c0")
    ('#ffffff', '#000000')
    """
    on_black, on_white = contrast(BLACK, background), contrast(WHITE, background)
    return BLACK if on_black > on_white else WHITE


def readable_on(background: str, wished: str) -> str:
    """Return the colour nearest to the wished one that can be read on a dark background.

    It is lightened towards white by as little as it takes; one that can be read is not changed.

    >>> readable_on(DARK_SURFACE, "#0b5a4c")
    '#5b9086'
    """
    channels = [int(wished[at : at + 2], 16) for at in (1, 3, 5)]
    for step in range(_STEPS):
        mixed = [level + (255 - level) * step // _STEPS for level in channels]
        found = "#" + "".join(f"{level:02x}" for level in mixed)
        if contrast(found, background) >= MIN_CONTRAST:
            return found
    return WHITE


@dataclass(frozen=True, slots=True)
class Logo:
    """A creditor's logo, as it is shown at the top of the page.

    ``media_type``, ``width`` and ``height`` (pixels) are what the bytes say. An empty ``alt``
    leaves the creditor's name, which stands beside it, to speak for it.
    """

    media_type: str
    content: bytes = field(repr=False)
    width: int
    height: int
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """Colours and logo of a creditor's page; without any, ours."""

    accent: str = OUR_ACCENT
    accent_dark: str = OUR_DARK_ACCENT
    """The accent colour of the dark mode."""
    logo: Logo | None = None

    @property
    def label(self) -> str:
        """The colour of what is written on the accent colour."""
        return label_on(self.accent)

    @property
    def label_dark(self) -> str:
        """The colour of what is written on the accent colour of the dark mode."""
        return label_on(self.accent_dark)


OUR_LOOK = Look()
