"""GET /v1/messages/{dispatch_id}: what became of one message, told to its creditor only."""

from datetime import timedelta

import pytest

from functions.api import context
from regua.adapters.memory import FixedClock
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import Claim
from regua.domain.ids import InvoiceId
from tests.integration.api_client import NOW, Api, assert_problem, wired
from tests.integration.conftest import World
from tests.integration.contract.facts import any_dispatch

MESSAGE = "/v1/messages/{dispatch_id}"
DISPATCH = any_dispatch(decided_at=NOW - timedelta(minutes=1))


@pytest.fixture(autouse=True)
def _wired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = wired(world)
    monkeypatch.setattr(context, "wire", lambda: parts)
    monkeypatch.setattr(context, "clock", FixedClock(NOW))
    world.ledger.plan(DISPATCH)
    assert world.ledger.claim(DISPATCH, [InvoiceId("fat-1")], NOW)[0] is Claim.GRANTED
    world.ledger.mark_sent(DISPATCH, provider_message_id="ses-1", at=NOW)
    arrived = NOW + timedelta(seconds=3)
    facts = {"smtp_code": "250 2.0.0", "reporting_mta": "mta.example.com"}
    world.ledger.append(
        [MessageEvent(DISPATCH.dispatch_id, EventKind.DELIVERED, arrived, "e-1", facts)]
    )


def test_a_message_is_told_with_everything_that_was_reported() -> None:
    answer = Api().call("GET", MESSAGE, DISPATCH.dispatch_id)
    assert answer.status == 200
    told = answer.body
    assert told["dispatch_id"] == DISPATCH.dispatch_id
    assert (told["state"], told["delivery"]) == ("sent", "delivered")
    assert told["provider_message_id"] == "ses-1"
    assert told["invoices"] == ["fat-1"]
    assert [line["type"] for line in told["timeline"]] == ["planned", "sent", "delivered"]
    assert told["timeline"][-1]["smtp_code"] == "250 2.0.0"


def test_another_creditors_message_is_no_different_from_none() -> None:
    others = Api("cliente-boreal").call("GET", MESSAGE, DISPATCH.dispatch_id)
    unknown = Api().call("GET", MESSAGE, "f" * 32)
    assert_problem(others, 404)
    assert_problem(unknown, 404)


@pytest.mark.parametrize("bad", ["x", "F" * 32, "1" * 33])
def test_what_is_no_message_is_refused(bad: str) -> None:
    assert Api().call("GET", MESSAGE, bad).status in {404, 422}
