"""From what was paid to one receipt: planned once, looked at again, sent, counted in no cap."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from regua.adapters.email_composer import EmailComposer
from regua.adapters.email_renderer import JinjaEmailRenderer
from regua.adapters.memory import (
    FixedLinks,
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryPublisher,
    MemorySender,
    MemoryShardQueue,
)
from regua.adapters.memory_evidence import memory_facts
from regua.application.evaluate_ruler import EvaluateRuler
from regua.application.explain import explain_invoice
from regua.application.ingest import Ingest
from regua.application.message_content import MessageContent, RenderedEmail
from regua.application.messages import ContactDue, PaymentSettled, ShardDue
from regua.application.ports import AccountKey, Change, OutgoingEvent
from regua.application.send_contact import Outcome, SendContact
from regua.application.thank_payer import ThankBatch, Thanked, ThankPayer, Trip
from regua.application.views import message_view
from regua.domain.account import Account
from regua.domain.contact_policy import Contact
from regua.domain.delivery import EventKind
from regua.domain.dispatch import DispatchRecord, DispatchState, Purpose
from regua.domain.errors import PublishFailed, VersionConflict
from regua.domain.ids import CreditorId, DispatchId, InvoiceId, PaymentId
from regua.domain.invoice import Invoice, InvoiceStatus, Payment
from regua.domain.money import Money
from regua.domain.payment_receipts import THANKED_WITHIN
from regua.domain.reasons import Reason
from regua.domain.ruler import DEFAULT_RULER, Channel
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    DUE,
    any_account,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)

NOW = nine_o_clock(DUE + timedelta(days=2))
DAY = timedelta(days=1)
EVENING = NOW + timedelta(hours=12)
MORNING = NOW + timedelta(hours=23)
"""Eight o'clock of the next day, when e-mail may go out again."""
KEY = AccountKey(CREDITOR, CUSTOMER)
BOTH = ("fat-1", "fat-2")


class Renderer(JinjaEmailRenderer):
    """Keeps what it was asked to say."""

    def __init__(self) -> None:
        self.contents: list[MessageContent] = []

    def render(
        self, content: MessageContent, texts: Mapping[str, str] | None = None
    ) -> RenderedEmail:
        self.contents.append(content)
        return super().render(content, texts)


class System:
    """A customer with two invoices, and a creditor that thanks."""

    def __init__(self, **receipt: Any) -> None:  # noqa: ANN401 - any field
        self.ledger = MemoryLedger()
        self.facts = memory_facts(self.ledger)
        self.portfolio = MemoryPortfolio(self.ledger, shards=1)
        self.publisher = MemoryPublisher()
        self.provider = MemorySender()
        self.renderer = Renderer()
        self.creditor = any_creditor(
            ruler={**DEFAULT_RULER, "receipt": {"only_if_contacted": False, **receipt}}
        )
        known = (any_invoice(), any_invoice("fat-2", amount=Money(1000)))
        account = any_account(*known, version=0)
        self.portfolio.commit(Change(account, known, {i.external_id: 0 for i in known}))
        self.publisher.events.clear()

    @property
    def account(self) -> Account:
        return self.portfolio.load_account(CREDITOR, CUSTOMER)

    def invoice(self, name: str = "fat-1") -> Invoice:
        found = self.portfolio.find_invoice(CREDITOR, InvoiceId(name))
        assert found is not None
        return found

    def change(self, **changes: Any) -> None:  # noqa: ANN401 - any field
        self.portfolio.commit(Change(replace(self.account, **changes)))

    @property
    def ingest(self) -> Ingest:
        return Ingest(self.portfolio, MemoryPublisher())

    def pay(self, *names: str, at: datetime = NOW, payment: str = "pag") -> None:
        for name in names or ("fat-1",):
            amount = self.invoice(name).amount
            money = any_payment(f"{payment}-{name}", amount=amount, paid_at=at)
            self.ingest.receive_payment(self.creditor, InvoiceId(name), money, now=at)

    def reverse(self, name: str = "fat-1", payment: str = "pag") -> None:
        money = PaymentId(f"{payment}-{name}")
        self.ingest.reverse_payment(self.creditor, money, NOW, "estorno", now=NOW)

    @property
    def use_case(self) -> ThankPayer:
        directory = MemoryDirectory(self.creditor)
        return ThankPayer(self.portfolio, directory, self.ledger, self.publisher)

    def thank(self, *names: str, now: datetime = NOW) -> list[Thanked]:
        invoices = [InvoiceId(n) for n in names or ("fat-1",)]
        return list(self.use_case(KEY, invoices, Trip(now, "c")))

    @property
    def records(self) -> list[DispatchRecord]:
        return list(self.ledger.of_account(CREDITOR, CUSTOMER))

    @property
    def dues(self) -> list[ContactDue]:
        return [ContactDue.model_validate(e.data) for e in self.publisher.of("ContactDue")]

    @property
    def told(self) -> list[str]:
        return [e.detail_type for e in self.publisher.events]

    def send(self, now: datetime = NOW, which: int = -1) -> Outcome:
        use_case = SendContact(
            portfolio=self.portfolio,
            directory=MemoryDirectory(self.creditor),
            ledger=self.ledger,
            publisher=self.publisher,
            compose=EmailComposer(self.renderer),
            sender=self.provider,
            keeper=self.facts,
            links=FixedLinks(),
            doubt=timedelta(minutes=15),
        )
        return use_case(self.dues[which], now=now, clock_now=now)

    def evaluate(self, now: datetime) -> list[OutgoingEvent]:
        directory = MemoryDirectory(self.creditor)
        evaluate = EvaluateRuler(
            self.portfolio, directory, self.publisher, MemoryShardQueue(), self.ledger
        )
        evaluate.shard(
            ShardDue(shard="00"), now=now, correlation_id="c", seconds_left=lambda: 100.0
        )
        return self.publisher.of("PaymentReceiptDue")


