"""A creditor with a PSP, in memory: invoices, charges, money, and the queues between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from regua.adapters.memory import (
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryPublisher,
    MemoryQuarantine,
)
from regua.adapters.memory_hooks import MemoryBodies, MemoryHooks
from regua.adapters.memory_pix import (
    MemoryChargeQueue,
    MemoryInboundQueue,
    MemoryPixProvider,
    MemoryPixRecords,
)
from regua.application.inbound_pix import INBOUND
from regua.application.ingest import Ingest
from regua.application.make_charge import Made, MakeCharge
from regua.application.ports import Creditor
from regua.application.process_inbound import ProcessInbound
from regua.application.settle_pix import CountPix, SettlePix
from regua.application.sweep_pix import SweepPix
from regua.domain.ids import InvoiceId
from regua.domain.invoice import Invoice, Payment
from regua.domain.money import Money
from regua.domain.pix.br_code import BrCode, encode
from regua.domain.pix.received import ReceivedPix, Refund, RefundNature, RefundStatus
from tests.builders import CREDITOR, DUE, any_creditor, any_customer, any_invoice, nine_o_clock

KEY = "5f84a4c5-c5cb-4599-9f13-7eb4d419dacc"
PAID = any_creditor(pix={"key": KEY})
FAT_1 = InvoiceId("fat-1")
BEFORE = nine_o_clock(DUE - timedelta(days=5))
AMOUNT = Money(14990)


def e2eid(number: int = 1) -> str:
    """Return an endToEndId."""
    return f"E12345678202611101200{number:011d}"


def any_pix(number: int = 1, *, amount: Money = AMOUNT, **changes: Any) -> ReceivedPix:  # noqa: ANN401 - any field
    """Return a Pix of R$ 149,90 on the due date."""
    fields: dict[str, Any] = {
        "end_to_end_id": e2eid(number),
        "amount": amount,
        "received_at": nine_o_clock(DUE),
    }
    return ReceivedPix(**{**fields, **changes})


def refunded(
    pix: ReceivedPix, *amounts: int, nature: RefundNature = RefundNature.ORIGINAL
) -> ReceivedPix:
    """Return a Pix of which these amounts went back, a day apart."""
    refunds = tuple(
        Refund(
            id=f"R{number}",
            amount=Money(centavos),
            status=RefundStatus.SETTLED,
            nature=nature,
            settled_at=pix.received_at + timedelta(days=number),
        )
        for number, centavos in enumerate(amounts, 1)
    )
    return replace(pix, refunds=refunds)


@dataclass
class PixWorld:
    """Everything behind the door of Pix."""

    creditor: Creditor = PAID
    provider: MemoryPixProvider = field(default_factory=MemoryPixProvider)
    records: MemoryPixRecords = field(default_factory=MemoryPixRecords)
    charges: MemoryChargeQueue = field(default_factory=MemoryChargeQueue)
    inbound: MemoryInboundQueue = field(default_factory=MemoryInboundQueue)
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    quarantine: MemoryQuarantine = field(default_factory=MemoryQuarantine)
    hooks: MemoryHooks = field(default_factory=MemoryHooks)
    bodies: MemoryBodies = field(default_factory=MemoryBodies)
    now: datetime = BEFORE

    def __post_init__(self) -> None:
        self.portfolio = MemoryPortfolio(MemoryLedger(), shards=1)
        self.directory = MemoryDirectory(self.creditor)
        self.ingest = Ingest(self.portfolio, self.publisher, self.charges)
        self.counting = CountPix(self.records, self.ingest, self.portfolio, self.publisher)
        self.settle = SettlePix(self.provider, self.counting)
        self.make_charge = MakeCharge(self.provider, self.records, self.portfolio, self.settle)
        self.sweeps = SweepPix(
            self.provider,
            self.records,
            self.counting,
            self.portfolio,
            self.inbound,
            self.charges,
            shards=1,
        )
        self.process = ProcessInbound(
            directory=self.directory,
            hooks=self.hooks,
            bodies=self.bodies,
            inbound=self.inbound,
            settle=self.settle,
            sweeps=self.sweeps,
            ingest=self.ingest,
            publisher=self.publisher,
            quarantine=self.quarantine,
        )

    # ── what happens ───────────────────────────────────────────────────────────────────────────

    def issue(self, external_id: str = "fat-1", **changes: Any) -> Invoice:  # noqa: ANN401 - any field
        """Take an invoice in as the ERP tells it, and make its charge."""
        invoice = any_invoice(external_id, **changes)
        self.ingest.issue_invoice(self.creditor, invoice, any_customer(), now=self.now)
        self.work()
        return self.invoice(external_id)

    def make(self, external_id: str = "fat-1") -> Made:
        """Make one invoice's charge what it should be."""
        return self.make_charge(self.creditor, InvoiceId(external_id), now=self.now)

    def pay(self, payment: Payment, external_id: str = "fat-1") -> None:
        """Tell of a payment that came another way."""
        self.ingest.receive_payment(self.creditor, InvoiceId(external_id), payment, now=self.now)

    def receive(self, pix: ReceivedPix, external_id: str | None = "fat-1") -> ReceivedPix:
        """Let money come in at the PSP, for an invoice's charge or for none."""
        if external_id is not None:
            pix = replace(pix, txid=self.txid(external_id))
        self.provider.receive(self.creditor.creditor_id, pix)
        return pix

    def tell(self, number: int = 1) -> str:
        """Tell of a Pix, as a webhook does, and do what follows."""
        told = self.settle(self.creditor, e2eid(number), now=self.now)
        self.work()
        return told

    def sweep(self) -> None:
        """Let a sweep run, and do what follows."""
        self.records.registered[CREDITOR] = True
        self.sweeps.start(None)
        self.work()

    def work(self) -> None:
        """Carry out everything that is queued."""
        while self.charges.asked or self.inbound.messages:
            asked, self.charges.asked = self.charges.asked, []
            for _, invoice_id, now in asked:
                self.make_charge(self.creditor, invoice_id, now=now)
            messages, self.inbound.messages = self.inbound.messages, []
            for message in messages:
                self.process(INBOUND.validate_python(message), now=self.now)

    # ── how it stands ──────────────────────────────────────────────────────────────────────────

    def invoice(self, external_id: str = "fat-1") -> Invoice:
        """Return an invoice."""
        found = self.portfolio.find_invoice(CREDITOR, InvoiceId(external_id))
        assert found is not None
        return found

    def txid(self, external_id: str = "fat-1") -> str:
        """Return the txid of an invoice's charge."""
        record = self.records.charge(CREDITOR, InvoiceId(external_id))
        assert record is not None
        return record.txid

    def held(self, external_id: str = "fat-1") -> Mapping[str, Any]:
        """Return what an invoice's charge asks at the PSP."""
        return self.provider.charges[CREDITOR, self.txid(external_id)].body

    def events(self, detail_type: str) -> int:
        """Count the events of a type."""
        return sum(e.detail_type == detail_type for e in self.publisher.events)


def on(day: date, hour: int = 15) -> datetime:
    """Return an hour (UTC) of a day."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def static_code(txid: str) -> str:
    """Return a creditor's own static code."""
    return encode(BrCode(key=KEY, name="Aurora", city="RECIFE", txid=txid))
