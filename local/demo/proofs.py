"""What the evidence says about messages, read without the system's own views.

Chains are read from the table and hashed again here; the report is verified offline, as anybody
who is handed it would.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from local.anchors import SEAL_KEY, SIGNER_CA, TSA_CA
from local.stack import Stack

if TYPE_CHECKING:
    from regua.domain.ids import DispatchId

_WORKERS = 4


@dataclass(frozen=True, slots=True)
class Proof:
    """One message's chain: the hashes of what was composed, and whether it is whole and sealed."""

    dispatch_id: str
    composed: frozenset[str]
    entries: int
    is_whole: bool
    is_sealed: bool


@dataclass(frozen=True, slots=True)
class Laudo:
    """A report that was issued, kept in a file and verified there."""

    number: str
    path: Path
    conclusion: str
    checks: int
    failed: int

    @property
    def is_proven(self) -> bool:
        """Tell whether everything it says is sealed and holds."""
        return self.conclusion == "proven" and not self.failed


def read_proofs(stack: Stack, dispatch_ids: Sequence[str]) -> list[Proof]:
    """Read and hash the chains of messages."""
    from regua.adapters.dynamodb_ledger import DynamoLedger  # noqa: PLC0415 - after set-up
    from regua.adapters.dynamodb_seals import DynamoSealIndex  # noqa: PLC0415
    from regua.domain.delivery import EventKind  # noqa: PLC0415
    from regua.domain.evidence import broken_at  # noqa: PLC0415

    ledger = DynamoLedger(stack.dynamodb, stack.tables["messages"])
    index = DynamoSealIndex(stack.dynamodb, stack.tables["messages"])

    def read(dispatch_id: "DispatchId") -> Proof:
        links = ledger.chain(dispatch_id)
        documents = [(link.entry.document(), link.recorded_hash) for link in links]
        creditor_id = links[0].entry.creditor_id if links else None
        sealed = max((p.seq for p in index.pointers(dispatch_id)), default=0)
        return Proof(
            dispatch_id,
            frozenset(
                link.entry.raw.sha256
                for link in links
                if link.entry.kind is EventKind.COMPOSED and link.entry.raw is not None
            ),
            len(links),
            creditor_id is not None and broken_at(creditor_id, dispatch_id, documents) is None,
            bool(links) and sealed == len(links),
        )

    with ThreadPoolExecutor(_WORKERS) as pool:
        return list(pool.map(read, dispatch_ids))


def verify_report(pdf: bytes, number: str, path: Path, anchors: Path) -> Laudo:
    """Keep a report in a file and verify it there, with nothing but what is known from outside."""
    from regua.adapters.evidence_checks import checkers  # noqa: PLC0415 - loads cryptography
    from regua.adapters.signed_report import open_report  # noqa: PLC0415
    from regua.application.verdict import Outcome  # noqa: PLC0415
    from regua.application.verify_bundle import Anchors  # noqa: PLC0415
    from regua.application.verify_file import VerifyFile  # noqa: PLC0415

    path.write_bytes(pdf)
    found = VerifyFile(checkers(), open_report)(
        path.read_bytes(),
        anchors=Anchors(_pem(anchors / SEAL_KEY), _pem(anchors / TSA_CA)),
        signer_ca_pem=_pem(anchors / SIGNER_CA),
        now=datetime.now(UTC),
    )
    checks = found.verdict.checks
    failed = sum(check.outcome is Outcome.FAILED for check in checks)
    return Laudo(number, path, found.verdict.conclusion.value, len(checks), failed)


def _pem(path: Path) -> str:
    return path.read_text(encoding="ascii")
