"""What creditors tell us, once, in any order, with nothing lost."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.memory import MemoryLedger, MemoryPortfolio, MemoryPublisher
from regua.application.ingest import Ingest, Ingested
from regua.application.ports import Change
from regua.application.retrying import TRIES, change_account, retried
from regua.domain.customer import Customer
from regua.domain.errors import Conflict, InvalidInput, VersionConflict
from regua.domain.ids import CustomerId, InvoiceId, PaymentId
from regua.domain.invoice import Invoice, InvoiceStatus, Payment
from regua.domain.money import Money
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    DUE,
    ISSUED_AT,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)

AURORA = any_creditor()
NOW = nine_o_clock(DUE + timedelta(days=60))
FAT_1 = InvoiceId("fat-1")
PAG_1 = PaymentId("pag-1")


def at(days: int) -> datetime:
    return nine_o_clock(DUE + timedelta(days=days))


@dataclass
class System:
    """The use cases on the twins."""

    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)

    def __post_init__(self) -> None:
        self.portfolio = MemoryPortfolio(MemoryLedger())
        self.ingest = Ingest(self.portfolio, self.publisher)

    def issue(self, invoice: Invoice, customer: Customer | None = None) -> Ingested:
        return self.ingest.issue_invoice(AURORA, invoice, customer or any_customer(), now=NOW)[0]

    def pay(self, payment: Payment, invoice_id: InvoiceId = FAT_1) -> Ingested:
        return self.ingest.receive_payment(AURORA, invoice_id, payment, now=NOW)

    def reverse(self, payment_id: PaymentId, when: datetime) -> Ingested:
        return self.ingest.reverse_payment(AURORA, payment_id, when, "estorno", now=NOW)

    def cancel(self, when: datetime, invoice_id: InvoiceId = FAT_1) -> Ingested:
        return self.ingest.cancel_invoice(AURORA, invoice_id, when, "erro", now=NOW)

    @property
    def invoice(self) -> Invoice:
        found = self.portfolio.find_invoice(CREDITOR, FAT_1)
        assert found is not None
        return found

    @property
    def told(self) -> list[str]:
        return [e.detail_type for e in self.publisher.events]


@pytest.fixture
def system() -> System:
    return System()


FAR = nine_o_clock(DUE + timedelta(days=13_000))


def _part_paid(system: System, when: datetime) -> None:
    part = any_payment(amount=Money(1), paid_at=when)
    system.ingest.receive_payment(AURORA, FAT_1, part, now=at(-9))


def _reversed(system: System, when: datetime) -> None:
    system.pay(any_payment())
    system.ingest.reverse_payment(AURORA, PAG_1, when, "estorno", now=at(-9))


@pytest.mark.parametrize(
    "command",
    [
        _part_paid,
        _reversed,
        lambda system, when: system.ingest.issue_invoice(
            AURORA, any_invoice(issued_at=when), any_customer(changed_at=when), now=at(-9)
        ),
        lambda system, when: system.ingest.issue_invoice(
            AURORA, any_invoice("fat-2", issued_at=when), any_customer(), now=at(-9)
        ),
        lambda system, when: system.ingest.change_customer(
            AURORA, any_customer(changed_at=when), now=at(-9)
        ),
    ],
)
@pytest.mark.parametrize("when", [FAR, at(-9), nine_o_clock(DUE - timedelta(days=9_000))])
def test_no_date_of_a_creditors_postpones_or_hurries_the_next_contact(
    system: System, command: Callable[[System, datetime], object], when: datetime
) -> None:
    system.issue(any_invoice())
    before = system.portfolio.load_account(CREDITOR, CUSTOMER).next_evaluation_at
    assert before == at(-1)
    command(system, when)
    assert system.portfolio.load_account(CREDITOR, CUSTOMER).next_evaluation_at == before


def test_a_new_invoice_is_scheduled_and_a_settled_one_is_not(system: System) -> None:
    assert system.issue(any_invoice()) is Ingested.CREATED
    account = system.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.next_evaluation_at == nine_o_clock(DUE - timedelta(days=1))
    system.pay(any_payment())
    assert system.portfolio.load_account(CREDITOR, CUSTOMER).next_evaluation_at is None


def test_paid_and_reopened_are_told_once_each_time_it_happens(system: System) -> None:
    system.issue(any_invoice())
    system.pay(any_payment(amount=Money(1)))
    assert system.told == []
    system.pay(any_payment("pag-2"))
    system.reverse(PaymentId("pag-2"), at(3))
    system.pay(any_payment("pag-3", paid_at=at(4)))
    assert system.told == ["InvoicePaid", "InvoiceReopened", "InvoicePaid"]
    assert [e.data["external_id"] for e in system.publisher.events] == ["fat-1"] * 3


def test_a_larger_amount_reopens_and_a_smaller_one_settles(system: System) -> None:
    system.issue(any_invoice())
    system.pay(any_payment())
    system.issue(any_invoice(issued_at=at(1), amount=Money(20000)))
    system.issue(any_invoice(issued_at=at(2), amount=Money(14990)))
    assert system.told == ["InvoicePaid", "InvoiceReopened", "InvoicePaid"]


def test_money_on_a_cancelled_invoice_is_kept_and_announced_as_nothing(system: System) -> None:
    system.issue(any_invoice())
    system.cancel(at(0))
    assert system.pay(any_payment()) is Ingested.CREATED
    assert system.told == []
    assert system.invoice.paid == Money(14990)


def test_an_invoice_cannot_change_hands(system: System) -> None:
    system.issue(any_invoice())
    other = CustomerId("cli-2")
    with pytest.raises(Conflict, match="another customer"):
        system.issue(any_invoice(customer_id=other), any_customer(external_id=other))
    system.pay(any_payment())
    with pytest.raises(Conflict):
        system.issue(any_invoice(customer_id=other), any_customer(external_id=other))


def test_a_payment_id_cannot_change_invoices(system: System) -> None:
    system.issue(any_invoice())
    system.issue(any_invoice("fat-2"))
    system.pay(any_payment())
    with pytest.raises(InvalidInput, match="fat-1"):
        system.pay(any_payment(), InvoiceId("fat-2"))


def test_two_early_payments_with_one_id_count_for_the_first_invoice_that_comes(
    system: System,
) -> None:
    system.pay(any_payment(), FAT_1)
    system.pay(any_payment(), InvoiceId("fat-2"))
    system.issue(any_invoice())
    system.issue(any_invoice("fat-2"))
    assert system.invoice.status is InvoiceStatus.SETTLED
    second = system.portfolio.find_invoice(CREDITOR, InvoiceId("fat-2"))
    assert second is not None
    assert second.payments == ()


def test_a_customer_is_created_updated_and_never_set_back(system: System) -> None:
    newer = any_customer(name="Maria Souza", changed_at=at(1))
    assert system.ingest.change_customer(AURORA, any_customer(), now=NOW) is Ingested.CREATED
    assert system.ingest.change_customer(AURORA, newer, now=NOW) is Ingested.UPDATED
    assert system.ingest.change_customer(AURORA, any_customer(), now=NOW) is Ingested.UPDATED
    assert system.portfolio.load_account(CREDITOR, CUSTOMER).customer == newer


# ── any order, any number of copies ─────────────────────────────────────────────────────────────

Fact = Callable[[System], object]


def issued(version: int) -> Fact:
    invoice = any_invoice(
        issued_at=ISSUED_AT + timedelta(days=version),
        amount=Money(14990 + version),
        number=f"v{version}",
    )
    customer = any_customer(name=f"Maria {version}", changed_at=invoice.issued_at)
    return lambda system: system.issue(invoice, customer)


facts = st.fixed_dictionaries(
    {
        "versions": st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True),
        "payments": st.lists(
            st.tuples(
                st.sampled_from(["p1", "p2", "p3"]),
                st.sampled_from([1, 7000, 14990, 20000]),
                st.integers(0, 9),
            ),
            max_size=3,
            unique_by=lambda p: p[0],
        ),
        "reversed": st.lists(st.sampled_from(["p1", "p2", "p9"]), max_size=2, unique=True),
        "cancelled": st.booleans(),
    }
)


def _as_calls(known: dict[str, Any]) -> list[Fact]:
    calls = [issued(v) for v in known["versions"]]
    for name, centavos, day in known["payments"]:
        payment = any_payment(name, amount=Money(centavos), paid_at=at(day))
        calls.append(partial(System.pay, payment=payment))
    calls += [
        partial(System.reverse, payment_id=PaymentId(name), when=at(20))
        for name in known["reversed"]
    ]
    if known["cancelled"]:
        calls.append(lambda system: system.cancel(at(8)))
    return calls


def _state(system: System) -> tuple[object, ...]:
    invoice = system.invoice
    account = system.portfolio.load_account(CREDITOR, CUSTOMER)
    known = sorted(invoice.payments, key=lambda p: p.payment_id)
    is_open = FAT_1 in account.invoices
    customer = account.customer and account.customer.name
    return (invoice.number, invoice.amount, invoice.status, known, is_open, customer)


@given(facts, st.randoms(use_true_random=False))
def test_the_same_facts_in_any_order_with_copies_end_in_the_same_state(
    known: dict[str, Any],
    random: Any,  # noqa: ANN401 - hypothesis' Random
) -> None:
    calls = _as_calls(known)
    shuffled = calls + calls[::2]
    random.shuffle(shuffled)
    states = []
    for order in (calls, shuffled):
        system = System()
        for call in order:
            call(system)
        states.append(_state(system))
        if system.invoice.status is InvoiceStatus.SETTLED:
            assert "InvoicePaid" in system.told, "whoever listens knows that it is paid"
    assert states[0] == states[1]


# ── races ───────────────────────────────────────────────────────────────────────────────────────


class Overtaken(MemoryPortfolio):
    """A portfolio in which somebody else is faster, once, just before a write."""

    def __init__(self) -> None:
        super().__init__(MemoryLedger())
        self.before_commit: Callable[[], object] | None = None

    def _overtake(self) -> None:
        action, self.before_commit = self.before_commit, None
        if action is not None:
            action()

    def commit(self, change: Change) -> None:
        self._overtake()
        super().commit(change)

    def keep_orphan_payment(self, *facts_: Any) -> None:  # noqa: ANN401 - the port's own
        self._overtake()
        super().keep_orphan_payment(*facts_)

    def keep_orphan_reversal(self, *facts_: Any) -> None:  # noqa: ANN401 - the port's own
        self._overtake()
        super().keep_orphan_reversal(*facts_)


@pytest.fixture
def raced() -> System:
    system = System()
    system.portfolio = Overtaken()
    system.ingest = Ingest(system.portfolio, system.publisher)
    return system


def overtake(system: System, action: Callable[[], object]) -> None:
    assert isinstance(system.portfolio, Overtaken)
    system.portfolio.before_commit = action


def test_a_payment_that_arrives_while_its_invoice_is_written_is_not_lost(raced: System) -> None:
    overtake(raced, lambda: raced.pay(any_payment()))
    raced.issue(any_invoice())
    assert raced.invoice.status is InvoiceStatus.SETTLED
    assert raced.told == ["InvoicePaid"]


def test_an_invoice_that_arrives_while_its_payment_is_kept_gets_the_payment(raced: System) -> None:
    overtake(raced, lambda: raced.issue(any_invoice()))
    assert raced.pay(any_payment()) is Ingested.CREATED
    assert raced.invoice.status is InvoiceStatus.SETTLED
    assert raced.told == ["InvoicePaid"]


def test_a_reversal_that_arrives_while_its_payment_is_written_counts(raced: System) -> None:
    raced.issue(any_invoice())
    overtake(raced, lambda: raced.reverse(PAG_1, at(3)))
    raced.pay(any_payment())
    assert raced.invoice.status is InvoiceStatus.OPEN
    (payment,) = raced.invoice.payments
    assert payment.reversed_at == at(3)


def test_a_payment_that_arrives_while_its_reversal_is_kept_is_reversed(raced: System) -> None:
    raced.issue(any_invoice())
    overtake(raced, lambda: raced.pay(any_payment()))
    assert raced.reverse(PAG_1, at(3)) is Ingested.UPDATED
    assert raced.invoice.status is InvoiceStatus.OPEN


def test_two_writers_of_one_account_both_get_their_say(raced: System) -> None:
    raced.issue(any_invoice())
    overtake(raced, lambda: raced.pay(any_payment(amount=Money(1))))
    raced.pay(any_payment("pag-2", amount=Money(2)))
    assert raced.invoice.paid == Money(3)


def test_a_race_lost_too_often_goes_back_to_the_queue() -> None:
    tries = []

    def once() -> None:
        tries.append(1)
        raise VersionConflict

    with pytest.raises(VersionConflict):
        retried(once)
    assert len(tries) == TRIES


def test_a_change_that_changes_nothing_writes_nothing(system: System) -> None:
    system.issue(any_invoice())
    before = system.portfolio.load_account(CREDITOR, CUSTOMER)
    change_account(system.portfolio, CREDITOR, CUSTOMER, lambda account: account)
    assert system.portfolio.load_account(CREDITOR, CUSTOMER) == before
    change_account(
        system.portfolio, CREDITOR, CUSTOMER, lambda account: replace(account, schedule_seq=9)
    )
    assert system.portfolio.load_account(CREDITOR, CUSTOMER).version == before.version + 1
