"""`regua drain`: wait until nothing is in flight."""

import argparse

from local.console import say
from local.stack import DRAIN_SECONDS, load_stack


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--timeout", type=float, default=DRAIN_SECONDS, metavar="S", help="give up after S seconds"
    )


def run(options: argparse.Namespace) -> int:
    """Wait; fail if there are dead letters, because they need a person."""
    drained = load_stack().drain(options.timeout)
    say(str(drained))
    return 1 if drained.dead_letters else 0
