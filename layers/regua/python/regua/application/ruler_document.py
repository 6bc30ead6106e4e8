"""The ruler document: read, checked with every path and reason, and published as a JSON Schema.

What one field may hold is checked here; what fields say of each other in
`regua.application.ruler_checks`.
"""

import re
from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from regua.application import ruler_checks
from regua.application.conditions_document import (
    ConditionsDocument,
    Document,
    Name,
    invalid_document,
)
from regua.application.ruler_checks import MAX_OFFSET_DAYS, MAX_OFFSET_SOURCE
from regua.domain.calendar import BusinessDays
from regua.domain.circumstances import SENDERS
from regua.domain.errors import InvalidInput, Problem
from regua.domain.experiments import HOLD_OUT_ARM, MAX_WEIGHT, Variant
from regua.domain.holds import PromiseLimits
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
)
from regua.domain.money import Money, Rounding
from regua.domain.ruler import (
    DEFAULT_CONTACT_HOUR,
    Anchor,
    Caps,
    Channel,
    Escalation,
    Fallback,
    Hours,
    OffsetUnit,
    ReceiptOptions,
    Repeat,
    Ruler,
    Seen,
    Step,
    Thresholds,
    Tone,
)
from regua.domain.time_zones import SAO_PAULO, ZONE_OF_UF, possible_zones

MAX_STEPS = 100
MAX_VARIANTS = 10
MAX_TIMES = 60
MAX_FINE = max(MAX_FINE_PERCENT.values())
"""The highest fine of any profile; each profile's own limit is checked with its source."""
MAX_INTEREST_PERCENT = 20
MAX_DAILY_CENTAVOS = 10**9
MAX_THRESHOLD_CENTAVOS = 10**15
MAX_GRACE_DAYS = 90
MAX_PROMISE_DAYS = 90
ZONES = frozenset(zone for uf in ZONE_OF_UF for zone in possible_zones(uf)) - {"America/Noronha"}
"""In a zone ahead of Brasília, a day late would begin before the due date is over."""
_TIME_TEXT = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def _before_prescription(days: int) -> int:
    if abs(days) > MAX_OFFSET_DAYS:
        reason = f"is more than {MAX_OFFSET_DAYS} days away ({MAX_OFFSET_SOURCE})"
        raise PydanticCustomError("beyond_prescription", reason)
    return days


Whole = Annotated[int, Field(strict=True)]
"""A whole number, written as one: neither text, nor a fraction, nor yes."""
Offset = Annotated[
    int,
    Field(strict=True, json_schema_extra={"minimum": -MAX_OFFSET_DAYS, "maximum": MAX_OFFSET_DAYS}),
    AfterValidator(_before_prescription),
]


class FallbackDocument(Document):
    """When the next channel is tried."""

    after_hours: Whole = Field(ge=1, le=720)
    unless: Seen

    def to_domain(self) -> Fallback:
        """Build the domain's fallback."""
        return Fallback(self.after_hours, self.unless)


class RepeatDocument(Document):
    """Make the step again, counted from the day it was made."""

    every_days: Whole = Field(ge=1, le=365, description="In the step's own unit")
    at_most: Whole = Field(
        ge=2, le=MAX_TIMES, description="So many times in all, the first one included"
    )

    def to_domain(self) -> Repeat:
        """Build the domain's repetition."""
        return Repeat(self.every_days, self.at_most)


class VariantDocument(Document):
    """One arm of a step's experiment: what is not stated is as the step says."""

    name: Name
    weight: Whole = Field(default=1, ge=1, le=MAX_WEIGHT, description="Its share of the customers")
    template: Name | None = None
    tone: Tone | None = None
    channels: tuple[Channel, ...] | None = Field(default=None, min_length=1)
    silent: bool = Field(
        default=False, strict=True, description="Its customers are not contacted by the step"
    )

    @field_validator("name")
    @classmethod
    def _not_reserved(cls, value: str) -> str:
        if value == HOLD_OUT_ARM:
            reason = f"{HOLD_OUT_ARM} is who is in no experiment; it names no variant"
            raise PydanticCustomError("reserved", reason)
        return value

    @model_validator(mode="after")
    def _says_nothing_when_silent(self) -> Self:
        if self.silent and (self.template, self.tone, self.channels) != (None, None, None):
            reason = "is silent and so has neither template nor tone nor channels"
            raise PydanticCustomError("silent", reason)
        return self

    def to_domain(self) -> Variant:
        """Build the domain's variant."""
        return Variant(self.name, self.weight, self.template, self.tone, self.channels, self.silent)


