"""Facts as connectors bring them: ours in form, of the bus's own five kinds, with their origin."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from regua.application.accept_event import EVENT_DATA
from regua.application.facts_in import CustomerData, InvoiceData, PaymentData, ReversalData
from regua.application.wire import Message, ShortText, TaxId
from regua.domain.errors import Problem

FACT_NAMES = tuple(EVENT_DATA)
"""The five kinds of facts, named as the events of the bus are."""


class KnownCustomerRef(CustomerData):
    """A customer by id alone: who they are is already known, or is looked up."""

    name: ShortText = ""
    document: TaxId = ""


class InvoiceOfKnown(InvoiceData):
    """An invoice whose source names its customer by id alone."""

    customer: KnownCustomerRef


MODELS: Mapping[str, type[Message]] = EVENT_DATA


@dataclass(frozen=True, slots=True)
class Told:
    """One fact, read and checked.

    ``at`` is when it became so in the system that tells it: it orders descriptions. ``source`` is
    the path of the record it was read from.
    """

    name: str
    data: Message
    at: datetime
    source: str

    @property
    def ref(self) -> str:
        """The id of what it is about: an invoice's; a payment's reversal, or a customer's, own."""
        match self.data:
            case PaymentData():
                return self.data.invoice_external_id
            case ReversalData():
                return self.data.payment_id
        return str(getattr(self.data, "external_id", ""))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One record among others that could not be read, and every reason.

    ``ref`` is the record's own id where it has one that can be told.
    """

    source: str
    problems: tuple[Problem, ...]
    ref: str = ""


Fact = Told | Unreadable


def rulers_named(facts: Iterable[Fact]) -> frozenset[str]:
    """Return the rulers that facts name, so that a caller can see whether it knows them all."""
    return frozenset(
        ruler
        for fact in facts
        if isinstance(fact, Told)
        for ruler in (
            getattr(fact.data, "ruler", None),
            getattr(getattr(fact.data, "customer", None), "ruler", None),
        )
        if ruler is not None
    )
