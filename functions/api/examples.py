"""Examples of every operation: requests in the order of one story, and what was answered.

The answers are recorded by ``python -m tests.integration.tour`` and never written by hand; a test
tells the story again and compares.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).with_name("examples.json")


@dataclass(frozen=True)
class Example:
    """One request and its answer."""

    operation: str
    name: str
    summary: str
    status: int
    answer: Any
    path: Mapping[str, str] = field(default_factory=dict)
    """The path's parameters, as they are in the path."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def media_type(self) -> str:
        """The type of what was answered."""
        is_problem = self.status >= 400  # noqa: PLR2004 - where HTTP's errors begin
        return "application/problem+json" if is_problem else "application/json"


@cache
def examples() -> Sequence[Example]:
    """Return all of them, in the order of the story."""
    return [Example(**each) for each in json.loads(RECORDED.read_text(encoding="utf-8"))]
