"""Pix Automático: asked for, authorised, debited, taken back, tried again, never relied upon."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.memory import MemoryDirectory, MemoryLedger, MemoryPortfolio, MemoryPublisher
from regua.adapters.memory_automatic_pix import MemoryAutomaticPix
from regua.adapters.memory_debits import MemoryDebits
from regua.adapters.memory_pix import MemoryPixRecords
from regua.adapters.memory_plans import MemoryPlans
from regua.application.attend import Attend
from regua.application.automatic_pix import AutomaticDebits
from regua.application.debit_notices import is_about_debits, receive_cobr, receive_rec
from regua.application.ingest import Ingest
from regua.application.issue_recurring import IssueRecurring, RecurringDue
from regua.application.manage_plans import ManagePlans
from regua.application.pix_ports import (
    PixPage,
    PspCharge,
    PspRefused,
    PspShut,
    PspUnavailable,
)
from regua.application.ports import Change
from regua.application.settle_pix import CountPix, SettlePix
from regua.domain.automatic_debit import (
    Attempt,
    Debit,
    DebitStatus,
    DebitTold,
    Mandate,
    MandateStatus,
    contract_of,
    debit_status,
    debit_txid,
    refusal_of,
    retry_on,
)
from regua.domain.errors import InvalidInput
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import CreditorId, InvoiceId, PaymentId
from regua.domain.invoice import Invoice, InvoiceStatus, PaymentMethod
from regua.domain.money import Money
from regua.domain.pix.received import ReceivedPix
from regua.domain.pix.setup import PixSetup
from regua.domain.plans import Plan, PlanId
from tests.builders import CREDITOR, CUSTOMER, any_creditor, any_customer, any_payment
from tests.unit.application.test_plans import Charges, Queue
from tests.unit.domain.test_plans import any_plan

AURORA = replace(any_creditor(), pix=PixSetup("aurora@example.com.br"))
P = PlanId("contrato-7")
FIRST = InvoiceId("contrato-7-202703")
TXID = debit_txid(CREDITOR, FIRST)
E2E = "E1234567820270310120000000000001"
REGISTERED = datetime(2027, 2, 10, 13, tzinfo=UTC)
DUE = date(2027, 3, 10)
"""A Wednesday; its debit can be asked for from 28 February to 8 March."""


class Psp:
    """What a PSP knows of the Pix that came in."""

    def __init__(self) -> None:
        self.pix: dict[str, ReceivedPix] = {}

    def find_pix(self, creditor_id: CreditorId, end_to_end_id: str) -> ReceivedPix | None:
        assert creditor_id == CREDITOR
        return self.pix.get(end_to_end_id)

    def received(self, *_: object, **__: object) -> PixPage:
        raise NotImplementedError

    def put_charge(self, *_: object) -> PspCharge:
        raise NotImplementedError

    def patch_charge(self, *_: object) -> PspCharge:
        raise NotImplementedError

    def find_charge(self, *_: object) -> PspCharge | None:
        raise NotImplementedError


class System:
    """The use cases on the twins, with one customer and one automatic plan."""

    def __init__(self, **plan: Any) -> None:  # noqa: ANN401 - any field
        self.now = REGISTERED
        self.publisher = MemoryPublisher()
        ledger = MemoryLedger()
        self.portfolio = MemoryPortfolio(ledger, shards=1)
        self.charges = Charges()
        self.ingest = Ingest(self.portfolio, self.publisher, self.charges)
        self.plans, self.debits, self.index = MemoryPlans(), MemoryDebits(), MemoryPixRecords()
        self.provider = MemoryAutomaticPix(lambda: self.today)
        self.psp = Psp()
        counting = CountPix(self.index, self.ingest, self.portfolio, self.publisher)
        self.automatic = AutomaticDebits(
            provider=self.provider,
            debits=self.debits,
            plans=self.plans,
            index=self.index,
            settle=SettlePix(self.psp, counting),
            attend=Attend(self.portfolio, ledger, self.publisher),
            portfolio=self.portfolio,
            publisher=self.publisher,
            charges=self.charges,
        )
        directory = MemoryDirectory(AURORA)
        self.issue = IssueRecurring(self.plans, self.ingest, directory, Queue(), self.automatic)
        self.manage = ManagePlans(self.plans, self.portfolio)
        self.ingest.change_customer(AURORA, any_customer(), now=REGISTERED)
        self.put(**plan)

    def put(self, **changes: Any) -> Plan:  # noqa: ANN401 - any field
        fields = {"automatic": True, "starts_on": date(2027, 3, 1), "bills_from": self.today}
        plan = any_plan(**{**fields, "changed_at": self.now, **changes})
        return self.manage.put(AURORA, plan, now=self.now)[1]

    @property
    def today(self) -> date:
        return self.now.astimezone(AURORA.ruler.zone).date()

    def until(self, day: date, hour: int = 12) -> None:
        """Let the clock tick every hour until an hour (UTC) of a day."""
        end = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        while self.now < end:
            self.now = min(self.now + timedelta(hours=1), end)
            self.tick()

    def tick(self) -> None:
        done = self.issue.shard(RecurringDue(shard="00"), now=self.now, seconds_left=lambda: 60.0)
        assert done.broken == []

    @property
    def mandate(self) -> Mandate:
        found = self.debits.mandate(CREDITOR, P)
        assert found is not None
        return found

    @property
    def debit(self) -> Debit:
        found = self.debits.debit(CREDITOR, P, "202703")
        assert found is not None
        return found

    @property
    def invoice(self) -> Invoice:
        found = self.portfolio.find_invoice(CREDITOR, FIRST)
        assert found is not None
        return found

    @property
    def rests(self) -> bool:
        account = self.portfolio.load_account(CREDITOR, CUSTOMER)
        return any(h.covers(FIRST) and h.stands(self.now) for h in account.holds)

    def told(self, name: str) -> list[dict[str, Any]]:
        return [dict(e.data) for e in self.publisher.of(name)]

    def authorised(self) -> "System":
        """Let the customer authorise at once, and the provider tell of it."""
        self.tick()
        assert self.mandate.rec_id is not None
        self.provider.decide(CREDITOR, self.mandate.rec_id, "APROVADA")
        assert self.automatic.mandate_told(AURORA, self.mandate.rec_id, now=self.now)
        return self

    def scheduled(self) -> "System":
        """Go to where the first debit is scheduled."""
        self.authorised()
        self.until(date(2027, 3, 2))
        self.provider.schedule(CREDITOR, TXID)
        assert self.automatic.debit_told(AURORA, TXID, now=self.now)
        return self

    def pay(self, end_to_end_id: str = E2E) -> None:
        pix = ReceivedPix(
            end_to_end_id=end_to_end_id, amount=Money(14990), received_at=self.now, txid=TXID
        )
        self.psp.pix[end_to_end_id] = pix
        self.provider.end(CREDITOR, TXID, "CONCLUIDA", end_to_end_id)


# ── the authorisation ──────────────────────────────────────────────────────────────────────────


def test_a_plan_asks_for_its_authorisation_once() -> None:
    system = System(description="Mensalidade da academia Boa Forma do Centro")
    system.until(date(2027, 2, 13))
    ((_, found),) = system.provider.mandates.items()
    assert system.mandate.status is MandateStatus.WAITING
    assert system.mandate.code == found.told.code
    assert found.asked.contract == "contrato-7"
    assert found.asked.subject == "Mensalidade da academia Boa Forma d"
    assert (found.asked.document, found.asked.name) == ("52998224725", "Maria da Silva")
    assert (found.asked.first_on, found.asked.last_on) == (DUE, None)


def test_a_limited_plan_asks_for_a_limited_authorisation() -> None:
    system = System(instalments=3, retries=True)
    system.tick()
    ((_, found),) = system.provider.mandates.items()
    assert (found.asked.last_on, found.asked.retries) == (date(2027, 5, 10), True)


def test_a_crash_after_asking_asks_no_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    system = System()
    ask = system.provider.ask_mandate

    def dies(*args: Any) -> None:  # noqa: ANN401 - the port's own
        ask(*args)
        raise RuntimeError

    monkeypatch.setattr(system.provider, "ask_mandate", dies)
    with pytest.raises(RuntimeError):
        system.tick()
    claimed = system.mandate
    assert claimed.status is MandateStatus.ASKED
    monkeypatch.undo()
    system.tick()
    assert system.mandate.status is MandateStatus.WAITING
    assert len(system.provider.mandates) == 1


def test_an_authorisation_is_told_and_its_absence_is_not() -> None:
    system = System().authorised()
    assert system.mandate.status is MandateStatus.AUTHORISED
    assert system.told("AutomaticDebitAuthorised") == [
        {"plan_external_id": "contrato-7", "customer_id": "cli-1"}
    ]


def test_an_authorisation_that_nobody_told_of_is_found_the_next_morning() -> None:
    system = System()
    system.tick()
    assert system.mandate.rec_id is not None
    system.provider.decide(CREDITOR, system.mandate.rec_id, "APROVADA")
    system.until(date(2027, 2, 12))
    assert system.mandate.status is MandateStatus.AUTHORISED


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("REJEITADA", MandateStatus.REFUSED),
        ("EXPIRADA", MandateStatus.EXPIRED),
        ("CANCELADA", MandateStatus.CANCELLED),
    ],
)
def test_without_an_authorisation_the_ruler_does_its_work(told: str, status: MandateStatus) -> None:
    system = System()
    system.tick()
    assert system.mandate.rec_id is not None
    system.provider.decide(CREDITOR, system.mandate.rec_id, told)
    system.until(date(2027, 3, 12))
    assert system.mandate.status is status
    assert system.provider.debits == {}
    assert (system.invoice.is_open, system.rests) == (True, False)


@pytest.mark.parametrize("act", ["end", "stop"])
def test_what_is_wanted_no_more_is_withdrawn(act: str) -> None:
    system = System().authorised()
    system.until(date(2027, 2, 11))
    if act == "end":
        system.manage.end(AURORA, P, now=system.now)
    else:
        system.put(automatic=False)
    system.tick()
    ((_, found),) = system.provider.mandates.items()
    assert found.told.status == "CANCELADA"
    assert system.mandate.status is MandateStatus.CANCELLED


def test_debits_need_a_provider() -> None:
    system = System()
    poor = replace(AURORA, pix=None)
    with pytest.raises(InvalidInput, match="automatic_pix"):
        system.manage.put(poor, any_plan(external_id=PlanId("b"), automatic=True), now=REGISTERED)


# ── debits ─────────────────────────────────────────────────────────────────────────────────────


def test_a_debit_is_asked_for_when_its_window_opens() -> None:
    system = System(issue_days_before=20).authorised()
    system.until(date(2027, 2, 27))
    assert system.invoice.is_open
    assert (system.debit.status, system.provider.debits) == (DebitStatus.PLANNED, {})
    system.until(date(2027, 2, 28))
    assert system.debit.status is DebitStatus.REQUESTED
    asked = system.provider.debits[CREDITOR, TXID].asked
    assert (asked.due_date, asked.amount, asked.rec_id) == (
        DUE,
        Money(14990),
        system.mandate.rec_id,
    )
    assert system.index.invoice_of(CREDITOR, TXID) == FIRST


def test_contact_rests_once_a_debit_is_scheduled_until_its_money_has_had_time() -> None:
    system = System().scheduled()
    assert system.debit.status is DebitStatus.SCHEDULED
    assert system.rests
    assert system.told("AutomaticDebitScheduled") == [
        {"external_id": FIRST, "customer_id": "cli-1", "debit_on": "2027-03-10"}
    ]
    system.now = datetime(2027, 3, 11, 14, 59, tzinfo=UTC)
    assert system.rests
    system.now = datetime(2027, 3, 11, 15, tzinfo=UTC)
    assert not system.rests


def test_a_debit_that_is_made_settles_the_invoice() -> None:
    system = System().scheduled()
    system.until(DUE, 10)
    system.pay()
    assert system.automatic.debit_told(AURORA, TXID, now=system.now)
    assert system.debit.status is DebitStatus.PAID
    assert system.invoice.status is InvoiceStatus.SETTLED
    assert system.invoice.find_payment(PaymentId(E2E)) is not None


def test_a_debit_that_nobody_told_of_is_found_the_morning_after() -> None:
    system = System().scheduled()
    system.until(DUE, 20)
    system.pay()
    system.until(date(2027, 3, 11))
    assert system.invoice.status is InvoiceStatus.SETTLED


@pytest.mark.parametrize("how", ["paid", "part", "cancelled", "postponed"])
def test_what_is_not_owed_so_any_more_is_taken_back_before_its_day(how: str) -> None:
    system = System().scheduled()
    system.until(date(2027, 3, 9), 22)
    if how == "cancelled":
        system.ingest.cancel_invoice(AURORA, FIRST, system.now, "erro", now=system.now)
    elif how == "postponed":
        later = replace(
            system.invoice, due_date=DUE + timedelta(days=15), issued_at=system.now, payments=()
        )
        system.ingest.issue_invoice(AURORA, later, any_customer(), now=system.now)
    else:
        amount = Money(14990 if how == "paid" else 10)
        payment = any_payment(paid_at=system.now, amount=amount)
        system.ingest.receive_payment(AURORA, FIRST, payment, now=system.now)
    system.until(DUE, 2)
    assert system.provider.debits[CREDITOR, TXID].told.status == "CANCELADA"
    assert system.debit.status is DebitStatus.CANCELLED
    assert not system.rests
    assert system.told("AutomaticDebitFailed") == []


def test_a_debit_that_the_customer_stops_is_told_and_the_ruler_goes_on() -> None:
    system = System().scheduled()
    system.provider.end(CREDITOR, TXID, "CANCELADA")
    system.automatic.debit_told(AURORA, TXID, now=system.now)
    assert (system.debit.status, system.rests) == (DebitStatus.CANCELLED, False)
    assert system.told("AutomaticDebitFailed") == [{"external_id": FIRST, "customer_id": "cli-1"}]


def test_a_debit_that_fails_lets_contact_go_on_at_once() -> None:
    system = System().scheduled()
    system.until(DUE, 15)
    system.provider.fail(CREDITOR, TXID)
    system.automatic.debit_told(AURORA, TXID, now=system.now)
    assert (system.debit.status, system.rests) == (DebitStatus.FAILED, False)
    assert system.told("AutomaticDebitFailed") == [
        {"external_id": FIRST, "customer_id": "cli-1", "reason": "AM02"}
    ]
    system.until(date(2027, 3, 20))
    assert system.provider.debits[CREDITOR, TXID].tries == 0, "no retries were agreed"
    assert system.told("AutomaticDebitFailed") == system.told("AutomaticDebitFailed")[:1]


def test_a_debit_is_tried_again_three_times_within_seven_days_where_that_was_agreed() -> None:
    system = System(retries=True).scheduled()
    system.until(DUE, 15)
    days: list[date] = []
    for _ in range(6):
        system.provider.fail(CREDITOR, TXID)
        system.automatic.debit_told(AURORA, TXID, now=system.now)
        system.until(system.today + timedelta(days=1), 3)
        if system.debit.status is DebitStatus.FAILED:
            break
        system.provider.schedule(CREDITOR, TXID)
        system.automatic.debit_told(AURORA, TXID, now=system.now)
        assert system.rests
        days.append(system.debit.try_on)
        system.until(system.debit.try_on, 15)
    assert days == [date(2027, 3, 12), date(2027, 3, 14), date(2027, 3, 16)]
    assert system.debit.status is DebitStatus.FAILED
    assert not system.rests


def test_what_was_paid_meanwhile_is_not_tried_again() -> None:
    system = System(retries=True).scheduled()
    system.until(DUE, 15)
    system.provider.fail(CREDITOR, TXID)
    payment = any_payment(paid_at=system.now)
    system.ingest.receive_payment(AURORA, FIRST, payment, now=system.now)
    system.automatic.debit_told(AURORA, TXID, now=system.now)
    system.until(date(2027, 3, 20))
    assert system.provider.debits[CREDITOR, TXID].tries == 0


def test_what_rests_in_an_agreement_is_not_tried_again() -> None:
    system = System(retries=True).scheduled()
    system.until(DUE, 15)
    system.provider.fail(CREDITOR, TXID)
    hold = Hold("h", HoldKind.IN_AGREEMENT, system.now, None, "acordo", "page", FIRST)
    account = system.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.invoices[FIRST].is_open
    system.portfolio.commit(Change(account.with_hold(hold)))
    system.automatic.debit_told(AURORA, TXID, now=system.now)
    system.until(date(2027, 3, 20))
    assert system.provider.debits[CREDITOR, TXID].tries == 0


def test_an_authorisation_that_comes_too_late_is_for_the_next_month() -> None:
    system = System()
    system.until(date(2027, 3, 9))
    system.authorised()
    system.until(date(2027, 4, 2))
    assert [d.period for d in system.debits.debits(CREDITOR, P, 9)] == ["202704"]


def test_an_authorisation_that_is_withdrawn_before_the_window_leaves_the_debit_out() -> None:
    system = System(issue_days_before=20).authorised()
    system.until(date(2027, 2, 20))
    assert system.mandate.rec_id is not None
    system.provider.decide(CREDITOR, system.mandate.rec_id, "CANCELADA")
    system.automatic.mandate_told(AURORA, system.mandate.rec_id, now=system.now)
    system.until(date(2027, 3, 1))
    assert system.debit.status is DebitStatus.LEFT_OUT
    assert system.provider.debits == {}


def test_what_the_provider_refuses_is_left_to_the_ruler() -> None:
    system = System().authorised()
    assert system.mandate.rec_id is not None
    system.provider.decide(CREDITOR, system.mandate.rec_id, "CANCELADA")  # and nobody told
    system.until(date(2027, 3, 2))
    assert (system.debit.status, system.debit.refusal) == (
        DebitStatus.LEFT_OUT,
        "CobROperacaoInvalida",
    )
    assert not system.rests


@pytest.mark.parametrize("error", [PspUnavailable("cai"), PspShut("credenciais")])
def test_a_provider_that_does_not_answer_stops_no_billing(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = System()

    def down(*_: object) -> None:
        raise error

    for name in ("ask_mandate", "find_by_contract"):
        monkeypatch.setattr(system.provider, name, down)
    system.until(date(2027, 3, 1))
    assert system.invoice.is_open
    monkeypatch.undo()
    system.until(date(2027, 3, 2))
    assert system.mandate.status is MandateStatus.WAITING, "asked for as soon as it answers"


def test_a_months_long_life_asks_for_each_debit_once() -> None:
    system = System().authorised()
    for month in (3, 4, 5):
        system.until(date(2027, month, 3))
        txid = debit_txid(CREDITOR, InvoiceId(f"contrato-7-2027{month:02d}"))
        system.provider.schedule(CREDITOR, txid)
        system.automatic.debit_told(AURORA, txid, now=system.now)
    assert len(system.provider.debits) == 3
    assert len(system.told("AutomaticDebitScheduled")) == 3


def test_what_the_provider_refuses_to_ask_is_shown_and_the_ruler_does_its_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = System()

    def refuses(*_: object) -> None:
        raise PspRefused("RecOperacaoInvalida")

    monkeypatch.setattr(system.provider, "ask_mandate", refuses)
    system.until(date(2027, 3, 12))
    assert (system.mandate.status, system.mandate.refusal) == (
        MandateStatus.REFUSED,
        "RecOperacaoInvalida",
    )
    assert system.invoice.is_open


def test_a_plan_without_months_left_asks_for_nothing() -> None:
    system = System(ends_on=DUE, bills_from=date(2027, 3, 11))
    system.until(date(2027, 2, 12))
    assert system.provider.mandates == {}
    assert system.debits.mandate(CREDITOR, P) is None


def test_what_has_ended_at_the_provider_already_is_not_withdrawn_twice() -> None:
    system = System().authorised()
    assert system.mandate.rec_id is not None
    system.provider.decide(CREDITOR, system.mandate.rec_id, "CANCELADA")  # and nobody told
    system.manage.end(AURORA, P, now=system.now)
    system.tick()
    assert system.mandate.status is MandateStatus.CANCELLED


def test_what_is_paid_before_its_debit_is_asked_for_is_not_debited() -> None:
    system = System(issue_days_before=20).authorised()
    system.until(date(2027, 2, 20))
    payment = any_payment(paid_at=system.now)
    system.ingest.receive_payment(AURORA, FIRST, payment, now=system.now)
    system.until(date(2027, 3, 2))
    assert system.debit.status is DebitStatus.CANCELLED
    assert system.provider.debits == {}


def test_a_retry_that_the_provider_refuses_is_left_to_the_ruler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = System(retries=True).scheduled()
    system.until(DUE, 15)
    system.provider.fail(CREDITOR, TXID)

    def refuses(*_: object) -> None:
        raise PspRefused("CobROperacaoInvalida")

    monkeypatch.setattr(system.provider, "retry_debit", refuses)
    system.automatic.debit_told(AURORA, TXID, now=system.now)
    system.until(date(2027, 3, 12))
    assert (system.debit.status, system.rests) == (DebitStatus.LEFT_OUT, False)


def test_a_debit_whose_day_has_come_is_not_taken_back_and_its_money_is_kept() -> None:
    system = System().scheduled()
    system.until(DUE, 10)
    payment = any_payment(paid_at=system.now)
    system.ingest.receive_payment(AURORA, FIRST, payment, now=system.now)
    system.pay()
    system.until(date(2027, 3, 11))
    assert system.debit.status is DebitStatus.PAID
    assert system.invoice.paid == Money(2 * 14990)


def test_a_debit_takes_over_from_the_charge_and_leaves_to_it_what_failed() -> None:
    system = System().authorised()
    system.until(date(2027, 3, 2))
    system.charges.asked.clear()
    system.provider.schedule(CREDITOR, TXID)
    system.automatic.debit_told(AURORA, TXID, now=system.now)
    assert system.charges.asked == [FIRST]
    system.until(DUE, 15)
    assert system.charges.asked == [FIRST]
    system.provider.fail(CREDITOR, TXID)
    system.automatic.debit_told(AURORA, TXID, now=system.now)
    assert system.charges.asked == [FIRST, FIRST]


def test_a_debit_without_an_end_leaves_the_invoice_to_its_charge_after_its_time() -> None:
    system = System().scheduled()
    system.until(date(2027, 3, 11), 14)
    before = list(system.charges.asked)
    system.until(date(2027, 3, 12))
    assert system.charges.asked == [*before, FIRST]


def test_an_invoice_that_a_debit_paid_is_named_so_that_no_charge_asks_again() -> None:
    system = System().scheduled()
    system.until(DUE, 10)
    system.charges.asked.clear()
    system.pay()
    system.until(date(2027, 3, 11))
    assert system.invoice.status is InvoiceStatus.SETTLED
    assert system.charges.asked == [FIRST]


def test_what_was_asked_for_in_doubt_and_paid_meanwhile_is_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The PSP made the debit and its answer was lost; nobody may be debited for what is paid."""
    system = System().authorised()
    ask = system.provider.ask_debit

    def lost(*args: Any) -> None:  # noqa: ANN401 - the port's own
        ask(*args)
        raise PspUnavailable

    monkeypatch.setattr(system.provider, "ask_debit", lost)
    system.until(date(2027, 3, 2))
    assert (system.debit.status, len(system.provider.debits)) == (DebitStatus.PLANNED, 1)
    system.ingest.receive_payment(AURORA, FIRST, any_payment(paid_at=system.now), now=system.now)
    system.until(date(2027, 3, 3))
    assert system.provider.debits[CREDITOR, TXID].told.status == "CANCELADA"
    assert system.debit.status is DebitStatus.CANCELLED


