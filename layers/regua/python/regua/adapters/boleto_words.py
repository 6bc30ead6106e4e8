"""The instructions on a boleto: what the contract charges and takes off, in words."""

from collections.abc import Sequence
from decimal import Decimal

from regua.adapters.pt_br import brl, full_date
from regua.domain.interest import DayCount, Interest, InterestAmount, InterestRate, RatePeriod
from regua.domain.late_charges import DiscountTier, LateChargeTerms

_PERIOD = {RatePeriod.DAY: "ao dia", RatePeriod.MONTH: "ao mês", RatePeriod.YEAR: "ao ano"}
CHECK_THE_AMOUNT = "Valor atualizado após o vencimento: consulte o beneficiário ou o seu banco."


def instructions(terms: LateChargeTerms, discounts: Sequence[DiscountTier]) -> tuple[str, ...]:
    """Return the lines in the order of time: discounts, then charges, pro rata by the day.

    >>> instructions(LateChargeTerms(), [])[0]
    'Após o vencimento: multa de 2% e juros de mora de 1% ao mês.'
    """
    ordered = sorted(discounts, key=lambda tier: tier.until)
    taken_off = [f"Desconto de {_value(d)} até {full_date(d.until)}." for d in ordered]
    charged = [words for words in (_fine(terms), _interest(terms.interest)) if words]
    if charged:
        days = terms.grace_days
        since = f"Passados {days} dias do vencimento" if days else "Após o vencimento"
        taken_off.append(f"{since}: {' e '.join(charged)}.")
    return (*taken_off, CHECK_THE_AMOUNT)


def _value(tier: DiscountTier) -> str:
    return brl(tier.amount.centavos) if tier.amount else f"{_percent(tier.percent)}"


def _fine(terms: LateChargeTerms) -> str:
    if terms.fine_amount:
        return f"multa de {brl(terms.fine_amount.centavos)}"
    return f"multa de {_percent(terms.fine_percent)}" if terms.fine_percent else ""


def _interest(interest: Interest) -> str:
    days = " útil" if interest.days is DayCount.BUSINESS else ""
    if isinstance(interest, InterestAmount):
        per_day = brl(interest.per_day.centavos)
        return f"juros de mora de {per_day} por dia{days}" if interest.per_day else ""
    if isinstance(interest, InterestRate):
        if not interest.percent:
            return ""
        counted = ", em dias úteis" if days else ""
        return f"juros de mora de {_percent(interest.percent)} {_PERIOD[interest.per]}{counted}"
    return "juros de mora pela taxa legal (art. 406 do Código Civil)"


def _percent(rate: Decimal) -> str:
    """Write a rate without zeros that say nothing.

    >>> _percent(Decimal("1.50")), _percent(Decimal("10"))
    ('1,5%', '10%')
    """
    text = f"{rate:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text.replace('.', ',')}%"
