"""What the doors answer, as types: the feed, webhooks, hooks, Pix. See `answers`."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from regua.application.pix_ports import ChargeStatus
from regua.domain.webhook_delivery import DeliveryStatus, Result

from .answers import Cursor, ProblemDocument

# ── the feed ────────────────────────────────────────────────────────────────────────────────────


class FeedEvent(TypedDict):
    """One event; the schema of its data is published with its type."""

    id: Annotated[str, Field(description="The same for every copy of the event")]
    seq: Annotated[int, Field(description="Its number in the feed: from 1, without gaps")]
    type: str
    version: str
    occurred_at: datetime
    data: dict[str, object]
    cursor: Annotated[str, Field(description="The place after it")]


class FeedEvents(TypedDict):
    """A part of the feed, and where to go on."""

    events: list[FeedEvent]
    next: Annotated[str, Field(description="Where to go on, whether or not there is more by now")]
    has_more: bool


class FeedConsumer(TypedDict):
    """Who reads the feed by name, and where it stands."""

    consumer: str
    cursor: str
    acknowledged_at: datetime
    lag: Annotated[int, Field(description="How many events it is behind")]


class FeedConsumers(TypedDict):
    """Everybody who reads the feed by name."""

    consumers: list[FeedConsumer]


class ForgottenConsumer(TypedDict):
    """Whose place is not known any more."""

    consumer: str
    deleted: Literal[True]


class ExpiredCursorProblem(ProblemDocument):
    """Events after a cursor are kept no more."""

    oldest: Annotated[str, Field(description="The cursor to go on with")]


# ── webhooks ────────────────────────────────────────────────────────────────────────────────────


class Webhook(TypedDict):
    """An address that is told about events, and how it has behaved."""

    id: str
    url: str
    events: list[str]
    description: str
    status: Literal["enabled", "disabled"]
    disabled_reason: str | None
    created_at: datetime
    failures_in_a_row: int
    resumes_at: Annotated[datetime | None, Field(description="Until when it is left alone")]


class WebhookWithSecret(Webhook):
    """An address with the secret that signs, which is shown this once."""

    secret: str


class Webhooks(TypedDict):
    """Every address, oldest first."""

    webhooks: list[Webhook]


class DeletedWebhook(TypedDict):
    """What is told nothing any more."""

    id: str
    deleted: Literal[True]


class DeliveryAttempt(TypedDict):
    """One attempt to deliver an event."""

    at: datetime
    result: Result
    status: int | None
    latency_ms: int


class Delivery(TypedDict):
    """One event on its way to one address."""

    id: str
    event_id: str
    type: str
    status: DeliveryStatus
    since: datetime
    next_attempt_at: datetime | None
    reason: str | None
    tries: int
    attempts: list[DeliveryAttempt]


class DeliveryPage(TypedDict):
    """A page of deliveries, newest first."""

    deliveries: list[Delivery]
    cursor: Cursor


class Replayed(TypedDict):
    """How many events are delivered again."""

    replayed: int
    next: Annotated[str | None, Field(description="`after` of the next call; None: that was all")]


# ── hooks ───────────────────────────────────────────────────────────────────────────────────────


class Hook(TypedDict):
    """A door for another system."""

    hook_id: str
    kind: str
    name: str
    created_at: datetime
    second_secret: Literal["header", "hmac"] | None


class HookWithAddress(Hook):
    """A door with its address, which is shown this once."""

    url: str


class Hooks(TypedDict):
    """Every door, oldest first."""

    hooks: list[Hook]


# ── Pix ─────────────────────────────────────────────────────────────────────────────────────────


class PixCharge(TypedDict):
    """The charge that was made at the creditor's PSP, or why there is none."""

    txid: str
    revision: int
    status: ChargeStatus | None
    due_date: date | None
    pix_copy_paste: str | None
    refused: str | None
    made_at: datetime


class UnmatchedPayment(TypedDict):
    """Money that found no invoice."""

    payment_id: str
    amount_centavos: int
    left_centavos: int
    received_at: datetime
    txid: str | None


class UnmatchedPayments(TypedDict):
    """A page of them, oldest first."""

    payments: list[UnmatchedPayment]
    cursor: Cursor


class AssignedPayment(TypedDict):
    """The invoice that money was counted for."""

    payment_id: str
    invoice_external_id: str
