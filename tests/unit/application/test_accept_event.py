"""Whatever the bus brings is accepted, kept or put aside; it never stops the next one."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
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
from regua.application.ports import OutgoingEvent
from regua.domain.rulers import Line
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


def announced(of: AcceptEvent) -> Sequence[OutgoingEvent]:
    assert isinstance(of.publisher, MemoryPublisher)
    return of.publisher.of("IngestRejected")


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
    sent_by = {"account": "000000000000", "source": "demo.erp"}
    accept(of, {"id": "e1", "detail": {"creditor_id": "aurora"}, **sent_by})
    accept(of, {"id": "e2", "detail": {"creditor_id": 7}, **sent_by})
    accept(of, {"id": "e3", "detail-type": "x" * 999})
    accept(of, {"id": "e4", "detail": {"creditor_id": "Maria da Silva"}, **sent_by})
    accept(of, {"id": "e5", "detail": {"creditor_id": "aurora"}, "source": "outro.erp"})
    told = announced(of)
    assert [e.creditor_id for e in told] == ["aurora", *["unknown"] * 4]
    assert len(told[2].data["detail_type"]) == 128


def test_a_name_that_is_no_field_stays_in_quarantine_and_off_the_bus() -> None:
    of = system()
    event = recorded("invoice_issued")
    event["detail"]["data"] |= {"Maria da Silva": 1, "52998224725": 1}
    event["detail"]["data"]["customer"] |= {"emails": ["maria"], "a.b": 1}
    event["detail"]["data"]["metadata"] = {"maria@cliente.example.com.br": 7}
    assert accept(of, event) is Accepted.REJECTED
    assert isinstance(of.quarantine, MemoryQuarantine)
    ((_, problems),) = of.quarantine.kept.values()
    assert "detail.data.Maria da Silva" in {p.path for p in problems}
    (told,) = announced(of)
    assert sorted(r["path"] for r in told.data["reasons"]) == [
        "detail.data.*",
        "detail.data.*",
        "detail.data.customer.*.*",
        "detail.data.customer.emails.0",
        "detail.data.metadata.*.*.*.*",
    ]


def test_a_flood_of_problems_is_told_in_part_and_kept_whole() -> None:
    of = system()
    event = recorded("invoice_issued")
    event["detail"]["data"] |= {f"campo-{n}-{'x' * 300}": 1 for n in range(70)}
    accept(of, event)
    assert isinstance(of.quarantine, MemoryQuarantine)
    ((_, problems),) = of.quarantine.kept.values()
    assert len(problems) == 70
    reasons = announced(of)[0].data["reasons"]
    assert len(reasons) == 51
    assert reasons[-1] == {"path": "$", "reason": "and 20 more"}
    assert max(len(r["path"]) for r in reasons) <= 200


DEEP = 100_000


@pytest.mark.parametrize(
    "body",
    [
        "[" * DEEP,
        '{"detail":' * DEEP,
        '{"detail-type":' + "[" * 800 + "]" * 800 + "}",
        '{"id":' + "[" * 800 + "]" * 800 + "}",
        '{"id":"\\ud800","detail-type":"\\udfff","detail":{"\\ud800":1}}',
        '{"detail":{"creditor_id":"\\ud800","occurred_at":"2026-11-10T12:00:00Z","data":{}}}',
        '"\ud800"',
    ],
)
def test_what_no_text_can_hold_is_put_aside_and_can_be_written_down(body: str) -> None:
    of = system()
    assert accept(of, body) is Accepted.REJECTED
    assert isinstance(of.quarantine, MemoryQuarantine)
    ((event_id, (raw, problems)),) = of.quarantine.kept.items()
    for text in (event_id, raw, *(p.path for p in problems)):
        assert text.encode()
    assert json.dumps(announced(of)[0].data, ensure_ascii=False).encode()


@pytest.mark.parametrize("path", ["due_date", "number", "metadata", "\ud800"])
def test_a_lone_surrogate_in_any_field_is_a_problem_of_that_field(path: str) -> None:
    of = system()
    event = recorded("invoice_issued")
    event["detail"]["data"][path] = {"\ud800": "x"} if path == "metadata" else "\ud800"
    assert accept(of, event) is Accepted.REJECTED


dates = st.dates() | st.sampled_from([date.min, date.max])
offsets = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
instants = st.datetimes(timezones=offsets)


@given(dates, dates, instants)
def test_an_invoice_of_any_date_is_accepted_or_put_aside(
    issued: date, due: date, at: datetime
) -> None:
    event = recorded("invoice_issued")
    event["detail"]["occurred_at"] = at.isoformat()
    event["detail"]["data"] |= {"issue_date": issued.isoformat(), "due_date": due.isoformat()}
    for of in (system(), system(allow_future=True)):
        assert accept(of, event) in Accepted


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
@example(date(1990, 1, 1))
@example(date(2100, 12, 31))
def test_every_due_date_of_our_calendar_is_accepted(due: date) -> None:
    event = recorded("invoice_issued")
    event["detail"]["data"] |= {"issue_date": "1990-01-01", "due_date": due.isoformat()}
    assert accept(system(), event) is Accepted.ACCEPTED


@given(instants, st.sampled_from(["payment_received", "payment_reversed", "customer_changed"]))
def test_a_fact_of_any_date_is_accepted_or_put_aside(at: datetime, name: str) -> None:
    event = recorded(name)
    event["detail"]["occurred_at"] = at.isoformat()
    if name == "payment_received":
        event["detail"]["data"]["paid_at"] = at.isoformat()
    of = system(allow_future=True)
    accept(of, recorded("invoice_issued"))
    assert accept(of, event) in Accepted


def test_a_payment_dated_ahead_is_refused_where_time_does_not_travel() -> None:
    event = recorded("payment_received")
    event["detail"]["data"]["paid_at"] = "2062-01-01T12:00:00Z"
    of = system()
    assert accept(of, event) is Accepted.REJECTED
    assert [r["path"] for r in announced(of)[0].data["reasons"]] == ["detail.data.paid_at"]
    assert accept(system(allow_future=True), event) is Accepted.KEPT


def test_the_future_is_allowed_only_where_time_travels() -> None:
    event = recorded("invoice_issued")
    event["detail"]["occurred_at"] = "2027-06-01T12:00:00Z"
    assert accept(system(), event) is Accepted.REJECTED
    assert accept(system(allow_future=True), event) is Accepted.ACCEPTED


@pytest.mark.parametrize(
    ("minutes_ahead", "given"), [(6, True), (6, False), (5, True), (-60, True)]
)
@pytest.mark.parametrize("name", ["customer_changed", "invoice_issued"])
def test_a_consent_dated_ahead_of_its_event_is_refused(
    name: str,
    minutes_ahead: int,
    given: bool,  # noqa: FBT001 - a table
) -> None:
    event = recorded(name)
    told = event["detail"]
    customer = told["data"] if name == "customer_changed" else told["data"]["customer"]
    at = datetime.fromisoformat(told["occurred_at"]) + timedelta(minutes=minutes_ahead)
    consent = {"channel": "whatsapp", "given": given, "at": at.isoformat(), "origin": "site"}
    customer["consents"] = [{**consent, "at": told["occurred_at"]}, consent]
    of = system()
    if minutes_ahead <= 5:
        assert accept(of, event) is Accepted.ACCEPTED
        return
    assert accept(of, event) is Accepted.REJECTED
    (reason,) = announced(of)[0].data["reasons"]
    assert reason == {"path": "consents.1.at", "reason": "is later than the event itself"}


@pytest.mark.parametrize("name", RECORDED)
def test_every_promised_event_is_taken(name: str) -> None:
    event = recorded(name)
    assert event["detail-type"] in EVENT_DATA
    assert accept(system(), event) in (Accepted.ACCEPTED, Accepted.KEPT)


# ── rulers that were written a moment ago ───────────────────────────────────────────────────────


class _Remembering(MemoryDirectory):
    """A directory that knows new rulers only once it is told to forget what it knows."""

    def forget(self) -> None:
        """Read anew: there is another ruler by now."""
        known = self.creditors[any_creditor().creditor_id]
        lines = {**known.rulers.lines, "b2b": Line(replace(known.ruler, name="b2b"))}
        rulers = replace(known.rulers, lines=lines)
        self.creditors[known.creditor_id] = replace(known, rulers=rulers)


@pytest.mark.parametrize(("name", "outcome"), [("b2b", "accepted"), ("outra", "rejected")])
def test_a_ruler_written_a_moment_ago_may_be_named_and_one_that_is_not_there_may_not(
    name: str, outcome: str
) -> None:
    of = replace(system(), directory=_Remembering(any_creditor()))
    event = recorded("invoice_issued")
    event["detail"]["data"]["ruler"] = name
    assert accept(of, event).value == f"ingest_{outcome}"
    told = [r["path"] for e in announced(of) for r in e.data["reasons"]]
    assert told == ([] if outcome == "accepted" else ["detail.data.ruler"])
