"""The second stage of telling people from programs: hits beside each other."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.delivery import EventKind, MessageEvent
from regua.domain.hit_classifier import MACHINES, HitLabel, Label
from regua.domain.hit_windows import (
    Delivery,
    LabelledHit,
    asks_for_visitors,
    in_burst,
    judge_together,
    known_hits,
    label_facts,
)
from regua.domain.ids import DispatchId
from regua.domain.tokens import HONEYPOT

AT = datetime(2026, 11, 10, 12, tzinfo=UTC)
BY_HAND = HitLabel(Label.PERSON, 95, ("fetch_metadata", "known_client", "accept_language"))
PERSON = HitLabel(Label.PERSON, 60, ("known_client",))
SCANNER = HitLabel(Label.SECURITY_SCANNER, 5, ("machine_agent",))
PREFETCH = HitLabel(Label.PRIVACY_PREFETCH, 5, ("apple_privacy_agent",))
PROXY = HitLabel(Label.IMAGE_PROXY, 70, ("image_proxy_agent",))
MAC = HitLabel(Label.UNKNOWN, 50, ("apple_mail_agent",))
MAC_BY_HAND = HitLabel(Label.UNKNOWN, 50, ("apple_mail_agent", "fetch_metadata"))
SAFE_LINKS = HitLabel(
    Label.SECURITY_SCANNER, 20, ("probable_network:microsoft-safe-links", "fetch_metadata")
)
OPEN, CLICK = EventKind.OPENED, EventKind.CLICKED
QUIET = Delivery(links=5)


def hit(
    seconds: float, judged: HitLabel = PERSON, *, kind: EventKind = CLICK, link: int | None = 0
) -> LabelledHit:
    shown = link if kind is CLICK else None
    at = AT + timedelta(seconds=seconds)
    return LabelledHit(kind, f"r{seconds}-{link}-{kind}", at, shown, judged)


def opened(seconds: float, judged: HitLabel = PERSON) -> LabelledHit:
    return hit(seconds, judged, kind=OPEN)


def labels(*hits: LabelledHit, delivery: Delivery = QUIET) -> list[str]:
    found = judge_together(hits, delivery)
    return [str(found[each.key].label) for each in hits]


def test_one_hit_by_itself_is_what_it_was() -> None:
    for judged in (BY_HAND, PERSON, SCANNER, PREFETCH, PROXY, MAC, MAC_BY_HAND, SAFE_LINKS):
        assert judge_together([hit(0, judged)], QUIET) == {hit(0, judged).key: judged}


@pytest.mark.parametrize(
    ("seconds", "links", "of", "swept", "why"),
    [
        ((0, 15, 30), (0, 1, 2), 5, 3, "three links within half a minute"),
        ((0, 15, 31), (0, 1, 2), 5, 0, "a second later"),
        ((0, 1, 2), (0, 1, 1), 5, 0, "two links, one of them twice"),
        ((0, 20, 40, 45), (0, 1, 2, 3), 5, 3, "a window anywhere in the row"),
        ((0, 2), (0, 1), 2, 2, "both links at once"),
        ((0, 3), (0, 1), 2, 0, "somebody opened one and the other"),
        ((0, 1), (0, 1), 3, 0, "not every link"),
        ((0, 1), (0, 0), 1, 0, "a message with one link, clicked twice"),
    ],
)
def test_a_program_goes_through_the_links(
    seconds: Sequence[float], links: Sequence[int], of: int, swept: int, why: str
) -> None:
    clicks = [hit(s, BY_HAND, link=n) for s, n in zip(seconds, links, strict=True)]
    found = labels(*clicks, delivery=Delivery(of))
    assert found.count("security_scanner") == swept, why


def test_whoever_touches_the_honeypot_takes_along_what_is_near() -> None:
    trap = hit(0, HitLabel(Label.SECURITY_SCANNER, 0, ("honeypot",)), link=HONEYPOT)
    near = [opened(-10, PROXY), hit(10, BY_HAND), hit(-1, MAC)]
    far = [opened(-11, PROXY), hit(11, BY_HAND)]
    assert labels(trap, *near) == ["security_scanner"] * 4
    assert labels(trap, *far) == ["security_scanner", "image_proxy", "person"]
    assert labels(hit(0, BY_HAND, link=3), *near) == ["person", "image_proxy", "person", "unknown"]


@pytest.mark.parametrize(
    ("each", "since", "label", "why"),
    [
        (hit(1.9, BY_HAND), AT, "security_scanner", "nobody clicks that fast"),
        (hit(-60, BY_HAND), AT, "security_scanner", "the gateway looked before it accepted"),
        (hit(9, BY_HAND), AT, "unknown", "hardly anybody does"),
        (hit(10, BY_HAND), AT, "person", "somebody may"),
        (opened(1, BY_HAND), AT, "unknown", "hardly anybody looks that fast"),
        (opened(2, BY_HAND), AT, "person", "somebody waited for it"),
        (opened(1, PROXY), AT, "image_proxy", "the relay's word stands"),
        (hit(600, SAFE_LINKS), AT, "security_scanner", "within the gateway's window"),
        (hit(601, SAFE_LINKS), AT, "unknown", "perhaps a person in an isolated browser"),
        (hit(601, SAFE_LINKS), None, "security_scanner", "as long as nothing was delivered"),
    ],
)
def test_the_delivery_puts_a_hit_in_another_light(
    each: LabelledHit, since: datetime | None, label: str, why: str
) -> None:
    assert labels(each, delivery=Delivery(5, since)) == [label], why


def test_before_the_delivery_report_the_send_says_what_is_certain() -> None:
    sent = Delivery(5, None, AT)
    assert labels(hit(1, BY_HAND), delivery=sent) == ["security_scanner"]
    assert labels(hit(9, BY_HAND), delivery=sent) == ["unknown"]
    assert labels(hit(15, BY_HAND), delivery=sent) == ["person"]
    assert labels(hit(900, SAFE_LINKS), delivery=sent) == ["security_scanner"]
    reported = Delivery(5, AT + timedelta(seconds=14), AT)
    assert labels(hit(15, BY_HAND), delivery=reported) == ["security_scanner"]


def test_a_browsers_own_word_after_a_program_was_there_is_a_persons() -> None:
    prefetch = opened(0, PREFETCH)
    assert labels(prefetch, opened(60, MAC_BY_HAND)) == ["privacy_prefetch", "person"]
    assert labels(prefetch, opened(60, MAC)) == ["privacy_prefetch", "unknown"]
    assert labels(prefetch, opened(5, MAC_BY_HAND)) == ["privacy_prefetch", "unknown"]
    isolated = hit(700, SAFE_LINKS)
    assert labels(hit(1, SCANNER), isolated, delivery=Delivery(5, AT))[1] == "person"


def test_who_clicks_by_hand_has_opened_before() -> None:
    assert labels(opened(0, MAC), hit(30, BY_HAND)) == ["person", "person"]
    assert labels(opened(0, MAC), hit(1801, BY_HAND)) == ["unknown", "person"]
    assert labels(opened(60, MAC), hit(30, BY_HAND)) == ["unknown", "person"]
    assert labels(opened(0, MAC), hit(30, PERSON)) == ["unknown", "person"]
    assert labels(opened(0, MAC), hit(30, SCANNER)) == ["unknown", "security_scanner"]


@pytest.mark.parametrize(
    ("kind", "judged", "label", "why"),
    [
        (CLICK, BY_HAND, "person", "thousands share an address; the browser's word counts more"),
        (CLICK, PERSON, "security_scanner", "no browser of today says nothing"),
        (OPEN, PERSON, "unknown", "a mail program says little: nobody is called a machine"),
        (OPEN, PROXY, "image_proxy", "a relay fetches for everybody"),
        (CLICK, SCANNER, "security_scanner", "it was one before"),
    ],
)
def test_an_address_at_many_recipients_is_doubted(
    kind: EventKind, judged: HitLabel, label: str, why: str
) -> None:
    found = in_burst(kind, judged)
    assert found.label == label, why
    assert found.score <= judged.score
    assert in_burst(kind, found) == found
    assert asks_for_visitors(judged) is (judged not in (PROXY, SCANNER))


_HITS = st.lists(
    st.builds(
        hit,
        st.integers(-30, 120),
        st.sampled_from([BY_HAND, PERSON, SCANNER, PREFETCH, PROXY, MAC, MAC_BY_HAND, SAFE_LINKS]),
        kind=st.sampled_from([OPEN, CLICK]),
        link=st.sampled_from([0, 1, 2, HONEYPOT]),
    ),
    max_size=8,
    unique_by=lambda each: each.key,
)
_DELIVERIES = st.builds(
    Delivery,
    st.integers(1, 3),
    st.none() | st.integers(-20, 60).map(lambda s: AT + timedelta(seconds=s)),
    st.none() | st.just(AT - timedelta(seconds=20)),
)


@given(_HITS, _DELIVERIES, st.randoms(use_true_random=False))
def test_hits_that_come_one_by_one_in_any_order_end_as_if_known_together(
    hits: list[LabelledHit], delivery: Delivery, random: object
) -> None:
    together = judge_together(hits, delivery)
    arriving = [*hits]
    random.shuffle(arriving)  # type: ignore[attr-defined]  # hypothesis' Random
    known: list[LabelledHit] = []
    for new in arriving:
        judged = judge_together([*known, new], delivery)
        known = [
            LabelledHit(h.kind, h.event_id, h.at, h.link, judged[h.key]) for h in [*known, new]
        ]
    assert {h.key: h.judged.label for h in known} == {k: j.label for k, j in together.items()}


@given(_HITS, _DELIVERIES)
def test_a_judgement_always_has_its_reasons_and_a_fitting_score(
    hits: list[LabelledHit], delivery: Delivery
) -> None:
    for judged in judge_together(hits, delivery).values():
        assert judged.reasons
        assert len(set(judged.reasons)) == len(judged.reasons)
        assert (judged.score <= 20) is (judged.label in MACHINES)


def every_sweep(hits: Sequence[LabelledHit], links: int) -> set[str]:
    """Say whose clicks belong to a sweep, by looking at every window there is."""
    found: set[str] = set()
    clicks = [each for each in hits if each.kind is CLICK]
    for first in clicks:
        for seconds, enough in ((30, 3), (2, links) if links > 1 else (30, 3)):
            window = [c for c in clicks if 0 <= (c.at - first.at).total_seconds() <= seconds]
            if len({c.link for c in window}) >= enough:
                found |= {c.event_id for c in window}
    return found


_MANY = st.lists(
    st.tuples(st.integers(0, 90), st.integers(0, 3)).map(
        lambda drawn: hit(drawn[0], BY_HAND, link=drawn[1])
    ),
    max_size=40,
    unique_by=lambda each: each.key,
)


@given(_MANY, st.integers(1, 4))
def test_one_pass_finds_every_sweep(hits: list[LabelledHit], links: int) -> None:
    found = judge_together(hits, Delivery(links))
    machines = {h.event_id for h in hits if found[h.key].label is Label.SECURITY_SCANNER}
    assert machines == every_sweep(hits, links)


@given(st.lists(st.integers(-60, 60), max_size=6), st.lists(st.integers(-60, 60), max_size=6))
def test_everything_within_ten_seconds_of_any_trap_and_nothing_else_is_taken_along(
    traps: list[int], opens: list[int]
) -> None:
    fell = [hit(s, SCANNER, link=HONEYPOT) for s in set(traps)]
    seen = [opened(s, PROXY) for s in set(opens)]
    found = judge_together([*fell, *seen], QUIET)
    taken = {h for h in seen if found[h.key].label is Label.SECURITY_SCANNER}
    assert taken == {h for h in seen if any(abs(h.at - t.at).total_seconds() <= 10 for t in fell)}


def test_work_grows_with_the_number_of_hits_and_not_with_its_square() -> None:
    """Ten times the hits would be a hundred times the work; some 15 times is a sort's."""

    def seconds(count: int) -> float:
        clicks = [hit(n / 100, SCANNER, link=n % 3) for n in range(count)]
        began = process_time()
        judge_together(clicks, Delivery(3))
        return process_time() - began

    assert min(seconds(3_000) for _ in range(3)) < 40 * min(seconds(300) for _ in range(3))


def test_hits_are_read_from_facts_with_their_last_label() -> None:
    message = DispatchId("d" * 32)
    first = MessageEvent(message, CLICK, AT, "r1", {**label_facts(BY_HAND), "link": "2"})
    again = MessageEvent(
        message,
        EventKind.RELABELLED,
        AT + timedelta(seconds=9),
        "r1~1~r2",
        {"of_kind": "clicked", "of_event_id": "r1", **label_facts(SCANNER)},
    )
    foreign = MessageEvent(message, OPEN, AT, "r3", {"label": "outro"})
    delivered = MessageEvent(message, EventKind.DELIVERED, AT, "e")
    found = known_hits([again, first, delivered, foreign])
    assert [(h.event_id, h.link, h.judged.label) for h in found] == [
        ("r1", 2, Label.SECURITY_SCANNER),
        ("r3", None, Label.UNKNOWN),
    ]
    assert found[0].judged == SCANNER