class StepDocument(Document):
    """One step of the ruler."""

    id: Name
    offset_days: Offset
    unit: OffsetUnit = OffsetUnit.CALENDAR_DAYS
    anchor: Anchor = Anchor.DUE_DATE
    channels: tuple[Channel, ...] = Field(
        min_length=1, max_length=10, description="Tried in order; see fallback"
    )
    template: Name
    tone: Tone = Tone.NEUTRAL
    fallback: FallbackDocument | None = None
    repeat: RepeatDocument | None = None
    when: ConditionsDocument = ConditionsDocument()
    variants: tuple[VariantDocument, ...] = Field(
        default=(),
        min_length=2,
        max_length=MAX_VARIANTS,
        description="Arms of an experiment; the first one is the control",
    )

    def to_domain(self) -> Step:
        """Build the domain's step."""
        return Step(
            id=self.id,
            offset_days=self.offset_days,
            channels=self.channels,
            template=self.template,
            tone=self.tone,
            anchor=self.anchor,
            unit=self.unit,
            fallback=self.fallback.to_domain() if self.fallback else None,
            when=self.when.to_domain(),
            repeat=self.repeat.to_domain() if self.repeat else None,
            variants=tuple(v.to_domain() for v in self.variants),
        )


class InterestDocument(Document):
    """Default interest: per cent per day, month or year, or a fixed amount a day."""

    percent: Decimal | None = Field(default=None, ge=0, le=MAX_INTEREST_PERCENT)
    per: RatePeriod = RatePeriod.MONTH
    days: DayCount = DayCount.CALENDAR
    month: MonthLength = MonthLength.THIRTY
    amount_per_day_centavos: Whole | None = Field(default=None, ge=0, le=MAX_DAILY_CENTAVOS)

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


class LateChargesDocument(Document):
    """What a late payment costs, in per cent written as text.

    ``interest`` says more than ``interest_percent_month`` can; only one of them may be given.
    ``rounding`` holds for every component that has none of its own.
    """

    profile: Profile = Profile.CONSUMER
    fine_percent: Decimal = Field(default=CONSUMER_TERMS.fine_percent, ge=0, le=MAX_FINE)
    fine_amount_centavos: Whole = Field(default=0, ge=0, le=MAX_DAILY_CENTAVOS)
    interest_percent_month: Decimal | None = Field(default=None, ge=0, le=MAX_INTEREST_PERCENT)
    interest: InterestDocument | None = None
    rounding: Rounding = Rounding.HALF_UP
    fine_rounding: Rounding | None = None
    interest_rounding: Rounding | None = None
    discount_rounding: Rounding | None = None
    basis: Basis = Basis.POSTPONED
    grace_days: Whole = Field(default=0, ge=0, le=MAX_GRACE_DAYS)
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


def _time_of_day(value: object) -> object:
    if not (isinstance(value, str) and _TIME_TEXT.fullmatch(value)):
        msg = "not a time such as 09:00"
        raise ValueError(msg)
    return time.fromisoformat(value)


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]


class HoursDocument(Document):
    """From and until, by the customer's clock; null is closed."""

    weekday: tuple[TimeOfDay, TimeOfDay]
    saturday: tuple[TimeOfDay, TimeOfDay] | None = None
    sunday_and_holiday: tuple[TimeOfDay, TimeOfDay] | None = None

    def to_domain(self) -> Hours:
        """Build the domain's hours."""
        return Hours(self.weekday, self.saturday, self.sunday_and_holiday)


class CapsDocument(Document):
    """How many contacts a customer may get."""

    per_day: Whole = Field(default=1, ge=1, le=10)
    per_week: Whole = Field(default=3, ge=1, le=70)

    def to_domain(self) -> Caps:
        """Build the domain's caps."""
        return Caps(self.per_day, self.per_week)


class ThresholdsDocument(Document):
    """Below which amounts nobody is contacted."""

    invoice_centavos: Whole = Field(
        default=0, ge=0, le=MAX_THRESHOLD_CENTAVOS, description="What an invoice still lacks"
    )
    customer_centavos: Whole = Field(
        default=0, ge=0, le=MAX_THRESHOLD_CENTAVOS, description="All that the customer owes"
    )

    def to_domain(self) -> Thresholds:
        """Build the domain's thresholds."""
        return Thresholds(Money(self.invoice_centavos), Money(self.customer_centavos))


