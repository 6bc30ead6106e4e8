"""`regua rotate-tracking-key`: sign new tracking links with a new key; old links keep working."""

import argparse

from local.console import say
from local.place import LocalError
from local.stack import Stack, load_stack
from tools import rotate_tracking_key as tool


def configure(parser: argparse.ArgumentParser) -> None:
    """There are no options."""


def run(_options: argparse.Namespace) -> int:
    """Add a key and make it the one that signs."""
    say(f"New links are signed with {rotate(load_stack())}; links signed before still work.")
    return 0


def rotate(stack: Stack) -> str:
    """Add a key to the tracking secret and make it current; return its id.

    Raises:
        LocalError: Every key id is taken.
    """
    try:
        return tool.rotate(stack.secrets, stack.tracking_secret_arn)
    except tool.NoKeyIdLeftError as exc:
        raise LocalError(str(exc)) from exc
