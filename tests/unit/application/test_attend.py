"""What people tell us stops contact or lets it go on: before, during and after, by deciding."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from regua.adapters.memory import (
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryPublisher,
    MemoryShardQueue,
)
from regua.application.attend import About, Attend, OneInvoice, Recorded, WholeAccount
from regua.application.attend_in import (
    DisputeFields,
    HoldFields,
    InTransitFields,
    PromiseFields,
    ReleaseFields,
    ResolutionFields,
    ResultFields,
)
from regua.application.evaluate_ruler import EvaluateRuler
from regua.application.ingest import Ingest
from regua.application.messages import ShardDue
from regua.application.outgoing import EVENTS_OUT
from regua.application.ports import Change, Creditor
from regua.domain.account import Account
from regua.domain.contact_policy import Contact
from regua.domain.contact_results import ContactResult, ResultCode
from regua.domain.decision import decide
from regua.domain.dispatch import Claim, DispatchRecord, DispatchState
from regua.domain.errors import Conflict, InvalidInput, NotFound, VersionConflict
from regua.domain.history import History
from regua.domain.holds import DisputeOutcome, Hold, HoldKind, PromiseLimits
from regua.domain.ids import CustomerId, DispatchId, InvoiceId
from regua.domain.invoice import Invoice, PaymentMethod, Place
from regua.domain.money import Money
from regua.domain.notes import NoteKind
from regua.domain.reasons import Reason
from regua.domain.ruler import Anchor, Caps, Channel, Escalation, Fallback, Ruler, Seen, Step
from regua.domain.rulers import Rulers
from tests.builders import (
    CREDITOR,
    CUSTOMER,
    DUE,
    any_creditor,
    any_customer,
    any_invoice,
    any_payment,
    nine_o_clock,
)

AURORA = any_creditor()
FAT_1, FAT_2 = InvoiceId("fat-1"), InvoiceId("fat-2")
THIS = OneInvoice(FAT_1)
ALL = WholeAccount(CUSTOMER)
PHONE = "+5511987654321"
FACE = Money(14990)


def at(days: int, hours: int = 0) -> datetime:
    """Return nine o'clock, so many days after the due date, and hours after that."""
    return nine_o_clock(DUE + timedelta(days=days)) + timedelta(hours=hours)


def day(days: int) -> date:
    return DUE + timedelta(days=days)


def following(ruler: Ruler) -> Creditor:
    return replace(AURORA, rulers=Rulers.only(ruler))


class Portfolio(MemoryPortfolio):
    """A portfolio in which something may happen just before a write."""

    def __init__(self) -> None:
        super().__init__(MemoryLedger(), shards=1)
        self.before_commit: list[Callable[[], None]] = []
        self.writes = 0

    def commit(self, change: Change) -> None:
        if self.before_commit:
            self.before_commit.pop(0)()
        super().commit(change)
        self.writes += 1


class System:
    """The use cases on the twins, with a sender that sends whatever is planned, if asked to."""

    def __init__(self, creditor: Creditor = AURORA) -> None:
        self.creditor = creditor
        self.portfolio = Portfolio()
        self.ledger = self.portfolio.ledger
        self.publisher = MemoryPublisher()
        self.attend = Attend(self.portfolio, self.ledger, self.publisher)
        self.ingest = Ingest(self.portfolio, self.publisher)
        self.evaluate = EvaluateRuler(
            self.portfolio,
            MemoryDirectory(creditor),
            self.publisher,
            MemoryShardQueue(),
            self.ledger,
        )

    def issue(self, *names: str, **changes: Any) -> None:  # noqa: ANN401 - any field
        customer = any_customer(phones=(PHONE,))
        for name in names or ("fat-1",):
            invoice = any_invoice(name, **changes)
            self.ingest.issue_invoice(self.creditor, invoice, customer, now=at(-20))

    def pay(self, when: datetime, amount: Money = FACE, invoice_id: InvoiceId = FAT_1) -> None:
        payment_id = f"pag-{len(self.portfolio.payments)}"
        payment = any_payment(payment_id, amount=amount, paid_at=when)
        self.ingest.receive_payment(self.creditor, invoice_id, payment, now=when)

    def run(self, now: datetime, *, sends: bool = True) -> None:
        message = ShardDue(shard="00")
        self.evaluate.shard(message, now=now, correlation_id="c", seconds_left=lambda: 60)
        for record in [*self.ledger.records.values()]:
            if sends and record.state is DispatchState.PLANNED:
                self.send(record, now)

    def send(self, record: DispatchRecord, now: datetime) -> None:
        answer, _ = self.ledger.claim(record.dispatch, [], now)
        assert answer is Claim.GRANTED
        self.ledger.mark_sent(record.dispatch, provider_message_id="m", at=now)

    def days(self, first: int, last: int) -> Mapping[int, str]:
        """Evaluate day after day and return what was published on each: ``fat-1:vencida-3``."""
        told = {}
        for n in range(first, last + 1):
            before = len(self.publisher.of("ContactDue"))
            self.run(at(n))
            contacts = self.publisher.of("ContactDue")[before:]
            if contacts:
                told[n] = " ".join(
                    f"{i['external_id']}:{i['step_id']}"
                    for c in contacts
                    for i in c.data["invoices"]
                )
        return told

    def step_now(self, now: datetime) -> Mapping[str, str]:
        """Decide, without writing anything, and return which step each invoice would get."""
        dispatch = decide(self.account, self.creditor.rulers, now).to_publish
        return {i.external_id: i.step_id for i in dispatch.invoices} if dispatch else {}

    def record(
        self,
        code: str,
        about: About = THIS,
        *,
        now: datetime,
        **said: Any,  # noqa: ANN401 - any field
    ) -> Recorded:
        result = ContactResult(ResultCode(code), **{"at": now, "by": "cobranca", **said})
        return self.attend.record_result(self.creditor, about, result, now=now)

    def hold(self, until: datetime, about: About = THIS, *, now: datetime) -> Hold:
        return self.attend.hold(
            self.creditor, about, until=until, reason="férias", by="cobranca", now=now
        )

    def dispute(self, *, now: datetime, reason: str = "produto com defeito") -> Hold:
        return self.attend.open_dispute(self.creditor, FAT_1, reason=reason, by="sac", now=now)

    def resolve(self, outcome: str, *, now: datetime) -> Sequence[Hold]:
        return self.attend.resolve_dispute(
            self.creditor, FAT_1, outcome=DisputeOutcome(outcome), now=now
        )

    def promise(self, on: date, amount: int | None = None, *, now: datetime) -> Hold | None:
        money = None if amount is None else Money(amount)
        return self.attend.promise(
            self.creditor, FAT_1, on=on, amount=money, by="cobranca", now=now
        )

    def in_transit(self, on: date, *, now: datetime) -> Hold:
        return self.attend.payment_in_transit(
            self.creditor, FAT_1, on=on, method=PaymentMethod.BOLETO, by="cobranca", now=now
        )

    @property
    def account(self) -> Account:
        return self.portfolio.load_account(CREDITOR, CUSTOMER)

    @property
    def invoice(self) -> Invoice:
        return self.account.invoices[FAT_1]

    def notes(self, *kinds: str) -> list[tuple[str, Mapping[str, str]]]:
        kept = self.portfolio.notes(CREDITOR, CUSTOMER)
        return [(n.kind.value, n.facts) for n in kept if not kinds or n.kind in kinds]

    def told(self, *names: str) -> list[Mapping[str, Any]]:
        return [e.data for e in self.publisher.events if e.detail_type in names]


