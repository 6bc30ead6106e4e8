from datetime import date
from decimal import Decimal

import pytest

from regua.domain.interest import DayCount, InterestAmount, InterestRate, RatePeriod
from regua.domain.late_charges import (
    CONSUMER_TERMS,
    Component,
    DailyDiscount,
    DiscountTier,
    LateChargeTerms,
    Profile,
    excesses,
)
from regua.domain.money import Money, Rounding

HUNDRED = Money(10_000)
DUE = date(2026, 11, 10)
CONSUMER, COMPANY = Profile.CONSUMER, Profile.COMPANY


@pytest.mark.parametrize(
    ("profile", "fine", "interest", "codes", "why"),
    [
        (CONSUMER, "2", InterestRate(Decimal(1)), [], "the common contract"),
        (CONSUMER, "2.01", InterestRate(Decimal(1)), ["charges.fine.consumer"], "CDC 52 §1"),
        (COMPANY, "10", InterestRate(Decimal(5)), [], "between companies"),
        (COMPANY, "10.1", InterestRate(Decimal(5)), ["charges.fine.company"], "usury law art. 9"),
        (CONSUMER, "2", InterestRate(Decimal("1.1")), ["charges.interest.consumer"], "unusual"),
        (CONSUMER, "2", InterestRate(Decimal("0.033"), RatePeriod.DAY), [], "0.99 % a month"),
        (
            CONSUMER,
            "2",
            InterestRate(Decimal("0.05"), RatePeriod.DAY, DayCount.BUSINESS),
            ["charges.interest.consumer"],
            "1.05 % a month",
        ),
        (CONSUMER, "2", InterestRate(Decimal(12), RatePeriod.YEAR), [], "12 % a year"),
        (CONSUMER, "2", InterestAmount(Money(10**6)), [], "an amount has no rate to judge by"),
    ],
)
def test_what_a_contract_may_say_depends_on_whom_it_is_with(
    profile: Profile, fine: str, interest: InterestRate, codes: list[str], why: str
) -> None:
    terms = LateChargeTerms(Decimal(fine), interest, profile=profile)
    found = excesses(terms)
    assert [e.rule.code for e in found] == codes, why
    assert all(e.is_forbidden is (e.field == "fine_percent") for e in found)


def test_a_person_never_pays_the_fine_of_a_contract_between_companies() -> None:
    terms = LateChargeTerms(Decimal(10), profile=COMPANY)
    assert terms.fine_on(HUNDRED) == Money(1000)
    assert terms.for_consumers().fine_on(HUNDRED) == Money(200)
    mild = LateChargeTerms(Decimal(1), profile=COMPANY)
    assert mild.for_consumers().fine_on(HUNDRED) == Money(100)
    assert CONSUMER_TERMS.for_consumers() is CONSUMER_TERMS


@pytest.mark.parametrize(
    ("profile", "principal", "fine", "why"),
    [
        (CONSUMER, 100_000, 500, "R$ 5.00 of R$ 1,000.00"),
        (CONSUMER, 10_000, 200, "R$ 5.00 would be 5 % of R$ 100.00: 2 % it is"),
        (COMPANY, 10_000, 500, "5 % is allowed between companies"),
    ],
)
def test_a_fixed_fine_stays_within_the_limit_too(
    profile: Profile, principal: int, fine: int, why: str
) -> None:
    terms = LateChargeTerms(fine_amount=Money(500), profile=profile)
    assert terms.fine_on(Money(principal)) == Money(fine), why


def test_the_order_of_allocation_names_every_component_once() -> None:
    with pytest.raises(ValueError, match="once"):
        LateChargeTerms(allocation=(Component.PRINCIPAL,))


@pytest.mark.parametrize(
    ("discount", "day", "centavos", "why"),
    [
        (DiscountTier(date(2026, 11, 5), Decimal(5)), date(2026, 11, 5), 500, "on its last day"),
        (DiscountTier(date(2026, 11, 5), Decimal(5)), date(2026, 11, 6), 0, "a day too late"),
        (DiscountTier(date(2026, 11, 7), amount=Money(321)), date(2026, 11, 9), 321, "Sat → Mon"),
        (DiscountTier(DUE, Decimal(5)), DUE, 500, "until the due date itself (BCB, not Woovi)"),
        (DailyDiscount(Decimal("0.1")), date(2026, 10, 31), 100, "ten days early at 0.1 %"),
        (DailyDiscount(amount=Money(7)), date(2026, 11, 3), 49, "seven days early"),
        (
            DailyDiscount(amount=Money(7), days=DayCount.BUSINESS),
            date(2026, 11, 6),
            14,
            "Friday to Tuesday: two business days",
        ),
        (DailyDiscount(Decimal("0.1")), DUE, 0, "not early at all"),
    ],
)
def test_discounts_end_when_they_say(
    discount: DiscountTier | DailyDiscount, day: date, centavos: int, why: str
) -> None:
    assert discount.on(day, DUE, HUNDRED, Rounding.HALF_UP) == Money(centavos), why


@pytest.mark.parametrize(
    ("percent", "amount"), [("0", 0), ("5", 100), ("100", 0), ("-1", 0), ("0", -5)]
)
def test_a_discount_is_an_amount_or_a_rate_below_the_whole(percent: str, amount: int) -> None:
    for kind in (
        lambda: DiscountTier(DUE, Decimal(percent), Money(amount)),
        lambda: DailyDiscount(Decimal(percent), Money(amount)),
    ):
        with pytest.raises(ValueError, match="discount"):
            kind()
