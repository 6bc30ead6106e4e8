"""Agreements end: kept, broken, cancelled or lapsed; what was paid goes to the debts they covered.

An end is decided once and written down first, in the account's header; from then on it stands,
whatever comes in meanwhile. Then the instalments that are unpaid are withdrawn and the money is
carried over, in as many writes as it takes: a transaction takes a hundred items. The end is told
before the last write, which lets the debts go on. Whoever crashes in between leaves an account that
is due at once, and the next look goes on from where it stands: the same end, told again.

Money that comes in, or is taken back, after the end is followed to the debts (`follow`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from regua.application.outgoing import AgreementFact
from regua.application.pix_ports import ChargeQueue
from regua.application.ports import (
    Change,
    Creditor,
    EventPublisher,
    OutgoingEvent,
    Portfolio,
    Tally,
)
from regua.application.retrying import retried
from regua.application.tallying import tallied
from regua.domain.account import Account
from regua.domain.errors import NotFound
from regua.domain.ids import CreditorId, InvoiceId
from regua.domain.invoice import Invoice, InvoiceStatus
from regua.domain.negotiation.agreement import Agreement, AgreementStatus, agreement_of
from regua.domain.negotiation.carry import Settled, is_settled_by_agreement, settled
from regua.domain.negotiation.life import (
    holds_of,
    how_it_ends,
    looked_at,
    with_agreement,
    with_breach,
    without_agreement,
)
from regua.domain.notes import Note, NoteKind
from regua.domain.schedule import scheduled

MOST_TOGETHER = 25
"""Invoices in one write: two items each, and counts, of the hundred a transaction takes."""
ENDED = {
    AgreementStatus.FULFILLED: (NoteKind.AGREEMENT_FULFILLED, "AgreementFulfilled"),
    AgreementStatus.BREACHED: (NoteKind.AGREEMENT_BREACHED, "AgreementBreached"),
    AgreementStatus.CANCELLED: (NoteKind.AGREEMENT_CANCELLED, "AgreementEnded"),
    AgreementStatus.REFUSED: (NoteKind.AGREEMENT_REFUSED, "AgreementEnded"),
    AgreementStatus.LAPSED: (NoteKind.AGREEMENT_LAPSED, "AgreementEnded"),
}
"""How each end is noted and told."""


@dataclass(frozen=True, slots=True)
class EndAgreements:
    """The use cases, with what they need."""

    portfolio: Portfolio
    publisher: EventPublisher
    charges: ChargeQueue | None = None
    """Where invoices are named whose Pix charge may have to change; None makes no charges."""

    def look(self, creditor: Creditor, account: Account, now: datetime) -> Account:
        """End what has come to its end in an account; return the account as it is then.

        An account without an agreement to look at comes back untouched, unread.

        Raises:
            VersionConflict: somebody else changes the account all the time; try again shortly.
        """
        zone, creditor_id = creditor.rulers.default.zone, creditor.creditor_id
        while True:
            due = _to_look_at(account, zone, now)
            if due is None:
                return account
            self._look_at(creditor, account, due, now)
            account = self.portfolio.load_account(creditor_id, account.customer_id)

    def _look_at(
        self, creditor: Creditor, account: Account, agreement: Agreement, now: datetime
    ) -> None:
        name, customer_id = agreement.agreement_id, account.customer_id

        def once() -> None:
            present = self.portfolio.load_account(creditor.creditor_id, customer_id)
            standing = _named(present, name)
            if standing is None:
                return
            status = self._due_end(creditor, present, standing, now)
            if status is not None:
                self.end(creditor, present, standing, status, now)

        retried(once)

    def _due_end(
        self, creditor: Creditor, account: Account, agreement: Agreement, now: datetime
    ) -> AgreementStatus | None:
        zone = creditor.rulers.default.zone
        instalments = self._instalments(account, agreement)
        return how_it_ends(agreement, instalments, account, zone, now)

    def kept(
        self, creditor: Creditor, account: Account, agreement: Agreement, now: datetime
    ) -> Agreement | None:
        """End a live agreement of which everything was paid; None when that is not so.

        Raises:
            VersionConflict: somebody else changed the account; read again.
        """
        fulfilled = AgreementStatus.FULFILLED
        if self._due_end(creditor, account, agreement, now) is not fulfilled:
            return None
        return self.end(creditor, account, agreement, fulfilled, now)

    def end(
        self,
        creditor: Creditor,
        account: Account,
        agreement: Agreement,
        status: AgreementStatus,
        now: datetime,
    ) -> Agreement:
        """End an agreement of an account that was just read, and return it as it is then.

        One whose end is being written down already keeps the status it has.

        Raises:
            VersionConflict: somebody else changed the account; read again.
        """
        if agreement.status.is_live:
            agreement = replace(agreement, status=status, ended_at=now)
            decided = replace(with_agreement(account, agreement), next_evaluation_at=now)
            account = self._commit(Change(decided))
        case = _Case(creditor, account, agreement, now)
        before, found = self._settled(case)
        ended = found.agreement
        if ended != agreement:  # money of it was taken back since: that stands before all else
            account = self._commit(Change(with_agreement(account, ended)))
        account = self._write_parts(case._replace(account=account), before, found)
        settled_by_it = (debt for debt in found.debts if is_settled_by_agreement(debt))
        paid = [_told(case, "InvoicePaid", debt) for debt in settled_by_it]
        self.publisher.publish([_ended_event(case, ended), *paid])
        self._commit(_last_change(case._replace(account=account), ended))
        self._ask(creditor, (*found.debts, *found.instalments), now)
        return ended

    def follow(self, creditor: Creditor, instalment: Invoice, now: datetime) -> None:
        """Bring what happened to an instalment after its agreement's end to the debts.

        What is no instalment, or one of an agreement that is live, is left alone. Doing it again
        changes nothing.

        Raises:
            VersionConflict: somebody else changes the account all the time; try again shortly.
        """
        name = agreement_of(instalment.external_id)
        if name is not None:
            retried(lambda: self._follow(creditor, name, now))

    def _follow(self, creditor: Creditor, name: str, now: datetime) -> None:
        agreement = self.portfolio.find_agreement(creditor.creditor_id, name)
        if agreement is None or agreement.status.is_live:
            return
        account = self.portfolio.load_account(creditor.creditor_id, agreement.customer_id)
        if _named(account, name) is not None:
            return  # its end is being written down, with all of this
        case = _Case(creditor, account, agreement, now)
        before, found = self._settled(case)
        changed = _changed(before, found)
        news = [event for pair in changed for event in _news(case, *pair)]
        is_broken = found.agreement != agreement
        if is_broken:
            news.append(_ended_event(case, found.agreement))
        if news:
            self.publisher.publish(news)
        if is_broken:
            marked = with_breach(account, now)
            note = _end_note(found.agreement, now)
            account = self._commit(Change(marked, notes=(note,), agreements=(found.agreement,)))
        self._write_parts(case._replace(account=account), before, found)
        self._ask(creditor, [after for _, after in changed], now)

    # ── reading and writing ────────────────────────────────────────────────────────────────────

    def _settled(self, case: "_Case") -> tuple[Sequence[Invoice], Settled]:
        """Return an ended agreement's invoices as they are, and as they are to be."""
        instalments = self._instalments(case.account, case.agreement)
        debts = [self._read(case.account, d.invoice_id) for d in case.agreement.debts]
        return (*instalments, *debts), settled(case.agreement, instalments, debts, case.now)

    def _instalments(self, account: Account, agreement: Agreement) -> Sequence[Invoice]:
        """Read an agreement's instalments; none before it was approved."""
        if agreement.accepted_at is None:
            return ()
        return [self._read(account, i.invoice_id) for i in agreement.instalments]

    def _read(self, account: Account, invoice_id: InvoiceId) -> Invoice:
        found = account.invoices.get(invoice_id) or self.portfolio.find_invoice(
            account.creditor_id, invoice_id
        )
        if found is None:  # pragma: no cover - invoices are never deleted
            raise NotFound(invoice_id)
        return found

    def _write_parts(self, case: "_Case", before: Sequence[Invoice], found: Settled) -> Account:
        """Write what changed of the invoices, some at a time; return the account after it."""
        account, changed = case.account, _changed(before, found)
        for start in range(0, len(changed), MOST_TOGETHER):
            part = changed[start : start + MOST_TOGETHER]
            account = self._commit(_part_change(case._replace(account=account), part))
        return account

    def _commit(self, change: Change) -> Account:
        self.portfolio.commit(change)
        return replace(change.account, version=change.account.version + 1)

    def _ask(self, creditor: Creditor, invoices: Sequence[Invoice], now: datetime) -> None:
        if self.charges is not None and creditor.has_psp:
            for invoice in invoices:
                self.charges.ask(creditor.creditor_id, invoice.external_id, now=now)


