"""Publish first, then advance: what a lost race or a crash between the two leaves behind."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from regua.adapters.memory import (
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryPublisher,
    MemoryShardQueue,
)
from regua.application import evaluate_ruler
from regua.application.evaluate_ruler import Evaluated, EvaluateRuler
from regua.application.messages import ShardDue
from regua.application.ports import Change, DuePage
from regua.domain.account import Account
from regua.domain.contact_policy import Contact
from regua.domain.errors import VersionConflict
from regua.domain.ids import CustomerId, DispatchId, InvoiceId
from regua.domain.invoice import Place
from regua.domain.ruler import Channel
from regua.domain.schedule import scheduled
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

if TYPE_CHECKING:
    from collections.abc import Callable

AURORA = any_creditor()
NOW = nine_o_clock(DUE + timedelta(days=3))


class Portfolio(MemoryPortfolio):
    """A portfolio in which something may happen just before a write."""

    def __init__(self) -> None:
        super().__init__(MemoryLedger(), shards=1)
        self.before_commit: list[Callable[[], None]] = []

    def commit(self, change: Change) -> None:
        if self.before_commit:
            self.before_commit.pop(0)()
        super().commit(change)


class System:
    """The use case on the twins."""

    def __init__(self) -> None:
        self.portfolio = Portfolio()
        self.publisher = MemoryPublisher()
        self.queue = MemoryShardQueue()
        self.evaluate = EvaluateRuler(
            self.portfolio,
            MemoryDirectory(AURORA),
            self.publisher,
            self.queue,
            self.portfolio.ledger,
        )

    def store(self, account: Account) -> None:
        account = scheduled(replace(account, version=0), AURORA.rulers, NOW - timedelta(days=60))
        invoices = tuple(account.invoices.values())
        MemoryPortfolio.commit(
            self.portfolio, Change(account, invoices, {i.external_id: 0 for i in invoices})
        )

    def run(self, cursor: str | None = None, seconds: float = 60) -> Evaluated:
        message = ShardDue(shard="00", cursor=cursor)
        return self.evaluate.shard(
            message, now=NOW, correlation_id="c", seconds_left=lambda: seconds
        )

    @property
    def dispatches(self) -> list[str]:
        return [e.data["dispatch_id"] for e in self.publisher.of("ContactDue")]

    @property
    def account(self) -> Account:
        return self.portfolio.load_account(CREDITOR, CUSTOMER)


@pytest.fixture
def system() -> System:
    return System()


def test_everything_that_was_decided_is_counted(system: System) -> None:
    today = (Contact(NOW, Channel.EMAIL, DispatchId("0" * 32)),)
    stories: dict[str, dict[str, Any]] = {
        "contato": {},
        "sem-email": {"customer": any_customer(emails=())},
        "adiado": {"contacts": today},
        "so-vencida": {},
    }
    for name, changes in stories.items():
        place = Place("vencida-3") if name == "so-vencida" else Place()
        customer_id = CustomerId(name)
        invoice = any_invoice(f"fat-{name}", customer_id=customer_id, place=place)
        system.store(any_account(invoice, customer_id=customer_id, **changes))
    done = system.run()
    assert (done.accounts, done.contacts, done.deferred, done.suppressed) == (4, 1, 1, 1)
    assert (done.overdue, done.drained, done.broken) == (4, True, [])
    told = [e.detail_type for e in system.publisher.events]
    assert sorted(told) == sorted(
        ["InvoiceOverdue"] * 4 + ["ContactDue", "ContactDeferred", "ContactSuppressed"]
    )


def test_a_crash_between_publish_and_advance_publishes_the_same_dispatch_again(
    system: System,
) -> None:
    system.store(any_account(any_invoice()))

    def crash() -> None:
        raise RuntimeError

    system.portfolio.before_commit.append(crash)
    with pytest.raises(RuntimeError):
        system.run()
    assert system.run().contacts == 1
    first, second = system.dispatches
    assert first == second, "the sender recognises the second copy"


def test_a_payment_that_wins_the_race_leaves_nothing_planned(system: System) -> None:
    """What was published already is the sender's to drop (D5)."""
    system.store(any_account(any_invoice()))

    def pay() -> None:
        paid = any_invoice().with_payment(any_payment())
        account = scheduled(system.account.with_invoice(paid), AURORA.rulers, NOW)
        MemoryPortfolio.commit(system.portfolio, Change(account, (paid,)))

    system.portfolio.before_commit.append(pay)
    done = system.run()
    assert (done.contacts, done.accounts) == (0, 0)
    assert len(system.dispatches) == 1
    assert system.portfolio.ledger.records == {}


