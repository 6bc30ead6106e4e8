"""A ruler is written: checked, kept as the next version, and brought to the accounts under way.

Writing touches no account. What a version means for invoices on an earlier one is applied when
their account is next looked at; the rescheduling that follows makes that happen soon, so that a
step the new version brings forward is not missed. It is queued before the version is written and
done after a delay: a crash in between costs a rescheduling that changes nothing, never one that
is missing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from regua.application.assignment_document import read_assignment
from regua.application.messages import RescheduleDue
from regua.application.ports import (
    AccountKey,
    Change,
    Creditor,
    CreditorDirectory,
    Portfolio,
    RulerStore,
    ShardQueue,
    WrittenRuler,
)
from regua.application.preconditions import NO_EXPECTATION, Expectation, tag_of
from regua.application.retrying import retried
from regua.application.ruler_document import read_ruler
from regua.domain.errors import InvalidInput, PreconditionFailed, VersionConflict
from regua.domain.ids import CreditorId
from regua.domain.ruler import Ruler
from regua.domain.rulers import Backfill, InFlight
from regua.domain.schedule import scheduled

PAGE = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """What a new version means for invoices on an earlier one, and for steps already past."""

    in_flight: InFlight
    backfill: Backfill


@dataclass(frozen=True, slots=True)
class ActivateRuler:
    """Write rulers and who follows which."""

    store: RulerStore
    queue: ShardQueue
    templates: frozenset[str]
    shards: int
    delay_seconds: int
    """How long functions may still know the version before; rescheduling waits for it."""

    def __call__(
        self,
        creditor: Creditor,
        name: str,
        document: object,
        choice: Choice,
        *,
        now: datetime,
        as_of: datetime | None = None,
        after: int | None = None,
    ) -> WrittenRuler:
        """Write the next version of a ruler; the one written last, unchanged, is no new one.

        Args:
            creditor: as it is now; its segments are those that steps may name.
            name: the ruler's.
            document: what its author wrote.
            choice: what the version means for invoices on an earlier one.
            now: when it comes into force.
            as_of: the instant to reschedule at, where time travels.
            after: the version that it must follow; 0 is what came with the creditor, or none.

        Raises:
            InvalidInput: with the path and reason of every problem found.
            PreconditionFailed: it would follow another version than ``after``.
            VersionConflict: somebody else wrote at the same moment.
        """
        checked = self.checked(creditor, name, document)
        versions = self.store.versions(creditor.creditor_id, name)
        if after is not None and len(versions) != after:
            raise PreconditionFailed(name)
        written = WrittenRuler(
            name=name,
            version=len(versions) + 1,
            document=checked,
            at=now,
            in_flight=choice.in_flight,
            backfill=choice.backfill,
        )
        if versions and versions[-1].document == checked:
            return versions[-1]
        self.reschedule(creditor.creditor_id, as_of)
        with _as_expected() if after is not None else nullcontext():
            self.store.put_version(creditor.creditor_id, written)
        return written

    def checked(self, creditor: Creditor, name: str, document: object) -> Mapping[str, Any]:
        """Return a document that can be followed.

        Raises:
            InvalidInput: with the path and reason of every problem found.
        """
        self.read(creditor, document)
        if not isinstance(document, Mapping) or document.get("name") != name:
            raise InvalidInput.at("name", f"is not the ruler's name in the address, {name}")
        return document

    def read(self, creditor: Creditor, document: object, version: int = 0) -> Ruler:
        """Read a document against the templates and segments that there are.

        Raises:
            InvalidInput: with the path and reason of every problem found.
        """
        segments = frozenset(s.name for s in creditor.rulers.assignment.segments)
        return read_ruler(document, templates=self.templates, segments=segments, version=version)

    def assign(
        self,
        creditor: Creditor,
        document: Mapping[str, Any],
        *,
        as_of: datetime | None = None,
        expected: Expectation = NO_EXPECTATION,
    ) -> None:
        """Write who follows which ruler.

        Raises:
            InvalidInput: with the path and reason of every problem found.
            PreconditionFailed: what is written now is not as ``expected``.
        """
        read_assignment(document, rulers=frozenset(creditor.rulers.lines))
        before = self.store.find_assignment(creditor.creditor_id) if expected else None
        expected.check(lambda: tag_of(before or unwritten_assignment(creditor)))
        self.reschedule(creditor.creditor_id, as_of)
        if not expected:
            self.store.put_assignment(creditor.creditor_id, document)
            return
        with _as_expected():
            self.store.replace_assignment(creditor.creditor_id, before, document)

    def reschedule(self, creditor_id: CreditorId, as_of: datetime | None = None) -> None:
        """Queue one message per shard, for when every function knows what was written."""
        messages = [
            RescheduleDue(creditor_id=creditor_id, shard=f"{n:02d}", as_of=as_of)
            for n in range(self.shards)
        ]
        self.queue.send(
            [m.model_dump(mode="json", exclude_none=True) for m in messages],
            delay_seconds=self.delay_seconds,
        )


def unwritten_assignment(creditor: Creditor) -> Mapping[str, Any]:
    """Return what stands for the assignment before one is written: all follow the same ruler."""
    return {"default_ruler": creditor.ruler.name}


@contextmanager
def _as_expected() -> Iterator[None]:
    """Tell a lost race as what it is to somebody who expected the state before it."""
    try:
        yield
    except VersionConflict as exc:
        raise PreconditionFailed from exc


@dataclass(frozen=True, slots=True)
class Reschedule:
    """Set anew when a creditor's accounts are looked at, a page at a time."""

    portfolio: Portfolio
    directory: CreditorDirectory
    queue: ShardQueue

    def __call__(self, due: RescheduleDue, *, now: datetime) -> int:
        """Reschedule one page of accounts and queue the next; return how many were moved."""
        creditor = self.directory.get(CreditorId(due.creditor_id))
        page = self.portfolio.open_accounts(creditor.creditor_id, due.shard, due.cursor, PAGE)
        moved = sum(self._one(creditor, key, now) for key in page.accounts)
        if page.cursor is not None:
            rest = due.model_copy(update={"cursor": page.cursor})
            self.queue.send([rest.model_dump(mode="json", exclude_none=True)])
        return moved

    def _one(self, creditor: Creditor, key: AccountKey, now: datetime) -> bool:
        def once() -> bool:
            account = self.portfolio.load_account(key.creditor_id, key.customer_id)
            again = scheduled(account, creditor.rulers, now, creditor.circumstances)
            if again.next_evaluation_at == account.next_evaluation_at:
                return False
            # its invoices move when it is decided, which also notes that they did
            later = replace(account, next_evaluation_at=again.next_evaluation_at)
            self.portfolio.commit(Change(later))
            return True

        return retried(once)
