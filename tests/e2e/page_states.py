"""Every state of the customer's page, and how somebody gets there.

What a state needs is in the world behind the page; the rest is done in the browser, as anybody
would. ``STATES`` has them all by name.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from PIL import Image

from regua.domain.boleto.bank_boleto import BankBoleto
from regua.domain.invoice import PaymentOptions
from regua.domain.money import Money
from tests.builders import any_customer, any_payment
from tests.e2e.pages import Watched, answer, send, travel, unfold
from tests.page_world import DIGITS, LATE, NOW, OFFERS, TODAY, PageWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from playwright.sync_api import Page

BOLETO = BankBoleto("341", Money(14990), LATE, "1090022335021234567890000").line
AGED = timedelta(days=200)
ACTS = ("ja-paguei", "prometo", "contestar", "segunda-via", "confirmar", "preferencias")


# ── the house ──────────────────────────────────────────────────────────────────────────────────


@dataclass
class Guest:
    """Somebody in front of a browser window, and the system behind the link they hold."""

    world: PageWorld
    seen: Watched
    origin: str
    language: str = "pt"
    link: str = ""

    @property
    def page(self) -> Page:
        return self.seen.page

    def open(self, path: str = "") -> None:
        """Open the link, or another path of it."""
        self.page.goto(f"{self.origin}{self.link}{path}?lang={self.language}")

    def enter(self, *external_ids: str, **changes: Any) -> None:  # noqa: ANN401 - any field of a dispatch
        """Get a message about invoices, follow its link, and answer the question."""
        self.link = self.world.link(*external_ids, **changes)
        self.open()
        answer(self.page, DIGITS)


# ── every state of the page ────────────────────────────────────────────────────────────────────


def landing(guest: Guest) -> None:
    guest.world.bill()
    guest.link = guest.world.link("fat-1")
    guest.open()


def landing_of_a_company(guest: Guest) -> None:
    guest.world.customer = any_customer(name="Padaria Sol Ltda", document="11444777000161")
    landing(guest)


def landing_without_a_question(guest: Guest) -> None:
    guest.world.customer = any_customer(document="")
    landing(guest)


def wrong_digits(guest: Guest) -> None:
    landing(guest)
    answer(guest.page, "0000")


def locked(guest: Guest) -> None:
    landing(guest)
    for _ in range(5):
        answer(guest.page, "0000")


def nothing_typed_that_could_be_right(guest: Guest) -> None:
    landing(guest)
    answer(guest.page, "?")


def not_me(guest: Guest) -> None:
    landing(guest)
    send(guest.page, "nao-sou-eu")


def disowned(guest: Guest) -> None:
    not_me(guest)
    guest.open()


def expired(guest: Guest) -> None:
    guest.world.bill()
    guest.link = guest.world.link("fat-1", at=NOW - AGED)
    guest.open()


def unknown_link(guest: Guest) -> None:
    guest.link = "/p/k1" + "A" * 52
    guest.open()


def unknown_page(guest: Guest) -> None:
    landing(guest)
    guest.open("/senha")


def to_pay(guest: Guest) -> None:
    guest.world.bill(payment=PaymentOptions(boleto_line=BOLETO, url="https://pague.example.com.br"))
    guest.enter("fat-1")


def several_to_pay(guest: Guest) -> None:
    for n in range(1, 5):
        due = TODAY + timedelta(days=10 * n - 30)
        guest.world.bill(f"fat-{n}", due_date=due, description=f"Mensalidade {n}")
    guest.enter("fat-1", "fat-2", "fat-3")


def every_act_unfolded(guest: Guest) -> None:
    several_to_pay(guest)
    for act in ACTS:
        unfold(guest.page, act)


def paid(guest: Guest) -> None:
    guest.world.bill()
    guest.world.pay("fat-1", any_payment())
    guest.world.pay("fat-1", any_payment("pag-2", paid_at=NOW))
    guest.enter("fat-1")


def promised(guest: Guest) -> None:
    to_pay(guest)
    send(guest.page, "prometo", on=str(TODAY + timedelta(days=3)))


def after_a_promise(guest: Guest) -> None:
    promised(guest)
    guest.open()


def disputed(guest: Guest) -> None:
    to_pay(guest)
    send(guest.page, "contestar", reason="not_delivered", words="Não chegou.")


def after_a_dispute(guest: Guest) -> None:
    disputed(guest)
    guest.open()


def said_paid(guest: Guest) -> None:
    to_pay(guest)
    form = unfold(guest.page, "ja-paguei")
    form.locator("[name=proof]").set_input_files(
        {"name": "recibo.png", "mimeType": "image/png", "buffer": png(8, 8)}
    )
    send(guest.page, "ja-paguei", on=str(TODAY), method="pix")


def after_saying_paid(guest: Guest) -> None:
    said_paid(guest)
    guest.open()
    guest.page.locator("article details summary").click()


def reading_confirmed(guest: Guest) -> None:
    to_pay(guest)
    send(guest.page, "confirmar")


def preferences_saved(guest: Guest) -> None:
    to_pay(guest)
    form = unfold(guest.page, "preferencias")
    form.locator("[name=stop]").last.check()
    send(guest.page, "preferencias", channel="email", hour="10")


def copy_sent(guest: Guest) -> None:
    to_pay(guest)
    send(guest.page, "segunda-via")


def wrong_fields(guest: Guest) -> None:
    """Send what the browser itself would have held back."""
    several_to_pay(guest)
    form = unfold(guest.page, "ja-paguei")
    form.evaluate("form => { form.noValidate = true; }")
    form.locator("[name=on]").fill(str(TODAY + timedelta(days=9)))
    form.locator("[name=proof]").set_input_files(
        {"name": "virus.exe", "mimeType": "image/png", "buffer": b"MZ"}
    )
    form.locator("button[type=submit]").click()


def session_over(guest: Guest) -> None:
    to_pay(guest)
    travel(guest.page.context, (NOW + timedelta(hours=1)).isoformat())
    send(guest.page, "confirmar")


def simulator(guest: Guest) -> None:
    to_pay(guest)
    guest.open("/acordo")


def simulated(guest: Guest) -> None:
    simulator(guest)
    guest.page.fill("#parcelas", "4")
    guest.page.click("form[method=get] button")


def terms_not_accepted(guest: Guest) -> None:
    simulated(guest)
    form = guest.page.locator("form[method=post]")
    form.evaluate("form => { form.noValidate = true; }")
    form.locator("button[type=submit]").click()


def settled(guest: Guest) -> None:
    simulated(guest)
    guest.page.check("#aceito")
    guest.page.click("form[method=post] button[type=submit]")


def after_settling(guest: Guest) -> None:
    settled(guest)
    guest.open()


def asked_to_settle(guest: Guest) -> None:
    rule = {**OFFERS["rules"][0], "needs_approval": True}
    guest.world.offer({"rules": [rule]})
    settled(guest)


def while_it_is_looked_at(guest: Guest) -> None:
    asked_to_settle(guest)
    guest.open()


def nothing_offered(guest: Guest) -> None:
    guest.world.bill(due_date=TODAY + timedelta(days=5))
    guest.enter("fat-1")
    guest.open("/acordo")


def preview(guest: Guest) -> None:
    guest.link = guest.world.preview(LOOK)
    guest.open()


def in_the_creditors_look(guest: Guest) -> None:
    guest.world.wear(LOOK)
    to_pay(guest)


def png(width: int, height: int) -> bytes:
    """Return a picture."""
    written = io.BytesIO()
    Image.new("RGB", (width, height), "#7a1f5c").save(written, "PNG")
    return written.getvalue()


LOOK: Mapping[str, Any] = {
    "colours": {"accent": "#7a1f5c"},
    "logo": {
        "media_type": "image/png",
        "base64": base64.b64encode(png(180, 60)).decode(),
        "alt": "Aurora",
    },
    "texts": {"pt": {"show.lead": "Escolha abaixo como prefere pagar."}},
}
STATES: Mapping[str, Callable[[Guest], None]] = {
    each.__name__: each
    for each in (
        landing,
        landing_of_a_company,
        landing_without_a_question,
        wrong_digits,
        locked,
        nothing_typed_that_could_be_right,
        not_me,
        disowned,
        expired,
        unknown_link,
        unknown_page,
        to_pay,
        several_to_pay,
        every_act_unfolded,
        paid,
        promised,
        after_a_promise,
        disputed,
        after_a_dispute,
        said_paid,
        after_saying_paid,
        reading_confirmed,
        preferences_saved,
        copy_sent,
        wrong_fields,
        session_over,
        simulator,
        simulated,
        terms_not_accepted,
        settled,
        after_settling,
        asked_to_settle,
        while_it_is_looked_at,
        nothing_offered,
        preview,
        in_the_creditors_look,
    )
}
HEADINGS = {
    "not_me": "Obrigado por avisar",
    "promised": "Data combinada",
    "disputed": "Contestação registrada",
    "said_paid": "Aviso de pagamento registrado",
    "reading_confirmed": "Leitura confirmada",
    "preferences_saved": "Preferências salvas",
    "copy_sent": "Segunda via a caminho",
    "settled": "Acordo registrado",
    "asked_to_settle": "Pedido de acordo registrado",
    "expired": "Link expirado",
}
"""What some states are known by."""
