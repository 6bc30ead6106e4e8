"""On the running cloud: from a message in the inbox to the page it leads to, and what follows.

Debian's Chromium follows the links and fills the forms in; the fake PSP takes the money; time is
told to every request. Cloud and tenant are this file's own; every test has its own customer.
"""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

import pytest
from pypdf import PdfReader

from local import aws
from local.carrier.instants import utc_now
from local.emulator import ACCOUNT
from local.onboarding import SCOPES, Api, Wish, admitted, onboard
from local.psp import pay, register_psp
from regua.application.bundle import BUNDLE_NAME
from regua.domain.boleto.bank_boleto import BankBoleto
from regua.domain.calendar import is_business_day
from regua.domain.ids import CreditorId
from regua.domain.money import Money
from regua.domain.tokens import HitKind, TrackingKeys, issue
from tests.builders import creditor_document
from tests.e2e import pages
from tests.e2e.pages import (
    DESKTOP,
    PHONE,
    answer,
    pix_codes,
    protocol,
    send,
    travel,
    unfold,
    window,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from playwright.sync_api import Browser, Page

    from local.stack import Stack
    from tests.e2e.clouds import LocalCloud
    from tests.e2e.pages import Watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not pages.CHROMIUM.exists(), reason=pages.NO_CHROMIUM),
]

CREDITOR_ID = CreditorId("pagina-clara")
DOMAIN = "pagina-clara.example.com.br"
KEY = "9d1f0c55-6f2d-4a53-8f4e-0a6f6c0d7b11"
DIGITS = "4725"
"""The last four of the customers' CPF."""
AMOUNT = 20_000
FIRST_STEP, SECOND_STEP, THIRD_STEP = 1, 20, 60
PATIENCE_SECONDS = 60
MOMENT_SECONDS = 10
DOCUMENT: Mapping[str, Any] = creditor_document(
    creditor_id=CREDITOR_ID,
    name="Página Clara Ltda",
    document="11.444.777/0001-61",
    email=f"contas@{DOMAIN}",
    event_sources=[{"account": ACCOUNT, "source": f"erp.{DOMAIN}"}],
    pix={"key": KEY},
    ruler={
        "name": "padrao",
        "steps": [
            {
                "id": f"vencida-{days}",
                "offset_days": days,
                "channels": ["email"],
                "template": "vencida",
            }
            for days in (FIRST_STEP, SECOND_STEP, THIRD_STEP)
        ],
    },
)
OFFERS: Mapping[str, Any] = {
    "rules": [
        {
            "name": "todos",
            "options": [
                {
                    "min_instalments": 1,
                    "max_instalments": 1,
                    "principal_discount_percent": "10",
                    "charges_discount_percent": "100",
                },
                {
                    "min_instalments": 2,
                    "max_instalments": 4,
                    "charges_discount_percent": "100",
                    "down_payment_percent": "20",
                },
            ],
            "first_due_days": 5,
            "breach_after_days": 5,
        }
    ]
}


def _timeline() -> date:
    """Return a due date to come with business days around it: every step falls where it is put."""
    day = utc_now().date() + timedelta(days=10)
    while not all(is_business_day(day + timedelta(days=n)) for n in range(4)):
        day += timedelta(days=1)
    return day


DUE = _timeline()
CONTACTED = DUE + timedelta(days=FIRST_STEP)


