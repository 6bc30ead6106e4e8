"""Faults at named points: every call of a port is a point before it and a point after it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeVar, cast

T = TypeVar("T")
Moment = Literal["before", "after"]
Action = Callable[[], None]


class Crash(BaseException):
    """The worker's process ends here; no handler of exceptions gets to see it."""


class Point(NamedTuple):
    """Where something can go wrong: which worker, before or after which call of which port."""

    worker: str
    moment: Moment
    call: str

    def __str__(self) -> str:
        return f"{self.worker}, {self.moment} {self.call}"


def crash() -> None:
    """End the process."""
    raise Crash


@dataclass(slots=True)
class _Armed:
    point: Point
    action: Action
    times: int
    skip: int


@dataclass(slots=True)
class Faults:
    """What is to happen where. ``fired`` counts; a test that armed a point checks it."""

    fired: int = 0
    pause: Callable[[Point], None] = field(default=lambda _: None)
    """Called at every point: where a scheduler of interleavings holds a worker."""
    _armed: list[_Armed] = field(default_factory=list)

    def arm(self, point: Point, *, times: int = 1, skip: int = 0, action: Action = crash) -> None:
        """Let ``action`` happen ``times`` times at a point, after passing it ``skip`` times."""
        self._armed.append(_Armed(point, action, times, skip))

    def disarm(self) -> None:
        """Let nothing more happen."""
        self._armed.clear()

    def at(self, worker: str, moment: Moment, call: str) -> None:
        """Pass a point."""
        point = Point(worker, moment, call)
        self.pause(point)
        for armed in self._armed:
            if armed.point != point or not armed.times:
                continue
            if armed.skip:
                armed.skip -= 1
                continue
            armed.times -= 1
            self.fired += 1
            armed.action()


class _Watched:
    """A port whose every call passes the points around it."""

    def __init__(self, port: object, name: str, worker: str, faults: Faults) -> None:
        self._port = port
        self._name = name
        self._worker = worker
        self._faults = faults

    def __getattr__(self, method: str) -> Any:  # noqa: ANN401 - stands for any port
        call = getattr(self._port, method)
        name = f"{self._name}.{method}"

        def watched(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any port's call
            self._faults.at(self._worker, "before", name)
            result = call(*args, **kwargs)
            self._faults.at(self._worker, "after", name)
            return result

        return watched


def watched(port: T, name: str, worker: str, faults: Faults) -> T:
    """Return the port as one worker sees it, with a point around every call."""
    return cast("T", _Watched(port, name, worker, faults))
