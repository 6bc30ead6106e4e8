"""What is kept of exact bytes and personal facts, so that they can be found and proven again."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exact:
    """Exact bytes by their hash, length and kind, without the bytes."""

    sha256: str
    """64 lowercase hex characters."""
    size: int
    media_type: str

    @classmethod
    def of(cls, data: bytes, media_type: str) -> "Exact":
        """Hash bytes."""
        return cls(hashlib.sha256(data).hexdigest(), len(data), media_type)


@dataclass(frozen=True, slots=True)
class Kept:
    """What binds a fact to bytes and personal facts that are kept elsewhere, encrypted."""

    raw: Exact | None = None
    private: str | None = None
    """Commitment to the personal facts (`regua.domain.evidence.commitment`)."""
    ref: str | None = None
    """Where they are, as the vault spells it; None when nothing was kept."""
