"""Instalments of plans become invoices when their time comes, each once.

The clock's tick plans one message per shard; a shard's message bills what its plans have due. Cost
follows what is due: plans wait in an index by the instant they are to be looked at. An invoice is
named by its plan and month, and issued before the plan is written, so a crash between the two finds
the invoice there and goes on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from regua.application.ingest import Ingest
from regua.application.pix_ports import PspUnavailable
from regua.application.plan_ports import Billed, PlanStore, RecurringQueue, Waiting
from regua.application.ports import Creditor, CreditorDirectory
from regua.application.retrying import retried
from regua.application.wire import Instant, Message, instant_text
from regua.domain.errors import NotFound, ReguaError
from regua.domain.ids import CreditorId
from regua.domain.invoice import Invoice
from regua.domain.plans import (
    Instalment,
    Plan,
    billed_due_date,
    description_of,
    invoice_id_of,
    issue_at,
    next_instalment,
    next_issue_at,
    number_of,
)

PAGE = 50
POSTPONED = timedelta(minutes=55)
"""What waits for a provider is looked at again with the next tick."""
MIN_SECONDS_LEFT = 5.0
"""With less time than this left, the rest of a shard goes back to the queue."""


class RecurringDue(Message):
    """Look at the plans of a shard whose time has come."""

    kind: Literal["recurring"] = "recurring"
    shard: Annotated[str, Field(pattern=r"^\d{2}$")]
    as_of: Instant | None = None

    def log_keys(self) -> Mapping[str, str]:
        """Return the identifiers that a log line may carry."""
        return {"shard": self.shard}


def plan_recurring(queue: RecurringQueue, *, shards: int, as_of: datetime | None) -> int:
    """Queue one message per shard, and return how many."""
    time: dict[str, Any] = {} if as_of is None else {"as_of": instant_text(as_of)}
    messages = [{"kind": "recurring", "shard": f"{n:02d}", **time} for n in range(shards)]
    queue.send(messages)
    return len(messages)


class Follower(Protocol):
    """Looks after what follows from a plan besides its invoices."""

    def follow(self, creditor: Creditor, plan: Plan, *, now: datetime) -> datetime | None:
        """Do what is due, and return when the plan is to be looked at again for it."""
        ...


@dataclass(slots=True)
class Done:
    """What was done for a shard."""

    plans: int = 0
    issued: int = 0
    postponed: int = 0
    """Plans whose debits wait for a provider that does not answer, or does not let us in."""
    drained: bool = True
    broken: list[Exception] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class IssueRecurring:
    """The use case, with what it needs."""

    plans: PlanStore
    ingest: Ingest
    directory: CreditorDirectory
    queue: RecurringQueue
    follower: Follower | None = None

    def shard(self, due: RecurringDue, *, now: datetime, seconds_left: Callable[[], float]) -> Done:
        """Look at every plan of a shard whose time has come.

        A plan that fails stops no other: it waits, is looked at again at the next tick, and is told
        to the caller. With too little time left, the rest goes back to the queue.
        """
        done, cursor = Done(), None
        while True:
            page = self.plans.waiting(due.shard, now, cursor, PAGE)
            for waiting in page.waiting:
                if seconds_left() < MIN_SECONDS_LEFT:
                    self.queue.send([due.model_dump(mode="json", exclude_none=True)])
                    done.drained = False
                    return done
                try:
                    self.one(waiting, done, now=now)
                except ReguaError as exc:
                    done.broken.append(exc)
            cursor = page.cursor
            if cursor is None:
                return done

    def one(self, waiting: Waiting, done: Done, *, now: datetime) -> None:
        """Bill what a plan has due, and count it.

        Raises:
            FinalError: the account or its store refuses the invoice.
            TemporaryError: something was busy.
        """
        creditor = self._creditor(waiting.creditor_id)
        if creditor is None:
            return
        done.plans += 1
        while retried(lambda: self._bill(creditor, waiting, now)):
            done.issued += 1
        try:
            retried(lambda: self._rest(creditor, waiting, now))
        except PspUnavailable:  # of this creditor: nobody else's plans wait for it
            done.postponed += 1
            retried(lambda: self._saved(creditor, waiting, now + POSTPONED))

    def _creditor(self, creditor_id: CreditorId) -> Creditor | None:
        try:
            return self.directory.get(creditor_id)
        except NotFound:
            return None

    def _bill(self, creditor: Creditor, waiting: Waiting, now: datetime) -> bool:
        """Issue the next instalment if its time has come, and tell whether it had."""
        plan = self.plans.find(creditor.creditor_id, waiting.plan_id)
        following = None if plan is None else next_instalment(plan)
        zone = creditor.ruler.zone
        if plan is None or following is None or issue_at(plan, following, zone) > now:
            return False
        today = now.astimezone(zone).date()
        invoice = self._invoice(plan, following, today, now)
        stands = self._issued(creditor, invoice, now)
        billed = Billed(following.period, stands.due_date, stands.amount, now)
        # Looked at once more: another month may be due, and what follows from this one is.
        self.plans.save(creditor.creditor_id, plan.billed(following), look_at=now, billed=billed)
        return True

    def _issued(self, creditor: Creditor, invoice: Invoice, now: datetime) -> Invoice:
        """Issue an invoice unless it was.

        Raises:
            Conflict: an invoice of that name is somebody else's; nobody pays for another.
            NotFound: the customer is not known.
        """
        creditor_id, portfolio = creditor.creditor_id, self.ingest.portfolio
        known = portfolio.find_invoice(creditor_id, invoice.external_id)
        if known is not None and known.customer_id == invoice.customer_id:
            self.ingest.ask_for_charge(creditor, known, known, now)  # it may not have been named
            return known
        customer = portfolio.load_account(creditor_id, invoice.customer_id).customer
        if customer is None:
            raise NotFound(invoice.customer_id)
        self.ingest.issue_invoice(creditor, invoice, customer, now=now)
        return invoice

    @staticmethod
    def _invoice(plan: Plan, instalment: Instalment, today: date, now: datetime) -> Invoice:
        return Invoice(
            external_id=invoice_id_of(plan.external_id, instalment.period),
            customer_id=plan.customer_id,
            number=number_of(plan, instalment),
            issue_date=today,
            due_date=billed_due_date(instalment, today),
            amount=plan.amount,
            issued_at=now,
            description=description_of(plan, instalment),
            ruler=plan.ruler,
            metadata={"plan_external_id": plan.external_id, "period": instalment.period},
        )

    def _rest(self, creditor: Creditor, waiting: Waiting, now: datetime) -> None:
        """Do what follows from a plan, and let it wait until it is to be looked at next."""
        plan = self.plans.find(creditor.creditor_id, waiting.plan_id)
        look_at = None
        if plan is not None and self.follower is not None and creditor.has_psp:
            look_at = self.follower.follow(creditor, plan, now=now)
        self._saved(creditor, waiting, look_at)

    def _saved(self, creditor: Creditor, waiting: Waiting, look_at: datetime | None) -> None:
        """Let a plan wait for its next instalment, or until an earlier instant."""
        plan = self.plans.find(creditor.creditor_id, waiting.plan_id)
        if plan is not None:
            both = (next_issue_at(plan, creditor.ruler.zone), look_at)
            first = min((at for at in both if at is not None), default=None)
            self.plans.save(creditor.creditor_id, plan, look_at=first)
