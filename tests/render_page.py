"""Photograph the customer's page for the documentation: ``python -m tests.render_page DIRECTORY``.

The function itself answers, stores in memory; few colours keep the pictures small.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from functions.customer_page import handler
from tests.e2e import page_states
from tests.e2e.page_states import Guest
from tests.e2e.pages import DESKTOP, PHONE, chromium, unfold, window
from tests.integration.gateway import Gateway
from tests.page_world import PageWorld, wired_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

    from tests.e2e.pages import Screen

MOST_BYTES = 60_000
COLOURS = 48
DENSITY = 1.5


class Picture(NamedTuple):
    """What is photographed: a state of the page, on a screen, from the top down to ``height``."""

    state: Callable[[Guest], None]
    height: int
    screen: Screen = PHONE
    is_dark: bool = False
    from_: str = ""
    """A selector: the picture begins at it, and not at the top of the page."""


def dispute_form(guest: Guest) -> None:
    """Unfold the form of a dispute."""
    page_states.to_pay(guest)
    unfold(guest.page, "contestar")


PICTURES = {
    "page-landing": Picture(page_states.landing, 740),
    "page-pix-light": Picture(page_states.to_pay, 1240),
    "page-pix-dark": Picture(page_states.to_pay, 1240, is_dark=True),
    "page-dispute": Picture(dispute_form, 560, from_="#contestar"),
    "page-simulator": Picture(page_states.simulated, 1540),
    "page-agreement": Picture(page_states.after_settling, 1000, from_="section:has(> #t-acordo)"),
    "page-receipt": Picture(page_states.disputed, 740),
    "page-desktop": Picture(page_states.in_the_creditors_look, 900, DESKTOP),
}


def main(directory: Path) -> None:
    """Write every picture."""
    directory.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for name, picture in PICTURES.items():
            png = small(photograph(browser, picture))
            if len(png) > MOST_BYTES:
                raise ValueError(f"{name} has {len(png)} bytes")
            (directory / f"{name}.png").write_bytes(png)


def photograph(browser: Browser, picture: Picture) -> bytes:
    """Return a picture of a state of the page."""
    world = PageWorld()
    handler.wire = wired_in(world)  # type: ignore[assignment] # as tests do
    density = DENSITY if picture.screen.is_phone else 1
    scheme = {"color_scheme": "dark"} if picture.is_dark else {}
    gateway = Gateway({"customer_page": lambda event, _: handler.answered(event)[1]}, {})
    with (
        gateway.served() as origin,
        window(browser, picture.screen, device_scale_factor=density, **scheme) as seen,
    ):
        picture.state(Guest(world, seen, origin))
        page = seen.page
        top = 0.0
        if picture.from_:
            box = page.locator(picture.from_).first.bounding_box()
            top = 0 if box is None else max(0, box["y"] + page.evaluate("scrollY") - 12)
        tall: float = page.evaluate("document.documentElement.scrollHeight")
        height = min(picture.height, tall - top)
        clip = {"x": 0, "y": top, "width": picture.screen.width, "height": height}
        return page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type] # a typed dict


def small(png: bytes) -> bytes:
    """Return a picture with few colours."""
    written = io.BytesIO()
    drawn = Image.open(io.BytesIO(png)).convert("RGB")
    drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
