"""What a customer is offered on a day, and what a choice under it comes to, to the centavo.

`offer_for` looks at the account and finds the creditor's rule; `deal_for` takes the customer's
choice and works out the exact terms. Nothing is agreed here: `regua.domain.negotiation.agreement`
is what an accepted deal becomes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

from regua.domain.account import Account
from regua.domain.calendar import month_length
from regua.domain.errors import InvalidInput
from regua.domain.holds import HoldKind, stopping
from regua.domain.ids import InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.late_charges import LateChargeTerms
from regua.domain.money import ZERO, Money, Rounding
from regua.domain.negotiation.agreement import CoveredDebt
from regua.domain.negotiation.deal import Choice, Deal, Part
from regua.domain.negotiation.rules import OfferRule, OfferRules, Option, ReagreementLimits
from regua.domain.payoff import Received, business_date, quote
from regua.domain.rulers import Rulers, facts_of
from regua.domain.rules import Rule
from regua.domain.steps import is_prescribed

DISCOUNT_ROUNDING = Rounding.HALF_UP
"""How what is taken off one debt becomes centavos, principal and late charges apart."""
_CENTAVO = Money(1)
_MONTHS = 12
_KEPT_OUT = frozenset({HoldKind.DISPUTED, HoldKind.IN_AGREEMENT, HoldKind.PAYMENT_IN_TRANSIT})
"""Why an overdue invoice is not settled anew; a promise or a plain hold does not keep it out."""


class NoOfferReason(StrEnum):
    """Why nothing is offered."""

    NO_RULES = "no_rules"
    """The creditor offers nothing to anybody."""
    AGREEMENT_LIVE = "agreement_live"
    """One agreement at a time: another one is proposed or active."""
    TOO_MANY_BREACHES = "too_many_breaches"
    WAITS_AFTER_BREACH = "waits_after_breach"
    NOTHING_OVERDUE = "nothing_overdue"
    NOTHING_TO_SETTLE = "nothing_to_settle"
    """What is overdue is disputed, prescribed, or was paid and is on its way."""
    NO_RULE_APPLIES = "no_rule_applies"
    TOO_SMALL = "too_small"
    """No option of the rule keeps its instalments above their minimum."""


@dataclass(frozen=True, slots=True)
class NoOffer:
    """Nothing is offered; ``until`` is when it may be again, where that is known."""

    reason: NoOfferReason
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuotedDebt:
    """An overdue invoice on the day of the offer, payments so far counted."""

    invoice_id: InvoiceId
    due_date: date
    days_late: int
    """Calendar days after the effective due date."""
    principal: Money
    """What is left of the invoiced amount."""
    charges: Money
    """What is left of late fine and interest."""

    @property
    def owed(self) -> Money:
        """What pays it off that day."""
        return self.principal + self.charges

    def agreed(self, option: Option) -> Money:
        """Return what is left to pay under an option: at least a centavo, at most what is owed."""
        off = self.principal.percent(option.principal_discount_percent, DISCOUNT_ROUNDING)
        off += self.charges.percent(option.charges_discount_percent, DISCOUNT_ROUNDING)
        return max(_CENTAVO, self.owed - off)


@dataclass(frozen=True, slots=True)
class DownPayments:
    """What may be paid first: from ``least`` to ``greatest``, or nothing unless it is required.

    Both are zero where nothing can be paid first.
    """

    least: Money
    greatest: Money
    is_required: bool

    def admits(self, amount: Money) -> bool:
        """Tell whether an amount may be paid first."""
        if not amount:
            return not self.is_required
        return self.least <= amount <= self.greatest


NO_DOWN_PAYMENT = DownPayments(ZERO, ZERO, is_required=False)


@dataclass(frozen=True, slots=True)
class OfferedOption:
    """A way to settle as it is offered to this customer: the option, and what it comes to.

    Every number of instalments from ``min_instalments`` to ``max_instalments`` is possible; where
    amounts are too small for the longest plans the option ends before them. ``debts`` are sorted
    by due date, oldest first.
    """

    option: Option
    min_instalments: int
    max_instalments: int
    debts: tuple[CoveredDebt, ...]
    floor: Money
    """The least that an instalment may be."""

    @property
    def total(self) -> Money:
        """What is paid in all, whatever the number of instalments."""
        return _sum(d.agreed for d in self.debts)

    @property
    def discount(self) -> Money:
        """What is saved."""
        return _sum(d.owed for d in self.debts) - self.total

    def down_payments(self, instalments: int) -> DownPayments:
        """Return what may be paid first before so many instalments.

        Who pays everything at once pays nothing first, unless the option asks for it: a small
        down payment would otherwise buy a month at the price of paying at once.
        """
        found = _down_payments(self.option, self.total, self.floor, instalments)
        return found or NO_DOWN_PAYMENT


@dataclass(frozen=True, slots=True)
class Offer:
    """What a customer may settle, and how.

    ``debts`` are sorted by due date, oldest first; ``options`` by their instalments, fewest first,
    none of them empty and no two for one number of instalments.
    """

    rule: OfferRule
    on: date
    """The day the debts are quoted for."""
    debts: tuple[QuotedDebt, ...]
    options: tuple[OfferedOption, ...]
    first_due_from: date
    first_due_until: date
    """The first payment is due on any day between the two, both included. Where the creditor has
    to approve, they count from the last day that it has for it: nothing falls due before."""
    valid_until: date
    """The last day on which it stands as it is."""

    @property
    def owed(self) -> Money:
        """What the debts come to that day."""
        return _sum(d.owed for d in self.debts)

    @property
    def days_late(self) -> int:
        """Of the oldest debt."""
        return max(d.days_late for d in self.debts)

    @property
    def max_instalments(self) -> int:
        """The longest plan there is."""
        return self.options[-1].max_instalments

    @property
    def plans(self) -> tuple[tuple[OfferedOption, int], ...]:
        """Every number of instalments that may be chosen, fewest first, each with its option.

        Numbers may be missing between them: an option that takes more off may end sooner than the
        next one begins, where its instalments would be too small.
        """
        return tuple(
            (option, count)
            for option in self.options
            for count in range(option.min_instalments, option.max_instalments + 1)
        )

    def option_for(self, instalments: int) -> OfferedOption | None:
        """Return the option for so many instalments, if they may be chosen."""
        fits = (o for o in self.options if o.min_instalments <= instalments <= o.max_instalments)
        return next(fits, None)

    def usual_choice(self, instalments: int) -> Choice:
        """Return the easiest choice of so many instalments: the least first, as late as may be.

        Raises:
            InvalidInput: ``body.instalments`` when so many may not be chosen.
        """
        option = _chosen_option(self, instalments)
        first = option.down_payments(instalments)
        down_payment = first.least if first.is_required else ZERO
        return Choice(instalments, down_payment, self.first_due_until)


def offer_for(
    account: Account,
    offers: OfferRules,
    rulers: Rulers,
    now: datetime,
    quoted_on: date | None = None,
) -> Offer | NoOffer:
    """Work out what a customer is offered.

    An offer stands for the days its rule says, at the amounts of the day it was made. Who comes
    back within them names that day; what was received since is counted as if it had come that day.

    Args:
        account: with its open invoices.
        offers: what the creditor offers.
        rulers: tell the terms of late charges that each invoice follows, and the segment.
        now: decides what stands: holds, agreements, breaches, the days left to choose from.
        quoted_on: the day an earlier offer was made for, as we ourselves wrote it down; one that
            no longer stands, or lies in the future, does not count.

    Raises:
        LegalRateMissing: an invoice bears the legal rate and its table lacks a month.
    """
    refusal = _refusal(account, offers, now)
    if refusal is not None:
        return refusal
    today = business_date(now)
    if quoted_on is not None and quoted_on < today:
        earlier = _quoted(account, offers, rulers, now, quoted_on)
        if isinstance(earlier, Offer) and today <= earlier.valid_until:
            return earlier
    return _quoted(account, offers, rulers, now, today)


def deal_for(offer: Offer, choice: Choice) -> Deal:
    """Work out the exact terms of a choice: parts and shares add up to one total.

    Raises:
        InvalidInput: ``body.instalments``, ``body.down_payment_centavos`` or ``body.first_due``
            lies outside what is offered.
    """
    option = _chosen_option(offer, choice.instalments)
    allowed = option.down_payments(choice.instalments)
    if not allowed.admits(choice.down_payment):
        raise InvalidInput.at("body.down_payment_centavos", _allowed(allowed))
    if not offer.first_due_from <= choice.first_due <= offer.first_due_until:
        first, last = offer.first_due_from.isoformat(), offer.first_due_until.isoformat()
        raise InvalidInput.at("body.first_due", f"is not between {first} and {last}")
    rule = offer.rule
    return Deal(
        rule=rule.name,
        choice=choice,
        on=offer.on,
        debts=option.debts,
        parts=tuple(_parts(option.total, choice)),
        breach_after_days=rule.breach_after_days,
        needs_approval=rule.needs_approval,
        approval_days=rule.approval_days,
        ruler=rule.ruler,
    )


def quoted_debt(invoice: Invoice, on: date, terms: LateChargeTerms) -> QuotedDebt:
    """Quote an invoice on a day; what came in later is counted on that day.

    Raises:
        LegalRateMissing: the terms apply the legal rate and its table lacks a month.
    """
    debt = invoice.debt
    received = [Received(min(p.on, on), p.amount) for p in debt.payments]
    quoted = quote(replace(debt, payments=received), on, terms)
    return QuotedDebt(
        invoice_id=invoice.external_id,
        due_date=invoice.due_date,
        days_late=(on - invoice.effective_due_date).days,
        principal=quoted.principal,
        charges=quoted.total - quoted.principal,
    )


def month_after(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day where it is shorter.

    >>> month_after(date(2027, 1, 31), 1), month_after(date(2027, 1, 31), 2)
    (datetime.date(2027, 2, 28), datetime.date(2027, 3, 31))
    """
    year, index = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    return date(year, index + 1, min(day.day, month_length(year, index + 1)))


