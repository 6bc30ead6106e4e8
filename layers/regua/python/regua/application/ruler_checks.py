"""What the fields of a ruler say of each other: impossible, illegal, or merely unusual.

Every problem has the path of the document's field, the reason, and in brackets its source where
the law or a rule of ours forbids it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import time

from regua.application.conditions_document import written_name
from regua.domain import contact_hours, listing
from regua.domain.audiences import are_apart, impossible
from regua.domain.conditions import Conditions
from regua.domain.contact_policy import NO_SENDER, WEEKLY_CAP
from regua.domain.errors import Problem
from regua.domain.late_charges import excesses
from regua.domain.money import Money
from regua.domain.payment_receipts import STEP_ID
from regua.domain.plan_days import Lateness, Position, lateness, positions
from regua.domain.prescription import TERM_RULES, DebtKind
from regua.domain.ruler import Anchor, Channel, Escalation, Hours, Ruler, Step, written_id
from regua.domain.rulers import DEFAULT_SEGMENT
from regua.domain.rules import Rule

MAX_ALL_STEPS = 200
"""Steps with their repetitions: an invoice's whole life is worked out at every look."""
MAX_OFFSET_DAYS = 1825
"""Five years: beyond it the debt is prescribed."""
_PRESCRIPTION = TERM_RULES[DebtKind.INSTRUMENT]
MAX_OFFSET_SOURCE = _PRESCRIPTION.source
MIN_COMMON_MINUTES = 240
"""Brazil's clocks differ by three hours; an hour must be left where all are open."""
_CAP_DAYS = 7

LISTING_TEMPLATES = frozenset({"pre_negativacao"})
"""Templates that speak of a listing with a credit bureau: not before it may be asked for."""
OVERDUE_TEMPLATES = frozenset({"vencida", "em_atraso", "atraso_prolongado", *LISTING_TEMPLATES})
"""Templates that call an invoice late."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A step as it was written, with the first of its times on the plan and the last."""

    path: str
    step: Step
    first: Lateness
    last: Lateness
    position: Position

    def at(self, field: str, reason: str) -> Problem:
        return Problem(f"{self.path}.{field}", reason)

    @property
    def soonest(self) -> int | None:
        """How late an invoice is at least when the step is made first; None is unknown."""
        bounds = (self.first.soonest, self.step.when.min_days_late)
        return max((b for b in bounds if b is not None), default=None)


def problems(
    ruler: Ruler,
    templates: frozenset[str] | None = None,
    segments: frozenset[str] | None = None,
) -> Iterator[Problem]:
    """Yield everything because of which a ruler cannot be followed, or must not be.

    Args:
        ruler: what was read.
        templates: names that exist; None does not check them.
        segments: names of the creditor's own segments; None does not check them.
    """
    written = _written(ruler)
    times = Counter(step.id for step in ruler.steps)
    for one in written:
        if times[one.step.id] > 1:
            yield one.at("id", f"used {times[one.step.id]} times; every step needs its own id")
        yield from _variant_problems(one)
        if templates is not None:
            yield from _template_problems(one, templates)
        if segments is not None and not one.step.when.segments <= {*segments, DEFAULT_SEGMENT}:
            known = _listed({*segments, DEFAULT_SEGMENT})
            yield one.at("when.segments", f"no such segment; there are: {known}")
        yield from _offset_problems(one)
        yield from _condition_problems(one, ruler)
        yield from _listing_problems(one)
    yield from _whole_problems(ruler)


def contact_hour_problems(ruler: Ruler) -> Iterator[Problem]:
    """Yield why the hour that a ruler chose lies outside the hours of a channel it uses."""
    hour = time(ruler.contact_hour)
    used = {channel for step in ruler.steps for channel in _channels(step)}
    for channel in sorted(used):
        rule = contact_hours.default_rule(channel)
        own = ruler.contact_hours.get(channel)
        chosen = (own or contact_hours.DEFAULT_HOURS[channel]).weekday
        span = contact_hours.meet(chosen, contact_hours.limit(channel, None).weekday)
        if span is not None and not span[0] <= hour < span[1]:
            allowed = f"{span[0]:%H:%M} to {span[1]:%H:%M}, the hours of {channel}"
            yield Problem("contact_hour", f"is outside {allowed} ({rule.code}: {rule.source})")


def warnings(ruler: Ruler, senders: frozenset[Channel]) -> Iterator[Problem]:
    """Yield what is allowed in a ruler and still unusual enough to tell its author."""
    for excess in excesses(ruler.late_charges):
        if not excess.is_forbidden:
            yield Problem(f"late_charges.{excess.field}", _because(excess.rule))
    if not any(_is_preventive(step) for step in ruler.steps):
        yield Problem("steps", "no step comes before the due date: nobody is reminded in time")
    written = _written(ruler)
    for place, one in enumerate(written):
        yield from _sender_warnings(one, senders)
        yield from _lateness_warnings(one)
        yield from _same_day_warnings(one, written[:place], ruler.escalation)
    yield from _cap_warnings(ruler)
    missing = frozenset(ruler.receipt.channels if ruler.receipt else ()) - senders
    if missing:
        reason = f"{_listed(missing)}: skipped for a creditor that has not set it up"
        yield Problem("receipt.channels", f"{reason} ({NO_SENDER.code})")


