"""Requests as they come: languages, origins, forms with and without a file, and their limits."""

import base64
from contextlib import suppress
from typing import Any, get_args
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.customer_page.forms import KINDS, read_act
from functions.customer_page.request import MAX_FORM, MAX_UPLOAD, Form, Visit
from regua.application.customer_page.acts import (
    Act,
    ActKind,
    Dispute,
    DisputeReason,
    Prefer,
    Promise,
    SayPaid,
    Settle,
)
from regua.domain.errors import InvalidInput
from regua.domain.invoice import PaymentMethod
from regua.domain.money import Money
from regua.domain.negotiation.deal import Choice
from regua.domain.ruler import Channel
from regua.runtime.bodies import TooLarge, Unreadable
from regua.runtime.multipart import NotMultipart, Part, read_parts
from tests.unit.customer_page.samples import ON, TOKEN
from tests.unit.tracking.requests import any_request

FORM = "application/x-www-form-urlencoded"
PDF = b"%PDF-1.7 proof"
REF = "0123456789ab"
SETTLING = ("parcelas", "entrada", "primeiro", "accept", "key")
TYPED = (REF, "2026-11-12", "31/02/2026", "pix", "other", "sms", "9", "yes", "²", "1e9", "-1", "")


def visit(path: str = f"/p/{TOKEN}", method: str = "GET", **changes: Any) -> Visit:  # noqa: ANN401
    return Visit.of(any_request(path, method, **changes), allow_as_of=False)


def sent(fields: object, rest: str = "prometo", **headers: str) -> Visit:
    body = urlencode(fields, doseq=True) if isinstance(fields, dict) else str(fields)
    headers = {"content-type": FORM, **headers}
    return visit(f"/p/{TOKEN}/{rest}", "POST", body=body, headers=headers)


def part(name: str, content: bytes, file_name: str | None = None) -> bytes:
    named = f'; filename="{file_name}"' if file_name is not None else ""
    head = f'Content-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content


def multipart(*parts: bytes, rest: str = "ja-paguei", boundary: str = "limite") -> Visit:
    framed = b"".join(b"--" + boundary.encode() + b"\r\n" + p + b"\r\n" for p in parts)
    body = framed + b"--" + boundary.encode() + b"--\r\n"
    return visit(
        f"/p/{TOKEN}/{rest}",
        "POST",
        body=base64.b64encode(body).decode(),
        headers={"content-type": f"multipart/form-data; boundary={boundary}"},
        isBase64Encoded=True,
    )


# Where it goes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "token", "rest", "depth"),
    [
        (f"/p/{TOKEN}", TOKEN, "", 0),
        (f"/p/{TOKEN}/", TOKEN, "", 1),
        (f"/p/{TOKEN}/acordo", TOKEN, "acordo", 1),
        (f"/p/{TOKEN}/comprovante/2345-6789-AB", TOKEN, "comprovante/2345-6789-AB", 2),
        ("/p/", "", "", 0),
        ("/x", "", "", 0),
    ],
)
def test_an_address_names_a_link_and_one_of_its_pages(
    path: str, token: str, rest: str, depth: int
) -> None:
    found = visit(path)
    assert (found.token, found.rest, found.depth) == (token, rest, depth)


@pytest.mark.parametrize(
    ("accepted", "query", "language"),
    [
        ("", "", "pt"),
        ("pt-BR,pt;q=0.9,en;q=0.8", "", "pt"),
        ("en-US,en;q=0.9,pt;q=0.1", "", "pt"),
        ("en-US,en;q=0.9", "", "en"),
        ("fr", "", "en"),
        ("*", "", "pt"),
        ("pt-BR", "lang=en", "en"),
        ("en", "lang=pt", "pt"),
        ("en", "lang=xx", "en"),
    ],
)
def test_portuguese_for_who_reads_it_and_english_for_others(
    accepted: str, query: str, language: str
) -> None:
    headers = {"accept-language": accepted} if accepted else {}
    assert visit(headers=headers, rawQueryString=query).language == language


