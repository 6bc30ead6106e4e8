"""For whom a step or a segment is meant, condition by condition."""

from dataclasses import fields, replace
from typing import Any

import pytest

from regua.domain.conditions import ALWAYS, Conditions, Facts
from regua.domain.money import Money
from regua.domain.reasons import Reason

NOT_MET = Reason.CONDITION_NOT_MET
BELOW = Reason.BELOW_THRESHOLD
FACTS = Facts(
    kind="person",
    segment="padrao",
    tags=frozenset({"clube"}),
    risk="B",
    reachable=frozenset({"email", "sms"}),
    open_amount=Money(30000),
    open_invoices=3,
    overdue_invoices=2,
    days_late=9,
    times_late=4,
    late_share_percent=50,
    worst_days_late=20,
    broken_promises=1,
)


@pytest.mark.parametrize(
    ("conditions", "balance", "days_late", "refused"),
    [
        (ALWAYS, 1, 0, None),
        (Conditions(min_amount=Money(14990)), 14990, 0, None),
        (Conditions(min_amount=Money(14991)), 14990, 0, BELOW),
        (Conditions(max_amount=Money(14990)), 14990, 0, None),
        (Conditions(max_amount=Money(14989)), 14990, 0, NOT_MET),
        (Conditions(min_days_late=5), 1, 5, None),
        (Conditions(min_days_late=5), 1, 4, NOT_MET),
        (Conditions(max_days_late=5), 1, 5, None),
        (Conditions(max_days_late=5), 1, 6, NOT_MET),
    ],
)
def test_bounds_of_an_invoice_include_their_ends(
    conditions: Conditions, balance: int, days_late: int, refused: Reason | None
) -> None:
    assert conditions.refuse_invoice(Money(balance), days_late) is refused


@pytest.mark.parametrize(
    ("conditions", "refused"),
    [
        (ALWAYS, None),
        (Conditions(segments=frozenset({"padrao", "vip"})), None),
        (Conditions(segments=frozenset({"vip"})), NOT_MET),
        (Conditions(tags_any=frozenset({"clube", "ouro"})), None),
        (Conditions(tags_any=frozenset({"ouro"})), NOT_MET),
        (Conditions(tags_none=frozenset({"ouro"})), None),
        (Conditions(tags_none=frozenset({"clube", "ouro"})), NOT_MET),
        (Conditions(kinds=frozenset({"person"})), None),
        (Conditions(kinds=frozenset({"company"})), NOT_MET),
        (Conditions(risks=frozenset({"A", "B"})), None),
        (Conditions(risks=frozenset({"C"})), NOT_MET),
        (Conditions(reachable_by=frozenset({"sms", "voice"})), None),
        (Conditions(reachable_by=frozenset({"voice"})), NOT_MET),
        (Conditions(not_reachable_by=frozenset({"voice"})), None),
        (Conditions(not_reachable_by=frozenset({"email"})), NOT_MET),
        (Conditions(min_open_amount=Money(30000)), None),
        (Conditions(min_open_amount=Money(30001)), BELOW),
        (Conditions(max_open_amount=Money(30000)), None),
        (Conditions(max_open_amount=Money(29999)), NOT_MET),
        (Conditions(min_overdue_invoices=2, max_overdue_invoices=2), None),
        (Conditions(min_overdue_invoices=3), NOT_MET),
        (Conditions(max_overdue_invoices=1), NOT_MET),
        (Conditions(min_times_late=4, max_times_late=4), None),
        (Conditions(min_times_late=5), NOT_MET),
        (Conditions(max_times_late=0), NOT_MET),
        (Conditions(min_late_share_percent=50, max_late_share_percent=50), None),
        (Conditions(min_late_share_percent=51), NOT_MET),
        (Conditions(max_late_share_percent=49), NOT_MET),
        (Conditions(min_worst_days_late=20, max_worst_days_late=20), None),
        (Conditions(min_worst_days_late=21), NOT_MET),
        (Conditions(max_worst_days_late=19), NOT_MET),
        (Conditions(min_broken_promises=1, max_broken_promises=1), None),
        (Conditions(min_broken_promises=2), NOT_MET),
        (Conditions(max_broken_promises=0), NOT_MET),
        (Conditions(tags_any=frozenset({"clube"}), kinds=frozenset({"company"})), NOT_MET),
    ],
)
def test_every_condition_on_an_account(conditions: Conditions, refused: Reason | None) -> None:
    assert conditions.refuse_account(FACTS) is refused


def test_a_customer_without_a_rating_meets_no_condition_on_it() -> None:
    unrated = replace(FACTS, risk=None)
    assert Conditions(risks=frozenset({"A"})).refuse_account(unrated) is NOT_MET


@pytest.mark.parametrize("name", [f.name for f in fields(Conditions)])
def test_facts_are_counted_only_for_conditions_that_ask_them(name: str) -> None:
    of_invoice = {"min_amount", "max_amount", "min_days_late", "max_days_late"}
    kind = type(getattr(ALWAYS, name))
    value = frozenset({"x"}) if kind is frozenset else Money(1) if "amount" in name else 1
    fields_: dict[str, Any] = {name: value}
    asked = Conditions(**fields_)
    assert asked.asks_facts is (name not in of_invoice)
    assert not ALWAYS.asks_facts
