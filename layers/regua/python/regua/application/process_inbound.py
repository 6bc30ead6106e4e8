"""What came in through a door is read, and becomes facts; a body is only ever a reason to look.

A Pix notification is a list of endToEndIds to ask the PSP about. What another system posts is read
by its connector, and each of its facts is applied by the same use cases as everything else; a
record that is refused stops no other, and is announced as ``IngestRejected``.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from regua.application.automatic_pix import AutomaticDebits
from regua.application.connect.acknowledge import Acknowledger, acknowledge
from regua.application.connect.apply import Applied, Outcome, apply
from regua.application.connect.facts import rulers_named
from regua.application.connect.receive import receive
from regua.application.debit_notices import is_about_debits
from regua.application.hook_ports import BodyStore, Hook, HookStore
from regua.application.hooks import PIX
from regua.application.inbound_pix import OpenCharges, PixTold, Posted, Sweep
from regua.application.ingest import Ingest
from regua.application.pix_ports import InboundQueue
from regua.application.ports import (
    Creditor,
    CreditorDirectory,
    EventPublisher,
    OutgoingEvent,
    Quarantine,
)
from regua.application.settle_pix import SettlePix
from regua.application.sweep_pix import SweepPix
from regua.application.validation import told, unicode_text
from regua.domain.errors import InvalidInput, NotFound, Problem
from regua.domain.ids import CreditorId
from regua.domain.pix.webhook import read_notification

Counts = Mapping[str, int]
"""What happened, by the name of its metric."""
REJECTED = "inbound_rejected"
_DROPPED: Counts = {"inbound_dropped": 1}
"""The creditor or the hook is gone since: nobody waits for it."""


@dataclass(frozen=True, slots=True)
class ProcessInbound:
    """The use cases behind the inbound queue, with what they need."""

    directory: CreditorDirectory
    hooks: HookStore
    bodies: BodyStore
    inbound: InboundQueue
    settle: SettlePix
    sweeps: SweepPix
    ingest: Ingest
    publisher: EventPublisher
    quarantine: Quarantine
    allow_future: bool = False
    automatic: AutomaticDebits | None = None
    """Looks after Pix Automático; None takes no notifications about it."""
    acknowledger: Acknowledger | None = None
    """Where what became of a hook's last post is put, for its system to read."""

    def __call__(self, message: Posted | PixTold | Sweep | OpenCharges, *, now: datetime) -> Counts:
        """Carry out one message of the queue; the same again changes nothing.

        Raises:
            TemporaryError: something was busy, or a PSP does not answer; give it again.
        """
        try:
            creditor = self.directory.get(CreditorId(message.creditor))
        except NotFound:
            return _DROPPED
        match message:
            case Posted():
                return self._posted(creditor, message, now)
            case PixTold():
                return {self.settle(creditor, message.end_to_end_id, now=now): 1}
            case Sweep():
                if not creditor.has_psp:
                    return _DROPPED
                found = self.sweeps.sweep(creditor, message, now=now)
                return {"pix_found": found.news, "pix_unreadable": found.unreadable}
            case OpenCharges():
                return {"charges_asked": self.sweeps.open_charges(message, now=now)}

    def _posted(self, creditor: Creditor, posted: Posted, now: datetime) -> Counts:
        try:
            hook = self.hooks.get(creditor.creditor_id, posted.hook_id)
            body = self.bodies.read(posted.ref)
        except NotFound:
            return _DROPPED
        try:
            if hook.kind == PIX and self.automatic is not None and is_about_debits(body):
                return self.automatic.notified(creditor, body, now=now)
            if hook.kind == PIX:
                return self._notified(creditor, posted, body, now)
            return self._connected(creditor, hook, posted, body, now)
        except InvalidInput as exc:
            self._reject(hook, posted, body, exc.problems, now)
            return {REJECTED: 1}

    # ── Pix ────────────────────────────────────────────────────────────────────────────────────

    def _notified(self, creditor: Creditor, posted: Posted, body: bytes, now: datetime) -> Counts:
        """Ask about the one Pix that was told of, or name each of many by itself."""
        received, problems = read_notification(body)
        named = list(dict.fromkeys(pix.end_to_end_id for pix in received))
        counts = Counter({"pix_notified": len(named), "pix_unreadable": len(problems)})
        if problems and not received:
            raise InvalidInput(problems)
        if len(named) == 1:
            counts[self.settle(creditor, named[0], now=now)] += 1
            return counts
        told_of = [
            PixTold(creditor=creditor.creditor_id, end_to_end_id=each, as_of=posted.as_of)
            for each in named
        ]
        self.inbound.send([each.model_dump(mode="json", exclude_none=True) for each in told_of])
        return counts

    # ── connectors ─────────────────────────────────────────────────────────────────────────────

    def _connected(
        self, creditor: Creditor, hook: Hook, posted: Posted, body: bytes, now: datetime
    ) -> Counts:
        facts = receive(hook.kind, hook.settings, body)
        if not rulers_named(facts) <= creditor.rulers.lines.keys():
            self.directory.forget()  # written a moment ago, perhaps: what is known has an age
            creditor = self.directory.get(creditor.creditor_id)
        applied = apply(facts, creditor, self.ingest, now=now, may_be_ahead=self.allow_future)
        if self.acknowledger is not None:
            answer = acknowledge(creditor.creditor_id, applied, self.ingest.portfolio, at=now)
            self.acknowledger.put(creditor.creditor_id, hook.hook_id, answer)
        refused = [a for a in applied if a.outcome is Outcome.REFUSED]
        if refused:
            self._reject(hook, posted, body, _reasons(refused), now)
        return Counter(f"connect_{a.outcome}" for a in applied)

    def _reject(
        self,
        hook: Hook,
        posted: Posted,
        body: bytes,
        problems: Sequence[Problem],
        now: datetime,
    ) -> None:
        """Keep what was refused whole, and announce it by ids, paths and reasons."""
        whole = [Problem(unicode_text(p.path), unicode_text(p.reason)) for p in problems]
        self.quarantine.keep(posted.ref, body.decode("utf-8", "replace"), whole, now)
        data = {
            "event_id": posted.ref.rpartition("/")[2],
            "detail_type": f"hook.{hook.kind}",
            "reasons": [
                {"path": p.path if hook.kind == PIX else "*", "reason": p.reason}
                for p in told(whole)  # a path of another system's may hold somebody's data
            ],
        }
        self.publisher.publish([OutgoingEvent("IngestRejected", hook.creditor_id, now, data)])


def _reasons(refused: Sequence[Applied]) -> Sequence[Problem]:
    return [
        Problem(".".join(part for part in (each.fact.source, p.path) if part), p.reason)
        for each in refused
        for p in each.reasons
    ]
