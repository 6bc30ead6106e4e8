"""The evidence of one message: an append-only chain of entries, each bound to the one before.

An entry states a fact without personal data. What is personal (an address, an IP) is bound by a
commitment that means nothing without its secret nonce, and the exact bytes (a message, a
provider's envelope) by their SHA-256; both are kept elsewhere, encrypted under a key of the
customer's own. When that key is destroyed (LGPD, Lei 13.709/2018 art. 16 and 18 VI) every hash can
still be verified and nothing personal can be read or guessed.

Every hash has a domain of its own, so that none can stand for another. Times are two: the
provider's (``at``) and ours (``observed_at``); a time stamp later gives the upper bound.

Source: ETSI EN 319 522-1 (names of evidence).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from regua.domain.delivery import EventKind
from regua.domain.exact import Exact
from regua.domain.ids import CreditorId, DispatchId

VERSION = 1
_CHAIN = b"regua.chain.v1\n"
_ENTRY = b"regua.entry.v1\n"
_PRIVATE = b"regua.private.v1\n"
NONCE_BYTES = 32


class Level(StrEnum):
    """How much an entry proves, from the composed message to an act of the customer's."""

    COMPOSED = "E0"
    ACCEPTED = "E1"
    FAILED = "E2-"
    """The attempt is proven, and that it did not arrive."""
    DELIVERED = "E2"
    FETCHED = "E3"
    """A machine fetched it: it corroborates the delivery."""
    OPENED = "E4"
    CLICKED = "E5"
    CONFIRMED = "E6"
    """A person confirmed the reading by a deliberate act."""
    ANSWERED = "E7"


ETSI = {
    Level.ACCEPTED: "SubmissionAcceptance",
    Level.FAILED: "RelayToNonERDSFailure",
    Level.DELIVERED: "RelayToNonERDS",
    Level.OPENED: "ContentAccessTracking",
    Level.CLICKED: "ContentAccessTracking",
    Level.CONFIRMED: "ContentHandover",
}
"""The nearest name of ETSI EN 319 522-1, where there is one."""

_LEVELS = {
    EventKind.COMPOSED: Level.COMPOSED,
    EventKind.ACCEPTED: Level.ACCEPTED,
    EventKind.SENT: Level.ACCEPTED,
    EventKind.DELAYED: Level.ACCEPTED,
    EventKind.UNKNOWN: Level.ACCEPTED,
    EventKind.SOFT_BOUNCED: Level.FAILED,
    EventKind.HARD_BOUNCED: Level.FAILED,
    EventKind.UNDELIVERED: Level.FAILED,
    EventKind.REJECTED: Level.FAILED,
    EventKind.DELIVERED: Level.DELIVERED,
    EventKind.ANSWERED: Level.DELIVERED,
    EventKind.COMPLAINED: Level.DELIVERED,
    EventKind.READ: Level.OPENED,
    EventKind.CONFIRMED: Level.CONFIRMED,
    EventKind.REPLIED: Level.ANSWERED,
    EventKind.IDENTIFIED: Level.CLICKED,
    EventKind.ACTED: Level.ANSWERED,
}
_BY_LABEL = {
    (EventKind.OPENED, "person"): Level.OPENED,
    (EventKind.OPENED, "image_proxy"): Level.OPENED,
    (EventKind.CLICKED, "person"): Level.CLICKED,
    (EventKind.UNSUBSCRIBED, "person"): Level.CLICKED,
}


