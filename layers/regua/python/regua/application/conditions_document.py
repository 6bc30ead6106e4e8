"""Conditions as creditors write them, for a step of a ruler and for a segment alike."""

from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from regua.application.validation import invalid_input
from regua.application.wire import ShortText
from regua.domain.conditions import ALWAYS, Conditions
from regua.domain.customer import CustomerKind
from regua.domain.errors import InvalidInput
from regua.domain.money import Money
from regua.domain.ruler import Channel

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Count = Annotated[int, Field(strict=True, ge=0, le=100_000)]
"""A whole number, written as one: neither text, nor a fraction, nor yes."""
Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
Centavos = Annotated[int, Field(strict=True, ge=0, le=10**15)]
Words = Annotated[tuple[ShortText, ...], Field(max_length=50)]

_WRITTEN = {
    "min_amount": "min_amount_centavos",
    "max_amount": "max_amount_centavos",
    "min_open_amount": "min_open_centavos",
    "max_open_amount": "max_open_centavos",
}


def written_name(condition: str) -> str:
    """Return what a condition of the domain is called in a document.

    >>> written_name("min_open_amount"), written_name("tags_any")
    ('min_open_centavos', 'tags_any')
    """
    return _WRITTEN.get(condition, condition)


class Document(BaseModel):
    """Something a creditor writes: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class AccountConditionsDocument(Document):
    """Which customers are meant. What is not stated does not matter; bounds include their ends."""

    tags_any: Words = Field(default=(), description="At least one of these tags")
    tags_none: Words = Field(default=(), description="None of these tags")
    kinds: tuple[CustomerKind, ...] = ()
    risks: Words = Field(default=(), description="The creditor's own ratings")
    reachable_by: tuple[Channel, ...] = Field(
        default=(), description="At least one of these channels has a usable address"
    )
    not_reachable_by: tuple[Channel, ...] = Field(
        default=(), description="None of these channels has a usable address"
    )
    min_open_centavos: Centavos = Field(default=0, description="All that the customer owes")
    max_open_centavos: Centavos | None = None
    min_overdue_invoices: Count | None = None
    max_overdue_invoices: Count | None = None
    min_times_late: Count | None = Field(
        default=None, description="Invoices paid late so far, and those late now"
    )
    max_times_late: Count | None = None
    min_late_share_percent: Percent | None = Field(
        default=None, description="Late ones among the latest invoices that were paid"
    )
    max_late_share_percent: Percent | None = None
    min_worst_days_late: Count | None = Field(
        default=None, description="The longest delay among them, and of what is late now"
    )
    max_worst_days_late: Count | None = None
    min_broken_promises: Count | None = None
    max_broken_promises: Count | None = None

    def to_domain(self) -> Conditions:
        """Build the domain's conditions: ``ALWAYS`` itself when nothing is asked."""
        conditions = Conditions(
            tags_any=frozenset(self.tags_any),
            tags_none=frozenset(self.tags_none),
            kinds=frozenset(kind.value for kind in self.kinds),
            risks=frozenset(self.risks),
            reachable_by=frozenset(self.reachable_by),
            not_reachable_by=frozenset(self.not_reachable_by),
            min_open_amount=Money(self.min_open_centavos),
            max_open_amount=_money(self.max_open_centavos),
            min_overdue_invoices=self.min_overdue_invoices,
            max_overdue_invoices=self.max_overdue_invoices,
            min_times_late=self.min_times_late,
            max_times_late=self.max_times_late,
            min_late_share_percent=self.min_late_share_percent,
            max_late_share_percent=self.max_late_share_percent,
            min_worst_days_late=self.min_worst_days_late,
            max_worst_days_late=self.max_worst_days_late,
            min_broken_promises=self.min_broken_promises,
            max_broken_promises=self.max_broken_promises,
        )
        return ALWAYS if conditions == ALWAYS else conditions


class ConditionsDocument(AccountConditionsDocument):
    """Which invoices of which customers a step is meant for."""

    min_amount_centavos: Centavos = Field(default=0, description="What the invoice still lacks")
    max_amount_centavos: Centavos | None = None
    min_days_late: Count | None = Field(
        default=None, description="Days after the effective due date"
    )
    max_days_late: Count | None = None
    segments: tuple[Name, ...] = ()

    def to_domain(self) -> Conditions:
        """Build the domain's conditions: ``ALWAYS`` itself when nothing is asked."""
        conditions = replace(
            super().to_domain(),
            min_amount=Money(self.min_amount_centavos),
            max_amount=_money(self.max_amount_centavos),
            min_days_late=self.min_days_late,
            max_days_late=self.max_days_late,
            segments=frozenset(self.segments),
        )
        return ALWAYS if conditions == ALWAYS else conditions


INVOICE_FIELDS = frozenset(ConditionsDocument.model_fields) - frozenset(
    AccountConditionsDocument.model_fields
)
"""What only a step may ask: it is about one invoice, or about the segment itself."""


def invalid_document(error: ValidationError) -> InvalidInput:
    """List every path and reason of a document that could not be read.

    A list that is called too short only because of what is wrong with its items is not.
    """
    found = error.errors(include_url=False, include_context=False, include_input=False)
    parents = {e["loc"][:depth] for e in found for depth in range(len(e["loc"]))}
    told = zip(found, invalid_input(error).problems, strict=True)
    return InvalidInput(
        tuple(p for e, p in told if e["type"] != "too_short" or e["loc"] not in parents)
    )


def _money(centavos: int | None) -> Money | None:
    return None if centavos is None else Money(centavos)
