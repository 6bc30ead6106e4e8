"""When a ruler's steps can fall, whatever the invoice: bounds on how late it is by then."""

from collections.abc import Iterator
from dataclasses import dataclass

from regua.domain.calendar import BusinessDays
from regua.domain.ruler import Anchor, OffsetUnit, Ruler, Step

MAX_ROLL_DAYS = 4
"""The farthest a date moves to a business day: from Carnival Saturday to Ash Wednesday."""
_WEEK = 7
_BUSINESS_WEEK = 5


@dataclass(frozen=True, slots=True)
class Lateness:
    """Days after the effective due date on the day a step is planned for; negative is before.

    Never sooner than ``soonest``, never later than ``latest``; None is unknown, as for what counts
    from the issue date. A step may be made later than planned, never earlier.
    """

    soonest: int | None
    latest: int | None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a step stands by its offsets alone, before any date moves to a business day."""

    anchor: Anchor
    calendar_days: int = 0
    business_days: int = 0

    @property
    def day(self) -> int:
        """About how many days after its anchor: every five business days take a week."""
        weeks = int(self.business_days / _BUSINESS_WEEK)
        return self.calendar_days + self.business_days + weeks * (_WEEK - _BUSINESS_WEEK)


def lateness(ruler: Ruler) -> Iterator[Lateness]:
    """Yield the bounds of each of ``ruler.all_steps``, in that order."""
    previous = Lateness(None, None)
    for step in ruler.all_steps:
        if step.anchor is Anchor.ISSUE_DATE:
            previous = Lateness(None, None)
        elif step.anchor is Anchor.DUE_DATE:
            previous = _from_due_date(step, ruler.business_days)
        else:
            least, most = _counted(step.offset_days, step.unit, ruler.business_days)
            previous = Lateness(
                None if previous.soonest is None else previous.soonest + least,
                None if previous.latest is None else previous.latest + most,
            )
        yield previous


def positions(ruler: Ruler) -> Iterator[Position]:
    """Yield the position of each of ``ruler.all_steps``, in that order."""
    at = Position(Anchor.ISSUE_DATE)
    for step in ruler.all_steps:
        if step.anchor is not Anchor.PREVIOUS_STEP:
            at = Position(step.anchor)
        is_business = step.unit is OffsetUnit.BUSINESS_DAYS
        at = Position(
            at.anchor,
            at.calendar_days + (0 if is_business else step.offset_days),
            at.business_days + (step.offset_days if is_business else 0),
        )
        yield at


def _from_due_date(step: Step, convention: BusinessDays) -> Lateness:
    least, most = _counted(step.offset_days, step.unit, convention)
    if step.speaks_of_delay:  # counts from the effective due date, and never falls before its end
        return Lateness(max(1, least), most)
    return Lateness(least - MAX_ROLL_DAYS, most)


def _counted(days: int, unit: OffsetUnit, convention: BusinessDays) -> tuple[int, int]:
    """Return the fewest and the most calendar days that an offset comes to."""
    back = MAX_ROLL_DAYS if convention is BusinessDays.PRECEDING else 0
    ahead = MAX_ROLL_DAYS if convention is BusinessDays.FOLLOWING else 0
    if unit is OffsetUnit.CALENDAR_DAYS or days == 0:
        return days - back, days + ahead
    fewest = abs(days) + (abs(days) - 1) // _BUSINESS_WEEK * (_WEEK - _BUSINESS_WEEK)
    most = 2 * abs(days) + _WEEK
    return (fewest, most) if days > 0 else (-most, -fewest)
