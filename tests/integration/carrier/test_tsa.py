"""Our own authority over HTTP, judged by OpenSSL; our client against it, and against others."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    decode_timestamp_response,
)

from local.carrier.instants import utc_now
from local.carrier.tsa.authority import load_or_make, make
from local.carrier.tsa.provider import REPLY
from local.carrier.tsa.tokens import reply_to
from regua.adapters.memory_seals import MemorySealIndex, MemorySeals, MemorySigner
from regua.adapters.time_stamp_reading import read_time_stamp
from regua.adapters.time_stamps import (
    HttpTimeStamper,
    NoTimeStamp,
    Tsa,
    check,
    configured_tsa,
    normalised,
)
from regua.application.seal_evidence import SealEvidence
from regua.domain.ids import DispatchId
from regua.domain.merkle import Head
from tests.integration.carrier.harness import running_carrier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from regua.domain.seals import Seal
    from tests.integration.carrier.harness import RunningCarrier

DATA = b"assinatura de um selo"
OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="openssl is not on this machine")


def tsa_of(carrier: RunningCarrier) -> Tsa:
    status, ca_pem = carrier.exchange("GET", "/tsa/ca.pem")
    assert status == 200
    return Tsa(f"{carrier.url}/tsa", ca_pem.decode())


def stamper_of(tsa: Tsa, clock: Callable[[], datetime] = utc_now) -> HttpTimeStamper:
    return HttpTimeStamper(lambda: tsa, timeout_seconds=5.0, clock=clock)


def openssl(*words: str | Path) -> bool:
    assert OPENSSL is not None
    done = subprocess.run([OPENSSL, *map(str, words)], capture_output=True, text=True, check=False)
    return done.returncode == 0


# The authority and our client --------------------------------------------------------------------


def test_a_stamp_says_when_and_over_what(carrier: RunningCarrier) -> None:
    before = utc_now().replace(microsecond=0)
    response = decode_timestamp_response(stamper_of(tsa_of(carrier)).stamp(DATA))
    assert before <= response.tst_info.gen_time <= utc_now()
    other = decode_timestamp_response(stamper_of(tsa_of(carrier)).stamp(DATA))
    assert other.tst_info.serial_number != response.tst_info.serial_number


def test_the_authority_is_the_same_after_a_restart(tmp_path: Path, socket_enabled: None) -> None:  # noqa: ARG001
    with running_carrier(tmp_path) as first:
        ca_pem = tsa_of(first).ca_pem
    with running_carrier(tmp_path) as second:
        assert tsa_of(second).ca_pem == ca_pem
        stamper_of(tsa_of(second)).stamp(DATA)


def test_an_authority_that_is_down_stamps_again_later(carrier: RunningCarrier) -> None:
    stamper = stamper_of(tsa_of(carrier))
    assert carrier.call("POST", "/admin/tsa", {"is_down": True}) == {"is_down": True}
    with pytest.raises(NoTimeStamp, match="status 503"):
        stamper.stamp(DATA)
    carrier.call("POST", "/admin/tsa", {"is_down": False})
    assert stamper.stamp(DATA)


@pytest.mark.parametrize("document", [{}, {"is_down": "yes"}, [], None])
def test_only_true_and_false_say_whether_it_is_down(
    carrier: RunningCarrier, document: object
) -> None:
    status, _ = carrier.exchange("POST", "/admin/tsa", document)
    assert status == 400


def test_something_else_than_a_query_is_refused(carrier: RunningCarrier) -> None:
    status, _ = carrier.exchange("POST", "/tsa", {"not": "a query"})
    assert status == 415


def test_nobody_at_the_address_is_a_delay(socket_enabled: None) -> None:  # noqa: ARG001
    tsa = Tsa("http://127.0.0.1:9/tsa", make(utc_now()).ca_pem)
    with pytest.raises(NoTimeStamp, match="does not answer"):
        stamper_of(tsa).stamp(DATA)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "https:///tsa",
        "https://[::1/tsa",
        "http://tsa.example.com.br/tsa",
        "http://192.0.2.1/tsa",
        "http://localhost.example.com.br/tsa",
        "http://127.0.0.1@tsa.example.com.br/tsa",
        "",
    ],
)
def test_an_address_that_others_could_listen_to_is_refused(url: str) -> None:
    with pytest.raises(NoTimeStamp, match="address"):
        stamper_of(Tsa(url, "")).stamp(DATA)


def test_an_authority_that_sends_us_elsewhere_is_not_followed(carrier: RunningCarrier) -> None:
    trusted = tsa_of(carrier)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(302)
            self.send_header("Location", trusted.url)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,)).start()
    try:
        tsa = Tsa(f"http://127.0.0.1:{server.server_port}/", trusted.ca_pem)
        with pytest.raises(NoTimeStamp, match="status 302"):
            stamper_of(tsa).stamp(DATA)
    finally:
        server.shutdown()
        server.server_close()


def test_a_stamp_by_whom_we_do_not_trust_is_refused(carrier: RunningCarrier) -> None:
    tsa = Tsa(tsa_of(carrier).url, make(utc_now()).ca_pem)
    with pytest.raises(NoTimeStamp, match="cannot be believed"):
        stamper_of(tsa).stamp(DATA)


def test_a_trust_that_cannot_be_read_is_refused(carrier: RunningCarrier) -> None:
    with pytest.raises(NoTimeStamp, match="cannot be believed"):
        stamper_of(Tsa(tsa_of(carrier).url, "not a certificate")).stamp(DATA)


def test_the_configured_authority_is_read_from_the_secret() -> None:
    with mock_aws():
        client = boto3.client("secretsmanager")
        value = {"url": "https://tsa.example.com.br", "ca_pem": "PEM", "authorization": "Basic x"}
        filled = client.create_secret(Name="tsa", SecretString=json.dumps(value))["ARN"]
        empty = client.create_secret(Name="empty", SecretString="{}")["ARN"]
        tsa = configured_tsa(client, filled)
        assert tsa == Tsa("https://tsa.example.com.br", "PEM", "Basic x")
        assert "Basic" not in repr(tsa)
        with pytest.raises(NoTimeStamp, match="configured"):
            configured_tsa(client, empty)


# Authorities that lie, and one that is only different --------------------------------------------


@pytest.fixture
def other_tsa(socket_enabled: None) -> Iterator[Callable[[Any], str]]:  # noqa: ARG001
    """Serve any answer to a query; return the address."""
    servers = []

    def serve(answer: Callable[[bytes, str], bytes]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                body = answer(query, self.headers.get("Authorization", ""))
                self.send_response(200)
                self.send_header("Content-Type", REPLY)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_stamp_of_another_request_is_refused(
    carrier: RunningCarrier, other_tsa: Callable[[Any], str]
) -> None:
    trusted = tsa_of(carrier)
    earlier = stamper_of(trusted).stamp(DATA)
    replaying = Tsa(other_tsa(lambda *_: earlier), trusted.ca_pem)
    with pytest.raises(NoTimeStamp) as caught:
        stamper_of(replaying).stamp(DATA)
    assert "Nonce" in str(caught.value.__cause__), "over the same data, and yet not asked for now"


def test_the_stamp_of_other_data_is_refused(carrier: RunningCarrier) -> None:
    trusted = tsa_of(carrier)
    asked = TimestampRequestBuilder().data(DATA).hash_algorithm(HashAlgorithm.SHA256).build()
    authority = make(utc_now())
    own = Tsa(trusted.url, authority.ca_pem)
    reply = reply_to(asked.as_bytes(), authority, 1, utc_now())
    check(reply, DATA, asked, own, now=utc_now())
    with pytest.raises(NoTimeStamp):
        check(reply, DATA + b"!", asked, own, now=utc_now())


@pytest.mark.parametrize(
    ("seconds", "is_believed"), [(-301, False), (-299, True), (0, True), (299, True), (301, False)]
)
def test_a_stamp_of_another_time_is_refused(seconds: int, is_believed: bool) -> None:  # noqa: FBT001
    """Every verifier would refuse it for ever, and the seal with it."""
    asked = TimestampRequestBuilder().data(DATA).hash_algorithm(HashAlgorithm.SHA256).build()
    at = utc_now().replace(microsecond=0)
    authority = make(at - timedelta(days=1))
    trusted = Tsa("https://tsa.example.com.br", authority.ca_pem)
    reply = reply_to(asked.as_bytes(), authority, 1, at + timedelta(seconds=seconds))
    if is_believed:
        check(reply, DATA, asked, trusted, now=at)
        return
    with pytest.raises(NoTimeStamp, match="minutes apart"):
        check(reply, DATA, asked, trusted, now=at)


def test_a_stamp_is_held_against_the_clock_of_the_instant(carrier: RunningCarrier) -> None:
    ahead = stamper_of(tsa_of(carrier), lambda: utc_now() + timedelta(minutes=6))
    with pytest.raises(NoTimeStamp, match="minutes apart"):
        ahead.stamp(DATA)


@pytest.mark.parametrize("answer", [b"", b"<html>", b"0\x03\x02\x01\x00"])
def test_an_answer_that_is_no_stamp_is_refused(
    carrier: RunningCarrier, other_tsa: Callable[[Any], str], answer: bytes
) -> None:
    tsa = Tsa(other_tsa(lambda *_: answer), tsa_of(carrier).ca_pem)
    with pytest.raises(NoTimeStamp):
        stamper_of(tsa).stamp(DATA)


@pytest.mark.parametrize(
    ("read", "refusal", "part"),
    [(normalised, NoTimeStamp, slice(50, 90)), (read_time_stamp, ValueError, slice(None))],
    ids=["to be kept, the tags of its structure", "for people, all of it"],
)
def test_no_flipped_bit_of_a_reply_is_a_defect_of_ours(
    read: Callable[[bytes], object], refusal: type[Exception], part: slice
) -> None:
    """The library that reads stumbles over some in ways of its own."""
    asked = TimestampRequestBuilder().data(DATA).hash_algorithm(HashAlgorithm.SHA256).build()
    reply = reply_to(asked.as_bytes(), make(utc_now()), 1, utc_now())
    places = range(8 * len(reply))[slice(*(n and 8 * n for n in (part.start, part.stop)))]
    refused = 0
    for place in places:
        changed = bytearray(reply)
        changed[place // 8] ^= 1 << place % 8
        try:
            read(bytes(changed))
        except refusal:
            refused += 1
    assert refused > len(places) / 20


def test_a_refusal_is_told_by_its_name(
    carrier: RunningCarrier, other_tsa: Callable[[Any], str]
) -> None:
    refusal = reply_to(b"no query", make(utc_now()), 1, utc_now())
    tsa = Tsa(other_tsa(lambda *_: refusal), tsa_of(carrier).ca_pem)
    with pytest.raises(NoTimeStamp, match="refused: rejection"):
        stamper_of(tsa).stamp(DATA)


def test_an_authority_that_wants_to_know_who_asks_is_told(
    carrier: RunningCarrier, other_tsa: Callable[[Any], str]
) -> None:
    heard: list[str] = []

    def answer(_query: bytes, authorization: str) -> bytes:
        heard.append(authorization)
        return b""

    url = other_tsa(answer)
    for authorization in (None, "Bearer abc"):
        with pytest.raises(NoTimeStamp):
            stamper_of(Tsa(url, tsa_of(carrier).ca_pem, authorization)).stamp(DATA)
    assert heard == ["", "Bearer abc"]


@needs_openssl
def test_a_foreign_authority_whose_certificates_are_not_sorted_is_accepted(
    tmp_path: Path, other_tsa: Callable[[Any], str]
) -> None:
    """`openssl ts` sends the signer's certificate and then the chain, in that order."""
    url = other_tsa(lambda query, _: openssl_reply(tmp_path / "tsa", query))
    ca_pem = load_or_make(tmp_path / "tsa", utc_now()).ca_pem
    stamped = stamper_of(Tsa(url, ca_pem)).stamp(DATA)
    sent = (tmp_path / "tsa" / "reply.tsr").read_bytes()
    assert stamped != sent, "the case is the one we mean"
    with pytest.raises(ValueError, match="InvalidSetOrdering"):
        decode_timestamp_response(sent)
    assert stamped == normalised(sent) == normalised(stamped)
    assert len(stamped) == len(sent)
    (tmp_path / "data").write_bytes(DATA)
    for reply in (stamped, sent):
        (tmp_path / "t.tsr").write_bytes(reply)
        ca = tmp_path / "tsa" / "ca.pem"
        words = ("-data", tmp_path / "data", "-in", tmp_path / "t.tsr", "-CAfile", ca)
        assert openssl("ts", "-verify", *words)