@pytest.mark.parametrize(
    ("headers", "is_foreign", "why"),
    [
        ({"sec-fetch-site": "same-origin", "origin": "null"}, False, "our own page tells nobody"),
        ({"sec-fetch-site": "none"}, False, "typed by hand"),
        ({"sec-fetch-site": "cross-site"}, True, "another site"),
        ({"sec-fetch-site": "same-site"}, True, "a neighbour is another site"),
        ({"origin": "https://r.example.com.br"}, False, "an older browser, our page"),
        ({"origin": "https://evil.example"}, True, "an older browser, another page"),
        ({"origin": "https://r.example.com.br.evil.example"}, True, "a name that begins alike"),
        ({"origin": "null"}, False, "an older browser that tells nobody"),
        ({}, False, "an old browser: the form's own value decides"),
    ],
)
def test_a_form_of_another_site_is_known(
    headers: dict[str, str], *, is_foreign: bool, why: str
) -> None:
    assert sent({}, **headers).is_from_elsewhere == is_foreign, why


# What is in it ------------------------------------------------------------------------------------


def test_fields_are_read_with_everything_that_came_under_their_name() -> None:
    form = sent({"stop": ["sms", "email"], "hour": " 9 "}).form()
    assert form.fields == {"stop": ["sms", "email"], "hour": [" 9 "]}
    assert (form.get("hour"), form.get("nothing"), form.file) == ("9", "", None)


def test_a_form_with_a_file_is_read() -> None:
    form = multipart(part("ref", REF.encode()), part("proof", PDF, "c:\\comprovante.pdf")).form()
    assert form.get("ref") == REF
    assert form.file is not None
    assert (form.file.content, form.file.name) == (PDF, "proof")


def test_no_file_chosen_is_no_file() -> None:
    assert multipart(part("ref", b"x"), part("proof", b"", "")).form().file is None


@pytest.mark.parametrize(
    "made",
    [
        lambda: multipart(part("a", PDF, "1.pdf"), part("b", PDF, "2.pdf")),
        lambda: multipart(*(part(f"f{n}", b"x") for n in range(21))),
        lambda: multipart(part("ref", b"x"), rest="prometo"),
        lambda: multipart(b"no head at all"),
        lambda: multipart(b"X: y\r\n\r\nz"),
        lambda: multipart(part("a", b"x"), boundary="x" * 71),
        lambda: sent("a=1&" * 50),
        lambda: sent("a=1", **{"content-type": "text/plain"}),
        lambda: sent("a=1", **{"content-type": "application/json"}),
        lambda: visit(
            f"/p/{TOKEN}/prometo",
            "POST",
            body="*",
            isBase64Encoded=True,
            headers={"content-type": FORM},
        ),
        lambda: visit(f"/p/{TOKEN}/prometo", "POST", body="\ud800", headers={"content-type": FORM}),
    ],
)
def test_what_is_no_form_of_ours_is_not_read(made: Any) -> None:  # noqa: ANN401
    with pytest.raises(Unreadable):
        made().form()


def test_limits_are_kept_before_anything_is_read() -> None:
    assert sent("a=" + "x" * (MAX_FORM - 2)).form()
    for too_large in (
        sent("a=" + "x" * (MAX_FORM - 1)),
        sent("a=" + "x" * MAX_FORM * 2),
        multipart(part("proof", b"0" * MAX_UPLOAD, "a.pdf")),
        multipart(part("proof", b"0" * MAX_FORM, "a.pdf"), rest="contestar"),
    ):
        with pytest.raises(TooLarge):
            too_large.form()
    assert multipart(part("proof", b"0" * (MAX_UPLOAD - 200), "a.pdf")).form().file


@given(st.binary(max_size=300), st.text(max_size=80))
def test_no_body_breaks_the_reader_of_files(body: bytes, boundary: str) -> None:
    try:
        parts = list(read_parts(f"multipart/form-data; boundary={boundary}", body, most=3))
    except NotMultipart:
        return
    assert 1 <= len(parts) <= 3


@given(st.lists(st.tuples(st.sampled_from("abc"), st.binary(max_size=50)), min_size=1, max_size=3))
def test_what_was_sent_is_what_is_read(fields: list[tuple[str, bytes]]) -> None:
    fields = [(name, content.replace(b"--", b"")) for name, content in fields]
    framed = b"".join(b"--limite\r\n" + part(n, c) + b"\r\n" for n, c in fields)
    found = read_parts("multipart/form-data; boundary=limite", framed + b"--limite--", most=3)
    assert list(found) == [Part(name, content) for name, content in fields]


