"""Providers' receipts become facts about messages, in any order and any number of copies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from regua.application.outgoing import message_event
from regua.application.ports import DispatchLedger, OutgoingEvent, Portfolio
from regua.application.retrying import change_account
from regua.domain.account import Account
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import DispatchState, Ending
from regua.domain.ids import CreditorId, DispatchId
from regua.domain.reasons import Reason

_FAILS_AS = {
    EventKind.HARD_BOUNCED: Reason.HARD_BOUNCE,
    EventKind.SOFT_BOUNCED: Reason.UNDELIVERABLE,
    EventKind.REJECTED: Reason.REJECTED_BY_PROVIDER,
}
_SENT_AFTER_ALL = frozenset({EventKind.SENT, EventKind.DELIVERED})
_ENDS_ADDRESS = frozenset({EventKind.HARD_BOUNCED, EventKind.COMPLAINED})
_CODES_TOLD = ("bounce_type", "bounce_sub_type")


class Recorded(StrEnum):
    """What a receipt was; also the name of its metric."""

    UNMATCHED = "receipt_unmatched"
    """No dispatch of ours: another sender shares the configuration set."""
    SENT = "receipt_sent"
    DELAYED = "receipt_delayed"
    DELIVERED = "receipt_delivered"
    SOFT_BOUNCED = "receipt_soft_bounced"
    HARD_BOUNCED = "receipt_hard_bounced"
    REJECTED = "receipt_rejected"
    COMPLAINED = "receipt_complained"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One provider report, read from its envelope.

    ``recipients`` are the addresses it speaks of; ``facts`` are codes and ids.
    """

    dispatch_id: DispatchId | None
    creditor_id: CreditorId | None
    kind: EventKind
    at: datetime
    event_id: str
    recipients: tuple[str, ...]
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RecordReceipt:
    """Record receipts. Facts and events may be buffered by the caller until the batch ends."""

    portfolio: Portfolio
    ledger: DispatchLedger
    append: Callable[[MessageEvent], None]
    publish: Callable[[Sequence[OutgoingEvent]], None]
    is_late: Callable[[datetime], bool]
    """Whether a fact of that instant may come after its doubt was given up."""

    def __call__(self, receipt: Receipt) -> Recorded:
        """Record one receipt; the same one again changes nothing."""
        if receipt.dispatch_id is None or receipt.creditor_id is None:
            return Recorded.UNMATCHED
        self.append(
            MessageEvent(
                receipt.dispatch_id, receipt.kind, receipt.at, receipt.event_id, receipt.facts
            )
        )
        if receipt.kind in _SENT_AFTER_ALL and self.is_late(receipt.at):
            self.ledger.confirm_sent(
                receipt.dispatch_id,
                provider_message_id=receipt.facts.get("provider_message_id", ""),
                at=receipt.at,
            )
        told = {k: v for k, v in receipt.facts.items() if k in _CODES_TOLD}
        failure = _FAILS_AS.get(receipt.kind)
        if receipt.kind is EventKind.SOFT_BOUNCED and self._was_delivered(receipt.dispatch_id):
            return Recorded.SOFT_BOUNCED  # an automatic reply; the message is where it should be
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

    def _was_delivered(self, dispatch_id: DispatchId) -> bool:
        found = self.ledger.find(dispatch_id)
        return found is not None and any(e.kind is EventKind.DELIVERED for e in found[1])

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
            for address in recipients:
                account = account.with_suppressed(address)
            return account.with_failed_attempt(dispatch_id, at) if has_failed else account

        change_account(self.portfolio, dispatch.creditor_id, dispatch.customer_id, follow)
