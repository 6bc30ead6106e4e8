"""The page where reading is confirmed: shown as often as one likes, recorded once."""

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest

from functions.confirm_reading import handler
from regua.adapters.memory import MemoryPortfolio
from regua.adapters.memory_digit_tries import MemoryDigitTries
from regua.adapters.tracking_links import TrackingKeyring
from regua.application.confirm_reading import ConfirmReading
from regua.domain.delivery import EventKind, MessageEvent, seen_as
from regua.domain.errors import PublishFailed, TemporaryError
from regua.domain.exact import Exact, Kept
from regua.domain.ids import DispatchId
from regua.domain.ruler import Seen
from regua.domain.tokens import HitKind, TrackingKeys, issue
from tests.builders import CREDITOR, CUSTOMER, DUE, any_invoice, nine_o_clock
from tests.integration.conftest import World
from tests.integration.contract.facts import any_dispatch
from tests.integration.lambdas import Context, Printed
from tests.unit.tracking.requests import any_request

DISPATCH = any_dispatch()
SENT_AT = nine_o_clock(DUE)
NOW = SENT_AT + timedelta(hours=2)
KEYS = TrackingKeys.from_secret({"current": "k1", "k1": "an invented random string"})
OTHERS = TrackingKeys.from_secret({"current": "k1", "k1": "a guess"})
RAW = b"From: aurora@example.com.br\r\n\r\nexact bytes"
CONTENT = Kept(Exact.of(RAW, "message/rfc822"))
NONCE = "0f" * 16
TOKEN = issue("confirm", DISPATCH.dispatch_id, None, SENT_AT, KEYS)


