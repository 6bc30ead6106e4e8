"""A short notation for decisions: a ruler, what is owed, an instant, and what must follow.

Days are counted from the due date of the builders, a Tuesday; hours are São Paulo's (UTC−3)::

    -8 Mon  2 Nov  Finados, national holiday       7 Tue 17 Nov
    -4 Fri  6 Nov                                  8 Wed 18 Nov
    -3 Sat  7 Nov                                  9 Thu 19 Nov
    -2 Sun  8 Nov                                 10 Fri 20 Nov  Consciência Negra, national holiday
    -1 Mon  9 Nov                                 11 Sat 21 Nov
     0 Tue 10 Nov  DUE                            12 Sun 22 Nov
     1 Wed 11 Nov                                 13 Mon 23 Nov
     2 Thu 12 Nov                                 14 Tue 24 Nov
     3 Fri 13 Nov                                 15 Wed 25 Nov
     4 Sat 14 Nov                                 20 Mon 30 Nov
     5 Sun 15 Nov  República, national holiday    30 Thu 10 Dec
     6 Mon 16 Nov                                 45 Fri 25 Dec  Natal, national holiday

E-mail is open from 8:00 to 20:00, on Saturdays to 14:00; a step is made from 9:00 of its day on.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import EllipsisType
from typing import Any
from zoneinfo import ZoneInfo

from regua.domain.account import Account
from regua.domain.circumstances import USUAL, Circumstances
from regua.domain.contact_policy import Contact
from regua.domain.decision import Decision, decide
from regua.domain.dispatch import Attempt, DispatchState, InvoiceStep
from regua.domain.holds import Hold, HoldKind
from regua.domain.ids import DispatchId, InvoiceId, PaymentId
from regua.domain.invoice import Invoice, Place
from regua.domain.money import Money
from regua.domain.notes import NoteKind
from regua.domain.reasons import Reason
from regua.domain.ruler import Anchor, Channel, Phase, Ruler, Seen, Step, Tone
from regua.domain.rulers import Activation, Assignment, Backfill, InFlight, Line, Rulers, Segment
from regua.domain.schedule import scheduled
from tests.builders import DUE, any_account, any_customer, any_invoice, any_payment

ZONE = ZoneInfo("America/Sao_Paulo")
EMAIL, SMS, WHATSAPP, VOICE = Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.VOICE
EVERYTHING = Circumstances(senders=frozenset(Channel), opt_in_needed=frozenset())
"""All four channels have a sender."""
FIRST = DispatchId("1" * 32)
"""The contact that a case's invoice was last spoken of by."""
When = tuple[int, int]
"""Days after the due date, and the hour."""


def day(days: int) -> date:
    return DUE + timedelta(days=days)


def at(days: int, hour: int = 9, minute: int = 0) -> datetime:
    """Return an instant by São Paulo's clock."""
    on = day(days)
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=ZONE)


# ── rulers ──────────────────────────────────────────────────────────────────────────────────────


def step(name: str, offset: int, *channels: Channel, **changes: Any) -> Step:  # noqa: ANN401 - any field
    """Return a step by e-mail unless channels are named."""
    return Step(name, offset, channels or (EMAIL,), changes.pop("template", "vencida"), **changes)


def ladder(*offsets: int, **changes: Any) -> tuple[Step, ...]:  # noqa: ANN401 - any field
    """Return steps named after their offsets: ``d-3``, ``d0``, ``d7``."""
    return tuple(step(f"d{n}", n, **changes) for n in offsets)


def chained(name: str, after: int, *channels: Channel, **changes: Any) -> Step:  # noqa: ANN401 - any field
    """Return a step that counts from the one before it."""
    return step(name, after, *channels, anchor=Anchor.PREVIOUS_STEP, **changes)


def ruler(*steps: Step, name: str = "teste", **changes: Any) -> Ruler:  # noqa: ANN401 - any field
    return Ruler(name, steps, **changes)


def padrao() -> Ruler:
    """Return the ruler that creditors without their own follow, written by hand."""
    return Ruler(
        "padrao",
        (
            step("lembrete", -3, template="lembrete", tone=Tone.FRIENDLY),
            step("vencimento", 0, template="vencimento", tone=Tone.FRIENDLY),
            step("vencida-3", 3, template="vencida", tone=Tone.NEUTRAL),
            step("vencida-7", 7, template="em_atraso", tone=Tone.NEUTRAL),
            step("vencida-15", 15, template="atraso_prolongado", tone=Tone.FIRM),
            step("vencida-30", 30, template="pre_negativacao", tone=Tone.FORMAL),
        ),
    )


PADRAO = padrao()


def rulers(
    default: Ruler,
    *others: Ruler,
    segments: tuple[Segment, ...] = (),
    hold_out: int = 0,
    backfill: Backfill = Backfill.DESERVED_LEVEL,
) -> Rulers:
    """Return several rulers; the first one is the creditor's default."""
    lines = {r.name: Line(r) for r in (default, *others)}
    return Rulers(lines, Assignment(default.name, segments, Decimal(hold_out), backfill))


