import json
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.calendar import roll
from regua.domain.interest import DayCount, InterestAmount, InterestRate, LegalRate, RatePeriod
from regua.domain.late_charges import (
    Basis,
    Component,
    ComponentRounding,
    DailyDiscount,
    DiscountTier,
    LateChargeTerms,
    Profile,
)
from regua.domain.money import ZERO, Money, Rounding
from regua.domain.payoff import Debt, PayoffQuote, Received, quote, quote_payoff
from tests.shared_data import shared_data_path

TUESDAY = date(2026, 11, 10)
HUNDRED = Money(10_000)
COMMON = LateChargeTerms()
DOWN = ComponentRounding.same(Rounding.DOWN)
principals = st.integers(min_value=1, max_value=10**11).map(Money)
dates = st.dates(min_value=date(2021, 1, 1), max_value=date(2030, 12, 31))
late_by = st.integers(min_value=-40, max_value=1800)
roundings = st.builds(
    ComponentRounding,
    st.sampled_from(Rounding),
    st.sampled_from(Rounding),
    st.sampled_from(Rounding),
)
interests = st.one_of(
    st.builds(
        InterestRate,
        st.decimals(min_value=0, max_value=20, places=3),
        st.sampled_from([RatePeriod.MONTH, RatePeriod.YEAR]),
        st.sampled_from(DayCount),
    ),
    st.builds(InterestAmount, st.integers(0, 1000).map(Money)),
)
terms = st.builds(
    LateChargeTerms,
    fine_percent=st.decimals(min_value=0, max_value=10, places=2),
    interest=interests,
    rounding=roundings,
    basis=st.sampled_from(Basis),
    grace_days=st.integers(0, 5),
    allocation=st.permutations(list(Component)).map(tuple),
)
payments = st.lists(st.tuples(st.integers(-30, 400), st.integers(1, 3_000_000)), max_size=5)
tiers = st.lists(
    st.builds(
        lambda early, percent: (early, Decimal(percent)), st.integers(0, 30), st.integers(1, 50)
    ),
    max_size=3,
)


def debt_of(
    amount: int,
    paid: list[tuple[int, int]],
    discounts: list[tuple[int, Decimal]] | None = None,
    **more: Any,  # noqa: ANN401 - any field
) -> Debt:
    return Debt(
        amount=Money(amount),
        due_date=TUESDAY,
        discounts=[
            DiscountTier(TUESDAY - timedelta(days=early), percent)
            for early, percent in discounts or []
        ],
        payments=[Received(TUESDAY + timedelta(days=d), Money(a)) for d, a in paid],
        **more,
    )


def late(days: int) -> date:
    return TUESDAY + timedelta(days=days)


def quoted_after(principal: str, days: int, rounding: ComponentRounding) -> PayoffQuote:
    return quote_payoff(
        Money.parse(principal),
        due_date=TUESDAY,
        on=late(days),
        terms=LateChargeTerms(rounding=rounding),
    )


# ── published figures ───────────────────────────────────────────────────────────────────────────


def _charges() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared_data_path("charges.json").read_text())
    return found


def _case(name: str) -> dict[str, Any]:
    return next(case for case in _charges()["cases"] if case["id"] == name)


@pytest.mark.shared_data
def test_the_matrix_of_known_charges_to_the_centavo() -> None:
    for row in _charges()["matrix"]:
        quoted = quoted_after(row["principal"], row["days_late"], ComponentRounding())
        expected = [Money.parse(row[name]) for name in ("multa", "juros_half_up", "total_half_up")]
        assert [quoted.late_fine, quoted.late_interest, quoted.total] == expected, row


@pytest.mark.shared_data
def test_the_matrix_truncated_wherever_the_exact_interest_has_a_fraction() -> None:
    """Where 1 % for 30 days is whole centavos, the matrix lost one to an inexact daily rate."""
    whole = []
    for row in _charges()["matrix"]:
        quoted = quoted_after(row["principal"], row["days_late"], DOWN)
        exact = Fraction(Money.parse(row["principal"]).centavos * row["days_late"], 3000)
        assert quoted.late_interest.centavos == int(exact), row
        if quoted.late_interest != Money.parse(row["juros_trunc"]):
            whole.append(exact)
    assert all(exact.denominator == 1 for exact in whole)


