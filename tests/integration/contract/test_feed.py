"""The feed of events: memory and DynamoDB promise the same; then what only a table can do."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from regua.adapters.dynamodb_feed import DynamoFeed
from regua.adapters.memory_feed import MemoryFeed
from regua.application.feed_ports import MOST_EVENTS, Feed
from regua.domain.errors import VersionConflict
from regua.domain.feed import KEPT, Event
from regua.domain.ids import CreditorId
from tests.integration.contract.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = datetime(2026, 11, 26, 12, 0, 0, 123_000, tzinfo=UTC)
AURORA, BOREAL = CreditorId("aurora"), CreditorId("boreal")


def event(number: int, creditor_id: CreditorId = AURORA, kind: str = "InvoicePaid") -> Event:
    data = {"external_id": f"fat-{number}", "customer_id": "cli-1", "nota": "ação"}
    return Event(creditor_id, kind, "1", "2026-11-26T11:00:00.000Z", data)


def events(*numbers: int) -> Sequence[Event]:
    return [event(number) for number in numbers]


@pytest.fixture(params=["memory", "dynamodb"])
def feed(request: pytest.FixtureRequest, dynamodb: "DynamoDBClient") -> Feed:
    if request.param == "memory":
        return MemoryFeed()
    request.getfixturevalue("aws")
    create_tables(dynamodb)
    return DynamoFeed(dynamodb, "exchange")


@pytest.fixture
def table(aws: None, dynamodb: "DynamoDBClient") -> "DynamoDBClient":  # noqa: ARG001 - moto first
    create_tables(dynamodb)
    return dynamodb


def numbers(feed: Feed, after: int = 0, limit: int = 100, now: datetime = NOW) -> list[int]:
    return [each.seq for each in feed.read(AURORA, after, limit, now).events]


def test_an_empty_feed_has_nothing(feed: Feed) -> None:
    part = feed.read(AURORA, 0, 10, NOW)
    assert (list(part.events), part.has_more, feed.last(AURORA)) == ([], False, 0)
    assert feed.find(AURORA, 1, NOW) is None
    assert list(feed.consumers(AURORA)) == []


def test_events_are_numbered_from_one_in_the_order_given(feed: Feed) -> None:
    first = feed.append(AURORA, events(1, 2, 3), NOW)
    second = feed.append(AURORA, events(4), NOW + timedelta(seconds=1))
    assert [e.seq for e in (*first, *second)] == [1, 2, 3, 4]
    read = feed.read(AURORA, 0, 10, NOW).events
    assert list(read) == [*first, *second]
    assert feed.last(AURORA) == 4
    assert feed.find(AURORA, 3, NOW) == first[2]


def test_the_same_event_again_is_returned_as_it_was_fed(feed: Feed) -> None:
    first = feed.append(AURORA, events(1, 2), NOW)
    later = NOW + timedelta(minutes=3)
    again = feed.append(AURORA, events(2, 3, 1), later)
    assert [e.seq for e in again] == [2, 3, 1]
    assert again[0] == first[1]
    assert again[2] == first[0]
    assert numbers(feed) == [1, 2, 3]


def test_as_many_as_fit_go_in_at_once(feed: Feed) -> None:
    feed.append(AURORA, events(*range(MOST_EVENTS)), NOW)
    assert numbers(feed) == list(range(1, MOST_EVENTS + 1))


def test_a_part_says_whether_there_is_more(feed: Feed) -> None:
    feed.append(AURORA, events(1, 2, 3, 4, 5), NOW)
    first = feed.read(AURORA, 0, 2, NOW)
    assert ([e.seq for e in first.events], first.has_more) == ([1, 2], True)
    last = feed.read(AURORA, 3, 2, NOW)
    assert ([e.seq for e in last.events], last.has_more) == ([4, 5], False)


def test_each_creditor_has_a_feed_of_its_own(feed: Feed) -> None:
    feed.append(AURORA, events(1, 2), NOW)
    (theirs,) = feed.append(BOREAL, [event(1, BOREAL)], NOW)
    assert theirs.seq == 1
    assert [e.event.creditor_id for e in feed.read(BOREAL, 0, 9, NOW).events] == [BOREAL]
    assert feed.last(AURORA) == 2


def test_what_is_kept_no_more_is_not_read(feed: Feed) -> None:
    feed.append(AURORA, events(*range(1, 8)), NOW)
    feed.append(AURORA, events(8, 9), NOW + timedelta(days=1))
    assert numbers(feed, now=NOW + KEPT) == [8, 9]
    assert numbers(feed, after=3, limit=1, now=NOW + KEPT) == [8]
    assert feed.find(AURORA, 7, NOW + KEPT) is None
    assert numbers(feed, now=NOW + KEPT + timedelta(days=1)) == []
    assert feed.last(AURORA) == 9


def test_a_consumer_moves_on_and_back_only_when_it_is_meant(feed: Feed) -> None:
    feed.append(AURORA, events(1, 2, 3), NOW)
    assert feed.find_consumer(AURORA, "erp") is None
    assert feed.acknowledge(AURORA, "erp", 2, NOW, rewind=False).seq == 2
    later = NOW + timedelta(minutes=1)
    assert feed.acknowledge(AURORA, "erp", 1, later, rewind=False).seq == 2
    assert feed.acknowledge(AURORA, "erp", 2, later, rewind=False).acked_at == NOW
    assert feed.acknowledge(AURORA, "erp", 3, later, rewind=False).acked_at == later
    assert feed.acknowledge(AURORA, "erp", 1, later, rewind=True).seq == 1
    feed.acknowledge(AURORA, "bi", 3, NOW, rewind=False)
    assert [(c.name, c.seq) for c in feed.consumers(AURORA)] == [("bi", 3), ("erp", 1)]
    assert list(feed.consumers(BOREAL)) == []


def test_a_consumer_is_forgotten_once(feed: Feed) -> None:
    feed.acknowledge(AURORA, "erp", 0, NOW, rewind=False)
    assert feed.forget_consumer(AURORA, "erp")
    assert not feed.forget_consumer(AURORA, "erp")
    assert feed.find_consumer(AURORA, "erp") is None


# The table ---------------------------------------------------------------------------------------


def test_two_writers_lose_and_repeat_no_number(table: "DynamoDBClient") -> None:
    """Each knows a head that the other has moved on: it looks again and goes on from there."""
    one, other = DynamoFeed(table, "exchange"), DynamoFeed(table, "exchange")
    for number in range(0, 20, 4):
        one.append(AURORA, events(number, number + 1), NOW)
        other.append(AURORA, events(number + 1, number + 2, number + 3), NOW)
    read = DynamoFeed(table, "exchange").read(AURORA, 0, 100, NOW).events
    assert [e.seq for e in read] == list(range(1, 21))
    assert {e.event.id for e in read} == {e.id for e in events(*range(20))}


def test_one_transaction_and_nothing_else_while_nobody_disturbs(
    table: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = DynamoFeed(table, "exchange")
    feed.append(AURORA, events(1), NOW)
    made: list[str] = []
    call = table._make_api_call  # type: ignore[attr-defined]  # botocore's own

    def counted(name: str, given: dict[str, Any]) -> Any:  # noqa: ANN401 - any answer
        made.append(name)
        return call(name, given)

    monkeypatch.setattr(table, "_make_api_call", counted)
    feed.append(AURORA, events(*range(2, 40)), NOW)
    assert made == ["TransactWriteItems"]


def test_a_writer_that_loses_every_race_says_so(
    table: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = DynamoFeed(table, "exchange")
    rival = DynamoFeed(table, "exchange")
    look, count = feed.last, iter(range(100, 200))

    def last(creditor_id: CreditorId) -> int:
        seen = look(creditor_id)
        rival.append(creditor_id, events(next(count)), NOW)
        return seen

    monkeypatch.setattr(feed, "last", last)
    with pytest.raises(VersionConflict):
        feed.append(AURORA, events(1), NOW)
    assert feed.find(AURORA, 1, NOW) is not None


def test_what_a_query_sees_of_half_a_transaction_is_cut_at_the_gap(
    table: "DynamoDBClient",
) -> None:
    feed = DynamoFeed(table, "exchange")
    feed.append(AURORA, events(1, 2, 3, 4), NOW)
    hidden = {"pk": {"S": "F#aurora"}, "sk": {"S": "E#000000000000003"}}
    table.delete_item(TableName="exchange", Key=hidden)
    part = feed.read(AURORA, 0, 10, NOW)
    assert ([e.seq for e in part.events], part.has_more) == ([1, 2], True)


def test_the_oldest_event_is_found_among_many_that_expired(table: "DynamoDBClient") -> None:
    """The table forgets what has expired only days later."""
    feed = DynamoFeed(table, "exchange")
    for start in range(0, 120, 40):
        feed.append(AURORA, events(*range(start, start + 40)), NOW)
    feed.append(AURORA, events(500, 501), NOW + timedelta(hours=1))
    part = feed.read(AURORA, 0, 5, NOW + KEPT)
    assert ([e.seq for e in part.events], part.has_more) == ([121, 122], False)


def test_the_table_may_forget_each_item_of_an_event(table: "DynamoDBClient") -> None:
    DynamoFeed(table, "exchange").append(AURORA, events(1), NOW)
    items = table.scan(TableName="exchange")["Items"]
    kept = {item["sk"]["S"] for item in items if "ttl" not in item}
    assert kept == {"HEAD"}
    expiry = NOW + KEPT
    assert {int(i["ttl"]["N"]) for i in items if "ttl" in i} == {int(expiry.timestamp()) + 1}
