"""A sender's process is killed in the middle of a batch, on the real stacks: the law holds.

The contacts are in the past, where no other test has anything that is due, and their invoices are
withdrawn at the end, so that nothing of theirs comes up later.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest

from local.demo.system import LocalSystem
from local.processes import environment_of
from local.stack import Stack
from tests.builders import invoice_data
from tests.e2e.clouds import LocalCloud

DAY = date(2024, 11, 5)
"""A Tuesday: invoices due on it have a step on it."""
NOON = datetime(2024, 11, 5, 15, tzinfo=UTC)
CONTACTS = 80
SENT_BEFORE_THE_KILL = 8
DOUBT_SECONDS = 3
PATIENCE_SECONDS = 60.0
PREFIX = "killed"


@pytest.fixture
def impatient_stack(stack: Stack) -> Iterator[Stack]:
    """Return the stack with a sender whose doubts grow old in seconds."""
    functions, name = stack.functions_client, stack.functions["send_email"]
    before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    short = {**before, "REGUA_DOUBT_SECONDS": str(DOUBT_SECONDS)}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": short})
    yield stack
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": before})


def envelope(stack: Stack, minute: int, data: Mapping[str, Any]) -> dict[str, Any]:
    at = f"2024-11-01T12:{minute:02d}:00.000Z"
    return {"version": "1", "creditor_id": stack.creditor_id, "occurred_at": at, "data": data}


def issued(stack: Stack, number: int) -> tuple[str, dict[str, Any]]:
    customer = {
        **invoice_data()["customer"],
        "external_id": f"{PREFIX}-{number}",
        "emails": [f"{PREFIX}-{number}@cliente.example.com.br"],
    }
    data = invoice_data(
        f"{PREFIX}-{number}", customer=customer, issue_date="2024-11-01", due_date=DAY.isoformat()
    )
    return "InvoiceIssued", envelope(stack, 0, data)


def withdrawn(stack: Stack, number: int) -> tuple[str, dict[str, Any]]:
    data = {"external_id": f"{PREFIX}-{number}", "reason": "fim do teste"}
    return "InvoiceCancelled", envelope(stack, 1, data)


def senders(cloud: LocalCloud, stack: Stack) -> list[int]:
    """Return the ids of the processes that run ``send_email`` for this cloud, and no others."""
    wanted = f"AWS_LAMBDA_FUNCTION_NAME={stack.functions['send_email']}".encode()
    return [pid for pid in cloud.process_ids() if wanted in environment_of(pid)]


def kill_in_the_middle(cloud: LocalCloud, stack: Stack, system: LocalSystem, after: int) -> int:
    """Kill the senders once they have sent a few; return how many had been sent by then."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(system.messages_after(after)) < SENT_BEFORE_THE_KILL:
        assert time.monotonic() < deadline, "nothing is being sent"
    victims = senders(cloud, stack)
    assert victims
    for pid in victims:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(system.messages_after(after))


def test_a_sender_killed_in_the_middle_of_a_batch_loses_and_repeats_nothing(
    local_cloud: LocalCloud, impatient_stack: Stack
) -> None:
    stack, system = impatient_stack, LocalSystem(impatient_stack)
    after = system.last_message()
    stack.put_events([issued(stack, n) for n in range(CONTACTS)], "demo")
    stack.drain()
    stack.tick(NOON.isoformat())
    sent_before = kill_in_the_middle(local_cloud, stack, system, after)
    assert sent_before < CONTACTS, "all had been sent: nothing was interrupted"
    drained = stack.drain(300)
    assert not drained.dead_letters

    rows = {r.dispatch_id: r for r in system.dispatches(DAY)}
    counts = system.reconciliation(DAY)
    ends = sum(counts[name] for name in ("sent", "deferred", "suppressed", "failed"))
    assert counts["planned"] == ends == CONTACTS == len(rows)
    copies = Counter(mail.dispatch_id for mail in system.messages_after(after))
    assert copies.keys() == {i for i, row in rows.items() if row.state == "sent"} == rows.keys()
    repeated = {i for i, count in copies.items() if count > 1}
    assert repeated <= {i for i, row in rows.items() if row.resent_in_doubt}
    assert max(copies.values()) <= 2

    stack.put_events([withdrawn(stack, n) for n in range(CONTACTS)], "demo")
    stack.drain()
