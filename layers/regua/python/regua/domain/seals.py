"""A seal: one root over the new chain heads, signed, time-stamped, bound to the seal before it.

The statement is what is signed, byte for byte as `canonical` spells it; the time stamp is over the
signature, and so covers both. Seals count from 1 without a gap, and each names the hash of the one
before: none can be left out or exchanged afterwards.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regua.domain.evidence import canonical, spelled

_TYPE = "regua.seal.v1"
FIRST_PREVIOUS = "0" * 64


@dataclass(frozen=True, slots=True)
class Statement:
    """What a seal says. Hashes are 64 lowercase hex characters."""

    seal: int
    root: str
    count: int
    leaves_sha256: str
    """Of the object that lists the heads."""
    previous: str
    """Of the seal before: SHA-256 of its statement and signature (`Seal.digest`)."""
    key_sha256: str
    """Of the signing key's SubjectPublicKeyInfo (DER)."""
    sealed_at: datetime

    def document(self) -> dict[str, Any]:
        """Return the statement as JSON values."""
        return {
            "type": _TYPE,
            "seal": self.seal,
            "root": self.root,
            "count": self.count,
            "leaves_sha256": self.leaves_sha256,
            "previous": self.previous,
            "key_sha256": self.key_sha256,
            "sealed_at": spelled(self.sealed_at),
        }

    @property
    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return canonical(self.document())

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Statement":
        """Read a statement as `document` writes it.

        Raises:
            KeyError, ValueError, TypeError: it is none of ours.
        """
        if document["type"] != _TYPE:
            raise ValueError("not a seal's statement")
        return cls(
            seal=document["seal"],
            root=document["root"],
            count=document["count"],
            leaves_sha256=document["leaves_sha256"],
            previous=document["previous"],
            key_sha256=document["key_sha256"],
            sealed_at=datetime.fromisoformat(document["sealed_at"]),
        )


@dataclass(frozen=True, slots=True)
class Seal:
    """A statement, its ECDSA P-256 SHA-256 signature (DER), and the RFC 3161 response over it."""

    statement: Statement
    signature: bytes
    public_key_pem: str
    timestamp: bytes
    """The whole TimeStampResp, DER."""

    @property
    def digest(self) -> str:
        """What the next seal names as ``previous``."""
        return hashlib.sha256(self.statement.signed_bytes + self.signature).hexdigest()
