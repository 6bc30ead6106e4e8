"""The page's look and words over HTTP: read, written, refused with the rule, looked at before."""

import base64
import struct
import zlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.api import context, page
from regua.adapters.memory import FixedClock
from regua.adapters.memory_looks import MemoryDrafts
from regua.application.manage_page import ManagePage
from regua.application.ports import Change
from regua.domain.ids import InvoiceId
from regua.domain.notes import Note, NoteKind
from regua.domain.tokens import HitKind, TrackingKeys, verify
from tests.builders import CREDITOR, any_invoice
from tests.integration.api_client import NOW, Answer, Api, assert_problem, wired
from tests.integration.api_on_aws import api_on_aws
from tests.integration.conftest import World
from tests.integration.desks import page_desk

PAGE = "/v1/page"
PREVIEW = "/v1/page/preview"
DOCUMENT: dict[str, Any] = {
    "colours": {"accent": "#7a1f5c"},
    "texts": {"pt": {"show.hello": "Olá, {cliente}!"}, "en": {}},
    "emails": {"vencida": {"subject": "Sua fatura {fatura} da {credor}"}},
}
PALE = {"colours": {"accent": "#ffe680"}}
KEYS = TrackingKeys("k1", {"k1": bytes(range(32))})


def png(width: int, height: int) -> str:
    """Return a picture of one colour, in base64."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (width + 1) * height)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + parts).decode()


@pytest.fixture(autouse=True)
def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> ManagePage:
    parts, found = wired(world), page_desk(world)
    monkeypatch.setattr(context, "wire", lambda: parts)
    monkeypatch.setattr(context, "clock", FixedClock(NOW))
    monkeypatch.setattr(page, "desk", lambda: found)
    return found


@pytest.fixture
def api() -> Api:
    return Api()


def put(
    api: Api, document: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> Answer:
    return api.call("PUT", PAGE, body=DOCUMENT if document is None else document, headers=headers)


def preview(api: Api, document: dict[str, Any]) -> Answer:
    return api.call("POST", PREVIEW, body=document)


def test_before_anything_is_written_everything_is_ours(api: Api) -> None:
    read = api.call("GET", PAGE)
    assert read.status == 200
    assert read.body["texts"] == {"pt": {}, "en": {}}
    assert (read.body["emails"], "logo" in read.body) == ({}, False)


def test_a_document_is_written_and_read_as_it_is(api: Api, world: World) -> None:
    written = put(api)
    assert (written.status, written.body) == (200, {**DOCUMENT, "warnings": []})
    read = api.call("GET", PAGE)
    assert (read.status, read.body) == (200, DOCUMENT)
    assert read.headers["etag"] == written.headers["etag"]
    texts = world.directory.get(CREDITOR).texts
    assert texts["email.vencida.subject"] == "Sua fatura {fatura} da {credor}"


def test_a_logo_is_kept_as_it_came(api: Api) -> None:
    logo = {"media_type": "image/png", "base64": png(60, 24), "alt": "Aurora"}
    assert put(api, {"logo": logo}).status == 200
    assert api.call("GET", PAGE).body["logo"] == logo


@pytest.mark.parametrize(
    ("document", "paths"),
    [
        ({"colour": "#000000"}, ["body.colour"]),
        ({"colours": {"accent": "verde"}}, ["body.colours.accent"]),
        ({"logo": {"media_type": "image/gif", "base64": "R0lG"}}, ["body.logo.media_type"]),
        ({"logo": {"media_type": "image/png", "base64": png(601, 10)}}, ["body.logo"]),
        ({"emails": {"vencida": {"subject": ""}}}, ["body.emails.vencida.subject"]),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_path(
    api: Api, document: dict[str, Any], paths: list[str]
) -> None:
    for answer in (put(api, document), preview(api, document)):
        assert_problem(answer, 422)
        assert answer.errors == paths


@pytest.mark.parametrize(
    ("document", "path", "code"),
    [
        (PALE, "body.colours.accent", "page.contrast"),
        ({"texts": {"pt": {"legal.note": "Nada."}}}, "body.texts.pt.legal.note", "page.key"),
        (
            {"emails": {"vencida": {"lead": "Veja www.pague.example.com.br e o total {total}."}}},
            "body.emails.vencida.lead",
            "page.link",
        ),
    ],
)
def test_what_breaks_a_rule_is_refused_with_the_rule_and_can_still_be_looked_at(
    api: Api, document: dict[str, Any], path: str, code: str
) -> None:
    before = api.call("GET", PAGE).body
    refused = put(api, document)
    assert_problem(refused, 422)
    assert path in refused.errors
    assert any(e["path"] == path and code in e["reason"] for e in refused.body["errors"])
    assert api.call("GET", PAGE).body == before
    seen = preview(api, document)
    assert seen.status == 201
    assert (path, code) in [(e["path"], e["rule"]["code"]) for e in seen.body["errors"]]


def test_what_is_doubtful_is_kept_and_told(api: Api) -> None:
    doubtful = {"emails": {"vencida": {"subject": "Um aviso para você"}}}
    written = put(api, doubtful)
    assert written.status == 200
    assert [w["path"] for w in written.body["warnings"]] == ["body.emails.vencida.subject"]
    assert written.body["warnings"] == preview(api, doubtful).body["warnings"]


def test_a_document_takes_the_place_of_what_was_read(api: Api) -> None:
    unwritten = api.call("GET", PAGE).headers["etag"]
    first = put(api, headers={"if-match": unwritten})
    assert first.status == 200
    assert_problem(put(api, {}, {"if-match": unwritten}), 412)
    assert put(api, {}, {"if-match": first.headers["etag"]}).status == 200
    known = {"if-none-match": api.call("GET", PAGE).headers["etag"]}
    assert api.call("GET", PAGE, headers=known).status == 304


def test_a_preview_changes_nothing_and_its_address_leads_to_the_draft(
    api: Api, desk: ManagePage
) -> None:
    answer = preview(api, DOCUMENT)
    assert (answer.status, answer.body["errors"]) == (201, [])
    assert answer.body["expires_at"] == "2026-11-11T12:00:00.000Z"
    assert api.call("GET", PAGE).body["emails"] == {}
    base, _, token = answer.body["preview_url"].rpartition("/p/")
    assert base == "https://cobranca.example.com.br"
    hit = verify(token, KEYS)
    assert hit is not None
    assert hit.kind is HitKind.PREVIEW
    drafts = desk.drafts
    assert isinstance(drafts, MemoryDrafts)
    kept = drafts.find(hit.dispatch_id, NOW)
    assert kept is not None
    assert (kept.creditor_id, kept.document["emails"]) == (CREDITOR, DOCUMENT["emails"])
    assert drafts.find(hit.dispatch_id, NOW + timedelta(days=1)) is None


def test_a_preview_shows_the_e_mails_that_change(api: Api) -> None:
    told = preview(api, DOCUMENT).body["emails"]
    assert set(told) == {"vencida"}
    one, several = told["vencida"]
    assert one["subject"] == "Sua fatura EX-0001 da Aurora Energia Ltda"
    assert "EX-0003" in several["text"]


def test_each_creditor_has_its_own_page(api: Api) -> None:
    put(api)
    other = Api("cliente-boreal")
    assert other.call("GET", PAGE).body["emails"] == {}
    assert put(other, {}).status == 200
    assert api.call("GET", PAGE).body == DOCUMENT
    theirs, ours = preview(other, DOCUMENT), preview(api, DOCUMENT)
    assert theirs.body["preview_url"] != ours.body["preview_url"]


@pytest.mark.parametrize(
    "facts",
    [
        {"act": "confirm_reading", "content_sha256": "0" * 64},
        {"act": "say_paid", "on": "2026-11-09", "method": "boleto", "until": "2026-11-13"},
        {"act": "say_paid", "on": "2026-10-09", "method": "pix", "needs_person": "yes"},
        {"act": "promise", "on": "2026-11-20", "pauses": "yes", "amount_centavos": "14990"},
        {"act": "dispute", "reason": "unknown_purchase"},
        {"act": "not_me", "stopped": "address", "channel": "email"},
        {"act": "prefer", "channel": "whatsapp", "hour": "10", "stop": "sms voice"},
        {"act": "send_again"},
        {
            "act": "settle",
            "agreement_id": "0" * 20,
            "key": "0" * 32,
            "status": "active",
            "total_centavos": "60000",
            "discount_centavos": "3040",
            "instalments": "3",
            "terms_sha256": "0" * 64,
        },
    ],
    ids=lambda facts: "-".join((facts["act"], facts.get("method", "")))[:20],
)
def test_what_was_done_on_the_page_is_told_in_the_timeline(
    api: Api, world: World, facts: dict[str, str]
) -> None:
    """That it is told as described is checked with every answer."""
    account = world.issue(any_invoice())
    where = {"protocol": "3T4N-K2Q9-5W", "dispatch_id": "0" * 32}
    note = Note(NOW, NoteKind.CUSTOMER_ACTED, InvoiceId("fat-1"), {**where, **facts})
    world.portfolio.commit(Change(account, notes=(note,)))
    (line,) = [each for each in api.timeline() if each["type"] == "customer_acted"]
    assert line["protocol"] == "3T4N-K2Q9-5W"
    assert {name: line[name] for name in facts} == facts


@pytest.fixture
def on_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.undo()
    with api_on_aws(monkeypatch) as api:
        yield api


def test_it_is_the_same_as_it_is_deployed(on_aws: Api) -> None:
    unwritten = on_aws.call("GET", PAGE).headers["etag"]
    assert put(on_aws, headers={"if-match": unwritten}).status == 200
    assert_problem(put(on_aws, {}, {"if-match": unwritten}), 412)
    assert on_aws.call("GET", PAGE).body == DOCUMENT
    told = preview(on_aws, PALE)
    assert told.status == 201
    assert told.body["preview_url"].startswith("https://cobranca.example.com.br/p/k1")
    assert [e["path"] for e in told.body["errors"]] == ["body.colours.accent"]
