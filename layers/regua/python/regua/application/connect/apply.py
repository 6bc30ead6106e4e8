"""Facts of a connector's become state, by the same use cases as everything else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from regua.application.connect.facts import Fact, InvoiceOfKnown, Told, Unreadable
from regua.application.facts_in import (
    CancellationData,
    CustomerData,
    InvoiceData,
    PaymentData,
    ReversalData,
)
from regua.application.ingest import Ingest, check_ruler
from regua.application.ports import Creditor
from regua.application.validation import not_ahead
from regua.domain.customer import Customer
from regua.domain.errors import Conflict, InvalidInput, Problem
from regua.domain.ids import CustomerId, InvoiceId, PaymentId


class Outcome(StrEnum):
    """What became of a fact; also a metric's name, with ``connect_`` before it."""

    CREATED = "created"
    UPDATED = "updated"
    KEPT = "kept"
    """Kept for an invoice or payment that has not arrived yet."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Applied:
    """One fact, what became of it, and why not where it was refused."""

    fact: Fact
    outcome: Outcome
    reasons: tuple[Problem, ...] = ()

    @property
    def invoice_id(self) -> InvoiceId | None:
        """The invoice that it changed, if it changed one: its charge may be made or changed."""
        fact = self.fact
        if self.outcome is Outcome.REFUSED or not isinstance(fact, Told):
            return None
        if isinstance(fact.data, InvoiceData | CancellationData | PaymentData):
            return InvoiceId(fact.ref)
        return None


def apply(
    facts: Sequence[Fact],
    creditor: Creditor,
    ingest: Ingest,
    *,
    now: datetime,
    may_be_ahead: bool = False,
) -> Sequence[Applied]:
    """Apply facts, each by itself: a refused one stops no other.

    Any order and any repetition ends in the same state, for facts are ordered by their source's
    own instants (`Ingest`).

    Args:
        facts: what `receive` returned.
        creditor: whose they are.
        ingest: the use cases.
        now: the caller's clock.
        may_be_ahead: whether facts may be dated ahead of it; only where time travels.

    Raises:
        TemporaryError: something was busy; all the facts may be applied again.
    """
    return [_one(f, creditor, ingest, now, ahead=may_be_ahead) for f in facts]


def _one(
    fact: Fact,
    creditor: Creditor,
    ingest: Ingest,
    now: datetime,
    *,
    ahead: bool,
) -> Applied:
    if isinstance(fact, Unreadable):
        return Applied(fact, Outcome.REFUSED, fact.problems)
    try:
        if not ahead:
            not_ahead("at", fact.at, now)
        done = _carry_out(fact, creditor, ingest, now, ahead=ahead)
    except InvalidInput as exc:
        return Applied(fact, Outcome.REFUSED, exc.problems)
    except Conflict as exc:
        return Applied(fact, Outcome.REFUSED, (Problem(fact.source or "$", str(exc)),))
    return Applied(fact, Outcome(done))


def _carry_out(
    fact: Told,
    creditor: Creditor,
    ingest: Ingest,
    now: datetime,
    *,
    ahead: bool,
) -> str:
    match fact.data:
        case InvoiceData() as data:
            check_ruler(creditor, data.ruler)
            customer = _customer(data, creditor, ingest, fact.at)
            check_ruler(creditor, customer.ruler, "customer.ruler")
            invoice = data.to_domain(data.external_id, fact.at)
            return ingest.issue_invoice(creditor, invoice, customer, now=now)[0]
        case CancellationData(external_id=invoice_id, reason=reason):
            return ingest.cancel_invoice(creditor, InvoiceId(invoice_id), fact.at, reason, now=now)
        case PaymentData() as data:
            if not ahead:
                not_ahead("paid_at", data.paid_at, now)
            invoice_id = InvoiceId(data.invoice_external_id)
            return ingest.receive_payment(creditor, invoice_id, data.to_domain(), now=now)
        case ReversalData(payment_id=payment_id, reason=reason):
            return ingest.reverse_payment(creditor, PaymentId(payment_id), fact.at, reason, now=now)
        case CustomerData() as data:
            check_ruler(creditor, data.ruler)
            customer = data.to_domain(data.external_id, fact.at)
            return ingest.change_customer(creditor, customer, now=now)
    raise TypeError(fact.name)  # pragma: no cover - the five kinds are all there are


def _customer(
    data: InvoiceData,
    creditor: Creditor,
    ingest: Ingest,
    at: datetime,
) -> Customer:
    """Return whose invoice it is: as it says, or as the account knows."""
    if not isinstance(data, InvoiceOfKnown):
        return data.customer.to_domain(data.customer.external_id, at)
    customer_id = CustomerId(data.customer.external_id)
    known = ingest.portfolio.load_account(creditor.creditor_id, customer_id).customer
    if known is None:
        raise InvalidInput.at(
            "customer", "is not known: register the customer first, or send it with the invoice"
        )
    return known
