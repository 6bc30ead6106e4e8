"""The documentation page in a browser: it shows every operation and asks nobody else for anything.

The API is in memory; Debian's Chromium is driven by Playwright.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from functions.api import handler
from functions.api.described import operations_of
from tests.integration.conftest import World
from tests.integration.tour import AURORA, api_in_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PATIENCE_MILLISECONDS = 30_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


@pytest.fixture
def api_url() -> Iterator[str]:
    with api_in_memory(World()) as gateway, gateway.served() as url:
        yield url


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser.new_page()
        browser.close()


def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(
    page: Page, api_url: str
) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{api_url}/docs")
    page.wait_for_selector(".opblock", timeout=PATIENCE_MILLISECONDS)
    count = len(list(operations_of(json.loads(handler.openapi()))))
    assert page.locator(".opblock").count() == count
    assert not complaints
    elsewhere = {u for u in asked if not u.startswith("data:")}
    assert {urlsplit(url).netloc for url in elsewhere} == {urlsplit(api_url).netloc}


def test_an_operation_can_be_tried_with_a_token(page: Page, api_url: str) -> None:
    page.goto(f"{api_url}/docs")
    page.wait_for_selector(".opblock", timeout=PATIENCE_MILLISECONDS)
    page.click(".auth-wrapper .authorize")
    page.fill("#auth-bearer-value", AURORA)
    page.click(".auth-container:has(#auth-bearer-value) .authorize")
    page.click(".btn-done")
    operation = page.locator("#operations-rulers-get_assignment")
    operation.locator(".opblock-summary-control").click()
    operation.locator(".try-out__btn").click()
    operation.locator(".execute").click()
    shown = operation.locator(".live-responses-table .response-col_status")
    shown.last.wait_for(timeout=PATIENCE_MILLISECONDS)
    assert "200" in shown.all_inner_texts()[-1]
