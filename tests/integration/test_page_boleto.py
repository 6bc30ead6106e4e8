"""GET /p/{token}/boleto/{ref}.pdf: for the browser in which the page's question was answered."""

import base64
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest

from functions.render_boleto import handler
from regua.adapters.boleto_pdf import render_boleto
from regua.adapters.boleto_words import instructions
from regua.adapters.memory_calls import MemoryAnswers, MemoryCalls
from regua.adapters.tracking_links import TrackingKeyring
from regua.application.boleto_on_page import BoletoOnPage
from regua.application.customer_page.case import Cases, ref_of
from regua.application.ports import Change
from regua.application.render_boleto import RenderBoleto
from regua.domain.boleto.bank_boleto import BankBoleto
from regua.domain.delivery import EventKind
from regua.domain.errors import TemporaryError
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import CustomerId, DispatchId, InvoiceId
from regua.domain.invoice import PaymentOptions
from regua.domain.money import Money
from regua.domain.page_session import SESSION_LASTS, sign_session
from regua.domain.tokens import HitKind, TrackingKeys, issue
from regua.runtime.calls import Entrance
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    DUE,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)
from tests.integration.conftest import World
from tests.integration.contract.facts import any_dispatch, any_event
from tests.integration.lambdas import Context, Printed
from tests.unit.tracking.requests import any_request

DISPATCH = any_dispatch()
OTHER = any_dispatch(2)
SENT_AT = nine_o_clock(DUE)
NOW = SENT_AT + timedelta(hours=2)
PAGE_DAYS = 90
KEYS = TrackingKeys.from_secret({"current": "k1", "k1": "an invented random string"})
GUESSED = TrackingKeys.from_secret({"current": "k1", "k1": "a guess"})
BOLETO = BankBoleto("341", Money(14990), DUE, "1090022335021234567890000")
PAYABLE = PaymentOptions(boleto_line=BOLETO.line)
COOKIE = "__Secure-regua"
REF = ref_of(CREDITOR, InvoiceId("fat-1"))


def page_token(
    kind: HitKind = HitKind.PAGE,
    dispatch_id: DispatchId = DISPATCH.dispatch_id,
    at: datetime = SENT_AT,
    keys: TrackingKeys = KEYS,
) -> str:
    return issue(kind, dispatch_id, None, at, keys)


def session(
    dispatch_id: DispatchId = DISPATCH.dispatch_id,
    at: datetime = NOW,
    keys: TrackingKeys = KEYS,
    *,
    is_identified: bool = True,
) -> str:
    text = sign_session(dispatch_id, at, b"\x0f" * 16, keys, is_identified=is_identified)
    return f"{COOKIE}={text}"


@pytest.fixture(autouse=True)
def _wired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    render = RenderBoleto(world.portfolio, render_boleto, instructions)
    boleto = BoletoOnPage(Cases(world.portfolio, world.ledger, world.directory), render)
    entrance = Entrance(MemoryAnswers(), MemoryCalls(), world.directory, lambda: NOW)
    wired = handler.Wired(world.directory, render, entrance)
    page = handler.WiredPage(boleto, TrackingKeyring(lambda: KEYS), PAGE_DAYS, allow_as_of=False)
    monkeypatch.setattr(handler, "wire", lambda: wired)
    monkeypatch.setattr(handler, "wire_page", lambda: page)
    world.issue(any_invoice(payment=PAYABLE))
    for dispatch in (DISPATCH, OTHER):
        world.ledger.claim(dispatch, [], SENT_AT)
        world.ledger.mark_sent(dispatch, provider_message_id="ses-1", at=SENT_AT)


def get(
    file: str = f"{REF}.pdf",
    token: str | None = None,
    *cookies: str,
    at: datetime = NOW,
    **changes: Any,  # noqa: ANN401 - any part of a request
) -> dict[str, Any]:
    token = page_token() if token is None else token
    event = any_request(f"/p/{token}/boleto/{file}", **changes)
    event["routeKey"] = event["requestContext"]["routeKey"] = "GET /p/{token}/boleto/{file}"
    event["pathParameters"] = {"token": token, "file": file}
    event["requestContext"]["timeEpoch"] = int(at.timestamp() * 1000)
    event["requestContext"]["stage"] = "$default"
    if cookies:
        event["cookies"] = list(cookies)
    answer: dict[str, Any] = handler.lambda_handler(event, Context())
    return answer


