"""The system of record: one account, one version, every write whole or not at all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from regua.application.ports import AccountKey, Change, OrphanFacts, Portfolio, Tally
from regua.domain.account import Account
from regua.domain.contact_policy import Contact
from regua.domain.dispatch import (
    Attempt,
    Claim,
    Dispatch,
    DispatchState,
    Ending,
    InvoiceStep,
    Purpose,
)
from regua.domain.errors import AlreadyClaimed, PlanTaken, VersionConflict
from regua.domain.history import History, Outcome
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId, PaymentId, shard_of
from regua.domain.invoice import Invoice, InvoiceStatus, PaymentReceipt, Place
from regua.domain.money import Money
from regua.domain.notes import Note, NoteKind
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel, Seen
from tests.builders import CREDITOR, CUSTOMER, any_account, any_customer, any_invoice, any_payment
from tests.integration.contract.conftest import SHARDS, Stores
from tests.integration.contract.facts import LATER, NOW, TODAY, any_dispatch

FAT_1 = InvoiceId("fat-1")
PAG_1 = PaymentId("pag-1")
OTHER_CREDITOR = CreditorId("boreal")
PLACE = Place("vencida-3", TODAY, DispatchId("d" * 32), overdue_announced=True)
PLACES = (
    Place(),
    Place(ruler="padrao@0"),
    Place(ruler="padrao@3", from_on=TODAY),
    Place(ruler="padrao@3", stepwise=True),
    Place("vencida-30.2", TODAY, ruler="padrao@3", ended=True),
    Place("vencida-3", TODAY, DispatchId("d" * 32), contacted_on=TODAY + timedelta(days=2)),
)
HISTORY = History(
    paid=14,
    paid_late=3,
    recent=(Outcome(InvoiceId("fat-8"), 0), Outcome(InvoiceId("fat-9"), 12)),
    promises_kept=2,
    promises_broken=1,
)
HOLDS = (
    Hold("h-1", HoldKind.HELD, NOW, LATER, "férias", "financeiro"),
    Hold("h-2", HoldKind.DISPUTED, NOW, None, "não reconhece", "suporte", FAT_1),
    Hold(
        "h-3",
        HoldKind.PROMISED,
        NOW,
        LATER,
        "",
        "portal",
        FAT_1,
        promised=Money(10000),
        promised_on=TODAY,
        received=Money(2500),
    ),
    Hold("h-4", HoldKind.PAYMENT_IN_TRANSIT, NOW, LATER, "boleto", "cliente", FAT_1),
)
ATTEMPTS = (
    Attempt(
        DispatchId("a" * 32),
        "vencida-3",
        (Channel.SMS, Channel.WHATSAPP),
        (InvoiceStep(FAT_1, "vencida-3"), InvoiceStep(InvoiceId("fat-2"), "vencida-7")),
        LATER,
        Seen.DELIVERED,
    ),
    Attempt(DispatchId("b" * 32), "vencida-7", (Channel.VOICE,), (), NOW, failed=True),
)
NOTES = (
    Note(NOW, NoteKind.PROMISE_BROKEN, FAT_1, {"hold_id": "h-3", "kind": "promised"}),
    Note(NOW, NoteKind.RULER_CHANGED, FAT_1, {"from": "padrao@0", "to": "padrao@1"}),
    Note(NOW, NoteKind.CONTACT_RESULT, None, {"code": "voicemail", "reason": "caixa postal cheia"}),
    Note(NOW, NoteKind.HOLD_ENDED),
)


def issue(portfolio: Portfolio, *invoices: Invoice, **changes: object) -> Account:
    """Store invoices that were never seen before, and return the account as it is now."""
    account = portfolio.load_account(CREDITOR, CUSTOMER)
    account = replace(account, customer=any_customer(), **changes)  # type: ignore[arg-type]
    for invoice in invoices:
        account = account.with_invoice(invoice)
    new = {i.external_id: 0 for i in invoices}
    portfolio.commit(Change(account, tuple(invoices), new))
    return portfolio.load_account(CREDITOR, CUSTOMER)


def pay(portfolio: Portfolio, invoice: Invoice, payment_id: str = "pag-1") -> Invoice:
    """Settle an invoice."""
    payment = any_payment(payment_id, amount=invoice.balance)
    paid = invoice.with_payment(payment)
    account = portfolio.load_account(CREDITOR, CUSTOMER).with_invoice(paid)
    portfolio.commit(Change(account, (paid,), payments={payment.payment_id: invoice.external_id}))
    return paid


# ── reading what was written ────────────────────────────────────────────────────────────────────


def test_an_account_never_seen_is_empty_and_has_version_0(portfolio: Portfolio) -> None:
    assert portfolio.load_account(CREDITOR, CUSTOMER) == Account(CREDITOR, CUSTOMER)


def test_everything_about_an_account_is_read_back(portfolio: Portfolio) -> None:
    written = any_account(
        any_invoice(place=PLACE, description="Mensalidade", metadata={"contrato": "7"}),
        any_invoice("fat-2", amount=Money(1)),
        version=0,
        schedule_seq=7,
        next_evaluation_at=NOW,
        customer=any_customer(phones=("+5511987654321",), preferred_hour=15, tags=("vip",)),
        contacts=(Contact(NOW, Channel.EMAIL, DispatchId("d" * 32)),),
        opt_outs={Channel.SMS: NOW},
        suppressed_addresses=frozenset({"x@cliente.example.com.br"}),
        receipts_due={InvoiceId("fat-7"): LATER},
        history=HISTORY,
        holds=HOLDS,
        attempts=ATTEMPTS,
        trials={"padrao/vencida-3/cordial": FAT_1, "padrao/vencida-7/hold_out": FAT_1},
    )
    invoices = tuple(written.invoices.values())
    portfolio.commit(Change(written, invoices, {i.external_id: 0 for i in invoices}))
    assert portfolio.load_account(CREDITOR, CUSTOMER) == replace(written, version=1)


@pytest.mark.parametrize("place", PLACES)
def test_every_place_on_a_ruler_is_read_back_open_or_closed(
    portfolio: Portfolio, place: Place
) -> None:
    issue(portfolio, any_invoice(place=place))
    assert portfolio.load_account(CREDITOR, CUSTOMER).invoices[FAT_1].place == place
    pay(portfolio, portfolio.load_account(CREDITOR, CUSTOMER).invoices[FAT_1])
    found = portfolio.find_invoice(CREDITOR, FAT_1)
    assert found is not None
    assert found.place == place


@pytest.mark.parametrize("hold", HOLDS, ids=lambda h: h.hold_id)
def test_every_kind_of_hold_is_read_back(portfolio: Portfolio, hold: Hold) -> None:
    account = issue(portfolio, any_invoice())
    portfolio.commit(Change(account.with_hold(hold)))
    assert portfolio.load_account(CREDITOR, CUSTOMER).holds == (hold,)


def test_creditors_and_customers_share_nothing(portfolio: Portfolio) -> None:
    issue(portfolio, any_invoice())
    assert portfolio.load_account(OTHER_CREDITOR, CUSTOMER).version == 0
    assert portfolio.load_account(CREDITOR, CustomerId("cli-10")).version == 0
    assert portfolio.find_invoice(OTHER_CREDITOR, FAT_1) is None


@pytest.mark.parametrize("name", ["fat/1", "É", "fat 1", "A", "S", "I$", "~"])
def test_ids_are_the_creditors_own_texts(portfolio: Portfolio, name: str) -> None:
    issue(portfolio, any_invoice(name), any_invoice("fat-1"))
    assert set(portfolio.load_account(CREDITOR, CUSTOMER).invoices) == {name, "fat-1"}
    assert portfolio.find_invoice(CREDITOR, InvoiceId(name)) == any_invoice(name)


def test_an_invoice_is_found_wherever_it_is(portfolio: Portfolio) -> None:
    assert portfolio.find_invoice(CREDITOR, FAT_1) is None
    issue(portfolio, any_invoice())
    assert portfolio.find_invoice(CREDITOR, FAT_1) == any_invoice()
    paid = pay(portfolio, any_invoice())
    assert portfolio.find_invoice(CREDITOR, FAT_1) == paid


def test_a_new_place_on_the_ruler_is_seen_wherever_the_invoice_is_read(
    portfolio: Portfolio,
) -> None:
    """A decision writes the header only; the place must not depend on how one asks."""
    account = issue(portfolio, any_invoice())
    moved = replace(any_invoice(), place=PLACE)
    portfolio.commit(Change(account.with_invoice(moved)))
    assert portfolio.load_account(CREDITOR, CUSTOMER).invoices[FAT_1].place == PLACE
    found = portfolio.find_invoice(CREDITOR, FAT_1)
    assert found is not None
    assert found.place == PLACE


# ── versions ────────────────────────────────────────────────────────────────────────────────────


def test_of_two_writers_the_second_is_refused_and_changes_nothing(portfolio: Portfolio) -> None:
    account = issue(portfolio, any_invoice())
    portfolio.commit(Change(replace(account, schedule_seq=1)))
    late = account.with_invoice(any_invoice("fat-2"))
    with pytest.raises(VersionConflict):
        portfolio.commit(Change(late, (any_invoice("fat-2"),), {InvoiceId("fat-2"): 0}))
    with pytest.raises(VersionConflict):
        portfolio.commit(Change(replace(account, schedule_seq=9)))
    present = portfolio.load_account(CREDITOR, CUSTOMER)
    assert (present.version, present.schedule_seq, set(present.invoices)) == (2, 1, {"fat-1"})
    assert portfolio.find_invoice(CREDITOR, InvoiceId("fat-2")) is None


def test_two_first_writes_of_an_account_are_one_first_write(portfolio: Portfolio) -> None:
    fresh = Account(CREDITOR, CUSTOMER)
    portfolio.commit(Change(fresh))
    with pytest.raises(VersionConflict):
        portfolio.commit(Change(fresh))


def test_an_invoice_is_new_only_once(portfolio: Portfolio) -> None:
    account = issue(portfolio, any_invoice())
    with pytest.raises(VersionConflict):
        portfolio.commit(Change(account, (any_invoice(),), {FAT_1: 0}))


def test_an_invoice_id_belongs_to_one_account(portfolio: Portfolio) -> None:
    issue(portfolio, any_invoice())
    other = Account(CREDITOR, CustomerId("cli-2"))
    stolen = any_invoice(customer_id=other.customer_id)
    with pytest.raises(VersionConflict):
        portfolio.commit(Change(other.with_invoice(stolen), (stolen,), {FAT_1: 0}))
    found = portfolio.find_invoice(CREDITOR, FAT_1)
    assert found is not None
    assert found.customer_id == CUSTOMER


# ── settled and back ────────────────────────────────────────────────────────────────────────────


def test_a_settled_invoice_leaves_the_open_range(portfolio: Portfolio) -> None:
    issue(portfolio, any_invoice(), any_invoice("fat-2"))
    pay(portfolio, any_invoice())
    assert set(portfolio.load_account(CREDITOR, CUSTOMER).invoices) == {"fat-2"}
    assert portfolio.find_payment(CREDITOR, PAG_1) == FAT_1


def test_a_reversal_brings_it_back_with_its_place(portfolio: Portfolio) -> None:
    issue(portfolio, any_invoice(place=PLACE))
    paid = pay(portfolio, portfolio.load_account(CREDITOR, CUSTOMER).invoices[FAT_1])
    account = portfolio.load_account(CREDITOR, CUSTOMER)
    back = paid.with_reversal(PAG_1, NOW, "estorno")
    portfolio.commit(Change(account.with_invoice(back), (back,)))
    (invoice,) = portfolio.load_account(CREDITOR, CUSTOMER).invoices.values()
    assert (invoice.status, invoice.place) == (InvoiceStatus.OPEN, PLACE)
    assert portfolio.find_invoice(CREDITOR, FAT_1) == invoice


def test_a_cancelled_invoice_leaves_and_stays_readable(portfolio: Portfolio) -> None:
    account = issue(portfolio, any_invoice())
    cancelled = any_invoice().cancelled(NOW, "erro")
    portfolio.commit(Change(account.with_invoice(cancelled), (cancelled,)))
    assert portfolio.load_account(CREDITOR, CUSTOMER).invoices == {}
    assert portfolio.find_invoice(CREDITOR, FAT_1) == cancelled


def test_an_invoice_that_arrives_settled_is_never_open(portfolio: Portfolio) -> None:
    paid = any_invoice().with_payment(any_payment())
    account = Account(CREDITOR, CUSTOMER).with_invoice(paid)
    portfolio.commit(Change(account, (paid,), {FAT_1: 0}, {PAG_1: FAT_1}))
    assert portfolio.load_account(CREDITOR, CUSTOMER).invoices == {}
    assert portfolio.find_invoice(CREDITOR, FAT_1) == paid


def test_a_larger_amount_opens_a_settled_invoice_again(portfolio: Portfolio) -> None:
    issue(portfolio, any_invoice())
    paid = pay(portfolio, any_invoice())
    raised = paid.updated(any_invoice(issued_at=NOW, amount=Money(20000)))
    account = portfolio.load_account(CREDITOR, CUSTOMER)
    portfolio.commit(Change(account.with_invoice(raised), (raised,)))
    assert portfolio.load_account(CREDITOR, CUSTOMER).invoices == {FAT_1: raised}
    assert portfolio.find_invoice(CREDITOR, FAT_1) == raised


def test_a_payment_id_belongs_to_one_invoice(portfolio: Portfolio) -> None:
    issue(portfolio, any_invoice(), any_invoice("fat-2"))
    pay(portfolio, any_invoice())
    with pytest.raises(VersionConflict):
        pay(portfolio, any_invoice("fat-2"))
    assert portfolio.find_payment(CREDITOR, PAG_1) == FAT_1
    assert portfolio.find_payment(OTHER_CREDITOR, PAG_1) is None


# ── what arrives before what it is about ────────────────────────────────────────────────────────


def test_orphan_facts_are_kept_until_their_invoice_comes(portfolio: Portfolio) -> None:
    assert portfolio.orphans(CREDITOR, FAT_1) == OrphanFacts()
    for name in ("pag-1", "pag-2", "pag-1"):
        portfolio.keep_orphan_payment(CREDITOR, FAT_1, any_payment(name))
    portfolio.keep_orphan_cancellation(CREDITOR, FAT_1, NOW, "erro")
    kept = portfolio.orphans(CREDITOR, FAT_1)
    assert sorted(kept.payments, key=lambda p: p.payment_id) == [
        any_payment("pag-1"),
        any_payment("pag-2"),
    ]
    assert (kept.cancelled_at, kept.cancel_reason, kept.seq) == (NOW, "erro", 3)
    assert portfolio.find_invoice(CREDITOR, FAT_1) is None, "an orphan is no invoice"
    assert portfolio.find_payment(CREDITOR, PAG_1) is None, "nor does it own the payment"


def test_an_invoice_is_refused_when_one_more_orphan_came_in_meanwhile(
    portfolio: Portfolio,
) -> None:
    read_before = portfolio.orphans(CREDITOR, FAT_1).seq
    portfolio.keep_orphan_payment(CREDITOR, FAT_1, any_payment())
    account = Account(CREDITOR, CUSTOMER).with_invoice(any_invoice())
    with pytest.raises(VersionConflict):
        portfolio.commit(Change(account, (any_invoice(),), {FAT_1: read_before}))
    assert portfolio.load_account(CREDITOR, CUSTOMER).version == 0
    seq = portfolio.orphans(CREDITOR, FAT_1).seq
    portfolio.keep_orphan_cancellation(CREDITOR, FAT_1, NOW, "erro")
    with pytest.raises(VersionConflict):
        portfolio.commit(Change(account, (any_invoice(),), {FAT_1: seq}))
    portfolio.commit(
        Change(account, (any_invoice(),), {FAT_1: portfolio.orphans(CREDITOR, FAT_1).seq})
    )
    assert portfolio.find_invoice(CREDITOR, FAT_1) == any_invoice()


@pytest.mark.parametrize(
    "keep",
    [
        lambda p: p.keep_orphan_payment(CREDITOR, FAT_1, any_payment()),
        lambda p: p.keep_orphan_cancellation(CREDITOR, FAT_1, NOW, "erro"),
    ],
)
def test_nothing_is_kept_as_an_orphan_once_the_invoice_is_there(
    portfolio: Portfolio, keep: Callable[[Portfolio], None]
) -> None:
    issue(portfolio, any_invoice())
    with pytest.raises(VersionConflict):
        keep(portfolio)


def test_a_reversal_waits_for_its_payment(portfolio: Portfolio) -> None:
    assert portfolio.orphan_reversal(CREDITOR, PAG_1) is None
    portfolio.keep_orphan_reversal(CREDITOR, PAG_1, NOW, "estorno")
    assert portfolio.orphan_reversal(CREDITOR, PAG_1) == (NOW, "estorno")
    assert portfolio.find_payment(CREDITOR, PAG_1) is None
    issue(portfolio, any_invoice())
    unaware = any_invoice().with_payment(any_payment())
    account = portfolio.load_account(CREDITOR, CUSTOMER)
    with pytest.raises(VersionConflict):
        portfolio.commit(Change(account.with_invoice(unaware), (unaware,), payments={PAG_1: FAT_1}))
    aware = unaware.with_reversal(PAG_1, NOW, "estorno")
    portfolio.commit(Change(account.with_invoice(aware), (aware,), payments={PAG_1: FAT_1}))
    assert portfolio.find_payment(CREDITOR, PAG_1) == FAT_1


def test_no_reversal_is_kept_once_its_payment_is_there(portfolio: Portfolio) -> None:
    issue(portfolio, any_invoice())
    pay(portfolio, any_invoice())
    with pytest.raises(VersionConflict):
        portfolio.keep_orphan_reversal(CREDITOR, PAG_1, NOW, "estorno")


# ── the due index ───────────────────────────────────────────────────────────────────────────────


def make_due(portfolio: Portfolio, *minutes: int) -> dict[str, list[str]]:
    """Store accounts that are due so many minutes from now; return customers by shard."""
    by_shard: dict[str, list[str]] = {f"{n:02d}": [] for n in range(SHARDS)}
    for minute in minutes:
        name = CustomerId(f"cli-{minute:+04d}")
        due_at = NOW + timedelta(minutes=minute)
        portfolio.commit(Change(Account(CREDITOR, name, next_evaluation_at=due_at)))
        by_shard[shard_of(CREDITOR, name, SHARDS)].append(name)
    return by_shard


def drain(portfolio: Portfolio, shard: str, limit: int) -> list[AccountKey]:
    """Follow the cursor to the end."""
    found: list[AccountKey] = []
    cursor = None
    for _ in range(50):
        page = portfolio.due_accounts(shard, NOW, cursor, limit)
        assert len(page.accounts) <= limit
        found += page.accounts
        cursor = page.cursor
        if cursor is None:
            return found
    raise AssertionError("the cursor leads nowhere")


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_what_is_due_is_found_once_in_its_shard_earliest_first(
    portfolio: Portfolio, limit: int
) -> None:
    late = list(range(-20, 1))
    by_shard = make_due(portfolio, *late, 1, 60)
    for shard, names in by_shard.items():
        due = sorted((n for n in names if int(n[4:]) <= 0), key=lambda n: int(n[4:]))
        keys = [AccountKey(CREDITOR, CustomerId(n)) for n in due]
        assert drain(portfolio, shard, limit) == keys


def test_the_index_holds_only_accounts_that_wait_for_something(portfolio: Portfolio) -> None:
    (name,) = [n for names in make_due(portfolio, -5).values() for n in names]
    shard = shard_of(CREDITOR, CustomerId(name), SHARDS)
    account = portfolio.load_account(CREDITOR, CustomerId(name))
    assert account.next_evaluation_at == NOW - timedelta(minutes=5)
    portfolio.commit(Change(replace(account, next_evaluation_at=None)))
    assert drain(portfolio, shard, 10) == []
    assert portfolio.load_account(CREDITOR, CustomerId(name)).next_evaluation_at is None


def test_pages_survive_that_what_was_found_is_moved_away_meanwhile(portfolio: Portfolio) -> None:
    by_shard = make_due(portfolio, *range(-30, 0))
    shard, names = max(by_shard.items(), key=lambda kv: len(kv[1]))
    seen, cursor = [], None
    while True:
        page = portfolio.due_accounts(shard, NOW, cursor, 2)
        for key in page.accounts:
            account = portfolio.load_account(key.creditor_id, key.customer_id)
            portfolio.commit(Change(replace(account, next_evaluation_at=LATER)))
            seen.append(key.customer_id)
        cursor = page.cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(names)


# ── a creditor's open accounts ──────────────────────────────────────────────────────────────────


def open_in(
    portfolio: Portfolio, shard: str, limit: int = 100, creditor_id: CreditorId = CREDITOR
) -> list[AccountKey]:
    """Follow the cursor to the end."""
    found: list[AccountKey] = []
    cursor = None
    for _ in range(50):
        page = portfolio.open_accounts(creditor_id, shard, cursor, limit)
        assert len(page.accounts) <= limit
        found += page.accounts
        cursor = page.cursor
        if cursor is None:
            return found
    raise AssertionError("the cursor leads nowhere")


def open_many(portfolio: Portfolio, count: int) -> dict[str, set[AccountKey]]:
    """Store accounts with one open invoice each; return them by shard."""
    by_shard: dict[str, set[AccountKey]] = {f"{n:02d}": set() for n in range(SHARDS)}
    for n in range(count):
        name = CustomerId(f"cli-{n} É")
        invoice = any_invoice(f"fat-{n}", customer_id=name)
        account = Account(CREDITOR, name).with_invoice(invoice)
        portfolio.commit(Change(account, (invoice,), {invoice.external_id: 0}))
        by_shard[shard_of(CREDITOR, name, SHARDS)].add(AccountKey(CREDITOR, name))
    return by_shard


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_every_open_account_is_found_once_in_its_shard(portfolio: Portfolio, limit: int) -> None:
    for shard, expected in open_many(portfolio, 20).items():
        found = open_in(portfolio, shard, limit)
        assert len(found) == len(expected)
        assert set(found) == expected


def test_open_accounts_wait_for_nothing_to_be_found(portfolio: Portfolio) -> None:
    """An account that sleeps, or has nothing left to wait for, is still open."""
    account = issue(portfolio, any_invoice(), next_evaluation_at=None)
    shard = shard_of(CREDITOR, CUSTOMER, SHARDS)
    assert open_in(portfolio, shard) == [AccountKey(CREDITOR, CUSTOMER)]
    portfolio.commit(Change(replace(account, next_evaluation_at=LATER)))
    assert open_in(portfolio, shard) == [AccountKey(CREDITOR, CUSTOMER)]


def test_an_account_with_nothing_open_is_not_listed(portfolio: Portfolio) -> None:
    shard = shard_of(CREDITOR, CUSTOMER, SHARDS)
    portfolio.commit(Change(Account(CREDITOR, CUSTOMER, customer=any_customer())))
    assert open_in(portfolio, shard) == []
    issue(portfolio, any_invoice(), any_invoice("fat-2"))
    pay(portfolio, any_invoice())
    assert len(open_in(portfolio, shard)) == 1, "one is still open"
    pay(portfolio, any_invoice("fat-2"), "pag-2")
    assert open_in(portfolio, shard) == []


def test_open_accounts_are_a_creditors_own(portfolio: Portfolio) -> None:
    issue(portfolio, any_invoice())
    for n in range(SHARDS):
        assert open_in(portfolio, f"{n:02d}", creditor_id=OTHER_CREDITOR) == []


def test_a_page_of_open_accounts_survives_that_its_last_one_was_settled(
    portfolio: Portfolio,
) -> None:
    shard, expected = max(open_many(portfolio, 20).items(), key=lambda kv: len(kv[1]))
    first = portfolio.open_accounts(CREDITOR, shard, None, 2)
    (gone,) = portfolio.load_account(CREDITOR, first.accounts[-1].customer_id).invoices.values()
    paid = gone.with_payment(any_payment(amount=gone.balance))
    account = portfolio.load_account(CREDITOR, gone.customer_id).with_invoice(paid)
    portfolio.commit(Change(account, (paid,), payments={PAG_1: gone.external_id}))
    rest = portfolio.open_accounts(CREDITOR, shard, first.cursor, 100)
    assert {*first.accounts, *rest.accounts} == expected
    assert rest.cursor is None


@pytest.mark.parametrize("cursor", ["", "lixo", "~~~", "cli-1#A#cli-2", "É" * 100])
def test_a_cursor_that_was_made_up_stays_in_its_own_part(portfolio: Portfolio, cursor: str) -> None:
    by_shard = open_many(portfolio, 8)
    for shard, expected in by_shard.items():
        assert set(portfolio.open_accounts(CREDITOR, shard, cursor, 100).accounts) <= expected


# ── notes and tallies in the same write ─────────────────────────────────────────────────────────


def test_notes_are_read_back_oldest_first_and_in_their_order(portfolio: Portfolio) -> None:
    account = issue(portfolio, any_invoice())
    later = Note(LATER, NoteKind.RULER_ENDED, FAT_1, {"ruler": "padrao@1"})
    earlier = Note(NOW - timedelta(days=1), NoteKind.HOLD_PLACED, None, {"kind": "held"})
    portfolio.commit(Change(account, notes=(later, *NOTES)))
    again = replace(account, version=account.version + 1)
    same_time = Note(NOW, NoteKind.HOLD_PLACED, FAT_1, {"kind": "disputed"})
    portfolio.commit(Change(again, notes=(same_time, earlier)))
    assert list(portfolio.notes(CREDITOR, CUSTOMER)) == [earlier, *NOTES, same_time, later]


def test_notes_within_one_millisecond_are_all_kept(portfolio: Portfolio) -> None:
    """Instants are stored to the millisecond; what differs by less is still two notes."""
    account = issue(portfolio, any_invoice())
    first = Note(NOW, NoteKind.HOLD_PLACED, FAT_1, {"kind": "held"})
    second = Note(NOW + timedelta(microseconds=7), NoteKind.HOLD_ENDED, FAT_1)
    portfolio.commit(Change(account, notes=(first, second)))
    assert [n.kind for n in portfolio.notes(CREDITOR, CUSTOMER)] == [first.kind, second.kind]


def test_a_lost_race_notes_nothing(portfolio: Portfolio) -> None:
    account = issue(portfolio, any_invoice())
    portfolio.commit(Change(account, notes=NOTES))
    with pytest.raises(VersionConflict):
        portfolio.commit(Change(account, notes=NOTES))
    assert list(portfolio.notes(CREDITOR, CUSTOMER)) == list(NOTES), "exactly once"


def test_a_refused_plan_notes_and_counts_nothing(stores: Stores) -> None:
    account = issue(stores.portfolio, any_invoice())
    stores.ledger.claim(any_dispatch(), [FAT_1], NOW)
    with pytest.raises(PlanTaken):
        stores.portfolio.commit(
            Change(
                account,
                planned=another_plan(any_dispatch()),
                notes=NOTES,
                tallies={"padrao/vencida-3/cordial": Tally(exposed=1)},
            )
        )
    assert list(stores.portfolio.notes(CREDITOR, CUSTOMER)) == []
    assert stores.portfolio.load_account(CREDITOR, CUSTOMER) == account


def test_notes_are_an_accounts_own_and_change_nothing_about_it(portfolio: Portfolio) -> None:
    account = issue(portfolio, any_invoice())
    portfolio.commit(Change(account, notes=NOTES))
    assert portfolio.load_account(CREDITOR, CUSTOMER) == replace(
        account, version=account.version + 1
    )
    assert list(portfolio.notes(CREDITOR, CustomerId("cli-10"))) == []
    assert list(portfolio.notes(OTHER_CREDITOR, CUSTOMER)) == []


def test_more_notes_than_a_transaction_takes_writes_are_all_kept(portfolio: Portfolio) -> None:
    """A new version may move two hundred invoices of one customer at once."""
    account = issue(portfolio, any_invoice())
    notes = tuple(
        Note(NOW, NoteKind.RULER_CHANGED, InvoiceId(f"fat-{n}"), {"to": "padrao@1"})
        for n in range(200)
    )
    portfolio.commit(Change(account, notes=notes))
    assert list(portfolio.notes(CREDITOR, CUSTOMER)) == list(notes)


# ── plans and endings in the same write ─────────────────────────────────────────────────────────


def test_a_plan_is_recorded_with_the_account_or_not_at_all(stores: Stores) -> None:
    account = issue(stores.portfolio, any_invoice())
    dispatch = any_dispatch()
    stores.portfolio.commit(Change(replace(account, schedule_seq=1), planned=dispatch))
    found = stores.ledger.find(dispatch.dispatch_id)
    assert found is not None
    assert (found[0].state, found[0].dispatch) == (DispatchState.PLANNED, dispatch)
    with pytest.raises(VersionConflict):
        stores.portfolio.commit(Change(account, planned=any_dispatch(2)))
    assert stores.ledger.find(any_dispatch(2).dispatch_id) is None


def test_a_decided_ending_is_recorded_with_its_reason(stores: Stores) -> None:
    account = issue(stores.portfolio, any_invoice())
    ending = Ending(DispatchState.DEFERRED, Reason.DAILY_CAP, LATER)
    dispatch = any_dispatch(ending=ending)
    stores.portfolio.commit(Change(account, planned=dispatch))
    found = stores.ledger.find(dispatch.dispatch_id)
    assert found is not None
    record = found[0]
    assert (record.state, record.reason, record.until) == (
        DispatchState.DEFERRED,
        Reason.DAILY_CAP,
        LATER,
    )


def test_a_plan_that_comes_after_its_sender_leaves_the_claim_alone(stores: Stores) -> None:
    """Published first, advanced later: the sender may be the faster one (D3)."""
    account = issue(stores.portfolio, any_invoice())
    dispatch = any_dispatch()
    assert stores.ledger.claim(dispatch, [FAT_1], NOW)[0] is Claim.GRANTED
    stores.portfolio.commit(Change(account, planned=dispatch))
    assert stores.ledger.claim(dispatch, [FAT_1], NOW)[0] is Claim.IN_DOUBT
    stores.ledger.mark_sent(dispatch, provider_message_id="ses-1", at=NOW)
    present = stores.portfolio.load_account(CREDITOR, CUSTOMER)
    assert present.version == account.version + 1
    stores.portfolio.commit(Change(present, planned=dispatch))
    assert stores.ledger.claim(dispatch, [FAT_1], NOW)[0] is Claim.DONE


def another_plan(dispatch: Dispatch) -> Dispatch:
    """Return a copy of a dispatch, under its id, that is about another step."""
    return replace(dispatch, invoices=(InvoiceStep(FAT_1, "vencida-30"),))


def test_a_decided_ending_finds_its_dispatch_under_way_and_writes_nothing(stores: Stores) -> None:
    account = issue(stores.portfolio, any_invoice())
    dispatch = any_dispatch()
    stores.ledger.claim(dispatch, [FAT_1], NOW)
    ended = replace(dispatch, ending=Ending(DispatchState.SUPPRESSED, Reason.OPTED_OUT))
    with pytest.raises(PlanTaken):
        stores.portfolio.commit(Change(replace(account, schedule_seq=5), planned=ended))
    found = stores.ledger.find(dispatch.dispatch_id)
    assert found is not None
    assert found[0].state is DispatchState.CLAIMED
    assert stores.portfolio.load_account(CREDITOR, CUSTOMER) == account


def test_a_plan_is_refused_whole_when_another_one_has_its_id(stores: Stores) -> None:
    account = issue(stores.portfolio, any_invoice())
    stores.ledger.claim(any_dispatch(), [FAT_1], NOW)
    with pytest.raises(PlanTaken):
        stores.portfolio.commit(
            Change(replace(account, schedule_seq=5), planned=another_plan(any_dispatch()))
        )
    assert stores.portfolio.load_account(CREDITOR, CUSTOMER) == account


def test_a_copy_with_another_plan_is_neither_granted_nor_ended(stores: Stores) -> None:
    account = issue(stores.portfolio, any_invoice())
    stores.portfolio.commit(Change(account, planned=any_dispatch()))
    stale = another_plan(any_dispatch())
    answer, record = stores.ledger.claim(stale, [FAT_1], NOW)
    assert answer is not Claim.GRANTED
    assert record.dispatch.plan_key == any_dispatch().plan_key
    assert not stores.ledger.end_unclaimed(stale, Ending(DispatchState.SUPPRESSED, Reason.SETTLED))
    assert stores.ledger.claim(any_dispatch(), [FAT_1], NOW)[0] is Claim.GRANTED


def test_a_senders_deferral_ends_the_dispatch_with_the_account(stores: Stores) -> None:
    account = issue(stores.portfolio, any_invoice())
    dispatch = any_dispatch()
    ending = Ending(DispatchState.DEFERRED, Reason.OUTSIDE_WINDOW, LATER)
    waiting = replace(account, next_evaluation_at=LATER)
    stores.portfolio.commit(Change(waiting, ended=(dispatch, ending)))
    found = stores.ledger.find(dispatch.dispatch_id)
    assert found is not None
    assert (found[0].state, found[0].until) == (DispatchState.DEFERRED, LATER)
    assert stores.portfolio.load_account(CREDITOR, CUSTOMER).next_evaluation_at == LATER


def test_a_deferral_is_refused_whole_once_the_dispatch_is_claimed(stores: Stores) -> None:
    account = issue(stores.portfolio, any_invoice())
    dispatch = any_dispatch()
    stores.ledger.claim(dispatch, [FAT_1], NOW)
    ending = Ending(DispatchState.DEFERRED, Reason.OUTSIDE_WINDOW, LATER)
    with pytest.raises(AlreadyClaimed):
        stores.portfolio.commit(
            Change(replace(account, next_evaluation_at=LATER), ended=(dispatch, ending))
        )
    assert stores.portfolio.load_account(CREDITOR, CUSTOMER) == account


def test_a_deferral_of_an_account_that_changed_is_a_conflict_and_ends_nothing(
    stores: Stores,
) -> None:
    account = issue(stores.portfolio, any_invoice())
    stores.portfolio.commit(Change(replace(account, schedule_seq=1)))
    ending = Ending(DispatchState.DEFERRED, Reason.OUTSIDE_WINDOW, LATER)
    with pytest.raises(VersionConflict):
        stores.portfolio.commit(Change(account, ended=(any_dispatch(), ending)))
    assert stores.ledger.find(any_dispatch().dispatch_id) is None


def test_many_invoices_of_an_account_are_read_whole(portfolio: Portfolio) -> None:
    """More than one page of a Query (1 MB)."""
    heavy = [
        any_invoice(f"fat-{n}", metadata={str(k): "x" * 500 for k in range(30)}) for n in range(80)
    ]
    for start in range(0, 80, 20):
        issue(portfolio, *heavy[start : start + 20])
    assert len(portfolio.load_account(CREDITOR, CUSTOMER).invoices) == 80


# ── receipts of payment ─────────────────────────────────────────────────────────────────────────


def test_a_paid_invoice_and_the_plan_of_its_receipt_are_written_together(stores: Stores) -> None:
    issue(stores.portfolio, any_invoice(place=PLACE))
    paid = pay(stores.portfolio, any_invoice(place=PLACE))
    dispatch = any_dispatch(purpose=Purpose.RECEIPT, step_id="recibo")
    thanked = replace(paid, receipt=PaymentReceipt(NOW, dispatch.dispatch_id))
    account = stores.portfolio.load_account(CREDITOR, CUSTOMER)
    stores.portfolio.commit(Change(account, (thanked,), planned=dispatch))
    found = stores.portfolio.find_invoice(CREDITOR, FAT_1)
    assert found is not None
    assert (found.receipt, found.status) == (thanked.receipt, InvoiceStatus.SETTLED)
    record = stores.ledger.find(dispatch.dispatch_id)
    assert record is not None
    assert record[0].dispatch == dispatch
    assert stores.portfolio.load_account(CREDITOR, CUSTOMER).invoices == {}


def test_of_two_plans_of_a_receipt_at_once_one_is_written(stores: Stores) -> None:
    issue(stores.portfolio, any_invoice())
    paid = pay(stores.portfolio, any_invoice())
    account = stores.portfolio.load_account(CREDITOR, CUSTOMER)
    for dispatch_id, wins in ((DispatchId("a" * 32), True), (DispatchId("b" * 32), False)):
        dispatch = any_dispatch(dispatch_id=dispatch_id, purpose=Purpose.RECEIPT)
        thanked = replace(paid, receipt=PaymentReceipt(NOW, dispatch_id))
        change = Change(account, (thanked,), planned=dispatch)
        if wins:
            stores.portfolio.commit(change)
        else:
            with pytest.raises(VersionConflict):
                stores.portfolio.commit(change)
        assert (stores.ledger.find(dispatch_id) is not None) is wins


def test_a_receipt_stays_with_an_invoice_that_opens_again(portfolio: Portfolio) -> None:
    issue(portfolio, any_invoice())
    thanked = replace(
        pay(portfolio, any_invoice()), receipt=PaymentReceipt(NOW, DispatchId("a" * 32))
    )
    opened = thanked.with_reversal(PAG_1, NOW, "estorno")
    account = portfolio.load_account(CREDITOR, CUSTOMER).with_invoice(opened)
    portfolio.commit(Change(account, (opened,)))
    assert portfolio.load_account(CREDITOR, CUSTOMER).invoices[FAT_1].receipt == thanked.receipt


def test_who_waits_for_a_receipt_alone_is_due_when_it_is(portfolio: Portfolio) -> None:
    account = any_account(version=0).with_receipts_due([FAT_1], NOW)
    portfolio.commit(Change(account))
    shard = shard_of(CREDITOR, CUSTOMER, SHARDS)
    due = portfolio.due_accounts(shard, NOW, None, 10).accounts
    assert list(due) == [AccountKey(CREDITOR, CUSTOMER)]
    assert portfolio.load_account(CREDITOR, CUSTOMER).receipts_due == {FAT_1: NOW}
