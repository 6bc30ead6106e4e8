"""What an invoice's settlement counts for: arms of experiments, and the step that came before."""

from collections.abc import Mapping
from dataclasses import replace

from regua.application.costs import AFTER_STEP
from regua.application.ports import Tally
from regua.domain.account import Account
from regua.domain.invoice import Invoice, InvoiceStatus
from regua.domain.negotiation.carry import received
from regua.domain.ruler import written_id


def tallied(account: Account, before: Invoice | None, after: Invoice) -> Mapping[str, Tally]:
    """Count what changed for the experiments in which this invoice stands for its customer.

    Money that an agreement carried over was counted where it came in, and is not counted again.
    """
    was, now = _worth(before), _worth(after)
    if was == now:
        return {}
    tally = Tally(settled=now[0] - was[0], recovered_centavos=now[1] - was[1])
    tallies = {a: tally for a, counted in account.trials.items() if counted == after.external_id}
    place = after.place
    if place.dispatch_id is not None and place.ruler is not None and place.step_id is not None:
        ruler = place.ruler.rpartition("@")[0]
        step = f"{AFTER_STEP}/{ruler}/{written_id(place.step_id)}"
        tallies[step] = replace(tally, exposed=tally.settled)
    return tallies


def _worth(invoice: Invoice | None) -> tuple[int, int]:
    is_settled = invoice is not None and invoice.status is InvoiceStatus.SETTLED
    return (1, received(invoice).centavos) if invoice is not None and is_settled else (0, 0)
