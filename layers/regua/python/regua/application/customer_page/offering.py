"""What the creditor offers on a page: what still stands, and the bounds of what may be chosen."""

from collections.abc import Sequence
from datetime import date, timedelta

from regua.application.customer_page.case import PageCase
from regua.application.customer_page.views import OfferView, OptionView, PlanView
from regua.domain.delivery import EventKind
from regua.domain.negotiation.offers import Offer, OfferedOption, offer_for
from regua.domain.payoff import business_date

_DAY = timedelta(days=1)


def standing_offers(case: PageCase) -> Sequence[Offer]:
    """Return what the creditor offers that still stands, the best for the customer first.

    An offer was made on every day on which somebody answered the question on this page: the
    chain says so. One of an earlier day stands as long as its rule says, at the amounts of that
    day. A message that thanks for a payment leads to no settlement.
    """
    if not case.is_collection:
        return ()
    shown = (e.at for e in case.events if e.kind is EventKind.IDENTIFIED)
    days = {business_date(at) for at in shown if at <= case.now}
    creditor, found = case.creditor, dict[date, Offer]()
    for day in (None, *sorted(days)):
        offer = offer_for(case.account, creditor.offers, creditor.rulers, case.now, day)
        if isinstance(offer, Offer):
            found[offer.on] = offer
    return sorted(found.values(), key=lambda o: (min(p.total for p in o.options), o.on))


def standing_offer(case: PageCase) -> Offer | None:
    """Return the offer that is shown."""
    return next(iter(standing_offers(case)), None)


def offer_view(offer: Offer) -> OfferView:
    """Return an offer with the bounds of what may be chosen."""
    plans = [_plan(option, count) for option, count in offer.plans]
    span = (offer.first_due_until - offer.first_due_from).days
    return OfferView(
        owed=offer.owed,
        options=[_option(o) for o in offer.options],
        max_instalments=offer.max_instalments,
        max_down_payment=max(p.greatest for p in plans),
        first_due_dates=[offer.first_due_from + _DAY * n for n in range(span + 1)],
        valid_until=offer.valid_until,
        needs_approval=offer.rule.needs_approval,
        plans=plans,
    )


def _plan(option: OfferedOption, instalments: int) -> PlanView:
    first = option.down_payments(instalments)
    return PlanView(instalments, first.least, first.greatest, first.is_required)


def _option(option: OfferedOption) -> OptionView:
    return OptionView(option.min_instalments, option.max_instalments, option.total, option.discount)
