"""What recipients and machines do with a message becomes facts, labelled, never dropped.

A GET only adds to the log of hits. The one hit that changes anything is the deliberate POST that
stops the channel. Each hit is judged once more beside everything known of its message; when that
shows an earlier hit in another light, a new fact says so and the earlier one stands. A link is no
way to fill the ledger: after `MOST_HITS` of a message, hits are only counted.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from regua.application.messages import Hit
from regua.application.outgoing import hit_event, relabelled_event
from regua.application.ports import (
    AccountKey,
    DispatchLedger,
    OutgoingEvent,
    Portfolio,
    RecentVisitors,
    Touch,
)
from regua.application.retrying import change_account
from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.dispatch import DispatchRecord
from regua.domain.evidence import canonical
from regua.domain.hit_classifier import HitLabel
from regua.domain.hit_windows import (
    BURST_RECIPIENTS,
    Delivery,
    LabelledHit,
    asks_for_visitors,
    in_burst,
    judge_together,
    known_hits,
    label_facts,
    label_of,
)
from regua.domain.ids import DispatchId
from regua.domain.ruler import Channel
from regua.domain.source_port import source_port

_KINDS = {
    "open": EventKind.OPENED,
    "click": EventKind.CLICKED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
}
_JUST_AFTER = timedelta(milliseconds=1)
MOST_HITS = 200
"""So many hits of one message are recorded; one unsubscription is recorded beside them."""


class HitOutcome(StrEnum):
    """What became of a hit; also the name of its metric."""

    RECORDED = "hit_recorded"
    OPTED_OUT = "hit_opted_out"
    UNMATCHED = "hit_unmatched"
    OVER_LIMIT = "hit_over_limit"
    """Not recorded and not told: the message has had more hits than any person causes."""


@dataclass(frozen=True, slots=True)
class RecordedHit:
    """What became of a hit, who caused it, and how many earlier ones were judged anew."""

    outcome: HitOutcome
    label: str
    relabelled: int = 0


def _nothing(_: DispatchId) -> Sequence[MessageEvent]:
    return ()


@dataclass(frozen=True, slots=True)
class RecordHit:
    """Record hits. Facts and events may be buffered by the caller until the batch ends."""

    portfolio: Portfolio
    ledger: DispatchLedger
    append: Callable[[MessageEvent], None]
    publish: Callable[[Sequence[OutgoingEvent]], None]
    visitors: RecentVisitors
    nonce: Callable[[], str]
    """Returns 32 random hexadecimal digits: what is personal cannot be guessed from a hash."""
    pending: Callable[[DispatchId], Sequence[MessageEvent]] = _nothing
    """The facts about a message that were appended and are not written yet."""

    def __call__(self, hit: Hit) -> RecordedHit:
        """Record one hit; the same one again changes nothing."""
        dispatch_id = DispatchId(hit.dispatch_id)
        found = self.ledger.find(dispatch_id)
        if found is None:
            return RecordedHit(HitOutcome.UNMATCHED, hit.label)
        message = _Message(found[0], [*found[1], *self.pending(dispatch_id)])
        new = _as_received(hit)
        known = known_hits(message.events)
        is_new = all(other.key != new.key for other in known)
        if is_new and _is_over_limit(new, known):
            stops = hit.kind == "unsubscribe"
            outcome = self._opt_out(hit, message) if stops else HitOutcome.OVER_LIMIT
            return RecordedHit(outcome, hit.label)
        judged = dict(judge_together([*known, new] if is_new else known, message.delivery))
        label, touches = self._beside_others(hit, message, judged[new.key])
        judged[new.key] = label
        if is_new:
            self.append(_fact(hit, label, self.nonce()))
        self.publish(_told(hit_event(new, label, message.record.dispatch)))
        changes = {other: judged[other.key] for other in known}
        relabelled = self._relabel(message, changes, new) + self._relabel_burst(touches, new)
        self.publish(message.told_again(new))
        outcome = self._opt_out(hit, message) if hit.kind == "unsubscribe" else HitOutcome.RECORDED
        return RecordedHit(outcome, label.label.value, relabelled)

    def _beside_others(
        self, hit: Hit, message: "_Message", judged: HitLabel
    ) -> tuple[HitLabel, Collection[Touch]]:
        """Judge a hit by how many recipients its address touched; return the others to judge."""
        if not hit.ip or not asks_for_visitors(judged):
            return judged, ()
        dispatch, kind = message.record.dispatch, _KINDS[hit.kind]
        account = AccountKey(dispatch.creditor_id, dispatch.customer_id)
        touches = self.visitors.touch(
            account, hit.ip, (dispatch.dispatch_id, kind, hit.request_id), hit.at
        )
        recipients = len({touch.recipient for touch in touches})
        if recipients < BURST_RECIPIENTS:
            return judged, ()
        return in_burst(kind, judged), touches if recipients == BURST_RECIPIENTS else ()

    def _relabel_burst(self, touches: Collection[Touch], cause: LabelledHit) -> int:
        """Judge the hits anew that made the burst, each beside its own message."""
        changed = 0
        for dispatch_id in sorted({touch.dispatch_id for touch in touches}):
            found = self.ledger.find(dispatch_id)
            if found is None:
                continue
            message = _Message(found[0], [*found[1], *self.pending(dispatch_id)])
            keys = {(t.kind, t.event_id) for t in touches if t.dispatch_id == dispatch_id}
            mine = [hit for hit in known_hits(message.events) if hit.key in keys]
            changes = {hit: in_burst(hit.kind, hit.judged) for hit in mine if hit.key != cause.key}
            changed += self._relabel(message, changes, cause)
        return changed

    def _relabel(
        self, message: "_Message", changes: Mapping[LabelledHit, HitLabel], cause: LabelledHit
    ) -> int:
        """Append what shows earlier hits in another light, and tell it; return how many."""
        facts = [
            message.relabelling(hit, judged, cause)
            for hit, judged in changes.items()
            if judged.label is not hit.judged.label
        ]
        for fact in facts:
            self.append(fact)
            self.publish(_told(relabelled_event(fact, message.record.dispatch)))
        return len(facts)

    def _opt_out(self, hit: Hit, message: "_Message") -> HitOutcome:
        dispatch = message.record.dispatch
        change_account(
            self.portfolio,
            dispatch.creditor_id,
            dispatch.customer_id,
            lambda account: account.opted_out(dispatch.channel, hit.at),
        )
        return HitOutcome.OPTED_OUT


@dataclass(frozen=True, slots=True)
class _Message:
    """A message and everything known of it."""

    record: DispatchRecord
    events: Sequence[MessageEvent]

    @property
    def delivery(self) -> Delivery:
        """What its delivery says about its hits; only e-mail is reported the second it arrives."""
        links = len(self.record.dispatch.invoices)
        if self.record.dispatch.channel is not Channel.EMAIL:
            return Delivery(links)
        arrivals = [e.at for e in self.events if e.kind is EventKind.DELIVERED]
        return Delivery(links, min(arrivals, default=None), self.record.sent_at)

    def relabelling(self, hit: LabelledHit, judged: HitLabel, cause: LabelledHit) -> MessageEvent:
        """Return the fact that an earlier hit is judged anew; it outweighs what was said before."""
        before = [e.at for e in self._relabellings if e.facts["of_event_id"] == hit.event_id]
        return MessageEvent(
            self.record.dispatch.dispatch_id,
            EventKind.RELABELLED,
            max([cause.at, *(at + _JUST_AFTER for at in before)]),
            f"{hit.event_id}~{len(before) + 1}~{cause.event_id}",
            {"of_kind": hit.kind.value, "of_event_id": hit.event_id, **label_facts(judged)},
        )

    def told_again(self, cause: LabelledHit) -> list[OutgoingEvent]:
        """Return what an earlier copy of this hit changed: it may not have been told."""
        mine = (e for e in self._relabellings if e.event_id.endswith(f"~{cause.event_id}"))
        return [told for e in mine for told in _told(relabelled_event(e, self.record.dispatch))]

    @property
    def _relabellings(self) -> list[MessageEvent]:
        return [e for e in self.events if e.kind is EventKind.RELABELLED]


def _told(event: OutgoingEvent | None) -> list[OutgoingEvent]:
    return [] if event is None else [event]


def _as_received(hit: Hit) -> LabelledHit:
    """Return a hit as the first stage judged it."""
    return LabelledHit(
        _KINDS[hit.kind],
        hit.request_id,
        hit.at,
        hit.link,
        HitLabel(label_of(hit.label), hit.score, hit.reasons or ("unexplained",), hit.ruleset),
    )


def _is_over_limit(new: LabelledHit, known: Sequence[LabelledHit]) -> bool:
    """Return whether a message has had its hits; its first unsubscription is always recorded."""
    is_first_stop = new.kind is EventKind.UNSUBSCRIBED and all(
        hit.kind is not EventKind.UNSUBSCRIBED for hit in known
    )
    return len(known) >= MOST_HITS and not is_first_stop


def _fact(hit: Hit, judged: HitLabel, nonce: str) -> MessageEvent:
    """Return a hit as a fact: who asked, and from where, is personal and kept apart."""
    personal = {
        "ip": hit.ip,
        "port": source_port(hit.ip, hit.headers),
        "user_agent": hit.user_agent,
        **{f"header_{name}": value for name, value in hit.headers.items()},
    }
    return MessageEvent(
        DispatchId(hit.dispatch_id),
        _KINDS[hit.kind],
        hit.at,
        hit.request_id,
        {
            **label_facts(judged),
            "method": hit.method,
            **({} if hit.link is None else {"link": str(hit.link)}),
        },
        private={name: value for name, value in personal.items() if value},
        raw=canonical({**hit.model_dump(mode="json"), "nonce": nonce}),
    )
