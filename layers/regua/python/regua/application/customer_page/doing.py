"""What follows from each act: its effect on the account, before anything is proven or noted.

Every effect is the same one when it is done again, so that a crash anywhere is healed by doing the
whole act again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from regua.application.agreements import Agreements
from regua.application.attend import Attend, OneInvoice
from regua.application.attended import said, to_the_millisecond
from regua.application.customer_page.acts import (
    BY,
    Act,
    ActKind,
    ConfirmReading,
    Dispute,
    DisputeReason,
    NotMe,
    Prefer,
    Promise,
    SayPaid,
    SendAgain,
    Settle,
)
from regua.application.customer_page.case import PageCase
from regua.application.customer_page.ports import AddressOf
from regua.application.customer_page.resend import (
    MOST_COPIES,
    asked_today,
    can_be_sent_again,
    copies_of,
)
from regua.application.customer_page.showing import HOURS, reachable, state_of
from regua.application.leave_number import spellings
from regua.application.ports import Portfolio
from regua.application.retrying import change_account
from regua.domain.account import Account
from regua.domain.consent import Consent
from regua.domain.contact_results import ContactResult, ResultCode
from regua.domain.errors import Conflict, InvalidInput, Problem
from regua.domain.holds import in_transit_until
from regua.domain.ids import InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.notes import Note, NoteKind
from regua.domain.payoff import business_date
from regua.domain.ruler import Channel
from regua.domain.schedule import scheduled
from regua.domain.wishes import Wishes

MOST_WORDS = 500
_FORM_FIELDS = {
    "body.on": "on",
    "body.instalments": "instalments",
    "body.down_payment_centavos": "down_payment",
    "body.first_due": "first_due",
}
"""What the use cases call a field, and what the page's form calls it."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: short texts for the note, the chain and the receipt; none of it personal."""

    facts: Mapping[str, str] = field(default_factory=dict)
    invoice_id: InvoiceId | None = None
    private: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What is personal besides: it goes to the vault."""
    agreement_id: str | None = None


@dataclass(frozen=True, slots=True)
class ShownTerms:
    """The terms of a settlement as they were shown: their hash, and the day of their amounts."""

    sha256: str
    quoted_on: date


@dataclass(frozen=True, slots=True)
class Doing:
    """Does acts, with what it needs."""

    portfolio: Portfolio
    attend: Attend
    agreements: Agreements
    address_of: AddressOf

    def __call__(
        self, case: PageCase, act: Act, notes: Sequence[Note], terms: ShownTerms | None
    ) -> Done:
        """Do what follows from an act.

        Args:
            case: the page it was done on.
            act: what was asked for.
            notes: the account's, oldest first.
            terms: of a settlement: the terms as they were shown.

        Raises:
            InvalidInput: a field of the form (``on``, ``reason``, ``channel`` …) cannot be so.
            Conflict: it was paid meanwhile, or cannot be done any more.
            ValueError: a settlement came without its terms; a defect.
        """
        match act:
            case SayPaid() | Promise() | Dispute():
                return self._about_an_invoice(case, act, notes)
            case Settle():
                return self._settle(case, act, terms)
            case SendAgain():
                return self._send_again(case, act, notes)
            case Prefer():
                return self._prefer(case, act)
            case NotMe():
                return self._not_me(case)
            case ConfirmReading():
                return _read(case)

    def _about_an_invoice(
        self, case: PageCase, act: SayPaid | Promise | Dispute, notes: Sequence[Note]
    ) -> Done:
        match act:
            case SayPaid():
                return self._say_paid(case, act, notes)
            case Promise():
                return self._promise(case, act)
            case Dispute():
                return self._dispute(case, act)

    # ── paying ─────────────────────────────────────────────────────────────────────────────────

    def _say_paid(self, case: PageCase, act: SayPaid, notes: Sequence[Note]) -> Done:
        """Let contact rest while the payment is looked for.

        One that has had time to arrive pauses nothing: somebody must look for it. So does another
        one after one that never came, or contact would rest for ever.
        """
        invoice = _owed(case, act.ref)
        zone = case.ruler_of(invoice).zone
        if act.on < invoice.issue_date:
            raise InvalidInput.at("on", "is before the invoice was issued")
        if act.on > case.now.astimezone(zone).date():
            raise InvalidInput.at("on", "is still to come")
        facts = {"on": act.on.isoformat(), "method": act.method.value}
        if act.proof is not None:
            facts["proof"] = "yes"
        private = {} if act.proof is None else said(file_name=act.proof.file_name)
        if in_transit_until(act.on, zone) <= case.now or _is_missed(case, invoice, notes):
            return Done({**facts, "needs_person": "yes"}, invoice.external_id, private)
        hold = _on_the_form(
            lambda: self.attend.payment_in_transit(
                case.creditor,
                invoice.external_id,
                on=act.on,
                method=act.method,
                by=BY,
                now=case.now,
            )
        )
        until = None if hold.until is None else hold.until.astimezone(zone).date().isoformat()
        return Done({**facts, **said(until=until)}, invoice.external_id, private)

    def _promise(self, case: PageCase, act: Promise) -> Done:
        """Note a promise; after too many broken ones it pauses nothing, and the receipt says so."""
        invoice = _owed(case, act.ref)
        state = state_of(case, invoice)
        if not state.is_asked_for:
            msg = f"invoice {invoice.external_id} is {state}"
            raise Conflict(msg)
        hold = _on_the_form(
            lambda: self.attend.promise(
                case.creditor, invoice.external_id, on=act.on, amount=None, by=BY, now=case.now
            )
        )
        facts = {"on": act.on.isoformat(), "pauses": "no" if hold is None else "yes"}
        if hold is not None:
            facts["amount_centavos"] = str(hold.promised.centavos)
        return Done(facts, invoice.external_id)

    def _dispute(self, case: PageCase, act: Dispute) -> Done:
        """Open a dispute; what the customer wrote about it stands with the evidence only."""
        invoice = _owed(case, act.ref)
        words = act.words.strip()
        if len(words) > MOST_WORDS:
            raise InvalidInput.at("words", f"is longer than {MOST_WORDS} characters")
        if act.reason is DisputeReason.OTHER and not words:
            raise InvalidInput.at("words", "says what is wrong")
        reason = act.reason.value
        self.attend.open_dispute(
            case.creditor, invoice.external_id, reason=reason, by=BY, now=case.now
        )
        return Done({"reason": reason}, invoice.external_id, said(words=words))

    def _settle(self, case: PageCase, act: Settle, terms: ShownTerms | None) -> Done:
        if terms is None:  # pragma: no cover - they are kept before they are accepted
            raise ValueError("a settlement has terms")
        agreement = _on_the_form(
            lambda: self.agreements.accept(
                case.creditor,
                case.account.customer_id,
                act.choice,
                key=act.key,
                origin=BY,
                dispatch_id=case.dispatch.dispatch_id,
                terms_sha256=terms.sha256,
                quoted_on=terms.quoted_on,
                now=case.now,
            )
        )
        facts = {
            "agreement_id": agreement.agreement_id,
            "key": act.key,
            "status": agreement.status.value,
            "total_centavos": str(agreement.total.centavos),
            "discount_centavos": str(agreement.discount.centavos),
            "instalments": str(len(agreement.instalments)),
            "terms_sha256": terms.sha256,
        }
        return Done(facts, agreement_id=agreement.agreement_id)

    # ── being written to ───────────────────────────────────────────────────────────────────────

    def _not_me(self, case: PageCase) -> Done:
        """Never use again the very address that the message went to.

        Where its evidence cannot be read any more, no address is guessed: the channel is stopped.
        Either way the next channel is tried at once, for nobody was reached.
        """
        dispatch, at = case.dispatch, to_the_millisecond(case.now)
        address = self.address_of(dispatch.dispatch_id)

        def forgotten(account: Account) -> Account:
            if address is None:
                account = account.opted_out(dispatch.channel, at)
            for each in _spelled(account, address, dispatch.channel):
                account = account.with_suppressed(each)
            return account.with_failed_attempt(dispatch.dispatch_id, case.now)

        change_account(self.portfolio, dispatch.creditor_id, dispatch.customer_id, forgotten)
        stopped = "channel" if address is None else "address"
        return Done({"stopped": stopped, "channel": dispatch.channel.value})

    def _prefer(self, case: PageCase, act: Prefer) -> Done:
        """Write down wishes, and stop channels; who wants none at all is written to on none."""
        _check_wishes(case, act)
        at = to_the_millisecond(case.now)

        def wished(account: Account) -> Account:
            known = account.wishes
            changed = account
            if known is None or (known.channel, known.hour) != (act.channel, act.hour):
                changed = replace(account, wishes=Wishes(at, act.channel, act.hour))
            for channel in sorted(act.stop - account.opt_outs.keys()):
                changed = changed.with_consent(_no(changed, channel, case))
            if changed == account:
                return account
            creditor = case.creditor
            return scheduled(changed, creditor.rulers, case.now, creditor.circumstances)

        change_account(self.portfolio, case.dispatch.creditor_id, case.dispatch.customer_id, wished)
        facts = said(
            channel=None if act.channel is None else act.channel.value,
            hour=None if act.hour is None else str(act.hour),
            stop=" ".join(sorted(c.value for c in act.stop)),
        )
        return Done(facts)

    def _send_again(self, case: PageCase, act: SendAgain, notes: Sequence[Note]) -> Done:
        """Let the last message about an invoice come once more: once a day, and not too often."""
        invoice = _owed(case, act.ref)
        asked_at = asked_today(case, invoice, notes)
        if asked_at is None:
            _check_copy(case, invoice, notes)
        result = ContactResult(  # told again where it was asked for before a crash
            ResultCode.INVOICE_NOT_RECEIVED, asked_at or case.now, BY, channel=Channel.EMAIL
        )
        self.attend.record_result(
            case.creditor, OneInvoice(invoice.external_id), result, now=case.now
        )
        return Done({}, invoice.external_id)


def _read(case: PageCase) -> Done:
    if case.record.content_sha256 is None:
        msg = "the message has not been sent yet"
        raise Conflict(msg)
    return Done({"content_sha256": case.record.content_sha256})


def _owed(case: PageCase, ref: str) -> Invoice:
    """Return the invoice that a form names, if it is still owed."""
    invoice = case.invoice_of(ref)
    if not invoice.is_open:
        msg = f"invoice {invoice.external_id} is {invoice.status}"
        raise Conflict(msg)
    return invoice


def _is_missed(case: PageCase, invoice: Invoice, notes: Sequence[Note]) -> bool:
    """Tell whether a payment that was told of on the page before was waited for in vain."""
    zone = case.ruler_of(invoice).zone
    came_on = [business_date(p.paid_at) for p in invoice.payments if p.reversed_at is None]
    waited_for = (
        date.fromisoformat(n.facts["on"])
        for n in notes
        if n.kind is NoteKind.CUSTOMER_ACTED
        and n.facts.get("act") == ActKind.SAY_PAID
        and n.invoice_id == invoice.external_id
        and "until" in n.facts
    )
    return any(
        in_transit_until(on, zone) <= case.now and not any(came >= on for came in came_on)
        for on in waited_for
    )


def _on_the_form(do: Callable[[], _T]) -> _T:
    """Do something whose problems are to name the fields of the page's form."""
    try:
        return do()
    except InvalidInput as exc:
        raise on_the_form(exc) from exc


