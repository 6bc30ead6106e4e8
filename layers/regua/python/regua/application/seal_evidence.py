"""Seal what is new: one Merkle root over the new chain heads, signed, time-stamped, written once.

The order is what makes every interruption safe::

    heads kept → statement → signature → time stamp → seal written once → bookkeeping

Until the seal is written nothing has happened, except that its heads are kept: the next run seals
these very heads. Once it is written the seal exists, and a run that finds it does the rest of its
bookkeeping before it goes on with the next number. A signer or an authority that is down delays the
seal and loses nothing: what is not sealed stays marked.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, Protocol

from regua.application.dossier import Inclusion
from regua.application.seal_document import key_sha256, leaves_document, read_leaves
from regua.domain import merkle
from regua.domain.errors import TemporaryError
from regua.domain.ids import DispatchId
from regua.domain.merkle import Head
from regua.domain.seals import FIRST_PREVIOUS, Seal, Statement

MAX_HEADS = 100_000
"""So many heads one seal covers at the most; their list has some ten megabytes."""
_TREES = 2
"""So many trees are remembered: a report asks for the messages of a few seals, one by one."""


class Marker(NamedTuple):
    """That a chain has an entry no seal covers yet."""

    head: Head
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where a message's head is: the seal, the head's entry, its place among the leaves from 0."""

    seal: int
    seq: int
    index: int


class SealIndex(Protocol):
    """What waits for a seal, and which seals a message has. It can be rebuilt from the seals."""

    def pending(self, limit: int, turn: int) -> Sequence[Marker]:
        """Return up to ``limit`` markers; another ``turn`` begins somewhere else."""
        ...

    def last(self) -> int:
        """Return the number of the last seal whose bookkeeping is done, 0 before the first."""
        ...

    def finish(self, seal: int, heads: Sequence[Head], covered: Sequence[Marker]) -> None:
        """Point from every head to its seal, then forget markers, then count the seal as done.

        Doing it again changes nothing.

        Raises:
            TemporaryError: it is not done whole.
        """
        ...

    def pointers(self, dispatch_id: DispatchId) -> Sequence[Pointer]:
        """Return where a message's seals are, oldest first."""
        ...


class SealStore(Protocol):
    """The seals and their heads; whatever is written stays as it is."""

    def keep_leaves(self, number: int, leaves: bytes) -> bytes:
        """Keep the heads of a seal to come; return what is kept, which an earlier run may have."""
        ...

    def put(self, seal: Seal) -> bool:
        """Write a seal; False when its number is taken."""
        ...

    def find(self, number: int) -> Seal | None:
        """Return a seal; None when it was not written."""
        ...

    def leaves(self, number: int) -> Sequence[Head]:
        """Return the heads of a seal, in the order of the tree's leaves.

        Raises:
            NotFound: none are kept.
        """
        ...


class Signer(Protocol):
    """Signs statements with a key that never leaves its place."""

    def sign(self, data: bytes) -> bytes:
        """Return an ECDSA P-256 signature over the SHA-256 of ``data``, DER.

        Raises:
            TemporaryError: the signer cannot answer now.
        """
        ...

    def public_key_pem(self) -> str:
        """Return the key that verifies, as PEM.

        Raises:
            TemporaryError: the signer cannot answer now.
        """
        ...


class TimeStamper(Protocol):
    """A time-stamping authority (RFC 3161)."""

    def stamp(self, data: bytes) -> bytes:
        """Return a TimeStampResp (DER) over the SHA-256 of ``data``, checked.

        Raises:
            TemporaryError: the authority does not answer, or what it answers is no such stamp.
        """
        ...


@dataclass(frozen=True, slots=True)
class SealRun:
    """What one run did."""

    seals: int = 0
    heads: int = 0
    oldest_at: datetime | None = None
    """When the oldest entry was observed that had no seal as the run began."""
    drained: bool = False
    """Whether nothing was left when it ended."""
    failed: TemporaryError | None = None
    """Why the next seal has to wait, if it has to."""

    def age_seconds(self, now: datetime) -> int:
        """Return how long the oldest entry had waited, in whole seconds; 0 when none did."""
        if self.oldest_at is None:
            return 0
        return max(0, int((now - self.oldest_at).total_seconds()))


