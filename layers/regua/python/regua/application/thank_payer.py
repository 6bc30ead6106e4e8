"""A customer who paid is thanked once: settled invoices become one receipt of payment.

Here the plan is written first and published then: who is listed together depends on what came in
together, so a second look would name another dispatch. A crash between the two comes back from the
queue, finds the plan and publishes it again; its sender recognises a copy.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial

from regua.application.messages import PaymentSettled
from regua.application.outgoing import contact_due, contact_ended
from regua.application.ports import (
    AccountKey,
    Change,
    Creditor,
    CreditorDirectory,
    DispatchLedger,
    EventPublisher,
    OutgoingEvent,
    Portfolio,
)
from regua.application.retrying import retried
from regua.domain.dispatch import (
    Dispatch,
    DispatchRecord,
    DispatchState,
    Ending,
    Purpose,
)
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.invoice import Invoice, InvoiceStatus, PaymentReceipt
from regua.domain.negotiation.carry import is_settled_by_agreement
from regua.domain.payment_receipts import (
    asks_for_contact,
    plan_receipt,
    thanks_anybody,
    with_receipt,
)
from regua.domain.steps import Look


class Thanked(StrEnum):
    """What became of a settlement; also the name of its metric."""

    PLANNED = "receipt_planned"
    DEFERRED = "receipt_deferred"
    SUPPRESSED = "receipt_suppressed"
    AGAIN = "receipt_planned_before"
    """A plan that was there already was told again."""
    NOTHING = "receipt_not_due"
    """Nobody is to be thanked: not wished for, paid long ago, open again, or done before."""


_PLANNED_AS = {
    None: Thanked.PLANNED,
    DispatchState.DEFERRED: Thanked.DEFERRED,
    DispatchState.SUPPRESSED: Thanked.SUPPRESSED,
}


@dataclass(frozen=True, slots=True)
class Trip:
    """The instant that decides, and what a message about it carries on."""

    now: datetime
    correlation_id: str
    as_of: datetime | None = None
    """The instant once more where time travels; None is each worker's own clock."""