@pytest.fixture
def system() -> System:
    return System()


# ── planned ─────────────────────────────────────────────────────────────────────────────────────


def test_one_receipt_is_planned_published_and_sent(system: System) -> None:
    system.pay()
    assert system.thank() == [Thanked.PLANNED]
    (due,) = system.dues
    assert due.purpose is Purpose.RECEIPT
    assert system.send() is Outcome.SENT
    (email,) = system.provider.sent
    assert email.recipient == "maria@cliente.example.com.br"
    (record,) = system.records
    assert (record.state, record.dispatch.purpose) == (DispatchState.SENT, Purpose.RECEIPT)
    (content,) = system.renderer.contents
    (line,) = content.receipts
    assert (line.number, line.paid_centavos, line.paid_on) == ("FAT-1", 14990, DUE + 2 * DAY)
    assert [p.method for p in line.payments] == ["pix"]
    assert content.lines == ()


def test_the_same_payment_told_twice_is_thanked_for_once(system: System) -> None:
    system.pay()
    system.thank()
    assert system.thank() == [Thanked.AGAIN]  # nobody had taken it up: it may have been lost
    assert len(system.dues) == 2
    assert len({d.dispatch_id for d in system.dues}) == 1
    assert [system.send(which=n) for n in (0, 1)] == [Outcome.SENT, Outcome.DUPLICATE]
    assert system.thank() == [Thanked.NOTHING]
    assert len(system.provider.sent) == 1


def test_paid_reversed_and_paid_again_is_thanked_for_once_more(system: System) -> None:
    system.pay()
    system.thank()
    system.send()
    system.reverse()
    assert system.thank() == [Thanked.NOTHING]
    system.pay(at=NOW + timedelta(hours=1), payment="outro")
    assert system.thank() == [Thanked.PLANNED]
    assert system.send() is Outcome.SENT
    assert len({r.dispatch.dispatch_id for r in system.records}) == 2


def test_what_was_paid_together_is_one_receipt(system: System) -> None:
    system.pay(*BOTH)
    assert system.thank(*BOTH) == [Thanked.PLANNED]
    system.send()
    (content,) = system.renderer.contents
    assert [line.number for line in content.receipts] == ["FAT-1", "FAT-2"]
    assert content.received_centavos == 14990 + 1000


def test_a_receipt_that_was_planned_alone_stays_alone(system: System) -> None:
    system.pay(*BOTH)
    system.thank("fat-1")
    assert system.thank(*BOTH) == [Thanked.AGAIN, Thanked.PLANNED]
    listed = [[i.external_id for i in d.invoices] for d in system.dues]
    assert listed == [["fat-1"], ["fat-1"], ["fat-2"]]


