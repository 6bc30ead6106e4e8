"""Our PSP adapter and the local PSP, both held to the BCB's own schemas, over real sockets."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from local.carrier.app import build_carrier
from local.carrier.psp.book import Account
from local.carrier.psp.provider import PspProvider
from local.carrier.server import CarrierServer
from regua.adapters.bcb_http import BcbHttp
from regua.adapters.bcb_pix import PER_PAGE, BcbPixProvider
from regua.adapters.psp_access import PspAccess, read_access
from regua.application.make_charge import REMOVE
from regua.application.pix_ports import ChargeStatus, PspRefused, PspShut, PspUnavailable
from regua.domain.errors import NotFound, ProviderThrottled
from regua.domain.late_charges import DiscountTier, LateChargeTerms
from regua.domain.money import Money
from regua.domain.pix import br_code
from regua.domain.pix.asked import asks_the_same, charge_for
from regua.domain.pix.charge import charge_body, txid_of
from regua.domain.pix.received import RefundNature, RefundStatus
from regua.domain.pix.setup import PixSetup
from tests.builders import CREDITOR, DUE, any_customer, any_invoice
from tests.integration.carrier.harness import ListeningPublisher, eventually
from tests.pix_world import FAT_1, KEY
from tests.unit.domain.pix.openapi import complaints

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from local.carrier.web import Request, Response

TXID = txid_of(CREDITOR, FAT_1, 0)
TODAY = DUE - timedelta(days=5)
START, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@dataclass
class Exchange:
    """One request to the local PSP and its answer."""

    method: str
    path: str
    sent: Any
    status: int
    answered: Any


@dataclass
class Psp:
    """A local PSP with an account of ours, and everything that was said."""

    url: str
    heard: list[Exchange] = field(default_factory=list)

    def admin(self, path: str, document: object) -> Any:  # noqa: ANN401 - JSON
        """Make the PSP act."""
        data = json.dumps(document).encode()
        asked = urllib.request.Request(f"{self.url}/psp/admin/{path}", data, method="POST")
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def access(self, **changes: object) -> PspAccess:
        """Return how we speak to it."""
        said = {
            "base_url": f"{self.url}/psp/api/v2",
            "token_url": f"{self.url}/psp/oauth/token",
            "client_id": "aurora",
            "client_secret": "segredo",
            "pix_key": KEY,
        }
        return read_access(json.dumps({**said, **changes}))

    def provider(self, **changes: object) -> BcbPixProvider:
        """Return our adapter, with a token of its own."""
        access = self.access(**changes)
        return BcbPixProvider(BcbHttp(lambda _: access))


@pytest.fixture
def psp(tmp_path: Path, socket_enabled: None) -> Iterator[Psp]:  # noqa: ARG001
    """Return a local PSP that listens, with an account."""
    carrier = build_carrier(tmp_path, lambda _: ListeningPublisher())
    heard: list[Exchange] = []

    def handle(request: Request) -> Response:
        response = carrier.handle(request)
        sent = json.loads(request.body) if request.body[:1] == b"{" else None
        answered = json.loads(response.body) if response.body else None
        heard.append(Exchange(request.method, request.path, sent, int(response.status), answered))
        return response

    with listening(CarrierServer(0, handle)) as url:
        found = Psp(url, heard)
        found.admin(
            "accounts",
            {
                "client_id": "aurora",
                "client_secret": "segredo",
                "key": KEY,
                "name": "Aurora Energia Ltda",
                "document": "11222333000181",
                "hook_headers": {"x-psp-secret": "segredo-do-webhook"},
            },
        )
        yield found
    carrier.stop()


@contextmanager
def listening(server: ThreadingHTTPServer) -> Iterator[str]:
    """Let a server serve, and return its address."""
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def any_body(**changes: Any) -> Mapping[str, Any]:  # noqa: ANN401 - any field of an invoice
    """Return the body of an invoice's charge, with everything that we put in one."""
    fields = {
        "rebate": Money(990),
        "discounts": (DiscountTier(DUE - timedelta(days=2), amount=Money(500)),),
        **changes,
    }
    charge = charge_for(
        any_invoice(**fields), any_customer(), PixSetup(KEY), LateChargeTerms(), today=TODAY
    )
    return charge_body(charge, today=TODAY)


