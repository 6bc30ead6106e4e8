"""The customer's page from the link to the receipt: sessions, forms, limits, and who sees what."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urljoin

import pytest

from functions.customer_page import handler
from regua.domain.delivery import EventKind
from regua.domain.errors import PublishFailed, TemporaryError
from regua.domain.holds import HoldKind
from regua.domain.ids import DispatchId
from regua.domain.money import Money
from regua.domain.notes import NoteKind
from regua.domain.page_session import SESSION_LASTS
from regua.domain.tokens import HitKind, TrackingKeys, issue, verify
from tests.builders import CREDITOR, CUSTOMER, any_customer, any_payment
from tests.integration.lambdas import Context, Printed
from tests.page_world import (
    DIGITS,
    KEYS,
    NOW,
    PAGE_DAYS,
    PageWorld,
    any_page_creditor,
    page_path,
    wired_in,
)
from tests.unit.customer_page.markup import Markup
from tests.unit.tracking.requests import any_request

LATER = NOW + timedelta(minutes=1)
FORM = "application/x-www-form-urlencoded"
OTHERS = TrackingKeys.from_secret({"current": "k1", "k1": "a guess"})
PDF = b"%PDF-1.7\n" + b"0" * 5_000
Answered = dict[str, Any]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> PageWorld:
    found = PageWorld()
    monkeypatch.setattr(handler, "wire", wired_in(found))
    return found


@dataclass
class Browser:
    """Keeps the page's cookie, follows its redirects, and sends the forms that it shows."""

    path: str
    at: datetime = NOW
    cookie: str = ""

    @property
    def dispatch_id(self) -> str:
        """The message whose page it is."""
        token = verify(self.path.rpartition("/")[2], KEYS)
        assert token is not None
        return token.dispatch_id

    def ask(self, rest: str = "", method: str = "GET", **changes: Any) -> Answered:  # noqa: ANN401
        """Ask once."""
        path, _, query = f"{self.path}/{rest}".rstrip("/").partition("?")
        event = any_request(path, method, rawQueryString=query, **changes)
        event["requestContext"]["timeEpoch"] = int(self.at.timestamp() * 1000)
        if self.cookie:
            event["cookies"] = ["other=1", self.cookie]
        answered: Answered = handler.lambda_handler(event, Context())
        for line in answered.get("cookies", ()):
            self.cookie = line.partition(";")[0]
        return answered

    def post(self, rest: str, fields: Mapping[str, object], **headers: str) -> Answered:
        """Send fields as they are."""
        body = urlencode(fields, doseq=True)
        return self.ask(rest, "POST", body=body, headers={"content-type": FORM, **headers})

    def form(self, act: str, page: str = "") -> dict[str, str]:
        """Return what is hidden in an act's form."""
        body = self.ask(page)["body"]
        found = re.search(
            rf'<form method="post" action="[^"]*/{act}(?:\?[^"]*)?".*?</form>', body, re.DOTALL
        )
        assert found is not None, act
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found[0]))

    def send(self, act: str, page: str = "", **fields: object) -> Answered:
        """Fill a form in and send it."""
        return self.post(act, {**self.form(act, page), **fields})

    def follow(self, answered: Answered) -> Answered:
        """Go where an answer leads."""
        assert answered["statusCode"] == 303, Markup(answered["body"]).text
        target = urljoin(f"{self.path}/x", answered["headers"]["location"])
        return self.ask(target.removeprefix(self.path).lstrip("/"))

    def identified(self) -> "Browser":
        """Answer the question."""
        assert self.send("abrir", digits=DIGITS)["statusCode"] == 303
        return self


@pytest.fixture
def guest(world: PageWorld) -> Browser:
    """Return a browser at the link of a message about one late invoice."""
    world.bill()
    return Browser(world.link("fat-1"))


@pytest.fixture
def customer(guest: Browser) -> Browser:
    """Return a browser in which the question was answered."""
    return guest.identified()


def text(answered: Answered) -> str:
    return Markup(answered["body"]).text


def acted(world: PageWorld) -> list[Any]:
    """Return what stands in the chains about acts."""
    chains = world.ledger.events.values()
    return [e for chain in chains for e in chain.values() if e.kind is EventKind.ACTED]


