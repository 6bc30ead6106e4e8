"""RFC 5322 bytes from a rendered e-mail: the same input always gives the same bytes.

The header block is written here rather than by `email.message`, for two reasons: the standard
generator folds a long ``List-Unsubscribe`` address into encoded words, which no mailbox provider
reads as a link; and its folding changes with the Python version, while these bytes are hashed as
evidence and must be equal when the same message is sent again. The standard parser is the oracle
of the tests.

A value reaches a header as printable ASCII or as RFC 2047 encoded words, never raw, so a name or
a subject cannot start another header. Amazon SES replaces ``Date`` and ``Message-ID`` on the way
out; ``X-Regua-Dispatch`` is what still identifies the message in the recipient's mailbox.

Source: RFC 5322 (2.1.1 lengths, 3.6 fields), RFC 2047 (encoded words), RFC 8058 (one-click
unsubscribe), RFC 3834 §5 (``Auto-Submitted: auto-generated`` keeps holiday responders quiet);
https://docs.aws.amazon.com/ses/latest/dg/header-fields.html (read 2026-11).
"""

import hashlib
import re
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from types import MappingProxyType

from regua.adapters.pt_br import one_line
from regua.application.message_content import RenderedEmail, Sender
from regua.domain.addresses import domain_name, email_address
from regua.domain.errors import RecipientRejected

_CRLF = "\r\n"
_MAX_LINE = 998
_MAX_PLAIN = 66
_WORD_BYTES = 39
_PLAIN = re.compile(r"[ -~]*", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)
_URL = re.compile(r"https?://[!-;=?-~]+", re.ASCII)
_NO_EXTRA: Mapping[str, str] = MappingProxyType({})


def build_mime(
    *,
    rendered: RenderedEmail,
    sender: Sender,
    recipient: str,
    unsubscribe_url: str | None,
    date: datetime,
    message_id_domain: str,
    dispatch_id: str,
    extra_headers: Mapping[str, str] = _NO_EXTRA,
) -> bytes:
    """Return the message for exactly one recipient, in CRLF lines of ASCII.

    Args:
        rendered: the words; the plain text comes first, as RFC 2046 §5.1.4 asks.
        sender: the creditor; its name is the display name of From.
        recipient: one bare address; it is shown without a name.
        unsubscribe_url: the one-click address, or None for a notice that cannot be refused.
        date: an aware instant, written as it is.
        message_id_domain: right-hand side of the Message-ID.
        dispatch_id: left-hand side of the Message-ID, and where the boundary comes from.
        extra_headers: further headers; they cannot replace one of ours.

    Raises:
        RecipientRejected: the recipient is not an address that SES can take.
        ValueError: the creditor's or the caller's own values cannot stand in a header.
    """
    if date.tzinfo is None:
        raise ValueError("the date of a message must be aware")
    boundary = _boundary(dispatch_id)
    headers = [
        *_identity_headers(rendered, sender, _recipient(recipient)),
        ("Date", format_datetime(date)),
        ("Message-ID", f"<{_token(dispatch_id)}@{domain_name(message_id_domain)}>"),
        ("Content-Language", "pt-BR"),
        ("Auto-Submitted", "auto-generated"),
        *_unsubscribe_headers(unsubscribe_url),
        ("X-Regua-Dispatch", dispatch_id),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative;{_CRLF} boundary="{boundary}"'),
    ]
    headers[-2:-2] = _extra(extra_headers, {name.lower() for name, _ in headers})
    return _assemble(headers, boundary, rendered)


def _identity_headers(
    rendered: RenderedEmail, sender: Sender, recipient: str
) -> Sequence[tuple[str, str]]:
    headers = [("From", _mailbox(sender.name, sender.email)), ("To", recipient)]
    if sender.reply_to:
        headers.append(("Reply-To", _mailbox(sender.name, sender.reply_to)))
    return [*headers, ("Subject", _unstructured(rendered.subject))]


def _unsubscribe_headers(url: str | None) -> Sequence[tuple[str, str]]:
    if url is None:
        return []
    if not _URL.fullmatch(url):
        raise ValueError("the unsubscribe address must be an absolute web address")
    return [
        ("List-Unsubscribe", f"<{url}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]


def _extra(extra: Mapping[str, str], taken: set[str]) -> Sequence[tuple[str, str]]:
    for name in extra:
        if name.lower() in taken or not _TOKEN.fullmatch(name):
            msg = f"not a header that can be added: {name!r}"
            raise ValueError(msg)
    return [(name, _unstructured(value)) for name, value in extra.items()]


def _assemble(headers: Sequence[tuple[str, str]], boundary: str, rendered: RenderedEmail) -> bytes:
    block = _CRLF.join(f"{name}: {value}" for name, value in headers)
    if any(len(line) > _MAX_LINE for line in block.split(_CRLF)):
        raise ValueError("a header does not fit on a line")
    message = _CRLF.join(
        (
            block,
            "",
            f"--{boundary}",
            *_part("plain", rendered.text),
            f"--{boundary}",
            *_part("html", rendered.html),
            f"--{boundary}--",
            "",
        )
    )
    return message.encode("ascii")


def _part(subtype: str, content: str) -> Sequence[str]:
    lines = content.replace("\r\n", "\n").replace("\r", "\n")
    return (
        f'Content-Type: text/{subtype}; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "",
        b2a_qp(lines.encode(), istext=True).decode("ascii").replace("\n", _CRLF),
    )


def _boundary(dispatch_id: str) -> str:
    """Derive the boundary; ``=_`` cannot occur in quoted-printable text (RFC 2045 §6.7)."""
    return f"=_regua_{hashlib.sha256(dispatch_id.encode()).hexdigest()[:32]}"


def _mailbox(name: str, address: str) -> str:
    """Write ``"Name" <address>``, the name quoted or in encoded words."""
    plain = f"<{email_address(address)}>"
    visible = one_line(name)
    if _is_plain(visible):
        phrase = '"{}"'.format(visible.replace("\\", "\\\\").replace('"', '\\"'))
    else:
        phrase = _encoded_words(visible)
    return f"{phrase}{_CRLF} {plain}"


def _unstructured(text: str) -> str:
    visible = one_line(text)
    return visible if _is_plain(visible) else _encoded_words(visible)


def _is_plain(text: str) -> bool:
    """Whether text can stand as it is: short printable ASCII that no reader would decode."""
    return len(text) <= _MAX_PLAIN and bool(_PLAIN.fullmatch(text)) and "=?" not in text


def _encoded_words(text: str) -> str:
    """Split text between characters into folded words of at most 64 columns.

    >>> _encoded_words("São José")
    '=?utf-8?B?U8OjbyBKb3PDqQ==?='
    """
    chunks = [b""]
    for character in text:
        encoded = character.encode()
        if len(chunks[-1]) + len(encoded) > _WORD_BYTES:
            chunks.append(b"")
        chunks[-1] += encoded
    words = (f"=?utf-8?B?{b64encode(chunk).decode('ascii')}?=" for chunk in chunks)
    return f"{_CRLF} ".join(words)


def _recipient(address: str) -> str:
    try:
        return email_address(address)
    except ValueError as exc:
        raise RecipientRejected("not an e-mail address that can be written to") from exc


def _token(dispatch_id: str) -> str:
    if not _TOKEN.fullmatch(dispatch_id):
        raise ValueError("a dispatch id is letters, digits, hyphens and underscores")
    return dispatch_id
