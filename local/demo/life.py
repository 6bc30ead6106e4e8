"""Lives a portfolio day by day: the ERP speaks, the ruler runs, people read and pay.

The order inside a day is the whole point: what is known by an evaluation is on the bus and
drained before it, so that a payment of the morning stops the message of the morning. Inside one
batch the queues keep no order, and the system must not need any.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from local.demo.agenda import Agenda, Batch
from local.demo.crowd import Crowd, Hit
from local.demo.events import Event, issued, moved
from local.demo.ledger import Ledger
from local.demo.message import EMAIL, Message
from local.demo.model import Movement, Portfolio, local
from local.demo.progress import Days, Stopwatch
from local.demo.system import System

EVALUATIONS = (time(9, 0), time(15, 0))

PUBLISH, EVALUATE, READ, REACT = "publicar eventos", "avaliar e enviar", "ler a caixa", "reagir"


@dataclass(slots=True)
class Life:
    """What happened, from outside the system."""

    portfolio: Portfolio
    days: int
    ledger: Ledger = field(default_factory=Ledger)
    messages: list[Message] = field(default_factory=list)
    answers: list[Message] = field(default_factory=list)
    """What was written back to customers who wrote: no contacts."""
    planned: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By dispatch id: the invoices a contact was planned for, which short messages do not name."""
    foreign: set[str] = field(default_factory=set)
    """Contacts about what an earlier life on the same cloud left open."""
    hits: list[Hit] = field(default_factory=list)
    failed_hits: int = 0
    events: int = 0
    events_after_last_day: int = 0
    dead_letters: Mapping[str, int] = field(default_factory=dict)
    watch: Stopwatch = field(default_factory=Stopwatch)

    @property
    def last_day(self) -> date:
        """Return the last day on which the ruler was evaluated."""
        return self.portfolio.first_day + timedelta(days=self.days - 1)

    @property
    def calendar(self) -> list[date]:
        """Return the lived days."""
        return [self.portfolio.first_day + timedelta(days=n) for n in range(self.days)]


class _Living:
    """One life in progress."""

    def __init__(self, portfolio: Portfolio, days: int, system: System, seed: int) -> None:
        self.life = Life(portfolio, days)
        self._system = system
        self._crowd = Crowd(portfolio, seed)
        self._agenda = Agenda()
        self._agenda.issue(portfolio.invoices)
        self._agenda.expect(portfolio.movements)
        self._agenda.expect(self._crowd.unprompted())
        self._own = {invoice.external_id for invoice in portfolio.invoices}
        self._read = system.last_message()

    def evaluate(self, at: datetime) -> None:
        """Tell what is known by ``at``, evaluate, and let people react to what they got."""
        watch = self.life.watch
        with watch.time(PUBLISH):
            self.tell(self._agenda.until(at), at)
        with watch.time(EVALUATE):
            self._system.tick(at)
            self._drain()
        with watch.time(READ):
            arrived = self._system.messages_after(self._read)
            messages = self._of_this_life(arrived)
        if arrived:
            self._read = arrived[-1].seq
            self.life.answers.extend(message for message in arrived if message.is_answer)
            self.life.messages.extend(messages)
            self._react(messages)

    def _of_this_life(self, arrived: Sequence[Message]) -> list[Message]:
        """Return the contacts, less those planned for invoices that only another life knows.

        What short messages were planned for is noted: their words do not always tell.
        """
        contacts = [message for message in arrived if not message.is_answer]
        if not contacts:
            return contacts
        life, short = self.life, {m.dispatch_id for m in contacts if m.channel != EMAIL}
        for row in self._system.rows([message.dispatch_id for message in contacts]):
            if row.invoices and self._own.isdisjoint(row.invoices):
                life.foreign.add(row.dispatch_id)
            elif row.dispatch_id in short:
                life.planned[row.dispatch_id] = row.invoices
        return [message for message in contacts if message.dispatch_id not in life.foreign]

    def tell(self, batch: Batch, at: datetime) -> int:
        """Put a batch on the bus, write it into the books, and wait until it has arrived.

        The wait also covers what people did since the last evaluation.
        """
        life, portfolio = self.life, self.life.portfolio
        events = [
            issued(self._system.creditor_id, i, portfolio.customers[i.customer_id])
            for i in batch.invoices
        ]
        for invoice in batch.invoices:
            life.ledger.issue(invoice)
        events += self._moved(batch.movements, at)
        told = self._system.put(events) if events else 0
        life.events += told
        self._drain()
        return told

    def _moved(self, movements: Iterable[Movement], at: datetime) -> list[Event]:
        events = []
        for movement in movements:
            self.life.ledger.record(movement, at)
            invoice = self.life.ledger.pages[movement.invoice_id].invoice
            customer = self.life.portfolio.customers[invoice.customer_id]
            events.append(moved(self._system.creditor_id, movement, invoice, customer))
        return events

    def _react(self, messages: Iterable[Message]) -> None:
        planned = self.life.planned
        reactions = [self._crowd.react(m, planned.get(m.dispatch_id, ())) for m in messages]
        hits = [hit for reaction in reactions for hit in reaction.hits]
        for reaction in reactions:
            self._agenda.expect(reaction.movements)
        if not hits:
            return
        with self.life.watch.time(REACT):
            self.life.failed_hits += self._system.touch(hits)
            self.life.hits.extend(hits)

    def _drain(self) -> None:
        self.life.dead_letters = self._system.drain()

    def hear_out(self) -> None:
        """Read what was written back to the last who wrote."""
        with self.life.watch.time(READ):
            rest = self._system.messages_after(self._read)
        self.life.answers.extend(message for message in rest if message.is_answer)
        self.life.messages.extend(self._of_this_life(rest))

    def close_the_books(self) -> None:
        """Tell what the file says of later days, so that the end agrees with the whole file."""
        simulated = self.life.portfolio.payments_are_simulated
        rest = Batch() if simulated else self._agenda.until()
        end = local(self.life.last_day + timedelta(days=1), time(0))
        with self.life.watch.time(PUBLISH):
            self.life.events_after_last_day = self.tell(rest, end)


def live(portfolio: Portfolio, days: int, system: System, *, shown: Days, seed: int) -> Life:
    """Live ``days`` days of a portfolio on a system and return what was seen from outside."""
    living = _Living(portfolio, days, system, seed)
    life = living.life
    for day in life.calendar:
        with life.watch.day(f"{day:%d/%m/%Y}"):
            for moment in EVALUATIONS:
                living.evaluate(local(day, moment))
        shown.lived(_said(day, life))
    living.close_the_books()
    living.hear_out()
    return life


def _said(day: date, life: Life) -> str:
    return (
        f"{day:%d/%m/%Y} · {len(life.ledger.pages)} faturas · "
        f"{len(life.messages)} mensagens · {len(life.hits)} reações"
    )
