"""What stops contact about an invoice, or about all of a customer's, and until when.

A hold, a dispute, a promise to pay and a payment in transit are one mechanism: they leave the
invoice's steps pending, so that after their end the level the delay deserves comes next. All but
a dispute end by themselves: nobody is forgotten because somebody forgot to lift a pause.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from regua.domain.calendar import add_business_days, roll
from regua.domain.errors import InvalidInput
from regua.domain.ids import CreditorId, CustomerId, InvoiceId
from regua.domain.money import ZERO, Money
from regua.domain.reasons import Reason
from regua.domain.rules import Rule

MAX_HOLD_DAYS = 365
CLEARING_BUSINESS_DAYS = 3


class HoldKind(StrEnum):
    """Why contact rests."""

    HELD = "held"
    DISPUTED = "disputed"
    PROMISED = "promised"
    PAYMENT_IN_TRANSIT = "payment_in_transit"
    IN_AGREEMENT = "in_agreement"

    @property
    def reason(self) -> Reason:
        """The reason code of what is not sent meanwhile."""
        return Reason(self.value)


class DisputeOutcome(StrEnum):
    """How a dispute was resolved."""

    UPHELD = "upheld"
    """The customer is right: what becomes of the invoice is the creditor's own act."""
    REJECTED = "rejected"


_GRAVITY = (
    HoldKind.DISPUTED,
    HoldKind.IN_AGREEMENT,
    HoldKind.PAYMENT_IN_TRANSIT,
    HoldKind.PROMISED,
    HoldKind.HELD,
)
"""Which of several is named: the one that says most about the debt."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Contact about an invoice, or about everything, rests for a while."""

    hold_id: str
    kind: HoldKind
    since: datetime
    until: datetime | None
    """When it ends by itself; None is until a dispute is resolved, or an agreement ends."""
    reason: str
    by: str
    """Who asked for it: a role or a system's name, not a person's."""
    invoice_id: InvoiceId | None = None
    """None is the whole account."""
    promised: Money = ZERO
    promised_on: date | None = None
    received: Money = ZERO
    """What came in for the covered invoices since a promise was made."""

    def covers(self, invoice_id: InvoiceId) -> bool:
        """Tell whether it is about this invoice."""
        return self.invoice_id is None or self.invoice_id == invoice_id

    def stands(self, now: datetime) -> bool:
        """Tell whether it holds at an instant."""
        return self.since <= now and (self.until is None or now < self.until)

    def judged(self, *, is_owed: bool) -> bool | None:
        """Tell whether a promise was kept; None for what is no promise, or has lost its object.

        It was kept when what was promised has come in, or when less of it settled the invoice:
        who pays before the promised day owes less interest. An invoice that was withdrawn, or
        that nothing came in for, leaves nothing to judge.

        Args:
            is_owed: whether what it was about is still owed.
        """
        if self.kind is not HoldKind.PROMISED:
            return None
        if self.received >= self.promised:
            return True
        if is_owed:
            return False
        return True if self.received > ZERO else None


def stopping(holds: Iterable[Hold], invoice_id: InvoiceId, now: datetime) -> Hold | None:
    """Return what stops contact about an invoice at an instant, the gravest first."""
    standing = [h for h in holds if h.covers(invoice_id) and h.stands(now)]
    return min(standing, key=lambda h: (_GRAVITY.index(h.kind), h.since), default=None)


def is_in_agreement(holds: Iterable[Hold], invoice_id: InvoiceId) -> bool:
    """Tell whether an invoice rests because an agreement covers it."""
    return any(h.kind is HoldKind.IN_AGREEMENT and h.covers(invoice_id) for h in holds)


