"""Mutual TLS with a PSP: both show a certificate, the token's request included."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from regua.adapters.bcb_http import BcbHttp
from regua.adapters.clock import SystemClock
from regua.adapters.psp_access import PspAccess
from regua.application.pix_ports import PspUnavailable
from tests.builders import CREDITOR

NOW = SystemClock().now()


class Pair(NamedTuple):
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        """Return the certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        """Return the key."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()


def issued(name: str, by: Pair | None = None) -> Pair:
    """Return a certificate: an authority's, or one that an authority issued."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = subject if by is None else by.certificate.subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if by is not None:
        of = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
        builder = builder.add_extension(of, critical=False)
    return Pair(builder.sign(key if by is None else by.key, hashes.SHA256()), key)


@contextmanager
def listening(server: ThreadingHTTPServer) -> Iterator[str]:
    """Let a server serve, and return its address."""
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


class Answering(BaseHTTPRequestHandler):
    """Gives a token, and an empty object for everything else."""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        sent = b'{"access_token": "t", "expires_in": 3600}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    do_GET = do_POST = _answer  # noqa: N815 - the library's own

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


class Quiet(ThreadingHTTPServer):
    """Says nothing of connections that were refused."""

    def handle_error(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture(scope="module")
def authority() -> Pair:
    """Return an authority of this test's own."""
    return issued("Autoridade de teste")


@pytest.fixture
def psp(tmp_path: Path, authority: Pair, socket_enabled: None) -> Iterator[str]:  # noqa: ARG001
    """Return a PSP that wants a certificate of the authority's."""
    own = issued("127.0.0.1", authority)
    (tmp_path / "own.pem").write_text(own.pem + own.key_pem)
    (tmp_path / "ca.pem").write_text(authority.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem")
    context.load_verify_locations(tmp_path / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    server = Quiet(("127.0.0.1", 0), Answering)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with listening(server) as url:
        yield url


def access(url: str, **changes: str | None) -> PspAccess:
    """Return an access to an address."""
    fields = {
        "base_url": url,
        "token_url": f"{url}/token",
        "client_id": "a",
        "client_secret": "b",
        **changes,
    }
    return PspAccess.model_validate(fields)


def ask(found: PspAccess) -> object:
    """Ask the PSP for something."""
    return BcbHttp(lambda _: found).ask(CREDITOR, "GET", "pix")


def test_whoever_shows_the_right_certificate_is_answered(psp: str, authority: Pair) -> None:
    ours = issued("Aurora Energia Ltda", authority)
    found = access(psp, certificate_pem=ours.pem, key_pem=ours.key_pem, ca_pem=authority.pem)
    assert ask(found) == {"access_token": "t", "expires_in": 3600}


def test_whoever_shows_none_or_anothers_is_not(psp: str, authority: Pair) -> None:
    other = issued("Outro", issued("Outra autoridade"))
    nothing = access(psp, ca_pem=authority.pem)
    wrong = access(psp, certificate_pem=other.pem, key_pem=other.key_pem, ca_pem=authority.pem)
    for found in (nothing, wrong):
        with pytest.raises(PspUnavailable):
            ask(found)


def test_a_psp_that_nobody_vouches_for_hears_no_credentials(psp: str, authority: Pair) -> None:
    ours = issued("Aurora Energia Ltda", authority)
    found = access(psp, certificate_pem=ours.pem, key_pem=ours.key_pem)
    with pytest.raises(PspUnavailable):
        ask(found)


def test_keys_are_on_no_disk_afterwards(
    psp: str, authority: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    ours = issued("Aurora Energia Ltda", authority)
    ask(access(psp, certificate_pem=ours.pem, key_pem=ours.key_pem, ca_pem=authority.pem))
    assert list((tmp_path / "tmp").iterdir()) == []