def rewritten(
    old: Ruler, new: Ruler, in_flight: InFlight, backfill: Backfill, since: int
) -> Rulers:
    """Return a ruler whose second version came into force at noon of a day."""
    was, now = replace(old, version=1), replace(new, name=old.name, version=2)
    activation = Activation(2, at(since, 12), day(since), in_flight, backfill)
    return Rulers(
        {old.name: Line(now, (activation,))}, Assignment(old.name), earlier={was.ref: was}
    )


# ── what is owed, and what happened ─────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Owed:
    """An invoice: when it falls due, and the last step that was made for it.

    ``made`` is the day that step was really made, where that is not the planned one; ``unsent``
    says that it was dealt with without a contact.
    """

    name: str = "fat"
    due: int = 0
    last: str | None = None
    made: int | None = None
    unsent: bool = False
    centavos: int = 14990
    paid: int = 0
    issued: int = -40
    """Thursday, 1 October."""
    ruler: str | None = None
    on: str | None = None
    """The ruler and version that it is on (``padrao@1``); None is the creditor's default."""
    new: bool = False
    """Never looked at before."""
    announced: bool = True
    ended: bool = False
    place: Mapping[str, Any] = field(default_factory=dict)

    def invoice(self, of: Rulers) -> Invoice:
        """Return the invoice with its place."""
        invoice = any_invoice(
            self.name,
            due_date=day(self.due),
            issue_date=day(self.issued),
            amount=Money(self.centavos),
            ruler=self.ruler,
        )
        if self.paid:
            paid = Money(self.paid)
            payment = any_payment(f"pag-{self.name}", amount=paid, paid_at=at(self.due - 1))
            invoice = invoice.with_payment(payment)
        return invoice.at_place(Place() if self.new else self._place(invoice, of))

    def _place(self, invoice: Invoice, of: Rulers) -> Place:
        follows = of.default if self.on is None else of.at(self.on)
        assert follows is not None, self.on
        fields: dict[str, Any] = {
            "ruler": follows.ref,
            "overdue_announced": self.announced,
            "ended": self.ended,
        }
        if self.last is not None:
            planned = {s.id: on for on, s in follows.dates_of(invoice)}[self.last]
            made = planned if self.made is None else day(self.made)
            fields |= {"step_id": self.last, "step_on": planned, "dispatch_id": FIRST}
            fields["contacted_on"] = None if self.unsent else made
        return Place(**{**fields, **self.place})


def hold(
    kind: HoldKind = HoldKind.HELD,
    until: When | None = (10, 0),
    about: str | None = None,
    since: int = -1,
    **changes: Any,  # noqa: ANN401 - any field
) -> Hold:
    """Return a hold on everything unless it is about one invoice."""
    return Hold(
        changes.pop("hold_id", f"{kind}-{about}"),
        kind,
        at(since, 8),
        None if until is None else at(*until),
        "combinado por telefone",
        "atendimento",
        None if about is None else InvoiceId(about),
        **changes,
    )


def contacted(*days: int, channel: Channel = EMAIL) -> tuple[Contact, ...]:
    """Return contacts made at nine o'clock of these days."""
    return tuple(Contact(at(d), channel, DispatchId(f"{n:032d}")) for n, d in enumerate(days, 50))


def waiting(
    *channels: Channel,
    check: When,
    unless: Seen | None = None,
    failed: bool = False,
    of: str = "vencida-7",
    about: str = "fat",
) -> tuple[Attempt, ...]:
    """Return the contact ``FIRST``, whose fate decides about the next channels."""
    spoken_of = (InvoiceStep(InvoiceId(about), of),)
    return (Attempt(FIRST, of, channels, spoken_of, at(*check), unless, failed),)


def saw(*seen: Seen) -> Circumstances:
    """Return what became of ``FIRST``, with every sender deployed."""
    return replace(EVERYTHING, seen={FIRST: frozenset(seen)})


# ── what must follow ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Then:
    """What a decision must be; what is Ellipsis does not matter.

    ``left_out`` and ``notes`` are exact, empty ones included. ``about`` are the invoices spoken
    of, each with its step; by default the only invoice, with the step.
    """

    outcome: DispatchState | None
    step: str | None = None
    reason: Reason | None = None
    until: When | None = None
    left_out: Mapping[str, Reason] = field(default_factory=dict)
    """Reasons by step, or by ``invoice/step`` where there are several invoices."""
    notes: tuple[NoteKind, ...] = ()
    about: Mapping[str, str] | None = None
    channel: Channel | EllipsisType = ...
    tone: Tone | EllipsisType = ...
    template: str | EllipsisType = ...
    phase: Phase | EllipsisType = ...
    ruler: str | EllipsisType = ...
    variant: str | EllipsisType | None = ...
    fallback_of: DispatchId | None = None
    rule: str | EllipsisType = ...
    overdue: tuple[str, ...] | EllipsisType = ...
    exposed: tuple[str, ...] | EllipsisType = ...
    wakes: When | EllipsisType | None = ...
    """When the account is looked at again; None is never."""