class PromisesDocument(Document):
    """How far a promise to pay pauses the ruler."""

    max_days: Whole = Field(
        default=PromiseLimits().max_days,
        ge=1,
        le=MAX_PROMISE_DAYS,
        description="The latest day that may be promised, in days from the promise",
    )
    max_broken: Whole = Field(
        default=PromiseLimits().max_broken,
        ge=0,
        le=100,
        description="After so many broken promises another one pauses nothing",
    )
    grace_business_days: Whole = Field(
        default=PromiseLimits().grace_business_days,
        ge=0,
        le=10,
        description="How long after the promised day money is waited for",
    )

    def to_domain(self) -> PromiseLimits:
        """Build the domain's limits."""
        return PromiseLimits(self.max_days, self.max_broken, self.grace_business_days)


class EndDocument(Document):
    """When an invoice that is still open is announced as at the end of its ruler."""

    after_days: Whole = Field(default=1, ge=1, le=365, description="Days after the last step")


def _in_writing(channel: Channel) -> Channel:
    if channel is Channel.VOICE:
        reason = "is no channel for receipts: a call cannot be kept, and nobody is called for that"
        raise PydanticCustomError("no_receipts_by_voice", reason)
    return channel


class ReceiptDocument(Document):
    """How a customer is thanked whose invoice is paid; without it nobody is."""

    channels: tuple[
        Annotated[
            Channel,
            AfterValidator(_in_writing),
            Field(json_schema_extra={"not": {"const": Channel.VOICE.value}}),
        ],
        ...,
    ] = Field(
        default=ReceiptOptions().channels,
        min_length=1,
        max_length=3,
        description="The first that can be used is; no calls",
    )
    template: Literal["recibo"] = "recibo"
    only_if_contacted: bool = Field(
        default=ReceiptOptions().only_if_contacted,
        strict=True,
        description="Thank only who got a message about the invoice",
    )

    def to_domain(self) -> ReceiptOptions:
        """Build the domain's options."""
        return ReceiptOptions(self.channels, self.template, self.only_if_contacted)


class RulerDocument(Document):
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

    contact_hour: Whole = Field(
        default=DEFAULT_CONTACT_HOUR,
        ge=0,
        le=23,
        description="From which hour on steps are made, unless the customer asked for another",
    )
    escalation: Escalation = Escalation.CATCH_UP
    thresholds: ThresholdsDocument = ThresholdsDocument()
    promises: PromisesDocument = PromisesDocument()
    end: EndDocument = EndDocument()
    receipt: ReceiptDocument | None = Field(
        default=None, description="Thanks for a payment; without it nobody is thanked"
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

    def to_domain(self, version: int) -> Ruler:
        """Build the domain's ruler; what fields say of each other is not checked yet."""
        return Ruler(
            name=self.name,
            timezone=self.timezone,
            business_days=self.business_days,
            steps=tuple(s.to_domain() for s in self.steps),
            late_charges=self.late_charges.to_domain(),
            caps=self.caps.to_domain(),
            contact_hours={c: hours.to_domain() for c, hours in self.contact_hours.items()},
            contact_hour=self.contact_hour,
            escalation=self.escalation,
            thresholds=self.thresholds.to_domain(),
            promises=self.promises.to_domain(),
            end_after_days=self.end.after_days,
            receipt=None if self.receipt is None else self.receipt.to_domain(),
            version=version,
        )


def read_ruler(
    document: object,
    *,
    templates: frozenset[str] | None = None,
    segments: frozenset[str] | None = None,
    version: int = 0,
) -> Ruler:
    """Read a ruler document (already decoded from JSON or YAML).

    Args:
        document: what the creditor wrote.
        templates: names that exist; None does not check them.
        segments: names of the creditor's own segments; None does not check them.
        version: which version of the ruler it is.

    Raises:
        InvalidInput: with the path and reason of every problem found, and with its source where a
            law or a rule of ours forbids it.
    """
    try:
        read = RulerDocument.model_validate(document)
    except ValidationError as exc:
        raise invalid_document(exc) from exc
    ruler = read.to_domain(version)
    problems = list(ruler_checks.problems(ruler, templates, segments))
    if "contact_hour" in read.model_fields_set:  # ours waits for the hours to open
        problems += ruler_checks.contact_hour_problems(ruler)
    if problems:
        raise InvalidInput(tuple(problems))
    return ruler


def ruler_warnings(ruler: Ruler, senders: frozenset[Channel] = SENDERS) -> tuple[Problem, ...]:
    """Return what is allowed in a ruler and still unusual enough to tell its author.

    ``senders`` are the channels that its creditor has set up.
    """
    return tuple(ruler_checks.warnings(ruler, senders))


def ruler_schema() -> Mapping[str, object]:
    """Return the JSON Schema of the document, as published in docs/."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **RulerDocument.model_json_schema(),
    }
