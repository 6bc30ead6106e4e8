"""What creditors tell us, on the bus or over HTTP: read strictly, kept in one form.

Apart from `regua.application.messages`, so that senders load neither it nor what it checks with.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from regua.application.wire import (
    MAX_CENTAVOS,
    Centavos,
    Date,
    EmailAddress,
    ExternalId,
    Instant,
    Link,
    Message,
    ShortText,
    TaxId,
)
from regua.domain.boleto import barcode as boleto
from regua.domain.consent import Consent
from regua.domain.customer import Customer, CustomerKind
from regua.domain.errors import InvalidInput
from regua.domain.ids import CustomerId, InvoiceId, PaymentId
from regua.domain.invoice import Invoice, Payment, PaymentMethod, PaymentOptions
from regua.domain.late_charges import MAX_DISCOUNT_TIERS, DiscountTier
from regua.domain.money import Money, Rounding
from regua.domain.phones import PhoneKind, parse_phone
from regua.domain.pix import br_code
from regua.domain.ruler import Channel
from regua.domain.time_zones import ZONE_OF_UF


def _phone(value: str) -> str:
    try:
        phone = parse_phone(value)
    except InvalidInput as exc:
        raise ValueError(_reasons(exc)) from None
    if not (phone.kind is PhoneKind.FIXED or phone.takes_messages):
        msg = "a service number, not a customer's telephone"
        raise ValueError(msg)
    return phone.e164


def _pix_code(value: str) -> str:
    try:
        br_code.decode(value)
    except InvalidInput as exc:
        raise ValueError(_reasons(exc)) from None
    return value


def _boleto_line(value: str) -> str:
    """Keep the digits of a line, whatever its grouping; a barcode becomes its line."""
    try:
        return boleto.plain_line(value)
    except InvalidInput as exc:
        raise ValueError(_reasons(exc)) from None


def _reasons(error: InvalidInput) -> str:
    return "; ".join(f"{p.reason} ({p.path})" for p in error.problems)


def _uf(value: str) -> str:
    if value not in ZONE_OF_UF:
        msg = "not a Brazilian state (UF)"
        raise ValueError(msg)
    return value


Phone = Annotated[str, Field(max_length=30), AfterValidator(_phone)]
CONSENT_SKEW = timedelta(minutes=5)
"""How much later than its event a consent may be dated: two clocks of one creditor's differ."""
PixCode = Annotated[str, Field(max_length=512), AfterValidator(_pix_code)]
BoletoLine = Annotated[str, Field(max_length=60), AfterValidator(_boleto_line)]


class ConsentData(Message):
    """A customer's yes or no to a channel, and how it is known."""

    channel: Channel
    given: bool = Field(strict=True)
    at: Instant
    origin: ShortText = Field(description="Where it was said: a contract, a page, a call")
    text: Annotated[str, Field(max_length=1000)] = Field(
        default="", description="What was agreed to or said, word for word"
    )

    def to_domain(self) -> Consent:
        """Build the domain's consent."""
        return Consent(self.channel, self.given, self.at, self.origin, self.text)


class CustomerFields(Message):
    """A customer, without the id (it is in the path or beside it)."""

    name: ShortText
    document: TaxId = Field(description="CPF or CNPJ")
    emails: tuple[EmailAddress, ...] = Field(default=(), max_length=10)
    phones: tuple[Phone, ...] = Field(default=(), max_length=10)
    uf: Annotated[str, AfterValidator(_uf)] | None = None
    kind: CustomerKind = CustomerKind.PERSON
    preferred_channel: Channel | None = None
    preferred_hour: int | None = Field(default=None, ge=0, le=23)
    tags: tuple[ShortText, ...] = Field(default=(), max_length=50)
    ruler: ShortText | None = Field(
        default=None, description="The ruler the customer's invoices follow; an invoice's own wins"
    )
    risk: ShortText | None = Field(
        default=None, description="Your own rating of the customer; segments may ask for it"
    )
    consents: tuple[ConsentData, ...] = Field(default=(), max_length=20)

    def to_domain(self, external_id: str, changed_at: datetime) -> Customer:
        """Build the domain's customer.

        Raises:
            InvalidInput: a consent is dated ahead of what tells it, and would outlive a later no.
        """
        for number, consent in enumerate(self.consents):
            if consent.at - CONSENT_SKEW > changed_at:
                raise InvalidInput.at(f"consents.{number}.at", "is later than the event itself")
        return Customer(
            external_id=CustomerId(external_id),
            changed_at=changed_at,
            consents=tuple(c.to_domain() for c in self.consents),
            **{n: getattr(self, n) for n in CustomerFields.model_fields if n != "consents"},
        )


