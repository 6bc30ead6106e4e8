"""The in-memory twin of the rulers' store."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from regua.adapters.memory import MemoryDirectory, MemoryPortfolio
from regua.application.creditor_rulers import with_rulers
from regua.application.ports import Creditor, WrittenRuler
from regua.application.ruler_document import read_ruler
from regua.domain.errors import VersionConflict
from regua.domain.ids import CreditorId
from regua.domain.uplift import ArmResult


class MemoryRulers:
    """Rulers in all their versions; what is written counts at once in the directory."""

    def __init__(self, directory: MemoryDirectory, portfolio: MemoryPortfolio) -> None:
        self.portfolio = portfolio
        self.written: dict[tuple[CreditorId, str], list[WrittenRuler]] = defaultdict(list)
        self.assignments: dict[CreditorId, Mapping[str, Any]] = {}
        self.offers: dict[CreditorId, Mapping[str, Any]] = {}
        directory.with_rulers = self._with_rulers

    def put_version(self, creditor_id: CreditorId, written: WrittenRuler) -> None:
        """Add the next version of a ruler."""
        known = self.written[creditor_id, written.name]
        if written.version != len(known) + 1:
            raise VersionConflict(written.name)
        known.append(written)

    def versions(self, creditor_id: CreditorId, name: str) -> Sequence[WrittenRuler]:
        """Return every version of a ruler, oldest first."""
        return list(self.written.get((creditor_id, name), ()))

    def put_assignment(self, creditor_id: CreditorId, document: Mapping[str, Any]) -> None:
        """Write who follows which ruler."""
        self.assignments[creditor_id] = document

    def replace_assignment(
        self,
        creditor_id: CreditorId,
        before: Mapping[str, Any] | None,
        document: Mapping[str, Any],
    ) -> None:
        """Write who follows which ruler in the place of what was read."""
        if self.assignments.get(creditor_id) != before:
            raise VersionConflict(creditor_id)
        self.assignments[creditor_id] = document

    def find_assignment(self, creditor_id: CreditorId) -> Mapping[str, Any] | None:
        """Return who follows which ruler, if it was written."""
        return self.assignments.get(creditor_id)

    def put_offers(self, creditor_id: CreditorId, document: Mapping[str, Any]) -> None:
        """Write what is offered to settle overdue debts."""
        self.offers[creditor_id] = document

    def replace_offers(
        self,
        creditor_id: CreditorId,
        before: Mapping[str, Any] | None,
        document: Mapping[str, Any],
    ) -> None:
        """Write what is offered in the place of what was read."""
        if self.offers.get(creditor_id) != before:
            raise VersionConflict(creditor_id)
        self.offers[creditor_id] = document

    def find_offers(self, creditor_id: CreditorId) -> Mapping[str, Any] | None:
        """Return what is offered, if it was written."""
        return self.offers.get(creditor_id)

    def results(self, creditor_id: CreditorId, name: str) -> Mapping[str, ArmResult]:
        """Return what each arm of a ruler's experiments brought."""
        return {
            arm: ArmResult(t.exposed, t.settled, t.recovered_centavos)
            for (whose, arm), t in self.portfolio.tallies.items()
            if whose == creditor_id and arm.startswith(f"{name}/")
        }

    def _with_rulers(self, registered: Creditor) -> Creditor:
        creditor_id = registered.creditor_id
        mine = {n: all_ for (c, n), all_ in self.written.items() if c == creditor_id and all_}
        assignment, offers = self.assignments.get(creditor_id), self.offers.get(creditor_id)
        if not mine and assignment is None and offers is None:
            return registered
        earlier = {
            f"{w.name}@{w.version}": read_ruler(w.document, version=w.version)
            for all_ in mine.values()
            for w in all_
        }
        return with_rulers(registered, mine, assignment, earlier, offers=offers)
