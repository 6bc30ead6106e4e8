"""Events from the bus: accepted, kept for later, or put aside whole with every reason."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.ingest import handler
from regua.adapters.memory import FixedClock
from regua.application.accept_event import AcceptEvent
from regua.domain.errors import VersionConflict
from regua.domain.ids import InvoiceId, PaymentId
from regua.domain.invoice import InvoiceStatus
from tests.builders import CREDITOR, CUSTOMER, DUE, nine_o_clock
from tests.integration.conftest import Visibility, World
from tests.integration.lambdas import Context, Printed, failures, recorded, sqs_event

NOW = nine_o_clock(DUE)
LIFE = (
    "invoice_issued",
    "payment_received",
    "payment_reversed",
    "customer_changed",
    "invoice_cancelled",
)


@pytest.fixture(autouse=True)
def _wired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    accept = AcceptEvent(world.ingest, world.directory, world.quarantine, world.publisher)
    monkeypatch.setattr(handler, "wire", lambda: accept)
    monkeypatch.setattr(handler, "clock", FixedClock(NOW))


def run(*bodies: object) -> list[str]:
    return failures(handler.lambda_handler(sqs_event(*bodies), Context()))


def changed(name: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    event = recorded(name)
    return {**event, **changes}


def with_data(name: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    event = recorded(name)
    event["detail"]["data"] |= changes
    return event


def reasons(world: World) -> list[str]:
    return [p.path for _, problems in world.quarantine.kept.values() for p in problems]


def test_the_five_events_in_one_batch(world: World, printed: Callable[[], Printed]) -> None:
    assert run(*(recorded(name) for name in LIFE)) == []
    invoice = world.portfolio.find_invoice(CREDITOR, InvoiceId("fat-1"))
    assert invoice is not None
    assert invoice.status is InvoiceStatus.CANCELLED
    payment = invoice.find_payment(PaymentId("pag-1"))
    assert payment is not None
    assert payment.reversed_at is not None
    account = world.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.customer is not None
    assert account.customer.name == "Maria Souza"
    output = printed()
    assert output.metrics["ingest_accepted"] == 5
    output.assert_no_personal_data("Souza")


def test_the_same_life_backwards_ends_the_same(
    world: World, printed: Callable[[], Printed]
) -> None:
    assert run(*(recorded(name) for name in reversed(LIFE))) == []
    backwards = world.portfolio.find_invoice(CREDITOR, InvoiceId("fat-1"))
    other = World()
    handler_of_other = AcceptEvent(other.ingest, other.directory, other.quarantine, other.publisher)
    for name in LIFE:
        handler_of_other(json.dumps(recorded(name)), message_id="m", now=NOW)
    assert backwards == other.portfolio.find_invoice(CREDITOR, InvoiceId("fat-1"))
    assert printed().metrics["ingest_kept"] == 3


def test_three_copies_of_everything_are_one(world: World) -> None:
    run(*(recorded(name) for name in LIFE for _ in range(3)))
    invoice = world.portfolio.find_invoice(CREDITOR, InvoiceId("fat-1"))
    assert invoice is not None
    assert len(invoice.payments) == 1


def test_a_bad_event_is_kept_whole_counted_and_announced_and_blocks_nobody(
    world: World, printed: Callable[[], Printed]
) -> None:
    bad = with_data(
        "invoice_issued", due_date="amanhã", amount_centavos=149.9, customer={"name": "Maria"}
    )
    assert run(bad, recorded("invoice_issued")) == []
    ((raw, problems),) = world.quarantine.kept.values()
    assert json.loads(raw) == bad
    assert {p.path for p in problems} == {
        "detail.data.due_date",
        "detail.data.amount_centavos",
        "detail.data.customer.external_id",
        "detail.data.customer.document",
    }
    (announced,) = world.publisher.of("IngestRejected")
    assert announced.creditor_id == CREDITOR
    assert announced.data["event_id"] == bad["id"]
    assert announced.data["detail_type"] == "InvoiceIssued"
    assert len(announced.data["reasons"]) == 4
    assert world.portfolio.find_invoice(CREDITOR, InvoiceId("fat-1")) is not None
    output = printed()
    assert (output.metrics["ingest_rejected"], output.metrics["ingest_accepted"]) == (1, 1)
    output.assert_no_personal_data("149.9", "amanhã")
    assert "Maria" not in str(announced.data)


@pytest.mark.parametrize(
    ("event", "path", "why"),
    [
        ("não é JSON", "$", "no JSON"),
        ("[1]", "$", "no object"),
        ({}, "detail", "no detail"),
        (changed("invoice_issued", **{"detail-type": "Outro"}), "detail-type", "unknown type"),
        (changed("invoice_issued", source="outro.erp"), "source", "an unregistered source"),
        (changed("invoice_issued", account="999999999999"), "source", "another account"),
        (
            with_data("payment_received", paid_at="2026-11-09T15:30:00"),
            "detail.data.paid_at",
            "naive",
        ),
        (
            with_data("payment_received", amount_centavos=0),
            "detail.data.amount_centavos",
            "nothing",
        ),
        (with_data("payment_received", amount_centavos="1"), "detail.data.amount_centavos", "text"),
        (with_data("payment_received", method="cheque"), "detail.data.method", "unknown method"),
        (with_data("payment_received", extra=1), "detail.data.extra", "an unknown field"),
        (with_data("invoice_issued", due_date="2026-09-30"), "detail.data", "due before issue"),
        (with_data("invoice_issued", currency="USD"), "detail.data.currency", "another currency"),
        (with_data("invoice_issued", external_id="a#b"), "detail.data.external_id", "a separator"),
    ],
)
def test_every_kind_of_bad_event_says_what_is_wrong_with_it(
    world: World, event: object, path: str, why: str
) -> None:
    assert run(event) == []
    assert reasons(world) == [path], why
    assert len(world.publisher.of("IngestRejected")) == 1


@pytest.mark.parametrize("creditor_id", ["sumiu", "boreal-2"])
def test_nobody_speaks_for_a_creditor_that_is_not_there(world: World, creditor_id: str) -> None:
    event = recorded("invoice_issued")
    event["detail"]["creditor_id"] = creditor_id
    assert run(event) == []
    assert reasons(world) == ["detail.creditor_id"]


def test_an_event_from_the_future_would_silence_later_updates_and_is_refused(
    world: World,
) -> None:
    event = recorded("invoice_issued")
    event["detail"]["occurred_at"] = "2026-11-11T12:00:01Z"
    assert run(event) == []
    assert reasons(world) == ["detail.occurred_at"]


def test_an_invoice_of_another_customer_is_a_conflict_and_not_a_move(world: World) -> None:
    stolen = with_data("invoice_issued")
    stolen["detail"]["data"]["customer"]["external_id"] = "cli-2"
    stolen["detail"]["occurred_at"] = "2026-11-01T12:00:00Z"
    assert run(recorded("invoice_issued"), stolen) == []
    assert len(world.quarantine.kept) == 1
    assert world.portfolio.owners[CREDITOR, InvoiceId("fat-1")] == CUSTOMER


def test_a_payment_id_used_twice_is_refused(world: World) -> None:
    second = with_data("invoice_issued", external_id="fat-2")
    reused = with_data("payment_received", invoice_external_id="fat-2")
    assert run(recorded("invoice_issued"), second, recorded("payment_received"), reused) == []
    assert reasons(world) == ["payment_id"]


def test_a_corrected_event_can_be_replayed(world: World) -> None:
    run(with_data("invoice_issued", due_date="x"))
    assert run(recorded("invoice_issued")) == []
    assert world.portfolio.find_invoice(CREDITOR, InvoiceId("fat-1")) is not None


def test_an_event_that_lost_every_race_rests_in_the_queue_for_a_moment(
    world: World,
    sqs: Visibility,
    monkeypatch: pytest.MonkeyPatch,
    printed: Callable[[], Printed],
) -> None:
    def busy(_: object) -> None:
        raise VersionConflict

    monkeypatch.setattr(world.portfolio, "commit", busy)
    assert run(recorded("invoice_issued"), "lixo") == ["m0"]
    assert sqs.hidden == {"r0": 2}
    assert len(world.quarantine.kept) == 1, "the other one was dealt with"
    assert printed().metrics["records_failed"] == 1


def test_a_payment_is_announced_even_when_the_first_try_died_before_telling(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(recorded("invoice_issued"))
    publish = world.publisher.publish

    def crash(_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(world.publisher, "publish", crash)
    assert run(recorded("payment_received")) == ["m0"]
    monkeypatch.setattr(world.publisher, "publish", publish)
    assert run(recorded("payment_received")) == []
    assert len(world.publisher.of("InvoicePaid")) == 1
