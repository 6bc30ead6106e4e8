"""What happened to an account besides messages: kept for its timeline and for explanations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from regua.domain.ids import InvoiceId


class NoteKind(StrEnum):
    """The kinds of notes."""

    HOLD_PLACED = "hold_placed"
    HOLD_ENDED = "hold_ended"
    PROMISE_NOT_PAUSING = "promise_not_pausing"
    PROMISE_KEPT = "promise_kept"
    PROMISE_BROKEN = "promise_broken"
    STEP_LEFT_OUT = "step_left_out"
    RULER_CHANGED = "ruler_changed"
    RULER_ENDED = "ruler_ended"
    CONTACT_RESULT = "contact_result"
    REPLY = "reply"
    EVIDENCE_ERASED = "evidence_erased"
    CUSTOMER_ACTED = "customer_acted"
    """Something done on the customer's page; ``facts``: act, protocol, dispatch_id and more."""
    AGREEMENT_PROPOSED = "agreement_proposed"
    AGREEMENT_ACCEPTED = "agreement_accepted"
    AGREEMENT_FULFILLED = "agreement_fulfilled"
    AGREEMENT_BREACHED = "agreement_breached"
    AGREEMENT_REFUSED = "agreement_refused"
    AGREEMENT_LAPSED = "agreement_lapsed"
    AGREEMENT_CANCELLED = "agreement_cancelled"


@dataclass(frozen=True, slots=True)
class Note:
    """One fact about an account, or about one of its invoices.

    ``facts`` are short texts: codes, ids, dates and amounts; ``reason`` is what somebody wrote.
    """

    at: datetime
    kind: NoteKind
    invoice_id: InvoiceId | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
