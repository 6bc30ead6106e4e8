"""An invoice's state follows from its facts; the order they arrive in says nothing."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.ids import DispatchId, PaymentId
from regua.domain.invoice import Invoice, InvoiceStatus, Payment, Place
from regua.domain.late_charges import CONSUMER_TERMS, DiscountTier
from regua.domain.money import ZERO, Money
from tests.builders import DUE, ISSUED_AT, any_invoice, any_payment, nine_o_clock

PLACE = Place("vencida-3", date(2026, 11, 13), DispatchId("d" * 32), overdue_announced=True)


def at(days: int) -> datetime:
    return nine_o_clock(DUE + timedelta(days=days))


def paid(*centavos: int) -> Invoice:
    invoice = any_invoice()
    for n, amount in enumerate(centavos):
        invoice = invoice.with_payment(any_payment(f"pag-{n}", amount=Money(amount)))
    return invoice


@pytest.mark.parametrize(
    ("centavos", "status", "balance", "why"),
    [
        ((), InvoiceStatus.OPEN, 14990, "nothing was paid"),
        ((1,), InvoiceStatus.PARTIALLY_PAID, 14989, "an under-payment"),
        ((14989,), InvoiceStatus.PARTIALLY_PAID, 1, "one centavo short"),
        ((14990,), InvoiceStatus.SETTLED, 0, "to the centavo"),
        ((10000, 4990), InvoiceStatus.SETTLED, 0, "in two parts"),
        ((20000,), InvoiceStatus.SETTLED, 0, "an over-payment owes nothing back here"),
    ],
)
def test_status_and_balance_follow_from_the_payments(
    centavos: tuple[int, ...], status: InvoiceStatus, balance: int, why: str
) -> None:
    invoice = paid(*centavos)
    assert (invoice.status, invoice.balance) == (status, Money(balance)), why
    assert invoice.is_open is (balance > 0)


def test_the_same_payment_twice_is_one_payment() -> None:
    once = any_invoice().with_payment(any_payment())
    assert once.with_payment(any_payment(amount=Money(1))) == once


def test_a_reversal_reopens_and_leaves_the_money_visible() -> None:
    invoice = (
        any_invoice().with_payment(any_payment()).with_reversal(PaymentId("pag-1"), at(3), "x")
    )
    assert (invoice.status, invoice.paid) == (InvoiceStatus.OPEN, ZERO)
    (payment,) = invoice.payments
    assert (payment.amount, payment.reversed_at, payment.reversal_reason) == (
        Money(14990),
        at(3),
        "x",
    )


def test_a_reversal_counts_once_and_only_for_its_payment() -> None:
    invoice = any_invoice().with_payment(any_payment())
    assert invoice.with_reversal(PaymentId("outro"), at(3), "x") == invoice
    once = invoice.with_reversal(PaymentId("pag-1"), at(3), "x")
    assert once.with_reversal(PaymentId("pag-1"), at(9), "y") == once


def test_a_payment_on_a_cancelled_invoice_is_kept_and_the_cancellation_stands() -> None:
    invoice = any_invoice().cancelled(at(1), "erro").with_payment(any_payment())
    assert (invoice.status, invoice.paid) == (InvoiceStatus.CANCELLED, Money(14990))
    assert not invoice.is_open


def test_the_first_cancellation_stands() -> None:
    first = any_invoice().cancelled(at(1), "erro")
    assert first.cancelled(at(2), "outro") == first


def test_an_older_description_changes_nothing() -> None:
    newer = any_invoice(issued_at=ISSUED_AT + timedelta(days=1), amount=Money(5000))
    assert newer.updated(any_invoice()) == newer
    at_the_same_instant = replace(newer, amount=Money(1))
    assert newer.updated(at_the_same_instant) == newer, "nobody knows which; the first stands"


def test_a_newer_description_keeps_what_happened() -> None:
    invoice = any_invoice(place=PLACE).with_payment(any_payment(amount=Money(1)))
    invoice = invoice.cancelled(at(1), "erro")
    newer = any_invoice(issued_at=at(2), amount=Money(5000), number="NF-9")
    updated = invoice.updated(newer)
    assert (updated.number, updated.amount) == ("NF-9", Money(5000))
    assert updated.payments == invoice.payments
    assert (updated.cancelled_at, updated.cancel_reason) == (at(1), "erro")
    assert updated.place == PLACE


@pytest.mark.parametrize(
    ("days", "place", "why"),
    [
        (10, Place(), "a later due date: what was said about the old one is no longer true"),
        (0, PLACE, "the same due date: nobody is told twice"),
        (-5, PLACE, "an earlier due date: what was said stays said"),
    ],
)
def test_a_moved_due_date_and_the_place_on_the_ruler(days: int, place: Place, why: str) -> None:
    newer = any_invoice(issued_at=at(2), due_date=DUE + timedelta(days=days))
    assert any_invoice(place=PLACE).updated(newer).place == place, why


def test_settled_when_the_payments_in_the_order_they_were_made_first_covered_it() -> None:
    late, early = any_payment("b", paid_at=at(5)), any_payment("a", paid_at=at(1), amount=Money(1))
    invoice = any_invoice().with_payment(late).with_payment(early)
    assert invoice.settled_at == at(5)
    assert any_invoice().with_payment(early).settled_at is None
    assert any_invoice().with_payment(any_payment(paid_at=at(4))).settled_at == at(4)
    assert invoice.with_reversal(PaymentId("b"), at(6), "x").settled_at is None


# ── facts in any order ──────────────────────────────────────────────────────────────────────────

Fact = tuple[str, Any]
payments = st.lists(
    st.builds(
        any_payment,
        st.sampled_from(["p1", "p2", "p3"]),
        amount=st.sampled_from([1, 7000, 14990, 20000]).map(Money),
        paid_at=st.integers(0, 9).map(at),
    ),
    max_size=3,
    unique_by=lambda p: p.payment_id,
)
descriptions = st.lists(st.integers(0, 5), max_size=3, unique=True)


def _apply(invoice: Invoice, reversals: dict[PaymentId, datetime], fact: Fact) -> Invoice:
    """Apply one fact the way the use case does: a reversal waits for its payment."""
    kind, value = fact
    if kind == "description":
        return invoice.updated(
            any_invoice(issued_at=at(value), amount=Money(10000 + value), number=f"v{value}")
        )
    if kind == "payment":
        invoice = invoice.with_payment(value)
        reversed_at = reversals.get(value.payment_id)
        if reversed_at is not None:
            invoice = invoice.with_reversal(value.payment_id, reversed_at, "estorno")
        return invoice
    if kind == "reversal":
        reversals.setdefault(value, at(20))
        return invoice.with_reversal(value, at(20), "estorno")
    return invoice.cancelled(value, "erro")


def _state(invoice: Invoice) -> tuple[object, ...]:
    known: list[Payment] = sorted(invoice.payments, key=lambda p: p.payment_id)
    described = (invoice.number, invoice.amount, invoice.issued_at)
    return (*described, invoice.status, invoice.balance, invoice.settled_at, known)


@given(
    money=payments,
    versions=descriptions,
    reverse=st.booleans(),
    cancel=st.booleans(),
    random=st.randoms(use_true_random=False),
)
def test_the_same_facts_in_any_order_and_any_number_of_copies_give_the_same_invoice(
    *,
    money: list[Payment],
    versions: list[int],
    reverse: bool,
    cancel: bool,
    random: Any,  # noqa: ANN401 - hypothesis' Random
) -> None:
    facts: list[Fact] = [("payment", p) for p in money]
    facts += [("description", v) for v in versions]
    facts += [("reversal", p.payment_id) for p in money[:1] if reverse]
    facts += [("cancellation", at(8))] if cancel else []
    shuffled = facts + facts[::2]
    random.shuffle(shuffled)
    results = []
    for order in (facts, shuffled):
        invoice, reversals = any_invoice(), dict[PaymentId, datetime]()
        for fact in order:
            invoice = _apply(invoice, reversals, fact)
        results.append(_state(invoice))
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("days", "centavos", "status", "balance", "why"),
    [
        (-6, 13_491, InvoiceStatus.SETTLED, 0, "in time for the discount of 10 %"),
        (-6, 13_490, InvoiceStatus.PARTIALLY_PAID, 1_500, "a centavo short: no discount"),
        (-4, 13_491, InvoiceStatus.PARTIALLY_PAID, 1_499, "a day too late for it"),
        (-4, 14_990, InvoiceStatus.SETTLED, 0, "the whole amount"),
    ],
)
def test_a_discount_taken_in_time_settles_the_invoice(
    days: int, centavos: int, status: InvoiceStatus, balance: int, why: str
) -> None:
    tier = DiscountTier(DUE - timedelta(days=5), Decimal(10))
    payment = any_payment(amount=Money(centavos), paid_at=at(days))
    invoice = any_invoice(discounts=(tier,)).with_payment(payment)
    assert (invoice.status, invoice.balance) == (status, Money(balance)), why
    assert (invoice.settled_at is None) is (status is not InvoiceStatus.SETTLED)


def test_a_discount_is_lost_with_the_payment_it_was_for() -> None:
    tier = DiscountTier(DUE - timedelta(days=5), Decimal(10))
    taken = any_invoice(discounts=(tier,)).with_payment(
        any_payment(amount=Money(13_491), paid_at=at(-6))
    )
    reversed_ = taken.with_reversal(PaymentId("pag-1"), at(-1), "devolvido")
    assert (reversed_.status, reversed_.balance) == (InvoiceStatus.OPEN, Money(14_990))


def test_a_rebate_is_never_owed() -> None:
    invoice = any_invoice(rebate=Money(990)).with_payment(any_payment(amount=Money(14_000)))
    assert (invoice.status, invoice.balance) == (InvoiceStatus.SETTLED, ZERO)


def test_a_reversed_payment_never_paid_anything_off() -> None:
    late = any_invoice().with_payment(any_payment(amount=Money(5_000), paid_at=at(5)))
    back = late.with_reversal(PaymentId("pag-1"), at(9), "devolvido")
    on = DUE + timedelta(days=30)
    assert back.payoff(on, CONSUMER_TERMS) == any_invoice().payoff(on, CONSUMER_TERMS)