class Facts:
    """The ledger's append, watched, and broken on demand."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.appended: list[MessageEvent] = []
        self.failure: Exception | None = None

    def append(self, events: Sequence[MessageEvent]) -> None:
        if self.failure:
            raise self.failure
        self.appended += events
        self.world.ledger.append(events)


@pytest.fixture
def facts(world: World) -> Facts:
    return Facts(world)


@pytest.fixture(autouse=True)
def _wired(world: World, facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    confirm = ConfirmReading(
        portfolio=world.portfolio,
        ledger=world.ledger,
        directory=world.directory,
        facts=facts,
        tries=MemoryDigitTries(),
        publish=world.publisher.publish,
        nonce=lambda: NONCE,
    )
    wired = handler.Wired(confirm, TrackingKeyring(lambda: KEYS), allow_as_of=False)
    monkeypatch.setattr(handler, "wire", lambda: wired)
    world.issue(any_invoice())
    world.ledger.claim(DISPATCH, [], SENT_AT, CONTENT)
    world.ledger.mark_sent(DISPATCH, provider_message_id="ses-1", at=SENT_AT)


def call(method: str = "GET", token: str = TOKEN, *, at: datetime = NOW, **changes: Any) -> Any:  # noqa: ANN401 - Lambda's own
    event = any_request(f"/r/{token}", method, **changes)
    event["requestContext"]["timeEpoch"] = int(at.timestamp() * 1000)
    return handler.lambda_handler(event, Context())


def post(fields: Mapping[str, str], *, at: datetime = NOW, **changes: Any) -> Any:  # noqa: ANN401 - Lambda's own
    body = base64.b64encode(urlencode(fields).encode()).decode()
    return call("POST", at=at, body=body, isBase64Encoded=True, **changes)


def shown_at(page: Mapping[str, Any]) -> str:
    found = re.search(r'name="shown_at" value="([^"]+)"', page["body"])
    assert found is not None
    return unescape(found[1])


def confirm(digits: str = "", *, dwell: float = 40, at: datetime = NOW, **changes: Any) -> Any:  # noqa: ANN401 - Lambda's own
    fields = {"shown_at": shown_at(call(at=at)), "digits": digits}
    return post(fields, at=at + timedelta(seconds=dwell), **changes)


def confirmed(world: World) -> list[MessageEvent]:
    found = world.ledger.find(DISPATCH.dispatch_id)
    assert found is not None
    return [e for e in found[1] if e.kind is EventKind.CONFIRMED]


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] != "style":
            self.words.append(data)


def read(page: Mapping[str, Any]) -> _Words:
    reader = _Words()
    reader.feed(page["body"])
    return reader


def text_of(page: Mapping[str, Any]) -> str:
    return " ".join(" ".join(read(page).words).split())


# What is shown ---------------------------------------------------------------------------------


def test_the_page_says_who_sent_what_and_when_and_nothing_of_customer_or_debt() -> None:
    page = call()
    assert page["statusCode"] == 200
    text = text_of(page)
    for expected in (
        "Aurora Energia",
        "CNPJ",
        "10/11/2026 às 09:00:00 (horário de Brasília)",
        sha256(RAW).hexdigest(),
        "3 últimos dígitos do CPF (opcional)",
        "Confirmo que li",
    ):
        assert expected in text, expected
    for secret in ("Maria", "Silva", "529", "R$", "fatura", "vencida", "dívida", "149", "fat-1"):
        assert secret not in page["body"], secret


def test_showing_the_page_changes_nothing(world: World, facts: Facts) -> None:
    before = world.ledger.find(DISPATCH.dispatch_id)
    assert len({call()["body"] for _ in range(3)}) == 1
    assert world.ledger.find(DISPATCH.dispatch_id) == before
    assert (facts.appended, world.publisher.events) == ([], [])


PAGES: dict[str, Callable[[], Any]] = {
    "form": call,
    "receipt": confirm,
    "refused": lambda: confirm(dwell=0),
    "not found": lambda: call(token="x"),
    "not allowed": lambda: call("DELETE"),
}


@pytest.mark.parametrize("page", PAGES)
def test_pages_load_nothing_run_nothing_and_are_not_kept(page: str) -> None:
    answer = PAGES[page]()
    headers, reader = answer["headers"], read(answer)
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["referrer-policy"] == "no-referrer"
    assert "no-store" in headers["cache-control"]
    assert headers["content-type"] == "text/html; charset=utf-8"
    style = re.search(r"<style>(.*?)</style>", answer["body"], re.DOTALL)
    assert style is not None
    digest = base64.b64encode(sha256(style[1].encode()).digest()).decode()
    assert headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    assert {"script", "img", "link", "iframe"}.isdisjoint(reader.tags)
    assert not [name for name, _ in reader.attributes if name.startswith(("on", "src", "style"))]
    assert 'lang="pt-BR"' in answer["body"]
    assert "prefers-color-scheme:dark" in style[1]
    assert reader.tags.count("h1") == 1


def test_the_field_is_labelled_and_explained() -> None:
    attributes = read(call()).attributes
    (field,) = [v for n, v in attributes if n == "for"]
    assert ("id", field) in attributes
    (hint,) = [v for n, v in attributes if n == "aria-describedby"]
    assert ("id", hint) in attributes


def test_a_creditors_words_never_become_markup(world: World) -> None:
    creditor = world.directory.creditors[CREDITOR]
    poison = '<script>alert(1)</script>"><img src=x onerror=y>'
    sender = replace(creditor.sender, name=poison, document=poison, address_line=poison)
    world.directory.creditors[CREDITOR] = replace(creditor, sender=sender)
    for page in (call(), confirm()):
        assert {"script", "img"}.isdisjoint(read(page).tags)
        assert poison in text_of(page)


# Whose link it is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("", "none"),
        ("x", "no token"),
        (TOKEN[:-1] + ("A" if TOKEN[-1] != "A" else "B"), "altered"),
        (issue("confirm", DISPATCH.dispatch_id, None, SENT_AT, OTHERS), "forged"),
        (issue("confirm", "0" * 32, None, SENT_AT, KEYS), "a message that is not known"),
        (issue(HitKind.UNSUBSCRIBE, DISPATCH.dispatch_id, None, SENT_AT, KEYS), "another link's"),
        (issue(HitKind.CLICK, DISPATCH.dispatch_id, 0, SENT_AT, KEYS), "another link's"),
    ],
)
def test_a_link_that_is_not_ours_is_not_found(world: World, token: str, why: str) -> None:
    signed = shown_at(call())
    for page in (call(token=token), post({"shown_at": signed}, token=token)):
        assert page["statusCode"] == 404, why
        assert "Link não encontrado" in page["body"]
        assert "Aurora" not in page["body"]
    assert confirmed(world) == []


def test_a_message_without_exact_bytes_on_record_cannot_be_confirmed(world: World) -> None:
    record = world.ledger.records[DISPATCH.dispatch_id]
    world.ledger.records[DISPATCH.dispatch_id] = replace(record, content=None)
    assert call()["statusCode"] == 404


# The act ---------------------------------------------------------------------------------------


def test_the_act_is_recorded_with_what_was_read_and_how_long(world: World, facts: Facts) -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0.0.0 Safari/537.36"
    viewer = {"cloudfront-viewer-address": "187.10.20.30:50123", "accept-language": "pt-BR"}
    page = confirm(agent=agent, headers={**viewer, "cookie": "a=b"})
    assert page["statusCode"] == 200
    assert "Leitura confirmada" in page["body"]
    assert "10/11/2026 às 11:00:40" in text_of(page)
    (fact,) = facts.appended
    assert (fact.kind, fact.at) == (EventKind.CONFIRMED, NOW + timedelta(seconds=40))
    assert fact.facts == {
        "dwell_seconds": "40",
        "document_digits": "not_given",
        "content_sha256": sha256(RAW).hexdigest(),
    }
    assert fact.private["ip"] == "187.10.20.30"
    assert fact.private["port"] == "50123"
    assert fact.private["user_agent"] == agent
    assert fact.private["header_accept-language"] == "pt-BR"
    assert "cookie" not in str(fact.private)
    assert fact.raw is not None
    sent = json.loads(fact.raw)
    assert sent["form"]["digits"] == ""
    assert sent["nonce"] == NONCE, "the address cannot be found from the hash by trying"
    assert sent["dispatch_id"] == DISPATCH.dispatch_id
    found = world.ledger.find(DISPATCH.dispatch_id)
    assert found is not None
    assert seen_as(found[1]) == set(Seen)
    (told,) = world.publisher.of("MessageRead")
    assert told.data == {"dispatch_id": DISPATCH.dispatch_id}


def test_the_same_act_again_changes_nothing_and_shows_the_receipt(
    world: World, printed: Callable[[], Printed]
) -> None:
    fields = {"shown_at": shown_at(call()), "digits": ""}
    first = post(fields, at=NOW + timedelta(seconds=40))
    again = post(fields, at=NOW + timedelta(minutes=5))
    assert again == first
    assert call(at=NOW + timedelta(days=1)) == first, "whoever comes back sees the receipt"
    assert post({}, at=NOW + timedelta(days=2)) == first
    assert len(confirmed(world)) == 1
    told = world.publisher.of("MessageRead")
    assert len({(e.occurred_at, str(e.data)) for e in told}) == 1, "told again, not told anew"
    metrics = printed().metrics
    assert metrics["reading_confirmed"] == 1
    assert metrics["reading_already_confirmed"] == 2


@pytest.mark.parametrize(
    ("digits", "why"),
    [("725", "as they are"), (" 7-2.5 ", "as somebody types them")],
)
def test_digits_that_match_say_so(facts: Facts, digits: str, why: str) -> None:
    assert confirm(digits)["statusCode"] == 200, why
    (fact,) = facts.appended
    assert fact.facts["document_digits"] == "matched"
    assert digits.strip() not in str(fact.facts)


@pytest.mark.parametrize("digits", ["724", "25", "52998224725", "abc", "٧٢٥", "<b>"])
def test_wrong_digits_confirm_nothing(world: World, digits: str) -> None:
    page = confirm(digits)
    assert page["statusCode"] == 422
    assert "não conferem" in page["body"]
    assert "<b>" not in page["body"]
    assert confirmed(world) == []
    assert shown_at(page), "the page can be sent again"


def test_digits_can_be_tried_five_times_and_the_reading_still_confirmed_without(
    facts: Facts,
) -> None:
    assert {confirm("000")["statusCode"] for _ in range(5)} == {422}
    blocked = confirm("725")
    assert blocked["statusCode"] == 422
    assert "não podem mais ser conferidos" in text_of(blocked)
    assert facts.appended == []
    assert confirm()["statusCode"] == 200
    assert facts.appended[0].facts["document_digits"] == "not_given"


def test_another_message_gives_no_more_tries(world: World, facts: Facts) -> None:
    """Of ten messages' links one would otherwise have fifty of a thousand possibilities."""
    tokens = [TOKEN, *(another_message(world, n) for n in range(2, 8))]
    statuses = [wrong_digits(token) for token in tokens]
    assert statuses == ["não conferem"] * 5 + ["não podem mais ser conferidos"] * 2
    assert facts.appended == []