def noted(world: PageWorld) -> list[Mapping[str, str]]:
    """Return the facts of every act's note."""
    notes = world.portfolio.notes(CREDITOR, CUSTOMER)
    return [n.facts for n in notes if n.kind is NoteKind.CUSTOMER_ACTED]


# Before the question ------------------------------------------------------------------------------


def test_whoever_has_the_link_sees_who_wrote_and_nothing_else(guest: Browser) -> None:
    landed = guest.ask()
    assert landed["statusCode"] == 200
    said = text(landed)
    assert "Mensagem de Aurora Energia Ltda" in said
    for private in ("R$", "Maria", "Silva", "FAT-1", "149", "fatura"):
        assert private not in said
    headers = landed["headers"]
    assert headers["content-security-policy"].startswith("default-src 'none'; ")
    assert (headers["referrer-policy"], headers["x-frame-options"]) == ("no-referrer", "DENY")
    assert "no-store" in headers["cache-control"]


def test_programs_that_look_at_links_change_nothing(guest: Browser, world: PageWorld) -> None:
    head = guest.ask(method="HEAD")
    assert (head["statusCode"], head["body"]) == (200, "")
    guest.ask(agent="WhatsApp/2.23.20.0")
    assert acted(world) == []
    assert world.publisher.of("CustomerActed") == []


def test_the_cookie_is_for_this_page_and_for_no_script(guest: Browser) -> None:
    (cookie,) = guest.ask()["cookies"]
    name, *attributes = cookie.split("; ")
    assert name.startswith("__Secure-regua=")
    assert attributes == [
        f"Path={guest.path}",
        "Max-Age=1800",
        "Secure",
        "HttpOnly",
        "SameSite=Lax",
    ]


def test_a_right_answer_opens_the_page_with_another_session(guest: Browser) -> None:
    fields = guest.form("abrir")
    before = guest.cookie
    opened = guest.post("abrir", {**fields, "digits": " 47-25 "})
    assert opened["statusCode"] == 303
    assert guest.cookie not in {"", before}
    assert "Total para pagar hoje" in text(guest.follow(opened))
    assert "abrir" not in guest.ask()["body"]


def test_a_wrong_answer_opens_nothing_and_is_not_shown_again(guest: Browser) -> None:
    refused = guest.send("abrir", digits="9876")
    assert refused["statusCode"] == 422
    assert "9876" not in refused["body"]
    assert "mais 4 vezes" in text(refused)
    assert "R$" not in guest.ask()["body"]


def test_answers_are_counted_whatever_the_session(guest: Browser) -> None:
    statuses = [
        Browser(guest.path).send("abrir", digits=f"{n:04d}")["statusCode"] for n in range(5)
    ]
    assert statuses == [422] * 4 + [429]
    locked = Browser(guest.path).send("abrir", digits=DIGITS)
    assert locked["statusCode"] == 429
    assert "cookies" not in locked
    assert "amanhã" in text(locked)
    tomorrow = Browser(guest.path, at=NOW + timedelta(days=1))
    assert tomorrow.send("abrir", digits=DIGITS)["statusCode"] == 303


def test_what_is_no_answer_costs_no_try(guest: Browser) -> None:
    for _ in range(8):
        assert guest.send("abrir", digits="12")["statusCode"] == 422
    assert guest.send("abrir", digits=DIGITS)["statusCode"] == 303


def test_nobody_is_asked_what_is_not_on_file(world: PageWorld) -> None:
    world.customer = any_customer(document="")
    world.bill()
    guest = Browser(world.link("fat-1"))
    landed = guest.ask()
    assert 'id="digitos"' not in landed["body"]
    assert "use os contatos abaixo" in text(landed)
    assert "R$" not in landed["body"]


def test_a_creditor_that_is_paused_shows_its_contact_only(world: PageWorld) -> None:
    world.bill()
    guest = Browser(world.link("fat-1")).identified()
    world.directory.creditors[CREDITOR] = replace(world.creditor, paused=True)
    landed = guest.ask()
    assert (landed["statusCode"], "R$" in landed["body"]) == (200, False)
    assert "financeiro@aurora.example.com.br" in text(landed)


