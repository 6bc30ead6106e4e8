"""A creditor, its customers' messages and the page they lead to, in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from functions.customer_page import handler
from regua.adapters.boleto_words import instructions
from regua.adapters.memory import (
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryPublisher,
)
from regua.adapters.memory_evidence import memory_facts
from regua.adapters.memory_looks import MemoryDrafts, MemoryLooks
from regua.adapters.memory_page_tries import MemoryPageTries
from regua.adapters.memory_pix import MemoryChargeQueue, MemoryPixRecords
from regua.adapters.tracking_links import TrackingKeyring
from regua.application.agreements import Agreements
from regua.application.customer_page.page import CustomerPage
from regua.application.ingest import Ingest
from regua.application.manage_page import ShowLook
from regua.application.offers_document import read_offers
from regua.application.page_document import read_page_document
from regua.application.page_ports import Draft, WrittenPage
from regua.application.ports import Creditor
from regua.domain.customer import Customer
from regua.domain.dispatch import Dispatch, InvoiceStep
from regua.domain.exact import Exact, Kept
from regua.domain.ids import DispatchId, InvoiceId
from regua.domain.invoice import Payment
from regua.domain.tokens import HitKind, TrackingKeys, issue
from tests.builders import CREDITOR, CUSTOMER, ISSUED_AT, any_creditor, any_customer, any_invoice
from tests.integration.contract.facts import any_dispatch
from tests.integration.gateway import Gateway

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
"""A Tuesday, nine o'clock in São Paulo; what the gateway's requests say unless told otherwise."""
TODAY = NOW.date()
LATE = date(2026, 10, 13)
"""Four weeks ago."""
KEYS = TrackingKeys.from_secret({"current": "k1", "k1": "an invented random string"})
PIX_KEY = "5f84a4c5-c5cb-4599-9f13-7eb4d419dacc"
DIGITS = "4725"
"""The last four of the customer's CPF."""
PAGE_DAYS = 180
OFFERS: Mapping[str, Any] = {
    "rules": [
        {
            "name": "todos",
            "options": [
                {
                    "min_instalments": 1,
                    "max_instalments": 1,
                    "principal_discount_percent": "10",
                    "charges_discount_percent": "100",
                },
                {
                    "min_instalments": 2,
                    "max_instalments": 6,
                    "charges_discount_percent": "100",
                    "down_payment_percent": "20",
                },
            ],
            "min_instalment_centavos": 1000,
        }
    ]
}
CHANNELS: Mapping[str, Any] = {
    "sms": {"origin": "+5511940000001"},
    "whatsapp": {"origin": "phone-number-id-1", "opt_in": "Contrato, cláusula 7"},
}


def any_page_creditor(**changes: Any) -> Creditor:  # noqa: ANN401 - any field of the document
    """Return a creditor with a Pix key and no PSP, offers, and several channels."""
    document = {
        "pix": {"key": PIX_KEY, "psp": False},
        "phone": "+55 11 4000-0000",
        "channels": CHANNELS,
        **changes,
    }
    return replace(any_creditor(**document), offers=read_offers(OFFERS, rulers=None))


