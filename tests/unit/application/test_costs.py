"""What messages cost and brought in, summed from the ledger and the tallies."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from regua.adapters.memory import MemoryDirectory, MemoryLedger, MemoryPortfolio, MemoryPublisher
from regua.adapters.memory_rulers import MemoryRulers
from regua.application.costs import MAX_DAYS, costs
from regua.application.ingest import Ingest
from regua.application.ports import Change
from regua.application.record_receipt import Receipt, RecordReceipt
from regua.domain.decision import decide
from regua.domain.delivery import EventKind
from regua.domain.dispatch import DispatchState, Ending
from regua.domain.errors import InvalidInput
from regua.domain.ids import CustomerId, DispatchId, InvoiceId, PaymentId
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel
from tests.builders import (
    CREDITOR,
    DUE,
    ISSUED_AT,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)
from tests.integration.contract.facts import any_dispatch

TODAY = DUE + timedelta(days=3)
NOW = nine_o_clock(TODAY)


class Books:
    """A ledger and the tallies beside it."""

    def __init__(self) -> None:
        self.creditor = any_creditor()
        self.ledger = MemoryLedger()
        self.portfolio = MemoryPortfolio(self.ledger)
        self.rulers = MemoryRulers(MemoryDirectory(self.creditor), self.portfolio)
        self.ingest = Ingest(self.portfolio, MemoryPublisher())
        self.sent = 0

    def send(self, channel: Channel, cost: str, step: str = "d3", day: date = TODAY) -> DispatchId:
        self.sent += 1
        dispatch_id = DispatchId(f"{self.sent:032x}")
        dispatch = any_dispatch(
            dispatch_id=dispatch_id, channel=channel, step_id=step, decided_on=day
        )
        self.ledger.claim(dispatch, [], NOW)
        self.ledger.mark_sent(dispatch, provider_message_id="p", at=NOW, cost=Decimal(cost))
        return dispatch_id

    def told(self, first: date = TODAY, last: date = TODAY) -> Any:  # noqa: ANN401 - plain JSON
        return costs(self.ledger, self.rulers, CREDITOR, first, last)


def test_costs_add_up_exactly_by_channel_and_step() -> None:
    books = Books()
    books.send(Channel.EMAIL, "0.055")
    books.send(Channel.EMAIL, "0.055", step="d7")
    books.send(Channel.SMS, "11")
    failed = books.send(Channel.SMS, "22", step="d7")
    books.ledger.end_claimed(failed, Ending(DispatchState.FAILED, Reason.HARD_BOUNCE))
    books.send(Channel.SMS, "11", day=TODAY + timedelta(days=1))
    told = books.told()
    assert told["cost_centavos"] == "33.11"
    assert told["by_channel"] == {
        "email": {"sent": 2, "failed": 0, "cost_centavos": "0.11"},
        "sms": {"sent": 1, "failed": 1, "cost_centavos": "33"},
    }
    steps = {(s["step_id"], s["channel"]): s["cost_centavos"] for s in told["by_step"]}
    assert steps == {
        ("d3", "email"): "0.055",
        ("d7", "email"): "0.055",
        ("d3", "sms"): "11",
        ("d7", "sms"): "22",
    }
    assert books.told(last=TODAY + timedelta(days=1))["cost_centavos"] == "44.11"


def test_the_providers_own_price_takes_the_place_of_the_estimate() -> None:
    books = Books()
    dispatch_id = books.send(Channel.SMS, "11")
    record = RecordReceipt(
        books.portfolio, books.ledger, lambda _: None, lambda _: None, lambda _: False
    )
    for price in ("0.05", "0.06"):  # each report repeats the price; the latest counts
        facts = {"price_usd": price}
        record(
            Receipt(dispatch_id, CREDITOR, EventKind.DELIVERED, NOW, price, (), facts, Channel.SMS)
        )
    assert books.told()["cost_centavos"] == "33", "US$ 0.06 at the assumed R$ 5.50"


def test_what_came_in_after_a_step_is_counted_by_it_and_taken_back_with_the_payment() -> None:
    books = Books()
    invoice, customer = any_invoice(), any_customer()
    books.ingest.issue_invoice(books.creditor, invoice, customer, now=ISSUED_AT)
    account = books.portfolio.load_account(CREDITOR, CustomerId(customer.external_id))
    decision = decide(account, books.creditor.rulers, NOW)
    books.portfolio.commit(Change(decision.account, planned=decision.dispatch))
    books.ingest.receive_payment(books.creditor, InvoiceId("fat-1"), any_payment(), now=NOW)
    (after,) = books.told()["recovered_after_step"]
    assert after == {
        "ruler": "padrao",
        "step_id": "vencida-3",
        "settled": 1,
        "recovered_centavos": 14990,
    }
    books.ingest.reverse_payment(books.creditor, PaymentId("pag-1"), NOW, "chargeback", now=NOW)
    (after,) = books.told()["recovered_after_step"]
    assert (after["settled"], after["recovered_centavos"]) == (0, 0)


@pytest.mark.parametrize("days", [-1, MAX_DAYS])
def test_days_in_the_wrong_order_or_too_many_are_refused(days: int) -> None:
    with pytest.raises(InvalidInput, match=r"query\.to"):
        Books().told(last=TODAY + timedelta(days=days))
