"""Experiments on a ruler's steps: who gets which variant, and who is held out.

Assignment needs no memory: it is a hash of names, so every evaluation, simulation and report finds
the same arm. What each arm was worth is read in `regua.domain.uplift`.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from regua.domain.errors import InvalidInput
from regua.domain.ids import CreditorId, CustomerId

if TYPE_CHECKING:  # the ruler's steps hold variants
    from regua.domain.ruler import Channel, Tone

MAX_WEIGHT = 1000
HOLD_OUT_ARM = "hold_out"
"""The arm that held-out customers are counted under; no variant has this name."""

_HASH_BITS = 64
_EXACT_BITS = 52  # with half a unit added, still exact in a float


@dataclass(frozen=True, slots=True)
class Variant:
    """One arm of a step's experiment; the first of a step's variants is the control.

    What is None is as the step says. ``weight`` is this arm's share of the customers against the
    other arms' weights, 1 to 1000. The customers of a ``silent`` arm are deliberately not
    contacted by the step.

    Raises:
        InvalidInput: for a name that is empty or ``hold_out``, or a weight out of range.
    """

    name: str
    weight: int = 1
    template: str | None = None
    tone: "Tone | None" = None
    channels: "tuple[Channel, ...] | None" = None
    silent: bool = False

    def __post_init__(self) -> None:
        if self.name in {"", HOLD_OUT_ARM}:
            raise InvalidInput.at("name", f"is empty or {HOLD_OUT_ARM}")
        if not 1 <= self.weight <= MAX_WEIGHT:
            raise InvalidInput.at("weight", f"is not between 1 and {MAX_WEIGHT}")


def assigned(
    creditor: CreditorId, customer: CustomerId, step_key: str, variants: Sequence[Variant]
) -> Variant:
    """Return the customer's variant of a step: the same one for as long as the key is the same.

    Arms get customers in proportion to their weights, and independently of every other
    ``step_key``. The order of the variants does not matter, their names do, and no two may be the
    same. A new arm, or one whose weight grows, only takes customers over: between the other arms
    nobody changes place.

    Source: weighted rendezvous hashing, the logarithmic method of C. Schindelhauer and
    G. Schomaker, "Weighted Distributed Hash Tables", SPAA 2005, pp. 218-227.

    >>> arms = (Variant("controle"), Variant("cordial", weight=3))
    >>> assigned(CreditorId("acme"), CustomerId("c2"), "padrao/vencida-3", arms).name
    'cordial'

    Raises:
        InvalidInput: when there are no variants.
    """
    if not variants:
        raise InvalidInput.at("variants", "has no control")
    return min(variants, key=lambda v: _arrival(v, creditor, customer, step_key))


def _arrival(variant: Variant, creditor: str, customer: str, step_key: str) -> float:
    """Draw how long the arm takes to reach the customer: exponential, its weight being the rate.

    Of such arrivals the earliest is an arm's with a probability proportional to its weight.
    """
    drawn = _hashed("regua.variant.v1", creditor, customer, step_key, variant.name)
    uniform = ((drawn >> (_HASH_BITS - _EXACT_BITS)) + 0.5) / (1 << _EXACT_BITS)
    return -math.log(uniform) / variant.weight


def is_held_out(creditor: CreditorId, customer: CustomerId, percent: Decimal | int) -> bool:
    """Tell whether a customer belongs to the creditor's permanent hold-out of this size.

    Depends on no step. A larger percentage keeps everybody who was held out and adds others.

    Raises:
        InvalidInput: for a percentage that is not between 0 and 100.
    """
    if not (Decimal(percent).is_finite() and 0 <= percent <= 100):  # noqa: PLR2004 - per cent
        raise InvalidInput.at("hold_out_percent", "is not between 0 and 100")
    numerator, denominator = percent.as_integer_ratio()
    drawn = _hashed("regua.hold_out.v1", creditor, customer)
    return drawn * 100 * denominator < numerator << _HASH_BITS


def variant_for(
    creditor: CreditorId,
    customer: CustomerId,
    step_key: str,
    variants: Sequence[Variant],
    hold_out_percent: Decimal | int,
) -> Variant:
    """Return what a customer gets of a step: the control when held out, else what is assigned.

    Held-out customers have had the control at every earlier step too, unlike those who are
    assigned to it here: count them under ``HOLD_OUT_ARM``, never in the control's arm.

    Raises:
        InvalidInput: when there are no variants, or the percentage is not between 0 and 100.
    """
    chosen = assigned(creditor, customer, step_key, variants)
    return variants[0] if is_held_out(creditor, customer, hold_out_percent) else chosen


def _hashed(purpose: str, *parts: str) -> int:
    """Draw 64 bits that depend on every part, and on what they are drawn for."""
    digest = hashlib.sha256("\0".join((purpose, *parts)).encode()).digest()
    return int.from_bytes(digest[: _HASH_BITS // 8], "big")
