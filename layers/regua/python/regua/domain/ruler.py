"""The ruler (régua de cobrança): an ordered schedule of steps, read from its public document.

The document's shape is the public contract; unknown fields and impossible values are refused with
their path. Dates follow from anchors: offsets of zero or less count from the printed due date,
later ones from the effective due date, so that nobody is chased for a Saturday.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from regua.domain.calendar import BusinessDays, add_business_days, roll
from regua.domain.conditions import ALWAYS, Conditions
from regua.domain.experiments import Variant
from regua.domain.holds import USUAL_LIMITS, PromiseLimits
from regua.domain.invoice import Invoice, Place
from regua.domain.late_charges import CONSUMER_TERMS, LateChargeTerms
from regua.domain.money import ZERO, Money
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


class OffsetUnit(StrEnum):
    """What days a step's offset counts."""

    CALENDAR_DAYS = "calendar_days"
    BUSINESS_DAYS = "business_days"


class Escalation(StrEnum):
    """What follows when several steps have come up at once."""

    CATCH_UP = "catch_up"
    """The level that the delay deserves is made; those it overtook are superseded."""
    STEPWISE = "stepwise"
    """Every step is made, one by one, each after its own gap."""


class Seen(StrEnum):
    """What must have happened for a fallback channel to stay unused."""

    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"


DEFAULT_CONTACT_HOUR = 9
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
class Repeat:
    """Make a step again every so many days after it was made, so many times in all."""

    every_days: int
    at_most: int


@dataclass(frozen=True, slots=True)
class Step:
    """One planned contact, relative to an anchor."""

    id: str
    offset_days: int
    channels: tuple[Channel, ...]
    template: str
    tone: Tone = Tone.NEUTRAL
    anchor: Anchor = Anchor.DUE_DATE
    unit: OffsetUnit = OffsetUnit.CALENDAR_DAYS
    fallback: Fallback | None = None
    when: Conditions = ALWAYS
    repeat: Repeat | None = None
    variants: tuple[Variant, ...] = ()
    """Arms of an experiment, the control first; empty when there is none."""

    @property
    def speaks_of_delay(self) -> bool:
        """Whether it chases what is late, and so may not come before the due date is over."""
        return self.anchor is Anchor.DUE_DATE and self.offset_days > 0

    @property
    def speaks_of_a_date_to_come(self) -> bool:
        """Whether it would be out of place once the due date is over."""
        return self.anchor is Anchor.DUE_DATE and self.offset_days <= 0

    @property
    def times(self) -> "tuple[Step, ...]":
        """The step and its repetitions, each with an id of its own (``id``, ``id.2``, …)."""
        if self.repeat is None:
            return (self,)
        again = replace(
            self, anchor=Anchor.PREVIOUS_STEP, offset_days=self.repeat.every_days, repeat=None
        )
        more = (replace(again, id=f"{self.id}.{n}") for n in range(2, self.repeat.at_most + 1))
        return (replace(self, repeat=None), *more)


def written_id(step_id: str) -> str:
    """Return the id of the step as the ruler's author wrote it, whichever repetition it is.

    >>> written_id("vencida-30.2")
    'vencida-30'
    """
    return step_id.partition(".")[0]


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
class ReceiptOptions:
    """How a customer who paid is thanked.

    It holds as the ruler's version in force says, whatever version an invoice is on: thanks are no
    step of a plan under way.
    """

    channels: tuple[Channel, ...] = (Channel.EMAIL,)
    """Tried in order; a call never thanks."""
    template: str = "recibo"
    only_if_contacted: bool = True
    """Whether only who got a message about the invoice is thanked for paying it."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Below which amounts nobody is contacted: what an invoice, or a customer, still owes."""

    invoice: Money = ZERO
    customer: Money = ZERO


Dated = Sequence[tuple[date, Step]]
"""Steps with the day each falls on, earliest first."""


