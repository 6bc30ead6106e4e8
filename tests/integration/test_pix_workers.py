"""The workers behind the door of Pix, as Lambda calls them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.make_charges import handler as charges
from functions.process_webhook import handler as inbound
from regua.application.pix_ports import PspShut, PspUnavailable
from regua.domain.invoice import InvoiceStatus
from regua.runtime.settings import MakeChargesSettings, ProcessWebhookSettings
from tests.builders import CREDITOR, ISSUED_AT, any_customer, any_invoice
from tests.integration.conftest import Visibility
from tests.integration.lambdas import Context, Printed, failures, sqs_event
from tests.pix_world import BEFORE, PixWorld, any_pix, e2eid

AS_OF = "2026-11-05T12:00:00.000Z"


@pytest.fixture
def pix(monkeypatch: pytest.MonkeyPatch) -> PixWorld:
    """Return a creditor with a PSP, with both workers wired to it."""
    world = PixWorld()
    monkeypatch.setattr(
        charges, "wire", lambda: charges.Wired(world.make_charge, world.directory, True)
    )
    monkeypatch.setattr(inbound, "wire", lambda: inbound.Wired(world.process, True))
    world.ingest.issue_invoice(world.creditor, any_invoice(), any_customer(), now=BEFORE)
    return world


def asked(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """Return a message that names the invoice."""
    return {"creditor": CREDITOR, "invoice": "fat-1", "as_of": AS_OF, **changes}


def test_a_charge_is_made_and_counted(pix: PixWorld, printed: Callable[[], Printed]) -> None:
    answer = charges.lambda_handler(sqs_event(asked(), asked()), Context())
    assert failures(answer) == []
    assert pix.invoice().charge_code is not None
    shown = printed()
    assert (shown.metrics["charge_created"], shown.metrics["charge_kept"]) == (1, 1)
    shown.assert_no_personal_data()


def test_one_bad_message_stops_no_other(pix: PixWorld, sqs: Visibility) -> None:
    del sqs
    answer = charges.lambda_handler(sqs_event("{", asked(), asked(creditor="x")), Context())
    assert failures(answer) == ["m0"]
    assert pix.invoice().charge_code is not None


@pytest.mark.parametrize(
    ("error", "hidden"), [(PspUnavailable(), {}), (PspShut("no secret"), {"r0": 3600})]
)
def test_a_psp_that_cannot_gives_the_message_back(
    pix: PixWorld, sqs: Visibility, error: Exception, hidden: dict[str, int]
) -> None:
    def fail(*_: object) -> None:
        raise error

    pix.provider.put_charge = fail  # type: ignore[method-assign, assignment]
    assert failures(charges.lambda_handler(sqs_event(asked()), Context())) == ["m0"]
    assert sqs.hidden == hidden


def test_a_pix_is_counted(pix: PixWorld, printed: Callable[[], Printed]) -> None:
    charges.lambda_handler(sqs_event(asked()), Context())
    pix.receive(any_pix())
    told = {"kind": "pix", "creditor": CREDITOR, "end_to_end_id": e2eid(), "as_of": AS_OF}
    assert failures(inbound.lambda_handler(sqs_event(told, told), Context())) == []
    assert pix.invoice().status is InvoiceStatus.SETTLED
    shown = printed()
    assert shown.metrics["pix_settled"] == 2
    shown.assert_no_personal_data()
    assert any(line.get("counts") == {"pix_settled": 1} for line in shown.logs)


def test_a_tick_starts_a_sweep_for_every_creditor_with_a_psp(pix: PixWorld) -> None:
    tick = {"kind": "sweep_pix", "as_of": AS_OF}
    assert inbound.lambda_handler(tick, Context()) == {"creditors": 0}
    pix.records.registered[CREDITOR] = True
    assert inbound.lambda_handler(tick, Context()) == {"creditors": 1}
    assert [m["kind"] for m in pix.inbound.messages] == ["sweep"]
    answer = inbound.lambda_handler(sqs_event(*pix.inbound.messages), Context())
    assert failures(answer) == []
    assert pix.records.sweep_state(CREDITOR).until is not None


@pytest.mark.parametrize(
    "body",
    [
        "{",
        {},
        {"kind": "telex", "creditor": CREDITOR},
        {"kind": "pix", "creditor": CREDITOR, "end_to_end_id": "../../x"},
        {"kind": "open_charges", "creditor": CREDITOR, "shard": "x"},
    ],
)
def test_what_cannot_be_read_goes_back(pix: PixWorld, body: object) -> None:
    del pix
    assert failures(inbound.lambda_handler(sqs_event(body), Context())) == ["m0"]


def test_both_are_wired_from_their_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "portfolio_table": "portfolio",
        "messages_table": "messages",
        "bus_name": "bus",
        "shards": "64",
        "exchange_table": "exchange",
        "files_bucket": "files",
        "charge_queue_url": "https://sqs/charges",
        "inbound_queue_url": "https://sqs/inbound",
        "psp_prefix": "regua",
        "allow_as_of": "false",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"REGUA_{name.upper()}", value)
    assert not charges.wire.__wrapped__().allow_as_of
    process = inbound.wire.__wrapped__().process
    assert process.sweeps.shards == 64
    assert process.ingest.charges is not None
    assert set(ProcessWebhookSettings.model_fields) <= set(values)
    assert set(MakeChargesSettings.model_fields) <= set(values)


def test_where_time_does_not_travel_a_message_cannot_say_when(
    pix: PixWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbound, "wire", lambda: inbound.Wired(pix.process, allow_as_of=False))
    monkeypatch.setattr(inbound.clock, "now", lambda: ISSUED_AT)
    swept = {"kind": "sweep", "creditor": CREDITOR, "as_of": AS_OF}
    inbound.lambda_handler(sqs_event(json.dumps(swept)), Context())
    assert pix.records.sweep_state(CREDITOR).until == ISSUED_AT
