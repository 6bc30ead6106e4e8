"""`regua down`: stop the local cloud and remove what it kept."""

import argparse

from local import cloud
from local.console import say
from local.place import Place


def configure(parser: argparse.ArgumentParser) -> None:
    """There are no options."""


def run(_options: argparse.Namespace) -> int:
    """Stop the processes that `regua up` started, and nothing else."""
    stopped = cloud.down(Place.from_environment())
    say(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")
    return 0
