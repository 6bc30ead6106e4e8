"""The ruler document: read, checked with every path and reason, and published as a JSON Schema."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from regua.application.validation import invalid_input
from regua.domain.calendar import BusinessDays
from regua.domain.errors import InvalidInput, Problem
from regua.domain.late_charges import Basis, LateChargeTerms
from regua.domain.money import Money, Rounding
from regua.domain.ruler import (
    Anchor,
    Caps,
    Channel,
    Conditions,
    Fallback,
    Ruler,
    Seen,
    Step,
    Tone,
)
from regua.domain.time_zones import SAO_PAULO

MAX_OFFSET_DAYS = 1825
"""Five years: beyond it the debt is prescribed (Código Civil, art. 206 §5 I)."""
MAX_FINE_PERCENT = 10
"""Decreto 22.626/1933, art. 9; for consumers 2 (CDC, art. 52 §1)."""

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


class LateChargesDocument(_Document):
    """What a late payment costs, in per cent written as text."""

    fine_percent: Decimal = Field(default=Decimal(2), ge=0, le=MAX_FINE_PERCENT)
    interest_percent_month: Decimal = Field(default=Decimal(1), ge=0, le=20)
    rounding: Rounding = Rounding.HALF_UP
    basis: Basis = Basis.POSTPONED


class CapsDocument(_Document):
    """How many contacts a customer may get."""

    per_day: int = Field(default=1, ge=1, le=10)
    per_week: int = Field(default=3, ge=1, le=70)


class RulerDocument(_Document):
    """A régua de cobrança, as creditors write it."""

    name: Name
    timezone: str = SAO_PAULO
    business_days: BusinessDays = BusinessDays.FOLLOWING
    steps: tuple[StepDocument, ...] = Field(min_length=1)
    late_charges: LateChargesDocument = LateChargesDocument()
    caps: CapsDocument = CapsDocument()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            msg = "not an IANA time zone"
            raise ValueError(msg) from None
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
        late_charges=LateChargeTerms(**read.late_charges.model_dump()),
        caps=Caps(**read.caps.model_dump()),
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
    if read.caps.per_week < read.caps.per_day:
        problems.append(Problem("caps.per_week", "is smaller than caps.per_day"))
    if read.steps[0].anchor is Anchor.PREVIOUS_STEP:
        problems.append(Problem("steps.0.anchor", "the first step has no previous step"))
    return problems


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
