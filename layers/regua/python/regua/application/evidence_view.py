"""What the API tells of a message's evidence: the chain and its seals, in plain data."""

from collections.abc import Mapping
from typing import Any

from regua.application.dossier import Inclusion, KeptEntry, MessageDossier


def evidence_view(dossier: MessageDossier) -> Mapping[str, Any]:
    """Describe a message's evidence; exact bytes stand as their hashes.

    Personal facts are the creditor's own data: they are shown with the nonce that opens their
    commitment, unless they were erased.
    """
    record = dossier.record
    return {
        "dispatch_id": dossier.dispatch_id,
        "channel": record.dispatch.channel.value,
        "step_id": record.dispatch.step_id,
        "state": record.state.value,
        "provider_message_id": record.provider_message_id,
        "invoices": [i.external_id for i in record.dispatch.invoices],
        "entries": [_entry(kept) for kept in dossier.entries],
        "seals": [_inclusion(inclusion) for inclusion in dossier.inclusions],
    }


def _entry(kept: KeptEntry) -> Mapping[str, Any]:
    bound = None
    if kept.private is not None and kept.nonce is not None:
        bound = {"nonce": kept.nonce.hex(), "facts": dict(kept.private)}
    return {
        "entry": kept.entry.document(),
        "hash": kept.recorded_hash,
        "private": bound,
        "erased": kept.erased,
    }


def _inclusion(inclusion: Inclusion) -> Mapping[str, Any]:
    statement = inclusion.seal.statement
    return {
        "seal": statement.seal,
        "sealed_at": statement.document()["sealed_at"],
        "seq": inclusion.seq,
        "index": inclusion.index,
        "count": statement.count,
        "path": [step.hex() for step in inclusion.path],
        "root": statement.root,
    }
