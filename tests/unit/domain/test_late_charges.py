import json
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.calendar import roll
from regua.domain.late_charges import Basis, LateChargeTerms, PayoffQuote, quote_payoff
from regua.domain.money import ZERO, Money, Rounding
from tests.shared_data import shared_data_path

TUESDAY = date(2026, 11, 10)
principals = st.integers(min_value=1, max_value=10**11).map(Money)
dates = st.dates(min_value=date(2021, 1, 1), max_value=date(2030, 12, 31))
late_by = st.integers(min_value=-40, max_value=1800)
terms = st.builds(
    LateChargeTerms,
    fine_percent=st.decimals(min_value=0, max_value=10, places=2),
    interest_percent_month=st.decimals(min_value=0, max_value=20, places=3),
    rounding=st.sampled_from(Rounding),
    basis=st.sampled_from(Basis),
)


def quote(principal: str, days: int, rounding: Rounding = Rounding.HALF_UP) -> PayoffQuote:
    return quote_payoff(
        Money.parse(principal),
        due_date=TUESDAY,
        on=TUESDAY + timedelta(days=days),
        terms=LateChargeTerms(rounding=rounding),
    )


def _matrix() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(shared_data_path("charges.json").read_text())["matrix"]
    return rows


@pytest.mark.shared_data
def test_the_matrix_of_known_charges_to_the_centavo() -> None:
    for row in _matrix():
        quoted = quote(row["principal"], row["days_late"])
        expected = [Money.parse(row[name]) for name in ("multa", "juros_half_up", "total_half_up")]
        assert [quoted.late_fine, quoted.late_interest, quoted.total] == expected, row


@pytest.mark.shared_data
def test_the_matrix_truncated_wherever_the_exact_interest_has_a_fraction() -> None:
    """Where 1 % for 30 days is whole centavos, the matrix lost one to an inexact daily rate."""
    whole = []
    for row in _matrix():
        quoted = quote(row["principal"], row["days_late"], Rounding.DOWN)
        exact = Fraction(Money.parse(row["principal"]).centavos * row["days_late"], 3000)
        assert quoted.late_interest.centavos == int(exact), row
        if quoted.late_interest != Money.parse(row["juros_trunc"]):
            whole.append(exact)
    assert all(exact.denominator == 1 for exact in whole)


@pytest.mark.parametrize(
    ("principal", "days", "rounding", "centavos", "why"),
    [
        ("100.00", 5, Rounding.HALF_UP, 17, "0.1666… goes up (published by Kobana as the other)"),
        ("100.00", 5, Rounding.DOWN, 16, "0.1666… goes down"),
        ("30000.00", 1, Rounding.HALF_UP, 1000, "bacen/pix-api 607: never round the daily factor"),
        ("300.00", 10, Rounding.DOWN, 100, "exactly R$ 1,00: a third of a month is not 0.333"),
        ("1.50", 10, Rounding.HALF_UP, 1, "exactly half a centavo goes up"),
        ("30000.00", 1, Rounding.DOWN, 1000, "exactly R$ 10,00"),
    ],
)
def test_interest_is_exact_until_it_is_rounded_once(
    principal: str, days: int, rounding: Rounding, centavos: int, why: str
) -> None:
    assert quote(principal, days, rounding).late_interest == Money(centavos), why


@pytest.mark.parametrize(
    ("due", "on", "basis", "days", "why"),
    [
        (date(2020, 8, 2), date(2020, 8, 3), Basis.ORIGINAL, 0, "Sunday, paid on Monday: in time"),
        (date(2021, 2, 27), date(2021, 3, 1), Basis.POSTPONED, 0, "bacen/pix-api 347"),
        (date(2021, 2, 27), date(2021, 3, 2), Basis.POSTPONED, 1, "Pix counts from Monday"),
        (date(2021, 2, 27), date(2021, 3, 2), Basis.ORIGINAL, 3, "a boleto counts from Saturday"),
        (date(2007, 5, 5), date(2007, 5, 28), Basis.ORIGINAL, 23, "STJ REsp 1.954.924"),
        (date(2007, 5, 5), date(2007, 5, 28), Basis.POSTPONED, 21, "from the next business day"),
        (date(2026, 2, 14), date(2026, 2, 18), Basis.ORIGINAL, 0, "Carnival: Ash Wednesday"),
    ],
)
def test_days_late_count_from_the_date_the_contract_names(
    due: date, on: date, basis: Basis, days: int, why: str
) -> None:
    quoted = quote_payoff(Money(83548), due_date=due, on=on, terms=LateChargeTerms(basis=basis))
    assert quoted.days_late == days, why
    assert bool(quoted.late_fine) is (days > 0)


@given(principals, dates, late_by, terms)
def test_the_parts_add_up_and_nothing_is_charged_in_time(
    principal: Money, due: date, days: int, agreed: LateChargeTerms
) -> None:
    on = due + timedelta(days=days)
    quoted = quote_payoff(principal, due_date=due, on=on, terms=agreed)
    assert quoted.total == quoted.principal + quoted.late_fine + quoted.late_interest
    assert (quoted.days_late == 0) is (on <= roll(due))
    if quoted.days_late == 0:
        assert quoted.total == principal


@given(principals, dates, late_by, terms)
def test_waiting_a_day_longer_never_costs_less(
    principal: Money, due: date, days: int, agreed: LateChargeTerms
) -> None:
    on = due + timedelta(days=days)
    today = quote_payoff(principal, due_date=due, on=on, terms=agreed)
    tomorrow = quote_payoff(principal, due_date=due, on=on + timedelta(days=1), terms=agreed)
    assert tomorrow.total >= today.total
    assert tomorrow.days_late >= today.days_late


@given(principals, dates, late_by, st.sampled_from(Rounding))
def test_the_postponed_basis_never_costs_more_than_the_original(
    principal: Money, due: date, days: int, rounding: Rounding
) -> None:
    on = due + timedelta(days=days)
    totals = [
        quote_payoff(
            principal, due_date=due, on=on, terms=LateChargeTerms(rounding=rounding, basis=basis)
        ).total
        for basis in (Basis.POSTPONED, Basis.ORIGINAL)
    ]
    assert totals[0] <= totals[1]


@given(principals, st.integers(min_value=1, max_value=1800), terms)
def test_interest_agrees_with_exact_fractions(
    principal: Money, days: int, agreed: LateChargeTerms
) -> None:
    on = TUESDAY + timedelta(days=days)
    quoted = quote_payoff(principal, due_date=TUESDAY, on=on, terms=agreed)
    exact = Fraction(principal.centavos) * Fraction(agreed.interest_percent_month) * days / 3000
    up = Fraction(1, 2) if agreed.rounding is Rounding.HALF_UP else 0
    assert quoted.late_interest.centavos == int(exact + up)


def test_nothing_is_charged_on_nothing() -> None:
    quoted = quote_payoff(
        ZERO, due_date=TUESDAY, on=TUESDAY + timedelta(days=90), terms=LateChargeTerms()
    )
    assert (quoted.total, quoted.days_late) == (ZERO, 0)


def test_rates_are_the_contracts_own() -> None:
    agreed = LateChargeTerms(fine_percent=Decimal(3), interest_percent_month=Decimal(30))
    quoted = quote_payoff(
        Money(10000), due_date=TUESDAY, on=TUESDAY + timedelta(days=2), terms=agreed
    )
    assert quoted.total == Money(10500), "Bacen's own example: 3 % once, 1 % a day for two days"
