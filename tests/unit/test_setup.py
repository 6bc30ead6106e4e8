"""The set-up repeats what is not finished, skips what is, and says what is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import setup


class Work:
    """A step's work, counted; it can be made to fail."""

    def __init__(self, *, fails: bool = False) -> None:
        self.times = 0
        self.fails = fails

    def __call__(self) -> None:
        self.times += 1
        if self.fails:
            raise setup.SetupError("no network")


def test_a_finished_step_costs_nothing(tmp_path: Path) -> None:
    work = Work()
    for _ in range(2):
        setup.Step("thing", tmp_path / "thing" / ".stamp", "inputs", work).ensure()
    assert work.times == 1


def test_changed_inputs_repeat_a_step(tmp_path: Path) -> None:
    work = Work()
    for inputs in ("one", "two"):
        setup.Step("thing", tmp_path / ".stamp", inputs, work).ensure()
    assert work.times == 2


def test_a_failed_step_is_repeated_also_when_it_was_finished_once(tmp_path: Path) -> None:
    stamp, work = tmp_path / ".stamp", Work()
    setup.Step("thing", stamp, "one", work).ensure()
    with pytest.raises(setup.SetupError):
        setup.Step("thing", stamp, "two", Work(fails=True)).ensure()
    setup.Step("thing", stamp, "one", work).ensure()
    assert work.times == 2


def test_a_deleted_product_is_made_again(tmp_path: Path) -> None:
    product, work = tmp_path / "python", Work()
    product.mkdir()
    setup.Step("layer", tmp_path / ".stamp", "inputs", work, product).ensure()
    product.rmdir()
    setup.Step("layer", tmp_path / ".stamp", "inputs", work, product).ensure()
    assert work.times == 2


def test_one_failure_does_not_leave_the_other_steps_half_done(tmp_path: Path) -> None:
    good = Work()
    steps = [
        setup.Step("bad", tmp_path / ".bad", "inputs", Work(fails=True)),
        setup.Step("good", tmp_path / ".good", "inputs", good),
    ]
    with pytest.raises(setup.SetupError, match="no network"):
        setup.ensure_all(steps)
    assert steps[1].is_done()


def test_a_failed_command_is_shown_with_the_end_of_what_it_said() -> None:
    with pytest.raises(setup.SetupError, match="the reason"):
        setup.run(sys.executable, "-c", "print('the reason'); raise SystemExit(1)")


def test_an_old_python_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    with pytest.raises(setup.SetupError, match=r"make PYTHON=/path/to/python3\.11"):
        setup.check_machine()


def test_a_python_without_ensurepip_names_the_missing_package(tmp_path: Path) -> None:
    (tmp_path / "ensurepip.py").write_text("raise ImportError\n")
    result = subprocess.run(
        [sys.executable, "-c", "from tools import setup; setup.install_uv()"],
        cwd=setup.ROOT,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{setup.ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "apt install python3." in result.stderr


def test_tools_are_taken_in_the_pinned_version() -> None:
    assert setup.pinned("uv").startswith("uv==")
    with pytest.raises(setup.SetupError, match="does not pin"):
        setup.pinned("no-such-package")
