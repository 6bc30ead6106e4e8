"""Events from the bus: whose they are, what they say, and what happens to bad ones.

A bad event is never lost and never blocks others: it is kept whole with its reasons, counted by
the caller and announced as ``IngestRejected``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar, get_args

from pydantic import TypeAdapter, ValidationError

from regua.application.facts_in import (
    CancellationData,
    CustomerData,
    InvoiceData,
    PaymentData,
    ReversalData,
)
from regua.application.ingest import Ingest, Ingested, check_ruler
from regua.application.ports import (
    Creditor,
    CreditorDirectory,
    EventPublisher,
    EventSource,
    OutgoingEvent,
    Quarantine,
)
from regua.application.validation import (
    invalid_input,
    json_object,
    not_ahead,
    told,
    unicode_text,
)
from regua.application.wire import Envelope, ExternalId, Message
from regua.domain.errors import Conflict, InvalidInput, NotFound, Problem, UnknownRuler
from regua.domain.ids import CreditorId, InvoiceId, PaymentId

_M = TypeVar("_M", bound=Message)
_UNKNOWN = CreditorId("unknown")
_MAX_NAME = 128
_MAX_INDEX_DIGITS = 3
"""A longer number in a path may be somebody's document, used as a key."""


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
        event = json_object(body)
        envelope = _read(Envelope, event.get("detail"), "detail")
        fact = _Fact(envelope, now, may_be_ahead=self.allow_future)
        fact.check("detail.occurred_at", envelope.occurred_at)
        creditor = self._creditor(event, envelope.creditor_id)
        command = _COMMANDS.get(_text(event, "detail-type"))
        if command is None:
            raise InvalidInput.at("detail-type", f"must be one of: {', '.join(_COMMANDS)}")
        try:
            done = command(self.ingest, creditor, fact)
        except UnknownRuler:  # written a moment ago, perhaps: what is known of rulers has an age
            self.directory.forget()
            done = command(self.ingest, self._creditor(event, envelope.creditor_id), fact)
        return Accepted.KEPT if done is Ingested.KEPT else Accepted.ACCEPTED

    def _creditor(self, event: Mapping[str, Any], creditor_id: str) -> Creditor:
        try:
            creditor = self.directory.get(CreditorId(creditor_id))
        except NotFound:
            raise InvalidInput.at("detail.creditor_id", "no such creditor") from None
        source = EventSource(_text(event, "account"), _text(event, "source"))
        if source not in creditor.event_sources:
            raise InvalidInput.at("source", "not registered to speak for this creditor")
        return creditor

    def _reject(
        self, body: str, message_id: str, problems: tuple[Problem, ...], now: datetime
    ) -> None:
        try:
            event = json_object(body)
        except InvalidInput:
            event = {}
        event_id = unicode_text(_text(event, "id") or message_id)
        whole = [Problem(unicode_text(p.path), unicode_text(p.reason)) for p in problems]
        self.quarantine.keep(event_id, unicode_text(body), whole, now)
        detail_type = _text(event, "detail-type") or "unknown"
        self.publisher.publish(
            [
                OutgoingEvent(
                    "IngestRejected",
                    self._proven_creditor(event),
                    now,
                    {
                        "event_id": event_id[:_MAX_NAME],
                        "detail_type": unicode_text(detail_type)[:_MAX_NAME],
                        "reasons": [
                            {"path": p.path, "reason": p.reason}
                            for p in told([_without_foreign_names(p) for p in problems])
                        ],
                    },
                )
            ]
        )

    def _proven_creditor(self, event: Mapping[str, Any]) -> CreditorId:
        """Return whose event it is, if the one who sent it may speak for that creditor."""
        detail = event.get("detail")
        try:
            named = _CREDITOR_ID.validate_python(
                detail.get("creditor_id") if isinstance(detail, Mapping) else None
            )
            return self._creditor(event, named).creditor_id
        except (ValidationError, InvalidInput):
            return _UNKNOWN