def opened(file: str = f"{REF}.pdf", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - as get
    """Ask as the browser does in which the question was answered."""
    return get(file, None, session(), **changes)


def headers_of(answer: dict[str, Any]) -> dict[str, str]:
    several = {k: v[0] for k, v in answer.get("multiValueHeaders", {}).items()}
    return {k.lower(): v for k, v in {**several, **answer["headers"]}.items()}


def is_led_back(answer: dict[str, Any], token: str | None = None) -> bool:
    """Tell whether the answer says nothing but where the page is."""
    there = f"../../{page_token() if token is None else token}"
    return (answer["statusCode"], headers_of(answer)["location"], answer["body"]) == (
        303,
        there,
        "",
    )


def test_who_answered_the_question_gets_the_boleto_in_the_browser() -> None:
    answer = opened()
    assert answer["statusCode"] == 200
    headers = headers_of(answer)
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"] == 'inline; filename="boleto-FAT-1.pdf"'
    assert "no-store" in headers["cache-control"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    document = pypdfium2.PdfDocument(io.BytesIO(base64.b64decode(answer["body"])))
    text = document[0].get_textpage().get_text_range()
    assert "Aurora Energia Ltda" in text
    assert "149,90" in text


def test_the_cookie_is_found_however_it_is_sent_and_among_others() -> None:
    alone = get(f"{REF}.pdf", None, headers={"cookie": f"a=1; {session()}; b=2"})
    among = get(
        f"{REF}.pdf",
        None,
        "a=1",
        session(OTHER.dispatch_id),
        f"{COOKIE}=",
        session(is_identified=False),
        session(),
    )
    assert (alone["statusCode"], among["statusCode"]) == (200, 200)


@pytest.mark.parametrize(
    ("cookie", "why"),
    [
        ((), "none"),
        ((f"{COOKIE}=",), "an empty one"),
        ((f"{COOKIE}=k1" + "A" * 52,), "a made-up one"),
        ((session(keys=GUESSED),), "one of another key"),
        ((session(OTHER.dispatch_id),), "one of another message of the same customer"),
        ((session(is_identified=False),), "one in which the question was not answered"),
        ((session(at=NOW - SESSION_LASTS - timedelta(seconds=1)),), "one that is over"),
        ((session(at=NOW + timedelta(hours=1)),), "one that is yet to begin"),
        ((session().replace(COOKIE, "regua"),), "another cookie"),
    ],
)
def test_without_a_session_of_its_own_a_page_gives_nothing_away(
    cookie: tuple[str, ...], why: str
) -> None:
    assert is_led_back(get(f"{REF}.pdf", None, *cookie)), why


@pytest.mark.parametrize(
    ("token", "why"),
    [
        (page_token(HitKind.CONFIRM), "another kind"),
        (page_token(HitKind.PREVIEW), "a preview, which shows nobody's debt"),
        (page_token(keys=GUESSED), "another key"),
        (page_token(dispatch_id=OTHER.dispatch_id), "another message"),
        (page_token()[:-1] + "_", "altered"),
        (page_token(at=NOW - timedelta(days=PAGE_DAYS, seconds=1)), "expired"),
        ("x", "no token"),
    ],
)
def test_a_session_opens_no_other_link(token: str, why: str) -> None:
    assert is_led_back(get(f"{REF}.pdf", token, session()), token), why


@pytest.mark.parametrize("token", ["//attacker.example", "a\r\nset-cookie: x=1", "ação", ".."])
def test_a_made_up_link_leads_to_no_other_host_and_adds_no_header(token: str) -> None:
    answer = get(f"{REF}.pdf", token, session())
    location = headers_of(answer).get("location", "../../")
    assert answer["statusCode"] in {303, 404}
    assert location.startswith("../../")
    assert location.isascii()
    assert location.isprintable()
    assert "/" not in location.removeprefix("../../")


def test_a_link_is_good_until_its_last_day() -> None:
    last = SENT_AT + timedelta(days=PAGE_DAYS)
    good = get(f"{REF}.pdf", None, session(at=last), at=last)
    late = get(f"{REF}.pdf", None, session(at=last), at=last + timedelta(seconds=1))
    assert good["statusCode"] == 200
    assert is_led_back(late)


def _of_somebody_else(world: World) -> str:
    other = any_invoice("fat-9", customer_id=CustomerId("outro"), payment=PAYABLE)
    world.issue(other, customer=any_customer(external_id=CustomerId("outro")))
    return ref_of(CREDITOR, InvoiceId("fat-9"))


def _without_boleto(world: World) -> str:
    world.issue(any_invoice("fat-2", payment=PaymentOptions()))
    return ref_of(CREDITOR, InvoiceId("fat-2"))


def _paid(world: World) -> str:
    creditor = world.directory.get(CREDITOR)
    world.ingest.receive_payment(creditor, InvoiceId("fat-1"), any_payment(), now=NOW)
    return REF


def _paid_in_part(world: World) -> str:
    creditor, part = world.directory.get(CREDITOR), any_payment(amount=Money(1))
    world.ingest.receive_payment(creditor, InvoiceId("fat-1"), part, now=NOW)
    return REF


def _cancelled(world: World) -> str:
    creditor = world.directory.get(CREDITOR)
    world.ingest.cancel_invoice(creditor, InvoiceId("fat-1"), NOW, "erro", now=NOW)
    return REF


def _held(kind: HoldKind) -> Callable[[World], str]:
    def hold(world: World) -> str:
        account = world.portfolio.load_account(CREDITOR, CUSTOMER)
        stop = Hold("h1", kind, SENT_AT, None, "pedido", "page", InvoiceId("fat-1"))
        world.portfolio.commit(Change(account.with_hold(stop)))
        return REF

    return hold


def _disowned(world: World) -> str:
    said = any_event(DISPATCH, EventKind.ACTED, facts={"act": "not_me"})
    world.ledger.append([said])
    return REF


@pytest.mark.parametrize(
    ("happened", "why"),
    [
        (lambda _: "0" * 12, "no such invoice"),
        (lambda _: "", "no name"),
        (_of_somebody_else, "another customer's"),
        (_without_boleto, "no boleto"),
        (_paid, "paid meanwhile"),
        (_paid_in_part, "the line asks for that centavo again"),
        (_cancelled, "withdrawn"),
        (_held(HoldKind.DISPUTED), "disputed"),
        (_held(HoldKind.IN_AGREEMENT), "paid by instalments"),
        (_disowned, "the address is not the customer's"),
    ],
)
def test_what_is_not_to_be_paid_leads_back_to_the_page(
    world: World, happened: Callable[[World], str], why: str
) -> None:
    assert opened()["statusCode"] == 200
    ref = happened(world)
    assert is_led_back(opened(f"{ref}.pdf")), why


@pytest.mark.parametrize("file", [REF, f"{REF}.PDF", f"{REF}.pdf.pdf", "fat-1.pdf", ".pdf"])
def test_only_the_whole_name_is_a_file(file: str) -> None:
    assert is_led_back(opened(file))


@pytest.mark.parametrize("kind", [HoldKind.PROMISED, HoldKind.HELD, HoldKind.PAYMENT_IN_TRANSIT])
def test_what_may_still_be_paid_is_printed_though_contact_rests(
    world: World, kind: HoldKind
) -> None:
    _held(kind)(world)
    assert opened()["statusCode"] == 200


def test_another_open_invoice_of_the_page_has_its_boleto_too(world: World) -> None:
    later = BankBoleto("341", Money(1000), DUE, "1090022335021234567890000")
    payment = PaymentOptions(boleto_line=later.line)
    world.issue(any_invoice("fat-2", amount=Money(1000), payment=payment))
    assert opened(f"{ref_of(CREDITOR, InvoiceId('fat-2'))}.pdf")["statusCode"] == 200


@pytest.mark.parametrize("error", [TemporaryError("busy"), RuntimeError("a defect")])
def test_a_failure_is_recorded_and_never_shown(
    error: Exception, monkeypatch: pytest.MonkeyPatch, printed: Callable[[], Printed]
) -> None:
    def fail() -> TrackingKeys:
        raise error

    wired = handler.wire_page()
    keyring = TrackingKeyring(lambda: KEYS)
    monkeypatch.setattr(keyring, "keys_for", lambda _: fail())
    broken = wired._replace(keyring=keyring)
    monkeypatch.setattr(handler, "wire_page", lambda: broken)
    assert is_led_back(opened())
    assert ("api_defects" in printed().metrics) is isinstance(error, RuntimeError)


def test_what_happened_is_counted_and_nobody_is_named(printed: Callable[[], Printed]) -> None:
    opened()
    get()
    seen = printed()
    counts = {k: v for k, v in seen.metrics.items() if k != "ColdStart"}
    assert counts == {
        "page_boleto_rendered": 1,
        "page_boleto_refused": 1,
        "http_2xx": 1,
        "http_3xx": 1,
    }
    seen.assert_no_personal_data(BOLETO.line, page_token(), session().partition("=")[2], REF)


def test_a_request_says_when_it_happens_only_where_the_stage_allows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    later = NOW + timedelta(days=2)
    asked: dict[str, Any] = {"headers": {"x-regua-as-of": later.isoformat()}}
    assert is_led_back(get(f"{REF}.pdf", None, session(at=later), **asked))
    travelling = handler.wire_page()._replace(allow_as_of=True)
    monkeypatch.setattr(handler, "wire_page", lambda: travelling)
    assert get(f"{REF}.pdf", None, session(at=later), **asked)["statusCode"] == 200
