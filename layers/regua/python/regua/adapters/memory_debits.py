"""The in-memory twin of what is kept about Pix Automático."""

from collections.abc import Sequence
from dataclasses import replace

from regua.domain.automatic_debit import Debit, Mandate
from regua.domain.errors import VersionConflict
from regua.domain.ids import CreditorId
from regua.domain.plans import PlanId


class MemoryDebits:
    """Authorisations and debits in dictionaries."""

    def __init__(self) -> None:
        self.mandates: dict[tuple[CreditorId, PlanId], Mandate] = {}
        self.plans: dict[tuple[CreditorId, str], PlanId] = {}
        self.known: dict[tuple[CreditorId, PlanId], dict[str, Debit]] = {}

    def mandate(self, creditor_id: CreditorId, plan_id: PlanId) -> Mandate | None:
        """Return a plan's present authorisation."""
        return self.mandates.get((creditor_id, plan_id))

    def save_mandate(self, creditor_id: CreditorId, plan_id: PlanId, mandate: Mandate) -> None:
        """Write the next version of an authorisation, found by its ``rec_id`` from now on."""
        known = self.mandate(creditor_id, plan_id)
        if mandate.version != (0 if known is None else known.version):
            raise VersionConflict(plan_id)
        self.mandates[creditor_id, plan_id] = replace(mandate, version=mandate.version + 1)
        if mandate.rec_id is not None:
            self.plans[creditor_id, mandate.rec_id] = plan_id

    def plan_of_mandate(self, creditor_id: CreditorId, rec_id: str) -> PlanId | None:
        """Tell which plan an authorisation is for."""
        return self.plans.get((creditor_id, rec_id))

    def debit(self, creditor_id: CreditorId, plan_id: PlanId, period: str) -> Debit | None:
        """Return the debit of a month."""
        return self.known.get((creditor_id, plan_id), {}).get(period)

    def debits(self, creditor_id: CreditorId, plan_id: PlanId, limit: int) -> Sequence[Debit]:
        """Return a plan's debits, the latest month first."""
        known = self.known.get((creditor_id, plan_id), {})
        return [known[period] for period in sorted(known, reverse=True)[: max(limit, 0)]]

    def save_debit(self, creditor_id: CreditorId, plan_id: PlanId, debit: Debit) -> None:
        """Write the next version of a debit."""
        known = self.debit(creditor_id, plan_id, debit.period)
        if debit.version != (0 if known is None else known.version):
            raise VersionConflict(debit.period)
        months = self.known.setdefault((creditor_id, plan_id), {})
        months[debit.period] = replace(debit, version=debit.version + 1)
