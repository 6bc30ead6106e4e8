"""The customer's page as people see it: in Chromium, on the function itself, stores in memory.

What must hold of every state (`tests.e2e.page_states`) is tried on each.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

import pytest
from brcode.utils.brcodeId import jsonFromBrcode  # type: ignore[import-untyped]

from functions.customer_page import handler
from regua.domain.invoice import PaymentOptions
from regua.domain.money import Money
from regua.domain.pix.br_code import BrCode, decode, encode
from tests.builders import any_customer
from tests.e2e import pages
from tests.e2e.page_states import (
    HEADINGS,
    STATES,
    Guest,
    after_settling,
    landing,
    simulator,
    to_pay,
    wrong_fields,
)
from tests.e2e.pages import (
    DESKTOP,
    NARROW,
    PHONE,
    Screen,
    pix_codes,
    protocol,
    send,
    unfold,
    window,
)
from tests.page_world import (
    DIGITS,
    PIX_KEY,
    TODAY,
    PageWorld,
    any_page_creditor,
    wired_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser, Response

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.skipif(not pages.CHROMIUM.exists(), reason=pages.NO_CHROMIUM),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with pages.chromium() as running:
        yield running


@pytest.fixture
def world() -> PageWorld:
    return PageWorld()


@pytest.fixture
def origin(world: PageWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(handler, "wire", wired_in(world))
    with world.gateway.served() as url:
        yield url


@pytest.fixture
def guest(browser: Browser, world: PageWorld, origin: str) -> Iterator[Guest]:
    with window(browser) as seen:
        yield Guest(world, seen, origin)


# ── every state of the page ────────────────────────────────────────────────────────────────────

Look = tuple[Screen, Literal["light", "dark"]]
LOOKS: Mapping[str, tuple[Look, ...]] = {
    "pt": ((PHONE, "light"), (DESKTOP, "dark")),
    "en": ((PHONE, "dark"), (DESKTOP, "light")),
}
"""On which screens and in which schemes each language is looked at: every pair of the three."""


@pytest.mark.parametrize("language", LOOKS)
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_accessible_on_every_screen_in_both_schemes_and_languages(
    guest: Guest, state: str, language: str
) -> None:
    guest.language = language
    STATES[state](guest)
    page = guest.page
    assert page.locator("html").get_attribute("lang") == {"pt": "pt-BR", "en": "en"}[language]
    found: list[str] = []
    for screen, scheme in LOOKS[language]:
        page.set_viewport_size({"width": screen.width, "height": screen.height})
        page.emulate_media(color_scheme=scheme)
        wrong = (*pages.violations(page), *pages.spills(page), *pages.small_targets(page))
        found += [f"{screen.width} {scheme}: {each}" for each in wrong]
    assert found == []
    guest.seen.assert_quiet(guest.origin)


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_reached_without_scripts_and_reflows_at_400_per_cent(
    browser: Browser, world: PageWorld, origin: str, state: str
) -> None:
    with window(browser, NARROW, java_script_enabled=False) as seen:
        guest = Guest(world, seen, origin)
        STATES[state](guest)
        heading = guest.page.locator("h1").inner_text()
        assert heading
        assert heading.startswith(HEADINGS.get(state, heading))
        assert pages.spills(guest.page) == []
        pages.space_text(guest.page)
        assert pages.spills(guest.page) == []
        assert pages.cut_texts(guest.page) == []
        seen.assert_quiet(origin)


# ── paying ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_code_on_the_screen_is_the_code_in_the_field_and_asks_for_todays_amount(
    guest: Guest, scheme: str
) -> None:
    guest.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    to_pay(guest)
    (code,) = pix_codes(guest.page)
    assert pages.qr_texts(guest.page.locator(".qr svg")) == [code]
    total = guest.page.locator(".hero .big").inner_text().replace("\xa0", " ")
    said = decode(code)
    assert said.amount is not None
    assert total == f"R$ {said.amount.centavos / 100:.2f}".replace(".", ",")
    assert said.amount.centavos > 14990, "it is late"
    assert said.key == PIX_KEY
    theirs = jsonFromBrcode(code)
    assert theirs["54"] == f"{said.amount.centavos / 100:.2f}"
    assert (theirs["26"]["01"], theirs["62"]["05"]) == (PIX_KEY, said.txid)


def test_a_creditors_own_code_is_shown_with_todays_amount_and_its_own_txid(guest: Guest) -> None:
    own = BrCode(key=PIX_KEY, name="Aurora", city="RECIFE", txid="FAT1", amount=Money(14990))
    guest.world.bill(payment=PaymentOptions(pix_copy_paste=encode(own)))
    guest.enter("fat-1")
    (code,) = pix_codes(guest.page)
    (read,) = pages.qr_texts(guest.page.locator(".qr svg"))
    assert read == code
    said = decode(code)
    assert said.amount is not None
    assert said.amount > Money(14990)
    assert replace(said, amount=own.amount) == own


def test_on_a_phone_the_way_to_pay_is_seen_without_scrolling(guest: Guest) -> None:
    to_pay(guest)
    box = guest.page.get_by_role("button", name="Copiar código Pix").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= PHONE.height


def test_the_code_is_copied_whole(guest: Guest) -> None:
    guest.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    to_pay(guest)
    (code,) = pix_codes(guest.page)
    guest.page.get_by_role("button", name="Copiar código Pix").click()
    guest.page.get_by_text("Copiado.").first.wait_for()
    assert guest.page.evaluate("navigator.clipboard.readText()") == code


def test_the_first_views_are_small(guest: Guest) -> None:
    """Everything a phone loads before it can pay; the picture of the code apart."""
    sizes: list[int] = []
    guest.page.on("response", lambda answered: sizes.append(len(_body(answered))))
    to_pay(guest)
    pictures = guest.page.locator(".qr svg").evaluate_all("all => all.map(e => e.outerHTML)")
    assert sum(sizes) - sum(len(each) for each in pictures) < 60_000
    assert len(sizes) == 3, "the question, its answer, the details: nothing else is loaded"


def _body(answered: Response) -> bytes:
    return b"" if answered.status == HTTPStatus.SEE_OTHER else answered.body()


# ── by keyboard ────────────────────────────────────────────────────────────────────────────────


def test_everything_is_reached_by_keyboard_and_is_seen_when_it_is(guest: Guest) -> None:
    landing(guest)
    page = guest.page
    while page.evaluate("document.activeElement.id") != "digitos":
        page.keyboard.press("Tab")
    page.keyboard.type(DIGITS)
    page.keyboard.press("Enter")
    page.wait_for_selector("#contestar")
    every = page.locator(FOCUSABLE).evaluate_all(
        "all => all.filter(e => e.checkVisibility() && e.tabIndex >= 0).length"
    )
    reached: list[str] = []
    for _ in range(every):
        page.keyboard.press("Tab")
        seen, outline = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
                      return [e.outerHTML.slice(0, 120), s.outlineStyle + s.outlineWidth]; }"""
        )
        reached.append(seen)
        assert outline.startswith(("solid", "auto")), f"no focus is seen on {seen}"
    assert len(set(reached)) == every


FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]"


def test_a_dispute_is_made_by_keyboard(guest: Guest) -> None:
    to_pay(guest)
    page = guest.page
    page.locator("#contestar > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("O valor")
    page.keyboard.press("Tab")
    page.keyboard.type("Paguei metade.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Contestação registrada").wait_for()
    assert "O valor está errado" in page.locator("main").inner_text()


def test_what_is_wrong_with_a_form_gets_the_focus_and_leads_to_its_field(guest: Guest) -> None:
    wrong_fields(guest)
    page = guest.page
    assert page.evaluate("document.activeElement.id") == "erros"
    for link in page.locator("#erros a").all():
        target = (link.get_attribute("href") or "")[1:]
        link.click()
        assert page.evaluate("document.activeElement.id") == target
        field_ = page.locator(f"#{target}")
        assert field_.get_attribute("aria-invalid") == "true"
        described = (field_.get_attribute("aria-describedby") or "").split()
        assert all(page.locator(f"#{each}").is_visible() for each in described)
        assert described


# ── words that would be more than words ────────────────────────────────────────────────────────

POISON = (
    '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    "{{7*7}}</style></textarea></title><svg onload=alert(3)>"
)


@pytest.mark.parametrize("language", LOOKS)
def test_whatever_a_creditor_or_a_customer_writes_is_shown_as_text(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    world = PageWorld(
        any_page_creditor(name=POISON[:120], address_line=POISON[:200], phone="+55 11 4000-0000"),
        any_customer(name=POISON),
    )
    poisoned = {"show.lead": POISON, "land.lead": POISON}
    world.wear({"texts": {"pt": poisoned, "en": poisoned}})
    monkeypatch.setattr(handler, "wire", wired_in(world))
    with world.gateway.served() as origin, window(browser, DESKTOP) as seen:
        guest = Guest(world, seen, origin, language)
        payment = PaymentOptions(url="javascript:alert(4)")
        world.bill(number=POISON, description=POISON, payment=payment)
        guest.enter("fat-1")
        page = guest.page
        assert page.locator("h1").inner_text().count("<script>alert(1)</script>") == 1
        assert page.locator("script").count() == 1
        assert page.locator("main img, [onload], [onerror], a[href^='javascript']").count() == 0
        send(page, "contestar", reason="other", words=POISON)
        guest.open()
        form = unfold(page, "confirmar")
        form.locator("button").click()
        guest.open("/acordo")
        assert page.locator("main img, [onload], [onerror]").count() == 0
        seen.assert_quiet(origin)


def test_a_files_name_and_words_typed_come_back_as_text(guest: Guest) -> None:
    to_pay(guest)
    page = guest.page
    form = unfold(page, "contestar")
    form.evaluate("form => { form.noValidate = true; }")
    form.locator("[name=words]").fill(POISON)
    form.locator("button[type=submit]").click()
    assert page.locator("#dispute-words").input_value() == POISON
    form = unfold(page, "ja-paguei")
    form.locator("[name=proof]").set_input_files(
        {"name": f"{POISON}.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n"}
    )
    send(page, "ja-paguei", on=str(TODAY), method="pix")
    assert page.locator("main img, [onload], [onerror]").count() == 0
    guest.seen.assert_quiet(guest.origin)


# ── settling ───────────────────────────────────────────────────────────────────────────────────


def test_the_simulator_shows_what_a_slider_says_and_what_is_accepted(guest: Guest) -> None:
    simulator(guest)
    page = guest.page
    page.locator("#parcelas").focus()
    page.keyboard.press("Home")
    assert page.locator("#parcelas-v").inner_text() == "1"
    page.keyboard.press("ArrowRight")
    assert page.locator("#parcelas-v").inner_text() == "2"
    page.get_by_role("button", name="Simular").click()
    rows = page.locator("section tbody tr").count()
    assert rows == 3, "a down payment and two instalments"
    total = page.locator(".hero .big").inner_text()
    page.check("#aceito")
    page.get_by_role("button", name="Fazer o acordo").click()
    assert total in page.locator("main").inner_text()
    number = protocol(page)
    page.reload()
    assert protocol(page) == number


def test_every_link_within_a_page_leads_somewhere_on_it(guest: Guest) -> None:
    after_settling(guest)
    page = guest.page
    leads_to = page.locator("a[href^='#']").evaluate_all(
        "all => all.map(e => [e.hash, !!document.getElementById(e.hash.slice(1))])"
    )
    assert leads_to, "the next payment of an agreement is paid on its page"
    assert all(found for _, found in leads_to)
    assert len(pix_codes(page)) == 1


def test_no_second_copy_is_offered_of_what_was_never_sent(guest: Guest) -> None:
    """A settlement's first payment stands in for the debts that the message was about."""
    after_settling(guest)
    assert guest.page.locator("#ja-paguei").count() == 1
    assert guest.page.locator("#segunda-via").count() == 0


# ── somebody else's page ───────────────────────────────────────────────────────────────────────

ELSEWHERE = "https://golpe.example.com/"


def test_another_site_can_neither_send_a_form_nor_frame_the_page(guest: Guest) -> None:
    to_pay(guest)
    page = guest.page
    address = guest.origin + guest.link
    form = page.locator("form[action*=contestar]")
    fields = {
        name: form.locator(f"[name={name}]").get_attribute("value") for name in ("csrf", "ref")
    }
    hidden = "".join(f"<input name={name} value={value}>" for name, value in fields.items())
    page.route(
        ELSEWHERE,
        lambda route: route.fulfill(
            content_type="text/html",
            body=f"<form method=post action={address}/contestar>{hidden}"
            "<input name=reason value=wrong_amount><button>Ganhe um desconto</button></form>"
            f"<iframe src={address}></iframe>",
        ),
    )
    page.goto(ELSEWHERE)
    page.wait_for_timeout(300)
    framed = page.frames[1]
    assert not framed.url.startswith(guest.origin), "the browser shows its own page of refusal"
    with page.expect_navigation() as sent:
        page.get_by_role("button", name="Ganhe um desconto").click()
    assert sent.value.status == HTTPStatus.FORBIDDEN
    guest.open()
    assert page.locator("article .chip").first.inner_text() == "28 dias em atraso"


def test_the_session_is_kept_from_scripts_and_from_every_other_page(guest: Guest) -> None:
    to_pay(guest)
    (kept,) = guest.page.context.cookies()
    assert kept["name"].startswith("__Secure-")
    assert (kept["httpOnly"], kept["secure"], kept["sameSite"]) == (True, True, "Lax")
    assert kept["path"] == guest.link
    assert guest.page.evaluate("document.cookie") == ""
    mine = guest.link
    other = guest.world.link("fat-1")
    guest.link = other
    guest.open()
    assert guest.page.locator("#digitos").is_visible()
    guest.link = mine
    guest.open()
    assert guest.page.locator("#digitos").count() == 0
