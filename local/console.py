"""What a command says while it works: one line a step, with its seconds."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str = "") -> None:
    """Print a line at once, also when the output is a pipe."""
    print(text, flush=True)


def complain(text: str) -> None:
    """Print a line for a person to act on."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Time a step and say so once it is done."""
    started = time.monotonic()
    yield
    say(f"  {time.monotonic() - started:5.1f} s  {name}")
