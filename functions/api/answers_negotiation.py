"""What the routes about offers and agreements answer, as types. See `answers`."""

from datetime import date, datetime
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from regua.domain.invoice import InvoiceStatus
from regua.domain.negotiation.agreement import AgreementStatus
from regua.domain.negotiation.offers import NoOfferReason

from .answers import Cursor, DecimalText, DispatchIdText, ProblemAt, Sha256

AgreementIdText = Annotated[str, Field(pattern=r"^[0-9a-f]{20}$", description="An agreement's id")]
DealKey = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="Names exactly these terms")]
Number = Annotated[int, Field(ge=0, le=60, description="0 is the down payment")]


# ── the offers document ─────────────────────────────────────────────────────────────────────────


class Offers(TypedDict):
    """What is offered to settle overdue debts, as it was written."""

    rules: list[dict[str, object]]
    limits: NotRequired[dict[str, object]]


class WrittenOffers(Offers):
    """What is offered from now on, and what is doubtful about it."""

    warnings: list[ProblemAt]


# ── what a customer is offered ──────────────────────────────────────────────────────────────────


class QuotedDebt(TypedDict):
    """An overdue invoice as it stands on the day of the offer."""

    invoice_external_id: str
    due_date: date
    days_late: int
    principal_centavos: int
    late_charges_centavos: int
    owed_centavos: int


class DownPayment(TypedDict):
    """What may be paid first, with the most instalments; both zero: nothing can be."""

    is_required: bool
    least_centavos: int
    greatest_centavos: int


class OfferedOption(TypedDict):
    """A way to settle, and what it comes to."""

    min_instalments: int
    max_instalments: int
    total_centavos: int
    discount_centavos: int
    principal_discount_percent: DecimalText
    charges_discount_percent: DecimalText
    down_payment: DownPayment


class Offer(TypedDict):
    """What a customer may settle, and how."""

    rule: str
    on: Annotated[date, Field(description="The day its amounts are for")]
    valid_until: Annotated[date, Field(description="The last day on which it stands")]
    owed_centavos: int
    days_late: int
    first_due_from: date
    first_due_until: date
    min_instalment_centavos: int
    breach_after_days: int
    needs_approval: bool
    ruler: str | None
    debts: list[QuotedDebt]
    options: list[OfferedOption]


class CoveredDebt(TypedDict):
    """An invoice that a settlement covers: what it came to, and its share of the total."""

    invoice_external_id: str
    owed_centavos: int
    agreed_centavos: int


class Part(TypedDict):
    """One payment of a settlement."""

    number: Number
    due_date: date
    effective_due_date: Annotated[date, Field(description="The first business day from due_date")]
    amount_centavos: int


class Deal(TypedDict):
    """What a choice comes to: exact terms, ready to be accepted by their `key`."""

    key: DealKey
    instalments: Annotated[int, Field(description="Those after the down payment")]
    down_payment_centavos: int
    first_due: date
    owed_centavos: int
    total_centavos: int
    discount_centavos: int
    debts: list[CoveredDebt]
    parts: list[Part]
    breach_after_days: int
    needs_approval: bool
    approval_days: Annotated[int | None, Field(description="None: it needs no approval")]
    ruler: str | None
    terms: Annotated[str, Field(description="The terms in words, in Portuguese")]


class CustomerOffer(TypedDict):
    """What a customer is offered today, or why nothing is."""

    customer_external_id: str
    reason: Annotated[NoOfferReason | None, Field(description="Why there is no offer")]
    until: Annotated[datetime | None, Field(description="When there may be one, if that is known")]
    offer: Offer | None
    deal: Annotated[Deal | None, Field(description="What was chosen; None without a choice")]


# ── agreements ──────────────────────────────────────────────────────────────────────────────────


class Instalment(Part):
    """A payment of an agreement; once it is in force, an invoice of its own."""

    invoice_external_id: str


class InstalmentState(Instalment):
    """The same, and how its invoice stands."""

    status: Annotated[InvoiceStatus | None, Field(description="None: there is no invoice (yet)")]
    paid_centavos: int


class AgreementTerms(TypedDict):
    """A settlement: its terms, and where it stands."""

    agreement_id: AgreementIdText
    customer_external_id: str
    status: AgreementStatus
    rule: str
    origin: Annotated[Literal["page", "api"], Field(description="Where it was made")]
    dispatch_id: Annotated[
        DispatchIdText | None, Field(description="The message whose page it was made on")
    ]
    by: Annotated[
        str | None, Field(description="Who accepted it for the customer; None: the customer")
    ]
    approved_by: str | None
    proposed_at: datetime
    expires_at: Annotated[datetime | None, Field(description="Until when it can be approved")]
    accepted_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    ended_by: Annotated[str | None, Field(description="None: it ended by itself, or has not")]
    owed_centavos: int
    total_centavos: int
    discount_centavos: int
    down_payment_centavos: int
    breach_after_days: int
    ruler: str | None
    terms_sha256: Annotated[
        Sha256 | None, Field(description="Of the terms as they were shown, in UTF-8")
    ]
    debts: list[CoveredDebt]


class ListedAgreement(AgreementTerms):
    """An agreement in a list: what was paid is told with each alone."""

    instalments: list[Instalment]


class AgreementPage(TypedDict):
    """A page of agreements."""

    agreements: list[ListedAgreement]
    cursor: Cursor


class Agreement(AgreementTerms):
    """An agreement, and what was paid of each instalment."""

    paid_centavos: int
    instalments: list[InstalmentState]