def on_the_form(exc: InvalidInput) -> InvalidInput:
    """Return the same problems at the fields of the page's form."""
    return InvalidInput(
        tuple(Problem(_FORM_FIELDS.get(p.path, p.path), p.reason) for p in exc.problems)
    )


def _spelled(account: Account, address: str | None, channel: Channel) -> Sequence[str]:
    if address is None:
        return ()
    return [address] if channel is Channel.EMAIL else spellings(account, address, channel)


def _check_wishes(case: PageCase, act: Prefer) -> None:
    """Refuse a channel that nobody can use, or an hour at which nobody may write."""
    if act.channel is not None and act.channel not in reachable(case):
        raise InvalidInput.at("channel", "is none that the customer can be written to on")
    if act.channel is not None and act.channel in act.stop | case.account.opt_outs.keys():
        raise InvalidInput.at("channel", "is stopped")
    if act.hour is not None and act.hour not in HOURS:
        raise InvalidInput.at("hour", f"is not between {HOURS[0]} and {HOURS[-1]}")


def _no(account: Account, channel: Channel, case: PageCase) -> Consent:
    """Return the customer's no, dated so that no yes we knew of before outlives it."""
    at, known = to_the_millisecond(case.now), account.consents.get(channel)
    if known is not None and known.is_given:
        at = max(at, known.at)
    return Consent(channel, is_given=False, at=at, origin=BY)


def _check_copy(case: PageCase, invoice: Invoice, notes: Sequence[Note]) -> None:
    """Refuse a second copy that cannot be sent, or one too many."""
    if copies_of(case, notes) >= MOST_COPIES:
        msg = f"{MOST_COPIES} copies were asked for of late"
        raise Conflict(msg)
    if not can_be_sent_again(case, invoice):
        msg = f"no message about invoice {invoice.external_id} can be sent again"
        raise Conflict(msg)