# ── impossible or illegal ──────────────────────────────────────────────────────────────────────


def _written(ruler: Ruler) -> Sequence[_Written]:
    """Return the steps as written, each with its place on the plan."""
    planned = iter(zip(lateness(ruler), positions(ruler), strict=True))
    found = []
    for index, step in enumerate(ruler.steps):
        own = [next(planned) for _ in step.times]
        (first, position), (last, _) = own[0], own[-1]
        found.append(_Written(f"steps.{index}", step, first, last, position))
    return found


def _template_problems(one: _Written, templates: frozenset[str]) -> Iterator[Problem]:
    for field, template in _templates(one.step):
        if template not in templates:
            yield one.at(field, f"no such template; there are: {_listed(templates)}")


def _variant_problems(one: _Written) -> Iterator[Problem]:
    variants = one.step.variants
    times = Counter(v.name for v in variants)
    for index, variant in enumerate(variants):
        if times[variant.name] > 1:
            reason = f"used {times[variant.name]} times; every variant needs its own name"
            yield one.at(f"variants.{index}.name", reason)
    if variants and all(v.silent for v in variants):
        yield one.at("variants", "all are silent: the step is never made")
    if one.step.fallback and not any(len(c) > 1 for c in _channel_lists(one.step)):
        yield one.at("fallback", "there is no second channel to fall back on")


def _offset_problems(one: _Written) -> Iterator[Problem]:
    step = one.step
    if step.anchor is Anchor.PREVIOUS_STEP:
        if one.path == "steps.0":
            yield one.at("anchor", "the first step has no previous step")
        if step.offset_days < 0:
            yield one.at("offset_days", "would come before the step that it counts from")
    if step.anchor is Anchor.ISSUE_DATE and step.offset_days < 0:
        yield one.at("offset_days", "would always come before the invoice is issued")
    if (one.first.soonest or 0) > MAX_OFFSET_DAYS:
        yield one.at("offset_days", f"comes after the debt is prescribed ({MAX_OFFSET_SOURCE})")
    elif (one.last.soonest or 0) > MAX_OFFSET_DAYS:
        yield one.at("repeat", f"goes on after the debt is prescribed ({MAX_OFFSET_SOURCE})")


def _condition_problems(one: _Written, ruler: Ruler) -> Iterator[Problem]:
    when = one.step.when
    for field, reason in impossible(when):
        yield one.at(f"when.{written_name(field)}", reason)
    for field, reason in (*_against_offset(one), *_against_thresholds(when, ruler)):
        yield one.at(f"when.{field}", f"{reason}: the step is never made")
    if any(set(channels) <= when.not_reachable_by for channels in _channel_lists(one.step)):
        reason = "leaves none of the channels: the step is never made"
        yield one.at("when.not_reachable_by", reason)


def _against_offset(one: _Written) -> Iterator[tuple[str, str]]:
    """Yield what the step asks of delays that no invoice has when it is made."""
    when = one.step.when
    if one.step.speaks_of_a_date_to_come and (when.min_days_late or 0) > 0:
        yield "min_days_late", "nothing is late by the due date"
    soonest = one.soonest or 0
    if when.max_days_late is not None and (one.first.soonest or 0) > when.max_days_late:
        yield "max_days_late", f"invoices are {one.first.soonest} days late by then"
    if when.max_worst_days_late is not None and soonest > when.max_worst_days_late:
        yield "max_worst_days_late", f"the invoice itself is {soonest} days late by then"
    for field in ("max_overdue_invoices", "max_times_late"):
        if soonest > 0 and getattr(when, field) == 0:
            yield field, "the invoice itself is late by then"


def _against_thresholds(when: Conditions, ruler: Ruler) -> Iterator[tuple[str, str]]:
    """Yield the highest amounts that lie under what somebody is contacted for at all."""
    least = ruler.thresholds
    if _is_under(when.max_amount, least.invoice):
        yield "max_amount_centavos", "is less than thresholds.invoice_centavos"
    if _is_under(when.max_open_amount, max(least.invoice, least.customer)):
        yield "max_open_centavos", "is less than a threshold"


def _is_under(most: Money | None, least: Money) -> bool:
    return most is not None and most < least


def _listing_problems(one: _Written) -> Iterator[Problem]:
    if one.soonest is not None and one.soonest >= listing.MIN_DAYS_LATE:
        return
    days = listing.MIN_DAYS_LATE
    for field, template in _templates(one.step):
        if template in LISTING_TEMPLATES:
            yield one.at(
                field,
                f"speaks of listing, and the step may come before the invoice is {days} days late;"
                f" plan it later or state when.min_days_late. {_because(listing.DELAY)}",
            )


