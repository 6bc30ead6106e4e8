"""What a person sees while days go by: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_PLAIN_EVERY = 5


@dataclass(slots=True)
class Stopwatch:
    """How long each kind of work took, in seconds, and which day was the slowest."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    slowest_day: tuple[float, str] = (0.0, "")
    started: float = field(default_factory=time.monotonic)

    @contextmanager
    def time(self, work: str) -> Iterator[None]:
        """Add the time inside the block to a kind of work."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[work] += time.monotonic() - begun

    @contextmanager
    def day(self, name: str) -> Iterator[None]:
        """Time a day."""
        begun = time.monotonic()
        yield
        self.slowest_day = max(self.slowest_day, (time.monotonic() - begun, name))

    @property
    def total(self) -> float:
        """Return the seconds since the watch was made."""
        return time.monotonic() - self.started

    @property
    def slowest(self) -> tuple[str, float]:
        """Return the kind of work that took longest."""
        return max(self.seconds.items(), key=lambda kind: kind[1], default=("", 0.0))


class Days:
    """Shows how far a life has come."""

    def __init__(self, total: int, console: Console) -> None:
        self._console, self._total, self._done = console, total, 0
        self._bar = Progress(
            BarColumn(bar_width=16),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
            console=console,
        )
        self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def lived(self, text: str) -> None:
        """Say that one more day is over."""
        self._done += 1
        if self._console.is_terminal:
            self._bar.update(self._task, advance=1, description=text)
        elif self._done % _PLAIN_EVERY == 0 or self._done == self._total:
            self._console.print(f"  dia {self._done:>3} de {self._total}: {text}")


def console() -> Console:
    """Return the console of the demo; wide enough for its tables where nobody says how wide."""
    plain = Console(file=sys.stdout, highlight=False)
    if plain.is_terminal:
        return plain
    return Console(file=sys.stdout, highlight=False, width=120)