def openssl_reply(directory: Path, query: bytes) -> bytes:
    """Let OpenSSL be the authority, with our certificates."""
    (directory / "query.tsq").write_bytes(query)
    (directory / "serial").write_text("01")
    (directory / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa = t\n[t]\n"
        f"serial = {directory}/serial\ncrypto_device = builtin\n"
        f"signer_cert = {directory}/tsa.pem\nsigner_key = {directory}/tsa-key.pem\n"
        f"certs = {directory}/ca.pem\nsigner_digest = sha256\n"
        "default_policy = 1.3.6.1.4.1.32473.2\ndigests = sha256\naccuracy = secs:1\n"
    )
    done = openssl(
        *("ts", "-reply", "-config", directory / "tsa.cnf", "-section", "t"),
        *("-queryfile", directory / "query.tsq", "-out", directory / "reply.tsr"),
    )
    assert done
    return (directory / "reply.tsr").read_bytes()


# OpenSSL judges a whole seal ----------------------------------------------------------------------


@pytest.fixture
def files(carrier: RunningCarrier, tmp_path: Path) -> Path:
    """Return a directory with everything of one seal that a stranger is given."""
    tsa = tsa_of(carrier)
    index, seals = MemorySealIndex(), MemorySeals()
    for n in range(5):
        index.mark(Head(DispatchId(f"{n:032x}"), 1, f"{n:064x}"), utc_now())
    seal_them = SealEvidence(index, seals, MemorySigner(), stamper_of(tsa))
    assert seal_them(now=utc_now(), seconds_left=lambda: 60.0).failed is None
    seal = seals.find(1)
    assert seal is not None
    write(seal, tsa, tmp_path)
    return tmp_path


