"""Chains of facts: whole, in order, each fact once, whoever writes at the same time."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from regua.adapters import dynamodb_keys as keys
from regua.adapters.dynamodb_chain import DynamoChain
from regua.adapters.dynamodb_ledger import DynamoLedger
from regua.application.ports import AccountKey, DispatchLedger
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import Dispatch, DispatchState, Ending
from regua.domain.evidence import broken_at
from regua.domain.exact import Exact, Kept
from regua.domain.ids import DispatchId
from regua.domain.reasons import Reason
from tests.integration.contract.facts import LATER, NOW, any_dispatch, any_event

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = Kept(Exact.of(b"mensagem", "message/rfc822"), "c" * 64, "raw/00/x#0+1@" + "0" * 16)


def known(ledger: DispatchLedger, n: int = 1) -> Dispatch:
    """Return a dispatch that is claimed."""
    dispatch = any_dispatch(n)
    ledger.claim(dispatch, [], NOW)
    return dispatch


def composed(dispatch: Dispatch) -> MessageEvent:
    return any_event(dispatch, EventKind.COMPOSED, event_id="c1", kept=KEPT)


def accepted(dispatch: Dispatch) -> MessageEvent:
    return any_event(dispatch, EventKind.ACCEPTED, event_id="ses-1")


def is_whole(ledger: DispatchLedger, dispatch: Dispatch) -> bool:
    links = ledger.chain(dispatch.dispatch_id)
    entries = [(link.entry.document(), link.recorded_hash) for link in links]
    return broken_at(dispatch.creditor_id, dispatch.dispatch_id, entries) is None


def kinds(ledger: DispatchLedger, dispatch: Dispatch) -> Sequence[str]:
    return [link.entry.kind.value for link in ledger.chain(dispatch.dispatch_id)]


def test_a_message_without_facts_has_an_empty_chain(ledger: DispatchLedger) -> None:
    assert ledger.chain(known(ledger).dispatch_id) == []


def test_facts_become_a_chain_in_the_order_of_their_arrival(ledger: DispatchLedger) -> None:
    dispatch = known(ledger)
    ledger.append([any_event(dispatch, at=LATER), any_event(dispatch, EventKind.SENT)])
    ledger.append([any_event(dispatch, EventKind.OPENED, event_id="o")])
    assert kinds(ledger, dispatch) == ["delivered", "sent", "opened"]
    assert is_whole(ledger, dispatch)


def test_a_send_and_its_facts_are_one_write(ledger: DispatchLedger) -> None:
    dispatch = known(ledger)
    facts = [composed(dispatch), accepted(dispatch)]
    ledger.mark_sent(dispatch, provider_message_id="ses-1", at=NOW, facts=facts)
    assert kinds(ledger, dispatch) == ["composed", "accepted"]
    assert is_whole(ledger, dispatch)
    first = ledger.chain(dispatch.dispatch_id)[0]
    assert (first.entry.raw, first.entry.private, first.ref) == (KEPT.raw, KEPT.private, KEPT.ref)


def test_a_send_recorded_twice_is_in_the_chain_once(ledger: DispatchLedger) -> None:
    dispatch = known(ledger)
    for _ in range(2):
        ledger.mark_sent(dispatch, provider_message_id="ses-1", at=NOW, facts=[accepted(dispatch)])
    assert kinds(ledger, dispatch) == ["accepted"]
    assert is_whole(ledger, dispatch)


def test_a_receipt_faster_than_our_own_record_comes_first(ledger: DispatchLedger) -> None:
    dispatch = known(ledger)
    ledger.append([any_event(dispatch, EventKind.SENT)])
    ledger.mark_sent(dispatch, provider_message_id="ses-1", at=NOW, facts=[accepted(dispatch)])
    assert kinds(ledger, dispatch) == ["sent", "accepted"]
    assert is_whole(ledger, dispatch)


def test_a_failure_that_stands_does_not_keep_the_facts_of_the_send_out(
    ledger: DispatchLedger,
) -> None:
    dispatch = known(ledger)
    ledger.end_claimed(dispatch.dispatch_id, Ending(DispatchState.FAILED, Reason.HARD_BOUNCE))
    ledger.mark_sent(dispatch, provider_message_id="ses-1", at=NOW, facts=[accepted(dispatch)])
    found = ledger.find(dispatch.dispatch_id)
    assert found is not None
    assert (found[0].state, found[0].sent_at) == (DispatchState.FAILED, NOW)
    assert kinds(ledger, dispatch) == ["accepted"]


@pytest.mark.parametrize("together", [True, False])
def test_a_fact_told_again_is_in_the_chain_once(ledger: DispatchLedger, *, together: bool) -> None:
    dispatch = known(ledger)
    event = any_event(dispatch)
    again = replace(event, facts={"smtp_response": "another"})
    for batch in [[event, again]] if together else [[event], [again]]:
        ledger.append(batch)
    (link,) = ledger.chain(dispatch.dispatch_id)
    assert link.entry.facts == event.facts, "what was told first stands"


def test_new_facts_come_in_although_others_of_the_batch_are_known(ledger: DispatchLedger) -> None:
    dispatch, other = known(ledger), known(ledger, 2)
    ledger.append([any_event(dispatch)])
    opened = any_event(dispatch, EventKind.OPENED, event_id="o")
    ledger.append([any_event(dispatch), opened, any_event(other)])
    assert kinds(ledger, dispatch) == ["delivered", "opened"]
    assert kinds(ledger, other) == ["delivered"]
    assert is_whole(ledger, dispatch)


def test_facts_about_many_messages_are_added_together(ledger: DispatchLedger) -> None:
    dispatches = [known(ledger, n) for n in range(1, 61)]
    ledger.append(
        [
            event
            for dispatch in dispatches
            for event in (any_event(dispatch, EventKind.SENT), any_event(dispatch))
        ]
    )
    assert all(kinds(ledger, each) == ["sent", "delivered"] for each in dispatches)
    assert all(is_whole(ledger, each) for each in dispatches)


def test_more_facts_of_one_message_than_a_transaction_takes_are_added_all_the_same(
    ledger: DispatchLedger,
) -> None:
    dispatch, other = known(ledger), known(ledger, 2)
    hits = [any_event(dispatch, EventKind.OPENED, event_id=f"o{n:03d}") for n in range(125)]
    ledger.append([*hits, any_event(other)])
    assert [e.entry.event_id for e in ledger.chain(dispatch.dispatch_id)] == [
        e.event_id for e in hits
    ]
    assert kinds(ledger, other) == ["delivered"]
    assert is_whole(ledger, dispatch)


def test_what_is_told_about_an_unknown_dispatch_is_in_no_chain(ledger: DispatchLedger) -> None:
    stranger = any_dispatch(7)
    ledger.append([any_event(stranger)])
    assert ledger.chain(stranger.dispatch_id) == []


def test_whose_dispatches_they_are_is_told_for_known_ones(ledger: DispatchLedger) -> None:
    dispatch = known(ledger)
    asked = [dispatch.dispatch_id, DispatchId("f" * 32)]
    whose = AccountKey(dispatch.creditor_id, dispatch.customer_id)
    assert ledger.accounts_of(asked) == {dispatch.dispatch_id: whose}


def test_the_claim_remembers_what_is_about_to_be_handed_over(ledger: DispatchLedger) -> None:
    dispatch = any_dispatch()
    ledger.claim(dispatch, [], NOW, KEPT)
    _, record = ledger.claim(dispatch, [], LATER)
    assert record.content == KEPT
    newer = replace(KEPT, ref="raw/00/y#0+1@" + "0" * 16)
    assert ledger.take_over(record, LATER, newer)
    found = ledger.find(dispatch.dispatch_id)
    assert found is not None
    assert (found[0].content, found[0].content_sha256) == (newer, newer.raw and newer.raw.sha256)


# ── only on DynamoDB ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def table(aws: None, dynamodb: "DynamoDBClient") -> DynamoLedger:
    """Return the ledger on moto."""
    del aws
    from tests.integration.contract.tables import create_tables  # noqa: PLC0415 - only here

    create_tables(dynamodb)
    return DynamoLedger(dynamodb, "messages", lambda: LATER)


def markers(dynamodb: "DynamoDBClient") -> dict[str, str]:
    found: dict[str, str] = {}
    for shard in range(keys.UNSEALED_SHARDS):
        answer = dynamodb.query(
            TableName="messages",
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": keys.unsealed_shard(shard)}},
        )
        found |= {item["sk"]["S"]: item["hash"]["S"] for item in answer["Items"]}
    return found


def test_every_growth_of_a_chain_is_marked_as_not_sealed(
    table: DynamoLedger, dynamodb: "DynamoDBClient"
) -> None:
    dispatch = known(table)
    table.append([any_event(dispatch, EventKind.SENT), any_event(dispatch)])
    table.append([any_event(dispatch, EventKind.OPENED, event_id="o")])
    hashes = [link.recorded_hash for link in table.chain(dispatch.dispatch_id)]
    name = dispatch.dispatch_id
    assert markers(dynamodb) == {f"{name}#000002": hashes[1], f"{name}#000003": hashes[2]}


def test_the_head_that_was_read_may_be_old(
    table: DynamoLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody adds a fact between our look at the head and our write."""
    raced: list[bool] = []
    dispatch, real = known(table), DynamoChain._heads

    def race(chain: DynamoChain, ids: Any) -> Any:  # noqa: ANN401 - as it is
        heads = real(chain, ids)
        if not raced:
            raced.append(True)
            table.append([any_event(dispatch, EventKind.OPENED, event_id="faster")])
        return heads

    monkeypatch.setattr(DynamoChain, "_heads", race)
    table.append([any_event(dispatch, EventKind.SENT), any_event(dispatch)])
    assert kinds(table, dispatch) == ["opened", "sent", "delivered"]
    assert is_whole(table, dispatch)


