"""From what the bus tells of payments to one receipt for each customer."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.thank_payer import handler
from regua.adapters.memory import FixedClock, MemoryDirectory
from regua.application.messages import ContactDue, PaymentSettled
from regua.application.thank_payer import ThankPayer
from regua.application.wire import instant_text
from regua.domain.dispatch import Purpose
from regua.domain.errors import PublishFailed
from regua.domain.ids import InvoiceId
from regua.domain.ruler import DEFAULT_RULER
from regua.runtime.settings import ThankPayerSettings
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    DUE,
    any_creditor,
    any_invoice,
    any_payment,
    nine_o_clock,
)
from tests.integration.conftest import World
from tests.integration.lambdas import Context, Printed, failures, sqs_event

NOW = nine_o_clock(DUE + timedelta(days=2))


@pytest.fixture(params=[False])
def allow_as_of(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(autouse=True)
def _wired(world: World, allow_as_of: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    ruler = {**DEFAULT_RULER, "receipt": {"only_if_contacted": False}}
    creditor = any_creditor(ruler=ruler)
    world.directory = MemoryDirectory(creditor)
    thank = ThankPayer(world.portfolio, world.directory, world.ledger, world.publisher)
    settings = ThankPayerSettings(
        portfolio_table="p", messages_table="m", bus_name="b", shards=1, allow_as_of=allow_as_of
    )
    monkeypatch.setattr(handler, "wire", lambda: (thank, settings))
    monkeypatch.setattr(handler, "clock", FixedClock(NOW))
    world.issue(any_invoice(), any_invoice("fat-2"))
    world.publisher.events.clear()


def pay(world: World, *names: str, at: datetime = NOW) -> None:
    for name in names:
        money = any_payment(f"pag-{name}", paid_at=at)
        creditor = world.directory.get(CREDITOR)
        world.ingest.receive_payment(creditor, InvoiceId(name), money, now=at)


def told(name: str, at: datetime = NOW, **data: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """Return ``InvoicePaid`` as a bus rule forwards it."""
    about = data or {"external_id": name, "customer_id": CUSTOMER}
    return {
        "id": f"evento-{name}",
        "source": "regua",
        "detail-type": "InvoicePaid",
        "detail": {
            "version": "1",
            "creditor_id": CREDITOR,
            "occurred_at": instant_text(at),
            "data": about,
        },
    }


def run(*bodies: object) -> list[str]:
    return failures(handler.lambda_handler(sqs_event(*bodies), Context()))


def test_one_batch_about_one_customer_is_one_receipt(
    world: World, printed: Callable[[], Printed]
) -> None:
    pay(world, "fat-1", "fat-2")
    assert run(told("fat-1"), told("fat-2")) == []
    (event,) = world.publisher.of("ContactDue")
    due = ContactDue.model_validate(event.data)
    assert due.purpose is Purpose.RECEIPT
    assert [i.external_id for i in due.invoices] == ["fat-1", "fat-2"]
    assert (due.correlation_id, due.as_of) == ("pedido-1", None)
    out = printed()
    assert out.metrics["receipt_planned"] == 1
    assert out.metrics["records_handled"] == 2
    assert "Maria" not in out.text
    assert CUSTOMER not in out.text


def test_what_waited_is_named_together(world: World) -> None:
    pay(world, "fat-1", "fat-2")
    waited = told("x", external_ids=["fat-1", "fat-2"], customer_id=CUSTOMER)
    assert run(waited) == []
    assert len(world.publisher.of("ContactDue")) == 1


def test_a_batch_that_cannot_be_told_comes_back_whole_and_plans_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_: object) -> None:
        raise PublishFailed

    pay(world, "fat-1", "fat-2")
    with monkeypatch.context() as patch:
        patch.setattr(world.publisher, "publish", refuses)
        assert len(run(told("fat-1"), told("fat-2"))) == 2
    assert run(told("fat-1"), told("fat-2")) == []
    assert len(world.publisher.of("ContactDue")) == 1
    assert len(world.ledger.records) == 1


def test_what_cannot_be_read_holds_nothing_else_up(world: World) -> None:
    pay(world, "fat-1")
    unread = run("{", told("fat-1"), told("x", external_ids=[], customer_id=CUSTOMER))
    assert len(unread) == 2
    assert len(world.publisher.of("ContactDue")) == 1


def test_where_time_does_not_travel_the_clock_decides(world: World) -> None:
    later = NOW + timedelta(days=3)
    pay(world, "fat-1", at=later)
    run(told("fat-1", at=later))
    (event,) = world.publisher.of("ContactDue")
    due = ContactDue.model_validate(event.data)
    assert (due.decided_at, due.as_of) == (NOW, None)


@pytest.mark.parametrize("allow_as_of", [True], indirect=True)
def test_where_time_travels_the_fact_decides_and_its_sender_goes_along(world: World) -> None:
    later = nine_o_clock(DUE + timedelta(days=6))
    pay(world, "fat-1", at=later)
    run(told("fat-1", at=later))
    (event,) = world.publisher.of("ContactDue")
    due = ContactDue.model_validate(event.data)
    assert (due.decided_at, due.as_of) == (later, later)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=8,
)


@given(_JSON)
def test_whatever_the_bus_brings_is_read_or_given_back(data: object) -> None:
    """A record that cannot be read fails alone, by its own error; none is taken for another."""
    body = json.dumps(
        {"detail": {"creditor_id": "a", "occurred_at": "2026-01-01T00:00:00Z", "data": data}}
    )
    try:
        read = handler.read({"body": body})
    except (ValueError, TypeError, KeyError):  # pydantic's errors are ValueErrors
        return
    assert isinstance(read, PaymentSettled)
    assert read.invoices
