"""`regua ruler check FILE`: say whether a ruler document is valid, and if not, where and why.

A valid one is shown as a table of its steps, with their dates for an example invoice.
"""

import argparse
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from local.console import complain, say
from local.documents import read_document

if TYPE_CHECKING:
    from regua.domain.ruler import Ruler

EXIT_INVALID = 1
EXAMPLE_DUE = date(2026, 11, 10)
"""A Tuesday with a holiday on the Friday of the week after it."""
DAYS_FROM_ISSUE = 30


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="validate a document, YAML or JSON")
    check.add_argument("file", type=Path)
    check.add_argument(
        "--due",
        type=date.fromisoformat,
        default=EXAMPLE_DUE,
        metavar="DATE",
        help=f"due date of the example invoice ({EXAMPLE_DUE})",
    )
    check.add_argument(
        "--issued",
        type=date.fromisoformat,
        metavar="DATE",
        help=f"its issue date ({DAYS_FROM_ISSUE} days before it is due)",
    )


def run(options: argparse.Namespace) -> int:
    """Check the document."""
    from regua.adapters.email_templates import TEMPLATES  # noqa: PLC0415
    from regua.application.ruler_document import read_ruler, ruler_warnings  # noqa: PLC0415 - half a second
    from regua.domain.errors import InvalidInput  # noqa: PLC0415

    try:
        ruler = read_ruler(read_document(options.file), templates=TEMPLATES)
    except InvalidInput as exc:
        complain(f"{options.file} is not a valid ruler:")
        for problem in exc.problems:
            complain(f"  {problem.path or 'document'}: {problem.reason}")
        return EXIT_INVALID
    for warning in ruler_warnings(ruler):
        say(f"  warning, {warning.path}: {warning.reason}")
    say(f"{options.file} is valid: {len(ruler.steps)} steps.")
    issued = options.issued or options.due - timedelta(days=DAYS_FROM_ISSUE)
    show(ruler, issued, options.due)
    return 0


def show(ruler: "Ruler", issued: date, due: date) -> None:
    """Print the steps in the order an example invoice meets them."""
    from local.ruler_words import COLUMNS, rows  # noqa: PLC0415 - loads the domain

    found = [COLUMNS, *rows(ruler, issued, due)]
    widths = [max(len(row[n]) for row in found) for n in range(len(COLUMNS))]
    say()
    say(f"Régua {ruler.name}, para uma fatura emitida em {issued:%d/%m/%Y}")
    say(f"que vence em {due:%d/%m/%Y}:")
    say()
    for row in found:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())