def write(seal: Seal, tsa: Tsa, directory: Path) -> None:
    (directory / "statement.json").write_bytes(seal.statement.signed_bytes)
    (directory / "seal.sig").write_bytes(seal.signature)
    (directory / "t.tsr").write_bytes(seal.timestamp)
    (directory / "key.pem").write_text(seal.public_key_pem)
    (directory / "ca.pem").write_text(tsa.ca_pem)


def is_stamped(files: Path) -> bool:
    words = ("-data", files / "seal.sig", "-in", files / "t.tsr", "-CAfile", files / "ca.pem")
    return openssl("ts", "-verify", *words)


def is_signed(files: Path) -> bool:
    words = ("-verify", files / "key.pem", "-signature", files / "seal.sig")
    return openssl("dgst", "-sha256", *words, files / "statement.json")


def flip(path: Path, place: int) -> None:
    changed = bytearray(path.read_bytes())
    changed[place] ^= 1
    path.write_bytes(bytes(changed))


@needs_openssl
def test_openssl_accepts_the_signature_and_the_time_stamp(files: Path) -> None:
    assert is_signed(files)
    assert is_stamped(files)


@needs_openssl
@pytest.mark.parametrize("place", [0, 40, 200, -3])
def test_openssl_refuses_a_changed_statement(files: Path, place: int) -> None:
    flip(files / "statement.json", place)
    assert not is_signed(files)


