"""What people and systems tell us of holds, promises, disputes and contacts, read strictly.

Apart from `regua.application.messages`, so that senders load neither it nor what it checks with.
Every field's path in an error begins with ``body``; the invoice or customer is in the path.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from regua.application.facts_in import Phone
from regua.application.wire import Centavos, Date, EmailAddress, Instant, Message, ShortText
from regua.domain.contact_results import ContactResult, ResultCode
from regua.domain.holds import DisputeOutcome, HoldKind
from regua.domain.invoice import PaymentMethod
from regua.domain.money import Money
from regua.domain.ruler import Channel

By = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9 _.-]{1,60}$")]
"""Who says so: a role or a system's name, not a person's."""


class HoldFields(Message):
    """Let contact rest until an instant."""

    until: Instant
    reason: ShortText
    by: By


class ReleaseFields(Message):
    """Let contact go on before its time; a dispute is resolved instead."""

    kind: Literal[HoldKind.HELD, HoldKind.PROMISED, HoldKind.PAYMENT_IN_TRANSIT] = HoldKind.HELD


class PromiseFields(Message):
    """A promise to pay; without an amount, whatever settles the invoice on that day."""

    on: Date
    amount_centavos: Centavos | None = None
    by: By

    @property
    def amount(self) -> Money | None:
        """How much was promised; None is whatever settles the invoice."""
        return None if self.amount_centavos is None else Money(self.amount_centavos)


class DisputeFields(Message):
    """Why an invoice is disputed."""

    reason: ShortText
    by: By


class ResolutionFields(Message):
    """How a dispute ended. To withdraw an invoice whose dispute was upheld, cancel it."""

    outcome: DisputeOutcome


class InTransitFields(Message):
    """A payment that was made and is not credited yet."""

    on: Date
    method: PaymentMethod
    by: By


class ResultFields(Message):
    """What came of a contact made by a person."""

    code: ResultCode
    at: Instant
    by: By
    channel: Channel | None = None
    phone: Phone | None = Field(default=None, description="The telephone used")
    email: EmailAddress | None = Field(default=None, description="The e-mail address used")
    until: Date | None = Field(
        default=None, description="The day on which contact may go on, if the customer named one"
    )
    promised_on: Date | None = None
    amount_centavos: Centavos | None = Field(default=None, description="How much was promised")
    reason: ShortText | None = Field(default=None, description="Why the invoice is disputed")

    def to_domain(self) -> ContactResult:
        """Build the domain's result."""
        return ContactResult(
            code=self.code,
            at=self.at,
            by=self.by,
            channel=self.channel,
            phone=self.phone,
            email=self.email,
            until=self.until,
            promised_on=self.promised_on,
            promised=None if self.amount_centavos is None else Money(self.amount_centavos),
            reason=self.reason,
        )
