"""`regua ruler check FILE`: say whether a ruler document is valid, and if not, where and why."""

import argparse
from pathlib import Path
from typing import Any

from local.console import complain, say
from local.place import LocalError

EXIT_INVALID = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="validate a document, YAML or JSON")
    check.add_argument("file", type=Path)


def run(options: argparse.Namespace) -> int:
    """Check the document."""
    from regua.application.ruler_document import read_ruler  # noqa: PLC0415 - half a second
    from regua.domain.errors import InvalidInput  # noqa: PLC0415

    try:
        ruler = read_ruler(read(options.file))
    except InvalidInput as exc:
        complain(f"{options.file} is not a valid ruler:")
        for problem in exc.problems:
            complain(f"  {problem.path or 'document'}: {problem.reason}")
        return EXIT_INVALID
    say(f"{options.file} is valid: {len(ruler.steps)} steps.")
    return 0


def read(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds; checked next
    """Read YAML, of which JSON is a part.

    Raises:
        LocalError: It cannot be read.
    """
    import yaml  # noqa: PLC0415 - only this command needs it

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise LocalError(f"{path} cannot be read: {exc}") from exc
