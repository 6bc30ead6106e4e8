"""A ruler is written: kept as a version, and brought to accounts that sleep or are under way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from regua.adapters.email_templates import TEMPLATES
from regua.adapters.memory import (
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryPublisher,
    MemoryShardQueue,
)
from regua.adapters.memory_rulers import MemoryRulers
from regua.application import activate_ruler
from regua.application.activate_ruler import ActivateRuler, Choice, Reschedule
from regua.application.evaluate_ruler import EvaluateRuler
from regua.application.ingest import Ingest
from regua.application.messages import RescheduleDue, ShardDue
from regua.application.ports import Change, Creditor, WrittenRuler
from regua.domain.account import Account
from regua.domain.errors import InvalidInput, NotFound, TemporaryError, VersionConflict
from regua.domain.ids import CustomerId
from regua.domain.notes import NoteKind
from regua.domain.ruler import DEFAULT_RULER
from regua.domain.rulers import Backfill, InFlight
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    DUE,
    any_creditor,
    any_customer,
    any_invoice,
    nine_o_clock,
)

NOW = nine_o_clock(DUE)
DELAY = 40
FAR = date(2027, 1, 12)
"""A due date, a Tuesday two months away; the first step for it is on Monday 11th at nine."""
MIGRATE = Choice(InFlight.MIGRATE, Backfill.DESERVED_LEVEL)
KEEP = Choice(InFlight.KEEP, Backfill.DESERVED_LEVEL)
RESTART = Choice(InFlight.RESTART, Backfill.DESERVED_LEVEL)


class Queue(MemoryShardQueue):
    """A queue that remembers delays, and may be down."""

    def __init__(self) -> None:
        super().__init__()
        self.delays: list[int] = []
        self.is_down = False

    def send(self, messages: Sequence[Mapping[str, Any]], *, delay_seconds: int = 0) -> None:
        if self.is_down:
            raise TemporaryError
        super().send(messages, delay_seconds=delay_seconds)
        self.delays += [delay_seconds] * len(messages)


class Portfolio(MemoryPortfolio):
    """A portfolio in which something may happen just before a write."""

    def __init__(self, shards: int) -> None:
        super().__init__(MemoryLedger(), shards)
        self.before_commit: list[Callable[[], None]] = []

    def commit(self, change: Change) -> None:
        if self.before_commit:
            self.before_commit.pop(0)()
        super().commit(change)


class System:
    """The use cases on the twins."""

    def __init__(self, shards: int = 1) -> None:
        self.portfolio = Portfolio(shards)
        self.directory = MemoryDirectory(any_creditor())
        self.publisher = MemoryPublisher()
        self.queue = Queue()
        self.rulers = MemoryRulers(self.directory, self.portfolio)
        self.activate = ActivateRuler(self.rulers, self.queue, TEMPLATES, shards, DELAY)
        self.reschedule = Reschedule(self.portfolio, self.directory, self.queue)
        self.evaluate = EvaluateRuler(
            self.portfolio, self.directory, self.publisher, self.queue, self.portfolio.ledger
        )

    @property
    def creditor(self) -> Creditor:
        return self.directory.get(CREDITOR)

    @property
    def account(self) -> Account:
        return self.portfolio.load_account(CREDITOR, CUSTOMER)

    @property
    def versions(self) -> list[int]:
        return [v.version for v in self.rulers.versions(CREDITOR, "padrao")]

    def issue(self, name: CustomerId = CUSTOMER, due: date = FAR, now: datetime = NOW) -> None:
        invoice = any_invoice(f"fat-{name}", customer_id=name, due_date=due)
        customer = any_customer(external_id=name)
        Ingest(self.portfolio, self.publisher).issue_invoice(
            self.creditor, invoice, customer, now=now
        )

    def write(
        self, document: Mapping[str, Any], choice: Choice = MIGRATE, now: datetime = NOW
    ) -> WrittenRuler:
        return self.activate(self.creditor, str(document["name"]), document, choice, now=now)

    def work(self, now: datetime = NOW) -> int:
        """Do everything that is queued; return how many accounts were moved."""
        moved = 0
        while self.queue.messages:
            message = RescheduleDue.model_validate(self.queue.messages.pop(0))
            moved += self.reschedule(message, now=now)
        return moved

    def next_contact(self, since: datetime = NOW) -> tuple[str, str, date]:
        """Evaluate at every instant the account asks for from now on, until something is sent."""
        before = len(self.publisher.of("ContactDue"))
        for _ in range(20):
            at = self.account.next_evaluation_at
            assert at is not None, "nothing more to come"
            at = max(at, since)
            self.evaluate.shard(
                ShardDue(shard="00"), now=at, correlation_id="c", seconds_left=lambda: 60
            )
            for due in self.publisher.of("ContactDue")[before:]:
                return (
                    due.data["step_id"],
                    due.data["ruler"],
                    date.fromisoformat(due.data["decided_on"]),
                )
        raise AssertionError("no contact is ever made")


def document(name: str = "padrao", *more: tuple[str, int], **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the default ruler's document with more steps in it."""
    steps: Any = DEFAULT_RULER["steps"]
    added = [
        {"id": step_id, "offset_days": days, "channels": ["email"], "template": "lembrete"}
        for step_id, days in more
    ]
    ordered = sorted([*steps, *added], key=lambda s: s["offset_days"])
    return {**DEFAULT_RULER, "name": name, "steps": ordered, **changes}


