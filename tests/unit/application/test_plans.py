"""Plans bring invoices: each month once, in time, whatever dies in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from regua.adapters.memory import MemoryDirectory, MemoryLedger, MemoryPortfolio, MemoryPublisher
from regua.adapters.memory_plans import MemoryPlans
from regua.application.ingest import Ingest, Ingested
from regua.application.issue_recurring import (
    PAGE,
    Done,
    IssueRecurring,
    RecurringDue,
    plan_recurring,
)
from regua.application.manage_plans import ManagePlans, plan_tag
from regua.application.plans_in import PlanFields
from regua.application.preconditions import Expectation
from regua.domain.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    PreconditionFailed,
    VersionConflict,
)
from regua.domain.ids import CreditorId, CustomerId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.money import Money
from regua.domain.pix.setup import PixSetup
from regua.domain.plans import Plan, PlanId, PlanStatus
from tests.builders import CREDITOR, CUSTOMER, any_creditor, any_customer, any_invoice
from tests.unit.domain.test_plans import any_plan

AURORA = any_creditor()
P = PlanId("contrato-7")
BEGIN = datetime(2027, 1, 15, 12, tzinfo=UTC)


@dataclass
class Charges:
    """Remembers which invoices were named to those who make charges."""

    asked: list[InvoiceId] = field(default_factory=list)

    def ask(self, creditor_id: CreditorId, invoice_id: InvoiceId, *, now: datetime) -> None:
        del creditor_id, now
        self.asked.append(invoice_id)


@dataclass
class Queue:
    """Remembers what was queued."""

    sent: list[Mapping[str, Any]] = field(default_factory=list)

    def send(self, messages: Sequence[Mapping[str, Any]], *, delay_seconds: int = 0) -> None:
        assert delay_seconds == 0
        self.sent += messages


@dataclass
class System:
    """The use cases on the twins, with one customer."""

    def __post_init__(self) -> None:
        self.plans = MemoryPlans()
        self.portfolio = MemoryPortfolio(MemoryLedger(), shards=1)
        self.charges, self.queue = Charges(), Queue()
        self.ingest = Ingest(self.portfolio, MemoryPublisher(), self.charges)
        self.directory = MemoryDirectory(AURORA)
        self.manage = ManagePlans(self.plans, self.portfolio)
        self.issue = IssueRecurring(self.plans, self.ingest, self.directory, self.queue)
        self.ingest.change_customer(AURORA, any_customer(), now=BEGIN)

    def put(self, now: datetime = BEGIN, **changes: Any) -> Plan:  # noqa: ANN401 - any field
        return self.manage.put(AURORA, any_plan(**changes), now=now)[1]

    def tick(self, now: datetime, seconds: float = 60.0) -> Done:
        return self.issue.shard(RecurringDue(shard="00"), now=now, seconds_left=lambda: seconds)

    def invoices(self) -> list[str]:
        return sorted(i for _, i in self.portfolio.owners)

    def invoice(self, invoice_id: str) -> Invoice:
        found = self.portfolio.find_invoice(CREDITOR, InvoiceId(invoice_id))
        assert found is not None
        return found


@pytest.fixture
def system() -> System:
    return System()


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


# ── describing ─────────────────────────────────────────────────────────────────────────────────


def test_a_plan_is_created_updated_and_an_older_description_changes_nothing(
    system: System,
) -> None:
    first = any_plan()
    assert system.manage.put(AURORA, first, now=BEGIN)[0] is Ingested.CREATED
    newer = any_plan(amount=Money(1), changed_at=first.changed_at + timedelta(days=1))
    done, stands = system.manage.put(AURORA, newer, now=BEGIN)
    assert (done, stands.amount) == (Ingested.UPDATED, Money(1))
    assert system.manage.put(AURORA, first, now=BEGIN)[1] == stands


def test_an_unknown_customer_or_ruler_is_refused_by_name(system: System) -> None:
    with pytest.raises(InvalidInput, match="customer_external_id"):
        system.put(customer_id=CustomerId("ninguém"))
    with pytest.raises(InvalidInput, match="ruler"):
        system.put(ruler="sumiu")


def test_a_plan_never_moves_to_another_customer(system: System) -> None:
    other = any_customer(external_id=CustomerId("cli-2"))
    system.ingest.change_customer(AURORA, other, now=BEGIN)
    system.put()
    with pytest.raises(Conflict):
        system.put(customer_id=CustomerId("cli-2"), changed_at=BEGIN)


def test_pausing_and_going_on_again_are_done_once(system: System) -> None:
    system.put()
    paused = system.manage.pause(AURORA, P, now=BEGIN)
    assert system.manage.pause(AURORA, P, now=BEGIN) == paused
    resumed = system.manage.resume(AURORA, P, now=BEGIN)
    assert system.manage.resume(AURORA, P, now=BEGIN) == resumed
    assert resumed.status is PlanStatus.ACTIVE


def test_an_ended_plan_stays_so(system: System) -> None:
    system.put()
    ended = system.manage.end(AURORA, P, now=BEGIN)
    assert system.manage.end(AURORA, P, now=BEGIN) == ended
    for act in (system.manage.pause, system.manage.resume):
        with pytest.raises(Conflict):
            act(AURORA, P, now=BEGIN)
    with pytest.raises(Conflict):
        system.put(changed_at=BEGIN)
    system.tick(at(date(2028, 1, 1)))
    assert system.invoices() == []


@pytest.mark.parametrize("act", ["pause", "resume", "end", "find"])
def test_a_plan_that_is_not_there_is_not_found(system: System, act: str) -> None:
    more = {} if act == "find" else {"now": BEGIN}
    with pytest.raises(NotFound):
        getattr(system.manage, act)(AURORA, P, **more)


def test_a_caller_writes_what_it_expects_to_find(system: System) -> None:
    tag = plan_tag(system.put())
    newer = any_plan(amount=Money(1), changed_at=BEGIN)
    for expected in (Expectation(frozenset({"outra"})), Expectation(differs=frozenset({"*"}))):
        with pytest.raises(PreconditionFailed):
            system.manage.put(AURORA, newer, now=BEGIN, expected=expected)
    expected = Expectation(frozenset({tag}))
    changed = system.manage.put(AURORA, newer, now=BEGIN, expected=expected)[1]
    assert plan_tag(changed) != tag
    system.tick(at(date(2027, 1, 29)))
    assert plan_tag(system.manage.find(AURORA, P)) == plan_tag(changed), "billing is our doing"


# ── billing ────────────────────────────────────────────────────────────────────────────────────


def test_a_month_is_billed_when_its_time_comes_and_not_before(system: System) -> None:
    system.put(number_prefix="AL-", description="Aluguel", instalments=12)
    assert system.tick(at(date(2027, 1, 29), 8)).issued == 0
    assert system.tick(at(date(2027, 1, 29), 9)).issued == 1
    invoice = system.invoice("contrato-7-202702")
    assert (invoice.number, invoice.description) == ("AL-2027-02", "Aluguel (parcela 1 de 12)")
    assert (invoice.issue_date, invoice.due_date) == (date(2027, 1, 29), date(2027, 2, 10))
    assert (invoice.customer_id, invoice.amount) == (CUSTOMER, Money(14990))
    assert invoice.metadata == {"plan_external_id": "contrato-7", "period": "202702"}
    account = system.portfolio.load_account(CREDITOR, CUSTOMER)
    assert account.next_evaluation_at is not None, "the ruler follows it"


def test_a_year_of_hourly_ticks_bills_each_month_once(system: System) -> None:
    system.put(instalments=11)
    now = BEGIN
    while now < at(date(2028, 2, 1)):
        system.tick(now)
        now += timedelta(hours=7)
    assert system.invoices() == [f"contrato-7-2027{m:02d}" for m in range(2, 13)]
    assert system.tick(at(date(2030, 1, 1))).plans == 0, "nothing waits any more"


def test_what_was_missed_is_made_good_and_due_no_earlier_than_it_was_issued(
    system: System,
) -> None:
    system.put()
    assert system.tick(at(date(2027, 3, 20))).issued == 2
    assert system.invoice("contrato-7-202702").due_date == date(2027, 3, 20)
    assert system.invoice("contrato-7-202703").due_date == date(2027, 3, 20)


def test_a_pause_bills_nothing_and_is_not_made_up_for(system: System) -> None:
    system.put()
    system.manage.pause(AURORA, P, now=BEGIN)
    assert system.tick(at(date(2027, 3, 20))).plans == 0
    system.manage.resume(AURORA, P, now=at(date(2027, 3, 20)))
    system.tick(at(date(2027, 4, 1)))
    assert system.invoices() == ["contrato-7-202704"]


def test_a_new_amount_is_of_the_months_to_come(system: System) -> None:
    system.put()
    system.tick(at(date(2027, 1, 29)))
    system.put(now=at(date(2027, 2, 1)), amount=Money(1), changed_at=at(date(2027, 2, 1)))
    system.tick(at(date(2027, 2, 27)))
    assert system.invoice("contrato-7-202702").amount == Money(14990)
    assert system.invoice("contrato-7-202703").amount == Money(1)


def test_a_changed_day_bills_no_month_twice(system: System) -> None:
    system.put()
    system.tick(at(date(2027, 1, 29)))
    system.put(now=at(date(2027, 2, 1)), day=25, changed_at=at(date(2027, 2, 1)))
    system.tick(at(date(2027, 3, 20)))
    assert system.invoices() == ["contrato-7-202702", "contrato-7-202703"]


def test_an_invoice_that_was_changed_by_hand_stands(system: System) -> None:
    system.put()
    by_hand = Invoice(
        InvoiceId("contrato-7-202702"),
        CUSTOMER,
        "X",
        date(2027, 1, 1),
        date(2027, 2, 20),
        Money(5),
        BEGIN,
    )
    system.ingest.issue_invoice(AURORA, by_hand, any_customer(), now=BEGIN)
    system.tick(at(date(2027, 1, 29)))
    assert system.invoice("contrato-7-202702").amount == Money(5)
    (month,) = system.plans.billed(CREDITOR, P, None, 5).billed
    assert (month.amount, month.due_date) == (Money(5), date(2027, 2, 20))


def test_a_crash_after_the_invoice_bills_it_no_second_time(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.put()
    save = system.plans.save

    def dies(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(system.plans, "save", dies)
    with pytest.raises(RuntimeError):
        system.tick(at(date(2027, 1, 29)))
    first = system.invoice("contrato-7-202702")
    monkeypatch.setattr(system.plans, "save", save)
    assert system.tick(at(date(2027, 1, 30))).issued == 1
    assert system.invoice("contrato-7-202702") == first
    assert system.invoices() == ["contrato-7-202702"]


def test_two_workers_at_once_bill_a_month_once(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.put()
    find, now = system.plans.find, at(date(2027, 1, 29))
    raced: list[bool] = []

    def slow(creditor_id: CreditorId, plan_id: PlanId) -> Plan | None:
        found = find(creditor_id, plan_id)
        if not raced:
            raced.append(True)
            system.tick(now)
        return found

    monkeypatch.setattr(system.plans, "find", slow)
    system.tick(now)
    assert system.invoices() == ["contrato-7-202702"]
    assert [b.period for b in system.plans.billed(CREDITOR, P, None, 5).billed] == ["202702"]


def test_one_plan_that_fails_stops_no_other_and_is_tried_again(system: System) -> None:
    gone = CustomerId("cli-9")
    system.plans.save(CREDITOR, any_plan(external_id=PlanId("a"), customer_id=gone), look_at=BEGIN)
    system.put()
    done = system.tick(at(date(2027, 1, 29)))
    assert (done.issued, [type(e) for e in done.broken]) == (1, [NotFound])
    assert [type(e) for e in system.tick(at(date(2027, 1, 30))).broken] == [NotFound]


def test_plans_of_a_creditor_that_is_gone_are_passed_over(system: System) -> None:
    system.plans.save(CreditorId("sumiu"), any_plan(), look_at=BEGIN)
    assert system.tick(at(date(2027, 1, 29))).issued == 0


def test_with_too_little_time_left_the_rest_goes_back_to_the_queue(system: System) -> None:
    system.put()
    done = system.tick(at(date(2027, 1, 29)), seconds=1.0)
    assert (done.drained, done.issued) == (False, 0)
    assert system.queue.sent == [{"kind": "recurring", "shard": "00"}]


def test_more_plans_than_a_page_are_all_billed(system: System) -> None:
    for n in range(PAGE + 3):
        system.put(external_id=PlanId(f"p{n:03d}"))
    assert system.tick(at(date(2027, 1, 29))).issued == PAGE + 3


def test_what_is_busy_is_tried_again_at_once(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.put()
    save, failures = system.plans.save, [VersionConflict(), VersionConflict()]

    def busy(*args: Any, **more: Any) -> None:  # noqa: ANN401 - the port's own
        if failures:
            raise failures.pop()
        save(*args, **more)

    monkeypatch.setattr(system.plans, "save", busy)
    assert system.tick(at(date(2027, 1, 29))).issued == 1


def test_a_month_is_not_billed_by_an_invoice_of_somebody_else_s(system: System) -> None:
    system.put()
    taken = any_invoice("contrato-7-202702", customer_id=CustomerId("cli-2"))
    customer = any_customer(external_id=CustomerId("cli-2"))
    system.ingest.issue_invoice(AURORA, taken, customer, now=BEGIN)
    done = system.tick(at(date(2027, 1, 29)))
    assert (done.issued, [type(e) for e in done.broken]) == (0, [Conflict])


def test_an_invoice_is_named_once_to_those_who_make_charges() -> None:
    system = System()
    paid = replace(AURORA, pix=PixSetup("aurora@example.com.br"))
    system.put()
    issue = replace(system.issue, directory=MemoryDirectory(paid))
    due = RecurringDue(shard="00")
    assert issue.shard(due, now=at(date(2027, 1, 29)), seconds_left=lambda: 60.0).issued == 1
    assert system.charges.asked == ["contrato-7-202702"]


def test_an_invoice_that_a_crash_left_unnamed_is_named_by_the_next_look(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid = replace(AURORA, pix=PixSetup("aurora@example.com.br"))
    system.put()
    issue = replace(system.issue, directory=MemoryDirectory(paid))
    due, now = RecurringDue(shard="00"), at(date(2027, 1, 29))

    def dies(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(system.charges, "ask", dies)
    with pytest.raises(RuntimeError):
        issue.shard(due, now=now, seconds_left=lambda: 60.0)
    monkeypatch.undo()
    issue.shard(due, now=now, seconds_left=lambda: 60.0)
    assert system.charges.asked == ["contrato-7-202702"]


def test_an_invoice_is_named_to_those_who_make_charges_where_there_are_any(
    system: System,
) -> None:
    system.put()
    system.tick(at(date(2027, 1, 29)))
    assert system.charges.asked == [], "this creditor is not paid through a PSP"


def test_a_tick_plans_one_message_per_shard() -> None:
    queue = Queue()
    assert plan_recurring(queue, shards=3, as_of=BEGIN) == 3
    assert [RecurringDue.model_validate(m).shard for m in queue.sent] == ["00", "01", "02"]
    assert {m["as_of"] for m in queue.sent} == {"2027-01-15T12:00:00.000Z"}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["tick", "pause", "resume", "amount", "day"]), st.integers(1, 40)
        ),
        max_size=25,
    )
)
@settings(deadline=None, max_examples=60)
def test_whatever_happens_each_month_is_billed_at_most_once_and_in_order(
    acts: list[tuple[str, int]],
) -> None:
    system = System()
    system.put()
    now = BEGIN
    for act, number in acts:
        now += timedelta(days=number)
        match act:
            case "tick":
                system.tick(now)
            case "pause":
                system.manage.pause(AURORA, P, now=now)
            case "resume":
                system.manage.resume(AURORA, P, now=now)
            case "amount":
                system.put(now=now, amount=Money(number), changed_at=now)
            case _:
                system.put(now=now, day=min(number, 31), changed_at=now)
    months = [b.period for b in system.plans.billed(CREDITOR, P, None, 99).billed]
    assert months == sorted(set(months), reverse=True)
    assert system.invoices() == sorted(f"contrato-7-{m}" for m in months)


# ── what is taken in ───────────────────────────────────────────────────────────────────────────

FIELDS: dict[str, Any] = {
    "customer_external_id": "cli-1",
    "amount_centavos": 14990,
    "day": 10,
    "starts_on": "2027-01-15",
}


def test_the_least_that_a_plan_needs() -> None:
    plan = PlanFields.model_validate(FIELDS).to_domain("p", BEGIN, date(2027, 1, 20))
    assert plan == any_plan(external_id=PlanId("p"), changed_at=BEGIN, bills_from=date(2027, 1, 20))


def test_automatic_debits_are_asked_for_by_name() -> None:
    read = PlanFields.model_validate({**FIELDS, "automatic_pix": {"retries": True}})
    plan = read.to_domain("p", BEGIN, date(2027, 1, 20))
    assert (plan.automatic, plan.retries) == (True, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"day": 0},
        {"day": 32},
        {"day": "10"},
        {"amount_centavos": 0},
        {"amount_centavos": 149.9},
        {"ends_on": "2027-01-14"},
        {"ends_on": "2027-02-09"},
        {"instalments": 0},
        {"issue_days_before": 61},
        {"issue_days_before": -1},
        {"customer_external_id": "a#b"},
        {"automatic_pix": {"retries": "yes"}},
        {"extra": 1},
    ],
)
def test_what_makes_no_plan_is_refused(changes: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PlanFields.model_validate({**FIELDS, **changes})


PAGE_OF_DOCS = Path(__file__).parents[3] / "docs" / "plans.md"


def test_the_plan_of_the_documentation_is_one() -> None:
    example = PAGE_OF_DOCS.read_text().split("```json")[1].partition("```")[0]
    plan = PlanFields.model_validate_json(example).to_domain("p", BEGIN, date(2027, 1, 15))
    assert (plan.day, plan.instalments, plan.automatic, plan.retries) == (31, 12, True, True)


def test_a_stale_copy_is_no_plan_of_the_store(system: System) -> None:
    plan = system.put()
    with pytest.raises(VersionConflict):
        system.plans.save(CREDITOR, replace(plan, version=0), look_at=None)
