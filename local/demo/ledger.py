"""What the demo itself knows to be true: the books against which the system is judged.

It holds only what was put on the bus and when, so every figure here is independent of the system.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from local.demo import oracle
from local.demo.model import (
    SAO_PAULO,
    Abatement,
    Invoice,
    Movement,
    Payment,
    Reversal,
    Withdrawal,
)


class Standing(StrEnum):
    """Where an invoice stands."""

    OPEN = "open"
    PARTIALLY_PAID = "partially_paid"
    SETTLED = "settled"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class Page:
    """One invoice and everything recorded about it, each with the instant it was recorded."""

    invoice: Invoice
    recorded: list[tuple[datetime, Movement]] = field(default_factory=list)

    def _until(self, at: datetime | None) -> Iterator[Movement]:
        return (m for known, m in self.recorded if at is None or known <= at)

    def amount(self, at: datetime | None = None) -> int:
        """Return the invoiced amount, abatements taken off."""
        lowered = [m.amount_centavos for m in self._until(at) if isinstance(m, Abatement)]
        return lowered[-1] if lowered else self.invoice.amount_centavos

    def payments(self, at: datetime | None = None) -> list[Payment]:
        """Return the payments that were not reversed, in the order they were made."""
        known = list(self._until(at))
        undone = {m.payment_id for m in known if isinstance(m, Reversal)}
        made = [m for m in known if isinstance(m, Payment) and m.payment_id not in undone]
        return sorted(made, key=lambda p: p.paid_at)

    def paid(self, at: datetime | None = None) -> int:
        """Return what was received and kept."""
        return sum(p.amount_centavos for p in self.payments(at))

    def standing(self, at: datetime | None = None) -> Standing:
        """Return where the invoice stood at an instant, or stands now."""
        if any(isinstance(m, Withdrawal) for m in self._until(at)):
            return Standing.CANCELLED
        paid = self.paid(at)
        if paid >= self.amount(at):
            return Standing.SETTLED
        return Standing.PARTIALLY_PAID if paid else Standing.OPEN

    def is_closed(self, at: datetime) -> bool:
        """Tell whether nobody should be contacted about it any more."""
        return self.standing(at) in {Standing.SETTLED, Standing.CANCELLED}

    def settled_at(self) -> datetime | None:
        """Return when the payments, in the order they were made, first covered the amount."""
        total, amount = 0, self.amount()
        for payment in self.payments():
            total += payment.amount_centavos
            if total >= amount:
                return payment.paid_at
        return None

    def settled_on(self) -> date | None:
        """Return the day of settlement in São Paulo, where the money's dates live."""
        at = self.settled_at()
        return at.astimezone(SAO_PAULO).date() if at else None


class Ledger:
    """The pages of every issued invoice."""

    def __init__(self) -> None:
        self._pages: dict[str, Page] = {}

    @property
    def pages(self) -> Mapping[str, Page]:
        """Return the pages by invoice, in order of issue."""
        return self._pages

    def issue(self, invoice: Invoice) -> None:
        """Open a page."""
        self._pages[invoice.external_id] = Page(invoice)

    def record(self, movement: Movement, at: datetime) -> None:
        """Write a movement as known from ``at`` on."""
        self._pages[movement.invoice_id].recorded.append((at, movement))

    @classmethod
    def of(cls, invoices: Iterable[Invoice], movements: Iterable[Movement]) -> "Ledger":
        """Return the books of a portfolio whose whole future is known."""
        ledger = cls()
        for invoice in invoices:
            ledger.issue(invoice)
        for movement in movements:
            ledger.record(movement, movement.known_at)
        return ledger


@dataclass(frozen=True, slots=True)
class Figures:
    """How many invoices of each kind; lateness counts settled ones only."""

    issued: int = 0
    paid: int = 0
    withdrawn: int = 0
    still_open: int = 0
    late_by_calendar: int = 0
    late_by_bank_rule: int = 0


def figures(ledger: Ledger) -> Figures:
    """Count a ledger, lateness by the independent calendar."""
    pages = list(ledger.pages.values())
    standings = [page.standing() for page in pages]
    settled = [
        (page.invoice.due_date, on)
        for page, standing in zip(pages, standings, strict=True)
        if standing is Standing.SETTLED and (on := page.settled_on())
    ]
    paid, withdrawn = standings.count(Standing.SETTLED), standings.count(Standing.CANCELLED)
    return Figures(
        issued=len(pages),
        paid=paid,
        withdrawn=withdrawn,
        still_open=len(pages) - paid - withdrawn,
        late_by_calendar=sum(on > due for due, on in settled),
        late_by_bank_rule=sum(oracle.is_late(due, on) for due, on in settled),
    )
