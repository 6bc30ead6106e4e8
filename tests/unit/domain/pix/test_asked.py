"""What a charge asks: the contract to the centavo while it can, and never more than is owed."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from regua.domain.calendar import roll
from regua.domain.errors import InvalidInput
from regua.domain.interest import (
    DayCount,
    InterestAmount,
    InterestRate,
    LegalRate,
    MonthLength,
    RatePeriod,
)
from regua.domain.late_charges import Basis, DiscountTier, LateChargeTerms
from regua.domain.money import Money
from regua.domain.pix.asked import asks_the_same, charge_for
from regua.domain.pix.charge import PixCharge, charge_body
from regua.domain.pix.setup import PixSetup
from tests.builders import DUE, any_customer, any_invoice, any_payment, nine_o_clock
from tests.pix_world import KEY

if TYPE_CHECKING:
    from regua.domain.invoice import Payment

SETUP = PixSetup(KEY)
TERMS = LateChargeTerms()


def half_up(value: Fraction) -> int:
    """Round centavos as banks do."""
    return int(value + Fraction(1, 2))


def payers_app(body: Any, day: date) -> int:  # noqa: ANN401 - JSON
    """Compute what is paid on a day from nothing but the charge.

    Source: Manual de Padrões para Iniciação do Pix: V = Vo − Va − Vd + Vm + Vj, with
    Vj = (Vo − Va) × (Ij/100)/30 × days, and the due date moved to a business day. Written apart
    from our own arithmetic, in fractions.
    """
    value = body["valor"]

    def centavos(text: str) -> Fraction:
        return Fraction(text) * 100

    base = centavos(value["original"]) - centavos(value.get("abatimento", {}).get("valorPerc", "0"))
    due = roll(date.fromisoformat(body["calendario"]["dataDeVencimento"]))
    late = max((day - due).days, 0)
    fine = interest = discount = 0
    if late and "multa" in value:
        fine = half_up(base * Fraction(value["multa"]["valorPerc"]) / 100)
    if late and "juros" in value:
        rate = Fraction(value["juros"]["valorPerc"])
        by_mode = {1: rate * 100 * late, 3: base * rate / 100 / 30 * late}
        interest = half_up(by_mode[value["juros"]["modalidade"]])
    if "desconto" in value:
        offers = [
            (roll(date.fromisoformat(o["data"])), Fraction(o["valorPerc"]))
            for o in value["desconto"]["descontoDataFixa"]
        ]
        is_amount = value["desconto"]["modalidade"] == 1
        discount = max(
            (
                half_up(worth * 100 if is_amount else base * worth / 100)
                for until, worth in offers
                if day <= min(until, due)
            ),
            default=0,
        )
    return int(base) + fine + interest - discount


def body_of(charge: PixCharge) -> dict[str, Any]:
    """Return the body of a charge made in time."""
    return charge_body(charge, today=charge.due_date)


days = st.integers(0, 400).map(lambda n: date(2026, 1, 1) + timedelta(days=n))
percents = st.integers(0, 1000).map(lambda n: Decimal(n) / 100)
amounts = st.integers(200, 10_000_000).map(Money)


@given(
    amount=amounts,
    rebate=st.integers(0, 100).map(Money),
    due=days,
    fine=percents,
    interest=percents,
    discounts=st.lists(st.tuples(st.integers(0, 20), st.integers(1, 99)), max_size=3),
    paid_part=st.one_of(st.none(), st.integers(1, 99)),
    ahead=st.integers(-30, 90),
)
def test_until_it_is_late_a_charge_asks_what_the_contract_says_on_every_day(  # noqa: PLR0917 - one of each
    amount: Money,
    rebate: Money,
    due: date,
    fine: Decimal,
    interest: Decimal,
    discounts: list[tuple[int, int]],
    paid_part: int | None,
    ahead: int,
) -> None:
    terms = LateChargeTerms(fine_percent=fine, interest=InterestRate(interest))
    tiers = {due - timedelta(days=n): Decimal(p) / 2 for n, p in discounts}
    made_on = due - timedelta(days=60)
    payments: tuple[Payment, ...] = ()
    if paid_part is not None and not tiers:
        part = Money((amount - rebate).centavos * paid_part // 100)
        assume(part.centavos > 0)
        payments = (any_payment(amount=part, paid_at=nine_o_clock(made_on)),)
    invoice = any_invoice(
        amount=amount,
        rebate=rebate,
        due_date=due,
        issue_date=made_on,
        discounts=tuple(DiscountTier(until, percent=p) for until, p in tiers.items()),
        payments=payments,
    )
    charge = charge_for(invoice, any_customer(), SETUP, terms, today=made_on)
    day = due + timedelta(days=ahead)
    assert payers_app(body_of(charge), day) == invoice.payoff(day, terms).total.centavos


INTERESTS = (
    InterestRate(Decimal(1)),
    InterestRate(Decimal("0.033"), RatePeriod.DAY),
    InterestRate(Decimal(12), RatePeriod.YEAR),
    InterestRate(Decimal(1), month=MonthLength.ACTUAL),
    InterestRate(Decimal(1), RatePeriod.MONTH, DayCount.BUSINESS),
    InterestAmount(Money(7)),
    LegalRate({date(2026, m, 1): Decimal("0.9") for m in range(1, 13)}),
)


@given(
    amount=amounts,
    interest=st.sampled_from(INTERESTS),
    late=st.integers(1, 20),
    paid=st.one_of(st.none(), st.integers(1, 90)),
    ahead=st.integers(0, 20),
)
def test_a_charge_made_late_asks_todays_total_and_never_more_than_is_owed(
    amount: Money,
    interest: Any,  # noqa: ANN401 - any interest
    late: int,
    paid: int | None,
    ahead: int,
) -> None:
    terms = LateChargeTerms(interest=interest)
    due = date(2026, 3, 10)
    today = due + timedelta(days=late)
    payments: tuple[Payment, ...] = ()
    if paid is not None:
        part = Money(amount.centavos * paid // 100)
        payments = (any_payment(amount=part, paid_at=nine_o_clock(today)),)
    invoice = any_invoice(amount=amount, due_date=due, payments=payments)
    charge = charge_for(invoice, any_customer(), SETUP, terms, today=today)
    body = body_of(charge)
    assert payers_app(body, today) == invoice.payoff(today, terms).total.centavos
    day = today + timedelta(days=ahead)
    assert payers_app(body, day) <= invoice.payoff(day, terms).total.centavos + 1
    # One centavo: what was rounded up today is rounded up once more in what is owed later.


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (date(2026, 11, 6), date(2026, 11, 7)),  # a Friday, due on the Saturday
        (date(2026, 11, 7), date(2026, 11, 7)),
        (date(2026, 11, 8), date(2026, 11, 9)),  # the Sunday: a charge is not due in the past
        (date(2026, 11, 9), date(2026, 11, 9)),
    ],
)
def test_an_invoice_due_on_a_weekend_is_asked_as_agreed_until_it_is_late(
    today: date, due: date
) -> None:
    invoice = any_invoice(due_date=date(2026, 11, 7))
    charge = charge_for(invoice, any_customer(), SETUP, TERMS, today=today)
    assert charge.due_date == due
    assert charge.fine is not None


@pytest.mark.parametrize(
    ("terms", "path"),
    [
        (LateChargeTerms(grace_days=1), "late_charges.grace_days"),
        (LateChargeTerms(interest=LegalRate({})), "interest"),
        (LateChargeTerms(interest=InterestRate(Decimal(1), month=MonthLength.ACTUAL)), "interest"),
    ],
)
def test_what_a_charge_cannot_say_is_refused(terms: LateChargeTerms, path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        charge_for(any_invoice(), any_customer(), SETUP, terms, today=DUE)
    assert [p.path for p in refused.value.problems] == [path]


def test_the_printed_due_date_is_a_basis_only_where_it_is_a_business_day() -> None:
    terms = LateChargeTerms(basis=Basis.ORIGINAL)
    charge_for(any_invoice(), any_customer(), SETUP, terms, today=DUE)
    moved = any_invoice(due_date=date(2026, 11, 7))
    with pytest.raises(InvalidInput):
        charge_for(moved, any_customer(), SETUP, terms, today=DUE - timedelta(days=9))


def test_money_that_was_taken_back_paid_nothing_late() -> None:
    payment = any_payment(paid_at=nine_o_clock(DUE + timedelta(days=3)))
    invoice = any_invoice(payments=(payment,)).with_reversal(
        payment.payment_id, nine_o_clock(DUE + timedelta(days=4)), "devolucao"
    )
    late = DUE + timedelta(days=9)
    charge = charge_for(invoice, any_customer(), SETUP, TERMS, today=late, due_at_psp=DUE)
    assert charge.due_date == DUE, "what is there still says the contract"


@pytest.mark.parametrize(
    ("held", "is_same"),
    [
        ({"valor": {"original": "10.0"}}, True),
        ({"valor": {"original": "10.00", "multa": None}}, True),
        ({"valor": {"original": "10.00", "multa": {"modalidade": 2, "valorPerc": "2.00"}}}, False),
        ({"valor": {"original": "10.01"}}, False),
        ({"valor": {"original": "10.00"}, "chave": "outra", "devedor": {}}, True),
        ({"valor": {"original": "10.00"}, "calendario": {"dataDeVencimento": "2026-11-10"}}, False),
        ({"valor": {"original": "dez"}}, False),
        ({"valor": None}, False),
        ({}, False),
    ],
)
def test_two_charges_are_the_same_by_money_and_days(held: Any, is_same: object) -> None:  # noqa: ANN401 - JSON
    assert asks_the_same(held, {"valor": {"original": "10.00"}}) is is_same


def test_interest_of_a_day_is_rounded_down() -> None:
    late = DUE + timedelta(days=2)
    invoice = any_invoice(amount=Money(5900))  # R$ 59,00 at 1 % a month: 1.97 centavos a day
    charge = charge_for(invoice, any_customer(), SETUP, TERMS, today=late)
    assert charge.interest is not None
    assert charge.interest.value == Money(1)
    assert charge.original == invoice.payoff(late, TERMS).total
