"""How a customer has paid, counted as invoices settle and open again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.history import OUTCOMES_KEPT, History, Outcome
from regua.domain.ids import InvoiceId, PaymentId
from regua.domain.invoice import Invoice
from regua.domain.money import Money
from tests.builders import DUE, any_invoice, any_payment, nine_o_clock

AT = nine_o_clock(DUE)


def paid(days_late: int, name: str = "fat-1", centavos: int = 14990) -> Invoice:
    """Return an invoice that was paid so many days after its due date, a Tuesday."""
    when = nine_o_clock(DUE + timedelta(days=days_late))
    return any_invoice(name).with_payment(any_payment(amount=Money(centavos), paid_at=when))


def recent(history: History) -> Sequence[tuple[str, int]]:
    return [(o.invoice_id, o.days_late) for o in history.recent]


@pytest.mark.parametrize(
    ("invoice", "expected", "why"),
    [
        (any_invoice(), History(), "open"),
        (paid(3, centavos=1), History(), "paid in part"),
        (paid(-3), History(1, 0, (Outcome(InvoiceId("fat-1"), 0),)), "early is in time"),
        (paid(0), History(1, 0, (Outcome(InvoiceId("fat-1"), 0),)), "on the day"),
        (paid(1), History(1, 1, (Outcome(InvoiceId("fat-1"), 1),)), "a day late"),
        (paid(5).cancelled(AT, "erro"), History(), "withdrawn"),
        (any_invoice().cancelled(AT, "erro"), History(), "withdrawn, unpaid"),
    ],
)
def test_only_what_was_settled_counts(invoice: Invoice, expected: History, why: str) -> None:
    assert History().followed(None, invoice) == expected, why
    assert History().followed(any_invoice(), invoice) == expected, why


def test_a_due_date_on_a_saturday_is_late_from_tuesday_on() -> None:
    saturday = DUE + timedelta(days=4)
    for days, late in [(0, 0), (2, 0), (3, 1)]:
        when = nine_o_clock(saturday + timedelta(days=days))
        invoice = any_invoice(due_date=saturday).with_payment(any_payment(paid_at=when))
        assert History().followed(None, invoice).paid_late == late


def test_the_same_fact_again_counts_nothing() -> None:
    once = History().followed(any_invoice(), paid(5))
    assert once.followed(paid(5), paid(5)) is once


def test_a_payment_that_is_taken_back_takes_its_outcome_back() -> None:
    before = History().followed(None, paid(2, "fat-0"))
    settled = before.followed(any_invoice(), paid(5))
    reopened = paid(5).with_reversal(PaymentId("pag-1"), AT, "estorno")
    assert settled.followed(paid(5), reopened) == before


def test_an_earlier_payment_that_turns_up_corrects_how_late_it_was() -> None:
    first = History().followed(None, paid(9))
    corrected = first.followed(paid(9), paid(2))
    assert (corrected.paid, corrected.paid_late, recent(corrected)) == (1, 1, [("fat-1", 2)])
    assert first.followed(paid(9), paid(0)).paid_late == 0


@pytest.mark.parametrize(
    ("lates", "share", "worst"),
    [
        ([], 0, 0),
        ([0], 0, 0),
        ([4], 100, 4),
        ([0, 0, 7], 33, 7),
        ([9, 1, 0], 66, 9),
        ([30, *[0] * OUTCOMES_KEPT], 0, 0),
    ],
)
def test_habits_are_read_from_the_latest_outcomes(
    lates: Sequence[int], share: int, worst: int
) -> None:
    history = History()
    for number, late in enumerate(lates):
        history = history.followed(None, paid(late, f"fat-{number}"))
    assert (history.late_share_percent, history.worst_days_late) == (share, worst)


@given(st.lists(st.tuples(st.integers(-5, 90), st.booleans()), max_size=40))
def test_counters_are_for_ever_and_the_list_stays_short(
    story: Sequence[tuple[int, bool]],
) -> None:
    history = History(promises_kept=2, promises_broken=1)
    for number, (late, is_taken_back) in enumerate(story):
        invoice = paid(late, f"fat-{number}")
        history = history.followed(None, invoice)
        if is_taken_back:
            history = history.followed(invoice, replace(invoice, payments=()))
    stands = [max(0, late) for late, is_taken_back in story if not is_taken_back]
    assert history.paid == len(stands)
    assert history.paid_late == sum(late > 0 for late in stands)
    assert len(history.recent) <= OUTCOMES_KEPT
    assert (history.promises_kept, history.promises_broken) == (2, 1)
    if not any(is_taken_back for _, is_taken_back in story):
        assert [o.days_late for o in history.recent] == stands[-OUTCOMES_KEPT:]