@pytest.fixture
def system() -> System:
    system = System()
    system.issue()
    return system


def problem(act: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        act()
    (found,) = caught.value.problems
    return found.path, found.reason


# ── every way to stop contact: before, during, after ────────────────────────────────────────────

Stop = Callable[[System, datetime], Hold | Recorded | None]
STOPS: dict[str, tuple[Stop, int]] = {
    "hold": (lambda s, now: s.hold(at(9), now=now), 9),
    "account": (lambda s, now: s.hold(at(9), ALL, now=now), 9),
    "in_transit": (lambda s, now: s.in_transit(day(2), now=now), 8),
    "promise": (lambda s, now: s.promise(day(6), now=now), 8),
    "waiting_approval": (lambda s, now: s.record("waiting_approval", now=now), 11),
    "in_payment_pipe": (lambda s, now: s.record("in_payment_pipe", now=now), 11),
    "payment_sent": (lambda s, now: s.record("payment_sent", now=now), 8),
    "call_back": (lambda s, now: s.record("call_back", until=day(6), now=now), 6),
    "paid_elsewhere": (lambda s, now: s.record("paid_elsewhere", now=now), 8),
    "promised by phone": (lambda s, now: s.record("promise", promised_on=day(6), now=now), 8),
}
"""Each begins on Thursday, two days after the due date; the day on which contact goes on.

Day 5 is a Sunday, day 10 a holiday: what ends there waits for the day after.
"""


@pytest.mark.parametrize("name", STOPS)
def test_contact_rests_and_then_the_level_the_delay_deserves_comes(
    system: System, name: str
) -> None:
    stop, goes_on = STOPS[name]
    system.run(at(0))
    assert system.step_now(at(3)) == {FAT_1: "vencida-3"}
    stop(system, at(2, hours=1))
    assert [system.step_now(at(n)) for n in range(3, goes_on)] == [{}] * (goes_on - 3)
    step = "vencida-7" if goes_on >= 7 else "vencida-3"
    assert system.days(3, 14) == (
        {goes_on: f"fat-1:{step}"}
        if goes_on >= 7
        else {goes_on: "fat-1:vencida-3", 7: "fat-1:vencida-7"}
    )
    assert system.account.holds == ()


@pytest.mark.parametrize("name", STOPS)
def test_saying_it_twice_is_one_hold_and_one_note(system: System, name: str) -> None:
    stop, _ = STOPS[name]
    stop(system, at(2, hours=1))
    account, notes = system.account, system.notes()
    events = system.publisher.events[:]
    is_recorded = "phone" in name or name in {code.value for code in ResultCode}
    again = stop(system, at(2, hours=1 if is_recorded else 2))
    assert system.account == account
    assert system.notes() == notes
    hold = again.hold if isinstance(again, Recorded) else again
    assert hold in account.holds
    repeated = system.publisher.events[len(events) :]
    assert repeated, "what was announced may have been lost"
    assert all(e in events for e in repeated)


@pytest.mark.parametrize("name", STOPS)
def test_what_nobody_owes_cannot_be_held(system: System, name: str) -> None:
    stop, _ = STOPS[name]
    system.pay(at(1))
    if name == "account":
        assert isinstance(stop(system, at(2)), Hold)
        return
    with pytest.raises(Conflict, match="settled"):
        stop(system, at(2))
    assert system.account.holds == ()


@pytest.mark.parametrize("name", STOPS)
def test_a_lost_race_is_run_again(system: System, name: str) -> None:
    stop, _ = STOPS[name]
    system.portfolio.before_commit.append(lambda: system.pay(at(1), Money(100)))
    stop(system, at(2))
    assert system.invoice.paid == Money(100)
    assert len(system.account.holds) == 1
    assert len(system.notes("hold_placed")) == 1


def test_who_loses_every_race_may_try_again_later(system: System) -> None:
    def faster() -> None:
        raise VersionConflict(CUSTOMER)

    system.portfolio.before_commit += [faster] * 12
    with pytest.raises(VersionConflict):
        system.hold(at(9), now=at(2))
    assert (system.account.holds, system.told("HoldPlaced")) == ((), [])


def test_one_write_says_it_all(system: System) -> None:
    before = system.portfolio.writes
    system.record("payment_sent", now=at(2))
    assert system.portfolio.writes == before + 1


@pytest.mark.parametrize("name", STOPS)
def test_an_unknown_subject_is_not_found(name: str) -> None:
    system = System()
    with pytest.raises(NotFound):
        STOPS[name][0](system, at(2))
    ends: list[Callable[[], Sequence[Hold]]] = [
        lambda: system.attend.release(AURORA, THIS, now=at(2)),
        lambda: system.attend.release(AURORA, ALL, now=at(2)),
        lambda: system.resolve("upheld", now=at(2)),
    ]
    for end in ends:
        with pytest.raises(NotFound):
            end()


# ── what is noted and told ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "facts", "event", "told"),
    [
        (
            "hold",
            {"kind": "held", "until": "2026-11-19T12:00:00.000Z", "reason": "férias"},
            "HoldPlaced",
            {"kind": "held", "until": "2026-11-19T12:00:00.000Z"},
        ),
        (
            "in_transit",
            {"kind": "payment_in_transit", "until": "2026-11-18T03:00:00.000Z", "reason": "boleto"},
            "HoldPlaced",
            {"kind": "payment_in_transit", "until": "2026-11-18T03:00:00.000Z"},
        ),
        (
            "promise",
            {
                "kind": "promised",
                "until": "2026-11-18T03:00:00.000Z",
                "promised_on": "2026-11-16",
                "promised_centavos": "15320",
            },
            "PromiseMade",
            {"promised_on": "2026-11-16", "until": "2026-11-18T03:00:00.000Z"},
        ),
    ],
)
def test_a_hold_is_noted_whole_and_told_without_what_people_wrote(
    system: System, name: str, facts: dict[str, str], event: str, told: dict[str, str]
) -> None:
    STOPS[name][0](system, at(2))
    (hold,) = system.account.holds
    named = {"hold_id": hold.hold_id}
    assert system.notes() == [("hold_placed", {**named, "by": "cobranca", **facts})]
    whose = {"customer_id": CUSTOMER, "external_id": FAT_1}
    assert system.told(event) == [{**whose, **named, **told}]


