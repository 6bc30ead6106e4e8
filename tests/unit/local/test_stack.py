"""The description of a local cloud, and waiting until nothing is in flight."""

from dataclasses import asdict
from pathlib import Path

import pytest

from local.place import LocalError
from local.stack import Depth, NotDrainedError, Stack
from tests.unit.local.stacks import any_stack

IDLE = Depth(0, 0)


class Queues:
    """What successive looks at the queues and the carrier find; the last one repeats."""

    def __init__(self, *looks: tuple[dict[str, Depth], int]) -> None:
        self.looks = list(looks)
        self.count = 0

    def _current(self) -> tuple[dict[str, Depth], int]:
        return self.looks[min(self.count, len(self.looks) - 1)]

    def depths(self) -> dict[str, Depth]:
        return self._current()[0]

    def pending_receipts(self) -> int:
        receipts = self._current()[1]
        self.count += 1
        return receipts

    def watched_by(self, monkeypatch: pytest.MonkeyPatch) -> Stack:
        monkeypatch.setattr(Stack, "depths", lambda _stack: self.depths())
        monkeypatch.setattr(Stack, "pending_receipts", lambda _stack: self.pending_receipts())
        monkeypatch.setattr("local.stack.DRAIN_PAUSE_SECONDS", 0.001)
        return any_stack()


def test_a_description_survives_being_written(tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    any_stack().write(path)
    assert Stack.read(path) == any_stack()
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_client_secret_is_not_shown_by_accident() -> None:
    stack = any_stack()
    assert asdict(stack)["client_secret"] not in repr(stack)


def test_no_description_means_make_up(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="make up"):
        Stack.read(tmp_path / "stack.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"aws_endpoint'])
def test_a_damaged_description_says_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "stack.json"
    path.write_text(text)
    with pytest.raises(LocalError, match="make down up"):
        Stack.read(path)


def test_two_quiet_looks_in_a_row_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet, busy = ({"email": IDLE}, 0), ({"email": Depth(0, 1)}, 0)
    queues = Queues(quiet, busy, quiet, ({"email": IDLE}, 2), quiet)
    queues.watched_by(monkeypatch).drain()
    assert queues.count == 6


def test_dead_letters_are_reported_and_do_not_keep_it_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    depths = {"email": IDLE, "email_dlq": Depth(2, 0), "undelivered": Depth(1, 0)}
    drained = Queues((depths, 0)).watched_by(monkeypatch).drain()
    assert drained.dead_letters == {"email_dlq": 2, "undelivered": 1}
    assert "2 in email_dlq, 1 in undelivered" in str(drained)


def test_giving_up_names_what_is_still_in_flight(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Queues(({"email": Depth(3, 1), "hits": IDLE}, 4)).watched_by(monkeypatch)
    with pytest.raises(NotDrainedError, match=r"email: 3 waiting, 1 in flight; carrier: 4"):
        stack.drain(timeout_seconds=0.01)