class _Case(NamedTuple):
    """An ended agreement and its account, at an instant."""

    creditor: Creditor
    account: Account
    agreement: Agreement
    now: datetime

    def scheduled(self, account: Account) -> Account:
        return scheduled(account, self.creditor.rulers, self.now, self.creditor.circumstances)


_Pair = tuple[Invoice, Invoice]


def _changed(before: Sequence[Invoice], found: Settled) -> Sequence[_Pair]:
    """Return invoices that are to be written, each as it was and as it is to be."""
    after = (*found.instalments, *found.debts)
    return [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]


def _part_change(case: _Case, part: Sequence[_Pair]) -> Change:
    """Write some invoices, and count what follows from them."""
    account, tallies = case.account, dict[str, Tally]()
    for before, after in part:
        account = account.with_invoice(after).having_followed(before, after, case.now)
        for arm, tally in tallied(account, before, after).items():
            tallies[arm] = tallies.get(arm, Tally()) + tally
    invoices = tuple(after for _, after in part)
    return Change(case.scheduled(account), invoices, tallies=tallies)


def _last_change(case: _Case, ended: Agreement) -> Change:
    """Let the debts go on, and keep the agreement as it ended."""
    account, now = case.account, case.now
    released = [
        Note(
            now,
            NoteKind.HOLD_ENDED,
            hold.invoice_id,
            {"hold_id": hold.hold_id, "kind": hold.kind.value, "outcome": ended.status.value},
        )
        for hold in holds_of(account, ended)
    ]
    after = without_agreement(account, ended)
    if ended.status is AgreementStatus.BREACHED:
        after = with_breach(after, now)
    notes = (_end_note(ended, now), *released)
    return Change(case.scheduled(after), notes=notes, agreements=(ended,))


