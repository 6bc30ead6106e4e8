"""`regua status`: what runs, and what is in the queues."""

import argparse

from local import cloud
from local.cloud import Condition
from local.console import say
from local.place import LocalError, Place
from local.processes import Register
from local.stack import Stack, is_dead_letter_queue

EXIT_NOT_RUNNING = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """There are no options."""


def run(_options: argparse.Namespace) -> int:
    """Print the state; succeed only when everything runs."""
    place = Place.from_environment()
    condition = cloud.inspect(place, Register(place.directory))
    say(f"Local cloud: {condition.value}.")
    if condition is not Condition.RUNNING:
        if condition is not Condition.ABSENT:
            say("  make up puts it right.")
        return EXIT_NOT_RUNNING
    stack = Stack.read(place.stack_file)
    say(f"  API    {stack.api_url}\n  Inbox  {stack.inbox_url}")
    say(f"  Clock  {cloud.clock_state(stack)}")
    say(f"  {'queue':<14} {'waiting':>8} {'in flight':>10}")
    for name, depth in sorted(stack.depths().items()):
        note = f"  (regua redrive {name})" if depth.total and is_dead_letter_queue(name) else ""
        say(f"  {name:<14} {depth.waiting:>8} {depth.in_flight:>10}{note}")
    try:
        say(f"  receipts the carrier has yet to send: {stack.pending_receipts()}")
    except OSError as exc:
        raise LocalError(f"the carrier does not answer: {exc}") from exc
    return 0
