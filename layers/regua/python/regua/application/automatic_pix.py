"""Pix Automático: asked for with a plan, used for its invoices, and never relied upon.

A plan that wants it has one authorisation (*mandate*). Once the customer has given it, each invoice
of the plan is debited on its due date: asked for within its window, taken back when the invoice is
paid otherwise, tried again where that was agreed, and left to the ruler when it fails. While a
debit is scheduled, contact about its invoice rests, and no charge of ours asks for the same money.

What somebody posts to us is only a reason to ask the provider again; its own answer counts.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from regua.application.attend import Attend
from regua.application.automatic_pix_ports import (
    AutomaticPix,
    DebitAsked,
    DebitIndex,
    DebitStore,
)
from regua.application.debit_consequences import DebitConsequences, rests_until
from regua.application.debit_notices import receive_cobr, receive_rec
from regua.application.mandates import LOOK_HOUR, NAME_LENGTH, ONE_DAY, Mandates, PlanCase
from regua.application.pix_ports import ChargeQueue, PspRefused
from regua.application.plan_ports import PlanStore
from regua.application.ports import Creditor, EventPublisher, Portfolio
from regua.application.retrying import retried
from regua.application.settle_pix import SettlePix
from regua.domain.automatic_debit import (
    Debit,
    DebitStatus,
    DebitTold,
    Mandate,
    MandateStatus,
    debit_status,
    debit_txid,
    refusal_of,
    retry_on,
)
from regua.domain.calendar import roll
from regua.domain.errors import NotFound
from regua.domain.holds import is_in_agreement
from regua.domain.invoice import Invoice
from regua.domain.plans import (
    Plan,
    PlanId,
    PlanStatus,
    debit_window,
    invoice_id_of,
    plan_of,
)

LAST_LOOK_HOUR = 21
"""On the evening before the first attempt: the last time a debit can be taken back."""
_RECENT_MONTHS = 3
_RECENT_DEBITS = 12
_INFORMATION_LENGTH = 140
_GIVEN_UP_AFTER = timedelta(days=15)
"""A provider that says nothing new for so long after a debit's day is not asked any more."""


