"""What comes through a hook reaches its connector, and what became of it is there to read."""

import json
from dataclasses import replace
from typing import Any

import pytest

from regua.adapters.memory_acknowledgements import MemoryAcknowledgements
from regua.application.hook_ports import Hook
from regua.application.inbound_pix import Posted
from regua.domain.invoice import InvoiceStatus
from tests.builders import CREDITOR, DUE, ISSUED_AT, nine_o_clock
from tests.pix_world import PixWorld
from tests.unit.application.connect.payloads import payload, written
from tests.unit.application.test_automatic_pix import AURORA, TXID, System

HOOK = "h1"


class Door:
    """A hook of one kind, and what stands behind it."""

    def __init__(self, kind: str, settings: dict[str, Any] | None = None) -> None:
        self.world = PixWorld(now=nine_o_clock(DUE))
        self.acknowledged = MemoryAcknowledgements()
        self.process = replace(self.world.process, acknowledger=self.acknowledged)
        hook = Hook(
            hook_id=HOOK,
            creditor_id=CREDITOR,
            kind=kind,
            name="ERP",
            made_at=ISSUED_AT,
            settings=settings or {},
        )
        self.world.hooks.put("hash", hook)

    def post(self, body: bytes) -> dict[str, int]:
        self.world.bodies.keep("inbound/x", body)
        now = self.world.now
        posted = Posted(creditor=CREDITOR, hook_id=HOOK, ref="inbound/x", received_at=now)
        return dict(self.process(posted, now=now))


def test_an_export_is_applied_and_its_acknowledgement_put_under_its_hook() -> None:
    door = Door("odoo")
    counts = door.post(written(payload("odoo_moves")))
    assert counts == {"connect_created": 5, "connect_updated": 1, "connect_refused": 1}
    assert door.world.invoice("account.move,43").status is InvoiceStatus.SETTLED
    answer = door.acknowledged.find(CREDITOR, HOOK)
    assert answer is not None
    assert answer["counts"]["refused"] == 1
    (rejected,) = [e for e in door.world.publisher.events if e.detail_type == "IngestRejected"]
    assert "João" not in str(rejected.data)


def test_what_cannot_be_read_at_all_leaves_the_last_acknowledgement() -> None:
    door = Door("odoo")
    assert door.post(b"nada") == {"inbound_rejected": 1}
    assert door.acknowledged.find(CREDITOR, HOOK) is None


def test_a_ruler_that_is_named_is_looked_for_anew_before_it_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = {k: v for k, v in payload("generic_settings").items() if k != "signature"}
    settings["facts"]["InvoiceIssued"]["fields"]["ruler"] = {"value": "nova"}
    door = Door("generic", settings)
    forgotten: list[bool] = []
    monkeypatch.setattr(door.world.directory, "forget", lambda: forgotten.append(True))
    counts = door.post(written(payload("generic_titulos")))
    assert forgotten == [True]
    assert counts["connect_refused"] == 2, "there is no such ruler after all"


def test_a_notification_about_a_debit_comes_through_the_pix_hook() -> None:
    system = System().scheduled()
    system.until(DUE.replace(year=2027, month=3), 10)
    system.pay()
    door = Door("pix")
    door.world.directory.creditors[CREDITOR] = AURORA
    door.process = replace(door.process, automatic=system.automatic)
    door.world.now = system.now
    counts = door.post(json.dumps({"cobsr": [{"txid": TXID}]}).encode())
    assert counts == {"debits_notified": 1, "debits_unknown": 0}
    assert system.invoice.status is InvoiceStatus.SETTLED