# ── whether anything is offered ────────────────────────────────────────────────────────────────


def _refusal(account: Account, offers: OfferRules, now: datetime) -> NoOffer | None:
    if not offers.rules:
        return NoOffer(NoOfferReason.NO_RULES)
    if any(a.status.is_live for a in account.agreements):
        return NoOffer(NoOfferReason.AGREEMENT_LIVE)
    return _after_breaches(account.breaches, offers.limits, now)


def _after_breaches(
    breaches: tuple[datetime, ...], limits: ReagreementLimits, now: datetime
) -> NoOffer | None:
    """Tell whether broken agreements stand in the way; ``breaches`` are oldest first."""
    window = timedelta(days=limits.window_days)
    counted = [at for at in breaches if now < at + window]
    if len(counted) >= limits.max_breaches:
        return NoOffer(NoOfferReason.TOO_MANY_BREACHES, counted[-limits.max_breaches] + window)
    until = breaches[-1] + timedelta(days=limits.wait_days) if breaches else now
    return NoOffer(NoOfferReason.WAITS_AFTER_BREACH, until) if now < until else None


# ── what is offered ────────────────────────────────────────────────────────────────────────────


def _quoted(
    account: Account, offers: OfferRules, rulers: Rulers, now: datetime, on: date
) -> Offer | NoOffer:
    """Work out the offer at the amounts of a day."""
    overdue = [i for i in account.invoices.values() if i.effective_due_date < on]
    if not overdue:
        return NoOffer(NoOfferReason.NOTHING_OVERDUE)
    debts = tuple(
        quoted_debt(invoice, on, account.late_charges(rulers.followed(account, invoice)))
        for invoice in sorted(overdue, key=lambda i: (i.due_date, i.external_id))
        if _may_be_settled(account, invoice, now) and not is_prescribed(invoice, business_date(now))
    )
    if not debts:
        return NoOffer(NoOfferReason.NOTHING_TO_SETTLE)
    rule = _rule_for(account, offers, rulers, debts, on)
    if rule is None:
        return NoOffer(NoOfferReason.NO_RULE_APPLIES)
    options = tuple(_offered_options(rule, debts))
    if not options:
        return NoOffer(NoOfferReason.TOO_SMALL)
    waits = timedelta(days=rule.approval_days if rule.needs_approval else 0)
    earliest = business_date(now) + waits
    return Offer(
        rule=rule,
        on=on,
        debts=debts,
        options=options,
        first_due_from=earliest,
        first_due_until=earliest + timedelta(days=rule.first_due_days),
        valid_until=on + timedelta(days=rule.valid_days),
    )


