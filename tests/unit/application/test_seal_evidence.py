"""Sealing can be interrupted anywhere: nothing is lost, nothing sealed twice under one number."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from regua.adapters.memory_seals import (
    MemorySealIndex,
    MemorySeals,
    MemorySigner,
    MemoryTimeStamper,
)
from regua.application.seal_document import key_sha256
from regua.application.seal_evidence import InclusionReader, Marker, SealEvidence, SealRun
from regua.domain import merkle
from regua.domain.errors import TemporaryError
from regua.domain.ids import DispatchId
from regua.domain.merkle import Head
from regua.domain.seals import FIRST_PREVIOUS, Seal

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Crash(Exception):
    """The process is gone."""


def head(number: int, seq: int = 1) -> Head:
    name = hashlib.sha256(f"mensagem {number}".encode()).hexdigest()[:32]
    return Head(DispatchId(name), seq, hashlib.sha256(f"{number}/{seq}".encode()).hexdigest())


@dataclass
class World:
    """The use case on memory twins."""

    index: MemorySealIndex = field(default_factory=MemorySealIndex)
    seals: MemorySeals = field(default_factory=MemorySeals)
    signer: MemorySigner = field(default_factory=MemorySigner)
    stamper: MemoryTimeStamper = field(default_factory=MemoryTimeStamper)
    max_heads: int = 100_000

    def mark(self, *heads: Head, at: datetime = NOW) -> None:
        for each in heads:
            self.index.mark(each, at)

    def run(
        self,
        *,
        now: datetime = NOW,
        seconds_left: Callable[[], float] = lambda: 300.0,
        **instead: Any,  # noqa: ANN401 - any port
    ) -> SealRun:
        ports: dict[str, Any] = {
            "index": self.index,
            "seals": self.seals,
            "signer": self.signer,
            "stamper": self.stamper,
        }
        return SealEvidence(**(ports | instead), max_heads=self.max_heads)(
            now=now, seconds_left=seconds_left
        )

    def seal(self, number: int) -> Seal:
        found = self.seals.find(number)
        assert found is not None
        return found

    def assert_covered(self, each: Head) -> None:
        """Check every proof there is of a head's message; the newest covers the head."""
        reader = InclusionReader(self.index, self.seals)
        inclusions = reader.inclusions(each.dispatch_id)
        for found in inclusions:
            statement = found.seal.statement
            leaf = self.seals.leaves(statement.seal)[found.index]
            assert (leaf.dispatch_id, leaf.seq) == (each.dispatch_id, found.seq)
            root = merkle.root_of(leaf.leaf, found.index, statement.count, found.path)
            assert root == bytes.fromhex(statement.root)
        assert inclusions[-1].seq >= each.seq

    def assert_chained(self) -> None:
        """Check that the seals are numbered without a gap, bound, signed and stamped."""
        previous = FIRST_PREVIOUS
        for number in range(1, len(self.seals.written) + 1):
            seal = self.seal(number)
            statement = seal.statement
            assert (statement.seal, statement.previous) == (number, previous)
            assert statement.leaves_sha256 == hashlib.sha256(self.seals.kept[number]).hexdigest()
            assert statement.count == len(self.seals.leaves(number))
            assert statement.key_sha256 == key_sha256(seal.public_key_pem)
            verify(seal)
            assert seal.signature in self.stamper.stamped
            previous = seal.digest