@needs_openssl
@pytest.mark.parametrize("place", [0, 6, 40, -1])
def test_openssl_refuses_a_changed_signature_twice(files: Path, place: int) -> None:
    flip(files / "seal.sig", place)
    assert not is_signed(files)
    assert not is_stamped(files), "the stamp is over the signature"


@needs_openssl
def test_openssl_refuses_a_changed_time(files: Path) -> None:
    """The stamped instant is brought forward by a year, and nothing else."""
    reply = (files / "t.tsr").read_bytes()
    year = str(utc_now().year).encode()
    at = reply.index(b"\x18\x0f" + year) + 2
    (files / "t.tsr").write_bytes(reply[:at] + str(int(year) - 1).encode() + reply[at + 4 :])
    assert not is_stamped(files)


@needs_openssl
@pytest.mark.parametrize("place", [-1, -40, 100, 300])
def test_openssl_refuses_a_changed_stamp(files: Path, place: int) -> None:
    flip(files / "t.tsr", place)
    assert not is_stamped(files)


@needs_openssl
def test_openssl_refuses_another_key_and_another_authority(files: Path) -> None:
    (files / "key.pem").write_text(MemorySigner().public_key_pem())
    (files / "ca.pem").write_text(make(utc_now()).ca_pem)
    assert not is_signed(files)
    assert not is_stamped(files)
