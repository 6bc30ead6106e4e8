"""The ruler document: read, checked with every path and reason, and published as a JSON Schema."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import time
from decimal import Decimal
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from regua.application.validation import invalid_input
from regua.domain import contact_hours
from regua.domain.calendar import BusinessDays
from regua.domain.errors import InvalidInput, Problem
from regua.domain.interest import (
    DayCount,
    Interest,
    InterestAmount,
    InterestRate,
    MonthLength,
    RatePeriod,
)
from regua.domain.late_charges import (
    ALLOCATION_ORDER,
    CONSUMER_TERMS,
    MAX_FINE_PERCENT,
    Basis,
    Component,
    ComponentRounding,
    LateChargeTerms,
    Profile,
    excesses,
)
from regua.domain.money import Money, Rounding
from regua.domain.ruler import (
    Anchor,
    Caps,
    Channel,
    Conditions,
    Fallback,
    Hours,
    Ruler,
    Seen,
    Step,
    Tone,
)
from regua.domain.time_zones import SAO_PAULO, ZONE_OF_UF, possible_zones

MAX_STEPS = 100
MAX_OFFSET_DAYS = 1825
"""Five years: beyond it the debt is prescribed (Código Civil, art. 206 §5 I)."""
MAX_FINE = max(MAX_FINE_PERCENT.values())
"""The highest fine of any profile; each profile's own limit is checked with its source."""
MAX_INTEREST_PERCENT = 20
MAX_DAILY_CENTAVOS = 10**9
MAX_GRACE_DAYS = 90
ZONES = frozenset(zone for uf in ZONE_OF_UF for zone in possible_zones(uf)) - {"America/Noronha"}
"""In a zone ahead of Brasília, a day late would begin before the due date is over."""
MIN_COMMON_MINUTES = 240
"""Brazil's clocks differ by three hours; an hour must be left where all are open."""
_TIME_TEXT = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class FallbackDocument(_Document):
    """When the next channel is tried."""

    after_hours: int = Field(ge=1, le=720)
    unless: Seen


class ConditionsDocument(_Document):
    """For which invoices a step is meant."""

    min_amount_centavos: int = Field(default=0, ge=0)
    segments: tuple[Name, ...] = ()


class StepDocument(_Document):
    """One step of the ruler."""

    id: Name
    offset_days: int = Field(ge=-MAX_OFFSET_DAYS, le=MAX_OFFSET_DAYS)
    anchor: Anchor = Anchor.DUE_DATE
    channels: tuple[Channel, ...] = Field(min_length=1)
    template: Name
    tone: Tone = Tone.NEUTRAL
    fallback: FallbackDocument | None = None
    when: ConditionsDocument = ConditionsDocument()


class InterestDocument(_Document):
    """Default interest: per cent per day, month or year, or a fixed amount a day."""

    percent: Decimal | None = Field(default=None, ge=0, le=MAX_INTEREST_PERCENT)
    per: RatePeriod = RatePeriod.MONTH
    days: DayCount = DayCount.CALENDAR
    month: MonthLength = MonthLength.THIRTY
    amount_per_day_centavos: int | None = Field(default=None, ge=0, le=MAX_DAILY_CENTAVOS)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.percent is None) == (self.amount_per_day_centavos is None):
            msg = "is either percent or amount_per_day_centavos"
            raise ValueError(msg)
        is_monthly = self.per is RatePeriod.MONTH and self.days is DayCount.CALENDAR
        if self.month is MonthLength.ACTUAL and not is_monthly:
            msg = "month: actual goes with a rate per month of calendar days"
            raise ValueError(msg)
        return self

    def to_domain(self) -> Interest:
        """Build the domain's interest."""
        if self.percent is None:
            return InterestAmount(Money(self.amount_per_day_centavos or 0), self.days)
        return InterestRate(self.percent, self.per, self.days, self.month)