EARLY = document("padrao", ("aviso", -29))
"""A step four weeks before the due date: Monday 14 December for ``FAR``."""


@pytest.fixture
def system() -> System:
    return System()


# ── what is written ─────────────────────────────────────────────────────────────────────────────


def test_the_next_version_is_written_with_what_was_chosen(system: System) -> None:
    first = system.write(EARLY, KEEP)
    assert first == WrittenRuler("padrao", 1, EARLY, NOW, InFlight.KEEP, Backfill.DESERVED_LEVEL)
    second = system.write(document(), RESTART, now=NOW + timedelta(days=1))
    assert (second.version, second.in_flight) == (2, InFlight.RESTART)
    assert list(system.rulers.versions(CREDITOR, "padrao")) == [first, second]
    assert system.creditor.ruler.ref == "padrao@2"


def test_the_same_document_again_is_no_new_version_and_moves_nobody(system: System) -> None:
    first = system.write(EARLY)
    system.queue.messages.clear()
    assert system.write(EARLY, RESTART, now=NOW + timedelta(days=1)) == first
    assert (system.versions, system.queue.messages) == ([1], [])
    assert system.write(document()).version == 2
    assert system.write(EARLY).version == 3, "back to an earlier one is a new version"


@pytest.mark.parametrize(
    ("written", "paths"),
    [
        (document(name="outra"), ["name"]),
        (document(escalation="devagar"), ["escalation"]),
        (document(steps=[]), ["steps"]),
        ([], [""]),
    ],
)
def test_a_document_that_cannot_be_followed_writes_and_moves_nothing(
    system: System, written: object, paths: list[str]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        system.activate(system.creditor, "padrao", written, MIGRATE, now=NOW)
    assert [p.path for p in caught.value.problems] == paths
    assert (system.versions, system.queue.messages) == ([], [])


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"template": "sumiu"}, "steps.0.template"),
        ({"when": {"segments": ["vip"]}}, "steps.0.when.segments"),
    ],
)
def test_names_in_a_document_must_be_known(
    system: System, changes: dict[str, Any], path: str
) -> None:
    step = {"id": "a", "offset_days": 5, "channels": ["email"], "template": "vencida"}
    with pytest.raises(InvalidInput) as caught:
        system.write(document(steps=[{**step, **changes}]))
    assert [p.path for p in caught.value.problems] == [path]


def test_a_segment_may_be_named_once_it_is_assigned(system: System) -> None:
    segment = {"name": "vip", "when": {"tags_any": ["vip"]}}
    system.activate.assign(system.creditor, {"default_ruler": "padrao", "segments": [segment]})
    step = {"id": "a", "offset_days": 5, "channels": ["email"], "template": "vencida"}
    only_vip = document(steps=[{**step, "when": {"segments": ["vip"]}}])
    assert system.write(only_vip).version == 1


def test_a_lost_race_is_told(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.rulers, "versions", lambda *_: [])
    system.write(EARLY)
    with pytest.raises(VersionConflict):
        system.write(document())


