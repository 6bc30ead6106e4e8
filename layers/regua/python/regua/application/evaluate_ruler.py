"""Turn what is due into contacts: plan the shards, then drain each one.

Publish first, then advance (architecture D3): a crash in between publishes the same dispatch ids
again, which the senders recognise; a conflict means that something happened to the account, so it
is read and decided again.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from regua.application.end_agreements import EndAgreements
from regua.application.messages import ShardDue
from regua.application.outgoing import contact_due, contact_ended
from regua.application.pix_ports import ChargeQueue
from regua.application.ports import (
    AccountKey,
    Change,
    CreditorDirectory,
    DispatchLedger,
    EventPublisher,
    OutgoingEvent,
    Portfolio,
    ShardQueue,
    Tally,
)
from regua.domain.account import Account
from regua.domain.decision import Decision, decide
from regua.domain.delivery import seen_as
from regua.domain.dispatch import DispatchState
from regua.domain.errors import FinalError, PlanTaken, VersionConflict
from regua.domain.ids import DispatchId, dispatch_id
from regua.domain.notes import Note, NoteKind
from regua.domain.ruler import Channel, Seen
from regua.domain.second_look import accepted

PAGE = 100
GROUP = 10
"""Accounts decided together: their events fill one ``PutEvents`` call."""
_TRIES = 4
_MARGIN_SECONDS = 5.0


@dataclass(slots=True)
class Evaluated:
    """What one shard message did."""

    contacts: int = 0
    deferred: int = 0
    suppressed: int = 0
    overdue: int = 0
    accounts: int = 0
    drained: bool = True
    broken: list[FinalError] = field(default_factory=list)
    """Why accounts could not be decided; they stay due, and the others were not held up."""


def plan_shards(
    queue: ShardQueue, *, shards: int, as_of: datetime | None = None
) -> Sequence[ShardDue]:
    """Queue one message per shard and return them."""
    messages = [ShardDue(shard=f"{n:02d}", as_of=as_of) for n in range(shards)]
    queue.send([m.model_dump(mode="json", exclude_none=True) for m in messages])
    return messages


@dataclass(frozen=True, slots=True)
class EvaluateRuler:
    """Evaluate the accounts of a shard that are due."""

    portfolio: Portfolio
    directory: CreditorDirectory
    publisher: EventPublisher
    queue: ShardQueue
    ledger: DispatchLedger
    charges: ChargeQueue | None = None
    """Where invoices are named whose Pix charge an agreement's end changes; None makes none."""

    def shard(
        self,
        message: ShardDue,
        *,
        now: datetime,
        correlation_id: str,
        seconds_left: Callable[[], float],
    ) -> Evaluated:
        """Drain a shard, or as much of it as there is time for; the rest re-queues itself."""
        done = Evaluated()
        cursor = message.cursor
        while True:
            page = self.portfolio.due_accounts(message.shard, now, cursor, PAGE)
            for start in range(0, len(page.accounts), GROUP):
                group = page.accounts[start : start + GROUP]
                self._evaluate(group, now, correlation_id, message.as_of, done)
                if seconds_left() < _MARGIN_SECONDS:
                    done.drained = False
                    self._requeue(message, cursor)
                    return done
            cursor = page.cursor
            if cursor is None:
                return done

    def _requeue(self, message: ShardDue, cursor: str | None) -> None:
        rest = message.model_copy(update={"cursor": cursor})
        self.queue.send([rest.model_dump(mode="json", exclude_none=True)])

    def _evaluate(
        self,
        keys: Sequence[AccountKey],
        now: datetime,
        correlation_id: str,
        as_of: datetime | None,
        done: Evaluated,
    ) -> None:
        pending = list(keys)
        for _ in range(_TRIES):
            decisions = [d for key in pending if (d := self._try_to_decide(key, now, done))]
            self.publisher.publish(
                [e for d in decisions for e in _events(d, now, correlation_id, as_of)]
            )
            pending = []
            for decision in decisions:
                account = decision.account
                try:
                    self.portfolio.commit(_change(decision))
                    _count(done, decision)
                except (VersionConflict, PlanTaken):
                    pending.append(AccountKey(account.creditor_id, account.customer_id))
                except FinalError as exc:
                    done.broken.append(exc)
            for key in pending:
                self._accept_published(key, now)
            if not pending:
                return
        # Left alone, these are still in the due index: the next tick finds them again.

    def _accept_published(self, key: AccountKey, now: datetime) -> None:
        """Advance an account past a dispatch that an earlier evaluation published and left.

        Its id is the next one of the account; whoever wrote it first decides what it is about.
        """
        account = self.portfolio.load_account(key.creditor_id, key.customer_id)
        for channel in Channel:
            found = self.ledger.find(
                dispatch_id(key.creditor_id, key.customer_id, account.schedule_seq, channel)
            )
            if found is None:
                continue
            rulers = self.directory.get(key.creditor_id).rulers
            with suppress(VersionConflict):
                self.portfolio.commit(Change(accepted(account, found[0], rulers, now)))
            return

    def _try_to_decide(self, key: AccountKey, now: datetime, done: Evaluated) -> Decision | None:
        try:
            return self._decide(key, now)
        except FinalError as exc:  # a creditor that is gone or unreadable is nobody else's trouble
            done.broken.append(exc)
        except VersionConflict:  # its agreement is fought over: it is still due
            pass
        return None

    def _decide(self, key: AccountKey, now: datetime) -> Decision | None:
        account = self.portfolio.load_account(key.creditor_id, key.customer_id)
        if account.next_evaluation_at is None or account.next_evaluation_at > now:
            return None  # the index is a moment behind: somebody has just evaluated it
        creditor = self.directory.get(key.creditor_id)
        if account.agreements:
            ends = EndAgreements(self.portfolio, self.publisher, self.charges)
            account = ends.look(creditor, account, now)
            if account.next_evaluation_at is None or account.next_evaluation_at > now:
                return None
        given = replace(creditor.circumstances, seen=self._seen(account, now))
        return decide(account, creditor.rulers, now, given)

    def _seen(self, account: Account, now: datetime) -> Mapping[DispatchId, frozenset[Seen]]:
        """Look up what became of the contacts whose time for another channel has come."""
        seen = {}
        for attempt in account.attempts:
            if attempt.check_at <= now and not attempt.failed:
                found = self.ledger.find(attempt.dispatch_id)
                seen[attempt.dispatch_id] = seen_as(found[1]) if found else frozenset()
        return seen