class _OneCallAtATime:
    """A client whose calls never overlap, for moto's sake; those of several threads alternate."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client, self._lock = client, threading.Lock()
        self.exceptions, self.get_paginator = client.exceptions, client.get_paginator

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any operation
        operation = getattr(self._client, name)

        def call(**request: Any) -> Any:  # noqa: ANN401 - any request
            with self._lock:
                return operation(**request)

        return call


def test_many_writers_of_one_message_leave_one_whole_chain(
    table: DynamoLedger, dynamodb: "DynamoDBClient"
) -> None:
    """Each fact comes from three threads; the chain has it once."""
    shared: Any = _OneCallAtATime(dynamodb)
    table = DynamoLedger(shared, "messages", lambda: LATER)
    dispatch, other = known(table), known(table, 2)
    at = [NOW + timedelta(seconds=n) for n in range(6)]
    events = [any_event(dispatch, EventKind.OPENED, event_id=f"o{n}", at=at[n]) for n in range(6)]

    def write(mine: Sequence[MessageEvent]) -> None:
        for event in mine:
            table.append([event, any_event(other, EventKind.CLICKED, event_id=event.event_id)])

    threads = [
        threading.Thread(target=write, args=(part,))
        for part in (events, events[::-1], events[3:] + events[:3])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(e.entry.event_id for e in table.chain(dispatch.dispatch_id)) == [
        f"o{n}" for n in range(6)
    ]
    assert len(table.chain(other.dispatch_id)) == 6
    assert is_whole(table, dispatch)
    assert is_whole(table, other)
