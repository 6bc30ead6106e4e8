"""What a customer can do on the page: one class per act, as it was read from a form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from regua.domain.invoice import PaymentMethod
from regua.domain.negotiation.deal import Choice
from regua.domain.ruler import Channel

BY = "page"
"""Who asked for a hold, a second copy or a stop: the customer, on the page."""


class ActKind(StrEnum):
    """The acts; also the names of the forms' addresses and of what is kept about them."""

    CONFIRM_READING = "confirm_reading"
    SAY_PAID = "say_paid"
    PROMISE = "promise"
    DISPUTE = "dispute"
    NOT_ME = "not_me"
    PREFER = "prefer"
    SEND_AGAIN = "send_again"
    SETTLE = "settle"


class DisputeReason(StrEnum):
    """Why an invoice is not recognised."""

    UNKNOWN_PURCHASE = "unknown_purchase"
    WRONG_AMOUNT = "wrong_amount"
    NOT_DELIVERED = "not_delivered"
    ALREADY_PAID = "already_paid"
    CANCELLED = "cancelled"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Proof:
    """A file that shows a payment. ``media_type`` is what its bytes say, not what was claimed."""

    content: bytes = field(repr=False)
    media_type: str
    """``application/pdf``, ``image/png`` or ``image/jpeg``."""
    file_name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ConfirmReading:
    """I have read the message."""


@dataclass(frozen=True, slots=True)
class SayPaid:
    """I have paid this already."""

    ref: str
    on: date
    method: PaymentMethod
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """I will pay this on a day."""

    ref: str
    on: date


@dataclass(frozen=True, slots=True)
class Dispute:
    """I do not recognise this."""

    ref: str
    reason: DisputeReason
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NotMe:
    """I am not who was written to: needs no answer to the question."""


@dataclass(frozen=True, slots=True)
class Prefer:
    """Write to me on this channel, at this hour, and on those no more; None leaves it open."""

    channel: Channel | None
    hour: int | None
    stop: frozenset[Channel] = frozenset()


@dataclass(frozen=True, slots=True)
class SendAgain:
    """Send me the message about this again, by e-mail."""

    ref: str


@dataclass(frozen=True, slots=True)
class Settle:
    """I accept these terms. ``key`` is that of the `DealView` that was shown."""

    choice: Choice
    key: str


Act = ConfirmReading | SayPaid | Promise | Dispute | NotMe | Prefer | SendAgain | Settle


@dataclass(frozen=True, slots=True)
class Acting:
    """Who sent a form, as far as one request shows; all of it is personal."""

    ip: str = field(repr=False)
    user_agent: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    port: str = field(default="", repr=False)
    request_id: str = ""
