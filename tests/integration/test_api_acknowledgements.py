"""What became of a hook's last post, for its own system to read."""

import pytest

from functions.api import acknowledgements, context, doors
from regua.adapters.memory import FixedClock
from regua.adapters.memory_acknowledgements import MemoryAcknowledgements
from regua.adapters.memory_hooks import MemoryHooks
from regua.adapters.memory_pix import MemoryPixRecords
from regua.application.connect.acknowledge import acknowledge
from regua.application.connect.apply import apply
from regua.application.connect.receive import receive
from regua.application.hooks import Hooks
from regua.application.settle_pix import CountPix
from tests.builders import CREDITOR, any_creditor
from tests.integration.api_client import NOW, SETTINGS, Api, assert_problem, wired
from tests.integration.conftest import World
from tests.unit.application.connect.payloads import payload, written

ONE = "/v1/hooks/{hook_id}/acknowledgement"


@pytest.fixture
def store(world: World, monkeypatch: pytest.MonkeyPatch) -> MemoryAcknowledgements:
    found, pix = MemoryAcknowledgements(), MemoryPixRecords()
    counting = CountPix(pix, world.ingest, world.portfolio, world.publisher)
    hooks = Hooks(MemoryHooks(), new_key=lambda: "c" * 43)
    desk = doors.Desk(hooks, pix, counting, SETTINGS.hooks_base_url)
    parts = wired(world)
    monkeypatch.setattr(context, "wire", lambda: parts)
    monkeypatch.setattr(context, "clock", FixedClock(NOW))
    monkeypatch.setattr(doors, "desk", lambda: desk)
    monkeypatch.setattr(acknowledgements, "desk", lambda: found)
    return found


def a_hook(kind: str) -> str:
    body = {"kind": kind, "name": "ERP", "settings": {}}
    answer = Api().call("POST", "/v1/hooks", body=body)
    assert answer.status == 201
    hook_id: str = answer.body["hook_id"]
    return hook_id


def test_each_record_is_answered_and_odoo_gets_a_line_per_move(
    world: World, store: MemoryAcknowledgements
) -> None:
    hook_id = a_hook("odoo")
    assert_problem(Api().call("GET", ONE, hook_id), 404)
    facts = receive("odoo", {}, written(payload("odoo_moves")))
    applied = apply(facts, any_creditor(), world.ingest, now=NOW)
    store.put(CREDITOR, hook_id, acknowledge(CREDITOR, applied, world.portfolio, at=NOW))
    answer = Api().call("GET", ONE, hook_id)
    assert answer.status == 200
    assert answer.body["counts"]["refused"] == 1
    assert [m["id"] for m in answer.body["moves"]] == [42, 43, 44, 46]


def test_another_system_gets_no_moves(world: World, store: MemoryAcknowledgements) -> None:
    hook_id = a_hook("asaas")
    store.put(CREDITOR, hook_id, acknowledge(CREDITOR, [], world.portfolio, at=NOW))
    assert Api().call("GET", ONE, hook_id).body["moves"] is None


@pytest.mark.usefixtures("store")
def test_another_creditor_s_hook_is_no_different_from_none() -> None:
    hook_id = a_hook("odoo")
    assert_problem(Api("cliente-boreal").call("GET", ONE, hook_id), 404)
    assert_problem(Api().call("GET", ONE, "0" * 16), 404)
