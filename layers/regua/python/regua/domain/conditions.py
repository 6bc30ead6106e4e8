"""For whom something is meant: conditions over facts, for a step and for a segment alike.

Facts are counted from one account's own header and open invoices, so that nothing is ever scanned
to know in which segment a customer is (`regua.domain.rulers.facts_of` counts them).
"""

from dataclasses import dataclass, fields

from regua.domain.money import ZERO, Money
from regua.domain.reasons import Reason


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an account on a day, as far as conditions ask."""

    kind: str
    """``person`` or ``company``."""
    segment: str = ""
    tags: frozenset[str] = frozenset()
    risk: str | None = None
    """The creditor's own rating of the customer, if it gave one."""
    reachable: frozenset[str] = frozenset()
    """Channels with a usable address that the customer did not stop."""
    open_amount: Money = ZERO
    open_invoices: int = 0
    overdue_invoices: int = 0
    days_late: int = 0
    """Of the oldest overdue invoice, from its effective due date; 0 when nothing is late."""
    times_late: int = 0
    """Invoices paid late so far, and those late now."""
    late_share_percent: int = 0
    """Late ones among the latest invoices that were paid, in whole per cent."""
    worst_days_late: int = 0
    """The longest delay among them, and of what is late now."""
    broken_promises: int = 0


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold for a step or a segment; what is not stated does not matter.

    Bounds include their ends. ``min_amount`` and ``max_amount`` look at one invoice's balance,
    ``min_days_late`` and ``max_days_late`` at its delay; the others at the account.
    """

    min_amount: Money = ZERO
    max_amount: Money | None = None
    min_days_late: int | None = None
    max_days_late: int | None = None
    segments: frozenset[str] = frozenset()
    tags_any: frozenset[str] = frozenset()
    tags_none: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    risks: frozenset[str] = frozenset()
    reachable_by: frozenset[str] = frozenset()
    """At least one of these channels."""
    not_reachable_by: frozenset[str] = frozenset()
    min_open_amount: Money = ZERO
    max_open_amount: Money | None = None
    min_overdue_invoices: int | None = None
    max_overdue_invoices: int | None = None
    min_times_late: int | None = None
    max_times_late: int | None = None
    min_late_share_percent: int | None = None
    max_late_share_percent: int | None = None
    min_worst_days_late: int | None = None
    max_worst_days_late: int | None = None
    min_broken_promises: int | None = None
    max_broken_promises: int | None = None

    @property
    def asks_facts(self) -> bool:
        """Whether anything beyond one invoice's balance and delay matters."""
        return any(
            getattr(self, f.name) != f.default for f in fields(self) if f.name not in _OF_INVOICE
        )

    def refuse_invoice(self, balance: Money, days_late: int) -> Reason | None:
        """Tell why an invoice with this balance and delay is not meant; None when it is."""
        if balance < self.min_amount:
            return Reason.BELOW_THRESHOLD
        if self.max_amount is not None and balance > self.max_amount:
            return Reason.CONDITION_NOT_MET
        if not _within(days_late, self.min_days_late, self.max_days_late):
            return Reason.CONDITION_NOT_MET
        return None

    def refuse_account(self, facts: Facts) -> Reason | None:
        """Tell why an account is not meant; None when it is."""
        if facts.open_amount < self.min_open_amount:
            return Reason.BELOW_THRESHOLD
        if self.max_open_amount is not None and facts.open_amount > self.max_open_amount:
            return Reason.CONDITION_NOT_MET
        named = (
            (not self.segments or facts.segment in self.segments)
            and (not self.kinds or facts.kind in self.kinds)
            and (not self.risks or facts.risk in self.risks)
            and (not self.tags_any or bool(self.tags_any & facts.tags))
            and not self.tags_none & facts.tags
            and (not self.reachable_by or bool(self.reachable_by & facts.reachable))
            and not self.not_reachable_by & facts.reachable
        )
        counted = (
            _within(facts.overdue_invoices, self.min_overdue_invoices, self.max_overdue_invoices)
            and _within(facts.times_late, self.min_times_late, self.max_times_late)
            and _within(
                facts.late_share_percent, self.min_late_share_percent, self.max_late_share_percent
            )
            and _within(facts.worst_days_late, self.min_worst_days_late, self.max_worst_days_late)
            and _within(facts.broken_promises, self.min_broken_promises, self.max_broken_promises)
        )
        return None if named and counted else Reason.CONDITION_NOT_MET


_OF_INVOICE = frozenset({"min_amount", "max_amount", "min_days_late", "max_days_late"})
ALWAYS = Conditions()
"""No condition at all."""


def _within(value: int, at_least: int | None, at_most: int | None) -> bool:
    return (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
