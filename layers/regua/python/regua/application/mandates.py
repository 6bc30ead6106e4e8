"""Pix Automático: a plan's authorisation (*mandate*), asked for, followed and withdrawn.

There is no id of ours for it at the provider until it answers, so that we are about to ask is noted
first; whoever finds such a note looks for what may have been asked for, and asks only when there is
nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from regua.application.automatic_pix_ports import (
    AutomaticPix,
    DebitStore,
    MandateAsked,
    MandateTold,
)
from regua.application.pix_ports import PspRefused
from regua.application.ports import Creditor, EventPublisher, OutgoingEvent
from regua.domain.automatic_debit import Mandate, MandateStatus, contract_of, mandate_status
from regua.domain.customer import Customer
from regua.domain.errors import NotFound
from regua.domain.plans import Plan, PlanStatus, all_instalments, next_instalment

LOOK_HOUR = 6
NAME_LENGTH = 140
ONE_DAY = timedelta(days=1)
_SUBJECT_LENGTH = 35


@dataclass(frozen=True, slots=True)
class PlanCase:
    """A plan under way: whose it is, who pays, and the instant."""

    creditor: Creditor
    plan: Plan
    customer: Customer | None
    now: datetime

    @property
    def today(self) -> date:
        """The day by the ruler's clock."""
        return self.now.astimezone(self.creditor.ruler.zone).date()

    def at(self, day: date, hour: int) -> datetime:
        """Return an hour of a day by the ruler's clock."""
        return datetime.combine(day, time(hour), self.creditor.ruler.zone)

    def event(self, name: str, data: Mapping[str, str]) -> OutgoingEvent:
        """Tell something about it."""
        return OutgoingEvent(name, self.creditor.creditor_id, self.now, data)


@dataclass(frozen=True, slots=True)
class Mandates:
    """What is done about authorisations, with what it needs."""

    provider: AutomaticPix
    debits: DebitStore
    publisher: EventPublisher

    def brought(self, case: PlanCase) -> Mandate | None:
        """Bring a plan's authorisation to where it should be.

        Raises:
            VersionConflict: somebody else wrote it since.
            PspUnavailable: the provider cannot answer now; bring it again.
        """
        known = self.debits.mandate(case.creditor.creditor_id, case.plan.external_id)
        is_wanted = case.plan.automatic and case.plan.status is not PlanStatus.ENDED
        if not is_wanted:
            return self._withdrawn(case, known)
        if known is None:
            return self._ask(case, self._claimed(case))
        if known.status is MandateStatus.ASKED:
            return self._ask_again(case, known)
        if known.status is MandateStatus.WAITING:
            return self.asked_again(case)
        return known

    def _claimed(self, case: PlanCase) -> Mandate | None:
        """Note that we are about to ask, so that a crash after asking asks no second time."""
        if next_instalment(case.plan) is None or case.customer is None:
            return None
        contract = contract_of(case.creditor.creditor_id, case.plan.external_id, 0)
        return self._saved(
            case,
            Mandate(contract, MandateStatus.ASKED, case.now, retries=case.plan.retries),
        )

    def _ask(self, case: PlanCase, claimed: Mandate | None) -> Mandate | None:
        following = next_instalment(case.plan)
        if claimed is None or following is None or case.customer is None:
            return claimed
        limited = case.plan.instalments is not None or case.plan.ends_on is not None
        last = (
            max((i.due_date for i in all_instalments(case.plan)), default=None) if limited else None
        )
        asked = MandateAsked(
            contract=claimed.contract,
            subject=(case.plan.description or case.creditor.sender.name)[:_SUBJECT_LENGTH],
            document=case.customer.document,
            name=case.customer.name[:NAME_LENGTH],
            first_on=following.due_date,
            last_on=last,
            retries=claimed.retries,
        )
        try:
            told = self.provider.ask_mandate(case.creditor.creditor_id, asked)
        except PspRefused as exc:
            refused = replace(claimed, status=MandateStatus.REFUSED, refusal=exc.kind)
            return self._saved(case, refused)
        return self._told(case, claimed, told)

    def _ask_again(self, case: PlanCase, known: Mandate) -> Mandate | None:
        """Look for what an earlier try may have asked for, and ask only when there is nothing."""
        if case.customer is None:
            return known
        found = self.provider.find_by_contract(
            case.creditor.creditor_id,
            case.customer.document,
            known.contract,
            known.asked_at,
            case.now,
        )
        return self._ask(case, known) if found is None else self._told(case, known, found)

    def asked_again(self, case: PlanCase) -> Mandate | None:
        """Ask the provider where an authorisation stands, and keep what it says.

        Raises:
            VersionConflict: somebody else wrote it since.
            PspUnavailable: the provider cannot answer now.
        """
        known = self.debits.mandate(case.creditor.creditor_id, case.plan.external_id)
        if known is None or known.rec_id is None:
            return known
        told = self.provider.find_mandate(case.creditor.creditor_id, known.rec_id)
        return known if told is None else self._told(case, known, told)

    def _told(self, case: PlanCase, known: Mandate, told: MandateTold) -> Mandate:
        """Take in what the provider says; tell of an authorisation when it is given."""
        status = mandate_status(told.status) or known.status
        changed = replace(
            known, status=status, rec_id=told.rec_id, code=told.code or known.code, refusal=None
        )
        if status is MandateStatus.AUTHORISED and known.status is not status:
            # Before the write, so that it is not lost; told again changes nothing.
            data = {"plan_external_id": case.plan.external_id, "customer_id": case.plan.customer_id}
            self.publisher.publish([case.event("AutomaticDebitAuthorised", data)])
        return known if changed == known else self._saved(case, changed)

    def _withdrawn(self, case: PlanCase, known: Mandate | None) -> Mandate | None:
        if known is None or known.status.is_final or known.rec_id is None:
            return known
        try:
            told = self.provider.cancel_mandate(case.creditor.creditor_id, known.rec_id)
        except (PspRefused, NotFound):  # it has ended already
            return self.asked_again(case)
        return self._told(case, known, told)

    def _saved(self, case: PlanCase, mandate: Mandate) -> Mandate:
        creditor_id, plan_id = case.creditor.creditor_id, case.plan.external_id
        self.debits.save_mandate(creditor_id, plan_id, mandate)
        return replace(mandate, version=mandate.version + 1)

    @staticmethod
    def look_at(case: PlanCase, mandate: Mandate | None) -> datetime | None:
        """Return when an authorisation is looked at next: in the morning, until it is decided."""
        if mandate is not None and mandate.status in (MandateStatus.ASKED, MandateStatus.WAITING):
            return case.at(case.today + ONE_DAY, LOOK_HOUR)
        return None
