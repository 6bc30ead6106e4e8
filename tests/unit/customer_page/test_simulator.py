"""Sliders: whatever they say, what is simulated can be agreed."""

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.customer_page.simulator import chosen, last_stop, step, usual_choices
from regua.domain.money import ZERO, Money
from regua.domain.negotiation.deal import Choice
from tests.unit.customer_page.samples import any_offer

LAST = date(2026, 11, 15)


@pytest.mark.parametrize(
    ("fields", "expected", "is_moved", "why"),
    [
        ({}, Choice(1, ZERO, LAST), False, "the easiest"),
        ({"parcelas": "2"}, Choice(2, Money(2998), LAST), False, "the least is not a move"),
        ({"parcelas": "3"}, Choice(2, Money(2998), LAST), True, "there is no three"),
        ({"parcelas": "99"}, Choice(4, Money(2998), LAST), True, "beyond the longest"),
        ({"parcelas": "0"}, Choice(1, ZERO, LAST), True, "before the shortest"),
        ({"parcelas": "4", "entrada": "5000"}, Choice(4, Money(5000), LAST), False, "as it is"),
        ({"parcelas": "4", "entrada": "3000"}, Choice(4, Money(3000), LAST), False, "as it is"),
        ({"parcelas": "4", "entrada": "2900"}, Choice(4, Money(2998), LAST), False, "a stop off"),
        ({"parcelas": "4", "entrada": "0"}, Choice(4, Money(2998), LAST), True, "required"),
        ({"parcelas": "4", "entrada": "99999"}, Choice(4, Money(10990), LAST), True, "too much"),
        ({"parcelas": "1", "entrada": "5000"}, Choice(1, ZERO, LAST), True, "none at once"),
        ({"primeiro": "2026-11-12"}, Choice(1, ZERO, date(2026, 11, 12)), False, "as it is"),
        ({"primeiro": "2026-12-12"}, Choice(1, ZERO, LAST), True, "too late"),
        ({"parcelas": "x"}, Choice(1, ZERO, LAST), True, "no number"),
        ({"entrada": "-1"}, Choice(1, ZERO, LAST), True, "no amount"),
        ({"primeiro": "2026-02-31"}, Choice(1, ZERO, LAST), True, "no day"),
        ({"parcelas": "٣"}, Choice(1, ZERO, LAST), True, "no digit of ours"),
    ],
)
def test_a_choice_is_moved_to_the_nearest_that_is_possible(
    fields: Mapping[str, str], expected: Choice, *, is_moved: bool, why: str
) -> None:
    assert chosen(any_offer(), fields) == (expected, is_moved), why


@given(st.dictionaries(st.sampled_from(["parcelas", "entrada", "primeiro"]), st.text()))
def test_whatever_comes_in_the_address_is_a_choice(fields: Mapping[str, str]) -> None:
    offer = any_offer()
    found, _ = chosen(offer, fields)
    plan = next(p for p in offer.plans if p.instalments == found.instalments)
    admitted = plan.least <= found.down_payment <= plan.greatest
    assert admitted or (not plan.is_required and not found.down_payment)
    assert found.first_due in offer.first_due_dates


def test_every_option_has_its_easiest_choice() -> None:
    assert usual_choices(any_offer()) == [Choice(1, ZERO, LAST), Choice(4, Money(2998), LAST)]


@given(st.integers(1, 10**7))
def test_a_slider_reaches_its_end_in_few_stops(centavos: int) -> None:
    greatest = Money(centavos)
    assert centavos <= last_stop(greatest) < centavos + step(greatest)
    assert last_stop(greatest) % step(greatest) == 0
    assert last_stop(greatest) // step(greatest) <= 100
