"""What comes of a request, whatever the other side does: the table that docs/webhooks.md shows."""

import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters import webhook_sender
from regua.adapters.webhook_sender import HttpWebhookSender, Limits, SafeTargets
from regua.domain.errors import InvalidInput
from regua.domain.webhook_delivery import Answer, Result
from tests.integration.receivers import (
    NAME,
    Behaviour,
    certified,
    endless,
    in_turn,
    receiver,
    says,
    silent,
    then_waits,
)

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
PAGE = Path(__file__).parents[2] / "docs" / "webhooks.md"
LIMITS = Limits(connect=0.5, total=0.5, body=0.15)
SLACK_SECONDS = 1.0
"""What a busy machine may add."""
BODY = '{"type":"InvoicePaid","nota":"ação"}'.encode()
HEADERS = {"webhook-id": "evt_1", "webhook-timestamp": "1", "webhook-signature": "v1,a"}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True)
class Outcome:
    """What an endpoint does, and what comes of it."""

    does: str
    behave: Behaviour
    result: Result
    status: int | None = None
    is_deaf: bool = False

    @property
    def follows(self) -> str:
        answer = Answer(self.result, self.status)
        if answer.is_delivered:
            return "delivered"
        if answer.is_gone:
            return "the endpoint is disabled; what waits is kept"
        return "tried again"


def status(code: int, more: str = "") -> bytes:
    return f"HTTP/1.1 {code} X\r\n{more}Content-Length: 0\r\n\r\n".encode()


DELIVERED, STATUS, BAD, TIMEOUT = (
    Result.DELIVERED,
    Result.STATUS,
    Result.BAD_RESPONSE,
    Result.TIMEOUT,
)
OUTCOMES = (
    Outcome("answers 200", says(OK), DELIVERED, 200),
    Outcome("answers 204", says(status(204)), DELIVERED, 204),
    Outcome("answers 200, slowly but in time", says(OK, every=0.2), DELIVERED, 200),
    Outcome("answers 100, then 200", says(b"HTTP/1.1 100 Continue\r\n\r\n", OK), DELIVERED, 200),
    Outcome(
        "answers 200 before it has read the request",
        then_waits(says(OK)),
        DELIVERED,
        200,
        is_deaf=True,
    ),
    Outcome(
        "answers 200 and a body shorter than it says",
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nok"),
        DELIVERED,
        200,
    ),
    Outcome(
        "answers 200 and a body longer than it says",
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + b"a" * 900),
        DELIVERED,
        200,
    ),
    Outcome(
        "answers 200 and a body without end",
        endless(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 4096),
        DELIVERED,
        200,
    ),
    Outcome(
        "answers 200 and a byte of the body now and then",
        endless(b"HTTP/1.1 200 OK\r\n\r\n", b"a", every=0.02),
        DELIVERED,
        200,
    ),
    Outcome(
        "redirects (301, 302, 303, 307, 308)",
        says(status(307, "Location: http://127.0.0.1/outro\r\n")),
        STATUS,
        307,
    ),
    Outcome("answers 400", says(status(400)), STATUS, 400),
    Outcome("answers 410 (gone)", says(status(410)), STATUS, 410),
    Outcome("answers 429 or 503 with `Retry-After`", says(status(429)), STATUS, 429),
    Outcome("answers 500", says(status(500)), STATUS, 500),
    Outcome("takes the connection and says nothing", silent, TIMEOUT),
    Outcome(
        "answers a byte of the headers now and then",
        endless(b"HTTP/1.1 200 OK\r\nX-A: ", b"a", every=0.02),
        TIMEOUT,
    ),
    Outcome(
        "answers headers without end",
        endless(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"a" * 2_000 + b"\r\n"),
        BAD,
    ),
    Outcome(
        "answers interim answers (1xx) without end",
        endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 50),
        BAD,
    ),
    Outcome("switches protocols (101)", says(b"HTTP/1.1 101 X\r\n\r\n"), BAD),
    Outcome("answers what is no HTTP", says(b"SSH-2.0-OpenSSH_9\r\n\r\n"), BAD),
    Outcome("answers another HTTP", says(b"HTTP/2 200\r\n\r\n"), BAD),
    Outcome("closes without an answer", says(), BAD),
    Outcome("closes in the middle of the headers", says(b"HTTP/1.1 200 OK\r\nX-"), BAD),
)
ELSEWHERE = (
    ("no longer has a name", "dns", "tried again"),
    (
        "has a name that leads to an address that is not public, or to one among others",
        "address_not_public",
        "tried again",
    ),
    ("does not listen, or cannot be reached", "refused", "tried again"),
    (
        "has a certificate that is not valid for its name, or speaks no TLS",
        "tls",
        "tried again",
    ),
    ("drags out the TLS handshake", "timeout", "tried again"),
)


