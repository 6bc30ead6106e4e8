"""The numbers a finance person asks for, counted from the evidence; how they look is `report`."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from local.demo import oracle
from local.demo.checks import Evidence, Mention, mentioned
from local.demo.crowd import Hit
from local.demo.ledger import Figures, Ledger, Page, Standing, figures
from local.demo.model import SAO_PAULO, Portfolio
from local.demo.system import InvoiceView
from regua.domain.ruler import DEFAULT_RULER

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


def step_order(found: Iterable[str]) -> list[str]:
    """Return step ids in the order of the default ruler, others after them as they came up."""
    steps = DEFAULT_RULER["steps"]
    known = [str(step["id"]) for step in steps] if isinstance(steps, list) else []
    present = list(dict.fromkeys(found))
    return [s for s in known if s in present] + [s for s in present if s not in known]


def by_step(evidence: Evidence) -> tuple[list[StepRow], Amount]:
    """Return a row per step, and what was paid before any message.

    A payment counts for the last step that spoke of the invoice before the money came; it counts
    as recovered when it came late by the bank rule.
    """
    table = {step: StepRow(step) for step in step_order(r.step_id for r in evidence.dispatches)}
    for row in evidence.dispatches:
        states = table[row.step_id].states
        states[row.state] = states.get(row.state, 0) + 1
    steps_of = _steps_by_invoice(evidence)
    for spoken in steps_of.values():
        for _, step in spoken:
            table[step].mentions += 1
    before_any = Amount()
    for key, page in evidence.life.ledger.pages.items():
        settled_at = page.settled_at() if page.standing() is Standing.SETTLED else None
        if settled_at is None:
            continue
        paid = Amount(1, page.paid())
        spoken = [pair for pair in steps_of.get(key, []) if pair[0] <= settled_at]
        if not spoken:
            before_any += paid
            continue
        row_of_step = table[max(spoken)[1]]
        row_of_step.paid_after += paid
        if _was_late(page, settled_at):
            row_of_step.recovered += paid
    return list(table.values()), before_any


def _steps_by_invoice(evidence: Evidence) -> Mapping[str, list[tuple[datetime, str]]]:
    rows = evidence.rows
    spoken: dict[str, list[tuple[datetime, str]]] = {}
    mentions: Iterable[Mention] = mentioned(evidence.life.mails, evidence.life.portfolio)
    for mention in mentions:
        row = rows.get(mention.mail.dispatch_id)
        if row and not mention.mail.bounced:
            pair = (mention.mail.received_at, row.step_id)
            spoken.setdefault(mention.invoice.external_id, []).append(pair)
    return spoken


def _was_late(page: Page, settled_at: datetime) -> bool:
    return oracle.is_late(page.invoice.due_date, settled_at.astimezone(SAO_PAULO).date())


def standings(ledger: Ledger) -> Mapping[Standing, Amount]:
    """Return how many invoices stand where, with the invoiced money."""
    table = dict.fromkeys(Standing, Amount())
    for page in ledger.pages.values():
        table[page.standing()] += Amount(1, page.amount())
    return table


def reasons(evidence: Evidence) -> Mapping[tuple[str, str], int]:
    """Return how often each (state, reason) occurred, most frequent first."""
    counted = Counter((row.state, row.reason) for row in evidence.dispatches if row.reason)
    return {(state, reason or ""): n for (state, reason), n in counted.most_common()}


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
