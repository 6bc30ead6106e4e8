"""What recipients and machines do with a message becomes facts, labelled, never dropped.

A GET only adds to the log of hits. The one hit that changes anything is the deliberate POST that
stops the channel.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from regua.application.messages import Hit
from regua.application.outgoing import message_event
from regua.application.ports import DispatchLedger, OutgoingEvent, Portfolio
from regua.application.retrying import change_account
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.ids import DispatchId

_KINDS = {
    "open": EventKind.OPENED,
    "click": EventKind.CLICKED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
}


class HitOutcome(StrEnum):
    """What became of a hit; also the name of its metric."""

    RECORDED = "hit_recorded"
    OPTED_OUT = "hit_opted_out"
    UNMATCHED = "hit_unmatched"


@dataclass(frozen=True, slots=True)
class RecordHit:
    """Record hits. Facts and events may be buffered by the caller until the batch ends."""

    portfolio: Portfolio
    ledger: DispatchLedger
    append: Callable[[MessageEvent], None]
    publish: Callable[[Sequence[OutgoingEvent]], None]

    def __call__(self, hit: Hit) -> HitOutcome:
        """Record one hit; the same one again changes nothing."""
        found = self.ledger.find(DispatchId(hit.dispatch_id))
        if found is None:
            return HitOutcome.UNMATCHED
        dispatch = found[0].dispatch
        kind = _KINDS[hit.kind]
        facts = {
            "label": hit.label,
            "score": str(hit.score),
            "reasons": ",".join(hit.reasons),
            "ruleset": hit.ruleset,
            "ip": hit.ip,
            "user_agent": hit.user_agent,
            "method": hit.method,
            **({} if hit.link is None else {"link": str(hit.link)}),
            **{f"header_{name}": value for name, value in hit.headers.items()},
        }
        self.append(MessageEvent(dispatch.dispatch_id, kind, hit.at, hit.request_id, facts))
        told = {"label": hit.label, "score": hit.score, "ruleset": hit.ruleset}
        event = message_event(kind, dispatch.creditor_id, dispatch.dispatch_id, hit.at, told)
        if event is not None:
            self.publish([event])
        if kind is not EventKind.UNSUBSCRIBED:
            return HitOutcome.RECORDED
        change_account(
            self.portfolio,
            dispatch.creditor_id,
            dispatch.customer_id,
            lambda account: account.opted_out(dispatch.channel, hit.at),
        )
        return HitOutcome.OPTED_OUT