def test_another_attempt_whose_answer_was_lost_is_not_asked_for_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = System(retries=True).scheduled()
    system.until(DUE, 15)
    system.provider.fail(CREDITOR, TXID)
    retry = system.provider.retry_debit

    def lost(*args: Any) -> None:  # noqa: ANN401 - the port's own
        retry(*args)
        raise PspUnavailable

    monkeypatch.setattr(system.provider, "retry_debit", lost)
    system.automatic.debit_told(AURORA, TXID, now=system.now)
    system.until(DUE, 16)
    assert system.debit.status is DebitStatus.FAILED
    monkeypatch.undo()
    system.until(DUE, 18)
    assert system.debit.status.is_expected
    assert (system.debit.tries, system.provider.debits[CREDITOR, TXID].tries) == (1, 1)


def test_a_debit_that_fails_leaves_what_the_customer_said_standing() -> None:
    system = System().scheduled()
    system.until(DUE, 15)
    system.automatic.attend.payment_in_transit(
        AURORA, FIRST, on=DUE, method=PaymentMethod.BOLETO, by="portal", now=system.now
    )
    system.provider.fail(CREDITOR, TXID)
    system.automatic.debit_told(AURORA, TXID, now=system.now)
    holds = system.portfolio.load_account(CREDITOR, CUSTOMER).holds
    assert [hold.by for hold in holds] == ["portal"]


