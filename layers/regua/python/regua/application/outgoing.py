"""Facts as the bus tells them: ids and codes, never personal data."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NotRequired

from typing_extensions import TypedDict

from regua.application.messages import ContactDue
from regua.application.ports import OutgoingEvent
from regua.application.wire import instant_text
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import Dispatch, DispatchState, Ending, Purpose
from regua.domain.ids import CreditorId, DispatchId

if TYPE_CHECKING:  # senders judge no hits
    from regua.domain.hit_classifier import HitLabel
    from regua.domain.hit_windows import LabelledHit


class InvoiceFact(TypedDict):
    """InvoicePaid, InvoiceReopened, InvoiceOverdue: which invoice, and whose."""

    external_id: str
    customer_id: str


class ContactFact(TypedDict):
    """MessageSent, ContactDeferred, ContactSuppressed, MessageFailed: how a dispatch ended."""

    dispatch_id: str
    customer_id: str
    channel: str
    step_id: str
    invoices: list[str]
    reason: NotRequired[str]
    until: NotRequired[str]
    rule: NotRequired[str]
    purpose: NotRequired[str]
    """``receipt`` for the receipt of a payment; a contact of the ruler's has none."""


class MessageFact(TypedDict):
    """MessageDelivered, MessageFailed, MessageOpened, MessageClicked, MessageRead: what is known.

    MessageRead is a reading that a person confirmed by a deliberate act. An open or a click names
    its ``hit_id`` and who caused it (``label``) as known then; told again with ``relabelled``, the
    same hit is judged anew.
    """

    dispatch_id: str
    reason: NotRequired[str]
    bounce_type: NotRequired[str]
    bounce_sub_type: NotRequired[str]
    label: NotRequired[str]
    score: NotRequired[int]
    ruleset: NotRequired[str]
    hit_id: NotRequired[str]
    relabelled: NotRequired[bool]


class ReceiptDueFact(TypedDict):
    """PaymentReceiptDue: paid invoices of a customer whose receipt has waited long enough."""

    customer_id: str
    external_ids: list[str]


class PlanFact(TypedDict):
    """AutomaticDebitAuthorised: a customer lets a plan's invoices be debited (Pix Automático)."""

    plan_external_id: str
    customer_id: str


class DebitFact(InvoiceFact):
    """AutomaticDebitScheduled, AutomaticDebitFailed: the debit of an invoice, on which day.

    ``reason`` is the provider's code for why it failed, where it says; the ruler goes on.
    """

    debit_on: NotRequired[str]
    reason: NotRequired[str]


class RulerEndFact(InvoiceFact):
    """RulerEnded: an invoice is still open after the last step of its ruler."""

    ruler: str


class HoldFact(TypedDict):
    """HoldPlaced, HoldEnded, PromiseKept, PromiseBroken: contact rests, or goes on.

    Without ``external_id`` it is about everything of the customer's.
    """

    customer_id: str
    hold_id: str
    kind: str
    external_id: NotRequired[str]
    until: NotRequired[str]
    outcome: NotRequired[str]


class PromiseFact(InvoiceFact):
    """PromiseMade: by when; without ``hold_id`` it pauses nothing, too many were broken."""

    promised_on: str
    hold_id: NotRequired[str]
    until: NotRequired[str]


class DisputeFact(InvoiceFact):
    """DisputeOpened, DisputeResolved: which invoice; ``outcome`` is upheld or rejected."""

    hold_id: str
    outcome: NotRequired[str]


class ContactResultFact(TypedDict):
    """ContactRecorded: what came of a contact made by a person."""

    customer_id: str
    code: str
    external_id: NotRequired[str]
    channel: NotRequired[str]


class Refusal(TypedDict):
    """One thing wrong with an event: where and why."""

    path: str
    reason: str


class ActFact(TypedDict):
    """CustomerActed: something done on the customer's page (``act``), and its protocol."""

    customer_id: str
    dispatch_id: str
    act: str
    protocol: str
    external_id: NotRequired[str]
    agreement_id: NotRequired[str]


class AgreementFact(TypedDict):
    """AgreementProposed, -Accepted, -Fulfilled, -Breached, -Ended: which, and what it covers.

    ``external_ids`` are the invoices it covers; AgreementEnded carries a ``reason`` (``refused``,
    ``lapsed`` or ``cancelled``).
    """

    customer_id: str
    agreement_id: str
    external_ids: list[str]
    total_centavos: int
    instalments: NotRequired[list[str]]
    reason: NotRequired[str]


class UnmatchedFact(TypedDict):
    """PaymentUnmatched: a Pix came in that belongs to no invoice that is known."""

    payment_id: str


class RejectionFact(TypedDict):
    """IngestRejected: which event was put aside, and every reason."""

    event_id: str
    detail_type: str
    reasons: list[Refusal]


class ReplyFact(TypedDict):
    """MessageReplied: a customer answered on a channel; what they wrote is not told."""

    customer_id: str
    channel: str
    intent: str
    confidence: str
    needs_person: bool
    dispatch_id: NotRequired[str]


