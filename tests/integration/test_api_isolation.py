"""Nobody reaches another creditor's data: every route, tried with another creditor's names.

Aurora tells the story of the examples, so that there is something of everything. Boreal then asks
for all of it, with Aurora's ids, cursors and keys. Tokens are the gateway's to check: those that
are missing, forged or expired are tried on the local cloud (tests/e2e/test_doors_tokens.py).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest

from functions.api import handler
from functions.api.described import operations_of
from functions.api.examples import Example, examples
from functions.issue_report import handler as reports
from functions.render_boleto import handler as boletos
from infra.constructs.http_api import ROUTES
from regua.adapters.memory import FixedClock
from regua.application.render_boleto import RenderBoleto
from tests import report_samples as samples
from tests.integration.api_client import entrance
from tests.integration.conftest import World
from tests.integration.gateway import Gateway, Reply
from tests.integration.tour import (
    AURORA,
    BOREAL,
    NOBODY,
    TOKENS,
    api_in_memory,
    ask,
    document_of,
    places,
    stays,
    told,
)
from tests.report_worlds import ReportWorld

_SHORT = 3
"""Texts and numbers of so few characters are anybody's: codes of states, counts, percentages."""
_SHORT_NUMBER = 6
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MADE_UP = re.compile(r"[0-9a-f]{32}")


def is_by_name(example: Example) -> bool:
    """Tell whether the example asks for one thing by its name."""
    return "{" in places()[example.operation].path


def creates(example: Example) -> bool:
    """Tell whether the example gives the thing its name itself."""
    return places()[example.operation].method == "PUT"


@cache
def markers() -> frozenset[str]:
    """Return what is Aurora's own: names, ids, addresses and amounts of the whole story."""
    with api_in_memory(World()) as gateway:
        story = list(told(gateway, stays()))
    sent = {text for e in story for text in _values([e.body, e.path])}
    made = {text for e in story for text in _values(e.answer) if _MADE_UP.fullmatch(text)}
    return frozenset(text for text in sent | made if _is_unmistakable(text))


def _values(found: object) -> Iterator[str]:
    """Yield the texts and the numbers in a document."""
    if isinstance(found, dict | list):
        for value in found.values() if isinstance(found, dict) else found:
            yield from _values(value)
    elif isinstance(found, str | int) and not isinstance(found, bool):
        yield str(found)


def _is_unmistakable(text: str) -> bool:
    """Tell whether a text can only be Aurora's: a sentence, an address, an id, an amount."""
    if len(text) <= _SHORT or _DAY.match(text):
        return False
    return bool(re.search(r"[@ 0-9]", text))


def assert_nothing_of_auroras(reply: Reply, *asked: Example) -> None:
    """Fail when an answer holds what the one who asked has not said in any of its calls."""
    said = json.dumps([[e.path, e.query, e.body] for e in asked], ensure_ascii=False)
    text = reply.body.decode()
    found = [m for m in markers() if _stands_in(m, text) and m not in said]
    assert not found, asked[0].operation


def _stands_in(marker: str, text: str) -> bool:
    """Tell whether a text holds a marker; a short number may be a part of any longer one."""
    if marker.isdigit() and len(marker) <= _SHORT_NUMBER:
        return re.search(rf"(?<![\d.-]){marker}(?![\d.-])", text) is not None
    return marker in text


@dataclass
class Two:
    """Both creditors before one API; Aurora has told its story."""

    gateway: Gateway

    def boreal(self, example: Example) -> Reply:
        return ask(self.gateway, example, BOREAL)

    def aurora(self, example: Example) -> Any:  # noqa: ANN401 - any JSON
        return document_of(ask(self.gateway, example, AURORA))


@pytest.fixture
def two(world: World) -> Iterator[Two]:
    with api_in_memory(world) as gateway:
        assert all(now.status < 500 for now in told(gateway, stays()))
        yield Two(gateway)


def test_there_is_something_to_find() -> None:
    assert {"Marina Prado", "marina@cliente.example.com.br", "529.982.247-25"} <= markers()
    assert {"fat-2026-118", "cli-204", "14990", "15303", "pag-5501"} <= markers()


def test_nothing_is_found_by_another_creditors_names(two: Two) -> None:
    for example in examples():
        if is_by_name(example) and not creates(example):
            reply = two.boreal(example)
            name = f"{example.operation} ({example.name})"
            assert reply.status == (422 if example.status == 422 else 404), (name, reply)
            assert_nothing_of_auroras(reply, example)


def test_what_asks_for_no_name_shows_nothing_of_another_creditor(two: Two) -> None:
    asked = [e for e in examples() if not is_by_name(e) and not creates(e)]
    for number, example in enumerate(asked, 1):
        reply = two.boreal(example)
        assert reply.status < 500, (example.operation, reply)
        assert_nothing_of_auroras(reply, example, *asked[:number])


