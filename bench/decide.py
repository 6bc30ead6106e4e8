"""How many accounts one core decides in a second: the pure decision, nothing else."""

import json
import sys
from datetime import UTC, date, datetime
from functools import partial
from timeit import repeat
from typing import Any

from bench.portfolio import account, creditor
from regua.domain.decision import decide
from regua.domain.schedule import scheduled

BUDGET_PER_SECOND = 50_000
_ROUNDS = 7
_PER_ROUND = 2_000
_ISSUED = datetime(2026, 10, 1, 12, tzinfo=UTC)
_NOW = datetime(2026, 11, 13, 12, tzinfo=UTC)


def run() -> dict[str, Any]:
    """Return decisions per second, the best of several rounds, for three kinds of account."""
    cases = {
        "one_invoice_due": account([date(2026, 11, 10)]),
        "three_invoices_two_due": account(
            [date(2026, 11, 10), date(2026, 11, 6), date(2026, 12, 20)]
        ),
        "nothing_due": account([date(2026, 12, 20)]),
    }
    rulers = creditor().rulers
    cases = {name: scheduled(a, rulers, _ISSUED) for name, a in cases.items()}
    best = {
        name: min(repeat(partial(decide, a, rulers, _NOW), number=_PER_ROUND, repeat=_ROUNDS))
        for name, a in cases.items()
    }
    rates = {name: round(_PER_ROUND / seconds) for name, seconds in best.items()}
    return {
        "decisions_per_second": rates,
        "budget_per_second": BUDGET_PER_SECOND,
        "within_budget": rates["one_invoice_due"] >= BUDGET_PER_SECOND,
    }


if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(run(), indent=2)}\n")
