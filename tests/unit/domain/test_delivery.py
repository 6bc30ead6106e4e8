from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.delivery import EventKind, MessageEvent, delivery_state, seen_as, told_of
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
