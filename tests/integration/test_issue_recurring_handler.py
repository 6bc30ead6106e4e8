"""The function that bills plans: a tick plans the shards, a shard's message bills what is due."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from functions.issue_recurring import handler
from regua.adapters.memory import FixedClock
from regua.adapters.memory_plans import MemoryPlans
from regua.application.issue_recurring import IssueRecurring
from regua.application.manage_plans import ManagePlans
from regua.domain.ids import CustomerId
from regua.domain.plans import PlanId
from regua.runtime.settings import IssueRecurringSettings
from tests.builders import CREDITOR, DUE, ISSUED_AT, any_creditor, any_customer, nine_o_clock
from tests.integration.conftest import World
from tests.integration.lambdas import Context, Printed, failures, sqs_event
from tests.unit.application.test_plans import Queue
from tests.unit.domain.test_plans import any_plan

NOW = nine_o_clock(DUE)
SETTINGS = IssueRecurringSettings(
    portfolio_table="p",
    messages_table="m",
    bus_name="b",
    shards=2,
    exchange_table="e",
    charge_queue_url="c",
    recurring_queue_url="r",
    psp_prefix="regua",
    allow_as_of=True,
)
SHARD = {"kind": "recurring", "shard": "00"}


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def plans(world: World, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> MemoryPlans:
    store = MemoryPlans()
    issue = IssueRecurring(store, world.ingest, world.directory, queue)
    monkeypatch.setattr(handler, "wire", lambda: (issue, SETTINGS))
    monkeypatch.setattr(handler, "clock", FixedClock(NOW))
    creditor = any_creditor()
    world.ingest.change_customer(creditor, any_customer(), now=ISSUED_AT)
    plan = any_plan(starts_on=DUE, bills_from=DUE, day=DUE.day)
    ManagePlans(store, world.portfolio).put(creditor, plan, now=NOW)
    return store


def run(*bodies: object) -> Mapping[str, Any]:
    answer: dict[str, Any] = {**handler.lambda_handler(sqs_event(*bodies), Context())}
    return answer


@pytest.mark.usefixtures("plans")
def test_a_tick_plans_every_shard_and_bills_nothing(world: World, queue: Queue) -> None:
    assert handler.lambda_handler({"kind": "recurring"}, Context()) == {"shards": 2}
    assert queue.sent == [SHARD, {**SHARD, "shard": "01"}]
    assert not world.portfolio.owners


@pytest.mark.usefixtures("plans")
def test_a_tick_of_another_time_is_passed_on(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"kind": "recurring", "as_of": "2027-01-01T00:00:00Z"}
    handler.lambda_handler(asked, Context())
    assert {m["as_of"] for m in queue.sent} == {"2027-01-01T00:00:00.000Z"}
    issue, settings = handler.wire()
    now_only = settings.model_copy(update={"allow_as_of": False})
    monkeypatch.setattr(handler, "wire", lambda: (issue, now_only))
    queue.sent.clear()
    handler.lambda_handler(asked, Context())
    assert all("as_of" not in m for m in queue.sent)


@pytest.mark.usefixtures("plans")
def test_a_shard_s_message_bills_what_is_due_once(
    world: World, printed: Callable[[], Printed]
) -> None:
    assert failures(run(SHARD, SHARD)) == []
    assert [i for _, i in world.portfolio.owners] == ["contrato-7-202611"]
    output = printed()
    assert output.metrics["plan_invoices_issued"] == 1
    assert output.metrics["plans_failed"] == 0
    output.assert_no_personal_data("14990")


@pytest.mark.usefixtures("plans")
def test_a_message_of_another_time_bills_what_is_due_then(world: World) -> None:
    run({**SHARD, "as_of": "2027-01-05T12:00:00Z"})
    assert len(world.portfolio.owners) == 3


def test_a_broken_plan_fails_visibly_and_stops_no_other(
    world: World, plans: MemoryPlans, printed: Callable[[], Printed]
) -> None:
    gone = any_plan(
        external_id=PlanId("a"),
        customer_id=CustomerId("cli-9"),
        starts_on=DUE,
        bills_from=DUE,
        day=DUE.day,
    )
    plans.save(CREDITOR, gone, look_at=ISSUED_AT)
    assert failures(run(SHARD)) == ["m0"]
    assert [i for _, i in world.portfolio.owners] == ["contrato-7-202611"]
    assert printed().metrics["plans_failed"] == 1


@pytest.mark.usefixtures("plans")
@pytest.mark.parametrize("body", ["lixo", {}, {"shard": "x"}, {**SHARD, "extra": 1}])
def test_what_is_no_message_goes_back_and_stops_no_other(world: World, body: object) -> None:
    assert failures(run(body, SHARD)) == ["m0"]
    assert len(world.portfolio.owners) == 1
