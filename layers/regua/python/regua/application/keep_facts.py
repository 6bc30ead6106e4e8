"""Facts on their way to the ledger: what is personal, and exact bytes, go to the vault first.

The ledger's chains then hold hashes and commitments only. What is kept of a fact is one blob under
the customer's key: a line of canonical JSON with the personal facts and the nonce that binds them,
then the exact bytes.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from regua.application.ports import (
    AccountKey,
    Blob,
    CustomerKeys,
    DataKey,
    DispatchLedger,
    EvidenceVault,
)
from regua.domain.delivery import MessageEvent
from regua.domain.evidence import canonical, commitment
from regua.domain.exact import Exact, Kept
from regua.domain.ids import DispatchId


@dataclass(frozen=True, slots=True)
class Contents:
    """What a blob holds, as it is read back."""

    private: Mapping[str, str]
    nonce: bytes | None
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class _Secured:
    """A fact without what is personal, and what is to be kept of it."""

    event: MessageEvent
    blob: Blob | None


@dataclass(frozen=True, slots=True)
class KeepFacts:
    """Adds facts to the ledger once what they bind is kept; stands where a ledger's append does."""

    ledger: DispatchLedger
    keys: CustomerKeys
    vault: EvidenceVault
    nonce: Callable[[], bytes]
    """Returns 32 random bytes."""

    def append(self, events: Sequence[MessageEvent]) -> None:
        """Keep and add facts about messages; the same fact again changes nothing.

        Raises:
            TemporaryError: the vault or the ledger does not take them; nothing is half done that
                another try would not finish.
        """
        accounts = self.ledger.accounts_of({e.dispatch_id for e in events if _binds(e)})
        keys = self.keys.find(set(accounts.values()))
        self.ledger.append(self._keep(events, accounts, keys))

    def secure(self, events: Sequence[tuple[AccountKey, MessageEvent]]) -> Sequence[MessageEvent]:
        """Keep what facts about these customers' messages bind; return them ready for the ledger.

        A customer without a key gets one.

        Raises:
            TemporaryError: the vault does not take it.
        """
        keys = self._keys({account for account, _ in events})
        accounts = {event.dispatch_id: account for account, event in events}
        return self._keep([event for _, event in events], accounts, keys)

    def _keys(self, wanted: AbstractSet[AccountKey]) -> Mapping[AccountKey, DataKey]:
        """Return everybody's key; the first that is made may bring what the others were missing."""
        keys = dict(self.keys.find(wanted))
        missing = sorted(wanted - keys.keys(), key=lambda a: (a.creditor_id, a.customer_id))
        if missing:
            keys[missing[0]] = self.keys.make(missing[0])
            keys |= self.keys.find(missing[1:])
        for account in missing:
            if account not in keys:
                keys[account] = self.keys.make(account)
        return keys

    def _keep(
        self,
        events: Sequence[MessageEvent],
        accounts: Mapping[DispatchId, AccountKey],
        keys: Mapping[AccountKey, DataKey],
    ) -> Sequence[MessageEvent]:
        secured = []
        for event in events:
            account = accounts.get(event.dispatch_id)
            secured.append(self._secure(event, keys.get(account) if account else None))
        blobs = [each.blob for each in secured if each.blob is not None]
        refs = iter(self.vault.keep(blobs) if blobs else ())
        return [
            each.event if each.blob is None else _placed(each.event, next(refs)) for each in secured
        ]

    def _secure(self, event: MessageEvent, key: DataKey | None) -> _Secured:
        """Take out of a fact what is personal.

        Of a customer whose key is destroyed only the hash of the exact bytes stays.
        """
        if event.kept is not None or not _binds(event):
            return _Secured(event, None)
        raw = None if event.raw is None else Exact.of(event.raw, event.media_type)
        nonce = self.nonce() if event.private and key is not None else None
        bound = commitment(nonce, event.private) if nonce else None
        kept = Kept(raw, bound)
        bare = replace(event, private={}, raw=None, kept=kept)
        if key is None:
            return _Secured(bare, None)
        header = {"nonce": nonce and nonce.hex(), "facts": dict(event.private)}
        data = canonical(header) + b"\n" + (event.raw or b"")
        return _Secured(bare, Blob(key, bound_to(event.dispatch_id, kept), data))


def _binds(event: MessageEvent) -> bool:
    return event.raw is not None or bool(event.private)


def _placed(event: MessageEvent, ref: str) -> MessageEvent:
    kept = event.kept or Kept()
    return replace(event, kept=replace(kept, ref=ref))


def bound_to(dispatch_id: DispatchId, kept: Kept) -> str:
    """Return what a blob is authenticated with: the message, its bytes' hash, its commitment."""
    raw = kept.raw.sha256 if kept.raw else "-"
    return f"{dispatch_id}:{raw}:{kept.private or '-'}"


def read_contents(data: bytes, kept: Kept) -> Contents:
    """Read what `KeepFacts` put into a blob."""
    header, _, raw = data.partition(b"\n")
    document: Mapping[str, Any] = json.loads(header)
    nonce = document["nonce"]
    return Contents(
        private=document["facts"],
        nonce=bytes.fromhex(nonce) if nonce else None,
        raw=raw if kept.raw is not None else None,
    )
