"""Second stage of telling people from programs: what hits show together, and beside the delivery.

The first stage sees one request (`regua.domain.hit_classifier`). Here a message's hits are judged
with each other, with its delivery report, and with how many recipients one address touched:

- *honeypot*: somebody followed the link that is not shown: every hit within ten seconds is a
  program's;
- *sweep*: three distinct links within half a minute, or every link of a message of two at once;
- *delivery*: faster after the delivery of an e-mail than people act, or before it;
- *burst*: one address at the messages of five recipients within ten minutes. Carriers give one
  address to thousands of people (CGNAT), so this never outvotes a browser's own word;
- *human evidence*: a browser's own word after a program has been there; a click soon after an open
  that the agent string could not tell.

A judgement is made of what is known at the moment, and again when more is known: the same hits give
the same judgement in any order. What changes is told by a new event, never by an edit.

Source: github.com/mautic/mautic, issue 9798 (honeypot and ten seconds).
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from regua.domain.delivery import EventKind, HitKey, MessageEvent, judgements
from regua.domain.hit_classifier import (
    APPLE_MAIL,
    FETCH_METADATA,
    MACHINES,
    SECONDS_AFTER_DELIVERY,
    HitLabel,
    Label,
    after_delivery,
    because,
)
from regua.domain.tokens import HONEYPOT, HitKind

BURST_RECIPIENTS = 5
"""As many recipients of one address within ten minutes are no household."""
NEAR_HONEYPOT = timedelta(seconds=10)
SWEEP_WITHIN = timedelta(seconds=30)
SWEEP_LINKS = 3
ALL_AT_ONCE = timedelta(seconds=2)
"""Nobody opens both links of a message that fast."""
SECOND_HIT_AFTER = timedelta(seconds=10)
_SOON = timedelta(seconds=10)
"""Longer after a send the time says nothing before the delivery is known."""
CLICK_FOLLOWS_WITHIN = timedelta(minutes=30)

_NEAR = "near_honeypot"
_SWEEP = "sweep"
_BURST = "ip_burst"
_SECOND_HIT = "second_hit"
_CLICK_FOLLOWED = "click_followed"
_LABELS = {label.value: label for label in Label}
_RAISED = frozenset({_SECOND_HIT, _CLICK_FOLLOWED})
_DOUBTED = frozenset({SECONDS_AFTER_DELIVERY, _BURST})

HIT_KINDS: Mapping[EventKind, HitKind] = {
    EventKind.OPENED: HitKind.OPEN,
    EventKind.CLICKED: HitKind.CLICK,
    EventKind.UNSUBSCRIBED: HitKind.UNSUBSCRIBE,
}


@dataclass(frozen=True, slots=True)
class LabelledHit:
    """One hit as it is judged so far."""

    kind: EventKind
    event_id: str
    at: datetime
    link: int | None
    judged: HitLabel

    @property
    def key(self) -> HitKey:
        """Which hit of its message it is."""
        return self.kind, self.event_id


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is known of a message when its hits are judged.

    ``delivered_at`` and ``sent_at`` are None where the time of a delivery says nothing about people
    (it is another channel's report, and may come late). ``links`` is how many links it has.
    """

    links: int
    delivered_at: datetime | None = None
    sent_at: datetime | None = None

    def seconds_before(self, at: datetime) -> float | None:
        """Return the seconds from the delivery to an instant, as far as they are known.

        Without a delivery report only what is certain is said: it was delivered after the send.
        """
        if self.delivered_at is not None:
            return (at - self.delivered_at).total_seconds()
        if self.sent_at is not None and at - self.sent_at < _SOON:
            return (at - self.sent_at).total_seconds()
        return None


def known_hits(events: Iterable[MessageEvent]) -> list[LabelledHit]:
    """Return a message's hits with their labels as known by now, oldest first."""
    events = list(events)
    judged = judgements(events)
    hits = [
        LabelledHit(
            e.kind,
            e.event_id,
            e.at,
            int(e.facts["link"]) if "link" in e.facts else None,
            read_label(judged[e.kind, e.event_id]),
        )
        for e in events
        if e.kind in HIT_KINDS and "label" in e.facts
    ]
    return sorted(hits, key=lambda hit: (hit.at, hit.kind, hit.event_id))


def label_of(name: str) -> Label:
    """Return the label of that name; one that is not ours says nothing."""
    return _LABELS.get(name, Label.UNKNOWN)


def read_label(facts: Mapping[str, str]) -> HitLabel:
    """Read a judgement as `label_facts` writes it."""
    return HitLabel(
        label_of(facts["label"]),
        int(facts.get("score", "0")),
        tuple(filter(None, facts.get("reasons", "").split(","))) or ("unexplained",),
        facts.get("ruleset", ""),
    )


def label_facts(judged: HitLabel) -> dict[str, str]:
    """Write a judgement as the facts of an event."""
    return {
        "label": judged.label.value,
        "score": str(judged.score),
        "reasons": ",".join(judged.reasons),
        "ruleset": judged.ruleset,
    }


