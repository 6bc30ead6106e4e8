"""Agreements begin: an accepted deal lets its debts rest, and its instalments take their place.

What is agreed is worked out anew from the account at the very version that is written, so that a
payment or another agreement that came first refuses the deal instead of being overlooked. How they
end is `regua.application.end_agreements`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from regua.application.attend import Attend, OneInvoice
from regua.application.attended import placed_note
from regua.application.end_agreements import EndAgreements, agreement_event, agreement_facts
from regua.application.ingest import met_by_orphans, placed
from regua.application.lists import (
    ANY_ID,
    AgreementQuery,
    cursor_text,
    read_cursor,
)
from regua.application.pix_ports import ChargeQueue
from regua.application.ports import Change, Creditor, DispatchLedger, EventPublisher, Portfolio
from regua.application.retrying import retried
from regua.domain.account import Account
from regua.domain.errors import Conflict, NotFound
from regua.domain.holds import Hold
from regua.domain.ids import CreditorId, CustomerId, DispatchId, InvoiceId
from regua.domain.invoice import Invoice
from regua.domain.money import Money
from regua.domain.negotiation.agreement import Agreement, AgreementStatus, Instalment
from regua.domain.negotiation.deal import Choice, Deal, Part
from regua.domain.negotiation.life import (
    approved,
    holds_of,
    overtaken,
    proposed,
    resting,
    with_agreement,
)
from regua.domain.negotiation.offers import NoOffer, Offer, deal_for, offer_for, quoted_debt
from regua.domain.notes import Note, NoteKind
from regua.domain.payoff import business_date
from regua.domain.schedule import scheduled

PAGE = 50
"""Agreements in a page of a list, unless another number is asked for."""
_DOWN_PAYMENT = "Entrada"


class AgreementList(NamedTuple):
    """A page of agreements, and the cursor to go on with; None when this is the end."""

    found: Sequence[Agreement]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Agreements:
    """The use cases, with what they need."""

    portfolio: Portfolio
    ledger: DispatchLedger
    publisher: EventPublisher
    charges: ChargeQueue | None = None
    """Where invoices are named whose Pix charge may have to change; None makes no charges."""

    def accept(
        self,
        creditor: Creditor,
        customer_id: CustomerId,
        choice: Choice,
        *,
        key: str | None,
        origin: str,
        now: datetime,
        dispatch_id: DispatchId | None = None,
        terms_sha256: str = "",
        quoted_on: date | None = None,
        by: str = "",
    ) -> Agreement:
        """Settle a customer's overdue debts on the terms of a choice.

        The same acceptance again returns the agreement that stands, and tells it again. One that
        needs approval is proposed; the debts rest at once, its instalments come with the approval.

        Args:
            creditor: whose offers these are.
            customer_id: who settles.
            choice: how.
            key: names the exact terms that were shown (`Deal.key`); None takes what they are now.
            origin: ``page`` or ``api``.
            now: an aware instant.
            dispatch_id: the message whose page it was accepted on.
            terms_sha256: of the terms as they were shown, in UTF-8.
            quoted_on: the day an offer that still stands was made for, as we wrote it down.
            by: who accepts it for the customer, a role or a system; empty is the customer.

        Raises:
            NotFound: no such customer.
            Conflict: nothing is offered, or on other terms than those that ``key`` names.
            InvalidInput: the choice lies outside what is offered (``body.…``).
            AccountTooLarge: it cannot hold so many instalments.
        """

        def once() -> Agreement:
            account = self._account(creditor.creditor_id, customer_id)
            standing = _same(account, choice, key)
            if standing is not None:
                self._tell(creditor, standing)
                return standing
            offer = offer_for(account, creditor.offers, creditor.rulers, now, quoted_on)
            deal = _deal(account, offer, choice, key)
            agreement = replace(
                proposed(account, deal, origin=origin, now=now),
                dispatch_id=dispatch_id,
                terms_sha256=terms_sha256,
                by=by,
            )
            self._begin(creditor, account, agreement, now)
            return agreement

        agreement = retried(once)
        self._after(creditor, agreement, now)
        return agreement

    def approve(
        self, creditor: Creditor, agreement_id: str, *, now: datetime, by: str = ""
    ) -> Agreement:
        """Make a proposed agreement active; approving it again tells it again.

        Raises:
            NotFound: no such agreement.
            Conflict: it was refused, has lapsed or has ended; or one of its debts was paid, in part
                or in full, or withdrawn or changed since, as far as is known now: what was agreed
                is not what is owed any more.
        """

        def once() -> Agreement:
            account, agreement = self._find(creditor.creditor_id, agreement_id)
            if agreement.status is AgreementStatus.ACTIVE:
                self._tell(creditor, agreement)
                return agreement
            active = replace(approved(agreement, now), approved_by=by)
            _check_untouched(creditor, account, agreement)
            self._activate(creditor, account, active, now, ())
            return active

        agreement = retried(once)
        self._after(creditor, agreement, now)
        return agreement

    def refuse(
        self, creditor: Creditor, agreement_id: str, *, reason: str, now: datetime, by: str = ""
    ) -> Agreement:
        """Refuse a proposed agreement: its debts go on as before. Refusing again changes nothing.

        Raises:
            NotFound: no such agreement.
            Conflict: it is not proposed.
        """
        wanted = AgreementStatus.PROPOSED, AgreementStatus.REFUSED
        return self._end(creditor, agreement_id, wanted, (reason, by), now)

    def cancel(
        self, creditor: Creditor, agreement_id: str, *, reason: str, now: datetime, by: str = ""
    ) -> Agreement:
        """End an active agreement: like a breach, except that it does not count as one.

        Cancelling again changes nothing.

        Raises:
            NotFound: no such agreement.
            Conflict: it is not active; or all of it was paid, which settles it.
        """
        wanted = AgreementStatus.ACTIVE, AgreementStatus.CANCELLED
        return self._end(creditor, agreement_id, wanted, (reason, by), now)

    def find(self, creditor: Creditor, agreement_id: str) -> Agreement:
        """Return an agreement, live or ended.

        Raises:
            NotFound: no such agreement of this creditor's.
        """
        return self._find(creditor.creditor_id, agreement_id)[1]

    def list(
        self,
        creditor: Creditor,
        asked: AgreementQuery,
        *,
        cursor: str | None = None,
        limit: int = PAGE,
    ) -> AgreementList:
        """Return a page of the agreements that are asked for.

        Raises:
            InvalidInput: at ``query.cursor``; it is none of this list.
        """
        creditor_id, parts = creditor.creditor_id, asked.parts
        named = {
            "list": "agreements",
            "status": ",".join(asked.statuses),
            "customer": asked.customer_id or "",
        }
        start = None
        if cursor is not None:
            start = read_cursor(creditor_id, named, cursor, parts, ANY_ID)
        page = self.portfolio.list_agreements(creditor_id, asked, start, limit)
        rest = None if page.rest is None else cursor_text(creditor_id, named, page.rest)
        return AgreementList(page.found, rest)

    # ── reading ────────────────────────────────────────────────────────────────────────────────

    def _account(self, creditor_id: CreditorId, customer_id: CustomerId) -> Account:
        account = self.portfolio.load_account(creditor_id, customer_id)
        if account.version == 0:
            raise NotFound(customer_id)
        return account

    def _find(self, creditor_id: CreditorId, agreement_id: str) -> tuple[Account, Agreement]:
        """Read an agreement with its account, whose version guards it while it is live."""
        found = self.portfolio.find_agreement(creditor_id, agreement_id)
        if found is None:
            raise NotFound(agreement_id)
        account = self.portfolio.load_account(creditor_id, found.customer_id)
        standing = (a for a in account.agreements if a.agreement_id == agreement_id)
        live = next(standing, None)
        if live is None and found.status.is_live:  # it ended between the two reads
            found = self.portfolio.find_agreement(creditor_id, agreement_id) or found
        return account, live or found

    # ── writing ────────────────────────────────────────────────────────────────────────────────

    def _begin(
        self, creditor: Creditor, account: Account, agreement: Agreement, now: datetime
    ) -> None:
        """Write a new agreement: its debts rest.

        Promises about them stand until it is active: without approval nothing else has changed.
        """
        holds = resting(agreement, creditor.creditor_id, agreement.origin, now)
        for hold in holds:
            account = account.with_hold(hold)
        notes = [placed_note(hold) for hold in holds]
        if agreement.status is AgreementStatus.ACTIVE:
            self._activate(creditor, account, agreement, now, notes)
            return
        notes.append(Note(now, NoteKind.AGREEMENT_PROPOSED, facts=agreement_facts(agreement)))
        account = with_agreement(account, agreement)
        account = scheduled(account, creditor.rulers, now, creditor.circumstances)
        self.portfolio.commit(Change(account, notes=tuple(notes), agreements=(agreement,)))
        self._tell(creditor, agreement)

    def _activate(
        self,
        creditor: Creditor,
        account: Account,
        agreement: Agreement,
        now: datetime,
        notes: Sequence[Note],
    ) -> None:
        """Write an active agreement with the invoices of its instalments, in one write.

        Promises about its debts have lost their object.
        """
        ended = overtaken(account, agreement)
        account = account.without_holds(ended)
        notes = [*(_released(hold, now) for hold in ended), *notes]
        fresh = [_issued(agreement, each, now) for each in agreement.instalments]
        found = [met_by_orphans(self.portfolio, creditor.creditor_id, each) for each in fresh]
        account = with_agreement(account, agreement)
        for met in found:
            account = account.with_invoice(met.invoice).having_followed(None, met.invoice, now)
        # placed once all are there: whoever settles is in the segment that the instalments make
        issued = [m._replace(invoice=placed(m.invoice, account, creditor, now)) for m in found]
        for met in issued:
            account = account.with_invoice(met.invoice)
        note = Note(now, NoteKind.AGREEMENT_ACCEPTED, facts=agreement_facts(agreement))
        self.portfolio.commit(
            Change(
                scheduled(account, creditor.rulers, now, creditor.circumstances),
                tuple(met.invoice for met in issued),
                {met.invoice.external_id: met.seq for met in issued},
                {p: met.invoice.external_id for met in issued for p in met.payments},
                notes=(*notes, note),
                agreements=(agreement,),
            )
        )
        self._tell(creditor, agreement)

    def _end(
        self,
        creditor: Creditor,
        agreement_id: str,
        wanted: tuple[AgreementStatus, AgreementStatus],
        why: tuple[str, str],
        now: datetime,
    ) -> Agreement:
        """End an agreement that is in the first of two states in the second one."""
        before, after = wanted
        ends = EndAgreements(self.portfolio, self.publisher, self.charges)

        def once() -> Agreement:
            account, agreement = self._find(creditor.creditor_id, agreement_id)
            if agreement.status is before or agreement in account.agreements:
                if agreement.status not in (before, after):
                    raise Conflict(_is(agreement))
                kept = ends.kept(creditor, account, agreement, now)
                if kept is not None:  # everything was paid: it is settled, whoever ends it
                    raise Conflict(_is(kept))
                reason, by = why
                ending = replace(agreement, end_reason=reason, ended_by=by)
                return ends.end(creditor, account, ending, after, now)
            if agreement.status is not after:
                raise Conflict(_is(agreement))
            return agreement

        return retried(once)

    def _after(self, creditor: Creditor, agreement: Agreement, now: datetime) -> None:
        """End what was planned about the debts and is not sent, and name what charges change."""
        account = self.portfolio.load_account(creditor.creditor_id, agreement.customer_id)
        attend = Attend(self.portfolio, self.ledger, self.publisher)
        for hold in holds_of(account, agreement):
            if hold.invoice_id is not None:
                attend.stop_unsent(creditor, OneInvoice(hold.invoice_id), hold, now)
        if self.charges is None or not creditor.has_psp:
            return
        changed: list[InvoiceId] = [d.invoice_id for d in agreement.debts]
        if agreement.status is AgreementStatus.ACTIVE:
            changed += [i.invoice_id for i in agreement.instalments]
        for invoice_id in changed:
            self.charges.ask(creditor.creditor_id, invoice_id, now=now)

    def _tell(self, creditor: Creditor, agreement: Agreement) -> None:
        is_active = agreement.status is AgreementStatus.ACTIVE
        name = "AgreementAccepted" if is_active else "AgreementProposed"
        at = agreement.accepted_at or agreement.proposed_at
        self.publisher.publish([agreement_event(name, creditor.creditor_id, agreement, at)])


def _deal(account: Account, offer: Offer | NoOffer, choice: Choice, key: str | None) -> Deal:
    """Work out what a choice comes to now; refuse one that was shown on other terms."""
    if isinstance(offer, NoOffer):
        msg = f"nothing is offered to customer {account.customer_id}: {offer.reason}"
        raise Conflict(msg)
    deal = deal_for(offer, choice)
    if key is not None and key != deal.key(account.creditor_id, account.customer_id):
        msg = "the terms have changed since they were shown; look at them again"
        raise Conflict(msg)
    return deal


def _same(account: Account, choice: Choice, key: str | None) -> Agreement | None:
    """Return the live agreement that an acceptance made before, if it did."""
    for agreement in account.agreements:
        deal = _deal_of(agreement)
        is_same = (
            deal.choice == choice
            if key is None
            else key == deal.key(account.creditor_id, account.customer_id)
        )
        if agreement.status.is_live and is_same:
            return agreement
    return None


def _deal_of(agreement: Agreement) -> Deal:
    """Return the terms of an agreement as they were accepted."""
    parts = tuple(Part(i.number, i.due_date, i.amount) for i in agreement.instalments)
    choice = Choice(sum(p.number > 0 for p in parts), agreement.down_payment, parts[0].due_date)
    return Deal(
        rule=agreement.rule,
        choice=choice,
        on=agreement.quoted_on or business_date(agreement.proposed_at),
        debts=agreement.debts,
        parts=parts,
        breach_after_days=agreement.breach_after_days,
        needs_approval=agreement.expires_at is not None,
        approval_days=0,
        ruler=agreement.ruler,
    )


def _check_untouched(creditor: Creditor, account: Account, agreement: Agreement) -> None:
    """Refuse an agreement on debts that do not come to what they came to when it was proposed.

    Money counts whenever it was paid: what a bank tells of today may have been paid before.
    """
    on = agreement.quoted_on or business_date(agreement.proposed_at)
    for debt in agreement.debts:
        invoice = account.invoices.get(debt.invoice_id)
        if invoice is None or _owed(creditor, account, invoice, on) != debt.owed:
            msg = f"invoice {debt.invoice_id} is not as it was when the agreement was proposed"
            raise Conflict(msg)


def _owed(creditor: Creditor, account: Account, invoice: Invoice, on: date) -> Money:
    terms = account.late_charges(creditor.rulers.followed(account, invoice))
    return quoted_debt(invoice, on, terms).owed


def _issued(agreement: Agreement, instalment: Instalment, now: datetime) -> Invoice:
    """Return the invoice of an instalment."""
    last = max(i.number for i in agreement.instalments)
    nth = f"{instalment.number}/{last}"
    is_down_payment = instalment.number == 0
    said = _DOWN_PAYMENT if is_down_payment else f"Parcela {nth}"
    short = agreement.agreement_id[:8].upper()
    return Invoice(
        external_id=instalment.invoice_id,
        customer_id=agreement.customer_id,
        number=f"ACORDO {short} {'ENTRADA' if is_down_payment else nth}",
        issue_date=business_date(now),
        due_date=instalment.due_date,
        amount=instalment.amount,
        issued_at=now,
        description=f"{said} do acordo {short}",
        ruler=agreement.ruler,
        metadata={"agreement": agreement.agreement_id, "instalment": nth},
    )


def _released(hold: Hold, now: datetime) -> Note:
    """Note that a hold ended because an agreement took its place."""
    facts = {"hold_id": hold.hold_id, "kind": hold.kind.value, "outcome": "agreement"}
    return Note(now, NoteKind.HOLD_ENDED, hold.invoice_id, facts)


def _is(agreement: Agreement) -> str:
    return f"agreement {agreement.agreement_id} is {agreement.status}"