def hold_id(
    creditor_id: CreditorId,
    customer_id: CustomerId,
    invoice_id: InvoiceId | None,
    kind: HoldKind,
    *said: str,
) -> str:
    """Name a hold by what was said, so that saying it twice is one hold.

    >>> hold_id(CreditorId("acme"), CustomerId("c1"), None, HoldKind.HELD, "férias")
    '467bba7f3591dc103921cb884cd71d19'
    """
    parts = (creditor_id, customer_id, invoice_id or "", kind.value, *said)
    return hashlib.sha256(b"regua.hold.v1\0" + "\0".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class PromiseLimits:
    """How far a promise to pay may pause the ruler."""

    max_days: int = 10
    """The latest day that may be promised, in days from the promise."""
    max_broken: int = 2
    """After so many broken promises another one is noted and pauses nothing."""
    grace_business_days: int = 1
    """How long after the promised day money is waited for: banks credit a business day later."""


USUAL_LIMITS = PromiseLimits()


def promise_until(promised_on: date, limits: PromiseLimits, zone: ZoneInfo) -> datetime:
    """Return when a promise is judged: at the start of the day after its grace."""
    last = add_business_days(roll(promised_on), limits.grace_business_days)
    return datetime.combine(last + timedelta(days=1), time(), zone)


def in_transit_until(on: date, zone: ZoneInfo) -> datetime:
    """Return until when a payment that was made may take to be credited."""
    last = add_business_days(on, CLEARING_BUSINESS_DAYS)
    return datetime.combine(last + timedelta(days=1), time(), zone)


def check_until(path: str, until: datetime, now: datetime) -> None:
    """Refuse an end that has passed, or lies so far away that it is for ever.

    Raises:
        InvalidInput: naming ``path``.
    """
    if until <= now:
        raise InvalidInput.at(path, "has passed already")
    if until > now + timedelta(days=MAX_HOLD_DAYS):
        raise InvalidInput.at(path, f"is more than {MAX_HOLD_DAYS} days away ({HOLD_ENDS.source})")


def check_promise(path: str, promised_on: date, today: date, limits: PromiseLimits) -> None:
    """Refuse a promised day in the past, or later than the ruler allows.

    Raises:
        InvalidInput: naming ``path``.
    """
    if promised_on < today:
        raise InvalidInput.at(path, "has passed already")
    latest = today + timedelta(days=limits.max_days)
    if promised_on > latest:
        reason = f"is later than the ruler allows: {latest.isoformat()} at the latest"
        raise InvalidInput.at(path, reason)


def check_in_transit(path: str, on: date, now: datetime, zone: ZoneInfo) -> None:
    """Refuse a day of payment that is still to come, or that the bank has had time to credit.

    Raises:
        InvalidInput: naming ``path``.
    """
    if on > now.astimezone(zone).date():
        raise InvalidInput.at(path, "is still to come: note a promise instead")
    if in_transit_until(on, zone) <= now:
        days = CLEARING_BUSINESS_DAYS
        raise InvalidInput.at(path, f"is more than {days} business days ago ({IN_TRANSIT.source})")


HOLD_ENDS = Rule(
    "hold.ends",
    "A hold has an end of its own, but for those of a dispute and an agreement: they end with it.",
    "our convention: a pause that nobody lifts forgets the customer",
    f"at most {MAX_HOLD_DAYS} days",
)
PROMISE_LIMIT = Rule(
    "hold.promise",
    "A promise to pay pauses the ruler until the day after the promised one, within limits.",
    "our convention; the ruler's ``promises`` says otherwise",
    f"{PromiseLimits().max_days} days ahead, {PromiseLimits().max_broken} broken ones",
)
IN_TRANSIT = Rule(
    "hold.payment_in_transit",
    "Nobody is asked again for what was paid and is on its way.",
    "our convention: a boleto is credited within one to three business days of being paid",
    f"{CLEARING_BUSINESS_DAYS} business days",
)
DISPUTE = Rule(
    "hold.dispute",
    "A disputed invoice is left out of every contact until the dispute is resolved.",
    "CDC (Lei 8.078/1990) art. 42 (no undue demand); our convention",
)
RULES = (HOLD_ENDS, PROMISE_LIMIT, IN_TRANSIT, DISPUTE)
