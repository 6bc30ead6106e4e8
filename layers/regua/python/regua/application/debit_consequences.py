"""What follows from where a debit stands: contact rests or goes on, charges change, it is told."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from regua.application.attend import Attend, OneInvoice
from regua.application.mandates import ONE_DAY, PlanCase
from regua.application.pix_ports import ChargeQueue
from regua.application.ports import EventPublisher
from regua.domain.automatic_debit import BY, Debit, DebitStatus
from regua.domain.errors import Conflict, InvalidInput, NotFound
from regua.domain.holds import HoldKind

ARRIVES_BY_HOUR = 12
"""On the day after a debit: until then its money may be on its way."""


def rests_until(case: PlanCase, debit: Debit) -> datetime:
    """Return until when contact rests for a debit that is expected."""
    return case.at(debit.try_on + ONE_DAY, ARRIVES_BY_HOUR)


@dataclass(frozen=True, slots=True)
class DebitConsequences:
    """Lets follow what follows; again when it is told again, which changes nothing."""

    attend: Attend
    publisher: EventPublisher
    charges: ChargeQueue

    def follow(
        self,
        case: PlanCase,
        before: Debit | None,
        debit: Debit,
        *,
        is_owed: Callable[[], bool],
    ) -> None:
        """Let contact rest, or go on, and tell; before the write, so that none of it is lost.

        Args:
            case: the plan.
            before: the debit as it is written, if it is.
            debit: as it is about to be written.
            is_owed: whether its invoice is still owed as it is debited.
        """
        match debit.status:
            case DebitStatus.SCHEDULED:
                self._rest(case, debit)
            case DebitStatus.FAILED | DebitStatus.LEFT_OUT:
                self._failed(case, debit)
            case DebitStatus.CANCELLED if before is not None and before.status.is_expected:
                # By the customer, in whose name it is owed still; or by us, because it is not.
                act = self._failed if is_owed() else self._go_on
                act(case, debit)

    def _rest(self, case: PlanCase, debit: Debit) -> None:
        until = rests_until(case, debit)
        with suppress(Conflict, InvalidInput, NotFound):  # it was paid, or its day has passed
            self.attend.debit_scheduled(
                case.creditor, debit.invoice_id, until=until, by=BY, now=case.now
            )
        self.ask_for_charge(case, debit)
        data = {**self._which(case, debit), "debit_on": debit.try_on.isoformat()}
        self.publisher.publish([case.event("AutomaticDebitScheduled", data)])

    def ask_for_charge(self, case: PlanCase, debit: Debit) -> None:
        """Let the invoice's charge be made or removed: a debit stands for it, or not any more."""
        if case.creditor.pix is not None:
            self.charges.ask(case.creditor.creditor_id, debit.invoice_id, now=case.now)

    def _failed(self, case: PlanCase, debit: Debit) -> None:
        self._go_on(case, debit)
        data = self._which(case, debit)
        if debit.refusal is not None:
            data["reason"] = debit.refusal
        self.publisher.publish([case.event("AutomaticDebitFailed", data)])

    def _go_on(self, case: PlanCase, debit: Debit) -> None:
        with suppress(NotFound):
            about, kind = OneInvoice(debit.invoice_id), HoldKind.PAYMENT_IN_TRANSIT
            self.attend.release(case.creditor, about, now=case.now, kind=kind, by=BY)
        self.ask_for_charge(case, debit)

    @staticmethod
    def _which(case: PlanCase, debit: Debit) -> dict[str, str]:
        return {"external_id": debit.invoice_id, "customer_id": case.plan.customer_id}
