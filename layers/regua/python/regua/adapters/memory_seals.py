"""The in-memory twins of what sealing needs."""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from regua.application.seal_document import read_leaves, read_seal, seal_document
from regua.application.seal_evidence import Marker, Pointer
from regua.domain.errors import NotFound, TemporaryError
from regua.domain.ids import DispatchId
from regua.domain.merkle import Head
from regua.domain.seals import Seal


@dataclass(slots=True)
class MemorySealIndex:
    """Markers, pointers and the number of the last seal."""

    markers: dict[tuple[DispatchId, int], Marker] = field(default_factory=dict)
    pointed: dict[DispatchId, dict[int, Pointer]] = field(default_factory=lambda: defaultdict(dict))
    last_seal: int = 0

    def mark(self, head: Head, observed_at: datetime) -> None:
        """Say that an entry has no seal yet, as the ledger does when it appends one."""
        self.markers[head.dispatch_id, head.seq] = Marker(head, observed_at)

    def pending(self, limit: int, turn: int) -> Sequence[Marker]:
        """Return markers, beginning with one of sixteen parts by the turn."""
        parts = [(_part(marker) - turn) % 16 for marker in self.markers.values()]
        found = sorted(zip(parts, self.markers.values(), strict=True))
        return [marker for _, marker in found[:limit]]

    def last(self) -> int:
        """Return the number of the last seal whose bookkeeping is done."""
        return self.last_seal

    def finish(self, seal: int, heads: Sequence[Head], covered: Sequence[Marker]) -> None:
        """Point to the seal, forget the markers, count the seal."""
        for index, head in enumerate(heads):
            self.pointed[head.dispatch_id][seal] = Pointer(seal, head.seq, index)
        for marker in covered:
            self.markers.pop((marker.head.dispatch_id, marker.head.seq), None)
        self.last_seal = seal

    def pointers(self, dispatch_id: DispatchId) -> Sequence[Pointer]:
        """Return where a message's seals are, oldest first."""
        return [pointer for _, pointer in sorted(self.pointed.get(dispatch_id, {}).items())]


def _part(marker: Marker) -> int:
    return hashlib.sha256(marker.head.dispatch_id.encode()).digest()[0] % 16


@dataclass(slots=True)
class MemorySeals:
    """Seals as the bytes they are written in."""

    kept: dict[int, bytes] = field(default_factory=dict)
    written: dict[int, bytes] = field(default_factory=dict)

    def keep_leaves(self, number: int, leaves: bytes) -> bytes:
        """Keep a seal's heads, or return those that an earlier run kept."""
        return self.kept.setdefault(number, leaves)

    def put(self, seal: Seal) -> bool:
        """Write a seal; False when its number is taken."""
        number = seal.statement.seal
        if number in self.written:
            return False
        self.written[number] = seal_document(seal)
        return True

    def find(self, number: int) -> Seal | None:
        """Return a seal; None when it was not written."""
        document = self.written.get(number)
        return None if document is None else read_seal(document)

    def leaves(self, number: int) -> Sequence[Head]:
        """Return a seal's heads, in the order of the tree's leaves."""
        if number not in self.kept:
            raise NotFound(f"heads of seal {number}")
        return read_leaves(self.kept[number])


class MemorySigner:
    """A signing key in memory; away while ``is_down``."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.is_down = False

    def sign(self, data: bytes) -> bytes:
        """Return an ECDSA P-256 signature over the SHA-256 of the data, DER."""
        self._answer()
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))

    def public_key_pem(self) -> str:
        """Return the key that verifies."""
        self._answer()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self._key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()

    def _answer(self) -> None:
        if self.is_down:
            raise TemporaryError("the signer is away")


@dataclass(slots=True)
class MemoryTimeStamper:
    """Remembers what it stamped; its stamps name the hash and prove nothing."""

    stamped: list[bytes] = field(default_factory=list)
    is_down: bool = False

    def stamp(self, data: bytes) -> bytes:
        """Return what stands for a time stamp over the data."""
        if self.is_down:
            raise TemporaryError("the time-stamping authority is away")
        self.stamped.append(data)
        return b"stamp:" + base64.b64encode(hashlib.sha256(data).digest())