# Whose link it is ---------------------------------------------------------------------------------


def test_links_that_are_not_ours_look_alike(world: PageWorld) -> None:
    world.bill()
    dispatch_id = world.message("fat-1").dispatch_id
    real = page_path(dispatch_id)
    altered = real[:-1] + ("A" if real[-1] != "A" else "B")
    wrong = [
        "/p/x",
        "/p/",
        "/",
        altered,
        f"/p/{issue(HitKind.PAGE, dispatch_id, None, NOW, OTHERS)}",
        f"/p/{issue(HitKind.CONFIRM, dispatch_id, None, NOW, KEYS)}",
        f"/p/{issue(HitKind.CLICK, dispatch_id, 0, NOW, KEYS)}",
        page_path(DispatchId("0" * 32)),
        f"/p/{issue(HitKind.PREVIEW, 'e' * 32, None, NOW, KEYS)}",
    ]
    answers = [Browser(path).ask() for path in wrong]
    answers += [Browser(path).post("abrir", {"digits": DIGITS}) for path in wrong]
    assert {a["statusCode"] for a in answers} == {404}
    assert len({a["body"] for a in answers}) == 1
    assert "Aurora" not in answers[0]["body"]
    assert not [a for a in answers if "cookies" in a]


def test_a_link_ends_and_still_says_whom_to_ask(guest: Browser) -> None:
    guest.at = NOW + timedelta(days=PAGE_DAYS, seconds=1)
    for answered in (guest.ask(), guest.ask("acordo"), guest.post("abrir", {"digits": DIGITS})):
        assert answered["statusCode"] == 410
        assert "financeiro@aurora.example.com.br" in text(answered)
        assert "R$" not in answered["body"]


def test_a_session_opens_its_own_page_only_and_ends(world: PageWorld, customer: Browser) -> None:
    other = Browser(world.link("fat-1"), cookie=customer.cookie)
    assert "Ver a mensagem" in text(other.ask())
    customer.at = NOW + SESSION_LASTS
    assert "Total para pagar" in text(customer.ask())
    customer.at = NOW + SESSION_LASTS + timedelta(seconds=1)
    assert "Ver a mensagem" in text(customer.ask())


@pytest.mark.parametrize("rest", ["acordo", "comprovante/2345-6789-AB"])
def test_every_page_of_a_link_asks_the_question_first(guest: Browser, rest: str) -> None:
    landed = guest.ask(rest)
    assert (landed["statusCode"], "Ver a mensagem" in text(landed)) == (200, True)


# Whose form it is ---------------------------------------------------------------------------------

OFFERED = ["confirmar", "ja-paguei", "prometo", "contestar", "preferencias", "acordo"]
ACTS = [*OFFERED, "segunda-via"]


@pytest.mark.parametrize("act", ACTS)
def test_nothing_is_done_before_the_question(world: PageWorld, guest: Browser, act: str) -> None:
    guest.ask()
    refused = guest.post(act, {"csrf": "0" * 32, "on": "2026-11-12"})
    assert refused["statusCode"] == 403
    assert "Confirme novamente" in text(refused)
    assert acted(world) == noted(world) == []


def test_who_comes_back_too_late_answers_once_and_goes_on(customer: Browser) -> None:
    fields = customer.form("prometo")
    customer.at, customer.cookie = NOW + timedelta(minutes=31), ""
    over = customer.post("prometo", {**fields, "on": "2026-11-12"})
    assert (over["statusCode"], "Confirme novamente" in text(over)) == (403, True)
    (value,) = re.findall(r'/abrir".*?name="csrf" value="(\w+)"', over["body"], re.DOTALL)
    assert customer.post("abrir", {"csrf": value, "digits": DIGITS})["statusCode"] == 303


