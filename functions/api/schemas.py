"""What the API takes: the domain's messages, less what the path says, plus when it happened."""

from pydantic import Field

from regua.application.facts_in import (
    CancellationFields,
    CustomerFields,
    InvoiceFields,
    PaymentFields,
)
from regua.application.wire import Instant

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