def judge_together(hits: Sequence[LabelledHit], delivery: Delivery) -> Mapping[HitKey, HitLabel]:
    """Judge all hits of one message with each other.

    Args:
        hits: every hit that is known, as judged so far, in any order.
        delivery: the message's own delivery.

    Returns:
        Every hit's judgement; judging again with these changes no label.
    """
    traps = sorted(hit.at for hit in hits if hit.link == HONEYPOT and hit.kind is EventKind.CLICKED)
    swept = _swept(hits, delivery.links)
    found = {hit.key: _lowered(hit, delivery, traps, swept) for hit in hits}
    first_machine = min((hit.at for hit in hits if found[hit.key].label in MACHINES), default=None)
    raised = {
        hit.key: because(_SECOND_HIT, judged, Label.PERSON, 65)
        for hit in hits
        if _speaks_for_itself(judged := found[hit.key])
        and first_machine is not None
        and hit.at - first_machine >= SECOND_HIT_AFTER
    }
    found |= raised
    clicks = sorted(
        hit.at
        for hit in hits
        if hit.kind is EventKind.CLICKED
        and found[hit.key].label is Label.PERSON
        and FETCH_METADATA in found[hit.key].reasons
    )
    followed = {
        hit.key: because(_CLICK_FOLLOWED, judged, Label.PERSON, 65)
        for hit in hits
        if hit.kind is EventKind.OPENED
        and (judged := found[hit.key]).label is Label.UNKNOWN
        and APPLE_MAIL in judged.reasons
        and _is_followed(hit.at, clicks, CLICK_FOLLOWS_WITHIN)
    }
    return found | followed


def _is_followed(at: datetime, moments: Sequence[datetime], within: timedelta) -> bool:
    """Return whether one of the sorted moments is the instant or follows it within a time."""
    place = bisect_left(moments, at)
    return place < len(moments) and moments[place] - at <= within


def _lowered(
    hit: LabelledHit, delivery: Delivery, traps: Sequence[datetime], swept: Collection[HitKey]
) -> HitLabel:
    """Judge one hit by everything that speaks against a person."""
    judged = _without_evidence(hit.judged)
    judged = after_delivery(HIT_KINDS[hit.kind], judged, delivery.seconds_before(hit.at))
    if judged.label in MACHINES:
        return judged
    if _is_followed(hit.at - NEAR_HONEYPOT, traps, 2 * NEAR_HONEYPOT):
        return because(_NEAR, judged, Label.SECURITY_SCANNER, 5)
    if hit.key in swept:
        return because(_SWEEP, judged, Label.SECURITY_SCANNER, 10)
    return judged


def _without_evidence(judged: HitLabel) -> HitLabel:
    """Take back what other hits once proved: it is proved again, or no more."""
    if judged.label is Label.PERSON and judged.reasons[0] in _RAISED:
        reasons = tuple(reason for reason in judged.reasons if reason not in _RAISED)
        return judged._replace(label=Label.UNKNOWN, score=40, reasons=reasons)
    return judged


def _swept(hits: Iterable[LabelledHit], links: int) -> frozenset[HitKey]:
    """Return the clicks that belong to a sweep through a message's links."""
    clicks = sorted(
        (hit for hit in hits if hit.kind is EventKind.CLICKED and hit.link is not None),
        key=lambda hit: hit.at,
    )
    found = _together(clicks, SWEEP_WITHIN, SWEEP_LINKS)
    if links > 1:
        found |= _together(clicks, ALL_AT_ONCE, links)
    return found


def _together(clicks: Sequence[LabelledHit], within: timedelta, enough: int) -> frozenset[HitKey]:
    """Return the clicks of every window that has enough distinct links; one pass over them.

    Args:
        clicks: in the order of time.
        within: how long a window is, both ends included; each begins with a click.
        enough: how many distinct links make a sweep.
    """
    found: set[HitKey] = set()
    links: Counter[int | None] = Counter()
    end = swept_to = 0
    for start, first in enumerate(clicks):
        while end < len(clicks) and clicks[end].at - first.at <= within:
            links[clicks[end].link] += 1
            end += 1
        if len(links) >= enough:
            found.update(hit.key for hit in clicks[max(start, swept_to) : end])
            swept_to = end
        links[first.link] -= 1
        if not links[first.link]:
            del links[first.link]
    return frozenset(found)


def _speaks_for_itself(judged: HitLabel) -> bool:
    """Return whether a doubtful hit carries a browser's own word, and no doubt of ours."""
    is_doubtful = judged.label is Label.UNKNOWN and FETCH_METADATA in judged.reasons
    return is_doubtful and _DOUBTED.isdisjoint(judged.reasons)


def asks_for_visitors(judged: HitLabel) -> bool:
    """Return whether it matters how many recipients one address touched.

    Machines are machines already, and a relay of a mailbox provider touches everybody.
    """
    return judged.label in {Label.PERSON, Label.UNKNOWN} or _BURST in judged.reasons


def in_burst(kind: EventKind, judged: HitLabel) -> HitLabel:
    """Judge a hit again when its address has touched many recipients in a few minutes."""
    if _BURST in judged.reasons or not asks_for_visitors(judged):
        return judged
    if FETCH_METADATA in judged.reasons or kind is EventKind.UNSUBSCRIBED:
        reasons = (*judged.reasons, _BURST)
        return judged._replace(score=max(judged.score - 25, 30), reasons=reasons)
    if kind is EventKind.CLICKED:
        return because(_BURST, judged, Label.SECURITY_SCANNER, 15)
    return because(_BURST, judged, Label.UNKNOWN, 35)
