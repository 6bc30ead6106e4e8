"""`regua creditor add --file FILE`: register a creditor and, if given, its API client."""

import argparse
from pathlib import Path

from local import creditors
from local.console import say
from local.documents import read_document
from local.stack import load_stack


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="register a creditor, or replace its document")
    add.add_argument("--file", type=Path, required=True, help="the document, YAML or JSON")
    add.add_argument("--client-id", metavar="ID", help="the API client that acts for it")


def run(options: argparse.Namespace) -> int:
    """Register it."""
    creditor_id = creditors.register(load_stack(), read_document(options.file), options.client_id)
    say(f"{creditor_id} is registered.")
    return 0