def test_an_account_wide_hold_names_no_invoice(system: System) -> None:
    hold = system.hold(at(9), ALL, now=at(2))
    assert system.portfolio.notes(CREDITOR, CUSTOMER)[0].invoice_id is None
    assert system.told("HoldPlaced") == [
        {
            "customer_id": CUSTOMER,
            "hold_id": hold.hold_id,
            "kind": "held",
            "until": "2026-11-19T12:00:00.000Z",
        }
    ]


def test_every_event_has_the_published_shape_and_carries_nothing_that_was_written(
    system: System,
) -> None:
    system.days(-3, 3)
    for stop, _ in STOPS.values():
        stop(system, at(3, hours=1))
    system.dispute(now=at(3, hours=1))
    system.record("wrong_number", ALL, phone=PHONE, now=at(3, hours=1))
    system.record("refused", channel=Channel.VOICE, now=at(3, hours=1))
    system.resolve("rejected", now=at(4))
    system.attend.release(AURORA, THIS, now=at(4))
    system.days(4, 40)
    seen = set()
    for event in system.publisher.events:
        seen.add(event.detail_type)
        TypeAdapter(EVENTS_OUT[event.detail_type]).validate_python(dict(event.data))
        text = str(event.data)
        assert not any(word in text for word in ("férias", "defeito", PHONE, "sac", "cobranca"))
    assert seen >= {
        "HoldPlaced",
        "HoldEnded",
        "PromiseMade",
        "PromiseBroken",
        "DisputeOpened",
        "DisputeResolved",
        "ContactRecorded",
        "RulerEnded",
    }


# ── holds ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("until", "why"),
    [
        (at(2), "has passed already"),
        (at(-1), "has passed already"),
        (at(2 + 366), "is more than 365 days away"),
    ],
)
def test_a_hold_has_an_end_in_sight(system: System, until: datetime, why: str) -> None:
    path, reason = problem(lambda: system.hold(until, now=at(2)))
    assert (path, why in reason) == ("body.until", True)


def test_a_hold_of_one_invoice_leaves_the_others_alone(system: System) -> None:
    system.issue("fat-2")
    system.run(at(0))
    system.hold(at(30), now=at(2))
    assert system.days(3, 8) == {3: "fat-2:vencida-3", 7: "fat-2:vencida-7"}


def test_a_hold_of_the_account_covers_what_is_issued_later(system: System) -> None:
    system.hold(at(9), ALL, now=at(-9))
    system.issue("fat-2")
    assert system.days(-9, 8) == {}
    assert system.step_now(at(9)) == {FAT_1: "vencida-7", FAT_2: "vencida-7"}


def test_several_holds_last_until_the_latest_of_their_ends(system: System) -> None:
    system.hold(at(9), now=at(2))
    system.hold(at(5), now=at(2))
    assert system.days(3, 9) == {9: "fat-1:vencida-7"}
    assert [f["kind"] for f in system.told("HoldEnded")] == ["held", "held"]


def test_a_hold_ends_by_itself_and_is_noted_and_told(system: System) -> None:
    hold = system.hold(at(5), now=at(2))
    system.run(at(5))
    facts = {"hold_id": hold.hold_id, "kind": "held"}
    assert system.notes("hold_ended") == [("hold_ended", facts)]
    assert system.told("HoldEnded") == [{"customer_id": CUSTOMER, "external_id": FAT_1, **facts}]


def test_a_hold_that_is_released_lets_contact_go_on_at_once(system: System) -> None:
    hold = system.hold(at(30), now=at(2))
    assert system.attend.release(AURORA, THIS, now=at(4)) == [hold]
    assert system.account.next_evaluation_at is not None
    assert system.account.next_evaluation_at <= at(4)
    assert system.days(4, 4) == {4: "fat-1:vencida-3"}
    facts = {"hold_id": hold.hold_id, "kind": "held", "outcome": "released"}
    assert system.notes("hold_ended") == [("hold_ended", facts)]


def test_releasing_again_changes_nothing_and_tells_it_again(system: System) -> None:
    system.hold(at(30), now=at(2))
    system.attend.release(AURORA, THIS, now=at(4))
    account, notes, told = system.account, system.notes(), system.told("HoldEnded")
    assert system.attend.release(AURORA, THIS, now=at(5)) == []
    assert (system.account, system.notes()) == (account, notes)
    assert system.told("HoldEnded") == told * 2


def test_releasing_where_nothing_is_held_is_no_error(system: System) -> None:
    assert system.attend.release(AURORA, THIS, now=at(4)) == []
    assert system.attend.release(AURORA, ALL, now=at(4)) == []
    assert (system.notes(), system.publisher.events) == ([], [])


