"""Tell the story of the documented examples again, on the API in memory.

``python -m tests.integration.tour`` records what is answered now in functions/api/examples.json.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pytest

from functions.api import context, handler
from functions.api.described import operations_of
from functions.api.examples import RECORDED, Example, examples
from regua.adapters.memory import FixedClock
from regua.application.pix_ports import ChargeRecord, ChargeStatus, SeenPix
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import Claim, InvoiceStep
from regua.domain.feed import Event
from regua.domain.ids import CustomerId, InvoiceId
from regua.domain.money import Money
from regua.domain.pix.entries import PixMoney
from tests.builders import CREDITOR
from tests.integration.api_client import NOW, wired
from tests.integration.conftest import World
from tests.integration.contract.facts import any_dispatch
from tests.integration.desks import open_doors
from tests.integration.gateway import Gateway, Reply

AURORA, BOREAL, NOBODY = "token-da-aurora", "token-da-boreal", "token-de-ninguem"
TOKENS: Mapping[str, str] = {
    AURORA: "cliente-aurora",
    BOREAL: "cliente-boreal",
    NOBODY: "cliente-desconhecido",
}
_VARIES: frozenset[str] = frozenset()
"""Fields that are made up anew for every answer."""
_ENDS = ("delete_", "post_cancel", "post_assign")
_INVOICE = InvoiceId("fat-2026-118")
_DISPATCH = any_dispatch(
    customer_id=CustomerId("cli-204"),
    invoices=(InvoiceStep(_INVOICE, "vencida-3"),),
    left_out=(),
    decided_at=NOW - timedelta(days=1),
    decided_on=NOW.date() - timedelta(days=1),
)
_PAID = Event(
    CREDITOR,
    "InvoicePaid",
    "1",
    "2026-11-09T18:20:00.000Z",
    {"external_id": "fat-2026-101", "customer_id": "cli-201"},
)
_MONEY = (
    PixMoney("E1234567820261109182001234567890", Money(8000), NOW - timedelta(hours=18)),
    PixMoney("E1234567820261109201501234567891", Money(25090), NOW - timedelta(hours=16)),
    PixMoney("E1234567820261109210001234567892", Money(31077), NOW - timedelta(hours=15)),
)
_CHARGE = ChargeRecord(
    txid="b2c9f0a4d1e84c7f9a6b3d5e7f901234",
    revision=1,
    status=ChargeStatus.ACTIVE,
    made_at=NOW - timedelta(days=20),
    due_date="2026-11-05",
    copy_paste="00020101021226790014br.gov.bcb.pix2557psp.example.com.br/cobv/6304ABCD",
)


class Place(NamedTuple):
    """Where an operation is: its method and its path, with parameters in braces."""

    method: str
    path: str


@cache
def places() -> Mapping[str, Place]:
    """Return where every operation is, by its name."""
    described = json.loads(handler.openapi())
    return {o["operationId"]: Place(m.upper(), p) for m, p, o in operations_of(described)}


def known_ids() -> Mapping[str, Mapping[str, str]]:
    """Return names that exist once the story is told, by the route (``GET /v1/…``)."""
    return {
        f"{places()[e.operation].method} {places()[e.operation].path}": e.path
        for e in stays()
        if e.path and e.status < HTTPStatus.BAD_REQUEST
    }


def stays() -> Sequence[Example]:
    """Return the story without what ends things: everything in it can be found afterwards."""
    return [e for e in examples() if not e.operation.startswith(_ENDS)]


@contextmanager
def api_in_memory(world: World) -> Iterator[Gateway]:
    """Put the API on memory twins and stop its clock; a message was delivered the day before."""
    parts = wired(world)
    world.ledger.plan(_DISPATCH)
    sent_at = _DISPATCH.decided_at + timedelta(seconds=1)
    assert world.ledger.claim(_DISPATCH, [_INVOICE], sent_at)[0] is Claim.GRANTED
    world.ledger.mark_sent(_DISPATCH, provider_message_id="ses-1", at=sent_at)
    arrived = sent_at + timedelta(seconds=3)
    facts = {"smtp_code": "250 2.0.0"}
    world.ledger.append(
        [MessageEvent(_DISPATCH.dispatch_id, EventKind.DELIVERED, arrived, "e-1", facts)]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(context, "wire", lambda: parts)
        patch.setattr(context, "clock", FixedClock(NOW))
        kept = open_doors(world, patch)
        kept.feed.append(CREDITOR, [_PAID], NOW)
        for money in _MONEY:
            kept.pix.save_seen(CREDITOR, SeenPix(money=money, invoice_id=None))
        kept.pix.save_charge(CREDITOR, _INVOICE, _CHARGE)
        yield Gateway({"api": handler.lambda_handler}, TOKENS)


def ask(gateway: Gateway, example: Example, token: str = AURORA) -> Reply:
    """Send an example's request."""
    method, template = places()[example.operation]
    path = template.format(**{n: quote(v, safe="") for n, v in example.path.items()})
    query = f"?{urlencode(example.query)}" if example.query else ""
    headers = {"Authorization": f"Bearer {token}", **example.headers}
    body = b""
    if example.body is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(example.body).encode()
    return gateway.answer(method, path + query, headers, body)


def document_of(reply: Reply) -> Any:  # noqa: ANN401 - any JSON
    """Read what was answered; None where it is nothing."""
    return json.loads(reply.body) if reply.body else None


def told(gateway: Gateway, story: Iterable[Example]) -> Iterator[Example]:
    """Tell the story, and yield every example with what is answered now."""
    for example in story:
        reply = ask(gateway, example)
        yield replace(example, status=reply.status, answer=document_of(reply))


def same(now: object, shown: object) -> bool:
    """Tell whether two answers say the same, whatever names are made up anew each time."""
    if isinstance(now, dict) and isinstance(shown, dict):
        return now.keys() == shown.keys() and all(
            key in _VARIES or same(now[key], shown[key]) for key in now
        )
    if isinstance(now, list) and isinstance(shown, list):
        return len(now) == len(shown) and all(map(same, now, shown))
    return now == shown


def _record() -> None:
    with api_in_memory(World()) as gateway:
        told_now = [_plain(example) for example in told(gateway, examples())]
    text = json.dumps(told_now, ensure_ascii=False, indent=1)
    RECORDED.write_text(f"{text}\n", encoding="utf-8")


def _plain(example: Example) -> dict[str, Any]:
    """Return an example as it is written down: without what it leaves out."""
    fields = ("operation", "name", "summary", "path", "query", "headers", "body")
    asked = {name: getattr(example, name) for name in fields}
    written = {name: value for name, value in asked.items() if value not in ({}, None)}
    return {**written, "status": example.status, "answer": example.answer}


if __name__ == "__main__":
    context.metrics.provider.namespace = "Regua"  # a function's environment would say so
    _record()