def test_an_authorisation_is_told_of_once_however_often_somebody_posts() -> None:
    system = System().authorised()
    assert system.mandate.rec_id is not None
    for _ in range(3):
        system.automatic.mandate_told(AURORA, system.mandate.rec_id, now=system.now)
    assert len(system.told("AutomaticDebitAuthorised")) == 1


# ── notifications ──────────────────────────────────────────────────────────────────────────────


def test_notifications_about_what_is_not_ours_change_nothing() -> None:
    system = System()
    assert not system.automatic.mandate_told(AURORA, "RN0", now=system.now)
    assert not system.automatic.debit_told(AURORA, "t" * 32, now=system.now)


def test_the_same_notification_twice_is_one() -> None:
    system = System().scheduled()
    before = system.debit
    system.automatic.debit_told(AURORA, TXID, now=system.now)
    assert system.debit == before
    assert len(system.portfolio.load_account(CREDITOR, CUSTOMER).holds) == 1


REC = {"idRec": "RR1026652320240821lab77511abf", "status": "APROVADA"}
COBR = {"txid": "3136957d93134f2184b369e8f1c0729d", "status": "ATIVA"}


@pytest.mark.parametrize(
    ("read", "document", "expected"),
    [
        (receive_rec, {"recs": [REC, REC]}, [REC["idRec"]]),
        (receive_rec, [REC], [REC["idRec"]]),
        (receive_rec, REC, [REC["idRec"]]),
        (receive_cobr, {"cobsr": [COBR]}, [COBR["txid"]]),
        (receive_cobr, {"cobsr": []}, []),
    ],
)
def test_a_notification_says_what_it_is_about(
    read: Callable[[bytes], Any], document: object, expected: list[str]
) -> None:
    assert read(json.dumps(document).encode()) == expected


