"""What messages cost, by day, channel and step; and what came in after each step."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from regua.application.ports import DispatchLedger, RulerStore
from regua.domain.dispatch import DispatchState
from regua.domain.errors import InvalidInput
from regua.domain.ids import CreditorId

if TYPE_CHECKING:
    from regua.domain.ruler import Channel

MAX_DAYS = 92
AFTER_STEP = "=after"
"""The first part of the names under which settlements are counted by the last step made.

No ruler is called so.
"""


@dataclass(slots=True)
class Spent:
    """Messages that a provider took, and what they cost in centavos."""

    messages: int = 0
    failed: int = 0
    cost: Decimal = field(default_factory=Decimal)


def costs(
    ledger: DispatchLedger,
    rulers: RulerStore,
    creditor_id: CreditorId,
    first: date,
    last: date,
) -> Mapping[str, Any]:
    """Sum what was spent on the days from first to last, and what was recovered so far.

    Raises:
        InvalidInput: the days are in the wrong order, or too many.
    """
    days = (last - first).days + 1
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInput.at("query.to", f"is not between from and {MAX_DAYS - 1} days later")
    by_channel: dict[Channel, Spent] = defaultdict(Spent)
    by_step: dict[tuple[str, Channel], Spent] = defaultdict(Spent)
    for number in range(days):
        for entry in ledger.of_day(creditor_id, first + timedelta(days=number)):
            if not (entry.cost or entry.state in (DispatchState.SENT, DispatchState.FAILED)):
                continue
            for spent in (by_channel[entry.channel], by_step[entry.step_id, entry.channel]):
                spent.messages += entry.state is DispatchState.SENT
                spent.failed += entry.state is DispatchState.FAILED
                spent.cost += entry.cost
    recovered = rulers.results(creditor_id, AFTER_STEP)
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "cost_centavos": _text(sum((s.cost for s in by_channel.values()), Decimal(0))),
        "by_channel": {c.value: _view(s) for c, s in sorted(by_channel.items())},
        "by_step": [
            {"step_id": step, "channel": channel.value, **_view(spent)}
            for (step, channel), spent in sorted(by_step.items())
        ],
        "recovered_after_step": [
            {
                "ruler": name.split("/")[1],
                "step_id": name.split("/")[2],
                "settled": result.settled,
                "recovered_centavos": result.recovered_centavos,
            }
            for name, result in sorted(recovered.items())
        ],
    }


def _view(spent: Spent) -> Mapping[str, Any]:
    return {"sent": spent.messages, "failed": spent.failed, "cost_centavos": _text(spent.cost)}


def _text(cost: Decimal) -> str:
    return f"{cost.normalize():f}"
