"""What crosses a queue, the bus or the API: typed, closed, and evolved by optional fields only."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from regua.domain.addresses import email_address, safe_url
from regua.domain.boleto import barcode as boleto
from regua.domain.customer import Customer, CustomerKind
from regua.domain.dispatch import Dispatch, InvoiceStep, LeftOut
from regua.domain.errors import InvalidInput
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId, PaymentId
from regua.domain.invoice import Invoice, Payment, PaymentMethod, PaymentOptions
from regua.domain.late_charges import MAX_DISCOUNT_TIERS, DiscountTier
from regua.domain.money import Money, Rounding
from regua.domain.phones import PhoneKind, parse_phone
from regua.domain.pix import br_code
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Phase, Tone
from regua.domain.tax_ids import is_tax_id, normalise
from regua.domain.time_zones import ZONE_OF_UF

MAX_CENTAVOS = 10**13
"""R$ 100 billion: beyond any invoice, below any overflow."""
YEARS = range(1990, 2101)
"""The calendar we work in: wide enough for any debt, far from where date arithmetic overflows."""
_DATE_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT_TEXT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:?\d{2})", re.ASCII
)


def _date_text(value: object) -> object:
    """Let only text of the documented form, or a date, be read: a number is no date."""
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, date) and not isinstance(text, datetime):
        return text
    if not (isinstance(text, str) and _DATE_TEXT.fullmatch(text)):
        msg = "not a date such as 2026-11-22"
        raise ValueError(msg)
    return text


def _instant_text(value: object) -> object:
    """Let only text of the documented form, or an instant, be read: a number is no instant."""
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, datetime):
        return text
    if not (isinstance(text, str) and _INSTANT_TEXT.fullmatch(text)):
        msg = "not an instant with its offset, such as 2026-11-22T12:00:00Z"
        raise ValueError(msg)
    return text


def _within_calendar(value: date) -> date:
    if value.year not in YEARS:
        msg = f"not between the years {YEARS[0]} and {YEARS[-1]}"
        raise ValueError(msg)
    return value


def _utc(value: datetime) -> datetime:
    _within_calendar(value)
    return value.astimezone(UTC)


def _tax_id(value: str) -> str:
    document = normalise(value)
    if not is_tax_id(document):
        msg = "not a valid CPF or CNPJ"
        raise ValueError(msg)
    return document


def _email(value: str) -> str:
    try:
        name, _, domain = email_address(value).rpartition("@")
    except ValueError:
        msg = "not an e-mail address"
        raise ValueError(msg) from None
    return f"{name}@{domain.lower()}"


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


def _link(value: str) -> str:
    if safe_url(value) is None:
        msg = "not an http(s) address"
        raise ValueError(msg)
    return value


def instant_text(value: datetime) -> str:
    """Write an instant as the wire does: UTC, milliseconds, ``Z``.

    >>> instant_text(datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    '2026-11-22T12:00:00.000Z'
    """
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Date = Annotated[date, BeforeValidator(_date_text), AfterValidator(_within_calendar)]
Instant = Annotated[AwareDatetime, BeforeValidator(_instant_text), AfterValidator(_utc)]
ExternalId = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00-\x1f#%]+$"
    ),
]
"""An id of the caller's. ``#`` divides our keys, and ``%`` would be ambiguous in a path."""
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
Centavos = Annotated[int, Field(ge=1, le=MAX_CENTAVOS, strict=True)]
TaxId = Annotated[str, Field(max_length=30), AfterValidator(_tax_id)]
EmailAddress = Annotated[str, Field(max_length=254), AfterValidator(_email)]
Phone = Annotated[str, Field(max_length=30), AfterValidator(_phone)]
PixCode = Annotated[str, Field(max_length=512), AfterValidator(_pix_code)]
BoletoLine = Annotated[str, Field(max_length=60), AfterValidator(_boleto_line)]
Link = Annotated[str, Field(max_length=2000), AfterValidator(_link)]


class Message(BaseModel):
    """Base of everything on the wire."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        ser_json_timedelta="float",
    )

    def log_keys(self) -> Mapping[str, str]:
        """Return the identifiers that a log line may carry; never personal data."""
        return {}


# ── what creditors tell us ──────────────────────────────────────────────────────────────────────


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

    def to_domain(self, external_id: str, changed_at: datetime) -> Customer:
        """Build the domain's customer."""
        return Customer(
            external_id=CustomerId(external_id),
            changed_at=changed_at,
            **{name: getattr(self, name) for name in CustomerFields.model_fields},
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


class Envelope(Message):
    """What every event on the bus is wrapped in, inbound and outbound."""

    version: Literal["1"] = "1"
    creditor_id: ExternalId
    occurred_at: Instant
    data: dict[str, Any]


# ── what we tell ourselves ──────────────────────────────────────────────────────────────────────


class ShardDue(Message):
    """Evaluate what is due in one shard; ``cursor`` continues a shard that was not drained."""

    shard: Annotated[str, Field(pattern=r"^\d{2}$")]
    as_of: Instant | None = None
    cursor: str | None = None

    def log_keys(self) -> Mapping[str, str]:
        """Name the shard."""
        return {"shard": self.shard}


class InvoiceStepData(Message):
    """An invoice and the step the contact is about."""

    external_id: ExternalId
    step_id: str


class LeftOutData(InvoiceStepData):
    """A step that will not be made, and why."""

    reason: Reason


class ContactDue(Message):
    """One planned contact, for the sender of its channel."""

    dispatch_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    creditor_id: ExternalId
    customer_id: ExternalId
    schedule_seq: int
    channel: Channel
    step_id: str
    phase: Phase
    template: str
    tone: Tone
    invoices: tuple[InvoiceStepData, ...]
    left_out: tuple[LeftOutData, ...] = ()
    decided_at: Instant
    decided_on: Date
    correlation_id: str
    as_of: Instant | None = None

    def log_keys(self) -> Mapping[str, str]:
        """Name the dispatch and what it belongs to."""
        return {
            "dispatch_id": self.dispatch_id,
            "creditor_id": self.creditor_id,
            "correlation_id": self.correlation_id,
        }

    @classmethod
    def of(cls, dispatch: Dispatch, *, correlation_id: str, as_of: datetime | None) -> Self:
        """Put a decided dispatch on the wire."""
        return cls(
            dispatch_id=dispatch.dispatch_id,
            creditor_id=dispatch.creditor_id,
            customer_id=dispatch.customer_id,
            schedule_seq=dispatch.schedule_seq,
            channel=dispatch.channel,
            step_id=dispatch.step_id,
            phase=dispatch.phase,
            template=dispatch.template,
            tone=dispatch.tone,
            invoices=tuple(
                InvoiceStepData(external_id=i.external_id, step_id=i.step_id)
                for i in dispatch.invoices
            ),
            left_out=tuple(
                LeftOutData(external_id=i.external_id, step_id=i.step_id, reason=i.reason)
                for i in dispatch.left_out
            ),
            decided_at=dispatch.decided_at,
            decided_on=dispatch.decided_on,
            correlation_id=correlation_id,
            as_of=as_of,
        )

    def to_domain(self) -> Dispatch:
        """Build the domain's dispatch again."""
        return Dispatch(
            dispatch_id=DispatchId(self.dispatch_id),
            creditor_id=CreditorId(self.creditor_id),
            customer_id=CustomerId(self.customer_id),
            schedule_seq=self.schedule_seq,
            channel=self.channel,
            step_id=self.step_id,
            phase=self.phase,
            template=self.template,
            tone=self.tone,
            invoices=tuple(InvoiceStep(InvoiceId(i.external_id), i.step_id) for i in self.invoices),
            left_out=tuple(
                LeftOut(InvoiceId(i.external_id), i.step_id, i.reason) for i in self.left_out
            ),
            decided_at=self.decided_at,
            decided_on=self.decided_on,
        )


class Hit(Message):
    """A recipient, or a machine, touched a tracked address."""

    version: Literal["1"] = "1"
    kind: Literal["open", "click", "unsubscribe"]
    dispatch_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    link: int | None = None
    at: Instant
    as_of: Instant | None = None
    ip: str
    user_agent: Annotated[str, Field(max_length=1000)]
    headers: dict[str, str]
    method: str
    request_id: str
    label: str
    score: int
    reasons: tuple[str, ...]
    ruleset: str

    def log_keys(self) -> Mapping[str, str]:
        """Name the dispatch; where the hit came from stays out of the log."""
        return {"dispatch_id": self.dispatch_id, "kind": self.kind}
