"""`regua up`: start the local cloud, or bring a running one up to date."""

import argparse
import os
import time
from pathlib import Path

from local import cloud
from local.console import say
from local.place import Place
from local.stack import Stack


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--real-clock",
        action="store_true",
        help="evaluate once a minute by the real clock, as on AWS; otherwise only when asked, "
        "so that time travel is not disturbed",
    )
    parser.add_argument(
        "--ruler",
        type=Path,
        default=os.environ.get("RULER") or None,
        metavar="FILE",
        help="the default creditor's ruler, YAML or JSON; RULER names one too",
    )
    parser.add_argument(
        "--enforce-iam",
        action="store_true",
        help="refuse the functions whatever their roles do not allow",
    )


def run(options: argparse.Namespace) -> int:
    """Start or refresh the cloud and say where it is."""
    started = time.monotonic()
    place = Place.from_environment()
    stack = cloud.up(
        place,
        real_clock=options.real_clock,
        enforce_iam=options.enforce_iam,
        ruler_file=options.ruler,
    )
    say(f"The local cloud is up ({time.monotonic() - started:.1f} s).")
    describe(stack, place, is_clock_real=options.real_clock)
    return 0


def describe(stack: Stack, place: Place, *, is_clock_real: bool) -> None:
    """Print the addresses that a person needs."""
    clock = "once a minute" if is_clock_real else "paused: `regua evaluate` runs one evaluation"
    for name, value in (
        ("API", stack.api_url),
        ("Inbox", stack.inbox_url),
        ("AWS endpoint", f"{stack.aws_endpoint_url}  (access key and secret: test)"),
        ("Clock", clock),
        ("Details", str(place.stack_file)),
    ):
        say(f"  {name:<13} {value}")
