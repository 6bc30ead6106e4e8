"""Evaluate, render and hand over on memory twins, every safeguard on: accounts per second."""

import json
import resource
import sys
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import Any

from bench.portfolio import creditor, customer, invoice
from regua.adapters.email_composer import EmailComposer
from regua.adapters.memory import (
    FixedLinks,
    MemoryDirectory,
    MemoryLedger,
    MemoryPortfolio,
    MemoryPublisher,
    MemorySender,
    MemoryShardQueue,
)
from regua.adapters.memory_evidence import memory_facts
from regua.application.evaluate_ruler import EvaluateRuler
from regua.application.ingest import Ingest
from regua.application.messages import ContactDue, ShardDue
from regua.application.send_contact import Outcome, SendContact

BUDGET_PER_SECOND = 3_000
ACCOUNTS = 3_000
_NOW = datetime(2026, 11, 13, 12, tzinfo=UTC)
_SHARDS = 16


def run() -> dict[str, Any]:
    """Return accounts per second for evaluation, for sending, and for both."""
    ledger = MemoryLedger()
    portfolio = MemoryPortfolio(ledger, _SHARDS)
    published = MemoryPublisher()
    tenant = creditor()
    directory = MemoryDirectory(tenant)
    ingest = Ingest(portfolio, published)
    for n in range(ACCOUNTS):
        ingest.issue_invoice(tenant, invoice(n, date(2026, 11, 10)), customer(n), now=_NOW)
    evaluate = EvaluateRuler(portfolio, directory, published, MemoryShardQueue(), ledger)
    started = perf_counter()
    for shard in range(_SHARDS):
        evaluate.shard(
            ShardDue(shard=f"{shard:02d}"),
            now=_NOW,
            correlation_id="bench",
            seconds_left=lambda: 60.0,
        )
    evaluated = perf_counter()
    send = SendContact(
        portfolio=portfolio,
        directory=directory,
        ledger=ledger,
        publisher=MemoryPublisher(),
        compose=EmailComposer(),
        sender=MemorySender(),
        keeper=memory_facts(ledger),
        links=FixedLinks(),
        doubt=timedelta(minutes=15),
    )
    outcomes = [
        send(ContactDue.model_validate(e.data), now=_NOW, clock_now=_NOW)
        for e in published.of("ContactDue")
    ]
    sent = perf_counter()
    if outcomes != [Outcome.SENT] * ACCOUNTS:
        msg = "the benchmark did not send what it set out to send"
        raise AssertionError(msg)
    both = round(ACCOUNTS / (sent - started))
    return {
        "accounts": ACCOUNTS,
        "evaluated_per_second": round(ACCOUNTS / (evaluated - started)),
        "sent_per_second": round(ACCOUNTS / (sent - evaluated)),
        "both_per_second": both,
        "budget_per_second": BUDGET_PER_SECOND,
        "within_budget": both >= BUDGET_PER_SECOND,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(run(), indent=2)}\n")