class LateChargesDocument(_Document):
    """What a late payment costs, in per cent written as text.

    ``interest`` says more than ``interest_percent_month`` can; only one of them may be given.
    ``rounding`` holds for every component that has none of its own.
    """

    profile: Profile = Profile.CONSUMER
    fine_percent: Decimal = Field(default=CONSUMER_TERMS.fine_percent, ge=0, le=MAX_FINE)
    fine_amount_centavos: int = Field(default=0, ge=0, le=MAX_DAILY_CENTAVOS)
    interest_percent_month: Decimal | None = Field(default=None, ge=0, le=MAX_INTEREST_PERCENT)
    interest: InterestDocument | None = None
    rounding: Rounding = Rounding.HALF_UP
    fine_rounding: Rounding | None = None
    interest_rounding: Rounding | None = None
    discount_rounding: Rounding | None = None
    basis: Basis = Basis.POSTPONED
    grace_days: int = Field(default=0, ge=0, le=MAX_GRACE_DAYS)
    allocation: tuple[Component, ...] = ALLOCATION_ORDER

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.interest is not None and self.interest_percent_month is not None:
            msg = "interest and interest_percent_month say the same thing; give one of them"
            raise ValueError(msg)
        if sorted(self.allocation) != sorted(Component):
            listed = ", ".join(Component)
            msg = f"allocation names each of {listed} once"
            raise ValueError(msg)
        return self

    def to_domain(self) -> LateChargeTerms:
        """Build the domain's terms."""
        return LateChargeTerms(
            fine_percent=self.fine_percent,
            fine_amount=Money(self.fine_amount_centavos),
            interest=self._interest(),
            rounding=ComponentRounding(
                fine=self.fine_rounding or self.rounding,
                interest=self.interest_rounding or self.rounding,
                discount=self.discount_rounding or self.rounding,
            ),
            basis=self.basis,
            profile=self.profile,
            grace_days=self.grace_days,
            allocation=self.allocation,
        )

    def _interest(self) -> Interest:
        if self.interest is not None:
            return self.interest.to_domain()
        if self.interest_percent_month is None:
            return CONSUMER_TERMS.interest
        return InterestRate(self.interest_percent_month)


class CapsDocument(_Document):
    """How many contacts a customer may get."""

    per_day: int = Field(default=1, ge=1, le=10)
    per_week: int = Field(default=3, ge=1, le=70)


def _time_of_day(value: object) -> object:
    if not (isinstance(value, str) and _TIME_TEXT.fullmatch(value)):
        msg = "not a time such as 09:00"
        raise ValueError(msg)
    return time.fromisoformat(value)


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]


class HoursDocument(_Document):
    """From and until, by the customer's clock; null is closed."""

    weekday: tuple[TimeOfDay, TimeOfDay]
    saturday: tuple[TimeOfDay, TimeOfDay] | None = None
    sunday_and_holiday: tuple[TimeOfDay, TimeOfDay] | None = None

    def to_domain(self) -> Hours:
        """Build the domain's hours."""
        return Hours(self.weekday, self.saturday, self.sunday_and_holiday)