@pytest.mark.parametrize(
    ("about", "kind", "left"),
    [
        (THIS, "held", {"account", "promised", "disputed"}),
        (ALL, "held", {"invoice", "promised", "disputed"}),
        (THIS, "promised", {"account", "invoice", "disputed"}),
        (THIS, "payment_in_transit", {"account", "invoice", "promised", "disputed"}),
    ],
)
def test_only_holds_of_the_kind_and_the_subject_are_released(
    system: System, about: About, kind: str, left: set[str]
) -> None:
    holds = {
        "invoice": system.hold(at(9), now=at(2)),
        "account": system.hold(at(9), ALL, now=at(2)),
        "promised": system.promise(day(6), now=at(2)),
        "disputed": system.dispute(now=at(2)),
    }
    system.attend.release(AURORA, about, kind=HoldKind(kind), now=at(3))
    assert {name for name, hold in holds.items() if hold in system.account.holds} == left


def test_a_dispute_is_resolved_not_released(system: System) -> None:
    system.dispute(now=at(2))
    release = system.attend.release
    path, _ = problem(lambda: release(AURORA, THIS, kind=HoldKind.DISPUTED, now=at(3)))
    assert path == "body.kind"
    assert len(system.account.holds) == 1


def test_a_released_promise_is_neither_kept_nor_broken(system: System) -> None:
    system.promise(day(6), now=at(2))
    system.attend.release(AURORA, THIS, kind=HoldKind.PROMISED, now=at(3))
    system.days(3, 12)
    assert system.account.history == History()


def test_a_promise_whose_time_has_come_is_judged_and_cannot_be_released(system: System) -> None:
    system.promise(day(6), now=at(2))
    assert system.attend.release(AURORA, THIS, kind=HoldKind.PROMISED, now=at(8)) == []
    system.run(at(8))
    assert system.account.history.promises_broken == 1


def test_a_hold_of_a_closed_invoice_can_be_released(system: System) -> None:
    hold = system.hold(at(9), now=at(2))
    system.pay(at(3))
    assert system.attend.release(AURORA, THIS, now=at(4)) == [hold]


# ── contacts that were planned and not sent yet ─────────────────────────────────────────────────


def test_a_step_that_was_not_sent_yet_is_made_after_the_hold(system: System) -> None:
    system.run(at(3), sends=False)
    (planned,) = system.ledger.records.values()
    system.hold(at(5), now=at(3, hours=1))
    (ended,) = system.ledger.records.values()
    assert (ended.state, ended.reason) == (DispatchState.SUPPRESSED, Reason.HELD)
    assert system.invoice.place.dispatch_id is None
    assert system.account.contacts == ()
    assert system.told("ContactSuppressed") == [
        {
            "dispatch_id": planned.dispatch.dispatch_id,
            "customer_id": CUSTOMER,
            "channel": "email",
            "step_id": "vencida-3",
            "invoices": ["fat-1"],
            "reason": "held",
        }
    ]
    assert system.days(4, 8) == {6: "fat-1:vencida-3", 7: "fat-1:vencida-7"}


def test_what_else_the_unsent_contact_spoke_about_is_said_at_once(system: System) -> None:
    system.issue("fat-2")
    system.run(at(3), sends=False)
    system.dispute(now=at(3, hours=1))
    assert system.account.next_evaluation_at == at(3, hours=1)
    assert system.step_now(at(3, hours=1)) == {FAT_2: "vencida-3"}
    system.run(at(3, hours=1))
    system.resolve("rejected", now=at(5))
    assert system.days(5, 8) == {6: "fat-1:vencida-3", 7: "fat-1:vencida-7 fat-2:vencida-7"}


@pytest.mark.parametrize("state", ["claimed", "sent"])
def test_what_is_being_sent_or_was_sent_is_not_said_again(system: System, state: str) -> None:
    system.run(at(3), sends=state == "sent")
    (record,) = system.ledger.records.values()
    if state == "claimed":
        system.ledger.claim(record.dispatch, [], at(3))
    place = system.invoice.place
    system.hold(at(5), now=at(3, hours=1))
    assert system.invoice.place == place
    assert system.days(4, 8) == {7: "fat-1:vencida-7"}


def test_a_sender_that_takes_the_contact_just_before_the_write_wins(system: System) -> None:
    system.run(at(3), sends=False)
    (record,) = system.ledger.records.values()
    system.portfolio.before_commit.append(lambda: system.send(record, at(3)))
    system.hold(at(5), now=at(3, hours=1))
    (record,) = system.ledger.records.values()
    assert record.state is DispatchState.SENT
    assert len(system.account.holds) == 1
    assert system.days(4, 8) == {7: "fat-1:vencida-7"}


def test_a_hold_of_the_account_ends_every_contact_that_is_not_sent() -> None:
    steps = (Step("vencida-3", 3, (Channel.EMAIL,), "vencida"),)
    system = System(following(Ruler("teste", steps)))
    system.issue("fat-1")
    system.issue("fat-2", due_date=day(1))
    system.run(at(3), sends=False)
    system.run(at(6), sends=False)
    assert [r.state for r in system.ledger.records.values()] == [DispatchState.PLANNED] * 2
    system.hold(at(9), ALL, now=at(6, hours=1))
    assert {r.state for r in system.ledger.records.values()} == {DispatchState.SUPPRESSED}
    assert system.days(7, 12) == {9: "fat-1:vencida-3 fat-2:vencida-3"}


def test_another_channel_of_a_step_that_was_made_is_left_to_its_sender() -> None:
    step = Step(
        "vencida-3",
        3,
        (Channel.EMAIL, Channel.SMS),
        "vencida",
        fallback=Fallback(24, Seen.OPENED),
    )
    system = System(following(Ruler("teste", (step,))))
    system.issue()
    system.run(at(3))
    (first,) = system.ledger.records.values()
    other = replace(
        first.dispatch,
        dispatch_id=DispatchId("f" * 32),
        channel=Channel.SMS,
        fallback_of=first.dispatch.dispatch_id,
    )
    place = replace(system.invoice.place, dispatch_id=other.dispatch_id)
    account = replace(system.account, invoices={FAT_1: system.invoice.at_place(place)})
    account = account.with_contact(Contact(at(4), Channel.SMS, other.dispatch_id))
    system.portfolio.commit(Change(account, planned=other))
    system.hold(at(9), now=at(4, hours=1))
    assert system.ledger.records[other.dispatch_id].state is DispatchState.PLANNED
    assert system.invoice.place == place


