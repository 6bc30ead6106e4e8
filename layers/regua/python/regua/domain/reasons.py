"""The closed list of reasons why a planned contact was not sent.

Source: the public contract (docs/events). Add reasons; never rename or reuse one.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a planned contact was deferred, suppressed or failed."""

    # deferred
    OUTSIDE_WINDOW = "outside_window"
    HOLIDAY = "holiday"
    DAILY_CAP = "daily_cap"
    WEEKLY_CAP = "weekly_cap"
    PROVIDER_THROTTLED = "provider_throttled"
    # suppressed
    SETTLED = "settled"
    CANCELLED = "cancelled"
    HELD = "held"
    DISPUTED = "disputed"
    PROMISED = "promised"
    IN_AGREEMENT = "in_agreement"
    OPTED_OUT = "opted_out"
    NO_ADDRESS = "no_address"
    ADDRESS_SUPPRESSED = "address_suppressed"
    PRESCRIBED = "prescribed"
    BELOW_THRESHOLD = "below_threshold"
    PAYMENT_IN_TRANSIT = "payment_in_transit"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    CREDITOR_PAUSED = "creditor_paused"
    POLICY_DENIED = "policy_denied"
    CONDITION_NOT_MET = "condition_not_met"
    EXCLUDED = "excluded"
    HELD_OUT = "held_out"
    # failed
    REJECTED_BY_PROVIDER = "rejected_by_provider"
    HARD_BOUNCE = "hard_bounce"
    UNDELIVERABLE = "undeliverable"
    TEMPLATE_ERROR = "template_error"


DEFERRED = frozenset(
    {
        Reason.OUTSIDE_WINDOW,
        Reason.HOLIDAY,
        Reason.DAILY_CAP,
        Reason.WEEKLY_CAP,
        Reason.PROVIDER_THROTTLED,
    }
)
FAILED = frozenset(
    {
        Reason.REJECTED_BY_PROVIDER,
        Reason.HARD_BOUNCE,
        Reason.UNDELIVERABLE,
        Reason.TEMPLATE_ERROR,
    }
)
SUPPRESSED = frozenset(Reason) - DEFERRED - FAILED
