"""The API's routes about hooks, charges and money that found no invoice."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from functions.api import context, doors
from regua.adapters.memory_hooks import MemoryHooks
from regua.adapters.memory_pix import MemoryPixRecords
from regua.application.hook_proof import key_hash
from regua.application.hooks import Hooks
from regua.application.pix_ports import ChargeRecord, ChargeStatus, SeenPix
from regua.application.settle_pix import CountPix
from regua.domain.ids import InvoiceId
from regua.domain.pix.entries import money_of
from tests.builders import CREDITOR, ISSUED_AT
from tests.integration.api_client import NOW, Answer, Api, wired
from tests.integration.conftest import BOREAL, World
from tests.integration.lambdas import Printed
from tests.pix_world import any_pix, e2eid

HOOK = {"kind": "pix", "name": "Banco"}


@pytest.fixture
def records() -> MemoryPixRecords:
    """Return what is known about Pix."""
    return MemoryPixRecords()


@pytest.fixture
def hooks() -> MemoryHooks:
    """Return the hooks that there are."""
    return MemoryHooks()


@pytest.fixture
def api(
    world: World,
    records: MemoryPixRecords,
    hooks: MemoryHooks,
    monkeypatch: pytest.MonkeyPatch,
) -> Api:
    """Return a client of the API in memory."""
    numbers = count()
    desk = doors.Desk(
        hooks=Hooks(hooks, new_key=lambda: f"{next(numbers):043d}"),
        records=records,
        counting=CountPix(records, world.ingest, world.portfolio, world.publisher),
        base_url="https://cobranca.example.com.br",
    )
    present = wired(world)
    monkeypatch.setattr(context, "wire", lambda: present)
    monkeypatch.setattr(context.clock, "now", lambda: NOW)
    monkeypatch.setattr(doors, "desk", lambda: desk)
    return Api()


# ── hooks ──────────────────────────────────────────────────────────────────────────────────────


def test_a_hooks_address_is_shown_once(api: Api, hooks: MemoryHooks) -> None:
    made = api.call("POST", "/v1/hooks", body=HOOK)
    assert made.status == 201
    address, key = made.body["url"].rsplit("/", 1)
    assert address == "https://cobranca.example.com.br/hooks"
    assert hooks.find(key_hash(key)) is not None
    listed = api.call("GET", "/v1/hooks")
    assert [h["hook_id"] for h in listed.body["hooks"]] == [made.body["hook_id"]]
    assert key not in str(listed.body)


def test_a_second_secret_is_told_to_nobody(api: Api, printed: Callable[[], Printed]) -> None:
    secret = {"hmac_header": "X-Sig", "hmac_secret": "um-segredo-bem-comprido"}
    made = api.call("POST", "/v1/hooks", body={**HOOK, "second_secret": secret})
    assert made.body["second_secret"] == "hmac"
    assert secret["hmac_secret"] not in str(made.body) + printed().text


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"kind": "telex", "name": "x"}, "body.kind"),
        ({**HOOK, "settings": {"a": 1}}, "body.settings"),
        ({"kind": "pix"}, "body.name"),
        ({**HOOK, "second_secret": {"header": "X-A"}}, "body.second_secret"),
        ({**HOOK, "key": "meu"}, "body.key"),
    ],
)
def test_a_hook_that_cannot_be_is_refused(api: Api, body: object, path: str) -> None:
    refused = api.call("POST", "/v1/hooks", body=body)
    assert refused.status == 422
    assert path in refused.errors


def test_a_hook_gets_another_key_and_is_shut(api: Api, hooks: MemoryHooks) -> None:
    hook_id = api.call("POST", "/v1/hooks", body=HOOK).body["hook_id"]
    rotated = api.call("POST", "/v1/hooks/{hook_id}/rotate", hook_id)
    assert rotated.status == 201
    key = rotated.body["url"].rsplit("/", 1)[1]
    assert hooks.find(key_hash(key)) is not None
    assert api.call("DELETE", "/v1/hooks/{hook_id}", hook_id).status == 204
    assert hooks.find(key_hash(key)) is None
    assert api.call("DELETE", "/v1/hooks/{hook_id}", hook_id).status == 404


def test_another_creditors_hook_is_not_there(api: Api) -> None:
    hook_id = api.call("POST", "/v1/hooks", body=HOOK).body["hook_id"]
    boreal = replace_client(api)
    assert boreal.call("GET", "/v1/hooks").body == {"hooks": []}
    assert boreal.call("DELETE", "/v1/hooks/{hook_id}", hook_id).status == 404
    assert boreal.call("POST", "/v1/hooks/{hook_id}/rotate", hook_id).status == 404


def replace_client(api: Api) -> Api:
    """Return the other creditor's client."""
    del api
    return Api("cliente-boreal")


