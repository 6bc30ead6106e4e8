"""What we tell ourselves across a queue or the bus: typed, closed, optional fields only added."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from regua.application.wire import Date, ExternalId, Instant, Message
from regua.domain.dispatch import Dispatch, InvoiceStep, LeftOut, Purpose
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Phase, Tone


class ShardDue(Message):
    """Evaluate what is due in one shard; ``cursor`` continues a shard that was not drained."""

    shard: Annotated[str, Field(pattern=r"^\d{2}$")]
    as_of: Instant | None = None
    cursor: str | None = None

    def log_keys(self) -> Mapping[str, str]:
        """Name the shard."""
        return {"shard": self.shard}


class RescheduleDue(Message):
    """Set anew when a creditor's accounts of one shard are looked at: a ruler was written."""

    creditor_id: ExternalId
    shard: Annotated[str, Field(pattern=r"^\d{2}$")]
    as_of: Instant | None = None
    cursor: str | None = None

    def log_keys(self) -> Mapping[str, str]:
        """Name the creditor and the shard."""
        return {"creditor_id": self.creditor_id, "shard": self.shard}


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
    ruler: str = ""
    variant: str | None = None
    fallback_of: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None
    correlation_id: str
    as_of: Instant | None = None
    purpose: Purpose = Purpose.COLLECTION

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
            ruler=dispatch.ruler,
            variant=dispatch.variant,
            fallback_of=dispatch.fallback_of,
            correlation_id=correlation_id,
            as_of=as_of,
            purpose=dispatch.purpose,
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
            ruler=self.ruler,
            variant=self.variant,
            fallback_of=None if self.fallback_of is None else DispatchId(self.fallback_of),
            purpose=self.purpose,
        )


class PaymentSettled(Message):
    """Invoices of one customer that were paid: some just now, some whose receipt has waited."""

    creditor_id: ExternalId
    customer_id: ExternalId
    invoices: Annotated[tuple[ExternalId, ...], Field(min_length=1)]
    at: Instant
    """When the fact is dated."""

    def log_keys(self) -> Mapping[str, str]:
        """Name the creditor; whose payment it is stays out of the log."""
        return {"creditor_id": self.creditor_id}


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
