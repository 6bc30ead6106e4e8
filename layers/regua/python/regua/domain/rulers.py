"""Which ruler, in which version, an invoice follows: precedence, segments, versions.

Invoice before customer before segment before the creditor's default. Every write of a ruler is a
new version; what happens to invoices under way is the author's stated choice, applied when an
account is next looked at, so that no write touches a million accounts.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from regua.domain.account import Account
from regua.domain.conditions import ALWAYS, Conditions, Facts
from regua.domain.customer import CustomerKind
from regua.domain.holds import HoldKind, is_in_agreement
from regua.domain.ids import InvoiceId
from regua.domain.invoice import Invoice, Place
from regua.domain.money import ZERO, Money
from regua.domain.negotiation.agreement import agreement_of
from regua.domain.ruler import Channel, Ruler

DEFAULT_SEGMENT = "padrao"


class InFlight(StrEnum):
    """What a new version means for invoices that are on an earlier one."""

    KEEP = "keep"
    """They go on as they began."""
    MIGRATE = "migrate"
    """They go on under the new version, at the place they have reached."""
    RESTART = "restart"
    """They start the new version from its beginning."""


class Backfill(StrEnum):
    """What becomes of steps that would have been made already, for an invoice new to a ruler."""

    FROM_NOW = "from_now"
    """They are not made; the next one is."""
    DESERVED_LEVEL = "deserved_level"
    """The latest of them is made, once; the others are superseded."""
    STEPWISE = "stepwise"
    """All are made, one by one, each after its own gap."""


@dataclass(frozen=True, slots=True)
class Activation:
    """A version of a ruler coming into force, and what that means for what is under way."""

    version: int
    at: datetime
    on: date
    """The day of it, in the ruler's zone."""
    in_flight: InFlight
    backfill: Backfill


@dataclass(frozen=True, slots=True)
class Line:
    """One ruler through its versions: the one in force, and how each came to be."""

    current: Ruler
    activations: tuple[Activation, ...] = ()
    """In the order of their versions."""

    def activation_for(self, version: int) -> Activation | None:
        """Return what takes invoices on a version to a later one; None when they stay."""
        later = [
            a for a in self.activations if a.version > version and a.in_flight is not InFlight.KEEP
        ]
        if not later:
            return None
        restarts = any(a.in_flight is InFlight.RESTART for a in later)
        return replace(later[-1], in_flight=InFlight.RESTART) if restarts else later[-1]


@dataclass(frozen=True, slots=True)
class Segment:
    """A rule over a customer's facts; the first one that holds, in the creditor's order, wins."""

    name: str
    when: Conditions = ALWAYS
    ruler: str | None = None
    """The ruler its customers follow, unless customer or invoice name one."""
    excluded: bool = False
    """Its customers are not contacted at all."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who follows which ruler."""

    default_ruler: str
    segments: tuple[Segment, ...] = ()
    hold_out_percent: Decimal = Decimal(0)
    """Customers who, for ever, get the control of every experiment."""
    backfill: Backfill = Backfill.DESERVED_LEVEL
    """What an invoice finds that moves from one ruler to another."""


