"""What is said of two audiences is true of every customer there can be."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.audiences import are_apart, covers, impossible
from regua.domain.conditions import ALWAYS, Conditions, Facts
from regua.domain.money import Money

SETS = [frozenset(), frozenset("a"), frozenset("b"), frozenset("ab")]
SOME = st.sampled_from(SETS)
COUNT = st.integers(0, 2)
MONEY = COUNT.map(Money)
STATED: dict[str, st.SearchStrategy[Any]] = {
    "min_amount": MONEY,
    "max_amount": MONEY,
    "min_days_late": COUNT,
    "max_days_late": COUNT,
    "tags_any": SOME,
    "tags_none": SOME,
    "kinds": SOME,
    "reachable_by": SOME,
    "not_reachable_by": SOME,
    "max_open_amount": MONEY,
}
CONDITIONS = st.fixed_dictionaries({}, optional=STATED).map(lambda said: replace(ALWAYS, **said))
INVOICES = [
    (
        Facts(kind, tags=tags, reachable=reachable, open_amount=Money(balance + others)),
        Money(balance),
        days,
    )
    for kind, tags, reachable, balance, others, days in product(
        "ab", SETS, SETS, range(3), range(2), range(3)
    )
]
"""Every customer, invoice and delay there is in a small world."""


def meant(when: Conditions) -> set[int]:
    return {
        n
        for n, (facts, balance, days) in enumerate(INVOICES)
        if when.refuse_invoice(balance, days) is None and when.refuse_account(facts) is None
    }


@given(CONDITIONS)
def test_conditions_called_impossible_mean_nobody(when: Conditions) -> None:
    if list(impossible(when)):
        assert not meant(when)


@given(CONDITIONS, CONDITIONS)
def test_nobody_is_in_two_audiences_that_are_apart(one: Conditions, other: Conditions) -> None:
    assert are_apart(one, other) is are_apart(other, one)
    if are_apart(one, other):
        assert not meant(one) & meant(other)


@given(CONDITIONS, CONDITIONS)
def test_an_audience_that_covers_another_has_all_of_it(
    wide: Conditions, narrow: Conditions
) -> None:
    if covers(wide, narrow):
        assert meant(narrow) <= meant(wide)


@given(CONDITIONS)
def test_everybody_covers_every_audience_and_each_covers_itself(when: Conditions) -> None:
    assert covers(ALWAYS, when)
    assert covers(when, when)


def test_of_tags_every_contradiction_is_found() -> None:
    for wanted, unwanted in product(SETS, SETS):
        when = Conditions(tags_any=wanted, tags_none=unwanted)
        somebody = any(when.refuse_account(Facts("person", tags=tags)) is None for tags in SETS)
        assert (list(impossible(when)) == []) is somebody


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        (Conditions(max_days_late=2), Conditions(min_days_late=3), True),
        (Conditions(max_days_late=3), Conditions(min_days_late=3), False),
        (Conditions(max_amount=Money(1)), Conditions(min_amount=Money(2)), True),
        (Conditions(risks=frozenset("a")), Conditions(risks=frozenset("b")), True),
        (Conditions(tags_any=frozenset("a")), Conditions(tags_any=frozenset("b")), False),
        (Conditions(tags_any=frozenset("a")), Conditions(tags_none=frozenset("a")), True),
        (ALWAYS, ALWAYS, False),
    ],
)
def test_audiences_are_apart_when_nobody_can_be_in_both(
    one: Conditions, other: Conditions, *, apart: bool
) -> None:
    assert are_apart(one, other) is apart
    assert are_apart(other, one) is apart