@dataclass(slots=True)
class _Found:
    """What a look at settled invoices brought up."""

    fresh: list[Invoice] = field(default_factory=list)
    put_off: dict[InvoiceId, DispatchId] = field(default_factory=dict)
    known: dict[DispatchId, DispatchRecord] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ThankPayer:
    """Plan the receipts of one account's settled invoices."""

    portfolio: Portfolio
    directory: CreditorDirectory
    ledger: DispatchLedger
    publisher: EventPublisher

    def __call__(
        self, account: AccountKey, invoices: Collection[InvoiceId], trip: Trip
    ) -> Sequence[Thanked]:
        """Thank for what was settled; the same again plans nothing anew.

        Returns:
            One outcome for each receipt that was planned or told again, or one `NOTHING`.

        Raises:
            VersionConflict: the account changes all the time; try again shortly.
        """
        creditor = self.directory.get(account.creditor_id)
        if not thanks_anybody(creditor.rulers):
            return [Thanked.NOTHING]
        left, outcomes = set(invoices), list[Thanked]()
        while left:
            planned, found = retried(partial(self._plan, creditor, account, left, trip))
            if not outcomes:
                outcomes += self._tell_again(found.known.values(), trip)
            if planned is None:
                break
            self.publisher.publish([_event(planned, planned.ending, trip)])
            outcomes.append(_PLANNED_AS[planned.ending.state if planned.ending else None])
            left -= {i.external_id for i in planned.invoices}
        return outcomes or [Thanked.NOTHING]

    def _plan(
        self, creditor: Creditor, key: AccountKey, invoices: Collection[InvoiceId], trip: Trip
    ) -> tuple[Dispatch | None, _Found]:
        """Plan one receipt and write it down; None when there is nothing (more) to thank for.

        The account is read first: its version guards what is read of its invoices.
        """
        account = self.portfolio.load_account(key.creditor_id, key.customer_id)
        found = self._look(key, invoices, trip)
        look = Look(account, creditor.rulers, trip.now, creditor.circumstances)
        plan = plan_receipt(self._wanted(key, look, found.fresh), look, found.put_off)
        if plan is None:
            return None, found
        dispatch, listed = plan
        account = with_receipt(account, dispatch, dispatch.ending)
        self.portfolio.commit(Change(account, tuple(listed), planned=dispatch))
        return dispatch, found

    def _look(self, account: AccountKey, invoices: Collection[InvoiceId], trip: Trip) -> _Found:
        """Tell invoices to thank for from those that were, each by the settlement it stands at."""
        found = _Found()
        for invoice_id in sorted(set(invoices)):
            invoice = self.portfolio.find_invoice(account.creditor_id, invoice_id)
            if invoice is None or invoice.customer_id != account.customer_id:
                continue
            if invoice.status is not InvoiceStatus.SETTLED or invoice.settled_at is None:
                continue
            if is_settled_by_agreement(invoice):  # its instalments were thanked for, one by one
                continue
            record = self._known(invoice.receipt, invoice.settled_at)
            if record is None:
                found.fresh.append(invoice)
            elif record.until is not None and record.until <= trip.now:
                found.fresh.append(invoice)
                found.put_off[invoice_id] = record.dispatch.dispatch_id
            else:
                found.known[record.dispatch.dispatch_id] = record
        return found

    def _known(self, receipt: PaymentReceipt | None, settled_at: datetime) -> DispatchRecord | None:
        """Return the receipt of this very settlement, if one was planned."""
        if receipt is None or receipt.settled_at != settled_at:
            return None
        found = self.ledger.find(receipt.dispatch_id)
        return None if found is None else found[0]

    def _wanted(self, key: AccountKey, look: Look, paid: Sequence[Invoice]) -> Sequence[Invoice]:
        """Leave out who never got a message about an invoice, where the creditor wants that."""
        narrow = {i.external_id for i in paid if asks_for_contact(look, i)}
        if not narrow:
            return paid
        contacted = {
            planned.external_id
            for record in self.ledger.of_account(key.creditor_id, key.customer_id)
            if record.state is DispatchState.SENT and record.dispatch.purpose is Purpose.COLLECTION
            for planned in record.dispatch.invoices
        }
        return [i for i in paid if i.external_id not in narrow - contacted]

    def _tell_again(self, known: Iterable[DispatchRecord], trip: Trip) -> Sequence[Thanked]:
        """Tell plans again that no sender has taken up: whoever made one may have died there."""
        silent = [r for r in known if r.claimed_at is None]
        events = [_event(r.dispatch, _ending_of(r), trip) for r in silent]
        if events:
            self.publisher.publish(events)
        return [Thanked.AGAIN for _ in silent]


def _ending_of(record: DispatchRecord) -> Ending | None:
    if not record.ended:
        return None
    return Ending(record.state, record.reason, record.until, record.rule)


def _event(dispatch: Dispatch, ending: Ending | None, trip: Trip) -> OutgoingEvent:
    if ending is not None:
        return contact_ended(dispatch, ending, trip.now)
    return contact_due(dispatch, correlation_id=trip.correlation_id, as_of=trip.as_of)


@dataclass(slots=True)
class ThankBatch:
    """One batch under way: what was settled on one account is thanked for together."""

    thank: ThankPayer
    trip: Callable[[datetime], Trip]
    """How a fact of that instant is decided."""
    _together: dict[AccountKey, list[PaymentSettled]] = field(default_factory=dict)
    _done: dict[AccountKey, Sequence[Thanked] | Exception] = field(default_factory=dict)

    def gather(self, settlements: Sequence[PaymentSettled]) -> None:
        """Put together what is about one account."""
        for settled in settlements:
            self._together.setdefault(_account(settled), []).append(settled)

    def handle(self, settled: PaymentSettled) -> Sequence[Thanked]:
        """Thank for everything that came with it about its account; the others tell nothing more.

        Raises:
            Exception: whatever stopped it, for every record about the account.
        """
        key = _account(settled)
        done = self._done.get(key)
        if isinstance(done, Exception):
            raise done
        if done is not None:
            return ()
        try:
            outcomes = self._thank(key)
        except Exception as exc:
            self._done[key] = exc
            raise
        self._done[key] = outcomes
        return outcomes

    def _thank(self, key: AccountKey) -> Sequence[Thanked]:
        together = self._together[key]
        invoices = [InvoiceId(i) for settled in together for i in settled.invoices]
        return self.thank(key, invoices, self.trip(max(settled.at for settled in together)))


def _account(settled: PaymentSettled) -> AccountKey:
    return AccountKey(CreditorId(settled.creditor_id), CustomerId(settled.customer_id))