def test_more_invoices_than_one_receipt_lists_are_more_receipts(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regua.domain.payment_receipts.MAX_INVOICES", 1)
    system.pay(*BOTH)
    assert system.thank(*BOTH) == [Thanked.PLANNED, Thanked.PLANNED]
    assert [d.invoices[0].external_id for d in system.dues] == ["fat-1", "fat-2"]


@pytest.mark.parametrize(
    ("happens", "names", "why"),
    [
        (lambda _: None, ("fat-1",), "it was not paid"),
        (lambda s: s.pay(at=NOW - THANKED_WITHIN - timedelta(minutes=1)), ("fat-1",), "long ago"),
        (lambda s: (s.pay(), s.reverse()), ("fat-1",), "the money was taken back"),
        (lambda s: s.pay(), ("fat-9",), "nobody knows the invoice"),
    ],
)
def test_who_has_nothing_to_be_thanked_for_is_not(
    system: System, happens: Callable[[System], object], names: tuple[str, ...], why: str
) -> None:
    happens(system)
    assert system.thank(*names) == [Thanked.NOTHING], why
    assert system.records == []
    assert system.told == []


@pytest.mark.parametrize("order", ["money first", "invoice first"])
def test_history_that_is_imported_thanks_nobody_however_it_comes(
    system: System, order: str
) -> None:
    old = any_invoice("antiga")
    long_ago = NOW - timedelta(days=800)
    money = any_payment("pag-antiga", amount=old.amount, paid_at=long_ago)
    tells: list[Callable[[], object]] = [
        lambda: system.ingest.receive_payment(system.creditor, old.external_id, money, now=NOW),
        lambda: system.ingest.issue_invoice(
            system.creditor, replace(old, issued_at=NOW), any_customer(), now=NOW
        ),
    ]
    for tell in tells if order == "money first" else reversed(tells):
        tell()
    assert system.invoice("antiga").status is InvoiceStatus.SETTLED
    assert system.thank("antiga") == [Thanked.NOTHING]
    described = replace(old, issued_at=NOW + timedelta(minutes=1), description="Mensalidade")
    system.ingest.issue_invoice(system.creditor, described, any_customer(), now=NOW)
    assert system.thank("antiga") == [Thanked.NOTHING]
    assert not system.records


def test_a_creditor_that_thanks_nobody_costs_no_reading(system: System) -> None:
    system.creditor = any_creditor()
    system.pay()
    silent = ThankPayer(None, MemoryDirectory(system.creditor), None, None)  # type: ignore[arg-type]  # never asked
    assert silent(KEY, [InvoiceId("fat-1")], Trip(NOW, "c")) == [Thanked.NOTHING]


def test_another_customers_invoice_is_never_put_on_a_receipt(system: System) -> None:
    system.pay()
    key = AccountKey(CREDITOR, any_customer(external_id="cli-2").external_id)
    assert list(system.use_case(key, [InvoiceId("fat-1")], Trip(NOW, "c"))) == [Thanked.NOTHING]


def test_only_who_was_written_to_about_the_invoice_is_thanked_where_that_is_wished() -> None:
    system = System(only_if_contacted=True)
    system.change(next_evaluation_at=NOW)
    system.evaluate(NOW + DAY)
    (about,) = system.dues
    assert {i.external_id for i in about.invoices} == set(BOTH)
    system.pay(*BOTH)
    assert system.thank(*BOTH) == [Thanked.NOTHING]
    sent = replace(system.records[0], state=DispatchState.SENT)
    spoken_of = replace(sent.dispatch, invoices=sent.dispatch.invoices[:1])
    system.ledger.records[spoken_of.dispatch_id] = replace(sent, dispatch=spoken_of)
    assert system.thank(*BOTH) == [Thanked.PLANNED]
    assert [i.external_id for i in system.dues[-1].invoices] == ["fat-1"]


def test_a_receipt_says_nothing_about_having_been_written_to_before() -> None:
    system = System(only_if_contacted=True)
    system.pay()
    system.creditor = System().creditor
    system.thank()
    system.send()
    system.creditor = System(only_if_contacted=True).creditor
    system.reverse()
    system.pay(at=NOW + timedelta(hours=1), payment="outro")
    assert system.thank() == [Thanked.NOTHING]


# ── crashes and races ───────────────────────────────────────────────────────────────────────────


def test_a_plan_that_was_written_and_not_published_is_published_when_it_comes_back(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_: object) -> None:
        raise PublishFailed

    system.pay(*BOTH)
    with monkeypatch.context() as patch:
        patch.setattr(system.publisher, "publish", refuses)
        with pytest.raises(PublishFailed):
            system.thank(*BOTH)
    assert system.thank(*BOTH) == [Thanked.AGAIN]
    assert len(system.dues) == 1


def test_an_ending_that_was_not_told_is_told_when_it_comes_back(system: System) -> None:
    system.pay()
    system.change(opt_outs={Channel.EMAIL: NOW})
    assert system.thank() == [Thanked.SUPPRESSED]
    system.publisher.events.clear()
    assert system.thank() == [Thanked.AGAIN]
    (told,) = system.publisher.of("ContactSuppressed")
    assert (told.data["reason"], told.data["purpose"]) == (Reason.OPTED_OUT, "receipt")


def test_a_lost_race_is_run_again_and_plans_once(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, lost = system.portfolio.commit, [1, 1]

    def contended(change: Change) -> None:
        if lost:
            lost.pop()
            raise VersionConflict
        commit(change)

    system.pay()
    monkeypatch.setattr(system.portfolio, "commit", contended)
    assert system.thank() == [Thanked.PLANNED]
    assert len(system.records) == 1


# ── what a receipt leaves alone ─────────────────────────────────────────────────────────────────


def test_no_cap_counts_a_receipt_and_none_holds_it_back(system: System) -> None:
    contacts = tuple(
        Contact(NOW - timedelta(hours=n), Channel.EMAIL, DispatchId(f"{n:032x}")) for n in range(5)
    )
    system.change(contacts=contacts)
    system.pay()
    assert system.thank() == [Thanked.PLANNED]
    assert system.send() is Outcome.SENT
    assert system.account.contacts == contacts


def test_neither_the_place_on_the_ruler_nor_the_schedule_moves(system: System) -> None:
    system.pay()
    before, account = system.invoice(), system.account
    system.thank()
    system.send()
    after = system.account
    assert system.invoice().place == before.place
    assert after.schedule_seq == account.schedule_seq
    assert after.next_evaluation_at == account.next_evaluation_at
    assert after.attempts == account.attempts
    assert after.invoices == account.invoices


def test_a_newer_description_of_the_invoice_keeps_its_thanks(system: System) -> None:
    system.pay()
    system.thank()
    system.send()
    newer = replace(any_invoice(description="Novembro"), issued_at=NOW)
    system.ingest.issue_invoice(system.creditor, newer, any_customer(), now=NOW)
    assert system.invoice().description == "Novembro"
    assert system.thank() == [Thanked.NOTHING]


def test_the_bytes_are_kept_and_chained_as_any_messages_are(system: System) -> None:
    system.pay()
    system.thank()
    system.send()
    (record,) = system.records
    chain = system.ledger.chain(record.dispatch.dispatch_id)
    assert [link.entry.kind for link in chain] == [EventKind.COMPOSED, EventKind.ACCEPTED]
    facts = chain[0].entry.facts
    assert (facts["template"], facts["purpose"]) == ("recibo", "receipt")
    assert "step" not in facts
    assert record.content_sha256 is not None


def test_no_link_of_a_receipt_leads_to_paying(system: System) -> None:
    system.pay()
    system.thank()
    system.send()
    (record,) = system.records
    assert system.ledger.links[record.dispatch.dispatch_id] == ()


def test_whoever_looks_it_up_sees_what_it_was_for(system: System) -> None:
    system.pay()
    system.thank()
    system.send()
    (record,) = system.records
    view = message_view(record, (), NOW)
    assert (view["purpose"], view["state"]) == ("receipt", "sent")
    assert view["timeline"][0]["purpose"] == "receipt"
    (told,) = system.publisher.of("MessageSent")
    assert told.data["purpose"] == "receipt"


def test_no_explanation_of_an_invoice_takes_its_receipt_for_a_step() -> None:
    system = System()
    system.pay()
    system.thank()
    system.send()
    system.reverse()
    invoice = system.account.invoices[InvoiceId("fat-1")]
    told, silent = (
        explain_invoice(
            invoice,
            system.account,
            system.creditor.rulers,
            records=records,
            facts={},
            notes=(),
            at=NOW,
            now=NOW,
        )
        for records in (system.records, [])
    )
    assert told == silent


# ── what changed between plan and send ──────────────────────────────────────────────────────────


def test_what_was_reversed_meanwhile_is_not_thanked_for(system: System) -> None:
    system.pay()
    system.thank()
    system.reverse()
    assert system.send() is Outcome.SUPPRESSED
    (record,) = system.records
    assert (record.reason, record.rule) == (Reason.CONDITION_NOT_MET, "receipt.still_settled")
    assert system.provider.sent == []
    assert system.account.invoices[InvoiceId("fat-1")].is_open


def test_of_two_only_what_is_still_paid_is_listed(system: System) -> None:
    system.pay(*BOTH)
    system.thank(*BOTH)
    system.reverse("fat-2")
    assert system.send() is Outcome.SENT
    (content,) = system.renderer.contents
    assert [line.number for line in content.receipts] == ["FAT-1"]


def test_paid_anew_meanwhile_leaves_the_thanks_to_the_newer_receipt(system: System) -> None:
    system.pay()
    system.thank()
    system.reverse()
    system.pay(at=NOW + timedelta(minutes=1), payment="outro")
    assert system.send() is Outcome.SUPPRESSED
    assert system.records[0].reason is Reason.SUPERSEDED
    assert system.thank() == [Thanked.PLANNED]
    assert system.send() is Outcome.SENT


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"opt_outs": {Channel.EMAIL: NOW}}, Reason.OPTED_OUT),
        ({"customer": any_customer(emails=())}, Reason.NO_ADDRESS),
        (
            {"suppressed_addresses": frozenset({"maria@cliente.example.com.br"})},
            Reason.ADDRESS_SUPPRESSED,
        ),
    ],
)
def test_who_may_not_be_reached_any_more_is_not_thanked(
    system: System, changes: dict[str, Any], reason: Reason
) -> None:
    system.pay()
    system.thank()
    system.change(**changes)
    assert system.send() is Outcome.SUPPRESSED
    assert system.records[0].reason is reason


