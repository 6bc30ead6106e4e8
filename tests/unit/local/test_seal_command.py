"""`regua evidence seal` goes on until nothing is left, or says why it cannot."""

from typing import Any

import pytest

from local import cli
from local.commands import evidence


class FakeStack:
    """A cloud whose sealing function answers so, one answer per call."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)

    def seal(self) -> dict[str, Any]:
        return self.answers.pop(0)


def answer(seals: int, heads: int, *, drained: bool, failed: str | None = None) -> dict[str, Any]:
    return {"seals": seals, "heads": heads, "drained": drained, "failed": failed}


def test_it_seals_until_nothing_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = FakeStack(answer(2, 4_000, drained=False), answer(1, 12, drained=True))
    monkeypatch.setattr(evidence, "load_stack", lambda: stack)
    assert cli.main(["evidence", "seal"]) == 0
    assert stack.answers == []
    assert "seals: 3, heads: 4012" in capsys.readouterr().out


def test_an_authority_that_is_down_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    down = answer(0, 0, drained=False, failed="the authority answered with status 503")
    monkeypatch.setattr(evidence, "load_stack", lambda: FakeStack(down))
    assert cli.main(["evidence", "seal"]) == 1
    assert "status 503; what is not sealed stays marked" in capsys.readouterr().err
