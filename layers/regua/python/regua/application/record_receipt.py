"""Providers' receipts become facts about messages, in any order and any number of copies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from regua.application.outgoing import contact_ended, message_event
from regua.application.ports import DispatchLedger, OutgoingEvent, Portfolio
from regua.application.retrying import change_account
from regua.domain.account import Account
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import DispatchState, Ending
from regua.domain.ids import CreditorId, DispatchId
from regua.domain.prices import DEFAULT_COSTS, in_centavos
from regua.domain.reasons import Reason
from regua.domain.ruler import Channel

_FAILS_AS = {
    EventKind.HARD_BOUNCED: Reason.HARD_BOUNCE,
    EventKind.SOFT_BOUNCED: Reason.UNDELIVERABLE,
    EventKind.UNDELIVERED: Reason.UNDELIVERABLE,
    EventKind.REJECTED: Reason.REJECTED_BY_PROVIDER,
}
_SENT_AFTER_ALL = frozenset(
    {EventKind.SENT, EventKind.DELIVERED, EventKind.READ, EventKind.ANSWERED}
)
_ENDS_ADDRESS = frozenset({EventKind.HARD_BOUNCED, EventKind.COMPLAINED})
_WEAK = frozenset({EventKind.SOFT_BOUNCED, EventKind.UNDELIVERED})
"""Failures that say nothing against a delivery: an automatic reply, a report out of order."""
_ARRIVED = frozenset({EventKind.DELIVERED, EventKind.READ, EventKind.ANSWERED})
_SOURCES = {
    Channel.EMAIL: "aws.ses",
    Channel.SMS: "aws.sms-voice",
    Channel.VOICE: "aws.sms-voice",
    Channel.WHATSAPP: "aws.social-messaging",
}
_CODES_TOLD = ("bounce_type", "bounce_sub_type")


class Recorded(StrEnum):
    """What a receipt was; also the name of its metric."""

    UNMATCHED = "receipt_unmatched"
    """No dispatch of ours: another sender shares the configuration set."""
    SENT = "receipt_sent"
    DELAYED = "receipt_delayed"
    DELIVERED = "receipt_delivered"
    READ = "receipt_read"
    ANSWERED = "receipt_answered"
    UNDELIVERED = "receipt_undelivered"
    UNKNOWN = "receipt_unknown"
    SOFT_BOUNCED = "receipt_soft_bounced"
    HARD_BOUNCED = "receipt_hard_bounced"
    REJECTED = "receipt_rejected"
    COMPLAINED = "receipt_complained"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One provider report, read from its envelope.

    ``recipients`` are the addresses it speaks of; ``facts`` are codes and ids, ``private`` what may
    hold personal data, ``raw`` the provider's signed envelope, byte for byte.
    """

    dispatch_id: DispatchId | None
    creditor_id: CreditorId | None
    kind: EventKind
    at: datetime
    event_id: str
    recipients: tuple[str, ...]
    facts: Mapping[str, str]
    channel: Channel
    private: Mapping[str, str] = field(default_factory=dict, repr=False)
    raw: bytes | None = field(default=None, repr=False)


def _nothing(_: DispatchId) -> Sequence[MessageEvent]:
    return ()