# ── the schemas of the BCB ─────────────────────────────────────────────────────────────────────

REQUESTS = {
    ("PUT", r".*/cobv/[^/]+"): "CobVSolicitada",
    ("PATCH", r".*/cobv/[^/]+"): "CobVRevisada",
    ("PUT", r".*/devolucao/[^/]+"): "DevolucaoSolicitada",
    ("PUT", r".*/webhook/[^/]+"): "WebhookSolicitado",
}
ANSWERS = {
    ("PUT", r".*/cobv/[^/]+"): "CobVGerada",
    ("PATCH", r".*/cobv/[^/]+"): "CobVGerada",
    ("GET", r".*/cobv/[^/]+"): "CobVCompleta",
    ("GET", r".*/pix/[^/]+"): "Pix",
    ("GET", r".*/pix"): "PixConsultados",
    ("PUT", r".*/devolucao/[^/]+"): "Devolucao",
    ("GET", r".*/devolucao/[^/]+"): "Devolucao",
    ("GET", r".*/webhook/[^/]+"): "WebhookCompleto",
}


def assert_as_specified(heard: list[Exchange]) -> set[str]:
    """Fail when a request or an answer differs from the BCB's schema; return the schemas met."""
    met = set()
    for each in heard:
        if not each.path.startswith("/psp/api/v2/"):
            continue
        named = {"Problema"} if each.status >= 400 else _schemas(ANSWERS, each)
        for schema in named:
            assert complaints(schema, _answer_of(schema, each)) == [], (schema, each)
        for schema in _schemas(REQUESTS, each):
            if each.status < 400:
                assert complaints(schema, each.sent) == [], (schema, each)
                met.add(schema)
        met |= named
    return met


def _schemas(table: Mapping[tuple[str, str], str], each: Exchange) -> set[str]:
    return {
        schema
        for (method, path), schema in table.items()
        if method == each.method and re.fullmatch(path, each.path) and "devolucao" not in schema
    }


def _answer_of(schema: str, each: Exchange) -> object:
    """Return an answer with what the specification requires by a slip of its own.

    A list of Pix has no ``cobs``; the receiver's address is in ``recebedor``, where it is required
    too, and not beside it.
    """
    if schema == "PixConsultados":
        return {**each.answered, "cobs": []}
    if schema in {"CobVGerada", "CobVCompleta"}:
        return {**each.answered["recebedor"], **each.answered}
    return each.answered


def test_everything_said_is_as_the_bcb_specifies(psp: Psp) -> None:
    provider = psp.provider()
    provider.put_charge(CREDITOR, TXID, any_body())
    provider.patch_charge(CREDITOR, TXID, {k: v for k, v in any_body().items() if k != "chave"})
    paid = psp.admin("pay", {"txid": TXID, "at": "2026-11-10T15:00:00Z"})
    http = BcbHttp(lambda _: psp.access())
    url = {"webhookUrl": f"{psp.url}/nobody"}
    http.ask(CREDITOR, "PUT", f"webhook/{KEY}", body=url)
    http.ask(CREDITOR, "GET", f"webhook/{KEY}")
    back = {"valor": "10.00", "natureza": "ORIGINAL"}
    http.ask(CREDITOR, "PUT", f"pix/{paid['endToEndId']}/devolucao/D1", body=back)
    http.ask(CREDITOR, "GET", f"pix/{paid['endToEndId']}/devolucao/D1")
    provider.find_pix(CREDITOR, paid["endToEndId"])
    provider.received(CREDITOR, START, END, 0)
    provider.find_charge(CREDITOR, TXID)
    other = txid_of(CREDITOR, FAT_1, 1)
    provider.put_charge(CREDITOR, other, any_body())
    provider.patch_charge(CREDITOR, other, REMOVE)
    with pytest.raises(PspRefused):
        provider.patch_charge(CREDITOR, other, {"valor": {"original": "1.00"}})
    assert provider.find_charge(CREDITOR, "x" * 32) is None
    met = assert_as_specified(psp.heard)
    assert met == {*REQUESTS.values(), *ANSWERS.values(), "Problema"}


# ── charges ────────────────────────────────────────────────────────────────────────────────────


