"""The conservation law (architecture D6), counted for one creditor and day."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from regua.application.ports import DispatchLedger
from regua.domain.dispatch import DispatchState
from regua.domain.ids import CreditorId


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Every planned contact of a day by how it ended; what has not ended is pending."""

    day: date
    planned: int
    sent: int
    deferred: int
    suppressed: int
    failed: int
    pending: int
    resent_in_doubt: int
    reasons: dict[str, int]


def reconcile(ledger: DispatchLedger, creditor_id: CreditorId, day: date) -> Reconciliation:
    """Count the dispatches planned on ``day`` (the ruler's local day)."""
    states: Counter[DispatchState] = Counter()
    reasons: Counter[str] = Counter()
    resent = 0
    planned = 0
    for record in ledger.of_day(creditor_id, day):
        planned += 1
        states[record.state] += 1
        resent += record.resent_in_doubt
        if record.reason is not None:
            reasons[record.reason.value] += 1
    return Reconciliation(
        day=day,
        planned=planned,
        sent=states[DispatchState.SENT],
        deferred=states[DispatchState.DEFERRED],
        suppressed=states[DispatchState.SUPPRESSED],
        failed=states[DispatchState.FAILED],
        pending=states[DispatchState.PLANNED] + states[DispatchState.CLAIMED],
        resent_in_doubt=resent,
        reasons=dict(sorted(reasons.items())),
    )