class _Fact(NamedTuple):
    """An envelope that was read, and the clock to hold its dates against."""

    envelope: Envelope
    now: datetime
    may_be_ahead: bool

    def read(self, kind: type[_M]) -> _M:
        """Read what the envelope carries."""
        return _read(kind, self.envelope.data, "detail.data")

    def check(self, path: str, at: datetime) -> None:
        """Refuse a date ahead of the clock, where time does not travel."""
        if not self.may_be_ahead:
            not_ahead(path, at, self.now)


def _text(event: Mapping[str, Any], name: str) -> str:
    """Return a text of the event's; anything else is none (and may be nested without end)."""
    value = event.get(name)
    return value if isinstance(value, str) else ""


def _without_foreign_names(problem: Problem) -> Problem:
    """Replace what no schema names: a key that somebody made up may be personal data."""
    parts = problem.path.split(".")
    return Problem(".".join(p if _is_ours(p) else "*" for p in parts), problem.reason)


def _is_ours(name: str) -> bool:
    is_index = name.isascii() and name.isdigit() and len(name) <= _MAX_INDEX_DIGITS
    return is_index or name in _OUR_NAMES


def _read(kind: type[_M], value: object, under: str) -> _M:
    try:
        return kind.model_validate(value)
    except ValidationError as exc:
        raise invalid_input(exc, under=under) from exc


def _invoice_issued(ingest: Ingest, creditor: Creditor, fact: _Fact) -> Ingested:
    read, at = fact.read(InvoiceData), fact.envelope.occurred_at
    check_ruler(creditor, read.ruler, "detail.data.ruler")
    check_ruler(creditor, read.customer.ruler, "detail.data.customer.ruler")
    customer = read.customer.to_domain(read.customer.external_id, at)
    invoice = read.to_domain(read.external_id, at)
    return ingest.issue_invoice(creditor, invoice, customer, now=fact.now)[0]


def _invoice_cancelled(ingest: Ingest, creditor: Creditor, fact: _Fact) -> Ingested:
    read, at = fact.read(CancellationData), fact.envelope.occurred_at
    invoice_id = InvoiceId(read.external_id)
    return ingest.cancel_invoice(creditor, invoice_id, at, read.reason, now=fact.now)


def _payment_received(ingest: Ingest, creditor: Creditor, fact: _Fact) -> Ingested:
    read = fact.read(PaymentData)
    fact.check("detail.data.paid_at", read.paid_at)
    invoice_id = InvoiceId(read.invoice_external_id)
    return ingest.receive_payment(creditor, invoice_id, read.to_domain(), now=fact.now)


def _payment_reversed(ingest: Ingest, creditor: Creditor, fact: _Fact) -> Ingested:
    read, at = fact.read(ReversalData), fact.envelope.occurred_at
    payment_id = PaymentId(read.payment_id)
    return ingest.reverse_payment(creditor, payment_id, at, read.reason, now=fact.now)


def _customer_changed(ingest: Ingest, creditor: Creditor, fact: _Fact) -> Ingested:
    read, at = fact.read(CustomerData), fact.envelope.occurred_at
    check_ruler(creditor, read.ruler, "detail.data.ruler")
    customer = read.to_domain(read.external_id, at)
    return ingest.change_customer(creditor, customer, now=fact.now)


_COMMANDS: Mapping[str, Callable[[Ingest, Creditor, _Fact], Ingested]] = {
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


def _names(kind: type[Message]) -> Iterator[str]:
    """Yield the names of a message's fields, and of the messages in them."""
    for name, described in kind.model_fields.items():
        yield name
        for inner in (described.annotation, *get_args(described.annotation)):
            if isinstance(inner, type) and issubclass(inner, Message):
                yield from _names(inner)


_CREDITOR_ID = TypeAdapter[str](ExternalId)
_READ: tuple[type[Message], ...] = (Envelope, *EVENT_DATA.values())
_OUR_NAMES = frozenset(
    {"$", "detail", "detail-type", "source", "[key]"}.union(*(_names(kind) for kind in _READ))
)
"""Every name that a published path may hold."""