@pytest.mark.parametrize("act", [*OFFERED, "nao-sou-eu"])
def test_a_form_needs_the_value_of_its_own_act_and_session(
    world: PageWorld, customer: Browser, act: str
) -> None:
    another = Browser(customer.path).identified()
    values = [
        "",
        "0" * 32,
        customer.form("prometo" if act != "prometo" else "contestar")["csrf"],
        another.form(act, "acordo" if act == "acordo" else "")["csrf"],
    ]
    for value in values:
        refused = customer.post(act, {"csrf": value, "words": "fica aqui"})
        assert refused["statusCode"] == 400
        assert "mais uma vez" in text(refused)
    assert acted(world) == noted(world) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "null"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
    ],
)
def test_another_sites_form_is_refused(
    world: PageWorld, customer: Browser, headers: dict[str, str]
) -> None:
    fields = customer.form("confirmar")
    refused = customer.post("confirmar", fields, **headers)
    assert refused["statusCode"] == 403
    assert "Pedido recusado" in text(refused)
    assert acted(world) == []


def test_a_question_answered_for_somebody_needs_this_browsers_form(guest: Browser) -> None:
    """Nobody is made to use a session that somebody else knows."""
    fields = Browser(guest.path).form("abrir")
    guest.ask()
    refused = guest.post("abrir", {**fields, "digits": DIGITS})
    assert refused["statusCode"] == 400
    assert "R$" not in guest.ask()["body"]


@pytest.mark.parametrize("body", ["\ud800", "%", "a=1&" * 50, "{}", "", None])
def test_a_body_that_is_no_form_is_an_empty_one(customer: Browser, body: str | None) -> None:
    for kind in (FORM, "text/plain", "multipart/form-data; boundary=x"):
        refused = customer.ask("prometo", "POST", body=body, headers={"content-type": kind})
        assert refused["statusCode"] == 400


def test_a_body_beyond_its_limit_is_not_read(customer: Browser) -> None:
    for act, size in (("prometo", 17_000), ("contestar", 17_000), ("ja-paguei", 17_000)):
        refused = customer.post(act, {"words": "x" * size})
        assert (refused["statusCode"], "grande demais" in text(refused)) == (413, True)


@pytest.mark.parametrize(
    ("rest", "method", "status"),
    [
        ("nada", "GET", 404),
        ("nada", "POST", 404),
        ("acordo/nada", "GET", 404),
        ("comprovante/2345-6789-AB", "GET", 404),
        ("comprovante/2345-6789-AB", "POST", 404),
        ("", "POST", 405),
        ("", "PUT", 405),
        ("acordo", "DELETE", 405),
        ("prometo", "GET", 303),
        ("abrir", "GET", 303),
    ],
)
def test_what_is_not_there_is_answered_politely(
    customer: Browser, rest: str, method: str, status: int
) -> None:
    answered = customer.ask(rest, method)
    assert answered["statusCode"] == status
    if status == 405:
        assert answered["headers"]["allow"] == "GET, HEAD, POST"
    if status != 303:
        assert Markup(answered["body"]).faults == []


# Acts ---------------------------------------------------------------------------------------------


def upload(browser: Browser, content: bytes, **fields: str) -> Answered:
    """Send the form that may carry a file."""
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
        for name, value in {**browser.form("ja-paguei"), **fields}.items()
    ]
    head = b'Content-Disposition: form-data; name="proof"; filename="c.pdf"\r\n'
    parts.append(head + b"Content-Type: application/pdf\r\n\r\n" + content)
    body = b"".join(b"--limite\r\n" + part + b"\r\n" for part in parts) + b"--limite--\r\n"
    return browser.ask(
        "ja-paguei",
        "POST",
        body=base64.b64encode(body).decode(),
        isBase64Encoded=True,
        headers={"content-type": "multipart/form-data; boundary=limite"},
    )


def test_a_payment_on_its_way_pauses_contact_and_its_proof_is_kept(
    world: PageWorld, customer: Browser
) -> None:
    done = upload(customer, PDF, on="2026-11-10", method="pix")
    receipt = text(customer.follow(done))
    assert "Aviso de pagamento registrado" in receipt
    assert "Comprovante Enviado" in receipt
    (hold,) = world.portfolio.load_account(CREDITOR, CUSTOMER).holds
    assert hold.kind is HoldKind.PAYMENT_IN_TRANSIT
    assert "Pagamento em conferência" in text(customer.ask())


