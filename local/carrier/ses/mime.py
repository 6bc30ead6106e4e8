"""MIME: what a raw message says about itself, what a person reads in it, and how SES builds one."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError, MessageDefect
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, parsedate_to_datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from local.carrier.message import Content

if TYPE_CHECKING:
    from email.message import Message as MimeMessage

EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
"""The harmless file that virus scanners agree to find; SES rejects mail that carries it."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the carrier needs of a raw message before it accepts it."""

    headers: tuple[tuple[str, str], ...]
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    subject: str
    dated: datetime | None
    carries_virus: bool

    def header(self, name: str) -> str | None:
        """Return the first header of that name, unfolded."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


def read_envelope(raw: bytes) -> Envelope:
    """Read a raw message.

    Raises:
        ValueError: when it is no message: no headers, no empty line, a broken multipart.
    """
    mime = message_from_bytes(raw)
    _refuse_defects(mime)
    headers = tuple((name, _unfold(str(value))) for name, value in mime.raw_items())
    if not headers:
        raise ValueError("the message has no header")
    return Envelope(
        headers=headers,
        sender=_decoded(mime.get("From", "")),
        to=_addresses(mime, "To"),
        cc=_addresses(mime, "Cc"),
        bcc=_addresses(mime, "Bcc"),
        subject=_decoded(mime.get("Subject", "")),
        dated=_date(mime),
        carries_virus=_carries_virus(mime),
    )


def _refuse_defects(mime: MimeMessage) -> None:
    defects: list[MessageDefect] = [defect for part in mime.walk() for defect in part.defects]
    if defects:
        raise ValueError(f"{type(defects[0]).__name__}: {type(defects[0]).__doc__}")


def _unfold(value: str) -> str:
    """Return a header on one line; bytes that are no UTF-8 become replacement characters."""
    return "".join(value.splitlines()).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _decoded(value: object) -> str:
    """Return a header as a person reads it (RFC 2047 words decoded)."""
    text = _unfold(str(value))
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, UnicodeError):
        return text


def _addresses(mime: MimeMessage, name: str) -> tuple[str, ...]:
    values = [_unfold(str(value)) for value in mime.get_all(name, [])]
    return tuple(address for _, address in getaddresses(values) if address)


def _date(mime: MimeMessage) -> datetime | None:
    try:
        dated = parsedate_to_datetime(str(mime["Date"]))
    except ValueError:
        return None
    return dated.astimezone(UTC) if dated.tzinfo else dated.replace(tzinfo=UTC)


def _carries_virus(mime: MimeMessage) -> bool:
    return any(
        EICAR in (part.get_payload(decode=True) or b"")
        for part in mime.walk()
        if part.get_content_disposition() == "attachment"
    )


def read_content(raw: bytes) -> Content:
    """Return what a person reads; what cannot be decoded is shown as well as it can be."""
    mime = message_from_bytes(raw)
    text, html = _part(mime, "text/plain"), _part(mime, "text/html")
    found = _Links()
    found.feed(html)
    found.close()
    written = [word.strip("<>().,;") for word in text.split() if "://" in word]
    return Content(
        text=text,
        html=html,
        links=tuple(dict.fromkeys([*found.links, *filter(_is_web, written)])),
        images=tuple(dict.fromkeys(found.images)),
        unsubscribe_url=_unsubscribe_url(_unfold(str(mime.get("List-Unsubscribe", "")))),
    )


def _is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def _part(mime: MimeMessage, content_type: str) -> str:
    """Return the first body of that type; a text attachment is no body."""
    bodies = (
        part
        for part in mime.walk()
        if part.get_content_type() == content_type
        and part.get_content_disposition() != "attachment"
    )
    part = next(bodies, None)
    payload = part.get_payload(decode=True) if part else None
    if part is None or not isinstance(payload, bytes):
        return ""
    try:
        text = payload.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeError):
        text = payload.decode("latin-1")
    return text.replace("\r\n", "\n")


def _unsubscribe_url(header: str) -> str | None:
    urls = [item.strip().strip("<>") for item in header.split(",")]
    return next((url for url in urls if _is_web(url)), None)


class _Links(HTMLParser):
    """Collects the links that a person sees, and the images, of an HTML body."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.images: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        url = (attributes.get("href") or "").strip()
        if tag in ("a", "area") and _is_web(url) and not _is_hidden(attributes):
            self.links.append(url)
        if tag == "img" and (source := (attributes.get("src") or "").strip()):
            self.images.append(source)


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    return "display:none" in (attributes.get("style") or "").replace(" ", "").lower()


def build_simple(
    simple: dict[str, Any],
    *,
    sender: str,
    to: list[str],
    cc: list[str],
    reply_to: list[str],
    now: datetime,
) -> bytes:
    """Return the message SES composes from a Simple call.

    Raises:
        ValueError: when a header or an attachment cannot be written.
    """
    mime = EmailMessage(policy=policy.SMTP)
    mime["From"] = sender
    for name, addresses in (("To", to), ("Cc", cc), ("Reply-To", reply_to)):
        if addresses:
            mime[name] = ", ".join(addresses)
    mime["Subject"] = simple["Subject"]["Data"]
    mime["Date"] = format_datetime(now)
    for header in simple.get("Headers") or []:
        mime[header["Name"]] = header["Value"]
    body = simple["Body"]
    if "Text" in body:
        mime.set_content(body["Text"]["Data"])
    if "Html" in body and "Text" in body:
        mime.add_alternative(body["Html"]["Data"], subtype="html")
    elif "Html" in body:
        mime.set_content(body["Html"]["Data"], subtype="html")
    for attachment in simple.get("Attachments") or []:
        _attach(mime, attachment)
    return mime.as_bytes()


def _attach(mime: EmailMessage, attachment: dict[str, Any]) -> None:
    content_type = attachment.get("ContentType") or "application/octet-stream"
    maintype, _, subtype = content_type.partition("/")
    try:
        data = base64.b64decode(attachment["RawContent"], validate=True)
    except binascii.Error as exc:
        raise ValueError("RawContent is not base64") from exc
    mime.add_attachment(
        data,
        maintype=maintype,
        subtype=subtype or "octet-stream",
        filename=attachment["FileName"],
        disposition=(attachment.get("ContentDisposition") or "attachment").lower(),
        cid=f"<{attachment['ContentId']}>" if attachment.get("ContentId") else None,
    )
