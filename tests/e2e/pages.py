"""The customer's page in a browser: Debian's Chromium, what it asks for, and what axe says of it.

axe-core is injected through the debugger, which no content security policy concerns: the page's
own policy stays in force, and what it refuses shows among the complaints.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import zxingcpp
from PIL import Image
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Locator, Page

CHROMIUM = Path("/usr/bin/chromium")
NO_CHROMIUM = f"{CHROMIUM} is not installed (Debian: apt-get install chromium)"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
PATIENCE_MILLISECONDS = 30_000
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""axe's tags: every rule of WCAG 2.2 up to AA, and what axe recommends besides."""


@dataclass(frozen=True)
class Screen:
    """A viewport in CSS pixels."""

    width: int
    height: int
    is_phone: bool = False


PHONE = Screen(360, 740, is_phone=True)
DESKTOP = Screen(1280, 900)
NARROW = Screen(320, 256, is_phone=True)
"""A screen of 1280 by 1024 at 400 %: WCAG 2.2, 1.4.10 (Reflow)."""


@dataclass
class Watched:
    """A browser window, everything that it asked for, and everything that went wrong in it."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("console", self._heard)
        self.page.on("dialog", self._dialog)

    def _heard(self, message: ConsoleMessage) -> None:
        expected = "Failed to load resource: the server responded with a status of 4"
        if not message.text.startswith(expected):  # a form that is refused, a link that is none
            self.complaints.append(f"{message.type}: {message.text}")

    def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def assert_quiet(self, origin: str) -> None:
        """Fail when another site was asked for anything, or anything was complained about."""
        elsewhere = [u for u in self.asked if not u.startswith("data:") and _origin(u) != origin]
        assert elsewhere == []
        assert self.complaints == []


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def window(browser: Browser, screen: Screen = PHONE, **options: Any) -> Iterator[Watched]:  # noqa: ANN401 - Playwright's own
    """Open a window with no cookies in it.

    Args:
        browser: which one.
        screen: its size.
        options: of `playwright.sync_api.Browser.new_context`.
    """
    context = browser.new_context(
        viewport={"width": screen.width, "height": screen.height},
        **{
            "locale": "pt-BR",
            "timezone_id": "America/Sao_Paulo",
            "has_touch": screen.is_phone,
            **options,
        },
    )
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    try:
        yield Watched(context.new_page())
    finally:
        context.close()


def travel(context: BrowserContext, instant: str | None) -> None:
    """Have every request of a window say when it happens; None ends that."""
    context.set_extra_http_headers({} if instant is None else {"X-Regua-As-Of": instant})


def no_motion(page: Page) -> None:
    """Have the page shown as to somebody who asked for reduced motion."""
    page.emulate_media(reduced_motion="reduce")


# ── what the page is like ──────────────────────────────────────────────────────────────────────


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong on the page as it stands, one line for each place."""
    page.evaluate(_axe())
    found: Sequence[Mapping[str, Any]] = page.evaluate(
        "async tags => (await axe.run(document, {runOnly: tags, resultTypes: ['violations']}))"
        ".violations",
        list(RULES),
    )
    return [
        f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}"
        for rule in found
        for node in rule["nodes"]
    ]


def spills(page: Page) -> list[str]:
    """Return what makes the page scroll sideways; nothing when it does not."""
    found: list[str] = page.evaluate(
        """() => {
          const wide = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= wide) return [];
          return [...document.body.querySelectorAll('*')]
            .filter(e => e.getBoundingClientRect().right > wide + 0.5)
            .map(e => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 40)}`);
        }"""
    )
    return found


def small_targets(page: Page, least: int = 24) -> list[str]:
    """Return controls that are smaller than WCAG 2.2, 2.5.8 asks for; links in a text may be."""
    found: list[str] = page.evaluate(
        """least => [...document.querySelectorAll(
            'a,button,input:not([type=hidden]),select,textarea,summary')]
          .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.closest('p,li,dd'))
          .map(e => [e, e.getBoundingClientRect()])
          .filter(([, box]) => box.width < least || box.height < least)
          .map(([e, box]) => `${e.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)""",
        least,
    )
    return found


TEXT_SPACING = (
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important;"
    " word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }"
)
"""WCAG 2.2, 1.4.12 (Text Spacing)."""


def space_text(page: Page) -> None:
    """Space the text as a reader's own style sheet may; the page's policy concerns no reader."""
    page.evaluate(
        """css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);
                    document.adoptedStyleSheets = [sheet]; }""",
        TEXT_SPACING,
    )


def cut_texts(page: Page) -> list[str]:
    """Return elements whose text does not fit into them and cannot be scrolled to; fields can."""
    found: list[str] = page.evaluate(
        """() => [...document.body.querySelectorAll('*')].filter(e => {
            const style = getComputedStyle(e);
            const hides = v => v === 'hidden' || v === 'clip';
            return e.checkVisibility() && e.clientWidth > 2 && !e.matches('input,select') && (
              (hides(style.overflowX) && e.scrollWidth > e.clientWidth + 1) ||
              (hides(style.overflowY) && e.scrollHeight > e.clientHeight + 1));
          }).map(e => e.outerHTML.slice(0, 80))"""
    )
    return found


def qr_texts(where: Page | Locator) -> list[str]:
    """Return what a phone's camera reads on the screen."""
    image = Image.open(io.BytesIO(where.screenshot()))
    return [code.text for code in zxingcpp.read_barcodes(image)]


# ── what a customer does on it ─────────────────────────────────────────────────────────────────


def answer(page: Page, characters: str) -> None:
    """Answer the question."""
    page.fill("#digitos", characters)
    page.click("form[action*='abrir'] button")


def unfold(page: Page, act: str) -> Locator:
    """Open the form of an act, named as the last part of its address, and return it."""
    form = page.locator(f"form[action*='{act}']")
    if not form.is_visible():
        page.locator(f"#{act} > summary").click()
    return form


def send(page: Page, act: str, **fields: str) -> None:
    """Fill an act's form in by the names of its fields, and send it."""
    form = unfold(page, act)
    for name, value in fields.items():
        entry = form.locator(f"[name={name}]:not([type=hidden])")
        if entry.evaluate("e => e.tagName") == "SELECT":
            entry.select_option(value)
        elif entry.count():
            entry.fill(value)
    form.locator("button[type=submit]").click()


def pix_codes(page: Page) -> list[str]:
    """Return the Pix codes that can be copied, in the order of the page."""
    found: list[str] = page.locator("input[id^=pix-]").evaluate_all("all => all.map(e => e.value)")
    return found


def protocol(page: Page) -> str:
    """Return the protocol number of the receipt that is shown."""
    return page.locator("dl.facts strong").first.inner_text()