def test_a_file_that_is_no_proof_comes_back_with_what_was_typed(
    world: PageWorld, customer: Browser
) -> None:
    refused = upload(customer, b"MZ\x90 program", on="2026-11-09", method="boleto")
    assert refused["statusCode"] == 422
    markup = Markup(refused["body"])
    assert "say_paid-proof-e" in markup.by_id("say_paid-proof")["aria-describedby"]
    assert markup.by_id("say_paid-on")["value"] == "2026-11-09"
    selected = [a["value"] for a in markup.all("option") if "selected" in a]
    assert "boleto" in selected
    assert noted(world) == []


def test_a_promise_is_kept_by_its_receipt(world: PageWorld, customer: Browser) -> None:
    done = customer.send("prometo", on="2026-11-13")
    receipt = customer.follow(done)
    assert "Data combinada" in text(receipt)
    assert "13/11/2026" in text(receipt)
    (facts,) = noted(world)
    assert facts["protocol"] in receipt["body"]
    assert "Pagamento combinado" in text(customer.ask())
    assert Browser(customer.path).identified().ask(f"comprovante/{facts['protocol']}") == receipt


def test_a_form_that_is_sent_twice_is_one_act(world: PageWorld, customer: Browser) -> None:
    fields = {**customer.form("contestar"), "reason": "wrong_amount", "words": "São R$ 100,00"}
    first = customer.post("contestar", fields)
    customer.at = LATER
    again = customer.post("contestar", fields)
    assert first["statusCode"] == again["statusCode"] == 303
    assert first["headers"]["location"] == again["headers"]["location"]
    assert (len(noted(world)), len(acted(world))) == (1, 1)
    assert "São R$" not in str(noted(world))


def test_a_day_that_cannot_be_promised_is_said_at_its_field(customer: Browser) -> None:
    for day in ("2026-11-09", "2027-11-09", "", "amanhã"):
        refused = customer.send("prometo", on=day)
        assert refused["statusCode"] == 422, day
        markup = Markup(refused["body"])
        assert markup.faults == []
        assert markup.by_id("promise-on")["aria-invalid"] == "true"
        assert markup.by_id("promise-on")["value"] == day
        assert "open" in markup.by_id("prometo")


def test_an_invoice_of_somebody_else_is_none_of_this_page(customer: Browser) -> None:
    refused = customer.send("contestar", ref="0" * 12, reason="other", words="x")
    assert refused["statusCode"] == 422
    assert "Escolha a fatura" in text(refused)


def test_what_was_paid_meanwhile_cannot_be_promised(world: PageWorld, customer: Browser) -> None:
    fields = {**customer.form("prometo"), "on": "2026-11-13"}
    world.pay("fat-1", any_payment(amount=Money(20_000), paid_at=NOW))
    refused = customer.post("prometo", fields)
    assert refused["statusCode"] == 409
    assert "mudou" in text(refused)
    assert "Tudo certo" in text(refused)


def test_a_wrong_person_needs_no_answer_and_ends_the_link(world: PageWorld, guest: Browser) -> None:
    receipt = guest.follow(guest.send("nao-sou-eu"))
    said = text(receipt)
    assert "Obrigado por avisar" in said
    for private in ("FAT-1", "Maria", "R$"):
        assert private not in receipt["body"]
    assert world.address not in receipt["body"]
    landed = guest.ask()
    assert "pessoa errada" in text(landed)
    assert not Markup(landed["body"]).all("form")
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert world.address in account.suppressed_addresses


def test_a_receipt_of_a_debt_is_shown_to_who_answered_only(
    world: PageWorld, customer: Browser
) -> None:
    customer.send("prometo", on="2026-11-13")
    (facts,) = noted(world)
    shown = Browser(customer.path).ask(f"comprovante/{facts['protocol']}")
    assert "Ver a mensagem" in text(shown)
    assert "13/11" not in shown["body"]
    other = Browser(world.link("fat-1")).identified().ask(f"comprovante/{facts['protocol']}")
    assert other["statusCode"] == 404, "another message's"


