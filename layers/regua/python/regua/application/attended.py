"""What follows from a hold, a promise, a dispute or a result: holds, notes and events, as values.

Reading and writing is `regua.application.attend`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from regua.application.ports import (
    Creditor,
    OutgoingEvent,
)
from regua.application.wire import instant_text
from regua.domain.account import Account
from regua.domain.contact_policy import Contact
from regua.domain.contact_results import ContactResult, contact_id, rest_until
from regua.domain.errors import Conflict, InvalidInput, NotFound
from regua.domain.holds import (
    Hold,
    HoldKind,
    check_promise,
    hold_id,
    promise_until,
)
from regua.domain.ids import InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.money import Money
from regua.domain.notes import Note, NoteKind
from regua.domain.ruler import Channel, Ruler


@dataclass(frozen=True, slots=True)
class Case:
    """An account, and which of its invoices somebody speaks of; None is all of them."""

    creditor: Creditor
    account: Account
    invoice: Invoice | None
    now: datetime

    @property
    def invoice_id(self) -> InvoiceId | None:
        """The invoice spoken of, if it is one."""
        return None if self.invoice is None else self.invoice.external_id

    @property
    def ruler(self) -> Ruler:
        """The ruler it follows; the creditor's for a whole account."""
        rulers = self.creditor.rulers
        return (
            rulers.default if self.invoice is None else rulers.followed(self.account, self.invoice)
        )

    @property
    def zone(self) -> ZoneInfo:
        """The ruler's clock."""
        return self.ruler.zone

    @property
    def today(self) -> date:
        """The day by it."""
        return self.now.astimezone(self.zone).date()

    def owed(self) -> Invoice:
        """Return the invoice spoken of, if it is still open.

        Raises:
            Conflict: nobody owes it any more.
        """
        if self.invoice is None:  # pragma: no cover - asked for only where an invoice is named
            raise NotFound(self.account.customer_id)
        if not self.invoice.is_open:
            msg = f"invoice {self.invoice.external_id} is {self.invoice.status}"
            raise Conflict(msg)
        return self.invoice

    def hold(self, kind: HoldKind, until: datetime | None, reason: str, by: str) -> Hold:
        """Return a hold about it, named by what it says."""
        end = "" if until is None else instant_text(until)
        name = self.id_of(kind, end, reason, by)
        return Hold(name, kind, self.now, until, reason, by, self.invoice_id)

    def id_of(self, kind: HoldKind, *said: str) -> str:
        """Name a hold by what it says, so that the same one again is one."""
        account = self.account
        return hold_id(account.creditor_id, account.customer_id, self.invoice_id, kind, *said)

    def known(self, hold_id: str) -> Hold | None:
        """Return the hold of a name as it stands already, if it does."""
        return next((h for h in self.account.holds if h.hold_id == hold_id), None)

    def event(self, name: str, at: datetime, facts: Mapping[str, str]) -> OutgoingEvent:
        """Tell something about it."""
        about = {} if self.invoice_id is None else {"external_id": self.invoice_id}
        data = {"customer_id": self.account.customer_id, **about, **facts}
        return OutgoingEvent(name, self.account.creditor_id, at, data)


# ── what is held ────────────────────────────────────────────────────────────────────────────────


def promised(
    case: Case, invoice: Invoice, on: date, amount: Money | None, by: str, *, path: str
) -> Hold:
    """Return the hold that a promise asks for; ``amount`` None is what settles the invoice.

    Raises:
        InvalidInput: the promised day, which ``path`` names, or the amount is outside the limits.
    """
    check_promise(path, on, case.today, case.ruler.promises)
    name, whole = _promise_id(case, on, amount, by), _settles(case, invoice, on)
    if amount is not None and amount > whole and case.known(name) is None:
        reason = f"is more than what settles the invoice that day: {whole.centavos}"
        raise InvalidInput.at("body.amount_centavos", reason)
    return Hold(
        hold_id=name,
        kind=HoldKind.PROMISED,
        since=case.now,
        until=promise_until(on, case.ruler.promises, case.zone),
        reason="",
        by=by,
        invoice_id=invoice.external_id,
        promised=amount or whole,
        promised_on=on,
    )


def _promise_id(case: Case, on: date, amount: Money | None, by: str) -> str:
    said = on.isoformat(), "" if amount is None else str(amount.centavos), by
    return case.id_of(HoldKind.PROMISED, *said)


def _settles(case: Case, invoice: Invoice, on: date) -> Money:
    """Return what settles the invoice on a day."""
    return invoice.payoff(on, case.account.late_charges(case.ruler)).total


def is_trusted(case: Case) -> bool:
    """Tell whether another promise pauses the ruler."""
    return case.account.history.promises_broken < case.ruler.promises.max_broken


def disputed(case: Case, reason: str, by: str) -> Hold:
    """Return the hold of a dispute."""
    return case.hold(HoldKind.DISPUTED, None, reason, by)


