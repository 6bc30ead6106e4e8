"""Simulate: the same decisions over a whole portfolio and many days, and nothing sent.

Accounts go by one at a time and only counts are kept, so memory grows with days, channels and
steps, never with the portfolio. Nobody is assumed to pay: the volume is an upper bound.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from regua.domain.account import Account
from regua.domain.circumstances import USUAL, Circumstances
from regua.domain.decision import Decision
from regua.domain.dispatch import Dispatch
from regua.domain.errors import InvalidInput
from regua.domain.holds import stopping
from regua.domain.notes import NoteKind
from regua.domain.prices import DEFAULT_COSTS
from regua.domain.projection import project
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel
from regua.domain.rulers import Rulers
from regua.domain.schedule import scheduled

MAX_DAYS = 730
_MIDNIGHT = time()
_INSTANT = timedelta(microseconds=1)


class PlannedContact(NamedTuple):
    """Who gets what and when; ids only."""

    on: date
    at: time
    """By the default ruler's clock."""
    channel: Channel
    step_id: str
    customer_id: str
    invoice_ids: tuple[str, ...]


class StepOfRuler(NamedTuple):
    """A step, and the ruler in the version it belongs to (``padrao@0``)."""

    ruler: str
    step_id: str


@dataclass(slots=True)
class Simulation:
    """What a portfolio would be sent in some days, counted.

    ``volume`` is by day and channel, ``steps`` by the leading invoice's step and channel, ``hours``
    by the hour, on the default ruler's clock. A contact that is put off twice counts twice in
    ``deferrals``. ``left_out`` counts steps that were dealt with unmade.
    """

    start: date
    days: int
    costs: Mapping[Channel, Decimal]
    """Centavos per message."""
    accounts: int = 0
    invoices: int = 0
    volume: Counter[tuple[date, Channel]] = field(default_factory=Counter)
    steps: Counter[tuple[StepOfRuler, Channel]] = field(default_factory=Counter)
    hours: Counter[int] = field(default_factory=Counter)
    deferrals: Counter[Reason] = field(default_factory=Counter)
    suppressions: Counter[Reason] = field(default_factory=Counter)
    left_out: Counter[Reason] = field(default_factory=Counter)
    next_channels: int = 0
    """How many of the contacts were made because an earlier channel did not reach the customer."""
    contacts_per_customer: Counter[int] = field(default_factory=Counter)
    """How many customers get so many contacts; those who get none are under 0."""
    not_contacted: Counter[Reason | None] = field(default_factory=Counter)
    """Why customers get none; None is that nothing of theirs comes up."""
    rulers_ended: int = 0
    """Invoices that are still open at the end of their ruler."""

    @property
    def last_day(self) -> date:
        """The last day that is simulated."""
        return self.start + timedelta(days=self.days - 1)

    @property
    def contacts(self) -> int:
        """All contacts, on every channel."""
        return self.volume.total()

    @property
    def by_channel(self) -> Mapping[Channel, int]:
        """Contacts by channel; a channel without any is missing."""
        found: Counter[Channel] = Counter()
        for (_, channel), contacts in self.volume.items():
            found[channel] += contacts
        return found

    @property
    def by_day(self) -> Mapping[date, int]:
        """Contacts by day, earliest first; a day without any is missing."""
        found: Counter[date] = Counter()
        for (day, _), contacts in self.volume.items():
            found[day] += contacts
        return dict(sorted(found.items()))

    @property
    def accounts_contacted(self) -> int:
        """Customers who get at least one contact."""
        return self.accounts - self.contacts_per_customer[0]

    @property
    def most_contacts(self) -> int:
        """The most that any one customer gets."""
        return max(
            (n for n, customers in self.contacts_per_customer.items() if customers), default=0
        )

    @property
    def peak(self) -> tuple[date, int] | None:
        """The day with the most contacts, the first of several; None without contacts."""
        return max(self.by_day.items(), key=lambda day: day[1], default=None)

    def cost_of(self, channel: Channel) -> Decimal:
        """Return what a channel's contacts cost, in centavos, exactly."""
        return self.by_channel.get(channel, 0) * self.costs[channel]

    @property
    def cost(self) -> Decimal:
        """What all contacts cost, in centavos, exactly."""
        return sum((self.cost_of(channel) for channel in self.by_channel), Decimal(0))


