"""A settlement before anybody accepts it: what is chosen, and what that comes to."""

import hashlib
from dataclasses import dataclass
from datetime import date

from regua.domain.ids import CreditorId, CustomerId
from regua.domain.money import Money
from regua.domain.negotiation.agreement import CoveredDebt


@dataclass(frozen=True, slots=True)
class Choice:
    """How somebody wants to settle. ``instalments`` counts those after the down payment.

    Everything at once is one instalment and no down payment.
    """

    instalments: int
    down_payment: Money
    first_due: date


@dataclass(frozen=True, slots=True)
class Part:
    """One payment of a deal; ``number`` 0 is the down payment."""

    number: int
    due_date: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Deal:
    """What a choice comes to under an offer: exact terms, ready to be accepted.

    ``debts`` are sorted by due date, oldest first; their agreed shares and the ``parts`` add up to
    the same total, to the centavo.
    """

    rule: str
    choice: Choice
    on: date
    """The day the debts were quoted for."""
    debts: tuple[CoveredDebt, ...]
    parts: tuple[Part, ...]
    breach_after_days: int
    needs_approval: bool
    approval_days: int
    """How many days a deal that needs approval waits for it."""
    ruler: str | None = None

    @property
    def owed(self) -> Money:
        """What the debts come to that day."""
        return Money(sum(d.owed.centavos for d in self.debts))

    @property
    def total(self) -> Money:
        """What is paid in all."""
        return Money(sum(p.amount.centavos for p in self.parts))

    @property
    def discount(self) -> Money:
        """What is saved."""
        return self.owed - self.total

    def key(self, creditor_id: CreditorId, customer_id: CustomerId) -> str:
        """Name these exact terms: whoever accepts says which ones were shown."""
        said = [
            creditor_id,
            customer_id,
            self.rule,
            *(f"{d.invoice_id}={d.owed.centavos}/{d.agreed.centavos}" for d in self.debts),
            *(f"{p.number}@{p.due_date.isoformat()}={p.amount.centavos}" for p in self.parts),
            str(self.breach_after_days),
            str(self.needs_approval),
        ]
        framed = "".join(f"{len(each)}:{each}" for each in said)
        return hashlib.sha256(b"regua.deal.v1\0" + framed.encode()).hexdigest()[:32]