def at(day: date, hour: int = 14) -> str:
    """Return an hour (UTC) of a day, as requests say it."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC).isoformat()


@dataclass(frozen=True)
class Billed:
    """A customer with one invoice, and how to reach both."""

    stack: Stack
    api: Api
    name: str

    @property
    def address(self) -> str:
        return f"{self.name}@cliente-pagina.example.com.br"

    @property
    def customer(self) -> str:
        return f"cliente-{self.name}"

    @property
    def invoice(self) -> str:
        return f"fat-{self.name}"

    def issue(self, **changes: Any) -> None:  # noqa: ANN401 - any field
        """Issue the invoice, and wait until its charge is made."""
        today = utc_now().date()
        body = {
            "number": self.invoice.upper(),
            "issue_date": today.isoformat(),
            "due_date": DUE.isoformat(),
            "amount_centavos": AMOUNT,
            "customer": {
                "external_id": self.customer,
                "name": "Maria da Silva",
                "document": "529.982.247-25",
                "emails": [self.address],
                "uf": "SP",
            },
            **changes,
        }
        issued = self.api.call("PUT", f"/v1/invoices/{self.invoice}", body)
        assert issued.status == 201, issued.body
        self.stack.drain()

    def contact(self, day: date = CONTACTED) -> str:
        """Let the ruler run on a day, and return the link of the newest message."""
        self.stack.tick(at(day, 13))
        assert not self.stack.drain().dead_letters
        links: list[str] = self.inbox()[-1]["links"]
        return next(link for link in links if "/c/" in link)

    def inbox(self) -> list[dict[str, Any]]:
        """Return the customer's messages, oldest first."""
        query = urlencode({"to": self.address, "fields": "subject,links,text,dispatch_id,html"})
        with urlopen(f"{self.stack.inbox_url}/messages?{query}", timeout=MOMENT_SECONDS) as got:
            found: list[dict[str, Any]] = json.load(got)
        return found

    def read(self) -> Mapping[str, Any]:
        """Return the invoice as the API shows it."""
        found: Mapping[str, Any] = self.api.call("GET", f"/v1/invoices/{self.invoice}").body
        return found

    def told(self, *types: str) -> list[Mapping[str, Any]]:
        """Return this customer's events of the feed."""
        path = f"/v1/events?consumer=teste-{self.name}&types={','.join(types)}"
        events = self.api.call("GET", path).body["events"]
        return [e for e in events if e["data"].get("customer_id") == self.customer]


@pytest.fixture(scope="module")
def tenant(own_cloud: LocalCloud) -> Api:
    """Set the tenant up: a PSP's account, and what it offers."""
    stack = own_cloud.stack
    operator = Api.of(stack.api_url, stack.token_url, stack.operator_id, stack.operator_secret)
    scopes = (*SCOPES, "agreements.read", "agreements.write", "creditor.write")
    done = onboard(operator, DOCUMENT, Wish(scopes=scopes, with_client=True))
    assert done.client is not None
    api = admitted(stack.api_url, stack.token_url, done.client)
    register_psp(stack, CREDITOR_ID, key=KEY)
    written = api.call("PUT", "/v1/offers", OFFERS)
    assert written.status == 200, written.body
    return api


@pytest.fixture
def stack(own_cloud: LocalCloud) -> Stack:
    """Return the description of this file's own cloud."""
    return own_cloud.stack


