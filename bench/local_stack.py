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
from regua.adapters.dynamodb_rulers import DynamoRulers
from regua.application.ports import WrittenRuler
from regua.domain.ids import CreditorId
from regua.domain.ruler import Channel
from regua.domain.rulers import Backfill, InFlight

BUDGET_PER_MINUTE = 4_000
CONTACTS = 1_000
_PORT = int(os.environ.get("BENCH_PORT", "4890"))
_ROOT = Path(__file__).resolve().parents[1]
_DUE = date(2027, 3, 10)
"""A Wednesday, and none of those measured or warmed up on is a holiday."""


def run() -> dict[str, Any]:
    """Start a local cloud of its own, push contacts through it, and take it down."""
    with _cloud() as stack:
        _write_rulers(stack)
        by_channel = {
            channel.value: _measure(stack, channel, _DUE + timedelta(weeks=4 * number))
            for number, channel in enumerate(Channel)
        }
    email = by_channel[Channel.EMAIL]
    return {
        "by_channel": by_channel,
        "budget_per_minute": BUDGET_PER_MINUTE,
        "within_budget": email["contacts_per_minute"] >= BUDGET_PER_MINUTE
        and email["delivered"] == CONTACTS,
    }


def _measure(stack: Stack, channel: Channel, due: date) -> dict[str, Any]:
    """Push contacts of one channel through, after some that warm it up."""
    warm_up = due - timedelta(weeks=1)
    _push(stack, channel, f"warm-{channel}", 100, warm_up)
    _live(stack, warm_up)
    started = perf_counter()
    _push(stack, channel, f"bench-{channel}", CONTACTS, due)
    stack.drain()
    ingested = perf_counter()
    _live(stack, due)
    seconds = perf_counter() - ingested
    return {
        "contacts": CONTACTS,
        "delivered": _delivered(stack, due),
        "ingested_per_second": round(CONTACTS / (ingested - started)),
        "seconds_due_to_recorded": round(seconds, 1),
        "contacts_per_minute": round(CONTACTS / seconds * 60),
    }


def _write_rulers(stack: Stack) -> None:
    """Write a ruler of one step for each channel, before any function knows the creditor."""
    rulers = DynamoRulers(stack.dynamodb, stack.tables["portfolio"], shards=1)
    for channel in Channel:
        name = _ruler(channel)
        step = {"id": "vence", "offset_days": 0, "channels": [channel.value]}
        document = {"name": name, "steps": [{**step, "template": "vencimento"}]}
        choices = (datetime(2026, 1, 1, tzinfo=UTC), InFlight.KEEP, Backfill.FROM_NOW)
        rulers.put_version(CreditorId(stack.creditor_id), WrittenRuler(name, 1, document, *choices))


def _ruler(channel: Channel) -> str:
    return f"bancada-{channel}"


def _live(stack: Stack, day: date) -> None:
    stack.tick(f"{day.isoformat()}T12:30:00.000Z")
    stack.drain()


def _push(stack: Stack, channel: Channel, name: str, count: int, due: date) -> None:
    events = [
        ("InvoiceIssued", _issued(stack, channel, f"{name}-{n:05d}", n, due)) for n in range(count)
    ]
    stack.put_events(events, stack.event_sources[0])


def _issued(stack: Stack, channel: Channel, key: str, number: int, due: date) -> dict[str, Any]:
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
                "phones": [f"+551191{number:07d}"],
                "uf": "SP",
            },
            "ruler": _ruler(channel),
            "payment": {"url": "https://pague.bancada.example.com.br/x"},
        },
    }


def _delivered(stack: Stack, day: date) -> int:
    """Count the dispatches of a day that the API reconciles as sent."""
    request = urllib.request.Request(  # noqa: S310 - the local cloud's own address
        f"{stack.api_url}/v1/reconciliation?day={day.isoformat()}",
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