def test_a_change_that_wins_the_race_is_decided_again_under_the_same_name(system: System) -> None:
    system.store(any_account(any_invoice()))

    def rename() -> None:
        account = replace(system.account, customer=any_customer(name="Maria Souza"))
        MemoryPortfolio.commit(system.portfolio, Change(account))

    system.portfolio.before_commit.append(rename)
    done = system.run()
    assert done.contacts == 1
    assert len(set(system.dispatches)) == 1
    (record,) = system.portfolio.ledger.records.values()
    assert record.dispatch.dispatch_id == system.dispatches[0]


def test_an_account_that_never_holds_still_is_left_for_the_next_tick(system: System) -> None:
    system.store(any_account(any_invoice()))

    def conflict() -> None:
        raise VersionConflict

    system.portfolio.before_commit += [conflict] * 4
    done = system.run()
    assert (done.accounts, done.drained) == (0, True)
    assert system.account.next_evaluation_at is not None
    assert system.account.next_evaluation_at <= NOW
    assert system.run().contacts == 1


def test_an_index_that_is_a_moment_behind_decides_nothing(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.store(any_account(any_invoice()))
    stale = system.portfolio.due_accounts("00", NOW, None, 10)
    system.run()
    before = list(system.publisher.events)
    pages = [DuePage(stale.accounts, None)]
    monkeypatch.setattr(system.portfolio, "due_accounts", lambda *_: pages[0])
    assert system.run().accounts == 0
    assert system.publisher.events == before


def test_a_shard_is_read_page_by_page_to_its_end(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate_ruler, "PAGE", 7)
    for n in range(25):
        name = CustomerId(f"cli-{n:02d}")
        invoice = any_invoice(f"fat-{n:02d}", customer_id=name)
        system.store(any_account(invoice, customer_id=name))
    assert system.run().contacts == 25
    assert len(set(system.dispatches)) == 25
    assert system.queue.messages == []


def test_out_of_time_the_rest_of_the_shard_is_queued_where_it_stands(system: System) -> None:
    for n in range(12):
        name = CustomerId(f"cli-{n:02d}")
        system.store(any_account(any_invoice(f"fat-{n}", customer_id=name), customer_id=name))
    done = system.run(seconds=1)
    assert (done.contacts, done.drained) == (10, False)
    (rest,) = system.queue.messages
    assert ShardDue.model_validate(rest).shard == "00"
    assert system.run(cursor=rest.get("cursor")).contacts == 2


def test_nothing_due_asks_for_nothing(system: System) -> None:
    done = system.run()
    assert (done.accounts, done.drained) == (0, True)
    assert system.publisher.events == []


def test_a_paused_creditors_contacts_are_suppressed_and_told(system: System) -> None:
    directory = MemoryDirectory(any_creditor(paused=True))
    system.evaluate = replace(system.evaluate, directory=directory)
    system.store(any_account(any_invoice()))
    assert system.run().suppressed == 1
    (told,) = system.publisher.of("ContactSuppressed")
    assert told.data["reason"] == "creditor_paused"
    assert told.data["invoices"] == [InvoiceId("fat-1")]
