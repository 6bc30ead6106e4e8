"""What is owed on a date, to the centavo, and how money received was counted.

One pass over the payments in the order of their dates: interest accrues exactly on the principal
outstanding between them and is rounded once; the fine is charged once; each payment goes to the
components in the agreed order; what is left over is the payer's credit. Reversed payments are left
out by the caller: money that was taken back never paid anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from regua.domain import late_charges as charges
from regua.domain.calendar import roll
from regua.domain.interest import DayCount
from regua.domain.late_charges import (
    ALLOCATION_ORDER,
    Basis,
    Component,
    Discount,
    DiscountTier,
    LateChargeTerms,
)
from regua.domain.money import ZERO, Money, Rounding
from regua.domain.rules import Rule
from regua.domain.time_zones import SAO_PAULO


def business_date(at: datetime) -> date:
    """Return the day on which money that moved at an instant counts: the date in Brasília.

    >>> from datetime import UTC
    >>> business_date(datetime(2026, 11, 19, 2, 30, tzinfo=UTC))
    datetime.date(2026, 11, 18)
    """
    return at.astimezone(ZoneInfo(SAO_PAULO)).date()


@dataclass(frozen=True, slots=True)
class Received:
    """Money received on a day, that was not taken back."""

    on: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Debt:
    """What was invoiced and what was received for it.

    ``costs`` are expenses the contract lets the creditor add; ``payments`` may come in any order.
    """

    amount: Money
    due_date: date
    rebate: Money = ZERO
    discounts: Sequence[Discount] = ()
    costs: Money = ZERO
    payments: Sequence[Received] = ()

    @property
    def effective_due_date(self) -> date:
        """The last day to pay without charges, grace aside."""
        return roll(self.due_date)

    @property
    def base(self) -> Money:
        """The invoiced amount less its rebate: the principal at first."""
        return self.amount - self.rebate

    def discount_on(self, day: date, rounding: Rounding = Rounding.HALF_UP) -> Money:
        """Return the best discount for paying everything on a day; never more than the base."""
        due = self.effective_due_date
        best = max((d.on(day, due, self.base, rounding) for d in self.discounts), default=ZERO)
        return min(best, self.base)


@dataclass(frozen=True, slots=True)
class Allocation:
    """How one payment was counted; ``credit`` is what exceeded everything owed."""

    on: date
    amount: Money
    parts: dict[Component, Money]
    credit: Money


@dataclass(frozen=True, slots=True)
class PayoffQuote:
    """The amount owed on ``valid_on``, and how it is made up.

    ``late_fine`` and ``late_interest`` are what was charged in all, paid or not, so the parts
    always add up: amount − rebate − discount + costs + fine + interest − paid + credit = total.
    ``principal`` is what is outstanding of the base. ``valid_until`` is the last day on which the
    total is still right. ``rules`` names what was applied, in the order of the breakdown.
    """

    amount: Money
    rebate: Money
    discount: Money
    costs: Money
    late_fine: Money
    late_interest: Money
    paid: Money
    credit: Money
    principal: Money
    days_late: int
    valid_on: date
    valid_until: date
    rules: tuple[Rule, ...]
    allocations: tuple[Allocation, ...] = ()

    @property
    def total(self) -> Money:
        """What settles the debt on that day; never negative."""
        owed = self.amount - self.rebate - self.discount + self.costs
        return owed + self.late_fine + self.late_interest - self.paid + self.credit


def quote_payoff(
    principal: Money, *, due_date: date, on: date, terms: LateChargeTerms
) -> PayoffQuote:
    """Quote what an unpaid amount has become on a day.

    >>> q = quote_payoff(Money(14990), due_date=date(2026, 11, 2), on=date(2026, 11, 18),
    ...                  terms=LateChargeTerms())
    >>> (q.late_fine.centavos, q.late_interest.centavos, q.total.centavos, q.days_late)
    (300, 75, 15365, 15)
    """
    return quote(Debt(principal, due_date), on, terms)


def quote(debt: Debt, on: date, terms: LateChargeTerms) -> PayoffQuote:
    """Quote what settles a debt on a day, given what was received until then.

    Raises:
        LegalRateMissing: the terms apply the legal rate and its table lacks a month.
    """
    account = _Account(debt, terms)
    for payment in sorted((p for p in debt.payments if p.on <= on), key=lambda p: p.on):
        account.receive(payment)
    account.accrue(on)
    return account.as_quoted(on)


@dataclass(slots=True)
class _Account:
    """A debt as days pass: what was charged, and what of it was paid."""

    debt: Debt
    terms: LateChargeTerms
    interest: Fraction = Fraction()
    fine: Money = ZERO
    discount: Money = ZERO
    accrued_until: date | None = None
    paid: dict[Component, Money] = field(default_factory=lambda: dict.fromkeys(Component, ZERO))
    received: Money = ZERO
    credit: Money = ZERO
    allocations: list[Allocation] = field(default_factory=list)

    @property
    def principal(self) -> Money:
        return self.debt.base - self.discount - self.paid[Component.PRINCIPAL]

    @property
    def late_interest(self) -> Money:
        return Money.rounded(self.interest, self.terms.rounding.interest)

    def is_late(self, day: date) -> bool:
        return day > self.debt.effective_due_date + timedelta(days=self.terms.grace_days)

    @property
    def counts_from(self) -> date:
        is_postponed = self.terms.basis is Basis.POSTPONED
        return self.debt.effective_due_date if is_postponed else self.debt.due_date

    def accrue(self, day: date) -> None:
        """Let the days until ``day`` pass."""
        if not self.is_late(day) or self.accrued_until == day:
            return
        if self.accrued_until is None:
            self.fine = self.terms.fine_on(self.principal)
        since = self.accrued_until or self.counts_from
        self.interest += self.terms.interest.accrued(self.principal, since, day)
        self.accrued_until = day

    def receive(self, payment: Received) -> None:
        """Count a payment on its day."""
        self.accrue(payment.on)
        self.received += payment.amount
        self._take_discount(payment.on)
        left = payment.amount
        parts = {}
        for component in self.terms.allocation:
            part = min(left, self._owed(component))
            parts[component] = part
            self.paid[component] += part
            left -= part
        self.credit += left
        self.allocations.append(Allocation(payment.on, payment.amount, parts, left))

    def _offered(self, day: date) -> Money:
        return self.debt.discount_on(day, self.terms.rounding.discount)

    def _take_discount(self, day: date) -> None:
        """Grant the discount of a day on which all that was received pays the rest."""
        if self.discount:
            return
        offered = self._offered(day) if self.debt.discounts else ZERO
        if offered and self.received >= self.debt.base + self.debt.costs - offered:
            self.discount = offered

    def _owed(self, component: Component) -> Money:
        return max(ZERO, self._charged(component) - self.paid[component])

    def _charged(self, component: Component) -> Money:
        match component:
            case Component.COSTS:
                return self.debt.costs
            case Component.INTEREST:
                return self.late_interest
            case Component.FINE:
                return self.fine
            case Component.PRINCIPAL:
                return self.debt.base - self.discount

    def as_quoted(self, on: date) -> PayoffQuote:
        discount, principal = self.discount, self.principal
        if not discount and self.debt.discounts and principal > ZERO:
            discount = min(self._offered(on), principal)
        is_owed = self.is_late(on) and any(self._owed(c) for c in reversed(ALLOCATION_ORDER))
        days_late = (on - self.counts_from).days if is_owed else 0
        return PayoffQuote(
            amount=self.debt.amount,
            rebate=self.debt.rebate,
            discount=discount,
            costs=self.debt.costs,
            late_fine=self.fine,
            late_interest=self.late_interest,
            paid=self.received,
            credit=self.credit,
            principal=principal - (discount - self.discount),
            days_late=days_late,
            valid_on=on,
            valid_until=self._valid_until(on, discount),
            rules=tuple(self._rules(discount, days_late)),
            allocations=tuple(self.allocations),
        )

    def _valid_until(self, on: date, discount: Money) -> date:
        """Look for the last day, not before ``on``, on which the total is the same."""
        if self.is_late(on):
            if self.principal > ZERO and self.terms.interest.days is DayCount.BUSINESS:
                return roll(on + timedelta(days=1)) - timedelta(days=1)
            return on
        last = self.debt.effective_due_date + timedelta(days=self.terms.grace_days)
        if not discount or self.discount:
            return last
        ends = [roll(d.until) for d in self.debt.discounts if isinstance(d, DiscountTier)]
        same = [d for d in ends if d >= on and self._offered(d) == discount]
        return min(max(same, default=on), self.debt.effective_due_date)

    def _rules(self, discount: Money, days_late: int) -> Iterable[Rule]:
        if self.debt.rebate:
            yield charges.REBATE
        if discount:
            yield charges.DISCOUNT
        if days_late:
            if self.fine:
                yield charges.CHARGED_ONCE
                is_consumer = self.terms.profile is charges.Profile.CONSUMER
                yield charges.FINE_CONSUMER if is_consumer else charges.FINE_COMPANY
            yield charges.BASIS
        elif self.debt.effective_due_date != self.debt.due_date:
            yield charges.NEXT_BUSINESS_DAY
        if self.allocations:
            yield charges.ALLOCATION
