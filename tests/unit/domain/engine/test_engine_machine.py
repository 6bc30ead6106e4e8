"""One account, lived at random: whatever happens, and whenever somebody looks.

Only the pure engine and a dictionary for a memory. What must hold is checked against books that
the machine keeps itself: what was made, what was left out, what is held, what the calendar says.
Set `REGUA_EXAMPLES` and `REGUA_STEPS` to search for longer.
"""

import os
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from regua.domain.account import Account
from regua.domain.calendar import BusinessDays
from regua.domain.circumstances import Circumstances
from regua.domain.conditions import Conditions
from regua.domain.decision import Decision, decide
from regua.domain.dispatch import Dispatch, DispatchState
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import DispatchId, InvoiceId
from regua.domain.invoice import Invoice, InvoiceStatus
from regua.domain.money import Money
from regua.domain.notes import NoteKind
from regua.domain.reasons import DEFERRED, Reason
from regua.domain.ruler import (
    Caps,
    Channel,
    Escalation,
    Fallback,
    Repeat,
    Seen,
    Thresholds,
)
from regua.domain.rulers import Activation, Assignment, Backfill, InFlight, Line, Rulers
from regua.domain.schedule import scheduled
from tests.builders import any_account, any_customer, any_invoice, any_payment
from tests.unit.domain.engine.cases import (
    EMAIL,
    EVERYTHING,
    SMS,
    ZONE,
    at,
    chained,
    day,
    ladder,
    lived,
    padrao,
    ruler,
    step,
)

START = at(-10)
END = datetime(2027, 3, 1, tzinfo=ZONE)
"""Carnival and Easter are not reached."""
HOLIDAYS = {
    date(2026, 11, 2),
    date(2026, 11, 15),
    date(2026, 11, 20),
    date(2026, 12, 25),
    date(2027, 1, 1),
}
OPEN: dict[Channel, dict[bool, tuple[time, time] | None]] = {
    EMAIL: {True: (time(8), time(20)), False: (time(8), time(14))},
    SMS: {True: (time(9), time(19)), False: None},
}
"""By channel, on weekdays (True) and Saturdays, in São Paulo."""
MOST_AT_ONCE = 40

SHAPES = {
    "padrao": padrao(),
    "stepwise": ruler(*ladder(-1, 2, 6, 9, 20), escalation=Escalation.STEPWISE),
    "chained": ruler(step("d1", 1), chained("c1", 3), chained("c2", 4), step("d12", 12)),
    "repeated": ruler(
        step("d-2", -2),
        step("r4", 4, repeat=Repeat(3, 3)),
        step("d15", 15),
        caps=Caps(per_day=2, per_week=5),
    ),
    "texted": ruler(
        step("d-2", -2, SMS, EMAIL),
        step("d3", 3, EMAIL, SMS, fallback=Fallback(24, Seen.OPENED)),
        step("d9", 9, SMS, EMAIL),
        step("d15", 15),
    ),
    "picky": ruler(
        step("d2", 2, when=Conditions(min_amount=Money(10000))),
        step("d5", 5, when=Conditions(max_broken_promises=0)),
        step("d10", 10, when=Conditions(max_days_late=20)),
        step("d21", 21, SMS, EMAIL, when=Conditions(min_times_late=2)),
        business_days=BusinessDays.PRECEDING,
        thresholds=Thresholds(invoice=Money(2000)),
        caps=Caps(per_day=1, per_week=1),
    ),
    "anyday": ruler(*ladder(-3, 0, 4, 5, 11, 12), business_days=BusinessDays.NONE),
}
shapes = st.sampled_from(sorted(SHAPES))
names = st.integers(0, 3).map(lambda n: InvoiceId(f"fat-{n}"))
abouts = st.sampled_from([None, *(InvoiceId(f"fat-{n}") for n in range(4))])
"""Mostly one invoice: what rests altogether shows little."""
seldom = st.integers(0, 11).map(lambda n: n == 0)
"""For what would silence an account for good."""
_LINE = "r"