@pytest.fixture
def billed(stack: Stack, tenant: Api, request: pytest.FixtureRequest) -> Billed:
    """Return a customer of the test's own, named after it."""
    words = request.node.originalname.removeprefix("test_").replace("_", "-")
    return Billed(stack, tenant, f"{words[:32]}-{utc_now():%H%M%S}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with pages.chromium() as running:
        yield running


@pytest.fixture
def phone(browser: Browser) -> Iterator[Watched]:
    with window(browser) as opened:
        travel(opened.page.context, at(CONTACTED))
        yield opened


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def screen(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """Open a window on a small screen, and on a large one: what matters most is shown on both."""
    with window(browser, request.param) as opened:
        travel(opened.page.context, at(CONTACTED))
        yield opened


def visit(page: Page, link: str) -> None:
    """Follow a message's link, and answer the question."""
    page.goto(link)
    assert "/p/" in page.url
    answer(page, DIGITS)


def eventually(is_true: Callable[[], bool]) -> None:
    """Wait for what a webhook brings: it is posted in the background."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.5)


# ── paying ─────────────────────────────────────────────────────────────────────────────────────


def test_from_a_message_in_the_inbox_to_a_paid_invoice(
    billed: Billed, stack: Stack, screen: Watched
) -> None:
    billed.issue()
    billed.contact()
    inbox = screen.page
    inbox.goto(f"{stack.inbox_url}/?to={quote(billed.address)}")
    inbox.locator(".item").first.click()
    with inbox.expect_popup() as popup:
        inbox.frame_locator("iframe").get_by_role("link", name="Ver e pagar").first.click()
    seen = pages.Watched(popup.value)
    page = seen.page
    page.wait_for_selector("#digitos")
    for private in ("Maria", "R$", billed.invoice.upper()):
        assert private not in page.content()
    answer(page, DIGITS)
    (code,) = pix_codes(page)
    assert code in pages.qr_texts(page.locator(".qr svg").first)
    paid = pay(stack, brcode=code, at=at(CONTACTED))
    eventually(lambda: bool(billed.read()["status"] == "settled"))
    shown = page.locator(".hero").inner_text()
    assert f"R$ {paid['valor'].replace('.', ',')}" in shown.replace("\xa0", " ")
    page.reload()
    assert page.locator(".hero").get_by_text("Tudo certo").is_visible()
    assert pix_codes(page) == []
    seen.assert_quiet(_origin(stack.api_url))
    before = len(billed.inbox())
    stack.tick(at(DUE + timedelta(days=SECOND_STEP), 13))
    stack.drain()
    assert len(billed.inbox()) == before, "the ruler has nothing more to say"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


# ── settling ───────────────────────────────────────────────────────────────────────────────────


def settle(page: Page, instalments: int, down_payment: int, first_due: date) -> None:
    """Simulate a settlement, and accept it."""
    page.get_by_role("link", name="Simular um acordo").click()
    page.locator("#parcelas").fill(str(instalments))
    if page.locator("#entrada").count():
        page.locator("#entrada").fill(str(down_payment))
    page.locator("#primeiro").select_option(first_due.isoformat())
    page.get_by_role("button", name="Simular").click()
    page.locator("#aceito").check()
    page.get_by_role("button", name="Fazer o acordo").click()


def test_an_agreement_that_is_broken_revives_the_debt_less_what_was_paid(
    billed: Billed, stack: Stack, screen: Watched
) -> None:
    page = screen.page
    billed.issue()
    link = billed.contact()
    visit(page, link)
    settle(page, 2, 5_000, CONTACTED)
    assert "Acordo registrado" in page.locator("h1").inner_text()
    stack.drain()
    page.get_by_role("link", name="Ver as parcelas e pagar").click()
    (code,) = pix_codes(page)
    pay(stack, brcode=code, at=at(CONTACTED, 15))
    eventually(lambda: first_is_paid(billed))
    held = len(billed.inbox())
    second = date.fromisoformat(agreement_of(billed)["instalments"][1]["due_date"])
    stack.tick(at(second - timedelta(days=1), 13))
    stack.drain()
    assert len(billed.inbox()) == held, "nobody is written to about a debt that rests"
    after = second + timedelta(days=15)
    stack.tick(at(after, 13))
    assert not stack.drain().dead_letters
    assert agreement_of(billed)["status"] == "breached"
    assert {"AgreementAccepted", "AgreementBreached"} <= {
        e["type"] for e in billed.told("AgreementAccepted", "AgreementBreached")
    }
    revived = billed.read()
    assert revived["status"] == "partially_paid"
    assert sum(p["amount_centavos"] for p in revived["payments"]) == 5_000
    stack.tick(at(after + timedelta(days=1), 13))
    stack.drain()
    newest = billed.inbox()[-1]
    assert len(billed.inbox()) > held
    assert billed.invoice.upper() in newest["text"]
    assert "ACORDO" not in newest["text"]


def agreement_of(billed: Billed) -> Mapping[str, Any]:
    """Return the customer's only agreement."""
    listed = billed.api.call("GET", f"/v1/agreements?customer={billed.customer}")
    assert listed.status == 200, listed.body
    (only,) = listed.body["agreements"]
    found: Mapping[str, Any] = billed.api.call("GET", f"/v1/agreements/{only['agreement_id']}").body
    return found


def first_is_paid(billed: Billed) -> bool:
    """Tell whether the first payment of the agreement is counted."""
    return bool(agreement_of(billed)["instalments"][0]["status"] == "settled")


def test_an_agreement_that_is_kept_settles_the_debt(
    billed: Billed, stack: Stack, screen: Watched
) -> None:
    page = screen.page
    billed.issue()
    visit(page, billed.contact())
    settle(page, 1, 0, CONTACTED)
    stack.drain()
    page.get_by_role("link", name="Ver as parcelas e pagar").click()
    (code,) = pix_codes(page)
    paid = pay(stack, brcode=code, at=at(CONTACTED, 16))
    assert paid["valor"] == "180.00", "ten per cent off, and no charges"
    eventually(lambda: first_is_paid(billed))
    stack.tick(at(CONTACTED + timedelta(days=1), 13))
    stack.drain()
    assert agreement_of(billed)["status"] == "fulfilled"
    assert billed.read()["status"] == "settled"
    assert [e["type"] for e in billed.told("AgreementFulfilled")] == ["AgreementFulfilled"]
    travel(page.context, at(CONTACTED + timedelta(days=1)))
    visit(page, billed.inbox()[0]["links"][0])
    assert page.get_by_text("Tudo certo").is_visible()


# ── saying something ───────────────────────────────────────────────────────────────────────────


def test_a_dispute_stops_contact_and_is_told(billed: Billed, stack: Stack, screen: Watched) -> None:
    page = screen.page
    billed.issue()
    visit(page, billed.contact())
    send(page, "contestar", reason="not_delivered", words="A entrega não chegou.")
    assert "Contestação registrada" in page.locator("h1").inner_text()
    number = protocol(page)
    stack.drain()
    before = len(billed.inbox())
    stack.tick(at(DUE + timedelta(days=SECOND_STEP), 13))
    stack.drain()
    assert len(billed.inbox()) == before
    told = billed.told("CustomerActed", "DisputeOpened")
    assert {e["type"] for e in told} == {"CustomerActed", "DisputeOpened"}
    acted = next(e for e in told if e["type"] == "CustomerActed")
    assert (acted["data"]["act"], acted["data"]["protocol"]) == ("dispute", number)
    assert "entrega" not in json.dumps(told)
    page.get_by_role("link", name="Voltar").first.click()
    assert page.get_by_text("Em análise").is_visible()


def test_a_boleto_is_printed_for_who_answered_the_question_and_for_nobody_else(
    billed: Billed, phone: Watched
) -> None:
    page = phone.page
    boleto = BankBoleto("341", Money(AMOUNT), DUE, "1090022335021234567890000")
    billed.issue(payment={"boleto_line": boleto.line})
    visit(page, billed.contact())
    line = page.get_by_label("Linha digitável").input_value()
    assert re.sub(r"\D", "", line) == boleto.line
    href = page.get_by_role("link", name="Abrir o boleto em PDF").get_attribute("href")
    address = urljoin(page.url, href)
    printed = page.request.get(address)
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.body().startswith(b"%PDF-")
    status, headers, _ = Program().ask(address)
    assert (status, urljoin(address, headers["location"])) == (303, page.url)


def test_a_promise_pauses_contact_until_its_day(
    billed: Billed, stack: Stack, phone: Watched
) -> None:
    page = phone.page
    billed.issue()
    visit(page, billed.contact())
    day = CONTACTED + timedelta(days=3)
    send(page, "prometo", on=day.isoformat())
    assert "Data combinada" in page.locator("h1").inner_text()
    assert f"{day:%d/%m/%Y}" in page.locator("main").inner_text()
    stack.drain()
    assert [e["type"] for e in billed.told("PromiseMade")] == ["PromiseMade"]


PROOF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n" + b"0" * 200_000
)


def test_a_proof_of_payment_is_among_the_evidence(billed: Billed, phone: Watched) -> None:
    page = phone.page
    billed.issue()
    visit(page, billed.contact())
    form = unfold(page, "ja-paguei")
    form.locator("[name=proof]").set_input_files(
        {"name": "comprovante.pdf", "mimeType": "application/pdf", "buffer": PROOF}
    )
    send(page, "ja-paguei", on=DUE.isoformat(), method="pix")
    assert "Aviso de pagamento registrado" in page.locator("h1").inner_text()
    dispatch_id = billed.inbox()[-1]["dispatch_id"]
    made = billed.api.call("POST", f"/v1/messages/{dispatch_id}/report")
    assert made.status == 201, made.body
    with urlopen(made.body["download_url"], timeout=PATIENCE_SECONDS) as got:
        report = PdfReader(io.BytesIO(got.read()))
    bundle = zipfile.ZipFile(io.BytesIO(report.attachments[BUNDLE_NAME][0]))
    kept = [bundle.read(name) for name in bundle.namelist() if "/raw/" in name]
    assert PROOF in kept


def test_a_wrong_person_is_never_written_to_again(
    billed: Billed, stack: Stack, phone: Watched
) -> None:
    page = phone.page
    billed.issue()
    link = billed.contact()
    page.goto(link)
    send(page, "nao-sou-eu")
    assert "Obrigado por avisar" in page.locator("h1").inner_text()
    page.goto(link)
    assert page.locator("#digitos").count() == 0
    stack.drain()
    before = len(billed.inbox())
    stack.tick(at(DUE + timedelta(days=SECOND_STEP), 13))
    stack.drain()
    assert len(billed.inbox()) == before


# ── the creditor's look ────────────────────────────────────────────────────────────────────────

LOOK: Mapping[str, Any] = {
    "colours": {"accent": "#7a1f5c"},
    "texts": {"pt": {"show.lead": "Escolha abaixo como prefere pagar."}},
}


def accent(page: Page) -> str:
    """Return the colour of the page's main button."""
    found: str = page.locator("button[type=submit]").first.evaluate(
        "e => getComputedStyle(e).backgroundColor"
    )
    return found


def test_a_creditors_look_is_previewed_and_then_shown(billed: Billed, phone: Watched) -> None:
    page = phone.page
    billed.issue()
    link = billed.contact()
    draft = {"colours": {"accent": "#1a4f8a"}}
    tried = billed.api.call("POST", "/v1/page/preview", draft)
    assert tried.status == 201, tried.body
    assert tried.body["errors"] == []
    travel(page.context, None)
    page.goto(tried.body["preview_url"])
    assert page.get_by_text("Prévia").first.is_visible()
    assert accent(page) == "rgb(26, 79, 138)"
    travel(page.context, at(CONTACTED))
    page.goto(link)
    assert accent(page) != "rgb(26, 79, 138)", "a preview changes nothing"
    written = billed.api.call("PUT", "/v1/page", LOOK)
    assert written.status == 200, written.body

    def is_shown() -> bool:
        page.goto(link)
        return accent(page) == "rgb(122, 31, 92)"

    eventually(is_shown)


# ── who should see nothing ─────────────────────────────────────────────────────────────────────


class Stay(HTTPRedirectHandler):
    """Follows no redirection."""

    def redirect_request(self, *_: object) -> None:
        return None


@dataclass
class Program:
    """Something that speaks HTTP, keeps cookies for any path, and sends what it likes."""

    as_of: str = at(CONTACTED)
    cookie: str = ""

    def ask(
        self, url: str, fields: Mapping[str, str] | None = None, **headers: str
    ) -> tuple[int, Mapping[str, str], str]:
        """Ask once; return status, headers and body."""
        data = None if fields is None else urlencode(fields).encode()
        sent = {"X-Regua-As-Of": self.as_of, "Cookie": self.cookie}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            answered = build_opener(Stay).open(Request(url, data, sent), timeout=MOMENT_SECONDS)
        except HTTPError as error:
            answered = error
        with answered:
            for line in answered.headers.get_all("Set-Cookie", ()):
                self.cookie = line.partition(";")[0]
            return answered.status, dict(answered.headers), answered.read().decode()

    def form(self, url: str, act: str) -> Mapping[str, str]:
        """Return the hidden fields of an act's form on a page."""
        _, _, body = self.ask(url)
        found = re.search(
            rf'<form method="post" action="[^"]*{act}[^"]*".*?</form>', body, re.DOTALL
        )
        assert found is not None, act
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found[0])
        return dict(hidden)

    def identify(self, url: str, digits: str = DIGITS) -> int:
        """Answer the question; return the status."""
        return self.ask(f"{url}/abrir", {**self.form(url, "abrir"), "digits": digits})[0]


