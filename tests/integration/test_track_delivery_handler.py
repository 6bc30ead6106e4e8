"""Receipts in any order, any number of copies, before or after the send was recorded."""

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest

from functions.track_delivery import handler
from regua.application.buffers import BatchBuffer
from regua.application.record_receipt import RecordReceipt
from regua.domain.delivery import EventKind, delivery_state
from regua.domain.dispatch import DispatchState
from regua.domain.errors import TemporaryError
from regua.domain.ids import DispatchId
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel
from tests.builders import CREDITOR, CUSTOMER, DUE, any_invoice, nine_o_clock
from tests.integration.conftest import World
from tests.integration.contract.facts import any_dispatch
from tests.integration.lambdas import Context, Printed, failures, recorded, sqs_event

DISPATCH = DispatchId("2acb18c19631805b2009131646e240c4")
NOW = nine_o_clock(DUE + timedelta(days=3))
RECEIPTS = ("receipt_delivery", "receipt_hard_bounce", "receipt_complaint")


def _never(_: object) -> bool:
    return False


@pytest.fixture(autouse=True)
def _wired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = BatchBuffer(world.publisher, world.ledger)
    record = RecordReceipt(world.portfolio, world.ledger, buffer.append, buffer.publish, _never)
    monkeypatch.setattr(handler, "wire", lambda: (record, buffer))
    world.issue(any_invoice())
    world.ledger.claim(any_dispatch(dispatch_id=DISPATCH), [], NOW)


def mark_sent(world: World) -> None:
    world.ledger.mark_sent(DISPATCH, provider_message_id="0100ses-1", at=NOW, content_hash="h")


def run(*names: object) -> list[str]:
    bodies = [recorded(n) if isinstance(n, str) and n.startswith("receipt_") else n for n in names]
    return failures(handler.lambda_handler(sqs_event(*bodies), Context()))


def test_a_delivery_is_told_and_kept(world: World, printed: Callable[[], Printed]) -> None:
    mark_sent(world)
    assert run("receipt_delivery") == []
    found = world.ledger.find(DISPATCH)
    assert found is not None
    record, facts = found
    assert record.state is DispatchState.SENT
    assert delivery_state(facts) is EventKind.DELIVERED
    (told,) = world.publisher.of("MessageDelivered")
    assert told.data == {"dispatch_id": DISPATCH}
    output = printed()
    assert output.metrics["receipt_delivered"] == 1
    output.assert_no_personal_data()


def test_a_hard_bounce_fails_the_message_and_the_address_is_never_used_again(
    world: World, printed: Callable[[], Printed]
) -> None:
    mark_sent(world)
    assert run("receipt_hard_bounce") == []
    record = world.ledger.records[DISPATCH]
    assert (record.state, record.reason) == (DispatchState.FAILED, Reason.HARD_BOUNCE)
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.usable_address(Channel.EMAIL) is None
    (told,) = world.publisher.of("MessageFailed")
    assert told.data["reason"] == "hard_bounce"
    assert told.data["bounce_sub_type"] == "General"
    assert "maria" not in json.dumps(told.data)
    printed().assert_no_personal_data()


def test_a_complaint_ends_the_address_and_leaves_the_message_sent(world: World) -> None:
    mark_sent(world)
    run("receipt_complaint")
    assert world.ledger.records[DISPATCH].state is DispatchState.SENT
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.suppressed_addresses == {"maria@cliente.example.com.br"}


@pytest.mark.parametrize("order", list(permutations((*RECEIPTS, "sent"))))
def test_any_order_with_copies_ends_in_the_same_state(world: World, order: tuple[str, ...]) -> None:
    for name in order:
        if name == "sent":
            mark_sent(world)
        else:
            assert run(name, name) == []
    found = world.ledger.find(DISPATCH)
    assert found is not None
    record, facts = found
    assert (record.state, record.reason, record.sent_at) == (
        DispatchState.FAILED,
        Reason.HARD_BOUNCE,
        NOW,
    )
    assert len(facts) == 3
    assert delivery_state(facts) is EventKind.HARD_BOUNCED


def test_a_receipt_before_the_dispatch_is_known_is_kept(world: World) -> None:
    world.ledger.records.clear()
    assert run("receipt_delivery", "receipt_hard_bounce") == []
    world.ledger.claim(any_dispatch(dispatch_id=DISPATCH), [], NOW)
    found = world.ledger.find(DISPATCH)
    assert found is not None
    assert len(found[1]) == 2


def test_what_says_nothing_about_delivery_is_counted_and_dropped(
    world: World, printed: Callable[[], Printed]
) -> None:
    foreign = recorded("receipt_delivery")
    event = json.loads(foreign["Message"])
    event["mail"]["tags"] = {}
    foreign["Message"] = json.dumps(event)
    assert run("receipt_open", foreign) == []
    assert world.publisher.events == []
    output = printed()
    assert (output.metrics["receipt_ignored"], output.metrics["receipt_unmatched"]) == (1, 1)


def test_an_unreadable_receipt_fails_alone(world: World, printed: Callable[[], Printed]) -> None:
    broken = {"Message": '{"eventType": "Bounce", "mail": {"destination": ["maria@x"]}}'}
    assert run(broken, "receipt_delivery") == ["m0"]
    assert len(world.publisher.of("MessageDelivered")) == 1
    printed().assert_no_personal_data()


def test_a_ledger_that_refuses_brings_the_whole_batch_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise TemporaryError

    monkeypatch.setattr(world.ledger, "append", refuse)
    with pytest.raises(TemporaryError):
        run("receipt_delivery")
    monkeypatch.undo()
    assert world.publisher.events == [], "nothing is told that was not kept"
