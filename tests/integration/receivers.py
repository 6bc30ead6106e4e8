"""Receivers of webhooks on this machine: good ones, slow ones, and ones that lie."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Behaviour = Callable[[socket.socket], None]
"""What a receiver does with a connection, once the request has been read."""
_PATIENCE_SECONDS = 5.0
NAME = "erp.example.com.br"


@dataclass
class Receiver:
    """A receiver that listens, and what it was sent."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


def says(*parts: bytes, every: float = 0.0) -> Behaviour:
    """Answer with parts, one after the other, with a pause before each."""

    def behave(sock: socket.socket) -> None:
        for part in parts:
            time.sleep(every)
            sock.sendall(part)

    return behave


def endless(start: bytes, part: bytes, every: float = 0.0) -> Behaviour:
    """Answer without an end, until the other side is gone."""

    def behave(sock: socket.socket) -> None:
        sock.sendall(start)
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            sock.sendall(part)
            time.sleep(every)

    return behave


def silent(sock: socket.socket) -> None:
    """Say nothing until the other side is gone."""
    sock.settimeout(_PATIENCE_SECONDS)
    sock.recv(1)


def then_waits(behave: Behaviour) -> Behaviour:
    """Behave so, and leave it to the other side to hang up."""

    def both(sock: socket.socket) -> None:
        behave(sock)
        while sock.recv(4096):
            pass

    return both


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Behave in another way with every connection; the last one stays."""
    left = list(behaviours)

    def behave(sock: socket.socket) -> None:
        turn = left.pop(0) if len(left) > 1 else left[0]
        turn(sock)

    return behave


@contextmanager
def receiver(
    behave: Behaviour, *, context: ssl.SSLContext | None = None, is_deaf: bool = False
) -> Iterator[Receiver]:
    """Listen on this machine until the test is over; a deaf one does not read the request."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        found = Receiver(server.getsockname()[1])
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    sock, _ = server.accept()
                except OSError:
                    continue
                found.connections += 1
                threading.Thread(target=answer, args=(sock,), daemon=True).start()

        def answer(sock: socket.socket) -> None:
            with sock, suppress(OSError):
                sock.settimeout(_PATIENCE_SECONDS)
                if context is not None:
                    sock = context.wrap_socket(sock, server_side=True)
                if not is_deaf:
                    found.requests.append(_request(sock))
                behave(sock)
                sock.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            over.set()
            thread.join()


def _request(sock: socket.socket) -> bytes:
    """Read a request whole: its head, and as much as it says."""
    text = b""
    while b"\r\n\r\n" not in text:
        text += sock.recv(4096) or b"\r\n\r\n"
    head, _, body = text.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            while len(body) < int(value):
                body += sock.recv(4096)
    return head + b"\r\n\r\n" + body


def certified(folder: Path, *names: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the TLS context of a server with these names, and that of a client who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Teste")])
    at = datetime(2020, 1, 1, tzinfo=UTC)
    alternatives = [
        x509.IPAddress(ip_address(n)) if n[0].isdigit() else x509.DNSName(n) for n in names
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(at)
        .not_valid_after(at + timedelta(days=36_500))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "certificado.pem", folder / "chave.pem"
    cert.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, private)
    return server, ssl.create_default_context(cafile=str(cert))