def verify(seal: Seal) -> None:
    key = serialization.load_pem_public_key(seal.public_key_pem.encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(seal.signature, seal.statement.signed_bytes, ec.ECDSA(hashes.SHA256()))


@pytest.fixture
def world() -> World:
    return World()


def test_what_is_new_is_sealed_once(world: World) -> None:
    heads = [head(n) for n in range(5)]
    world.mark(*heads)
    run = world.run()
    assert (run.seals, run.heads, run.drained, run.failed) == (1, 5, True, None)
    assert world.index.markers == {}
    assert world.index.last() == 1
    assert [h.dispatch_id for h in world.seals.leaves(1)] == sorted(h.dispatch_id for h in heads)
    assert world.seal(1).statement.sealed_at == NOW
    for each in heads:
        world.assert_covered(each)
    world.assert_chained()
    again = world.run()
    assert (again.seals, again.heads, again.drained) == (0, 0, True)
    assert len(world.seals.written) == 1


def test_a_changed_statement_does_not_verify(world: World) -> None:
    world.mark(head(1))
    world.run()
    seal = world.seal(1)
    signed = seal.statement.signed_bytes.replace(b'"count":1', b'"count":2')
    key = serialization.load_pem_public_key(seal.public_key_pem.encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    with pytest.raises(InvalidSignature):
        key.verify(seal.signature, signed, ec.ECDSA(hashes.SHA256()))


def test_nothing_new_makes_no_seal_and_asks_nobody(world: World) -> None:
    world.signer.is_down = world.stamper.is_down = True
    run = world.run()
    assert (run.seals, run.drained, run.failed) == (0, True, None)
    assert (world.seals.kept, world.seals.written) == ({}, {})


def test_only_the_furthest_entry_of_a_chain_becomes_a_leaf(world: World) -> None:
    world.mark(head(1, 1), head(1, 3), head(1, 2), head(2, 1))
    run = world.run()
    assert run.heads == 2
    assert {(h.dispatch_id, h.seq) for h in world.seals.leaves(1)} == {
        (head(1).dispatch_id, 3),
        (head(2).dispatch_id, 1),
    }
    assert world.index.markers == {}, "the last entry covers those before it"


def test_a_message_that_goes_on_is_sealed_again(world: World) -> None:
    world.mark(head(1, 1))
    world.run()
    world.mark(head(1, 2))
    world.run()
    reader = InclusionReader(world.index, world.seals)
    found = reader.inclusions(head(1).dispatch_id)
    assert [(i.seal.statement.seal, i.seq) for i in found] == [(1, 1), (2, 2)]
    world.assert_chained()


def test_a_message_without_a_seal_has_no_inclusion(world: World) -> None:
    world.mark(head(1))
    reader = InclusionReader(world.index, world.seals)
    assert list(reader.inclusions(head(1).dispatch_id)) == []
    world.run()
    assert list(reader.inclusions(head(2).dispatch_id)) == []


def test_a_great_backlog_takes_several_seals_in_one_run(world: World) -> None:
    world.max_heads = 10
    heads = [head(n) for n in range(35)]
    world.mark(*heads)
    run = world.run()
    assert (run.seals, run.heads, run.drained) == (4, 35, True)
    assert [world.seal(n).statement.count for n in (1, 2, 3, 4)] == [10, 10, 10, 5]
    for each in heads:
        world.assert_covered(each)
    world.assert_chained()


def test_a_run_ends_in_time_and_the_next_goes_on(world: World) -> None:
    world.max_heads = 10
    world.mark(*(head(n) for n in range(35)))
    clock = iter([300.0, 200.0, 149.0])
    run = world.run(seconds_left=lambda: next(clock))
    assert (run.seals, run.heads, run.drained) == (2, 20, False)
    assert len(world.index.markers) == 15
    assert world.run().drained
    world.assert_chained()


def test_even_a_run_with_little_time_makes_one_seal(world: World) -> None:
    world.max_heads = 10
    world.mark(*(head(n) for n in range(35)))
    clock = iter([0.5, 0.1, 0.0])
    assert world.run(seconds_left=lambda: next(clock)).seals == 1


@pytest.mark.parametrize("which", ["signer", "stamper"])
def test_who_is_down_delays_the_seal_and_loses_nothing(world: World, which: str) -> None:
    earlier, later = head(1), head(2)
    world.mark(earlier, at=NOW - timedelta(minutes=40))
    part = getattr(world, which)
    part.is_down = True
    for _ in range(3):
        run = world.run()
        assert isinstance(run.failed, TemporaryError)
        assert (run.seals, run.drained) == (0, False)
        assert run.age_seconds(NOW) == 2_400
    assert world.seals.written == {}
    assert len(world.index.markers) == 1
    world.mark(later)
    part.is_down = False
    assert world.run().heads == 2
    for each in (earlier, later):
        world.assert_covered(each)
    world.assert_chained()


def test_the_age_is_that_of_the_oldest_entry_without_a_seal(world: World) -> None:
    assert world.run().age_seconds(NOW) == 0
    world.mark(head(1), at=NOW - timedelta(seconds=90))
    world.mark(head(2), at=NOW - timedelta(seconds=200, milliseconds=900))
    world.mark(head(3), at=NOW + timedelta(seconds=5))
    assert world.run().age_seconds(NOW) == 200
    world.mark(head(4), at=NOW + timedelta(seconds=5))
    assert world.run().age_seconds(NOW) == 0, "clocks differ; nothing is younger than nothing"


# Interrupted -------------------------------------------------------------------------------------


@dataclass
class Interrupted:
    """A port that is left, at one of its calls, before or after the call was done."""

    real: Any
    method: str
    after: bool
    times: int = 1

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method
        real = getattr(self.real, name)
        if name != self.method:
            return real

        def once(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - handed through
            self.times -= 1
            if self.times:
                return real(*args, **named)
            if self.after:
                real(*args, **named)
            raise Crash

        return once


STEPS = [
    ("index", "last"),
    ("index", "pending"),
    ("seals", "find"),
    ("seals", "keep_leaves"),
    ("signer", "public_key_pem"),
    ("signer", "sign"),
    ("stamper", "stamp"),
    ("seals", "put"),
    ("seals", "leaves"),
    ("index", "finish"),
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("port", "method"), STEPS, ids=[method for _, method in STEPS])
def test_a_crash_at_any_step_is_made_good_by_the_next_run(
    world: World, port: str, method: str, *, after: bool
) -> None:
    world.mark(head(0))
    world.run()  # a seal before, so that there is one to be bound to
    heads = [head(n, seq) for n in range(1, 6) for seq in (1, 2)]
    world.mark(*heads)
    instead: dict[str, Any] = {port: Interrupted(getattr(world, port), method, after)}
    with pytest.raises(Crash):
        world.run(**instead)
    late = head(9)
    world.mark(late)
    run = world.run(now=NOW + timedelta(minutes=5))
    assert run.drained
    assert world.index.markers == {}
    for each in (*heads, late):
        world.assert_covered(each)
    world.assert_chained()
    assert world.index.last() == len(world.seals.written)


class HalfDone(MemorySealIndex):
    """Its table takes what fits before the process ends."""

    def finish(self, seal: int, heads: Sequence[Head], covered: Sequence[Marker]) -> None:
        super().finish(seal, heads[:2], covered[:1])
        self.last_seal = seal - 1
        raise Crash


def test_half_a_bookkeeping_is_done_again_whole(world: World) -> None:
    heads = [head(n) for n in range(5)]
    world.mark(*heads)
    half = HalfDone(world.index.markers, world.index.pointed)
    with pytest.raises(Crash):
        world.run(index=half)
    assert len(world.index.markers) == 4
    run = world.run()
    assert (run.seals, run.heads, run.drained) == (1, 5, True)
    assert len(world.seals.written) == 1, "the seal that was written is the seal"
    for each in heads:
        world.assert_covered(each)


@dataclass
class Meanwhile:
    """An index to which a message is added between reading and deleting."""

    real: MemorySealIndex
    new: Head

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method
        return getattr(self.real, name)

    def finish(self, seal: int, heads: Sequence[Head], covered: Sequence[Marker]) -> None:
        if seal == 1:
            self.real.mark(self.new, NOW)
        self.real.finish(seal, heads, covered)


@pytest.mark.parametrize("new", [head(1, 2), head(7)], ids=["same message", "another"])
def test_what_is_appended_meanwhile_stays_marked_until_its_own_seal(
    world: World, new: Head
) -> None:
    world.mark(head(1, 1))
    clock = iter([10.0, 1.0])
    run = world.run(index=Meanwhile(world.index, new), seconds_left=lambda: next(clock))
    assert (run.seals, run.drained) == (1, False)
    assert [m.head for m in world.index.markers.values()] == [new]
    world.run()
    world.assert_covered(new)
    world.assert_chained()


def test_two_runs_at_once_write_one_seal_and_agree_on_it(world: World) -> None:
    world.mark(head(1), head(2))

    class Slow(MemoryTimeStamper):
        def stamp(self, data: bytes) -> bytes:
            if not world.seals.written:
                world.mark(head(3))
                world.run()  # the other run, from beginning to end
            return super().stamp(data)

    run = world.run(stamper=Slow(world.stamper.stamped))
    assert run.drained
    assert [world.seal(n).statement.count for n in (1, 2)] == [2, 1]
    assert world.index.markers == {}
    for each in (head(1), head(2), head(3)):
        world.assert_covered(each)
    world.assert_chained()


def test_a_marker_that_comes_again_is_only_sealed_again(world: World) -> None:
    world.mark(head(1, 2))
    world.run()
    world.mark(head(1, 1), head(1, 2))
    assert world.run().drained
    world.assert_covered(head(1, 2))
    world.assert_chained()


def test_another_entry_at_a_place_that_is_sealed_gets_a_seal_of_its_own(world: World) -> None:
    """A table that was restored to before an entry has another one there when it goes on."""
    before = head(1, 3)
    world.mark(before)
    world.run()
    world.index = MemorySealIndex()
    other = before._replace(hash=hashlib.sha256(b"outra").hexdigest())
    world.mark(other)
    assert world.run().drained
    assert world.index.markers == {}
    assert list(world.seals.leaves(2)) == [other]
    world.assert_chained()


def test_a_table_that_lost_its_count_finds_every_seal_again(world: World) -> None:
    for number in range(1, 4):
        world.mark(head(number))
        world.run()
    world.index = MemorySealIndex()
    assert world.run().drained
    assert world.index.last() == 3
    for number in range(1, 4):
        world.assert_covered(head(number))


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=30), st.integers(1, 4))
def test_whatever_comes_whenever_everything_is_covered(
    story: list[tuple[int, bool]], max_heads: int
) -> None:
    world = World(max_heads=max_heads)
    lengths: dict[int, int] = {}
    for message, is_sealed_then in story:
        lengths[message] = lengths.get(message, 0) + 1
        world.mark(head(message, lengths[message]))
        if is_sealed_then:
            world.run()
    world.run()
    assert world.index.markers == {}
    for message, length in lengths.items():
        world.assert_covered(head(message, length))
    world.assert_chained()
