"""A person reads the mail in a browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.integration.carrier.harness import RunningCarrier, running_carrier
from tests.unit.carrier.mail import any_mail
from tests.unit.carrier.phone_messages import DEFINITION, LINK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
NO_CHROMIUM = f"{CHROMIUM} is not installed (Debian: apt-get install chromium)"
BODY = """<!doctype html><html lang="pt-BR"><head><title>Fatura</title></head><body>
<h1>Olá, Ana</h1><p style="width: 100%">Sua fatura venceu.</p>
<a href="{pixels}/pagar">Pagar agora</a><img src="{pixels}/o.gif" alt="">
<script>document.body.innerHTML = "invadido"</script></body></html>"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=NO_CHROMIUM),
]


class Pixels(HTTPServer):
    """Counts who fetched what, as a tracking server would."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        super().__init__(("127.0.0.1", 0), _PixelHandler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _PixelHandler(BaseHTTPRequestHandler):
    server: Pixels

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        del format, args

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def carrier(tmp_path: Path) -> Iterator[RunningCarrier]:
    with running_carrier(tmp_path) as running:
        yield running


@pytest.fixture
def pixels() -> Iterator[Pixels]:
    server = Pixels()
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    yield server
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Page:
    opened = browser.new_page(viewport={"width": 1280, "height": 800}, locale="pt-BR")
    opened.set_default_timeout(15_000)
    return opened


def send(carrier: RunningCarrier, pixels: Pixels, to: str, subject: str) -> None:
    html = BODY.replace("{pixels}", pixels.url)
    carrier.send(to, raw=any_mail(to, subject=subject, html=html))


def test_a_person_finds_reads_and_understands_a_message(
    carrier: RunningCarrier, pixels: Pixels, page: Page
) -> None:
    send(carrier, pixels, "ana@cliente.example.com.br", "Fatura da Ana")
    carrier.behave("bounce", to="bia@*")
    send(carrier, pixels, "bia@cliente.example.com.br", "Fatura da Bia")
    carrier.settle()

    page.goto(carrier.url)
    assert page.locator(".item .subject").all_inner_texts() == ["Fatura da Bia", "Fatura da Ana"]
    assert page.locator(".item .chip.bounced").inner_text() == "Devolvida"

    page.get_by_label("Filtrar por destinatário").fill("ana@")
    page.get_by_role("button", name="Filtrar").click()
    assert page.locator(".item .subject").all_inner_texts() == ["Fatura da Ana"]

    page.locator(".item").click()
    mail = page.frame_locator("iframe")
    assert mail.get_by_role("heading").inner_text() == "Olá, Ana"
    assert mail.get_by_text("invadido").count() == 0

    page.get_by_role("link", name="Texto", exact=True).click()
    assert "Pague em https://" in page.locator("pre.text").inner_text()
    page.get_by_role("link", name="Fonte", exact=True).click()
    assert "Content-Type: multipart/alternative" in page.locator("pre.source").inner_text()
    page.get_by_role("link", name="Recibos", exact=True).click()
    assert page.locator(".timeline strong").all_inner_texts() == [
        "Enviada pelo provedor",
        "Entregue ao servidor do destinatário",
    ]


def test_images_load_and_links_open_only_when_the_person_asks(
    carrier: RunningCarrier, pixels: Pixels, page: Page
) -> None:
    send(carrier, pixels, "ana@cliente.example.com.br", "Fatura")
    page.goto(carrier.url)
    page.locator(".item").click()
    page.frame_locator("iframe").get_by_role("heading").wait_for()
    assert pixels.paths == []

    with page.expect_response("**/o.gif"):
        page.get_by_role("link", name="Mostrar imagens").click()
    assert pixels.paths == ["/o.gif"]

    with page.expect_popup() as popup:
        page.frame_locator("iframe").get_by_role("link", name="Pagar agora").click()
    popup.value.wait_for_load_state()
    assert popup.value.url == f"{pixels.url}/pagar"
    assert page.url.startswith(carrier.url)


def test_a_message_is_shown_as_on_a_phone(
    carrier: RunningCarrier, pixels: Pixels, page: Page
) -> None:
    send(carrier, pixels, "ana@cliente.example.com.br", "Fatura")
    page.goto(carrier.url)
    page.locator(".item").click()
    assert page.locator("iframe").evaluate("frame => frame.clientWidth") > 700
    page.get_by_role("link", name="Ver como no celular").click()
    assert page.locator("iframe").evaluate("frame => frame.clientWidth") == 376


def test_reading_needs_no_script_and_fits_a_small_screen(
    carrier: RunningCarrier, pixels: Pixels, browser: Browser
) -> None:
    send(carrier, pixels, "ana@cliente.example.com.br", "Fatura com um assunto bem comprido " * 3)
    page = browser.new_page(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page.goto(carrier.url)
    page.locator(".item").click()
    assert page.frame_locator("iframe").get_by_role("heading").inner_text() == "Olá, Ana"
    box = page.locator("main").bounding_box()
    assert box is not None
    assert box["width"] <= 390
    page.get_by_role("link", name="Voltar à lista").click()
    assert page.locator(".item").is_visible()


def test_a_person_reads_a_chat_and_answers_it(carrier: RunningCarrier, browser: Browser) -> None:
    carrier.client("socialmessaging").create_whatsapp_message_template(
        id="waba-1", templateDefinition=json.dumps(DEFINITION).encode()
    )
    carrier.send_text()
    carrier.send_call()
    carrier.send_whatsapp("+5511900000107")
    carrier.settle()
    page = browser.new_page(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page.goto(carrier.url)
    page.get_by_role("link", name="WhatsApp", exact=True).click()
    page.locator(".item").click()
    bubble = page.locator(".bubble.out")
    assert "Olá, Ana. Sua fatura F-1 vence amanhã." in bubble.inner_text()
    assert bubble.get_by_role("link", name="Ver fatura").get_attribute("href") == LINK

    bubble.get_by_role("button", name="Já paguei").click()
    carrier.settle()
    page.get_by_role("link", name="Atualizar", exact=True).click()
    assert page.locator(".bubble.in .words").all_inner_texts() == ["Já paguei"]
    page.get_by_label("Responder como cliente").fill("Obrigada!")
    page.get_by_role("button", name="Enviar").click()
    carrier.settle()
    page.get_by_role("link", name="Atualizar", exact=True).click()
    assert page.locator(".bubble.in .words").all_inner_texts() == ["Já paguei", "Obrigada!"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.get_by_role("link", name="Voltar à lista").click()
    page.get_by_role("link", name="Voz", exact=True).click()
    page.locator(".item").click()
    page.get_by_text("Ouvir a ligação").click()
    assert "Tecle 1 se você é a Ana." in page.locator(".call .words").inner_text()