def sender(**changes: Any) -> HttpWebhookSender:  # noqa: ANN401 - any of its fields
    given: dict[str, Any] = {"targets": SafeTargets(private=True), "limits": LIMITS, **changes}
    return HttpWebhookSender(**given)


def post(port: int, **changes: Any) -> Answer:  # noqa: ANN401 - any of the sender's fields
    return sender(**changes).send(f"http://127.0.0.1:{port}/regua?a=b", HEADERS, BODY)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda each: each.does)
def test_an_endpoint_that(outcome: Outcome) -> None:
    started = time.monotonic()
    with receiver(outcome.behave, is_deaf=outcome.is_deaf) as found:
        answer = post(found.port)
        took = time.monotonic() - started
    assert (answer.result, answer.status) == (outcome.result, outcome.status)
    assert took < LIMITS.total + SLACK_SECONDS
    assert answer.latency_ms <= (LIMITS.total + SLACK_SECONDS) * 1000
    assert found.connections == 1


def test_the_page_shows_this_table() -> None:
    rows = [
        *((each.does, _worded(each), each.follows) for each in OUTCOMES),
        *((does, f"`{result}`", follows) for does, result, follows in ELSEWHERE),
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    assert table in PAGE.read_text(encoding="utf-8"), table


def _worded(outcome: Outcome) -> str:
    shown = "" if outcome.status is None else f" {outcome.status}"
    return f"`{outcome.result.value}`{shown}"


def test_the_request_is_what_was_asked_for_and_nothing_else() -> None:
    with receiver(says(OK)) as found:
        post(found.port)
        (request,) = found.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert body == BODY
    assert head.decode().split("\r\n") == [
        "POST /regua?a=b HTTP/1.1",
        f"Host: 127.0.0.1:{found.port}",
        "User-Agent: Regua-Webhooks/1",
        "Accept: */*",
        "Content-Type: application/json; charset=utf-8",
        f"Content-Length: {len(BODY)}",
        "webhook-id: evt_1",
        "webhook-timestamp: 1",
        "webhook-signature: v1,a",
        "Connection: close",
    ]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Retry-After: 120\r\n", 120),
        ("retry-after:7\r\n", 7),
        ("Retry-After: Thu, 26 Nov 2026 12:00:00 GMT\r\n", None),
        ("Retry-After: -5\r\n", None),
        ("Retry-After: 99999999\r\n", None),
        ("X-Retry-After: 9\r\n", None),
        ("", None),
    ],
)
def test_when_to_come_back_is_read_from_a_number_of_seconds(
    header: str, seconds: int | None
) -> None:
    with receiver(says(status(503, header))) as found:
        assert post(found.port).retry_after_seconds == seconds


def test_a_body_never_says_when_to_come_back() -> None:
    with receiver(says(status(503) + b"\r\nRetry-After: 99\r\n\r\n")) as found:
        assert post(found.port).retry_after_seconds is None


def test_a_redirect_is_not_followed() -> None:
    with receiver(says(OK)) as inside:
        location = f"Location: http://127.0.0.1:{inside.port}/\r\n"
        for code in (301, 302, 303, 307, 308):
            with receiver(says(status(code, location))) as found:
                assert post(found.port).status == code
        assert inside.connections == 0


def test_an_endpoint_that_recovers_takes_the_same_request() -> None:
    with receiver(in_turn(says(status(500)), says(OK))) as found:
        assert [post(found.port).status for _ in range(2)] == [500, 200]
        assert found.requests[0] == found.requests[1]


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert post(port).result is Result.REFUSED


def test_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver(says(OK)) as proxy, receiver(says(OK)) as found:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert post(found.port).is_delivered
        assert proxy.connections == 0


