"""A dispatch: one planned contact on one channel, and how it ended."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from regua.domain.exact import Kept
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Phase, Seen, Tone


class DispatchState(StrEnum):
    """Planned and claimed are pending; the other four are ends (architecture D6)."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENT = "sent"
    DEFERRED = "deferred"
    SUPPRESSED = "suppressed"
    FAILED = "failed"


ENDS = frozenset(
    {
        DispatchState.SENT,
        DispatchState.DEFERRED,
        DispatchState.SUPPRESSED,
        DispatchState.FAILED,
    }
)


class Purpose(StrEnum):
    """What a contact is for."""

    COLLECTION = "collection"
    """A step of the ruler: about what is owed."""
    RECEIPT = "receipt"
    """Thanks for a payment: no step of the ruler, and no cap counts it."""


class Claim(StrEnum):
    """The three answers to a claim (architecture D4)."""

    GRANTED = "granted"
    DONE = "done"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, slots=True)
class InvoiceStep:
    """An invoice, and the step of its ruler that a contact is about."""

    external_id: InvoiceId
    step_id: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A step that will not be made for an invoice, and why."""

    external_id: InvoiceId
    step_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Attempt:
    """A contact whose fate decides whether the next channel is tried."""

    dispatch_id: DispatchId
    step_id: str
    channels: tuple[Channel, ...]
    """Those not tried yet, in order."""
    invoices: tuple[InvoiceStep, ...]
    check_at: datetime
    unless: Seen | None = None
    """What makes another channel unnecessary; None is only tried after a failure."""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """How a dispatch ended; ``until`` only for a deferral.

    ``rule`` is the code of the rule that stood in the way (docs/rules.md), where there is one.
    """

    state: DispatchState
    reason: Reason | None = None
    until: datetime | None = None
    rule: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What was decided: the plan that a sender carries out."""

    dispatch_id: DispatchId
    creditor_id: CreditorId
    customer_id: CustomerId
    schedule_seq: int
    channel: Channel
    step_id: str
    phase: Phase
    template: str
    tone: Tone
    invoices: tuple[InvoiceStep, ...]
    decided_at: datetime
    decided_on: date
    """The business day it counts for, in the ruler's zone."""
    ruler: str = ""
    """The leading invoice's ruler and version (``padrao@3``)."""
    variant: str | None = None
    """The arm of the step's experiment that the customer is in."""
    fallback_of: DispatchId | None = None
    """The contact on the channel before, which did not reach the customer."""
    left_out: tuple[LeftOut, ...] = ()
    ending: Ending | None = None
    """Set when the decision itself is the end: deferred or suppressed before any send."""
    purpose: Purpose = Purpose.COLLECTION

    @property
    def plan_key(self) -> str:
        """Name what the contact is about: two copies with one id are one contact only if equal."""
        steps = sorted((i.external_id, i.step_id) for i in self.invoices)
        text = "\0".join(part for pair in steps for part in pair)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class DispatchRecord:
    """What the ledger knows of a dispatch."""

    dispatch: Dispatch
    state: DispatchState
    reason: Reason | None = None
    until: datetime | None = None
    claimed_at: datetime | None = None
    sent_at: datetime | None = None
    provider_message_id: str | None = None
    resent_in_doubt: bool = False
    rule: str | None = field(default=None, compare=False)
    cost: Decimal = Decimal(0)
    """In centavos: estimated when it was sent, or as the provider said."""
    content: Kept | None = field(default=None, compare=False)
    """The exact bytes that were, or are being, handed over."""

    @property
    def content_sha256(self) -> str | None:
        """The hash of the exact bytes, 64 hex characters."""
        return self.content.raw.sha256 if self.content and self.content.raw else None

    @property
    def ended(self) -> bool:
        """Whether the dispatch has a result."""
        return self.state in ENDS
