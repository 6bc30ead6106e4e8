"""The use cases of agreements on the twins: a customer who owes, settles, pays or does not."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from regua.adapters.memory import (
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryPublisher,
    MemoryShardQueue,
)
from regua.adapters.memory_pix import MemoryChargeQueue
from regua.application.agreements import Agreements
from regua.application.evaluate_ruler import Evaluated, EvaluateRuler
from regua.application.ingest import Ingest
from regua.application.messages import ShardDue
from regua.application.ports import Creditor
from regua.domain.account import Account
from regua.domain.ids import InvoiceId
from regua.domain.invoice import Invoice, Payment
from regua.domain.money import ZERO, Money
from regua.domain.negotiation.agreement import Agreement
from regua.domain.negotiation.deal import Choice
from regua.domain.negotiation.rules import OfferRule, OfferRules, Option
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    DUE,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)

OPTION = Option(1, 60, Decimal(20), Decimal(50))
"""A fifth of the principal and half of the late charges are taken off."""
RULE = OfferRule("padrao", (OPTION,), first_due_days=30, breach_after_days=10)
SETTLED_ON = DUE + timedelta(days=30)
"""The day the agreement is made."""


def creditor_offering(rule: OfferRule = RULE, **changes: Any) -> Creditor:  # noqa: ANN401 - any field
    """Return a creditor that offers to settle by one rule."""
    return replace(any_creditor(**changes), offers=OfferRules((rule,)))


class System:
    """Everything, on one account, and a clock that is moved by hand."""

    def __init__(self, creditor: Creditor | None = None) -> None:
        self.creditor = creditor or creditor_offering()
        self.portfolio = MemoryPortfolio(MemoryLedger(), shards=1)
        self.publisher = MemoryPublisher()
        self.charges = MemoryChargeQueue()
        self.ingest = Ingest(self.portfolio, self.publisher, self.charges)
        self.agreements = Agreements(
            self.portfolio, self.portfolio.ledger, self.publisher, self.charges
        )
        self.evaluate = EvaluateRuler(
            self.portfolio,
            MemoryDirectory(self.creditor),
            self.publisher,
            MemoryShardQueue(),
            self.portfolio.ledger,
            self.charges,
        )
        self.now = nine_o_clock(SETTLED_ON)

    def owe(self, *invoices: Invoice) -> "System":
        """Issue invoices, by default two of R$ 100,00 that are late."""
        owed = invoices or (any_debt("fat-1"), any_debt("fat-2", due_date=DUE + timedelta(days=5)))
        for invoice in owed:
            self.ingest.issue_invoice(self.creditor, invoice, any_customer(), now=self.now)
        return self

    def settle(self, instalments: int = 3, down_payment: Money = ZERO, **said: Any) -> Agreement:  # noqa: ANN401 - what accept takes
        """Accept what is offered, in so many instalments, the first one due in five days."""
        first = self.now.date() + timedelta(days=5)
        return self.agreements.accept(
            self.creditor,
            CUSTOMER,
            Choice(instalments, down_payment, first),
            **{"key": None, "origin": "page", "now": self.now, **said},
        )

    def pay(
        self,
        invoice_id: InvoiceId,
        centavos: int | None = None,
        name: str | None = None,
        at: datetime | None = None,
    ) -> Payment:
        """Pay an invoice, by default what it was issued for."""
        amount = self.invoice(invoice_id).amount if centavos is None else Money(centavos)
        payment = any_payment(name or f"pag-{invoice_id}", amount=amount, paid_at=at or self.now)
        self.ingest.receive_payment(self.creditor, invoice_id, payment, now=self.now)
        return payment

    def take_back(self, payment: Payment, reason: str = "devolvido") -> None:
        """Take a payment back now."""
        self.ingest.reverse_payment(
            self.creditor, payment.payment_id, self.now, reason, now=self.now
        )

    def on(self, day: date) -> "System":
        """Move the clock to nine in the morning of a day, and look at what is due."""
        self.now = nine_o_clock(day)
        self.tick()
        return self

    def tick(self) -> Evaluated:
        """Look at what is due now, until nothing is."""
        done = Evaluated()
        for _ in range(5):
            done = self.evaluate.shard(
                ShardDue(shard="00"),
                now=self.now,
                correlation_id="c",
                seconds_left=lambda: 60.0,
            )
        return done

    @property
    def account(self) -> Account:
        """The account as it is."""
        return self.portfolio.load_account(CREDITOR, CUSTOMER)

    def invoice(self, invoice_id: str) -> Invoice:
        """Return an invoice as it is."""
        found = self.portfolio.find_invoice(CREDITOR, InvoiceId(invoice_id))
        assert found is not None
        return found

    def kept(self, agreement: Agreement) -> Agreement:
        """Return an agreement as it is kept."""
        return self.agreements.find(self.creditor, agreement.agreement_id)

    def told(self, *names: str) -> list[str]:
        """Return the events told, of some types or of all, by name."""
        events = self.publisher.events
        return [e.detail_type for e in events if not names or e.detail_type in names]

    def told_about(self, name: str) -> list[str]:
        """Return the invoices that events of a type were about."""
        return [e.data["external_id"] for e in self.publisher.of(name)]

    def noted(self) -> list[str]:
        """Return the kinds of the account's notes about agreements."""
        notes = self.portfolio.notes(CREDITOR, CUSTOMER)
        return [n.kind.value for n in notes if n.kind.value.startswith("agreement")]

    def spoken_of(self) -> set[str]:
        """Return every invoice that a published contact spoke about."""
        return {
            i["external_id"] for e in self.publisher.of("ContactDue") for i in e.data["invoices"]
        }


def any_debt(external_id: str, **changes: Any) -> Invoice:  # noqa: ANN401 - any field
    """Return an overdue invoice of R$ 100,00."""
    return any_invoice(external_id, **{"amount": Money(10000), **changes})


def carried(invoice: Invoice) -> list[tuple[str, int]]:
    """Return what was carried over to a debt and stands: the day and the centavos of each part."""
    return [
        (p.paid_at.date().isoformat(), p.amount.centavos)
        for p in invoice.payments
        if p.payment_id.startswith("acordo.") and p.reversed_at is None
    ]
