"""What creditors tell us of plans, read strictly; the plan's id is in the path."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from regua.application.wire import Centavos, Date, ExternalId, Message, ShortText
from regua.domain.ids import CustomerId
from regua.domain.money import Money
from regua.domain.plans import Plan, PlanId, all_instalments

MAX_PLAN_ID = 110
"""An invoice's id is the plan's and seven characters more, and 120 is as long as any id may be."""
NumberPrefix = Annotated[str, StringConstraints(max_length=60)]


class AutomaticPixFields(Message):
    """Let the instalments be debited by Pix Automático, once the customer authorises it."""

    retries: bool = Field(
        default=False,
        strict=True,
        description="Whether a debit that failed is tried again, up to three times in seven days",
    )


class PlanFields(Message):
    """A contract that brings an invoice every month."""

    customer_external_id: ExternalId
    amount_centavos: Centavos
    day: int = Field(
        ge=1, le=31, strict=True, description="Day of the month; in a shorter one, its last"
    )
    starts_on: Date = Field(description="The first instalment is due on this day or later")
    ends_on: Date | None = Field(default=None, description="No instalment is due after this day")
    instalments: int | None = Field(default=None, ge=1, le=600, strict=True)
    description: Annotated[str, Field(max_length=400)] | None = None
    number_prefix: NumberPrefix = Field(
        default="", description="What the numbers of its invoices begin with"
    )
    issue_days_before: int = Field(
        default=10, ge=0, le=60, strict=True, description="Days before the due date"
    )
    ruler: ShortText | None = None
    automatic_pix: AutomaticPixFields | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.ends_on is not None and self.ends_on < self.starts_on:
            msg = "ends_on is before starts_on"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _has_an_instalment(self) -> Self:
        at = datetime.min  # noqa: DTZ901 - not looked at: only the months are
        plan = self.to_domain("plan", at, self.starts_on)
        if next(all_instalments(plan), None) is None:
            msg = "no instalment falls due from starts_on to ends_on"
            raise ValueError(msg)
        return self

    def to_domain(self, external_id: str, changed_at: datetime, today: date) -> Plan:
        """Build the domain's plan, as newly described."""
        automatic = self.automatic_pix
        return Plan(
            external_id=PlanId(external_id),
            customer_id=CustomerId(self.customer_external_id),
            amount=Money(self.amount_centavos),
            day=self.day,
            starts_on=self.starts_on,
            changed_at=changed_at,
            bills_from=today,
            ends_on=self.ends_on,
            instalments=self.instalments,
            description=self.description,
            number_prefix=self.number_prefix,
            issue_days_before=self.issue_days_before,
            ruler=self.ruler,
            automatic=automatic is not None,
            retries=automatic is not None and automatic.retries,
        )
