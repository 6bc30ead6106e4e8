"""A customer's page on the twins: by day 4 one message about what the customer owes was sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple

from regua.adapters.boleto_words import instructions
from regua.adapters.memory import (
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryPublisher,
    MemoryShardQueue,
)
from regua.adapters.memory_evidence import MemoryKeys, MemoryVault
from regua.adapters.memory_page_tries import MemoryPageTries
from regua.adapters.memory_pix import MemoryPixRecords
from regua.application.agreements import Agreements
from regua.application.customer_page.acts import (
    Act,
    Acting,
    ActKind,
    ConfirmReading,
    Dispute,
    DisputeReason,
    NotMe,
    Prefer,
    Promise,
    Proof,
    SayPaid,
    SendAgain,
    Settle,
)
from regua.application.customer_page.case import ref_of
from regua.application.customer_page.page import CustomerPage
from regua.application.customer_page.views import InvoiceView, PageView, Receipt
from regua.application.evaluate_ruler import EvaluateRuler
from regua.application.ingest import Ingest
from regua.application.keep_facts import KeepFacts, read_contents
from regua.application.messages import ShardDue
from regua.application.ports import AccountKey, Creditor
from regua.application.written_to import WrittenTo
from regua.domain.account import Account
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import Dispatch, DispatchState
from regua.domain.ids import DispatchId, InvoiceId
from regua.domain.invoice import Invoice, PaymentMethod
from regua.domain.money import Money
from regua.domain.negotiation.deal import Choice
from regua.domain.negotiation.rules import OfferRule, OfferRules, Option
from regua.domain.notes import Note, NoteKind
from regua.domain.ruler import Channel
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    DUE,
    any_creditor,
    any_customer,
    any_invoice,
    nine_o_clock,
)

EMAIL = "maria@cliente.example.com.br"
PHONE = "+5511987654321"
ACCOUNT = AccountKey(CREDITOR, CUSTOMER)
FAT_1, FAT_2 = InvoiceId("fat-1"), InvoiceId("fat-2")
REF = ref_of(CREDITOR, FAT_1)
ACTING = Acting(
    ip="203.0.113.9",
    user_agent="Mozilla/5.0 (Android 15; Mobile)",
    headers={"accept-language": "pt-BR"},
    port="51234",
    request_id="req-1",
)
OFFERS = OfferRules(
    (
        OfferRule(
            "padrao",
            (
                Option(1, 1, Decimal(10), Decimal(100)),
                Option(2, 6, Decimal(0), Decimal(50), Decimal(20)),
            ),
        ),
    )
)


def at(days: int, hours: int = 0) -> datetime:
    """Return an instant so many days after the due date, from 9:00 in São Paulo."""
    return nine_o_clock(DUE + timedelta(days=days)) + timedelta(hours=hours)


NOW = at(4)


class Stores(NamedTuple):
    """What the page reads and writes; tests that look inside have the twins."""

    portfolio: MemoryPortfolio
    ledger: MemoryLedger
    tries: MemoryPageTries
    pix: MemoryPixRecords


def memory_stores() -> Stores:
    """Return empty twins."""
    portfolio = MemoryPortfolio(MemoryLedger(), shards=1)
    return Stores(portfolio, portfolio.ledger, MemoryPageTries(), MemoryPixRecords())


class Desk:
    """The page and everything behind it."""

    def __init__(
        self,
        *invoices: Invoice,
        creditor: Creditor | None = None,
        customer: Mapping[str, Any] | None = None,
        wrap: Callable[[Any, Sequence[str]], Any] = lambda target, _: target,
        stores: Stores | None = None,
    ) -> None:
        stores = stores or memory_stores()
        self.creditor = creditor or replace(any_creditor(), offers=OFFERS)
        self.customer = any_customer(phones=(PHONE,), **(customer or {}))
        self.portfolio, self.ledger = stores.portfolio, stores.ledger
        self.publisher = MemoryPublisher()
        self.directory = MemoryDirectory(self.creditor)
        self.keys, self.vault = MemoryKeys(), MemoryVault()
        nonces = count(1)
        self.facts = KeepFacts(
            self.ledger, self.keys, self.vault, lambda: next(nonces).to_bytes(32)
        )
        self.tries, self.pix = stores.tries, stores.pix
        portfolio = wrap(self.portfolio, ["commit"])
        publisher = wrap(self.publisher, ["publish"])
        self.page = CustomerPage(
            portfolio=portfolio,
            ledger=self.ledger,
            directory=self.directory,
            facts=wrap(self.facts, ["append"]),
            publisher=publisher,
            tries=self.tries,
            pix=self.pix,
            agreements=Agreements(portfolio, self.ledger, publisher),
            instructions=instructions,
            address_of=WrittenTo(self.ledger, self.keys, self.vault),
            nonce=lambda: "00" * 16,
        )
        for invoice in invoices or (any_invoice(),):
            self.issue(invoice)
        self.dispatch = self.send(at(3))

    @property
    def dispatch_id(self) -> DispatchId:
        """The message whose page it is."""
        return self.dispatch.dispatch_id

    @property
    def ingest(self) -> Ingest:
        """What the creditor's system tells."""
        return Ingest(self.portfolio, self.publisher)

    def issue(self, invoice: Invoice) -> None:
        """Take an invoice."""
        self.ingest.issue_invoice(self.creditor, invoice, self.customer, now=at(-20))

    def send(self, now: datetime) -> Dispatch:
        """Evaluate, and send what was planned, with its evidence."""
        evaluate = EvaluateRuler(
            self.portfolio, self.directory, self.publisher, MemoryShardQueue(), self.ledger
        )
        evaluate.shard(ShardDue(shard="00"), now=now, correlation_id="c", seconds_left=lambda: 60)
        records = self.ledger.of_account(CREDITOR, CUSTOMER)
        planned = [r for r in records if r.state is DispatchState.PLANNED]
        (dispatch,) = (record.dispatch for record in planned)
        composed = MessageEvent(
            dispatch.dispatch_id,
            EventKind.COMPOSED,
            now,
            "composed",
            {"channel": "email"},
            private={"recipient": EMAIL},
            raw=b"the message",
        )
        (kept,) = self.facts.secure([(ACCOUNT, composed)])
        self.ledger.claim(dispatch, [], now, kept.kept)
        self.ledger.mark_sent(dispatch, provider_message_id="ses-1", at=now, facts=[kept])
        return dispatch

    def forge(self, **changes: Any) -> None:  # noqa: ANN401 - any field
        """Make the message's dispatch another one, as it is on record."""
        record = self.ledger.records[self.dispatch_id]
        self.dispatch = replace(record.dispatch, **changes)
        self.ledger.records[self.dispatch_id] = replace(record, dispatch=self.dispatch)

    def view(self, now: datetime = NOW) -> PageView:
        """Return the page."""
        view = self.page.show(self.dispatch_id, now=now)
        assert view is not None
        return view

    def invoice(self, now: datetime = NOW, place: int = 0) -> InvoiceView:
        """Return one invoice of the page."""
        return self.view(now).invoices[place]

    def do(self, act: Act, now: datetime = NOW) -> Receipt:
        """Do something on the page."""
        return self.page.act(self.dispatch_id, act, ACTING, now=now)

    def account(self) -> Account:
        """Return the account."""
        return self.portfolio.load_account(CREDITOR, CUSTOMER)

    def acted(self) -> list[Note]:
        """Return the notes of what was done on the page."""
        notes = self.portfolio.notes(CREDITOR, CUSTOMER)
        return [n for n in notes if n.kind is NoteKind.CUSTOMER_ACTED]

    def chain(self, kind: EventKind) -> list[MessageEvent]:
        """Return facts of a kind in the message's chain."""
        found = self.ledger.find(self.dispatch_id)
        assert found is not None
        return [e for e in found[1] if e.kind is kind]

    def private(self, event: MessageEvent) -> tuple[Mapping[str, str], bytes | None]:
        """Return what the vault keeps of a fact: what is personal, and the exact bytes."""
        kept = event.kept
        assert kept is not None
        assert kept.ref is not None
        raw = kept.raw.sha256 if kept.raw else "-"
        key = self.keys.find([ACCOUNT])[ACCOUNT]
        data = self.vault.read(kept.ref, key, f"{self.dispatch_id}:{raw}:{kept.private or '-'}")
        contents = read_contents(data, kept)
        return contents.private, contents.raw


