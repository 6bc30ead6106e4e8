"""How blobs lie in the vault: compressed, encrypted under the customer's key, one after another.

AES-256-GCM with a random 96-bit nonce; what a blob belongs to is authenticated with it, so that a
blob cannot be read as another's. A reference names the object, the place in it and the key.

Source: NIST SP 800-38D §8.2.2 (random nonces: at most 2^32 messages under one key).
"""

import re
import secrets
import zlib
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from regua.application.ports import Blob, DataKey
from regua.domain.errors import NotFound

_NONCE_BYTES = 12
_LARGEST = 64 * 1024 * 1024
_REF = re.compile(r"([A-Za-z0-9/._-]+)#(\d+)\+(\d+)@([0-9a-f]{16})")


class Place(NamedTuple):
    """Where a blob is: an object, an offset and a length in it, and the name of its key."""

    name: str
    offset: int
    length: int
    key_id: str

    def __str__(self) -> str:
        """Spell it as a reference."""
        return f"{self.name}#{self.offset}+{self.length}@{self.key_id}"

    @classmethod
    def of(cls, ref: str) -> "Place":
        """Read a reference.

        Raises:
            ValueError: it is none of ours.
        """
        found = _REF.fullmatch(ref)
        if found is None:
            raise ValueError("not a reference into the vault")
        return cls(found[1], int(found[2]), int(found[3]), found[4])


def pack(blobs: Sequence[Blob]) -> tuple[str, bytes, list[Place]]:
    """Return an object's name (by its content), its bytes, and where each blob is in it."""
    sealed = [_seal(blob) for blob in blobs]
    content = b"".join(sealed)
    digest = sha256(content).hexdigest()
    name = f"raw/{digest[:2]}/{digest}"
    places, offset = [], 0
    for blob, one in zip(blobs, sealed, strict=True):
        places.append(Place(name, offset, len(one), blob.key.key_id))
        offset += len(one)
    return name, content, places


def _seal(blob: Blob) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    cipher = AESGCM(blob.key.secret)
    return nonce + cipher.encrypt(nonce, zlib.compress(blob.data), blob.bound_to.encode())


def unseal(sealed: bytes, key: DataKey, bound_to: str) -> bytes:
    """Decrypt one blob.

    Raises:
        NotFound: it was kept under another key, for something else, or was changed.
    """
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        compressed = AESGCM(key.secret).decrypt(nonce, rest, bound_to.encode())
    except (InvalidTag, ValueError) as exc:
        raise NotFound from exc
    return zlib.decompressobj().decompress(compressed, _LARGEST)
