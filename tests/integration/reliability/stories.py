"""What happens in the tests' worlds: invoices, payments, and a morning on which one step is due."""

from datetime import date, timedelta
from typing import Any
from zlib import crc32

from regua.domain.ruler import Channel
from tests.builders import invoice_data
from tests.integration.reliability.law import assert_settled
from tests.integration.reliability.queues import Order, first_in_first_out
from tests.integration.reliability.world import World

FRIDAY = date(2026, 11, 13)
"""The due date in these stories; −3 is a Tuesday, +3 a Monday, +7 the Monday after."""
MONDAY = date(2026, 11, 16)
"""Three days later: the step at +3."""


def lawful(world: World) -> World:
    """Let the law be asserted each evening."""
    world.each_day = assert_settled
    return world


def address_of(customer: str) -> str:
    """Return a customer's only address."""
    return f"{customer}@cliente.example.com.br"


def phone_of(customer: str) -> str:
    """Return a customer's only telephone, a mobile in São Paulo."""
    return f"+55119{crc32(customer.encode()) % 10**8:08d}"


def reached_at(world: World, customer: str) -> str:
    """Return where a customer is reached on the world's channel."""
    return address_of(customer) if world.channel is Channel.EMAIL else phone_of(customer)


def customer_data(customer: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """Return a customer in São Paulo."""
    data = invoice_data()["customer"]
    named = {
        "external_id": f"cli-{customer}",
        "emails": [address_of(customer)],
        "phones": [phone_of(customer)],
    }
    return {**data, **named, **changes}


def issue(
    world: World, invoice: str, customer: str = "maria", *, copies: int = 1, **changes: object
) -> None:
    """Let the ERP issue an invoice due on `FRIDAY`."""
    fields = {"customer": customer_data(customer), "due_date": FRIDAY.isoformat(), **changes}
    world.tell("InvoiceIssued", invoice_data(invoice, **fields), copies=copies)


def pay(
    world: World,
    invoice: str,
    payment: str = "pag-1",
    *,
    copies: int = 1,
    paid_at: str = "2026-11-09T15:00:00Z",
) -> None:
    """Let the bank report an invoice as paid in full."""
    data = {
        "invoice_external_id": invoice,
        "payment_id": payment,
        "amount_centavos": 14990,
        "paid_at": paid_at,
        "method": "pix",
    }
    world.tell("PaymentReceived", data, copies=copies)


def reverse(world: World, payment: str = "pag-1") -> None:
    """Let the bank take a payment back."""
    world.tell("PaymentReversed", {"payment_id": payment, "reason": "chargeback"})


def on_due_date(*invoices: str, order: Order = first_in_first_out) -> World:
    """Return a world at nine on `FRIDAY`: the reminder was sent, today's step is to come."""
    return _on(FRIDAY, *invoices, order=order)


def three_days_late(*invoices: str) -> World:
    """Return a world at nine on `MONDAY`: today's step stays right on the days after, too."""
    return _on(MONDAY, *invoices)


def _on(day: date, *invoices: str, order: Order = first_in_first_out) -> World:
    world = lawful(World(date(2026, 11, 9), order=order))
    for invoice in invoices:
        issue(world, invoice)
    world.live_until(day - timedelta(days=1))
    assert world.now.date() == day
    return world


def evaluate(world: World) -> None:
    """Run one evaluation, and no sender."""
    world.tick()
    while world.work("shards"):
        pass


def steps_spoken(world: World, invoice: str) -> list[str]:
    """Return the steps that somebody received about an invoice, in order."""
    return [s.step_id for s in world.spoken if s.invoice_id == invoice]