def _change(decision: Decision) -> Change:
    return Change(
        decision.account,
        planned=decision.dispatch,
        notes=decision.notes,
        tallies={arm: Tally(exposed=1) for arm in decision.exposed},
    )


def _count(done: Evaluated, decision: Decision) -> None:
    done.accounts += 1
    done.overdue += len(decision.newly_overdue)
    if decision.dispatch is None:
        return
    if decision.dispatch.ending is None:
        done.contacts += 1
    elif decision.dispatch.ending.state is DispatchState.DEFERRED:
        done.deferred += 1
    else:
        done.suppressed += 1


def _events(
    decision: Decision, now: datetime, correlation_id: str, as_of: datetime | None
) -> Sequence[OutgoingEvent]:
    account, dispatch = decision.account, decision.dispatch
    events = [
        OutgoingEvent(
            "InvoiceOverdue",
            account.creditor_id,
            now,
            {"external_id": invoice_id, "customer_id": account.customer_id},
        )
        for invoice_id in decision.newly_overdue
    ]
    events += [
        OutgoingEvent(_TOLD[note.kind], account.creditor_id, now, _fact(account, note))
        for note in decision.notes
        if note.kind in _TOLD
    ]
    if decision.receipts:
        due = {"customer_id": account.customer_id, "external_ids": list(decision.receipts)}
        events.append(OutgoingEvent("PaymentReceiptDue", account.creditor_id, now, due))
    if dispatch is None:
        return events
    if dispatch.ending is None:
        return [*events, contact_due(dispatch, correlation_id=correlation_id, as_of=as_of)]
    return [*events, contact_ended(dispatch, dispatch.ending, now)]


_TOLD = {
    NoteKind.PROMISE_KEPT: "PromiseKept",
    NoteKind.PROMISE_BROKEN: "PromiseBroken",
    NoteKind.HOLD_ENDED: "HoldEnded",
    NoteKind.RULER_ENDED: "RulerEnded",
}


def _fact(account: Account, note: Note) -> Mapping[str, str]:
    about = {} if note.invoice_id is None else {"external_id": note.invoice_id}
    return {"customer_id": account.customer_id, **about, **note.facts}
