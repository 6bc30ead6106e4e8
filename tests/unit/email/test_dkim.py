"""Our DKIM signature, read by somebody else's verifier and by hand."""

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import example, given
from hypothesis import strategies as st

from regua.adapters.dkim import SIGNED, DkimKey, sign
from regua.adapters.email_composer import EmailComposer
from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.adapters.mime import build_mime
from regua.application.ports import Dkim, OutgoingMessage
from tests.builders import any_creditor
from tests.integration.contract.facts import any_dispatch
from tests.unit.email.builders import any_content, any_sender

AT = datetime(2025, 11, 18, 12, 0, tzinfo=UTC)
"""Past: a verifier refuses a signature from the future."""
DOMAIN = "horizonte.example.com.br"
FROM_SES = (
    b"Received: from a8-70.smtp-out.amazonses.com by mx.example.com;\r\n"
    b"\tWed, 18 Nov 2026 12:00:02 +0000\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/simple; s=x; d=amazonses.com;\r\n"
    b"\tt=1; h=From:To:Subject; bh=eA==; b=eA==\r\n"
    b"Feedback-ID: 1.us-east-1.abc=:AmazonSES\r\n"
    b"X-SES-Outgoing: 2026.11.18-54.240.8.70\r\n"
)


@cache
def key() -> DkimKey:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return DkimKey(private, f"v=DKIM1; k=rsa; p={b64encode(public).decode()}")


def signed(raw: bytes) -> bytes:
    return sign(raw, key(), selector="regua1", domain=DOMAIN)


def is_verified(raw: bytes, record: str | None = None) -> bool:
    """Ask dkimpy, which looks at every signature of our domain; DNS is a dictionary."""

    def dns(name: bytes, timeout: float = 5) -> bytes:
        del timeout
        asked.append(name)
        return (key().record if record is None else record).encode()

    asked: list[bytes] = []
    ours = [
        n
        for n, header in enumerate(re.findall(rb"(?im)^dkim-signature:(?:[^\r\n]|\r\n[ \t])*", raw))
        if DOMAIN.encode() in header
    ]
    try:
        found = bool(ours) and all(dkim.DKIM(raw).verify(idx=n, dnsfunc=dns) for n in ours)
    except dkim.DKIMException:
        return False
    assert set(asked) <= {f"regua1._domainkey.{DOMAIN}.".encode()}
    return found


