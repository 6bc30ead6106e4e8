"""The in-memory twin of `regua.adapters.dynamodb_visitors`."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from regua.adapters.dynamodb_visitors import BUCKET_SECONDS, MOST, Pseudonyms
from regua.application.ports import AccountKey, Touch
from regua.domain.delivery import EventKind
from regua.domain.ids import DispatchId


class MemoryRecentVisitors:
    """Touches in a dictionary."""

    def __init__(self, key: bytes = b"an invented random string") -> None:
        self._pseudonyms = Pseudonyms(key)
        self.touches: dict[tuple[str, int], set[Touch]] = defaultdict(set)

    def touch(
        self, account: AccountKey, ip: str, hit: tuple[DispatchId, EventKind, str], at: datetime
    ) -> Collection[Touch]:
        """Add a hit; return all of this address's in these ten minutes."""
        name = self._pseudonyms.of_address(account, ip)
        known = self.touches[name, int(at.timestamp()) // BUCKET_SECONDS]
        if len(known) < MOST:
            known.add(Touch(self._pseudonyms.of_recipient(account), *hit))
        return sorted(known)
