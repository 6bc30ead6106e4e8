"""Opens, clicks and opt-outs from the queue: labelled, counted, never confused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.record_hits import handler
from regua.application.buffers import BatchBuffer
from regua.application.record_hit import RecordHit
from regua.domain.delivery import EventKind
from regua.domain.ids import DispatchId
from regua.domain.ruler import Channel
from tests.builders import CREDITOR, CUSTOMER, DUE, any_invoice, nine_o_clock
from tests.integration.conftest import World
from tests.integration.contract.facts import any_dispatch
from tests.integration.lambdas import Context, Printed, failures, recorded, sqs_event

DISPATCH = DispatchId("2acb18c19631805b2009131646e240c4")
NOW = nine_o_clock(DUE + timedelta(days=3))


@pytest.fixture(autouse=True)
def _wired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = BatchBuffer(world.publisher, world.ledger)
    record = RecordHit(world.portfolio, world.ledger, buffer.append, buffer.publish)
    monkeypatch.setattr(handler, "wire", lambda: (record, buffer))
    world.issue(any_invoice())
    world.ledger.claim(any_dispatch(dispatch_id=DISPATCH), [], NOW)


def hit(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {**recorded("hit_open"), **changes}


def run(*bodies: object) -> list[str]:
    return failures(handler.lambda_handler(sqs_event(*bodies), Context()))


def facts(world: World) -> list[tuple[EventKind, str]]:
    found = world.ledger.find(DISPATCH)
    assert found is not None
    return [(f.kind, f.facts["label"]) for f in found[1]]


def test_people_and_machines_are_both_kept_and_told_apart(
    world: World, printed: Callable[[], Printed]
) -> None:
    machine = hit(label="machine", request_id="req-2", score=100)
    click = hit(kind="click", link=0, request_id="req-3", at="2026-11-13T15:01:00.000Z")
    assert run(hit(), machine, click) == []
    assert sorted(facts(world)) == [
        (EventKind.CLICKED, "person"),
        (EventKind.OPENED, "machine"),
        (EventKind.OPENED, "person"),
    ]
    labels = [e.data["label"] for e in world.publisher.of("MessageOpened")]
    assert sorted(labels) == ["machine", "person"]
    assert len(world.publisher.of("MessageClicked")) == 1
    output = printed()
    assert output.metrics["hit_recorded"] == 3
    assert (output.metrics["hit_by_person"], output.metrics["hit_by_machine"]) == (2, 1)
    output.assert_no_personal_data("203.0.113.7", "Mozilla")
    assert "203.0.113.7" not in str([e.data for e in world.publisher.events])


def test_the_same_hit_again_is_one_hit(world: World) -> None:
    run(hit(), hit())
    run(hit())
    assert facts(world) == [(EventKind.OPENED, "person")]


def test_an_opt_out_stops_the_channel_and_nothing_else_does(
    world: World, printed: Callable[[], Printed]
) -> None:
    run(hit(), hit(kind="click", link=0, request_id="r2"))
    assert world.portfolio.load_account(CREDITOR, CUSTOMER).opt_outs == {}
    leaving = hit(kind="unsubscribe", method="POST", request_id="r3")
    assert run(leaving, leaving) == []
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert set(account.opt_outs) == {Channel.EMAIL}
    assert printed().metrics["hit_opted_out"] == 2


def test_a_hit_on_an_unknown_message_is_counted_and_dropped(
    world: World, printed: Callable[[], Printed]
) -> None:
    assert run(hit(dispatch_id="0" * 32)) == []
    assert world.publisher.events == []
    assert printed().metrics["hit_unmatched"] == 1


@pytest.mark.parametrize("body", ["lixo", "{}", hit(kind="outro"), hit(dispatch_id="x")])
def test_an_unreadable_hit_fails_alone(
    world: World, printed: Callable[[], Printed], body: object
) -> None:
    assert run(body, hit()) == ["m0"]
    assert facts(world) == [(EventKind.OPENED, "person")]
    printed().assert_no_personal_data("203.0.113.7")