@pytest.mark.parametrize(
    ("read", "document"),
    [
        (receive_rec, {"recs": {}}),
        (receive_rec, {"recs": [{"idRec": "a/b"}]}),
        (receive_rec, {"recs": [{"idRec": "a" * 36}]}),
        (receive_cobr, {"cobsr": [COBR, {}]}),
        (receive_cobr, "x"),
        (receive_cobr, {"cobsr": [{"txid": "é"}]}),
    ],
)
def test_what_is_no_notification_is_refused(read: Callable[[bytes], Any], document: object) -> None:
    with pytest.raises(InvalidInput):
        read(json.dumps(document).encode())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["recs", "cobsr", "idRec", "txid", "x"]), inner)
    ),
    max_leaves=8,
)


@given(st.sampled_from([receive_rec, receive_cobr]), st.binary(max_size=60) | json_values)
def test_any_body_is_ids_or_invalid_input(read: Callable[[bytes], Any], body: object) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        found = read(raw)
    except InvalidInput:
        return
    assert all(isinstance(i, str) and i.isalnum() for i in found)


# ── our words for the provider's ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (DebitTold("t", "CRIADA"), DebitStatus.REQUESTED),
        (DebitTold("t", "ATIVA"), DebitStatus.SCHEDULED),
        (DebitTold("t", "ATIVA", (Attempt(DUE, "AGENDADA"),)), DebitStatus.SCHEDULED),
        (DebitTold("t", "ATIVA", (Attempt(DUE, "REJEITADA"),)), DebitStatus.FAILED),
        (
            DebitTold("t", "ATIVA", (Attempt(DUE, "EXPIRADA"), Attempt(DUE, "SOLICITADA"))),
            DebitStatus.SCHEDULED,
        ),
        (DebitTold("t", "CONCLUIDA"), DebitStatus.PAID),
        (DebitTold("t", "EXPIRADA"), DebitStatus.FAILED),
        (DebitTold("t", "REJEITADA"), DebitStatus.FAILED),
        (DebitTold("t", "CANCELADA"), DebitStatus.CANCELLED),
        (DebitTold("t", "DE_AMANHA"), None),
    ],
)
def test_a_debit_stands_where_the_provider_says(
    told: DebitTold, expected: DebitStatus | None
) -> None:
    assert debit_status(told) is expected