def test_right_digits_use_up_no_try(world: World, facts: Facts) -> None:
    for n in range(2, 10):
        token = another_message(world, n)
        fields = {"shown_at": shown_at(call(token=token)), "digits": "725"}
        assert post(fields, token=token, at=NOW + timedelta(seconds=40))["statusCode"] == 200
    assert [e.facts["document_digits"] for e in facts.appended] == ["matched"] * 8


def another_message(world: World, number: int) -> str:
    """Send the same customer one more message; return its link's token."""
    other = any_dispatch(number)
    world.ledger.claim(other, [], SENT_AT, CONTENT)
    world.ledger.mark_sent(other, provider_message_id=f"ses-{number}", at=SENT_AT)
    return issue("confirm", other.dispatch_id, None, SENT_AT, KEYS)


def wrong_digits(token: str) -> str:
    """Send digits that are wrong; return what the page says of them."""
    fields = {"shown_at": shown_at(call(token=token)), "digits": "000"}
    text = text_of(post(fields, token=token, at=NOW + timedelta(seconds=40)))
    return next(w for w in ("não conferem", "não podem mais ser conferidos") if w in text)


@pytest.mark.parametrize("document", ["12.ABC.345/01DE-35", "11222333000181", "", None])
def test_only_people_are_asked_for_digits_and_others_prove_nothing(
    world: World, facts: Facts, monkeypatch: pytest.MonkeyPatch, document: str | None
) -> None:
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.customer is not None
    customer = None if document is None else replace(account.customer, document=document)
    other = replace(account, customer=customer)
    monkeypatch.setattr(MemoryPortfolio, "load_account", lambda *_: other)
    assert "dígitos" not in call()["body"]
    refused = confirm(agent="")
    assert (refused["statusCode"], "CPF" in refused["body"]) == (422, False)
    assert confirm((document or "000")[-3:])["statusCode"] == 200
    assert facts.appended[0].facts["document_digits"] in {"not_on_file", "not_given"}


