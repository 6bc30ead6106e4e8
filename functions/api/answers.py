"""What the API answers, as types: the description of every answer is generated from these.

They describe and never check: routes answer plain data, and the tests hold what they answer
against the description. Centavos are whole numbers; where a fraction of one is possible they are
decimal text. Instants are UTC with ``Z``, days are ISO dates.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal, NotRequired

from pydantic import Field, JsonValue
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from regua.application.customer_page.acts import ActKind
from regua.domain.customer import CustomerKind
from regua.domain.delivery import EventKind
from regua.domain.dispatch import DispatchState, Purpose
from regua.domain.holds import DisputeOutcome, HoldKind
from regua.domain.invoice import InvoiceStatus, PaymentMethod
from regua.domain.negotiation.agreement import AgreementStatus
from regua.domain.notes import NoteKind
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel


def one_of(*kinds: type[StrEnum], besides: Iterable[str] = ()) -> object:
    """Return what says that a text is a member of one of the kinds."""
    names = {member.value for kind in kinds for member in kind} | set(besides)
    enum: list[JsonValue] = [*sorted(names)]
    return Field(json_schema_extra={"enum": enum})


DecimalText = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$")]
"""A number with a fraction; text, so that no reader rounds it."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
DispatchIdText = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="A message's id")]
NumberText = Annotated[str, Field(pattern=r"^\d+$")]
YesNo = Literal["yes", "no"]
Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$")]
Link = Annotated[str, Field(json_schema_extra={"format": "uri"})]
Counts = dict[str, int]
Cursor = Annotated[
    str | None, Field(description="Where to go on, as it is; None when nothing follows")
]


class Health(TypedDict):
    """That the API answers."""

    status: Literal["ok"]
    version: str


# ── problems ────────────────────────────────────────────────────────────────────────────────────


class ProblemAt(TypedDict):
    """One thing that is wrong, and where."""

    path: Annotated[str, Field(description="Dotted; begins with body, path, query or header")]
    reason: str


class ProblemDocument(TypedDict):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    instance: Annotated[str, Field(description="The path that was asked for")]
    errors: NotRequired[list[ProblemAt]]


class GatewayMessage(TypedDict):
    """What the gateway in front of the API says by itself."""

    message: str | None


# ── invoices ────────────────────────────────────────────────────────────────────────────────────


class Discount(TypedDict):
    """What paying until a day takes off: per cent or an amount."""

    until: date
    percent: DecimalText | None
    amount_centavos: int | None


class Payment(TypedDict):
    """Money that came in for an invoice."""

    payment_id: str
    amount_centavos: int
    paid_at: datetime
    method: PaymentMethod
    reversed_at: datetime | None
    reversal_reason: str | None
    agreement_id: Annotated[
        str | None,
        Field(description="The agreement whose instalment it paid: it is counted there already"),
    ]


class RuleSaid(TypedDict):
    """A rule that was applied, and where it is written."""

    code: str
    says: str
    source: str


class Payoff(TypedDict):
    """What settles an invoice on a day, and how it comes about."""

    valid_on: date
    valid_until: date
    days_late: int
    principal_centavos: int
    rebate_centavos: int
    discount_centavos: int
    late_fine_centavos: int
    late_interest_centavos: int
    paid_centavos: int
    total_centavos: int
    rules: list[RuleSaid]


class Prescription(TypedDict):
    """Until when the debt may be collected at all."""

    until: date
    standing: Annotated[
        str, Field(description="current, prescribed, or within_N_days of being prescribed")
    ]
    source: NotRequired[str]


class NextStep(TypedDict):
    """The step of the ruler that comes next."""

    step_id: str
    on: date
    channels: list[Channel]


class Invoice(TypedDict):
    """An invoice: what is owed, what was paid, and where it stands in its ruler."""

    external_id: str
    number: str
    description: str | None
    customer_external_id: str
    issue_date: date
    due_date: date
    effective_due_date: Annotated[date, Field(description="The first business day from due_date")]
    status: InvoiceStatus
    amount_centavos: int
    paid_centavos: int
    balance_centavos: int
    rebate_centavos: int
    conceded_centavos: Annotated[int, Field(description="What a kept agreement took off")]
    discounts: list[Discount]
    excess_centavos: Annotated[int, Field(description="Paid beyond everything that was owed")]
    late_charges_left_centavos: Annotated[
        int, Field(description="Fine and interest that were due when it was settled, unpaid")
    ]
    settled_at: datetime | None
    was_late: bool
    cancelled_at: datetime | None
    cancel_reason: str | None
    payoff: Annotated[Payoff | None, Field(description="None once nothing is owed")]
    payments: list[Payment]
    prescription: Prescription
    ruler: Annotated[str, Field(description="The ruler it follows, as name@version")]
    next_step: NextStep | None
    metadata: dict[str, str]