def level_of(kind: EventKind, facts: Mapping[str, str]) -> Level:
    """Return the rung of a fact: an open or a click counts by who caused it.

    >>> str(level_of(EventKind.CLICKED, {"label": "security_scanner"}))
    'E3'
    """
    if kind is EventKind.RELABELLED:
        kind = EventKind(facts["of_kind"])
    return _LEVELS.get(kind) or _BY_LABEL.get((kind, facts.get("label", "")), Level.FETCHED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a message's chain. ``prev`` and hashes are 64 lowercase hex characters."""

    creditor_id: CreditorId
    dispatch_id: DispatchId
    seq: int
    """From 1, without a gap."""
    kind: EventKind
    at: datetime
    observed_at: datetime
    source: str
    """Who says so: ``regua``, ``aws.ses``, ``aws.sms-voice``, ``aws.social-messaging``."""
    event_id: str
    prev: str
    level: Level
    """How much it proves, as it was judged when it was written."""
    facts: Mapping[str, str] = field(default_factory=dict)
    private: str | None = None
    """Commitment to the personal facts, if there are any."""
    raw: Exact | None = None

    def document(self) -> dict[str, Any]:
        """Return what is hashed, as JSON values."""
        raw = self.raw
        return {
            "v": VERSION,
            "creditor_id": self.creditor_id,
            "dispatch_id": self.dispatch_id,
            "seq": self.seq,
            "kind": self.kind.value,
            "level": self.level.value,
            "at": spelled(self.at),
            "observed_at": spelled(self.observed_at),
            "source": self.source,
            "event_id": self.event_id,
            "facts": dict(self.facts),
            "private": self.private,
            "raw": raw and {"sha256": raw.sha256, "size": raw.size, "media_type": raw.media_type},
            "prev": self.prev,
        }

    @property
    def hash(self) -> str:
        """The entry's hash, which the next entry carries as ``prev``."""
        return hash_of(self.document())

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Entry":
        """Read an entry as `document` writes it.

        Raises:
            KeyError, ValueError, TypeError: it is none of ours.
        """
        raw = document["raw"]
        return cls(
            creditor_id=CreditorId(document["creditor_id"]),
            dispatch_id=DispatchId(document["dispatch_id"]),
            seq=document["seq"],
            kind=EventKind(document["kind"]),
            at=datetime.fromisoformat(document["at"]),
            observed_at=datetime.fromisoformat(document["observed_at"]),
            source=document["source"],
            event_id=document["event_id"],
            prev=document["prev"],
            level=Level(document["level"]),
            facts=document["facts"],
            private=document["private"],
            raw=raw and Exact(raw["sha256"], raw["size"], raw["media_type"]),
        )


def spelled(instant: datetime) -> str:
    """Spell an aware instant: UTC, milliseconds, ``Z``."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def canonical(document: Mapping[str, Any]) -> bytes:
    """Spell JSON in the one way that is hashed: sorted keys, no spaces, UTF-8, no floats.

    >>> canonical({"b": "ç", "a": [1, None]}).decode()
    '{"a":[1,null],"b":"ç"}'
    """
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def genesis(creditor_id: CreditorId, dispatch_id: DispatchId) -> str:
    """Return what the first entry of a message's chain is bound to: the message itself."""
    whose = {"creditor_id": creditor_id, "dispatch_id": dispatch_id}
    return hashlib.sha256(_CHAIN + canonical(whose)).hexdigest()


def hash_of(document: Mapping[str, Any]) -> str:
    """Hash an entry's document."""
    return hashlib.sha256(_ENTRY + canonical(document)).hexdigest()


def commitment(nonce: bytes, private: Mapping[str, str]) -> str:
    """Bind personal facts without showing them.

    Args:
        nonce: 32 secret random bytes; without them the facts cannot be guessed from the result.
        private: the facts.
    """
    if len(nonce) != NONCE_BYTES:
        raise ValueError("a commitment takes a nonce of 32 bytes")
    return hashlib.sha256(_PRIVATE + nonce + canonical(private)).hexdigest()


def broken_at(
    creditor_id: CreditorId,
    dispatch_id: DispatchId,
    entries: Sequence[tuple[Mapping[str, Any], str]],
) -> int | None:
    """Return the place, from 1, of the first entry that does not fit the chain; None when all do.

    Args:
        creditor_id: whose message it is.
        dispatch_id: the message.
        entries: documents with the hash recorded for each, in the order of the chain.
    """
    prev = genesis(creditor_id, dispatch_id)
    for place, (document, recorded) in enumerate(entries, start=1):
        fits = (
            document.get("seq") == place
            and document.get("prev") == prev
            and document.get("creditor_id") == creditor_id
            and document.get("dispatch_id") == dispatch_id
            and hash_of(document) == recorded
        )
        if not fits:
            return place
        prev = recorded
    return None