PDF = Proof(b"%PDF-1.7 comprovante", "application/pdf", "comprovante.pdf")
PAID = SayPaid(REF, date(2026, 11, 14), PaymentMethod.PIX)
PROMISED = Promise(REF, date(2026, 11, 20))
DISPUTED = Dispute(REF, DisputeReason.NOT_DELIVERED, "A entrega nunca chegou.")
PREFERRED = Prefer(Channel.EMAIL, 10, frozenset({Channel.SMS}))
AT_ONCE = Choice(1, Money(0), date(2026, 11, 18))


def settle(desk: Desk, choice: Choice = AT_ONCE, now: datetime = NOW) -> Settle:
    """Return the acceptance of a choice on the terms that are shown."""
    return Settle(choice, desk.page.simulate(desk.dispatch_id, choice, now=now).key)


def every_act(desk: Desk) -> Mapping[ActKind, Act]:
    """Return one act of every kind."""
    return {
        ActKind.CONFIRM_READING: ConfirmReading(),
        ActKind.SAY_PAID: replace(PAID, proof=PDF),
        ActKind.PROMISE: PROMISED,
        ActKind.DISPUTE: DISPUTED,
        ActKind.NOT_ME: NotMe(),
        ActKind.PREFER: PREFERRED,
        ActKind.SEND_AGAIN: SendAgain(REF),
        ActKind.SETTLE: settle(desk),
    }
