"""The in-memory twin of the plans' store."""

import json
from dataclasses import replace
from datetime import datetime

from regua.application.plan_ports import Billed, BilledPage, PlanPage, Waiting, WaitingPage
from regua.application.wire import instant_text
from regua.domain.errors import VersionConflict
from regua.domain.ids import CreditorId, shard_of
from regua.domain.plans import Plan, PlanId


class MemoryPlans:
    """Plans in dictionaries."""

    def __init__(self, shards: int = 1) -> None:
        self.plans: dict[tuple[CreditorId, PlanId], Plan] = {}
        self.months: dict[tuple[CreditorId, PlanId], dict[str, Billed]] = {}
        self.look_at: dict[tuple[CreditorId, PlanId], str] = {}
        self._shards = shards

    def find(self, creditor_id: CreditorId, plan_id: PlanId) -> Plan | None:
        """Return a plan."""
        return self.plans.get((creditor_id, plan_id))

    def save(
        self,
        creditor_id: CreditorId,
        plan: Plan,
        *,
        look_at: datetime | None,
        billed: Billed | None = None,
    ) -> None:
        """Write the next version of a plan, and with it the month that was billed."""
        where = creditor_id, plan.external_id
        known = self.plans.get(where)
        if plan.version != (0 if known is None else known.version):
            raise VersionConflict(plan.external_id)
        self.plans[where] = replace(plan, version=plan.version + 1)
        self.look_at.pop(where, None)
        if look_at is not None:
            self.look_at[where] = instant_text(look_at)
        if billed is not None:
            self.months.setdefault(where, {})[billed.period] = billed

    def page(self, creditor_id: CreditorId, after: PlanId | None, limit: int) -> PlanPage:
        """Return a page of a creditor's plans, by id."""
        mine = sorted(p for c, p in self.plans if c == creditor_id and (after is None or p > after))
        found = [self.plans[creditor_id, p] for p in mine[:limit]]
        return PlanPage(found, found[-1].external_id if len(found) == limit else None)

    def billed(
        self, creditor_id: CreditorId, plan_id: PlanId, after: str | None, limit: int
    ) -> BilledPage:
        """Return a page of a plan's months, the latest first."""
        months = self.months.get((creditor_id, plan_id), {})
        names = sorted((m for m in months if after is None or m < after), reverse=True)[:limit]
        return BilledPage([months[n] for n in names], names[-1] if len(names) == limit else None)

    def waiting(self, shard: str, now: datetime, cursor: str | None, limit: int) -> WaitingPage:
        """Return a page of the plans of a shard whose time has come."""
        due = sorted(
            (at, *where)
            for where, at in self.look_at.items()
            if at <= instant_text(now)
            and shard_of(where[0], self.plans[where].customer_id, self._shards) == shard
        )
        start = tuple(json.loads(cursor)) if cursor is not None else ("", "", "")
        page = [entry for entry in due if entry > start][:limit]
        rest = json.dumps(page[-1]) if len(page) == limit else None
        return WaitingPage([Waiting(creditor, plan) for _, creditor, plan in page], rest)