def test_after_a_wrong_person_an_open_page_shows_and_does_nothing_more(
    world: PageWorld, customer: Browser
) -> None:
    fields = customer.form("contestar")
    customer.send("prometo", on="2026-11-13")
    (promise,) = noted(world)
    Browser(customer.path).send("nao-sou-eu")
    for rest in ("", "acordo", f"comprovante/{promise['protocol']}"):
        shown = customer.ask(rest)
        assert (shown["statusCode"], "pessoa errada" in text(shown)) == (200, True), rest
        assert "R$" not in shown["body"]
        assert "FAT-1" not in shown["body"]
    refused = customer.post("contestar", {**fields, "reason": "wrong_amount"})
    assert (refused["statusCode"], "A situação mudou" in text(refused)) == (409, True)
    assert [facts["act"] for facts in noted(world)] == ["promise", "not_me"]


def test_wishes_are_kept_and_shown(world: PageWorld, customer: Browser) -> None:
    done = customer.send("preferencias", channel="email", hour="9", stop=["sms"])
    assert "Preferências salvas" in text(customer.follow(done))
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.wishes is not None
    assert (account.wishes.channel, account.wishes.hour) == ("email", 9)
    page = customer.ask()["body"]
    assert re.search(r'value="sms" checked disabled', page)
    assert re.search(r'<option value="email" selected>', page)


def test_reading_is_confirmed_once(world: PageWorld, customer: Browser) -> None:
    done = customer.send("confirmar")
    assert "Leitura confirmada" in text(customer.follow(done))
    assert "Leitura confirmada em 10/11/2026 às 09:00" in text(customer.ask())
    assert len(world.publisher.of("MessageRead")) == 1


# Settling -----------------------------------------------------------------------------------------


def test_from_a_simulation_to_an_agreement(world: PageWorld, customer: Browser) -> None:
    simulated = customer.ask("acordo?parcelas=3&entrada=5000&primeiro=2026-11-12")
    assert simulated["statusCode"] == 200
    assert "Entrada 12/11/2026 R$ 50,00" in text(simulated)
    page = "acordo?parcelas=3&entrada=5000&primeiro=2026-11-12"
    done = customer.send("acordo", page, accept="yes")
    receipt = text(customer.follow(done))
    assert "Acordo registrado" in receipt
    assert "Total do acordo R$ 149,90" in receipt
    (agreement,) = world.portfolio.load_account(CREDITOR, CUSTOMER).agreements
    assert agreement.total.centavos == 14_990
    shown = text(customer.ask())
    assert "Seu acordo" in shown
    assert "Incluída no acordo" in shown
    assert "Acordo: entrada" in shown
    assert "Simular um acordo" not in shown


def test_terms_have_to_be_accepted(world: PageWorld, customer: Browser) -> None:
    refused = customer.send("acordo", "acordo?parcelas=1")
    assert refused["statusCode"] == 422
    markup = Markup(refused["body"])
    assert markup.by_id("aceito")["aria-invalid"] == "true"
    assert markup.by_id("parcelas")["value"] == "1"
    assert noted(world) == []


def test_terms_that_changed_meanwhile_are_shown_anew(world: PageWorld, customer: Browser) -> None:
    fields = {**customer.form("acordo", "acordo?parcelas=1"), "accept": "yes"}
    world.pay("fat-1", any_payment(amount=Money(5_000), paid_at=NOW))
    refused = customer.post("acordo", fields)
    assert refused["statusCode"] == 409
    assert "As condições mudaram" in text(refused)
    assert refused["body"].count('name="key"') == 1
    assert fields["key"] not in refused["body"]
    assert world.portfolio.load_account(CREDITOR, CUSTOMER).agreements == ()


def test_a_creditor_without_offers_offers_nothing(world: PageWorld) -> None:
    world.directory.creditors[CREDITOR] = replace(
        any_page_creditor(), offers=type(world.creditor.offers)()
    )
    world.bill()
    customer = Browser(world.link("fat-1")).identified()
    assert "Simular um acordo" not in text(customer.ask())
    assert "não há condições" in text(customer.ask("acordo"))


# Languages, looks and previews --------------------------------------------------------------------


