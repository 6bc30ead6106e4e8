"""What the sliders choose, moved to the nearest thing that can be agreed."""

from collections.abc import Mapping, Sequence
from datetime import date

from regua.application.customer_page.views import OfferView, PlanView
from regua.domain.errors import InvalidInput
from regua.domain.money import ZERO, Money
from regua.domain.negotiation.deal import Choice

from .forms import read_choice

_STEPS = (100, 500, 1_000, 5_000, 10_000, 50_000, 100_000)
_MOST_STOPS = 100
"""A slider has no more places than a thumb or the arrow keys can find."""


def chosen(offer: OfferView, fields: Mapping[str, str]) -> tuple[Choice, bool]:
    """Return what was chosen, or the nearest to it, and whether it had to be moved.

    A field that was not sent is the easiest: the fewest instalments, the least down payment, the
    latest day. A slider's stops are coarse, so a move by less than one is none.

    Args:
        offer: with at least one plan and one day.
        fields: of the address, as they came.
    """
    usual = _usual(offer)
    try:
        wished = read_choice(fields, usual)
    except InvalidInput:
        return usual, True
    plan = _nearest(offer.plans, wished.instalments)
    down_payment = _admitted(plan, wished.down_payment)
    first_due = _day(offer.first_due_dates, wished.first_due)
    found = Choice(plan.instalments, down_payment, first_due)
    moved = abs(down_payment.centavos - wished.down_payment.centavos)
    is_moved = (
        found.instalments != wished.instalments
        or first_due != wished.first_due
        or (bool(fields.get("entrada")) and moved >= step(offer.max_down_payment))
    )
    return found, is_moved


def usual_choices(offer: OfferView) -> Sequence[Choice]:
    """Return the easiest choice of every option, in the options' order."""
    plans = (_nearest(offer.plans, option.max_instalments) for option in offer.options)
    return [Choice(p.instalments, _admitted(p, ZERO), offer.first_due_dates[-1]) for p in plans]


def plan_of(offer: OfferView, choice: Choice) -> PlanView:
    """Return what may be paid first with as many instalments as were chosen."""
    return _nearest(offer.plans, choice.instalments)


def step(greatest: Money) -> int:
    """Return how far apart a slider's stops are, in centavos.

    >>> step(Money(30_00)), step(Money(1_234_56)), step(Money(99))
    (100, 5000, 1)
    """
    if greatest.centavos < _STEPS[0]:
        return 1
    fitting = (each for each in _STEPS if greatest.centavos <= each * _MOST_STOPS)
    return next(fitting, _STEPS[-1])


def last_stop(greatest: Money) -> int:
    """Return the slider's last stop, in centavos: the first that is not less than the greatest.

    >>> last_stop(Money(1_234_56))
    125000
    """
    each = step(greatest)
    return -(-greatest.centavos // each) * each


def _usual(offer: OfferView) -> Choice:
    plan = offer.plans[0]
    return Choice(plan.instalments, _admitted(plan, ZERO), offer.first_due_dates[-1])


def _nearest(plans: Sequence[PlanView], instalments: int) -> PlanView:
    return min(plans, key=lambda plan: (abs(plan.instalments - instalments), plan.instalments))


def _admitted(plan: PlanView, down_payment: Money) -> Money:
    if not down_payment and not plan.is_required:
        return ZERO
    return max(plan.least, min(plan.greatest, down_payment))


def _day(days: Sequence[date], wished: date) -> date:
    return wished if wished in days else days[-1]
