import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.delivery import (
    EventKind,
    MessageEvent,
    delivery_state,
    effective_labels,
    judgements,
    seen_as,
    told_of,
)
from regua.domain.ids import DispatchId
from regua.domain.ruler import Seen

AT = datetime(2026, 11, 10, 12, tzinfo=UTC)


def event(kind: EventKind, n: int = 0) -> MessageEvent:
    return MessageEvent(DispatchId("d" * 32), kind, AT + timedelta(seconds=n), f"e{n}")


facts = st.lists(st.builds(event, st.sampled_from(EventKind), st.integers(0, 5)), max_size=8)


@given(facts, st.randoms(use_true_random=False))
def test_order_and_copies_of_receipts_do_not_matter(
    events: list[MessageEvent], random: object
) -> None:
    shuffled = [*events, *events[:3]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' Random
    assert delivery_state(shuffled) is delivery_state(events)


@given(facts)
def test_how_delivery_stands_never_goes_back_while_facts_arrive(events: list[MessageEvent]) -> None:
    states = [delivery_state(events[:known]) for known in range(len(events) + 1)]
    for before, after in itertools.pairwise(states):
        both = [event(state) for state in (after, before) if state is not None]
        assert delivery_state(both) is after


@pytest.mark.parametrize(
    ("kinds", "state", "why"),
    [
        ([], None, "nothing was reported"),
        ([EventKind.OPENED, EventKind.CLICKED], None, "a hit is no delivery report"),
        (
            [EventKind.DELIVERED, EventKind.SENT],
            EventKind.DELIVERED,
            "a late Send takes nothing back",
        ),
        ([EventKind.DELAYED, EventKind.DELIVERED], EventKind.DELIVERED, "a delay is over"),
        (
            [EventKind.HARD_BOUNCED, EventKind.DELIVERED],
            EventKind.HARD_BOUNCED,
            "a server may accept first and bounce later",
        ),
        (
            [EventKind.DELIVERED, EventKind.HARD_BOUNCED],
            EventKind.HARD_BOUNCED,
            "a server may accept first and bounce later",
        ),
        ([EventKind.READ], EventKind.READ, "WhatsApp may tell of no delivery before"),
        (
            [EventKind.READ, EventKind.DELIVERED],
            EventKind.READ,
            "a late delivery takes nothing back",
        ),
        ([EventKind.DELIVERED, EventKind.COMPLAINED], EventKind.COMPLAINED, "a complaint stands"),
        (
            [EventKind.UNDELIVERED, EventKind.SOFT_BOUNCED],
            EventKind.UNDELIVERED,
            "of two that are equal always the same, in any order",
        ),
        (
            [EventKind.SOFT_BOUNCED, EventKind.UNDELIVERED],
            EventKind.UNDELIVERED,
            "of two that are equal always the same, in any order",
        ),
    ],
)
def test_the_strongest_fact_says_how_delivery_stands(
    kinds: list[EventKind], state: EventKind | None, why: str
) -> None:
    assert delivery_state(event(k, n) for n, k in enumerate(kinds)) is state, why


DELIVERED = {Seen.DELIVERED}
OPENED = {Seen.DELIVERED, Seen.OPENED}


@pytest.mark.parametrize(
    ("kinds", "label", "seen", "why"),
    [
        ([EventKind.SENT], "", set(), "handed over is not delivered"),
        ([EventKind.DELIVERED], "", DELIVERED, "delivered is not opened"),
        ([EventKind.COMPLAINED], "", DELIVERED, "who complains got it"),
        ([EventKind.DELIVERED, EventKind.READ], "", OPENED, "WhatsApp tells when it was read"),
        ([EventKind.ANSWERED], "", DELIVERED, "a machine may have picked up"),
        (
            [EventKind.ANSWERED, EventKind.DELIVERED],
            "",
            DELIVERED,
            "a call that was heard to its end, perhaps by a machine",
        ),
        ([EventKind.DELIVERED, EventKind.OPENED], "machine", DELIVERED, "a filter looked at it"),
        ([EventKind.DELIVERED, EventKind.OPENED], "person", OPENED, "a person did"),
        ([EventKind.CLICKED], "person", set(Seen), "who clicks has opened"),
        ([EventKind.CONFIRMED], "", set(Seen), "who confirms the reading has opened"),
        ([EventKind.IDENTIFIED], "", set(Seen), "who answers the page's question has clicked"),
        ([EventKind.ACTED], "", set(), "who says it is somebody else's has not"),
    ],
)
def test_a_fallback_asks_what_a_person_has_seen(
    kinds: list[EventKind], label: str, seen: set[Seen], why: str
) -> None:
    events = [replace(event(k, n), facts={"label": label}) for n, k in enumerate(kinds)]
    assert seen_as(events) == seen, why


@pytest.mark.parametrize(
    ("kinds", "hours", "state", "why"),
    [
        ([], 71, None, "the report may still come"),
        ([], 72, EventKind.UNKNOWN, "nothing at all was told"),
        ([EventKind.SENT], 71, EventKind.SENT, "on its way"),
        ([EventKind.SENT], 72, EventKind.UNKNOWN, "taken, and nothing since"),
        ([EventKind.DELAYED], 100, EventKind.UNKNOWN, "waited for, and nothing since"),
        ([EventKind.SENT, EventKind.DELIVERED], 100, EventKind.DELIVERED, "known for good"),
        ([EventKind.UNDELIVERED], 100, EventKind.UNDELIVERED, "a failure is a report"),
        ([EventKind.CLICKED], 100, EventKind.UNKNOWN, "a hit is no delivery report"),
    ],
)
def test_what_is_overdue_is_said_to_be_unknown(
    kinds: list[EventKind], hours: int, state: EventKind | None, why: str
) -> None:
    events = [event(kind) for kind in kinds]
    assert told_of(events, AT, AT + timedelta(hours=hours)) is state, why
    assert told_of(events, None, AT + timedelta(hours=hours)) is delivery_state(events)


def labelled(kind: EventKind, label: str, n: int = 0) -> MessageEvent:
    return replace(event(kind, n), facts={"label": label, "score": "9", "reasons": "a,b"})


def relabelled(of: MessageEvent, label: str, seconds: int, event_id: str = "x") -> MessageEvent:
    facts = {"of_kind": of.kind.value, "of_event_id": of.event_id, "label": label}
    return replace(event(EventKind.RELABELLED, seconds), event_id=event_id, facts=facts)


OPEN = labelled(EventKind.OPENED, "person")
CLICK = labelled(EventKind.CLICKED, "person", 1)
SCANNED = labelled(EventKind.OPENED, "security_scanner")


@pytest.mark.parametrize(
    ("events", "seen", "why"),
    [
        ([OPEN, relabelled(OPEN, "security_scanner", 5)], set(), "it was a machine after all"),
        ([SCANNED, relabelled(SCANNED, "person", 5)], OPENED, "it was a person after all"),
        (
            [OPEN, relabelled(OPEN, "security_scanner", 5), relabelled(OPEN, "person", 6)],
            OPENED,
            "the last word counts",
        ),
        (
            [OPEN, relabelled(OPEN, "person", 5, "a"), relabelled(OPEN, "unknown", 5, "b")],
            set(),
            "of two at one instant always the same",
        ),
        ([OPEN, CLICK, relabelled(CLICK, "security_scanner", 5)], OPENED, "the open stands"),
        ([CLICK, relabelled(OPEN, "security_scanner", 5)], set(Seen), "it is about another hit"),
    ],
)
def test_the_last_label_of_a_hit_counts_in_any_order(
    events: list[MessageEvent], seen: set[Seen], why: str
) -> None:
    for ordered in itertools.permutations(events):
        assert seen_as(ordered) == seen, why


def test_a_judgement_is_the_facts_own_until_another_is_made() -> None:
    later = relabelled(OPEN, "security_scanner", 5)
    assert judgements([OPEN, CLICK, later]) == {
        (EventKind.OPENED, OPEN.event_id): {"label": "security_scanner"},
        (EventKind.CLICKED, CLICK.event_id): CLICK.facts,
    }
    assert effective_labels([event(EventKind.DELIVERED)]) == {}
