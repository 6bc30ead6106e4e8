"""What the API takes: the domain's messages, less what the path says, plus when it happened."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from regua.application.attend_in import (
    DisputeFields,
    HoldFields,
    InTransitFields,
    PromiseFields,
    ResolutionFields,
    ResultFields,
)
from regua.application.facts_in import (
    CancellationFields,
    CustomerFields,
    InvoiceFields,
    PaymentFields,
)
from regua.application.wire import ExternalId, Instant, Message
from regua.domain.ruler import Channel
from regua.domain.rulers import Backfill, InFlight

_WHEN = Field(
    default=None,
    description="When it happened in your system; orders updates. Defaults to now.",
)


class InvoiceBody(InvoiceFields):
    """An invoice."""

    occurred_at: Instant | None = _WHEN


class CustomerBody(CustomerFields):
    """A customer."""

    occurred_at: Instant | None = _WHEN


class PaymentBody(PaymentFields):
    """Money received for an invoice."""


class CancellationBody(CancellationFields):
    """Why an invoice is withdrawn."""

    occurred_at: Instant | None = _WHEN


Price = Annotated[Decimal, Field(ge=0, le=10_000, decimal_places=6)]


class SimulationBody(Message):
    """What to simulate; nothing is sent and nothing is written."""

    document: dict[str, Any] | None = Field(
        default=None, description="A ruler to compare with the one in force; none is that one"
    )
    in_flight: InFlight | None = None
    backfill: Backfill | None = None
    everybody: bool = Field(
        default=False, description="As if every invoice that names no other followed this ruler"
    )
    days: int = Field(default=60, ge=1, le=366)
    channels: tuple[Channel, ...] | None = Field(
        default=None,
        min_length=1,
        description="Channels that may be used; by default those that you have set up",
    )
    prices_centavos: dict[Channel, Price] = Field(
        default_factory=dict, description="What a message costs you; our estimates by default"
    )
    seen_percent: int = Field(
        default=0, ge=0, le=100, description="How many of 100 messages are assumed to be read"
    )
    invoice_external_id: ExternalId | None = Field(
        default=None, description="Only the customer of this invoice"
    )
    cursor: str | None = Field(default=None, max_length=200)
    accounts: int = Field(default=2_000, ge=1, le=20_000, description="At most, in one call")


class HoldBody(HoldFields):
    """A hold."""


class PromiseBody(PromiseFields):
    """A promise to pay."""


class DisputeBody(DisputeFields):
    """Why an invoice is disputed."""


class ResolutionBody(ResolutionFields):
    """How a dispute ended."""


class InTransitBody(InTransitFields):
    """A payment that was made and is not credited yet."""


class ResultBody(ResultFields):
    """What came of a contact made by a person."""