class RulerDocument(_Document):
    """A régua de cobrança, as creditors write it."""

    name: Name
    timezone: str = SAO_PAULO
    business_days: BusinessDays = BusinessDays.FOLLOWING
    steps: tuple[StepDocument, ...] = Field(min_length=1, max_length=MAX_STEPS)
    late_charges: LateChargesDocument = LateChargesDocument()
    caps: CapsDocument = CapsDocument()
    contact_hours: dict[Channel, HoursDocument] = Field(
        default_factory=dict,
        description="Your own hours per channel; the law of each state still narrows them",
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            msg = "not an IANA time zone"
            raise ValueError(msg) from None
        if value not in ZONES:
            msg = "not a time zone of Brazil, Brasília or west of it: dates of money are Brasília's"
            raise ValueError(msg)
        return value


def read_ruler(document: object, *, templates: frozenset[str] | None = None) -> Ruler:
    """Read a ruler document (already decoded from JSON or YAML).

    Args:
        document: what the creditor wrote.
        templates: names that exist; None does not check them.

    Raises:
        InvalidInput: with the path and reason of every problem found.
    """
    try:
        read = RulerDocument.model_validate(document)
    except ValidationError as exc:
        raise invalid_input(exc) from exc
    problems = _problems(read, templates)
    if problems:
        raise InvalidInput(tuple(problems))
    return Ruler(
        name=read.name,
        timezone=read.timezone,
        business_days=read.business_days,
        steps=tuple(_step(s) for s in read.steps),
        late_charges=read.late_charges.to_domain(),
        caps=Caps(**read.caps.model_dump()),
        contact_hours={c: hours.to_domain() for c, hours in read.contact_hours.items()},
    )


def ruler_warnings(ruler: Ruler) -> tuple[Problem, ...]:
    """Return what is allowed in a ruler and still unusual enough to tell its author."""
    return tuple(
        Problem(f"late_charges.{e.field}", f"{e.rule.says} ({e.rule.source})")
        for e in excesses(ruler.late_charges)
        if not e.is_forbidden
    )


def _problems(read: RulerDocument, templates: frozenset[str] | None) -> list[Problem]:
    times = Counter(step.id for step in read.steps)
    problems = [
        Problem(f"steps.{i}.id", f"used {times[s.id]} times; every step needs its own id")
        for i, s in enumerate(read.steps)
        if times[s.id] > 1
    ]
    if templates is not None:
        problems += [
            Problem(f"steps.{i}.template", f"no such template; there are: {_listed(templates)}")
            for i, s in enumerate(read.steps)
            if s.template not in templates
        ]
    problems += [
        Problem(f"late_charges.{e.field}", f"{e.rule.says} ({e.rule.source})")
        for e in excesses(read.late_charges.to_domain())
        if e.is_forbidden
    ]
    for channel, hours in read.contact_hours.items():
        problems += _hours_problems(channel, hours)
    if read.caps.per_week < read.caps.per_day:
        problems.append(Problem("caps.per_week", "is smaller than caps.per_day"))
    if read.steps[0].anchor is Anchor.PREVIOUS_STEP:
        problems.append(Problem("steps.0.anchor", "the first step has no previous step"))
    return problems


def _hours_problems(channel: Channel, hours: HoursDocument) -> Iterator[Problem]:
    path = f"contact_hours.{channel}"
    widest = contact_hours.limit(channel, None)
    for name in ("weekday", "saturday", "sunday_and_holiday"):
        span = getattr(hours, name)
        if span is not None and span[0] >= span[1]:
            yield Problem(f"{path}.{name}", "ends before it begins")
    common = contact_hours.meet(hours.weekday, widest.weekday)
    if common is None or _minutes(common[1]) - _minutes(common[0]) < MIN_COMMON_MINUTES:
        allowed = f"{widest.weekday[0]:%H:%M} and {widest.weekday[1]:%H:%M}"
        yield Problem(
            f"{path}.weekday",
            f"leaves less than {MIN_COMMON_MINUTES // 60} hours between {allowed}: a customer of"
            " two time zones could never be contacted",
        )


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


def _step(read: StepDocument) -> Step:
    return Step(
        id=read.id,
        offset_days=read.offset_days,
        channels=read.channels,
        template=read.template,
        tone=read.tone,
        anchor=read.anchor,
        fallback=Fallback(read.fallback.after_hours, read.fallback.unless)
        if read.fallback
        else None,
        when=Conditions(Money(read.when.min_amount_centavos), frozenset(read.when.segments)),
    )


def ruler_schema() -> Mapping[str, object]:
    """Return the JSON Schema of the document, as published in docs/."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **RulerDocument.model_json_schema(),
    }