# ── promises ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("payments", "is_kept", "why"),
    [
        ([(3, 5000), (5, 5000)], True, "in two parts"),
        ([(3, 5000), (7, 5000)], True, "the last part is credited within the grace"),
        ([(3, 5000)], False, "only a part"),
        ([], False, "nothing"),
        ([(8, 10000)], False, "too late"),
    ],
)
def test_a_promise_is_judged_by_the_money_that_came_in(
    *, system: System, payments: Sequence[tuple[int, int]], is_kept: bool, why: str
) -> None:
    hold = system.promise(day(6), 10000, now=at(2))
    assert hold is not None
    assert hold.until == datetime.fromisoformat("2026-11-18T00:00:00-03:00")
    for when, centavos in payments:
        if when < 8:
            system.pay(at(when), Money(centavos))
    assert system.step_now(at(7, hours=14)) == {}
    system.run(at(8))
    kind, event = (
        ("promise_kept", "PromiseKept") if is_kept else ("promise_broken", "PromiseBroken")
    )
    facts = {"hold_id": hold.hold_id, "kind": "promised"}
    assert system.notes("promise_kept", "promise_broken") == [(kind, facts)], why
    whose = {"customer_id": CUSTOMER, "external_id": FAT_1}
    assert system.told("PromiseKept", "PromiseBroken") == [{**whose, **facts}]
    assert system.publisher.of(event)
    history = system.account.history
    assert (history.promises_kept, history.promises_broken) == (int(is_kept), int(not is_kept))
    assert [e.data["invoices"][0]["step_id"] for e in system.publisher.of("ContactDue")] == [
        "vencida-7"
    ]


def test_who_pays_the_invoice_before_the_promised_day_has_kept_the_promise(system: System) -> None:
    hold = system.promise(day(9), now=at(2))
    assert hold is not None
    owed_now = system.invoice.payoff(day(3), AURORA.ruler.late_charges).total
    assert owed_now < hold.promised
    system.pay(at(3), owed_now)
    system.days(3, 14)
    assert system.account.history.promises_kept == 1
    assert system.account.history.promises_broken == 0


def test_a_promise_about_an_invoice_that_was_withdrawn_is_not_judged(system: System) -> None:
    system.promise(day(6), now=at(2))
    system.ingest.cancel_invoice(AURORA, FAT_1, at(3), "erro", now=at(3))
    system.days(3, 9)
    assert system.account.history == History()
    assert system.account.holds == ()
    assert [kind for kind, _ in system.notes()] == ["hold_placed", "hold_ended"]


def test_money_that_is_taken_back_breaks_the_promise(system: System) -> None:
    system.promise(day(6), 10000, now=at(2))
    system.pay(at(3), Money(10000))
    (payment,) = system.invoice.payments
    system.ingest.reverse_payment(AURORA, payment.payment_id, at(4), "estorno", now=at(4))
    system.run(at(8))
    assert system.account.history.promises_broken == 1


def test_a_promise_without_an_amount_is_for_what_settles_the_invoice_that_day(
    system: System,
) -> None:
    hold = system.promise(day(6), now=at(2))
    assert hold is not None
    # R$ 149,90 + 2 % + 1 % a month over 6 days: 149,90 + 3,00 + 0,30
    assert hold.promised == Money(15320)


@pytest.mark.parametrize(
    ("on", "amount", "path", "why"),
    [
        (1, None, "body.on", "has passed already"),
        (13, None, "body.on", "2026-11-22 at the latest"),
        (6, 15321, "body.amount_centavos", "is more than what settles the invoice that day: 15320"),
    ],
)
def test_a_promise_has_limits(
    system: System, on: int, amount: int | None, path: str, why: str
) -> None:
    found = problem(lambda: system.promise(day(on), amount, now=at(2)))
    assert (found[0], why in found[1]) == (path, True)
    by_phone: dict[str, Any] = {
        "promised_on": day(on),
        "promised": None if amount is None else Money(amount),
    }
    found = problem(lambda: system.record("promise", now=at(2), **by_phone))
    assert (found[0], why in found[1]) == (path.replace("body.on", "body.promised_on"), True)
    assert system.notes() == []


@pytest.mark.parametrize(
    ("on", "why"),
    [(date.min, "has passed already"), (date.max, "is later than the ruler allows")],
)
def test_a_day_that_no_calendar_goes_beyond_is_refused_as_any_other(
    system: System, on: date, why: str
) -> None:
    path, reason = problem(lambda: system.promise(on, now=at(2)))
    assert (path, why in reason) == ("body.on", True)
    path, reason = problem(lambda: system.record("promise", promised_on=on, now=at(2)))
    assert (path, why in reason) == ("body.promised_on", True)
    assert system.notes() == []


@pytest.mark.parametrize("on", [date.min, date.max])
def test_a_result_that_is_told_again_with_another_day_changes_nothing(
    system: System, on: date
) -> None:
    system.record("promise", promised_on=day(6), now=at(2))
    account = system.account
    again = system.record("promise", promised_on=on, now=at(2))
    assert again == Recorded(None, sends_again=False)
    assert system.account == account


def test_saying_a_promise_again_after_paying_a_part_changes_nothing(system: System) -> None:
    hold = system.promise(day(6), 15320, now=at(2))
    system.pay(at(3), Money(5000))
    again = system.promise(day(6), 15320, now=at(3, hours=1))
    assert hold is not None
    assert again == replace(hold, received=Money(5000))
    assert len(system.notes()) == 1


