"""A case as it is shown: states, payoffs and agreements, all put together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from regua.application.customer_page.case import MOST_OTHERS, PageCase
from regua.application.customer_page.means_to_pay import MeansToPay
from regua.application.customer_page.offering import offer_view, standing_offer
from regua.application.customer_page.resend import (
    MOST_COPIES,
    asked_today,
    can_be_sent_again,
    copies_of,
)
from regua.application.customer_page.views import (
    AgreementView,
    InstalmentView,
    InvoiceState,
    InvoiceView,
    PageView,
)
from regua.application.invoice_lines import closed_line, invoice_line
from regua.application.pix_ports import PixRecords
from regua.application.ports import Portfolio
from regua.application.render_boleto import Instructions
from regua.domain.automatic_debit import is_scheduled
from regua.domain.contact_hours import EMAIL_HOURS
from regua.domain.delivery import EventKind
from regua.domain.holds import HoldKind, stopping
from regua.domain.ids import InvoiceId
from regua.domain.invoice import Invoice, InvoiceStatus
from regua.domain.money import Money
from regua.domain.negotiation.agreement import (
    Agreement,
    AgreementStatus,
    Instalment,
    agreement_of,
)
from regua.domain.payoff import business_date
from regua.domain.ruler import Channel

HOURS = tuple(range(EMAIL_HOURS.weekday[0].hour, EMAIL_HOURS.weekday[1].hour))
"""Hours that may be wished for: those in which anybody may be written to on a working day."""
_STATES = {
    HoldKind.HELD: InvoiceState.HELD,
    HoldKind.DISPUTED: InvoiceState.DISPUTED,
    HoldKind.PROMISED: InvoiceState.PROMISED,
    HoldKind.PAYMENT_IN_TRANSIT: InvoiceState.IN_TRANSIT,
    HoldKind.IN_AGREEMENT: InvoiceState.IN_AGREEMENT,
}
_ENDED_EARLY = frozenset({AgreementStatus.BREACHED, AgreementStatus.CANCELLED})
"""Agreements of which some instalments may have been paid."""


@dataclass(frozen=True, slots=True)
class Showing:
    """Turns cases into views, with what it has to look up."""

    portfolio: Portfolio
    pix: PixRecords
    instructions: Instructions

    def page(self, case: PageCase) -> PageView:
        """Return everything a customer who answered the question sees."""
        concerned, others = self._chosen(case)
        views = [
            *(self._invoice(case, i, is_concerned=True) for i in concerned),
            *(self._invoice(case, i, is_concerned=False) for i in others),
        ]
        customer, account = case.account.customer, case.account
        offer = standing_offer(case)
        return PageView(
            landing=case.landing,
            customer_name=customer.name if customer else "",
            on=case.today,
            invoices=views,
            total=_sum(
                Money(v.line.total_centavos)
                for v in views
                if v.is_concerned and v.state.is_asked_for
            ),
            agreement=self._agreement(case),
            offer=None if offer is None else offer_view(offer),
            channels=reachable(case),
            stopped=frozenset(account.opt_outs),
            preferred_channel=account.preferred_channel,
            preferred_hour=account.preferred_hour,
            hours=HOURS,
            reading_confirmed_at=min(
                (e.at for e in case.events if e.kind is EventKind.CONFIRMED), default=None
            ),
            can_be_sent_again=self._refs_to_send_again(case, concerned),
        )

    # ── invoices ───────────────────────────────────────────────────────────────────────────────

    def _chosen(self, case: PageCase) -> tuple[Sequence[Invoice], Sequence[Invoice]]:
        """Return what the page is about, and what else is open.

        An agreement's instalments stand for the debts they take the place of: what is late of
        them, or else the next; the agreement lists them all. A message that thanks for one asks
        for no other.
        """
        agreements, told = case.account.agreements, _ids(case.concerned)
        standing_in = [
            i
            for a in agreements
            if case.is_collection and _is_about(a, case)
            for i in _next_of(a, case)
            if i.external_id not in told
        ]
        concerned = [*case.concerned, *standing_in]
        later = {i.invoice_id for a in agreements for i in a.instalments}
        later -= _ids([i for a in agreements for i in _next_of(a, case)])
        left_out = _ids(concerned) | later
        others = [i for i in case.others if i.external_id not in left_out]
        return concerned, others[:MOST_OTHERS]

    def _invoice(self, case: PageCase, invoice: Invoice, *, is_concerned: bool) -> InvoiceView:
        """Return one invoice as it stands."""
        state = state_of(case, invoice)
        if invoice.is_open:
            line = invoice_line(case.creditor, case.account, invoice, case.today, None)
        else:
            line = closed_line(case.creditor, case.account, invoice)
        settled = None if state is not InvoiceState.PAID else invoice.settled_at
        view = InvoiceView(
            ref=case.ref(invoice.external_id),
            invoice_id=invoice.external_id,
            state=state,
            line=replace(line, pix_copy_paste=None, boleto_line=None, pay_url=None),
            is_concerned=is_concerned,
            until=_until(case, invoice),
            paid_on=None if settled is None else business_date(settled),
            can_promise_until=(
                case.today + timedelta(days=case.ruler_of(invoice).promises.max_days)
                if state.is_asked_for
                else None
            ),
            instalment_number=_instalment_number(case, invoice),
        )
        return self._means.added(case, invoice, view) if state.is_payable else view

    @property
    def _means(self) -> MeansToPay:
        return MeansToPay(self.pix, self.instructions)

    def _refs_to_send_again(self, case: PageCase, invoices: Sequence[Invoice]) -> Sequence[str]:
        """Name the invoices of which a second copy would be sent if it was asked for now."""
        possible = [i for i in invoices if can_be_sent_again(case, i)]
        if not possible:
            return ()
        notes = self.portfolio.notes(case.dispatch.creditor_id, case.dispatch.customer_id)
        if copies_of(case, notes) >= MOST_COPIES:
            return ()
        return [case.ref(i.external_id) for i in possible if asked_today(case, i, notes) is None]

    # ── agreements ─────────────────────────────────────────────────────────────────────────────

    def _agreement(self, case: PageCase) -> AgreementView | None:
        """Return the live agreement, or else the one that an invoice of the message was part of.

        A message that thanks for a payment leads to no agreement about something else.
        """
        live = next(iter(case.account.agreements), None)
        if live is not None and (case.is_collection or _is_about(live, case)):
            return self._agreement_view(case, live)
        for invoice in case.concerned:
            named = agreement_of(invoice.external_id)
            if named is None:
                continue
            ended = self.portfolio.find_agreement(case.dispatch.creditor_id, named)
            if ended is not None:
                return self._agreement_view(case, ended)
        return None

    def _agreement_view(self, case: PageCase, agreement: Agreement) -> AgreementView:
        """Return an agreement with its instalments."""
        accepted = agreement.accepted_at or agreement.proposed_at
        expires = agreement.expires_at
        is_proposed = agreement.status is AgreementStatus.PROPOSED
        return AgreementView(
            status=agreement.status,
            total=agreement.total,
            discount=agreement.discount,
            accepted_on=accepted.astimezone(case.ruler.zone).date(),
            instalments=[self._instalment(case, agreement, i) for i in agreement.instalments],
            expires_on=(
                expires.astimezone(case.ruler.zone).date() if expires and is_proposed else None
            ),
        )

    def _instalment(
        self, case: PageCase, agreement: Agreement, instalment: Instalment
    ) -> InstalmentView:
        """Return an instalment; of an active agreement, one that is not open is done with."""
        is_open = instalment.invoice_id in case.account.invoices
        is_paid = agreement.status is AgreementStatus.FULFILLED
        if agreement.status is AgreementStatus.ACTIVE:
            is_paid = not is_open
        elif agreement.status in _ENDED_EARLY:
            is_paid = self._was_paid(case, instalment.invoice_id)
        return InstalmentView(
            number=instalment.number,
            due_date=instalment.due_date,
            amount=instalment.amount,
            is_paid=is_paid,
            invoice_ref=case.ref(instalment.invoice_id) if is_open else None,
        )

    def _was_paid(self, case: PageCase, invoice_id: InvoiceId) -> bool:
        found = self.portfolio.find_invoice(case.dispatch.creditor_id, invoice_id)
        return found is not None and found.is_settled


def state_of(case: PageCase, invoice: Invoice) -> InvoiceState:
    """Tell what the page says of an invoice."""
    if invoice.status is InvoiceStatus.CANCELLED:
        return InvoiceState.CANCELLED
    if not invoice.is_open:
        return InvoiceState.PAID
    hold = stopping(case.account.holds, invoice.external_id, case.now)
    if hold is None:
        return InvoiceState.TO_PAY
    if is_scheduled([hold], invoice.external_id, case.now):
        return InvoiceState.DEBIT_SCHEDULED
    return _STATES[hold.kind]


def reachable(case: PageCase) -> Sequence[Channel]:
    """Return the channels that the creditor has and the customer has an address on."""
    senders = case.creditor.circumstances.senders
    return [c for c in Channel if c in senders and case.account.addresses(c)]


def _is_about(agreement: Agreement, case: PageCase) -> bool:
    """Tell whether an agreement covers, or has as an instalment, what the message is about."""
    instalments = {i.invoice_id for i in agreement.instalments}
    return any(
        agreement.covers(i.external_id) or i.external_id in instalments for i in case.concerned
    )


def _next_of(agreement: Agreement, case: PageCase) -> Sequence[Invoice]:
    """Return the open instalments that are late, or else the next one."""
    open_ones = [
        case.account.invoices[i.invoice_id]
        for i in agreement.instalments
        if i.invoice_id in case.account.invoices
    ]
    late = [i for i in open_ones if i.effective_due_date < case.today]
    return late or open_ones[:1]


def _instalment_number(case: PageCase, invoice: Invoice) -> int | None:
    """Return which instalment of a live agreement an invoice is, if it is one."""
    return next(
        (
            instalment.number
            for agreement in case.account.agreements
            for instalment in agreement.instalments
            if instalment.invoice_id == invoice.external_id
        ),
        None,
    )


def _until(case: PageCase, invoice: Invoice) -> date | None:
    """Return the promised day, or the last day on which contact rests."""
    hold = stopping(case.account.holds, invoice.external_id, case.now)
    if hold is None or hold.until is None:
        return None
    if hold.promised_on is not None:
        return hold.promised_on
    return (hold.until - timedelta(microseconds=1)).astimezone(case.ruler.zone).date()


def _ids(invoices: Sequence[Invoice]) -> frozenset[InvoiceId]:
    return frozenset(i.external_id for i in invoices)


def _sum(amounts: Iterator[Money]) -> Money:
    return Money(sum(amount.centavos for amount in amounts))