@dataclass(frozen=True, slots=True)
class Rulers:
    """All of a creditor's rulers, and who follows which."""

    lines: Mapping[str, Line]
    assignment: Assignment
    earlier: Mapping[str, Ruler] = field(default_factory=dict, compare=False)
    """Versions no longer in force by their ``name@version``; may fetch what it is asked for."""
    turning_points: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """Days late at which an account may change its segment by the mere passing of time."""

    def __post_init__(self) -> None:
        points = {p for s in self.assignment.segments for p in _turning_points(s.when)}
        object.__setattr__(self, "turning_points", tuple(sorted(points)))

    @classmethod
    def only(cls, ruler: Ruler) -> "Rulers":
        """Return a creditor's rulers when there is one."""
        return cls({ruler.name: Line(ruler)}, Assignment(ruler.name))

    @property
    def default(self) -> Ruler:
        """The ruler that is followed when nothing says otherwise."""
        return self.lines[self.assignment.default_ruler].current

    def segment(self, facts: Facts) -> Segment:
        """Return the first segment whose rule holds; the default one when none does."""
        for segment in self.assignment.segments:
            if segment.when.refuse_account(facts) is None:
                return segment
        return _ANY

    def segment_of(self, account: Account, today: date) -> Segment:
        """Return the segment an account is in on a day; counts facts only where rules ask."""
        if not self.assignment.segments:
            return _ANY
        return self.segment(facts_of(account, today))

    def name_for(self, account: Account, invoice: Invoice, segment: Segment) -> str:
        """Return the ruler's name by precedence; a name that is not known does not count."""
        lines = self.lines
        if invoice.ruler in lines:
            return invoice.ruler or ""
        customer = account.customer
        if customer is not None and customer.ruler in lines:
            return customer.ruler or ""
        if segment.ruler in lines:
            return segment.ruler or ""
        return self.assignment.default_ruler

    def followed(self, account: Account, invoice: Invoice) -> Ruler:
        """Return the version an invoice is on; before it was first placed, the one it would be."""
        ref = invoice.place.ruler
        found = None if ref is None else self.at(ref)
        if found is not None:
            return found
        return self.lines[self.name_for(account, invoice, _ANY)].current

    def at(self, ref: str) -> Ruler | None:
        """Return a version by its ``name@version``; None when there is no such version."""
        line = self.lines.get(ref.rpartition("@")[0])
        if line is not None and line.current.ref == ref:
            return line.current
        return self.earlier.get(ref)

    def placed(
        self, account: Account, invoice: Invoice, segment: Segment, today: date
    ) -> tuple[Ruler, Place]:
        """Return the ruler that an invoice follows from now on, and its place on it."""
        name = self.name_for(account, invoice, segment)
        line, place = self.lines[name], invoice.place
        if place.ruler == line.current.ref:
            return line.current, place
        if place.ruler is None:
            return line.current, replace(place, ruler=line.current.ref)
        was, _, version = place.ruler.rpartition("@")
        if was != name:
            return line.current, moved(place, line.current, self.assignment.backfill, today)
        activation = line.activation_for(int(version))
        if activation is None:
            kept = self.at(place.ruler)
            return (kept, place) if kept else (line.current, place)
        to = line.current
        if activation.version != to.version:
            to = self.at(f"{name}@{activation.version}") or to
        if activation.in_flight is InFlight.RESTART:
            place = Place(overdue_announced=place.overdue_announced)
        return to, moved(place, to, activation.backfill, activation.on)


def on_their_rulers(
    account: Account, rulers: Rulers, segment: Segment, today: date
) -> Mapping[InvoiceId, Invoice]:
    """Return the open invoices, each on the ruler and version that it follows from now on."""
    invoices = account.invoices
    changed = {}
    for invoice_id, invoice in invoices.items():
        _, place = rulers.placed(account, invoice, segment, today)
        if place is not invoice.place:
            changed[invoice_id] = invoice.at_place(place)
    return {**invoices, **changed} if changed else invoices


def moved(place: Place, to: Ruler, backfill: Backfill, on: date) -> Place:
    """Return a place on another ruler or version, from a day on."""
    return replace(
        place,
        ruler=to.ref,
        from_on=on if backfill is Backfill.FROM_NOW else None,
        stepwise=backfill is Backfill.STEPWISE,
        ended=False,
    )


_ANY = Segment(DEFAULT_SEGMENT)


def _turning_points(when: Conditions) -> Iterator[int]:
    if when.min_worst_days_late is not None:
        yield when.min_worst_days_late
    if when.max_worst_days_late is not None:
        yield when.max_worst_days_late + 1


def _owed(account: Account) -> Collection[Invoice]:
    """Return the open invoices that are owed by themselves, not within an active agreement.

    Open instalments tell that one is active; so it is in a projection, where agreements go on.
    """
    resting = [h for h in account.holds if h.kind is HoldKind.IN_AGREEMENT]
    if not resting or not any(agreement_of(name) for name in account.invoices):
        return account.invoices.values()
    return [i for k, i in account.invoices.items() if not is_in_agreement(resting, k)]


def facts_of(account: Account, today: date) -> Facts:
    """Count what conditions may ask of an account on a day; the segment is not known yet.

    Where an agreement is active its instalments are what is owed, not the debts it covers.
    """
    customer, history = account.customer, account.history
    invoices = _owed(account)
    late = [d for i in invoices if (d := (today - i.effective_due_date).days) > 0]
    return Facts(
        kind=(customer.kind if customer else CustomerKind.PERSON).value,
        tags=frozenset(customer.tags) if customer else frozenset(),
        risk=customer.risk if customer else None,
        reachable=frozenset(c for c in Channel if account.is_reachable(c)),
        open_amount=Money(sum(i.balance.centavos for i in invoices)) if invoices else ZERO,
        open_invoices=len(invoices),
        overdue_invoices=len(late),
        days_late=max(late, default=0),
        times_late=history.paid_late + len(late),
        late_share_percent=history.late_share_percent,
        worst_days_late=max([history.worst_days_late, *late]),
        broken_promises=history.promises_broken,
    )
