"""Events from the bus: whose they are, what they say, and what happens to bad ones.

A bad event is never lost and never blocks others: it is kept whole with its reasons, counted by
the caller and announced as ``IngestRejected``.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import ValidationError

from regua.application.ingest import Ingest, Ingested
from regua.application.messages import (
    CancellationData,
    CustomerData,
    Envelope,
    InvoiceData,
    Message,
    PaymentData,
    ReversalData,
)
from regua.application.ports import (
    Creditor,
    CreditorDirectory,
    EventPublisher,
    EventSource,
    OutgoingEvent,
    Quarantine,
)
from regua.application.validation import invalid_input
from regua.domain.errors import Conflict, InvalidInput, NotFound, Problem
from regua.domain.ids import CreditorId, InvoiceId, PaymentId

_M = TypeVar("_M", bound=Message)
CLOCK_SKEW = timedelta(days=1)
"""How far ahead of us an event may date itself; a later date would silence later updates."""


class Accepted(StrEnum):
    """What became of an event; also the name of its metric."""

    ACCEPTED = "ingest_accepted"
    KEPT = "ingest_kept"
    REJECTED = "ingest_rejected"


@dataclass(frozen=True, slots=True)
class AcceptEvent:
    """Accept one event from the bus."""

    ingest: Ingest
    directory: CreditorDirectory
    quarantine: Quarantine
    publisher: EventPublisher
    allow_future: bool = False
    """Whether events may be dated ahead; only where time travels."""

    def __call__(self, body: str, *, message_id: str, now: datetime) -> Accepted:
        """Carry out an event (the whole EventBridge envelope), or put it aside with its reasons.

        Raises:
            TemporaryError: something was busy; the same event may be given again.
        """
        try:
            return self._accept(body, now)
        except (InvalidInput, Conflict) as exc:
            problems = (
                exc.problems if isinstance(exc, InvalidInput) else (Problem("detail", str(exc)),)
            )
            self._reject(body, message_id, problems, now)
            return Accepted.REJECTED

    def _accept(self, body: str, now: datetime) -> Accepted:
        event = _json_object(body)
        envelope = _read(Envelope, event.get("detail"), "detail")
        if envelope.occurred_at > now + CLOCK_SKEW and not self.allow_future:
            raise InvalidInput.at("detail.occurred_at", "is in the future")
        creditor = self._creditor(event, envelope.creditor_id)
        command = _COMMANDS.get(str(event.get("detail-type")))
        if command is None:
            raise InvalidInput.at("detail-type", f"must be one of: {', '.join(_COMMANDS)}")
        done = command(self.ingest, creditor, envelope)
        return Accepted.KEPT if done is Ingested.KEPT else Accepted.ACCEPTED

    def _creditor(self, event: Mapping[str, Any], creditor_id: str) -> Creditor:
        try:
            creditor = self.directory.get(CreditorId(creditor_id))
        except NotFound:
            raise InvalidInput.at("detail.creditor_id", "no such creditor") from None
        source = EventSource(str(event.get("account")), str(event.get("source")))
        if source not in creditor.event_sources:
            raise InvalidInput.at("source", "not registered to speak for this creditor")
        return creditor

    def _reject(
        self, body: str, message_id: str, problems: tuple[Problem, ...], now: datetime
    ) -> None:
        try:
            event: Mapping[str, Any] = _json_object(body)
        except InvalidInput:
            event = {}
        event_id = str(event.get("id") or message_id)
        self.quarantine.keep(event_id, body, problems, now)
        detail = event.get("detail")
        creditor_id = detail.get("creditor_id") if isinstance(detail, Mapping) else None
        self.publisher.publish(
            [
                OutgoingEvent(
                    "IngestRejected",
                    CreditorId(creditor_id if isinstance(creditor_id, str) else "unknown"),
                    now,
                    {
                        "event_id": event_id,
                        "detail_type": str(event.get("detail-type", "unknown"))[:128],
                        "reasons": [{"path": p.path, "reason": p.reason} for p in problems],
                    },
                )
            ]
        )


def _json_object(body: str) -> Mapping[str, Any]:
    try:
        event = json.loads(body)
    except ValueError:
        raise InvalidInput.at("$", "not JSON") from None
    if not isinstance(event, dict):
        raise InvalidInput.at("$", "not a JSON object")
    return event


def _read(kind: type[_M], value: object, under: str) -> _M:
    try:
        return kind.model_validate(value)
    except ValidationError as exc:
        raise invalid_input(exc, under=under) from exc


def _data(kind: type[_M], envelope: Envelope) -> _M:
    return _read(kind, envelope.data, "detail.data")


def _invoice_issued(ingest: Ingest, creditor: Creditor, envelope: Envelope) -> Ingested:
    read = _data(InvoiceData, envelope)
    customer = read.customer.to_domain(read.customer.external_id, envelope.occurred_at)
    invoice = read.to_domain(read.external_id, envelope.occurred_at)
    return ingest.issue_invoice(creditor, invoice, customer)[0]


def _invoice_cancelled(ingest: Ingest, creditor: Creditor, envelope: Envelope) -> Ingested:
    read = _data(CancellationData, envelope)
    return ingest.cancel_invoice(
        creditor, InvoiceId(read.external_id), envelope.occurred_at, read.reason
    )


def _payment_received(ingest: Ingest, creditor: Creditor, envelope: Envelope) -> Ingested:
    read = _data(PaymentData, envelope)
    return ingest.receive_payment(creditor, InvoiceId(read.invoice_external_id), read.to_domain())


def _payment_reversed(ingest: Ingest, creditor: Creditor, envelope: Envelope) -> Ingested:
    read = _data(ReversalData, envelope)
    return ingest.reverse_payment(
        creditor, PaymentId(read.payment_id), envelope.occurred_at, read.reason
    )


def _customer_changed(ingest: Ingest, creditor: Creditor, envelope: Envelope) -> Ingested:
    read = _data(CustomerData, envelope)
    return ingest.change_customer(creditor, read.to_domain(read.external_id, envelope.occurred_at))


_COMMANDS: Mapping[str, Callable[[Ingest, Creditor, Envelope], Ingested]] = {
    "InvoiceIssued": _invoice_issued,
    "InvoiceCancelled": _invoice_cancelled,
    "PaymentReceived": _payment_received,
    "PaymentReversed": _payment_reversed,
    "CustomerChanged": _customer_changed,
}
EVENT_DATA: Mapping[str, type[Message]] = {
    "InvoiceIssued": InvoiceData,
    "InvoiceCancelled": CancellationData,
    "PaymentReceived": PaymentData,
    "PaymentReversed": ReversalData,
    "CustomerChanged": CustomerData,
}
"""Every event we take from the bus, and the shape of its data."""
