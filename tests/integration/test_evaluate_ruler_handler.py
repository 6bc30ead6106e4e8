"""From the clock's tick to the shards, and from a shard to the contacts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.evaluate_ruler import handler
from regua.adapters.memory import FixedClock
from regua.application.evaluate_ruler import EvaluateRuler
from regua.domain.errors import PublishFailed
from regua.domain.ids import CreditorId, CustomerId
from regua.runtime.settings import EvaluateRulerSettings
from tests.builders import CREDITOR, DUE, any_customer, any_invoice, nine_o_clock
from tests.integration.conftest import World
from tests.integration.lambdas import Context, Printed, failures, recorded, sqs_event

NOW = nine_o_clock(DUE + timedelta(days=3))


@pytest.fixture(params=[False])
def allow_as_of(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(autouse=True)
def _wired(world: World, allow_as_of: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    evaluate = EvaluateRuler(
        world.portfolio, world.directory, world.publisher, world.queue, world.ledger
    )
    settings = EvaluateRulerSettings(
        portfolio_table="p",
        messages_table="m",
        bus_name="b",
        shards=3,
        shard_queue_url="https://sqs/shards",
        allow_as_of=allow_as_of,
    )
    monkeypatch.setattr(handler, "wire", lambda: (evaluate, settings))
    monkeypatch.setattr(handler, "clock", FixedClock(NOW))


def issue_many(world: World, count: int) -> None:
    for n in range(count):
        name = CustomerId(f"cli-{n:03d}")
        world.issue(
            any_invoice(f"fat-{n:03d}", customer_id=name), customer=any_customer(external_id=name)
        )


def test_a_tick_plans_every_shard_and_decides_nothing(
    world: World, printed: Callable[[], Printed]
) -> None:
    world.issue(any_invoice())
    assert handler.lambda_handler(recorded("tick"), Context()) == {"shards": 3}
    assert world.queue.messages == [{"shard": "00"}, {"shard": "01"}, {"shard": "02"}]
    assert world.publisher.events == []
    assert printed().metrics["shards_planned"] == 3


def test_a_shard_message_publishes_what_is_due_and_counts_it(
    world: World, printed: Callable[[], Printed]
) -> None:
    world.issue(any_invoice())
    event = sqs_event(recorded("shard_due"))
    assert failures(handler.lambda_handler(event, Context())) == []
    (due,) = world.publisher.of("ContactDue")
    assert due.data["step_id"] == "vencida-3"
    assert due.data["correlation_id"] == "pedido-1"
    assert "as_of" not in due.data
    (overdue,) = world.publisher.of("InvoiceOverdue")
    assert overdue.data == {"external_id": "fat-1", "customer_id": "cli-1"}
    output = printed()
    assert output.metrics["contacts_planned"] == 1
    assert output.metrics["accounts_evaluated"] == 1
    output.assert_no_personal_data()


def test_the_same_shard_twice_says_nothing_twice(world: World) -> None:
    world.issue(any_invoice())
    event = sqs_event(recorded("shard_due"), recorded("shard_due"))
    assert failures(handler.lambda_handler(event, Context())) == []
    assert len(world.publisher.of("ContactDue")) == 1


def test_an_as_of_is_ignored_where_time_does_not_travel(world: World) -> None:
    handler.lambda_handler({"kind": "tick", "as_of": "2027-01-01T12:00:00Z"}, Context())
    assert all("as_of" not in m for m in world.queue.messages)
    world.issue(any_invoice(due_date=DUE + timedelta(days=60)))
    body = {"shard": "00", "as_of": "2027-03-01T12:00:00Z"}
    assert failures(handler.lambda_handler(sqs_event(body), Context())) == []
    assert world.publisher.of("ContactDue") == []


@pytest.mark.parametrize("allow_as_of", [True], indirect=True)
def test_an_as_of_rides_from_the_tick_to_the_contact(world: World) -> None:
    handler.lambda_handler({"kind": "tick", "as_of": "2027-03-01T12:00:00Z"}, Context())
    assert {m["as_of"] for m in world.queue.messages} == {"2027-03-01T12:00:00Z"}
    world.issue(any_invoice(due_date=DUE + timedelta(days=60)))
    handler.lambda_handler(sqs_event(world.queue.messages[0]), Context())
    (due,) = world.publisher.of("ContactDue")
    assert due.data["as_of"] == "2027-03-01T12:00:00Z"
    assert due.data["decided_on"] == "2027-03-01"


def test_a_shard_that_is_not_drained_in_time_puts_itself_back(
    world: World, printed: Callable[[], Printed]
) -> None:
    issue_many(world, 45)
    running_out = Context(remaining_milliseconds=[60_000, 60_000, 4_000])
    assert failures(handler.lambda_handler(sqs_event({"shard": "00"}), running_out)) == []
    assert len(world.publisher.of("ContactDue")) == 30, "three groups of ten"
    (rest,) = world.queue.messages
    handler.lambda_handler(sqs_event(rest), Context())
    assert len(world.publisher.of("ContactDue")) == 45
    ids = {e.data["dispatch_id"] for e in world.publisher.of("ContactDue")}
    assert len(ids) == 45
    assert [log["drained"] for log in printed().logs if "drained" in log] == [False, True]


def test_a_bus_that_refuses_leaves_everything_due(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.issue(any_invoice())
    before = world.portfolio.load_account(CREDITOR, CustomerId("cli-1"))
    publish = world.publisher.publish

    def refuse(_: object) -> None:
        raise PublishFailed

    monkeypatch.setattr(world.publisher, "publish", refuse)
    response = handler.lambda_handler(sqs_event({"shard": "00"}), Context())
    assert failures(response) == ["m0"]
    assert world.portfolio.load_account(CREDITOR, CustomerId("cli-1")) == before
    monkeypatch.setattr(world.publisher, "publish", publish)
    handler.lambda_handler(sqs_event({"shard": "00"}), Context())
    assert len(world.publisher.of("ContactDue")) == 1


@pytest.mark.parametrize("body", [{"shard": "0"}, {"shard": "00", "x": 1}, "lixo"])
def test_an_unreadable_shard_message_fails_alone(world: World, body: object) -> None:
    world.issue(any_invoice())
    event = sqs_event(body, {"shard": "00"})
    assert failures(handler.lambda_handler(event, Context())) == ["m0"]
    assert len(world.publisher.of("ContactDue")) == 1


def test_an_account_whose_creditor_cannot_be_read_does_not_stop_the_others(world: World) -> None:
    """One broken tenant must not silence a shard; it stays due and the record stays visible."""
    issue_many(world, 12)
    gone = world.portfolio.accounts[CREDITOR, CustomerId("cli-000")]
    strange = CustomerId("zzz")
    ghost = replace(
        gone,
        creditor_id=CreditorId("sumiu"),
        customer_id=strange,
        next_evaluation_at=NOW - timedelta(days=30),
    )
    world.portfolio.accounts[ghost.creditor_id, strange] = ghost
    response = handler.lambda_handler(sqs_event({"shard": "00"}), Context())
    assert len(world.publisher.of("ContactDue")) == 12
    assert failures(response) == ["m0"], "an operator must see it"
