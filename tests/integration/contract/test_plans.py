"""Plans are kept by version, listed by id, and found when their time comes: by nobody else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from regua.adapters.dynamodb_plans import DynamoPlans
from regua.adapters.memory_plans import MemoryPlans
from regua.application.plan_ports import Billed, PlanStore
from regua.domain.errors import VersionConflict
from regua.domain.ids import CreditorId, CustomerId, shard_of
from regua.domain.money import Money
from regua.domain.plans import Plan, PlanId, PlanStatus
from tests.builders import CREDITOR, ISSUED_AT
from tests.integration.contract.conftest import SHARDS
from tests.integration.contract.tables import create_tables
from tests.unit.domain.test_plans import any_plan

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BOREAL = CreditorId("boreal")
P1 = PlanId("contrato-7")
SHARD = shard_of(CREDITOR, any_plan().customer_id, SHARDS)


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> PlanStore:
    if request.param == "memory":
        return MemoryPlans(SHARDS)
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return DynamoPlans(dynamodb, "exchange", SHARDS)


def named(plan_id: str, **changes: object) -> Plan:
    return any_plan(external_id=PlanId(plan_id), **changes)


def waiting(store: PlanStore, shard: str = SHARD, days: int = 0) -> list[str]:
    page = store.waiting(shard, ISSUED_AT + timedelta(days=days), None, 50)
    assert page.cursor is None
    return [w.plan_id for w in page.waiting]


@pytest.mark.parametrize(
    "plan",
    [
        any_plan(),
        any_plan(
            ends_on=date(2028, 1, 1),
            instalments=12,
            description="Aluguel da sala 3 – março",
            number_prefix="AL-",
            issue_days_before=0,
            ruler="b2b",
            automatic=True,
            retries=True,
            status=PlanStatus.PAUSED,
            dealt_with="202703",
        ),
    ],
)
def test_a_plan_is_read_back_as_it_was_written(store: PlanStore, plan: Plan) -> None:
    store.save(CREDITOR, plan, look_at=None)
    assert store.find(CREDITOR, P1) == replace(plan, version=1)
    assert store.find(BOREAL, P1) is None
    assert store.find(CREDITOR, PlanId("contrato")) is None


def test_only_who_read_the_last_version_writes_the_next(store: PlanStore) -> None:
    store.save(CREDITOR, any_plan(), look_at=None)
    known = store.find(CREDITOR, P1)
    assert known is not None
    store.save(CREDITOR, known.paused(), look_at=None)
    for stale in (known.ended(), any_plan()):
        with pytest.raises(VersionConflict):
            store.save(CREDITOR, stale, look_at=None)
    found = store.find(CREDITOR, P1)
    assert found is not None
    assert (found.status, found.version) == (PlanStatus.PAUSED, 2)


def test_a_month_is_written_with_its_plan_or_not_at_all(store: PlanStore) -> None:
    month = Billed("202702", date(2027, 2, 10), Money(14990), ISSUED_AT)
    store.save(CREDITOR, any_plan(), look_at=None, billed=month)
    other = replace(month, period="202703")
    with pytest.raises(VersionConflict):
        store.save(CREDITOR, any_plan(), look_at=None, billed=other)
    assert list(store.billed(CREDITOR, P1, None, 10).billed) == [month]
    assert list(store.billed(BOREAL, P1, None, 10).billed) == []


def walked(page_after: Callable[[str | None], tuple[list[str], str | None]]) -> list[str]:
    found: list[str] = []
    after: str | None = None
    for _ in range(20):
        page, after = page_after(after)
        found += page
        if after is None:
            return found
    raise AssertionError("the walk has no end")


@pytest.mark.parametrize("limit", [1, 2, 5, 50])
def test_lists_are_walked_to_their_end_each_entry_once(store: PlanStore, limit: int) -> None:
    for n in (3, 1, 5, 2, 4):
        store.save(CREDITOR, named(f"p{n}"), look_at=None)
    store.save(BOREAL, named("p9"), look_at=None)
    for month in ("202701", "202703", "202702"):
        plan = store.find(CREDITOR, PlanId("p1"))
        assert plan is not None
        billed = Billed(month, date(2027, 1, 10), Money(1), ISSUED_AT)
        store.save(CREDITOR, plan, look_at=None, billed=billed)

    def plans(after: str | None) -> tuple[list[str], str | None]:
        page = store.page(CREDITOR, None if after is None else PlanId(after), limit)
        return [p.external_id for p in page.plans], page.rest

    def months(after: str | None) -> tuple[list[str], str | None]:
        page = store.billed(CREDITOR, PlanId("p1"), after, limit)
        return [b.period for b in page.billed], page.rest

    assert walked(plans) == ["p1", "p2", "p3", "p4", "p5"]
    assert walked(months) == ["202703", "202702", "202701"]


def test_a_plan_is_found_once_its_time_has_come_the_longest_wait_first(store: PlanStore) -> None:
    store.save(CREDITOR, named("later"), look_at=ISSUED_AT + timedelta(days=2))
    store.save(CREDITOR, named("sooner"), look_at=ISSUED_AT + timedelta(days=1))
    store.save(CREDITOR, named("now"), look_at=ISSUED_AT)
    store.save(CREDITOR, named("never"), look_at=None)
    assert waiting(store) == ["now"]
    assert waiting(store, days=2) == ["now", "sooner", "later"]


def test_a_plan_that_was_dealt_with_waits_no_longer(store: PlanStore) -> None:
    store.save(CREDITOR, any_plan(), look_at=ISSUED_AT)
    plan = store.find(CREDITOR, P1)
    assert plan is not None
    store.save(CREDITOR, plan, look_at=None)
    assert waiting(store, days=100) == []


def test_each_shard_has_its_own_and_creditors_are_told_apart(store: PlanStore) -> None:
    customers = [CustomerId(f"c{n}") for n in range(20)]
    for customer in customers:
        for creditor in (CREDITOR, BOREAL):
            store.save(creditor, named(customer, customer_id=customer), look_at=ISSUED_AT)
    for shard in (f"{n:02d}" for n in range(SHARDS)):
        page = store.waiting(shard, ISSUED_AT, None, 50)
        assert {(w.creditor_id, w.plan_id) for w in page.waiting} == {
            (creditor, PlanId(customer))
            for customer in customers
            for creditor in (CREDITOR, BOREAL)
            if shard_of(creditor, customer, SHARDS) == shard
        }


@pytest.mark.parametrize("limit", [1, 3])
def test_a_walk_through_what_waits_goes_on_though_what_was_met_waits_no_more(
    store: PlanStore, limit: int
) -> None:
    for n in range(7):
        store.save(CREDITOR, named(f"p{n}"), look_at=ISSUED_AT + timedelta(seconds=n))

    def page_after(cursor: str | None) -> tuple[list[str], str | None]:
        page = store.waiting(SHARD, ISSUED_AT + timedelta(days=1), cursor, limit)
        for met in page.waiting:
            plan = store.find(met.creditor_id, met.plan_id)
            assert plan is not None
            store.save(met.creditor_id, plan, look_at=None)
        return [w.plan_id for w in page.waiting], page.cursor

    assert walked(page_after) == [f"p{n}" for n in range(7)]
