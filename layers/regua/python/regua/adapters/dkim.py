"""Our own DKIM signature: the recipient's copy proves who wrote it and that it was not changed.

Amazon's signature says that Amazon sent a message; this one says, with a key of the creditor's own
domain, what the message was when it was composed. The signed fields leave out what Amazon SES
replaces on the way (``Date``, ``Message-ID``, ``Return-Path``), so the signature holds in the
recipient's mailbox. It says nothing of the time: that is the seal's to prove, and a message that is
composed again is signed the same. Why it is written here: docs/adr/0020-our-own-dkim-signature.md.

Source: RFC 6376 (3.4.2 and 3.4.4 relaxed canonicalization, 3.5 tags, 3.7 hashes, 5.4.2 fields that
must not be added); Amazon SES developer guide, "Manual DKIM signing"; read 2026-11.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loaded with the first key: not every creditor has one
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SIGNED = (
    "from",
    "to",
    "subject",
    "mime-version",
    "content-type",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "x-regua-dispatch",
    "reply-to",
    "auto-submitted",
)
"""Fields that reach the recipient as they were composed."""
NEVER_TWICE = ("from", "to", "subject", "content-type", "reply-to")
"""Signed once more than they occur: a second one, put in later, breaks the signature."""
_CRLF = b"\r\n"
_BLANKS = re.compile(rb"[ \t]+")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)
_LAST_LINES = re.compile(rb"(?:\r\n)+\Z")
_WIDTH = 72


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key, and the DNS record that lets others verify what it signs."""

    private_key: "RSAPrivateKey" = field(repr=False)
    record: str
    """The value of the TXT record at ``selector._domainkey.domain``."""


def sign(raw: bytes, key: DkimKey, *, selector: str, domain: str) -> bytes:
    """Return a message with our signature in front: same arguments, same bytes.

    Args:
        raw: the message, in CRLF lines.
        key: what signs.
        selector: names the key in the domain's DNS.
        domain: who takes responsibility for the message.
    """
    head, _, body = raw.partition(_CRLF * 2)
    header = _unsigned(selector, domain, _body_hash(body))
    signed = [*_chosen(head), _relaxed(header).removesuffix(_CRLF)]
    signature = _signature(key, b"".join(signed))
    lines = [signature[n : n + _WIDTH] for n in range(0, len(signature), _WIDTH)]
    return header + (_CRLF + b" ").join(lines) + _CRLF + raw


def _unsigned(selector: str, domain: str, body_hash: bytes) -> bytes:
    first, second, third = map(":".join, (SIGNED[:5], SIGNED[5:8], (*SIGNED[8:], *NEVER_TWICE)))
    lines = (
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;",
        f" d={domain};",
        f" s={selector};",
        f" h={first}:",
        f" {second}:",
        f" {third};",
        f" bh={body_hash.decode()};",
        " b=",
    )
    return "\r\n".join(lines).encode("ascii")


def _signature(key: DkimKey, text: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415 - with the first key: not every creditor has one
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - with the first key: not every creditor has one

    return b64encode(key.private_key.sign(text, PKCS1v15(), SHA256()))


def _chosen(head: bytes) -> Iterator[bytes]:
    """Yield the signed fields; of one that occurs several times the last comes first."""
    left: dict[bytes, list[bytes]] = {}
    for each in _fields(head):
        relaxed = _relaxed(each)
        left.setdefault(relaxed.partition(b":")[0], []).append(relaxed)
    for name in (*SIGNED, *NEVER_TWICE):
        found = left.get(name.encode())
        if found:
            yield found.pop()


def _fields(head: bytes) -> Sequence[bytes]:
    """Split a header block into fields, folded lines with theirs."""
    return re.split(rb"\r\n(?![ \t])", head)


def _relaxed(header: bytes) -> bytes:
    """Spell a field as it is hashed: name in lower case, unfolded, single blanks."""
    found = _FIELD.fullmatch(header)
    if found is None:
        raise ValueError("not a header field")
    value = _BLANKS.sub(b" ", found[2].replace(_CRLF, b"")).strip(b" ")
    return found[1].lower() + b":" + value + _CRLF


def _body_hash(body: bytes) -> bytes:
    """Hash a body: single blanks, none at the end of a line, no empty lines at the end."""
    lines = _BLANKS.sub(b" ", body).replace(b" " + _CRLF, _CRLF).removesuffix(b" ")
    text = _LAST_LINES.sub(b"", lines)
    return b64encode(hashlib.sha256(text + _CRLF if text else b"").digest())