def test_digits_of_somebody_who_is_not_known_prove_nothing(
    world: World, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    nameless = replace(account, customer=None)
    monkeypatch.setattr(MemoryPortfolio, "load_account", lambda *_: nameless)
    assert confirm("000")["statusCode"] == 200
    assert facts.appended[0].facts["document_digits"] == "not_on_file"


@pytest.mark.parametrize(
    ("fields", "seconds", "why"),
    [
        ({}, 40, "nothing"),
        ({"shown_at": "k1.1794312000.0123456789abcdef0123456789abcdef"}, 40, "forged"),
        ({"shown_at": "k1.x.y"}, 40, "garbage"),
        (None, 3601, "more than an hour"),
        (None, -2, "before it was shown"),
        (None, 1, "faster than anybody reads"),
    ],
)
def test_only_our_own_page_looked_at_by_somebody_is_believed(
    world: World, fields: dict[str, str] | None, seconds: int, why: str
) -> None:
    sent = fields if fields is not None else {"shown_at": shown_at(call())}
    page = post(sent, at=NOW + timedelta(seconds=seconds))
    assert page["statusCode"] == 400, why
    assert 'role="alert"' in page["body"]
    assert confirmed(world) == []
    retried = post({"shown_at": shown_at(page)}, at=NOW + timedelta(seconds=seconds + 10))
    assert retried["statusCode"] == 200, "the page that is shown again can be sent"


def test_another_messages_page_is_not_believed(world: World) -> None:
    other = any_dispatch(2)
    world.ledger.claim(other, [], SENT_AT, CONTENT)
    world.ledger.mark_sent(other, provider_message_id="ses-2", at=SENT_AT)
    token = issue("confirm", other.dispatch_id, None, SENT_AT, KEYS)
    foreign = {"shown_at": shown_at(call(token=token))}
    assert post(foreign, at=NOW + timedelta(seconds=40))["statusCode"] == 400


@pytest.mark.parametrize(
    ("changes", "digits", "status", "why"),
    [
        ({"agent": ""}, "", 422, "a program without a name"),
        ({"agent": "python-requests/2.32"}, "", 422, "a library"),
        ({"ip": "40.107.3.4"}, "", 422, "a gateway that presses buttons"),
        ({"ip": "40.107.3.4"}, "725", 200, "no program knows the digits"),
    ],
)
def test_a_program_that_presses_buttons_has_not_read(
    world: World, changes: dict[str, Any], digits: str, status: int, why: str
) -> None:
    assert confirm(digits, **changes)["statusCode"] == status, why
    assert len(confirmed(world)) == (status == 200)


@pytest.mark.parametrize("body", ["\ud800", "%", "a" * 5000, "a=1&" * 50, "{}", None])
def test_a_body_that_is_no_form_is_an_empty_one(world: World, body: str | None) -> None:
    assert call("POST", body=body)["statusCode"] == 400
    assert call("POST", body="*", isBase64Encoded=True)["statusCode"] == 400
    assert confirmed(world) == []


# When something is down ------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [TemporaryError("vault"), RuntimeError("surprise")])
def test_an_act_that_is_not_recorded_is_not_confirmed_and_can_be_repeated(
    world: World, facts: Facts, failure: Exception, printed: Callable[[], Printed]
) -> None:
    fields = {"shown_at": shown_at(call())}
    facts.failure = failure
    page = post(fields, at=NOW + timedelta(seconds=40))
    assert (page["statusCode"], page["headers"]["retry-after"]) == (503, "30")
    assert "não registra a leitura mais de uma vez" in page["body"]
    assert world.publisher.events == []
    facts.failure = None
    assert post(fields, at=NOW + timedelta(seconds=50))["statusCode"] == 200
    (fact,) = confirmed(world)
    assert fact.at == NOW + timedelta(seconds=50), "what was not recorded is no act"
    assert printed().metrics["reading_failed"] == 1


def test_a_confirmation_is_as_old_as_the_act_that_is_recorded(world: World, facts: Facts) -> None:
    facts.failure = TemporaryError("vault")
    assert confirm()["statusCode"] == 503
    facts.failure = None
    days_later = NOW + timedelta(days=9)
    page = confirm(at=days_later)
    (fact,) = confirmed(world)
    assert fact.at == days_later + timedelta(seconds=40)
    assert "19/11/2026 às 11:00:40" in text_of(page)


def test_what_was_recorded_and_not_told_is_told_by_the_next_try(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: object) -> None:
        raise PublishFailed

    wired = handler.wire()
    broken = wired._replace(confirm=replace(wired.confirm, publish=away))
    monkeypatch.setattr(handler, "wire", lambda: broken)
    page = confirm()
    assert page["statusCode"] == 503
    assert "não registra a leitura mais de uma vez" in page["body"], "true, although it is recorded"
    assert (len(confirmed(world)), world.publisher.events) == (1, [])
    monkeypatch.setattr(handler, "wire", lambda: wired)
    call()
    assert world.publisher.events == [], "a page that is looked at tells nothing"
    assert post({"shown_at": "x"}, at=NOW + timedelta(minutes=5))["statusCode"] == 200
    (told,) = world.publisher.of("MessageRead")
    assert told.occurred_at == confirmed(world)[0].at
    assert len(confirmed(world)) == 1


def test_lines_name_the_message_and_nobody(printed: Callable[[], Printed]) -> None:
    confirm("000")
    confirm("725")
    output = printed()
    output.assert_no_personal_data("187.10.20.30", "Mozilla", TOKEN, "725")
    assert {line["dispatch_id"] for line in output.logs} == {DISPATCH.dispatch_id}


def test_a_local_request_says_when_it_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    as_of = {"x-regua-as-of": "2026-12-24T12:00:00Z", "x-forwarded-for": "198.51.100.4"}
    assert "1794" in shown_at(call(headers=as_of))
    local = handler.wire()._replace(allow_as_of=True)
    monkeypatch.setattr(handler, "wire", lambda: local)
    assert f".{int(datetime.fromisoformat('2026-12-24T12:00:00Z').timestamp())}." in shown_at(
        call(headers=as_of)
    )
    assert ".1794" in shown_at(call(headers={"x-regua-as-of": "amanhã"}))


def test_a_message_in_doubt_can_be_confirmed(world: World) -> None:
    """The provider took it and the answer got lost: whoever has its link has received it."""
    other = any_dispatch(3)
    world.ledger.claim(other, [], SENT_AT, CONTENT)
    token = issue("confirm", other.dispatch_id, None, SENT_AT, KEYS)
    assert call(token=token)["statusCode"] == 200
    assert DispatchId(other.dispatch_id) in world.ledger.records
