"""The bytes of a message, read back by the standard library's parser."""

import email
import re
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.adapters.mime import build_mime
from regua.adapters.pt_br import one_line
from regua.application.message_content import RenderedEmail
from regua.domain.errors import RecipientRejected
from tests.unit.email.builders import TEMPLATES, any_content, any_sender

DISPATCH = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
UNSUBSCRIBE = "https://abcdef1234.execute-api.sa-east-1.amazonaws.com/u/k1" + "A" * 52
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
HEADERS = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "Content-Language",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "X-Regua-Dispatch",
    "MIME-Version",
    "Content-Type",
]
ANY_TEXT = st.text(
    st.characters(exclude_categories=()) | st.sampled_from('\r\n\t\0\x0b\u2028\u0085"\\,;<>@=?_ é')
)


def rendered(**changes: str) -> RenderedEmail:
    values = {"subject": "Sua fatura", "html": "<p>Olá</p>\n", "text": "Olá\n"}
    return RenderedEmail(**{**values, **changes})


def build(**changes: Any) -> bytes:  # noqa: ANN401 - any argument
    values: dict[str, Any] = {
        "rendered": rendered(),
        "sender": any_sender(),
        "recipient": "maria@example.com.br",
        "unsubscribe_url": UNSUBSCRIBE,
        "date": NOON,
        "message_id_domain": "horizonte.example.com.br",
        "dispatch_id": DISPATCH,
    }
    return build_mime(**{**values, **changes})


def parse(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    assert [d for _, v in message.items() for d in v.defects] == []
    return message


def mailbox(message: EmailMessage, name: str) -> tuple[str, str]:
    """Return the one address of a header, and the name before it.

    The parser of Python 3.11 puts spaces between the encoded words of a phrase, which RFC 2047
    §6.2 says to ignore; a name in encoded words is therefore read by the older decoder.
    """
    header = message[name]
    assert isinstance(header, AddressHeader)
    (address,) = header.addresses
    written = str(dict(message.raw_items())[name]).rpartition("<")[0]
    if "=?" in written and not written.startswith('"'):
        return str(make_header(decode_header(written.strip()))), address.addr_spec
    return address.display_name, address.addr_spec


def part(message: EmailMessage, subtype: str) -> str:
    body = message.get_body((subtype,))
    assert body is not None
    content: str = body.get_content()
    return content.replace("\r\n", "\n")


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_real_message_reads_back_as_it_was_written(template: str) -> None:
    content = any_content(template, 3)
    words = JinjaEmailRenderer().render(content)
    message = parse(build(rendered=words, sender=content.sender))
    assert message.keys() == HEADERS
    assert mailbox(message, "From") == (content.sender.name, content.sender.email)
    assert mailbox(message, "Reply-To") == (content.sender.name, content.sender.contact_email)
    assert mailbox(message, "To") == ("", "maria@example.com.br")
    assert message["Subject"] == words.subject
    assert message["Date"].datetime == NOON
    assert message["Message-ID"] == f"<{DISPATCH}@horizonte.example.com.br>"
    assert message["X-Regua-Dispatch"] == DISPATCH
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]
    assert part(message, "plain") == words.text
    assert part(message, "html") == words.html


def test_one_click_unsubscribe_is_a_plain_link_on_one_line() -> None:
    """RFC 8058: mailbox providers read these two headers as they stand, never decoded."""
    raw = build()
    assert f"\r\nList-Unsubscribe: <{UNSUBSCRIBE}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_a_notice_that_cannot_be_refused_carries_no_unsubscribe_header() -> None:
    assert not [name for name in parse(build(unsubscribe_url=None)) if name.startswith("List-")]


def test_the_same_input_gives_the_same_bytes_and_another_dispatch_other_ones() -> None:
    assert build() == build()
    assert build(dispatch_id="f" * 32) != build()


def test_the_date_is_the_argument_in_its_own_zone() -> None:
    sao_paulo = timezone(timedelta(hours=-3))
    raw = build(date=NOON.astimezone(sao_paulo))
    assert b"\r\nDate: Wed, 18 Nov 2026 09:00:00 -0300\r\n" in raw


def test_a_naive_date_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        build(date=NOON.replace(tzinfo=None))


def assert_safe_on_the_wire(raw: bytes) -> None:
    """ASCII only, CRLF only, short lines: what every relay must pass on unchanged (RFC 5322 §2)."""
    assert raw.isascii()
    assert b"\0" not in raw
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", raw) is None
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