def test_a_charge_is_made_read_changed_and_removed(psp: Psp) -> None:
    provider = psp.provider()
    made = provider.put_charge(CREDITOR, TXID, any_body())
    assert (made.status, made.txid, made.revision) == (ChargeStatus.ACTIVE, TXID, 0)
    assert made.copy_paste is not None
    assert br_code.decode(made.copy_paste).location == made.location
    assert asks_the_same(made.body, any_body())
    changes = {k: v for k, v in any_body(amount=Money(20000)).items() if k != "chave"}
    changed = provider.patch_charge(CREDITOR, TXID, changes)
    assert changed.body["valor"]["original"] == "200.00"
    assert changed.revision == 1
    removed = provider.patch_charge(CREDITOR, TXID, REMOVE)
    assert removed.status is ChargeStatus.REMOVED_BY_US
    assert provider.find_charge(CREDITOR, TXID) == removed


def test_a_charge_that_was_there_is_found_instead_of_made_twice(psp: Psp) -> None:
    provider = psp.provider()
    provider.put_charge(CREDITOR, TXID, any_body())
    again = provider.put_charge(CREDITOR, TXID, any_body(amount=Money(20000)))
    assert again.body["valor"]["original"] == "149.90", "whoever asked sees what is really there"


def test_what_is_refused_names_properties_and_no_values(psp: Psp) -> None:
    with pytest.raises(PspRefused) as refused:
        psp.provider(pix_key=None).put_charge(
            CREDITOR, TXID, {**any_body(), "chave": "maria@cliente.example.com.br"}
        )
    assert refused.value.kind == "CobVOperacaoInvalida"
    assert [p.path for p in refused.value.problems] == ["cobv.chave"]
    assert "maria" not in str(refused.value)


def test_a_charge_for_another_accounts_key_never_leaves(psp: Psp) -> None:
    with pytest.raises(PspShut):
        psp.provider().put_charge(CREDITOR, TXID, {**any_body(), "chave": "+5511987654321"})
    assert not [each for each in psp.heard if "cobv" in each.path]


def test_a_paid_charge_names_its_pix(psp: Psp) -> None:
    provider = psp.provider()
    made = provider.put_charge(CREDITOR, TXID, any_body())
    paid = psp.admin("pay", {"brcode": made.copy_paste, "at": "2026-11-10T15:00:00Z"})
    found = provider.find_charge(CREDITOR, TXID)
    assert found is not None
    assert found.status is ChargeStatus.PAID
    assert found.received == (paid["endToEndId"],)


@pytest.mark.parametrize(
    ("days", "asked"),
    [
        (-3, "135.00"),  # 149.90 − 9.90 rebate − 5.00 discount
        (0, "140.00"),
        (1, "142.85"),  # 2 % of 140.00, and one day of 1 % a month: 2.80 + 0.05
        (30, "144.20"),
    ],
)
def test_the_payers_app_asks_what_the_contract_says(psp: Psp, days: int, asked: str) -> None:
    psp.provider().put_charge(CREDITOR, TXID, any_body())
    at = f"{DUE + timedelta(days=days)}T15:00:00Z"
    assert psp.admin("pay", {"txid": TXID, "at": at})["valor"] == asked


# ── Pix ────────────────────────────────────────────────────────────────────────────────────────


def test_a_pix_is_read_with_its_refunds(psp: Psp) -> None:
    provider = psp.provider()
    provider.put_charge(CREDITOR, TXID, any_body())
    paid = psp.admin("pay", {"txid": TXID, "amount": "140.00", "at": "2026-11-10T15:00:00Z"})
    e2eid = paid["endToEndId"]
    psp.admin("refund", {"end_to_end_id": e2eid, "amount": "40.00", "nature": "MED_FRAUDE"})
    found = provider.find_pix(CREDITOR, e2eid)
    assert found is not None
    assert (found.amount, found.txid, found.refunded) == (Money(14000), TXID, Money(4000))
    assert found.received_at == datetime(2026, 11, 10, 15, tzinfo=UTC)
    assert found.refunds[0].nature is RefundNature.MED_FRAUD
    assert found.refunds[0].status is RefundStatus.SETTLED
    assert provider.find_pix(CREDITOR, "E" + "0" * 31) is None