@given(
    st.binary(max_size=200)
    | st.just(b"HTTP/1.1 ").flatmap(
        lambda start: st.binary(max_size=80).map(lambda rest: start + rest)
    )
)
def test_any_answer_has_a_result(raw: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(raw)
        theirs.shutdown(socket.SHUT_WR)
        exchange = webhook_sender._Exchange(ours, time.monotonic() + 5, time.monotonic)
        result, code, seconds = Result.BAD_RESPONSE, 200, None
        try:
            code, seconds = exchange.read_head()
        except webhook_sender._Failed as exc:
            result = exc.result
    assert result is Result.BAD_RESPONSE
    assert 200 <= code <= 599
    assert seconds is None or seconds >= 0


# TLS ---------------------------------------------------------------------------------------------


def secure(port: int, host: str, context: ssl.SSLContext) -> Answer:
    targets = SafeTargets(private=True, resolve=lambda *_: ["127.0.0.1"])
    return sender(targets=targets, context=context).send(
        f"https://{host}:{port}/regua", HEADERS, BODY
    )


def test_a_certificate_for_the_name_is_believed_and_the_name_is_asked_for(
    tmp_path: Path,
) -> None:
    server, trusting = certified(tmp_path, NAME)
    asked: list[str | None] = []
    server.sni_callback = lambda _, name, __: asked.append(name)
    with receiver(says(OK), context=server) as found:
        assert secure(found.port, NAME, trusting).is_delivered
        assert f"Host: {NAME}:{found.port}".encode() in found.requests[0]
    assert asked == [NAME]


@pytest.mark.parametrize(
    ("name", "is_trusted"), [("outro.example.com.br", True), (NAME, False)], ids=["name", "issuer"]
)
def test_another_certificate_is_not_believed(
    tmp_path: Path,
    name: str,
    is_trusted: bool,  # noqa: FBT001 - a column
) -> None:
    server, trusting = certified(tmp_path, name)
    context = trusting if is_trusted else ssl.create_default_context()
    with receiver(says(OK), context=server) as found:
        assert secure(found.port, NAME, context).result is Result.TLS
        assert found.requests == []


def test_what_speaks_no_tls_is_not_spoken_to(tmp_path: Path) -> None:
    _, trusting = certified(tmp_path, NAME)
    with receiver(says(OK), is_deaf=True) as found:
        assert secure(found.port, NAME, trusting).result is Result.TLS


@pytest.mark.parametrize("behave", [silent, endless(b"\x16\x03\x03\x0f\xff", b"a", every=0.02)])
def test_a_handshake_has_no_more_time_than_the_rest(tmp_path: Path, behave: Behaviour) -> None:
    _, trusting = certified(tmp_path, NAME)
    started = time.monotonic()
    with receiver(behave, is_deaf=True) as found:
        answer = secure(found.port, NAME, trusting)
    assert answer.result in {Result.TIMEOUT, Result.TLS}
    assert time.monotonic() - started < LIMITS.total + SLACK_SECONDS


def test_old_tls_is_refused_and_names_are_checked() -> None:
    context = HttpWebhookSender(SafeTargets()).context
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


# Where it goes -----------------------------------------------------------------------------------


class Names:
    """A resolver whose answers change, and which counts."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> Sequence[str]:
        del host, port
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Return where connections are made to; none comes about."""
    made: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        assert 0 < timeout <= LIMITS.connect
        made.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    return made


URL = "https://erp.example.com.br/regua"


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["10.0.0.8"],
        ["::1"],
        ["::ffff:169.254.169.254"],
        ["64:ff9b::a9fe:a9fe"],
        ["8.8.8.8", "10.0.0.8"],
        ["10.0.0.8", "8.8.8.8"],
        ["fe80::1%eth0"],
    ],
)
def test_an_address_that_is_not_public_is_never_connected_to(
    addresses: Sequence[str], connections: list[tuple[str, int]]
) -> None:
    targets = SafeTargets(resolve=Names(addresses))
    answer = sender(targets=targets).send(URL, HEADERS, BODY)
    assert answer.result is Result.ADDRESS_NOT_PUBLIC
    assert connections == []
    with pytest.raises(InvalidInput):
        targets.check(URL)


