"""What an explanation answers, as types. See `answers`."""

from datetime import date, datetime
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from regua.application.explanation import NextWhy, Outcome, RulerWhy, Silence
from regua.domain.delivery import EventKind
from regua.domain.dispatch import DispatchState
from regua.domain.holds import HoldKind
from regua.domain.invoice import InvoiceStatus
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Seen

from .answers import DispatchIdText


class RuleOf(TypedDict):
    """A rule of the rulebook; one that is not in it any more has its code only."""

    code: str
    says: str | None
    source: str | None
    default: NotRequired[str]


class RestingNow(TypedDict):
    """A hold that stops contact, or stopped it."""

    hold_id: str
    kind: HoldKind
    since: datetime
    until: datetime | None
    rule: RuleOf


class BecauseOf(TypedDict):
    """One thing that a segment asks, and what was found."""

    condition: str
    asked: str
    found: str


class FollowedRuler(TypedDict):
    """The ruler that an invoice follows, and why."""

    name: str
    version: int
    why: RulerWhy
    segment: str
    because: list[BecauseOf]


class ToldContact(TypedDict):
    """One contact about a step, and what became of it."""

    dispatch_id: DispatchIdText
    channel: Channel
    state: DispatchState
    at: datetime
    reason: Reason | None
    until: datetime | None
    delivery: EventKind | None
    seen: list[Seen]
    fallback_of: str | None
    rule: RuleOf | None


class ExplainedStep(TypedDict):
    """One step of the ruler: what became, or will become, of it and why."""

    step_id: str
    planned_on: date
    outcome: Outcome
    at: datetime | None
    channel: Channel | None
    reason: Reason | None
    until: datetime | None
    contacts: list[ToldContact]
    overtaken_by: str | None
    dropped: Reason | None
    resting: RestingNow | None
    dispatch_id: str | None
    delivery: EventKind | None
    rule: RuleOf | None
    outcome_words: str
    reason_words: str | None
    words: str


class ExplainedHappening(TypedDict):
    """Something besides steps: a payment, a hold, a change of ruler."""

    at: datetime
    code: str
    invoice_id: str | None
    facts: dict[str, str]
    words: str


class ExplainedNext(TypedDict):
    """The next contact, as things stand."""

    step_id: str
    channel: Channel
    at: datetime
    why: NextWhy
    invoices: list[str]
    reason: Reason | None
    resting: RestingNow | None
    is_preferred_channel: Annotated[bool, Field(description="The customer prefers this channel")]
    rule: RuleOf | None
    words: list[str]


class InvoiceExplanation(TypedDict):
    """Every step of an invoice's ruler, and what comes next; exactly one of next and silence."""

    at: datetime
    timezone: str
    creditor_id: str
    customer_id: str
    invoice_id: str
    status: InvoiceStatus
    days_late: int
    follows: FollowedRuler
    resting: RestingNow | None
    silence: Silence | None
    silence_reason: Reason | None
    language: Literal["pt-BR", "en"]
    steps: list[ExplainedStep]
    earlier: list[ExplainedStep]
    happenings: list[ExplainedHappening]
    next: ExplainedNext | None
    words: list[str]


class HappeningOfCustomer(TypedDict):
    """Something about a customer and no single invoice."""

    at: datetime
    code: str
    invoice_id: str | None
    facts: dict[str, str]


class CustomerExplanation(TypedDict):
    """Every open invoice of a customer, and the next contact with them."""

    at: datetime
    timezone: str
    creditor_id: str
    customer_id: str
    segment: str
    excluded: bool
    opted_out: list[Channel]
    resting: list[RestingNow]
    happenings: list[HappeningOfCustomer]
    silence: Silence | None
    silence_reason: Reason | None
    language: Literal["pt-BR", "en"]
    invoices: list[InvoiceExplanation]
    next: ExplainedNext | None
    words: list[str]
