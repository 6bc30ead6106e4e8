"""A Pix charge says what the contract says, or says that it cannot."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.errors import InvalidInput
from regua.domain.interest import (
    DayCount,
    Interest,
    InterestAmount,
    InterestRate,
    LegalRate,
    MonthLength,
    RatePeriod,
)
from regua.domain.late_charges import DiscountTier, LateChargeTerms, Profile
from regua.domain.money import Money
from regua.domain.pix.charge import Discount, Term
from regua.domain.pix.modes import PixDiscount, PixFine, PixInterest, is_percent
from regua.domain.pix.terms import discount_of, fine_term, interest_of, interest_term

DUE = date(2026, 11, 10)
values = st.integers(1, 10**6)


def term_of(mode: PixInterest, n: int) -> Term[PixInterest]:
    return Term(mode, Decimal(n) / 100 if is_percent(mode) else Money(n))


@given(st.sampled_from(PixInterest), values)
def test_every_code_survives_the_way_there_and_back(mode: PixInterest, n: int) -> None:
    term = term_of(mode, n)
    assert interest_term(interest_of(term)) == term


@pytest.mark.parametrize(
    ("code", "interest"),
    [
        (1, InterestAmount(Money(150))),
        (2, InterestRate(Decimal("1.5"), RatePeriod.DAY)),
        (3, InterestRate(Decimal("1.5"), RatePeriod.MONTH)),
        (4, InterestRate(Decimal("1.5"), RatePeriod.YEAR)),
        (5, InterestAmount(Money(150), DayCount.BUSINESS)),
        (6, InterestRate(Decimal("1.5"), RatePeriod.DAY, DayCount.BUSINESS)),
        (7, InterestRate(Decimal("1.5"), RatePeriod.MONTH, DayCount.BUSINESS)),
        (8, InterestRate(Decimal("1.5"), RatePeriod.YEAR, DayCount.BUSINESS)),
    ],
)
def test_the_eight_codes_mean_what_the_central_bank_says(code: int, interest: Interest) -> None:
    assert interest_of(term_of(PixInterest(code), 150)) == interest


@pytest.mark.parametrize(
    "interest",
    [LegalRate({}), InterestRate(Decimal(1), month=MonthLength.ACTUAL)],
    ids=["legal rate", "actual month"],
)
def test_what_a_charge_cannot_say_is_refused_and_not_approximated(interest: Interest) -> None:
    with pytest.raises(InvalidInput):
        interest_term(interest)


def test_no_interest_and_no_fine_are_left_out() -> None:
    assert interest_term(InterestRate(Decimal(0))) is None
    assert interest_term(InterestAmount(Money(0))) is None
    assert fine_term(LateChargeTerms(fine_percent=Decimal(0)), Money(10_000)) is None


@pytest.mark.parametrize(
    ("terms", "term", "why"),
    [
        (LateChargeTerms(), Term(PixFine.PERCENT, Decimal(2)), "per cent"),
        (
            LateChargeTerms(fine_amount=Money(500)),
            Term(PixFine.FIXED, Money(200)),
            "an amount, within the limit of 2 % of R$ 100.00",
        ),
        (
            LateChargeTerms(fine_amount=Money(500), profile=Profile.COMPANY),
            Term(PixFine.FIXED, Money(500)),
            "5 % between companies",
        ),
    ],
)
def test_the_fine_of_a_charge_is_the_contracts(
    terms: LateChargeTerms, term: Term[PixFine], why: str
) -> None:
    assert fine_term(terms, Money(10_000)) == term, why


def test_discounts_are_told_in_the_order_of_their_dates() -> None:
    early, later = DUE - timedelta(days=9), DUE
    tiers = [DiscountTier(later, Decimal(2)), DiscountTier(early, Decimal(5))]
    assert discount_of(tiers) == Discount(
        PixDiscount.PERCENT_UNTIL_DATES, until=((early, Decimal(5)), (later, Decimal(2)))
    )
    fixed = discount_of([DiscountTier(DUE, amount=Money(99))])
    assert fixed == Discount(PixDiscount.FIXED_UNTIL_DATES, until=((DUE, Money(99)),))
    assert discount_of([]) is None


@pytest.mark.parametrize(
    ("tiers", "why"),
    [
        ([DiscountTier(DUE, Decimal(2)), DiscountTier(DUE, amount=Money(1))], "mixed"),
        ([DiscountTier(DUE, Decimal(2))] * 4, "a fourth date"),
    ],
)
def test_discounts_that_a_charge_cannot_say_are_refused(
    tiers: list[DiscountTier], why: str
) -> None:
    with pytest.raises(InvalidInput):
        discount_of(tiers)
    assert why
