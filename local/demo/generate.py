"""An invented but plausible portfolio: 300 customers, 1,000 invoices, the same for the same seed.

Realistic where it matters to a ruler: many small amounts and a few large ones, due dates that
crowd on the 5th, 10th, 15th and 20th, some on Saturdays, Sundays and bank holidays, customers
with one invoice and customers with a dozen due on one day.
"""

import math
import random
from collections.abc import Sequence
from datetime import date, timedelta

from local.demo.model import Customer, Invoice, Portfolio, frozen
from local.demo.oracle import is_banking_day
from local.demo.people import invented_customer
from local.demo.phones import with_phones
from local.demo.seeds import rng

CUSTOMERS, INVOICES, SEED = 300, 1_000, 20_260_501

_FIRST_DUE, _LAST_DUE_MARGIN = 3, 6
_FAVOURITE_DAYS = {1: 2.0, 5: 5.0, 10: 6.0, 15: 5.0, 20: 4.0, 25: 3.0, 28: 2.0, 30: 2.0}
_CLOSED_DAY_WEIGHT = 0.45
_MEDIAN_REAIS, _SPREAD, _COMPANY_FACTOR = 260.0, 0.9, 4.0
_LARGEST_CENTAVOS = 25_000_000
_HEAVY_EVERY, _HEAVY_WEIGHT, _SAME_DAY_SHARE = 25, 9.0, 0.7
_GOODS = (
    "Mensalidade",
    "Compra de mercadorias",
    "Serviço de manutenção",
    "Assinatura mensal",
    "Parcela de contrato",
    "Frete e entrega",
)


def generate(
    first_day: date,
    days: int,
    *,
    seed: int = SEED,
    customers: int = CUSTOMERS,
    invoices: int = INVOICES,
) -> Portfolio:
    """Invent a portfolio whose due dates fall inside the ``days`` lived from ``first_day``."""
    invented = (invented_customer(seed, serial) for serial in range(customers))
    people = list(with_phones(invented, seed))
    owners = _owners(people, invoices, rng(seed, "owners"))
    dates = _DueDates(first_day, days, rng(seed, "dates"))
    papers = tuple(
        _invoice(serial, owner, dates, rng(seed, "invoice", serial))
        for serial, owner in enumerate(owners)
    )
    return Portfolio(
        name="carteira gerada",
        first_day=first_day,
        customers=frozen({c.external_id: c for c in people}),
        invoices=papers,
    )


def _owners(people: Sequence[Customer], invoices: int, dice: random.Random) -> list[Customer]:
    """Give every customer one invoice and the rest by weight: one in 25 is a heavy buyer."""
    weights = [
        _HEAVY_WEIGHT if n % _HEAVY_EVERY == 0 else dice.expovariate(1.0)
        for n in range(len(people))
    ]
    owners = list(people[:invoices])
    owners += dice.choices(people, weights, k=max(0, invoices - len(people)))
    dice.shuffle(owners)
    return owners


class _DueDates:
    """Draws due dates with a creditor's habits; heavy buyers get one billing day."""

    def __init__(self, first_day: date, days: int, dice: random.Random) -> None:
        last = max(_FIRST_DUE + 1, days - _LAST_DUE_MARGIN)
        self._days = [first_day + timedelta(days=n) for n in range(_FIRST_DUE, last)]
        self._weights = [
            _FAVOURITE_DAYS.get(d.day, 1.0) * (1.0 if is_banking_day(d) else _CLOSED_DAY_WEIGHT)
            for d in self._days
        ]
        self._dice = dice
        self._billing_day: dict[str, date] = {}

    def draw(self, customer: Customer) -> date:
        """Return a due date for one more invoice of this customer."""
        day = self._dice.choices(self._days, self._weights)[0]
        usual = self._billing_day.setdefault(customer.external_id, day)
        return usual if self._dice.random() < _SAME_DAY_SHARE else day


def _amount(customer: Customer, dice: random.Random) -> int:
    factor = _COMPANY_FACTOR if customer.kind == "company" else 1.0
    reais = dice.lognormvariate(math.log(_MEDIAN_REAIS * factor), _SPREAD)
    return min(max(round(reais * 100), 500), _LARGEST_CENTAVOS)


def _invoice(serial: int, owner: Customer, dates: _DueDates, dice: random.Random) -> Invoice:
    due = dates.draw(owner)
    return Invoice(
        external_id=f"FAT-{serial + 1:05d}",
        number=f"NF-{serial + 10_001}",
        customer_id=owner.external_id,
        issue_date=due - timedelta(days=dice.choice((7, 10, 15, 20, 28, 30, 45))),
        due_date=due,
        amount_centavos=_amount(owner, dice),
        description=dice.choice(_GOODS),
    )
