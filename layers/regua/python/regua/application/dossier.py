"""Everything that proves what happened to one message, as it is read back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from regua.domain.dispatch import DispatchRecord
from regua.domain.evidence import Entry
from regua.domain.ids import DispatchId
from regua.domain.seals import Seal


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """One entry of the chain with the hash recorded for it, and what it commits to.

    ``private``, ``nonce`` and ``raw`` are None when there is nothing, or when the customer's key
    was destroyed (``erased``).
    """

    entry: Entry
    recorded_hash: str
    private: Mapping[str, str] | None = field(default=None, repr=False)
    nonce: bytes | None = field(default=None, repr=False)
    raw: bytes | None = field(default=None, repr=False)
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That a seal covers a message's chain up to an entry."""

    seal: Seal
    seq: int
    """The sealed head's entry."""
    index: int
    """The head's place among the seal's leaves, from 0."""
    path: Sequence[bytes]
    """The audit path, from the leaf's sibling up."""


@dataclass(frozen=True, slots=True)
class MessageDossier:
    """One message: what was planned and became of it, its chain, and the seals over it."""

    record: DispatchRecord
    entries: Sequence[KeptEntry]
    """In the order of the chain."""
    inclusions: Sequence[Inclusion]
    """Oldest seal first; none before the first seal."""

    @property
    def dispatch_id(self) -> DispatchId:
        """The message."""
        return self.record.dispatch.dispatch_id


class EvidenceReader(Protocol):
    """Reads dossiers."""

    def read(self, dispatch_id: DispatchId) -> MessageDossier | None:
        """Return a message's dossier; None when the message is unknown."""
        ...


class SealReader(Protocol):
    """Reads seals."""

    def inclusions(self, dispatch_id: DispatchId) -> Sequence[Inclusion]:
        """Return the seals over a message, oldest first."""
        ...
