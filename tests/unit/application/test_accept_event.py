"""Whatever the bus brings is accepted, kept or put aside; it never stops the next one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.memory import (
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryPublisher,
    MemoryQuarantine,
)
from regua.application.accept_event import EVENT_DATA, Accepted, AcceptEvent
from regua.application.ingest import Ingest
from tests.builders import DUE, any_creditor, nine_o_clock
from tests.integration.lambdas import recorded

NOW = nine_o_clock(DUE)
RECORDED = (
    "invoice_issued",
    "invoice_cancelled",
    "payment_received",
    "payment_reversed",
    "customer_changed",
)


def system(*, allow_future: bool = False) -> AcceptEvent:
    publisher = MemoryPublisher()
    return AcceptEvent(
        Ingest(MemoryPortfolio(MemoryLedger()), publisher),
        MemoryDirectory(any_creditor()),
        MemoryQuarantine(),
        publisher,
        allow_future=allow_future,
    )


def accept(of: AcceptEvent, event: object) -> Accepted:
    body = event if isinstance(event, str) else json.dumps(event)
    return of(body, message_id="m1", now=NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


@given(st.text(max_size=40) | json_values.map(json.dumps))
def test_any_text_is_put_aside_to_the_letter(body: str) -> None:
    of = system()
    assert accept(of, body) is Accepted.REJECTED
    assert isinstance(of.quarantine, MemoryQuarantine)
    ((raw, problems),) = of.quarantine.kept.values()
    assert raw == body
    assert problems


@given(st.sampled_from(RECORDED), st.sampled_from(["detail", "data", "envelope"]), json_values)
def test_any_value_in_any_place_is_accepted_or_put_aside(
    name: str, place: str, value: object
) -> None:
    event = recorded(name)
    if place == "detail":
        event["detail"] = value
    elif place == "data":
        event["detail"]["data"] = value
    else:
        event["detail-type"] = event["source"] = event["id"] = value
    assert accept(system(), event) is Accepted.REJECTED


@given(st.sampled_from(RECORDED), st.data())
def test_any_field_may_hold_any_nonsense(name: str, data: Any) -> None:  # noqa: ANN401
    event = recorded(name)
    fields = event["detail"]["data"]
    fields[data.draw(st.sampled_from(sorted(fields)))] = data.draw(json_values)
    assert accept(system(), event) in Accepted


def test_an_event_without_an_id_is_kept_under_the_messages() -> None:
    of = system()
    accept(of, "lixo")
    assert isinstance(of.quarantine, MemoryQuarantine)
    assert set(of.quarantine.kept) == {"m1"}


def test_a_rejection_names_the_creditor_only_when_there_is_one_to_name() -> None:
    of = system()
    accept(of, {"id": "e1", "detail": {"creditor_id": "aurora"}})
    accept(of, {"id": "e2", "detail": {"creditor_id": 7}})
    accept(of, {"id": "e3", "detail-type": "x" * 999})
    assert isinstance(of.publisher, MemoryPublisher)
    told = of.publisher.of("IngestRejected")
    assert [e.creditor_id for e in told] == ["aurora", "unknown", "unknown"]
    assert len(told[2].data["detail_type"]) == 128


def test_the_future_is_allowed_only_where_time_travels() -> None:
    event = recorded("invoice_issued")
    event["detail"]["occurred_at"] = "2027-06-01T12:00:00Z"
    assert accept(system(), event) is Accepted.REJECTED
    assert accept(system(allow_future=True), event) is Accepted.ACCEPTED


@pytest.mark.parametrize("name", RECORDED)
def test_every_promised_event_is_taken(name: str) -> None:
    event = recorded(name)
    assert event["detail-type"] in EVENT_DATA
    assert accept(system(), event) in (Accepted.ACCEPTED, Accepted.KEPT)