def page_of(link: str) -> str:
    """Return the address that a message's link leads to."""
    status, headers, _ = Program().ask(link)
    assert status == 302
    base, _, _ = link.rpartition("/c/")
    return f"{base}/p/{headers['location'].rpartition('/')[2]}"


@pytest.fixture
def keys(stack: Stack) -> TrackingKeys:
    client = aws.client(stack.aws_endpoint_url, "secretsmanager")
    secret = client.get_secret_value(SecretId=stack.tracking_secret_arn)["SecretString"]
    return TrackingKeys.from_secret(json.loads(secret))


def test_links_that_are_none_of_ours_all_look_alike(billed: Billed, keys: TrackingKeys) -> None:
    billed.issue()
    url = page_of(billed.contact())
    base, _, token = url.rpartition("/")
    dispatch_id, now = billed.inbox()[-1]["dispatch_id"], utc_now()
    forged = TrackingKeys("k1", {keys.current: b"a guess"} | {"k1": b"a guess"})
    last = "A" if token[-1] != "A" else "B"
    bodies = set()
    for wrong in (
        "x",
        token[:-1] + last,
        token[:10] + last + token[11:],
        "k1" + "A" * 52,
        issue(HitKind.PAGE, dispatch_id, None, now, forged),
        issue(HitKind.PAGE, "0" * 32, None, now, keys),
        issue(HitKind.CLICK, dispatch_id, 0, now, keys),
        issue(HitKind.CONFIRM, dispatch_id, None, now, keys),
    ):
        for path in ("", "/acordo", "/comprovante/AAAA-AAAA-AA"):
            status, _, body = Program().ask(f"{base}/{wrong}{path}")
            assert status == 404, (wrong, path)
            bodies.add(body)
    assert len(bodies) == 1