def test_the_same_name_is_another_thing_for_another_creditor(two: Two) -> None:
    """Whoever writes under another creditor's names makes its own, and changes nothing there."""
    reads = [e for e in examples() if places()[e.operation].method == "GET" and e.status == 200]
    before = [two.aurora(e) for e in reads]
    written = [e for e in examples() if creates(e)]
    for example in written:
        reply = two.boreal(example)
        assert reply.status in {200, 201, 404, 412, 422}, (example.operation, reply)
        assert_nothing_of_auroras(reply, example, *written)
    for example in reads:
        assert_nothing_of_auroras(two.boreal(example), example, *written)
    assert [two.aurora(e) for e in reads] == before


def test_what_another_creditor_deletes_stays(two: Two) -> None:
    reads = [e for e in examples() if places()[e.operation].method == "GET" and e.status == 200]
    before = [two.aurora(e) for e in reads]
    for example in examples():
        if places()[example.operation].method in {"DELETE", "POST"}:
            two.boreal(example)
    assert [two.aurora(e) for e in reads] == before


def _paged() -> Iterator[tuple[str, bool]]:
    """Yield operations of the function that take a cursor, and whether it is in the body."""
    shown = {e.operation for e in examples()}
    for _, path, operation in operations_of(json.loads(handler.openapi())):
        taken = {p["name"] for p in operation.get("parameters", ())}
        if "cursor" in taken and "{" not in path and operation["operationId"] in shown:
            yield operation["operationId"], False
    yield "post_simulate", True


@pytest.mark.parametrize(("operation", "is_in_body"), list(_paged()))
def test_another_creditors_cursor_leads_nowhere(
    two: Two, operation: str, *, is_in_body: bool
) -> None:
    shown = next(e for e in examples() if e.operation == operation)

    def asked(**more: Any) -> Example:  # noqa: ANN401 - any field
        if is_in_body:
            return replace(shown, body={**shown.body, **more})
        return replace(shown, query={**shown.query, **{n: str(v) for n, v in more.items()}})

    invoice = next(e for e in examples() if e.operation == "put_invoice")
    for number in (205, 206):
        assert two.aurora(_of_another(invoice, number))["status"] == "open"
    page = two.aurora(asked(accounts=1) if is_in_body else asked(limit=1))
    cursor = page["cursor"]
    assert cursor, "the story has one page of these"
    reply = two.boreal(asked(cursor=cursor))
    assert reply.status in {200, 404, 422}, reply
    assert_nothing_of_auroras(reply, asked(cursor=cursor))


def _of_another(invoice: Example, number: int) -> Example:
    """Return the example of an invoice as one of another customer."""
    customer = {**invoice.body["customer"], "external_id": f"cli-{number}"}
    path = {"external_id": f"fat-2026-{number}"}
    return replace(invoice, path=path, body={**invoice.body, "customer": customer})


def test_another_creditors_key_answers_nothing(two: Two) -> None:
    keyed = next(e for e in examples() if "Idempotency-Key" in e.headers)
    invoice = next(e for e in examples() if e.operation == "put_invoice" and e.status == 201)
    assert two.boreal(replace(invoice, path=keyed.path)).status == 201
    reply = two.boreal(keyed)
    assert reply.status == 201
    assert "idempotency-replayed" not in {name.lower() for name, _ in reply.headers}


def test_a_client_of_nobody_is_refused_everywhere(two: Two) -> None:
    for example in examples():
        method, path = places()[example.operation]
        if example.status == 422 or any(r.path == path and r.scope is None for r in ROUTES):
            continue
        reply = ask(two.gateway, example, NOBODY)
        assert reply.status == 403, (method, path, reply)
        assert document_of(reply)["status"] == 403


# ── what other functions answer ─────────────────────────────────────────────────────────────────


@pytest.fixture
def elsewhere(world: World, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """Put the functions beside on memory twins, with reports and a boleto of Aurora's."""
    made, front = ReportWorld(), entrance(world.directory)
    wired = reports.Wired(world.directory, made.dossiers, made.issue, front)
    monkeypatch.setattr(reports, "wire", lambda: wired)
    monkeypatch.setattr(reports, "clock", FixedClock(samples.ISSUED_AT))
    render = RenderBoleto(world.portfolio, lambda *_: b"", lambda *_: ())
    monkeypatch.setattr(boletos, "wire", lambda: boletos.Wired(world.directory, render, front))
    functions = {"issue_report": reports.lambda_handler, "render_boleto": boletos.lambda_handler}
    return Gateway(functions, TOKENS)


@pytest.mark.parametrize("token", [BOREAL, NOBODY])
def test_what_other_functions_answer_is_nobody_elses_either(elsewhere: Gateway, token: str) -> None:
    names = {
        "external_id": "NF-2026%252F000481",
        "dispatch_id": samples.EMAIL,
        "number": "LD-2026-ABCD2345",
    }
    routes = [r for r in ROUTES if r.function in elsewhere.functions and r.scope]
    assert len(routes) >= 5
    for route in routes:
        for method in route.methods:
            target = route.path.format(**names)
            reply = elsewhere.answer(method.value, target, {"Authorization": f"Bearer {token}"})
            assert reply.status == (404 if token == BOREAL else 403), (route, reply)
