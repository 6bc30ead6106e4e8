"""The ruler (régua de cobrança): an ordered schedule of steps, read from its public document.

The document's shape is the public contract; unknown fields and impossible values are refused with
their path. Dates follow from anchors: offsets of zero or less count from the printed due date,
later ones from the effective due date, so that nobody is chased for a Saturday.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum

from regua.domain.calendar import BusinessDays, roll
from regua.domain.invoice import Invoice
from regua.domain.late_charges import CONSUMER_TERMS, LateChargeTerms
from regua.domain.money import ZERO, Money
from regua.domain.reasons import Reason
from regua.domain.time_zones import SAO_PAULO


class Channel(StrEnum):
    """A way to reach a customer."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    VOICE = "voice"


class Phase(StrEnum):
    """How far along the ruler a contact is."""

    PREVENTIVE = "PREVENTIVE"
    DUE = "DUE"
    SOFT = "SOFT"
    FIRM = "FIRM"
    PRE_LISTING = "PRE_LISTING"
    LEGAL = "LEGAL"


class Tone(StrEnum):
    """How a message speaks."""

    FRIENDLY = "friendly"
    NEUTRAL = "neutral"
    FIRM = "firm"
    FORMAL = "formal"


class Anchor(StrEnum):
    """What a step's offset counts from."""

    DUE_DATE = "due_date"
    PREVIOUS_STEP = "previous_step"
    ISSUE_DATE = "issue_date"


class Seen(StrEnum):
    """What must have happened for a fallback channel to stay unused."""

    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"


_DATES_KEPT = 10_000
_PHASES = ((30, Phase.PRE_LISTING), (15, Phase.FIRM), (1, Phase.SOFT), (0, Phase.DUE))


def phase_of(days_after_due: int) -> Phase:
    """Name the phase for a number of days after the due date (negative before it)."""
    for at_least, phase in _PHASES:
        if days_after_due >= at_least:
            return phase
    return Phase.PREVENTIVE


@dataclass(frozen=True, slots=True)
class Fallback:
    """Try the next channel after some hours unless the message was seen."""

    after_hours: int
    unless: Seen


@dataclass(frozen=True, slots=True)
class Conditions:
    """For which invoices and customers a step is meant."""

    min_amount: Money = ZERO
    segments: frozenset[str] = frozenset()

    def refusal(self, invoice: Invoice, segment: str) -> Reason | None:
        """Tell why the step is not meant for an invoice of a customer of this segment."""
        if self.segments and segment not in self.segments:
            return Reason.POLICY_DENIED
        return Reason.BELOW_THRESHOLD if invoice.balance < self.min_amount else None


@dataclass(frozen=True, slots=True)
class Step:
    """One planned contact, relative to an anchor."""

    id: str
    offset_days: int
    channels: tuple[Channel, ...]
    template: str
    tone: Tone = Tone.NEUTRAL
    anchor: Anchor = Anchor.DUE_DATE
    fallback: Fallback | None = None
    when: Conditions = Conditions()


Span = tuple[time, time]
"""From and until (exclusive), by the customer's clock."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When a channel is open on each kind of day; None is closed."""

    weekday: Span
    saturday: Span | None = None
    sunday_and_holiday: Span | None = None


@dataclass(frozen=True, slots=True)
class Caps:
    """How many contacts a customer may get, over all channels and invoices."""

    per_day: int = 1
    per_week: int = 3


@dataclass(frozen=True, slots=True)
class Ruler:
    """A named schedule of steps, in document order."""

    name: str
    steps: tuple[Step, ...]
    timezone: str = SAO_PAULO
    business_days: BusinessDays = BusinessDays.FOLLOWING
    late_charges: LateChargeTerms = CONSUMER_TERMS
    caps: Caps = Caps()
    contact_hours: Mapping[Channel, Hours] = field(default_factory=dict)
    """The creditor's own hours; a channel that is missing keeps ours."""
    _dates: dict[tuple[date, date], Sequence[tuple[date, Step]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Remembered step dates: many invoices share their issue and due dates."""

    def step(self, step_id: str) -> Step | None:
        """Return the step with this id, if the ruler has it."""
        return next((s for s in self.steps if s.id == step_id), None)

    def dates_of(self, invoice: Invoice) -> Sequence[tuple[date, Step]]:
        """Return when each step falls for an invoice, earliest first."""
        key = (invoice.issue_date, invoice.due_date)
        dated = self._dates.get(key)
        if dated is None:
            if len(self._dates) >= _DATES_KEPT:
                self._dates.clear()
            dated = tuple(sorted(self._dated_steps(*key), key=lambda step: step[0]))
            self._dates[key] = dated
        return dated

    def _dated_steps(self, issue_date: date, due_date: date) -> Iterator[tuple[date, Step]]:
        previous = issue_date
        for step in self.steps:
            anchor = _anchor_date(step, issue_date, due_date, previous)
            wished = anchor + timedelta(days=step.offset_days)
            previous = roll(wished, self.business_days)
            speaks_of_delay = step.anchor is Anchor.DUE_DATE and step.offset_days > 0
            if speaks_of_delay and previous <= roll(due_date):
                previous = roll(wished)  # rolled back, it would chase what is still in time
            yield previous, step

    def pending(self, invoice: Invoice) -> Sequence[tuple[date, Step]]:
        """Return the steps not dealt with yet, earliest first.

        A place whose step has left the ruler counts by its date.
        """
        dated = self.dates_of(invoice)
        place = invoice.place
        if place.step_id is None:
            return dated
        for index, (_, step) in enumerate(dated):
            if step.id == place.step_id:
                return dated[index + 1 :]
        return [d for d in dated if place.step_on is None or d[0] > place.step_on]


def _anchor_date(step: Step, issue_date: date, due_date: date, previous: date) -> date:
    if step.anchor is Anchor.ISSUE_DATE:
        return issue_date
    if step.anchor is Anchor.PREVIOUS_STEP:
        return previous
    return roll(due_date) if step.offset_days > 0 else due_date


DEFAULT_RULER: Mapping[str, object] = {
    "name": "padrao",
    "timezone": SAO_PAULO,
    "business_days": "following",
    "steps": [
        {
            "id": "lembrete",
            "offset_days": -3,
            "channels": ["email"],
            "template": "lembrete",
            "tone": "friendly",
        },
        {
            "id": "vencimento",
            "offset_days": 0,
            "channels": ["email"],
            "template": "vencimento",
            "tone": "friendly",
        },
        {
            "id": "vencida-3",
            "offset_days": 3,
            "channels": ["email"],
            "template": "vencida",
            "tone": "neutral",
        },
        {
            "id": "vencida-7",
            "offset_days": 7,
            "channels": ["email"],
            "template": "em_atraso",
            "tone": "neutral",
        },
        {
            "id": "vencida-15",
            "offset_days": 15,
            "channels": ["email"],
            "template": "atraso_prolongado",
            "tone": "firm",
        },
        {
            "id": "vencida-30",
            "offset_days": 30,
            "channels": ["email"],
            "template": "pre_negativacao",
            "tone": "formal",
        },
    ],
    "late_charges": {
        "fine_percent": "2",
        "interest_percent_month": "1",
        "rounding": "half_up",
        "basis": "postponed",
    },
    "caps": {"per_day": 1, "per_week": 3},
}
"""The document a creditor without a ruler of its own follows."""