def test_a_name_that_changes_after_it_was_checked_changes_nothing(
    connections: list[tuple[str, int]],
) -> None:
    names = Names(["8.8.8.8"], ["127.0.0.1"])
    answer = sender(targets=SafeTargets(resolve=names)).send(URL, HEADERS, BODY)
    assert answer.result is Result.REFUSED
    assert (connections, names.asked) == ([("8.8.8.8", 443)], 1)
    again = sender(targets=SafeTargets(resolve=names)).send(URL, HEADERS, BODY)
    assert again.result is Result.ADDRESS_NOT_PUBLIC
    assert len(connections) == 1


def test_the_next_address_is_tried_when_one_does_not_listen(
    connections: list[tuple[str, int]],
) -> None:
    names = Names(["2606:4700::1111", "1.1.1.1", "1.0.0.1"])
    sender(targets=SafeTargets(resolve=names)).send(f"{URL}", HEADERS, BODY)
    assert connections == [("2606:4700::1111", 443), ("1.1.1.1", 443)]


def test_an_address_that_never_answers_leaves_time_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    present, waited = [0.0], []

    def connect(_: tuple[str, int], timeout: float) -> socket.socket:
        waited.append(timeout)
        present[0] += timeout
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", connect)
    targets = SafeTargets(resolve=Names(["1.1.1.1", "1.0.0.1"]))
    sending = HttpWebhookSender(targets, LIMITS, seconds=lambda: present[0])
    assert sending.send(URL, HEADERS, BODY).result is Result.TIMEOUT
    assert waited == [LIMITS.connect / 2, LIMITS.connect / 2]


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.example.com.br/",
        "https://erp.example.com.br:22/",
        "https://a:b@erp.example.com.br/",
        "gopher://erp.example.com.br/",
        "",
    ],
)
def test_an_address_that_would_not_be_registered_is_not_sent_to(
    url: str, connections: list[tuple[str, int]]
) -> None:
    names = Names(["8.8.8.8"])
    answer = sender(targets=SafeTargets(resolve=names)).send(url, HEADERS, BODY)
    assert answer.result is Result.URL_NOT_ALLOWED
    assert (connections, names.asked) == ([], 0)


def _fails(host: str, port: int) -> Sequence[str]:
    raise socket.gaierror(host, port)


def _sleeps(host: str, port: int) -> Sequence[str]:
    del host, port
    time.sleep(1.0)
    return ["8.8.8.8"]


def _none(host: str, port: int) -> Sequence[str]:
    del host, port
    return []


@pytest.mark.parametrize("resolve", [_fails, _sleeps, _none])
def test_a_name_that_cannot_be_found_in_time_is_no_place(resolve: Any) -> None:  # noqa: ANN401 - any of the three
    targets = SafeTargets(resolve=resolve, seconds=0.05)
    assert sender(targets=targets).send(URL, HEADERS, BODY).result is Result.DNS
    with pytest.raises(InvalidInput) as caught:
        targets.check(URL)
    assert caught.value.problems == (("body.url", "names a host that cannot be found"),)


def test_plain_http_stays_on_this_machine(connections: list[tuple[str, int]]) -> None:
    targets = SafeTargets(private=True, resolve=Names(["8.8.8.8"]))
    answer = sender(targets=targets).send("http://erp.example.com.br/", HEADERS, BODY)
    assert answer.result is Result.URL_NOT_ALLOWED
    assert connections == []
    with pytest.raises(InvalidInput):
        targets.check("http://erp.example.com.br/")
    targets.check(URL)


def test_the_systems_resolver_is_asked_for_every_address(monkeypatch: pytest.MonkeyPatch) -> None:
    places = (("2606:4700::1111", 443, 0, 0), ("1.1.1.1", 443), ("1.1.1.1", 443))
    found = [(socket.AF_UNSPEC, socket.SOCK_STREAM, 6, "", place) for place in places]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    addresses = webhook_sender.resolve_name("erp.example.com.br", 443)
    assert list(addresses) == ["1.1.1.1", "2606:4700::1111"]


def test_this_very_machine_is_refused_by_default() -> None:
    with receiver(says(OK)) as found:
        for url in (f"http://127.0.0.1:{found.port}/", f"https://127.0.0.1:{found.port}/"):
            answer = HttpWebhookSender(SafeTargets(), LIMITS).send(url, HEADERS, BODY)
            assert answer.result in {Result.URL_NOT_ALLOWED, Result.ADDRESS_NOT_PUBLIC}
        assert found.connections == 0
