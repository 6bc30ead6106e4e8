"""Processes are known by id and start, stopped with their children, and never by accident."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.place import LocalError
from local.processes import Process, Register, run, start_of, wait_until

PARENT_WITH_CHILD = (
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print(child.pid, flush=True); time.sleep(60)"
)
DEAF = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('ready', flush=True); time.sleep(60)"
)
ENVIRONMENT = {"PATH": os.defpath}


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    register = Register(tmp_path)
    yield register
    register.stop_all()


def start(register: Register, log: Path, code: str = "import time; time.sleep(60)") -> Process:
    return register.start("sleeper", [sys.executable, "-c", code], ENVIRONMENT, log)


def test_a_started_process_is_remembered_by_a_later_command(
    register: Register, tmp_path: Path
) -> None:
    process = start(register, tmp_path / "log")
    assert Register(tmp_path).load() == {"sleeper": process}
    assert process.is_alive()


def test_only_the_given_environment_reaches_a_process(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_USER", "1")
    log = tmp_path / "log"
    start(register, log, "import os; print(sorted(os.environ), flush=True)")
    assert wait_until(lambda: log.stat().st_size > 0, 10)
    assert "REGUA_CLOUD" in log.read_text()
    assert "SECRET_OF_THE_USER" not in log.read_text()


def test_stopping_ends_the_children_too(register: Register, tmp_path: Path) -> None:
    log = tmp_path / "log"
    start(register, log, PARENT_WITH_CHILD)
    assert wait_until(lambda: log.stat().st_size > 0, 10)
    child = int(log.read_text())
    assert start_of(child) is not None
    assert register.stop_all() == ["sleeper"]
    assert start_of(child) is None
    assert register.load() == {}


def test_a_process_that_ignores_the_polite_request_is_ended_by_force(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.processes.TERMINATE_SECONDS", 0.3)
    log = tmp_path / "log"
    process = start(register, log, DEAF)
    assert wait_until(lambda: log.stat().st_size > 0, 10)
    register.stop_all()
    assert not process.is_alive()


def test_what_outlived_a_forgotten_leader_is_found_by_its_mark(
    register: Register, tmp_path: Path
) -> None:
    process = start(register, tmp_path / "log")
    (tmp_path / "processes.json").write_text("[{damaged")
    assert Register(tmp_path).load() == {}
    assert process.pid in register.marked()
    register.stop_all()
    assert not process.is_alive()


def test_another_process_that_got_the_same_id_is_left_alone() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
    ) as stranger:
        Process("emulator", stranger.pid, started="earlier").stop()
        assert stranger.poll() is None
        stranger.kill()


def test_another_clouds_processes_are_left_alone(register: Register, tmp_path: Path) -> None:
    process = start(register, tmp_path / "log")
    other = tmp_path / "other"
    other.mkdir()
    assert Register(other).marked() == []
    assert Register(other).stop_all() == []
    assert process.is_alive()


def test_a_failing_command_says_the_end_of_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"]
    with pytest.raises(LocalError, match=r"exit code 3\n    the reason"):
        run(command, ENVIRONMENT, cwd=tmp_path, log=tmp_path / "log", seconds=20)


def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", PARENT_WITH_CHILD]
    with pytest.raises(LocalError, match="gave up after 1 s"):
        run(command, ENVIRONMENT, cwd=tmp_path, log=log, seconds=1.0)
    child = int(log.read_text().split()[0])
    assert wait_until(lambda: start_of(child) is None, 5)


def test_an_ended_process_has_no_start() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        process.wait()
    assert start_of(process.pid) is None


def test_a_dead_process_that_nobody_collected_counts_as_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        process.send_signal(signal.SIGKILL)
        assert wait_until(lambda: start_of(process.pid) is None, 5)
