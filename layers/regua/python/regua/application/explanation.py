"""What an explanation says: every step of an invoice, why, and what comes next, as plain values.

Made by `regua.application.explain`; said in words by `regua.adapters.explain_words`. Ids and codes
only: no names, no addresses, nothing that somebody wrote.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache

from regua.domain import holds, rulebook
from regua.domain.delivery import EventKind
from regua.domain.dispatch import DispatchState
from regua.domain.holds import HoldKind
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.invoice import InvoiceStatus
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Seen
from regua.domain.rules import Rule


class Outcome(StrEnum):
    """How one step of the ruler stands for an invoice."""

    MADE = "made"
    DEFERRED = "deferred"
    """It has come up, and comes up again at a stated instant."""
    SUPPRESSED = "suppressed"
    FAILED = "failed"
    LEFT_OUT = "left_out"
    """It came up and was not made: another one took its place, or it was not meant."""
    WAITING = "waiting"
    """It has come up: its contact is under way, or it is decided at the next look."""
    UPCOMING = "upcoming"
    NOT_MEANT = "not_meant"
    """It will not be made, as things stand."""
    BEFORE_ACTIVATION = "before_activation"
    """Its day was over before the invoice came to this ruler, or to this version of it."""
    HELD = "held"


class RulerWhy(StrEnum):
    """Why an invoice follows a ruler, strongest first."""

    INVOICE = "invoice"
    CUSTOMER = "customer"
    SEGMENT = "segment"
    DEFAULT = "default"
    EARLIER = "earlier"
    """It was placed there before; today's rules would choose another one."""


class NextWhy(StrEnum):
    """Why the next contact comes when it does."""

    PLANNED = "planned"
    """The step's day, from the hour chosen for the customer on."""
    WISHED = "wished"
    """The step's day, from the hour on that the customer prefers."""
    NOW = "now"
    """The step has come up: it is made at the next look."""
    WINDOW = "window"
    """The channel opens then."""
    DEFERRAL = "deferral"
    """A cap, or the provider, lets it pass then."""
    HOLD_END = "hold_end"
    GAP = "gap"
    """It counts from the contact before, which was made late."""
    NEXT_CHANNEL = "next_channel"
    """The contact before did not reach the customer, or is not seen by then."""


class Silence(StrEnum):
    """Why there will be no further contact, as things stand."""

    NOT_YET_KNOWN = "not_yet_known"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    PRESCRIBED = "prescribed"
    EXCLUDED = "excluded"
    RULER_ENDED = "ruler_ended"
    DISPUTED = "disputed"
    IN_AGREEMENT = "in_agreement"
    NONE_MEANT = "none_meant"
    NOTHING_OPEN = "nothing_open"
    """A customer who owes nothing."""


@dataclass(frozen=True, slots=True)
class Resting:
    """A hold that stops contact, or stopped it; ``until`` None is until somebody resolves it."""

    hold_id: str
    kind: HoldKind
    since: datetime
    until: datetime | None
    rule: Rule


@dataclass(frozen=True, slots=True)
class Because:
    """One thing a segment asks, and what was found: codes, amounts in centavos."""

    condition: str
    """A field of `regua.domain.conditions.Conditions`."""
    asked: str
    found: str


@dataclass(frozen=True, slots=True)
class Followed:
    """A ruler in a version, and why it is the one."""

    name: str
    version: int
    why: RulerWhy
    segment: str
    because: Sequence[Because] = ()
    """What put the customer into the segment; empty unless the segment chose the ruler."""


@dataclass(frozen=True, slots=True)
class Told:
    """One contact about a step: decided, and what became of it."""

    dispatch_id: DispatchId
    channel: Channel
    state: DispatchState
    at: datetime
    """When it was sent; else when it was decided."""
    reason: Reason | None = None
    rule_code: str | None = None
    until: datetime | None = None
    delivery: EventKind | None = None
    seen: frozenset[Seen] = frozenset()
    """How far it got with a person; what machines fetch does not count."""
    fallback_of: DispatchId | None = None


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of the ruler for one invoice.

    ``at`` is when it happened, or will happen as things stand; None where that is not known.
    ``until`` is the next instant of what was deferred. ``contacts`` are all about this step,
    oldest first; ``told`` is the one that ``outcome`` speaks of.
    """

    step_id: str
    planned_on: date
    outcome: Outcome
    at: datetime | None = None
    channel: Channel | None = None
    reason: Reason | None = None
    rule_code: str | None = None
    until: datetime | None = None
    told: Told | None = None
    contacts: Sequence[Told] = ()
    overtaken_by: str | None = None
    """The step that was made, or will be, in its place."""
    dropped: Reason | None = None
    """Why what is deferred or held will not be made afterwards, as things stand."""
    resting: Resting | None = None
    """What held it, or had held it on its day."""

    @property
    def dispatch_id(self) -> DispatchId | None:
        """The contact that the outcome speaks of, if there was one."""
        return self.told.dispatch_id if self.told else None

    @property
    def rule(self) -> Rule | None:
        """The rule that stood in the way, with its sentence and source."""
        return None if self.rule_code is None else rule_of(self.rule_code)


@dataclass(frozen=True, slots=True)
class NextContact:
    """The next contact that will be made, as things stand."""

    step_id: str
    channel: Channel
    at: datetime
    why: NextWhy
    invoices: Sequence[InvoiceId]
    """All that it will speak about."""
    reason: Reason | None = None
    rule_code: str | None = None
    resting: Resting | None = None
    is_preferred_channel: bool = False
    """Whether the channel is the one that the customer prefers."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something besides steps: a payment, a hold, a change of ruler, what a person was told.

    ``code`` is a kind of note, or ``payment``, ``payment_reversed`` or ``cancelled``.
    """

    at: datetime
    code: str
    invoice_id: InvoiceId | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explanation:
    """An invoice at an instant: how it stands, every step of its ruler, what comes next.

    ``earlier`` are contacts about it that belong to no step of the ruler as it stands: made for a
    due date that has moved, or under another ruler. Exactly one of ``next`` and ``silence`` is
    given.
    """

    at: datetime
    timezone: str
    creditor_id: CreditorId
    customer_id: CustomerId
    invoice_id: InvoiceId
    status: InvoiceStatus
    days_late: int
    """From the effective due date; 0 when nothing is late or owed."""
    follows: Followed
    resting: Resting | None
    steps: Sequence[StepLine]
    earlier: Sequence[StepLine]
    happenings: Sequence[Happening]
    next: NextContact | None
    silence: Silence | None = None
    silence_reason: Reason | None = None
    """Why no step is meant, where that is the silence."""


@dataclass(frozen=True, slots=True)
class CustomerExplanation:
    """A customer at an instant: each invoice asked about, and the next contact over all of them."""

    at: datetime
    timezone: str
    creditor_id: CreditorId
    customer_id: CustomerId
    segment: str
    excluded: bool
    opted_out: Sequence[Channel]
    resting: Sequence[Resting]
    """Holds over everything the customer owes."""
    invoices: Sequence[Explanation]
    happenings: Sequence[Happening]
    """Those that are about no single invoice."""
    next: NextContact | None
    silence: Silence | None = None
    silence_reason: Reason | None = None


def rule_of(code: str) -> Rule | None:
    """Return a rule by its code; None when there is no such rule."""
    return _rules().get(code)


@cache
def _rules() -> Mapping[str, Rule]:
    chapters = (*rulebook.CHAPTERS.values(), holds.RULES)
    return {rule.code: rule for rules in chapters for rule in rules}