class CustomerData(CustomerFields):
    """A customer with its id."""

    external_id: ExternalId


class PaymentOptionsData(Message):
    """What the customer can pay with."""

    pix_copy_paste: PixCode | None = None
    boleto_line: BoletoLine | None = None
    url: Link | None = None


class DiscountData(Message):
    """What paying until a day takes off: an amount, or per cent written as text."""

    until: Date
    percent: Annotated[Decimal, Field(gt=0, lt=100, decimal_places=4)] | None = None
    amount_centavos: Centavos | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.percent is None) == (self.amount_centavos is None):
            msg = "a discount is either percent or amount_centavos"
            raise ValueError(msg)
        return self

    def to_domain(self) -> DiscountTier:
        """Build the domain's discount."""
        return DiscountTier(
            self.until, self.percent or Decimal(0), Money(self.amount_centavos or 0)
        )


class InvoiceFields(Message):
    """An invoice, without the id (it is in the path or beside it)."""

    number: ShortText
    issue_date: Date
    due_date: Date
    amount_centavos: Centavos
    rebate_centavos: int = Field(
        default=0, ge=0, le=MAX_CENTAVOS, strict=True, description="Taken off whenever it is paid"
    )
    discounts: tuple[DiscountData, ...] = Field(
        default=(), max_length=MAX_DISCOUNT_TIERS, description="Taken off when it is paid early"
    )
    customer: CustomerData
    currency: Literal["BRL"] = "BRL"
    description: Annotated[str, Field(max_length=500)] | None = None
    payment: PaymentOptionsData | None = None
    ruler: ShortText | None = None
    metadata: dict[Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=500)]] = (
        Field(default_factory=dict, max_length=30)
    )

    @model_validator(mode="after")
    def _due_after_issue(self) -> Self:
        if self.due_date < self.issue_date:
            msg = "due_date is before issue_date"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _reductions_leave_something(self) -> Self:
        base = self.amount_centavos - self.rebate_centavos
        if base <= 0:
            msg = "rebate_centavos is not less than amount_centavos"
            raise ValueError(msg)
        for discount in self.discounts:
            if discount.until > self.due_date:
                msg = "a discount ends after due_date"
                raise ValueError(msg)
            if discount.to_domain().on(
                discount.until, self.due_date, Money(base), Rounding.HALF_UP
            ) >= Money(base):
                msg = "a discount is not less than what is due"
                raise ValueError(msg)
        return self

    def to_domain(self, external_id: str, issued_at: datetime) -> Invoice:
        """Build the domain's invoice, as newly described."""
        options = self.payment or PaymentOptionsData()
        return Invoice(
            external_id=InvoiceId(external_id),
            customer_id=CustomerId(self.customer.external_id),
            number=self.number,
            issue_date=self.issue_date,
            due_date=self.due_date,
            amount=Money(self.amount_centavos),
            issued_at=issued_at,
            rebate=Money(self.rebate_centavos),
            discounts=tuple(d.to_domain() for d in self.discounts),
            description=self.description,
            payment=PaymentOptions(**options.model_dump()),
            ruler=self.ruler,
            metadata=self.metadata,
        )


class InvoiceData(InvoiceFields):
    """An invoice with its id."""

    external_id: ExternalId


class CancellationFields(Message):
    """Why an invoice is withdrawn."""

    reason: ShortText


class CancellationData(CancellationFields):
    """Which invoice is withdrawn, and why."""

    external_id: ExternalId


class PaymentFields(Message):
    """Money received."""

    payment_id: ExternalId
    amount_centavos: Centavos
    paid_at: Instant
    method: PaymentMethod

    def to_domain(self) -> Payment:
        """Build the domain's payment."""
        return Payment(
            PaymentId(self.payment_id), Money(self.amount_centavos), self.paid_at, self.method
        )


class PaymentData(PaymentFields):
    """Money received for an invoice."""

    invoice_external_id: ExternalId


class ReversalData(Message):
    """A payment that was taken back."""

    payment_id: ExternalId
    reason: ShortText