def test_all_pages_of_a_time_are_read(psp: Psp) -> None:
    for number in range(PER_PAGE + 5):
        at = datetime(2026, 11, 10, 12, tzinfo=UTC) + timedelta(minutes=number)
        amount = f"{number + 1}.00"
        psp.admin("pay", {"client_id": "aurora", "amount": amount, "at": at.isoformat()})
    provider = psp.provider()
    first = provider.received(CREDITOR, START, END, 0)
    assert (len(first.received), first.next_page) == (PER_PAGE, 1)
    second = provider.received(CREDITOR, START, END, 1)
    assert (len(second.received), second.next_page) == (5, None)
    refunded = first.received[0].end_to_end_id
    psp.admin("refund", {"end_to_end_id": refunded})
    found = provider.received(CREDITOR, START, END, 0, only_refunded=True)
    assert [p.end_to_end_id for p in found.received] == [refunded]
    none = provider.received(CREDITOR, START, START + timedelta(days=1), 0)
    assert (none.received, none.next_page) == ((), None)


# ── tokens, and a PSP in trouble ───────────────────────────────────────────────────────────────


def tokens(psp: Psp) -> int:
    """Count the tokens that were asked for."""
    return sum(each.path == "/psp/oauth/token" for each in psp.heard)


def test_a_token_is_asked_for_once(psp: Psp) -> None:
    provider = psp.provider()
    for _ in range(3):
        provider.find_charge(CREDITOR, TXID)
    assert tokens(psp) == 1


def test_a_token_is_not_used_to_its_end(psp: Psp) -> None:
    now = [0.0]
    access = psp.access()
    provider = BcbPixProvider(BcbHttp(lambda _: access, monotonic=lambda: now[0]))
    for now[0] in (0.0, 3539.0, 3541.0):
        provider.find_charge(CREDITOR, TXID)
    assert tokens(psp) == 2


def test_a_token_that_was_withdrawn_is_asked_for_again(psp: Psp) -> None:
    provider = psp.provider()
    provider.find_charge(CREDITOR, TXID)
    psp.admin("behave", {"withdraw_tokens": True})
    assert provider.find_charge(CREDITOR, TXID) is None
    assert tokens(psp) == 2


def test_a_new_secret_is_used_within_a_minute(psp: Psp) -> None:
    now, secret = [0.0], ["errado"]
    provider = BcbPixProvider(
        BcbHttp(lambda _: psp.access(client_secret=secret[0]), monotonic=lambda: now[0])
    )
    with pytest.raises(PspShut):
        provider.find_charge(CREDITOR, TXID)
    secret[0], now[0] = "segredo", 61.0
    assert provider.find_charge(CREDITOR, TXID) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"quirks": ["token_credentials_in_body"]},
        {"quirks": ["token_as_json"]},
        {"quirks": ["token_credentials_in_body", "token_as_json"]},
        {"query": {"gw-dev-app-key": "abc"}, "headers": {"x-conta-corrente": "123"}},
    ],
)
def test_known_differences_of_psps_are_served(psp: Psp, changes: Mapping[str, object]) -> None:
    assert psp.provider(**changes).find_charge(CREDITOR, TXID) is None


def test_a_right_that_is_missing_needs_a_person(psp: Psp) -> None:
    with pytest.raises(PspShut) as shut:
        psp.provider(scopes="pix.read").find_charge(CREDITOR, TXID)
    assert shut.value.retry_after_seconds == 3600


def test_a_psp_that_is_down_is_asked_again_later(psp: Psp) -> None:
    psp.admin("behave", {"is_down": True})
    with pytest.raises(PspUnavailable) as down:
        psp.provider().find_charge(CREDITOR, TXID)
    assert not isinstance(down.value, PspShut)


def test_what_is_there_after_a_restart_is_what_was_there(tmp_path: Path) -> None:
    first = PspProvider.at(tmp_path / "psp")
    with first.book.changing():
        first.book.accounts["a"] = Account("a", "s", KEY, "Aurora", "11222333000181")
        first.book.accounts["a"].charges["t"] = {"status": "ATIVA"}
    assert PspProvider.at(tmp_path / "psp").book.accounts["a"].charges == {"t": {"status": "ATIVA"}}


# ── notifications ──────────────────────────────────────────────────────────────────────────────