def rests(case: Case, result: ContactResult) -> tuple[Hold | None, Note | None]:
    """Return what lets contact rest after a result, or what is noted of a promise instead.

    Neither when nothing does, or when its time is over already.

    Raises:
        InvalidInput: a promise is outside the limits.
    """
    if case.invoice is not None and result.promised_on is not None:
        on, amount, by = result.promised_on, result.promised, result.by
        promise = promised(case, case.invoice, on, amount, by, path="body.promised_on")
        if not is_trusted(case):
            return None, not_pausing(case, on)
        return _begun(case, promise), None
    hold = _hold_after(case, result)
    return None if hold is None else _begun(case, hold), None


def known_after(case: Case, result: ContactResult) -> Hold | None:
    """Return the hold that a result brought when it was told before, if it is there still."""
    if case.invoice is not None and result.promised_on is not None:
        name = _promise_id(case, result.promised_on, result.promised, result.by)
        return case.known(name)
    hold = _hold_after(case, result)
    return None if hold is None else case.known(hold.hold_id)


def _hold_after(case: Case, result: ContactResult) -> Hold | None:
    """Return what lets contact rest after a result that promises nothing."""
    effect = result.effect
    if effect.opens_dispute:
        return disputed(case, result.reason or "", result.by)
    if effect.rest is None:
        return None
    until = rest_until(result, case.zone)
    return case.hold(effect.rest.kind, until, result.code.value, result.by)


def _begun(case: Case, hold: Hold) -> Hold | None:
    """Return a hold as it stands already, or else as it begins; None when its time is over."""
    return (case.known(hold.hold_id) or hold) if hold.stands(case.now) else None


def with_effects(case: Case, result: ContactResult) -> Account:
    """Count a contact for the caps, and forget an address that belongs to somebody else."""
    account, effect = case.account, result.effect
    if effect.is_contact:
        name = contact_id(account.creditor_id, account.customer_id, case.invoice_id, result)
        account = account.with_contact(Contact(result.at, result.channel or Channel.VOICE, name))
    if effect.suppresses_address and result.address is not None:
        check_address(account, result)
        account = account.with_suppressed(result.address)
    return account


def check_address(account: Account, result: ContactResult) -> None:
    """Refuse an address that is none of the customer's."""
    channel = Channel.VOICE if result.phone is not None else Channel.EMAIL
    known = {a.lower() for a in account.addresses(channel)} | account.suppressed_addresses
    if (result.address or "").lower() not in known:
        path = "body.phone" if result.phone is not None else "body.email"
        raise InvalidInput.at(path, "is none of the customer's")


# ── what is noted and told ──────────────────────────────────────────────────────────────────────


def said(**facts: str | None) -> Mapping[str, str]:
    """Return the facts that say something."""
    return {name: text for name, text in facts.items() if text}


def placed_note(hold: Hold) -> Note:
    """Note a hold that began."""
    facts = said(
        hold_id=hold.hold_id,
        kind=hold.kind.value,
        until=None if hold.until is None else instant_text(hold.until),
        by=hold.by,
        reason=hold.reason,
        promised_on=None if hold.promised_on is None else hold.promised_on.isoformat(),
        promised_centavos=str(hold.promised.centavos) if hold.promised else None,
    )
    return Note(hold.since, NoteKind.HOLD_PLACED, hold.invoice_id, facts)


def not_pausing(case: Case, on: date) -> Note:
    """Note a promise that pauses nothing."""
    facts = {"promised_on": on.isoformat()}
    return Note(case.now, NoteKind.PROMISE_NOT_PAUSING, case.invoice_id, facts)


def result_note(case: Case, result: ContactResult) -> Note:
    """Note what came of a contact."""
    channel = None if result.channel is None else result.channel.value
    facts = said(code=result.code.value, channel=channel, by=result.by)
    return Note(result.at, NoteKind.CONTACT_RESULT, case.invoice_id, facts)


def recorded_event(case: Case, result: ContactResult) -> OutgoingEvent:
    """Tell what came of a contact."""
    channel = None if result.channel is None else result.channel.value
    facts = said(code=result.code.value, channel=channel)
    return case.event("ContactRecorded", result.at, facts)


def placed_event(case: Case, hold: Hold) -> OutgoingEvent:
    """Tell that something lets contact rest."""
    until = None if hold.until is None else instant_text(hold.until)
    if hold.kind is HoldKind.PROMISED and hold.promised_on is not None:
        on = hold.promised_on.isoformat()
        facts = said(promised_on=on, hold_id=hold.hold_id, until=until)
        return case.event("PromiseMade", hold.since, facts)
    if hold.kind is HoldKind.DISPUTED:
        return case.event("DisputeOpened", hold.since, {"hold_id": hold.hold_id})
    facts = said(hold_id=hold.hold_id, kind=hold.kind.value, until=until)
    return case.event("HoldPlaced", hold.since, facts)


def ended_event(case: Case, note: Note) -> OutgoingEvent:
    """Tell that a hold ended."""
    if note.facts["kind"] == HoldKind.DISPUTED:
        facts = {"hold_id": note.facts["hold_id"], "outcome": note.facts["outcome"]}
        return case.event("DisputeResolved", note.at, facts)
    return case.event("HoldEnded", note.at, note.facts)


def to_the_millisecond(at: datetime) -> datetime:
    """Return an instant as the stores keep it, so that the same one is recognised."""
    return at - timedelta(microseconds=at.microsecond % 1000)
