"""A hit beside everything known of its message, and of the address it came from."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from regua.adapters.memory import MemoryLedger, MemoryPortfolio, MemoryPublisher
from regua.adapters.memory_visitors import MemoryRecentVisitors
from regua.application.messages import Hit
from regua.application.record_hit import MOST_HITS, HitOutcome, RecordedHit, RecordHit
from regua.domain.delivery import EventKind, MessageEvent, effective_labels
from regua.domain.dispatch import InvoiceStep
from regua.domain.ids import CustomerId, DispatchId, InvoiceId
from regua.domain.ruler import Channel
from tests.builders import CREDITOR, DUE, nine_o_clock
from tests.integration.contract.facts import any_dispatch

NOW = nine_o_clock(DUE)
BY_HAND = {"score": 95, "reasons": ("fetch_metadata", "known_client")}
FIRST = any_dispatch(1).dispatch_id
IP = "203.0.113.7"


@dataclass
class World:
    """A ledger with ten customers' messages about three invoices each, sent and delivered."""

    channel: Channel = Channel.EMAIL
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    visitors: MemoryRecentVisitors = field(default_factory=MemoryRecentVisitors)
    appended: list[MessageEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.portfolio = MemoryPortfolio(self.ledger)
        steps = tuple(InvoiceStep(InvoiceId(f"fat-{n}"), "vencida-3") for n in range(3))
        for n in range(1, 11):
            dispatch = any_dispatch(
                n, customer_id=CustomerId(f"cli-{n}"), invoices=steps, channel=self.channel
            )
            self.ledger.claim(dispatch, [], NOW)
            self.ledger.mark_sent(dispatch, provider_message_id="p", at=NOW)

    def deliver(self, seconds: int) -> None:
        at = NOW + timedelta(seconds=seconds)
        self.ledger.append([MessageEvent(FIRST, EventKind.DELIVERED, at, "entrega")])

    def record(self, **changes: Any) -> RecordedHit:  # noqa: ANN401 - any field
        use_case = RecordHit(
            self.portfolio,
            self.ledger,
            self._append,
            self.publisher.publish,
            self.visitors,
            lambda: f"{len(self.appended):032x}",
        )
        return use_case(any_hit(**changes))

    def _append(self, event: MessageEvent) -> None:
        self.appended.append(event)
        self.ledger.append([event])

    def labels(self, dispatch_id: DispatchId = FIRST) -> dict[str, str]:
        """Return the effective label of each of a message's hits, by its request."""
        found = self.ledger.find(dispatch_id)
        assert found is not None
        return {event_id: label for (_, event_id), label in effective_labels(found[1]).items()}


def any_hit(**changes: Any) -> Hit:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "kind": "click",
        "dispatch_id": FIRST,
        "link": 0,
        "at": NOW + timedelta(hours=1),
        "ip": IP,
        "user_agent": "Mozilla/5.0 (Windows NT 10.0)",
        "headers": {"accept-language": "pt-BR"},
        "method": "GET",
        "request_id": "r1",
        "label": "person",
        "score": 60,
        "reasons": ("known_client",),
        "ruleset": "2026.2",
    }
    return Hit(**{**fields, **changes})


def later(seconds: float) -> datetime:
    return NOW + timedelta(hours=1, seconds=seconds)


@pytest.fixture
def world() -> World:
    return World()


