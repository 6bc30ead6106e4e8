"""The feed over HTTP: by cursor and by name, acknowledged, and nobody else's."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.api import context, events
from regua.adapters.memory import FixedClock
from regua.adapters.memory_feed import MemoryFeed
from regua.application.feed_ports import FeedPart
from regua.application.read_events import MOST_CONSUMERS
from regua.domain.feed import KEPT, cursor_text
from regua.domain.ids import CreditorId
from tests.integration.api_client import NOW, Answer, Api, assert_problem, wired
from tests.integration.conftest import World
from tests.webhook_worlds import AURORA, BOREAL, WebhookWorld, any_event

EVENTS, ACK, CONSUMERS = "/v1/events", "/v1/events/ack", "/v1/events/consumers"


@pytest.fixture
def webhooks(world: World, monkeypatch: pytest.MonkeyPatch) -> WebhookWorld:
    parts, found = wired(world), WebhookWorld(now=NOW)
    monkeypatch.setattr(context, "wire", lambda: parts)
    monkeypatch.setattr(events, "desk", lambda: found.read)
    monkeypatch.setattr(events, "clock", FixedClock(NOW))
    found.fed(any_event(1), any_event(2, "MessageSent"), any_event(3))
    found.fed(any_event(9, creditor_id=BOREAL), creditor_id=BOREAL)
    return found


def get(**query: Any) -> Answer:  # noqa: ANN401 - any text or number
    return Api().call("GET", EVENTS, query={k: str(v) for k, v in query.items()})


def ack(cursor: str, consumer: str = "erp", **more: Any) -> Answer:  # noqa: ANN401 - any JSON
    return Api().call("POST", ACK, body={"consumer": consumer, "cursor": cursor, **more})


def seqs(answer: Answer) -> list[int]:
    assert answer.status == 200, answer.body
    return [e["seq"] for e in answer.body["events"]]


@pytest.mark.usefixtures("webhooks")
def test_events_come_in_order_with_all_that_is_published() -> None:
    answer = get()
    assert seqs(answer) == [1, 2, 3]
    assert answer.body["events"][0] == {
        "id": any_event(1).id,
        "seq": 1,
        "type": "InvoicePaid",
        "version": "1",
        "occurred_at": "2026-11-26T11:00:00.000Z",
        "data": {"external_id": "fat-1", "customer_id": "cli-1"},
        "cursor": cursor_text(AURORA, 1),
    }
    assert (answer.body["next"], answer.body["has_more"]) == (cursor_text(AURORA, 3), False)


@pytest.mark.usefixtures("webhooks")
def test_reading_goes_on_where_it_ended_and_waits_there() -> None:
    first = get(limit=2)
    assert (seqs(first), first.body["has_more"]) == ([1, 2], True)
    second = get(limit=2, after=first.body["next"])
    assert (seqs(second), second.body["has_more"]) == ([3], False)
    third = get(after=second.body["next"])
    assert (seqs(third), third.body["next"]) == ([], second.body["next"])
    assert seqs(get(after=first.body["events"][0]["cursor"])) == [2, 3]


def test_what_is_fed_later_is_read_after_an_empty_answer(webhooks: WebhookWorld) -> None:
    empty = get(after=cursor_text(AURORA, 3))
    webhooks.fed(any_event(4))
    assert seqs(get(after=empty.body["next"])) == [4]


@pytest.mark.usefixtures("webhooks")
def test_only_some_types_are_told_and_the_others_are_passed_over() -> None:
    answer = get(types="MessageSent,RulerEnded")
    assert (seqs(answer), answer.body["next"]) == ([2], cursor_text(AURORA, 3))
    one = get(types="InvoicePaid", limit=1)
    assert (seqs(one), one.body["has_more"]) == ([1], True)
    assert seqs(get(types="InvoicePaid", after=one.body["next"])) == [3]


@pytest.mark.parametrize("types", ["ContactDue", "InvoicePaid,Nada", "invoicepaid"])
@pytest.mark.usefixtures("webhooks")
def test_a_type_that_is_not_told_is_refused(types: str) -> None:
    answer = get(types=types)
    assert_problem(answer, 422)
    assert answer.errors == ["query.types"]


@pytest.mark.parametrize(
    "cursor", ["", "x", "MTIz", cursor_text(BOREAL, 1), cursor_text(AURORA, 99), "a" * 400]
)
@pytest.mark.usefixtures("webhooks")
def test_a_made_up_cursor_and_another_creditors_are_refused(cursor: str) -> None:
    answer = get(after=cursor)
    assert_problem(answer, 422)
    assert answer.errors == ["query.after"]
    refused = ack(cursor)
    assert_problem(refused, 422)
    assert refused.errors == ["body.cursor"]


@pytest.mark.usefixtures("webhooks")
def test_another_creditor_reads_its_own_feed() -> None:
    answer = Api("cliente-boreal").call("GET", EVENTS)
    assert [e["data"]["external_id"] for e in answer.body["events"]] == ["fat-9"]
    ack(cursor_text(AURORA, 2))
    assert Api("cliente-boreal").call("GET", CONSUMERS).body == {"consumers": []}


@pytest.mark.usefixtures("webhooks")
def test_a_consumer_goes_on_after_what_it_acknowledged() -> None:
    first = get(consumer="erp", limit=2)
    assert seqs(first) == seqs(get(consumer="erp", limit=2)) == [1, 2]
    acked = ack(first.body["events"][-1]["cursor"])
    assert acked.body == {
        "consumer": "erp",
        "cursor": cursor_text(AURORA, 2),
        "acknowledged_at": "2026-11-10T12:00:00.000Z",
        "lag": 1,
    }
    assert seqs(get(consumer="erp")) == [3]
    assert seqs(get(consumer="bi")) == [1, 2, 3]


@pytest.mark.usefixtures("webhooks")
def test_an_acknowledgement_that_comes_late_or_twice_changes_nothing() -> None:
    ack(cursor_text(AURORA, 3))
    assert ack(cursor_text(AURORA, 1)).body["lag"] == 0
    assert ack(cursor_text(AURORA, 3)).status == 200
    assert ack(cursor_text(AURORA, 1), rewind=True).body["lag"] == 2
    assert seqs(get(consumer="erp")) == [2, 3]


@pytest.mark.usefixtures("webhooks")
def test_consumers_are_listed_with_their_lag_and_forgotten() -> None:
    ack(cursor_text(AURORA, 3))
    ack(cursor_text(AURORA, 1), consumer="bi")
    listed = Api().call("GET", CONSUMERS).body["consumers"]
    assert [(c["consumer"], c["lag"]) for c in listed] == [("bi", 2), ("erp", 0)]
    gone = Api().call("DELETE", CONSUMERS + "/{name}", "bi")
    assert (gone.status, gone.body) == (200, {"consumer": "bi", "deleted": True})
    assert_problem(Api().call("DELETE", CONSUMERS + "/{name}", "bi"), 404)
    assert seqs(get(consumer="bi")) == [1, 2, 3]


@pytest.mark.usefixtures("webhooks")
def test_there_is_a_limit_to_consumers() -> None:
    for number in range(MOST_CONSUMERS):
        assert ack(cursor_text(AURORA, 1), consumer=f"c-{number}").status == 200
    assert_problem(ack(cursor_text(AURORA, 1), consumer="um-mais"), 409)
    assert ack(cursor_text(AURORA, 2), consumer="c-0").status == 200


@pytest.mark.usefixtures("webhooks")
@pytest.mark.parametrize("name", ["", "ERP", "a b", "#", "a" * 65])
def test_a_consumers_name_is_simple(name: str) -> None:
    assert_problem(ack(cursor_text(AURORA, 1), consumer=name), 422)


@pytest.mark.usefixtures("webhooks")
def test_a_cursor_and_a_consumer_are_not_asked_for_together() -> None:
    assert get(after=cursor_text(AURORA, 1), consumer="erp").errors == ["query.after"]


def test_an_expired_cursor_says_where_to_go_on(
    webhooks: WebhookWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    ack(cursor_text(AURORA, 1))
    webhooks.forward(days=1)
    webhooks.fed(any_event(4), any_event(5))
    monkeypatch.setattr(events, "clock", FixedClock(NOW + KEPT))
    for query in ({"after": cursor_text(AURORA, 1)}, {"consumer": "erp"}):
        answer = get(**query)
        assert_problem(answer, 410)
        assert answer.body["oldest"] == cursor_text(AURORA, 3)
    assert seqs(get(after=cursor_text(AURORA, 3))) == [4, 5]
    assert seqs(get()) == [4, 5]
    assert ack(cursor_text(AURORA, 3)).body["lag"] == 2
    assert seqs(get(consumer="erp")) == [4, 5]


def test_what_is_fed_between_two_looks_is_no_expired_cursor(webhooks: WebhookWorld) -> None:
    class Growing(MemoryFeed):
        """Something is fed just after the first look."""

        looks = 0

        def read(self, creditor_id: CreditorId, after: int, limit: int, now: datetime) -> FeedPart:
            part = MemoryFeed.read(self, creditor_id, after, limit, now)
            Growing.looks += 1
            if Growing.looks == 1:
                self.append(creditor_id, [any_event(4)], now)
            return part

    webhooks.feed = Growing(webhooks.feed.fed)
    assert seqs(get(after=cursor_text(AURORA, 3))) == [4]


def test_a_feed_of_which_nothing_is_kept_says_so_once(
    webhooks: WebhookWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(webhooks.feed.fed[AURORA]) == 3
    monkeypatch.setattr(events, "clock", FixedClock(NOW + KEPT + timedelta(days=1)))
    answer = get(after=cursor_text(AURORA, 1))
    assert_problem(answer, 410)
    assert seqs(get(after=answer.body["oldest"])) == []
    first = get()
    assert seqs(first) == []
    assert seqs(get(after=first.body["next"])) == [], "a new reader waits where the feed ends"


def test_half_of_what_is_being_fed_is_no_beginning(webhooks: WebhookWorld) -> None:
    class Torn(MemoryFeed):
        """The first look sees the second event of a transaction and not its first."""

        looks = 0

        def read(self, creditor_id: CreditorId, after: int, limit: int, now: datetime) -> FeedPart:
            Torn.looks += 1
            return MemoryFeed.read(self, creditor_id, 1 if Torn.looks == 1 else after, limit, now)

    webhooks.feed = Torn(webhooks.feed.fed)
    assert seqs(get()) == [1, 2, 3]