@pytest.mark.shared_data
def test_bacens_component_example() -> None:
    case = _case("bcb-componentes")
    agreed = LateChargeTerms(
        Decimal(case["multa_pct"]),
        InterestRate(Decimal(1), RatePeriod.DAY),
        profile=Profile.COMPANY,
    )
    quoted = quote_payoff(
        Money.parse(case["principal"]), due_date=TUESDAY, on=late(case["days"]), terms=agreed
    )
    expected = [Money.parse(case["expect"][name]) for name in ("multa", "juros", "total")]
    assert [quoted.late_fine, quoted.late_interest, quoted.total] == expected


@pytest.mark.shared_data
def test_kobana_publishes_the_truncated_figure_and_half_up_gives_the_other() -> None:
    case = _case("kobana-5d")
    for rounding, name in ((DOWN, "trunc"), (ComponentRounding(), "half_up")):
        quoted = quoted_after(case["principal"], case["days"], rounding)
        assert quoted.late_interest == Money.parse(case["expect"][f"juros_{name}"])
        assert quoted.total == Money.parse(case["expect"][f"total_{name}"])


@pytest.mark.shared_data
def test_issue_607_the_daily_factor_is_never_rounded() -> None:
    case = _case("bacen-607")
    quoted = quoted_after(case["principal"], case["days"], DOWN)
    assert quoted.late_interest == Money.parse(case["expect"]["exact"])


@pytest.mark.shared_data
def test_nuclea_postpones_and_rounds_half_up() -> None:
    case = _case("qitech-nuclea")
    agreed = LateChargeTerms(interest=InterestRate(Decimal(0)))
    quoted = quote_payoff(
        Money.parse(case["principal"]), due_date=date(2020, 8, 2), on=date(2020, 8, 5), terms=agreed
    )
    assert quoted.late_fine == Money.parse(case["expect"]["multa"])
    assert quoted.total == Money.parse(case["expect"]["total"])
    assert quoted.days_late == 2


@pytest.mark.shared_data
def test_issue_347_ten_centavos_a_day_from_the_postponed_date() -> None:
    case = _case("bacen-347-mod1")
    ten_a_day = InterestAmount(Money(10))
    by_basis = {
        basis: quote_payoff(
            Money.parse(case["principal"]),
            due_date=date(2021, 2, 27),
            on=date(2021, 3, 2),
            terms=LateChargeTerms(Decimal(0), ten_a_day, basis=basis),
        ).total
        for basis in Basis
    }
    row = case["rows"][1]
    assert by_basis[Basis.POSTPONED] == Money.parse(row["total_adjusted_due"])
    assert by_basis[Basis.ORIGINAL] == Money.parse(row["total_original_due"])


@pytest.mark.shared_data
def test_issue_205_a_boleto_paid_on_saturday_counts_on_monday() -> None:
    case = _case("bacen-205")
    agreed = LateChargeTerms(Decimal(0), InterestAmount(Money(100)))
    friday, saturday = date(2020, 11, 27), date(2020, 11, 28)
    settles = roll(saturday)
    totals = [
        quote_payoff(Money.parse(case["principal"]), due_date=due, on=settles, terms=agreed).total
        for due in (friday, saturday)
    ]
    assert totals == [Money.parse(case["rows"][0]["total_boleto"]), HUNDRED]


@pytest.mark.shared_data
def test_the_superior_court_counts_from_the_printed_date() -> None:
    expected = _case("stj-resp-1954924")["expect"]
    for basis, name in (
        (Basis.ORIGINAL, "days_from_original_due"),
        (Basis.POSTPONED, "days_from_next_business_day"),
    ):
        quoted = quote_payoff(
            HUNDRED,
            due_date=date(2007, 5, 5),
            on=date(2007, 5, 28),
            terms=LateChargeTerms(basis=basis),
        )
        assert quoted.days_late == expected[name]


@pytest.mark.parametrize(
    ("principal", "days", "rounding", "centavos", "why"),
    [
        ("300.00", 10, DOWN, 100, "exactly R$ 1,00: a third of a month is not 0.333"),
        ("1.50", 10, ComponentRounding(), 1, "exactly half a centavo goes up"),
        ("1.49", 10, ComponentRounding(), 0, "just below half goes down"),
        ("30000.00", 1, DOWN, 1000, "exactly R$ 10,00"),
    ],
)
def test_interest_is_exact_until_it_is_rounded_once(
    principal: str, days: int, rounding: ComponentRounding, centavos: int, why: str
) -> None:
    assert quoted_after(principal, days, rounding).late_interest == Money(centavos), why