@cache
def message() -> bytes:
    return build_mime(
        rendered=JinjaEmailRenderer().render(any_content()),
        sender=any_sender(name="São José e Associados, Educação e Cultura de Todo o Brasil"),
        recipient="maria@cliente.example.com.br",
        unsubscribe_url="https://t.example.com.br/u/k1" + "A" * 52,
        date=AT,
        message_id_domain=DOMAIN,
        dispatch_id="0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    )


def test_another_verifier_accepts_what_we_sign() -> None:
    assert is_verified(signed(message()))


def test_the_signature_is_the_only_thing_added_and_fits_its_lines() -> None:
    raw = signed(message())
    assert raw.endswith(message())
    header = raw.removesuffix(message())
    assert header.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;")
    assert header.endswith(b"\r\n")
    assert b"\n" not in header.replace(b"\r\n", b"")
    assert all(len(line) <= 78 for line in header.split(b"\r\n"))


def test_the_body_hash_is_what_anybody_computes_by_hand() -> None:
    raw = b"From: a@horizonte.example.com.br\r\n\r\nOl=C3=A1 \t mundo  \r\n\r\n x\r\n\r\n\r\n"
    spelled = re.search(rb"bh=([^;]+);", signed(raw))
    assert spelled is not None
    by_hand = hashlib.sha256(b"Ol=C3=A1 mundo\r\n\r\n x\r\n").digest()
    assert b64decode(spelled[1]) == by_hand


def test_same_arguments_same_bytes_and_no_time_of_its_own() -> None:
    assert signed(message()) == signed(message())
    signature = signed(message()).partition(b"\r\nFrom:")[0]
    assert b" t=" not in signature


def test_it_holds_after_what_ses_does_on_the_way() -> None:
    sent = FROM_SES + signed(message())
    sent = re.sub(rb"(?m)^Date: .*\r\n", b"Date: Wed, 18 Nov 2026 12:00:01 +0000\r\n", sent)
    sent = re.sub(rb"(?m)^Message-ID: .*\r\n", b"Message-ID: <0100@email.amazonses.com>\r\n", sent)
    sent = re.sub(rb"(?m)^Content-Language: .*\r\n", b"", sent)
    assert b"0100@email.amazonses.com" in sent
    assert is_verified(b"Return-Path: <0100@retorno.example.com.br>\r\n" + sent)


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "a word of the body": lambda raw: raw.replace(b"</html>", b"<img></html>"),
    "an added line": lambda raw: raw + b"x\r\n",
    "the subject": lambda raw: raw.replace(b"\r\nSubject: ", b"\r\nSubject: Re ", 1),
    "the recipient": lambda raw: raw.replace(b"To: maria@", b"To: joao@", 1),
    "the sender": lambda raw: raw.replace(b"<financeiro@", b"<outro@", 1),
    "the dispatch": lambda raw: raw.replace(b"X-Regua-Dispatch: 0", b"X-Regua-Dispatch: 1", 1),
    "where to unsubscribe": lambda raw: raw.replace(b"t.example.com.br/u/", b"t.example.com/u/", 1),
    "a field less": lambda raw: raw.replace(b"Auto-Submitted: auto-generated\r\n", b"", 1),
    "a second From": lambda raw: b"From: x@example.com\r\n" + raw,
    "a second Subject": lambda raw: b"Subject: x\r\n" + raw,
    "a second Content-Type": lambda raw: b"Content-Type: text/plain\r\n" + raw,
    "how it is spelled": lambda raw: raw.replace(b"c=relaxed/relaxed", b"c=simple/relaxed", 1),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_any_change_of_what_was_signed_is_seen(change: Callable[[bytes], bytes]) -> None:
    raw = signed(message())
    assert change(raw) != raw
    assert not is_verified(change(raw))


def test_another_s_key_does_not_verify() -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    public = other.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert not is_verified(signed(message()), f"v=DKIM1; k=rsa; p={b64encode(public).decode()}")


BLANKS = st.sampled_from(["", " ", "\t", "  \t "])
WORDS = st.text("abcÁ=.:;<>", max_size=12).map(lambda word: word.replace("Á", "A"))
LINES = st.lists(st.builds("".join, st.lists(st.one_of(BLANKS, WORDS), max_size=4)), max_size=6)
NAMES = st.sampled_from([*SIGNED[1:], "x-other", "Subject", "TO", "received"])


@given(
    fields=st.lists(st.tuples(NAMES, WORDS, BLANKS, WORDS), max_size=8),
    lines=LINES,
)
@example(fields=[], lines=[])
@example(fields=[("subject", "a", "\t", "b"), ("subject", "c", " ", "d")], lines=[" ", ""])
def test_whatever_is_signed_is_verified_by_another(
    fields: list[tuple[str, str, str, str]], lines: list[str]
) -> None:
    head = "".join(
        f"{name}:{first}{blank}{second}\r\n {first}x\r\n" for name, first, blank, second in fields
    )
    body = "".join(f"{line}\r\n" for line in lines)
    raw = f"From: a@{DOMAIN}\r\n{head}\r\n{body}".encode()
    assert is_verified(signed(raw))


def test_what_is_no_message_is_not_signed() -> None:
    with pytest.raises(ValueError, match="not a header field"):
        signed(b"sem cabe\xc3\xa7alho")


def compose(composer: EmailComposer, dkim_: Dkim | None) -> OutgoingMessage:
    dkim_document = {} if dkim_ is None else {"dkim": vars_of(dkim_)}
    creditor = any_creditor(email=f"financeiro@{DOMAIN}", **dkim_document)
    return composer(
        any_content(),
        creditor=creditor,
        recipient="maria@cliente.example.com.br",
        dispatch=any_dispatch(),
        at=AT,
    )


def vars_of(dkim_: Dkim) -> dict[str, str]:
    return {"selector": dkim_.selector, "domain": dkim_.domain}


def signer(raw: bytes, dkim_: Dkim) -> tuple[bytes, dict[str, str]]:
    assert dkim_ == Dkim("regua1", DOMAIN)
    return signed(raw), {"dkim_name": "n", "dkim_record": "r"}


def test_a_creditor_with_a_key_sends_signed_messages_and_the_record_is_evidence() -> None:
    composer = EmailComposer(sign=signer)
    message_ = compose(composer, Dkim("regua1", DOMAIN))
    assert is_verified(message_.raw)
    assert message_.evidence == {"dkim_name": "n", "dkim_record": "r"}
    assert compose(composer, Dkim("regua1", DOMAIN)) == message_
    plain = compose(composer, None)
    assert message_.raw.endswith(plain.raw)
    assert plain.evidence == {}
    assert compose(EmailComposer(), Dkim("regua1", DOMAIN)).raw == plain.raw
