"""What an arm of an experiment was worth: settlement rates compared, with how sure that is.

Floats are for statistics here; money is counted in whole centavos.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist

from regua.domain.errors import InvalidInput

_LEAST_CONFIDENCE = Decimal("0.5")
_MOST_CONFIDENCE = Decimal("0.9999")


@dataclass(frozen=True, slots=True)
class ArmResult:
    """What became of one arm's customers: how many there were, how many of them settled.

    ``recovered_centavos`` counts what all of them paid, in part or in full.

    Raises:
        InvalidInput: for a negative count, or more settled than exposed.
    """

    exposed: int = 0
    settled: int = 0
    recovered_centavos: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.settled <= self.exposed:
            raise InvalidInput.at("settled", "is not between zero and those exposed")
        if self.recovered_centavos < 0:
            raise InvalidInput.at("recovered_centavos", "is negative")

    def __add__(self, other: "ArmResult") -> "ArmResult":
        return ArmResult(
            self.exposed + other.exposed,
            self.settled + other.settled,
            self.recovered_centavos + other.recovered_centavos,
        )

    @property
    def rate(self) -> float | None:
        """Return the share of the exposed who settled, 0 to 1; None when nobody was exposed."""
        return self.settled / self.exposed if self.exposed else None


@dataclass(frozen=True, slots=True)
class Uplift:
    """An arm's settlement rate less the control's, with its confidence limits, each -1 to 1."""

    difference: float
    low: float
    high: float

    @property
    def is_conclusive(self) -> bool:
        """Tell whether the interval leaves out zero: the arm does differ from the control."""
        return self.low > 0 or self.high < 0


def uplift(
    control: ArmResult, arm: ArmResult, confidence: Decimal = Decimal("0.95")
) -> Uplift | None:
    """Estimate what an arm adds to the control's settlement rate; None when either is empty.

    The interval is the hybrid score interval without continuity correction: it stays within
    -1 to 1 and, unlike the textbook one, has a width where nobody or everybody settled. It holds
    for one look at the counts, not for looking every day until it leaves out zero.

    Source: R. G. Newcombe, "Interval estimation for the difference between independent
    proportions: comparison of eleven methods", Statistics in Medicine 17 (1998), pp. 873-890,
    method 10. Its example (a), 56 of 70 against 48 of 80, is 0.2 (0.0524 to 0.3339):

    >>> found = uplift(ArmResult(80, 48), ArmResult(70, 56))
    >>> [round(limit, 4) for limit in (found.difference, found.low, found.high)]
    [0.2, 0.0524, 0.3339]

    Raises:
        InvalidInput: for a confidence that is not between 0.5 and 0.9999.
    """
    z = _normal_deviate(confidence)
    if control.rate is None or arm.rate is None:
        return None
    control_low, control_high = _score_interval(control, z)
    arm_low, arm_high = _score_interval(arm, z)
    difference = arm.rate - control.rate
    below = math.hypot(arm.rate - arm_low, control_high - control.rate)
    above = math.hypot(arm_high - arm.rate, control.rate - control_low)
    return Uplift(difference, max(difference - below, -1.0), min(difference + above, 1.0))


def _normal_deviate(confidence: Decimal) -> float:
    """Return how many standard deviations either side hold this share of a normal curve."""
    if not (confidence.is_finite() and _LEAST_CONFIDENCE <= confidence <= _MOST_CONFIDENCE):
        reason = f"is not between {_LEAST_CONFIDENCE} and {_MOST_CONFIDENCE}"
        raise InvalidInput.at("confidence", reason)
    return NormalDist().inv_cdf(float(1 + confidence) / 2)


def _score_interval(result: ArmResult, z: float) -> tuple[float, float]:
    """Return the limits of one settlement rate, of an arm that was exposed to somebody.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927), pp. 209-212.
    """
    exposed, settled = result.exposed, result.settled
    middle = 2 * settled + z * z
    reach = z * math.sqrt(z * z + 4 * settled * (exposed - settled) / exposed)
    both = 2 * (exposed + z * z)
    return (middle - reach) / both, (middle + reach) / both