@pytest.mark.parametrize(
    ("due", "on", "basis", "days", "why"),
    [
        (date(2020, 8, 2), date(2020, 8, 3), Basis.ORIGINAL, 0, "Sunday, paid on Monday: in time"),
        (date(2021, 2, 27), date(2021, 3, 1), Basis.POSTPONED, 0, "bacen/pix-api 347"),
        (date(2021, 2, 27), date(2021, 3, 2), Basis.POSTPONED, 1, "Pix counts from Monday"),
        (date(2021, 2, 27), date(2021, 3, 2), Basis.ORIGINAL, 3, "a boleto counts from Saturday"),
        (date(2026, 2, 14), date(2026, 2, 18), Basis.ORIGINAL, 0, "Carnival: Ash Wednesday"),
    ],
)
def test_days_late_count_from_the_date_the_contract_names(
    due: date, on: date, basis: Basis, days: int, why: str
) -> None:
    quoted = quote_payoff(Money(83548), due_date=due, on=on, terms=LateChargeTerms(basis=basis))
    assert quoted.days_late == days, why
    assert bool(quoted.late_fine) is (days > 0)


def test_each_component_has_its_own_rounding() -> None:
    mixed = ComponentRounding(fine=Rounding.DOWN, interest=Rounding.HALF_UP)
    quoted = quoted_after("1.50", 10, mixed)
    assert (quoted.late_fine, quoted.late_interest) == (Money(3), Money(1))
    quoted = quoted_after("1.25", 12, mixed)  # 2.5 and 0.5 centavos
    assert (quoted.late_fine, quoted.late_interest) == (Money(2), Money(1))


@pytest.mark.parametrize(
    ("grace", "days", "total", "why"),
    [
        (2, 2, 10_000, "within the grace"),
        (2, 3, 10_210, "past it, every day counts"),
        (0, 1, 10_203, "no grace"),
    ],
)
def test_grace_days_bear_nothing_until_they_pass(
    grace: int, days: int, total: int, why: str
) -> None:
    agreed = LateChargeTerms(grace_days=grace)
    assert quote(Debt(HUNDRED, TUESDAY), late(days), agreed).total == Money(total), why


def test_the_legal_rate_takes_the_place_of_an_agreed_one() -> None:
    legal = LegalRate({date(2026, 11, 1): Decimal("0.6"), date(2026, 12, 1): Decimal("0.62")})
    quoted = quote(Debt(HUNDRED, TUESDAY), date(2026, 12, 10), LateChargeTerms(interest=legal))
    assert quoted.late_interest == Money(60)  # 20 of 30 days at 0.6, 10 of 31 at 0.62


# ── discounts and rebates ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("days", "total", "until", "why"),
    [
        (-20, 9_000, -15, "the best of the tiers, until its day"),
        (-15, 9_000, -15, "its last day"),
        (-14, 9_500, -5, "the next tier"),
        (-4, 9_800, 0, "the last one, until the due date"),
        (0, 9_800, 0, "on the due date"),
        (1, 10_203, 1, "charges and no discount"),
    ],
)
def test_the_best_discount_of_the_day_counts(days: int, total: int, until: int, why: str) -> None:
    debt = debt_of(10_000, [], [(15, Decimal(10)), (5, Decimal(5)), (0, Decimal(2))])
    quoted = quote(debt, late(days), COMMON)
    assert quoted.total == Money(total), why
    assert quoted.valid_until == roll(late(until)), why


def test_a_discount_a_day_is_right_for_that_day_only() -> None:
    debt = Debt(HUNDRED, TUESDAY, discounts=[DailyDiscount(Decimal("0.1"))])
    quoted = quote(debt, late(-10), COMMON)
    assert (quoted.total, quoted.valid_until) == (Money(9_900), late(-10))


def test_a_rebate_lessens_what_charges_are_worked_out_on() -> None:
    quoted = quote(Debt(HUNDRED, TUESDAY, rebate=Money(1_000)), late(30), COMMON)
    assert (quoted.late_fine, quoted.late_interest, quoted.total) == (
        Money(180),
        Money(90),
        Money(9_270),
    )


