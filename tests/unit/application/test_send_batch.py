"""A batch is composed and kept whole before anything goes out, and its looks do not grow old."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from regua.application.messages import ContactDue
from regua.application.send_batch import LOOK_AGAIN, SendBatch
from regua.application.send_contact import Outcome, Prepared
from regua.domain.errors import TemporaryError
from tests.integration.contract.facts import NOW

DUES = cast("list[ContactDue]", [object(), object(), object()])


class Steps:
    """Notes what is done, and moves the clock as told."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.now = NOW
        self.takes = timedelta()
        self.fails: set[int] = set()

    def prepare(self, due: ContactDue) -> Prepared:
        n = next(n for n, each in enumerate(DUES) if each is due)
        self.done.append(f"prepare {n}")
        if n in self.fails:
            raise ValueError(n)
        return cast("Prepared", n)

    def keep(self, prepared: Sequence[Prepared]) -> Sequence[Prepared]:
        self.done.append(f"keep {[*prepared]}")
        return prepared

    def finish(self, prepared: Prepared) -> Outcome:
        self.done.append(f"finish {prepared}")
        self.now += self.takes
        return Outcome.SENT

    def clock(self) -> datetime:
        return self.now

    @property
    def batch(self) -> SendBatch:
        return SendBatch(self.prepare, self.keep, self.finish, self.clock)


def test_everything_is_kept_before_the_first_goes_out() -> None:
    steps = Steps()
    batch = steps.batch
    batch.prepare_all(DUES)
    assert steps.done == ["prepare 0", "prepare 1", "prepare 2", "keep [0, 1, 2]"]
    assert [batch.send(due) for due in DUES] == [Outcome.SENT] * 3
    assert steps.done[4:] == ["finish 0", "finish 1", "finish 2"]


def test_what_cannot_be_prepared_fails_alone_when_its_turn_comes() -> None:
    steps = Steps()
    steps.fails = {1}
    batch = steps.batch
    batch.prepare_all(DUES)
    assert batch.send(DUES[0]) is Outcome.SENT
    with pytest.raises(ValueError, match="1"):
        batch.send(DUES[1])
    assert batch.send(DUES[2]) is Outcome.SENT
    assert "keep [0, 2]" in steps.done


def test_when_those_before_took_long_it_is_looked_at_again() -> None:
    steps = Steps()
    steps.takes = LOOK_AGAIN + timedelta(milliseconds=1)
    batch = steps.batch
    batch.prepare_all(DUES)
    batch.send(DUES[0])
    batch.send(DUES[1])
    assert steps.done[4:] == ["finish 0", "prepare 1", "keep [1]", "finish 1"]


def test_two_copies_of_one_contact_are_two_records() -> None:
    steps = Steps()
    batch = steps.batch
    batch.prepare_all([DUES[0], DUES[0]])
    assert [batch.send(DUES[0]), batch.send(DUES[0])] == [Outcome.SENT] * 2


def test_when_nothing_can_be_kept_nothing_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps()

    def away(_: Any) -> None:  # noqa: ANN401 - whatever it is
        raise TemporaryError("away")

    monkeypatch.setattr(steps, "keep", away)
    with pytest.raises(TemporaryError):
        steps.batch.prepare_all(DUES)
