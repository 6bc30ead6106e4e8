"""What creditors do with plans: describe them, pause them, let them go on, end them."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from regua.application.ingest import Ingested, check_ruler
from regua.application.plan_ports import PlanStore
from regua.application.ports import Creditor, Portfolio
from regua.application.preconditions import NO_EXPECTATION, Expectation, tag_of
from regua.application.retrying import retried
from regua.domain.errors import Conflict, InvalidInput, NotFound
from regua.domain.plans import Plan, PlanId, PlanStatus, next_issue_at

_OUR_DOING = frozenset({"version", "dealt_with", "bills_from"})


def plan_tag(plan: Plan) -> str:
    """Return the tag of a plan: all but what is our own doing."""
    return tag_of({n: fact for n, fact in asdict(plan).items() if n not in _OUR_DOING})


@dataclass(frozen=True, slots=True)
class ManagePlans:
    """The use cases, with what they need."""

    plans: PlanStore
    portfolio: Portfolio

    def put(
        self,
        creditor: Creditor,
        described: Plan,
        *,
        now: datetime,
        expected: Expectation = NO_EXPECTATION,
    ) -> tuple[Ingested, Plan]:
        """Create or update a plan. An older description never overwrites a newer one.

        What was billed stays as it is; what is still to come follows the new description.

        Raises:
            InvalidInput: the customer or the ruler is not known, or debits are not possible.
            Conflict: the plan is another customer's, or has ended.
            PreconditionFailed: it is not as the caller expects.
        """
        check_ruler(creditor, described.ruler)
        if described.automatic and not creditor.has_psp:
            raise InvalidInput.at("automatic_pix", "you are not paid by Pix through a provider yet")

        def once() -> tuple[Ingested, Plan]:
            known = self.plans.find(creditor.creditor_id, described.external_id)
            expected.check(lambda: None if known is None else plan_tag(known))
            if known is not None and known.customer_id != described.customer_id:
                raise Conflict("the plan belongs to another customer; end it and make a new one")
            self._check_customer(creditor, described)
            if known is None:
                return Ingested.CREATED, self._save(creditor, described, now)
            stands = known.updated(described)
            if stands is known:
                return Ingested.UPDATED, known
            if known.status is PlanStatus.ENDED:
                raise Conflict("the plan has ended; make a new one")
            soon = known.automatic  # an authorisation that is wanted no more is withdrawn
            return Ingested.UPDATED, self._save(creditor, stands, now, soon=soon)

        return retried(once)

    def pause(self, creditor: Creditor, plan_id: PlanId, *, now: datetime) -> Plan:
        """Bill nothing until it goes on; pausing twice changes nothing.

        Raises:
            NotFound: no such plan.
            Conflict: it has ended.
        """
        return self._change(creditor, plan_id, Plan.paused, now)

    def resume(self, creditor: Creditor, plan_id: PlanId, *, now: datetime) -> Plan:
        """Go on with what falls due from today; the months of the pause are not made up for.

        Raises:
            NotFound: no such plan.
            Conflict: it has ended.
        """
        today = now.astimezone(creditor.ruler.zone).date()
        return self._change(creditor, plan_id, lambda plan: plan.resumed(today), now)

    def end(self, creditor: Creditor, plan_id: PlanId, *, now: datetime) -> Plan:
        """Bill nothing any more, for good; what was billed is still owed.

        Raises:
            NotFound: no such plan.
        """
        plan = self.find(creditor, plan_id)
        if plan.status is PlanStatus.ENDED:
            return plan
        return self._change(creditor, plan_id, Plan.ended, now)

    def find(self, creditor: Creditor, plan_id: PlanId) -> Plan:
        """Return a plan.

        Raises:
            NotFound: no such plan.
        """
        found = self.plans.find(creditor.creditor_id, plan_id)
        if found is None:
            raise NotFound(plan_id)
        return found

    def _change(
        self, creditor: Creditor, plan_id: PlanId, change: Callable[[Plan], Plan], now: datetime
    ) -> Plan:
        def once() -> Plan:
            plan = self.find(creditor, plan_id)
            if plan.status is PlanStatus.ENDED:
                raise Conflict("the plan has ended")
            changed = change(plan)
            return plan if changed == plan else self._save(creditor, changed, now)

        return retried(once)

    def _save(self, creditor: Creditor, plan: Plan, now: datetime, *, soon: bool = False) -> Plan:
        look_at = next_issue_at(plan, creditor.ruler.zone)
        if plan.automatic or soon:
            look_at = now  # its authorisation is asked for, or withdrawn, before anything else
        self.plans.save(creditor.creditor_id, plan, look_at=look_at)
        return self.find(creditor, plan.external_id)

    def _check_customer(self, creditor: Creditor, plan: Plan) -> None:
        account = self.portfolio.load_account(creditor.creditor_id, plan.customer_id)
        if account.customer is None:
            raise InvalidInput.at("customer_external_id", "no such customer: register it first")