def made(step_id: str, **more: Any) -> Then:  # noqa: ANN401 - any field
    return Then(DispatchState.PLANNED, step_id, **more)


def deferred(reason: Reason, until: When, step_id: str, **more: Any) -> Then:  # noqa: ANN401 - any field
    """Expect a deferral, and to be woken at its end."""
    return Then(DispatchState.DEFERRED, step_id, reason, until, **{"wakes": until, **more})


def suppressed(reason: Reason, step_id: str, **more: Any) -> Then:  # noqa: ANN401 - any field
    return Then(DispatchState.SUPPRESSED, step_id, reason, **more)


def nothing(**more: Any) -> Then:  # noqa: ANN401 - any field
    return Then(None, **more)


@dataclass(frozen=True)
class Case:
    """One decision. ``customer`` and ``account`` are fields that differ from the builders'."""

    why: str
    then: Then
    when: When = (3, 9)
    owes: Owed | tuple[Owed, ...] = Owed()
    ruler: Ruler | Rulers = PADRAO
    customer: Mapping[str, Any] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)
    given: Circumstances = USUAL

    @property
    def rulers(self) -> Rulers:
        return self.ruler if isinstance(self.ruler, Rulers) else Rulers.only(self.ruler)

    @property
    def invoices(self) -> tuple[Invoice, ...]:
        owed = (self.owes,) if isinstance(self.owes, Owed) else self.owes
        return tuple(o.invoice(self.rulers) for o in owed)

    @property
    def before(self) -> Account:
        """The account as it stands when it is looked at."""
        fields = {"customer": any_customer(**self.customer), **self.account}
        if "external_id" in self.customer:
            fields["customer_id"] = self.customer["external_id"]
        return any_account(*self.invoices, **fields)

    @property
    def now(self) -> datetime:
        return at(*self.when)

    def decide(self) -> Decision:
        return decide(self.before, self.rulers, self.now, self.given)


# ── time that goes by ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Course:
    """What is made for an account as days go by, each as ``(day, hour, step)``.

    ``runs`` says on which days the evaluation runs at all: by default every one, each hour.
    """

    why: str
    made: tuple[tuple[int, int, str], ...]
    owes: Owed | tuple[Owed, ...] = Owed(new=True)
    ruler: Ruler | Rulers = PADRAO
    first: When = (-10, 0)
    last: When = (40, 23)
    runs: Callable[[int], bool] = lambda _: True
    customer: Mapping[str, Any] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)
    given: Circumstances = USUAL

    def lived(self) -> tuple[tuple[int, int, str], ...]:
        case = Case(
            self.why, nothing(), self.first, self.owes, self.ruler, self.customer, self.account
        )
        first, last = at(*self.first), at(*self.last)
        _, decisions = lived(
            case.before, case.rulers, first, last, runs=self.runs, given=self.given
        )
        return tuple(
            (*_days_and_hour(d.dispatch.decided_at), d.dispatch.step_id)
            for d in decisions
            if d.dispatch and d.to_publish
        )


def lived(
    account: Account,
    of: Rulers,
    first: datetime,
    last: datetime,
    *,
    runs: Callable[[int], bool] = lambda _: True,
    given: Circumstances = USUAL,
) -> tuple[Account, list[Decision]]:
    """Evaluate an account every hour of the days on which there is a run, when it is due."""
    account = scheduled(account, of, first, given)
    now, decisions = first, []
    while now <= last:
        if runs((now.astimezone(ZONE).date() - DUE).days):
            account, more = ticked(account, of, now, given)
            decisions += more
        now += timedelta(hours=1)
    return account, decisions


def ticked(
    account: Account, of: Rulers, now: datetime, given: Circumstances = USUAL
) -> tuple[Account, list[Decision]]:
    """Evaluate an account until nothing is due at this instant."""
    decisions: list[Decision] = []
    for _ in range(50):
        if account.next_evaluation_at is None or account.next_evaluation_at > now:
            return account, decisions
        decision = decide(account, of, now, given)
        decisions.append(decision)
        account = decision.account
    msg = f"the account is still due at {now}, which nothing has moved on"
    raise AssertionError(msg)


def made_in(decisions: Iterable[Decision]) -> list[str]:
    """Return the steps that were made, in order."""
    return [d.to_publish.step_id for d in decisions if d.to_publish]


def _days_and_hour(instant: datetime) -> When:
    local = instant.astimezone(ZONE)
    return (local.date() - DUE).days, local.hour


def paid(invoice: Invoice, on: int, centavos: int | None = None) -> Invoice:
    """Return an invoice with a payment made at noon of a day."""
    amount = invoice.balance if centavos is None else Money(centavos)
    return invoice.with_payment(
        any_payment(str(PaymentId(f"pag-{on}")), amount=amount, paid_at=at(on, 12))
    )