def test_a_creditor_paused_meanwhile_thanks_nobody(system: System) -> None:
    system.pay()
    system.thank()
    ruler = {**DEFAULT_RULER, "receipt": {"only_if_contacted": False}}
    system.creditor = any_creditor(paused=True, ruler=ruler)
    assert system.send() is Outcome.SUPPRESSED
    assert system.records[0].reason is Reason.CREDITOR_PAUSED


# ── put off ─────────────────────────────────────────────────────────────────────────────────────


def put_off_by_the_plan(system: System) -> None:
    assert system.thank(now=EVENING) == [Thanked.DEFERRED]


def put_off_by_the_sender(system: System) -> None:
    assert system.thank() == [Thanked.PLANNED]
    assert system.send(EVENING) is Outcome.DEFERRED


@pytest.mark.parametrize("put_off", [put_off_by_the_plan, put_off_by_the_sender])
def test_outside_the_hours_it_waits_and_goes_out_in_the_morning(
    system: System, put_off: Callable[[System], None]
) -> None:
    system.pay()
    system.pay("fat-2")
    put_off(system)
    (first,) = system.records
    assert (first.state, first.reason) == (DispatchState.DEFERRED, Reason.OUTSIDE_WINDOW)
    assert system.account.next_evaluation_at == first.until == MORNING
    assert "ContactDeferred" in system.told
    assert system.evaluate(MORNING - timedelta(minutes=1)) == []
    (woken,) = system.evaluate(MORNING)
    assert woken.data == {"customer_id": CUSTOMER, "external_ids": ["fat-1"]}
    assert system.thank(now=MORNING) == [Thanked.PLANNED]
    assert system.send(MORNING) is Outcome.SENT
    assert [r.state for r in system.records] == [DispatchState.DEFERRED, DispatchState.SENT]
    assert system.account.receipts_due == {}