@given(name=ANY_TEXT.filter(str.strip), subject=ANY_TEXT)
@example(
    name='Padaria São José, Comércio & Cia "Ltda" Indústria do Brasil S/A' * 3, subject="é" * 99
)
@example(name="X\r\nBcc: eu@example.com.br", subject="Oi\r\n\r\n<p>corpo</p>")
@example(name="=?utf-8?q?x?=", subject="=?utf-8?b?AAAA?=")
@example(name='a\\"b', subject="a" * 3000)
@example(name="\ud800", subject="\ud800")
def test_no_name_or_subject_adds_a_header_or_a_recipient(name: str, subject: str) -> None:
    raw = build(sender=any_sender(name=name), rendered=rendered(subject=subject))
    assert_safe_on_the_wire(raw)
    message = parse(raw)
    assert message.keys() == HEADERS
    assert message["Subject"] == one_line(subject)
    assert mailbox(message, "From") == (one_line(name), any_sender().email)
    assert mailbox(message, "To") == ("", "maria@example.com.br")
    assert part(message, "plain") == "Olá\n"


@given(text=st.text(st.characters(exclude_categories=["Cs"])), html=st.text(max_size=2000))
@example(text="." * 3 + "\n.\nFrom x\n" + "é" * 500 + " \n", html="a\r\nb\rc\n" + "=" * 300)
def test_any_body_survives_the_wire(text: str, html: str) -> None:
    raw = build(rendered=rendered(text=text, html=html))
    assert_safe_on_the_wire(raw)
    message = parse(raw)
    for subtype, sent in (("plain", text), ("html", html)):
        expected = sent.replace("\r\n", "\n").replace("\r", "\n")
        assert part(message, subtype) == expected


@given(recipient=ANY_TEXT)
@example("a@example.com.br, b@example.com.br")
@example("a@example.com.br\r\nBcc: b@example.com.br")
@example("Maria <a@example.com.br>")
@example("a b@example.com.br")
@example("josé@example.com.br")
@example("a@-example.com.br")
@example("a@" + "x" * 64 + ".example.com.br" * 20)
@example("")
def test_a_recipient_is_one_plain_address_or_it_is_rejected(recipient: str) -> None:
    try:
        raw = build(recipient=recipient)
    except RecipientRejected:
        return
    assert_safe_on_the_wire(raw)
    assert mailbox(parse(raw), "To") == ("", recipient.strip(" "))


@pytest.mark.parametrize(
    "address",
    ["a@example.com.br, b@example.com.br", "a@b@example.com.br", "a..b@example.com.br", "a@", "@b"],
)
def test_a_wrong_recipient_is_a_final_error(address: str) -> None:
    with pytest.raises(RecipientRejected):
        build(recipient=address)


def test_an_accented_domain_is_written_in_ascii() -> None:
    message = parse(build(recipient="ana@café.example.com.br"))
    assert mailbox(message, "To") == ("", "ana@xn--caf-dma.example.com.br")


def test_a_creditors_broken_address_is_a_defect_of_configuration_not_of_the_recipient() -> None:
    with pytest.raises(ValueError, match="bare e-mail address"):
        build(sender=any_sender(email="not an address@example.com.br"))


def test_a_sender_without_reply_address_has_no_reply_to() -> None:
    assert parse(build(sender=any_sender(reply_to=None)))["Reply-To"] is None


def test_an_extra_header_is_added_before_the_body_starts() -> None:
    message = parse(build(extra_headers={"X-Canal": "São Paulo\r\nBcc: x@example.com.br"}))
    assert message["X-Canal"] == "São Paulo Bcc: x@example.com.br"
    assert set(message.keys()) == {*HEADERS, "X-Canal"}


@pytest.mark.parametrize("name", ["Subject", "bcc:", "X Y", "", "X-A\r\nBcc", "content-TYPE"])
def test_an_extra_header_can_neither_replace_nor_split(name: str) -> None:
    with pytest.raises(ValueError, match="not a header"):
        build(extra_headers={name: "x"})


@pytest.mark.parametrize("url", ["https://x\r\nBcc: y", "mailto:a@example.com.br", "https://a>b"])
def test_an_unsubscribe_address_must_be_a_web_address(url: str) -> None:
    with pytest.raises(ValueError, match="unsubscribe"):
        build(unsubscribe_url=url)


def test_a_header_that_cannot_fit_is_refused_rather_than_folded_wrongly() -> None:
    with pytest.raises(ValueError, match="fit"):
        build(unsubscribe_url="https://c.example.com.br/" + "a" * 990)


@pytest.mark.parametrize(("field", "value"), [("dispatch_id", "a b"), ("message_id_domain", "a b")])
def test_a_message_id_is_never_made_of_something_else(field: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"dispatch id|domain name"):
        build(**{field: value})


def test_the_boundary_cannot_occur_in_a_body() -> None:
    boundary = parse(build()).get_boundary()
    assert boundary is not None
    hostile = f"x\n--{boundary}\nContent-Type: text/html\n\n<b>x</b>\n--{boundary}--\n"
    message = parse(build(rendered=rendered(text=hostile)))
    assert part(message, "plain") == hostile
    assert len(list(message.iter_parts())) == 2


def test_the_header_block_is_folded_to_what_people_and_relays_like_to_read() -> None:
    head = build(sender=any_sender(name="São " * 40), rendered=rendered(subject="é" * 300))
    lines = head.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    assert max(len(x) for x in lines if not x.startswith(b"List-Unsubscribe:")) <= 78
