"""The numbers a finance person asks for, counted from the evidence; how they look is `report`."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from local.demo import oracle
from local.demo.checks import Evidence, mentioned
from local.demo.crowd import Hit
from local.demo.ledger import Figures, Ledger, Page, Standing, figures
from local.demo.message import CHANNELS
from local.demo.model import SAO_PAULO, Portfolio
from local.demo.system import InvoiceView, Spent

BEFORE_ANY = "antes de qualquer mensagem"
_PERSON_LABELS = {"person", "image_proxy"}


@dataclass(frozen=True, slots=True)
class Amount:
    """How many, and how much money."""

    count: int = 0
    centavos: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.count + other.count, self.centavos + other.centavos)


@dataclass(slots=True)
class StepRow:
    """One step of the ruler: what became of its messages and of the money behind them."""

    step_id: str
    states: dict[str, int] = field(default_factory=dict)
    mentions: int = 0
    paid_after: Amount = Amount()
    recovered: Amount = Amount()


@dataclass(frozen=True, slots=True)
class Attention:
    """Opens and clicks: those that were made, and those that the system recorded, by whom."""

    made_by_people: int
    made_by_machines: int
    recorded_as_people: int
    recorded_as_machines: int
    recorded_as_unknown: int


@dataclass(slots=True)
class ChannelRow:
    """One channel: what became of its messages, what they cost, and the money behind them.

    ``delivered`` and ``seen`` are what the system's timelines report; seen is opened by a person,
    read, or answered, and None where the channel cannot tell. ``clicks`` are what people made.
    """

    channel: str
    planned: int = 0
    sent: int = 0
    delivered: int = 0
    seen: int | None = None
    failed: int = 0
    fallbacks: int = 0
    clicks: int = 0
    spent: Spent = field(default_factory=Spent)
    paid_after: Amount = Amount()
    recovered: Amount = Amount()


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message that reached somebody about an invoice."""

    at: datetime
    step_id: str
    channel: str


def step_order(found: Iterable[str], known: Sequence[str]) -> list[str]:
    """Return step ids in the order of the ruler, others after them as they came up."""
    present = list(dict.fromkeys(found))
    return [s for s in known if s in present] + [s for s in present if s not in known]


_DELIVERED = frozenset({"delivered", "read", "answered", "complained"})
_SEEN = {
    "email": frozenset({"opened"}),
    "whatsapp": frozenset({"read"}),
    "voice": frozenset({"answered"}),
}


def by_channel(evidence: Evidence) -> list[ChannelRow]:
    """Return a row for each channel that was used.

    Money counts for the channel of the last message that spoke of the invoice before it came.
    """
    table = {c: ChannelRow(c, seen=0 if c in _SEEN else None) for c in CHANNELS}
    for row in evidence.dispatches:
        line = table[row.channel]
        line.planned += 1
        line.sent += row.state == "sent"
        line.failed += row.state == "failed"
        if row.state in {"sent", "failed"}:
            line.fallbacks += row.is_fallback
            _count_reported(line, evidence.reported.get(row.dispatch_id, frozenset()))
    channel_of = {m.dispatch_id: m.channel for m in evidence.life.messages}
    for hit in evidence.life.hits:
        if hit.kind == "click" and hit.by_person:
            table[channel_of[hit.dispatch_id]].clicks += 1
    for paid, last, was_late in _settlements(evidence):
        if last is not None:
            line = table[last.channel]
            line.paid_after += paid
            line.recovered += paid if was_late else Amount()
    for channel, spent in evidence.costs.items():
        table[channel].spent = spent
    return [line for line in table.values() if line.planned]


def _count_reported(line: ChannelRow, reported: frozenset[str]) -> None:
    line.delivered += bool(reported & _DELIVERED)
    if line.seen is not None:
        line.seen += bool(reported & _SEEN[line.channel])


def by_step(evidence: Evidence) -> tuple[list[StepRow], Amount]:
    """Return a row per step, and what was paid before any message.

    A payment counts for the last step that spoke of the invoice before the money came; it counts
    as recovered when it came late by the bank rule.
    """
    order = step_order((r.step_id for r in evidence.dispatches), evidence.terms.steps)
    table = {step: StepRow(step) for step in order}
    for row in evidence.dispatches:
        states = table[row.step_id].states
        states[row.state] = states.get(row.state, 0) + 1
    for spoken in _spoken_by_invoice(evidence).values():
        for each in spoken:
            table[each.step_id].mentions += 1
    before_any = Amount()
    for paid, last, was_late in _settlements(evidence):
        if last is None:
            before_any += paid
            continue
        row_of_step = table[last.step_id]
        row_of_step.paid_after += paid
        if was_late:
            row_of_step.recovered += paid
    return list(table.values()), before_any


