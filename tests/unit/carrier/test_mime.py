"""Reading mail that other programs wrote."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from local.carrier.ses.mime import EICAR, read_content, read_envelope
from tests.unit.carrier.mail import any_mail


def test_a_person_reads_text_html_links_and_images_in_their_order() -> None:
    html = (
        '<a href="https://a.example.com.br/c/1?x=1&amp;y=2">pagar</a>'
        '<a href="mailto:x@y.br">escrever</a><a href="https://a.example.com.br/c/1?x=1&amp;y=2">'
        '</a><img src="https://a.example.com.br/o/t.gif">'
    )
    content = read_content(any_mail(text="Veja <https://b.example.com.br/t>.\n", html=html))
    assert content.links == ("https://a.example.com.br/c/1?x=1&y=2", "https://b.example.com.br/t")
    assert content.images == ("https://a.example.com.br/o/t.gif",)
    assert content.text == "Veja <https://b.example.com.br/t>.\n"
    assert content.html.strip() == html
    assert content.unsubscribe_url == "https://credor.example.com.br/u/t"


def test_a_link_that_is_not_shown_is_none_of_a_persons() -> None:
    html = (
        '<a style="Display: none" href="https://a.example.com.br/c/h"></a>'
        '<a style="color:red" href="https://a.example.com.br/c/1">pagar</a>'
    )
    assert read_content(any_mail(text="", html=html)).links == ("https://a.example.com.br/c/1",)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"From: a@b.br\r\nContent-Type: text/plain; charset=latin-1\r\n\r\nol\xe1", "olá"),
        (b"From: a@b.br\r\nContent-Type: text/plain; charset=nenhum\r\n\r\nol\xe1", "olá"),
        (b"From: a@b.br\r\n\r\nol\xe1", "olá"),
        (b"From: a@b.br\r\nContent-Type: application/pdf\r\n\r\n%PDF", ""),
    ],
)
def test_a_body_is_shown_whatever_its_charset_claims(raw: bytes, text: str) -> None:
    assert read_content(raw).text == text


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Sun, 01 Mar 2026 09:00:00 -0300", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("Sun, 01 Mar 2026 12:00:00 -0000", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("yesterday", None),
    ],
)
def test_the_date_header_is_an_instant_or_nothing(date: str, expected: datetime | None) -> None:
    assert read_envelope(any_mail(dated=date)).dated == expected


def test_headers_are_kept_as_written_and_read_decoded() -> None:
    raw = b"From: =?utf-8?q?Jo=C3=A3o?= <j@a.br>\r\nSubject: =?utf-8?b?T2zDoQ==?=\r\n =?x\r\n\r\nok"
    envelope = read_envelope(raw)
    assert envelope.header("from") == "=?utf-8?q?Jo=C3=A3o?= <j@a.br>"
    assert envelope.sender == "João <j@a.br>"
    assert envelope.subject.startswith("Olá")


def test_bytes_that_are_no_text_never_become_half_characters() -> None:
    envelope = read_envelope(b"From: a@b.br\r\nSubject: \xff\xfe\r\n\r\nok")
    assert envelope.header("subject") == "\N{REPLACEMENT CHARACTER}" * 2


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"only words",
        b"From: a@b.br\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\nno part here",
        b"From: a@b.br\r\nContent-Type: multipart/mixed\r\n\r\nno boundary",
    ],
)
def test_what_is_no_message_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_envelope(raw)


def test_the_scanners_test_file_is_found_in_an_attachment_only() -> None:
    attached = (
        b"From: a@b.br\r\nContent-Type: text/plain\r\n"
        b"Content-Disposition: attachment; filename=x.txt\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(EICAR)
    )
    assert read_envelope(attached).carries_virus
    assert not read_envelope(any_mail(text=EICAR.decode())).carries_virus