def _may_be_settled(account: Account, invoice: Invoice, now: datetime) -> bool:
    hold = stopping(account.holds, invoice.external_id, now)
    return hold is None or hold.kind not in _KEPT_OUT


def _rule_for(
    account: Account,
    offers: OfferRules,
    rulers: Rulers,
    debts: tuple[QuotedDebt, ...],
    on: date,
) -> OfferRule | None:
    """Return the first rule whose conditions hold."""
    facts = facts_of(account, on)
    facts = replace(facts, segment=rulers.segment(facts).name)
    owed, days_late = _sum(d.owed for d in debts), max(d.days_late for d in debts)
    for rule in offers.rules:
        when = rule.conditions
        if when.refuse_invoice(owed, days_late) is None and when.refuse_account(facts) is None:
            return rule
    return None


def _offered_options(rule: OfferRule, debts: tuple[QuotedDebt, ...]) -> Iterator[OfferedOption]:
    """Yield the options that amounts allow, fewest instalments first."""
    floor = max(rule.min_instalment, _CENTAVO)
    for option in sorted(rule.options, key=lambda o: o.min_instalments):
        shares = tuple(CoveredDebt(d.invoice_id, d.owed, d.agreed(option)) for d in debts)
        total = _sum(s.agreed for s in shares)
        counts = [
            count
            for count in range(option.min_instalments, option.max_instalments + 1)
            if _down_payments(option, total, floor, count) is not None
        ]
        if counts:
            yield OfferedOption(option, counts[0], counts[-1], shares, floor)