def test_a_later_promise_does_not_lift_an_earlier_one(system: System) -> None:
    system.promise(day(3), now=at(2))
    system.promise(day(9), now=at(3))
    assert system.days(3, 20) == {14: "fat-1:vencida-7", 15: "fat-1:vencida-15"}
    assert system.account.history.promises_broken == 2


@pytest.mark.parametrize(
    ("max_broken", "broken", "pauses"), [(2, 1, True), (2, 2, False), (0, 0, False)]
)
@pytest.mark.parametrize("by_phone", [False, True])
def test_after_so_many_broken_promises_another_one_is_noted_and_pauses_nothing(
    *, max_broken: int, broken: int, pauses: bool, by_phone: bool
) -> None:
    steps = (Step("vencida-3", 3, (Channel.EMAIL,), "vencida"),)
    limits = PromiseLimits(max_broken=max_broken)
    system = System(following(Ruler("teste", steps, promises=limits, caps=Caps(9, 9))))
    system.issue()
    known = replace(system.account, history=History(promises_broken=broken))
    system.portfolio.commit(Change(known))

    def say() -> Hold | None:
        if by_phone:
            return system.record("promise", promised_on=day(6), now=at(2)).hold
        return system.promise(day(6), now=at(2))

    said = [say(), say()]
    assert [hold is not None for hold in said] == [pauses, pauses]
    assert system.step_now(at(3)) == ({} if pauses else {FAT_1: "vencida-3"})
    made = system.told("PromiseMade")
    assert {m["promised_on"] for m in made} == {"2026-11-16"}
    assert all(("hold_id" in m) is pauses for m in made)
    noted = system.notes("hold_placed", "promise_not_pausing")
    assert len(noted) == 1
    if not pauses:
        assert noted == [("promise_not_pausing", {"promised_on": "2026-11-16"})]


# ── disputes ────────────────────────────────────────────────────────────────────────────────────


def test_a_dispute_stops_every_channel_for_that_invoice_only() -> None:
    step = Step(
        "vencida-3", 3, (Channel.EMAIL, Channel.SMS), "vencida", fallback=Fallback(24, Seen.OPENED)
    )
    system = System(following(Ruler("teste", (step,))))
    system.issue("fat-1", "fat-2")
    system.dispute(now=at(2))
    assert system.days(3, 300) == {3: "fat-2:vencida-3"}


def test_a_dispute_lasts_until_it_is_resolved(system: System) -> None:
    hold = system.dispute(now=at(2))
    assert hold.until is None
    assert system.days(2, 60) == {}
    assert system.resolve("rejected", now=at(60)) == [hold]
    assert system.days(60, 61) == {60: "fat-1:vencida-30"}


@pytest.mark.parametrize("outcome", ["upheld", "rejected"])
def test_a_resolved_dispute_is_noted_and_told_with_its_outcome(
    system: System, outcome: str
) -> None:
    hold = system.dispute(now=at(2))
    system.resolve(outcome, now=at(4))
    facts = {"hold_id": hold.hold_id, "kind": "disputed", "outcome": outcome}
    assert system.notes("hold_ended") == [("hold_ended", facts)]
    whose = {"customer_id": CUSTOMER, "external_id": FAT_1}
    opened = {**whose, "hold_id": hold.hold_id}
    assert system.told("DisputeOpened") == [opened]
    assert system.told("DisputeResolved") == [{**opened, "outcome": outcome}]
    assert system.invoice.cancelled_at is None, "to withdraw it is the creditor's own act"


def test_resolving_again_tells_it_again_and_changes_nothing(system: System) -> None:
    system.dispute(now=at(2))
    system.resolve("upheld", now=at(4))
    account, notes = system.account, system.notes()
    assert system.resolve("upheld", now=at(5)) == []
    assert (system.account, system.notes()) == (account, notes)
    first, again = system.told("DisputeResolved")
    assert first == again
    with pytest.raises(Conflict):
        system.resolve("rejected", now=at(6))


def test_where_nothing_is_disputed_nothing_is_resolved(system: System) -> None:
    with pytest.raises(Conflict, match="no dispute"):
        system.resolve("upheld", now=at(4))


def test_resolving_ends_every_dispute_of_the_invoice(system: System) -> None:
    system.dispute(now=at(2))
    system.dispute(now=at(2), reason="cobrança em duplicidade")
    assert len(system.resolve("rejected", now=at(4))) == 2
    assert system.account.holds == ()


def test_a_dispute_may_be_opened_anew_in_the_same_words(system: System) -> None:
    system.dispute(now=at(2))
    system.resolve("rejected", now=at(4))
    system.dispute(now=at(5))
    assert len(system.account.holds) == 1
    assert [k for k, _ in system.notes()] == ["hold_placed", "hold_ended", "hold_placed"]


# ── payment in transit ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("paid_on", "why"), [(3, "is still to come"), (-5, "is more than 3 business days ago")]
)
def test_a_payment_on_its_way_was_made_lately(system: System, paid_on: int, why: str) -> None:
    path, reason = problem(lambda: system.in_transit(day(paid_on), now=at(2)))
    assert (path, why in reason) == ("body.on", True)


def test_a_payment_that_arrives_meanwhile_settles_it(system: System) -> None:
    system.in_transit(day(2), now=at(2))
    system.pay(at(5))
    assert system.days(2, 60) == {}


# ── results of contacts made by people ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("code", "said", "is_counted"),
    [
        ("voicemail", {}, True),
        ("refused", {}, True),
        ("no_answer", {}, False),
        ("busy", {}, False),
        ("unreachable", {}, False),
        ("wrong_number", {"phone": PHONE}, False),
    ],
)
def test_who_was_contacted_by_a_person_is_not_contacted_again_that_day(
    *, system: System, code: str, said: dict[str, Any], is_counted: bool
) -> None:
    system.record(code, now=at(3, hours=-1), **said)
    assert len(system.account.contacts) == is_counted
    assert system.days(3, 5) == {4 if is_counted else 3: "fat-1:vencida-3"}