def test_paying_the_discounted_amount_in_time_settles_the_debt() -> None:
    debt = debt_of(10_000, [(-6, 9_500)], [(5, Decimal(5))])
    quoted = quote(debt, late(40), COMMON)
    assert (quoted.total, quoted.discount, quoted.late_fine) == (ZERO, Money(500), ZERO)


def test_paying_the_discounted_amount_a_day_too_late_leaves_the_discount_owed() -> None:
    debt = debt_of(10_000, [(-3, 9_500)], [(5, Decimal(5))])
    quoted = quote(debt, late(0), COMMON)
    assert (quoted.total, quoted.discount) == (Money(500), ZERO)


# ── payments ────────────────────────────────────────────────────────────────────────────────────


def test_a_late_payment_pays_interest_then_fine_then_principal() -> None:
    quoted = quote(debt_of(10_000, [(10, 5_000)]), late(20), COMMON)
    (allocation,) = quoted.allocations
    assert allocation.parts == {
        Component.COSTS: ZERO,
        Component.INTEREST: Money(33),
        Component.FINE: Money(200),
        Component.PRINCIPAL: Money(4_767),
    }
    assert quoted.principal == Money(5_233)
    assert quoted.late_interest == Money(33 + 17 + 1)  # 33.33 + 17.44, rounded once
    assert quoted.total == Money(10_000 + 200 + 51 - 5_000)


def test_a_payment_in_time_lessens_fine_and_interest() -> None:
    quoted = quote(debt_of(10_000, [(-1, 4_000)]), late(30), COMMON)
    assert (quoted.late_fine, quoted.late_interest) == (Money(120), Money(60))
    assert quoted.total == Money(6_180)


def test_interest_survives_the_principal_and_bears_none_itself() -> None:
    principal_first = LateChargeTerms(
        allocation=(Component.PRINCIPAL, Component.FINE, Component.INTEREST, Component.COSTS)
    )
    debt = debt_of(10_000, [(30, 10_000)])
    totals = [quote(debt, late(days), principal_first).total for days in (30, 60, 600)]
    assert totals == [Money(300)] * 3


def test_costs_come_first_and_bear_no_interest() -> None:
    debt = debt_of(10_000, [(30, 1_500)], costs=Money(1_000))
    quoted = quote(debt, late(30), COMMON)
    (allocation,) = quoted.allocations
    assert allocation.parts[Component.COSTS] == Money(1_000)
    assert allocation.parts[Component.INTEREST] == Money(100)
    assert quoted.total == Money(11_000 + 300 - 1_500)


def test_what_exceeds_everything_owed_is_the_payers_credit() -> None:
    quoted = quote(debt_of(10_000, [(30, 10_400)]), late(30), COMMON)
    assert (quoted.total, quoted.credit) == (ZERO, Money(100))
    (allocation,) = quoted.allocations
    assert allocation.credit == Money(100)


def test_the_day_the_payoff_is_paid_nothing_more_grows() -> None:
    quoted = quote(debt_of(10_000, [(30, 10_300)]), late(400), COMMON)
    assert (quoted.total, quoted.credit, quoted.days_late) == (ZERO, ZERO, 0)


def test_payments_of_tomorrow_do_not_count_today() -> None:
    assert quote(debt_of(10_000, [(5, 10_000)]), late(0), COMMON).total == HUNDRED


def test_a_quote_names_the_rules_it_applied() -> None:
    quoted = quote(debt_of(10_000, [(10, 100)], rebate=Money(50)), late(20), COMMON)
    assert [rule.code for rule in quoted.rules] == [
        "charges.rebate",
        "charges.fine.once",
        "charges.fine.consumer",
        "charges.basis",
        "charges.allocation",
    ]
    saturday = Debt(HUNDRED, date(2026, 11, 14))
    (rule,) = quote(saturday, date(2026, 11, 16), COMMON).rules
    assert rule.code == "charges.next_business_day"


@pytest.mark.parametrize(
    ("days", "until", "why"),
    [
        (3, 5, "Friday: no business day until Monday"),
        (1, 1, "Wednesday: Thursday is one"),
        (-5, 0, "in time: until the due date"),
    ],
)
def test_business_day_interest_is_the_same_over_a_weekend(days: int, until: int, why: str) -> None:
    agreed = LateChargeTerms(interest=InterestRate(Decimal(1), RatePeriod.DAY, DayCount.BUSINESS))
    assert quote(Debt(HUNDRED, TUESDAY), late(days), agreed).valid_until == late(until), why


