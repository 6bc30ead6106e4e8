"""Opens, clicks and opt-outs from the queue: labelled, counted, never confused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.record_hits import handler
from regua.adapters.memory_visitors import MemoryRecentVisitors
from regua.application.buffers import BatchBuffer
from regua.application.record_hit import RecordHit
from regua.domain.delivery import EventKind, effective_labels, seen_as
from regua.domain.ids import DispatchId
from regua.domain.ruler import Channel, Seen
from tests.builders import CREDITOR, CUSTOMER, DUE, any_invoice, nine_o_clock
from tests.integration.conftest import World
from tests.integration.contract.facts import any_dispatch
from tests.integration.lambdas import Context, Printed, failures, recorded, sqs_event

DISPATCH = DispatchId("2acb18c19631805b2009131646e240c4")
NOW = nine_o_clock(DUE + timedelta(days=3))


@pytest.fixture(autouse=True)
def _wired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = BatchBuffer(world.publisher, world.ledger)
    record = RecordHit(
        world.portfolio,
        world.ledger,
        buffer.append,
        buffer.publish,
        MemoryRecentVisitors(),
        lambda: "0" * 32,
        buffer.pending,
    )
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
    machine = hit(label="security_scanner", request_id="req-2", score=100)
    click = hit(kind="click", link=0, request_id="req-3", at="2026-11-13T15:01:00.000Z")
    assert run(hit(), machine, click) == []
    assert sorted(facts(world)) == [
        (EventKind.CLICKED, "person"),
        (EventKind.OPENED, "person"),
        (EventKind.OPENED, "security_scanner"),
    ]
    labels = [e.data["label"] for e in world.publisher.of("MessageOpened")]
    assert sorted(labels) == ["person", "security_scanner"]
    assert len(world.publisher.of("MessageClicked")) == 1
    output = printed()
    assert output.metrics["hit_recorded"] == 3
    assert (output.metrics["hit_by_person"], output.metrics["hit_by_security_scanner"]) == (2, 1)
    output.assert_no_personal_data("203.0.113.7", "Mozilla")
    assert "203.0.113.7" not in str([e.data for e in world.publisher.events])
    found = world.ledger.find(DISPATCH)
    assert found is not None
    personal = {"ip", "port", "user_agent", "header_accept-language"}
    assert all(personal.isdisjoint(f.facts) for f in found[1])


def test_three_links_at_once_are_a_programs_and_those_told_before_are_told_again(
    world: World, printed: Callable[[], Printed]
) -> None:
    at = "2026-11-13T15:01:{}0.000Z"
    clicks = [
        hit(kind="click", link=n, request_id=f"c{n}", at=at.format(n), score=60) for n in range(3)
    ]
    for click in clicks:
        assert run(click) == []
    assert run(*clicks) == []
    found = world.ledger.find(DISPATCH)
    assert found is not None
    assert set(effective_labels(found[1]).values()) == {"security_scanner"}
    own = [f.facts["label"] for f in found[1] if f.kind is EventKind.CLICKED]
    assert own == ["person", "person", "security_scanner"], "an earlier fact is never edited"
    told = [(e.data["hit_id"], e.data["label"]) for e in world.publisher.of("MessageClicked")]
    last = dict(told)
    assert last == dict.fromkeys(("c0", "c1", "c2"), "security_scanner")
    again = [e for e in world.publisher.of("MessageClicked") if e.data.get("relabelled")]
    assert {e.data["hit_id"] for e in again} == {"c0", "c1"}
    assert printed().metrics["hit_relabelled"] == 2
    assert Seen.CLICKED not in seen_as(found[1])


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
