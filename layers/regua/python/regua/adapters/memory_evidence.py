"""In-memory twins of what keeps evidence: keys that can be destroyed, and the vault."""

import secrets
from collections.abc import Collection, Mapping, Sequence

from regua.adapters.customer_keys import SALT_BYTES, data_key
from regua.adapters.sealed_blobs import Place, pack, unseal
from regua.application.keep_facts import KeepFacts
from regua.application.ports import AccountKey, Blob, DataKey, DispatchLedger
from regua.domain.errors import NotFound
from regua.domain.evidence import NONCE_BYTES


class MemoryKeys:
    """The customers' keys in a dictionary."""

    def __init__(self) -> None:
        self.keys: dict[AccountKey, DataKey] = {}

    def find(self, accounts: Collection[AccountKey]) -> Mapping[AccountKey, DataKey]:
        """Return the keys that exist."""
        return {a: self.keys[a] for a in accounts if a in self.keys}

    def make(self, account: AccountKey) -> DataKey:
        """Return a customer's key, made now if there is none."""
        new = data_key(b"master", secrets.token_bytes(SALT_BYTES))
        return self.keys.setdefault(account, new)

    def destroy(self, account: AccountKey) -> None:
        """Destroy a customer's key."""
        self.keys.pop(account, None)


class MemoryVault:
    """The vault in a dictionary: name to bytes."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def keep(self, blobs: Sequence[Blob]) -> Sequence[str]:
        """Keep blobs together in one object; return where each is."""
        if not blobs:
            return []
        name, content, places = pack(blobs)
        self.objects[name] = content
        return [str(place) for place in places]

    def read(self, ref: str, key: DataKey, bound_to: str) -> bytes:
        """Read one blob."""
        place = Place.of(ref)
        if place.key_id != key.key_id or place.name not in self.objects:
            raise NotFound
        content = self.objects[place.name][place.offset : place.offset + place.length]
        return unseal(content, key, bound_to)


def memory_facts(ledger: DispatchLedger) -> KeepFacts:
    """Keep facts of a ledger in memory."""
    return KeepFacts(ledger, MemoryKeys(), MemoryVault(), lambda: secrets.token_bytes(NONCE_BYTES))
