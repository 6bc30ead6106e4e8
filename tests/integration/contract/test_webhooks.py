"""Endpoints and deliveries: memory and DynamoDB promise the same; then what only a table can do."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from regua.adapters.dynamodb_deliveries import DynamoDeliveries
from regua.adapters.dynamodb_endpoints import DynamoEndpoints
from regua.adapters.memory_webhooks import (
    MemoryDeliveries,
    MemoryEndpointQueue,
    MemoryEndpoints,
)
from regua.adapters.webhook_queue import SqsEndpointQueue
from regua.application.webhook_messages import EndpointDue
from regua.application.webhook_ports import (
    LEASE_SECONDS,
    WAKE_SHARDS,
    Deliveries,
    EndpointKey,
    EndpointQueue,
    Endpoints,
    wake_shard,
)
from regua.domain.errors import VersionConflict
from regua.domain.ids import CreditorId
from regua.domain.webhook_delivery import (
    KEPT,
    Answer,
    Circuit,
    Delivery,
    DeliveryStatus,
    Result,
)
from regua.domain.webhook_endpoint import Endpoint, Secret
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = datetime(2026, 11, 26, 12, 0, 0, 123_000, tzinfo=UTC)
AURORA, BOREAL = CreditorId("aurora"), CreditorId("boreal")
KEY = EndpointKey(AURORA, "we_" + "a" * 32)
SECOND = timedelta(seconds=1)
SERVER_ERROR = Answer(Result.STATUS, 500, 31, 60)


def endpoint(number: int = 1, creditor_id: CreditorId = AURORA) -> Endpoint:
    return Endpoint(
        creditor_id=creditor_id,
        id=f"we_{number:032x}",
        url="https://erp.aurora.example.com.br/regua",
        events=("InvoicePaid", "MessageSent"),
        description="ERP da Aurora",
        created_at=NOW - number * SECOND,
        secrets=(Secret("whsec_bm92bw=="), Secret("whsec_dmVsaG8=", NOW + timedelta(hours=24))),
        version=1,
    )


def delivery(number: int, at: datetime = NOW) -> Delivery:
    return Delivery.new(f"evt_{number:032x}", "InvoicePaid", number, at, at)


@dataclass(frozen=True)
class Kept:
    """Both stores of one kind."""

    endpoints: Endpoints
    deliveries: Deliveries


@pytest.fixture(params=["memory", "dynamodb"])
def kept(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> Kept:
    if request.param == "memory":
        return Kept(MemoryEndpoints(), MemoryDeliveries())
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return Kept(DynamoEndpoints(dynamodb, "exchange"), DynamoDeliveries(dynamodb, "exchange"))


@pytest.fixture
def endpoints(kept: Kept) -> Endpoints:
    return kept.endpoints


@pytest.fixture
def deliveries(kept: Kept) -> Deliveries:
    return kept.deliveries


@pytest.fixture
def table(aws: None, dynamodb: "DynamoDBClient") -> "DynamoDBClient":  # noqa: ARG001 - moto first
    create_tables(dynamodb)
    return dynamodb


# Endpoints ---------------------------------------------------------------------------------------


def key_of(each: Endpoint) -> EndpointKey:
    return EndpointKey(each.creditor_id, each.id)


def test_an_endpoint_is_found_as_it_was_written(endpoints: Endpoints) -> None:
    for each in (endpoint(1), replace(endpoint(2), description="", disabled="gone")):
        endpoints.put(each)
        assert endpoints.find(key_of(each)) == each


def test_a_creditors_endpoints_come_oldest_first(endpoints: Endpoints) -> None:
    for number in (1, 3, 2):
        endpoints.put(endpoint(number))
    endpoints.put(endpoint(9, BOREAL))
    assert list(endpoints.of(AURORA)) == [endpoint(3), endpoint(2), endpoint(1)]


def test_another_creditors_endpoint_is_none(endpoints: Endpoints) -> None:
    endpoints.put(endpoint(1))
    theirs = EndpointKey(BOREAL, endpoint(1).id)
    assert endpoints.find(theirs) is None
    assert not endpoints.delete(theirs)


def test_only_the_next_version_is_written(endpoints: Endpoints) -> None:
    first = endpoint()
    endpoints.put(first)
    changed = replace(first, url="https://novo.example.com.br/", version=2)
    endpoints.put(changed)
    for stale in (first, changed, replace(changed, version=4)):
        with pytest.raises(VersionConflict):
            endpoints.put(stale)
    assert endpoints.find(key_of(first)) == changed


def test_a_deleted_endpoint_is_gone_and_is_not_written_again(endpoints: Endpoints) -> None:
    endpoints.put(endpoint())
    assert endpoints.delete(key_of(endpoint()))
    assert not endpoints.delete(key_of(endpoint()))
    with pytest.raises(VersionConflict):
        endpoints.put(replace(endpoint(), version=2))


# Deliveries --------------------------------------------------------------------------------------


def test_what_was_added_is_due_in_order_and_found(deliveries: Deliveries) -> None:
    deliveries.add(KEY, [delivery(n) for n in (3, 1, 2)])
    deliveries.add(KEY, [delivery(4, NOW + 5 * SECOND)])
    assert [d.seq for d in deliveries.due(KEY, NOW, 10)] == [1, 2, 3]
    assert [d.seq for d in deliveries.due(KEY, NOW + 5 * SECOND, 3)] == [1, 2, 3]
    assert deliveries.next_due(KEY) == NOW
    assert deliveries.find(KEY, delivery(1).id) == replace(delivery(1), version=1)
    assert deliveries.find(EndpointKey(BOREAL, KEY.endpoint_id), delivery(1).id) is None


def test_nothing_is_due_before_its_time_and_nowhere_else(deliveries: Deliveries) -> None:
    deliveries.add(KEY, [delivery(1)])
    assert list(deliveries.due(KEY, NOW - timedelta(milliseconds=1), 10)) == []
    other = EndpointKey(AURORA, "we_" + "b" * 32)
    assert list(deliveries.due(other, NOW, 10)) == []
    assert deliveries.next_due(other) is None


def test_many_are_added_at_once(deliveries: Deliveries) -> None:
    deliveries.add(KEY, [delivery(n) for n in range(1, 101)])
    assert len(deliveries.due(KEY, NOW, 1_000)) == 100


def test_what_exists_stays_as_it_is_when_it_is_added_again(deliveries: Deliveries) -> None:
    deliveries.add(KEY, [delivery(1), delivery(2)])
    first = deliveries.find(KEY, delivery(1).id)
    assert first is not None
    done = first.begun(NOW).ended(Answer(Result.DELIVERED, 200, 4), NOW)
    written = deliveries.save(KEY, first, done)
    deliveries.add(KEY, [delivery(1), delivery(2), delivery(3)])
    assert deliveries.find(KEY, first.id) == written
    assert [d.seq for d in deliveries.due(KEY, NOW, 10)] == [2, 3]


def test_a_change_is_kept_whole_and_moves_when_it_is_due(deliveries: Deliveries) -> None:
    deliveries.add(KEY, [delivery(1)])
    (first,) = deliveries.due(KEY, NOW, 1)
    begun = deliveries.save(KEY, first, first.begun(NOW))
    assert [d.tries for d in deliveries.due(KEY, NOW, 9)] == [1]
    failed = begun.ended(SERVER_ERROR, NOW)
    later = NOW + 61 * SECOND
    saved = deliveries.save(KEY, begun, replace(failed, due=later))
    assert deliveries.find(KEY, first.id) == saved
    assert list(deliveries.due(KEY, NOW, 9)) == []
    assert deliveries.next_due(KEY) == later
    assert list(deliveries.due(KEY, later, 9)) == [saved]


def test_a_change_of_what_is_no_more_is_refused(deliveries: Deliveries) -> None:
    deliveries.add(KEY, [delivery(1)])
    (first,) = deliveries.due(KEY, NOW, 1)
    deliveries.save(KEY, first, first.again(NOW + SECOND))
    for after in (first.begun(NOW), first.given_up("expired")):
        with pytest.raises(VersionConflict):
            deliveries.save(KEY, first, after)
    with pytest.raises(VersionConflict):
        deliveries.save(KEY, replace(delivery(7), version=1), delivery(7).begun(NOW))
    assert deliveries.next_due(KEY) == NOW + SECOND


def test_what_is_done_is_due_no_more_until_it_is_asked_for_again(deliveries: Deliveries) -> None:
    deliveries.add(KEY, [delivery(1)])
    (first,) = deliveries.due(KEY, NOW, 1)
    dead = deliveries.save(KEY, first, first.given_up("expired"))
    assert deliveries.next_due(KEY) is None
    deliveries.save(KEY, dead, dead.again(NOW + SECOND))
    assert deliveries.next_due(KEY) == NOW + SECOND


def test_some_are_found_by_their_ids(deliveries: Deliveries) -> None:
    deliveries.add(KEY, [delivery(1), delivery(2)])
    found = deliveries.find_all(KEY, [delivery(n).id for n in (2, 9)])
    assert found == {delivery(2).id: replace(delivery(2), version=1)}
    assert deliveries.find_all(KEY, []) == {}


def test_pages_come_newest_first_and_end(deliveries: Deliveries) -> None:
    deliveries.add(KEY, [delivery(n, NOW + n * SECOND) for n in range(1, 8)])
    seen: list[int] = []
    cursor = None
    for _ in range(9):
        page = deliveries.page(KEY, None, cursor, 3)
        assert len(page.deliveries) <= 3
        seen += [d.seq for d in page.deliveries]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_a_page_may_be_of_one_status(deliveries: Deliveries) -> None:
    deliveries.add(KEY, [delivery(n, NOW + n * SECOND) for n in range(1, 10)])
    for each in deliveries.due(KEY, NOW + timedelta(hours=1), 10):
        if each.seq % 3 == 0:
            deliveries.save(KEY, each, each.given_up("expired"))
    first = deliveries.page(KEY, DeliveryStatus.DEAD, None, 2)
    assert [d.seq for d in first.deliveries] == [9, 6]
    rest = deliveries.page(KEY, DeliveryStatus.DEAD, first.cursor, 2)
    assert ([d.seq for d in rest.deliveries], rest.cursor) == ([3], None)


# Who is at it ------------------------------------------------------------------------------------


def awake(deliveries: Deliveries, now: datetime) -> list[EndpointKey]:
    return [k for shard in range(WAKE_SHARDS) for k in deliveries.to_look_at(shard, now)]


def test_a_lease_is_one_visitors_until_it_is_given_back(deliveries: Deliveries) -> None:
    lease = deliveries.lease(KEY, "um", NOW)
    assert lease is not None
    assert (lease.circuit, lease.calls) == (Circuit(), 0)
    assert deliveries.lease(KEY, "dois", NOW + SECOND) is None
    assert deliveries.release(lease, Circuit(), None, calls=0)
    assert deliveries.lease(KEY, "dois", NOW + SECOND) is not None


def test_what_a_visitor_learns_of_an_endpoint_that_was_mended_meanwhile_counts_for_nothing(
    deliveries: Deliveries,
) -> None:
    before = deliveries.lease(KEY, "um", NOW)
    assert before is not None
    deliveries.mend(KEY)
    deliveries.call(KEY, NOW)
    assert deliveries.release(before, Circuit(9, NOW + 900 * SECOND), None, calls=0)
    assert deliveries.circuit(KEY) == Circuit()
    assert KEY in deliveries.to_look_at(wake_shard(KEY), NOW), "the call stands"
    after = deliveries.lease(KEY, "dois", NOW + SECOND)
    assert after is not None
    assert after.circuit == Circuit()


def test_a_lease_that_nobody_gives_back_runs_out_and_its_endpoint_is_looked_at(
    deliveries: Deliveries,
) -> None:
    dead = deliveries.lease(KEY, "morto", NOW)
    assert dead is not None
    after = NOW + LEASE_SECONDS * SECOND
    assert awake(deliveries, after - SECOND) == []
    assert awake(deliveries, after) == [KEY]
    assert deliveries.lease(KEY, "vivo", after) is not None
    assert deliveries.release(dead, Circuit(9), None, calls=0)
    assert deliveries.lease(KEY, "outro", after) is None
    assert deliveries.circuit(KEY) == Circuit()


def test_how_an_endpoint_behaved_is_known_to_the_next_visitor(deliveries: Deliveries) -> None:
    behaved = Circuit(7, NOW + timedelta(minutes=5))
    lease = deliveries.lease(KEY, "um", NOW)
    assert lease is not None
    deliveries.release(lease, behaved, None, calls=0)
    assert deliveries.circuit(KEY) == behaved
    again = deliveries.lease(KEY, "dois", NOW)
    assert again is not None
    assert again.circuit == behaved
    deliveries.release(again, Circuit(), None, calls=0)
    assert deliveries.circuit(KEY) == Circuit()


def test_mending_forgets_it(deliveries: Deliveries) -> None:
    lease = deliveries.lease(KEY, "um", NOW)
    assert lease is not None
    deliveries.release(lease, Circuit(7, NOW), None, calls=0)
    deliveries.mend(KEY)
    assert deliveries.circuit(KEY) == Circuit()


def test_a_call_stands_until_somebody_has_seen_to_it(deliveries: Deliveries) -> None:
    deliveries.call(KEY, NOW)
    assert awake(deliveries, NOW - SECOND) == []
    assert awake(deliveries, NOW) == [KEY]
    lease = deliveries.lease(KEY, "um", NOW)
    assert lease is not None
    assert lease.calls == deliveries.calls(KEY) == 1
    assert awake(deliveries, NOW) == []
    assert deliveries.release(lease, Circuit(), NOW + 9 * SECOND, calls=1)
    assert awake(deliveries, NOW + 8 * SECOND) == []
    assert awake(deliveries, NOW + 9 * SECOND) == [KEY]


def test_a_call_during_a_visit_is_not_lost_when_the_visit_ends(deliveries: Deliveries) -> None:
    lease = deliveries.lease(KEY, "um", NOW)
    assert lease is not None
    deliveries.call(KEY, NOW + SECOND)
    assert not deliveries.release(lease, Circuit(2), None, calls=lease.calls)
    assert awake(deliveries, NOW + SECOND) == [KEY]
    assert deliveries.circuit(KEY) == Circuit(2)
    assert deliveries.lease(KEY, "dois", NOW + SECOND) is not None


def test_nobody_is_looked_at_who_has_nothing_to_do(deliveries: Deliveries) -> None:
    deliveries.call(KEY, NOW)
    lease = deliveries.lease(KEY, "um", NOW)
    assert lease is not None
    deliveries.release(lease, Circuit(), None, calls=1)
    assert awake(deliveries, NOW + timedelta(days=9)) == []


def test_every_endpoint_is_in_one_part(deliveries: Deliveries) -> None:
    keys = [EndpointKey(AURORA, f"we_{n:032x}") for n in range(40)]
    for key in keys:
        deliveries.call(key, NOW)
    found = awake(deliveries, NOW)
    assert sorted(found) == sorted(keys)
    assert len({wake_shard(key) for key in keys}) > 8


# The queue ---------------------------------------------------------------------------------------


@pytest.fixture(params=["memory", "sqs"])
def queue(request: pytest.FixtureRequest) -> tuple[EndpointQueue, Any]:
    """Return a queue, and what reads everything in it."""
    if request.param == "memory":
        memory = MemoryEndpointQueue()
        return memory, lambda: [key for key, _ in memory.sent]
    request.getfixturevalue("aws")
    client = boto3.client("sqs")
    url = client.create_queue(QueueName="webhooks")["QueueUrl"]

    def read() -> list[EndpointKey]:
        found: list[EndpointKey] = []
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            found += [EndpointDue.model_validate_json(m["Body"]).key for m in messages]
        return found

    return SqsEndpointQueue(client, url), read


def test_every_endpoint_is_queued(queue: tuple[EndpointQueue, Any]) -> None:
    sender, read = queue
    keys = [EndpointKey(AURORA, f"we_{n:032x}") for n in range(23)]
    sender.send(keys)
    sender.send([])
    assert sorted(read()) == keys


# The table ---------------------------------------------------------------------------------------


def items(table: "DynamoDBClient") -> list[Mapping[str, Any]]:
    return list(table.scan(TableName="exchange")["Items"])


def test_the_table_forgets_deliveries_pointers_and_what_is_idle(table: "DynamoDBClient") -> None:
    deliveries = DynamoDeliveries(table, "exchange")
    deliveries.add(KEY, [delivery(1)])
    deliveries.call(KEY, NOW)
    by_kind = {item["sk"]["S"].partition("#")[0]: int(item["ttl"]["N"]) for item in items(table)}
    month = int((NOW + KEPT).timestamp())
    assert by_kind["L"] == by_kind["Q"] == month
    assert by_kind["STATE"] > month


def test_a_pointer_to_what_was_forgotten_goes_away(table: "DynamoDBClient") -> None:
    deliveries = DynamoDeliveries(table, "exchange")
    deliveries.add(KEY, [delivery(1), delivery(2)])
    pk = {"S": f"D#aurora#{KEY.endpoint_id}"}
    table.delete_item(TableName="exchange", Key={"pk": pk, "sk": {"S": f"L#{delivery(1).id}"}})
    assert [d.seq for d in deliveries.due(KEY, NOW, 10)] == [2]
    assert [i["sk"]["S"][:2] for i in items(table)].count("Q#") == 1


def test_a_filtered_page_goes_on_where_it_stopped_looking(
    table: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regua.adapters.dynamodb_deliveries._FILTERED_AT_ONCE", 3)
    monkeypatch.setattr("regua.adapters.dynamodb_deliveries._FILTERED_PAGES", 2)
    deliveries = DynamoDeliveries(table, "exchange")
    deliveries.add(KEY, [delivery(n, NOW + n * SECOND) for n in range(1, 21)])
    (oldest,) = deliveries.due(KEY, NOW + SECOND, 1)
    deliveries.save(KEY, oldest, oldest.given_up("expired"))
    found: list[int] = []
    cursor, looks = None, 0
    while looks == 0 or cursor is not None:
        page = deliveries.page(KEY, DeliveryStatus.DEAD, cursor, 5)
        found += [d.seq for d in page.deliveries]
        cursor, looks = page.cursor, looks + 1
    assert found == [1]
    assert looks == 4


def test_what_the_index_projects_is_enough_to_look(table: "DynamoDBClient") -> None:
    deliveries = DynamoDeliveries(table, "exchange")
    deliveries.call(KEY, NOW)
    assert list(deliveries.to_look_at(wake_shard(KEY), NOW)) == [KEY]
