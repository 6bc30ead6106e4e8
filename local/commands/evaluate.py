"""`regua evaluate`: run one evaluation, now or as of an instant."""

import argparse
import re

from local.console import say
from local.place import LocalError
from local.stack import load_stack

INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--as-of",
        metavar="T",
        help="evaluate as if it were this instant, e.g. 2026-03-10T12:00:00Z, or noon UTC of a day",
    )
    parser.add_argument(
        "--drain", action="store_true", help="wait until everything that follows from it is done"
    )


def run(options: argparse.Namespace) -> int:
    """Evaluate once and print what the function answered."""
    stack = load_stack()
    answer = stack.tick(instant(options.as_of) if options.as_of else None)
    say(", ".join(f"{name}: {value}" for name, value in answer.items()) or "evaluated")
    if options.drain:
        say(str(stack.drain()))
    return 0


def instant(text: str) -> str:
    """Return the instant that a person means.

    >>> instant("2026-03-10")
    '2026-03-10T12:00:00Z'

    Raises:
        LocalError: The text is neither an instant nor a day.
    """
    if not INSTANT.fullmatch(text):
        raise LocalError(f"{text!r} is not an instant such as 2026-03-10T12:00:00Z")
    return text if "T" in text else f"{text}T12:00:00Z"