def test_told_again_while_it_waits_it_goes_on_waiting(system: System) -> None:
    system.pay()
    put_off_by_the_plan(system)
    assert system.thank(now=EVENING) == [Thanked.AGAIN]
    assert [r.state for r in system.records] == [DispatchState.DEFERRED]
    assert system.account.receipts_due == {InvoiceId("fat-1"): MORNING}


def test_what_waited_until_it_was_too_late_is_dropped_by_name(system: System) -> None:
    system.pay()
    put_off_by_the_plan(system)
    late = NOW + THANKED_WITHIN + timedelta(minutes=1)
    assert system.thank(now=late) == [Thanked.SUPPRESSED]
    last = system.records[-1]
    assert (last.state, last.reason, last.rule) == (
        DispatchState.SUPPRESSED,
        Reason.CONDITION_NOT_MET,
        "receipt.timely",
    )


def test_what_was_reversed_while_it_waited_is_forgotten(system: System) -> None:
    system.pay()
    put_off_by_the_plan(system)
    system.reverse()
    system.evaluate(MORNING)
    assert system.thank(now=MORNING) == [Thanked.NOTHING]
    assert system.account.receipts_due == {}


def test_a_payment_of_another_invoice_does_not_forget_what_waits(system: System) -> None:
    system.pay()
    put_off_by_the_plan(system)
    system.pay("fat-2", at=EVENING)
    assert system.account.receipts_due == {InvoiceId("fat-1"): MORNING}
    assert system.account.next_evaluation_at == MORNING


