"""What a MIME message says of itself, read from its exact bytes for people and for comparison."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart

_FOLD = re.compile(r"\r?\n(?=[ \t])")
_BLANK = re.compile(rb"\r?\n\r?\n")
_TAG = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*([^;]*)")


@dataclass(frozen=True, slots=True)
class EmailPart:
    """One part of a message: its decoded content by hash and length."""

    media_type: str
    file_name: str | None
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DkimSignature:
    """The tags of one DKIM-Signature (RFC 6376 §3.5), white space taken out."""

    domain: str
    selector: str
    algorithm: str
    canonicalization: str
    signed_headers: str
    body_hash: str
    signature: str


@dataclass(frozen=True, slots=True)
class ReadEmail:
    """A message as its header fields and parts say; ``headers`` are verbatim, unfolded."""

    subject: str
    sender: str
    recipient: str
    message_id: str
    headers: Sequence[tuple[str, str]]
    text: str
    parts: Sequence[EmailPart]
    signatures: Sequence[DkimSignature]


def read_email(raw: bytes) -> ReadEmail:
    """Read a message; whatever is missing in it is empty.

    Args:
        raw: the exact bytes.
    """
    message = message_from_bytes(raw, policy=policy.default)
    if not isinstance(message, EmailMessage):  # pragma: no cover - what the policy promises
        raise TypeError(type(message))
    headers = tuple(_headers(raw))
    body = message.get_body(("plain",))
    return ReadEmail(
        subject=str(message.get("subject", "")),
        sender=str(message.get("from", "")),
        recipient=str(message.get("to", "")),
        message_id=str(message.get("message-id", "")).strip(),
        headers=headers,
        text="" if body is None else _text(body),
        parts=tuple(_part(part) for part in message.walk() if not part.is_multipart()),
        signatures=tuple(_signature(v) for n, v in headers if n.lower() == "dkim-signature"),
    )


def _headers(raw: bytes) -> Iterator[tuple[str, str]]:
    """Yield the header fields as they are, in their order, each on one line."""
    block = _BLANK.split(raw, maxsplit=1)[0].decode("utf-8", "replace")
    for line in _FOLD.sub("", block).splitlines():
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip(), value.strip()


def _text(part: MIMEPart) -> str:
    content = part.get_payload(decode=True)
    charset = part.get_content_charset() or "utf-8"
    try:
        return bytes(content).decode(charset, "replace") if isinstance(content, bytes) else ""
    except LookupError:  # a character set that nobody knows
        return bytes(content).decode("utf-8", "replace") if isinstance(content, bytes) else ""


def _part(part: EmailMessage) -> EmailPart:
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    return EmailPart(
        part.get_content_type(), part.get_filename(), len(data), hashlib.sha256(data).hexdigest()
    )


def _signature(value: str) -> DkimSignature:
    tags: Mapping[str, str] = {
        name.lower(): re.sub(r"\s+", "", text) for name, text in _TAG.findall(value)
    }
    return DkimSignature(
        domain=tags.get("d", ""),
        selector=tags.get("s", ""),
        algorithm=tags.get("a", ""),
        canonicalization=tags.get("c", ""),
        signed_headers=tags.get("h", ""),
        body_hash=tags.get("bh", ""),
        signature=tags.get("b", ""),
    )
