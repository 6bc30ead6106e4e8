"""A creditor's document over the API: written whole, against what the writer saw, and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regua.application.admin_ports import TenantStore
from regua.application.creditor_document import CreditorDocument, read_creditor
from regua.application.ports import Creditor
from regua.application.preconditions import Expectation, tag_of
from regua.application.sender_domains import SenderDomains, is_within
from regua.domain.errors import InvalidInput, NotFound, Problem
from regua.domain.ids import CreditorId

FIXED = ("creditor_id", "document", "event_sources", "ruler")
"""What a creditor cannot change in its own document.

Who it is and whose events count as its own is for whoever runs the deployment to say. The ruler in
the document is version 0 and history refers to it; the next version is written as a ruler.
"""


@dataclass(frozen=True, slots=True)
class Written:
    """A document as it stands, and whether it is new."""

    document: Mapping[str, Any]
    is_new: bool = False

    @property
    def etag(self) -> str:
        """Return what names this very content."""
        return tag_of(self.document)


@dataclass(frozen=True, slots=True)
class Tenants:
    """Registers creditors and changes what they are."""

    store: TenantStore
    domains: SenderDomains
    templates: frozenset[str]

    def get(self, creditor_id: CreditorId) -> Written:
        """Return a creditor's document.

        Raises:
            NotFound: no such creditor.
        """
        found = self.store.document(creditor_id)
        if found is None:
            raise NotFound(creditor_id)
        return Written(found)

    def register(
        self,
        creditor_id: CreditorId,
        body: Mapping[str, Any],
        expected: Expectation,
        now: datetime,
    ) -> Written:
        """Register a creditor, or replace its document.

        Args:
            creditor_id: which; a body that names another is refused.
            body: the document.
            expected: what must be so of the document that is replaced.
            now: when.

        Raises:
            InvalidInput: with the path and reason of every problem found.
            PreconditionFailed: what stands there is not what is expected.
            VersionConflict: somebody wrote at the same moment.
        """
        old = self.store.document(creditor_id)
        expected.check(lambda: None if old is None else tag_of(old))
        new = {**body, "creditor_id": body.get("creditor_id", creditor_id)}
        if new["creditor_id"] != creditor_id:
            raise InvalidInput.at("creditor_id", "is not the one of the path")
        return self._write(creditor_id, new, old, now)

    def change(
        self,
        creditor_id: CreditorId,
        body: Mapping[str, Any],
        expected: Expectation,
        now: datetime,
    ) -> Written:
        """Replace a creditor's document as the creditor itself may: see `FIXED`.

        A fixed part that is left out stays as it is.

        Raises:
            NotFound: no such creditor.
            InvalidInput: with the path and reason of every problem found.
            PreconditionFailed: what stands there is not what is expected.
            VersionConflict: somebody wrote at the same moment.
        """
        old = self.get(creditor_id).document
        expected.check(lambda: tag_of(old))
        kept = {name: old[name] for name in FIXED if name in old}
        new = {**kept, **body}
        read_creditor(new)
        before, after = (CreditorDocument.model_validate(each) for each in (old, new))
        changed = [name for name in FIXED if getattr(before, name) != getattr(after, name)]
        if changed:
            raise InvalidInput(tuple(Problem(name, _WHY[name]) for name in changed))
        return self._write(creditor_id, new, old, now)

    def _write(
        self,
        creditor_id: CreditorId,
        new: Mapping[str, Any],
        old: Mapping[str, Any] | None,
        now: datetime,
    ) -> Written:
        self._check_domains(read_creditor(new, templates=self.templates), now)
        if new != old:
            self.store.replace(creditor_id, new, old)
        return Written(new, is_new=old is None)

    def _check_domains(self, creditor: Creditor, now: datetime) -> None:
        """Refuse an address, or a signature, of a domain that is not the creditor's to use."""
        used = {"email": creditor.sender.email.rpartition("@")[2]}
        if creditor.dkim is not None:
            used["dkim.domain"] = creditor.dkim.domain
        allowed = self.domains.sendable(creditor.creditor_id, used.values(), now)
        problems = tuple(
            Problem(path, "is not a verified sender identity; PUT /v1/sender-identities/{domain}")
            for path, domain in used.items()
            if not any(is_within(domain, each) for each in allowed)
        )
        if problems:
            raise InvalidInput(problems)


_WHY = {
    "creditor_id": "is who you are and never changes",
    "document": "is changed by whoever runs this deployment",
    "event_sources": "are changed by whoever runs this deployment",
    "ruler": "is version 0 and never changes; PUT /v1/rulers/{name} writes the next one",
}