# ── Pix ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("refused", [None, "interest"])
def test_a_charge_is_shown_or_why_there_is_none(
    api: Api, records: MemoryPixRecords, refused: str | None
) -> None:
    api.put_invoice()
    assert api.call("GET", "/v1/invoices/{external_id}/charge", "fat-1").status == 404
    record = ChargeRecord(
        txid="t" * 32,
        revision=0,
        status=ChargeStatus.ACTIVE,
        made_at=ISSUED_AT,
        due_date="2026-11-10",
        copy_paste="000201",
        refused=refused,
    )
    records.save_charge(CREDITOR, InvoiceId("fat-1"), record)
    shown = api.call("GET", "/v1/invoices/{external_id}/charge", "fat-1")
    assert shown.status == 200
    assert shown.body["refused"] == refused
    assert shown.body["status"] == (None if refused else "ATIVA")
    other = replace_client(api).call("GET", "/v1/invoices/{external_id}/charge", "fat-1")
    assert other.status == 404


def test_money_without_an_invoice_is_listed_in_pages_and_assigned(
    api: Api, records: MemoryPixRecords
) -> None:
    api.put_invoice()
    for number in (1, 2, 3):
        money = money_of(any_pix(number))
        records.save_seen(CREDITOR, SeenPix(money=money, invoice_id=None))
    records.save_seen(BOREAL, SeenPix(money=money_of(any_pix(4)), invoice_id=None))
    first = api.call("GET", "/v1/unmatched-payments", query={"limit": "2"})
    rest = api.call(
        "GET", "/v1/unmatched-payments", query={"limit": "2", "cursor": first.body["cursor"]}
    )
    listed = [p["payment_id"] for p in first.body["payments"] + rest.body["payments"]]
    assert listed == [e2eid(1), e2eid(2), e2eid(3)]
    assert rest.body["cursor"] is None
    for _ in range(2):
        done = assign(api, e2eid(1), "fat-1")
        assert done.status == 200
    assert api.get_invoice().body["status"] == "settled"


def assign(api: Api, end_to_end_id: str, invoice: str) -> Answer:
    """Say which invoice money was for."""
    path = "/v1/unmatched-payments/{end_to_end_id}/assign"
    return api.call("POST", path, end_to_end_id, {"invoice_external_id": invoice})


def test_money_is_assigned_within_a_creditor_only(api: Api, records: MemoryPixRecords) -> None:
    api.put_invoice()
    records.save_seen(BOREAL, SeenPix(money=money_of(any_pix()), invoice_id=None))
    records.save_seen(CREDITOR, SeenPix(money=money_of(any_pix(2)), invoice_id=None))
    assert assign(api, e2eid(1), "fat-1").status == 404
    assert assign(api, e2eid(2), "fat-9").errors == ["body.invoice_external_id"]
    assert assign(replace_client(api), e2eid(1), "fat-1").status == 422
    assert api.get_invoice().body["status"] == "open"


def test_money_of_one_invoice_is_not_given_to_another(api: Api, records: MemoryPixRecords) -> None:
    api.put_invoice()
    api.put_invoice("fat-2")
    seen = SeenPix(money=money_of(any_pix()), invoice_id=None)
    records.save_seen(CREDITOR, seen)
    assign(api, e2eid(), "fat-1")
    refused = assign(api, e2eid(), "fat-2")
    assert refused.status == 409
    found = records.find_seen(CREDITOR, e2eid())
    assert found == replace(seen, invoice_id=InvoiceId("fat-1"))


@pytest.mark.parametrize("cursor", ["ç", "x" * 300])
def test_a_made_up_cursor_is_refused(api: Api, cursor: str) -> None:
    refused = api.call("GET", "/v1/unmatched-payments", query={"cursor": cursor})
    assert refused.status == 422
    assert refused.errors == ["query.cursor"]