def _to_look_at(account: Account, zone: ZoneInfo, now: datetime) -> Agreement | None:
    """Return the first agreement of an account whose time to be looked at has come."""
    for agreement in account.agreements:
        at = looked_at(agreement, account, zone, now)
        if at is not None and at <= now:
            return agreement
    return None


def _named(account: Account, name: str) -> Agreement | None:
    return next((a for a in account.agreements if a.agreement_id == name), None)


# ── what is noted and told ──────────────────────────────────────────────────────────────────────


def agreement_facts(agreement: Agreement) -> dict[str, str]:
    """Return what a note says of an agreement: which, how much, in how many parts."""
    return {
        "agreement_id": agreement.agreement_id,
        "total_centavos": str(agreement.total.centavos),
        "instalments": str(len(agreement.instalments)),
    }


def agreement_event(
    name: str, creditor_id: CreditorId, agreement: Agreement, at: datetime, reason: str = ""
) -> OutgoingEvent:
    """Tell of an agreement: ids and centavos, nothing that names a person."""
    fact = AgreementFact(
        customer_id=agreement.customer_id,
        agreement_id=agreement.agreement_id,
        external_ids=[d.invoice_id for d in agreement.debts],
        total_centavos=agreement.total.centavos,
    )
    if agreement.accepted_at is not None:
        fact["instalments"] = [i.invoice_id for i in agreement.instalments]
    if reason:
        fact["reason"] = reason
    return OutgoingEvent(name, creditor_id, at, fact)


def _end_note(ended: Agreement, at: datetime) -> Note:
    facts = agreement_facts(ended)
    if ended.end_reason:
        facts["reason"] = ended.end_reason
    return Note(at, ENDED[ended.status][0], facts=facts)


def _ended_event(case: _Case, ended: Agreement) -> OutgoingEvent:
    name = ENDED[ended.status][1]
    reason = ended.status.value if name == "AgreementEnded" else ""
    at = ended.ended_at or case.now
    return agreement_event(name, case.creditor.creditor_id, ended, at, reason)


def _news(case: _Case, before: Invoice, after: Invoice) -> Iterator[OutgoingEvent]:
    """Yield that a debt was paid, or is open again."""
    if before.status is not InvoiceStatus.SETTLED and after.status is InvoiceStatus.SETTLED:
        yield _told(case, "InvoicePaid", after)
    if before.status is InvoiceStatus.SETTLED and after.is_open:
        yield _told(case, "InvoiceReopened", after)


def _told(case: _Case, name: str, invoice: Invoice) -> OutgoingEvent:
    data = {"external_id": invoice.external_id, "customer_id": invoice.customer_id}
    return OutgoingEvent(name, case.creditor.creditor_id, case.now, data)