@dataclass(frozen=True, slots=True)
class Ruler:
    """A named schedule of steps, in document order, in one immutable version.

    ``steps`` are as written; ``all_steps`` has every repetition. Version 0 is the one that came
    with the creditor.
    """

    name: str
    steps: tuple[Step, ...]
    timezone: str = SAO_PAULO
    business_days: BusinessDays = BusinessDays.FOLLOWING
    late_charges: LateChargeTerms = CONSUMER_TERMS
    caps: Caps = Caps()
    contact_hours: Mapping[Channel, Hours] = field(default_factory=dict)
    """The creditor's own hours; a channel that is missing keeps ours."""
    contact_hour: int = DEFAULT_CONTACT_HOUR
    """From which hour of the day on a step is made, unless the customer asked for another."""
    escalation: Escalation = Escalation.CATCH_UP
    thresholds: Thresholds = Thresholds()
    promises: PromiseLimits = USUAL_LIMITS
    end_after_days: int = 1
    """How long after the last step an invoice that is still open is announced as at the end."""
    receipt: ReceiptOptions | None = None
    """How payments are thanked for; None is not at all."""
    version: int = 0
    ref: str = field(init=False, compare=False)
    zone: ZoneInfo = field(init=False, repr=False, compare=False)
    all_steps: tuple[Step, ...] = field(init=False, repr=False, compare=False)
    _follows_contacts: bool = field(init=False, repr=False, compare=False)
    _dates: dict[tuple[date, date], Dated] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Remembered step dates: many invoices share their issue and due dates."""

    def __post_init__(self) -> None:
        steps = tuple(time for step in self.steps for time in step.times)
        follows = self.escalation is Escalation.STEPWISE or any(
            s.anchor is Anchor.PREVIOUS_STEP for s in steps
        )
        object.__setattr__(self, "ref", f"{self.name}@{self.version}")
        object.__setattr__(self, "zone", ZoneInfo(self.timezone))
        object.__setattr__(self, "all_steps", steps)
        object.__setattr__(self, "_follows_contacts", follows)

    def step(self, step_id: str) -> Step | None:
        """Return the step with this id, if the ruler has it."""
        return next((s for s in self.all_steps if s.id == step_id), None)

    def dates_of(self, invoice: Invoice) -> Dated:
        """Return when each step falls for an invoice by plan, earliest first."""
        key = (invoice.issue_date, invoice.due_date)
        dated = self._dates.get(key)
        if dated is None:
            if len(self._dates) >= _DATES_KEPT:
                self._dates.clear()
            dated = tuple(sorted(self._dated_steps(*key), key=_day))
            self._dates[key] = dated
        return dated

    def _dated_steps(self, issue_date: date, due_date: date) -> Iterator[tuple[date, Step]]:
        previous = issue_date
        for step in self.all_steps:
            anchor = _anchor_date(step, issue_date, due_date, previous)
            previous = roll(_counted(anchor, step.offset_days, step.unit), self.business_days)
            if step.speaks_of_delay and previous <= roll(due_date):
                previous = roll(anchor + timedelta(days=step.offset_days))
                # rolled back, it would chase what is still in time
            yield previous, step

    def pending(self, invoice: Invoice) -> Dated:
        """Return the steps not dealt with yet, earliest first.

        A place whose step has left the ruler counts by its date. What counts from the step before
        counts from the day that one was really made.
        """
        dated = planned = self.dates_of(invoice)
        place = invoice.place
        if place.step_id is not None:
            dated = _after(planned, place)
        dealt_with = place.contacted_on or place.step_on
        if dated and dealt_with is not None and (self._follows_contacts or place.stepwise):
            by_plan = next((on for on, step in planned if step.id == place.step_id), place.step_on)
            if by_plan is not None and dealt_with > by_plan:
                dated = self._moved(dated, place, by_plan, dealt_with)
        if place.from_on is not None:
            dated = [d for d in dated if d[0] >= place.from_on]
        return dated

    def is_stepwise(self, place: Place) -> bool:
        """Tell whether an invoice at this place gets every step, one by one."""
        return place.stepwise or self.escalation is Escalation.STEPWISE

    def _moved(self, dated: Dated, place: Place, by_plan: date, dealt_with: date) -> Dated:
        """Move what counts from the step at ``place`` to where it falls from the day that was made.

        On a stepwise ruler all others move by as many days as it was late. Nothing moves beyond
        the step that comes next: there it is overtaken.
        """
        counted = self._chained_to(place.step_id, dealt_with)
        late = dealt_with - by_plan if self.is_stepwise(place) else timedelta()
        latest, found = date.max, []
        for on, step in reversed(dated):
            moved = counted.get(step.id)
            if moved is None and late:
                moved = roll(on + late, self.business_days)
            latest = on if moved is None else min(moved, latest)
            found.append((latest, step))
        return found[::-1]

    def _chained_to(self, step_id: str | None, dealt_with: date) -> Mapping[str, date]:
        """Return when those fall that count, one from the other, from the step with this id."""
        found: dict[str, date] = {}
        previous: date | None = None
        for step in self.all_steps:
            if step.id == step_id:
                previous = dealt_with
            elif previous is not None and step.anchor is Anchor.PREVIOUS_STEP:
                previous = roll(_counted(previous, step.offset_days, step.unit), self.business_days)
                found[step.id] = previous
            else:
                previous = None
        return found


def _after(dated: Dated, place: Place) -> Dated:
    for index, (_, step) in enumerate(dated):
        if step.id == place.step_id:
            return dated[index + 1 :]
    return [d for d in dated if place.step_on is None or d[0] > place.step_on]


def _day(dated: tuple[date, Step]) -> date:
    return dated[0]


def _counted(anchor: date, days: int, unit: OffsetUnit) -> date:
    if unit is OffsetUnit.BUSINESS_DAYS:
        return add_business_days(anchor, days)
    return anchor + timedelta(days=days)


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