def _whole_problems(ruler: Ruler) -> Iterator[Problem]:
    if len(ruler.all_steps) > MAX_ALL_STEPS:
        total = f"{len(ruler.all_steps)} with their repetitions"
        yield Problem("steps", f"are {total}; {MAX_ALL_STEPS} at the most")
    for excess in excesses(ruler.late_charges):
        if excess.is_forbidden:
            yield Problem(f"late_charges.{excess.field}", _because(excess.rule))
    for channel, hours in ruler.contact_hours.items():
        yield from _hours_problems(channel, hours)
    if ruler.caps.per_week < ruler.caps.per_day:
        yield Problem("caps.per_week", "is smaller than caps.per_day")
    yield from _receipt_problems(ruler)


def _receipt_problems(ruler: Ruler) -> Iterator[Problem]:
    if ruler.receipt is None:
        return
    for channel, times in Counter(ruler.receipt.channels).items():
        if times > 1:
            yield Problem("receipt.channels", f"name {channel} {times} times")
    for index, step in enumerate(ruler.steps):
        if step.id == STEP_ID:
            yield Problem(f"steps.{index}.id", "is what receipts of payment are listed under")


def _hours_problems(channel: Channel, hours: Hours) -> Iterator[Problem]:
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


# ── unusual ────────────────────────────────────────────────────────────────────────────────────


def _is_preventive(step: Step) -> bool:
    return step.anchor is Anchor.ISSUE_DATE or (
        step.anchor is Anchor.DUE_DATE and step.offset_days < 0
    )


def _sender_warnings(one: _Written, senders: frozenset[Channel]) -> Iterator[Problem]:
    named = {c for channels in _channel_lists(one.step) for c in channels}
    missing = named - senders
    if not missing:
        return
    if any(not senders & set(channels) for channels in _channel_lists(one.step)):
        yield one.at("channels", f"nothing is sent before one of them is set up ({NO_SENDER.code})")
    else:
        reason = f"{_listed(missing)}: skipped for a creditor that has not set it up"
        yield one.at("channels", f"{reason} ({NO_SENDER.code})")


def _lateness_warnings(one: _Written) -> Iterator[Problem]:
    asked, planned = one.step.when.min_days_late, one.last.latest
    if asked is not None and planned is not None and asked > max(planned, 0):
        yield one.at("when.min_days_late", "is later than the plan: made only when itself delayed")
    if one.soonest is None or one.soonest < 1:
        for field, template in _templates(one.step):
            if template in OVERDUE_TEMPLATES - LISTING_TEMPLATES:
                reason = "calls an invoice late, and the step may come before it is"
                yield one.at(field, reason)


def _same_day_warnings(
    one: _Written, before: Sequence[_Written], escalation: Escalation
) -> Iterator[Problem]:
    for other in before:
        if other.position == one.position and not are_apart(other.step.when, one.step.when):
            told = (
                "it waits for the next day"
                if escalation is Escalation.STEPWISE
                else "only this one is made for whom both are meant"
            )
            yield one.at("offset_days", f"falls on the same day as {other.step.id}: {told}")
            return


def _cap_warnings(ruler: Ruler) -> Iterator[Problem]:
    """Tell of each step that comes up when the week's contacts are used up already."""
    paths = {step.id: f"steps.{index}" for index, step in enumerate(ruler.steps)}
    planned = list(zip(ruler.all_steps, positions(ruler), strict=True))
    told = set()
    for step, at in planned:
        path = paths[written_id(step.id)]
        days = {
            other.day
            for former, other in planned
            if other.anchor is at.anchor
            and at.day - _CAP_DAYS < other.day <= at.day
            and not are_apart(former.when, step.when)
        }
        if len(days) > ruler.caps.per_week and path not in told:
            told.add(path)
            reason = f"is contact {len(days)} in {_CAP_DAYS} days, of {ruler.caps.per_week}: it"
            yield Problem(f"{path}.offset_days", f"{reason} is put off ({WEEKLY_CAP.code})")


# ── words ──────────────────────────────────────────────────────────────────────────────────────


def _templates(step: Step) -> Iterator[tuple[str, str]]:
    """Yield each template that a step may use, with the field that names it."""
    yield "template", step.template
    for index, variant in enumerate(step.variants):
        if variant.template is not None:
            yield f"variants.{index}.template", variant.template


def _channel_lists(step: Step) -> Sequence[tuple[Channel, ...]]:
    """Return the channels of a step, and those of its variants that have their own."""
    return (step.channels, *(v.channels for v in step.variants if v.channels))


def _channels(step: Step) -> frozenset[Channel]:
    return frozenset(c for channels in _channel_lists(step) for c in channels)


def _because(rule: Rule) -> str:
    return f"{rule.says} ({rule.source})"


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