# ── what is queued ──────────────────────────────────────────────────────────────────────────────


def test_every_shard_is_told_after_every_function_knows(system: System) -> None:
    system = System(shards=12)
    system.write(EARLY)
    assert system.queue.messages == [
        {"creditor_id": "aurora", "shard": f"{n:02d}"} for n in range(12)
    ]
    assert system.queue.delays == [DELAY] * 12


def test_where_time_travels_accounts_are_rescheduled_at_that_time(system: System) -> None:
    system.activate(system.creditor, "padrao", EARLY, MIGRATE, now=NOW, as_of=NOW)
    system.activate.assign(system.creditor, {"default_ruler": "padrao"}, as_of=NOW)
    assert [m["as_of"] for m in system.queue.messages] == ["2026-11-10T12:00:00Z"] * 2


def test_nothing_is_written_that_could_not_be_brought_to_the_accounts(system: System) -> None:
    """Written first, a repeated call would find it unchanged, and nobody would be woken."""
    system.issue()
    system.queue.is_down = True
    with pytest.raises(TemporaryError):
        system.write(EARLY)
    with pytest.raises(TemporaryError):
        system.activate.assign(system.creditor, {"default_ruler": "padrao"})
    assert (system.versions, system.rulers.find_assignment(CREDITOR)) == ([], None)
    system.queue.is_down = False
    system.write(EARLY)
    assert system.work() == 1


# ── accounts that sleep ─────────────────────────────────────────────────────────────────────────


def test_a_sleeping_account_is_woken_by_a_step_that_comes_earlier(system: System) -> None:
    system.issue()
    assert system.account.next_evaluation_at == nine_o_clock(date(2027, 1, 11))
    system.write(EARLY)
    assert system.account.next_evaluation_at == nine_o_clock(date(2027, 1, 11)), "untouched yet"
    assert system.work(NOW + timedelta(seconds=DELAY)) == 1
    assert system.account.next_evaluation_at == nine_o_clock(date(2026, 12, 14))
    assert system.next_contact() == ("aviso", "padrao@1", date(2026, 12, 14))


def test_rescheduling_moves_the_alarm_and_nothing_else(system: System) -> None:
    system.issue()
    before = system.account
    system.write(EARLY)
    system.work()
    assert replace(system.account, next_evaluation_at=before.next_evaluation_at) == replace(
        before, version=before.version + 1
    )
    assert system.account.invoices["fat-cli-1"].place.ruler == "padrao@0"  # type: ignore[index]
    assert list(system.portfolio.notes(CREDITOR, CUSTOMER)) == []


def test_an_account_for_which_nothing_changes_is_not_written(system: System) -> None:
    system.issue()
    before = system.account
    system.write(document("padrao", ("vencida-20", 20)))
    assert system.work() == 0
    assert system.account == before


def test_what_was_to_be_kept_sleeps_on(system: System) -> None:
    system.issue()
    before = system.account
    system.write(EARLY, KEEP)
    assert system.work() == 0
    assert system.account == before
    system.issue(CustomerId("cli-2"))
    new = system.portfolio.load_account(CREDITOR, CustomerId("cli-2"))
    assert new.next_evaluation_at == nine_o_clock(date(2026, 12, 14)), "new ones follow the new"


def test_an_assignment_wakes_those_whom_it_gives_an_earlier_step(system: System) -> None:
    system.issue()
    system.write(document("cedo", ("aviso", -29)))
    assert system.work() == 0, "nobody follows it yet"
    system.activate.assign(system.creditor, {"default_ruler": "cedo"})
    assert system.work() == 1
    assert system.next_contact() == ("aviso", "cedo@1", date(2026, 12, 14))
    with pytest.raises(InvalidInput) as caught:
        system.activate.assign(system.creditor, {"default_ruler": "sumiu"})
    assert [p.path for p in caught.value.problems] == ["default_ruler"]


