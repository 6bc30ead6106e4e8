"""Which step of an invoice has come up, and why others are not made."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from regua.domain.account import Account
from regua.domain.circumstances import USUAL, Circumstances
from regua.domain.conditions import ALWAYS, Conditions, Facts
from regua.domain.dispatch import LeftOut
from regua.domain.invoice import Invoice
from regua.domain.prescription import DebtKind, prescribes_on
from regua.domain.reasons import Reason
from regua.domain.ruler import Dated, Ruler, Step
from regua.domain.rulers import Rulers, Segment, facts_of

_NEVER_PRESCRIBED_BEFORE = timedelta(days=364)
"""No debt of any kind prescribes within a year; looked up only afterwards."""


class Look:
    """One account at one instant: what several of its invoices ask for is worked out once."""

    def __init__(
        self, account: Account, rulers: Rulers, now: datetime, given: Circumstances = USUAL
    ) -> None:
        self.account = account
        self.rulers = rulers
        self.now = now
        self.given = given
        self.today = now.astimezone(rulers.default.zone).date()
        """By the creditor's clock."""
        self.segment: Segment = rulers.segment_of(account, self.today)
        self._facts: Facts | None = None
        self._days: dict[str, tuple[date, date]] = {}

    def days(self, ruler: Ruler) -> tuple[date, date]:
        """Return today by the ruler's clock, and the last day whose steps have come up.

        A step of today has come up from its hour on, whatever else woke the account before.
        """
        found = self._days.get(ruler.ref)
        if found is None:
            local = self.now.astimezone(ruler.zone)
            today = local.date()
            is_time = local.time() >= self.given.best_hour(self.account, ruler)
            found = self._days[ruler.ref] = (today, today if is_time else today - _ONE_DAY)
        return found

    def facts(self) -> Facts:
        """Count what conditions ask of the account, by the same day as its segment."""
        if self._facts is None:
            facts = facts_of(self.account, self.today)
            self._facts = replace(facts, segment=self.segment.name)
        return self._facts


_ONE_DAY = timedelta(days=1)


class ComeUp(NamedTuple):
    """What has come up for an invoice: a step to make, or none, and the steps left out."""

    on: date
    step: Step | None
    up_to: tuple[date, Step]
    """The last step that is dealt with by it."""
    left_out: Sequence[LeftOut]


def come_up(invoice: Invoice, ruler: Ruler, look: Look) -> ComeUp | None:
    """Tell what has come up for an invoice; None when nothing has.

    The latest step that is meant for it is made and those before are superseded; on a stepwise
    ruler the first one is made and those after it wait.
    """
    pending = ruler.pending(invoice)
    today, last_day = look.days(ruler)
    if not pending or pending[0][0] > last_day:
        return None
    reached = [d for d in pending if d[0] <= last_day]
    is_stepwise = ruler.is_stepwise(invoice.place)
    left_out: list[LeftOut] = []
    for index, (on, step) in enumerate(reached) if is_stepwise else _latest_first(reached):
        refused = refusal(step, invoice, ruler, today, look)
        if refused is None:
            at = (on, step) if is_stepwise else reached[-1]
            overtaken = [] if is_stepwise else reached[:index]
            superseded = [_left_out(invoice, s, Reason.SUPERSEDED) for _, s in overtaken]
            return ComeUp(on, step, at, [*left_out, *superseded])
        left_out.append(_left_out(invoice, step, refused))
    return ComeUp(reached[-1][0], None, reached[-1], left_out)


def _latest_first(reached: Dated) -> Sequence[tuple[int, tuple[date, Step]]]:
    return [*enumerate(reached)][::-1]


def _left_out(invoice: Invoice, step: Step, why: Reason) -> LeftOut:
    return LeftOut(invoice.external_id, step.id, why)


def refusal(step: Step, invoice: Invoice, ruler: Ruler, today: date, look: Look) -> Reason | None:
    """Tell why a step is not meant for an invoice today; None when it is."""
    if is_prescribed(invoice, today):
        return Reason.PRESCRIBED
    if step.speaks_of_a_date_to_come and today > invoice.effective_due_date:
        return Reason.SUPERSEDED
    if _is_below_threshold(invoice, ruler, look):
        return Reason.BELOW_THRESHOLD
    return None if step.when is ALWAYS else _unmet(step.when, invoice, today, look)


def _is_below_threshold(invoice: Invoice, ruler: Ruler, look: Look) -> bool:
    least = ruler.thresholds
    if least.invoice and invoice.balance < least.invoice:
        return True
    return bool(least.customer) and look.facts().open_amount < least.customer


def _unmet(when: Conditions, invoice: Invoice, today: date, look: Look) -> Reason | None:
    days_late = max(0, (today - invoice.effective_due_date).days)
    refused = when.refuse_invoice(invoice.balance, days_late)
    if refused is None and when.asks_facts:
        return when.refuse_account(look.facts())
    return refused


def is_prescribed(invoice: Invoice, today: date) -> bool:
    """Tell whether the debt must not be collected any more, not even out of court."""
    if today - invoice.due_date < _NEVER_PRESCRIBED_BEFORE:
        return False
    return today > prescribes_on(invoice.due_date, DebtKind.INSTRUMENT)