def _settlements(evidence: Evidence) -> Iterator[tuple[Amount, Spoken | None, bool]]:
    """Yield each settled invoice: the money, the last message before it, whether it came late."""
    spoken_of = _spoken_by_invoice(evidence)
    for key, page in evidence.life.ledger.pages.items():
        settled_at = page.settled_at() if page.standing() is Standing.SETTLED else None
        if settled_at is None:
            continue
        before = [each for each in spoken_of.get(key, ()) if each.at <= settled_at]
        last = max(before, key=lambda each: each.at, default=None)
        yield Amount(1, page.paid()), last, _was_late(page, settled_at)


def _spoken_by_invoice(evidence: Evidence) -> Mapping[str, list[Spoken]]:
    rows = evidence.rows
    spoken: dict[str, list[Spoken]] = {}
    for mention in mentioned(evidence.life):
        row, message = rows.get(mention.message.dispatch_id), mention.message
        if row and not message.failed:
            each = Spoken(message.received_at, row.step_id, message.channel)
            spoken.setdefault(mention.invoice.external_id, []).append(each)
    return spoken


def _was_late(page: Page, settled_at: datetime) -> bool:
    return oracle.is_late(page.invoice.due_date, settled_at.astimezone(SAO_PAULO).date())


def standings(ledger: Ledger) -> Mapping[Standing, Amount]:
    """Return how many invoices stand where, with the invoiced money."""
    table = dict.fromkeys(Standing, Amount())
    for page in ledger.pages.values():
        table[page.standing()] += Amount(1, page.amount())
    return table


def reasons(evidence: Evidence) -> Mapping[tuple[str, str, str], int]:
    """Return how often each (channel, state, reason) occurred, the channels in order."""
    rows = evidence.dispatches
    counted = Counter((r.channel, r.state, r.reason) for r in rows if r.reason)
    found = sorted(counted.items(), key=lambda item: (CHANNELS.index(item[0][0]), -item[1]))
    return {(channel, state, reason or ""): n for (channel, state, reason), n in found}


def attention(kind: str, hits: Iterable[Hit], recorded: Mapping[tuple[str, str], int]) -> Attention:
    """Compare what people and machines did with what the system made of it.

    Args:
        kind: `open` or `click`.
        hits: what was really done, and by whom.
        recorded: how often the system recorded each (kind, label).
    """
    made = [hit.by_person for hit in hits if hit.kind == kind]
    labels = {label: n for (of_kind, label), n in recorded.items() if of_kind == kind}
    people = sum(n for label, n in labels.items() if label in _PERSON_LABELS)
    unknown = labels.get("unknown", 0)
    return Attention(
        made_by_people=sum(made),
        made_by_machines=len(made) - sum(made),
        recorded_as_people=people,
        recorded_as_machines=sum(labels.values()) - people - unknown,
        recorded_as_unknown=unknown,
    )


def system_figures(ledger: Ledger, views: Mapping[str, InvoiceView]) -> Figures:
    """Count the same things from the system's own answers."""
    found = [views[key] for key in ledger.pages if key in views]
    settled = [view for view in found if view.status == Standing.SETTLED]
    due_of = {key: page.invoice.due_date for key, page in ledger.pages.items()}
    withdrawn = sum(view.status == Standing.CANCELLED for view in found)
    return Figures(
        issued=len(found),
        paid=len(settled),
        withdrawn=withdrawn,
        still_open=len(found) - len(settled) - withdrawn,
        late_by_calendar=sum(
            view.settled_on is not None and view.settled_on > due_of[view.external_id]
            for view in settled
        ),
        late_by_bank_rule=sum(view.was_late for view in settled),
    )


def file_figures(portfolio: Portfolio) -> tuple[Figures, Figures]:
    """Count a file whose future is known: in its own dates, and in the dates it was moved to."""
    own = portfolio.shifted(-portfolio.shift_days)
    return (
        figures(Ledger.of(own.invoices, own.movements)),
        figures(Ledger.of(portfolio.invoices, portfolio.movements)),
    )
