"""The page as Chromium lays it out: nothing sticks out, in either theme, on any screen."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from regua.adapters.email_renderer import JinjaEmailRenderer
from tests.unit.email.builders import TEMPLATES, any_content, any_sender
from tests.unit.email.reading import contrast

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
CHROMIUM = Path("/usr/bin/chromium")
LONG = "Distribuidora" * 12
COLOURS = """() => [...document.querySelectorAll('h1,h2,h3,p,a,th,td,span,code')]
  .filter(e => e.offsetWidth && [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()))
  .map(e => {
    let box = e;
    while (getComputedStyle(box).backgroundColor == 'rgba(0, 0, 0, 0)') box = box.parentElement;
    return [e.textContent, getComputedStyle(e).color, getComputedStyle(box).backgroundColor];
  })"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed (Debian package chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"],
        )
        yield chromium
        chromium.close()


def hex_of(color: str) -> str:
    return "#" + "".join(f"{int(channel):02x}" for channel in re.findall(r"\d+", color)[:3])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_message_fits_and_can_be_read_on_a_small_screen(
    browser: Browser, template: str, scheme: str
) -> None:
    line = {"number": "9" * 90, "description": LONG}
    hostile = any_content(
        template, 3, sender=any_sender(name=LONG, address_line=LONG), customer_name=LONG, line=line
    )
    for content in (any_content(template), hostile):
        html = JinjaEmailRenderer().render(content).html
        for width in (320, 360, 800):
            page = browser.new_page(
                viewport={"width": width, "height": 700},
                color_scheme="dark" if scheme == "dark" else "light",
            )
            page.set_content(html)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            colours = page.evaluate(COLOURS)
            page.close()
            assert len(colours) > 15
            for text, color, background in colours:
                assert contrast(hex_of(color), hex_of(background)) >= 4.5, text
