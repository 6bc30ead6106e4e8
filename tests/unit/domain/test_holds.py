"""What stops contact, until when, and how a promise is judged."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.calendar import business_days_between, is_business_day
from regua.domain.errors import InvalidInput
from regua.domain.holds import (
    MAX_HOLD_DAYS,
    Hold,
    HoldKind,
    PromiseLimits,
    check_in_transit,
    check_promise,
    check_until,
    hold_id,
    in_transit_until,
    promise_until,
    stopping,
)
from regua.domain.ids import CreditorId, CustomerId, InvoiceId
from regua.domain.money import Money
from regua.domain.reasons import SUPPRESSED
from tests.builders import CREDITOR, CUSTOMER, DUE, any_account, any_invoice, any_payment
from tests.builders import nine_o_clock as at_nine

ZONE = ZoneInfo("America/Sao_Paulo")
NOW = at_nine(DUE)
FAT_1, FAT_2 = InvoiceId("fat-1"), InvoiceId("fat-2")
LIMITS = PromiseLimits()
days = st.dates(date(2020, 1, 1), date(2040, 1, 1))


def a_hold(kind: HoldKind = HoldKind.HELD, **changes: Any) -> Hold:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "hold_id": kind.value,
        "since": NOW,
        "until": NOW + timedelta(days=5),
        "reason": "férias",
        "by": "cobranca",
        "invoice_id": FAT_1,
    }
    return Hold(kind=kind, **{**fields, **changes})


def midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), ZONE)


@pytest.mark.parametrize(
    ("seconds", "stands"),
    [(-1, False), (0, True), (5 * 86400 - 1, True), (5 * 86400, False)],
)
def test_a_hold_stands_from_its_beginning_until_just_before_its_end(
    *, seconds: int, stands: bool
) -> None:
    assert a_hold().stands(NOW + timedelta(seconds=seconds)) is stands


def test_a_dispute_has_no_end_of_its_own() -> None:
    dispute = a_hold(HoldKind.DISPUTED, until=None)
    assert dispute.stands(NOW + timedelta(days=10_000))


@pytest.mark.parametrize(
    ("about", "stopped"),
    [(FAT_1, {FAT_1}), (FAT_2, {FAT_2}), (None, {FAT_1, FAT_2}), (InvoiceId("fat-3"), set())],
)
def test_a_hold_stops_what_it_is_about(about: InvoiceId | None, stopped: set[InvoiceId]) -> None:
    holds = [a_hold(invoice_id=about)]
    assert {i for i in (FAT_1, FAT_2) if stopping(holds, i, NOW)} == stopped


BY_GRAVITY = ("disputed", "payment_in_transit", "promised", "held")


@pytest.mark.parametrize("order", list(permutations(BY_GRAVITY)))
def test_the_gravest_of_several_holds_is_named_whatever_their_order(order: Sequence[str]) -> None:
    holds = [a_hold(HoldKind(kind)) for kind in order]
    named = []
    while (hold := stopping(holds, FAT_1, NOW)) is not None:
        named.append(hold.kind.value)
        holds.remove(hold)
    assert tuple(named) == BY_GRAVITY


def test_of_two_alike_the_earlier_one_is_named() -> None:
    later = a_hold(hold_id="b", since=NOW - timedelta(hours=1))
    earlier = a_hold(hold_id="a", since=NOW - timedelta(hours=2))
    for holds in ([later, earlier], [earlier, later]):
        assert stopping(holds, FAT_1, NOW) is earlier


@pytest.mark.parametrize("kind", HoldKind)
def test_every_kind_has_a_reason_code_of_what_is_not_sent(kind: HoldKind) -> None:
    assert kind.reason in SUPPRESSED


# ── until when ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("promised_on", "grace", "until", "why"),
    [
        ("2026-11-11", 1, "2026-11-13", "Wednesday; credited on Thursday; judged on Friday"),
        ("2026-11-13", 1, "2026-11-17", "Friday; credited on Monday"),
        ("2026-11-14", 1, "2026-11-18", "Saturday counts as Monday"),
        ("2026-11-13", 0, "2026-11-14", "no grace"),
        ("2026-11-19", 1, "2026-11-24", "the 20th is a holiday"),
        ("2026-11-11", 3, "2026-11-17", "three business days"),
    ],
)
def test_a_promise_is_judged_once_money_has_had_time_to_arrive(
    promised_on: str, grace: int, until: str, why: str
) -> None:
    limits = PromiseLimits(grace_business_days=grace)
    assert promise_until(date.fromisoformat(promised_on), limits, ZONE) == midnight(until), why


@given(days, st.integers(0, 10))
def test_a_promise_is_never_judged_on_its_own_day(promised_on: date, grace: int) -> None:
    until = promise_until(promised_on, PromiseLimits(grace_business_days=grace), ZONE)
    last = until.date() - timedelta(days=1)
    assert last >= promised_on
    assert is_business_day(last)
    assert business_days_between(promised_on, last) >= grace


@pytest.mark.parametrize(
    ("paid_on", "until"),
    [
        ("2026-11-10", "2026-11-14"),
        ("2026-11-12", "2026-11-18"),
        ("2026-11-14", "2026-11-19"),
        ("2026-11-18", "2026-11-25"),
    ],
)
def test_a_boleto_has_three_business_days_to_be_credited(paid_on: str, until: str) -> None:
    assert in_transit_until(date.fromisoformat(paid_on), ZONE) == midnight(until)


# ── limits ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (timedelta(seconds=-1), "has passed"),
        (timedelta(), "has passed"),
        (timedelta(seconds=1), None),
        (timedelta(days=MAX_HOLD_DAYS), None),
        (timedelta(days=MAX_HOLD_DAYS, seconds=1), "more than 365 days"),
    ],
)
def test_a_hold_ends_after_now_and_within_a_year(after: timedelta, why: str | None) -> None:
    if why is None:
        check_until("body.until", NOW + after, NOW)
        return
    with pytest.raises(InvalidInput, match=rf"^body\.until: .*{why}"):
        check_until("body.until", NOW + after, NOW)


@pytest.mark.parametrize(
    ("ahead", "max_days", "why"),
    [
        (-1, 10, "has passed"),
        (0, 10, None),
        (10, 10, None),
        (11, 10, "2026-11-20 at the latest"),
        (1, 1, None),
        (2, 1, "2026-11-11 at the latest"),
    ],
)
def test_a_promise_is_for_a_day_the_ruler_allows(
    ahead: int, max_days: int, why: str | None
) -> None:
    limits, on = PromiseLimits(max_days=max_days), DUE + timedelta(days=ahead)
    if why is None:
        check_promise("body.on", on, DUE, limits)
        return
    with pytest.raises(InvalidInput, match=rf"^body\.on: .*{why}"):
        check_promise("body.on", on, DUE, limits)


@pytest.mark.parametrize(
    ("paid_on", "why"),
    [
        ("2026-11-11", "still to come"),
        ("2026-11-10", None),
        ("2026-11-06", None),
        ("2026-11-05", None),
        ("2026-11-04", "more than 3 business days ago"),
    ],
)
def test_a_payment_in_transit_was_made_lately(paid_on: str, why: str | None) -> None:
    on = date.fromisoformat(paid_on)
    if why is None:
        check_in_transit("body.on", on, NOW, ZONE)
        return
    with pytest.raises(InvalidInput, match=rf"^body\.on: .*{why}"):
        check_in_transit("body.on", on, NOW, ZONE)


# ── names ───────────────────────────────────────────────────────────────────────────────────────


def test_a_hold_is_named_by_whom_and_what_it_is_about_and_what_was_said() -> None:
    said = [
        (CREDITOR, CUSTOMER, FAT_1, HoldKind.HELD, ("a", "b")),
        (CREDITOR, CUSTOMER, FAT_1, HoldKind.HELD, ("ab",)),
        (CREDITOR, CUSTOMER, FAT_1, HoldKind.HELD, ("a", "c")),
        (CREDITOR, CUSTOMER, FAT_1, HoldKind.DISPUTED, ("a", "b")),
        (CREDITOR, CUSTOMER, FAT_2, HoldKind.HELD, ("a", "b")),
        (CREDITOR, CUSTOMER, None, HoldKind.HELD, ("a", "b")),
        (CREDITOR, CustomerId("cli-2"), FAT_1, HoldKind.HELD, ("a", "b")),
        (CreditorId("boreal"), CUSTOMER, FAT_1, HoldKind.HELD, ("a", "b")),
    ]
    names = {hold_id(*about, *words) for *about, words in said}  # type: ignore[arg-type]
    assert len(names) == len(said)
    assert hold_id(CREDITOR, CUSTOMER, FAT_1, HoldKind.HELD, "a", "b") in names


# ── how a promise is judged ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "promised", "received", "is_owed", "kept", "why"),
    [
        ("promised", 100, 100, True, True, "all of it"),
        ("promised", 100, 101, True, True, "more than that"),
        ("promised", 100, 99, True, False, "less, and the invoice is still owed"),
        ("promised", 100, 0, True, False, "nothing"),
        ("promised", 100, 99, False, True, "paid early, with less interest"),
        ("promised", 100, 0, False, None, "withdrawn: nothing is left to judge"),
        ("held", 0, 0, True, None, "no promise"),
        ("payment_in_transit", 0, 0, True, None, "no promise"),
        ("disputed", 0, 0, True, None, "no promise"),
    ],
)
def test_a_promise_is_judged_by_the_money_that_came_in(
    *, kind: str, promised: int, received: int, is_owed: bool, kept: bool | None, why: str
) -> None:
    hold = a_hold(HoldKind(kind), promised=Money(promised), received=Money(received))
    assert hold.judged(is_owed=is_owed) is kept, why


@given(st.lists(st.tuples(st.integers(1, 5000), st.booleans()), max_size=6))
def test_money_counts_towards_a_promise_until_it_is_taken_back(
    payments: Sequence[tuple[int, bool]],
) -> None:
    invoice = any_invoice(amount=Money(10**6))
    account = any_account(invoice, holds=(a_hold(HoldKind.PROMISED, promised=Money(1)),))
    for number, (centavos, is_taken_back) in enumerate(payments):
        paid = any_payment(f"pag-{number}", amount=Money(centavos), paid_at=NOW)
        steps = [invoice.with_payment(paid)]
        if is_taken_back:
            steps.append(steps[0].with_reversal(paid.payment_id, NOW, "estorno"))
        for after in steps:
            account = account.having_followed(invoice, after, NOW)
            invoice = after
    stands = sum(centavos for centavos, is_taken_back in payments if not is_taken_back)
    assert account.holds[0].received == Money(stands)


def test_only_money_for_what_was_promised_and_since_counts() -> None:
    promise = a_hold(HoldKind.PROMISED, promised=Money(100))
    others = (a_hold(), replace(promise, hold_id="2", invoice_id=FAT_2))
    account = any_account(any_invoice(), holds=(promise, *others))
    paid = any_invoice().with_payment(any_payment(amount=Money(100)))
    early = account.having_followed(any_invoice(), paid, NOW - timedelta(seconds=1))
    assert [h.received.centavos for h in early.holds] == [0, 0, 0]
    in_time = account.having_followed(any_invoice(), paid, NOW)
    assert [h.received.centavos for h in in_time.holds] == [100, 0, 0]


def test_a_hold_with_the_same_name_is_there_once() -> None:
    account = any_account(holds=(a_hold(),))
    longer = a_hold(until=NOW + timedelta(days=9))
    assert account.with_hold(longer).holds == (longer,)
    assert account.with_hold(longer).without_holds([longer]).holds == ()