@dataclass
class Hooked:
    """Somebody's webhook."""

    posts: list[tuple[str, Mapping[str, str], Any]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


@pytest.fixture
def hooked(socket_enabled: None) -> Iterator[tuple[Hooked, str]]:  # noqa: ARG001
    """Return a webhook that listens, and its address."""
    found = Hooked()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.posts.append((self.path, dict(self.headers.items()), json.loads(body)))
            self.send_response(found.statuses.pop(0) if found.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with listening(ThreadingHTTPServer(("127.0.0.1", 0), Listener)) as url:
        yield found, url


@pytest.mark.parametrize(
    ("shape", "unwrapped"),
    [("object", lambda b: b["pix"][0]), ("list", lambda b: b[0]), ("single", lambda b: b)],
)
def test_the_receiver_is_told_in_the_shape_asked_for(
    psp: Psp,
    hooked: tuple[Hooked, str],
    shape: str,
    unwrapped: Any,  # noqa: ANN401 - a function
) -> None:
    found, url = hooked
    access = psp.access()
    http = BcbHttp(lambda _: access)
    http.ask(CREDITOR, "PUT", f"webhook/{KEY}", body={"webhookUrl": f"{url}/hooks/k"})
    BcbPixProvider(http).put_charge(CREDITOR, TXID, any_body())
    paid = psp.admin("pay", {"txid": TXID, "notify": {"shape": shape, "times": 2}})
    eventually(lambda: len(found.posts) == 2)
    path, headers, body = found.posts[0]
    assert path == "/hooks/k/pix"
    assert headers["X-Psp-Secret"] == "segredo-do-webhook"
    assert unwrapped(body) == paid
    assert complaints("Pix", unwrapped(body)) == []


def test_the_receiver_is_told_again_until_it_takes_it(psp: Psp, hooked: tuple[Hooked, str]) -> None:
    found, url = hooked
    found.statuses = [503]
    access = psp.access()
    http = BcbHttp(lambda _: access)
    http.ask(CREDITOR, "PUT", f"webhook/{KEY}", body={"webhookUrl": url})
    BcbPixProvider(http).put_charge(CREDITOR, TXID, any_body())
    psp.admin("pay", {"txid": TXID})
    eventually(lambda: len(found.posts) == 2)


# ── answers of every kind ──────────────────────────────────────────────────────────────────────


@contextmanager
def answering(status: int, body: bytes, headers: Mapping[str, str]) -> Iterator[str]:
    """Let a PSP give tokens, and one answer to everything else."""

    class Answering(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            is_token = self.path == "/token"
            sent = b'{"access_token": "t", "expires_in": "3600"}' if is_token else body
            self.send_response(200 if is_token else status)
            for name, value in {} if is_token else headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_PUT = do_POST = do_PATCH = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with listening(ThreadingHTTPServer(("127.0.0.1", 0), Answering)) as url:
        yield url


def problem(kind: str) -> bytes:
    """Return a problem of the API Pix."""
    return json.dumps({"type": f"https://pix.bcb.gov.br/api/v2/error/{kind}"}).encode()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, problem("RequisicaoInvalida"), PspRefused),
        (400, problem("CobVOperacaoInvalida"), PspRefused),
        (400, b"<html>", PspRefused),
        (401, b"", PspShut),
        (403, problem("AcessoNegado"), PspShut),
        (404, problem("NaoEncontrado"), NotFound),
        (404, b"", NotFound),
        (409, b"{}", PspRefused),
        (410, problem("PermanentementeRemovido"), NotFound),
        (422, b"{}", PspRefused),
        (429, b"", ProviderThrottled),
        (500, problem("ErroInternoDoServidor"), PspUnavailable),
        (502, b"<html>", PspUnavailable),
        (503, problem("ServicoIndisponivel"), PspUnavailable),
        (504, problem("IndisponibilidadePorTempoEsgotado"), PspUnavailable),
        (302, b"", PspUnavailable),
        (200, b"<html>", PspUnavailable),
        (200, b"[" * 100_000, PspUnavailable),
        (418, b"[]", PspUnavailable),
    ],
)
def test_every_answer_has_a_meaning(
    socket_enabled: None,  # noqa: ARG001
    status: int,
    body: bytes,
    error: type[Exception],
) -> None:
    headers = {"Retry-After": "7", "Location": "http://example.com.br/"}
    with answering(status, body, headers) as url, pytest.raises(error) as raised:
        BcbHttp(lambda _: access_to(url)).ask(CREDITOR, "GET", "cobv/x")
    if isinstance(raised.value, ProviderThrottled):
        assert raised.value.retry_after_seconds == 7
    assert isinstance(raised.value, PspShut) == (error is PspShut)