@pytest.mark.parametrize("about", [THIS, ALL])
def test_a_result_is_noted_and_told(system: System, about: About) -> None:
    system.record("voicemail", about, channel=Channel.VOICE, now=at(3))
    (note,) = system.portfolio.notes(CREDITOR, CUSTOMER)
    assert (note.at, note.kind) == (at(3), NoteKind.CONTACT_RESULT)
    assert note.facts == {"code": "voicemail", "channel": "voice", "by": "cobranca"}
    whose = {"external_id": FAT_1} if about is THIS else {}
    assert (note.invoice_id is None) is (about is ALL)
    assert system.told("ContactRecorded") == [
        {"customer_id": CUSTOMER, **whose, "code": "voicemail", "channel": "voice"}
    ]


def test_the_same_call_told_twice_counts_once_and_another_one_counts_anew(system: System) -> None:
    when = at(3) + timedelta(microseconds=1234)
    for _ in range(2):
        system.record("voicemail", at=when, now=at(4))
    assert (len(system.account.contacts), len(system.notes())) == (1, 1)
    system.record("voicemail", at=when + timedelta(minutes=5), now=at(4))
    assert (len(system.account.contacts), len(system.notes())) == (2, 2)


def test_a_wrong_number_is_never_used_again_on_any_channel(system: System) -> None:
    assert system.account.is_reachable(Channel.SMS)
    for _ in range(2):
        system.record("wrong_number", ALL, phone=PHONE, now=at(3))
    for channel in (Channel.SMS, Channel.WHATSAPP, Channel.VOICE):
        assert not system.account.is_reachable(channel)
    assert system.account.is_reachable(Channel.EMAIL)
    email = "maria@cliente.example.com.br"
    system.record("wrong_number", email=email.upper(), now=at(3))
    assert not system.account.is_reachable(Channel.EMAIL)


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"phone": "+5511912345678"}, "body.phone"),
        ({"email": "outra@cliente.example.com.br"}, "body.email"),
    ],
)
def test_only_the_customers_own_addresses_are_suppressed(
    system: System, said: dict[str, Any], path: str
) -> None:
    assert problem(lambda: system.record("wrong_number", now=at(3), **said)) == (
        path,
        "is none of the customer's",
    )


@pytest.mark.parametrize("code", ["voicemail", "no_answer", "wrong_number", "refused"])
def test_what_changes_nothing_about_the_debt_is_noted_about_a_closed_invoice_too(
    system: System, code: str
) -> None:
    system.pay(at(1))
    said: dict[str, Any] = {"phone": PHONE} if code == "wrong_number" else {}
    system.record(code, now=at(2), **said)
    assert len(system.notes("contact_result")) == 1


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("dispute", {"reason": "produto com defeito"}),
        ("promise", {"promised_on": day(6)}),
        ("invoice_not_received", {}),
    ],
)
def test_what_is_about_one_invoice_names_it(
    system: System, code: str, said: dict[str, Any]
) -> None:
    path, reason = problem(lambda: system.record(code, ALL, now=at(2), **said))
    assert (path, "about one invoice" in reason) == ("body.code", True)


def test_a_result_is_not_from_the_future(system: System) -> None:
    path, _ = problem(lambda: system.record("busy", at=at(5), now=at(2)))
    assert path == "body.at"


def test_a_call_told_late_lets_contact_rest_only_as_long_as_is_left(system: System) -> None:
    assert system.record("payment_sent", at=at(-9), now=at(2)).hold is None
    assert system.days(2, 4) == {3: "fat-1:vencida-3"}
    assert system.notes("hold_placed") == []


def test_a_dispute_told_on_the_telephone_is_a_dispute(system: System) -> None:
    recorded = system.record("dispute", reason="produto com defeito", now=at(2))
    assert recorded.hold is not None
    assert recorded.hold.kind is HoldKind.DISPUTED
    assert system.days(2, 60) == {}
    assert len(system.resolve("rejected", now=at(60))) == 1


def test_a_rest_of_the_whole_account_ends_what_was_planned_about_any_invoice(
    system: System,
) -> None:
    system.issue("fat-2")
    system.run(at(3), sends=False)
    system.record("payment_sent", ALL, now=at(3, hours=1))
    (record,) = system.ledger.records.values()
    assert (record.state, record.reason) == (DispatchState.SUPPRESSED, Reason.PAYMENT_IN_TRANSIT)


# ── invoice not received ────────────────────────────────────────────────────────────────────────


def test_who_did_not_receive_the_invoice_gets_the_last_message_again_soon(system: System) -> None:
    assert system.days(3, 3) == {3: "fat-1:vencida-3"}
    assert system.record("invoice_not_received", now=at(4, hours=2)).sends_again
    assert system.account.next_evaluation_at == at(4, hours=2)
    system.run(at(4, hours=2))
    assert [e.data["step_id"] for e in system.publisher.of("ContactDue")] == ["vencida-3"] * 2
    assert system.days(5, 8) == {7: "fat-1:vencida-7"}


def test_the_message_waits_for_the_window_and_the_caps(system: System) -> None:
    system.days(3, 3)
    system.record("invoice_not_received", now=at(3, hours=14))
    system.run(at(3, hours=14))
    assert system.days(4, 6) == {4: "fat-1:vencida-3"}


def test_telling_it_twice_sends_it_again_once(system: System) -> None:
    system.days(3, 7)
    first = system.record("invoice_not_received", now=at(8))
    again = system.record("invoice_not_received", now=at(8))
    assert (first.sends_again, again.sends_again) == (True, False)
    assert system.days(8, 12) == {8: "fat-1:vencida-7"}


@pytest.mark.parametrize("state", ["planned", "claimed"])
def test_what_is_on_its_way_is_not_sent_twice(system: System, state: str) -> None:
    system.run(at(3), sends=False)
    (record,) = system.ledger.records.values()
    if state == "claimed":
        system.ledger.claim(record.dispatch, [], at(3))
    place = system.invoice.place
    assert not system.record("invoice_not_received", now=at(3, hours=1)).sends_again
    assert system.invoice.place == place


def test_before_the_first_step_nothing_is_sent_again(system: System) -> None:
    assert not system.record("invoice_not_received", now=at(-8)).sends_again
    assert system.days(-8, -1) == {-1: "fat-1:lembrete"}


