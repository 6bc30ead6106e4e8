"""What the use cases about plans need from the outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from regua.domain.ids import CreditorId
from regua.domain.money import Money
from regua.domain.plans import Plan, PlanId


@dataclass(frozen=True, slots=True)
class Billed:
    """One month of a plan that became an invoice, as it was issued."""

    period: str
    due_date: date
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class PlanPage:
    """Plans by their ids, and after which one the list goes on; None at its end."""

    plans: Sequence[Plan]
    rest: PlanId | None


@dataclass(frozen=True, slots=True)
class BilledPage:
    """Months of a plan, the latest first, and after which one the list goes on."""

    billed: Sequence[Billed]
    rest: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A plan that is to be looked at."""

    creditor_id: CreditorId
    plan_id: PlanId


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """Plans whose time has come, the longest wait first, and where to go on."""

    waiting: Sequence[Waiting]
    cursor: str | None


class PlanStore(Protocol):
    """Plans, their months, and when each plan is to be looked at next."""

    def find(self, creditor_id: CreditorId, plan_id: PlanId) -> Plan | None:
        """Return a plan."""
        ...

    def save(
        self,
        creditor_id: CreditorId,
        plan: Plan,
        *,
        look_at: datetime | None,
        billed: Billed | None = None,
    ) -> None:
        """Write ``version + 1`` of a plan, and with it the month that was billed.

        Args:
            creditor_id: whose plan it is.
            plan: as it was read, and changed.
            look_at: when it is to be looked at next; None is never.
            billed: the month that became an invoice.

        Raises:
            VersionConflict: somebody else wrote the plan since.
        """
        ...

    def page(self, creditor_id: CreditorId, after: PlanId | None, limit: int) -> PlanPage:
        """Return a page of a creditor's plans, by id."""
        ...

    def billed(
        self, creditor_id: CreditorId, plan_id: PlanId, after: str | None, limit: int
    ) -> BilledPage:
        """Return a page of a plan's months, the latest first."""
        ...

    def waiting(self, shard: str, now: datetime, cursor: str | None, limit: int) -> WaitingPage:
        """Return a page of the plans of a shard whose time to be looked at has come."""
        ...


class RecurringQueue(Protocol):
    """Work for those who look at plans."""

    def send(self, messages: Sequence[Mapping[str, Any]], *, delay_seconds: int = 0) -> None:
        """Queue every message.

        Raises:
            TemporaryError: some were not taken.
        """
        ...
