"""What crosses the inbound queue: what was posted to us, and work that follows from it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from regua.application.wire import ExternalId, Instant, Message

EndToEndId = Annotated[str, Field(pattern=r"^[a-zA-Z0-9]{32}$")]


class Posted(Message):
    """Somebody posted to a hook; the body is kept under ``ref``."""

    kind: Literal["posted"] = "posted"
    creditor: ExternalId
    hook_id: Annotated[str, Field(max_length=64)]
    ref: Annotated[str, Field(max_length=500)]
    received_at: Instant
    as_of: Instant | None = None

    def log_keys(self) -> Mapping[str, str]:
        """Return the identifiers that a log line may carry."""
        return {"creditor_id": self.creditor, "hook_id": self.hook_id, "ref": self.ref}


class PixTold(Message):
    """Somebody told of a Pix: ask the PSP for it."""

    kind: Literal["pix"] = "pix"
    creditor: ExternalId
    end_to_end_id: EndToEndId
    as_of: Instant | None = None

    def log_keys(self) -> Mapping[str, str]:
        """Return the identifiers that a log line may carry."""
        return {"creditor_id": self.creditor, "end_to_end_id": self.end_to_end_id}


class Sweep(Message):
    """Ask a creditor's PSP what came in; without a time, since the last sweep."""

    kind: Literal["sweep"] = "sweep"
    creditor: ExternalId
    start: Instant | None = None
    end: Instant | None = None
    page: int = Field(default=0, ge=0)
    at_length: bool = False
    only_refunded: bool = False
    as_of: Instant | None = None

    def log_keys(self) -> Mapping[str, str]:
        """Return the identifiers that a log line may carry."""
        return {"creditor_id": self.creditor}


class OpenCharges(Message):
    """Name a shard of a creditor's open invoices to those who make charges."""

    kind: Literal["open_charges"] = "open_charges"
    creditor: ExternalId
    shard: Annotated[str, Field(pattern=r"^\d{2}$")]
    cursor: ExternalId | None = None
    as_of: Instant | None = None

    def log_keys(self) -> Mapping[str, str]:
        """Return the identifiers that a log line may carry."""
        return {"creditor_id": self.creditor}


Inbound = Annotated[Posted | PixTold | Sweep | OpenCharges, Field(discriminator="kind")]
INBOUND = TypeAdapter[Posted | PixTold | Sweep | OpenCharges](Inbound)
"""Reads any message of the queue."""


class ChargeAsked(Message):
    """An invoice's charge may have to be made, changed or removed."""

    creditor: ExternalId
    invoice: ExternalId
    as_of: Instant | None = None

    def log_keys(self) -> Mapping[str, str]:
        """Return the identifiers that a log line may carry."""
        return {"creditor_id": self.creditor, "external_id": self.invoice}


def instant_of(
    asked: "Posted | PixTold | Sweep | OpenCharges | ChargeAsked", now: datetime
) -> datetime:
    """Return when a message is carried out: now, or where time travels, when it says."""
    return asked.as_of or now