EVENTS_OUT: Mapping[str, Any] = {
    "ContactDue": ContactDue,
    "MessageSent": ContactFact,
    "ContactDeferred": ContactFact,
    "ContactSuppressed": ContactFact,
    "MessageFailed": ContactFact | MessageFact,
    "MessageDelivered": MessageFact,
    "MessageOpened": MessageFact,
    "MessageClicked": MessageFact,
    "MessageRead": MessageFact,
    "MessageReplied": ReplyFact,
    "InvoiceOverdue": InvoiceFact,
    "InvoicePaid": InvoiceFact,
    "InvoiceReopened": InvoiceFact,
    "PaymentReceiptDue": ReceiptDueFact,
    "RulerEnded": RulerEndFact,
    "HoldPlaced": HoldFact,
    "HoldEnded": HoldFact,
    "PromiseMade": PromiseFact,
    "PromiseKept": HoldFact,
    "PromiseBroken": HoldFact,
    "DisputeOpened": DisputeFact,
    "DisputeResolved": DisputeFact,
    "ContactRecorded": ContactResultFact,
    "CustomerActed": ActFact,
    "AgreementProposed": AgreementFact,
    "AgreementAccepted": AgreementFact,
    "AgreementFulfilled": AgreementFact,
    "AgreementBreached": AgreementFact,
    "AgreementEnded": AgreementFact,
    "PaymentUnmatched": UnmatchedFact,
    "AutomaticDebitAuthorised": PlanFact,
    "AutomaticDebitScheduled": DebitFact,
    "AutomaticDebitFailed": DebitFact,
    "IngestRejected": RejectionFact,
}
"""Every event we put on the bus, and the shape of its data."""
INTERNAL_EVENTS = frozenset({"ContactDue", "PaymentReceiptDue"})
"""Work for our own functions: on the bus, and told to nobody outside."""
PUBLIC_EVENTS = frozenset(EVENTS_OUT) - INTERNAL_EVENTS
"""What creditors hear of: the feed and the webhooks tell these."""

_ENDED_AS = {
    DispatchState.SENT: "MessageSent",
    DispatchState.DEFERRED: "ContactDeferred",
    DispatchState.SUPPRESSED: "ContactSuppressed",
    DispatchState.FAILED: "MessageFailed",
}
_REPORTED_AS = {
    EventKind.DELIVERED: "MessageDelivered",
    EventKind.READ: "MessageOpened",
    EventKind.UNDELIVERED: "MessageFailed",
    EventKind.SOFT_BOUNCED: "MessageFailed",
    EventKind.HARD_BOUNCED: "MessageFailed",
    EventKind.REJECTED: "MessageFailed",
    EventKind.OPENED: "MessageOpened",
    EventKind.CLICKED: "MessageClicked",
    EventKind.CONFIRMED: "MessageRead",
}
"""What is told outside. That a call was answered is not: its end is, as delivered."""


def contact_due(
    dispatch: Dispatch, *, correlation_id: str, as_of: datetime | None
) -> OutgoingEvent:
    """Ask a sender to carry out a dispatch."""
    due = ContactDue.of(dispatch, correlation_id=correlation_id, as_of=as_of)
    return OutgoingEvent(
        "ContactDue",
        dispatch.creditor_id,
        dispatch.decided_at,
        due.model_dump(mode="json", exclude_none=True),
    )


def contact_ended(dispatch: Dispatch, ending: Ending, at: datetime) -> OutgoingEvent:
    """Tell how a dispatch ended."""
    data: dict[str, Any] = {
        "dispatch_id": dispatch.dispatch_id,
        "customer_id": dispatch.customer_id,
        "channel": dispatch.channel,
        "step_id": dispatch.step_id,
        "invoices": [i.external_id for i in dispatch.invoices],
    }
    if ending.reason is not None:
        data["reason"] = ending.reason
    if ending.until is not None:
        data["until"] = instant_text(ending.until)
    if ending.rule is not None:
        data["rule"] = ending.rule
    if dispatch.purpose is not Purpose.COLLECTION:
        data["purpose"] = dispatch.purpose
    return OutgoingEvent(_ENDED_AS[ending.state], dispatch.creditor_id, at, data)


def message_event(
    kind: EventKind,
    creditor_id: CreditorId,
    dispatch_id: DispatchId,
    at: datetime,
    facts: Mapping[str, Any],
) -> OutgoingEvent | None:
    """Tell what was reported about a message; None for reports nobody outside waits for."""
    name = _REPORTED_AS.get(kind)
    if name is None:
        return None
    return OutgoingEvent(name, creditor_id, at, {"dispatch_id": dispatch_id, **facts})


def hit_event(hit: "LabelledHit", judged: "HitLabel", dispatch: Dispatch) -> OutgoingEvent | None:
    """Tell an open or a click, and who caused it; None for hits nobody outside waits for."""
    facts = {
        "hit_id": hit.event_id,
        "label": judged.label.value,
        "score": judged.score,
        "ruleset": judged.ruleset,
    }
    return message_event(hit.kind, dispatch.creditor_id, dispatch.dispatch_id, hit.at, facts)


def relabelled_event(fact: MessageEvent, dispatch: Dispatch) -> OutgoingEvent | None:
    """Tell a hit again that is judged anew; ``fact`` is a RELABELLED one of the dispatch's."""
    facts = {
        "hit_id": fact.facts["of_event_id"],
        "label": fact.facts["label"],
        "score": int(fact.facts["score"]),
        "ruleset": fact.facts["ruleset"],
        "relabelled": True,
    }
    kind = EventKind(fact.facts["of_kind"])
    return message_event(kind, dispatch.creditor_id, dispatch.dispatch_id, fact.at, facts)
