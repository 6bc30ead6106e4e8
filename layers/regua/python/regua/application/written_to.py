"""The address that a message went to: known from its evidence alone."""

from dataclasses import dataclass

from regua.application.keep_facts import bound_to, read_contents
from regua.application.ports import AccountKey, CustomerKeys, DispatchLedger, EvidenceVault
from regua.domain.delivery import EventKind
from regua.domain.errors import NotFound
from regua.domain.ids import DispatchId


@dataclass(frozen=True, slots=True)
class WrittenTo:
    """Reads addresses back from the vault."""

    ledger: DispatchLedger
    keys: CustomerKeys
    vault: EvidenceVault

    def __call__(self, dispatch_id: DispatchId) -> str | None:
        """Return the address that a message was composed for, the last time it was.

        None when it was never composed, or what was kept of it cannot be read any more.
        """
        found = self.ledger.find(dispatch_id)
        if found is None:
            return None
        dispatch = found[0].dispatch
        account = AccountKey(dispatch.creditor_id, dispatch.customer_id)
        key = self.keys.find([account]).get(account)
        for event in reversed(found[1]):
            kept = event.kept
            if event.kind is not EventKind.COMPOSED or key is None:
                continue
            if kept is None or kept.ref is None or kept.private is None:
                continue
            try:
                data = self.vault.read(kept.ref, key, bound_to(dispatch_id, kept))
            except NotFound:
                return None
            return read_contents(data, kept).private.get("recipient")
        return None
