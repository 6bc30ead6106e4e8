"""A creditor writes what it offers to settle overdue debts: checked, kept, in force at once.

Nothing is scheduled anew: an offer is worked out when somebody asks for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regua.application.offers_document import UNWRITTEN, offers_warnings, read_offers
from regua.application.ports import Creditor, RulerStore
from regua.application.preconditions import NO_EXPECTATION, Expectation, tag_of
from regua.domain.errors import PreconditionFailed, Problem, VersionConflict


@dataclass(frozen=True, slots=True)
class WriteOffers:
    """Read and write the offers document."""

    store: RulerStore

    def find(self, creditor: Creditor) -> Mapping[str, Any]:
        """Return the document as it was written; before one was, that nothing is offered."""
        return self.store.find_offers(creditor.creditor_id) or UNWRITTEN

    def __call__(
        self,
        creditor: Creditor,
        document: Mapping[str, Any],
        *,
        expected: Expectation = NO_EXPECTATION,
    ) -> Sequence[Problem]:
        """Write the document, and return what is allowed in it and still doubtful.

        Args:
            creditor: as it is now; its rulers and segments are those that may be named.
            document: what its author wrote.
            expected: what must be written now.

        Raises:
            InvalidInput: with the path and reason of every problem found.
            PreconditionFailed: what is written now is not as ``expected``.
        """
        offers = read_offers(
            document,
            rulers=frozenset(creditor.rulers.lines),
            segments=frozenset(s.name for s in creditor.rulers.assignment.segments),
        )
        self._keep(creditor, document, expected)
        return tuple(offers_warnings(offers))

    def _keep(self, creditor: Creditor, document: Mapping[str, Any], expected: Expectation) -> None:
        if not expected:
            self.store.put_offers(creditor.creditor_id, document)
            return
        before = self.store.find_offers(creditor.creditor_id)
        expected.check(lambda: tag_of(before or UNWRITTEN))
        try:
            self.store.replace_offers(creditor.creditor_id, before, document)
        except VersionConflict as exc:
            raise PreconditionFailed from exc
