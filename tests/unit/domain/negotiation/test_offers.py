"""What is offered, and what a choice comes to: to the centavo, and never beyond what is owed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from regua.domain.account import Account
from regua.domain.calendar import roll
from regua.domain.conditions import Conditions
from regua.domain.customer import CustomerKind
from regua.domain.errors import InvalidInput
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import CreditorId, CustomerId, InvoiceId
from regua.domain.invoice import Invoice, PaymentMethod
from regua.domain.money import ZERO, Money
from regua.domain.negotiation.agreement import Agreement, AgreementStatus, CoveredDebt
from regua.domain.negotiation.deal import Choice, Deal
from regua.domain.negotiation.offers import (
    DownPayments,
    NoOffer,
    NoOfferReason,
    Offer,
    QuotedDebt,
    deal_for,
    month_after,
    offer_for,
)
from regua.domain.negotiation.rules import OfferRule, OfferRules, Option, ReagreementLimits
from regua.domain.rulers import Assignment, Rulers, Segment
from tests.builders import (
    DUE,
    any_account,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)

RULERS = any_creditor().rulers
"""2 % once and 1 % a month."""
TODAY = DUE + timedelta(days=30)
"""Thursday, 10 December 2026: R$ 149,90 bear a fine of R$ 3,00 and interest of R$ 1,50."""
NOW = nine_o_clock(TODAY)
AT_ONCE = Option(1, 1, Decimal(10), Decimal(100))
IN_THREE = Option(2, 3, Decimal(5), Decimal(50))
IN_SIX = Option(4, 6, down_payment_percent=Decimal(20))
USUAL = OfferRule("usual", (AT_ONCE, IN_THREE, IN_SIX), min_instalment=Money(2000))


def counts_of(offer: Offer) -> tuple[int, ...]:
    """Return every number of instalments that may be chosen."""
    return tuple(count for _, count in offer.plans)


def offered(
    account: Account | None = None,
    *rules: OfferRule,
    now: datetime = NOW,
    quoted_on: date | None = None,
) -> Offer:
    """Return what is offered; the usual rule to the usual account unless said otherwise."""
    offers = OfferRules(rules or (USUAL,))
    found = offer_for(account or any_account(any_invoice()), offers, RULERS, now, quoted_on)
    assert isinstance(found, Offer), found
    return found


def refused(account: Account, offers: OfferRules | None = None, now: datetime = NOW) -> NoOffer:
    found = offer_for(account, offers or OfferRules((USUAL,)), RULERS, now)
    assert isinstance(found, NoOffer), found
    return found


def choice(instalments: int, down: int = 0, first_due: date = TODAY) -> Choice:
    return Choice(instalments, Money(down), first_due)


def amounts(deal: Deal) -> list[int]:
    return [p.amount.centavos for p in deal.parts]


def a_hold(kind: HoldKind, invoice_id: str | None = "fat-1", **changes: Any) -> Hold:  # noqa: ANN401
    fields: dict[str, Any] = {
        "hold_id": f"h-{kind}",
        "kind": kind,
        "since": NOW - timedelta(days=1),
        "until": None if kind is HoldKind.IN_AGREEMENT else NOW + timedelta(days=5),
        "reason": "",
        "by": "page",
        "invoice_id": None if invoice_id is None else InvoiceId(invoice_id),
    }
    return Hold(**{**fields, **changes})


# ── what is covered, and for how much ───────────────────────────────────────────────────────────


def test_a_debt_is_quoted_with_principal_and_late_charges_apart() -> None:
    offer = offered()
    assert offer.debts == (QuotedDebt(InvoiceId("fat-1"), DUE, 30, Money(14990), Money(450)),)
    assert (offer.owed, offer.days_late, offer.on) == (Money(15440), 30, TODAY)


@pytest.mark.parametrize(
    ("instalments", "agreed", "why"),
    [
        (1, 13491, "15440 − 1499 (10 % of 14990) − 450 (all charges)"),
        (2, 14465, "15440 − 750 (5 % of 14990 is 749.5, half up) − 225 (half of 450)"),
        (3, 14465, "the same option"),
        (4, 15440, "nothing is taken off"),
        (6, 15440, "the same option"),
    ],
)
def test_each_option_comes_to_what_was_worked_out_by_hand(
    instalments: int, agreed: int, why: str
) -> None:
    option = offered().option_for(instalments)
    assert option is not None
    assert option.total == Money(agreed), why
    assert option.discount == Money(15440 - agreed)
    assert option.debts == (CoveredDebt(InvoiceId("fat-1"), Money(15440), Money(agreed)),)


def test_a_discount_is_rounded_for_each_debt_so_that_shares_add_up() -> None:
    """0.5 % of 3333 is 16.665: 17 off each of three debts, where 0.5 % of the sum is 50."""
    invoices = [any_invoice(f"fat-{n}", amount=Money(3333)) for n in (1, 2, 3)]
    rule = OfferRule("r", (Option(1, 1, Decimal("0.5")),))
    offer = offered(any_account(*invoices), rule)
    (option,) = offer.options
    assert [(d.owed.centavos, d.agreed.centavos) for d in option.debts] == [(3433, 3416)] * 3
    assert (option.total, option.discount) == (Money(10248), Money(51))


def test_what_was_paid_in_part_counts_before_anything_is_taken_off() -> None:
    """R$ 50,00 paid on 20 November, ten days late: 300 fine, 50 interest, 4650 of the principal.

    20 days on 10340 are 69 (68.93) of interest more: 119 in all, of which 50 are paid.
    """
    paid = any_payment(amount=Money(5000), paid_at=nine_o_clock(date(2026, 11, 20)))
    offer = offered(any_account(any_invoice(payments=(paid,))))
    assert (offer.debts[0].principal, offer.debts[0].charges) == (Money(10340), Money(69))
    assert [o.total.centavos for o in offer.options] == [
        9306,  # 10409 − 1034 − 69
        9857,  # 10409 − 517 − 35 (34.5, half up)
        10409,
    ]


def test_debts_come_oldest_first_and_what_is_not_overdue_is_left_out() -> None:
    account = any_account(
        any_invoice("nova", due_date=TODAY),
        any_invoice("recente", due_date=DUE + timedelta(days=10)),
        any_invoice("antiga"),
        any_invoice("outra-antiga"),
    )
    assert [d.invoice_id for d in offered(account).debts] == ["antiga", "outra-antiga", "recente"]


def test_nothing_is_overdue_before_the_effective_due_date_has_passed() -> None:
    """20 November 2026 is a Friday and a holiday: the effective due date is Monday the 23rd."""
    account = any_account(any_invoice(due_date=date(2026, 11, 20)))
    on_monday = refused(account, now=nine_o_clock(date(2026, 11, 23)))
    assert on_monday.reason is NoOfferReason.NOTHING_OVERDUE
    assert offered(account, now=nine_o_clock(date(2026, 11, 24))).days_late == 1


def test_the_day_is_the_one_in_brasilia() -> None:
    late_in_the_evening = datetime(2026, 11, 11, 2, 30, tzinfo=UTC)
    account = any_account(any_invoice())
    assert refused(account, now=late_in_the_evening).reason is NoOfferReason.NOTHING_OVERDUE
    assert offered(account, now=late_in_the_evening + timedelta(hours=1)).days_late == 1


@pytest.mark.parametrize(
    ("hold", "is_covered"),
    [
        (a_hold(HoldKind.DISPUTED), False),
        (a_hold(HoldKind.PAYMENT_IN_TRANSIT), False),
        (a_hold(HoldKind.IN_AGREEMENT), False),
        (a_hold(HoldKind.DISPUTED, None), False),
        (a_hold(HoldKind.PROMISED), True),
        (a_hold(HoldKind.HELD), True),
        (a_hold(HoldKind.HELD, None), True),
        (a_hold(HoldKind.DISPUTED, "fat-2"), True),
        (a_hold(HoldKind.DISPUTED, until=NOW), True),
    ],
)
def test_what_is_disputed_in_transit_or_in_an_agreement_is_not_settled_anew(
    hold: Hold, *, is_covered: bool
) -> None:
    account = any_account(any_invoice(), holds=(hold,))
    if is_covered:
        assert [d.invoice_id for d in offered(account).debts] == ["fat-1"]
    else:
        assert refused(account).reason is NoOfferReason.NOTHING_TO_SETTLE


def test_what_is_prescribed_is_not_offered_any_more() -> None:
    old, older = date(2021, 12, 10), date(2021, 12, 9)
    account = any_account(any_invoice("velha", due_date=old), any_invoice("antiga", due_date=older))
    assert [d.invoice_id for d in offered(account).debts] == ["velha"]
    found = refused(account, now=NOW + timedelta(days=1))
    assert found.reason is NoOfferReason.NOTHING_TO_SETTLE


def test_a_dispute_counts_even_when_a_promise_was_made_too() -> None:
    holds = (a_hold(HoldKind.PROMISED, since=NOW - timedelta(days=9)), a_hold(HoldKind.DISPUTED))
    account = any_account(any_invoice(), any_invoice("fat-2"), holds=holds)
    assert [d.invoice_id for d in offered(account).debts] == ["fat-2"]


def test_a_company_pays_the_fine_of_its_own_ruler_and_a_person_no_more_than_the_law_allows() -> (
    None
):
    ruler = RULERS.default
    stern = replace(
        ruler,
        late_charges=replace(
            ruler.late_charges, fine_percent=Decimal(10), profile=ruler.late_charges.profile.COMPANY
        ),
    )
    of_companies = Rulers.only(stern)
    charges = []
    for kind in (CustomerKind.COMPANY, CustomerKind.PERSON):
        account = any_account(any_invoice(), customer=any_customer(kind=kind))
        found = offer_for(account, OfferRules((USUAL,)), of_companies, NOW)
        assert isinstance(found, Offer)
        charges.append(found.debts[0].charges.centavos)
    assert charges == [1499 + 150, 300 + 150]


# ── which rule ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("conditions", "applies", "why"),
    [
        (Conditions(min_days_late=30), True, "the oldest is 30 days late"),
        (Conditions(min_days_late=31), False, "not yet"),
        (Conditions(max_days_late=30), True, "not more"),
        (Conditions(max_days_late=29), False, "the newest does not matter"),
        (Conditions(min_amount=Money(30745)), True, "15440 + 15305: payoffs are added up"),
        (Conditions(min_amount=Money(30746)), False, "a centavo more than what is owed"),
        (Conditions(max_amount=Money(30745)), True, "not more than that"),
        (Conditions(max_amount=Money(30744)), False, "charges count"),
        (Conditions(segments=frozenset({"vip"})), True, "the assignment says so"),
        (Conditions(segments=frozenset({"padrao"})), False, "another segment"),
        (Conditions(kinds=frozenset({"company"})), False, "a person"),
        (Conditions(min_overdue_invoices=2), True, "both are"),
        (Conditions(min_overdue_invoices=3), False, "the third is not overdue"),
        (Conditions(max_open_amount=Money(44969)), False, "the third is open all the same"),
        (Conditions(max_open_amount=Money(44970)), True, "balances, without late charges"),
    ],
)
def test_the_first_rule_whose_conditions_hold_is_offered(
    conditions: Conditions, *, applies: bool, why: str
) -> None:
    account = any_account(
        any_invoice("fat-1"),
        any_invoice("fat-2", due_date=date(2026, 12, 5)),  # a Saturday: due on Monday, the 7th
        any_invoice("fat-3", due_date=TODAY),
        customer=any_customer(tags=("vip",)),
    )
    segment = Segment("vip", Conditions(tags_any=frozenset({"vip"})))
    rulers = Rulers(RULERS.lines, Assignment(RULERS.default.name, (segment,)))
    rules = OfferRules((replace(USUAL, name="asks", conditions=conditions), USUAL))
    found = offer_for(account, rules, rulers, NOW)
    assert isinstance(found, Offer)
    assert found.owed == Money(30745), "three days late, the second bears 15 of interest"
    assert (found.rule.name == "asks") is applies, why


def test_who_fits_no_rule_is_offered_nothing() -> None:
    rule = replace(USUAL, conditions=Conditions(min_days_late=90))
    found = refused(any_account(any_invoice()), OfferRules((rule,)))
    assert found == NoOffer(NoOfferReason.NO_RULE_APPLIES)


# ── whether anything is offered ─────────────────────────────────────────────────────────────────


def an_agreement(status: AgreementStatus) -> Agreement:
    return Agreement(
        agreement_id="a" * 20,
        customer_id=CustomerId("cli-1"),
        rule="usual",
        status=status,
        proposed_at=NOW,
        debts=(),
        instalments=(),
        breach_after_days=10,
    )


def test_a_creditor_without_rules_offers_nothing() -> None:
    assert refused(any_account(any_invoice()), OfferRules()).reason is NoOfferReason.NO_RULES


@pytest.mark.parametrize("status", [AgreementStatus.PROPOSED, AgreementStatus.ACTIVE])
def test_nothing_is_offered_while_an_agreement_is_live(status: AgreementStatus) -> None:
    account = any_account(any_invoice(), agreements=(an_agreement(status),))
    assert refused(account).reason is NoOfferReason.AGREEMENT_LIVE


def test_a_customer_without_invoices_has_nothing_overdue() -> None:
    assert refused(any_account()).reason is NoOfferReason.NOTHING_OVERDUE


LIMITS = ReagreementLimits(max_breaches=2, window_days=100, wait_days=10)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("days_ago", "expected", "why"),
    [
        ([], None, "never broke one"),
        ([10], None, "has waited"),
        ([9], NoOffer(NoOfferReason.WAITS_AFTER_BREACH, NOW + DAY), "a day to wait"),
        ([0], NoOffer(NoOfferReason.WAITS_AFTER_BREACH, NOW + 10 * DAY), "all to wait"),
        ([99, 50], NoOffer(NoOfferReason.TOO_MANY_BREACHES, NOW + DAY), "until the first is old"),
        ([100, 50], None, "the first has become old"),
        ([100, 5], NoOffer(NoOfferReason.WAITS_AFTER_BREACH, NOW + 5 * DAY), "one counts, waits"),
        (
            [98, 60, 5],
            NoOffer(NoOfferReason.TOO_MANY_BREACHES, NOW + 40 * DAY),
            "until only one is left",
        ),
    ],
)
def test_who_broke_agreements_is_offered_another_one_within_limits(
    days_ago: list[int], expected: NoOffer | None, why: str
) -> None:
    account = any_account(any_invoice(), breaches=tuple(NOW - n * DAY for n in days_ago))
    found = offer_for(account, OfferRules((USUAL,), LIMITS), RULERS, NOW)
    if expected is None:
        assert isinstance(found, Offer), why
    else:
        assert found == expected, why
        assert found.until is not None
        later = offer_for(account, OfferRules((USUAL,), LIMITS), RULERS, found.until)
        assert not isinstance(later, NoOffer) or later.reason is not found.reason, why


# ── how many instalments, and what is paid first ────────────────────────────────────────────────


def test_every_number_of_instalments_between_the_options_bounds_may_be_chosen() -> None:
    offer = offered()
    assert counts_of(offer) == (1, 2, 3, 4, 5, 6)
    assert offer.max_instalments == 6


@pytest.mark.parametrize(
    ("amount", "counts", "why"),
    [
        (14990, (1, 2, 3, 4, 5, 6), "15440 less 3088 are six times 2058"),
        (12135, (1, 2, 3, 4), "12499 less five times 2000 are 2499: not yet 20 %"),
        (12200, (1, 2, 3, 4, 5), "12566 less five times 2000 are 2566: more than 20 %"),
        (9000, (1, 2, 3), "9270 less 2000 are less than four times 2000"),
        (5000, (1, 2), "4875 in three are less than 2000 each"),
        (1000, (1,), "whoever owes less than an instalment can still pay it at once"),
    ],
)
def test_plans_end_where_instalments_would_be_too_small(
    amount: int, counts: tuple[int, ...], why: str
) -> None:
    offer = offered(any_account(any_invoice(amount=Money(amount))))
    assert counts_of(offer) == counts, why


def test_nothing_is_offered_when_no_plan_is_possible() -> None:
    rule = OfferRule("r", (Option(2, 6),), min_instalment=Money(10_000))
    found = refused(any_account(any_invoice()), OfferRules((rule,)))
    assert found.reason is NoOfferReason.TOO_SMALL


@pytest.mark.parametrize(
    ("option", "instalments", "expected", "why"),
    [
        (AT_ONCE, 1, DownPayments(ZERO, ZERO, is_required=False), "everything at once"),
        (
            IN_THREE,
            3,
            DownPayments(Money(2000), Money(8465), is_required=False),
            "14465 less three times 2000",
        ),
        (
            IN_SIX,
            6,
            DownPayments(Money(3088), Money(3440), is_required=True),
            "20 % of 15440; 15440 less six times 2000",
        ),
        (
            Option(1, 1, down_payment_percent=Decimal("33.33")),
            1,
            DownPayments(Money(5147), Money(13440), is_required=True),
            "5146.15 rounded up; a down payment and one instalment, as the option asks",
        ),
        (
            Option(6, 7),
            7,
            DownPayments(ZERO, ZERO, is_required=False),
            "1440 are left for it, less than the least payment",
        ),
    ],
)
def test_a_down_payment_has_bounds(
    option: Option, instalments: int, expected: DownPayments, why: str
) -> None:
    offer = offered(None, replace(USUAL, options=(option,)))
    assert offer.options[0].down_payments(instalments) == expected, why
    for amount in (expected.least, expected.greatest):
        if expected.is_required or amount:
            deal_for(offer, choice(instalments, amount.centavos))
    outside = {expected.least.centavos - 1, expected.greatest.centavos + 1} - {-1}
    for centavos in (*outside, -1, *([0] if expected.is_required else [])):
        with pytest.raises(InvalidInput) as caught:
            deal_for(offer, choice(instalments, centavos))
        assert [p.path for p in caught.value.problems] == ["body.down_payment_centavos"]


@pytest.mark.parametrize("instalments", [-1, 0, 7, 60])
def test_a_number_of_instalments_that_is_not_offered_is_refused(instalments: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        deal_for(offered(), choice(instalments))
    assert [p.path for p in caught.value.problems] == ["body.instalments"]
    assert "1 to 1, 2 to 3, 4 to 6" in str(caught.value)


# ── the terms ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("chosen", "parts"),
    [
        (choice(1), [(1, "2026-12-10", 13491)]),
        (choice(1, first_due=date(2026, 12, 15)), [(1, "2026-12-15", 13491)]),
        (
            choice(3),
            [(1, "2026-12-10", 4823), (2, "2027-01-10", 4821), (3, "2027-02-10", 4821)],
        ),
        (
            choice(2, 4000, date(2026, 12, 12)),
            [(0, "2026-12-12", 4000), (1, "2027-01-12", 5233), (2, "2027-02-12", 5232)],
        ),
        (
            choice(4, 3088),
            [
                (0, "2026-12-10", 3088),
                (1, "2027-01-10", 3088),
                (2, "2027-02-10", 3088),
                (3, "2027-03-10", 3088),
                (4, "2027-04-10", 3088),
            ],
        ),
    ],
)
def test_parts_are_equal_monthly_and_the_first_takes_what_does_not_divide(
    chosen: Choice, parts: list[tuple[int, str, int]]
) -> None:
    deal = deal_for(offered(), chosen)
    assert [(p.number, p.due_date.isoformat(), p.amount.centavos) for p in deal.parts] == parts
    assert deal.choice == chosen


def test_a_deal_carries_what_its_rule_says() -> None:
    rule = replace(
        USUAL, breach_after_days=7, needs_approval=True, approval_days=3, ruler="acordos"
    )
    offer = offered(None, rule)
    deal = deal_for(offer, offer.usual_choice(4))
    assert (deal.rule, deal.ruler, deal.on) == ("usual", "acordos", TODAY)
    assert (deal.breach_after_days, deal.needs_approval, deal.approval_days) == (7, True, 3)
    assert (deal.owed, deal.total, deal.discount) == (Money(15440), Money(15440), ZERO)


def test_instalments_of_the_31st_fall_on_the_last_day_of_shorter_months() -> None:
    now = nine_o_clock(date(2027, 1, 31))
    offer = offered(None, OfferRule("r", (Option(4, 4),)), now=now)
    due = [p.due_date for p in deal_for(offer, choice(4, first_due=date(2027, 1, 31))).parts]
    assert [d.isoformat() for d in due] == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]
    assert [roll(d).isoformat() for d in due[:2]] == ["2027-02-01", "2027-03-01"]


@pytest.mark.parametrize(
    ("first_due", "is_allowed"),
    [(TODAY - DAY, False), (TODAY, True), (TODAY + 5 * DAY, True), (TODAY + 6 * DAY, False)],
)
def test_the_first_payment_is_due_within_the_days_of_the_rule(
    first_due: date, *, is_allowed: bool
) -> None:
    if is_allowed:
        assert deal_for(offered(), choice(1, first_due=first_due)).parts[0].due_date == first_due
        return
    with pytest.raises(InvalidInput) as caught:
        deal_for(offered(), choice(1, first_due=first_due))
    assert [p.path for p in caught.value.problems] == ["body.first_due"]
    assert "2026-12-10 and 2026-12-15" in str(caught.value)


def test_nothing_falls_due_before_the_creditor_has_had_its_days_to_approve() -> None:
    offer = offered(None, replace(USUAL, needs_approval=True, approval_days=3))
    assert offer.first_due_from == TODAY + 3 * DAY
    assert offer.first_due_until == TODAY + 8 * DAY


def test_the_easiest_choice_pays_the_least_first_and_as_late_as_may_be() -> None:
    offer = offered()
    assert offer.usual_choice(3) == choice(3, first_due=TODAY + 5 * DAY)
    assert offer.usual_choice(6) == choice(6, 3088, TODAY + 5 * DAY)
    with pytest.raises(InvalidInput):
        offer.usual_choice(7)


# ── how long it stands ──────────────────────────────────────────────────────────────────────────


def test_an_offer_stands_at_the_amounts_of_its_day_and_no_longer_than_it_says() -> None:
    first = offered()
    assert first.valid_until == TODAY + 3 * DAY
    shown = deal_for(first, choice(1, first_due=TODAY + 4 * DAY))
    later = offered(now=NOW + 3 * DAY, quoted_on=TODAY)
    accepted = deal_for(later, choice(1, first_due=TODAY + 4 * DAY))
    assert accepted == shown
    too_late = offered(now=NOW + 4 * DAY, quoted_on=TODAY)
    assert (too_late.on, too_late.owed) == (TODAY + 4 * DAY, Money(15460))


def test_the_first_payment_of_a_standing_offer_is_never_due_in_the_past() -> None:
    later = offered(now=NOW + 2 * DAY, quoted_on=TODAY)
    assert later.on == TODAY
    assert (later.first_due_from, later.first_due_until) == (TODAY + 2 * DAY, TODAY + 7 * DAY)


@pytest.mark.parametrize(
    ("quoted_on", "why"),
    [
        (TODAY + DAY, "a day to come"),
        (DUE, "nothing was overdue that day"),
        (TODAY - 4 * DAY, "too long ago"),
    ],
)
def test_a_day_for_which_no_offer_stands_does_not_count(quoted_on: date, why: str) -> None:
    rule = replace(USUAL, valid_days=3 if quoted_on > DUE else 60)
    assert offered(None, rule, quoted_on=quoted_on).on == TODAY, why


def test_what_came_in_since_an_offer_was_made_is_counted_on_its_day() -> None:
    paid = any_payment(amount=Money(5000), paid_at=NOW + DAY, method=PaymentMethod.PIX)
    account = any_account(any_invoice(payments=(paid,)))
    offer = offered(account, now=NOW + 2 * DAY, quoted_on=TODAY)
    assert (offer.on, offer.owed) == (TODAY, Money(15440 - 5000))


def test_what_came_to_rest_since_an_offer_was_made_leaves_it() -> None:
    account = any_account(
        any_invoice(), any_invoice("fat-2"), holds=(a_hold(HoldKind.DISPUTED, since=NOW + DAY),)
    )
    later = NOW + 2 * DAY
    assert len(offered(account, quoted_on=TODAY).debts) == 2
    assert [d.invoice_id for d in offered(account, now=later, quoted_on=TODAY).debts] == ["fat-2"]


# ── whatever the amounts ────────────────────────────────────────────────────────────────────────

percents = st.decimals(0, Decimal("99.99"), places=2)
drawn_rules = st.builds(
    lambda options, floor: OfferRule("r", tuple(options), min_instalment=Money(floor)),
    st.tuples(
        st.builds(Option, st.just(1), st.integers(1, 3), percents, st.decimals(0, 100, places=2)),
        st.builds(
            Option,
            st.just(4),
            st.integers(4, 60),
            percents,
            st.decimals(0, 100, places=2),
            percents,
        ),
    ),
    st.integers(0, 100_000),
)
drawn_invoices = st.builds(
    lambda amount, days, paid: (amount, days, min(paid, amount - 1)),
    st.integers(1, 10**9),
    st.integers(0, 400),
    st.integers(0, 10**9),
)


def _account(drawn: list[tuple[int, int, int]]) -> Account:
    def one(number: int, amount: int, days: int, paid: int) -> Invoice:
        received = any_payment(
            amount=Money(paid), paid_at=nine_o_clock(TODAY - timedelta(days=days // 2))
        )
        return any_invoice(
            f"fat-{number}",
            amount=Money(amount),
            due_date=TODAY - timedelta(days=days),
            payments=(received,) if paid else (),
        )

    return any_account(*(one(n, *each) for n, each in enumerate(drawn)))


def _taken_off(amount: Money, percent: Decimal) -> int:
    """Round half up by exact fractions: an oracle that shares nothing with Money.percent."""
    exact = Fraction(amount.centavos) * Fraction(percent) / 100
    return (2 * exact + 1).__floor__() // 2


@given(st.lists(drawn_invoices, min_size=1, max_size=4), drawn_rules, st.data())
def test_whatever_is_chosen_adds_up_and_keeps_every_bound(
    drawn: list[tuple[int, int, int]], rule: OfferRule, data: st.DataObject
) -> None:
    account = _account(drawn)
    offer = offer_for(account, OfferRules((rule,)), RULERS, NOW)
    assume(isinstance(offer, Offer))
    assert isinstance(offer, Offer)
    count = data.draw(st.sampled_from(counts_of(offer)))
    option = offer.option_for(count)
    assert option is not None
    allowed = option.down_payments(count)
    down = data.draw(st.integers(allowed.least.centavos, allowed.greatest.centavos))
    if not allowed.is_required and data.draw(st.booleans()):
        down = 0
    first_due = TODAY + timedelta(days=data.draw(st.integers(0, rule.first_due_days)))
    deal = deal_for(offer, choice(count, down, first_due))
    assert sum(amounts(deal)) == deal.total.centavos == sum(d.agreed.centavos for d in deal.debts)
    assert ZERO < deal.total <= deal.owed == offer.owed
    assert all(ZERO < d.agreed <= d.owed for d in deal.debts)
    instalments = [p.amount for p in deal.parts if p.number > 0]
    assert len(instalments) == count
    assert min(instalments) > ZERO
    assert max(instalments).centavos - min(instalments).centavos < count
    if len(deal.parts) > 1:
        assert all(p.amount >= rule.min_instalment for p in deal.parts)
    asked = Fraction(option.option.down_payment_percent) / 100
    assert Fraction(down) >= Fraction(deal.total.centavos) * asked
    due = [p.due_date for p in deal.parts]
    assert due[0] == first_due
    assert due == sorted(set(due))


@given(st.lists(drawn_invoices, min_size=1, max_size=4), drawn_rules)
def test_each_share_is_what_exact_fractions_say(
    drawn: list[tuple[int, int, int]], rule: OfferRule
) -> None:
    account = _account(drawn)
    offer = offer_for(account, OfferRules((rule,)), RULERS, NOW)
    assume(isinstance(offer, Offer))
    assert isinstance(offer, Offer)
    terms = RULERS.default.late_charges
    for option in offer.options:
        for debt, share in zip(offer.debts, option.debts, strict=True):
            invoice = account.invoices[debt.invoice_id]
            assert share.owed == debt.owed == invoice.payoff(TODAY, terms).total
            off = _taken_off(debt.principal, option.option.principal_discount_percent)
            off += _taken_off(debt.charges, option.option.charges_discount_percent)
            assert share.agreed.centavos == max(1, debt.owed.centavos - off)


@given(
    st.lists(drawn_invoices, min_size=1, max_size=4),
    st.lists(percents, min_size=2, max_size=2).map(sorted),
    st.lists(percents, min_size=2, max_size=2).map(sorted),
)
def test_a_longer_plan_never_costs_less_where_discounts_do_not_grow(
    drawn: list[tuple[int, int, int]], principal: list[Decimal], charges: list[Decimal]
) -> None:
    short = Option(1, 3, principal[1], charges[1])
    long = Option(4, 9, principal[0], charges[0])
    offer = offer_for(_account(drawn), OfferRules((OfferRule("r", (long, short)),)), RULERS, NOW)
    assume(isinstance(offer, Offer))
    assert isinstance(offer, Offer)
    totals = [deal_for(offer, offer.usual_choice(count)).total for count in counts_of(offer)]
    assert totals == sorted(totals)
    assert counts_of(offer)[0] == 1, "everything at once is always possible"


@given(st.dates(date(2000, 1, 1), date(2090, 12, 31)), st.integers(0, 60))
def test_a_month_later_is_the_same_day_or_the_end_of_a_shorter_month(
    day: date, months: int
) -> None:
    later = month_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    is_last = (later + DAY).day == 1
    assert later.day == day.day or (is_last and later.day < day.day)


# ── the name of exact terms ─────────────────────────────────────────────────────────────────────


def test_terms_have_one_name_as_long_as_they_are_the_same() -> None:
    creditor, customer = CreditorId("aurora"), CustomerId("cli-1")
    once, again = (deal_for(offered(), choice(3)) for _ in range(2))
    assert once.key(creditor, customer) == again.key(creditor, customer)
    others = [
        deal_for(offered(), choice(2)),
        deal_for(offered(), choice(3, 2000)),
        deal_for(offered(), choice(3, first_due=TODAY + DAY)),
        deal_for(offered(now=NOW + DAY), choice(3, first_due=TODAY + DAY)),
        deal_for(offered(None, replace(USUAL, name="outra")), choice(3)),
        deal_for(offered(None, replace(USUAL, breach_after_days=9)), choice(3)),
        deal_for(offered(any_account(any_invoice("fat-2"))), choice(3)),
    ]
    names = {deal.key(creditor, customer) for deal in (once, *others)}
    assert len(names) == 1 + len(others)
    assert once.key(creditor, CustomerId("cli-2")) not in names
    assert once.key(CreditorId("boreal"), customer) not in names