class InvoicePage(TypedDict):
    """A page of invoices, by status and then by due date."""

    invoices: list[Invoice]
    cursor: Cursor


class BatchResult(TypedDict):
    """What became of one invoice of a batch."""

    index: Annotated[int, Field(description="Its place in the batch, from 0")]
    external_id: str | None
    status: Annotated[int, Field(description="What it would have been answered alone")]
    etag: str | None
    problem: ProblemDocument | None


class BatchResults(TypedDict):
    """One result per invoice, in their order."""

    created: int
    updated: int
    refused: int
    to_send_again: int
    results: list[BatchResult]


# ── timelines ───────────────────────────────────────────────────────────────────────────────────


LineType = Annotated[
    str,
    one_of(
        NoteKind,
        DispatchState,
        EventKind,
        besides=(
            "issued",
            "cancelled",
            "payment",
            "payment_reversed",
            "overdue",
            "planned",
            "step_left_out",
        ),
    ),
]
_FromTo = TypedDict("_FromTo", {"from": NotRequired[str], "to": NotRequired[str]})


class TimelineLine(_FromTo):
    """One thing that happened. Which fields there are depends on ``type``."""

    at: datetime
    type: LineType
    reason: NotRequired[
        Annotated[str | None, Field(description="A reason code, or what somebody wrote")]
    ]
    # money
    payment_id: NotRequired[str]
    amount_centavos: NotRequired[
        Annotated[int | NumberText, Field(description="Of what was promised on the page: text")]
    ]
    method: NotRequired[PaymentMethod]
    # contacts
    dispatch_id: NotRequired[DispatchIdText]
    channel: NotRequired[Channel]
    step_id: NotRequired[str]
    purpose: NotRequired[Purpose]
    ruler: NotRequired[str | None]
    variant: NotRequired[str | None]
    fallback_of: NotRequired[str | None]
    until: NotRequired[
        Annotated[datetime | date | None, Field(description="A day, where the customer acted")]
    ]
    rule: NotRequired[str | None]
    resent_in_doubt: NotRequired[bool]
    delivery: NotRequired[EventKind | None]
    # what was reported about a contact
    label: NotRequired[Annotated[str, Field(description="Who most probably caused a hit")]]
    score: NotRequired[str]
    reasons: NotRequired[str]
    of_kind: NotRequired[EventKind]
    link: NotRequired[str]
    dwell_seconds: NotRequired[str]
    document_digits: NotRequired[str]
    content_sha256: NotRequired[str]
    bounce_type: NotRequired[str]
    bounce_sub_type: NotRequired[str]
    smtp_code: NotRequired[str]
    status_code: NotRequired[str]
    # what was noted
    invoice_external_id: NotRequired[str | None]
    hold_id: NotRequired[str]
    kind: NotRequired[HoldKind]
    by: NotRequired[str]
    promised_on: NotRequired[date]
    promised_centavos: NotRequired[str]
    outcome: NotRequired[str]
    code: NotRequired[Annotated[str, Field(description="The result of a contact")]]
    event_id: NotRequired[str]
    intent: NotRequired[str]
    confidence: NotRequired[str]
    needs_person: NotRequired[YesNo]
    words: NotRequired[str]
    # what the customer did on the page
    act: NotRequired[ActKind]
    protocol: NotRequired[Annotated[str, Field(description="On the receipt that was shown")]]
    on: NotRequired[Annotated[date, Field(description="The day that was said: paid, promised")]]
    proof: NotRequired[YesNo]
    pauses: NotRequired[YesNo]
    stopped: NotRequired[Literal["address", "channel"]]
    stop: NotRequired[Annotated[str, Field(description="Channels, with spaces between them")]]
    hour: NotRequired[NumberText]
    # agreements
    agreement_id: NotRequired[str]
    status: NotRequired[AgreementStatus]
    total_centavos: NotRequired[NumberText]
    discount_centavos: NotRequired[NumberText]
    instalments: NotRequired[NumberText]
    terms_sha256: NotRequired[Sha256]
    key: NotRequired[Annotated[str, Field(description="Of the deal that was accepted")]]


class Timeline(TypedDict):
    """What happened, oldest first."""

    external_id: str
    timeline: list[TimelineLine]


