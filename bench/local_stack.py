"""Contacts a minute on the real stacks: due, evaluated, sent, in the inbox, receipt recorded."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from local.place import Place
from local.stack import Stack

BUDGET_PER_MINUTE = 4_000
CONTACTS = 1_000
_PORT = int(os.environ.get("BENCH_PORT", "4890"))
_ROOT = Path(__file__).resolve().parents[1]
_DUE = date(2027, 3, 10)
"""A Wednesday without holidays around it."""
_WARM_UP_DUE = _DUE + timedelta(days=28)


def run() -> dict[str, Any]:
    """Start a local cloud of its own, push contacts through it, and take it down."""
    with _cloud() as stack:
        _push(stack, "warm", 100, _WARM_UP_DUE)
        _live(stack, _WARM_UP_DUE)
        started = perf_counter()
        _push(stack, "bench", CONTACTS, _DUE)
        stack.drain()
        ingested = perf_counter()
        _live(stack, _DUE)
        finished = perf_counter()
        delivered = _delivered(stack)
    seconds = finished - ingested
    rate = round(CONTACTS / seconds * 60)
    return {
        "contacts": CONTACTS,
        "delivered": delivered,
        "ingested_per_second": round(CONTACTS / (ingested - started)),
        "seconds_due_to_recorded": round(seconds, 1),
        "contacts_per_minute": rate,
        "budget_per_minute": BUDGET_PER_MINUTE,
        "within_budget": rate >= BUDGET_PER_MINUTE and delivered == CONTACTS,
    }


def _live(stack: Stack, day: date) -> None:
    stack.tick(f"{day.isoformat()}T12:30:00.000Z")
    stack.drain()


def _push(stack: Stack, name: str, count: int, due: date) -> None:
    events = [("InvoiceIssued", _issued(stack, f"{name}-{n:05d}", due)) for n in range(count)]
    stack.put_events(events, stack.event_sources[0])


def _issued(stack: Stack, key: str, due: date) -> dict[str, Any]:
    at = datetime(due.year, due.month, due.day, tzinfo=UTC) - timedelta(days=1)
    return {
        "version": "1",
        "creditor_id": stack.creditor_id,
        "occurred_at": at.isoformat().replace("+00:00", "Z"),
        "data": {
            "external_id": f"fat-{key}",
            "number": key,
            "issue_date": (due - timedelta(days=30)).isoformat(),
            "due_date": due.isoformat(),
            "amount_centavos": 14990,
            "customer": {
                "external_id": f"cli-{key}",
                "name": "Maria da Silva",
                "document": "52998224725",
                "emails": [f"{key}@cliente.example.com.br"],
                "uf": "SP",
            },
            "payment": {"url": "https://pague.bancada.example.com.br/x"},
        },
    }


def _delivered(stack: Stack) -> int:
    """Count the dispatches of the bench day that the API reconciles as sent."""
    request = urllib.request.Request(  # noqa: S310 - the local cloud's own address
        f"{stack.api_url}/v1/reconciliation?day={_DUE.isoformat()}",
        headers={"Authorization": f"Bearer {stack.token()}"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - as above
        return int(json.load(response)["sent"])


@contextmanager
def _cloud() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, "REGUA_STATE_DIR": directory, "PORT": str(_PORT)}
        try:
            _regua(["up"], environment)
            yield Stack.read(Place(Path(directory), _PORT).stack_file)
        finally:
            _regua(["down"], environment)


def _regua(words: Sequence[str], environment: dict[str, str]) -> None:
    subprocess.run(  # noqa: S603 - this project's own command
        [sys.executable, "-m", "local.cli", *words],
        cwd=_ROOT,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(run(), indent=2)}\n")