@dataclass
class PageWorld:
    """Everything behind the page."""

    creditor: Creditor = field(default_factory=any_page_creditor)
    customer: Customer = field(default_factory=lambda: any_customer(phones=("+5511987654321",)))
    address: str | None = "maria@cliente.example.com.br"
    """Where every message went."""

    def __post_init__(self) -> None:
        self.ledger = MemoryLedger()
        self.portfolio = MemoryPortfolio(self.ledger, shards=1)
        self.directory = MemoryDirectory(self.creditor)
        self.publisher = MemoryPublisher()
        self.charges = MemoryChargeQueue()
        self.looks = MemoryLooks(self.directory)
        self.drafts = MemoryDrafts()
        self.ingest = Ingest(self.portfolio, self.publisher)
        self.agreements = Agreements(self.portfolio, self.ledger, self.publisher, self.charges)
        nonces = iter(range(1, 10**6))
        self.page = CustomerPage(
            portfolio=self.portfolio,
            ledger=self.ledger,
            directory=self.directory,
            facts=memory_facts(self.ledger),
            publisher=self.publisher,
            tries=MemoryPageTries(),
            pix=MemoryPixRecords(),
            agreements=self.agreements,
            instructions=instructions,
            address_of=lambda _: self.address,
            nonce=lambda: f"{next(nonces):032x}",
        )
        self.wired = handler.Wired(
            page=self.page,
            looks=ShowLook(self.looks, self.drafts, self.directory),
            directory=self.directory,
            keyring=TrackingKeyring(lambda: KEYS),
            page_days=PAGE_DAYS,
            allow_as_of=True,
        )
        self._messages = 0

    # ── what happened before ───────────────────────────────────────────────────────────────────

    def bill(self, external_id: str = "fat-1", **changes: Any) -> None:  # noqa: ANN401 - any field
        """Issue an invoice, four weeks late unless told otherwise."""
        invoice = any_invoice(external_id, **{"due_date": LATE, **changes})
        self.ingest.issue_invoice(self.creditor, invoice, self.customer, now=ISSUED_AT)

    def pay(self, external_id: str, payment: Payment) -> None:
        """Tell of a payment."""
        self.ingest.receive_payment(self.creditor, InvoiceId(external_id), payment, now=NOW)

    def message(self, *external_ids: str, at: datetime = NOW, **changes: Any) -> Dispatch:  # noqa: ANN401 - any field
        """Send a message about invoices."""
        self._messages += 1
        steps = tuple(InvoiceStep(InvoiceId(each), "vencida-3") for each in external_ids)
        dispatch = any_dispatch(self._messages, **{"invoices": steps, "left_out": (), **changes})
        self.ledger.claim(dispatch, [], at, Kept(Exact.of(b"exact bytes", "message/rfc822")))
        self.ledger.mark_sent(dispatch, provider_message_id=f"ses-{self._messages}", at=at)
        for each in external_ids:
            self._place(InvoiceId(each), at.date())
        return dispatch

    def _place(self, invoice_id: InvoiceId, on: date) -> None:
        """Let an open invoice stand where its message left it: at the last step until then."""
        account = self.portfolio.load_account(CREDITOR, CUSTOMER)
        invoice = account.invoices.get(invoice_id)
        if invoice is None:
            return
        dated = self.creditor.rulers.default.dates_of(invoice)
        reached = [(day, step) for day, step in dated if day <= on]
        if reached:
            day, step = reached[-1]
            place = replace(invoice.place, step_id=step.id, step_on=day)
            placed = account.with_invoice(replace(invoice, place=place))
            self.portfolio.accounts[CREDITOR, CUSTOMER] = placed

    def link(self, *external_ids: str, at: datetime = NOW, **changes: Any) -> str:  # noqa: ANN401 - any field
        """Send a message about invoices, and return the path that it leads to."""
        return page_path(self.message(*external_ids, at=at, **changes).dispatch_id, at)

    def offer(self, document: Mapping[str, Any]) -> None:
        """Offer something else to settle debts."""
        self.creditor = replace(self.creditor, offers=read_offers(document, rulers=None))
        self.directory.creditors[self.creditor.creditor_id] = self.creditor

    def wear(self, document: Mapping[str, Any]) -> None:
        """Put a creditor's look and words in force, unlinted."""
        read = read_page_document(document)
        written = WrittenPage(read.style(), read.own_texts(), "tag")
        self.looks.pages[self.creditor.creditor_id] = written
        self.directory.texts[self.creditor.creditor_id] = written.texts

    def preview(self, document: Mapping[str, Any]) -> str:
        """Keep a draft, and return the path where it is looked at."""
        draft_id = "d" * 32
        read = read_page_document(document)
        draft = Draft(draft_id, CREDITOR, read.written(), NOW + timedelta(hours=24))
        self.drafts.put(draft)
        return f"/p/{issue(HitKind.PREVIEW, draft_id, None, NOW, KEYS)}"

    # ── over HTTP ──────────────────────────────────────────────────────────────────────────────

    @property
    def gateway(self) -> Gateway:
        """Return what answers in front of the page."""
        return Gateway({"customer_page": handler.lambda_handler}, {})


def page_path(dispatch_id: DispatchId, at: datetime = NOW) -> str:
    """Return the path of a message's page."""
    return f"/p/{issue(HitKind.PAGE, dispatch_id, None, at, KEYS)}"


def wired_in(world: PageWorld) -> Callable[[], handler.Wired]:
    """Return what takes the place of the handler's ``wire``."""
    return lambda: world.wired