def access_to(url: str, **changes: object) -> PspAccess:
    """Return an access to an address."""
    said = {"base_url": url, "token_url": f"{url}/token", "client_id": "a", "client_secret": "b"}
    return read_access(json.dumps({**said, **changes}))


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"7", b'{"txid": "another"}', b"{}"])
def test_a_charge_that_is_none_is_never_believed(socket_enabled: None, body: bytes) -> None:  # noqa: ARG001
    with answering(200, body, {}) as url:
        provider = BcbPixProvider(BcbHttp(lambda _: access_to(url)))
        try:
            found = provider.find_charge(CREDITOR, TXID)
        except PspUnavailable:
            return
        assert found is not None
        assert found.status is ChargeStatus.UNKNOWN
        assert body == b"{}"


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"endToEndId": "E87654321202009091221dfghi123456"}',
        b'{"endToEndId": "E87654321202009091221dfghi123456", "valor": "1", "horario": "x"}',
    ],
)
def test_a_pix_that_cannot_be_read_is_not_believed(socket_enabled: None, body: bytes) -> None:  # noqa: ARG001
    with answering(200, body, {}) as url:
        provider = BcbPixProvider(BcbHttp(lambda _: access_to(url)))
        with pytest.raises(PspUnavailable):
            provider.find_pix(CREDITOR, "E87654321202009091221dfghi123456")


def test_a_psp_that_knows_more_than_we_do_is_understood(socket_enabled: None) -> None:  # noqa: ARG001
    answer = {
        "txid": TXID,
        "status": "VENCIDA",
        "loc": {"location": "pix.example.com/qr/1"},
        "novidade": {"de": "amanhã"},
        "revisao": "3",
    }
    with answering(200, json.dumps(answer).encode(), {}) as url:
        found = BcbPixProvider(BcbHttp(lambda _: access_to(url))).find_charge(CREDITOR, TXID)
    assert found is not None
    assert (found.status, found.location) == (ChargeStatus.UNKNOWN, "pix.example.com/qr/1")


def test_nobody_at_the_address_is_asked_again_later(socket_enabled: None) -> None:  # noqa: ARG001
    with pytest.raises(PspUnavailable):
        BcbHttp(lambda _: access_to("http://127.0.0.1:9")).ask(CREDITOR, "GET", "pix")


# ── accesses ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"base_url": "https://a.example.com"}',
        json.dumps(
            {
                "base_url": "http://pix.example.com",
                "token_url": "https://pix.example.com",
                "client_id": "a",
                "client_secret": "b",
            }
        ),
    ],
)
def test_an_access_that_cannot_be_used_needs_a_person(text: str) -> None:
    with pytest.raises(PspShut):
        read_access(text)


@pytest.mark.parametrize("headers", [{"x-app": "a\nb"}, {"x app": "a"}, {"x-app": "ção"}])
def test_a_header_that_nothing_can_carry_needs_a_person_and_is_not_told(
    headers: dict[str, str],
) -> None:
    with pytest.raises(PspShut) as shut:
        access_to("https://pix.example.com", headers=headers)
    assert not any(value in str(shut.value) for value in headers.values() if value != "a")
    assert access_to("https://pix.example.com", headers={"x-app": "a b"}).headers


@pytest.mark.parametrize("said", ["9" * 5000, "", "-1", "soon"])
def test_a_wait_that_is_none_is_as_usual(socket_enabled: None, said: str) -> None:  # noqa: ARG001
    with answering(429, b"", {"Retry-After": said}) as url, pytest.raises(ProviderThrottled) as hit:
        BcbHttp(lambda _: access_to(url)).ask(CREDITOR, "GET", "pix")
    assert hit.value.retry_after_seconds is None


def test_a_certificate_that_is_none_needs_a_person() -> None:
    access = access_to("https://pix.example.com", certificate_pem="none", key_pem="none")
    with pytest.raises(PspShut):
        BcbHttp(lambda _: access).ask(CREDITOR, "GET", "pix")


def test_an_access_shows_no_secret() -> None:
    access = access_to("https://pix.example.com", pix_key=KEY, key_pem="chave-secreta")
    for text in ("chave-secreta", KEY):
        assert text not in repr(access)