def is_open_hour(channel: Channel, now: datetime) -> bool:
    """Tell by hand whether a person in São Paulo may be contacted."""
    local = now.astimezone(ZONE)
    if local.weekday() == 6 or local.date() in HOLIDAYS:
        return False
    span = OPEN[channel][local.weekday() < 5]
    return span is not None and span[0] <= local.time() < span[1]


class Books:
    """What the machine itself wrote down about one invoice, since it last began its ruler."""

    def __init__(self) -> None:
        self.made: set[str] = set()
        self.left_out: dict[str, Reason] = {}
        self.unsent: set[str] = set()
        self.excused: set[str] = set()
        """What a new version, or an earlier due date, passed over by the author's own choice."""

    def accounts_for(self, step_id: str) -> bool:
        return step_id in self.made | self.unsent | self.excused or step_id in self.left_out


class Engine(RuleBasedStateMachine):
    """Facts and time at random."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.account = any_account(customer=any_customer(phones=("+5511987654321",)))
        self.known: dict[InvoiceId, Invoice] = {}
        self.books: dict[InvoiceId, Books] = {}
        self.holds: dict[str, Hold] = {}
        self.judged: list[str] = []
        self.contacts: dict[DispatchId, datetime] = {}
        self.seen: dict[DispatchId, frozenset[Seen]] = {}
        self.ids: set[DispatchId] = set()
        self.waits_until: datetime | None = None
        self.serial = 0
        self.rulers = Rulers.only(SHAPES["padrao"])

    @initialize(shape=shapes, dues=st.lists(st.integers(-3, 8), min_size=1, max_size=3))
    def begin(self, shape: str, dues: list[int]) -> None:
        first = replace(SHAPES[shape], name=_LINE, version=1)
        self.rulers = Rulers({_LINE: Line(first)}, Assignment(_LINE), earlier={first.ref: first})
        for n, days in enumerate(dues):
            self.issue(InvoiceId(f"fat-{n}"), days, 14990)

    @property
    def given(self) -> Circumstances:
        return replace(EVERYTHING, seen=self.seen)

    @property
    def today(self) -> date:
        return self.now.astimezone(ZONE).date()

    # ── facts ──────────────────────────────────────────────────────────────────────────────────

    def _know(self, invoice: Invoice) -> None:
        """Write an invoice into the account, as an ingestion does."""
        before = self.known.get(invoice.external_id)
        self.known[invoice.external_id] = invoice
        account = self.account.with_invoice(invoice).having_followed(before, invoice, self.now)
        self._write(account)

    def _write(self, account: Account) -> None:
        self.account = scheduled(account, self.rulers, self.now, self.given)
        self.known |= self.account.invoices
        self.waits_until = None

    def _next(self, what: str) -> str:
        self.serial += 1
        return f"{what}-{self.serial}"

    @rule(name=names, days=st.integers(-8, 15), amount=st.sampled_from([1500, 14990]))
    def issue(self, name: InvoiceId, days: int, amount: int) -> None:
        """Issue an invoice, or describe it again with another due date."""
        new = any_invoice(
            name,
            due_date=self.today + timedelta(days=days),
            amount=Money(amount),
            issued_at=self.now + timedelta(seconds=self.serial),
        )
        self.serial += 1
        known = self.known.get(name)
        if known is None:
            self.books[name] = Books()
            self._know(new)
            return
        updated = known.updated(new)
        if updated is not known and updated.due_date > known.due_date:
            self.books[name] = Books()
        self._know(updated)
        if updated.is_open:
            self._excuse(self.account.invoices[name])

    def _excuse(self, invoice: Invoice) -> None:
        """Note which steps a move has put behind an invoice without any of them being made."""
        follows = self.rulers.followed(self.account, invoice)
        pending = {s.id for _, s in follows.pending(invoice)}
        books = self.books[invoice.external_id]
        books.excused |= {s.id for _, s in follows.dates_of(invoice)} - pending

    @precondition(lambda self: self.account.invoices)
    @rule(data=st.data(), is_whole=st.booleans())
    def pay(self, data: st.DataObject, *, is_whole: bool) -> None:
        invoice = data.draw(st.sampled_from(sorted(self.account.invoices.values(), key=_name)))
        amount = invoice.balance if is_whole else Money(max(1, invoice.balance.centavos // 3))
        paid = any_payment(self._next("pag"), amount=amount, paid_at=self.now)
        self._know(invoice.with_payment(paid))

    @precondition(lambda self: any(i.payments for i in self.known.values()))
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        paid = sorted((i for i in self.known.values() if i.payments), key=_name)
        invoice = data.draw(st.sampled_from(paid))
        payment = data.draw(st.sampled_from(invoice.payments))
        self._know(invoice.with_reversal(payment.payment_id, self.now, "estorno"))

    @precondition(lambda self: self.account.invoices)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        invoice = data.draw(st.sampled_from(sorted(self.account.invoices.values(), key=_name)))
        self._know(invoice.cancelled(self.now, "duplicada"))

    @rule(
        about=abouts,
        kind=st.sampled_from([HoldKind.HELD, HoldKind.PROMISED, HoldKind.PAYMENT_IN_TRANSIT]),
        hours=st.integers(1, 24 * 20),
    )
    def hold(self, about: InvoiceId | None, kind: HoldKind, hours: int) -> None:
        until = self.now + timedelta(hours=hours)
        self._hold(kind, about, until)

    @rule(about=names)
    def dispute(self, about: InvoiceId) -> None:
        self._hold(HoldKind.DISPUTED, about, None)

    def _hold(self, kind: HoldKind, about: InvoiceId | None, until: datetime | None) -> None:
        hold = Hold(
            self._next("susp"), kind, self.now, until, "pedido", "atendimento", about, Money(14990)
        )
        self.holds[hold.hold_id] = hold
        self._write(self.account.with_hold(hold))

    @precondition(lambda self: self.account.holds)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """Lift a hold, or resolve a dispute, before its end."""
        hold = data.draw(st.sampled_from(self.account.holds))
        del self.holds[hold.hold_id]
        self._write(self.account.without_holds([hold]))

    @precondition(lambda self: self.serial % 5 == 0)
    @rule(channel=st.sampled_from([EMAIL, SMS]), is_real=seldom)
    def opt_out(self, channel: Channel, *, is_real: bool) -> None:
        if not is_real:
            return
        self._write(self.account.opted_out(channel, self.now))

    @precondition(lambda self: self.account.attempts)
    @rule(data=st.data(), has_failed=st.booleans())
    def hear_of_a_contact(self, data: st.DataObject, *, has_failed: bool) -> None:
        contact = data.draw(st.sampled_from(self.account.attempts)).dispatch_id
        if has_failed:
            self.contacts.pop(contact, None)
            self.account = self.account.with_failed_attempt(contact, self.now)
            self.waits_until = None
        else:
            self.seen[contact] = frozenset(Seen)

    @rule(
        shape=shapes,
        in_flight=st.sampled_from(InFlight),
        backfill=st.sampled_from(Backfill),
    )
    def write_ruler(self, shape: str, in_flight: InFlight, backfill: Backfill) -> None:
        """Write a new version; accounts under way are looked at again."""
        line = self.rulers.lines[_LINE]
        number = line.current.version + 1
        new = replace(SHAPES[shape], name=_LINE, version=number)
        activation = Activation(number, self.now, self.today, in_flight, backfill)
        self.rulers = Rulers(
            {_LINE: Line(new, (*line.activations, activation))},
            self.rulers.assignment,
            earlier={**self.rulers.earlier, new.ref: new},
        )
        self._write(self.account)

    # ── time ───────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.now < END)
    @rule(hours=st.sampled_from([1, 5, 24, 72, 24 * 8]))
    def time_passes(self, hours: int) -> None:
        """Let time go by with every evaluation on time."""
        until = self.now + timedelta(hours=hours)
        for _ in range(MOST_AT_ONCE * 10):
            wakes = self.account.next_evaluation_at
            if wakes is None or wakes > until:
                break
            self.now = max(self.now, wakes.astimezone(ZONE))
            self.tick()
        self.now = until
        self.tick()

    @precondition(lambda self: self.now < END)
    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        self.time_passes(24 * days)

    @precondition(lambda self: self.now < END)
    @rule(hours=st.integers(1, 23))
    def somebody_looks_at_an_odd_hour(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.tick()

    @precondition(lambda self: self.now < END)
    @rule(hours=st.sampled_from([5, 40, 24 * 7, 24 * 21]))
    def nobody_runs(self, hours: int) -> None:
        """Let time go by without any evaluation."""
        self.now += timedelta(hours=hours)

    @rule()
    def tick(self) -> None:
        """Evaluate until nothing is due, checking each decision."""
        for _ in range(MOST_AT_ONCE):
            wakes = self.account.next_evaluation_at
            if wakes is None or wakes > self.now:
                return
            self._evaluate()
        msg = f"still due after {MOST_AT_ONCE} decisions at {self.now}"
        raise AssertionError(msg)

    def _evaluate(self) -> None:
        before = self.account
        moved = self._moved()
        decision = decide(before, self.rulers, self.now, self.given)
        assert decision == decide(before, self.rulers, self.now, self.given)
        turned = replace(before, invoices=dict(reversed([*before.invoices.items()])))
        same = decide(turned, self.rulers, self.now, self.given)
        assert same.account == decision.account
        assert _told(same) == _told(decision)
        for name, is_again in moved.items():
            if is_again:
                self.books[name] = Books()
        self.account = decision.account
        self.known |= decision.account.invoices
        self._judge(decision)
        self._write_down(decision, moved)

    def _moved(self) -> dict[InvoiceId, bool]:
        """Return the invoices that are to move to another version, and whether they restart."""
        line, moved = self.rulers.lines[_LINE], {}
        for name, invoice in self.account.invoices.items():
            version = int((invoice.place.ruler or "").rpartition("@")[2])
            activation = line.activation_for(version)
            if activation is not None and version != line.current.version:
                moved[name] = activation.in_flight is InFlight.RESTART
        return moved

    def _judge(self, decision: Decision) -> None:
        """End the holds whose time has come, each once."""
        ended = {k for k, h in self.holds.items() if h.until is not None and h.until <= self.now}
        told = [n.facts["hold_id"] for n in decision.notes if "hold_id" in n.facts]
        assert sorted(told) == sorted(ended)
        for hold_id in ended:
            del self.holds[hold_id]

    def _write_down(self, decision: Decision, moved: dict[InvoiceId, bool]) -> None:
        dispatch = decision.dispatch
        left_out = {
            (n.invoice_id, n.facts["step_id"]): Reason(n.facts["reason"])
            for n in decision.notes
            if n.kind is NoteKind.STEP_LEFT_OUT
        }
        if dispatch is not None:
            assert dispatch.dispatch_id not in self.ids, "an id is used once"
            self.ids.add(dispatch.dispatch_id)
            left_out |= {(x.external_id, x.step_id): x.reason for x in dispatch.left_out}
        for (name, step_id), reason in left_out.items():
            assert name is not None
            books = self.books[name]
            assert step_id not in books.made | books.unsent, "what was made is not left out"
            assert step_id not in books.left_out, "what is left out is told once"
            books.left_out[step_id] = reason
        for name in moved:
            self._excuse_moved(name)
        if dispatch is not None:
            self._check(dispatch)

    def _excuse_moved(self, name: InvoiceId) -> None:
        """Note what a version passed over: what neither comes nor was told."""
        self._excuse(self.account.invoices[name])

    def _check(self, dispatch: Dispatch) -> None:
        """Check one dispatch, and write down what it did."""
        ending = dispatch.ending
        for planned in dispatch.invoices:
            invoice = self.known[planned.external_id]
            assert invoice.status in (InvoiceStatus.OPEN, InvoiceStatus.PARTIALLY_PAID)
            assert not self._rests(planned.external_id), "nothing while held"
        if ending is not None and ending.state is DispatchState.DEFERRED:
            assert ending.reason in DEFERRED
            assert ending.until is not None
            assert ending.until > self.now, "a deferral ends later"
            wakes = self.account.next_evaluation_at
            assert wakes is not None
            assert wakes <= ending.until  # sooner for what else there is: `tick` sees it move on
            if dispatch.fallback_of is None:
                checks = [a.check_at for a in self.account.attempts]
                assert min(checks, default=ending.until) >= ending.until, "all wait together"
                self.waits_until = ending.until
            return
        for planned in dispatch.invoices:
            books = self.books[planned.external_id]
            if dispatch.fallback_of is not None:
                assert planned.step_id in books.made, "a next channel follows a contact"
                continue
            assert planned.step_id not in books.made | books.unsent, "no step twice"
            assert planned.step_id not in books.left_out, "nothing that was left out"
            (books.made if ending is None else books.unsent).add(planned.step_id)
        if ending is not None:
            assert ending.state is DispatchState.SUPPRESSED
            assert ending.reason is not None
            return
        self._check_contact(dispatch)

    def _check_contact(self, dispatch: Dispatch) -> None:
        assert is_open_hour(dispatch.channel, self.now), "contacts only inside the window"
        assert dispatch.channel not in self.account.opt_outs
        follows = self.rulers.at(dispatch.ruler)
        assert follows is not None
        days = [c.astimezone(ZONE).date() for c in self.contacts.values()]
        assert days.count(self.today) < follows.caps.per_day
        week = [d for d in days if d > self.today - timedelta(days=7)]
        assert len(week) < follows.caps.per_week
        self.contacts[dispatch.dispatch_id] = self.now

    def _rests(self, name: InvoiceId) -> bool:
        return any(h.invoice_id in (None, name) for h in self.holds.values())

    # ── what always holds ──────────────────────────────────────────────────────────────────────

    @invariant()
    def only_what_is_owed_is_open(self) -> None:
        owed = (InvoiceStatus.OPEN, InvoiceStatus.PARTIALLY_PAID)
        assert set(self.account.invoices) == {
            name for name, i in self.known.items() if i.status in owed
        }

    @invariant()
    def evaluating_again_changes_nothing(self) -> None:
        """Even out of turn: at the same instant nothing is said twice."""
        if self._is_due():
            return
        again = decide(self.account, self.rulers, self.now, self.given)
        assert again.to_publish is None
        assert again.newly_overdue == ()
        assert _announced(again) == []
        deferred = again.dispatch
        assert deferred is None or deferred.ending is not None
        if deferred is None and not again.notes:
            assert again.account == self.account

    @invariant()
    def nothing_comes_up_before_its_time(self) -> None:
        """A minute before the account is looked at again there is nothing to say yet."""
        wakes = self.account.next_evaluation_at
        if self._is_due() or wakes is None or self.waits_until is not None:
            return
        early = decide(self.account, self.rulers, wakes - timedelta(minutes=1), self.given)
        assert early.to_publish is None
        assert early.newly_overdue == ()
        assert _announced(early) == []

    @invariant()
    def never_is_said_only_where_nothing_can_come_up_by_itself(self) -> None:
        if self.account.next_evaluation_at is not None:
            return
        for days in (0.5, 1, 7, 30, 400):
            later = self.now + timedelta(days=days)
            decision = decide(self.account, self.rulers, later, self.given)
            assert decision.dispatch is None
            assert _announced(decision) == []
            assert decision.newly_overdue == ()

    @invariant()
    def no_step_is_lost(self) -> None:
        """What has come up was made, left out with a reason, or waits for a later look."""
        if self._is_due():
            return
        moving = self._moved()
        for name, invoice in self.account.invoices.items():
            if name in moving:
                continue
            follows = self.rulers.followed(self.account, invoice)
            pending = {s.id for _, s in follows.pending(invoice)}
            books = self.books[name]
            for _, planned in follows.dates_of(invoice):
                if planned.id in pending:
                    assert planned.id not in books.made, "what was made is not pending"
                    can_wait = self._rests(name) or self.account.next_evaluation_at is not None
                    assert can_wait, f"{planned.id} of {name} waits and nobody will look"
                else:
                    assert books.accounts_for(planned.id), f"{planned.id} of {name} is lost"

    def _is_due(self) -> bool:
        wakes = self.account.next_evaluation_at
        return wakes is not None and wakes <= self.now


def _name(invoice: Invoice) -> str:
    return invoice.external_id


def _announced(decision: Decision) -> list[NoteKind]:
    """Return what is noted besides what may as well wait for the next look.

    Moves to a new version, and steps left out: they are told when somebody looks.
    """
    waits = {NoteKind.RULER_CHANGED, NoteKind.STEP_LEFT_OUT}
    return [n.kind for n in decision.notes if n.kind not in waits]


def _told(decision: Decision) -> tuple[object, ...]:
    """Return what a decision says, its lists in one order."""
    dispatch = decision.dispatch
    left_out = sorted((x.external_id, x.step_id) for x in dispatch.left_out) if dispatch else []
    notes = sorted((n.kind, n.invoice_id or "", *n.facts.values()) for n in decision.notes)
    said = replace(dispatch, left_out=()) if dispatch else None
    return said, left_out, notes, sorted(decision.newly_overdue), decision.exposed


Engine.TestCase.settings = settings(
    max_examples=int(os.environ.get("REGUA_EXAMPLES", "400")),
    stateful_step_count=int(os.environ.get("REGUA_STEPS", "40")),
    derandomize="REGUA_EXAMPLES" not in os.environ,
    deadline=None,
)
TestEngine = Engine.TestCase


# ── a gap without runs ──────────────────────────────────────────────────────────────────────────

GENEROUS = Caps(per_day=10, per_week=70)
FROM_THE_DUE_DATE = {
    "padrao": padrao(),
    "anyday": ruler(*ladder(-3, 0, 4, 5, 11, 12), business_days=BusinessDays.NONE),
    "later": ruler(*ladder(-2, 1, 2, 8, 20, 33), business_days=BusinessDays.PRECEDING),
}
"""Catching up, every step counting from the due date: what is made late moves nothing."""


@given(
    shape=st.sampled_from(sorted(FROM_THE_DUE_DATE)),
    dues=st.lists(st.integers(-2, 25), min_size=1, max_size=3),
    start=st.integers(-8, 30),
    length=st.integers(1, 30),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_after_any_gap_the_contacts_are_those_of_no_gap(
    shape: str, dues: list[int], start: int, length: int
) -> None:
    """From the first morning after a gap on, nobody can tell that there was one.

    That morning the last contact about each invoice is the same step, whether made then or in
    time. The one exception is policy: what speaks of a date to come is not said once it is gone,
    and is left out instead. Caps are out of the way, or the gap itself would free some.
    """
    follows = replace(FROM_THE_DUE_DATE[shape], caps=GENEROUS)
    of = Rulers.only(follows)
    invoices = [any_invoice(f"fat-{n}", due_date=day(due)) for n, due in enumerate(dues)]
    morning = next(at(d, 9) for d in range(start + length, 99) if is_open_hour(EMAIL, at(d, 9)))
    resumed = (morning.date() - day(0)).days
    lives = [
        lived(any_account(*invoices), of, at(-12), at(75), runs=runs)[1]
        for runs in (lambda _: True, lambda d: not start <= d < resumed)
    ]
    without, with_gap = ([d.to_publish for d in life if d.to_publish] for life in lives)
    assert _said(without, after=morning) == _said(with_gap, after=morning)
    gone = {s.id for s in follows.steps if s.speaks_of_a_date_to_come}
    for invoice in invoices:
        expected = _last_about(invoice.external_id, without, morning)
        found = _last_about(invoice.external_id, with_gap, morning)
        if expected != found:
            assert expected in gone
            assert morning.date() > invoice.effective_due_date


def _said(
    dispatches: list[Dispatch], *, after: datetime
) -> list[tuple[datetime, list[tuple[str, str]]]]:
    return [
        (d.decided_at, [(i.external_id, i.step_id) for i in d.invoices])
        for d in dispatches
        if d.decided_at > after
    ]


def _last_about(name: InvoiceId, dispatches: list[Dispatch], until: datetime) -> str | None:
    steps = [
        i.step_id
        for d in dispatches
        if d.decided_at <= until
        for i in d.invoices
        if i.external_id == name
    ]
    return steps[-1] if steps else None