def test_the_code_of_the_last_failure_is_told() -> None:
    attempts = (Attempt(DUE, "REJEITADA", "AB10"), Attempt(DUE + timedelta(2), "REJEITADA", "AM02"))
    assert refusal_of(DebitTold("t", "ATIVA", attempts)) == "AM02"
    assert refusal_of(DebitTold("t", "REJEITADA", attempts, refusal="DS27")) == "DS27"
    assert refusal_of(DebitTold("t", "ATIVA")) is None


def test_a_contract_too_long_for_the_institutions_is_named_by_a_hash() -> None:
    long = contract_of(CREDITOR, "x" * 40, 0)
    assert len(long) == 35
    assert long != contract_of(CREDITOR, "x" * 40, 1)
    assert contract_of(CREDITOR, "p", 1) == "p/2"


@given(st.integers(0, 4), st.integers(-3, 12), st.integers(0, 9))
def test_no_attempt_is_asked_for_outside_its_limits(tries: int, today: int, tried: int) -> None:
    debit = Debit(
        period="202703",
        invoice_id=FIRST,
        due_date=DUE,
        amount=Money(1),
        txid=TXID,
        status=DebitStatus.FAILED,
        try_on=DUE + timedelta(days=tried),
        tries=tries,
    )
    now = DUE + timedelta(days=today)
    day = retry_on(debit, now)
    if day is not None:
        assert tries < 3
        assert now < day <= DUE + timedelta(days=7)
        assert day > debit.try_on


# ── through the door ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("document", "is_ours"),
    [({"recs": []}, True), ({"cobsr": []}, True), ({"pix": []}, False), ([], False), (1, False)],
)
def test_the_body_says_whether_it_is_about_debits(document: object, *, is_ours: bool) -> None:
    assert is_about_debits(json.dumps(document).encode()) is is_ours


def test_what_is_no_json_is_not_about_debits() -> None:
    assert not is_about_debits(b"{")


def test_a_notification_is_looked_at_and_counted() -> None:
    system = System().scheduled()
    system.until(DUE, 10)
    system.pay()
    body = json.dumps({"recs": [REC], "cobsr": [{"txid": TXID}]}).encode()
    counts = system.automatic.notified(AURORA, body, now=system.now)
    assert counts == {"debits_notified": 2, "debits_unknown": 1}
    assert system.invoice.status is InvoiceStatus.SETTLED
