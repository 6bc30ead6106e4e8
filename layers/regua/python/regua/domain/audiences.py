"""What conditions say of each other: whom nobody can be, and which audiences meet.

A condition that no customer can fulfil makes a step that is never made; two steps that come up on
one day matter only where somebody may be meant by both.
"""

from collections.abc import Iterator
from typing import Any

from regua.domain.conditions import Conditions
from regua.domain.errors import Problem

RANGES = (
    ("min_amount", "max_amount"),
    ("min_days_late", "max_days_late"),
    ("min_open_amount", "max_open_amount"),
    ("min_overdue_invoices", "max_overdue_invoices"),
    ("min_times_late", "max_times_late"),
    ("min_late_share_percent", "max_late_share_percent"),
    ("min_worst_days_late", "max_worst_days_late"),
    ("min_broken_promises", "max_broken_promises"),
)
"""The bounds of one fact, both ends included."""
_ONE_OF = ("segments", "kinds", "risks")
"""Facts of which a customer has one value at a time."""
_ANY_AND_NONE = (("tags_any", "tags_none"), ("reachable_by", "not_reachable_by"))
"""Facts of which a customer has several: at least one of these, none of those."""


def impossible(conditions: Conditions) -> Iterator[Problem]:
    """Yield every field of conditions because of which nobody can be meant, and why.

    >>> [p.path for p in impossible(Conditions(min_days_late=8, max_days_late=7))]
    ['max_days_late']
    """
    for least, most in RANGES:
        low, high = getattr(conditions, least), getattr(conditions, most)
        if low is not None and high is not None and low > high:
            yield Problem(most, f"is less than {least}: nobody is between them")
    for wanted, unwanted in _ANY_AND_NONE:
        some, none = getattr(conditions, wanted), getattr(conditions, unwanted)
        if some and some <= none:
            yield Problem(unwanted, f"has everything that {wanted} asks for: nobody has both")
    most_open = conditions.max_open_amount
    if most_open is not None and conditions.min_amount > most_open:
        yield Problem(
            "max_open_amount", "is less than min_amount: nobody owes less than one of the invoices"
        )


def are_apart(one: Conditions, other: Conditions) -> bool:
    """Tell whether nobody can be meant by both.

    >>> are_apart(Conditions(kinds=frozenset({"person"})), Conditions(kinds=frozenset({"company"})))
    True
    """
    if any(_is_below(one, other, r) or _is_below(other, one, r) for r in RANGES):
        return True
    for name in _ONE_OF:
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine and theirs and not mine & theirs:
            return True
    return any(
        _excludes(one, other, wanted, unwanted) or _excludes(other, one, wanted, unwanted)
        for wanted, unwanted in _ANY_AND_NONE
    )


def covers(wide: Conditions, narrow: Conditions) -> bool:
    """Tell whether everybody who is meant by ``narrow`` is meant by ``wide`` too.

    >>> covers(Conditions(min_times_late=1), Conditions(min_times_late=3))
    True
    """
    if not all(_spans(wide, narrow, least, most) for least, most in RANGES):
        return False
    for name in (*_ONE_OF, *(wanted for wanted, _ in _ANY_AND_NONE)):
        allowed, asked = getattr(wide, name), getattr(narrow, name)
        if allowed and not (asked and asked <= allowed):
            return False
    return all(getattr(wide, name) <= getattr(narrow, name) for _, name in _ANY_AND_NONE)


def _is_below(one: Conditions, other: Conditions, bounds: tuple[str, str]) -> bool:
    """Tell whether the most of one is less than the least of the other."""
    least, most = bounds
    high, low = getattr(one, most), getattr(other, least)
    return high is not None and low is not None and high < low


def _excludes(one: Conditions, other: Conditions, wanted: str, unwanted: str) -> bool:
    some = getattr(one, wanted)
    return bool(some) and some <= getattr(other, unwanted)


def _spans(wide: Conditions, narrow: Conditions, least: str, most: str) -> bool:
    low: Any = getattr(wide, least)
    high: Any = getattr(wide, most)
    narrow_low, narrow_high = getattr(narrow, least), getattr(narrow, most)
    reaches_down = low is None or (narrow_low is not None and low <= narrow_low)
    reaches_up = high is None or (narrow_high is not None and high >= narrow_high)
    return reaches_down and reaches_up