class Simulator:
    """Takes accounts one at a time and counts what each would be sent."""

    def __init__(
        self,
        rulers: Rulers,
        start: datetime,
        days: int,
        *,
        given: Circumstances = USUAL,
        costs: Mapping[Channel, Decimal] = DEFAULT_COSTS,
        seen_percent: int = 0,
        on_contact: Callable[[PlannedContact], None] | None = None,
    ) -> None:
        """Prepare to simulate from ``start`` to the end of the last of ``days`` days.

        Args:
            rulers: who follows which ruler; the default one's clock counts the days.
            start: an aware instant; its day is the first one.
            days: 1 to 730.
            given: what else is known; its ``senders`` are the channels that may be used.
            costs: centavos per message, for each of those channels.
            seen_percent: of 100 contacts, how many are seen (`regua.domain.projection`).
            on_contact: told each contact, account by account.

        Raises:
            InvalidInput: for days or a percentage out of range, or a channel without a price.
        """
        if not 1 <= days <= MAX_DAYS:
            raise InvalidInput.at("days", f"is not between 1 and {MAX_DAYS}")
        if not 0 <= seen_percent <= 100:  # noqa: PLR2004 - per cent
            raise InvalidInput.at("seen_percent", "is not between 0 and 100")
        for channel in sorted(given.senders - costs.keys()):
            raise InvalidInput.at(f"costs.{channel}", "has no price")
        self._rulers, self._given, self._seen_percent = rulers, given, seen_percent
        self._zone = rulers.default.zone
        first = start.astimezone(self._zone).date()
        after = datetime.combine(first + timedelta(days=days), _MIDNIGHT, self._zone)
        self._start, self._end = start, after.astimezone(UTC) - _INSTANT
        self._on_contact = on_contact
        self.simulation = Simulation(first, days, costs)

    def add(self, account: Account) -> None:
        """Live an account through the days, and count."""
        found = self.simulation
        found.accounts += 1
        found.invoices += len(account.invoices)
        planned = scheduled(account, self._rulers, self._start, self._given)
        contacts, why = 0, self._rests(planned)
        for decision in project(
            planned,
            self._rulers,
            self._start,
            self._end,
            self._given,
            seen_percent=self._seen_percent,
        ):
            if decision.to_publish is not None:
                self._count(decision.to_publish)
                contacts += 1
            else:
                why = self._count_unmade(decision) or why
            for note in decision.notes:
                found.rulers_ended += note.kind is NoteKind.RULER_ENDED
        found.contacts_per_customer[contacts] += 1
        if not contacts:
            found.not_contacted[why] += 1

    def _rests(self, account: Account) -> Reason | None:
        """Tell what keeps a whole account from being contacted, as it stands at the start."""
        rulers, today = self._rulers, self.simulation.start
        if rulers.segment_of(account, today).excluded:
            return Reason.EXCLUDED
        holds = (stopping(account.holds, key, self._start) for key in account.invoices)
        hold = next((h for h in holds if h is not None), None)
        return hold.kind.reason if hold else None

    def _count(self, dispatch: Dispatch) -> None:
        found, channel = self.simulation, dispatch.channel
        local = dispatch.decided_at.astimezone(self._zone)
        day = local.date()
        found.volume[day, channel] += 1
        found.steps[StepOfRuler(dispatch.ruler, dispatch.step_id), channel] += 1
        found.hours[local.hour] += 1
        found.next_channels += dispatch.fallback_of is not None
        for left in dispatch.left_out:
            found.left_out[left.reason] += 1
        if self._on_contact is not None:
            ids = tuple(i.external_id for i in dispatch.invoices)
            who, step = dispatch.customer_id, dispatch.step_id
            self._on_contact(PlannedContact(day, local.time(), channel, step, who, ids))

    def _count_unmade(self, decision: Decision) -> Reason | None:
        """Count what was decided but not made; return the last reason."""
        found, why = self.simulation, None
        left_out = [
            Reason(note.facts["reason"])
            for note in decision.notes
            if note.kind is NoteKind.STEP_LEFT_OUT
        ]
        if decision.dispatch is not None and decision.dispatch.ending is not None:
            ending, why = decision.dispatch.ending, decision.dispatch.ending.reason
            counted = found.deferrals if ending.until is not None else found.suppressions
            counted.update([why] if why else [])
            left_out += [left.reason for left in decision.dispatch.left_out]
        for reason in left_out:
            found.left_out[reason] += 1
        return why or (left_out[-1] if left_out else None)


def simulate(
    accounts: Iterable[Account],
    rulers: Rulers,
    start: datetime,
    days: int,
    *,
    given: Circumstances = USUAL,
    costs: Mapping[Channel, Decimal] = DEFAULT_COSTS,
    seen_percent: int = 0,
    on_contact: Callable[[PlannedContact], None] | None = None,
) -> Simulation:
    """Simulate a portfolio; the arguments and the errors are `Simulator`'s."""
    simulator = Simulator(
        rulers,
        start,
        days,
        given=given,
        costs=costs,
        seen_percent=seen_percent,
        on_contact=on_contact,
    )
    for account in accounts:
        simulator.add(account)
    return simulator.simulation


