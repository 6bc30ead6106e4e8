"""What a Pix charge asks for an invoice, so that the payer's app computes what is owed, or less.

Until an invoice is late its charge says the contract: due date, fine, interest, rebate, discounts.
One that is late and has no charge yet, or that was paid in part since, cannot be said so (a charge
may not be due in the past, and knows no payments): its charge is due today, asks for what is owed
today, and adds the interest of each further day, rounded down. It never asks for more than is owed.

What a charge can say in neither way is refused with its reason, and the customer is asked by other
means.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from regua.domain.customer import Customer
from regua.domain.errors import InvalidInput
from regua.domain.interest import DayCount, InterestAmount, InterestRate, MonthLength
from regua.domain.invoice import Invoice
from regua.domain.late_charges import Basis, DiscountTier, LateChargeTerms
from regua.domain.money import Money, Rounding
from regua.domain.payoff import business_date
from regua.domain.pix.charge import PixCharge, PixDebtor, Term
from regua.domain.pix.modes import PixInterest, PixRebate
from regua.domain.pix.setup import PixSetup
from regua.domain.pix.terms import discount_of, fine_term, interest_term
from regua.domain.rules import Rule

_MAX_NAME = 200
_FORTNIGHT = 14


def charge_for(
    invoice: Invoice,
    customer: Customer,
    setup: PixSetup,
    terms: LateChargeTerms,
    *,
    today: date,
    due_at_psp: date | None = None,
) -> PixCharge:
    """Return what to ask for an open invoice.

    Args:
        invoice: what is owed.
        customer: who owes it.
        setup: the creditor's key and validity.
        terms: the contract's late charges, as they bind this customer.
        today: the day in Brasília.
        due_at_psp: the due date of the charge that is there and active, if there is one.

    Raises:
        InvalidInput: a charge cannot say it; the reason names what.
    """
    is_there = due_at_psp == invoice.due_date
    effective = invoice.effective_due_date
    paid_late = any(
        p.reversed_at is None and business_date(p.paid_at) > effective for p in invoice.payments
    )
    if not paid_late and (is_there or today <= effective):
        due = invoice.due_date if is_there or today <= invoice.due_date else effective
        return _as_agreed(invoice, customer, setup, terms, due)
    return _as_of(invoice, customer, setup, terms, today)


def _as_agreed(
    invoice: Invoice, customer: Customer, setup: PixSetup, terms: LateChargeTerms, due: date
) -> PixCharge:
    if terms.grace_days:
        raise InvalidInput.at("late_charges.grace_days", "a Pix charge knows no days of grace")
    is_moved = invoice.effective_due_date != invoice.due_date
    if terms.basis is Basis.ORIGINAL and is_moved:
        raise InvalidInput.at("late_charges.basis", "a Pix charge counts from the postponed date")
    principal = invoice.balance
    return PixCharge(
        key=setup.key,
        debtor=_debtor(customer),
        original=principal + invoice.taken_off,
        due_date=due,
        valid_days_after=setup.valid_days_after,
        fine=fine_term(terms, principal),
        interest=interest_term(terms.interest),
        rebate=Term(PixRebate.FIXED, invoice.taken_off) if invoice.taken_off else None,
        discount=discount_of(_discounts(invoice)),
        additional=_additional(invoice),
    )


def _discounts(invoice: Invoice) -> tuple[DiscountTier, ...]:
    """Return the discounts; of an invoice paid in part as amounts, for they are on the whole."""
    if not invoice.paid:
        return invoice.discounts
    base, due = invoice.debt.base, invoice.effective_due_date
    tiers = (
        DiscountTier(d.until, amount=d.on(d.until, due, base, Rounding.HALF_UP))
        for d in invoice.discounts
    )
    return tuple(tiers)


def _as_of(
    invoice: Invoice, customer: Customer, setup: PixSetup, terms: LateChargeTerms, today: date
) -> PixCharge:
    quote = invoice.payoff(today, terms)
    per_day = _per_day(terms, quote.principal, today)
    return PixCharge(
        key=setup.key,
        debtor=_debtor(customer),
        original=quote.total,
        due_date=today,
        valid_days_after=setup.valid_days_after,
        interest=Term(PixInterest.VALUE_PER_CALENDAR_DAY, per_day) if per_day else None,
        additional=_additional(invoice),
    )


def _per_day(terms: LateChargeTerms, principal: Money, today: date) -> Money:
    """Return a day's interest, rounded down; nothing where days are not alike."""
    interest = terms.interest
    is_even = isinstance(interest, InterestAmount | InterestRate)
    if not is_even or interest.days is not DayCount.CALENDAR:
        return Money(0)
    if isinstance(interest, InterestRate) and interest.month is MonthLength.ACTUAL:
        return Money(0)
    later = today + timedelta(days=_FORTNIGHT)
    return Money.rounded(interest.accrued(principal, today, later) / _FORTNIGHT, Rounding.DOWN)


def _debtor(customer: Customer) -> PixDebtor:
    return PixDebtor(tax_id=customer.document, name=customer.name[:_MAX_NAME])


def _additional(invoice: Invoice) -> tuple[tuple[str, str], ...]:
    return (("Fatura", invoice.number[:_MAX_NAME]),)


def asks_the_same(held: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Tell whether a charge at the PSP asks for the same money on the same days.

    PSPs write numbers and texts in their own ways, so numbers are compared as such, and what the
    payer is only shown is not compared.

    >>> asks_the_same({"valor": {"original": "10.0"}}, {"valor": {"original": "10.00"}})
    True
    """
    return bool(_money(held) == _money(wanted))


def _money(body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    calendar = body.get("calendario")
    calendar = calendar if isinstance(calendar, Mapping) else {}
    days = [str(calendar.get(n)) for n in ("dataDeVencimento", "validadeAposVencimento")]
    return days, _plain(body.get("valor"))


def _plain(node: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(node, Mapping):
        return {k: plain for k, v in sorted(node.items()) if (plain := _plain(v)) not in ({}, None)}
    if isinstance(node, list | tuple):
        return sorted((_plain(each) for each in node), key=str)
    if isinstance(node, str | int):
        try:
            return Decimal(node).normalize()
        except ArithmeticError:  # no number, or none that anybody would write
            return node
    return node


RULES = (
    Rule(
        "pix.asked.agreed",
        "Until an invoice is late its charge carries the contract: due date, fine, interest, "
        "rebate and discounts, on what is still unpaid.",
        "BCB, API Pix 2.9.0, schema CobVValor",
    ),
    Rule(
        "pix.asked.late",
        "A charge made after the due date, or after a late part payment, is due on that day, asks "
        "for what is owed then and adds each further day's interest, rounded down.",
        "our convention: a charge may not be due in the past, and must never ask for more than is "
        "owed",
    ),
    Rule(
        "pix.asked.refused",
        "Days of grace, interest from a due date that was not postponed, actual months and the "
        "legal rate make no charge before the invoice is late: a charge cannot say them.",
        "BCB, API Pix 2.9.0, schema CobVValor",
    ),
)