def test_english_is_kept_from_page_to_page(guest: Browser) -> None:
    assert "Last 4 digits of your CPF" in text(guest.ask(headers={"accept-language": "en"}))
    fields = guest.form("abrir", "?lang=en")
    opened = guest.post("abrir?lang=en", {**fields, "digits": DIGITS})
    assert opened["headers"]["location"].endswith("?lang=en")
    assert "Total to pay today" in text(guest.follow(opened))
    simulated = guest.ask("acordo?lang=en&parcelas=2")
    assert 'name="lang" value="en"' in simulated["body"]
    (switch,) = [a for a in Markup(simulated["body"]).all("a") if "hreflang" in a]
    assert switch["href"] == "?parcelas=2&lang=pt"


LOOK = {
    "colours": {"accent": "#7a1f5c"},
    "texts": {"pt": {"show.lead": "Obrigado por vir até aqui."}},
}


def test_a_creditor_is_seen_in_its_own_colours_and_words(
    world: PageWorld, customer: Browser
) -> None:
    world.wear(LOOK)
    page = customer.ask()
    assert "--accent:#7a1f5c" in page["body"]
    assert "Obrigado por vir até aqui." in text(page)


def test_a_preview_is_looked_at_and_changes_nothing(world: PageWorld) -> None:
    preview = Browser(world.preview(LOOK))
    for rest in ("", "abrir"):
        shown = preview.ask(rest)
        assert shown["statusCode"] == 200
        assert "Prévia" in text(shown)
        assert "--accent:#7a1f5c" in shown["body"]
        assert "cookies" not in shown
        assert Markup(shown["body"]).faults == []
    refused = preview.post("prometo", {"on": "2026-11-13"})
    assert (refused["statusCode"], "cookies" in refused) == (403, False)
    preview.at = NOW + timedelta(hours=25)
    assert preview.ask()["statusCode"] == 404


# When something is down ---------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [TemporaryError("vault"), RuntimeError("surprise")])
def test_an_act_that_could_not_be_done_can_be_repeated(
    world: PageWorld,
    customer: Browser,
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception,
    printed: Callable[[], Printed],
) -> None:
    def away(_: object) -> None:
        raise failure

    fields = {**customer.form("prometo"), "on": "2026-11-13"}
    with monkeypatch.context() as broken:
        broken.setattr(world.publisher, "publish", away)
        page = customer.post("prometo", fields)
    assert (page["statusCode"], page["headers"]["retry-after"]) == (503, "30")
    assert "não registra nada em dobro" in text(page)
    assert customer.post("prometo", fields)["statusCode"] == 303
    assert (len(noted(world)), len(acted(world))) == (1, 1)
    metrics = printed().metrics
    assert metrics["page_failed"] == 1
    assert metrics["page_promise"] == 1


def test_what_was_done_and_not_told_is_told_by_the_next_try(
    world: PageWorld, customer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(events: Any) -> None:  # noqa: ANN401
        if any(e.detail_type == "CustomerActed" for e in events):
            raise PublishFailed

    fields = {**customer.form("prometo"), "on": "2026-11-13"}
    with monkeypatch.context() as broken:
        broken.setattr(world.publisher, "publish", away)
        assert customer.post("prometo", fields)["statusCode"] == 503
    assert customer.post("prometo", fields)["statusCode"] == 303
    assert len({str(e.data) for e in world.publisher.of("CustomerActed")}) == 1


def test_lines_name_nobody_and_metrics_tell_outcomes(
    guest: Browser, printed: Callable[[], Printed]
) -> None:
    guest.ask()
    guest.send("abrir", digits="9876")
    guest.identified()
    guest.ask()
    guest.send("contestar", reason="other", words="Nunca comprei nada")
    output = printed()
    token = guest.path.rpartition("/")[2]
    output.assert_no_personal_data("187.10.20.30", "Mozilla", token, DIGITS, "9876", "Nunca")
    assert {line["dispatch_id"] for line in output.logs} == {guest.dispatch_id}
    metrics = output.metrics
    for name in ("page_landed", "page_digits_wrong", "page_identified", "page_shown"):
        assert metrics[name] >= 1
    assert metrics["page_dispute"] == 1
