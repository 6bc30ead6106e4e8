"""How a customer has paid so far: counted as invoices settle, kept in the account's header.

Only what rules ask for: two counters for ever and the latest outcomes, so that the header stays
small and segments need no scan. A payment that is taken back takes its outcome back.
"""

from dataclasses import dataclass, replace

from regua.domain.ids import InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.payoff import business_date

OUTCOMES_KEPT = 12
"""A year of monthly invoices."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How late an invoice was paid, in days after its effective due date; 0 is in time."""

    invoice_id: InvoiceId
    days_late: int


@dataclass(frozen=True, slots=True)
class History:
    """What a customer's settled invoices and judged promises tell."""

    paid: int = 0
    paid_late: int = 0
    recent: tuple[Outcome, ...] = ()
    """The latest outcomes, oldest first."""
    promises_kept: int = 0
    promises_broken: int = 0

    @property
    def late_share_percent(self) -> int:
        """Late ones among the latest, in whole per cent, rounded down; 0 without any."""
        late = sum(o.days_late > 0 for o in self.recent)
        return 100 * late // len(self.recent) if self.recent else 0

    @property
    def worst_days_late(self) -> int:
        """The longest delay among the latest."""
        return max((o.days_late for o in self.recent), default=0)

    def followed(self, before: Invoice | None, after: Invoice) -> "History":
        """Count what changed about one invoice: settled, or open again.

        ``before`` is the invoice as it was counted so far, None when it was not known.
        """
        was, now = _outcome(before), _outcome(after)
        if was == now:
            return self
        history = self if was is None else self.without_outcome(was)
        return history if now is None else history.with_outcome(now)

    def with_outcome(self, outcome: Outcome) -> "History":
        """Count an invoice that was paid."""
        return replace(
            self,
            paid=self.paid + 1,
            paid_late=self.paid_late + (outcome.days_late > 0),
            recent=(*self.recent, outcome)[-OUTCOMES_KEPT:],
        )

    def without_outcome(self, outcome: Outcome) -> "History":
        """Take an outcome back: the invoice is open again."""
        return replace(
            self,
            paid=self.paid - 1,
            paid_late=self.paid_late - (outcome.days_late > 0),
            recent=tuple(o for o in self.recent if o.invoice_id != outcome.invoice_id),
        )


NO_HISTORY = History()
"""A customer who has paid nothing yet."""


def _outcome(invoice: Invoice | None) -> Outcome | None:
    """Return how late an invoice was paid; None while it is open, or withdrawn."""
    if invoice is None or invoice.cancelled_at is not None:
        return None
    settled_at = invoice.settled_at
    if settled_at is None:
        return None
    late = (business_date(settled_at) - invoice.effective_due_date).days
    return Outcome(invoice.external_id, max(0, late))
