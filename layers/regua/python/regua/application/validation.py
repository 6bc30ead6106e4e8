"""What is wrong with an input: paths and reasons for its sender, never the offending value."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from regua.domain.errors import InvalidInput, Problem

CLOCK_SKEW = timedelta(days=1)
"""How far ahead of us a fact may date itself; a later date would silence later updates."""
MAX_PROBLEMS = 50
"""How many problems are told; whoever sent more will see the rest after the first correction."""
MAX_PATH = 200
MAX_REASON = 500


def invalid_input(error: ValidationError, *, under: str = "") -> InvalidInput:
    """List every path and reason of a failed validation, in reading order.

    Args:
        error: what pydantic found.
        under: the path of the validated object inside the whole input.
    """
    return InvalidInput(
        tuple(
            Problem(".".join(p for p in (under, *map(str, found["loc"])) if p), found["msg"])
            for found in error.errors(include_url=False, include_input=False)
        )
    )


def told(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return problems as they may leave us: not too many, none too long, all of them Unicode."""
    kept = [
        Problem(unicode_text(p.path)[:MAX_PATH], unicode_text(p.reason)[:MAX_REASON])
        for p in problems[:MAX_PROBLEMS]
    ]
    if len(problems) > MAX_PROBLEMS:
        kept.append(Problem("$", f"and {len(problems) - MAX_PROBLEMS} more"))
    return tuple(kept)


def unicode_text(text: str) -> str:
    r"""Return text that can be written as UTF-8: a lone surrogate becomes its escape.

    >>> unicode_text("a\ud800")
    'a\\ud800'
    """
    return text.encode("utf-8", "backslashreplace").decode()


def json_object(text: str) -> Mapping[str, Any]:
    """Read a JSON object.

    Raises:
        InvalidInput: it is none, or is nested deeper than anything we take.
    """
    try:
        found = json.loads(text)
    except ValueError:
        raise InvalidInput.at("$", "not JSON") from None
    except RecursionError:
        raise InvalidInput.at("$", "nested too deeply") from None
    if not isinstance(found, dict):
        raise InvalidInput.at("$", "not a JSON object")
    return found


def not_ahead(path: str, at: datetime, now: datetime) -> None:
    """Check that a fact is not dated ahead of us.

    Raises:
        InvalidInput: it is, by more than clocks may differ.
    """
    if at > now + CLOCK_SKEW:
        raise InvalidInput.at(path, "is in the future")