@dataclass(frozen=True, slots=True)
class RecordReceipt:
    """Record receipts. Facts and events may be buffered by the caller until the batch ends."""

    portfolio: Portfolio
    ledger: DispatchLedger
    append: Callable[[MessageEvent], None]
    publish: Callable[[Sequence[OutgoingEvent]], None]
    is_late: Callable[[datetime], bool]
    """Whether a fact of that instant may come after its doubt was given up."""
    pending: Callable[[DispatchId], Sequence[MessageEvent]] = _nothing
    """The facts about a message that were appended and are not written yet."""

    def __call__(self, receipt: Receipt) -> Recorded:
        """Record one receipt; the same one again changes nothing."""
        if receipt.dispatch_id is None or receipt.creditor_id is None:
            return Recorded.UNMATCHED
        self.append(
            MessageEvent(
                receipt.dispatch_id,
                receipt.kind,
                receipt.at,
                receipt.event_id,
                receipt.facts,
                private=receipt.private,
                raw=receipt.raw,
                source=_SOURCES[receipt.channel],
            )
        )
        self._confirm(receipt, receipt.dispatch_id)
        cost = _billed(receipt)
        if cost is not None:
            self.ledger.correct_cost(receipt.dispatch_id, cost)
        told = {k: v for k, v in receipt.facts.items() if k in _CODES_TOLD}
        failure = _FAILS_AS.get(receipt.kind)
        if receipt.kind in _WEAK and self._was_delivered(receipt.dispatch_id):
            return Recorded(f"receipt_{receipt.kind}")  # the message is where it should be
        if failure is not None:
            told["reason"] = failure
            self.ledger.end_claimed(receipt.dispatch_id, Ending(DispatchState.FAILED, failure))
        ends_address = receipt.kind in _ENDS_ADDRESS
        if ends_address or failure is not None:
            recipients = receipt.recipients if ends_address else ()
            has_failed = failure is not None
            self._follow(receipt.dispatch_id, recipients, receipt.at, has_failed=has_failed)
        event = message_event(
            receipt.kind, receipt.creditor_id, receipt.dispatch_id, receipt.at, told
        )
        if event is not None:
            self.publish([event])
        return Recorded(f"receipt_{receipt.kind}")

    def _confirm(self, receipt: Receipt, dispatch_id: DispatchId) -> None:
        """Take back what the receipt proves wrong: a doubt given up, a failure told before.

        Only mail's failures are final; asking for each delivered mail would cost a write each.
        """
        has_arrived = receipt.kind in _ARRIVED and receipt.channel is not Channel.EMAIL
        is_late = receipt.kind in _SENT_AFTER_ALL and self.is_late(receipt.at)
        if has_arrived or is_late:
            self.ledger.confirm_sent(
                dispatch_id,
                provider_message_id=receipt.facts.get("provider_message_id", ""),
                at=receipt.at,
                has_arrived=receipt.kind in _ARRIVED,
                cost=DEFAULT_COSTS[receipt.channel],
            )
        if is_late:
            self._tell_sent(dispatch_id)

    def _tell_sent(self, dispatch_id: DispatchId) -> None:
        """Tell of a send whose sender may have died before telling; told twice, it is one fact."""
        found = self.ledger.find(dispatch_id)
        record = None if found is None else found[0]
        if record is not None and record.state is DispatchState.SENT and record.sent_at is not None:
            ending = Ending(DispatchState.SENT)
            self.publish([contact_ended(record.dispatch, ending, record.sent_at)])

    def _was_delivered(self, dispatch_id: DispatchId) -> bool:
        found = self.ledger.find(dispatch_id)
        known = [*(found[1] if found else ()), *self.pending(dispatch_id)]
        return any(event.kind in _ARRIVED for event in known)

    def _follow(
        self,
        dispatch_id: DispatchId,
        recipients: tuple[str, ...],
        at: datetime,
        *,
        has_failed: bool,
    ) -> None:
        """Never use a dead address again, and let the next channel be tried after a failure."""
        found = self.ledger.find(dispatch_id)
        if found is None:
            return
        dispatch = found[0].dispatch

        def follow(account: Account) -> Account:
            channel = None if dispatch.channel is Channel.EMAIL else dispatch.channel
            for address in recipients:
                account = account.with_suppressed(address, channel)
            return account.with_failed_attempt(dispatch_id, at) if has_failed else account

        change_account(self.portfolio, dispatch.creditor_id, dispatch.customer_id, follow)


def _billed(receipt: Receipt) -> Decimal | None:
    """Return what the receipt says the message cost, in centavos; None when it says nothing.

    Meta bills a template when it is delivered, and names what is free.
    """
    price = receipt.facts.get("price_usd")
    if price is not None:
        return in_centavos(Decimal(price))
    is_free = receipt.facts.get("pricing_billable") == "false" or receipt.kind in _FAILS_AS
    return Decimal(0) if is_free and receipt.channel is Channel.WHATSAPP else None
