"""A message's dossier: its chain with everything it binds, and the seals over it."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from regua.application.dossier import KeptEntry, MessageDossier, SealReader
from regua.application.keep_facts import bound_to, read_contents
from regua.application.ports import (
    AccountKey,
    ChainLink,
    CustomerKeys,
    DataKey,
    DispatchLedger,
    EvidenceVault,
)
from regua.domain.errors import NotFound
from regua.domain.exact import Kept
from regua.domain.ids import DispatchId

_READERS = 8
"""Blobs are read side by side: one after the other, many would take too long."""


@dataclass(frozen=True, slots=True)
class ReadDossier:
    """Reads dossiers (`regua.application.dossier.EvidenceReader`)."""

    ledger: DispatchLedger
    keys: CustomerKeys
    vault: EvidenceVault
    seals: SealReader

    def read(self, dispatch_id: DispatchId) -> MessageDossier | None:
        """Return a message's dossier; None when the message is unknown."""
        found = self.ledger.find(dispatch_id)
        if found is None:
            return None
        record = found[0]
        account = AccountKey(record.dispatch.creditor_id, record.dispatch.customer_id)
        keys = self.keys.find([account])
        chain = self.ledger.chain(dispatch_id)
        with ThreadPoolExecutor(_READERS) as pool:
            entries = list(pool.map(lambda link: self._kept(link, account, keys), chain))
        return MessageDossier(record, entries, self.seals.inclusions(dispatch_id))

    def _kept(
        self, link: ChainLink, account: AccountKey, keys: Mapping[AccountKey, DataKey]
    ) -> KeptEntry:
        entry = link.entry
        bare = KeptEntry(entry, link.recorded_hash)
        if entry.raw is None and entry.private is None:
            return bare
        gone = KeptEntry(entry, link.recorded_hash, erased=True)
        key = keys.get(account)
        if link.ref is None or key is None:
            return gone
        kept = Kept(entry.raw, entry.private)
        try:
            data = self.vault.read(link.ref, key, bound_to(entry.dispatch_id, kept))
        except NotFound:
            return gone
        contents = read_contents(data, kept)
        return KeptEntry(
            entry,
            link.recorded_hash,
            private=contents.private if entry.private else None,
            nonce=contents.nonce,
            raw=contents.raw,
        )