def _down_payments(
    option: Option, total: Money, floor: Money, instalments: int
) -> DownPayments | None:
    """Return what may be paid first; None when so many instalments are not possible."""
    is_required = option.down_payment_percent > 0
    is_at_once = instalments == 1 and not is_required
    if is_at_once:  # whatever it comes to: a small debt can always be paid
        return NO_DOWN_PAYMENT
    greatest = total - Money(floor.centavos * instalments)
    least = max(_share_up(total, option.down_payment_percent), floor)
    if least <= greatest:
        return DownPayments(least, greatest, is_required)
    return None if is_required or greatest < ZERO else NO_DOWN_PAYMENT


def _share_up(total: Money, percent: Decimal) -> Money:
    """Return a share of an amount, rounded up: the least that is not less than the share."""
    exact = Decimal(total.centavos) * percent / 100
    return Money(int(exact.to_integral_value(rounding=ROUND_CEILING)))


# ── what a choice comes to ─────────────────────────────────────────────────────────────────────


def _chosen_option(offer: Offer, instalments: int) -> OfferedOption:
    option = offer.option_for(instalments)
    if option is None:
        spans = ", ".join(f"{o.min_instalments} to {o.max_instalments}" for o in offer.options)
        raise InvalidInput.at("body.instalments", f"is not offered; there are: {spans}")
    return option


def _allowed(allowed: DownPayments) -> str:
    if allowed.greatest:
        span = f"is not between {allowed.least.centavos} and {allowed.greatest.centavos} centavos"
        return span if allowed.is_required else f"{span}, nor zero"
    return "there is none with so many instalments"


def _parts(total: Money, choice: Choice) -> Iterator[Part]:
    """Yield the payments in order; what does not divide evenly goes to the first instalment."""
    later = 0
    if choice.down_payment:
        yield Part(0, choice.first_due, choice.down_payment)
        later = 1
    rest = (total - choice.down_payment).centavos
    each, odd = divmod(rest, choice.instalments)
    for number in range(1, choice.instalments + 1):
        due = month_after(choice.first_due, number - 1 + later)
        yield Part(number, due, Money(each + odd if number == 1 else each))


def _sum(amounts: Iterable[Money]) -> Money:
    return Money(sum(amount.centavos for amount in amounts))


COVERED = Rule(
    "offer.covered",
    "An offer covers every overdue invoice, except what is disputed, prescribed, rests in an"
    " agreement, or was paid and is on its way.",
    "our convention: an agreement over part of what is overdue leaves the rest being chased; what"
    " is prescribed is not asked for (STJ REsp 2.088.100)",
)
DISCOUNTED = Rule(
    "offer.discount",
    "A discount is taken off each debt, off what is left of its principal and of its late charges"
    " apart, each rounded to centavos once; no debt is agreed at nothing.",
    "our convention: the shares of the debts add up to the total, to the centavo",
    DISCOUNT_ROUNDING.value,
)
DIVIDED = Rule(
    "offer.instalments",
    "Instalments are equal; what does not divide evenly goes to the first one. They fall due on"
    " the same day of each month, or on the last one of a shorter month.",
    "our convention; a due date that is no business day moves as any other (Lei 7.089/1983)",
)
AT_ONCE = Rule(
    "offer.at_once",
    "Paying everything at once is possible whatever the least instalment is, and takes no down"
    " payment unless the option asks for one.",
    "our convention: a down payment of a few centavos would buy a month at the price of no wait",
)
STANDS = Rule(
    "offer.stands",
    "An offer stands for the days its rule says, at the amounts of the day it was made; what comes"
    " in meanwhile counts on that day.",
    "CDC (Lei 8.078/1990) arts. 30 and 48: an offer that is precise enough binds who makes it",
)
REAGREEMENT = Rule(
    "offer.reagreement",
    "Who broke agreements is offered another one only within limits; the debts they covered are"
    " what is settled anew, less what was paid.",
    "our convention; the creditor's ``limits`` say otherwise",
    f"{ReagreementLimits().max_breaches} breaches in {ReagreementLimits().window_days} days",
)
RULES = (COVERED, DISCOUNTED, DIVIDED, AT_ONCE, STANDS, REAGREEMENT)
