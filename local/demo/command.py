"""`regua demo`: bring the cloud up, live a portfolio on it, take it down again."""

import argparse
import os
from pathlib import Path

from local import cloud
from local.demo.session import DEFAULT_DAYS, Wish, live_demo, prepare
from local.demo.system import LocalSystem
from local.demo.terms import DEMO_RULER
from local.place import LocalError, Place
from local.processes import Register

_MOST_DAYS = 400
_UP = {cloud.Condition.RUNNING, cloud.Condition.NO_CARRIER}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options; each also reads its environment variable, for make."""
    parser.add_argument(
        "--portfolio", type=Path, default=_path("PORTFOLIO"), help="a CSV file of your own"
    )
    parser.add_argument(
        "--mapping", type=Path, default=_path("MAPPING"), help="which column is which field, YAML"
    )
    parser.add_argument(
        "--ruler",
        type=Path,
        default=_path("RULER"),
        help=f"a ruler document, YAML or JSON; docs/rulers/{DEMO_RULER.name} unless given",
    )
    parser.add_argument(
        "--days",
        default=os.environ.get("DAYS") or str(DEFAULT_DAYS),
        help=f"how many days to live; {DEFAULT_DAYS} unless DAYS says otherwise",
    )
    parser.add_argument(
        "--keep", action="store_true", help="leave the cloud up to look at the inbox"
    )


def run(options: argparse.Namespace) -> int:
    """Live the demo; a cloud that was already up stays up."""
    days = days_of(options.days)
    for path in (options.portfolio, options.mapping, options.ruler):
        if path and not path.is_file():
            raise LocalError(f"{path} is not a file")
    place = Place.from_environment()
    was_up = cloud.inspect(place, Register(place.directory)) in _UP
    folder = place.directory / "demo"
    ruler = options.ruler or DEMO_RULER
    wish = Wish(portfolio=options.portfolio, mapping=options.mapping, days=days, ruler=ruler)
    portfolio = prepare(wish, folder)
    stack = cloud.up(place, ruler_file=ruler)
    try:
        return live_demo(LocalSystem(stack), portfolio, wish, folder)
    finally:
        if not (was_up or options.keep):
            cloud.down(place)


def days_of(text: str) -> int:
    """Return how many days to live.

    Raises:
        LocalError: when it is not a sensible number.
    """
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_DAYS):
        raise LocalError(f"DAYS={text} is not a number of days from 1 to {_MOST_DAYS}")
    return int(text)


def _path(variable: str) -> Path | None:
    text = os.environ.get(variable)
    return Path(text) if text else None
