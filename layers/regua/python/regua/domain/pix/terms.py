"""From a contract's terms to a Pix charge's codes and back: what the payer's app will compute.

A contract can say more than a charge can carry (an actual month, the legal rate, a fixed fine
with a limit): those are refused here, never approximated.
"""

from collections.abc import Sequence

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
from regua.domain.late_charges import MAX_DISCOUNT_TIERS, DiscountTier, LateChargeTerms
from regua.domain.money import Money
from regua.domain.pix.charge import Discount, Term
from regua.domain.pix.modes import PixDiscount, PixFine, PixInterest

_RATES = {
    PixInterest.PERCENT_PER_CALENDAR_DAY: (RatePeriod.DAY, DayCount.CALENDAR),
    PixInterest.PERCENT_PER_CALENDAR_MONTH: (RatePeriod.MONTH, DayCount.CALENDAR),
    PixInterest.PERCENT_PER_CALENDAR_YEAR: (RatePeriod.YEAR, DayCount.CALENDAR),
    PixInterest.PERCENT_PER_BUSINESS_DAY: (RatePeriod.DAY, DayCount.BUSINESS),
    PixInterest.PERCENT_PER_BUSINESS_MONTH: (RatePeriod.MONTH, DayCount.BUSINESS),
    PixInterest.PERCENT_PER_BUSINESS_YEAR: (RatePeriod.YEAR, DayCount.BUSINESS),
}
_AMOUNTS = {
    PixInterest.VALUE_PER_CALENDAR_DAY: DayCount.CALENDAR,
    PixInterest.VALUE_PER_BUSINESS_DAY: DayCount.BUSINESS,
}
_MODE_OF_RATE = {stated: mode for mode, stated in _RATES.items()}
_MODE_OF_AMOUNT = {days: mode for mode, days in _AMOUNTS.items()}


def interest_of(term: Term[PixInterest]) -> Interest:
    """Return the interest that a charge's code and value stand for."""
    if isinstance(term.value, Money):
        return InterestAmount(term.value, _AMOUNTS[term.mode])
    return InterestRate(term.value, *_RATES[term.mode])


def interest_term(interest: Interest) -> Term[PixInterest] | None:
    """Return the code and value of an interest; None when there is none to charge.

    Raises:
        InvalidInput: a charge cannot say it.
    """
    if isinstance(interest, LegalRate):
        raise InvalidInput.at("interest", "a Pix charge cannot carry the legal rate's table")
    if isinstance(interest, InterestAmount):
        if not interest.per_day:
            return None
        return Term(_MODE_OF_AMOUNT[interest.days], interest.per_day)
    if interest.month is MonthLength.ACTUAL:
        raise InvalidInput.at("interest", "a Pix charge has months of 30 days only")
    if not interest.percent:
        return None
    return Term(_MODE_OF_RATE[interest.per, interest.days], interest.percent)


def fine_term(terms: LateChargeTerms, principal: Money) -> Term[PixFine] | None:
    """Return the code and value of the fine on a principal; None when there is none."""
    if terms.fine_amount:
        fine = terms.fine_on(principal)
        return Term(PixFine.FIXED, fine) if fine else None
    return Term(PixFine.PERCENT, terms.fine_percent) if terms.fine_percent else None


def discount_of(tiers: Sequence[DiscountTier]) -> Discount | None:
    """Return the discounts of an invoice as one of a charge; None when there are none.

    Raises:
        InvalidInput: amounts and rates are mixed, which a charge cannot say.
    """
    if not tiers:
        return None
    if len(tiers) > MAX_DISCOUNT_TIERS:
        raise InvalidInput.at("discounts", f"a Pix charge has {MAX_DISCOUNT_TIERS} dates at most")
    amounts = [bool(tier.amount) for tier in tiers]
    if any(amounts) and not all(amounts):
        raise InvalidInput.at("discounts", "a Pix charge has either amounts or rates")
    mode = PixDiscount.FIXED_UNTIL_DATES if all(amounts) else PixDiscount.PERCENT_UNTIL_DATES
    ordered = sorted(tiers, key=lambda tier: tier.until)
    return Discount(mode, until=tuple((t.until, t.amount or t.percent) for t in ordered))
