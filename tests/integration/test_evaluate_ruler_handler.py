"""From the clock's tick to the shards, and from a shard to the contacts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.evaluate_ruler import handler
from regua.adapters.memory import FixedClock
from regua.application.evaluate_ruler import EvaluateRuler
from regua.application.ports import Change, OutgoingEvent, WrittenRuler
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.errors import PublishFailed
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.invoice import Place
from regua.domain.money import Money
from regua.domain.notes import NoteKind
from regua.domain.ruler import DEFAULT_RULER
from regua.domain.rulers import Backfill, InFlight
from regua.runtime.settings import EvaluateRulerSettings
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    DUE,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)
from tests.integration.conftest import BOREAL, World
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
        charge_queue_url="https://sqs/charges",
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


# ── a ruler was written ─────────────────────────────────────────────────────────────────────────


def write_a_ruler_that_begins_earlier(world: World) -> None:
    steps: Any = DEFAULT_RULER["steps"]
    early = {"id": "aviso", "offset_days": -29, "channels": ["email"], "template": "lembrete"}
    document = {**DEFAULT_RULER, "steps": [early, *steps]}
    choice = (InFlight.MIGRATE, Backfill.DESERVED_LEVEL)
    world.rulers.put_version(CREDITOR, WrittenRuler("padrao", 1, document, NOW, *choice))


RESCHEDULE = {"creditor_id": CREDITOR, "shard": "00"}


def test_a_reschedule_message_wakes_who_sleeps_and_counts_them(
    world: World, printed: Callable[[], Printed]
) -> None:
    world.issue(any_invoice(due_date=DUE + timedelta(days=63)))
    write_a_ruler_that_begins_earlier(world)
    assert failures(handler.lambda_handler(sqs_event(RESCHEDULE), Context())) == []
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.next_evaluation_at == nine_o_clock(DUE + timedelta(days=34))
    assert world.publisher.of("ContactDue") == []
    output = printed()
    assert output.metrics["accounts_rescheduled"] == 1
    assert {log.get("creditor_id") for log in output.logs} >= {CREDITOR}
    output.assert_no_personal_data()
    handler.lambda_handler(sqs_event(RESCHEDULE), Context())
    assert printed().metrics["accounts_rescheduled"] == 0, "a second copy finds nothing to move"


def test_rescheduling_stays_within_its_creditor(world: World) -> None:
    world.issue(any_invoice(due_date=DUE + timedelta(days=63)))
    before = world.portfolio.load_account(CREDITOR, CUSTOMER)
    write_a_ruler_that_begins_earlier(world)
    message = {**RESCHEDULE, "creditor_id": BOREAL}
    assert failures(handler.lambda_handler(sqs_event(message), Context())) == []
    assert world.portfolio.load_account(CREDITOR, CUSTOMER) == before


@pytest.mark.parametrize(
    "body",
    [
        {"creditor_id": CREDITOR},
        {**RESCHEDULE, "x": 1},
        {**RESCHEDULE, "shard": "0"},
        {**RESCHEDULE, "creditor_id": "sumiu"},
    ],
)
def test_a_reschedule_message_that_cannot_be_done_fails_alone(
    world: World, body: dict[str, object]
) -> None:
    world.issue(any_invoice())
    event = sqs_event(body, {"shard": "00"}, RESCHEDULE)
    assert failures(handler.lambda_handler(event, Context())) == ["m0"]
    assert len(world.publisher.of("ContactDue")) == 1


@pytest.mark.parametrize(
    ("allow_as_of", "at"),
    [(False, NOW), (True, nine_o_clock(DUE + timedelta(days=41)))],
    indirect=["allow_as_of"],
)
def test_rescheduling_happens_at_the_time_that_is_travelled_to(world: World, at: datetime) -> None:
    """A step that is past comes up at once, which is when the function thinks it is."""
    world.issue(any_invoice(place=Place(overdue_announced=True, ruler="padrao@0")))
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    world.portfolio.commit(Change(replace(account, next_evaluation_at=None)))
    later = (DUE + timedelta(days=41)).isoformat()
    body = {**RESCHEDULE, "as_of": f"{later}T12:00:00Z"}
    assert failures(handler.lambda_handler(sqs_event(body), Context())) == []
    assert world.portfolio.load_account(CREDITOR, CUSTOMER).next_evaluation_at == at


# ── another channel, unless the first was seen ──────────────────────────────────────────────────

MONDAY = NOW + timedelta(hours=72)


def issue_on_two_channels(world: World, unless: str) -> DispatchId:
    """Have the e-mail of a step with a second channel sent; return its id."""
    step = {
        "id": "vencida-3",
        "offset_days": 3,
        "channels": ["email", "sms"],
        "template": "vencida",
        "fallback": {"after_hours": 72, "unless": unless},
    }
    world.directory.creditors[CREDITOR] = any_creditor(
        ruler={**DEFAULT_RULER, "steps": [step]}, channels={"sms": {"origin": "+5511940000001"}}
    )
    world.issue(any_invoice(), customer=any_customer(phones=("+5511987654321",)))
    handler.lambda_handler(sqs_event({"shard": "00"}), Context())
    (due,) = world.publisher.of("ContactDue")
    assert due.data["channel"] == "email"
    dispatch_id = DispatchId(due.data["dispatch_id"])
    record = world.ledger.records[dispatch_id]
    world.ledger.claim(record.dispatch, [InvoiceId("fat-1")], NOW)
    world.ledger.mark_sent(record.dispatch, provider_message_id="ses-1", at=NOW)
    return dispatch_id


@pytest.mark.parametrize(
    ("unless", "reports", "is_sent_again"),
    [
        ("delivered", [], True),
        ("delivered", [(EventKind.DELIVERED, None)], False),
        ("delivered", [(EventKind.OPENED, "person")], False),
        ("opened", [(EventKind.DELIVERED, None)], True),
        ("opened", [(EventKind.DELIVERED, None), (EventKind.OPENED, "person")], False),
        ("opened", [(EventKind.OPENED, "security_scanner")], True),
        ("clicked", [(EventKind.OPENED, "person")], True),
        ("clicked", [(EventKind.CLICKED, "person")], False),
    ],
)
def test_the_next_channel_is_tried_unless_the_ledger_knows_that_it_was_seen(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    unless: str,
    reports: list[tuple[EventKind, str | None]],
    *,
    is_sent_again: bool,
) -> None:
    first = issue_on_two_channels(world, unless)
    world.ledger.append(
        [
            MessageEvent(first, kind, NOW, f"e{n}", {"label": label} if label else {})
            for n, (kind, label) in enumerate(reports)
        ]
    )
    monkeypatch.setattr(handler, "clock", FixedClock(MONDAY - timedelta(minutes=1)))
    handler.lambda_handler(sqs_event({"shard": "00"}), Context())
    assert len(world.publisher.of("ContactDue")) == 1, "not before its time"
    monkeypatch.setattr(handler, "clock", FixedClock(MONDAY))
    for _ in range(2):
        handler.lambda_handler(sqs_event({"shard": "00"}), Context())
    again = [e.data for e in world.publisher.of("ContactDue")[1:]]
    assert [(e["channel"], e["fallback_of"]) for e in again] == (
        [("sms", first)] if is_sent_again else []
    )
    assert world.portfolio.load_account(CREDITOR, CUSTOMER).attempts == ()


def test_a_contact_that_failed_brings_the_next_channel_without_asking(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = issue_on_two_channels(world, "delivered")
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    an_hour_later = NOW + timedelta(hours=1)
    world.portfolio.commit(Change(account.with_failed_attempt(first, an_hour_later)))
    monkeypatch.setattr(handler, "clock", FixedClock(an_hour_later))
    monkeypatch.setattr(world.ledger, "find", lambda _: pytest.fail("nobody needs to ask"))
    handler.lambda_handler(sqs_event({"shard": "00"}), Context())
    assert [e.data["channel"] for e in world.publisher.of("ContactDue")] == ["email", "sms"]


# ── what is announced ───────────────────────────────────────────────────────────────────────────


def ended_hold(**changes: Any) -> Hold:  # noqa: ANN401 - any field
    """Return a hold on the invoice that ended at nine this morning."""
    fields: dict[str, Any] = {
        "hold_id": "h-1",
        "kind": HoldKind.HELD,
        "since": NOW - timedelta(days=3),
        "until": NOW,
        "reason": "férias",
        "by": "crm",
        "invoice_id": InvoiceId("fat-1"),
    }
    return Hold(**{**fields, **changes})


PROMISE = {"kind": HoldKind.PROMISED, "promised": Money(10000)}


def announced(world: World) -> list[OutgoingEvent]:
    return [
        e
        for e in world.publisher.events
        if e.detail_type in {"PromiseKept", "PromiseBroken", "HoldEnded", "RulerEnded"}
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "HoldEnded"),
        ({"kind": HoldKind.PAYMENT_IN_TRANSIT}, "HoldEnded"),
        (PROMISE, "PromiseBroken"),
        ({**PROMISE, "received": Money(9999)}, "PromiseBroken"),
        ({**PROMISE, "received": Money(10000)}, "PromiseKept"),
    ],
)
def test_the_end_of_a_hold_is_announced_once_with_ids_only(
    world: World,
    printed: Callable[[], Printed],
    changes: dict[str, Any],
    expected: str,
) -> None:
    account = world.issue(any_invoice())
    hold = ended_hold(**changes)
    world.portfolio.commit(Change(replace(account.with_hold(hold), next_evaluation_at=NOW)))
    for _ in range(2):
        assert failures(handler.lambda_handler(sqs_event({"shard": "00"}), Context())) == []
    (event,) = announced(world)
    assert event.detail_type == expected
    assert event.data == {
        "customer_id": "cli-1",
        "external_id": "fat-1",
        "hold_id": "h-1",
        "kind": hold.kind.value,
    }
    assert "férias" not in str(event.data)
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.holds == ()
    told = [n.facts["hold_id"] for n in world.portfolio.notes(CREDITOR, CUSTOMER)]
    assert told == ["h-1"]
    counted = (account.history.promises_kept, account.history.promises_broken)
    assert counted == (expected == "PromiseKept", expected == "PromiseBroken")
    printed().assert_no_personal_data("férias")


def test_a_hold_on_everything_is_announced_without_an_invoice(world: World) -> None:
    account = world.issue(any_invoice())
    hold = ended_hold(invoice_id=None)
    world.portfolio.commit(Change(replace(account.with_hold(hold), next_evaluation_at=NOW)))
    handler.lambda_handler(sqs_event({"shard": "00"}), Context())
    (event,) = announced(world)
    assert event.data == {"customer_id": "cli-1", "hold_id": "h-1", "kind": "held"}


def test_the_end_of_the_ruler_is_announced_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = DUE + timedelta(days=30)
    place = Place("vencida-30", last, None, overdue_announced=True, ruler="padrao@0")
    world.issue(any_invoice(place=place))
    monkeypatch.setattr(handler, "clock", FixedClock(nine_o_clock(last)))
    handler.lambda_handler(sqs_event({"shard": "00"}), Context())
    assert announced(world) == [], "one day after the last step, not before"
    monkeypatch.setattr(handler, "clock", FixedClock(nine_o_clock(last + timedelta(days=1))))
    for _ in range(2):
        handler.lambda_handler(sqs_event({"shard": "00"}), Context())
    (event,) = announced(world)
    assert event.detail_type == "RulerEnded"
    assert event.data == {"customer_id": "cli-1", "external_id": "fat-1", "ruler": "padrao@0"}
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.next_evaluation_at is None, "nothing is left to wait for"
    assert [n.kind for n in world.portfolio.notes(CREDITOR, CUSTOMER)] == [NoteKind.RULER_ENDED]


def test_a_paid_promise_is_kept_through_the_whole_system(world: World) -> None:
    """The money comes in while the promise stands; its end finds it kept."""
    account = world.issue(any_invoice(), any_invoice("fat-2"))
    promise = ended_hold(**PROMISE)
    world.portfolio.commit(Change(replace(account.with_hold(promise), next_evaluation_at=NOW)))
    creditor = world.directory.get(CREDITOR)
    payment = any_payment(paid_at=NOW - timedelta(days=1))
    world.ingest.receive_payment(creditor, InvoiceId("fat-1"), payment, now=NOW)
    handler.lambda_handler(sqs_event({"shard": "00"}), Context())
    (event,) = announced(world)
    assert event.detail_type == "PromiseKept"
