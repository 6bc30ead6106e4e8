"""`regua ruler check FILE`: say whether a ruler document is valid, and if not, where and why."""

import argparse
from pathlib import Path

from local.console import complain, say
from local.documents import read_document

EXIT_INVALID = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="validate a document, YAML or JSON")
    check.add_argument("file", type=Path)


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
    return 0
