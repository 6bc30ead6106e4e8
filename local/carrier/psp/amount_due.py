"""What a charge asks on a day, as the payer's app shows it.

Source: Manual de Padrões para Iniciação do Pix: V = Vo − abatimento − desconto + multa + juros.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from regua.domain.calendar import roll
from regua.domain.interest import DayCount, Interest, InterestAmount
from regua.domain.late_charges import DiscountTier, LateChargeTerms, Profile
from regua.domain.money import ZERO, Money
from regua.domain.payoff import Debt, quote
from regua.domain.pix.amounts import read_reais
from regua.domain.pix.charge import Term
from regua.domain.pix.modes import PixDiscount, PixFine, PixInterest, PixRebate
from regua.domain.pix.terms import interest_of

if TYPE_CHECKING:
    from local.carrier.psp.book import Json

_BY_DATE = (PixDiscount.FIXED_UNTIL_DATES.value, PixDiscount.PERCENT_UNTIL_DATES.value)


def due_on(charge: Json, day: date) -> Money:
    """Return what settles a charge on a day."""
    value = charge["valor"]
    original = _money(value["original"])
    rebate = _rebate(value.get("abatimento"), original)
    due = date.fromisoformat(charge["calendario"]["dataDeVencimento"])
    debt = Debt(original, due, rebate=rebate, discounts=_discounts(value.get("desconto")))
    fine = value.get("multa")
    is_percent = fine is not None and fine["modalidade"] == PixFine.PERCENT.value
    terms = LateChargeTerms(
        fine_percent=Decimal(fine["valorPerc"]) if is_percent else Decimal(0),
        interest=_interest(value.get("juros")),
        profile=Profile.COMPANY,
    )
    total = quote(debt, day, terms).total
    if fine is not None and not is_percent and day > roll(due):
        total += _money(fine["valorPerc"])
    return total


def _interest(raw: Json | None) -> Interest:
    if raw is None:
        return InterestAmount(ZERO, DayCount.CALENDAR)
    mode = PixInterest(raw["modalidade"])
    is_amount = mode in (PixInterest.VALUE_PER_CALENDAR_DAY, PixInterest.VALUE_PER_BUSINESS_DAY)
    written = raw["valorPerc"]
    return interest_of(Term(mode, _money(written) if is_amount else Decimal(written)))


def _rebate(raw: Json | None, original: Money) -> Money:
    if raw is None:
        return ZERO
    if raw["modalidade"] == PixRebate.FIXED.value:
        return _money(raw["valorPerc"])
    return original.percent(Decimal(raw["valorPerc"]))


def _discounts(raw: Json | None) -> tuple[DiscountTier, ...]:
    """Return the discounts that end on dates; we make no others."""
    if raw is None or raw["modalidade"] not in _BY_DATE:
        return ()
    is_amount = raw["modalidade"] == PixDiscount.FIXED_UNTIL_DATES.value
    return tuple(
        DiscountTier(date.fromisoformat(e["data"]), amount=_money(e["valorPerc"]))
        if is_amount
        else DiscountTier(date.fromisoformat(e["data"]), percent=Decimal(e["valorPerc"]))
        for e in raw["descontoDataFixa"]
    )


def _money(text: str) -> Money:
    return read_reais(text) or ZERO