def test_what_is_personal_is_kept_apart_from_what_is_told(world: World) -> None:
    viewer = {"accept-language": "pt-BR", "cloudfront-viewer-address": f"{IP}:50123"}
    hit = any_hit(headers=viewer)
    world.record(headers=viewer)
    (fact,) = world.appended
    assert fact.facts == {
        "label": "person",
        "score": "60",
        "reasons": "known_client",
        "ruleset": "2026.2",
        "method": "GET",
        "link": "0",
    }
    assert fact.private == {
        "ip": IP,
        "port": "50123",
        "user_agent": hit.user_agent,
        "header_accept-language": "pt-BR",
        "header_cloudfront-viewer-address": f"{IP}:50123",
    }
    assert fact.raw is not None
    kept = json.loads(fact.raw)
    assert kept.pop("nonce") == "0" * 32
    assert Hit.model_validate(kept) == hit, "the exact message, to be read again"
    assert fact.raw == json.dumps(
        json.loads(fact.raw), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode("utf-8")
    assert (fact.source, fact.media_type) == ("regua", "application/json")


@pytest.mark.parametrize("viewer", ["203.0.113.8:50123", "203.0.113.7:x", "203.0.113.7", ""])
def test_a_port_is_believed_only_beside_the_address_it_belongs_to(
    world: World, viewer: str
) -> None:
    world.record(headers={"cloudfront-viewer-address": viewer})
    assert "port" not in world.appended[0].private


def test_a_delivery_that_is_known_later_puts_earlier_hits_in_another_light(world: World) -> None:
    world.record(at=NOW + timedelta(seconds=61), **BY_HAND)
    assert world.labels() == {"r1": "person"}
    world.deliver(60)
    assert world.record(request_id="r2", at=later(0)).relabelled == 1
    assert world.labels() == {"r1": "security_scanner", "r2": "person"}
    again = next(e for e in world.appended if e.kind is EventKind.RELABELLED)
    assert again.facts == {
        "of_kind": "clicked",
        "of_event_id": "r1",
        "label": "security_scanner",
        "score": "15",
        "reasons": "seconds_after_delivery,fetch_metadata,known_client",
        "ruleset": "2026.2",
    }
    told = [e.data for e in world.publisher.of("MessageClicked")]
    assert [(d["hit_id"], d["label"], d.get("relabelled")) for d in told] == [
        ("r1", "person", None),
        ("r2", "person", None),
        ("r1", "security_scanner", True),
    ]


def test_only_mail_is_reported_the_second_it_arrives() -> None:
    texts = World(channel=Channel.SMS)
    texts.deliver(60)
    assert texts.record(at=NOW + timedelta(seconds=30)).label == "person"


def test_a_honeypot_that_is_told_late_takes_along_what_was_told_before(world: World) -> None:
    trap = {"score": 0, "reasons": ("honeypot",), "label": "security_scanner", "link": 65535}
    world.record(kind="open", link=None, request_id="o", at=later(0))
    world.record(request_id="c", at=later(3), **BY_HAND)
    assert world.record(request_id="h", at=later(2), **trap).relabelled == 2
    assert set(world.labels().values()) == {"security_scanner"}


def test_the_same_hit_again_appends_nothing_and_is_told_again(world: World) -> None:
    for n in range(3):
        world.record(request_id=f"c{n}", link=n, at=later(n))
    known, told = len(world.appended), len(world.publisher.events)
    world.record(request_id="c2", link=2, at=later(2))
    assert len(world.appended) == known
    fresh = world.publisher.events[told:]
    assert [(e.data["hit_id"], e.data["label"]) for e in fresh] == [
        ("c2", "security_scanner"),
        ("c0", "security_scanner"),
        ("c1", "security_scanner"),
    ], "the first time, the bus may not have heard of it"


def test_the_bytes_of_two_visits_from_one_address_never_have_one_hash(world: World) -> None:
    """Who knows everything of a visit but its address cannot find that by trying all there are."""
    nonces = []
    for n in range(2):
        world.record(request_id=f"o{n}", kind="open", link=None)
        raw = world.appended[-1].raw
        assert raw is not None
        nonces.append(json.loads(raw)["nonce"])
    assert nonces == ["0" * 32, f"{1:032x}"]


def filled(world: World) -> None:
    """Record as many opens of the first message as are recorded at all."""
    for n in range(MOST_HITS):
        world.record(kind="open", link=None, request_id=f"o{n}", at=later(n), ip="")


def test_a_link_that_is_called_without_end_does_not_fill_the_ledger(world: World) -> None:
    filled(world)
    known, told = len(world.appended), len(world.publisher.events)
    assert known == MOST_HITS == 200
    over = world.record(request_id="c", at=later(900), **BY_HAND)
    assert (over.outcome, over.label) == (HitOutcome.OVER_LIMIT, "person")
    assert (len(world.appended), len(world.publisher.events)) == (known, told)
    assert not world.visitors.touches
    again = world.record(kind="open", link=None, request_id="o7", at=later(7), ip="")
    assert again.outcome is HitOutcome.RECORDED, "a copy of a hit that is recorded"
    elsewhere = any_dispatch(2).dispatch_id
    assert world.record(dispatch_id=elsewhere).outcome is HitOutcome.RECORDED


def test_an_unsubscription_always_works_and_is_recorded_once_beside_all_hits(
    world: World,
) -> None:
    filled(world)
    stop = {"kind": "unsubscribe", "link": None, "method": "POST"}
    for n in range(3):
        found = world.record(request_id=f"u{n}", at=later(900 + n), **stop)
        assert found.outcome is HitOutcome.OPTED_OUT
    kinds = [fact.kind for fact in world.appended]
    assert kinds.count(EventKind.UNSUBSCRIBED) == 1
    account = world.portfolio.load_account(CREDITOR, CustomerId("cli-1"))
    assert account.opt_outs == {Channel.EMAIL: later(900)}


def test_labels_that_came_out_of_order_are_outweighed_by_what_is_known_last(world: World) -> None:
    world.record(kind="open", link=None, request_id="o", label="unknown", score=50, at=later(0),
                 reasons=("apple_mail_agent",))  # fmt: skip
    world.record(request_id="c", at=later(600), **BY_HAND)
    assert world.labels()["o"] == "person"
    world.record(request_id="h", link=65535, at=later(5), label="security_scanner", score=0,
                 reasons=("honeypot",))  # fmt: skip
    assert world.labels()["o"] == "security_scanner", "although that evidence is older"


def burst(world: World, people: int, **changes: Any) -> list[RecordedHit]:  # noqa: ANN401
    return [
        world.record(
            dispatch_id=any_dispatch(n).dispatch_id, request_id=f"b{n}", at=later(n), **changes
        )
        for n in range(1, people + 1)
    ]


def test_one_address_at_the_messages_of_five_recipients_is_a_programs(world: World) -> None:
    found = burst(world, 6)
    assert [f.label for f in found] == ["person"] * 4 + ["security_scanner"] * 2
    assert [f.relabelled for f in found] == [0, 0, 0, 0, 4, 0]
    for n in range(1, 7):
        dispatch_id = any_dispatch(n).dispatch_id
        assert world.labels(dispatch_id) == {f"b{n}": "security_scanner"}
    before = len(world.appended)
    burst(world, 6)
    assert len(world.appended) == before


def test_people_behind_one_address_are_not_taken_for_a_program(world: World) -> None:
    assert {f.label for f in burst(world, 8, **BY_HAND)} == {"person"}
    assert not [e for e in world.appended if e.kind is EventKind.RELABELLED]


@pytest.mark.parametrize(
    "changes",
    [
        {"label": "image_proxy", "kind": "open", "link": None},
        {"label": "security_scanner"},
        {"ip": ""},
    ],
)
def test_nobody_is_followed_for_nothing(world: World, changes: dict[str, Any]) -> None:
    burst(world, 8, **changes)
    assert not world.visitors.touches


def test_one_customer_with_many_messages_is_no_crowd(world: World) -> None:
    for n in range(1, 9):
        record, _ = world.ledger.find(any_dispatch(n).dispatch_id) or pytest.fail("unknown")
        mine = replace(record.dispatch, customer_id=CustomerId("cli-1"))
        world.ledger.records[mine.dispatch_id] = replace(record, dispatch=mine)
    assert {f.label for f in burst(world, 8)} == {"person"}
