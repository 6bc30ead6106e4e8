"""Two workers at once, step by step: every port call is a place where the other may go on."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.integration.reliability.faults import Point
from tests.integration.reliability.world import World

_PATIENCE = 10.0
"""Seconds; only a mistake in a test waits that long."""


@dataclass(slots=True)
class _Worker:
    """A worker in a thread that moves only when told to."""

    work: Callable[[], object]
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    stopped: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    has_ended: bool = False
    error: BaseException | None = None

    def run(self) -> None:
        self.go.acquire()
        try:
            self.work()
        except BaseException as exc:  # noqa: BLE001 - handed to the test by `step`
            self.error = exc
        self.has_ended = True
        self.stopped.release()

    def hold(self) -> None:
        self.stopped.release()
        self.go.acquire()

    def go_on(self, steps: int | None = None) -> None:
        """Pass that many port calls, or all that are left."""
        while not self.has_ended and steps != 0:
            self.go.release()
            assert self.stopped.acquire(timeout=_PATIENCE), "a worker does not come back"
            steps = None if steps is None else steps - 1
        if self.error is not None:
            raise self.error


def interleave(
    world: World,
    one: Callable[[], object],
    other: Callable[[], object],
    *,
    steps_of_one: int,
    steps_of_other: int,
) -> tuple[bool, bool]:
    """Let one go some steps, then the other some, then each to its end.

    Returns:
        Whether the one, and whether the other, had ended within its steps.
    """
    workers = _Worker(one), _Worker(other)
    threads = {threading.Thread(target=w.run, daemon=True): w for w in workers}

    def hold(_: Point) -> None:
        mine = threads.get(threading.current_thread())
        if mine is not None:
            mine.hold()

    world.faults.pause = hold
    for thread in threads:
        thread.start()
    for worker, steps in zip(workers, (steps_of_one, steps_of_other), strict=True):
        worker.go_on(steps)
    ended = workers[0].has_ended, workers[1].has_ended
    for worker in workers:
        worker.go_on()
    for thread in threads:
        thread.join(_PATIENCE)
    world.faults.pause = lambda _: None
    return ended


def every_interleaving(
    story: Callable[[], tuple[World, Callable[[], object], Callable[[], object]]],
) -> Iterator[tuple[str, World]]:
    """Yield a world for each way two workers can interrupt one another twice."""
    steps_of_one = 0
    while True:
        steps_of_other = 0
        while True:
            world, one, other = story()
            ended = interleave(
                world, one, other, steps_of_one=steps_of_one, steps_of_other=steps_of_other
            )
            yield f"interrupted after {steps_of_one} and {steps_of_other} steps", world
            if ended[1]:
                break
            steps_of_other += 1
        if ended[0]:
            return
        steps_of_one += 1