def test_an_old_link_shows_no_debt(billed: Billed) -> None:
    billed.issue()
    url = page_of(billed.contact())
    late = Program(as_of=at(CONTACTED + timedelta(days=181)))
    status, _, body = late.ask(url)
    assert status == 410
    assert "Link expirado" in body
    assert "digitos" not in body


def test_guessing_is_stopped_before_it_succeeds(billed: Billed) -> None:
    billed.issue()
    url = page_of(billed.contact())
    guesser = Program()
    for n in range(5):
        assert guesser.identify(url, f"{n:04d}") != 303
    status, _, body = guesser.ask(url)
    fields = re.findall(r'name="(csrf)" value="([^"]*)"', body)
    status, _, body = guesser.ask(f"{url}/abrir", {**dict(fields[:1]), "digits": DIGITS})
    assert status != 303
    assert "R$" not in body
    assert "R$" not in guesser.ask(url)[2]
    tomorrow = Program(as_of=at(CONTACTED + timedelta(days=1)))
    assert tomorrow.identify(url) == 303


def test_a_session_opens_no_other_page(billed: Billed, stack: Stack, tenant: Api) -> None:
    other = Billed(stack, tenant, f"{billed.name}-2")
    other.issue()
    billed.issue()
    theirs = page_of(other.contact())
    mine = page_of(billed.contact())
    program = Program()
    assert program.identify(mine) == 303
    assert "R$" in program.ask(mine)[2]
    stolen = program.form(mine, "contestar")
    assert "R$" not in Program(cookie=program.cookie).ask(theirs)[2]
    fields = {**stolen, "reason": "other"}
    status, _, _ = Program(cookie=program.cookie).ask(f"{theirs}/contestar", fields)
    assert status != 303
    assert billed.told("CustomerActed") == []
    assert other.told("CustomerActed") == []


def test_a_form_sent_twice_is_one_act_and_from_elsewhere_none(billed: Billed) -> None:
    billed.issue()
    url = page_of(billed.contact())
    program = Program()
    assert program.identify(url) == 303
    fields = {**program.form(url, "contestar"), "reason": "wrong_amount"}
    for headers in (
        {"Origin": "https://golpe.example.com"},
        {"Sec_Fetch_Site": "cross-site", "Origin": "null"},
    ):
        status, _, _ = program.ask(f"{url}/contestar", fields, **headers)
        assert status == 403
    unsigned = {**fields, "csrf": "0" * 32}
    assert program.ask(f"{url}/contestar", unsigned)[0] != 303
    of_another = {**fields, "csrf": program.form(url, "prometo")["csrf"]}
    assert program.ask(f"{url}/contestar", of_another)[0] != 303
    first = program.ask(f"{url}/contestar", fields)
    again = program.ask(f"{url}/contestar", fields)
    assert (first[0], again[0]) == (303, 303)
    assert first[1]["location"] == again[1]["location"]
    assert len(billed.told("CustomerActed")) == 1
