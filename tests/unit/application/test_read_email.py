"""What an e-mail says of itself, against the library that signed it and the standard parser."""

import hashlib
from email import message_from_bytes, policy

import dkim  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.application.read_email import read_email
from tests import report_samples as samples


def test_our_own_message_is_read_as_it_is() -> None:
    raw = samples.email_bytes()
    read = read_email(raw)
    assert read.sender == "Aurora Energia Ltda <financeiro@aurora.example.com.br>"
    assert read.recipient == samples.TO
    assert read.message_id == f"<{samples.EMAIL}@{samples.DOMAIN}>"
    assert read.subject == "Aurora Energia Ltda: sua fatura NF-2026/000481 aguarda pagamento"
    assert "R$ 153,05" in read.text
    assert [p.media_type for p in read.parts] == ["text/plain", "text/html"]
    assert read.parts[0].sha256 == hashlib.sha256(read.text.encode()).hexdigest()
    assert read.parts[0].size == len(read.text.encode())


def test_headers_are_all_there_in_their_order_each_on_one_line() -> None:
    raw = samples.email_bytes()
    names = [name for name, _ in read_email(raw).headers]
    assert names == list(message_from_bytes(raw, policy=policy.compat32).keys())
    assert all("\n" not in value for _, value in read_email(raw).headers)


def test_the_tags_of_a_signature_are_those_that_verify() -> None:
    raw = samples.email_bytes()
    (signature,) = read_email(raw).signatures
    assert (signature.domain, signature.selector) == (samples.DOMAIN, samples.SELECTOR)
    assert signature.algorithm == "rsa-sha256"
    name = f"{signature.selector}._domainkey.{signature.domain}."

    def record(asked: bytes, **_: object) -> bytes:
        return samples.dkim_record().encode() if asked.decode() == name else b""

    assert dkim.verify(raw, dnsfunc=record)
    body_hash = f"bh={signature.body_hash};".encode()
    assert body_hash in raw.replace(b"\r\n ", b"")
    assert len(signature.signature) == 344, "256 bytes of RSA in base64"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "nothing"),
        (b"\r\n\r\n", "no header"),
        (b"Subject: x", "no body"),
        (b"DKIM-Signature: \xff\xfe;;=;d\r\nFrom: \xff\r\n\r\n\xff", "no text at all"),
        (b'Content-Type: text/plain; charset="nenhum"\r\n\r\na\xe7', "an unknown character set"),
        (b"Content-Type: multipart/mixed\r\n\r\nx", "no boundary"),
    ],
)
def test_a_broken_message_is_read_as_far_as_it_goes(raw: bytes, why: str) -> None:
    assert isinstance(read_email(raw).text, str), why


@given(st.binary(max_size=400))
def test_any_bytes_can_be_read(raw: bytes) -> None:
    read = read_email(raw)
    assert all(len(p.sha256) == 64 for p in read.parts)