# From fields to acts ------------------------------------------------------------------------------


def test_every_form_is_read_as_its_act() -> None:
    assert set(KINDS.values()) == set(ActKind)
    paid = multipart(
        part("ref", REF.encode()),
        part("on", b"2026-11-09"),
        part("method", b"pix"),
        part("proof", PDF, "comprovante.pdf"),
    )
    act = read_act(ActKind.SAY_PAID, paid.form())
    assert isinstance(act, SayPaid)
    assert act.proof is not None
    assert (act.ref, act.on, act.method) == (REF, ON.replace(day=9), PaymentMethod.PIX)
    assert (act.proof.content, act.proof.media_type) == (PDF, "application/pdf")
    promised = sent({"ref": REF, "on": "20/11/2026"}).form()
    assert read_act(ActKind.PROMISE, promised) == Promise(REF, ON.replace(day=20))
    disputed = sent({"ref": REF, "reason": "other", "words": "Não\r\né meu"}).form()
    assert read_act(ActKind.DISPUTE, disputed) == Dispute(REF, DisputeReason.OTHER, "Não\né meu")
    wished = sent({"channel": "", "hour": "9", "stop": ["sms", "voice"]}).form()
    stopped = frozenset({Channel.SMS, Channel.VOICE})
    assert read_act(ActKind.PREFER, wished) == Prefer(None, 9, stopped)
    agreed = {"parcelas": "2", "entrada": "500", "primeiro": "2026-11-12", "key": "k"}
    settled = read_act(ActKind.SETTLE, sent({**agreed, "accept": "yes"}).form())
    assert settled == Settle(Choice(2, Money(500), ON.replace(day=12)), "k")


@pytest.mark.parametrize(
    ("kind", "fields", "path"),
    [
        ("promise", {"on": "2026-11-12"}, "ref"),
        ("promise", {"ref": "../../etc", "on": "2026-11-12"}, "ref"),
        ("promise", {"ref": REF}, "on"),
        ("promise", {"ref": REF, "on": "2026-02-31"}, "on"),
        ("promise", {"ref": REF, "on": "amanhã"}, "on"),
        ("say_paid", {"ref": REF, "on": "2026-11-09", "method": "gold"}, "method"),
        ("dispute", {"ref": REF, "reason": "<b>"}, "reason"),
        ("dispute", {"ref": REF, "reason": "other", "words": "x" * 501}, "words"),
        ("prefer", {"channel": "pombo"}, "channel"),
        ("prefer", {"hour": "nove"}, "hour"),
        ("prefer", {"stop": ["sms", "pombo"]}, "stop"),
        ("send_again", {}, "ref"),
        ("settle", {"parcelas": "2", "entrada": "1", "primeiro": "2026-11-12"}, "accept"),
        ("settle", {"accept": "yes", "entrada": "1", "primeiro": "2026-11-12"}, "instalments"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(
    kind: str, fields: dict[str, object], path: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_act(ActKind(kind), sent(fields).form())
    assert [p.path for p in refused.value.problems] == [path]


@given(
    st.sampled_from(list(ActKind)),
    st.dictionaries(
        st.sampled_from(
            [*("ref", "on", "method", "reason", "words", "channel", "hour", "stop"), *SETTLING]
        ),
        st.lists(st.sampled_from(TYPED) | st.text(max_size=20), min_size=1, max_size=3),
    ),
)
def test_any_fields_are_an_act_or_refused(kind: ActKind, fields: dict[str, list[str]]) -> None:
    with suppress(InvalidInput):
        assert isinstance(read_act(kind, Form(fields)), get_args(Act))


def test_a_file_that_is_no_proof_is_refused() -> None:
    form = multipart(
        part("ref", REF.encode()),
        part("on", b"2026-11-09"),
        part("method", b"pix"),
        part("proof", b"<svg onload=alert(1)>", "a.png"),
    ).form()
    with pytest.raises(InvalidInput) as refused:
        read_act(ActKind.SAY_PAID, form)
    assert refused.value.problems[0].path == "proof"