# ── batches ─────────────────────────────────────────────────────────────────────────────────────


def settled(name: str, at: datetime = NOW, customer: str = CUSTOMER) -> PaymentSettled:
    return PaymentSettled(creditor_id=CREDITOR, customer_id=customer, invoices=(name,), at=at)


def test_what_comes_in_one_batch_about_one_account_is_one_receipt(system: System) -> None:
    system.pay(*BOTH)
    seen: list[datetime] = []

    def trip(at: datetime) -> Trip:
        seen.append(at)
        return Trip(NOW, "c")

    batch = ThankBatch(system.use_case, trip)
    records = [settled("fat-1"), settled("fat-2", NOW + DAY), settled("fat-7", customer="cli-7")]
    batch.gather(records)
    outcomes = [list(batch.handle(r)) for r in records]
    assert outcomes == [[Thanked.PLANNED], [], [Thanked.NOTHING]]
    assert [[i.external_id for i in d.invoices] for d in system.dues] == [list(BOTH)]
    assert seen == [NOW + DAY, NOW], "the latest fact decides"


def test_what_fails_for_an_account_gives_back_each_of_its_records_and_no_other(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.pay()
    batch = ThankBatch(system.use_case, lambda _: Trip(NOW, "c"))
    records = [settled("fat-1"), settled("fat-2"), settled("fat-7", customer="cli-7")]
    batch.gather(records)

    def refuses(_: object) -> None:
        raise PublishFailed

    monkeypatch.setattr(system.publisher, "publish", refuses)
    for record in records[:2]:
        with pytest.raises(PublishFailed):
            batch.handle(record)
    assert list(batch.handle(records[2])) == [Thanked.NOTHING]


def test_whoever_pays_in_parts_sees_each_part(system: System) -> None:
    def part(name: str, centavos: int, at: datetime) -> Payment:
        return any_payment(name, amount=Money(centavos), paid_at=at)

    for money in (part("a", 10000, NOW - DAY), part("b", 4990, NOW)):
        system.ingest.receive_payment(system.creditor, InvoiceId("fat-1"), money, now=NOW)
    system.thank()
    system.send()
    (line,) = system.renderer.contents[0].receipts
    assert [(p.centavos, p.on) for p in line.payments] == [
        (10000, DUE + DAY),
        (4990, DUE + 2 * DAY),
    ]
    assert not line.is_clear, "fine and interest of two days were not paid"


def test_paid_with_its_charges_nothing_is_left(system: System) -> None:
    owed = any_payment("tudo", amount=Money(14990 + 300 + 10), paid_at=NOW)
    system.ingest.receive_payment(system.creditor, InvoiceId("fat-1"), owed, now=NOW)
    system.thank()
    system.send()
    assert system.renderer.contents[0].receipts[0].is_clear


def test_a_creditor_nobody_knows_is_no_reason_to_thank(system: System) -> None:
    key = AccountKey(CreditorId("ninguem"), CUSTOMER)
    with pytest.raises(Exception, match="ninguem"):
        system.use_case(key, [InvoiceId("fat-1")], Trip(NOW, "c"))