# ── what always holds ───────────────────────────────────────────────────────────────────────────


@given(st.integers(1, 10**8), payments, tiers, terms, late_by)
def test_the_parts_add_up_and_nothing_is_negative(
    amount: int,
    paid: list[tuple[int, int]],
    discounts: list[tuple[int, Decimal]],
    agreed: LateChargeTerms,
    days: int,
) -> None:
    quoted = quote(debt_of(amount, paid, discounts), late(days), agreed)
    for part in (quoted.total, quoted.credit, quoted.discount, quoted.principal):
        assert part >= ZERO
    assert not (quoted.total and quoted.credit)
    for allocation in quoted.allocations:
        parts = sum(p.centavos for p in allocation.parts.values())
        assert parts + allocation.credit.centavos == allocation.amount.centavos
    assert quoted.valid_until >= quoted.valid_on


@given(st.integers(1, 10**8), payments, tiers, terms, late_by)
def test_the_total_is_right_until_the_day_the_quote_names(
    amount: int,
    paid: list[tuple[int, int]],
    discounts: list[tuple[int, Decimal]],
    agreed: LateChargeTerms,
    days: int,
) -> None:
    """As long as no more money comes in."""
    on = late(days)
    paid = [p for p in paid if late(p[0]) <= on]
    debt = debt_of(amount, paid, discounts)
    quoted = quote(debt, on, agreed)
    assert quote(debt, quoted.valid_until, agreed).total == quoted.total


@given(st.integers(1, 10**8), payments, terms, late_by)
def test_waiting_a_day_longer_never_costs_less(
    amount: int, paid: list[tuple[int, int]], agreed: LateChargeTerms, days: int
) -> None:
    paid = [p for p in paid if p[0] <= days]
    debt = debt_of(amount, paid)
    today, tomorrow = (quote(debt, late(n), agreed) for n in (days, days + 1))
    assert tomorrow.total >= today.total


@given(st.integers(1, 10**8), payments, terms, late_by, st.integers(1, 10**6))
def test_paying_more_never_costs_more(
    amount: int, paid: list[tuple[int, int]], agreed: LateChargeTerms, days: int, extra: int
) -> None:
    before = quote(debt_of(amount, paid), late(days), agreed)
    after = quote(debt_of(amount, [*paid, (days, extra)]), late(days), agreed)
    assert after.total <= before.total
    assert after.total.centavos >= before.total.centavos - extra


@given(principals, dates, late_by, roundings)
def test_the_postponed_basis_never_costs_more_than_the_original(
    principal: Money, due: date, days: int, rounding: ComponentRounding
) -> None:
    on = due + timedelta(days=days)
    totals = [
        quote_payoff(
            principal, due_date=due, on=on, terms=LateChargeTerms(rounding=rounding, basis=basis)
        ).total
        for basis in (Basis.POSTPONED, Basis.ORIGINAL)
    ]
    assert totals[0] <= totals[1]


@given(principals, dates, late_by, terms)
def test_nothing_is_charged_in_time(
    principal: Money, due: date, days: int, agreed: LateChargeTerms
) -> None:
    on = due + timedelta(days=days)
    quoted = quote_payoff(principal, due_date=due, on=on, terms=agreed)
    is_late = on > roll(due) + timedelta(days=agreed.grace_days)
    assert (quoted.days_late > 0) is is_late
    if not is_late:
        assert quoted.total == principal


@given(
    principals,
    st.integers(min_value=1, max_value=1800),
    st.decimals(min_value=0, max_value=20, places=3),
    st.sampled_from(Rounding),
)
def test_interest_agrees_with_exact_fractions(
    principal: Money, days: int, percent: Decimal, rounding: Rounding
) -> None:
    agreed = LateChargeTerms(
        interest=InterestRate(percent), rounding=ComponentRounding.same(rounding)
    )
    quoted = quote_payoff(principal, due_date=TUESDAY, on=late(days), terms=agreed)
    exact = Fraction(principal.centavos) * Fraction(percent) * days / 3000
    up = Fraction(1, 2) if rounding is Rounding.HALF_UP else 0
    assert quoted.late_interest.centavos == int(exact + up)


def test_nothing_is_charged_on_nothing() -> None:
    quoted = quote_payoff(ZERO, due_date=TUESDAY, on=late(90), terms=COMMON)
    assert (quoted.total, quoted.days_late) == (ZERO, 0)