def test_a_reminder_of_a_date_gone_by_is_not_sent_again(system: System) -> None:
    assert system.days(0, 0) == {0: "fat-1:vencimento"}
    assert not system.record("invoice_not_received", now=at(1)).sends_again
    assert system.days(1, 4) == {3: "fat-1:vencida-3"}


@pytest.mark.parametrize(
    ("escalation", "told", "why"),
    [
        ("catch_up", {13: "fat-1:b"}, "going back to a would bring b at once, ahead of its day"),
        ("stepwise", {8: "fat-1:a", 13: "fat-1:b"}, "going back to a brings a"),
    ],
)
def test_asking_again_never_brings_a_later_step(
    escalation: str, told: Mapping[int, str], why: str
) -> None:
    steps = (
        Step("a", 3, (Channel.EMAIL,), "vencida"),
        Step("b", 4, (Channel.EMAIL,), "vencida", anchor=Anchor.PREVIOUS_STEP),
    )
    system = System(following(Ruler("teste", steps, escalation=Escalation(escalation))))
    system.issue()
    system.hold(at(6), now=at(2))
    assert system.days(3, 7) == {6: "fat-1:a"}
    sends_again = system.record("invoice_not_received", now=at(8)).sends_again
    assert sends_again is (8 in told), why
    assert system.days(8, 20) == told, why


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (Place("vencida-3", day(3), from_on=day(5)), "steps before its new ruler are not made"),
        (Place("de-outra-versao", day(3)), "the ruler has lost the step"),
    ],
)
def test_what_the_ruler_does_not_plan_any_more_is_not_sent_again(
    system: System, place: Place, why: str
) -> None:
    account = replace(system.account, invoices={FAT_1: system.invoice.at_place(place)})
    system.portfolio.commit(Change(account))
    assert not system.record("invoice_not_received", now=at(6)).sends_again, why
    assert system.days(6, 8) == {7: "fat-1:vencida-7"}


# ── what comes in ───────────────────────────────────────────────────────────────────────────────


def test_what_comes_in_becomes_what_the_use_cases_take(system: System) -> None:
    hold = HoldFields.model_validate(
        {"until": "2026-11-19T12:00:00Z", "reason": "férias", "by": "cobranca"}
    )
    attend = system.attend
    assert attend.hold(AURORA, THIS, **dict(hold), now=at(2)) == system.hold(at(9), now=at(2))
    release = ReleaseFields.model_validate({})
    assert len(attend.release(AURORA, THIS, **dict(release), now=at(2))) == 1
    promise = PromiseFields.model_validate({"on": "2026-11-16", "by": "cobranca"})
    assert promise.amount is None
    said: dict[str, Any] = {"on": promise.on, "amount": promise.amount, "by": promise.by}
    assert attend.promise(AURORA, FAT_1, **said, now=at(2)) == system.promise(day(6), now=at(2))
    dispute = DisputeFields.model_validate({"reason": "produto com defeito", "by": "sac"})
    opened = attend.open_dispute(AURORA, FAT_1, **dict(dispute), now=at(2))
    assert opened == system.dispute(now=at(2))
    resolution = ResolutionFields.model_validate({"outcome": "upheld"})
    assert attend.resolve_dispute(AURORA, FAT_1, **dict(resolution), now=at(2)) == [opened]
    paid = InTransitFields.model_validate({"on": "2026-11-12", "method": "boleto", "by": "sac"})
    assert attend.payment_in_transit(AURORA, FAT_1, **dict(paid), now=at(2)).by == "sac"
    result = ResultFields.model_validate(
        {
            "code": "promise",
            "at": "2026-11-12T12:00:00Z",
            "by": "cobranca",
            "channel": "voice",
            "phone": "(11) 98765-4321",
            "promised_on": "2026-11-16",
            "amount_centavos": 5000,
        }
    )
    assert result.to_domain() == ContactResult(
        ResultCode.PROMISE,
        at(2),
        "cobranca",
        Channel.VOICE,
        phone=PHONE,
        promised_on=day(6),
        promised=Money(5000),
    )


@pytest.mark.parametrize(
    ("fields", "data", "path"),
    [
        (HoldFields, {"until": "amanhã", "reason": "r", "by": "sac"}, "until"),
        (HoldFields, {"until": "2026-11-19T12:00:00", "reason": "r", "by": "sac"}, "until"),
        (HoldFields, {"until": "2026-11-19T12:00:00Z", "reason": "", "by": "sac"}, "reason"),
        (HoldFields, {"until": "2026-11-19T12:00:00Z", "reason": "r", "by": ""}, "by"),
        (DisputeFields, {"reason": "r", "by": "maria@aurora.example.com.br"}, "by"),
        (DisputeFields, {"reason": "r", "by": "a" * 61}, "by"),
        (DisputeFields, {"reason": "r", "by": "sac", "mais": 1}, "mais"),
        (ReleaseFields, {"kind": "disputed"}, "kind"),
        (ResolutionFields, {"outcome": "maybe"}, "outcome"),
        (PromiseFields, {"on": "16/11/2026", "by": "sac"}, "on"),
        (PromiseFields, {"on": "2026-11-16", "by": "sac", "amount_centavos": 0}, "amount_centavos"),
        (InTransitFields, {"on": "2026-11-16", "by": "sac", "method": "cheque"}, "method"),
        (ResultFields, {"code": "sumiu", "at": "2026-11-12T12:00:00Z", "by": "sac"}, "code"),
        (
            ResultFields,
            {"code": "busy", "at": "2026-11-12T12:00:00Z", "by": "sac", "phone": "123"},
            "phone",
        ),
    ],
)
def test_what_comes_in_is_read_strictly(
    fields: type[HoldFields], data: dict[str, Any], path: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        fields.model_validate(data)
    assert [e["loc"] for e in caught.value.errors()] == [(path,)]


def test_another_creditors_invoice_is_not_found(system: System) -> None:
    other = any_creditor(creditor_id="boreal")
    with pytest.raises(NotFound):
        system.attend.hold(other, THIS, until=at(9), reason="r", by="sac", now=at(2))
    stranger = WholeAccount(CustomerId("cli-2"))
    with pytest.raises(NotFound):
        system.hold(at(9), stranger, now=at(2))