@dataclass(frozen=True, slots=True)
class AutomaticDebits:
    """The use cases, with what they need."""

    provider: AutomaticPix
    debits: DebitStore
    plans: PlanStore
    index: DebitIndex
    settle: SettlePix
    attend: Attend
    portfolio: Portfolio
    publisher: EventPublisher
    charges: ChargeQueue
    """Where invoices are named that a debit takes over from their charge, or leaves to it."""

    # ── looking after a plan ───────────────────────────────────────────────────────────────────

    def follow(self, creditor: Creditor, plan: Plan, *, now: datetime) -> datetime | None:
        """Do what is due about a plan's authorisation and debits, and say when to look again.

        Raises:
            TemporaryError: the provider cannot answer now, or somebody was faster; look again.
        """
        case = self._case(creditor, plan, now)
        mandate = retried(lambda: self._mandates.brought(case))
        if mandate is not None and mandate.status is MandateStatus.AUTHORISED:
            self._plan_debits(case)
        recent = self.debits.debits(creditor.creditor_id, plan.external_id, _RECENT_DEBITS)
        looks = [self._step(case, debit, mandate) for debit in recent]
        looks.append(self._mandates.look_at(case, mandate))
        return min((at for at in looks if at is not None), default=None)

    def notified(self, creditor: Creditor, body: bytes, *, now: datetime) -> Mapping[str, int]:
        """Look at everything that a notification (`is_about_debits`) is about, and count it.

        Raises:
            InvalidInput: it cannot be read.
            TemporaryError: the provider cannot answer now; give it again.
        """
        document = json.loads(body)
        mandates = receive_rec(body) if "recs" in document else ()
        debits = receive_cobr(body) if "cobsr" in document else ()
        known = [self.mandate_told(creditor, rec_id, now=now) for rec_id in mandates]
        known += [self.debit_told(creditor, txid, now=now) for txid in debits]
        return {"debits_notified": len(known), "debits_unknown": known.count(False)}

    def mandate_told(self, creditor: Creditor, rec_id: str, *, now: datetime) -> bool:
        """Look at an authorisation that somebody told of; False when it is none of ours.

        Raises:
            TemporaryError: the provider cannot answer now; look again.
        """
        plan_id = self.debits.plan_of_mandate(creditor.creditor_id, rec_id)
        plan = None if plan_id is None else self.plans.find(creditor.creditor_id, plan_id)
        if plan is None:
            return False
        before = self.debits.mandate(creditor.creditor_id, plan.external_id)
        after = retried(lambda: self._mandates.asked_again(self._case(creditor, plan, now)))
        if before is None or after is None or after.status is not before.status:
            self._look_soon(creditor, plan.external_id, now)
        return True

    def debit_told(self, creditor: Creditor, txid: str, *, now: datetime) -> bool:
        """Look at a debit that somebody told of; False when it is none of ours.

        Raises:
            TemporaryError: the provider cannot answer now; look again.
        """
        invoice_id = self.index.invoice_of(creditor.creditor_id, txid)
        if invoice_id is None:
            return False
        plan_id, period = plan_of(invoice_id)
        plan = self.plans.find(creditor.creditor_id, plan_id)
        debit = self.debits.debit(creditor.creditor_id, plan_id, period)
        if plan is None or debit is None or debit.txid != txid:
            return False
        case = self._case(creditor, plan, now)
        self._synchronised(case, debit)
        self._look_soon(creditor, plan_id, now)
        return True

    def _look_soon(self, creditor: Creditor, plan_id: PlanId, now: datetime) -> None:
        """Let a plan be looked at with the next tick: something follows from what was told."""

        def once() -> None:
            plan = self.plans.find(creditor.creditor_id, plan_id)
            if plan is not None:
                self.plans.save(creditor.creditor_id, plan, look_at=now)

        retried(once)

    @property
    def _mandates(self) -> Mandates:
        return Mandates(self.provider, self.debits, self.publisher)

    @property
    def _consequences(self) -> DebitConsequences:
        return DebitConsequences(self.attend, self.publisher, self.charges)

    def _case(self, creditor: Creditor, plan: Plan, now: datetime) -> PlanCase:
        account = self.portfolio.load_account(creditor.creditor_id, plan.customer_id)
        return PlanCase(creditor, plan, account.customer, now)

    # ── debits ─────────────────────────────────────────────────────────────────────────────────

    def _plan_debits(self, case: PlanCase) -> None:
        """Note the debits of what was billed and can still be debited."""
        creditor_id, plan_id = case.creditor.creditor_id, case.plan.external_id
        if case.plan.status is PlanStatus.ENDED or not case.plan.automatic:
            return
        for month in self.plans.billed(creditor_id, plan_id, None, _RECENT_MONTHS).billed:
            invoice_id = invoice_id_of(plan_id, month.period)
            invoice = self.portfolio.find_invoice(creditor_id, invoice_id)
            if invoice is None or not invoice.is_open:
                continue
            if case.today > debit_window(invoice.due_date)[1]:
                continue
            if self.debits.debit(creditor_id, plan_id, month.period) is not None:
                continue
            debit = Debit(
                period=month.period,
                invoice_id=invoice_id,
                due_date=invoice.due_date,
                amount=invoice.balance,
                txid=debit_txid(creditor_id, invoice_id),
                status=DebitStatus.PLANNED,
                try_on=roll(invoice.due_date),
            )
            self.debits.save_debit(creditor_id, plan_id, debit)

    def _step(self, case: PlanCase, debit: Debit, mandate: Mandate | None) -> datetime | None:
        """Bring a debit to where it should be, and say when to look at it again."""
        if debit.status is DebitStatus.PLANNED:
            debit = self._asked_for(case, debit, mandate)
        elif debit.status.is_expected:
            debit = self._watched(case, debit)
        if debit.status is DebitStatus.FAILED and mandate is not None and mandate.retries:
            debit = self._tried_again(case, debit)
        return self._look_at_debit(case, debit)

    def _asked_for(self, case: PlanCase, debit: Debit, mandate: Mandate | None) -> Debit:
        first, last = debit_window(debit.due_date)
        if not self._is_owed_so(case, debit):
            return self._not_asked_for(case, debit, DebitStatus.CANCELLED)
        is_authorised = mandate is not None and mandate.status is MandateStatus.AUTHORISED
        if case.today > last or not is_authorised:
            return self._not_asked_for(case, debit, DebitStatus.LEFT_OUT)
        if case.today < first or mandate is None or mandate.rec_id is None:
            return debit
        if case.customer is None:  # pragma: no cover - a plan's customer is known
            return debit
        creditor_id = case.creditor.creditor_id
        self.index.claim_txid(creditor_id, debit.txid, debit.invoice_id)  # it may be paid at once
        asked = DebitAsked(
            txid=debit.txid,
            rec_id=mandate.rec_id,
            due_date=debit.due_date,
            amount=debit.amount,
            information=(case.plan.description or debit.invoice_id)[:_INFORMATION_LENGTH],
            document=case.customer.document,
            name=case.customer.name[:NAME_LENGTH],
        )
        try:
            told = self.provider.ask_debit(creditor_id, asked)
        except PspRefused as exc:
            refused = replace(debit, refusal=exc.kind)
            return self._changed(case, refused, DebitStatus.LEFT_OUT)
        return self._taken(case, debit, told)

    def _not_asked_for(self, case: PlanCase, debit: Debit, status: DebitStatus) -> Debit:
        """Let a debit be, unless an earlier try asked for it and never learned that it did."""
        told = None
        if case.today >= debit_window(debit.due_date)[0]:
            told = self.provider.find_debit(case.creditor.creditor_id, debit.txid)
        if told is None:
            return self._changed(case, debit, status)
        found = self._taken(case, debit, told)
        return self._watched(case, found) if found.status.is_expected else found

    def _watched(self, case: PlanCase, debit: Debit) -> Debit:
        """Take a debit back whose invoice is not owed any more so, or see what became of it."""
        can_be_taken_back = debit.tries == 0 and case.today < debit.try_on
        if can_be_taken_back and not self._is_owed_so(case, debit):
            with suppress(PspRefused, NotFound):  # it has ended, or its day has come
                told = self.provider.cancel_debit(case.creditor.creditor_id, debit.txid)
                return self._taken(case, debit, told)
        if case.now >= rests_until(case, debit):
            self._consequences.ask_for_charge(
                case, debit
            )  # it is late: there is another way to pay again
        return self._synchronised(case, debit)

    def _is_owed_so(self, case: PlanCase, debit: Debit) -> bool:
        """Tell whether an invoice is still owed as it is debited: this amount, on this day.

        What rests in an agreement is not: its instalments are paid in its place.
        """
        invoice = self._invoice(case, debit)
        if invoice is None or not invoice.is_open:
            return False
        account = self.portfolio.load_account(case.creditor.creditor_id, invoice.customer_id)
        if is_in_agreement(account.holds, debit.invoice_id):
            return False
        return (invoice.balance, invoice.due_date) == (debit.amount, debit.due_date)

    def _invoice(self, case: PlanCase, debit: Debit) -> Invoice | None:
        return self.portfolio.find_invoice(case.creditor.creditor_id, debit.invoice_id)

    def _tried_again(self, case: PlanCase, debit: Debit) -> Debit:
        day = retry_on(debit, case.today)
        if day is None or not self._is_owed_so(case, debit):
            return debit
        try:
            told = self._another_attempt(case, debit, day)
        except (PspRefused, NotFound) as exc:
            kind = exc.kind if isinstance(exc, PspRefused) else "NaoEncontrado"
            return self._changed(case, replace(debit, refusal=kind), DebitStatus.LEFT_OUT)
        again = replace(debit, tries=debit.tries + 1, try_on=day, refusal=None)
        return self._taken(case, again, told, otherwise=DebitStatus.REQUESTED)

    def _another_attempt(self, case: PlanCase, debit: Debit, day: date) -> DebitTold:
        """Ask for another attempt, unless an earlier try did and never learned that it did."""
        creditor_id = case.creditor.creditor_id
        told = self.provider.find_debit(creditor_id, debit.txid)
        if told is not None and debit_status(told) is not DebitStatus.FAILED:
            return told
        return self.provider.retry_debit(creditor_id, debit.txid, day)

    def _synchronised(self, case: PlanCase, debit: Debit) -> Debit:
        told = self.provider.find_debit(case.creditor.creditor_id, debit.txid)
        return debit if told is None else self._taken(case, debit, told)

    def _taken(
        self, case: PlanCase, debit: Debit, told: DebitTold, *, otherwise: DebitStatus | None = None
    ) -> Debit:
        """Take in what the provider says of a debit, and let follow what follows."""
        for end_to_end_id in told.received:
            self.settle(case.creditor, end_to_end_id, now=case.now)
        status = debit_status(told) or debit.status
        if otherwise is not None and status is DebitStatus.FAILED:
            status = otherwise  # the new attempt is not in the answer yet
        refusal = refusal_of(told) if status is DebitStatus.FAILED else None
        return self._changed(case, replace(debit, refusal=refusal), status)

    def _changed(self, case: PlanCase, debit: Debit, status: DebitStatus) -> Debit:
        creditor_id, plan_id = case.creditor.creditor_id, case.plan.external_id
        known = self.debits.debit(creditor_id, plan_id, debit.period)
        changed = replace(debit, status=status)
        if known is not None and known == changed:
            return changed
        is_owed = partial(self._is_owed_so, case, changed)
        self._consequences.follow(case, known, changed, is_owed=is_owed)
        self.debits.save_debit(creditor_id, plan_id, changed)
        return replace(changed, version=changed.version + 1)

    @staticmethod
    def _look_at_debit(case: PlanCase, debit: Debit) -> datetime | None:
        """Return when a debit is looked at next: each morning, and on the last evening."""
        if debit.status is DebitStatus.PLANNED:
            return case.at(max(debit_window(debit.due_date)[0], case.today + ONE_DAY), LOOK_HOUR)
        if not debit.status.is_expected or case.today > debit.try_on + _GIVEN_UP_AFTER:
            return None
        return min(at for at in _looks(case, debit) if at > case.now)


def _looks(case: PlanCase, debit: Debit) -> Iterator[datetime]:
    yield case.at(case.today + ONE_DAY, LOOK_HOUR)
    yield case.at(debit.try_on - ONE_DAY, LAST_LOOK_HOUR)