# ── customers ───────────────────────────────────────────────────────────────────────────────────


class ConsentGiven(TypedDict):
    """A yes or a no to a channel."""

    channel: Channel
    given: bool
    at: datetime
    origin: str
    text: str


class PaymentHistory(TypedDict):
    """How a customer has paid so far."""

    paid: int
    paid_late: int
    late_share_percent: int
    worst_days_late: int
    promises_kept: int
    promises_broken: int


class Hold(TypedDict):
    """What lets contact rest."""

    hold_id: str
    kind: HoldKind
    invoice_external_id: Annotated[str | None, Field(description="None: everything they owe")]
    since: datetime
    until: Annotated[
        datetime | None,
        Field(description="None: until a dispute is resolved, or an agreement ends"),
    ]
    reason: str
    by: str
    promised_on: date | None
    promised_centavos: int | None
    received_centavos: int | None


class CustomerWishes(TypedDict):
    """What the customer asked for on the page; each goes before what you say they prefer."""

    at: datetime
    channel: Channel | None
    hour: Annotated[int | None, Field(description="0 to 23, by the ruler's clock")]


class ListedCustomer(TypedDict):
    """A customer, and how contact with them stands, without their open invoices."""

    external_id: str
    name: str
    document: str
    kind: CustomerKind
    emails: list[str]
    phones: list[str]
    uf: str | None
    preferred_channel: Channel | None
    preferred_hour: int | None
    wishes: CustomerWishes | None
    tags: list[str]
    ruler: str | None
    risk: str | None
    changed_at: datetime
    opt_outs: Annotated[dict[Channel, datetime], Field(description="By channel, since when")]
    consents: list[ConsentGiven]
    suppressed_addresses: list[str]
    history: PaymentHistory
    holds: list[Hold]
    next_evaluation_at: datetime | None


class Customer(ListedCustomer):
    """A customer, and how contact with them stands."""

    open_invoices: list[str]


class CustomerPage(TypedDict):
    """A page of customers, by your own ids."""

    customers: list[ListedCustomer]
    cursor: Cursor


class EvidenceErased(TypedDict):
    """That what is personal in a customer's evidence cannot be read any more."""

    external_id: str
    evidence: Literal["erased"]


# ── attending ───────────────────────────────────────────────────────────────────────────────────


class EndedHolds(TypedDict):
    """The holds that ended; none is no error."""

    ended: list[Hold]


class ResolvedDispute(EndedHolds):
    """The disputes that ended, and how."""

    outcome: DisputeOutcome


class PausingPromise(Hold):
    """A promise that the ruler waits for."""

    pauses: Literal[True]


class NotedPromise(TypedDict):
    """A promise that is noted and pauses nothing."""

    promised_on: date
    pauses: Literal[False]


class RecordedResult(TypedDict):
    """What followed from the result of a contact."""

    hold: Hold | None
    sends_again: bool


# ── messages ────────────────────────────────────────────────────────────────────────────────────


class Message(TypedDict):
    """One contact: what was planned, how it ended, and what was reported about it."""

    dispatch_id: DispatchIdText
    channel: Channel
    step_id: str
    purpose: Purpose
    customer_external_id: str
    invoices: list[str]
    state: DispatchState
    reason: Reason | None
    sent_at: datetime | None
    provider_message_id: str | None
    delivery: EventKind | None
    timeline: list[TimelineLine]


# ── counts and costs ────────────────────────────────────────────────────────────────────────────


class Reconciliation(TypedDict):
    """planned = sent + deferred + suppressed + failed + pending, for one business day."""

    day: date
    planned: int
    sent: int
    deferred: int
    suppressed: int
    failed: int
    pending: int
    resent_in_doubt: int
    reasons: Counts


class ChannelCost(TypedDict):
    """Messages by one channel, and what they cost."""

    sent: int
    failed: int
    cost_centavos: DecimalText


class StepCost(ChannelCost):
    """Messages of one step by one channel, and what they cost."""

    step_id: str
    channel: Channel


class RecoveredAfterStep(TypedDict):
    """What was settled after a step had been the last one made."""

    ruler: str
    step_id: str
    settled: int
    recovered_centavos: int


_Period = TypedDict("_Period", {"from": date, "to": date})


class Costs(_Period):
    """What messages cost and brought in."""

    cost_centavos: DecimalText
    by_channel: dict[Channel, ChannelCost]
    by_step: list[StepCost]
    recovered_after_step: list[RecoveredAfterStep]