def test_every_page_of_a_shard_is_done(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activate_ruler, "PAGE", 10)
    for n in range(25):
        system.issue(CustomerId(f"cli-{n:02d}"))
    system.write(EARLY)
    moved = []
    for _ in range(3):
        (message,) = system.queue.messages
        system.queue.messages.clear()
        moved.append(system.reschedule(RescheduleDue.model_validate(message), now=NOW))
    assert (moved, system.queue.messages) == ([10, 10, 5], [])
    assert system.queue.delays == [DELAY, 0, 0]
    alarms = {a.next_evaluation_at for a in system.portfolio.accounts.values()}
    assert alarms == {nine_o_clock(date(2026, 12, 14))}


def test_the_next_page_stays_at_the_same_time_where_time_travels(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activate_ruler, "PAGE", 1)
    for n in range(2):
        system.issue(CustomerId(f"cli-{n}"))
    system.reschedule(RescheduleDue(creditor_id=CREDITOR, shard="00", as_of=NOW), now=NOW)
    (rest,) = system.queue.messages
    assert rest["as_of"] == "2026-11-10T12:00:00Z"


def test_an_account_that_changed_meanwhile_is_read_again(system: System) -> None:
    system.issue()
    system.write(EARLY)

    def somebody_else() -> None:
        system.portfolio.commit(Change(system.account.opted_out(EMAIL, NOW)))

    EMAIL = next(iter(system.creditor.ruler.steps[0].channels))  # noqa: N806
    system.portfolio.before_commit.append(somebody_else)
    assert system.work() == 1
    assert system.account.next_evaluation_at == nine_o_clock(date(2026, 12, 14))
    assert set(system.account.opt_outs) == {EMAIL}


def test_a_creditor_that_is_gone_is_told(system: System) -> None:
    with pytest.raises(NotFound):
        system.reschedule(RescheduleDue(creditor_id="sumiu", shard="00"), now=NOW)


# ── accounts under way ──────────────────────────────────────────────────────────────────────────

FRIDAY, TUESDAY = date(2026, 11, 13), date(2026, 11, 17)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (KEEP, ("vencida-7", "padrao@0", TUESDAY)),
        (MIGRATE, ("vencida-7", "padrao@1", TUESDAY)),
        (RESTART, ("vencida-3", "padrao@1", FRIDAY + timedelta(days=1))),
    ],
)
def test_what_is_under_way_goes_on_as_was_chosen(
    system: System, choice: Choice, expected: tuple[str, str, date]
) -> None:
    system.issue(due=DUE, now=nine_o_clock(FRIDAY))
    assert system.next_contact(nine_o_clock(FRIDAY)) == ("vencida-3", "padrao@0", FRIDAY)
    at_ten = nine_o_clock(FRIDAY) + timedelta(hours=1)
    system.write(document("padrao", ("vencida-20", 20)), choice, now=at_ten)
    system.work(at_ten)
    assert system.next_contact(at_ten) == expected
    changed = [
        n for n in system.portfolio.notes(CREDITOR, CUSTOMER) if n.kind is NoteKind.RULER_CHANGED
    ]
    assert [n.facts for n in changed] == (
        [] if choice is KEEP else [{"from": "padrao@0", "to": "padrao@1"}]
    )


@pytest.mark.parametrize(
    ("backfill", "expected"),
    [
        (Backfill.FROM_NOW, ("vencida-7", date(2026, 11, 17))),
        (Backfill.DESERVED_LEVEL, ("vencida-3", date(2026, 11, 14))),
        (Backfill.STEPWISE, ("vencida-3", date(2026, 11, 14))),
    ],
)
def test_steps_that_are_past_follow_the_backfill(
    system: System, backfill: Backfill, expected: tuple[str, date]
) -> None:
    """A ruler that began late: what it would have said by Saturday is said once, or not at all."""
    late = document("padrao", ("vencida-20", 20))
    late["steps"] = [s for s in late["steps"] if s["offset_days"] > 0]
    only_far = {**late, "steps": [s for s in late["steps"] if s["offset_days"] > 7]}
    saturday = nine_o_clock(date(2026, 11, 14))
    system.write(only_far)
    system.issue(due=DUE, now=NOW)
    system.write(late, Choice(InFlight.MIGRATE, backfill), now=saturday)
    system.work(saturday)
    step_id, ruler, on = system.next_contact(saturday)
    assert (step_id, on, ruler) == (*expected, "padrao@2")