@dataclass(frozen=True, slots=True)
class Comparison:
    """What another ruler would change on the same portfolio: the candidate's less the current's."""

    current: Simulation
    candidate: Simulation

    @property
    def contacts(self) -> int:
        """More contacts, or fewer when negative."""
        return self.candidate.contacts - self.current.contacts

    @property
    def cost(self) -> Decimal:
        """More cost, in centavos, exactly."""
        return self.candidate.cost - self.current.cost

    @property
    def accounts_contacted(self) -> int:
        """More customers who are contacted at all."""
        return self.candidate.accounts_contacted - self.current.accounts_contacted

    @property
    def rulers_ended(self) -> int:
        """More invoices that are still open at the end of their ruler."""
        return self.candidate.rulers_ended - self.current.rulers_ended

    @property
    def by_channel(self) -> Mapping[Channel, int]:
        """More contacts by channel; a channel that neither uses is missing."""
        before, after = self.current.by_channel, self.candidate.by_channel
        used = [c for c in Channel if c in before or c in after]
        return {c: after.get(c, 0) - before.get(c, 0) for c in used}

    @property
    def by_day(self) -> Mapping[date, int]:
        """More contacts by day, earliest first; a day without any in either is missing."""
        before, after = self.current.by_day, self.candidate.by_day
        days = sorted(before.keys() | after.keys())
        return {day: after.get(day, 0) - before.get(day, 0) for day in days}


def compare(current: Simulation, candidate: Simulation) -> Comparison:
    """Compare two simulations of the same portfolio over the same days.

    Raises:
        InvalidInput: when they are not.
    """
    if (current.start, current.days) != (candidate.start, candidate.days):
        raise InvalidInput.at("candidate", "was simulated over other days")
    if (current.accounts, current.invoices) != (candidate.accounts, candidate.invoices):
        raise InvalidInput.at("candidate", "was simulated on another portfolio")
    return Comparison(current, candidate)


def as_document(simulation: Simulation) -> dict[str, Any]:
    """Return a simulation as plain JSON: dates in ISO, centavos as decimal text."""
    peak = simulation.peak
    return {
        "start": simulation.start.isoformat(),
        "days": simulation.days,
        "accounts": simulation.accounts,
        "invoices": simulation.invoices,
        "contacts": simulation.contacts,
        "by_channel": {c: simulation.by_channel[c] for c in Channel if c in simulation.by_channel},
        "by_day": [
            {"day": day.isoformat(), "channel": channel, "contacts": contacts}
            for (day, channel), contacts in sorted(simulation.volume.items())
        ],
        "by_step": [
            {
                "ruler": step.ruler,
                "step_id": step.step_id,
                "channel": channel,
                "contacts": contacts,
            }
            for (step, channel), contacts in sorted(simulation.steps.items())
        ],
        "by_hour": {str(hour): contacts for hour, contacts in sorted(simulation.hours.items())},
        "next_channels": simulation.next_channels,
        "peak": None if peak is None else {"day": peak[0].isoformat(), "contacts": peak[1]},
        "cost_centavos": f"{simulation.cost:f}",
        "cost_centavos_by_channel": {
            c: f"{simulation.cost_of(c):f}" for c in Channel if c in simulation.by_channel
        },
        "price_centavos": {c: f"{simulation.costs[c]:f}" for c in Channel if c in simulation.costs},
        "deferrals": _by_reason(simulation.deferrals),
        "suppressions": _by_reason(simulation.suppressions),
        "left_out": _by_reason(simulation.left_out),
        "accounts_contacted": simulation.accounts_contacted,
        "not_contacted": _by_reason(simulation.not_contacted),
        "most_contacts_per_customer": simulation.most_contacts,
        "contacts_per_customer": {
            str(n): customers for n, customers in sorted(simulation.contacts_per_customer.items())
        },
        "rulers_ended": simulation.rulers_ended,
    }


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as plain JSON, with both simulations in it."""
    return {
        "current": as_document(comparison.current),
        "candidate": as_document(comparison.candidate),
        "difference": {
            "contacts": comparison.contacts,
            "cost_centavos": f"{comparison.cost:f}",
            "accounts_contacted": comparison.accounts_contacted,
            "rulers_ended": comparison.rulers_ended,
            "by_channel": dict(comparison.by_channel),
            "by_day": {day.isoformat(): n for day, n in comparison.by_day.items()},
        },
    }


NOTHING_CAME_UP = "nothing_came_up"
"""Written for customers nothing was planned for."""


def _by_reason(counts: Mapping[Reason | None, int] | Mapping[Reason, int]) -> dict[str, int]:
    named = {reason or NOTHING_CAME_UP: n for reason, n in counts.items()}
    return dict(sorted(named.items()))