@dataclass(frozen=True, slots=True)
class SealEvidence:
    """Seals until nothing is left or the time is up. Runs at the same time do no harm."""

    index: SealIndex
    seals: SealStore
    signer: Signer
    stamper: TimeStamper
    max_heads: int = MAX_HEADS

    def __call__(self, *, now: datetime, seconds_left: Callable[[], float]) -> SealRun:
        """Seal what is marked.

        Args:
            now: the instant that the seals name.
            seconds_left: how long the run may still take. The first seal is always begun, another
                one only while half of the time is left.
        """
        progress = _Progress()
        enough = seconds_left() / 2
        number = self.index.last() + 1
        while progress.seals == 0 or seconds_left() >= enough:
            markers = self.index.pending(self.max_heads, turn=number)
            progress.saw(markers)
            try:
                if not self._exists(number, markers, now):
                    return progress.result(drained=True)
                progress.finished(self._finish(number, markers))
            except TemporaryError as exc:
                return progress.result(failed=exc)
            number += 1
        return progress.result()

    def _exists(self, number: int, markers: Sequence[Marker], now: datetime) -> bool:
        """Make sure that a seal is written; False when there is nothing to seal."""
        if self.seals.find(number):
            return True
        heads = highest(marker.head for marker in markers)
        if not heads:
            return False
        leaves = self.seals.keep_leaves(number, leaves_document(heads))
        statement = self._statement(number, leaves, now)
        signature = self.signer.sign(statement.signed_bytes)
        stamp = self.stamper.stamp(signature)
        self.seals.put(Seal(statement, signature, self.signer.public_key_pem(), stamp))
        return True  # also when another run was faster: then it is that one's seal

    def _statement(self, number: int, leaves: bytes, now: datetime) -> Statement:
        heads = read_leaves(leaves)
        tree = merkle.levels([head.leaf for head in heads])
        return Statement(
            seal=number,
            root=tree[-1][0].hex(),
            count=len(heads),
            leaves_sha256=hashlib.sha256(leaves).hexdigest(),
            previous=self._previous(number),
            key_sha256=key_sha256(self.signer.public_key_pem()),
            sealed_at=now,
        )

    def _previous(self, number: int) -> str:
        if number == 1:
            return FIRST_PREVIOUS
        before = self.seals.find(number - 1)
        if before is None:
            raise TemporaryError("the seal before cannot be read")
        return before.digest

    def _finish(self, number: int, markers: Sequence[Marker]) -> int:
        """Do a written seal's bookkeeping, from what is written; return how many heads it has."""
        heads = self.seals.leaves(number)
        sealed = {head.dispatch_id: head for head in heads}
        covered = [m for m in markers if _covers(sealed.get(m.head.dispatch_id), m.head)]
        self.index.finish(number, heads, covered)
        return len(heads)


def _covers(sealed: Head | None, head: Head) -> bool:
    """Return whether a sealed head answers for a marked one.

    Another hash at the same place is another entry: the table was restored, and went on anew.
    """
    return sealed is not None and (head.seq < sealed.seq or head == sealed)


def highest(heads: Iterable[Head]) -> list[Head]:
    """Return the furthest head of each chain, sorted by message.

    >>> [h.seq for h in highest([Head(DispatchId("0f"), 2, "b"), Head(DispatchId("0f"), 1, "a")])]
    [2]
    """
    furthest: dict[DispatchId, Head] = {}
    for head in heads:
        known = furthest.get(head.dispatch_id)
        if known is None or known.seq < head.seq:
            furthest[head.dispatch_id] = head
    return sorted(furthest.values())


@dataclass(slots=True)
class _Progress:
    """Adds up what a run does."""

    seals: int = 0
    heads: int = 0
    waiting_since: list[datetime] = field(default_factory=list)

    def saw(self, markers: Sequence[Marker]) -> None:
        if markers:
            self.waiting_since.append(min(marker.observed_at for marker in markers))

    def finished(self, heads: int) -> None:
        self.seals += 1
        self.heads += heads

    def result(self, *, drained: bool = False, failed: TemporaryError | None = None) -> SealRun:
        oldest = min(self.waiting_since, default=None)
        return SealRun(self.seals, self.heads, oldest, drained, failed)


class InclusionReader:
    """Reads the seals over a message, and shows for each that it covers the message."""

    def __init__(self, index: SealIndex, seals: SealStore) -> None:
        self._index = index
        self._seals = seals
        self._sealed = lru_cache(maxsize=_TREES)(self._read)

    def inclusions(self, dispatch_id: DispatchId) -> Sequence[Inclusion]:
        """Return the seals over a message, oldest first.

        Raises:
            TemporaryError: a seal that is pointed to cannot be read.
        """
        return [self._inclusion(pointer) for pointer in self._index.pointers(dispatch_id)]

    def _inclusion(self, pointer: Pointer) -> Inclusion:
        seal, tree = self._sealed(pointer.seal)
        path = merkle.proof(tree, pointer.index)
        return Inclusion(seal, pointer.seq, pointer.index, path)

    def _read(self, number: int) -> tuple[Seal, list[list[bytes]]]:
        """Read a seal and build its tree again."""
        seal = self._seals.find(number)
        if seal is None:
            raise TemporaryError("a seal that is pointed to cannot be read")
        return seal, merkle.levels([head.leaf for head in self._seals.leaves(number)])
